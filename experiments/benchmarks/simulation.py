"""How fast is the simulated world under a fixed strategy, beside the same world in numpy and beside random numbers alone?

Usage::

    python experiments/benchmarks/simulation.py --repeat 5
    riskmodel district DISTRICT --enterprises 50000 --seed 7
    python experiments/benchmarks/simulation.py --loop DISTRICT --years 5       # the closed loop, one replicate

The world: 50,000 enterprises, 20 quarters, 200 replicates; drift, excitement, deterrence, exits, entries, severities,
detection, four groups. *numpy* is `world.step` with numpy's fastest generator (SFC64, single precision) instead of the
hash; *twin* is `world.step` as it stands, which gives the kernel's own numbers. Both run few replicates, since their
time grows in proportion; a line says how many. *random numbers* is one 64-bit output a cell of xoshiro256++. Figures by
wall clock; a machine that does something else meanwhile shows in the column of CPU seconds.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import time
from collections.abc import Callable

import numba
import numpy as np
import pandas as pd

from riskmodel.simulation.kernel import run_fixed
from riskmodel.simulation.world import Dynamics, State, World, begin, quarter_keys, step, turn_year

SIZE, QUARTERS, REPLICATES = 50_000, 20, 200
HOW = Dynamics(
    lasts=0.35, grave=(0.3, 0.05), season=(0.9, 1.05, 1.1, 0.95), excitement_fades=0.5, deterrence_fades=0.7,
    deterred_by_visit=0.3, deterred_by_finding=0.6, deterred_by_leniency=0.4, deterred_by_reminder=0.3,
    drift_keeps=0.8, drift_step=0.1, exits_a_year=0.04, detects=(0.3, 0.6, 0.9),
)  # fmt: skip


def world(size: int = SIZE) -> World:
    """A district's worth of enterprises."""
    rng = np.random.default_rng(0)
    rate = np.minimum(0.06 * np.exp(rng.normal(0, 1.1, size)), 0.9).astype(np.float32)
    jump = np.where(rng.random(size) < 0.3, 1.5, 0).astype(np.float32)
    enters = np.where(rng.random(size) < 0.15, rng.integers(1, 5, size), 0).astype(np.int32)
    group = np.sort(rng.choice(4, size, p=[0.6, 0.25, 0.1, 0.05])).astype(np.int32)
    return World(pd.DataFrame(index=range(size)), rate, jump, enters, HOW, group)


def in_numpy(place: World, chance: np.ndarray, replicates: int, *, twin: bool) -> int:
    """The same quarters in numpy; returns violations found."""
    total = 0
    for replicate in range(replicates):
        rng = np.random.Generator(np.random.SFC64(replicate))
        state = begin(place, 1, replicate, QUARTERS // 4)
        for q in range(QUARTERS):
            if q % 4 == 0:
                turn_year(place, state, 1, replicate, q // 4)
            if twin:
                now = step(place, state, quarter_keys(1, replicate, q), HOW.season[q % 4], chance=chance)
                total += int(now.found.sum())
            else:
                total += _plain(place, state, rng, HOW.season[q % 4], chance)
            for g in range(4):  # the sums that a study needs
                total += 0 * int(state.live[place.group == g].sum())
    return total


def _plain(place: World, state: State, rng: np.random.Generator, season: float, chance: np.ndarray) -> int:
    """A quarter as one writes it in numpy, with a generator; in-place where that is faster."""
    n, one = place.size, np.float32(1)
    happens, visited, later, seen = (rng.random(n, dtype=np.float32) for _ in range(4))
    rate = state.rate * np.float32(2.0**-24)
    rate *= season
    rate *= one + state.excitement
    rate *= one - state.deterrence
    new = happens < rate
    severity = 1 + (later < HOW.grave[0]).view(np.uint8) + (later < HOW.grave[1]).view(np.uint8)
    there = np.where(new, severity, np.where(later < HOW.lasts, state.open, 0)).astype(np.uint8)
    there *= state.live.view(np.uint8)
    drawn = (visited < chance) & state.live
    findable = seen < np.array((0, *HOW.detects), np.float32)[there]
    found = findable & drawn
    set_to = np.where(drawn, np.float32(HOW.deterred_by_visit), np.float32(0))
    set_to[found] = HOW.deterred_by_finding
    set_to[found & (there == 1)] = HOW.deterred_by_leniency
    state.deterrence *= np.float32(HOW.deterrence_fades)
    np.maximum(state.deterrence, set_to, out=state.deterrence)
    state.excitement *= np.float32(HOW.excitement_fades)
    state.excitement += place.jump * new
    there[found] = 0
    state.open = there
    return int(found.sum())


@numba.njit(parallel=True)  # type: ignore[untyped-decorator]
def random_numbers(chunks: int, each: int) -> int:
    """xoshiro256++ outputs, a generator for each chunk."""
    total = np.uint64(0)
    for chunk in numba.prange(chunks):
        a, b = np.uint64(chunk + 1), np.uint64(0x9E3779B97F4A7C15)
        c, d = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
        acc = np.uint64(0)
        for _ in range(each):
            x = a + d
            out = ((x << np.uint64(23)) | (x >> np.uint64(41))) + a
            t = b << np.uint64(17)
            c ^= a
            d ^= b
            b ^= c
            a ^= d
            c ^= t
            d = (d << np.uint64(45)) | (d >> np.uint64(19))
            acc ^= out
        total += acc
    return total


def timed(work: Callable[[], object], repeat: int) -> tuple[float, float]:
    """Median seconds by wall clock and of CPU, after a warm-up."""
    work()
    walls, cpus = [], []
    for _ in range(repeat):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return statistics.median(walls), statistics.median(cpus)


def fixed(repeat: int) -> None:
    """The table of the fixed strategy."""
    place = world()
    chance = np.array([0.0025, 0.0075, 0.025, 0.075], np.float32)[place.group]
    cells = SIZE * QUARTERS
    rows = {
        "kernel": (lambda: run_fixed(place, chance, quarters=QUARTERS, replicates=REPLICATES, seed=1), REPLICATES),
        "numpy": (lambda: in_numpy(place, chance, 5, twin=False), 5),
        "twin": (lambda: in_numpy(place, chance, 3, twin=True), 3),
        "random numbers": (lambda: random_numbers(REPLICATES, cells), REPLICATES),
    }
    print(
        f"{platform.python_version()}, numba {numba.__version__}, {numba.get_num_threads()} threads, {os.cpu_count()} cores"
    )
    print(f"{'':16}{'replicates':>12}{'seconds':>10}{'CPU s':>10}{'M cells/s':>12}{'M cells/CPU s × threads':>26}")
    speed = {}
    for name, (work, replicates) in rows.items():
        wall, cpu = timed(work, repeat)
        threads = numba.get_num_threads() if name in ("kernel", "random numbers") else 1
        speed[name] = cells * replicates / wall / 1e6
        print(
            f"{name:16}{replicates:>12}{wall:>10.3f}{cpu:>10.3f}{speed[name]:>12.0f}{cells * replicates / cpu * threads / 1e6:>26.0f}"
        )
    print(f"kernel / numpy: {speed['kernel'] / speed['numpy']:.1f}, / twin: {speed['kernel'] / speed['twin']:.1f}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def loop(source: str, years: int) -> None:
    """One replicate of the closed loop with models learnt anew every quarter; seconds by quarter."""
    import riskmodel as rm
    from riskmodel.simulation.calibrate import calibrate
    from riskmodel.simulation.loop import Setting, replicate
    from riskmodel.simulation.strategies import Strategy, by_policy
    from riskmodel.simulation.study import effort_of

    records, policy = rm.load(source), rm.load_policy("zhoucun-2020-fitted")
    made = calibrate(records, policy.at(records.newest), years=years)
    setting = Setting(records, made, years, 1, effort_of(records, policy))  # which also compiles
    print(f"{made.world.size:,} enterprises, {setting.quarters} quarters, {setting.effort:,} visits a quarter")
    wall, cpu, stamps = time.perf_counter(), time.process_time(), []
    replicate(
        setting, Strategy("policy", policy, by_policy), 0, progress=lambda q, n: stamps.append(time.perf_counter())
    )
    each = np.diff([wall, *stamps])
    print(f"a replicate: {time.perf_counter() - wall:.1f} s, {time.process_time() - cpu:.1f} CPU s")
    print("a quarter: " + " ".join(f"{s:.2f}" for s in each) + " s")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def main() -> None:
    """What is asked for on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--loop", metavar="SOURCE")
    parser.add_argument("--years", type=int, default=5)
    asked = parser.parse_args()
    if asked.loop:
        loop(asked.loop, asked.years)
    else:
        fixed(asked.repeat)


if __name__ == "__main__":
    main()
