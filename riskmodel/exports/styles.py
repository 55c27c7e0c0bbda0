"""How workbooks look, in the words of XlsxWriter's formats; shared by both writers."""

from __future__ import annotations

from collections.abc import Mapping

from riskmodel.exports.sheets import FONT, POINTS

CELL: Mapping[str, object] = {"font_name": FONT, "font_size": POINTS, "valign": "vcenter"}
FORMATS: Mapping[str, Mapping[str, object]] = {
    "text": {"num_format": "@", "indent": 1}, "number": {"num_format": "#,##0.00"}, "integer": {"num_format": "#,##0"},
    "ordinal": {"num_format": "0", "align": "center"},
    "share": {"num_format": "0.0%"}, "date": {"num_format": "yyyy-mm-dd", "align": "center"},
    "yuan": {"num_format": "#,##0.00"}, "tier": {"num_format": "@", "align": "center"},
    "tick": {"num_format": "@", "align": "center", "font_size": 16},
}  # fmt: skip
HEAD: Mapping[str, object] = {
    "font_name": FONT, "font_size": POINTS, "bold": True, "font_color": "#ffffff", "bg_color": "#2b5b73",
    "text_wrap": True, "valign": "vcenter", "align": "center", "border": 1, "border_color": "#ffffff",
}  # fmt: skip
# Cells to be filled in stand out on screen, and stay white enough to write on.
ENTRY: Mapping[str, object] = {"bg_color": "#fffbea", "border": 1, "border_color": "#8a949e"}
# Paler than in pictures: large areas of a list stay calm, and printing spares toner. Tier → (ground, ink).
TINTS: Mapping[str, tuple[str, str]] = {
    "A": ("#e2f3f0", "#1d635a"), "B": ("#f6eed0", "#6b560e"), "C": ("#fbe3cb", "#86480c"),
    "D": ("#f5d6cf", "#9c3220"), "E": ("#e6c8d4", "#6b1434"),
}  # fmt: skip
MARGINS: Mapping[str, float] = {"left": 0.4, "right": 0.4, "top": 0.8, "bottom": 0.7}  # inches
