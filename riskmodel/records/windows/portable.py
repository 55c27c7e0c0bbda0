"""The portable executor on DuckDB: the statements of `statements`, with a memory limit and spilling."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import duckdb
import numpy as np

from riskmodel.records.windows.declared import Window
from riskmodel.records.windows.statements import calendar, select, shares, without_events
from riskmodel.records.windows.streams import FIRM, Store, Stream

Progress = Callable[[int, int], None]
_TABLES = {"events": "events", "calendar": "calendar", "shares": "shares"}
# Values (windows × days × enterprises) above which days are worked on one after the other: flat memory, more scans.
_CELLS = 200_000_000


def execute(
    store: Store,
    windows: Mapping[str, Window],
    days: np.ndarray,
    *,
    expected: np.ndarray | None = None,
    progress: Progress | None = None,
    memory_limit: str = "4GB",
) -> np.ndarray:
    """All windows of all enterprises by SQL on DuckDB.

    Parameters
    ----------
    store : Store
        In memory or in Parquet.
    windows : mapping
        Declarations.
    days : ndarray of int32
        As-of days, counted from 1970-01-01, ascending.
    expected : ndarray of int64, shape (days, teams), optional
        Expected share of problems of every team, in millionths (`strictness.expected_shares`).
    progress : callable, optional
        Called with enterprises done and enterprises in all.
    memory_limit : str
        What DuckDB may hold; more is spilled to a temporary folder.

    Returns
    -------
    ndarray of float64, shape (windows, days, enterprises)
        Bit for bit what `local.execute` gives.
    """
    names, size = list(windows), len(store.entity_ids)
    out = np.zeros((len(names), len(days), size))
    for place, window in enumerate(windows.values()):
        if without_events(window) != 0:
            out[place] = without_events(window)
    rounds = [slice(None)] if out.size <= _CELLS else [slice(at, at + 1) for at in range(len(days))]
    read = {(w.table, w.clock): store.streams[w.table, w.clock] for w in windows.values()}
    done, total = 0, len(read) * len(rounds) * size
    with tempfile.TemporaryDirectory() as spill, _connect(spill, memory_limit) as connection:
        for key, stream in read.items():
            mine = [name for name, w in windows.items() if (w.table, w.clock) == key]
            declared, places = [windows[name] for name in mine], [names.index(name) for name in mine]
            _register_events(connection, stream)
            for part in rounds:
                if expected is not None:
                    connection.register("shares", shares(expected[part], days[part]))
                _fill(connection, stream, declared, days[part], out[:, part], places)
                done += size
                if progress:
                    progress(done, total)
    return out


def _fill(
    connection: duckdb.DuckDBPyConnection,
    stream: Stream,
    windows: Sequence[Window],
    days: np.ndarray,
    out: np.ndarray,
    places: Sequence[int],
) -> None:
    connection.register("calendar", calendar(stream, windows, days))
    rows = connection.sql(select(stream, windows, days, _TABLES)).to_arrow_table()
    day, firm = (rows.column(name).to_numpy() for name in ("as_of", FIRM))
    at = np.searchsorted(days, day) * out.shape[2] + firm

    def fill(number: int, place: int) -> None:  # a missing value comes as NaN
        out[place].reshape(-1)[at] = rows.column(f"w{number}").to_numpy()

    with ThreadPoolExecutor() as pool:
        list(pool.map(fill, range(len(places)), places))


def _connect(spill: str, memory_limit: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"memory_limit": memory_limit, "temp_directory": spill})
    connection.execute("SET preserve_insertion_order = false")
    return connection


def _register_events(connection: duckdb.DuckDBPyConnection, stream: Stream) -> None:
    if stream.rows is not None:
        connection.register("events", stream.rows)
    else:
        connection.read_parquet(str(stream.file)).create_view("events")
