"""The declared chances of a lottery of inspectors: loads as even as the rules allow, and otherwise as open as possible.

Method
------
1. *Loads* by linear programmes (HiGHS): the largest expected load is made as small as possible; who must carry it is
   fixed there; then the largest of the others, and so on (lexicographic minimax). The loads are unique.
2. *Chances* with these loads and full places: those of largest entropy, by iterative proportional fitting, no chance of
   one place above 1. Inspectors whom the same rules concern so have the same chances.
3. Chances in millionths, each place exactly full (largest remainders).

Visits with the same pools are computed once.

References
----------
Deming & Stephan (1940) for proportional fitting; Csiszár (1975), "I-divergence geometry of probability distributions".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from riskmodel.inspections.places import Place
from riskmodel.sampling.inclusion import allocate
from riskmodel.sampling.rounding import UNIT

_FITS = 1e-9
_ROUNDS = 3000


def chances(places: Sequence[Place], people: Sequence[str]) -> list[np.ndarray]:
    """Millionths of each inspector for each place, shape (people,) a place.

    Parameters
    ----------
    places : sequence of Place
        Pools with at least as many people as places.
    people : sequence of str
        All inspectors.
    """
    number = {who: at for at, who in enumerate(people)}
    kinds: dict[tuple[int, tuple[str, ...]], int] = {}
    for place in places:
        kinds.setdefault((place.many, place.pool), len(kinds))
    count = np.bincount([kinds[place.many, place.pool] for place in places], minlength=len(kinds)).astype(float)
    many = np.array([key[0] for key in kinds], dtype=float)
    allowed = np.zeros((len(kinds), len(people)), dtype=bool)
    for (_, pool), kind in kinds.items():
        allowed[kind, [number[who] for who in pool]] = True
    grid = _fitted(allowed, many, count, _loads(allowed, many, count)) if len(kinds) else allowed.astype(float)
    whole = [_millionths(row, mask, int(m)) for row, mask, m in zip(grid, allowed, many, strict=True)]
    return [whole[kinds[place.many, place.pool]] for place in places]


def _loads(allowed: np.ndarray, many: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Expected visits of each inspector, lexicographically as even as possible."""
    kind, who = np.nonzero(allowed)
    size, people = len(kind), allowed.shape[1]
    full = coo_array((np.ones(size), (kind, np.arange(size))), shape=(len(many), size + 1))
    loads = np.full(people, np.nan)
    loads[~allowed.any(axis=0)] = 0.0
    bounds = [(0.0, count[k]) for k in kind] + [(0.0, None)]
    while np.isnan(loads).any():
        free = np.isnan(loads)
        carries = coo_array((np.ones(size), (who, np.arange(size))), shape=(people, size + 1)).tolil()
        carries[free, size] = -1.0
        ends = np.where(free, 0.0, loads + _FITS)
        costs = np.append(np.zeros(size), 1.0)
        found = linprog(costs, carries.tocsr(), ends, full.tocsr(), many * count, bounds=bounds)
        if found.status != 0:  # cannot be: every pool is large enough
            raise AssertionError(found.message)
        bound = free & (found.ineqlin.marginals < -1e-9)
        loads[bound if bound.any() else free] = found.x[size]
    return loads


def _fitted(allowed: np.ndarray, many: np.ndarray, count: np.ndarray, loads: np.ndarray) -> np.ndarray:
    """Chances of largest entropy with full places and these loads."""
    grid: np.ndarray = allowed * (many / np.maximum(allowed.sum(axis=1), 1))[:, None]
    for _ in range(_ROUNDS):
        carried = count @ grid
        grid = grid * np.divide(loads, carried, out=np.ones_like(loads), where=carried > 0)
        grid = np.minimum(grid, 1.0)
        sums = grid.sum(axis=1)
        grid = np.minimum(grid * (many / np.where(sums > 0, sums, 1.0))[:, None], 1.0)
        if np.abs(count @ grid - loads).max() < _FITS and np.abs(grid.sum(axis=1) - many).max() < _FITS:
            break
    return grid


def _millionths(row: np.ndarray, mask: np.ndarray, many: int) -> np.ndarray:
    whole = np.zeros(len(row), dtype=np.int64)
    pool = np.flatnonzero(mask)
    if len(pool) == many:
        whole[pool] = UNIT
        return whole
    # one digit more than is kept, so that dust cannot decide between equal remainders
    wish = np.round(np.clip(row[pool] * UNIT, 0, UNIT), 1)
    whole[pool] = allocate(np.full(len(pool), UNIT), wish, total=many * UNIT)
    return whole
