"""What a feature is, and the small tables from which families of features are made."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from riskmodel.errors import Lang
from riskmodel.records.windows import Declaration, Window
from riskmodel.records.windows.declared import Aggregate

Sign = Literal[-1, 0, 1]
Where = Mapping[str, tuple[str, ...]]

# Length of a window → what people call it.
PERIODS: Mapping[int, tuple[str, str]] = {
    30: ("近30天", "30 days"), 90: ("近90天", "90 days"), 180: ("近180天", "180 days"), 365: ("近一年", "1 year"),
    730: ("近两年", "2 years"), 1095: ("近三年", "3 years"), 1825: ("近五年", "5 years"),
}  # fmt: skip
# Units → English.
UNITS: Mapping[str, str] = {
    "次": "times", "件": "cases", "项": "items", "元": "yuan", "天": "days", "年": "years",
    "种": "kinds", "家": "bodies", "级": "level", "倍": "times as long", "比例": "share", "是否": "yes or no",
}  # fmt: skip


@dataclass(frozen=True)
class Feature:
    """A feature.

    Attributes
    ----------
    name : str
        Column name; windows end in their length.
    code : str
        Stable code of the reason.
    zh, en : str
        What it measures.
    unit : str
        Unit of the value, a key of `UNITS`.
    sign : int
        +1 if more means more risk, -1 if less, 0 unknown.
    how : declaration
        How it is computed.
    zh_reason, en_reason : str
        Sentence with ``{value}``; that of a flag with a sign says what holds where the risk is higher.
    basis : str
        Clause of the plan, such as ``4.3``, or why the feature is there.
    """

    name: str
    code: str
    zh: str
    en: str
    unit: str
    sign: Sign
    how: Declaration
    zh_reason: str
    en_reason: str
    basis: str

    def reason(self, value: float, lang: Lang = "zh") -> str:
        """The sentence for a value; a missing value is said to be missing.

        Examples
        --------
        >>> from riskmodel.features import FEATURES
        >>> FEATURES["fine_yuan_730d"].reason(12000.0), FEATURES["days_since_penalty"].reason(float("nan"), "en")
        ('近两年罚款合计12,000元', 'days since the last penalty: no record')
        """
        if math.isnan(value):
            return f"{self.zh}：无记录" if lang == "zh" else f"{self.en}: no record"
        return (self.zh_reason if lang == "zh" else self.en_reason).format(value=shown(value, self.unit))


@dataclass(frozen=True)
class Counted:
    """Events of one kind, counted over several windows: one feature each.

    Attributes
    ----------
    key, code : str
        Beginning of the names and codes.
    zh, en : str
        What the events are called.
    where : mapping
        Which events count.
    days : tuple of int
        Lengths of the windows, keys of `PERIODS`.
    basis : str
        As in `Feature`.
    sign : int
        As in `Feature`.
    unit : str
        Measure word.
    """

    key: str
    code: str
    zh: str
    en: str
    where: Where
    days: tuple[int, ...]
    basis: str
    sign: Sign = 1
    unit: str = "次"


@dataclass(frozen=True)
class Events:
    """A table of events and the day that places them in a window."""

    table: str
    clock: str
    codes: Mapping[str, str] = field(default_factory=dict)

    def window(
        self,
        aggregate: Aggregate,
        column: str = "",
        days: int | None = None,
        where: Where | None = None,
        half_life: int = 180,
    ) -> Window:
        """A window over these events."""
        return Window(self.table, self.clock, aggregate, column, days, where or {}, half_life)

    def counts(self, rows: Iterable[Counted]) -> list[Feature]:
        """One feature for every kind of event and window."""
        return [self._count(row, days) for row in rows for days in row.days]

    def _count(self, row: Counted, days: int) -> Feature:
        name, (zh, en) = f"{row.key}_{days}d", PERIODS[days]
        code, how = self.codes.get(name, f"R-{row.code}-{days}"), self.window("count", days=days, where=row.where)
        return Feature(
            name, code, f"{zh}{row.zh}{row.unit}数", f"{row.en} in {en}", row.unit, row.sign, how,
            f"{zh}有{{value}}{row.unit}{row.zh}", f"{row.en} in {en}: {{value}}", row.basis,
        )  # fmt: skip


def flag(
    name: str,
    code: str,
    words: tuple[str, str],
    sign: Sign,
    how: Declaration,
    basis: str,
    lacking: tuple[str, str] = ("", ""),
) -> Feature:
    """A feature that is 1 or 0.

    Parameters
    ----------
    name, code : str
        Name and code.
    words : tuple of str
        What holds where it is 1, in Chinese and English.
    sign : int
        As in `Feature`.
    how : declaration
        How it is computed.
    basis : str
        As in `Feature`.
    lacking : tuple of str, optional
        What holds where it is 0; the reason of a flag whose sign is -1.
    """
    zh, en = words
    reasons = lacking if sign == -1 else words
    if sign == 0:
        reasons = (f"{zh}：{{value}}（1为是）", f"{en}: {{value}} (1 = yes)")
    return Feature(name, code, zh, en, "是否", sign, how, *reasons, basis)


def shown(value: float, unit: str) -> str:
    """A value as it stands in a sentence.

    >>> shown(0.173, "比例"), shown(3.0, "次"), shown(2.25, "次"), shown(float("nan"), "天")
    ('17.3%', '3', '2.2', '—')
    """
    if math.isnan(value):
        return "—"
    if unit == "比例":
        return f"{value:.1%}"
    if unit == "元":
        return f"{value:,.0f}"
    return f"{value:.0f}" if value == round(value) else f"{value:.1f}"
