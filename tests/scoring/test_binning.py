"""Bins are the best there are within their limits, and neither order nor repetition moves them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmodel.scoring.binning import Bins, Limits, gridded, monotone_bins


def information(starts, n, events, total, smoothing) -> tuple[float, np.ndarray]:
    """Information value of bins that begin at `starts`, and their smoothed shares, from the definitions."""
    share, value, shares = total[1] / total[0], 0.0, []
    for a, b in zip(starts, [*starts[1:], len(n)], strict=True):
        inside, hits = sum(n[a:b]), sum(events[a:b])
        smooth = (hits + smoothing * share) / (inside + smoothing)
        woe = np.log(smooth / (1 - smooth)) - np.log(share / (1 - share))
        value += (hits / total[1] - (inside - hits) / (total[0] - total[1])) * woe
        shares.append(smooth)
    return value, np.array(shares)


def slow_bins(x, y, weight, sign, limits) -> float:
    """The most information of all partitions of the distinct values."""
    values = np.unique(x)
    n = [weight[x == v].sum() for v in values]
    events = [(weight * y)[x == v].sum() for v in values]
    total, best = (weight.sum(), (weight * y).sum()), 0.0
    for count in range(limits.max_bins):
        for inner in combinations(range(1, len(values)), count):
            starts = [0, *inner]
            sizes = np.add.reduceat(np.array(n), starts)
            value, shares = information(starts, n, events, total, limits.smoothing)
            moves = [(np.diff(shares) * d > 0).all() for d in ((1, -1) if sign == 0 else (sign,))]
            if any(moves) and (count == 0 or (sizes >= limits.min_share * total[0]).all()):
                best = max(best, value)
    return best


@st.composite
def columns(draw):
    n = draw(st.integers(6, 40))
    x = np.array(draw(st.lists(st.integers(0, 6).map(float), min_size=n, max_size=n)))
    y = np.array([0.0, 1.0, *draw(st.lists(st.sampled_from([0.0, 1.0]), min_size=n - 2, max_size=n - 2))])
    weight = np.array(draw(st.lists(st.integers(1, 5).map(float), min_size=n, max_size=n)))
    return x, y, weight


def told(bins: Bins) -> float:
    return bins.information


@settings(max_examples=150, deadline=None)
@given(columns(), st.sampled_from([-1, 0, 1]), st.sampled_from([0.0, 0.1, 0.3]), st.integers(1, 4))
def test_no_other_monotone_bins_tell_more(column, sign, least, most):
    x, y, weight = column
    limits = Limits(most, least, 0.5)
    found = monotone_bins(x, y, weight, sign=sign, limits=limits)
    np.testing.assert_allclose(told(found), slow_bins(x, y, weight, sign, limits), atol=1e-12)
    assert len(found.lows) < most


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([-1, 0, 1]))
def test_shares_move_one_way_and_small_bins_are_none(seed, sign):
    rng = np.random.default_rng(seed)
    x, weight = rng.normal(size=400).round(2), rng.uniform(0.2, 5, 400)
    y = (rng.random(400) < 1 / (1 + np.exp(1 - x))).astype(float)
    x[rng.random(400) < 0.2] = np.nan
    bins = monotone_bins(x, y, weight, sign=sign, limits=Limits(5, 0.06, 2.0))
    steps = np.diff(bins.woe[:-1])
    assert (steps > 0).all() or (steps < 0).all()
    assert sign == 0 or (steps * sign > 0).all()
    assert len(bins.lows) == 0 or (bins.n[:-1] >= 0.06 * weight.sum() * (1 - 1e-9)).all()
    np.testing.assert_allclose([bins.n.sum(), bins.events.sum()], [weight.sum(), (weight * y).sum()])
    codes = bins.codes(x)
    np.testing.assert_allclose(np.bincount(codes, weight, minlength=len(bins.n)), bins.n)


@given(st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=50), st.randoms(use_true_random=False))
def test_sums_on_the_grid_are_exact_in_any_order(weights, random):
    grid = gridded(np.array(weights))
    order = grid.tolist()
    random.shuffle(order)
    assert sum(order) == sum(grid.tolist()) == grid.sum()
    np.testing.assert_allclose(grid, weights, rtol=1e-5, atol=1e-9)


def test_whole_weights_stay_and_nothing_stays_nothing():
    np.testing.assert_array_equal(gridded(np.array([1.0, 7.0, 1e6])), [1.0, 7.0, 1e6])
    assert gridded(np.empty(0)).tolist() == []


def test_a_column_without_values_is_one_empty_bin():
    bins = monotone_bins(np.full(4, np.nan), np.array([0, 1, 1, 0.0]), np.ones(4), sign=1, limits=Limits(3, 0.1, 1.0))
    assert (bins.n.tolist(), bins.events.tolist(), bins.woe.tolist()) == ([0, 4], [0, 2], [0, 0])
    assert bins.codes(np.array([np.nan, 2.0])).tolist() == [1, 0]


@pytest.mark.parametrize("sign", [-1, 0, 1])
def test_a_heavy_value_stands_alone_among_many(sign):
    rng = np.random.default_rng(3)
    x = np.where(rng.random(5000) < 0.7, 0.0, rng.exponential(size=5000))
    y = (rng.random(5000) < np.where(x > 0, 0.3, 0.1)).astype(float)
    bins = monotone_bins(x, y, np.ones(5000), sign=sign, limits=Limits(4, 0.02, 10.0))
    if sign >= 0:
        assert bins.n[0] == (x == 0).sum()
