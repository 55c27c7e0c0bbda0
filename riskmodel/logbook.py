"""Logs that people and months write, as files: one JSON line an entry, replaced whole at every entry.

Tiers that people set (`riskmodel override`), and the folder of a casebook (`riskmodel case`): ``acts.jsonl``, what
people did about cases, and ``ledger.jsonl``, which every run continues.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from riskmodel.errors import InputError, RunError
from riskmodel.fault_words import exception_words
from riskmodel.inspections.log import DrawLog, read_log
from riskmodel.standing.manual import ManualTiers, read_entries
from riskmodel.warning.acts import ActLog
from riskmodel.warning.casebook import Casebook, refuse
from riskmodel.warning.ledger import opened_ledger, rows_of
from riskmodel.warning.stages import TOLD

ACTS, LEDGER = "acts.jsonl", "ledger.jsonl"


class Entries(Protocol):
    """A log."""

    @property
    def entries(self) -> Sequence[Mapping[str, Any]]:
        """Its entries in order."""


def read(path: str | Path | None, *, new: bool = False, head: str | None = None) -> ManualTiers:
    """The tiers that people set, of a file; without a path an empty log, and so for a file that is new, if it may be.

    Raises
    ------
    InputError
        A file that is not there or is no log (RM-OVR-003), or one that was changed or cut off (RM-OVR-002).
    """
    lines = [] if path is None else _lines(Path(path), "RM-OVR-003", new=new)
    return ManualTiers() if path is None else read_entries(lines, str(path), head=head)


def read_draws(path: str | Path, *, new: bool = False) -> DrawLog:
    """The log of draws of a file; for a file that is new, if it may be, an empty log.

    Raises
    ------
    InputError
        A file that is not there or is no log (RM-DRW-016), or one that was changed (RM-DRW-015).
    """
    return read_log(_lines(Path(path), "RM-DRW-016", new=new), str(path))


def write(path: str | Path, log: Entries) -> None:
    """Write the log aside and put it in place in one step."""
    _replace(Path(path), log.entries)


def read_acts(folder: str | Path | None) -> ActLog:
    """What people did about cases; without a folder, or with a new one, nothing.

    Raises
    ------
    InputError
        A file that is no log (RM-WRN-001), or one that was changed (RM-WRN-002).
    """
    return ActLog() if folder is None else ActLog(tuple(_entries(Path(folder) / ACTS, "RM-WRN-001", new=True)))


def write_acts(folder: str | Path, log: ActLog) -> None:
    """Write the acts of a casebook."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    _replace(Path(folder) / ACTS, log.entries)


def read_ledger(folder: str | Path, *, head: str | None = None) -> pd.DataFrame:
    """The ledger of a casebook, its chain verified.

    Raises
    ------
    InputError
        No ledger (RM-WRN-006), or one that was changed or cut off (RM-WRN-005).
    """
    path = Path(folder) / LEDGER
    return opened_ledger(_entries(path, "RM-WRN-006"), str(path), head=head)


def record_act(  # noqa: PLR0913  one keyword an option of the command line
    folder: str | Path, act: str, case_id: str, *, signed_by: str, recorded_on: date, held_on: date | None = None,
    text: str = "", departments: Iterable[str] = (),
) -> Mapping[str, Any]:  # fmt: skip
    """Write down what a person did, if the stage of the case allows it.

    Raises
    ------
    InputError
        An act that the stage does not allow (RM-WRN-007), fields that are wrong (RM-WRN-001), or a changed file.
    """
    ledger, log = read_ledger(folder), read_acts(folder)
    refuse(ledger, log.entries, act, case_id)
    made = log.add(
        act, case_id, signed_by=signed_by, recorded_on=recorded_on, held_on=held_on, text=text, departments=departments
    )  # fmt: skip
    write_acts(folder, made)
    return made.entries[-1]


def send_digest(folder: str | Path, run: str | Path, *, signed_by: str, recorded_on: date) -> dict[str, int]:
    """Write down that the digests of a run folder were sent; returns the number of warnings by department.

    A case of which every department has been told is warned; one that waits in a queue as well gets a note, so that
    the rest of its departments follow in a later week. What was sent before is not sent again.
    """
    ledger, log = read_ledger(folder), read_acts(folder)
    path = Path(run) / "tables" / "digest.parquet"
    if not path.exists():
        raise InputError("RM-INP-010", where="--run", found=path)
    table = pd.read_parquet(path)
    told = {(e["case_id"], d) for e in log.entries for d in e["departments"] if e["act"] in TOLD}
    fresh = table[[pair not in told for pair in zip(table["case_id"], table["addressee"], strict=True)]]
    now = fresh[fresh["status"].eq("now")]
    for case_id, rows in now.groupby("case_id"):
        waits = bool((fresh["case_id"].eq(case_id) & fresh["status"].eq("queued")).any())
        act = "note" if waits else "warn"
        refuse(ledger, log.entries, act, str(case_id))
        log = log.add(
            act, str(case_id), signed_by=signed_by, recorded_on=recorded_on, text=str(path.parent.parent.name),
            departments=rows["addressee"],
        )  # fmt: skip
    write_acts(folder, log)
    return {str(k): int(v) for k, v in now.groupby("addressee").size().items()}


def continuing(folder: str | Path | None, book: Casebook) -> Callable[[], None]:
    """What writes the ledger of a casebook into its folder, once it is sure that it continues the one kept there.

    Raises
    ------
    InputError
        The ledger that is there was changed (RM-WRN-005).
    RunError
        The replay says something else about the days of the ledger that is there (RM-WRN-008); nothing is written.
    """
    if folder is None:
        return lambda: None
    place, rows = Path(folder), rows_of(book.ledger)
    if (place / LEDGER).exists():
        kept = rows_of(read_ledger(place))
        last = book.provenance.as_of.day.isoformat()
        differs = next((n for n, row in enumerate(kept) if row != (rows[n] if n < len(rows) else None)), None)
        if differs is not None and kept[differs]["on"] <= last:
            raise RunError("RM-WRN-008", where=f"{place / LEDGER}:{differs + 1}", found=kept[differs]["case_id"])
        if differs is not None:  # a run of an earlier day adds nothing
            return lambda: None

    def keep() -> None:
        place.mkdir(parents=True, exist_ok=True)
        _replace(place / LEDGER, rows)

    return keep


def _lines(path: Path, code: str, *, new: bool) -> list[str]:
    """Lines of a log; a wrong path must not pass for a log without entries, unless the log may be new."""
    if new and not path.exists():
        return []
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise InputError(code, where=str(path), found=exception_words(fault)) from fault
    return [line for line in lines if line.strip()]


def _entries(path: Path, code: str, *, new: bool = False) -> list[dict[str, Any]]:
    entries = []
    for number, line in enumerate(_lines(path, code, new=new), start=1):
        try:
            entry = json.loads(line)
        except json.JSONDecodeError as fault:
            raise InputError(code, where=f"{path}:{number}", found=line[:80]) from fault
        if not isinstance(entry, dict):
            raise InputError(code, where=f"{path}:{number}", found=line[:80])
        entries.append(entry)
    return entries


def _replace(target: Path, entries: Iterable[Mapping[str, Any]]) -> None:
    aside = target.with_name(f".{target.name}.{os.getpid()}.part")
    lines = [json.dumps(entry, ensure_ascii=False, sort_keys=True) for entry in entries]
    try:
        aside.write_text("\n".join(lines) + "\n", encoding="utf-8")
        os.replace(aside, target)
    finally:
        aside.unlink(missing_ok=True)
