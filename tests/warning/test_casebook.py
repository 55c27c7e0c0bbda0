"""The casebook opens, moves and closes cases exact to the day, is append-only, and agrees with its slow twin."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmodel.policy.model import Reminder, WarningRules
from riskmodel.values import AsOf, Provenance
from riskmodel.warning.casebook import Casebook, review
from riskmodel.warning.clocks import Histories, Repeat, crossing

_spec = importlib.util.spec_from_file_location("slow_review", Path(__file__).with_name("slow_review.py"))
_twin = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_twin)

ALL = ("penalties", "abnormal_listings", "complaints")
LIGHT = ("minor", "general")
# two in 180 days or three in 365; deemed given after 15; again within 180; released after 365 clean days
RULES = WarningRules(
    (
        Reminder("two", "两次", "two", "4.3", LIGHT, ALL, 2, 180),
        Reminder("three", "三次", "three", "4.3", LIGHT, ALL, 3, 365),
    ),
    "watch", "关注", "watch", "4.3w", 15, 180, 365,
)  # fmt: skip
# the same in small, so that random histories of some weeks reach every stage often
SMALL = WarningRules(
    (
        Reminder("pair", "两次", "two", "4.3", ("minor",), ("penalties", "complaints"), 2, 4),
        Reminder("trio", "三次", "three", "4.4", LIGHT, ("penalties",), 3, 9),
    ),
    "watch", "关注", "watch", "4.5", 3, 8, 12,
)  # fmt: skip
START = date(2025, 1, 1)
STAGES = {
    "": {"reminder_due"},
    "reminder_due": {"reminded"},
    "reminded": {"watched", "released"},
    "watched": {"released"},
}


def event(entity: str, occurred: str, **more: object) -> dict:
    """A minor penalty, known on the day it occurred."""
    day = date.fromisoformat(occurred)
    return {
        "event_id": f"{entity}-{occurred}", "entity_id": entity, "name": f"企业{entity}", "town": "王村镇",
        "kind": "penalties", "severity": "minor", "occurred_on": day, "known_on": day, "stopped_known_on": None,
        "authority": "市监局", "special_field": "none", "industry": "F",
    } | {k: date.fromisoformat(v) if k.endswith("_on") else v for k, v in more.items()}  # fmt: skip


def frame(events: list[dict]) -> pd.DataFrame:
    made = pd.DataFrame(events, columns=list(event("e", "2025-01-01")))
    days = ["occurred_on", "known_on", "stopped_known_on"]
    return made.astype({c: "datetime64[s]" if c in days else "str" for c in made})


def book(events: list[dict], day: str | date, rules: WarningRules = RULES) -> Casebook:
    as_of = AsOf.of(day)
    return review(frame(events), rules, as_of, Provenance(as_of, "d", "p", "c"))


def stages(casebook: Casebook) -> list[tuple[str, str]]:
    on = casebook.ledger["on"].dt.strftime("%Y-%m-%d")
    return list(zip(on, casebook.ledger["to_stage"], strict=True))


@st.composite
def histories(draw):
    """Some weeks of up to three enterprises: late-known, stopped, of all kinds; now and then dated ahead."""
    made = []
    for number in range(draw(st.integers(0, 18))):
        occurred = draw(st.integers(0, 60))
        known = occurred + draw(st.sampled_from([0, 0, 0, 1, 5, 14, -1]))
        stopped = draw(st.one_of(st.none(), st.integers(-1, 20)))
        made.append(
            event(
                draw(st.sampled_from(["a", "b", "c"])), "2025-01-01", event_id=f"n{number:02d}",
                kind=draw(st.sampled_from(ALL)), severity=draw(st.sampled_from(_twin.SEVERITIES)),
                authority=draw(st.sampled_from(["市监局", "应急局", ""])),
            )
            | {
                "occurred_on": START + timedelta(days=occurred), "known_on": START + timedelta(days=known),
                "stopped_known_on": None if stopped is None else START + timedelta(days=known + stopped),
            }
        )  # fmt: skip
    return made


ends = st.integers(0, 90).map(lambda n: START + timedelta(days=n))
spans = st.sampled_from([SMALL, replace(SMALL, reminder_deemed_given_after_days=0, release_after_clean_days=5)])


@settings(max_examples=300, deadline=None)
@given(histories(), ends, spans)
def test_the_casebook_is_that_of_the_slow_twin(events, end, rules):
    found = book(events, end, rules)
    entries, cases = _twin.slow_review(events, rules, end)
    columns = ["on", "case_id", "entity_id", "from_stage", "to_stage", "rule_id", "clause", "evidence"]
    ledger = found.ledger.assign(on=found.ledger["on"].dt.date)[columns]
    assert list(ledger.itertuples(index=False, name=None)) == entries
    newest = found.cases.sort_values("case_id").assign(stage_on=found.cases["stage_on"].dt.date)
    columns = ["case_id", "stage", "stage_on", "events", "evidence"]
    assert list(newest[columns].itertuples(index=False, name=None)) == cases


@settings(max_examples=100, deadline=None)
@given(histories(), ends, ends)
def test_an_earlier_ledger_is_the_beginning_of_a_later_one(events, one, other):
    early, late = min(one, other), max(one, other)
    # on the early day nobody knew of later events, nor that an event would stop
    then = [
        e if e["stopped_known_on"] is None or e["stopped_known_on"] <= early else e | {"stopped_known_on": None}
        for e in events if e["known_on"] <= early
    ]  # fmt: skip
    before, after = book(then, early, SMALL).ledger, book(events, late, SMALL).ledger
    pd.testing.assert_frame_equal(before, after.head(len(before)))
    assert (after["on"].iloc[len(before) :] > pd.Timestamp(early)).all()


@settings(max_examples=5, deadline=None)
@given(histories())
def test_replay_day_by_day_gives_the_same_ledger_as_at_once(events):
    days = [START + timedelta(days=n) for n in range(91)]
    pieces, seen = [], 0
    for day in days:
        ledger = book([e for e in events if e["known_on"] <= day], day, SMALL).ledger
        pieces.append(ledger.iloc[seen:])
        seen = len(ledger)
    pd.testing.assert_frame_equal(pd.concat(pieces), book(events, days[-1], SMALL).ledger)


@settings(max_examples=100, deadline=None)
@given(histories(), ends)
def test_no_stage_is_skipped_no_case_lost_and_time_never_runs_backward(events, end):
    found = book(events, end, SMALL)
    ledger = found.ledger
    assert ledger["seq"].tolist() == list(range(1, len(ledger) + 1))
    assert ledger["on"].is_monotonic_increasing
    assert (ledger["on"] <= pd.Timestamp(end)).all()
    assert all(b in STAGES[a] for a, b in zip(ledger["from_stage"], ledger["to_stage"], strict=True))
    for _, entries in ledger.groupby("case_id"):
        assert entries["from_stage"].tolist() == ["", *entries["to_stage"]][: len(entries)]
    for _, entries in ledger.groupby("entity_id"):
        # a case opens only where no other of the enterprise is open
        opening = entries["from_stage"].eq("")
        assert entries["to_stage"].shift(fill_value="released")[opening].eq("released").all()
    assert found.cases["case_id"].is_unique
    assert set(found.cases["case_id"]) == set(ledger["case_id"])
    last = ledger.groupby("case_id").tail(1).set_index("case_id")
    np.testing.assert_array_equal(last.loc[found.cases["case_id"], "to_stage"], found.cases["stage"])
    np.testing.assert_array_equal(last.loc[found.cases["case_id"], "on"], found.cases["stage_on"])
    assert found.verify()


@settings(max_examples=50, deadline=None)
@given(histories(), ends, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(events, end, random):
    shuffled = list(events)
    random.shuffle(shuffled)
    one, other = book(events, end, SMALL), book(shuffled, end, SMALL)
    pd.testing.assert_frame_equal(one.ledger, other.ledger)
    pd.testing.assert_frame_equal(one.cases, other.cases)


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30), st.booleans()), max_size=15),
    st.integers(1, 4),
    st.integers(1, 10),
)
def test_candidates_are_those_of_looking_at_every_window(rows, count, within):
    rows.sort()
    firm, day, matches = (np.array([r[i] for r in rows], dtype="int64") for i in range(3))
    histories = Histories(firm, day, day, day)
    slow = {f for f, first, _ in rows if sum(g == f and m and first <= d < first + within for g, d, m in rows) >= count}
    assert crossing(histories, Repeat(matches.astype(bool), count, within)).tolist() == sorted(slow)


@pytest.mark.parametrize(("second", "due"), [("2025-06-29", True), ("2025-06-30", False)])
def test_a_window_of_180_days_holds_both_its_ends(second, due):
    # 2025-01-01 to 2025-06-29 are 180 days, both ends included
    assert (date(2025, 6, 29) - date(2025, 1, 1)).days + 1 == 180
    found = book([event("e", "2025-01-01"), event("e", second)], "2025-07-01")
    assert stages(found) == ([(second, "reminder_due")] if due else [])


def test_one_case_goes_through_every_stage_exact_to_the_day():
    events = [
        event("e", "2025-01-10"),
        event("e", "2025-03-02"),
        event("e", "2025-05-01", authority="应急局"),
        event("e", "2025-08-01", severity="general", authority=""),
    ]
    found = book(events, "2026-12-31")
    assert stages(found) == [
        ("2025-03-02", "reminder_due"),
        ("2025-03-17", "reminded"),  # 15 days later
        ("2025-05-01", "watched"),
        ("2026-08-01", "released"),  # 365 days after the last event
    ]
    assert found.ledger["rule_id"].tolist() == ["two", "two", "watch", "watch"]
    assert found.ledger["clause"].tolist() == ["4.3", "4.3", "4.3w", "4.3w"]
    assert found.ledger["evidence"].tolist() == [
        "e-2025-01-10(2025-01-10,市监局); e-2025-03-02(2025-03-02,市监局)",
        "e-2025-01-10(2025-01-10,市监局); e-2025-03-02(2025-03-02,市监局)",
        "e-2025-05-01(2025-05-01,应急局)",
        "e-2025-08-01(2025-08-01)",
    ]
    case = found.cases.iloc[0]
    assert case[["case_id", "name", "town", "stage", "rule_id"]].tolist() == [
        "W-e-2025-03-02", "企业e", "王村镇", "released", "watch",
    ]  # fmt: skip
    assert (case["events"], case["departments"]) == (4, "市监局; 应急局")
    assert case["evidence"].count("; ") == 3


@pytest.mark.parametrize(
    ("third", "watched"),
    [("2025-03-17", False), ("2025-03-18", True), ("2025-09-13", True), ("2025-09-14", False)],
)
def test_only_events_after_the_reminder_and_within_180_days_of_it_lead_to_the_watch_list(third, watched):
    # reminded on 2025-03-17; the 180 days after it end on 2025-09-13
    assert date(2025, 3, 17) + timedelta(days=180) == date(2025, 9, 13)
    found = book([event("e", "2025-01-10"), event("e", "2025-03-02"), event("e", third)], "2025-10-01")
    assert found.cases["stage"].tolist() == ["watched" if watched else "reminded"]


def test_a_clean_reminded_enterprise_is_released_on_the_365th_clean_day():
    events = [event("e", "2024-01-10"), event("e", "2024-03-02")]
    assert book(events, "2025-03-01").cases["stage"].tolist() == ["reminded"]
    assert stages(book(events, "2025-03-02"))[-1] == ("2025-03-02", "released")


def test_the_clock_is_when_it_was_known_not_when_it_happened():
    events = [event("e", "2025-01-10", known_on="2025-04-01"), event("e", "2025-03-02")]
    assert stages(book(events, "2025-03-31")) == []
    assert stages(book(events, "2025-04-01")) == [("2025-04-01", "reminder_due")]


def test_rows_that_were_known_later_do_not_exist():
    events = [event("e", "2025-01-10"), event("e", "2025-03-02"), event("e", "2025-05-01", known_on="2025-06-01")]
    with_later, without = book(events, "2025-05-31"), book(events[:2], "2025-05-31")
    pd.testing.assert_frame_equal(with_later.ledger, without.ledger)
    pd.testing.assert_frame_equal(with_later.cases, without.cases)


@pytest.mark.parametrize(("stopped", "due"), [("2025-03-02", False), ("2025-03-03", True)])
def test_a_repaired_record_counts_until_its_repair_is_known(stopped, due):
    events = [event("e", "2025-01-10", stopped_known_on=stopped), event("e", "2025-03-02")]
    assert bool(stages(book(events, "2025-03-10"))) == due


def test_an_open_case_outlives_the_repair_of_its_records_but_is_released_sooner():
    events = [event("e", "2025-01-10"), event("e", "2025-03-02", stopped_known_on="2025-06-01")]
    # what still counts is the event of 2025-01-10
    assert stages(book(events, "2026-12-31"))[1:] == [("2025-03-17", "reminded"), ("2026-01-10", "released")]


def test_the_first_rule_in_the_order_of_the_policy_wins():
    events = [event("e", d) for d in ("2025-01-01", "2025-02-01", "2025-02-01")]
    events[2]["event_id"] = "other"
    swapped = replace(RULES, reminders=RULES.reminders[::-1])
    assert book(events, "2025-02-01").ledger["rule_id"].tolist() == ["two"]
    assert book(events, "2025-02-01", swapped).ledger["rule_id"].tolist() == ["three"]


def test_events_of_a_closed_case_open_no_other():
    events = [event("e", "2023-01-10"), event("e", "2023-03-02")]
    # released 2024-03-01, 365 days after the last; one event soon after is no repetition, a second one is
    events += [event("e", "2024-03-03"), event("e", "2024-04-01")]
    found = book(events, "2024-04-01")
    assert stages(found)[2:] == [("2024-03-01", "released"), ("2024-04-01", "reminder_due")]
    assert found.cases["case_id"].tolist() == ["W-e-2023-03-02", "W-e-2024-04-01"]
    assert found.cases["events"].tolist() == [2, 2]
    # three within 365 days, but two of them belong to the closed case
    late = event("e", "2023-12-01", known_on="2024-03-10")
    assert len(book([*events[:2], late], "2024-12-31").cases) == 1


def test_a_serious_violation_calls_for_no_reminder_but_is_no_improvement_either():
    serious = [event("e", d, severity="serious") for d in ("2025-01-10", "2025-02-10", "2025-03-01")]
    assert stages(book(serious, "2025-12-31")) == []
    events = [event("e", "2025-01-10"), event("e", "2025-03-02"), event("e", "2025-05-01", severity="serious")]
    assert book(events, "2025-05-01").cases["stage"].tolist() == ["watched"]


def test_events_milder_than_any_rule_is_about_do_not_count():
    rules = replace(RULES, reminders=(replace(RULES.reminders[0], severity=("general",)),))
    events = [event("e", d, severity="general") for d in ("2025-01-10", "2025-03-02")]
    assert book([*events, event("e", "2025-05-01")], "2025-06-01", rules).cases["stage"].tolist() == ["reminded"]
    again = event("e", "2025-05-01", severity="general")
    assert book([*events, again], "2025-06-01", rules).cases["stage"].tolist() == ["watched"]


def test_kinds_that_no_rule_is_about_do_not_count():
    rules = replace(RULES, reminders=(replace(RULES.reminders[0], events=("penalties",)),))
    events = [event("e", "2025-01-10"), event("e", "2025-03-02"), event("e", "2025-05-01", kind="complaints")]
    assert book(events, "2025-06-01", rules).cases["stage"].tolist() == ["reminded"]


def test_entries_are_ordered_by_day_and_enterprise():
    events = [event(e, d) for e in ("b", "a", "c") for d in ("2025-01-10", "2025-03-02")]
    events[4]["occurred_on"] = events[4]["known_on"] = date(2025, 2, 1)
    events[5]["occurred_on"] = events[5]["known_on"] = date(2025, 2, 2)
    ledger = book(events, "2025-03-10").ledger
    assert ledger["entity_id"].tolist() == ["c", "c", "a", "b"]
    assert ledger["on"].dt.strftime("%m-%d").tolist() == ["02-02", "02-17", "03-02", "03-02"]


def test_the_digest_can_be_computed_by_hand():
    ledger = book([event("e", "2025-01-10"), event("e", "2025-03-02")], "2025-03-20").ledger
    first = (
        '{"case_id":"W-e-2025-03-02","clause":"4.3","entity_id":"e",'
        '"evidence":"e-2025-01-10(2025-01-10,市监局); e-2025-03-02(2025-03-02,市监局)","from_stage":"",'
        f'"on":"2025-03-02","previous":"{"0" * 64}","rule_id":"two","seq":1,"to_stage":"reminder_due"}}'
    )
    assert ledger["digest"][0] == hashlib.sha256(first.encode()).hexdigest()
    assert ledger["previous"][1] == ledger["digest"][0]


def test_any_change_of_the_ledger_is_found():
    found = book([event(e, d) for e in "ab" for d in ("2025-01-10", "2025-03-02")], "2025-06-01")
    assert found.verify()
    assert len(found.ledger) == 4
    for column in found.ledger:
        changed = found.ledger.copy()
        value = changed.loc[2, column]
        changed.loc[2, column] = (
            value + pd.Timedelta(days=1) if column == "on" else value + 1 if column == "seq" else "x"
        )
        assert not replace(found, ledger=changed).verify(), column
    assert not replace(found, ledger=found.ledger.drop(index=1)).verify()
    assert not replace(found, ledger=found.ledger.iloc[1:]).verify()
    assert not replace(found, ledger=found.ledger.iloc[::-1]).verify()


def test_without_events_the_casebook_is_empty_but_whole():
    full, none = book([event("e", "2025-01-10"), event("e", "2025-03-02")], "2025-06-01"), book([], "2025-06-01")
    assert none.ledger.empty
    assert none.cases.empty
    assert none.verify()
    pd.testing.assert_series_equal(none.ledger.dtypes, full.ledger.dtypes)
    pd.testing.assert_series_equal(none.cases.dtypes, full.cases.dtypes)
    alone = book([event("e", "2025-01-10")], "2025-06-01")
    pd.testing.assert_frame_equal(alone.ledger, none.ledger)
    bare = review(pd.DataFrame(columns=list(frame([]))), RULES, AsOf.of("2025-06-01"), none.provenance)
    pd.testing.assert_frame_equal(bare.cases, none.cases)


def test_review_leaves_its_events_alone():
    events = frame([event("e", "2025-01-10"), event("e", "2025-03-02")])
    before = events.copy()
    as_of = AsOf.of("2025-06-01")
    review(events, RULES, as_of, Provenance(as_of, "", "", ""))
    pd.testing.assert_frame_equal(events, before)
