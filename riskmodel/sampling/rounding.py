"""Expected numbers per stratum turned into whole numbers by one ticket, so that every probability stays exact.

Specification
-------------
Strata stand in a fixed order; stratum h expects m_h millionths of a unit, and C_h = m_1 + … + m_h. One ticket of
the seed (purpose "round", name "numbers") gives a shift s = floor(first 13 digits * 10^6 / 2^52), a whole number
below 10^6. Then

    n_h = floor((C_h + s) / 10^6) - floor((C_(h-1) + s) / 10^6).

Hence n_h is the expectation rounded down or up, its mean over seeds is the expectation (to 2^-32), neighbouring
strata together are again rounded down or up, and where the expectations add up to a whole number the total is that
number always. A stratum that expects less than one unit is not forced to have one, as rounding at the desk would do:
an enterprise that is alone in its stratum keeps its probability. Whole numbers only: any language, or a spreadsheet,
computes the same.

References
----------
Systematic rounding: Madow (1949), "On the theory of systematic sampling II"; the same device in controlled rounding,
Cox (1987), "A constructive procedure for unbiased controlled rounding".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

UNIT = 1_000_000


def shift_of(ticket: str) -> int:
    """The shift that a ticket gives.

    >>> shift_of("0" * 64), shift_of("8" + "0" * 63), shift_of("f" * 64)
    (0, 500000, 999999)
    """
    return int(ticket[:13], 16) * UNIT >> 52


def rounded(parts: ArrayLike, shift: int) -> np.ndarray:
    """Whole numbers per stratum from millionths and a shift.

    Examples
    --------
    >>> rounded([400_000, 400_000, 1_200_000], 0).tolist(), rounded([400_000, 400_000, 1_200_000], 700_000).tolist()
    ([0, 0, 2], [1, 0, 1])
    """
    ends = np.cumsum(np.asarray(parts, dtype=np.int64)) + shift
    n: np.ndarray = np.diff(ends // UNIT, prepend=0)
    return n


def ranks(codes: ArrayLike, tickets: np.ndarray) -> np.ndarray:
    """Place of each unit's ticket in its stratum, from 0; equal tickets: the unit named first comes first.

    Parameters
    ----------
    codes : array of int, shape (units,)
        Stratum of each unit.
    tickets : ndarray of uint64, shape (units, 4)
        Tickets as `tickets.words` gives them.
    """
    code = np.asarray(codes, dtype=np.int64)
    order = np.lexsort((tickets[:, 0], code))
    first, place = tickets[order, 0], code[order]
    if ((first[1:] == first[:-1]) & (place[1:] == place[:-1])).any():  # once in 10^7 frames of a million
        order = np.lexsort((*tickets.T[::-1], code))
        place = code[order]
    starts = np.concatenate(([0], np.cumsum(np.bincount(code))))[place] if code.size else place
    found = np.empty(code.size, dtype=np.int64)
    found[order] = np.arange(code.size) - starts
    return found


@dataclass(frozen=True)
class Moments:
    """Means over all shifts.

    Attributes
    ----------
    first : ndarray, shape (strata,)
        Mean of n_h, the expectation itself.
    within : ndarray, shape (strata,)
        Mean of n_h (n_h - 1).
    across : ndarray, shape (strata, strata)
        Mean of n_h n_k.
    """

    first: np.ndarray
    within: np.ndarray
    across: np.ndarray


def moments(parts: ArrayLike) -> Moments:
    """Exact means of the numbers and of their products, by going through all shifts at which a number changes.

    Examples
    --------
    >>> m = moments([400_000, 400_000, 1_200_000])
    >>> m.first.round(9).tolist(), m.across[0].round(9).tolist()
    ([0.4, 0.4, 1.2], [0.4, 0.0, 0.4])
    """
    m = np.asarray(parts, dtype=np.int64)
    turns = np.unique(np.concatenate(([0, UNIT], (-np.cumsum(m)) % UNIT)))
    weights = np.diff(turns) / UNIT
    numbers = np.array([rounded(m, int(shift)) for shift in turns[:-1]], dtype=float)
    weighted = numbers * weights[:, None]
    across: np.ndarray = weighted.T @ numbers
    first = weighted.sum(axis=0)
    return Moments(first, np.diag(across) - first, across)


def joint_pi(codes: ArrayLike, sizes: ArrayLike, parts: ArrayLike, *, i: ArrayLike, j: ArrayLike) -> np.ndarray:
    """Probability that two units are both drawn, where each stratum draws its number at random; exact.

    Parameters
    ----------
    codes : array of int, shape (units,)
        Stratum of each unit.
    sizes, parts : array of int, shape (strata,)
        Units and expected millionths of each stratum.
    i, j : array of int
        Positions of units, of shapes that broadcast; a unit with itself gives its own probability.
    """
    code, size = np.asarray(codes), np.asarray(sizes, dtype=float)
    mean = moments(parts)
    one, other = np.broadcast_arrays(np.asarray(i), np.asarray(j))
    a, b = code[one], code[other]
    pairs = mean.across / np.maximum(np.outer(size, size), 1)
    same = mean.within / np.maximum(size * (size - 1), 1)
    joint: np.ndarray = np.where(a == b, same[a], pairs[a, b])
    return np.where(one == other, (mean.first / size)[a], joint)
