"""Every design against its slow twin: exact probabilities of first and second order, and the frequency of samples."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from riskmodel.sampling.brewer import Brewer
from riskmodel.sampling.conditional import ConditionalPoisson
from riskmodel.sampling.cube import Cube
from riskmodel.sampling.joint import matrix
from riskmodel.sampling.local import LocalPivotal
from riskmodel.sampling.ordered import Pareto, SequentialPoisson, SimpleRandom
from riskmodel.sampling.pivotal import OrderedPivotal
from riskmodel.sampling.poisson import Poisson
from riskmodel.sampling.protocol import Design
from riskmodel.sampling.rounding import UNIT, joint_pi, rounded
from riskmodel.sampling.sampford import Sampford
from riskmodel.sampling.systematic import Systematic

_PLACE = Path(__file__).parents[1] / "reference/slow_designs.py"
_SPEC = importlib.util.spec_from_file_location("slow_designs", _PLACE)
slow = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(slow)

Twin = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
TWINS: list[tuple[Design, Twin, tuple[tuple[int, int], ...]]] = [
    (Poisson(), slow.poisson, ((2, 1), (7, 3), (12, 5))),
    (SequentialPoisson(), slow.sequential, ((2, 1), (7, 3), (12, 1), (12, 5), (12, 10))),
    (Pareto(), slow.pareto, ((2, 1), (7, 3), (12, 1), (12, 5), (12, 10))),
    (Systematic(), slow.systematic, ((2, 1), (7, 3), (12, 1), (12, 5), (12, 10))),
    (OrderedPivotal("frame"), slow.pivotal, ((2, 1), (7, 3), (12, 1), (12, 5), (12, 10))),
    (ConditionalPoisson(), slow.conditional, ((2, 1), (7, 3), (12, 1), (12, 5), (12, 10))),
    (Sampford(), slow.sampford, ((2, 1), (7, 3), (12, 1), (12, 5), (12, 10))),
    (Brewer(), slow.brewer, ((2, 1), (7, 3), (12, 1), (12, 5), (12, 10))),
    # Over all orders of the units: 720.
    (Systematic("ticket"), lambda pi: slow.over_orders(pi, slow.systematic), ((2, 1), (5, 2), (6, 3))),
    (OrderedPivotal("ticket"), lambda pi: slow.over_orders(pi, slow.pivotal), ((2, 1), (5, 2), (6, 3))),
]
# Designs that know more of a unit than its probability, for frames up to 12.
MAP = np.random.default_rng(3).random((12, 2))


def spread(size: int) -> tuple[Design, Twin]:
    return LocalPivotal(MAP[:size]), lambda pi: slow.local_pivotal(pi, MAP[:size])


def balanced(size: int) -> tuple[Design, Twin]:
    return Cube(MAP[:size]), lambda pi: slow.cube(pi, MAP[:size])


TWINS += [
    (*made(size), ((size, n),)) for made in (spread, balanced) for size, n in ((6, 3), (12, 1), (12, 5), (12, 10))
]
ON_SIX = [
    (design, twin)
    for design, twin, sizes in TWINS
    if getattr(design, "coordinates", getattr(design, "balance", MAP[:6])).shape == (6, 2)
]
CASES = [(design, twin, size, n) for design, twin, sizes in TWINS for size, n in sizes]
DRAWS = 8000


@pytest.mark.parametrize(("design", "twin", "size", "n"), CASES, ids=lambda case: getattr(case, "name", None))
def test_both_orders_of_probability_are_those_of_all_samples(design: Design, twin: Twin, size: int, n: int) -> None:
    pi = slow.frame(size, n)
    single, joint = slow.orders(twin(pi))
    fitted = design.fit(pi)
    units = np.arange(size)
    assert np.abs(fitted.inclusion() - single).max() < 1e-12
    assert np.abs(matrix(fitted) - joint).max() < 1e-12
    assert np.abs(fitted.joint(units[:, None], units[None, ::-1]) - joint[:, ::-1]).max() < 1e-12
    if design.exact_pi:
        assert np.abs(single - pi).max() < 1e-12


@pytest.mark.parametrize(("design", "twin"), ON_SIX, ids=lambda case: getattr(case, "name", None))
def test_every_sample_is_drawn_as_often_as_it_should(design: Design, twin: Twin) -> None:
    pi = slow.frame(6, 3)
    samples, chance = twin(pi)
    places = (samples @ (1 << np.arange(6))).astype(int)
    likely = np.bincount(places, weights=chance, minlength=64)
    fitted, rng = design.fit(pi), np.random.default_rng(7)
    drawn = np.array([fitted.draw(rng.random((6, 4))) for _ in range(DRAWS)])
    found = np.bincount(drawn @ (1 << np.arange(6)), minlength=64)
    assert found[likely < 1e-12].sum() == 0
    often = likely * DRAWS > 5
    rare = (likely * DRAWS)[~often].sum()
    expected = np.append(likely[often] * DRAWS, rare)
    observed = np.append(found[often], found[~often].sum())
    # One in a thousand for a right design; the generator is fixed.
    kept = expected > 1e-9
    assert stats.chisquare(observed[kept], expected[kept], sum_check=False).pvalue > 0.001


@pytest.mark.parametrize("design", [Systematic("ticket"), OrderedPivotal("ticket")], ids=lambda design: design.name)
def test_in_random_order_equal_probabilities_give_equal_pairs(design: Design) -> None:
    joint = matrix(design.fit(np.full(12, 5 / 12)))
    off = joint[~np.eye(12, dtype=bool)]
    assert np.abs(off - 5 * 4 / (12 * 11)).max() < 1e-12


@pytest.mark.parametrize("design", [d for d, _ in ON_SIX if d.fixed_size], ids=lambda design: design.name)
def test_pairs_sum_to_n_minus_one_times_the_single_probability(design: Design) -> None:
    fitted = design.fit(slow.frame(6, 3))
    joint = matrix(fitted)
    assert np.abs(joint.sum(axis=1) - 3 * fitted.inclusion()).max() < 1e-12


def test_simple_random_follows_the_textbook() -> None:
    fitted = SimpleRandom().fit(np.full(8, 3 / 8))
    single, joint = slow.orders(slow.simple(np.full(8, 3 / 8)))
    assert np.abs(fitted.inclusion() - single).max() < 1e-15
    assert np.abs(matrix(fitted) - joint).max() < 1e-15


def sizes(p: np.ndarray) -> np.ndarray:
    """Distribution of the size of a Poisson sample, unit by unit."""
    chance = np.ones(1)
    for one in p:
        chance = np.convolve(chance, [1 - one, one])
    return chance


@pytest.mark.parametrize(("size", "n"), [(300, 40), (200, 170), (900, 9)])
def test_conditional_poisson_agrees_with_recursion_without_the_units(size: int, n: int) -> None:
    pi = slow.frame(size, n)
    fitted = ConditionalPoisson().fit(pi)
    p, whole = fitted.p, sizes(fitted.p)[n]
    for k in (0, 7, size // 2, size - 1):
        assert pi[k] == pytest.approx(p[k] * sizes(np.delete(p, k))[n - 1] / whole, abs=1e-12)
        for other in (1, size // 3, size - 2):
            both = p[k] * p[other] * sizes(np.delete(p, [k, other]))[n - 2] / whole
            assert fitted.joint(k, other) == pytest.approx(both, abs=1e-12)


@pytest.mark.parametrize("size", [3, 63, 64, 65, 128, 129, 200, 320, 1000])
def test_the_tree_of_conditional_poisson_has_a_place_for_every_number_of_blocks(size: int) -> None:
    pi = slow.frame(size, max(1, size // 3))
    fitted, rng = ConditionalPoisson().fit(pi), np.random.default_rng(size)
    often = sum(fitted.draw(rng.random((size, 2))).astype(int) for _ in range(400))
    assert np.abs((often - 400 * pi) / np.sqrt(400 * pi * (1 - pi))).max() < 4.8


def rounded_samples(sizes: list[int], parts: list[int]) -> slow.Distribution:
    """All samples of a stratified draw: every one of the million shifts, then all samples of each stratum."""
    ends = np.cumsum([0, *parts])[:, None] + np.arange(UNIT)
    more = np.diff(ends // UNIT, axis=0) - np.array(parts)[:, None] // UNIT
    kept, often = np.unique((1 << np.arange(len(parts))) @ more, return_counts=True)
    samples, chance = [], []
    for code, count in zip(kept.tolist(), often, strict=True):
        n = np.array(parts) // UNIT + (code >> np.arange(len(parts)) & 1)
        kinds = [slow.subsets(size, int(k)) for size, k in zip(sizes, n, strict=True)]
        for picked in product(*kinds):
            samples.append(np.concatenate(picked))
            chance.append(count / UNIT / np.prod([len(kind) for kind in kinds]))
    return np.array(samples), np.array(chance)


@pytest.mark.parametrize(
    ("sizes", "parts"),
    [
        ([2, 3, 3, 2], [300_000, 0, 1_500_000, 1_200_000]),
        ([1, 1, 4, 2], [250_001, 999_999, 2_000_000, 1]),
        ([1, 2, 1, 3, 1, 2], [150_000, 350_000, 125_000, 900_000, 75_000, 450_000]),
        ([4, 8], [1_900_000, 2_600_000]),
    ],
)
def test_dependent_rounding_has_both_orders_of_probability_of_all_shifts_and_samples(
    sizes: list[int], parts: list[int]
) -> None:
    codes = np.repeat(np.arange(len(sizes)), sizes)
    single, joint = slow.orders(rounded_samples(sizes, parts))
    units = np.arange(codes.size)
    assert np.abs(joint_pi(codes, sizes, parts, i=units[:, None], j=units) - joint).max() < 1e-12
    assert np.abs(single - (np.array(parts) / UNIT / sizes)[codes]).max() < 1e-12
    # Numbers come from the same shifts: rounded down or up, and their sum too.
    for shift in (0, 1, 123_456, UNIT - 1):
        n = rounded(parts, shift)
        assert ((n == np.array(parts) // UNIT) | (n == -(-np.array(parts) // UNIT))).all()
        assert n.sum() in (sum(parts) // UNIT, -(-sum(parts) // UNIT))
