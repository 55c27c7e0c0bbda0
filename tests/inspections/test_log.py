"""The log of draws, and seeds of several offices."""

import json
from datetime import date
from typing import Any

import pytest

from riskmodel.errors import DrawError, InputError, RiskModelError
from riskmodel.inspections.draw import Draw
from riskmodel.inspections.log import DrawLog, read_log
from riskmodel.inspections.plan import Plan
from riskmodel.inspections.seed import joined_seed, sealed_contribution

DAY = date(2025, 6, 30)


@pytest.fixture
def log(draw: Draw) -> DrawLog:
    """A plan committed and drawn."""
    opened = DrawLog().commit(draw.plan.commit().digest, as_of=DAY, part="1/1", recorded_on=DAY)
    return opened.draw(draw.proof, recorded_on=DAY)


def code(call: Any) -> str:
    with pytest.raises(RiskModelError) as fault:
        call()
    return fault.value.code


def test_what_must_not_happen_is_refused_before_anything_is_drawn(log: DrawLog, draw: Draw) -> None:
    mine = draw.plan.commit().digest
    assert code(lambda: DrawLog().allows(mine, "seed")) == "RM-DRW-008"
    assert code(lambda: log.allows("f" * 64, "fresh")) == "RM-DRW-008"
    assert code(lambda: log.allows(mine, draw.seed)) == "RM-DRW-006"
    assert code(lambda: log.allows(mine, "fresh")) == "RM-DRW-005"
    assert code(lambda: log.allows(mine, "fresh", reason="名录有误")) == "RM-DRW-005"
    log.allows(mine, "fresh", reason="名录有误", signed_by="王")
    assert code(lambda: log.commit(mine, as_of=DAY, part="1/1", recorded_on=DAY)) == "RM-DRW-017"
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    other = log.commit("e" * 64, as_of=DAY, part="2/2", recorded_on=DAY)
    again = other.draw(draw.plan.draw(composed).proof, recorded_on=DAY, reason="名录有误", signed_by="王")
    assert code(lambda: again.allows("e" * 64, decomposed)) == "RM-DRW-006"


def test_a_replacement_needs_reason_and_signature_and_changes_who_is_visited(log: DrawLog, draw: Draw) -> None:
    proof, (first, second) = draw.proof, draw.table["entity_id"][:2]
    assert (
        code(lambda: log.replace(proof.digest, first, "X", reason="", signed_by="王", recorded_on=DAY)) == "RM-DRW-014"
    )
    assert code(lambda: log.override(proof.digest, "延期", reason="雨", signed_by=" ", recorded_on=DAY)) == "RM-DRW-014"
    more = log.replace(proof.digest, first, "X1", reason="已注销", signed_by="王", recorded_on=DAY)
    more = more.replace(proof.digest, second, "", reason="已迁出", signed_by="王", recorded_on=DAY)
    more = more.override(proof.digest, "改为书面检查", reason="停业", signed_by="王", recorded_on=DAY)
    drawn = set(draw.table["entity_id"])
    assert set(more.drawn_before(2025)["entity_id"]) == drawn - {first, second} | {"X1"}
    assert more.drawn_before(2024).empty
    assert more.drawn_before(2025)["drawn_on"].dt.strftime("%Y-%m-%d").unique().tolist() == ["2025-06-30"]
    assert [e["seq"] for e in more.entries] == [1, 2, 3, 4, 5]


def test_a_second_draw_replaces_the_first_for_who_was_drawn(log: DrawLog, draw: Draw, plan: Plan) -> None:
    again = draw.plan.draw("fresh").assign()
    more = log.draw(again.proof, recorded_on=DAY, reason="名录有误", signed_by="王")
    assert set(more.drawn_before(2025)["entity_id"]) == set(again.table["entity_id"])


def test_a_log_comes_back_from_its_lines_and_every_tampering_is_refused(log: DrawLog) -> None:
    lines = [json.dumps(entry, ensure_ascii=False) for entry in log.entries]
    assert read_log(lines, "log") == DrawLog(tuple(json.loads(line) for line in lines))
    for wrong, expected in (
        ([lines[1], lines[0]], "RM-DRW-015"),
        ([lines[1]], "RM-DRW-015"),
        ([lines[0], lines[1].replace('"seq": 2', '"seq": 3')], "RM-DRW-015"),
        ([lines[0], "{"], "RM-DRW-016"),
        ([lines[0], "[]"], "RM-DRW-016"),
        ([lines[0].replace("committed", "invented")], "RM-DRW-016"),
    ):
        with pytest.raises(InputError) as fault:
            read_log(wrong, "log")
        assert fault.value.code == expected


def test_a_seed_of_several_offices_depends_on_each() -> None:
    seed = joined_seed({"纪委监委": " 314 ", "市场监管局": "2718"})
    assert seed == joined_seed({"市场监管局": "2718", "纪委监委": "314"}) == "市场监管局=2718;纪委监委=314"
    assert sealed_contribution("纪委监委", "314") != sealed_contribution("纪委监委", "315")
    for wrong in ({}, {"a": "1"}, {"a": "1", "b": " "}, {"a": "1;b", "b": "2"}, {"a=": "1", "b": "2"}):
        with pytest.raises(DrawError, match="RM-DRW-011" if len(wrong) > 1 else "RM-DRW-010"):
            joined_seed(wrong)
