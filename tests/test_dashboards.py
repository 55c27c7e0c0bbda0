"""The dashboards answer on their default pages; the logged model scores raw rows behind a server."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from riskmodel.scoring.calibration import Calibrator
from riskmodel.scoring.expert import ExpertScorecard
from riskmodel.scoring.stored import stored

POINTS = {"penalties": ((1, 8), (2, 18)), "days_since": ((0, 12), (365.5, 3))}


@pytest.fixture(scope="module")
def card():
    rng = np.random.default_rng(7)
    seen = pd.DataFrame({"penalties": rng.integers(0, 4, 300).astype(float), "days_since": rng.random(300) * 800})
    made = ExpertScorecard(POINTS)
    chance = Calibrator().fit(made.points(seen), rng.random(300) < 0.3).predict
    return made, chance


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


def answer(address: str, body: dict | None = None, patience: float = 90.0) -> str:
    """What a server says once it is up."""
    until = time.monotonic() + patience
    data = json.dumps(body).encode() if body else None
    while True:
        try:
            asked = urllib.request.Request(address, data, {"Content-Type": "application/json"})
            with urllib.request.urlopen(asked, timeout=30) as said:
                return said.read().decode()
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > until:
                raise
            time.sleep(0.3)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("languages", "expected"),
    [(["en"], ["01 Monthly runs", "History of months"]), (["zh", "en"], ["01 每月运行", "历月走势"])],
)
def test_an_english_store_has_english_names_and_a_store_keeps_its_names(tmp_path, languages, expected):
    import mlflow

    from riskmodel.tracked_run import BLANKS, HYPHEN, TrackedRun
    from riskmodel.tracking import track

    for number, lang in enumerate(languages):
        shown, day = {"auc": ("AUC", ".2f")}, date(2025, 4 + number, 30)
        run = TrackedRun("r", {}, {"auc": 0.6 + number / 10}, {}, day=day, lang=lang, history="note", shown=shown)
        track(run, tmp_path)
    client = mlflow.MlflowClient()
    (kept,) = [e for e in client.search_experiments() if e.name != "Default"]
    history = client.search_runs([kept.experiment_id], "tags.role = 'history'")
    assert [kept.name, *(r.info.run_name for r in history)] == expected
    assert len(client.get_metric_history(history[0].info.run_id, "auc")) == len(languages)
    rows = [
        f"| 2025{HYPHEN}{4 + number:02d}{HYPHEN}30 | {BLANKS}{0.6 + number / 10:.2f} |"
        for number in reversed(range(len(languages)))
    ]
    day = "as of" if languages[-1] == "en" else "评估日期"
    told = "\n".join([f"| {day} | {BLANKS}AUC |", "| --- | ---: |", *rows])
    assert history[0].data.tags["mlflow.note.content"] == f"{told}\n\nnote"
    assert kept.tags["mlflow.note.content"].endswith(told)


@pytest.mark.slow
def test_each_month_adds_one_point_to_the_history_and_the_same_month_none(card, tmp_path):
    import mlflow

    from riskmodel.dashboards import dashboard, pages
    from riskmodel.tracked_run import Data, TrackedRun
    from riskmodel.tracking import EXPERIMENT, track

    made, chance = card
    for day, auc in ((date(2025, 4, 30), 0.61), (date(2025, 5, 31), 0.62), (date(2025, 5, 31), 0.62)):
        run = TrackedRun(
            str(day),
            {"policy": "p"},
            {"auc": auc},
            {},
            card=stored(made, chance),
            day=day,
            note="n",
            about="说明",
            data=Data("sample", "0" * 64, "assessed"),
        )
        tracked = track(run, tmp_path)
    client = mlflow.MlflowClient()
    found = client.get_experiment_by_name(EXPERIMENT["zh"])
    assert (
        found.tags["mlflow.note.content"] == "说明"
        and found.tags["mlflow.experimentKind"] == "custom_model_development"
    )
    history = client.search_runs([found.experiment_id], "tags.role = 'history'")
    assert len(history) == 1
    points = client.get_metric_history(history[0].info.run_id, "auc")
    assert [(p.step, p.value) for p in points] == [(20250430, 0.61), (20250531, 0.62)]
    days = [datetime.fromtimestamp(p.timestamp / 1000, UTC).date() for p in points]
    assert days == [date(2025, 4, 30), date(2025, 5, 31)]  # what the axis "Time (wall)" shows
    assert client.get_run(tracked.run_id).data.tags["mlflow.note.content"] == "n"
    (made_from,) = client.get_run(tracked.run_id).inputs.dataset_inputs
    assert made_from.dataset.name == "sample" and json.loads(made_from.dataset.source)["digest"] == "0" * 64
    assert "Default" not in pages(tmp_path, 5999)
    assert pages(tmp_path, 5999)[EXPERIMENT["zh"]] == f"http://127.0.0.1:5999/#/experiments/{found.experiment_id}/runs"
    command, environment = dashboard(tmp_path, 5999)
    assert command[command.index("--host") + 1] == "127.0.0.1"
    assert (
        environment["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] == "false"
        and environment["MLFLOW_DISABLE_TELEMETRY"] == "true"
    )


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="servers are stopped by their process group")
def test_the_logged_model_scores_raw_rows_behind_a_server(card, tmp_path):
    from riskmodel.tracked_run import TrackedRun
    from riskmodel.tracking import store_uri, track

    made, chance = card
    model = track(TrackedRun("m", {}, {}, {}, card=stored(made, chance)), tmp_path).model_uri
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "mlflow",
        "models",
        "serve",
        "-m",
        model,
        "--env-manager",
        "local",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    # MLflow starts its server by name: it must be found also where no environment was activated
    path = os.pathsep.join((os.path.dirname(sys.executable), os.environ["PATH"]))
    environment = {**os.environ, "PATH": path, "MLFLOW_TRACKING_URI": store_uri(tmp_path)}
    environment["MLFLOW_DISABLE_TELEMETRY"] = "true"
    server = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        rows = pd.DataFrame({"penalties": [0.0, 1.0, 3.0, None], "days_since": [10.0, 400.0, None, 5.0]})
        split = json.loads(rows.to_json(orient="split", index=False))
        said = json.loads(answer(f"http://127.0.0.1:{port}/invocations", {"dataframe_split": split}))
    finally:
        os.killpg(server.pid, 15)
        server.wait(timeout=30)
    points = made.points(rows)
    assert [row["risk_score"] for row in said["predictions"]] == points.tolist()
    assert np.allclose([row["probability"] for row in said["predictions"]], chance(points))
