"""Local pivotal sampling: neighbours duel, so that the sample spreads over a map.

Specification
-------------
The first undecided unit in frame order duels with the nearest undecided one (least sum of squared differences of
coordinates, summed in the order of the columns; of equally near ones the first in the frame), by the rule of `pivotal`,
as first and second of the duel. In the t-th duel, from 0, v is the number of the first group of the open unit at place
t. Probabilities within 1e-12 of 0 or 1 are decided. The last unit is drawn if fewer than n are.

Probabilities are exact. Joint: exact up to 14 open units, by following all duels; above, the approximation of Hájek,
which is wrong for neighbours: these are drawn together far more seldom, that being the purpose. Variances of estimates
are then too large, not too small, where neighbours are alike.

Neighbours are found in a tree of medians that knows where undecided units are left; memory is linear.

References
----------
Grafström, Lundström & Schelin (2012), "Spatially balanced sampling through the pivotal method", Biometrics 68; Bentley
(1975), "Multidimensional binary search trees", Communications of the ACM 18.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from riskmodel.errors import DrawError
from riskmodel.sampling.joint import hajek
from riskmodel.sampling.pivotal import first_stays
from riskmodel.sampling.protocol import Design, Fitted, Frame, Moves, OpenUnits

ENUMERATED = 14
_DECIDED = 1e-12
_LEAF = 8


@dataclass(frozen=True, eq=False)
class LocalPivotal(Design):
    """Duels between neighbours.

    Parameters
    ----------
    coordinates : array of float, shape (units, dimensions)
        Where each unit lies. Dimensions count as they are: bring them to one scale first.

    Examples
    --------
    >>> design = LocalPivotal([[0.0], [5.0], [0.1], [5.1]])
    >>> design.draw([0.5] * 4, tickets=[0.9, 0.2, 0.7, 0.6]).tolist()
    [True, False, False, True]
    >>> design.joint([0.5] * 4, [0, 0, 0], [1, 2, 3]).tolist()
    [0.25, 0.0, 0.25]
    """

    coordinates: ArrayLike
    name: str = "local-pivotal-by-ticket/1"
    fixed_size: ClassVar[bool] = True
    exact_pi: ClassVar[bool] = True
    exact_joint_up_to: ClassVar[float] = ENUMERATED
    moves: ClassVar[Moves] = "many"

    def fit(self, pi: ArrayLike) -> Fitted:
        """Check the probabilities and grow the tree; see `Design.fit`.

        Raises
        ------
        DrawError
            Also if there are not coordinates for each unit (RM-DRW-024).
        """
        frame = Frame.of(pi, fixed_size=True)
        places = columns(self.coordinates, frame.pi.size, where="coordinates")[frame.open]
        return _Local(frame, places, *_grow(places))


def columns(values: ArrayLike, size: int, *, where: str) -> np.ndarray:
    """Numbers of each unit as a table of doubles, shape (size, columns).

    Raises
    ------
    DrawError
        If there are none for each unit, or one is no finite number (RM-DRW-024).
    """
    table = np.array(values, dtype=float)
    table = table[:, None] if table.ndim == 1 else table
    if table.ndim != 2 or len(table) != size or not np.isfinite(table).all():
        raise DrawError("RM-DRW-024", where=where, found=table.shape, expected=f"finite numbers, ({size}, …)")
    return table


@dataclass(frozen=True, eq=False)
class _Local(OpenUnits):
    places: np.ndarray
    order: np.ndarray
    axis: np.ndarray
    edge: np.ndarray

    def _draw(self, numbers: np.ndarray) -> np.ndarray:
        drawn: np.ndarray = self._fought(numbers[0])[0]
        return drawn

    def _joint(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        if self.frame.open.size > ENUMERATED:
            return hajek(self.frame.free, i, j)
        pairs: np.ndarray = over_decisions(self._fought, self.frame.open.size)[i, j]
        return pairs

    def _fought(self, numbers: np.ndarray) -> tuple[np.ndarray, float, int]:
        fought: tuple[np.ndarray, float, int] = _duels(
            (self.frame.free, numbers, self.frame.n), (self.places, self.order, self.axis, self.edge)
        )
        return fought


def over_decisions(fought: Callable[[np.ndarray], tuple[np.ndarray, float, int]], size: int) -> np.ndarray:
    """Joint probabilities of a design that takes up to size - 1 decisions of two kinds, by taking all of them."""
    joint = np.zeros((size, size))
    for kinds in range(1 << (size - 1)):
        forced = np.where((kinds >> np.arange(size)) & 1, 1.0, 0.0)
        drawn, chance, decisions = fought(forced)
        if kinds >> decisions == 0:
            joint += chance * np.outer(drawn, drawn)
    return joint


@njit(cache=True, nogil=True)
def _grow(places: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Order of the units by leaf, and of each inner node (children 2 k + 1, 2 k + 2) the axis and where it is cut."""
    size, order = len(places), np.arange(len(places))
    inner = 1
    while inner * _LEAF < max(size, 1):
        inner *= 2
    axis, edge = np.zeros(inner, dtype=np.int64), np.zeros(inner)
    for node in range(inner - 1):
        low, high = _range(node, size)
        mine = order[low:high]
        widest, extent = 0, -1.0
        for dimension in range(places.shape[1]):
            values = places[mine, dimension]
            if values.max() - values.min() > extent:
                widest, extent = dimension, values.max() - values.min()
        order[low:high] = mine[np.argsort(places[mine, widest], kind="mergesort")]
        axis[node], edge[node] = widest, places[order[(low + high) // 2], widest]
    return order, axis, edge


@njit(cache=True, nogil=True)
def _range(node: int, size: int) -> tuple[int, int]:
    """First and last place of a node: nodes part their places at the middle."""
    depth, turn = 0, node + 1
    while turn > 1:
        turn >>= 1
        depth += 1
    low, high = 0, size
    for level in range(depth - 1, -1, -1):
        middle = (low + high) // 2
        if ((node + 1) >> level) & 1:
            low = middle
        else:
            high = middle
    return low, high


@njit(cache=True, nogil=True)
def _duels(
    units: tuple[np.ndarray, np.ndarray, int], tree: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
) -> tuple[np.ndarray, float, int]:
    """Who is drawn, the chance of these decisions, and how many they were."""
    own, numbers, n = units[0].copy(), units[1], units[2]
    order, inner = tree[1], len(tree[2])
    drawn, open_units = np.zeros(own.size, dtype=np.bool_), np.ones(own.size, dtype=np.bool_)
    alive, leaf = np.zeros(2 * inner, dtype=np.int64), np.zeros(own.size, dtype=np.int64)
    for node in range(inner - 1, 2 * inner - 1):
        low, high = _range(node, own.size)
        for at in range(low, high):
            leaf[order[at]] = node
            _count(alive, node, 1)
    duels, taken, left, chance, first = 0, 0, own.size, 1.0, 0
    while left > 1:
        if not open_units[first]:
            first += 1
            continue
        other = _nearest(first, open_units, alive, tree)
        a, b = own[first], own[other]
        stays = first_stays(a, b)
        keeps = numbers[duels] < stays
        chance *= stays if keeps else 1.0 - stays
        duels += 1
        rest, winner = (a + b, 0.0) if a + b < 1.0 else (a + b - 1.0, 1.0)
        own[first], own[other] = (rest, winner) if keeps else (winner, rest)
        for k in (first, other):
            if own[k] <= _DECIDED or own[k] >= 1.0 - _DECIDED:
                open_units[k], drawn[k] = False, own[k] > 0.5
                taken += drawn[k]
                left -= 1
                _count(alive, leaf[k], -1)
    for k in range(first, own.size):
        if open_units[k]:
            drawn[k] = taken < n
    return drawn, chance, duels


@njit(cache=True, nogil=True)
def _count(alive: np.ndarray, node: int, change: int) -> None:
    while node >= 0:
        alive[node] += change
        node = (node - 1) // 2 if node > 0 else -1


@njit(cache=True, nogil=True)
def _nearest(
    unit: int,
    open_units: np.ndarray,
    alive: np.ndarray,
    tree: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
) -> int:
    places, order, axis, edge = tree
    inner, here = len(axis), places[unit]
    nodes, bounds = np.empty(128, dtype=np.int64), np.empty(128)
    nodes[0], bounds[0], waiting = 0, 0.0, 1
    best, found = np.inf, -1
    while waiting:
        waiting -= 1
        node = nodes[waiting]
        if bounds[waiting] > best or alive[node] == 0:
            continue
        if node < inner - 1:
            off = here[axis[node]] - edge[node]
            near, far = (2 * node + 1, 2 * node + 2) if off < 0 else (2 * node + 2, 2 * node + 1)
            nodes[waiting], bounds[waiting] = far, max(bounds[waiting], off * off)
            nodes[waiting + 1], bounds[waiting + 1] = near, 0.0
            waiting += 2
            continue
        low, high = _range(node, len(order))
        for at in range(low, high):
            k = order[at]
            if open_units[k] and k != unit:
                distance = 0.0
                for dimension in range(len(here)):
                    distance += (places[k, dimension] - here[dimension]) ** 2
                if distance < best or (distance == best and k < found):
                    best, found = distance, k
    return found
