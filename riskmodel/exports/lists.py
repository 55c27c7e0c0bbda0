"""The office's working lists as sheets: risk list, reminders and watch list, data quality; all internal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

import pandas as pd

from riskmodel.display.text import Lang, fact_words, heading, rule_label, say, word, words
from riskmodel.exports.sheets import Field, FieldKind, Sheet
from riskmodel.exports.sign_rows import sign_rows, wave_rows, waves_of
from riskmodel.tables import TABLES, TIERS
from riskmodel.warning.signs import Signs

# column → width in half-width characters, how it is written, whether it wraps
_LOOKS: Mapping[str, tuple[float, FieldKind, bool]] = {
    "number": (7, "ordinal", False), "name": (27, "text", True), "entity_id": (21, "text", False),
    "town": (11, "text", True), "risk_tier": (13, "tier", False), "risk_score": (8, "integer", False),
    "probability": (10, "share", False), "rule": (18, "text", True), "trigger": (18, "text", True),
    "evidence": (26, "text", True),
    "credit_grade": (24, "text", True), "special_field": (10, "text", True), "reasons": (66, "text", True),
    "enterprises": (14, "integer", False), "share": (12, "share", False), "by_score": (14, "integer", False),
    "signature": (11, "text", True),
    "case_id": (23, "text", True), "stage": (11, "text", True), "opened_on": (12, "date", False),
    "stage_on": (12, "date", False), "deadline": (12, "date", False),
    "events": (7, "integer", False), "departments": (18, "text", True),
    "addressee": (22, "text", True), "status": (12, "text", False), "place": (8, "integer", False),
    "gravest": (10, "text", False),
    "talk_on": (12, "date", False), "talk_by": (10, "text", False),
    "table": (19, "text", True), "file": (28, "text", True), "rows": (12, "integer", False),
    "accepted": (12, "integer", False), "superseded": (16, "integer", False), "how": (28, "text", True),
    "score": (10, "integer", False), "candidates": (32, "text", True), "quarantined": (12, "integer", False),
    "share_quarantined": (12, "share", False),
    "reason": (22, "text", True), "count": (12, "integer", False), "row": (9, "integer", False),
    "field": (18, "text", True), "found": (34, "text", True),
    "wave": (16, "text", True), "why": (44, "text", True), "group": (20, "text", True), "usual": (14, "text", False),
    "since": (12, "date", False), "until": (12, "date", False),
}  # fmt: skip
_RISK = (
    "number", "name", "entity_id", "town", "risk_tier", "risk_score", "probability", "rule", "evidence",
    "credit_grade", "special_field", "reasons",
)  # fmt: skip
_CASE = (
    "case_id", "name", "entity_id", "town", "stage", "trigger", "opened_on", "stage_on", "deadline", "events",
    "evidence", "wave",
)  # fmt: skip
# Stages of the sheets, in the order in which a person must act.
REMINDERS = ("reminder_overdue", "reminder_due", "improving")
WATCHED = ("warning_overdue", "watched", "answer_overdue", "warned", "answered")


def ranked(decided: pd.DataFrame) -> pd.DataFrame:
    """Enterprises from the highest risk down: tier, then risk score, then id."""
    return decided.sort_values(
        ["risk_tier", "risk_score", "entity_id"], ascending=[False, False, True], kind="stable", ignore_index=True
    )


def risk_list(
    decided: pd.DataFrame, reasons: pd.DataFrame, *, names: Mapping[str, str], lang: Lang = "zh"
) -> tuple[Sheet, ...]:
    """Every enterprise with tier, score, deciding rule, credit grade and reasons; the highest risk first.

    Parameters
    ----------
    decided, reasons : DataFrame
        Tables of the assessment.
    names : mapping
        Rule id → name, from `named.rule_names`.
    lang : {"zh", "en"}
        Language of headings, codes and reasons.
    """
    table = ranked(decided)
    table["number"] = range(1, len(table) + 1)
    table["reasons"] = _by_enterprise(table, reason_texts(reasons, lang), "")
    table["rule"] = _ruled(table, names, lang).where(table["rule_id"].ne(""), say("rule.score", lang))
    table["evidence"] = in_words(table["evidence"], lang)
    table["credit_grade"] = _graded(table, lang)
    table["special_field"] = _worded(table["special_field"], lambda code: word("field", code, lang))
    columns = [c for c in _RISK if c != "probability" or table[c].notna().any()]
    table["risk_tier"] = table["risk_tier"].map(words("tier", lang))
    notes = tuple(say(key, lang) for key in ("note.risk", "note.fallback", "note.points"))
    title, notice = say("title.risk", lang), say("internal", lang)
    main = Sheet(say("sheet.risk", lang), table, _fields(columns, lang), title, notice, notes=notes)
    summary = _fields(("risk_tier", "enterprises", "share", "by_score"), lang)
    return (main, Sheet(say("sheet.tiers", lang), _tiers(decided, lang), summary, title, notice))


def watch_lists(
    cases: pd.DataFrame, digest: pd.DataFrame, found: Signs, *, names: Mapping[str, str], lang: Lang = "zh"
) -> tuple[Sheet, ...]:
    """Digests, reminders (due and held), the key watch list, who is observed, closed cases, early signs, waves."""
    table = cases.copy()
    table["trigger"], table["wave"] = _ruled(table, names, lang), waves_of(table["case_id"], found, lang)
    table["evidence"], table["deadline"] = in_words(table["evidence"], lang), table["due_on"]
    table["departments"] = table["departments"].str.replace("; ", say("list.separator", lang), regex=False)
    parts = {
        "sheet.reminders": (REMINDERS, (*_CASE, "talk_on", "talk_by", "signature")),
        "sheet.watched": (WATCHED, (*_CASE, "departments")),
        "sheet.observed": (("observed",), _CASE),
        "sheet.released": (("improved", "released", "expired"), _CASE),
    }
    sheets = [_digest_sheet(digest.assign(wave=waves_of(digest["case_id"], found, lang)), lang)]
    for key, (stages, shown) in parts.items():
        rows = table[table["stage"].isin(stages).to_numpy()]
        rows = rows.assign(order=rows["stage"].map(stages.index))
        rows = rows.sort_values(["order", "stage_on", "case_id"], ascending=[True, False, True], kind="stable")
        rows = rows.assign(stage=_worded(rows["stage"], lambda code: word("stage", code, lang)))
        shown = tuple(name for name in shown if name != "wave" or rows["wave"].ne("").any())
        sheets.append(
            Sheet(
                say(key, lang), rows, _fields(shown, lang), title=say(key, lang), notice=say("internal", lang),
                notes=(say("note.warning", lang),), lines=2 if key == "sheet.reminders" else 1,
            )
        )  # fmt: skip
    return (*sheets, *_sign_sheets(found, lang))


def _sign_sheets(found: Signs, lang: Lang) -> tuple[Sheet, ...]:
    """Early signs beside the rules, and waves of areas and industries."""
    parts = {
        "signs": (sign_rows(found, lang), ("name", "entity_id", "town", "why", "evidence", "wave")),
        "waves": (wave_rows(found, lang), ("group", "since", "until", "enterprises", "usual")),
    }
    return tuple(
        Sheet(
            say(f"sheet.{key}", lang), rows, _fields(shown, lang), title=say(f"caption.{key}", lang),
            notice=say("internal", lang), notes=(say(f"note.{key}", lang),),
        )
        for key, (rows, shown) in parts.items()
    )  # fmt: skip


def _digest_sheet(digest: pd.DataFrame, lang: Lang) -> Sheet:
    """What each department should be told this week, and what waits its turn."""
    rows = digest.assign(
        deadline=digest["due_on"],
        status=[word("status", code, lang) for code in digest["status"]],
        gravest=[word("severity", code, lang) for code in digest["gravest"]],
        evidence=in_words(digest["evidence"], lang),
    )
    shown: tuple[str, ...] = (
        "addressee", "status", "place", "name", "entity_id", "town", "gravest", "events", "stage_on", "deadline",
        "evidence",
    )  # fmt: skip
    shown += ("wave",) if rows["wave"].ne("").any() else ()
    title = say("sheet.digest", lang)
    notes = (say("note.digest", lang),)
    return Sheet(title, rows, _fields(shown, lang), title=title, notice=say("internal", lang), notes=notes)


def quality_workbook(
    intake: pd.DataFrame, quarantine: pd.DataFrame, resolutions: pd.DataFrame, *, lang: Lang = "zh"
) -> tuple[Sheet, ...]:
    """What was read, why rows were refused, every refused row with what stood there, and identities to review."""
    share = (intake["quarantined"] / intake["rows"].where(intake["rows"] > 0)).fillna(0.0)
    read = intake.assign(share_quarantined=share, table=_tables_in_words(intake["table"], lang))
    refused = quarantine.assign(
        field=[_field_in_words(t, f, lang) for t, f in zip(quarantine["table"], quarantine["field"], strict=True)],
        reason=_worded(quarantine["reason"], lambda code: word("quarantine", code, lang)),
        table=_tables_in_words(quarantine["table"], lang),
    )
    meant = resolutions.assign(
        table=_tables_in_words(resolutions["table"], lang),
        how=_worded(resolutions["how"], lambda how: word("how", how, lang)),
    )
    why = refused.groupby(["table", "reason"], sort=False).size().rename("count").reset_index()
    why = why.sort_values("count", ascending=False, kind="stable")
    title, notes = say("title.quality", lang), (say("note.quality", lang),)
    sheets = {
        "sheet.intake": (read, ("table", "file", "rows", "accepted", "quarantined", "superseded", "share_quarantined")),
        "sheet.reasons": (why, ("table", "reason", "count")),
        "sheet.quarantine": (refused, ("table", "file", "row", "entity_id", "field", "found", "reason", "candidates")),
        "sheet.resolutions": (meant, ("table", "file", "row", "found", "how", "entity_id", "score")),
    }
    return tuple(
        Sheet(say(key, lang), frame, _fields(columns, lang), title=title, notice=say("internal", lang), notes=notes)
        for key, (frame, columns) in sheets.items()
    )


def reason_texts(reasons: pd.DataFrame, lang: Lang) -> pd.Series:
    """Text by enterprise: its reasons as numbered lines, with points and records."""
    rows = reasons.sort_values(["entity_id", "rank"], kind="stable")
    before, points = say("reason.line", lang, rank="\0", sentence="\1", points="\2"), rows["points"].astype("str")
    text = _filled(before, {"\0": rows["rank"].astype("str"), "\1": rows[lang], "\2": points})
    source = rows["records" if lang == "zh" else "records_en"]
    cited = _filled(say("reason.records", lang, records="\0"), {"\0": source})
    return _joined(text + cited.where(source.ne(""), ""), rows["entity_id"])


def in_words(texts: pd.Series, lang: Lang) -> pd.Series:
    """Evidence with the words of list codes in place of the codes, and with the marks of the language.

    >>> in_words(pd.Series(["周处罚字(2024)1号(2024-01-02, 市监局); T2(2024-01-03)"]), "zh")[0]
    '周处罚字(2024)1号（2024-01-02 发生，市监局）；T2（2024-01-03 发生）'
    """
    return _worded(texts.astype("str").fillna(""), lambda text: fact_words(text, lang))


def _joined(lines: pd.Series, of: pd.Series) -> pd.Series:
    """Lines of each enterprise as one text, in their order; one step for each place, not for each enterprise."""
    place = of.groupby(of.to_numpy(), sort=False).cumcount().to_numpy()
    first = place == 0
    text = pd.Series(lines.to_numpy()[first], index=of.to_numpy()[first], dtype="str")
    for number in range(1, int(place.max(initial=0)) + 1):
        here = place == number
        behind = pd.Series(lines.to_numpy()[here], index=of.to_numpy()[here], dtype="str")
        text = text + ("\n" + behind).reindex(text.index).fillna("")
    return text


def _worded(codes: pd.Series, meaning: Callable[[str], str]) -> pd.Series:
    """A column of codes in words; each code is looked up once."""
    places, distinct = pd.factorize(codes)
    return pd.Series(pd.array([meaning(str(c)) for c in distinct], dtype="str").take(places), index=codes.index)


def _by_enterprise(table: pd.DataFrame, texts: pd.Series, otherwise: str) -> pd.Series:
    return table["entity_id"].map(texts).astype("str").fillna(otherwise)


def _filled(template: str, facts: Mapping[str, pd.Series]) -> pd.Series:
    """A template with a series in place of each mark, joined row by row."""
    parts = re.split("([" + "".join(facts) + "])", template)
    pieces = [facts.get(part, part) for part in parts if part]
    text = pieces[0]
    for piece in pieces[1:]:
        text = text + piece
    assert isinstance(text, pd.Series)
    return text


def _ruled(table: pd.DataFrame, names: Mapping[str, str], lang: Lang) -> pd.Series:
    """Name of the rule of each row; a rule without a name shows its id and the clause of the row."""

    def named(pair: str) -> str:
        rule, _, clause = pair.partition("\0")
        return names.get(rule) or (rule_label(rule, clause, lang) if rule else "")

    return _worded(table["rule_id"] + "\0" + table["clause"], named)


def _graded(table: pd.DataFrame, lang: Lang) -> pd.Series:
    grade = _worded(table["credit_grade"], lambda code: word("grade", code, lang))
    marked = _worded(grade, lambda text: say("grade.fallback", lang, grade=text))
    return grade.where(table["credit_grade_origin"].ne("fallback"), marked)


def _tiers(decided: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    counts = decided["risk_tier"].value_counts().reindex(list(TIERS), fill_value=0)
    scored = decided["score_tier"].value_counts().reindex(list(TIERS), fill_value=0)
    return pd.DataFrame(
        {
            "risk_tier": [word("tier", tier, lang) for tier in TIERS],
            "enterprises": counts.to_numpy(),
            "share": (counts / max(len(decided), 1)).to_numpy(),
            "by_score": scored.to_numpy(),
        }
    )


def sentences(reasons: pd.DataFrame, lang: Lang) -> pd.Series:
    """Sentences by enterprise as numbered lines, without points and records."""
    rows = reasons.sort_values(["entity_id", "rank"], kind="stable")
    return _joined(rows["rank"].astype("str") + ". " + rows[lang], rows["entity_id"])


def _tables_in_words(codes: pd.Series, lang: Lang) -> pd.Series:
    return codes.map(lambda code: word("table", code, lang))


def _field_in_words(table: str, field: str, lang: Lang) -> str:
    if table in TABLES and field in TABLES[table].names:
        return TABLES[table][field].zh if lang == "zh" else heading(field, lang)
    return field


def _fields(columns: Iterable[str], lang: Lang) -> tuple[Field, ...]:
    return tuple(Field(name, heading(name, lang), *_LOOKS[name]) for name in columns)
