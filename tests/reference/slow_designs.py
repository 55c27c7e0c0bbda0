"""Slow obvious twin of every sampling design: the probability of each sample of a small frame, from its definition.

Nothing here is shared with the library. A distribution is a pair of arrays: samples, shape (samples, units), and
their probabilities.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, permutations, product

import numpy as np

Distribution = tuple[np.ndarray, np.ndarray]


def orders(distribution: Distribution) -> tuple[np.ndarray, np.ndarray]:
    """First and second order probabilities of a distribution."""
    samples, chance = distribution
    joint = (samples * chance[:, None]).T @ samples
    return np.diag(joint).copy(), joint


def subsets(size: int, n: int) -> np.ndarray:
    taken = (
        np.zeros((0, size))
        if n > size
        else np.array([np.isin(np.arange(size), s) for s in combinations(range(size), n)])
    )
    return taken.astype(float)


def simple(pi: np.ndarray) -> Distribution:
    samples = subsets(len(pi), round(pi.sum()))
    return samples, np.full(len(samples), 1 / len(samples))


def poisson(pi: np.ndarray) -> Distribution:
    samples = np.array(list(product([0.0, 1.0], repeat=len(pi))))
    return samples, np.prod(np.where(samples == 1, pi, 1 - pi), axis=1)


def pareto(pi: np.ndarray) -> Distribution:
    """P(s) = sum over the unit that ends the sample, integrated over its own u, by many Gauss points."""
    odds = pi / (1 - pi)

    def below(x: np.ndarray) -> np.ndarray:
        return odds * x / (1 + odds * x)

    def density(x: np.ndarray) -> np.ndarray:
        return odds / (1 + odds * x) ** 2

    # x = w / (1 - w) makes every F a ratio of low polynomials in w on (0, 1).
    w, weight = np.polynomial.legendre.leggauss(160)
    w, weight = (w + 1) / 2, weight / 2
    return _ordered(pi, below, density, w / (1 - w), weight / (1 - w) ** 2)


def sequential(pi: np.ndarray) -> Distribution:
    """The same for keys u / pi: polynomials between the kinks 1 / pi, so that 16 Gauss points a piece are exact."""
    ends = np.concatenate(([0.0], np.unique(1 / pi)))
    inner, share = np.polynomial.legendre.leggauss(16)
    half = np.diff(ends)[:, None] / 2
    x, weight = (ends[:-1, None] + half * (inner + 1)).ravel(), (half * share).ravel()
    return _ordered(pi, lambda x: np.minimum(1, pi * x), lambda x: np.where(pi * x < 1, pi, 0.0), x, weight)


def _ordered(pi: np.ndarray, below: Callable, density: Callable, x: np.ndarray, weight: np.ndarray) -> Distribution:
    samples = subsets(len(pi), round(pi.sum()))
    cdf, pdf = below(x[:, None]), density(x[:, None])
    chance = np.zeros(len(samples))
    for at, sample in enumerate(samples.astype(bool)):
        outside = np.prod(1 - cdf[:, ~sample], axis=1)
        for last in np.flatnonzero(sample):
            inside = sample.copy()
            inside[last] = False
            chance[at] += (weight * pdf[:, last] * np.prod(cdf[:, inside], axis=1) * outside).sum()
    return samples, chance


def systematic(pi: np.ndarray) -> Distribution:
    """Every start between two neighbouring ends of stretches gives one sample."""
    ends = np.concatenate(([0.0], np.cumsum(pi)))
    cuts = np.sort(np.concatenate((ends % 1, [0.0, 1.0])))
    samples, chance = [], np.diff(cuts)
    for middle in (cuts[:-1] + cuts[1:]) / 2:
        hits = np.ceil(ends - middle)
        samples.append(np.diff(hits) > 0)
    return np.array(samples, dtype=float), chance


def over_orders(pi: np.ndarray, design: Callable[[np.ndarray], Distribution]) -> Distribution:
    found, chance = [], []
    everyone = list(permutations(range(len(pi))))
    for order in everyone:
        samples, weights = design(pi[list(order)])
        back = np.empty_like(samples)
        back[:, list(order)] = samples
        found.append(back)
        chance.append(weights / len(everyone))
    return np.concatenate(found), np.concatenate(chance)


def pivotal(pi: np.ndarray) -> Distribution:
    """All duels followed to their end, in frame order."""
    leaves = [*_follow(pi.copy(), 1.0, lambda open_units, own: (open_units[0], open_units[1]))]
    return np.array([s for s, _ in leaves]), np.array([c for _, c in leaves])


def local_pivotal(pi: np.ndarray, coordinates: np.ndarray) -> Distribution:
    def pair(open_units: np.ndarray, own: np.ndarray) -> tuple[int, int]:
        first = open_units[0]
        distance = ((coordinates[open_units] - coordinates[first]) ** 2).sum(axis=1)
        distance[0] = np.inf
        return first, open_units[np.argmin(distance)]

    leaves = [*_follow(pi.copy(), 1.0, pair)]
    return np.array([s for s, _ in leaves]), np.array([c for _, c in leaves])


def _follow(own: np.ndarray, chance: float, pair: Callable) -> Iterator[tuple[np.ndarray, float]]:
    open_units = np.flatnonzero((own > 1e-9) & (own < 1 - 1e-9))
    if len(open_units) < 2:
        yield np.round(own), chance
        return
    i, j = pair(open_units, own)
    a, b = own[i], own[j]
    if a + b < 1:
        outcomes = (((a + b, 0.0), a / (a + b)), ((0.0, a + b), b / (a + b)))
    else:
        outcomes = (((a + b - 1, 1.0), (1 - a) / (2 - a - b)), ((1.0, a + b - 1), (1 - b) / (2 - a - b)))
    for values, likely in outcomes:
        if likely > 0:
            then = own.copy()
            then[[i, j]] = values
            yield from _follow(then, chance * likely, pair)


def conditional(pi: np.ndarray) -> Distribution:
    """The distribution of most entropy with these probabilities: the concave dual, maximised over all samples."""
    samples = subsets(len(pi), round(pi.sum()))
    logit = np.log(pi / (1 - pi))
    for _ in range(60):
        weights = np.exp(samples @ logit - (samples @ logit).max())
        chance = weights / weights.sum()
        mean, joint = orders((samples, chance))
        covariance = joint - np.outer(mean, mean)
        step = np.linalg.lstsq(covariance, pi - mean, rcond=1e-12)[0]
        if np.abs(pi - mean).max() < 1e-15:
            break
        logit = logit + step / max(1.0, np.abs(step).max())
    return samples, chance


def sampford(pi: np.ndarray) -> Distribution:
    samples = subsets(len(pi), round(pi.sum()))
    weights = np.prod(np.where(samples == 1, pi / (1 - pi), 1), axis=1) * (samples @ (1 - pi))
    return samples, weights / weights.sum()


def brewer(pi: np.ndarray) -> Distribution:
    """Draw by draw, over all sets that have been drawn."""
    n = round(pi.sum())
    chance: dict[frozenset[int], float] = {frozenset(): 1.0}
    for todo in range(n, 0, -1):
        grown: dict[frozenset[int], float] = {}
        for taken, likely in chance.items():
            left = [k for k in range(len(pi)) if k not in taken]
            rest = n - sum(pi[k] for k in taken)
            weight = np.array([pi[k] * (rest - pi[k]) / (rest - todo * pi[k]) if todo > 1 else pi[k] for k in left])
            for k, share in zip(left, weight / weight.sum(), strict=True):
                grown[taken | {k}] = grown.get(taken | {k}, 0.0) + likely * share
        chance = grown
    samples = subsets(len(pi), n)
    return samples, np.array([chance[frozenset(np.flatnonzero(s).tolist())] for s in samples])


def frame(size: int, n: int, seed: int = 1) -> np.ndarray:
    """Probabilities from 0.05 to below 1 that sum to n."""
    rng = np.random.default_rng([seed, size, n])
    pi = rng.gamma(1.0, 1.0, size) + 0.3
    for _ in range(200):
        pi = np.clip(pi * n / pi.sum(), 0.02, 0.97)
    return pi * (n / pi.sum())


def z(found: np.ndarray, theory: np.ndarray, draws: int) -> np.ndarray:
    """Distance in Monte-Carlo standard errors; where theory says 0 or 1 any distance is infinite."""
    error = np.sqrt(np.maximum(theory * (1 - theory), 0) / draws)
    gap = np.abs(found - theory)
    distance: np.ndarray = np.where(gap > 1e-12, np.inf, 0.0)
    np.divide(gap, error, out=distance, where=error > 1e-12)
    return distance


def cube(pi: np.ndarray, balance: np.ndarray) -> Distribution:
    """All moves of the cube followed to their end; the direction is the last right singular vector."""
    kept = np.column_stack((np.ones(len(pi)), balance / pi[:, None]))
    leaves: list[tuple[np.ndarray, float]] = []

    def fly(own: np.ndarray, chance: float) -> None:
        window = np.flatnonzero((own > 1e-9) & (own < 1 - 1e-9))[: kept.shape[1] + 1]
        if len(window) < 2:
            leaves.append((np.round(own), chance))
            return
        flat = np.linalg.svd(kept[window, : len(window) - 1].T)[2][-1]
        reach = [
            min(max((0 - p) / d, (1 - p) / d) for p, d in zip(own[window], sign * flat, strict=True) if abs(d) > 1e-12)
            for sign in (1, -1)
        ]
        for sign, far, other in ((1, reach[0], reach[1]), (-1, reach[1], reach[0])):
            then = own.copy()
            then[window] += sign * far * flat
            fly(then, chance * other / (far + other))

    fly(pi.copy(), 1.0)
    return np.array([s for s, _ in leaves]), np.array([c for _, c in leaves])
