"""Which clauses of the source text a policy file covers, and which not, with the reason."""

from __future__ import annotations

import re
from typing import Literal

import pandas as pd

from riskmodel.policy.model import Policy, in_words, provisions

_DIGITS = "一二三四五六七八九十"


def clauses(text: str) -> dict[str, str]:
    """Clause id → text, where ``t.m`` is measure m (``m是``) of task t (``(t)``) of part two of the plan.

    >>> clauses("二、主要任务 (一)标题 一是甲。二是乙。 三、保障")
    {'1.1': '甲。', '1.2': '乙。 '}
    """
    body = text.split("二、主要任务", 1)[-1].split("三、保障", 1)[0]
    found: dict[str, str] = {}
    for task in re.finditer(rf"[((]([{_DIGITS}])[))](.*?)(?=[((][{_DIGITS}][))]|\Z)", body, re.S):
        parts = re.split(rf"(?<![{_DIGITS}])([{_DIGITS}])是", task.group(2))
        for mark, measure in zip(parts[1::2], parts[2::2], strict=True):
            found[f"{_DIGITS.index(task.group(1)) + 1}.{_DIGITS.index(mark) + 1}"] = measure
    return found


def coverage(policy: Policy, lang: Literal["zh", "en"] = "en") -> pd.DataFrame:
    """One row a clause: ``clause``, ``text`` (its beginning), ``rules`` that cite it, ``reason`` if none does.

    A clause with neither rule nor reason is a gap; `riskmodel policy check` fails on it.
    """
    cited: dict[str, list[str]] = {}
    for path, provision in provisions(policy.file):
        if provision.clause:
            cited.setdefault(provision.clause, []).append(path)
    reasons = policy.file.not_covered
    rows = [
        (
            clause,
            re.split("[。,,]", text)[0].strip(),
            ", ".join(cited.get(clause, [])),
            in_words(reasons.get(clause, ""), lang),
        )
        for clause, text in clauses(policy.text).items()
    ]
    return pd.DataFrame(rows, columns=["clause", "text", "rules", "reason"])
