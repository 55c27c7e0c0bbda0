"""Pictures of evaluations, from frames: windows, precision by list length, figures over time, groups, transitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from riskmodel.display.canvas import (
    ACCENT,
    INK,
    LINES,
    MUTED,
    PALE,
    PRINTED,
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
from riskmodel.display.text import Lang, say, word

_HOT = LINES[1]
# Part of a split → colour, height of its bar.
_PARTS: Mapping[str, tuple[str, float]] = {
    "mature": (PALE, 0.34), "calibrate": ("#e3cf8f", 0.34), "label": ("#e6b3a6", 0.34),
}  # fmt: skip


@styled
def split_windows(windows: pd.DataFrame, *, lang: Lang = "zh") -> Figure:
    """What each test day may know; `windows` has test_day, part, first_on, last_on (see `evaluation.splits`)."""
    tests = sorted(windows["test_day"].unique())
    figure, axes = canvas(1.5 + 0.34 * max(len(tests), 2))
    if not tests:
        return nothing(axes, lang)
    place = windows["test_day"].map({day: i for i, day in enumerate(tests)}).to_numpy()
    part = windows["part"].to_numpy()
    first, last = (_day_numbers(windows[name]) for name in ("first_on", "last_on"))
    for name, (colour, height) in _PARTS.items():
        rows = part == name
        axes.barh(place[rows], (last - first)[rows], left=first[rows], height=height, color=colour)
    for name, colour, marker in (("train", ACCENT, "o"), ("calibrate", LINES[2], "o"), ("test", _HOT, "D")):
        rows = part == name
        axes.plot(first[rows], place[rows], marker, color=colour, markersize=5)
    axes.set_yticks(range(len(tests)), [f"{day:%Y-%m-%d}" for day in pd.to_datetime(tests)])
    axes.invert_yaxis()
    axes.use_sticky_edges = False
    axes.margins(x=0.03)
    _date_ticks(axes, windows["first_on"], windows["last_on"])
    axes.grid(axis="x")
    axes.set_title(say("chart.splits", lang), loc="left", fontsize=9, color=MUTED)
    shown = [name for name in ("train", "mature", "calibrate", "test", "label") if (part == name).any()]
    figure.legend(handles=[_key(name, lang) for name in shown], loc="outside lower center", ncols=3)
    return figure


@styled
def precision_by_length(precision: pd.DataFrame, *, lang: Lang = "zh") -> Figure:
    """Precision of the list by its length, a line for each model; `precision` has model, share, value, low, high.

    The band from low to high holds what the rows without a label could change.
    """
    figure, axes = canvas(3.4)
    if precision.empty:
        return nothing(axes, lang)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.set_xlabel(say("chart.k", lang))
    axes.set_ylim(0, 1.05 * float(np.nanmax(precision[["value", "high"]])))
    _lines(axes, precision, "share", lang)
    axes.set_xticks([tick for tick in axes.get_xticks() if 0 <= tick <= precision["share"].max()])
    upright(axes, say("chart.precision", lang))
    return figure


@styled
def figures_over_time(metrics: pd.DataFrame, figure_name: str, *, lang: Lang = "zh") -> Figure:
    """One figure of each model at each test day; `metrics` has as_of, model, value, low, high."""
    figure, axes = canvas(3.0)
    if metrics.empty:
        return nothing(axes, lang)
    days = pd.to_datetime(metrics["as_of"])
    order = sorted(days.unique())
    _lines(axes, metrics.assign(place=days.map({day: i for i, day in enumerate(order)})), "place", lang)
    step = max(1, -(-len(order) // 6))
    axes.set_xticks(range(0, len(order), step), [f"{day:%Y-%m}" for day in order[::step]])
    upright(axes, word("figure", figure_name, lang))
    return figure


@styled
def case_timeline(ledger: pd.DataFrame, events: pd.DataFrame, cases: Sequence[str], *, lang: Lang = "zh") -> Figure:
    """Cases on a line of time each: dots are events on the day on which they occurred, marks the days of stages.

    `ledger` has case_id, entity_id, on, to_stage; `events` entity_id, name, occurred_on, severity.
    """
    figure, axes = canvas(0.6 + 1.35 * max(len(cases), 1))
    if not len(cases):
        return nothing(axes, lang)
    names = events.drop_duplicates("entity_id").set_index("entity_id")["name"]
    labels, shown = [], []
    # days that a character of a label takes, as if all entries of these cases filled two thirds of the sheet
    wide = float(np.ptp(_day_numbers(ledger.loc[ledger["case_id"].isin(cases), "on"]))) / (WIDTH * 0.6) * 7.5 / 72
    for place, case in enumerate(cases):
        steps = ledger[ledger["case_id"].eq(case)].drop_duplicates("on", keep="last")
        mine = events[events["entity_id"].eq(steps["entity_id"].iloc[0])]
        near = mine["occurred_on"].between(steps["on"].min() - pd.Timedelta(days=400), steps["on"].max())
        mine, days = mine[near.to_numpy()], _day_numbers(steps["on"])
        heavy = mine["severity"].ne("minor").to_numpy()
        dots = _day_numbers(mine["occurred_on"])
        axes.hlines(place, min([*days, *dots]), max(days), color=PALE, linewidth=2)
        axes.scatter(dots, np.full(len(dots), place), color=np.where(heavy, _HOT, ACCENT), s=30, zorder=3)
        called = [word("stage", str(stage), lang) for stage in steps["to_stage"]]
        for day, text, level in zip(days, called, _levels(days, called, wide), strict=True):
            axes.plot([day, day], [place, place + 0.16 + 0.15 * level], color=MUTED, linewidth=0.8)
            note(axes, text, (day, place + 0.2 + 0.15 * level), offset=(2, 0), fontsize=7.5)
        labels.append(drawable(short(str(names[steps["entity_id"].iloc[0]]), 14)))
        shown += [*mine["occurred_on"], *steps["on"]]
    axes.set_yticks(range(len(cases)), labels)
    axes.set_ylim(-0.3, len(cases) - 0.1)
    _date_ticks(axes, pd.Series(shown), pd.Series(shown))
    axes.set_title(say("chart.timeline", lang), loc="left", fontsize=9, color=MUTED)
    return figure


@styled
def lead_by_budget(table: pd.DataFrame, *, lang: Lang = "zh") -> Figure:
    """Days of warning by the alert budget, a line for each detector; `table` has model, budget, value, low, high."""
    figure, axes = canvas(3.6)
    if table.empty:
        return nothing(axes, lang)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}×")
    axes.set_xlabel(say("chart.budget", lang))
    _lines(axes, table, "budget", lang)
    axes.set_xticks(sorted(table["budget"].unique()))
    upright(axes, say("chart.warning_days", lang))
    return figure


@styled
def group_dots(
    figures: pd.DataFrame, sizes: pd.DataFrame, *, bounds: tuple[float, float] | None = None, lang: Lang = "zh"
) -> Figure:
    """One figure of the groups of one attribute as dots with intervals, the bounds of the policy behind them.

    Parameters
    ----------
    figures : DataFrame
        group, status, figure, ratio, ratio_low, ratio_high; rows of one attribute and one figure.
    sizes : DataFrame
        group, n of the same attribute; groups too small for a dot say so.
    bounds : tuple of float, optional
        Where the ratio to all other enterprises should lie.
    lang : {"zh", "en"}
        Language of the labels.
    """
    shown = figures.reset_index(drop=True)
    figure, axes = canvas(0.9 + 0.3 * max(len(shown), 2))
    if shown.empty:
        return nothing(axes, lang)
    places, n = np.arange(len(shown)), sizes.set_index("group")["n"]
    if bounds:
        axes.axvspan(*bounds, color=PALE, alpha=0.35, linewidth=0)
    axes.axvline(1, color=MUTED, linewidth=0.9)
    value, low, high = (shown[name].to_numpy(float) for name in ("ratio", "ratio_low", "ratio_high"))
    outside = np.zeros(len(shown), dtype=bool) if bounds is None else (low > bounds[1]) | (high < bounds[0])
    colours = np.where(outside, _HOT, ACCENT)
    axes.hlines(places, low, high, color=colours, linewidth=2.2, alpha=0.55)
    axes.scatter(value, places, color=colours, s=26, zorder=3)
    for place, status in enumerate(shown["status"]):
        if status in ("few_rows", "few_events") and np.isnan(value[place]):
            note(axes, say(f"chart.{status}", lang), (1, place), color=MUTED, fontsize=8.5)
    names = [drawable(short(word("group", str(group), lang))) for group in shown["group"]]
    axes.set_yticks(places, [f"{name}  {n[group]:,}" for name, group in zip(names, shown["group"], strict=True)])
    axes.invert_yaxis()
    axes.margins(x=0.08)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.grid(axis="x")
    title = say("chart.ratio", lang, figure=word("figure", str(shown["figure"].iloc[0]), lang))
    axes.set_title(f"{title} · {say('chart.interval', lang)}", loc="left", fontsize=9, color=MUTED)
    return figure


@styled
def transition_matrix(table: pd.DataFrame, *, lang: Lang = "zh") -> Figure:
    """Enterprises by tier before (rows) and now (columns), margins included; the shade is the share of its row.

    `table` comes from `evaluation.stability.transitions`: tiers, ``entered`` or ``left``, ``total``.
    """
    figure, axes = canvas(0.9 + 0.42 * len(table))
    counts = table.to_numpy(dtype=float)
    rows = counts[:, -1:]
    share = np.divide(counts, rows, out=np.zeros_like(counts), where=rows > 0)
    share[-1], share[:, -1] = np.nan, np.nan
    axes.imshow(share, cmap=_pale_to_accent(), vmin=0, vmax=1, aspect="auto")
    for (i, j), count in np.ndenumerate(counts):
        margin, dark = np.isnan(share[i, j]), share[i, j] > 0.6
        colour = INK if margin else "white" if dark else PRINTED
        axes.text(j, i, f"{count:,.0f}", ha="center", va="center", fontsize=9, color=colour)
    for side, names in ((axes.yaxis, table.index), (axes.xaxis, table.columns)):
        side.set_ticks(range(len(names)), [word("margin", str(name), lang) for name in names])
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_xlabel(say("chart.later", lang))
    axes.set_ylabel("\n".join(say("chart.earlier", lang)) if lang == "zh" else say("chart.earlier", lang))
    axes.yaxis.label.set(rotation=0 if lang == "zh" else 90, va="center", ha="right" if lang == "zh" else "center")
    axes.spines["bottom"].set_visible(False)
    figure.supxlabel(say("chart.cell", lang), fontsize=9, color=MUTED)
    return figure


def _levels(days: Sequence[float] | np.ndarray, texts: Sequence[str], wide: float) -> list[int]:
    """The lowest of five levels for each label, in the order of days, on which it does not run into another.

    >>> _levels([0, 5, 30], ["待提醒约谈", "整改期", "已解除"], 3.0)
    [0, 1, 0]
    """
    ends, chosen = [-np.inf] * 5, []
    for day, text in zip(days, texts, strict=True):
        level = next((i for i, end in enumerate(ends) if end <= day), int(np.argmin(ends)))
        ends[level] = day + wide * (1 + sum(1 if ord(c) > 0x2E7F else 0.55 for c in text))
        chosen.append(level)
    return chosen


def _day_numbers(days: pd.Series) -> np.ndarray:
    """Days since 1970, as matplotlib counts them."""
    whole: np.ndarray = pd.to_datetime(days).to_numpy().astype("datetime64[D]").astype(float)
    return whole


def _date_ticks(axes: Axes, first_on: pd.Series, last_on: pd.Series) -> None:
    """Ticks at starts of years, or of quarters where there are few years."""
    first, last = pd.to_datetime(first_on).min(), pd.to_datetime(last_on).max()
    years = (last - first).days / 365.25
    ticks = pd.Series(pd.date_range(first, last, freq=f"{max(1, round(years / 7))}YS" if years > 2.5 else "QS"))
    axes.set_xticks(_day_numbers(ticks), [f"{day:%Y}" if years > 2.5 else f"{day:%Y-%m}" for day in ticks])


def _lines(axes: Axes, table: pd.DataFrame, x: str, lang: Lang) -> None:
    """A line with its band for each model, its name at the end; chance is grey, and no two lines look alike."""
    parts = [(str(model), part.sort_values(x)) for model, part in table.groupby("model", sort=False)]
    parts.sort(key=lambda named: -float(named[1]["value"].iloc[-1]))
    looks = iter(product(("-", "--", ":"), LINES))
    looks_of = {model: ("-.", MUTED) if model == "random" else next(looks, ("-", INK)) for model, _ in parts}
    for model, part in parts:
        style, colour = looks_of[model]
        if model != "random":
            axes.fill_between(part[x], part["low"], part["high"], color=colour, alpha=0.13, linewidth=0)
        axes.plot(part[x], part["value"], color=colour, linewidth=1.8, linestyle=style, marker="o", markersize=3)
    ends = np.nan_to_num([float(part["value"].iloc[-1]) for _, part in parts])
    places = apart(ends, 0.075 * float(np.ptp(axes.get_ylim())))
    for (model, part), place in zip(parts, places, strict=True):
        colour = looks_of[model][1]
        note(axes, drawable(short(word("model", model, lang))), (part[x].iloc[-1], place), color=colour)
    left, right = float(table[x].min()), float(table[x].max())
    axes.set_xlim(left - 0.02 * (right - left or 1), right + 0.22 * (right - left or 1))


def _key(part: str, lang: Lang) -> Line2D | Patch:
    """Sign of a part of a split in the legend."""
    label = word("part", part, lang)
    if part in ("mature", "label"):
        return Patch(color=_PARTS[part][0], label=label)
    colour = {"train": ACCENT, "calibrate": LINES[2], "test": _HOT}[part]
    return Line2D([], [], color=colour, marker="D" if part == "test" else "o", linestyle="", markersize=5, label=label)


def _pale_to_accent() -> Colormap:
    return LinearSegmentedColormap.from_list("accent", ["#f4f7f9", ACCENT])
