"""Backtest: every model at every split, learnt from what was known then, judged on what came after.

A panel has one row an enterprise and as-of day: ``as_of``, ``entity_id``, features, ``y`` (0 or 1 where ``observed``),
``observed``, ``weight`` (inverse of the probability of a label), and, where known, ``label_known_on``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Protocol, TypeVar

import numpy as np
import pandas as pd
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from riskmodel.errors import InputError
from riskmodel.evaluation.inputs import columns, numbers, outcomes, some
from riskmodel.evaluation.splits import Split
from riskmodel.scoring.baselines import Ordered
from riskmodel.scoring.calibration import Calibrator
from riskmodel.scoring.metrics import evaluation
from riskmodel.scoring.reliability import calibration_errors

_NOT_FEATURES = {"as_of", "entity_id", "y", "observed", "weight", "label_known_on"}
_ENDS = ("low", "high", "worst", "best")
# Part of the list that `capture` looks at.
_TOP = 0.1
# number of a split and name of a model
Task = tuple[int, str]
Done = TypeVar("Done")


class Model(Protocol):
    """What a backtest asks of a model: a name, learning with weights, and scores (higher is riskier)."""

    @property
    def name(self) -> str:
        """Name in all tables."""
        ...

    def fit(self, X: pd.DataFrame, y: np.ndarray, weight: np.ndarray) -> object:
        """Learn; weights have mean 1."""
        ...

    def score(self, X: pd.DataFrame) -> np.ndarray:
        """One number a row."""
        ...


def reads(model: Model, features: Sequence[str]) -> list[str]:
    """What a model is given: its own `columns`, if it names any, else the features."""
    return list(getattr(model, "columns", None) or features)


@dataclass
class Estimator:
    """A scikit-learn classifier, or a baseline of `riskmodel.scoring`, as a model; it is cloned before every fit."""

    name: str
    estimator: Any

    def fit(self, X: pd.DataFrame, y: np.ndarray, weight: np.ndarray) -> Estimator:
        """Fit a fresh clone."""
        self.fitted_ = clone(self.estimator).fit(X, y, sample_weight=weight)
        return self

    def score(self, X: pd.DataFrame) -> np.ndarray:
        """What a baseline orders by; of any other classifier the probability of an event."""
        if isinstance(self.fitted_, Ordered):
            return self.fitted_.order(X)
        return np.asarray(self.fitted_.predict_proba(X)[:, 1])


@dataclass(frozen=True)
class NoOrder:
    """The baseline that knows nothing: all scores equal, so that every figure is the expectation of a blind draw."""

    name: str = "random"

    def fit(self, X: pd.DataFrame, y: np.ndarray, weight: np.ndarray) -> NoOrder:
        """Nothing to learn."""
        return self

    def score(self, X: pd.DataFrame) -> np.ndarray:
        """Zeros."""
        return np.zeros(len(X))


@dataclass(frozen=True)
class Judged:
    """The rows of a test day with one model's scores: what a measure is given.

    Attributes
    ----------
    score, probability : ndarray
        Of all rows; probabilities are NaN where calibration had too few problems.
    y, weight : ndarray
        Of all rows; meaningful where observed.
    observed : ndarray of bool
        Rows with a label.
    """

    score: np.ndarray
    probability: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    observed: np.ndarray

    def coverage(self, share: float = 1.0) -> float:
        """Part of the rows scored highest that have a label; rows at the border count in part."""
        k = share * len(self.score)
        order = np.argsort(-self.score, kind="stable")
        first = np.flatnonzero(np.diff(self.score[order], prepend=np.nan) != 0)
        rows = np.diff(first, append=len(order))
        seen = np.add.reduceat(self.observed[order].astype(float), first)
        return float((np.clip((k - first) / rows, 0, 1) * seen).sum() / k)


# name → value, with name_low and name_high where there is an interval, name_worst and name_best where equal scores
# leave the order open, and name_coverage where it is not that of all
Measures = Callable[[Judged, int], Mapping[str, float]]


@dataclass(frozen=True)
class Backtest:
    """Every model at every split.

    Attributes
    ----------
    metrics : DataFrame
        as_of, model, metric, value, low, high, worst, best (orders of equal scores; missing where they do not
        matter), coverage (share of the rows looked at that have a label).
    scores : DataFrame
        as_of, entity_id, model, score, probability: every test row, with a label or without.
    splits : tuple of Split
    """

    metrics: pd.DataFrame
    scores: pd.DataFrame
    splits: tuple[Split, ...] = field(repr=False)

    def of(self, metric: str) -> pd.DataFrame:
        """One metric as `regrets` and `figures_over_time` take it: as_of, model, value, low, high, …"""
        rows = self.metrics[self.metrics["metric"] == metric]
        return rows.drop(columns="metric").reset_index(drop=True)


def standard_measures(judged: Judged, seed: int, *, replicates: int = 1000) -> dict[str, float]:
    """AUC and capture of the top tenth by score, Brier score and calibration error by probability.

    `functools.partial(standard_measures, replicates=200)` is quicker, with ends of intervals a little less steady.
    """
    seen = judged.observed
    y, weight, score = judged.y[seen], judged.weight[seen], judged.score[seen]

    def figures(p: np.ndarray) -> dict[str, float]:
        return evaluation(y, p, weight, seed=seed, share=_TOP, replicates=replicates)

    by_chance = figures(judged.probability[seen])
    by_score = by_chance if _same_order(score, judged.probability[seen]) else figures(score)
    names = [f"{name}{end}" for name in ("auc", "capture") for end in ("", "_low", "_high")]
    found = {name: by_score[name] for name in names}
    found |= {name: by_chance[name] for name in ("brier", "brier_low", "brier_high")}
    found |= calibration_figures(judged, seed, replicates=replicates)
    return found | {"capture_coverage": judged.coverage(_TOP)}


def calibration_figures(judged: Judged, seed: int, *, replicates: int) -> dict[str, float]:
    """Calibration error beside what chance alone would show, and predicted over observed share, with intervals."""
    seen = judged.observed
    y, weight, chance = judged.y[seen], judged.weight[seen], judged.probability[seen]
    found = calibration_errors(y, chance, weight, seed=seed, replicates=replicates)
    predicted = found["mean_predicted"]
    ends = {"": "mean_observed", "_low": "mean_high", "_high": "mean_low"}
    ratios = {f"mean_ratio{end}": predicted / found[name] if found[name] > 0 else np.nan for end, name in ends.items()}
    observed = {f"mean_observed{end}": found[f"mean{end or '_observed'}"] for end in ("", "_low", "_high")}
    return {name: found[name] for name in ("ece", "ece_low", "ece_high", "ece_perfect")} | observed | ratios


def backtest(
    panel: pd.DataFrame,
    models: Sequence[Model],
    splits: Sequence[Split],
    *,
    features: Sequence[str],
    measures: Measures = standard_measures,
    seed: int = 0,
    progress: Callable[[str], None] = lambda step: None,
) -> Backtest:
    """Fit every model on each split's training rows, calibrate on its later day, judge on its test day.

    Models see labelled rows of the training days only, and the features; each split starts from the model as given.
    The baseline that knows nothing is always among them. As many models are judged at a time as there are cores; the
    tables are the same for any number.

    Parameters
    ----------
    panel : DataFrame
        As described at the top of this module.
    models : sequence of Model
        Baselines such as `riskmodel.scoring.baselines.ByColumn` included.
    splits : sequence of Split
        From `RollingOrigins.splits`.
    features : sequence of str
        Columns that models may see.
    measures : callable
        Judges scores; bootstraps of all models of one split share a seed, so differences are paired.
    seed : int
        The same seed gives the same tables.
    progress : callable
        Told of every step that is done.

    Returns
    -------
    Backtest

    Raises
    ------
    InputError
        If columns, days or problems to learn from lack (RM-EVA-003), or a feature is a label (RM-EVA-004).
    """
    every: list[Model] = [*models, NoOrder()]
    _check(panel, every, splits, features)
    parts = [tuple(panel.iloc[part] for part in split.parts(panel)) for split in splits]
    named = {model.name: model for model in every}
    # recipes name rules before models that learn long; with the longest first no core waits for the last one
    tasks = [(number, model.name) for model in reversed(every) for number in range(len(splits))]

    def figures(task: Task) -> tuple[Judged, Mapping[str, float]]:
        split, (train, calibrate, test) = splits[task[0]], parts[task[0]]
        model = deepcopy(named[task[1]])
        judged = _judged(model, _labelled(train, split), calibrate, test, list(features), split)
        return judged, measures(judged, seed + task[0])

    done = _side_by_side(figures, tasks, lambda task: progress(f"{splits[task[0]].test_day} {task[1]}"))
    rows, scores = [], []
    for number, name in product(range(len(splits)), named):
        judged, found = done[number, name]
        key: dict[str, Any] = {"as_of": pd.Timestamp(splits[number].test_day), "model": name}
        rows += [key | row for row in _long(found, judged.coverage())]
        given = {"entity_id": parts[number][2]["entity_id"], "score": judged.score}
        scores.append(pd.DataFrame({**given, "probability": judged.probability}).assign(**key))
    table = pd.DataFrame(rows, columns=["as_of", "model", "metric", "value", *_ENDS, "coverage"])
    order = ["as_of", "entity_id", "model", "score", "probability"]
    return Backtest(table, pd.concat(scores, ignore_index=True)[order], tuple(splits))


def _side_by_side(
    work: Callable[[Task], Done], tasks: Sequence[Task], told: Callable[[Task], None]
) -> dict[Task, Done]:
    """What comes of every task, as many at a time as there are cores."""
    # several models side by side, each in one thread: threads inside of them would wait for each other
    with (
        threadpool_limits(1),
        ThreadPoolExecutor(os.cpu_count(), initializer=threadpool_limits, initargs=(1,)) as pool,
    ):
        waiting = {pool.submit(work, task): task for task in tasks}
        try:
            for one in as_completed(waiting):
                one.result()
                told(waiting[one])
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return {task: one.result() for one, task in waiting.items()}


def _check(panel: pd.DataFrame, models: Sequence[Model], splits: Sequence[Split], features: Sequence[str]) -> None:
    wanted = list(dict.fromkeys([*features, *(name for model in models for name in reads(model, features))]))
    columns(panel, ["as_of", "entity_id", "y", "observed", *wanted], "panel")
    some(splits, "splits")
    some(features, "features")
    names = [model.name for model in models]
    if peeking := sorted(_NOT_FEATURES & set(wanted)):
        raise InputError("RM-EVA-004", where="features", found=", ".join(peeking), expected="no label, weight or day")
    if len(set(names)) < len(names):
        raise InputError("RM-EVA-004", where="models", found=", ".join(names), expected="a name of its own for each")
    if panel.duplicated(["as_of", "entity_id"]).any():
        raise InputError("RM-EVA-004", where="panel", found="an enterprise twice on a day", expected="one row each")


def _judged(
    model: Model,
    train: pd.DataFrame,
    calibrate: pd.DataFrame,
    test: pd.DataFrame,
    features: list[str],
    split: Split,
) -> Judged:
    """Fit, calibrate and score."""
    weight, features = _weights(train), reads(model, features)
    model.fit(train[features], train["y"].to_numpy(dtype=float), weight / weight.mean())
    score = numbers(model.score(test[features]), f"score of {model.name}", length=len(test))
    probability = np.where((score >= 0) & (score <= 1), score, np.nan)
    if split.calibrate_on is not None:
        seen = calibrate[calibrate["observed"] == 1]
        calibrator = Calibrator()
        if len(seen):
            y = outcomes(seen["y"], "y to calibrate on")
            calibrator.fit(np.asarray(model.score(seen[features])), y, sample_weight=_weights(seen))
        probability = calibrator.predict(score)
    observed = test["observed"].to_numpy() == 1
    y = np.where(observed, test["y"].to_numpy(dtype=float, na_value=np.nan), 0.0)
    return Judged(score, probability, outcomes(y, "y"), _weights(test), observed)


def _labelled(train: pd.DataFrame, split: Split) -> pd.DataFrame:
    """Training rows with a label, of both kinds."""
    seen = train[train["observed"] == 1]
    problems = int(outcomes(seen["y"], "y").sum())
    if not 0 < problems < len(seen):
        where = f"split {split.test_day}, labels to learn from"
        raise InputError("RM-EVA-003", where=where, found=f"{problems} problems in {len(seen)}")
    return seen


def _weights(rows: pd.DataFrame) -> np.ndarray:
    """Weights of rows; those without a label have none."""
    if "weight" not in rows:
        return np.ones(len(rows))
    weight = rows["weight"].to_numpy(dtype=float, na_value=np.nan)
    return numbers(np.where(rows["observed"] == 1, weight, 0.0), "weight", lowest=0.0)


def _same_order(one: np.ndarray, two: np.ndarray) -> bool:
    """Whether two scores rank rows alike, ties included."""
    order = np.argsort(one, kind="stable")
    return np.array_equal(np.diff(one[order]) > 0, np.diff(two[order]) > 0) and bool((np.diff(two[order]) >= 0).all())


def _long(found: Mapping[str, float], coverage: float) -> list[dict[str, Any]]:
    ends = tuple(f"_{end}" for end in (*_ENDS, "coverage"))
    return [
        {"metric": name, "value": value, **{end: found.get(f"{name}_{end}", np.nan) for end in _ENDS},
         "coverage": found.get(f"{name}_coverage", coverage)}
        for name, value in found.items() if not name.endswith(ends)
    ]  # fmt: skip
