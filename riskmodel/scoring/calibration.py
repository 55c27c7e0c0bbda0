"""Calibration: scores to probabilities, by the simplest monotone map that a later time does not contradict."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import expit, log_expit
from sklearn.isotonic import isotonic_regression
from sklearn.linear_model import LogisticRegression

from riskmodel.scoring.reliability import Z as Z
from riskmodel.scoring.reliability import brier_parts as brier_parts
from riskmodel.scoring.reliability import calibration_errors as calibration_errors
from riskmodel.scoring.reliability import expected_calibration_error as expected_calibration_error
from riskmodel.scoring.reliability import labelled
from riskmodel.scoring.reliability import reliability as reliability
from riskmodel.scoring.reliability import wilson as wilson

Method = Literal["logistic", "beta", "isotonic"]
# From simple to free; the rule takes the first that is no worse than the best.
METHODS: tuple[Method, ...] = ("logistic", "beta", "isotonic")
# Events in the earlier and in the later part below which no comparison of methods means anything.
_FEWEST = 50
# Samples whose isotonic maps are averaged.
_SAMPLES = 100
_NEXT_TO_NOTHING = 1e-9
# No log odds lie farther from 0.
_FAR = 50.0
# Shares this near to 0 or 1 are as good as these.
_END = 1e-9


class Calibrator:
    """Monotone map from scores (whole points, log odds, …) to a probability.

    The map never falls: where higher scores meant fewer events, every score gets the share of all.

    Parameters
    ----------
    minimum_events : int
        Events, and non-events, below which nothing is learnt and every probability is NaN.
    method : {"logistic", "beta", "isotonic"}
        *logistic*: weighted logistic regression on the score. *beta*: log odds = c + a ln s − b ln (1 − s), a and b
        not negative, with s the logistic map: bends both ends. *isotonic*: the best monotone shares, joined by
        straight lines between the middles of their blocks, flat beyond; the mean of such maps over samples of the
        rows, which has no steps and does not take chance at the ends for truth. Weights should have mean 1.

    Attributes
    ----------
    slope_, intercept_ : float
        Of the logistic map: log odds = intercept + slope × score; NaN where nothing was learnt.
    bend_ : ndarray of shape (3,)
        a, b, c of the beta map; 1, 1, 0 leaves the logistic map as it is.
    knots_ : ndarray of shape (2, scores)
        Distinct scores and probabilities of the isotonic map; empty for others.
    shift_ : float
        Added to the log odds of all (see `level`).

    References
    ----------
    Platt, J. (1999), Probabilistic outputs for support vector machines, sec. 2. Kull, Silva Filho & Flach (2017), Beta
    calibration, AISTATS, sec. 4. Zadrozny & Elkan (2002), KDD, 694–699. Oron & Flournoy (2017), Centered isotonic
    regression, Stat. Biopharm. Res. 9, 258–267. Breiman (1996), Bagging predictors, Mach. Learn. 24, 123–140.
    """

    def __init__(self, *, minimum_events: int = 30, method: Method = "logistic") -> None:
        if method not in METHODS:
            raise ValueError(f"method must be one of {METHODS}; found {method!r}")
        self.minimum_events, self.method = minimum_events, method
        self._forget()

    @property
    def learnt(self) -> bool:
        """Whether there were enough labels."""
        return bool(np.isfinite(self.slope_))

    def fit(self, points: np.ndarray, y: np.ndarray, *, sample_weight: np.ndarray | None = None) -> Calibrator:
        """Fit on scores and outcomes (0 or 1); rows of weight 0 do not count.

        A whole weight means the same as repetition, but for the minimum, which counts rows.
        """
        x, y, w = labelled(points, y, sample_weight)
        self._forget()
        if min(y.sum(), (1 - y).sum()) < max(self.minimum_events, 1):
            return self
        x, y, w = _summed(x, y, w)
        self.slope_, self.intercept_ = _logistic(x, y, w)
        if self.method == "beta" and self.slope_ > 0:
            self.bend_ = _bend(self.intercept_ + self.slope_ * x, y, w)
        if self.method == "isotonic":
            self.knots_ = _knots(x, y, w)
        return self

    def level(self, points: np.ndarray, share: float, *, sample_weight: np.ndarray | None = None) -> Calibrator:
        """Shift the log odds of all by one number, so that the mean probability of these scores is the share.

        Parameters
        ----------
        points : ndarray
            Scores, of everybody for instance.
        share : float
            From 0 to 1; kept off both ends, which no finite shift reaches.
        sample_weight : ndarray, optional
            For how many each score stands; 1 by default.
        """
        w = np.ones(len(points)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
        self.shift_, share = 0.0, min(max(share, _END), 1 - _END)
        odds = log_odds(self.predict(points))
        if self.learnt and w.sum() > 0:
            self.shift_ = float(brentq(lambda shift: w @ expit(odds + shift) / w.sum() - share, -_FAR, _FAR))
        return self

    def predict(self, points: np.ndarray) -> np.ndarray:
        """Probability of an event for each score; NaN where nothing was learnt."""
        chance = self._predict(np.asarray(points, dtype=float))
        return np.asarray(expit(log_odds(chance) + self.shift_)) if self.shift_ else chance

    def _predict(self, x: np.ndarray) -> np.ndarray:
        if self.knots_.size:
            return np.where(np.isnan(x), np.nan, np.interp(x, *self.knots_))
        z = self.intercept_ + self.slope_ * x
        if self.method == "beta" and self.learnt:
            a, b, c = self.bend_
            z = c + a * log_expit(z) - b * log_expit(-z)
        return np.asarray(expit(z))

    def _forget(self) -> None:
        self.slope_, self.intercept_, self.shift_ = np.nan, np.nan, 0.0
        self.bend_, self.knots_ = np.array([1.0, 1.0, 0.0]), np.empty((2, 0))


def calibrated_in_time(
    scores: np.ndarray,
    y: np.ndarray,
    when: np.ndarray,
    *,
    sample_weight: np.ndarray | None = None,
    minimum_events: int = 30,
) -> Calibrator:
    """The simplest calibrator that the later time does not contradict, fitted on all rows.

    Each method is fitted on the earlier two thirds of the weight and judged by the log loss on the rest, equal times
    never parted. The first of logistic, beta and isotonic whose loss is within one standard error (of the paired
    difference) of the best is taken; logistic where either part has fewer than 50 events or non-events. Rows should
    be later than those that the scores were learnt from, and mature.

    Parameters
    ----------
    scores, y : ndarray
        Scores, the higher the riskier; outcomes (0 or 1).
    when : ndarray
        Times of the rows, of any kind that sorts.
    sample_weight : ndarray, optional
        Weights, at least 0.
    minimum_events : int
        As for `Calibrator`.

    References
    ----------
    Hastie, Tibshirani & Friedman (2009), The Elements of Statistical Learning, sec. 7.10 (one standard error).
    """
    scores, y = np.asarray(scores, dtype=float), np.asarray(y, dtype=float)
    w = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
    later = split_in_time(when, w, share=1 / 3) & ~np.isnan(scores)
    method: Method = "logistic"
    if all(_enough(y[part & (w > 0)]) for part in (later, ~later)):
        losses = np.array([_later_loss(m, scores, y, w, later) for m in METHODS])
        method = METHODS[_simplest(losses, w[later])]
    return Calibrator(minimum_events=minimum_events, method=method).fit(scores, y, sample_weight=w)


def log_odds(chance: np.ndarray) -> np.ndarray:
    """Log odds, finite also of 0 and 1."""
    p = np.clip(chance, 1e-12, 1 - 1e-12)
    odds: np.ndarray = np.log(p) - np.log1p(-p)
    return odds


def split_in_time(when: Any, weight: np.ndarray, *, share: float) -> np.ndarray:
    """Which rows are the latest that hold about `share` of the weight; equal times are never parted.

    >>> split_in_time([3, 1, 2, 2], np.ones(4), share=0.5).tolist()
    [True, False, False, False]
    """
    times, member = np.unique(np.asarray(when), return_inverse=True)
    mass = np.bincount(member, weight, minlength=len(times))
    after = (mass.sum() - np.cumsum(mass) + mass) / mass.sum()
    # of all cuts between times, the one that comes closest; the later the better
    first = 1 + int(np.argmin(np.round(np.abs(after[1:] - share), 12)[::-1])) if len(times) > 1 else 0
    later: np.ndarray = member >= len(times) - first
    return later


def _enough(y: np.ndarray) -> bool:
    return bool(min(y.sum(), (1 - y).sum()) >= _FEWEST)


def _later_loss(method: Method, x: np.ndarray, y: np.ndarray, w: np.ndarray, later: np.ndarray) -> np.ndarray:
    p = Calibrator(method=method).fit(x[~later], y[~later], sample_weight=w[~later]).predict(x[later])
    loss: np.ndarray = -np.log(np.where(y[later] > 0, p, 1 - p))
    return loss


def _simplest(losses: np.ndarray, w: np.ndarray) -> int:
    """The first method whose loss is within a standard error of the best."""
    worse = losses - losses[np.argmin(losses @ w)]
    mean = worse @ w / w.sum()
    error = np.sqrt((w**2 * (worse - mean[:, None]) ** 2).sum(axis=1)) / w.sum()
    return int(np.argmax(mean <= error))


def _logistic(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> tuple[float, float]:
    """Slope, not negative, and intercept."""
    share = float((w * y).sum() / w.sum())
    flat = 0.0, float(np.log(share / (1 - share)))
    middle = (w * x).sum() / w.sum()
    spread = np.sqrt((w * (x - middle) ** 2).sum() / w.sum())
    if not spread > 0:
        return flat
    # the ridge is as good as none; it keeps the slope finite where scores part events perfectly
    model = LogisticRegression(C=1e4, solver="newton-cholesky", tol=1e-8, max_iter=200)
    model.fit(((x - middle) / spread)[:, None], y, sample_weight=w)
    slope = float(model.coef_[0, 0] / spread)
    return (slope, float(model.intercept_[0] - slope * middle)) if slope > 0 else flat


def _bend(z: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    """a, b, c of the beta map along the log odds of the logistic map, by maximum likelihood."""
    design = np.column_stack([log_expit(z), -log_expit(-z), np.ones(len(z))])
    start = np.array([1.0, 1.0, 0.0])

    def loss(bend: np.ndarray) -> tuple[float, np.ndarray]:
        bent, off = design @ bend, bend - start
        # the ridge is as good as none; it keeps the bend finite
        value = -(w * log_expit(np.where(y > 0, bent, -bent))).sum() + 1e-3 * off @ off
        return float(value / w.sum()), (design.T @ (w * (expit(bent) - y)) + 2e-3 * off) / w.sum()

    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None), (0, None), (None, None)])
    return np.asarray(found.x)


def _knots(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Distinct scores, and the mean at each over maps of samples in which every weight is a Poisson number."""
    values, member = np.unique(x, return_inverse=True)
    share, rng = float((w * y).sum() / w.sum()), np.random.default_rng(0)
    found = np.zeros(len(values))
    for _ in range(_SAMPLES):
        drawn = rng.poisson(w)
        # who is not drawn weighs next to nothing
        n, events = (np.bincount(member, drawn * part) + _NEXT_TO_NOTHING * of for part, of in ((1.0, 1.0), (y, share)))
        found += np.interp(values, *_blocks(values, n, events, share))
    return np.vstack([values, found / _SAMPLES])


def _blocks(values: np.ndarray, n: np.ndarray, events: np.ndarray, share: float) -> np.ndarray:
    """Middles of the blocks of the isotonic fit and their shares, a weight of 1 of the share of all mixed into each."""
    fitted = isotonic_regression(events / n, sample_weight=n)
    block = np.cumsum(np.diff(fitted, prepend=fitted[0]) > 0)
    mass, hits = np.bincount(block, n), np.bincount(block, events)
    smooth = isotonic_regression((hits + share) / (mass + 1), sample_weight=mass)
    return np.vstack([np.bincount(block, n * values) / mass, smooth])


def _summed(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distinct pairs of value and outcome with their summed weight, from sorted rows."""
    first = np.flatnonzero(np.r_[True, (np.diff(x) != 0) | (np.diff(y) != 0)])
    return x[first], y[first], np.add.reduceat(w, first)
