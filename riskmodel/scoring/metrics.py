"""Metrics of predictions under weights, with bootstrap intervals and what a random order would reach."""

from __future__ import annotations

import numpy as np

from riskmodel.scoring.calibration import Z, expected_calibration_error
from riskmodel.scoring.resampling import Bootstrap, ratio


def weighted_auc(y: np.ndarray, p: np.ndarray, weight: np.ndarray | None = None) -> float:
    """Probability that an event is predicted higher than a non-event, ties counting half; NaN with one class.

    >>> weighted_auc(np.array([0, 1, 1]), np.array([0.2, 0.2, 0.9]))
    0.75
    """
    cells = _Cells(y, p, weight)
    return float(cells.auc(cells.weight[None, :])[0])


def brier(y: np.ndarray, p: np.ndarray, weight: np.ndarray | None = None) -> float:
    """Weighted mean squared distance of prediction and outcome."""
    cells = _Cells(y, p, weight)
    return float(cells.brier(cells.weight[None, :])[0])


def capture(y: np.ndarray, p: np.ndarray, weight: np.ndarray | None = None, *, share: float = 0.1) -> float:
    """Share of the events among the rows that are predicted highest and hold `share` of the weight.

    Where equal predictions lie across the border, the expected number under a random order among them is taken.
    """
    cells = _Cells(y, p, weight)
    return float(cells.capture(cells.weight[None, :], share)[0])


def evaluation(
    y: np.ndarray,
    p: np.ndarray,
    weight: np.ndarray | None = None,
    *,
    seed: int,
    replicates: int = 1000,
    share: float = 0.1,
) -> dict[str, float]:
    """How well predictions order and meet outcomes, with 95 % percentile intervals of a bootstrap over rows.

    Parameters
    ----------
    y, p, weight : ndarray
        Outcomes (0 or 1), predicted probabilities, weights; rows without a prediction are left out.
    seed : int
        The same seed and the same rows, in any order, give the same intervals.
    replicates : int
        Bootstrap samples: multinomial counts over distinct rows.
    share : float
        Part of the weight that `capture` looks at.

    Returns
    -------
    dict
        ``n``, ``problems`` (rows, events); ``auc``, ``brier``, ``capture``, each with ``_low`` and ``_high``;
        ``ece`` (no interval: its bootstrap is biased upward); for a random order ``auc_random`` (one half),
        ``auc_random_high`` (its 97.5 % point, Mann–Whitney on Kish's effective numbers), ``capture_random`` (the
        share) and ``capture_random_high`` (normal limit for the effective number of events); and
        ``brier_base``, that of predicting the share of events everywhere. With one class, what cannot be
        estimated is NaN.

    References
    ----------
    Efron & Tibshirani (1993), An Introduction to the Bootstrap, ch. 13. Mann & Whitney (1947), sec. 3.
    """
    cells = _Cells(y, p, weight)
    whole = cells.weight[None, :]
    figures: dict[str, float] = {"n": float(cells.times.sum()), "problems": float(cells.times @ cells.y)}
    drawn = cells.bootstrap(seed, replicates, share)
    points = {"auc": cells.auc(whole), "brier": cells.brier(whole), "capture": cells.capture(whole, share)}
    for name, point in points.items():
        low, high = Bootstrap().interval(drawn[name])
        figures |= {name: float(point[0]), f"{name}_low": float(low), f"{name}_high": float(high)}
    figures["ece"] = expected_calibration_error(y, p, weight)
    return figures | cells.random(share)


class _Cells:
    """Distinct rows (prediction, outcome, weight) in order, with their summed weight: methods take weights by cell.

    A bootstrap over rows is a multinomial draw over cells, exactly, and there are few of them where predictions come
    from whole points.
    """

    def __init__(self, y: np.ndarray, p: np.ndarray, weight: np.ndarray | None) -> None:
        y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
        w = np.ones(len(p)) if weight is None else np.asarray(weight, dtype=float)
        if len(p) != len(y) or len(p) != len(w) or not np.isin(y, (0, 1)).all() or not (w >= 0).all():
            raise ValueError("outcomes must be 0 or 1, weights at least 0, and all of one length")
        kept = ~np.isnan(p) & (w > 0)
        rows = np.column_stack([p, y, w])[kept]
        rows, self.times = np.unique(rows, axis=0, return_counts=True)
        self.p, self.y, self.each = rows.T
        self.weight = self.each * self.times
        # first cell of each distinct prediction
        self.first = np.flatnonzero(np.diff(self.p, prepend=-np.inf) != 0)

    def bootstrap(self, seed: int, replicates: int, share: float) -> dict[str, np.ndarray]:
        """Each metric on each bootstrap sample."""
        parts: dict[str, list[np.ndarray]] = {"auc": [], "brier": [], "capture": []}
        for counts in Bootstrap(seed, replicates).counts(self.times):
            weight = counts * self.each
            parts["auc"].append(self.auc(weight))
            parts["brier"].append(self.brier(weight))
            parts["capture"].append(self.capture(weight, share))
        return {name: np.concatenate([np.empty(0), *values]) for name, values in parts.items()}

    def auc(self, weight: np.ndarray) -> np.ndarray:
        """Area under the curve for each row of weights."""
        if not len(self.p):
            return np.full(len(weight), np.nan)
        events, others = self._by_prediction(weight * self.y), self._by_prediction(weight * (1 - self.y))
        below = np.cumsum(others, axis=1) - others / 2
        pairs = events.sum(axis=1) * others.sum(axis=1)
        return ratio((events * below).sum(axis=1), pairs)

    def brier(self, weight: np.ndarray) -> np.ndarray:
        """Mean squared distance for each row of weights."""
        return ratio((weight * (self.p - self.y) ** 2).sum(axis=1), weight.sum(axis=1))

    def capture(self, weight: np.ndarray, share: float) -> np.ndarray:
        """Share of the events at the top for each row of weights."""
        if not len(self.p):
            return np.full(len(weight), np.nan)
        mass = self._by_prediction(weight)[:, ::-1]
        events = self._by_prediction(weight * self.y)[:, ::-1]
        left = share * mass.sum(axis=1, keepdims=True) - (np.cumsum(mass, axis=1) - mass)
        taken = np.clip(left / np.where(mass > 0, mass, 1), 0, 1)
        return ratio((taken * events).sum(axis=1), events.sum(axis=1))

    def random(self, share: float) -> dict[str, float]:
        """What an order that knows nothing would reach."""
        event = self.y == 1
        n1, n0 = self._effective(event), self._effective(~event)
        both = n1 > 0 and n0 > 0
        spread = np.sqrt((n1 + n0 + 1) / (12 * n1 * n0)) if both else np.nan
        rate = float((self.weight * self.y).sum() / self.weight.sum()) if len(self.p) else np.nan
        high = min(share + Z * np.sqrt(share * (1 - share) / n1), 1.0) if n1 else np.nan
        return {
            "auc_random": 0.5, "auc_random_high": float(0.5 + Z * spread), "capture_random": share,
            "capture_random_high": float(high), "brier_base": rate * (1 - rate),
        }  # fmt: skip

    def _by_prediction(self, values: np.ndarray) -> np.ndarray:
        sums: np.ndarray = np.add.reduceat(values, self.first, axis=1)
        return sums

    def _effective(self, which: np.ndarray) -> float:
        square = (self.times * self.each**2)[which].sum()
        return float(self.weight[which].sum() ** 2 / square) if square else 0.0
