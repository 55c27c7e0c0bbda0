"""Reliability: how well predictions meet observed shares, with intervals, and what chance alone would show."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm
from sklearn.isotonic import isotonic_regression

from riskmodel.scoring.resampling import Bootstrap

# 97.5 % point of the normal distribution, for two-sided 95 % intervals.
Z = 1.959963984540054


def reliability(
    y: np.ndarray, p: np.ndarray, weight: np.ndarray | None = None, *, bins: int = 10, cluster: np.ndarray | None = None
) -> pd.DataFrame:
    """Observed share of events by bins of about equal weight along the predicted probability.

    Equal predictions stay in one bin, so there may be fewer bins. Rows without a prediction are left out.

    Parameters
    ----------
    y, p, weight : ndarray
        Outcomes (0 or 1), predicted probabilities, weights.
    bins : int
        Most bins.
    cluster : ndarray, optional
        Rows of one cluster (an enterprise on several days, whose horizons overlap) count as one row of their summed
        weight: copies of a label say nothing new.

    Returns
    -------
    DataFrame
        mean_predicted, observed (both weighted), low, high (95 % Wilson interval with Kish's effective number of
        clusters in place of the number of rows), n (rows).

    References
    ----------
    Wilson, E. B. (1927), JASA 22, 209–212. Kish, L. (1965), Survey Sampling, sec. 11.7.
    """
    rows = _order(p, y, weight)
    p, y, w = labelled(p, y, weight)
    part = _bins_of(p, w, bins)
    total, square = np.bincount(part, w), _squares(part, w, None if cluster is None else np.asarray(cluster)[rows])
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
    p, y, w = labelled(p, y, weight)
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


def labelled(x: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Floats in an order that does not depend on that of the rows; only rows with a value and weight."""
    order = _order(x, y, weight)
    w = np.ones(len(x)) if weight is None else np.asarray(weight, dtype=float)
    return np.asarray(x, dtype=float)[order], np.asarray(y, dtype=float)[order], w[order]


def _order(x: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Which rows have a value and weight, in the order of `labelled`."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    w = np.ones(len(x)) if weight is None else np.asarray(weight, dtype=float)
    if len(x) != len(y) or len(x) != len(w) or not np.isin(y, (0, 1)).all() or not (w >= 0).all():
        raise ValueError("outcomes must be 0 or 1, weights at least 0, and all of one length")
    kept = np.flatnonzero(~np.isnan(x) & (w > 0))
    order: np.ndarray = kept[np.lexsort((w[kept], y[kept], x[kept]))]
    return order


def _squares(part: np.ndarray, w: np.ndarray, cluster: np.ndarray | None) -> np.ndarray:
    """Sum of squared weights by bin; rows of one cluster in a bin are one row."""
    if cluster is None or not len(part):
        return np.bincount(part, w**2)
    number, names = pd.factorize(cluster)
    cell, member = np.unique(part * len(names) + number, return_inverse=True)
    return np.bincount(cell // len(names), np.bincount(member, w) ** 2, minlength=int(part.max()) + 1)


def calibration_errors(
    y: np.ndarray, p: np.ndarray, weight: np.ndarray | None = None, *, seed: int, bins: int = 10, replicates: int = 1000
) -> dict[str, float]:
    """Expected calibration error with its interval, without its bias, and what perfect calibration would show.

    The plain error is biased upward: with a finite sample, even perfect predictions miss every observed share. So it
    is never to be read without the last three figures.

    Parameters
    ----------
    y, p, weight : ndarray
        Outcomes (0 or 1), predicted probabilities, weights; rows without a prediction are left out.
    seed : int
        The same seed and the same rows, in any order, give the same interval.
    bins : int
        Bins of about equal weight, as in `reliability`.
    replicates : int
        Bootstrap samples.

    Returns
    -------
    dict
        ``ece`` and ``ece_low``, ``ece_high`` (95 % basic bootstrap interval, which takes the bias out once; it begins
        at 0 unless the error is above the 97.5 % point of what perfect calibration would show);
        ``ece_debiased`` (normal noise of each bin taken out); ``ece_perfect`` (expected if every prediction were
        right); ``mean_predicted``, ``mean_observed`` with ``mean_low``, ``mean_high`` (95 % Wilson interval).

    References
    ----------
    Kumar, Liang & Ma (2019), Verified uncertainty calibration, NeurIPS 32, sec. 5 and app. (debiasing). Davison &
    Hinkley (1997), Bootstrap Methods and their Application, sec. 5.2.1 (basic interval).
    """
    p, y, w = labelled(p, y, weight)
    if not len(p):
        names = ("ece", "ece_low", "ece_high", "ece_debiased", "ece_perfect", "mean_predicted", "mean_observed",
                 "mean_low", "mean_high")  # fmt: skip
        return dict.fromkeys(names, np.nan)
    part, total = _bins_of(p, w, bins), w.sum()
    gaps = np.bincount(part, w * (y - p), minlength=bins) / total
    found = np.abs(gaps).sum()
    low, high = 2 * found - np.quantile(_drawn_errors(part, w, y - p, seed, replicates), [0.975, 0.025])
    chance = np.sqrt(np.bincount(part, w**2 * p * (1 - p), minlength=bins)) / total
    noise = np.abs(np.random.default_rng(seed).normal(size=(2000, bins)) * chance).sum(axis=1)
    low = low if found > np.quantile(noise, 0.975) else 0.0
    share = float((w * y).sum() / total)
    ends = wilson(np.array([share]), np.array([total**2 / (w**2).sum()]))
    return {
        "ece": float(found), "ece_low": float(max(low, 0.0)), "ece_high": float(max(high, 0.0)),
        "ece_debiased": float(max(2 * found - _folded(gaps, chance).sum(), 0.0)),
        "ece_perfect": float(np.sqrt(2 / np.pi) * chance.sum()), "mean_predicted": float((w * p).sum() / total),
        "mean_observed": share, "mean_low": float(ends[0][0]), "mean_high": float(ends[1][0]),
    }  # fmt: skip


def brier_parts(y: np.ndarray, p: np.ndarray, weight: np.ndarray | None = None) -> dict[str, float]:
    """Brier score = miscalibration − discrimination + uncertainty, exactly and without bins.

    Miscalibration is what the best monotone recalibration would gain; discrimination what the recalibrated
    predictions gain over the share of all; uncertainty what that share alone scores.

    References
    ----------
    Dimitriadis, Gneiting & Jordan (2021), Stable reliability diagrams for probabilistic classifiers, PNAS 118,
    e2016191118. Murphy (1973), J. Appl. Meteorol. 12, 595–600.

    Examples
    --------
    >>> parts = brier_parts(np.array([0, 0, 1, 1]), np.array([0.2, 0.2, 0.2, 0.8]))
    >>> {name: round(value, 4) for name, value in parts.items()}
    {'brier': 0.19, 'miscalibration': 0.0233, 'discrimination': 0.0833, 'uncertainty': 0.25}
    """
    p, y, w = labelled(p, y, weight)
    if not len(p):
        return dict.fromkeys(("brier", "miscalibration", "discrimination", "uncertainty"), np.nan)
    _, member = np.unique(p, return_inverse=True)
    n = np.bincount(member, w)
    best = isotonic_regression(np.bincount(member, w * y) / n, sample_weight=n)[member]

    def score(chance: np.ndarray | float) -> float:
        return float((w * (y - chance) ** 2).sum() / w.sum())

    share = float((w * y).sum() / w.sum())
    return {
        "brier": score(p), "miscalibration": score(p) - score(best), "discrimination": score(share) - score(best),
        "uncertainty": score(share),
    }  # fmt: skip


def _drawn_errors(part: np.ndarray, w: np.ndarray, gap: np.ndarray, seed: int, replicates: int) -> np.ndarray:
    """The error in bootstrap samples of the rows, in the same bins."""
    columns = np.zeros((len(part), int(part.max()) + 2))
    columns[np.arange(len(part)), part] = w * gap
    columns[:, -1] = w
    blocks = Bootstrap(seed, replicates).counts(np.ones(len(part), dtype="int64"))
    sums = np.concatenate([counts.astype(float) @ columns for counts in blocks])
    drawn: np.ndarray = np.abs(sums[:, :-1]).sum(axis=1) / sums[:, -1]
    return drawn


def _folded(mean: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Expected absolute value of normal variables."""
    safe = np.where(spread > 0, spread, 1.0)
    z = mean / safe
    folded = safe * np.sqrt(2 / np.pi) * np.exp(-(z**2) / 2) + mean * (1 - 2 * norm.cdf(-z))
    return np.asarray(np.where(spread > 0, folded, np.abs(mean)))
