"""The measures of the published task, and their bootstrap.

`riskmodel.evaluation.reorder` computes the same days and shares (the tests hold the two to each other where no scores
are tied), but shares ties and draws its samples otherwise; these are kept so that the figures of 2026-11-27 can be
reproduced to the last digit.
"""

from __future__ import annotations

import numpy as np
from sklearn.metrics import roc_auc_score

PUBLISHED = (1637, 810)  # rows of the published test window, and how many of them are its first half


def reorder(date, y, score):
    """Hand out the real dates by the score, highest first, ties in stored order (Schenk et al. 2015).

    Parameters
    ----------
    date, y, score : arrays of n
        Real day, result (0 or 1), ranking.

    Returns
    -------
    auc : float
        Ties count half.
    days : float
        Real minus new day, mean over the positives.
    first : float
        Share of the positives among the first half of the new order.
    """
    order, n = np.argsort(-score, kind="stable"), len(date)
    simulated, place = np.empty(n), np.empty(n)
    simulated[order] = np.sort(date)
    place[order] = np.arange(n)
    found = y == 1
    half = PUBLISHED[1] if n == PUBLISHED[0] else n // 2
    return roc_auc_score(y, score), (date - simulated)[found].mean(), (place[found] < half).mean()


def top_share(y, score, share=0.1):
    """Precision among the first `share` of the rows, tied scores in expectation."""
    k = round(len(y) * share)
    cut = np.sort(score)[::-1][k - 1]
    above, tied = score > cut, score == cut
    return (y[above].sum() + (k - above.sum()) * y[tied].mean()) / k


def bootstrap(metric, groups, n=2000, seed=20140902):
    """95 % percentile interval of each value of `metric(rows)`: 2 × values.

    `groups` numbers the rows' groups 0, 1, …: whole groups are drawn (rows themselves, or premises).
    """
    rng, m = np.random.default_rng(seed), groups.max() + 1
    order = np.argsort(groups, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(groups, minlength=m))[:-1])

    def draw():
        drawn = rng.integers(m, size=m)
        return drawn if m == len(groups) else np.concatenate([parts[g] for g in drawn])

    return np.percentile([metric(draw()) for _ in range(n)], [2.5, 97.5], axis=0)
