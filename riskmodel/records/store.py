"""Records: everything that was accepted and refused; `Known`: only what was known as of a day."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from riskmodel.errors import InputError
from riskmodel.records.accept import accept, complete
from riskmodel.records.quarantine import COLUMNS
from riskmodel.records.read import RawSheet, read_source
from riskmodel.records.source import SourceMap, open_source
from riskmodel.tables import TABLES, empty
from riskmodel.values import AsOf

# Without these kinds of records the source must say that it has none (`absent`); silence is an error.
EXPECTED = ("enterprises", "penalties", "abnormal_listings", "complaints")
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
    """Accepted tables, quarantine and intake of a source: rows in = accepted + quarantined.

    Attributes
    ----------
    tables : mapping of str to DataFrame
        Accepted rows by table.
    quarantine : DataFrame
        Refused rows: table, file, row, entity_id, field, found, reason.
    intake : DataFrame
        One row a file or sheet: table, file, rows, accepted, quarantined, known_on_assumed.
    map : SourceMap
        How the source was read.
    map_name : str
        Where the map comes from.
    """

    tables: Mapping[str, pd.DataFrame]
    quarantine: pd.DataFrame
    intake: pd.DataFrame
    map: SourceMap
    map_name: str = ""

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.tables[table]

    @property
    def absent(self) -> tuple[str, ...]:
        """Kinds of records that the source does not have."""
        return tuple(name for name in TABLES if name in self.map.absent or not len(self.tables[name]))

    @property
    def newest(self) -> AsOf:
        """The day of the export, or the last day on which something became known."""
        if self.map.exported_on is not None:
            return AsOf(self.map.exported_on)
        days = [t["known_on"].max() for t in self.tables.values() if "known_on" in t and t["known_on"].notna().any()]
        return AsOf(max(days).date())

    def known(self, as_of: AsOf) -> Known:
        """What was known by the end of a day; later corrections are undone.

        Raises
        ------
        InputError
            If no enterprise was known by then (RM-INP-003).
        """
        day = np.datetime64(as_of.day, "s")
        tables = {name: _known(name, frame, day) for name, frame in self.tables.items()}
        if not len(tables["enterprises"]):
            first = self.tables["enterprises"]["known_on"].min()
            raise InputError("RM-INP-003", where="--as-of", found=as_of, expected=f"≥ {first.date()}")
        return Known(as_of, tables, self.absent, self.map.id_scheme)


def load(
    source: str | Path,
    source_map: str | Path | None = None,
    *,
    progress: Callable[[str, int, int], None] | None = None,
) -> Records:
    """Read a source: a folder of exports or a single file.

    Every data row is accepted or stands in `Records.quarantine` with its reason.

    Parameters
    ----------
    source : str or Path
        Folder or file.
    source_map : str or Path, optional
        A `source.yaml` that does not lie beside the data.
    progress : callable, optional
        Called with (file, its number, 0) before a file is checked.

    Raises
    ------
    InputError
        Faults that concern a whole file or table; single rows are quarantined instead.
    """
    place = open_source(source, source_map)
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
    quarantine: list[pd.DataFrame] = []
    intake: list[dict[str, object]] = []
    for number, sheet in enumerate(read_source(place), start=1):
        if progress:
            progress(sheet.file, number, 0)
        rows, refused, entry = _take(sheet, place.map)
        parts[sheet.table].append(rows)
        quarantine.append(refused)
        intake.append(entry)
    tables, late = _across({name: _joined(name, frames) for name, frames in parts.items()})
    refused = pd.concat([*quarantine, late], ignore_index=True) if intake else pd.DataFrame(columns=list(COLUMNS))
    _check_presence(place.map, intake, tables)
    return Records(tables, _sorted(refused), _counted(pd.DataFrame(intake), refused), place.map, place.map_name)


def _take(sheet: RawSheet, how: SourceMap) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, object]]:
    frame, refusals = accept(sheet, uscc=how.id_scheme == "uscc", exported_on=how.exported_on)
    total = len(frame) + len(sheet.broken)
    numbers = pd.Series([r for r in range(1, total + 1) if r not in sheet.broken], dtype="int64")
    files = pd.Series(sheet.file, index=frame.index, dtype="str")
    entity = frame.get("entity_id", files)
    refused = refusals.table(sheet.table, files, numbers, entity)
    if sheet.broken:
        broken = [(sheet.table, sheet.file, r, "", "", text[:200], "broken_row") for r, text in sheet.broken.items()]
        refused = pd.concat([refused, pd.DataFrame(broken, columns=list(COLUMNS))], ignore_index=True)
    frame = frame.assign(_file=files, _row=numbers)[~refusals.refused]
    if "record_id" in frame:
        made = frame["_file"] + "#" + frame["_row"].astype("str")
        frame["record_id"] = frame["record_id"].mask(frame["record_id"] == "", made)
    rows, assumed = complete(sheet.table, frame)
    return rows, refused, {"table": sheet.table, "file": sheet.file, "rows": total, "known_on_assumed": assumed}


def _joined(name: str, frames: list[pd.DataFrame]) -> pd.DataFrame:
    if not frames:
        return empty(name).assign(_file=pd.Series(dtype="str"), _row=pd.Series(dtype="int64"))
    return pd.concat(frames, ignore_index=True)


def _across(tables: dict[str, pd.DataFrame]) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Refuse rows that clash with other rows: duplicates, enterprises that the registry does not know."""
    registered = tables["enterprises"]["entity_id"].drop_duplicates()
    kept, late = {}, []
    for name, frame in tables.items():
        columns = TABLES[name].names
        same_key = frame.duplicated(list(TABLES[name].key)).to_numpy(dtype=bool)
        same_row = frame.duplicated(columns).to_numpy(dtype=bool)
        other = "duplicate_enterprise" if name == "enterprises" else "conflicting_duplicate"
        reason = np.where(same_row, "duplicate_row", np.where(same_key, other, ""))
        if "entity_id" in columns and name != "enterprises":
            stranger = ~frame["entity_id"].isin(registered).to_numpy()
            reason = np.where(stranger, "unknown_enterprise", reason)
        refused = reason != ""
        if refused.any():
            late.append(_clashes(name, frame[refused], reason[refused]))
        kept[name] = frame.loc[~refused, columns].reset_index(drop=True)
    return kept, pd.concat(late, ignore_index=True) if late else pd.DataFrame(columns=list(COLUMNS))


def _clashes(name: str, rows: pd.DataFrame, reason: np.ndarray) -> pd.DataFrame:
    """Quarantine rows of one table; `found` shows the whole key."""
    key = list(TABLES[name].key)
    found = rows[key[0]].astype("str")
    for column in key[1:]:
        found = found + " | " + rows[column].astype("str")
    part = rows[["_file", "_row"]].rename(columns={"_file": "file", "_row": "row"})
    part = part.assign(table=name, entity_id=rows[key[0]], field=key[0], found=found, reason=reason)
    return part[list(COLUMNS)]


def _check_presence(how: SourceMap, intake: list[dict[str, object]], tables: Mapping[str, pd.DataFrame]) -> None:
    seen = {entry["table"] for entry in intake}
    for name in EXPECTED:
        if name in how.absent and name != "enterprises":
            continue
        if name not in seen:
            found = ", ".join(sorted(str(table) for table in seen)) or "-"
            raise InputError("RM-REC-001", where=f"{name} ({TABLES[name].zh})", found=found)
        if not len(tables[name]):
            files = ", ".join(str(e["file"]) for e in intake if e["table"] == name)
            raise InputError("RM-REC-005", where=f"{name} ({TABLES[name].zh}): {files}", found="0")


def _sorted(quarantine: pd.DataFrame) -> pd.DataFrame:
    ordered = quarantine.sort_values(["table", "file", "row"], kind="stable").reset_index(drop=True)
    return ordered.astype({"row": "int64"})


def _counted(intake: pd.DataFrame, refused: pd.DataFrame) -> pd.DataFrame:
    counts = refused.groupby("file").size()
    quarantined = intake["file"].map(counts).fillna(0).astype("int64")
    return intake.assign(accepted=intake["rows"] - quarantined, quarantined=quarantined)[
        ["table", "file", "rows", "accepted", "quarantined", "known_on_assumed"]
    ]


def _known(name: str, frame: pd.DataFrame, day: np.datetime64) -> pd.DataFrame:
    if "known_on" not in frame:
        return frame
    frame = frame[(frame["known_on"].isna() | (frame["known_on"] <= day)).to_numpy()].reset_index(drop=True)
    if name in _CORRECTIONS:
        happened, known, hidden = _CORRECTIONS[name]
        later = ((frame[happened] > day) | (frame[known] > day)).to_numpy()
        frame = frame.assign(**{column: frame[column].mask(later, value) for column, value in hidden.items()})
    return frame
