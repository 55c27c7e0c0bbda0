"""Small tables and badges in HTML for results that show themselves; everything is escaped."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from html import escape

import numpy as np
import pandas as pd

from riskmodel.display.figures import TIER_COLOURS
from riskmodel.display.industries import industry
from riskmodel.display.study_words import study_word
from riskmodel.display.text import Lang, fact_words, heading, say, word
from riskmodel.tables import TABLES

_CELL = "padding:.25em .7em;border-bottom:1px solid rgba(127,127,127,.25);vertical-align:baseline"
_LIGHT = ("A", "B", "C")
# Columns whose cells are words of a kind of codes.
_KINDS = {
    "special_field": "field", "credit_grade": "grade", "severity": "severity", "stage": "stage", "table": "table",
    "team": "team", "model": "model", "reason": "quarantine", "because": "because", "how": "how",
    "credit_grade_origin": "origin", "kind": "kind", "from_stage": "stage", "to_stage": "stage", "gravest": "severity",
    "status": "status", "condition": "condition",
}  # fmt: skip


def _listed(text: str, lang: Lang) -> str:
    """Names that stand with commas between them, as the language lists them."""
    return say("list.separator", lang).join(part.strip() for part in re.split("[,;]", text) if part.strip())


def _outcomes(text: str, lang: Lang) -> str:
    """Codes of outcomes, with commas between them, in words."""
    return say("list.separator", lang).join(word("outcome", code.strip(), lang) for code in text.split(","))


# Columns whose cells are texts with codes, or lists with the commas of machines.
_TEXTS: Mapping[str, Callable[[str, Lang], str]] = {
    "evidence": fact_words, "field": heading, "column": heading, "inspector_names": _listed,
    "departments": _listed, "outcome_codes": _outcomes, "industry": industry,
}  # fmt: skip
_SHARES = ("share", "probability", "pi", "share_quarantined", "capture", "coverage", "rate")


def badge(tier: str, *, lang: Lang = "zh") -> str:
    """A risk tier in its colour; other text in grey.

    >>> "高风险" in badge("E") and "&lt;b&gt;" in badge("<b>")
    True
    """
    colour = TIER_COLOURS.get(tier, "#d5dbe1")
    shown = _listed(tier, lang) if "," in tier else word("tier", tier, lang)
    ink = "#1f2933" if tier in _LIGHT or tier not in TIER_COLOURS else "#ffffff"
    style = f"background:{colour};color:{ink};border-radius:.3em;padding:.1em .5em;white-space:nowrap"
    return f'<span style="{style}">{escape(shown)}</span>'


def table(
    frame: pd.DataFrame,
    *,
    headings: Mapping[str, str] | None = None,
    caption: str = "",
    lang: Lang = "zh",
    limit: int = 20,
    right: Collection[str] = (),
) -> str:
    """A frame as an HTML table with headings and code words of the language.

    Parameters
    ----------
    frame : DataFrame
        Columns in the order shown.
    headings : mapping, optional
        Column → heading, where it differs from `text.heading`.
    caption : str
        What the table shows.
    lang : {"zh", "en"}
        Language of headings and codes.
    limit : int
        Rows shown; a last row says how many are left out.
    right : collection of str
        Columns of texts that stand right, as numbers do.
    """
    names = dict(headings or {})
    shown = frame.head(limit)
    stand = [c in right or pd.api.types.is_numeric_dtype(frame[c]) for c in frame.columns]
    titles = [escape(names.get(c, heading(c, lang))) for c in frame.columns]
    head = "".join(
        f'<th scope="col" style="{_CELL};text-align:{"right" if r else "left"}">{title}</th>'
        for title, r in zip(titles, stand, strict=True)
    )
    columns = [column_cells(shown, str(c), lang) for c in frame.columns]
    rows = "".join(
        "<tr>" + "".join(_cell(text, r) for text, r in zip(row, stand, strict=True)) + "</tr>"
        for row in zip(*columns, strict=True)
    )
    if len(frame) > limit:
        more = escape(say("figure.other", lang, n=f"{len(frame) - limit:,}"))
        rows += f'<tr><td colspan="{len(stand)}" style="{_CELL};opacity:.7">{more}</td></tr>'
    # a short caption above a narrow table stays on one line
    wrap = "white-space:nowrap" if len(caption) <= 40 else ""
    title = (
        f"<caption style='text-align:left;font-weight:600;padding:.3em 0;{wrap}'>{escape(caption)}</caption>"
        if caption
        else ""
    )
    style = "border-collapse:collapse;font-size:.95em"
    return f'<table style="{style}">{title}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _cell(text: str, right: bool) -> str:
    align = "right;font-variant-numeric:tabular-nums" if right else "left"
    return f'<td style="{_CELL};text-align:{align}">{text}</td>'


def column_cells(frame: pd.DataFrame, column: str, lang: Lang) -> list[str]:
    """The cells of a column of a frame as HTML; what a field is called depends on its table."""
    if column == "field" and "table" in frame.columns:
        return [escape(_field(str(t), str(f), lang)) for t, f in zip(frame["table"], frame["field"], strict=True)]
    return cells(frame[column], column, lang)


def _field(table_name: str, field: str, lang: Lang) -> str:
    known = TABLES.get(table_name)
    return known[field].zh if lang == "zh" and known and field in known.names else heading(field, lang)


def cells(values: pd.Series, column: str, lang: Lang) -> list[str]:
    """The cells of a column as HTML: badges of tiers, words of codes, shares and days as people write them."""
    if column in ("risk_tier", "model_tier", "score_tier", "tier_before"):
        return [badge(str(v), lang=lang) for v in values]
    if column in ("measure", "strategy"):
        return [escape(study_word(column, str(v), lang)) for v in values]
    if column in _TEXTS:
        return [escape(_TEXTS[column](str(v), lang)) for v in values]
    if column in _KINDS:
        return [escape(word(_KINDS[column], str(v), lang)) for v in values]
    if pd.api.types.is_datetime64_any_dtype(values):
        # a day is one word, however narrow its column is
        return [f'<span style="white-space:nowrap">{_shown(v, share=False)}</span>' for v in values]
    return [escape(_shown(v, share=column in _SHARES)) for v in values]


def _decimal(value: float) -> str:
    """A number with the decimals that its size leaves worth reading.

    >>> _decimal(0.0953), _decimal(75.5), _decimal(145.384), _decimal(13018.455), _decimal(100000.0)
    ('0.095', '75.5', '145.4', '13,018', '100,000')
    """
    digits = 3 if abs(value) < 10 else 2 if abs(value) < 100 else 1 if abs(value) < 1000 else 0
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if digits else text


def _shown(value: object, *, share: bool) -> str:
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return "—"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, (float, np.floating)):
        if np.isinf(value):
            return "∞" if value > 0 else "-∞"
        return f"{value:.1%}" if share else _decimal(float(value))
    if isinstance(value, (bool, np.bool_)):
        return "✓" if value else "✗"
    if isinstance(value, (int, np.integer)):
        return f"{value:,}"
    return str(value)
