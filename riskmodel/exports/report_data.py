"""What the report shows, as plain frames and texts, and the grids that its page is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd

from riskmodel.display.text import Lang, heading, say
from riskmodel.exports.previous import Before
from riskmodel.warning.signs import Signs

# Columns whose cells are data, which stay Chinese on an English page and are marked so.
_DATA = ("name", "town", "evidence", "file", "records")


@dataclass(frozen=True)
class ReportData:
    """Everything that the report shows, as plain frames and texts.

    Attributes
    ----------
    title : str
        Title of the report.
    as_of : date
        Day of the decision.
    policy : str
        Title and number of the policy.
    policy_digest, data_fingerprint, version : str
        Provenance.
    decided, reasons : DataFrame
        Tables of the assessment.
    intake, quarantine : DataFrame
        What was read and what was refused.
    names : mapping
        Rule id → name, from `named.rule_names`.
    absent : tuple of str
        Tables that the source does not have.
    frame : DataFrame or None
        Frame of the plan: entity_id, stratum, pi, because, clause.
    visits : DataFrame or None
        Visits of the draw.
    cases : DataFrame or None
        Newest state of each case of early warning.
    signs : Signs or None
        Early signs and waves.
    metrics, reliability : DataFrame or None
        How well the models did on the held-out year; None without labels.
    held_out : date or None
        As-of day of the held-out year.
    monthly : DataFrame or None
        Events: month, kind, count.
    seed, commitment : str or None
        Of the draw and the plan.
    model : str
        Scorecard in force: expert, fitted or blended.
    rehearsal : bool
        Whether the draw had no public seed.
    before : Before or None
        What was decided a month ago; None where nothing was known then.
    coverage : DataFrame or None
        risk_tier, enterprises, inspected (within a year), share.
    lang : {"zh", "en"}
        Language of the report.
    """

    title: str
    as_of: date
    policy: str
    policy_digest: str
    data_fingerprint: str
    version: str
    decided: pd.DataFrame
    reasons: pd.DataFrame
    intake: pd.DataFrame
    quarantine: pd.DataFrame
    names: Mapping[str, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    frame: pd.DataFrame | None = None
    visits: pd.DataFrame | None = None
    cases: pd.DataFrame | None = None
    signs: Signs | None = None
    metrics: pd.DataFrame | None = None
    reliability: pd.DataFrame | None = None
    held_out: date | None = None
    monthly: pd.DataFrame | None = None
    seed: str | None = None
    commitment: str | None = None
    model: str = "expert"
    rehearsal: bool = False
    before: Before | None = None
    coverage: pd.DataFrame | None = None
    lang: Lang = "zh"


class Cell(NamedTuple):
    """A cell of the page: its text, whether it is data, and how hot its ground is (0 to 1)."""

    text: str
    data: bool = False
    heat: float = 0.0


@dataclass(frozen=True)
class Grid:
    """A table of the page: numbers stand right; `columns` are codes, `heads` words."""

    caption: str
    columns: tuple[str, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numeric: tuple[bool, ...]
    more: str = ""


def grid(
    key: str,
    columns: Sequence[str],
    rows: pd.DataFrame,
    lang: Lang,
    *,
    more: str = "",
    heat: Mapping[str, Sequence[float]] | None = None,
) -> Grid:
    """A grid from a frame of texts and numbers; floats are shares.

    Parameters
    ----------
    key : str
        Key of the caption.
    columns : sequence of str
        Columns shown, in order.
    rows : DataFrame
        Cells.
    lang : {"zh", "en"}
        Language of the headings.
    more : str
        What stands below, where rows were left out.
    heat : mapping, optional
        Column → a number from 0 to 1 for each row.
    """
    warm = heat or {}
    numeric = tuple(pd.api.types.is_numeric_dtype(rows[c]) for c in columns)
    cold = np.zeros(len(rows))
    cells = [
        [Cell(_signed(v, c), c in _DATA, float(h)) for v, h in zip(rows[c], warm.get(c, cold), strict=True)]
        for c in columns
    ]
    heads = tuple(heading(c, lang) for c in columns)
    return Grid(say(key, lang), tuple(columns), heads, tuple(zip(*cells, strict=True)), numeric, more)


def _signed(value: object, column: str) -> str:
    """A change bears its sign."""
    text = text_of(value)
    return f"+{text}" if column.startswith("change_") and isinstance(value, int | np.integer) and value > 0 else text


def text_of(value: object) -> str:
    """A number, share, day or text as people write it.

    >>> text_of(1234), text_of(0.125), text_of(float("nan"))
    ('1,234', '12.5%', '—')
    """
    if isinstance(value, (float, np.floating)):
        return "—" if np.isnan(value) else f"{value:.1%}"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    return f"{value:,}" if isinstance(value, (int, np.integer)) else str(value)


def more_rows(total: int, shown: int, lang: Lang) -> str:
    """What stands below a table that does not show every row."""
    return say("report.rare", lang, n=f"{total:,}", shown=f"{shown:,}") if total > shown else ""
