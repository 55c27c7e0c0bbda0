"""A small literal district: rules, enterprises, inspectors, and a draw of them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from riskmodel.inspections.draw import Draw
from riskmodel.inspections.people import people_of
from riskmodel.inspections.plan import Plan, plan_inspections
from riskmodel.policy.model import InspectionRules, Rule
from riskmodel.values import AsOf, Provenance

RATIOS = {"A": 0.01, "B": 0.03, "C": 0.1, "D": 0.3, "E": 1.0}


def rule(name: str, clause: str, when: dict[str, tuple[str, ...]], then: dict[str, Any]) -> Rule:
    """A rule in force whose names for people do not matter here."""
    return Rule(name, name, name, clause, when, then)


DO_NOT_DISTURB = rule(
    "do-not-disturb",
    "2.2",
    {"credit_grade": ("trustworthy",), "special_field": ("none",)},
    {"visits": "drawn_only", "probability_at_least": 0.002},
)
SERIOUS = rule("more-for-serious", "2.2", {"credit_grade": ("serious",)}, {"ratio_times": 2})
ONCE = rule(
    "one-joint-inspection-a-year",
    "2.2",
    {"credit_grade": ("minor", "general"), "special_field": ("none",)},
    {"visits_at_most": 1, "per": "calendar_year", "joint": True},
)
SPECIAL = rule("special-fields-always", "5.1", {"special_field": ("vaccine", "drug")}, {"probability": 1})
RULES = (DO_NOT_DISTURB, SERIOUS, ONCE, SPECIAL)


@pytest.fixture
def make_rules() -> Callable[..., InspectionRules]:
    """Rules of a day from rules and ratios."""

    def make(*rules: Rule, ratios: dict[str, float] | None = None) -> InspectionRules:
        return InspectionRules("2.2", ratios or RATIOS, rules, ("random",), 2, ("risk_tier",))

    return make


@pytest.fixture
def rules(make_rules: Callable[..., InspectionRules]) -> InspectionRules:
    """The rules of clause 2.2 and 5.1."""
    return make_rules(*RULES)


@pytest.fixture
def provenance() -> Provenance:
    """Where the small district comes from."""
    return Provenance(AsOf.of("2025-06-30"), "d" * 64, "zhoucun-2020@abc", "0.1.0", absent=("items",))


@pytest.fixture
def enterprises() -> Callable[..., pd.DataFrame]:
    """Rows of (tier, grade, special field, visits this year), each `times` over, ids E000, E001, …."""

    def make(*rows: tuple[str, str, str, int], times: int = 1) -> pd.DataFrame:
        columns = ["risk_tier", "credit_grade", "special_field", "visits_this_year"]
        table = pd.DataFrame([row for row in rows for _ in range(times)], columns=columns)
        ids = [f"E{k:03d}" for k in range(len(table))]
        names = [f"企业{k}" for k in range(len(table))]
        return table.assign(entity_id=ids, name=names, town="城北路街道", industry="F")

    return make


@pytest.fixture
def decided(enterprises: Callable[..., pd.DataFrame]) -> pd.DataFrame:
    """Sixty enterprises of six kinds."""
    return enterprises(
        ("A", "trustworthy", "none", 0),
        ("C", "minor", "none", 0),
        ("C", "serious", "none", 3),
        ("D", "general", "none", 1),
        ("B", "minor", "drug", 2),
        ("D", "trustworthy", "none", 0),
        times=10,
    )


@pytest.fixture
def design(request: pytest.FixtureRequest) -> str:
    """Word of the sampling design, by `indirect` parameters."""
    word: str = getattr(request, "param", "stratified")
    return word


@pytest.fixture
def plan(decided: pd.DataFrame, rules: InspectionRules, provenance: Provenance, design: str) -> Plan:
    """The plan of the sixty."""
    return plan_inspections(decided, replace(rules, design=design), provenance)


@pytest.fixture
def inspectors() -> pd.DataFrame:
    """Seven inspectors, one of whom is not available."""
    ids = [f"ZF{k}" for k in range(1, 8)]
    return pd.DataFrame(
        {"inspector_id": ids, "name": [f"检查员{k}" for k in range(1, 8)], "available": ["yes"] * 6 + ["no"]}
    )


@pytest.fixture
def draw(plan: Plan, inspectors: pd.DataFrame) -> Draw:
    """A draw with committed teams and one recusal that matters, of somebody who would have gone otherwise."""
    seed = "第2025075期: 03 08 11"
    first = plan.draw(seed).assign(inspectors).visits.iloc[0]
    going, entity = first["inspector_ids"].split(",")[0], first["entity_id"]
    # ZF7 is not available, and E030 has had its visit this year and is never drawn.
    recusals = [(going, entity), ("ZF7", entity), (going, "E030")]
    pairs = pd.DataFrame(recusals, columns=["inspector_id", "entity_id"])
    people = people_of(inspectors, pairs, frame=plan.frame["entity_id"])
    return replace(plan, people=people).draw(seed).assign()
