"""The reordering study: the same inspections on the same days, but the riskiest first. How much sooner is harm found?

In each window the rows are sorted by a ranking, highest first, and the real inspection days of the window are handed
out in that order. A positive is found *days earlier* = real day − new day, on average over positives. The *first half*
of a window are its rows dated before the median day, and as many rows of the new order. The study assumes that a
violation would have been there on the other day too, and says nothing of rows that nobody inspected.

Local vocabulary: a *block* is a run of rows that the ranking does not tell apart; c counts how often a row was drawn;
before and after are the places where a block begins and ends; taken is the part of a block within the first places.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from riskmodel.errors import InputError
from riskmodel.evaluation.inputs import days as whole_days
from riskmodel.evaluation.inputs import numbers, outcomes, some
from riskmodel.scoring.resampling import Bootstrap, ratio

SHARES = (0.05, 0.1, 0.2)
FIGURES = ("days_earlier", "first_half", "auc", *(f"precision_{share:g}" for share in SHARES))

Ties = Literal["expected", "stable"]


@dataclass(frozen=True)
class Reordering:
    """What each ranking would have changed.

    Attributes
    ----------
    figures : DataFrame
        ranking, figure (days_earlier, first_half, auc, precision_0.05 …), value, low, high.
    differences : DataFrame
        ranking, against, figure, value, low, high: paired, that is on the same bootstrap samples; empty without one.
    rows, positives : int
        Inspections, and those that found something.
    """

    figures: pd.DataFrame
    differences: pd.DataFrame
    rows: int
    positives: int


def reorder(
    days: Any,
    outcome: Any,
    rankings: Mapping[str, Any],
    *,
    against: str | None = None,
    window: Any = None,
    ties: Ties = "expected",
    bootstrap: Bootstrap | None = None,
) -> Reordering:
    """Hand out the real inspection days by each ranking, and compare.

    Parameters
    ----------
    days, outcome : arrays
        Real day and result (0 or 1) of each inspection.
    rankings : mapping
        Name → scores, higher first.
    against : str, optional
        Ranking that the others are compared with.
    window : array, optional
        Rows with the same value exchange days among themselves only; default: all do.
    ties : {"expected", "stable"}
        Equal scores share their places evenly (the expectation over a random order), or keep the order of the rows.
    bootstrap : Bootstrap, optional
        Rows are drawn within their window.

    Returns
    -------
    Reordering

    Raises
    ------
    InputError
        If a column has gaps or another length, or `against` is no ranking (RM-EVA-004, RM-EVA-003).

    References
    ----------
    Schenk et al. (2015), Food inspection forecasting, City of Chicago: "calculation of lift".

    Examples
    --------
    >>> study = reorder(["2025-01-01", "2025-01-02", "2025-01-09"], [0, 0, 1], {"model": [0.1, 0.2, 0.9]})
    >>> float(study.figures["value"][0])
    8.0
    """
    some(rankings, "rankings")
    if against is not None and against not in rankings:
        raise InputError("RM-EVA-003", where="against", found=against, expected=", ".join(rankings))
    y = outcomes(outcome, "outcome")
    day = whole_days(days, length=len(y))
    scores = {name: numbers(values, name, length=len(y)) for name, values in rankings.items()}
    how = bootstrap or Bootstrap()
    points, drawn = np.zeros((2, len(scores), len(FIGURES), 1)), np.zeros((2, len(scores), len(FIGURES), 0))
    for number, rows in enumerate(_windows(window, len(y))):
        orders = [_Order(day[rows], y[rows], score[rows], ties) for score in scores.values()]
        points = points + _sums(orders, np.ones((1, len(rows))))
        blocks = replace(how, seed=(*np.atleast_1d(how.seed).tolist(), number)).counts(np.ones(len(rows), dtype=int))
        parts = np.concatenate([drawn[..., :0], *(_sums(orders, c) for c in blocks)], axis=3)
        drawn = drawn + parts if drawn.shape[3] else parts
    return _reordering(list(scores), against, ratio(*points)[..., 0], ratio(*drawn), how, y)


def reference_rankings(days: Any, outcome: Any) -> dict[str, np.ndarray]:
    """What happened (0 days by definition), an order that knows nothing (in expectation), and one that knows all."""
    y = outcomes(outcome, "outcome")
    return {"as_usual": -whole_days(days, length=len(y)), "random": np.zeros(len(y)), "perfect": y}


def _windows(window: Any, n: int) -> list[np.ndarray]:
    if window is None:
        return [np.arange(n)]
    codes, _ = pd.factorize(np.asarray(window), sort=True)
    if len(codes) != n or (codes < 0).any():
        raise InputError("RM-EVA-004", where="window", found=f"{len(codes)} values, {(codes < 0).sum()} missing")
    return [np.flatnonzero(codes == code) for code in range(codes.max(initial=-1) + 1)]


def _sums(orders: list[_Order], counts: np.ndarray) -> np.ndarray:
    """Numerators and denominators: 2 × rankings × figures × replicates."""
    c = counts.astype(float)
    return np.stack([order.sums(c) for order in orders], axis=1)


class _Order:
    """One ranking of the rows of one window."""

    def __init__(self, day: np.ndarray, y: np.ndarray, score: np.ndarray, ties: Ties) -> None:
        self.day, self.y, n = day, y, len(y)
        self.by_day = np.argsort(day, kind="stable")
        self.by_score = np.argsort(-score, kind="stable")
        new = np.diff(score[self.by_score], prepend=np.inf) != 0
        self.first = np.arange(n) if ties == "stable" else np.flatnonzero(new)
        self.half = int((day < np.median(day)).sum())
        self.tops = [max(1, int(share * n + 0.5)) for share in SHARES]

    def sums(self, c: np.ndarray) -> np.ndarray:
        """Numerator and denominator of each figure for each row of counts: 2 × figures × replicates."""
        ordered = c[:, self.by_score]
        mass = np.add.reduceat(ordered, self.first, axis=1)
        found = np.add.reduceat(ordered * self.y[self.by_score], self.first, axis=1)
        after = np.cumsum(mass, axis=1)
        positives, others = found.sum(axis=1), mass - found
        real = c @ (self.y * self.day)
        later = others.sum(axis=1, keepdims=True) - np.cumsum(others, axis=1) + others / 2
        tops = [self._found(top, mass, found, after) for top in (self.half, *self.tops)]
        above = [real - (found * self._new_days(c, mass, after)).sum(axis=1), tops[0], (found * later).sum(axis=1)]
        below = [positives, positives, positives * others.sum(axis=1)]
        below += [np.full(len(c), float(top)) for top in self.tops]
        return np.array([above + tops[1:], below])

    def _found(self, top: int, mass: np.ndarray, found: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Positives among the first places, a block across the border in part."""
        taken = np.clip((top - (after - mass)) / np.where(mass > 0, mass, 1), 0, 1)
        total: np.ndarray = (taken * found).sum(axis=1)
        return total

    def _new_days(self, c: np.ndarray, mass: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Mean of the days handed out to each block: the sum of the first m days is linear between whole rows."""
        dealt = c[:, self.by_day]
        places = np.cumsum(dealt, axis=1)
        sums = np.cumsum(dealt * self.day[self.by_day], axis=1)
        edges = np.array([
            np.interp(a, np.r_[0, p], np.r_[0, s]) for a, p, s in zip(after, places, sums, strict=True)
        ])  # fmt: skip
        means: np.ndarray = np.diff(edges, axis=1, prepend=0) / np.where(mass > 0, mass, 1)
        return means


def _reordering(
    names: list[str], against: str | None, value: np.ndarray, drawn: np.ndarray, how: Bootstrap, y: np.ndarray
) -> Reordering:
    """Tables from rankings × figures, and rankings × figures × replicates."""
    figures = _table({"ranking": names}, value, drawn, how)
    differences = pd.DataFrame(columns=["ranking", "against", "figure", "value", "low", "high"])
    if against is not None:
        one = names.index(against)
        others = [i for i in range(len(names)) if i != one]
        keys = {"ranking": [names[i] for i in others], "against": [against] * len(others)}
        differences = _table(keys, value[others] - value[one], drawn[others] - drawn[one], how)
    return Reordering(figures, differences, len(y), int(y.sum()))


def _table(keys: dict[str, list[str]], value: np.ndarray, drawn: np.ndarray, how: Bootstrap) -> pd.DataFrame:
    low, high = how.interval(np.moveaxis(drawn, 2, 0))
    table = pd.DataFrame({name: np.repeat(values, len(FIGURES)) for name, values in keys.items()})
    table["figure"] = list(FIGURES) * len(value)
    return table.assign(value=value.ravel(), low=low.ravel(), high=high.ravel())
