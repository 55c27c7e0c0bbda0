"""The card of an enterprise: everything said, escaped, in one language; the timeline places events by their days."""

import re
from datetime import date

import pandas as pd
import pytest

from riskmodel.display.card import card, lifeline

TODAY = date(2025, 6, 30)
DECIDED = {
    "name": "<b>商店</b>", "entity_id": "91370306MA3TEST00X", "risk_tier": "E", "risk_score": 88, "probability": 0.777,
    "town": "北郊镇", "industry": "F52", "credit_grade": "serious",
}  # fmt: skip
REASONS = pd.DataFrame({
    "rank": [1, 2], "zh": ["近两年有2次处罚", "<i>"], "en": ["2 penalties", "<i>"], "points": [18, 9],
    "records": ["罚1号", ""], "records_en": ["P1", ""],
})  # fmt: skip


@pytest.fixture
def events():
    rows = [
        ("2025-06-30", None, "penalties", "serious", "罚2号", "某局", "<script>", 5000.0),
        ("2023-07-01", None, "abnormal_listings", "", "列1号", "某局", "unreachable", float("nan")),
        ("2022-01-01", "2022-07-01", "abnormal_listings", "", "列0号", "", "annual_report", float("nan")),
        ("2021-06-30", None, "inspections", "", "JC1", "", "1", float("nan")),
        ("2010-01-01", None, "complaints", "", "T0", "", "yes", float("nan")),
    ]
    columns = ["on", "until", "kind", "severity", "record_id", "authority", "detail", "fine_yuan"]
    return pd.DataFrame(rows, columns=columns).astype({"on": "datetime64[s]", "until": "datetime64[s]"})


def test_a_card_says_tier_facts_reasons_records_and_more_and_escapes_all(events):
    html = card(DECIDED, REASONS, events, TODAY, sentences=["怎样降级 <x>"], rule="等级依据：按风险分")
    for said in (
        "E 高风险",
        "&lt;b&gt;商店&lt;/b&gt;",
        "严重失信",
        "77.7%",
        "+18",
        "罚1号",
        "怎样降级 &lt;x&gt;",
        "按风险分",
        "罚款 5,000 元",
        "全部记录 5 条",
    ):
        assert said in html
    assert not re.search(r"<(script|i|x|b)>", html)


def test_an_english_card_keeps_chinese_to_the_data(events):
    data = {**DECIDED, "name": "Shop", "town": "North"}
    shown = events.assign(record_id="R1", authority="bureau")
    assert not re.search("[\u3400-\u9fff]", card(data, REASONS, shown, TODAY, lang="en"))


def test_a_card_without_reasons_probability_or_events_is_whole(events):
    html = card({**DECIDED, "probability": float("nan")}, REASONS.iloc[:0], events.iloc[:0], TODAY)
    assert "无高于典型企业的风险因素" in html and "nan" not in html and "<svg" not in html


def test_events_stand_at_their_days_and_what_lasts_reaches_today(events):
    svg = lifeline(events, TODAY)
    # five years over 502 units from 118 on: today at 620, four years before at 620 - 502 * 1461 / 1826
    assert 'cx="620.0"' in svg
    assert f'cx="{620 - 502 * 1461 / 1826:.1f}"' in svg
    assert 'fill="#c14a34"><title>2023-07-01' in svg, "still listed"
    assert 'fill="#8c96a0"><title>2022-01-01' in svg, "removed"
    assert "T0" not in svg, "older than the picture"


def test_nothing_recent_gives_no_picture(events):
    assert lifeline(events[events["kind"].eq("complaints")], TODAY) == ""
