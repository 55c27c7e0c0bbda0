"""Flows: a ribbon for each pair that somebody moved between, widths that add up, escaped words."""

import re

import pandas as pd

from riskmodel.display.flow import flows

TABLE = pd.DataFrame(
    {"A": [7, 2, 1, 10], "B": [3, 5, 0, 8], "left": [0, 1, 0, 1], "total": [10, 8, 1, 19]}, index=["A", "B", "entered", "total"]
)  # fmt: skip
NAMES = {"A": "A <low>", "B": "B", "entered": "new", "left": "gone", "total": "all"}


def test_every_pair_that_moved_has_a_ribbon_as_wide_as_its_share():
    svg = flows(TABLE, NAMES, "flows")
    titles = dict(re.findall(r"<title>(.*?): (\d+)</title>", svg))
    assert titles == {"A &lt;low&gt; → B": "3", "B → A &lt;low&gt;": "2", "B → gone": "1", "new → A &lt;low&gt;": "1"}
    # 7 moved: 300 units high in all
    widths = {t: float(w) for w, t in re.findall(r"v([\d.]+)C.*?<title>(.*?):", svg)}
    assert widths["A &lt;low&gt; → B"] == round(300 * 3 / 7, 1)


def test_words_are_escaped_and_totals_stand_beside_them():
    svg = flows(TABLE, NAMES, 'a "b"')
    assert "A &lt;low&gt; 10" in svg and "<low>" not in svg
    assert 'aria-label="a &quot;b&quot;"' in svg


def test_the_same_table_gives_the_same_picture():
    assert flows(TABLE, NAMES, "x") == flows(TABLE, NAMES, "x")
