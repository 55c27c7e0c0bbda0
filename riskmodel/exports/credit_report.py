"""The credit report of one enterprise: facts in the unified layout; the internal version adds tier, reasons, timeline.

The unified report carries no tier, score or reason, no inspector, nothing that was repaired, is past its term or is not
public. The internal version shows all records, each with its state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from riskmodel.assessment import Assessment, Explanation
from riskmodel.display.card import event_kind
from riskmodel.display.industries import industry
from riskmodel.display.text import Lang, heading, say, word
from riskmodel.errors import InputError
from riskmodel.exports.lists import in_words
from riskmodel.exports.page import template
from riskmodel.policy.model import Rules
from riskmodel.records import Known
from riskmodel.standing.severity import graded
from riskmodel.values import VERSION

# Parts of the unified layout, in its order.
_PARTS = ("grade", "penalties", "abnormal", "lists", "complaints", "inspections", "commitments", "ratings")
_TABLES = {
    "penalties": "penalties", "abnormal": "abnormal_listings", "lists": "list_entries", "complaints": "complaints",
    "inspections": "inspections", "commitments": "commitments", "ratings": "ratings", "grade": "ratings",
}  # fmt: skip
# Table → the day by which its rows are ordered.
_DAYS = {
    "enterprises": "established_on", "penalties": "decided_on", "abnormal_listings": "listed_on",
    "repairs": "repaired_on", "list_entries": "entered_on", "complaints": "received_on", "inspections": "inspected_on",
    "ratings": "valid_from", "commitments": "committed_on",
}  # fmt: skip

Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]


@dataclass(frozen=True)
class Part:
    """One part of a report: its title and rows, or the sentence that stands where there are none."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    nothing: str


@dataclass(frozen=True)
class CreditReport:
    """A report, ready to be written.

    Attributes
    ----------
    entity_id, name : str
        The enterprise.
    internal : bool
        Whether it holds the risk tier.
    facts : mapping
        Label → text, printed at the head.
    parts : tuple of Part
        In the order of the unified layout.
    notes : tuple of str
        Repair, objection, what the report leaves out.
    lang : {"zh", "en"}
        Language.
    """

    entity_id: str
    name: str
    internal: bool
    facts: Mapping[str, str]
    parts: tuple[Part, ...]
    notes: tuple[str, ...]
    lang: Lang

    def html(self) -> str:
        """One page that needs nothing else; everything is escaped."""
        title = say("credit.title", self.lang)
        return template("credit_report.html.j2").render(
            report=self, title=title, say=lambda key, **facts: say(key, self.lang, **facts)
        )


@dataclass(frozen=True)
class Desk:
    """What all reports of a day share.

    Attributes
    ----------
    known : Known
        Records of the day.
    rules : Rules
        Rules of the day.
    issued_on : date
        Day of issue.
    assessment : Assessment or None
        For the internal version.
    names : mapping
        Rule id → name, from `named.rule_names`.
    lang : {"zh", "en"}
        Language.
    """

    known: Known
    rules: Rules
    issued_on: date
    names: Mapping[str, str]
    assessment: Assessment | None = None
    lang: Lang = "zh"


def credit_reports(desk: Desk, entity_ids: Sequence[str]) -> Iterable[CreditReport]:
    """Reports of enterprises, one after another.

    Raises
    ------
    InputError
        If an enterprise is not in the registry (RM-INP-009).
    """
    known = graded(desk.known, desk.rules.severity)
    registry = known["enterprises"]
    unknown = [i for i in entity_ids if i not in set(registry["entity_id"])]
    if unknown:
        raise InputError("RM-INP-009", where="ID", found=", ".join(unknown))
    of = {name: _by_enterprise(known[name], entity_ids, newest=day) for name, day in _DAYS.items()}
    fingerprint = desk.known.fingerprint
    for entity in entity_ids:
        yield _report(entity, {name: rows.get(entity, []) for name, rows in of.items()}, desk, fingerprint)


def _by_enterprise(frame: pd.DataFrame, entity_ids: Sequence[str], *, newest: str) -> dict[str, list[Row]]:
    """Rows of each enterprise, the newest first: taken out of the frame once, not once for each enterprise."""
    mine = frame[frame["entity_id"].isin(entity_ids).to_numpy()].sort_values(newest, ascending=False, kind="stable")
    found: dict[str, list[Row]] = {}
    for row in mine.to_dict("records"):
        found.setdefault(str(row["entity_id"]), []).append({str(k): v for k, v in row.items()})
    return found


def _report(entity: str, tables: Tables, desk: Desk, fingerprint: str) -> CreditReport:
    lang, internal = desk.lang, desk.assessment is not None
    row = tables["enterprises"][0]
    makers: Mapping[str, Callable[..., Part]] = {
        "penalties": _penalties, "abnormal": _abnormal, "lists": _lists, "complaints": _complaints, "grade": _grade,
        "inspections": _inspections, "commitments": _commitments, "ratings": _ratings,
    }  # fmt: skip
    parts = [_basic(row, lang), *(makers[name](tables, desk) for name in _PARTS)]
    if desk.assessment is not None:
        told = desk.assessment.explain(entity)
        parts[1:1] = [_tier(told, desk), _outlook(told, lang), _timeline(told, lang)]
    facts = {
        "credit.number": f"XB-{desk.known.as_of.day:%Y%m%d}-{entity[-10:]}", "credit.issued": f"{desk.issued_on}",
        "credit.as_of": str(desk.known.as_of),
        "credit.policy": f"{desk.rules.title_zh if lang == 'zh' else desk.rules.title_en} · {desk.rules.document}",
        "credit.data": f"{fingerprint[:16]} · riskmodel {VERSION}",
    }  # fmt: skip
    notes = ("credit.help.repair", "credit.help.object", "credit.help.inside" if internal else "credit.help.facts")
    return CreditReport(
        entity, str(row["name"]), internal, {say(key, lang): text for key, text in facts.items()}, tuple(parts),
        tuple(say(key, lang) for key in notes), lang,
    )  # fmt: skip


def _part(key: str, columns: Sequence[str], rows: Iterable[Sequence[object]], desk: Desk) -> Part:
    """A part with headings in words; a table that the source does not have is not the same as no records."""
    absent = key in _TABLES and _TABLES[key] in desk.known.absent
    nothing = say("credit.absent" if absent else "credit.none", desk.lang)
    cells = tuple(tuple(_text(cell) for cell in row) for row in rows)
    return Part(say(f"credit.{key}", desk.lang), tuple(heading(c, desk.lang) for c in columns), cells, nothing)


def _text(value: object) -> str:
    if value is None or value is pd.NaT or value != value:
        return "—"
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp | date) else str(value) or "—"


def _basic(row: Row, lang: Lang) -> Part:
    shown = {
        "name": row["name"], "entity_id": row["entity_id"], "kind": word("kind", str(row["kind"]), lang),
        "status": word("registered", str(row["status"]), lang), "established_on": row["established_on"],
        "registered_capital_yuan": row["registered_capital_yuan"],
        "industry": industry(str(row["industry"]), lang), "town": row["town"],
        "special_field": word("field", str(row["special_field"]), lang),
    }  # fmt: skip
    capital = shown["registered_capital_yuan"]
    shown["registered_capital_yuan"] = f"{capital:,.0f}" if capital == capital else None
    rows = tuple((_label(name, lang), _text(value)) for name, value in shown.items())
    return Part(say("credit.basic", lang), (), rows, "")


def _label(column: str, lang: Lang) -> str:
    known = {
        "established_on": "Established on",
        "status": "Status",
        "registered_capital_yuan": "Registered capital, yuan",
    }
    if lang == "zh" and column == "status":
        return "登记状态"
    return known[column] if lang == "en" and column in known else heading(column, lang)


def _grade(tables: Tables, desk: Desk) -> Part:
    """The public grade as it was imported; never one that was derived or assumed."""
    day = pd.Timestamp(desk.known.as_of.day)
    found = [
        r for r in tables["ratings"] if r["source"] == "public" and r["valid_from"] <= day and not r["valid_to"] < day
    ]
    text = say("credit.no_grade", desk.lang)
    if found:
        printed = str(found[0]["grade"])
        grade = word("grade", desk.rules.grade_words.get(printed, printed), desk.lang)
        text = say("credit.imported", desk.lang, grade=grade, printed=printed) if desk.lang == "zh" else grade
    return Part(say("credit.grade", desk.lang), (), ((say("credit.grade", desk.lang), text),), "")


def _penalties(tables: Tables, desk: Desk) -> Part:
    repaired = {r["penalty_record_id"]: r["repaired_on"] for r in tables["repairs"]}
    rows = []
    for penalty in tables["penalties"]:
        public, state = _state(penalty, repaired.get(penalty["record_id"]), desk)
        if public or desk.assessment is not None:
            category, severity = str(penalty["category"]), str(penalty["severity"])
            money = sum(float(str(penalty[c])) for c in ("fine_yuan", "confiscated_yuan") if penalty[c] == penalty[c])
            rows.append(
                (penalty["record_id"], penalty["decided_on"], penalty["authority"], penalty["violation"],
                 word("category", category, desk.lang), word("severity", severity, desk.lang), f"{money:,.2f}", state)
            )  # fmt: skip
    columns = ("document_no", "decided_on", "authority", "violation", "category_of", "severity", "money_yuan", "state")
    return _part("penalties", columns, rows, desk)


def _state(penalty: Row, repaired: object, desk: Desk) -> tuple[bool, str]:
    """Whether a penalty stands in the unified report, and what is said of it."""
    rules, lang = desk.rules.credit_report, desk.lang
    oldest = pd.Timestamp(desk.known.as_of.day - timedelta(days=desk.rules.counting.record_life_days))
    if isinstance(repaired, pd.Timestamp):
        return rules.shows_repaired, say("credit.repaired", lang, day=f"{repaired:%Y-%m-%d}")
    if penalty["category"] in rules.hidden_categories:
        return False, say("credit.unpublished", lang)
    decided = penalty["decided_on"]
    if isinstance(decided, pd.Timestamp) and decided < oldest:
        return False, say("credit.expired", lang)
    return True, say("credit.in_force", lang)


def _abnormal(tables: Tables, desk: Desk) -> Part:
    still = say("credit.still", desk.lang)
    rows = [
        (r["listed_on"], word("listing", str(r["reason"]), desk.lang), r["authority"],
         still if r["removed_on"] is pd.NaT else r["removed_on"])
        for r in tables["abnormal_listings"]
    ]  # fmt: skip
    return _part("abnormal", ("listed_on", "reason", "authority", "removed_on"), rows, desk)


def _lists(tables: Tables, desk: Desk) -> Part:
    rows = [
        (word("list", str(r["list"]), desk.lang), r["entered_on"], r["authority"], r["exited_on"])
        for r in tables["list_entries"]
    ]
    return _part("lists", ("list", "entered_on", "authority", "exited_on"), rows, desk)


def _complaints(tables: Tables, desk: Desk) -> Part:
    """Verified ones only: others are no facts about the enterprise. Who complained is never known here."""
    rows = [
        (r["received_on"], word("complaint", str(r["kind"]), desk.lang), r["channel"], r["verified_on"])
        for r in tables["complaints"]
        if r["verified"] == "yes"
    ]
    return _part("complaints", ("received_on", "kind_of", "channel", "verified_on"), rows, desk)


def _inspections(tables: Tables, desk: Desk) -> Part:
    joined = say("list.separator", desk.lang).join
    rows = [
        (r["inspected_on"], word("purpose", str(r["purpose"]), desk.lang), r["item"],
         joined(word("outcome", c, desk.lang) for c in str(r["outcome_codes"]).split(",") if c and c != "nan"))
        for r in tables["inspections"]
    ]  # fmt: skip
    return _part("inspections", ("inspected_on", "purpose_of", "item", "outcome_codes"), rows, desk)


def _commitments(tables: Tables, desk: Desk) -> Part:
    rows = [
        (word("commitment", str(r["kind"]), desk.lang), r["committed_on"], word("kept", str(r["status"]), desk.lang),
         r["status_on"])
        for r in tables["commitments"]
    ]  # fmt: skip
    return _part("commitments", ("kind_of", "committed_on", "kept", "status_on"), rows, desk)


def _ratings(tables: Tables, desk: Desk) -> Part:
    rows = [
        (word("rating", str(r["source"]), desk.lang), r["grade"], r["valid_from"], r["valid_to"])
        for r in tables["ratings"]
        if r["source"] != "public"
    ]
    return _part("ratings", ("rating", "grade", "valid_from", "valid_to"), rows, desk)


def _tier(told: Explanation, desk: Desk) -> Part:
    """Tier, deciding rule and reasons with the records relied on."""
    lang, decided = desk.lang, told.decided
    rule = str(decided["rule_id"])
    why = desk.names.get(rule, rule) or say("rule.score", lang)
    evidence = in_words(pd.Series([decided["evidence"]]), lang).iloc[0]
    rows = [
        (heading("risk_tier", lang), word("tier", str(decided["risk_tier"]), lang)),
        (heading("risk_score", lang), str(decided["risk_score"])),
        (heading("rule", lang), why + (f" · {evidence}" if evidence else "")),
    ]
    reasons, source = told.reasons.to_dict("records"), "records" if lang == "zh" else "records_en"
    rows += [(f"{r['rank']}. +{r['points']}", " ".join(filter(None, (str(r[lang]), str(r[source]))))) for r in reasons]
    return Part(say("credit.tier", lang), (), tuple(rows), say("credit.none", lang))


def _outlook(told: Explanation, lang: Lang) -> Part:
    """What would lower the tier: how it was found, then a numbered sentence a row."""
    lines = [line.removeprefix("- ") for line in told.outlook.lines(lang)]
    rows = tuple((f"{place}." if place else say("sheet.notes", lang), line) for place, line in enumerate(lines))
    return Part(say("credit.outlook", lang), (), rows, say("credit.none", lang))


def _timeline(told: Explanation, lang: Lang) -> Part:
    rows = tuple(
        (_text(r["on"]), event_kind(str(r["kind"]), lang), word("severity", str(r["severity"]), lang),
         _text(r["authority"]))
        for r in told.events.to_dict("records")
    )  # fmt: skip
    columns = ("event_on", "event", "severity", "authority")
    return Part(say("credit.timeline", lang), tuple(heading(c, lang) for c in columns), rows, say("credit.none", lang))
