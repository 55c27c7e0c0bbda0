"""Baselines order as offices do, speak one language, and keep scikit-learn's contract."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.model_selection import cross_validate
from sklearn.utils.estimator_checks import parametrize_with_checks

from riskmodel.scoring.baselines import Baseline, ByColumn, ByLevel, ExpertPoints, Random, order_of
from riskmodel.scoring.challenger import Challenger
from riskmodel.scoring.expert import ExpertScorecard
from riskmodel.scoring.metrics import weighted_auc
from riskmodel.scoring.scorecard import Scorecard

POINTS = {"penalties": ((1, 8), (2, 18))}


def units(n: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"penalties": rng.poisson(0.6, n).astype(float), "inspector": rng.integers(0, 4, n).astype(float)})
    chance = 1 / (1 + np.exp(2 - 0.7 * X["penalties"] - 0.8 * X["inspector"]))
    return X.set_axis([f"unit {i}" for i in range(n)]), (rng.random(n) < chance).astype(int).to_numpy()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks([Random(), ByColumn(), ExpertPoints({"x0": ((0, 3), (1, 9))}), ByLevel()])
def test_baselines_keep_the_contract_of_scikit_learn(estimator, check):
    check(estimator)


def test_all_models_speak_the_language_of_baselines():
    X, y = units(1500, seed=1)
    models = [Random("7"), ByColumn("penalties"), ExpertPoints(POINTS), ByLevel("inspector"),
                              Scorecard(), Challenger(max_iter=5)]  # fmt: skip
    baselines: list[Baseline] = models[:4]
    assert [m.order for m in baselines]
    for model in models:
        fitted = model.fit(X, y, np.ones(len(y)))
        p = fitted.predict_proba(X)[:, 1]
        # a higher order never means a lower probability, and the mean is that observed
        assert (np.diff(p[np.argsort(order_of(fitted, X), kind="stable")]) >= -1e-12).all()
        assert p.mean() == pytest.approx(y.mean(), abs=0.01)


def test_a_random_order_is_one_of_tickets():
    X, y = units(400, seed=2)
    model = Random("lottery 12").fit(X, y)
    u = model.order(X)
    digest = hashlib.sha256(b"lottery 12\0unit 5").digest()
    assert u[5] == (int.from_bytes(digest[:8], "big") >> 11) / 2**53
    np.testing.assert_array_equal(model.order(X.iloc[::-1]), u[::-1])
    assert not np.array_equal(Random("lottery 13").fit(X, y).order(X), u)
    # Kolmogorov distance of 400 uniforms, 0.1 % point
    assert np.abs(np.sort(u) - (np.arange(400) + 0.5) / 400).max() < 1.95 / 20
    assert abs(weighted_auc(y, u) - 0.5) < 4 * 0.03


def test_a_column_orders_and_who_lacks_it_is_average():
    X, y = units(500, seed=3)
    X.loc[X.index[:50], "penalties"] = np.nan
    model = ByColumn("penalties").fit(X, y)
    known = X["penalties"].notna()
    np.testing.assert_array_equal(model.order(X)[known], X["penalties"][known])
    np.testing.assert_allclose(model.order(X)[~known], X["penalties"].mean())
    assert (ByColumn("penalties", sign=-1).fit(X, y).order(X)[known] == -X["penalties"][known]).all()
    with pytest.raises(ValueError, match="orders by column 'fines'"):
        ByColumn("fines").fit(X, y)


def test_experts_order_by_their_points_and_inspectors_by_their_shares():
    X, y = units(500, seed=4)
    np.testing.assert_array_equal(ExpertPoints(POINTS).fit(X, y).order(X), ExpertScorecard(POINTS).points(X))
    weight = np.random.default_rng(5).integers(1, 4, 500)
    model = ByLevel("inspector", smoothing=2.0).fit(X, y, weight)
    share = (weight * y).sum() / weight.sum()
    one = X["inspector"].eq(1).to_numpy()
    expected = ((weight * y)[one].sum() + 2 * share) / (weight[one].sum() + 2)
    np.testing.assert_allclose(model.order(X)[one], expected)
    np.testing.assert_allclose(model.order(X.assign(inspector=9.0)), share)


def test_weights_are_routed():
    X, y = units(300, seed=6)
    with config_context(enable_metadata_routing=True):
        model = ByLevel("inspector").set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        done = cross_validate(model, X, y, params={"sample_weight": np.where(y, 3.0, 1.0)}, cv=2, return_estimator=True)
    assert done["estimator"][0].share_ == pytest.approx(3 * y.mean() / (3 * y.mean() + 1 - y.mean()), rel=0.03)
