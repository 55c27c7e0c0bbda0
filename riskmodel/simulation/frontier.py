"""Findings against burden against precision, over all ratio tables; and the table that finds most for a capacity.

With fixed ratios the tiers do not touch each other in this world, so that a tier's findings depend on its own ratio
alone: one run of `kernel` for each of a few ratios, with common random numbers, gives every tier's response curve, and
any table is read off the curves. Curves bend down, since a visit corrects and deters. Their concave hulls make the best
table for a capacity a walk down the steepest pieces; a limit on the standard error enters by its multiplier, found by
bisection.

References
----------
Neyman (1934) and Cochran (1977), section 5.5, for precision as an aim; Everett (1963), Operations Research 11, for
multipliers on concave returns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from riskmodel.errors import PlanError
from riskmodel.policy.model import InspectionRules
from riskmodel.simulation.kernel import MEASURES, run_fixed
from riskmodel.simulation.world import QUARTERS, World
from riskmodel.tables import TIERS

LEVELS = (0.0, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.55, 0.75, 1.0, 1.5, 2.0)
_AT = {name: place for place, name in enumerate(MEASURES)}
_FOUND = slice(_AT["found_minor"], _AT["found_serious"] + 1)
_Z, _STEPS = 1.959963984540054, 60


@dataclass(frozen=True)
class Curves:
    """What each tier answers to each yearly ratio; means over the years, by replicate.

    Attributes
    ----------
    levels : ndarray, shape (levels,)
        Yearly ratios: visits for an enterprise; 2 is twice a year.
    findings, idle : ndarray, shape (replicates, tiers, levels)
        Violations found in a year, and visits to enterprises without one.
    rate : ndarray, shape (replicates, tiers, levels)
        Share of a tier where a visit would find something.
    size, compliant : ndarray, shape (replicates, tiers, levels)
        Enterprises, and those without a violation, on average.
    harm : ndarray, shape (replicates, tiers, levels)
        Weighted open violations of a year that nobody found.
    """

    levels: np.ndarray
    findings: np.ndarray
    idle: np.ndarray
    rate: np.ndarray
    size: np.ndarray
    compliant: np.ndarray
    harm: np.ndarray


def curves(
    world: World,
    *,
    years: int,
    replicates: int,
    seed: int,
    harm: Sequence[float] = (1, 5, 25),
    levels: Sequence[float] = LEVELS,
    progress: Callable[[int, int], None] | None = None,
) -> Curves:
    """Response curves of a world whose groups are the tiers A to E (0 to 4).

    Parameters
    ----------
    world : World
        Grouped by tier.
    years, replicates, seed : int
    harm : sequence of float
        Weight of an open minor, general and serious violation of a quarter.
    levels : sequence of float
        Yearly ratios at which tiers are tried; between them curves are straight.
    progress : callable, optional
        Called with levels done and levels in all.
    """
    parts = []
    for done, level in enumerate(levels, start=1):
        chance = np.full(world.size, level / QUARTERS)
        counts = run_fixed(world, chance, quarters=years * QUARTERS, replicates=replicates, seed=seed)
        counts = np.pad(counts, ((0, 0), (0, len(TIERS) - counts.shape[1]), (0, 0), (0, 0)))
        parts.append(counts.sum(axis=2) / years)
        if progress:
            progress(done, len(levels))
    a = np.stack(parts, axis=2)  # replicates, tiers, levels, measures; sums of a year
    opened, found = a[..., : _AT["open_serious"] + 1], a[..., _FOUND]
    there, violators = a[..., _AT["enterprises"]] / QUARTERS, opened.sum(axis=-1) / QUARTERS
    return Curves(
        levels=np.array(levels, float),
        findings=found.sum(axis=-1),
        idle=a[..., _AT["visits"]] - a[..., _AT["visits_to_violators"]],
        rate=a[..., _AT["findable"]] / np.maximum(a[..., _AT["enterprises"]], 1),
        size=there,
        compliant=there - violators,
        harm=(opened - found) @ np.array(harm, float),
    )


def ratios(rules: InspectionRules) -> dict[str, float]:
    """A policy's table: yearly ratio of each tier times how often a year it holds."""
    return {tier: rules.ratio_by_tier[tier] * rules.frequency_by_tier.get(tier, 1) for tier in TIERS}


def point(curve: Curves, table: Mapping[str, float]) -> pd.DataFrame:
    """What a ratio table gives a year, one row a replicate: visits, findings, burden, standard_error, harm.

    ``burden`` is visits for one enterprise in order; ``standard_error`` that of the rate estimated from a year's draws,
    stratified by tier (infinite where a tier is never visited).
    """
    at = [_read(curve, tier, float(table[name])) for tier, name in enumerate(TIERS)]
    visits = sum(one["size"] * float(table[name]) for one, name in zip(at, TIERS, strict=True))
    compliant = sum(one["compliant"] for one in at)
    variance, total = np.zeros(len(curve.size)), sum(one["size"] for one in at)
    for one, name in zip(at, TIERS, strict=True):
        variance = variance + _variance(one["size"], one["rate"], float(table[name])) / total**2
    return pd.DataFrame(
        {
            "visits": visits, "findings": sum(one["findings"] for one in at),
            "burden": sum(one["idle"] for one in at) / np.maximum(compliant, 1),
            "standard_error": np.sqrt(variance), "harm": sum(one["harm"] for one in at),
        }
    )  # fmt: skip


def _variance(size: np.ndarray, rate: np.ndarray, ratio: float) -> np.ndarray:
    """Of a tier's total, estimated from a simple random sample of `ratio` of it."""
    if ratio <= 0:
        return np.where(size > 0, np.inf, 0.0)
    return np.asarray(size * max(1 - ratio, 0.0) * rate * (1 - rate) / ratio)


def _read(curve: Curves, tier: int, ratio: float) -> dict[str, np.ndarray]:
    """Every figure of a tier at a ratio, straight between levels; one element a replicate."""
    right = int(np.clip(np.searchsorted(curve.levels, ratio), 1, len(curve.levels) - 1))
    low, high = curve.levels[right - 1], curve.levels[right]
    part = (ratio - low) / (high - low)
    figures = ("findings", "idle", "rate", "size", "compliant", "harm")
    return {
        name: (1 - part) * getattr(curve, name)[:, tier, right - 1] + part * getattr(curve, name)[:, tier, right]
        for name in figures
    }


@dataclass(frozen=True)
class Proposal:
    """A ratio table and what it promises over another one.

    Attributes
    ----------
    table : dict of str to float
        Tier → yearly ratio.
    expected : dict of str to float
        Means: visits, findings, burden, standard_error, harm.
    instead : dict of str to float
        The same of the table it is compared with.
    gain, low, high : float
        Findings a year more, with the interval for one fresh run of as many years: 95 % of the paired differences.
    """

    table: dict[str, float]
    expected: dict[str, float]
    instead: dict[str, float]
    gain: float
    low: float
    high: float


def propose(
    curve: Curves,
    instead: Mapping[str, float],
    *,
    capacity: float | None = None,
    floor: float = 0.005,
    most_error: float | None = None,
) -> Proposal:
    """The table that finds most in a year within a capacity.

    Parameters
    ----------
    curve : Curves
    instead : mapping
        Table that it is compared with, the policy's.
    capacity : float, optional
        Visits a year; default: what `instead` needs.
    floor : float
        Lowest ratio of any tier, so that nobody is exempt and every tier stays known.
    most_error : float, optional
        Highest standard error of the yearly rate.

    Raises
    ------
    PlanError
        If floor or standard error need more than the capacity (RM-PLN-001).
    """
    now = point(curve, instead)
    room = float(now["visits"].mean()) if capacity is None else float(capacity)
    table = _best(curve, room, floor, 0.0)
    if most_error is not None and point(curve, table)["standard_error"].mean() > most_error:
        table = _precise(curve, room, floor, most_error)
    new = point(curve, table)
    more = (new["findings"] - now["findings"]).to_numpy()
    spread = _Z * float(more.std(ddof=1)) if len(more) > 1 else np.nan
    means = [{str(k): float(v) for k, v in frame.mean().items()} for frame in (new, now)]
    return Proposal(
        table, means[0], means[1], float(more.mean()), float(more.mean() - spread), float(more.mean() + spread)
    )


def _precise(curve: Curves, room: float, floor: float, most_error: float) -> dict[str, float]:
    """The best table among those precise enough: the smallest multiplier on the variance that makes it so."""
    low, high = 0.0, 1.0
    while point(curve, table := _best(curve, room, floor, high))["standard_error"].mean() > most_error:
        high *= 10
        if high > 1e15:
            error = point(curve, table)["standard_error"].mean()
            raise PlanError("RM-PLN-001", where="standard error", found=f"{error:.4f}", expected=f"≤ {most_error}")
    for _ in range(_STEPS):
        middle = (low + high) / 2
        close = point(curve, _best(curve, room, floor, middle))["standard_error"].mean() <= most_error
        low, high = (low, middle) if close else (middle, high)
    return _best(curve, room, floor, high)


def _best(curve: Curves, room: float, floor: float, weight: float) -> dict[str, float]:
    """Most findings less `weight` × variance: fill the capacity along the steepest pieces of the concave hulls."""
    size = curve.size.mean(axis=(0, 2))
    grid = np.unique(np.concatenate([[floor], curve.levels[curve.levels > floor]]))
    if (need := float(size.sum() * floor)) > room:
        raise PlanError(
            "RM-PLN-001", where="floor", found=f"{room:.0f} < {need:.0f}", expected=f"capacity ≥ {need:.0f}"
        )
    pieces = []
    for tier in range(len(TIERS)):
        if size[tier] <= 0:
            continue
        values = np.array([_worth(curve, tier, ratio, weight) for ratio in grid])
        hull = _hull(grid, values)
        for a, b in zip(hull, hull[1:], strict=False):
            slope = (values[b] - values[a]) / (grid[b] - grid[a]) / size[tier]
            pieces.append((slope, tier, grid[a], grid[b]))
    table = dict.fromkeys(TIERS, floor)
    left = room - need
    for slope, tier, low, high in sorted(pieces, key=lambda piece: (-piece[0], piece[1], piece[2])):
        if slope <= 0 or left <= 0:
            break
        step = min(high - low, left / size[tier])
        table[TIERS[tier]] = float(low + step)
        left -= step * size[tier]
    return table


def _worth(curve: Curves, tier: int, ratio: float, weight: float) -> float:
    one = _read(curve, tier, float(ratio))
    total = curve.size.mean(axis=0).mean(axis=-1).sum()
    variance = _variance(one["size"], one["rate"], float(ratio)) / total**2 if weight else np.zeros(1)
    return float((one["findings"] - weight * variance).mean())


def _hull(x: np.ndarray, y: np.ndarray) -> list[int]:
    """Points of the upper concave hull, from left to right."""
    hull: list[int] = []
    for i in range(len(x)):
        while len(hull) > 1:
            a, b = hull[-2], hull[-1]
            if (y[b] - y[a]) * (x[i] - x[b]) > (y[i] - y[b]) * (x[b] - x[a]):
                break
            hull.pop()
        hull.append(i)
    return hull


def frontier(curve: Curves, policy: Mapping[str, float], *, floors: Sequence[float], points: int = 12) -> pd.DataFrame:
    """Best tables over capacities and floors, with the policy's own point.

    Returns
    -------
    DataFrame
        kind (best or policy), floor, A to E (ratios), visits, findings, findings_low, findings_high, burden,
        standard_error, harm; means over replicates, 95 % of them for findings.
    """
    own = float(point(curve, policy)["visits"].mean())
    rows = [_row("policy", min(policy.values()), policy, curve)]
    for floor in floors:
        least = float(curve.size.mean(axis=(0, 2)).sum()) * floor
        for room in np.geomspace(max(least * 1.02, own / 4), max(own * 3, least * 1.1), points):
            rows.append(_row("best", floor, _best(curve, room, floor, 0.0), curve))
    return pd.DataFrame(rows)


def _row(kind: str, floor: float, table: Mapping[str, float], curve: Curves) -> dict[str, object]:
    got = point(curve, table)
    low, high = np.quantile(got["findings"], [0.025, 0.975])
    means = {str(name): float(value) for name, value in got.mean().items()}
    return {"kind": kind, "floor": floor, **table, **means, "findings_low": low, "findings_high": high}
