"""Systematic sampling with unequal probabilities.

Specification
-------------
Units stand in an order: that of the frame, or by the numbers of the first group, smallest first (ties: frame order).
Units of probability 0 or 1 are left out. Going through the order, c begins at 0, and for each unit ends at c + pi;
when it reaches 1, 1 is taken off. The unit is drawn if the start lies in its stretch [c, c + pi), or, where the
stretch passes 1, if start < c + pi - 1. The last unit is given what is left, so that exactly n are drawn. The start is
the number of the first unit of the order: of the first group where the order is that of the frame, else of the second.

In the order of the frame pi_ij is the length that the stretches of both units share on the circle; many are 0, so that
no variance can be estimated without bias. In the order of tickets it is the mean over all orders: exact up to 14 open
units, above by the approximation of Hájek (`joint.hajek`).

References
----------
Madow (1949), "On the theory of systematic sampling II"; Tillé (2006), Sampling Algorithms, section 7.1 to 7.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import ClassVar, Literal

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from riskmodel.sampling.joint import hajek
from riskmodel.sampling.protocol import Design, Fitted, Frame, Moves, OpenUnits

Order = Literal["frame", "ticket"]
_ENUMERATED = 14


@dataclass(frozen=True)
class Systematic(Design):
    """Equal steps along the cumulated probabilities, from one start.

    Parameters
    ----------
    order : {"frame", "ticket"}, default="frame"
        Frame: spreads the sample over whatever the frame is sorted by. Ticket: over nothing, so that joint
        probabilities are positive.

    Examples
    --------
    >>> Systematic().draw([0.5] * 6, tickets=[0.3, 0.1, 0.2, 0.4, 0.5, 0.6]).tolist()
    [True, False, True, False, True, False]
    """

    order: Order = "frame"
    fixed_size: ClassVar[bool] = True
    exact_pi: ClassVar[bool] = True
    moves: ClassVar[Moves] = "many"

    @property
    def name(self) -> str:
        """Name and version."""
        return f"systematic-by-ticket/1 in {self.order} order"

    @property
    def exact_joint_up_to(self) -> float:
        """Open units up to which joint probabilities are exact."""
        return np.inf if self.order == "frame" else _ENUMERATED

    def fit(self, pi: ArrayLike) -> Fitted:
        """Check the probabilities; see `Design.fit`."""
        frame = Frame.of(pi, fixed_size=True)
        return _InFrameOrder(frame) if self.order == "frame" else _InTicketOrder(frame)


@dataclass(frozen=True, eq=False)
class _InFrameOrder(OpenUnits):
    def _draw(self, numbers: np.ndarray) -> np.ndarray:
        drawn: np.ndarray = _stepped(self.frame.free, float(numbers[0, 0]), self.frame.n)
        return drawn

    def _joint(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        free, starts = self.frame.free, _starts(self.frame.free)
        return _overlap(starts[j] - starts[i], free[i], free[j])


@dataclass(frozen=True, eq=False)
class _InTicketOrder(OpenUnits):
    groups: ClassVar[int] = 2

    def _draw(self, numbers: np.ndarray) -> np.ndarray:
        order = np.argsort(numbers[0], kind="stable")
        drawn = np.empty(order.size, dtype=bool)
        drawn[order] = _stepped(self.frame.free[order], float(numbers[1, order[0]]), self.frame.n)
        return drawn

    def _joint(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        if self.frame.open.size > _ENUMERATED:
            return hajek(self.frame.free, i, j)
        return np.array([_over_orders(self.frame.free, a, b) for a, b in zip(i, j, strict=True)])


def _over_orders(pi: np.ndarray, i: int, j: int) -> float:
    """Joint probability over all orders: by the set of units that stand between the two."""
    size = pi.size
    sums, members = np.zeros(1), np.zeros(1, dtype=np.int64)
    for k in range(size):
        if k not in (i, j):
            sums, members = np.concatenate((sums, sums + pi[k])), np.concatenate((members, members + 1))
    # A set of m units stands between them, i first, in m! (size - m - 1)! of size! orders.
    likely = np.array([1 / (size * comb(size - 1, m)) for m in range(size - 1)])[members]
    i_first, j_first = _overlap(pi[i] + sums, pi[i], pi[j]), _overlap(pi[j] + sums, pi[j], pi[i])
    return float((likely * (i_first + j_first)).sum())


def _overlap(gap: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Length that two stretches share on the circle of circumference 1, the second beginning `gap` after the first."""
    gap = gap % 1.0
    ahead = np.minimum(np.maximum(first - gap, 0.0), second)
    shared: np.ndarray = ahead + np.minimum(np.maximum(gap + second - 1.0, 0.0), first)
    return shared


@njit(cache=True, nogil=True)
def _starts(pi: np.ndarray) -> np.ndarray:
    """Begin of each stretch, modulo 1."""
    starts, c = np.empty(pi.size), 0.0
    for k in range(pi.size):
        starts[k] = c
        c += pi[k]
        if c >= 1.0:
            c -= 1.0
    return starts


@njit(cache=True, nogil=True)
def _stepped(pi: np.ndarray, start: float, n: int) -> np.ndarray:
    drawn, c, taken = np.zeros(pi.size, dtype=np.bool_), 0.0, 0
    for k in range(pi.size - 1):
        end = c + pi[k]
        drawn[k] = c <= start < end
        if end >= 1.0:
            end -= 1.0
            drawn[k] |= start < end
        taken += drawn[k]
        c = end
    drawn[pi.size - 1] = taken < n
    return drawn
