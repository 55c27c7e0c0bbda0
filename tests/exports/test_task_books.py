"""Task books: one for each team and week, one sheet a day, only the cells to be filled in open, no tier in sight."""

import subprocess
from datetime import date

import openpyxl
import pandas as pd
import pytest

from riskmodel.exports.lists import sentences
from riskmodel.exports.schedule import scheduled
from riskmodel.exports.task_books import ENTRIES, Drawn, task_books, visits_by_week
from riskmodel.exports.workbook import write_workbook
from riskmodel.named import rule_names

DRAWN = Drawn("d" * 64, date(2025, 6, 30))


def planned(visits, a_day=1):
    return scheduled(visits, after=DRAWN.as_of, visits_a_day=a_day)


@pytest.fixture
def books(visits, reasons, rules):
    return task_books(planned(visits), sentences(reasons, "zh"), drawn=DRAWN, names=rule_names(rules))


def opened(tmp_path, sheets, lang="zh"):
    write_workbook(tmp_path / "b.xlsx", sheets, created=DRAWN.as_of, lang=lang)
    return openpyxl.load_workbook(tmp_path / "b.xlsx")


def test_there_is_a_book_for_each_team_and_week_and_a_summary(books, visits):
    assert list(books) == ["第2组_2025年第28周", "第10组_2025年第28周"]
    assert [s.name for s in books["第2组_2025年第28周"]] == ["07-07 周一", "07-08 周二", "检查结果代码", "核对信息"]
    summary = visits_by_week(planned(visits)).frame
    assert summary["visits"].tolist() == [2, 1]
    assert summary["days"].tolist() == ["2025-07-07 至 2025-07-08", "2025-07-07 至 2025-07-07"]
    assert summary["inspectors"].tolist() == ["王堃、李昇"] * 2


def test_a_day_shows_why_and_what_to_look_at_and_leaves_room_to_write(books):
    rows = pd.concat([s.frame for s in books["第2组_2025年第28周"][:2]])
    assert sorted(rows["visit_no"]) == [1, 3]
    drug = rows[rows["visit_no"].eq(1)].iloc[0]
    assert drug["object"] == "<script>alert('x')</script>商店\n南郊镇 · 药品"
    assert (
        drug["look_at"] == "抽查事项：登记事项检查、药品经营检查\n重点特殊领域全覆盖（条款5.1）\n1. 近一年有4件查实投诉"
    )
    assert drug["inspector_names"] == "王堃\n李昇"


def test_only_the_cells_to_be_filled_in_are_open(books, tmp_path):
    book = opened(tmp_path, books["第2组_2025年第28周"])
    assert all(tab.protection.sheet for tab in book)
    tab = book["07-07 周一"]
    locked = {head.value: cell.protection.locked for head, cell in zip(tab[1], tab[2], strict=True)}
    assert [name for name, closed in locked.items() if not closed] == [
        "已亮证", "检查日期", "检查结果", "发现问题", "处理措施", "整改期限", "需复查", "检查人员签字",
    ]  # fmt: skip
    assert all(cell.protection.locked for cell in tab[1])
    assert len(ENTRIES) == 8


def test_outcomes_and_ticks_are_chosen_and_days_before_the_draw_questioned(books, tmp_path):
    tab = opened(tmp_path, books["第2组_2025年第28周"])["07-07 周一"]
    rules = {str(rule.sqref): rule for rule in tab.data_validations.dataValidation}
    assert rules["H2"].formula1 == "'检查结果代码'!$A$2:$A$18"  # 17 codes
    assert rules["F2"].formula1 == '"☐,☑"' and tab["F2"].value == "☐"
    assert (rules["G2"].type, rules["G2"].operator, rules["G2"].formula1) == ("date", "greaterThanOrEqual", "45838")


def test_the_book_names_the_draw(books, tmp_path):
    tab = opened(tmp_path, books["第2组_2025年第28周"])["核对信息"]
    facts = {row[0].value: row[1].value for row in tab}
    assert facts["抽取凭证摘要"] == DRAWN.digest and facts["任务书格式"] == "riskmodel-task-book/1"


def test_a_book_shows_neither_tier_nor_score_nor_probability(books, tmp_path):
    cells = " ".join(str(c.value) for s in books.values() for tab in opened(tmp_path, s) for row in tab for c in row)
    for secret in ("高风险", "风险分", "0.777", "88", "概率", "f" * 64):
        assert secret not in cells


def test_an_english_book_speaks_english_but_for_what_the_records_say(visits, reasons, rules, tmp_path):
    names = rule_names(rules, "en")
    sheets = task_books(
        planned(visits.assign(name="Shop", town="North", inspector_names="Li Wei,Wu Di", items="")), sentences(reasons, "en"), drawn=DRAWN, names=names, lang="en"
    )  # fmt: skip
    assert list(sheets)[0] == "Team 2-2025-W28"
    book = opened(tmp_path, sheets["Team 2-2025-W28"], "en")
    texts = [str(c.value) for tab in book for row in tab for c in row if c.value] + book.sheetnames
    texts += [
        part.text or ""
        for tab in book
        for part in (tab.oddHeader.left, tab.oddHeader.center, tab.oddFooter.left, tab.oddFooter.right)
    ]
    chinese = [t for t in texts if any("\u4e00" <= c <= "\u9fff" for c in t.replace("微软雅黑", ""))]
    assert chinese == []


def test_visits_without_inspectors_stand_under_no_team(visits, reasons, rules):
    blank = visits.assign(team="", inspector_names="")
    names = rule_names(rules)
    assert (
        list(task_books(planned(blank), sentences(reasons, "zh"), drawn=DRAWN, names=names))[0] == "未分组_2025年第28周"
    )


def test_an_empty_draw_gives_no_book_and_an_empty_summary(visits, reasons, rules):
    none = task_books(planned(visits.iloc[:0]), sentences(reasons, "zh"), drawn=DRAWN, names=rule_names(rules))
    assert none == {} and visits_by_week(planned(visits.iloc[:0])).frame.empty


def test_towns_come_together_and_holidays_are_left_out(visits):
    many = pd.concat([visits.assign(visit_no=visits["visit_no"] + 3 * k) for k in range(4)])
    laid = scheduled(many.assign(team="T1"), after=date(2025, 9, 25), visits_a_day=3)
    assert laid["town"].is_monotonic_increasing
    # the 29th and 30th of September, then eight days of holidays, then Thursday and Friday
    assert (
        laid["planned_on"].dt.strftime("%m-%d").tolist()
        == ["09-29"] * 3 + ["09-30"] * 3 + ["10-09"] * 3 + ["10-10"] * 3
    )
    assert scheduled(laid, after=date(2030, 1, 1), visits_a_day=1)["planned_on"].equals(laid["planned_on"])


def test_a_year_without_announced_holidays_has_weekends(visits):
    laid = scheduled(visits.assign(team="T1"), after=date(2040, 1, 4), visits_a_day=1)
    assert laid["planned_on"].dt.strftime("%Y-%m-%d").tolist() == ["2040-01-09", "2040-01-10", "2040-01-11"]


@pytest.mark.slow
def test_a_book_prints_a_day_a_page_with_headings_signature_and_numbers(visits, reasons, rules, printed, tmp_path):
    many = pd.concat([visits.assign(visit_no=visits["visit_no"] + 3 * k) for k in range(12)])
    books = task_books(
        planned(many.assign(team="T02"), 12), sentences(reasons, "zh"), drawn=DRAWN, names=rule_names(rules)
    )
    write_workbook(tmp_path / "b.xlsx", books["第2组_2025年第28周"], created=DRAWN.as_of)
    text = printed(tmp_path / "b.xlsx")
    facts = subprocess.run(["pdfinfo", str(tmp_path / "b.pdf")], check=True, capture_output=True, text=True).stdout
    width, height = (float(x) for x in facts.split("Page size:")[1].split("pts")[0].split("x"))
    assert (round(width), round(height)) == (842, 595)  # A4, the long side lying
    pages = [page.replace(" ", "") for page in text.strip("\f\n").split("\f")]
    days = [page for page in pages if "任务编号" in page]
    # 36 visits on three days; twelve rows of a day take more than a page, and each page repeats the heading
    assert len(days) > 3 and len(pages) == len(days) + 3
    for page in days:
        assert (
            "统一社会信用代码" in page
            and "整改期限" in page
            and "检查组长签字：____" in page
            and "检查前不得泄露" in page
        )
    assert {page.split("第2组·")[1][:10] for page in days} == {"2025-07-07", "2025-07-08", "2025-07-09"}
    for number, page in enumerate(pages, start=1):
        assert f"第{number}页共{len(pages)}页" in page
    assert "☐" in text and "未发现问题" in text
