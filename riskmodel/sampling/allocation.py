"""Numbers of visits for a declared aim: most findings, the best known rate, or both by a weight.

Method
------
Choose the expected numbers x_g of groups g within bounds and under linear capacities, to minimise

    w V(x) / V* - (1 - w) F(x) / F*,

where F(x) = sum q_g x_g are the expected findings, V(x) = sum N_g^2 S_g^2 / x_g is the variance of the estimated total
of a stratified sample (up to a constant; S_g^2 = q_g (1 - q_g)), and F*, V* are the best that either aim alone can
reach. F is linear and V convex, so the problem is convex: linear programmes (HiGHS) with tangents of 1 / x, to which
tangents at each solution are added until the true value lies within `gap` of the lower bound that the programme proves
(Kelley's cutting planes).

References
----------
Neyman (1934) for the allocation of w = 1 without bounds; Kelley (1960), "The cutting-plane method for solving convex
programs", J. SIAM 8, 703–712.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

_ROUNDS = 60


@dataclass(frozen=True)
class Groups:
    """What can be chosen, and within what.

    Attributes
    ----------
    size : ndarray of float, shape (groups,)
        Enterprises.
    low, high : ndarray of float, shape (groups,)
        Least and largest expected number; least above 0 wherever the largest is.
    rate : ndarray of float, shape (groups,)
        Probability that a visit finds a problem.
    rows : ndarray of float, shape (capacities, groups)
        How much of each capacity one visit takes.
    limits : ndarray of float, shape (capacities,)
        The capacities.
    """

    size: np.ndarray
    low: np.ndarray
    high: np.ndarray
    rate: np.ndarray
    rows: np.ndarray
    limits: np.ndarray


def allocate_for(groups: Groups, *, precision_weight: float, gap: float = 1e-7) -> np.ndarray:
    """Expected numbers that serve findings and precision best; see the method above.

    Parameters
    ----------
    groups : Groups
        Bounds, rates and capacities; they must be feasible.
    precision_weight : float
        0 for findings alone, 1 for precision alone.
    gap : float
        Relative distance to the best value at which to stop.

    Returns
    -------
    ndarray, shape (groups,)
        Expected numbers.

    Raises
    ------
    ValueError
        If no numbers satisfy bounds and capacities.

    Examples
    --------
    >>> two = Groups(
    ...     size=np.array([100.0, 100.0]),
    ...     low=np.array([1.0, 1.0]),
    ...     high=np.array([100.0, 100.0]),
    ...     rate=np.array([0.5, 0.1]),
    ...     rows=np.ones((1, 2)),
    ...     limits=np.array([40.0]),
    ... )
    >>> allocate_for(two, precision_weight=1.0).round(1).tolist()  # Neyman: 0.5 to 0.3
    [25.0, 15.0]
    >>> allocate_for(two, precision_weight=0.0).round(1).tolist()
    [39.0, 1.0]
    """
    spread = groups.size**2 * groups.rate * (1 - groups.rate)
    weight = float(precision_weight)
    if weight == 0 or not spread.any():
        return _solve(groups, -groups.rate, np.zeros_like(spread), gap)
    if weight == 1:
        return _solve(groups, np.zeros_like(spread), spread, gap)
    most = float(groups.rate @ _solve(groups, -groups.rate, np.zeros_like(spread), gap))
    least = float(_variance(_solve(groups, np.zeros_like(spread), spread, gap), spread))
    gains = -(1 - weight) * groups.rate / max(most, 1e-300)
    return _solve(groups, gains, weight * spread / max(least, 1e-300), gap)


def _variance(x: np.ndarray, spread: np.ndarray) -> float:
    used = spread > 0
    return float((spread[used] / x[used]).sum())


def _solve(groups: Groups, linear: np.ndarray, spread: np.ndarray, gap: float) -> np.ndarray:
    """Minimise linear @ x + sum spread / x by linear programmes with tangents."""
    count = len(linear)
    curved = np.flatnonzero((spread > 0) & (groups.high > 0))
    points = [
        groups.low[curved] * (groups.high[curved] / groups.low[curved]) ** share for share in (0, 0.25, 0.5, 0.75, 1)
    ]
    bounds = [*zip(groups.low, groups.high, strict=True), *((0, None) for _ in curved)]
    costs = np.concatenate([linear, spread[curved] / np.maximum(groups.low[curved], 1e-12)])
    capacity = np.hstack([groups.rows, np.zeros((len(groups.limits), len(curved)))])
    best, value = None, np.inf
    for _ in range(_ROUNDS):
        cuts, ends = _tangents(points, curved, count, groups.low)
        found = linprog(costs, np.vstack([capacity, cuts]), np.concatenate([groups.limits, ends]), bounds=bounds)
        if found.status != 0:
            raise ValueError(str(found.message))
        x: np.ndarray = found.x[:count]
        true = float(linear @ x) + _variance(x, spread)
        if true < value:
            best, value = x, true
        if value - found.fun <= gap * max(abs(value), 1e-12):
            break
        points.append(x[curved])
    assert best is not None
    return best


def _tangents(
    points: list[np.ndarray], curved: np.ndarray, count: int, low: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of t_g >= scale (2 / p - x / p^2): tangents of low / x, scaled so that all numbers are near 1."""
    rows, ends = [], []
    for point in points:
        block = np.zeros((len(curved), count + len(curved)))
        at = np.arange(len(curved))
        scale = np.maximum(low[curved], 1e-12)
        block[at, curved] = -scale / point**2
        block[at, count + at] = -1.0
        rows.append(block)
        ends.append(-2 * scale / point)
    return np.vstack(rows), np.concatenate(ends)
