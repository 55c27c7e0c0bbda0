"""Workbooks: every filled sheet is found, its header too; merged cells, dates and numbers come as a person sees them."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
from datetime import datetime, time
from functools import partial
from pathlib import Path

import pytest
import xlsxwriter

from riskmodel.errors import InputError
from riskmodel.records.readers import package, sheets, workbook

FILES = Path(__file__).parent
HEADERS = ["名称", "代码", "日期", "金额"]


def book(fill, **options):
    """The bytes of a workbook; `fill` gets the book and a function that makes a format."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, options) as made:
        fill(made, lambda number: made.add_format({"num_format": number}))
    return content.getvalue()


def table(*rows, merge=()):
    def fill(made, style):
        sheet = made.add_worksheet("处罚")
        for i, row in enumerate(rows):
            sheet.write_row(i, 0, row)
        for area, text in merge:
            sheet.merge_range(area, text)

    return book(fill)


def column(read, sheet, header="代码"):
    at = sheet.headers.index(header)
    return [row[at] for row in read(sheet)[0].values()]


def test_every_filled_sheet_is_found_hidden_ones_too(found, read):
    def fill(made, style):
        for name, text in (("一", "甲"), ("空", ""), ("二", "乙")):
            sheet = made.add_worksheet(name)
            if text:
                sheet.write_column(0, 0, ["名称", text])
            if name == "二":
                sheet.hide()
        made.add_chartsheet("图")

    content = book(fill)
    first, second = found("a.xlsx", content)
    assert (first.file, first.rows, read(first)) == ("a.xlsx#一", 1, ({1: ("甲",)}, {}))
    assert (second.file, read(second)) == ("a.xlsx#二", ({1: ("乙",)}, {}))
    assert first.digest == hashlib.sha256(content + "#一".encode()).hexdigest()
    [only] = found("a.xlsx", content, sheet="二")
    assert (only.file, only.digest) == (second.file, second.digest)


def test_a_sheet_that_is_not_there_is_named_with_those_that_are(found):
    with pytest.raises(InputError) as fault:
        found("a.xlsx", table(HEADERS), sheet="许可")
    assert (fault.value.code, fault.value.found, fault.value.expected) == ("RM-REC-027", "许可", "处罚")


def test_a_workbook_without_text_is_refused(found):
    with pytest.raises(InputError) as fault:
        found("a.xlsx", table())
    assert fault.value.code == "RM-REC-020"


def test_titles_empty_rows_and_footers_are_told_apart(found, read):
    content = table(
        ["周村区行政处罚信息表"],
        ["制表日期:2024-01-01"],
        [],
        HEADERS,
        ["甲", "1"],
        [],
        ["", " "],
        ["乙", "2"],
        ["合计", "2"],
    )
    [sheet] = found("a.xlsx", content)
    assert sheet.headers == tuple(HEADERS)
    assert sheet.rows == 3
    assert read(sheet)[0] == {1: ("甲", "1", "", ""), 2: ("乙", "2", "", ""), 3: ("合计", "2", "", "")}


def test_a_table_may_begin_anywhere(found, read):
    def fill(made, style):
        sheet = made.add_worksheet()
        sheet.merge_range("C5:D5", "标题")
        sheet.write_row("C6", ["名称", "代码"])
        sheet.merge_range("C7:C8", "甲")
        sheet.write_column("D7", ["1", "2"])

    [sheet] = found("a.xlsx", book(fill))
    assert (sheet.headers, read(sheet)[0]) == (("名称", "代码"), {1: ("甲", "1"), 2: ("甲", "2")})


def test_merged_cells_are_filled_down_and_right(found, read):
    content = table(
        HEADERS, ["", "1", "a", "5"], ["", "2", "b", ""], ["乙", "", "", "7"],
        merge=[("A2:A3", "甲"), ("D2:D3", "5"), ("B4:C4", "合并")],
    )  # fmt: skip
    [sheet] = found("a.xlsx", content)
    assert read(sheet)[0] == {1: ("甲", "1", "a", "5"), 2: ("甲", "2", "b", "5"), 3: ("乙", "合并", "合并", "7")}


def test_a_row_that_is_only_the_lower_half_of_merged_cells_does_not_count(found, read):
    content = table(HEADERS[:2], [], [], [], ["丙", "3"], merge=[("A2:A3", "甲"), ("B2:B3", "1")])
    assert read(found("a.xlsx", content)[0])[0] == {1: ("甲", "1"), 2: ("丙", "3")}


def test_a_header_of_two_rows_takes_the_better_row_and_the_merged_titles_above(found, read):
    content = table(
        ["处罚信息表"], ["", "处罚", "", ""], ["", "代码", "日期", "金额"], ["甲", "1", "2", "3"],
        merge=[("A2:A3", "名称"), ("B2:D2", "处罚")],
    )  # fmt: skip
    [sheet] = found("a.xlsx", content)
    assert (sheet.headers, read(sheet)[0]) == (tuple(HEADERS), {1: ("甲", "1", "2", "3")})


def test_a_header_two_rows_high_is_one_row(found, read):
    content = table([], [], ["甲", "1"], merge=[("A1:A2", "名称"), ("B1:B2", "代码")])
    [sheet] = found("a.xlsx", content)
    assert (sheet.headers, read(sheet)[0]) == (("名称", "代码"), {1: ("甲", "1")})


def test_a_header_merged_with_the_cells_below_does_not_fill_them(found, read):
    content = table(["", "代码"], ["", "1"], ["", "2"], merge=[("A1:A3", "名称")])
    assert read(found("a.xlsx", content)[0])[0] == {1: ("", "1"), 2: ("", "2")}


def test_columns_without_header_keep_their_cells_and_empty_ones_go(found, read):
    def fill(made, style):
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, ["名称", "", "名称", ""])
        sheet.write_row(1, 0, ["甲", "x", "乙", ""])
        sheet.write_formula(1, 3, '=""', None, "")

    [sheet] = found("a.xlsx", book(fill))
    assert (sheet.headers, read(sheet)[0]) == (("名称", "column_2", "名称_2"), {1: ("甲", "x", "乙")})


def test_numbers_stored_as_text_and_text_stored_as_numbers_look_alike(found, read):
    codes = ["0123", 123, "5.0", 5.0, 0.5, "91370306MA3C0001X1", 370300000012345, "9.137E+17", 1e-7, True]
    [sheet] = found("a.xlsx", table(["代码"], *([code] for code in codes)))
    assert column(read, sheet) == [
        "0123", "123", "5.0", "5", "0.5", "91370306MA3C0001X1", "370300000012345", "9.137E+17", "0.0000001", "true"
    ]  # fmt: skip


def test_a_code_that_lost_digits_as_a_number_does_not_look_like_a_code(found, read):
    code = "913703061234567890"
    content = table(["代码"], [code], [int(code)], [float(code)], [9007199254740991], [9.137e17])
    # As a number Excel keeps 15 digits: 913703061234567??? is printed as 9.13703061234568E+17.
    lost = "9.13703061234568E+17"
    assert column(read, found("a.xlsx", content)[0]) == [code, lost, lost, "9007199254740991", "9.13700000000000E+17"]


def test_a_long_code_that_a_formula_gives_as_text_keeps_its_digits(found, read):
    def fill(made, style):
        sheet = made.add_worksheet()
        sheet.write(0, 0, "代码")
        sheet.write_formula(1, 0, '=TEXT(A9,"0")&":c "', None, "913703061234567890")

    assert column(read, found("a.xlsx", book(fill))[0]) == ["913703061234567890"]


def test_dates_are_iso_and_times_only_where_there_are_some(found, read):
    def fill(made, style):
        sheet = made.add_worksheet()
        sheet.write(0, 0, "日期")
        sheet.write_datetime(1, 0, datetime(2020, 7, 31), style("yyyy/m/d"))
        sheet.write_datetime(2, 0, datetime(2020, 7, 31, 12, 30, 5), style("yyyy-mm-dd hh:mm:ss"))
        sheet.write_datetime(3, 0, datetime(2020, 7, 31), style('yyyy"年"m"月"d"日"'))
        sheet.write_datetime(4, 0, time(8, 30), style("hh:mm"))
        sheet.write_number(5, 0, 44043)  # the same day, but the cell has no format
        sheet.write_number(6, 0, 20200731, style("yyyy-mm-dd"))  # typed into a date cell: Excel shows ####
        sheet.write_string(7, 0, "2020年7月31日")

    assert column(read, found("a.xlsx", book(fill))[0], "日期") == [
        "2020-07-31", "2020-07-31 12:30:05", "2020-07-31", "08:30:00", "44043", "20200731", "2020年7月31日"
    ]  # fmt: skip


def test_a_book_that_counts_days_from_1904_gives_the_same_dates(found, read):
    def fill(made, style):
        sheet = made.add_worksheet()
        sheet.write(0, 0, "日期")
        sheet.write_datetime(1, 0, datetime(2020, 7, 31), style("yyyy-mm-dd"))

    assert column(read, found("a.xlsx", book(fill, date_1904=True))[0], "日期") == ["2020-07-31"]


def test_errors_in_cells_stay_visible_and_results_of_formulas_are_values(found, read):
    def fill(made, style):
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, ["名称", "金额"])
        sheet.write_row(1, 0, ["甲", "=1+1"])
        sheet.write_formula(1, 1, "=1+1", None, 2)
        sheet.write(2, 0, "乙")
        sheet.write_formula(2, 1, "=1/0", None, "#DIV/0!")

    assert read(found("a.xlsx", book(fill))[0])[0] == {1: ("甲", "2"), 2: ("乙", "#DIV/0!")}


@pytest.mark.parametrize(("suffix", "merged"), [("xls", "甲公司"), ("ods", "")])
def test_older_and_open_formats_give_the_same_rows(read, score, suffix, merged):
    # Made by LibreOffice from one workbook: title, merged name, a code typed as number, a hidden sheet, an empty one.
    first, hidden = sheets(FILES / f"merged.{suffix}", score=score)
    assert first.file == f"merged.{suffix}#处罚"
    assert read(first)[0] == {
        1: ("甲公司", "91370306MA3C0001X1", "2020-07-31", "0.5"),
        2: (merged, "9.13703061234568E+17", "2020-07-31 12:30:00", "20000"),
    }
    assert read(hidden)[0] == {1: ("乙公司", "37030000012345")}


def test_errors_in_cells_of_older_formats_stay_visible_too(read, score):
    # Made by xlwt: a table that begins in the second row and column, with a cell #DIV/0! and one #N/A.
    [sheet] = sheets(FILES / "failed.xls", score=score)
    rows = {1: ("甲", "91370306000000000X", "#DIV/0!"), 2: ("乙", "#N/A", "2015-01-02")}
    assert (sheet.headers, read(sheet)[0]) == (("名称", "代码", "日期"), rows)


def test_an_open_workbook_with_errors_in_cells_is_refused(found):
    cell = b'<table:table-cell office:value-type="string" calcext:value-type='
    content = (FILES / "merged.ods").read_bytes()
    assert found("a.ods", content)
    failed = altered(content, "content.xml", cell + b'"string"', cell + b'"error"')
    with pytest.raises(InputError) as fault:
        found("a.ods", failed)
    assert (fault.value.code, fault.value.found) == ("RM-REC-023", "cells that show an error, such as #N/A")


def record(kind, body=b""):
    number = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return number + bytes([len(body)]) + body


def wide(text):
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def test_binary_workbooks_are_read(found, read):
    # The few records that a sheet needs (MS-XLSB 2.1.7): bundle of sheets; dimension, row, cells with a string, number or error.
    listed = record(143) + record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("处罚")) + record(144)
    cells = [record(148, struct.pack("<IIII", 0, 2, 0, 1)), record(145)]
    for row, texts in enumerate((["名称", "代码"], ["甲", 9.137e17], ["乙", b"\x2a"])):
        cells.append(record(0, struct.pack("<I", row)))
        for i, text in enumerate(texts):
            kind = {float: 5, str: 6, bytes: 3}[type(text)]
            body = {5: partial(struct.pack, "<d"), 6: wide, 3: bytes}[kind](text)
            cells.append(record(kind, struct.pack("<II", i, 0) + body))
    link = '<Relationship Id="rId1" Type="worksheet" Target="worksheets/sheet1.bin"/>'
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.bin", record(131) + listed + record(132))
        archive.writestr("xl/_rels/workbook.bin.rels", f"<Relationships>{link}</Relationships>")
        archive.writestr("xl/worksheets/sheet1.bin", b"".join(cells) + record(146))
    [sheet] = found("a.xlsb", content.getvalue())
    assert (sheet.file, read(sheet)[0]) == ("a.xlsb#处罚", {1: ("甲", "9.13700000000000E+17"), 2: ("乙", "#N/A")})


def test_a_large_workbook_is_loaded_by_another_process_with_the_same_result(found, read, monkeypatch):
    content = table(HEADERS, ["甲", 913703061234567890, "", "1"], ["", "2", "", ""], merge=[("A2:A3", "甲")])
    [here] = found("a.xlsx", content)
    monkeypatch.setattr(workbook, "_SMALL", 0)
    [there] = found("a.xlsx", content)
    assert (here.headers, here.digest, here.rows, read(here)) == (there.headers, there.digest, there.rows, read(there))
    assert read(there)[0] == {1: ("甲", "9.13703061234568E+17", "", "1"), 2: ("甲", "2", "", "")}
    with pytest.raises(InputError) as fault:
        found("a.xlsx", content, sheet="许可")
    assert (fault.value.code, fault.value.expected) == ("RM-REC-027", "处罚")


# --- Hostile and damaged workbooks.


def altered(content, part, old, new):
    """The same workbook with one part changed."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            assert name != part or old in data
            target.writestr(name, data.replace(old, new) if name == part else data)
    return result.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize("small", [True, False], ids=["here", "in a child"])
@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "xl/_rels/workbook.xml.rels"])
def test_entities_are_refused_wherever_they_are_declared(found, monkeypatch, part, small):
    monkeypatch.setattr(workbook, "_SMALL", workbook._SMALL if small else 0)
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    content = table(HEADERS, ["甲", "1", "2", "3"])
    with pytest.raises(InputError) as fault:
        found("a.xlsx", altered(content, part, b"?>", b"?>" + laughs))
    assert fault.value.code == "RM-REC-023"
    assert "DOCTYPE" in fault.value.found


def test_entities_that_are_not_declared_do_not_expand(found, read):
    content = altered(table(["名称"], ["甲"]), "xl/sharedStrings.xml", "甲".encode(), b"&f;&#x4e59;&amp;")
    try:
        rows = read(found("a.xlsx", content)[0])[0]
    except InputError as fault:
        assert fault.code == "RM-REC-023"
    else:
        assert "乙&" in rows[1][0]


@pytest.mark.parametrize("place", [b'r="XFD1048576"', b"r='XFD1048576'", b's="1" r = "XFD1048576"'])
def test_a_cell_in_the_last_corner_does_not_exhaust_the_memory(found, place):
    content = altered(table(["名称"], ["甲"]), SHEET, b'r="A2" t', place + b" t")
    with pytest.raises(InputError) as fault:
        found("a.xlsx", content)
    assert fault.value.code == "RM-REC-026"


def test_a_cell_in_the_last_corner_ends_only_the_child(found, monkeypatch):
    monkeypatch.setattr(workbook, "_SMALL", 0)
    content = altered(table(["名称"], ["甲"]), SHEET, b'r="A2" t', b'r="XFD1048576" t')
    with pytest.raises(InputError) as fault:
        found("a.xlsx", content)
    assert fault.value.code == "RM-REC-026"


def test_a_bomb_is_refused_before_it_is_loaded(found):
    content = altered(table(["名称"], ["甲"]), SHEET, b"<sheetData>", b" " * (200 << 20) + b"<sheetData>")
    assert len(content) < 1 << 20
    with pytest.raises(InputError) as fault:
        found("a.xlsx", content)
    assert fault.value.code == "RM-REC-026"


def test_a_part_that_is_longer_than_it_says_is_refused(found):
    content = bytearray(altered(table(["名称"], ["甲"]), SHEET, b"<sheetData>", b" " * (1 << 20) + b"<sheetData>"))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        length = struct.pack("<I", archive.getinfo(SHEET).file_size)
    assert content.count(length) >= 2  # in the part's own head and in the directory
    with pytest.raises(InputError) as fault:
        found("a.xlsx", bytes(content).replace(length, struct.pack("<I", 100)))
    assert fault.value.code == "RM-REC-026"


def test_merged_areas_that_overlap_are_refused(found):
    merged = b'<mergeCells><mergeCell ref="A1:B2"/><mergeCell ref="A1:B2"/></mergeCells>'
    content = altered(table(["名称", "代码"], ["甲", "1"]), SHEET, b"</sheetData>", b"</sheetData>" + merged)
    with pytest.raises(InputError) as fault:
        found("a.xlsx", content)
    assert fault.value.code == "RM-REC-023"


@pytest.mark.parametrize("suffix", [".xls", ".xlsx"])
def test_a_protected_workbook_is_called_protected(found, suffix):
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 500
    with pytest.raises(InputError) as fault:
        found(f"a{suffix}", content)
    assert fault.value.code == "RM-REC-024"


def test_names_with_backslashes_and_prefixed_elements_are_understood(found, read):
    content = table(["名称", "代码"], ["甲", 913703061234567890], ["", "2"], merge=[("A2:A3", "甲")])
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(result, "w") as target:
        for name in source.namelist():
            target.writestr(name.replace("/", "\\"), source.read(name))
    assert read(found("a.xlsx", result.getvalue())[0])[0] == {1: ("甲", "9.13703061234568E+17"), 2: ("甲", "2")}


def test_facts_are_found_across_the_borders_of_chunks():
    cell = b'<c r="A1" s="1"><f>B1</f><v>9.1370306123456704E+16</v></c>'
    text = b'<c r="A2" t="str"><v>913703061234567890</v></c>'
    whole = b"<sheetData>" + cell + text + b'</sheetData><mergeCells><mergeCell ref="A1:B3"/></mergeCells></worksheet>'
    for size in range(len(cell), len(whole) + 1):
        chunks = (whole[i : i + size] for i in range(0, len(whole), size))
        facts = package._facts(chunks, "a.xlsx", places=True)
        assert (facts.numbers, facts.merged) == ({"91370306123456704"}, [(0, 0, 2, 1)])
