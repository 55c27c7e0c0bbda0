"""The kernel: for each enterprise and day one pass over the events, newest first, in integers only.

Windows that differ in length alone are a chain. An event is put into the shortest window of each chain that is long
enough for it, and each window then takes in the one before. Amounts and weights are divided once at the end, so that
nothing depends on the order of the events.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from riskmodel.records.windows.program import (
    ADDED,
    LEVEL_FIRST,
    LEVEL_LAST,
    LEVEL_MAX,
    NOTHING,
    OPEN,
    SINCE_FIRST,
    SINCE_LAST,
)

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

    added: np.ndarray
    measures: np.ndarray
    ranked_at: np.ndarray
    ranked: np.ndarray
    told_at: np.ndarray
    told_apart: np.ndarray
    spanning_at: np.ndarray
    spanning: np.ndarray
    chains: np.ndarray
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
        Windows in their units: window ``w`` and target ``t`` at ``rows[w] + begin + t``.
    rows : ndarray of int64
    begin : int
    """
    # Arrays in a tuple are counted at every use: they are taken out once.
    on, shown_from, shown_until, classes, amounts, _, told, teams = events
    added, measures, ranked_at, ranked, told_at, told_apart, _, spanning, chains, units = steps[:10]
    buckets, weights, expected, n_buckets, stop_age, n_queries, n_codes = steps[10:]
    versions, spans, n_amounts, n_weights = len(shown_from) > 0, len(spanning) > 0, len(amounts), len(weights)
    stamps = np.full((max(n_queries, 1), max(n_codes, 1)), -1, np.int64)
    # one place more than windows: what is added there is read by none
    windows, nothing = np.zeros(len(chains) + 1, np.int64), np.empty(len(chains))
    _start(chains, windows)
    _close(chains, units, windows, nothing)
    blank = windows.copy()
    for firm in range(len(starts) - 1):
        low, newest, day = starts[firm], starts[firm + 1] - 1, days[0]
        for target in range(targets_at[firm + 1] - 1, targets_at[firm] - 1, -1):
            place = targets[target]
            if days[place] > day:
                newest = starts[firm + 1] - 1
            day, empty = days[place], True
            while newest >= low and on[newest] > day:
                newest -= 1
            for i in range(newest, low - 1, -1):
                age = day - on[i]
                if age >= stop_age:
                    break
                if versions and (shown_from[i] > day or shown_until[i] <= day):
                    continue
                empty, c = False, np.int64(classes[i])
                key = c * n_buckets + (buckets[age] if age < len(buckets) else n_buckets - 1)
                for column in range(len(measures)):
                    w, measure = added[key, column], measures[column]
                    if measure == 0:
                        windows[w] += 1
                    elif measure <= n_amounts:
                        windows[w] += amounts[measure - 1, i]
                    elif measure <= n_amounts + n_weights:
                        windows[w] += weights[measure - 1 - n_amounts, age]
                    elif teams[i] >= 0:
                        windows[w] += expected[place, teams[i]]
                for entry in range(ranked_at[key], ranked_at[key + 1]):
                    _rank(windows, ranked[entry, 0], ranked[entry, 1], ranked[entry, 2], age)
                # a value that was not met yet; as the newest event comes first, its window is the right one
                for entry in range(told_at[key], told_at[key + 1]):
                    query, code = told_apart[entry, 1], told[told_apart[entry, 2], i]
                    if code >= 0:
                        windows[told_apart[entry, 0]] += stamps[query, code] != target
                        stamps[query, code] = target
            if empty:
                for w in range(len(nothing)):
                    out[rows[w] + begin + target] = nothing[w]
            else:
                if spans:
                    _lasting(windows, events, steps, low, newest, day)
                _finish(chains, units, windows, out, rows, begin + target)
                for w in range(len(blank)):
                    windows[w] = blank[w]


@_compiled
def look_up(table, codes):  # type: ignore[no-untyped-def]
    """Value of every code; the table begins with that of the missing one, -1."""
    found = np.empty(len(codes), table.dtype)
    for i in range(len(codes)):
        found[i] = table[codes[i] + 1]
    return found


@_compiled
def _lasting(windows, events, steps, low, newest, day):  # type: ignore[no-untyped-def]
    """Events that last, apart from the others since few tables have them: whether one is open, and its days."""
    spanning_at, spanning = steps.spanning_at, steps.spanning
    for i in range(newest, low - 1, -1):
        if len(events.shown_from) > 0 and (events.shown_from[i] > day or events.shown_until[i] <= day):
            continue
        c, begun = np.int64(events.classes[i]), np.int64(events.on[i])
        for entry in range(spanning_at[c], spanning_at[c + 1]):
            w, over, length = spanning[entry, 1], np.int64(events.ends[spanning[entry, 2], i]), spanning[entry, 3]
            if spanning[entry, 0] == OPEN:
                if over > day and day - begun < length:
                    windows[w] = 1
            else:
                windows[w] += max(0, min(over, day + 1) - max(begun, day - length + 1))


@_compiled
def _rank(windows, operation, w, level, age):  # type: ignore[no-untyped-def]
    """An event into a window of the newest, the oldest or the highest."""
    if operation == SINCE_LAST:
        windows[w] = min(windows[w], age)
    elif operation == SINCE_FIRST:
        windows[w] = max(windows[w], age)
    elif operation == LEVEL_MAX:
        windows[w] = max(windows[w], level)
    elif operation == LEVEL_LAST:
        windows[w] = min(windows[w], age * _PACK + _PACK - 1 - level)
    else:
        windows[w] = max(windows[w], age * _PACK + level)


@_compiled
def _start(chains, windows):  # type: ignore[no-untyped-def]
    """Values of windows without events."""
    for link in range(len(chains)):
        w, operation = chains[link, 0], chains[link, 2]
        windows[w] = 0
        if operation == SINCE_LAST or operation == LEVEL_LAST:
            windows[w] = NOTHING
        elif operation == SINCE_FIRST or operation == LEVEL_FIRST:
            windows[w] = -1


@_compiled
def _finish(chains, units, windows, out, rows, target):  # type: ignore[no-untyped-def]
    """Each window takes in the one before it in its chain."""
    for link in range(len(chains)):
        w, before, operation = chains[link, 0], chains[link, 1], chains[link, 2]
        if before >= 0:
            if operation == ADDED:
                windows[w] += windows[before]
            elif operation == SINCE_LAST or operation == LEVEL_LAST:
                windows[w] = min(windows[w], windows[before])
            else:
                windows[w] = max(windows[w], windows[before])
        out[rows[w] + target] = _in_units(operation, windows[w], units[w])


@_compiled
def _close(chains, units, windows, found):  # type: ignore[no-untyped-def]
    """Values of all windows as they are."""
    for link in range(len(chains)):
        w = chains[link, 0]
        found[w] = _in_units(chains[link, 2], windows[w], units[w])


@_compiled
def _in_units(operation, value, unit):  # type: ignore[no-untyped-def]
    """Yuan, whole events, days, levels."""
    if operation == ADDED:
        return float(value) if unit == 1 else value / unit
    if (operation == SINCE_LAST and value == NOTHING) or (operation == SINCE_FIRST and value < 0):
        return np.nan
    if operation == LEVEL_LAST:
        return 0.0 if value == NOTHING else float(_PACK - 1 - value % _PACK)
    if operation == LEVEL_FIRST:
        return 0.0 if value < 0 else float(value % _PACK)
    return float(value)
