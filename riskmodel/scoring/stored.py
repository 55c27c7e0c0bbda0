"""A scorecard as plain data: everything that scoring needs, as JSON can hold it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from riskmodel.scoring.points import PointsModel, feature_rows, steps_from


def stored(card: PointsModel, probability: Callable[[np.ndarray], np.ndarray] | None) -> dict[str, Any]:
    """The points of a scorecard, and the probability of every score that it can give.

    Scores are whole numbers, so that a list of probabilities says all that a calibration says, to the last bit.

    Parameters
    ----------
    card : PointsModel
        Expert or fitted scorecard.
    probability : callable or None
        Risk scores → probabilities; None, or values that are not numbers, if nothing was calibrated.

    Returns
    -------
    dict
        ``base_points``; ``steps``: feature, lows, points, missing; ``probability``: None, or the lowest score
        ``first`` and the ``values`` from there on.

    Examples
    --------
    >>> from riskmodel.scoring.expert import ExpertScorecard
    >>> stored(ExpertScorecard({"penalties": ((1, 8), (2, 18))}), None)["steps"]
    [{'feature': 'penalties', 'lows': [1.0, 2.0], 'points': [0, 8, 18], 'missing': 0}]
    """
    steps = steps_from(feature_rows(card.table_))
    given = [np.append(s.points, s.missing) for s in steps]
    first = card.base_points_ + sum(int(points.min()) for points in given)
    last = card.base_points_ + sum(int(points.max()) for points in given)
    values = np.asarray(probability(np.arange(first, last + 1))) if probability else np.array([np.nan])
    return {
        "base_points": int(card.base_points_),
        "steps": [
            {"feature": s.feature, "lows": s.lows.tolist(), "points": s.points.tolist(), "missing": s.missing}
            for s in steps
        ],
        "probability": {"first": first, "values": values.tolist()} if np.isfinite(values).all() else None,
    }
