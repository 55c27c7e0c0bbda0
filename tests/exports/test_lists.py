"""Lists: the right rows in the right order, in words, with the notice that they are internal."""

from dataclasses import replace

import pandas as pd
import pytest

from riskmodel.exports.lists import quality_workbook, risk_list, watch_lists
from riskmodel.exports.sheets import Field, Sheet, page_texts
from riskmodel.named import rule_names


@pytest.fixture
def names(rules):
    return rule_names(rules)


def headings(sheet):
    return [field.heading for field in sheet.fields]


def test_every_rule_in_force_has_a_name_with_its_clause(rules, names):
    warning = (*rules.warning.reminders, *rules.warning.signals, *rules.warning.steps.values())
    ids = [r.id for r in (*rules.tiers.overrides, *rules.inspections.rules, *warning)]
    assert set(names) == {*ids, "ratio", "manual", "stability"}
    assert names["special-fields-always"] == "重点特殊领域全覆盖（条款5.1）"
    assert names["judgment-debtor"] == "失信被执行人（本地设定）"
    assert rule_names(rules, "en")["red-line"] == "crossed a red line (clause 4.5)"


def test_the_risk_list_goes_from_the_highest_tier_and_score_down(decided, reasons, names):
    main, tiers = risk_list(decided, reasons, names=names)
    rows = main.frame
    assert rows["risk_tier"].tolist() == ["E 高风险", "E 高风险", "D 较高风险", "A 低风险", "A 低风险"]
    assert rows["risk_score"].tolist() == [88, 40, 40, 3, 0]
    assert rows["number"].tolist() == [1, 2, 3, 4, 5]
    assert tiers.frame["enterprises"].tolist() == [2, 0, 0, 1, 2]
    assert tiers.frame["by_score"].tolist() == [2, 0, 0, 2, 1]


def test_each_row_says_which_rule_which_evidence_which_grade_and_why(decided, reasons, names):
    rows = risk_list(decided, reasons, names=names)[0].frame
    assert rows["rule"].tolist()[:2] == ["按风险分", "列入严重违法失信名单（条款1.5）"]
    assert rows["evidence"].tolist()[1] == "严重违法失信名单 2024-05-13 某局"
    assert rows["credit_grade"].tolist()[2:4] == ["轻微失信（按政策默认）", "诚信守法"]
    assert rows["reasons"].tolist()[0] == (
        "1. 近两年有2次一般违法处罚（+18分）[罚〔2024〕1号(2024-03-05,某局)]\n2. 所在镇街近两年抽查问题率17.3%（+4分）"
    )
    assert rows["reasons"].tolist()[1] == ""


def test_an_input_frame_is_not_changed(decided, reasons, cases, digest, found, names):
    before = [f.copy(deep=True) for f in (decided, reasons, cases)]
    risk_list(decided, reasons, names=names)
    watch_lists(cases, digest, found, names=names)
    for frame, copy in zip((decided, reasons, cases), before, strict=True):
        pd.testing.assert_frame_equal(frame, copy)


def test_without_labels_there_is_no_column_of_probabilities(decided, reasons, names):
    with_labels, _ = risk_list(decided, reasons, names=names)
    without, _ = risk_list(decided.assign(probability=float("nan")), reasons, names=names)
    assert "发现问题概率" in headings(with_labels)
    assert "发现问题概率" not in headings(without)


def test_a_district_without_any_reason_still_has_a_list(decided, reasons, names):
    assert risk_list(decided, reasons.iloc[:0], names=names)[0].frame["reasons"].eq("").all()


def test_watch_lists_part_the_cases_by_stage_with_those_due_first(cases, digest, found, names):
    sent, reminders, watched, observed, released, *_ = watch_lists(cases, digest, found, names=names)
    assert reminders.frame["stage"].tolist() == ["待提醒约谈", "整改期"]
    assert watched.frame["departments"].tolist() == ["区市场监管局"]
    assert watched.frame["trigger"].tolist() == ["经提醒仍无改观（条款4.3）"]
    assert released.frame["case_id"].tolist() == ["C3"]
    assert sent.frame[["addressee", "status", "entity_id"]].to_numpy().tolist() == [
        ["区市场监管局", "本周发送", cases["entity_id"][2]]
    ]
    assert observed.frame.empty
    names = [s.name for s in (sent, reminders, watched, observed, released)]
    assert names == ["部门预警摘要", "提醒约谈名单", "重点关注名单", "积累关注名单", "已结案"]


def test_signs_and_waves_are_told_and_who_is_part_of_a_wave_is_marked(cases, digest, found, names):
    sent, _, watched, _, _, signs, waves = watch_lists(cases, digest, found, names=names)
    why = "近12个月2件轻微或一般违法失信（处罚、查实投诉），同行业企业平均0.25件"
    assert signs.frame[["why", "wave"]].iloc[0].tolist() == [why, ""]
    assert signs.frame["wave"].iloc[1] == "属区域行业波动：行业门类F（批发和零售业）、北郊镇"
    assert waves.frame[["group", "enterprises", "usual"]].to_numpy().tolist() == [["北郊镇", 14, "3.2"]]
    assert sent.frame["wave"].tolist() == watched.frame["wave"].tolist() == ["属区域行业波动：北郊镇"]
    assert "不是单个企业的过错" in waves.notes[0] and "不立案" in signs.notes[0]


def test_the_quality_list_adds_up_and_shows_what_stood_there(intake, quarantine, resolutions):
    read, why, refused, meant = quality_workbook(intake, quarantine, resolutions)
    assert read.frame["share_quarantined"].tolist() == [3 / 9, 0.0]
    assert meant.frame["how"].tolist() == ["名称完全一致"]
    assert why.frame["count"].tolist() == [2, 1] and why.frame["reason"].tolist()[0] == "代码校验位错误"
    assert refused.frame["found"].tolist()[0] == "=cmd|' /C calc'!A0"
    assert refused.frame["field"].tolist()[0] == "统一社会信用代码"


def test_every_sheet_that_shows_enterprises_says_that_it_is_internal(
    decided, reasons, cases, digest, found, intake, quarantine, resolutions, names
):
    sheets = [
        *risk_list(decided, reasons, names=names),
        *watch_lists(cases, digest, found, names=names), *quality_workbook(intake, quarantine, resolutions),
    ]  # fmt: skip
    assert all("内部" in sheet.notice for sheet in sheets)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_headings_speak_the_language(
    decided, reasons, cases, digest, found, intake, quarantine, resolutions, rules, lang
):
    names = rule_names(rules, lang)
    sheets = [
        *risk_list(decided, reasons, names=names, lang=lang),
        *watch_lists(cases, digest, found, names=names, lang=lang), *quality_workbook(intake, quarantine, resolutions, lang=lang),
    ]  # fmt: skip
    chinese = [any("\u4e00" <= c <= "\u9fff" for c in h) for sheet in sheets for h in headings(sheet)]
    assert not any(chinese) if lang == "en" else all(chinese)


def test_refused_fields_are_in_words_in_english_too(intake, quarantine, resolutions):
    refused = quality_workbook(intake, quarantine, resolutions, lang="en")[2]
    assert refused.frame["field"].tolist()[0] == "Credit code"
    assert not refused.frame["field"].str.contains("_").any()


def test_a_column_of_waves_stands_only_where_a_case_is_part_of_one(cases, digest, found, names):
    sent, reminders, watched, *_ = watch_lists(cases, digest, found, names=names)
    assert ["区域行业波动" in headings(sheet) for sheet in (sent, reminders, watched)] == [True, False, True]


def test_a_notice_stands_below_a_title_that_it_would_run_into():
    field = (Field("a", "甲", 9),)
    long = Sheet(
        "s", pd.DataFrame({"a": ["x"]}), field, "区域行业波动：当月有违法失信事件的企业明显多于往年同期", "内部资料" * 6
    )
    head = page_texts(long, "zh")[0]
    assert "&L" not in head and head.index(long.title) < head.index("\n") < head.index(long.notice)
    assert page_texts(replace(long, title="名单"), "zh")[0].startswith("&L")
