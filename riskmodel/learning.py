"""Learning from past inspections: panels of earlier days, held-out judgement, and the models of today.

The newest matured year is held out to judge all scorecards; the models in force then use every matured year.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from riskmodel.errors import InputError
from riskmodel.features import FEATURES, build
from riskmodel.features.build import with_problems
from riskmodel.features.outcomes import Outcome
from riskmodel.policy.model import Rules
from riskmodel.records import Known, Records
from riskmodel.scoring.calibration import Calibrator, reliability
from riskmodel.scoring.cards import StepCard, blend
from riskmodel.scoring.expert import ExpertScorecard
from riskmodel.scoring.metrics import evaluation
from riskmodel.scoring.scorecard import Scorecard
from riskmodel.standing import counted, graded, read_grades
from riskmodel.values import AsOf

Card = StepCard | Scorecard
# Years of history that the models learn from.
_YEARS = 5
# Records that a score is made of; they say how far back an office sees.
_EVENTS = ("penalties", "abnormal_listings", "complaints", "inspections")


class Earlier:
    """Features as earlier days knew them, kept from one assessment of a replay to the next.

    Records of a replay only grow by rows that become known later, so that what a day knew does not change. Other rules
    or other features begin anew.
    """

    def __init__(self) -> None:
        self._made_by: object = None
        self._of: dict[AsOf, pd.DataFrame] = {}

    def keep(self, day: AsOf, rules: Rules, built: pd.DataFrame) -> None:
        """Features of everybody on a day, the scored ones among them."""
        self._begin(rules)
        self._of[day] = built[["entity_id", *scored(rules)]]

    def of(self, records: Records, days: Sequence[AsOf], rules: Rules) -> dict[AsOf, pd.DataFrame]:
        """The scored features of everybody on some days; days before them are forgotten."""
        self._begin(rules)
        self._of = {day: kept for day, kept in self._of.items() if day >= min(days)}
        if new := [day for day in days if day not in self._of]:
            panel = read_grades(graded(records.panel(new), rules.severity), rules.grade_words)
            built = build(counted(panel, rules.counting), names=scored(rules), absent="empty")
            for day in new:
                mine = built[built["as_of"].eq(pd.Timestamp(day.day)).to_numpy()]
                self.keep(day, rules, mine.reset_index(drop=True))
        return {day: self._of[day] for day in days}

    def _begin(self, rules: Rules) -> None:
        made_by = (rules.severity, dict(rules.grade_words), rules.counting, scored(rules))
        if made_by != self._made_by:
            self._made_by, self._of = made_by, {}


@dataclass(frozen=True)
class Models:
    """The scorecard in force, probabilities, and how well each scorecard did on the held-out year.

    Attributes
    ----------
    scorecard : StepCard or Scorecard
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

    scorecard: Card
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
    earlier: Earlier | None = None,
) -> Models:
    """Learn from what earlier days knew and what inspections found afterwards, as far as `known` knows it.

    Without `judge` the models in force are made, and nobody says how well they did. A replay hands `earlier` on from
    one assessment to the next.

    Raises
    ------
    InputError
        If the policy asks for a fitted scorecard and there are too few outcomes (RM-REC-007).
    """
    names = list(scored(rules))
    panel = _panel(records, known, rules, tick, earlier or Earlier())
    since = begun(known)
    problems = int(panel["y"].sum())
    if problems < rules.scoring.fewest_problems:
        if rules.scoring.mode != "expert":
            raise InputError("RM-REC-007", where="inspections", found=problems)
        expert = ExpertScorecard(rules.scoring.points).fit(features[names])
        return Models(expert, None, pd.DataFrame(), pd.DataFrame(), None)
    tick("evaluate")
    metrics, curve, held_out = _judge(panel, rules, since) if judge else (pd.DataFrame(), pd.DataFrame(), None)
    card = _cards(panel, features[names], rules, [rules.scoring.mode])[rules.scoring.mode]
    today = Today(features[names])
    return Models(card, calibrated(card, panel, rules, since, today).predict, metrics, curve, held_out)


def _panel(records: Records, known: Known, rules: Rules, tick: Callable[[str], None], earlier: Earlier) -> pd.DataFrame:
    """Features as of earlier days with the labels of the horizon after each: one row an enterprise and day."""
    outcome = Outcome(rules.scoring.outcome_horizon_days)
    first = records["enterprises"]["known_on"].min()
    known, labels = with_problems(known), {}
    for years in range(1, _YEARS + 1):
        day = AsOf(known.as_of.day - timedelta(days=years * outcome.horizon_days))
        if pd.Timestamp(day.day) >= first and len(found := outcome.label(known, day)):
            labels[day] = found
    names = list(scored(rules))
    if not labels:
        return pd.DataFrame(columns=["as_of", "entity_id", "y", "weight", *names]).astype({"y": "int64"})
    tick("panel")
    features = earlier.of(records, list(labels), rules)
    parts = [
        found.assign(as_of=pd.Timestamp(day.day)).merge(features[day], on="entity_id") for day, found in labels.items()
    ]
    joined = pd.concat(parts, ignore_index=True).astype({"as_of": "datetime64[s]"})
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


def _judge(panel: pd.DataFrame, rules: Rules, since: pd.Timestamp) -> tuple[pd.DataFrame, pd.DataFrame, AsOf | None]:
    """All scorecards on the newest year, learnt from the years before it."""
    newest = panel["as_of"].max()
    past, test = panel[panel["as_of"] < newest], panel[panel["as_of"] == newest]
    if past["y"].sum() < rules.scoring.fewest_problems or test["y"].nunique() < 2:
        return pd.DataFrame(), pd.DataFrame(), None
    names = list(scored(rules))
    cards = _cards(past, past[names], rules, ("expert", "fitted", "blended"))
    y, weight = test["y"].to_numpy(), test["weight"].to_numpy()
    # drawn enterprises stand for everybody of that day; what was found is not looked at
    today = Today(test[names], weight)
    chances = {
        mode: calibrated(card, past, rules, since, today).predict(card.points(test[names]))
        for mode, card in cards.items()
    }
    rows = [{"model": name, **evaluation(y, p, weight, seed=0)} for name, p in chances.items()]
    curve = reliability(y, chances[rules.scoring.mode], weight)
    return pd.DataFrame(rows), curve, AsOf(newest.date())


@dataclass(frozen=True)
class Today:
    """Features of everybody on the day that probabilities are for, and for how many each row stands (default: 1)."""

    features: pd.DataFrame
    weight: np.ndarray | None = None


def calibrated(card: Card, panel: pd.DataFrame, rules: Rules, since: pd.Timestamp, today: Today) -> Calibrator:
    """Points to probabilities, from days on which the records were deep enough, if those found enough problems.

    Points go by any rising map if problems are many, else, and fitted ones always, by one that bends. Then, except of
    experts' points, all log odds are moved by one number: points drift where risk does not, as windows of years fill,
    and rows that a card has learnt from are not like others; the mean probability of everybody goes `level_of_newest`
    of the way to the share that the newest year found.

    Parameters
    ----------
    card : StepCard or Scorecard
        Gives the points.
    panel : DataFrame
        Features, y, weight and as_of of labelled enterprises on past days.
    rules : Rules
        How deep is deep enough, how many problems are enough, and how far the level follows the newest year.
    since : Timestamp
        Day from which the office has its records (`begun`).
    today : Today
        Everybody, on the day that the probabilities are for.
    """
    names, how = list(scored(rules)), rules.scoring
    deep = panel[panel["as_of"] >= since + timedelta(days=how.calibrated_after_days)]
    rows = deep if deep["y"].sum() >= how.fewest_problems else panel
    # fitted points are log odds already: three parameters say what may bend
    free = not isinstance(card, Scorecard) and rows["y"].sum() >= how.free_map_from_problems
    calibrator = Calibrator(method="isotonic" if free else "beta")
    calibrator.fit(card.points(rows[names]), rows["y"].to_numpy(), sample_weight=_mean_one(rows))
    newest, points = rows[rows["as_of"] == rows["as_of"].max()], card.points(today.features[names])
    level = 0.0 if isinstance(card, ExpertScorecard) else how.level_of_newest
    if not level or not calibrator.learnt or newest["y"].sum() < how.fewest_problems or not len(points):
        return calibrator
    expected, found = (
        float(np.average(values, weights=weight))
        for values, weight in ((calibrator.predict(points), today.weight), (newest["y"], newest["weight"]))
    )
    share = expected + level * (found - expected)
    return calibrator.level(points, share, sample_weight=today.weight)


def begun(known: Known) -> pd.Timestamp:
    """Day from which an office has its records: a hundredth of all events was known by then, a stray one is not it."""
    days = pd.concat([known[name]["known_on"] for name in _EVENTS])
    return pd.Timestamp(days.quantile(0.01, interpolation="lower") if len(days) else known.as_of.day)


def _mean_one(panel: pd.DataFrame) -> np.ndarray:
    """Weights of mean 1: 1/pi would count as so many inspections, and regularisation would lose its strength."""
    weight: np.ndarray = panel["weight"].to_numpy() / panel["weight"].mean()
    return weight


def _cards(panel: pd.DataFrame, everybody: pd.DataFrame, rules: Rules, modes: Sequence[str]) -> dict[str, Card]:
    """The scorecards of some modes; what is typical of an expert or a blended one is so among everybody."""
    made: dict[str, Card] = {"expert": (expert := ExpertScorecard(rules.scoring.points).fit(everybody))}
    if set(modes) != {"expert"}:
        made["fitted"] = fitted = _fit(panel, list(scored(rules)))
        made["blended"] = blend(expert, fitted, rules.scoring.fitted_share).fit(everybody)
    return {mode: made[mode] for mode in modes}


def _fit(panel: pd.DataFrame, names: list[str]) -> Scorecard:
    signs = {name: f.sign for name, f in FEATURES.items() if name in names}
    return Scorecard(signs=signs).fit(panel[names], panel["y"].to_numpy(), sample_weight=_mean_one(panel))
