"""Calibration: points to probabilities, and how well predicted probabilities meet observed shares."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

# 97.5 % point of the normal distribution, for two-sided 95 % intervals.
Z = 1.959963984540054


class Calibrator:
    """Monotone map from whole points to a probability: weighted logistic regression on the points.

    The slope is never negative: where more points meant fewer events, every point gets the share of all.

    Parameters
    ----------
    minimum_events : int
        Events, and non-events, below which nothing is learnt and every probability is NaN.

    Attributes
    ----------
    slope_, intercept_ : float
        Log odds = intercept + slope × points; NaN where nothing was learnt.

    References
    ----------
    Platt, J. (1999), Probabilistic outputs for support vector machines, sec. 2.
    """

    def __init__(self, *, minimum_events: int = 30) -> None:
        self.minimum_events = minimum_events
        self.slope_, self.intercept_ = np.nan, np.nan

    @property
    def learnt(self) -> bool:
        """Whether there were enough labels."""
        return bool(np.isfinite(self.slope_))

    def fit(self, points: np.ndarray, y: np.ndarray, *, sample_weight: np.ndarray | None = None) -> Calibrator:
        """Fit on points and outcomes (0 or 1); rows of weight 0 do not count.

        A whole weight means the same as repetition, but for the minimum, which counts rows.
        """
        x, y, w = _arrays(points, y, sample_weight)
        self.slope_, self.intercept_ = np.nan, np.nan
        if min(y.sum(), (1 - y).sum()) < max(self.minimum_events, 1):
            return self
        x, y, w = _summed(x, y, w)
        share = float((w * y).sum() / w.sum())
        self.slope_, self.intercept_ = 0.0, float(np.log(share / (1 - share)))
        middle = (w * x).sum() / w.sum()
        spread = np.sqrt((w * (x - middle) ** 2).sum() / w.sum())
        if spread > 0:
            # the ridge is as good as none; it keeps the slope finite where points part events perfectly
            model = LogisticRegression(C=1e4, solver="newton-cholesky", tol=1e-8, max_iter=200)
            model.fit(((x - middle) / spread)[:, None], y, sample_weight=w)
            slope = float(model.coef_[0, 0] / spread)
            if slope > 0:
                self.slope_, self.intercept_ = slope, float(model.intercept_[0] - slope * middle)
        return self

    def predict(self, points: np.ndarray) -> np.ndarray:
        """Probability of an event for each number of points; NaN where nothing was learnt."""
        return np.asarray(expit(self.intercept_ + self.slope_ * np.asarray(points, dtype=float)))


def reliability(y: np.ndarray, p: np.ndarray, weight: np.ndarray | None = None, *, bins: int = 10) -> pd.DataFrame:
    """Observed share of events by bins of about equal weight along the predicted probability.

    Equal predictions stay in one bin, so there may be fewer bins. Rows without a prediction are left out.

    Returns
    -------
    DataFrame
        mean_predicted, observed (both weighted), low, high (95 % Wilson interval with Kish's effective number in
        place of the number of rows), n (rows).

    References
    ----------
    Wilson, E. B. (1927), JASA 22, 209–212. Kish, L. (1965), Survey Sampling, sec. 11.7.
    """
    p, y, w = _arrays(p, y, weight)
    part = _bins_of(p, w, bins)
    total, square = np.bincount(part, w), np.bincount(part, w**2)
    filled = total > 0
    total, square = total[filled], square[filled]
    mean = np.bincount(part, w * p)[filled] / total
    share = np.bincount(part, w * y)[filled] / total
    low, high = wilson(share, total**2 / square)
    n = np.bincount(part)[filled].astype("int64")
    return pd.DataFrame({"mean_predicted": mean, "observed": share, "low": low, "high": high, "n": n})


def expected_calibration_error(
    y: np.ndarray, p: np.ndarray, weight: np.ndarray | None = None, *, bins: int = 10
) -> float:
    """Weighted mean distance of predicted and observed share over the bins of `reliability`; NaN without rows."""
    p, y, w = _arrays(p, y, weight)
    gap = np.bincount(_bins_of(p, w, bins), w * (y - p))
    return float(np.abs(gap).sum() / w.sum()) if len(p) else np.nan


def wilson(share: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two-sided 95 % interval of a share observed on `n` (effective) units.

    >>> low, high = wilson(np.array([0.0]), np.array([10.0]))
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.0], [0.278])
    """
    shrink = 1 + Z**2 / n
    middle = (share + Z**2 / (2 * n)) / shrink
    half = Z / shrink * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def _bins_of(p: np.ndarray, w: np.ndarray, bins: int) -> np.ndarray:
    """Bin of each row by where the middle of its prediction's weight lies."""
    _, member = np.unique(p, return_inverse=True)
    mass = np.bincount(member, w)
    middle = (np.cumsum(mass) - mass / 2) / max(mass.sum(), np.finfo(float).tiny)
    part: np.ndarray = np.minimum((middle * bins).astype("int64"), bins - 1)[member]
    return part


def _arrays(x: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Floats in an order that does not depend on that of the rows; only rows with a value and weight."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    w = np.ones(len(x)) if weight is None else np.asarray(weight, dtype=float)
    if len(x) != len(y) or len(x) != len(w) or not np.isin(y, (0, 1)).all() or not (w >= 0).all():
        raise ValueError("outcomes must be 0 or 1, weights at least 0, and all of one length")
    kept = ~np.isnan(x) & (w > 0)
    order = np.lexsort((w[kept], y[kept], x[kept]))
    return x[kept][order], y[kept][order], w[kept][order]


def _summed(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distinct pairs of value and outcome with their summed weight, from sorted rows."""
    first = np.flatnonzero(np.r_[True, (np.diff(x) != 0) | (np.diff(y) != 0)])
    return x[first], y[first], np.add.reduceat(w, first)
