"""Workbooks: text stays text, bytes repeat, names are allowed, pages print."""

import re
import zipfile
from datetime import date, datetime

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmodel.exports.sheets import Field, Sheet, display_width, sheet_names
from riskmodel.exports.workbook import write_workbook

DAY = date(2025, 6, 30)
FIELDS = (
    Field("name", "企业名称", 20, wrap=True), Field("risk_tier", "风险等级", 12, "tier"), Field("fine_yuan", "罚款", 12, "yuan"),
    Field("opened_on", "日期", 12, "date"), Field("share", "占比", 8, "share"), Field("blank", "备注", 10),
)  # fmt: skip
FRAME = pd.DataFrame(
    {
        "name": ["=1+1", "+1", "-1", "@x", "https://a.b/", "007", "鑫淼燚犇骉囍"],
        "risk_tier": ["A 低风险", "B", "C", "D", "E 高风险", "A", "A"],
        "fine_yuan": [1.5, float("nan"), 3, 4, 5, 6, 7],
        "opened_on": pd.to_datetime(["2025-01-02", None] + ["2025-03-04"] * 5),
        "share": [0.5] * 7,
    }
)
SHEET = Sheet("名单", FRAME, FIELDS, "标题&1", "内部", "签字", ("说明一", "说明一"))


def test_the_same_sheets_give_the_same_bytes_on_any_day(tmp_path):
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(tmp_path / name, [SHEET], created=DAY)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").properties.created == datetime(2025, 6, 30)


def test_every_text_stays_text_and_no_cell_is_a_formula_or_a_link(tmp_path):
    write_workbook(tmp_path / "a.xlsx", [SHEET], created=DAY)
    tab = openpyxl.load_workbook(tmp_path / "a.xlsx")["名单"]
    column = [tab.cell(row, 1) for row in range(2, 9)]
    assert [c.value for c in column] == FRAME["name"].tolist()
    assert {c.data_type for c in column} == {"s"}
    with zipfile.ZipFile(tmp_path / "a.xlsx") as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet and "hyperlink" not in sheet


def test_headings_stand_in_row_one_and_kinds_are_kept(tmp_path):
    write_workbook(tmp_path / "a.xlsx", [SHEET], created=DAY)
    tab = openpyxl.load_workbook(tmp_path / "a.xlsx")["名单"]
    assert [c.value for c in tab[1]] == [f.heading for f in FIELDS]
    assert [c.value for c in tab[2]] == ["=1+1", "A 低风险", 1.5, datetime(2025, 1, 2), 0.5, None]
    assert [c.value for c in tab[3]][2:4] == [None, None]
    assert tab["D2"].number_format == "yyyy-mm-dd" and tab["E2"].number_format == "0.0%"


def test_pages_print_on_a4_landscape_with_heading_notice_and_numbers(tmp_path):
    write_workbook(tmp_path / "a.xlsx", [SHEET], created=DAY)
    tab = openpyxl.load_workbook(tmp_path / "a.xlsx")["名单"]
    assert (tab.page_setup.orientation, int(tab.page_setup.paperSize)) == ("landscape", 9)
    assert tab.print_title_rows in ("1:1", "$1:$1") and tab.freeze_panes == "A2" and tab.auto_filter.ref == "A1:F8"
    assert "内部" in tab.oddHeader.left.text
    assert tab.oddFooter.right.text.endswith("第 &P 页 共 &N 页") and "签字" in tab.oddFooter.left.text


def test_an_ampersand_in_a_title_starts_no_code_of_the_print_header(tmp_path):
    write_workbook(tmp_path / "a.xlsx", [SHEET], created=DAY)
    with zipfile.ZipFile(tmp_path / "a.xlsx") as parts:
        header = re.search("<oddHeader>(.*)</oddHeader>", parts.read("xl/worksheets/sheet1.xml").decode())[1]
    assert header.endswith("标题&amp;&amp;1")


def test_a_column_without_any_value_is_blank(tmp_path):
    nothing = FRAME.assign(name=float("nan"), opened_on=pd.NaT)
    write_workbook(tmp_path / "a.xlsx", [Sheet("s", nothing, FIELDS)], created=DAY)
    tab = openpyxl.load_workbook(tmp_path / "a.xlsx")["s"]
    assert [tab["A2"].value, tab["D2"].value] == [None, None]


def test_notes_of_all_sheets_stand_once_on_a_last_sheet(tmp_path):
    write_workbook(tmp_path / "a.xlsx", [SHEET, SHEET], created=DAY)
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["名单", "名单~2", "说明"]
    assert [row[0].value for row in book["说明"]] == ["说明", "内部", "说明一"]


def test_a_drop_down_points_at_the_sheet_of_choices_whatever_its_name(tmp_path):
    codes = Sheet("it's [codes]", pd.DataFrame({"code": ["1 好", "2 坏"]}), (Field("code", "代码", 20),))
    asked = Sheet("名单", FRAME, (Field("outcome", "检查结果", 20, choices=codes.name),))
    write_workbook(tmp_path / "a.xlsx", [asked, codes], created=DAY)
    tab = openpyxl.load_workbook(tmp_path / "a.xlsx")["名单"]
    rule = tab.data_validations.dataValidation[0]
    assert str(rule.sqref) == "A2:A8"
    assert rule.formula1 == "'it''s _codes_'!$A$2:$A$3"


def test_an_empty_sheet_is_a_sheet_with_headings(tmp_path):
    write_workbook(tmp_path / "a.xlsx", [Sheet("空", FRAME.iloc[:0], FIELDS)], created=DAY)
    tab = openpyxl.load_workbook(tmp_path / "a.xlsx")["空"]
    assert tab.max_row == 1 and tab["A1"].value == "企业名称"


def test_a_long_text_gets_a_row_high_enough_for_its_lines(tmp_path):
    # 60 characters of 1.9 in a column of 20 less its margin: 6 lines; a last row is fitted by the program that opens it
    long = FRAME.iloc[:2].assign(name="鑫" * 60)
    write_workbook(tmp_path / "a.xlsx", [Sheet("s", long, FIELDS)], created=DAY)
    assert openpyxl.load_workbook(tmp_path / "a.xlsx")["s"].row_dimensions[2].height >= 6 * 16.5


@given(st.lists(st.text(max_size=40), max_size=8))
def test_sheet_names_are_allowed_and_different_whatever_is_wanted(wanted):
    names = sheet_names(wanted)
    assert len({n.lower() for n in names}) == len(wanted)
    assert all(0 < len(n) <= 31 and not re.search(r"[\[\]:*?/\\]", n) and n[0] != "'" != n[-1] for n in names)


def test_a_chinese_character_is_about_two_digits_wide():
    assert display_width("12345678901234567890") == 20
    assert 9 < display_width("鑫淼燚犇骉") < 10


@pytest.mark.slow
def test_another_program_opens_and_prints_it_with_heading_notice_and_numbers_on_every_page(printed, tmp_path):
    many = pd.concat([FRAME] * 12, ignore_index=True)
    write_workbook(tmp_path / "a.xlsx", [Sheet("名单", many, FIELDS, "标题", "内部", "签字")], created=DAY)
    text = printed(tmp_path / "a.xlsx")
    pages = text.strip("\f\n").split("\f")
    assert len(pages) > 1
    for number, page in enumerate(pages, start=1):
        assert "企业名称" in page and "内部" in page
        assert f"第{number}页共{len(pages)}页" in page.replace(" ", "")
    assert text.count("=1+1") == 12
