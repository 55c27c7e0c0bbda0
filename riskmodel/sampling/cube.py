"""The cube method: a sample in which totals of known variables are, as nearly as can be, those of the frame.

Specification
-------------
Let x_k be the variables of unit k (after the constant that fixes the size), and a_k = x_k / pi_k with the target pi_k.
The sum of a_k times the current probability is to stay as it is. The window holds the first q + 1 undecided units in
frame order (q: the constant and the variables that still count). A direction d with sum a_k d_k = 0 there is found by
Gaussian elimination with the largest pivot of each column; the probabilities move along d to the first of them that
reaches 0 or 1 (by e), or against d (by f), with chance f / (e + f) and e / (e + f): forward when v < f / (e + f). The
t-th move, from 0, takes as v the number of the first group of the open unit at place t. Probabilities within 1e-11 of 0
or 1 are decided. When fewer than q + 1 units are left, the last variable is dropped, and so on; the size is
kept to the end.

Probabilities are exact; totals are missed only by what the last q units cannot do. Joint: exact up to 14 open units, by
following all moves; above, the approximation of Hájek for designs of high entropy, which overstates the variance of
what depends on the balanced variables.

References
----------
Deville & Tillé (2004), "Efficient balanced sampling: the cube method", Biometrika 91; Chauvet & Tillé (2006), "A fast
algorithm for balanced sampling", Computational Statistics 21.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from riskmodel.sampling.joint import hajek
from riskmodel.sampling.local import ENUMERATED, columns, over_decisions
from riskmodel.sampling.protocol import Design, Fitted, Frame, Moves, OpenUnits

_DECIDED = 1e-11
_FLAT = 1e-11


@dataclass(frozen=True, eq=False)
class Cube(Design):
    """Balanced sampling.

    Parameters
    ----------
    balance : array of float, shape (units, variables)
        Variables whose totals the sample shall meet, the most important first: for areas and industries, one column of
        0 and 1 for each but one of them.

    Examples
    --------
    >>> area = [[1.0], [1.0], [0.0], [0.0]]
    >>> Cube(area).draw([0.5] * 4, tickets=[0.9, 0.2, 0.7, 0.6]).tolist()
    [True, False, False, True]
    >>> Cube(area).joint([0.5] * 4, [0, 0, 0], [1, 2, 3]).tolist()
    [0.0, 0.25, 0.25]
    """

    balance: ArrayLike
    name: str = "cube-by-ticket/1"
    fixed_size: ClassVar[bool] = True
    exact_pi: ClassVar[bool] = True
    exact_joint_up_to: ClassVar[float] = ENUMERATED
    moves: ClassVar[Moves] = "many"

    def fit(self, pi: ArrayLike) -> Fitted:
        """Check the probabilities; see `Design.fit`.

        Raises
        ------
        DrawError
            Also if there are not balancing variables for each unit (RM-DRW-024).
        """
        frame = Frame.of(pi, fixed_size=True)
        balance = columns(self.balance, frame.pi.size, where="balance")[frame.open]
        scale = np.abs(balance).max(axis=0, initial=1e-300)
        ones = np.ones((len(balance), 1))
        return _Cube(frame, np.hstack((ones, balance / scale / frame.free[:, None])))


@dataclass(frozen=True, eq=False)
class _Cube(OpenUnits):
    kept: np.ndarray

    def _draw(self, numbers: np.ndarray) -> np.ndarray:
        drawn: np.ndarray = _flight(self.frame.free, self.kept, numbers[0], self.frame.n)[0]
        return drawn

    def _joint(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        free = self.frame.free
        if free.size > ENUMERATED:
            return hajek(free, i, j)
        joint = over_decisions(lambda forced: _flight(free, self.kept, forced, self.frame.n), free.size)
        pairs: np.ndarray = joint[i, j]
        return pairs


@njit(cache=True, nogil=True)
def _flight(pi: np.ndarray, kept: np.ndarray, numbers: np.ndarray, n: int) -> tuple[np.ndarray, float, int]:
    """Who is drawn, the chance of these moves, and how many they were."""
    own, drawn, q = pi.copy(), np.zeros(pi.size, dtype=np.bool_), kept.shape[1]
    window, held, coming = np.empty(q + 1, dtype=np.int64), 0, 0
    moves, taken, chance = 0, 0, 1.0
    while True:
        while held < q + 1 and coming < pi.size:
            window[held] = coming
            held, coming = held + 1, coming + 1
        if held < 2:
            break
        mine = window[:held]
        direction = _flat(kept[mine, : held - 1])
        forward, backward = _reach(own[mine], direction)
        ahead = backward / (forward + backward)
        goes = numbers[moves] < ahead
        chance *= ahead if goes else 1.0 - ahead
        moves += 1
        left = 0
        for at in range(held):
            k = mine[at]
            own[k] += direction[at] * (forward if goes else -backward)
            if own[k] <= _DECIDED or own[k] >= 1.0 - _DECIDED:
                drawn[k] = own[k] > 0.5
                taken += drawn[k]
            else:
                window[left] = k
                left += 1
        held = left
    if held == 1:
        drawn[window[0]] = taken < n
    return drawn, chance, moves


@njit(cache=True, nogil=True)
def _reach(own: np.ndarray, direction: np.ndarray) -> tuple[float, float]:
    """How far probabilities can go along a direction and against it."""
    forward, backward = np.inf, np.inf
    for k in range(own.size):
        d = direction[k]
        if d > 0.0:
            forward, backward = min(forward, (1.0 - own[k]) / d), min(backward, own[k] / d)
        elif d < 0.0:
            forward, backward = min(forward, -own[k] / d), min(backward, (own[k] - 1.0) / d)
    return forward, backward


@njit(cache=True, nogil=True)
def _flat(rows: np.ndarray) -> np.ndarray:
    """A direction d with rows' d = 0, where there is one more unit (row) than conditions (column)."""
    m = rows.T.copy()
    conditions, units = m.shape
    pivots, rank = np.full(conditions, -1, dtype=np.int64), 0
    free = -1
    for unit in range(units):
        best = rank
        for c in range(rank, conditions):
            if abs(m[c, unit]) > abs(m[best, unit]):
                best = c
        if rank == conditions or abs(m[best, unit]) < _FLAT:
            free = unit
            break
        for u in range(units):
            m[rank, u], m[best, u] = m[best, u], m[rank, u]
        m[rank] /= m[rank, unit]
        for c in range(conditions):
            if c != rank:
                m[c] -= m[rank] * m[c, unit]
        pivots[rank] = unit
        rank += 1
    direction = np.zeros(units)
    direction[free] = 1.0
    for c in range(rank):
        direction[pivots[c]] = -m[c, free]
    return direction
