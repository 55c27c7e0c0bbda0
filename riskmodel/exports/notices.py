"""What is published: the plan and the list of items as open files; nothing that the policy keeps internal.

Two guards: a notice takes only columns that it names, and a table that holds a column of the forbidden kind is
refused whole, because it should never have come this near to publication.
"""

from __future__ import annotations

import csv
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa

from riskmodel.display.text import Lang, heading, word
from riskmodel.errors import RunError
from riskmodel.records.hygiene import masked

_ITEM = ("item_id", "category", "item", "subject", "weight", "method", "department", "legal_basis")
_PLAN = ("plan_name", "document", "clause", "as_of", "frame_size", "to_draw")
# Before the visits nobody outside may know who is drawn; this holds whatever a policy lists.
_BEFORE_VISITS = (
    "entity_id", "name", "visit_no", "team", "inspector_ids", "inspector_names", "risk_tier", "model_tier",
    "score_tier", "risk_score", "probability", "pi", "ticket", "stratum", "reasons",
)  # fmt: skip
# A person's name: two to four Chinese characters and nothing else.
_PERSON = r"[\u4e00-\u9fff·]{2,4}"
# A spreadsheet would run a cell that starts like this.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class PlanNotice:
    """What may be published of a plan.

    Attributes
    ----------
    name : str
        Name of the plan.
    document : str
        Number of the policy document.
    clause : str
        Clause on which the draw rests.
    as_of : date
        Day of the directory.
    enterprises : int
        Objects in the directory.
    to_draw : int
        Number to be drawn.
    """

    name: str
    document: str
    clause: str
    as_of: date
    enterprises: int
    to_draw: int


def plan_notice(facts: PlanNotice, items: pd.DataFrame, *, never: Collection[str], lang: Lang = "zh") -> pd.DataFrame:
    """The plan as it is published: one row an item, or one row where no items are given.

    Parameters
    ----------
    facts : PlanNotice
        Name, day and numbers.
    items : DataFrame
        Inspection items.
    never : collection of str
        Columns that the policy never publishes.
    lang : {"zh", "en"}
        Language of headings.

    Raises
    ------
    RunError
        If `items` holds a column that must not be published (RM-RUN-002).
    """
    rows = _items(items, never, lang)
    if rows.empty:
        rows = pd.DataFrame({column: [""] for column in _ITEM})
    values = (facts.name, facts.document, facts.clause, facts.as_of.isoformat(), facts.enterprises, facts.to_draw)
    head = pd.DataFrame({c: [v] * len(rows) for c, v in zip(_PLAN, values, strict=True)})
    return _headed(pd.concat([head, rows], axis=1), lang)


def items_notice(items: pd.DataFrame, *, never: Collection[str], lang: Lang = "zh") -> pd.DataFrame:
    """The list of inspection items as it is published.

    Raises
    ------
    RunError
        If `items` holds a column that must not be published (RM-RUN-002).
    """
    return _headed(_items(items, never, lang), lang)


def results_notice(
    results: pd.DataFrame, registry: pd.DataFrame, *, never: Collection[str], lang: Lang = "zh"
) -> pd.DataFrame:
    """The results of a draw as they are published: enterprise, day, items, departments, outcome by the standard list.

    Parameters
    ----------
    results : DataFrame
        ``entity_id``, ``inspected_on``, ``outcome_codes``; optional ``item``, ``joint``. Other columns (inspectors,
        probabilities) are left behind.
    registry : DataFrame
        ``entity_id``, ``name`` and, if known, ``kind``. Natural persons are masked: resident ids wherever they stand,
        and the name of an individual business that is nothing but a person's name.
    never : collection of str
        Columns that the policy never publishes; none of them is among these.
    lang : {"zh", "en"}
        Language of headings and outcomes.

    Raises
    ------
    RunError
        If the policy forbids one of the published columns (RM-RUN-002).
    """
    rows = results.reindex(columns=["entity_id", "inspected_on", "item", "joint", "outcome_codes"])
    known = registry.drop_duplicates("entity_id").set_index("entity_id")
    rows.insert(1, "name", known["name"].reindex(rows["entity_id"]).astype("str").fillna("").to_numpy())
    alone = rows["name"].str.fullmatch(_PERSON).to_numpy(dtype=bool, copy=True)
    if "kind" in known.columns:
        alone &= known["kind"].reindex(rows["entity_id"]).eq("individual").to_numpy(dtype=bool)
    rows["name"] = rows["name"].where(~alone, rows["name"].str[:1] + "**")
    for column in ("entity_id", "name"):
        rows[column] = pd.Series(masked(pa.array(rows[column].tolist(), pa.string())).to_pylist(), index=rows.index)
    rows["inspected_on"] = rows["inspected_on"].dt.strftime("%Y-%m-%d")
    mark = ";" if lang == "zh" else "; "
    codes = rows["outcome_codes"].astype("str").str.split(",")
    rows["outcome_codes"] = [mark.join(word("outcome", code, lang) for code in row) for row in codes]
    rows = (
        rows.astype("str").fillna("").replace("nan", "").sort_values(["inspected_on", "entity_id"], ignore_index=True)
    )
    headed = _headed(rows, lang)
    _refuse(headed, never, where="results", visited=True)
    return headed


def write_notice(path: Path, notice: pd.DataFrame, *, never: Collection[str], visited: bool = False) -> None:
    """Write a notice as CSV in UTF-8 with a byte-order mark, which spreadsheets need to show Chinese.

    A text that a spreadsheet would take for a formula gets a leading apostrophe. After the visits (`visited`) the
    notice may name the enterprises.

    Raises
    ------
    RunError
        If the notice holds a column that must not be published (RM-RUN-002), under its name or its heading.
    """
    _refuse(notice, never, where=path.name, visited=visited)
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow([_tame(str(c)) for c in notice.columns])
        writer.writerows([_tame(str(v)) for v in row] for row in notice.itertuples(index=False))


def _items(items: pd.DataFrame, never: Collection[str], lang: Lang) -> pd.DataFrame:
    _refuse(items, never, where="items")
    rows = items.reindex(columns=list(_ITEM)).astype("str").fillna("").reset_index(drop=True)
    rows["weight"] = rows["weight"].map(lambda code: word("item_weight", code, lang))
    return rows.sort_values("item_id", kind="stable", ignore_index=True)


def _headed(rows: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    return rows.rename(columns={column: heading(column, lang) for column in rows.columns})


def _refuse(frame: pd.DataFrame, never: Collection[str], *, where: str, visited: bool = False) -> None:
    forbidden = {*never, *(c for c in _BEFORE_VISITS if not (visited and c in ("entity_id", "name")))}
    forbidden |= {heading(column, "zh") for column in forbidden} | {heading(column, "en") for column in forbidden}
    found = [str(column) for column in frame.columns if str(column) in forbidden]
    if found:
        raise RunError("RM-RUN-002", where=where, found=", ".join(found))


def _tame(text: str) -> str:
    return "'" + text if text.startswith(_FORMULA) else text
