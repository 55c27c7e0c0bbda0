"""Two writers, one workbook: the fast one and XlsxWriter give the same cells, looks and pages."""

import re
import zipfile
from datetime import date

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmodel.exports import fast_workbook
from riskmodel.exports.lists import quality_workbook, risk_list
from riskmodel.exports.sheets import Field, Sheet
from riskmodel.exports.workbook import write_workbook
from riskmodel.named import rule_names

pytestmark = pytest.mark.skipif(fast_workbook.FastExcel is None, reason="needs rustpy-xlsxwriter")
DAY = date(2025, 6, 30)
KINDS = ("text", "number", "integer", "ordinal", "share", "date", "yuan", "tier")
FIELDS = tuple(Field(kind, f"{kind} 列", 9 + 3 * k, kind, wrap=kind == "text") for k, kind in enumerate(KINDS))
DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(1)",
    '=HYPERLINK("http://a")',
    "\t=1",
    "{=1}",
    "https://a.b/",
    "007",
    "1e5",
    "TRUE",
    "鑫淼𠮷",
]


def frame_of(texts):
    n = len(texts)
    numbers = [k / 8 if k % 3 else float("nan") for k in range(n)]
    return pd.DataFrame(
        {
            "text": texts, "tier": (["A 低风险", "E 高风险", ""] * n)[:n], "date": [pd.Timestamp("2025-01-02") if k % 2 else pd.NaT for k in range(n)],
            **dict.fromkeys(("number", "share", "yuan", "integer", "ordinal"), numbers),
        }
    )  # fmt: skip


def both(tmp_path, sheets):
    books = []
    for fast in (True, False):
        path = tmp_path / f"{fast}.xlsx"
        write_workbook(path, sheets, created=DAY, fast=fast)
        with zipfile.ZipFile(path) as parts:
            assert parts.testzip() is None
        books.append(openpyxl.load_workbook(path))
    return books


def looks(cell):
    look = cell.alignment
    return (
        cell.value, cell.data_type, cell.number_format, cell.font.name, cell.font.sz, cell.font.b, cell.font.color and cell.font.color.rgb,
        cell.fill.fgColor.rgb, look.horizontal, look.vertical, bool(look.wrap_text), look.indent,
    )  # fmt: skip


def pages(tab):
    setup, margins = tab.page_setup, tab.page_margins
    return (
        setup.orientation, int(setup.paperSize), int(setup.fitToHeight or 0), tab.sheet_properties.pageSetUpPr.fitToPage,
        tab.print_title_rows, tab.freeze_panes, tab.auto_filter.ref, tab.print_options.gridLines, tab.print_options.horizontalCentered,
        margins.left, margins.right, margins.top, margins.bottom, tab.oddHeader.left.text, tab.oddHeader.center.text,
        tab.oddFooter.left.text, tab.oddFooter.right.text, tab.sheet_view.showGridLines,
    )  # fmt: skip


def conditions(tab):
    return sorted(
        (str(area.sqref), rule.type, rule.operator, rule.text, rule.dxf.fill.bgColor.rgb, rule.dxf.font.color.rgb, rule.dxf.font.b)
        for area in tab.conditional_formatting
        for rule in area.rules
    )  # fmt: skip


def assert_alike(tmp_path, sheets):
    fast, slow = both(tmp_path, sheets)
    assert fast.sheetnames == slow.sheetnames
    assert fast.properties.created == slow.properties.created
    for name in fast.sheetnames:
        a, b = fast[name], slow[name]
        assert a.max_row == b.max_row
        for one, other in zip(a.iter_rows(max_row=b.max_row, max_col=b.max_column), b.iter_rows(), strict=True):
            assert [looks(c) for c in one if c.value is not None] == [looks(c) for c in other if c.value is not None]
        assert pages(a) == pages(b)
        assert conditions(a) == conditions(b)
        assert {k: v.width for k, v in a.column_dimensions.items()} == pytest.approx({k: v.width for k, v in b.column_dimensions.items()}, abs=0.01)  # fmt: skip
        assert tall(a) == tall(b)


def tall(sheet):
    return {row: look.height for row, look in sheet.row_dimensions.items() if look.height}


def test_both_writers_give_the_same_cells_looks_and_pages(tmp_path):
    sheet = Sheet("名单", frame_of(DANGEROUS), FIELDS, "标题&1", "内部", "签字", ("说明一",))
    assert_alike(tmp_path, [sheet, Sheet("空", frame_of([]), FIELDS)])


def test_both_writers_give_the_same_lists(tmp_path, decided, reasons, intake, quarantine, resolutions, rules):
    names = rule_names(rules)
    assert_alike(tmp_path, risk_list(decided, reasons, names=names))
    assert_alike(tmp_path, quality_workbook(intake, quarantine, resolutions))


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30),
        min_size=1,
        max_size=6,
    )
)
def test_whatever_the_text_both_writers_keep_it_as_text(tmp_path_factory, texts):
    sheet = Sheet("s", pd.DataFrame({"text": texts}), FIELDS[:1])
    books = both(tmp_path_factory.mktemp("texts"), [sheet])
    for book in books:
        assert [book["s"].cell(row + 2, 1).value for row in range(len(texts))] == texts
        assert {book["s"].cell(row + 2, 1).data_type for row in range(len(texts))} == {"s"}


@pytest.mark.parametrize("fast", [True, False])
def test_injected_formulas_stay_text_with_either_writer(tmp_path, fast):
    write_workbook(tmp_path / "a.xlsx", [Sheet("s", frame_of(DANGEROUS), FIELDS)], created=DAY, fast=fast)
    with zipfile.ZipFile(tmp_path / "a.xlsx") as parts:
        xml = parts.read("xl/worksheets/sheet1.xml").decode()
    rows = xml[xml.index("<sheetData>") : xml.index("</sheetData>")]
    assert "<f>" not in rows and "hyperlink" not in xml
    tab = openpyxl.load_workbook(tmp_path / "a.xlsx")["s"]
    assert [tab.cell(k + 2, 1).value for k in range(len(DANGEROUS))] == DANGEROUS


@pytest.mark.parametrize("fast", [True, False])
def test_the_same_sheets_give_the_same_bytes_with_either_writer(tmp_path, fast, monkeypatch):
    sheet = Sheet("s", frame_of(DANGEROUS), FIELDS)
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(tmp_path / name, [sheet], created=DAY, fast=fast)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert b"2025-06-30T00:00:00Z" in zipfile.ZipFile(tmp_path / "a.xlsx").read("docProps/core.xml")


def test_without_the_fast_writer_the_other_one_writes(tmp_path, monkeypatch):
    monkeypatch.setattr(fast_workbook, "FastExcel", None)
    write_workbook(tmp_path / "a.xlsx", [Sheet("s", frame_of(DANGEROUS), FIELDS)], created=DAY)
    with zipfile.ZipFile(tmp_path / "a.xlsx") as parts:
        assert "xl/sharedStrings.xml" in parts.namelist()  # XlsxWriter's mark: the fast one keeps texts in the cells


def test_forms_are_left_to_the_writer_that_protects_cells():
    plain = Sheet("s", frame_of(["a"]), FIELDS)
    assert fast_workbook.writes([plain])
    assert not fast_workbook.writes([plain, Sheet("f", frame_of(["a"]), (Field("x", "X", 9, entry=True),))])
    assert not fast_workbook.writes([Sheet("f", frame_of(["a"]), (Field("x", "X", 9, choices="s"),))])
    assert not fast_workbook.writes([Sheet("f", frame_of(["a"]), FIELDS, names_fault=0)])


def test_two_columns_may_have_one_heading(tmp_path):
    twice = (Field("text", "甲", 9), Field("text", "甲", 9))
    write_workbook(tmp_path / "a.xlsx", [Sheet("s", frame_of(["x"]), twice)], created=DAY)
    assert [c.value.strip() for c in openpyxl.load_workbook(tmp_path / "a.xlsx")["s"][1]] == ["甲", "甲"]


def test_in_a_long_list_no_row_has_a_height_of_its_own(tmp_path):
    from riskmodel.exports.sheets import cells, heights

    field = (Field("text", "甲", 9, wrap=True),)
    long = Sheet("s", pd.DataFrame({"text": np.full(100_001, "a\nb")}), field)
    assert heights(long, cells(long)) == {}
    short = Sheet("s", pd.DataFrame({"text": ["a\nb", "a"]}), field)
    assert heights(short, cells(short)) == {1: 37.0}


@pytest.mark.parametrize("rows", [3, 20_001])
def test_the_last_row_of_a_list_shows_all_its_lines_and_stands_there_once(tmp_path, rows):
    fields = (Field("text", "甲", 9, wrap=True),)
    write_workbook(
        tmp_path / "a.xlsx", [Sheet("s", frame_of(["短"] * (rows - 1) + ["很长的一行" * 9]), fields)], created=DAY
    )
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        found = re.findall(r'<row r="(\d+)"[^>]*>', book.read("xl/worksheets/sheet1.xml").decode())
    assert found == [str(n + 1) for n in range(rows + 1)]
    heights = tall(openpyxl.load_workbook(tmp_path / "a.xlsx")["s"])
    assert heights.get(rows + 1, 0) > 60 if rows == 3 else rows + 1 not in heights
