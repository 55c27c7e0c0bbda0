"""From cells to typed rows: every cell read by the kind of its column, every row accepted or refused with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from riskmodel.records import cells as read
from riskmodel.records import hygiene
from riskmodel.records.headers import fold
from riskmodel.records.identity import read_codes, right
from riskmodel.records.quarantine import Refusals
from riskmodel.records.raw import Cells, RawBatch
from riskmodel.records.words import code_words
from riskmodel.tables import PENALTY_CATEGORIES, TABLES, Column, OneOf

PARTY_KIND = frozenset(fold(name) for name in ("行政相对人类别", "CF_XDR_LB", "当事人类型"))
_NATURAL = frozenset(("自然人", "个人", "公民"))
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


# Columns of numbers of documents.
_NUMBERS = ("record_id", "penalty_record_id")
# Distinct texts that are remembered; a column of time stamps has more and is read batch by batch.
_REMEMBERED = 100_000


@dataclass(frozen=True)
class Reading:
    """How the cells of a sheet are read.

    Attributes
    ----------
    table : str
        Table that the sheet holds.
    columns : mapping
        Header → (column, factor of its amounts).
    codes, constants : mapping
        Column → word of the source → code; column → text of every row.
    uscc : bool
        Check entity ids as unified social credit codes.
    exported_on : date or None
        Days after this one are refused.
    """

    table: str
    columns: Mapping[str, tuple[str, float]]
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    uscc: bool = True
    exported_on: date | None = None


@dataclass(frozen=True)
class Accepted:
    """A batch, read.

    Attributes
    ----------
    rows : pyarrow.Table
        ``row`` (number in the file) and the inputs of the table, typed. ``entity_id`` is '' where only claims
        (a name, an old number) say who is meant.
    refused : DataFrame
        Refused rows, columns `quarantine.REFUSED`.
    repaired : DataFrame
        ``row, found, entity_id`` of codes of which exactly one reading is right.
    """

    rows: pa.Table
    refused: pd.DataFrame
    repaired: pd.DataFrame


class Memory:
    """Days that were read before: the same few thousand texts come in every batch of a file."""

    def __init__(self) -> None:
        self._texts = pa.array([], pa.string())
        self._days, self._wrong = np.array([], dtype="datetime64[D]"), np.array([], dtype=bool)

    def days(self, texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
        """As `cells.days`."""
        place = pc.index_in(texts, value_set=self._texts)
        new = texts.filter(pc.is_null(place))
        if len(self._texts) + len(new) > _REMEMBERED:
            return read.days(texts)
        if len(new):
            days, wrong = read.days(new)
            self._texts = pa.concat_arrays([self._texts, new])
            self._days, self._wrong = np.append(self._days, days), np.append(self._wrong, wrong)
            place = pc.index_in(texts, value_set=self._texts)
        at = place.to_numpy(zero_copy_only=False)
        return self._days[at], self._wrong[at]


def accept(batch: RawBatch, how: Reading, memory: Memory | None = None) -> Accepted:
    """Type a batch; every row is among the rows or among the refused."""
    return _Reader(batch, how, memory or Memory()).accepted()


class _Reader:
    """One batch while it is read."""

    def __init__(self, batch: RawBatch, how: Reading, memory: Memory) -> None:
        self.batch, self.how, self.memory, self.table = batch, how, memory, TABLES[how.table]
        self.refusals = Refusals(len(batch.rows))
        self.headers = {column: (header, factor) for header, (column, factor) in how.columns.items()}
        self.arrays: dict[str, pa.Array] = {}
        self.days: dict[str, tuple[np.ndarray, Cells]] = {}
        self.repaired = pd.DataFrame({"row": [], "found": [], "entity_id": []})

    def accepted(self) -> Accepted:
        self._natural_persons()
        entity = self._entity() if "entity_id" in self.table.names else None
        for column in self.table.inputs:
            if column.name not in self.arrays:
                self._read(column)
        self._check_days()
        for name, (days, _) in self.days.items():
            self.arrays[name] = pa.array(days)
        names = [c.name for c in self.table.inputs]
        rows = pa.table({"row": pa.array(self.batch.rows), **{name: self.arrays[name] for name in names}})
        refused = self.refusals.refused
        if refused.any():
            rows = rows.filter(pa.array(~refused))
        gone = set(self.batch.rows[refused].tolist())
        repaired = self.repaired[~self.repaired["row"].isin(gone)]
        return Accepted(rows, self.refusals.table(self.batch, entity, self.how.columns), repaired)

    def _cells(self, name: str) -> tuple[Cells, float]:
        """The cells of a column as the source map reads them."""
        header, factor = self.headers.get(name, ("", 1.0))
        if name in self.how.constants:
            return Cells.constant(self.how.constants[name], len(self.batch.rows)), factor
        if not header:
            return Cells.constant("", len(self.batch.rows)), factor
        cells = self.batch.columns[header]
        if name in self.how.codes:
            words = self.how.codes[name]
            cells = Cells(pa.array([words.get(t, t) for t in cells.values.to_pylist()], pa.string()), cells.index)
        return cells, factor

    def _natural_persons(self) -> None:
        """Penalties on natural persons are no records of an enterprise; what identified them is not kept."""
        for header, cells in self.batch.columns.items():
            if fold(header) in PARTY_KIND:
                wrong = np.array([text.strip() in _NATURAL for text in cells.values.to_pylist()], dtype=bool)
                self.refusals.refuse_texts(wrong, "natural_person", header, cells)

    def _entity(self) -> Cells:
        """Codes of enterprises; an empty code is fine where a name or an old number says who is meant."""
        cells, _ = self._cells("entity_id")
        if not self.how.uscc:
            texts = _plain(cells)
            empty = read.blank(texts.values)[texts.index]
            self._missing(empty, self._claims(empty), cells)
            self.arrays["entity_id"] = _coded(texts)
            return texts
        if right(cells.values).all():  # the usual batch: nothing to clean, nothing to claim
            self._claims(np.zeros(len(self.batch.rows), dtype=bool))
            self.arrays["entity_id"] = _coded(cells)
            return cells
        codes = read_codes(cells.values)
        reasons = codes["reason"].to_numpy(dtype=object)
        claimed = codes["claim_kind"].ne("").to_numpy(dtype=bool)
        empty = (reasons == "missing_id")[cells.index]
        claims = self._claims(empty)
        if claimed.any():
            self._old_numbers(codes, cells)
        self._missing(empty, claims, cells)
        for reason in sorted(set(reasons[~claimed]) - {"", "missing_id"}):
            self.refusals.refuse_texts((reasons == reason) & ~claimed, reason, "entity_id", cells)
        self.refusals.suggest(codes["candidates"].to_numpy(dtype=object), cells)
        self._note_repairs(codes, cells)
        found = pa.array(codes["code"], pa.string())
        self.arrays["entity_id"] = _coded(Cells(found, cells.index))
        shown = pc.if_else(pc.equal(found, ""), _masked(cells).values, found)
        return Cells(shown, cells.index)

    def _claims(self, empty: np.ndarray) -> np.ndarray:
        """Rows without a code that say by a name or an old number which enterprise is meant.

        Names beside a code are not kept: they vary from delivery to delivery, and may be those of persons.
        """
        claimed = np.zeros(len(self.batch.rows), dtype=bool)
        for column in self.table.claims:
            if not empty.any():
                self.arrays[column.name] = _coded(Cells.constant("", len(empty)))
                continue
            texts = _plain(self._cells(column.name)[0])
            values = pa.concat_arrays([texts.values, pa.array([""], pa.string())])
            self.arrays[column.name] = _coded(
                Cells(values, np.where(empty, texts.index, len(values) - 1).astype(np.int32))
            )
            claimed |= empty & ~read.blank(texts.values)[texts.index]
        return claimed

    def _old_numbers(self, codes: pd.DataFrame, cells: Cells) -> None:
        """An old number in the column of codes counts as a claim."""
        for kind in ("registration_no", "organisation_code"):
            mine = codes["claim_kind"].eq(kind).to_numpy(dtype=bool)
            if mine.any() and self.table.claims:
                claim = np.where(mine, codes["claim"].to_numpy(dtype=object), "")[cells.index]
                name = f"party_{kind}"
                old = self.arrays[name].to_numpy(zero_copy_only=False)
                self.arrays[name] = pa.array(np.where(claim != "", claim, old), pa.string()).dictionary_encode()
            elif mine.any():  # the registry itself must say the code
                self.refusals.refuse_texts(mine, "malformed_code", "entity_id", cells)

    def _missing(self, empty: np.ndarray, claims: np.ndarray, cells: Cells) -> None:
        self.refusals.refuse(empty & ~claims, "missing_id", "entity_id", cells)

    def _note_repairs(self, codes: pd.DataFrame, cells: Cells) -> None:
        mended = codes["how"].eq("repaired").to_numpy(dtype=bool)
        if mended.any():
            at = np.flatnonzero(mended[cells.index])
            place = cells.index[at]
            found, code = cells.values.take(pa.array(place)).to_pylist(), codes["code"].to_numpy(dtype=object)[place]
            self.repaired = pd.DataFrame({"row": self.batch.rows[at], "found": found, "entity_id": code})

    def _read(self, column: Column) -> None:
        cells, factor = self._cells(column.name)
        empty = read.blank(cells.values)
        if column.required and empty.any():
            reasons = {"id": "missing_id", "date": "missing_date"}
            self.refusals.refuse_texts(empty, reasons.get(column.kind, "missing_value"), column.name, cells)
        if column.kind == "date":
            days, wrong = self.memory.days(cells.values)
            self.refusals.refuse_texts(wrong, "impossible_date", column.name, cells)
            self.days[column.name] = days[cells.index], cells
        elif column.kind in ("yuan", "number"):
            self.arrays[column.name] = self._amounts(column, cells, factor, empty)
        elif column.kind in ("code", "flag"):
            self.arrays[column.name] = self._codes(column, cells, empty)
        else:
            self.arrays[column.name] = self._text(column, cells, empty)

    def _amounts(self, column: Column, cells: Cells, factor: float, empty: np.ndarray) -> pa.Array:
        money = column.kind == "yuan"
        values, wrong = read.amounts(cells.values, factor=factor, money=money)
        self.refusals.refuse_texts(wrong, "unreadable_amount", column.name, cells)
        if column.constraint is not None:
            outside = ~column.constraint.holds(pd.Series(values)) & ~wrong
            below = outside & (values < 0) & money
            self.refusals.refuse_texts(below, "negative_amount", column.name, cells)
            self.refusals.refuse_texts(outside & ~below, "out_of_range", column.name, cells)
        if column.default is not None:
            values = np.where(empty, float(column.default), values)
        return pa.array(values[cells.index], from_pandas=True)

    def _codes(self, column: Column, cells: Cells, empty: np.ndarray) -> pa.Array:
        flag = column.kind == "flag"
        words = code_words(self.table.name, "flag" if flag else column.name)
        own = ("yes", "no") if flag else column.constraint.values if isinstance(column.constraint, OneOf) else ()
        words |= {fold(code): code for code in own}
        heaviest = PENALTY_CATEGORIES if column.name == "category" else ()
        values, wrong = read.codes(cells.values, words, heaviest=heaviest)
        self.refusals.refuse_texts(wrong, "unknown_code", column.name, cells)
        values = np.where(empty, np.array(column.default, dtype=object), values)
        if flag:
            return pa.array((values == "yes")[cells.index])
        index = pa.array(cells.index, mask=np.array([v is None for v in values], dtype=bool)[cells.index])
        return pa.DictionaryArray.from_arrays(index, pa.array([v or "" for v in values], pa.string()))

    def _text(self, column: Column, cells: Cells, empty: np.ndarray) -> pa.Array:
        self.refusals.refuse_texts(hygiene.overlong(cells.values), "too_long_cell", column.name, cells)
        if column.kind == "codes":
            found, wrong = read.lists(cells.values, code_words(self.table.name, column.name) or None)
            self.refusals.refuse_texts(wrong, "unknown_code", column.name, cells)
            values = pa.array(found, pa.string())
        else:
            values = cells.values
            if not hygiene.spotless(values):
                values = hygiene.clean(values)
                values = hygiene.masked(values) if column.kind == "text" else values
        if column.name in _NUMBERS:
            values = read.numbers(values)
        if empty.any():
            values = pa.array(np.where(empty, column.default or "", values.to_numpy(zero_copy_only=False)), pa.string())
        return _coded(Cells(values, cells.index))

    def _check_days(self) -> None:
        """Days that lie after the export, or in the wrong order; a violation without a day takes the decision's."""
        if self.how.exported_on is not None:
            for name, (days, cells) in self.days.items():
                if name != "valid_to":
                    self.refusals.refuse(days > np.datetime64(self.how.exported_on), "future_date", name, cells)
        if self.table.name == "penalties":
            (decided, cells), (occurred, others) = self.days["decided_on"], self.days["occurred_on"]
            self.refusals.refuse(np.isnat(decided) & np.isnat(occurred), "missing_date", "decided_on", cells)
            self.days["decided_on"] = np.where(np.isnat(decided), occurred, decided), cells
            self.days["occurred_on"] = np.where(np.isnat(occurred), decided, occurred), others
        for first, second, reason in ORDERED:
            if first in self.days and second in self.days:
                later, cells = self.days[second]
                self.refusals.refuse(later < self.days[first][0], reason, second, cells)


def _coded(cells: Cells) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(cells.index), cells.values)


def _plain(cells: Cells) -> Cells:
    """Texts of identities: cleaned, nothing-words emptied."""
    empty = read.blank(cells.values)
    values = hygiene.clean(cells.values)
    if empty.any():
        values = pa.array(np.where(empty, "", values.to_numpy(zero_copy_only=False)), pa.string())
    return Cells(values, cells.index)


def _masked(cells: Cells) -> Cells:
    return Cells(hygiene.masked(hygiene.clean(cells.values)), cells.index)
