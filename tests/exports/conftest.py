"""Frames of a small district as the other rooms hand them over."""

import shutil
import subprocess
from datetime import date

import pandas as pd
import pytest

from riskmodel.warning.routing import digests
from riskmodel.warning.signs import Signs

NAMES = ["=1+1鑫淼贸易", "<script>alert('x')</script>商店", "@昇喆堃餐饮店", "犇骉囍纺织厂", "平安便利店"]
IDS = [f"91370306MA3TEST{i:02d}X" for i in range(5)]


@pytest.fixture
def decided():
    return pd.DataFrame(
        {
            "entity_id": IDS, "name": NAMES, "kind": "enterprise", "industry": "F52", "town": ["北郊镇", "南郊镇"] * 2 + [""],
            "special_field": ["none", "drug", "none", "none", "none"], "risk_score": [3, 40, 88, 40, 0],
            "probability": [0.02, 0.3, 0.777, 0.3, 0.01], "model_tier": ["A", "D", "E", "D", "A"],
            "score_tier": ["A", "D", "E", "D", "A"],
            "risk_tier": ["A", "D", "E", "E", "A"], "rule_id": ["", "", "", "serious-dishonesty", ""],
            "clause": ["", "", "", "1.5", ""], "evidence": ["", "", "", "serious_dishonesty 2024-05-13 某局", ""],
            "credit_grade": ["trustworthy", "minor", "general", "serious", "minor"],
            "credit_grade_origin": ["imported", "fallback", "imported", "imported", "fallback"], "visits_this_year": 0,
        }
    )  # fmt: skip


@pytest.fixture
def reasons():
    rows = [
        (IDS[2], 1, "R-PEN-02", 18, "近两年有2次一般违法处罚", "2 general penalties", "罚〔2024〕1号(2024-03-05,某局)"),
        (IDS[2], 2, "R-CTX-01", 4, "所在镇街近两年抽查问题率17.3%", "problem share of the town 17.3%", ""),
        (IDS[1], 1, "R-CMP-01", 9, "近一年有4件查实投诉", "4 verified complaints", "T1(2025-01-01)"),
    ]
    frame = pd.DataFrame(rows, columns=["entity_id", "rank", "code", "points", "zh", "en", "records"])
    return frame.assign(feature="f", value=1.0, records_en=frame["records"])


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "entity_id": IDS, "stratum": ["S01", "S02", "S03", "S03", "S01"], "pi": [0.5, 1.0, 1.0, 1.0, 0.5],
            "because": ["ratio", "special-fields-always", "ratio", "ratio", "ratio"], "clause": ["2.2", "5.1", "2.2", "2.2", "2.2"],
        }
    )  # fmt: skip


@pytest.fixture
def visits(frame, decided):
    table = frame.iloc[1:4].merge(decided[["entity_id", "name", "town", "industry", "special_field"]], on="entity_id")
    return table.assign(
        visit_no=[1, 2, 3],
        ticket="f" * 64,
        team=["T02", "T10", "T02"],
        inspector_ids="a,b",
        inspector_names="王堃,李昇",
        items=["登记事项检查、药品经营检查", "", ""],
    )


@pytest.fixture
def cases():
    stages = ["improving", "reminder_due", "watched", "released"]
    return pd.DataFrame(
        {
            "case_id": [f"C{i}" for i in range(4)], "entity_id": IDS[:4], "name": NAMES[:4], "town": "北郊镇", "stage": stages,
            "rule_id": ["repeat-minor-180", "repeat-minor-180", "no-improvement", "repeat-minor-180"], "clause": "4.3",
            "opened_on": pd.Timestamp("2025-03-02"), "stage_on": pd.Timestamp("2025-05-01"), "events": 2,
            "due_on": pd.Timestamp("2025-05-20"), "talk_on": pd.NaT, "talk_by": "", "gravest": "general", "items": "",
            "special_field": "none", "industry": "F5212",
            "evidence": "罚〔2025〕1号(2025-01-10)", "departments": ["", "", "区市场监管局", ""],
        }
    )  # fmt: skip


@pytest.fixture
def digest(cases, rules):
    return digests(cases, rules.warning, date(2025, 6, 30)).table


@pytest.fixture
def found():
    table = pd.DataFrame(
        {"entity_id": IDS[:2], "name": NAMES[:2], "town": "北郊镇", "industry": "F52", "events": [2, 1], "usual": [0.25, 0.25],
         "score": [1.5, 0.5], "evidence": ["罚〔2025〕2号(2025-05-10, 某局)", ""], "wave": ["", "industry:F; town:北郊镇"]}
    )  # fmt: skip
    days = {"since": pd.Timestamp("2025-06-01"), "until": pd.Timestamp("2025-06-30")}
    waves = pd.DataFrame(
        {"area": ["town"], "group": "北郊镇", **days, "enterprises": 14, "expected": 3.25, "p": 0.0001}
    )
    return Signs(table, waves, pd.DataFrame({"case_id": ["C2"], "wave": ["town:北郊镇"]}))


@pytest.fixture
def intake():
    rows = [("enterprises", "名录.csv", 9, 5, 3, 1), ("penalties", "处罚.csv", 0, 0, 0, 0)]
    return pd.DataFrame(rows, columns=["table", "file", "rows", "accepted", "quarantined", "superseded"])


@pytest.fixture
def resolutions():
    row = ("penalties", "处罚.csv", 4, "甲纺织有限公司", "name", "91370306MA3ABCDE1H", 100.0)
    return pd.DataFrame([row], columns=["table", "file", "row", "found", "how", "entity_id", "score"])


@pytest.fixture
def quarantine():
    reasons = ["bad_check_digit", "bad_check_digit", "missing_id"]
    return pd.DataFrame(
        {
            "table": "enterprises", "file": "名录.csv", "row": [1, 2, 3], "entity_id": ["x", "y", ""],
            "field": "entity_id", "found": ["=cmd|' /C calc'!A0", "y", ""], "reason": reasons, "candidates": "",
        }
    )  # fmt: skip


@pytest.fixture
def items():
    return pd.DataFrame(
        {
            "item_id": ["2", "1"], "category": ["登记", "价格"], "item": ["=HYPERLINK(1)", "明码标价"], "subject": "企业",
            "weight": ["key", "general"], "method": "现场检查", "department": "区市场监管局", "legal_basis": "某法第1条",
        }
    )  # fmt: skip


@pytest.fixture
def rules():
    from riskmodel.policy import load_policy
    from riskmodel.values import AsOf

    return load_policy("zhoucun-2020").at(AsOf.of("2025-06-30"))


@pytest.fixture
def printed(tmp_path):
    """Print a workbook with another program into a PDF beside it, and give the text of its pages."""
    if shutil.which("soffice") is None or shutil.which("pdftotext") is None:
        pytest.skip("needs LibreOffice and poppler")

    def printing(path):
        profile = f"-env:UserInstallation=file://{tmp_path}/profile"
        command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(path.parent), str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
        command = ["pdftotext", "-layout", str(path.with_suffix(".pdf")), "-"]
        return subprocess.run(command, check=True, capture_output=True).stdout.decode()

    return printing
