"""Results of a draw: each row checked against it and joined with its probability, however it was written down.

Readers (of task books, of a file) only make rows of text; what a result must be stands here alone. A result carries the
probability with which its enterprise was drawn, and comes back as a weight when scorecards are fitted and rates are
estimated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from html import escape

import pandas as pd
import pyarrow as pa

from riskmodel.display.html import table as table_html
from riskmodel.display.text import Lang, say, words
from riskmodel.errors import InputError
from riskmodel.inspections.draw import Draw
from riskmodel.records.cells import days
from riskmodel.records.headers import fold
from riskmodel.records.words import code_words

# What an inspector fills in; a row in which all of it is blank is a visit that was not made yet.
TICKS = ("certificates_shown", "recheck_due")
ENTRIES = ("inspected_on", "outcome_codes", "problems", "measures", "due_on", *TICKS, "signature")
COLUMNS = (
    "record_id", "entity_id", "visit_no", "inspected_on", "known_on", "purpose", "item", "outcome_codes",
    "inspector_ids", "pi", "problems", "measures", "due_on", *TICKS, "signature",
)  # fmt: skip
REFUSED = ("row", "entity_id", "column", "found", "expected", "reason")
_NEEDED = ("entity_id", "inspected_on", "outcome_codes")
_GIVEN = ("visit_no", "entity_id", "item", "inspector_ids", *ENTRIES)
# Codes that say that there was nothing wrong stand alone: with another code a result contradicts itself.
_NOTHING_WRONG = "1"
_LANGUAGES: tuple[Lang, ...] = ("zh", "en")
_SPLIT, _SPACED = re.compile(r"[,，;；、/\n]+"), re.compile(r"[,，;；、/\s]+")
_Fault = tuple[str, str, "pd.Series[bool]", "str | pd.Series[str]"]


@dataclass(frozen=True, eq=False)
class Results:
    """What inspectors brought back from a draw.

    Attributes
    ----------
    table : DataFrame
        Accepted results, one a visit, columns `COLUMNS`: those of the table `inspections`, the number of the visit, and
        what the task book asks beside.
    refused : DataFrame
        What is wrong with rows that were not taken, one line a fault: ``row`` (its place, or number from 1),
        ``entity_id``, ``column``, ``found``, ``expected`` (where the case says more than the reason), ``reason``:
        missing_value, not_drawn, impossible_date, before_plan, future_date, before_visit, unknown_code, contradiction,
        not_a_tick, unknown_inspector, not_signed, conflicting_duplicate.
    missing : DataFrame
        Visits to be made of which no result came: entity_id, name, town, visit_no.
    blank, repeated : int
        Rows that nobody filled in, and rows that say the same as an earlier one. Rows in = accepted + refused + blank
        + repeated.
    """

    table: pd.DataFrame
    refused: pd.DataFrame
    missing: pd.DataFrame
    blank: int
    repeated: int

    def _repr_html_(self) -> str:
        facts = {"blank": self.blank, "repeated": self.repeated, "refused": len(self.refused)}
        title = say("caption.results", "zh", n=len(self.table), missing=len(self.missing), **facts)
        return table_html(self.refused, caption=title) if len(self.refused) else f"<p>{escape(title)}</p>"


def take_results(
    draw: Draw,
    frame: pd.DataFrame,
    *,
    known_on: date,
    replaced: Sequence[tuple[str, str]] = (),
    proof: str | None = None,
) -> Results:
    """Check what was filled in against the draw, and join it with the probabilities.

    Parameters
    ----------
    draw : Draw
        The draw.
    frame : DataFrame
        ``entity_id``, ``inspected_on`` and ``outcome_codes`` (codes or words of the joint list, several separated);
        optional ``visit_no``, ``item`` (default: the items of the visit), ``inspector_ids`` (default: who was sent),
        the other `ENTRIES` (ticks as yes or no), and ``row``, the place of a row for people.
    known_on : date
        Day on which the results came in.
    replaced : sequence of (out, in)
        Replacements, from the log; who came in has number, inspectors and probability of who went out.
    proof : str, optional
        Digest of the proof, from which the numbers of the records are made; default: of this draw.

    Raises
    ------
    InputError
        If a column is missing (RM-REC-004).
    """
    absent = [c for c in _NEEDED if c not in frame.columns]
    if absent:
        raise InputError("RM-REC-004", where="results", found=", ".join(map(str, frame.columns)), expected=absent[0])
    visited, day = _visited(draw, replaced), pd.Timestamp(known_on)
    every = _cells(frame)
    filled = every[list(ENTRIES)].isin(["", "no"]).all(axis=1).eq(False)
    rows = _understood(every[filled], visited)
    faults = list(_faults(rows, draw, day, signed="signature" in frame.columns))
    told = _told(rows, faults)
    good = rows[~rows.index.isin(told.index)]
    repeated = good.duplicated([c for c in good.columns if c != "row"])
    good = good[~repeated]
    refused = pd.concat([told, _conflicts(good)]).sort_index(kind="stable")
    table = _table(good[~good.index.isin(refused.index)], day, proof or draw.proof.digest)
    missing = visited[~visited["entity_id"].isin(table["entity_id"])]
    return Results(
        table,
        refused.reset_index(drop=True),
        missing[["entity_id", "name", "town", "visit_no"]].reset_index(drop=True),
        int((~filled).sum()),
        int(repeated.sum()),
    )


def number_prefix(proof: str) -> str:
    """What the numbers of all records of a draw begin with."""
    return f"SC{proof[:12]}"


def _visited(draw: Draw, replaced: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Who is visited after replacements, with number, probability and inspectors of the visit."""
    columns = ["visit_no", "entity_id", "pi", "items", "inspector_ids", "inspector_names"]
    visits = draw.visits[columns].set_index("entity_id")
    going = {entity: entity for entity in visits.index}
    for out, into in replaced:
        first = going.pop(out, None)
        if into and first is not None:
            going[into] = first
    table = visits.loc[list(going.values())].reset_index(drop=True).assign(entity_id=list(going))
    return table.merge(draw.plan.about[["entity_id", "name", "town"]], on="entity_id", how="left")


def _cells(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows as text."""
    texts = {c: frame[c].astype("str").fillna("").str.strip() if c in frame.columns else "" for c in _GIVEN}
    rows = pd.DataFrame(texts, index=frame.index).replace({"nan": "", "NaT": "", "None": "", "<NA>": ""})
    places = frame["row"] if "row" in frame.columns else pd.Series(range(1, len(rows) + 1), index=frame.index)
    return rows.assign(row=places.astype("object")).reset_index(drop=True)


def _understood(rows: pd.DataFrame, visited: pd.DataFrame) -> pd.DataFrame:
    """Rows with days, codes and the visit that they speak of; `wrong` is what is no code."""
    coded = [_coded(text) for text in rows["outcome_codes"]]
    when = {
        c: pd.Series(days(pa.array(rows[c].tolist(), "string"))[0], index=rows.index)
        for c in ("inspected_on", "due_on")
    }
    sent = visited.set_index("entity_id")[["visit_no", "pi", "items", "inspector_ids", "inspector_names"]]
    sent = sent.rename(columns={"visit_no": "visit", "inspector_ids": "sent", "inspector_names": "names"})
    numbers = rows["visit_no"].str.replace(r"\.0+$", "", regex=True)
    expected = numbers.map(dict(zip(visited["visit_no"].astype("str"), visited["entity_id"], strict=True)))
    rows = rows.join(sent, on="entity_id")
    return rows.assign(
        visit_no=numbers, item=rows["item"].where(rows["item"].ne(""), rows["items"].fillna("")),
        drawn=expected.astype("object").where(expected.notna(), ""),
        on=when["inspected_on"].astype("datetime64[s]"), due=when["due_on"].astype("datetime64[s]"),
        codes=pd.Series([codes for codes, _ in coded], index=rows.index, dtype="str"),
        wrong=pd.Series([wrong for _, wrong in coded], index=rows.index, dtype="str"),
        **{tick: rows[tick].replace("", "no") for tick in TICKS},
    )  # fmt: skip


@cache
def _outcomes() -> tuple[Mapping[str, str], Mapping[str, int]]:
    """Every wording of an outcome → its code; codes → their places in the joint list."""
    known = code_words("inspections", "outcome_codes")
    places = {code: place for place, code in enumerate(dict.fromkeys(known.values()))}
    for lang in _LANGUAGES:
        for code, meaning in words("outcome", lang).items():
            known |= dict.fromkeys((fold(meaning), fold(f"{code} {meaning}")), code)
    return known, places


def _coded(text: str) -> tuple[str, str]:
    """Codes of the joint list in its order, as codes, in words, or as a drop-down writes both; and what is no code."""
    known, places = _outcomes()
    whole = known.get(fold(text))
    parts = [text] if whole else [part for part in _SPLIT.split(text) if part.strip()]
    parts = [p for part in parts for p in ([part] if fold(part) in known else _SPACED.split(part)) if p]
    parts = [part.removesuffix(".0") for part in parts]
    wrong = [part for part in parts if fold(part) not in known]
    codes = {known[fold(part)] for part in parts if fold(part) in known}
    return ",".join(sorted(codes, key=places.__getitem__)), ", ".join(wrong)


def _faults(rows: pd.DataFrame, draw: Draw, known_on: pd.Timestamp, *, signed: bool) -> Iterator[_Fault]:
    """Reason, column, rows and what was expected; of each row and column the first one counts."""
    first = pd.Timestamp(draw.plan.provenance.as_of.day)
    term = f"{first:%Y-%m-%d} … {known_on:%Y-%m-%d}"
    several, alone = rows["codes"].str.contains(","), rows["codes"].str.split(",").map(lambda c: _NOTHING_WRONG in c)
    numbered = rows["visit_no"].ne("")
    yield "missing_value", "entity_id", rows["entity_id"].eq(""), rows["drawn"]
    yield "not_drawn", "visit_no", numbered & rows["drawn"].eq(""), ""
    other = numbered & rows["drawn"].ne("") & rows["drawn"].ne(rows["entity_id"])
    yield "not_drawn", "entity_id", other, rows["visit_no"] + ": " + rows["drawn"]
    yield "not_drawn", "entity_id", ~numbered & rows["visit"].isna(), ""
    yield "missing_value", "inspected_on", rows["inspected_on"].eq(""), ""
    yield "impossible_date", "inspected_on", rows["on"].isna(), ""
    yield "before_plan", "inspected_on", rows["on"] < first, term
    yield "future_date", "inspected_on", rows["on"] > known_on, term
    yield "missing_value", "outcome_codes", rows["outcome_codes"].eq(""), ""
    listed = ", ".join(words("outcome"))
    yield "unknown_code", "outcome_codes", rows["wrong"].ne("") | rows["codes"].eq(""), listed
    yield "contradiction", "outcome_codes", several & alone, ""
    yield "impossible_date", "due_on", rows["due"].isna() & rows["due_on"].ne(""), ""
    yield "before_visit", "due_on", rows["due"] < rows["on"], "≥ " + rows["on"].dt.strftime("%Y-%m-%d").fillna("")
    for tick in TICKS:
        yield "not_a_tick", tick, ~rows[tick].isin(["yes", "no"]), ""
    people = set(draw.people.names)
    strange = [bool(people and who) and not set(_SPACED.split(who)) <= people for who in rows["inspector_ids"]]
    yield "unknown_inspector", "inspector_ids", pd.Series(strange, index=rows.index, dtype=bool), ""
    if signed:
        names = rows["names"].fillna("").astype("str")
        lacking = [not _signed(text, sent) for text, sent in zip(rows["signature"], names, strict=True)]
        yield "not_signed", "signature", pd.Series(lacking, index=rows.index, dtype=bool), names


def _signed(written: str, sent: str) -> bool:
    """All who were sent have signed, and nobody else; where no directory was given, somebody has."""
    expected = {_close(name) for name in sent.split(",") if name}
    signed = [{_close(name) for name in split.split(written)} - {""} for split in (_SPLIT, _SPACED)]
    return bool(signed[0]) and (not expected or expected in signed)


def _close(name: str) -> str:
    return re.sub(r"\s", "", name)


def _told(rows: pd.DataFrame, faults: Sequence[_Fault]) -> pd.DataFrame:
    """One line a fault, by row, in the order of the checks."""
    found = [pd.DataFrame(columns=list(REFUSED))]
    for reason, column, wrong, expected in faults:
        at = wrong.to_numpy(dtype=bool)
        hit, more = rows[at], expected if isinstance(expected, str) else expected[at]
        shown = hit["wrong"].where(hit["wrong"].ne(""), hit[column]) if reason == "unknown_code" else hit[column]
        line = hit[["row", "entity_id"]].assign(column=column, found=shown, expected=more, reason=reason)
        found.append(line[list(REFUSED)])
    told = pd.concat(found).sort_index(kind="stable")
    return told[~told.assign(at=told.index).duplicated(["at", "column"]).to_numpy()]


def _conflicts(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows that say different things of one enterprise: none of them is taken."""
    twice = rows[rows["entity_id"].duplicated(keep=False)]
    others = [
        ", ".join(str(place) for place in twice.loc[twice["entity_id"].eq(entity), "row"].drop(at))
        for at, entity in twice["entity_id"].items()
    ]
    found = twice["inspected_on"] + " " + twice["outcome_codes"]
    lines = twice[["row", "entity_id"]].assign(column="entity_id", found=found, expected=others)
    return lines.assign(reason="conflicting_duplicate")[list(REFUSED)]


def _table(rows: pd.DataFrame, known_on: pd.Timestamp, proof: str) -> pd.DataFrame:
    ordered = rows.sort_values("visit")
    given = ordered["inspector_ids"].str.replace(_SPACED, ",", regex=True)
    numbers = ordered["visit"].astype("int64")
    table = ordered.assign(
        record_id=[f"{number_prefix(proof)}-{number:05d}" for number in numbers], visit_no=numbers,
        inspected_on=ordered["on"], due_on=ordered["due"], known_on=known_on, purpose="random",
        outcome_codes=ordered["codes"], inspector_ids=given.where(given.ne(""), ordered["sent"]),
    )  # fmt: skip
    return table[list(COLUMNS)].astype({"known_on": "datetime64[s]"}).reset_index(drop=True)
