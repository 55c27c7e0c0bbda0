"""Realised probabilities of order sampling, by integrating over the key at which the sample ends.

Unit k has a key with distribution function F_k. It is drawn if its key is below the n-th smallest key of all others,
which has the density sum_{l != k} f_l(x) P(n - 1 of the rest lie below x). So, with z_k = 1 - F_k + F_k e^{it},

    pi_k  = ∫ F_k dH_k,       dH_k  = mean over t of prod_{l != k} z_l * sum_{l != k} f_l / z_l * e^{-i (n-1) t} dx,
    pi_kl = ∫ F_k F_l dH_kl,  the same without k and l, for n - 2.

The mean over t is a midpoint rule (`size.nodes`). Over x: Pareto keys in y = log x, where everything is analytic and
the trapezoidal rule converges exponentially; sequential Poisson keys by Gauss-Legendre between the points 1 / pi where
F reaches 1, exact for polynomials of degree 2 * nodes - 1. Units of equal probability are computed once.

Errors, measured against summation over all samples (N <= 12) and against doubled nodes: below 1e-11. Where a frame has
so many different probabilities that this is not worth while (`LIMIT` open units and distinct values), the targets and
the approximation of Hájek are given instead; their error is of the order 1 / d, d = sum pi (1 - pi).

References
----------
Aires (1999), "Algorithms to find exact inclusion probabilities for conditional Poisson sampling and Pareto pps
sampling designs", Methodology and Computing in Applied Probability 1; Rosén (1997).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit

from riskmodel.sampling.size import nodes, real_product

LIMIT = 20_000
_PANELS = 128
_NEGLIGIBLE = 42.0  # e^-42 = 6e-19


@dataclass(frozen=True, eq=False)
class Threshold:
    """What integration needs, by group of equal probability.

    Attributes
    ----------
    group : ndarray of int, shape (units,)
        Group of each unit.
    below, density : ndarray of float, shape (points, groups)
        Distribution function and density of the key of a unit of each group.
    step : ndarray of complex, shape (nodes,)
        e^{it}.
    weight, total : ndarray of complex, shape (points, nodes)
        Product of all z with the weights of both rules, turned to size n - 1; sum over all units of f / z.
    """

    group: np.ndarray
    below: np.ndarray
    density: np.ndarray
    step: np.ndarray
    weight: np.ndarray
    total: np.ndarray

    def inclusion(self) -> np.ndarray:
        """Probability of each unit."""
        own: np.ndarray = _integrate_units(self.below, self.density, self.step, self.weight, self.total)
        pi: np.ndarray = own[self.group]
        return pi

    def joint(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Probability of each pair of different units."""
        groups = self.below.shape[1]
        low, high = np.minimum(self.group[i], self.group[j]), np.maximum(self.group[i], self.group[j])
        kinds, back = np.unique(low * groups + high, return_inverse=True)
        first, second = np.divmod(kinds, groups)
        pairs: np.ndarray = _integrate_pairs(
            self.below, self.density, self.step, self.weight * self.step, self.total, first, second
        )
        joint: np.ndarray = pairs[back]
        return joint

    def each(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Probability of each of some units with each of others, shape (i, j); a unit with itself means nothing."""
        (rows, row), (columns, column) = (np.unique(self.group[side], return_inverse=True) for side in (i, j))
        table, weight = np.zeros((rows.size, columns.size)), self.weight * self.step
        for x, total in enumerate(self.total):
            below, density = self.below[x], self.density[x]
            ratio = [below[side, None] / (1 + below[side, None] * (self.step - 1)) for side in (rows, columns)]
            less = [
                r * (total / 2 - density[side, None] / (1 + below[side, None] * (self.step - 1)))
                for r, side in zip(ratio, (rows, columns), strict=True)
            ]
            table += real_product(weight[x] * less[0], ratio[1]) + real_product(weight[x] * ratio[0], less[1])
        joint: np.ndarray = table[row[:, None], column]
        return joint


def pareto_threshold(pi: np.ndarray, n: int) -> Threshold | None:
    """Threshold of Pareto sampling in y = log of the key; None for frames beyond `LIMIT`."""
    values, group, counts = np.unique(pi, return_inverse=True, return_counts=True)
    if values.size > LIMIT:
        return None
    logit = np.log(values / (1 - values))

    def chance(y: np.ndarray) -> np.ndarray:
        below: np.ndarray = 1 / (1 + np.exp(-(y + logit)))
        return below

    reach = _NEGLIGIBLE + float(np.abs(logit).max())
    low, high = _window(chance, counts, n, (-reach, reach))
    y = np.linspace(low, high, int(np.ceil(max((high - low) / 0.2, 64))))
    below = chance(y[:, None])
    return _threshold((group, counts, n), below, below * (1 - below), np.full(y.size, y[1] - y[0]))


def sequential_threshold(pi: np.ndarray, n: int) -> Threshold | None:
    """Threshold of sequential Poisson sampling in x = u / pi; None for frames beyond `LIMIT`."""
    values, group, counts = np.unique(pi, return_inverse=True, return_counts=True)
    if values.size > LIMIT:
        return None
    low, high = _window(lambda x: np.minimum(1.0, x * values), counts, n, (0.0, 1 / values[0]))
    kinks = (1 / values)[(1 / values > low) & (1 / values < high)]
    if kinks.size > _PANELS:
        kinks = np.linspace(low, high, _PANELS + 1)[1:-1]
    ends = np.unique(np.concatenate(([low], kinks, [high])))
    inner, share = np.polynomial.legendre.leggauss(int(np.clip(2 * _PANELS // ends.size, 3, 24)))
    half = np.diff(ends)[:, None] / 2
    x = (ends[:-1, None] + half * (inner + 1)).ravel()
    below = x[:, None] * values
    density = np.where(below < 1, values, 0.0)
    return _threshold((group, counts, n), np.minimum(below, 1.0), density, (half * share).ravel())


def _threshold(
    units: tuple[np.ndarray, np.ndarray, int], below: np.ndarray, density: np.ndarray, weights: np.ndarray
) -> Threshold:
    group, counts, n = units
    variances = (below * (1 - below)) @ counts
    t, share = nodes(float(variances.min()), float(variances.max()))
    step = np.exp(1j * t)
    product, total = _collect(below, density, counts, step)
    return Threshold(group, below, density, step, product * weights[:, None] * share * np.exp(-1j * (n - 1) * t), total)


def _window(
    chance: Callable[[np.ndarray], np.ndarray], counts: np.ndarray, n: int, bracket: tuple[float, float]
) -> tuple[float, float]:
    """Range outside of which no n-th smallest key of all but one, nor n-1-th of all but two, lies: Chernoff bounds."""
    size = float(counts.sum())

    def mean(x: float) -> float:
        return float((chance(np.array([x])) * counts).sum())

    def early(x: float) -> bool:
        mu = mean(x)
        return mu < n - 1 and max(_exponent(n - 1, mu), _exponent(size - n + 1, size - mu)) > _NEGLIGIBLE

    def late(x: float) -> bool:
        mu = mean(x)
        return mu > n and max(_exponent(n, mu), _exponent(size - n, size - mu)) > _NEGLIGIBLE

    return _edge(early, *bracket), _edge(lambda x: not late(x), *bracket)


def _edge(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Where a condition that holds from the low end ceases to hold."""
    if not holds(low):
        return low
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return high


def _exponent(a: float, mu: float) -> float:
    """Rate of the Poisson tail: P(S beyond a) <= exp(-rate)."""
    if mu <= 0:
        return np.inf if a > 0 else 0.0
    return (a * float(np.log(a / mu)) if a > 0 else 0.0) - a + mu


@njit(cache=True, nogil=True)
def _collect(
    below: np.ndarray, density: np.ndarray, counts: np.ndarray, step: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Product of z over all units and sum of f / z, at each point and node."""
    points, groups = below.shape
    product = np.empty((points, step.size), dtype=np.complex128)
    total = np.empty((points, step.size), dtype=np.complex128)
    for x in range(points):
        for t in range(step.size):
            all_z, mass = 1.0 + 0.0j, 0.0 + 0.0j
            for g in range(groups):
                z = 1.0 + below[x, g] * (step[t] - 1.0)
                all_z *= z if counts[g] == 1 else z ** counts[g]
                mass += counts[g] * density[x, g] / z
            product[x, t], total[x, t] = all_z, mass
    return product, total


@njit(cache=True, nogil=True)
def _integrate_units(
    below: np.ndarray, density: np.ndarray, step: np.ndarray, weight: np.ndarray, total: np.ndarray
) -> np.ndarray:
    points, groups = below.shape
    pi = np.zeros(groups)
    for x in range(points):
        for t in range(step.size):
            for g in range(groups):
                inverse = 1.0 / (1.0 + below[x, g] * (step[t] - 1.0))
                rest = total[x, t] - density[x, g] * inverse
                pi[g] += below[x, g] * (weight[x, t] * inverse * rest).real
    return pi


@njit(cache=True, nogil=True)
def _integrate_pairs(
    below: np.ndarray, density: np.ndarray, step: np.ndarray, weight: np.ndarray, total: np.ndarray,
    first: np.ndarray, second: np.ndarray,
) -> np.ndarray:  # fmt: skip
    pairs = np.zeros(first.size)
    for k in range(first.size):
        a, b = first[k], second[k]
        for x in range(below.shape[0]):
            for t in range(step.size):
                one = 1.0 / (1.0 + below[x, a] * (step[t] - 1.0))
                other = 1.0 / (1.0 + below[x, b] * (step[t] - 1.0))
                rest = total[x, t] - density[x, a] * one - density[x, b] * other
                pairs[k] += below[x, a] * below[x, b] * (weight[x, t] * one * other * rest).real
    return pairs
