"""Tables and pictures that show themselves in a notebook."""

import builtins
import re

import pandas as pd
import pytest

from riskmodel.display.canvas import DARK, FOLLOWING
from riskmodel.display.lookup import Lookup
from riskmodel.display.pictures import assessed

FRAME = pd.DataFrame({"risk_tier": ["E", "A"], "name": ["<b>甲</b>", "乙"], "probability": [0.5, float("nan")]})


def test_a_lookup_searches_offline_and_escapes():
    pytest.importorskip("itables")
    html = Lookup(FRAME, "全部企业")._repr_html_()
    assert not re.search(r"<(script|link)[^>]*(src|href)=", html), "nothing is fetched"
    said = re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), html)  # itables writes JSON
    assert "查找" in said and "全部企业" in said
    assert "<b>甲" not in said and "&lt;b&gt;甲" in said


def test_without_itables_a_lookup_is_a_plain_table(monkeypatch):
    found = builtins.__import__

    def without(name, *rest, **options):
        if name.split(".")[0] == "itables":
            raise ImportError(name)
        return found(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    html = Lookup(FRAME, "全部企业", limit=1)._repr_html_()
    assert html.startswith("<table") and "其余 1 个" in html and "E 高风险" in html


def test_pictures_follow_the_ink_of_the_page(sample_assessment):
    for what in ("tiers", "scores", "towns", "calibration"):
        html = sample_assessment.plot(what)._repr_html_()
        assert "currentColor" in html and "aria-label" in html and "#1f2933" not in html
    with pytest.raises(ValueError, match="no picture 'towers'"):
        assessed("towers", FRAME, FRAME)


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_picture_is_read_in_a_dark_notebook(sample_assessment):
    html = sample_assessment.plot("calibration")._repr_html_()
    dark = html[html.index("<style>") : html.index("</style>")]
    assert all(f"{page} .riskmodel-figure" in dark for page in DARK)
    colours = dict(re.findall(r"--(figure-[a-z0-9]+):(#[0-9a-f]{6})!important", dark))
    assert set(colours) == {name for name, _ in FOLLOWING.values()} and 'class="riskmodel-figure"' in html
    for name in colours.keys() - {"figure-pale", "figure-e"}:  # those are areas; the others are also ink of labels
        assert (luminance(colours[name]) + 0.05) / (luminance("#111111") + 0.05) >= 4.5, name


def test_a_lookup_takes_sheet_and_ink_from_the_page():
    pytest.importorskip("itables")
    html = Lookup(FRAME, "全部企业")._repr_html_()
    assert '<div class="riskmodel-lookup">' in html
    assert ".riskmodel-lookup div.dt-container{background:transparent;color:inherit}" in html


def test_an_assessment_shows_badges_a_lookup_of_all_and_cards(sample_assessment):
    html = sample_assessment._repr_html_()
    assert "E 高风险" in html and "border-radius" in html
    shown = sample_assessment.lookup()
    assert len(shown.frame) == len(sample_assessment.decided)
    assert shown.frame["risk_tier"].iloc[0] == "E" and shown.frame["risk_tier"].iloc[-1] == "A"
    top = sample_assessment.explain(shown.frame["entity_id"].iloc[0])
    card = top._repr_html_()
    assert "<svg" in card and "全部记录" in card
    assert set(top.events["on"] <= pd.Timestamp("2025-06-30")) == {True}
    for line in top.lines()[1:]:
        for part in re.findall(r"〔\d{4}〕\d+号", line):
            assert part in card
