"""Notices: only what may be public, safe to open in a spreadsheet."""

import csv
from datetime import date

import pytest

from riskmodel.errors import RunError
from riskmodel.exports.notices import PlanNotice, items_notice, plan_notice, write_notice

FACTS = PlanNotice("2025年第三季度抽查计划", "周改办发〔2020〕4号", "2.2", date(2025, 6, 30), 3000, 742)


@pytest.fixture
def never(rules):
    return rules.inspections.never_published


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def test_the_plan_notice_tells_plan_day_numbers_clause_and_items(items, never, tmp_path):
    write_notice(tmp_path / "p.csv", plan_notice(FACTS, items, never=never), never=never)
    rows = rows_of(tmp_path / "p.csv")
    assert rows[0][:6] == ["计划名称", "依据文件", "条款", "名录截止日期", "检查对象总数", "计划抽查数"]
    assert rows[1][:6] == ["2025年第三季度抽查计划", "周改办发〔2020〕4号", "2.2", "2025-06-30", "3000", "742"]
    assert [row[6] for row in rows[1:]] == ["1", "2"]  # items by number


def test_a_plan_without_items_is_one_row(items, never):
    assert len(plan_notice(FACTS, items.iloc[:0], never=never)) == 1


@pytest.mark.parametrize(
    "column",
    ["risk_tier", "model_tier", "score_tier", "risk_score", "probability", "ticket", "pi", "stratum", "reasons", "entity_id", "name",
     "visit_no", "team", "inspector_ids", "风险等级", "风险分", "Risk tier", "统一社会信用代码"],
)  # fmt: skip
def test_a_table_with_a_forbidden_column_is_refused_whole(items, never, column, tmp_path):
    tainted = items.assign(**{column: "x"})
    for attempt in (
        lambda: plan_notice(FACTS, tainted, never=never),
        lambda: items_notice(tainted, never=never),
        lambda: write_notice(tmp_path / "n.csv", tainted, never=never),
    ):
        with pytest.raises(RunError) as fault:
            attempt()
        assert (fault.value.code, fault.value.found) == ("RM-RUN-002", column)
    assert not (tmp_path / "n.csv").exists()


def test_items_may_lack_columns(items, never):
    assert items_notice(items.drop(columns=["method", "weight"]), never=never)["检查方式"].tolist() == ["", ""]


def test_what_the_policy_adds_to_the_forbidden_is_refused_too(items):
    with pytest.raises(RunError):
        items_notice(items, never=["legal_basis"])


def test_no_tier_score_or_probability_of_a_run_reaches_a_notice(items, never, decided, frame, visits, tmp_path):
    write_notice(tmp_path / "p.csv", plan_notice(FACTS, items, never=never), never=never)
    write_notice(tmp_path / "i.csv", items_notice(items, never=never), never=never)
    published = (tmp_path / "p.csv").read_text("utf-8-sig") + (tmp_path / "i.csv").read_text("utf-8-sig")
    secrets = [
        *decided["entity_id"],
        *decided["name"],
        *frame["stratum"],
        *visits["ticket"],
        "0.777",
        "高风险",
        "风险",
        "概率",
    ]
    assert [s for s in secrets if s in published] == []


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(items, never, start, tmp_path):
    write_notice(tmp_path / "i.csv", items_notice(items.assign(item=f"{start}1+1"), never=never), never=never)
    assert [row[2] for row in rows_of(tmp_path / "i.csv")[1:]] == [f"'{start}1+1"] * 2


def test_a_notice_opens_in_a_spreadsheet_and_repeats_byte_for_byte(items, never, tmp_path):
    for name in ("a.csv", "b.csv"):
        write_notice(tmp_path / name, items_notice(items, never=never), never=never)
    content = (tmp_path / "a.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf") and content.endswith(b"\r\n")
    assert content == (tmp_path / "b.csv").read_bytes()


def test_the_english_notice_has_english_headings(items, never):
    assert list(items_notice(items, never=never, lang="en"))[0] == "Item no."
