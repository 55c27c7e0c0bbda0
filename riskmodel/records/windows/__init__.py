"""Windows over events: declared once, executed by a compiled kernel, by DuckDB or by Spark, with equal results."""

from riskmodel.records.windows.compute import compute
from riskmodel.records.windows.declared import (
    Attribute,
    Declaration,
    Difference,
    GroupShare,
    Ratio,
    Unknown,
    Window,
    check,
    needed,
    parts,
)
from riskmodel.records.windows.matching import matching

__all__ = [
    "Attribute", "Declaration", "Difference", "GroupShare", "Ratio", "Unknown", "Window", "check", "compute",
    "matching", "needed", "parts",
]  # fmt: skip
