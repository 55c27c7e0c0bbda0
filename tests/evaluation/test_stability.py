"""Stability: by hand, by chance, and by properties that any of it must have."""

import itertools
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from riskmodel.errors import InputError
from riskmodel.evaluation.stability import churn, overlap, rank_correlation, shift, shifts, stability, transitions

TIERS = list("ABC")


def test_the_index_by_hand():
    # bins by the median of 1..4 → {1, 2}, {3, 4}: shares 1/2, 1/2 before, 1/4, 3/4 now, each with half a row more
    earlier, later = [1, 2, 3, 4] * 10, [1, 3, 3, 4] * 10
    p, q = np.array([20.5, 20.5]) / 41, np.array([10.5, 30.5]) / 41
    found = shift(earlier, later, bins=2)
    assert found.psi == pytest.approx(((q - p) * np.log(q / p)).sum())
    assert found.bins == 2


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([None, 0.0, 1.0, 2.0, 7.5]), min_size=1, max_size=40), st.integers(2, 12))
def test_nothing_changed_gives_zero_and_any_change_is_positive(values, bins):
    column = pd.Series(values, dtype=float)
    assert shift(column, column, bins=bins).psi == pytest.approx(0, abs=1e-12)
    assert shift(column, column[::-1].fillna(3), bins=bins).psi >= -1e-12


def test_new_levels_missing_values_and_empty_bins_are_finite_and_counted():
    found = shift(["a", "a", "b", None], ["c", "c", "c", "c"])
    assert np.isfinite(found.psi) and found.bins == 4
    assert (found.missing_earlier, found.missing_later) == (0.25, 0.0)
    assert shift([np.nan] * 5, [1.0] * 5).bins == 2


def test_the_bins_do_not_move_with_the_later_date():
    earlier = np.arange(1000)
    far, farther = shift(earlier, earlier + 2000).psi, shift(earlier, earlier + 9000).psi
    assert far == farther > 5


@pytest.mark.slow
def test_chance_alone_stays_below_its_limit_nineteen_times_in_twenty():
    rng = np.random.default_rng(0)
    over = [(s := shift(rng.normal(size=3000), rng.normal(size=2000))).psi > s.chance for _ in range(1000)]
    assert abs(np.mean(over) - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 1000)


def test_the_feature_that_moved_most_stands_first():
    rng = np.random.default_rng(1)
    then = pd.DataFrame({"still": rng.normal(size=500), "moved": rng.normal(size=500)})
    now = then.assign(moved=then["moved"] + 1)
    table = shifts(then, now, ["still", "moved"])
    assert list(table["feature"]) == ["moved", "still"]
    with pytest.raises(InputError, match="RM-EVA-003"):
        shifts(then, now, ["gone"])


def slow_kept(then, now, k) -> float:
    """Mean over all orders of equal scores at both dates, drawn apart."""

    def lists(score):
        orders = [o for o in itertools.permutations(score.index) if (np.diff(score[list(o)]) <= 0).all()]
        return [set(o[:k]) for o in orders]

    return float(np.mean([len(a & b) for a in lists(then) for b in lists(now)])) / k


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_overlap_is_the_mean_over_all_orders_of_ties(data):
    score = st.lists(st.integers(0, 2), min_size=4, max_size=4)
    then = pd.Series(data.draw(score), index=list("abcd"))
    now = pd.Series(data.draw(score), index=list("bcde"))
    k = data.draw(st.integers(1, 4))
    found = overlap(then, now, k)
    assert found["kept"] == pytest.approx(slow_kept(then, now, k))
    assert 0 <= found["jaccard"] <= found["kept"] + 1e-12


def test_blind_lists_overlap_by_chance():
    rng = np.random.default_rng(2)
    found = [overlap(pd.Series(rng.random(400)), pd.Series(rng.random(400)), 40) for _ in range(200)]
    assert np.mean([f["kept"] for f in found]) == pytest.approx(found[0]["by_chance"], abs=0.01)
    gone = overlap(pd.Series({"a": 2.0, "b": 1.0}), pd.Series({"b": 1.0, "c": 0.0}), 1)
    assert gone["left"] == 1.0 and gone["kept"] == 0.0


def test_rank_correlation_is_spearmans_and_its_interval_holds_it():
    rng = np.random.default_rng(3)
    then = pd.Series(rng.integers(0, 9, 60))
    now = then + rng.integers(0, 9, 60)
    found = rank_correlation(then, now)
    assert found["spearman"] == pytest.approx(spearmanr(then, now).statistic)
    assert found["low"] < found["spearman"] < found["high"]
    assert np.isnan(rank_correlation(then, pd.Series(np.ones(60)))["spearman"])
    assert rank_correlation(then, then)["high"] <= 1


@pytest.mark.slow
def test_intervals_of_the_rank_correlation_cover():
    rng, hits = np.random.default_rng(4), 0
    truth = 6 / np.pi * np.arcsin(0.6 / 2)  # Spearman's correlation of a binormal law with correlation 0.6
    for _ in range(1000):
        x, y = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 100).T
        found = rank_correlation(pd.Series(x), pd.Series(y))
        hits += found["low"] <= truth <= found["high"]
    assert abs(hits / 1000 - 0.95) < 3 * np.sqrt(0.95 * 0.05 / 1000)


def test_transitions_by_hand():
    then = pd.Series({"a": "A", "b": "A", "c": "B", "d": "C"})
    now = pd.Series({"a": "A", "b": "C", "c": "A", "e": "B"})
    table = transitions(then, now, TIERS)
    assert table.loc["A"].tolist() == [1, 0, 1, 0, 2]
    assert table.loc["B"].tolist() == [1, 0, 0, 0, 1]
    assert table.loc["C"].tolist() == [0, 0, 0, 1, 1]
    assert table.loc["entered"].tolist() == [0, 1, 0, 0, 1]
    assert table.loc["total"].tolist() == [2, 1, 1, 1, 5]
    # of a, b, c: b up by two, c down by one
    assert churn(table) == pytest.approx({"n": 3, "moved": 2 / 3, "up": 1 / 3, "down": 1 / 3, "far": 1 / 3})


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.integers(0, 30), st.sampled_from(TIERS)),
    st.dictionaries(st.integers(0, 30), st.sampled_from(TIERS)),
)
def test_margins_add_up_to_both_registers(then, now):
    table = transitions(pd.Series(then, dtype=object), pd.Series(now, dtype=object), TIERS)
    assert table.loc[TIERS, "total"].sum() == len(then)
    assert table.loc["total", TIERS].sum() == len(now)
    assert table.loc["total", "total"] == len(then.keys() | now.keys())
    assert table.loc["entered", "left"] == 0


def test_dates_are_compared_in_their_order():
    rng = np.random.default_rng(5)
    base = pd.Series(rng.normal(size=200))
    table = stability({date(2025, 1, 31): base + 1, date(2024, 12, 31): base, date(2025, 2, 28): base + 1}, 20)
    assert list(table["as_of"]) == [date(2025, 1, 31), date(2025, 2, 28)]
    assert table["psi"][0] > table["chance"][0] and table["psi"][1] == pytest.approx(0)
    assert (table["kept"] == 1).all()


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: shift([], [1.0]), lambda: overlap(pd.Series([1.0, 2.0]), pd.Series([1.0]), 2),
        lambda: overlap(pd.Series([1.0, 2.0], index=[7, 7]), pd.Series([1.0]), 1),
        lambda: transitions(pd.Series(["A"]), pd.Series(["X"]), TIERS), lambda: stability({}, 3),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(attempt):
    with pytest.raises(InputError, match="RM-EVA-00[34]"):
        attempt()
