"""Estimates from a sample: totals, means, rates and ratios, of all or of a domain, with standard error and interval.

Point estimates use the weights w of the sample (`sampled.Sample`):

* total: sum w y (Horvitz and Thompson);
* mean and rate: sum w y / sum w (Hájek), z = (y - mean) / sum w;
* ratio: sum w y / sum w x, z = (y - ratio x) / sum w x.

Values outside the domain count as 0. Intervals are those of `intervals`: all that the estimate does not contradict,
with findings that were missed by chance. Rates stay between 0 and 1, what was drawn for certain is known, and a figure
of values of one sign keeps that sign; if all were drawn, there is no doubt.

What cannot be estimated is said: units that could never be drawn (pi = 0) are counted for each domain, and a domain
that has none but these, or of which none was observed, has the value nan.

References
----------
Särndal, Swensson & Wretman (1992), Model Assisted Survey Sampling, sections 5.6 to 5.8.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from riskmodel.errors import DrawError
from riskmodel.sampling.intervals import Linear, interval
from riskmodel.sampling.sampled import Sample, Variance

# Units for which a weight stands beyond the unit itself, below which a unit is drawn for certain.
_NO_DOUBT = 1e-12


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
    value = float((sample.weights * own)[domain.observed].sum())
    return domain.estimate(value, own, own, level=level, variance=variance)


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
    size = float((sample.weights * below)[domain.observed].sum())
    if size == 0:
        return domain.nothing()
    value = float((sample.weights * above)[domain.observed].sum()) / size
    return domain.estimate(value, (above - value * below) / size, above / size, level=level, variance=variance)


def rate(
    sample: Sample, y: ArrayLike, *, within: ArrayLike | None = None, level: float = 0.95,
    variance: Variance | None = None,
) -> Estimate:  # fmt: skip
    """Share of units with y = 1 (values 0 and 1), with an interval for few findings; parameters as of `total`."""
    domain = _Domain.of(sample, within)
    own = domain.values(y, "y")
    wrong = (own != 0) & (own != 1) & domain.observed
    if wrong.any():
        raise DrawError("RM-DRW-025", where="y", found=own[np.argmax(wrong)], expected="0 or 1")
    weights = np.where(domain.observed, sample.weights, 0.0)
    size = float(weights.sum())
    if size == 0:
        return domain.nothing()
    # Rounding must not push the share of findings beyond 1.
    value = min(float((weights * np.where(domain.observed, own, 0.0)).sum()) / size, 1.0)
    known = np.where(weights - 1 > _NO_DOUBT, 0.0, weights) / size
    least, most = (float((known * flag)[domain.observed].sum()) for flag in (own, 1 - own))
    extras = [np.array([(flag - value) / size]) for flag in (1, 0)]
    z = (own - value) / size
    found = domain.estimate(value, z, own, level=level, variance=variance, extras=extras)
    low, high = (0.0 if value == 0 else found.low), (1.0 if value == 1 else found.high)
    return replace(found, low=max(low, least), high=min(high, 1 - most))


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
        """Values of all observed units; outside the domain they may be missing."""
        own = np.asarray(given, dtype=float)
        if own.shape != self.observed.shape:
            raise DrawError("RM-DRW-025", where=name, found=own.shape, expected=f"{self.observed.shape}")
        if not np.isfinite(own[self.observed]).all():
            at = int(np.flatnonzero(self.observed & ~np.isfinite(own))[0])
            raise DrawError("RM-DRW-025", where=f"{name}[{at}]", found=own[at])
        return own

    def estimate(
        self, value: float, z: np.ndarray, y: np.ndarray, *, level: float, variance: Variance | None,
        extras: Sequence[np.ndarray] = (),
    ) -> Estimate:  # fmt: skip
        """Estimate with linearised values z, which stand for findings where y is not 0."""
        if not self.observed.any():
            return self.nothing()
        error = float(np.sqrt(self.sample.variance(np.where(self.observed, z, 0.0), variance)))
        known = np.isfinite(z) & np.isfinite(y)
        kinds = extras or [kind for kind in (z[known & (y != 0)], z[known & (y == 0)]) if kind.size]
        linear = Linear(value, error, np.where(known, z, np.nan), self.observed, kinds)
        low, high = interval(self.sample, linear, level)
        least, most = float(y[self.observed].min()), float(y[self.observed].max())
        low, high = (max(low, 0.0) if least >= 0 < most else low), (min(high, 0.0) if least < 0 >= most else high)
        return self._estimate(value, error, low, high)

    def nothing(self) -> Estimate:
        return self._estimate(*[float("nan")] * 4)

    def _estimate(self, value: float, error: float, low: float, high: float) -> Estimate:
        impossible = int((self.frame & (self.sample.pi == 0)).sum())
        n, size = int(self.observed.sum()), int(self.frame.sum())
        return Estimate(value, error, low, high, n, self.sample.design, size, impossible)
