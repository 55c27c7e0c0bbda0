"""Reasons are the highest points above the typical unit, and together they explain the score."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from riskmodel.scoring.reasons import top_reasons

TYPICAL = pd.Series({"b": 1, "a": 0, "c": -2})


def slow_reasons(table: pd.DataFrame, typical: pd.Series, k: int) -> list[tuple[int, int, str, int]]:
    """Row by row, by sorting."""
    found = []
    for position in range(len(table)):
        above = [(name, int(table[name].iloc[position]) - int(typical[name])) for name in table]
        best = [pair for pair in sorted(above, key=lambda pair: -pair[1]) if pair[1] > 0][:k]
        found += [(position, rank, name, points) for rank, (name, points) in enumerate(best, start=1)]
    return found


def test_reasons_are_ranked_and_ties_keep_the_order_of_features():
    table = pd.DataFrame({"a": [5, 0, 3], "b": [1, 0, 4], "c": [0, -2, 1]}, index=[7, 7, 9])
    # above typical: (5, 0, 2), (0, -1, 0), (3, 3, 3)
    assert top_reasons(table, TYPICAL, 2).to_numpy().tolist() == [
        [0, 1, "a", 5], [0, 2, "c", 2], [2, 1, "a", 3], [2, 2, "b", 3],
    ]  # fmt: skip


@given(st.lists(st.tuples(*[st.integers(-3, 3)] * 3), max_size=12), st.integers(0, 4))
def test_reasons_are_those_of_the_slow_twin(rows, k):
    table = pd.DataFrame(rows, columns=["a", "b", "c"], dtype="int32")
    found = top_reasons(table, TYPICAL, k)
    assert list(found.itertuples(index=False, name=None)) == slow_reasons(table, TYPICAL, k)
    assert list(found) == ["row", "rank", "feature", "points"]


def test_without_rows_there_are_no_reasons():
    found = top_reasons(pd.DataFrame({"a": pd.Series(dtype="int32")}), pd.Series({"a": 0}), 3)
    assert found.empty
    assert found["feature"].dtype == "str"
