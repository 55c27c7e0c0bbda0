"""What the policy wants for each enterprise: an inclusion probability, and the rule and clause behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from riskmodel.errors import DrawError, PolicyError
from riskmodel.inspections.rounds import Round
from riskmodel.policy.matching import fits
from riskmodel.policy.model import InspectionRules, Rule

RATIO = "ratio"  # stands for the ratio of the risk tier where no rule has changed it
RESTED, VISITED = "just-visited", "visited-this-cycle"
_NUMBERS = ("probability", "probability_at_least", "ratio_times", "frequency_times", "visits_at_most")
_WORDS = ("visits", "joint", "per")  # for the lists; they change no probability


@dataclass
class _Wish:
    """Arrays that the rules work on, one element an enterprise."""

    pi: np.ndarray
    floor: np.ndarray
    because: np.ndarray
    clause: np.ndarray
    frequency: np.ndarray
    floor_because: np.ndarray
    floor_clause: np.ndarray

    def name(self, hit: np.ndarray, rule: Rule) -> None:
        self.because[hit], self.clause[hit] = rule.id, rule.clause


def wanted(decided: pd.DataFrame, rules: InspectionRules, part: Round | None = None) -> pd.DataFrame:
    """Wanted inclusion probability of each enterprise, before any capacity.

    The ratio of the risk tier comes first; then the rules apply in the policy's order, each where all its
    ``when`` pairs fit: ``probability`` sets, ``probability_at_least`` lifts, ``ratio_times`` multiplies
    (never above 1), ``frequency_times`` multiplies the visits a year. In a round of the year the ratio is divided,
    see `Round.share`. Whoever has had the visits of ``visits_at_most`` this year gets 0, whatever other rules say,
    and so does whoever was visited within the days of rest, except where a rule with probability 1 fits (special
    fields): that rule always wins.

    Parameters
    ----------
    decided : DataFrame
        One row an enterprise: ``entity_id``, ``risk_tier``, ``visits_this_year`` and the columns that the
        rules name; ``last_visit_on`` where there are days of rest or rounds. Compared as text; yes/no columns may
        hold booleans.
    rules : InspectionRules
        Ratios and rules of the day.
    part : Round, optional
        Round of the year; without it the plan is that of a whole year.

    Returns
    -------
    DataFrame
        Sorted by ``entity_id``: ``entity_id``, ``risk_tier``, ``wanted``, ``because`` (id of the rule that
        last set or changed the probability, or ``ratio``), ``clause``, ``floor`` (what no capacity may
        undercut), ``floor_because``, ``floor_clause`` (the rule behind it), ``certain``.

    Raises
    ------
    DrawError
        If there is no enterprise, ids are missing or repeated, or a tier has no ratio (RM-DRW-001).
    PolicyError
        If a rule names a column or an action that does not exist (RM-POL-001).
    """
    table = _checked(decided, rules)
    wish = _ratios(table, rules)
    fitting = [(rule, fits(table, rule), _numbers(rule)) for rule in rules.rules]
    for rule, hit, numbers in fitting:
        _change(wish, rule, hit, numbers)
    certain = np.zeros(len(table), dtype=bool)
    for rule, hit, numbers in fitting:
        if numbers.get("probability") == 1:
            _set(wish, rule, hit, 1.0)
            certain |= hit
    _rest(wish, table, rules, part)
    for rule, hit, numbers in fitting:
        if "visits_at_most" in numbers:
            full = hit & ~certain & (table["visits_this_year"] >= numbers["visits_at_most"]).to_numpy(dtype=bool)
            _set(wish, rule, full & (wish.pi > 0), 0.0)
    # Twelve decimals: products such as 0.1 * 3 and 0.3 must fall into one stratum.
    pi = np.round(wish.pi, 12)
    return pd.DataFrame(
        {
            "entity_id": table["entity_id"],
            "risk_tier": table["risk_tier"].astype("str"),
            "wanted": pi,
            "because": pd.Series(wish.because, dtype="str"),
            "clause": pd.Series(wish.clause, dtype="str"),
            "floor": np.round(np.minimum(wish.floor, pi), 12),
            "floor_because": pd.Series(wish.floor_because, dtype="str"),
            "floor_clause": pd.Series(wish.floor_clause, dtype="str"),
            "certain": pi >= 1,
        }
    )


def _ratios(table: pd.DataFrame, rules: InspectionRules) -> _Wish:
    """What the risk tiers alone ask for."""
    size, tiers = len(table), table["risk_tier"].astype("str")
    ratio = tiers.map(dict(rules.ratio_by_tier)).to_numpy(dtype=float, copy=True)
    often = tiers.map(dict(rules.frequency_by_tier)).fillna(1).to_numpy(dtype=float, copy=True)
    because, clause = np.full(size, RATIO, object), np.full(size, rules.clause, object)
    return _Wish(ratio, np.zeros(size), because, clause, often, np.full(size, "", object), np.full(size, "", object))


def _rest(wish: _Wish, table: pd.DataFrame, rules: InspectionRules, part: Round | None) -> None:
    """Divide the year into rounds, and leave in peace whoever was just visited."""
    last = pd.to_datetime(table["last_visit_on"]) if "last_visit_on" in table.columns else None
    if part is not None and part.of > 1:
        starts, share = part.cycle(wish.frequency)
        seen = np.zeros(len(table), dtype=bool) if last is None else (last >= starts).to_numpy(dtype=bool)
        wish.pi, wish.floor = share(wish.pi), share(wish.floor)
        _stop(wish, seen & (wish.pi > 0), VISITED)
    if part is not None and rules.rest_days and last is not None:
        young = last > pd.Timestamp(part.day) - pd.Timedelta(days=rules.rest_days)
        _stop(wish, young.to_numpy(dtype=bool) & (wish.pi > 0) & (wish.pi < 1), RESTED)


def _stop(wish: _Wish, where: np.ndarray, why: str) -> None:
    wish.pi[where], wish.floor[where] = 0.0, 0.0
    wish.because[where], wish.clause[where] = why, "local"


def _checked(decided: pd.DataFrame, rules: InspectionRules) -> pd.DataFrame:
    needed = ["entity_id", "risk_tier", "visits_this_year"]
    absent = [name for name in needed if name not in decided.columns]
    if absent:
        found = f"no {', '.join(absent)}"
        raise DrawError("RM-DRW-001", where="decided", found=found, expected=", ".join(needed))
    if decided.empty:
        raise DrawError("RM-DRW-001", where="decided", found="0", expected="≥ 1 enterprise")
    ids = decided["entity_id"]
    wrong = ids.isna() | ids.astype("str").eq("") | ids.duplicated(keep=False)
    if wrong.any():
        raise DrawError("RM-DRW-001", where="decided.entity_id", found=repr(ids[wrong].iloc[0]))
    tiers = decided["risk_tier"].astype("str")
    strange = ~tiers.isin(list(rules.ratio_by_tier))
    if strange.any():
        expected = ", ".join(rules.ratio_by_tier)
        found = repr(decided.loc[strange, "risk_tier"].iloc[0])
        raise DrawError("RM-DRW-001", where="decided.risk_tier", found=found, expected=expected)
    table = decided.assign(entity_id=ids.astype("str"))
    return table.sort_values("entity_id", ignore_index=True)


def _numbers(rule: Rule) -> dict[str, float]:
    """The actions of a rule that change probabilities."""
    where = f"inspections.rules.{rule.id}.then"
    strange = [key for key in rule.then if key not in _NUMBERS + _WORDS]
    if strange:
        raise PolicyError("RM-POL-001", where=where, found=strange[0], expected=", ".join(_NUMBERS + _WORDS))
    numbers = {key: rule.then[key] for key in _NUMBERS if key in rule.then}
    for key, value in numbers.items():
        if not _sensible(key, value):
            expected = "0 … 1" if key.startswith("probability") else "≥ 0"
            raise PolicyError("RM-POL-001", where=f"{where}.{key}", found=value, expected=expected)
    return {key: float(value) for key, value in numbers.items()}


def _sensible(key: str, value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not np.isfinite(value):
        return False
    return bool(value >= 0 and (value <= 1 or not key.startswith("probability")))


def _change(wish: _Wish, rule: Rule, hit: np.ndarray, numbers: dict[str, float]) -> None:
    if "probability" in numbers:
        _set(wish, rule, hit, numbers["probability"])
    if "probability_at_least" in numbers:
        least = numbers["probability_at_least"]
        higher = hit & (wish.floor < least)
        wish.floor[higher], wish.floor_because[higher], wish.floor_clause[higher] = least, rule.id, rule.clause
        lifted = hit & (wish.pi < least)
        wish.pi[lifted] = least
        wish.name(lifted, rule)
    if "ratio_times" in numbers:
        multiplied = np.where(hit, np.minimum(wish.pi * numbers["ratio_times"], 1.0), wish.pi)
        wish.name(multiplied != wish.pi, rule)
        wish.pi = multiplied
    if "frequency_times" in numbers:
        wish.frequency[hit] *= numbers["frequency_times"]


def _set(wish: _Wish, rule: Rule, where: np.ndarray, probability: float) -> None:
    wish.pi[where], wish.floor[where] = probability, 0.0
    wish.name(where, rule)
