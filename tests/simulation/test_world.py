"""The compiled world against the same world in numpy, and both against what can be computed with a pencil."""

from __future__ import annotations

from dataclasses import replace

import numba
import numpy as np
import pytest

from riskmodel.simulation.kernel import MEASURES, run_fixed
from riskmodel.simulation.world import begin, quarter_keys, step, turn_year

AT = {name: place for place, name in enumerate(MEASURES)}


def slow(world, chance, *, quarters, seed, replicate):
    """Counts as the kernel makes them, from the numpy world."""
    state = begin(world, seed, replicate, -(-quarters // 4))
    groups = int(world.group.max()) + 1
    counts = np.zeros((groups, quarters, len(MEASURES)), np.int64)
    for q in range(quarters):
        if q % 4 == 0:
            turn_year(world, state, seed, replicate, q // 4)
        now = step(world, state, quarter_keys(seed, replicate, q), world.dynamics.season[q % 4], chance=chance)
        for g in range(groups):
            mine = world.group == g
            parts = [*((now.open[mine] == s).sum() for s in (1, 2, 3)),
                     *((now.found & (now.open == s))[mine].sum() for s in (1, 2, 3)),
                     now.visited[mine].sum(), now.findable[mine].sum(), (now.visited & (now.open > 0))[mine].sum(),
                     state.live[mine].sum()]  # fmt: skip
            counts[g, q] = parts
    return counts


def test_the_compiled_world_and_the_one_in_numpy_count_the_same(small_world):
    world = small_world()
    chance = np.array([0.02, 0.1, 0.5])[world.group].astype(np.float32)
    fast = run_fixed(world, chance, quarters=9, replicates=3, seed=11)
    for replicate in range(3):
        np.testing.assert_array_equal(fast[replicate], slow(world, chance, quarters=9, seed=11, replicate=replicate))


def test_the_number_of_workers_changes_nothing_and_parts_join(small_world):
    world = small_world()
    chance = np.full(world.size, 0.05, np.float32)
    whole = run_fixed(world, chance, quarters=6, replicates=5, seed=3)
    numba.set_num_threads(1)
    try:
        alone = run_fixed(world, chance, quarters=6, replicates=5, seed=3)
    finally:
        numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    assert whole.tobytes() == alone.tobytes()
    parts = [run_fixed(world, chance, quarters=6, replicates=n, seed=3, first=f) for f, n in ((0, 2), (2, 3))]
    assert np.concatenate(parts).tobytes() == whole.tobytes()
    assert run_fixed(world, chance, quarters=6, replicates=5, seed=4).tobytes() != whole.tobytes()


def test_strategies_meet_the_same_world(small_world, still):
    """Without deterrence the violations are those of the other strategy, one by one, whoever is visited."""
    world = small_world(dynamics=replace(still, lasts=0.0))
    few, many = (
        run_fixed(world, np.full(world.size, c, np.float32), quarters=8, replicates=4, seed=1) for c in (0.01, 0.4)
    )
    np.testing.assert_array_equal(few[..., :3], many[..., :3])
    assert few[..., AT["visits"]].sum() < many[..., AT["visits"]].sum()


@pytest.mark.parametrize("chances", [(0.05, 0.05, 0.05), (0.01, 0.1, 0.6)], ids=["equal", "by tier"])
def test_a_fixed_strategy_agrees_with_the_closed_form(chances, small_world, still):
    """Without memory the chance of an open violation in quarter q is p + (1-p) lasts (1 - caught) × that of q-1."""
    how = replace(still, season=(1.0, 1.0, 1.0, 1.0))
    world = replace(small_world(4000, dynamics=how), jump=np.zeros(4000, np.float32), enters=np.zeros(4000, np.int32))
    chance = np.array(chances)[world.group]
    replicates, quarters = 60, 6
    counts = run_fixed(world, chance.astype(np.float32), quarters=quarters, replicates=replicates, seed=8)
    p, general, serious = world.rate.astype(float), *how.grave
    mix, detects = np.array([1 - general, general - serious, serious]), np.array(how.detects)
    there = np.zeros((world.size, 3))
    for q in range(quarters):
        there = p[:, None] * mix + (1 - p)[:, None] * there * how.lasts
        found = there * chance[:, None] * detects
        for g in range(3):
            mine = world.group == g
            got = counts[:, g, q].sum(axis=0)
            for name, expected in (
                ("visits", chance[mine].sum()), ("found_minor", found[mine, 0].sum()),
                ("found_serious", found[mine, 2].sum()), ("open_general", there[mine, 1].sum()),
                ("findable", (there * detects)[mine].sum()),
            ):  # fmt: skip
                mean = replicates * expected
                assert abs(got[AT[name]] - mean) < 4.5 * np.sqrt(mean) + 1, (q, g, name)
        there = there * (1 - chance[:, None] * detects)


def test_the_weighted_estimate_of_a_fixed_strategy_is_unbiased(small_world):
    world = small_world()
    chance = np.array([0.04, 0.2, 0.7])[world.group].astype(np.float32)
    counts = run_fixed(world, chance, quarters=8, replicates=300, seed=21)
    found = counts[..., AT["found_minor"] : AT["found_serious"] + 1].sum(axis=-1)
    estimate = (found / np.array([0.04, 0.2, 0.7])[None, :, None]).sum(axis=1)
    truth = counts[..., AT["findable"]].sum(axis=1)
    error = (estimate - truth).mean(axis=1)
    assert abs(error.mean()) < 3.5 * error.std(ddof=1) / np.sqrt(len(error))


def test_enterprises_out_of_order_are_refused(small_world):
    world = small_world()
    with pytest.raises(ValueError, match="order of their groups"):
        run_fixed(replace(world, group=world.group[::-1]), np.zeros(world.size), quarters=1, replicates=1, seed=0)


def test_grouping_keeps_each_enterprise_with_its_numbers(small_world):
    world = small_world()
    again = world.grouped(np.arange(world.size) % 4)
    np.testing.assert_array_equal(again.rate, world.rate[again.registry.index])
    assert (np.diff(again.group) >= 0).all()
