"""Detectors that compete with counting: events in, one score an enterprise and period out; an instrument.

A *score* is large where an enterprise does worse than expected. A detector knows its own false-alarm rate:
`limit(alpha)` is a score that an enterprise without any change, with events of weight 1, reaches at the end of a period
with a chance of at most alpha.

Charts with a memory that starts again (CUSUM, EWMA) stand in `charts`, the detector that learns what each kind of event
tells in `change`.

Local vocabulary: n counts (enterprises × periods, whole, by the day known), w weighted counts, e exposure (part of each
period under observation), a and b shape and rate of the gamma prior of an enterprise's rate, mu its rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
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
    kinds : mapping of str to ndarray, enterprises × periods
        Number of events of each kind that became known in each period.
    weights : mapping of str to float
        Weight of a kind; what has none is no news, and only a detector that learns what kinds mean looks at it.
    e : ndarray, enterprises × periods
        Exposure: 1 where the enterprise was there for the whole period, 0 where it was not.
    peers : ndarray of int
        Group of like enterprises of each, from 0.
    """

    kinds: Mapping[str, np.ndarray]
    weights: Mapping[str, float]
    e: np.ndarray
    peers: np.ndarray

    @cached_property
    def n(self) -> np.ndarray:
        """Number of events that have a weight."""
        return sum((self.kinds[kind] for kind in self.weights), np.zeros_like(self.e))

    @cached_property
    def w(self) -> np.ndarray:
        """Weights added up."""
        return sum((weight * self.kinds[kind] for kind, weight in self.weights.items()), np.zeros_like(self.e))

    def until(self, period: int) -> Counts:
        """What was known before a period."""
        kinds = {kind: n[:, :period] for kind, n in self.kinds.items()}
        return Counts(kinds, self.weights, self.e[:, :period], self.peers)


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


def by_period(firm: np.ndarray, day: np.ndarray, *, enterprises: int, starts: np.ndarray) -> np.ndarray:
    """Number of events by enterprise and period.

    Parameters
    ----------
    firm, day : ndarray
        One entry an event; days outside of all periods are left out.
    enterprises : int
        Number of enterprises.
    starts : ndarray
        First day of each period, ascending, and the day after the last.

    Examples
    --------
    >>> by_period(np.array([0, 0, 0]), np.array([1, 9, 10]), enterprises=1, starts=np.array([0, 5, 10]))
    array([[1., 1.]])
    """
    period = np.searchsorted(starts, day, side="right") - 1
    inside = (period >= 0) & (period < len(starts) - 1)
    place = firm[inside] * (len(starts) - 1) + period[inside]
    shape = enterprises, len(starts) - 1
    return np.bincount(place, minlength=shape[0] * shape[1]).reshape(shape).astype(float)


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

    periods: int
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

    periods: int
    name: str = "exceedance"
    a: np.ndarray = field(default_factory=lambda: np.ones(1))
    b: np.ndarray = field(default_factory=lambda: np.ones(1))

    def fit(self, past: Counts) -> Exceedance:
        """Prior of each group of peers."""
        return Exceedance(self.periods, self.name, *gamma_prior(past.n, past.e, past.peers))

    def scores(self, counts: Counts) -> np.ndarray:
        """−log10 P(N ≥ n)."""
        n, e = np.cumsum(counts.n, axis=1), np.cumsum(counts.e, axis=1)
        before_n, before_e = delayed(n, self.periods), delayed(e, self.periods)
        shape, rate = self.a[counts.peers][:, None] + before_n, self.b[counts.peers][:, None] + before_e
        tail = nbinom.sf(n - before_n - 1, shape, rate / (rate + (e - before_e)))
        return np.asarray(-np.log10(np.clip(tail, 1e-300, 1.0)))

    def limit(self, alpha: float) -> float:
        """A tail probability of at most alpha has a chance of at most alpha; counts are whole, so mostly less."""
        return float(-np.log10(alpha))


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
        n, e = delayed(np.cumsum(counts.n, axis=1), 1), delayed(np.cumsum(counts.e, axis=1), 1)
        excited = delayed(shot_noise(counts.n, self.decay), 1)
        return np.asarray(counts.e * (self._own(n, e, counts.peers) + self.eta * (1 - self.decay) * excited))


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


def delayed(x: np.ndarray, periods: int) -> np.ndarray:
    """The value of so many periods before; 0 where there was none."""
    out = np.zeros_like(x)
    out[:, periods:] = x[:, :-periods]
    return out


def first_alarms(scores: np.ndarray, level: float) -> np.ndarray:
    """Period of each enterprise's first score at or above a level; the number of periods where there is none."""
    hit = scores >= level
    return np.asarray(np.where(hit.any(axis=1), hit.argmax(axis=1), scores.shape[1]))
