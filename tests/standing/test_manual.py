from datetime import date

import pytest

from riskmodel.errors import InputError
from riskmodel.standing.manual import ManualTiers, read_entries
from riskmodel.values import AsOf

JUNE = date(2025, 6, 1)
SET = {
    "valid": (JUNE, date(2025, 8, 31)),
    "reason": "投诉集中",
    "signed_by": "王主任",
    "recorded_on": JUNE,
    "longest_days": 180,
}


def holding(log: ManualTiers, day: str) -> dict[str, str]:
    rows = log.at(AsOf.of(day))
    return dict(zip(rows["entity_id"], rows["tier"], strict=True))


def test_a_tier_that_was_set_holds_from_its_first_to_its_last_day():
    log = ManualTiers().set("e1", "D", **SET)
    assert holding(log, "2025-05-31") == {}
    assert holding(log, "2025-06-01") == holding(log, "2025-08-31") == {"e1": "D"}
    assert holding(log, "2025-09-01") == {}


def test_what_was_recorded_later_does_not_exist_on_an_earlier_day():
    log = ManualTiers().set("e1", "D", **SET | {"recorded_on": date(2025, 7, 10)})
    assert holding(log, "2025-07-09") == {}
    assert holding(log, "2025-07-10") == {"e1": "D"}


def test_the_newest_decision_holds_and_a_withdrawal_counts_from_its_day():
    log = ManualTiers().set("e1", "D", **SET).set("e1", "E", **SET | {"recorded_on": date(2025, 6, 5)})
    assert holding(log, "2025-06-04") == {"e1": "D"}
    assert holding(log, "2025-06-05") == {"e1": "E"}
    log = log.withdraw(2, reason="核实无误", signed_by="王主任", recorded_on=date(2025, 6, 20))
    assert holding(log, "2025-06-19") == {"e1": "E"}
    assert holding(log, "2025-06-20") == {"e1": "D"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"valid": (JUNE, date(2025, 5, 1))}, "--until"),
        ({"valid": (JUNE, date(2026, 5, 1))}, "--from, --until"),
        ({"reason": " "}, "--reason"),
        ({"signed_by": ""}, "--by"),
    ],
)
def test_an_incomplete_decision_is_refused_and_its_field_named(change, field):
    with pytest.raises(InputError) as caught:
        ManualTiers().set("e1", "D", **SET | change)
    assert caught.value.code == "RM-OVR-001"
    assert field in caught.value.where


def test_an_unknown_tier_a_day_before_the_last_entry_and_a_second_withdrawal_are_refused():
    log = ManualTiers().set("e1", "D", **SET).withdraw(1, reason="r", signed_by="b", recorded_on=JUNE)
    with pytest.raises(InputError, match="--tier"):
        log.set("e1", "F", **SET)
    with pytest.raises(InputError, match="--on"):
        log.set("e1", "D", **SET | {"recorded_on": date(2025, 5, 1)})
    with pytest.raises(InputError, match="SEQ"):
        log.withdraw(1, reason="r", signed_by="b", recorded_on=JUNE)


@pytest.mark.parametrize("change", ["alter", "remove", "swap"])
def test_tampering_breaks_the_chain(change):
    entries = list(ManualTiers().set("e1", "D", **SET).set("e2", "C", **SET).set("e3", "B", **SET).entries)
    if change == "alter":
        entries[1] = {**entries[1], "tier": "A"}
    elif change == "remove":
        del entries[1]
    else:
        entries[0], entries[1] = entries[1], entries[0]
    with pytest.raises(InputError) as caught:
        ManualTiers(tuple(entries))
    assert caught.value.code == "RM-OVR-002"


def test_a_line_that_is_no_entry_is_named():
    with pytest.raises(InputError) as caught:
        read_entries(['{"act": "dance"}'], "log.jsonl")
    assert (caught.value.code, caught.value.where) == ("RM-OVR-003", "log.jsonl:1")
