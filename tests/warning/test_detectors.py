"""Detectors look at the past alone, keep their false-alarm level in simulations, and find what was planted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from riskmodel.policy import load_policy
from riskmodel.values import AsOf
from riskmodel.warning.change import Change
from riskmodel.warning.charts import Chart, cusum, ewma
from riskmodel.warning.detectors import (
    Counting,
    Counts,
    Exceedance,
    Hawkes,
    by_period,
    first_alarms,
    gamma_prior,
    shot_noise,
)  # fmt: skip
from riskmodel.warning.signs import detectors
from riskmodel.warning.waves import discoveries, waves

FIRMS, PERIODS, ALPHA = 4000, 60, 0.01
HOW = load_policy("zhoucun-2020").at(AsOf.of("2025-06-30")).warning.signs.parameters
DETECTORS = [Counting(6), *detectors(replace(HOW, false_alarms=ALPHA)).values()]


def counted(n: np.ndarray) -> Counts:
    """Events of one kind and weight 1, everybody there all the time and alike."""
    return Counts({"minor": n}, {"minor": 1}, np.ones_like(n), np.zeros(len(n), dtype=int))


def unchanged(rng: np.random.Generator, *, rates: np.ndarray) -> Counts:
    """Poisson enterprises whose rates never change."""
    return counted(rng.poisson(rates[:, None], (len(rates), PERIODS)).astype(float))


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
    fitted = Exceedance(6).fit(unchanged(rng, rates=rates))
    alarms = (fitted.scores(unchanged(rng, rates=rates))[:, -1] >= fitted.limit(ALPHA)).mean()
    assert 0.1 * ALPHA < alarms <= ALPHA + 3.1 * np.sqrt(ALPHA / FIRMS)
    # counting knows one rate for all, and lets those with a high rate alarm again and again
    counting = Counting(6).fit(unchanged(rng, rates=rates))
    assert (counting.scores(unchanged(rng, rates=rates))[:, -1] >= counting.limit(ALPHA)).mean() > 2 * ALPHA


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda d: d.name)
def test_a_score_does_not_know_the_future(detector):
    rng = np.random.default_rng(1)
    counts = unchanged(rng, rates=rng.gamma(1, 0.2, 50))
    fitted, later = detector.fit(counts), counts.n.copy()
    later[:, 40:] += 5
    changed = counted(later)
    np.testing.assert_array_equal(fitted.scores(counts)[:, :40], fitted.scores(changed)[:, :40])


# the detector of changes says nothing where no serious event ever taught it: see below
SHARP = [d for d in detectors(replace(HOW, false_alarms=0.001)).values() if d.name != "change"]


@pytest.mark.parametrize("detector", SHARP, ids=lambda d: d.name)
def test_a_jump_of_the_rate_is_found(detector):
    rng = np.random.default_rng(2)
    rates = np.full(400, 0.05)
    before, after = unchanged(rng, rates=rates), unchanged(rng, rates=rates)
    n = after.n.copy()
    n[:100, 40:] = rng.poisson(0.8, (100, 20))
    fitted = detector.fit(before)
    first = first_alarms(fitted.scores(counted(n))[:, 40:], fitted.limit(0.001))
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
    fitted = Hawkes().fit(counted(n))
    assert 0.3 < fitted.eta < 0.7
    assert 0.5 < fitted.decay < 0.85


@pytest.mark.parametrize("chart", [detectors(HOW)[name] for name in ("cusum", "ewma")], ids=lambda c: c.name)
@pytest.mark.parametrize(("rate", "level"), [(0.05, 1.5), (0.3, 3.0)])
def test_false_alarms_of_a_chart_that_starts_again_are_those_of_its_chain(chart, rate, level):
    """Weighted events; the long run of the simulation against 1 over the mean time to an alarm."""
    rng, firms, periods = np.random.default_rng(11), 3000, 400
    n = {kind: rng.poisson(rate * share, (firms, periods)).astype(float) for kind, share in (("a", 0.7), ("b", 0.3))}
    weights, e = {"a": 1.0, "b": 2.0}, np.ones((firms, periods))
    counts = Counts(n, weights, e, np.zeros(firms, dtype=int))
    told = chart.false_alarms(level, rate, {1.0: 0.7, 2.0: 0.3})
    set_up = Chart(chart.name, chart.keep, chart.pull, chart.alpha, np.array([rate * 1.3]), np.array([level]))
    seen = (set_up.scores(counts)[:, 100:] >= 1).sum(axis=1) / (periods - 100)
    # 4 standard errors over enterprises, and 2 % for the grid
    assert told == pytest.approx(seen.mean(), abs=4 * seen.std() / np.sqrt(firms) + 0.02 * told)


def test_the_level_of_a_chart_is_the_lowest_that_holds_its_false_alarms():
    for chart in (cusum(ratio=3.0, alpha=0.01), ewma(fade=0.15, alpha=0.01)):
        level = chart.lowest(0.2, {1.0: 0.8, 0.25: 0.2})
        assert chart.false_alarms(level, 0.2, {1.0: 0.8, 0.25: 0.2}) <= 0.01
        assert chart.false_alarms(level - 0.025, 0.2, {1.0: 0.8, 0.25: 0.2}) > 0.01


def test_charts_start_again_at_their_level():
    c = counted(np.ones((1, 5)))
    level = np.array([2.0])
    assert Chart("cusum", 1.0, 0.0, 0.01, level=level).scores(c).tolist() == [[0.5, 1, 0.5, 1, 0.5]]
    assert Chart("ewma", 0.5, 0.0, 0.01, level=level).scores(c).tolist() == [[0.5, 0.75, 0.875, 0.9375, 0.96875]]
    assert shot_noise(np.ones((1, 5)), 0.5).tolist() == [[1, 1.5, 1.75, 1.875, 1.9375]]


def test_the_change_detector_learns_which_kind_precedes_serious_events():
    rng, firms, periods = np.random.default_rng(12), 3000, 60
    e = np.ones((firms, periods))
    n = {kind: rng.poisson(0.03, (firms, periods)).astype(float) for kind in ("telling", "idle")}
    n["serious"] = np.zeros((firms, periods))
    n["serious"][:300, 40] = 1
    n["telling"][:300, 28:40] += rng.poisson(0.3, (300, 12))
    fitted = Change(12, 0.08, 12).fit(Counts(n, {"telling": 1, "idle": 1}, e, np.zeros(firms, dtype=int)))
    assert fitted.rate["telling"] == pytest.approx(0.33, rel=0.1)
    assert fitted.rate["idle"] == pytest.approx(0.03, rel=0.25)
    # start: the 12 periods before each serious event among the 48 periods whose year has passed
    assert fitted.start == pytest.approx(300 * 12 / (3000 * 48))
    one = {kind: np.zeros((2, 3)) for kind in n}
    one["telling"][0, 1], one["idle"][1, 1], one["serious"][0, 2] = 1, 1, 1
    scores = fitted.scores(Counts(one, fitted.rate, np.ones((2, 3)), np.zeros(2, dtype=int)))
    assert scores[0, 1] > scores[1, 1] + 1
    assert scores[0, 2] == pytest.approx(np.log(fitted.start))


def test_events_outside_of_the_periods_are_left_out():
    n = by_period(np.array([0, 1, 1]), np.array([5, 10, 99]), enterprises=2, starts=np.array([0, 10, 20]))
    assert n.tolist() == [[1, 0], [0, 1]]


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
