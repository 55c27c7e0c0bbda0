"""Pictures of simulation studies, from frames: strategies side by side, over time, the frontier, the fit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from textwrap import wrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from riskmodel.display.canvas import (
    ACCENT,
    INK,
    LINES,
    MUTED,
    PALE,
    WIDTH,
    abreast,
    canvas,
    drawable,
    note,
    sheet,
    styled,
    two_lines,
    upright,
)
from riskmodel.display.study_words import measure_label, study_say, study_word
from riskmodel.display.text import Lang, word

# Characters of a name, and of a line of a panel's title.
_LONGEST: Mapping[Lang, int] = {"zh": 16, "en": 26}
_SHARES = (
    "hit_rate",
    "covered",
    "towns_covered",
    "towns_visited",
    "true_rate",
    "estimate",
    "error",
    "standard_error",
    "inside",
)


@styled
def strategy_panels(
    summary: pd.DataFrame, measures: Sequence[str], *, yearly: Collection[str] = (), lang: Lang = "zh"
) -> Figure:
    """A panel for each measure, a dot with its interval for each strategy; `summary` as `Study.summary`.

    `yearly` names the measures that are sums of a year.
    """
    names = list(dict.fromkeys(summary["strategy"]))
    figure = sheet(0.9 + 0.42 * len(names), WIDTH * 1.5)
    for place, measure in enumerate(measures):
        axes = figure.add_subplot(1, len(measures), place + 1)
        rows = summary[summary["measure"].eq(measure)].set_index("strategy").loc[names]
        y = np.arange(len(names))
        low, high = rows["low"].fillna(rows["value"]), rows["high"].fillna(rows["value"])
        axes.hlines(y, low, high, color=PALE, linewidth=5)
        axes.scatter(rows["value"], y, color=ACCENT, s=28, zorder=3)
        if measure == "error":
            axes.axvline(0, color=MUTED, linewidth=0.8)
        labels = (
            [two_lines(drawable(study_word("strategy", name, lang)), _LONGEST[lang]) for name in names]
            if place == 0
            else [""] * len(y)
        )
        axes.set_yticks(y, labels)
        axes.invert_yaxis()
        axes.margins(x=0.15, y=0.15)
        axes.locator_params(axis="x", nbins=3)
        if measure in _SHARES:
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:.1%}")
        axes.tick_params(axis="x", labelsize=8)
        title = "\n".join(wrap(measure_label(measure, lang, yearly=yearly), _LONGEST[lang]))
        axes.set_title(title, loc="left", fontsize=8.5, color=MUTED)
        axes.grid(axis="x")
    return figure


@styled
def lines_by_quarter(over_time: pd.DataFrame, measure: str, *, lang: Lang = "zh", zero: bool = False) -> Figure:
    """A line for each strategy with its interval as a band; `over_time` as `Study.over_time`."""
    figure, axes = canvas(3.1)
    for place, (name, rows) in enumerate(over_time.groupby("strategy", sort=False)):
        colour = LINES[place % len(LINES)]
        label = drawable(study_word("strategy", str(name), lang))
        x = rows["quarter"].to_numpy() + 1
        axes.fill_between(x, rows["low"], rows["high"], color=colour, alpha=0.13, linewidth=0)
        style = "-" if place < len(LINES) else "--"
        axes.plot(x, rows["value"], color=colour, linewidth=1.7, linestyle=style, label=label)
    if zero:
        axes.axhline(0, color=INK, linewidth=0.8)
    if measure in _SHARES:
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel(study_say("quarter", lang))
    upright(axes, study_word("measure", measure, lang))
    labels = axes.get_legend_handles_labels()[1]
    figure.legend(loc="outside lower center", ncols=abreast(labels))
    return figure


@styled
def frontier_curve(frontier: pd.DataFrame, *, lang: Lang = "zh") -> Figure:
    """Findings against visits of the best tables for each floor, and the policy's own point."""
    figure, axes = canvas(3.3)
    best = frontier[frontier["kind"].eq("best")]
    for place, (floor, rows) in enumerate(best.groupby("floor")):
        rows = rows.sort_values("visits")
        colour = LINES[place % len(LINES)]
        axes.fill_between(
            rows["visits"], rows["findings_low"], rows["findings_high"], color=colour, alpha=0.10, linewidth=0
        )
        axes.plot(
            rows["visits"], rows["findings"], color=colour, linewidth=1.7, label=study_say("best", lang, floor=floor)
        )
    own = frontier[frontier["kind"].eq("policy")]
    axes.scatter(own["visits"], own["findings"], color=INK, marker="D", s=34, zorder=4)
    for row in own.itertuples():
        note(axes, study_say("policy", lang), (row.visits, row.findings), offset=(8, -8))
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.set_xlabel(study_say("visits", lang))
    upright(axes, study_say("findings", lang))
    figure.legend(loc="outside lower center", ncols=3)
    return figure


@styled
def fit_bars(fit: pd.DataFrame, *, lang: Lang = "zh") -> Figure:
    """A panel for each figure: records pale, simulated dark with its interval; `fit` as `simulation.fit.fit`."""
    groups = [(str(what), rows) for what, rows in fit.groupby("what", sort=False)]
    figure = sheet(3.9, WIDTH * 1.5)
    for place, (what, rows) in enumerate(groups):
        axes: Axes = figure.add_subplot(2, -(-len(groups) // 2), place + 1)
        x = np.arange(len(rows))
        axes.bar(x - 0.2, rows["records"], width=0.38, color=PALE)
        axes.bar(x + 0.2, rows["simulated"], width=0.38, color=ACCENT)
        axes.vlines(x + 0.2, rows["low"], rows["high"], color=INK, linewidth=1)
        names = [word("severity", str(b), lang) if what == "severity" else str(b) for b in rows["bin"]]
        axes.set_xticks(x, [] if what == "problems" else [drawable(name) for name in names], fontsize=8)
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axes.tick_params(axis="y", labelsize=8)
        axes.set_title(study_word("fit", what, lang), loc="left", fontsize=8.5, color=MUTED)
    return figure
