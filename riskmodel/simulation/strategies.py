"""Ways to choose whom to visit in a quarter, from what the simulated office knows of everybody.

A strategy gets a `View`: the office's real assessment of the day and its capacity. It gives a `Choice`: who is visited
and with which inclusion probability. Whatever is random is drawn by the real draw: tickets of a seed text, stratified
random or the plan of a policy. A strategy that takes the highest scores draws nobody: it writes down π = 1, as an
office would that does not ask how it came to look where it looked; that is what selective labels are. Thompson
sampling perturbs scores with counted random numbers, inside the simulation only.

References
----------
Neyman (1934) for the allocation; Thompson (1933), Biometrika 25, and Russo et al. (2018), "A tutorial on Thompson
sampling"; Auer, Cesa-Bianchi & Fischer (2002), Machine Learning 47 (upper confidence bounds).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import betaincinv

from riskmodel.errors import InputError
from riskmodel.inspections.plan import plan_inspections
from riskmodel.inspections.rounds import Round
from riskmodel.policy.matching import fits
from riskmodel.policy.model import InspectionRules, Policy
from riskmodel.sampling.designs import Stratified
from riskmodel.sampling.inclusion import allocate
from riskmodel.sampling.tickets import tickets
from riskmodel.values import Provenance

_DRAWN_ONLY = "drawn_only"


@dataclass(frozen=True)
class View:
    """What a strategy may look at.

    Attributes
    ----------
    decided : DataFrame
        The assessment: one row an enterprise in the frame.
    rules : InspectionRules
        The policy's rules.
    part : Round
        Which quarter of its year this is.
    provenance : Provenance
        Of the assessment.
    capacity : int or None
        Most visits of the quarter; None: as many as the policy wants.
    effort : int
        Visits of a strategy that wants no number of its own.
    seed : str
        Public seed text of the quarter's draw.
    uniform : ndarray of float
        A counted random number for each row, for strategies that explore.
    seen : DataFrame
        visits and findings so far, one row for each row of `decided`.
    """

    decided: pd.DataFrame
    rules: InspectionRules
    part: Round
    provenance: Provenance
    capacity: int | None
    effort: int
    seed: str
    uniform: np.ndarray
    seen: pd.DataFrame

    @property
    def score(self) -> np.ndarray:
        """The probability that a visit finds something, where the office has one; else the risk score."""
        probability = self.decided["probability"].to_numpy(float)
        score = self.decided["risk_score"].to_numpy(float)
        # scores break ties between equal probabilities
        return score if np.isnan(probability).any() else probability + 1e-9 * score

    @property
    def n(self) -> int:
        """Visits of the quarter, where the strategy itself wants no number."""
        return min(self.effort if self.capacity is None else self.capacity, len(self.decided))


@dataclass(frozen=True)
class Choice:
    """Who is visited and how probable that was; one element for each row of the view.

    `stratum` is what the draw was stratified by ('' where nothing was drawn), for the standard error.
    """

    visited: np.ndarray
    pi: np.ndarray
    stratum: np.ndarray


Choose = Callable[[View], Choice]


@dataclass(frozen=True)
class Strategy:
    """A named way to choose, with the policy by which the office assesses, warns and leaves alone.

    Attributes
    ----------
    name : str
        Different for each strategy of a study.
    policy : Policy
        For assessment, tiers and warnings; and for the plan, where `choose` follows it.
    choose : callable
        View → Choice.
    """

    name: str
    policy: Policy
    choose: Choose


def by_policy(view: View) -> Choice:
    """The real plan and the real draw of the policy."""
    plan = plan_inspections(view.decided, view.rules, view.provenance, capacity=view.capacity, part=view.part)
    drawn = set(plan.draw(view.seed).table["entity_id"])
    frame = plan.frame.set_index("entity_id").loc[view.decided["entity_id"]]
    visited = view.decided["entity_id"].isin(drawn).to_numpy()
    return Choice(visited, frame["pi"].to_numpy(), frame["stratum"].to_numpy(str))


def equal(view: View) -> Choice:
    """Everybody with the same probability."""
    return _drawn(view, np.full(len(view.decided), "all"), {"all": view.n})


def neyman(view: View) -> Choice:
    """Strata by risk tier, sizes in proportion to enterprises × standard deviation of the outcome."""
    tier = view.decided["risk_tier"].to_numpy(str)
    p = np.clip(np.nan_to_num(view.decided["probability"].to_numpy(float), nan=0.5), 0.01, 0.99)
    names, place = np.unique(tier, return_inverse=True)
    size = np.bincount(place)
    mean = np.bincount(place, weights=p) / size
    spread = size * np.sqrt(mean * (1 - mean))
    n = min(max(view.n, 2 * len(names)), len(tier))
    numbers = allocate(size, np.minimum(n * spread / spread.sum(), size), total=n)
    return _drawn(view, tier, dict(zip(names.tolist(), numbers.tolist(), strict=True)))


def greedy(view: View) -> Choice:
    """The highest scores, nobody else."""
    return _highest(view, view.score)


def with_floor(share: float) -> Choose:
    """The highest scores, and a share of the capacity drawn at random among all others."""

    def choose(view: View) -> Choice:
        at_random = max(round(share * view.n), 2)
        top = _highest(view, view.score, less=at_random).visited
        stratum = np.where(top, "top", "floor")
        return _drawn(view, stratum, {"top": int(top.sum()), "floor": min(at_random, int((~top).sum()))})

    return choose


def thompson(strength: float) -> Choose:
    """The highest of one draw each from what is believed of everybody: a beta as wide as `strength` visits."""

    def choose(view: View) -> Choice:
        a, b = _belief(view, strength)
        return _highest(view, np.nan_to_num(betaincinv(a, b, np.clip(view.uniform, 1e-6, 1 - 1e-6))))

    return choose


def upper_bound(strength: float) -> Choose:
    """The highest upper confidence bounds of the same beliefs."""

    def choose(view: View) -> Choice:
        a, b = _belief(view, strength)
        mean = a / (a + b)
        return _highest(view, mean + 1.96 * np.sqrt(mean * (1 - mean) / (a + b + 1)))

    return choose


def without_do_not_disturb(policy: Policy) -> Policy:
    """The same policy without the rules that leave somebody alone."""
    inspections = policy.file.inspections
    kept = [rule for rule in inspections.rules if rule.then.get("visits") != _DRAWN_ONLY]
    file = policy.file.model_copy(update={"inspections": inspections.model_copy(update={"rules": kept})})
    return replace(policy, file=file)


def left_alone(decided: pd.DataFrame, rules: InspectionRules) -> np.ndarray:
    """Who gets no unscheduled visit under the policy's do-not-disturb rules."""
    alone = np.zeros(len(decided), dtype=bool)
    for rule in rules.rules:
        if rule.then.get("visits") == _DRAWN_ONLY:
            alone |= fits(decided, rule)
    return alone


# Strategies that a study may name, beside policies. Shares and strengths are part of the name.
NAMED: Mapping[str, Choose] = {
    "equal": equal, "neyman": neyman, "greedy": greedy, "greedy-floor-20": with_floor(0.2), "thompson-4": thompson(4.0),
    "ucb-4": upper_bound(4.0),
}  # fmt: skip
DISTURBING = "no-do-not-disturb"


def named(name: str, policy: Policy) -> Strategy:
    """A strategy by its name, with the policy by which the office assesses.

    Raises
    ------
    InputError
        If there is none of this name (RM-INP-004).
    """
    if name == DISTURBING:
        return Strategy(name, without_do_not_disturb(policy), by_policy)
    if name not in NAMED:
        raise InputError("RM-INP-004", where="--strategy", found=name, expected=", ".join((*NAMED, DISTURBING)))
    return Strategy(name, policy, NAMED[name])


def _drawn(view: View, stratum: np.ndarray, n: Mapping[str, int]) -> Choice:
    """A stratified random draw by tickets."""
    names, place = np.unique(stratum, return_inverse=True)
    pi = (np.array([n[str(name)] for name in names]) / np.bincount(place))[place]
    made = tickets(view.seed, view.decided["entity_id"].tolist())
    return Choice(Stratified(stratum).draw(pi, tickets=made), pi, stratum)


def _highest(view: View, value: np.ndarray, *, less: int = 0) -> Choice:
    """The so many highest values; equal ones in the order of their tickets."""
    made = tickets(view.seed, view.decided["entity_id"].tolist())
    order = np.lexsort((made, -value))
    visited = np.zeros(len(value), dtype=bool)
    visited[order[: max(view.n - less, 0)]] = True
    return Choice(visited, visited.astype(float), np.where(visited, "top", ""))


def _belief(view: View, strength: float) -> tuple[np.ndarray, np.ndarray]:
    p = np.clip(np.nan_to_num(view.decided["probability"].to_numpy(float), nan=0.2), 0.005, 0.995)
    visits, findings = view.seen["visits"].to_numpy(float), view.seen["findings"].to_numpy(float)
    return strength * p + findings, strength * (1 - p) + visits - findings
