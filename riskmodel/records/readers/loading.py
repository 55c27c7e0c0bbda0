"""Load the sheets of a workbook as columns of text: a program run by `workbook`, that imports nothing of ours.

The libraries for workbooks allocate what a file asks for, and on some damaged or hostile files abort the whole process
(a cell in the last corner of a small sheet asks for 500 GB). In a child process, with limited memory, that is an error
like any other. Small plain workbooks are loaded by the same functions without one.

Output of the program: for each sheet 'S' and an Arrow stream, then 'E' and the names of all sheets; or 'X' and what
is wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa

if TYPE_CHECKING:
    from fastexcel import CellErrors
    from python_calamine import CalamineSheet, CalamineWorkbook

# More than any sheet of Excel's size needs.
_MEMORY = 12 << 30
# Whole numbers above this have lost digits in every workbook: they are stored as floating-point numbers.
EXACT = 2**53

# How the library calls errors whose sign is not just its name.
_ERRORS = {"NA": "#N/A", "Name": "#NAME?", "Div0": "#DIV/0!", "GettingData": "#GETTING_DATA"}

Area = tuple[int, int, int, int]


@dataclass(frozen=True)
class Sheet:
    """A sheet as loaded.

    Attributes
    ----------
    name : str
        Name of the sheet.
    columns : pyarrow.RecordBatch
        Columns of text from the first row of the sheet; null where a cell is empty.
    left : int
        Number of empty columns before them.
    merged : list of (int, int, int, int)
        First row, first column, last row, last column of merged areas, where the format tells them to the library.
    numbers : list of str
        Whole numbers too large to be exact, as they stand in `columns`.
    errors : list of (int, int, str)
        Row, column and text of cells that show an error, where the format tells them to the library.
    """

    name: str
    columns: pa.RecordBatch
    left: int = 0
    merged: list[Area] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    errors: list[tuple[int, int, str]] = field(default_factory=list)


def names(content: bytes) -> list[str]:
    """Names of all sheets, hidden ones too."""
    import fastexcel

    return list(fastexcel.read_excel(content).sheet_names)


def load(content: bytes, only: str | None, *, details: bool) -> Iterator[Sheet]:
    """The sheets of a workbook that are not empty.

    Parameters
    ----------
    content : bytes
        The file.
    only : str or None
        The one sheet to load.
    details : bool
        Whether to look for merged areas, inexact numbers and errors, which loads each sheet a second time.
    """
    import fastexcel

    book = fastexcel.read_excel(content)
    twin = _second(content) if details else None
    for name in book.sheet_names:
        if only not in (None, name) or (twin and not _is_sheet(twin, name)):
            continue
        sheet = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string", whitespace_as_null=True)
        loaded, failed = sheet.to_arrow_with_errors() if details else (sheet.to_arrow(), None)
        columns = pa.record_batch(loaded)
        if columns.num_rows and columns.num_columns:
            left = min(column.absolute_index for column in sheet.available_columns())
            errors = [(row, column + left, _shown(fault)) for (row, column), fault in _faults(failed)]
            yield Sheet(name, columns, left, *(_details(twin.get_sheet_by_name(name)) if twin else ([], [])), errors)


def _faults(failed: CellErrors | None) -> Iterator[tuple[tuple[int, int], str]]:
    yield from ((fault.position, fault.detail) for fault in (failed.errors if failed else ()))


def _shown(fault: str) -> str:
    """What a workbook shows in a cell of which the library says that it got ``Error(NA)``."""
    kind = fault.partition("Error(")[2].rstrip(")'\"")
    return _ERRORS.get(kind, f"#{kind.upper()}!")


def _second(content: bytes) -> CalamineWorkbook:
    from io import BytesIO

    import python_calamine

    return python_calamine.load_workbook(BytesIO(content))


def _is_sheet(twin: CalamineWorkbook, name: str) -> bool:
    """Not a chart or a macro."""
    from python_calamine import SheetTypeEnum

    return any(sheet.name == name and sheet.typ == SheetTypeEnum.WorkSheet for sheet in twin.sheets_metadata)


def _details(sheet: CalamineSheet) -> tuple[list[Area], list[str]]:
    merged = [(top, left, bottom, right) for (top, left), (bottom, right) in sheet.merged_cell_ranges or []]
    numbers = {
        str(int(cell))
        for row in sheet.to_python(skip_empty_area=True)
        for cell in row
        if isinstance(cell, (int, float)) and EXACT < abs(cell) < float("inf")
    }
    return merged, sorted(numbers)


def main(path: str, only: str, details: str, out: BinaryIO) -> None:
    """Write the sheets of a file to a pipe; `only` is '=name' or '', `details` is 'details' or ''."""
    _limit_memory()
    try:
        content = Path(path).read_bytes()
        for sheet in load(content, only[1:] if only else None, details=bool(details)):
            out.write(b"S")
            write(sheet, out)
        out.write(b"E" + "\n".join(names(content)).encode("utf-8", "replace"))
    except BaseException as fault:  # a panic in Rust is no Exception
        out.write(b"X" + " ".join(f"{type(fault).__name__}: {fault}".split()).encode("utf-8", "replace"))
    out.flush()


def write(sheet: Sheet, out: BinaryIO) -> None:
    """A sheet as an Arrow stream, what is not columns as its metadata."""
    import json

    facts = json.dumps([sheet.name, sheet.left, sheet.merged, sheet.numbers, sheet.errors])
    columns = sheet.columns.replace_schema_metadata({"sheet": facts})
    with pa.ipc.new_stream(out, columns.schema) as stream:
        stream.write_batch(columns)


def read(stream: BinaryIO) -> Sheet:
    """The sheet that `write` wrote."""
    import json

    with pa.ipc.open_stream(stream) as reader:
        [columns] = list(reader)
    name, left, merged, numbers, errors = json.loads(columns.schema.metadata[b"sheet"])
    return Sheet(name, columns, left, [tuple(area) for area in merged], numbers, [tuple(e) for e in errors])


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # not on Windows; there a library that asks for too much still ends only this process
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.stdout.buffer)
