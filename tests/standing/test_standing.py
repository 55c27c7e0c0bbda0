import pandas as pd
import pytest

from riskmodel.policy import load_policy
from riskmodel.records import Records
from riskmodel.records.source import SourceMap
from riskmodel.standing import counted, evidence, graded, standing, warning_events
from riskmodel.tables import TABLES, dtype_of, empty
from riskmodel.values import AsOf

DAY = AsOf.of("2025-06-30")
RULES = load_policy("zhoucun-2020").at(DAY)


def frame(table: str, rows: list[dict]) -> pd.DataFrame:
    columns = TABLES[table].columns
    if not rows:
        return empty(table)
    made = pd.DataFrame([{c.name: row.get(c.name, c.default) for c in columns} for row in rows])
    return made.assign(**{c.name: made[c.name].astype(dtype_of(c)) for c in columns})


def known(**rows: list[dict]):
    registry = {"entity_id": "e1", "name": "甲", "established_on": "2015-01-01", "known_on": "2015-01-01"}
    rows.setdefault("enterprises", [{}])
    rows["enterprises"] = [{**registry, **row} for row in rows["enterprises"]]
    tables = {name: frame(name, rows.get(name, [])) for name in TABLES}
    return Records.of(tables, SourceMap(id_scheme="opaque")).known(DAY)


def penalty(**values) -> dict:
    return {
        "record_id": "p1",
        "entity_id": "e1",
        "decided_on": "2025-01-10",
        "occurred_on": "2025-01-02",
        "known_on": "2025-01-20",
        **values,
    }


@pytest.mark.parametrize(
    ("values", "severity"),
    [
        ({"category": "warning"}, "minor"),
        ({"category": "fine", "fine_yuan": 3000.0}, "minor"),
        ({"category": "fine", "fine_yuan": 3000.01}, "general"),
        ({"category": "confiscation", "confiscated_yuan": 10.0}, "general"),
        ({"category": "fine", "fine_yuan": 100000.0}, "serious"),
        ({"category": "stop"}, "serious"),
        ({"category": "stop", "severity": "minor"}, "minor"),  # the source knows better
        (
            {"category": "fine", "fine_yuan": 500.0, "legal_basis": "《中华人民共和国食品安全法》第一百二十六条"},
            "general",
        ),
        ({"category": "warning", "legal_basis": "《食品安全法》第一百二十六条"}, "minor"),
        ({"category": "stop", "legal_basis": "《食品安全法》第一百二十六条"}, "serious"),
    ],
)
def test_severity_follows_the_kind_the_money_and_the_statute(values, severity):
    assert graded(known(penalties=[penalty(**values)]), RULES.severity)["penalties"]["severity"].tolist() == [severity]


def kept(k) -> int:
    return len(counted(graded(k, RULES.severity), RULES.counting)["penalties"])


def test_repaired_penalties_stop_counting_from_the_day_the_repair_was_known():
    repair = {"entity_id": "e1", "penalty_record_id": "p1", "repaired_on": "2025-06-01", "known_on": "2025-06-20"}
    assert kept(known(penalties=[penalty()])) == 1
    assert kept(known(penalties=[penalty()], repairs=[repair])) == 0
    assert kept(known(penalties=[penalty()], repairs=[{**repair, "known_on": "2025-07-02"}])) == 1


def test_no_penalty_decisions_and_outlived_records_do_not_count():
    assert kept(known(penalties=[penalty(category="no_penalty")])) == 0
    assert kept(known(penalties=[penalty(decided_on="2020-07-02", known_on="2020-07-02")])) == 1
    assert kept(known(penalties=[penalty(decided_on="2020-07-01", known_on="2020-07-02")])) == 0


def test_grace_forgives_minor_violations_of_young_new_economy_enterprises_outside_special_fields():
    young = [{"new_economy": True, "established_on": "2024-01-01"}]
    assert kept(known(enterprises=young, penalties=[penalty(category="warning")])) == 0
    assert kept(known(enterprises=young, penalties=[penalty(category="warning", special_field="drug")])) == 1
    assert kept(known(enterprises=young, penalties=[penalty(category="stop")])) == 1
    old = [{"new_economy": True, "established_on": "2023-06-30"}]
    assert kept(known(enterprises=old, penalties=[penalty(category="warning")])) == 1


def test_only_verified_complaints_count():
    rows = [
        {
            "record_id": f"c{v}",
            "entity_id": "e1",
            "received_on": "2025-03-01",
            "known_on": "2025-03-01",
            "verified": v,
            "verified_on": "2025-04-01",
        }
        for v in ("yes", "no", "pending")
    ]
    assert counted(graded(known(complaints=rows), RULES.severity), RULES.counting)["complaints"][
        "record_id"
    ].tolist() == ["cyes"]


def rating(**values) -> dict:
    return {
        "entity_id": "e1",
        "source": "public",
        "grade": "A",
        "valid_from": "2025-01-01",
        "known_on": "2025-01-15",
        **values,
    }


def test_the_newest_public_rating_in_force_is_the_credit_grade():
    rows = [rating(grade="D", valid_from="2024-01-01", known_on="2024-01-15"), rating(grade="A+")]
    table = standing(known(ratings=rows), RULES)
    assert table[["credit_grade", "credit_grade_origin"]].iloc[0].tolist() == ["trustworthy", "imported"]


@pytest.mark.parametrize(
    "rows", [[], [rating(valid_to="2025-06-29")], [rating(known_on="2025-07-01")], [rating(source="market")]]
)
def test_without_a_public_rating_the_policy_fallback_applies_and_says_so(rows):
    table = standing(known(ratings=rows), RULES)
    assert table[["credit_grade", "credit_grade_origin"]].iloc[0].tolist() == ["minor", "fallback"]


def test_the_worst_of_the_other_ratings_is_kept_apart():
    rows = [rating(source="market", grade="A"), rating(source="industry", grade="D")]
    assert standing(known(ratings=rows), RULES)["worst_other_rating"].tolist() == ["serious"]


def test_closed_and_future_enterprises_are_not_in_the_frame():
    rows = [{}, {"entity_id": "e2", "status": "deregistered", "closed_on": "2025-06-30"}, {"entity_id": "e3", "status": "deregistered", "closed_on": "2025-07-01"},
            {"entity_id": "e4", "established_on": "2025-07-01", "known_on": "2025-07-01"}]  # fmt: skip
    assert standing(known(enterprises=rows), RULES)["entity_id"].tolist() == ["e1", "e3"]  # e3 was still alive that day


def test_visits_of_the_year_count_days_and_only_routine_kinds():
    visit = {"entity_id": "e1", "known_on": "2025-03-02", "inspected_on": "2025-03-01", "purpose": "random"}
    rows = [visit | {"record_id": "a"}, visit | {"record_id": "b"}, visit | {"record_id": "c", "purpose": "case", "inspected_on": "2025-04-01"},
            visit | {"record_id": "d", "inspected_on": "2024-12-31"}]  # fmt: skip
    assert standing(known(inspections=rows), RULES)["visits_this_year"].tolist() == [1]


def test_a_decision_cites_what_its_rule_asks_for_and_nothing_else():
    facts = pd.Series(["industry_rating D 2024-05-01; judgment_debtor 2024-06-15 法院; new_economy 2024-01-01"] * 4)
    rules = pd.Series(["bad-rating-elsewhere", "judgment-debtor", "grace-period", ""])
    assert evidence(facts, rules, RULES.tiers.overrides).tolist() == [
        "industry_rating D 2024-05-01", "judgment_debtor 2024-06-15 法院", "new_economy 2024-01-01", "",
    ]  # fmt: skip


def test_flags_cite_the_entries_behind_them():
    entry = {
        "entity_id": "e1",
        "list": "serious_dishonesty",
        "entered_on": "2024-05-01",
        "known_on": "2024-05-02",
        "authority": "某局",
    }
    table = standing(known(list_entries=[entry]), RULES)
    assert table["serious_dishonesty"].tolist() == ["yes"]
    assert table["facts"].tolist() == ["serious_dishonesty 2024-05-01 某局"]
    gone = standing(known(list_entries=[{**entry, "exited_on": "2025-06-30"}]), RULES)
    assert gone["serious_dishonesty"].tolist() == ["no"]


def test_warning_events_hold_verified_complaints_from_the_day_of_verification():
    complaint = {
        "record_id": "c",
        "entity_id": "e1",
        "received_on": "2025-03-01",
        "known_on": "2025-03-01",
        "verified": "yes",
        "verified_on": "2025-04-01",
    }
    events = warning_events(
        graded(known(complaints=[complaint], penalties=[penalty(category="no_penalty")]), RULES.severity)
    )
    assert events["kind"].tolist() == ["penalties", "complaints"]
    assert events["known_on"].tolist() == [pd.Timestamp("2025-01-20"), pd.Timestamp("2025-04-01")]
    assert events["stopped_known_on"].isna().all()
