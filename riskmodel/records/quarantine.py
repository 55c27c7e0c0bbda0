"""Refused rows, each with its reason: what a row may be refused for, and how the refusals of a batch are kept."""

from __future__ import annotations

import json
from collections.abc import Collection

import numpy as np
import pandas as pd
import pyarrow as pa

from riskmodel.records.hygiene import clean, kept, masked
from riskmodel.records.raw import Cells, RawBatch

# Why a row is refused; the words for users are in `display.text`. A row has one reason: the first of this order.
REASONS = (
    "broken_row", "natural_person", "missing_id", "scientific_code", "too_long_code", "malformed_code",
    "bad_check_digit", "ambiguous_code", "missing_value", "impossible_date", "missing_date", "future_date",
    "unreadable_amount", "negative_amount", "out_of_range", "unknown_code", "too_long_cell",
    "known_before_occurred", "removed_before_listed",
    "unknown_enterprise", "name_only", "duplicate_enterprise", "conflicting_duplicate",
)  # fmt: skip
# A quarantine as users get it. `docket` names the row for good; `cells` is the whole row as JSON, persons masked.
COLUMNS = ("docket", "table", "file", "row", "entity_id", "field", "found", "reason", "candidates", "cells")
# What a batch refuses, before the file has a name in the store.
REFUSED = ("row", "entity_id", "field", "found", "reason", "candidates", "cells")
# Reasons that concern a person: nothing of the row is kept.
_PERSONAL = "natural_person"
_FOUND = 200


class Refusals:
    """Reasons collected for the rows of a batch; the first reason in the order of `REASONS` stays.

    Parameters
    ----------
    rows : int
        Number of rows of the batch.
    """

    def __init__(self, rows: int) -> None:
        self._rank = np.full(rows, len(REASONS), dtype=np.int64)
        self._field = np.full(rows, "", dtype=object)
        self._found = np.full(rows, "", dtype=object)
        self._candidates = np.full(rows, "", dtype=object)

    def refuse(self, mask: np.ndarray, reason: str, field: str, cells: Cells) -> None:
        """Refuse the rows of a mask for a reason, naming the field and what stood there."""
        rank = REASONS.index(reason)
        rows = np.flatnonzero(mask & (rank < self._rank))
        self._rank[rows] = rank
        self._field[rows] = field
        if len(rows):
            self._found[rows] = [text[:_FOUND] for text in _shown(cells, rows).to_pylist()]

    def refuse_texts(self, wrong: np.ndarray, reason: str, field: str, cells: Cells) -> None:
        """The same, for the rows whose text is wrong; `wrong` has one boolean for each distinct text."""
        if wrong.any():
            self.refuse(wrong[cells.index], reason, field, cells)

    def suggest(self, candidates: np.ndarray, cells: Cells) -> None:
        """Give the rows that are refused the readings of their text that could be right."""
        if (candidates != "").any():
            rows = np.flatnonzero(self.refused & (candidates != "")[cells.index])
            self._candidates[rows] = candidates[cells.index[rows]]

    @property
    def refused(self) -> np.ndarray:
        """One boolean a row."""
        refused: np.ndarray = self._rank < len(REASONS)
        return refused

    def table(self, batch: RawBatch, entity: Cells | None, used: Collection[str]) -> pd.DataFrame:
        """The refused and the broken rows of a batch, with the columns `REFUSED`; `used` are headers that are read."""
        at = np.flatnonzero(self.refused)
        reasons = [REASONS[rank] for rank in self._rank[at]]
        frame = pd.DataFrame(
            {
                "row": batch.rows[at],
                "entity_id": entity.values.take(pa.array(entity.index[at])).to_pylist() if entity else "",
                "field": self._field[at],
                "found": self._found[at],
                "reason": reasons,
                "candidates": self._candidates[at],
                "cells": _whole(batch, at, reasons, used),
            },
            columns=list(REFUSED),
        )
        lines = {row: kept({"": text}) for row, text in batch.broken.items()}
        broken = [(row, "", "", line[""][:_FOUND], "broken_row", "", _json(line)) for row, line in lines.items()]
        return pd.concat([frame, pd.DataFrame(broken, columns=list(REFUSED))]) if broken else frame


def _shown(cells: Cells, rows: np.ndarray) -> pa.Array:
    """Texts as they may be shown and kept: without control characters, persons masked."""
    return masked(clean(cells.values.take(pa.array(cells.index[rows]))))


def _whole(batch: RawBatch, at: np.ndarray, reasons: list[str], used: Collection[str]) -> list[str]:
    if not len(at):
        return []
    rows = batch.whole(at)
    return [
        _json({} if reason == _PERSONAL else kept(cells, used)) for cells, reason in zip(rows, reasons, strict=True)
    ]


def _json(cells: dict[str, str]) -> str:
    return json.dumps(cells, ensure_ascii=False)
