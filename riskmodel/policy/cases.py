"""The policy's own cases: what is given, what must follow, asked of the functions that decide in earnest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from riskmodel.policy.model import Case, Policy, Rules, in_words
from riskmodel.values import AsOf

# One enterprise about which nothing is known; a case names only what differs.
NOBODY: Mapping[str, Any] = {
    "entity_id": "CASE", "name": "CASE", "kind": "enterprise", "industry": "F", "town": "T", "special_field": "none",
    "risk_score": 0, "probability": float("nan"), "model_tier": "A", "risk_tier": "A", "credit_grade": "trustworthy",
    "credit_grade_origin": "imported", "visits_this_year": 0, "last_visit_on": None, "red_list": "no",
    "serious_dishonesty": "no", "judgment_debtor": "no", "red_line": "no", "broken_commitment": "no",
    "grace": "no", "abnormal_now": "no", "worst_other_rating": "none",
}  # fmt: skip


@dataclass(frozen=True)
class Deciders:
    """The functions that decide, passed in because the policy room knows none of them.

    Attributes
    ----------
    tier : callable
        (one-row frame, rules) → (risk tier, rule id).
    probability : callable
        (one-row frame, rules, as-of) → (wanted inclusion probability, rule id); a column ``round`` (6/12) divides
        the year.
    stage : callable
        (given, rules, as-of) → (stage, rule id).
    """

    tier: Callable[[pd.DataFrame, Rules], tuple[str, str]]
    probability: Callable[[pd.DataFrame, Rules, AsOf], tuple[float, str]]
    stage: Callable[[Mapping[str, Any], Rules, AsOf], tuple[str, str]]


@dataclass(frozen=True)
class CaseResult:
    """A case by its names, and what came out."""

    name: str
    name_zh: str
    expected: str
    found: str

    @property
    def holds(self) -> bool:
        """Whether the outcome is the expected one."""
        return self.expected == self.found


def run_cases(policy: Policy, deciders: Deciders, as_of: AsOf) -> list[CaseResult]:
    """Run every case of the policy under the rules of a day."""
    rules = policy.at(as_of)
    return [_run(case, rules, deciders, as_of) for case in policy.file.cases]


def _run(case: Case, rules: Rules, deciders: Deciders, as_of: AsOf) -> CaseResult:
    expect = case.expect
    if "stages" in expect:
        answers = {day: deciders.stage(case.given, rules, AsOf.of(day)) for day in expect["stages"]}
        found: dict[str, Any] = {"stages": {day: stage for day, (stage, _) in answers.items()}}
        because = list(answers.values())[-1][1]
    else:
        frame = pd.DataFrame([{**NOBODY, **case.given}])
        if "probability" in expect:
            value, because = deciders.probability(frame, rules, as_of)
            found = {"probability": round(value, 9)}
            expect = {**expect, "probability": round(float(expect["probability"]), 9)}
        else:
            tier, because = deciders.tier(frame, rules)
            found = {"risk_tier": tier}
    names = in_words(case.name, "en"), in_words(case.name, "zh")
    return CaseResult(*names, _written(expect), _written({**found, "because": because}))


def _written(outcome: Mapping[str, Any]) -> str:
    flat: dict[str, Any] = {}
    for key, value in outcome.items():
        flat |= {f"{key} {k}": v for k, v in value.items()} if isinstance(value, Mapping) else {key: value}
    return ", ".join(f"{key}={value}" for key, value in sorted(flat.items()))
