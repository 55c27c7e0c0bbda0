"""An experiment with its input and output: read, run, write pictures and tables, track."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from riskmodel.display import charts, figures
from riskmodel.display.text import say
from riskmodel.errors import Lang
from riskmodel.evaluation.backtest import reads
from riskmodel.evaluation.experiment import Findings, audited, leaks, read_experiment, run_experiment, splits_of
from riskmodel.evaluation.models import BlendedModel, ExpertModel, model_of
from riskmodel.evaluation.over_time import choices, steadiness
from riskmodel.evaluation.splits import plot_splits
from riskmodel.exports.folder import MARKER, write_whole
from riskmodel.exports.model_card import model_card
from riskmodel.features import FEATURES
from riskmodel.policy import Rules, load_policy
from riskmodel.records import load
from riskmodel.scoring.calibrated import CalibratedInTime
from riskmodel.scoring.calibration import Calibrator
from riskmodel.scoring.challenger import TRUSTED_TYPES
from riskmodel.scoring.points import PointsModel
from riskmodel.scoring.resampling import Bootstrap
from riskmodel.scoring.scorecard import Scorecard
from riskmodel.scoring.stored import stored
from riskmodel.values import VERSION, AsOf

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Done:
    """A finished experiment: what was found, where it lies, the MLflow run, and of an audit suspects and leaks."""

    findings: Findings
    folder: Path
    run_id: str
    suspects: pd.DataFrame
    leaks: pd.DataFrame


def experiment(
    file: str | Path,
    *,
    source: str | None = None,
    out: str | Path = "reports",
    audit: bool = False,
    track: bool = True,
    lang: Lang = "zh",
    progress: Progress = lambda step: None,
) -> Done:
    """Run an experiment file; its folder ``out/experiments/<id>/`` appears whole or not at all.

    Parameters
    ----------
    file : str or Path
        ``experiments/*.yaml``.
    source : str, optional
        Records to use instead of those that the file names.
    out : str or Path
        Folder of reports; the MLflow store lies there.
    audit : bool
        Whether features are searched for leaks.
    track : bool
        Log in MLflow.
    lang : {"zh", "en"}
        Language of the pictures.
    progress : callable
        Told of every step.

    Raises
    ------
    RiskModelError
        One clear error; nothing is written then.
    """
    how = read_experiment(file)
    splits_of(how)  # refused before anything is read
    progress("read")
    place = Path(file).parent
    given = source or str(how.source)
    records = load(given, place / how.source_map if how.source_map else None)
    policy = load_policy(how.policy)
    found = run_experiment(how, records, policy, progress=progress)
    if audit:
        progress("audit")
    looked = audited(found) if audit else pd.DataFrame()
    peeking = leaks(how, records, policy) if audit else pd.DataFrame()
    progress("write")
    folder = Path(out) / "experiments" / how.id
    rules = policy.at(AsOf(found.backtest.splits[-1].test_day))
    more = {"suspects": looked, "leaks": peeking, **_over_time(found, rules)}
    write_whole(folder, lambda place: _fill(place, found, more, lang))
    run_id = _tracked(found, rules, folder, Path(out), lang) if track else ""
    return Done(found, folder, run_id, looked, peeking)


def _fill(place: Path, found: Findings, looked: Mapping[str, pd.DataFrame], lang: Lang) -> None:
    """Tables as CSV, pictures as PNG, the model card as Markdown, the recipe as JSON."""
    tables = {
        "metrics": found.backtest.metrics, "reliability": found.reliability, "gate": found.gate,
        "fairness_groups": _by_model(found, "groups"), "fairness_figures": _by_model(found, "figures"),
        **looked,
    }  # fmt: skip
    for name, table in tables.items():
        table.to_csv(place / f"{name}.csv", index=False, encoding="utf-8-sig")
    (place / MARKER).write_text(found.file.model_dump_json(indent=2), "utf-8")
    (place / "model-card.md").write_text(model_card(found, lang), "utf-8")
    pictures = {"splits": plot_splits(found.backtest.splits, lang=lang)}
    metric = found.backtest.of(found.file.gate.metric)
    pictures["over-time"] = charts.figures_over_time(metric, found.file.gate.metric, lang=lang)
    if len(found.reliability):
        pictures["calibration"] = figures.calibration(found.reliability, lang=lang)
    for name, picture in pictures.items():
        picture.savefig(place / f"{name}.png", dpi=150)


def _over_time(found: Findings, rules: Rules) -> dict[str, pd.DataFrame]:
    """How steady lists and tiers are, and which choice of a model regrets least; nothing where days are too few."""
    file = found.file
    tables = {
        "stability": steadiness(found.backtest, rules.tiers.shares, file.lists[-1]),
        "regret": choices(
            found.backtest, file.gate.metric, gap_days=file.origins.gap_days,
            bootstrap=Bootstrap(file.seed, file.replicates),
        ),
    }  # fmt: skip
    return {name: table for name, table in tables.items() if len(table)}


def _by_model(found: Findings, part: str) -> pd.DataFrame:
    """The tables of fairness of all models, one below the other."""
    tables: list[pd.DataFrame] = [getattr(fair, part).assign(model=name) for name, fair in found.fairness.items()]
    return pd.concat(tables, ignore_index=True)


def _tracked(found: Findings, rules: Rules, folder: Path, out: Path, lang: Lang) -> str:
    from riskmodel.tracked_run import Data
    from riskmodel.tracking import TrackedExperiment, track_experiment

    file = found.file
    parameters = {
        "policy": file.policy, "data": found.data, "horizon_days": str(file.outcome.horizon_days),
        "features": str(len(found.features)), "models": ", ".join(file.models),
        "seed": str(file.seed), "code": VERSION,
    }  # fmt: skip
    tags = {"question": file.question[lang], "champion": found.promoted, "gate": json.dumps(_conditions(found))}
    named = f"{say('dash.experiment', lang)} {file.id}", f"{file.id} {file.origins.last}"
    run = TrackedExperiment(
        *named, parameters, tags, found.backtest.metrics, folder,
        *_learnt(found, rules), found.promoted, model_card(found, lang),
        Data(file.id, found.data, say("dash.evaluated", lang)), file.champion,
    )  # fmt: skip
    return track_experiment(run, out).run_id


def _conditions(found: Findings) -> dict[str, bool]:
    return {f"{r.model} {r.condition}": bool(r.holds) for r in found.gate.itertuples()}


def _learnt(found: Findings, rules: Rules) -> tuple[Mapping[str, Mapping[str, Any]], Mapping[str, Any]]:
    """The models as they were judged: learnt from what was known on the last test day, calibrated on its labels.

    Points models as plain data, the challenger as it is.
    """
    from riskmodel.tracking import Fitted

    early, late = _slices(found)
    names = list(found.features)
    y, weight = early["y"].to_numpy("int64"), (early["weight"] / early["weight"].mean()).to_numpy()
    cards: dict[str, Mapping[str, Any]] = {}
    others: dict[str, Fitted] = {}
    for name in found.file.models:
        model = model_of(name, rules, FEATURES)
        if isinstance(model, ExpertModel | BlendedModel):
            read = reads(model, names)
            card = model.fit(early[read], y, weight).card
            cards[name] = _card(card.fit(early[read]), lambda points: points, late)
        elif name == "scorecard":
            card = model.fit(early[names], y, weight).fitted_  # type: ignore[attr-defined]
            cards[name] = _card(card, card.probability_of_points, late)
        elif name == "challenger":
            fitted = model.fit(early[names], y, weight).fitted_  # type: ignore[attr-defined]
            whole = CalibratedInTime.around(fitted, late[names], late["y"].to_numpy("int64"), late["weight"].to_numpy())
            others[name] = Fitted(whole, TRUSTED_TYPES, early[names].head(3).reset_index(drop=True))
    return cards, others


def _slices(found: Findings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Labelled rows to learn from, and those of the last test day to calibrate on; all for both without calibration."""
    seen, last = found.panel[found.panel["observed"].eq(1)], found.backtest.splits[-1]
    if last.calibrate_on is None:
        return seen, seen
    known = pd.Timestamp(last.test_day)
    early = seen["as_of"].le(pd.Timestamp(last.calibrate_on)) & seen["label_known_on"].le(known)
    return seen[early], seen[seen["as_of"].eq(known)]


def _card(card: PointsModel, chance: Callable[[np.ndarray], np.ndarray], late: pd.DataFrame) -> dict[str, Any]:
    """A card as plain data, with probabilities found on later rows along what its points say."""
    points = card.points(late[[s["feature"] for s in stored(card, None)["steps"]]])
    calibrator = Calibrator().fit(chance(points), late["y"].to_numpy("int64"), sample_weight=late["weight"].to_numpy())
    if calibrator.learnt:
        return stored(card, lambda values: calibrator.predict(chance(values)))
    return stored(card, chance if isinstance(card, Scorecard) else None)
