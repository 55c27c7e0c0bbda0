"""Every workbook that is handed out, in both languages and by both writers: nothing that Excel would call damaged.

Excel itself is not at hand; `workbook_faults` asks for what it is stricter about than the programs that are.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from workbook_faults import faults

from riskmodel.exports import fast_workbook
from riskmodel.exports.contents import fill
from riskmodel.exports.quarantine_book import quarantine_book
from riskmodel.exports.recheck import write_worksheet
from riskmodel.exports.sheets import Field, Sheet
from riskmodel.exports.workbook import write_workbook
from riskmodel.inspections.replace import StratumTickets
from riskmodel.workflow import run

pytestmark = pytest.mark.slow
LANGUAGES = ("zh", "en")


@pytest.fixture(scope="module")
def month(sample, tmp_path_factory):
    return run(sample, as_of="2025-06-30", out=tmp_path_factory.mktemp("reports"), track=False).month


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_excel_would_open_every_workbook_of_a_month(month, tmp_path, monkeypatch, lang, fast):
    if not fast:
        monkeypatch.setattr(fast_workbook, "FastExcel", None)
    fill(tmp_path, month, lang=lang)
    write_workbook(
        tmp_path / "quarantine.xlsx", quarantine_book(month.records.quarantine, lang=lang),
        created=month.assessment.provenance.as_of.day, lang=lang,
    )  # fmt: skip
    books = sorted(tmp_path.rglob("*.xlsx"))
    assert len(books) > 10
    assert {book.name: found for book in books if (found := faults(book))} == {}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_excel_would_open_the_worksheet_of_an_auditor(tmp_path, lang):
    tickets = [(f"{n:064x}", f"91370306MA3TEST{n:02d}X") for n in range(20)]
    stratum = StratumTickets(
        entity_id=tickets[3][1], seed="双色球", tickets=tickets, number=5, shift=3, before=4_000_000,
        millionths=5_000_000, alone=True,
    )  # fmt: skip
    write_worksheet(tmp_path / "w.xlsx", stratum, lang=lang)
    assert [fault for fault in faults(tmp_path / "w.xlsx") if "a formula" not in fault] == []


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_cells_that_nobody_expected_damage_no_workbook(tmp_path, count, fast):
    texts = ["\x00\x0b\x1f", "￾￿", "x" * 40_000, "_x0041_", "a\r\nb", "=1+1"][:count] if count else []
    field = Field("text", "原\x07文", 20, wrap=True)
    sheet = Sheet(
        "a/b\x01", pd.DataFrame({"text": pd.Series(texts, dtype="str")}), (field,), "标题" * 200, "内部" * 200
    )
    write_workbook(tmp_path / "a.xlsx", [sheet, sheet], created=pd.Timestamp("2025-06-30").date(), fast=fast)
    assert faults(tmp_path / "a.xlsx") == []


@pytest.mark.parametrize(
    ("part", "before", "after", "fault"),
    [
        ("xl/worksheets/sheet1.xml", '<row r="2"', '<row r="1"', "rows out of order"),
        ("xl/worksheets/sheet1.xml", ' s="2"', ' s="99"', "look that is not there"),
        ("xl/workbook.xml", 'name="s"', 'name="a/b"', "bad name of a sheet"),
        ("[Content_Types].xml", "/xl/worksheets/sheet1.xml", "/xl/worksheets/sheet9.xml", "listed but not there"),
    ],
)
def test_what_was_spoilt_is_found(tmp_path, part, before, after, fault):
    frame = pd.DataFrame({"text": ["甲", "乙"], "day": pd.Timestamp("2025-01-02")})
    fields = (Field("text", "文", 20), Field("day", "日期", 12, "date"))
    write_workbook(
        tmp_path / "a.xlsx", [Sheet("s", frame, fields)], created=pd.Timestamp("2025-06-30").date(), fast=False
    )
    with zipfile.ZipFile(tmp_path / "a.xlsx") as whole, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as spoilt:
        for name in whole.namelist():
            text = whole.read(name).decode()
            assert name != part or before in text
            spoilt.writestr(name, text.replace(before, after, 1) if name == part else text)
    assert any(fault in found for found in faults(tmp_path / "b.xlsx"))
