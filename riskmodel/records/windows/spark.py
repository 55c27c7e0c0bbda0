"""The portable executor on Spark: the same statements over a store in Parquet that driver and workers all see.

The only module that knows Spark. Nothing is collected but the counts of teams and, by `collect`, a finished table.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from riskmodel.errors import RunError
from riskmodel.records.windows.combine import AS_OF, ENTITY, FIRM, combine, registry_of, windows_of
from riskmodel.records.windows.declared import Declaration, GroupShare, Window, parts
from riskmodel.records.windows.statements import calendar, select, select_teams, shares, without_events
from riskmodel.records.windows.streams import Store, Stream, write
from riskmodel.records.windows.strictness import expected_shares, of_frame

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# How the statements name what they read; Spark puts the data frames there.
_TABLES = {"events": "{events}", "calendar": "{calendar}", "shares": "{shares}"}


@contextmanager
def session(master: str = "local[*]", *, memory: str = "4g") -> Iterator[SparkSession]:
    """A Spark session, stopped at the end unless it ran before.

    Parameters
    ----------
    master : str
        ``local[*]``, or the address of a cluster (``spark://host:7077``). Python on the workers is that of the
        driver unless ``PYSPARK_PYTHON`` names another.
    memory : str
        Memory of the driver, which does all the work where `master` is local.

    Raises
    ------
    RunError
        If pyspark or Java is missing (RM-RUN-004).
    """
    _check_installed()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("PYSPARK_DRIVER_PYTHON", sys.executable)
    with warnings.catch_warnings():
        # the tests hold what is used here to pandas 3
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        from pyspark.sql import SparkSession

        running = SparkSession.getActiveSession()
        if running is not None:
            yield running
            return
        builder = SparkSession.builder.appName("riskmodel").master(master)
        for name, value in _settings(master, memory).items():
            builder = builder.config(name, value)
        started = builder.getOrCreate()
        try:
            started.sparkContext.setLogLevel("ERROR")
            yield started
        finally:
            started.stop()


def features(session: SparkSession, store: Store, days: np.ndarray, declared: Mapping[str, Declaration]) -> DataFrame:
    """Declarations for every enterprise that the registry had, on every day, as a Spark data frame.

    Parameters
    ----------
    session : SparkSession
        Where to compute.
    store : Store
        Written by `streams.write` to a folder that driver and workers see under the same path.
    days : ndarray of int32
        As-of days, counted from 1970-01-01, ascending.
    declared : mapping
        What to compute, by name.

    Returns
    -------
    DataFrame
        ``as_of`` (date), ``entity_id`` and one double a declaration (missing: null), in no order.
    """
    from pyspark.sql import functions as F

    frame = _windows(session, store, days, declared)
    if any(parts(how) for how in declared.values()):
        frame = nw.to_native(combine(nw.from_native(frame), declared))
    day = F.date_add(F.lit("1970-01-01").cast("date"), F.col(AS_OF)).alias(AS_OF)
    return frame.select(day, ENTITY, *(F.col(name).cast("double").alias(name) for name in declared))


def only(session: SparkSession, frame: DataFrame, wanted: pd.DataFrame) -> DataFrame:
    """Rows of some enterprises (a frame with one column, the same in both)."""
    names = [str(name) for name in wanted]
    return frame.join(_frame(session, pa.Table.from_pandas(wanted, preserve_index=False)), names, "left_semi")


def collect(store: Store, days: np.ndarray, declared: Mapping[str, Declaration]) -> pd.DataFrame:
    """The table of `compute` by Spark on this machine: sorted, in memory."""
    with tempfile.TemporaryDirectory() as folder, session() as running:
        kept = store if store.folder is not None else write(store, Path(folder))
        table = features(running, kept, days, declared).toArrow().to_pandas()
    ordered: pd.DataFrame = table.sort_values([AS_OF, ENTITY], ignore_index=True)
    return ordered.astype({AS_OF: "datetime64[s]", ENTITY: "str"})


def _windows(session: SparkSession, store: Store, days: np.ndarray, declared: Mapping[str, Declaration]) -> DataFrame:
    """The registry's rows with all windows; written once, because groups read it again and again."""
    windows = windows_of(declared)
    frame = _registry_rows(session, store, days, declared)
    for key, stream in store.streams.items():
        mine = {name: w for name, w in windows.items() if (w.table, w.clock) == key}
        if mine:
            frame = frame.join(_values(session, stream, mine, days), [AS_OF, FIRM], "left")
    frame = frame.fillna({name: 0.0 for name, w in windows.items() if without_events(w) == 0})
    if not any(isinstance(how, GroupShare) for how in declared.values()):
        return frame
    place = _place(store, "windows", days, declared)
    frame.write.mode("overwrite").parquet(place.as_uri())
    return session.read.parquet(place.as_uri())


def _values(session: SparkSession, stream: Stream, windows: Mapping[str, Window], days: np.ndarray) -> DataFrame:
    """Windows over one stream, of the enterprises that have events."""
    declared = list(windows.values())
    tables: dict[str, Any] = {
        "events": _events(session, stream),
        "calendar": _frame(session, calendar(stream, declared, days)),
    }
    asking = [window for window in declared if window.aggregate == "expected"]
    if asking:
        tables["shares"] = _frame(session, shares(_expectation(session, stream, asking[0], days), days))
    values = session.sql(select(stream, declared, days, _TABLES), **tables)
    return values.withColumnsRenamed({f"w{place}": name for place, name in enumerate(windows)})


def _expectation(session: SparkSession, stream: Stream, window: Window, days: np.ndarray) -> np.ndarray:
    tables: dict[str, Any] = {
        "events": _events(session, stream),
        "calendar": _frame(session, calendar(stream, (), days)),
    }
    counts = session.sql(select_teams(stream, window, _TABLES), **tables).toArrow().to_pandas()
    visits, found = of_frame(counts, days, len(stream.codes["team"]))
    return expected_shares(visits, found, stream.codes["team"])


def _registry_rows(
    session: SparkSession, store: Store, days: np.ndarray, declared: Mapping[str, Declaration]
) -> DataFrame:
    """Rows of the registry by day, written beside the streams, a row group a day."""
    place, writer = _place(store, "registry", days, declared), None
    try:
        for day in days:
            rows = registry_of(store.registry, np.array([day]), declared)
            rows[ENTITY] = pd.Series(store.entity_ids[rows[FIRM].to_numpy()], dtype="str")
            table = pa.Table.from_pandas(rows, preserve_index=False)
            writer = writer or pq.ParquetWriter(place, table.schema)
            writer.write_table(table)
    finally:
        if writer:
            writer.close()
    return session.read.parquet(place.as_uri())


def _place(store: Store, what: str, days: np.ndarray, declared: Mapping[str, Declaration]) -> Path:
    """Place of something beside the streams that belongs to some days and declarations."""
    assert store.folder is not None
    named = hashlib.sha256(days.tobytes() + repr(sorted(declared.items())).encode()).hexdigest()[:16]
    return (store.folder / f"{what}-{named}.parquet").resolve()


def _events(session: SparkSession, stream: Stream) -> DataFrame:
    assert stream.file is not None
    return session.read.parquet(stream.file.resolve().as_uri())


def _frame(session: SparkSession, table: pa.Table) -> DataFrame:
    return session.createDataFrame(table)


def _settings(master: str, memory: str) -> dict[str, str]:
    """What riskmodel sets; the rest is the cluster's (`spark-defaults.conf`, ``PYSPARK_SUBMIT_ARGS``)."""
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": memory,
        "spark.sql.execution.arrow.pyspark.enabled": "true",
    }
    if master.startswith("local"):
        settings["spark.sql.shuffle.partitions"] = str(2 * (os.cpu_count() or 1))
    if master.startswith("local") or "//127.0.0.1:" in master:
        settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    return settings


def _check_installed() -> None:
    if importlib.util.find_spec("pyspark") is None:
        raise RunError("RM-RUN-004", where="--engine spark", found="pyspark: -")
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java", path=f"{home}/bin" if home else None) is None:
        raise RunError("RM-RUN-004", where="--engine spark", found="java: -")
