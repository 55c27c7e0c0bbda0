"""Risk tiers: cut by the policy's shares, then overrides in the policy's order; both results are kept."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from riskmodel.policy.matching import fits
from riskmodel.policy.model import Rule, TierRules
from riskmodel.tables import TIERS


def cut(risk_score: pd.Series, shares: Mapping[str, float]) -> pd.Series:
    """Tier of each score by target shares, the highest scores in E.

    Equal scores are never split: a group of ties enters a higher tier only if it fits whole into the share that is
    left for that tier and the ones above. Shares of B to E are therefore upper limits, and A takes the rest.

    Parameters
    ----------
    risk_score : Series
        Higher is riskier.
    shares : mapping
        Tier → share; adds up to 1.

    Returns
    -------
    Series of str
        Same index.

    Examples
    --------
    >>> cut(pd.Series([0, 0, 0, 5, 9]), {"A": 0.6, "B": 0, "C": 0, "D": 0.2, "E": 0.2}).tolist()
    ['A', 'A', 'A', 'D', 'E']
    """
    values = risk_score.to_numpy()
    distinct, group = np.unique(-values, return_inverse=True)
    at_or_above = np.cumsum(np.bincount(group, minlength=len(distinct)))
    tier = np.full(len(distinct), "A", dtype=object)
    limit = sum(shares.values())
    for name in TIERS[1:]:  # from B upwards, each narrower tier overwrites the wider one
        limit -= shares[TIERS[TIERS.index(name) - 1]]
        tier[at_or_above <= limit * len(values) + 1e-9] = name
    return pd.Series(tier[group], index=risk_score.index, dtype="str")


def override(table: pd.DataFrame, rules: TierRules) -> pd.DataFrame:
    """Decided tiers: the first rule that fits an enterprise changes its model tier.

    Parameters
    ----------
    table : DataFrame
        ``model_tier`` and the columns that the rules name.
    rules : TierRules
        Overrides; `then` holds ``tier``, ``tier_at_least`` or ``tier_at_most``.

    Returns
    -------
    DataFrame
        ``risk_tier``, ``rule_id`` and ``clause`` ('' where no rule fits), same index.
    """
    model = table["model_tier"].map(TIERS.index).to_numpy()
    rank, open_rows = model.copy(), np.ones(len(table), dtype=bool)
    rule_id, clause = np.full(len(table), "", dtype=object), np.full(len(table), "", dtype=object)
    for rule in rules.overrides:
        hit = open_rows & fits(table, rule)
        changed = _changed(model, rule)
        if (
            "tier_at_most" in rule.then
        ):  # a rule that could only lower a tier has no say where there is nothing to lower
            hit &= changed != model
        rank, rule_id[hit], clause[hit] = np.where(hit, changed, rank), rule.id, rule.clause
        open_rows &= ~hit
    tiers = pd.Series(np.array(TIERS)[rank], index=table.index, dtype="str")
    return pd.DataFrame({"risk_tier": tiers, "rule_id": rule_id, "clause": clause}, index=table.index).astype("str")


def _changed(model: np.ndarray, rule: Rule) -> np.ndarray:
    if "tier" in rule.then:
        return np.full_like(model, TIERS.index(rule.then["tier"]))
    if "tier_at_least" in rule.then:
        changed: np.ndarray = np.maximum(model, TIERS.index(rule.then["tier_at_least"]))
        return changed
    lowered: np.ndarray = np.minimum(model, TIERS.index(rule.then["tier_at_most"]))
    return lowered
