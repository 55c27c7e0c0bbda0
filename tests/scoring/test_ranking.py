"""Figures of a list are those of going down it by hand, over every order of ties, and their intervals cover."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, ndcg_score

from riskmodel.scoring.metrics import weighted_auc
from riskmodel.scoring.ranking import at_k, average_precision, compared, ndcg, ranking


@st.composite
def lists(draw, unlabelled=True):
    n = draw(st.integers(1, 9))
    labels = [0.0, 1.0, np.nan] if unlabelled else [0.0, 1.0]
    y = np.array(draw(st.lists(st.sampled_from(labels), min_size=n, max_size=n)))
    p = np.array(draw(st.lists(st.sampled_from([0.1, 0.4, 0.7]), min_size=n, max_size=n)))
    w = np.array(draw(st.lists(st.sampled_from([0.5, 1.0, 3.0]), min_size=n, max_size=n)))
    return y, p, w


def slow_orders(y, p, w, k) -> list[tuple[float, float, float, float]]:
    """Weight and events, labelled and events counted, of the first k for every choice among the ties at the border."""
    border = sorted(p, reverse=True)[k - 1]
    above, tied = [i for i in range(len(p)) if p[i] > border], [i for i in range(len(p)) if p[i] == border]
    found = []
    for chosen in combinations(tied, k - len(above)):
        seen = [i for i in [*above, *chosen] if not np.isnan(y[i])]
        found.append((sum(w[i] for i in seen), sum(w[i] * y[i] for i in seen), len(seen), sum(y[i] for i in seen)))
    return found


@settings(max_examples=300, deadline=None)
@given(lists(), st.data())
def test_the_first_k_are_those_of_all_orders_of_ties(rows, data):
    y, p, w = rows
    k = data.draw(st.integers(1, len(y)))
    found, orders = at_k(y, p, k, w), np.array(slow_orders(y, p, w, k))
    mass, caught, seen, hits = orders.mean(axis=0)
    total, base = np.nansum(w * y), np.nansum(w * y) / w[~np.isnan(y)].sum() if (~np.isnan(y)).any() else np.nan
    np.testing.assert_allclose(found["precision"], caught / mass if mass else np.nan)
    np.testing.assert_allclose(found["recall"], caught / total if total else np.nan)
    np.testing.assert_allclose(found["lift"], caught / mass / base if total and mass else np.nan)
    np.testing.assert_allclose([found["coverage"], found["precision_lower"]], [seen / k, hits / k])
    np.testing.assert_allclose(found["precision_upper"], (hits + k - seen) / k)
    some = orders[orders[:, 0] > 0]
    shares = some[:, 1] / some[:, 0] if len(some) else np.array([np.nan])
    np.testing.assert_allclose([found["precision_worst"], found["precision_best"]], [shares.min(), shares.max()])
    ends = [orders[:, 1].min(), orders[:, 1].max()]
    np.testing.assert_allclose(
        [found["recall_worst"], found["recall_best"]], np.array(ends) / total if total else np.nan
    )


@settings(max_examples=150, deadline=None)
@given(lists(), st.data())
def test_bounds_hold_whatever_the_unlabelled_rows_are(rows, data):
    y, _, w = rows
    k, p = data.draw(st.integers(1, len(y))), np.arange(len(y), dtype=float)
    found, open_ = at_k(y, p, k, w), np.flatnonzero(np.isnan(y))
    precision, recall = [], []
    for truth in product((0.0, 1.0), repeat=len(open_)):
        whole = y.copy()
        whole[open_] = truth
        hits = whole[p >= len(y) - k].sum()
        precision.append(hits / k)
        recall += [hits / whole.sum()] if whole.any() else []
    np.testing.assert_allclose([found["precision_lower"], found["precision_upper"]], [min(precision), max(precision)])
    behind = np.isnan(y[p < len(y) - k]).any()
    if np.nansum(y) or behind:  # else there need not be any event of which to find a share
        assert found["recall_lower"] == pytest.approx(min(recall))
    else:
        assert np.isnan(found["recall_lower"])
    assert found["recall_upper"] == pytest.approx(max(recall, default=np.nan), nan_ok=True)


@settings(max_examples=100, deadline=None)
@given(lists(unlabelled=False))
def test_average_precision_is_that_of_scikit_learn(rows):
    y, p, w = rows
    expected = average_precision_score(y, p, sample_weight=w) if y.any() else np.nan
    np.testing.assert_allclose(average_precision(y, p, w), expected)


@settings(max_examples=100, deadline=None)
@given(lists())
def test_ndcg_is_that_of_scikit_learn_on_labelled_rows(rows):
    y, p, w = rows
    there = ~np.isnan(y)
    gains = (w * y)[there]
    expected = np.nan
    if there.any() and gains.any():
        expected = ndcg_score([gains], [p[there]]) if len(gains) > 1 else 1.0
    np.testing.assert_allclose(ndcg(y, p, w), expected)


@settings(max_examples=40, deadline=None)
@given(lists(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows, random):
    y, p, w = rows
    order = list(range(len(y)))
    random.shuffle(order)
    one = ranking(y, p, w, seed=1, ks=(1, 0.5), replicates=20)
    pd.testing.assert_frame_equal(one, ranking(y[order], p[order], w[order], seed=1, ks=(1, 0.5), replicates=20))


def simulated(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    y = (rng.random(n) < 1 / (1 + np.exp(1.5 - z))).astype(float)
    return y, z + rng.normal(scale=0.5, size=n), rng.normal(size=n)


def test_the_table_holds_all_figures_with_intervals_around_them():
    y, p, _ = simulated(800, seed=1)
    y[::4] = np.nan
    table = ranking(y, p.round(1), seed=2, ks=(50, 0.1), replicates=200).set_index(["metric", "k"])
    there = ~np.isnan(y)
    assert table.loc[("auc", np.nan), "value"] == pytest.approx(weighted_auc(y[there], p.round(1)[there]))
    assert {k for _, k in table.index if k == k} == {50.0, 80.0}
    assert (table["low"] <= table["value"] + 1e-9).all()
    assert (table["value"] <= table["high"] + 1e-9).all()
    tied = table.loc[("precision", 50.0)]
    assert tied["worst"] <= tied["value"] <= tied["best"]
    assert (
        table.loc[("precision_lower", 50.0), "value"] <= tied["value"] <= table.loc[("precision_upper", 50.0), "value"]
    )


def test_the_bootstrap_is_that_of_drawing_rows():
    y, p, _ = simulated(60, seed=3)
    w, table = np.random.default_rng(4).uniform(1, 3, 60), None
    table = ranking(y, p, w, seed=5, ks=(10,), replicates=4000).set_index("metric")
    rng, drawn = np.random.default_rng(6), {name: [] for name in ("auc", "average_precision", "ndcg", "precision")}
    for _ in range(1500):
        i = rng.integers(0, 60, 60)
        drawn["auc"].append(weighted_auc(y[i], p[i], w[i]))
        drawn["average_precision"].append(average_precision(y[i], p[i], w[i]))
        drawn["ndcg"].append(ndcg(y[i], p[i], w[i]))
        drawn["precision"].append(at_k(y[i], p[i], 10, w[i])["precision"])
    for name, values in drawn.items():
        # a quantile of 1,500 draws is off by about 0.02 of the spread at 2.5 %
        np.testing.assert_allclose(table.loc[name, ["low", "high"]].astype(float), np.quantile(values, [0.025, 0.975]),
                                   atol=0.25 * np.std(values))  # fmt: skip


def test_two_rankings_are_compared_on_the_same_samples():
    y, p, noise = simulated(1500, seed=7)
    table = compared(y, p, noise, seed=8, ks=(0.1,), replicates=300).set_index("metric")
    assert table.loc["auc", "low"] > 0
    assert table.loc["auc", "better"] == 1
    same = compared(y, p, p * 2 + 1, seed=8, ks=(0.1,), replicates=50)
    assert (same["difference"].abs() < 1e-12).all()
    assert (same["better"] == 0.5).all()
    slightly = compared(y, p, p + 0.1 * noise, seed=9, ks=(0.1,), replicates=300).set_index("metric").loc["auc"]
    alone = ranking(y, p, seed=9, replicates=300).set_index("metric").loc["auc"]
    # what both share cancels: the interval of the difference is much narrower than that of one
    assert slightly["high"] - slightly["low"] < 0.3 * (alone["high"] - alone["low"])


def test_weights_recover_the_population_from_a_biased_look():
    y, p, _ = simulated(40_000, seed=10)
    rng = np.random.default_rng(11)
    pi = np.where(p > 0, 0.6, 0.2)
    seen = np.where(rng.random(len(y)) < pi, y, np.nan)
    whole, weighted, plain = (at_k(v, p, 0.5, w) for v, w in ((y, None), (seen, 1 / pi), (seen, None)))
    # about 12,000 labelled rows in the list, and 4,000 below it with some 400 events of weight 5
    assert weighted["precision"] == pytest.approx(whole["precision"], abs=4 * np.sqrt(0.25 / 12_000))
    assert weighted["recall"] == pytest.approx(whole["recall"], abs=4 * 0.26 * 0.74 / np.sqrt(400))
    assert abs(plain["recall"] - whole["recall"]) > 0.08
    assert weighted["coverage"] == pytest.approx(pi[np.argsort(-p)[:20_000]].mean(), abs=0.02)


@pytest.mark.slow
def test_intervals_of_the_list_cover():
    truth = at_k(*simulated(400_000, seed=12)[:2], 0.1)
    inside, rounds = {"precision": 0, "recall": 0}, 200
    for i in range(rounds):
        y, p, _ = simulated(600, seed=100 + i)
        table = ranking(y, p, seed=i, ks=(0.1,), replicates=300).set_index("metric")
        for name in inside:
            inside[name] += table.loc[name, "low"] <= truth[name] <= table.loc[name, "high"]
    # 95 % of 200, four standard errors, and two points for percentiles of a share of 60
    for hits in inside.values():
        assert abs(hits / rounds - 0.95) < 4 * np.sqrt(0.95 * 0.05 / rounds) + 0.02


def test_nothing_labelled_is_said_and_nonsense_refused():
    found = at_k(np.full(3, np.nan), np.array([0.1, 0.2, 0.3]), 2)
    assert (found["coverage"], found["precision_lower"], found["precision_upper"]) == (0, 0, 1)
    assert np.isnan([found["precision"], found["precision_worst"], found["recall"], found["lift_best"]]).all()
    assert ranking(np.empty(0), np.empty(0), seed=1)["value"].isna().all()
    with pytest.raises(ValueError, match="0, 1 or NaN"):
        at_k(np.array([2.0]), np.array([0.1]), 1)
    with pytest.raises(ValueError, match="k must be"):
        at_k(np.array([1.0]), np.array([0.1]), 0)
    with pytest.raises(ValueError, match="at least 0"):
        at_k(np.array([1.0]), np.array([0.1]), 1, np.array([-1.0]))
