"""The models that an experiment may name: what offices do today, the scorecards, the challenger.

What offices do today stands in every table, whatever a file names (`OFFICES`): no order (`backtest.NoOrder`), the last
result, most penalties in two years, the points of experts, and the inspector alone: how strict those were who came.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from riskmodel.errors import InputError
from riskmodel.evaluation.backtest import Estimator, Model
from riskmodel.features import Feature
from riskmodel.policy.model import Rules
from riskmodel.scoring.cards import StepCard, blend
from riskmodel.scoring.challenger import Challenger
from riskmodel.scoring.expert import ExpertScorecard
from riskmodel.scoring.resampling import ratio
from riskmodel.scoring.scorecard import Scorecard


def _last_result(X: pd.DataFrame) -> np.ndarray:
    """Whether the last inspection found a problem."""
    bad = X["days_since_problem"].le(X["days_since_inspection"]).to_numpy(dtype=float)
    return np.where(X["days_since_inspection"].notna(), bad, np.nan)


def _most_penalties(X: pd.DataFrame) -> np.ndarray:
    return X["penalties_730d"].to_numpy(dtype=float)


def _inspector(X: pd.DataFrame) -> np.ndarray:
    """Mean share of problems that the inspectors of its visits find anywhere."""
    return ratio(X["expected_problems_730d"].to_numpy(dtype=float), X["drawn_inspections_730d"].to_numpy(dtype=float))


# Rules of thumb that need no model → the features that they alone read, and their order.
RULES: Mapping[str, tuple[tuple[str, ...], Callable[[pd.DataFrame], np.ndarray]]] = {
    "last_result": (("days_since_inspection", "days_since_problem"), _last_result),
    "most_penalties": (("penalties_730d",), _most_penalties),
    "inspector": (("drawn_inspections_730d", "expected_problems_730d"), _inspector),
}
OFFICES = (*RULES, "expert")


@dataclass(frozen=True)
class Rule:
    """An order by few features; whoever has none stands where the average of the training rows stands."""

    name: str
    columns: tuple[str, ...]
    order: Callable[[pd.DataFrame], np.ndarray]
    unknown: list[float] = field(default_factory=list, compare=False)

    def fit(self, X: pd.DataFrame, y: np.ndarray, weight: np.ndarray) -> Rule:
        """Learn the average."""
        values = self.order(X)
        there = ~np.isnan(values) & (weight > 0)
        self.unknown[:] = [float(np.average(values[there], weights=weight[there])) if there.any() else 0.0]
        return self

    def score(self, X: pd.DataFrame) -> np.ndarray:
        """The order."""
        values = self.order(X)
        return np.where(np.isnan(values), self.unknown[0], values)


@dataclass(frozen=True)
class ExpertModel:
    """The points of the policy; there is nothing to learn."""

    name: str
    card: ExpertScorecard

    @property
    def columns(self) -> tuple[str, ...]:
        """Features that have points."""
        return _with_points(self.card)

    def fit(self, X: pd.DataFrame, y: np.ndarray, weight: np.ndarray) -> ExpertModel:
        """Nothing to learn."""
        return self

    def score(self, X: pd.DataFrame) -> np.ndarray:
        """Whole points."""
        return self.card.points(X).astype(float)


def _with_points(card: ExpertScorecard) -> tuple[str, ...]:
    return tuple(dict.fromkeys(card.table_["feature"].astype("str")))


@dataclass
class BlendedModel:
    """Points between those of the policy and fitted ones, of the features that the policy gives points."""

    name: str
    expert: ExpertScorecard
    fitted: Scorecard
    share: float

    @property
    def columns(self) -> tuple[str, ...]:
        """Features that have points."""
        return _with_points(self.expert)

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
        **{rule: partial(Rule, rule, *how) for rule, how in RULES.items()},
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
