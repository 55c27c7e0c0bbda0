"""Guess which table a sheet holds and what its columns are, by their headers and by what stands in them.

For every header and column there are odds: how alike the header is to the wordings of the column, times how well the
cells fit. The confidence of a guess is its odds over those of everything else that the header could be and of all other
headers that could be the column. The tests hold it to what it says: of the guesses at 0.8, at least eight in ten are
right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import yaml
from scipy.optimize import linear_sum_assignment

from riskmodel.records.contents import looks, odds, words_of
from riskmodel.records.headers import match, not_ours, unit
from riskmodel.records.likeness import alike, says_nothing
from riskmodel.tables import TABLES, Column, Table

# A guess below this is only a hint: it is written into the proposal as a comment. For a column without which no row is
# accepted, less will do.
LIKELY, _NEEDED = 0.6, 0.5
# Less is no guess.
_LEAST = 0.3
# Odds of a wording by its likeness: even at the middle, a tenth of likeness counts this power.
_STEEP, _EVEN = 9.0, 0.62
# Odds of a header that says nothing, and of a column that no table takes.
_SILENT, _UNUSED = 0.5, 0.6
# Likeness from which a name, and odds from which content, is a reason.
_ALIKE, _TELLING = 0.55, 3.0
# The file is read by people of both languages.
_HEAD = (
    "# 由 riskmodel check --propose 生成，使用前请逐行核对；# 后面的列没有采用，确认后去掉 #",
    "# proposed: look at every line before use; columns behind a # are not used until it is taken away",
    "id_scheme: uscc",
    "# exported_on: 2025-06-30  # 导出日期，请改写并去掉 # / day of the export, to be mended",
)
_WHY: Mapping[str, str] = {
    "alias": "已知 / known", "similar_name": "列名 / name", "content": "内容 / content",
    "name_and_content": "列名和内容 / name, content",
}  # fmt: skip
# What an empty column proves by its header alone, at most.
_UNSEEN = 0.75
# Evidence (in matched columns) that a table needs to be likelier than none.
_EVIDENCE = 2.5


@dataclass(frozen=True)
class Guess:
    """What a header seems to be.

    Attributes
    ----------
    column : str
        Our column.
    header : str
        Header in the file.
    confidence : float
        0 to 1: of guesses like this one, at least this share is right.
    why : str
        ``alias`` (known wording), ``similar_name``, ``content`` or ``name_and_content``.
    """

    column: str
    header: str
    confidence: float
    why: str


@dataclass(frozen=True)
class Proposal:
    """What a sheet seems to be.

    Attributes
    ----------
    file, sheet : str
        As `source.yaml` names them; no sheet where the file is one.
    table : str
        Our table, '' for a file of a kind that is not used.
    confidence : float
        0 to 1, against all other tables and none.
    guesses : tuple of Guess
        At most one a column and a header.
    unknown : tuple of str
        Headers without a guess.
    """

    file: str
    sheet: str
    table: str
    confidence: float
    guesses: tuple[Guess, ...]
    unknown: tuple[str, ...]


def propose(file: str, headers: Sequence[str], sample: pd.DataFrame, *, sheet: str = "") -> Proposal:
    """The table that fits best, and its columns.

    Parameters
    ----------
    file : str
        Name of the file, or of the table of a database.
    headers : sequence of str
        Headers as printed.
    sample : DataFrame of str
        Some rows, columns by header; a thousand are plenty.
    sheet : str
        Sheet of a workbook, or member of a ZIP.

    Returns
    -------
    Proposal
        Of licences, annual reports and other files that are not used: no table, no guesses.
    """
    if not_ours(headers):
        return Proposal(file, sheet, "", 0.0, (), tuple(headers))
    texts = {h: sample[h] if h in sample else pd.Series(dtype="str") for h in headers}
    seen = {header: looks(cells) for header, cells in texts.items()}
    words = {header: words_of(cells) for header, cells in texts.items()}
    fits = {name: _fit(table, headers, words, seen) for name, table in TABLES.items()}
    weights = {name: np.exp(_evidence(TABLES[name], guesses) - _EVIDENCE) for name, guesses in fits.items()}
    best = max(weights, key=lambda name: weights[name])
    unknown = set(headers) - {g.header for g in fits[best]}
    confidence = round(float(weights[best] / (1 + sum(weights.values()))), 2)
    return Proposal(file, sheet, best, confidence, fits[best], tuple(h for h in headers if h in unknown))


def _fit(
    table: Table,
    headers: Sequence[str],
    words: Mapping[str, Sequence[str]],
    seen: Mapping[str, Mapping[str, float]],
) -> tuple[Guess, ...]:
    """One table laid over the headers: known wordings first, the rest by the best assignment."""
    known = match(table.name, headers)
    guesses = [Guess(column, header, 1.0, "alias") for header, (column, _) in known.items()]
    columns = [c for c in table.inputs if c.name not in {g.column for g in guesses}]
    rest = [header for header in headers if header not in known]
    if not columns or not rest:
        return tuple(guesses)
    names = np.array([[_by_name(table.name, c, h) for h in rest] for c in columns])
    contents = np.array([[odds(table.name, c, seen[h], words[h]) for h in rest] for c in columns])
    weights = names * contents
    nothing = np.array([_by_name(table.name, None, h) for h in rest])
    against = nothing[None, :] + weights.sum(axis=0)[None, :] + weights.sum(axis=1)[:, None] - weights
    rows, places = linear_sum_assignment(-np.log1p(weights / nothing[None, :]))
    for row, place in zip(rows, places, strict=True):
        header, column = rest[place], columns[row].name
        confidence = float(weights[row, place] / against[row, place])
        if seen[header]["empty"] >= 1.0:
            confidence = min(confidence, _UNSEEN)
        if confidence >= _LEAST:
            likeness = 0.0 if says_nothing(header) else alike(table.name, header)[column]
            guesses.append(Guess(column, header, round(confidence, 2), _why(likeness, contents[row, place])))
    return tuple(guesses)


def _by_name(table: str, column: Column | None, header: str) -> float:
    """Odds of a header for a column, or for none of ours."""
    none = _UNUSED if column is None else 0.0
    if says_nothing(header):
        return _SILENT + none
    likeness = alike(table, header)["" if column is None else column.name]
    return float(np.exp(_STEEP * (likeness - _EVEN))) + none


def _why(likeness: float, content: float) -> str:
    if likeness >= _ALIKE:
        return "name_and_content" if content >= _TELLING else "similar_name"
    return "content"


def _evidence(table: Table, guesses: Sequence[Guess]) -> float:
    """How much speaks for a table, in columns; the indispensable ones count double, and against it where missing."""
    found = {guess.column: guess.confidence for guess in guesses}
    claims = {c.name for c in table.claims}
    needed = dict.fromkeys([*(c.name for c in table.columns if c.required), *table.key])
    if claims & found.keys():
        needed.pop("entity_id", None)
    missing = sum(1 - found.get(name, 0.0) for name in needed if name != "record_id")
    return sum(found.values()) + sum(found.get(name, 0.0) for name in needed) - 2 * missing


def source_yaml(proposals: Sequence[Proposal], *, absent: Sequence[str] = ()) -> str:
    """A `source.yaml` with these guesses; unlikely ones stand as comments.

    Parameters
    ----------
    proposals : sequence of Proposal
        One a sheet.
    absent : sequence of str
        Tables that the source does not have.
    """
    lines = list(_HEAD)
    lines += [f"absent: [{', '.join(absent)}]"] if absent else []
    tables = sorted({p.table for p in proposals if p.table and p.confidence >= LIKELY})
    lines.append("tables:" if tables else "tables: {}")
    for table in tables:
        lines.append(f"  {table}:  # {TABLES[table].zh}")
        for proposal in (p for p in proposals if p.table == table and p.confidence >= LIKELY):
            lines += _entry(proposal)
    for proposal in (p for p in proposals if not p.table or p.confidence < LIKELY):
        lines += ["#", *(f"# {line}" for line in _doubtful(proposal))]
    return "\n".join(lines) + "\n"


def _entry(proposal: Proposal) -> list[str]:
    """One file of a table: where it is, what its columns are."""
    lines = [f"    - file: {_quoted(proposal.file)}  # {proposal.confidence:.2f}"]
    lines += [f"      sheet: {_quoted(proposal.sheet)}"] if proposal.sheet else []
    guesses = sorted(proposal.guesses, key=lambda g: -g.confidence)
    needed = {c.name for c in TABLES[proposal.table].columns if c.required}
    sure = [g for g in guesses if g.confidence >= (_NEEDED if g.column in needed else LIKELY)]
    lines.append("      columns:" if sure else "      columns: {}")
    for guess in guesses:
        mark = "" if guess in sure else "# "
        lines.append(f"        {mark}{guess.column}: {_quoted(guess.header)}  # {_note(proposal.table, guess)}")
    return lines + [f"        # 未采用 / not used: {_quoted(header)}" for header in proposal.unknown]


def _doubtful(proposal: Proposal) -> list[str]:
    """Why a file is not used, and what it could be."""
    name = _quoted(proposal.file) + (f", {_quoted(proposal.sheet)}" if proposal.sheet else "")
    if not proposal.table:
        return [f"{name}: 未采用 / not used ({not_ours(proposal.unknown)})"]
    if proposal.confidence < _LEAST:
        return [f"{name}: 未采用 / not used (no table is like it)"]
    notes = [f"  {g.column}: {_quoted(g.header)}  # {_note(proposal.table, g)}" for g in proposal.guesses]
    return [f"{name}: 未采用 / not used (perhaps {proposal.table}, {proposal.confidence:.2f})", *notes]


def _note(table: str, guess: Guess) -> str:
    """How sure a guess is, and why; what a person must say of an amount whose header names no unit."""
    assumed = TABLES[table][guess.column].kind == "yuan" and guess.why != "alias" and unit(guess.header) is None
    said = f"{TABLES[table][guess.column].zh} {guess.confidence:.2f} {_WHY[guess.why]}"
    return said + ("; 是万元吗？ / is it 万元?" if assumed else "")


def _quoted(text: str) -> str:
    return yaml.safe_dump(text, allow_unicode=True, default_style='"', width=10_000).strip()
