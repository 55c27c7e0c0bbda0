"""Coordination of draws by permanent random numbers: one visit for many, or nobody twice.

Each unit has one number u for all draws of a seed. A design that draws what has a small number (Poisson, sequential
Poisson, Pareto, simple random) then draws the same units again and again: *positive coordination*. If two draws are to
avoid each other, the second one uses shifted numbers: *negative coordination*. The shifted number is again uniform, so
each draw keeps its own probabilities; only what both have in common changes:

* same numbers: a unit is in both Poisson samples with the smaller of its two probabilities, the most there can be;
* shifted by the first probability: with max(0, pi_1 + pi_2 - 1), the least there can be. For several past draws the
  shift is the sum of their probabilities: the unit is spared until these reach 1, then its turn comes again.

For designs of fixed size both hold nearly, for large samples. They need the same numbers to be kept: the same seed,
identifiers and purpose.

References
----------
Brewer, Early & Joyce (1972); Ohlsson (1995), "Coordination of samples using permanent random numbers", in Business
Survey Methods; Cotton & Hesse (1992), on shifting and rotating.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from riskmodel.errors import DrawError


def shifted(numbers: ArrayLike, by: ArrayLike) -> np.ndarray:
    """Numbers moved on a circle of circumference 1: (u - by) modulo 1.

    Parameters
    ----------
    numbers : array of float, shape (units,) or (units, groups)
        Permanent random numbers; of several groups the first is moved.
    by : array of float, shape (units,), or float
        How far, at least 0. The probabilities of a past draw, or the sum of those of several, make the next draw avoid
        who was drawn; one number for all rotates the sample.

    Returns
    -------
    numpy.ndarray
        Numbers in (0, 1), of the same shape.

    Raises
    ------
    DrawError
        If a shift is no finite number or below 0, or shapes do not fit (RM-DRW-021).

    Examples
    --------
    >>> shifted([0.1, 0.3, 0.9], [0.2, 0.2, 0.2]).round(9).tolist()  # with pi = 0.2: the first was drawn, the second is
    [0.9, 0.1, 0.7]
    """
    own, far = np.array(numbers, dtype=float), np.asarray(by, dtype=float)
    if far.ndim > 1 or far.shape not in ((), own.shape[:1]) or not (np.isfinite(far) & (far >= 0)).all():
        raise DrawError("RM-DRW-021", where="by", found=far.shape, expected=f"numbers ≥ 0, {own.shape[:1]}")
    first = own if own.ndim == 1 else own[:, 0]
    moved = (first - far) % 1.0
    # The circle has no ends: what rounding puts there comes to lie next to them.
    first[...] = np.clip(moved, 2.0**-53, 1 - 2.0**-53)
    return own


def expected_overlap(first: ArrayLike, second: ArrayLike, *, by: ArrayLike = 0.0) -> np.ndarray:
    """Probability that a unit is in both of two Poisson samples, the second drawn with numbers shifted by `by`.

    Parameters
    ----------
    first, second : array of float, shape (units,)
        Probabilities of both draws.
    by : array of float or float, default=0.0
        Shift of the second: 0 for positive coordination, `first` for negative.

    Examples
    --------
    >>> expected_overlap([0.2, 0.7], [0.5, 0.6]).tolist()
    [0.2, 0.6]
    >>> expected_overlap([0.2, 0.7], [0.5, 0.6], by=[0.2, 0.7]).round(9).tolist()
    [0.0, 0.3]
    """
    one, other = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    start = np.asarray(by, dtype=float) % 1.0
    ahead = np.minimum(np.maximum(one - start, 0.0), other)
    both: np.ndarray = ahead + np.minimum(np.maximum(start + other - 1.0, 0.0), one)
    return both
