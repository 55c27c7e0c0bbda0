"""Pictures: same bytes, no missing glyphs, colours that also work in grey."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from riskmodel.display import canvas, figures
from riskmodel.named import rule_names

TIERS = pd.DataFrame({"risk_tier": list("ABCDE"), "enterprises": [580, 260, 90, 50, 20]})
RELIABILITY = pd.DataFrame(
    {"mean_predicted": [0.05, 0.4], "observed": [0.04, 0.5], "low": [0.01, 0.3], "high": [0.09, 0.7], "n": [200, 20]}
)
EVENTS = pd.DataFrame(
    {
        "month": ["2025-01", "2025-03", "2025-01", "2025-03"],
        "kind": ["penalties"] * 2 + ["complaints"] * 2,
        "count": [4, 6, 1, 2],
    }
)
TOWNS = pd.DataFrame({"town": ["鑫淼燚犇骉囍堃喆昇镇", "$x$ & <b>", "\U000f0000"], **{t: [3, 2, 1] for t in "ABCDE"}})
STRATA = pd.DataFrame({"stratum": ["S01", "S02"], "size": [1000, 20], "n": [10, 20]})
INTAKE = pd.DataFrame({"table": ["penalties", "penalties", "items"], "rows": [10, 0, 0], "quarantined": [1, 0, 0]})

DRAWN = {
    "tiers": lambda lang: figures.tier_bars(TIERS, lang=lang),
    "scores": lambda lang: figures.score_histogram(np.array([-2, 0, 0, 5, 40]), {"B": 5, "E": 40}, lang=lang),
    "calibration": lambda lang: figures.calibration(RELIABILITY, lang=lang),
    "monthly": lambda lang: figures.monthly_events(EVENTS, lang=lang),
    "towns": lambda lang: figures.town_bars(TOWNS, lang=lang),
    "plan": lambda lang: figures.plan_bars(STRATA, lang=lang),
    "quality": lambda lang: figures.quality_bars(INTAKE, lang=lang),
}
EMPTY = {
    "tiers": lambda: figures.tier_bars(TIERS.iloc[:0]),
    "scores": lambda: figures.score_histogram(np.array([]), {}),
    "calibration": lambda: figures.calibration(RELIABILITY.iloc[:0]),
    "monthly": lambda: figures.monthly_events(EVENTS.iloc[:0]),
    "towns": lambda: figures.town_bars(TOWNS.iloc[:0]),
    "plan": lambda: figures.plan_bars(STRATA.iloc[:0]),
    "quality": lambda: figures.quality_bars(INTAKE.iloc[:0]),
}


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_same_numbers_give_the_same_bytes_without_a_missing_glyph(name, lang):
    first, second = DRAWN[name](lang), DRAWN[name](lang)
    assert figures.to_png(first, dpi=60) == figures.to_png(second, dpi=60)
    assert figures.to_svg(first, name=name) == figures.to_svg(second, name=name)


@pytest.mark.parametrize("name", EMPTY)
def test_a_picture_of_nothing_is_still_a_picture(name):
    ElementTree.fromstring(figures.to_svg(EMPTY[name]()))


def test_strata_are_called_by_their_tiers_and_rules_in_words():
    strata = STRATA.assign(risk_tier=["A,B", "C D"], because=["just-visited", "special"])
    (axes,) = figures.plan_bars(strata, names={"special": "特殊领域（条款5.1）"}).axes
    said = [label.get_text() for label in axes.get_yticklabels()]
    assert said == ["S01 AB 刚检查过，暂不抽取", "S02 CD 特殊领域（条款5.1）"]


def test_a_users_own_settings_change_nothing_and_stay_as_they_were():
    from matplotlib import rc_context, rcParams

    plain = figures.to_png(DRAWN["towns"]("zh"), dpi=60)
    with rc_context({"font.size": 30, "axes.facecolor": "red", "text.color": "red"}):
        assert figures.to_png(DRAWN["towns"]("zh"), dpi=60) == plain
        assert rcParams["font.size"] == 30


def test_an_svg_stands_in_a_page_without_touching_it():
    svg = figures.to_svg(DRAWN["tiers"]("zh"), name="tiers", alt='各等级"企业数" <b>')
    root = ElementTree.fromstring(svg)
    ids = re.findall(r'\bid="([^"]+)"', svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == '各等级"企业数" <b>'
    assert ids and all(i.startswith("tiers-") for i in ids)
    assert all(target.startswith("tiers-") for target in re.findall(r'href="#([^"]+)"', svg))
    assert "<style" not in svg and "<metadata" not in svg and "http://www.w3.org" in svg
    assert canvas.INK not in svg and "currentColor" in svg


def test_two_pictures_of_a_page_share_no_id():
    ids = [set(re.findall(r'\bid="([^"]+)"', figures.to_svg(draw("zh"), name=name))) for name, draw in DRAWN.items()]
    assert len(set.union(*ids)) == sum(len(part) for part in ids)


def test_tier_colours_darken_from_a_to_e_so_that_they_show_in_grey():
    def lightness(colour):
        part = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
        return 116 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16  # CIE L*

    steps = -np.diff([lightness(c) for c in figures.TIER_COLOURS.values()])
    assert list(figures.TIER_COLOURS) == list("ABCDE")
    assert steps.min() > 8  # a just noticeable difference is about 1; 8 is plain in print


def test_labels_at_line_ends_keep_apart():
    places = canvas.apart(np.array([10.0, 9.9, 9.8]), 2.0)
    assert (-np.diff(places) >= 2.0).all() and places.min() >= 0


def test_numbers_of_visits_stand_on_no_bar_but_their_own():
    narrow = pd.DataFrame(
        {
            "mean_predicted": [0.180, 0.188, 0.193, 0.200, 0.250], "observed": [0.1, 0.2, 0.05, 0.35, 0.47],
            "low": [0.03, 0.08, 0.01, 0.18, 0.31], "high": [0.28, 0.38, 0.46, 0.56, 0.64], "n": [38, 20, 11, 26, 45],
        }
    )  # fmt: skip
    figure = figures.calibration(narrow)
    FigureCanvasAgg(figure).draw()
    axes = figure.axes[0]
    numbers = [text for text in axes.texts if text.get_text().isdigit()]
    assert {text.get_text() for text in numbers} >= {"26", "45"}
    bars = [
        axes.transData.transform([(row.mean_predicted, row.low), (row.mean_predicted, row.high)])
        for row in narrow.itertuples()
    ]
    for text in numbers:
        box = text.get_window_extent()
        assert not [1 for (x, low), (_, high) in bars if box.x0 < x < box.x1 and low < box.y1 and high > box.y0]


def test_names_of_rules_in_english_are_whole_in_the_picture_of_a_plan(sample_assessment):
    strata = pd.DataFrame(
        {
            "stratum": ["S01", "S02"],
            "risk_tier": ["E", "A,B"],
            "because": ["ratio", "more-for-serious"],
            "size": [9, 9],
            "n": [9.0, 1],
        }
    )
    figure = figures.plan_bars(strata, names=rule_names(sample_assessment.rules, "en"), lang="en")
    shown = " ".join(label.get_text() for label in figure.axes[0].get_yticklabels())
    assert "S01 E drawn at the ratio of the risk tier" in shown and "…" not in shown
