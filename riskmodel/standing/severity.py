"""Severity of penalties that the source does not grade: by kind of penalty, size of the fine and statute."""

from __future__ import annotations

import numpy as np

from riskmodel.policy.model import SeverityRules
from riskmodel.records.panel import Shown
from riskmodel.tables import SEVERITIES


def graded(known: Shown, rules: SeverityRules) -> Shown:
    """The same records, every penalty with a severity.

    A severity that the source gives stays. Else a serious kind of penalty or a large amount is serious; a minor
    kind without money, or a small fine alone, is minor; the rest is general. A fine under a statute that the policy
    names is at least as severe as it says there.
    """
    penalties = known["penalties"]
    money = penalties["fine_yuan"].fillna(0) + penalties["confiscated_yuan"].fillna(0)
    kind = penalties["category"]
    serious = kind.isin(rules.serious_categories) | (money >= rules.fine_serious_from_yuan)
    small_fine = kind.isin(("fine", *rules.minor_categories)) & (money <= rules.fine_minor_at_most_yuan)
    derived = np.select([serious, small_fine], ["serious", "minor"], "general")
    for statutes, at_least in rules.by_statute:
        named = np.zeros(len(penalties), dtype=bool)
        for statute in statutes:
            named |= penalties["legal_basis"].str.contains(statute, regex=False).to_numpy(dtype=bool)
        lighter = np.isin(derived, SEVERITIES[: SEVERITIES.index(at_least)])
        derived = np.where(named & lighter & ~kind.isin(rules.minor_categories), at_least, derived)
    missing = ~penalties["severity"].isin(("minor", "general", "serious"))
    severity = penalties["severity"].mask(missing, derived).astype("str")
    return known.with_table("penalties", penalties.assign(severity=severity))
