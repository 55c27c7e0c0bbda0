"""Scorecard fitted to outcomes: a sum of whole points that anybody can add up by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits

from riskmodel.scoring.binning import Bins, Limits, monotone_bins
from riskmodel.scoring.expert import ExpertScorecard as ExpertScorecard
from riskmodel.scoring.points import (
    BESIDE,
    COLUMNS,
    DOUBLE_ODDS,
    contributions_of,
    feature_rows,
    points_sql,
    steps_from,
    typical_points,
)
from riskmodel.scoring.points import EVEN_ODDS as EVEN_ODDS
from riskmodel.scoring.sample import Sample, frame_of, likelier, names_of, no_effects, plain, sample_of, signs_of

# Coefficients are rounded before points are: rounding noise of linear algebra must not move a whole point.
_DECIMALS = 6


class Scorecard(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A scorecard fitted to outcomes: monotone bins, whole points, additive.

    Features are binned (`monotone_bins`); a ridge logistic regression on the weights of evidence gives each feature
    a coefficient; features whose coefficient is negative, one at a time, the most negative first, get no points,
    because they would turn the direction around. Coefficient × weight of evidence, above the lowest bin of the
    feature and rounded, are the points. The points *are* the model: probabilities are computed from whole points.

    Parameters
    ----------
    signs : mapping or sequence, optional
        Expected direction by feature name, or in the order of the columns: 1 if more means more risk, -1 if less,
        0 (or absent) to take the direction of the data.
    max_bins : int
        Most bins of a feature; missing values have their own bin beside.
    min_bin_share : float
        Least share of the weight in a bin.
    C : float
        Inverse strength of the ridge, as in `LogisticRegression`.
    points_to_double_odds : int
        Points that double the odds of an event.
    smoothing : float
        Weight of the overall share of events that is mixed into each bin; above 0, so that a bin without events
        has finite evidence.
    nuisance_spread : float
        Standard deviation, in log odds, that effects of nuisance levels are expected to have (see `fit`).

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
        Labels; the second is the event.
    table_ : DataFrame
        One row a bin: feature, low (included), high (excluded), n, events (weighted), woe, points; bins of missing
        values have neither low nor high; the last rows give the points that double the odds (`DOUBLE_ODDS`) and those
        of even odds (`EVEN_ODDS`). With nuisance terms, n and events are neutral ones, and rows `BESIDE` give the
        distribution of what nuisance added.
    typical_ : Series
        Weighted median of the points by feature.
    base_points_ : int
        0: the lowest bins have no points, so that no score is negative.
    even_odds_points_ : int
        Points at which the odds are even (with nuisance terms: where they add nothing); expected and observed
        events agree in the training sample.
    nuisance_ : DataFrame
        Effects of nuisance terms: term, level, n, log_odds; empty without any.

    Notes
    -----
    A whole weight means the same as repetition. Weights that sum to a population (1/π) therefore weaken ridge and
    smoothing; scale them to a mean of one to keep the strength of a sample.

    References
    ----------
    Siddiqi, N. (2006), Credit Risk Scorecards, ch. 6. Ayer et al. (1955), Ann. Math. Statist. 26, 641–647.
    """

    base_points_ = 0

    def __init__(
        self,
        signs: Mapping[str, int] | Sequence[int] | None = None,
        *,
        max_bins: int = 5,
        min_bin_share: float = 0.02,
        C: float = 1.0,
        points_to_double_odds: int = 20,
        smoothing: float = 10.0,
        nuisance_spread: float = 0.5,
    ) -> None:
        self.signs = signs
        self.max_bins = max_bins
        self.min_bin_share = min_bin_share
        self.C = C
        self.points_to_double_odds = points_to_double_odds
        self.smoothing = smoothing
        self.nuisance_spread = nuisance_spread

    def fit(self, X: Any, y: Any, sample_weight: Any = None, nuisance: Any = None) -> Scorecard:
        """Learn bins and points.

        Parameters
        ----------
        X : DataFrame or array of shape (n, features)
            Numbers; NaN is allowed.
        y : array of shape (n,)
            Two labels; the larger is the event.
        sample_weight : array of shape (n,), optional
            Weights, at least 0.
        nuisance : DataFrame or array of shape (n, terms), optional
            Levels of what moved outcomes without being the unit's doing (inspector, season). Their effects are
            fitted beside the features and taken out of the points; probabilities are averaged over them.

        Raises
        ------
        ValueError
            If there are not exactly two classes with weight, a sign is not -1, 0 or 1, or smoothing is not above 0.
        """
        sample = sample_of(self, X, y, sample_weight, nuisance, spread=self.nuisance_spread)
        self.classes_, self.nuisance_ = sample.classes, sample.effects
        return self._learn(sample, sample.neutral)

    def _learn(self, sample: Sample, neutral: np.ndarray) -> Scorecard:
        if self.smoothing <= 0:
            raise ValueError(f"smoothing must be above 0; found {self.smoothing}")
        names, columns = names_of(self), sample.X.T
        limits = Limits(self.max_bins, self.min_bin_share, self.smoothing)
        pairs = zip(columns, signs_of(self.signs, names), strict=True)
        bins = [monotone_bins(x, sample.event, neutral, sign=sign, limits=limits) for x, sign in pairs]
        codes = np.column_stack([b.codes(x) for b, x in zip(bins, columns, strict=True)])
        coefficients = _coefficients(bins, *_cells(codes, sample.event, neutral), self.C)
        points = [_points(b, c * self._factor) for b, c in zip(bins, coefficients, strict=True)]
        total = np.sum([p[c] for p, c in zip(points, codes.T, strict=True)], axis=0)
        shifts = np.zeros(1, "int64") if sample.beside is None else sample.beside.shifts(self._factor)
        even = _even_odds(total + shifts, sample.event, sample.weight, self._factor)
        beside = _beside(shifts, sample) if sample.beside is not None else []
        return self._take(_table(names, bins, points, [*beside, _last_rows(bins[0], self.points_to_double_odds, even)]))

    @classmethod
    def from_table(cls, table: pd.DataFrame, *, points_to_double_odds: int | None = None) -> Scorecard:
        """The scorecard of a `table_` that was exported; its classes are 0 and 1.

        Points that double the odds are those of the table, if it says so, else those given here, or 20.

        Raises
        ------
        ValueError
            If the table is not one of a scorecard, or says another number than the one given here.
        """
        said = {int(p) for p in table.loc[table["feature"].eq(DOUBLE_ODDS), "points"]} if "feature" in table else set()
        given = said | ({points_to_double_odds} if points_to_double_odds is not None else set())
        if len(given) > 1:
            raise ValueError(f"one number of points doubles the odds; found {sorted(given)}")
        card = cls(points_to_double_odds=min(given, default=20))._take(table.reset_index(drop=True))
        names = [s.feature for s in card._steps]
        card.nuisance_ = no_effects()
        card.classes_, card.n_features_in_ = np.array([0, 1]), len(names)
        if names != [f"x{j}" for j in range(len(names))]:
            card.feature_names_in_ = np.array(names, dtype=object)
        return card

    def points(self, X: Any) -> np.ndarray:
        """Whole points of every row (int64), the higher the riskier: the sum of the contributions."""
        return np.asarray(self.contributions(X).sum(axis=1).to_numpy(), dtype="int64") + self.base_points_

    def contributions(self, X: Any) -> pd.DataFrame:
        """Whole points of every row and feature; rows keep their index."""
        check_is_fitted(self)
        index = X.index if isinstance(X, pd.DataFrame) else None
        # the steps at both ends are open: infinite values have points, as in the query
        X = validate_data(self, X, dtype=np.float64, ensure_all_finite=False, reset=False)
        return contributions_of(self._steps, list(X.T), pd.RangeIndex(len(X)) if index is None else index)

    def probability_of_points(self, points: np.ndarray) -> np.ndarray:
        """Probability of an event for each number of points, averaged over what nuisance terms added in training."""
        values, member = np.unique(np.asarray(points), return_inverse=True)
        above = values[:, None] + self._shifts - self.even_odds_points_
        chances: np.ndarray = (expit(above / self._factor) @ self._shift_shares)[member]
        return chances.reshape(np.shape(points))

    def decision_function(self, X: Any) -> np.ndarray:
        """Log odds of an event (with nuisance terms: where they add nothing)."""
        return (self.points(X) - self.even_odds_points_) / self._factor

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of both classes, shape (n, 2)."""
        chances = self.probability_of_points(self.points(X))
        return np.column_stack([1 - chances, chances])

    def predict(self, X: Any) -> np.ndarray:
        """The likelier label of every row."""
        return likelier(self, X)

    def to_sql(self, table_name: str) -> str:
        """A query that gives every row of a table the same points as ``risk_score``."""
        check_is_fitted(self)
        return points_sql(self._steps, table_name, self.base_points_)

    def __getstate__(self) -> dict[str, Any]:
        # the table says all: it is saved as lists, and the rest is read off it again
        state = dict(super().__getstate__())
        for name in ("_steps", "typical_", "_shifts", "_shift_shares"):
            state.pop(name, None)
        return state | {n: plain(state[n]) for n in ("table_", "nuisance_") if n in state}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "table_" in state:
            self.nuisance_ = frame_of(state["nuisance_"])
            self._take(pd.DataFrame(state["table_"]))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags

    @property
    def _factor(self) -> float:
        return float(self.points_to_double_odds / np.log(2))

    def _take(self, table: pd.DataFrame) -> Scorecard:
        even = table["feature"].eq(EVEN_ODDS).to_numpy()
        if even.sum() != 1:
            raise ValueError(f"the table of a scorecard has one row {EVEN_ODDS!r}, this one {even.sum()}")
        self.table_ = table
        self.even_odds_points_ = int(table["points"].to_numpy()[even][0])
        self._steps = steps_from(feature_rows(table))
        self.typical_ = _typical(feature_rows(table))
        beside = table[table["feature"].eq(BESIDE)]
        self._shifts = beside["points"].to_numpy(dtype="int64") if len(beside) else np.zeros(1, dtype="int64")
        self._shift_shares = (beside["n"] / beside["n"].sum()).to_numpy() if len(beside) else np.ones(1)
        return self


def _cells(codes: np.ndarray, event: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distinct rows of bins and outcome with their summed weights, in an order that rows do not decide."""
    word, size, words = event.astype("int64"), 2, []
    for column in codes.T:
        count = int(column.max()) + 1
        if size * count > 2**62:
            words.append(word)
            word, size = np.zeros(len(event), dtype="int64"), 1
        word, size = word * count + column, size * count
    words.append(word)
    order = np.lexsort(words)
    new = np.any([np.diff(w[order], prepend=-1) != 0 for w in words], axis=0)
    first = np.flatnonzero(new)
    return codes[order[first]], event[order[first]], np.add.reduceat(weight[order], first)


def _coefficients(
    bins: Sequence[Bins], codes: np.ndarray, event: np.ndarray, weight: np.ndarray, C: float
) -> np.ndarray:
    """Ridge coefficients, none negative: the most negative is set to zero and the rest fitted again."""
    design = np.column_stack([b.woe[c] for b, c in zip(bins, codes.T, strict=True)])
    coefficients = np.zeros(design.shape[1])
    kept = np.flatnonzero(np.ptp(design, axis=0) > 0)
    # few columns: more threads only wait for each other
    with threadpool_limits(1):
        while len(kept):
            model = LogisticRegression(C=C, solver="newton-cholesky", tol=1e-8, max_iter=200)
            found = np.round(model.fit(design[:, kept], event, sample_weight=weight).coef_[0], _DECIMALS)
            if (found >= 0).all():
                coefficients[kept] = found
                break
            kept = np.delete(kept, np.argmin(found))
    return coefficients


def _points(bins: Bins, scale: float) -> np.ndarray:
    points: np.ndarray = np.rint(scale * (bins.woe - bins.woe.min())).astype("int64")
    return points


def _even_odds(points: np.ndarray, event: np.ndarray, weight: np.ndarray, factor: float) -> int:
    """Whole points of even odds at which expected events come closest to the observed."""
    observed = (weight * event).sum()
    points, member = np.unique(points, return_inverse=True)
    weight = np.bincount(member, weight)

    def excess(even: int) -> float:
        return float((weight * expit((points - even) / factor)).sum() - observed)

    reach = int(60 * factor)
    low, high = int(points.min()) - reach, int(points.max()) + reach
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return low if abs(excess(low)) < abs(excess(high)) else high


def _beside(shifts: np.ndarray, sample: Sample) -> list[pd.DataFrame]:
    """The distribution of what nuisance added, in whole points, as rows of the table."""
    values, member = np.unique(shifts, return_inverse=True)
    n, events = np.bincount(member, sample.weight), np.bincount(member, sample.weight * sample.event)
    return [
        pd.DataFrame({"feature": BESIDE, "n": n, "events": events, "points": values}).reindex(columns=list(COLUMNS))
    ]


def _last_rows(bins: Bins, doubling: int, even: int) -> pd.DataFrame:
    """What turns points into odds."""
    rows = [(name, np.nan, np.nan, bins.n.sum(), bins.events.sum(), np.nan, points)
            for name, points in ((DOUBLE_ODDS, doubling), (EVEN_ODDS, even))]  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _table(
    names: Sequence[str], bins: Sequence[Bins], points: Sequence[np.ndarray], ends: Sequence[pd.DataFrame]
) -> pd.DataFrame:
    parts = [
        pd.DataFrame({
            "feature": name, "low": [-np.inf, *b.lows, np.nan], "high": [*b.lows, np.inf, np.nan],
            "n": b.n, "events": b.events, "woe": b.woe, "points": p,
        })
        for name, b, p in zip(names, bins, points, strict=True)
    ]  # fmt: skip
    return pd.concat([*parts, *ends], ignore_index=True)


def _typical(table: pd.DataFrame) -> pd.Series:
    return pd.Series({
        str(name): typical_points(rows["points"].to_numpy(), rows["n"].to_numpy())
        for name, rows in table.groupby("feature", sort=False)
    }, dtype="int64")  # fmt: skip
