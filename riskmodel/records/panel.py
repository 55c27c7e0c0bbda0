"""What was known: `Panel` for several days at once, `Known` for one of them.

A panel keeps every row in versions, each shown from a day until the day before another: from when the row was known,
until it was corrected, removed or superseded. A day selects the versions that it shows, so that one scan serves many
days, and nothing that became known later can be selected.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from riskmodel.tables import TABLES
from riskmodel.values import AsOf

# Days (counted from 1970-01-01, int32) from which and before which a version is shown.
SHOWN_FROM, SHOWN_UNTIL = "_shown_from", "_shown_until"
ALWAYS, NEVER = -(2**31), 2**31 - 1
# A later correction is an event of its own: table → (day of the correction, day it was known, columns it hides).
_CORRECTIONS: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    "enterprises": ("closed_on", "closed_on", {"closed_on": pd.NaT, "status": "active"}),
    "abnormal_listings": ("removed_on", "removal_known_on", {"removed_on": pd.NaT, "removal_known_on": pd.NaT}),
    "complaints": ("verified_on", "verified_on", {"verified_on": pd.NaT, "verified": "pending"}),
    "list_entries": ("exited_on", "exited_on", {"exited_on": pd.NaT}),
    "commitments": ("status_on", "status_on", {"status_on": pd.NaT, "status": "pending"}),
}

Tables = Mapping[str, pd.DataFrame]
Shown = TypeVar("Shown", "Known", "Panel")


@dataclass(frozen=True)
class Known:
    """The records that existed for the office at the end of a day.

    Attributes
    ----------
    as_of : AsOf
        The day.
    tables : mapping of str to DataFrame
        All tables of `riskmodel.tables`; tables that the source lacks are empty.
    absent : tuple of str
        Kinds of records that the source does not have.
    id_scheme : str
        ``uscc`` or ``opaque``.
    """

    as_of: AsOf
    tables: Tables
    absent: tuple[str, ...]
    id_scheme: str

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.tables[table]

    def with_table(self, name: str, frame: pd.DataFrame) -> Known:
        """The same records with one table exchanged."""
        return replace(self, tables={**self.tables, name: frame})

    @property
    def panel(self) -> Panel:
        """The same rows as a panel of one day, on which all of them are shown."""
        tables = {name: rows.assign(**_shown(len(rows))) for name, rows in self.tables.items()}
        return Panel((self.as_of,), tables, self.absent, self.id_scheme)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all rows, whatever their order."""
        digest = hashlib.sha256()
        for name in sorted(self.tables):
            rows = pd.util.hash_pandas_object(self.tables[name], index=False).to_numpy()
            digest.update(name.encode() + np.sort(rows).tobytes())
        return digest.hexdigest()


@dataclass(frozen=True)
class Panel:
    """The versions of all records that are shown on one of several days.

    Attributes
    ----------
    days : tuple of AsOf
        As-of days, ascending.
    tables : mapping of str to DataFrame
        As for `Known`, with ``_shown_from`` (the day counts) and ``_shown_until`` (it does not); versions of one row
        never overlap.
    absent : tuple of str
        Kinds of records that the source does not have.
    id_scheme : str
        ``uscc`` or ``opaque``.
    """

    days: tuple[AsOf, ...]
    tables: Tables
    absent: tuple[str, ...]
    id_scheme: str

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.tables[table]

    def with_table(self, name: str, frame: pd.DataFrame) -> Panel:
        """The same panel with one table exchanged."""
        return replace(self, tables={**self.tables, name: frame})

    def at(self, as_of: AsOf, *, only: Sequence[str] | None = None) -> Known:
        """What the panel shows on one day: all tables, or some of them."""
        names = self.tables if only is None else only
        tables = {name: _plain(self[name][shown_on(self[name], as_of)]) for name in names}
        return Known(as_of, tables, self.absent, self.id_scheme)

    @property
    def day_numbers(self) -> np.ndarray:
        """The days, counted from 1970-01-01 (int32)."""
        return np.array([np.datetime64(day.day, "D").astype("int32") for day in self.days], dtype="int32")

    @classmethod
    def of(cls, versions: Tables, days: Sequence[AsOf], absent: tuple[str, ...], id_scheme: str) -> Panel:
        """The versions that some of the days show; others are left out."""
        days = tuple(sorted(set(days)))
        first, last = _number(days[0]), _number(days[-1])
        tables = {
            name: rows[((rows[SHOWN_FROM] <= last) & (rows[SHOWN_UNTIL] > first)).to_numpy()].reset_index(drop=True)
            for name, rows in versions.items()
        }
        return cls(days, tables, absent, id_scheme)


def versions(name: str, rows: pd.DataFrame, valid_from: pd.Series, valid_until: pd.Series) -> pd.DataFrame:
    """Every row in the versions in which it was shown.

    Parameters
    ----------
    name : str
        Table.
    rows : DataFrame
        Its columns.
    valid_from, valid_until : Series of datetime
        Days from which and before which each row was the truth; missing: always, still.

    Returns
    -------
    DataFrame
        Columns of the table, ``_shown_from``, ``_shown_until``. A row that was corrected later comes twice: as it was
        before, and as it was from the day on which the correction had happened and was known.
    """
    start, end = day_numbers(valid_from, ALWAYS), day_numbers(valid_until, NEVER)
    frame = rows[TABLES[name].names].assign(**_shown(len(rows), start, end))
    if name in _CORRECTIONS:
        happened, known, hidden = _CORRECTIONS[name]
        corrected = np.maximum(day_numbers(rows[happened], ALWAYS), day_numbers(rows[known], ALWAYS))
        before = frame.assign(**hidden, **_shown(len(rows), start, np.minimum(end, corrected)))
        before = before.astype({column: rows[column].dtype for column in hidden})
        after = frame.assign(**_shown(len(rows), np.maximum(start, corrected), end))
        frame = pd.concat([before[_lasts(before)], after[_lasts(after)]]).sort_index(kind="stable")
    return frame.reset_index(drop=True)


def shown_on(rows: pd.DataFrame, as_of: AsOf) -> np.ndarray:
    """Which versions a day shows."""
    day = _number(as_of)
    return np.asarray((rows[SHOWN_FROM] <= day) & (rows[SHOWN_UNTIL] > day), dtype=bool)


def hide(rows: pd.DataFrame, since: np.ndarray, until: np.ndarray) -> pd.DataFrame:
    """The same versions, not shown from `since` until before `until` (day numbers, one each a row).

    A version that is shown before and after comes twice.
    """
    since, until = _clipped(since), _clipped(np.maximum(since, until))
    before = rows.assign(**{SHOWN_UNTIL: np.minimum(rows[SHOWN_UNTIL].to_numpy(), since)})
    after = rows.assign(**{SHOWN_FROM: np.maximum(rows[SHOWN_FROM].to_numpy(), until)})
    kept = pd.concat([before[_lasts(before)], after[_lasts(after)]])
    return kept.sort_index(kind="stable").reset_index(drop=True)


def day_numbers(days: pd.Series, missing: int) -> np.ndarray:
    """Days as numbers from 1970-01-01 (int32), with a number for missing ones."""
    values = days.to_numpy(dtype="datetime64[D]")
    numbers: np.ndarray = np.where(np.isnat(values), missing, values.astype("int64")).astype("int32")
    return numbers


def _number(as_of: AsOf) -> int:
    return int(np.datetime64(as_of.day, "D").astype("int64"))


def _shown(size: int, start: np.ndarray | int = ALWAYS, end: np.ndarray | int = NEVER) -> dict[str, np.ndarray]:
    return {SHOWN_FROM: np.full(size, start, dtype="int32"), SHOWN_UNTIL: np.full(size, end, dtype="int32")}


def _lasts(rows: pd.DataFrame) -> np.ndarray:
    return np.asarray(rows[SHOWN_FROM] < rows[SHOWN_UNTIL], dtype=bool)


def _plain(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.drop(columns=[SHOWN_FROM, SHOWN_UNTIL]).reset_index(drop=True)


def _clipped(days: np.ndarray) -> np.ndarray:
    clipped: np.ndarray = np.clip(days, ALWAYS, NEVER).astype("int32")
    return clipped
