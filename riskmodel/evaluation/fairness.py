"""Does supervision fall evenly on areas, industries, sizes? Outcomes, errors and inclusion probability by group.

What harms an enterprise first is being inspected, so the first figure is the mean inclusion probability of a group.
Errors and calibration are seen where somebody looked: labelled rows count with the inverse of their probability.

The list and the draw are taken as they are; the bootstrap draws enterprises. Every figure is a ratio of two sums over
rows, so a replicate needs nine sums for each group, and all replicates are one matrix product of how often a row was
drawn with what it adds (reference: Efron & Tibshirani 1993, ch. 6; sums instead of refitting, sec. 25.1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from riskmodel.errors import InputError
from riskmodel.evaluation.inputs import columns, numbers, some
from riskmodel.scoring.resampling import Bootstrap, ratio

MISSING, OTHERS = "(missing)", "(others)"

# What a row adds: itself, seen, probability of inspection, on the list; then, weighted, if seen: problem on the list,
# problem not on it, none on it, none not on it, predicted probability.
_SUMS = ("n", "seen", "pi", "listed", "hit", "miss", "false", "clear", "predicted")
# figure → sums above and below the line
_RATIOS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "share_inspected": (("pi",), ("n",)),
    "label_coverage": (("seen",), ("n",)),
    "selection_rate": (("listed",), ("n",)),
    "event_rate": (("hit", "miss"), ("hit", "miss", "false", "clear")),
    "true_positive_rate": (("hit",), ("hit", "miss")),
    "false_negative_rate": (("miss",), ("hit", "miss")),
    "false_positive_rate": (("false",), ("false", "clear")),
    "precision": (("hit",), ("hit", "false")),
    "calibration": (("predicted",), ("hit", "miss")),
}
FIGURES = tuple(_RATIOS)
# Figures that need no outcome.
_OF_ROWS = ("share_inspected", "label_coverage", "selection_rate")


@dataclass(frozen=True)
class Minimum:
    """Rows and labelled problems that a group needs before figures of its own are shown."""

    rows: int = 100
    events: int = 10


@dataclass(frozen=True)
class Bound:
    """Where the ratio of a group's figure to that of all other groups should lie; set by the policy."""

    figure: str
    lowest: float
    highest: float


@dataclass(frozen=True)
class Fairness:
    """Figures by group.

    Attributes
    ----------
    groups : DataFrame
        attribute, group, status (reported, few_rows, few_events, others), n, labelled, events. Without the line
        ``(others)`` they add up to all rows.
    figures : DataFrame
        attribute, group, status, figure, value, low, high, ratio, ratio_low, ratio_high (to all other rows).
        ``calibration`` is predicted ÷ observed, one where they meet.
    """

    groups: pd.DataFrame
    figures: pd.DataFrame

    def verdicts(self, bounds: Sequence[Bound]) -> pd.DataFrame:
        """Each group against each bound: within, outside, unsure (the interval crosses a bound), or not_shown.

        Raises
        ------
        InputError
            If a bound names no figure or holds nothing (RM-EVA-004), or its figure could not be had from the columns
            (RM-EVA-003).
        """
        parts = []
        for bound in bounds:
            if bound.figure not in FIGURES or not bound.lowest <= bound.highest:
                raise InputError("RM-EVA-004", where="bound", found=bound, expected=", ".join(FIGURES))
            part = self.figures[self.figures["figure"] == bound.figure].drop(columns=["value", "low", "high"])
            if part.empty:
                raise InputError("RM-EVA-003", where="bound", found=f"no {bound.figure}", expected="pi, probability")
            part = part.assign(lowest=bound.lowest, highest=bound.highest)
            inside = (part["ratio_low"] >= bound.lowest) & (part["ratio_high"] <= bound.highest)
            beyond = (part["ratio_low"] > bound.highest) | (part["ratio_high"] < bound.lowest)
            hidden = part["ratio_low"].isna()
            parts.append(part.assign(verdict=np.select([hidden, inside, beyond], _VERDICTS[:3], _VERDICTS[3])))
        some(parts, "bounds")
        return pd.concat(parts, ignore_index=True)


_VERDICTS = ("not_shown", "within", "outside", "unsure")


def fairness(
    frame: pd.DataFrame,
    by: Sequence[str],
    *,
    k: int | None = None,
    minimum: Minimum | None = None,
    bootstrap: Bootstrap | None = None,
) -> Fairness:
    """Figures of every group of every attribute, with intervals, and their ratio to all other rows.

    Parameters
    ----------
    frame : DataFrame
        One row an enterprise: the attributes; ``observed`` and ``y`` (0 or 1 where observed); ``selected`` (chance to
        be on the list, 0 to 1), or ``risk_score`` with `k`; and where there are, ``pi`` (inclusion probability),
        ``weight`` (default: 1/pi, or 1) and ``probability`` (predicted).
    by : sequence of str
        Attributes such as town, industry, size, age, ownership. A missing value is a group of its own.
    k : int, optional
        Length of the list by score; equal scores at its end share the places.
    minimum : Minimum, optional
        Smaller groups keep their line (``few_rows``, or ``few_events`` with figures that need no outcome) and are
        counted together in ``(others)``.
    bootstrap : Bootstrap, optional
        Draws enterprises; raise its level where many groups are read together.

    Returns
    -------
    Fairness

    Raises
    ------
    InputError
        If a column lacks or has wrong values (RM-EVA-003, RM-EVA-004).

    Examples
    --------
    >>> rows = {"town": list("aabb") * 50, "observed": 1, "y": [0, 1] * 100, "selected": [1, 1, 0, 1] * 50, "pi": 0.5}
    >>> found = fairness(pd.DataFrame(rows), ["town"], minimum=Minimum(50, 5)).figures
    >>> found.loc[found["figure"] == "selection_rate", "value"].tolist()
    [1.0, 0.5]
    """
    some(by, "by")
    columns(frame, [*by, "observed", "y"], "frame")
    floor, how = minimum or Minimum(), bootstrap or Bootstrap()
    adds, shown = _contributions(frame, k)
    codes = {
        name: pd.factorize(frame[name].astype(object).where(frame[name].notna(), MISSING), sort=False) for name in by
    }
    lines = {name: _Lines(code, [str(v) for v in names], adds, floor) for name, (code, names) in codes.items()}
    first, times = _distinct(adds, [code for code, _ in codes.values()])
    drawn = _replicates(adds[first], times, {name: code[first] for name, (code, _) in codes.items()}, how)
    tables = [line.tables(name, drawn[name], how, shown) for name, line in lines.items()]
    groups, figures = (pd.concat(part, ignore_index=True) for part in zip(*tables, strict=True))
    return Fairness(groups, figures)


def _contributions(frame: pd.DataFrame, k: int | None) -> tuple[np.ndarray, list[str]]:
    """What each row adds to the nine sums, and the figures that the columns allow."""
    n = len(frame)
    seen = numbers(frame["observed"], "observed", lowest=0.0)
    y = np.where(seen > 0, frame["y"].to_numpy(dtype=float, na_value=np.nan), 0.0)
    pi = numbers(frame["pi"], "pi", lowest=0.0) if "pi" in frame else np.zeros(n)
    predicted = np.zeros(n)
    if "probability" in frame:
        predicted = np.where(seen > 0, frame["probability"].to_numpy(dtype=float, na_value=np.nan), 0.0)
    if not (np.isin(seen, (0, 1)).all() and np.isin(y, (0, 1)).all() and (pi <= 1).all()):
        raise InputError("RM-EVA-004", where="observed, y, pi", found="other values", expected="0 or 1; pi in [0, 1]")
    weight = numbers(np.where(seen > 0, _weight(frame, pi, seen), 0.0), "weight", lowest=0.0)
    listed = _selected(frame, k)
    predicted = numbers(predicted, "probability", lowest=0.0)
    event, none = weight * y, weight * (1 - y)
    adds = [np.ones(n), seen, pi, listed, event * listed, event * (1 - listed), none * listed, none * (1 - listed)]
    hidden = {
        name for name, column in (("share_inspected", "pi"), ("calibration", "probability")) if column not in frame
    }
    return np.column_stack([*adds, weight * predicted]), [name for name in FIGURES if name not in hidden]


def _weight(frame: pd.DataFrame, pi: np.ndarray, seen: np.ndarray) -> np.ndarray:
    if "weight" in frame:
        return frame["weight"].to_numpy(dtype=float, na_value=np.nan)
    if "pi" not in frame:
        return np.ones(len(frame))
    if ((pi == 0) & (seen > 0)).any():
        raise InputError("RM-EVA-004", where="pi", found="0 where a label was seen", expected="above 0")
    return ratio(np.ones(len(pi)), pi)


def _selected(frame: pd.DataFrame, k: int | None) -> np.ndarray:
    if k is None:
        columns(frame, ["selected"], "frame")
        listed = numbers(frame["selected"], "selected", lowest=0.0)
        if (listed > 1).any():
            raise InputError("RM-EVA-004", where="selected", found=listed.max(), expected="0 to 1")
        return listed
    columns(frame, ["risk_score"], "frame")
    score = numbers(frame["risk_score"], "risk_score")
    if not 1 <= k <= len(score):
        raise InputError("RM-EVA-004", where="k", found=k, expected=f"1 to {len(score)}")
    border = np.partition(score, len(score) - k)[len(score) - k]
    above, at = score > border, score == border
    return np.asarray(above + at * (k - above.sum()) / at.sum())


def _distinct(adds: np.ndarray, codes: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """One row number for each kind of row, and how many there are of it."""
    kind = np.zeros(len(adds), dtype="int64")
    for column in (*codes, *adds.T):
        part, names = pd.factorize(column)
        kind, _ = pd.factorize(kind * len(names) + part)
    first = np.unique(kind, return_index=True)[1]
    return first, np.bincount(kind, minlength=len(first))


def _replicates(
    adds: np.ndarray, times: np.ndarray, codes: Mapping[str, np.ndarray], how: Bootstrap
) -> dict[str, np.ndarray]:
    """The sums of each group in each replicate: attribute → replicates × groups × sums."""
    row, sum_ = np.nonzero(adds)
    groups = [int(code.max(initial=-1)) + 1 for code in codes.values()]
    starts = np.cumsum([0, *groups])
    value = np.tile(adds[row, sum_].astype(np.float32), len(codes))
    line = [(start + code[row]) * len(_SUMS) + sum_ for start, code in zip(starts, codes.values(), strict=False)]
    shape = (int(starts[-1]) * len(_SUMS), len(adds))
    product = csr_array((value, (np.concatenate(line), np.tile(row, len(codes)))), shape=shape)
    blocks = [(product @ counts.T).T for counts in how.counts(times)]
    drawn = np.concatenate([np.empty((0, shape[0])), *blocks]).reshape(-1, int(starts[-1]), len(_SUMS))
    return {name: drawn[:, i : i + n] for name, i, n in zip(codes, starts, groups, strict=False)}


class _Lines:
    """The lines of one attribute: each group, and the small ones together."""

    def __init__(self, code: np.ndarray, names: list[str], adds: np.ndarray, floor: Minimum) -> None:
        if OTHERS in names:
            raise InputError("RM-EVA-004", where="groups", found=OTHERS, expected="another name")
        self.sums = np.stack([np.bincount(code, column, minlength=len(names)) for column in adds.T], axis=1)
        event = (adds[:, 4] + adds[:, 5] > 0).astype(float)
        rows, events = self.sums[:, 0], np.bincount(code, event, minlength=len(names))
        status = np.select([rows < floor.rows, events < floor.events], ["few_rows", "few_events"], "reported")
        order = np.argsort(-rows, kind="stable")
        self.member = np.eye(len(names))[order]
        self.names, self.status = [names[i] for i in order], list(status[order])
        small = status != "reported"
        if small.any():
            self.member = np.vstack([self.member, small])
            both = rows[small].sum() < floor.rows, events[small].sum() < floor.events
            self.names.append(OTHERS)
            self.status.append("few_rows" if both[0] else "few_events" if both[1] else "others")
        self.events = self.member @ events

    def tables(
        self, attribute: str, drawn: np.ndarray, how: Bootstrap, shown: list[str]
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Sizes by group, and figures by group."""
        key = pd.DataFrame({"attribute": attribute, "group": self.names, "status": self.status})
        own = self.member @ self.sums
        whole = {"n": own[:, 0], "labelled": own[:, 1], "events": self.events}
        groups = key.assign(**{name: values.astype("int64") for name, values in whole.items()})
        value, against = self._figures(self.sums, shown)
        values, ratios = self._figures(drawn, shown)
        table = key.loc[key.index.repeat(len(shown))].reset_index(drop=True)
        table["figure"] = shown * len(key)
        (low, high), (below, above) = how.interval(values), how.interval(ratios)
        parts = {"value": value, "low": low, "high": high, "ratio": against, "ratio_low": below, "ratio_high": above}
        return groups, table.assign(**{name: part.ravel() for name, part in parts.items()})

    def _figures(self, sums: np.ndarray, shown: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Figures of the lines and their ratio to all other rows, hidden where a line is too small."""
        above, below = (np.array([[s in _RATIOS[f][side] for f in shown] for s in _SUMS], float) for side in (0, 1))
        own, rest = self.member @ sums, (1 - self.member) @ sums
        value = ratio(own @ above, own @ below)
        compared = ratio(value, ratio(rest @ above, rest @ below))
        status = np.array(self.status)[:, None]
        hidden = (status == "few_rows") | ((status == "few_events") & ~np.isin(shown, _OF_ROWS))
        return np.where(hidden, np.nan, value), np.where(hidden, np.nan, compared)
