"""The models that an experiment may name: what offices do today, the scorecards, the challenger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from riskmodel.errors import InputError
from riskmodel.evaluation.backtest import Estimator, Model
from riskmodel.features import Feature
from riskmodel.policy.model import Rules
from riskmodel.scoring.baselines import ByColumn
from riskmodel.scoring.cards import StepCard, blend
from riskmodel.scoring.challenger import Challenger
from riskmodel.scoring.expert import ExpertScorecard
from riskmodel.scoring.scorecard import Scorecard

# Rules of thumb that need no model → the feature that they order by.
BASELINES: Mapping[str, str] = {"last_result": "problem_inspections_730d", "most_penalties": "penalties_730d"}


@dataclass(frozen=True)
class ExpertModel:
    """The points of the policy; there is nothing to learn."""

    name: str
    card: ExpertScorecard

    def fit(self, X: pd.DataFrame, y: np.ndarray, weight: np.ndarray) -> ExpertModel:
        """Nothing to learn."""
        return self

    def score(self, X: pd.DataFrame) -> np.ndarray:
        """Whole points."""
        return self.card.points(X).astype(float)


@dataclass
class BlendedModel:
    """Points between those of the policy and fitted ones."""

    name: str
    expert: ExpertScorecard
    fitted: Scorecard
    share: float

    def fit(self, X: pd.DataFrame, y: np.ndarray, weight: np.ndarray) -> BlendedModel:
        """Fit a fresh clone of the fitted card, and blend."""
        learnt = clone(self.fitted).fit(X, y, sample_weight=weight)
        self.card: StepCard = blend(self.expert.fit(X), learnt, self.share).fit(X)
        return self

    def score(self, X: pd.DataFrame) -> np.ndarray:
        """Whole points."""
        return self.card.points(X).astype(float)


def model_of(name: str, rules: Rules, features: Mapping[str, Feature]) -> Model:
    """A model by its name.

    Raises
    ------
    InputError
        If there is none of this name (RM-EVA-005).
    """
    signs = {feature.name: feature.sign for feature in features.values()}
    made: dict[str, Callable[[], Any]] = {
        **{rule: partial(Estimator, rule, ByColumn(column)) for rule, column in BASELINES.items()},
        "expert": lambda: ExpertModel("expert", ExpertScorecard(rules.scoring.points)),
        "scorecard": lambda: Estimator("scorecard", Scorecard(signs=signs)),
        "blended": lambda: BlendedModel(
            "blended", ExpertScorecard(rules.scoring.points), Scorecard(signs=signs), rules.scoring.fitted_share
        ),
        "challenger": lambda: Estimator("challenger", Challenger(signs=signs)),
    }
    if name not in made:
        raise InputError("RM-EVA-005", where="models", found=name, expected=", ".join(made))
    model: Model = made[name]()
    return model
