"""The casebook: early warning of repeat offenders as an append-only, hash-chained ledger that replay makes again.

What may follow what stands in `stages`, when it does in `course`; here moves become entries and cases in words, with
rule, clause, evidence, deadline and signature.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from riskmodel.chain import DIGEST, FIRST
from riskmodel.display.text import word
from riskmodel.errors import InputError
from riskmodel.fault_words import Both
from riskmodel.policy.early_warning import WarningRules
from riskmodel.tables import SEVERITIES
from riskmodel.values import AsOf, Provenance
from riskmodel.warning.acts import by_enterprise, case_parts
from riskmodel.warning.course import Act, Desk, Move, State
from riskmodel.warning.crossing import NEVER, first_crossings
from riskmodel.warning.ledger import Entry, broken_at, chained, iso, rows_of
from riskmodel.warning.prepare import Prepared, prepared, spans
from riskmodel.warning.routing import departments
from riskmodel.warning.stages import ACTS, CLOSED, FOLLOWS, TOLD, acts_at, allowed

_CASES = {
    "case_id": "str", "entity_id": "str", "name": "str", "town": "str", "industry": "str", "special_field": "str",
    "stage": "str", "rule_id": "str", "clause": "str", "opened_on": "datetime64[s]", "stage_on": "datetime64[s]",
    "due_on": "datetime64[s]", "talk_on": "datetime64[s]", "talk_by": "str", "events": "int64", "gravest": "str",
    "items": "str", "evidence": "str", "departments": "str",
}  # fmt: skip
_REFUSED = {"seq": "int64", "case_id": "str", "act": "str", "recorded_on": "str", "stage": "str"}


@dataclass(frozen=True)
class Casebook:
    """Who is observed, was to be reminded, was reminded, improved or not, is watched, was released, and since when.

    Attributes
    ----------
    ledger : DataFrame
        One row an entry, ordered by day and enterprise: seq (from 1), on, case_id, entity_id, from_stage ('' if the
        case opens), to_stage, rule_id, clause, evidence, due_on (deadline of the stage, '' if none), signed_by,
        previous (digest of the entry before), digest (SHA-256 of the canonical JSON of all columns before it).
    cases : DataFrame
        Newest state of each case, in the order opened: case_id, entity_id, name, town, industry, special_field,
        stage, rule_id, clause, opened_on, stage_on, due_on, talk_on, talk_by, events (number), gravest (severity),
        items, evidence (all events of the case), departments (authorities of the events, and routed ones).
    provenance : Provenance
        Data, policy, code.
    refused : DataFrame
        Acts of people that the stage of their case did not allow on the day: seq, case_id, act, recorded_on, stage.
    told : frozenset of (case_id, department)
        Which departments were told of which case.
    states : mapping of str to State
        Where each enterprise stands, by entity_id: what `continued` goes on from.
    """

    ledger: pd.DataFrame
    cases: pd.DataFrame
    provenance: Provenance
    refused: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(_REFUSED)).astype(_REFUSED))
    told: frozenset[tuple[str, str]] = frozenset()
    states: Mapping[str, State] = field(default_factory=dict, repr=False)

    def _repr_html_(self) -> str:
        from riskmodel.display.html import table
        from riskmodel.display.text import say, words

        counts = self.cases["stage"].value_counts()
        order = [stage for stage in words("stage") if stage in counts.index]
        shown = pd.DataFrame({"stage": order, "count": counts.reindex(order).to_numpy()})
        title = say("caption.casebook", day=self.provenance.as_of, n=f"{len(self.cases):,}")
        return table(shown, caption=title)

    @property
    def head(self) -> str:
        """Digest of the last entry: kept elsewhere, it shows later whether entries were cut off at the end."""
        return str(self.ledger[DIGEST].iloc[-1]) if len(self.ledger) else FIRST

    def verify(self, head: str | None = None) -> bool:
        """Whether every entry still has the digest that it was given and names the entry before it.

        Parameters
        ----------
        head : str, optional
            A head that was kept; without it, entries that were cut off at the end are not missed.
        """
        there = head is None or head == FIRST or bool(self.ledger[DIGEST].eq(head).any())
        return there and broken_at(rows_of(self.ledger)) is None


def refuse(ledger: pd.DataFrame, pending: Sequence[Mapping[str, Any]], act: str, case_id: str) -> None:
    """Refuse an act that the stage of a case does not allow, given acts recorded since the ledger was written.

    Raises
    ------
    InputError
        No such case (RM-WRN-009), or an act that its stage does not allow (RM-WRN-007).
    """
    mine = ledger[ledger["case_id"].eq(case_id)]
    stage = str(mine["to_stage"].iloc[-1]) if len(mine) else ""
    written = date(1, 1, 1).isoformat() if ledger.empty else ledger["on"].iloc[-1].strftime("%Y-%m-%d")
    for entry in pending:
        # what was recorded before the newest entry of the ledger has moved the case already, or moved nothing
        if entry["case_id"] == case_id and entry["recorded_on"] > written and allowed(entry["act"], stage):
            stage = ACTS[entry["act"]] or stage
            stage = "improving" if stage == "reminded" else stage
    if not stage:
        raise InputError("RM-WRN-009", where="CASE", found=case_id)
    if not allowed(act, stage):
        found = Both(f"{act} · {word('stage', stage)}", f"{act} · {word('stage', stage, 'en')}")
        raise InputError("RM-WRN-007", where=case_id, found=found, expected=", ".join(acts_at(stage)) or "-")


def review(
    events: pd.DataFrame,
    rules: WarningRules,
    as_of: AsOf,
    provenance: Provenance,
    acts: Sequence[Mapping[str, Any]] = (),
) -> Casebook:
    """Replay everything that became known up to a day.

    Parameters
    ----------
    events : DataFrame
        One row an event: event_id, entity_id, name, town, industry, special_field, kind, severity, item, leniency
        (yes, no), occurred_on, known_on, stopped_known_on (day from which it was known not to count any more, NaT if
        it goes on), authority. Rows that were known later than `as_of` do not exist.
    rules : WarningRules
        Rules in force.
    as_of : AsOf
        The day.
    provenance : Provenance
        Carried to the casebook; of the same day.
    acts : sequence of mapping
        What people did (`riskmodel.warning.acts.ActLog.entries`).

    Returns
    -------
    Casebook
        The ledger at an earlier day is the beginning of that at a later day.

    Raises
    ------
    InputError
        An event dated after the day on which it was known (RM-WRN-003), or of an unknown enterprise (RM-WRN-004).
    """
    ready = prepared(events, rules, as_of)
    crossed = np.zeros(len(ready.entity_ids), dtype=bool)
    for rule in ready.rules:
        crossed |= first_crossings(rule.events, rule.repeat, enterprises=len(crossed)) < NEVER
    return _written(_nothing(), ready, np.flatnonzero(crossed).tolist(), rules, provenance, acts)


@cache
def _nothing() -> Casebook:
    """The casebook before the first day."""
    return Casebook(chained(()), _cases([]), Provenance(AsOf(date.min), "", "", ""))


def continued(
    book: Casebook,
    events: pd.DataFrame,
    rules: WarningRules,
    as_of: AsOf,
    provenance: Provenance,
    acts: Sequence[Mapping[str, Any]] = (),
) -> Casebook:
    """Go on from a casebook: the same as a replay of everything, for the work of the enterprises concerned alone.

    Parameters
    ----------
    book : Casebook
        As of an earlier day, under the same rules.
    events : DataFrame
        All events of the enterprises that `concerned` names; those of others may be left out.
    rules, as_of, provenance, acts
        As for `review`.
    """
    ready = prepared(events, rules, as_of)
    return _written(book, ready, range(len(ready.entity_ids)), rules, provenance, acts)


def concerned(
    book: Casebook, news: Iterable[str], as_of: AsOf, acts: Sequence[Mapping[str, Any]] = ()
) -> frozenset[str]:
    """Enterprises that may move: with news (an event known or stopped since), a new act, or a deadline by the day."""
    today, since = _day(as_of.day), book.provenance.as_of.day.isoformat()
    due = {entity for entity, state in book.states.items() if state.next_on <= today}
    acted = {case_parts(str(a["case_id"]))[0] for a in acts if a["recorded_on"] > since}
    return frozenset({*news, *due, *acted})


def _written(
    book: Casebook, ready: Prepared, firms: Sequence[int], rules: WarningRules, provenance: Provenance,
    acts: Sequence[Mapping[str, Any]],
) -> Casebook:  # fmt: skip
    """The book with the moves of some enterprises up to the day."""
    today, since = provenance.as_of.day, book.provenance.as_of.day.isoformat()
    desk = Desk(ready.histories, ready.rules, spans(rules), _day(today))
    known = {int(entry["seq"]): entry for entry in acts if entry["recorded_on"] <= today.isoformat()}
    mine = by_enterprise(known.values())
    writer = _Writer(ready, rules, known)
    entries: list[Entry] = []
    states = dict(book.states)
    for firm in firms:
        entity_id = ready.entity_ids[firm]
        done = [_act(entry) for entry in mine.pop(entity_id, ())]
        moves, states[entity_id] = desk.moves(firm, states.get(entity_id, State()), done)
        entries += writer.entries(entity_id, moves)
    ledger = chained(entries, book.ledger)
    fresh = ledger[ledger["entity_id"].isin(ready.entity_ids).to_numpy(dtype=bool)]
    kept = book.cases[~book.cases["entity_id"].isin(ready.entity_ids).to_numpy(dtype=bool)]
    cases = _cases(writer.cases(fresh, _day(today)), kept)
    refused = _refused([*desk.refused, *_astray(mine, states, since)], known)
    # an act that went astray before the enterprise had a case is met again with its first one
    refused = pd.concat([book.refused, refused], ignore_index=True).drop_duplicates("seq", ignore_index=True)
    told = {(str(e["case_id"]), str(d)) for e in known.values() if e["act"] in TOLD for d in e["departments"]}
    return Casebook(ledger, cases, provenance, refused, frozenset(told), states)


class _Writer:
    """Puts moves into words: rows become record numbers, days and authorities; rules become ids and clauses."""

    def __init__(self, ready: Prepared, rules: WarningRules, acts: Mapping[int, Mapping[str, Any]]) -> None:
        table = ready.table
        self.ready, self.acts, self.routing = ready, acts, rules.routing
        self.event_ids, self.occurred = table["event_id"].tolist(), ready.histories.occurred.tolist()
        self.authorities = table["authority"].fillna("").tolist()
        self.number = {entity_id: firm for firm, entity_id in enumerate(ready.entity_ids)}
        self.rules = [(rule.id, rule.clause) for rule in (*rules.reminders, *rules.signals)]
        self.steps = {key: (step.id, step.clause) for key, step in rules.steps.items()}

    def entries(self, entity_id: str, moves: Sequence[Move]) -> Iterator[Entry]:
        """Entries of an enterprise's moves; an interview and the improvement period cite what opened the case."""
        for step, move in enumerate(moves):
            if move.stage not in FOLLOWS[move.before]:
                raise RuntimeError(f"{move.before} → {move.stage}")  # a fault of ours, caught before it is written
            rule_id, clause = self.rules[move.why] if isinstance(move.why, int) else self.steps[move.why]
            act = self.acts.get(move.act)
            evidence = self.evidence(move.rows) if act is None else f"#{move.act}({act['held_on']})"
            due = "" if move.due >= NEVER else iso(move.due)
            yield Entry(
                move.on, entity_id, step, _case_id(entity_id, move.opened), move.before, move.stage, rule_id, clause,
                evidence, due, "" if act is None else str(act["signed_by"]),
            )  # fmt: skip

    def evidence(self, rows: Sequence[int]) -> str:
        """Record numbers with day and authority, in the order in which they occurred."""
        ordered = sorted(rows, key=lambda row: (self.occurred[row], row))
        inside = [", ".join(filter(None, (iso(self.occurred[row]), self.authorities[row]))) for row in ordered]
        return "; ".join(f"{self.event_ids[row]}({text})" for row, text in zip(ordered, inside, strict=True))

    def cases(self, ledger: pd.DataFrame, today: int) -> list[dict[str, Any]]:
        """The newest state of each case of a ledger, from its entries and the rows known while it was open."""
        steps: dict[str, list[Any]] = {}
        for entry in ledger.itertuples(index=False):
            steps.setdefault(str(entry.case_id), []).append(entry)
        last_of = {entries[-1].entity_id: case_id for case_id, entries in steps.items()}
        return [
            self._case(case_id, entries, today if last_of[entries[0].entity_id] == case_id else NEVER)
            for case_id, entries in steps.items()
        ]

    def _case(self, case_id: str, steps: Sequence[Any], today: int) -> dict[str, Any]:
        last, talks = steps[-1], [e for e in steps if e.to_stage == "reminded"]
        rows = self._rows(steps, today)
        about = self.ready.table.iloc[rows[-1]] if rows else self.ready.table.iloc[0]
        talk = talks[-1] if talks else None
        table = self.ready.table.iloc[rows]
        items = sorted(set(table["item"].fillna("")) - {""})
        return {
            **{c: about[c] for c in ("name", "town", "industry", "special_field")},
            "case_id": case_id, "entity_id": last.entity_id, "stage": last.to_stage, "rule_id": last.rule_id,
            "clause": last.clause, "opened_on": steps[0].on, "stage_on": last.on, "due_on": last.due_on or pd.NaT,
            "talk_on": _held(talk), "talk_by": "" if talk is None else talk.signed_by, "events": len(rows),
            "gravest": SEVERITIES[max((SEVERITIES.index(s) for s in table["severity"]), default=0)],
            "items": "; ".join(items), "evidence": self.evidence(rows),
            "departments": "; ".join(departments(table, self.routing)),
        }  # fmt: skip

    def _rows(self, steps: Sequence[Any], today: int) -> list[int]:
        """Rows in the order known: those cited when the case opened, and those known and counting while it was open."""
        h, firm = self.ready.histories, self.number[steps[0].entity_id]
        cited = "; ".join(["", *(entry.evidence for entry in steps if not entry.signed_by), ""])
        opened, closed = _day(steps[0].on), today
        if steps[-1].to_stage in CLOSED:
            closed = _day(steps[-1].on)
        rows = range(int(h.starts[firm]), int(h.starts[firm + 1]))
        return [
            row for row in rows
            if (opened < h.known[row] <= closed and h.stopped[row] > h.known[row])
            or f"; {self.evidence([row])}; " in cited
        ]  # fmt: skip


def _held(talk: Any) -> Any:
    """Day of an interview: as it was recorded, or the day on which it is deemed to have been held."""
    if talk is None:
        return pd.NaT
    return pd.Timestamp(talk.evidence.split("(")[1].rstrip(")")) if talk.signed_by else talk.on


def _case_id(entity_id: str, opened: int) -> str:
    """Stable number of a case: enterprise and day opened."""
    return f"W-{entity_id}-{iso(opened)}"


def _act(entry: Mapping[str, Any]) -> Act:
    opened = _day(case_parts(str(entry["case_id"]))[1])
    on, held = (_day(date.fromisoformat(entry[key])) for key in ("recorded_on", "held_on"))
    return Act(int(entry["seq"]), on, opened, str(entry["act"]), held)


def _astray(
    acts: Mapping[str, Sequence[Mapping[str, Any]]], states: Mapping[str, State], since: str
) -> list[tuple[int, str]]:
    """New acts about enterprises that never had a case."""
    strange = (entry for entity_id, done in acts.items() if entity_id not in states for entry in done)
    return [(int(entry["seq"]), "") for entry in strange if entry["recorded_on"] > since]


def _refused(found: Sequence[tuple[int, str]], acts: Mapping[int, Mapping[str, Any]]) -> pd.DataFrame:
    told = ("case_id", "act", "recorded_on")
    rows = [{**{c: acts[seq][c] for c in told}, "seq": seq, "stage": stage} for seq, stage in sorted(found)]
    return pd.DataFrame(rows, columns=list(_REFUSED)).astype(_REFUSED)


def _cases(rows: Sequence[Mapping[str, Any]], kept: pd.DataFrame | None = None) -> pd.DataFrame:
    """Cases in the order opened."""
    made = pd.DataFrame(rows, columns=list(_CASES))
    for column in ("opened_on", "stage_on", "due_on", "talk_on"):
        made[column] = pd.to_datetime(made[column])
    made = made.astype(_CASES)
    if kept is not None and len(kept):
        made = pd.concat([kept, made], ignore_index=True) if len(made) else kept
    return made.sort_values(["opened_on", "entity_id"], kind="stable", ignore_index=True)


def _day(day: date) -> int:
    """Days since 1970 of a date or a time stamp."""
    return (date(day.year, day.month, day.day) - date(1970, 1, 1)).days
