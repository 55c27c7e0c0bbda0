"""The challenger: gradient boosting that keeps the signs, says what each feature adds, and loads without executing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits

from riskmodel.scoring.sample import frame_of, likelier, names_of, plain, sample_of, signs_of

# Types that skops must be told to trust when it loads a challenger, calibrated or not; loading runs none of their code.
TRUSTED_TYPES = (
    "riskmodel.scoring.calibrated.CalibratedInTime",
    "riskmodel.scoring.calibration.Calibrator",
    "riskmodel.scoring.challenger.Challenger",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
)
# More splits on one path say nothing that a table can show.
_DEPTH = 8
# Cells of a table below which more threads wait for each other longer than they work.
_SMALL = 2_000_000


class Challenger(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Histogram gradient boosting with monotone constraints and exact additive reasons.

    Parameters
    ----------
    signs : mapping or sequence, optional
        Expected direction by feature name, or in the order of the columns: 1 if more means more risk, -1 if less,
        0 (or absent) for no constraint.
    learning_rate, max_iter, max_leaf_nodes, min_samples_leaf, l2_regularization
        As in `HistGradientBoostingClassifier`; small trees, because labels are few and noisy.
    nuisance_spread : float
        Standard deviation, in log odds, that effects of nuisance levels are expected to have (see `fit`).

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
        Labels; the second is the event.
    n_iter_ : int
        Trees.
    model_ : HistGradientBoostingClassifier
        The trees.
    nuisance_ : DataFrame
        Effects of nuisance terms: term, level, n, log_odds; empty without any.

    Notes
    -----
    Nuisance terms never become columns of the trees: rows are weighted so that they move the odds no more
    (`riskmodel.scoring.nuisance`). Averaging over categorical columns would need a pass of all rows for every
    combination of levels, and could hide inspectors in interactions; this way the log odds, their contributions and
    the ranking are functions of the features alone, and only probabilities are averaged.

    `min_samples_leaf` counts rows, whatever their weight. Early stopping is off: it would draw rows at random, while
    time decides here what is held out.

    References
    ----------
    Ke et al. (2017), LightGBM, NIPS 30. Lundberg et al. (2020), Nat. Mach. Intell. 2, 56–67.
    """

    def __init__(
        self,
        signs: Mapping[str, int] | Sequence[int] | None = None,
        *,
        learning_rate: float = 0.05,
        max_iter: int = 150,
        max_leaf_nodes: int = 12,
        min_samples_leaf: int = 30,
        l2_regularization: float = 5.0,
        nuisance_spread: float = 0.5,
    ) -> None:
        self.signs = signs
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.max_leaf_nodes = max_leaf_nodes
        self.min_samples_leaf = min_samples_leaf
        self.l2_regularization = l2_regularization
        self.nuisance_spread = nuisance_spread

    def fit(self, X: Any, y: Any, sample_weight: Any = None, nuisance: Any = None) -> Challenger:
        """Grow the trees.

        Parameters
        ----------
        X : DataFrame or array of shape (n, features)
            Numbers; NaN is allowed.
        y : array of shape (n,)
            Two labels; the larger is the event.
        sample_weight : array of shape (n,), optional
            Weights, at least 0.
        nuisance : DataFrame or array of shape (n, terms), optional
            Levels of what moved outcomes without being the unit's doing, as in `Scorecard.fit`.

        Raises
        ------
        ValueError
            If there are not exactly two classes with weight, or a sign is not -1, 0 or 1.
        """
        sample = sample_of(self, X, y, sample_weight, nuisance, spread=self.nuisance_spread)
        self.classes_ = sample.classes
        signs = signs_of(self.signs, names_of(self))
        self._columns = _telling(sample.X, signs)
        self.model_ = HistGradientBoostingClassifier(
            learning_rate=self.learning_rate, max_iter=self.max_iter, max_leaf_nodes=self.max_leaf_nodes,
            min_samples_leaf=self.min_samples_leaf, l2_regularization=self.l2_regularization, max_depth=_DEPTH,
            monotonic_cst=[signs[column] for column in self._columns], early_stopping=False, random_state=0,
        )  # fmt: skip
        X = sample.X[:, self._columns]
        # the trees cannot bin a column without any value; a constant is never split
        X = np.zeros_like(X) if np.isnan(X).all() else X
        with threadpool_limits(1 if X.size < _SMALL else None, user_api="openmp"):
            self.model_.fit(X, sample.event, sample_weight=_unequal(sample.neutral))
        self.n_iter_, self.nuisance_ = self.model_.n_iter_, sample.effects
        offsets = np.zeros(1) if sample.beside is None else sample.beside.offsets.round(2)
        weight = np.ones(1) if sample.beside is None else sample.weight
        self._shifts, member = np.unique(offsets, return_inverse=True)
        self._shift_shares = np.bincount(member, weight) / weight.sum()
        return self

    def decision_function(self, X: Any) -> np.ndarray:
        """Log odds of an event (with nuisance terms: where they add nothing)."""
        X = self._checked(X)
        return np.asarray(self.model_.decision_function(X[:, self._columns]), dtype=float)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of both classes, shape (n, 2), averaged over what nuisance terms added in training."""
        odds = self.decision_function(X)
        chances = np.zeros(len(odds))
        for shift, share in zip(self._shifts, self._shift_shares, strict=True):
            chances += share * expit(odds + shift)
        return np.column_stack([1 - chances, chances])

    def predict(self, X: Any) -> np.ndarray:
        """The likelier label of every row."""
        return likelier(self, X)

    def contributions(self, X: Any) -> pd.DataFrame:
        """What each feature adds to the log odds of every row: Shapley values; rows keep their index.

        With `base_log_odds_`, each row sums to its log odds.
        """
        from riskmodel.scoring.attribution import tree_contributions  # compiled code: only where it is needed

        index = X.index if isinstance(X, pd.DataFrame) else None
        X = self._checked(X)
        found, _ = tree_contributions(self._trees(), X)
        return pd.DataFrame(found, columns=names_of(self), index=pd.RangeIndex(len(X)) if index is None else index)

    @property
    def base_log_odds_(self) -> float:
        """Mean log odds of the training rows."""
        from riskmodel.scoring.attribution import mean_of

        check_is_fitted(self)
        return float(self.model_._baseline_prediction[0, 0]) + sum(mean_of(tree) for tree in self._trees())

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        return state | ({"nuisance_": plain(state["nuisance_"])} if "nuisance_" in state else {})

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "nuisance_" in state:
            self.nuisance_ = frame_of(state["nuisance_"])
            # stored before columns that tell nothing were left out
            self._columns = state.get("_columns", np.arange(self.n_features_in_))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags

    def _checked(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        checked = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        return np.asarray(checked)

    def _trees(self) -> list[np.ndarray]:
        """Nodes of every tree; features by their place among all."""
        found = [trees[0].nodes.copy() for trees in self.model_._predictors]
        for nodes in found:
            nodes["feature_idx"] = self._columns[nodes["feature_idx"]]
        return found


def _telling(X: np.ndarray, signs: Sequence[int]) -> np.ndarray:
    """Columns that a tree may split: not those with one value, nor an earlier one of the same sign again.

    The trees are the same: of equal gains scikit-learn takes the first column.
    """
    first: dict[tuple[int, bytes], int] = {}
    for column, values in enumerate(X.T):
        varies = not np.isnan(values).all() and not (values == values[0]).all()
        if varies:
            first.setdefault((signs[column], blake2b(values.tobytes()).digest()), column)
    return np.array(list(first.values()) or [0])


def _unequal(weight: np.ndarray) -> np.ndarray | None:
    """No weights where all are 1: the trees are the same, and their bins are found in a fraction of the time."""
    return None if (weight == 1).all() else weight
