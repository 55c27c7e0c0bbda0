"""Columns that windows read and that are made from others: fields, groups and teams instead of free text.

The same text gives the same code everywhere; what is not known stays ''.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import pandas as pd

from riskmodel.records import Known
from riskmodel.records.panel import Shown
from riskmodel.records.windows import Declaration, Window

# Outcome codes of the joint list that find nothing wrong: no problem, or the activity is not carried on.
CLEAN_OUTCOMES = frozenset(("1", "F"))
# Visits whose inspectors are not recorded are those of one unknown inspector.
UNKNOWN_TEAM = "-"
_CORRECTED, _UNREACHABLE, _REFUSED, _NOT_CARRIED_ON = "E", "6", "8", "F"
# Field → parts of the names of its authorities; the first field that fits, so that 综合行政执法 of another field is not
# taken for that of the city.
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "market": (
        "市场监督", "市场监管", "市监", "工商", "质量技术监督", "质监", "食品药品", "药品监督", "药监", "知识产权",
        "物价",
    ),
    "environment": ("生态环境", "环境保护", "环保"),
    "safety": ("应急管理", "安全生产", "安监", "消防"),
    "tax": ("税务",),
    "health": ("卫生", "卫健", "疾病预防", "医疗保障"),
    "other": ("交通", "公路", "农业", "文化", "旅游", "人力资源", "劳动", "水利", "水务", "林业", "自然资源", "公安"),
    "urban": ("综合行政执法", "综合执法", "城市管理", "城管", "住房和城乡建设", "住房城乡建设", "住建", "园林", "市容"),
}  # fmt: skip
_GROUPS: Mapping[str, tuple[str, ...]] = {
    "no_penalty": ("no_penalty",), "light": ("warning", "criticism"), "fine": ("fine",),
    "confiscation": ("confiscation",), "qualification": ("suspension", "downgrade", "revocation"),
    "ban": ("restriction", "stop", "close", "ban", "detention"),
}  # fmt: skip


def derived(shown: Shown, wanted: Mapping[str, Iterable[str]] | None = None) -> Shown:
    """The same records with the columns of `riskmodel.records.windows.declared.DERIVED`.

    Parameters
    ----------
    shown : Known or Panel
        Records; ``ratings.read_grade`` stays if it is there (`riskmodel.standing.read_grades`), else it is ''.
    wanted : mapping, optional
        Table → columns that are needed; others are left out. Default: all.
    """
    for table, recipes in _RECIPES.items():
        names = [name for name in recipes if wanted is None or name in wanted.get(table, ())]
        rows = shown[table]
        made = {name: recipes[name](rows) for name in names}
        shown = shown.with_table(table, rows.assign(**made)) if made else shown
    return shown


def with_problems(known: Known) -> Known:
    """Inspections with a column ``problem``: yes, no, or '' where no outcome was recorded."""
    return derived(known, {"inspections": ("problem",)})


def read_by(declared: Iterable[Declaration]) -> dict[str, set[str]]:
    """Table → columns that some windows read."""
    columns: dict[str, set[str]] = {}
    for how in declared:
        if isinstance(how, Window):
            more = ("team", "problem") if how.aggregate == "expected" else ()
            columns.setdefault(how.table, set()).update((how.column, *how.where, *more))
    return columns


def _each(values: pd.Series, of: Callable[[str], str]) -> pd.Series:
    """A text made from a text, once for every text."""
    codes, texts = pd.factorize(values.astype("object").fillna(""))
    made = pd.Series([of(str(text)) for text in texts], dtype="str")
    return made.take(codes).set_axis(values.index)


def _problem(codes: str) -> str:
    if not codes:
        return ""
    return "no" if set(codes.split(",")) <= CLEAN_OUTCOMES else "yes"


def _outcome_group(codes: str) -> str:
    """The gravest thing that a visit found."""
    found = {code for code in codes.split(",") if code}
    if not found:
        return ""
    for code, group in ((_REFUSED, "refused"), (_UNREACHABLE, "unreachable")):
        if code in found:
            return group
    if found <= CLEAN_OUTCOMES:
        return "not_carried_on" if _NOT_CARRIED_ON in found else "clean"
    return "corrected" if found <= CLEAN_OUTCOMES | {_CORRECTED} else "problem"


def _team(inspectors: str) -> str:
    return ",".join(sorted({name.strip() for name in inspectors.split(",")} - {""})) or UNKNOWN_TEAM


def _authority_field(authority: str) -> str:
    if not authority:
        return ""
    return next((field for field, words in _FIELDS.items() if any(word in authority for word in words)), "other")


def _category_group(category: str) -> str:
    return next((group for group, members in _GROUPS.items() if category in members), "other")


def _channel_kind(channel: str) -> str:
    if not channel:
        return ""
    return next((number for number in ("12315", "12345") if number in channel), "other")


def _read_grade(rows: pd.DataFrame) -> pd.Series:
    return rows["read_grade"] if "read_grade" in rows else pd.Series("", index=rows.index, dtype="str")


_RECIPES: Mapping[str, Mapping[str, Callable[[pd.DataFrame], pd.Series]]] = {
    "penalties": {
        "authority_field": lambda rows: _each(rows["authority"], _authority_field),
        "category_group": lambda rows: _each(rows["category"], _category_group),
    },
    "complaints": {"channel_kind": lambda rows: _each(rows["channel"], _channel_kind)},
    "inspections": {
        "problem": lambda rows: _each(rows["outcome_codes"], _problem),
        "team": lambda rows: _each(rows["inspector_ids"], _team),
        "outcome_group": lambda rows: _each(rows["outcome_codes"], _outcome_group),
    },
    "ratings": {
        "read_grade": _read_grade,
        "ended_on": lambda rows: rows["valid_to"] + pd.Timedelta(days=1),
    },
}
