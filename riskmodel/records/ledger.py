"""The store's tables in DuckDB, and how rows get into them.

Nothing is ever changed in place. A *version* is the content of a row, kept once whatever the number of files that hold
it; a *sighting* says in which row of which file a version stood. What is true follows from these two alone
(`settle`), so the order in which files were loaded cannot matter.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from types import TracebackType
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from riskmodel.records.accept import Reading
from riskmodel.records.versions import Seen, digests
from riskmodel.tables import TABLES, Column, Table

FORMAT = "1"
# Day of a delivery that does not say when it was made: before all others.
UNDATED = date(1, 1, 1)
# Rows that are inserted at once, about a row group of DuckDB: both cores are busy until the end.
_FLUSH = 120_000
_SQL_TYPES: Mapping[str, str] = {"date": "DATE", "yuan": "DOUBLE", "number": "DOUBLE", "flag": "BOOLEAN"}
# Digests and codes of enterprises hardly repeat within a row group: to look for a way to pack them costs a fifth of
# the time of an insert, and saves a seventh of the space.
_AS_IS = " USING COMPRESSION uncompressed"


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of an empty store."""
    for statement in (
        "CREATE TABLE meta(key VARCHAR, value VARCHAR)",
        'CREATE TABLE files(file_id INTEGER, docket VARCHAR, delivered_on DATE, name VARCHAR, "table" VARCHAR, '
        "digest VARCHAR, reading VARCHAR, content VARCHAR, rows BIGINT)",
        "CREATE TABLE absent(name VARCHAR)",
        "CREATE TABLE refused(file_id INTEGER, row BIGINT, entity_id VARCHAR, field VARCHAR, found VARCHAR, "
        "reason VARCHAR, candidates VARCHAR, cells VARCHAR)",
        "CREATE TABLE repaired(file_id INTEGER, row BIGINT, found VARCHAR, entity_id VARCHAR)",
        "CREATE TABLE corrections(file_id INTEGER, row BIGINT, docket VARCHAR, corrected BIGINT)",
    ):
        connection.execute(statement)
    for table in TABLES.values():
        columns = ", ".join(
            f'"{c.name}" {_SQL_TYPES.get(c.kind, "VARCHAR")}{_AS_IS if c.name == "entity_id" else ""}'
            for c in _kept(table)
        )
        version = f"version UHUGEINT{_AS_IS}"
        connection.execute(f"CREATE TABLE v_{table.name}({version}, {columns})")
        connection.execute(f"CREATE TABLE s_{table.name}(file_id INTEGER, row BIGINT, {version}, known_on DATE)")
    connection.execute("INSERT INTO meta VALUES ('format', ?)", [FORMAT])


def meta(connection: duckdb.DuckDBPyConnection, key: str) -> str | None:
    """A property of the store."""
    found = connection.execute("SELECT value FROM meta WHERE key = ?", [key]).fetchone()
    return str(found[0]) if found else None


def put_meta(connection: duckdb.DuckDBPyConnection, key: str, value: str) -> None:
    """Set a property of the store."""
    connection.execute("DELETE FROM meta WHERE key = ?", [key])
    connection.execute("INSERT INTO meta VALUES (?, ?)", [key, value])


def reading_text(how: Reading) -> str:
    """How a file was read, as it is kept beside the file (the day of the export stands there already)."""
    parts = {"columns": how.columns, "codes": how.codes, "constants": how.constants, "uscc": how.uscc}
    return json.dumps(parts, ensure_ascii=False, sort_keys=True, default=dict)


def reading_of(table: str, text: str, exported_on: date | None) -> Reading:
    """The reverse of `reading_text`."""
    parts: dict[str, Any] = json.loads(text)
    columns = {header: (column, float(factor)) for header, (column, factor) in parts.pop("columns").items()}
    return Reading(table, columns, exported_on=exported_on, **parts)


def docket_of(name: str, digest: str, how: Reading, delivered_on: date) -> str:
    """What names a file for good: the same file, delivered on the same day and read the same way, has one docket."""
    seal = "|".join((name, digest, str(delivered_on), how.table, reading_text(how)))
    return hashlib.sha256(seal.encode()).hexdigest()[:10]


class Writer:
    """Puts the batches of one file into the store.

    Parameters
    ----------
    connection : DuckDBPyConnection
        The store, within a transaction.
    name, digest : str
        File name for people; SHA-256 of its content.
    how : Reading
        How its cells are read.
    delivered_on : date
        Day of the delivery.

    Attributes
    ----------
    rows : int
        Rows that the file has, counted by whoever reads it: what was put is checked against it.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, name: str, digest: str, how: Reading, delivered_on: date
    ) -> None:
        self.connection, self.table = connection, TABLES[how.table]
        self.file_id = _one(connection, "SELECT coalesce(max(file_id), 0) + 1 FROM files")
        self.rows = 0
        self._waiting: list[pa.Table] = []
        self._small: dict[str, list[pd.DataFrame]] = {}
        self._worker = ThreadPoolExecutor(1)
        self._flushing: Future[None] | None = None
        self._seen = Seen()
        # Two threads would leave every block of rows half full, to be packed anew when the store is closed; the other
        # core is busy reading.
        connection.execute("SET threads = 1")
        self._held = _one(connection, f"SELECT count(*) FROM (SELECT 1 FROM v_{self.table.name} LIMIT 1)") > 0
        self.docket = docket_of(name, digest or f"#{self.file_id}", how, delivered_on)
        connection.execute(
            "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, '', 0)",
            [self.file_id, self.docket, delivered_on, name, how.table, digest, reading_text(how)],
        )

    def put(self, rows: pa.Table) -> None:
        """Put accepted rows; a content that the store has already is not kept again."""
        if len(rows):
            self._waiting.append(self._versioned(rows))
        if sum(map(len, self._waiting)) >= _FLUSH:
            self._flush()

    def _flush(self) -> None:
        """Insert what waits, while the next batches are being read."""
        if self._flushing is not None:
            self._flushing.result()
            self._flushing = None
        if self._waiting:
            rows, self._waiting = pa.concat_tables(self._waiting, promote_options="none"), []
            self._flushing = self._worker.submit(self._insert, rows)

    def _insert(self, rows: pa.Table) -> None:
        connection, name = self.connection, self.table.name
        connection.register("arrived", rows)
        version = "(high::UHUGEINT << 64) | low::UHUGEINT AS version"
        known = "known_on" if "known_on" in self.table.names else "NULL"
        connection.execute(f"INSERT INTO s_{name} SELECT {self.file_id}, row, {version}, {known} FROM arrived")
        columns = ", ".join(f'"{c.name}"' for c in _kept(self.table))
        fresh = f"SELECT {version}, {columns} FROM arrived"
        twice, before = self._seen.add(*(rows.column(half).to_numpy() for half in ("high", "low")))
        if self._held or before:
            fresh = f"SELECT * FROM ({fresh}) ANTI JOIN v_{name} USING (version)"
        once = " QUALIFY row_number() OVER (PARTITION BY version) = 1" if twice else ""
        connection.execute(f"INSERT INTO v_{name} {fresh}{once}")
        connection.unregister("arrived")

    def _versioned(self, rows: pa.Table) -> pa.Table:
        """Rows with the digest of their content; a record without a number gets one from its content."""
        columns = [c.name for c in _kept(self.table)]
        if "record_id" in columns:
            numbers = rows.column("record_id").combine_chunks()
            empty = pc.equal(numbers.cast(pa.string()), "")
            if pc.any(empty).as_py():
                high, _ = digests(rows, [name for name in columns if name != "record_id"])
                made = pa.array([f"auto-{bits:016x}" for bits in high.tolist()], pa.string())
                whole = pc.if_else(empty, made, numbers.cast(pa.string())).dictionary_encode()
                rows = rows.set_column(rows.schema.get_field_index("record_id"), "record_id", whole)
        high, low = digests(rows, columns)
        return rows.append_column("high", pa.array(high)).append_column("low", pa.array(low))

    def refuse(self, refused: pd.DataFrame) -> None:
        """Put refused rows."""
        self._keep("refused", refused)

    def note_repairs(self, repaired: pd.DataFrame) -> None:
        """Put what was repaired, for review."""
        self._keep("repaired", repaired)

    def note_corrections(self, corrections: pd.DataFrame) -> None:
        """Put which refused rows the rows of this file correct: ``row, docket, corrected``."""
        self._keep("corrections", corrections)

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None:
                self._close()
        finally:
            self._worker.shutdown()
            self.connection.execute("RESET threads")

    def _close(self) -> None:
        """Write down the number of rows, and what the file held whatever the order of its rows."""
        self._flush()
        self._flush()
        self._put_small()
        held = self.connection.execute(
            f"SELECT count(*), bit_xor(version), bit_xor(hash(version, known_on)) FROM s_{self.table.name} "
            f"WHERE file_id = {self.file_id}"
        ).fetchone()
        self.connection.execute(
            "UPDATE files SET rows = ?, content = ? WHERE file_id = ?", [self.rows, str(held), self.file_id]
        )

    def undo(self) -> None:
        """Take everything of this file out again."""
        for table in (f"s_{self.table.name}", "refused", "repaired", "corrections", "files"):
            self.connection.execute(f"DELETE FROM {table} WHERE file_id = ?", [self.file_id])

    def _keep(self, table: str, frame: pd.DataFrame) -> None:
        if len(frame):
            self._small.setdefault(table, []).append(frame)
            if sum(map(len, self._small[table])) >= _FLUSH:
                self._flush()
                self._flush()
                self._put_small()

    def _put_small(self) -> None:
        """Insert what is no accepted row; only while no other thread inserts."""
        for table, frames in self._small.items():
            frame = pd.concat(frames, ignore_index=True)
            self.connection.register("arrived", frame)
            columns = ", ".join(f'"{c}"' for c in frame.columns)
            self.connection.execute(f"INSERT INTO {table}(file_id, {columns}) SELECT {self.file_id}, * FROM arrived")
            self.connection.unregister("arrived")
        self._small.clear()


def _kept(table: Table) -> list[Column]:
    """What is content: everything but the clock of the row, which belongs to the sighting."""
    return [c for c in table.inputs if c.name != "known_on"]


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    found = connection.execute(sql).fetchone()
    assert found is not None
    return int(found[0])
