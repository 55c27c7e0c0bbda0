"""Backtest: models see the past only, all are judged alike, and the same seed gives the same table."""

import os
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from riskmodel.errors import InputError
from riskmodel.evaluation.backtest import Estimator, Judged, NoOrder, backtest, standard_measures
from riskmodel.evaluation.regret import compare_rules, regrets
from riskmodel.evaluation.splits import RollingOrigins
from riskmodel.scoring.baselines import ByColumn
from riskmodel.scoring.metrics import weighted_auc

FEATURES = ["penalties", "fines_yuan"]
SPLITS = RollingOrigins(date(2023, 12, 31), date(2024, 12, 31), 6, horizon_days=180, gap_days=3, train_years=3).splits()
LATE = RollingOrigins(date(2024, 12, 31), date(2024, 12, 31), 6, horizon_days=180, gap_days=3, train_years=3).splits()
MODELS = (Estimator("most_penalties", ByColumn("penalties")), Estimator("logistic", LogisticRegression()))
SEEN: list[tuple] = []


@dataclass
class Recorder:
    """Keeps what it was given; one for all copies."""

    name: str = "recorder"
    fitted: int = field(default=0)

    def fit(self, X, y, weight):
        assert not self.fitted, "a split began with a model that was fitted before"
        self.fitted = 1
        SEEN.append((X, y, weight))

    def score(self, X):
        return X["penalties"].to_numpy()


@pytest.fixture(scope="module")
def study(panel):
    return backtest(panel, MODELS, LATE, features=FEATURES, seed=1)


def test_models_are_given_known_labels_of_training_days_and_features_only(panel, monkeypatch):
    SEEN.clear()
    monkeypatch.setattr(os, "cpu_count", lambda: 1)  # in order
    backtest(panel, [Recorder()], SPLITS, features=FEATURES, measures=lambda judged, seed: {})
    assert len(SEEN) == len(SPLITS)
    for (X, y, weight), split in zip(SEEN, SPLITS, strict=True):
        rows = panel.loc[X.index]
        assert list(X.columns) == FEATURES
        assert (rows["as_of"] + pd.Timedelta(days=183) <= pd.Timestamp(split.fit_until)).all()
        assert (rows["observed"] == 1).all() and (rows["y"] == y).all()
        np.testing.assert_allclose(weight, rows["weight"] / rows["weight"].mean())


def test_a_model_that_names_columns_is_given_those_alone(panel):
    @dataclass
    class Own:
        name: str = "own"
        columns: tuple[str, ...] = ("fines_yuan",)

        def fit(self, X, y, weight):
            assert list(X.columns) == ["fines_yuan"]
            return self

        def score(self, X):
            return X["fines_yuan"].to_numpy()

    found = backtest(panel, [Own(), *MODELS], LATE, features=["penalties"], measures=lambda judged, seed: {})
    assert set(found.scores["model"]) == {"own", "most_penalties", "logistic", "random"}
    with pytest.raises(InputError) as caught:
        backtest(panel, [Own(columns=("y",))], LATE, features=["penalties"])
    assert caught.value.code == "RM-EVA-004"


def test_nothing_after_a_split_changes_what_was_learnt_before_it(panel):
    split = LATE[0]
    later = panel["as_of"] > pd.Timestamp(split.calibrate_on)
    other = panel.copy()
    other.loc[later & (other["observed"] == 1), "y"] = 1 - other.loc[later & (other["observed"] == 1), "y"]
    first, second = (backtest(p, MODELS, LATE, features=FEATURES).scores for p in (panel, other))
    pd.testing.assert_frame_equal(first, second)


def test_every_model_stands_at_every_split_with_every_metric(panel):
    told: list[str] = []
    found = backtest(panel, MODELS, SPLITS, features=FEATURES, progress=told.append)
    names = ["most_penalties", "logistic", "random"]
    sizes = found.metrics.groupby(["as_of", "model"])["metric"].agg(list)
    assert len(sizes) == len(SPLITS) * 3
    metrics = ["auc", "capture", "brier", "ece", "ece_perfect", "mean_observed", "mean_ratio"]
    assert all(given == metrics for given in sizes)
    told_with_ends = found.metrics[found.metrics["metric"].ne("ece_perfect") & found.metrics["value"].notna()]
    assert told_with_ends[["low", "high"]].notna().all(axis=None)
    assert sorted(told) == sorted(f"{split.test_day} {name}" for split in SPLITS for name in names)
    order = found.metrics[["as_of", "model"]].drop_duplicates()
    assert order["model"].tolist() == names * len(SPLITS) and order["as_of"].is_monotonic_increasing
    assert len(found.scores) == 3 * len(SPLITS) * 800


def test_the_figures_are_those_of_the_labelled_test_rows(panel, study):
    test = panel[panel["as_of"] == pd.Timestamp(LATE[0].test_day)]
    seen = test[test["observed"] == 1]
    auc = study.of("auc").set_index("model")
    expected = weighted_auc(seen["y"].to_numpy(), seen["penalties"].to_numpy(), seen["weight"].to_numpy())
    assert auc.loc["most_penalties", "value"] == pytest.approx(expected)
    assert auc.loc["random", "value"] == 0.5
    assert (auc["coverage"] == test["observed"].mean()).all()
    assert auc.loc["logistic", "low"] < auc.loc["logistic", "value"] < auc.loc["logistic", "high"]
    top = study.of("capture").set_index("model")["coverage"]
    assert top["most_penalties"] == pytest.approx(0.8, abs=0.1)  # those with many penalties are seen with 0.8
    assert top["random"] == pytest.approx(test["observed"].mean())


def test_calibration_comes_from_the_later_day(study):
    brier = study.of("brier").set_index("model")["value"]
    assert brier["logistic"] < brier["random"] < 0.3


def test_the_same_seed_gives_the_same_tables_and_the_models_given_stay_unfitted(panel, study, monkeypatch):
    for cores in (1, 3):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        again = backtest(panel, MODELS, LATE, features=FEATURES, seed=1)
        pd.testing.assert_frame_equal(study.metrics, again.metrics)
        pd.testing.assert_frame_equal(study.scores, again.scores)
    assert not hasattr(MODELS[1], "fitted_")
    other = backtest(panel, MODELS, LATE, features=FEATURES, seed=2).of("auc")
    assert (other["low"] != study.of("auc")["low"])[:2].all()


def test_choices_among_the_models_can_be_judged_by_regret(panel):
    found = backtest(panel, MODELS, SPLITS, features=FEATURES)
    rules = compare_rules(regrets(found.of("auc")))
    assert rules.set_index("rule").loc["best_last", "regret"] < rules.set_index("rule").loc["random", "regret"]


def test_coverage_of_the_top_counts_ties_in_part():
    # top half of four = score 2, and half of the two rows of score 1, of which one is seen: (1 + 0.5 · 1) / 2
    score, observed = np.array([1.0, 2.0, 1.0, 0.0]), np.array([True, True, False, False])
    judged = Judged(score, score, observed * 1.0, np.ones(4), observed)
    assert judged.coverage(0.5) == pytest.approx((1 + 0.5) / 2)
    assert judged.coverage() == 0.5


def test_a_rule_of_thumb_is_judged_by_what_it_orders_by():
    X, y, ones = pd.DataFrame({"x": [np.nan, 1.0, 3.0, 2.0]}), np.array([0.0, 0, 1, 1]), np.ones(4)
    assert Estimator("r", ByColumn("x")).fit(X, y, ones).score(X).tolist() == [2, 1, 3, 2]  # unknown: the mean
    assert Estimator("r", ByColumn("x", sign=-1)).fit(X, y, ones).score(X).tolist() == [-2, -1, -3, -2]
    assert NoOrder().score(X).tolist() == [0] * 4


def test_scores_are_judged_by_their_own_order_where_calibration_is_flat():
    rng = np.random.default_rng(0)
    score, y = rng.random(200), rng.integers(0, 2, 200).astype(float)
    ones, seen = np.ones(200), np.ones(200, dtype=bool)
    flat, steep, none = (
        standard_measures(Judged(score, p, y, ones, seen), 0, replicates=50)
        for p in (0 * score + 0.5, score / 2, score * np.nan)
    )
    assert flat["auc"] == steep["auc"] == none["auc"] == pytest.approx(weighted_auc(y, score))
    assert flat["auc_low"] == pytest.approx(steep["auc_low"])
    assert flat["brier"] == 0.25 and np.isnan(none["brier"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"features": ["gone"]}, "RM-EVA-003"), ({"features": []}, "RM-EVA-003"), ({"features": ["penalties", "y"]}, "RM-EVA-004"),
        ({"splits": []}, "RM-EVA-003"), ({"models": [NoOrder()]}, "RM-EVA-004"), ({"y": 0.0}, "RM-EVA-003"),
        ({"y": 2.0}, "RM-EVA-004"), ({"observed": 0}, "RM-EVA-003"), ({"entity_id": 1}, "RM-EVA-004"),
        ({"weight": np.nan}, "RM-EVA-004"), ({"as_of": pd.Timestamp("2000-01-01")}, "RM-EVA-003"),
    ],
)  # fmt: skip
def test_what_cannot_be_tested_is_refused(panel, change, code):
    arguments = {"models": MODELS, "splits": LATE, "features": FEATURES}
    arguments |= {name: change[name] for name in arguments if name in change}
    frame = panel.assign(**{name: value for name, value in change.items() if name not in arguments})
    if "as_of" in change:
        frame["entity_id"] = np.arange(len(frame))
    with pytest.raises(InputError) as fault:
        backtest(frame, arguments.pop("models"), arguments.pop("splits"), **arguments)
    assert fault.value.code == code
