"""Records as they are cited in words: number, day and what happened on it, body."""

from __future__ import annotations

import re
from collections.abc import Mapping

from riskmodel.errors import Lang

# Column → Chinese, English. Beside other days of the same record a day must not be taken for one of them: reasons cite
# a penalty by the day of its decision, a warning counts by the day of the violation.
DATED: Mapping[str, tuple[str, str]] = {
    "decided_on": ("决定", "decided"), "listed_on": ("列入", "listed"), "received_on": ("登记", "received"),
    "inspected_on": ("检查", "inspected"), "entered_on": ("列入", "entered"), "status_on": ("认定", "found"),
    "committed_on": ("承诺", "committed"), "repaired_on": ("修复", "repaired"), "valid_from": ("起有效", "valid from"),
    "occurred_on": ("发生", "happened"),
}  # fmt: skip
# The end of a citation in a ledger: day on which it happened and body, and what parts it from the next.
_CITATION = re.compile(r"\((?P<day>\d{4}-\d\d-\d\d)(?:, (?P<body>[^;]*?))?\)(?P<end>; |$)")


def citations(text: str, lang: Lang = "zh", clock: str = "occurred_on") -> str:
    """Citations of records as the ledger keeps them, with the marks of a language, and what the day means.

    The day is that of `clock`: warnings count by the day on which something happened.

    >>> citations("周处罚字(2024)1号(2024-01-02, 市监局); T2(2024-01-03)")
    '周处罚字(2024)1号（2024-01-02 发生，市监局）；T2（2024-01-03 发生）'
    """
    chinese, english = DATED[clock]
    day, body, end = (f"（{{}} {chinese}", "，{}", "）") if lang == "zh" else (f" ({english} {{}}", ", {}", ")")
    between = "；" if lang == "zh" else "; "

    def said(found: re.Match[str]) -> str:
        inside = day.format(found["day"]) + (body.format(found["body"]) if found["body"] else "")
        return inside + end + (between if found["end"] else "")

    return _CITATION.sub(said, text)
