"""Workbooks as packages of XML parts: refuse hostile ones, and find what the reader of workbooks does not tell.

That are the merged areas; the whole numbers that have lost digits: a code typed as a number keeps 15 to 17 of them, and
once loaded as text it looks like a code of 18; and the cells that show an error or a formula that was never computed,
which would be loaded as empty.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import unescape
from zipfile import ZipFile, ZipInfo

from riskmodel.errors import InputError
from riskmodel.fault_words import Both
from riskmodel.records.readers.guard import MAX_CELLS, ZIP_FAULTS, check_directory, damaged, too_large, unpacked
from riskmodel.records.readers.loading import EXACT, Area

_LARGEST_BOOK = 16 << 20
# Parts that no reader of cells opens.
_UNREAD = re.compile(r"(^|/)(media|customXml|docProps|Pictures|Thumbnails)/")
# The parts of an ODS file.
_MANIFEST, _CONTENT = "META-INF/manifest.xml", "content.xml"
_ELEMENT = re.compile(rb"<[A-Za-z_]")
_ENTITIES = re.compile(rb"<!\s*(DOCTYPE|ENTITY)")
_MERGED = re.compile(rb"""mergeCell\s[^>]*?ref\s*=\s*["']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})["']""")
_WHOLE = rb"\s*(-?(?:\d{16,400}|\d(?:\.\d{1,400})?[Ee]\+?\d{2,3}))\s*</"
_LARGE, _LARGE_PREFIXED = re.compile(rb"<v>" + _WHOLE), re.compile(rb":v>" + _WHOLE)
_CELL = re.compile(rb"<(?:\w+:)?c(?=\s)")
_TEXT = re.compile(rb"""\st\s*=\s*["'](?!n["'])""")
_LARGEST_CELL = 16 << 20
_END = len(b"</c>")
# A cell before its number: attributes and a formula.
_LONGEST_CELL = 10_000
# A cell with an error, or with a formula and nothing behind it, and what stands in it.
_ERROR = re.compile(rb"""\st\s*=\s*["']e["']|</(?:\w+:)?f>\s*(?:<(?:\w+:)?v\s*/>|<v></v>|</(?:\w+:)?c>)""")
_WHOLE_CELL = re.compile(rb"<(?:\w+:)?c(\s[^>]*[^/>])>(.*?)</(?:\w+:)?c>", re.DOTALL)
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]+)<")
_FORMULA = re.compile(rb"<(?:\w+:)?f(?:\s[^>]*)?>([^<]*)<")
_OF_TEXT = re.compile(rb"""\st\s*=\s*["']str["']""")
_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Z]{1,9})(\d{1,12})["']""")


@dataclass
class Facts:
    """What a sheet says beside its cells.

    Attributes
    ----------
    merged : list of (int, int, int, int)
        First row, first column, last row, last column of merged areas, from 0.
    numbers : set of str
        Whole numbers that have lost digits, written out.
    errors : list of (int, int, str)
        Row and column, from 0, of cells that are loaded as empty and are not, and what they show.
    """

    merged: list[Area] = field(default_factory=list)
    numbers: set[str] = field(default_factory=set)
    errors: list[tuple[int, int, str]] = field(default_factory=list)


def size(path: Path, where: str) -> int | None:
    """Stated size of all parts of an XLSX file; None if it is a workbook of another kind.

    Raises
    ------
    InputError
        Too large (RM-REC-026), protected (RM-REC-024) or damaged (RM-REC-023).
    """
    with damaged(where, *ZIP_FAULTS), ZipFile(path) as archive:
        check_directory(archive, where)
        return sum(part.file_size for part in archive.infolist()) if _book(archive) else None


def examine(path: Path, where: str, *, places: bool) -> dict[str, Facts]:
    """Unpack every part once, counting bytes, and look into the sheets of an XLSX file.

    Parameters
    ----------
    path : Path
        The workbook.
    where : str
        Its name for people.
    places : bool
        Whether to refuse sheets whose cells lie so far apart that loading them would exhaust the memory.

    Returns
    -------
    dict of str to Facts
        By name of the sheet.

    Raises
    ------
    InputError
        Too large (RM-REC-026), damaged, with entities, which no program for workbooks writes, or an ODS file with cells
        that show an error (RM-REC-023).
    """
    with damaged(where, *ZIP_FAULTS, ElementTree.ParseError), ZipFile(path) as archive:
        sheets = _sheets(archive, where)
        found: dict[str, Facts] = {}
        for part in sorted(archive.infolist(), key=lambda part: _plain(part) != _MANIFEST):
            if part.is_dir() or _UNREAD.search(_plain(part)):
                continue
            with closing(_safe(archive, part, where)) as chunks:
                if _plain(part) in sheets:
                    found[sheets[_plain(part)]] = _facts(chunks, where, places=places)
                else:
                    _look(chunks, _plain(part), where)
        return found


def _look(chunks: Iterator[bytes], part: str, where: str) -> None:
    """Refuse an ODS file that is protected, or has cells that show an error: they would be loaded as empty."""
    sought, rest = {_MANIFEST: b"encryption-data", _CONTENT: b':value-type="error"'}.get(part), b""
    for chunk in chunks:
        if sought and sought in rest + chunk:
            if part == _MANIFEST:
                raise InputError("RM-REC-024", where=where, found=Both("内容已加密", "encrypted content"))
            raise InputError(
                "RM-REC-023",
                where=where,
                found=Both("有显示错误的单元格，如 #N/A", "cells that show an error, such as #N/A"),
            )
        rest = chunk[-len(sought or b"") :]


def _plain(part: ZipInfo) -> str:
    """Name of a part; some programs write it with backslashes."""
    return part.filename.replace("\\", "/")


def _book(archive: ZipFile) -> str:
    """The part that lists the sheets, '' if it is no XLSX file."""
    return next((_plain(part) for part in archive.infolist() if _plain(part).endswith("workbook.xml")), "")


def _sheets(archive: ZipFile, where: str) -> dict[str, str]:
    """Part → name of the sheet."""
    if not (name := _book(archive)):
        return {}
    folder = posixpath.dirname(name)
    book, links = (_tree(archive, part, where) for part in (name, f"{folder}/_rels/workbook.xml.rels".lstrip("/")))
    targets = {link.get("Id"): posixpath.join("/", folder, link.get("Target", "")) for link in links.iter()}
    parts = {}
    for sheet in book.iter():
        if sheet.tag.rpartition("}")[2] == "sheet":
            link = next((value for key, value in sheet.items() if key.endswith("}id")), None)
            parts[posixpath.normpath(targets.get(link, "")).lstrip("/")] = sheet.get("name", "")
    return parts


def _tree(archive: ZipFile, name: str, where: str) -> ElementTree.Element:
    part = next((p for p in archive.infolist() if _plain(p) == name), None)
    if part is None:
        raise InputError("RM-REC-023", where=where, found=Both(f"缺少部分 {name}", f"no part {name}"))
    if part.file_size > _LARGEST_BOOK:
        raise too_large(where, Both(f"{name} 有 {part.file_size} 字节", f"{name} of {part.file_size} bytes"))
    return ElementTree.fromstring(b"".join(_safe(archive, part, where)))


def _safe(archive: ZipFile, part: ZipInfo, where: str) -> Generator[bytes, None, None]:
    """The bytes of a part. A part in XML is in UTF-8 and declares nothing before its first element."""
    is_xml, first = part.filename.lower().endswith((".xml", ".rels", ".vml")), True
    for chunk in unpacked(archive, part, f"{where}/{part.filename}"):
        if is_xml and first:
            start = _ELEMENT.search(chunk)
            declared = _ENTITIES.search(chunk, 0, start.start() if start else len(chunk))
            if declared or start is None:
                shown = chunk[declared.start() if declared else 0 :][:60]
                raise InputError("RM-REC-023", where=f"{where}/{part.filename}", found=repr(shown))
        first = False
        yield chunk


def _facts(chunks: Iterator[bytes], where: str, *, places: bool) -> Facts:
    facts, box = Facts(), _Box()
    for data, has_cells in _whole_cells(chunks, where):
        if places:
            box.add(data)
            if box.size() > MAX_CELLS:
                raise too_large(
                    where,
                    Both(f"单元格占 {box.size()} 格的区域", f"cells over an area of {box.size()}"),
                    Both(f"至多 {MAX_CELLS}，远处没有零星单元格", f"at most {MAX_CELLS}, no stray cells"),
                )
        if has_cells:
            facts.numbers |= set(_inexact(data))
            if (b'="e"' in data or b"f>" in data or b"='e'" in data) and _ERROR.search(data):
                facts.errors += _failed(data)
            continue
        for left, top, right, bottom in _MERGED.findall(data):
            facts.merged.append((int(top) - 1, _column(left), int(bottom) - 1, _column(right)))
    return facts


def _whole_cells(chunks: Iterator[bytes], where: str) -> Iterator[tuple[bytes, bool]]:
    """The same bytes, cut behind cells and tags, and whether cells are among them; merged areas stand behind them."""
    rest = b""
    for chunk in chunks:
        data = rest + chunk
        end = max(data.rfind(b"</c>"), data.rfind(b":c>")) + _END
        if has_cells := end >= _END:
            rest, data = data[end:], data[:end]
        else:
            start = max(data.rfind(b"<c "), data.rfind(b"<", 0, max(data.rfind(b":c "), 0)))
            end = start if start >= 0 else data.rfind(b">") + 1
            rest, data = data[end:], data[:end]
            if len(rest) > _LARGEST_CELL:
                raise too_large(
                    where, Both(f"有超过 {_LARGEST_CELL} 字节的单元格", f"a cell of more than {_LARGEST_CELL} bytes")
                )
        yield data, has_cells
    yield rest, False


def _inexact(data: bytes) -> Iterator[str]:
    for match in (_LARGE if b"<v>" in data else _LARGE_PREFIXED).finditer(data):
        before = data[max(0, match.start() - _LONGEST_CELL) : match.start()]
        tag = _CELL.split(before)[-1].partition(b">")[0]
        if not _TEXT.search(tag):
            value = float(match[1])
            if EXACT < abs(value) < float("inf"):
                yield str(int(value))


def _failed(data: bytes) -> Iterator[tuple[int, int, str]]:
    """Cells that show an error such as #N/A, or whose formula was never computed."""
    for tag, inside in _WHOLE_CELL.findall(data):
        place, value, formula = _PLACE.search(tag), _VALUE.search(inside), _FORMULA.search(inside)
        failed = _ERROR.search(tag) or (formula and not value and not _OF_TEXT.search(tag))
        if place and failed:
            shown = value[1] if value else b"=" + (formula[1] if formula else b"")
            yield int(place[2]) - 1, _column(place[1]), unescape(shown.decode("utf-8", "replace"))


def _column(letters: bytes) -> int:
    """Position of a column, from 0.

    >>> _column(b"A"), _column(b"AB")
    (0, 27)
    """
    position = 0
    for letter in letters:
        position = position * 26 + letter - ord("A") + 1
    return position - 1


@dataclass
class _Box:
    """The area in which all cells of a sheet lie."""

    rows: tuple[int, int] = (0, 0)
    columns: tuple[int, int] = (0, 0)

    def add(self, data: bytes) -> None:
        places = _PLACE.findall(data)
        rows = [int(row) for _, row in places]
        columns = [_column(letters) for letters in {letters for letters, _ in places}]
        if places and self.rows == (0, 0):
            self.rows, self.columns = (rows[0], rows[0]), (columns[0], columns[0])
        self.rows = (min(self.rows[0], *rows), max(self.rows[1], *rows)) if places else self.rows
        self.columns = (min(self.columns[0], *columns), max(self.columns[1], *columns)) if places else self.columns

    def size(self) -> int:
        return (self.rows[1] - self.rows[0] + 1) * (self.columns[1] - self.columns[0] + 1)
