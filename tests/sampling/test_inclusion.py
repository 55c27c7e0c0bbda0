"""Scaling to a capacity and whole numbers per stratum: literal cases and properties."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmodel.sampling.inclusion import allocate, capped_to

UNITS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.01, 0.03, 0.1, 0.3, 0.6, 1.0]), st.sampled_from([0.0, 0.002, 0.05])),
    min_size=1,
    max_size=40,
)


def test_a_capacity_that_does_not_bind_changes_nothing() -> None:
    assert capped_to([0.2, 1.0], 2, certain=[False, True]).tolist() == [0.2, 1.0]


def test_certainty_stays_and_the_rest_shares_one_factor() -> None:
    # Room 2 - 1 = 1 for wanted 0.5 + 0.5 + 1.0 = 2, so the factor is 1/2.
    scaled = capped_to([1, 0.5, 0.5, 1], 2, certain=[True, False, False, False])
    assert scaled.tolist() == pytest.approx([1, 0.25, 0.25, 0.5])


def test_a_floor_holds_and_the_others_give_way() -> None:
    # Room 0.7; one unit is held at 0.4, the other two share 0.3 in the proportion 2 to 1.
    scaled = capped_to([0.5, 0.8, 0.4], 0.7, certain=[False] * 3, floor=[0.4, 0, 0])
    assert scaled.tolist() == pytest.approx([0.4, 0.2, 0.1])


def test_an_impossible_capacity_is_refused() -> None:
    with pytest.raises(ValueError, match="capacity 1 lies below"):
        capped_to([1, 1, 0.5], 1, certain=[True, True, False])
    with pytest.raises(ValueError, match="capacity 0.1 lies below"):
        capped_to([0.5, 0.5], 0.1, certain=[False, False], floor=0.1)


def parts(units: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    pi = np.array([u[0] for u in units])
    certain = pi == 1
    floor = np.minimum(np.array([u[1] for u in units]), pi)
    return pi, certain, floor, float(certain.sum() + floor[~certain].sum())


@given(UNITS, st.floats(0, 1))
def test_the_capacity_is_met_exactly_and_floors_and_certainty_hold(
    units: list[tuple[float, float]], share: float
) -> None:
    pi, certain, floor, least = parts(units)
    capacity = least + share * (pi.sum() - least)
    scaled = capped_to(pi, capacity, certain=certain, floor=floor)
    assert scaled.sum() == pytest.approx(capacity, abs=1e-9)
    assert (scaled[certain] == 1).all()
    assert (scaled <= pi + 1e-12).all()
    assert (scaled >= floor).all()
    free = (scaled > floor + 1e-9) & ~certain
    factors = scaled[free] / pi[free]
    assert factors.tolist() == pytest.approx([factors[0]] * len(factors) if len(factors) else [])


@given(UNITS, st.floats(0, 1), st.floats(0, 1))
def test_more_capacity_never_lowers_a_probability(units: list[tuple[float, float]], a: float, b: float) -> None:
    pi, certain, floor, least = parts(units)
    small, large = (least + share * (pi.sum() - least) for share in sorted((a, b)))
    less = capped_to(pi, small, certain=certain, floor=floor)
    more = capped_to(pi, large, certain=certain, floor=floor)
    assert (more >= less - 1e-12).all()


def test_the_largest_remainders_are_rounded_up() -> None:
    # 1.5, 2.7, 0.8 → 1, 2, 0 lifted to 1 (a stratum with an expectation is visited); one more goes to 0.7.
    assert allocate([10, 10, 10], [1.5, 2.7, 0.8], total=5).tolist() == [1, 3, 1]


def test_equal_remainders_fall_to_the_stratum_named_first() -> None:
    assert allocate([10, 10, 10], [1.5, 1.5, 1.5], total=4).tolist() == [2, 1, 1]
    assert allocate([10, 10, 10], [1.5, 1.5, 1.5], total=5).tolist() == [2, 2, 1]
    # Float dust is no remainder: 0.1 * 3 * 5 exceeds 1.5 by one unit in the last place.
    assert allocate([10, 10], [1.5, 0.1 * 3 * 5], total=3).tolist() == [2, 1]


def test_whole_strata_stay_whole_when_small_strata_are_lifted_to_one() -> None:
    # 20 + 0.1 + 0.1 + 3.8 = 24; two strata are lifted, and the certainty stratum must not pay for it.
    assert allocate([20, 10, 10, 10], [20, 0.1, 0.1, 3.8], total=24).tolist() == [20, 1, 1, 2]


def test_a_stratum_without_expectation_gets_nothing() -> None:
    assert allocate([5, 5], [0, 2], total=2).tolist() == [0, 2]
    assert allocate([], [], total=0).tolist() == []


@pytest.mark.parametrize("total", [1, 11])
def test_an_impossible_total_is_refused(total: int) -> None:
    with pytest.raises(ValueError, match=f"total {total} lies outside 2 to 10"):
        allocate([5, 5, 7], [0.2, 1, 0], total=total)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 4), st.floats(0, 1)), min_size=1, max_size=4), st.data())
def test_whole_numbers_are_the_nearest_among_all_allowed(strata: list[tuple[int, float]], data: st.DataObject) -> None:
    size = np.array([s for s, _ in strata])
    wish = np.round(size * np.array([share for _, share in strata]), 6)
    low = np.where(wish >= size, size, np.where(wish > 0, 1, 0))
    high = np.where(wish > 0, size, 0)
    total = data.draw(st.integers(int(low.sum()), int(high.sum())))
    n = allocate(size, wish, total=total)
    assert n.sum() == total
    assert ((low <= n) & (n <= high)).all()
    # The slow obvious twin: try every allowed combination.
    ranges = [range(a, b + 1) for a, b in zip(low, high, strict=True)]
    allowed = [np.array(c) for c in itertools.product(*ranges) if sum(c) == total]
    nearest = min(((c - wish) ** 2).sum() for c in allowed)
    assert ((n - wish) ** 2).sum() == pytest.approx(nearest, abs=1e-5)
