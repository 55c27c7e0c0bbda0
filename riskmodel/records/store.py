"""The store: deliveries go in, the truth comes out, whatever the order of loading and wherever a load was cut off."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from itertools import chain, islice
from pathlib import Path
from types import TracebackType

import duckdb
import numpy as np
import pandas as pd

from riskmodel.errors import InputError, RunError
from riskmodel.fault_words import REFUSALS, Both, library_words
from riskmodel.records import ledger, truth
from riskmodel.records.accept import Accepted, Memory, Reading, accept
from riskmodel.records.known import Records
from riskmodel.records.ledger import UNDATED, Writer
from riskmodel.records.raw import RawBatch, ahead
from riskmodel.records.read import Entry, read_source
from riskmodel.records.settle import settle
from riskmodel.records.source import SourceMap, open_source
from riskmodel.records.waiting import quarantine
from riskmodel.tables import TABLES, dtype_of

Progress = Callable[[str, int, int], None]
SUFFIX = ".duckdb"
# Without these kinds of records the source must say that it has none (`absent`); silence is an error.
EXPECTED = ("enterprises", "penalties", "abnormal_listings", "complaints")
# DuckDB keeps at most so much in memory and spills the rest beside the store. With what reading and the library's own
# bookkeeping take, 10 M rows then need 3.5 GiB; with 2 GB they needed 4.1.
_MEMORY = "1500MB"
# Batches that are read while the digest of the file, which says whether it is there already, is being made.
_MEANWHILE = 2


class Store:
    """A DuckDB file that holds everything that was ever delivered.

    Made by `Store.open`. Deliveries may come in any order, overlap or come twice: the same deliveries give the same
    truth. A delivery goes in whole or, if the program is stopped, not at all.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, *, keeps: bool = True) -> None:
        self._connection = connection
        self._keeps = keeps
        self._settled = False

    @classmethod
    def open(cls, path: str | Path | None = None) -> Store:
        """Open a store, or make it; without a path one in memory.

        Raises
        ------
        InputError
            A file that is no store (RM-REC-043), of another format (RM-REC-044), or in use (RM-REC-045).
        """
        try:
            connection = duckdb.connect(str(path) if path is not None else ":memory:")
        except (duckdb.IOException, duckdb.Error) as fault:
            busy = "lock" in str(fault).lower()
            raise InputError(
                "RM-REC-045" if busy else "RM-REC-043", where=str(path), found=library_words(_first_line(fault))
            ) from None
        _set_up(connection)
        names = {row[0] for row in connection.execute("SELECT table_name FROM information_schema.tables").fetchall()}
        if not names:
            connection.execute("BEGIN")
            ledger.create(connection)
            connection.execute("COMMIT")
        elif "meta" not in names:
            connection.close()
            raise InputError("RM-REC-043", where=str(path), found=", ".join(sorted(names))[:200])
        elif (found := ledger.meta(connection, "format")) != ledger.FORMAT:
            connection.close()
            raise InputError("RM-REC-044", where=str(path), found=found, expected=ledger.FORMAT)
        return cls(connection, keeps=path is not None)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def append(
        self,
        source: str | Path,
        *,
        delivered_on: date | None = None,
        source_map: str | Path | None = None,
        progress: Progress | None = None,
    ) -> pd.DataFrame:
        """Take in a delivery: a folder of exports, a file, a database, or a corrected quarantine workbook.

        Parameters
        ----------
        source : str or Path
            Folder, file or database address.
        delivered_on : date, optional
            Day of the delivery; default: `exported_on` of its `source.yaml`.
        source_map : str or Path, optional
            A `source.yaml` that does not lie beside the data.
        progress : callable, optional
            Called with file, rows read so far and rows in all (0: not known).

        Returns
        -------
        DataFrame
            One row a file of this delivery: table, file, delivered_on, rows, accepted, quarantined, superseded,
            known_on_assumed, status (``loaded`` or ``already there``).

        Raises
        ------
        InputError
            A file that cannot be read, or a store that is kept and no day (RM-REC-047); nothing is kept then.
        RunError
            If rows in differ from accepted + quarantined + superseded for a file (RM-RUN-003); nothing is kept.
        """
        place = open_source(source, source_map)
        day = delivered_on or place.map.exported_on or UNDATED
        if self._keeps and day == UNDATED:  # what comes later must know what came before
            raise InputError("RM-REC-047", where=str(source), found="-")
        place = replace(place, map=place.map.model_copy(update={"exported_on": day if day != UNDATED else None}))
        settled = self._settled
        with self._transaction():
            self._agree(place.map, place.map_name)
            status: dict[int, str] = {}
            for entry in read_source(place, self._earlier):
                file_id, how = self._take(entry, day, progress)
                status[file_id] = how
            self._settled = settled and "loaded" not in status.values()
            self._settle()
            receipt = truth.intake(self._connection)
            _conserved(receipt)
        mine = receipt[receipt["file_id"].isin(status)]
        return _public(mine).assign(status=mine["file_id"].map(status).to_numpy())

    def records(self) -> Records:
        """The truth as it stands.

        Raises
        ------
        InputError
            A kind of records that is missing without being declared absent (RM-REC-001, RM-REC-005).
        """
        self._settle()
        history = {name: _typed(name, truth.frame(self._connection, name)) for name in TABLES}
        intake = truth.intake(self._connection)
        how, waiting = self._map(), quarantine(self._connection)
        _check_presence(how, intake, history, waiting)
        return Records(
            history, waiting, _public(intake), truth.resolutions(self._connection), how,
            ledger.meta(self._connection, "map_name") or "",
        )  # fmt: skip

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the whole truth, its history and what waits in quarantine; file names do not matter."""
        self._settle()
        digest = hashlib.sha256()
        frames = {name: truth.frame(self._connection, name) for name in TABLES}
        waiting = quarantine(self._connection).drop(columns=["docket", "file", "row", "cells"])
        for name, frame in (*sorted(frames.items()), ("quarantine", waiting)):
            rows = pd.util.hash_pandas_object(frame, index=False).to_numpy()
            digest.update(name.encode() + np.sort(rows).tobytes())
        return digest.hexdigest()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._settled = False
        self._connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            self._settled = False
            raise
        self._connection.execute("COMMIT")

    def _settle(self) -> None:
        if not self._settled:
            settle(self._connection)
            self._settled = True

    def _take(self, entry: Entry, day: date, progress: Progress | None) -> tuple[int, str]:
        """One sheet; returns its number and whether it was there already."""
        sheet, how = entry.sheet, entry.how
        found = _accepted(entry)
        first = list(islice(found, _MEANWHILE))
        same = self._connection.execute(
            "SELECT file_id FROM files WHERE docket = ?", [ledger.docket_of(sheet.file, sheet.digest, how, day)]
        ).fetchone()
        if same and sheet.digest:
            return int(same[0]), "already there"
        with Writer(self._connection, sheet.file, sheet.digest, how, day) as writer, ThreadPoolExecutor(1) as reader:
            for batch, taken in ahead(chain(first, found), reader):
                writer.rows += len(batch.rows) + len(batch.broken)
                writer.put(taken.rows)
                writer.refuse(taken.refused)
                writer.note_repairs(taken.repaired)
                if entry.docket:
                    writer.note_corrections(_corrections(batch.rows, batch.columns[entry.docket].texts()))
                if progress:
                    progress(sheet.file, writer.rows, sheet.rows or 0)
        twin = self._twin(writer.file_id) if not sheet.digest else None
        if twin is not None:
            writer.undo()
            return twin, "already there"
        return writer.file_id, "loaded"

    def _twin(self, file_id: int) -> int | None:
        """A table of a database that was read before on the same day and held the same rows."""
        found = self._connection.execute(
            "SELECT min(o.file_id) FROM files o JOIN files n ON n.file_id = ? AND o.file_id <> n.file_id "
            'AND (o.name, o."table", o.delivered_on, o.content, o.reading) = '
            '(n.name, n."table", n.delivered_on, n.content, n.reading)',
            [file_id],
        ).fetchone()
        return int(found[0]) if found and found[0] is not None else None

    def _earlier(self, docket: str) -> Reading | None:
        found = self._connection.execute('SELECT "table", reading FROM files WHERE docket = ?', [docket]).fetchone()
        return ledger.reading_of(found[0], found[1], None) if found else None

    def _agree(self, how: SourceMap, name: str) -> None:
        """All deliveries of a store identify enterprises alike."""
        scheme = ledger.meta(self._connection, "id_scheme")
        if scheme is not None and scheme != how.id_scheme:
            raise InputError("RM-REC-046", where="source.yaml: id_scheme", found=how.id_scheme, expected=scheme)
        ledger.put_meta(self._connection, "id_scheme", how.id_scheme)
        newest = ledger.meta(self._connection, "exported_on") or ""
        day = how.exported_on.isoformat() if how.exported_on else ""
        if day >= newest:
            ledger.put_meta(self._connection, "exported_on", day)
            ledger.put_meta(self._connection, "map_name", name)
        for table in how.absent:
            self._connection.execute("INSERT INTO absent VALUES (?)", [table])

    def _map(self) -> SourceMap:
        day = ledger.meta(self._connection, "exported_on")
        absent = self._connection.execute("SELECT DISTINCT name FROM absent ORDER BY name").fetchall()
        scheme = ledger.meta(self._connection, "id_scheme") or "uscc"
        return SourceMap.model_validate(
            {"id_scheme": scheme, "exported_on": day or None, "absent": tuple(row[0] for row in absent)}
        )


def load(source: str | Path, source_map: str | Path | None = None, *, progress: Progress | None = None) -> Records:
    """Read a store, or a source without keeping it: a folder of exports, a file, a database.

    Every data row is accepted, superseded by another row of the same record, or stands in `Records.quarantine` with
    its reason.

    Parameters
    ----------
    source : str or Path
        Folder, file, address of a database (``postgresql+psycopg://…``) or store (``*.duckdb``).
    source_map : str or Path, optional
        A `source.yaml` that does not lie beside the data.
    progress : callable, optional
        Called with file, rows read so far and rows in all (0: not known).

    Raises
    ------
    InputError
        Faults that concern a whole file or table; single rows are quarantined instead.
    """
    if Path(source).suffix == SUFFIX:
        if not Path(source).is_file():
            raise InputError("RM-INP-002", where="SOURCE", found=source)
        with Store.open(source) as store:
            return store.records()
    with Store.open() as store:
        store.append(source, source_map=source_map, progress=progress)
        return store.records()


def _set_up(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"SET memory_limit = '{_MEMORY}'")
    connection.execute("SET preserve_insertion_order = false")
    # Else the last five row groups are packed at the end, while all else waits; versions before 1.5 cannot.
    row_groups = "write_buffer_row_group_count"
    if connection.execute("SELECT 1 FROM duckdb_settings() WHERE name = ?", [row_groups]).fetchone():
        connection.execute(f"SET {row_groups} = 1")


def _accepted(entry: Entry) -> Iterator[tuple[RawBatch, Accepted]]:
    memory = Memory()
    for batch in entry.sheet.open(entry.wanted):
        yield batch, accept(batch, entry.how, memory)


def _corrections(rows: np.ndarray, dockets: list[str]) -> pd.DataFrame:
    """Rows with a docket ``<file>-<row>``; clerks add rows without one."""
    parts = pd.Series(dockets, dtype="str").str.extract(r"^\s*([0-9a-f]{10})-(\d{1,12})\s*$")
    frame = pd.DataFrame({"row": rows, "docket": parts[0], "corrected": pd.to_numeric(parts[1])})
    return frame.dropna().astype({"corrected": "int64"})


def _conserved(receipt: pd.DataFrame) -> None:
    """Rows in = accepted + quarantined + superseded for every file, counted apart."""
    wrong = receipt[receipt["rows"] != receipt["accepted"] + receipt["quarantined"] + receipt["superseded"]]
    if len(wrong):
        first = wrong.iloc[0]
        parts = {name: int(first[name]) for name in ("rows", "accepted", "quarantined", "superseded")}
        raise RunError("RM-RUN-003", where=str(first["file"]), found=parts)


def _public(intake: pd.DataFrame) -> pd.DataFrame:
    days = intake["delivered_on"].mask(intake["delivered_on"] == pd.Timestamp(UNDATED))
    return intake.assign(delivered_on=days).drop(columns=["file_id"]).reset_index(drop=True)


def _typed(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    types = {c.name: dtype_of(c) for c in TABLES[name].columns}
    return frame.astype({**types, "_valid_from": "datetime64[s]", "_valid_until": "datetime64[s]"})


def _check_presence(
    how: SourceMap, intake: pd.DataFrame, history: Mapping[str, pd.DataFrame], waiting: pd.DataFrame
) -> None:
    seen = set(intake["table"])
    for name in EXPECTED:
        if name in how.absent and name != "enterprises":
            continue
        if name not in seen:
            there = sorted(seen & set(TABLES)) or [""]
            found = Both("、".join(TABLES[t].zh for t in there), ", ".join(there)) if there[0] else _NOTHING
            raise InputError("RM-REC-001", where=_table(name), found=found)
        if not len(history[name]):
            mine = intake[intake["table"] == name]
            refused = waiting[waiting["table"] == name].value_counts(["reason", "field"])
            headings = {column.name: column.zh for column in TABLES[name].columns}
            said = [
                (headings.get(field, field), field, *REFUSALS[reason], n)
                for reason, field, n in refused.reset_index().to_numpy()
            ]
            none, files = f"0 / {mine['rows'].sum()}", ", ".join(mine["file"])
            found = Both(
                none + "".join(f"；{zh}：{why} {n} 行" for zh, _, why, _, n in said),
                none + "".join(f"; {field}: {why}, {n} rows" for _, field, _, why, n in said),
            )
            where = _table(name)
            raise InputError("RM-REC-005", where=Both(f"{where.zh}：{files}", f"{where.en}: {files}"), found=found)


_NOTHING = Both("没有任何可识别的数据文件", "no data file at all")


def _table(name: str) -> Both:
    return Both(f"{TABLES[name].zh}（{name}）", name)


def _first_line(fault: Exception) -> str:
    return (str(fault).splitlines() or [type(fault).__name__])[0][:200]
