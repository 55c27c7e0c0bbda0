"""Has the enterprise changed? What each kind of event tells is learnt from the past; an instrument.

An enterprise is as it was, or it has begun to slip; the odds of the second go up with every event, by how much more
often events of its kind came in the year before a serious one than they come at this enterprise otherwise, and go down
with every quiet period. What a kind is worth is thus a log likelihood ratio, against its own past and its peers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from riskmodel.warning.detectors import Counts, delayed, gamma_prior

# The kind of event that is to be foreseen; odds beyond which nothing is gained.
SERIOUS = "serious"
_SURE = 1e6


@dataclass(frozen=True)
class Change:
    """Odds that an enterprise slips, by Bayes' rule period by period; scores are their logarithm.

    R(t) = ((1 − leak) R(t − 1) + leak · start) · Π (lambda_k / mu_k)^{n_k} exp(mu_k − lambda_k), over kinds k of event:
    lambda_k their rate before a serious event, mu_k the enterprise's own (gamma–Poisson posterior mean of what lies
    more than `lag` periods back, parted among kinds as everywhere). After a serious event the odds start again.

    Attributes
    ----------
    horizon : int
        Periods before a serious event that count as slipping.
    leak : float
        Chance that slipping ends in a period.
    lag : int
        Newest periods that do not enter the enterprise's own rate.
    start : float
        Odds of an enterprise without a record.
    rate, share : mapping of str to float
        lambda_k, and the part of kind k among events otherwise.

    References
    ----------
    Shiryaev (1963), Theory Probab. Appl. 8, 22–46; Roberts (1966), Technometrics 8, 411–430.
    """

    horizon: int
    leak: float
    lag: int
    name: str = "change"
    start: float = 0.01
    rate: Mapping[str, float] = field(default_factory=dict)
    share: Mapping[str, float] = field(default_factory=dict)
    a: np.ndarray = field(default_factory=lambda: np.ones(1))
    b: np.ndarray = field(default_factory=lambda: np.ones(1))

    def fit(self, past: Counts) -> Change:
        """Learn from the periods whose horizon lies within the past; one event in 20 periods where there are none."""
        judged = max(past.e.shape[1] - self.horizon, 0)
        ahead = np.cumsum(past.kinds.get(SERIOUS, np.zeros_like(past.e)), axis=1)
        before = (ahead[:, self.horizon :] - ahead[:, :judged]) > 0
        there = past.e[:, :judged] > 0
        hot, cold = there & before, there & ~before
        rate = {k: float((past.kinds[k][:, :judged][hot].sum() + 1) / (hot.sum() + 20)) for k in past.weights}
        else_ = {k: float((past.kinds[k][:, :judged][cold].sum() + 1) / (cold.sum() + 20)) for k in past.weights}
        share = {k: r / sum(else_.values()) for k, r in else_.items()}
        start = max(float(hot.sum()), 1.0) / max(float(there.sum()), 100.0)
        a, b = gamma_prior(past.n, past.e, past.peers)
        return Change(self.horizon, self.leak, self.lag, self.name, start, rate, share, a, b)

    def scores(self, counts: Counts) -> np.ndarray:
        """Log odds at the end of each period."""
        told, serious = self.told(counts), counts.kinds.get(SERIOUS, np.zeros_like(counts.e)) > 0
        odds, out = np.full(len(counts.e), self.start), np.empty_like(counts.e)
        for t in range(counts.e.shape[1]):
            odds = ((1 - self.leak) * odds + self.leak * self.start) * np.exp(told[:, t])
            odds = np.where(serious[:, t], self.start, np.minimum(odds, _SURE))
            out[:, t] = np.log(odds)
        return out

    def told(self, counts: Counts) -> np.ndarray:
        """Log likelihood ratio of what each period brought."""
        n, e = (delayed(np.cumsum(x, axis=1), self.lag) for x in (counts.n, counts.e))
        mu = (self.a[counts.peers][:, None] + n) / (self.b[counts.peers][:, None] + e)
        total = np.zeros_like(counts.e)
        for kind, rate in self.rate.items():
            own = np.minimum(mu * self.share[kind], rate)  # slipping makes no kind of event rarer
            total += counts.kinds[kind] * np.log(rate / own) - (rate - own) * counts.e
        return total

    def limit(self, alpha: float) -> float:
        """Without change the odds have mean `start`: Markov's inequality bounds their chances."""
        return float(np.log(self.start / alpha))
