"""Risk tiers: cut by score, steadied over months, overridden by rules and by people; every step is kept."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from riskmodel.policy.matching import fits
from riskmodel.policy.model import Rule, Stability, TierRules
from riskmodel.tables import TIERS

# Rule ids of a tier that people set, and of one that does not follow the score at once.
MANUAL, STABILITY = "manual", "stability"
_UNKNOWN = -1


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
    tier = _by_place(at_or_above, len(values), shares)
    return pd.Series(tier[group], index=risk_score.index, dtype="str")


def _by_place(at_or_above: np.ndarray, size: int, shares: Mapping[str, float]) -> np.ndarray:
    """Tier of whoever has so many enterprises, itself included, at or above its score."""
    tier = np.full(at_or_above.shape, TIERS[0], dtype=object)
    limit = sum(shares.values())
    for name in TIERS[1:]:  # from B upwards, each narrower tier overwrites the wider one
        limit -= shares[TIERS[TIERS.index(name) - 1]]
        tier[at_or_above <= limit * size + 1e-9] = name
    return tier


def cut_at(risk_score: pd.Series, lows: Mapping[str, int]) -> pd.Series:
    """Tier of each score by intervals: the highest tier whose lowest points it reaches.

    Parameters
    ----------
    risk_score : Series
        Higher is riskier.
    lows : mapping
        Lowest points of B to E, ascending.

    Examples
    --------
    >>> cut_at(pd.Series([0, 10, 29, 99]), {"B": 10, "C": 30, "D": 60, "E": 90}).tolist()
    ['A', 'B', 'B', 'E']
    """
    reached = np.searchsorted([lows[tier] for tier in TIERS[1:]], risk_score.to_numpy(), side="right")
    return pd.Series(np.array(TIERS)[reached], index=risk_score.index, dtype="str")


def by_score(risk_score: pd.Series, rules: TierRules) -> pd.Series:
    """Tier of each score as the policy cuts it: by intervals of points, or by target shares."""
    return cut(risk_score, rules.shares) if rules.lows is None else cut_at(risk_score, rules.lows)


def among(risk_score: np.ndarray, others: np.ndarray, rules: TierRules) -> np.ndarray:
    """Tiers that one enterprise would have with other scores, while all others keep theirs.

    Parameters
    ----------
    risk_score : ndarray of int
        Scores that are tried, each on its own.
    others : ndarray of int
        Scores of all other enterprises.
    rules : TierRules
        How the policy cuts.

    Examples
    --------
    >>> from riskmodel.policy import load_policy
    >>> from riskmodel.values import AsOf
    >>> rules = load_policy("zhoucun-2020").at(AsOf.of("2025-06-30")).tiers
    >>> among(np.array([0, 60, 99]), np.arange(99), rules).tolist()
    ['A', 'B', 'E']
    """
    if rules.lows is not None:
        return cut_at(pd.Series(risk_score), rules.lows).to_numpy(dtype=object)
    below = np.searchsorted(np.sort(others), risk_score, side="left")
    return _by_place(len(others) - below + 1, len(others) + 1, rules.shares)


def steadied(tiers: pd.DataFrame, rules: Stability) -> pd.Series:
    """The tier by score after the months before it: a bad month acts at once, a good one in steps.

    Parameters
    ----------
    tiers : DataFrame of str
        One column a month, oldest first, the last one now; missing where an enterprise was not known.
    rules : Stability
        Steps up and down a month, and the months that a tier is kept before it may go down.

    Returns
    -------
    Series of str
        Same index.

    Examples
    --------
    >>> months = pd.DataFrame({"may": ["D", "A"], "june": ["A", "D"]})
    >>> steadied(months, Stability(4, 1, 0, 1)).tolist()
    ['C', 'D']
    """
    codes = np.column_stack([_ranks(tiers[month]) for month in tiers])
    state = codes[:, 0].copy()
    kept = np.full(len(state), rules.stay_at_least_months)  # what came before the first month may have lasted
    for month in range(1, codes.shape[1]):
        new = codes[:, month]
        up = np.minimum(new, state + rules.steps_up_a_month)
        down = np.where(kept >= rules.stay_at_least_months, np.maximum(new, state - rules.steps_down_a_month), state)
        moved = np.where(new > state, up, np.where(new < state, down, state))
        moved = np.where(new == _UNKNOWN, state, np.where(state == _UNKNOWN, new, moved))
        kept = np.where(moved == state, kept + 1, 0)
        state = moved
    return pd.Series(np.array(TIERS)[state], index=tiers.index, dtype="str")


def override(table: pd.DataFrame, rules: TierRules) -> pd.DataFrame:
    """Decided tiers: the first rule that fits an enterprise changes its model tier, then people may.

    Parameters
    ----------
    table : DataFrame
        ``model_tier``, the columns that the rules name, and where people decided ``manual_tier`` ('' elsewhere).
    rules : TierRules
        Overrides; `then` holds ``tier``, ``tier_at_least`` or ``tier_at_most``.

    Returns
    -------
    DataFrame
        ``risk_tier``, ``rule_id`` and ``clause`` ('' where no rule fits), same index. A tier that people set does not
        fall below what a rule demands, unless the policy says so.
    """
    model = table["model_tier"].map(TIERS.index).to_numpy()
    rank, open_rows = model.copy(), np.ones(len(table), dtype=bool)
    rule_id, clause = np.full(len(table), "", dtype=object), np.full(len(table), "", dtype=object)
    for rule in rules.overrides:
        hit = open_rows & fits(table, rule)
        changed = _changed(model, rule)
        if "tier_at_most" in rule.then:  # a rule that could only lower has no say where there is nothing to lower
            hit &= changed != model
        rank, rule_id[hit], clause[hit] = np.where(hit, changed, rank), rule.id, rule.clause
        open_rows &= ~hit
    if "manual_tier" in table:
        least = np.where(open_rows, 0, rank) if not rules.manual_may_lower_rules else np.zeros_like(rank)
        rank, hit = _by_people(table["manual_tier"], rank, least)
        rule_id[hit], clause[hit] = MANUAL, "local"
    tiers = pd.Series(np.array(TIERS)[rank], index=table.index, dtype="str")
    return pd.DataFrame({"risk_tier": tiers, "rule_id": rule_id, "clause": clause}, index=table.index).astype("str")


def _by_people(tiers: pd.Series, rank: np.ndarray, least: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ranks after the tiers that people set, and where those decide."""
    wanted = _ranks(tiers)
    hit = (wanted != _UNKNOWN) & (wanted >= least) & (wanted != rank)
    return np.where(hit, wanted, rank), hit


def _ranks(tiers: pd.Series) -> np.ndarray:
    """Place of each tier, -1 for anything else."""
    return np.asarray(pd.Index(TIERS).get_indexer(pd.Index(tiers.astype("object"))), dtype="int64")


def _changed(model: np.ndarray, rule: Rule) -> np.ndarray:
    if "tier" in rule.then:
        return np.full_like(model, TIERS.index(rule.then["tier"]))
    if "tier_at_least" in rule.then:
        changed: np.ndarray = np.maximum(model, TIERS.index(rule.then["tier_at_least"]))
        return changed
    lowered: np.ndarray = np.minimum(model, TIERS.index(rule.then["tier_at_most"]))
    return lowered
