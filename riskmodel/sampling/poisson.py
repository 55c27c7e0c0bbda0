"""Poisson sampling: everybody for himself.

Specification
-------------
A unit is drawn if its number u is below its probability pi. Units are independent: pi_ij = pi_i pi_j. The size of
the sample is random. An added unit moves nobody, and one unit can be checked without the frame.

References
----------
Hájek (1958); Brewer, Early & Joyce (1972), "Selecting several samples from a single population", for permanent random
numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from riskmodel.sampling.protocol import Design, Fitted, Frame, Moves, OpenUnits


@dataclass(frozen=True)
class Poisson(Design):
    """Draw each unit whose number lies below its probability.

    Examples
    --------
    >>> Poisson().draw([0.2, 0.5, 1.0], tickets=[0.1, 0.6, 0.9]).tolist()
    [True, False, True]
    """

    name: str = "poisson-by-ticket/1"
    fixed_size: ClassVar[bool] = False
    exact_pi: ClassVar[bool] = True
    exact_joint_up_to: ClassVar[float] = np.inf
    moves: ClassVar[Moves] = "nobody"

    def fit(self, pi: ArrayLike) -> Fitted:
        """Check the probabilities; see `Design.fit`."""
        return _Poisson(Frame.of(pi, fixed_size=False))


@dataclass(frozen=True, eq=False)
class _Poisson(OpenUnits):
    def _draw(self, numbers: np.ndarray) -> np.ndarray:
        drawn: np.ndarray = numbers[0] < self.frame.free
        return drawn

    def _joint(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        free = self.frame.free
        pairs: np.ndarray = free[i] * free[j]
        return pairs
