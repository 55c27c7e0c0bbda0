"""The twelve windows of the benchmark: as declarations, and as SQL written by hand for DuckDB and for Spark.

What the hand writes is the fastest form that we know (`shared/stack.md`): events joined to a calendar by day, whole
numbers added up, a set of kinds as bits. Every function takes the folder of the event store and the number of dates,
and returns the sum of the first window, so that results can be compared.
"""

from __future__ import annotations

import atexit
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from riskmodel.records.windows import spark, statements
from riskmodel.records.windows.declared import Window
from riskmodel.records.windows.statements import select
from riskmodel.records.windows.streams import read_store

_OPEN = ExitStack()
atexit.register(_OPEN.close)
LAST = int(np.datetime64("2025-12-31", "D").astype("int64"))
FILE = "penalties.decided_on.parquet"
# Codes of the kinds (``k00``, ``k01``, …) that count as serious and as general.
CASES = {"serious": (0, 1), "general": (2, 3, 4, 5)}


def _window(aggregate: str, column: str = "", days: int | None = 730, kinds: str = "") -> Window:
    where = {"violation": tuple(f"k{code:02d}" for code in CASES[kinds])} if kinds else {}
    return Window("penalties", "decided_on", aggregate, column, days, where)  # type: ignore[arg-type]


WINDOWS = {
    **{f"count_{days}d": _window("count", days=days) for days in (30, 90, 180, 365, 730)},
    **{f"serious_{days}d": _window("count", days=days, kinds="serious") for days in (365, 730)},
    "fine_yuan_365d": _window("sum_yuan", "fine_yuan", 365),
    "fine_yuan_general_730d": _window("sum_yuan", "fine_yuan", kinds="general"),
    "decayed": _window("decayed"),
    "days_since": _window("days_since"),
    "kinds_730d": _window("distinct", "violation"),
}
# One text for both engines; Spark reads the hint, DuckDB takes it for a comment.
_BY_HAND = """
SELECT /*+ BROADCAST(c) */ firm, {day} AS as_of,
  CAST(COUNT(*) FILTER (WHERE age < 30) AS DOUBLE) AS w0,
  CAST(COUNT(*) FILTER (WHERE age < 90) AS DOUBLE) AS w1,
  CAST(COUNT(*) FILTER (WHERE age < 180) AS DOUBLE) AS w2,
  CAST(COUNT(*) FILTER (WHERE age < 365) AS DOUBLE) AS w3,
  CAST(COUNT(*) AS DOUBLE) AS w4,
  CAST(COUNT(*) FILTER (WHERE violation IN (0, 1) AND age < 365) AS DOUBLE) AS w5,
  CAST(COUNT(*) FILTER (WHERE violation IN (0, 1)) AS DOUBLE) AS w6,
  CAST(COALESCE(CAST(SUM(fine_yuan) FILTER (WHERE age < 365) AS BIGINT), 0) AS DOUBLE) / 1e2 AS w7,
  CAST(COALESCE(CAST(SUM(fine_yuan) FILTER (WHERE violation IN (2, 3, 4, 5)) AS BIGINT), 0) AS DOUBLE) / 1e2 AS w8,
  CAST(CAST(SUM(weight) AS BIGINT) AS DOUBLE) / 1e6 AS w9,
  CAST(MIN(age) AS DOUBLE) AS w10,
  CAST(BIT_COUNT(BIT_OR(CAST(1 AS BIGINT) << violation)) AS DOUBLE) AS w11
FROM {events} e JOIN {calendar} c ON e.event_day = c.event_day
GROUP BY firm{more}
"""


def days(count: int) -> np.ndarray:
    """So many quarterly as-of days up to the last day of the events."""
    return np.array([LAST - 91 * back for back in range(count - 1, -1, -1)], dtype="int32")


def calendar(as_of: np.ndarray) -> pa.Table:
    """Every as-of day with the 730 days before it, their ages and weights."""
    age = np.tile(np.arange(730, dtype="int32"), len(as_of))
    day = np.repeat(as_of, 730)
    weight = np.rint(1_000_000 * np.exp2(-age / 180)).astype("int64")
    return pa.table({"event_day": day - age, "as_of": day, "age": age, "weight": weight})


def duckdb_hand(folder: Path, count: int) -> float:
    """DuckDB, all dates in one calendar join."""
    return _duckdb(folder, [days(count)])


def duckdb_per_date(folder: Path, count: int) -> float:
    """DuckDB, one scan a date."""
    return _duckdb(folder, [days(count)[at : at + 1] for at in range(count)])


def duckdb_generated(folder: Path, count: int) -> float:
    """DuckDB, the statement made from the declarations, its rows left as those of `duckdb_hand`."""
    stream, as_of = read_store(folder).streams["penalties", "decided_on"], days(count)
    declared = list(WINDOWS.values())
    text = select(stream, declared, as_of, {"events": "events", "calendar": "calendar"})
    return _rows(folder, [(text, statements.calendar(stream, declared, as_of))])


def spark_hand(folder: Path, count: int) -> float:
    """Spark on this machine, all dates in one calendar join."""
    events = _session().read.parquet((folder / FILE).resolve().as_uri())
    dates = _session().createDataFrame(calendar(days(count)))
    text = _BY_HAND.format(day="as_of", more=", as_of", events="{events}", calendar="{calendar}")
    return _finished(_session().sql(text, events=events, calendar=dates))


def spark_generated(folder: Path, count: int) -> float:
    """Spark on this machine, the statement made from the declarations."""
    stream = read_store(folder).streams["penalties", "decided_on"]
    values = spark._values(_session(), stream, WINDOWS, days(count))
    return _finished(values.withColumnRenamed(next(iter(WINDOWS)), "w0"))


def _duckdb(folder: Path, rounds: list[np.ndarray]) -> float:
    names = {"events": "events", "calendar": "calendar"}
    made = []
    for part in rounds:
        many = len(part) > 1
        text = _BY_HAND.format(day="as_of" if many else int(part[0]), more=", as_of" if many else "", **names)
        made.append((text, calendar(part)))
    return _rows(folder, made)


def _rows(folder: Path, rounds: list[tuple[str, pa.Table]]) -> float:
    """Run statements, each with its calendar, and take all their rows."""
    import duckdb

    total = 0.0
    with duckdb.connect(config={"memory_limit": "4GB", "temp_directory": str(folder / "spill")}) as connection:
        connection.execute("SET preserve_insertion_order = false")
        connection.read_parquet(str(folder / FILE)).create_view("events")
        for text, dates in rounds:
            connection.register("calendar", dates)
            total += float(connection.execute(text).fetchnumpy()["w0"].sum())
    return total


@cache
def _session() -> Any:
    """One session for all repetitions; it ends with the process."""
    return _OPEN.enter_context(spark.session("local[2]", memory="8g"))


def _finished(frame: Any) -> float:
    """Compute a whole frame, throw it away, and tell the sum of the first window on the way."""
    from pyspark.sql import Observation
    from pyspark.sql import functions as F

    seen = Observation()
    frame.observe(seen, F.sum("w0").alias("total")).write.format("noop").mode("overwrite").save()
    return float(seen.get["total"])
