"""What is kept of a run, whoever keeps it; `tracking` logs it in MLflow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from riskmodel.errors import Lang

BLANKS, HYPHEN = "\u00a0" * 3, "\u2011"  # neither breaks a line


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
    shown : mapping of (str, str)
        Figure → what it is called, and how it is written: the columns of the table of all months.
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
    shown: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def months_table(months: Mapping[str, Mapping[str, float]], shown: Mapping[str, tuple[str, str]], day: str) -> str:
    """A table of figures in Markdown, a row a month, newest first; '' without months.

    Parameters
    ----------
    months : mapping
        As-of day → figures. An interval stands behind a figure that has ``_low`` and ``_high`` beside it.
    shown : mapping
        See `TrackedRun`.
    day : str
        What the column of days is called.

    Examples
    --------
    >>> found = {"2025-06-30": {"auc": 0.64, "auc_low": 0.55, "auc_high": 0.73}}
    >>> print(months_table(found, {"auc": ("AUC", ".2f")}, "日期").replace(BLANKS, "").replace(HYPHEN, "-"))
    | 日期 | AUC |
    | --- | ---: |
    | 2025-06-30 | 0.64 (0.55–0.73) |
    """
    rows = [
        (when, [_figure(figures, name, form) for name, (_, form) in shown.items()]) for when, figures in months.items()
    ]
    rows = sorted(((when, cells) for when, cells in rows if any(cells)), reverse=True)
    if not rows:
        return ""
    head = [_row([day, *(called for called, _ in shown.values())]), f"| --- |{' ---: |' * len(shown)}"]
    return "\n".join([*head, *(_row([when.replace("-", HYPHEN), *cells]) for when, cells in rows)])


def _row(cells: Sequence[str]) -> str:
    """A row of a table; blanks that do not fold keep its cells apart, since MLflow's page puts no room between them."""
    return f"| {' | '.join([cells[0], *(BLANKS + cell for cell in cells[1:])])} |"


def _figure(figures: Mapping[str, float], name: str, form: str) -> str:
    if name not in figures:
        return ""
    low, high = figures.get(f"{name}_low"), figures.get(f"{name}_high")
    spread = f" ({low:{form}}–{high:{form}})" if low is not None and high is not None else ""
    return f"{figures[name]:{form}}{spread}"
