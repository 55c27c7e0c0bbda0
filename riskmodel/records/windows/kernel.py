"""The kernel: for each enterprise and day one pass over the events, newest first, in integers only.

Each event is added once, to the cell of its class and age; windows are then sums over cells. Amounts and weights are
divided once at the end, so that nothing depends on the order of the events.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from riskmodel.records.windows.program import (
    COUNT,
    DECAYED,
    EXPECTED,
    LEVEL_FIRST,
    LEVEL_LAST,
    LEVEL_MAX,
    NOTHING,
    OPEN,
    SINCE_FIRST,
    SINCE_LAST,
    SUM,
)  # fmt: skip

# A newest or oldest event and its level in one number: age × 16 + level.
_PACK = 16
_FEN, _MILLIONTHS = 100.0, 1_000_000.0
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
    told_at: np.ndarray
    told_apart: np.ndarray
    spanning_at: np.ndarray
    spanning: np.ndarray
    distinct_of: np.ndarray
    operations: np.ndarray
    buckets: np.ndarray
    weights: np.ndarray
    expected: np.ndarray
    n_buckets: int
    stop_age: int
    n_queries: int
    n_codes: int


@_compiled
def run(starts, events, steps, days, targets_at, targets, out):  # type: ignore[no-untyped-def]  # Numba infers
    """Fill `out` (window, target) for the enterprises whose events lie between `starts`.

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
        Windows in their units.
    """
    # Arrays in a tuple are counted at every use: they are taken out once.
    on, shown_from, shown_until, classes, amounts, ends, told, teams = events
    added_at, added, told_at, told_apart, spanning_at, spanning, distinct_of, operations = steps[:8]
    buckets, weights, expected, n_buckets, stop_age, n_queries, n_codes = steps[8:]
    n_classes, versions = len(added_at) - 1, len(shown_from) > 0
    size, queries = n_classes * n_buckets, max(n_queries, 1)
    counts, oldest, expectation = np.zeros(size, np.int64), np.full(size, -1, np.int64), np.zeros(size, np.int64)
    sums, decayed = np.zeros((len(amounts), size), np.int64), np.zeros((len(weights), size), np.int64)
    newest, touched = np.full(n_classes, -1, np.int64), np.zeros(n_classes, np.int64)
    kinds, stamps = np.zeros((queries, n_buckets), np.int64), np.full((queries, max(n_codes, 1)), -1, np.int64)
    windows = np.zeros(len(operations), np.int64)
    for firm in range(len(starts) - 1):
        low = starts[firm]
        for target in range(targets_at[firm], targets_at[firm + 1]):
            place = targets[target]
            day, n_touched = days[place], 0
            _start(operations, windows)
            for i in range(starts[firm + 1] - 1, low - 1, -1):
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
                counts[cell] += 1
                oldest[cell] = age
                for k in range(len(amounts)):
                    sums[k, cell] += amounts[k, i]
                for h in range(len(weights)):
                    decayed[h, cell] += weights[h, age]
                if len(teams) > 0 and teams[i] >= 0:
                    expectation[cell] += expected[place, teams[i]]
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
                base = c * n_buckets
                _accumulate(counts, oldest, expectation, sums, decayed, base, n_buckets)
                _add(
                    windows,
                    added,
                    added_at[c],
                    added_at[c + 1],
                    counts,
                    sums,
                    decayed,
                    expectation,
                    newest[c],
                    oldest,
                    base,
                )
                newest[c] = -1
                _empty(counts, oldest, expectation, sums, decayed, base, n_buckets)
            _count_kinds(windows, kinds, distinct_of, n_queries)
            _finish(operations, windows, out, target)


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
def _accumulate(counts, oldest, expectation, sums, decayed, base, n_buckets):  # type: ignore[no-untyped-def]
    """From events of one bucket of age to events no older."""
    for cell in range(base + 1, base + n_buckets):
        counts[cell] += counts[cell - 1]
        oldest[cell] = max(oldest[cell], oldest[cell - 1])
        expectation[cell] += expectation[cell - 1]
        for k in range(len(sums)):
            sums[k, cell] += sums[k, cell - 1]
        for h in range(len(decayed)):
            decayed[h, cell] += decayed[h, cell - 1]


@_compiled
def _add(windows, added, first, last, counts, sums, decayed, expectation, newest, oldest, base):  # type: ignore[no-untyped-def]
    """Add the cells of a class to its windows."""
    for entry in range(first, last):
        operation, w, cell = added[entry, 0], added[entry, 1], base + added[entry, 2]
        argument, level = added[entry, 3], added[entry, 4]
        if counts[cell] == 0:
            continue
        if operation == COUNT:
            windows[w] += counts[cell]
        elif operation == SUM:
            windows[w] += sums[argument, cell]
        elif operation == DECAYED:
            windows[w] += decayed[argument, cell]
        elif operation == EXPECTED:
            windows[w] += expectation[cell]
        elif operation == SINCE_LAST:
            windows[w] = min(windows[w], newest)
        elif operation == SINCE_FIRST:
            windows[w] = max(windows[w], oldest[cell])
        elif operation == LEVEL_MAX:
            windows[w] = max(windows[w], level)
        elif operation == LEVEL_LAST:
            windows[w] = min(windows[w], newest * _PACK + _PACK - 1 - level)
        else:
            windows[w] = max(windows[w], oldest[cell] * _PACK + level)


@_compiled
def _empty(counts, oldest, expectation, sums, decayed, base, n_buckets):  # type: ignore[no-untyped-def]
    for cell in range(base, base + n_buckets):
        counts[cell], oldest[cell], expectation[cell] = 0, -1, 0
        for k in range(len(sums)):
            sums[k, cell] = 0
        for h in range(len(decayed)):
            decayed[h, cell] = 0


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
def _finish(operations, windows, out, target):  # type: ignore[no-untyped-def]
    """Windows in their units: yuan, whole events, days, levels."""
    for w in range(len(operations)):
        operation, value = operations[w], windows[w]
        if operation == SUM:
            out[w, target] = value / _FEN
        elif operation == DECAYED or operation == EXPECTED:
            out[w, target] = value / _MILLIONTHS
        elif (operation == SINCE_LAST and value == NOTHING) or (operation == SINCE_FIRST and value < 0):
            out[w, target] = np.nan
        elif operation == LEVEL_LAST:
            out[w, target] = 0 if value == NOTHING else _PACK - 1 - value % _PACK
        elif operation == LEVEL_FIRST:
            out[w, target] = 0 if value < 0 else value % _PACK
        else:
            out[w, target] = value
