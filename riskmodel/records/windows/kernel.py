"""The kernel: for each enterprise one pass over the events, newest first, for all days at once, in integers only.

Windows that differ in length alone are a chain. An event is put into the shortest window of each chain that is long
enough for it on a day, and each window then takes in the one before. Amounts and weights are divided once at the end,
so that nothing depends on the order of the events.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from riskmodel.records.windows.program import (
    AMOUNT,
    EXPECTED,
    FADED,
    LEVEL_FIRST,
    LEVEL_LAST,
    LEVEL_MAX,
    NOTHING,
    OPEN,
    SINCE_FIRST,
    SINCE_LAST,
    VALUE,
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

    steps: np.ndarray
    slots: np.ndarray
    levels: np.ndarray
    spanning_at: np.ndarray
    spanning: np.ndarray
    chains: np.ndarray
    units: np.ndarray
    buckets: np.ndarray
    weights: np.ndarray
    expected: np.ndarray
    n_buckets: int
    stop_age: int
    n_slots: int


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
        As-of days, ascending.
    targets_at : ndarray of int64
        First target of each enterprise, and the number of targets.
    targets : ndarray of int32
        Places in `days`, ascending for each enterprise.
    out : ndarray of float64
        Windows in their units: window ``w`` and target ``t`` at ``rows[w] + begin + t``.
    rows : ndarray of int64
    begin : int
    """
    # Arrays in a tuple are counted at every use: they are taken out once.
    on, shown_from, shown_until, classes, amounts, ends, told, teams = events
    columns, slots, levels, spanning_at, spanning, chains, units, buckets, weights, expected = steps[:10]
    n_buckets, stop_age, n_slots = steps[10:]
    versions, last_bucket, n_keys = len(shown_from) > 0, len(buckets), slots.shape[1]
    most = 1
    for firm in range(len(starts) - 1):
        most = max(most, targets_at[firm + 1] - targets_at[firm])
    windows, blank = np.empty((n_slots, most), np.int64), np.zeros(n_slots, np.int64)
    # unsigned and in one row, or every access would ask whether it counts from the end
    flat, slot, level = windows.reshape(-1), (slots * most).astype(np.uint64).reshape(-1), levels.reshape(-1)
    weight = weights.reshape(-1)
    when, ages, keys = np.empty(most, np.int64), np.empty(most, np.uint64), np.empty(most, np.uint64)
    _start(chains, blank)
    windows[:, 0], nothing = blank, np.empty(len(chains))
    _finish(chains, units, windows, nothing, np.arange(len(chains)), 0, 1)
    for firm in range(len(starts) - 1):
        first, size, empty = targets_at[firm], targets_at[firm + 1] - targets_at[firm], True
        low, high = size, size
        for p in range(size):
            when[p] = days[targets[first + p]]
        for i in range(starts[firm + 1] - 1, starts[firm] - 1, -1):
            # the days from low to before high see the event; both go down as events grow older
            day = np.int64(on[i])
            while low > 0 and when[low - 1] >= day:
                low -= 1
            while high > 0 and when[high - 1] - day >= stop_age:
                high -= 1
            if high == 0:
                break
            since, until = low, high
            if versions:
                while since < until and when[since] < shown_from[i]:
                    since += 1
                while since < until and when[until - 1] >= shown_until[i]:
                    until -= 1
            if since >= until:
                continue
            if empty:
                empty = False
                for w in range(n_slots):
                    for p in range(size):
                        windows[w, p] = blank[w]
            c = np.int64(classes[i])
            for p in range(since, until):
                ages[p] = when[p] - day
                keys[p] = c * n_buckets + (buckets[ages[p]] if when[p] - day < last_bucket else n_buckets - 1)
            for column in range(len(columns)):
                operation, source, shift = columns[column, 0], columns[column, 1], np.uint64(column * n_keys)
                if operation <= AMOUNT:
                    amount = amounts[source, i] if operation == AMOUNT else 1
                    for p in range(np.uint64(since), np.uint64(until)):
                        flat[slot[shift + keys[p]] + p] += amount
                elif operation == FADED:
                    newest = np.uint64(source * weights.shape[1])
                    for p in range(np.uint64(since), np.uint64(until)):
                        flat[slot[shift + keys[p]] + p] += weight[newest + ages[p]]
                elif operation == EXPECTED:
                    for p in range(since, until):
                        if teams[i] >= 0:
                            flat[slot[shift + keys[p]] + np.uint64(p)] += expected[targets[first + p], teams[i]]
                elif operation == VALUE:
                    code = told[source, i]
                    bit, word = np.int64(1) << (code & 63), np.uint64((code >> 6) * most)
                    for p in range(np.uint64(since), np.uint64(until if code >= 0 else since)):
                        flat[slot[shift + keys[p]] + word + p] |= bit
                else:
                    for p in range(np.uint64(since), np.uint64(until)):
                        place, key = slot[shift + keys[p]] + p, shift + keys[p]
                        flat[place] = _ranked(operation, flat[place], np.int64(ages[p]), level[key])
            for entry in range(spanning_at[c], spanning_at[c + 1]):
                over, length = np.int64(ends[spanning[entry, 2], i]), spanning[entry, 3]
                for p in range(since, until):
                    if spanning[entry, 0] != OPEN:
                        lasted = min(over, when[p] + 1) - max(day, when[p] - length + 1)
                        windows[spanning[entry, 1], p] += max(0, lasted)
                    elif over > when[p] and when[p] - day < length:
                        windows[spanning[entry, 1], p] = 1
        if empty:
            for w in range(len(nothing)):
                for p in range(rows[w] + begin + first, rows[w] + begin + first + size):
                    out[p] = nothing[w]
        else:
            _finish(chains, units, windows, out, rows, begin + first, size)


@_compiled
def look_up(table, codes):  # type: ignore[no-untyped-def]
    """Value of every code; the table begins with that of the missing one, -1."""
    found = np.empty(len(codes), table.dtype)
    for i in range(len(codes)):
        found[i] = table[codes[i] + 1]
    return found


@_compiled
def _ranked(operation, value, age, level):  # type: ignore[no-untyped-def]
    """A window of the newest, the oldest or the highest, with one event more."""
    if operation == SINCE_LAST:
        return min(value, age)
    if operation == SINCE_FIRST:
        return max(value, age)
    if operation == LEVEL_MAX:
        return max(value, level)
    if operation == LEVEL_LAST:
        return min(value, age * _PACK + _PACK - 1 - level)
    return max(value, age * _PACK + level)


@_compiled
def _start(chains, blank):  # type: ignore[no-untyped-def]
    """Values of windows without events."""
    for link in range(len(chains)):
        operation, slot = chains[link, 1], chains[link, 2]
        if operation == SINCE_LAST or operation == LEVEL_LAST:
            blank[slot] = NOTHING
        elif operation == SINCE_FIRST or operation == LEVEL_FIRST:
            blank[slot] = -1


@_compiled
def _finish(chains, units, windows, out, rows, target, size):  # type: ignore[no-untyped-def]
    """Each window takes in the one before it in its chain, and is put out in its units."""
    for link in range(len(chains)):
        w, operation, slot, before, words = (
            chains[link, 0], chains[link, 1], chains[link, 2], chains[link, 3], chains[link, 4],
        )  # fmt: skip
        at, unit = rows[w] + target, units[w]
        if operation == VALUE:
            for p in range(size):
                ones = 0
                for word in range(words):
                    if before >= 0:
                        windows[slot + word, p] |= windows[before + word, p]
                    ones += _ones(windows[slot + word, p])
                out[at + p] = ones
        elif operation <= EXPECTED:
            if before >= 0:
                for p in range(size):
                    windows[slot, p] += windows[before, p]
            for p in range(size):
                out[at + p] = windows[slot, p] / unit
        else:
            for p in range(size):
                if before >= 0:
                    windows[slot, p] = _nearer(operation, windows[slot, p], windows[before, p])
                out[at + p] = _in_units(operation, windows[slot, p])


@_compiled
def _nearer(operation, value, shorter):  # type: ignore[no-untyped-def]
    """What is in the shorter window is in the longer one."""
    if operation == SINCE_LAST or operation == LEVEL_LAST:
        return min(value, shorter)
    return max(value, shorter)


@_compiled
def _ones(value):  # type: ignore[no-untyped-def]
    """Number of bits that are set: in pairs, in fours, in bytes, and all bytes by one product."""
    bits = np.uint64(value)
    bits -= (bits >> np.uint64(1)) & np.uint64(0x5555555555555555)
    bits = (bits & np.uint64(0x3333333333333333)) + ((bits >> np.uint64(2)) & np.uint64(0x3333333333333333))
    bits = (bits + (bits >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((bits * np.uint64(0x0101010101010101)) >> np.uint64(56))


@_compiled
def _in_units(operation, value):  # type: ignore[no-untyped-def]
    """Days, levels."""
    if (operation == SINCE_LAST and value == NOTHING) or (operation == SINCE_FIRST and value < 0):
        return np.nan
    if operation == LEVEL_LAST:
        return 0.0 if value == NOTHING else float(_PACK - 1 - value % _PACK)
    if operation == LEVEL_FIRST:
        return 0.0 if value < 0 else float(value % _PACK)
    return float(value)
