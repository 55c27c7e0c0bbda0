"""The catalogue of features: each declared once, with its meaning, unit, expected sign, window and sentence.

Penalties are placed by the day of the decision, from which all legal periods run; no event counts before it was known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from riskmodel.records.windows import Window


@dataclass(frozen=True)
class Attribute:
    """A feature of the registry entry: years since a day."""

    column: str


@dataclass(frozen=True)
class GroupShare:
    """Share of drawn inspections with a problem in the enterprise's group, shrunk to the share of all.

    Attributes
    ----------
    column : str
        Column of the registry that names the group.
    days : int
        Inspections of the last so many days count.
    prior : int
        Weight of the share of all, in inspections.
    """

    column: str
    days: int
    prior: int


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
        What it counts.
    unit : str
        Unit of the value.
    sign : int
        +1 if more means more risk, -1 if less, 0 unknown.
    how : Window, Attribute or GroupShare
        How it is computed.
    zh_reason, en_reason : str
        Sentence with ``{value}``.
    """

    name: str
    code: str
    zh: str
    en: str
    unit: str
    sign: Literal[-1, 0, 1]
    how: Window | Attribute | GroupShare
    zh_reason: str
    en_reason: str


# Outcome codes of the joint list that find nothing wrong: no problem, or the activity is not carried on.
CLEAN_OUTCOMES = ("1", "F")
_CHECKED = {"problem": ("no", "yes")}


def _penalties(days: int | None, **where: tuple[str, ...]) -> Window:
    return Window("penalties", "decided_on", "count", days=days, where=where)


def _declared() -> tuple[Feature, ...]:
    return (
        Feature("penalties_serious_1825d", "R-PEN-01", "近五年严重违法处罚次数", "serious penalties in 5 years", "次", 1,
                _penalties(1825, severity=("serious",)), "近五年有{value}次严重违法处罚", "{value} serious penalties in five years"),
        Feature("penalties_general_730d", "R-PEN-02", "近两年一般违法处罚次数", "general penalties in 2 years", "次", 1,
                _penalties(730, severity=("general",)), "近两年有{value}次一般违法处罚", "{value} general penalties in two years"),
        Feature("penalties_minor_365d", "R-PEN-03", "近一年轻微违法处罚次数", "minor penalties in 1 year", "次", 1,
                _penalties(365, severity=("minor",)), "近一年有{value}次轻微违法处罚", "{value} minor penalties in one year"),
        Feature("penalties_180d", "R-PEN-04", "近180天处罚次数", "penalties in 180 days", "次", 1,
                _penalties(180), "近180天内受到{value}次处罚", "{value} penalties within 180 days"),
        Feature("fine_yuan_730d", "R-PEN-05", "近两年罚款合计", "fines in 2 years", "元", 1,
                Window("penalties", "decided_on", "sum_yuan", "fine_yuan", 730), "近两年罚款合计{value}元", "fines of {value} yuan in two years"),
        Feature("penalties_decayed", "R-PEN-06", "处罚次数(半衰期180天)", "penalties, half-life 180 days", "次", 1,
                Window("penalties", "decided_on", "decayed"), "近期处罚密集(按180天半衰期折算{value}次)", "recent penalties weigh {value} (half-life 180 days)"),
        Feature("penalty_kinds_730d", "R-PEN-07", "近两年违法行为种类", "kinds of violation in 2 years", "种", 1,
                Window("penalties", "decided_on", "distinct", "violation", 730), "近两年涉及{value}种违法行为", "{value} kinds of violation in two years"),
        Feature("days_since_penalty", "R-PEN-08", "距最近一次处罚天数", "days since the last penalty", "天", -1,
                Window("penalties", "decided_on", "days_since"), "距最近一次处罚仅{value}天", "last penalty only {value} days ago"),
        Feature("abnormal_now", "R-ABN-01", "当前列入经营异常名录", "on the abnormal-operation list now", "是否", 1,
                Window("abnormal_listings", "listed_on", "open", "removed_on"), "当前列入经营异常名录", "on the abnormal-operation list now"),
        Feature("abnormal_unreachable_1095d", "R-ABN-02", "近三年因无法联系列异次数", "entries as unreachable in 3 years", "次", 1,
                Window("abnormal_listings", "listed_on", "count", days=1095, where={"reason": ("unreachable",)}),
                "近三年{value}次因登记住所无法联系被列入异常名录", "listed {value} times as unreachable in three years"),
        Feature("abnormal_listings_1095d", "R-ABN-03", "近三年列入经营异常名录次数", "abnormal listings in 3 years", "次", 1,
                Window("abnormal_listings", "listed_on", "count", days=1095), "近三年{value}次列入经营异常名录", "listed {value} times in three years"),
        Feature("complaints_verified_365d", "R-CMP-01", "近一年查实投诉次数", "verified complaints in 1 year", "次", 1,
                Window("complaints", "received_on", "count", days=365, where={"verified": ("yes",), "kind": ("complaint",)}),
                "近一年有{value}件查实投诉", "{value} verified complaints in one year"),
        Feature("reports_verified_365d", "R-CMP-02", "近一年查实举报次数", "verified reports in 1 year", "次", 1,
                Window("complaints", "received_on", "count", days=365, where={"verified": ("yes",), "kind": ("report",)}),
                "近一年有{value}件查实举报", "{value} verified reports in one year"),
        Feature("problem_inspections_730d", "R-INS-01", "近两年发现问题的检查次数", "inspections with problems in 2 years", "次", 1,
                Window("inspections", "inspected_on", "count", days=730, where={"problem": ("yes",)}),
                "近两年{value}次检查发现问题", "{value} inspections found problems in two years"),
        Feature("clean_inspections_730d", "R-INS-02", "近两年未发现问题的检查次数", "clean inspections in 2 years", "次", -1,
                Window("inspections", "inspected_on", "count", days=730, where={"problem": ("no",)}),
                "近两年{value}次检查未发现问题", "{value} clean inspections in two years"),
        Feature("days_since_inspection", "R-INS-03", "距最近一次检查天数", "days since the last inspection", "天", 0,
                Window("inspections", "inspected_on", "days_since", where=_CHECKED), "已有{value}天未检查", "not inspected for {value} days"),
        Feature("commitments_broken_1095d", "R-COM-01", "近三年未履行承诺次数", "broken commitments in 3 years", "次", 1,
                Window("commitments", "status_on", "count", days=1095, where={"status": ("broken",)}),
                "近三年{value}次未履行信用承诺", "{value} broken commitments in three years"),
        Feature("tenure_years", "R-BAS-01", "成立年限", "years since establishment", "年", -1,
                Attribute("established_on"), "成立仅{value}年", "established only {value} years ago"),
        Feature("town_problem_share", "R-CTX-01", "所在镇街抽查问题率", "problem share of the town", "比例", 1,
                GroupShare("town", 730, 20), "所在镇街近两年抽查问题率{value}", "problem share of the town {value}"),
        Feature("industry_problem_share", "R-CTX-02", "所属行业抽查问题率", "problem share of the industry", "比例", 1,
                GroupShare("industry_section", 730, 20), "所属行业近两年抽查问题率{value}", "problem share of the industry {value}"),
    )  # fmt: skip


FEATURES: Mapping[str, Feature] = {f.name: f for f in _declared()}
