"""Results of a draw: checked against it, joined with its probabilities, and handed to the records as inspections.

A result so carries the probability with which its enterprise was drawn, and comes back as a weight when scorecards are
fitted and rates are estimated.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from riskmodel.errors import InputError
from riskmodel.inspections.draw import Draw
from riskmodel.records.headers import fold
from riskmodel.records.words import code_words
from riskmodel.tables import TABLES

COLUMNS = (
    "record_id",
    "entity_id",
    "inspected_on",
    "known_on",
    "purpose",
    "item",
    "outcome_codes",
    "inspector_ids",
    "pi",
)
_NEEDED = ("entity_id", "inspected_on", "outcome_codes")
# Codes that say that there was nothing wrong stand alone: with another code a result contradicts itself.
_NOTHING_WRONG = "1"
_WORDS = code_words("inspections", "outcome_codes")
_SPLIT = re.compile(r"[,，;；、\s]+")


class Takes(Protocol):
    """A store of records."""

    def append(self, source: str | Path, *, delivered_on: date | None = None) -> pd.DataFrame:
        """Take in a delivery."""


@dataclass(frozen=True, eq=False)
class Results:
    """What inspectors brought back from a draw.

    Attributes
    ----------
    table : DataFrame
        Accepted results, one an enterprise, as rows of the table `inspections`: record_id, entity_id, inspected_on,
        known_on, purpose (``random``), item, outcome_codes, inspector_ids, pi.
    refused : DataFrame
        Rows that were not taken: ``row`` (from 1), ``entity_id``, ``column``, ``found``, ``reason``: missing_value,
        not_drawn, impossible_date, future_date, before_plan, unknown_code, contradiction, unknown_inspector,
        conflicting_duplicate. Rows in = accepted + refused + repeated.
    missing : DataFrame
        Enterprises to be visited of whom no result came: entity_id, name, town, visit_no.
    repeated : int
        Rows that say the same as an earlier one.
    """

    table: pd.DataFrame
    refused: pd.DataFrame
    missing: pd.DataFrame
    repeated: int

    def append(self, store: Takes, *, id_scheme: str = "uscc") -> pd.DataFrame:
        """Add the results to a store of records, as a delivery of the day on which they were known.

        The same results added twice are one: they carry the numbers of their visits. Returns the store's receipt.
        """
        day = self.table["known_on"].iloc[0].date() if len(self.table) else None
        headings = {c: TABLES["inspections"][c].zh for c in COLUMNS}
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            names = ", ".join(f"{column}: {heading}" for column, heading in headings.items())
            file = f"{{file: results.csv, columns: {{{names}}}}}"
            lines = [f"id_scheme: {id_scheme}", f"exported_on: {day}", f"tables: {{inspections: [{file}]}}"]
            (place / "source.yaml").write_text("\n".join(lines) + "\n", "utf-8")
            rows = self.table.assign(pi=self.table["pi"].map(repr)).rename(columns=headings)
            rows.to_csv(place / "results.csv", index=False, date_format="%Y-%m-%d")
            return store.append(place, delivered_on=day)


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
        ``entity_id``, ``inspected_on`` (days or YYYY-MM-DD), ``outcome_codes`` (codes or words of the joint list,
        several separated); optional ``inspector_ids`` (default: who was sent) and ``item``. Rows without any entry
        beside the enterprise count as not visited yet.
    known_on : date
        Day on which the results came in.
    replaced : sequence of (out, in)
        Replacements, from the log; who came in has the probability of the stratum.
    proof : str, optional
        Digest of the proof, from which the numbers of the records are made; default: of this draw.

    Returns
    -------
    Results
        Accepted, refused and missing.

    Raises
    ------
    InputError
        If a column is missing (RM-REC-004).
    """
    absent = [c for c in _NEEDED if c not in frame.columns]
    if absent:
        raise InputError("RM-REC-004", where="results", found=", ".join(map(str, frame.columns)), expected=absent[0])
    visited = _visited(draw, replaced)
    rows = _cells(frame)
    blank = rows["inspected_on"].eq("") & rows["outcome_codes"].eq("")
    rows = rows[~blank.to_numpy()]
    rows["on"] = pd.to_datetime(rows["inspected_on"].str[:10], format="%Y-%m-%d", errors="coerce").astype(
        "datetime64[s]"
    )
    rows["codes"] = [_coded(text) for text in rows["outcome_codes"]]
    faults = _faults(rows, draw, visited, pd.Timestamp(known_on))
    key = [*_NEEDED, "item", "inspector_ids"]
    good = rows[faults["reason"].eq("").to_numpy()]
    repeated = good.duplicated(key)
    good = good[~repeated.to_numpy()]
    twice = good["entity_id"].duplicated(keep=False)
    refused = pd.concat([faults[faults["reason"].ne("").to_numpy()], _twice(good[twice.to_numpy()])]).sort_values("row")
    table = _table(good[~twice.to_numpy()], visited, pd.Timestamp(known_on), proof or draw.proof.digest)
    missing = visited[~visited["entity_id"].isin(table["entity_id"])]
    return Results(
        table,
        refused.reset_index(drop=True),
        missing[["entity_id", "name", "town", "visit_no"]].reset_index(drop=True),
        int(repeated.sum()),
    )


def _visited(draw: Draw, replaced: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Who is visited after replacements, with number, probability and inspectors of the visit."""
    visits = draw.visits[["visit_no", "entity_id", "pi", "inspector_ids"]].set_index("entity_id")
    going = {entity: entity for entity in visits.index}
    for out, into in replaced:
        first = going.pop(out, None)
        if into and first is not None:
            going[into] = first
    table = visits.loc[list(going.values())].reset_index(drop=True).assign(entity_id=list(going))
    return table.merge(draw.plan.about[["entity_id", "name", "town"]], on="entity_id", how="left")


def _cells(frame: pd.DataFrame) -> pd.DataFrame:
    columns = [*_NEEDED, "item", "inspector_ids"]
    texts = {c: frame[c].astype("str").fillna("").str.strip() if c in frame.columns else "" for c in columns}
    rows = pd.DataFrame(texts, index=frame.index).replace({"nan": "", "NaT": "", "None": ""})
    return rows.assign(row=np.arange(1, len(rows) + 1)).reset_index(drop=True)


def _coded(text: str) -> str:
    """Codes of the joint list, comma-separated; '?' where a word is not known."""
    whole = _WORDS.get(fold(text))
    if whole is not None:
        return whole
    codes = [_WORDS.get(fold(part), "?") for part in _SPLIT.split(text) if part]
    return "?" if "?" in codes else ",".join(dict.fromkeys(codes))


def _faults(rows: pd.DataFrame, draw: Draw, visited: pd.DataFrame, known_on: pd.Timestamp) -> pd.DataFrame:
    """The first fault of each row; an empty reason where there is none."""
    plan_day = pd.Timestamp(draw.plan.provenance.as_of.day)
    people = set(draw.people.names)
    several = rows["codes"].str.contains(",", regex=False)
    alone = np.array([_NOTHING_WRONG in codes.split(",") for codes in rows["codes"]], dtype=bool)
    strange = [bool(people) and not set(_SPLIT.split(who)) <= people if who else False for who in rows["inspector_ids"]]
    checks = (
        ("missing_value", "entity_id", rows["entity_id"].eq("")),
        ("not_drawn", "entity_id", ~rows["entity_id"].isin(visited["entity_id"])),
        ("missing_value", "inspected_on", rows["inspected_on"].eq("")),
        ("impossible_date", "inspected_on", rows["on"].isna()),
        ("before_plan", "inspected_on", rows["on"] < plan_day),
        ("future_date", "inspected_on", rows["on"] > known_on),
        ("missing_value", "outcome_codes", rows["outcome_codes"].eq("")),
        ("unknown_code", "outcome_codes", rows["codes"].isin(["?", ""])),
        ("contradiction", "outcome_codes", several & alone),
        ("unknown_inspector", "inspector_ids", pd.Series(strange, index=rows.index, dtype=bool)),
    )
    found = rows[["row", "entity_id"]].assign(column="", found="", reason="")
    for reason, column, wrong in checks:
        hit = wrong.to_numpy(dtype=bool) & found["reason"].eq("").to_numpy()
        found.loc[hit, ["column", "reason"]] = [column, reason]
        found.loc[hit, "found"] = rows.loc[hit, column].to_numpy()
    return found


def _twice(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows that say different things of one enterprise: none of them is taken."""
    found = rows["inspected_on"] + " " + rows["outcome_codes"]
    return rows[["row", "entity_id"]].assign(column="entity_id", found=found, reason="conflicting_duplicate")


def _table(rows: pd.DataFrame, visited: pd.DataFrame, known_on: pd.Timestamp, proof: str) -> pd.DataFrame:
    sent = visited.rename(columns={"inspector_ids": "sent"})
    joined = rows.merge(sent, on="entity_id", how="left", validate="one_to_one").sort_values("visit_no")
    given = joined["inspector_ids"].str.replace(_SPLIT, ",", regex=True)
    table = joined.assign(
        record_id=[f"SC{proof[:12]}-{number:05d}" for number in joined["visit_no"]],
        inspected_on=joined["on"], known_on=known_on, purpose="random", outcome_codes=joined["codes"],
        inspector_ids=given.where(given.ne(""), joined["sent"]),
    )  # fmt: skip
    return table[list(COLUMNS)].astype({"known_on": "datetime64[s]"}).reset_index(drop=True)
