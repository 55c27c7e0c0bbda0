"""Scorecard fitted to outcomes: a sum of whole points that anybody can add up by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from riskmodel.scoring.binning import Bins, Limits, monotone_bins
from riskmodel.scoring.expert import ExpertScorecard as ExpertScorecard
from riskmodel.scoring.points import COLUMNS, contributions_of, points_sql, steps_from, typical_points

# Row of `table_` that holds the points at which an event is as likely as none; it belongs to no feature.
EVEN_ODDS = "(even odds)"
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

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
        Labels; the second is the event.
    table_ : DataFrame
        One row a bin: feature, low (included), high (excluded), n, events (weighted), woe, points; bins of missing
        values have neither low nor high; the last row (`EVEN_ODDS`) gives the points of even odds.
    typical_ : Series
        Weighted median of the points by feature.
    base_points_ : int
        0: the lowest bins have no points, so that no score is negative.
    even_odds_points_ : int
        Points at which the probability is one half; expected and observed events agree in the training sample.

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
    ) -> None:
        self.signs = signs
        self.max_bins = max_bins
        self.min_bin_share = min_bin_share
        self.C = C
        self.points_to_double_odds = points_to_double_odds
        self.smoothing = smoothing

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Scorecard:
        """Learn bins and points.

        Parameters
        ----------
        X : DataFrame or array of shape (n, features)
            Numbers; NaN is allowed.
        y : array of shape (n,)
            Two labels; the larger is the event.
        sample_weight : array of shape (n,), optional
            Weights, at least 0.

        Raises
        ------
        ValueError
            If there are not exactly two classes with weight, a sign is not -1, 0 or 1, or smoothing is not above 0.
        """
        X, y = validate_data(self, X, y, dtype=np.float64, ensure_all_finite="allow-nan")
        check_classification_targets(y)
        weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        X, y, weight = X[weight > 0], y[weight > 0], weight[weight > 0]
        self.classes_ = _two_classes(y)
        event = (y == self.classes_[1]).astype(float)
        names = self._names()
        if self.smoothing <= 0:
            raise ValueError(f"smoothing must be above 0; found {self.smoothing}")
        limits = Limits(self.max_bins, self.min_bin_share, self.smoothing)
        signs = _signs(self.signs, names)
        bins = [monotone_bins(X[:, j], event, weight, sign=s, limits=limits) for j, s in enumerate(signs)]
        codes, event, weight = _cells([b.codes(X[:, j]) for j, b in enumerate(bins)], event, weight)
        design = np.column_stack([b.woe[c] for b, c in zip(bins, codes.T, strict=True)])
        coefficients = _coefficients(design, event, weight, self.C)
        points = [_points(b, c * self._factor) for b, c in zip(bins, coefficients, strict=True)]
        total = sum(p[c] for p, c in zip(points, codes.T, strict=True))
        even = _even_odds(np.asarray(total), event, weight, self._factor)
        return self._take(_table(names, bins, points, even))

    @classmethod
    def from_table(cls, table: pd.DataFrame, *, points_to_double_odds: int = 20) -> Scorecard:
        """The scorecard of a `table_` that was exported; its classes are 0 and 1.

        Raises
        ------
        ValueError
            If the table is not one of a scorecard.
        """
        card = cls(points_to_double_odds=points_to_double_odds)._take(table.reset_index(drop=True))
        names = [s.feature for s in card._steps]
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
        X = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        return contributions_of(self._steps, list(X.T), pd.RangeIndex(len(X)) if index is None else index)

    def probability_of_points(self, points: np.ndarray) -> np.ndarray:
        """Probability of an event for each number of points."""
        return np.asarray(expit((np.asarray(points) - self.even_odds_points_) / self._factor), dtype=float)

    def decision_function(self, X: Any) -> np.ndarray:
        """Log odds of an event."""
        return (self.points(X) - self.even_odds_points_) / self._factor

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of both classes, shape (n, 2)."""
        chances = self.probability_of_points(self.points(X))
        return np.column_stack([1 - chances, chances])

    def predict(self, X: Any) -> np.ndarray:
        """The likelier label of every row."""
        likely = (self.decision_function(X) > 0).astype(int)
        answer: np.ndarray = self.classes_[likely]
        return answer

    def to_sql(self, table_name: str) -> str:
        """A query that gives every row of a table the same points as ``risk_score``."""
        check_is_fitted(self)
        return points_sql(self._steps, table_name, self.base_points_)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags

    @property
    def _factor(self) -> float:
        return float(self.points_to_double_odds / np.log(2))

    def _names(self) -> list[str]:
        return [str(n) for n in getattr(self, "feature_names_in_", [f"x{j}" for j in range(self.n_features_in_)])]

    def _take(self, table: pd.DataFrame) -> Scorecard:
        even = table["feature"].eq(EVEN_ODDS).to_numpy()
        if even.sum() != 1:
            raise ValueError(f"the table of a scorecard has one row {EVEN_ODDS!r}, this one {even.sum()}")
        self.table_ = table
        self.even_odds_points_ = int(table["points"].to_numpy()[even][0])
        self._steps = steps_from(table[~even])
        self.typical_ = _typical(table[~even])
        return self


def _two_classes(y: np.ndarray) -> np.ndarray:
    classes = np.unique(y)
    if len(classes) > 2:
        kind = type_of_target(y)
        raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")
    if len(classes) < 2:
        raise ValueError(f"A scorecard needs two classes with positive weight; found one class: {classes.tolist()}")
    return classes


def _signs(signs: Mapping[str, int] | Sequence[int] | None, names: Sequence[str]) -> list[int]:
    if signs is None:
        return [0] * len(names)
    given = [signs.get(name, 0) for name in names] if isinstance(signs, Mapping) else list(signs)
    if len(given) != len(names) or not set(given) <= {-1, 0, 1}:
        raise ValueError(f"signs must be -1, 0 or 1, one for each of {len(names)} features; found {given}")
    return [int(sign) for sign in given]


def _cells(codes: list[np.ndarray], event: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distinct rows of bins and outcome with their summed weights, in an order that rows do not decide."""
    cells, member = np.unique(np.column_stack([*codes, event.astype("int16")]), axis=0, return_inverse=True)
    order = np.lexsort((weight, member.ravel()))
    first = np.unique(member.ravel()[order], return_index=True)[1]
    return cells[:, :-1], cells[:, -1].astype(float), np.add.reduceat(weight[order], first)


def _coefficients(design: np.ndarray, event: np.ndarray, weight: np.ndarray, C: float) -> np.ndarray:
    """Ridge coefficients, none negative: the most negative is set to zero and the rest fitted again."""
    coefficients = np.zeros(design.shape[1])
    kept = np.flatnonzero(np.ptp(design, axis=0) > 0)
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

    def excess(even: int) -> float:
        return float((weight * expit((points - even) / factor)).sum() - observed)

    reach = int(60 * factor)
    low, high = int(points.min()) - reach, int(points.max()) + reach
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return low if abs(excess(low)) < abs(excess(high)) else high


def _table(names: Sequence[str], bins: Sequence[Bins], points: Sequence[np.ndarray], even: int) -> pd.DataFrame:
    parts = [
        pd.DataFrame({
            "feature": name, "low": [-np.inf, *b.lows, np.nan], "high": [*b.lows, np.inf, np.nan],
            "n": b.n, "events": b.events, "woe": b.woe, "points": p,
        })
        for name, b, p in zip(names, bins, points, strict=True)
    ]  # fmt: skip
    last = [(EVEN_ODDS, np.nan, np.nan, bins[0].n.sum(), bins[0].events.sum(), np.nan, even)]
    return pd.concat([*parts, pd.DataFrame(last, columns=list(COLUMNS))], ignore_index=True)


def _typical(table: pd.DataFrame) -> pd.Series:
    return pd.Series({
        str(name): typical_points(rows["points"].to_numpy(), rows["n"].to_numpy())
        for name, rows in table.groupby("feature", sort=False)
    }, dtype="int64")  # fmt: skip
