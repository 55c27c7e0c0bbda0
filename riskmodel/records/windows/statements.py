"""Windows as SQL: one text that DuckDB and Spark both run, over a stream's events and a calendar.

The calendar has a row for every as-of day and every day on which an event of its windows can lie, so that engines need
no date arithmetic and no range join. Whole numbers are added up and divided once at the end, as the kernel does; an
enterprise without events has no row (see `without_events`), a missing value is NULL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from riskmodel.records.windows.declared import LEVELS, MISSING, Window
from riskmodel.records.windows.program import decay_weights
from riskmodel.records.windows.streams import FIRM, FROM, ON, UNTIL, Stream
from riskmodel.records.windows.strictness import FOUND

# A set of so many codes fits the bits of one whole number, beside the bit of missing ones.
_BITS = 62
# A newest or oldest event and its level in one number, as in the kernel: age × 16 + level.
_PACK = 16
# Days beyond which the calendar lists only those that occur (a record dated 1 January 1 would make it long).
_LONG = 200 * 366
_SPANNING = frozenset(("open", "days_open"))


def select(stream: Stream, windows: Sequence[Window], days: np.ndarray, tables: Mapping[str, str]) -> str:
    """The query of some windows over one stream: ``as_of``, ``firm`` and a double a window, ``w0``, ``w1``, ….

    Parameters
    ----------
    stream : Stream
        Events.
    windows : sequence of Window
        Declarations over this stream.
    days : ndarray of int32
        As-of days; those of the calendar.
    tables : mapping
        What the engine calls ``events``, ``calendar`` and ``shares``.
    """
    reach = longest(windows)
    values = [_value(w, stream.codes, reach) for w in windows]
    expected = any(w.aggregate == "expected" for w in windows)
    shares = f"LEFT JOIN {tables['shares']} s ON s.as_of = c.as_of AND s.team = e.team" if expected else ""
    day = "c.as_of" if len(days) > 1 else str(int(days[0]))
    columns = [f"{day} AS as_of", f"e.{FIRM} AS firm", *(f"{value} AS w{place}" for place, value in enumerate(values))]
    return "\n".join((
        f"SELECT /*+ BROADCAST(c{', s' if expected else ''}) */ " + ",\n  ".join(columns),
        f"FROM {tables['events']} e JOIN {tables['calendar']} c ON e.{ON} = c.event_day {shares}",
        _where(_shown(stream)),
        f"GROUP BY e.{FIRM}" + (", c.as_of" if len(days) > 1 else ""),
    ))  # fmt: skip


def select_teams(stream: Stream, window: Window, tables: Mapping[str, str]) -> str:
    """The query of every team's visits: ``as_of``, ``team``, ``visits`` and ``found`` (a problem); see `strictness`."""
    column, value = FOUND
    fine = [*_shown(stream), "e.team >= 0", *_fits(window, stream.codes)]
    found = _code_in(column, (value,), stream.codes)
    return "\n".join((
        f"SELECT /*+ BROADCAST(c) */ c.as_of, e.team, COUNT(*) AS visits, COUNT(*) FILTER (WHERE {found}) AS found",
        f"FROM {tables['events']} e JOIN {tables['calendar']} c ON e.{ON} = c.event_day",
        _where(fine),
        "GROUP BY c.as_of, e.team",
    ))  # fmt: skip


def calendar(stream: Stream, windows: Sequence[Window], days: np.ndarray) -> pa.Table:
    """``event_day, as_of, age`` and the weights of decayed counts, for the windows over a stream; none: all ages."""
    reach, occur = longest(windows), event_days(stream)
    as_of, event_day = (column.ravel() for column in np.meshgrid(days.astype("int32"), occur, indexing="ij"))
    age = as_of - event_day
    kept = (age >= 0) & (age < (reach if reach is not None else 2**31 - 1))
    columns = {"event_day": event_day[kept], "as_of": as_of[kept], "age": age[kept]}
    for half_life in sorted({w.half_life_days for w in windows if w.aggregate == "decayed"}):
        weights = decay_weights(half_life, int(columns["age"].max(initial=0)) + 1)
        columns[_weight(half_life)] = weights[columns["age"]]
    return pa.table(columns)


def shares(expected: np.ndarray, days: np.ndarray) -> pa.Table:
    """Expected shares of teams as ``as_of, team, share``, from those of shape (days, teams)."""
    as_of, team = np.meshgrid(days.astype("int32"), np.arange(expected.shape[1], dtype="int32"), indexing="ij")
    return pa.table({"as_of": as_of.ravel(), "team": team.ravel(), "share": expected.ravel()})


def longest(windows: Sequence[Window]) -> int | None:
    """Days after which no window reads an event; None where one reads all."""
    lengths = [None if w.aggregate in _SPANNING else w.days for w in windows]
    finite = [length for length in lengths if length is not None]
    return max(finite) if finite and len(finite) == len(lengths) else None


def event_days(stream: Stream) -> np.ndarray:
    """Days on which events of a stream can lie (int32), ascending."""
    if stream.starts[-1] == 0:
        return np.empty(0, dtype="int32")
    if stream.rows is not None:
        bounds = pc.min_max(stream.rows.column(ON)).as_py()
        first, last = bounds["min"], bounds["max"]
    else:
        file = pq.ParquetFile(stream.file)
        groups = [file.metadata.row_group(group) for group in range(file.num_row_groups)]
        known = [group.column(stream.names.index(ON)).statistics for group in groups if group.num_rows]
        first, last = min(part.min for part in known), max(part.max for part in known)
    if last - first <= _LONG:
        return np.arange(first, last + 1, dtype="int32")
    parts = [np.unique(stream.read(group, [ON])[ON]) for group, _, _ in stream.blocks()]
    return np.unique(np.concatenate(parts)).astype("int32")


def without_events(window: Window) -> float:
    """Value of a window of an enterprise without events."""
    return np.nan if window.aggregate in MISSING else 0.0


def _value(window: Window, codes: Mapping[str, Sequence[str]], reach: int | None) -> str:
    """A window as an aggregate in its unit."""
    kind = window.aggregate
    if kind == "distinct":
        return _distinct(window, codes, reach)
    if kind.startswith("level_"):
        return _level(window, codes, reach)
    fine = _filter(_conditions(window, codes, reach))
    if kind == "count":
        return _double(f"COUNT(*){fine}")
    if kind == "open":
        over = f"e.{window.column} > c.as_of"
        return _double(f"COALESCE(MAX(1){_filter([over, *_conditions(window, codes, reach)])}, 0)")
    if kind in ("days_since", "days_since_first"):
        return _double(f"{'MIN' if kind == 'days_since' else 'MAX'}(c.age){fine}")
    added, unit = {
        "sum_yuan": (f"e.{window.column}", "1e2"),
        "decayed": (f"c.{_weight(window.half_life_days)}", "1e6"),
        "expected": ("s.share", "1e6"),
        "days_open": (_days_open(window), "1e0"),
    }[kind]
    return _double(f"COALESCE(CAST(SUM({added}){fine} AS BIGINT), 0)") + f" / {unit}"


def _distinct(window: Window, codes: Mapping[str, Sequence[str]], reach: int | None) -> str:
    """Distinct codes as bits; bit 0 is that of missing ones, and is pushed out at the end."""
    conditions = _conditions(window, codes, reach)
    if len(codes[window.column]) > _BITS:
        fine = _filter([f"e.{window.column} >= 0", *conditions])
        return _double(f"COUNT(DISTINCT e.{window.column}){fine}")
    bits = f"BIT_OR(CAST(1 AS BIGINT) << (e.{window.column} + 1)){_filter(conditions)}"
    return _double(f"BIT_COUNT(COALESCE({bits}, 0) >> 1)")


def _level(window: Window, codes: Mapping[str, Sequence[str]], reach: int | None) -> str:
    order, words = LEVELS[window.column], list(codes[window.column])
    places = {words.index(word): order.index(word) + 1 for word in order if word in words}
    if not places:
        return "0e0"
    cases = " ".join(f"WHEN {code} THEN {level}" for code, level in places.items())
    level = f"(CASE e.{window.column} {cases} END)"
    ranked = f"e.{window.column} IN ({', '.join(str(code) for code in places)})"
    fine = _filter([ranked, *_conditions(window, codes, reach)])
    if window.aggregate == "level_max":
        return _double(f"COALESCE(MAX({level}){fine}, 0)")
    if window.aggregate == "level_first":
        return _double(f"COALESCE(MAX(c.age * {_PACK} + {level}){fine}, 0) % {_PACK}")
    newest = f"MIN(c.age * {_PACK} + {_PACK - 1} - {level}){fine}"
    return _double(f"{_PACK - 1} - COALESCE({newest}, {_PACK - 1}) % {_PACK}")


def _days_open(window: Window) -> str:
    """Days from the later of the event and the window's first day to the earlier of its end and the as-of day."""
    begun = f"e.{ON}" if window.days is None else f"GREATEST(e.{ON}, c.as_of - {window.days - 1})"
    return f"GREATEST(LEAST(e.{window.column}, c.as_of + 1) - {begun}, 0)"


def _conditions(window: Window, codes: Mapping[str, Sequence[str]], reach: int | None) -> list[str]:
    """What an event must be to count, but for what the calendar sees to."""
    short = window.days is not None and window.days != reach and window.aggregate != "days_open"
    return [*([f"c.age < {window.days}"] if short else []), *_fits(window, codes)]


def _fits(window: Window, codes: Mapping[str, Sequence[str]]) -> list[str]:
    return [_code_in(column, values, codes) for column, values in window.where.items()]


def _code_in(column: str, values: Sequence[str], codes: Mapping[str, Sequence[str]]) -> str:
    place = {word: code for code, word in enumerate(codes[column])} | {"": -1}
    wanted = sorted({place[value] for value in values if value in place})
    return f"e.{column} IN ({', '.join(str(code) for code in wanted)})" if wanted else "FALSE"


def _shown(stream: Stream) -> list[str]:
    return [f"e.{FROM} <= c.as_of", f"e.{UNTIL} > c.as_of"] if stream.has_versions else []


def _weight(half_life: int) -> str:
    return f"weight_{half_life}"


def _filter(conditions: Sequence[str]) -> str:
    return f" FILTER (WHERE {' AND '.join(conditions)})" if conditions else ""


def _where(conditions: Sequence[str]) -> str:
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


def _double(whole: str) -> str:
    return f"CAST({whole} AS DOUBLE)"
