"""Reading task books back: each fault is named, all is taken over or nothing, and the same books change nothing."""

import shutil
from dataclasses import replace
from datetime import date

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from riskmodel.cli import app
from riskmodel.errors import InputError
from riskmodel.exports.filled_books import Sent, read_books
from riskmodel.exports.folder import write_whole
from riskmodel.exports.lists import rule_names, sentences
from riskmodel.exports.results_file import sent_by, take_books
from riskmodel.exports.schedule import scheduled
from riskmodel.exports.task_books import Drawn, task_books
from riskmodel.exports.workbook import write_workbook
from riskmodel.records import Store, load

DIGEST, TODAY = "d" * 64, date(2025, 7, 10)
GOOD = {"检查日期": date(2025, 7, 7), "检查结果": "1 未发现问题", "检查人员签字": "王堃、李昇", "已亮证": "☑"}
BOOK = "第2组_2025年第28周"


@pytest.fixture
def sent(visits):
    return Sent(DIGEST, date(2025, 6, 30), visits)


@pytest.fixture
def book(visits, reasons, rules, tmp_path):
    drawn = Drawn(DIGEST, date(2025, 6, 30))
    books = task_books(
        scheduled(visits, after=drawn.as_of, visits_a_day=4),
        sentences(reasons, "zh"),
        drawn=drawn,
        names=rule_names(rules),
    )
    write_workbook(tmp_path / f"{BOOK}.xlsx", books[BOOK], created=drawn.as_of)
    return tmp_path / f"{BOOK}.xlsx"


def fill(path, rows, *, to=None, sheet=0):
    """Write cells as a person would: row of the sheet → heading → value."""
    opened = openpyxl.load_workbook(path)
    tab = opened.worksheets[sheet]
    places = {cell.value: cell.column for cell in tab[1]}
    for row, cells in rows.items():
        for heading, value in cells.items():
            tab.cell(row, places[heading]).value = value
    opened.save(to or path)
    return to or path


def faults(path, sent):
    return [(f.code, f.where, f.found) for f in read_books([path], sent, today=TODAY).faults]


def test_a_book_as_it_came_waits(book, sent):
    filled = read_books([book], sent, today=TODAY)
    assert (len(filled.results), filled.waiting, filled.faults) == (0, 2, ())


def test_a_filled_row_becomes_a_result_with_the_probability_of_the_draw(book, sent, visits):
    row = {
        **GOOD,
        "检查结果": "4,E",
        "发现问题": "台账不全",
        "处理措施": "责令改正",
        "整改期限": "2025年7月20日",
        "需复查": "☑",
    }
    filled = read_books([fill(book, {2: row})], sent, today=TODAY)
    assert filled.faults == () and filled.waiting == 1
    result = filled.results.iloc[0]
    number = int(result["visit_no"])
    drawn = visits[visits["visit_no"].eq(number)].iloc[0]
    assert (result["entity_id"], result["pi"]) == (drawn["entity_id"], drawn["pi"])
    assert result["record_id"] == f"SCdddddddddddd-{number:05d}"
    assert (result["inspected_on"], result["outcome_codes"], result["due_on"]) == ("2025-07-07", "4,E", "2025-07-20")
    assert (result["problems"], result["measures"], result["recheck_due"]) == ("台账不全", "责令改正", "yes")
    assert (result["purpose"], result["inspector_ids"]) == ("random", "a,b")


@pytest.mark.parametrize(
    ("written", "codes"),
    [("1", "1"), (1, "1"), ("未发现问题", "1"), ("E,4", "4,E"), ("4；e", "4,E"), ("4 违反质量技术监督相关规定", "4"), ("no problem found", "1"), ("4,4", "4")],
)  # fmt: skip
def test_an_outcome_may_be_chosen_or_typed(book, sent, written, codes):
    filled = read_books([fill(book, {2: {**GOOD, "检查结果": written}})], sent, today=TODAY)
    assert filled.results["outcome_codes"].tolist() == [codes]


@pytest.mark.parametrize("signed", ["王堃、李昇", "李昇,王堃", "王堃 李昇", "王堃\n李昇", "王 堃、李昇"])
def test_signatures_in_any_order_count(book, sent, signed):
    assert faults(fill(book, {2: {**GOOD, "检查人员签字": signed}}), sent) == []


BAD = [
    ("RM-RES-003", "任务编号", {"任务编号": 999}, "999"),
    ("RM-RES-003", "统一社会信用代码", {"统一社会信用代码": "91370306MA3XXXXXXX"}, "91370306MA3XXXXXXX"),
    ("RM-RES-004", "检查结果", {"检查结果": None}, "-"),
    ("RM-RES-004", "检查结果", {"检查结果": "很好"}, "很好"),
    ("RM-RES-004", "检查结果", {"检查结果": "4,Z"}, "Z"),
    ("RM-RES-009", "检查结果", {"检查结果": "1,4"}, "1,4"),
    ("RM-RES-005", "检查日期", {"检查日期": None}, "-"),
    ("RM-RES-005", "检查日期", {"检查日期": "昨天"}, "昨天"),
    ("RM-RES-005", "检查日期", {"检查日期": date(2025, 6, 29)}, "2025-06-29"),
    ("RM-RES-005", "检查日期", {"检查日期": date(2025, 7, 11)}, "2025-07-11"),
    ("RM-RES-005", "整改期限", {"整改期限": date(2025, 7, 1)}, "2025-07-01"),
    ("RM-RES-006", "检查人员签字", {"检查人员签字": None}, "-"),
    ("RM-RES-006", "检查人员签字", {"检查人员签字": "王堃"}, "王堃"),
    ("RM-RES-006", "检查人员签字", {"检查人员签字": "王堃、张三"}, "王堃、张三"),
    ("RM-RES-007", "需复查", {"需复查": "maybe"}, "maybe"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "field", "cells", "found"), BAD)
def test_each_fault_is_named_with_file_sheet_row_and_field(book, sent, code, field, cells, found):
    assert faults(fill(book, {3: {**GOOD, **cells}}), sent) == [(code, f"{BOOK}.xlsx#07-07 周一: 3: {field}", found)]


def test_all_faults_are_told_at_once(book, sent):
    wrong = fill(book, {2: {"检查结果": "很好"}, 3: {**GOOD, "检查日期": date(2030, 1, 1)}})
    assert [code for code, _, _ in faults(wrong, sent)] == ["RM-RES-004", "RM-RES-005", "RM-RES-006", "RM-RES-005"]


def test_a_book_of_another_draw_is_refused(book, sent):
    other = replace(sent, digest="e" * 64)
    assert faults(fill(book, {2: GOOD}), other) == [("RM-RES-002", f"{BOOK}.xlsx", DIGEST)]


def test_what_is_no_task_book_is_refused(tmp_path, sent):
    book = openpyxl.Workbook()
    book.active.append(["任务编号", "统一社会信用代码", "检查结果"])
    book.active.append([1, "x", "1"])
    book.save(tmp_path / "other.xlsx")
    assert [code for code, _, _ in faults(tmp_path / "other.xlsx", sent)] == ["RM-RES-001"]
    (tmp_path / "broken.xlsx").write_bytes(b"PK broken")
    assert [code for code, _, _ in faults(tmp_path / "broken.xlsx", sent)] == ["RM-RES-001"]
    assert [code for code, _, _ in faults(tmp_path / "missing.xlsx", sent)] == ["RM-INP-002"]


def test_a_missing_column_is_told(book, sent):
    opened = openpyxl.load_workbook(book)
    tab = opened.worksheets[0]
    tab.cell(1, [c.value for c in tab[1]].index("检查人员签字") + 1).value = "备注"
    opened.save(book)
    assert faults(book, sent) == [("RM-RES-001", f"{BOOK}.xlsx#07-07 周一", "- 检查人员签字")]


def test_two_copies_of_a_visit_must_agree(book, sent, tmp_path):
    same = fill(book, {2: GOOD}, to=tmp_path / "copy.xlsx")
    fill(book, {2: GOOD})
    assert len(read_books([book, same], sent, today=TODAY).results) == 1
    fill(same, {2: {"检查结果": "4"}})
    told = read_books([book, same], sent, today=TODAY).faults
    assert [(f.code, f.expected) for f in told] == [("RM-RES-008", f"{BOOK}.xlsx#07-07 周一: 2")]


def test_results_are_taken_over_once_and_corrections_replace_them(book, sent, tmp_path):
    out = tmp_path / "检查结果.csv"
    fill(book, {2: GOOD})
    first = take_books([book.parent], sent, today=TODAY, out=out)
    content = out.read_bytes()
    assert (first.new, first.corrected, first.known, first.filled.waiting) == (1, 0, 0, 1)
    again = take_books([book], sent, today=date(2025, 8, 1), out=out)
    assert (again.new, again.corrected, again.known) == (0, 0, 1) and out.read_bytes() == content
    fill(book, {2: {"检查结果": "4"}, 3: GOOD})
    more = take_books([book], sent, today=date(2025, 8, 1), out=out)
    assert (more.new, more.corrected, more.known) == (1, 1, 0)
    rows = pd.read_csv(out, dtype=str, encoding="utf-8-sig")
    assert rows["归集日期"].tolist() == ["2025-08-01"] * 2 and rows["检查结果"].tolist() == ["4", "1"]


def test_one_fault_and_nothing_is_written(book, sent, tmp_path):
    fill(book, {2: GOOD, 3: {**GOOD, "检查日期": "昨天"}})
    taken = take_books([book], sent, today=TODAY, out=tmp_path / "r.csv", store=tmp_path / "s.duckdb")
    assert taken.filled.faults and [p.name for p in tmp_path.iterdir()] == [book.name]


def test_a_file_of_something_else_is_not_overwritten(book, sent, tmp_path):
    (tmp_path / "r.csv").write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(InputError) as caught:
        take_books([fill(book, {2: GOOD})], sent, today=TODAY, out=tmp_path / "r.csv")
    assert caught.value.code == "RM-RES-011"


def test_a_formula_that_somebody_typed_does_not_run_in_the_file(book, sent, tmp_path):
    take_books(
        [fill(book, {2: {**GOOD, "处理措施": "'=1+1", "发现问题": "@x"}})], sent, today=TODAY, out=tmp_path / "r.csv"
    )
    row = pd.read_csv(tmp_path / "r.csv", dtype=str, encoding="utf-8-sig").iloc[0]
    assert row["发现问题"] == "'@x" and not row["处理措施"].startswith("=")


@pytest.fixture(scope="session")
def run_folder(sample_records, sample_assessment, tmp_path_factory):
    """What a run folder holds of its draw: proof, visits, books."""
    from riskmodel.workflow import plan_inspections

    draw = plan_inspections(sample_assessment, capacity=200).draw("seed")
    draw = draw.assign(sample_records["inspectors"], sample_records["recusals"])
    drawn = Drawn(draw.proof.digest, date(2025, 6, 30))
    planned = scheduled(draw.visits, after=drawn.as_of, visits_a_day=4)
    points = sentences(sample_assessment.reasons, "zh")
    books = task_books(planned, points, drawn=drawn, names=rule_names(sample_assessment.rules))

    def put(folder):
        (folder / "tables").mkdir()
        draw.visits.to_parquet(folder / "tables" / "visits.parquet")
        draw.proof.save(folder / "proof.json")
        (folder / "run.json").write_text("{}")
        name = next(iter(books))
        write_workbook(folder / f"{name}.xlsx", books[name], created=drawn.as_of)

    folder = tmp_path_factory.mktemp("run") / "2025-06-30"
    write_whole(folder, put)
    return folder


@pytest.mark.slow
def test_from_the_run_folder_through_the_command_into_a_store(run_folder, sample, tmp_path):
    folder = run_folder
    sent = sent_by(folder)
    book = next(folder.glob("*.xlsx"))
    tab = openpyxl.load_workbook(book).worksheets[0]
    numbers = [tab.cell(row, 1).value for row in (2, 3)]
    drawn = sent.visits.set_index("visit_no").loc[numbers]
    signed = drawn["inspector_names"].tolist()
    rows = {2: {**GOOD, "检查人员签字": signed[0]}, 3: {**GOOD, "检查结果": "4,E", "检查人员签字": signed[1]}}
    filled = fill(book, rows, to=tmp_path / "filled.xlsx")
    store = tmp_path / "s.duckdb"
    office = tmp_path / "office"
    office.mkdir()
    for name in ("企业登记信息.csv", "双随机检查结果.csv"):
        shutil.copy(sample / name, office)
    (office / "source.yaml").write_text("exported_on: 2025-06-30\nabsent: [penalties, abnormal_listings, complaints]\n")
    with Store.open(store) as kept:
        kept.append(office)
    before = len(load(store)["inspections"])
    command = [
        "results",
        "read",
        str(filled),
        "--draw",
        str(folder),
        "--out",
        str(tmp_path / "检查结果.csv"),
        "--store",
        str(store),
        "--on",
        "2025-07-10",
    ]
    for new in (2, 0):
        said = CliRunner().invoke(app, command)
        assert said.exit_code == 0, said.output
        assert f"新收 {new} 户" in said.output
        held = load(store)["inspections"]
        assert len(held) == before + 2
    mine = held[held["record_id"].str.startswith("SC" + sent.digest[:12])].sort_values("record_id")
    drawn = drawn.sort_index()
    assert mine["entity_id"].tolist() == drawn["entity_id"].tolist()
    assert mine["pi"].tolist() == drawn["pi"].tolist()
    assert sorted(mine["outcome_codes"]) == ["1", "4,E"] and set(mine["purpose"]) == {"random"}
    assert set(mine["known_on"].dt.strftime("%Y-%m-%d")) == {"2025-07-10"}
    # the same file lies in a source folder and is recognised there
    with Store.open() as fresh:
        receipt = fresh.append(tmp_path / "检查结果.csv", delivered_on=date(2025, 7, 10))
    assert receipt["table"].tolist() == ["inspections"]
    # a changed run folder is no authority
    (folder / "tables" / "visits.parquet").write_bytes(b"x")
    said = CliRunner().invoke(app, command)
    assert isinstance(said.exception, InputError) and said.exception.code == "RM-RES-010"
    with pytest.raises(InputError):
        sent_by(tmp_path)


def test_the_command_tells_every_fault_and_leaves_with_two(book, visits, tmp_path, monkeypatch):
    from riskmodel.exports import results_file

    monkeypatch.setattr(results_file, "sent_by", lambda folder: Sent(DIGEST, date(2025, 6, 30), visits))
    fill(book, {2: {**GOOD, "检查结果": "很好"}, 3: {**GOOD, "检查日期": None}})
    command = [
        "results",
        "read",
        str(book),
        "--draw",
        str(tmp_path),
        "--out",
        str(tmp_path / "r.csv"),
        "--on",
        "2025-07-10",
    ]
    said = CliRunner().invoke(app, command)
    assert (
        said.exit_code == 2
        and "RM-RES-004" in said.output
        and "RM-RES-005" in said.output
        and "共 2 处错误" in said.output
    )
    said = CliRunner().invoke(app, [*command, "--lang", "en"])
    assert "2 faults; nothing was taken" in said.output and "outcome missing" in said.output
