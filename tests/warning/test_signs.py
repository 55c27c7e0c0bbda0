"""Early signs and waves: nothing later is known, one firm makes no wave, a wave marks those whom it explains."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from riskmodel.policy import load_policy
from riskmodel.policy.early_warning import WaveRule
from riskmodel.values import AsOf
from riskmodel.warning.signs import detectors, signs

DAY = AsOf.of("2025-06-30")
POLICY = load_policy("zhoucun-2020").at(DAY).warning
RULES = replace(
    POLICY,
    signs=replace(POLICY.signs, detector="exceedance", a_thousand=15, events_at_least=1),  # 3 of 200
    waves=WaveRule(("minor", "general"), 0.05, 3),
)
REGISTRY = pd.DataFrame(
    {
        "entity_id": [f"E{i:03d}" for i in range(200)], "name": [f"企业{i}" for i in range(200)],
        "town": ["北郊镇", "南郊镇"] * 100, "industry": ["F5212", "F5212", "H6210", "H6210"] * 50,
        "established_on": pd.Timestamp("2015-01-01"), "closed_on": pd.NaT,
    }
).astype({"closed_on": "datetime64[s]"})  # fmt: skip
NO_CASES = pd.DataFrame({"case_id": [], "entity_id": [], "stage": [], "evidence": []}, dtype="str")


def happened(firms: list[int], days: list[str], start: int = 0) -> pd.DataFrame:
    rows = REGISTRY.iloc[firms][["entity_id", "name", "town", "industry"]].reset_index(drop=True)
    known = pd.to_datetime(pd.Series(days)).astype("datetime64[s]")
    return rows.assign(
        event_id=[f"R{start + i}" for i in range(len(rows))], kind="penalties", severity="minor", known_on=known,
        occurred_on=known - pd.Timedelta(days=20), stopped_known_on=pd.Series(pd.NaT, index=rows.index, dtype="datetime64[s]"),
        authority="某局",
    )  # fmt: skip


@pytest.fixture(scope="module")
def quiet() -> pd.DataFrame:
    """About eight enterprises a month with an event, for five years."""
    rng = np.random.default_rng(0)
    days = pd.date_range("2020-07-01", "2025-06-30", freq="4D").strftime("%Y-%m-%d").tolist()
    return happened(rng.integers(20, 200, len(days)).tolist(), days)


def test_a_burst_is_a_sign_with_its_evidence_and_the_number_asked_for_is_kept(quiet):
    events = pd.concat([quiet, happened([3, 3, 3], ["2025-06-02", "2025-06-10", "2025-06-20"], 1000)])
    table = signs(events, REGISTRY, NO_CASES, RULES, DAY).table
    assert len(table) == 3 and table["entity_id"].iloc[0] == "E003"
    assert table["events"].iloc[0] == 3 and table["usual"].iloc[0] < 1
    assert table["evidence"].iloc[0].startswith("R1000(2025-05-13, 某局); R1001")
    seen = events[events["entity_id"].isin(table["entity_id"]) & events["known_on"].ge("2025-06-01")]
    assert set(seen["entity_id"]) == set(table["entity_id"])  # each has news of the month


def test_who_has_an_open_case_is_known_already(quiet):
    events = pd.concat([quiet, happened([3, 3, 3], ["2025-06-02", "2025-06-10", "2025-06-20"], 1000)])
    case = pd.DataFrame(
        {"case_id": ["W-1"], "entity_id": ["E003"], "stage": ["reminder_due"], "evidence": ["R1000(2025-05-13)"]}
    )
    assert "E003" not in signs(events, REGISTRY, case, RULES, DAY).table["entity_id"].tolist()
    closed = case.assign(stage="released")
    assert "E003" in signs(events, REGISTRY, closed, RULES, DAY).table["entity_id"].tolist()


def test_nothing_later_and_nothing_repaired_is_seen(quiet):
    now = signs(quiet, REGISTRY, NO_CASES, RULES, DAY)
    later = happened(list(range(0, 60, 2)), ["2025-07-01"] * 30, 1000)
    repaired = happened([5, 5, 5], ["2025-06-02", "2025-06-10", "2025-06-20"], 2000)
    repaired["stopped_known_on"] = pd.Timestamp("2025-06-29")
    again = signs(pd.concat([quiet, later, repaired]), REGISTRY, NO_CASES, RULES, DAY)
    pd.testing.assert_frame_equal(now.table, again.table)
    pd.testing.assert_frame_equal(now.waves, again.waves)


def test_a_wave_of_a_town_is_told_and_marks_those_whom_it_explains(quiet):
    north = [i for i in range(20) if i % 2 == 0]
    wave = happened(north * 2, ["2025-06-05"] * 10 + ["2025-06-15"] * 10, 1000)
    before = happened([1, 1, 1], ["2025-01-05", "2025-02-05", "2025-03-05"], 2000)
    case = pd.DataFrame(
        {"case_id": ["W-0", "W-1"], "entity_id": ["E000", "E001"], "stage": "reminder_due",
         "evidence": ["R1000(2025-05-16, 某局); R1010(2025-05-26, 某局)", "R2000(x); R2001(x); R2002(x)"]}
    )  # fmt: skip
    found = signs(pd.concat([quiet, wave, before]), REGISTRY, case, RULES, DAY)
    assert ("town", "北郊镇") in set(zip(found.waves["area"], found.waves["group"], strict=True))
    top = found.waves[found.waves["group"].eq("北郊镇")].iloc[0]
    assert (str(top["since"].date()), str(top["until"].date())) == ("2025-06-01", "2025-06-30")
    assert top["enterprises"] >= 10 > top["expected"]
    assert found.cases["case_id"].tolist() == ["W-0"] and "town:北郊镇" in found.cases["wave"].iloc[0]
    assert found.table["wave"].str.contains("town:北郊镇").any()


def test_one_enterprise_makes_no_wave(quiet):
    events = pd.concat([quiet, happened([0] * 30, ["2025-06-05"] * 30, 1000)])
    assert signs(events, REGISTRY, NO_CASES, RULES, DAY).waves.equals(
        signs(quiet, REGISTRY, NO_CASES, RULES, DAY).waves
    )


def test_without_history_or_without_rules_there_is_nothing_to_tell(quiet):
    young = quiet[quiet["known_on"].ge("2025-03-01")]
    assert signs(young, REGISTRY, NO_CASES, RULES, DAY).waves.empty
    off = signs(quiet, REGISTRY, NO_CASES, replace(RULES, signs=None, waves=None), DAY)
    assert off.table.empty and off.waves.empty and off.cases.empty
    assert signs(quiet.iloc[:0], REGISTRY, NO_CASES, RULES, DAY).table.empty


@pytest.mark.parametrize("name", ["exceedance", "cusum", "ewma", "hawkes", "change"])
def test_every_detector_that_a_policy_may_name_gives_signs(quiet, name):
    rules = replace(RULES, signs=replace(RULES.signs, detector=name))
    assert detectors(RULES.signs.parameters)[name].name == name
    assert len(signs(quiet, REGISTRY, NO_CASES, rules, DAY).table) == 3


def test_signs_grow_with_the_register_and_rest_on_enough_events(quiet):
    burst = happened([3, 3, 5, 5, 7], ["2025-06-02", "2025-06-10", "2025-02-20", "2025-06-20", "2025-06-21"], 1000)
    events = pd.concat([quiet, burst])
    rule = replace(RULES.signs, a_thousand=1000)
    every = signs(events, REGISTRY, NO_CASES, replace(RULES, signs=rule), DAY).table
    enough = signs(events, REGISTRY, NO_CASES, replace(RULES, signs=replace(rule, events_at_least=2)), DAY).table
    assert {"E003", "E005", "E007"} <= set(every["entity_id"])
    pd.testing.assert_frame_equal(enough, every[every["events"].ge(2)].reset_index(drop=True))
    assert {"E003", "E005"} <= set(enough["entity_id"]) and "E007" not in set(enough["entity_id"])
    for a_thousand, most in ((4, 1), (5.1, 2), (10, 2)):  # of 200 enterprises, rounded up
        rules = replace(RULES, signs=replace(rule, a_thousand=a_thousand))
        assert len(signs(events, REGISTRY, NO_CASES, rules, DAY).table) == most


@pytest.mark.parametrize(
    ("name", "value"), [("counted_months", 1), ("forgotten", 0.9), ("jump", 20.0), ("newest_months", 1)]
)
def test_parameters_of_detectors_are_those_of_the_policy(quiet, name, value):
    """Each changes what its detector says of the same months."""
    reader = {"counted_months": "exceedance", "forgotten": "ewma", "jump": "cusum", "newest_months": "change"}[name]
    rule = replace(RULES.signs, detector=reader, a_thousand=1000)
    other = replace(rule, parameters=replace(rule.parameters, **{name: value}))
    one, two = (signs(quiet, REGISTRY, NO_CASES, replace(RULES, signs=r), DAY).table for r in (rule, other))
    assert not np.allclose(np.sort(one["score"]), np.sort(two["score"]))


def test_the_policy_asks_for_as_many_events_as_its_mildest_rule_of_repetition():
    assert POLICY.signs.events_at_least >= min(rule.at_least for rule in POLICY.reminders)
