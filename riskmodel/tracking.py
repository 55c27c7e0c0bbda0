"""Track a run in MLflow: parameters, figures, lists and pictures; the only module that knows MLflow."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

# MLflow reports its use to its makers unless told not to; an office's runs are nobody's business.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("DO_NOT_TRACK", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

import mlflow
import mlflow.sklearn
import numpy as np
import pandas as pd
import skops.io
from mlflow.entities import Dataset, DatasetInput, InputTag
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature, infer_signature
from mlflow.types import ColSpec, Schema

from riskmodel.display.text import say
from riskmodel.errors import InputError, Lang
from riskmodel.fault_words import Both
from riskmodel.tracked_run import Data, TrackedRun, months_table

# MLflow lists experiments by name: the months first, then what was tried.
EXPERIMENT: Mapping[Lang, str] = {"zh": "01 每月运行", "en": "01 Monthly runs"}
# The run that holds one point a month of every figure, so that one page shows how they moved.
_HISTORY: Mapping[Lang, str] = {"zh": "历月走势", "en": "History of months"}
_NOTE, _KIND, _DAY = "mlflow.note.content", "mlflow.experimentKind", "day"
# Tag of a registered version: which model it is.
_MODEL = "model"
_MONTHS = 24  # rows of the table of all months

# What a machine needs to score with a logged model; the rest of riskmodel it does not.
_ADDRESS = Both("MLflow 中的模型地址，如 models:/m-…", "the address of a model in MLflow, such as models:/m-…")
_MODEL_NEEDS = ("mlflow", "numpy", "pandas")
# A classifier is read back by the code that made it.
_ESTIMATOR_NEEDS = ("mlflow", "numpy", "pandas", "riskmodel", "scikit-learn", "skops")
_MODEL_CODE = Path(__file__).with_name("logged_model.py")


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
    identity = _experiment(out, EXPERIMENT[run.lang], run.about, also=EXPERIMENT.values())
    with quiet(), mlflow.start_run(experiment_id=identity, run_name=run.name, description=run.note or None) as active:
        mlflow.log_params(dict(run.parameters))
        mlflow.log_metrics(dict(run.metrics))
        mlflow.set_tags({**run.tags, **({_DAY: str(run.day)} if run.day else {})})
        _made_from(run.data, active.info.run_id)
        if run.day is not None:
            _remember(identity, run, run.day)
            _tell(identity, run)
        if run.folder is not None:
            mlflow.log_artifacts(str(run.folder))
        model = _log_model(run.card) if run.card is not None else ""
        return Tracked(str(active.info.run_id), model)


def _made_from(data: Data | None, run_id: str) -> None:
    """Name the data of a run by their digest, of which MLflow keeps 36 characters; the records stay where they are."""
    if data is None:
        return
    kept = Dataset(data.name, data.digest[:36], "riskmodel", json.dumps({"digest": data.digest}))
    tags = [InputTag("mlflow.data.context", data.purpose)]
    mlflow.MlflowClient().log_inputs(run_id, datasets=[DatasetInput(kept, tags)])


def _remember(identity: str, run: TrackedRun, day: date) -> None:
    """Put the figures of a month into the history, at its day; a month run again the same way adds nothing."""
    client, metrics = mlflow.MlflowClient(), run.metrics
    found = client.search_runs([identity], "tags.role = 'history'", max_results=1)
    tags = {"role": "history", _NOTE: run.history}
    kept = found[0] if found else client.create_run(identity, run_name=_HISTORY[run.lang], tags=tags)
    step, instant = _place(day)
    for name, value in metrics.items():
        known = client.get_metric_history(kept.info.run_id, name) if found else []
        if not any(point.step == step and point.value == value for point in known):
            client.log_metric(kept.info.run_id, name, value, timestamp=instant, step=step)
    if not found:
        client.set_terminated(kept.info.run_id)


def _tell(identity: str, run: TrackedRun) -> None:
    """Put the figures of all months, each as last run, as a table into the notes of the experiment and its history."""
    client, months = mlflow.MlflowClient(), {}
    for kept in client.search_runs([identity], order_by=["attributes.start_time ASC"], max_results=1000):
        if day := kept.data.tags.get(_DAY) or kept.data.params.get("as_of"):
            months[day] = kept.data.metrics
    table = months_table(dict(sorted(months.items())[-_MONTHS:]), run.shown, say("run.as_of", run.lang))
    if not table:
        return
    client.set_experiment_tag(identity, _NOTE, f"{run.about}\n\n{table}")
    (history,) = client.search_runs([identity], "tags.role = 'history'", max_results=1)
    client.set_tag(history.info.run_id, _NOTE, f"{table}\n\n{run.history}")


def _place(day: Any) -> tuple[int, int]:
    """Where a figure of a day stands in charts: its step, and its instant, which the axis "Time (wall)" shows."""
    return int(f"{day:%Y%m%d}"), int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


@dataclass(frozen=True)
class Fitted:
    """A fitted classifier, the types that skops must trust to load it, and rows as an example of its input."""

    estimator: Any
    trusted: tuple[str, ...]
    example: pd.DataFrame


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
        Model → what `riskmodel.scoring.stored` makes of it.
    estimators : mapping of Fitted
        Model → a classifier that is no card. Cards and estimators are logged and registered; each has its own name as
        alias.
    champion : str
        Model that gets the alias ``champion`` besides, unless another is in force that it was not compared with.
    why : str
        Markdown: the question, the champion and why; opens the pages of experiment, run and registered model.
    data : Data or None
        What the models were learnt from and judged by.
    compared_with : str
        Model in force that the gate compared the others with; the alias moves from no other model. '' asks nothing.
    """

    experiment: str
    name: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str]
    metrics: pd.DataFrame
    folder: Path
    cards: Mapping[str, Mapping[str, Any]]
    estimators: Mapping[str, Fitted]
    champion: str
    why: str = ""
    data: Data | None = None
    compared_with: str = ""


def track_experiment(run: TrackedExperiment, out: Path) -> Tracked:
    """Log an experiment; returns the parent run and the address of the champion."""
    identity = _experiment(out, run.experiment, run.why)
    with (
        quiet(),
        mlflow.start_run(experiment_id=identity, run_name=run.name, description=run.why or None) as parent,
    ):
        mlflow.log_params(dict(run.parameters))
        mlflow.set_tags(dict(run.tags))
        mlflow.log_artifacts(str(run.folder))
        _made_from(run.data, parent.info.run_id)
        for day, rows in run.metrics.groupby("as_of", sort=True):
            step, instant = _place(day)
            with mlflow.start_run(experiment_id=identity, run_name=f"{day:%Y-%m-%d}", nested=True) as child:
                mlflow.log_metrics(_named(rows), step=step, timestamp=instant)
                _made_from(run.data, child.info.run_id)
            mlflow.log_metrics(_named(rows), step=step, timestamp=instant, run_id=parent.info.run_id)
        addresses = {model: _log_model(card, model) for model, card in run.cards.items()}
        addresses |= {model: _log_estimator(fitted, model) for model, fitted in run.estimators.items()}
        kept = _in_force(run)
        if kept:
            mlflow.set_tag("champion_in_force", kept)
        for model, address in addresses.items():
            _register(address, run, model, [model, "champion"] if model == run.champion and not kept else [model])
        return Tracked(str(parent.info.run_id), addresses.get(run.champion, ""))


def _named(rows: pd.DataFrame) -> dict[str, float]:
    fine = rows[rows["value"].notna()]
    return {f"{m}/{name}": float(v) for m, name, v in zip(fine["model"], fine["metric"], fine["value"], strict=True)}


def _in_force(run: TrackedExperiment) -> str:
    """Model that keeps the alias ``champion``, since this run compared nobody with it; '' if the alias may move."""
    client = mlflow.MlflowClient()
    try:
        version = client.get_model_version_by_alias(run.experiment, "champion")
    except MlflowException:
        return ""
    # versions without the tag are described by their model and its figures
    model = str(version.tags.get(_MODEL) or str(version.description).partition(":")[0])
    return "" if model in (run.compared_with or model, run.champion) else model


def _register(address: str, run: TrackedExperiment, model: str, aliases: Sequence[str]) -> None:
    """A new version of the registered model, with its aliases and what it is."""
    client, name = mlflow.MlflowClient(), run.experiment
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):  # it prints
        made = mlflow.register_model(address, name).version
    client.set_model_version_tag(name, made, _MODEL, model)
    for alias in aliases:
        client.set_registered_model_alias(name, alias, made)
    client.update_registered_model(name, description=run.why)
    mine = run.metrics[run.metrics["model"].eq(model)].groupby("metric", sort=False)["value"].mean().dropna()
    figures = ", ".join(
        f"{name} {value:.4f}" for name, value in mine.items() if not str(name).endswith(("_low", "_high"))
    )
    client.update_model_version(name, made, description=f"{model}: {figures}")


def features_of(model_uri: str, out: Path) -> tuple[str, ...]:
    """Names of the features that a logged model reads.

    Raises
    ------
    InputError
        If there is no such model (RM-INP-004).
    """
    with quiet():
        mlflow.set_tracking_uri(store_uri(out))
        try:
            signature = mlflow.models.get_model_info(model_uri).signature
        except (MlflowException, OSError):
            raise InputError("RM-INP-004", where="--model", found=model_uri, expected=_ADDRESS) from None
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
    with quiet():
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


def _log_estimator(fitted: Fitted, name: str) -> str:
    """Log a classifier as skops writes it: arrays and the names of types, which the loader must trust; no pickle."""
    names = [str(column) for column in fitted.example]
    signature = infer_signature(fitted.example, fitted.estimator.predict_proba(fitted.example))
    logged = mlflow.sklearn.log_model(
        fitted.estimator,
        name=name,
        serialization_format="skops",
        skops_trusted_types=list(fitted.trusted),
        pyfunc_predict_fn="predict_proba",
        signature=ModelSignature(Schema([ColSpec("double", column) for column in names]), signature.outputs),
        input_example=fitted.example,
        pip_requirements=[f"{name}=={version(name)}" for name in _ESTIMATOR_NEEDS],
    )
    return str(logged.model_uri)


def load_estimator(model_uri: str, trusted: Sequence[str], out: Path) -> Any:
    """A classifier that an experiment logged. Only types named here are trusted, whatever the model says of itself.

    Parameters
    ----------
    model_uri : str
        Address of the model.
    trusted : sequence of str
        Such as `riskmodel.scoring.challenger.TRUSTED_TYPES`.
    out : Path
        Folder of all reports, as for `track`.

    Raises
    ------
    InputError
        If there is no such model (RM-INP-004), or it holds types that are not trusted (RM-INP-007).
    """
    with quiet(), tempfile.TemporaryDirectory() as place:
        mlflow.set_tracking_uri(store_uri(out))
        try:
            folder = Path(mlflow.artifacts.download_artifacts(model_uri, dst_path=place))
        except (MlflowException, OSError):
            raise InputError("RM-INP-004", where="--model", found=model_uri, expected=_ADDRESS) from None
        files = sorted(folder.rglob("*.skops"))
        if len(files) != 1:
            raise InputError("RM-INP-004", where="--model", found=model_uri, expected=_ADDRESS)
        strange = sorted(set(skops.io.get_untrusted_types(file=files[0])) - set(trusted))
        if strange:
            raise InputError(
                "RM-INP-007", where=f"--model {model_uri}", found=", ".join(strange), expected=", ".join(trusted)
            )
        return skops.io.load(files[0], trusted=list(trusted))


def _experiment(out: Path, name: str, about: str = "", also: Iterable[str] = ()) -> str:
    """Open the store and find, or make, the experiment that runs belong to, `also` under other names; describe it."""
    elsewhere = bool(os.environ.get("MLFLOW_TRACKING_URI"))  # asked first: the next call sets the variable itself
    with quiet():
        mlflow.set_tracking_uri(store_uri(out))
        kept = map(mlflow.get_experiment_by_name, (name, *also))  # an office that changes its language stays in one
        experiment = next(filter(None, kept), None)
        # the kind of experiment decides which page opens: runs with charts, not traces of language models
        tags = {_KIND: "custom_model_development"} | ({_NOTE: about} if about else {})
        if experiment is None:
            place = (out / "mlartifacts").resolve().as_uri()
            made = mlflow.create_experiment(name, artifact_location=None if elsewhere else place, tags=tags)
            return str(made)
        for key, value in tags.items():
            if experiment.tags.get(key) != value:
                mlflow.MlflowClient().set_experiment_tag(experiment.experiment_id, key, value)
        return str(experiment.experiment_id)


@contextmanager
def quiet() -> Iterator[None]:
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
