"""The casebook: early warning of repeat offenders as an append-only, hash-chained ledger that replay makes again.

Stages: ``reminder_due`` (a reminder rule was crossed) → ``reminded`` (the reminder is deemed given) → ``watched``
(a new event after the reminder: key watch list, departments warned) → ``released`` (no event for the clean span);
a reminded enterprise that keeps clean is released without having been watched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from riskmodel.chain import FIRST, digest_of
from riskmodel.policy.model import WarningRules
from riskmodel.tables import SEVERITIES
from riskmodel.values import AsOf, Provenance
from riskmodel.warning.clocks import NEVER, Case, Histories, Repeat, Spans, cases_of

_HASHED = (
    "seq", "on", "case_id", "entity_id", "from_stage", "to_stage", "rule_id", "clause", "evidence", "previous",
)  # fmt: skip
_LEDGER = dict.fromkeys((*_HASHED, "digest"), "str") | {"seq": "int64", "on": "datetime64[s]"}
_CASES = {
    "case_id": "str", "entity_id": "str", "name": "str", "town": "str", "stage": "str", "rule_id": "str",
    "clause": "str", "opened_on": "datetime64[s]", "stage_on": "datetime64[s]", "events": "int64", "evidence": "str",
    "departments": "str",
}  # fmt: skip


@dataclass(frozen=True)
class Casebook:
    """Who was to be reminded, was reminded, is watched and was released, and since when.

    Attributes
    ----------
    ledger : DataFrame
        One row an entry, ordered by day and enterprise: seq (from 1), on, case_id, entity_id, from_stage ('' if the
        case opens), to_stage, rule_id, clause, evidence, previous (digest of the entry before), digest (SHA-256 of
        the canonical JSON of all columns before it).
    cases : DataFrame
        Newest state of each case, in the order opened: case_id, entity_id, name, town, stage, rule_id, clause,
        opened_on, stage_on, events (number), evidence (all events of the case), departments (their authorities).
    provenance : Provenance
        Data, policy, code.
    """

    ledger: pd.DataFrame
    cases: pd.DataFrame
    provenance: Provenance

    def verify(self) -> bool:
        """Whether every entry still has the digest that it was given, and names the entry before it.

        Entries that were cut off at the end are not missed: compare the last digest with one that was kept elsewhere.
        """
        previous, on = FIRST, self.ledger["on"].dt.strftime("%Y-%m-%d")
        rows = self.ledger.assign(on=on)[[*_HASHED, "digest"]].itertuples(index=False, name=None)
        for place, row in enumerate(rows, start=1):
            if row[0] != place or row[-2] != previous or row[-1] != _digest(row[:-1]):
                return False
            previous = row[-1]
        return True


def review(events: pd.DataFrame, rules: WarningRules, as_of: AsOf, provenance: Provenance) -> Casebook:
    """Replay everything that became known up to a day.

    An enterprise is reminded once `count` events that a reminder rule is about lie within its window; the first rule
    in the policy's order wins. While a case is open no other opens. New events, for the watch list as for release,
    are those of a kind that a reminder rule is about and at least as grave as the mildest that one is about.

    Parameters
    ----------
    events : DataFrame
        One row an event: event_id, entity_id, name, town, kind, severity, occurred_on, known_on, stopped_known_on
        (day from which it was known not to count any more, NaT if it goes on), authority. Rows that were known later
        than `as_of`, or lack one of the first two days, do not exist.
    rules : WarningRules
        Rules in force.
    as_of : AsOf
        The day.
    provenance : Provenance
        Carried to the casebook.

    Returns
    -------
    Casebook
        The ledger at an earlier day is the beginning of that at a later day.
    """
    rows = _relevant(events, rules, as_of)
    firms, entity_ids = pd.factorize(rows["entity_id"])
    stopped = _days(rows["stopped_known_on"])
    histories = Histories(
        firms.astype("int64"), _days(rows["occurred_on"]), _days(rows["known_on"]),
        np.where(rows["stopped_known_on"].isna(), NEVER, stopped),
    )  # fmt: skip
    repeats = [Repeat(_about(rows, r.events, r.severity), r.count, r.within_days) for r in rules.reminders]
    spans = Spans(rules.reminder_deemed_given_after_days, rules.again_within_days, rules.release_after_clean_days)
    today = int(np.datetime64(as_of.day, "D").astype("int64"))
    writer = _Writer(rows, entity_ids.tolist(), rules)
    entries: list[_Entry] = []
    states: list[_State] = []
    for case in cases_of(histories, repeats, spans, today=today):
        entries += writer.entries(case)
        states.append(writer.state(case))
    return Casebook(_ledger(entries), _table(states), provenance)


class _Entry(NamedTuple):
    """An entry without its place in the chain; sorted by day and enterprise, the steps of one case in order."""

    on: int
    entity_id: str
    step: int
    case_id: str
    from_stage: str
    to_stage: str
    rule_id: str
    clause: str
    evidence: str


class _State(NamedTuple):
    """The newest state of a case; sorted by the day opened and enterprise."""

    opened_on: int
    entity_id: str
    case_id: str
    name: str
    town: str
    stage: str
    rule_id: str
    clause: str
    stage_on: int
    events: int
    evidence: str
    departments: str


class _Writer:
    """Puts cases into words: rows become record numbers, days and authorities; rules become ids and clauses."""

    def __init__(self, rows: pd.DataFrame, entity_ids: Sequence[str], rules: WarningRules) -> None:
        self.event_ids, self.occurred = rows["event_id"].tolist(), _days(rows["occurred_on"]).tolist()
        self.authorities, self.texts = rows["authority"].fillna("").tolist(), [""] * len(rows)
        self.entity_ids, self.names, self.towns = entity_ids, rows["name"].tolist(), rows["town"].tolist()
        self.reminders = [(r.id, r.clause) for r in rules.reminders]
        self.watch = (rules.watch_id, rules.watch_clause)

    def entries(self, case: Case) -> Iterator[_Entry]:
        """The entries of a case, in order."""
        before, entity_id, case_id = "", self.entity_ids[case.firm], self.case_id(case)
        cited: Sequence[int] = ()
        evidence = ""
        for step, (on, stage, (rule_id, clause), rows) in enumerate(self.steps(case)):
            if rows is not cited:
                cited, evidence = rows, self.evidence(rows)
            yield _Entry(on, entity_id, step, case_id, before, stage, rule_id, clause, evidence)
            before = stage

    def steps(self, case: Case) -> Iterator[tuple[int, str, tuple[str, str], Sequence[int]]]:
        """Day, stage, rule and rows of each step; release cites the last event, from which the clean span runs."""
        rule = self.reminders[case.rule]
        yield case.opened, "reminder_due", rule, case.window
        if case.reminded is not None:
            yield case.reminded, "reminded", rule, case.window
        if case.watched is not None:
            rule = self.watch
            yield case.watched, "watched", rule, case.again
        if case.released is not None:
            yield case.released, "released", rule, self.in_order(case.events)[-1:]

    def in_order(self, rows: Sequence[int]) -> list[int]:
        """Rows by the day on which they occurred, then by the day known (their own order)."""
        return sorted(rows, key=self.occurred.__getitem__)

    def case_id(self, case: Case) -> str:
        """Stable number of a case: enterprise and day opened."""
        return f"W-{self.entity_ids[case.firm]}-{_iso(case.opened)}"

    def evidence(self, rows: Sequence[int]) -> str:
        """Record numbers with day and authority, in the order in which they occurred."""
        return "; ".join([self.text(row) for row in self.in_order(rows)])

    def text(self, row: int) -> str:
        """Record number, day and authority of one row."""
        found = self.texts[row]
        if not found:
            authority, day = self.authorities[row], _iso(self.occurred[row])
            inside = f"{day},{authority}" if authority else day
            found = self.texts[row] = f"{self.event_ids[row]}({inside})"
        return found

    def state(self, case: Case) -> _State:
        """The newest state of a case."""
        *_, (on, stage, (rule_id, clause), _) = self.steps(case)
        newest = max(case.events)
        departments = {self.authorities[row] for row in case.events} - {""}
        return _State(
            case.opened, self.entity_ids[case.firm], self.case_id(case), self.names[newest], self.towns[newest], stage,
            rule_id, clause, on, len(case.events), self.evidence(case.events), "; ".join(sorted(departments)),
        )  # fmt: skip


def _relevant(events: pd.DataFrame, rules: WarningRules, as_of: AsOf) -> pd.DataFrame:
    """Rows known by the day that any rule could be about, in an order that does not depend on theirs."""
    kinds = {kind for r in rules.reminders for kind in r.events}
    mildest = min((SEVERITIES.index(s) for r in rules.reminders for s in r.severity), default=len(SEVERITIES))
    seen = events["known_on"].le(pd.Timestamp(as_of.day)) & events["occurred_on"].notna()
    kept = seen.to_numpy(dtype=bool) & _about(events, tuple(kinds), SEVERITIES[mildest:])
    # an enterprise that has fewer events than any rule asks for never crosses one
    fewest = min((r.count for r in rules.reminders), default=1)
    rows: pd.DataFrame = events[kept]
    rows = rows[(rows.groupby("entity_id")["entity_id"].transform("size") >= fewest).to_numpy(dtype=bool)]
    return rows.sort_values(["entity_id", "known_on", "occurred_on", "event_id"], ignore_index=True)


def _about(rows: pd.DataFrame, kinds: Sequence[str], severities: Sequence[str]) -> np.ndarray:
    fits: np.ndarray = (rows["kind"].isin(kinds) & rows["severity"].isin(severities)).to_numpy(dtype=bool)
    return fits


def _days(dates: pd.Series) -> np.ndarray:
    """Days since 1970 (a missing date gives the least number)."""
    return dates.to_numpy(dtype="datetime64[D]").astype("int64")


def _ledger(entries: Sequence[_Entry]) -> pd.DataFrame:
    """Entries in order, each chained to the one before by its digest."""
    made, previous = [], FIRST
    for seq, entry in enumerate(sorted(entries), start=1):
        row = (seq, _iso(entry.on), entry.case_id, entry.entity_id, *entry[4:], previous)
        previous = _digest(row)
        made.append((*row, previous))
    return pd.DataFrame(made, columns=list(_LEDGER)).astype(_LEDGER)


def _table(states: Sequence[_State]) -> pd.DataFrame:
    """States in the order opened, days as dates."""
    made = pd.DataFrame(sorted(states), columns=list(_State._fields))
    for column in ("opened_on", "stage_on"):
        made[column] = made[column].to_numpy(dtype="int64").astype("datetime64[D]")
    return made[list(_CASES)].astype(_CASES)


def _digest(row: Sequence[object]) -> str:
    """Digest of an entry's columns before it."""
    return digest_of(dict(zip(_HASHED, row, strict=True)))


@cache
def _iso(day: int) -> str:
    """Day as YYYY-MM-DD; there are few different ones."""
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()
