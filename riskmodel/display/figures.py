"""Pictures of the monthly run, from frames and numbers: colour-blind safe, the same bytes for the same numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from riskmodel.display.canvas import (
    ACCENT,
    LINES,
    MUTED,
    PALE,
    WIDTH,
    apart,
    canvas,
    drawable,
    note,
    nothing,
    short,
    styled,
    upright,
)
from riskmodel.display.canvas import to_png as to_png
from riskmodel.display.canvas import to_svg as to_svg
from riskmodel.display.text import Lang, say, word
from riskmodel.tables import TIERS

# Characters of the name of a rule that a picture has room for.
_NAME: Mapping[Lang, int] = {"zh": 30, "en": 36}
# Calm to hot and light to dark, so that the order also shows in grey and to the colour-blind.
TIER_COLOURS: Mapping[str, str] = {"A": "#a9dad3", "B": "#d4b455", "C": "#de8638", "D": "#c14a34", "E": "#751a3a"}


@styled
def tier_bars(tiers: pd.DataFrame, *, lang: Lang = "zh", width: float = WIDTH) -> Figure:
    """Enterprises by risk tier; `tiers` has risk_tier and enterprises."""
    counts = tiers.set_index("risk_tier")["enterprises"].reindex(list(TIERS), fill_value=0)
    figure, axes = canvas(2.6, width)
    values = counts.to_numpy()
    axes.barh(range(len(TIERS)), values, color=list(TIER_COLOURS.values()), height=0.68)
    axes.set_yticks(range(len(TIERS)), [word("tier", t, lang) for t in TIERS])
    axes.invert_yaxis()
    total = max(int(values.sum()), 1)
    for place, count in enumerate(values):
        label = say("figure.share", lang, count=f"{count:,}", share=count / total)
        note(axes, label, (count, place))
    axes.set_xlim(0, max(values.max(), 1) * 1.22)
    _bare(axes, "x")
    return figure


@styled
def score_histogram(scores: pd.Series | np.ndarray, cuts: Mapping[str, float], *, lang: Lang = "zh") -> Figure:
    """Histogram of integer risk scores on a logarithmic count axis, coloured by tier.

    Parameters
    ----------
    scores : array of numbers
        One risk score an enterprise.
    cuts : mapping
        Tier → lowest score of the tier by score; tiers without a cut are left out.
    lang : {"zh", "en"}
        Language of the labels.
    """
    values = np.asarray(scores, dtype=float)
    figure, axes = canvas(3.0)
    if not values.size:
        return nothing(axes, lang)
    width = max(1, int(np.ceil((values.max() - values.min() + 1) / 48)))
    edges = np.arange(np.floor(values.min()), values.max() + width + 1, width)
    counts, _ = np.histogram(values, edges)
    lowest = sorted((low, tier) for tier, low in cuts.items())
    reached = [[tier for low, tier in lowest if low <= edge] for edge in edges[:-1]]
    colours = [TIER_COLOURS[tiers[-1] if tiers else "A"] for tiers in reached]
    axes.bar(edges[:-1] + width / 2, counts, width=width * 0.86, color=colours)
    axes.set_yscale("log")
    axes.set_ylim(0.7, max(counts.max(), 1) * 9)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}" if value >= 1 else "")
    top = axes.get_ylim()[1]
    crowded = 0.12 * (edges[-1] - edges[0])
    before, lower = -np.inf, False
    for low, tier in lowest:
        if low > values.min():
            lower = low - before < crowded and not lower  # labels of neighbouring cuts stand at two heights
            axes.axvline(low, color=MUTED, linewidth=0.8, ymax=0.9)
            label = say("figure.cut", lang, tier=tier, score=f"{low:g}")
            note(axes, label, (low, top), offset=(3, -20 if lower else -7))
            before = low
    axes.set_xlabel(say("figure.score", lang))
    upright(axes, say("figure.log", lang))
    return figure


@styled
def calibration(reliability: pd.DataFrame, *, lang: Lang = "zh") -> Figure:
    """Observed against predicted shares; `reliability` has mean_predicted, observed, low, high, n."""
    figure, axes = canvas(3.6)
    if reliability.empty:
        return nothing(axes, lang)
    predicted, observed = reliability["mean_predicted"].to_numpy(), reliability["observed"].to_numpy()
    low, high = reliability["low"].to_numpy(), reliability["high"].to_numpy()
    limit = min(1.0, 1.1 * float(max(np.nanmax(predicted), np.nanmax(high))))
    axes.plot([0, limit], [0, limit], color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
    note(axes, say("figure.perfect", lang), (0.06 * limit, 0.06 * limit), offset=(12, 0), color=MUTED)
    axes.vlines(predicted, low, high, color=PALE, linewidth=5)
    axes.plot(predicted, observed, color=ACCENT, marker="o", markersize=5, linewidth=1.4)
    room = np.array([0.05, 0.07]) * limit
    labelled: list[tuple[float, float]] = []
    for x, y, n in zip(predicted, high, reliability["n"], strict=True):
        free = all((np.abs(np.subtract((x, y), other)) > room).any() for other in labelled)  # numbers never overlap
        beside = (np.abs(predicted - x) > 0) & (np.abs(predicted - x) < room[0] / 2)
        if free and not (beside & (low < y + room[1]) & (high > y)).any():  # nor stand on the bar of another one
            note(axes, f"{n:,.0f}", (x, y), offset=(0, 8), ha="center", color=MUTED, fontsize=8)
            labelled.append((x, y))
    axes.set(xlim=(0, limit), ylim=(0, limit * 1.06))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.set_xlabel(say("figure.predicted", lang))
    upright(axes, f"{say('figure.observed', lang)} · {say('figure.interval', lang)}")
    return figure


@styled
def monthly_events(events: pd.DataFrame, *, lang: Lang = "zh", width: float = WIDTH) -> Figure:
    """Events by month, a line for each kind with its name at the end; `events` has month, kind, count."""
    figure, axes = canvas(2.9, width)
    if events.empty:
        return nothing(axes, lang)
    months = pd.to_datetime(events["month"].astype("str").str.slice(0, 7))
    wide = events.assign(month=months).pivot_table(index="month", columns="kind", values="count", aggfunc="sum")
    wide = wide.reindex(pd.date_range(months.min(), months.max(), freq="MS")).fillna(0)
    order = wide.iloc[-1].sort_values(ascending=False, kind="stable").index
    top = max(float(wide.to_numpy().max()), 1)
    places = 0.03 * top + apart(wide.iloc[-1][order].to_numpy(float), 0.085 * top)  # clear of the axis
    x = np.arange(len(wide))
    for kind, place, colour in zip(order, places, LINES * len(order), strict=False):
        axes.plot(x, wide[kind].to_numpy(), color=colour, linewidth=1.8)
        note(axes, drawable(word("event", str(kind), lang)), (x[-1], place), color=colour)
    step = max(1, -(-len(wide) // (6 if width >= WIDTH else 4)))
    axes.set_xticks(x[::step], [f"{day:%Y-%m}" for day in wide.index[::step]])
    axes.tick_params(axis="x", pad=7)
    axes.set_xlim(x[0] - 0.3, x[-1] + max(1.0, len(x) * (0.2 if width >= WIDTH else 0.32)))
    axes.set_ylim(0, top * 1.1)
    upright(axes, say("figure.events", lang))
    return figure


@styled
def town_bars(towns: pd.DataFrame, *, lang: Lang = "zh", limit: int = 20, width: float = WIDTH) -> Figure:
    """Shares of the tiers in each town, most risky town first; `towns` has town and a count column for each tier."""
    counts = towns.set_index("town")[list(TIERS)].astype(float)
    counts = counts[counts.sum(axis=1) > 0]
    figure, axes = canvas(0.9 + 0.3 * max(min(len(counts), limit), 2), width)
    if counts.empty:
        return nothing(axes, lang)
    share = counts.div(counts.sum(axis=1), axis=0)
    risky = (share["D"] + share["E"]).sort_values(ascending=False, kind="stable").index[:limit]
    share, total = share.loc[risky], counts.loc[risky].sum(axis=1)
    start = np.zeros(len(share))
    for tier in TIERS:
        part = share[tier].to_numpy()
        label = word("tier", tier, lang)
        axes.barh(range(len(share)), part, left=start, color=TIER_COLOURS[tier], height=0.72, label=label)
        start = start + part
    unnamed = say("figure.unnamed", lang)
    axes.set_yticks(range(len(share)), [drawable(short(str(t))) or unnamed for t in share.index])
    for place, number in enumerate(total):
        note(axes, f"{number:,.0f}", (1, place))
    axes.invert_yaxis()
    axes.set_xlim(0, 1.09)
    _bare(axes, "x")
    figure.legend(
        *axes.get_legend_handles_labels(), loc="outside upper center", ncols=len(TIERS) if width >= WIDTH else 3
    )
    return figure


@styled
def plan_bars(
    strata: pd.DataFrame, *, names: Mapping[str, str] | None = None, lang: Lang = "zh", limit: int = 20
) -> Figure:
    """Share of each stratum to be drawn, with both numbers.

    Parameters
    ----------
    strata : DataFrame
        stratum, size, n; risk_tier and because besides where `names` are given.
    names : mapping of str, optional
        Rule → its name. Each stratum is then called by its tiers and its rule, too.
    lang : {"zh", "en"}
        Language of the words.
    limit : int
        Strata shown at most.
    """
    shown = strata.head(limit)
    size, drawn = shown["size"].to_numpy(float), shown["n"].to_numpy(float)
    share = np.divide(drawn, size, out=np.zeros(len(shown)), where=size > 0)
    labels = [f"{some:,.0f} / {all_of:,.0f}" for some, all_of in zip(drawn, size, strict=True)]
    called = shown["stratum"].astype("str")
    if names is not None:
        tiers = shown["risk_tier"].astype("str").str.replace("[ ,]", "", regex=True)
        # the clause stands in the table below; an English name has no room for it
        why = shown["because"].map(lambda rule: names.get(rule) or word("because", rule, lang))
        why = why.str.replace(r" \((clause [^()]*|local)\)$", "", regex=True).map(lambda name: short(name, _NAME[lang]))
        called = called + " " + tiers + " " + why
    return _share_bars([drawable(short(c, 48)) for c in called], share, labels, lang=lang, of_all=True)


@styled
def quality_bars(intake: pd.DataFrame, *, lang: Lang = "zh", width: float = WIDTH) -> Figure:
    """Share of quarantined rows by table; `intake` has table, rows, quarantined, a row for each file."""
    by_table = intake.groupby("table", sort=False)[["rows", "quarantined"]].sum()
    rows, bad = by_table["rows"].to_numpy(float), by_table["quarantined"].to_numpy(float)
    share = np.divide(bad, rows, out=np.zeros(len(rows)), where=rows > 0)
    labels = [
        say("figure.part", lang, part=f"{b:,.0f}", whole=f"{r:,.0f}", share=s)
        for b, r, s in zip(bad, rows, share, strict=True)
    ]
    names = [drawable(word("table", str(t), lang)) for t in by_table.index]
    return _share_bars(names, share, labels, lang=lang, width=width)


def _share_bars(
    names: list[str], share: np.ndarray, labels: list[str], *, lang: Lang, width: float = WIDTH, of_all: bool = False
) -> Figure:
    """Bars of shares with their labels; `of_all` shows each against the whole."""
    figure, axes = canvas(0.5 + 0.32 * max(len(names), 2), width)
    if not names:
        return nothing(axes, lang)
    places = np.arange(len(names))
    limit = 1.0 if of_all else max(float(share.max()), 0.01)
    if of_all:
        axes.barh(places, np.ones(len(names)), color=PALE, height=0.62, alpha=0.45)
    axes.barh(places, share, color=ACCENT, height=0.62)
    for place, (part, label) in enumerate(zip(share, labels, strict=True)):
        note(axes, label, (1.0 if of_all else part, place))
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.set_xlim(0, limit * (1.25 if of_all else 1.5))
    _bare(axes, "x")
    return figure


def _bare(axes: Axes, axis: str) -> None:
    """Numbers stand at the bars, so the value axis can go."""
    axes.tick_params(axis=axis, labelbottom=False)  # type: ignore[arg-type]
    axes.spines["bottom"].set_visible(False)
