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
from riskmodel.standing import counted, graded, read_grades
from riskmodel.values import AsOf

# Years of history that the models learn from.
_YEARS = 5


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
    records: Records,
    known: Known,
    rules: Rules,
    features: pd.DataFrame,
    *,
    tick: Callable[[str], None],
    judge: bool = True,
) -> Models:
    """Learn from what earlier days knew and what inspections found afterwards, as far as `known` knows it.

    Without `judge` the models in force are made, and nobody says how well they did.

    Raises
    ------
    InputError
        If the policy asks for a fitted scorecard and there are too few outcomes (RM-REC-007).
    """
    names = list(scored(rules))
    panel = _panel(records, known, rules, tick)
    expert = ExpertScorecard(rules.scoring.points).fit(features[names])
    problems = int(panel["y"].sum())
    if problems < rules.scoring.fewest_problems:
        if rules.scoring.mode == "fitted":
            raise InputError("RM-REC-007", where="inspections", found=problems)
        return Models(expert, None, pd.DataFrame(), pd.DataFrame(), None)
    tick("evaluate")
    metrics, curve, held_out = _judge(panel, rules) if judge else (pd.DataFrame(), pd.DataFrame(), None)
    if rules.scoring.mode == "fitted":
        card = _fit(panel, names)
        return Models(card, card.probability_of_points, metrics, curve, held_out)
    calibrator = _calibrate(expert, panel, names)
    return Models(expert, calibrator.predict, metrics, curve, held_out)


def _panel(records: Records, known: Known, rules: Rules, tick: Callable[[str], None]) -> pd.DataFrame:
    """Features as of earlier days with the labels of the horizon after each: one row an enterprise and day."""
    outcome = Outcome(rules.scoring.outcome_horizon_days)
    earliest = records["enterprises"]["known_on"].min()
    labels = {}
    for years in range(1, _YEARS + 1):
        day = AsOf(known.as_of.day - timedelta(days=years * outcome.horizon_days))
        if pd.Timestamp(day.day) >= earliest and len(found := outcome.label(known, day)):
            labels[day] = found.assign(as_of=pd.Timestamp(day.day))
    names = list(scored(rules))
    if not labels:
        return pd.DataFrame(columns=["as_of", "entity_id", "y", "weight", *names]).astype({"y": "int64"})
    tick("panel")
    then = counted(read_grades(graded(records.panel(list(labels)), rules.severity), rules.grade_words), rules.counting)
    rows = pd.concat(labels.values(), ignore_index=True).astype({"as_of": "datetime64[s]"})
    joined = rows.merge(build(then, names=names, absent="empty"), on=["as_of", "entity_id"])
    return joined.sort_values(["as_of", "entity_id"], ignore_index=True)


def scored(rules: Rules) -> tuple[str, ...]:
    """Features of the scorecards: those that the policy gives points, in the order of the catalogue.

    Raises
    ------
    InputError
        If the policy gives points for a feature that does not exist (RM-FEA-001).
    """
    unknown = [name for name in rules.scoring.points if name not in FEATURES]
    if unknown:
        raise InputError("RM-FEA-001", where="scoring.points", found=", ".join(unknown), expected=", ".join(FEATURES))
    return tuple(name for name in FEATURES if name in rules.scoring.points)


def _judge(panel: pd.DataFrame, rules: Rules) -> tuple[pd.DataFrame, pd.DataFrame, AsOf | None]:
    """Both scorecards on the newest year, learnt from the years before it."""
    newest = panel["as_of"].max()
    past, test = panel[panel["as_of"] < newest], panel[panel["as_of"] == newest]
    if past["y"].sum() < rules.scoring.fewest_problems or test["y"].nunique() < 2:
        return pd.DataFrame(), pd.DataFrame(), None
    names = list(scored(rules))
    expert = ExpertScorecard(rules.scoring.points).fit(past[names])
    calibrator, fitted = _calibrate(expert, past, names), _fit(past, names)
    tested = test[names]
    chances = {
        "expert": calibrator.predict(expert.points(tested)),
        "fitted": fitted.predict_proba(tested)[:, 1],
    }
    y, weight = test["y"].to_numpy(), test["weight"].to_numpy()
    rows = [{"model": name, **evaluation(y, p, weight, seed=0)} for name, p in chances.items()]
    curve = reliability(y, chances[rules.scoring.mode], weight)
    return pd.DataFrame(rows), curve, AsOf(newest.date())


def _calibrate(card: ExpertScorecard, panel: pd.DataFrame, names: list[str]) -> Calibrator:
    points = card.points(panel[names])
    return Calibrator().fit(points, panel["y"].to_numpy(), sample_weight=panel["weight"].to_numpy())


def _fit(panel: pd.DataFrame, names: list[str]) -> Scorecard:
    signs = {name: f.sign for name, f in FEATURES.items() if name in names}
    # a weight of 1/pi would count as so many inspections; scaled to mean 1, regularisation keeps its strength
    weight = panel["weight"].to_numpy() / panel["weight"].mean()
    return Scorecard(signs=signs).fit(panel[names], panel["y"].to_numpy(), sample_weight=weight)
