"""Scorecard set by experts: the points of a policy, read off and added up, with no labels needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from riskmodel.scoring.cards import StepCard
from riskmodel.scoring.points import Steps


class ExpertScorecard(StepCard):
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

    def __init__(self, points: Mapping[str, Sequence[tuple[float, int]]]) -> None:
        super().__init__([_steps(name, bounds) for name, bounds in points.items()])

    def fit(self, X: pd.DataFrame, sample_weight: np.ndarray | None = None) -> ExpertScorecard:
        """Learn what is typical (`typical_`, the weighted lower median by feature); the points stay as set."""
        super().fit(X, sample_weight)
        return self


def _steps(feature: str, bounds: Sequence[tuple[float, int]]) -> Steps:
    lows = np.array([low for low, _ in bounds], dtype=float)
    if np.isnan(lows).any() or (np.diff(lows) <= 0).any():
        raise ValueError(f"the lower bounds of {feature!r} do not ascend: {lows.tolist()}")
    return Steps(feature, lows, np.array([0, *(points for _, points in bounds)], dtype="int64"), 0)
