"""Calibration follows time: the simplest map that later rows do not contradict, honest about what chance shows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from riskmodel.scoring.calibrated import CalibratedInTime
from riskmodel.scoring.calibration import METHODS, Calibrator, calibrated_in_time, split_in_time
from riskmodel.scoring.challenger import Challenger
from riskmodel.scoring.reliability import brier_parts, calibration_errors, reliability
from riskmodel.scoring.scorecard import Scorecard


def outcomes(p: np.ndarray, seed: int) -> np.ndarray:
    return (np.random.default_rng(seed).random(len(p)) < p).astype(float)


def scores(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=n).round(2)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(METHODS))
def test_every_map_rises_keeps_the_mean_and_takes_weights_as_repetition(seed, method):
    x = scores(200, seed)
    y, w = outcomes(1 / (1 + np.exp(1 - 2 * x)), seed), np.random.default_rng(seed).integers(1, 4, 200)
    found = Calibrator(minimum_events=5, method=method).fit(x, y, sample_weight=w)
    p = found.predict(np.sort(x))
    assert (np.diff(p) >= -1e-12).all()
    assert ((p > 0) & (p < 1)).all()
    assert (w * found.predict(x)).sum() / w.sum() == pytest.approx((w * y).sum() / w.sum(), abs=0.03)
    many = np.repeat(np.arange(200), w)
    again = Calibrator(minimum_events=5, method=method).fit(x[many], y[many])
    np.testing.assert_allclose(again.predict(x), found.predict(x), atol=1e-6)


def test_methods_reach_what_they_can_express():
    x = scores(40_000, seed=1)
    bent = 1 / (1 + np.exp(-(0.5 + 2.0 * -np.log1p(np.exp(-x)) + 0.3 * np.log1p(np.exp(x)))))
    steps = np.where(x < -0.5, 0.1, np.where(x < 0.8, 0.3, 0.6))
    y, z = outcomes(bent, seed=2), outcomes(steps, seed=3)
    far = {m: np.abs(Calibrator(method=m).fit(x, y).predict(x) - bent).mean() for m in METHODS}
    assert far["beta"] < 0.5 * far["logistic"]
    stepped = {m: np.abs(Calibrator(method=m).fit(x, z).predict(x) - steps).mean() for m in METHODS}
    assert stepped["isotonic"] < 0.5 * min(stepped["logistic"], stepped["beta"])
    assert np.isnan(Calibrator(method="isotonic").fit(x, z).predict(np.array([np.nan]))).all()
    assert (np.diff(Calibrator(method="isotonic").fit(x, 1 - z).predict(np.sort(x))) >= 0).all()


def test_few_risky_rows_keep_their_share_where_many_are_not():
    # a tier of 2 % of the weight, as whole points have it: drawn more often than others, so that it weighs less
    rng, found = np.random.default_rng(8), []
    truth, drawn = np.array([0.1, 0.2, 0.3, 0.6]), np.array([900, 400, 150, 80])
    x, weight = np.repeat([0, 10, 30, 60], drawn), np.repeat([1.2, 1.0, 0.6, 0.3], drawn)
    for _ in range(60):
        y = (rng.random(len(x)) < np.repeat(truth, drawn)).astype(float)
        map_of = Calibrator(method="isotonic").fit(x, y, sample_weight=weight / weight.mean())
        found.append(map_of.predict(np.array([0, 10, 30, 60])))
    error = np.std(found, axis=0) / np.sqrt(60)
    assert (np.abs(np.mean(found, axis=0) - truth) < 4 * error + 0.01).all()


def test_the_simplest_method_that_time_does_not_contradict_is_taken():
    x, when = scores(9000, seed=4), np.arange(9000) // 100
    straight, stepped = 1 / (1 + np.exp(1 - x)), np.where(np.abs(x) < 0.6, 0.3, np.where(x < 0, 0.02, 0.85))
    assert calibrated_in_time(x, outcomes(straight, 5), when).method == "logistic"
    assert calibrated_in_time(x, outcomes(stepped, 6), when).method == "isotonic"
    few = calibrated_in_time(x[:300], outcomes(stepped[:300] * 0.3, 7), when[:300])
    assert few.method == "logistic"
    with pytest.raises(ValueError, match="method must be one of"):
        Calibrator(method="magic")


def test_copies_of_a_label_make_no_interval_of_the_curve_narrower():
    p = np.tile([0.1, 0.3, 0.6], 60)
    y, w = outcomes(p, 2), np.random.default_rng(2).uniform(1, 9, 180)
    who = np.arange(180)
    once = reliability(y, p, w, bins=3)
    four = [np.tile(part, 4) for part in (y, p, w, who)]
    kept = reliability(*four[:3], bins=3, cluster=four[3])
    pd.testing.assert_frame_equal(kept.drop(columns="n"), once.drop(columns="n"))
    assert kept["n"].tolist() == (once["n"] * 4).tolist()
    blind = reliability(*four[:3], bins=3)
    assert ((blind["high"] - blind["low"]) < 0.6 * (once["high"] - once["low"])).all()
    pd.testing.assert_frame_equal(reliability(y, p, w, bins=3, cluster=who), once)


def test_a_pipeline_without_weights_is_given_none():
    X, when = scores(600, seed=8)[:, None], np.arange(600) // 10
    y = outcomes(1 / (1 + np.exp(1 - X[:, 0])), 9)
    model = CalibratedInTime(make_pipeline(StandardScaler(), LogisticRegression()))
    assert roc_auc_score(y, model.fit(X, y, when=when).predict_proba(X)[:, 1]) > 0.6


def test_equal_times_are_never_parted():
    assert split_in_time([1, 1, 1], np.ones(3), share=0.3).tolist() == [False] * 3
    late = split_in_time([5, 1, 5, 3], np.ones(4), share=0.25)
    assert late.tolist() == [True, False, True, False]
    assert split_in_time([1, 2, 3], np.array([1.0, 1.0, 8.0]), share=0.3).tolist() == [False, False, True]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks([CalibratedInTime(minimum_events=1)])
def test_calibration_in_time_keeps_the_contract_of_scikit_learn(estimator, check):
    check(estimator)


def drifting(n: int, seed: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Odds that rise with time: what was right early is too low late."""
    rng = np.random.default_rng(seed)
    X, when = pd.DataFrame(rng.normal(size=(n, 2)), columns=["a", "b"]), np.sort(rng.uniform(0, 4, n))
    return X, (rng.random(n) < 1 / (1 + np.exp(2.5 - X["a"] - 0.5 * when))).astype(int).to_numpy(), when


@pytest.mark.parametrize("model", [None, Challenger(max_iter=30)])
def test_late_probabilities_are_those_of_the_late_slice(model):
    X, y, when = drifting(8000, seed=8)
    found = CalibratedInTime(model, later=0.25, gap=0.5).fit(X, y, when=when)
    late = when > 3
    p = found.predict_proba(X[late])[:, 1]
    inside = calibration_errors(y[late], p, seed=1, replicates=100)
    assert inside["mean_low"] <= p.mean() <= inside["mean_high"]
    early = Scorecard().fit(X[when <= 2.5], y[when <= 2.5]).predict_proba(X[late])[:, 1]
    assert early.mean() < inside["mean_low"]
    if model is None:
        # the gap keeps what had not matured out of the fit
        assert (
            found.estimator_.table_.iloc[-1]["n"]
            == (when <= when[split_in_time(when, np.ones(8000), share=0.25)].min() - 0.5).sum()
        )


def test_weights_times_and_nuisance_are_routed():
    X, y, when = drifting(1200, seed=9)
    order = np.random.default_rng(10).permutation(1200)
    X, y, when = X.iloc[order], y[order], when[order]
    with config_context(enable_metadata_routing=True):
        model = CalibratedInTime().set_fit_request(sample_weight=True, when=True, nuisance=True)
        model.set_score_request(sample_weight=True)
        search = GridSearchCV(model, {"later": [0.2, 0.4]}, cv=2)
        search.fit(X, y, sample_weight=np.full(1200, 2.0), when=when, nuisance=np.arange(1200) % 4)
    best = search.best_estimator_
    assert len(best.estimator_.nuisance_) == 4
    assert best.calibrator_.learnt


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_parts_of_the_brier_score_add_up(seed):
    rng = np.random.default_rng(seed)
    p, w = rng.uniform(size=40).round(1), rng.integers(1, 4, 40)
    y = outcomes(p, seed)
    parts = brier_parts(y, p, w)
    total = parts["miscalibration"] - parts["discrimination"] + parts["uncertainty"]
    np.testing.assert_allclose(parts["brier"], total, atol=1e-12)
    assert min(parts["miscalibration"], parts["discrimination"]) >= -1e-12
    many = np.repeat(np.arange(40), w)
    np.testing.assert_allclose(list(parts.values()), list(brier_parts(y[many], p[many]).values()), atol=1e-12)


def test_the_error_of_right_predictions_is_what_chance_shows():
    found = []
    for seed in range(60):
        p = np.random.default_rng(seed).uniform(0.05, 0.5, 800)
        found.append(calibration_errors(outcomes(p, seed + 1000), p, seed=seed, replicates=200))
    table = pd.DataFrame(found)
    # mean of 60, each with a standard deviation of about 0.01
    assert table["ece"].mean() == pytest.approx(table["ece_perfect"].mean(), abs=4 * 0.01 / np.sqrt(60))
    assert table["ece_debiased"].mean() < 0.7 * table["ece"].mean()
    assert (table["ece_low"] == 0).mean() > 0.975 - 4 * np.sqrt(0.975 * 0.025 / 60)
    within = (table["mean_low"] <= table["mean_predicted"]) & (table["mean_predicted"] <= table["mean_high"])
    assert within.mean() > 0.95 - 4 * np.sqrt(0.95 * 0.05 / 60)


def test_the_interval_covers_an_error_that_is_there():
    inside = 0
    for seed in range(60):
        p = np.random.default_rng(seed).uniform(0.05, 0.5, 800)
        found = calibration_errors(outcomes(p + 0.1, seed + 2000), p, seed=seed, replicates=200)
        inside += found["ece_low"] <= 0.1 <= found["ece_high"]
    assert inside / 60 > 0.95 - 4 * np.sqrt(0.95 * 0.05 / 60)


def test_no_rows_give_no_errors():
    assert np.isnan(list(calibration_errors(np.empty(0), np.empty(0), seed=1).values())).all()
    assert np.isnan(list(brier_parts(np.empty(0), np.empty(0)).values())).all()
