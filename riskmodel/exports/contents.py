"""What a run folder holds: lists, notices, report, pictures, proof and every table as Parquet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from riskmodel.assessment import Assessment
from riskmodel.display import figures
from riskmodel.display.pictures import assessed
from riskmodel.display.text import say
from riskmodel.errors import Lang
from riskmodel.exports.frames import write_frame
from riskmodel.exports.lists import quality_workbook, risk_list, sentences, watch_lists
from riskmodel.exports.notices import PlanNotice, items_notice, plan_notice, write_notice
from riskmodel.exports.previous import Before
from riskmodel.exports.report import report_html
from riskmodel.exports.report_data import ReportData
from riskmodel.exports.schedule import scheduled
from riskmodel.exports.sheets import Sheet
from riskmodel.exports.task_books import Drawn, task_books, visits_by_week
from riskmodel.exports.workbook import write_workbook
from riskmodel.inspections.draw import Draw
from riskmodel.inspections.plan import Plan
from riskmodel.named import rule_names
from riskmodel.records import Records
from riskmodel.tables import TIERS
from riskmodel.warning.casebook import Casebook
from riskmodel.warning.routing import Digests, digests
from riskmodel.warning.signs import Signs

# Months of events that the report shows.
_MONTHS = 24


@dataclass(frozen=True)
class Month:
    """Everything that a monthly run decided; `before` is what it is compared with."""

    records: Records
    assessment: Assessment
    plan: Plan
    draw: Draw
    casebook: Casebook
    signs: Signs
    rehearsal: bool
    before: Before | None = None


def fill(folder: Path, month: Month, *, lang: Lang = "zh") -> None:
    """Write all outputs of a month into an empty folder; the same month gives the same bytes."""
    names = rule_names(month.assessment.rules, lang)
    _workbooks(folder, month, names, lang)
    _task_books(folder, month, names, lang)
    _notices(folder, month, lang)
    _tables(folder / "tables", month)
    _pictures(folder / "pictures", month, lang)
    month.plan.save(folder / "plan.json")
    (folder / "commitment.txt").write_bytes((month.plan.commit(lang=lang).text + "\n").encode())
    month.draw.proof.save(folder / "proof.json")
    (folder / "report.html").write_bytes(report_html(report_data(month, names, lang)).encode())
    summary = json.dumps(facts(month), ensure_ascii=False, sort_keys=True, indent=2)
    (folder / "run.json").write_bytes((summary + "\n").encode())


def facts(month: Month) -> dict[str, object]:
    """The run in figures: provenance and counts."""
    provenance, decided = month.assessment.provenance, month.assessment.decided
    stages = month.casebook.cases["stage"].value_counts()
    return {
        "as_of": str(provenance.as_of),
        "policy": provenance.policy,
        "data": provenance.data,
        "code": provenance.code,
        "absent": list(provenance.absent),
        "seed": month.draw.seed,
        "rehearsal": month.rehearsal,
        "commitment": month.plan.commit().digest,
        "proof": month.draw.proof.digest,
        "enterprises": len(decided),
        "tiers": {tier: int(decided["risk_tier"].eq(tier).sum()) for tier in TIERS},
        "visits": len(month.draw.visits),
        "ledger": month.casebook.head,
        "acts_refused": len(month.casebook.refused),
        "stages": {str(stage): int(count) for stage, count in sorted(stages.items())},
        "rows": int(month.records.intake["rows"].sum()),
        "quarantined": int(month.records.intake["quarantined"].sum()),
    }


def report_data(month: Month, names: Mapping[str, str], lang: Lang) -> ReportData:
    """What the report shows."""
    assessment, rules = month.assessment, month.assessment.rules
    models, provenance = assessment.models, assessment.provenance
    return ReportData(
        title=say("report.title", lang), as_of=provenance.as_of.day,
        policy=f"{rules.title_zh if lang == 'zh' else rules.title_en} {rules.document}",
        policy_digest=rules.digest, data_fingerprint=provenance.data, version=provenance.code,
        decided=assessment.decided, reasons=assessment.reasons,
        intake=month.records.intake, quarantine=month.records.quarantine,
        names=names, absent=provenance.absent, frame=month.plan.frame, visits=month.draw.visits,
        cases=month.casebook.cases, signs=month.signs,
        metrics=models.metrics if len(models.metrics) else None,
        reliability=models.reliability if len(models.reliability) else None,
        held_out=models.held_out.day if models.held_out else None,
        monthly=monthly(month), seed=month.draw.seed, commitment=month.plan.commit().digest,
        model=rules.scoring.mode, rehearsal=month.rehearsal, before=month.before, coverage=coverage(month), lang=lang,
    )  # fmt: skip


def coverage(month: Month) -> pd.DataFrame:
    """Enterprises by risk tier that were inspected within a year, as far as known on the day."""
    day = pd.Timestamp(month.assessment.provenance.as_of.day)
    seen = month.records["inspections"]
    recent = seen["inspected_on"].between(day - pd.DateOffset(years=1), day) & seen["known_on"].le(day)
    decided = month.assessment.decided
    looked = decided["entity_id"].isin(seen.loc[recent.fillna(False), "entity_id"])
    by = looked.groupby(decided["risk_tier"]).agg(["size", "sum"]).reindex(list(TIERS), fill_value=0)
    table = pd.DataFrame({"risk_tier": TIERS, "enterprises": by["size"].to_numpy(), "inspected": by["sum"].to_numpy()})
    return table.assign(share=table["inspected"] / table["enterprises"].clip(lower=1))


def monthly(month: Month) -> pd.DataFrame:
    """Events by month and kind over the last two years."""
    events = month.assessment.events
    last = pd.Period(month.assessment.provenance.as_of.day, freq="M")
    months = events["occurred_on"].dt.to_period("M")
    recent = events.assign(month=months)[((months > last - _MONTHS) & (months <= last)).to_numpy()]
    counts = recent.groupby(["month", "kind"]).size().rename("count").reset_index()
    table: pd.DataFrame = counts.assign(month=counts["month"].astype("str"))
    return table


def digest(month: Month) -> Digests:
    """Warnings that departments should get in the week of the run, and those that wait."""
    casebook, rules = month.casebook, month.assessment.rules.warning
    return digests(casebook.cases, rules, month.assessment.provenance.as_of.day, casebook.told)


def _workbooks(folder: Path, month: Month, names: Mapping[str, str], lang: Lang) -> None:
    decided, reasons = month.assessment.decided, month.assessment.reasons
    books: dict[str, tuple[Sheet, ...]] = {
        "file.risk_list": risk_list(decided, reasons, names=names, lang=lang),
        "file.watch_lists": watch_lists(month.casebook.cases, digest(month).table, month.signs, names=names, lang=lang),
        "file.quality": quality_workbook(
            month.records.intake, month.records.quarantine, month.records.resolutions, lang=lang
        ),
    }
    created = month.assessment.provenance.as_of.day
    for key, sheets in books.items():
        write_workbook(folder / f"{say(key, lang)}.xlsx", sheets, created=created, lang=lang)


def _task_books(folder: Path, month: Month, names: Mapping[str, str], lang: Lang) -> None:
    """A workbook for each team and week, in a folder of their own, and the summary."""
    assessment = month.assessment
    drawn = Drawn(month.draw.proof.digest, assessment.provenance.as_of.day)
    points = sentences(assessment.reasons, lang)
    planned = scheduled(month.draw.visits, after=drawn.as_of, visits_a_day=assessment.rules.visits_a_day)
    books = task_books(planned, points, drawn=drawn, names=names, lang=lang)
    place = folder / say("file.task_books", lang)
    place.mkdir()
    for name, sheets in books.items():
        write_workbook(place / f"{name}.xlsx", sheets, created=drawn.as_of, lang=lang)
    summary = folder / f"{say('file.task_summary', lang)}.xlsx"
    write_workbook(summary, (visits_by_week(planned, lang),), created=drawn.as_of, lang=lang)


def _notices(folder: Path, month: Month, lang: Lang) -> None:
    rules, plan = month.assessment.rules, month.plan
    never = rules.inspections.never_published
    items = month.records["items"]
    summary = PlanNotice(
        name=rules.title_zh if lang == "zh" else rules.title_en, document=rules.document,
        clause=rules.inspections.clause, as_of=month.assessment.provenance.as_of.day,
        enterprises=len(plan.frame), to_draw=plan.n,
    )  # fmt: skip
    place = folder / say("file.notices", lang)
    place.mkdir()
    write_notice(
        place / f"{say('file.plan_notice', lang)}.csv", plan_notice(summary, items, never=never, lang=lang), never=never
    )
    write_notice(
        place / f"{say('file.items_notice', lang)}.csv", items_notice(items, never=never, lang=lang), never=never
    )


def _tables(folder: Path, month: Month) -> None:
    folder.mkdir()
    assessment = month.assessment
    frames = {
        "decided": assessment.decided, "reasons": assessment.reasons, "features": assessment.features,
        "scorecard": assessment.models.scorecard.table_, "tiers": assessment.tiers, "events": assessment.events,
        "metrics": assessment.models.metrics, "reliability": assessment.models.reliability,
        "plan": month.plan.frame, "strata": month.plan.strata, "visits": month.draw.visits,
        "cases": month.casebook.cases, "ledger": month.casebook.ledger,
        "acts_refused": month.casebook.refused, "digest": digest(month).table,
        "signs": month.signs.table, "waves": month.signs.waves,
        "quarantine": month.records.quarantine, "intake": month.records.intake,
        "resolutions": month.records.resolutions,
    }  # fmt: skip
    for name, frame in frames.items():
        if len(frame.columns):
            write_frame(folder / f"{name}.parquet", frame)


def _pictures(folder: Path, month: Month, lang: Lang) -> None:
    folder.mkdir()
    assessment = month.assessment
    curve = assessment.models.reliability
    whats = ["tiers", "scores", "towns"] + ["calibration"] * bool(len(curve))
    pictures = {what: assessed(what, assessment.decided, curve, lang=lang).figure for what in whats}
    pictures |= {
        "plan": figures.plan_bars(month.plan.strata, names=rule_names(assessment.rules, lang), lang=lang),
        "quality": figures.quality_bars(month.records.intake, lang=lang),
    }
    counts = monthly(month)
    if len(counts):
        pictures["events"] = figures.monthly_events(counts, lang=lang)
    for name, figure in pictures.items():
        (folder / f"{name}.png").write_bytes(figures.to_png(figure))
