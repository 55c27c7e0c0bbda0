"""Pictures from frames and numbers: Chinese-safe, colour-blind safe, the same bytes for the same numbers.

Figures are made without pyplot, so no global state is left behind. Text is drawn with the vendored Noto Sans SC; a
character that the font lacks is drawn as 〓, the printers' sign for a missing type.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from functools import cache, wraps
from html import escape
from pathlib import Path
from typing import Any, ParamSpec

import numpy as np
import pandas as pd
from matplotlib import font_manager, rc_context, rcdefaults, rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font

from riskmodel.display.text import Lang, say, word
from riskmodel.tables import TIERS

FONT = Path(__file__).parent.parent / "assets" / "NotoSansSC-Regular.otf"

# Calm to hot and light to dark, so that the order also shows in grey and to the colour-blind.
TIER_COLOURS: Mapping[str, str] = {"A": "#a9dad3", "B": "#d4b455", "C": "#de8638", "D": "#c14a34", "E": "#751a3a"}
INK, MUTED, GRID, ACCENT, PALE = "#1f2933", "#7b8794", "#8c96a0", "#2b6c8f", "#b9cdd8"
_LINES = ("#2b6c8f", "#c14a34", "#8a6d1f", "#5b4b8a", "#3f7d58")
_WIDTH = 6.2
_STYLE: dict[str, Any] = {
    "font.family": ["Noto Sans SC"], "font.size": 10, "axes.unicode_minus": True, "text.parse_math": False,
    "text.usetex": False, "svg.hashsalt": "riskmodel", "svg.fonttype": "path", "path.simplify": False,
    "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": GRID, "axes.labelsize": 9.5,
    "xtick.color": INK, "ytick.color": INK, "xtick.labelsize": 9.5, "ytick.labelsize": 9.5,
    "xtick.major.size": 0, "ytick.major.size": 0, "xtick.minor.size": 0, "ytick.minor.size": 0,
    "axes.spines.top": False, "axes.spines.right": False, "axes.spines.left": False,
    "axes.grid": False, "grid.color": GRID, "grid.linewidth": 0.6, "grid.alpha": 0.25, "axes.axisbelow": True,
    "legend.frameon": False, "legend.fontsize": 9, "legend.handlelength": 1, "legend.handleheight": 1,
    "legend.columnspacing": 1.2, "legend.handletextpad": 0.5,
    "figure.facecolor": "none", "axes.facecolor": "none", "savefig.facecolor": "none",
}  # fmt: skip

P = ParamSpec("P")


def _styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Draw in the house style whatever the user's own settings are."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Figure:
        _charset()
        with rc_context():
            _house_style()
            return draw(*args, **kwargs)

    return drawn


@_styled
def tier_bars(tiers: pd.DataFrame, *, lang: Lang = "zh", width: float = _WIDTH) -> Figure:
    """Enterprises by risk tier; `tiers` has risk_tier and enterprises."""
    counts = tiers.set_index("risk_tier")["enterprises"].reindex(list(TIERS), fill_value=0)
    figure, axes = _canvas(2.6, width)
    values = counts.to_numpy()
    axes.barh(range(len(TIERS)), values, color=list(TIER_COLOURS.values()), height=0.68)
    axes.set_yticks(range(len(TIERS)), [word("tier", t, lang) for t in TIERS])
    axes.invert_yaxis()
    total = max(int(values.sum()), 1)
    for place, count in enumerate(values):
        label = say("figure.share", lang, count=f"{count:,}", share=count / total)
        _note(axes, label, (count, place))
    axes.set_xlim(0, max(values.max(), 1) * 1.22)
    _bare(axes, "x")
    return figure


@_styled
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
    figure, axes = _canvas(3.0)
    if not values.size:
        return _nothing(axes, lang)
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
            _note(axes, label, (low, top), offset=(3, -20 if lower else -7))
            before = low
    axes.set_xlabel(say("figure.score", lang))
    _upright(axes, say("figure.log", lang))
    return figure


@_styled
def calibration(reliability: pd.DataFrame, *, lang: Lang = "zh") -> Figure:
    """Observed against predicted shares; `reliability` has mean_predicted, observed, low, high, n."""
    figure, axes = _canvas(3.6)
    if reliability.empty:
        return _nothing(axes, lang)
    predicted, observed = reliability["mean_predicted"].to_numpy(), reliability["observed"].to_numpy()
    low, high = reliability["low"].to_numpy(), reliability["high"].to_numpy()
    limit = min(1.0, 1.1 * float(max(np.nanmax(predicted), np.nanmax(high))))
    axes.plot([0, limit], [0, limit], color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
    _note(axes, say("figure.perfect", lang), (limit, limit), offset=(-16, 0), ha="right", color=MUTED)
    axes.vlines(predicted, low, high, color=PALE, linewidth=5)
    axes.plot(predicted, observed, color=ACCENT, marker="o", markersize=5, linewidth=1.4)
    for x, y, n in zip(predicted, high, reliability["n"], strict=True):
        _note(axes, f"{n:,.0f}", (x, y), offset=(0, 8), ha="center", color=MUTED, fontsize=8)
    axes.set(xlim=(0, limit), ylim=(0, limit * 1.06))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.set_xlabel(say("figure.predicted", lang))
    _upright(axes, f"{say('figure.observed', lang)} · {say('figure.interval', lang)}")
    return figure


@_styled
def monthly_events(events: pd.DataFrame, *, lang: Lang = "zh", width: float = _WIDTH) -> Figure:
    """Events by month, a line for each kind with its name at the end; `events` has month, kind, count."""
    figure, axes = _canvas(2.9, width)
    if events.empty:
        return _nothing(axes, lang)
    months = pd.to_datetime(events["month"].astype("str").str.slice(0, 7))
    wide = events.assign(month=months).pivot_table(index="month", columns="kind", values="count", aggfunc="sum")
    wide = wide.reindex(pd.date_range(months.min(), months.max(), freq="MS")).fillna(0)
    order = wide.iloc[-1].sort_values(ascending=False, kind="stable").index
    places = _apart(wide.iloc[-1][order].to_numpy(float), float(wide.to_numpy().max()) * 0.075)
    x = np.arange(len(wide))
    for kind, place, colour in zip(order, places, _LINES * len(order), strict=False):
        axes.plot(x, wide[kind].to_numpy(), color=colour, linewidth=1.8)
        _note(axes, _drawable(word("event", str(kind), lang)), (x[-1], place), color=colour)
    step = max(1, -(-len(wide) // (6 if width >= _WIDTH else 4)))
    axes.set_xticks(x[::step], [f"{day:%Y-%m}" for day in wide.index[::step]])
    axes.tick_params(axis="x", pad=7)
    axes.set_xlim(x[0] - 0.3, x[-1] + max(1.0, len(x) * (0.2 if width >= _WIDTH else 0.32)))
    axes.set_ylim(0, max(float(wide.to_numpy().max()), 1) * 1.1)
    _upright(axes, say("figure.events", lang))
    return figure


@_styled
def town_bars(towns: pd.DataFrame, *, lang: Lang = "zh", limit: int = 20, width: float = _WIDTH) -> Figure:
    """Shares of the tiers in each town, most risky town first; `towns` has town and a count column for each tier."""
    counts = towns.set_index("town")[list(TIERS)].astype(float)
    counts = counts[counts.sum(axis=1) > 0]
    figure, axes = _canvas(0.9 + 0.3 * max(min(len(counts), limit), 2), width)
    if counts.empty:
        return _nothing(axes, lang)
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
    axes.set_yticks(range(len(share)), [_drawable(_short(str(t))) or unnamed for t in share.index])
    for place, number in enumerate(total):
        _note(axes, f"{number:,.0f}", (1, place))
    axes.invert_yaxis()
    axes.set_xlim(0, 1.09)
    _bare(axes, "x")
    figure.legend(
        *axes.get_legend_handles_labels(), loc="outside upper center", ncols=len(TIERS) if width >= _WIDTH else 3
    )
    return figure


@_styled
def plan_bars(strata: pd.DataFrame, *, lang: Lang = "zh", limit: int = 20) -> Figure:
    """Share of each stratum to be drawn, with both numbers; `strata` has stratum, size, n."""
    shown = strata.head(limit)
    size, drawn = shown["size"].to_numpy(float), shown["n"].to_numpy(float)
    share = np.divide(drawn, size, out=np.zeros(len(shown)), where=size > 0)
    labels = [f"{some:,.0f} / {all_of:,.0f}" for some, all_of in zip(drawn, size, strict=True)]
    names = [_drawable(_short(str(s))) for s in shown["stratum"]]
    return _share_bars(names, share, labels, lang=lang, of_all=True)


@_styled
def quality_bars(intake: pd.DataFrame, *, lang: Lang = "zh", width: float = _WIDTH) -> Figure:
    """Share of quarantined rows by table; `intake` has table, rows, quarantined, a row for each file."""
    by_table = intake.groupby("table", sort=False)[["rows", "quarantined"]].sum()
    rows, bad = by_table["rows"].to_numpy(float), by_table["quarantined"].to_numpy(float)
    share = np.divide(bad, rows, out=np.zeros(len(rows)), where=rows > 0)
    labels = [
        say("figure.part", lang, part=f"{b:,.0f}", whole=f"{r:,.0f}", share=s)
        for b, r, s in zip(bad, rows, share, strict=True)
    ]
    names = [_drawable(word("table", str(t), lang)) for t in by_table.index]
    return _share_bars(names, share, labels, lang=lang, width=width)


def to_png(figure: Figure, *, dpi: int = 160) -> bytes:
    """The picture as PNG on white, without date or software in it."""
    stream = io.BytesIO()
    with rc_context():
        _house_style()
        figure.savefig(stream, format="png", dpi=dpi, facecolor="white", metadata={"Software": None})
    return stream.getvalue()


def to_svg(figure: Figure, *, name: str = "", alt: str = "") -> str:
    """The picture as an SVG element that can stand in a page.

    Ink becomes ``currentColor``, so that the picture follows a dark page; sizes come from the viewBox, so that it
    shrinks with the page.

    Parameters
    ----------
    figure : Figure
        Picture of this module.
    name : str
        Put before every id, so that several pictures can share a page.
    alt : str
        What the picture shows, for those who cannot see it.
    """
    stream = io.BytesIO()
    with rc_context():
        _house_style()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = stream.getvalue().decode()
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.S)
    text = re.sub(r"\s*<defs>\s*<style.*?</style>\s*</defs>", "", text, flags=re.S)  # it would style the whole page
    text = text.replace(INK, "currentColor")
    if name:
        text = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", text)
    label = f'role="img" aria-label="{escape(alt)}"' if alt else 'aria-hidden="true"'
    joins = 'stroke-linejoin="round" stroke-linecap="butt"'
    namespaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    style = f"width:100%;max-width:{figure.get_figwidth() * 110:.0f}px;height:auto"
    head = rf'<svg {namespaces} {label} {joins} style="{style}" \1>'
    return re.sub(r'<svg [^>]*?(viewBox="[^"]*")[^>]*>', lambda match: match.expand(head), text, count=1, flags=re.S)


@cache
def _charset() -> frozenset[int]:
    """Registers the vendored font; returns the characters it has."""
    font_manager.fontManager.addfont(FONT)
    return frozenset(FT2Font(str(FONT)).get_charmap())


def _house_style() -> None:
    rcdefaults()
    rcParams.update(_STYLE)  # type: ignore[arg-type]


def _canvas(height: float, width: float = _WIDTH) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def _note(
    axes: Axes, text: str, at: tuple[Any, Any], *, offset: tuple[int, int] = (6, 0), fontsize: float = 9, **how: Any
) -> None:
    """Text beside a point of the picture, a few points away."""
    axes.annotate(text, at, xytext=offset, textcoords="offset points", va="center", fontsize=fontsize, **how)


def _upright(axes: Axes, text: str) -> None:
    """The name of the value axis stands level above it: turned Chinese is hard to read."""
    axes.set_title(text, loc="left", fontsize=9, color=MUTED)
    axes.grid(axis="y")


def _share_bars(
    names: list[str], share: np.ndarray, labels: list[str], *, lang: Lang, width: float = _WIDTH, of_all: bool = False
) -> Figure:
    """Bars of shares with their labels; `of_all` shows each against the whole."""
    figure, axes = _canvas(0.5 + 0.32 * max(len(names), 2), width)
    if not names:
        return _nothing(axes, lang)
    places = np.arange(len(names))
    limit = 1.0 if of_all else max(float(share.max()), 0.01)
    if of_all:
        axes.barh(places, np.ones(len(names)), color=PALE, height=0.62, alpha=0.45)
    axes.barh(places, share, color=ACCENT, height=0.62)
    for place, (part, label) in enumerate(zip(share, labels, strict=True)):
        _note(axes, label, (1.0 if of_all else part, place))
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.set_xlim(0, limit * (1.25 if of_all else 1.5))
    _bare(axes, "x")
    return figure


def _bare(axes: Axes, axis: str) -> None:
    """Numbers stand at the bars, so the value axis can go."""
    axes.tick_params(axis=axis, labelbottom=False)  # type: ignore[arg-type]
    axes.spines["bottom"].set_visible(False)


def _nothing(axes: Axes, lang: Lang) -> Figure:
    axes.set_axis_off()
    axes.text(0.5, 0.5, say("figure.empty", lang), ha="center", va="center", color=MUTED, transform=axes.transAxes)
    figure = axes.figure
    assert isinstance(figure, Figure)
    return figure


def _drawable(text: str) -> str:
    known = _charset()
    return "".join(c if ord(c) in known else "〓" for c in text)


def _short(text: str, most: int = 24) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _apart(places: np.ndarray, gap: float) -> np.ndarray:
    """Places in descending order, pushed down until neighbours are a gap apart; shifted up if they fall below 0."""
    moved = places.copy()
    for i in range(1, len(moved)):
        moved[i] = min(moved[i], moved[i - 1] - gap)
    return moved - min(float(moved.min()), 0.0)
