"""The records behind a window: what a reason cites."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from riskmodel.records.panel import ALWAYS, NEVER, Known, day_numbers
from riskmodel.records.windows.declared import LEVELS, Window
from riskmodel.records.windows.program import decay_weights

# Columns that name a record, the first that a table has.
_NUMBERS = ("record_id", "penalty_record_id", "list", "source")


def matching(known: Known, window: Window, entities: Sequence[str]) -> pd.DataFrame:
    """The events that make the value of a window.

    Parameters
    ----------
    known : Known
        Records, with the derived columns that the window reads.
    window : Window
        Declaration.
    entities : sequence of str
        Enterprises.

    Returns
    -------
    DataFrame
        ``entity_id, record_id, on, authority``, newest first within an enterprise. Of a level the events that reach
        it, of days since an event the events of that day; tables without record numbers give what names a row.
    """
    rows = known[window.table]
    rows = rows[rows["entity_id"].isin(entities).to_numpy()].reset_index(drop=True)
    day = int(np.datetime64(known.as_of.day, "D").astype("int64"))
    on, ends = day_numbers(rows[window.clock], ALWAYS), _ends(rows, window)
    kept = (on != ALWAYS) & (on <= day) & _counts(rows, window)
    for column, values in window.where.items():
        kept &= rows[column].isin(values).to_numpy()
    kept &= _inside(np.where(kept, on, day), ends, day, window)
    if window.aggregate in ("open", "days_open"):
        kept &= ends > (day if window.aggregate == "open" else on)
    found = _extreme(rows.assign(on=on, level=_levels(rows, window))[kept], window)
    number = next(name for name in _NUMBERS if name in rows)
    cited = pd.DataFrame(
        {
            "entity_id": found["entity_id"],
            "record_id": found[number],
            "on": found["on"].to_numpy().astype("datetime64[D]").astype("datetime64[s]"),
            "authority": found.get("authority", pd.Series("", index=found.index, dtype="str")),
        }
    )
    return cited.sort_values(["entity_id", "on", "record_id"], ascending=[True, False, True], ignore_index=True)


def _inside(on: np.ndarray, ends: np.ndarray, day: int, window: Window) -> np.ndarray:
    """Whether an event lies within the window; of what has faded to nothing nothing is left."""
    length = window.days if window.days is not None else NEVER
    inside: np.ndarray = ends > day - length + 1 if window.aggregate == "days_open" else day - on < length
    if window.aggregate == "decayed" and len(on):
        age = np.maximum(day - on, 0)
        inside &= decay_weights(window.half_life_days, int(age.max()) + 1)[age] > 0
    return inside


def _counts(rows: pd.DataFrame, window: Window) -> np.ndarray:
    """Whether a row has something to add: money, a text, a level, inspectors."""
    if window.aggregate == "sum_yuan":
        return rows[window.column].gt(0).to_numpy()
    if window.aggregate.startswith("level_"):
        return _levels(rows, window) > 0
    column = {"distinct": window.column, "expected": "team"}.get(window.aggregate)
    if column is None:
        return np.ones(len(rows), dtype=bool)
    return np.asarray(rows[column].notna() & rows[column].ne(""), dtype=bool)


def _ends(rows: pd.DataFrame, window: Window) -> np.ndarray:
    if window.aggregate not in ("open", "days_open"):
        return np.full(len(rows), NEVER, dtype="int32")
    return day_numbers(rows[window.column], NEVER)


def _levels(rows: pd.DataFrame, window: Window) -> np.ndarray:
    if not window.aggregate.startswith("level_"):
        return np.zeros(len(rows), dtype="int64")
    places = {code: place for place, code in enumerate(LEVELS[window.column], start=1)}
    return rows[window.column].map(places).fillna(0).to_numpy(dtype="int64")


def _extreme(rows: pd.DataFrame, window: Window) -> pd.DataFrame:
    """Of each enterprise the newest, the oldest or the gravest rows, where the aggregate asks for them."""
    by = rows.groupby("entity_id")
    if window.aggregate in ("days_since", "level_last"):
        rows = rows[(rows["on"] == by["on"].transform("max")).to_numpy()]
    if window.aggregate in ("days_since_first", "level_first"):
        rows = rows[(rows["on"] == by["on"].transform("min")).to_numpy()]
    if window.aggregate.startswith("level_"):
        rows = rows[(rows["level"] == rows.groupby("entity_id")["level"].transform("max")).to_numpy()]
    return rows
