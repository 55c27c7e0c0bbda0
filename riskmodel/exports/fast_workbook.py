"""Long lists by a compiled writer that keeps no row in memory: 50,000 rows in less than a second.

It writes what `workbook` writes with XlsxWriter, cell for cell; forms to be filled in are left to that one.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

from riskmodel.display.text import Lang
from riskmodel.exports.sheets import HEAD_HEIGHT, Sheet, cells, heights, page_texts
from riskmodel.exports.styles import CELL, FORMATS, HEAD, MARGINS, TINTS

FastExcel: Any = None
Format: Any = None
with suppress(ImportError):  # no wheel for the platform: lists are written by XlsxWriter then, which takes longer
    from rustpy_xlsxwriter import FastExcel, Format

# Most rows of a book that is written again for the sake of its last rows; longer ones do without their height.
_WRITTEN_AGAIN = 20_000
# The writer stamps these two parts with the hour, and they stand last.
_STAMPED = ("docProps/core.xml", "docProps/app.xml")


def writes(sheets: Sequence[Sheet]) -> bool:
    """Whether the fast writer is there and can write all that these sheets ask for."""
    return FastExcel is not None and not any(
        sheet.is_form or sheet.names_fault >= 0 or any(f.choices for f in sheet.fields) for sheet in sheets
    )


def write(path: Path, sheets: Sequence[Sheet], names: Sequence[str], *, created: date, lang: Lang) -> None:
    """Write the sheets under their names; see `workbook.write_workbook`."""
    book = FastExcel(str(path))
    book.freeze(row=1)
    tall, short = False, sum(len(sheet.frame) for sheet in sheets) <= _WRITTEN_AGAIN
    for sheet, name in zip(sheets, names, strict=True):
        shown = cells(sheet)
        fitted = {0: HEAD_HEIGHT, **heights(sheet, shown)}
        if not short:
            fitted.pop(len(shown), None)
        tall |= len(shown) in fitted
        shown.columns = _headings(sheet)
        book.sheet(name, shown, row_heights=fitted, **_looks(sheet, list(shown.columns), lang))
    book.save()
    if tall:
        _single_last_rows(path)
    _date(path, created)


def _headings(sheet: Sheet) -> list[str]:
    """Headings as names of columns: two that are alike get a blank behind, since a frame needs different ones."""
    seen: dict[str, int] = {}
    names = []
    for field in sheet.fields:
        seen[field.heading] = seen.get(field.heading, -1) + 1
        names.append(field.heading + " " * seen[field.heading])
    return names


def _looks(sheet: Sheet, names: list[str], lang: Lang) -> dict[str, Any]:
    head, foot = page_texts(sheet, lang)
    tinted = [name for name, field in zip(names, sheet.fields, strict=True) if field.kind == "tier"]
    return {
        "column_widths": [field.width for field in sheet.fields],
        "column_formats": [
            _format({**CELL, **FORMATS[field.kind], "text_wrap": field.wrap}) for field in sheet.fields
        ],
        "header_format": _format(HEAD),
        "autofilter": True,
        "sheet_view": {"gridlines": True},
        "page_setup": {
            "landscape": True, "paper_size": 9, "fit_to_pages": (1, 0), "repeat_rows": 0, "center_horizontally": True,
            "print_gridlines": True, "margins": dict(MARGINS), "header": head, "footer": foot,
        },
        "conditional_formats": {name: _tiers() for name in tinted},
    }  # fmt: skip


def _tiers() -> list[dict[str, Any]]:
    return [
        {"type": "text", "criteria": "begins_with", "value": tier, "format": _tint(*colours)}
        for tier, colours in TINTS.items()
    ]


def _tint(ground: str, ink: str) -> Any:
    return Format().set_background_color(ground).set_font_color(ink).set_bold()


def _format(look: Mapping[str, object]) -> Any:
    """A format from the words of XlsxWriter, in which the looks are declared."""
    made = Format()
    for key, value in look.items():
        made = _SETTERS[key](made, value)
    return made


_SETTERS: Mapping[str, Any] = {
    "font_name": lambda f, v: f.set_font_name(v), "font_size": lambda f, v: f.set_font_size(v),
    "font_color": lambda f, v: f.set_font_color(v), "bg_color": lambda f, v: f.set_background_color(v),
    "bold": lambda f, v: f.set_bold() if v else f, "text_wrap": lambda f, v: f.set_text_wrap() if v else f,
    "align": lambda f, v: f.set_align(v), "valign": lambda f, v: f.set_align("vertical_center"),
    "indent": lambda f, v: f.set_indent(v), "num_format": lambda f, v: f.set_num_format(v),
    "border": lambda f, v: f.set_border("thin"), "border_color": lambda f, v: f.set_border_color(v),
}  # fmt: skip


def _single_last_rows(path: Path) -> None:
    """Take away the second, empty copy that the writer makes of a last row of its own height: a damaged file."""
    with zipfile.ZipFile(path) as book:
        parts = [(info, book.read(info)) for info in book.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for info, text in parts:
            if info.filename.startswith("xl/worksheets/"):
                text = re.sub(rb'<row r="\d+"[^>]*/>(?=</sheetData>)', b"", text)
            book.writestr(info, text)


def _date(path: Path, created: date) -> None:
    """Put the day of creation in place of the hour, so that the same sheets give the same bytes."""
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as book:
        last = [book.getinfo(name) for name in _STAMPED]
        texts = [book.read(info).decode("utf-8") for info in last]
        if [info.filename for info in book.filelist[-2:]] != list(_STAMPED):
            raise ValueError("the writer's parts stand in another order")
        book.start_dir = min(info.header_offset for info in last)
        for info in last:
            book.filelist.remove(info)
            del book.NameToInfo[info.filename]
        day = f"{datetime(created.year, created.month, created.day):%Y-%m-%dT%H:%M:%SZ}"
        for name, text in zip(_STAMPED, texts, strict=True):
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            book.writestr(info, re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", day, text))
