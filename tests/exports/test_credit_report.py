"""Credit reports: facts in the unified layout; tier, reasons and hidden records only in the internal version."""

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parent))
from page_faults import built, faults

from riskmodel.assessment import Explanation
from riskmodel.cli import app
from riskmodel.errors import InputError, RunError
from riskmodel.exports import pdf as printing
from riskmodel.exports.credit_folder import write_reports
from riskmodel.exports.credit_report import Desk, credit_reports
from riskmodel.exports.pdf import Printer, browser
from riskmodel.named import rule_names
from riskmodel.outlook import Outlook, Way
from riskmodel.records import Known
from riskmodel.standing.timeline import timeline
from riskmodel.tables import TABLES, empty
from riskmodel.values import AsOf

JUNE = AsOf.of("2025-06-30")
ID = "91370306MA3TEST00X"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def row(table, **given):
    """A row of a table with the columns given, all others empty."""
    frame = empty(table)
    values = {
        c.name: given.get(c.name, c.default if c.kind not in ("date", "yuan", "number") else None)
        for c in TABLES[table].columns
    }
    return pd.DataFrame([values]).astype(frame.dtypes.to_dict())


def penalty(record, day, **given):
    return row("penalties", record_id=record, entity_id=ID, occurred_on=day, decided_on=day, known_on=day, authority="Bureau", violation="short weight", **{"category": "fine", "fine_yuan": 5000.0, **given})  # fmt: skip


@pytest.fixture
def desk(rules):
    tables = {name: empty(name) for name in TABLES}
    tables["enterprises"] = row(
        "enterprises",
        entity_id=ID,
        name="<b>Shop</b> & Co",
        established_on="2015-01-02",
        town="North",
        industry="F52",
        registered_capital_yuan=1e6,
    )
    tables["penalties"] = pd.concat(
        [
            penalty("P-open", "2025-01-10"), penalty("P-repaired", "2024-05-01"), penalty("P-old", "2019-05-01"),
            penalty("P-warned", "2025-02-01", category="warning", fine_yuan=None),
        ]
    )  # fmt: skip
    tables["repairs"] = row(
        "repairs", entity_id=ID, penalty_record_id="P-repaired", repaired_on="2024-12-01", known_on="2024-12-01"
    )
    tables["complaints"] = pd.concat(
        [
            row("complaints", record_id=f"C-{said}", entity_id=ID, received_on="2025-03-01", known_on="2025-03-01", channel=f"hotline {said}", verified=said)
            for said in ("yes", "no", "pending")
        ]
    )  # fmt: skip
    tables["inspections"] = row(
        "inspections",
        record_id="I",
        entity_id=ID,
        inspected_on="2025-04-01",
        known_on="2025-04-02",
        purpose="random",
        outcome_codes="4,E",
        inspector_ids="SECRET1,SECRET2",
        pi=0.125,
    )
    tables["abnormal_listings"] = row(
        "abnormal_listings",
        record_id="A",
        entity_id=ID,
        reason="unreachable",
        listed_on="2023-02-01",
        known_on="2023-02-01",
    )
    tables["commitments"] = row(
        "commitments",
        record_id="K",
        entity_id=ID,
        kind="repair",
        committed_on="2024-11-01",
        status="kept",
        status_on="2024-12-01",
        known_on="2024-11-01",
    )
    tables["ratings"] = pd.concat(
        [
            row("ratings", entity_id=ID, source="public", grade="B", valid_from="2025-01-01", known_on="2025-01-01"),
            row("ratings", entity_id=ID, source="industry", grade="AA", valid_from="2024-01-01", known_on="2024-01-01"),
        ]
    )
    known = Known(JUNE, tables, ("list_entries",), "opaque")
    return Desk(known, rules, date(2025, 7, 1), rule_names(rules, "en"), None, "en")


def one(desk):
    return next(iter(credit_reports(desk, [ID])))


def rows_of(report, title):
    return next(part.rows for part in report.parts if part.title == title)


class Words(HTMLParser):
    """Texts that a reader sees."""

    def __init__(self, html):
        super().__init__()
        self.seen, self.hidden = [], 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.hidden += tag == "style"

    def handle_endtag(self, tag):
        self.hidden -= tag == "style"

    def handle_data(self, data):
        if not self.hidden and data.strip():
            self.seen.append(data.strip())


def test_the_unified_report_holds_facts_in_the_order_of_the_layout(desk):
    report = one(desk)
    assert [part.title for part in report.parts] == [
        "Identity", "Public credit grade", "Penalties", "Abnormal-operation list", "Lists of the seriously dishonest and of the trustworthy",
        "Verified complaints and reports", "Inspections", "Credit commitments", "Ratings",
    ]  # fmt: skip
    assert dict(report.parts[0].rows)["Established on"] == "2015-01-02"
    assert rows_of(report, "Public credit grade") == (("Public credit grade", "minor dishonesty"),)
    assert rows_of(report, "Abnormal-operation list")[0][3] == "still listed"
    assert rows_of(report, "Inspections")[0][3] == "breach of quality rules, problem found, corrected after an order"
    assert rows_of(report, "Credit commitments")[0] == ("for repair", "2024-11-01", "kept", "2024-12-01")
    assert [r[1] for r in rows_of(report, "Ratings")] == ["AA"]


def test_what_is_repaired_past_its_term_or_not_public_stands_in_the_internal_report_alone(desk, decided, reasons):
    assert [r[0] for r in rows_of(one(desk), "Penalties")] == ["P-open"]
    inside = one(inside_of(desk, decided, reasons))
    states = {r[0]: r[-1] for r in rows_of(inside, "Penalties")}
    assert states == {
        "P-open": "published",
        "P-warned": "not published",
        "P-repaired": "repaired 2024-12-01",
        "P-old": "past its term",
    }


def inside_of(desk, decided, reasons):
    """The desk with an assessment that holds what a report asks of it."""

    events = timeline(desk.known)

    class Assessed:
        @staticmethod
        def explain(entity_id):
            row = {str(k): v for k, v in decided.iloc[2].items()}
            why = reasons[reasons["entity_id"].eq(row["entity_id"])]
            way = Way((), 7, date(2026, 1, 30), "C", 41, ())
            return Explanation(row, why, Outlook("D", 88, (way,), "", ("", ""), None, 24, 2, ()), events, JUNE)

    return replace(desk, assessment=Assessed())


def test_only_the_internal_report_tells_tier_score_and_reasons(desk, decided, reasons):
    public, inside = one(desk).html(), one(inside_of(desk, decided, reasons)).html()
    for secret in (
        "high risk",
        "Risk tier",
        "Risk score",
        "88",
        "2 general penalties",
        "Internal",
        "Timeline",
        "abnormal listings",
        "What would lower the tier",
        "2026-01-30",
    ):
        assert secret in inside, secret
        assert secret not in public, secret
    head, way = re.search(r"What would lower the tier.*?</h2>(.*?)</table>", inside, re.S)[1].split("</tr>")[:2]
    assert "1." not in head and "1." in way and "- " not in re.sub(r"<[^>]+>", "", way).strip()[:6]
    for never in ("SECRET1", "0.125", "hotline no", "hotline pending"):
        assert never not in public and never not in inside


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium")
@pytest.mark.parametrize(("lang", "width"), [("zh", 1300), ("en", 500)])
def test_a_browser_finds_no_fault_of_access_on_any_width(desk, decided, reasons, rules, tmp_path, lang, width):
    inside = replace(inside_of(desk, decided, reasons), lang=lang, names=rule_names(rules, lang))
    soup, probed = built(one(inside).html(), tmp_path, width)
    assert faults(soup) == []
    assert (probed["light"], probed["dark"], probed["wide"], probed["stuck"]) == ([], [], False, [])


def test_everything_is_escaped_and_nothing_is_fetched(desk):
    html = one(desk).html()
    assert "<b>Shop</b>" not in html and "&lt;b&gt;Shop&lt;/b&gt; &amp; Co" in html
    assert "default-src 'none'" in html and not re.search(r"(src|href)=|https?://|@import|url\(", html)


def test_a_kind_that_the_office_does_not_hold_is_not_called_clean(desk):
    lists = next(part for part in one(desk).parts if part.title.startswith("Lists"))
    assert (lists.rows, lists.nothing) == ((), "The office does not hold data of this kind.")


def test_without_an_imported_grade_none_is_made_up(desk):
    bare = replace(desk, known=desk.known.with_table("ratings", empty("ratings")))
    assert rows_of(one(bare), "Public credit grade")[0][1] == "no valid public evaluation was imported"


def test_an_unknown_enterprise_is_refused(desk):
    with pytest.raises(InputError) as caught:
        list(credit_reports(desk, [ID, "nobody"]))
    assert (caught.value.code, caught.value.found) == ("RM-INP-009", "nobody")


def test_no_word_of_the_other_language_is_left(desk, decided, reasons):
    english = inside_of(desk, decided.assign(evidence=""), reasons.assign(records_en=""))
    seen = [w for w in Words(one(english).html()).seen if desk.rules.document not in w]
    assert [w for w in seen if CHINESE.search(w)] == []
    chinese = replace(inside_of(desk, decided, reasons), lang="zh", names=rule_names(desk.rules))
    data = {"<b>Shop</b> & Co", ID, "North", "F52", "Bureau", "short weight", "hotline yes", "AA", "CAN"}
    left = [
        w for w in Words(one(chinese).html()).seen if re.search(r"[A-Za-z]{3}", w) and not any(d in w for d in data)
    ]
    assert [w for w in left if not re.search(r"^P-|riskmodel|XB-", w)] == []


def test_the_same_day_gives_the_same_page(desk):
    assert one(desk).html() == one(desk).html()


def test_pages_are_written_whole_under_the_credit_code(desk, tmp_path):
    files = write_reports(credit_reports(desk, [ID]), tmp_path / "out", pdf=False)
    assert [f.name for f in files] == [f"{ID}.html"] == [p.name for p in (tmp_path / "out").iterdir()]


def test_without_a_browser_the_error_says_what_to_do(monkeypatch):
    monkeypatch.setattr(printing.shutil, "which", lambda name: None)
    assert browser() is None
    with pytest.raises(RunError) as caught, Printer():
        pass
    assert caught.value.code == "RM-RUN-005" and "--no-pdf" in caught.value.message("zh")


@pytest.mark.slow
@pytest.mark.skipif(browser() is None or shutil.which("pdftotext") is None, reason="needs Chromium and poppler")
def test_the_pdf_is_a4_with_all_texts_and_page_numbers(desk, tmp_path):
    write_reports(credit_reports(replace(desk, lang="zh"), [ID]), tmp_path, pdf=True)
    place = tmp_path / f"{ID}.pdf"
    facts = subprocess.run(["pdfinfo", str(place)], check=True, capture_output=True, text=True).stdout
    width, height = (float(x) for x in facts.split("Page size:")[1].split("pts")[0].split("x"))
    assert abs(width - 595.3) < 1 and abs(height - 841.9) < 1
    text = subprocess.run(["pdftotext", "-layout", str(place), "-"], check=True, capture_output=True).stdout.decode()
    assert "第1页共2页" in text.replace(" ", "")
    for part in ("企业信用报告", "<b>Shop</b> & Co", "P-open", "信用修复与异议"):
        assert part in text
    assert "P-repaired" not in text


@pytest.mark.slow
def test_the_command_writes_many_and_refuses_none(sample, sample_records, tmp_path):
    ids = sample_records["enterprises"]["entity_id"].head(3).tolist()
    (tmp_path / "ids.txt").write_text("\n".join(ids), "utf-8")
    command = [
        "credit-report",
        str(sample),
        "--ids",
        str(tmp_path / "ids.txt"),
        "--out",
        str(tmp_path / "out"),
        "--no-pdf",
    ]
    said = CliRunner().invoke(app, command)
    assert said.exit_code == 0 and "3 户" in said.output, said.output
    assert sorted(p.stem for p in (tmp_path / "out").iterdir()) == sorted(ids)
    refused = CliRunner().invoke(app, ["credit-report", str(sample)]).exception
    assert isinstance(refused, InputError) and refused.code == "RM-INP-011"
