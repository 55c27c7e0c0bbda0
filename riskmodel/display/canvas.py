"""What all pictures share: the house style, the vendored font, the sheet, its labels, and saving.

Figures are made without pyplot, so no global state is left behind. Text is drawn with the vendored Noto Sans SC; a
character that the font lacks is drawn as 〓, the printers' sign for a missing type.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, wraps
from html import escape
from pathlib import Path
from textwrap import wrap
from typing import Any, ParamSpec

import numpy as np
from matplotlib import font_manager, rc_context, rcdefaults, rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font

from riskmodel.display.text import Lang, say

FONT = Path(__file__).parent.parent / "assets" / "NotoSansSC-Regular.otf"

INK, MUTED, GRID, ACCENT, PALE = "#1f2933", "#5f6c7b", "#8c96a0", "#2b6c8f", "#b9cdd8"
# Ink on a pale area that stays pale on a dark page; INK would turn white there.
PRINTED = "#202a34"
LINES = ("#2b6c8f", "#c14a34", "#8a6d1f", "#5b4b8a", "#3f7d58")
# Colour → name of the page's variable that replaces it, and what it is on a dark page.
FOLLOWING: Mapping[str, tuple[str, str]] = {
    MUTED: ("figure-muted", "#9aa7b4"), LINES[0]: ("figure-1", "#6fb0d6"), LINES[1]: ("figure-2", "#dd6a54"),
    LINES[2]: ("figure-3", "#cfae55"), LINES[3]: ("figure-4", "#a894dd"), LINES[4]: ("figure-5", "#74b98f"),
    PALE: ("figure-pale", "#4a6272"), "#751a3a": ("figure-e", "#b0426c"),
}  # fmt: skip
# What notebooks write at a page that is dark: JupyterLab and its HTML, VS Code.
DARK = (
    '[data-jp-theme-light="false"]',
    "[data-vscode-theme-kind*=dark]",
    "[data-vscode-theme-kind=vscode-high-contrast]",
)
WIDTH = 6.2
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


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Draw in the house style whatever the user's own settings are."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Figure:
        _charset()
        with rc_context():
            _house_style()
            return draw(*args, **kwargs)

    return drawn


def to_png(figure: Figure, *, dpi: int = 160) -> bytes:
    """The picture as PNG on white, without date or software in it."""
    stream = io.BytesIO()
    with rc_context():
        _house_style()
        figure.savefig(stream, format="png", dpi=dpi, facecolor="white", metadata={"Software": None})
    return stream.getvalue()


def to_svg(figure: Figure, *, name: str = "", alt: str = "") -> str:
    """The picture as an SVG element that can stand in a page.

    Ink becomes ``currentColor`` and other colours the variables of `FOLLOWING`, so that the picture follows a dark
    page; sizes come from the viewBox, so that it shrinks with the page.

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
    for colour, (variable, _) in FOLLOWING.items():
        text = text.replace(colour, f"var(--{variable}, {colour})")
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


class Drawing(Figure):
    """A figure that shows itself in a notebook as SVG, in the ink of the page, light or dark.

    A figure that pyplot does not know would only tell its size there.
    """

    def _repr_html_(self) -> str:
        return in_page(self)


def in_page(figure: Figure, alt: str = "") -> str:
    """The picture as it stands in a notebook: its colours change with the page, where that says that it is dark."""
    svg = to_svg(figure, name=f"p{id(figure):x}", alt=alt)
    dark = ";".join(f"--{name}:{colour}!important" for name, colour in FOLLOWING.values())
    style = f"<style>{','.join(f'{page} .riskmodel-figure' for page in DARK)}{{{dark}}}</style>"
    return f'{style}<div class="riskmodel-figure" style="--figure-muted:currentColor;--figure-e:#96284f">{svg}</div>'


def sheet(height: float, width: float = WIDTH) -> Drawing:
    """An empty sheet of so many inches."""
    return Drawing(figsize=(width, height), layout="constrained")


def canvas(height: float, width: float = WIDTH) -> tuple[Figure, Axes]:
    """A sheet of so many inches with one pair of axes."""
    figure = sheet(height, width)
    return figure, figure.subplots()


def note(
    axes: Axes, text: str, at: tuple[Any, Any], *, offset: tuple[int, int] = (6, 0), fontsize: float = 9, **how: Any
) -> None:
    """Text beside a point of the picture, a few points away."""
    axes.annotate(text, at, xytext=offset, textcoords="offset points", va="center", fontsize=fontsize, **how)


def upright(axes: Axes, text: str) -> None:
    """The name of the value axis stands level above it: turned Chinese is hard to read."""
    axes.set_title(text, loc="left", fontsize=9, color=MUTED)
    axes.grid(axis="y")


def nothing(axes: Axes, lang: Lang) -> Figure:
    """The picture that says that there are no data."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, say("figure.empty", lang), ha="center", va="center", color=MUTED, transform=axes.transAxes)
    figure = axes.figure
    assert isinstance(figure, Figure)
    return figure


def abreast(labels: Sequence[str], width: float = WIDTH) -> int:
    """How many columns of a legend fit under a picture of so many inches, so that no name is cut.

    >>> abreast(["方案甲", "方案乙"]), abreast(["Plan for differentiated supervision (fitted scorecard)"] * 3)
    (2, 1)
    """
    # at 9 points a Chinese character is 0.125 inch wide, a Latin one 0.07; a mark and its gaps take 0.45
    widest = max((sum(0.125 if ord(c) > 0x2E7F else 0.07 for c in label) for label in labels), default=0.0)
    return max(1, min(len(labels), 3, int(width / (widest + 0.45))))


def drawable(text: str) -> str:
    """The text as the font can draw it."""
    known = _charset()
    return "".join(c if ord(c) in known else "〓" for c in text)


def two_lines(text: str, most: int) -> str:
    """The text in at most two lines of so many characters; what is longer still ends in a mark."""
    first, *rest = wrap(text, most) or [""]
    return "\n".join([first, *([short(" ".join(rest), most)] if rest else [])])


def short(text: str, most: int = 24) -> str:
    """The text cut to so many characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


def apart(places: np.ndarray, gap: float) -> np.ndarray:
    """Places in descending order, pushed down until neighbours are a gap apart; shifted up if they fall below 0."""
    moved = places.copy()
    for i in range(1, len(moved)):
        moved[i] = min(moved[i], moved[i - 1] - gap)
    return moved - min(float(moved.min()), 0.0)
