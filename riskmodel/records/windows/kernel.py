"""The kernel: for each enterprise and day one pass over the events, newest first, in integers only.

Each event is added once, to the cell of its class and age; windows are then sums over cells. Amounts and weights are
divided once at the end, so that nothing depends on the order of the events.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from riskmodel.records.windows.program import LEVEL_FIRST, LEVEL_LAST, LEVEL_MAX, NOTHING, OPEN, SINCE_FIRST, SINCE_LAST

# A newest or oldest event and its level in one number: age × 16 + level.
_PACK = 16
_compiled = njit(nogil=True, cache=True)


class Events(NamedTuple):
    """Arrays of one part of a stream, one entry a row; `amounts`, `ends` and `told` have a row for each column."""

    on: np.ndarray
    shown_from: np.ndarray
    shown_until: np.ndarray
    classes: np.ndarray
    amounts: np.ndarray
    ends: np.ndarray
    told: np.ndarray
    teams: np.ndarray


class Steps(NamedTuple):
    """Arrays of a `Program`, and `expected` (days, teams)."""

    added_at: np.ndarray
    added: np.ndarray
    ranked_at: np.ndarray
    ranked: np.ndarray
    told_at: np.ndarray
    told_apart: np.ndarray
    spanning_at: np.ndarray
    spanning: np.ndarray
    distinct_of: np.ndarray
    operations: np.ndarray
    units: np.ndarray
    buckets: np.ndarray
    weights: np.ndarray
    expected: np.ndarray
    n_buckets: int
    stop_age: int
    n_queries: int
    n_codes: int


@_compiled
def run(starts, events, steps, days, targets_at, targets, out, rows, begin):  # type: ignore[no-untyped-def]  # Numba infers
    """Fill `out` for the enterprises whose events lie between `starts`.

    Parameters
    ----------
    starts : ndarray of int64
        First row of each enterprise within `events`, and the number of rows.
    events : Events
        Sorted by enterprise and day.
    steps : Steps
        What each class of events adds to.
    days : ndarray of int32
        As-of days.
    targets_at : ndarray of int64
        First target of each enterprise, and the number of targets.
    targets : ndarray of int32
        Places in `days`.
    out : ndarray of float64
        Windows in their units: window ``w`` and target ``t`` at row ``rows[w]`` and column ``begin + t``.
    rows : ndarray of int64
    begin : int
    """
    # Arrays in a tuple are counted at every use: they are taken out once.
    on, shown_from, shown_until, classes, amounts, ends, told, teams = events
    added_at, added, ranked_at, ranked, told_at, told_apart, spanning_at, spanning, distinct_of, operations = steps[:10]
    units, buckets, weights, expected, n_buckets, stop_age, n_queries, n_codes = steps[10:]
    n_classes, versions, team = len(ranked_at) - 1, len(shown_from) > 0, 1 + len(amounts) + len(weights)
    size, queries = n_classes * n_buckets, max(n_queries, 1)
    cells, oldest = np.zeros((size, team + min(len(teams), 1)), np.int64), np.full(size, -1, np.int64)
    newest, touched = np.full(n_classes, -1, np.int64), np.zeros(n_classes, np.int64)
    kinds, stamps = np.zeros((queries, n_buckets), np.int64), np.full((queries, max(n_codes, 1)), -1, np.int64)
    windows, so_far = np.zeros(len(operations), np.int64), np.zeros(cells.shape[1], np.int64)
    for firm in range(len(starts) - 1):
        low, high = starts[firm], starts[firm + 1]
        for target in range(targets_at[firm], targets_at[firm + 1]):
            place = targets[target]
            day, n_touched = days[place], 0
            _start(operations, windows)
            for i in range(high - 1, low - 1, -1):
                age = day - on[i]
                if age >= stop_age:
                    break
                if age < 0 or (versions and (shown_from[i] > day or shown_until[i] <= day)):
                    continue
                c = classes[i]
                bucket = buckets[age] if age < len(buckets) else n_buckets - 1
                cell = c * n_buckets + bucket
                if newest[c] < 0:
                    newest[c], touched[n_touched] = age, c
                    n_touched += 1
                oldest[cell] = age
                cells[cell, 0] += 1
                for k in range(len(amounts)):
                    cells[cell, 1 + k] += amounts[k, i]
                for h in range(len(weights)):
                    cells[cell, 1 + len(amounts) + h] += weights[h, age]
                if len(teams) > 0 and teams[i] >= 0:
                    cells[cell, team] += expected[place, teams[i]]
                # a value that was not met yet; as the newest event comes first, its bucket is the right one
                for entry in range(told_at[c], told_at[c + 1]):
                    query, code = told_apart[entry, 0], told[told_apart[entry, 1], i]
                    if code >= 0 and stamps[query, code] != target:
                        stamps[query, code] = target
                        kinds[query, bucket] += 1
                if spanning_at[c + 1] > spanning_at[c]:
                    _span(windows, spanning, spanning_at[c], spanning_at[c + 1], ends, i, np.int64(on[i]), day)
            for t in range(n_touched):
                c = touched[t]
                _add(windows, added, added_at, cells, c * n_buckets, n_buckets, so_far)
                _rank(windows, ranked, ranked_at[c], ranked_at[c + 1], newest[c], oldest, c * n_buckets, n_buckets)
                newest[c] = -1
            if n_touched:
                _count_kinds(windows, kinds, distinct_of, n_queries)
            _finish(operations, units, windows, out, rows, begin + target)


@_compiled
def look_up(table, codes):  # type: ignore[no-untyped-def]
    """Value of every code; the table begins with that of the missing one, -1."""
    found = np.empty(len(codes), table.dtype)
    for i in range(len(codes)):
        found[i] = table[codes[i] + 1]
    return found


@_compiled
def _span(windows, spanning, first, last, ends, i, begun, day):  # type: ignore[no-untyped-def]
    """Events that last: whether one is open, and the days of the window on which it was."""
    for entry in range(first, last):
        w, over, length = spanning[entry, 1], np.int64(ends[spanning[entry, 2], i]), spanning[entry, 3]
        if spanning[entry, 0] == OPEN:
            if over > day and day - begun < length:
                windows[w] = 1
        else:
            windows[w] += max(0, min(over, day + 1) - max(begun, day - length + 1))


@_compiled
def _add(windows, added, added_at, cells, base, n_buckets, so_far):  # type: ignore[no-untyped-def]
    """From events of one bucket of age to events no older, into the windows; the cells of the class are empty then."""
    for k in range(len(so_far)):
        so_far[k] = 0
    for cell in range(base, base + n_buckets):
        for k in range(len(so_far)):
            so_far[k] += cells[cell, k]
            cells[cell, k] = 0
        for entry in range(added_at[cell], added_at[cell + 1]):
            windows[added[entry, 0]] += so_far[added[entry, 1]]


@_compiled
def _rank(windows, ranked, first, last, newest, oldest, base, n_buckets):  # type: ignore[no-untyped-def]
    """The newest and oldest event of a class into the windows, where the class has one in the window at all."""
    for cell in range(base + 1, base + n_buckets):
        oldest[cell] = max(oldest[cell], oldest[cell - 1])
    for entry in range(first, last):
        operation, w, cell, level = ranked[entry, 0], ranked[entry, 1], base + ranked[entry, 2], ranked[entry, 3]
        if oldest[cell] < 0:
            continue
        if operation == SINCE_LAST:
            windows[w] = min(windows[w], newest)
        elif operation == SINCE_FIRST:
            windows[w] = max(windows[w], oldest[cell])
        elif operation == LEVEL_MAX:
            windows[w] = max(windows[w], level)
        elif operation == LEVEL_LAST:
            windows[w] = min(windows[w], newest * _PACK + _PACK - 1 - level)
        else:
            windows[w] = max(windows[w], oldest[cell] * _PACK + level)
    for cell in range(base, base + n_buckets):
        oldest[cell] = -1


@_compiled
def _count_kinds(windows, kinds, distinct_of, n_queries):  # type: ignore[no-untyped-def]
    """Distinct values: those whose newest event is within the window."""
    for entry in range(len(distinct_of)):
        total = 0
        for bucket in range(distinct_of[entry, 2] + 1):
            total += kinds[distinct_of[entry, 1], bucket]
        windows[distinct_of[entry, 0]] = total
    for query in range(n_queries):
        for bucket in range(kinds.shape[1]):
            kinds[query, bucket] = 0


@_compiled
def _start(operations, windows):  # type: ignore[no-untyped-def]
    """Values of windows without events, before `_finish`."""
    for w in range(len(operations)):
        operation = operations[w]
        windows[w] = 0
        if operation == SINCE_LAST or operation == LEVEL_LAST:
            windows[w] = NOTHING
        elif operation == SINCE_FIRST or operation == LEVEL_FIRST:
            windows[w] = -1


@_compiled
def _finish(operations, units, windows, out, rows, target):  # type: ignore[no-untyped-def]
    """Windows in their units: yuan, whole events, days, levels."""
    for w in range(len(operations)):
        operation, value = operations[w], windows[w]
        if (operation == SINCE_LAST and value == NOTHING) or (operation == SINCE_FIRST and value < 0):
            out[rows[w], target] = np.nan
        elif operation == LEVEL_LAST:
            out[rows[w], target] = 0 if value == NOTHING else _PACK - 1 - value % _PACK
        elif operation == LEVEL_FIRST:
            out[rows[w], target] = 0 if value < 0 else value % _PACK
        else:
            out[rows[w], target] = value / units[w]
