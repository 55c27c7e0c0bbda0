"""Sampford's design: fixed size, exact probabilities of both orders in closed form, entropy next to the greatest.

Specification
-------------
A sample s of n units has a probability proportional to prod_{k in s} w_k * sum_{k in s} (1 - pi_k), w = pi / (1 - pi).
Sampford draws one unit with pi and n - 1 with w, with replacement, until all differ: hopeless for large frames. But
the probability of s is a sum over a leader l in s of pi_l * prod_{k in s, k != l} w_k. So

1. a leader is drawn with a probability proportional to pi_l (1 - pi_l) P(n - 1 of the others are drawn by Poisson
   sampling with pi): the first open unit in frame order at which the cumulated chances reach v times their sum, v the
   number of the third group of the first open unit;
2. the other n - 1 are drawn from the other open units by the tree of `conditional`, with p = pi (the leader keeps its
   place there with p = 0).

No unit is ever drawn in vain, at any size. Joint probabilities are exact: with W = mean over t of the characteristic
function at size n (`size`), r_k = pi_k e^{it} / (1 - pi_k + pi_k e^{it}), a_k = (1 - pi_k) r_k and A = sum a_k,

    pi_kl = sum W r_k r_l (1 - pi_k + 1 - pi_l + A - a_k - a_l) / sum W A.

References
----------
Sampford (1967), "On sampling without replacement with unequal probabilities of selection", Biometrika 54; Tillé (2006),
section 6.8 (the mixture and the formula above are derived here, and tested against all samples).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from riskmodel.sampling.conditional import Turned
from riskmodel.sampling.conditional_tree import descend, plant
from riskmodel.sampling.protocol import Certain, Design, Fitted, Frame, Moves, OpenUnits
from riskmodel.sampling.size import real_product

_BATCH = 1 << 13


@dataclass(frozen=True)
class Sampford(Design):
    """Sampford's design, without rejection.

    Examples
    --------
    >>> numbers = [[0.9, 0.5, 0.3], [0.2, 0.5, 0.5], [0.3, 0.5, 0.5], [0.8, 0.5, 0.5]]
    >>> Sampford().draw([0.2, 0.5, 0.6, 0.7], tickets=numbers).tolist()
    [False, True, True, False]
    >>> Sampford().joint([0.2, 0.5, 0.6, 0.7], [0, 2, 2], [0, 3, 1]).round(6).tolist()
    [0.2, 0.345882, 0.190588]
    """

    name: str = "sampford-by-ticket/1"
    fixed_size: ClassVar[bool] = True
    exact_pi: ClassVar[bool] = True
    exact_joint_up_to: ClassVar[float] = np.inf
    moves: ClassVar[Moves] = "many"

    def fit(self, pi: ArrayLike) -> Fitted:
        """Check the probabilities; see `Design.fit`."""
        frame = Frame.of(pi, fixed_size=True)
        return _Sampford(frame) if frame.open.size else Certain(frame)


@dataclass(frozen=True, eq=False)
class _Sampford(OpenUnits):
    groups: ClassVar[int] = 3

    @cached_property
    def _turned(self) -> Turned:
        return Turned.of(self.frame.free, self.frame.n)

    @cached_property
    def _leads(self) -> np.ndarray:
        """Cumulated chances to be the leader: P(l and n - 1 others) (1 - pi_l) is what step 1 asks for, to a factor."""
        free = self.frame.free
        cumulated: np.ndarray = np.cumsum(self._turned.inclusion(free) * (1 - free))
        return cumulated

    @cached_property
    def _sum(self) -> np.ndarray:
        """A at each node."""
        total, free = np.zeros(self._turned.weight.size, dtype=complex), self.frame.free
        for start in range(0, free.size, _BATCH):
            part = free[start : start + _BATCH]
            total += (1 - part) @ self._turned.ratio(part)
        return total

    def _draw(self, numbers: np.ndarray) -> np.ndarray:
        leader = int(np.searchsorted(self._leads, numbers[2, 0] * self._leads[-1]))
        others = self.frame.free.copy()
        others[leader] = 0.0
        drawn = descend(plant(others), others, numbers, self.frame.n - 1)
        drawn[leader] = True
        return drawn

    def _joint(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        free, weight, pairs = self.frame.free, self._turned.weight, np.empty(i.size)
        whole = float((weight * self._sum).real.sum())
        for start in range(0, i.size, _BATCH):
            one, other = free[i[start : start + _BATCH]], free[j[start : start + _BATCH]]
            a, b = self._turned.ratio(one), self._turned.ratio(other)
            rest = self._sum + (1 - one)[:, None] * (1 - a) + (1 - other)[:, None] * (1 - b)
            pairs[start : start + _BATCH] = ((a * b * rest) @ weight).real / whole
        return pairs

    def _each(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        one, other = self.frame.free[i], self.frame.free[j]
        a, b = self._turned.ratio(one), self._turned.ratio(other)
        weight, half = self._turned.weight, self._sum / 2
        own_a, own_b = ((half + (1 - pi)[:, None] * (1 - r)) * r for pi, r in ((one, a), (other, b)))
        table: np.ndarray = real_product(own_a * weight, b) + real_product(a * weight, own_b)
        return table / float((weight * self._sum).real.sum())
