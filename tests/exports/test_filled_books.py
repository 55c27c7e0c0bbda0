"""Reading task books back: each fault is named, all is taken over or nothing, and the same books change nothing."""

import shutil
from datetime import date
from types import SimpleNamespace

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from riskmodel import workflow_inspect
from riskmodel.cli import app
from riskmodel.errors import DrawError, InputError, RiskModelError
from riskmodel.exports.filled_books import read_books
from riskmodel.exports.lists import sentences
from riskmodel.exports.results_file import faults_of, keep_results
from riskmodel.exports.schedule import scheduled
from riskmodel.exports.task_books import Drawn, task_books
from riskmodel.exports.workbook import write_workbook
from riskmodel.inspections.log import DrawLog
from riskmodel.inspections.people import Inspector, People
from riskmodel.inspections.results import take_results
from riskmodel.named import rule_names
from riskmodel.records import Store, load
from riskmodel.values import AsOf
from riskmodel.workflow_inspect import Signature, draw_of, replace_in, results_of

DIGEST, TODAY = "d" * 64, date(2025, 7, 10)
GOOD = {"检查日期": date(2025, 7, 7), "检查结果": "1 未发现问题", "检查人员签字": "王堃、李昇", "已亮证": "☑"}
BOOK = "第2组_2025年第28周"


@pytest.fixture
def sent(visits):
    """What taking results back needs of a draw."""
    people = People((Inspector("a", "王堃"), Inspector("b", "李昇")))
    provenance = SimpleNamespace(as_of=AsOf(date(2025, 6, 30)))
    plan = SimpleNamespace(provenance=provenance, about=visits[["entity_id", "name", "town"]])
    return SimpleNamespace(visits=visits, plan=plan, people=people, proof=SimpleNamespace(digest=DIGEST))


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


def taken(paths, sent, *, on=TODAY, replaced=()):
    """Results of books, with the faults as they are told."""
    books = read_books(paths, DIGEST)
    results = take_results(sent, books.rows, known_on=on, replaced=replaced)
    return results, [*books.faults, *faults_of(results, "zh")]


def faults(path, sent):
    return [(f.code, f.where, f.found) for f in taken([path], sent)[1]]


def test_a_book_as_it_came_waits(book, sent):
    results, wrong = taken([book], sent)
    assert (len(results.table), results.blank, len(results.missing), wrong) == (0, 2, 3, [])


def test_a_filled_row_becomes_a_result_with_the_probability_of_the_draw(book, sent, visits):
    row = {
        **GOOD,
        "检查结果": "4,E",
        "发现问题": "台账不全",
        "处理措施": "责令改正",
        "整改期限": "2025年7月20日",
        "需复查": "☑",
    }
    results, wrong = taken([fill(book, {2: row})], sent)
    assert wrong == [] and results.blank == 1
    result = results.table.iloc[0]
    number = int(result["visit_no"])
    drawn = visits[visits["visit_no"].eq(number)].iloc[0]
    assert (result["entity_id"], result["pi"]) == (drawn["entity_id"], drawn["pi"])
    assert result["record_id"] == f"SCdddddddddddd-{number:05d}"
    assert (result["inspected_on"], result["outcome_codes"]) == (pd.Timestamp("2025-07-07"), "4,E")
    assert (result["due_on"], result["problems"]) == (pd.Timestamp("2025-07-20"), "台账不全")
    assert (result["measures"], result["recheck_due"]) == ("责令改正", "yes")
    assert (result["purpose"], result["inspector_ids"]) == ("random", "a,b")


def test_who_came_in_for_another_is_known_by_the_log(book, sent, visits):
    out, into = taken([fill(book, {2: GOOD})], sent)[0].table["entity_id"].iloc[0], "91370306MA3XXXXXXX"
    fill(book, {2: {"统一社会信用代码": into}})
    results, wrong = taken([book], sent, replaced=[(out, into)])
    old = visits.set_index("entity_id").loc[out]
    new = results.table.iloc[0]
    assert wrong == [] and (new["entity_id"], new["visit_no"], new["pi"]) == (into, old["visit_no"], old["pi"])
    fill(book, {2: {"统一社会信用代码": out}})
    told = taken([book], sent, replaced=[(out, into)])[1]
    assert [(f.code, f.found, f.expected) for f in told] == [("RM-RES-003", out, f"{old['visit_no']}: {into}")]


@pytest.mark.parametrize(
    ("written", "codes"),
    [("1", "1"), (1, "1"), ("未发现问题", "1"), ("E,4", "4,E"), ("4；e", "4,E"), ("4 违反质量技术监督相关规定", "4"), ("no problem found", "1"), ("4,4", "4")],
)  # fmt: skip
def test_an_outcome_may_be_chosen_or_typed(book, sent, written, codes):
    results, _ = taken([fill(book, {2: {**GOOD, "检查结果": written}})], sent)
    assert results.table["outcome_codes"].tolist() == [codes]


@pytest.mark.parametrize("signed", ["王堃、李昇", "李昇,王堃", "王堃 李昇", "王堃\n李昇", "王 堃、李昇"])
def test_signatures_in_any_order_count(book, sent, signed):
    assert faults(fill(book, {2: {**GOOD, "检查人员签字": signed}}), sent) == []


@pytest.mark.parametrize(("tick", "code"), [("√", "yes"), ("✓", "yes"), ("是", "yes"), ("☑", "yes"), ("否", "no")])
def test_a_tick_may_be_typed(book, sent, tick, code):
    results, wrong = taken([fill(book, {2: {**GOOD, "需复查": tick}})], sent)
    assert wrong == [] and results.table["recheck_due"].tolist() == [code]


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
    assert [code for code, _, _ in faults(wrong, sent)] == ["RM-RES-005", "RM-RES-004", "RM-RES-006", "RM-RES-005"]


def test_a_book_of_another_draw_is_refused(book):
    told = read_books([fill(book, {2: GOOD})], "e" * 64).faults
    assert [(f.code, f.where, f.found) for f in told] == [("RM-RES-002", f"{BOOK}.xlsx", DIGEST)]


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
    results, wrong = taken([book, same], sent)
    assert (len(results.table), results.repeated, wrong) == (1, 1, [])
    fill(same, {2: {"检查结果": "4"}})
    told = taken([book, same], sent)[1]
    places = [f"{BOOK}.xlsx#07-07 周一: 2", "copy.xlsx#07-07 周一: 2"]
    assert [(f.code, f.expected) for f in told] == [("RM-RES-008", places[1]), ("RM-RES-008", places[0])]


def test_results_are_kept_once_and_corrections_replace_them(book, sent, tmp_path):
    out = tmp_path / "检查结果.csv"
    fill(book, {2: GOOD})
    first = keep_results(taken([book.parent], sent)[0], out)
    content = out.read_bytes()
    assert (first.new, first.corrected, first.known) == (1, 0, 0)
    again = keep_results(taken([book], sent, on=date(2025, 8, 1))[0], out)
    assert (again.new, again.corrected, again.known) == (0, 0, 1) and out.read_bytes() == content
    fill(book, {2: {"检查结果": "4"}, 3: GOOD})
    more = keep_results(taken([book], sent, on=date(2025, 8, 1))[0], out)
    assert (more.new, more.corrected, more.known) == (1, 1, 0)
    rows = pd.read_csv(out, dtype=str, encoding="utf-8-sig")
    assert rows["归集日期"].tolist() == ["2025-08-01"] * 2 and rows["检查结果"].tolist() == ["4", "1"]


def test_a_file_of_something_else_is_not_overwritten(book, sent, tmp_path):
    (tmp_path / "r.csv").write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(InputError) as caught:
        keep_results(taken([fill(book, {2: GOOD})], sent)[0], tmp_path / "r.csv")
    assert caught.value.code == "RM-RES-011"


def test_a_formula_that_somebody_typed_does_not_run_in_the_file(book, sent, tmp_path):
    filled = fill(book, {2: {**GOOD, "处理措施": "'=1+1", "发现问题": "@x"}})
    keep_results(taken([filled], sent)[0], tmp_path / "r.csv")
    row = pd.read_csv(tmp_path / "r.csv", dtype=str, encoding="utf-8-sig").iloc[0]
    assert row["发现问题"] == "'@x" and not row["处理措施"].startswith("=")


@pytest.fixture(scope="module")
def run_folder(sample_records, sample_assessment, tmp_path_factory):
    """What a run folder holds of its draw: plan, proof, books; and the log of the draw."""
    from riskmodel.logbook import write
    from riskmodel.workflow import plan_inspections

    folder = tmp_path_factory.mktemp("run")
    plan = plan_inspections(sample_assessment, capacity=200, records=sample_records)
    draw = plan.draw("seed").assign()
    drawn = Drawn(draw.proof.digest, date(2025, 6, 30))
    planned = scheduled(draw.visits, after=drawn.as_of, visits_a_day=4)
    points = sentences(sample_assessment.reasons, "zh")
    books = task_books(planned, points, drawn=drawn, names=rule_names(sample_assessment.rules))
    plan.save(folder / "plan.json")
    draw.proof.save(folder / "proof.json")
    name = next(iter(books))
    write_workbook(folder / f"{name}.xlsx", books[name], created=drawn.as_of)
    log = DrawLog().commit(plan.commit().digest, as_of=drawn.as_of, part=plan.part, recorded_on=drawn.as_of)
    write(folder / "draws.jsonl", log.draw(draw.proof, recorded_on=drawn.as_of))
    return folder


@pytest.mark.slow
def test_from_the_run_folder_through_the_command_into_a_store(run_folder, sample, tmp_path):
    folder = shutil.copytree(run_folder, tmp_path / "run")
    book, log, out = next(folder.glob("*.xlsx")), folder / "draws.jsonl", tmp_path / "检查结果.csv"
    draw = draw_of(folder / "plan.json", folder / "proof.json")
    tab = openpyxl.load_workbook(book).worksheets[0]
    visits = draw.visits.set_index("visit_no")
    numbers = [tab.cell(row, 1).value for row in range(2, tab.max_row + 1) if tab.cell(row, 1).value]
    drawn = visits.loc[numbers]
    at = next(k for k, because in enumerate(drawn["because"]) if because == "ratio")  # others have nobody to come in
    gone, kept = drawn.iloc[at], drawn.iloc[at - 1]
    signature = Signature("已注销", "王", TODAY)
    into = replace_in(folder / "plan.json", folder / "proof.json", gone["entity_id"], log=log, signature=signature)
    rows = {
        at + 2: {**GOOD, "统一社会信用代码": into, "检查人员签字": gone["inspector_names"]},
        (at - 1) % len(drawn) + 2: {**GOOD, "检查结果": "4,E", "检查人员签字": kept["inspector_names"]},
    }
    filled = fill(book, rows, to=tmp_path / "filled.xlsx")
    store, office = tmp_path / "s.duckdb", tmp_path / "office"
    office.mkdir()
    for name in ("企业登记信息.csv", "双随机检查结果.csv"):
        shutil.copy(sample / name, office)
    (office / "source.yaml").write_text("exported_on: 2025-06-30\nabsent: [penalties, abnormal_listings, complaints]\n")
    with Store.open(store) as held:
        held.append(office)
    before = len(load(store)["inspections"])
    command = ["results", "read", str(filled), "--draw", str(folder), "--out", str(out), "--on", "2025-07-10"]
    said = CliRunner().invoke(app, command)
    assert said.exit_code == 2 and "RM-RES-003" in said.output and not out.exists()  # no log, no replacement
    command += ["--log", str(log), "--store", str(store)]
    for new in (2, 0):
        said = CliRunner().invoke(app, command)
        assert said.exit_code == 0, said.output
        assert f"新收 {new} 户" in said.output
        found = load(store)["inspections"]
        assert len(found) == before + 2
    mine = found[found["record_id"].str.startswith("SC" + draw.proof.digest[:12])].set_index("entity_id")
    assert mine.loc[[into, kept["entity_id"]], "pi"].tolist() == [gone["pi"], kept["pi"]]
    assert mine.loc[[into, kept["entity_id"]], "outcome_codes"].tolist() == ["1", "4,E"]
    assert set(mine["known_on"].dt.strftime("%Y-%m-%d")) == {"2025-07-10"}
    # the file is what `estimate` reads; results of other draws in it are left alone
    lines = pd.read_csv(out, dtype=str, encoding="utf-8-sig")
    pd.concat([lines, lines.iloc[:1].assign(记录编号="SC000000000000-00001")]).to_csv(out, index=False)
    _, again = results_of(folder / "plan.json", folder / "proof.json", out, log=log, known_on=TODAY)
    assert set(again.table["entity_id"]) == set(mine.index) and again.refused.empty
    # a changed run folder is no authority, and a log of another draw, or one that is not there, says nothing
    nothing, missing = tmp_path / "nothing.jsonl", tmp_path / "no.jsonl"
    nothing.write_text("", "utf-8")
    for other, code in ((nothing, "RM-DRW-008"), (missing, "RM-DRW-016")):
        with pytest.raises(RiskModelError, match=code):
            results_of(folder / "plan.json", folder / "proof.json", out, log=other, known_on=TODAY)
    (folder / "proof.json").write_bytes(b"{}")
    said = CliRunner().invoke(app, command)
    assert isinstance(said.exception, DrawError) and said.exception.code == "RM-DRW-002"


def test_the_command_tells_every_fault_leaves_with_two_and_writes_nothing(book, sent, tmp_path, monkeypatch):
    monkeypatch.setattr(workflow_inspect, "draw_of", lambda plan, proof: sent)
    monkeypatch.setattr(workflow_inspect.Proof, "load", lambda path: sent.proof)
    fill(book, {2: {**GOOD, "检查结果": "很好"}, 3: {**GOOD, "检查日期": None}})
    out, store = tmp_path / "r.csv", tmp_path / "s.duckdb"
    command = ["results", "read", str(book), "--draw", str(tmp_path), "--out", str(out), "--store", str(store)]
    said = CliRunner().invoke(app, [*command, "--on", "2025-07-10"])
    assert said.exit_code == 2 and "共 2 处错误" in said.output
    assert "RM-RES-004" in said.output and "RM-RES-005" in said.output
    said = CliRunner().invoke(app, [*command, "--lang", "en"])
    assert "2 faults; nothing was taken" in said.output and "outcome missing" in said.output
    assert [p.name for p in tmp_path.iterdir()] == [book.name]
