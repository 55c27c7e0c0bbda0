"""What Excel would mend or refuse in a workbook, and what a reader could not read; an empty list is neither.

Excel is stricter than the programs at hand: it reports a damaged file where LibreOffice reads on. The limits are those
that Microsoft publishes for Excel, the order of parts that of ECMA-376.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import openpyxl

from riskmodel.exports.sheets import display_width

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
# ECMA-376, CT_Worksheet: children of a sheet stand in this order, or Excel calls the file damaged.
_ORDER = (
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr", "sheetProtection",
    "protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate", "customSheetViews", "mergeCells",
    "phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup",
    "headerFooter", "rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags",
    "drawing", "legacyDrawing", "tableParts", "extLst",
)  # fmt: skip
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_DATES = re.compile(r"[ymd]")


def faults(path: Path) -> list[str]:
    """All faults of one workbook."""
    found: list[str] = []
    with zipfile.ZipFile(path) as book:
        names = book.namelist()
        found += [f"part twice: {n}" for n in set(names) if names.count(n) > 1]
        parts = {name: ElementTree.fromstring(book.read(name)) for name in names if name.endswith((".xml", ".rels"))}
    found += _types(parts, names)
    styles = parts["xl/styles.xml"]
    looks = len(styles.find(f"{_MAIN}cellXfs"))
    tints = len(styles.find(f"{_MAIN}dxfs") if styles.find(f"{_MAIN}dxfs") is not None else ())
    shared = len(parts["xl/sharedStrings.xml"]) if "xl/sharedStrings.xml" in parts else 0
    found += ["too many looks"] * (looks > 65_490)
    for name, part in parts.items():
        if name.startswith("xl/worksheets/sheet"):
            found += [f"{name}: {fault}" for fault in _sheet(part, looks, tints, shared)]
    found += _titles([e.get("name", "") for e in parts["xl/workbook.xml"].iter(f"{_MAIN}sheet")])
    return found or _read(path)


def _types(parts: dict[str, ElementTree.Element], names: list[str]) -> list[str]:
    """Every part has a type, and every relation leads to a part."""
    listed = parts["[Content_Types].xml"]
    whole = {e.get("PartName", "").lstrip("/") for e in listed} | {"[Content_Types].xml"}
    endings = {e.get("Extension") for e in listed if e.get("Extension")}
    found = [f"without a type: {n}" for n in names if n not in whole and n.rpartition(".")[2] not in endings]
    found += [f"listed but not there: {n}" for n in whole - {""} if n not in names]
    for name, part in parts.items():
        if name.endswith(".rels"):
            home = Path(name).parent.parent.as_posix().removeprefix(".")
            for relation in part:
                to = relation.get("Target", "")
                there = to.lstrip("/") if to.startswith("/") else f"{home}/{to}".lstrip("/")
                found += [f"leads nowhere: {to}"] * (relation.get("TargetMode") != "External" and there not in names)
    return found


def _titles(titles: list[str]) -> list[str]:
    found = ["two sheets of one name"] * (len({title.lower() for title in titles}) != len(titles))
    for title in titles:
        bad = not 0 < len(title) <= 31 or re.search(r"[\[\]:*?/\\]", title) or title.strip("'") != title
        found += [f"bad name of a sheet: {title}"] * bool(bad)
    return found


def _sheet(sheet: ElementTree.Element, looks: int, tints: int, shared: int) -> list[str]:
    order = [child.tag.removeprefix(_MAIN) for child in sheet]
    places = [_ORDER.index(tag) for tag in order if tag in _ORDER]
    found = ["parts of a sheet in another order"] * (places != sorted(places))
    found += [f"unknown part {tag}" for tag in order if tag not in _ORDER]
    rows = [int(row.get("r")) for row in sheet.iter(f"{_MAIN}row")]
    found += ["rows out of order"] * (rows != sorted(set(rows)))
    found += ["row too high"] * any(float(row.get("ht", 0)) > 409.5 for row in sheet.iter(f"{_MAIN}row"))
    found += ["column too wide"] * any(float(column.get("width", 0)) > 255 for column in sheet.iter(f"{_MAIN}col"))
    for cell in sheet.iter(f"{_MAIN}c"):
        value = cell.find(f"{_MAIN}v")
        found += [f"look that is not there: {cell.get('r')}"] * (int(cell.get("s", 0)) >= looks)
        outside = cell.get("t") == "s" and int(value.text) >= shared
        found += [f"text that is not there: {cell.get('r')}"] * outside
    for rule in sheet.iter(f"{_MAIN}cfRule"):
        found += ["tint that is not there"] * (int(rule.get("dxfId", 0)) >= tints)
    for rule in sheet.iter(f"{_MAIN}dataValidation"):
        said = [len(rule.findtext(f"{_MAIN}formula{n}", "")) > 255 for n in (1, 2)]
        said += [len(rule.get(k, "")) > most for k, most in (("promptTitle", 32), ("errorTitle", 32), ("prompt", 255), ("error", 225))]  # fmt: skip
        found += ["too long a rule of entry"] * any(said)
    for text in sheet.iter():
        if text.tag in (f"{_MAIN}oddHeader", f"{_MAIN}oddFooter"):
            found += ["too long a header"] * (len(text.text) > 255)
    found += ["too many links"] * (len(list(sheet.iter(f"{_MAIN}hyperlink"))) > 65_530)
    return found


def _read(path: Path) -> list[str]:
    """Names, ranges and cells, as a program reads them."""
    found: list[str] = []
    book = openpyxl.load_workbook(path)
    tables = [table for tab in book for table in tab.tables]
    found += ["two tables of one name"] * (len(set(tables)) != len(tables))
    names = [*book.defined_names.values(), *(name for tab in book for name in tab.defined_names.values())]
    for name in names:
        found += [f"bad name {name.name}"] * (not re.fullmatch(r"[A-Za-z_\\][\w.\\]{0,254}", name.name))
        found += [f"{name.name} names a sheet that is not there" for title, _ in name.destinations if title not in book]
    for tab in book:
        areas = sorted(tab.merged_cells.ranges, key=lambda area: area.min_row)
        found += ["merged cells overlap"] * any(
            not a.isdisjoint(b) for i, a in enumerate(areas) for b in areas[i + 1 :]
        )
        found += [
            f"{tab.title}!{cell.coordinate}: {fault}" for row in tab for cell in row for fault in _cell(tab, cell)
        ]
    return found


def _cell(tab, cell) -> list[str]:  # type: ignore[no-untyped-def]
    if cell.value is None:
        return []
    found = ["a formula"] * (cell.data_type == "f") + ["an error"] * (cell.data_type == "e")
    if isinstance(cell.value, str):
        found += ["too long a text"] * (len(cell.value) > 32_767)
        found += ["a sign that XML forbids"] * bool(_ILLEGAL.search(cell.value))
        found += ["a day as text"] * bool(_DATES.search(cell.number_format))
        found += [f"cut: {part}" for part in _cut(tab, cell)]
    return found


def _cut(tab, cell) -> list[str]:  # type: ignore[no-untyped-def]
    """What of a text cannot be read in its column: the whole where it does not break, words of a heading."""
    groups = [d for d in tab.column_dimensions.values() if d.min and d.min <= cell.column <= d.max]
    width = groups[0].width if groups else 8.43
    wraps = bool(cell.alignment.wrap_text)
    bold = 1.1 if cell.font.b else 1.0
    pieces = re.findall(r"[!-~]{2,}", cell.value) if wraps and cell.row == 1 else [] if wraps else [cell.value]
    return [piece for piece in pieces if display_width(piece) * bold > width]
