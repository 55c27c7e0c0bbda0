"""Pivotal sampling: units duel until every probability is 0 or 1.

Specification
-------------
Two units with probabilities a and b duel with one number v. If a + b < 1, the first keeps a + b and the second is out
when v < a / (a + b), else the other way round. If a + b >= 1, the second is drawn and the first goes on with
a + b - 1 when v < (1 - a) / (2 - a - b), else the other way round. So each keeps its probability on average.

Units stand in the order of the frame, or by numbers of the first group (ties: frame order). The first duels with the
second, who is left over with the third, and so on; the one named later is the second of the duel. v is the number of
that later unit, of the first group in frame order, of the second in ticket order.

The last unit is drawn if fewer than n are. Probabilities are exact. Joint: ordered in frame order exact for any frame
(below); in ticket order exact up to 14 open units, by summing over sets of arrived units; above, by the approximation
of Hájek.

In frame order, who arrives at a duel has a = fractional part of the cumulated probabilities, and unit i is that one
with a chance c that follows from the duels since its own. Later probabilities do not depend on who it is, so

    pi_ij = (pi_i - c a) pi_j + c max(0, a + pi_j - 1).

References
----------
Deville & Tillé (1998), "Unequal probability sampling without replacement through a splitting method", Biometrika 85;
Chauvet (2012), "On a characterization of ordered pivotal sampling", Bernoulli 18.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from riskmodel.sampling.joint import hajek
from riskmodel.sampling.protocol import Design, Fitted, Frame, Moves, OpenUnits
from riskmodel.sampling.systematic import Order

ENUMERATED = 14
_SPENT = 1e-18


@dataclass(frozen=True)
class OrderedPivotal(Design):
    """Duels along an order.

    Parameters
    ----------
    order : {"frame", "ticket"}, default="ticket"
        Frame: spreads the sample over whatever the frame is sorted by; of two neighbours at most one is drawn while
        their probabilities sum to less than 1. Ticket: spreads over nothing; entropy is high.

    Examples
    --------
    >>> OrderedPivotal("frame").draw([0.5] * 4, tickets=[0.9, 0.2, 0.7, 0.6]).tolist()
    [False, True, True, False]
    """

    order: Order = "ticket"
    fixed_size: ClassVar[bool] = True
    exact_pi: ClassVar[bool] = True
    moves: ClassVar[Moves] = "many"

    @property
    def name(self) -> str:
        """Name and version."""
        return f"ordered-pivotal-by-ticket/1 in {self.order} order"

    @property
    def exact_joint_up_to(self) -> float:
        """Open units up to which joint probabilities are exact."""
        return np.inf if self.order == "frame" else ENUMERATED

    def fit(self, pi: ArrayLike) -> Fitted:
        """Check the probabilities; see `Design.fit`."""
        frame = Frame.of(pi, fixed_size=True)
        return _InFrameOrder(frame) if self.order == "frame" else _InTicketOrder(frame)


@dataclass(frozen=True, eq=False)
class _InFrameOrder(OpenUnits):
    def _draw(self, numbers: np.ndarray) -> np.ndarray:
        drawn: np.ndarray = _duels(self.frame.free, numbers[0], self.frame.n)
        return drawn

    def _joint(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        pairs: np.ndarray = _frame_order_pairs(self.frame.free, np.minimum(i, j), np.maximum(i, j))
        return pairs


@dataclass(frozen=True, eq=False)
class _InTicketOrder(OpenUnits):
    groups: ClassVar[int] = 2

    def _draw(self, numbers: np.ndarray) -> np.ndarray:
        order = np.argsort(numbers[0], kind="stable")
        drawn = np.empty(order.size, dtype=bool)
        drawn[order] = _duels(self.frame.free[order], numbers[1][order], self.frame.n)
        return drawn

    def _joint(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        if self.frame.open.size > ENUMERATED:
            return hajek(self.frame.free, i, j)
        pairs: np.ndarray = _ticket_order_pairs(self.frame.free)[i, j]
        return pairs


@njit(cache=True, nogil=True, inline="always")
def first_stays(a: float, b: float) -> float:
    """Chance that the first of a duel is the one that remains undecided."""
    if a + b < 1.0:
        return a / (a + b)
    return (1.0 - a) / (2.0 - a - b)


@njit(cache=True, nogil=True)
def _duels(pi: np.ndarray, numbers: np.ndarray, n: int) -> np.ndarray:
    drawn = np.zeros(pi.size, dtype=np.bool_)
    held, a, taken = 0, pi[0], 0
    for k in range(1, pi.size):
        b, other = pi[k], k
        if numbers[k] >= first_stays(a, b):
            held, other = k, held
        a += b
        if a >= 1.0:
            a -= 1.0
            drawn[other] = True
            taken += 1
    drawn[held] = taken < n
    return drawn


@njit(cache=True, nogil=True)
def _frame_order_pairs(pi: np.ndarray, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    before, a = np.empty(pi.size), 0.0  # what is left over when a unit arrives
    for k in range(pi.size):
        before[k] = a
        a += pi[k]
        if a >= 1.0:
            a -= 1.0
    pairs = np.empty(i.size)
    for at in range(i.size):
        one, other = i[at], j[at]
        chance = 1.0 - first_stays(before[one], pi[one]) if before[one] > 0.0 else 1.0
        k = one + 1
        while k < other and chance > _SPENT:
            chance *= first_stays(before[k], pi[k])
            k += 1
        chance, a = (chance, before[other]) if k == other else (0.0, 0.0)
        pairs[at] = (pi[one] - chance * a) * pi[other] + chance * max(0.0, a + pi[other] - 1.0)
    return pairs


@njit(cache=True, nogil=True)
def _ticket_order_pairs(pi: np.ndarray) -> np.ndarray:
    """Joint probabilities over all orders, by the sets of units that have arrived.

    held[A, i] is the chance that unit i is the one left over when just the units of A have arrived, in random order.
    """
    size = pi.size
    held, left = np.zeros((1 << size, size)), np.zeros(1 << size)
    joint, likely = np.zeros((size, size)), np.zeros(size + 1)
    likely[0] = 1.0
    for k in range(size):  # chance of one set of k arrived units
        likely[k + 1] = likely[k] * (k + 1) / (size - k)
    for arrived in range(1 << size):
        count = 0
        for i in range(size):
            count += (arrived >> i) & 1
        for j in range(size):
            if (arrived >> j) & 1:
                continue
            grown, a, b = arrived | (1 << j), left[arrived], pi[j]
            left[grown] = a + b if a + b < 1.0 else a + b - 1.0
            stays = first_stays(a, b) if count else 0.0
            held[grown, j] += (1.0 - stays) / (count + 1)
            for i in range(size):
                if (arrived >> i) & 1:
                    c = held[arrived, i]
                    held[grown, i] += c * stays / (count + 1)
                    both = (pi[i] - c * a) * b + c * max(0.0, a + b - 1.0)
                    joint[i, j] += both * likely[count] / (size - count)
    return joint + joint.T
