"""Track a run in MLflow: parameters, figures, lists and pictures; the only module that knows MLflow."""

from __future__ import annotations

import contextlib
import io
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


@dataclass(frozen=True)
class TrackedExperiment:
    """What is kept of an experiment: a parent run with a child for each split.

    Attributes
    ----------
    experiment, name : str
        MLflow experiment, and name of the parent run.
    parameters, tags : mapping of str
        Facts of the parent.
    metrics : DataFrame
        as_of, model, metric, value, low, high: logged with the as-of day as step, so that dashboards draw them over
        time, in the parent under ``model/metric``, in the children as they are.
    folder : Path
        Pictures, tables and the model card, kept as artifacts.
    cards : mapping of mapping
        Model → what `riskmodel.scoring.stored` makes of it; each is logged and registered.
    champion : str
        Model that gets the alias ``champion``; the others ``challenger``.
    """

    experiment: str
    name: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str]
    metrics: pd.DataFrame
    folder: Path
    cards: Mapping[str, Mapping[str, Any]]
    champion: str


def track_experiment(run: TrackedExperiment, out: Path) -> Tracked:
    """Log an experiment; returns the parent run and the address of the champion."""
    identity = _experiment(out, run.experiment)
    with _quiet(), mlflow.start_run(experiment_id=identity, run_name=run.name) as parent:
        mlflow.log_params(dict(run.parameters))
        mlflow.set_tags(dict(run.tags))
        mlflow.log_artifacts(str(run.folder))
        for day, rows in run.metrics.groupby("as_of", sort=True):
            step = int(f"{day:%Y%m%d}")
            with mlflow.start_run(experiment_id=identity, run_name=f"{day:%Y-%m-%d}", nested=True):
                mlflow.log_metrics(_named(rows), step=step)
            mlflow.log_metrics(_named(rows), step=step, run_id=parent.info.run_id)
        champion = ""
        for model, card in run.cards.items():
            address = _log_model(card, model)
            alias = "champion" if model == run.champion else "challenger"
            _register(address, run.experiment, alias)
            champion = address if alias == "champion" else champion
        return Tracked(str(parent.info.run_id), champion)


def _named(rows: pd.DataFrame) -> dict[str, float]:
    fine = rows[rows["value"].notna()]
    return {f"{m}/{name}": float(v) for m, name, v in zip(fine["model"], fine["metric"], fine["value"], strict=True)}


def _register(address: str, name: str, alias: str) -> None:
    """A new version of the registered model, with its alias."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):  # it prints
        version_made = mlflow.register_model(address, name).version
    mlflow.MlflowClient().set_registered_model_alias(name, alias, version_made)


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


def _log_model(card: Mapping[str, Any], name: str = "scorecard") -> str:
    """Log a scorecard as code and JSON; returns its address."""
    names = [step["feature"] for step in card["steps"]]
    example = pd.DataFrame([[0.0] * len(names), [np.nan] * len(names)], columns=names)
    inputs = Schema([ColSpec("double", name) for name in names])
    outputs = Schema([ColSpec("long", "risk_score"), ColSpec("double", "probability")])
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "card.json"
        file.write_text(json.dumps(card, ensure_ascii=False, allow_nan=False), "utf-8")
        logged = mlflow.pyfunc.log_model(
            name=name,
            python_model=str(_MODEL_CODE),
            artifacts={"card": str(file)},
            signature=ModelSignature(inputs, outputs),
            input_example=example,
            pip_requirements=[f"{name}=={version(name)}" for name in _MODEL_NEEDS],
        )
    return str(logged.model_uri)


def _experiment(out: Path, name: str = EXPERIMENT) -> str:
    """Open the store and find, or make, the experiment that runs belong to."""
    elsewhere = bool(os.environ.get("MLFLOW_TRACKING_URI"))  # asked first: the next call sets the variable itself
    mlflow.set_tracking_uri(store_uri(out))
    experiment = mlflow.get_experiment_by_name(name)
    if experiment is not None:
        return str(experiment.experiment_id)
    place = (out / "mlartifacts").resolve().as_uri()
    return str(mlflow.create_experiment(name, artifact_location=None if elsewhere else place))


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
