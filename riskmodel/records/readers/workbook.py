"""Workbooks: every sheet with a header, title rows passed over, merged cells filled, numbers and dates as text."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskmodel.errors import InputError
from riskmodel.fault_words import Both, library_words
from riskmodel.records.raw import Cells, RawBatch
from riskmodel.records.readers import header, loading, package
from riskmodel.records.readers.found import BATCH_ROWS, Found, batch
from riskmodel.records.readers.guard import too_large
from riskmodel.records.readers.loading import Area, Sheet

# A package below this is checked first and then loaded in this process, which saves the start of another one.
_SMALL = 8 << 20
# Rows among which the header is looked for: title rows, and empty ones between them.
_HEAD = 200
_LOCKED = "EncryptedPackage".encode("utf-16-le")


def find(path: Path, where: str, *, score: header.Score, only: str | None = None) -> Iterator[Found]:
    """The sheets of a workbook that have a row with text.

    Parameters
    ----------
    path : Path
        The workbook.
    where : str
        Its name for people.
    score : callable
        How well a row fits as a header.
    only : str, optional
        The one sheet to read.

    Raises
    ------
    InputError
        No text (RM-REC-020), damaged (RM-REC-023), under a password (RM-REC-024), too large (RM-REC-026), no such sheet
        (RM-REC-027).
    """
    with path.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256")
    empty = True
    for sheet in _loaded(path, where, only):
        of_sheet = digest.copy()
        of_sheet.update(f"#{sheet.name}".encode())
        if table := _found(sheet, f"{where}#{sheet.name}", of_sheet.hexdigest(), score):
            empty = False
            yield table
    if empty:
        raise InputError(
            "RM-REC-020",
            where=where if only is None else f"{where}#{only}",
            found=Both("没有含文字的工作表", "no sheet with text"),
        )


def _loaded(path: Path, where: str, only: str | None) -> Iterator[Sheet]:
    with path.open("rb") as handle:
        packed = handle.read(2) == b"PK"
    if not packed and _LOCKED in path.read_bytes():
        raise InputError("RM-REC-024", where=where, found=library_words("EncryptedPackage"))
    size = package.size(path, where) if packed else None
    if size is not None and size <= _SMALL:
        facts = package.examine(path, where, places=True)
        yield from (_with(facts, sheet) for sheet in _here(path, where, only))
        return
    # A large package is checked while the child loads it.
    with _child(path, only, details=size is None) as process:
        try:
            facts = package.examine(path, where, places=False) if packed else {}
            yield from (_with(facts, sheet) for sheet in _from_child(process, path, where, only))
        finally:
            process.kill()


def _with(facts: dict[str, package.Facts], sheet: Sheet) -> Sheet:
    of_sheet = facts.get(sheet.name, package.Facts(sheet.merged, set(sheet.numbers), sheet.errors))
    columns = _with_errors(sheet.columns, sheet.left, of_sheet.errors)
    return Sheet(sheet.name, columns, sheet.left, of_sheet.merged, sorted(of_sheet.numbers))


def _with_errors(columns: pa.RecordBatch, left: int, errors: Sequence[tuple[int, int, str]]) -> pa.RecordBatch:
    """The columns with what failed cells show instead of nothing; cells beside all others are not there."""
    shown: dict[int, dict[int, str]] = defaultdict(dict)
    for row, column, text in errors:
        if row < columns.num_rows and 0 <= column - left < columns.num_columns:
            shown[column - left][row] = text
    for i, cells in shown.items():
        where = np.zeros(columns.num_rows, dtype=bool)
        where[list(cells)] = True
        texts = pa.array([cells[row] for row in sorted(cells)], columns.column(i).type)
        columns = columns.set_column(
            i, columns.schema.field(i), pc.replace_with_mask(columns.column(i), pa.array(where), texts)
        )
    return columns


def _here(path: Path, where: str, only: str | None) -> Iterator[Sheet]:
    content = path.read_bytes()
    try:
        found = list(loading.load(content, only, details=False))
        names = loading.names(content)
    except BaseException as fault:  # a panic in Rust is no Exception
        if not isinstance(fault, Exception) and type(fault).__name__ != "PanicException":
            raise
        raise _fault(f"{type(fault).__name__}: {fault}", where) from None
    yield from found
    _check_name(names, only, where)


def _child(path: Path, only: str | None, *, details: bool) -> subprocess.Popen[bytes]:
    arguments = [str(path), "" if only is None else f"={only}", "details" if details else ""]
    return subprocess.Popen(
        [sys.executable, "-I", loading.__file__, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pipesize=1 << 20,
    )


def _from_child(process: subprocess.Popen[bytes], path: Path, where: str, only: str | None) -> Iterator[Sheet]:
    stream = cast(BinaryIO, process.stdout)
    while (kind := stream.read(1)) == b"S":
        try:
            yield loading.read(stream)
        except (pa.ArrowException, OSError, ValueError):
            kind = b""
            break
    message = stream.read().decode("utf-8", "replace")
    if kind == b"X":
        raise _fault(message, where)
    if kind != b"E":
        raise too_large(
            where, Both("读取它的程序内存不足", "the program that loads workbooks ran out of memory on it"),
            Both("通常大小的工作簿", "a workbook of usual size"),
        )  # fmt: skip
    _check_name(message.split("\n"), only, where)


def _check_name(names: Sequence[str], only: str | None, where: str) -> None:
    if only is not None and only not in names:
        raise InputError("RM-REC-027", where=where, found=only, expected=", ".join(names))


def _fault(message: str, where: str) -> InputError:
    code = "RM-REC-024" if "password" in message.lower() else "RM-REC-023"
    return InputError(code, where=where, found=library_words(message))


def _found(sheet: Sheet, where: str, digest: str, score: header.Score) -> Found | None:
    """The table of a sheet: header found, areas filled, empty rows left out; None if there is no text."""
    columns = [column.cast(pa.string()) for column in sheet.columns.columns]
    areas = _areas(sheet, where)
    top = [column.fill_null("").to_pylist() for column in _filled([c.slice(0, _HEAD) for c in columns], areas, 0)]
    at, _ = header.find(list(zip(*top, strict=True)), score)
    if at < 0:
        return None
    names = header.named([column[at] for column in top], where)
    kept = ~np.logical_and.reduce([_empty(column.slice(at + 1)) for column in columns])
    table = {
        name: column.slice(at + 1) if kept.all() else column.slice(at + 1).filter(pa.array(kept))
        for name, column, titles in zip(names, _filled(columns, areas, at + 1), top, strict=True)
        if titles[at] or not _empty(column.slice(at + 1)).all()
    }
    return Found(
        f"#{sheet.name}", tuple(table), partial(str, digest), int(kept.sum()), partial(_read, table, sheet.numbers)
    )


def _areas(sheet: Sheet, where: str) -> list[Area]:
    """Merged areas with a text in their first cell, counted from the first column that is not empty."""
    rows, width = sheet.columns.num_rows, sheet.columns.num_columns
    areas = [
        (top, left - sheet.left, min(bottom, rows - 1), min(right - sheet.left, width - 1))
        for top, left, bottom, right in sheet.merged
        if 0 <= top < rows and 0 <= left - sheet.left < width
    ]
    if sum(max(0, bottom - top + 1) * max(0, right - left + 1) for top, left, bottom, right in areas) > rows * width:
        raise InputError("RM-REC-023", where=where, found=Both("合并单元格相互重叠", "merged areas that overlap"))
    return areas


def _filled(columns: Sequence[pa.Array], areas: Sequence[Area], first: int) -> list[pa.Array]:
    """The columns with every merged area that begins at row `first` or below filled with its text."""
    patches: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
    for top, left, bottom, right in areas:
        if first <= top < len(columns[left]) and (text := columns[left][top].as_py()):
            for i in range(left, right + 1):
                patches[i].append((top, bottom + 1, text))
    return [_patched(column, patches[i]) if i in patches else column for i, column in enumerate(columns)]


def _patched(column: pa.Array, patches: Sequence[tuple[int, int, str]]) -> pa.Array:
    which = np.full(len(column), -1, dtype=np.int32)
    for i, (start, end, _) in enumerate(patches):
        which[start:end] = i
    texts = pa.array([text for _, _, text in patches], pa.string()).take(pa.array(np.maximum(which, 0)))
    return pc.if_else(pa.array(which >= 0), texts, column)


def _empty(column: pa.Array) -> np.ndarray:
    empty: np.ndarray = pc.fill_null(pc.equal(pc.binary_length(column), 0), True).to_numpy(zero_copy_only=False)
    return empty


def _read(
    table: dict[str, pa.Array], numbers: Sequence[str], path: Path, wanted: Collection[str]
) -> Iterator[RawBatch]:
    del path  # the sheet is loaded already: the library can only load all of it, even to find the header
    rows = len(next(iter(table.values())))
    for start in range(0, rows, BATCH_ROWS):
        part = {name: column.slice(start, BATCH_ROWS) for name, column in table.items()}
        size = min(BATCH_ROWS, rows - start)
        yield batch(
            np.arange(start + 1, start + 1 + size, dtype=np.int64), part, wanted=wanted, read=partial(_cells, numbers)
        )


def _cells(numbers: Sequence[str], column: pa.Array) -> Cells:
    """Distinct texts of a column, with dates and inexact numbers as a workbook shows them."""
    cells = Cells.of(column)
    moments = pc.match_substring_regex(cells.values, r"^(\+\d+|\d{4})-\d\d-\d\d[ T]\d\d:\d\d:\d\d$")
    values = _replaced(cells.values, moments, _moment)
    if numbers:
        values = _replaced(values, pc.is_in(values, value_set=pa.array(numbers)), _rounded)
    return Cells(values, cells.index)


def _replaced(values: pa.Array, which: pa.Array, change: Callable[[str], str]) -> pa.Array:
    changed = pa.array([change(text) for text in values.filter(which).to_pylist()], pa.string())
    return pc.replace_with_mask(values, which, changed) if len(changed) else values


def _moment(text: str) -> str:
    """A date without the time where that is midnight, a time without the day zero, a day that is none as its number.

    >>> _moment("2020-07-31 00:00:00"), _moment("1899-12-31 12:30:00"), _moment("+57207-09-20 00:00:00")
    ('2020-07-31', '12:30:00', '20200731')
    """
    day, _, time = text.replace("T", " ").partition(" ")
    if day.startswith("+"):
        return str((np.datetime64(day[1:]) - np.datetime64("1899-12-30")).astype(int))
    if time == "00:00:00":
        return day
    return time if day == "1899-12-31" else f"{day} {time}"


def _rounded(text: str) -> str:
    """A number with the 15 digits that are certain.

    >>> _rounded("913703061234567040")
    '9.13703061234567E+17'
    """
    return f"{float(text):.14E}"
