"""Any design by strata: every stratum is drawn by itself.

Strata are independent: pi_ij = pi_i pi_j for units of two strata. A stratum keeps its sample when another one changes.
For designs that compare numbers in the order of the frame, units of a stratum keep the order that they have in the
frame.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from riskmodel.errors import DrawError
from riskmodel.sampling.numbers import as_numbers
from riskmodel.sampling.ordered import SimpleRandom
from riskmodel.sampling.protocol import Design, Fitted, Frame, Moves


@dataclass(frozen=True, eq=False)
class Stratified(Design):
    """A design applied in each stratum.

    Parameters
    ----------
    strata : array, shape (units,)
        Stratum of each unit.
    within : Design, default=SimpleRandom()
        What is done in each. Its probabilities must fit each stratum: for a design of fixed size they sum to a whole
        number there.

    Examples
    --------
    >>> design = Stratified(["a", "a", "a", "b", "b"])
    >>> design.draw([1 / 3] * 3 + [0.5] * 2, tickets=[0.5, 0.2, 0.7, 0.9, 0.8]).tolist()
    [False, True, False, False, True]
    >>> design.joint([1 / 3] * 3 + [0.5] * 2, [0, 0], [1, 3]).round(4).tolist()
    [0.0, 0.1667]
    """

    strata: ArrayLike
    within: Design = field(default_factory=SimpleRandom)

    @property
    def name(self) -> str:
        """Name and version of the design within."""
        return f"stratified {self.within.name}"

    @property
    def fixed_size(self) -> bool:
        """As within."""
        return self.within.fixed_size

    @property
    def exact_pi(self) -> bool:
        """As within."""
        return self.within.exact_pi

    @property
    def exact_joint_up_to(self) -> float:
        """As within, of each stratum."""
        return self.within.exact_joint_up_to

    @property
    def moves(self) -> Moves:
        """As within, in the stratum of the added unit."""
        return self.within.moves

    def fit(self, pi: ArrayLike) -> Fitted:
        """Fit each stratum; see `Design.fit`.

        Raises
        ------
        DrawError
            If there is not one stratum a unit (RM-DRW-024), or what the design within refuses, with its stratum.
        """
        frame, labels = Frame.of(pi, fixed_size=False), np.asarray(self.strata)
        if labels.shape != frame.pi.shape:
            raise DrawError("RM-DRW-024", where="strata", found=labels.shape, expected=f"{frame.pi.shape}")
        names, codes = np.unique(labels, return_inverse=True)
        places = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])
        parts = []
        for name, mine in zip(names, places, strict=True):
            try:
                parts.append(self.within.fit(frame.pi[mine]))
            except DrawError as fault:
                where = f"stratum {name}: {fault.where}"
                raise DrawError(fault.code, where=where, found=fault.found, expected=fault.expected) from fault
        return _Stratified(frame, codes, tuple(places), tuple(parts))


@dataclass(frozen=True, eq=False)
class _Stratified:
    frame: Frame
    strata: np.ndarray
    places: tuple[np.ndarray, ...]
    parts: tuple[Fitted, ...]

    @property
    def groups(self) -> int:
        return max(part.groups for part in self.parts)

    def draw(self, tickets: ArrayLike) -> np.ndarray:
        numbers = as_numbers(tickets, size=self.strata.size, groups=self.groups)
        drawn = np.zeros(self.strata.size, dtype=bool)
        for mine, part in zip(self.places, self.parts, strict=True):
            drawn[mine] = part.draw(numbers[:, mine].T)
        return drawn

    def inclusion(self) -> np.ndarray:
        pi = np.empty(self.strata.size)
        for mine, part in zip(self.places, self.parts, strict=True):
            pi[mine] = part.inclusion()
        return pi

    def joint(self, i: ArrayLike, j: ArrayLike) -> np.ndarray:
        first, second = np.broadcast_arrays(np.asarray(i, dtype=np.int64), np.asarray(j, dtype=np.int64))
        pi, same = self.inclusion(), self.strata[first] == self.strata[second]
        pairs = pi[first] * pi[second]
        place = np.empty(self.strata.size, dtype=np.int64)
        for mine in self.places:
            place[mine] = np.arange(mine.size)
        for code in np.unique(self.strata[first[same]]):
            inside = same & (self.strata[first] == code)
            pairs[inside] = self.parts[code].joint(place[first[inside]], place[second[inside]])
        return np.asarray(pairs)
