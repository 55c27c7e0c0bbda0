"""Monotone binning of one feature: few steps along which the share of events only rises, or only falls.

Values are first cut into many runs of about equal weight; neighbours that violate the direction are pooled (pool
adjacent violators, Ayer et al. 1955), then bins that are too small or too many, then whatever smoothing disturbed.
Everything is computed from sums over sorted values, so that neither the order of the rows nor repetition in place of
whole weights changes a result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import xlogy

# Runs of values before pooling, per bin that may remain: fine enough to place the steps, coarse enough to be stable.
_RUNS_PER_BIN = 8


@dataclass(frozen=True)
class Limits:
    """What bins may look like.

    Attributes
    ----------
    max_bins : int
        Most bins, the bin of missing values not counted.
    min_share : float
        Least share of the whole weight in a bin.
    smoothing : float
        Weight of the share of all events that is mixed into each bin, above 0; larger pulls small bins to the
        average.
    """

    max_bins: int
    min_share: float
    smoothing: float


@dataclass(frozen=True)
class Bins:
    """Bins of one feature.

    Attributes
    ----------
    lows : ndarray
        Ascending lower bounds (included) of all bins but the lowest.
    n, events : ndarray
        Weight and weight of events by bin; the last entry is the bin of missing values.
    woe : ndarray
        Weight of evidence by bin: log odds of the smoothed share minus log odds of all; 0 where nothing was seen.
    """

    lows: np.ndarray
    n: np.ndarray
    events: np.ndarray
    woe: np.ndarray

    def codes(self, values: np.ndarray) -> np.ndarray:
        """Bin of each value, from 0; missing values are in the last."""
        reached = np.searchsorted(self.lows, values, side="right")
        return np.where(np.isnan(values), len(self.n) - 1, reached).astype("int16")


@dataclass
class _Run:
    low: float
    n: float
    events: float


def monotone_bins(x: np.ndarray, y: np.ndarray, weight: np.ndarray, *, sign: int, limits: Limits) -> Bins:
    """Bins along which the share of events moves in one direction only.

    Parameters
    ----------
    x : ndarray of float
        Values; NaN is a bin of its own, free of the direction.
    y : ndarray
        1 for an event, 0 otherwise.
    weight : ndarray
        Positive weights.
    sign : {-1, 0, 1}
        Direction: 1 if more of the feature means more events; 0 takes the direction of the data.
    limits : Limits
        What bins may look like.
    """
    there = ~np.isnan(x)
    missing = np.array([_total(weight[~there]), _total((weight * y)[~there])])
    total = _total(weight)
    share = _total(weight * y) / total
    if not there.any():
        return _made([_Run(-np.inf, 0.0, 0.0)], missing, share, limits.smoothing)
    runs = _runs(x[there], y[there], weight[there], _RUNS_PER_BIN * limits.max_bins)
    direction = sign or _direction(runs)
    runs = _pool(runs, direction, lambda r: r.events / r.n)
    runs = _thin(runs, limits, total)
    runs = _pool(runs, direction, lambda r: _smoothed(r.n, r.events, share, limits.smoothing))
    return _made(runs, missing, share, limits.smoothing)


def _made(runs: list[_Run], missing: np.ndarray, share: float, smoothing: float) -> Bins:
    n = np.array([*(r.n for r in runs), missing[0]])
    events = np.array([*(r.events for r in runs), missing[1]])
    smooth = np.array([_smoothed(*pair, share, smoothing) for pair in zip(n, events, strict=True)])
    woe = np.log(smooth / (1 - smooth)) - np.log(share / (1 - share))
    return Bins(np.array([r.low for r in runs[1:]]), n, events, np.where(n > 0, woe, 0.0))


def _total(weight: np.ndarray) -> float:
    """Sum that does not depend on the order."""
    return float(np.sort(weight).sum())


def _runs(x: np.ndarray, y: np.ndarray, weight: np.ndarray, count: int) -> list[_Run]:
    """Distinct values, or runs of them with about equal weight; a heavy value stands alone."""
    order = np.lexsort((weight, y, x))
    values, first = np.unique(x[order], return_index=True)
    n = np.add.reduceat(weight[order], first)
    events = np.add.reduceat((weight * y)[order], first)
    starts = np.arange(len(n)) if len(n) <= count else _starts(n, count)
    lows, n, events = values[starts], np.add.reduceat(n, starts), np.add.reduceat(events, starts)
    return [_Run(*row) for row in zip(lows.tolist(), n.tolist(), events.tolist(), strict=True)]


def _starts(n: np.ndarray, count: int) -> np.ndarray:
    """Where runs begin: each takes values until it holds its part of the weight that is left."""
    reached = np.cumsum(n)
    starts, done = [0], 0.0
    for left in range(count, 1, -1):
        start = int(np.searchsorted(reached, done + (reached[-1] - done) / left, side="left")) + 1
        if start >= len(n):
            break
        starts.append(start)
        done = float(reached[start - 1])
    return np.array(starts)


def _direction(runs: list[_Run]) -> int:
    """Sign of the weighted correlation between the rank of a run and its share of events."""
    n, events = np.array([r.n for r in runs]), np.array([r.events for r in runs])
    rank = np.arange(len(runs)) - (np.arange(len(runs)) * n).sum() / n.sum()
    return 1 if (rank * events).sum() >= 0 else -1


def _pool(runs: list[_Run], direction: int, share: Callable[[_Run], float]) -> list[_Run]:
    """Pool neighbours until the share moves strictly in the direction."""
    pooled: list[_Run] = []
    for run in runs:
        pooled.append(run)
        while len(pooled) > 1 and direction * (share(pooled[-1]) - share(pooled[-2])) <= 0:
            pooled = _joined(pooled, len(pooled) - 2)
    return pooled


def _thin(runs: list[_Run], limits: Limits, total: float) -> list[_Run]:
    """Join bins that are too small or too many with the neighbour that loses the least likelihood."""
    while len(runs) > 1:
        losses = [_loss(a, b) for a, b in zip(runs, runs[1:], strict=False)]
        smallest = min(range(len(runs)), key=lambda i: runs[i].n)
        if runs[smallest].n < limits.min_share * total:
            beside = [i for i in (smallest - 1, smallest) if 0 <= i < len(losses)]
            runs = _joined(runs, min(beside, key=lambda i: losses[i]))
        elif len(runs) > limits.max_bins:
            runs = _joined(runs, min(range(len(losses)), key=lambda i: losses[i]))
        else:
            break
    return runs


def _joined(runs: list[_Run], i: int) -> list[_Run]:
    a, b = runs[i], runs[i + 1]
    return [*runs[:i], _Run(a.low, a.n + b.n, a.events + b.events), *runs[i + 2 :]]


def _loss(a: _Run, b: _Run) -> float:
    """Binomial log likelihood that is lost when two bins share one rate."""
    return _likelihood(a.n, a.events) + _likelihood(b.n, b.events) - _likelihood(a.n + b.n, a.events + b.events)


def _likelihood(n: float, events: float) -> float:
    rate = events / n
    return float(xlogy(events, rate) + xlogy(n - events, max(1 - rate, 0.0)))


def _smoothed(n: float, events: float, share: float, smoothing: float) -> float:
    return (events + smoothing * share) / (n + smoothing)
