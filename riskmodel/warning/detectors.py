"""Detectors that compete with counting: events in, one score an enterprise and period out; an instrument.

A *score* is large where an enterprise does worse than expected. A detector knows its own false-alarm rate:
`limit(alpha)` is a score that an enterprise without any change, with events of weight 1, reaches at the end of a period
with a chance of at most alpha.

Local vocabulary: n counts (enterprises × periods, whole, by the day known), w weighted counts, e exposure (part of each
period under observation), a and b shape and rate of the gamma prior of an enterprise's rate, mu its rate.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numba import njit
from scipy.optimize import minimize
from scipy.special import expi
from scipy.stats import nbinom, poisson

_compiled = njit(nogil=True, cache=True)
# Periods that an enterprise is watched for at most: where a bound must hold for any exposure.
_LONGEST = 400


@dataclass(frozen=True)
class Counts:
    """What detectors are given.

    Attributes
    ----------
    n, w : ndarray, enterprises × periods
        Number of events that became known in each period, and their weights added up.
    e : ndarray, enterprises × periods
        Exposure: 1 where the enterprise was there for the whole period, 0 where it was not.
    peers : ndarray of int
        Group of like enterprises of each, from 0.
    """

    n: np.ndarray
    w: np.ndarray
    e: np.ndarray
    peers: np.ndarray


class Detector(Protocol):
    """What an evaluation asks of a detector."""

    @property
    def name(self) -> str:
        """Name in tables and pictures."""
        ...

    def fit(self, past: Counts) -> Detector:
        """Learn from earlier periods; returns the fitted detector."""
        ...

    def scores(self, counts: Counts) -> np.ndarray:
        """Enterprises × periods; a score uses its own period and earlier ones only."""
        ...

    def limit(self, alpha: float) -> float:
        """Score that is reached without change with a chance of at most alpha, at the end of a period."""
        ...


def by_period(
    firm: np.ndarray, day: np.ndarray, weight: np.ndarray, *, enterprises: int, starts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Counts and weights by enterprise and period.

    Parameters
    ----------
    firm, day, weight : ndarray
        One entry an event; days outside of all periods are left out.
    enterprises : int
        Number of enterprises.
    starts : ndarray
        First day of each period, ascending, and the day after the last.

    Examples
    --------
    >>> by_period(np.array([0, 0]), np.array([1, 9]), np.array([1, 2]), enterprises=1, starts=np.array([0, 5, 10]))[1]
    array([[1., 2.]])
    """
    period = np.searchsorted(starts, day, side="right") - 1
    inside = (period >= 0) & (period < len(starts) - 1)
    place = firm[inside] * (len(starts) - 1) + period[inside]
    size, shape = enterprises * (len(starts) - 1), (enterprises, len(starts) - 1)
    n = np.bincount(place, minlength=size).reshape(shape).astype(float)
    return n, np.bincount(place, weights=weight[inside], minlength=size).reshape(shape)


def gamma_prior(n: np.ndarray, e: np.ndarray, peers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shape and rate of the gamma prior of each group, by moments of the totals of its enterprises.

    References
    ----------
    Robbins (1964), Ann. Math. Statist. 35, 1–20; Clayton & Kaldor (1987), Biometrics 43, 671–681 (moments).
    """
    groups = int(peers.max(initial=-1)) + 1
    total, exposure = n.sum(axis=1), e.sum(axis=1)
    sums = [np.bincount(peers, weights=x, minlength=groups) for x in (total, exposure, exposure**2, total**2 - total)]
    events, time, time2, pairs = sums
    mean = (events + 0.5) / (time + 0.5 * time.sum() / max(events.sum(), 1.0))
    # E[n(n − 1)] = (var + mean²) e²; a tenth of the squared mean at least: no two are quite alike
    var = np.maximum(pairs / np.maximum(time2, 1e-9) - mean**2, 0.1 * mean**2)
    return mean**2 / var, mean / var


@_compiled
def shot_noise(w: np.ndarray, decay: float) -> np.ndarray:
    """Weights faded out: s(t) = decay · s(t − 1) + w(t)."""
    out = np.empty_like(w)
    for i in range(w.shape[0]):
        s = 0.0
        for t in range(w.shape[1]):
            s = decay * s + w[i, t]
            out[i, t] = s
    return out


@dataclass(frozen=True)
class Counting:
    """The rule of today: weights within the last periods; its false alarms are those of a Poisson count."""

    periods: int = 6
    name: str = "counting"
    mu: float = 0.0

    def fit(self, past: Counts) -> Counting:
        """The overall rate a period."""
        return Counting(self.periods, self.name, float(past.n.sum() / max(past.e.sum(), 1.0)))

    def scores(self, counts: Counts) -> np.ndarray:
        """Weight within the window."""
        run = np.cumsum(counts.w, axis=1)
        run[:, self.periods :] = run[:, self.periods :] - run[:, : -self.periods]
        return run

    def limit(self, alpha: float) -> float:
        """Quantile of the Poisson count of events of weight 1 at the overall rate."""
        return float(poisson.isf(alpha, self.mu * self.periods)) + 1


@dataclass(frozen=True)
class Exceedance:
    """Gamma–Poisson exceedance: how unlikely the newest count is, given the peers and the enterprise's own past.

    The rate has a gamma distribution among the peers; an enterprise's own past before the window updates it; the count
    of the window is then negative binomial. Score: −log10 of its upper tail probability, halved at ties (mid-p) where
    ranking is asked for.

    References
    ----------
    DuMouchel (1999), The American Statistician 53, 177–190 (gamma–Poisson shrinkage).
    """

    periods: int = 6
    name: str = "exceedance"
    a: np.ndarray = field(default_factory=lambda: np.ones(1))
    b: np.ndarray = field(default_factory=lambda: np.ones(1))

    def fit(self, past: Counts) -> Exceedance:
        """Prior of each group of peers."""
        return Exceedance(self.periods, self.name, *gamma_prior(past.n, past.e, past.peers))

    def scores(self, counts: Counts) -> np.ndarray:
        """−log10 P(N ≥ n)."""
        n, e = np.cumsum(counts.n, axis=1), np.cumsum(counts.e, axis=1)
        before_n, before_e = _delayed(n, self.periods), _delayed(e, self.periods)
        shape, rate = self.a[counts.peers][:, None] + before_n, self.b[counts.peers][:, None] + before_e
        tail = nbinom.sf(n - before_n - 1, shape, rate / (rate + (e - before_e)))
        return np.asarray(-np.log10(np.clip(tail, 1e-300, 1.0)))

    def limit(self, alpha: float) -> float:
        """A tail probability of at most alpha has a chance of at most alpha; counts are whole, so mostly less."""
        return float(-np.log10(alpha))


@dataclass(frozen=True)
class Rate:
    """The enterprise's expected rate: gamma–Poisson posterior mean of its faded weights against its peers'.

    References
    ----------
    Clayton & Kaldor (1987), Biometrics 43, 671–681; fading as in West & Harrison (1997), sec. 10.8 (discounting).
    """

    decay: float = 0.97
    name: str = "rate"
    a: np.ndarray = field(default_factory=lambda: np.ones(1))
    b: np.ndarray = field(default_factory=lambda: np.ones(1))

    def fit(self, past: Counts) -> Rate:
        """Prior of each group of peers."""
        return Rate(self.decay, self.name, *gamma_prior(past.n, past.e, past.peers))

    def scores(self, counts: Counts) -> np.ndarray:
        """Posterior mean of the rate."""
        a, b = self.a[counts.peers][:, None], self.b[counts.peers][:, None]
        return np.asarray((a + shot_noise(counts.w, self.decay)) / (b + shot_noise(counts.e, self.decay)))

    def limit(self, alpha: float) -> float:
        """Largest, over the groups, of the rates that faded Poisson counts at the group's mean stay below."""
        faded = 1 / (1 - self.decay)
        return max(
            float((a + chernoff(a / b, self.decay, alpha)) / (b + faded)) for a, b in zip(self.a, self.b, strict=True)
        )


@dataclass(frozen=True)
class Cusum:
    """CUSUM of weights over the rate of the peers, reset where it reaches its limit.

    s(t) = max(0, s(t − 1) + w(t) − k(t)), k = (ρ − 1) mu / log ρ a period: best for a rate that jumps
    from mu to ρ mu.

    References
    ----------
    Lucas (1985), Technometrics 27, 129–144; Brook & Evans (1972), Biometrika 59, 539–549 (the chain behind `limit`).
    """

    ratio: float = 3.0
    reset: float = np.inf
    name: str = "cusum"
    mu: np.ndarray = field(default_factory=lambda: np.ones(1))

    def fit(self, past: Counts) -> Cusum:
        """Mean rate of each group of peers."""
        a, b = gamma_prior(past.n, past.e, past.peers)
        return Cusum(self.ratio, self.reset, self.name, a / b)

    def scores(self, counts: Counts) -> np.ndarray:
        """The sum, in events."""
        step = (self.ratio - 1) / np.log(self.ratio) * self.mu[counts.peers]
        return np.asarray(_cusum(counts.w, counts.e * step[:, None], self.reset))

    def limit(self, alpha: float) -> float:
        """Largest, over the groups, of the levels that the chain stands at or above with a chance of at most alpha."""
        return max(_cusum_level(float(mu), self.ratio, alpha) for mu in self.mu)


@dataclass(frozen=True)
class Hawkes:
    """A self-exciting intensity: the enterprise's own rate, and what each event adds and time takes away again.

    lambda(t) = mu + eta · (1 − decay) · s(t), s the faded number of events, mu the gamma–Poisson posterior mean of the
    enterprise; eta and decay by maximum likelihood over all enterprises.

    References
    ----------
    Hawkes (1971), Biometrika 58, 83–90; Kirchner (2017), Quantitative Finance 17, 571–595 (discrete time).
    """

    name: str = "hawkes"
    decay: float = 0.75
    eta: float = 0.3
    a: np.ndarray = field(default_factory=lambda: np.ones(1))
    b: np.ndarray = field(default_factory=lambda: np.ones(1))

    def fit(self, past: Counts) -> Hawkes:
        """Maximise the Poisson likelihood of each period's count given the past."""
        a, b = gamma_prior(past.n, past.e, past.peers)

        def loss(theta: np.ndarray) -> float:
            decay, eta = 1 / (1 + np.exp(-theta))
            rate = Hawkes(self.name, float(decay), float(eta), a, b)._ahead(past)
            return float((rate - past.n * np.log(np.maximum(rate, 1e-12)))[past.e > 0].sum())

        how = {"xatol": 0.02, "fatol": 0.1, "maxiter": 60}
        best = minimize(loss, np.array([1.0, -1.0]), method="Nelder-Mead", options=how)
        decay, eta = (float(x) for x in 1 / (1 + np.exp(-best.x)))
        return Hawkes(self.name, decay, eta, a, b)

    def scores(self, counts: Counts) -> np.ndarray:
        """Intensity of the next period."""
        own = self._own(np.cumsum(counts.n, axis=1), np.cumsum(counts.e, axis=1), counts.peers)
        return np.asarray(own + self.eta * (1 - self.decay) * shot_noise(counts.w, self.decay))

    def limit(self, alpha: float) -> float:
        """What a Poisson enterprise at its group's mean rate stays below, whatever its exposure.

        Half of alpha is spent on its own rate (a quantile of its total), half on the faded events (Chernoff's bound).
        """
        e = np.arange(1, _LONGEST)
        found = []
        for a, b in zip(self.a, self.b, strict=True):
            own = ((a + poisson.isf(alpha / 2, a / b * e) + 1) / (b + e)).max()
            excited = self.eta * (1 - self.decay) * chernoff(a / b, self.decay, alpha / 2)
            found.append(float((1 - self.eta) * own + excited))
        return max(found)

    def _own(self, n: np.ndarray, e: np.ndarray, peers: np.ndarray) -> np.ndarray:
        return np.asarray((1 - self.eta) * (self.a[peers][:, None] + n) / (self.b[peers][:, None] + e))

    def _ahead(self, counts: Counts) -> np.ndarray:
        """Intensity of each period, from the periods before it."""
        n, e = _delayed(np.cumsum(counts.n, axis=1), 1), _delayed(np.cumsum(counts.e, axis=1), 1)
        excited = _delayed(shot_noise(counts.n, self.decay), 1)
        return np.asarray(counts.e * (self._own(n, e, counts.peers) + self.eta * (1 - self.decay) * excited))


@dataclass(frozen=True)
class Trend:
    """The rise of the office's own risk score over some periods; scores are given, not counts.

    Its limit is the quantile of the rises of the past: the share of alarms that it would have raised then.
    """

    risk: np.ndarray
    back: int = 3
    name: str = "trend"
    past: np.ndarray = field(default_factory=lambda: np.empty(0))

    def fit(self, past: Counts) -> Trend:
        """Rises within the periods that the past covers."""
        rises = self.risk[:, self.back : past.n.shape[1]] - self.risk[:, : past.n.shape[1] - self.back]
        return Trend(self.risk, self.back, self.name, np.sort(rises.ravel()))

    def scores(self, counts: Counts) -> np.ndarray:
        """Score now less score before."""
        return np.asarray(self.risk - _delayed(self.risk, self.back, first=True))

    def limit(self, alpha: float) -> float:
        """Quantile of the rises of the past."""
        return float(np.quantile(self.past, 1 - alpha, method="higher")) if self.past.size else np.inf


def chernoff(mu: float, decay: float, alpha: float) -> float:
    """Level that faded Poisson counts (rate mu a period) reach with a chance of at most alpha.

    The faded number of events has log moment generating function mu Σ (exp(θ decay^j) − 1) ≤ mu (e^θ − 1 + F(θ) / c),
    with c = −log(decay) and F(θ) = ∫₀^θ (e^v − 1)/v dv; Chernoff's bound is minimised over θ.

    Examples
    --------
    >>> 3 < chernoff(0.1, 0.5, 0.001) < 6
    True
    """
    c = -np.log(decay)

    def bound(theta: float) -> float:
        area = float(expi(theta)) - np.log(theta) - np.euler_gamma
        return float((mu * (np.exp(theta) - 1 + area / c) - np.log(alpha)) / theta)

    grid = np.geomspace(1e-3, 30, 400)
    return float(min(bound(float(theta)) for theta in grid))


def _delayed(x: np.ndarray, periods: int, *, first: bool = False) -> np.ndarray:
    """The value of so many periods before; 0 (or the first value) where there was none."""
    out = np.zeros_like(x) if not first else np.repeat(x[:, :1], x.shape[1], axis=1)
    out[:, periods:] = x[:, :-periods]
    return out


@_compiled
def _cusum(w: np.ndarray, k: np.ndarray, reset: float) -> np.ndarray:
    out = np.empty_like(w)
    for i in range(w.shape[0]):
        s = 0.0
        for t in range(w.shape[1]):
            s = max(0.0, s + w[i, t] - k[i, t])
            out[i, t] = s
            if s >= reset:
                s = 0.0
    return out


def _cusum_level(mu: float, ratio: float, alpha: float, steps: int = 16) -> float:
    """Level that the CUSUM of unit events stands at or above with a chance of at most alpha in the long run.

    Each event adds 1, each period takes k: on a grid of k/m the sum is a Markov chain, whose stationary distribution is
    found exactly up to the grid (rounded against us) and a cap far above the level.
    """
    k = (ratio - 1) / np.log(ratio) * mu
    m = max(2, int(np.ceil(1 / k)))  # an event is m steps of the grid, a period takes `down` of them, never more than k
    down, size = int(k * m + 1e-9), steps * m
    jump = poisson.pmf(np.arange(steps + 1), mu)
    p = np.eye(1, size + 1)[0]
    for _ in range(4000):
        new = np.zeros(size + 1)
        for j in np.flatnonzero(jump > 1e-12):
            new += jump[j] * np.bincount(np.clip(np.arange(size + 1) + j * m - down, 0, size), p, size + 1)
        settled = np.abs(new - p).sum() < 1e-8
        p = new
        if settled:
            break
    above = np.flatnonzero(np.cumsum(p[::-1])[::-1] <= alpha)
    return float((above[0] if len(above) else size) / m)


def first_alarms(scores: np.ndarray, level: float) -> np.ndarray:
    """Period of each enterprise's first score at or above a level; the number of periods where there is none."""
    hit = scores >= level
    return np.asarray(np.where(hit.any(axis=1), hit.argmax(axis=1), scores.shape[1]))
