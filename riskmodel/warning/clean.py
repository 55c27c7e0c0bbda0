"""When an enterprise has been clean for a span: what its events bar together, looked up by halving."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate


class Clean:
    """The clean days of an enterprise.

    Parameters
    ----------
    events : iterable of (int, int, int)
        Days on which each event occurred, was known and stopped, in the order known. An event bars from the day on
        which it is known until it stops or lies `span` days back.
    span : int
        Days without an event that are asked for.

    Examples
    --------
    >>> clean = Clean([(1, 5, 999), (8, 20, 999)], 10)
    >>> clean.since(3), clean.since(6), clean.since(15)
    (3, 11, 15)
    >>> clean.since(20)
    20
    """

    def __init__(self, events: Iterable[tuple[int, int, int]], span: int) -> None:
        self._known, until = list[int](), list[int]()
        for occurred, known, stopped in events:
            self._known.append(known)
            until.append(min(stopped, occurred + span))
        self._until = list(accumulate(until, max))

    def since(self, day: int) -> int:
        """First day, not before `day`, at whose end no event bars."""
        while (known := bisect_right(self._known, day)) and self._until[known - 1] > day:
            day = self._until[known - 1]
        return day
