"""The report: complete, escaped, self-contained, the same bytes; without a plan, cases or labels too."""

import dataclasses
import re
import shutil
import subprocess
from datetime import date
from html.parser import HTMLParser

import pandas as pd
import pytest

from riskmodel.exports.lists import rule_names
from riskmodel.exports.report import ReportData, report_html, strata


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
def data(decided, reasons, intake, quarantine, frame, visits, cases, rules):
    metrics = pd.DataFrame(
        {"model": ["expert"], "n": [900], "problems": [80], "auc": [0.741], "auc_low": [0.7], "auc_high": [0.78],
         "brier": [0.09], "ece": [0.01], "capture": [0.31]}
    )  # fmt: skip
    curve = pd.DataFrame(
        {"mean_predicted": [0.1, 0.4], "observed": [0.1, 0.5], "low": [0.0, 0.3], "high": [0.2, 0.7], "n": [9, 8]}
    )
    return ReportData(
        title="月度报告", as_of=date(2025, 6, 30), policy="实施方案 周改办发〔2020〕4号", policy_digest="a" * 64, data_fingerprint="b" * 64,
        version="0.1.0", decided=decided, reasons=reasons, intake=intake, quarantine=quarantine, names=rule_names(rules),
        absent=("complaints",), frame=frame, visits=visits, cases=cases, metrics=metrics, reliability=curve,
        held_out=date(2024, 6, 30), monthly=pd.DataFrame({"month": ["2025-01", "2025-02"], "kind": "penalties", "count": [3, 4]}),
        seed="lottery <b>", commitment="c" * 64,
    )  # fmt: skip


@pytest.fixture
def bare(data):
    nothing = {"frame": None, "visits": None, "cases": None, "metrics": None, "reliability": None, "monthly": None}
    return dataclasses.replace(
        data, **nothing, absent=(), quarantine=data.quarantine.iloc[:0], reasons=data.reasons.iloc[:0],
        decided=data.decided.assign(probability=float("nan")),
    )  # fmt: skip


def test_the_same_data_give_the_same_bytes(data):
    assert report_html(data) == report_html(data)


def test_the_page_asks_nothing_of_the_outside_and_runs_nothing(data):
    page = outline(report_html(data))
    assert {link[0] for link in page.links} == {"#"}
    assert [t for t, _ in page.tags if t in ("script", "link", "img", "iframe", "object")] == []
    assert not re.search(r"url\((?!#)|@import", report_html(data))


def test_what_came_from_data_is_escaped(data):
    html = report_html(data)
    assert "<script" not in html
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;商店" in html
    assert "lottery &lt;b&gt;" in html


def test_the_page_has_landmarks_captions_scopes_a_language_and_no_id_twice(data):
    page = outline(report_html(data))
    tags = [tag for tag, _ in page.tags]
    assert {"main", "header", "footer", "nav"} <= set(tags)
    assert ("html", {"lang": "zh-CN"}) in page.tags
    assert tags.count("caption") == tags.count("table") > 5
    assert all("scope" in attributes for tag, attributes in page.tags if tag == "th")
    assert all(a.get("aria-label") for tag, a in page.tags if tag == "svg") and tags.count("svg") == 7
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links} <= set(page.ids)


def test_the_figures_at_the_top_are_those_of_the_tables(data):
    html = report_html(data)
    shown = re.findall(r"<li><b>([\d,]+)</b><span>(.*?)</span></li>", html)
    assert shown == [
        ("5", "纳入评估企业"), ("3", "D、E 级企业"), ("3", "计划检查"), ("1", "待提醒约谈"), ("1", "重点关注"), ("3", "隔离记录"),
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


def test_the_english_report_has_no_chinese_of_ours(bare, rules):
    english = dataclasses.replace(
        bare, lang="en", title="Report", policy="Plan", names=rule_names(rules, "en"),
        decided=bare.decided.assign(name="Shop", town="North", evidence=""), intake=bare.intake.assign(file="a.csv"),
    )  # fmt: skip
    text = re.sub(r"<style>.*?</style>", "", report_html(english), flags=re.S)
    assert re.findall(r"[\u4e00-\u9fff]+", text) == []


def test_strata_add_up(frame, decided):
    table = strata(frame, decided)
    assert table["size"].tolist() == [2, 1, 2]
    assert table["n"].tolist() == [1, 1, 2]  # sums of pi: 0.5 + 0.5, 1, 1 + 1
    assert table["risk_tier"].tolist() == ["A", "D", "E"]


def test_a_district_of_thousands_stays_below_a_megabyte(data, decided):
    many = pd.concat([decided.assign(entity_id=decided["entity_id"] + str(i), town=f"镇{i}") for i in range(600)])
    html = report_html(dataclasses.replace(data, decided=many.reset_index(drop=True)))
    assert len(html.encode()) < 1_000_000


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
def test_a_browser_shows_the_page_and_narrow_windows_need_no_sideways_scrolling(data, tmp_path):
    page = tmp_path / "report.html"
    probe = "<script>document.title = document.documentElement.scrollWidth + '/' + innerWidth</script></body>"
    html = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", report_html(data))
    page.write_text(html.replace("</body>", probe), encoding="utf-8")
    for width in (500, 1300):
        done = subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
             "--disable-component-update", "--disable-sync", f"--user-data-dir={tmp_path / 'profile'}",
             f"--window-size={width},900", "--dump-dom", page.as_uri()],
            capture_output=True, text=True, check=True, timeout=120,
        )  # fmt: skip
        needed, given = map(int, re.search(r"<title>(\d+)/(\d+)", done.stdout).groups())
        assert needed <= given
