"""A study: several strategies through the same replicates of a world, summed up with intervals and paired differences.

References
----------
Law (2015), Simulation Modeling and Analysis, 5th ed., section 11.2 (common random numbers), section 9.4 (intervals from
independent replicates).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd
from scipy.stats import t as student

from riskmodel.assessment import assess
from riskmodel.display.html import table as table_html
from riskmodel.display.study_words import measure_label, study_say
from riskmodel.errors import InputError, Lang
from riskmodel.inspections.plan import plan_inspections
from riskmodel.inspections.rounds import Round
from riskmodel.policy.model import Policy, Rules
from riskmodel.records import Records
from riskmodel.simulation.calibrate import Calibrated
from riskmodel.simulation.fit import fit
from riskmodel.simulation.frontier import Curves, Proposal, curves, frontier, propose, ratios
from riskmodel.simulation.loop import Setting, replicate
from riskmodel.simulation.measures import COLUMNS
from riskmodel.simulation.strategies import Strategy
from riskmodel.simulation.world import QUARTERS
from riskmodel.tables import TIERS

# Measures that add up over a year; the others are means over quarters.
SUMMED = (
    "visits", "drawn", "found", "missed", "found_minor", "found_general", "found_serious", "harm", "compliant_visits",
    "burden", "hours", "reminded",
)  # fmt: skip
_LEVEL = 0.95
FLOORS = (0.002, 0.005, 0.01)


@dataclass(frozen=True)
class Study:
    """What strategies did in a simulated world.

    Attributes
    ----------
    figures : DataFrame
        One row a strategy, replicate and quarter, the columns of `measures.COLUMNS`.
    base : str
        Strategy that the others are compared with.
    calibrated : Calibrated
        World, assumptions, where each number comes from.
    fit : DataFrame
        Records beside simulated records, see `fit.fit`.
    frontier : DataFrame
        See `frontier.frontier`, for tiers as the base policy decides them today.
    proposal : Proposal
        Ratio table that finds most with the visits that the base policy's table needs.
    curves : Curves
        What each tier answers to each ratio: other tables and capacities are read off it, see `propose`.
    about : mapping
        years, replicates, seed, capacity, policies (name → id@digest), data.
    """

    figures: pd.DataFrame
    base: str
    calibrated: Calibrated
    fit: pd.DataFrame
    frontier: pd.DataFrame
    proposal: Proposal
    curves: Curves
    about: Mapping[str, object]

    def summary(self) -> pd.DataFrame:
        """Each measure of each strategy: a year's sum or mean, with its interval and the difference to the base.

        Returns
        -------
        DataFrame
            strategy, measure, value, low, high, difference, difference_low, difference_high; intervals of 95 % for
            the mean over replicates (NaN with one replicate).
        """
        each = yearly(self.figures)
        wide = each.pivot(index=["measure", "replicate"], columns="strategy", values="value")
        rows = []
        for measure in COLUMNS:
            of = wide.loc[measure]
            for strategy in dict.fromkeys(self.figures["strategy"]):
                value, low, high = interval(of[strategy].to_numpy())
                more, more_low, more_high = interval((of[strategy] - of[self.base]).to_numpy())
                rows.append((strategy, measure, value, low, high, more, more_low, more_high))
        names = ["strategy", "measure", "value", "low", "high", "difference", "difference_low", "difference_high"]
        return pd.DataFrame(rows, columns=names)

    def title(self, strategy: str, lang: Lang = "zh") -> str:
        """What a strategy is called: a policy by its title, after its id where another has the same title."""
        titles = {key: str(both[lang]) for key, both in dict(self.about["titles"]).items()}  # type: ignore[call-overload]
        if strategy not in titles:
            return strategy
        alone = list(titles.values()).count(titles[strategy]) == 1
        return titles[strategy] if alone else study_say("twin", lang, title=titles[strategy], name=strategy)

    def titled(self, table: pd.DataFrame, lang: Lang = "zh") -> pd.DataFrame:
        """A table with a column ``strategy``, policies in it by their titles."""
        return table.assign(strategy=[self.title(str(name), lang) for name in table["strategy"]])

    def over_time(self, measure: str) -> pd.DataFrame:
        """A measure by quarter: strategy, quarter, value, low, high."""
        rows = [
            (*key, *interval(part[measure].to_numpy()))
            for key, part in self.figures.groupby(["strategy", "quarter"], sort=False)
        ]
        return pd.DataFrame(rows, columns=["strategy", "quarter", "value", "low", "high"])

    @property
    def table(self) -> dict[str, float]:
        """Yearly ratios of the base policy, by tier."""
        own = self.frontier[self.frontier["kind"].eq("policy")].iloc[0]
        return {tier: float(own[tier]) for tier in TIERS}

    def propose(
        self, *, capacity: float | None = None, floor: float = 0.005, most_error: float | None = None
    ) -> Proposal:
        """The ratio table that finds most, against the base policy's; see `frontier.propose`."""
        return propose(self.curves, self.table, capacity=capacity, floor=floor, most_error=most_error)

    def _repr_html_(self) -> str:
        table = self.summary().pivot(index="strategy", columns="measure", values="value")
        shown = [name for name in ("visits", "found", "burden", "harm", "error", "auc") if name in table]
        headings = {name: measure_label(name, "zh") for name in shown}
        title = study_say("caption", "zh", years=self.about["years"], replicates=self.about["replicates"])
        return table_html(self.titled(table[shown].reset_index()), headings=headings, caption=title)


class Kept(Protocol):
    """Keeps the rows of finished replicates."""

    def read(self, strategy: str, number: int) -> pd.DataFrame | None:
        """The rows of a strategy and replicate, if they are there."""

    def write(self, strategy: str, number: int, rows: pd.DataFrame) -> None:
        """Keep them."""


def yearly(figures: pd.DataFrame) -> pd.DataFrame:
    """A year's sum, or the mean over quarters, of every measure: strategy, replicate, measure, value."""
    mean = figures.groupby(["strategy", "replicate"], sort=False)[list(COLUMNS)].mean()
    mean[list(SUMMED)] *= QUARTERS
    long = mean.reset_index().melt(["strategy", "replicate"], var_name="measure", value_name="value")
    return long


def interval(values: np.ndarray) -> tuple[float, float, float]:
    """Mean of independent replicates, and the ends of its interval by Student's distribution.

    >>> [round(end, 3) for end in interval(np.array([1.0, 2.0, 3.0]))]
    [2.0, -0.484, 4.484]
    """
    some = values[~np.isnan(values)]
    if not len(some):
        return np.nan, np.nan, np.nan
    mean = float(some.mean())
    if len(some) < 2:
        return mean, np.nan, np.nan
    half = float(student.ppf((1 + _LEVEL) / 2, len(some) - 1) * some.std(ddof=1) / np.sqrt(len(some)))
    return mean, mean - half, mean + half


def effort_of(records: Records, policy: Policy) -> int:
    """Visits of a quarter that a policy's own plan makes with today's tiers, where nobody was visited yet."""
    assessment = assess(records, policy, as_of=records.newest, bare=True)
    part = Round(1, QUARTERS, records.newest.day)
    rested = assessment.decided.assign(visits_this_year=0, last_visit_on=pd.Timestamp("NaT"))
    return plan_inspections(rested, assessment.rules.inspections, assessment.provenance, part=part).n


def tiered(calibrated: Calibrated, records: Records, policy: Policy) -> Calibrated:
    """The world of today with the policy's tiers as its groups (0 to 4), entrants in those of whom they are like."""
    decided = assess(records, policy, as_of=records.newest, bare=True).decided
    tier = pd.Series(decided["risk_tier"].map(TIERS.index).to_numpy(), index=decided["entity_id"].to_numpy())
    world = calibrated.world
    group = tier.reindex(world.registry["entity_id"]).fillna(0).to_numpy(np.int32)
    return replace(calibrated, world=world.grouped(group))


def all_replicates(
    setting: Setting,
    strategies: Sequence[Strategy],
    replicates: int,
    *,
    kept: Kept | None = None,
    part: tuple[int, int] = (0, 1),
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Every strategy through every replicate; what is there already is not made again.

    Parameters
    ----------
    setting : Setting
    strategies : sequence of Strategy
    replicates : int
    kept : Kept, optional
        Where finished replicates are looked up and put.
    part : tuple of int
        (k, n): only replicates whose number leaves k when divided by n.
    progress : callable, optional
        Called with quarters done and quarters in all.

    Raises
    ------
    InputError
        If there is nothing to do, or two strategies have one name (RM-SIM-003).
    """
    names = [strategy.name for strategy in strategies]
    if len(set(names)) < len(names) or min(len(names), replicates) < 1 or setting.years < 1:
        found = f"{', '.join(names) or '-'}; {replicates}"
        raise InputError("RM-SIM-003", where="--strategy, --replicates, --years", found=found)
    numbers = [number for number in range(replicates) if number % part[1] == part[0]]
    total = len(numbers) * len(strategies) * setting.quarters
    parts: list[pd.DataFrame] = []
    for number in numbers:
        for strategy in strategies:
            behind = len(parts) * setting.quarters
            rows = kept.read(strategy.name, number) if kept else None
            if rows is None:
                tick = (lambda q, _, behind=behind: progress(behind + q, total)) if progress else None
                rows = replicate(setting, strategy, number, progress=tick)
                if kept:
                    kept.write(strategy.name, number, rows)
            parts.append(rows)
            if progress:
                progress(len(parts) * setting.quarters, total)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def outlook(
    setting: Setting, base: Strategy, rules: Rules, *, replicates: int = 40, floor: float = 0.005, fits: int = 10
) -> tuple[pd.DataFrame, Proposal, pd.DataFrame, Curves]:
    """Frontier, proposal and fit of the study's world, by the compiled kernel."""
    made = tiered(setting.calibrated, setting.records, base.policy)
    harm = made.assumptions.harm.value
    curve = curves(made.world, years=setting.years, replicates=replicates, seed=setting.seed, harm=harm)
    table = ratios(rules.inspections)
    own = frontier(curve, table, floors=FLOORS)
    match = fit(setting.records, rules, setting.calibrated, replicates=fits, seed=setting.seed)
    return own, propose(curve, table, floor=floor), match, curve
