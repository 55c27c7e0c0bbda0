"""A stored scorecard, and the model that MLflow makes of it, give the scores of the scorecard itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskmodel.errors import InputError
from riskmodel.scoring.calibrated import CalibratedInTime
from riskmodel.scoring.calibration import Calibrator
from riskmodel.scoring.challenger import TRUSTED_TYPES, Challenger
from riskmodel.scoring.expert import ExpertScorecard
from riskmodel.scoring.scorecard import Scorecard
from riskmodel.scoring.stored import stored

POINTS = {"penalties": ((1, 8), (2, 18)), "days_since": ((0, 12), (365.5, 3)), "years": ((0, -4), (5, 0))}


def rows(seed: int = 0, size: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    made = pd.DataFrame({
        "penalties": rng.integers(0, 4, size).astype(float), "days_since": rng.integers(0, 800, size).astype(float),
        "years": rng.random(size) * 20,
    })  # fmt: skip
    return made.mask(rng.random(made.shape) < 0.2)


def expert():
    card = ExpertScorecard(POINTS)
    y = np.random.default_rng(1).random(400) < 0.3
    return card, Calibrator().fit(card.points(rows()), y).predict


def uncalibrated():
    return ExpertScorecard(POINTS), Calibrator().predict


def fitted():
    frame = rows()
    y = (frame["penalties"].fillna(0) + np.random.default_rng(2).random(400) > 1.5).astype(int)
    card = Scorecard().fit(frame, y)
    return card, card.probability_of_points


def test_what_is_stored_is_plain_json():
    card, probability = expert()
    kept = stored(card, probability)
    assert json.loads(json.dumps(kept, allow_nan=False)) == kept
    lowest, highest = -4, 18 + 12
    assert kept["probability"]["first"] == lowest
    assert len(kept["probability"]["values"]) == highest - lowest + 1


@pytest.mark.slow
@pytest.mark.parametrize("made", [expert, uncalibrated, fitted])
def test_the_logged_model_gives_the_scores_of_the_scorecard(made, tmp_path):
    import mlflow

    from riskmodel.tracked_run import TrackedRun
    from riskmodel.tracking import features_of, track

    card, probability = made()
    tracked = track(TrackedRun("试验", {}, {}, {}, card=stored(card, probability)), tmp_path)
    assert set(features_of(tracked.model_uri, tmp_path)) == set(POINTS)
    scores = mlflow.pyfunc.load_model(tracked.model_uri).predict(rows(3).assign(entity_id="E"))
    points = card.points(rows(3))
    assert scores["risk_score"].tolist() == points.tolist()
    assert np.array_equal(scores["probability"], probability(points), equal_nan=True)
    kinds = {file.suffix for file in tmp_path.rglob("*") if file.is_file()}
    assert not kinds & {".pkl", ".pickle", ".joblib"}, "a model is code and JSON"


def small_challenger():
    frame = rows()
    y = (frame["penalties"].fillna(0) + np.random.default_rng(2).random(400) > 1.5).astype(int)
    trees, late = Challenger(signs={"penalties": 1}, max_iter=20).fit(frame, y), rows(6)
    return CalibratedInTime.around(trees, late, (late["penalties"].fillna(0) > 1).astype(int))


@pytest.mark.slow
def test_a_promoted_challenger_is_registered_and_scores_as_the_fitted_one(tmp_path):
    import mlflow

    from riskmodel.tracking import Fitted, TrackedExperiment, load_estimator, track_experiment

    model = small_challenger()
    (tmp_path / "folder").mkdir()
    metrics = pd.DataFrame(
        {"as_of": [pd.Timestamp("2024-06-30")], "model": "challenger", "metric": "auc", "value": 0.7}
    )
    kept = {"challenger": Fitted(model, TRUSTED_TYPES, rows(5).head(3))}
    run = TrackedExperiment(
        "试验", "t", {}, {}, metrics, tmp_path / "folder", {"expert": stored(*expert())}, kept, "challenger"
    )
    tracked = track_experiment(run, tmp_path)
    champion = mlflow.MlflowClient().get_model_version_by_alias("试验", "champion")
    assert champion.version == mlflow.MlflowClient().get_model_version_by_alias("试验", "challenger").version
    assert champion.version != mlflow.MlflowClient().get_model_version_by_alias("试验", "expert").version
    back = load_estimator("models:/试验@champion", TRUSTED_TYPES, tmp_path)
    np.testing.assert_array_equal(back.predict_proba(rows(3)), model.predict_proba(rows(3)))
    pd.testing.assert_frame_equal(back.estimator_.contributions(rows(3)), model.estimator_.contributions(rows(3)))
    info = mlflow.models.get_model_info(tracked.model_uri)
    assert info.signature.inputs.input_names() == list(POINTS)
    assert info.saved_input_example_info is not None
    kinds = {file.suffix for file in tmp_path.rglob("*") if file.is_file()}
    assert ".skops" in kinds and not kinds & {".pkl", ".pickle", ".joblib"}


@pytest.mark.slow
def test_the_alias_of_the_champion_moves_only_from_the_model_that_the_gate_compared_with(tmp_path):
    import mlflow

    from riskmodel.tracking import TrackedExperiment, track_experiment

    (tmp_path / "folder").mkdir()
    metrics = pd.DataFrame({"as_of": [pd.Timestamp("2024-06-30")], "model": "expert", "metric": "auc", "value": 0.7})
    cards = {"expert": stored(*expert()), "scorecard": stored(*fitted())}

    def in_force(champion, compared_with):
        run = TrackedExperiment(
            "试验", "t", {}, {}, metrics, tmp_path / "folder", cards, {}, champion, compared_with=compared_with
        )
        made = track_experiment(run, tmp_path)
        client = mlflow.MlflowClient()
        model = client.get_model_version_by_alias("试验", "champion").tags["model"]
        return model, client.get_run(made.run_id).data.tags.get("champion_in_force")

    assert in_force("expert", "expert") == ("expert", None)
    assert in_force("scorecard", "expert") == ("scorecard", None)  # passed the gate
    # a later run whose file still names the expert points, and in which nobody passes: the alias stays
    assert in_force("expert", "expert") == ("scorecard", "scorecard")
    assert in_force("scorecard", "expert") == ("scorecard", None)  # again: a fresh version of the same
    assert in_force("expert", "scorecard") == ("expert", None)  # compared with the one in force, and better


@pytest.mark.slow
def test_a_model_that_asks_for_trust_is_not_given_it(tmp_path):
    """Whatever types the stored model lists as trusted: only ours are."""
    from riskmodel.tracking import Fitted, TrackedExperiment, load_estimator, track_experiment

    (tmp_path / "folder").mkdir()
    kept = {"challenger": Fitted(small_challenger(), TRUSTED_TYPES, rows(5).head(3))}
    metrics = pd.DataFrame(
        {"as_of": [pd.Timestamp("2024-06-30")], "model": "challenger", "metric": "auc", "value": 0.7}
    )
    run = TrackedExperiment("试验", "t", {}, {}, metrics, tmp_path / "folder", {}, kept, "challenger")
    address = track_experiment(run, tmp_path).model_uri
    with pytest.raises(InputError, match=r"RM-INP-007(?s:.)*TreePredictor"):
        load_estimator(address, ["riskmodel.scoring.challenger.Challenger"], tmp_path)
    with pytest.raises(InputError, match="RM-INP-004"):
        load_estimator("models:/nobody/1", TRUSTED_TYPES, tmp_path)


@pytest.mark.slow
def test_an_unknown_model_is_named(tmp_path):
    from riskmodel.tracking import features_of

    with pytest.raises(InputError, match=r"RM-INP-004.*(?s:.)*models:/nobody/1"):
        features_of("models:/nobody/1", tmp_path)


def test_the_model_imports_nothing_of_ours():
    import riskmodel.tracking

    code = Path(riskmodel.tracking.__file__).with_name("logged_model.py").read_text("utf-8")
    assert "import riskmodel" not in code and "from riskmodel" not in code


@pytest.mark.slow
def test_a_table_of_scores_is_written_whole(sample, sample_assessment, tmp_path):
    for name in ("scores.csv", "scores.parquet"):
        command = [sys.executable, "-m", "riskmodel.cli", "assess", str(sample), "--as-of", "2025-06-30", "--json"]
        done = subprocess.run(
            [*command, "--out", str(tmp_path / name)], capture_output=True, text=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, done.stderr
        tiers = pd.DataFrame(json.loads(done.stdout))
        assert tiers["enterprises"].tolist() == sample_assessment.tiers["enterprises"].tolist()
    read = pd.read_parquet(tmp_path / "scores.parquet"), pd.read_csv(tmp_path / "scores.csv", dtype={"entity_id": str})
    for frame in read:
        assert frame["risk_tier"].tolist() == sample_assessment.decided["risk_tier"].tolist()
        assert frame["entity_id"].tolist() == sample_assessment.decided["entity_id"].tolist()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["scores.csv", "scores.parquet"]
