"""What a workbook holds, whoever writes it: sheets as frames with described fields, names, heights and page texts.

Row 1 holds the headings and the table follows without a gap, so that filters work and the file can be read again;
titles, notices, signatures and page numbers stand in the print header and footer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from riskmodel.display.text import Lang, say

FieldKind = Literal["text", "number", "integer", "ordinal", "share", "date", "yuan", "tier", "tick"]

FONT, POINTS = "微软雅黑", 10
LINE_HEIGHT = 16.5
HEAD_HEIGHT = 2 * LINE_HEIGHT + 4
# A box to tick by hand, and what stands there once it is ticked on screen.
BOX, TICKED = "☐", "☑"
_MOST_HEIGHT = 400.0
_HALF_PAGE = 390.0  # points between the margins of A4 lying
_MOST_ROWS = 1_000_000  # Excel has 1,048,576
_MOST_TEXT = 32_767  # Excel's limit of characters in a cell
# In longer lists the program that opens them fits the rows: a height for each row would take more memory than the text.
_MOST_FITTED = 100_000
_TEXT = ("text", "tier", "tick")


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
        Width in half-width characters; made wider where a word of the heading would break.
    kind : str
        How cells are written: text, number, integer, share, date, yuan, tier, tick (a box).
    wrap : bool
        Whether long text breaks into lines.
    choices : str
        Name of the sheet whose first column lists what may be entered; '' for anything.
    entry : bool
        Whether the cells are to be filled in; where a sheet has such a field, all other cells are locked.
    """

    name: str
    heading: str
    width: float
    kind: FieldKind = "text"
    wrap: bool = False
    choices: str = ""
    entry: bool = False

    def __post_init__(self) -> None:
        """Make room for the longest word of the heading: programs break a longer one anywhere."""
        object.__setattr__(self, "width", max(self.width, _widest_word(self.heading)))


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
    earliest : date or None
        First day that may be entered.
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
    earliest: date | None = None

    @property
    def is_form(self) -> bool:
        """Whether cells are to be filled in."""
        return any(field.entry for field in self.fields)


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


def parts(sheet: Sheet) -> list[Sheet]:
    """The sheet, or several where Excel has too few rows."""
    starts = range(0, max(len(sheet.frame), 1), _MOST_ROWS)
    return [replace(sheet, frame=sheet.frame.iloc[start : start + _MOST_ROWS]) for start in starts]


def with_notes(sheets: Sequence[Sheet], lang: Lang) -> list[Sheet]:
    """The sheets, and one more with their notes, each once."""
    notes = list(dict.fromkeys(note for sheet in sheets for note in sheet.notes))
    if not notes:
        return list(sheets)
    notes = [*dict.fromkeys(sheet.notice for sheet in sheets if sheet.notice), *notes]
    title = say("sheet.notes", lang)
    field = Field("note", title, 110, wrap=True)
    return [*sheets, Sheet(title, pd.DataFrame({"note": notes}), (field,), title=title)]


def cells(sheet: Sheet) -> pd.DataFrame:
    """The cells as they are written, one column a field by its place.

    Texts are ``str`` and no longer than a cell takes, days ``datetime64[s]``, all other cells ``float64``.
    """
    shown = {place: _column(sheet.frame, field) for place, field in enumerate(sheet.fields)}
    return pd.DataFrame(shown, index=range(len(sheet.frame)))


def heights(sheet: Sheet, shown: pd.DataFrame) -> dict[int, float]:
    """Row (1 is the first below the heading) → height that shows wrapped text whole, for rows of several lines.

    Programs do not agree on when to fit such rows themselves.
    """
    if len(shown) > _MOST_FITTED:
        return {}
    lines = np.full(len(shown), sheet.lines)
    for place, field in enumerate(sheet.fields):
        if field.wrap and field.kind in _TEXT:
            lines = np.maximum(lines, _lines(shown[place], field.width))
    tall = np.flatnonzero(lines > 1)
    fitted = np.minimum(lines[tall] * LINE_HEIGHT + 4, _MOST_HEIGHT)
    return dict(zip((tall + 1).tolist(), fitted.tolist(), strict=True))


def page_texts(sheet: Sheet, lang: Lang) -> tuple[str, str]:
    """Print header (notice, title) and footer (signature, page number) in Excel's codes."""
    font = f'&"{FONT}"'
    pages = say("page", lang, page="&P", pages="&N")
    title, notice = f"&14{_plain(sheet.title)}", f"&9{_plain(sheet.notice)}"
    # a line below at the left is not low enough everywhere: LibreOffice gives an empty first line the notice's size
    head = f"&C{font}{title}\n{notice}" if _meet(sheet) else f"&L{font}{notice}&C{font}{title}"
    foot = f"&L{font}&10{_plain(sheet.footer)}&R{font}&9{pages}"
    return head[:255], foot[:255]  # Excel's limit


def _widest_word(heading: str) -> float:
    """Width that the longest unbreakable word of a heading takes in bold type, 0 without one.

    >>> _widest_word("Certificates shown"), _widest_word("已亮证")
    (15.4, 0.0)
    """
    return max((round(len(word) * 1.2 + 1, 1) for word in re.findall(r"[!-~]{2,}", heading)), default=0.0)


def _column(frame: pd.DataFrame, field: Field) -> pd.Series:
    if field.kind == "tick":
        return pd.Series(BOX, index=range(len(frame)), dtype="str")
    if field.name not in frame:
        return pd.Series(pd.NaT if field.kind == "date" else None, index=range(len(frame)), dtype=_blank_type(field))
    values = frame[field.name].reset_index(drop=True)
    if field.kind == "date":
        return pd.to_datetime(values).astype("datetime64[s]")
    if field.kind in _TEXT:
        texts = values.astype("str")
        return texts.str.slice(0, _MOST_TEXT) if texts.str.len().gt(_MOST_TEXT).any() else texts
    numbers = pd.to_numeric(values).astype("float64")
    return numbers.where(np.isfinite(numbers))


def _blank_type(field: Field) -> str:
    return "datetime64[s]" if field.kind == "date" else "str"


def _lines(texts: pd.Series, width: float) -> np.ndarray:
    """Lines that each text takes; distinct texts are measured once."""
    codes, distinct = pd.factorize(texts)
    short = (width - 1) / 1.9  # a text of fewer characters without a break takes one line whatever they are
    taken = [
        1 if len(text) <= short and "\n" not in text else sum(_wrapped(part, width) for part in text.split("\n"))
        for text in distinct.tolist()
    ]
    return np.array([*taken, 1])[codes]


def _wrapped(text: str, width: float) -> int:
    return max(1, -int(-display_width(text) // (width - 1)))


def _meet(sheet: Sheet) -> bool:
    """Whether the notice at the left would run into the title in the middle; a digit is 0.6 of the size wide."""
    return 0.6 * (9 * display_width(sheet.notice) + 14 * display_width(sheet.title) / 2) > _HALF_PAGE


def _plain(text: str) -> str:
    """Text in which ``&`` does not start a code of the header; a leading digit would join the size before it."""
    text = text.replace("&", "&&")
    return f" {text}" if text[:1].isdigit() else text
