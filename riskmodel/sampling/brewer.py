"""Brewer's design: one unit after the other, with chances that keep the targets exactly.

Specification
-------------
Open units are put in order: by pi, where equal by their numbers of the first group, then by their places in the frame.
There are n steps. With r = n, n - 1 … 1 units still to be drawn and D = n - sum of pi over those drawn, unit k of those
left has the weight

    pi_k (D - pi_k) / (D - r pi_k),

and the first unit in the order is drawn at which the cumulated weights reach v times their sum, v being the number of
the second group of the open unit at place n - r of the frame.

For speed the order is cut into blocks of units with nearly equal pi. With E = sum of 1 - pi over those drawn and
theta = 1 + E / r, a weight is pi (1 + (r - 1) theta / (theta - pi)) / r, and sums over a block of 1 / (theta - pi)
follow from eight of its moments about its middle c, since |pi - c| is below 0.003 (1 - c) <= 0.003 (theta - c): what
the series leaves out is below 1e-20. So a step costs as many operations as a block has units and as there are blocks.

Joint probabilities are exact up to 14 open units, by summing over sets of drawn units; above, the approximation of
Hájek.

References
----------
Brewer (1975), "A simple procedure for pi-ps sampling without replacement", Australian Journal of Statistics 17; Tillé
(2006), Sampling Algorithms, section 6.10.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from riskmodel.sampling.joint import hajek
from riskmodel.sampling.protocol import Design, Fitted, Frame, Moves, OpenUnits

_ENUMERATED = 14
_MOMENTS = 8
_NARROW = 0.006
_LARGE = 512


@dataclass(frozen=True)
class Brewer(Design):
    """Brewer's draw-by-draw design.

    Examples
    --------
    >>> Brewer().draw([0.2, 0.5, 0.6, 0.7], tickets=[[0.1, 0.9], [0.3, 0.4], [0.5, 0.5], [0.7, 0.5]]).tolist()
    [False, True, False, True]
    """

    name: str = "brewer-by-ticket/1"
    fixed_size: ClassVar[bool] = True
    exact_pi: ClassVar[bool] = True
    exact_joint_up_to: ClassVar[float] = _ENUMERATED
    moves: ClassVar[Moves] = "many"

    def fit(self, pi: ArrayLike) -> Fitted:
        """Check the probabilities; see `Design.fit`."""
        return _Brewer(Frame.of(pi, fixed_size=True))


@dataclass(frozen=True, eq=False)
class _Brewer(OpenUnits):
    groups: ClassVar[int] = 2

    def _draw(self, numbers: np.ndarray) -> np.ndarray:
        order = np.lexsort((numbers[0], self.frame.free))
        sorted_pi = self.frame.free[order]
        drawn = np.empty(order.size, dtype=bool)
        drawn[order] = _steps(sorted_pi, _cut(sorted_pi), numbers[1], self.frame.n)
        return drawn

    def _joint(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        if self.frame.open.size > _ENUMERATED:
            return hajek(self.frame.free, i, j)
        pairs: np.ndarray = _pairs(self.frame.free, self.frame.n)[i, j]
        return pairs


@njit(cache=True, nogil=True)
def _cut(pi: np.ndarray) -> np.ndarray:
    """Begins of the blocks, and the end."""
    begins, count = np.zeros(pi.size + 1, dtype=np.int64), 1
    for k in range(1, pi.size):
        first = begins[count - 1]
        if k - first >= _LARGE or pi[k] - pi[first] > _NARROW * (1.0 - pi[k]):
            begins[count] = k
            count += 1
    begins[count] = pi.size
    return begins[: count + 1].copy()


@njit(cache=True, nogil=True)
def _steps(pi: np.ndarray, begins: np.ndarray, numbers: np.ndarray, n: int) -> np.ndarray:
    blocks, drawn = begins.size - 1, np.zeros(pi.size, dtype=np.bool_)
    middle, mass, moments = np.empty(blocks), np.zeros(blocks), np.zeros((blocks, _MOMENTS))
    for b in range(blocks):
        middle[b] = (pi[begins[b]] + pi[begins[b + 1] - 1]) / 2
        for k in range(begins[b], begins[b + 1]):
            mass[b] += pi[k]
            _add(moments[b], pi[k] - middle[b], 1.0)
    passed, weights = 0.0, np.empty(blocks)
    for step in range(n):
        r = n - step
        theta = 1.0 + passed / r
        factor = (r - 1) * theta
        for b in range(blocks):
            inverse = _inverse(moments[b], theta - middle[b])
            left = moments[b, 0]
            weights[b] = mass[b] + factor * (theta * inverse - left) if left > 0.5 else 0.0
        b, target = _reached(weights, numbers[step])
        k = _found(pi, drawn, (begins[b], begins[b + 1]), (target, factor, theta))
        drawn[k] = True
        passed += 1.0 - pi[k]
        mass[b] -= pi[k]
        _add(moments[b], pi[k] - middle[b], -1.0)
    return drawn


@njit(cache=True, nogil=True)
def _add(moments: np.ndarray, off: float, sign: float) -> None:
    power = sign
    for q in range(moments.size):
        moments[q] += power
        power *= off


@njit(cache=True, nogil=True)
def _inverse(moments: np.ndarray, gap: float) -> float:
    """Sum of 1 / (gap - off) over a block, from the moments of off."""
    x, total = 1.0 / gap, 0.0
    for q in range(moments.size - 1, -1, -1):
        total = (total + moments[q]) * x
    return total


@njit(cache=True, nogil=True)
def _reached(weights: np.ndarray, number: float) -> tuple[int, float]:
    """Block in which the cumulated weights reach number times their sum, and what of it is left within."""
    target, last = number * weights.sum(), 0
    for b in range(weights.size):
        if weights[b] > 0.0:
            last = b
            if target <= weights[b]:
                return b, target
            target -= weights[b]
    return last, weights[last]


@njit(cache=True, nogil=True)
def _found(pi: np.ndarray, drawn: np.ndarray, block: tuple[int, int], weighing: tuple[float, float, float]) -> int:
    """Unit of a block at which the weights reach the target; its last one left if rounding lets none."""
    target, factor, theta = weighing
    last = -1
    for k in range(block[0], block[1]):
        if not drawn[k]:
            last = k
            target -= pi[k] * (1.0 + factor / (theta - pi[k]))
            if target <= 0.0:
                break
    return last


@njit(cache=True, nogil=True)
def _pairs(pi: np.ndarray, n: int) -> np.ndarray:
    """Joint probabilities by the sets that the steps can reach."""
    size = pi.size
    chance, joint = np.zeros(1 << size), np.zeros((size, size))
    chance[0] = 1.0
    for taken in range(1 << size):
        if chance[taken] == 0.0:
            continue
        inside = ((taken >> np.arange(size)) & 1) == 1
        r, d = n - inside.sum(), n - pi[inside].sum()
        if r == 0:
            joint[inside] += inside * chance[taken]
            continue
        weights = np.where(inside, 0.0, pi * (d - pi) / np.maximum(d - r * pi, 1e-300) if r > 1 else pi)
        for k in np.flatnonzero(~inside):
            chance[taken | (1 << k)] += chance[taken] * weights[k] / weights.sum()
    return joint
