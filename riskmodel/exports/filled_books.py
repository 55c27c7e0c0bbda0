"""Filled task books as rows of results: only reading; what a result must be, `inspections.results` says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from riskmodel.display.text import Lang, heading, say
from riskmodel.errors import InputError
from riskmodel.exports.sheets import BOX, TICKED
from riskmodel.exports.task_books import FORMAT, entry_headings
from riskmodel.inspections.results import ENTRIES, TICKS
from riskmodel.records.raw import RawSheet
from riskmodel.records.readers import sheets

_LANGUAGES: tuple[Lang, ...] = ("zh", "en")
_COLUMNS = ("row", "visit_no", "entity_id", *ENTRIES)
# Whoever types instead of choosing from the list types one of these, on paper and in spreadsheets alike.
_TICKED = {BOX: "no", TICKED: "yes"} | dict.fromkeys("√✓✔是", "yes") | {"否": "no"}


@dataclass(frozen=True)
class Books:
    """What the books say.

    Attributes
    ----------
    rows : DataFrame
        A row a visit, as `take_results` wants it; ``row`` is file, sheet and number of the row.
    faults : tuple of InputError
        Files that are no task books of the draw.
    """

    rows: pd.DataFrame
    faults: tuple[InputError, ...]


def read_books(paths: Sequence[Path], proof: str) -> Books:
    """Read filled task books of the draw with this digest of its proof; folders stand for the books in them."""
    rows: list[dict[str, str]] = []
    faults: list[InputError] = []
    for path in _files(paths):
        try:
            rows += _rows(path, proof)
        except InputError as fault:
            faults.append(fault)
    return Books(pd.DataFrame(rows, columns=list(_COLUMNS), dtype="str"), tuple(faults))


def _files(books: Sequence[Path]) -> list[Path]:
    """Books, also those of folders; ``~$…`` is what a spreadsheet program leaves beside an open file."""
    found = [sorted(p for p in b.glob("*.xlsx") if p.name[0] not in "~.") if b.is_dir() else [b] for b in books]
    return [path for paths in found for path in paths]


def _rows(path: Path, proof: str) -> Iterator[dict[str, str]]:
    """Rows of the visits in a book that belongs to the draw."""
    known = {name: column for lang in _LANGUAGES for name, column in entry_headings(lang).items()}
    about = {heading(name, lang) for lang in _LANGUAGES for name in ("fact", "value")}

    def score(headers: Sequence[str]) -> float:
        return float(len({*known, *about} & set(headers)))

    opened = list(sheets(path, score=score))
    facts = [fact for sheet in opened if about & set(sheet.headers) for fact in _texts(sheet)]
    pairs = [tuple(fact.values()) for fact in facts if len(fact) > 1]
    _check_draw(path, {pair[0]: pair[1] for pair in pairs}, proof)
    for sheet in opened:
        columns = {name: known[name] for name in sheet.headers if name in known}
        if not {"visit_no", "entity_id"} <= set(columns.values()):
            continue
        if missing := set(ENTRIES) - set(columns.values()):
            names = ", ".join(sorted(heading(name, "zh") for name in missing))
            raise InputError("RM-RES-001", where=sheet.file, found=f"- {names}")
        for number, texts in enumerate(_texts(sheet), start=2):
            cells = {column: texts[name].strip() for name, column in columns.items()}
            cells |= {tick: _TICKED.get(cells[tick], cells[tick]) for tick in TICKS}
            if any(cells[name] for name in _COLUMNS[1:] if name not in TICKS):
                yield {"row": f"{sheet.file}: {number}", **cells}


def _texts(sheet: RawSheet) -> Iterator[dict[str, str]]:
    for batch in sheet.open(sheet.headers):
        columns = [batch.columns[name].texts() for name in sheet.headers]
        yield from (dict(zip(sheet.headers, row, strict=True)) for row in zip(*columns, strict=True))


def _check_draw(path: Path, facts: Mapping[str, str], proof: str) -> None:
    """Refuse what is no task book, or one of another draw."""
    labels = {key: {say(key, lang) for lang in _LANGUAGES} for key in ("book.format", "book.draw")}
    formats = {facts[label] for label in labels["book.format"] if label in facts}
    if formats != {FORMAT}:
        raise InputError("RM-RES-001", where=path.name, found=", ".join(sorted(formats)) or "-", expected=FORMAT)
    digests = {facts[label] for label in labels["book.draw"] if label in facts}
    if digests != {proof}:
        raise InputError("RM-RES-002", where=path.name, found=", ".join(sorted(digests)) or "-", expected=proof)
