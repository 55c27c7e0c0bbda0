"""Records: the accepted truth with its history; `Known`: only what was known as of a day."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from riskmodel.errors import InputError
from riskmodel.records.source import SourceMap
from riskmodel.tables import TABLES
from riskmodel.values import AsOf

# Bookkeeping of the history: the days between which a row was the truth of the office.
VALID_FROM, VALID_UNTIL = "_valid_from", "_valid_until"
# A later correction is an event of its own: table → (day of the correction, day it was known, columns it hides).
_CORRECTIONS: Mapping[str, tuple[str, str, Mapping[str, object]]] = {
    "enterprises": ("closed_on", "closed_on", {"closed_on": pd.NaT, "status": "active"}),
    "abnormal_listings": ("removed_on", "removal_known_on", {"removed_on": pd.NaT, "removal_known_on": pd.NaT}),
    "complaints": ("verified_on", "verified_on", {"verified_on": pd.NaT, "verified": "pending"}),
    "list_entries": ("exited_on", "exited_on", {"exited_on": pd.NaT}),
    "commitments": ("status_on", "status_on", {"status_on": pd.NaT, "status": "pending"}),
}


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
    tables: Mapping[str, pd.DataFrame]
    absent: tuple[str, ...]
    id_scheme: str

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.tables[table]

    def with_table(self, name: str, frame: pd.DataFrame) -> Known:
        """The same records with one table exchanged."""
        return replace(self, tables={**self.tables, name: frame})

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all rows, whatever their order."""
        digest = hashlib.sha256()
        for name in sorted(self.tables):
            rows = pd.util.hash_pandas_object(self.tables[name], index=False).to_numpy()
            digest.update(name.encode() + np.sort(rows).tobytes())
        return digest.hexdigest()


@dataclass(frozen=True)
class Records:
    """What a store holds: for every file, rows in = accepted + quarantined + superseded.

    Attributes
    ----------
    history : mapping of str to DataFrame
        Every version of every accepted record, with the days ``_valid_from`` and ``_valid_until`` (missing: still
        valid) between which it was the truth.
    quarantine : DataFrame
        Refused rows, columns `riskmodel.records.quarantine.COLUMNS`.
    intake : DataFrame
        One row a file or sheet: table, file, delivered_on, rows, accepted, quarantined, superseded,
        known_on_assumed.
    resolutions : DataFrame
        Rows whose enterprise was not written as a right code, for review: table, file, row, found, how
        (``repaired``, ``registration_no``, ``organisation_code``, ``name``), entity_id, score.
    map : SourceMap
        How the newest source was read.
    map_name : str
        Where the map comes from.
    """

    history: Mapping[str, pd.DataFrame]
    quarantine: pd.DataFrame
    intake: pd.DataFrame
    resolutions: pd.DataFrame
    map: SourceMap
    map_name: str = ""

    @classmethod
    def of(cls, tables: Mapping[str, pd.DataFrame], how: SourceMap | None = None) -> Records:
        """Records without a past: every row holds from the day on which it was known."""
        nothing = pd.DataFrame()
        return cls(_histories(tables), nothing, nothing, nothing, how or SourceMap())

    def with_tables(self, tables: Mapping[str, pd.DataFrame]) -> Records:
        """The same source with other rows, which have no past."""
        return replace(self, history={**self.history, **_histories(tables)})

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.tables[table]

    @cached_property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The records that are valid now, by table."""
        return {name: _plain(name, rows[rows[VALID_UNTIL].isna().to_numpy()]) for name, rows in self.history.items()}

    @property
    def absent(self) -> tuple[str, ...]:
        """Kinds of records that the source does not have."""
        return tuple(name for name in TABLES if not len(self.history[name]))

    @property
    def newest(self) -> AsOf:
        """The day of the export, or the last day on which something became known."""
        if self.map.exported_on is not None:
            return AsOf(self.map.exported_on)
        clocks = [rows["known_on"] for rows in self.history.values() if "known_on" in rows]
        return AsOf(max(clock.max() for clock in clocks if clock.notna().any()).date())

    def known(self, as_of: AsOf) -> Known:
        """What was known by the end of a day; later corrections are undone.

        Raises
        ------
        InputError
            If no enterprise was known by then (RM-INP-003).
        """
        day = np.datetime64(as_of.day, "s")
        tables = {name: _known(name, rows, day) for name, rows in self.history.items()}
        if not len(tables["enterprises"]):
            first = self.history["enterprises"]["known_on"].min()
            raise InputError("RM-INP-003", where="--as-of", found=as_of, expected=f"≥ {first.date()}")
        return Known(as_of, tables, self.absent, self.map.id_scheme)


def _histories(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    clock = pd.Series(dtype="datetime64[s]")
    return {
        name: rows.assign(**{VALID_FROM: rows.get("known_on", clock), VALID_UNTIL: clock})
        for name, rows in tables.items()
    }


def _plain(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    return rows[TABLES[name].names].reset_index(drop=True)


def _known(name: str, rows: pd.DataFrame, day: np.datetime64) -> pd.DataFrame:
    since, until = rows[VALID_FROM], rows[VALID_UNTIL]
    there = (since.isna() | (since <= day)) & (until.isna() | (until > day))
    frame = _plain(name, rows[there.to_numpy()])
    if name in _CORRECTIONS:
        happened, known, hidden = _CORRECTIONS[name]
        later = ((frame[happened] > day) | (frame[known] > day)).to_numpy()
        frame = frame.assign(**{column: frame[column].mask(later, value) for column, value in hidden.items()})
    return frame
