"""Find out what each sheet of a source is: which table it holds, and which column is which."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from riskmodel.errors import InputError
from riskmodel.fault_words import Both
from riskmodel.records.accept import PARTY_KIND, Reading
from riskmodel.records.headers import docket_header, fold, match, not_ours, score, unit
from riskmodel.records.raw import RawSheet
from riskmodel.records.readers import sheets, tables
from riskmodel.records.source import FileMap, Source
from riskmodel.tables import TABLES

# A sheet whose headers fit a table by fewer columns than this is not taken for that table.
_FEWEST_COLUMNS = 3
# Docket of a file in the store → how that file was read.
Earlier = Callable[[str], Reading | None]


@dataclass(frozen=True)
class Entry:
    """A sheet and how its cells are to be read.

    Attributes
    ----------
    sheet : RawSheet
        The sheet.
    how : Reading
        Table and columns.
    docket : str or None
        Header above the dockets of the rows that its rows correct, where it comes back from a quarantine workbook.
    """

    sheet: RawSheet
    how: Reading
    docket: str | None = None

    @property
    def wanted(self) -> list[str]:
        """Headers that must be read."""
        ours = [self.docket] if self.docket else []
        return ours + [h for h in self.sheet.headers if h in self.how.columns or fold(h) in PARTY_KIND]


def read_source(source: Source, earlier: Earlier | None = None) -> Iterator[Entry]:
    """Every sheet of a source, with its table.

    Parameters
    ----------
    source : Source
        Folder, file or database.
    earlier : callable, optional
        Looks up how a file was read from which the rows of a quarantine workbook come.

    Raises
    ------
    InputError
        Unreadable file (RM-REC-002, RM-REC-02x), headers that fit no table (RM-REC-003), a named column or file that
        is missing (RM-REC-004, RM-INP-002).
    """
    for sheet, table, entry in _mapped(source) if source.map.tables else _found(source):
        if header := docket_header(sheet.headers):
            yield from _returned(sheet, header, source, earlier)
            continue
        name = table or recognise(sheet.headers, where=sheet.file)
        yield Entry(sheet, _reading(name, sheet, entry, source))


def recognise(headers: Sequence[str], *, where: str) -> str:
    """The table whose columns the headers name best; key and day columns count double.

    Raises
    ------
    InputError
        If no table fits (RM-REC-003), or the file is of a known kind that is not used (RM-REC-040).
    """
    weights: dict[str, float] = {}
    for name, table in TABLES.items():
        found = {column for column, _ in match(name, headers).values()} & set(table.names)
        needed = {c.name for c in table.columns if c.required} - ({"entity_id"} if _claims(name, headers) else set())
        weights[name] = len(found) + len(found & set(table.key)) if needed <= found else 0.0
    best = max(weights, key=lambda name: weights[name])
    if kind := not_ours(headers):
        raise InputError("RM-REC-040", where=where, found=Both(*kind.split(" / ")))
    if weights[best] < _FEWEST_COLUMNS:
        needed_of = {t: [c for c in t.columns if c.required] for t in TABLES.values()}
        expected = Both(
            "；".join(f"{t.zh}：{'、'.join(c.zh for c in needed)}" for t, needed in needed_of.items()),
            "; ".join(f"{t.name}: {', '.join(c.name for c in needed)}" for t, needed in needed_of.items()),
        )
        raise InputError("RM-REC-003", where=where, found=", ".join(headers)[:200], expected=expected)
    return best


def _claims(table: str, headers: Sequence[str]) -> bool:
    claims = {c.name for c in TABLES[table].claims}
    return any(column in claims for column, _ in match(table, headers).values())


def _found(source: Source) -> Iterator[tuple[RawSheet, str, None]]:
    """All sheets; in a workbook that came back from quarantine only the sheets with dockets."""
    if source.url:
        yield from ((sheet, "", None) for sheet in tables(source.url))
        return
    for path in source.files():
        members = list(sheets(path, score=score))
        returned = [sheet for sheet in members if docket_header(sheet.headers)]
        # a sheet of one column beside others holds notes: no table has one column
        data = [sheet for sheet in members if len(sheet.headers) > 1] or members
        yield from ((sheet, "", None) for sheet in returned or data)


def _mapped(source: Source) -> Iterator[tuple[RawSheet, str, FileMap]]:
    for table, maps in source.map.tables.items():
        for entry in maps:
            if source.url:
                opened = tables(source.url, names=[entry.file])
            else:
                opened = sheets(
                    source.member(entry.file, where=f"source.yaml: {table}"), score=score, sheet=entry.sheet
                )
            yield from ((sheet, table, entry) for sheet in opened)


def _reading(table: str, sheet: RawSheet, entry: FileMap | None, source: Source) -> Reading:
    columns = match(table, sheet.headers)
    if entry is None:
        return Reading(table, columns, uscc=source.map.id_scheme == "uscc", exported_on=source.map.exported_on)
    for column, header in entry.columns.items():
        if header not in sheet.headers:
            raise InputError("RM-REC-004", where=f"{sheet.file}: {column}", found=", ".join(sheet.headers))
        known = match(table, [header]).get(header)
        factor = known[1] if known and known[0] == column else unit(header) or 1.0
        columns = {h: c for h, c in columns.items() if c[0] != column} | {header: (column, factor)}
    uscc = source.map.id_scheme == "uscc"
    return Reading(table, columns, dict(entry.codes), dict(entry.constants), uscc, source.map.exported_on)


def _returned(sheet: RawSheet, header: str, source: Source, earlier: Earlier | None) -> Iterator[Entry]:
    """A sheet of a quarantine workbook, read as the file was read from which its rows come."""
    docket = _first_docket(sheet, header)
    how = earlier(docket.rpartition("-")[0]) if earlier else None
    if how is None:
        if docket:
            raise InputError("RM-REC-041", where=sheet.file, found=docket)
        return
    columns = {name: target for name, target in how.columns.items() if name in sheet.headers}
    day: date | None = source.map.exported_on
    yield Entry(sheet, replace(how, columns=columns, exported_on=day), header)


def _first_docket(sheet: RawSheet, header: str) -> str:
    for batch in sheet.open([header]):
        dockets: list[str] = batch.columns[header].values.to_pylist()
        if any(dockets):
            return next(t for t in dockets if t)
    return ""
