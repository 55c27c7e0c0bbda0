"""Audit for leaks: does a feature of a day change, or lose its worth, when what came after that day is taken away?

`audit` has the features: it makes them again from events without the future, and from events whose future was dealt to
other enterprises. A right feature stays as it is, cell by cell. `audit_records` does so with all tables of records, and
takes back later corrections too. `suspects` has only a ready panel: what is made from the past rises after a bad
period, what peeks rises before one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from riskmodel.errors import InputError
from riskmodel.evaluation.inputs import columns, outcomes, some
from riskmodel.records import Records
from riskmodel.records.known import VALID_FROM
from riskmodel.scoring.resampling import Bootstrap, replicate_auc
from riskmodel.values import AsOf

Build = Callable[[pd.DataFrame, date], pd.DataFrame]
Make = Callable[[Records], pd.DataFrame]
_ORDER = ["feature", "future", "day", "changed", "rows", "largest", "example"]
# What is written for a feature where the enterprises themselves differ.
ROWS = "(rows)"
# Area under the curve beyond one half that is still believed.
TOLERANCE = 0.02


def audit(
    build: Build, events: pd.DataFrame, days: Sequence[date], *, known_on: str = "known_on", seed: int = 0
) -> pd.DataFrame:
    """Features that change when the future is removed or shuffled, by name; empty where none does.

    Parameters
    ----------
    build : callable
        Events and a day → features, one row for each ``entity_id``. It is to use only what was known on the day.
    events : DataFrame
        entity_id, the column `known_on`, and whatever `build` needs.
    days : sequence of date
        Days to make features of; those with much history on both sides tell most.
    known_on : str
        Column with the day from which a row was known.
    seed : int
        For the shuffle.

    Returns
    -------
    DataFrame
        feature, future (removed, shuffled), day, changed (rows), rows, largest (difference, NaN for texts), example
        (an enterprise); ``(rows)`` where enterprises come or go.

    Raises
    ------
    InputError
        If columns or days lack, or no event lies after any of the days (RM-EVA-003).

    References
    ----------
    Kaufman, Rosset & Perlich (2012), Leakage in data mining, ACM TKDD 6(4), sec. 4: "no time machine".
    """
    columns(events, ["entity_id", known_on], "events")
    some(days, "days")
    known = pd.to_datetime(events[known_on])
    if not any((known > pd.Timestamp(day)).any() for day in days):
        raise InputError(
            "RM-EVA-003", where="events", found=f"nothing known after {max(days)}", expected="later events"
        )
    found: list[dict[str, object]] = []
    for day in days:
        later = (known > pd.Timestamp(day)).to_numpy()
        right = _indexed(build(events[~later], day))
        whole, dealt = build(events, day), build(_dealt(events, later, seed), day)
        for future, other in (("removed", whole), ("shuffled", dealt)):
            found += [{"day": day, "future": future, **row} for row in _differences(right, _indexed(other))]
    table = pd.DataFrame(found, columns=_ORDER)
    return table.sort_values(["feature", "future", "day"], kind="stable", ignore_index=True)


def audit_records(records: Records, make: Make, days: Sequence[date], *, seed: int = 0) -> pd.DataFrame:
    """Features that change when what records learnt after a day is removed, dealt to others, or taken back.

    Parameters
    ----------
    records : Records
        All tables.
    make : callable
        Records → features of one or more days: as_of, entity_id, features.
    days : sequence of date
        Days among those that `make` gives, with later records.
    seed : int
        For the shuffle.

    Returns
    -------
    DataFrame
        As of `audit`; ``future`` may also be ``corrected``: the feature sees corrections before they were known.

    Raises
    ------
    InputError
        If nothing became known after the days (RM-EVA-003).
    """
    about = {name: rows for name, rows in records.history.items() if "entity_id" in rows}
    parts = [
        r[["entity_id"]].assign(table=n, place=np.arange(len(r)), known_on=r[VALID_FROM]) for n, r in about.items()
    ]
    events = pd.concat(parts, ignore_index=True)

    def features(some: Records, day: date) -> pd.DataFrame:
        table = make(some)
        return table[table["as_of"].eq(pd.Timestamp(day)).to_numpy()].drop(columns="as_of")

    def build(part: pd.DataFrame, day: date) -> pd.DataFrame:
        """Features of the rows that the events name, under the enterprises that they name."""
        rows = dict(records.history)
        for name, mine in part.groupby("table"):
            kept = about[str(name)].iloc[mine["place"].to_numpy()].reset_index(drop=True)
            rows[str(name)] = kept.assign(entity_id=mine["entity_id"].to_numpy()).astype({"entity_id": "str"})
        rows |= {name: about[name].iloc[:0] for name in set(about) - set(part["table"])}
        return features(replace(records, history=rows), day)

    # the registry is dealt to nobody: without an enterprise there is nothing to make features of
    fixed = events["table"].eq("enterprises")
    table = audit(build, events.assign(known_on=events["known_on"].mask(fixed)), days, seed=seed)
    found = []
    for day in days:
        then = Records.of(records.known(AsOf(day)).tables, records.map)
        rows = _differences(_indexed(features(then, day)), _indexed(features(records, day)))
        found += [{"day": day, "future": "corrected", **row} for row in rows if row["feature"] != ROWS]
    seen = set(zip(table["feature"], table["day"], strict=True))
    more = pd.DataFrame([row for row in found if (row["feature"], row["day"]) not in seen], columns=_ORDER)
    return pd.concat([table, more], ignore_index=True) if len(more) else table


def suspects(
    panel: pd.DataFrame, features: Sequence[str], *, tolerance: float = TOLERANCE, bootstrap: Bootstrap | None = None
) -> pd.DataFrame:
    """Features of a ready panel that move towards risk *before* a bad period instead of after it.

    Looks at enterprises whose label switched between two neighbouring periods, so that each is its own control, and at
    the change of the feature between the two as-of days. Where the coming period is the bad one, a feature made from
    the past has seen the good one; it can only point the other way, or nowhere. The direction of risk is taken from
    both labels together, which says nothing of which came first. A suspect is to be looked at, not yet convicted: a
    feature that foretells a change of management does so rightly. What sees as far back as ahead is also found.

    Parameters
    ----------
    panel : DataFrame
        as_of, entity_id, y, observed and numeric features; neighbouring as-of days the label's horizon apart.
    features : sequence of str
        Columns to look at. A value that appears or goes counts as no change.
    tolerance : float
        Area under the curve beyond one half that is still believed.
    bootstrap : Bootstrap, optional
        Draws enterprises.

    Returns
    -------
    DataFrame
        feature, switched (rows looked at), auc (chance that the feature moved more towards risk before a bad period
        than after one), low, high, is_suspect (the interval lies above one half and the tolerance); largest first.

    Raises
    ------
    InputError
        If columns lack, or no label switched between neighbouring periods (RM-EVA-003).
    """
    columns(panel, ["as_of", "entity_id", "y", "observed", *features], "panel")
    some(features, "features")
    pairs = _pairs(panel, list(features))
    number, enterprises = pd.factorize(pairs["entity_id"])
    now, before = outcomes(pairs["y"], "y"), outcomes(pairs["y_before"], "y before")
    switched = now != before
    if not switched.any():
        raise InputError("RM-EVA-003", where="panel", found="no label that switched between neighbouring days")
    how, rows = bootstrap or Bootstrap(replicates=300), []
    for name in features:
        change = (_direction(pairs[name], now, before) * (pairs[name] - pairs[f"{name}_before"]).fillna(0)).to_numpy(
            float
        )
        change, bad_next, who = change[switched], now[switched], number[switched]
        point = replicate_auc(np.ones((1, len(change))), change, bad_next)
        blocks = how.counts(np.ones(len(enterprises), dtype=int))
        drawn = [replicate_auc(counts[:, who], change, bad_next) for counts in blocks]
        low, high = how.interval(np.concatenate([np.empty(0), *drawn]))
        rows.append((name, len(change), float(point[0]), float(low), float(high)))
    table = pd.DataFrame(rows, columns=["feature", "switched", "auc", "low", "high"])
    table["is_suspect"] = table["low"] > 0.5 + tolerance
    return table.sort_values("auc", ascending=False, kind="stable", ignore_index=True)


def _dealt(events: pd.DataFrame, later: np.ndarray, seed: int) -> pd.DataFrame:
    """The same events, but those of the future belong to other enterprises."""
    entity = events["entity_id"].to_numpy(copy=True)
    entity[later] = np.random.default_rng(seed).permutation(entity[later])
    return events.assign(entity_id=entity)


def _indexed(features: pd.DataFrame) -> pd.DataFrame:
    columns(features, ["entity_id"], "features")
    table = features.set_index("entity_id").sort_index()
    if not table.index.is_unique:
        raise InputError("RM-EVA-004", where="features", found="an enterprise twice", expected="one row each")
    return table


def _differences(right: pd.DataFrame, other: pd.DataFrame) -> list[dict[str, object]]:
    """Cells of enterprises of both tables that differ, feature by feature."""
    found: list[dict[str, object]] = []
    odd = right.index.symmetric_difference(other.index)
    if len(odd):
        found.append({"feature": ROWS, "changed": len(odd), "rows": len(right), "largest": np.nan, "example": odd[0]})
    both = right.index.intersection(other.index)
    for name in right.columns.union(other.columns, sort=False):
        if name not in right or name not in other:
            found.append({"feature": name, "changed": len(both), "rows": len(both), "largest": np.nan, "example": None})
            continue
        a, b = right.loc[both, name], other.loc[both, name]
        changed = ~_same(a, b)
        if changed.any():
            gap = float(np.abs(_floats(a) - _floats(b))[changed].max()) if _numeric(a, b) else np.nan
            part = {"feature": name, "changed": int(changed.sum()), "rows": len(both), "largest": gap}
            found.append({**part, "example": both[np.flatnonzero(changed)[0]]})
    return found


def _same(a: pd.Series, b: pd.Series) -> np.ndarray:
    """Cells that agree; numbers may differ in the ninth place, since sums of fewer rows round otherwise."""
    if _numeric(a, b):
        return np.asarray(np.isclose(_floats(a), _floats(b), rtol=1e-9, atol=1e-12, equal_nan=True))
    same: np.ndarray = ((a == b) | (a.isna() & b.isna())).to_numpy(dtype=bool, na_value=False)
    return same


def _numeric(a: pd.Series, b: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(a) and pd.api.types.is_numeric_dtype(b)


def _floats(values: pd.Series) -> np.ndarray:
    return values.to_numpy(dtype=float, na_value=np.nan)


def _pairs(panel: pd.DataFrame, features: list[str]) -> pd.DataFrame:
    """Labelled rows whose enterprise has a label on the as-of day before, with what stood there."""
    period = np.unique(pd.to_datetime(panel["as_of"]), return_inverse=True)[1]
    table = panel[["entity_id", "y", *features]].assign(period=period)[(panel["observed"] == 1).to_numpy()]
    past = table.assign(period=table["period"] + 1)
    pairs = table.merge(past, on=["period", "entity_id"], suffixes=("", "_before"))
    if pairs.empty:
        raise InputError("RM-EVA-003", where="panel", found="no enterprise with labels on two neighbouring days")
    return pairs


def _direction(value: pd.Series, now: np.ndarray, before: np.ndarray) -> float:
    """1 where high values go with risk in the two periods together, else -1."""
    there = value.notna().to_numpy()
    one = value.to_numpy(dtype=float, na_value=np.nan)[there]
    together = sum(replicate_auc(np.ones((1, len(one))), one, y[there])[0] for y in (now, before)) if len(one) else 1.0
    return -1.0 if together < 1 else 1.0
