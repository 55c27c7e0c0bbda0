"""Flows between tiers as one SVG element: who moved, from where to where; who stayed is a number."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import pandas as pd

from riskmodel.display.figures import TIER_COLOURS

# Sizes in units of the drawing.
_WIDTH, _HEIGHT, _LABEL, _BAR, _GAP, _LEAST = 620.0, 300.0, 150.0, 12.0, 16.0, 2.0


def flows(table: pd.DataFrame, names: Mapping[str, str], alt: str) -> str:
    """A ribbon for each pair of tiers between which somebody moved, as wide as how many did.

    Parameters
    ----------
    table : DataFrame
        Counts by tier before (rows, lowest risk first) and now (columns), with margins ``entered``, ``left`` and
        ``total``, from `evaluation.stability.transitions`.
    names : mapping
        Tier or margin → its words.
    alt : str
        What the picture shows, for those who cannot see it.

    Returns
    -------
    str
        An SVG element, escaped; '' where nobody moved.

    Examples
    --------
    >>> quiet = pd.DataFrame({"A": [3, 3], "total": [3, 3]}, index=["A", "total"])
    >>> flows(quiet, {"A": "A", "total": "all"}, "flows")
    ''
    """
    rows = zip(table.index.astype("str"), table.to_numpy().tolist(), strict=True)
    counts = {(then, now): int(n) for then, row in rows for now, n in zip(table.columns, row, strict=True)}
    moves = [
        (then, now, counts[then, now])
        for then in reversed(table.index.tolist()) for now in reversed(table.columns.tolist())
        if "total" not in (then, now) and then != now and counts[then, now] > 0
    ]  # fmt: skip
    if not moves:
        return ""
    left = _nodes([m[0] for m in moves], [m[2] for m in moves], table.index.tolist()[::-1])
    right = _nodes([m[1] for m in moves], [m[2] for m in moves], table.columns.tolist()[::-1])
    ribbons = _ribbons(moves, left, right, names)
    bars = [_bar(_LABEL, place, node) for node, place in left.items()]
    bars += [_bar(_WIDTH - _LABEL - _BAR, place, node) for node, place in right.items()]
    texts = [
        _text(_LABEL - 8, place, "end", f"{names[node]} {counts[node, 'total']:,}") for node, place in left.items()
    ]
    texts += [
        _text(_WIDTH - _LABEL + 8, place, "start", f"{names[node]} {counts['total', node]:,}")
        for node, place in right.items()
    ]
    height = max(top + size for top, size in (*left.values(), *right.values()))
    box = f"0 -8 {_WIDTH:.0f} {height + 16:.0f}"
    return (
        f'<svg viewBox="{box}" role="img" aria-label="{escape(alt)}" font-size="13" fill="currentColor" '
        f'style="width:100%;max-width:{_WIDTH:.0f}px;height:auto">' + "".join((*ribbons, *bars, *texts)) + "</svg>"
    )


def _nodes(ends: list[str], counts: list[int], order: list[str]) -> dict[str, tuple[float, float]]:
    """Top and height of each node that has flows, from the highest risk down."""
    total = sum(counts)
    sizes = {node: sum(n for end, n in zip(ends, counts, strict=True) if end == node) for node in order}
    places, top = {}, 0.0
    for node, size in ((node, size) for node, size in sizes.items() if size):
        height = max(_LEAST, _HEIGHT * size / total)
        places[node] = (top, height)
        top += max(height, 8.0) + _GAP
    return places


def _ribbons(
    moves: list[tuple[str, str, int]],
    left: dict[str, tuple[float, float]],
    right: dict[str, tuple[float, float]],
    names: Mapping[str, str],
) -> list[str]:
    """Ribbons in the colour of where they lead."""
    total = sum(n for _, _, n in moves)
    used_left, used_right = dict.fromkeys(left, 0.0), dict.fromkeys(right, 0.0)
    order = {node: place for place, node in enumerate(right)}
    drawn = []
    for then, now, n in sorted(moves, key=lambda move: (list(left).index(move[0]), order[move[1]])):
        size = max(_LEAST / 2, _HEIGHT * n / total)
        y0, y1 = left[then][0] + used_left[then], right[now][0] + used_right[now]
        used_left[then] += size
        used_right[now] += size
        x0, x1 = _LABEL + _BAR, _WIDTH - _LABEL - _BAR
        middle = (x0 + x1) / 2
        path = (
            f"M{x0:.1f} {y0:.1f}C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {x1:.1f} {y1:.1f}v{size:.1f}"
            f"C{middle:.1f} {y1 + size:.1f} {middle:.1f} {y0 + size:.1f} {x0:.1f} {y0 + size:.1f}z"
        )
        colour = TIER_COLOURS.get(now, "#8c96a0")
        title = escape(f"{names[then]} → {names[now]}: {n:,}")
        drawn.append(f'<path d="{path}" fill="{colour}" fill-opacity=".6"><title>{title}</title></path>')
    return drawn


def _bar(x: float, place: tuple[float, float], node: str) -> str:
    colour = TIER_COLOURS.get(node, "#8c96a0")
    return f'<rect x="{x:.1f}" y="{place[0]:.1f}" width="{_BAR:.0f}" height="{place[1]:.1f}" fill="{colour}"/>'


def _text(x: float, place: tuple[float, float], anchor: str, text: str) -> str:
    y = place[0] + place[1] / 2 + 4.5
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
