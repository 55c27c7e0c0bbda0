"""Open a file of any format."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from riskmodel.errors import InputError
from riskmodel.fault_words import Both, exception_words
from riskmodel.records.raw import RawBatch, RawSheet
from riskmodel.records.readers import archive, columnar, delimited, header, kinds, lines, workbook
from riskmodel.records.readers.found import Found


def sheets(path: Path, *, score: header.Score, sheet: str | None = None) -> Iterator[RawSheet]:
    """The tables in a file: one, or as many as a workbook or archive holds.

    Parameters
    ----------
    path : Path
        CSV, TSV or other delimited text, XLSX, XLS, XLSB, ODS, Parquet, JSON lines or a JSON document, or a ZIP of
        these.
    score : callable
        How well a row of texts fits as the header row of any known table: the number of headers recognised.
    sheet : str, optional
        Only this sheet of a workbook, or this member of an archive (``a.csv``, ``b.xlsx#Sheet1``).

    Raises
    ------
    InputError
        The file cannot be read; see the codes RM-REC-020 to RM-REC-027.
    """
    with _system_faults(path.name):
        for found in _found(path, path.name, sheet, score=score):
            file = f"{path.name}{found.part}"
            yield RawSheet(
                file, found.headers, partial(_sealed, found, file), found.rows, partial(_read, found, path, file)
            )


def _found(path: Path, where: str, only: str | None, *, score: header.Score, nested: bool = False) -> Iterator[Found]:
    kind = kinds.kind(path, where)
    if kind == "workbook":
        return workbook.find(path, where, score=score, only=only)
    if kind == "parquet":
        return columnar.find(path, where)
    if kind == "lines":
        return lines.find(path, where)
    if kind == "delimited":
        return delimited.find(path, where, score=score)
    if nested:
        raise InputError("RM-REC-025", where=where, found=Both("压缩包内还有压缩包", "an archive within the archive"))
    return archive.find(path, where, inside=partial(_found, score=score, nested=True), only=only)


def _sealed(found: Found, file: str) -> str:
    with _system_faults(file):
        return found.seal()


def _read(found: Found, path: Path, file: str, wanted: Collection[str]) -> Iterator[RawBatch]:
    with _system_faults(file):
        yield from found.read(path, frozenset(wanted))


@contextmanager
def _system_faults(where: str) -> Iterator[None]:
    """What the system says of files that vanish, are locked or do not fit on the disk."""
    try:
        yield
    except OSError as fault:
        raise InputError("RM-REC-002", where=where, found=exception_words(fault)) from None
