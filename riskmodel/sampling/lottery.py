"""A lottery over assignments: fractional chances become whole places, and everybody keeps exactly his chance.

Specification
-------------
Rows (places to be filled) and columns (people) form a grid of chances in millionths; the chances of a row add up to a
whole number of places. While a chance is neither 0 nor 10^6:

1. Start at the column with the smallest number that has exactly one open chance; if there is none, at the row with the
   smallest number that has an open chance.
2. Walk: from a row or column to the open chance with the smallest number other than the one just come by, over to the
   other side, and so on, until a row or column is met again (the walk from its first meeting on is a cycle) or no
   chance leads on (a path between two columns).
3. Call its chances in turn odd and even. Let a be the largest amount that can be added to all odd and taken from all
   even chances, b the same the other way round, within 0 and 10^6. With step k = 0, 1, 2 …, take the ticket
   (purpose "visit", name "<attempt>|<k>"), r = whole number of its first 8 digits: if r (a + b) < b 2^32, add a to odd
   and take it from even, else take b from odd and add it to even.

Every step fixes at least one chance. The mean of each chance never changes, so it is the probability in the end; a row
always fills its places, and a column ends within one of its sum. Whole numbers only.

References
----------
Gandhi, Khuller, Parthasarathy & Srinivasan (2006), "Dependent rounding and its applications to approximation
algorithms", J. ACM 53, 324–360. Lotteries over assignments: Budish, Che, Kojima & Milgrom (2013), American Economic
Review 103, 585–623.
"""

from __future__ import annotations

import numba
import numpy as np

from riskmodel.sampling.rounding import UNIT
from riskmodel.sampling.tickets import words

_compiled = numba.njit(nogil=True, cache=True)


def settle(rows: np.ndarray, columns: np.ndarray, chances: np.ndarray, *, seed: str, attempt: int) -> np.ndarray:
    """Which places are taken.

    Parameters
    ----------
    rows, columns : ndarray of int, shape (chances,)
        Row and column of each chance, sorted by row, then column.
    chances : ndarray of int, shape (chances,)
        Millionths.
    seed : str
        Public seed.
    attempt : int
        Number of the attempt, from 0; other attempts are independent.

    Returns
    -------
    ndarray of bool, shape (chances,)
        True where the person takes the place.

    Examples
    --------
    >>> rows, columns = np.repeat([0, 1], 2), np.tile([0, 1], 2)
    >>> settle(rows, columns, np.full(4, 500_000), seed="seed", attempt=0).tolist()
    [True, False, False, True]
    """
    if not len(chances):
        return np.zeros(0, dtype=bool)
    made = words(seed, (f"{attempt}|{step}" for step in range(len(chances))), "visit")
    rolls = (made[:, 0] >> np.uint64(32)).astype(np.int64)
    row, column = rows.astype(np.int64), columns.astype(np.int64)
    people = int(column.max()) + 1
    # columns are the nodes 0 … people - 1, rows come after them; each node lists its chances in order
    ends = np.concatenate((column, row + people))
    starts = np.concatenate(([0], np.cumsum(np.bincount(ends)))).astype(np.int64)
    listed = np.lexsort((np.tile(np.arange(len(row)), 2), ends)) % len(row)
    whole = _settle(chances.astype(np.int64).copy(), column + row + people, starts, listed, rolls, people)
    taken: np.ndarray = whole == UNIT
    return taken


@_compiled
def _settle(x, both, starts, listed, rolls, people):  # type: ignore[no-untyped-def]
    """Whole chances; `both` is the sum of a chance's two nodes, so that one tells the other."""
    open_at = np.zeros(starts.size - 1, np.int64)
    for node in range(open_at.size):
        for place in range(starts[node], starts[node + 1]):
            open_at[node] += 0 < x[listed[place]] < UNIT
    path, seen = np.empty(2 * x.size + 2, np.int64), np.full(open_at.size, -1, np.int64)
    row = people
    for step in range(x.size):
        node = _alone(open_at, people)
        while node < 0 and row < open_at.size and open_at[row] == 0:
            row += 1
        if node < 0 and row == open_at.size:
            break
        node = node if node >= 0 else row
        first, last = _walk(x, both, starts, listed, path, seen, node)
        _shift(x, path, first, last, rolls[step])
        for place in range(last):
            edge = path[place]
            other = both[edge] - node
            seen[node], seen[other] = -1, -1
            if place >= first and (x[edge] == 0 or x[edge] == UNIT):
                open_at[node] -= 1
                open_at[other] -= 1
            node = other
    return x


@_compiled
def _alone(open_at, people):  # type: ignore[no-untyped-def]
    """The first column with exactly one open chance, or -1."""
    for column in range(people):
        if open_at[column] == 1:
            return column
    return -1


@_compiled
def _walk(x, both, starts, listed, path, seen, node):  # type: ignore[no-untyped-def]
    """Places in `path` from which and up to which it is a cycle or a path."""
    came, count = -1, 0
    while seen[node] < 0:
        seen[node] = count
        leads = -1
        for place in range(starts[node], starts[node + 1]):
            edge = listed[place]
            if edge != came and 0 < x[edge] < UNIT:
                leads = edge
                break
        if leads < 0:
            return 0, count
        path[count] = leads
        node = both[leads] - node
        came = leads
        count += 1
    return seen[node], count


@_compiled
def _shift(x, path, first, last, roll):  # type: ignore[no-untyped-def]
    up, down = UNIT, UNIT
    for place in range(first, last):
        value = x[path[place]]
        if (place - first) % 2 == 0:
            up, down = min(up, UNIT - value), min(down, value)
        else:
            up, down = min(up, value), min(down, UNIT - value)
    change = up if roll * (up + down) < down << 32 else -down
    for place in range(first, last):
        x[path[place]] += change if (place - first) % 2 == 0 else -change
