"""A worksheet with which a person with a spreadsheet re-checks one enterprise: formulas, no trust in us."""

from __future__ import annotations

from pathlib import Path

import xlsxwriter

from riskmodel.display.text import Lang, say
from riskmodel.inspections.replace import StratumTickets


def write_worksheet(path: Path, stratum: StratumTickets, *, lang: Lang = "zh") -> None:
    """Write the worksheet of one enterprise; for auditors only, because it shows who shares its stratum.

    The first sheet has key and message for any HMAC-SHA256 calculator, and formulas: the rank of the ticket in the
    stratum, the number that the stratum draws, and whether the enterprise is drawn. The second has all tickets.

    Parameters
    ----------
    path : Path
        File to write.
    stratum : Tickets
        Tickets and numbers of the stratum of the enterprise.
    lang : {"zh", "en"}
        Language of headings and explanations.
    """
    values = _values(stratum, lang)
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(say("recheck.sheet", lang))
        text = book.add_format({"text_wrap": True, "num_format": "@"})
        for column, (name, width) in enumerate((("what", 26), ("value", 72), ("how", 90))):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, say(f"recheck.{name}", lang))
        for row, (name, (value, formula)) in enumerate(values.items(), start=1):
            sheet.write_string(row, 0, say(f"recheck.{name}", lang), text)
            sheet.write_string(row, 2, say(f"recheck.how_{name}", lang), text)
            if formula:
                sheet.write_formula(row, 1, formula, None, value)
            elif isinstance(value, int):
                sheet.write_number(row, 1, value)
            else:
                sheet.write_string(row, 1, value, text)
        members = book.add_worksheet(say("recheck.tickets", lang))
        members.set_column(0, 1, 70)
        for row, pair in enumerate([(say("recheck.ticket", lang), say("recheck.entity_id", lang)), *stratum.tickets]):
            members.write_string(row, 0, pair[0])
            members.write_string(row, 1, pair[1])


def _values(stratum: StratumTickets, lang: Lang) -> dict[str, tuple[str | int, str]]:
    """Value and formula of each line, in the order of the rows from the second on."""
    own = next(ticket for ticket, entity in stratum.tickets if entity == stratum.entity_id)
    rank = 1 + sum(ticket < own for ticket, _ in stratum.tickets)
    tab, rows = say("recheck.tickets", lang), len(stratum.tickets) + 1
    yes, no = say("recheck.yes", lang), say("recheck.no", lang)
    expected: dict[str, tuple[str | int, str]] = {
        "shift": (stratum.shift, ""),
        "before": (stratum.before, ""),
        "own": (stratum.millionths, ""),
        "number": (stratum.number, "=INT(($B$8+$B$9+$B$7)/1000000)-INT(($B$8+$B$7)/1000000)"),
    }
    own_number = expected if stratum.alone else {"number_together": (stratum.number, "")}
    last = 6 + len(own_number)
    return {
        "key": (stratum.seed, ""),
        "message": (f"riskmodel/draw/v1|{stratum.entity_id}", ""),
        "entity_id": (stratum.entity_id, ""),
        "ticket": (own, f"=INDEX('{tab}'!$A$2:$A${rows},MATCH($B$4,'{tab}'!$B$2:$B${rows},0))"),
        "rank": (rank, f"=SUMPRODUCT(--('{tab}'!$A$2:$A${rows}<$B$5))+1"),
        **own_number,
        "drawn": (yes if rank <= stratum.number else no, f'=IF($B$6<=$B${last},"{yes}","{no}")'),
    }
