"""Points by steps of a feature: what both scorecards are made of, and how they are applied, read and exported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

# Rows of a table that belong to no feature: points at which an event is as likely as none, points that double the
# odds, and what nuisance shifts.
EVEN_ODDS, DOUBLE_ODDS, BESIDE = "(even odds)", "(double odds)", "(beside)"
COLUMNS = ("feature", "low", "high", "n", "events", "woe", "points")


class PointsModel(Protocol):
    """A model that is a sum of whole points, so that every score can be added up by hand.

    Attributes
    ----------
    base_points_ : int
        Points that every unit gets.
    typical_ : Series
        Points of the typical unit by feature: the (weighted) median of the training sample.
    table_ : DataFrame
        One row a step: feature, low (included), high (excluded), n, events, woe, points; the step of missing
        values has neither low nor high.
    """

    base_points_: int
    typical_: pd.Series

    @property
    def table_(self) -> pd.DataFrame:
        """All steps."""

    def points(self, X: Any) -> np.ndarray:
        """Whole points of every row, the higher the riskier: base points plus contributions."""

    def contributions(self, X: Any) -> pd.DataFrame:
        """Whole points of every row and feature."""


@dataclass(frozen=True)
class Steps:
    """The points of one feature.

    Attributes
    ----------
    feature : str
        Name of the column.
    lows : ndarray of float
        Ascending lower bounds (included) of all steps but the lowest, which has none.
    points : ndarray of int
        Points of the steps: one more than bounds.
    missing : int
        Points of a missing value.
    """

    feature: str
    lows: np.ndarray
    points: np.ndarray
    missing: int

    def of(self, values: np.ndarray) -> np.ndarray:
        """Points of each value, as int32."""
        answer: np.ndarray = np.append(self.points, self.missing).astype("int32")[self.step(values)]
        return answer

    def step(self, values: np.ndarray) -> np.ndarray:
        """Step of each value, from 0; missing values are on the last."""
        # few bounds: counting those that are reached is faster than searching
        reached = np.zeros(len(values), dtype="int64")
        for low in self.lows:
            reached += values >= low
        reached[np.isnan(values)] = len(self.points)
        return reached


def feature_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of a table that give points to features."""
    if "feature" not in table:
        raise ValueError("the table of a scorecard lacks the columns ['feature']")
    return table[~table["feature"].isin((EVEN_ODDS, DOUBLE_ODDS, BESIDE))]


def steps_from(table: pd.DataFrame) -> list[Steps]:
    """The steps of a table with the columns feature, low, high and points, features in order of appearance.

    Raises
    ------
    ValueError
        If a column is absent, a bound is not in ascending order, or the lowest step of a feature has a bound.
    """
    lacking = {"feature", "low", "points"} - set(table.columns)
    if lacking:
        raise ValueError(f"the table of a scorecard lacks the columns {sorted(lacking)}")
    steps = []
    for feature, rows in table.groupby("feature", sort=False):
        low = rows["low"].to_numpy(dtype=float)
        points = rows["points"].to_numpy(dtype="int64")
        real = ~np.isnan(low)
        lows = low[real]
        if not len(lows) or lows[0] != -np.inf or (np.diff(lows) <= 0).any():
            raise ValueError(f"the steps of {feature!r} do not ascend from -inf: {lows.tolist()}")
        missing = int(points[~real][0]) if (~real).any() else 0
        steps.append(Steps(str(feature), lows[1:], points[real], missing))
    return steps


def contributions_of(steps: Sequence[Steps], values: Sequence[np.ndarray], index: pd.Index) -> pd.DataFrame:
    """Points of every row and feature (int32); `values` holds one column of floats a feature."""
    columns = {s.feature: s.of(v) for s, v in zip(steps, values, strict=True)}
    return pd.DataFrame(columns, index=index)


def typical_points(points: np.ndarray, weight: np.ndarray) -> int:
    """Weighted lower median: the fewest points that at least half of the weight does not exceed.

    >>> typical_points(np.array([0, 8, 20]), np.array([1.0, 1.0, 2.0]))
    8
    """
    order = np.argsort(points, kind="stable")
    reached = np.cumsum(np.asarray(weight, dtype=float)[order])
    return int(points[order][np.searchsorted(reached, reached[-1] / 2, side="left")])


def points_sql(steps: Sequence[Steps], table_name: str, base_points: int) -> str:
    """A query that gives every row of a table its ``risk_score``; NULL and NaN are missing values.

    It keeps to what DuckDB and Spark (with ANSI quotes) share; PostgreSQL writes DOUBLE PRECISION for DOUBLE.
    """
    terms = [str(base_points), *(_case(s) for s in steps)]
    return "SELECT *,\n  " + "\n  + ".join(terms) + f"\n  AS risk_score\nFROM {_quoted(table_name)}\n"


def _case(steps: Steps) -> str:
    # flags and decimals are compared as the numbers that they are here
    value = f"CAST({_quoted(steps.feature)} AS DOUBLE)"
    parts = [f"WHEN {value} IS NULL OR {value} = CAST('NaN' AS DOUBLE) THEN {steps.missing}"]
    uppers = zip(steps.lows.tolist(), steps.points[:-1].tolist(), strict=True)
    parts += [f"WHEN {value} < {_double(low)} THEN {points}" for low, points in uppers]
    return f"CASE {' '.join(parts)} ELSE {int(steps.points[-1])} END"


def _double(number: float) -> str:
    """A literal with an exponent: engines read it as a double, not as a decimal, so that no digit is lost."""
    text = repr(float(number))
    return text if "e" in text else text + "e0"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
