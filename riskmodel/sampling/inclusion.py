"""Inclusion probabilities: scaled to a capacity, and turned into whole numbers per stratum."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def capped_to(pi_wanted: ArrayLike, capacity: float, *, certain: ArrayLike, floor: ArrayLike = 0.0) -> np.ndarray:
    """Scale inclusion probabilities so that their sum does not exceed a capacity.

    Certainty units keep their probability. All others are multiplied by one common factor, but none falls
    below its floor. The factor solves ``sum(max(f * pi, floor)) = room`` exactly: the left side is piecewise
    linear and grows with f, so the piece is found among the sorted points where a floor stops binding.
    A larger capacity never lowers anybody's probability.

    Parameters
    ----------
    pi_wanted : array of float, shape (units,)
        Wanted probabilities in [0, 1].
    capacity : float
        Largest expected number of units drawn; where it does not bind, nothing changes.
    certain : array of bool, shape (units,)
        Units that stay as they are.
    floor : array of float or float, default=0.0
        Least probability; a floor above the wanted probability counts as the wanted probability.

    Returns
    -------
    numpy.ndarray
        Probabilities, never above `pi_wanted`.

    Raises
    ------
    ValueError
        If certainty units and floors alone exceed the capacity.

    Examples
    --------
    >>> certain, floor = [True, False, False, False], [0, 0, 0, 0.1]
    >>> capped_to([1, 0.5, 0.5, 0.1], 1.6, certain=certain, floor=floor).round(9).tolist()
    [1.0, 0.25, 0.25, 0.1]
    """
    pi = np.asarray(pi_wanted, dtype=float)
    if pi.sum() <= capacity:
        return pi.copy()
    fixed = np.asarray(certain, dtype=bool)
    floors = np.minimum(np.broadcast_to(np.asarray(floor, dtype=float), pi.shape), pi)
    free = ~fixed & (pi > 0)
    room = capacity - pi[fixed].sum()
    least = floors[free].sum()
    if room < least * (1 - 1e-12):
        needed = pi[fixed].sum() + least
        raise ValueError(f"capacity {capacity} lies below certainty units and floors, {needed}")
    scaled = pi.copy()
    if free.any():
        scaled[free] = np.maximum(_factor(pi[free], floors[free], room) * pi[free], floors[free])
    return scaled


def proportional(size: ArrayLike, n: int) -> np.ndarray:
    """Inclusion probabilities in proportion to a size, capped at 1, that sum to n.

    Units whose share exceeds 1 are taken with certainty and the rest is scaled again until none does.

    Parameters
    ----------
    size : array of float, shape (units,)
        Sizes, at least 0; a unit of size 0 is never drawn.
    n : int
        Number drawn; at most the units of positive size.

    Returns
    -------
    numpy.ndarray
        Probabilities, shape (units,).

    Raises
    ------
    ValueError
        If a size is no number or negative, or n does not fit.

    References
    ----------
    Tillé (2006), Sampling Algorithms, section 2.10.

    Examples
    --------
    >>> proportional([1, 1, 8], 2).tolist()
    [0.5, 0.5, 1.0]
    """
    own = np.asarray(size, dtype=float)
    if not (np.isfinite(own) & (own >= 0)).all() or not 0 <= n <= int((own > 0).sum()):
        raise ValueError(f"n = {n} of {int((own > 0).sum())} units with a size")
    # From the largest down: a unit is certain if its share of what the larger ones leave is 1 or more.
    order = np.argsort(-own, kind="stable")
    tail = np.cumsum(own[order][::-1])[::-1]
    left = n - np.arange(own.size)
    certain = int(np.argmin(np.append((left > 0) & (own[order] * left >= tail), False)))
    pi = np.ones(own.size)
    rest = order[certain:]
    total = float(own[rest].sum())
    pi[rest] = own[rest] * ((n - certain) / total) if total > 0 else 0.0
    return np.minimum(pi, 1.0)


def allocate(sizes: ArrayLike, expected: ArrayLike, *, total: int) -> np.ndarray:
    """Whole numbers per stratum, as near to the expected numbers as the total allows.

    The largest remainders are rounded up. A stratum with an expectation gets at least one and at most its
    size, a stratum without gets none, and one that is expected whole is taken whole. Among all such whole
    numbers with this total the sum of squared distances from the expectation is least. Equal remainders: the
    stratum named first is rounded up first, the one named last down first.

    Parameters
    ----------
    sizes : array of int, shape (strata,)
        Units in each stratum.
    expected : array of float, shape (strata,)
        Expected number drawn, between 0 and the size.
    total : int
        Number drawn in all strata together.

    Returns
    -------
    numpy.ndarray
        Whole numbers, shape (strata,), that sum to `total`.

    Raises
    ------
    ValueError
        If no such numbers have this total.

    References
    ----------
    Largest remainders: Hamilton's method; Balinski & Young (2001), Fair Representation, chapter 2.

    Examples
    --------
    >>> allocate([580, 260, 90, 20], [5.8, 7.8, 0.2, 20], total=34).tolist()
    [6, 7, 1, 20]
    """
    size, wish = np.asarray(sizes, dtype=np.int64), np.asarray(expected, dtype=float)
    low = np.where(wish >= size, size, np.where(wish > 0, 1, 0))
    high = np.where(wish > 0, size, 0)
    if not low.sum() <= total <= high.sum():
        raise ValueError(f"total {total} lies outside {low.sum()} to {high.sum()}")
    n: np.ndarray = np.clip(np.floor(wish).astype(np.int64), low, high)
    # Remainders are rounded, so that float dust cannot decide between two strata.
    while n.sum() < total:
        n[np.argmax(np.where(n < high, np.round(wish - n, 9), -np.inf))] += 1
    while n.sum() > total:
        remainder = np.where(n > low, np.round(wish - n, 9), np.inf)
        n[n.size - 1 - np.argmin(remainder[::-1])] -= 1
    return n


def _factor(pi: np.ndarray, floors: np.ndarray, room: float) -> float:
    """The f at which the sum of max(f * pi, floors) is `room`."""
    frees_at = floors / pi
    order = np.argsort(frees_at, kind="stable")
    scaled, held = np.cumsum(pi[order]), floors.sum() - np.cumsum(floors[order])
    reached = frees_at[order] * scaled + held <= room
    piece = max(int(reached.sum()) - 1, 0)
    return float(np.clip((room - held[piece]) / scaled[piece], 0.0, 1.0))
