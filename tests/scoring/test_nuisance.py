"""What is not the unit's doing leaves its points, and the ranking of the rest recovers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from sklearn import config_context
from sklearn.model_selection import GridSearchCV, cross_validate

from riskmodel.scoring.nuisance import nuisance_effects
from riskmodel.scoring.scorecard import Scorecard

STRICTNESS = np.array([-1.6, -0.8, 0.0, 0.8, 1.6])


def inspected(n: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray, np.ndarray]:
    """Strict inspectors go where risk is low: features, nuisance, outcome and the true log odds of the unit."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"a": rng.normal(size=n), "b": rng.poisson(1.0, n).astype(float)})
    truth = -1.0 + 0.9 * X["a"].to_numpy() + 0.4 * X["b"].to_numpy()
    inspector = np.clip(np.rint(2 - 1.2 * X["a"] + rng.normal(scale=0.7, size=n)), 0, 4).astype(int)
    season = rng.integers(0, 4, n)
    chance = 1 / (1 + np.exp(-(truth + STRICTNESS[inspector] + 0.3 * (season - 1.5))))
    y = (rng.random(n) < chance).astype(int)
    return X, pd.DataFrame({"inspector": inspector, "season": season}), y, truth


def test_the_ranking_of_the_rest_recovers():
    X, nuisance, y, truth = inspected(12_000, seed=1)
    without = spearmanr(Scorecard().fit(X, y).points(X), truth).statistic
    beside = spearmanr(Scorecard().fit(X, y, nuisance=nuisance).points(X), truth).statistic
    assert without < 0.75
    assert beside > 0.95


def test_strictness_is_found():
    X, nuisance, y, _ = inspected(12_000, seed=2)
    found = Scorecard().fit(X, y, nuisance=nuisance).nuisance_
    inspectors = found[found["term"].eq("inspector")].sort_values("level")["log_odds"].to_numpy()
    centred = STRICTNESS - (STRICTNESS * np.bincount(nuisance["inspector"])).sum() / len(y)
    # 12,000 rows, a few hundred events a level: standard error about 0.1, and the ridge shrinks a little
    np.testing.assert_allclose(inspectors, centred, atol=0.35)
    assert np.corrcoef(inspectors, STRICTNESS)[0, 1] > 0.98


def test_neutral_weights_give_the_odds_of_the_unit_whatever_the_nuisance():
    # in expectation, cell by cell: events p·(1−p)/(1−q), others (1−p)·p/q, so the odds are q/(1−q)
    X, nuisance, y, _ = inspected(500, seed=3)
    found = nuisance_effects(X.to_numpy(), y.astype(float), np.ones(500), nuisance, spread=0.5)
    p, q = (1 / (1 + np.exp(-z)) for z in (found.rest + found.offsets, found.rest))
    one, other = found.neutral(np.ones(500), np.ones(500)), found.neutral(np.zeros(500), np.ones(500))
    odds = (p * one / one.sum() * ((1 - p) / (1 - q)).sum()) / ((1 - p) * other / other.sum() * (p / q).sum())
    np.testing.assert_allclose(odds, q / (1 - q))
    assert found.neutral(y, np.full(500, 3.0)).sum() == pytest.approx(1500)


def test_probabilities_are_averaged_over_the_nuisance():
    X, nuisance, y, truth = inspected(20_000, seed=4)
    card = Scorecard().fit(X, y, nuisance=nuisance)
    # everybody visited by a random inspector in a random season
    shift = STRICTNESS[nuisance["inspector"]] + 0.3 * (nuisance["season"].to_numpy() - 1.5)
    standard = np.mean([1 / (1 + np.exp(-(truth + s))) for s in np.random.default_rng(5).choice(shift, 200)], axis=0)
    assert card.predict_proba(X)[:, 1].mean() == pytest.approx(standard.mean(), abs=0.03)
    points = card.points(X[:50])
    slow = np.mean([1 / (1 + np.exp(-(points + s - card.even_odds_points_) * np.log(2) / 20))
                    for s in np.repeat(card._shifts, np.rint(card._shift_shares * 20_000).astype(int))], axis=0)  # fmt: skip
    np.testing.assert_allclose(card.predict_proba(X[:50])[:, 1], slow, atol=1e-6)


def test_a_table_with_nuisance_reads_back(tmp_path):
    X, nuisance, y, _ = inspected(3000, seed=6)
    card = Scorecard().fit(X, y, nuisance=nuisance)
    card.table_.to_csv(tmp_path / "card.csv", index=False)
    back = Scorecard.from_table(pd.read_csv(tmp_path / "card.csv"))
    np.testing.assert_array_equal(back.points(X), card.points(X))
    np.testing.assert_allclose(back.predict_proba(X), card.predict_proba(X), atol=1e-12)
    assert set(back.typical_.index) == {"a", "b"}


def test_without_effects_nuisance_changes_little():
    X, nuisance, _, truth = inspected(8000, seed=7)
    y = (np.random.default_rng(8).random(8000) < 1 / (1 + np.exp(-truth))).astype(int)
    one, other = Scorecard().fit(X, y), Scorecard().fit(X, y, nuisance=nuisance)
    assert spearmanr(one.points(X), other.points(X)).statistic > 0.98
    assert other.predict_proba(X)[:, 1].mean() == pytest.approx(y.mean(), abs=0.02)


def test_levels_of_any_kind_missing_ones_too():
    X, nuisance, y, _ = inspected(600, seed=9)
    named = nuisance.assign(inspector=nuisance["inspector"].map(dict(enumerate(["王", "李", None, "赵", "孙"]))))
    found = Scorecard().fit(X, y, np.r_[0.0, np.ones(599)], nuisance=named).nuisance_
    assert found["n"].sum() == pytest.approx(2 * 599)
    one = Scorecard().fit(X, y, nuisance=nuisance["inspector"].to_numpy())
    assert one.nuisance_["term"].unique().tolist() == ["0"]
    with pytest.raises(ValueError, match="a row for each of 600"):
        nuisance_effects(X.to_numpy(), y, np.ones(600), nuisance[:5], spread=0.5)


def test_weights_and_nuisance_are_routed_through_a_search():
    X, nuisance, y, _ = inspected(900, seed=10)
    weight = np.where(y == 1, 2.0, 1.0)
    with config_context(enable_metadata_routing=True):
        card = Scorecard().set_fit_request(sample_weight=True, nuisance=True).set_score_request(sample_weight=True)
        params = {"sample_weight": weight, "nuisance": nuisance}
        search = GridSearchCV(card, {"max_bins": [2, 5]}, cv=2).fit(X, y, **params)
        done = cross_validate(card, X, y, params=params, cv=2, return_estimator=True)
    assert len(search.best_estimator_.nuisance_) == len(done["estimator"][0].nuisance_) == 9
    assert search.best_estimator_.nuisance_["n"].sum() == pytest.approx(2 * weight.sum())
