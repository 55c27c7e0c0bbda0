"""A sample that came back: its weights, and the variance of a weighted total.

Every estimate is, to first order, a weighted total of a linearised value z. Its variance is that of sum z_k / pi_k over
the drawn units, estimated stratum by stratum (strata are independent):

* fixed size, joint probabilities exact: Sen, Yates and Grundy, sum over pairs of (pi_i pi_j / pi_ij - 1) times
  (z_i / pi_i - z_j / pi_j)^2;
* fixed size, large or without exact joint probabilities: Hájek and Deville, n / (n - 1) sum (1 - pi_k)
  (z_k / pi_k - B)^2, B the mean of z / pi with weights 1 - pi, over the n units with pi < 1. For simple random sampling
  this is the exact formula; for high entropy it differs from it by about 1 / d;
* independent units (Poisson): sum (1 - pi_k) (z_k / pi_k)^2.

Units of pi = 1 add nothing. A stratum with one open unit has no variance of its own: it takes the mean of the others',
unit by unit, or, if there is none, the estimate has no standard error.

References
----------
Särndal, Swensson & Wretman (1992), Model Assisted Survey Sampling, chapters 2, 3 and 5; Deville (1999), "Variance
estimation for complex statistics and estimators", Survey Methodology 25; Deville & Tillé (2005).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from riskmodel.errors import DrawError
from riskmodel.sampling.protocol import Design, Fitted

Variance = Literal["exact", "approximate"]
# Linearised values of observed units → of drawn units, as the step that made the weights has it, and what it adds.
Step = Callable[[np.ndarray], tuple[np.ndarray, float]]
_PAIRS_UP_TO = 5000
_BATCH = 512


@dataclass(frozen=True, eq=False)
class Sample:
    """Drawn units with weights.

    Attributes
    ----------
    design : str
        Name of the design.
    pi : ndarray of float, shape (frame units,)
        Realised inclusion probabilities.
    strata : ndarray of int, shape (frame units,)
        Codes of strata that were drawn independently.
    units : ndarray of int, shape (n,)
        Places of the observed units in the frame: those drawn, or those of them that responded.
    weights : ndarray of float, shape (n,)
        Final weights: 1 / pi, adjusted and calibrated.
    drawn : ndarray of int
        Places of all drawn units.
    joint : callable
        Joint probabilities of places.
    independent : bool
        Whether units are drawn independently.
    exact_up_to : float
        Open units of a stratum up to which `joint` is exact.
    steps : tuple of callable
        What adjustment and calibration do to linearised values, in the order in which they were made.
    """

    design: str
    pi: np.ndarray
    strata: np.ndarray
    units: np.ndarray
    weights: np.ndarray
    drawn: np.ndarray
    joint: Callable[[ArrayLike, ArrayLike], np.ndarray]
    independent: bool
    exact_up_to: float
    steps: tuple[Step, ...] = ()

    @classmethod
    def of(cls, design: Design, fitted: Fitted, drawn: ArrayLike) -> Sample:
        """The units that a design drew.

        Parameters
        ----------
        design : Design
            The design.
        fitted : Fitted
            The design fitted to the frame.
        drawn : array of bool, shape (frame units,)
            Whether each unit was drawn.

        Raises
        ------
        DrawError
            If units do not fit the frame, or one of probability 0 is among them (RM-DRW-025).
        """
        mask, pi = np.asarray(drawn), fitted.inclusion()
        if mask.dtype != bool or mask.shape != pi.shape:
            raise DrawError("RM-DRW-025", where="drawn", found=mask.shape, expected=f"{pi.shape} of bool")
        units = np.flatnonzero(mask)
        if units.size and not pi[units].min() > 0:
            at = int(units[np.argmin(pi[units])])
            raise DrawError("RM-DRW-025", where=f"pi[{at}]", found=pi[at])
        return cls(
            design.name, pi, fitted.strata, units, 1 / pi[units], units, fitted.joint,
            not design.fixed_size, design.exact_joint_up_to,
        )  # fmt: skip

    def variance(self, z: np.ndarray, method: Variance | None = None) -> float:
        """Estimated variance of the weighted total of linearised values of the observed units.

        Parameters
        ----------
        z : ndarray of float, shape (n,)
            Linearised values.
        method : {"exact", "approximate"}, optional
            For designs of fixed size; None: exact where joint probabilities are and strata have at most 5,000 drawn
            units.

        Returns
        -------
        float
            The variance; nan where a single unit stands for all that is uncertain.
        """
        added = 0.0
        for step in reversed(self.steps):
            z, more = step(z)
            added += more
        sampling = self._sampling_variance(z, method)
        return sampling + added

    def _sampling_variance(self, z: np.ndarray, method: Variance | None) -> float:
        pi = self.pi[self.drawn]
        if self.independent:
            return float(((1 - pi) * (z / pi) ** 2).sum())
        inside = np.flatnonzero(pi < 1)
        codes, total, alone, units = self.strata[self.drawn], 0.0, 0, 0
        order = inside[np.argsort(codes[inside], kind="stable")]
        for mine in np.split(order, np.flatnonzero(np.diff(codes[order])) + 1):
            if mine.size == 1:
                alone += 1
            elif mine.size:
                total += self._stratum_variance(mine, z, method)
                units += mine.size
        if alone and not units:
            return float("nan")
        return max(total, 0.0) * (1 + alone / units if units else 1.0)

    def _stratum_variance(self, mine: np.ndarray, z: np.ndarray, method: Variance | None) -> float:
        places = self.drawn[mine]
        pi, value = self.pi[places], z[mine] / self.pi[places]
        if method is None:
            of_frame = (self.strata == self.strata[places[0]]) & (self.pi > 0) & (self.pi < 1)
            small = mine.size <= _PAIRS_UP_TO and int(of_frame.sum()) <= self.exact_up_to
            equal = pi.max() - pi.min() < 1e-12
            method = "exact" if small and not equal else "approximate"
        if method == "approximate":
            share = 1 - pi
            centre = float((share * value).sum() / share.sum())
            return float(pi.size / (pi.size - 1) * (share * (value - centre) ** 2).sum())
        total = 0.0
        for start in range(0, mine.size, _BATCH):
            part = slice(start, start + _BATCH)
            joint = self.joint(places[part, None], places[None, :])
            share = pi[part, None] * pi[None, :] / joint - 1
            share[joint == 0] = 0.0
            share[np.arange(len(share)), start + np.arange(len(share))] = 0.0
            total += float((share * (value[part, None] - value[None, :]) ** 2).sum()) / 2
        return total
