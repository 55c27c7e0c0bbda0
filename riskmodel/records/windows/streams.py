"""Event streams: the versions of a table's rows as integers, sorted by enterprise and day; in memory or in Parquet.

A stream holds what the windows over one table and clock read: the enterprise's index, the day, the days between which
a version is shown, a code for every text, fen for every amount. All executors read the same streams. A store is a
folder of streams with the registry; its row groups end where an enterprise ends, so that each can be worked on alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from riskmodel.errors import InputError
from riskmodel.records.panel import ALWAYS, NEVER, SHOWN_FROM, SHOWN_UNTIL, Panel, day_numbers
from riskmodel.records.windows.declared import Window

FIRM, ON, FROM, UNTIL = "firm", "event_day", "shown_from", "shown_until"
# Columns of codes have no value for missing and empty texts.
_NO_CODE = -1
# Rows of a row group, about; so many are held at a time by each thread.
_GROUP_ROWS = 500_000
_ENDS = frozenset(("open", "days_open"))
_CODED = frozenset(("distinct", "level_max", "level_last", "level_first"))


@dataclass(frozen=True)
class Stream:
    """The events of one table by one clock.

    Attributes
    ----------
    rows : pyarrow.Table or None
        ``firm``, ``event_day``, and where some version is not always shown ``shown_from`` and ``shown_until``; codes,
        fen (int64) and ends (int32) under the names of their columns. None: they lie in `file`.
    codes : mapping
        Column → its texts, in the order of their codes.
    starts : ndarray of int64
        Row at which each enterprise starts, and the number of rows at the end.
    file : Path or None
        Parquet file.
    """

    rows: pa.Table | None
    codes: Mapping[str, tuple[str, ...]]
    starts: np.ndarray
    file: Path | None = None

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(self.rows.column_names if self.rows is not None else self._footer.schema.names)

    @cached_property
    def _footer(self) -> pq.FileMetaData:
        """What the file says of itself; parsed once, since every part is read on its own."""
        return pq.read_metadata(self.file)

    @property
    def has_versions(self) -> bool:
        """Whether some version is not always shown."""
        return FROM in self.names

    def blocks(self) -> list[tuple[int, int, int]]:
        """(row group, first enterprise, enterprise after the last) of every part that can be worked on alone."""
        if self.file is None:
            return [(0, 0, len(self.starts) - 1)]
        sizes = (self._footer.row_group(group).num_rows for group in range(self._footer.num_row_groups))
        ends = np.cumsum([0, *sizes])
        firms = np.searchsorted(self.starts, ends, side="left")
        firms[-1] = len(self.starts) - 1
        return [(group, int(firms[group]), int(firms[group + 1])) for group in range(len(ends) - 1)]

    def read(self, group: int, columns: Sequence[str]) -> Mapping[str, np.ndarray]:
        """Columns of one part, as arrays."""
        if self.rows is not None:
            table = self.rows.select(list(columns))
        else:
            file = pq.ParquetFile(self.file, metadata=self._footer, memory_map=True)
            table = file.read_row_group(group, columns=list(columns), use_threads=False)
        return {name: table.column(name).to_numpy() for name in columns}


@dataclass(frozen=True)
class Store:
    """The registry and the streams over it.

    Attributes
    ----------
    entity_ids : ndarray of str
        Enterprises in the order of their index.
    registry : DataFrame
        Versions of registry rows: ``firm``, the columns of the registry, ``_shown_from``, ``_shown_until``.
    streams : mapping
        (table, clock) → stream.
    folder : Path or None
        Where it lies, if not in memory.
    """

    entity_ids: np.ndarray
    registry: pd.DataFrame
    streams: Mapping[tuple[str, str], Stream]
    folder: Path | None = None


def encode(panel: Panel, windows: Mapping[str, Window]) -> Store:
    """The streams that some windows read; events are shown while the registry has their enterprise, others left out."""
    registry = panel["enterprises"]
    ids = np.sort(registry["entity_id"].unique().astype(object))
    index = pd.Index(ids)
    keys = sorted({(w.table, w.clock) for w in windows.values()})
    life = registry.groupby("entity_id").agg({SHOWN_FROM: "min", SHOWN_UNTIL: "max"}).loc[ids].astype("int32")
    since, until = life[SHOWN_FROM].to_numpy(), life[SHOWN_UNTIL].to_numpy()
    streams = {
        key: _stream(
            panel[key[0]], key[1], index, (since, until), [w for w in windows.values() if (w.table, w.clock) == key]
        )
        for key in keys
    }
    placed = registry.assign(firm=index.get_indexer(registry["entity_id"]).astype("int32"))
    return Store(ids, placed.sort_values(["firm", SHOWN_FROM], kind="stable", ignore_index=True), streams)


def _stream(
    frame: pd.DataFrame,
    clock: str,
    index: pd.Index,
    life: tuple[np.ndarray, np.ndarray],
    windows: Sequence[Window],
) -> Stream:
    firms = index.get_indexer(pd.Index(frame["entity_id"]))
    days = day_numbers(frame[clock], ALWAYS)
    kept = (firms >= 0) & (days != ALWAYS)
    order = np.lexsort((days[kept], firms[kept]))
    rows = np.flatnonzero(kept)[order]
    firms = firms[rows].astype("int32")
    columns: dict[str, np.ndarray] = {FIRM: firms, ON: days[rows]}
    shown = (
        np.maximum(frame[SHOWN_FROM].to_numpy()[rows], life[0][firms]),
        np.minimum(frame[SHOWN_UNTIL].to_numpy()[rows], life[1][firms]),
    )
    if (shown[0] != ALWAYS).any() or (shown[1] != NEVER).any():
        columns |= {FROM: shown[0], UNTIL: shown[1]}
    codes: dict[str, tuple[str, ...]] = {}
    for name in sorted({w.column for w in windows if w.aggregate == "sum_yuan"}):
        columns[name] = np.rint(frame[name].fillna(0).to_numpy()[rows] * 100).astype("int64")
    for name in sorted({w.column for w in windows if w.aggregate in _ENDS}):
        columns[name] = day_numbers(frame[name], NEVER)[rows]
    for name in sorted({c for w in windows for c in _coded(w)}):
        columns[name], codes[name] = _codes(frame[name].iloc[rows])
    starts = np.searchsorted(firms, np.arange(len(index) + 1)).astype("int64")
    return Stream(pa.table({name: pa.array(values) for name, values in columns.items()}), codes, starts)


def _coded(window: Window) -> set[str]:
    ranked = {window.column} if window.aggregate in _CODED else set()
    return {*window.where, *ranked, *({"team"} if window.aggregate == "expected" else ())}


def _codes(texts: pd.Series) -> tuple[np.ndarray, tuple[str, ...]]:
    codes, words = pd.factorize(texts.astype("object").where(texts.notna() & (texts != ""), None), sort=True)
    small = "int8" if len(words) < 2**7 else "int16" if len(words) < 2**15 else "int32"
    return codes.astype(small), tuple(str(word) for word in words)


def write(store: Store, folder: Path) -> Store:
    """Write a store as Parquet; returns it as it lies there.

    Parameters
    ----------
    store : Store
        In memory.
    folder : Path
        A new or empty folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    store.registry.to_parquet(folder / "registry.parquet", index=False)
    pq.write_table(pa.table({"entity_id": pa.array(store.entity_ids, pa.string())}), folder / "enterprises.parquet")
    streams = {}
    for (table, clock), stream in store.streams.items():
        file = folder / f"{table}.{clock}.parquet"
        write_stream(stream, file)
        streams[table, clock] = Stream(None, stream.codes, stream.starts, file)
    return Store(store.entity_ids, store.registry, streams, folder)


def write_stream(stream: Stream, file: Path, *, group_rows: int = _GROUP_ROWS) -> None:
    """Write one stream: row groups end where an enterprise ends, and an index says where each enterprise starts."""
    meta = {b"codes": json.dumps(stream.codes, ensure_ascii=False).encode()}
    table = (stream.rows or pa.table({})).replace_schema_metadata(meta)
    cuts = _cuts(stream.starts, group_rows)
    with pq.ParquetWriter(file, table.schema, compression="lz4", use_dictionary=_dictionary(table)) as writer:
        for first, last in zip(cuts[:-1], cuts[1:], strict=True):
            writer.write_table(table.slice(first, last - first), row_group_size=max(last - first, 1))
    pq.write_table(pa.table({"start": pa.array(stream.starts)}), file.with_suffix(".index"), compression="lz4")


def read_store(folder: Path) -> Store:
    """Open a store that `write` made.

    Raises
    ------
    InputError
        If the folder holds none (RM-INP-002).
    """
    if not (folder / "enterprises.parquet").is_file():
        raise InputError("RM-INP-002", where=str(folder), found="-")
    streams = {}
    for file in sorted(folder.glob("*.*.parquet")):
        table, clock = file.stem.split(".")
        streams[table, clock] = open_stream(file)
    ids = pq.read_table(folder / "enterprises.parquet").column("entity_id").to_numpy()
    return Store(ids, pd.read_parquet(folder / "registry.parquet"), streams, folder)


def open_stream(file: Path) -> Stream:
    """A stream that `write_stream` made; its events stay in the file."""
    codes = json.loads((pq.read_schema(file).metadata or {}).get(b"codes", b"{}"))
    starts = pq.read_table(file.with_suffix(".index")).column("start").to_numpy()
    return Stream(None, {name: tuple(words) for name, words in codes.items()}, starts, file)


def _cuts(starts: np.ndarray, group_rows: int) -> list[int]:
    """Rows at which row groups begin: the first enterprise's start after each multiple of the size."""
    total = int(starts[-1])
    wanted = np.arange(0, total + group_rows, group_rows)
    cuts = np.unique(starts[np.searchsorted(starts, wanted[wanted < total], side="left")])
    return [*(int(cut) for cut in cuts if cut < total), total] if total else [0, 0]


def _dictionary(table: pa.Table) -> list[str]:
    """Narrow columns are stored as dictionaries; others as they are, which reads faster."""
    return [f.name for f in table.schema if f.type in (pa.int8(), pa.int16())]
