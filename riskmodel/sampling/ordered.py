"""Order sampling: every unit gets a key from its number and its probability; the n smallest keys are drawn.

Specification
-------------
Of the units with 0 < pi < 1, n are drawn, those with the smallest keys; where keys are equal, the unit named first in
the frame goes first. The key is

* simple random: u, all probabilities being equal;
* sequential Poisson: u / pi;
* Pareto: (u (1 - pi)) / ((1 - u) pi),

in double arithmetic, operations as bracketed. One number a unit, of the first group. If targets of others stay, an
added unit replaces one at most. Simple random sampling has exactly the targets; the two others very nearly: the
realised probabilities are computed by `inclusion` (`order_theory`).

References
----------
Fan, Muller & Rezucha (1962); Ohlsson (1998), "Sequential Poisson sampling", Journal of Official Statistics 14; Rosén
(1997), "On sampling with probability proportional to size", JSPI 62.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from riskmodel.errors import DrawError
from riskmodel.sampling.joint import hajek
from riskmodel.sampling.order_theory import LIMIT, Threshold, pareto_threshold, sequential_threshold
from riskmodel.sampling.protocol import Design, Fitted, Frame, Moves, OpenUnits

_EQUAL = 1e-9
# Keys of numbers u and probabilities pi.
Key = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class SimpleRandom(Design):
    """Simple random sampling: all probabilities between 0 and 1 are equal, all samples equally likely.

    Examples
    --------
    >>> SimpleRandom().draw([0.5] * 4, tickets=[0.9, 0.1, 0.3, 0.4]).tolist()
    [False, True, True, False]
    """

    name: str = "simple-random-by-ticket/1"
    fixed_size: ClassVar[bool] = True
    exact_pi: ClassVar[bool] = True
    exact_joint_up_to: ClassVar[float] = np.inf
    moves: ClassVar[Moves] = "one"

    def fit(self, pi: ArrayLike) -> Fitted:
        """Check the probabilities; see `Design.fit`.

        Raises
        ------
        DrawError
            Also if they differ (RM-DRW-024): units of several probabilities are several strata.
        """
        frame = Frame.of(pi, fixed_size=True)
        free = frame.free
        if frame.open.size and free.max() - free.min() > _EQUAL:
            found = f"{free.min()} … {free.max()}"
            raise DrawError("RM-DRW-024", where="pi", found=found, expected="one probability in each stratum")
        return _Simple(frame)


@dataclass(frozen=True)
class SequentialPoisson(Design):
    """The n smallest u / pi.

    Keys of all units keep their order when all probabilities are multiplied by one factor.

    Examples
    --------
    >>> SequentialPoisson().draw([0.8, 0.4, 0.8], tickets=[0.9, 0.3, 0.7]).tolist()
    [False, True, True]
    """

    name: str = "sequential-poisson-by-ticket/1"
    fixed_size: ClassVar[bool] = True
    exact_pi: ClassVar[bool] = False
    exact_joint_up_to: ClassVar[float] = LIMIT
    moves: ClassVar[Moves] = "one"

    def fit(self, pi: ArrayLike) -> Fitted:
        """Check the probabilities; see `Design.fit`."""
        return Ordered(Frame.of(pi, fixed_size=True), sequential_key, sequential_threshold)


@dataclass(frozen=True)
class Pareto(Design):
    """The n smallest odds of u over odds of pi: nearest to the targets among all order designs.

    Examples
    --------
    >>> Pareto().draw([0.8, 0.4, 0.8], tickets=[0.9, 0.3, 0.7]).tolist()
    [False, True, True]
    """

    name: str = "pareto-by-ticket/1"
    fixed_size: ClassVar[bool] = True
    exact_pi: ClassVar[bool] = False
    exact_joint_up_to: ClassVar[float] = LIMIT
    moves: ClassVar[Moves] = "one"

    def fit(self, pi: ArrayLike) -> Fitted:
        """Check the probabilities; see `Design.fit`."""
        return Ordered(Frame.of(pi, fixed_size=True), pareto_key, pareto_threshold)


@dataclass(frozen=True, eq=False)
class _Simple(OpenUnits):
    def _draw(self, numbers: np.ndarray) -> np.ndarray:
        return smallest(numbers[0], self.frame.n)

    def _inclusion(self) -> np.ndarray:
        return np.full(self.frame.open.size, self.frame.n / self.frame.open.size)

    def _joint(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        size, n = self.frame.open.size, self.frame.n
        return np.full(i.size, n * (n - 1) / (size * (size - 1)))


@dataclass(frozen=True, eq=False)
class Ordered(OpenUnits):
    """The n smallest keys; `theory` knows their probabilities."""

    key: Key
    theory: Callable[[np.ndarray, int], Threshold | None]

    @cached_property
    def _threshold(self) -> Threshold | None:
        return self.theory(self.frame.free, self.frame.n)

    def _draw(self, numbers: np.ndarray) -> np.ndarray:
        return smallest(self.key(numbers[0], self.frame.free), self.frame.n)

    def _inclusion(self) -> np.ndarray:
        return self.frame.free if self._threshold is None else self._threshold.inclusion()

    def _joint(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        if self._threshold is None:
            return hajek(self.frame.free, i, j)
        return self._threshold.joint(i, j)

    def _each(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        return super()._each(i, j) if self._threshold is None else self._threshold.each(i, j)


def sequential_key(u: np.ndarray, pi: np.ndarray) -> np.ndarray:
    """Key of sequential Poisson sampling, u / pi."""
    key: np.ndarray = u / pi
    return key


def pareto_key(u: np.ndarray, pi: np.ndarray) -> np.ndarray:
    """Key of Pareto sampling, (u (1 - pi)) / ((1 - u) pi)."""
    key: np.ndarray = (u * (1 - pi)) / ((1 - u) * pi)
    return key


def smallest(keys: np.ndarray, n: int) -> np.ndarray:
    """Which of the keys are the n smallest; among equal ones those that stand first."""
    if n <= 0:
        return np.zeros(keys.size, dtype=bool)
    last = np.partition(keys, n - 1)[n - 1]
    drawn = keys < last
    equal = np.flatnonzero(keys == last)
    drawn[equal[: n - int(drawn.sum())]] = True
    chosen: np.ndarray = drawn
    return chosen
