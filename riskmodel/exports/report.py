"""The monthly report: one page that needs nothing else, for the people who decide; internal."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Hashable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup, escape

from riskmodel.display import figures
from riskmodel.display.canvas import FOLLOWING
from riskmodel.display.pictures import assessed
from riskmodel.display.text import Lang, heading, say, word
from riskmodel.exports.lists import WATCHED, in_words, ranked
from riskmodel.exports.page import ASSETS, template
from riskmodel.exports.report_changes import DUE, changes, difference
from riskmodel.exports.report_data import ReportData
from riskmodel.exports.report_tables import grids, strata
from riskmodel.tables import TIERS
from riskmodel.warning.stages import ESCALATED

_TOP = 20
_HALF = 4.8  # inches of a picture that stands beside a table
_CHINESE = re.compile(r"[\u3400-\u9fff]")


def report_html(data: ReportData) -> str:
    """The report as one HTML page without any outside request; the same data give the same bytes."""
    lang, script = data.lang, _script()
    return template("report.html.j2").render(
        data=data,
        say=lambda key, **facts: say(key, lang, **facts),
        heading=lambda column: heading(column, lang),
        tier_word=lambda tier: word("tier", tier, lang),
        numbers=_numbers(data),
        decisions=_decisions(data),
        absent=say("list.separator", lang).join(word("table", name, lang) for name in data.absent),
        fallback=_fallback(data),
        top=_top(data),
        grids=grids(data),
        changes=changes(data),
        script=Markup(script),
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        foreign=lambda text: _foreign(text, lang),
        pictures=_pictures(data),
        digest=lambda text: f"{text[:12]}…" if len(text) > 12 else text,
        model=word("model", data.model, lang),
        tiers=TIERS,
        colours=figures.TIER_COLOURS,
        figure_light=[(name, colour) for colour, (name, _) in FOLLOWING.items()],
        figure_dark=list(FOLLOWING.values()),
    )


@cache
def _script() -> str:
    """What makes the page sort, search and change its light; the page is complete without it."""
    return (ASSETS / "report.js").read_text("utf-8").strip()


def _foreign(text: object, lang: Lang) -> Markup:
    """Data on an English page that are Chinese, marked as such, so that a screen reader reads them right."""
    if lang == "zh" or not _CHINESE.search(str(text)):
        return escape(text)
    return Markup('<span lang="zh-CN">{}</span>').format(text)


def _numbers(data: ReportData) -> list[tuple[str, str, str]]:
    """The figures at the top: what, how many, how many more than last month."""
    high = int(data.decided["risk_tier"].isin(("D", "E")).sum())
    shown = [("report.enterprises", len(data.decided)), ("report.high", high)]
    if data.frame is not None:
        shown.append(("report.visits", _planned(data)))
    if data.cases is not None:
        shown += [("report.reminders", _staged(data, *DUE)), ("report.watched", _staged(data, *WATCHED))]
    shown.append(("report.quarantined", int(data.intake["quarantined"].sum())))
    return [(say(key, data.lang), f"{count:,}", difference(data, key, count)) for key, count in shown]


def _decisions(data: ReportData) -> list[str]:
    """What the office should decide or check, in sentences; empty where there is nothing."""
    lang, sentences = data.lang, []
    if data.frame is not None:
        certain = int(data.frame["pi"].ge(1).sum())
        sentences.append(say("report.decide.visits", lang, n=f"{_planned(data):,}", certain=f"{certain:,}"))
    due, watched = _staged(data, *DUE), _staged(data, "watched", "warning_overdue")
    overdue = _staged(data, *ESCALATED)
    overruled = int(data.decided["rule_id"].ne("").sum())
    refused = int(data.intake["quarantined"].sum())
    counts = {"reminders": due, "watched": watched, "overdue": overdue, "overrides": overruled, "quarantine": refused}
    sentences += [say(f"report.decide.{key}", lang, n=f"{n:,}") for key, n in counts.items() if n]
    return sentences or [say("report.decide.nothing", lang)]


def _planned(data: ReportData) -> int:
    if data.visits is not None:
        return len(data.visits)
    return 0 if data.frame is None else round(float(data.frame["pi"].sum()))


def _staged(data: ReportData, *stages: str) -> int:
    return 0 if data.cases is None else int(data.cases["stage"].isin(stages).sum())


def _fallback(data: ReportData) -> str:
    missing = data.decided["credit_grade_origin"].eq("fallback")
    if not missing.any():
        return ""
    return say("report.fallback", data.lang, n=f"{missing.sum():,}", share=missing.mean())


def _top(data: ReportData) -> list[dict[Hashable, Any]]:
    """The highest risks with their reasons, each with the records behind it."""
    lang, rows = data.lang, ranked(data.decided).head(_TOP)
    source = "records" if lang == "zh" else "records_en"
    evidence = in_words(rows["evidence"], lang)
    shown: list[dict[Hashable, Any]] = []
    for row, proof in zip(rows.to_dict("records"), evidence, strict=True):
        reasons = data.reasons[data.reasons["entity_id"].eq(row["entity_id"])].sort_values("rank")
        sentences = list(zip(reasons[lang], reasons["points"], reasons[source], strict=True))
        chance = f"{row['probability']:.1%}" if np.isfinite(row["probability"]) else ""
        rule = data.names.get(str(row["rule_id"]), str(row["rule_id"]))
        special = "" if row["special_field"] == "none" else word("field", str(row["special_field"]), lang)
        shown.append(
            {**row, "sentences": sentences, "chance": chance, "rule": rule, "proof": proof, "special": special}
        )
    return shown


def _pictures(data: ReportData) -> dict[str, Markup]:
    lang, decided = data.lang, data.decided
    curve = pd.DataFrame() if data.reliability is None else data.reliability
    whats = ["tiers", "scores", "towns"] + ["calibration"] * bool(len(curve))
    drawn = {what: assessed(what, decided, curve, lang=lang, width=_HALF).figure for what in whats}
    drawn |= {
        "quality": figures.quality_bars(data.intake, lang=lang, width=_HALF),
    }
    if data.frame is not None:
        drawn["plan"] = figures.plan_bars(strata(data.frame, decided), names=data.names, lang=lang)
    if data.monthly is not None and len(data.monthly):
        drawn["monthly"] = figures.monthly_events(data.monthly, lang=lang, width=_HALF)
    return {name: Markup(figures.to_svg(f, name=name, alt=say(f"alt.{name}", lang))) for name, f in drawn.items()}
