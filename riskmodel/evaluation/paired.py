"""Is a model better than the champion, over all test days together? Paired differences with intervals.

An enterprise that stands in several test days is drawn with all of them, since its labels are alike (horizons overlap).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from riskmodel.scoring.ranking import replicated
from riskmodel.scoring.resampling import Bootstrap


def differences(
    rows: Mapping[str, pd.DataFrame], champion: str, metric: str, *, bootstrap: Bootstrap | None = None
) -> pd.DataFrame:
    """Mean difference of a figure between each model and the champion over the test days.

    Parameters
    ----------
    rows : mapping of str to DataFrame
        Model → as_of, entity_id, score, y, observed, weight; the same rows for all models.
    champion : str
        Model that the others are compared with.
    metric : str
        ``auc``, ``average_precision``, ``ndcg``, or ``precision_``, ``recall_``, ``lift_`` with a share of the list.
    bootstrap : Bootstrap, optional
        Draws enterprises.

    Returns
    -------
    DataFrame
        model, difference, low, high; one row a model but the champion.

    Examples
    --------
    >>> day = {
    ...     "as_of": pd.Timestamp("2024-01-01"),
    ...     "entity_id": range(40),
    ...     "y": [0, 1] * 20,
    ...     "observed": 1,
    ...     "weight": 1,
    ... }
    >>> rows = {"old": pd.DataFrame(day | {"score": 0}), "new": pd.DataFrame(day | {"score": day["y"]})}
    >>> differences(rows, "old", "auc").round(3).values.tolist()
    [['new', 0.5, 0.5, 0.5]]
    """
    names, how = list(rows), bootstrap or Bootstrap()
    number, enterprises = pd.factorize(rows[champion]["entity_id"])
    days = {day: np.flatnonzero(rows[champion]["as_of"].eq(day)) for day in rows[champion]["as_of"].unique()}

    def means(counts: np.ndarray) -> np.ndarray:
        """Mean over days, samples × models; a day without a problem in a sample does not count."""
        each = [_figures(rows, place, metric, counts[:, number[place]]) for place in days.values()]
        known = ~np.isnan(each)
        found: np.ndarray = np.where(known, each, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        return np.where(known.any(axis=0), found, np.nan)

    point = means(np.ones((1, len(enterprises))))[0]
    blocks = [means(counts) for counts in how.counts(np.ones(len(enterprises), dtype="int64"))]
    drawn = np.concatenate([np.empty((0, len(names))), *blocks])
    bar = names.index(champion)
    low, high = how.interval(drawn - drawn[:, [bar]])
    table = pd.DataFrame({"model": names, "difference": point - point[bar], "low": low, "high": high})
    return table.drop(index=bar).reset_index(drop=True)


def _figures(rows: Mapping[str, pd.DataFrame], place: np.ndarray, metric: str, counts: np.ndarray) -> np.ndarray:
    """The figure of every model on one day, samples × models."""
    parts = [table.iloc[place] for table in rows.values()]
    first = parts[0]
    y = np.where(first["observed"].eq(1), first["y"].to_numpy(dtype=float, na_value=np.nan), np.nan)
    scores = [part["score"].to_numpy(dtype=float) for part in parts]
    weight = first["weight"].to_numpy(dtype=float, na_value=np.nan)
    name, _, share = metric.rpartition("_") if metric[-1].isdigit() else (metric, "", "nan")
    return replicated(y, scores, weight, counts, metric=name, k=float(share)).T
