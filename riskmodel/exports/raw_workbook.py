"""A plain workbook as other systems export it: rows of text, no formats, the same bytes for the same rows."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import xlsxwriter


def write_raw(path: Path, sheets: dict[str, list[list[object]]]) -> None:
    """Write rows of cells, one sheet a table, the header in the first row; nothing is taken for a formula."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": datetime(2025, 1, 1)})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
