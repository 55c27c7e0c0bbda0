"""Who is reminded: the real course of early warning, without the ledger that a real office writes of it.

What moves is what moves in `riskmodel.warning.casebook.continued`: enterprises with an event that became known or
stopped since the last look, or with a deadline by the day. Only the words are left out, of which nobody reads any here.
The simulated office does what is due at every look, on that day: it reminds, warns departments, takes their answers.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from riskmodel.policy.early_warning import WarningRules
from riskmodel.values import AsOf
from riskmodel.warning.course import Act, Desk, Move, State
from riskmodel.warning.prepare import prepared, spans
from riskmodel.warning.stages import allowed

_REMINDED = "reminded"
_DUTIES = ("remind", "warn", "answer")


class Reminders:
    """Where every enterprise stands in early warning (`states`), and what the office did about it (`acts`)."""

    def __init__(self) -> None:
        self.states: dict[str, State] = {}
        self.acts: dict[str, tuple[Act, ...]] = {}
        self._done = 0
        self.looked: AsOf | None = None

    def given(self, events: pd.DataFrame, rules: WarningRules, as_of: AsOf) -> list[str]:
        """Enterprises that were reminded since the last look (at the first look: on that day), up to a day.

        Parameters
        ----------
        events : DataFrame
            As for `riskmodel.warning.casebook.review`.
        rules : WarningRules
            The same at every look.
        as_of : AsOf
            The day.
        """
        today = _day(as_of)
        before = today - 1 if self.looked is None else _day(self.looked)
        mine = events if self.looked is None else events[self._moving(events, self.looked, today)]
        ready = prepared(mine, rules, as_of)
        desk, given = Desk(ready.histories, ready.rules, spans(rules), today), []
        for firm, entity_id in enumerate(ready.entity_ids):
            moves = self._moves(desk, firm, entity_id, today)
            if any(move.stage == _REMINDED and move.on > before for move in moves):
                given.append(entity_id)
        self.looked = as_of
        return given

    def _moves(self, desk: Desk, firm: int, entity_id: str, today: int) -> list[Move]:
        """The moves of an enterprise, what the office does about them, and what follows from that."""
        acts, state = self.acts.get(entity_id, ()), self.states.get(entity_id, State())
        moves, state = desk.moves(firm, state, acts)
        while duty := next((act for act in _DUTIES if allowed(act, state.stage)), ""):
            self._done += 1
            acts = (*acts, Act(self._done, today, state.opened, duty, today))
            more, state = desk.moves(firm, state, acts)
            moves += more
            if not more:
                break
        self.states[entity_id] = state
        if acts:
            self.acts[entity_id] = acts
        return moves

    def _moving(self, events: pd.DataFrame, looked: AsOf, today: int) -> np.ndarray:
        """Rows of the enterprises that may move."""
        seen = pd.Timestamp(looked.day)
        fresh = ((events["known_on"] > seen) | (events["stopped_known_on"] > seen)).to_numpy()
        due = [entity_id for entity_id, state in self.states.items() if state.next_on <= today]
        return np.asarray(events["entity_id"].isin({*events["entity_id"][fresh], *due}), dtype=bool)


def _day(as_of: AsOf) -> int:
    return int(np.datetime64(as_of.day, "D").astype("int64"))
