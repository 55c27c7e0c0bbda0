"""The report: complete, escaped, self-contained, the same bytes; without a plan, cases or labels too."""

import base64
import dataclasses
import hashlib
import re
import shutil
import sys
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup

sys.path.insert(0, str(Path(__file__).parent))
from page_faults import built, faults, printed

from riskmodel.exports.previous import Before
from riskmodel.exports.report import report_html
from riskmodel.exports.report_data import ReportData
from riskmodel.exports.report_tables import strata
from riskmodel.named import rule_names


class Outline(HTMLParser):
    """Tags, ids and texts; a tag that closes another than the open one is a fault."""

    VOID = ("meta", "br", "link", "img", "path", "use")

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.ids, self.links = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]
        self.links += [value for name, value in attrs if name in ("href", "src", "xlink:href", "action", "data")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag


def outline(html):
    parser = Outline()
    parser.feed(html)
    assert parser.open == []
    return parser


@pytest.fixture
def data(decided, reasons, intake, quarantine, frame, visits, cases, found, rules):
    metrics = pd.DataFrame(
        {"model": ["expert"], "n": [900], "problems": [80], "auc": [0.741], "auc_low": [0.7], "auc_high": [0.78],
         "brier": [0.09], "ece": [0.01], "capture": [0.31]}
    )  # fmt: skip
    curve = pd.DataFrame(
        {"mean_predicted": [0.1, 0.4], "observed": [0.1, 0.5], "low": [0.0, 0.3], "high": [0.2, 0.7], "n": [9, 8]}
    )
    then = decided[["entity_id", "name", "town", "risk_score"]].iloc[:4].assign(risk_tier=["A", "D", "A", "E"])
    before = Before(
        date(2025, 5, 31), then, "zhoucun-2020@" + "a" * 64, False, {"visits": 5, "quarantined": 3, "stages": {}}
    )
    coverage = pd.DataFrame({"risk_tier": list("ABCDE"), "enterprises": [2, 0, 0, 1, 2], "inspected": [1, 0, 0, 1, 0]})
    return ReportData(
        title="月度报告", as_of=date(2025, 6, 30), policy="实施方案 周改办发〔2020〕4号", policy_digest="a" * 64, data_fingerprint="b" * 64,
        version="0.1.0", decided=decided, reasons=reasons, intake=intake, quarantine=quarantine, names=rule_names(rules),
        absent=("complaints",), frame=frame, visits=visits, cases=cases, signs=found, metrics=metrics, reliability=curve,
        held_out=date(2024, 6, 30), monthly=pd.DataFrame({"month": ["2025-01", "2025-02"], "kind": "penalties", "count": [3, 4]}),
        seed="lottery <b>", commitment="c" * 64, before=before, coverage=coverage.assign(share=[0.5, 0, 0, 1, 0]),
    )  # fmt: skip


@pytest.fixture
def bare(data):
    nothing = {
        "frame": None,
        "visits": None,
        "cases": None,
        "signs": None,
        "metrics": None,
        "reliability": None,
        "monthly": None,
        "before": None,
        "coverage": None,
    }
    return dataclasses.replace(
        data, **nothing, absent=(), quarantine=data.quarantine.iloc[:0], reasons=data.reasons.iloc[:0],
        decided=data.decided.assign(probability=float("nan")),
    )  # fmt: skip


def test_signs_and_waves_are_told_beside_the_cases(data):
    html = report_html(data)
    assert "同行业企业平均0.25件" in html and "属区域行业波动：北郊镇" in html and "不是单个企业的过错" in html
    assert "part of a wave: industry section F (wholesale and retail), " in report_html(
        dataclasses.replace(data, lang="en")
    )


def test_the_same_data_give_the_same_bytes(data):
    assert report_html(data) == report_html(data)


def test_the_page_asks_nothing_of_the_outside_and_runs_only_its_own_script(data):
    html = report_html(data)
    page = outline(html)
    assert {link[0] for link in page.links} == {"#"}
    assert [t for t, _ in page.tags if t in ("script", "link", "img", "iframe", "object")] == ["script"]
    assert not re.search(r"url\((?!#)|@import|fetch\(|XMLHttp|innerHTML|eval\(", html)
    script = re.search(r"<script>(.*?)</script>", html, re.S)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'" in html
    assert not re.search(r"<button|<select|<input", html.replace(script, "")), (
        "nothing that does nothing without the script"
    )


def test_what_came_from_data_is_escaped(data):
    html = report_html(data)
    assert html.count("<script") == 1
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;商店" in html
    assert "lottery &lt;b&gt;" in html


def test_the_page_has_landmarks_captions_scopes_a_language_and_no_id_twice(data):
    page = outline(report_html(data))
    tags = [tag for tag, _ in page.tags]
    assert {"main", "header", "footer", "nav"} <= set(tags)
    assert ("html", {"lang": "zh-CN"}) in page.tags
    assert tags.count("caption") == tags.count("table") > 5
    assert all("scope" in attributes for tag, attributes in page.tags if tag == "th")
    assert all(a.get("aria-label") for tag, a in page.tags if tag == "svg") and tags.count("svg") == 8
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links} <= set(page.ids)


def test_the_figures_at_the_top_are_those_of_the_tables(data):
    html = report_html(data)
    shown = re.findall(r"<li><b>([\d,]+)</b><span>(.*?)</span>(?:<em>(.*?)</em>)?</li>", html)
    assert shown == [
        ("5", "纳入评估企业", "较上期 +1"), ("3", "D、E 级企业", "较上期 +1"), ("3", "计划检查", "较上期 -2"),
        ("1", "待提醒约谈", "较上期 +1"), ("1", "重点关注", "较上期 +1"), ("3", "隔离记录", "较上期 ±0"),
    ]  # fmt: skip
    assert "是否同意按计划检查 3 户企业（其中必查 3 户）。" in html


def test_reasons_cite_their_records_and_rules_their_clause_and_evidence(data):
    html = report_html(data)
    assert "罚〔2024〕1号(2024-03-05,某局)" in html
    assert "列入严重违法失信名单（条款1.5）" in html
    assert "严重违法失信名单 2024-05-13 某局" in html


def test_absent_evidence_and_missing_grades_are_said(data):
    html = report_html(data)
    assert "本数据源没有：投诉举报。" in html
    assert "2 户企业（40%）没有公共信用评价结果" in html


def test_the_banner_and_a_rehearsal_are_said(data):
    assert "内部资料" in report_html(data)
    assert "演练" not in report_html(data)
    assert "演练" in report_html(dataclasses.replace(data, rehearsal=True))


def test_a_run_without_plan_cases_labels_or_quarantine_still_has_a_report(bare):
    html = report_html(bare)
    outline(html)
    for said in ("本次运行没有抽查计划。", "没有提醒或预警案件。", "检查结果不足", "没有隔离记录。"):
        assert said in html
    assert not re.search(r"\bnan\b|\bNone\b|\bNaT\b", html)


def said(html):
    """Every text that a reader meets, names of controls and pictures included."""
    soup = BeautifulSoup(html, "html.parser")
    for part in soup.find_all(["style", "script"]):
        part.decompose()
    attributes = [
        e[a]
        for e in soup.find_all(True)
        for a in ("aria-label", "data-dark", "data-light", "data-search", "data-all", "data-shown")
        if e.get(a)
    ]
    return soup, attributes


def test_an_english_report_has_no_chinese_but_data_that_are_marked_so(data, rules):
    soup, attributes = said(
        report_html(dataclasses.replace(data, lang="en", title="Report", policy="Plan", names=rule_names(rules, "en")))
    )
    for part in soup.find_all(lang="zh-CN"):
        part.decompose()
    ours = re.findall(r"[\u3400-\u9fff]+", soup.get_text() + "".join(attributes))
    # towns that label a picture are data too
    assert set(ours) <= {"北郊镇", "南郊镇"}


def test_a_chinese_report_has_no_english_of_ours(data):
    soup, attributes = said(report_html(data))
    for part in soup.find_all(class_="code"):  # digests and codes
        part.decompose()
    words = set(re.findall(r"[A-Za-z]{2,}", soup.get_text(" ") + " ".join(attributes).replace("{all}", "")))
    data_of_the_test = {"alert", "script", "lottery", "csv", "MA", "TEST", "JC", "TS"}
    assert words - data_of_the_test - {"AUC", "Brier", "PSI", "riskmodel", "verify", "proof", "json"} == set()


def test_what_changed_is_told_in_words_a_matrix_a_picture_and_a_list(data):
    html = report_html(data)
    assert "与 2025-05-31 的评估结果比较。" in html
    # four enterprises in both: A D A E then, A D E E now
    assert "两次均在册的 4 户中，1 户等级变动：1 户升高，0 户降低，1 户变动两级以上。" in html
    assert "新增 1 户，退出 0 户。" in html
    assert "<title>A 低风险 → E 高风险: 1</title>" in html
    assert "政策文件不同" not in html
    other = dataclasses.replace(
        data, before=dataclasses.replace(data.before, policy="zhoucun-2020@" + "f" * 64, recomputed=True)
    )
    assert "政策文件不同" in report_html(other) and "重新计算" in report_html(other)


def test_a_first_month_says_that_there_is_nothing_to_compare_with(bare):
    assert "没有更早的评估结果可比较。" in report_html(bare)
    assert "较上期" not in report_html(bare).replace("D、E 较上期", "")


def test_strata_add_up(frame, decided):
    table = strata(frame, decided)
    assert table["size"].tolist() == [2, 1, 2]
    assert table["n"].tolist() == [1, 1, 2]  # sums of pi: 0.5 + 0.5, 1, 1 + 1
    assert table["risk_tier"].tolist() == ["A", "D", "E"]


def test_a_district_of_thousands_stays_below_a_megabyte(data, decided):
    many = pd.concat([decided.assign(entity_id=decided["entity_id"] + str(i), town=f"镇{i}") for i in range(600)])
    html = report_html(dataclasses.replace(data, decided=many.reset_index(drop=True)))
    assert len(html.encode()) < 1_000_000


BROWSER = pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")


@pytest.mark.slow
@BROWSER
@pytest.mark.parametrize(("lang", "width"), [("zh", 1300), ("en", 500)])
def test_a_browser_finds_no_fault_of_access_and_every_control_works(data, rules, tmp_path, lang, width):
    more = [
        data.decided.assign(entity_id=data.decided["entity_id"] + i, risk_score=data.decided["risk_score"] + len(i))
        for i in ("", "a", "bc", "d")
    ]
    shown = dataclasses.replace(
        data, lang=lang, names=rule_names(rules, lang), decided=pd.concat(more, ignore_index=True)
    )
    soup, probed = built(report_html(shown), tmp_path, width)
    assert faults(soup) == []
    assert probed["light"] == probed["dark"] == []
    assert not probed["wide"] and probed["stuck"] == []
    assert probed["none"] == 0 and probed["all"] and probed["sorted"]


@pytest.mark.slow
@BROWSER
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_printed_report_cuts_no_column_and_repeats_headings(data, rules, tmp_path, lang):
    more = [data.decided.assign(entity_id=data.decided["entity_id"] + i) for i in ("", "a", "bc", "d")]
    shown = dataclasses.replace(
        data, lang=lang, names=rule_names(rules, lang), decided=pd.concat(more, ignore_index=True)
    )
    html = report_html(shown)
    pages = printed(html, tmp_path)
    for page in pages:
        assert all(right <= 595.3 - 38 for _, right in page), "a word stands in the right margin"
    sheet = BeautifulSoup(html, "html.parser")
    head = sheet.select_one("table.risks thead th:last-of-type").get_text().split("（")[0].split(" (")[0].split()[0]
    codes = set(shown.decided["entity_id"])
    told = [[word for word, _ in page] for page in pages]
    listing = [words for words in told if codes & set(words)]
    assert len(listing) > 1 and all(any(word.startswith(head) for word in words) for words in listing)


@pytest.mark.slow
@BROWSER
def test_the_audit_finds_faults_that_were_planted(data, tmp_path):
    html = report_html(data)
    spoilt = html.replace(' scope="col"', "", 1).replace("<main ", "<div ").replace("</main>", "</div>")
    spoilt = (
        spoilt.replace("<h2 ", "<h4 ", 1)
        .replace("--muted: #5a6775", "--muted: #b0b8c0")
        .replace("<html lang", "<html data-lang")
    )
    soup, probed = built(spoilt, tmp_path)
    found = faults(soup)
    for fault in ("no language", "0 of main", "heading 1 → 4", "th without scope"):
        assert fault in found
    assert probed["light"]
