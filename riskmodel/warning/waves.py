"""Waves: more events in an area or an industry than its own past explains; no single firm's fault; an instrument.

Each group's count of a period is compared with its counts around the same season of earlier years and its trend, as an
overdispersed Poisson regression expects it; over all groups the false-discovery rate is held (Benjamini–Hochberg).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import nbinom, poisson


@dataclass(frozen=True)
class Waves:
    """Alarms of groups: expected counts, p-values, and whether each is an alarm (groups × periods judged)."""

    expected: np.ndarray
    p: np.ndarray
    alarm: np.ndarray


def waves(
    counts: np.ndarray, *, first: int, season: int = 12, years: int = 3, around: int = 1, q: float = 0.05
) -> Waves:
    """Judge every group in every period from `first` on.

    Parameters
    ----------
    counts : ndarray, groups × periods
        Events of each group and period.
    first : int
        First period judged; earlier ones only inform.
    season, years, around : int
        Periods a year, years looked back, and periods on either side of the same season that are used.
    q : float
        Expected share of false alarms among the alarms of a period.

    References
    ----------
    Farrington, Andrews, Beale & Catchpole (1996), JRSS A 159, 547–563; Noufaily et al. (2013), Statist. Med. 32,
    1206–1222 (negative binomial threshold); Benjamini & Hochberg (1995), JRSS B 57, 289–300.
    """
    groups, periods = counts.shape
    expected, p = np.full((groups, periods - first), np.nan), np.ones((groups, periods - first))
    alarm = np.zeros((groups, periods - first), dtype=bool)
    for t in range(first, periods):
        used = _baseline(t, season, years, around)
        if len(used) < 3:
            continue
        for g in range(groups):
            expected[g, t - first], p[g, t - first] = _judged(counts[g, used], counts[g, t])
        alarm[:, t - first] = discoveries(p[:, t - first], q)
    return Waves(expected, p, alarm)


def discoveries(p: np.ndarray, q: float) -> np.ndarray:
    """Which hypotheses are rejected at a false-discovery rate of q.

    Examples
    --------
    >>> discoveries(np.array([0.001, 0.03, 0.04, 0.9]), 0.06).tolist()
    [True, True, True, False]
    """
    order = np.argsort(p, kind="stable")
    small = np.flatnonzero(p[order] <= q * np.arange(1, len(p) + 1) / len(p))
    rejected = np.zeros(len(p), dtype=bool)
    if len(small):
        rejected[order[: small[-1] + 1]] = True
    return rejected


def _baseline(t: int, season: int, years: int, around: int) -> np.ndarray:
    """Periods around the same season of earlier years."""
    used = [t - back * season + shift for back in range(1, years + 1) for shift in range(-around, around + 1)]
    return np.array(sorted(u for u in used if u >= 0))


def _judged(past: np.ndarray, now: float) -> tuple[float, float]:
    """Expected count of the period and the chance of as many or more.

    A constant rate, with the uncertainty of its estimate and the overdispersion of the past in the variance; outliers
    of the past are weighted down once, so that an old wave does not hide a new one.
    """
    weight = np.ones(len(past))
    mean = max(float(past.mean()), 0.25)
    phi = 1.0
    for _ in range(2):
        mean = max(float(np.average(past, weights=weight)), 0.25)
        anscombe = 1.5 * (past ** (2 / 3) - mean ** (2 / 3)) / mean ** (1 / 6)
        phi = max(1.0, float((weight * (past - mean) ** 2 / mean).sum() / max(len(past) - 1, 1)))
        weight = np.where(anscombe > 2.58, (2.58 / np.maximum(anscombe, 2.58)) ** 2, 1.0)
    spread = phi + phi / weight.sum()  # variance of a new count about the estimated mean, over the mean
    if spread <= 1 + 1e-9:
        return mean, float(poisson.sf(now - 1, mean))
    return mean, float(nbinom.sf(now - 1, mean / (spread - 1), 1 / spread))
