"""The monthly report: one page that needs nothing else, for the people who decide; internal."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from riskmodel.display import figures
from riskmodel.display.text import Lang, heading, say, word
from riskmodel.exports.lists import WATCHED, in_words, ranked
from riskmodel.tables import TIERS
from riskmodel.warning.stages import ESCALATED, OPEN, STAGES

_ASSETS = Path(__file__).parent.parent / "assets"
_TOP, _CASES, _REFUSED, _FILES = 20, 12, 12, 40
_DUE = ("reminder_due", "reminder_overdue")
_HALF = 4.8  # inches of a picture that stands beside a table


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
        Rule id → name, from `lists.rule_names`.
    absent : tuple of str
        Tables that the source does not have.
    frame : DataFrame or None
        Frame of the plan: entity_id, stratum, pi, because, clause.
    visits : DataFrame or None
        Visits of the draw.
    cases : DataFrame or None
        Newest state of each case of early warning.
    metrics, reliability : DataFrame or None
        How well the models did on the held-out year; None without labels.
    held_out : date or None
        As-of day of the held-out year.
    monthly : DataFrame or None
        Events: month, kind, count.
    seed, commitment : str or None
        Of the draw and the plan.
    model : str
        Scorecard in force: expert or fitted.
    rehearsal : bool
        Whether the draw had no public seed.
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
    metrics: pd.DataFrame | None = None
    reliability: pd.DataFrame | None = None
    held_out: date | None = None
    monthly: pd.DataFrame | None = None
    seed: str | None = None
    commitment: str | None = None
    model: str = "expert"
    rehearsal: bool = False
    lang: Lang = "zh"


@dataclass(frozen=True)
class Grid:
    """A table of the page: numbers stand right."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    more: str = ""


def report_html(data: ReportData) -> str:
    """The report as one HTML page without any outside request; the same data give the same bytes."""
    lang = data.lang
    return _template().render(
        data=data,
        say=lambda key, **facts: say(key, lang, **facts),
        heading=lambda column: heading(column, lang),
        tier_word=lambda tier: word("tier", tier, lang),
        numbers=_numbers(data),
        decisions=_decisions(data),
        absent=say("list.separator", lang).join(word("table", name, lang) for name in data.absent),
        fallback=_fallback(data),
        top=_top(data),
        grids=_grids(data),
        pictures=_pictures(data),
        digest=lambda text: f"{text[:12]}…" if len(text) > 12 else text,
        model=word("model", data.model, lang),
        tiers=TIERS,
        colours=figures.TIER_COLOURS,
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")


def _numbers(data: ReportData) -> list[tuple[str, str]]:
    """The figures at the top: what, how many."""
    high = data.decided["risk_tier"].isin(("D", "E")).sum()
    shown = [("report.enterprises", len(data.decided)), ("report.high", high)]
    if data.frame is not None:
        shown.append(("report.visits", _planned(data)))
    if data.cases is not None:
        shown += [("report.reminders", _staged(data, *_DUE)), ("report.watched", _staged(data, *WATCHED))]
    shown.append(("report.quarantined", int(data.intake["quarantined"].sum())))
    return [(say(key, data.lang), f"{count:,}") for key, count in shown]


def _decisions(data: ReportData) -> list[str]:
    """What the office should decide or check, in sentences; empty where there is nothing."""
    lang, sentences = data.lang, []
    if data.frame is not None:
        certain = int(data.frame["pi"].ge(1).sum())
        sentences.append(say("report.decide.visits", lang, n=f"{_planned(data):,}", certain=f"{certain:,}"))
    due, watched = _staged(data, *_DUE), _staged(data, "watched", "warning_overdue")
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
    evidence = in_words(rows["evidence"], lang)
    shown: list[dict[Hashable, Any]] = []
    for row, proof in zip(rows.to_dict("records"), evidence, strict=True):
        reasons = data.reasons[data.reasons["entity_id"].eq(row["entity_id"])].sort_values("rank")
        sentences = list(zip(reasons[lang], reasons["points"], reasons["records"], strict=True))
        chance = f"{row['probability']:.1%}" if np.isfinite(row["probability"]) else ""
        rule = data.names.get(str(row["rule_id"]), str(row["rule_id"]))
        special = "" if row["special_field"] == "none" else word("field", str(row["special_field"]), lang)
        shown.append(
            {**row, "sentences": sentences, "chance": chance, "rule": rule, "proof": proof, "special": special}
        )
    return shown


def _grids(data: ReportData) -> dict[str, Grid]:
    grids = {"tiers": _tier_grid(data), "towns": _town_grid(data), "intake": _intake_grid(data)}
    if data.frame is not None:
        grids["strata"] = _strata_grid(data)
    if data.cases is not None and len(data.cases):
        grids |= {"stages": _stage_grid(data), "cases": _case_grid(data)}
    if len(data.quarantine):
        grids["quarantine"] = _quarantine_grid(data)
    if data.metrics is not None and len(data.metrics):
        grids["metrics"] = _metrics_grid(data)
    return grids


def _grid(key: str, columns: Sequence[str], rows: pd.DataFrame, data: ReportData, more: str = "") -> Grid:
    """A grid from a frame of texts and numbers; floats are shares."""
    numeric = tuple(pd.api.types.is_numeric_dtype(rows[c]) for c in columns)
    cells = [[_text(value) for value in rows[c]] for c in columns]
    heads = tuple(heading(c, data.lang) for c in columns)
    return Grid(say(key, data.lang), heads, tuple(zip(*cells, strict=True)), numeric, more)


def _text(value: object) -> str:
    if isinstance(value, (float, np.floating)):
        return "—" if np.isnan(value) else f"{value:.1%}"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    return f"{value:,}" if isinstance(value, (int, np.integer)) else str(value)


def _tier_grid(data: ReportData) -> Grid:
    decided = data.decided
    counts = decided["risk_tier"].value_counts().reindex(list(TIERS), fill_value=0)
    rows = pd.DataFrame({"risk_tier": [word("tier", t, data.lang) for t in TIERS], "enterprises": counts.to_numpy()})
    rows["share"] = rows["enterprises"] / max(len(decided), 1)
    rows["by_score"] = decided["score_tier"].value_counts().reindex(list(TIERS), fill_value=0).to_numpy()
    rows["probability"] = decided.groupby("risk_tier")["probability"].mean().reindex(list(TIERS)).to_numpy()
    columns = ["risk_tier", "enterprises", "share", "by_score"]
    return _grid("caption.tiers", columns + ["probability"] * bool(rows["probability"].notna().any()), rows, data)


def _town_grid(data: ReportData) -> Grid:
    rows = towns(data.decided).assign(enterprises=lambda t: t[list(TIERS)].sum(axis=1))
    rows["town"] = rows["town"].where(rows["town"].ne(""), say("figure.unnamed", data.lang))
    rows = rows.sort_values(["enterprises", "town"], ascending=[False, True]).head(40)
    return _grid("caption.towns", ["town", *TIERS, "enterprises"], rows, data)


def towns(decided: pd.DataFrame) -> pd.DataFrame:
    """Enterprises by town (rows) and risk tier (columns A to E)."""
    table = pd.crosstab(decided["town"], decided["risk_tier"]).reindex(columns=list(TIERS), fill_value=0)
    return table.reset_index().rename_axis(columns=None)


def strata(frame: pd.DataFrame, decided: pd.DataFrame) -> pd.DataFrame:
    """Strata of a plan: stratum, risk_tier (all that occur), because, size, n, pi (mean)."""
    rows = frame.merge(decided[["entity_id", "risk_tier"]], on="entity_id", how="left")
    by = rows.groupby("stratum", sort=True)
    table = pd.DataFrame({"size": by.size(), "n": by["pi"].sum().round().astype("int64"), "pi": by["pi"].mean()})
    table["risk_tier"] = by["risk_tier"].agg(lambda tiers: " ".join(sorted(set(tiers.dropna()))))
    table["because"] = by["because"].first()
    return table.reset_index()


def _strata_grid(data: ReportData) -> Grid:
    assert data.frame is not None
    rows = strata(data.frame, data.decided)
    rows["because"] = rows["because"].map(lambda rule: data.names.get(rule, word("because", rule, data.lang)))
    return _grid("caption.strata", ["stratum", "risk_tier", "because", "size", "n", "pi"], rows, data)


def _stage_grid(data: ReportData) -> Grid:
    assert data.cases is not None
    counts = data.cases["stage"].value_counts().reindex([s for s in STAGES if s in set(data.cases["stage"])])
    rows = pd.DataFrame(
        {"stage": [word("stage", s, data.lang) for s in counts.index], "enterprises": counts.to_numpy()}
    )
    return _grid("caption.stages", ["stage", "enterprises"], rows, data)


def _case_grid(data: ReportData) -> Grid:
    assert data.cases is not None
    active = data.cases[data.cases["stage"].isin(OPEN).to_numpy()]
    rows = active.sort_values(["stage_on", "case_id"], ascending=[False, True], kind="stable").head(_CASES)
    rows = rows.assign(
        stage=rows["stage"].map(lambda code: word("stage", code, data.lang)),
        trigger=[data.names.get(i, i) for i in rows["rule_id"]],
        evidence=in_words(rows["evidence"], data.lang),
    )
    more = _more(len(active), len(rows), data.lang)
    return _grid("caption.cases", ["stage", "name", "town", "stage_on", "trigger", "evidence"], rows, data, more)


def _intake_grid(data: ReportData) -> Grid:
    share = data.intake["quarantined"] / data.intake["rows"].where(data.intake["rows"] > 0)
    rows = data.intake.assign(
        table=data.intake["table"].map(lambda t: word("table", t, data.lang)), share_quarantined=share.fillna(0.0)
    )
    columns = ["table", "file", "rows", "accepted", "quarantined", "superseded", "share_quarantined"]
    more = _more(len(rows), min(len(rows), _FILES), data.lang)
    return _grid("caption.intake", columns, rows.head(_FILES), data, more)


def _quarantine_grid(data: ReportData) -> Grid:
    counts = data.quarantine.groupby(["table", "reason"], sort=True).size().rename("count").reset_index()
    counts = counts.sort_values("count", ascending=False, kind="stable")
    rows = counts.head(_REFUSED).assign(
        table=lambda t: t["table"].map(lambda code: word("table", code, data.lang)),
        reason=lambda t: t["reason"].map(lambda code: word("quarantine", code, data.lang)),
    )
    return _grid(
        "caption.quarantine", ["table", "reason", "count"], rows, data, _more(len(counts), len(rows), data.lang)
    )


def _metrics_grid(data: ReportData) -> Grid:
    assert data.metrics is not None
    m = data.metrics
    rows = pd.DataFrame(
        {
            "model": [word("model", name, data.lang) for name in m["model"]],
            "tested": m["n"].astype("int64"),
            "auc": [
                f"{a:.3f} ({low:.3f}–{high:.3f})"
                for a, low, high in zip(m["auc"], m["auc_low"], m["auc_high"], strict=True)
            ],
            "brier": [f"{b:.4f}" for b in m["brier"]],
            "ece": [f"{e:.4f}" for e in m["ece"]],
            "capture": m["capture"].astype(float),
        }
    )
    return _grid("caption.metrics", list(rows.columns), rows, data)


def _more(total: int, shown: int, lang: Lang) -> str:
    return say("report.rare", lang, n=f"{total:,}", shown=f"{shown:,}") if total > shown else ""


def _pictures(data: ReportData) -> dict[str, Markup]:
    lang, decided = data.lang, data.decided
    tiers = decided["risk_tier"].value_counts().rename_axis("risk_tier").rename("enterprises").reset_index()
    lowest = decided.groupby("score_tier")["risk_score"].min()
    cuts = {tier: float(lowest[tier]) for tier in TIERS[1:] if tier in lowest}
    drawn = {
        "tiers": figures.tier_bars(tiers, lang=lang, width=_HALF),
        "scores": figures.score_histogram(decided["risk_score"], cuts, lang=lang),
        "towns": figures.town_bars(towns(decided), lang=lang, width=_HALF),
        "quality": figures.quality_bars(data.intake, lang=lang, width=_HALF),
    }
    if data.frame is not None:
        drawn["plan"] = figures.plan_bars(strata(data.frame, decided), lang=lang)
    if data.monthly is not None and len(data.monthly):
        drawn["monthly"] = figures.monthly_events(data.monthly, lang=lang, width=_HALF)
    if data.reliability is not None and len(data.reliability):
        drawn["calibration"] = figures.calibration(data.reliability, lang=lang)
    return {name: Markup(figures.to_svg(f, name=name, alt=say(f"alt.{name}", lang))) for name, f in drawn.items()}
