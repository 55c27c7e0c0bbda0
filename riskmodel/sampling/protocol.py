"""What every sampling design offers: fit it to probabilities, then draw, and know both orders of probability.

A design is fitted once to the target probabilities of a frame (`fit`), which does all that needs no ticket; the
`Fitted` design then draws with any tickets and tells the probabilities that it realises. Units of probability 0 are
never drawn and those of probability 1 always; designs see only the others.

Rules for all designs
---------------------
* A probability within 1e-12 of 0 or 1 counts as 0 or 1.
* A design of fixed size needs probabilities that sum to a whole number n, within 1e-6; n is the nearest one. That
  little is ascribed to rounding: realised probabilities may differ from the targets by as much in all.
* Tickets alone decide, through comparisons of doubles; nothing depends on threads or on a generator. Basic operations
  of IEEE 754 are the same in all languages. Where a design needs exp or log, a result could differ between two
  machines only if a ticket lay within about 1e-12 of its threshold.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike

from riskmodel.errors import DrawError
from riskmodel.sampling.numbers import as_numbers

Moves = Literal["nobody", "one", "many"]
_CERTAIN = 1e-12
_WHOLE = 1e-6


@dataclass(frozen=True, eq=False)
class Frame:
    """Target probabilities, and who of the frame is open.

    Attributes
    ----------
    pi : ndarray of float, shape (units,)
        Target probabilities, 0 and 1 where they count as such.
    open : ndarray of int
        Places of the units with 0 < pi < 1.
    n : int
        Number drawn among the open units, if the design has a fixed size; else -1.
    """

    pi: np.ndarray
    open: np.ndarray
    n: int

    @classmethod
    def of(cls, pi: ArrayLike, *, fixed_size: bool) -> Frame:
        """Check probabilities and part the frame.

        Raises
        ------
        DrawError
            If there are none or one is not a number from 0 to 1 (RM-DRW-021), or a design of fixed size is asked for
            and their sum is not whole (RM-DRW-022).
        """
        given = np.asarray(pi, dtype=float)
        if given.ndim != 1 or not given.size:
            raise DrawError("RM-DRW-021", where="pi", found=given.shape)
        right = (given >= 0) & (given <= 1)
        if not right.all():
            at = int(np.argmin(right))
            raise DrawError("RM-DRW-021", where=f"pi[{at}]", found=given[at])
        own = np.where(given <= _CERTAIN, 0.0, np.where(given >= 1 - _CERTAIN, 1.0, given))
        places = np.flatnonzero((own > 0) & (own < 1))
        if not fixed_size:
            return cls(own, places, -1)
        total = float(own[places].sum())
        if abs(total - round(total)) > _WHOLE:
            raise DrawError("RM-DRW-022", where="pi", found=float(own.sum()))
        return cls(own, places, round(total))

    @property
    def free(self) -> np.ndarray:
        """Probabilities of the open units."""
        return self.pi[self.open] if self.open.size < self.pi.size else self.pi


class Fitted(Protocol):
    """A design fitted to a frame: draws with any tickets, and knows what it realises."""

    @property
    def frame(self) -> Frame:
        """Target probabilities."""

    @property
    def groups(self) -> int:
        """Numbers of each ticket that a draw needs."""

    @property
    def strata(self) -> np.ndarray:
        """Code of each unit's stratum, from 0; strata are drawn independently."""

    def draw(self, tickets: ArrayLike) -> np.ndarray:
        """Whether each unit is drawn, shape (units,).

        Parameters
        ----------
        tickets : array of str, shape (units,), or of float, shape (units,) or (units, groups)
            Tickets of 64 hexadecimal digits, or their numbers (`sampling.numbers`).

        Raises
        ------
        DrawError
            If tickets do not fit the frame (RM-DRW-023).
        """

    def inclusion(self) -> np.ndarray:
        """Probability of each unit that this design realises, shape (units,)."""

    def joint(self, i: ArrayLike, j: ArrayLike) -> np.ndarray:
        """Probability that the units at places `i` and `j` are both drawn; of a unit with itself, its own.

        Parameters
        ----------
        i, j : array of int
            Places in the frame, of shapes that broadcast.

        Returns
        -------
        numpy.ndarray
            Probabilities in the shape of the pairs.
        """


@dataclass(frozen=True, eq=False)
class OpenUnits(ABC):
    """A fitted design that decides on the open units; it has the others drawn or left out as their probability says."""

    frame: Frame
    groups: ClassVar[int] = 1

    @property
    def strata(self) -> np.ndarray:
        """One stratum."""
        return np.zeros(self.frame.pi.size, dtype=np.int64)

    def draw(self, tickets: ArrayLike) -> np.ndarray:
        """Whether each unit is drawn; see `Fitted.draw`."""
        numbers = as_numbers(tickets, size=self.frame.pi.size, groups=self.groups)
        drawn: np.ndarray = self.frame.pi == 1
        if self.frame.open.size:
            mine = numbers if self.frame.open.size == drawn.size else numbers[:, self.frame.open]
            drawn[self.frame.open] = self._draw(mine)
        return drawn

    def inclusion(self) -> np.ndarray:
        """Realised probability of each unit; see `Fitted.inclusion`."""
        return self._realised.copy()

    @cached_property
    def _realised(self) -> np.ndarray:
        pi = self.frame.pi.copy()
        if self.frame.open.size:
            pi[self.frame.open] = self._inclusion()
        return pi

    def joint(self, i: ArrayLike, j: ArrayLike) -> np.ndarray:
        """Joint probabilities; see `Fitted.joint`."""
        one, other = np.asarray(i, dtype=np.int64), np.asarray(j, dtype=np.int64)
        if one.ndim == other.ndim == 2 and one.shape[1] == other.shape[0] == 1 and one.size * other.size > 1:
            return self._table(one[:, 0], other[0])
        first, second = np.broadcast_arrays(one, other)
        shape, first, second = first.shape, first.ravel(), second.ravel()
        pi = self._realised
        pairs: np.ndarray = np.where(first == second, pi[first], pi[first] * pi[second])
        place = np.full(pi.size, -1, dtype=np.int64)
        place[self.frame.open] = np.arange(self.frame.open.size)
        both = np.flatnonzero((first != second) & (place[first] >= 0) & (place[second] >= 0))
        if both.size:
            pairs[both] = self._joint(place[first[both]], place[second[both]])
        return pairs.reshape(shape)

    def _table(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Joint probabilities of each of some units with each of others."""
        pi = self._realised
        table: np.ndarray = np.outer(pi[first], pi[second])
        place = np.full(pi.size, -1, dtype=np.int64)
        place[self.frame.open] = np.arange(self.frame.open.size)
        rows, columns = np.flatnonzero(place[first] >= 0), np.flatnonzero(place[second] >= 0)
        if rows.size and columns.size:
            table[np.ix_(rows, columns)] = self._each(place[first[rows]], place[second[columns]])
        same_row, same_column = np.nonzero(first[:, None] == second[None, :])
        table[same_row, same_column] = pi[first[same_row]]
        return table

    def _each(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Joint probabilities of each of some open units with each of others; a unit with itself is not asked for."""
        rows, columns = (side.ravel() for side in np.meshgrid(i, j, indexing="ij"))
        table, different = np.zeros(rows.size), np.flatnonzero(rows != columns)
        table[different] = self._joint(rows[different], columns[different])
        return table.reshape(i.size, j.size)

    @abstractmethod
    def _draw(self, numbers: np.ndarray) -> np.ndarray:
        """Which open units are drawn, from their numbers, shape (groups, open units)."""

    @abstractmethod
    def _joint(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Joint probabilities of pairs of different open units."""

    def _inclusion(self) -> np.ndarray:
        return self.frame.free


class Certain(OpenUnits):
    """Any design on a frame without open units."""

    def _draw(self, numbers: np.ndarray) -> np.ndarray:
        return np.zeros(0, dtype=bool)

    def _joint(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        return np.zeros(0)


class Design(Protocol):
    """A way to draw with given probabilities. Designs derive from it and so inherit `draw`, `inclusion`, `joint`."""

    @property
    def name(self) -> str:
        """Name and version, as commitments and proofs write it."""

    @property
    def fixed_size(self) -> bool:
        """Whether every sample has the same number of units."""

    @property
    def exact_pi(self) -> bool:
        """Whether the realised probabilities are the targets. Where not, `inclusion` computes the realised ones."""

    @property
    def exact_joint_up_to(self) -> float:
        """Open units up to which `joint` is exact, to rounding or the error that the design states.

        Above it is the approximation that the design states.
        """

    @property
    def moves(self) -> Moves:
        """How many others an added unit can move in or out while the targets of all others stay (and n, if fixed)."""

    def fit(self, pi: ArrayLike) -> Fitted:
        """All that needs no ticket.

        Parameters
        ----------
        pi : array of float, shape (units,)
            Target probabilities in [0, 1].

        Raises
        ------
        DrawError
            If probabilities are wrong (RM-DRW-021) or do not sum to a whole number (RM-DRW-022).
        """

    def draw(self, pi: ArrayLike, *, tickets: ArrayLike) -> np.ndarray:
        """Whether each unit is drawn; see `Fitted.draw`."""
        return self.fit(pi).draw(tickets)

    def inclusion(self, pi: ArrayLike) -> np.ndarray:
        """Realised probability of each unit; see `Fitted.inclusion`."""
        return self.fit(pi).inclusion()

    def joint(self, pi: ArrayLike, i: ArrayLike, j: ArrayLike) -> np.ndarray:
        """Joint probabilities of pairs of units; see `Fitted.joint`."""
        return self.fit(pi).joint(i, j)
