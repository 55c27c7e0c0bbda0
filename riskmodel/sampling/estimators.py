"""Estimates from a sample: totals, means, rates and ratios, of all or of a domain, with standard error and interval.

Point estimates use the weights w of the sample (`sampled.Sample`):

* total: sum w y (Horvitz and Thompson);
* mean and rate: sum w y / sum w (Hájek), z = (y - mean) / sum w;
* ratio: sum w y / sum w x, z = (y - ratio x) / sum w x.

Values outside the domain count as 0. Intervals: estimate ± t quantile times standard error, degrees of freedom the
observed open units of the domain less their strata. Rates need more care: near 0 or 1 that interval leaves [0, 1] and
covers too seldom, above all where a finding among the seldom drawn counts for a hundred. Theirs asks what one finding
more or less would do, as the exact interval of Clopper and Pearson does, with weights as Fay and Feuer have them:

* units are parted into classes of like weights, by the whole part of log2 w. A class with the share W of all weights
  counts as 1 / d observations, d = sum w^2 / (sum w)^2 (1 - n / sum w); one finding there moves the rate by W d. Its
  mean over the open classes, by their W, is the step s;
* the variance v is SE^2, but between a quarter and four times sum W^2 p (1 - p) d, p the rate of a class: the design
  effect, which few findings can tell badly. s is multiplied by the same effect, and v by the square of the t quantile
  over the normal one;
* with a = s / (1 + s) the lower end is read from the beta distribution of mean rate (1 - a), the upper end from that
  of mean rate + (1 - rate) a, variances v plus the square of that move over 1 + 2 s; of both the even mixture is taken
  (mid-p), since whole steps in between would make the interval too careful.

For one class without findings the upper distribution is exactly that of Clopper and Pearson. Where nothing is found,
the upper end still is above 0; what all drawn classes hold is known, and if all were drawn, there is no doubt.

What cannot be estimated is said: units that could never be drawn (pi = 0) are counted for each domain, and a domain
that has none but these, or of which none was observed, has the value nan.

References
----------
Särndal, Swensson & Wretman (1992), sections 5.6 to 5.8; Clopper & Pearson (1934), Biometrika 26; Korn & Graubard
(1998), "Confidence intervals for proportions with small expected number of positive counts", Survey Methodology 24; Fay
& Feuer (1997), "Confidence intervals for directly standardized rates", Statistics in Medicine 16; Tiwari, Clegg & Zou
(2006), "Efficient interval estimation for age-adjusted cancer rates", Statistical Methods in Medical Research 15; Fay &
Kim (2017), "Confidence intervals for directly standardized rates using mid-p gamma intervals", Biometrical Journal 59.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special, stats

from riskmodel.errors import DrawError
from riskmodel.sampling.sampled import Sample, Variance

# Share not drawn below which a class is known; least and largest design effect that is believed.
_NO_DOUBT, _EFFECT = 1e-12, (0.25, 4.0)


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
    """Share of units with y = 1 (values 0 and 1), with an interval for few findings; parameters as of `total`."""
    domain = _Domain.of(sample, within)
    own = domain.values(y, "y")
    wrong = (own != 0) & (own != 1)
    if wrong.any():
        raise DrawError("RM-DRW-025", where="y", found=own[np.argmax(wrong)], expected="0 or 1")
    found = mean(sample, own, within=within, level=level, variance=variance)
    if np.isnan(found.value):
        return found
    weights, quantile = sample.weights[domain.observed], domain.quantile(level)
    low, high = _rate_interval(weights, own[domain.observed], found, level, quantile)
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


def _rate_interval(
    weights: np.ndarray, y: np.ndarray, found: Estimate, level: float, quantile: float
) -> tuple[float, float]:
    """Interval of a rate by one finding more or less; see the text above."""
    _, codes = np.unique(np.floor(np.log2(np.maximum(weights, 1.0))), return_inverse=True)
    mass, units = np.bincount(codes, weights=weights), np.bincount(codes)
    p = np.clip(np.bincount(codes, weights=weights * y) / mass, 0.0, 1.0)
    share, left = mass / mass.sum(), np.maximum(1 - units / mass, 0.0)
    open_ = left > _NO_DOUBT
    if not open_.any():
        return found.value, found.value
    d = np.where(open_, np.bincount(codes, weights=weights**2) / mass**2 * left, 0.0)
    plain = float((share**2 * p * (1 - p) * d).sum())
    known = plain > 0 and found.standard_error > 0
    effect = float(np.clip(found.standard_error**2 / plain, *_EFFECT)) if known else 1.0
    step = effect * float((share**2 * d).sum() / share[open_].sum())
    tail = (1 - level) / 2
    variance = plain * effect * (quantile / float(stats.norm.isf(tail))) ** 2
    low, high = _mid_p(min(max(found.value, 0.0), 1.0), variance, step, tail)
    least, most = float((share * p)[~open_].sum()), 1 - float((share * (1 - p))[~open_].sum())
    return max(low, least), min(high, most)


def _mid_p(rate: float, variance: float, step: float, tail: float) -> tuple[float, float]:
    """Quantiles of the even mixture of two beta distributions: one finding less, one finding more."""
    a, b = rate * step / (1 + step), (1 - rate) * step / (1 + step)
    less, more = _beta(rate - a, variance + a**2 / (1 + 2 * step)), _beta(rate + b, variance + b**2 / (1 + 2 * step))

    def end(at: float) -> float:
        # A rate of 0 or 1 has half the mixture in one point.
        if rate in (0, 1):
            here = 2 * (at - (1 - rate) / 2)
            return float(special.betaincinv(*(more if rate == 0 else less), here)) if 0 < here < 1 else rate
        ends = (float(special.betaincinv(*shape, at)) for shape in (less, more))
        return _root(lambda x: sum(float(special.betainc(*shape, x)) for shape in (less, more)) / 2 - at, *ends)

    return end(tail), end(1 - tail)


def _beta(mean: float, variance: float) -> tuple[float, float]:
    """Parameters of a beta distribution; they add up to at least 1."""
    size = max(mean * (1 - mean) / variance - 1, 1.0) if variance > 0 else 1.0
    return mean * size, (1 - mean) * size


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    return float(optimize.brentq(function, low, high, xtol=1e-12)) if low < high else low
