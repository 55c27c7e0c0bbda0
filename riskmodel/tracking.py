"""Track a run in MLflow: parameters, figures, lists and pictures; the only module that knows MLflow."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# MLflow reports its use to its makers unless told not to; an office's runs are nobody's business.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("DO_NOT_TRACK", "true")

import mlflow

EXPERIMENT = "信用风险分类监管"


@dataclass(frozen=True)
class TrackedRun:
    """What is kept of a run."""

    name: str
    parameters: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    folder: Path


def store_uri(out: Path) -> str:
    """Where runs are tracked: ``MLFLOW_TRACKING_URI``, or a database beside the reports."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{(out / 'mlflow.db').resolve().as_posix()}"


def track(run: TrackedRun, out: Path) -> str:
    """Log a finished run with its folder as artifacts; returns the run id.

    Parameters
    ----------
    run : TrackedRun
        Parameters, metrics, tags and the folder that holds lists, report and pictures.
    out : Path
        Folder of all reports; the store lies there unless ``MLFLOW_TRACKING_URI`` names another.
    """
    elsewhere = bool(os.environ.get("MLFLOW_TRACKING_URI"))  # asked first: the next call sets the variable itself
    with _quiet():
        mlflow.set_tracking_uri(store_uri(out))
        experiment = mlflow.get_experiment_by_name(EXPERIMENT)
        if experiment is None:
            place = (out / "mlartifacts").resolve().as_uri()
            identity = mlflow.create_experiment(EXPERIMENT, artifact_location=None if elsewhere else place)
        else:
            identity = experiment.experiment_id
        with mlflow.start_run(experiment_id=identity, run_name=run.name) as active:
            mlflow.log_params(dict(run.parameters))
            mlflow.log_metrics(dict(run.metrics))
            mlflow.set_tags(dict(run.tags))
            mlflow.log_artifacts(str(run.folder))
            return str(active.info.run_id)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the database migrations of a new store off the screen."""
    names = ("mlflow", "alembic", "mlflow.store.db.utils")
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
