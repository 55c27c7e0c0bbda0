"""The ledger of cases: entries in order, chained by digests, as a table and as lines of a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any, NamedTuple

import pandas as pd

from riskmodel.chain import DIGEST, FIRST, first_break, sealed
from riskmodel.errors import InputError

_TYPES = {
    "seq": "int64", "on": "datetime64[s]", "case_id": "str", "entity_id": "str", "from_stage": "str",
    "to_stage": "str", "rule_id": "str", "clause": "str", "evidence": "str", "due_on": "str", "signed_by": "str",
    "previous": "str", "digest": "str",
}  # fmt: skip


class Entry(NamedTuple):
    """An entry without its place in the chain; sorted by day and enterprise, the steps of one day in order."""

    on: int
    entity_id: str
    step: int
    case_id: str
    from_stage: str
    to_stage: str
    rule_id: str
    clause: str
    evidence: str
    due_on: str
    signed_by: str


def chained(entries: Iterable[Entry], before: pd.DataFrame | None = None) -> pd.DataFrame:
    """Entries in order, each chained to the one before by its digest; `before` is what the ledger holds already."""
    previous = FIRST if before is None or before.empty else str(before[DIGEST].iloc[-1])
    first, made = 1 if before is None else len(before) + 1, []
    for seq, entry in enumerate(sorted(entries), start=first):
        fields = entry._asdict()
        del fields["step"]
        row = sealed({"seq": seq, **fields, "on": iso(entry.on)}, previous)
        previous = row[DIGEST]
        made.append(row)
    table = _table(made)
    return table if before is None else pd.concat([before, table], ignore_index=True)


def rows_of(ledger: pd.DataFrame) -> list[dict[str, Any]]:
    """Entries as they are hashed and written: days as texts."""
    rows: list[dict[str, Any]] = ledger.assign(on=ledger["on"].dt.strftime("%Y-%m-%d")).to_dict("records")  # type: ignore[assignment]
    return rows


def broken_at(rows: Sequence[Mapping[str, Any]]) -> int | None:
    """Number of the first entry that was changed, moved or taken out; None if the chain holds."""
    misplaced = next((n for n, row in enumerate(rows, start=1) if row.get("seq") != n), None)
    broken = first_break(rows)
    return min((n for n in (misplaced, broken) if n is not None), default=None)


def opened_ledger(rows: Sequence[Mapping[str, Any]], where: str, *, head: str | None = None) -> pd.DataFrame:
    """The ledger of a file, if its chain holds and it still has the entry of a head that was kept elsewhere.

    Raises
    ------
    InputError
        A row that is no entry (RM-WRN-006), a broken chain (RM-WRN-005), or a head that is gone: entries were cut
        off at the end (RM-WRN-005).
    """
    for number, row in enumerate(rows, start=1):
        if set(row) != set(_TYPES):
            raise InputError("RM-WRN-006", where=f"{where}:{number}", found=", ".join(sorted(map(str, row)))[:80])
    broken = broken_at(rows)
    if broken is not None:
        raise InputError("RM-WRN-005", where=f"{where}:{broken}", found=rows[broken - 1][DIGEST])
    if head is not None and head not in {FIRST, *(row[DIGEST] for row in rows)}:
        raise InputError("RM-WRN-005", where=f"{where}:{len(rows) + 1}", found="-", expected=head)
    return _table(rows)


def _table(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(_TYPES)).astype(_TYPES)


@cache
def iso(day: int) -> str:
    """Day (since 1970) as YYYY-MM-DD; there are few different ones."""
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()
