"""Alerts at equal budget: the budget is kept, nothing later is known, figures are those counted by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from riskmodel.evaluation.warning import Risk, Watch, alerts, compare, rolled, rule_alerts
from riskmodel.scoring.resampling import Bootstrap
from riskmodel.warning.detectors import Counting, Counts, Exceedance

PERIODS = 40
STARTS = np.arange(PERIODS + 1) * 30


def watch(n: np.ndarray, serious: list[tuple[int, int]], **more: object) -> Watch:
    firm, day = (np.array([s[i] for s in sorted(serious, key=lambda s: s[1])], dtype=int) for i in (0, 1))
    counts = Counts({"minor": n}, {"minor": 1}, np.ones_like(n), np.zeros(len(n), dtype=int))
    return Watch(counts, STARTS, firm, day, first=10, refit_every=7, **({"horizon_days": 180, "quiet": 6} | more))


@pytest.fixture
def random_watch() -> Watch:
    rng = np.random.default_rng(0)
    n = rng.poisson(rng.gamma(0.5, 0.3, 300)[:, None], (300, PERIODS)).astype(float)
    return watch(
        n, [(int(f), int(d)) for f, d in zip(rng.integers(0, 300, 120), rng.integers(1, 1200, 120), strict=True)]
    )


def test_figures_are_those_counted_by_hand():
    n = np.zeros((3, PERIODS))
    n[0, [11, 12]] = 1  # two within six periods: alert at the end of period 12, day 390
    n[1, [15, 17]] = 1  # alert at day 540, nothing follows
    w = watch(n, [(0, 500), (2, 700)])  # 110 days after the alert; the other offender was never seen
    rule = rule_alerts(w, 2, 6)
    assert np.argwhere(rule).tolist() == [[0, 12], [1, 17]]
    found = compare([], w, rule, bootstrap=Bootstrap(replicates=0)).set_index("figure")["value"]
    assert (found["precision"], found["recall"], found["lead_days"], found["warning_days"]) == (0.5, 0.5, 110, 55)
    assert found["recall_ratio"] == 1
    assert found["alerts_a_month"] == pytest.approx(2 / ((STARTS[w.last] - STARTS[10]) / 30.4375))


def test_an_alert_in_the_period_of_the_serious_event_is_too_late():
    n = np.zeros((1, PERIODS))
    n[0, [11, 12]] = 1
    found = compare(
        [], watch(n, [(0, 385)]), rule_alerts(watch(n, [(0, 385)]), 2, 6), bootstrap=Bootstrap(replicates=0)
    )
    assert found.set_index("figure")["value"]["recall"] == 0


def test_every_detector_keeps_the_budget_of_each_period_and_the_quiet_time(random_watch):
    budget = np.full(PERIODS, 4)
    for detector in (Counting(6), Exceedance(6), Risk(random_watch), Risk(random_watch, "trend", back=3)):
        raised = alerts(rolled(detector, random_watch), random_watch, budget)
        assert (raised.sum(axis=0) <= budget).all()
        assert not raised[:, : random_watch.first].any() and not raised[:, random_watch.last :].any()
        for row in raised:
            assert (np.diff(np.flatnonzero(row)) > random_watch.quiet).all()
        assert (random_watch.counts.n[raised] > 0).all()  # news in the period


def test_nothing_that_comes_later_moves_an_alert(random_watch):
    n = random_watch.counts.n.copy()
    n[:, 25:] += 3
    later = random_watch.serious_day > STARTS[25]
    firm = np.where(later, (random_watch.serious_firm + 1) % 300, random_watch.serious_firm)
    changed = replace(random_watch, counts=replace(random_watch.counts, kinds={"minor": n}), serious_firm=firm)
    budget = np.full(PERIODS, 4)
    for make in (lambda w: Exceedance(6), Risk):
        one, other = (alerts(rolled(make(w), w), w, budget) for w in (random_watch, changed))
        np.testing.assert_array_equal(one[:, :25], other[:, :25])


def test_intervals_hold_the_figure_and_are_the_same_for_a_seed(random_watch):
    rule = rule_alerts(random_watch, 2, 6)
    found = compare([Exceedance(6)], random_watch, rule, times=(1.0,), bootstrap=Bootstrap(replicates=200))
    again = compare([Exceedance(6)], random_watch, rule, times=(1.0,), bootstrap=Bootstrap(replicates=200))
    assert found.equals(again)
    part = found[found["figure"].isin(["precision", "recall"])]
    assert (part["low"] <= part["value"]).all() and (part["value"] <= part["high"]).all()
