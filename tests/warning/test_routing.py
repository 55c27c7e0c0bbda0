"""Departments are warned by item, industry and area; one digest a week within the load; nothing is dropped."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd

from riskmodel.policy import load_policy
from riskmodel.policy.early_warning import Route
from riskmodel.values import AsOf
from riskmodel.warning.routing import departments, digests

RULES = replace(load_policy("zhoucun-2020").at(AsOf.of("2025-06-30")).warning, a_week_at_most=2)


def one(**facts: str) -> pd.DataFrame:
    row = {"authority": "", "item": "", "industry": "F5212", "town": "王村镇", "special_field": "none"}
    return pd.DataFrame([row | facts])


def test_every_condition_that_a_route_names_must_fit_and_a_special_field_is_enough():
    route = Route("应急局", ("安全生产",), ("C", "E"), ("王村镇",), ("hazardous_chemical",))
    assert departments(one(item="安全生产责任", industry="C21"), [route]) == ["应急局"]
    assert departments(one(item="安全生产责任"), [route]) == []  # another industry
    assert departments(one(item="安全生产责任", industry="C21", town="北郊镇"), [route]) == []
    assert departments(one(item="广告", industry="C21"), [route]) == []
    assert departments(one(item="广告", industry="C21", special_field="hazardous_chemical"), [route]) == ["应急局"]


def test_the_authorities_of_the_records_are_warned_as_well_and_each_once():
    events = pd.concat([one(authority="城管局"), one(authority="城管局", industry="E47"), one(authority="")])
    assert departments(events, [Route("住建局", (), ("E",), (), ())]) == ["住建局", "城管局"]


def cases(n: int = 5, **more: object) -> pd.DataFrame:
    made = {
        "case_id": [f"W-e{i}-2025-06-0{i + 1}" for i in range(n)], "entity_id": [f"e{i}" for i in range(n)], "name": "企业",
        "town": "王村镇", "stage": "watched", "special_field": "none", "gravest": "minor", "events": 2,
        "stage_on": pd.to_datetime([f"2025-06-0{i + 1}" for i in range(n)]), "due_on": pd.NaT, "evidence": "",
        "departments": "甲局",
    }  # fmt: skip
    return pd.DataFrame(made | more)


def test_the_load_is_kept_by_priority_and_the_rest_is_queued():
    rows = cases(stage=["watched", "watched", "watched", "warning_overdue", "improving"],
                 gravest=["minor", "general", "minor", "minor", "serious"])  # fmt: skip
    found = digests(rows, RULES, date(2025, 6, 12))
    assert found.table["entity_id"].tolist() == ["e3", "e1", "e0", "e2"]  # overdue, graver, longest waiting
    assert found.table["status"].tolist() == ["now", "now", "queued", "queued"]
    assert found.table["week"].unique() == pd.Timestamp("2025-06-09")  # Monday


def test_week_by_week_everybody_is_told_in_the_end_and_nobody_twice():
    rows, told, weeks = cases(5, departments=["甲局; 乙局", "甲局", "甲局", "甲局; 乙局", "乙局"]), set(), 0
    while len(digests(rows, RULES, date(2025, 6, 12), told).table):
        now = digests(rows, RULES, date(2025, 6, 12), told).now
        assert now.groupby("addressee").size().le(2).all()
        pairs = set(zip(now["case_id"], now["addressee"], strict=True))
        assert not pairs & told
        told, weeks = told | pairs, weeks + 1
    assert weeks == 2
    assert len(told) == 7


def test_a_case_is_complete_when_all_its_departments_are_told():
    rows = cases(3, departments=["甲局", "甲局; 乙局", "甲局; 乙局"])
    found = digests(rows, RULES, date(2025, 6, 12))
    assert found.complete() == ["W-e0-2025-06-01", "W-e1-2025-06-02"]
