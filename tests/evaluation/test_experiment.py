from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from riskmodel.cli import app
from riskmodel.errors import InputError
from riskmodel.evaluation.backtest import Judged
from riskmodel.evaluation.experiment import audited, gate, measured, read_experiment, run_experiment, splits_of
from riskmodel.experiments import experiment
from riskmodel.exports.model_card import model_card
from riskmodel.features import build
from riskmodel.policy import load_policy
from riskmodel.values import AsOf

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def found(sample_records):
    file = read_experiment(ROOT / "experiments/baseline.yaml").model_copy(update={"replicates": 50})
    return run_experiment(file, sample_records, load_policy(file.policy))


@pytest.mark.parametrize("name", ["baseline", "champion-vs-challenger", "chicago", "district"])
def test_every_experiment_that_ships_can_be_read_and_split(name):
    file = read_experiment(ROOT / f"experiments/{name}.yaml")
    assert file.id == name
    assert len(splits_of(file)) >= 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"outcome": {"event": "luck", "horizon_days": 365}}, "outcome.event"),
        ({"surprise": 1}, "surprise"),
        ({"champion": "nobody"}, "champion"),
        ({"models": []}, "models"),
    ],
)
def test_a_wrong_key_or_value_is_named(tmp_path, change, field):
    raw = yaml.safe_load((ROOT / "experiments/baseline.yaml").read_text("utf-8")) | change
    (tmp_path / "e.yaml").write_text(yaml.safe_dump(raw), "utf-8")
    with pytest.raises(InputError) as caught:
        read_experiment(tmp_path / "e.yaml")
    assert caught.value.code == "RM-EVA-005"
    assert field in caught.value.where


def test_the_panel_has_everybody_on_test_days_and_labels_only_where_someone_looked(found):
    tested = found.panel["as_of"].isin([pd.Timestamp(split.test_day) for split in splits_of(found.file)])
    assert found.panel[tested].groupby("as_of").size().min() > 1_000
    assert 0.05 < found.panel.loc[tested, "observed"].mean() < 0.5
    assert found.panel.loc[~tested, "observed"].eq(1).all()
    assert found.panel.loc[found.panel["observed"].eq(0), "y"].isna().all()
    assert (found.panel.loc[found.panel["observed"].eq(1), "weight"] >= 1).all()  # 1/pi of the draw


def test_every_figure_has_an_interval_and_every_list_its_coverage_and_bounds(found):
    table = found.backtest.metrics.set_index(["model", "metric"]).sort_index()
    for metric in ("auc", "average_precision", "ndcg", "precision_0.1", "recall_0.1", "lift_0.1"):
        rows = table.loc[("expert", metric)]
        assert (rows["low"] <= rows["value"]).all()
        assert (rows["value"] <= rows["high"]).all()
    assert (table.loc[("expert", "precision_0.1"), "coverage"] < 0.5).all()
    low, high = (
        table.loc[("expert", "precision_lower_0.1"), "value"],
        table.loc[("expert", "precision_upper_0.1"), "value"],
    )
    assert (low.to_numpy() < high.to_numpy()).all()


def test_rows_without_a_label_keep_their_places_in_the_list():
    judged = Judged(
        np.array([0.9, 0.8, 0.7, 0.1]), np.full(4, np.nan), np.array([1.0, 0, 0, 1]), np.ones(4),
        np.array([True, False, True, True]),
    )  # fmt: skip
    figures = measured(judged, 0, lists=[0.5], replicates=50)
    assert figures["precision_0.5"] == 1  # of the labelled among the first two
    assert figures["precision_0.5_coverage"] == 0.5
    assert (figures["precision_lower_0.5"], figures["precision_upper_0.5"]) == (0.5, 1.0)


def test_a_feature_that_peeks_is_caught_and_the_honest_ones_are_not(found):
    honest = audited(found)
    assert not honest["is_suspect"].any()
    rng = np.random.default_rng(1)
    peek = found.panel["y"].fillna(0) * 2 + rng.normal(size=len(found.panel))
    caught = audited(replace(found, panel=found.panel.assign(penalties_180d=peek)))
    assert caught.loc[caught["is_suspect"], "feature"].tolist() == ["penalties_180d"]


BOUNDS = load_policy("zhoucun-2020").at(AsOf.of("2024-06-30")).promotion


def wrong_join(shown, **how):
    """Features as declared, but `penalties_180d` of a day is that of the next day: what a wrong join does."""
    table = build(shown, **how)
    later = table.sort_values("as_of").groupby("entity_id")["penalties_180d"].shift(-1)
    return table.assign(penalties_180d=later.fillna(table["penalties_180d"]))


def test_the_command_catches_a_planted_leak_and_passes_without_it(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    recipe = yaml.safe_load((ROOT / "experiments/baseline.yaml").read_text("utf-8")) | {
        "replicates": 50,
        "models": ["expert"],
    }
    recipe["origins"]["last"] = recipe["origins"]["first"]
    (tmp_path / "e.yaml").write_text(yaml.safe_dump(recipe, allow_unicode=True), "utf-8")
    command = ["experiment", str(tmp_path / "e.yaml"), "--out", str(tmp_path), "--no-track", "--audit"]
    honest = CliRunner().invoke(app, command)
    assert honest.exit_code == 0, honest.stdout
    monkeypatch.setattr("riskmodel.evaluation.experiment.build", wrong_join)
    caught = CliRunner().invoke(app, command)
    assert caught.exit_code == 1
    named = {line.split()[1] for line in caught.stdout.splitlines() if line.startswith("✗")}
    assert named == {"penalties_180d:"}
    assert len(pd.read_csv(tmp_path / "experiments/baseline/leaks.csv"))


def test_nobody_is_promoted_who_is_not_better_beyond_the_interval_calibrated_and_fair(found):
    assert found.promoted == found.file.champion
    metrics = found.backtest.metrics
    ratios = metrics["metric"].eq("mean_ratio")
    better = pd.DataFrame(
        {"model": ["scorecard", "last_result"], "difference": [0.1, 0.2], "low": [0.01, -0.01], "high": 0.3}
    )
    figures = found.fairness["scorecard"].figures
    even, skewed = (
        {**found.fairness, "scorecard": replace(found.fairness["scorecard"], figures=figures.assign(ratio_low=a, ratio_high=b))}
        for a, b in ((0.9, 1.1), (2.5, 3.0))
    )  # fmt: skip

    def promoted(off=0.0, fair=even, better=better):
        values = metrics.assign(value=metrics["value"].mask(ratios, 1 + off))
        return replace(found, gate=gate(BOUNDS, better, replace(found.backtest, metrics=values), fair)).promoted

    assert promoted() == "scorecard"  # last_result is better by more, but not beyond its interval
    assert promoted(fair=skewed) == "expert"  # its own list, not the champion's, decides
    assert promoted(off=BOUNDS.calibrated_within + 0.01) == "expert"
    assert promoted(better=better.assign(low=-0.01)) == "expert"
    fair = even | {"last_result": even["scorecard"]}
    assert promoted(fair=fair, better=better.assign(low=0.01)) == "last_result"  # the best of those that pass


def test_the_policy_says_how_small_a_group_may_be(found, sample_records):
    """With groups too small for the policy there is nothing to judge."""
    file = found.file.model_copy(update={"models": ["expert"], "replicates": 50})
    policy = load_policy(file.policy)
    promotion = policy.file.promotion
    wanted = promotion.group_rows.model_copy(update={"value": 10**6})
    strict = policy.file.model_copy(update={"promotion": promotion.model_copy(update={"group_rows": wanted})})
    few = run_experiment(file, sample_records, replace(policy, file=strict)).fairness["expert"]
    assert set(few.groups["status"]) != set(found.fairness["expert"].groups["status"])
    assert not few.groups["status"].eq("shown").any()


def test_penalties_of_everybody_can_be_the_outcome(sample_records):
    file = read_experiment(ROOT / "experiments/baseline.yaml")
    outcome = file.outcome.model_copy(update={"event": "penalty", "observed_if": "registered", "weight": "none"})
    origins = file.origins.model_copy(update={"last": file.origins.first})
    recipe = {"outcome": outcome, "origins": origins, "models": ["expert"], "replicates": 50}
    found = run_experiment(file.model_copy(update=recipe), sample_records, load_policy(file.policy))
    panel = found.panel
    assert panel["observed"].eq(1).all()
    assert (panel["label_known_on"] >= panel["as_of"] + pd.Timedelta(days=1)).all()
    none = panel["y"].eq(0)
    assert (panel.loc[none, "label_known_on"] == panel.loc[none, "as_of"] + pd.Timedelta(days=365)).all()
    assert found.backtest.of("auc").set_index("model").loc["expert", "low"] > 0.5


def test_the_model_card_says_what_the_model_is_not_for(found):
    assert "不用于评价信用" in model_card(found)
    assert "not to rate credit" in model_card(found, "en")


@pytest.mark.slow
def test_an_experiment_is_written_whole_and_tracked_split_by_split(tmp_path, monkeypatch):
    import mlflow

    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")  # so that what MLflow sets is taken back afterwards
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    monkeypatch.chdir(ROOT)
    done = experiment(ROOT / "experiments/baseline.yaml", out=tmp_path)
    names = {p.name for p in done.folder.iterdir()}
    assert {"metrics.csv", "splits.png", "over-time.png", "model-card.md", "run.json"} <= names
    client = mlflow.MlflowClient()
    run = client.get_run(done.run_id)
    history = client.get_metric_history(done.run_id, "expert/auc")
    assert [m.step for m in history] == [20230630, 20231231, 20240630]
    children = client.search_runs([run.info.experiment_id], f"tags.`mlflow.parentRunId` = '{done.run_id}'")
    assert len(children) == 3
    version = client.get_model_version_by_alias("02 检验 baseline", "champion")
    model = mlflow.pyfunc.load_model(f"models:/{version.name}@champion")
    row = pd.DataFrame([dict.fromkeys(model.metadata.get_input_schema().input_names(), 0.0)])
    assert model.predict(row).columns.tolist() == ["risk_score", "probability"]
