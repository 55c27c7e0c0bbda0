"""Read exports as they lie there: every cell as text, every file with the table that it holds."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import fastexcel
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from riskmodel.errors import InputError
from riskmodel.records.headers import match
from riskmodel.records.source import FileMap, Source
from riskmodel.tables import TABLES

# A file whose headers fit a table by fewer columns than this is not taken for that table.
_FEWEST_COLUMNS = 3


@dataclass(frozen=True)
class RawSheet:
    """A file or sheet as text.

    Attributes
    ----------
    table : str
        Name of the table that it holds.
    file : str
        File name, with the sheet after ``#`` for workbooks.
    cells : DataFrame of str
        Cells as printed, columns by their headers; missing cells are ''.
    columns : dict
        Header → (canonical column, whether amounts are in 万元).
    map : FileMap or None
        The entry of `source.yaml` for this file.
    broken : dict
        Data row (1-based) → text of rows that have too many or too few cells.
    """

    table: str
    file: str
    cells: pd.DataFrame
    columns: dict[str, tuple[str, bool]]
    map: FileMap | None
    broken: dict[int, str]


def read_source(source: Source) -> Iterator[RawSheet]:
    """Every sheet of a source, with its table.

    Raises
    ------
    InputError
        Unreadable file (RM-REC-002), headers that fit no table (RM-REC-003), a named column or file that is
        missing (RM-REC-004, RM-INP-002).
    """
    if source.map.tables:
        yield from _mapped(source)
        return
    for path in source.files():
        for name, cells, broken in _sheets(path):
            table = recognise([str(c) for c in cells.columns], where=name)
            yield RawSheet(table, name, cells, match(table, map(str, cells.columns)), None, broken)


def recognise(headers: list[str], *, where: str) -> str:
    """The table whose columns the headers name best; key and day columns count double.

    Raises
    ------
    InputError
        If no table fits (RM-REC-003).
    """
    weights: dict[str, float] = {}
    for name, table in TABLES.items():
        found = {column for column, _ in match(name, headers).values()}
        needed = {c.name for c in table.columns if c.required}
        weights[name] = len(found) + len(found & set(table.key)) if needed <= found else 0.0
    best = max(weights, key=lambda name: weights[name])
    if weights[best] < _FEWEST_COLUMNS:
        expected = "; ".join(f"{t.name}: {', '.join(c.zh for c in t.columns if c.required)}" for t in TABLES.values())
        raise InputError("RM-REC-003", where=where, found=", ".join(headers)[:200], expected=expected)
    return best


def _mapped(source: Source) -> Iterator[RawSheet]:
    for table, maps in source.map.tables.items():
        for entry in maps:
            path = source.path / entry.file
            if not path.is_file():
                raise InputError("RM-INP-002", where=f"source.yaml: {table}", found=entry.file)
            for name, cells, broken in _sheets(path, entry.sheet):
                columns = match(table, map(str, cells.columns))
                for column, header in entry.columns.items():
                    if header not in cells.columns:
                        raise InputError("RM-REC-004", where=f"{name}: {column}", found=", ".join(cells.columns))
                    columns = {h: c for h, c in columns.items() if c[0] != column} | {header: (column, False)}
                yield RawSheet(table, name, cells, columns, entry, broken)


def _sheets(path: Path, sheet: str | None = None) -> Iterator[tuple[str, pd.DataFrame, dict[int, str]]]:
    """Name, cells and broken rows of a file, or of each sheet of a workbook."""
    try:
        if path.suffix.lower() in (".xlsx", ".xls"):
            book = fastexcel.read_excel(str(path))
            for name in [sheet] if sheet else book.sheet_names:
                cells = book.load_sheet(name, dtypes="string").to_pandas()
                if len(cells.columns):
                    yield f"{path.name}#{name}", _text(cells), {}
        elif path.suffix.lower() == ".parquet":
            yield path.name, _text(_strings(pq.read_table(path)).to_pandas()), {}
        else:
            cells, broken = _csv(path)
            yield path.name, _text(cells), broken
    except (OSError, ValueError, UnicodeError, fastexcel.FastExcelError, csv.Error) as fault:
        raise InputError("RM-REC-002", where=path.name, found=str(fault).splitlines()[0][:200]) from fault


def _strings(table: pa.Table) -> pa.Table:
    return pa.table({name: table.column(name).cast(pa.string()) for name in table.column_names})


def _text(cells: pd.DataFrame) -> pd.DataFrame:
    return cells.astype("str").fillna("").rename(columns=lambda header: str(header).strip("\ufeff \t\n"))


def encoding_of(path: Path) -> str:
    """UTF-8 (with or without mark), UTF-16 by its mark, else GB18030, which contains GBK."""
    content = path.read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        content.decode("gb18030")
        return "gb18030"
    return "utf-8"


def _csv(path: Path) -> tuple[pd.DataFrame, dict[int, str]]:
    """Cells as text; rows with a wrong number of cells are kept apart, by data row."""
    encoding = encoding_of(path)
    with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as stream:
        sample = stream.read(65536)
    first = sample.splitlines()[0] if sample.strip() else ""
    if not first:
        raise ValueError("the file is empty")
    delimiter = max(",\t;|", key=first.count)
    broken: dict[int, str] = {}

    def keep(row: pacsv.InvalidRow) -> str:
        broken[int(row.number or 0) - 1] = str(row.text or "")
        return "skip"

    header = next(csv.reader(sample.splitlines(keepends=True), delimiter=delimiter))
    names = [h.strip("\ufeff") if h.strip() else f"column_{i}" for i, h in enumerate(header)]
    table = pacsv.read_csv(
        path,
        read_options=pacsv.ReadOptions(use_threads=False, encoding=encoding, column_names=names, skip_rows=1),
        parse_options=pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=keep),
        convert_options=pacsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
    )
    return table.to_pandas(), broken
