"""Calibration maps points to probabilities monotonically; reliability shows where it is wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from riskmodel.scoring.calibration import Calibrator, expected_calibration_error, reliability


def simulated(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    points = rng.integers(0, 80, n)
    return points, (rng.random(n) < 1 / (1 + np.exp(3 - 0.05 * points))).astype(int)


def test_the_calibrator_finds_the_slope_that_made_the_data():
    points, y = simulated(20_000, seed=1)
    found = Calibrator().fit(points, y)
    # inverse Fisher information of (intercept, slope)
    p = found.predict(points)
    x = np.column_stack([np.ones(len(points)), points])
    error = np.sqrt(np.diag(np.linalg.inv((x.T * (p * (1 - p))) @ x)))
    assert abs(found.intercept_ + 3) < 4 * error[0]
    assert abs(found.slope_ - 0.05) < 4 * error[1]
    assert p.mean() == pytest.approx(y.mean(), abs=1e-5)


def test_the_calibrator_is_maximum_likelihood_under_weights():
    points, y = simulated(300, seed=2)
    weight = np.random.default_rng(3).uniform(0.5, 9, 300)

    def loss(ab):
        z = ab[0] + ab[1] * points
        return (weight * (np.logaddexp(0, z) - y * z)).sum()

    best = minimize(loss, [0, 0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-9, "maxiter": 2000})
    found = Calibrator().fit(points, y, sample_weight=weight)
    np.testing.assert_allclose([found.intercept_, found.slope_], best.x, rtol=2e-3)


def test_whole_weights_equal_repetition_in_any_order():
    points, y = simulated(400, seed=4)
    weight = np.random.default_rng(5).integers(1, 4, 400)
    many = np.random.default_rng(6).permutation(np.repeat(np.arange(400), weight))
    one, other = Calibrator().fit(points, y, sample_weight=weight), Calibrator().fit(points[many], y[many])
    assert (one.slope_, one.intercept_) == (other.slope_, other.intercept_)


def test_too_few_labels_teach_nothing():
    points, y = np.arange(100), np.r_[np.zeros(71), np.ones(29)]
    few = Calibrator().fit(points, y)
    assert not few.learnt
    assert np.isnan(few.predict(points)).all()
    assert Calibrator(minimum_events=29).fit(points, y).learnt
    assert not Calibrator(minimum_events=0).fit(points, np.zeros(100)).learnt
    assert not Calibrator(minimum_events=29).fit(points, 1 - np.r_[np.zeros(72), np.ones(28)]).learnt


def test_the_map_never_falls():
    points, y = simulated(500, seed=7)
    backwards = Calibrator().fit(points, 1 - y)
    assert backwards.slope_ == 0
    np.testing.assert_allclose(backwards.predict(np.array([0, 79])), 1 - y.mean())
    constant = Calibrator().fit(np.full(500, 7), y)
    np.testing.assert_allclose(constant.predict(np.array([7])), y.mean())
    assert Calibrator().fit(points, y).slope_ > 0


def test_points_that_part_events_perfectly_give_finite_probabilities():
    found = Calibrator().fit(np.arange(100), (np.arange(100) >= 50).astype(int))
    p = found.predict(np.array([0, 49, 50, 99]))
    assert np.isfinite(found.slope_)
    assert (np.diff(p) > 0).all()


def test_reliability_of_a_small_example():
    y, p = np.array([0, 1, 1, 1]), np.array([0.2, 0.2, 0.7, 0.9])
    table = reliability(y, p, bins=2)
    assert table["n"].tolist() == [2, 2]
    np.testing.assert_allclose(table["mean_predicted"], [0.2, 0.8])
    np.testing.assert_allclose(table["observed"], [0.5, 1.0])
    # Wilson for 1 of 2 and 2 of 2, z = 1.96
    np.testing.assert_allclose(table["low"], [0.0945, 0.3424], atol=1e-4)
    np.testing.assert_allclose(table["high"], [0.9055, 1.0], atol=1e-4)
    assert expected_calibration_error(y, p, bins=2) == pytest.approx((0.3 * 2 + 0.2 * 2) / 4)


def test_reliability_does_not_part_equal_predictions_and_ignores_the_order_of_rows():
    points, y = simulated(1000, seed=8)
    p = (points // 20) / 4
    weight = np.random.default_rng(9).uniform(1, 3, 1000)
    order = np.random.default_rng(10).permutation(1000)
    table = reliability(y, p, weight)
    assert table["mean_predicted"].round(9).tolist() == [0, 0.25, 0.5, 0.75]
    pd.testing.assert_frame_equal(table, reliability(y[order], p[order], weight[order]), check_exact=True)


def test_unequal_weights_widen_the_interval_by_kish():
    y, p = np.tile([0, 1], 50), np.full(100, 0.5)
    equal, unequal = reliability(y, p), reliability(y, p, np.repeat([1, 9], 50))
    # effective number (50 + 450)² / (50 + 50 · 81) = 60.98 instead of 100
    assert unequal["n"].tolist() == [100]
    half = (unequal["high"] - unequal["low"])[0] / 2
    assert half == pytest.approx(1.96 / (1 + 3.8415 / 60.98) * np.sqrt(0.25 / 60.98 + 3.8415 / 4 / 60.98**2), abs=1e-4)
    assert half > (equal["high"] - equal["low"])[0] / 2


@pytest.mark.slow
def test_intervals_of_reliability_cover():
    rng, inside, total = np.random.default_rng(13), 0, 0
    for _ in range(200):
        p = rng.integers(1, 9, 600) / 10
        table = reliability((rng.random(600) < p).astype(int), p, bins=8)
        # bins hold one or two predictions; the expected share is their mean
        inside += ((table["low"] <= table["mean_predicted"]) & (table["mean_predicted"] <= table["high"])).sum()
        total += len(table)
    assert abs(inside / total - 0.95) < 4 * np.sqrt(0.95 * 0.05 / total) + 0.01


def test_nothing_in_gives_nothing_out():
    assert reliability(np.empty(0), np.empty(0)).columns.tolist() == ["mean_predicted", "observed", "low", "high", "n"]
    assert len(reliability(np.empty(0), np.empty(0))) == 0


@pytest.mark.parametrize("method", ["logistic", "beta", "isotonic"])
def test_the_level_moves_all_log_odds_by_one_number_to_the_share(method):
    points, y = simulated(3000, seed=8)
    weight = np.random.default_rng(9).uniform(0.5, 3, 3000)
    before = Calibrator(method=method).fit(points, y).predict(points)
    found = Calibrator(method=method).fit(points, y).level(points, 0.1, sample_weight=weight)
    after = found.predict(points)
    assert np.average(after, weights=weight) == pytest.approx(0.1, abs=1e-9)
    moved = np.log(after / (1 - after)) - np.log(before / (1 - before))
    np.testing.assert_allclose(moved, found.shift_, atol=1e-6)
    again = found.level(points, 0.3)  # from where the map was fitted, not from the last level
    assert again.predict(points).mean() == pytest.approx(0.3, abs=1e-9)
    assert (again.fit(points, y).predict(points) == before).all()


def test_a_level_at_an_end_is_reached_nearly_and_without_labels_there_is_none():
    points, y = simulated(3000, seed=10)
    for share in (0.0, 1.0):
        assert Calibrator().fit(points, y).level(points, share).predict(points).mean() == pytest.approx(share, abs=1e-6)
    assert np.isnan(Calibrator().fit(points[:9], y[:9]).level(points, 0.2).predict(points)).all()
