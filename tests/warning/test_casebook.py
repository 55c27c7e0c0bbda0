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

from riskmodel.errors import InputError
from riskmodel.policy.early_warning import Named, Reminder, WarningRules
from riskmodel.values import AsOf, Provenance
from riskmodel.warning.acts import ActLog
from riskmodel.warning.casebook import Casebook, concerned, continued, refuse, review
from riskmodel.warning.stages import CLOSED, FOLLOWS

_spec = importlib.util.spec_from_file_location("slow_review", Path(__file__).with_name("slow_review.py"))
_twin = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_twin)

ALL = ("penalties", "abnormal_listings", "complaints")
ONES = dict.fromkeys(ALL, 1)
LIGHT = ("minor", "general")
KEYS = ("observe", "interview", "improvement", "watch", "notice", "release", "silence", "no_ground", "by_hand")
STEPS = {key: Named(key, key, key, "4.3" if key != "silence" else "local") for key in KEYS}
# two in 180 days or three in 365; talks due in 10 working days, deemed held before 2026; improvement within 180 days
RULES = WarningRules(
    signals=(),
    reminders=(
        Reminder("two", "两次", "two", "4.3", LIGHT, ALL, 2, 180, ONES),
        Reminder("three", "三次", "three", "4.3", LIGHT, ALL, 3, 365, ONES),
    ),
    steps=STEPS, lapses_after_days=365, interview_working_days=10, improvement_days=180, reopen_within_days=365,
    watch_longest_days=1095, notice_working_days=10, answer_working_days=20, digest_weekday=1, a_week_at_most=2,
    clean_days=365, recorded_from=date(2024, 1, 1), routing=(),
)  # fmt: skip
DEEMED = replace(RULES, recorded_from=date(2099, 1, 1))
# the same in small, so that random histories of some weeks reach every stage often
SMALL = replace(
    RULES,
    signals=(
        Reminder("hint", "苗头", "hint", "8.3", LIGHT, ALL, 4, 6, {"penalties": 2, "abnormal_listings": 2, "complaints": 1}),
    ),
    reminders=(
        Reminder("pair", "两次", "two", "4.3", ("minor",), ("penalties", "complaints"), 2, 4, ONES, exclude=("leniency",)),
        Reminder("trio", "三次", "three", "4.4", LIGHT, ("penalties",), 3, 9, ONES, exclude=("leniency",)),
        Reminder("same", "同一", "same", "4.4", LIGHT, ("penalties",), 2, 12, ONES, same="item", exclude=("leniency",)),
    ),
    lapses_after_days=9, interview_working_days=2, improvement_days=8, reopen_within_days=10, watch_longest_days=25,
    notice_working_days=2, answer_working_days=3, clean_days=12, recorded_from=date(2025, 1, 25),
)  # fmt: skip
START = date(2025, 1, 1)


def event(entity: str, occurred: str, **more: object) -> dict:
    """A minor penalty, known on the day it occurred."""
    day = date.fromisoformat(occurred)
    return {
        "event_id": f"{entity}-{occurred}", "entity_id": entity, "name": f"企业{entity}", "town": "王村镇",
        "kind": "penalties", "severity": "minor", "occurred_on": day, "known_on": day, "stopped_known_on": None,
        "authority": "市监局", "special_field": "none", "industry": "F", "item": "", "leniency": "no",
    } | {k: date.fromisoformat(v) if k.endswith("_on") else v for k, v in more.items()}  # fmt: skip


def frame(events: list[dict]) -> pd.DataFrame:
    made = pd.DataFrame(events, columns=list(event("e", "2025-01-01")))
    days = ["occurred_on", "known_on", "stopped_known_on"]
    return made.astype({c: "datetime64[s]" if c in days else "str" for c in made})


def book(events: list[dict], day: str | date, rules: WarningRules = DEEMED, acts=()) -> Casebook:
    as_of = AsOf.of(day)
    return review(frame(events), rules, as_of, Provenance(as_of, "d", "p", "c"), acts)


def stages(casebook: Casebook) -> list[tuple[str, str]]:
    on = casebook.ledger["on"].dt.strftime("%Y-%m-%d")
    return list(zip(on, casebook.ledger["to_stage"], strict=True))


def act(log: ActLog, what: str, case: str, on: str, **more) -> ActLog:
    more = {k: date.fromisoformat(v) if k == "held_on" else v for k, v in more.items()}
    return log.add(what, case, **{"signed_by": "王主任", "text": "…", "recorded_on": date.fromisoformat(on)} | more)


def test_records_are_counted_whatever_brackets_their_numbers_have():
    plain = [event("e", "2025-01-10"), event("e", "2025-03-03")]
    bracketed = [
        one | {"event_id": f"周处罚字(2025)第{n}号; 补({n})", "authority": "市监局(城北所)"}
        for n, one in enumerate(plain)
    ]
    assert book(plain, "2025-03-10").cases["events"].tolist() == [2]
    assert book(bracketed, "2025-03-10").cases["events"].tolist() == [2]


@st.composite
def histories(draw):
    """Some weeks of up to three enterprises: late-known, stopped, lenient, of all kinds."""
    made = []
    for number in range(draw(st.integers(0, 18))):
        occurred = draw(st.integers(0, 60))
        known = occurred + draw(st.sampled_from([0, 0, 0, 1, 5, 14]))
        stopped = draw(st.one_of(st.none(), st.none(), st.integers(-1, 20)))
        made.append(
            event(
                draw(st.sampled_from(["a", "a", "b", "c"])), "2025-01-01", event_id=f"n{number:02d}",
                kind=draw(st.sampled_from(ALL)), severity=draw(st.sampled_from(("minor", *_twin.SEVERITIES))),
                authority=draw(st.sampled_from(["市监局", "应急局", ""])),
                item=draw(st.sampled_from(["", "广告", "价格"])), leniency=draw(st.sampled_from(["no", "no", "yes"])),
            )
            | {
                "occurred_on": START + timedelta(days=occurred), "known_on": START + timedelta(days=known),
                "stopped_known_on": None if stopped is None else START + timedelta(days=known + stopped),
            }
        )  # fmt: skip
    return made


@st.composite
def worked(draw):
    """A history and what people did about its cases: mostly at the right time, now and then not."""
    events, log, on = draw(histories()), ActLog(), 0
    for _ in range(draw(st.integers(0, 8))):
        on += draw(st.integers(0, 12))
        day = START + timedelta(days=on)
        newest = {entry[1]: entry[4] for entry in _twin.slow_review(events, SMALL, day, log.entries)[0]}
        known = [c for c, stage in newest.items() if stage not in CLOSED]
        known = known if draw(st.integers(0, 9)) else [*newest, "W-b-2025-01-09"]
        if known:
            case = draw(st.sampled_from(known))
            stage = newest.get(case, "")
            right = {"reminder_due": "remind", "reminder_overdue": "remind", "watched": "warn", "warned": "answer"}
            what = draw(st.sampled_from([right.get(stage, "remind")] * 4 + ["warn", "answer", "release", "note"]))
            held = day - timedelta(days=draw(st.sampled_from([0, 0, 1, 3])))
            log = act(log, what, case, day.isoformat(), held_on=held.isoformat(), departments=["市监局"])
    return events, log.entries


ends = st.integers(0, 110).map(lambda n: START + timedelta(days=n))


@settings(max_examples=80, deadline=None)
@given(worked(), ends)
def test_the_casebook_is_that_of_the_slow_twin(history, end):
    events, acts = history
    found = book(events, end, SMALL, acts)
    known = [a for a in acts if a["recorded_on"] <= end.isoformat()]
    entries, refused = _twin.slow_review(events, SMALL, end, known)
    columns = ["on", "case_id", "entity_id", "from_stage", "to_stage", "rule_id", "evidence"]
    ledger = found.ledger.assign(on=found.ledger["on"].dt.date)[columns]
    assert list(ledger.itertuples(index=False, name=None)) == entries
    assert sorted(zip(found.refused["seq"], found.refused["stage"], strict=True)) == refused


@settings(max_examples=25, deadline=None)
@given(worked(), ends, ends)
def test_an_earlier_ledger_is_the_beginning_of_a_later_one(history, one, other):
    events, acts = history
    early, late = min(one, other), max(one, other)
    before, after = book(then(events, early), early, SMALL, acts).ledger, book(events, late, SMALL, acts).ledger
    pd.testing.assert_frame_equal(before, after.head(len(before)))
    assert (after["on"].iloc[len(before) :] > pd.Timestamp(early)).all()


def then(events: list[dict], day: date) -> list[dict]:
    """On an earlier day nobody knew of later events, nor that an event would stop."""
    return [
        e if e["stopped_known_on"] is None or e["stopped_known_on"] <= day else e | {"stopped_known_on": None}
        for e in events if e["known_on"] <= day
    ]  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(worked(), st.lists(ends, min_size=1, max_size=4, unique=True))
def test_going_on_from_day_to_day_is_the_same_as_a_replay_of_everything(history, days):
    events, acts = history
    days = sorted(days)
    found = book(then(events, days[0]), days[0], SMALL, acts)
    for before, day in zip(days, days[1:], strict=False):
        news = {
            e["entity_id"]
            for e in events
            if any(d and before < d <= day for d in (e["known_on"], e["stopped_known_on"]))
        }
        known = [a for a in acts if a["recorded_on"] <= day.isoformat()]
        who = concerned(found, news, AsOf(day), known)
        some = frame([e for e in then(events, day) if e["entity_id"] in who])
        found = continued(found, some, SMALL, AsOf(day), Provenance(AsOf(day), "d", "p", "c"), known)
        whole = book(then(events, day), day, SMALL, acts)
        pd.testing.assert_frame_equal(found.ledger, whole.ledger)
        pd.testing.assert_frame_equal(found.cases, whole.cases)
        assert sorted(found.refused["seq"]) == sorted(whole.refused["seq"])
        assert found.verify(book(then(events, before), before, SMALL, acts).head)


@settings(max_examples=40, deadline=None)
@given(worked(), ends)
def test_no_stage_is_skipped_no_case_lost_or_raised_twice_and_time_never_runs_backward(history, end):
    events, acts = history
    found = book(events, end, SMALL, acts)
    ledger = found.ledger
    assert ledger["seq"].tolist() == list(range(1, len(ledger) + 1))
    assert ledger["on"].is_monotonic_increasing
    assert (ledger["on"] <= pd.Timestamp(end)).all()
    assert all(b in FOLLOWS[a] for a, b in zip(ledger["from_stage"], ledger["to_stage"], strict=True))
    for _, entries in ledger.groupby("case_id"):
        assert entries["from_stage"].tolist() == ["", *entries["to_stage"]][: len(entries)]
    for _, entries in ledger.groupby("entity_id"):
        # a case opens only where no other of the enterprise is open
        opening = entries["from_stage"].eq("")
        assert entries["to_stage"].shift(fill_value="released")[opening].isin(CLOSED).all()
    assert found.cases["case_id"].is_unique
    assert set(found.cases["case_id"]) == set(ledger["case_id"])
    last = ledger.groupby("case_id").tail(1).set_index("case_id")
    np.testing.assert_array_equal(last.loc[found.cases["case_id"], "to_stage"], found.cases["stage"])
    np.testing.assert_array_equal(last.loc[found.cases["case_id"], "on"], found.cases["stage_on"])
    # every act is in the ledger, refused, or a note
    known = [a for a in acts if a["recorded_on"] <= end.isoformat() and a["act"] != "note"]
    written = {int(e[1:].split("(")[0]) for e in ledger.loc[ledger["signed_by"].ne(""), "evidence"]}
    assert written | set(found.refused["seq"]) >= {a["seq"] for a in known}
    assert found.verify()


@settings(max_examples=12, deadline=None)
@given(worked(), ends, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(history, end, random):
    events, acts = history
    shuffled = list(events)
    random.shuffle(shuffled)
    one, other = book(events, end, SMALL, acts), book(shuffled, end, SMALL, acts)
    pd.testing.assert_frame_equal(one.ledger, other.ledger)
    pd.testing.assert_frame_equal(one.cases, other.cases)


def on_stage(found: Casebook, stage: str) -> list[str]:
    return [day for day, to in stages(found) if to == stage]


@pytest.mark.parametrize(("second", "due"), [("2025-06-29", True), ("2025-06-30", False)])
def test_a_window_of_180_days_holds_both_its_ends(second, due):
    # 2025-01-01 to 2025-06-29 are 180 days, both ends included
    assert (date(2025, 6, 29) - date(2025, 1, 1)).days + 1 == 180
    found = book([event("e", "2025-01-01"), event("e", second)], "2025-07-01")
    assert on_stage(found, "reminder_due") == ([second] if due else [])


def test_one_case_goes_through_the_stages_exact_to_the_day():
    events = [
        event("e", "2025-01-10"),
        event("e", "2025-03-03"),
        event("e", "2025-05-20", authority="应急局"),
        event("e", "2025-08-01", severity="general", authority=""),
    ]
    case = "W-e-2025-03-03"
    log = act(ActLog(), "remind", case, "2025-03-12", held_on="2025-03-11", signed_by="李科长")
    log = act(log, "warn", case, "2025-05-26", departments=["应急局"])
    log = act(log, "answer", case, "2025-06-10", text="已责令改正")
    found = book(events, "2026-12-31", RULES, log.entries)
    assert stages(found) == [
        ("2025-03-03", "observed"), ("2025-03-03", "reminder_due"),
        ("2025-03-12", "reminded"), ("2025-03-12", "improving"),
        ("2025-05-20", "not_improved"), ("2025-05-20", "watched"),
        ("2025-05-26", "warned"), ("2025-06-10", "answered"),
        ("2026-08-01", "released"),  # 365 days after the last event
    ]  # fmt: skip
    ledger = found.ledger
    assert ledger["rule_id"].tolist() == [
        "two",
        "two",
        "interview",
        "improvement",
        "watch",
        "watch",
        "notice",
        "notice",
        "release",
    ]
    assert ledger["evidence"].tolist() == [
        "e-2025-01-10(2025-01-10, 市监局); e-2025-03-03(2025-03-03, 市监局)",
        "e-2025-01-10(2025-01-10, 市监局); e-2025-03-03(2025-03-03, 市监局)",
        "#1(2025-03-11)", "",
        "e-2025-05-20(2025-05-20, 应急局)", "e-2025-05-20(2025-05-20, 应急局)",
        "#2(2025-05-26)", "#3(2025-06-10)", "e-2025-08-01(2025-08-01)",
    ]  # fmt: skip
    # 10 working days from Monday 2025-03-03; 180 days from the interview; 20 working days from 2025-05-26 (a holiday on 06-02)
    assert ledger["due_on"].tolist() == ["", "2025-03-17", "", "2025-09-07", "", "2025-06-04", "2025-06-24", "", ""]
    row = found.cases.iloc[0]
    assert (row["stage"], row["events"], row["gravest"], row["departments"]) == (
        "released",
        4,
        "general",
        "市监局; 应急局",
    )
    assert (row["talk_on"], row["talk_by"]) == (pd.Timestamp("2025-03-11"), "李科长")


def test_a_deadline_in_working_days_leaves_out_holidays_and_counts_worked_weekends():
    # Friday 2025-09-26: Sunday the 28th is worked, 1 to 8 October are free, Saturday the 11th is worked
    events = [event("e", "2025-09-20"), event("e", "2025-09-26")]
    assert book(events, "2025-09-30", RULES).cases["due_on"].tolist() == [pd.Timestamp("2025-10-16")]


@pytest.mark.parametrize(
    ("third", "watched"), [("2025-03-17", False), ("2025-03-18", True), ("2025-09-13", True), ("2025-09-14", False)]
)
def test_only_events_after_the_interview_and_within_180_days_of_it_lead_to_the_watch_list(third, watched):
    # deemed held on 2025-03-17; the 180 days after it end on 2025-09-13
    assert date(2025, 3, 17) + timedelta(days=180) == date(2025, 9, 13)
    found = book([event("e", "2025-01-10"), event("e", "2025-03-03"), event("e", third)], "2025-09-14")
    assert (found.cases["stage"].iloc[0] in ("watched", "warned", "answered")) == watched


def test_without_an_interview_the_office_is_escalated_and_nobody_is_watched():
    events = [event("e", "2025-01-10"), event("e", "2025-03-03"), event("e", "2025-05-01"), event("e", "2025-06-01")]
    found = book(events, "2025-12-31", RULES)
    assert stages(found)[2:] == [("2025-03-18", "reminder_overdue")]
    late = act(ActLog(), "remind", "W-e-2025-03-03", "2025-04-01")
    assert stages(book(events, "2025-12-31", RULES, late.entries))[2:7] == [
        ("2025-03-18", "reminder_overdue"), ("2025-04-01", "reminded"), ("2025-04-01", "improving"),
        ("2025-05-01", "not_improved"), ("2025-05-01", "watched"),
    ]  # fmt: skip


def test_a_clean_improvement_period_ends_the_case():
    events = [event("e", "2025-01-10"), event("e", "2025-03-03")]
    assert stages(book(events, "2025-09-12"))[-1] == ("2025-03-17", "improving")
    assert stages(book(events, "2025-09-13"))[-1] == ("2025-09-13", "improved")


@pytest.mark.parametrize(("known", "again"), [("2026-03-01", True), ("2026-09-13", True), ("2026-09-14", False)])
def test_a_late_record_of_the_improvement_period_opens_the_case_again(known, again):
    # the period ends on 2025-09-13; records of it count until 365 days later
    events = [event("e", "2025-01-10"), event("e", "2025-03-03"), event("e", "2025-06-01", known_on=known)]
    found = book(events, known)
    assert on_stage(found, "improved") == ["2025-09-13"]
    assert on_stage(found, "not_improved") == on_stage(found, "watched") == ([known] if again else [])
    assert len(found.cases) == 1


def test_the_clock_is_when_it_was_known_not_when_it_happened():
    events = [event("e", "2025-01-10", known_on="2025-04-01"), event("e", "2025-03-02")]
    assert stages(book(events, "2025-03-31")) == []
    assert on_stage(book(events, "2025-04-01"), "reminder_due") == ["2025-04-01"]


def test_rows_that_were_known_later_do_not_exist():
    events = [event("e", "2025-01-10"), event("e", "2025-03-02"), event("e", "2025-05-01", known_on="2025-06-01")]
    with_later, without = book(events, "2025-05-31"), book(events[:2], "2025-05-31")
    pd.testing.assert_frame_equal(with_later.ledger, without.ledger)
    pd.testing.assert_frame_equal(with_later.cases, without.cases)


@pytest.mark.parametrize(("stopped", "due"), [("2025-03-02", False), ("2025-03-03", True)])
def test_a_repaired_record_counts_until_its_repair_is_known(stopped, due):
    events = [event("e", "2025-01-10", stopped_known_on=stopped), event("e", "2025-03-02")]
    assert bool(stages(book(events, "2025-03-10"))) == due


def test_a_repair_before_the_interview_ends_the_case_and_one_after_it_does_not():
    events = [event("e", "2025-01-10"), event("e", "2025-03-03", stopped_known_on="2025-03-10")]
    assert stages(book(events, "2025-12-31"))[2:] == [("2025-03-10", "released")]
    assert book(events, "2025-12-31").cases["rule_id"].tolist() == ["no_ground"]
    events[1]["stopped_known_on"] = date(2025, 4, 1)
    assert stages(book(events, "2025-12-31"))[-1] == ("2025-09-13", "improved")
    # what was not repaired still counts together with a further event
    events[1]["stopped_known_on"] = date(2025, 3, 10)
    assert on_stage(book([*events, event("e", "2025-04-01")], "2025-04-02"), "reminder_due") == [
        "2025-03-03",
        "2025-04-01",
    ]


def test_the_first_rule_in_the_order_of_the_policy_wins():
    events = [event("e", d) for d in ("2025-01-01", "2025-02-01", "2025-02-01")]
    events[2]["event_id"] = "other"
    swapped = replace(DEEMED, reminders=RULES.reminders[::-1])
    assert book(events, "2025-02-01").ledger["rule_id"].tolist() == ["two", "two"]
    assert book(events, "2025-02-01", swapped).ledger["rule_id"].tolist() == ["three", "three"]


def test_rules_by_item_authority_weight_and_leniency():
    def first(rule: Reminder, *events: dict) -> int:
        return len(book(list(events), "2025-12-31", replace(DEEMED, reminders=(rule,))).cases)

    one, two = (
        event("e", "2025-01-01", item="虚假广告"),
        event("e", "2025-02-01", item="不明码标价", authority="应急局"),
    )
    plain = Reminder("r", "", "", "4.3", LIGHT, ALL, 2, 180, ONES)
    assert first(plain, one, two) == 1
    assert first(replace(plain, items=("广告",)), one, two) == 0
    assert first(replace(plain, items=("广告", "标价")), one, two) == 1
    assert first(replace(plain, authorities=("应急",)), one, two) == 0
    assert first(replace(plain, same="item"), one, two) == 0
    assert first(replace(plain, same="item"), one, two | {"item": "虚假广告"}) == 1
    assert first(replace(plain, exclude=("leniency",)), one, two | {"leniency": "yes"}) == 0
    heavy = replace(plain, at_least=3, weights=ONES | {"penalties": 2})
    assert first(heavy, one, two | {"kind": "complaints"}) == 1
    assert first(heavy, one | {"kind": "complaints"}, two | {"kind": "complaints"}) == 0


def test_events_of_a_closed_case_open_no_other():
    events = [event("e", "2023-01-10"), event("e", "2023-03-02")]
    # improved 180 days after the interview of 2023-03-16; one event soon after is no repetition, a second one is
    events += [event("e", "2023-09-20"), event("e", "2023-10-09")]
    found = book(events, "2023-10-09")
    assert stages(found)[4:] == [("2023-09-12", "improved"), ("2023-10-09", "observed"), ("2023-10-09", "reminder_due")]
    assert found.cases["case_id"].tolist() == ["W-e-2023-03-02", "W-e-2023-10-09"]
    assert found.cases["events"].tolist() == [2, 2]


def test_a_serious_violation_calls_for_no_reminder_but_is_no_improvement_either():
    serious = [event("e", d, severity="serious") for d in ("2025-01-10", "2025-02-10", "2025-03-01")]
    assert stages(book(serious, "2025-12-31")) == []
    events = [event("e", "2025-01-10"), event("e", "2025-03-02"), event("e", "2025-05-01", severity="serious")]
    assert book(events, "2025-05-01").cases["stage"].tolist() == ["watched"]


def test_nobody_stays_on_the_watch_list_longer_than_the_policy_allows():
    days = pd.date_range("2022-01-10", "2025-06-30", freq="60D").strftime("%Y-%m-%d")
    found = book([event("e", d) for d in days], "2025-06-30")
    watched, expired = on_stage(found, "watched")[0], on_stage(found, "expired")[0]
    assert (date.fromisoformat(expired) - date.fromisoformat(watched)).days == 1095


def test_entries_are_ordered_by_day_and_enterprise():
    events = [event(e, d) for e in ("b", "a", "c") for d in ("2025-01-10", "2025-03-03")]
    events[4]["occurred_on"] = events[4]["known_on"] = date(2025, 2, 1)
    events[5]["occurred_on"] = events[5]["known_on"] = date(2025, 2, 2)
    ledger = book(events, "2025-03-10", RULES).ledger
    assert ledger["entity_id"].tolist() == ["c", "c", "c", "a", "a", "b", "b"]


def test_the_digest_can_be_computed_by_hand():
    ledger = book([event("e", "2025-01-10"), event("e", "2025-03-02")], "2025-03-02").ledger
    first = (
        '{"case_id":"W-e-2025-03-02","clause":"4.3","due_on":"","entity_id":"e",'
        '"evidence":"e-2025-01-10(2025-01-10, 市监局); e-2025-03-02(2025-03-02, 市监局)","from_stage":"",'
        f'"on":"2025-03-02","previous":"{"0" * 64}","rule_id":"two","seq":1,"signed_by":"","to_stage":"observed"}}'
    )
    assert ledger["digest"][0] == hashlib.sha256(first.encode()).hexdigest()
    assert ledger["previous"][1] == ledger["digest"][0]


def test_any_change_of_the_ledger_is_found_and_a_cut_by_a_head_that_was_kept():
    found = book([event(e, d) for e in "ab" for d in ("2025-01-10", "2025-03-03")], "2025-06-01")
    assert found.verify()
    assert found.verify(found.head)
    assert len(found.ledger) == 8
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
    cut = replace(found, ledger=found.ledger.iloc[:-1])
    assert cut.verify()
    assert not cut.verify(found.head)


def test_without_events_the_casebook_is_empty_but_whole():
    full, none = book([event("e", "2025-01-10"), event("e", "2025-03-02")], "2025-06-01"), book([], "2025-06-01")
    assert none.ledger.empty
    assert none.cases.empty
    assert none.verify()
    pd.testing.assert_series_equal(none.ledger.dtypes, full.ledger.dtypes)
    pd.testing.assert_series_equal(none.cases.dtypes, full.cases.dtypes)
    alone = book([event("e", "2025-01-10")], "2025-06-01")
    pd.testing.assert_frame_equal(alone.ledger, none.ledger)


def test_review_leaves_its_events_alone():
    events = frame([event("e", "2025-01-10"), event("e", "2025-03-02")])
    before = events.copy()
    as_of = AsOf.of("2025-06-01")
    review(events, RULES, as_of, Provenance(as_of, "", "", ""))
    pd.testing.assert_frame_equal(events, before)


BAD_EVENTS = {
    "dated after its own known date": ({"known_on": date(2025, 1, 9)}, "RM-WRN-003"),
    "without a day": ({"occurred_on": None}, "RM-WRN-003"),
    "an enterprise unknown to the registry": ({"name": None}, "RM-WRN-004"),
}


@pytest.mark.parametrize("fault", BAD_EVENTS)
def test_an_event_that_cannot_be_is_refused_by_name(fault):
    change, code = BAD_EVENTS[fault]
    events = frame([event("e", "2025-01-10")])
    for column, value in change.items():
        events.loc[0, column] = pd.Timestamp(value) if column.endswith("_on") else value
    with pytest.raises(InputError) as caught:
        review(events, RULES, AsOf.of("2025-06-01"), Provenance(AsOf.of("2025-06-01"), "", "", ""))
    assert caught.value.code == code
    assert "e-2025-01-10" in caught.value.found


@pytest.mark.parametrize(
    ("what", "case"), [("warn", "W-e-2025-03-03"), ("answer", "W-e-2025-03-03"), ("remind", "W-x-2025-03-03")]
)
def test_an_act_that_the_stage_does_not_allow_is_refused_and_one_that_is_replayed_is_kept_as_refused(what, case):
    events = [event("e", "2025-01-10"), event("e", "2025-03-03")]
    found = book(events, "2025-03-04", RULES)
    with pytest.raises(InputError) as caught:
        refuse(found.ledger, (), what, case)
    assert caught.value.code == ("RM-WRN-009" if "-x-" in case else "RM-WRN-007")
    again = book(events, "2025-03-10", RULES, act(ActLog(), what, case, "2025-03-05").entries)
    assert again.refused[["seq", "act"]].to_numpy().tolist() == [[1, what]]
    pd.testing.assert_frame_equal(again.ledger, found.ledger)


BAD_ACTS = [
    {"signed_by": " "},
    {"text": "", "what": "release"},
    {"held_on": "2025-03-06"},
    {"what": "forget"},
    {"case": "e"},
]


@pytest.mark.parametrize("change", BAD_ACTS, ids=str)
def test_an_act_that_lacks_something_is_refused(change):
    change = {"what": "remind", "case": "W-e-2025-03-03", "on": "2025-03-05"} | change
    what, case, on = change.pop("what"), change.pop("case"), change.pop("on")
    with pytest.raises(InputError) as caught:
        act(ActLog(), what, case, on, **change)
    assert caught.value.code == "RM-WRN-001"


def test_a_log_of_acts_that_was_edited_is_refused():
    log = act(act(ActLog(), "note", "W-e-2025-03-03", "2025-03-05"), "note", "W-e-2025-03-03", "2025-03-06")
    with pytest.raises(InputError) as caught:
        ActLog(({**log.entries[0], "signed_by": "别人"}, log.entries[1]))
    assert caught.value.code == "RM-WRN-002"
    with pytest.raises(InputError):
        act(log, "note", "W-e-2025-03-03", "2025-03-01")  # not before the entry before it
