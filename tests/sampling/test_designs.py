"""The stratified design: its exact theory against many seeds, and who moves when the frame changes."""

import itertools
from math import comb

import numpy as np
import pytest
from scipy import stats

from riskmodel.sampling.designs import Stratified
from riskmodel.sampling.tickets import tickets

SEEDS = 4000
STRATA = np.array(["S1"] * 5 + ["S2"] * 4 + ["S3"] * 3 + ["S4"] * 2)
N = {"S1": 2, "S2": 1, "S3": 3, "S4": 0}
IDS = [f"E{k}" for k in range(len(STRATA))]


def shares(strata: np.ndarray, n: dict[str, int]) -> np.ndarray:
    """Probability of each unit, where n of each stratum are drawn."""
    return np.array([n[name] / (strata == name).sum() for name in strata])


def drawn(strata: np.ndarray, n: dict[str, int], tickets: np.ndarray) -> np.ndarray:
    return Stratified(strata).draw(shares(strata, n), tickets=tickets)


FITTED = Stratified(STRATA).fit(shares(STRATA, N))


@pytest.fixture(scope="module")
def masks() -> np.ndarray:
    """One draw a seed, shape (seeds, units)."""
    return np.array([FITTED.draw(tickets(f"seed {k}", IDS)) for k in range(SEEDS)])


def z(found: np.ndarray, theory: np.ndarray, size: int = SEEDS) -> np.ndarray:
    """Distance in Monte-Carlo standard errors; where theory says 0 or 1 any distance is infinite."""
    error = np.sqrt(theory * (1 - theory) / size)
    gap = np.abs(found - theory)
    distance: np.ndarray = np.where(gap > 1e-12, np.inf, 0.0)
    np.divide(gap, error, out=distance, where=error > 0)
    return distance


def test_probabilities_are_the_shares_of_the_strata() -> None:
    assert FITTED.inclusion().tolist() == [2 / 5] * 5 + [1 / 4] * 4 + [1.0] * 3 + [0.0] * 2


def test_joint_probabilities_follow_the_formula() -> None:
    i, j = np.array([0, 0, 0, 0, 5, 9, 12, 0]), np.array([0, 1, 5, 9, 6, 10, 13, 12])
    expected = [2 / 5, 2 * 1 / (5 * 4), 2 / 5 * 1 / 4, 2 / 5, 0, 1, 0, 0]
    assert FITTED.joint(i, j).tolist() == pytest.approx(expected)


def test_joint_probabilities_sum_to_n_minus_one_times_pi() -> None:
    # For a fixed size n the sum of pi_ij over j ≠ i is (n - 1) pi_i.
    units = np.arange(len(STRATA))
    joint = FITTED.joint(units[:, None], units[None, :])
    pi = FITTED.inclusion()
    assert (joint.sum(axis=1) - pi).tolist() == pytest.approx(((6 - 1) * pi).tolist())


def test_every_draw_takes_exactly_the_planned_number_of_each_stratum(masks: np.ndarray) -> None:
    for name, n in N.items():
        assert (masks[:, name == STRATA].sum(axis=1) == n).all()


def test_each_unit_is_drawn_as_often_as_theory_says(masks: np.ndarray) -> None:
    # The largest of 9 normal |z| exceeds 4 about once in 1,700 such tests; the seeds are fixed.
    assert z(masks.mean(axis=0), FITTED.inclusion()).max() < 4


def test_each_pair_is_drawn_as_often_as_theory_says(masks: np.ndarray) -> None:
    i, j = np.triu_indices(len(STRATA), k=1)
    assert z((masks[:, i] & masks[:, j]).mean(axis=0), FITTED.joint(i, j)).max() < 4.5


def test_all_samples_of_a_stratum_are_equally_likely(masks: np.ndarray) -> None:
    pairs = list(itertools.combinations(range(5), 2))
    counts = [int((masks[:, a] & masks[:, b]).sum()) for a, b in pairs]
    assert sum(counts) == SEEDS
    assert len(pairs) == comb(5, 2)
    assert stats.chisquare(counts).pvalue > 0.001


def test_draws_of_two_seeds_are_independent(masks: np.ndarray) -> None:
    first, second = masks[0::2], masks[1::2]
    pi = FITTED.inclusion()
    assert z((first & second).mean(axis=0), pi * pi, SEEDS // 2).max() < 4


def test_adding_an_enterprise_moves_only_its_own_stratum() -> None:
    ids = [f"E{k:03d}" for k in range(300)]
    strata = np.array(["S1", "S2", "S3"] * 100)
    n = {"S1": 10, "S2": 20, "S3": 5}
    moved = 0
    for k in range(50):
        seed = f"new {k}"
        before = drawn(strata, n, tickets(seed, ids))
        after = drawn(np.append(strata, "S2"), n, tickets(seed, [*ids, "NEW"]))
        changed = np.flatnonzero(before != after[:-1])
        assert (strata[changed] == "S2").all()
        assert len(changed) == int(after[-1])  # the newcomer replaces exactly one, or nobody
        moved += len(changed)
    assert moved > 0


def test_the_order_of_the_frame_does_not_matter() -> None:
    own = tickets("order", IDS)
    shuffled = np.random.default_rng(0).permutation(len(IDS))
    mask = drawn(STRATA, N, own)
    assert (drawn(STRATA[shuffled], N, own[shuffled]) == mask[shuffled]).all()
