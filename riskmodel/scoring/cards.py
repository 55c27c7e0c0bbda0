"""Cards of steps: points of features read off and added up, however the points came about; and the blend of two."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from riskmodel.scoring.points import (
    COLUMNS,
    PointsModel,
    Steps,
    contributions_of,
    feature_rows,
    points_sql,
    steps_from,
    typical_points,
)


class StepCard:
    """Points of features by their steps; every score can be added up by hand.

    Parameters
    ----------
    steps : sequence of Steps
        The steps of each feature.

    Attributes
    ----------
    base_points_ : int
        0.
    typical_ : Series
        Points of the typical unit by feature, after `fit`.
    """

    base_points_ = 0
    typical_: pd.Series

    def __init__(self, steps: Sequence[Steps]) -> None:
        self._steps = list(steps)
        self._table = pd.concat([_rows(s) for s in self._steps] or [_empty_table()], ignore_index=True)

    @staticmethod
    def from_table(table: pd.DataFrame) -> StepCard:
        """The card of an exported `table_`: it gives the same points.

        Raises
        ------
        ValueError
            If the table is not one of a card.
        """
        card = StepCard(steps_from(feature_rows(table)))
        n = feature_rows(table)["n"].to_numpy(dtype=float) if "n" in table else np.full(len(card._table), np.nan)
        if len(n) == len(card._table):
            card._table = card._table.assign(n=n)
        return card

    @property
    def table_(self) -> pd.DataFrame:
        """One row a step, with the weight of the rows of the last `fit` on it; events and woe are not known."""
        return self._table

    def fit(self, X: pd.DataFrame, sample_weight: np.ndarray | None = None) -> StepCard:
        """Learn what is typical (`typical_`, the weighted lower median by feature); the points stay as they are."""
        given = self.contributions(X)
        weight = np.ones(len(X)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
        self.typical_ = pd.Series(
            {s.feature: typical_points(given[s.feature].to_numpy(), weight) for s in self._steps}, dtype="int64"
        )
        counts = [np.bincount(s.step(_values(s, X)), weight, minlength=len(s.points) + 1) for s in self._steps]
        self._table = self._table.assign(n=np.concatenate(counts) if counts else 0.0)
        return self

    def points(self, X: pd.DataFrame) -> np.ndarray:
        """Whole points of every row (int64), the higher the riskier: the sum of the contributions."""
        return np.asarray(self.contributions(X).sum(axis=1).to_numpy(), dtype="int64") + self.base_points_

    def contributions(self, X: pd.DataFrame) -> pd.DataFrame:
        """Whole points of every row and feature, in the order of the points; other columns are ignored."""
        lacking = [s.feature for s in self._steps if s.feature not in X]
        if lacking:
            raise ValueError(f"the scorecard gives points for features that the table lacks: {lacking}")
        return contributions_of(self._steps, [_values(s, X) for s in self._steps], X.index)

    def to_sql(self, table_name: str) -> str:
        """A query that gives every row of a table the same points as ``risk_score``."""
        return points_sql(self._steps, table_name, self.base_points_)


def blend(expert: PointsModel, fitted: PointsModel, share: float) -> StepCard:
    """A card between two others: on every step the mixture of their points, rounded to whole points.

    Bounds of both are united, so that the blend is as exact and additive as its parts, and where both move in one
    direction so does the blend. Both should be on one scale (points to double the odds) for `share` to mean what it
    says. A feature that only one card knows has the points of that card times its part.

    Parameters
    ----------
    expert, fitted : PointsModel
        The cards; 0 and 1 give back the first and the second.
    share : float
        Part of the second, from 0 to 1.

    Raises
    ------
    ValueError
        If the share is not in 0 … 1.

    Examples
    --------
    >>> one = StepCard([Steps("penalties", np.array([1.0, 3.0]), np.array([0, 8, 20]), 0)])
    >>> two = StepCard([Steps("penalties", np.array([2.0]), np.array([0, 10]), 6)])
    >>> blend(one, two, 0.5).points(pd.DataFrame({"penalties": [0, 1, 2, 3, None]})).tolist()
    [0, 4, 9, 15, 3]
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share must be from 0 to 1; found {share}")
    one, two = ({s.feature: s for s in steps_from(feature_rows(card.table_))} for card in (expert, fitted))
    names = list(dict.fromkeys([*one, *two]))
    card = StepCard([_mixed(one.get(name, _none(name)), two.get(name, _none(name)), share) for name in names])
    typical = [getattr(c, "typical_", pd.Series(dtype="int64")).reindex(names).fillna(0) for c in (expert, fitted)]
    card.typical_ = pd.Series(np.rint((1 - share) * typical[0] + share * typical[1]), names).astype("int64")
    return card


def _mixed(one: Steps, two: Steps, share: float) -> Steps:
    """Steps on the union of the bounds; neighbours of the same points are one step."""
    at = np.r_[-np.inf, np.union1d(one.lows, two.lows), np.nan]
    points = np.rint((1 - share) * one.of(at) + share * two.of(at)).astype("int64")
    new = np.flatnonzero(np.diff(points[:-1]) != 0) + 1
    return Steps(one.feature, at[new], points[np.r_[0, new]], int(points[-1]))


def _none(feature: str) -> Steps:
    return Steps(feature, np.empty(0), np.zeros(1, dtype="int64"), 0)


def _rows(steps: Steps) -> pd.DataFrame:
    return pd.DataFrame({
        "feature": steps.feature, "low": [-np.inf, *steps.lows, np.nan], "high": [*steps.lows, np.inf, np.nan],
        "n": np.nan, "events": np.nan, "woe": np.nan, "points": [*steps.points.tolist(), steps.missing],
    })  # fmt: skip


def _empty_table() -> pd.DataFrame:
    return pd.DataFrame({c: pd.Series(dtype="str" if c == "feature" else "float64") for c in COLUMNS})


def _values(steps: Steps, X: pd.DataFrame) -> np.ndarray:
    values: np.ndarray = X[steps.feature].to_numpy(dtype=float, na_value=np.nan)
    return values
