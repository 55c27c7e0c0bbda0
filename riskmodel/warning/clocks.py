"""When a case opens, moves on and closes, in whole days, from the days on which events occurred, were known, stopped.

A *window* of so many days holds both its ends: two events lie within 180 days if they are at most 179 days apart. An
event counts on a day if it was known by then and had not stopped by then. Nothing here looks at a later day than the
one it decides about, so that a ledger made earlier is the beginning of one made later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

# Day on which an event stops that never does.
NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Repeat:
    """So many events within so many days; `matches` marks the rows that the rule is about."""

    matches: np.ndarray
    count: int
    within_days: int


@dataclass(frozen=True)
class Spans:
    """Days between the stages of a case."""

    reminder_deemed_given_after: int
    again_within: int
    release_after_clean: int


@dataclass(frozen=True)
class Histories:
    """Events of many enterprises, sorted by enterprise and then by the day known.

    Attributes
    ----------
    firm : ndarray of int
        Number of the enterprise of each row, ascending.
    occurred, known, stopped : ndarray of int64
        Days; `stopped` is `NEVER` for an event that goes on counting.
    """

    firm: np.ndarray
    occurred: np.ndarray
    known: np.ndarray
    stopped: np.ndarray


@dataclass(frozen=True)
class Case:
    """One case: its rule (position), its days (None if not reached), and rows as evidence."""

    firm: int
    rule: int
    opened: int
    reminded: int | None
    watched: int | None
    released: int | None
    window: tuple[int, ...]
    again: tuple[int, ...]
    events: tuple[int, ...]


def cases_of(histories: Histories, rules: Sequence[Repeat], spans: Spans, *, today: int) -> Iterator[Case]:
    """All cases up to a day, by enterprise and then in time.

    Only enterprises that could ever cross a rule are stepped through one by one.
    """
    stepper = _Stepper(histories, rules, spans, today)
    candidates = np.unique(np.concatenate([np.empty(0, "int64"), *(crossing(histories, rule) for rule in rules)]))
    firsts = np.searchsorted(histories.firm, candidates, side="left").tolist()
    ends = np.searchsorted(histories.firm, candidates, side="right").tolist()
    for firm, first, end in zip(candidates.tolist(), firsts, ends, strict=True):
        yield from stepper.cases(firm, first, end)


def crossing(histories: Histories, rule: Repeat) -> np.ndarray:
    """Enterprises with enough events close enough together, whenever they were known and whether or not they stopped.

    With the days of an enterprise in order, `count` of them lie within the window exactly if some day and the one
    `count` − 1 places before it do.
    """
    rows = np.flatnonzero(rule.matches)
    rows = rows[np.lexsort((histories.occurred[rows], histories.firm[rows]))]
    firm, day, back = histories.firm[rows], histories.occurred[rows], rule.count - 1
    if len(rows) <= back:
        return np.empty(0, dtype="int64")
    late, early = slice(back, None), slice(None, len(rows) - back)
    return np.unique(firm[late][(firm[late] == firm[early]) & (day[late] - day[early] < rule.within_days)])


class _Stepper:
    """Steps through the history of one enterprise after the other; plain lists are faster than arrays for few rows."""

    def __init__(self, histories: Histories, rules: Sequence[Repeat], spans: Spans, today: int) -> None:
        self.occurred, self.known = histories.occurred.tolist(), histories.known.tolist()
        self.stopped = histories.stopped.tolist()
        self.rules = [(rule.matches.tolist(), rule.count, rule.within_days) for rule in rules]
        self.spans, self.today = spans, today

    def cases(self, firm: int, first: int, end: int) -> Iterator[Case]:
        """Cases of the enterprise whose rows are `first` to `end`: what a closed case knew opens no other."""
        while first < end:
            found = self._opening(first, end)
            if found is None:
                return
            opened, rule, window = found
            case = self._course(firm, rule, opened, window, range(first, end))
            yield case
            if case.released is None:
                return
            while first < end and self.known[first] <= case.released:
                first += 1

    def _opening(self, first: int, end: int) -> tuple[int, int, tuple[int, ...]] | None:
        """First day on which a rule is crossed, the first such rule, and the events of its latest window."""
        known, stopped = self.known, self.stopped
        upto = first
        while upto < end:
            day = known[upto]
            while upto < end and known[upto] == day:
                upto += 1
            alive = [row for row in range(first, upto) if stopped[row] > day]
            for place, (matches, count, within) in enumerate(self.rules):
                window = self._window([row for row in alive if matches[row]], count, within)
                if window:
                    return day, place, window
        return None

    def _window(self, rows: list[int], count: int, within: int) -> tuple[int, ...]:
        if len(rows) < count:
            return ()
        occurred = self.occurred
        rows.sort(key=occurred.__getitem__)
        for last in range(len(rows) - 1, count - 2, -1):
            newest = occurred[rows[last]]
            if newest - occurred[rows[last - count + 1]] < within:
                return tuple(row for row in rows[: last + 1] if newest - occurred[row] < within)
        return ()

    def _course(self, firm: int, rule: int, opened: int, window: tuple[int, ...], rows: range) -> Case:
        """What became of a case."""
        spans, today, known, occurred = self.spans, self.today, self.known, self.occurred
        reminded = opened + spans.reminder_deemed_given_after
        if reminded > today:
            return Case(firm, rule, opened, None, None, None, window, (), self._held(window, rows, opened, today))
        clean = self._clean_from(reminded, rows)
        released = clean if clean <= today else None
        until = min(clean, today)
        late = [
            row for row in rows
            if reminded < occurred[row] <= reminded + spans.again_within
            and max(known[row], reminded) <= until and self.stopped[row] > max(known[row], reminded)
        ]  # fmt: skip
        watched = min((max(known[row], reminded) for row in late), default=None)
        again = tuple(row for row in late if watched is not None and known[row] <= watched)
        return Case(firm, rule, opened, reminded, watched, released, window, again,
                    self._held(window, rows, opened, until))  # fmt: skip

    def _clean_from(self, day: int, rows: range) -> int:
        """First day, not before `day`, at whose end no event counts that occurred in the clean span before it."""
        clean = self.spans.release_after_clean
        for row in rows:  # in the order known: an event bars release from then until it stops or is old enough
            if self.known[row] > day:
                break
            day = max(day, min(self.stopped[row], self.occurred[row] + clean))
        return day

    def _held(self, window: tuple[int, ...], rows: range, opened: int, until: int) -> tuple[int, ...]:
        """Rows of the case: those that opened it and those that became known and counted while it was open."""
        more = (row for row in rows if opened < self.known[row] <= until and self.stopped[row] > self.known[row])
        return (*window, *more)
