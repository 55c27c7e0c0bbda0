"""Tables of the report: tiers, towns, plan and load, cases, intake, quarantine, metrics, label coverage."""

from __future__ import annotations

import numpy as np
import pandas as pd

from riskmodel.display.pictures import towns
from riskmodel.display.text import Lang, say, word
from riskmodel.exports.lists import in_words, ranked
from riskmodel.exports.report_data import Grid, ReportData, grid, more_rows
from riskmodel.exports.sign_rows import sign_rows, wave_rows, waves_of
from riskmodel.tables import TIERS
from riskmodel.warning.signs import Signs
from riskmodel.warning.stages import OPEN, STAGES

_CASES, _REFUSED, _FILES, _TOWNS, _TEAMS, _LISTED = 12, 12, 40, 60, 40, 1000
_HIGH = ("D", "E")


def grids(data: ReportData) -> dict[str, Grid]:
    """Every table that the data allow, by the name that the page calls it."""
    made = {
        "tiers": _tier_grid(data), "towns": _town_grid(data), "listed": _listed_grid(data),
        "intake": _intake_grid(data),
    }  # fmt: skip
    if data.frame is not None:
        made["strata"] = _strata_grid(data)
    if data.visits is not None and len(data.visits):
        made["teams"] = _team_grid(data)
    if data.cases is not None and len(data.cases):
        made |= {"stages": _stage_grid(data), "cases": _case_grid(data)}
    if data.signs is not None:
        made |= _sign_grids(data.signs, data.lang)
    if len(data.quarantine):
        made["quarantine"] = _quarantine_grid(data)
    if data.metrics is not None and len(data.metrics):
        made["metrics"] = _metrics_grid(data)
    if data.coverage is not None:
        rows = data.coverage.assign(risk_tier=[word("tier", t, data.lang) for t in data.coverage["risk_tier"]])
        made["coverage"] = grid("caption.coverage", ["risk_tier", "enterprises", "inspected", "share"], rows, data.lang)
    return made


def _tier_grid(data: ReportData) -> Grid:
    decided = data.decided
    counts = decided["risk_tier"].value_counts().reindex(list(TIERS), fill_value=0)
    rows = pd.DataFrame({"risk_tier": [word("tier", t, data.lang) for t in TIERS], "enterprises": counts.to_numpy()})
    rows["share"] = rows["enterprises"] / max(len(decided), 1)
    rows["by_score"] = decided["score_tier"].value_counts().reindex(list(TIERS), fill_value=0).to_numpy()
    rows["probability"] = decided.groupby("risk_tier")["probability"].mean().reindex(list(TIERS)).to_numpy()
    columns = ["risk_tier", "enterprises", "share", "by_score"]
    return grid("caption.tiers", columns + ["probability"] * bool(rows["probability"].notna().any()), rows, data.lang)


def _town_grid(data: ReportData) -> Grid:
    """A row a town, its ground the hotter the more of its enterprises stand in the tier."""
    rows = towns(data.decided).set_index("town")
    rows["enterprises"] = rows[list(TIERS)].sum(axis=1)
    rows["share_high"] = rows[list(_HIGH)].sum(axis=1) / rows["enterprises"]
    if data.before is not None:
        then = data.before.decided
        high = then[then["risk_tier"].isin(_HIGH)].groupby("town").size().reindex(rows.index, fill_value=0)
        rows["change_high"] = (rows[list(_HIGH)].sum(axis=1) - high).astype("int64")
    if data.visits is not None:
        rows["visits"] = data.visits.groupby("town").size().reindex(rows.index, fill_value=0).astype("int64")
    rows = rows.reset_index().sort_values(["share_high", "town"], ascending=[False, True])
    more = more_rows(len(rows), min(len(rows), _TOWNS), data.lang)
    rows = rows.head(_TOWNS)
    share = {t: rows[t] / rows["enterprises"] for t in _HIGH} | {"share_high": rows["share_high"]}
    heat = {name: (part / (part.max() or 1.0)).tolist() for name, part in share.items()}
    rows["town"] = rows["town"].where(rows["town"].ne(""), say("figure.unnamed", data.lang))
    order = ["town", *TIERS, "enterprises", "share_high", "change_high", "visits"]
    return grid("caption.towns", [c for c in order if c in rows], rows, data.lang, more=more, heat=heat)


def _listed_grid(data: ReportData) -> Grid:
    """Everybody in D and E, to search: tier, name, code, town, score, tier before, main reason."""
    rows = ranked(data.decided[data.decided["risk_tier"].isin(_HIGH)])
    more = more_rows(len(rows), min(len(rows), _LISTED), data.lang)
    rows = rows.head(_LISTED)
    columns = ["risk_tier", "name", "entity_id", "town", "risk_score", "tier_before", "main_reason"]
    if data.before is None:
        columns.remove("tier_before")
    else:
        then = data.before.decided.set_index("entity_id")["risk_tier"]
        rows["tier_before"] = rows["entity_id"].map(then).astype("object").fillna("—")
    first = data.reasons[data.reasons["rank"].eq(1)].set_index("entity_id")[data.lang]
    by_reason = rows["entity_id"].map(first).astype("object").fillna(say("report.no_reasons", data.lang))
    by_rule = rows["rule_id"].map(lambda rule: data.names.get(rule, rule))
    rows["main_reason"] = np.where(rows["rule_id"].ne(""), by_rule, by_reason)
    rows["risk_tier"] = rows["risk_tier"].map(lambda tier: word("tier", tier, data.lang))
    return grid("caption.listed", columns, rows, data.lang, more=more)


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
    return grid("caption.strata", ["stratum", "risk_tier", "because", "size", "n", "pi"], rows, data.lang)


def _team_grid(data: ReportData) -> Grid:
    """What each team has to do: visits, of these in special fields, towns; names stay in the task lists."""
    assert data.visits is not None
    by = data.visits.groupby("team")
    rows = pd.DataFrame({"visits": by.size(), "number_of_towns": by["town"].nunique()})
    rows["special_visits"] = by["special_field"].agg(lambda fields: int(fields.ne("none").sum()))
    rows = rows.reset_index()
    rows = rows.iloc[np.lexsort((rows["team"], rows["team"].str.len()))]
    more = more_rows(len(rows), min(len(rows), _TEAMS), data.lang)
    shown = rows.head(_TEAMS)
    named = [word("team", team, data.lang) if team else say("team.none", data.lang) for team in shown["team"]]
    columns = ["team", "visits", "special_visits", "number_of_towns"]
    return grid("caption.teams", columns, shown.assign(team=named), data.lang, more=more)


def _stage_grid(data: ReportData) -> Grid:
    assert data.cases is not None
    counts = data.cases["stage"].value_counts()
    stages = [stage for stage in STAGES if stage in counts.index]
    rows = pd.DataFrame({"stage": [word("stage", s, data.lang) for s in stages]})
    rows["enterprises"] = counts.reindex(stages).to_numpy()
    return grid("caption.stages", ["stage", "enterprises"], rows, data.lang)


def _case_grid(data: ReportData) -> Grid:
    assert data.cases is not None
    active = data.cases[data.cases["stage"].isin(OPEN).to_numpy()]
    rows = active.sort_values(["stage_on", "case_id"], ascending=[False, True], kind="stable").head(_CASES)
    rows = rows.assign(
        wave=waves_of(rows["case_id"], data.signs, data.lang),
        stage=rows["stage"].map(lambda code: word("stage", code, data.lang)),
        trigger=[data.names.get(i, i) for i in rows["rule_id"]],
        evidence=in_words(rows["evidence"], data.lang),
    )
    more = more_rows(len(active), len(rows), data.lang)
    columns = ["stage", "name", "town", "stage_on", "trigger", "evidence"] + ["wave"] * bool(rows["wave"].ne("").any())
    return grid("caption.cases", columns, rows, data.lang, more=more)


def _sign_grids(found: Signs, lang: Lang) -> dict[str, Grid]:
    """Early signs and waves, where there are some."""
    made = {}
    if len(found.table):
        made["signs"] = grid("caption.signs", ["name", "town", "why", "evidence", "wave"], sign_rows(found, lang), lang)
    if len(found.waves):
        rows = wave_rows(found, lang)
        more = more_rows(len(rows), min(len(rows), _CASES), lang)
        columns = ["group", "since", "until", "enterprises", "usual"]
        made["waves"] = grid("caption.waves", columns, rows.head(_CASES), lang, more=more)
    return made


def _intake_grid(data: ReportData) -> Grid:
    share = data.intake["quarantined"] / data.intake["rows"].where(data.intake["rows"] > 0)
    rows = data.intake.assign(
        table=data.intake["table"].map(lambda t: word("table", t, data.lang)), share_quarantined=share.fillna(0.0)
    )
    columns = ["table", "file", "rows", "accepted", "quarantined", "superseded", "share_quarantined"]
    more = more_rows(len(rows), min(len(rows), _FILES), data.lang)
    return grid("caption.intake", columns, rows.head(_FILES), data.lang, more=more)


def _quarantine_grid(data: ReportData) -> Grid:
    counts = data.quarantine.groupby(["table", "reason"], sort=True).size().rename("count").reset_index()
    counts = counts.sort_values("count", ascending=False, kind="stable")
    rows = counts.head(_REFUSED).assign(
        table=lambda t: t["table"].map(lambda code: word("table", code, data.lang)),
        reason=lambda t: t["reason"].map(lambda code: word("quarantine", code, data.lang)),
    )
    more = more_rows(len(counts), len(rows), data.lang)
    return grid("caption.quarantine", ["table", "reason", "count"], rows, data.lang, more=more)


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
    return grid("caption.metrics", list(rows.columns), rows, data.lang)
