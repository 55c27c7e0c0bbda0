"""Windows over events: declarations of what is counted, and their execution by DuckDB in one scan a table.

Money is summed in integer fen and decay weights are integers (millionths), so that results do not depend on the
order of rows or the number of threads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import duckdb
import pandas as pd

from riskmodel.records.known import Known

Aggregate = Literal["count", "sum_yuan", "distinct", "days_since", "decayed", "open"]
# Millionths: the unit of decay weights.
_UNIT = 1_000_000


@dataclass(frozen=True)
class Window:
    """What is aggregated over the events of one enterprise.

    Attributes
    ----------
    table : str
        Table of events.
    clock : str
        Column of the day that places an event in the window.
    aggregate : str
        ``count`` of events; ``sum_yuan`` and ``distinct`` values of `column`; ``days_since`` the last event;
        ``decayed`` count with half-life `half_life_days`; ``open`` = 1 if an event has no `column` (end) yet.
    column : str, optional
        What is summed, counted distinct, or the end of an open event.
    days : int, optional
        Length of the window, the as-of day included; without it all events count.
    where : mapping, optional
        Column → values of the events that count.
    half_life_days : int, optional
        Age at which an event counts half.
    """

    table: str
    clock: str
    aggregate: Aggregate
    column: str = ""
    days: int | None = None
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    half_life_days: int = 180


def execute(known: Known, windows: Mapping[str, Window]) -> pd.DataFrame:
    """All windows for every enterprise: ``entity_id`` and one float column a window.

    Counts and sums are 0 without events, ``days_since`` is missing.
    """
    result = known["enterprises"][["entity_id"]]
    with duckdb.connect() as connection:
        for table in sorted({w.table for w in windows.values()}):
            mine = {name: w for name, w in windows.items() if w.table == table}
            connection.register("events", known[table])
            columns = ",\n  ".join(f'{_aggregate(w, known)} AS "{name}"' for name, w in mine.items())
            sql = f"SELECT entity_id,\n  {columns}\nFROM events GROUP BY entity_id ORDER BY entity_id"
            result = result.merge(connection.sql(sql).df(), on="entity_id", how="left")
            connection.unregister("events")
    result = result[["entity_id", *windows]]
    zero = [name for name, w in windows.items() if w.aggregate != "days_since"]
    return result.fillna(dict.fromkeys(zero, 0)).astype(dict.fromkeys(windows, "float64"))


def matching(known: Known, window: Window, entities: Sequence[str]) -> pd.DataFrame:
    """The events behind a window: ``entity_id, record_id, on, authority``, newest first within an enterprise."""
    with duckdb.connect() as connection:
        connection.register("events", known[window.table])
        connection.register("wanted", pd.DataFrame({"entity_id": pd.Series(entities, dtype="str")}))
        authority = "authority" if "authority" in known[window.table] else "''"
        condition = _condition(window, known)
        if window.aggregate == "open":
            condition += f" AND {window.column} IS NULL"
        rows: pd.DataFrame = connection.sql(
            f"SELECT entity_id, record_id, CAST({window.clock} AS DATE) AS day, {authority} AS authority "
            f"FROM events SEMI JOIN wanted USING (entity_id) WHERE {condition} "
            "ORDER BY entity_id, day DESC, record_id"
        ).df()
    return rows.rename(columns={"day": "on"})


def _aggregate(window: Window, known: Known) -> str:
    only = f"FILTER (WHERE {_condition(window, known)})"
    age = f"date_diff('day', {window.clock}, {_day(known)})"
    if window.aggregate == "count":
        return f"count(*) {only}"
    if window.aggregate == "sum_yuan":
        return f"sum(CAST(round({window.column} * 100) AS BIGINT)) {only} / 100.0"
    if window.aggregate == "distinct":
        return f"count(DISTINCT nullif({window.column}, '')) {only}"
    if window.aggregate == "days_since":
        return f"min({age}) {only}"
    if window.aggregate == "open":
        return f"CAST(count(*) FILTER (WHERE {_condition(window, known)} AND {window.column} IS NULL) > 0 AS INTEGER)"
    weight = f"CAST(round({_UNIT} * pow(0.5, {age} / {float(window.half_life_days)})) AS BIGINT)"
    return f"sum({weight}) {only} / {float(_UNIT)}"


def _condition(window: Window, known: Known) -> str:
    parts = [f"{window.clock} <= {_day(known)}"]
    if window.days is not None:
        parts.append(f"{window.clock} > {_day(known)} - INTERVAL {window.days} DAY")
    parts += [f"{column} IN ({', '.join(map(_quoted, values))})" for column, values in window.where.items()]
    return " AND ".join(parts)


def _day(known: Known) -> str:
    return f"TIMESTAMP '{known.as_of} 00:00:00'"


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
