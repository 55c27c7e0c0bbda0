"""Read filled task books: every fault is named with file, sheet, row and field; rows left blank wait."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from riskmodel.display.text import Lang, heading, say, words
from riskmodel.errors import InputError
from riskmodel.exports.sheets import BOX, TICKED
from riskmodel.exports.task_books import ENTRIES, FORMAT, entry_headings
from riskmodel.records.cells import days
from riskmodel.records.headers import fold
from riskmodel.records.raw import RawSheet
from riskmodel.records.readers import sheets
from riskmodel.records.words import code_words

RESULT = (
    "record_id", "entity_id", "visit_no", "inspected_on", "purpose", "outcome_codes", "inspector_ids", "pi", "problems",
    "measures", "due_on", "certificates_shown", "recheck_due", "signature",
)  # fmt: skip
_LANGUAGES: tuple[Lang, ...] = ("zh", "en")
_WORDS = code_words("inspections", "outcome_codes")
_NOTHING_FOUND = "1"
_DAYS = ("inspected_on", "due_on")
_TICKS = ("certificates_shown", "recheck_due")


@dataclass(frozen=True)
class Sent:
    """The draw whose books come back.

    Attributes
    ----------
    digest : str
        Digest of the proof.
    as_of : date
        Day of the draw.
    visits : DataFrame
        ``visit_no``, ``entity_id``, ``pi``, ``inspector_ids``, ``inspector_names``.
    """

    digest: str
    as_of: date
    visits: pd.DataFrame


@dataclass(frozen=True)
class Filled:
    """What the books say.

    Attributes
    ----------
    results : DataFrame
        One row a visit that was made, columns `RESULT`.
    waiting : int
        Rows of the books that are still blank.
    faults : tuple of InputError
        Everything that is to be mended; nothing may be taken over as long as there is one.
    """

    results: pd.DataFrame
    waiting: int
    faults: tuple[InputError, ...]


@dataclass(frozen=True)
class _Row:
    """A row of a book: its place for people, and its cells by column."""

    sheet: str
    number: int
    cells: Mapping[str, str]
    headings: Mapping[str, str]

    def fault(self, code: str, column: str, found: object, expected: str | None = None) -> InputError:
        where = f"{self.sheet}: {self.number}: {self.headings.get(column, column)}"
        return InputError(code, where=where, found=found if str(found) else "-", expected=expected)


def read_books(paths: Sequence[Path], sent: Sent, *, today: date) -> Filled:
    """Read filled task books of one draw.

    Parameters
    ----------
    paths : sequence of Path
        The workbooks; the same visit may stand in several if they agree.
    sent : Sent
        The draw.
    today : date
        No visit can be later.
    """
    visits = {str(visit["visit_no"]): visit for visit in sent.visits.to_dict("records")}
    found: dict[str, tuple[_Row, dict[str, object]]] = {}
    faults: list[InputError] = []
    waiting = 0
    for path in paths:
        try:
            rows = list(_rows(path, sent))
        except InputError as fault:
            faults.append(fault)
            continue
        for row in rows:
            wrong = _unknown(row, visits)
            if not wrong and not _is_filled(row):
                waiting += 1
                continue
            result, more = ({}, []) if wrong else _result(row, visits[row.cells["visit_no"]], sent, today)
            wrong += more
            earlier = found.get(row.cells["visit_no"])
            if not wrong and earlier and earlier[1] != result:
                other = f"{earlier[0].sheet}: {earlier[0].number}"
                wrong = [row.fault("RM-RES-008", "visit_no", row.cells["visit_no"], other)]
            faults += wrong
            if not wrong:
                found[row.cells["visit_no"]] = (row, result)
    results = pd.DataFrame([result for _, result in found.values()], columns=list(RESULT))
    return Filled(results.sort_values("visit_no", ignore_index=True), waiting, tuple(faults))


def _rows(path: Path, sent: Sent) -> Iterator[_Row]:
    """Rows of the visits in a book that belongs to the draw."""
    known = {name: column for lang in _LANGUAGES for name, column in entry_headings(lang).items()}
    about = {heading(name, lang) for lang in _LANGUAGES for name in ("fact", "value")}

    def score(headers: Sequence[str]) -> float:
        return float(len({*known, *about} & set(headers)))

    opened = list(sheets(path, score=score))
    facts = [fact for sheet in opened if about & set(sheet.headers) for fact in _texts(sheet)]
    pairs = [tuple(fact.values()) for fact in facts if len(fact) > 1]
    _check_draw(path, {pair[0]: pair[1] for pair in pairs}, sent)
    for sheet in opened:
        columns = {name: known[name] for name in sheet.headers if name in known}
        if not {"visit_no", "entity_id"} <= set(columns.values()):
            continue
        if missing := set(ENTRIES) - set(columns.values()):
            names = ", ".join(sorted(heading(name, "zh") for name in missing))
            raise InputError("RM-RES-001", where=sheet.file, found=f"- {names}")
        headings = {column: name for name, column in columns.items()}
        for number, texts in enumerate(_texts(sheet), start=2):
            cells = {column: texts[name].strip() for name, column in columns.items()}
            cells["visit_no"] = re.sub(r"\.0+$", "", cells["visit_no"])
            if cells["visit_no"] or cells["entity_id"] or any(cells[name] for name in ENTRIES if name not in _TICKS):
                yield _Row(sheet.file, number, cells, headings)


def _texts(sheet: RawSheet) -> Iterator[dict[str, str]]:
    for batch in sheet.open(sheet.headers):
        columns = [batch.columns[name].texts() for name in sheet.headers]
        yield from (dict(zip(sheet.headers, row, strict=True)) for row in zip(*columns, strict=True))


def _check_draw(path: Path, facts: Mapping[str, str], sent: Sent) -> None:
    """Refuse what is no task book, or one of another draw."""
    labels = {key: {say(key, lang) for lang in _LANGUAGES} for key in ("book.format", "book.draw")}
    formats = {facts[label] for label in labels["book.format"] if label in facts}
    if formats != {FORMAT}:
        raise InputError("RM-RES-001", where=path.name, found=", ".join(sorted(formats)) or "-", expected=FORMAT)
    digests = {facts[label] for label in labels["book.draw"] if label in facts}
    if digests != {sent.digest}:
        raise InputError("RM-RES-002", where=path.name, found=", ".join(sorted(digests)) or "-", expected=sent.digest)


def _unknown(row: _Row, visits: Mapping[str, Mapping[Hashable, object]]) -> list[InputError]:
    number = row.cells["visit_no"]
    if number not in visits:
        return [row.fault("RM-RES-003", "visit_no", number)]
    entity = str(visits[number]["entity_id"])
    if row.cells["entity_id"] != entity:
        return [row.fault("RM-RES-003", "entity_id", row.cells["entity_id"], f"{number}: {entity}")]
    return []


def _is_filled(row: _Row) -> bool:
    return any(row.cells[name] not in ("", BOX) for name in ENTRIES)


def _result(
    row: _Row, visit: Mapping[Hashable, object], sent: Sent, today: date
) -> tuple[dict[str, object], list[InputError]]:
    """One visit as it is taken over, or what is wrong with its row."""
    faults: list[InputError] = []
    codes = _codes(row, faults)
    when = {name: _day(row, name, faults) for name in _DAYS}
    first, last = np.datetime64(sent.as_of, "D"), np.datetime64(today, "D")
    visited, due = when["inspected_on"], when["due_on"]
    if not row.cells["inspected_on"]:
        faults.append(row.fault("RM-RES-005", "inspected_on", "-"))
    elif not np.isnat(visited) and not first <= visited <= last:
        faults.append(row.fault("RM-RES-005", "inspected_on", visited, f"{first} … {last}"))
    if not np.isnat(visited) and not np.isnat(due) and due < visited:
        faults.append(row.fault("RM-RES-005", "due_on", due, f"≥ {visited}"))
    _check_ticks(row, faults)
    _check_signature(row, str(visit["inspector_names"]), faults)
    result: dict[str, object] = {
        "record_id": f"SC{sent.digest[:12]}-{int(row.cells['visit_no']):05d}", "entity_id": str(visit["entity_id"]),
        "visit_no": int(row.cells["visit_no"]), "inspected_on": _text(visited), "purpose": "random",
        "outcome_codes": ",".join(codes), "inspector_ids": str(visit["inspector_ids"]), "pi": float(str(visit["pi"])),
        "problems": row.cells["problems"], "measures": row.cells["measures"], "due_on": _text(due),
        "signature": row.cells["signature"], **{name: "yes" if row.cells[name] == TICKED else "no" for name in _TICKS},
    }  # fmt: skip
    return result, faults


def _text(day: np.datetime64) -> str:
    return "" if np.isnat(day) else str(day)


def _codes(row: _Row, faults: list[InputError]) -> list[str]:
    """Codes of the joint list, in its order; as codes, in words, or as the drop-down writes both."""
    known = dict(_WORDS)
    for lang in _LANGUAGES:
        for code, meaning in words("outcome", lang).items():
            known |= dict.fromkeys((fold(meaning), fold(f"{code} {meaning}")), code)
    written = row.cells["outcome_codes"]
    parts = (
        [written] if fold(written) in known else [p.strip() for p in re.split(r"[,，;；、\n]", written) if p.strip()]
    )
    parts = [re.sub(r"\.0$", "", part) for part in parts]
    wrong = [part for part in parts if fold(part) not in known]
    if wrong or not parts:
        expected = ", ".join(words("outcome", "zh"))
        faults.append(row.fault("RM-RES-004", "outcome_codes", ", ".join(wrong), expected))
        return []
    codes = {known[fold(part)] for part in parts}
    if _NOTHING_FOUND in codes and len(codes) > 1:
        faults.append(row.fault("RM-RES-009", "outcome_codes", written))
    return sorted(codes, key=list(_WORDS.values()).index)


def _day(row: _Row, name: str, faults: list[InputError]) -> np.datetime64:
    found, wrong = days(pa.array([row.cells[name]]))
    if wrong[0]:
        faults.append(row.fault("RM-RES-005", name, row.cells[name]))
    return np.datetime64(found[0], "D")


def _check_ticks(row: _Row, faults: list[InputError]) -> None:
    for name in _TICKS:
        if row.cells[name] not in ("", BOX, TICKED):
            faults.append(row.fault("RM-RES-007", name, row.cells[name]))


def _check_signature(row: _Row, sent: str, faults: list[InputError]) -> None:
    """All who were sent have signed, and nobody else; where no directory was given, somebody has."""
    written = row.cells["signature"]
    expected: Collection[str] = {_close(name) for name in sent.split(",") if name}
    signed = [
        {_close(name) for name in re.split(split, written)} - {""} for split in (r"[,，;；、/\n]+", r"[,，;；、/\s]+")
    ]
    if not signed[0] or (expected and expected not in signed):
        faults.append(row.fault("RM-RES-006", "signature", written, sent or None))


def _close(name: str) -> str:
    return re.sub(r"\s", "", name)
