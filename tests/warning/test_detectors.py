"""Detectors look at the past alone, keep their false-alarm level in simulations, and find what was planted."""

from __future__ import annotations

import numpy as np
import pytest

from riskmodel.warning.detectors import (
    Counting,
    Counts,
    Cusum,
    Exceedance,
    Hawkes,
    Rate,
    Trend,
    by_period,
    first_alarms,
    gamma_prior,
    shot_noise,
)  # fmt: skip
from riskmodel.warning.waves import discoveries, waves

FIRMS, PERIODS, ALPHA = 4000, 60, 0.01


def unchanged(rng: np.random.Generator, *, rates: np.ndarray) -> Counts:
    """Poisson enterprises whose rates never change."""
    n = rng.poisson(rates[:, None], (len(rates), PERIODS)).astype(float)
    return Counts(n, n, np.ones_like(n), np.zeros(len(rates), dtype=int))


DETECTORS = [Counting(), Exceedance(), Rate(), Cusum(), Hawkes()]


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda d: d.name)
def test_without_change_no_more_alarms_than_stated(detector):
    rng = np.random.default_rng(7)
    counts = unchanged(rng, rates=np.full(FIRMS, 0.05))
    fitted = detector.fit(counts)
    alarms = (fitted.scores(unchanged(rng, rates=np.full(FIRMS, 0.05)))[:, -1] >= fitted.limit(ALPHA)).sum()
    # upper end of a one-sided 99.9 % interval for a level that just holds
    assert alarms <= ALPHA * FIRMS + 3.1 * np.sqrt(ALPHA * (1 - ALPHA) * FIRMS)


def test_exceedance_keeps_its_level_among_enterprises_that_differ():
    rng = np.random.default_rng(3)
    rates = rng.gamma(0.5, 0.2, FIRMS)
    fitted = Exceedance().fit(unchanged(rng, rates=rates))
    alarms = (fitted.scores(unchanged(rng, rates=rates))[:, -1] >= fitted.limit(ALPHA)).mean()
    assert 0.1 * ALPHA < alarms <= ALPHA + 3.1 * np.sqrt(ALPHA / FIRMS)
    # counting knows one rate for all, and lets those with a high rate alarm again and again
    counting = Counting().fit(unchanged(rng, rates=rates))
    assert (counting.scores(unchanged(rng, rates=rates))[:, -1] >= counting.limit(ALPHA)).mean() > 2 * ALPHA


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda d: d.name)
def test_a_score_does_not_know_the_future(detector):
    rng = np.random.default_rng(1)
    counts = unchanged(rng, rates=rng.gamma(1, 0.2, 50))
    fitted, later = detector.fit(counts), counts.n.copy()
    later[:, 40:] += 5
    changed = Counts(later, later, counts.e, counts.peers)
    np.testing.assert_array_equal(fitted.scores(counts)[:, :40], fitted.scores(changed)[:, :40])


@pytest.mark.parametrize("detector", [Exceedance(), Rate(), Cusum(), Hawkes()], ids=lambda d: d.name)
def test_a_jump_of_the_rate_is_found(detector):
    rng = np.random.default_rng(2)
    rates = np.full(400, 0.05)
    before, after = unchanged(rng, rates=rates), unchanged(rng, rates=rates)
    n = after.n.copy()
    n[:100, 40:] = rng.poisson(0.8, (100, 20))
    fitted = detector.fit(before)
    first = first_alarms(fitted.scores(Counts(n, n, after.e, after.peers))[:, 40:], fitted.limit(0.001))
    assert np.median(first[:100]) < 15
    assert (first[100:] == 20).mean() > 0.9


def test_the_prior_of_a_group_recovers_the_rates_it_was_drawn_from():
    rng = np.random.default_rng(4)
    c = unchanged(rng, rates=rng.gamma(2.0, 0.1, 20_000))
    a, b = gamma_prior(c.n, c.e, c.peers)
    assert a[0] / b[0] == pytest.approx(0.2, rel=0.03)
    assert a[0] == pytest.approx(2.0, rel=0.08)


def test_the_self_exciting_fit_finds_what_excites():
    rng = np.random.default_rng(5)
    n, s = np.zeros((1500, 80)), np.zeros(1500)
    for t in range(80):
        n[:, t] = rng.poisson(0.05 + 0.5 * 0.3 * s)
        s = 0.7 * s + n[:, t]
    fitted = Hawkes().fit(Counts(n, n, np.ones_like(n), np.zeros(1500, dtype=int)))
    assert 0.3 < fitted.eta < 0.7
    assert 0.5 < fitted.decay < 0.85


def test_cusum_starts_again_after_its_limit_and_a_trend_is_a_difference():
    w = np.ones((1, 5))
    c = Counts(w, w, np.zeros_like(w), np.zeros(1, dtype=int))
    assert Cusum(reset=2.0, mu=np.ones(1)).scores(c).tolist() == [[1, 2, 1, 2, 1]]
    risk = np.array([[0.0, 1, 3, 6]])
    assert Trend(risk, back=2).scores(c).tolist() == [[0, 1, 3, 5]]
    assert shot_noise(w, 0.5).tolist() == [[1, 1.5, 1.75, 1.875, 1.9375]]


def test_events_outside_of_the_periods_are_left_out():
    n, w = by_period(
        np.array([0, 1, 1]), np.array([5, 10, 99]), np.array([2, 3, 4]), enterprises=2, starts=np.array([0, 10, 20])
    )
    assert n.tolist() == [[1, 0], [0, 1]]
    assert w.tolist() == [[2, 0], [0, 3]]


def test_false_discoveries_among_areas_stay_within_their_rate_and_a_wave_is_found():
    rng = np.random.default_rng(6)
    season = 1 + 0.3 * np.sin(np.arange(72) / 12 * 2 * np.pi)
    counts = rng.poisson(12 * season, (60, 72)).astype(float)
    calm = waves(counts, first=36, q=0.05)
    # with no wave at all every alarm is false: in a month without true waves the chance of any is about q
    assert calm.alarm.any(axis=0).mean() <= 0.05 + 3 * np.sqrt(0.05 / 36)
    counts[3, 70] += 30
    found = waves(counts, first=36, q=0.05)
    assert found.alarm[3, 34]
    assert found.expected[3, 34] < 25


def test_discoveries_are_those_of_the_definition():
    rng = np.random.default_rng(8)
    for _ in range(50):
        p = np.round(rng.random(8), 2)
        k = max((i for i in range(1, 9) if np.sort(p)[i - 1] <= 0.3 * i / 8), default=0)
        assert discoveries(p, 0.3).sum() == sum(p <= (np.sort(p)[k - 1] if k else -1))
