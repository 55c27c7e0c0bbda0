"""Intervals of weighted totals: every value that the estimate does not contradict.

An estimate is, to first order, a weighted total of linearised values z (`estimators`). Where few findings with large
weights decide, estimate ± t standard errors covers too seldom: without a finding the standard error is small too. Here
an end is the value x at which an estimate as low, or as high, as the one found has the chance 1/2 - level/2:

* what a unit adds is learnt by *classes of like weights*, by the whole part of log2 w. A class has the first four
  moments of z over its units in the domain and over `BORROWED` units, less the share of the domain, that are like those
  of the class elsewhere: a small domain knows little of its seldom drawn units. To a whole class half a unit with a
  finding (y other than 0) is added, as Jeffreys does, and half a unit without one where there are such; a domain has
  its share of these;
* with w the weights, o = 1 - 1 / w, and the moments M about the mean that the design takes off (of each stratum, B in
  `sampled`), the variance of the estimate is v = e sum w^2 o M2, its third moment t = e^(3/2) sum w^3 o (1 - 2 / w) M3;
  e is the standard error squared over sum o (w z - B)^2 of the units themselves: what the exact joint probabilities,
  calibration and silence add, believed between 1/4 and 4;
* v and t hold at the level that the moments give, x0. The variance moves with the level, v(x) = v + b (x - x0), by
  b = c / V, c and V being t and v with w^3 o and w^2 for weights: exactly so for findings of one size and weight;
* v is multiplied by the square of the t quantile over the normal one, degrees of freedom 2 v^2 / d (Satterthwaite).
  d is the variance of v, from M4 - M2^2 of each class, that is left when the level is given, c^2 / V less; what is
  borrowed varies by itself. d is 0 for findings of one size and weight;
* at level x the estimate has the gamma distribution, shifted, of mean x, variance v(x) and third moment v(x) t / v.

References
----------
Wilson (1927) and Hall (1992), The Bootstrap and Edgeworth Expansion, for inversion and skewness; Satterthwaite (1946),
Biometrics Bulletin 2; Fay & Feuer (1997), Statistics in Medicine 16, for gamma distributions of weighted counts; Wolter
(2007), Introduction to Variance Estimation, chapter 7, for variances learnt over many domains; Brown, Cai & DasGupta
(2001), "Interval estimation for a binomial proportion", Statistical Science 16, for half a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special, stats

from riskmodel.sampling.sampled import Sample

# Units of a class that a domain borrows; least and largest effect that is believed; skewness that does not count.
BORROWED, _EFFECT, _STRAIGHT = 50.0, (0.25, 4.0), 1e-4


@dataclass(frozen=True, eq=False)
class Linear:
    """An estimate as a weighted total.

    Attributes
    ----------
    value, error : float
        Estimate and standard error.
    z : ndarray of float, shape (n,)
        Linearised value of each unit, of those outside the domain too as if they belonged to it; nan where unknown.
    inside : ndarray of bool, shape (n,)
        Who belongs to the domain.
    extras : sequence of ndarray
        For each kind of unit, those with a finding and those without: z of such units, half a unit of which is added.
    """

    value: float
    error: float
    z: np.ndarray
    inside: np.ndarray
    extras: Sequence[np.ndarray]


def interval(sample: Sample, linear: Linear, level: float) -> tuple[float, float]:
    """Ends of the interval; see the method above.

    Parameters
    ----------
    sample : Sample
        Observed units with weights.
    linear : Linear
        What was estimated.
    level : float
        Of the interval.
    """
    law = _law(sample, linear, level)
    if law.v <= 0:
        return linear.value, linear.value
    tail = (1 - level) / 2
    low, high = law.end(1 - tail, linear.value), law.end(tail, linear.value)
    return min(low, linear.value), max(high, linear.value)


@dataclass(frozen=True)
class _Law:
    """Distribution of the estimate at every level: variance v at x0, b more for every 1 that the level rises.

    The third moment is `tail` times the variance.
    """

    v: float
    b: float
    tail: float
    x0: float

    def below(self, x: float, value: float) -> float:
        """Chance of an estimate of at most `value` at level x."""
        variance = max(self.v + self.b * (x - self.x0), self.v / 1000)
        if abs(self.tail) < _STRAIGHT * np.sqrt(variance):
            return float(special.ndtr((value - x) / np.sqrt(variance)))
        shape, scale = 4 * variance / self.tail**2, self.tail / 2
        at = max((value - x) / scale + shape, 0.0)
        return float((special.gammainc if self.tail > 0 else special.gammaincc)(shape, at))

    def end(self, chance: float, value: float) -> float:
        """Level at which the chance of an estimate of at most `value` is this."""
        reach = 10 * float(np.sqrt(self.v)) + 40 * abs(self.b) + abs(value - self.x0)
        return _root(lambda x: self.below(x, value) - chance, value - reach, value + reach)


def _law(sample: Sample, linear: Linear, level: float) -> _Law:
    w, inside = sample.weights, linear.inside
    o = np.clip(1 - 1 / w, 0.0, 1.0)
    taken, effect = _taken_off(sample, linear, o)
    _, codes = np.unique(np.floor(np.log2(np.maximum(w, 1.0))), return_inverse=True)
    size = int(codes.max()) + 1

    def summed(values: np.ndarray) -> np.ndarray:
        return np.bincount(codes[inside], weights=values[inside], minlength=size)

    raw, own, doubts = _moments(linear, codes, size)
    h = summed(taken) / np.maximum(summed(np.ones(w.size)), 1.0)
    first, second, third, fourth = raw
    m2 = np.maximum(second - 2 * h * first + h**2, 0.0)
    m3 = third - 3 * h * second + 3 * h**2 * first - h**3
    m4 = fourth - 4 * h * third + 6 * h**2 * second - 4 * h**3 * first + h**4
    squares = summed(w**2 * o)
    v = effect * float(squares @ m2)
    if v <= 0:
        return _Law(0.0, 0.0, 0.0, linear.value)
    whole, cubes = effect * float(summed(w**2) @ m2), effect**1.5 * summed(w**3 * o) * m3
    t = effect**1.5 * float(summed(w**3 * o * (1 - 2 / w)) @ m3)
    doubt = float((effect * squares) ** 2 @ (np.maximum(m4 - m2**2, 0.0) * doubts)) - float(own @ cubes) ** 2 / whole
    tail = (1 - level) / 2
    degrees = max(2 * v**2 / doubt, 1.0) if doubt > 1e-9 * v**2 else np.inf
    wider = float(stats.t.isf(tail, degrees) / stats.norm.isf(tail)) ** 2
    x0 = linear.value + float(summed(w) @ first) - float((w * linear.z)[inside].sum())
    return _Law(v * wider, float(cubes.sum()) / whole, t / v, x0)


def _taken_off(sample: Sample, linear: Linear, o: np.ndarray) -> tuple[np.ndarray, float]:
    """What the design takes off each value, and by how much its variance differs from the plain one."""
    w, strata = sample.weights, sample.strata[sample.units]
    total = np.where(linear.inside, w * linear.z, 0.0)
    if sample.independent:
        centre = np.zeros(w.size)
    else:
        size = int(strata.max()) + 1
        share = np.bincount(strata, weights=o, minlength=size)
        centre = (np.bincount(strata, weights=o * total, minlength=size) / np.where(share > 0, share, 1.0))[strata]
    plain = float((o * (total - centre) ** 2)[linear.inside].sum())
    known = plain > 0 and linear.error > 0
    return centre / w, float(np.clip(linear.error**2 / plain, *_EFFECT)) if known else 1.0


def _moments(linear: Linear, codes: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First four moments, shape (4, classes); share of them that the domain tells; 1 / units behind them."""
    known = np.isfinite(linear.z)
    z, own = np.where(known, linear.z, 0.0), linear.inside
    mine, every = (np.bincount(codes[some], minlength=size) for some in (own, known))
    others = every - mine
    lent = BORROWED * others / np.maximum(every, 1)
    behind = mine + lent
    half = np.minimum(behind / np.maximum(every, 1), 1.0) / 2
    raw = np.empty((4, size))
    for power in range(1, 5):
        inner, outer = (np.bincount(codes[some], z[some] ** power, size) for some in (own, known & ~own))
        more = half * sum(float(np.mean(kind**power)) for kind in linear.extras)
        raw[power - 1] = inner + lent * outer / np.maximum(others, 1) + more
    raw /= np.maximum(behind + half * len(linear.extras), 0.5)
    foreign = lent / np.maximum(behind, 1)
    return raw, 1 - foreign, (1 - foreign) ** 2 / np.maximum(mine, 1) + foreign**2 / np.maximum(others, 1)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    if function(low) * function(high) >= 0:
        return low if abs(function(low)) < abs(function(high)) else high
    return float(optimize.brentq(function, low, high, xtol=1e-9 * (high - low)))
