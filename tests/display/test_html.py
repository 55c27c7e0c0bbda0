"""Small HTML: everything escaped, words of the language, long frames cut with a note."""

import pandas as pd

from riskmodel.display.html import badge, table
from riskmodel.tables import TABLES

FRAME = pd.DataFrame(
    {
        "name": ["<script>alert(1)</script>", "鑫淼"], "risk_tier": ["E", "A"], "special_field": ["drug", "none"],
        "probability": [0.125, float("nan")], "enterprises": [1234, 5], "opened_on": pd.to_datetime(["2025-01-02", None]),
    }
)  # fmt: skip


def test_cells_headings_and_captions_are_escaped():
    html = table(FRAME, headings={"name": "<i>"}, caption="a<b")
    assert "<script>" not in html and "&lt;script&gt;" in html
    assert "<i>" not in html and "&lt;i&gt;" in html and "a&lt;b" in html


def test_codes_dates_shares_and_gaps_are_shown_as_people_write_them():
    html = table(FRAME)
    for shown in ("E 高风险", "药品", "12.5%", "1,234", "2025-01-02", "风险等级", "—"):
        assert shown in html
    assert "E high risk" in table(FRAME, lang="en")


def test_a_long_frame_says_how_many_rows_are_left_out():
    html = table(pd.DataFrame({"count": range(25)}), limit=20)
    assert html.count("<tr>") == 1 + 20 + 1
    assert "其余 5 个" in html


def test_a_badge_of_something_else_is_grey_and_escaped():
    assert "&lt;b&gt;" in badge("<b>") and "#d5dbe1" in badge("<b>")


def test_outcomes_departments_and_days_are_shown_as_people_write_them():
    frame = pd.DataFrame(
        {
            "outcome_codes": ["1", "4,5"], "departments": ["市监局; 应急局", ""],
            "on": pd.to_datetime(["2025-01-02", None]), "value": [13018.4551, 0.0953],
        }
    )  # fmt: skip
    html = table(frame)
    assert "未发现问题" in html and "违反质量技术监督相关规定、违反其他部门相关规定" in html
    assert "市监局、应急局" in html and '<span style="white-space:nowrap">2025-01-02</span>' in html
    assert ">13,018<" in html and ">0.095<" in html


def test_a_field_is_called_as_its_table_calls_it():
    frame = pd.DataFrame({"table": ["penalties", "items"], "field": ["legal_basis", "legal_basis"]})
    html = table(frame)
    assert TABLES["penalties"]["legal_basis"].zh in html and TABLES["items"]["legal_basis"].zh in html
    assert TABLES["penalties"]["legal_basis"].zh != TABLES["items"]["legal_basis"].zh
