"""When events first pile up: enough weight within a sliding window, exact to the day on which the office knew.

A *window* of so many days holds both its ends: two events lie within 180 days if they are at most 179 days apart. An
event counts on a day if it was known by then and had not stopped by then (a repair, a withdrawal). With the days of the
events in order, a window that was not full before can only have been filled by an event that has just become known, so
each event is put in its place among the days and only the windows around it are added up.

Local vocabulary of the kernels: rows first to end belong to one group, sorted by the day known; `order` holds the days
on which they occurred in ascending order, `rows` their rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numba import get_num_threads, njit, prange

# Day on which an event stops that never does, and of what never happens.
NEVER = np.iinfo(np.int32).max
_EMPTY = np.empty(0, dtype=np.int32)
# Rows from which several threads are faster than one.
_WORTH_THREADS = 200_000
_compiled = njit(nogil=True, cache=True)


@dataclass(frozen=True)
class Events:
    """Events of one rule, sorted by enterprise, then by group within it, then by the day known.

    Attributes
    ----------
    firm : ndarray of int32
        Number of the enterprise of each row, ascending, from 0.
    occurred, known : ndarray of int32
        Days (of 1970 or any other start).
    stopped : ndarray of int32
        Day from which an event does not count any more, `NEVER` where it goes on; empty if none stops.
    weight : ndarray of int32
        Whole positive weights; empty if each is 1.
    group : ndarray of int32
        What must be alike within a window (an item, an authority), ascending within an enterprise; empty if nothing.
    """

    firm: np.ndarray
    occurred: np.ndarray
    known: np.ndarray
    stopped: np.ndarray = field(default_factory=lambda: _EMPTY)
    weight: np.ndarray = field(default_factory=lambda: _EMPTY)
    group: np.ndarray = field(default_factory=lambda: _EMPTY)

    def __post_init__(self) -> None:
        # the kernels read int32: other types would be compiled for once more, or overflow in silence
        for name in ("firm", "occurred", "known", "stopped", "weight", "group"):
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), dtype=np.int32))


@dataclass(frozen=True)
class Repeat:
    """Weights that add up to `at_least` within so many days (n events, where each weighs 1)."""

    at_least: int
    within_days: int


def first_crossings(events: Events, rule: Repeat, *, enterprises: int) -> np.ndarray:
    """Day on which each enterprise first crossed a rule, `NEVER` where it never did.

    Parameters
    ----------
    events : Events
        Events that the rule is about.
    rule : Repeat
        How much within how long.
    enterprises : int
        Number of enterprises; numbers of `events.firm` lie below it.

    Returns
    -------
    ndarray of int32
        One day an enterprise: the first day at whose end the events known and still counting fill a window.

    Examples
    --------
    The second event lies within ten days of the first, but was known on day 30 only.

    >>> events = Events(np.array([0, 0]), np.array([1, 10]), np.array([1, 30]))
    >>> first_crossings(events, Repeat(2, 10), enterprises=2).tolist()
    [30, 2147483647]
    """
    found = np.full(enterprises, NEVER, dtype=np.int32)
    columns = (events.firm, events.occurred, events.known, events.stopped, events.weight, events.group)
    size = len(events.firm)
    if size < _WORTH_THREADS:
        _part_of_firms(*columns, rule.at_least, rule.within_days, 0, size, found)
    else:
        _every_part(*columns, rule.at_least, rule.within_days, 8 * get_num_threads(), found)
    return found


def next_crossing(events: Events, rows: tuple[int, int], rule: Repeat, *, after: int, since: int) -> int:
    """First day after `since` on which the rows of one enterprise cross a rule; `NEVER` if none.

    Parameters
    ----------
    events : Events
        As for `first_crossings`.
    rows : pair of int
        First row of the enterprise, and the one after its last.
    rule : Repeat
        How much within how long.
    after : int
        Rows known by this day do not count: an earlier case has used them up.
    since : int
        Only windows that fill after this day are looked for.
    """
    first, end = rows
    if end - first < 1:
        return NEVER
    order, places = np.empty(end - first, np.int32), np.empty(end - first, np.int64)
    return int(
        _first_day(
            events.occurred, events.known, events.stopped, events.weight, events.group, first, end, after, since,
            rule.at_least, rule.within_days, order, places,
        )
    )  # fmt: skip


@_compiled
def _first_day(  # type: ignore[no-untyped-def]
    occurred, known, stopped, weight, group, first, end, after, since, at_least, within, order, places
):
    """Earliest day on which some group of the rows crosses."""
    best = NEVER
    start = first
    while start < end:
        stop = start + 1
        if group.size:
            while stop < end and group[stop] == group[start]:
                stop += 1
        else:
            stop = end
        day = _group_day(
            occurred, known, stopped, weight, start, stop, after, since, at_least, within, order, places
        )  # fmt: skip
        best = min(best, day)
        start = stop
    return best


@_compiled
def _group_day(  # type: ignore[no-untyped-def]
    occurred, known, stopped, weight, first, end, after, since, at_least, within, order, places
):
    """First day after `since` at whose end one group fills a window."""
    n = 0
    start = first
    while start < end:
        day = known[start]
        stop = start
        while stop < end and known[stop] == day:
            stop += 1
        if day > after:
            for row in range(start, stop):
                if stopped.size and stopped[row] <= day:
                    continue
                place = n
                while place > 0 and order[place - 1] > occurred[row]:
                    order[place] = order[place - 1]
                    places[place] = places[place - 1]
                    place -= 1
                order[place] = occurred[row]
                places[place] = row
                n += 1
                if day > since and _full(order, places, n, place, day, stopped, weight, at_least, within):
                    return day
        start = stop
    return NEVER


@_compiled
def _full(order, places, n, place, day, stopped, weight, at_least, within):  # type: ignore[no-untyped-def]
    """Whether a window that holds the event at `place` is full at the end of the day."""
    left = place
    while left > 0 and order[place] - order[left - 1] < within:
        left -= 1
    total = 0
    for right in range(left, n):
        if order[right] - order[place] >= within:
            return False
        if not (stopped.size and stopped[places[right]] <= day):
            total += weight[places[right]] if weight.size else 1
        while order[right] - order[left] >= within:
            if not (stopped.size and stopped[places[left]] <= day):
                total -= weight[places[left]] if weight.size else 1
            left += 1
        if right >= place and total >= at_least:
            return True
    return False


@_compiled
def _part_of_firms(  # type: ignore[no-untyped-def]
    firm, occurred, known, stopped, weight, group, at_least, within, start, last, found
):
    """Every enterprise whose first row lies in a part of the rows; no enterprise is cut."""
    rows = firm.size
    while 0 < start < rows and firm[start] == firm[start - 1]:
        start += 1
    order, places = np.empty(64, np.int32), np.empty(64, np.int64)
    while start < last:
        end = start + 1
        while end < rows and firm[end] == firm[start]:
            end += 1
        if end - start > order.size:
            order, places = np.empty(2 * (end - start), np.int32), np.empty(2 * (end - start), np.int64)
        found[firm[start]] = _first_day(
            occurred, known, stopped, weight, group, start, end, -NEVER, -NEVER, at_least, within, order, places
        )
        start = end


@njit(nogil=True, cache=True, parallel=True)
def _every_part(  # type: ignore[no-untyped-def]
    firm, occurred, known, stopped, weight, group, at_least, within, parts, found
):
    """All parts, of about equal numbers of rows, side by side."""
    for part in prange(parts):
        start, last = part * firm.size // parts, (part + 1) * firm.size // parts
        _part_of_firms(firm, occurred, known, stopped, weight, group, at_least, within, start, last, found)
