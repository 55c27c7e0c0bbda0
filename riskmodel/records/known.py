"""Records: the accepted truth with its history, from which a day takes what was known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from riskmodel.errors import InputError
from riskmodel.records.panel import Known, Panel, versions
from riskmodel.records.source import SourceMap
from riskmodel.tables import TABLES
from riskmodel.values import AsOf

# Bookkeeping of the history: the days between which a row was the truth of the office.
VALID_FROM, VALID_UNTIL = "_valid_from", "_valid_until"


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

    def of_enterprise(self, entity_id: str) -> Records:
        """The records of one enterprise, with their history; tables that are about nobody stay whole."""
        mine = {}
        for name, rows in self.history.items():
            about = "entity_id" in rows
            mine[name] = rows[rows["entity_id"].eq(entity_id).to_numpy()].reset_index(drop=True) if about else rows
        return replace(self, history=mine)

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

    def _repr_html_(self) -> str:
        from riskmodel.display.html import table
        from riskmodel.display.text import say, word

        counts = pd.Series({name: len(rows) for name, rows in self.tables.items()})
        shown = pd.DataFrame({"table": counts.index, "count": counts.to_numpy()})
        if len(self.intake):
            refused = self.intake.groupby("table")["quarantined"].sum()
            shown["quarantined"] = refused.reindex(shown["table"], fill_value=0).to_numpy()
        facts = {"day": self.newest, "n": f"{counts.sum():,}", "refused": f"{len(self.quarantine):,}"}
        absent = say("list.separator").join(word("table", name) for name in self.absent)
        title = say("caption.records", "zh", **facts)
        title += say("caption.absent", tables=absent) if absent else ""
        return table(shown[shown["count"].gt(0)], caption=title)

    def known(self, as_of: AsOf) -> Known:
        """What was known by the end of a day; later corrections are undone.

        Raises
        ------
        InputError
            If no enterprise was known by then (RM-INP-003).
        """
        return self.panel([as_of]).at(as_of)

    def panel(self, days: Sequence[AsOf]) -> Panel:
        """What was known by the end of each of several days, held once.

        Raises
        ------
        InputError
            If no enterprise was known by one of the days (RM-INP-003), or there are no days (RM-INP-001).
        """
        if not days:
            raise InputError("RM-INP-001", where="--as-of", found="-")
        since = self.history["enterprises"][VALID_FROM]
        if not (since.isna() | (since <= pd.Timestamp(min(days).day))).any():
            expected = f"≥ {since.min().date()}" if len(since) else None
            raise InputError("RM-INP-003", where="--as-of", found=min(days), expected=expected)
        return Panel.of(self._versions, days, self.absent, self.map.id_scheme)

    @cached_property
    def _versions(self) -> Mapping[str, pd.DataFrame]:
        return {name: versions(name, rows, rows[VALID_FROM], rows[VALID_UNTIL]) for name, rows in self.history.items()}


def _histories(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    clock = pd.Series(dtype="datetime64[s]")
    return {
        name: rows.assign(**{VALID_FROM: rows.get("known_on", clock), VALID_UNTIL: clock})
        for name, rows in tables.items()
    }


def _plain(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    return rows[TABLES[name].names].reset_index(drop=True)
