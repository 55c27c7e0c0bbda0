"""Names: equal ones are found, alike ones are offered in order, common frames do not make strangers alike."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from riskmodel.records.names import candidates, exact, normalised, usable

NAMES = [
    "淄博周村甲纺织有限公司",
    "淄博周村乙纺织有限公司",
    "淄博周村鲁丰家具有限公司",
    "淄博周村泰和食品有限公司",
    "张三小吃店",
    "张三小吃店",
]
REGISTRY = pa.table({"entity_id": [f"E{i}" for i in range(6)], "name": NAMES})


def test_width_brackets_spaces_and_the_legal_form_make_no_difference():
    same = ["周村ABC（集团）有限责任公司", "周村 abc(集团)有限公司", "周村ＡＢＣ集团有限公司"]
    assert len(set(normalised(pa.array(same)).to_pylist())) == 1


def test_a_name_that_two_enterprises_share_means_neither():
    found = exact(pa.array(["张三小吃店", "淄博周村鲁丰家具有限责任公司", "不存在的公司"]), REGISTRY)
    assert found["entity_id"].tolist() == ["", "E2", ""]


def test_short_and_starred_names_are_not_used():
    assert usable(pa.array(["张*", "小吃店", "张三小吃店", "淄博**公司"])).tolist() == [False, False, True, False]


def test_the_most_alike_comes_first_and_frames_do_not_count():
    found = candidates(["淄博周村鲁峰家具有限公司", "淄博周村完全不同的商贸有限公司"], REGISTRY, cutoff=50)
    first = found[found["name"] == "淄博周村鲁峰家具有限公司"]
    assert first["entity_id"].iloc[0] == "E2" and first["rank"].tolist() == list(range(1, len(first) + 1))
    assert first["score"].is_monotonic_decreasing
    assert not (found["name"].eq("淄博周村完全不同的商贸有限公司") & found["score"].ge(80)).any()


def test_nothing_asked_or_nothing_registered_is_no_fault():
    assert candidates([], REGISTRY).empty and candidates(["淄博周村甲公司"], REGISTRY.slice(0, 0)).empty


@given(st.lists(st.text(max_size=12), max_size=4))
def test_no_name_breaks_the_matcher(names):
    candidates(names, REGISTRY)
    assert len(exact(pa.array(names, pa.string()), REGISTRY)) == len(names)
