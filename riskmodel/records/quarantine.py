"""Refused rows, each with its reason: what a row may be refused for, and how the refusals are kept."""

from __future__ import annotations

import numpy as np
import pandas as pd

# Why a row is refused; the words for users are in `display.text`. A row has one reason: the first of this order.
REASONS = (
    "broken_row", "natural_person", "missing_id", "too_long_code", "malformed_code", "bad_check_digit",
    "missing_value", "impossible_date", "missing_date", "future_date", "unreadable_amount", "negative_amount",
    "out_of_range", "unknown_code", "known_before_occurred", "removed_before_listed",
    "unknown_enterprise", "duplicate_enterprise", "duplicate_row", "conflicting_duplicate",
)  # fmt: skip
COLUMNS = ("table", "file", "row", "entity_id", "field", "found", "reason")


class Refusals:
    """Reasons collected for the rows of one frame; the first reason in the order of `REASONS` stays.

    Parameters
    ----------
    rows : int
        Number of rows of the frame.
    """

    def __init__(self, rows: int) -> None:
        self._rank = np.full(rows, len(REASONS), dtype=np.int64)
        self._field = np.full(rows, "", dtype=object)
        self._found = np.full(rows, "", dtype=object)

    def refuse(self, mask: np.ndarray, reason: str, field: str, found: pd.Series) -> None:
        """Refuse the rows of a mask for a reason, naming the field and what stood there."""
        rank = REASONS.index(reason)
        rows = np.flatnonzero(np.asarray(mask, dtype=bool) & (rank < self._rank))
        self._rank[rows] = rank
        self._field[rows] = field
        self._found[rows] = ["" if pd.isna(cell) else str(cell)[:200] for cell in found.iloc[rows]]

    @property
    def refused(self) -> np.ndarray:
        """One boolean a row."""
        refused: np.ndarray = self._rank < len(REASONS)
        return refused

    def table(self, name: str, file: pd.Series, row: pd.Series, entity: pd.Series) -> pd.DataFrame:
        """The refused rows as a quarantine table."""
        at = np.flatnonzero(self.refused)
        return pd.DataFrame(
            {
                "table": name,
                "file": file.iloc[at].to_numpy(),
                "row": row.iloc[at].to_numpy(),
                "entity_id": entity.iloc[at].fillna("").to_numpy(),
                "field": self._field[at],
                "found": self._found[at],
                "reason": [REASONS[r] for r in self._rank[at]],
            },
            columns=list(COLUMNS),
        )
