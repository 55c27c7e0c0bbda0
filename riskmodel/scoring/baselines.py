"""What offices do today, as estimators: the orders that any model has to beat.

`Random`, `ByColumn` (last result, most penalties), `ExpertPoints` and `ByLevel` (inspector only) keep one protocol,
`Baseline`: fit on features, outcomes and weights; `order`, the higher the riskier; and give probabilities from a
weighted logistic regression on that order, so that they are judged like any model. `order_of` orders by any model.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from riskmodel.scoring.calibration import Calibrator
from riskmodel.scoring.expert import ExpertScorecard
from riskmodel.scoring.sample import likelier, names_of, sample_of


class Baseline(Protocol):
    """What all baselines can do."""

    classes_: np.ndarray

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Learn from outcomes."""

    def order(self, X: Any) -> np.ndarray:
        """What units are ordered by, the higher the riskier."""

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of both classes, shape (n, 2)."""


def order_of(model: Any, X: Any) -> np.ndarray:
    """What a baseline or a classifier orders units by, the higher the riskier."""
    return np.asarray(model.order(X) if hasattr(model, "order") else model.decision_function(X), dtype=float)


class Ordered(ClassifierMixin, BaseEstimator, ABC):  # type: ignore[misc]
    """An order of the rows by `_order`, and the probabilities that were found along it."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Learn from outcomes.

        Parameters
        ----------
        X : DataFrame or array of shape (n, features)
            Numbers; NaN is allowed.
        y : array of shape (n,)
            Two labels; the larger is the event.
        sample_weight : array of shape (n,), optional
            Weights, at least 0.
        """
        sample = sample_of(self, X, y, sample_weight)
        self.classes_ = sample.classes
        self._learn(sample.X, sample.event, sample.weight)
        index = None
        if isinstance(X, pd.DataFrame):
            index = X.index if sample_weight is None else X.index[np.asarray(sample_weight) > 0]
        order = self._order(sample.X, index)
        along = Calibrator(minimum_events=1).fit(order, sample.event, sample_weight=sample.weight)
        self.slope_, self.intercept_ = along.slope_, along.intercept_
        return self

    def order(self, X: Any) -> np.ndarray:
        """What units are ordered by, the higher the riskier."""
        check_is_fitted(self, "classes_")
        index = X.index if isinstance(X, pd.DataFrame) else None
        values = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        return self._order(np.asarray(values), index)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of both classes, shape (n, 2)."""
        order = self.order(X)
        chances = expit(self.intercept_ + self.slope_ * order)
        return np.column_stack([1 - chances, chances])

    def predict(self, X: Any) -> np.ndarray:
        """The likelier label of every row."""
        return likelier(self, X)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.classifier_tags.poor_score = True
        tags.input_tags.allow_nan = True
        return tags

    def _learn(self, X: np.ndarray, event: np.ndarray, weight: np.ndarray) -> None:
        """Learn what the order needs; most orders need nothing."""

    @abstractmethod
    def _order(self, X: np.ndarray, index: pd.Index | None) -> np.ndarray:
        """The order of the rows, the higher the riskier."""

    def _position(self, column: str | int) -> int:
        names = names_of(self)
        position = column if isinstance(column, int) else names.index(column) if column in names else -1
        if not 0 <= position < len(names):
            raise ValueError(f"the baseline orders by column {column!r}; there are {names}")
        return position


class Random(Ordered):
    """An order that knows nothing: tickets, a hash of the seed and the label of the row.

    Rows of a frame are told apart by their labels, rows without labels (an array, or a frame that only counts its
    rows) by their values; the ticket of a row does not depend on the others.

    Parameters
    ----------
    seed : str
        Decides the order.

    Examples
    --------
    >>> X = pd.DataFrame({"a": [0.0, 0.0, 0.0]}, index=["x", "y", "z"])
    >>> Random("1").fit(X, [0, 1, 1]).order(X).round(3).tolist()
    [0.889, 0.338, 0.424]
    """

    def __init__(self, seed: str = "0") -> None:
        self.seed = seed

    def _order(self, X: np.ndarray, index: pd.Index | None) -> np.ndarray:
        labels = [row.tobytes() for row in X]
        if index is not None and not isinstance(index, pd.RangeIndex):
            labels = [str(label).encode() for label in index]
        start = hashlib.sha256(str(self.seed).encode() + b"\0")
        return np.array([_ticket(start, label) for label in labels])


class ByColumn(Ordered):
    """The order of one feature: the last result, or the number of penalties in two years.

    Parameters
    ----------
    column : str or int
        Name, or position.
    sign : {1, -1}
        -1 if less means more risk.
    """

    def __init__(self, column: str | int = 0, *, sign: int = 1) -> None:
        self.column = column
        self.sign = sign

    def _learn(self, X: np.ndarray, event: np.ndarray, weight: np.ndarray) -> None:
        values = self.sign * X[:, self._position(self.column)]
        known = ~np.isnan(values)
        # whoever has no value stands where the average stands
        self.missing_ = float((values * weight)[known].sum() / weight[known].sum()) if known.any() else 0.0

    def _order(self, X: np.ndarray, index: pd.Index | None) -> np.ndarray:
        values = self.sign * X[:, self._position(self.column)]
        return np.where(np.isnan(values), self.missing_, values)


class ExpertPoints(Ordered):
    """The order of points that experts set; without any, all are equal.

    Parameters
    ----------
    points : mapping, optional
        Feature → (lower bound, points), bounds ascending, as for `ExpertScorecard`.
    """

    def __init__(self, points: Mapping[str, Sequence[tuple[float, int]]] | None = None) -> None:
        self.points = points

    def _order(self, X: np.ndarray, index: pd.Index | None) -> np.ndarray:
        card = ExpertScorecard(self.points or {})
        return card.points(pd.DataFrame(X, columns=names_of(self))).astype(float)


class ByLevel(Ordered):
    """The order of the levels of one column by their share of events: who inspects, and nothing else.

    Parameters
    ----------
    column : str or int
        Name, or position, of a column of codes.
    smoothing : float
        Weight of the share of all that is mixed into each level; an unknown level has that of all.
    """

    def __init__(self, column: str | int = 0, *, smoothing: float = 10.0) -> None:
        self.column = column
        self.smoothing = smoothing

    def _learn(self, X: np.ndarray, event: np.ndarray, weight: np.ndarray) -> None:
        self.levels_, member = np.unique(X[:, self._position(self.column)], return_inverse=True)
        self.share_ = float((weight * event).sum() / weight.sum())
        hits = np.bincount(member, weight * event) + self.smoothing * self.share_
        self.shares_ = hits / (np.bincount(member, weight) + self.smoothing)

    def _order(self, X: np.ndarray, index: pd.Index | None) -> np.ndarray:
        values = X[:, self._position(self.column)]
        # missing values are the last level, if there were any
        at = np.minimum(np.searchsorted(self.levels_, values), len(self.levels_) - 1)
        same = (self.levels_[at] == values) | (np.isnan(self.levels_[at]) & np.isnan(values))
        return np.where(same, self.shares_[at], self.share_)


def _ticket(start: Any, label: bytes) -> float:
    """A number in [0, 1) from the first 53 bits of the hash."""
    ticket = start.copy()
    ticket.update(label)
    return float((int.from_bytes(ticket.digest()[:8], "big") >> 11) * 2.0**-53)
