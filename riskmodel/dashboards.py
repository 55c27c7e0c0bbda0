"""Open the MLflow dashboards: the command of the server, and the addresses of the pages that matter."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from riskmodel.tracking import quiet, store_uri


def dashboard(out: Path, port: int) -> tuple[list[str], dict[str, str]]:
    """The command that opens the dashboards on this machine alone, and its environment.

    Without the job executor, and with one worker for one user, the server needs two processes instead of eight.
    """
    environment = {
        **os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true",
        "PYTHONWARNINGS": "ignore",
    }  # fmt: skip
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", store_uri(out), "--workers", "1"]
    return [*command, "--host", "127.0.0.1", "--port", str(port), "--uvicorn-opts", "--log-level warning"], environment


def pages(out: Path, port: int) -> dict[str, str]:
    """Experiments, and the registered models, with the addresses of their pages: name → address."""
    import mlflow

    with quiet():
        mlflow.set_tracking_uri(store_uri(out))
        root, client = f"http://127.0.0.1:{port}/#", mlflow.MlflowClient()
        _hide_default(client)
        kept = client.search_experiments(order_by=["name ASC"])
        found = {e.name: f"{root}/experiments/{e.experiment_id}/runs" for e in kept}
        return found | {m.name + " ★": f"{root}/models/{quote(m.name)}" for m in client.search_registered_models()}


def _hide_default(client: Any) -> None:
    """The experiment that MLflow makes by itself stands in the list and holds nothing."""
    made = client.get_experiment_by_name("Default")
    shown = made is not None and made.lifecycle_stage == "active"
    if shown and not client.search_runs([made.experiment_id], max_results=1):
        client.delete_experiment(made.experiment_id)
