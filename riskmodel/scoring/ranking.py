"""Ranking: what a list of the first k finds, when ties, unlabelled rows and unequal weights are taken seriously.

A row without a label (NaN) takes its place in the list, and nothing else: shares are those among labelled rows, with
their inverse-probability weights, beside the share that is labelled and the bounds between which the precision must
lie whatever the unlabelled rows are. Rows of equal score are in no order: figures are those expected under a random
order among them (of the numerator and the denominator), and `at_k` gives the worst and the best order besides.

References
----------
Horvitz & Thompson (1952), JASA 47, 663–685 (weights). Manski (1989), Anatomy of the selection problem, J. Hum.
Resour. 24, 343–360 (bounds). McSherry & Najork (2008), Computing information retrieval performance measures
efficiently in the presence of tied scores, ECIR, 414–421. Järvelin & Kekäläinen (2002), ACM Trans. Inf. Syst. 20,
422–446 (NDCG).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from riskmodel.scoring.resampling import Bootstrap, ratio

# Rows of the list that are looked at, by default: shares of all.
SHARES = (0.01, 0.05, 0.1, 0.2)
# Figures in which only labelled rows have places.
_OF_LABELLED = ("auc", "average_precision", "ndcg")


@dataclass(frozen=True)
class _Rows:
    """Rows in an order that does not depend on that in which they came (`place`: where they stood); labels 0 or 1."""

    place: np.ndarray
    scores: np.ndarray
    y: np.ndarray
    w: np.ndarray
    labelled: np.ndarray

    @property
    def ideal(self) -> tuple[np.ndarray, np.ndarray]:
        """Gains of the events, highest first, and the rows that they are."""
        gains = np.where(self.labelled, self.w * self.y, 0.0)
        order = np.argsort(-gains, kind="stable")
        order = order[gains[order] > 0]
        return gains[order], order


@dataclass(frozen=True)
class _Down:
    """Sums by groups of equal score, from the highest down, and their running sums, one row a sample.

    Units in the list, labelled ones, events among them; weights of labelled ones, and of events.
    """

    units: np.ndarray
    seen: np.ndarray
    hits: np.ndarray
    mass: np.ndarray
    caught: np.ndarray
    running: dict[str, np.ndarray]


def at_k(y: np.ndarray, p: np.ndarray, k: float, weight: np.ndarray | None = None) -> dict[str, float]:
    """Precision, recall and lift of the first k rows, label coverage, and bounds of the precision.

    Parameters
    ----------
    y : ndarray
        1 for an event, 0 for none, NaN where nobody looked.
    p : ndarray
        Scores, the higher the earlier in the list.
    k : float
        Rows of the list if at least 1, else their share of all rows (at least one row).
    weight : ndarray, optional
        Inverse-probability weights of the labelled rows.

    Returns
    -------
    dict
        ``k`` (rows); ``precision``, ``recall``, ``lift``, each expected over orders of ties, and ``_worst``,
        ``_best``; ``coverage``, the share of the k rows that is labelled; ``precision_lower``, ``precision_upper``,
        the share of events among all k rows if no, or every, unlabelled row were one; ``recall_lower``,
        ``recall_upper``, the share of all events that are among them if only unlabelled rows behind, or only those
        within, were events. NaN where nothing is labelled.

    Examples
    --------
    >>> found = at_k(np.array([1, 0, 1, np.nan]), np.array([0.9, 0.5, 0.5, 0.5]), 2)
    >>> [round(found[n], 3) for n in ("precision_worst", "precision", "precision_best", "coverage")]
    [0.5, 0.8, 1.0, 0.833]
    """
    rows = _rows(y, [p], weight)
    k = _length(k, len(rows.y))
    down = _down(rows, rows.scores[0], np.ones((1, len(rows.y))))
    found = {name: float(value[0]) for name, value in _first(down, k).items()}
    low, high = _extremes(rows, k)
    total = float(down.caught.sum())
    base = total / float(down.mass.sum()) if down.mass.sum() > 0 else np.nan
    for end, (precision, hits) in {"worst": low, "best": high}.items():
        found[f"precision_{end}"] = precision
        found[f"recall_{end}"] = hits / total if total > 0 else np.nan
        found[f"lift_{end}"] = precision / base if base > 0 else np.nan
    return {"k": float(k), **found}


def average_precision(y: np.ndarray, p: np.ndarray, weight: np.ndarray | None = None) -> float:
    """Mean precision at the places of the events, equal scores one place; NaN without events.

    >>> average_precision(np.array([1, 0, 1]), np.array([0.9, 0.5, 0.2]))
    0.8333333333333333
    """
    rows = _rows(y, [p], weight)
    return float(_precision(_down(rows, rows.scores[0], np.ones((1, len(rows.y)))))[0])


def ndcg(y: np.ndarray, p: np.ndarray, weight: np.ndarray | None = None) -> float:
    """Discounted gains of the events, as a share of the best order; the gain of an event is its weight.

    Only labelled rows have places; NaN without events.

    >>> round(ndcg(np.array([0, 1]), np.array([0.9, 0.5])), 4)
    0.6309
    """
    rows = _rows(y, [p], weight)
    counts = np.ones((1, len(rows.y)))
    return float(_gains(rows, _down(rows, rows.scores[0], counts), counts)[0])


def ranking(
    y: np.ndarray,
    p: np.ndarray,
    weight: np.ndarray | None = None,
    *,
    seed: int,
    ks: Sequence[float] = SHARES,
    replicates: int = 1000,
) -> pd.DataFrame:
    """All figures of a ranking with 95 % bootstrap intervals over rows.

    Parameters
    ----------
    y, p, weight : ndarray
        As for `at_k`.
    seed : int
        The same seed and the same rows, in any order, give the same intervals.
    ks : sequence of float
        Lengths of lists, as for `at_k`.
    replicates : int
        Bootstrap samples.

    Returns
    -------
    DataFrame
        metric, k (rows; NaN for auc, average_precision, ndcg), value, low, high; worst, best (orders of ties) for
        precision, recall and lift.
    """
    rows = _rows(y, [p], weight)
    points, drawn = _both(rows, ks, seed, replicates)
    ties = {_length(k, len(rows.y)): at_k(y, p, k, weight) for k in ks}
    return pd.DataFrame([
        {
            "metric": metric, "k": k, "value": float(value[0]),
            **dict(zip(("low", "high"), map(float, Bootstrap().interval(drawn[0][metric, k])), strict=True)),
            **{end: ties[int(k)].get(f"{metric}_{end}", np.nan) if k == k else np.nan for end in ("worst", "best")},
        }
        for (metric, k), value in points[0].items()
    ])  # fmt: skip


def compared(
    y: np.ndarray,
    p: np.ndarray,
    q: np.ndarray,
    weight: np.ndarray | None = None,
    *,
    seed: int,
    ks: Sequence[float] = SHARES,
    replicates: int = 1000,
) -> pd.DataFrame:
    """Figures of two rankings of the same rows, and their differences on the same bootstrap samples.

    Parameters
    ----------
    y, weight, seed, ks, replicates
        As for `ranking`.
    p, q : ndarray
        Two scores; rows without either are left out.

    Returns
    -------
    DataFrame
        metric, k, first, second, difference (first − second), low, high (95 % paired interval), better (share of
        samples in which the first is better, ties counting half).
    """
    rows = _rows(y, [p, q], weight)
    points, drawn = _both(rows, ks, seed, replicates)
    found = []
    for key, first in points[0].items():
        off = drawn[0][key] - drawn[1][key]
        fine = off[~np.isnan(off)]
        better = float(((fine > 0) + (fine == 0) / 2).mean()) if len(fine) else np.nan
        low, high = Bootstrap().interval(off)
        second = float(points[1][key][0])
        found.append((*key, float(first[0]), second, float(first[0]) - second, float(low), float(high), better))
    names = ["metric", "k", "first", "second", "difference", "low", "high", "better"]
    return pd.DataFrame(found, columns=names)


def replicated(
    y: np.ndarray,
    scores: Sequence[np.ndarray],
    weight: np.ndarray | None,
    counts: np.ndarray,
    *,
    metric: str,
    k: float = np.nan,
) -> np.ndarray:
    """One figure of several rankings of the same rows, on samples that the caller has drawn.

    Parameters
    ----------
    y, weight : ndarray
        As for `at_k`.
    scores : sequence of ndarray
        One score a ranking; rows without any of them are left out.
    counts : ndarray of shape (samples, rows)
        How often each row is in each sample.
    metric : str
        ``auc``, ``average_precision``, ``ndcg``, or a figure of `at_k`.
    k : float
        Length of the list, as for `at_k`.

    Returns
    -------
    ndarray of shape (rankings, samples)
        NaN where the figure is not defined.
    """
    if metric in _OF_LABELLED:  # rows without a label have no say
        kept = ~np.isnan(np.asarray(y, dtype=float))
        weight = None if weight is None else weight[kept]
        y, scores, counts = y[kept], [np.asarray(score)[kept] for score in scores], counts[:, kept]
    rows = _rows(y, scores, weight)
    drawn = counts[:, rows.place]
    found = []
    for score in rows.scores:
        down = _down(rows, score, drawn)
        if metric in _OF_LABELLED:
            plain = _area if metric == "auc" else _precision
            found.append(_gains(rows, down, drawn) if metric == "ndcg" else plain(down))
        else:
            found.append(_first(down, _length(k, len(rows.y)))[metric])
    return np.array(found)


def _rows(y: np.ndarray, scores: Sequence[np.ndarray], weight: np.ndarray | None) -> _Rows:
    y, each = np.asarray(y, dtype=float), np.array([np.asarray(s, dtype=float) for s in scores])
    w = np.ones(len(y)) if weight is None else np.asarray(weight, dtype=float)
    if each.shape[1] != len(y) or len(w) != len(y) or not np.isin(y[~np.isnan(y)], (0, 1)).all():
        raise ValueError("outcomes must be 0, 1 or NaN, and scores and weights as many")
    if not (w[~np.isnan(y)] >= 0).all():
        raise ValueError("weights must be at least 0")
    kept = ~np.isnan(each).any(axis=0)
    y, each, w = y[kept], each[:, kept], np.where(np.isnan(y[kept]), 0.0, w[kept])
    order = np.lexsort((w, y, *each[::-1]))
    y, each, w = y[order], each[:, order], w[order]
    labelled = ~np.isnan(y) & (w > 0)
    return _Rows(np.flatnonzero(kept)[order], each, np.where(labelled, y, 0.0), w, labelled)


def _length(k: float, rows: int) -> int:
    if not k > 0:
        raise ValueError(f"k must be a number of rows, or a share of them; found {k}")
    return min(int(k) if k >= 1 else max(1, round(k * rows)), max(rows, 1))


def _down(rows: _Rows, score: np.ndarray, counts: np.ndarray) -> _Down:
    """Sums by groups of equal score; `counts` says how often each row is there, one row a sample."""
    order = np.argsort(-score, kind="stable")
    first = np.flatnonzero(np.diff(score[order], prepend=np.inf) != 0)
    counts = counts[:, order]

    seen = rows.labelled.astype(float)
    parts = {
        "units": np.ones(len(order)),
        "seen": seen,
        "hits": seen * rows.y,
        "mass": rows.w,
        "caught": rows.w * rows.y,
    }
    sums: dict[str, np.ndarray] = {}
    running: dict[str, np.ndarray] = {}
    for name, values in parts.items():
        # without weights, or with all labelled, several are one
        same = next((other for other in sums if np.array_equal(values, parts[other])), None)
        if same is None:
            each = counts * values[order]
            sums[name] = np.add.reduceat(each, first, axis=1) if 0 < len(first) < len(order) else each
            running[name] = np.cumsum(sums[name], axis=1)
        else:
            sums[name], running[name] = sums[same], running[same]
    return _Down(**sums, running=running)


def _both(
    rows: _Rows, ks: Sequence[float], seed: int, replicates: int
) -> tuple[list[dict[tuple[str, float], np.ndarray]], list[dict[tuple[str, float], np.ndarray]]]:
    """Figures of each score on the rows, and on bootstrap samples that all scores share."""
    lengths = [_length(k, len(rows.y)) for k in ks]
    rows, times = _alike(rows) if len(rows.scores) == 1 else (rows, np.ones(len(rows.y), dtype="int64"))

    def figures(counts: np.ndarray) -> list[dict[tuple[str, float], np.ndarray]]:
        return [_figures(rows, _down(rows, score, counts), counts, lengths) for score in rows.scores]

    points = figures(times[None, :].astype(float))
    blocks = [figures(counts) for counts in Bootstrap(seed, replicates).counts(times)]
    drawn = [
        {key: np.concatenate([np.empty(0), *(block[i][key] for block in blocks)]) for key in points[i]}
        for i in range(len(points))
    ]
    return points, drawn


def _alike(rows: _Rows) -> tuple[_Rows, np.ndarray]:
    """Rows that no figure tells apart as one, and how many they are.

    These are equal rows, and rows without a label with none labelled between them in the order: they take places, and
    nothing else. Where few are labelled this leaves few rows to draw.
    """
    if not len(rows.y):
        return rows, np.zeros(0, dtype="int64")
    group = np.cumsum(np.diff(rows.scores[0], prepend=rows.scores[0][0]) > 0)
    seen = np.bincount(group, rows.labelled) > 0
    run = np.cumsum(seen | np.r_[False, seen[:-1]])[group]
    cells, first, times = np.unique(
        np.column_stack([run, rows.labelled, rows.y, rows.w * rows.labelled]), axis=0, return_index=True,
        return_counts=True,
    )  # fmt: skip
    return _Rows(first, cells[:, 0][None, :], rows.y[first], rows.w[first], rows.labelled[first]), times


def _figures(
    rows: _Rows, down: _Down, counts: np.ndarray, lengths: Sequence[int]
) -> dict[tuple[str, float], np.ndarray]:
    found: dict[tuple[str, float], np.ndarray] = {
        ("auc", np.nan): _area(down), ("average_precision", np.nan): _precision(down),
        ("ndcg", np.nan): _gains(rows, down, counts),
    }  # fmt: skip
    for k in lengths:
        found |= {(name, float(k)): value for name, value in _first(down, k).items()}
    return found


def _first(down: _Down, k: int) -> dict[str, np.ndarray]:
    """Figures of the first k rows; of the group across the border a part is taken."""
    groups = down.units.shape[1]
    whole = (down.running["units"] <= k).sum(axis=1)

    def taken(name: str, part: np.ndarray | float) -> np.ndarray:
        """What lies in the groups that are wholly taken, and a part of the next."""
        inside, each = down.running[name], getattr(down, name)
        if not groups:
            return np.zeros(len(each))
        sample = np.arange(len(each))
        found: np.ndarray = np.where(whole > 0, inside[sample, whole - 1], 0.0)
        return found + np.where(whole < groups, part * each[sample, np.minimum(whole, groups - 1)], 0.0)

    border = taken("units", 1.0) - taken("units", 0.0)
    part = (k - taken("units", 0.0)) / np.where(border > 0, border, 1)
    length, seen, hits = taken("units", part), taken("seen", part), taken("hits", part)
    caught, total = taken("caught", part), down.caught.sum(axis=1)
    events, within = down.hits.sum(axis=1), length - seen
    behind = down.units.sum(axis=1) - down.seen.sum(axis=1) - within
    least, most = ratio(hits, events + behind), ratio(hits + within, events + within)
    precision = ratio(caught, taken("mass", part))
    return {
        "precision": precision, "recall": ratio(caught, total),
        "lift": ratio(precision, ratio(total, down.mass.sum(axis=1))), "coverage": ratio(seen, length),
        "precision_lower": ratio(hits, length), "precision_upper": ratio(hits + within, length),
        "recall_lower": least, "recall_upper": np.where(np.isnan(most) & ~np.isnan(least), 0.0, most),
    }  # fmt: skip


def _area(down: _Down) -> np.ndarray:
    others = down.mass - down.caught
    below = others.sum(axis=1, keepdims=True) - (down.running["mass"] - down.running["caught"]) + others / 2
    return ratio((down.caught * below).sum(axis=1), down.caught.sum(axis=1) * others.sum(axis=1))


def _precision(down: _Down) -> np.ndarray:
    mass = down.running["mass"]
    so_far = down.running["caught"] / np.where(mass > 0, mass, 1)
    return ratio((down.caught * so_far).sum(axis=1), down.caught.sum(axis=1))


def _gains(rows: _Rows, down: _Down, counts: np.ndarray) -> np.ndarray:
    """Discounted gains over those of the best order; equal scores share the mean discount of their places."""
    places = int(counts.sum(axis=1).max(initial=0))
    discount = np.r_[0.0, np.cumsum(1 / np.log2(np.arange(places) + 2))]
    # only groups with events count
    live = np.flatnonzero(down.caught.any(axis=0))
    seen, ends = down.seen[:, live], down.running["seen"][:, live].astype("int64")
    mean = (discount[ends] - discount[ends - seen.astype("int64")]) / np.where(seen > 0, seen, 1)
    gains, order = rows.ideal
    best = np.cumsum(counts[:, order], axis=1).astype("int64")
    ideal = (discount[best] - discount[best - counts[:, order].astype("int64")]) @ gains
    return ratio((mean * down.caught[:, live]).sum(axis=1), ideal)


def _extremes(rows: _Rows, k: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """Precision and weight of events of the worst and the best order of ties."""
    score = rows.scores[0]
    if not len(score):
        return (np.nan, np.nan), (np.nan, np.nan)
    border = np.sort(score)[::-1][k - 1]
    above, tied = score > border, score == border
    left, gain = k - int(above.sum()), rows.w * rows.y
    sums = float(gain[above].sum()), float(rows.w[above].sum())
    ends = []
    for side in (-1, 1):
        hits = sums[0] + side * np.sort(side * gain[tied])[::-1][:left].sum()
        ends.append((_best_ratio(gain[tied], rows.w[tied], sums, left, side), float(hits)))
    return ends[0], ends[1]


def _best_ratio(gain: np.ndarray, w: np.ndarray, sums: tuple[float, float], left: int, side: int) -> float:
    """The highest (side 1) or lowest (side -1) precision over choices of so many tied rows (Dinkelbach 1967)."""
    found = -np.inf
    # start from a choice with a label, if there is any
    chosen = np.argsort(-side * gain - 1e-9 * w, kind="stable")[:left]
    if sums[1] + w[chosen].sum() == 0:
        chosen = np.argsort(-w, kind="stable")[:left]
    for _ in range(100):
        mass = sums[1] + w[chosen].sum()
        if mass == 0:
            break
        better = float((sums[0] + gain[chosen].sum()) / mass)
        if side * better <= side * found and np.isfinite(found):
            break
        found = better
        chosen = np.argsort(-side * (gain - found * w), kind="stable")[:left]
    return float(found) if np.isfinite(found) else np.nan
