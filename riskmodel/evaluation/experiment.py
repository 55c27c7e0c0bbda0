"""An experiment as a file says it: data, outcome, origins, models; and its run over every split.

The file is data: unknown keys are refused. The recipe is fixed before the last window is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from riskmodel.errors import InputError
from riskmodel.evaluation.audit import audit_records, suspects
from riskmodel.evaluation.backtest import Backtest, Judged, Model, backtest, calibration_figures, reads
from riskmodel.evaluation.fairness import Fairness, Minimum, fairness
from riskmodel.evaluation.inclusion import inclusion
from riskmodel.evaluation.models import OFFICES, model_of
from riskmodel.evaluation.paired import differences
from riskmodel.evaluation.splits import RollingOrigins, Split
from riskmodel.fault_words import exception_words, validation_words
from riskmodel.features import FEATURES, build
from riskmodel.features.outcomes import Outcome
from riskmodel.policy.model import Policy, Rules
from riskmodel.policy.promotion import PromotionRules
from riskmodel.records import Panel, Records
from riskmodel.records.windows.combine import group_texts
from riskmodel.scoring.metrics import evaluation
from riskmodel.scoring.ranking import ranking
from riskmodel.scoring.reliability import reliability
from riskmodel.scoring.resampling import Bootstrap
from riskmodel.standing import counted, graded, in_frame, read_grades
from riskmodel.values import AsOf, Period

Progress = Callable[[str], None]
GroupName = Literal["town", "industry_section", "kind", "size", "age"]
_GROUPS: tuple[GroupName, ...] = ("town", "industry_section", "kind", "size", "age")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OutcomeFile(_Strict):
    """What counts as a bad outcome, over which horizon, and who counts as observed."""

    event: Literal["problem", "penalty", "serious_penalty"] = "problem"
    horizon_days: int = Field(ge=1)
    observed_if: Literal["inspected", "drawn", "registered"] = "inspected"
    weight: Literal["inverse_pi", "none"] = "inverse_pi"


class OriginsFile(_Strict):
    """Test days at even steps (see `RollingOrigins`)."""

    first: date
    last: date
    every_months: int = Field(ge=1)
    gap_days: int = Field(ge=0)
    train_years: int = Field(ge=1)
    calibrate: bool = True


class GateFile(_Strict):
    """By which figure a model must be better; the bounds of calibration and fairness are those of the policy."""

    metric: str = Field(
        default="average_precision", pattern=r"^(auc|average_precision|ndcg|(precision|recall|lift)_0?\.\d+)$"
    )


class ExperimentFile(_Strict):
    """The whole file."""

    id: str = Field(pattern=r"[a-z0-9-]+")
    question: dict[Literal["zh", "en"], str]
    source: str
    source_map: str | None = None
    policy: str = "zhoucun-2020"
    outcome: OutcomeFile
    origins: OriginsFile
    features: Literal["policy", "all"] | list[str] = "policy"
    models: list[str] = Field(min_length=1)
    champion: str
    lists: list[float] = [0.05, 0.1, 0.2]
    groups: list[GroupName] = list(_GROUPS)
    replicates: int = Field(default=400, ge=50)
    seed: int = 0
    gate: GateFile = GateFile()


@dataclass(frozen=True)
class Findings:
    """What an experiment found.

    Attributes
    ----------
    file : ExperimentFile
        The recipe.
    panel : DataFrame
        Everybody on test days, on others who has a label: as_of, entity_id, features, y, observed, weight, groups.
    data : str
        Digest of the records.
    backtest : Backtest
        Every model at every split.
    reliability : DataFrame
        Calibration of the champion over all splits.
    fairness : mapping of str to Fairness
        Model → figures by group of its list on the last test day.
    gate : DataFrame
        One row a condition of each challenger: model, condition, found, low, high, holds.
    features : tuple of str
        What models saw; rules of thumb read features of their own besides.
    """

    file: ExperimentFile
    panel: pd.DataFrame
    data: str
    backtest: Backtest
    reliability: pd.DataFrame
    fairness: Mapping[str, Fairness]
    gate: pd.DataFrame
    features: tuple[str, ...]

    @property
    def promoted(self) -> str:
        """Of the models that pass every condition the one that is better by most, else the champion."""
        passing = self.gate.groupby("model")["holds"].transform("all") & self.gate["condition"].eq("better")
        best = self.gate[passing.to_numpy(dtype=bool)].sort_values("found", ascending=False, kind="stable")
        return str(best["model"].iloc[0]) if len(best) else self.file.champion


def read_experiment(path: str | Path) -> ExperimentFile:
    """Read an experiment file.

    Raises
    ------
    InputError
        A file that is missing (RM-INP-010) or says what the format does not know (RM-EVA-005).
    """
    place = Path(path)
    if not place.is_file():
        raise InputError("RM-INP-010", where="FILE", found=path)
    try:
        found = ExperimentFile.model_validate(yaml.safe_load(place.read_text("utf-8")))
    except ValidationError as faults:
        where, said = validation_words(place.name, faults)
        raise InputError("RM-EVA-005", where=where, found=said) from None
    except (OSError, yaml.YAMLError, ValueError, RecursionError) as fault:
        raise InputError("RM-EVA-005", where=place.name, found=exception_words(fault)) from fault
    if found.champion not in found.models:
        raise InputError("RM-EVA-005", where="champion", found=found.champion, expected=", ".join(found.models))
    return found


def splits_of(file: ExperimentFile, newest: AsOf | None = None) -> tuple[Split, ...]:
    """The splits, before anything is fitted; labels may not look beyond the newest day of the records.

    Raises
    ------
    InputError
        If for a test day no training label can have been known, or its own labels are not in yet (RM-EVA-002).
    """
    how, within = file.origins, None if newest is None else Period(date.min, newest.day)
    return RollingOrigins(
        how.first, how.last, how.every_months, horizon_days=file.outcome.horizon_days, gap_days=how.gap_days,
        train_years=how.train_years, calibrate=how.calibrate,
    ).splits(within)  # fmt: skip


def run_experiment(
    file: ExperimentFile, records: Records, policy: Policy, *, progress: Progress = lambda step: None
) -> Findings:
    """Make the panel in one scan, run every model at every split, judge the champion.

    Raises
    ------
    InputError
        If labels cannot have matured (RM-EVA-002), columns or problems lack (RM-EVA-003), or a name is not known.
    """
    splits = splits_of(file, records.newest)
    rules = policy.at(AsOf(splits[-1].test_day))
    names = _features(file, rules)
    progress("panel")
    models = [model_of(name, rules, FEATURES) for name in dict.fromkeys([*OFFICES, *file.models])]
    panel = make_panel(file, records, rules, splits, _read(names, models))
    found = backtest(
        panel, models, splits, features=names, seed=file.seed, progress=progress,
        measures=partial(measured, lists=file.lists, replicates=file.replicates),
    )  # fmt: skip
    progress("judge")
    rows = {name: _with_outcomes(found, panel, name) for name in file.models}
    fair = {name: _fairness(file, rules, records, part) for name, part in rows.items()}
    bootstrap = Bootstrap(file.seed, file.replicates)
    better = differences(rows, file.champion, file.gate.metric, bootstrap=bootstrap)
    judged = rows[file.champion]
    seen = judged[judged["observed"].eq(1) & judged["probability"].notna()]
    # an enterprise stands in the curve with every test day, and horizons overlap
    curve = reliability(
        *(seen[name].to_numpy() for name in ("y", "probability", "weight")), cluster=seen["entity_id"].to_numpy()
    )
    digest = records.known(records.newest).fingerprint
    judged_by = gate(rules.promotion, better, found, fair)
    return Findings(file, panel, digest, found, curve, fair, judged_by, tuple(names))


def make_panel(
    file: ExperimentFile, records: Records, rules: Rules, splits: Sequence[Split], names: Sequence[str]
) -> pd.DataFrame:
    """Features and labels of the horizon after each day: everybody in the frame on test days, else who has a label."""
    as_ofs, tested = _days(splits), {split.test_day for split in splits}
    shown, how = records.panel(as_ofs), file.outcome
    latest = graded(records.known(records.newest), rules.severity)
    labels = Outcome(how.horizon_days, how.event, how.observed_if, how.weight).labels(latest, as_ofs)
    parts = []
    for as_of, label in zip(as_ofs, labels, strict=True):
        known = shown.at(as_of, only=["enterprises"])
        frame = known["enterprises"][in_frame(known)]
        groups = frame[["entity_id", "town", "kind", "industry"]].assign(as_of=pd.Timestamp(as_of.day))
        groups["size"] = _thirds(frame["registered_capital_yuan"])
        groups["age"] = _thirds((pd.Timestamp(as_of.day) - frame["established_on"]).dt.days // 365)
        parts.append(groups.merge(label, on="entity_id", how="left" if as_of.day in tested else "inner"))
    rows = pd.concat(parts, ignore_index=True).astype({"as_of": "datetime64[s]"})
    rows.insert(3, "industry_section", group_texts(rows, "industry_section").astype("str"))
    rows = rows.drop(columns="industry")
    panel = _features_of(shown, rules, names, rows).merge(rows, on=["as_of", "entity_id"])
    panel["observed"] = panel["y"].notna().astype("int64")
    return panel.rename(columns={"known_on": "label_known_on"}).drop(columns="observed_on")


def _thirds(values: pd.Series) -> pd.Series:
    """The third of the enterprises of the day in which each stands, as the numbers that bound it; missing without."""
    ends = values.quantile([0, 1 / 3, 2 / 3, 1], interpolation="lower").drop_duplicates().tolist()
    names = [f"{'>' * (low > ends[0])}{low:,.0f}–{high:,.0f}" for low, high in zip(ends, ends[1:], strict=False)]
    names = names or [f"{ends[0]:,.0f}"]
    place = np.clip(np.searchsorted(ends[1:], values.to_numpy(dtype=float), side="left"), 0, len(names) - 1)
    return pd.Series(np.array(names)[place], values.index, dtype="str").where(values.notna())


def make_features(records: Records, rules: Rules, splits: Sequence[Split], names: Sequence[str]) -> pd.DataFrame:
    """Features of every enterprise on every day that a split uses: as_of, entity_id, features."""
    return _features_of(records.panel(_days(splits)), rules, names)


def _features_of(shown: Panel, rules: Rules, names: Sequence[str], only: pd.DataFrame | None = None) -> pd.DataFrame:
    then = counted(read_grades(graded(shown, rules.severity), rules.grade_words), rules.counting)
    return build(then, names=names, absent="empty", only=only)


def _days(splits: Sequence[Split]) -> list[AsOf]:
    calibrated = [split.calibrate_on for split in splits if split.calibrate_on]
    days = {*calibrated, *(day for split in splits for day in (*split.train_days, split.test_day))}
    return [AsOf(day) for day in sorted(days)]


def measured(judged: Judged, seed: int, *, lists: Sequence[float], replicates: int) -> dict[str, float]:
    """Figures of the ranking of everybody, Brier score and calibration error, with intervals.

    Rows without a label keep their places in the list: beside precision stand the share of the list that is labelled
    and the bounds between which it lies whatever the others are.
    """
    seen = judged.observed
    table = ranking(
        np.where(seen, judged.y, np.nan), judged.score, judged.weight, seed=seed, ks=list(lists), replicates=replicates
    )
    lengths = {max(round(share * len(seen)), 1): share for share in lists}
    labelled = {share: judged.coverage(share) for share in lengths.values()}
    found: dict[str, float] = {}
    for row in table.to_dict("records"):
        share = lengths.get(int(row["k"])) if row["k"] == row["k"] else None
        name = str(row["metric"]) + (f"_{share:g}" if share is not None else "")
        found |= {name: row["value"], f"{name}_low": row["low"], f"{name}_high": row["high"]}
        if share is not None:
            found |= {f"{name}_worst": row["worst"], f"{name}_best": row["best"], f"{name}_coverage": labelled[share]}
    y, weight, chance = judged.y[seen], judged.weight[seen], judged.probability[seen]
    if np.isfinite(chance).all():
        by_chance = evaluation(y, chance, weight, seed=seed, replicates=replicates)
        found |= {name: by_chance[name] for name in ("brier", "brier_low", "brier_high")}
        found |= calibration_figures(judged, seed, replicates=replicates)
    return found


def gate(rules: PromotionRules, better: pd.DataFrame, found: Backtest, fair: Mapping[str, Fairness]) -> pd.DataFrame:
    """Whether a model may replace the champion: better over all splits, calibrated, and itself fair.

    Better: the whole paired interval of the mean difference (`paired.differences`) lies above 0. Calibrated: on every
    test day there are probabilities, mean prediction over observed share is on average within the policy's bound of 1,
    and on no day outside it with its whole interval, so that years do not make up for each other; nor is the
    calibration error, which sees that the high are too high and the low too low. Fair: no group's share on the model's
    own list lies outside the policy's bounds with its whole interval.
    """
    rows: list[dict[str, Any]] = []
    for row in better.to_dict("records"):
        model = str(row["model"])
        off, calibrated = _calibrated(found, model, rules.calibrated_within)
        outside = float(_outside(fair[model], rules))
        conditions = (
            ("better", row["difference"], row["low"], row["high"], row["low"] > 0),
            ("calibrated", off, np.nan, np.nan, calibrated),
            ("fair", outside, np.nan, np.nan, outside == 0),
        )
        rows += [
            {"model": model, "condition": n, "found": v, "low": low, "high": high, "holds": bool(holds)}
            for n, v, low, high, holds in conditions
        ]
    return pd.DataFrame(rows, columns=["model", "condition", "found", "low", "high", "holds"])


def _calibrated(found: Backtest, model: str, within: float) -> tuple[float, bool]:
    """How far the mean of the ratios is from 1, and whether the model is calibrated on all days."""
    ratio, error, base = (
        table[table["model"].eq(model)].set_index("as_of")
        for table in map(found.of, ("mean_ratio", "ece", "mean_observed"))
    )
    off = abs(float(ratio["value"].mean()) - 1)
    wrong = (ratio["low"] > 1 + within) | (ratio["high"] < 1 - within) | (error["low"] > within * base["value"])
    told = len(ratio) == len(found.splits) and bool(ratio["value"].notna().all())
    return off, told and off <= within and not wrong.any()


def _outside(fair: Fairness, rules: PromotionRules) -> int:
    """Number of groups whose share on the list is outside the bounds, with its whole interval."""
    figures = fair.figures[fair.figures["figure"].eq("selection_rate")]
    above = figures["ratio_low"] > rules.selection_ratio_at_most
    return int((above | (figures["ratio_high"] < rules.selection_ratio_at_least)).sum())


def _fairness(file: ExperimentFile, rules: Rules, records: Records, rows: pd.DataFrame) -> Fairness:
    """Figures by group of one model's list on the last test day, and of the chances that its tiers would give."""
    day, how = rows["as_of"].max(), rules.promotion
    last = rows[rows["as_of"].eq(day)].reset_index(drop=True)
    pi = inclusion(records.known(AsOf(day.date())), rules, last.set_index("entity_id")["score"])
    if pi is not None:
        last["pi"] = pi.reindex(last["entity_id"]).to_numpy()
    return fairness(
        last.assign(risk_score=last["score"]), file.groups, k=max(int(file.lists[-1] * len(last)), 1),
        minimum=Minimum(how.group_rows, how.group_problems), bootstrap=Bootstrap(replicates=file.replicates),
    )  # fmt: skip


def audited(found: Findings) -> pd.DataFrame:
    """Features that move towards risk before a bad period instead of after it (`audit.suspects`)."""
    names = [str(name) for name in found.panel if name in FEATURES]
    return suspects(found.panel, names)


def leaks(file: ExperimentFile, records: Records, policy: Policy) -> pd.DataFrame:
    """Features that change when the future is taken away, on a training and a test day of the first split."""
    splits = splits_of(file)
    rules = policy.at(AsOf(splits[-1].test_day))
    models = [model_of(name, rules, FEATURES) for name in (*OFFICES, *file.models)]
    make = partial(make_features, rules=rules, splits=splits, names=_read(_features(file, rules), models))
    days = [splits[0].train_days[-1], splits[0].test_day]  # history on both sides tells most
    return audit_records(records, make, days, seed=file.seed)


def _features(file: ExperimentFile, rules: Rules) -> list[str]:
    """What models may see, in the order of the catalogue."""
    if file.features == "all":
        return list(FEATURES)
    chosen = set(rules.scoring.points) if file.features == "policy" else set(file.features)
    unknown = [name for name in chosen if name not in FEATURES]
    if unknown:
        raise InputError("RM-FEA-001", where="features", found=", ".join(unknown), expected=", ".join(FEATURES))
    return [name for name in FEATURES if name in chosen]


def _read(names: Sequence[str], models: Sequence[Model]) -> list[str]:
    """These features and those that a model reads besides, in the order of the catalogue."""
    wanted = {*names, *(name for model in models for name in reads(model, names))}
    return [name for name in FEATURES if name in wanted]


def _with_outcomes(found: Backtest, panel: pd.DataFrame, model: str) -> pd.DataFrame:
    scores = found.scores[found.scores["model"].eq(model)]
    return scores.merge(panel[["as_of", "entity_id", "y", "observed", "weight", *_GROUPS]], on=["as_of", "entity_id"])
