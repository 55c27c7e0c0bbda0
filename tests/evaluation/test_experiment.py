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
from riskmodel.evaluation.inclusion import inclusion
from riskmodel.evaluation.models import model_of
from riskmodel.evaluation.over_time import choices, steadiness
from riskmodel.experiments import _learnt, _slices, experiment
from riskmodel.exports.model_card import model_card
from riskmodel.features import FEATURES, build
from riskmodel.policy import load_policy
from riskmodel.scoring.resampling import Bootstrap
from riskmodel.standing import standing
from riskmodel.tiering import cut
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


def test_what_offices_do_today_stands_in_every_table_whatever_the_file_names(found, sample_records):
    today = {"random", "last_result", "most_penalties", "expert", "inspector"}
    assert set(found.backtest.metrics["model"]) == {*today, *found.file.models}
    origins = found.file.origins.model_copy(update={"last": found.file.origins.first})
    recipe = {"models": ["scorecard"], "champion": "scorecard", "features": ["tenure_years"], "origins": origins}
    alone = run_experiment(found.file.model_copy(update=recipe), sample_records, load_policy(found.file.policy))
    assert set(alone.backtest.metrics["model"]) == {*today, "scorecard"}
    assert alone.features == ("tenure_years",)  # what rules of thumb read is seen by nobody else
    assert set(alone.fairness) == {"scorecard"}


def test_the_last_result_is_that_of_the_last_visit_and_the_inspector_is_how_strict_those_were_who_came(found):
    rows = pd.DataFrame({
        "days_since_inspection": [10, 10, 400, np.nan], "days_since_problem": [10, 300, np.nan, np.nan],
        "drawn_inspections_730d": [2, 1, 0, 4], "expected_problems_730d": [0.5, 0.5, 0, 1.2],
    })  # fmt: skip
    ones = np.ones(4)
    last, strict = (model_of(name, RULES, FEATURES).fit(rows, ones, ones) for name in ("last_result", "inspector"))
    np.testing.assert_allclose(last.score(rows), [1, 0, 0, 1 / 3])  # never visited: as the average
    np.testing.assert_allclose(strict.score(rows), [0.25, 0.5, 0.35, 0.3])


def test_worst_and_best_orders_of_equal_scores_stand_beside_the_expected_one(found):
    table = found.backtest.metrics
    lists = table[table["metric"].str.match(r"(precision|recall|lift)_0\.\d+$")]
    assert ((lists["worst"] <= lists["value"] + 1e-12) & (lists["value"] <= lists["best"] + 1e-12)).all()
    ties = lists[lists["model"].eq("random") & lists["metric"].eq("precision_0.05")]
    assert (ties["worst"].eq(0) & ties["best"].eq(1)).all()


def test_the_calibration_error_has_an_interval_and_stands_beside_what_chance_shows(found):
    table = found.backtest.metrics[found.backtest.metrics["model"].eq("expert")].set_index(["metric", "as_of"])
    for metric in ("ece", "mean_ratio", "mean_observed", "brier"):
        rows = table.loc[metric]
        assert ((rows["low"] <= rows["value"]) & (rows["value"] <= rows["high"])).all(), metric
    assert (table.loc["ece_perfect", "value"] > 0).all()


def test_fairness_covers_area_industry_kind_size_and_age_with_the_chance_to_be_inspected(found):
    figures = found.fairness["expert"].figures
    assert set(figures["attribute"]) == {"town", "industry_section", "kind", "size", "age"}
    chances = figures[figures["figure"].eq("share_inspected")]
    shown = chances[chances["status"].eq("reported")]
    assert ((shown["low"] <= shown["value"]) & (shown["value"] <= shown["high"])).all()
    assert shown["value"].between(0.005, 0.5).all()
    sizes = found.fairness["expert"].groups[lambda t: t["attribute"].eq("size")]
    assert len(sizes) == 3
    assert sizes["n"].max() < 1.1 * sizes["n"].min()


def test_chances_are_those_of_the_policy_for_the_tiers_that_scores_make(sample_records):
    known = sample_records.known(AsOf.of("2024-06-30"))
    table = standing(known, RULES)
    score = pd.Series(np.arange(len(table), dtype=float), table["entity_id"])
    found = inclusion(known, RULES, score)
    special = table.set_index("entity_id")["special_field"].ne("none")
    assert found[special].eq(1).all()
    plain = table[table["special_field"].eq("none") & table["credit_grade"].eq("minor")]
    plain = plain[
        plain[["serious_dishonesty", "red_line", "broken_commitment", "judgment_debtor"]].eq("no").all(axis=1)
    ]
    plain = plain[plain["worst_other_rating"].ne("serious") & plain["grace"].eq("no") & plain["visits_this_year"].eq(0)]
    lowest, highest = plain["entity_id"].iloc[0], plain["entity_id"].iloc[-1]
    assert found[lowest] == RULES.inspections.ratio_by_tier["A"]
    assert found[highest] == RULES.inspections.ratio_by_tier["E"]


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


RULES = load_policy("zhoucun-2020").at(AsOf.of("2024-06-30"))
BOUNDS = RULES.promotion


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
    assert named == {"penalties_180d"}
    assert len(pd.read_csv(tmp_path / "experiments/baseline/leaks.csv"))


def test_nobody_is_promoted_who_is_not_better_beyond_the_interval_calibrated_and_fair(found):
    assert found.promoted == found.file.champion
    metrics = found.backtest.metrics
    ratios, error = metrics["metric"].eq("mean_ratio"), metrics["metric"].eq("ece")
    first = metrics["as_of"].eq(metrics["as_of"].min())
    better = pd.DataFrame(
        {"model": ["scorecard", "last_result"], "difference": [0.1, 0.2], "low": [0.01, -0.01], "high": 0.3}
    )
    figures = found.fairness["scorecard"].figures
    even, skewed = (
        {**found.fairness, "scorecard": replace(found.fairness["scorecard"], figures=figures.assign(ratio_low=a, ratio_high=b))}
        for a, b in ((0.9, 1.1), (2.5, 3.0))
    )  # fmt: skip

    def promoted(off=0.0, fair=even, better=better, **changed):
        values = metrics.assign(
            value=metrics["value"].mask(ratios, 1 + off), low=metrics["low"].mask(ratios, 0.7).mask(error, 0.0),
            high=metrics["high"].mask(ratios, 1.3),
        )  # fmt: skip
        values = values.assign(**{name: change(values) for name, change in changed.items()})
        return replace(found, gate=gate(BOUNDS, better, replace(found.backtest, metrics=values), fair)).promoted

    assert promoted() == "scorecard"  # last_result is better by more, but not beyond its interval
    assert promoted(fair=skewed) == "expert"  # its own list, not the champion's, decides
    assert promoted(off=BOUNDS.calibrated_within + 0.01) == "expert"
    assert promoted(better=better.assign(low=-0.01)) == "expert"
    # a year that is too high and one that is too low do not make up for each other
    high, low = (lambda t: t["value"].mask(ratios & first, 1.5).mask(ratios & ~first, 0.75)), 1.3
    assert promoted(value=high, low=lambda t: t["low"].mask(ratios & first, low)) == "expert"
    assert promoted(value=high, low=lambda t: t["low"].mask(ratios & first, 0.9)) == "scorecard"  # may be chance
    # the mean is right, but the high are too high and the low too low
    assert promoted(low=lambda t: t["low"].mask(error, 0.05)) == "expert"
    # a day without probabilities says nothing of that day
    assert promoted(metric=lambda t: t["metric"].mask(ratios & first, "nothing")) == "expert"
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


def test_a_test_day_whose_labels_are_not_in_yet_is_refused(found, sample_records):
    """Else whatever was not found yet would count as not there."""
    newest = sample_records.newest.day
    origins = found.file.origins.model_copy(update={"last": newest})
    with pytest.raises(InputError) as caught:
        run_experiment(
            found.file.model_copy(update={"origins": origins}), sample_records, load_policy(found.file.policy)
        )
    assert caught.value.code == "RM-EVA-002"
    assert "2024-12-31" in caught.value.where  # the first that is too late: its labels look until the end of 2025
    assert all(split.label_until <= newest for split in found.backtest.splits)


def test_the_model_card_says_what_the_model_is_not_for(found):
    assert "不用于评价信用" in model_card(found)
    assert "not to rate credit" in model_card(found, "en")


def test_models_are_kept_with_the_probabilities_that_later_labels_gave_them(found):
    """As judged: nothing of the last test day is learnt from, and the mean prediction meets what that day found."""
    challenged = replace(found, file=found.file.model_copy(update={"models": ["expert", "scorecard", "challenger"]}))
    cards, others = _learnt(challenged, RULES)
    early, late = _slices(found)
    last = found.backtest.splits[-1]
    assert early["label_known_on"].max() <= pd.Timestamp(last.test_day) < late["label_known_on"].min()
    share = np.average(late["y"], weights=late["weight"])
    for name, card in cards.items():
        score = np.full(len(late), card["base_points"])
        for step in card["steps"]:
            value = late[step["feature"]].to_numpy(dtype=float)
            reached = np.searchsorted(step["lows"], value, side="right")
            score += np.where(np.isnan(value), step["missing"], np.array(step["points"])[reached])
        chance = np.array(card["probability"]["values"])[score - card["probability"]["first"]]
        assert np.average(chance, weights=late["weight"]) == pytest.approx(share, abs=1e-3), name
    chance = others["challenger"].estimator.predict_proba(late[list(found.features)])[:, 1]
    assert np.average(chance, weights=late["weight"]) == pytest.approx(share, abs=1e-3)


def test_lists_and_tiers_are_compared_from_test_day_to_test_day(found):
    table = steadiness(found.backtest, RULES.tiers.shares, 0.2)
    assert set(table["model"]) == set(found.backtest.metrics["model"])
    assert table.groupby("model").size().eq(2).all()
    expert = table[table["model"].eq("expert")].iloc[0]
    scores = found.backtest.scores[found.backtest.scores["model"].eq("expert")]
    then, now = (
        scores[scores["as_of"].eq(pd.Timestamp(split.test_day))].set_index("entity_id")["score"]
        for split in found.backtest.splits[:2]
    )
    tiers = pd.concat([cut(then, RULES.tiers.shares), cut(now, RULES.tiers.shares)], axis=1, join="inner")
    assert expert["moved"] == pytest.approx((tiers.iloc[:, 0] != tiers.iloc[:, 1]).mean())
    assert expert["moved"] == pytest.approx(expert["up"] + expert["down"])
    assert expert["kept"] > 0.5 > expert["by_chance"]
    blind = table[table["model"].eq("random")]
    assert blind["kept"].max() < 0.25 and blind["moved"].max() == 0


def test_a_choice_among_models_sees_only_test_days_whose_labels_were_in(found):
    # three half-yearly days, labels of a year: when the last is chosen for, the first is not yet in by ten days
    assert choices(found.backtest, "auc", gap_days=10, bootstrap=Bootstrap(0, 50)).empty
    early = tuple(
        replace(s, label_until=s.test_day + pd.Timedelta("90D").to_pytimedelta()) for s in found.backtest.splits
    )
    table = choices(replace(found.backtest, splits=early), "auc", gap_days=10, bootstrap=Bootstrap(0, 50))
    assert table.set_index("rule").loc["best_last", "periods"] == 2
    assert (table["regret"] >= 0).all()


@pytest.mark.slow
def test_an_experiment_is_written_whole_and_tracked_split_by_split(tmp_path, monkeypatch):
    import mlflow

    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")  # so that what MLflow sets is taken back afterwards
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    monkeypatch.chdir(ROOT)
    done = experiment(ROOT / "experiments/baseline.yaml", out=tmp_path)
    names = {p.name for p in done.folder.iterdir()}
    assert {"metrics.csv", "splits.png", "over-time.png", "model-card.md", "run.json", "stability.csv"} <= names
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
