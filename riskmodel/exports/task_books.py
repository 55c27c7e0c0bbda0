"""Task books: a workbook for each team and week, to be printed or filled in on screen, and read back by `filled_books`.

A sheet for each day, A4 landscape. Only the cells to be filled in can be changed; the sheet `Draw` names the proof, so
that a book of another draw is noticed. It shows why an enterprise is visited and what to look at, but no tier, score or
probability.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from riskmodel.display.text import Lang, heading, say, word, words
from riskmodel.exports.sheets import Field, FieldKind, Sheet

FORMAT = "riskmodel-task-book/1"
# column → width in half-width characters, how it is written, whether it wraps
_GIVEN: Mapping[str, tuple[float, FieldKind, bool]] = {
    "visit_no": (6, "ordinal", False), "object": (22, "text", True), "entity_id": (21, "text", False),
    "look_at": (30, "text", True), "inspector_names": (9, "text", True),
}  # fmt: skip
ENTRIES: Mapping[str, tuple[float, FieldKind, bool]] = {
    "certificates_shown": (6, "tick", False), "inspected_on": (11, "date", False),
    "outcome_codes": (15, "text", True), "problems": (24, "text", True),
    "measures": (18, "text", True), "due_on": (11, "date", False),
    "recheck_due": (6, "tick", False), "signature": (12, "text", True),
}  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """What a book must know of its draw.

    Attributes
    ----------
    digest : str
        Digest of the proof.
    as_of : date
        Day of the draw; no visit can be earlier.
    """

    digest: str
    as_of: date


def task_books(
    visits: pd.DataFrame,
    reasons: pd.Series,
    *,
    drawn: Drawn,
    names: Mapping[str, str],
    lang: Lang = "zh",
) -> dict[str, tuple[Sheet, ...]]:
    """File name → sheets: a book for each team and week.

    Parameters
    ----------
    visits : DataFrame
        Visits of a draw in the order in which they are made, with ``planned_on``.
    reasons : Series
        Enterprise → sentences, one a line.
    drawn : Drawn
        The draw.
    names : mapping
        Rule id → name, from `named.rule_names`.
    lang : {"zh", "en"}
        Language of headings and codes.
    """
    table = _by_week(_shown(visits, reasons, names=names, lang=lang), lang)
    books: dict[str, tuple[Sheet, ...]] = {}
    for (team, year, week), rows in table.groupby(["team", "year", "week"], sort=False):
        when = {"team": team, "year": year, "week": week}
        books[say("book.file", lang, **when)] = _book(rows, drawn, when=when, lang=lang)
    return books


def entry_headings(lang: Lang) -> dict[str, str]:
    """Heading → column of all that is read back."""
    return {heading(name, lang): name for name in ("visit_no", "entity_id", *ENTRIES)}


def _book(rows: pd.DataFrame, drawn: Drawn, *, when: Mapping[str, object], lang: Lang) -> tuple[Sheet, ...]:
    week = say("book.week", lang, **when)
    fields = _fields(lang)
    notes = tuple(say(key, lang) for key in ("note.task", "note.paper", "note.officers", "note.locked"))
    days = []
    for planned, visits in rows.groupby("planned_on"):
        day = pd.Timestamp(str(planned))
        named = say("book.day", lang, day=f"{day:%m-%d}", weekday=word("weekday", str(day.isoweekday()), lang))
        title = say("book.title", lang, title=say("title.task", lang), team=when["team"], day=f"{day:%Y-%m-%d}")
        form = Sheet(
            named, visits, fields, title, say("internal.task", lang), say("sign", lang), notes=notes, lines=6,
            earliest=drawn.as_of,
        )  # fmt: skip
        days.append(form)
    codes = pd.DataFrame([{"code": f"{code} {meaning}"} for code, meaning in words("outcome", lang).items()])
    facts = {
        "book.format": FORMAT, "book.draw": drawn.digest, "book.as_of": drawn.as_of.isoformat(),
        "team": str(when["team"]), "week": week,
    }  # fmt: skip
    labels = [say(key, lang) if "." in key else heading(key, lang) for key in facts]
    about = pd.DataFrame({"fact": labels, "value": list(facts.values())})
    outcomes = say("sheet.outcomes", lang)
    return (
        *days,
        Sheet(outcomes, codes, (Field("code", heading("outcome_codes", lang), 60),), outcomes),
        Sheet(
            say("sheet.book", lang),
            about,
            (Field("fact", heading("fact", lang), 20), Field("value", heading("value", lang), 70)),
            say("sheet.book", lang),
        ),
    )


def _fields(lang: Lang) -> tuple[Field, ...]:
    choices = say("sheet.outcomes", lang)
    given = [Field(name, heading(name, lang), *look) for name, look in _GIVEN.items()]
    entries = [
        Field(name, heading(name, lang), *look, choices=choices if name == "outcome_codes" else "", entry=True)
        for name, look in ENTRIES.items()
    ]
    return (*given, *entries)


def _shown(visits: pd.DataFrame, reasons: pd.Series, *, names: Mapping[str, str], lang: Lang) -> pd.DataFrame:
    """Visits in words: what, where and why in two cells, so that the page stays readable."""
    special = visits["special_field"]
    fields = [say("book.field", lang, field=word("field", f, lang)) if f != "none" else "" for f in special]
    objects = zip(visits["name"], visits["town"].fillna(""), fields, strict=True)
    why = visits["because"].map(lambda rule: names.get(rule, word("because", rule, lang)))
    points = visits["entity_id"].map(reasons).fillna("").astype("str")
    items = pd.Series(
        [say("book.items", lang, items=names) if names else "" for names in visits["items"]], visits.index
    )
    return visits.assign(
        object=[say("book.object", lang, name=n, town=t, field=f).rstrip() for n, t, f in objects],
        look_at=(items + why + "\n" + points).str.rstrip("\n"),
        special=special.ne("none"),
        inspector_names=visits["inspector_names"].str.replace(",", "\n", regex=False),
    )


def _by_week(visits: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    calendar = visits["planned_on"].dt.isocalendar()
    teams = [word("team", t, lang) if t else say("team.none", lang) for t in visits["team"]]
    return visits.assign(team=teams, year=calendar["year"].to_numpy(), week=calendar["week"].to_numpy())


def visits_by_week(visits: pd.DataFrame, lang: Lang = "zh") -> Sheet:
    """Who makes how many visits in which week and where, for the office.

    Parameters
    ----------
    visits : DataFrame
        As for `task_books`.
    lang : {"zh", "en"}
        Language of headings.
    """
    table = _by_week(visits, lang)
    joined = say("list.separator", lang).join
    by = table.groupby(["team", "year", "week"], sort=False)
    rows = pd.DataFrame(
        {
            "days": by["planned_on"].agg(lambda d: say("book.days", lang, first=d.min().date(), last=d.max().date())),
            "inspectors": by["inspector_names"].agg(
                lambda rows: joined(dict.fromkeys(who for names in rows for who in names.split(",") if who))
            ),
            "visits": by.size(),
            "special_visits": by["special_field"].agg(lambda fields: int(fields.ne("none").sum())),
            "towns": by["town"].agg(lambda towns: joined(dict.fromkeys(filter(None, towns)))),
        }
    ).reset_index()
    rows["week"] = [say("book.week", lang, year=y, week=w) for y, w in zip(rows["year"], rows["week"], strict=True)]
    looks: Mapping[str, tuple[float, FieldKind, bool]] = {
        "team": (14, "text", False), "week": (16, "text", False), "days": (26, "text", False),
        "inspectors": (36, "text", True),
        "visits": (10, "integer", False), "special_visits": (14, "integer", False), "towns": (60, "text", True),
    }  # fmt: skip
    fields = tuple(Field(name, heading(name, lang), *look) for name, look in looks.items())
    title = say("title.teams", lang)
    return Sheet(title, rows, fields, title, say("internal.task", lang))
