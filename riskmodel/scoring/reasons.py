"""Reasons: the features whose points stand highest above those of the typical unit."""

from __future__ import annotations

import numpy as np
import pandas as pd


def top_reasons(contributions: pd.DataFrame, typical: pd.Series, k: int) -> pd.DataFrame:
    """The k features with the most points above the typical unit, for each row.

    Only positive differences are reasons; ties keep the order of the columns.

    Parameters
    ----------
    contributions : DataFrame, shape (n, features)
        Whole points by row and feature, or what features add to log odds.
    typical : Series
        The same of the typical unit by feature.
    k : int
        Most reasons a row.

    Returns
    -------
    DataFrame
        row (position in `contributions`), rank (from 1), feature, points; sorted by row and rank.

    Examples
    --------
    >>> top_reasons(pd.DataFrame({"a": [5, 0], "b": [9, 1]}), pd.Series({"a": 0, "b": 1}), 1).values.tolist()
    [[0, 1, 'b', 8]]
    """
    names = contributions.columns.to_numpy(dtype=object)
    kind = "int64" if all(t.kind in "iu" for t in contributions.dtypes) else "float64"
    above = contributions.to_numpy(dtype=kind) - typical.reindex(names).to_numpy(dtype=kind)
    # most rows have few reasons: only those are sorted
    rows, columns = np.nonzero(above > 0)
    points = above[rows, columns]
    order = np.lexsort((columns, -points, rows))
    rows, columns, points = rows[order], columns[order], points[order]
    first = np.searchsorted(rows, rows, side="left")
    rank = np.arange(len(rows)) - first + 1
    top = rank <= k
    return pd.DataFrame({
        "row": rows[top], "rank": rank[top], "feature": pd.Series(names[columns[top]], dtype="str"),
        "points": points[top],
    })  # fmt: skip
