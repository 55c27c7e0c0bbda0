"""Sampling designs: from tickets to a sample, with inclusion probabilities of first and second order.

Specification of `StratifiedRandom`
-----------------------------------
In each stratum h of N_h units, sort the units by ticket and take the first n_h. Tickets behave as independent
uniform numbers that do not depend on the strata, so every subset of n_h units is equally likely. Hence,
exactly:

* pi_i = n_h / N_h;
* pi_ij = n_h (n_h - 1) / (N_h (N_h - 1)) for two units of stratum h;
* pi_ij = pi_i pi_j for units of two strata.

Adding, removing or re-ranking an enterprise changes the sample in its own stratum only: the tickets of all
others stay, and so do their strata.

References
----------
Cochran (1977), Sampling Techniques, 3rd ed., sections 2.1 and 5.1; Fan, Muller & Rezucha (1962) for drawing
by sorting random numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskmodel.errors import DrawError
from riskmodel.sampling.brewer import Brewer
from riskmodel.sampling.conditional import ConditionalPoisson
from riskmodel.sampling.cube import Cube
from riskmodel.sampling.local import LocalPivotal
from riskmodel.sampling.ordered import Pareto, SequentialPoisson, SimpleRandom
from riskmodel.sampling.pivotal import OrderedPivotal
from riskmodel.sampling.poisson import Poisson
from riskmodel.sampling.protocol import Design, Fitted
from riskmodel.sampling.sampford import Sampford
from riskmodel.sampling.stratified import Stratified
from riskmodel.sampling.systematic import Systematic

__all__ = ["BY_WORD", "Design", "Fitted", "LocalPivotal", "Cube", "Stratified", "StratifiedRandom"]

# Word by which a plan or policy asks for a design → the design. `LocalPivotal` and `Cube` know more of a unit than its
# probability, and are made with that.
BY_WORD: Mapping[str, Design] = {
    "simple-random": SimpleRandom(),
    "poisson": Poisson(),
    "sequential-poisson": SequentialPoisson(),
    "pareto": Pareto(),
    "systematic": Systematic(),
    "ordered-pivotal": OrderedPivotal(),
    "conditional-poisson": ConditionalPoisson(),
    "brewer": Brewer(),
    "sampford": Sampford(),
}


@dataclass(frozen=True)
class StratifiedRandom:
    """Simple random sampling in each stratum: the n_h smallest tickets are drawn.

    Examples
    --------
    >>> design = StratifiedRandom()
    >>> strata, n = ["S1", "S1", "S1", "S2"], {"S1": 2, "S2": 1}
    >>> design.draw(strata, n, tickets=["c0", "0a", "b1", "ff"]).tolist()
    [False, True, True, True]
    >>> design.joint_pi(strata, n, i=[0, 0, 0], j=[0, 1, 3]).round(3).tolist()
    [0.667, 0.333, 0.667]
    """

    name: str = "stratified-random-by-ticket/1"

    def draw(self, strata: ArrayLike, n: Mapping[str, int], *, tickets: ArrayLike) -> np.ndarray:
        """Draw the units with the smallest tickets of each stratum.

        Parameters
        ----------
        strata : array of str, shape (units,)
            Stratum of each unit.
        n : mapping of str to int
            Number drawn in each stratum.
        tickets : array of str, shape (units,)
            Ticket of each unit. Equal tickets (a hash collision) fall to the unit named first.

        Returns
        -------
        numpy.ndarray
            Whether each unit is drawn.

        Raises
        ------
        DrawError
            If a stratum has no number, or a number does not fit its size (RM-DRW-001).
        """
        codes, sizes, wanted = _counted(strata, n)
        drawn: np.ndarray = _ranks(codes, sizes, np.asarray(tickets)) < wanted[codes]
        return drawn

    def pi(self, strata: ArrayLike, n: Mapping[str, int]) -> np.ndarray:
        """Inclusion probability n_h / N_h of each unit, exact."""
        codes, sizes, wanted = _counted(strata, n)
        share: np.ndarray = (wanted / sizes)[codes]
        return share

    def joint_pi(self, strata: ArrayLike, n: Mapping[str, int], *, i: ArrayLike, j: ArrayLike) -> np.ndarray:
        """Probability that both units of a pair are drawn, exact; pi_i where a unit is paired with itself.

        Parameters
        ----------
        strata, n
            As in `draw`.
        i, j : array of int
            Positions of the units, of shapes that broadcast.
        """
        codes, sizes, wanted = _counted(strata, n)
        first, second = np.broadcast_arrays(np.asarray(i), np.asarray(j))
        a, b = codes[first], codes[second]
        single = wanted / sizes
        within = single * (wanted - 1) / np.maximum(sizes - 1, 1)
        joint = np.where(a == b, within[a], single[a] * single[b])
        pairs: np.ndarray = np.where(first == second, single[a], joint)
        return pairs


def _counted(strata: ArrayLike, n: Mapping[str, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Code of each unit's stratum, and size and number drawn by code."""
    labels, codes, sizes = np.unique(np.asarray(strata, dtype=str), return_inverse=True, return_counts=True)
    absent = [str(label) for label in labels if label not in n]
    if absent:
        found, expected = ", ".join(absent), "a number for each stratum"
        raise DrawError("RM-DRW-001", where="strata", found=found, expected=expected)
    wanted = np.array([n[str(label)] for label in labels], dtype=np.int64)
    wrong = (wanted < 0) | (wanted > sizes)
    if wrong.any():
        at = int(np.argmax(wrong))
        raise DrawError(
            "RM-DRW-001", where=f"strata.{labels[at]}.n", found=int(wanted[at]), expected=f"0 … {sizes[at]}"
        )
    return codes, sizes, wanted


def _ranks(codes: np.ndarray, sizes: np.ndarray, tickets: np.ndarray) -> np.ndarray:
    """Rank of each ticket in its stratum, from 0."""
    order = np.lexsort((tickets, codes))
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1])) if sizes.size else np.zeros(0, dtype=np.int64)
    ranks = np.empty(codes.size, dtype=np.int64)
    ranks[order] = np.arange(codes.size) - starts[codes[order]]
    return ranks
