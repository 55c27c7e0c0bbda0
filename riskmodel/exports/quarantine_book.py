"""The workbook in which a clerk corrects refused rows: the rows as they were delivered, a sheet for each file.

The first four columns are ours: a docket that names the row for good, why it was refused, which column is wrong, what
could be meant. Loaded back, a row replaces the refused row that its docket names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import pandas as pd

from riskmodel.display.text import Lang, say, word
from riskmodel.exports.sheets import Field, Sheet
from riskmodel.records.headers import OURS, fold, match

# Widths of our columns in half-width characters: wide enough to read, narrow enough to see several columns.
_WIDTHS = (17.0, 22.0, 20.0, 34.0)
_OURS = ("docket", "reason", "field", "candidates")
_NARROW, _WIDE = 12.0, 40.0


def quarantine_book(quarantine: pd.DataFrame, *, lang: Lang = "zh") -> tuple[Sheet, ...]:
    """What waits in quarantine, to be corrected and loaded back.

    Parameters
    ----------
    quarantine : DataFrame
        `Records.quarantine`.
    lang : {"zh", "en"}
        Language of explanations, reasons and our headers; a workbook of either is read back.

    Returns
    -------
    tuple of Sheet
        A summary by file and reason, then a sheet for each file.
    """
    summary = quarantine.assign(
        table=[word("table", table, lang) for table in quarantine["table"]],
        reason=[word("quarantine", reason, lang) for reason in quarantine["reason"]],
    )
    counts = summary.groupby(["file", "table", "reason"], sort=True).size().rename("count").reset_index()
    headings = {name: say(f"correct.{name}", lang) for name in ("file", "table", "reason", "count")}
    fields = (
        Field("file", headings["file"], 44, wrap=True), Field("table", headings["table"], 18),
        Field("reason", headings["reason"], 34, wrap=True), Field("count", headings["count"], 10, "integer"),
    )  # fmt: skip
    first = Sheet(
        say("sheet.correct", lang), counts, fields, title=say("title.correct", lang), notice=say("internal", lang),
        notes=(say("note.correct", lang), say("note.correct.persons", lang)),
    )  # fmt: skip
    return (first, *(_sheet(str(file), rows, lang) for file, rows in quarantine.groupby("file", sort=True)))


def _sheet(file: str, rows: pd.DataFrame, lang: Lang) -> Sheet:
    """The refused rows of one file: our columns, then the columns of the file."""
    cells = [json.loads(text) for text in rows["cells"]]
    headers = list(dict.fromkeys(header for row in cells for header in row))
    shown = {f"cell_{place}": header for place, header in enumerate(headers)}
    named = _named(str(rows["table"].iloc[0]), headers)
    frame = pd.DataFrame(
        {
            "docket": rows["docket"].to_numpy(),
            "reason": [word("quarantine", reason, lang) for reason in rows["reason"]],
            "field": [named.get(field, field) for field in rows["field"]],
            "candidates": rows["candidates"].to_numpy(),
            **{name: [row.get(header, "") for row in cells] for name, header in shown.items()},
        },
        dtype="str",
    )
    ours = [
        Field(name, heading, width, wrap=name != "docket")
        for name, heading, width in zip(_OURS, OURS[lang], _WIDTHS, strict=True)
    ]
    theirs = [
        Field(name, header or say("correct.line", lang), _width(frame[name], header)) for name, header in shown.items()
    ]
    return Sheet(
        file, frame, (*ours, *theirs), title=file, notice=say("internal", lang), names_fault=_OURS.index("field")
    )


def _named(table: str, headers: list[str]) -> Mapping[str, str]:
    """Our column → its header in the file."""
    known = {column: header for header, (column, _) in match(table, headers).items()}
    return {**{fold(header): header for header in headers}, **known}


def _width(column: pd.Series, header: str) -> float:
    longest = max([len(header) * 2, *(len(text) * 2 for text in column.head(200))], default=0)
    return float(min(max(longest, _NARROW), _WIDE))
