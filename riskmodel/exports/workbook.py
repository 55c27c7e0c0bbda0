"""One way to write an Excel workbook: sheets as frames with described fields, the same bytes for the same frames.

Row 1 holds the headings and the table follows without a gap, so that filters work and the file can be read again;
titles, notices, signatures and page numbers stand in the print header and footer. Every text is written as text,
so that ``=1+1`` stays text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from riskmodel.display.text import Lang, say
from riskmodel.tables import TIERS

FieldKind = Literal["text", "number", "integer", "ordinal", "share", "date", "yuan", "tier"]

_FONT, _POINTS = "微软雅黑", 10
_LINE_HEIGHT = 16.5
_MOST_HEIGHT = 400.0
_MOST_ROWS = 1_000_000  # Excel has 1,048,576
_MOST_TEXT = 32_767  # Excel's limit of characters in a cell
_FORMATS: dict[str, dict[str, object]] = {
    "text": {"num_format": "@", "indent": 1}, "number": {"num_format": "#,##0.00"}, "integer": {"num_format": "#,##0"},
    "ordinal": {"num_format": "0", "align": "center"},
    "share": {"num_format": "0.0%"}, "date": {"num_format": "yyyy-mm-dd", "align": "center"},
    "yuan": {"num_format": "#,##0.00"}, "tier": {"num_format": "@", "align": "center"},
}  # fmt: skip
_CELL = {"font_name": _FONT, "font_size": _POINTS, "valign": "vcenter", "bottom": 4, "bottom_color": "#c9d1d9"}
_HEAD = {
    "font_name": _FONT, "font_size": _POINTS, "bold": True, "font_color": "#ffffff", "bg_color": "#2b5b73",
    "text_wrap": True, "valign": "vcenter", "align": "center", "border": 1, "border_color": "#ffffff",
}  # fmt: skip
# Paler than in pictures: large areas of a list stay calm, and printing spares toner. Tier → (ground, ink).
_TINTS = {
    "A": ("#e2f3f0", "#1d635a"), "B": ("#f6eed0", "#6b560e"), "C": ("#fbe3cb", "#86480c"),
    "D": ("#f5d6cf", "#9c3220"), "E": ("#e6c8d4", "#6b1434"),
}  # fmt: skip
# Beyond so many cells the writer keeps only one row in memory.
_LARGE = 3_000_000


@dataclass(frozen=True)
class Field:
    """A column of a sheet.

    Attributes
    ----------
    name : str
        Column of the frame; a column that the frame lacks is left blank, to be filled in by hand.
    heading : str
        Text of row 1.
    width : float
        Width in half-width characters.
    kind : str
        How cells are written: text, number, integer, share, date, yuan, tier.
    wrap : bool
        Whether long text breaks into lines.
    choices : str
        Name of the sheet whose first column lists what may be entered; '' for anything.
    """

    name: str
    heading: str
    width: float
    kind: FieldKind = "text"
    wrap: bool = False
    choices: str = ""


@dataclass(frozen=True)
class Sheet:
    """One sheet: a frame, its fields, and what is printed around it.

    Attributes
    ----------
    name : str
        Name of the tab; shortened, cleaned and made unique on writing.
    frame : DataFrame
        Rows in their order.
    fields : tuple of Field
        Columns shown.
    title : str
        Middle of the print header.
    notice : str
        Left of the print header, e.g. that the list is internal.
    footer : str
        Left of the print footer, e.g. a line to sign.
    notes : tuple of str
        Explanations; those of all sheets go to a last sheet.
    lines : int
        Least height of a row in lines of text, to leave room for handwriting.
    names_fault : int
        Place of a field whose text is the heading of a cell of the same row that is to be corrected; -1 for none.
    """

    name: str
    frame: pd.DataFrame
    fields: tuple[Field, ...]
    title: str = ""
    notice: str = ""
    footer: str = ""
    notes: tuple[str, ...] = ()
    lines: int = 1
    names_fault: int = -1


def write_workbook(path: Path, sheets: Sequence[Sheet], *, created: date, lang: Lang = "zh") -> None:
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
    """
    sheets = [part for sheet in [*sheets, *_notes(sheets, lang)] for part in _parts(sheet)]
    cells = sum(len(s.frame) * len(s.fields) for s in sheets)
    options = {
        "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "constant_memory": cells > _LARGE, "default_format_properties": {"font_name": _FONT, "font_size": _POINTS},
    }  # fmt: skip
    names = sheet_names([s.name for s in sheets])
    tabs = dict(zip(reversed([s.name for s in sheets]), reversed(names), strict=True))
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": datetime(created.year, created.month, created.day)})
        kinds = {(kind, wrap): _cell_format(book, kind, wrap=wrap) for kind in _FORMATS for wrap in (False, True)}
        head, band = book.add_format(_HEAD), book.add_format({"bg_color": "#f4f7f9"})
        fault = book.add_format({"bg_color": "#ffe28a", "font_color": "#7a1f1f", "bold": True})
        tiers = {t: book.add_format({"bg_color": g, "font_color": ink, "bold": True}) for t, (g, ink) in _TINTS.items()}
        for sheet, name in zip(sheets, names, strict=True):
            tab = book.add_worksheet(name)
            _fill(tab, sheet, kinds, head)
            _mark(tab, sheet, fault)
            _shade(tab, sheet, band, tiers)
            _offer(tab, sheet, {s.name: len(s.frame) for s in sheets}, tabs)
            _page(tab, sheet, lang)


def sheet_names(wanted: Sequence[str]) -> list[str]:
    """Names that Excel allows: at most 31 characters, none of its forbidden signs, no quote at the ends, all different.

    >>> sheet_names(["A/B", "a_b", ""])
    ['A_B', 'a_b~2', 'Sheet']
    """
    taken: set[str] = set()
    names = []
    for text in wanted:
        clean = re.sub(r"[\[\]:*?/\\\x00-\x1f]", "_", text).strip("' ")[:31].strip("' ") or "Sheet"
        if clean.lower() == "history":  # reserved by Excel
            clean = "History_"
        name, turn = clean, 2
        while name.lower() in taken:
            ending = f"~{turn}"
            name, turn = clean[: 31 - len(ending)] + ending, turn + 1
        taken.add(name.lower())
        names.append(name)
    return names


def display_width(text: str) -> float:
    """Width of a text in digits of the sheet's font; a Chinese character takes 1.9.

    >>> display_width("鑫淼A")
    4.8
    """
    return len(text) + 0.45 * (len(text.encode("utf-8", "replace")) - len(text))  # three bytes each in UTF-8


def _parts(sheet: Sheet) -> list[Sheet]:
    """The sheet, or several where Excel has too few rows."""
    starts = range(0, max(len(sheet.frame), 1), _MOST_ROWS)
    return [replace(sheet, frame=sheet.frame.iloc[start : start + _MOST_ROWS]) for start in starts]


def _cell_format(book: xlsxwriter.Workbook, kind: str, *, wrap: bool) -> Format:
    return book.add_format({**_CELL, **_FORMATS[kind], "text_wrap": wrap})


def _fill(tab: Worksheet, sheet: Sheet, kinds: dict[tuple[str, bool], Format], head: Format) -> None:
    """Headings, widths and cells; rows in order, as the writer that keeps one row asks for."""
    formats = [kinds[f.kind, f.wrap] for f in sheet.fields]
    tab.set_row(0, 2 * _LINE_HEIGHT + 4)
    for place, field in enumerate(sheet.fields):
        tab.set_column(place, place, field.width)
        tab.write_string(0, place, field.heading, head)
    columns = [_values(sheet.frame, field) for field in sheet.fields]
    writers = [_writer(tab, field.kind) for field in sheet.fields]
    heights = _heights(sheet, columns)
    for row, values in enumerate(zip(*columns, strict=True), start=1):
        tab.set_row(row, heights[row - 1])
        for place, value in enumerate(values):
            if value is None or value == "":
                tab.write_blank(row, place, None, formats[place])
            else:
                writers[place](row, place, value, formats[place])


def _writer(tab: Worksheet, kind: FieldKind):  # type: ignore[no-untyped-def]
    if kind == "date":
        return tab.write_datetime
    return tab.write_string if kind in ("text", "tier") else tab.write_number


def _values(frame: pd.DataFrame, field: Field) -> list[object]:
    """Cells of a column as the writer takes them; missing ones are None."""
    if field.name not in frame:
        return [None] * len(frame)
    values = frame[field.name]
    if field.kind == "date":
        days, given = pd.to_datetime(values).dt.to_pydatetime(), values.notna()
        return [day if known else None for day, known in zip(days, given, strict=True)]
    if field.kind in ("text", "tier"):
        return [text[:_MOST_TEXT] for text in values.astype("str").fillna("").tolist()]
    numbers = pd.to_numeric(values).astype(float).to_numpy()
    return [number if np.isfinite(number) else None for number in numbers.tolist()]


def _heights(sheet: Sheet, columns: Sequence[Sequence[object]]) -> list[float]:
    """Row heights that show wrapped text whole: programs do not agree on when to fit them themselves."""
    lines = np.full(len(sheet.frame), sheet.lines)
    for field, values in zip(sheet.fields, columns, strict=True):
        if field.wrap:
            lines = np.maximum(lines, [_lines(str(v or ""), field.width) for v in values])
    heights = np.minimum(lines * _LINE_HEIGHT + 4, _MOST_HEIGHT)
    return [float(h) for h in heights]


def _lines(text: str, width: float) -> int:
    return sum(max(1, math.ceil(display_width(part) / (width - 1))) for part in text.split("\n"))


def _mark(tab: Worksheet, sheet: Sheet, fault: Format) -> None:
    """The cell that is to be corrected, by condition, so that it holds when a reader sorts."""
    if sheet.names_fault >= 0 and len(sheet.frame):
        names, first = xl_col_to_name(sheet.names_fault), xl_col_to_name(sheet.names_fault + 1)
        rule = {
            "type": "formula",
            "criteria": f'=AND(${names}2<>"",{first}$1=${names}2)',
            "format": fault,
            "stop_if_true": True,
        }
        tab.conditional_format(1, sheet.names_fault + 1, len(sheet.frame), len(sheet.fields) - 1, rule)


def _shade(tab: Worksheet, sheet: Sheet, band: Format, tiers: dict[str, Format]) -> None:
    """Tier colours and banded rows by condition, so that they hold when a reader sorts."""
    last, wide = len(sheet.frame), len(sheet.fields) - 1
    if not last:
        return
    for place, field in enumerate(sheet.fields):
        if field.kind == "tier":
            for tier in TIERS:
                rule = {
                    "type": "text",
                    "criteria": "begins with",
                    "value": tier,
                    "format": tiers[tier],
                    "stop_if_true": True,
                }
                tab.conditional_format(1, place, last, place, rule)
    tab.conditional_format(1, 0, last, wide, {"type": "formula", "criteria": "=MOD(ROW(),2)=1", "format": band})


def _offer(tab: Worksheet, sheet: Sheet, sizes: dict[str, int], tabs: dict[str, str]) -> None:
    """Drop-down lists; other entries only raise a question, since several codes may be typed."""
    for place, field in enumerate(sheet.fields):
        if field.choices and len(sheet.frame):
            source = "='{}'!$A$2:$A${}".format(tabs[field.choices].replace("'", "''"), sizes[field.choices] + 1)
            rule = {"validate": "list", "source": source, "error_type": "information"}
            tab.data_validation(1, place, len(sheet.frame), place, rule)


def _page(tab: Worksheet, sheet: Sheet, lang: Lang) -> None:
    """Frozen heading, filter, and A4 landscape pages that repeat the heading."""
    tab.freeze_panes(1, 0)
    tab.autofilter(0, 0, max(len(sheet.frame), 1), len(sheet.fields) - 1)
    tab.hide_gridlines(2)
    tab.set_landscape()
    tab.set_paper(9)
    tab.fit_to_pages(1, 0)
    tab.repeat_rows(0)
    tab.center_horizontally()
    tab.set_margins(left=0.4, right=0.4, top=0.8, bottom=0.7)
    font = f'&"{_FONT}"'
    pages = say("page", lang, page="&P", pages="&N")
    tab.set_header(_fitting(f"&L{font}&9{_plain(sheet.notice)}&C{font}&14{_plain(sheet.title)}"))
    tab.set_footer(_fitting(f"&L{font}&10{_plain(sheet.footer)}&R{font}&9{pages}"))


def _plain(text: str) -> str:
    """Text in which ``&`` does not start a code of the header; a leading digit would join the size before it."""
    text = text.replace("&", "&&")
    return f" {text}" if text[:1].isdigit() else text


def _fitting(text: str) -> str:
    return text[:255]  # Excel's limit


def _notes(sheets: Sequence[Sheet], lang: Lang) -> list[Sheet]:
    notes = list(dict.fromkeys(note for sheet in sheets for note in sheet.notes))
    if not notes:
        return []
    notes = [*dict.fromkeys(sheet.notice for sheet in sheets if sheet.notice), *notes]
    title = say("sheet.notes", lang)
    field = Field("note", title, 110, wrap=True)
    return [Sheet(title, pd.DataFrame({"note": notes}), (field,), title=title)]
