"""A slow, obvious twin of the feature executor: plain loops over plain rows."""

from __future__ import annotations

import math

import pandas as pd

from riskmodel.records.windows import Window


def slow_window(rows: pd.DataFrame, window: Window, entity_id: str, day: pd.Timestamp) -> float:
    """The value of one window for one enterprise."""
    inside = []
    for row in rows.to_dict("records"):
        if row["entity_id"] != entity_id or pd.isna(row[window.clock]) or row[window.clock] > day:
            continue
        if window.days is not None and (day - row[window.clock]).days >= window.days:
            continue
        if all(row[column] in values for column, values in window.where.items()):
            inside.append(row)
    ages = [(day - row[window.clock]).days for row in inside]
    if window.aggregate == "count":
        return float(len(inside))
    if window.aggregate == "sum_yuan":
        return sum(round(row[window.column] * 100) for row in inside) / 100
    if window.aggregate == "distinct":
        return float(len({row[window.column] for row in inside if row[window.column]}))
    if window.aggregate == "days_since":
        return float(min(ages)) if ages else math.nan
    if window.aggregate == "open":
        return float(any(pd.isna(row[window.column]) for row in inside))
    return sum(round(1_000_000 * 0.5 ** (age / window.half_life_days)) for age in ages) / 1_000_000
