"""From cells to typed rows: every cell read by the kind of its column, every row accepted or refused with a reason."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from riskmodel.records.headers import code_words, fold
from riskmodel.records.identify import clean_codes, faults
from riskmodel.records.quarantine import Refusals
from riskmodel.records.read import RawSheet
from riskmodel.tables import PENALTY_CATEGORIES, TABLES, Column, OneOf, dtype_of

# What exports write for nothing (domain: missing text as 无 or /, missing numbers as two dashes).
_NOTHING = ("", "无", "/", "——", "— —", "--", "-", "null", "none", "nan", "undefined", "nat")
# Day before which no date of a register makes sense.
_OLDEST = np.datetime64("1900-01-01")
_DATE = r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ].*)?$"
_PARTY_KIND = {fold(name) for name in ("行政相对人类别", "CF_XDR_LB")}
# Pairs of columns of which the second may not lie before the first, with the reason.
ORDERED = (
    ("decided_on", "known_on", "known_before_occurred"),
    ("listed_on", "known_on", "known_before_occurred"),
    ("received_on", "known_on", "known_before_occurred"),
    ("inspected_on", "known_on", "known_before_occurred"),
    ("listed_on", "removed_on", "removed_before_listed"),
    ("entered_on", "exited_on", "removed_before_listed"),
    ("valid_from", "valid_to", "removed_before_listed"),
    ("received_on", "verified_on", "removed_before_listed"),
    ("established_on", "closed_on", "removed_before_listed"),
)


def accept(sheet: RawSheet, *, uscc: bool, exported_on: date | None) -> tuple[pd.DataFrame, Refusals]:
    """Typed rows of a sheet and the refusals; both have one row for each data row of the file.

    Parameters
    ----------
    sheet : RawSheet
        Cells as text.
    uscc : bool
        Check entity ids as unified social credit codes.
    exported_on : date or None
        Dates after this day are refused.
    """
    table = TABLES[sheet.table]
    refusals = Refusals(len(sheet.cells))
    _natural_persons(sheet, refusals)
    by_column = {column: (header, ten_thousands) for header, (column, ten_thousands) in sheet.columns.items()}
    rows = {}
    for column in table.columns:
        header, ten_thousands = by_column.get(column.name, ("", False))
        cells = sheet.cells[header] if header else pd.Series("", index=sheet.cells.index, dtype="str")
        if sheet.map and column.name in sheet.map.constants:
            cells = pd.Series(sheet.map.constants[column.name], index=cells.index, dtype="str")
        if sheet.map and column.name in sheet.map.codes:
            cells = cells.map(lambda cell, codes=sheet.map.codes[column.name]: codes.get(cell, cell)).astype("str")
        if uscc and column.name == "entity_id":
            rows[column.name] = _codes(cells, refusals)
        else:
            rows[column.name] = _typed(sheet.table, column, cells, ten_thousands, refusals)
    frame = pd.DataFrame(rows)
    _days(frame, sheet, exported_on, refusals)
    return frame, refusals


def _natural_persons(sheet: RawSheet, refusals: Refusals) -> None:
    """Penalties on natural persons are no records of an enterprise; what identified them is not kept."""
    for header in sheet.cells.columns:
        if fold(str(header)) in _PARTY_KIND:
            person = sheet.cells[header].str.strip().eq("自然人").to_numpy(dtype=bool)
            refusals.refuse(person, "natural_person", str(header), sheet.cells[header])


def _codes(cells: pd.Series, refusals: Refusals) -> pd.Series:
    """Unified social credit codes, cleaned and checked."""
    ids = clean_codes(cells).mask(lambda s: s.str.lower().isin(_NOTHING), "")
    wrong = faults(ids)
    for reason in ("missing_id", "too_long_code", "malformed_code", "bad_check_digit"):
        refusals.refuse(wrong == reason, reason, "entity_id", cells)
    return ids


def _typed(table: str, column: Column, cells: pd.Series, ten_thousands: bool, refusals: Refusals) -> pd.Series:
    text = cells.str.strip().mask(lambda s: s.str.lower().isin(_NOTHING), "")
    if column.required:
        reasons = {"id": "missing_id", "date": "missing_date"}
        refusals.refuse((text == "").to_numpy(), reasons.get(column.kind, "missing_value"), column.name, cells)
    if column.kind == "date":
        return _dates(text, column, refusals)
    if column.kind in ("yuan", "number"):
        return _amounts(text, column, ten_thousands, refusals)
    if column.kind in ("code", "flag"):
        return _coded(table, column, text, refusals)
    if column.kind == "codes":
        return text.str.normalize("NFKC").str.replace(r"[,;、;\s]+", ",", regex=True).str.strip(",")
    return text.mask(text == "", column.default) if column.default else text


def _dates(text: pd.Series, column: Column, refusals: Refusals) -> pd.Series:
    """Days from the written forms in use; a distinct text is read once."""
    values = pd.Series(text.unique(), dtype="str").sort_values(ignore_index=True)
    plain = values.str.normalize("NFKC").str.strip()
    parts = plain.str.extract(_DATE)
    written = parts[0] + "-" + parts[1].str.zfill(2) + "-" + parts[2].str.zfill(2)
    packed = plain.str.fullmatch(r"\d{8}")
    written = written.mask(packed, plain.str[:4] + "-" + plain.str[4:6] + "-" + plain.str[6:8])
    days = pd.to_datetime(written, format="%Y-%m-%d", errors="coerce").astype("datetime64[s]")
    serial = pd.to_numeric(plain.where(plain.str.fullmatch(r"\d{5}(\.\d+)?")), errors="coerce").astype("float64")
    days = days.fillna((pd.Timestamp("1899-12-30") + pd.to_timedelta(serial // 1, unit="D")).astype("datetime64[s]"))
    days = days.mask(days < _OLDEST)
    place = values.searchsorted(text) if len(text) else np.zeros(0, dtype=np.int64)
    found = pd.Series(days.to_numpy()[place], index=text.index, dtype="datetime64[s]")
    refusals.refuse((found.isna() & (text != "")).to_numpy(), "impossible_date", column.name, text)
    return found


def _amounts(text: pd.Series, column: Column, ten_thousands: bool, refusals: Refusals) -> pd.Series:
    """Yuan (to the fen) or plain numbers; 万元 by the header or in the cell."""
    plain = text.str.normalize("NFKC").str.replace(r"[,\s]|^[¥¥]|元$", "", regex=True)
    in_cell = plain.str.endswith("万")
    numbers = pd.to_numeric(plain.str.removesuffix("万"), errors="coerce").astype("float64")
    money = column.kind == "yuan"
    if money:
        factor = np.where(in_cell | ten_thousands, 10_000.0, 1.0)
        numbers = (numbers * factor).round(2)
    finite = np.isfinite(numbers.to_numpy())
    refusals.refuse((text != "").to_numpy() & ~finite, "unreadable_amount", column.name, text)
    if column.constraint is not None:
        wrong = ~column.constraint.holds(numbers) & finite
        below = wrong & (numbers < 0).to_numpy() & money
        refusals.refuse(below, "negative_amount", column.name, text)
        refusals.refuse(wrong & ~below, "out_of_range", column.name, text)
    if column.default is not None:
        numbers = numbers.mask((text == "").to_numpy(), float(column.default))
    return numbers


def _coded(table: str, column: Column, text: pd.Series, refusals: Refusals) -> pd.Series:
    """Codes from the words of exports; several kinds of penalty in one cell: the heaviest."""
    flag = column.kind == "flag"
    words = code_words(table, "flag" if flag else column.name)
    own = ("yes", "no") if flag else column.constraint.values if isinstance(column.constraint, OneOf) else ()
    words |= {fold(code): code for code in own}
    distinct = {cell: _code(cell, words, column.name) for cell in text.unique() if cell}
    codes = text.map({"": column.default, **distinct})
    unknown = (text != "").to_numpy() & codes.isna().to_numpy()
    refusals.refuse(unknown, "unknown_code", column.name, text)
    if flag:
        return codes.eq("yes").astype("bool")
    return codes.astype("str")


def _code(cell: str, words: dict[str, str], column: str) -> str | None:
    whole = words.get(fold(cell))
    if whole or column != "category":
        return whole
    parts = [words.get(part) for part in fold(cell).replace("、", ";").replace(",", ";").replace(",", ";").split(";")]
    if not parts or None in parts:
        return None
    return max((p for p in parts if p), key=PENALTY_CATEGORIES.index)


def _days(frame: pd.DataFrame, sheet: RawSheet, exported_on: date | None, refusals: Refusals) -> None:
    """Days that lie after the export, or in the wrong order."""
    table = TABLES[sheet.table]
    for column in table.columns:
        if column.kind == "date" and exported_on is not None and column.name != "valid_to":
            late = (frame[column.name] > pd.Timestamp(exported_on)).to_numpy()
            refusals.refuse(late, "future_date", column.name, frame[column.name])
    if sheet.table == "penalties":
        neither = (frame["decided_on"].isna() & frame["occurred_on"].isna()).to_numpy()
        refusals.refuse(neither, "missing_date", "decided_on", frame["decided_on"])
    for first, second, reason in ORDERED:
        if first in frame and second in frame:
            wrong = (frame[second] < frame[first]).to_numpy()
            refusals.refuse(wrong, reason, second, frame[second])


def complete(table: str, frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Fill the clocks that the source does not give; returns the rows and how many `known_on` were assumed."""
    frame = frame.copy()
    if table == "penalties":
        decided, occurred = frame["decided_on"], frame["occurred_on"]
        frame["decided_on"], frame["occurred_on"] = decided.fillna(occurred), occurred.fillna(decided)
    if "known_on" not in frame:
        return frame, 0
    assumed = int(frame["known_on"].isna().sum())
    basis = "decided_on" if table == "penalties" else TABLES[table].occurred
    frame["known_on"] = frame["known_on"].fillna(frame[basis]) if basis else frame["known_on"]
    if table == "abnormal_listings":
        frame["removal_known_on"] = frame["removal_known_on"].fillna(frame["removed_on"])
    return frame.astype({c.name: dtype_of(c) for c in TABLES[table].columns}), assumed
