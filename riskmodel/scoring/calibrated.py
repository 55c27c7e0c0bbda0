"""A classifier that learns from earlier rows and calibrates on later ones, as it will be used."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from riskmodel.scoring.calibration import Calibrator, calibrated_in_time, split_in_time
from riskmodel.scoring.sample import likelier, sample_of
from riskmodel.scoring.scorecard import Scorecard


class CalibratedInTime(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Scores from a model of earlier rows; probabilities from the latest rows, by the simplest map that holds.

    Parameters
    ----------
    estimator : classifier, optional
        Has a `decision_function`; fitted on rows that are at least `gap` before the later slice. A `Scorecard` by
        default.
    later : float
        Share of the weight in the later slice, on which probabilities are found.
    gap : float
        Least distance in time between both, in units of `when`: the time that labels take to mature.
    minimum_events : int
        Events, and non-events, of the later slice below which the estimator keeps its own probabilities.

    Attributes
    ----------
    estimator_ : classifier
        Fitted on the earlier rows.
    calibrator_ : Calibrator
        Fitted on the later rows (see `calibrated_in_time`).
    classes_ : ndarray of shape (2,)
        Labels; the second is the event.
    """

    def __init__(
        self, estimator: Any = None, *, later: float = 0.3, gap: float = 0.0, minimum_events: int = 30
    ) -> None:
        self.estimator = estimator
        self.later = later
        self.gap = gap
        self.minimum_events = minimum_events

    def fit(self, X: Any, y: Any, sample_weight: Any = None, when: Any = None, nuisance: Any = None) -> Any:
        """Learn from earlier rows, calibrate on later ones.

        Parameters
        ----------
        X, y, sample_weight
            As for `Scorecard.fit`.
        when : array of shape (n,), optional
            Numeric times; without them there is no later slice, and the estimator keeps its own probabilities.
        nuisance : DataFrame or array of shape (n, terms), optional
            As for `Scorecard.fit`; handed to the estimator.

        Raises
        ------
        ValueError
            If earlier rows do not hold two classes.
        """
        sample = sample_of(self, X, y, sample_weight)
        self.classes_ = sample.classes
        y = np.asarray(y).ravel()
        weight = np.ones(len(y)) if sample_weight is None else np.broadcast_to(np.asarray(sample_weight, float), len(y))
        times = np.zeros(len(y)) if when is None else np.asarray(when, dtype=float)
        check_consistent_length(y, times)
        later = split_in_time(times, weight, share=self.later)
        earlier = ~later & (times <= times[later].min(initial=np.inf) - self.gap)
        # a pipeline takes no weights that it was not told of: none are handed on where none were given
        given = {} if sample_weight is None else {"sample_weight": weight[earlier]}
        if nuisance is not None:
            given["nuisance"] = _rows(nuisance, earlier)
        base = Scorecard() if self.estimator is None else clone(self.estimator)
        self.estimator_ = base.fit(_rows(X, earlier), y[earlier], **given)
        self.calibrator_ = Calibrator()
        if later.any():
            self.calibrator_ = self._calibrated(_rows(X, later), y[later], times[later], weight[later])
        return self

    @classmethod
    def around(cls, fitted: Any, X: Any, y: np.ndarray, sample_weight: np.ndarray | None = None) -> CalibratedInTime:
        """A classifier that was fitted before, with probabilities found on these rows, which should be later ones.

        Parameters
        ----------
        fitted : classifier
            Has a `decision_function`.
        X, y, sample_weight
            As for `fit`; with too few events the classifier keeps its own probabilities.
        """
        made = cls(fitted)
        for name in ("classes_", "n_features_in_", "feature_names_in_"):
            if hasattr(fitted, name):
                setattr(made, name, getattr(fitted, name))
        made.estimator_ = fitted
        along = np.asarray(fitted.decision_function(X), dtype=float)
        found = Calibrator(minimum_events=made.minimum_events)
        made.calibrator_ = found.fit(along, np.asarray(y) == made.classes_[1], sample_weight=sample_weight)
        return made

    def _calibrated(self, X: Any, y: np.ndarray, when: np.ndarray, weight: np.ndarray) -> Calibrator:
        return calibrated_in_time(
            self.estimator_.decision_function(X), y == self.classes_[1], when,
            sample_weight=weight, minimum_events=self.minimum_events,
        )  # fmt: skip

    def decision_function(self, X: Any) -> np.ndarray:
        """Log odds of an event."""
        p = np.clip(self.predict_proba(X)[:, 1], 1e-12, 1 - 1e-12)
        odds: np.ndarray = np.log(p) - np.log1p(-p)
        return odds

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of both classes, shape (n, 2)."""
        check_is_fitted(self)
        if not self.calibrator_.learnt:
            return np.asarray(self.estimator_.predict_proba(X), dtype=float)
        chances = self.calibrator_.predict(self.estimator_.decision_function(X))
        return np.column_stack([1 - chances, chances])

    def predict(self, X: Any) -> np.ndarray:
        """The likelier label of every row."""
        return likelier(self, X)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags


def _rows(table: Any, kept: np.ndarray) -> Any:
    return table[kept] if isinstance(table, pd.DataFrame | pd.Series) else np.asarray(table)[kept]
