"""Compiled tree of `conditional`: how many units each part of the frame gets, and who within a block of 64.

Level 0 holds the blocks; two neighbours of a level make one node of the next; one that is left over at the end goes up
as it is. Each node knows the distribution of its number of units under Poisson sampling, without what lies below 1e-25
of its largest chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

BLOCK = 64
_LEFT_OUT = 1e-25


@dataclass(frozen=True, eq=False)
class Level:
    """Distributions of the number of units of the nodes of a level.

    Attributes
    ----------
    begin, low : ndarray of int, shape (nodes + 1,) and (nodes,)
        Where the chances of each node begin, and the number of units of the first of them.
    chance : ndarray of float
        Chances, one node after the other.
    """

    begin: np.ndarray
    low: np.ndarray
    chance: np.ndarray


def plant(p: np.ndarray) -> tuple[Level, ...]:
    """Levels for Poisson sampling with p, from the blocks to two nodes or one."""
    levels = [Level(*_blocks(p))]
    while levels[-1].low.size > 2:
        below = levels[-1]
        levels.append(Level(*_merged(below.begin, below.low, below.chance)))
    return tuple(levels)


def descend(levels: tuple[Level, ...], p: np.ndarray, numbers: np.ndarray, n: int) -> np.ndarray:
    """Which units are drawn; numbers have the shape (2, units)."""
    sizes = np.array([n], dtype=np.int64)
    for height in range(len(levels) - 1, -1, -1):
        level = levels[height]
        if level.low.size > sizes.size:
            sizes = _parted(level.begin, level.low, level.chance, sizes, numbers[1, :: BLOCK << height])
    drawn: np.ndarray = _within(p, numbers[0], sizes)
    return drawn


@njit(cache=True, nogil=True)
def _trim(chance: np.ndarray) -> tuple[int, int]:
    """First and last place of a distribution that count."""
    least, first, last = chance.max() * _LEFT_OUT, 0, chance.size - 1
    while chance[first] < least:
        first += 1
    while chance[last] < least:
        last -= 1
    return first, last


@njit(cache=True, nogil=True)
def _blocks(p: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distributions of the blocks, unit by unit."""
    count = max((p.size + BLOCK - 1) // BLOCK, 1)
    begin, low = np.zeros(count + 1, dtype=np.int64), np.empty(count, dtype=np.int64)
    chance, mine = np.empty(p.size + count), np.empty(BLOCK + 1)
    for b in range(count):
        units = p[b * BLOCK : (b + 1) * BLOCK]
        mine[0] = 1.0
        for k in range(units.size):
            mine[k + 1] = mine[k] * units[k]
            for c in range(k, 0, -1):
                mine[c] = mine[c] * (1.0 - units[k]) + mine[c - 1] * units[k]
            mine[0] *= 1.0 - units[k]
        first, last = _trim(mine[: units.size + 1])
        low[b], begin[b + 1] = first, begin[b] + last - first + 1
        chance[begin[b] : begin[b + 1]] = mine[first : last + 1]
    return begin, low, chance[: begin[count]].copy()


@njit(cache=True, nogil=True)
def _merged(begin: np.ndarray, low: np.ndarray, chance: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The next level: sums of two neighbours."""
    count = (low.size + 1) // 2
    begins, lows, chances = np.zeros(count + 1, dtype=np.int64), np.empty(count, dtype=np.int64), np.empty(chance.size)
    for node in range(count):
        left = chance[begin[2 * node] : begin[2 * node + 1]]
        if 2 * node + 1 == low.size:
            both, lows[node] = left.copy(), low[2 * node]
        else:
            right = chance[begin[2 * node + 1] : begin[2 * node + 2]]
            both, lows[node] = np.zeros(left.size + right.size - 1), low[2 * node] + low[2 * node + 1]
            for a in range(left.size):
                for b in range(right.size):
                    both[a + b] += left[a] * right[b]
        first, last = _trim(both)
        lows[node] += first
        begins[node + 1] = begins[node] + last - first + 1
        chances[begins[node] : begins[node + 1]] = both[first : last + 1]
    return begins, lows, chances[: begins[count]].copy()


@njit(cache=True, nogil=True)
def _parted(
    begin: np.ndarray, low: np.ndarray, chance: np.ndarray, sizes: np.ndarray, numbers: np.ndarray
) -> np.ndarray:
    """Sizes of the nodes of a level from those of the level above; a pair is parted by the number of its right node."""
    parted = np.empty(low.size, dtype=np.int64)
    for node in range(sizes.size):
        one, other, m = 2 * node, 2 * node + 1, sizes[node]
        if other == low.size:
            parted[one] = m
            continue
        left, right = chance[begin[one] : begin[one + 1]], chance[begin[other] : begin[other + 1]]
        rest = m - low[one] - low[other]  # to be shared above the least of both
        first, last = max(0, rest - right.size + 1), min(left.size - 1, rest)
        total = 0.0
        for a in range(first, last + 1):
            total += left[a] * right[rest - a]
        target, reached, a = numbers[other] * total, left[first] * right[rest - first], first
        while reached < target and a < last:
            a += 1
            reached += left[a] * right[rest - a]
        parted[one], parted[other] = low[one] + a, m - low[one] - a
    return parted


@njit(cache=True, nogil=True)
def _within(p: np.ndarray, numbers: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Units of each block, one after the other."""
    drawn, later = np.zeros(p.size, dtype=np.bool_), np.empty((BLOCK + 1, BLOCK + 1))
    for b in range(sizes.size):
        start, m = b * BLOCK, sizes[b]
        units = min(BLOCK, p.size - start)
        # later[k, c]: chance that c of the units from the k-th on are drawn
        later[units, : m + 1] = 0.0
        later[units, 0] = 1.0
        for k in range(units - 1, -1, -1):
            mine = p[start + k]
            later[k, 0] = (1.0 - mine) * later[k + 1, 0]
            for c in range(1, m + 1):
                later[k, c] = (1.0 - mine) * later[k + 1, c] + mine * later[k + 1, c - 1]
        for k in range(units):
            if m > 0 and numbers[start + k] * later[k, m] < p[start + k] * later[k + 1, m - 1]:
                drawn[start + k] = True
                m -= 1
    return drawn
