"""The course of cases, in whole days: which stage follows which, on which day, for which reason and on which rows.

Every stage has exits, each with the first day on which it is open; the earliest is taken, and on one day what was known
comes before what people did, and that before deadlines. Nothing here looks at a later day than the one it decides
about, so that a ledger made earlier is the beginning of one made later, and a state that was kept can be continued.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby, takewhile
from typing import NamedTuple

import numpy as np

from riskmodel.warning.clean import Clean
from riskmodel.warning.crossing import NEVER, Events, Repeat, next_crossing
from riskmodel.warning.stages import ACTS, CLOSED, allowed
from riskmodel.working_days import working_days_after

# act of a person → the step of the policy that it belongs to
_ACT_STEPS = {"remind": "interview", "warn": "notice", "answer": "notice", "release": "by_hand"}
# stage → the span of working days within which a person must act
_WORKING = {"reminder_due": "interview_working", "watched": "notice_working", "warned": "answer_working"}
# Of exits on the same day the first: lost ground, a further event, a person's act, a clean span, silence, expiry.
_GROUND, _EVENT, _ACT, _CLEAN, _SILENCE, _EXPIRY = range(6)
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Rule:
    """One rule of repetition: the rows that it is about and where each enterprise's rows begin.

    Attributes
    ----------
    events : Events
        Rows of the rule.
    repeat : Repeat
        How much within how long.
    rows : ndarray
        Row of `Histories` of each row of `events`.
    starts : ndarray
        First row of each enterprise, and the number of rows.
    signal : bool
        Whether it is only observed.
    """

    events: Events
    repeat: Repeat
    rows: np.ndarray
    starts: np.ndarray
    signal: bool


@dataclass(frozen=True)
class Histories:
    """Events of many enterprises, sorted by enterprise and then by the day known.

    Attributes
    ----------
    occurred, known, stopped : ndarray of int32
        Days; `stopped` is `NEVER` for an event that goes on counting.
    counts : ndarray of bool
        Whether it bars improvement and release.
    starts : ndarray
        First row of each enterprise, and the number of rows.
    """

    occurred: np.ndarray
    known: np.ndarray
    stopped: np.ndarray
    counts: np.ndarray
    starts: np.ndarray


@dataclass(frozen=True)
class Spans:
    """How long stages last; see `riskmodel.policy.early_warning.WarningRules`."""

    lapses_after: int
    interview_working: int
    improvement: int
    reopen_within: int
    watch_longest: int
    notice_working: int
    answer_working: int
    clean: int
    recorded_from: int


class Act(NamedTuple):
    """What a person did: place in the log, day recorded, day of opening of the case, act, day on which it was done."""

    seq: int
    on: int
    opened: int
    act: str
    held: int


class Move(NamedTuple):
    """One entry of the ledger: `why` is a rule (number) or a step (key), `act` a place in the log or 0."""

    on: int
    opened: int
    before: str
    stage: str
    why: int | str
    rows: tuple[int, ...]
    due: int
    act: int


class State(NamedTuple):
    """Where an enterprise stands; all that is needed to go on.

    Attributes
    ----------
    stage : str
        '' before the first case.
    since, opened : int
        Days on which the stage and the case began.
    rule : int
        Rule in force for the case.
    due : int
        Deadline of the stage, `NEVER` if it has none.
    held, until : int
        Day of the interview, and last day of the improvement period.
    watched : int
        Day on which the case came to the watch list.
    after : int
        Rows known by this day have been used up by closed cases.
    acted : int
        Acts that were dealt with.
    next_on : int
        Day on which the case moves if nothing new is known until then.
    """

    stage: str = ""
    since: int = -NEVER
    opened: int = -NEVER
    rule: int = -1
    due: int = NEVER
    held: int = -NEVER
    until: int = -NEVER
    watched: int = -NEVER
    after: int = -NEVER
    acted: int = 0
    next_on: int = NEVER


class _Row(NamedTuple):
    place: int
    occurred: int
    known: int
    stopped: int


class _Exit(NamedTuple):
    day: int
    order: int
    stage: str
    why: int | str


class Desk:
    """Takes one enterprise after the other through its cases.

    Parameters
    ----------
    histories : Histories
        Rows known by `today`.
    rules : sequence of Rule
        In the policy's order; the first that is crossed on a day wins, reminders before signals.
    spans : Spans
        How long stages last.
    today : int
        Last day.
    """

    def __init__(self, histories: Histories, rules: Sequence[Rule], spans: Spans, today: int) -> None:
        self.rows, self.rules, self.spans, self.today = histories, rules, spans, today
        self.refused: list[tuple[int, str]] = []
        self._firm, self._acts = 0, tuple[Act, ...]()

    def moves(self, firm: int, state: State, acts: Sequence[Act] = ()) -> tuple[list[Move], State]:
        """The moves of an enterprise from where it stands up to the last day, and where it stands then.

        Acts that the stage does not allow are put into `refused` (place in the log, stage), and move nothing.
        """
        self._open(firm, acts)
        made: list[Move] = []
        while True:
            chosen = min(self._exits(state), default=_Exit(NEVER, 0, "", ""))
            if chosen.day > self.today:
                return made, state._replace(next_on=chosen.day)
            act = self._acts[state.acted] if chosen.why == "act" else None
            if act is not None:
                state = state._replace(acted=state.acted + 1)
                if not self._allowed(act, state):
                    self.refused.append((act.seq, state.stage))
                    continue
                if not ACTS[act.act]:
                    continue
                chosen = _Exit(act.on, _ACT, ACTS[act.act], _ACT_STEPS[act.act])
            move, state = self._taken(state, chosen, act)
            made.append(move)

    def _open(self, firm: int, acts: Sequence[Act]) -> None:
        """Plain lists of the rows of the enterprise: faster than arrays for few rows."""
        h = self.rows
        span = slice(int(h.starts[firm]), int(h.starts[firm + 1]))
        self._firm, self._acts = firm, tuple(acts)
        rows = zip(
            range(span.start, span.stop), h.occurred[span].tolist(), h.known[span].tolist(), h.stopped[span].tolist(),
            strict=True,
        )  # fmt: skip
        self._every = [_Row(*row) for row in rows]
        self._counted = [row for row, counts in zip(self._every, h.counts[span].tolist(), strict=True) if counts]
        self._stops = sorted({row.stopped for row in self._every if row.stopped <= self.today})
        self._lapse = Clean((row[1:] for row in self._every), self.spans.lapses_after)
        self._clean = Clean((row[1:] for row in self._counted), self.spans.clean)
        self._windows: list[list[tuple[int, ...]] | None] = [None] * len(self.rules)

    def _allowed(self, act: Act, state: State) -> bool:
        mine = act.opened == state.opened and act.on >= state.since and state.stage != ""
        return mine and allowed(act.act, state.stage) and (act.act != "remind" or act.held >= state.opened)

    # what may happen next, stage by stage

    def _exits(self, s: State) -> list[_Exit]:
        exits = _EXITS[s.stage](self, s)
        if s.acted < len(self._acts):
            exits.append(_Exit(self._acts[s.acted].on, _ACT, "", "act"))
        return exits

    def _before(self, s: State) -> list[_Exit]:
        """A rule is crossed (a case opens), or a late record opens an improved case again."""
        exits = [_Exit(self._crossed(i, s, s.since), _EVENT, "observed", i) for i in range(len(self.rules))]
        if s.stage == "improved":
            last = s.until + self.spans.reopen_within
            late = min((row.known for row in self._further(s) if s.since < row.known <= last), default=NEVER)
            exits.append(_Exit(late, _GROUND, "not_improved", "watch"))
        return exits

    def _observed(self, s: State) -> list[_Exit]:
        crossed = [_Exit(self._crossed(i, s, s.opened - 1), _EVENT, "reminder_due", i) for i in self._reminders()]
        lapse = self._lapse.since(s.since)
        return [*crossed, self._no_ground(s, range(len(self.rules))), _Exit(lapse, _EXPIRY, "expired", "observe")]

    def _due(self, s: State) -> list[_Exit]:
        clean = self._clean.since(s.since)
        exits = [self._no_ground(s, self._reminders()), _Exit(clean, _CLEAN, "expired", "release")]
        if s.stage == "reminder_due":
            exits.append(self._silent(s, "reminded", "reminder_overdue", "interview"))
        return exits

    def _reminded(self, s: State) -> list[_Exit]:
        return [_Exit(s.since, _GROUND, "improving", "improvement")]

    def _improving(self, s: State) -> list[_Exit]:
        bad = NEVER
        for row in self._further(s):
            day = max(row.known, s.since)
            if row.stopped > day:
                bad = day  # in the order known: the first is the earliest
                break
        done = max(s.until, s.since)
        return [_Exit(bad, _EVENT, "not_improved", "watch"), _Exit(done, _CLEAN, "improved", "improvement")]

    def _not_improved(self, s: State) -> list[_Exit]:
        return [_Exit(s.since, _GROUND, "watched", "watch")]

    def _listed(self, s: State) -> list[_Exit]:
        """On the watch list, warned or answered: silence, a clean span, or the longest stay."""
        clean = self._clean.since(s.since)
        exits = [
            _Exit(clean, _CLEAN, "released", "release"),
            _Exit(max(s.watched + self.spans.watch_longest, s.since), _EXPIRY, "expired", "watch"),
        ]
        if s.stage == "watched":
            exits.append(self._silent(s, "warned", "warning_overdue", "notice"))
        elif s.stage == "warned":
            exits.append(self._silent(s, "answered", "answer_overdue", "notice"))
        return exits

    def _silent(self, s: State, done: str, overdue: str, step: str) -> _Exit:
        """After the deadline the case is escalated; what fell due before anybody kept records is deemed done."""
        if s.due < self.spans.recorded_from:
            return _Exit(s.due, _SILENCE, done, step)
        return _Exit(s.due + 1, _SILENCE, overdue, "silence")

    # days and rows

    def _reminders(self) -> list[int]:
        return [i for i, rule in enumerate(self.rules) if not rule.signal]

    def _crossed(self, place: int, s: State, since: int) -> int:
        rule = self.rules[place]
        rows = int(rule.starts[self._firm]), int(rule.starts[self._firm + 1])
        return next_crossing(rule.events, rows, rule.repeat, after=s.after, since=since)

    def _further(self, s: State) -> list[_Row]:
        """Counted events that occurred in the improvement period and counted when they became known."""
        return [row for row in self._counted if s.held < row.occurred <= s.until and row.stopped > row.known]

    def _no_ground(self, s: State, rules: Sequence[int]) -> _Exit:
        """First day on which repairs leave no window full."""
        for day in self._stops[bisect_right(self._stops, s.since) :]:
            if not any(self._window(i, s.after, day) for i in rules):
                return _Exit(day, _GROUND, "released", "no_ground")
        return _Exit(NEVER, _GROUND, "released", "no_ground")

    def _window(self, place: int, after: int, day: int) -> tuple[int, ...]:
        """Rows of the latest full window of a rule at the end of a day, in the order in which they occurred."""
        repeat = self.rules[place].repeat
        alive = [(code, o, row, heavy) for o, k, stop, heavy, code, row in self._of(place) if after < k <= day < stop]
        best, newest = tuple[int, ...](), -NEVER
        for _, part in groupby(sorted(alive), key=lambda row: row[0]):
            days, places, weights = zip(*((o, row, heavy) for _, o, row, heavy in part), strict=True)
            for last in range(len(days) - 1, -1, -1):
                first = bisect_right(days, days[last] - repeat.within_days)
                if days[last] > newest and sum(weights[first : last + 1]) >= repeat.at_least:
                    best, newest = places[first : last + 1], days[last]
                    break
        return best

    def _of(self, place: int) -> list[tuple[int, ...]]:
        """Rows of a rule: occurred, known, stopped, weight, group, row; read once for an enterprise."""
        rows = self._windows[place]
        if rows is None:
            rule = self.rules[place]
            e, span = rule.events, slice(int(rule.starts[self._firm]), int(rule.starts[self._firm + 1]))
            size = span.stop - span.start
            stopped, weight, group = (
                column[span].tolist() if column.size else [default] * size
                for column, default in ((e.stopped, NEVER), (e.weight, 1), (e.group, 0))
            )
            columns = (e.occurred[span].tolist(), e.known[span].tolist(), stopped, weight, group)
            rows = self._windows[place] = list(zip(*columns, rule.rows[span].tolist(), strict=True))
        return rows

    # one step

    def _taken(self, s: State, chosen: _Exit, act: Act | None) -> tuple[Move, State]:
        """The move through an exit, and where the enterprise stands after it."""
        day, spans = max(chosen.day, s.since), self.spans
        if chosen.stage == "observed":  # a new case
            s = State(after=s.after, acted=s.acted)
        rule, rows = s.rule, tuple[int, ...]()
        if isinstance(chosen.why, int):
            rule, rows = chosen.why, self._window(chosen.why, s.after, day)
        stage, due = chosen.stage, NEVER
        changed: dict[str, int] = {}
        if stage in _WORKING:
            due = _deadline(day, getattr(spans, _WORKING[stage]))
        elif stage == "observed":
            changed["opened"] = day
        elif stage == "reminded":
            held = act.held if act else day
            changed |= {"held": held, "until": held + spans.improvement}
        elif stage == "improving":
            due = s.until
        if stage in ("not_improved", "watched"):
            rows, changed["watched"] = self._cited(s, day), day
        elif stage in CLOSED:
            changed["after"] = s.after if chosen.why == "no_ground" else day
            rows = () if act else self._newest(day)
        new = s._replace(stage=stage, since=day, rule=rule, due=due, **changed)
        return Move(day, new.opened, s.stage, stage, chosen.why, rows, due, act.seq if act else 0), new

    def _cited(self, s: State, day: int) -> tuple[int, ...]:
        """Rows of the events after the interview that were known on the day and counted."""
        mine = sorted((r for r in self._further(s) if r.known <= day < r.stopped), key=lambda r: (r.occurred, r.place))
        return tuple(row.place for row in mine)

    def _newest(self, day: int) -> tuple[int, ...]:
        """The newest event known on the day, from which a clean span runs."""
        mine = ((row.occurred, row.place) for row in takewhile(lambda row: row.known <= day, self._every))
        return tuple(place for _, place in [max(mine, default=(0, -1))] if place >= 0)


@cache
def _deadline(day: int, working_days: int) -> int:
    """Last of so many working days after a day, in days from 1970."""
    return working_days_after(date.fromordinal(_EPOCH + day), working_days)[0].toordinal() - _EPOCH


_EXITS: Mapping[str, Callable[[Desk, State], list[_Exit]]] = {
    "": Desk._before, "observed": Desk._observed, "reminder_due": Desk._due, "reminder_overdue": Desk._due,
    "reminded": Desk._reminded, "improving": Desk._improving, "improved": Desk._before,
    "not_improved": Desk._not_improved, "watched": Desk._listed, "warning_overdue": Desk._listed,
    "warned": Desk._listed, "answer_overdue": Desk._listed, "answered": Desk._listed,
    "released": Desk._before, "expired": Desk._before,
}  # fmt: skip
