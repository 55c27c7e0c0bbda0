"""The frontier: points read off the curves, the best table, and whether it keeps its promise in fresh simulations."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

from riskmodel.errors import InputError, PlanError
from riskmodel.simulation.frontier import curves, frontier, point, propose
from riskmodel.simulation.kernel import MEASURES, run_fixed
from riskmodel.simulation.offpolicy import of_table, value
from riskmodel.simulation.world import begin, quarter_keys, step, turn_year
from riskmodel.tables import TIERS

POLICY = {"A": 0.01, "B": 0.03, "C": 0.10, "D": 0.30, "E": 1.0}


@pytest.fixture(scope="module")
def world(small_world):
    """Tiers by rates seen through a haze, in the policy's shares."""
    made = small_world(6000)
    rng = np.random.default_rng(9)
    order = np.argsort(np.argsort(np.log(made.rate) + rng.normal(0, 1.0, made.size))) / made.size
    return made.grouped(np.searchsorted([0.58, 0.84, 0.93, 0.98], order, side="right"))


@pytest.fixture(scope="module")
def curve(world):
    return curves(world, years=3, replicates=40, seed=5)


def fresh(world, table, seed, replicates=40):
    chance = np.array([table[tier] for tier in TIERS])[world.group] / 4
    return run_fixed(world, chance, quarters=12, replicates=replicates, seed=seed)


def found_a_year(counts):
    found = slice(MEASURES.index("found_minor"), MEASURES.index("found_serious") + 1)
    return counts[..., found].sum(axis=(1, 2, 3)) / 3


def test_points_on_the_curves_are_what_a_run_of_the_table_gives(world, curve):
    got, counts = point(curve, POLICY), fresh(world, POLICY, 5)
    np.testing.assert_allclose(got["findings"], found_a_year(counts))
    visits = counts[..., MEASURES.index("visits")].sum(axis=(1, 2)) / 3
    assert abs(got["visits"].mean() / visits.mean() - 1) < 0.01
    idle = visits - counts[..., MEASURES.index("visits_to_violators")].sum(axis=(1, 2)) / 3
    there = counts[..., MEASURES.index("enterprises")].sum(axis=(1, 2)) / 12
    opened = counts[..., :3].sum(axis=(1, 2, 3)) / 12
    np.testing.assert_allclose(got["burden"], idle / (there - opened))


def test_the_standard_error_is_that_of_yearly_draws_in_strata(curve):
    """By the textbook: sum of W² (1 - f) p (1 - p) / n."""
    got = point(curve, POLICY)["standard_error"]
    total, variance = curve.size[:, :, 3].sum(axis=1), 0.0
    for tier, (name, level) in enumerate(zip(TIERS, (3, 5, 8, 11, 15), strict=True)):
        size, p, f = curve.size[:, tier, level], curve.rate[:, tier, level], POLICY[name]
        variance = variance + (size / total) ** 2 * (1 - f) * p * (1 - p) / (size * f)
    np.testing.assert_allclose(got, np.sqrt(variance), rtol=0.01)


def test_the_proposed_table_beats_the_policy_by_its_stated_amount_in_fresh_simulations(world, curve):
    made = propose(curve, POLICY, floor=0.005)
    assert made.gain > 0 and made.expected["visits"] == pytest.approx(made.instead["visits"], rel=0.02)
    gains = found_a_year(fresh(world, made.table, 77, 60)) - found_a_year(fresh(world, POLICY, 77, 60))
    assert abs(gains.mean() - made.gain) < 4 * gains.std(ddof=1) * np.sqrt(1 / 60 + 1 / 40)
    inside = ((gains > made.low) & (gains < made.high)).mean()
    assert gains.mean() > 0 and inside > 0.8


def test_no_table_on_a_grid_finds_more(curve):
    made = propose(curve, POLICY, floor=0.005)
    grid = ((0.005, 0.01, 0.03), (0.005, 0.02, 0.1), (0.02, 0.1, 0.4), (0.1, 0.3, 1.0), (0.3, 1.0))
    room = made.instead["visits"] * 1.001
    for ratios in product(*grid):
        other = point(curve, dict(zip(TIERS, ratios, strict=True))).mean()
        if other["visits"] <= room:
            assert other["findings"] <= made.expected["findings"] * 1.01


def test_precision_costs_findings_and_is_kept(curve):
    free = propose(curve, POLICY)
    wanted = 0.8 * free.expected["standard_error"]
    held = propose(curve, POLICY, most_error=wanted)
    assert held.expected["standard_error"] <= wanted
    assert held.expected["findings"] < free.expected["findings"] and sum(
        held.table[tier] > free.table[tier] for tier in "ABC"
    )


def test_what_cannot_be_is_refused(curve):
    with pytest.raises(PlanError) as caught:
        propose(curve, POLICY, capacity=10, floor=0.02)
    assert caught.value.code == "RM-PLN-001"
    with pytest.raises(PlanError):
        propose(curve, POLICY, capacity=60, most_error=1e-6)


def test_the_policy_lies_on_or_below_the_frontier(curve):
    table = frontier(curve, POLICY, floors=(0.002, 0.01), points=6)
    own = table[table["kind"].eq("policy")].iloc[0]
    best = table[table["kind"].eq("best") & table["floor"].eq(0.002)].sort_values("visits")
    reached = np.interp(own["visits"], best["visits"], best["findings"])
    assert own["findings"] <= reached * 1.01
    assert best["findings"].is_monotonic_increasing and best["burden"].is_monotonic_increasing


def test_weighted_findings_of_logged_draws_have_no_bias_and_honest_intervals(small_world):
    """Draws of one table, the value of another: against what every enterprise would have shown."""
    world = small_world(3000, groups=5)
    sizes = np.bincount(world.group)
    n = np.maximum((sizes * np.array([0.03, 0.05, 0.1, 0.3, 0.8])).astype(int), 2)
    pi, other = (n / sizes)[world.group], np.array([0.02, 0.06, 0.15, 0.3, 0.9])[world.group]
    errors, inside = [], []
    for replicate in range(150):
        state = begin(world, 3, replicate, 1)
        turn_year(world, state, 3, replicate, 0)
        state.live[:] = True
        rng = np.random.default_rng([4, replicate])
        order = np.lexsort((rng.random(world.size), world.group))
        rank = np.arange(world.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        drawn = np.zeros(world.size, bool)
        drawn[order] = rank < np.repeat(n, sizes)
        now = step(world, state, quarter_keys(3, replicate, 0), 1.0, visited=drawn)
        truth = (now.findable * other).sum()
        got = value(now.found[drawn], pi[drawn], other[drawn], world.group[drawn])
        errors.append(got.findings - truth)
        inside.append(got.low <= truth <= got.high)
    errors = np.array(errors)
    assert abs(errors.mean()) < 3.5 * errors.std(ddof=1) / np.sqrt(len(errors))
    assert 0.90 <= np.mean(inside) <= 0.985


def test_the_same_table_has_the_findings_that_were_made():
    visits = pd.DataFrame({"problem": ["yes", "no", "yes"], "pi": [0.1, 0.1, 0.5], "risk_tier": ["A", "A", "D"]})
    got = of_table(visits, {"A": 0.1, "D": 0.5})
    assert got.findings == 2 and got.effective == 3 and got.heaviest == 1
    with pytest.raises(InputError):
        value(np.array([True]), np.array([0.0]), np.array([0.1]), np.array(["h"]))


def test_intervals_of_certain_visits_and_of_nothing_found():
    """Certain visits leave no doubt; none of n found, at most one more or less is what the interval allows for."""
    sure = value(np.array([True, False]), np.ones(2), np.array([0.5, 0.5]), np.array(["E", "E"]))
    assert (sure.low, sure.findings, sure.high, sure.standard_error) == (0.5, 0.5, 0.5, 0.0)
    none = value(np.zeros(40, bool), np.full(40, 0.1), np.full(40, 0.1), np.full(40, "A"))
    assert none.low == none.findings == 0
    assert none.high == pytest.approx(-np.log(0.05))  # half of the mixture lies at 0, the rest is exponential
    mixed = value(
        np.array([True, *[False] * 9, True]),
        np.r_[np.full(10, 0.1), 1.0],
        np.r_[np.full(10, 0.2), 1.0],
        np.array([*"A" * 10, "E"]),
    )
    assert mixed.findings == 3 and 1 < mixed.low < 3 < mixed.high


def test_a_tier_that_nobody_is_in_costs_nothing(small_world):
    empty = curves(
        replace(small_world(500), group=np.sort(np.arange(500) % 2).astype(np.int32)), years=1, replicates=4, seed=1
    )
    made = propose(empty, POLICY, floor=0.01)
    assert made.table["E"] == 0.01 and made.expected["visits"] <= made.instead["visits"] * 1.001
