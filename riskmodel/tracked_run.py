"""What is kept of a run, whoever keeps it; `tracking` logs it in MLflow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from riskmodel.errors import Lang


@dataclass(frozen=True)
class Data:
    """What a run was made from: a name for people, the digest of all records, and what it was used for."""

    name: str
    digest: str
    purpose: str


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
    day : date or None
        As-of day: the place of its figures in the history of all months; None keeps no history.
    note, about : str
        Markdown that opens the page of the run, and that of the experiment.
    data : Data or None
        What the run was made from.
    lang : {"zh", "en"}
        Language of the names of the experiment and of the run of all months.
    history : str
        Markdown that opens the page of the run of all months.
    """

    name: str
    parameters: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    folder: Path | None = None
    card: Mapping[str, Any] | None = None
    day: date | None = None
    note: str = ""
    about: str = ""
    data: Data | None = None
    lang: Lang = "zh"
    history: str = ""
