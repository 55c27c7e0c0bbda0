"""The challenger keeps the signs, adds up exactly as SHAP does, and loads without executing anything."""

from __future__ import annotations

import json
from itertools import combinations
from math import factorial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn import config_context
from sklearn.base import clone
from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import parametrize_with_checks

from riskmodel.scoring import attribution
from riskmodel.scoring.attribution import tree_contributions
from riskmodel.scoring.challenger import TRUSTED_TYPES, Challenger
from riskmodel.scoring.reasons import top_reasons

STRICTNESS = np.array([-1.6, -0.8, 0.0, 0.8, 1.6])
FIXTURE = Path(__file__).with_name("shap.json")


def units(n: int, seed: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 4)), columns=list("abcd"))
    truth = -1 + X["a"] + X["a"] * X["b"] * 0.8 - 0.5 * X["c"]
    y = (rng.random(n) < 1 / (1 + np.exp(-truth))).astype(int).to_numpy()
    return X.mask(rng.random(X.shape) < 0.1), y, truth.to_numpy()


def test_weights_of_one_give_the_trees_of_no_weights():
    X, y, _ = units(800, seed=11)
    signs = {"a": 1}
    one = Challenger(signs=signs, max_iter=10).fit(X, y, sample_weight=np.ones(800))
    raw = clone(one.model_).fit(X.to_numpy(), y, sample_weight=np.ones(800))  # as scikit-learn does it
    np.testing.assert_array_equal(one.decision_function(X), raw.decision_function(X.to_numpy()))


def test_columns_that_tell_nothing_change_no_tree_and_keep_their_place():
    X, y, _ = units(800, seed=12)
    wide = pd.concat([pd.DataFrame({"one": 1.0, "none": np.nan}, index=X.index), X], axis=1)
    wide = wide.assign(again=X["a"], turned=X["a"])
    signs = {"a": 1, "again": 1, "turned": -1, "c": -1}
    found = Challenger(signs=signs, max_iter=20).fit(wide, y)
    # as scikit-learn grows them on all columns; it cannot bin one without any value
    full = clone(found.model_).set_params(monotonic_cst=[signs.get(name, 0) for name in wide])
    full.fit(wide.fillna({"none": 0.0}).to_numpy(), y)
    other = wide.assign(one=7.0, none=3.0, again=0.5).sample(frac=1, random_state=1)
    np.testing.assert_array_equal(found.decision_function(other), full.decision_function(other.to_numpy()))
    added = found.contributions(other)
    assert list(added) == list(wide) and not added[["one", "none", "again"]].to_numpy().any()
    np.testing.assert_allclose(added.sum(axis=1) + found.base_log_odds_, found.decision_function(other), atol=1e-9)
    assert added[["a", "c"]].to_numpy().any(axis=0).all()


def test_what_was_stored_before_columns_were_left_out_still_scores():
    X, y, _ = units(300, seed=13)
    found = Challenger(max_iter=5).fit(X, y)
    state = found.__getstate__()
    del state["_columns"]
    old = Challenger()
    old.__setstate__(state)
    np.testing.assert_array_equal(old.decision_function(X), found.decision_function(X))
    pd.testing.assert_frame_equal(old.contributions(X), found.contributions(X))


def tree(rows: list[tuple]) -> np.ndarray:
    """Nodes from (value, count, feature, threshold, missing left, left, right, leaf)."""
    nodes = np.zeros(len(rows), dtype=PREDICTOR_RECORD_DTYPE)
    names = ("value", "count", "feature_idx", "num_threshold", "missing_go_to_left", "left", "right", "is_leaf")
    for i, row in enumerate(rows):
        for name, value in zip(names, row, strict=True):
            nodes[i][name] = value
    return nodes


def expected(nodes: np.ndarray, x: np.ndarray, known: set[int], at: int = 0) -> float:
    """Value of a tree for a row of which only some features are known."""
    node = nodes[at]
    if node["is_leaf"]:
        return float(node["value"])
    feature, ends = int(node["feature_idx"]), (int(node["left"]), int(node["right"]))
    if feature in known:
        left = bool(node["missing_go_to_left"]) if np.isnan(x[feature]) else x[feature] <= node["num_threshold"]
        return expected(nodes, x, known, ends[0] if left else ends[1])
    return sum(expected(nodes, x, known, end) * nodes[end]["count"] / node["count"] for end in ends)


def slow_values(nodes: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Shapley values from their definition, over all coalitions."""
    p, found = len(x), np.zeros(len(x))
    for j in range(p):
        rest = [k for k in range(p) if k != j]
        for size in range(p):
            for known in combinations(rest, size):
                share = factorial(size) * factorial(p - size - 1) / factorial(p)
                found[j] += share * (expected(nodes, x, {*known, j}) - expected(nodes, x, set(known)))
    return found


@st.composite
def trees(draw):
    """A random tree of up to 10 leaves over four features; a feature may come again on a path."""
    rows = [[0.0, 400, 0, 0.0, 0, 0, 0, 1]]
    for _ in range(draw(st.integers(0, 9))):
        leaves = [i for i, r in enumerate(rows) if r[7] and r[1] >= 4]
        if not leaves:
            break
        at = draw(st.sampled_from(leaves))
        count = draw(st.integers(1, rows[at][1] - 1))
        rows[at][2:] = [
            draw(st.integers(0, 3)),
            draw(st.integers(-2, 2)) / 2,
            draw(st.integers(0, 1)),
            len(rows),
            len(rows) + 1,
            0,
        ]
        rows += [[draw(st.integers(-9, 9)) / 4, c, 0, 0.0, 0, 0, 0, 1] for c in (count, rows[at][1] - count)]
    return tree([tuple(r) for r in rows])


@settings(max_examples=40, deadline=None)
@given(st.lists(trees(), min_size=1, max_size=3), st.sampled_from([1, 4, 8]))
def test_contributions_are_the_shapley_values_of_the_definition(forest, whole):
    X = np.array([[-1.5, 0.25, 1.5, 0.5], [np.nan, -0.5, np.nan, 2.0], [0.0, 0.0, 0.0, 0.0]])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attribution, "_WHOLE", whole)
        found, mean = tree_contributions(forest, X)
    np.testing.assert_allclose(found, [sum(slow_values(t, x) for t in forest) for x in X], atol=1e-12)
    np.testing.assert_allclose(mean, sum(expected(t, X[0], set()) for t in forest), atol=1e-12)


def test_contributions_are_those_of_shap():
    # made with shap 0.51 (path dependent) on a fitted HistGradientBoostingClassifier: experiments/benchmarks/scoring.py
    kept = json.loads(FIXTURE.read_text("utf-8"))
    X = np.array(kept["X"], dtype=float)
    found, mean = tree_contributions([tree([tuple(r) for r in rows]) for rows in kept["trees"]], X)
    np.testing.assert_allclose(found, kept["shap"], atol=1e-9)
    np.testing.assert_allclose(mean + kept["baseline"], kept["expected"], atol=1e-9)


def test_too_deep_a_path_is_refused():
    rows = []
    for depth in range(15):
        rows += [(0.0, 100 - depth, depth, 0.0, 0, 2 * depth + 1, 2 * depth + 2, 0), (1.0, 1, 0, 0.0, 0, 0, 0, 1)]
    order = [(0.0, 100 - d, d, 0.0, 0, 2 * d + 1, 2 * d + 2, 0) for d in range(15)]
    nodes = [order[0]]
    for d in range(15):
        nodes += [(1.0, 1, 0, 0.0, 0, 0, 0, 1), order[d + 1] if d < 14 else (0.0, 85, 0, 0.0, 0, 0, 0, 1)]
    with pytest.raises(ValueError, match="at most 14 features"):
        tree_contributions([tree(nodes)], np.zeros((1, 15)))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks([Challenger(max_iter=40)])
def test_the_challenger_keeps_the_contract_of_scikit_learn(estimator, check):
    check(estimator)


def test_contributions_add_up_to_the_log_odds():
    X, y, _ = units(3000, seed=1)
    model = Challenger({"a": 1, "c": -1}, max_iter=60).fit(X, y)
    new = units(500, seed=2)[0].set_axis(range(7, 507))
    parts = model.contributions(new)
    assert list(parts) == list("abcd")
    assert parts.index.tolist() == new.index.tolist()
    np.testing.assert_allclose(parts.sum(axis=1) + model.base_log_odds_, model.decision_function(new), atol=1e-10)
    np.testing.assert_allclose(parts.to_numpy().mean(), 0, atol=0.1)
    reasons = top_reasons(parts, parts.median(), 2)
    assert (reasons["points"] > 0).all()
    assert reasons.groupby("row").size().max() <= 2


def test_signs_are_kept():
    X, y, _ = units(3000, seed=3)
    model = Challenger((1, 0, -1, 0), max_iter=60).fit(X, y)
    row = pd.DataFrame({"a": np.linspace(-3, 3, 200), "b": 0.5, "c": 0.1, "d": np.nan})
    assert (np.diff(model.decision_function(row)) >= 0).all()
    down = row.assign(a=0.0, c=row["a"])
    assert (np.diff(model.decision_function(down)) <= 0).all()
    with pytest.raises(ValueError, match="signs must be"):
        Challenger((1, 2, 0, 0)).fit(X, y)


def test_the_ranking_of_the_rest_recovers_beside_nuisance():
    X, _, truth = units(12_000, seed=4)
    rng = np.random.default_rng(5)
    inspector = np.clip(np.rint(2 - 1.2 * X["a"].fillna(0) + rng.normal(scale=0.7, size=len(X))), 0, 4).astype(int)
    y = (rng.random(len(X)) < 1 / (1 + np.exp(-(truth + STRICTNESS[inspector])))).astype(int)
    without = spearmanr(Challenger().fit(X, y).decision_function(X), truth).statistic
    model = Challenger().fit(X, y, nuisance=pd.DataFrame({"inspector": inspector}))
    beside = spearmanr(model.decision_function(X), truth).statistic
    assert beside > without + 0.05
    # by a random inspector instead of one's own
    standard = np.mean([1 / (1 + np.exp(-(truth + STRICTNESS[i]))) for i in inspector[:400]], axis=0)
    assert model.predict_proba(X)[:, 1].mean() == pytest.approx(standard.mean(), abs=0.04)


def test_it_is_saved_and_loaded_without_executing():
    X, y, _ = units(600, seed=6)
    model = Challenger(max_iter=10).fit(X, y, nuisance=np.arange(600) % 3)
    kept = skops.io.dumps(model)
    assert set(skops.io.get_untrusted_types(data=kept)) <= set(TRUSTED_TYPES)
    back = skops.io.loads(kept, trusted=list(TRUSTED_TYPES))
    np.testing.assert_array_equal(back.predict_proba(X), model.predict_proba(X))
    pd.testing.assert_frame_equal(back.contributions(X), model.contributions(X))


def test_weights_and_nuisance_are_routed():
    X, y, _ = units(400, seed=7)
    with config_context(enable_metadata_routing=True):
        model = Challenger(max_iter=5).set_fit_request(sample_weight=True, nuisance=True)
        model.set_score_request(sample_weight=True)
        search = GridSearchCV(model, {"max_leaf_nodes": [3, 6]}, cv=2)
        search.fit(X, y, sample_weight=np.full(400, 2.0), nuisance=np.arange(400) % 5)
    assert search.best_estimator_.nuisance_["n"].tolist() == [160.0] * 5
