"""A file is read as what it is, whatever its suffix says; what cannot be read is named in a clear error."""

from __future__ import annotations

import io
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from riskmodel.errors import WORDS, InputError
from riskmodel.records.readers import SUFFIXES, sheets

CSV = "名称,代码\n甲,1\n".encode("gb18030")
ROWS = {1: ("甲", "1")}


def workbook():
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("处罚")
        sheet.write_row(0, 0, ["名称", "代码"])
        sheet.write_row(1, 0, ["甲", 1])
    return content.getvalue()


def parquet():
    content = io.BytesIO()
    pq.write_table(pa.table({"名称": ["甲"], "代码": [1]}), content)
    return content.getvalue()


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    ("content", "part"),
    [(CSV, ""), (workbook(), "#处罚"), (parquet(), ""), ('{"名称": "甲", "代码": 1}'.encode(), "")],
    ids=["text", "workbook", "parquet", "lines"],
)
def test_a_file_is_read_as_what_it_is(found, read, suffix, content, part):
    [sheet] = found(f"a{suffix}", content)
    assert (sheet.file, read(sheet)) == (f"a{suffix}{part}", (ROWS, {}))


def test_suffixes_in_capitals_are_understood(found, read):
    assert read(found("A.CSV", CSV)[0])[0] == ROWS


@pytest.mark.parametrize("suffix", [".xls", ".xlsx", ".csv"])
@pytest.mark.parametrize(
    "page",
    [
        "<html><table><tr><td>名称</td></tr></table></html>",
        '\r\n  <!DOCTYPE html PUBLIC "-//W3C//DTD">',
        '<table border="1"><tr><td>名称',
        '<meta http-equiv="Content-Type" content="text/html; charset=gb2312">',
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas">',
        "MIME-Version: 1.0\r\nContent-Type: multipart/related",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_a_web_page_saved_as_a_workbook_is_called_one(found, page, suffix, encoding):
    with pytest.raises(InputError) as fault:
        found(f"a{suffix}", page.encode(encoding))
    assert fault.value.code == "RM-REC-022"
    assert ".xlsx" in fault.value.message("zh")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.docx", b"PK", "RM-REC-021"),
        ("a", b"x", "RM-REC-021"),
        ("a.csv", b"%PDF-1.7", "RM-REC-021"),
        ("a.xls", b"\x1f\x8b\x08", "RM-REC-021"),
        ("a.csv", b"SQLite format 3\0", "RM-REC-021"),
        ("a.xlsx", b"", "RM-REC-020"),
        ("a.xlsx", b"PK\x03\x04" + b"\0" * 50, "RM-REC-023"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "RM-REC-023"),
        ("a.parquet", b"PAR1", "RM-REC-023"),
        ("a.csv", bytes(range(256)) * 8, "RM-REC-023"),
        ("a.xlsx", workbook()[:-40], "RM-REC-023"),
        ("a.xls", workbook().replace(b"xl/workbook.xml", b"wd/workbook.doc"), "RM-REC-021"),
    ],
)
def test_what_cannot_be_read_has_its_own_code(found, name, content, code):
    with pytest.raises(InputError) as fault:
        found(name, content)
    assert (fault.value.code, fault.value.where) == (code, name)


def test_folders_and_missing_files_are_named(tmp_path, score):
    (tmp_path / "a.csv").mkdir()
    for name, code in (("a.csv", "RM-REC-021"), ("b.csv", "RM-INP-002")):
        with pytest.raises(InputError) as fault:
            list(sheets(tmp_path / name, score=score))
        assert fault.value.code == code


def test_a_file_that_vanishes_before_it_is_read_is_an_error_of_ours(tmp_path, score, read):
    path = tmp_path / "a.csv"
    path.write_bytes(CSV)
    [sheet] = sheets(path, score=score)
    path.unlink()
    with pytest.raises(InputError) as fault:
        read(sheet)
    assert fault.value.code == "RM-REC-002"


def test_headers_that_a_sheet_does_not_have_are_not_read(found):
    [sheet] = found("a.csv", CSV)
    assert [list(batch.columns) for batch in sheet.open(["代码", "日期"])] == [["代码"]]


@pytest.mark.parametrize("code", [code for code in WORDS if re.fullmatch(r"RM-REC-02\d", code)])
def test_every_error_says_how_to_mend_it(code):
    message = InputError(code, where="a.csv", found="x").message("zh")
    assert re.fullmatch(rf"{code} .+\n  位置：a.csv\n  发现：x\n  应为：.+\n  如何处理：.+", message)
