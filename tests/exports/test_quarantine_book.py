"""The correction workbook: what is written is read back, the wrong cell is marked, and the round trip mends a row."""

import json
from datetime import date

import fastexcel
import openpyxl
import pandas as pd
import pytest

from riskmodel.exports.quarantine_book import quarantine_book
from riskmodel.exports.workbook import write_workbook
from riskmodel.records import Store
from riskmodel.records.headers import OURS, docket_header

LANGS = ("zh", "en")
A = "91370306MA3ABCDE1H"
CELLS = {
    "决定书文号": "文1",
    "统一社会信用代码": "0" + A,
    "罚款金额(元)": "=1+1",
    "备注": "两\n行 '引' 𠮷 " + "长" * 100,
}


def waiting(**values: object) -> pd.DataFrame:
    row = {
        "docket": "0123456789-3", "table": "penalties", "file": "处罚:甲/乙.csv", "row": 3, "entity_id": A, "field": "fine_yuan",
        "found": "=1+1", "reason": "unreadable_amount", "candidates": "", "cells": json.dumps(CELLS, ensure_ascii=False), **values,
    }  # fmt: skip
    return pd.DataFrame([row])


@pytest.fixture
def book(tmp_path):
    write_workbook(tmp_path / "q.xlsx", quarantine_book(waiting()), created=date(2025, 6, 30))
    return tmp_path / "q.xlsx"


def test_cells_come_back_as_they_were_delivered(book):
    sheet = fastexcel.read_excel(str(book)).load_sheet("处罚_甲_乙.csv", dtypes="string").to_pandas()
    assert sheet.iloc[0][list(CELLS)].to_dict() == CELLS
    assert sheet["隔离编号"].tolist() == ["0123456789-3"]
    assert sheet["隔离原因"].tolist() == ["金额无法识别"]
    assert sheet["问题列"].tolist() == ["罚款金额(元)"]


def test_the_wrong_cell_is_marked_by_a_condition_and_nothing_is_a_formula(book):
    tab = openpyxl.load_workbook(book)["处罚_甲_乙.csv"]
    rules = [rule.formula[0] for ranges in tab.conditional_formatting for rule in ranges.rules]
    assert 'AND($C2<>"",D$1=$C2)' in rules
    assert all(cell.data_type != "f" for row in tab for cell in row)


def test_rows_of_persons_show_nothing_but_their_docket():
    sheets = quarantine_book(waiting(reason="natural_person", cells="{}"))
    assert [field.heading for field in sheets[1].fields] == ["隔离编号", "隔离原因", "问题列", "建议"]


def test_an_english_book_has_english_headings_and_is_known_by_them():
    for lang in LANGS:
        sheet = quarantine_book(waiting(), lang=lang)[1]
        headings = [field.heading for field in sheet.fields]
        assert headings[:4] == list(OURS[lang])
        assert docket_header(headings) == OURS[lang][0]
        assert all(text.isascii() for text in OURS["en"])


def test_an_empty_quarantine_has_a_summary_only():
    assert len(quarantine_book(waiting().iloc[:0])) == 1


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGS)
def test_a_corrected_workbook_loaded_back_mends_the_rows(tmp_path, lang):
    folder = tmp_path / "may"
    folder.mkdir()
    (folder / "source.yaml").write_text("absent: [abnormal_listings, complaints]\nexported_on: 2024-05-31\n", "utf-8")
    (folder / "企业.csv").write_text(f"统一社会信用代码,企业名称\n{A},甲公司\n", "utf-8")
    rows = f"文1,{A},2024-05-32,0.05\n文2,{A},2024-05-02,0.3\n文2,{A},2024-05-02,0.4\n"
    (folder / "处罚.csv").write_bytes(
        f"决定书文号,统一社会信用代码,处罚决定日期,罚款金额(万元)\n{rows}".encode("gb18030")
    )
    with Store.open(tmp_path / "s.duckdb") as store:
        store.append(folder)
        quarantine = store.records().quarantine
        assert quarantine["reason"].tolist() == ["impossible_date", "conflicting_duplicate"]
        write_workbook(tmp_path / "q.xlsx", quarantine_book(quarantine, lang=lang), created=date(2025, 6, 30))
        book = openpyxl.load_workbook(tmp_path / "q.xlsx")
        tab = book["处罚.csv"]
        heads = [cell.value for cell in tab[1]]
        tab.cell(2, heads.index("处罚决定日期") + 1).value = "2024-05-31"
        tab.cell(3, heads.index("决定书文号") + 1).value = "文3"
        book.save(tmp_path / "q.xlsx")
        receipt = store.append(tmp_path / "q.xlsx", delivered_on=date(2024, 6, 5))
        records = store.records()
    assert receipt[["rows", "accepted", "quarantined"]].to_numpy().tolist() == [[2, 2, 0]]
    assert records["penalties"].set_index("record_id")["fine_yuan"].to_dict() == {"文1": 500, "文2": 3000, "文3": 4000}
    assert not len(records.quarantine)
    old = records.intake.set_index("file").loc["处罚.csv"]
    assert old[["rows", "accepted", "quarantined", "superseded"]].tolist() == [3, 1, 0, 2]
