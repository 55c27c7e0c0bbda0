"""Learning from past inspections: panels of earlier days, held-out judgement, and the models of today.

The newest matured year is held out to judge both scorecards; the models in force then use every matured year.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from riskmodel.errors import InputError
from riskmodel.features import FEATURES, build
from riskmodel.features.outcomes import Outcome
from riskmodel.policy.model import Rules
from riskmodel.records import Known, Records
from riskmodel.scoring.calibration import Calibrator, reliability
from riskmodel.scoring.expert import ExpertScorecard
from riskmodel.scoring.metrics import evaluation
from riskmodel.scoring.scorecard import Scorecard
from riskmodel.standing import counted, graded
from riskmodel.values import AsOf

# Years of history that the models learn from, and problems found below which nothing is learnt.
_YEARS = 5
_FEWEST_PROBLEMS = 30


@dataclass(frozen=True)
class Models:
    """The scorecard in force, probabilities, and how well both scorecards did on the held-out year.

    Attributes
    ----------
    scorecard : ExpertScorecard or Scorecard
        Gives the risk score (integer points).
    probability : callable or None
        Risk scores → probability that an inspection finds a problem; None without enough labels.
    metrics : DataFrame
        One row a model: model, n, problems, auc, auc_low, auc_high, brier, ece, capture; empty without labels.
    reliability : DataFrame
        Calibration of the model in force on the held-out year; empty without labels.
    held_out : AsOf or None
        As-of day of the held-out year.
    """

    scorecard: ExpertScorecard | Scorecard
    probability: Callable[[np.ndarray], np.ndarray] | None
    metrics: pd.DataFrame
    reliability: pd.DataFrame
    held_out: AsOf | None


def learn(
    records: Records, known: Known, rules: Rules, features: pd.DataFrame, *, tick: Callable[[str], None]
) -> Models:
    """Learn from what earlier days knew and what inspections found afterwards, as far as `known` knows it.

    Raises
    ------
    InputError
        If the policy asks for a fitted scorecard and there are too few outcomes (RM-REC-007).
    """
    panel = _panel(records, known, rules, tick)
    expert = ExpertScorecard(rules.scoring.points).fit(features[list(FEATURES)])
    problems = int(panel["y"].sum())
    if problems < _FEWEST_PROBLEMS:
        if rules.scoring.mode == "fitted":
            raise InputError("RM-REC-007", where="inspections", found=problems)
        return Models(expert, None, pd.DataFrame(), pd.DataFrame(), None)
    tick("evaluate")
    metrics, curve, held_out = _judge(panel, rules)
    if rules.scoring.mode == "fitted":
        card = _fit(panel)
        return Models(card, card.probability_of_points, metrics, curve, held_out)
    calibrator = _calibrate(expert, panel)
    return Models(expert, calibrator.predict, metrics, curve, held_out)


def _panel(records: Records, known: Known, rules: Rules, tick: Callable[[str], None]) -> pd.DataFrame:
    """Features as of earlier days with the labels of the horizon after each: one row an enterprise and day."""
    outcome = Outcome(rules.scoring.outcome_horizon_days)
    earliest = records["enterprises"]["known_on"].min()
    parts = []
    for years in range(1, _YEARS + 1):
        day = AsOf(known.as_of.day - timedelta(days=years * outcome.horizon_days))
        labels = outcome.label(known, day)
        if not len(labels) or pd.Timestamp(day.day) < earliest:
            continue
        tick(str(day))
        then = counted(graded(records.known(day), rules.severity), rules.counting)
        parts.append(labels.merge(build(then), on="entity_id").assign(day=pd.Timestamp(day.day)))
    if not parts:
        return pd.DataFrame(columns=["entity_id", "y", "weight", "day", *FEATURES]).astype({"y": "int64"})
    return pd.concat(parts, ignore_index=True).sort_values(["day", "entity_id"], ignore_index=True)


def _judge(panel: pd.DataFrame, rules: Rules) -> tuple[pd.DataFrame, pd.DataFrame, AsOf | None]:
    """Both scorecards on the newest year, learnt from the years before it."""
    newest = panel["day"].max()
    past, test = panel[panel["day"] < newest], panel[panel["day"] == newest]
    if past["y"].sum() < _FEWEST_PROBLEMS or test["y"].nunique() < 2:
        return pd.DataFrame(), pd.DataFrame(), None
    expert = ExpertScorecard(rules.scoring.points).fit(past[list(FEATURES)])
    calibrator, fitted = _calibrate(expert, past), _fit(past)
    tested = test[list(FEATURES)]
    chances = {
        "expert": calibrator.predict(expert.points(tested)),
        "fitted": fitted.predict_proba(tested)[:, 1],
    }
    y, weight = test["y"].to_numpy(), test["weight"].to_numpy()
    rows = [{"model": name, **evaluation(y, p, weight, seed=0)} for name, p in chances.items()]
    curve = reliability(y, chances[rules.scoring.mode], weight)
    return pd.DataFrame(rows), curve, AsOf(newest.date())


def _calibrate(card: ExpertScorecard, panel: pd.DataFrame) -> Calibrator:
    points = card.points(panel[list(FEATURES)])
    return Calibrator().fit(points, panel["y"].to_numpy(), sample_weight=panel["weight"].to_numpy())


def _fit(panel: pd.DataFrame) -> Scorecard:
    signs = {name: f.sign for name, f in FEATURES.items()}
    # a weight of 1/pi would count as so many inspections; scaled to mean 1, regularisation keeps its strength
    weight = panel["weight"].to_numpy() / panel["weight"].mean()
    return Scorecard(signs=signs).fit(panel[list(FEATURES)], panel["y"].to_numpy(), sample_weight=weight)
