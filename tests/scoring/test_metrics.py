"""Metrics agree with slow twins, intervals cover, and rows in another order change nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmodel.scoring.metrics import brier, capture, evaluation, weighted_auc


@st.composite
def predictions(draw):
    n = draw(st.integers(1, 30))
    y = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    p = draw(st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), min_size=n, max_size=n))
    weight = draw(st.lists(st.integers(1, 5), min_size=n, max_size=n))
    return np.array(y), np.array(p), np.array(weight)


def slow_auc(y, p, weight) -> float:
    """Over all pairs of an event and a non-event."""
    won = total = 0.0
    for i in range(len(y)):
        for j in range(len(y)):
            if y[i] == 1 and y[j] == 0:
                total += weight[i] * weight[j]
                won += weight[i] * weight[j] * (1.0 if p[i] > p[j] else 0.5 if p[i] == p[j] else 0.0)
    return won / total if total else np.nan


def slow_capture(y, p, weight, share) -> float:
    """Prediction by prediction from the top, the last one in part."""
    left, caught = share * weight.sum(), 0.0
    for value in sorted(set(p), reverse=True):
        mass, events = weight[p == value].sum(), (weight * y)[p == value].sum()
        part = min(1.0, left / mass)
        caught, left = caught + part * events, max(0.0, left - mass)
    return caught / (weight * y).sum() if (weight * y).sum() else np.nan


@given(predictions())
def test_auc_is_that_of_all_pairs(rows):
    y, p, weight = rows
    np.testing.assert_allclose(weighted_auc(y, p, weight), slow_auc(y, p, weight))


@given(predictions(), st.sampled_from([0.1, 0.5, 1.0]))
def test_capture_is_that_of_going_down_the_list(rows, share):
    y, p, weight = rows
    np.testing.assert_allclose(capture(y, p, weight, share=share), slow_capture(y, p, weight, share))


@settings(max_examples=30, deadline=None)
@given(predictions(), st.randoms(use_true_random=False))
def test_evaluation_does_not_depend_on_the_order_of_rows(rows, random):
    y, p, weight = rows
    order = list(range(len(y)))
    random.shuffle(order)
    one = evaluation(y, p, weight, seed=3, replicates=40)
    other = evaluation(y[order], p[order], weight[order], seed=3, replicates=40)
    np.testing.assert_array_equal(list(one.values()), list(other.values()))


@given(predictions())
def test_whole_weights_equal_repetition(rows):
    y, p, weight = rows
    many = np.repeat(np.arange(len(y)), weight)
    for metric in (weighted_auc, brier, capture):
        np.testing.assert_allclose(metric(y, p, weight), metric(y[many], p[many]))


def test_figures_of_a_small_example():
    y, p = np.array([0, 0, 1, 1, 0]), np.array([0.1, 0.4, 0.4, 0.9, 0.2])
    found = evaluation(y, p, seed=1, share=0.2)
    assert (found["n"], found["problems"]) == (5, 2)
    # pairs: 0.9 beats 3 of 3; 0.4 beats two and ties one: 5.5 of 6
    assert found["auc"] == pytest.approx(5.5 / 6)
    assert found["brier"] == pytest.approx((0.01 + 0.16 + 0.36 + 0.01 + 0.04) / 5)
    # the top fifth is one row, and it is one of two events
    assert found["capture"] == pytest.approx(0.5)
    assert found["brier_base"] == pytest.approx(0.4 * 0.6)
    assert found["auc_random"] == 0.5
    assert found["auc_random_high"] == pytest.approx(0.5 + 1.96 * np.sqrt(6 / (12 * 2 * 3)), abs=1e-4)
    assert found["auc_low"] <= found["auc"] <= found["auc_high"]


def test_the_seed_decides_the_intervals_and_nothing_else():
    rng = np.random.default_rng(5)
    p = rng.uniform(size=300).round(2)
    y = (rng.random(300) < p).astype(int)
    first, again, other = (evaluation(y, p, seed=s, replicates=100) for s in (1, 1, 2))
    assert first == again
    assert {k for k in first if first[k] != other[k]} <= {f"{m}_{e}" for m in ("auc", "brier", "capture")
                                                          for e in ("low", "high")}  # fmt: skip
    assert first["auc_low"] != other["auc_low"]


def test_one_class_gives_no_order_and_no_warning():
    found = evaluation(np.zeros(4), np.array([0.1, 0.2, 0.3, np.nan]), seed=1)
    assert (found["n"], found["problems"]) == (3, 0)
    assert np.isnan([found[k] for k in ("auc", "auc_low", "auc_high", "capture", "auc_random_high")]).all()
    assert found["brier"] == pytest.approx((0.01 + 0.04 + 0.09) / 3)
    nothing = evaluation(np.empty(0), np.empty(0), seed=1)
    assert np.isnan([nothing[k] for k in ("auc", "brier", "ece", "capture", "brier_low")]).all()


def test_outcomes_that_are_no_outcomes_are_refused():
    with pytest.raises(ValueError, match="0 or 1"):
        weighted_auc(np.array([0, 2]), np.array([0.1, 0.2]))
    with pytest.raises(ValueError, match="at least 0"):
        brier(np.array([0, 1]), np.array([0.1, 0.2]), np.array([1, -1]))


@pytest.mark.slow
def test_bootstrap_intervals_cover_the_truth():
    # scores of events N(1, 1), of others N(0, 1): AUC = Phi(1 / sqrt 2) = 0.7602
    truth, rounds, inside = 0.7602499, 300, 0
    rng = np.random.default_rng(11)
    for i in range(rounds):
        y = (rng.random(250) < 0.3).astype(int)
        p = rng.normal(size=250) + y
        found = evaluation(y, p, seed=i, replicates=300)
        inside += found["auc_low"] <= truth <= found["auc_high"]
    # 95 % of 300, four standard errors of a proportion, and one point for the percentile method
    assert abs(inside / rounds - 0.95) < 4 * np.sqrt(0.95 * 0.05 / rounds) + 0.01


@pytest.mark.slow
def test_a_random_order_stays_below_its_limits_as_often_as_said():
    rng = np.random.default_rng(12)
    above_auc = above_capture = 0
    for i in range(400):
        y = rng.permutation(np.r_[np.ones(60), np.zeros(540)])
        found = evaluation(y, rng.random(600), seed=i, replicates=1)
        above_auc += found["auc"] > found["auc_random_high"]
        above_capture += found["capture"] > found["capture_random_high"]
    # 2.5 % of 400 = 10, standard error 3.1; capture is discrete (steps of 1/60)
    assert abs(above_auc - 10) < 4 * 3.1
    assert above_capture < 10 + 4 * 3.1
