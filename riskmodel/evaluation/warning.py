"""Which detector warns best: alerts at equal budget, on rolling dates, judged by serious events that follow.

A detector is fitted at each origin on earlier periods alone and raises, period by period, as many alerts as the budget
of the counting rule allows: the highest scores among enterprises with news and without an alert lately. An alert is
right if a serious event occurs within the horizon after the end of its period. Figures carry bootstrap intervals over
enterprises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from riskmodel.scoring.resampling import Bootstrap, ratio
from riskmodel.warning.detectors import Counting, Counts, Detector, gamma_prior, shot_noise

FIGURES = ("alerts_a_month", "precision", "recall", "lead_days", "warning_days")


@dataclass(frozen=True)
class Watch:
    """A study: what is watched and what counts as serious.

    Attributes
    ----------
    counts : Counts
        Events by enterprise and period, by the day known.
    starts : ndarray
        First day of each period and the day after the last.
    serious_firm, serious_day : ndarray
        Serious events: enterprise and day on which each occurred, in order of days.
    first : int
        First period in which alerts are raised.
    refit_every : int
        Periods between origins.
    horizon_days : int
        Days after an alert within which a serious event makes it right.
    quiet : int
        Periods after an alert in which the enterprise raises no other.
    """

    counts: Counts
    starts: np.ndarray
    serious_firm: np.ndarray
    serious_day: np.ndarray
    first: int
    refit_every: int = 6
    horizon_days: int = 365
    quiet: int = 12

    @property
    def last(self) -> int:
        """Period after the last one whose horizon lies within the records."""
        return int(np.searchsorted(self.starts, self.starts[-1] - self.horizon_days, side="right")) - 1

    def next_serious(self) -> np.ndarray:
        """Days from the end of each period to the enterprise's next serious event, infinite where none follows."""
        firms, periods = self.counts.n.shape
        ends, wait = self.starts[1:], np.full((firms, periods), np.inf)
        for firm, day in zip(self.serious_firm[::-1], self.serious_day[::-1], strict=True):
            before = ends < day  # an event within the period of an alert comes too late
            wait[firm, before] = day - ends[before]
        return wait


@dataclass(frozen=True)
class Risk:
    """The office's own scoring model: chance of a serious event within the horizon, from the record so far.

    A logistic fit on faded weights, the enterprise's own rate against its peers, and time under observation; each
    period of the past whose horizon had passed by the origin is a row. ``trend`` gives its rise over some periods.
    """

    watch: Watch
    name: str = "risk"
    back: int = 0
    model: LogisticRegression | None = field(default=None, repr=False)
    prior: tuple[np.ndarray, np.ndarray] | None = field(default=None, repr=False)

    def fit(self, past: Counts) -> Risk:
        """Learn from labels that were known by the end of the past."""
        periods = past.n.shape[1]
        end = self.watch.starts[periods]
        known = self.watch.starts[1 : periods + 1] + self.watch.horizon_days <= end
        prior = gamma_prior(past.n, past.e, past.peers)
        x, present = self._inputs(past, prior), past.e > 0
        wait = self.watch.next_serious()[:, :periods]
        # days without news raise no alert: the model is asked, and learns, where there are some
        rows = present & known[None, :] & (past.n > 0)
        model = LogisticRegression(C=1.0, max_iter=500).fit(x[rows], wait[rows] <= self.watch.horizon_days)
        return Risk(self.watch, self.name, self.back, model, prior)

    def scores(self, counts: Counts) -> np.ndarray:
        """Log odds, or their rise over `back` periods."""
        assert self.model is not None and self.prior is not None
        x = self._inputs(counts, self.prior)
        risk = np.asarray(self.model.decision_function(x.reshape(-1, x.shape[2]))).reshape(x.shape[:2])
        if not self.back:
            return risk
        before = np.repeat(risk[:, :1], self.back, axis=1)
        return np.asarray(risk - np.concatenate([before, risk[:, : -self.back]], axis=1))

    def limit(self, alpha: float) -> float:
        """It has no null distribution: it is never used alone."""
        return float("inf")

    def _inputs(self, c: Counts, prior: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        a, b = (part[c.peers][:, None] for part in prior)
        faded = [np.log1p(shot_noise(x, d)) for x in (c.n, c.w) for d in (0.6, 0.85, 0.95)]
        faded += [np.minimum(Counting(p).scores(c), 4) for p in (6, 13)]
        own = np.log((a + np.cumsum(c.n, axis=1)) / (b + np.cumsum(c.e, axis=1)))
        return np.stack([*faded, own, np.log1p(np.cumsum(c.e, axis=1))], axis=2)


def rule_alerts(watch: Watch, at_least: float, periods: int) -> np.ndarray:
    """Alerts of the counting rule (enterprises × periods): the weight of the window reaches the rule's."""
    scores = Counting(periods).scores(watch.counts)
    return _raised(scores >= at_least, watch)


def rolled(detector: Detector, watch: Watch) -> np.ndarray:
    """Scores of an unfitted detector (parameters chosen elsewhere), fitted at each origin on what came before."""
    scores = np.full(watch.counts.e.shape, -np.inf)
    for origin in range(watch.first, watch.last, watch.refit_every):
        until = min(origin + watch.refit_every, watch.last)
        fitted = detector.fit(watch.counts.until(origin))
        scores[:, origin:until] = fitted.scores(watch.counts.until(until))[:, origin:until]
    return scores


def alerts(scores: np.ndarray, watch: Watch, budget: np.ndarray) -> np.ndarray:
    """Alerts at a budget: in each period the highest scores among enterprises with news and without an alert lately.

    Parameters
    ----------
    scores : ndarray, enterprises × periods
        Scores, from `rolled`.
    watch : Watch
        The study.
    budget : ndarray of int
        Alerts allowed in each period.
    """
    firms, periods = scores.shape
    raised, quiet = np.zeros((firms, periods), dtype=bool), np.zeros(firms, dtype=np.int64)
    # ties are broken by a fixed shuffle, not by the order of the register
    shuffle, open_to = np.random.default_rng(0).permutation(firms), (watch.counts.e > 0) & (watch.counts.n > 0)
    for t in range(watch.first, watch.last):
        free = np.flatnonzero((quiet <= t) & open_to[:, t])
        chosen = free[np.lexsort((shuffle[free], -scores[free, t]))][: int(budget[t])]
        raised[chosen, t] = True
        quiet[chosen] = t + 1 + watch.quiet
    return raised


def compare(
    detectors: Sequence[Detector], watch: Watch, rule: np.ndarray, *, times: Sequence[float] = (0.5, 1.0, 2.0),
    bootstrap: Bootstrap | None = None,
) -> pd.DataFrame:  # fmt: skip
    """All detectors at multiples of the rule's budget.

    Returns
    -------
    DataFrame
        detector, budget (multiple), figure, value, low, high; figures are `FIGURES`, and at the same budget
        ``recall_ratio`` and ``lead_gain_days`` against the rule (paired over enterprises). The rule itself has
        detector ``rule``. ``lead_days`` is the mean over those found, ``warning_days`` over all offenders.
    """
    boot = bootstrap or Bootstrap(replicates=400)
    wait = watch.next_serious()
    base, parts = _judged(rule, watch, wait), []
    parts.append(_figures("rule", 1.0, base, base, watch, boot))
    for detector in detectors:
        scores = rolled(detector, watch)
        for multiple in times:
            budget = np.ceil(rule.sum(axis=0) * multiple).astype(int)
            judged = _judged(alerts(scores, watch, budget), watch, wait)
            parts.append(_figures(detector.name, multiple, judged, base, watch, boot))
    return pd.concat(parts, ignore_index=True)


def _raised(above: np.ndarray, watch: Watch) -> np.ndarray:
    """First periods above, with quiet between."""
    raised, quiet = np.zeros(above.shape, dtype=bool), np.zeros(len(above), dtype=np.int64)
    for t in range(watch.first, watch.last):
        chosen = above[:, t] & (quiet <= t) & (watch.counts.e[:, t] > 0)
        raised[chosen, t] = True
        quiet[chosen] = t + 1 + watch.quiet
    return raised


def _judged(raised: np.ndarray, watch: Watch, wait: np.ndarray) -> Mapping[str, np.ndarray]:
    """What is added up over enterprises: alerts, right alerts, offenders, those found, days of warning."""
    ends = watch.starts[1:]
    inside = (watch.serious_day > ends[watch.first]) & (watch.serious_day <= ends[watch.last - 1] + watch.horizon_days)
    # the first serious event of each enterprise after alerts could be raised
    firm, place = np.unique(watch.serious_firm[inside], return_index=True)
    day = watch.serious_day[inside][place]
    size = len(raised)
    offender, found, days = np.zeros(size), np.zeros(size), np.zeros(size)
    offender[firm] = 1
    for i, d in zip(firm, day, strict=True):
        at = ends[np.flatnonzero(raised[i])]
        at = at[(at < d) & (at >= d - watch.horizon_days)]
        if len(at):
            found[i], days[i] = 1, d - at.min()
    right = (raised & (wait <= watch.horizon_days)).sum(axis=1)
    return {"alerts": raised.sum(axis=1), "right": right, "offender": offender, "found": found, "days": days}


def _figures(
    name: str, multiple: float, judged: Mapping[str, np.ndarray], base: Mapping[str, np.ndarray], watch: Watch,
    boot: Bootstrap,
) -> pd.DataFrame:  # fmt: skip
    months = (watch.starts[watch.last] - watch.starts[watch.first]) / 30.4375
    some = (judged["alerts"] + judged["offender"] + base["alerts"]) > 0
    columns = {f"{side}{key}": part[some] for side, one in (("", judged), ("b_", base)) for key, part in one.items()}
    matrix = np.stack(list(columns.values()), axis=1).astype(float)

    def figures(sums: np.ndarray) -> np.ndarray:
        s = dict(zip(columns, sums.T, strict=True))
        lead, base_lead = ratio(s["days"], s["found"]), ratio(s["b_days"], s["b_found"])
        return np.stack([
            s["alerts"] / months, ratio(s["right"], s["alerts"]), ratio(s["found"], s["offender"]), lead,
            ratio(s["days"], s["offender"]), ratio(s["found"], s["b_found"]), lead - base_lead,
        ], axis=1)  # fmt: skip

    value = figures(matrix.sum(axis=0, keepdims=True))[0]
    blocks = [figures(counts @ matrix) for counts in boot.counts(np.ones(len(matrix), dtype=int))]
    low, high = boot.interval(np.concatenate(blocks)) if blocks else (value * np.nan, value * np.nan)
    names = [*FIGURES, "recall_ratio", "lead_gain_days"]
    return pd.DataFrame(
        {"detector": name, "budget": multiple, "figure": names, "value": value, "low": low, "high": high}
    )
