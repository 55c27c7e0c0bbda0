"""What every classifier here checks before it learns: two classes, weights, signs, and nuisance terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, validate_data

from riskmodel.scoring.binning import gridded
from riskmodel.scoring.nuisance import Nuisance, nuisance_effects


class Fitted(Protocol):
    """A classifier of two classes that has learnt."""

    classes_: np.ndarray

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of both classes, shape (n, 2)."""


@dataclass(frozen=True)
class Sample:
    """Rows with weight, ready to learn from.

    Attributes
    ----------
    X, event, weight : ndarray
        Features; 1 for an event, 0 otherwise; weights on a grid with exact sums.
    classes : ndarray of shape (2,)
        Labels; the second is the event.
    beside : Nuisance or None
        Effects of nuisance terms.
    """

    X: np.ndarray
    event: np.ndarray
    weight: np.ndarray
    classes: np.ndarray
    beside: Nuisance | None

    @property
    def neutral(self) -> np.ndarray:
        """Weights under which nuisance does not move the odds."""
        return self.weight if self.beside is None else gridded(self.beside.neutral(self.event, self.weight))

    @property
    def effects(self) -> pd.DataFrame:
        """Effects of levels: term, level, n, log_odds; empty without nuisance."""
        if self.beside is not None:
            return self.beside.effects
        return no_effects()


def no_effects() -> pd.DataFrame:
    """The table of effects without nuisance terms."""
    kinds = {"term": "str", "level": "object", "n": "float64", "log_odds": "float64"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def plain(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """A frame as lists, which can be saved without code; what is neither number nor text becomes text."""
    kept = (str, int, float, bool, type(None))
    return {str(c): [v if isinstance(v, kept) else str(v) for v in frame[c].tolist()] for c in frame}


def frame_of(effects: dict[str, list[Any]]) -> pd.DataFrame:
    """The table of effects again."""
    return pd.DataFrame(effects) if effects["term"] else no_effects()


def sample_of(
    estimator: Any, X: Any, y: Any, sample_weight: Any, nuisance: Any = None, *, spread: float = 0.5
) -> Sample:
    """Check what an estimator is to be fitted on; rows without weight are left out.

    Raises
    ------
    ValueError
        If there are not exactly two classes with weight, or a value, weight or shape is none.
    """
    X, y = validate_data(estimator, X, y, dtype=np.float64, ensure_all_finite="allow-nan")
    check_classification_targets(y)
    weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
    seen = weight > 0
    classes = _two_classes(y[seen])
    X, event, weight = X[seen], (y[seen] == classes[1]).astype(float), gridded(weight[seen])
    if nuisance is None:
        return Sample(X, event, weight, classes, None)
    levels = nuisance[seen] if isinstance(nuisance, pd.DataFrame | pd.Series) else np.asarray(nuisance)[seen]
    return Sample(X, event, weight, classes, nuisance_effects(X, event, weight, levels, spread=spread))


def names_of(estimator: Any) -> list[str]:
    """Names of the features that an estimator saw, x0, x1 … without any."""
    names = getattr(estimator, "feature_names_in_", [f"x{j}" for j in range(estimator.n_features_in_)])
    return [str(name) for name in names]


def signs_of(signs: Mapping[str, int] | Sequence[int] | None, names: Sequence[str]) -> list[int]:
    """The sign of each feature, 0 where none was given.

    Raises
    ------
    ValueError
        If a sign is not -1, 0 or 1, or a sequence has another length.
    """
    if signs is None:
        return [0] * len(names)
    given = [signs.get(name, 0) for name in names] if isinstance(signs, Mapping) else list(signs)
    if len(given) != len(names) or not set(given) <= {-1, 0, 1}:
        raise ValueError(f"signs must be -1, 0 or 1, one for each of {len(names)} features; found {given}")
    return [int(sign) for sign in given]


def _two_classes(y: np.ndarray) -> np.ndarray:
    classes = np.unique(y)
    if len(classes) > 2:
        kind = type_of_target(y)
        raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")
    if len(classes) < 2:
        raise ValueError(f"A classifier needs two classes with positive weight; found one class: {classes.tolist()}")
    return classes


def likelier(model: Fitted, X: Any) -> np.ndarray:
    """The likelier label of every row."""
    likely = (model.predict_proba(X)[:, 1] > 0.5).astype(int)  # refuses what was not fitted
    labels: np.ndarray = model.classes_[likely]
    return labels
