"""CUSUM and EWMA of weighted events against the rate of like enterprises; an instrument.

A chart adds the weights of each period to a memory that fades or is drawn down, raises an alarm at its level, and
starts again at zero. Each group of peers has the level at which an enterprise without change alarms, in the long run,
in at most a share `alpha` of its periods: without change the memory is a Markov chain, whose mean time to an alarm is
found from its transitions on a fine grid, and a chart that starts again renews itself there.

References
----------
Page (1954), Biometrika 41, 100–115; Lucas (1985), Technometrics 27, 129–144 (CUSUM of counts); Roberts (1959),
Technometrics 1, 239–250; Borror, Champ & Rigdon (1998), J. Quality Technology 30, 352–361 (EWMA of counts); Brook &
Evans (1972), Biometrika 59, 539–549 (the chain).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numba import njit

from riskmodel.warning.detectors import Counts, gamma_prior

# Steps of the grid for an event of weight 1; no level is looked for above so many weights.
_STEPS, _HIGHEST = 40, 32


@dataclass(frozen=True)
class Chart:
    """A chart that starts again at its alarms; made by `cusum` or `ewma`.

    s(t) = max(0, keep · s(t − 1) + w(t) − pull · mu), with mu the weights a period of the peers. Scores are s over the
    level of the peers: an alarm is a score of 1.
    """

    name: str
    keep: float
    pull: float
    alpha: float
    mu: np.ndarray = field(default_factory=lambda: np.ones(1))
    level: np.ndarray = field(default_factory=lambda: np.full(1, np.inf))

    def fit(self, past: Counts) -> Chart:
        """Rates of the peers, how often each weight occurs, and the levels that follow."""
        a, b = gamma_prior(past.n, past.e, past.peers)
        often: dict[float, float] = {}
        for kind, weight in past.weights.items():
            often[weight] = often.get(weight, 0.0) + float(past.kinds[kind].sum()) + 1e-3
        total = sum(often.values())
        marks = {weight: n / total for weight, n in often.items()}
        mean = sum(weight * share for weight, share in marks.items())
        level = np.array([self.lowest(float(rate), marks) for rate in a / b])
        return Chart(self.name, self.keep, self.pull, self.alpha, a / b * mean, level)

    def scores(self, counts: Counts) -> np.ndarray:
        """Memory over level."""
        level, mu = self.level[counts.peers], self.mu[counts.peers]
        memory = _memory(counts.w, counts.e * (self.pull * mu)[:, None], self.keep, level)
        return np.asarray(memory / level[:, None])

    def limit(self, alpha: float) -> float:
        """1 for the chart's own alpha or a laxer one; a stricter one asks for another chart."""
        return 1.0 if alpha >= self.alpha else np.inf

    def lowest(self, rate: float, marks: Mapping[float, float]) -> float:
        """The lowest level with at most `alpha` alarms a period, for events at a rate and with shares of weights."""
        low, high = 0, 1
        while high < _HIGHEST * _STEPS and self.false_alarms(high / _STEPS, rate, marks) > self.alpha:
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            above = self.false_alarms(middle / _STEPS, rate, marks) > self.alpha
            low, high = (middle, high) if above else (low, middle)
        return high / _STEPS

    def false_alarms(self, level: float, rate: float, marks: Mapping[float, float]) -> float:
        """Alarms a period, in the long run, of an enterprise without change."""
        size, mean = round(level * _STEPS), rate * sum(w * share for w, share in marks.items())
        place = self.keep * np.arange(size) - self.pull * mean * _STEPS  # where each state stands before weights come
        first, part = np.floor(place).astype(int), place - np.floor(place)
        jump = _added(rate, marks, size + 1 - int(first.min()))
        chain, state = np.zeros((size, size)), np.arange(size)
        for steps in np.flatnonzero(jump > 1e-15):
            for shift, share in ((0, 1 - part), (1, part)):  # between two steps of the grid, on the mean
                to = np.maximum(first + shift + steps, 0)
                inside = to < size
                np.add.at(chain, (state[inside], to[inside]), jump[steps] * share[inside])
        return 1 / float(np.linalg.solve(np.eye(size) - chain, np.ones(size))[0])


def cusum(*, ratio: float, alpha: float) -> Chart:
    """CUSUM, best for a rate that jumps to `ratio` times that of the peers."""
    return Chart("cusum", 1.0, (ratio - 1) / np.log(ratio), alpha)


def ewma(*, fade: float, alpha: float) -> Chart:
    """Exponentially weighted moving average, in units of weight: a part `fade` is forgotten each period."""
    return Chart("ewma", 1 - fade, 0.0, alpha)


def _added(rate: float, marks: Mapping[float, float], size: int) -> np.ndarray:
    """Chances of the weight that a period adds, on the grid: a compound Poisson number."""
    length = max(4 * size, 16 * _STEPS)
    mark = np.zeros(length)
    for weight, share in marks.items():
        mark[int(np.ceil(weight * _STEPS - 1e-9))] += share
    chances = np.fft.ifft(np.exp(rate * (np.fft.fft(mark) - 1))).real
    return np.asarray(np.maximum(chances[:size], 0.0))


@njit(nogil=True, cache=True)
def _memory(w: np.ndarray, pull: np.ndarray, keep: float, level: np.ndarray) -> np.ndarray:
    out = np.empty_like(w)
    for i in range(w.shape[0]):
        s = 0.0
        for t in range(w.shape[1]):
            s = max(0.0, keep * s + w[i, t] - pull[i, t])
            out[i, t] = s
            if s >= level[i]:
                s = 0.0
    return out
