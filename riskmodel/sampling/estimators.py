"""Estimates from a sample: totals, means, rates and ratios, of all or of a domain, with standard error and interval.

Point estimates use the weights w of the sample (`sampled.Sample`):

* total: sum w y (Horvitz and Thompson);
* mean and rate: sum w y / sum w (Hájek), z = (y - mean) / sum w;
* ratio: sum w y / sum w x, z = (y - ratio x) / sum w x.

Values outside the domain count as 0. Intervals: estimate ± t quantile times standard error, degrees of freedom the
observed open units of the domain less their strata. Rates need more care: near 0 or 1 that interval leaves [0, 1] and
covers too seldom, above all where a finding among the seldom drawn counts for a hundred. Their intervals are put
together (method of variance estimates recovery): units are parted into classes of like weights, by the whole part of
log2 w; each class c, with the share W of all weights, has Wilson's interval l to h about its own rate p; then

    low = rate - sqrt sum W^2 (p - l)^2,      high = rate + sqrt sum W^2 (h - p)^2.

A class counts as (sum w)^2 / sum w^2 / (1 - n / sum w) observations, divided by what the design does to the variance:
SE^2 over sum W^2 p (1 - p) / observations (1 where there is no SE, at least 1/4, at most 4). With one class this is
Wilson's interval for p (1 - p) / SE^2 observations. Where nothing is found, its upper end still is above 0; if all were
drawn, there is no doubt.

What cannot be estimated is said: units that could never be drawn (pi = 0) are counted for each domain, and a domain
that has none but these, or of which none was observed, has the value nan.

References
----------
Särndal, Swensson & Wretman (1992), sections 5.6 to 5.8; Wilson (1927), JASA 22; Korn & Graubard (1998), "Confidence
intervals for proportions with small expected number of positive counts", Survey Methodology 24; Franco, Little, Louis &
Slud (2019), "Comparative study of confidence intervals for proportions in complex sample surveys", Journal of Survey
Statistics and Methodology 7; Zou & Donner (2008), "Construction of confidence limits about effect measures", Statistics
in Medicine 27.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from riskmodel.errors import DrawError
from riskmodel.sampling.sampled import Sample, Variance


@dataclass(frozen=True)
class Estimate:
    """One estimated figure.

    Attributes
    ----------
    value, standard_error : float
        Estimate and its standard error; nan where there is none.
    low, high : float
        Ends of the interval.
    n : int
        Units of the domain that were observed.
    design : str
        Name of the design.
    size : int
        Units of the domain in the frame.
    not_estimable : int
        Those of them that could never be drawn: the estimate says nothing about them.
    """

    value: float
    standard_error: float
    low: float
    high: float
    n: int
    design: str
    size: int
    not_estimable: int

    def __str__(self) -> str:
        return f"{self.value:.4g} ({self.low:.4g} … {self.high:.4g})"


def total(
    sample: Sample, y: ArrayLike, *, within: ArrayLike | None = None, level: float = 0.95,
    variance: Variance | None = None,
) -> Estimate:  # fmt: skip
    """Total of y.

    Parameters
    ----------
    sample : Sample
        Observed units with weights.
    y : array of float, shape (n,)
        Value of each observed unit, in the order of the frame.
    within : array of bool, shape (frame units,), optional
        Domain.
    level : float, default=0.95
        Of the interval.
    variance : {"exact", "approximate"}, optional
        See `Sample.variance`.

    Raises
    ------
    DrawError
        If values or domain do not fit the sample (RM-DRW-025).
    """
    domain = _Domain.of(sample, within)
    own = domain.values(y, "y")
    value = float((sample.weights * own).sum())
    return domain.estimate(value, own, level, variance)


def mean(
    sample: Sample, y: ArrayLike, *, within: ArrayLike | None = None, level: float = 0.95,
    variance: Variance | None = None,
) -> Estimate:  # fmt: skip
    """Mean of y by Hájek; parameters as of `total`."""
    return ratio(sample, y, np.ones(sample.units.size), within=within, level=level, variance=variance)


def ratio(
    sample: Sample, y: ArrayLike, x: ArrayLike, *, within: ArrayLike | None = None, level: float = 0.95,
    variance: Variance | None = None,
) -> Estimate:  # fmt: skip
    """Total of y over total of x; parameters as of `total`."""
    domain = _Domain.of(sample, within)
    above, below = domain.values(y, "y"), domain.values(x, "x")
    size = float((sample.weights * below).sum())
    if size == 0:
        return domain.nothing()
    value = float((sample.weights * above).sum()) / size
    return domain.estimate(value, (above - value * below) / size, level, variance)


def rate(
    sample: Sample, y: ArrayLike, *, within: ArrayLike | None = None, level: float = 0.95,
    variance: Variance | None = None,
) -> Estimate:  # fmt: skip
    """Share of units with y = 1 (values 0 and 1), with the score interval; parameters as of `total`."""
    domain = _Domain.of(sample, within)
    own = domain.values(y, "y")
    wrong = (own != 0) & (own != 1)
    if wrong.any():
        raise DrawError("RM-DRW-025", where="y", found=own[np.argmax(wrong)], expected="0 or 1")
    found = mean(sample, own, within=within, level=level, variance=variance)
    if np.isnan(found.value):
        return found
    low, high = _rate_interval(sample.weights[domain.observed], own[domain.observed], found, domain.quantile(level))
    return replace(found, low=low, high=high)


def by(
    sample: Sample, groups: ArrayLike, estimator: Callable[..., Estimate], *values: ArrayLike,
    level: float = 0.95, variance: Variance | None = None,
) -> dict[str, Estimate]:  # fmt: skip
    """One estimate for each group of the frame.

    Parameters
    ----------
    sample : Sample
        Observed units with weights.
    groups : array of str, shape (frame units,)
        Group of each unit of the frame, so that groups without an observed unit are named too.
    estimator : callable
        `total`, `mean`, `rate` or `ratio`.
    *values : array of float, shape (n,)
        What the estimator needs.

    Returns
    -------
    dict of str to Estimate
        By group, sorted.

    Raises
    ------
    DrawError
        As of `total`.
    """
    labels = np.asarray(groups, dtype=str)
    names = np.unique(labels).tolist()
    return {name: estimator(sample, *values, within=labels == name, level=level, variance=variance) for name in names}


@dataclass(frozen=True, eq=False)
class _Domain:
    """Which units count."""

    sample: Sample
    frame: np.ndarray
    observed: np.ndarray

    @classmethod
    def of(cls, sample: Sample, within: ArrayLike | None) -> _Domain:
        frame = np.ones(sample.pi.size, dtype=bool) if within is None else np.asarray(within)
        if frame.dtype != bool or frame.shape != sample.pi.shape:
            raise DrawError("RM-DRW-025", where="within", found=frame.shape, expected=f"{sample.pi.shape} of bool")
        return cls(sample, frame, frame[sample.units])

    def values(self, given: ArrayLike, name: str) -> np.ndarray:
        own = np.asarray(given, dtype=float)
        if own.shape != self.observed.shape:
            raise DrawError("RM-DRW-025", where=name, found=own.shape, expected=f"{self.observed.shape}")
        if not np.isfinite(own[self.observed]).all():
            at = int(np.flatnonzero(self.observed & ~np.isfinite(own))[0])
            raise DrawError("RM-DRW-025", where=f"{name}[{at}]", found=own[at])
        return np.where(self.observed, own, 0.0)

    def estimate(self, value: float, z: np.ndarray, level: float, variance: Variance | None) -> Estimate:
        if not self.observed.any():
            return self.nothing()
        error = float(np.sqrt(self.sample.variance(z, variance)))
        reach = self.quantile(level) * error
        return self._estimate(value, error, value - reach, value + reach)

    def nothing(self) -> Estimate:
        return self._estimate(*[float("nan")] * 4)

    def _estimate(self, value: float, error: float, low: float, high: float) -> Estimate:
        impossible = int((self.frame & (self.sample.pi == 0)).sum())
        n, size = int(self.observed.sum()), int(self.frame.sum())
        return Estimate(value, error, low, high, n, self.sample.design, size, impossible)

    def quantile(self, level: float) -> float:
        units = self.sample.units[self.observed]
        units = units[self.sample.pi[units] < 1]
        degrees = max(units.size - np.unique(self.sample.strata[units]).size, 1)
        return float(stats.t.ppf((1 + level) / 2, degrees))


def _rate_interval(weights: np.ndarray, y: np.ndarray, found: Estimate, quantile: float) -> tuple[float, float]:
    """Interval of a rate, from Wilson's intervals of classes of like weights."""
    _, codes = np.unique(np.floor(np.log2(np.maximum(weights, 1.0))), return_inverse=True)
    mass, units = np.bincount(codes, weights=weights), np.bincount(codes)
    rates = np.clip(np.bincount(codes, weights=weights * y) / mass, 0.0, 1.0)
    share = mass / mass.sum()
    left = np.maximum(1 - units / mass, 0.0)
    # One over the number of observations that a class counts as; 0 where all were drawn.
    doubt = np.where(left > 1e-12, np.bincount(codes, weights=weights**2) / mass**2 * left, 0.0)
    plain = float((share**2 * rates * (1 - rates) * doubt).sum())
    if plain > 0 and found.standard_error > 0:
        doubt = doubt * np.clip(found.standard_error**2 / plain, 0.25, 4.0)
    spread = quantile**2 * doubt
    centre = (rates + spread / 2) / (1 + spread)
    reach = quantile / (1 + spread) * np.sqrt(rates * (1 - rates) * doubt + spread * doubt / 4)
    down, up = np.maximum(rates - centre + reach, 0.0), np.maximum(centre + reach - rates, 0.0)
    below, above = (float(np.sqrt((share**2 * far**2).sum())) for far in (down, up))
    return max(found.value - below, 0.0), min(found.value + above, 1.0)
