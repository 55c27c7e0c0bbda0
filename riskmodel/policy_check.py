"""Run the cases that stand in a policy file through tiers, plan and early warning, and name what no case covers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from riskmodel.inspections.rounds import Round
from riskmodel.inspections.wanted import wanted
from riskmodel.policy import Policy, Rules, coverage
from riskmodel.policy.cases import CaseResult, Deciders, run_cases
from riskmodel.tiering import MANUAL, STABILITY, override, steadied
from riskmodel.values import AsOf, Provenance
from riskmodel.warning.acts import ActLog
from riskmodel.warning.casebook import review


def check_policy(policy: Policy, as_of: AsOf) -> tuple[list[CaseResult], list[str]]:
    """Run the policy's own cases, and name the clauses and rules that nothing covers."""
    table = coverage(policy)
    gaps = table.loc[table["rules"].eq("") & table["reason"].eq(""), "clause"].tolist()
    results = run_cases(policy, Deciders(_tier, _probability, _stage), as_of)
    covered = {rule for case in policy.file.cases for rule in (*case.covers, str(case.expect.get("because", "")))}
    rules = policy.at(as_of)
    ids = [r.id for r in (*rules.tiers.overrides, *rules.inspections.rules)]
    ids += [r.id for r in (*rules.warning.reminders, *rules.warning.signals)]
    ids += [rules.warning.steps["watch"].id, STABILITY, MANUAL]
    untested = [rule for rule in ids if rule not in covered]
    return results, [*gaps, *untested]


def _tier(frame: pd.DataFrame, rules: Rules) -> tuple[str, str]:
    """Tier and what decided it; `months` are tiers by score, oldest first, the last of them now."""
    because = ""
    if "months" in frame:
        months = pd.DataFrame([frame["months"].iloc[0]], index=frame.index)
        frame = frame.assign(model_tier=steadied(months, rules.tiers.stability))
        because = STABILITY if frame["model_tier"].iloc[0] != months.iloc[0, -1] else ""
    row = override(frame, rules.tiers).iloc[0]
    return str(row["risk_tier"]), str(row["rule_id"]) or because


def _probability(frame: pd.DataFrame, rules: Rules, as_of: AsOf) -> tuple[float, str]:
    part = Round.read(str(frame["round"].iloc[0]) if "round" in frame.columns else "1/1", as_of.day)
    row = wanted(frame, rules.inspections, part).iloc[0]
    return float(row["wanted"]), str(row["because"])


def _stage(given: Mapping[str, Any], rules: Rules, as_of: AsOf) -> tuple[str, str]:
    """Stage of an invented enterprise, every violation known on the day it happened, every interview on its day."""
    rows = [
        {
            "event_id": f"{severity}-{day}", "entity_id": "CASE", "name": "CASE", "town": "T", "kind": "penalties",
            "severity": severity, "occurred_on": pd.Timestamp(day), "known_on": pd.Timestamp(day),
            "stopped_known_on": pd.NaT, "authority": "CASE", "special_field": "none", "industry": "F",
            "item": given.get("item", ""), "leniency": given.get("leniency", "no"),
        }
        for severity, days in given["penalties"].items() for day in days
    ]  # fmt: skip
    events = pd.DataFrame(rows).astype({"stopped_known_on": "datetime64[s]"})
    nobody, log = Provenance(as_of, "", "", ""), ActLog()
    cases = review(events, rules.warning, as_of, nobody).cases
    for day in given.get("interviews", []):
        if len(cases) and day <= as_of.day:
            log = log.add("remind", str(cases["case_id"].iloc[-1]), signed_by="CASE", recorded_on=day)
            cases = review(events, rules.warning, as_of, nobody, log.entries).cases
    return (str(cases["stage"].iloc[-1]), str(cases["rule_id"].iloc[-1])) if len(cases) else ("", "")
