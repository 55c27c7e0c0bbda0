"""The world under a fixed strategy, compiled: all replicates at once, the same numbers as `world.step` bit by bit.

A block of enterprises goes through all quarters before the next one begins, so that its state stays in the nearest
cache; the loops over a block have no branch and are turned into vector instructions. Counts of the three severities
share one integer (11, 11 and 10 bits), which limits a block. Nothing but whole numbers is added up, so that the sums do
not depend on the order or on the number of workers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import float32, int32, njit, prange, uint32

from riskmodel.simulation import counters
from riskmodel.simulation.world import QUARTERS, World

# What is counted, along the last axis.
MEASURES = (
    "open_minor", "open_general", "open_serious", "found_minor", "found_general", "found_serious", "visits", "findable",
    "visits_to_violators", "enterprises",
)  # fmt: skip
_BLOCK = 1000
_GOLDEN, _M1, _M2, _M3, _M4 = (
    np.uint32(c) for c in (counters.GOLDEN, counters.M1, counters.M2, counters.M3, counters.M4)
)
_MINOR, _GENERAL, _SERIOUS, _NONE = np.uint32(1), np.uint32(1 << 11), np.uint32(1 << 22), np.uint32(0)
_FIELD = np.int64(2047)
_REPLICATES_AT_ONCE = 50


def run_fixed(
    world: World,
    chance: np.ndarray,
    *,
    quarters: int,
    replicates: int,
    seed: int,
    first: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """Counts of every replicate, group and quarter under fixed chances of a visit.

    Teams are average ones: the chance to find something is that of `Dynamics.detects`.

    Parameters
    ----------
    world : World
        Enterprises in the order of their groups.
    chance : ndarray of float, shape (enterprises,)
        Chance of a visit in a quarter.
    quarters, replicates, seed : int
    first : int
        Number of the first replicate: replicates can be made in parts.
    progress : callable, optional
        Called with replicates done and replicates in all.

    Returns
    -------
    ndarray of int64, shape (replicates, groups, quarters, measures)
        Measures as in `MEASURES`; a group that nobody is in has zeros.

    Raises
    ------
    ValueError
        If enterprises do not stand in the order of their groups.
    """
    if np.any(np.diff(world.group) < 0):
        raise ValueError("enterprises must stand in the order of their groups")
    years = -(-quarters // QUARTERS)
    counts = np.bincount(world.group)
    ends = np.cumsum(counts)
    how = world.dynamics
    scaled = (
        world.rate * np.float32(counters.UNIT24),
        chance.astype(np.float32) * np.float32(counters.UNIT24),
        world.jump,
        world.enters.astype(np.int32),
        how.survival(years)[np.minimum(world.enters, years - 1)],
    )
    season = np.resize(np.array(how.season, np.float32), quarters)
    done = np.zeros((replicates, len(ends), quarters, len(MEASURES)), np.int64)
    for start in range(0, replicates, _REPLICATES_AT_ONCE):
        stop = min(start + _REPLICATES_AT_ONCE, replicates)
        keys = _keys(seed, first + np.arange(start, stop), quarters)
        _all(ends, *scaled, season, how.survival(years), _parameters(world), keys, done[start:stop])
        if progress:
            progress(stop, replicates)
    return done


def _keys(seed: int, replicates: np.ndarray, quarters: int) -> np.ndarray:
    """Keys by replicate and quarter: CELL, VISIT, LATER, of the year DRIFT, of the replicate LANE and LIFE."""
    of, q = replicates[:, None], np.arange(quarters)[None, :]
    parts = [
        counters.keys(seed, of, q, (counters.CELL, counters.VISIT, counters.LATER)),
        counters.keys(seed, of, q // QUARTERS, (counters.DRIFT,)),
        counters.keys(seed, of, np.zeros_like(q), (counters.LANE, counters.LIFE)),
    ]
    return np.concatenate(parts, axis=-1)


def _parameters(world: World) -> np.ndarray:
    how = world.dynamics
    sixteen = np.array([how.lasts, *how.grave, *how.detects], np.float32) * np.float32(counters.UNIT16)
    others = [
        how.excitement_fades, how.deterrence_fades, how.deterred_by_visit, how.deterred_by_finding,
        how.deterred_by_leniency, how.drift_keeps, how.drift_step,
    ]  # fmt: skip
    return np.concatenate([sixteen, np.array(others, np.float32)])


@njit(inline="always")
def _mix(x: Any) -> Any:
    x = uint32(x ^ uint32(x >> uint32(16)))
    x = uint32(x * _M1)
    x = uint32(x ^ uint32(x >> uint32(15)))
    x = uint32(x * _M2)
    return uint32(x ^ uint32(x >> uint32(15)))


@njit(inline="always")
def _upper(x: Any) -> Any:
    """The upper 24 bits as a whole float."""
    return float32(int32(uint32(x >> uint32(8))))


@njit(error_model="numpy", cache=True)
def _begin(first: int, key: np.ndarray, born: np.ndarray, lane: np.ndarray, leaves: np.ndarray) -> None:
    """Lanes, and the share of survivors below which each is there."""
    k_lane, k_life = key[4], key[5]
    for j in range(lane.shape[0]):
        h = _mix(uint32(uint32(uint32(int32(first) + int32(j)) * _GOLDEN) + k_lane))
        lane[j] = h
        leaves[j] = _upper(_mix(uint32(h ^ k_life))) / float32(16777216.0) * born[j]


@njit(error_model="numpy", cache=True)
def _turn_year(key, lane, leaves, enters, year, survival, how, rate, chance, drift, now_rate, now_chance, there):  # type: ignore[no-untyped-def]
    """Who is there, with which rate and chance; how many there are."""
    k, keeps, step = key[3], how[11], how[12]
    one, zero, count = float32(1), float32(0), int32(0)
    for j in range(lane.shape[0]):
        live = (leaves[j] < survival) & (enters[j] <= year)
        up = uint32(_mix(uint32(lane[j] ^ k)) >> uint32(31)) == uint32(1)
        z = keeps * drift[j] + (step if up else -step)
        at_rest, visits, open_still = rate[j], chance[j], there[j]
        drift[j] = z
        now_rate[j] = at_rest * (one + z) if live else zero
        now_chance[j] = visits if live else zero
        there[j] = open_still if live else _NONE
        count = int32(count + (int32(1) if live else int32(0)))
    return count


@njit(error_model="numpy", cache=True)
def _quarter(key, lane, rate, chance, jump, season, how, excitement, deterrence, there, out):  # type: ignore[no-untyped-def]
    """One quarter of a block; adds to the measures."""
    k0, k1, k2 = key[0], key[1], key[2]
    lasts, general, serious, see1, see2, see3 = how[0], how[1], how[2], how[3], how[4], how[5]
    fades, forgets, by_visit, by_finding, by_leniency = how[6], how[7], how[8], how[9], how[10]
    one, zero, yes, no = float32(1), float32(0), int32(1), int32(0)
    opened, caught = uint32(0), uint32(0)
    visits, findable, to_violators = int32(0), int32(0), int32(0)
    for j in range(lane.shape[0]):
        x = uint32(uint32(lane[j] ^ k0) * _M1)
        x = uint32(x ^ uint32(x >> uint32(16)))
        a = uint32(x * _M2)
        b = uint32(uint32(x ^ k1) * _M3)
        c = uint32(uint32(x ^ k2) * _M4)
        c = uint32(c ^ uint32(c >> uint32(15)))
        e, d, old, may_come, excites = excitement[j], deterrence[j], there[j], chance[j], jump[j]
        new = _upper(a) < rate[j] * season * (one + e) * (one - d)
        later = float32(int32(uint32(c >> uint32(16))))
        severity = _MINOR
        severity = _GENERAL if later < general else severity
        severity = _SERIOUS if later < serious else severity
        lasting = old if later < lasts else _NONE
        now = severity if new else lasting
        comes = _upper(b) < may_come
        sees = see1 if now == _MINOR else zero
        sees = see2 if now == _GENERAL else sees
        sees = see3 if now == _SERIOUS else sees
        is_findable = float32(int32(uint32(c & uint32(0xFFFF)))) < sees
        would = now if is_findable else _NONE
        found = would if comes else _NONE
        set_to = by_visit if comes else zero
        set_to = by_finding if found != _NONE else set_to
        set_to = by_leniency if found == _MINOR else set_to
        deterrence[j] = max(d * forgets, set_to)
        excitement[j] = e * fades + (excites if new else zero)
        there[j] = uint32(now - found)
        opened, caught = uint32(opened + now), uint32(caught + found)
        visits = int32(visits + (yes if comes else no))
        findable = int32(findable + (yes if is_findable else no))
        to_violators = int32(to_violators + ((yes if now != _NONE else no) if comes else no))
    for place, packed in ((0, opened), (3, caught)):
        out[place] += np.int64(packed) & _FIELD
        out[place + 1] += (np.int64(packed) >> 11) & _FIELD
        out[place + 2] += np.int64(packed) >> 22
    out[6] += visits
    out[7] += findable
    out[8] += to_violators


@njit(parallel=True, error_model="numpy", cache=True)
def _all(ends, rate, chance, jump, enters, born, season, survival, how, keys, done):  # type: ignore[no-untyped-def]
    """Every replicate in a worker of its own."""
    for r in prange(keys.shape[0]):
        lane = np.empty(_BLOCK, np.uint32)
        space = np.empty((6, _BLOCK), np.float32)
        leaves, now_rate, now_chance = space[0], space[1], space[2]
        drift, excitement, deterrence = space[3], space[4], space[5]
        there = np.empty(_BLOCK, np.uint32)
        start = 0
        for g in range(ends.shape[0]):
            while start < ends[g]:
                stop = min(start + _BLOCK, ends[g])
                n = stop - start
                mine, enter, at_rest, visits = lane[:n], enters[start:stop], rate[start:stop], chance[start:stop]
                excites, alive = jump[start:stop], 0
                _begin(start, keys[r, 0], born[start:stop], mine, leaves)
                space[3:] = 0
                there[:] = 0
                for q in range(keys.shape[1]):
                    key, out = keys[r, q], done[r, g, q]
                    if q % QUARTERS == 0:
                        year = q // QUARTERS
                        alive = _turn_year(
                            key, mine, leaves, enter, year, survival[year], how,
                            at_rest, visits, drift, now_rate, now_chance, there,
                        )  # fmt: skip
                    out[9] += alive
                    _quarter(
                        key, mine, now_rate, now_chance, excites, season[q], how, excitement, deterrence, there, out
                    )
                start = stop
