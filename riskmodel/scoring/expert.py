"""Scorecard set by experts: the points of a policy, read off and added up, with no labels needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from riskmodel.scoring.points import COLUMNS, Steps, contributions_of, points_sql, typical_points


class ExpertScorecard:
    """Points set by experts: each feature gives the points of the highest lower bound that its value reaches.

    Below the lowest bound, and without a value, a feature gives none.

    Parameters
    ----------
    points : mapping
        Feature → (lower bound, points), bounds ascending.

    Raises
    ------
    ValueError
        If the bounds of a feature do not ascend.

    Examples
    --------
    >>> card = ExpertScorecard({"penalties": ((1, 8), (2, 18))})
    >>> card.points(pd.DataFrame({"penalties": [0, 1, 5, None]})).tolist()
    [0, 8, 18, 0]
    """

    base_points_ = 0

    def __init__(self, points: Mapping[str, Sequence[tuple[float, int]]]) -> None:
        self._steps = [_expert_steps(name, bounds) for name, bounds in points.items()]
        self._table = pd.concat([_expert_rows(s) for s in self._steps] or [_empty_table()], ignore_index=True)

    @property
    def table_(self) -> pd.DataFrame:
        """One row a step, with the number of rows of the last `fit` on it; events and woe are not known."""
        return self._table

    def fit(self, X: pd.DataFrame) -> ExpertScorecard:
        """Learn what is typical (`typical_`, the lower median by feature); the points stay as they were set."""
        given = self.contributions(X)
        weight = np.ones(len(X))
        self.typical_ = pd.Series(
            {s.feature: typical_points(given[s.feature].to_numpy(), weight) for s in self._steps}, dtype="int64"
        )
        counts = [np.append(np.bincount(_step(s, X), minlength=len(s.points)), X[s.feature].isna().sum())
                  for s in self._steps]  # fmt: skip
        self._table = self._table.assign(n=np.concatenate(counts).astype(float) if counts else 0.0)
        return self

    def points(self, X: pd.DataFrame) -> np.ndarray:
        """Whole points of every row (int64), the higher the riskier: the sum of the contributions."""
        return np.asarray(self.contributions(X).sum(axis=1).to_numpy(), dtype="int64") + self.base_points_

    def contributions(self, X: pd.DataFrame) -> pd.DataFrame:
        """Whole points of every row and feature, in the order of the points; other columns are ignored."""
        lacking = [s.feature for s in self._steps if s.feature not in X]
        if lacking:
            raise ValueError(f"the scorecard gives points for features that the table lacks: {lacking}")
        values = [X[s.feature].to_numpy(dtype=float, na_value=np.nan) for s in self._steps]
        return contributions_of(self._steps, values, X.index)

    def to_sql(self, table_name: str) -> str:
        """A query that gives every row of a table the same points as ``risk_score``."""
        return points_sql(self._steps, table_name, self.base_points_)


def _expert_steps(feature: str, bounds: Sequence[tuple[float, int]]) -> Steps:
    lows = np.array([low for low, _ in bounds], dtype=float)
    if np.isnan(lows).any() or (np.diff(lows) <= 0).any():
        raise ValueError(f"the lower bounds of {feature!r} do not ascend: {lows.tolist()}")
    return Steps(feature, lows, np.array([0, *(points for _, points in bounds)], dtype="int64"), 0)


def _expert_rows(steps: Steps) -> pd.DataFrame:
    return pd.DataFrame({
        "feature": steps.feature, "low": [-np.inf, *steps.lows, np.nan], "high": [*steps.lows, np.inf, np.nan],
        "n": np.nan, "events": np.nan, "woe": np.nan, "points": [*steps.points.tolist(), steps.missing],
    })  # fmt: skip


def _empty_table() -> pd.DataFrame:
    return pd.DataFrame({c: pd.Series(dtype="str" if c == "feature" else "float64") for c in COLUMNS})


def _step(steps: Steps, X: pd.DataFrame) -> np.ndarray:
    values = X[steps.feature].to_numpy(dtype=float, na_value=np.nan)
    reached: np.ndarray = np.searchsorted(steps.lows, values[~np.isnan(values)], side="right")
    return reached
