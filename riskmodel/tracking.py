"""Track a run in MLflow: parameters, figures, lists and pictures; the only module that knows MLflow."""

from __future__ import annotations

import json
import logging
import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

# MLflow reports its use to its makers unless told not to; an office's runs are nobody's business.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("DO_NOT_TRACK", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

import mlflow
import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema

from riskmodel.errors import InputError

EXPERIMENT = "信用风险分类监管"


# What a machine needs to score with a logged model; the rest of riskmodel it does not.
_MODEL_NEEDS = ("mlflow", "numpy", "pandas")
_MODEL_CODE = Path(__file__).with_name("logged_model.py")


@dataclass(frozen=True)
class TrackedRun:
    """What is kept of a run.

    Attributes
    ----------
    name : str
        Name of the run.
    parameters, tags : mapping of str
        Facts.
    metrics : mapping of float
        Figures.
    folder : Path or None
        Lists, report and pictures, kept as artifacts.
    card : mapping or None
        Scorecard in force (`riskmodel.scoring.stored`), logged as a model.
    """

    name: str
    parameters: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    folder: Path | None = None
    card: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Tracked:
    """Where a run is kept: its id, and the address of its model, '' without one."""

    run_id: str
    model_uri: str


def store_uri(out: Path) -> str:
    """Where runs are tracked: ``MLFLOW_TRACKING_URI``, or a database beside the reports."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{(out / 'mlflow.db').resolve().as_posix()}"


def track(run: TrackedRun, out: Path) -> Tracked:
    """Log a finished run with its folder as artifacts and its scorecard as a model.

    Parameters
    ----------
    run : TrackedRun
        Parameters, metrics, tags, the folder that holds lists, report and pictures, the scorecard.
    out : Path
        Folder of all reports; the store lies there unless ``MLFLOW_TRACKING_URI`` names another.
    """
    with _quiet(), mlflow.start_run(experiment_id=_experiment(out), run_name=run.name) as active:
        mlflow.log_params(dict(run.parameters))
        mlflow.log_metrics(dict(run.metrics))
        mlflow.set_tags(dict(run.tags))
        if run.folder is not None:
            mlflow.log_artifacts(str(run.folder))
        model = _log_model(run.card) if run.card is not None else ""
        return Tracked(str(active.info.run_id), model)


def features_of(model_uri: str, out: Path) -> tuple[str, ...]:
    """Names of the features that a logged model reads.

    Raises
    ------
    InputError
        If there is no such model (RM-INP-004).
    """
    with _quiet():
        mlflow.set_tracking_uri(store_uri(out))
        try:
            signature = mlflow.models.get_model_info(model_uri).signature
        except (MlflowException, OSError):
            raise InputError("RM-INP-004", where="--model", found=model_uri) from None
        return tuple(signature.inputs.input_names())


def score_on_spark(session: Any, features: Any, model_uri: str, keep: Sequence[str], out: Path) -> Any:
    """Apply a logged model on the workers, as a Spark UDF.

    Parameters
    ----------
    session : SparkSession
        Where to compute.
    features : Spark DataFrame
        Columns of the model's signature and those to keep.
    model_uri : str
        Address of the model (``models:/…``, ``runs:/…`` or a folder).
    keep : sequence of str
        Columns that stay beside the scores.
    out : Path
        Folder of all reports, as for `track`.

    Returns
    -------
    Spark DataFrame
        The columns kept, ``risk_score`` (long) and ``probability`` (double, null without a calibration).
    """
    with _quiet():
        mlflow.set_tracking_uri(store_uri(out))
        score = mlflow.pyfunc.spark_udf(session, model_uri, env_manager="local")
        scored = features.withColumn("_scored", score(*features_of(model_uri, out)))
    return scored.select(*keep, "_scored.risk_score", "_scored.probability")


def _log_model(card: Mapping[str, Any]) -> str:
    """Log a scorecard as code and JSON; returns its address."""
    names = [step["feature"] for step in card["steps"]]
    example = pd.DataFrame([[0.0] * len(names), [np.nan] * len(names)], columns=names)
    inputs = Schema([ColSpec("double", name) for name in names])
    outputs = Schema([ColSpec("long", "risk_score"), ColSpec("double", "probability")])
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "card.json"
        file.write_text(json.dumps(card, ensure_ascii=False, allow_nan=False), "utf-8")
        logged = mlflow.pyfunc.log_model(
            name="scorecard",
            python_model=str(_MODEL_CODE),
            artifacts={"card": str(file)},
            signature=ModelSignature(inputs, outputs),
            input_example=example,
            pip_requirements=[f"{name}=={version(name)}" for name in _MODEL_NEEDS],
        )
    return str(logged.model_uri)


def _experiment(out: Path) -> str:
    """Open the store and find, or make, the experiment that all runs belong to."""
    elsewhere = bool(os.environ.get("MLFLOW_TRACKING_URI"))  # asked first: the next call sets the variable itself
    mlflow.set_tracking_uri(store_uri(out))
    experiment = mlflow.get_experiment_by_name(EXPERIMENT)
    if experiment is not None:
        return str(experiment.experiment_id)
    place = (out / "mlartifacts").resolve().as_uri()
    return str(mlflow.create_experiment(EXPERIMENT, artifact_location=None if elsewhere else place))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep off the screen what MLflow says about its own type hints, a new store, and the Python that models run in."""
    names = ("mlflow", "alembic", "mlflow.store.db.utils")
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*Any type hint is inferred as AnyType", UserWarning)
            yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
