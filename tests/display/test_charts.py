"""Pictures of evaluations: same bytes, no missing glyphs, also where there is nothing to draw."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb

from riskmodel.display import canvas, charts

WINDOWS = pd.DataFrame(
    [
        ("2024-06-30", "train", "2023-06-30", "2023-06-30"), ("2024-06-30", "mature", "2023-06-30", "2023-12-31"),
        ("2024-06-30", "calibrate", "2023-12-31", "2024-06-30"), ("2024-06-30", "test", "2024-06-30", "2024-06-30"),
        ("2024-06-30", "label", "2024-06-30", "2024-12-31"),
    ],
    columns=["test_day", "part", "first_on", "last_on"],
).astype({"test_day": "datetime64[us]"})  # fmt: skip
PRECISION = pd.DataFrame(
    {"model": ["评分卡"] * 2 + ["random"] * 2, "share": [0.1, 0.2] * 2, "value": [0.4, 0.3, 0.1, 0.1],
     "low": [0.3, 0.2, 0.05, 0.05], "high": [0.5, 0.5, 0.4, 0.4]}
)  # fmt: skip
METRICS = PRECISION.drop(columns="share").assign(as_of=["2024-06-30", "2024-12-31"] * 2)
GROUPS = pd.DataFrame(
    {"group": ["鑫淼燚犇骉囍堃喆昇镇", "$x$ & <b>", "王村镇", "(others)"], "status": ["reported", "reported", "few_rows", "others"],
     "figure": "selection_rate", "ratio": [0.9, 3.0, np.nan, 1.1], "ratio_low": [0.8, 2.0, np.nan, 0.7],
     "ratio_high": [1.0, 4.0, np.nan, 1.6]}
)  # fmt: skip
SIZES = pd.DataFrame({"group": GROUPS["group"], "n": [4000, 900, 40, 60]})
NAMES = ["A", "B", "entered", "total"], ["A", "B", "left", "total"]
TRANSITIONS = pd.DataFrame(
    [[9, 1, 0, 10], [2, 3, 1, 6], [1, 0, 0, 1], [12, 4, 1, 17]], index=NAMES[0], columns=NAMES[1]
)

DRAWN = {
    "splits": lambda lang: charts.split_windows(WINDOWS, lang=lang),
    "precision": lambda lang: charts.precision_by_length(PRECISION, lang=lang),
    "time": lambda lang: charts.figures_over_time(METRICS, "auc", lang=lang),
    "groups": lambda lang: charts.group_dots(GROUPS, SIZES, bounds=(0.8, 1.25), lang=lang),
    "unbounded": lambda lang: charts.group_dots(GROUPS, SIZES, lang=lang),
    "transitions": lambda lang: charts.transition_matrix(TRANSITIONS, lang=lang),
}
EMPTY = {
    "splits": lambda: charts.split_windows(WINDOWS.iloc[:0]),
    "precision": lambda: charts.precision_by_length(PRECISION.iloc[:0]),
    "time": lambda: charts.figures_over_time(METRICS.iloc[:0], "auc"),
    "groups": lambda: charts.group_dots(GROUPS.iloc[:0], SIZES),
    "transitions": lambda: charts.transition_matrix(TRANSITIONS * 0),
}


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_same_numbers_give_the_same_bytes_without_a_missing_glyph(name, lang):
    first, second = DRAWN[name](lang), DRAWN[name](lang)
    assert canvas.to_png(first, dpi=60) == canvas.to_png(second, dpi=60)


@pytest.mark.parametrize("name", EMPTY)
def test_a_picture_of_nothing_is_still_a_picture(name):
    ElementTree.fromstring(canvas.to_svg(EMPTY[name]()))


def texts(figure):
    return {text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))}


def test_a_timeline_names_the_stages_of_each_case_and_an_empty_one_says_so():
    day = pd.Timestamp("2025-03-03")
    ledger = pd.DataFrame(
        {
            "case_id": "W-e-2025-03-03", "entity_id": "e", "on": [day, day, day + pd.Timedelta(days=20)],
            "to_stage": ["observed", "reminder_due", "improving"],
        }
    )  # fmt: skip
    events = pd.DataFrame({"entity_id": ["e"], "name": ["某企业"], "occurred_on": [day], "severity": ["minor"]})
    shown = texts(charts.case_timeline(ledger, events, ["W-e-2025-03-03"]))
    assert {"待提醒约谈", "整改期", "某企业"} <= shown
    assert "积累关注" not in shown  # of stages of one day the last
    assert "暂无数据" in texts(charts.case_timeline(ledger, events, []))


def test_lead_by_budget_has_a_line_with_a_name_for_every_detector():
    rows = [
        {"model": m, "budget": b, "value": 10 * b, "low": 5 * b, "high": 12 * b}
        for m in ("rule", "hawkes")
        for b in (1, 2)
    ]
    assert {"计数规则", "自激强度"} <= texts(charts.lead_by_budget(pd.DataFrame(rows)))


def test_no_two_lines_of_a_picture_look_alike_and_chance_is_grey():
    names = ["expert", "scorecard", "blended", "challenger", "last_result", "most_penalties", "inspector", "random"]
    rows = [
        {"as_of": day, "model": name, "value": 0.5 + place / 50, "low": 0.4, "high": 0.7}
        for place, name in enumerate(names)
        for day in pd.date_range("2024-01-31", periods=3, freq="ME")
    ]
    figure = charts.figures_over_time(pd.DataFrame(rows), "auc")
    lines = figure.axes[0].get_lines()
    looks = {(line.get_color(), line.get_linestyle()) for line in lines}
    assert len(looks) == len(lines) == len(names)
    assert len({patch.get_facecolor().tobytes() for patch in figure.axes[0].collections}) == 5  # no band around chance
    assert len(figure.axes[0].collections) == len(names) - 1


def luminance(colour):
    parts = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in to_rgb(colour)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def test_numbers_in_painted_cells_keep_their_contrast_on_a_dark_page():
    moves = pd.DataFrame([[90, 10, 100], [3, 40, 43], [93, 50, 143]], index=["A", "B", "total"])
    figure = charts.transition_matrix(moves.set_axis(["A", "B", "total"], axis=1))
    axes = figure.axes[0]
    painted = axes.images[0]
    for text in axes.texts:
        column, row = (int(place) for place in text.get_position())
        share = painted.get_array()[row, column]
        if np.ma.is_masked(share) or np.isnan(share):
            assert text.get_color() == canvas.INK  # on the page itself: follows it
            continue
        assert text.get_color() not in (canvas.INK, *canvas.FOLLOWING)  # does not turn pale with the page
        light, dark = sorted((luminance(painted.to_rgba(share)[:3]), luminance(text.get_color())), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (row, column)


def test_labels_of_stages_do_not_run_into_each_other():
    day, stages = (
        pd.Timestamp("2021-02-21"),
        ["reminder_due", "reminded", "not_improved", "watched", "warned", "answered"],
    )
    ledger = pd.DataFrame(
        {
            "case_id": "W", "entity_id": "e", "to_stage": [*stages, "released"],
            "on": [day + pd.Timedelta(days=n) for n in (0, 12, 60, 70, 80, 190, 1300)],
        }
    )  # fmt: skip
    events = pd.DataFrame({"entity_id": ["e"], "name": ["某企业"], "occurred_on": [day], "severity": ["minor"]})
    figure = charts.case_timeline(ledger, events, ["W"])
    FigureCanvasAgg(figure).draw()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert len(boxes) == 7
    clashes = [(i, j) for i, a in enumerate(boxes) for j, b in enumerate(boxes[:i]) if a.overlaps(b)]
    assert clashes == []
