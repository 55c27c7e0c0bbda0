"""One way to write an Excel workbook: sheets in, the same bytes for the same sheets.

Every text is written as text, so that ``=1+1`` stays text. Lists go to the fast writer where it is installed; this
module writes everything, forms included, with XlsxWriter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from riskmodel.display.text import Lang
from riskmodel.exports import fast_workbook
from riskmodel.exports.sheets import (
    BOX,
    FONT,
    HEAD_HEIGHT,
    POINTS,
    TICKED,
    Field,
    Sheet,
    cells,
    heights,
    page_texts,
    parts,
    sheet_names,
    with_notes,
)
from riskmodel.exports.styles import CELL, ENTRY, FORMATS, HEAD, MARGINS, TINTS

__all__ = ["write_workbook"]

# Beyond so many cells the writer keeps only one row in memory.
_LARGE = 3_000_000


@dataclass(frozen=True)
class _Book:
    """The workbook being written, with formats that are made once."""

    book: xlsxwriter.Workbook
    formats: dict[tuple[str, bool, bool], Format]

    def of(self, field: Field) -> Format:
        key = (field.kind, field.wrap, field.entry)
        if key not in self.formats:
            entry = {**ENTRY, "locked": False} if field.entry else {}
            look = {**CELL, **FORMATS[field.kind], "text_wrap": field.wrap, **entry}
            self.formats[key] = self.book.add_format(look)
        return self.formats[key]


def write_workbook(path: Path, sheets: Sequence[Sheet], *, created: date, lang: Lang = "zh", fast: bool = True) -> None:
    """Write sheets into one workbook.

    Parameters
    ----------
    path : Path
        File to write.
    sheets : sequence of Sheet
        In the order of the tabs.
    created : date
        Stands as the day of creation, so that the same sheets give the same bytes.
    lang : {"zh", "en"}
        Language of page numbers and of the sheet of notes.
    fast : bool
        Whether the fast writer may be used; both give the same cells.
    """
    whole = [part for sheet in with_notes(sheets, lang) for part in parts(sheet)]
    names = sheet_names([s.name for s in whole])
    if fast and fast_workbook.writes(whole):
        fast_workbook.write(path, whole, names, created=created, lang=lang)
        return
    _write(path, whole, names, created=created, lang=lang)


def _write(path: Path, sheets: Sequence[Sheet], names: Sequence[str], *, created: date, lang: Lang) -> None:
    count = sum(len(s.frame) * len(s.fields) for s in sheets)
    options = {
        "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "constant_memory": count > _LARGE, "default_format_properties": {"font_name": FONT, "font_size": POINTS},
    }  # fmt: skip
    tabs = dict(zip(reversed([s.name for s in sheets]), reversed(names), strict=True))
    sizes = {s.name: len(s.frame) for s in sheets}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": datetime(created.year, created.month, created.day)})
        looks, head = _Book(book, {}), book.add_format(HEAD)
        fault = book.add_format({"bg_color": "#ffe28a", "font_color": "#7a1f1f", "bold": True})
        tints = {t: book.add_format({"bg_color": g, "font_color": k, "bold": True}) for t, (g, k) in TINTS.items()}
        for sheet, name in zip(sheets, names, strict=True):
            tab = book.add_worksheet(name)
            _fill(tab, sheet, looks, head)
            _mark(tab, sheet, fault)
            _shade(tab, sheet, tints)
            _offer(tab, sheet, sizes, tabs)
            _page(tab, sheet, lang)
            if any(
                s.is_form for s in sheets
            ):  # against slips of the hand; a password would only lock out the office itself
                tab.protect("", {"format_rows": True, "format_columns": True, "autofilter": True})


def _fill(tab: Worksheet, sheet: Sheet, looks: _Book, head: Format) -> None:
    """Headings, widths and cells; rows in order, as the writer that keeps one row asks for."""
    formats = [looks.of(f) for f in sheet.fields]
    tab.set_row(0, HEAD_HEIGHT)
    for place, field in enumerate(sheet.fields):
        tab.set_column(place, place, field.width, None if sheet.is_form else formats[place])
        tab.write_string(0, place, field.heading, head)
    shown = cells(sheet)
    tall = heights(sheet, shown)
    columns = [_values(shown[place], field) for place, field in enumerate(sheet.fields)]
    writers = [_writer(tab, field.kind) for field in sheet.fields]
    for row, values in enumerate(zip(*columns, strict=True), start=1):
        if row in tall:
            tab.set_row(row, tall[row])
        for place, value in enumerate(values):
            if value is not None:
                writers[place](row, place, value, formats[place])
            elif sheet.is_form:
                tab.write_blank(row, place, None, formats[place])


def _writer(tab: Worksheet, kind: str):  # type: ignore[no-untyped-def]
    if kind == "date":
        return tab.write_datetime
    return tab.write_string if kind in ("text", "tier", "tick") else tab.write_number


def _values(column: pd.Series, field: Field) -> list[object]:
    """Cells as the writer takes them; missing ones are None."""
    given = (column.notna() & column.ne("")).tolist()
    values = column.dt.to_pydatetime().tolist() if field.kind == "date" else column.tolist()
    return [value if there else None for value, there in zip(values, given, strict=True)]


def _mark(tab: Worksheet, sheet: Sheet, fault: Format) -> None:
    """The cell that is to be corrected, by condition, so that it holds when a reader sorts."""
    if sheet.names_fault >= 0 and len(sheet.frame):
        names, first = xl_col_to_name(sheet.names_fault), xl_col_to_name(sheet.names_fault + 1)
        rule = {"type": "formula", "criteria": f'=AND(${names}2<>"",{first}$1=${names}2)', "format": fault}
        tab.conditional_format(1, sheet.names_fault + 1, len(sheet.frame), len(sheet.fields) - 1, rule)


def _shade(tab: Worksheet, sheet: Sheet, tints: Mapping[str, Format]) -> None:
    """Tier colours by condition, so that they hold when a reader sorts."""
    for place, field in enumerate(sheet.fields):
        if field.kind == "tier" and len(sheet.frame):
            for tier, tint in tints.items():
                rule = {"type": "text", "criteria": "begins with", "value": tier, "format": tint}
                tab.conditional_format(1, place, len(sheet.frame), place, rule)


def _offer(tab: Worksheet, sheet: Sheet, sizes: Mapping[str, int], tabs: Mapping[str, str]) -> None:
    """Drop-down lists and days; other entries only raise a question, since several codes may be typed."""
    for place, field in enumerate(sheet.fields):
        rule: dict[str, object] = {}
        if field.choices:
            source = "='{}'!$A$2:$A${}".format(tabs[field.choices].replace("'", "''"), sizes[field.choices] + 1)
            rule = {"validate": "list", "source": source, "error_type": "information"}
        elif field.entry and field.kind == "tick":
            rule = {"validate": "list", "source": [BOX, TICKED], "error_type": "stop"}
        elif field.entry and field.kind == "date" and sheet.earliest:
            rule = {"validate": "date", "criteria": ">=", "value": sheet.earliest, "error_type": "warning"}
        if rule and len(sheet.frame):
            tab.data_validation(1, place, len(sheet.frame), place, rule)


def _page(tab: Worksheet, sheet: Sheet, lang: Lang) -> None:
    """Frozen heading, filter, and A4 landscape pages that repeat the heading."""
    tab.freeze_panes(1, 0)
    tab.autofilter(0, 0, len(sheet.frame), len(sheet.fields) - 1)
    tab.hide_gridlines(0)
    tab.set_landscape()
    tab.set_paper(9)
    tab.fit_to_pages(1, 0)
    tab.repeat_rows(0)
    tab.center_horizontally()
    tab.set_margins(**MARGINS)
    head, foot = page_texts(sheet, lang)
    tab.set_header(head)
    tab.set_footer(foot)
