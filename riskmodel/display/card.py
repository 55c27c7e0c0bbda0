"""The card of one enterprise in HTML: tier, facts, reasons, what would lower the tier, timeline, records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from itertools import groupby
from typing import Any

import pandas as pd

from riskmodel.display.html import badge, table
from riskmodel.display.industries import industry
from riskmodel.display.text import Lang, heading, say, word

_KINDS = ("penalties", "abnormal_listings", "complaints", "inspections", "list_entries", "commitments", "repairs")
_LASTING = ("abnormal_listings", "list_entries")
# Kind → words of its detail codes.
_DETAILS = {
    "abnormal_listings": "listing_reason",
    "complaints": "verified",
    "list_entries": "list",
    "commitments": "kept",
}
_YEARS, _RECORDS = 5, 12
_FRAME = "max-width:56em;border:1px solid rgba(127,127,127,.4);border-radius:8px;padding:1em 1.3em;line-height:1.6"
_MUTED = "opacity:.72;font-size:.92em"
_LEFT, _WIDTH, _STEP = 118.0, 640.0, 26.0
_SEVERE = {"serious": "#c14a34", "general": "#de8638", "minor": "#d4b455"}
_PLAIN, _OPEN = "#8c96a0", "#c14a34"


def card(
    decided: Mapping[str, Any],
    reasons: pd.DataFrame,
    events: pd.DataFrame,
    as_of: date,
    *,
    sentences: Sequence[str] = (),
    rule: str = "",
    lang: Lang = "zh",
) -> str:
    """The card, escaped; colours follow a light or dark page.

    Parameters
    ----------
    decided : mapping
        name, entity_id, risk_tier, risk_score, probability (may be NaN), town, industry, credit_grade.
    reasons : DataFrame
        rank, zh, en, points, records, records_en.
    events : DataFrame
        on, until, kind, severity, record_id, authority, detail, fine_yuan; newest first.
    as_of : date
        Day of the decision.
    sentences : sequence of str
        What stands below the reasons, a line each.
    rule : str
        Why the tier is what it is.
    lang : {"zh", "en"}
        Language of the words.
    """
    return (
        f'<div style="{_FRAME}">'
        + _head(decided, as_of, rule, lang)
        + _reasons(reasons, lang)
        + _sentences(sentences)
        + lifeline(events, as_of, lang=lang)
        + _records(events, lang)
        + "</div>"
    )


def _head(decided: Mapping[str, Any], as_of: date, rule: str, lang: Lang) -> str:
    chance = float(decided["probability"])
    facts = {
        "town": decided["town"], "industry": industry(str(decided["industry"]), lang),
        "credit_grade": word("grade", str(decided["credit_grade"]), lang),
        "risk_score": decided["risk_score"], "probability": f"{chance:.1%}" if chance == chance else "",
    }  # fmt: skip
    shown = " · ".join(f"{escape(heading(k, lang))} {escape(str(v))}" for k, v in facts.items() if str(v))
    return (
        f'<div style="display:flex;flex-wrap:wrap;gap:.3em 1em;align-items:baseline"><strong style="font-size:1.2em">'
        f"{escape(str(decided['name']))}</strong>{badge(str(decided['risk_tier']), lang=lang)}"
        f'<code>{escape(str(decided["entity_id"]))}</code><span style="{_MUTED}">{escape(str(as_of))}</span></div>'
        f'<p style="margin:.3em 0;{_MUTED}">{shown}</p>'
        + (f"<p style='margin:.3em 0'>{escape(rule)}</p>" if rule else "")
    )


def _reasons(reasons: pd.DataFrame, lang: Lang) -> str:
    """Each reason with a bar as long as its points and the records behind it."""
    if reasons.empty:
        return f"<p>{escape(say('report.no_reasons', lang))}</p>"
    most = max(int(reasons["points"].max()), 1)
    items = []
    for row in reasons.to_dict("records"):
        long = f"{5 * max(row['points'], 0) / most:.2f}em"
        bar = f"display:inline-block;height:.6em;width:{long};background:{_OPEN};border-radius:2px"
        source = str(row["records" if lang == "zh" else "records_en"])
        cited = f'<br><span style="{_MUTED}">{escape(source)}</span>' if source else ""
        sentence = f"{escape(str(row[lang]))} <strong>+{row['points']}</strong>"
        items.append(f"<li>{sentence} <span style='{bar}'></span>{cited}</li>")
    return f'<ol style="margin:.5em 0;padding-left:1.5em">{"".join(items)}</ol>'


def _sentences(lines: Sequence[str]) -> str:
    """Lines as paragraphs; those that begin with a dash as a list below the line before them."""
    parts = []
    for listed, group in groupby(lines, key=lambda line: line.startswith("- ")):
        if listed:
            items = "".join(f"<li>{escape(line.removeprefix('- '))}</li>" for line in group)
            parts.append(f'<ul style="margin:.15em 0;padding-left:1.5em">{items}</ul>')
        else:
            parts += [f"<p style='margin:.15em 0'>{escape(line)}</p>" for line in group]
    return "".join(parts)


def lifeline(events: pd.DataFrame, as_of: date, *, lang: Lang = "zh", years: int = _YEARS) -> str:
    """Events of the last years on a line for each kind, as one SVG element; '' where there were none.

    What lasts (a listing) is a bar until it ended, or until today in red; penalties are coloured by severity.
    """
    last = pd.Timestamp(as_of)
    first = last - pd.DateOffset(years=years)
    goes_on = events["kind"].isin(_LASTING) & events["until"].isna() & events["on"].lt(first)
    recent = events[(events["on"].between(first, last) | goes_on).to_numpy()]
    kinds = [kind for kind in _KINDS if kind in set(recent["kind"])]
    if not kinds:
        return ""
    bottom = _STEP * len(kinds) + 6

    def x(day: pd.Timestamp) -> float:
        return _LEFT + (_WIDTH - _LEFT - 20) * max((day - first).days, 0) / (last - first).days

    parts = []
    for year in range(first.year + 1, last.year + 1):
        at = f"{x(pd.Timestamp(year, 1, 1)):.1f}"
        parts.append(f'<path d="M{at} 0V{bottom:.1f}" stroke="currentColor" stroke-opacity=".2"/>')
        parts.append(f'<text x="{at}" y="{bottom + 14:.1f}" text-anchor="middle" opacity=".72">{year}</text>')
    for place, kind in enumerate(kinds):
        y = _STEP * place + _STEP / 2 + 2
        parts.append(
            f'<text x="{_LEFT - 12:.0f}" y="{y + 4:.1f}" text-anchor="end">{escape(event_kind(kind, lang))}</text>'
        )
        parts += [_mark(row, x, y, last, lang) for row in recent[recent["kind"].eq(kind).to_numpy()].to_dict("records")]
    label = f'role="img" aria-label="{escape(say("alt.lifeline", lang))}" font-size="12" fill="currentColor"'
    size = f"width:100%;max-width:{_WIDTH:.0f}px;height:auto;margin:.4em 0"
    return f'<svg viewBox="0 0 {_WIDTH:.0f} {bottom + 22:.0f}" {label} style="{size}">{"".join(parts)}</svg>'


def _mark(row: Mapping[Any, Any], x: Any, y: float, last: pd.Timestamp, lang: Lang) -> str:
    title = escape(f"{row['on']:%Y-%m-%d} {event_kind(row['kind'], lang)} {_detail(row, lang)} {row['record_id']}")
    start, hint = f"{x(row['on']):.1f}", f"<title>{title}</title>"
    if row["kind"] in _LASTING:
        goes_on = pd.isna(row["until"])
        wide = max(x(last if goes_on else min(row["until"], last)) - x(row["on"]), 4)
        colour = _OPEN if goes_on else _PLAIN
        bar = f'<rect x="{start}" y="{y - 5:.1f}" width="{wide:.1f}" height="10" rx="3" fill="{colour}">'
        return bar + hint + "</rect>"
    bad = row["kind"] == "inspections" and row["detail"] not in ("", "1")
    colour = _SEVERE.get(row["severity"], _OPEN if bad else _PLAIN)
    return f'<circle cx="{start}" cy="{y:.1f}" r="5" fill="{colour}">{hint}</circle>'


def event_kind(kind: str, lang: Lang) -> str:
    """What the records of a kind of events are called."""
    return word("table", kind, lang).replace("_", " ")


def _detail(row: Mapping[Any, Any], lang: Lang) -> str:
    """The detail of an event in words."""
    if row["kind"] == "inspections":
        codes = [code.strip() for code in str(row["detail"]).split(",") if code.strip()]
        return say("list.separator", lang).join(word("outcome", code, lang) for code in codes)
    detail = word(_DETAILS.get(row["kind"], ""), str(row["detail"]), lang)
    severity = word("severity", row["severity"], lang) if row["severity"] else ""
    fine = say("card.fine", lang, yuan=f"{row['fine_yuan']:,.0f}") if row["fine_yuan"] > 0 else ""
    return " ".join(part for part in (severity, detail, fine) if part)


def _records(events: pd.DataFrame, lang: Lang) -> str:
    """The newest records as a table."""
    if events.empty:
        return ""
    shown = events.head(_RECORDS)
    rows = pd.DataFrame(
        {
            "event_on": shown["on"], "event": [event_kind(kind, lang) for kind in shown["kind"]],
            "detail": [_detail(row, lang) for row in shown.to_dict("records")],
            "record_id": shown["record_id"], "authority": shown["authority"],
        }
    )  # fmt: skip
    title = say("card.records", lang, n=f"{len(events):,}")
    return f"<details><summary>{escape(title)}</summary>{table(rows, lang=lang)}</details>"
