"""What results show of themselves in a notebook: words, and neither codes nor ids nor names of columns."""

from __future__ import annotations

import json
import re
from datetime import date
from html import unescape

import pytest

import riskmodel as rm
from riskmodel.display.html import table
from riskmodel.inspections.plan import Plan
from riskmodel.named import rule_names

# Words of Latin letters that belong to Chinese texts: tiers, scores, names of files and formats.
LATIN = re.compile(r"[a-z]{2,}(?:[-_][a-z]+)*")


def text_of(html: str) -> str:
    return unescape(re.sub(r"<style.*?</style>|<script.*?</script>|<[^>]*>", " ", html, flags=re.S))


@pytest.fixture(scope="module")
def plan(sample_assessment, sample_records):
    return rm.plan_inspections(sample_assessment, records=sample_records)


def test_a_plan_and_a_draw_name_rules_in_words(plan, sample_assessment):
    draw = plan.draw("seed").assign()
    for html in (plan._repr_html_(), draw._repr_html_()):
        shown = text_of(html)
        assert "按风险等级比例抽取（条款2.2）" in shown and not LATIN.findall(shown)
        assert not [rule for rule in rule_names(sample_assessment.rules) if rule in shown]
    assert "A、B、C、D、E" in text_of(plan._repr_html_())
    assert re.search(r"[\u4e00-\u9fff]、[\u4e00-\u9fff]", text_of(draw._repr_html_()))  # inspectors of a team


def test_a_plan_keeps_the_names_of_its_rules_in_its_file(plan, tmp_path):
    plan.save(tmp_path / "plan.json")
    assert Plan.load(tmp_path / "plan.json")._repr_html_() == plan._repr_html_()


def test_a_plan_file_without_names_is_read_and_shows_ids(plan, tmp_path):
    from riskmodel.inspections.canonical import canonical, digest_of

    plan.save(tmp_path / "plan.json")
    content = json.loads((tmp_path / "plan.json").read_text("utf-8"))
    del content["names"], content["digest"]
    (tmp_path / "plan.json").write_text(canonical(content | {"digest": digest_of(content)}), "utf-8")
    assert "special-fields-always" in Plan.load(tmp_path / "plan.json")._repr_html_()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_explanation_says_which_rule_decided_and_on_which_facts_in_words(sample_assessment, lang):
    decided, names = sample_assessment.decided, rule_names(sample_assessment.rules, lang)
    for rule, rows in decided[decided["rule_id"].ne("")].groupby("rule_id"):
        told = sample_assessment.explain(rows["entity_id"].iloc[0])
        line = told.lines(lang)[1]
        assert rule == "stability" or names[rule] in line
        assert not re.search(r"\w_\w|(条款|clause) ?local", line) and not (set(names) - {"stability"}) & set(
            line.split()
        )
        assert line in unescape(told.card(lang))


def test_a_record_bears_one_day_in_the_reasons_and_in_what_would_lower_the_tier(sample_assessment, sample_records):
    penalties = sample_records["penalties"]
    late = penalties[penalties["decided_on"].ne(penalties["occurred_on"])]
    top = sample_assessment.lookup().frame["entity_id"].head(20)
    seen = 0
    for entity_id in top[top.isin(late["entity_id"])]:
        days: dict[str, set[str]] = {}
        for number, day in re.findall(
            r"(\S+?〔\d+〕\d+号)（(\d{4}-\d\d-\d\d)", str(sample_assessment.explain(entity_id))
        ):
            days.setdefault(number, set()).add(day)
        seen += len(days)
        assert {number: found for number, found in days.items() if len(found) > 1} == {}
    assert seen > 10


def test_ways_into_a_lower_tier_are_a_list_and_points_bear_a_minus(sample_assessment):
    card = sample_assessment.explain(sample_assessment.lookup().frame["entity_id"].iloc[0])._repr_html_()
    assert card.count("<li>") > 3 and "- 修复" not in card and re.search(r"−\d", card)


def test_columns_of_refused_rows_and_evidence_are_in_words(sample_records, sample_assessment):
    refused = sample_records.quarantine[["table", "field", "reason"]]
    assert not LATIN.findall(text_of(table(refused, limit=1000)))
    facts = sample_assessment.decided.loc[sample_assessment.decided["rule_id"].ne(""), ["evidence"]]
    shown = text_of(table(facts, limit=1000))
    assert "监管红线" in shown and not LATIN.findall(shown)


def test_records_a_policy_cases_and_a_finished_run_show_themselves_in_words(
    sample, sample_records, sample_assessment, plan, tmp_path
):
    shown = text_of(sample_records._repr_html_())
    assert "有效记录" in shown and "行政处罚" in shown and not LATIN.findall(shown)
    assert f"{len(sample_records['penalties']):,}" in shown and f"隔离 {len(sample_records.quarantine)} 行" in shown
    shown = text_of(rm.load_policy("zhoucun-2020-fitted")._repr_html_())
    assert "在此政策上修改" in shown and "zhoucun-2020" in shown
    book = rm.review(sample_assessment)
    shown = text_of(book._repr_html_())
    assert f"预警案件 {len(book.cases)} 件" in shown and not LATIN.findall(shown)
    assert shown.index("整改期") < shown.index("已到期")
    commitment, draw = plan.commit(), plan.draw("seed").assign()
    assert commitment.digest in commitment._repr_html_()
    assert "复核通过" in rm.verify(draw.proof, commitment=commitment.digest)._repr_html_()
    assert "复核不通过" in rm.verify(draw.proof, commitment="0" * 64)._repr_html_()
    done = rm.run(sample, as_of="2025-06-30", out=tmp_path, track=False)
    shown = text_of(done._repr_html_())
    assert all(path.name in shown for path in done.folder.iterdir())
    assert "月度报告，请先看" in shown and "content." not in shown


def test_a_source_without_some_records_says_which(sample_records):
    from riskmodel.tables import empty

    shown = text_of(sample_records.with_tables({"complaints": empty("complaints")})._repr_html_())
    assert "没有提供：投诉举报" in shown


def test_results_that_come_back_say_what_is_wrong_in_words(plan):
    import pandas as pd

    draw = plan.draw("seed").assign()
    codes = ["1", "99", "1,5", "1"]
    filled = pd.DataFrame({"entity_id": draw.visits["entity_id"].head(4), "outcome_codes": codes})
    filled["inspected_on"] = ["2025-07-10", "2025-07-10", "2025-07-10", "2020-01-01"]
    shown = text_of(rm.take_results(draw, filled, known_on=date(2025, 7, 15))._repr_html_())
    assert "代码值无法识别" in shown and "检查结果互相矛盾" in shown and "早于计划日期" in shown
    assert not LATIN.findall(shown)
    assert "收回 1 户" in shown


def test_estimates_are_shares_in_percent_and_say_what_they_rest_on(plan):
    import pandas as pd

    draw = plan.draw("seed").assign()
    codes = ["5" if n % 5 == 0 else "1" for n in range(len(draw.visits))]
    filled = pd.DataFrame({"entity_id": draw.visits["entity_id"], "outcome_codes": codes})
    found = rm.estimate(draw, filled.iloc[:-2], by="special_field")
    shown = text_of(found._repr_html_())
    assert f"抽取 {len(draw.table)} 户，有结果 {len(draw.table) - 2} 户" in shown and not LATIN.findall(shown)
    assert f"{found.table['value'].iloc[0]:.1%}" in shown and not re.search(r"\b0\.\d+ ", shown)


def test_the_sum_of_a_card_stands_below_the_reasons_that_it_adds_up(sample_assessment):
    card = sample_assessment.explain(sample_assessment.lookup().frame["entity_id"].iloc[0]).card()
    assert card.index("等级依据") < card.index("<ol") < card.index("合计：典型企业") < card.index("怎样降低等级")
