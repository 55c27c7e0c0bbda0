"""Digests are those of the library, text by text; what was seen before is known again."""

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from riskmodel.records.siphash import siphash
from riskmodel.records.versions import Seen, digests

KEY = "riskmodel-conten"


@given(st.lists(st.text(max_size=40), max_size=12))
def test_hashes_are_those_of_the_library(texts):
    column = pa.array(["before", *texts, "behind"]).slice(1, len(texts))
    slow = pd.util.hash_array(np.array([*texts, ""], dtype=object), hash_key=KEY, categorize=False)[:-1]
    assert pd.util.hash_array(siphash(column, KEY.encode())).tolist() == slow.tolist()  # which mixes once more


def test_many_long_texts_are_hashed_like_the_library_does():
    texts = [f"{'周市监处罚' * (i % 7)}〔2023〕{i}号" for i in range(40_000)]
    slow = pd.util.hash_array(np.array(texts, dtype=object), hash_key=KEY, categorize=False)
    assert (pd.util.hash_array(siphash(pa.array(texts), KEY.encode())) == slow).all()


@given(st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=6), max_size=12))
def test_what_came_twice_or_before_is_known(loads):
    seen, before = Seen(), set()
    for load in loads:
        high = np.array(load, dtype=np.uint64)
        assert seen.add(high, np.zeros(len(high), dtype=np.uint64)) == (
            len(set(load)) < len(load),
            bool(before & set(load)),
        )
        before |= set(load)


def test_how_a_column_is_packed_does_not_change_its_digest():
    packed = [(["甲"], [0, 0, 0]), (["乙", "甲"], [1, 1, 1]), ([*map(str, range(99)), "甲"], [99, 99, 99])]
    columns = [pa.DictionaryArray.from_arrays(pa.array(index, pa.int32()), words) for words, index in packed]
    found = [digests(pa.table({"text": column, "yuan": [1.0, 2.0, 3.0]}), ["text", "yuan"]) for column in columns]
    for other in found[1:]:
        np.testing.assert_array_equal(other, found[0])
