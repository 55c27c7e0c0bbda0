"""Penalties: placed by the day of the decision, from which all legal periods run."""

from __future__ import annotations

from riskmodel.features.feature import Counted, Events, Feature
from riskmodel.records.windows import Difference, Ratio
from riskmodel.records.windows.declared import Aggregate

_EVENTS = Events("penalties", "decided_on", {
    "penalties_serious_1825d": "R-PEN-01", "penalties_general_730d": "R-PEN-02", "penalties_minor_365d": "R-PEN-03",
    "penalties_180d": "R-PEN-04",
})  # fmt: skip
_SHARING = "2.3"  # results of all departments are shared
_REPEATED = "4.3"  # minor and general violations that pile up in a short time
_GRADED = "处罚轻重不同，影响期不同 / graver penalties weigh longer"
_LIFE = "失信信息最长保存5年 / a record lives 5 years"

_COUNTED = (
    Counted("penalties", "PEN-ALL", "行政处罚", "penalties", {}, (30, 90, 180, 365, 730, 1825), _REPEATED),
    Counted("penalties_minor", "PEN-MIN", "轻微违法处罚", "minor penalties", {"severity": ("minor",)}, (90, 365), _REPEATED),
    Counted("penalties_general", "PEN-GEN", "一般违法处罚", "general penalties", {"severity": ("general",)}, (180, 730), _REPEATED),
    Counted("penalties_serious", "PEN-SER", "严重违法处罚", "serious penalties", {"severity": ("serious",)}, (365, 1825), "6.1"),
    Counted("penalties_waived", "PEN-WVD", "不予处罚决定", "decisions not to punish", {"category_group": ("no_penalty",)}, (365,), "4.2", 0),
    Counted("penalties_light", "PEN-LGT", "警告或通报批评", "warnings and public criticism", {"category_group": ("light",)}, (730,), _GRADED),
    Counted("penalties_fine", "PEN-FIN", "罚款处罚", "penalties of which a fine is the heaviest part", {"category_group": ("fine",)}, (730,), _GRADED),
    Counted("penalties_confiscation", "PEN-CNF", "没收违法所得或财物的处罚", "confiscations", {"category_group": ("confiscation",)}, (730,), _GRADED),
    Counted("penalties_qualification", "PEN-QLF", "暂扣许可证、降低资质或吊销许可证的处罚", "licences suspended, downgraded or revoked", {"category_group": ("qualification",)}, (1825,), _LIFE),
    Counted("penalties_ban", "PEN-BAN", "限制经营、责令停产停业或关闭、限制从业或拘留的处罚", "restrictions, stops, closures, bans and detentions", {"category_group": ("ban",)}, (1825,), _LIFE),
    Counted("penalties_market", "PEN-MKT", "市场监管领域处罚", "penalties by market supervision", {"authority_field": ("market",)}, (730,), _SHARING),
    Counted("penalties_environment", "PEN-ENV", "生态环境领域处罚", "penalties by environment authorities", {"authority_field": ("environment",)}, (730,), _SHARING),
    Counted("penalties_safety", "PEN-SAF", "安全生产和消防领域处罚", "penalties by work safety and fire authorities", {"authority_field": ("safety",)}, (730,), "5.3"),
    Counted("penalties_tax", "PEN-TAX", "税务领域处罚", "penalties by tax authorities", {"authority_field": ("tax",)}, (730,), _SHARING),
    Counted("penalties_health", "PEN-HEA", "卫生健康领域处罚", "penalties by health authorities", {"authority_field": ("health",)}, (730,), "5.3"),
    Counted("penalties_urban", "PEN-URB", "城市管理和住建领域处罚", "penalties by urban management and housing authorities", {"authority_field": ("urban",)}, (730,), _SHARING),
    Counted("penalties_other", "PEN-OTH", "其他领域处罚", "penalties by other authorities", {"authority_field": ("other",)}, (730,), _SHARING),
    Counted("penalties_special_field", "PEN-SPF", "重点特殊领域处罚", "penalties in special fields", {"special_field": ("vaccine", "drug", "special_equipment", "hazardous_chemical")}, (1825,), "5.1"),
)  # fmt: skip


def _amounts() -> list[Feature]:
    fine, taken = (_EVENTS.window("sum_yuan", "fine_yuan", d) for d in (730, 1825)), "confiscated_yuan"
    return [
        Feature("fine_yuan_730d", "R-PEN-05", "近两年罚款合计", "fines in 2 years", "元", 1, next(fine), "近两年罚款合计{value}元", "fines in 2 years: {value} yuan", _GRADED),
        Feature("fine_yuan_1825d", "R-PEN-FYN-1825", "近五年罚款合计", "fines in 5 years", "元", 1, next(fine), "近五年罚款合计{value}元", "fines in 5 years: {value} yuan", _LIFE),
        Feature("confiscated_yuan_730d", "R-PEN-CYN-730", "近两年没收金额合计", "confiscated in 2 years", "元", 1, _EVENTS.window("sum_yuan", taken, 730), "近两年没收金额合计{value}元", "confiscated in 2 years: {value} yuan", _GRADED),
        Feature("penalty_kinds_730d", "R-PEN-07", "近两年违法行为种类数", "kinds of violation in 2 years", "种", 1, _EVENTS.window("distinct", "violation", 730), "近两年涉及{value}种违法行为", "kinds of violation in 2 years: {value}", _REPEATED),
        Feature("penalty_authorities_730d", "R-PEN-AUT-730", "近两年作出处罚的机关数", "authorities that punished in 2 years", "家", 1, _EVENTS.window("distinct", "authority", 730), "近两年受到{value}家机关处罚", "authorities that punished in 2 years: {value}", _SHARING),
    ]  # fmt: skip


def _decayed() -> list[Feature]:
    kept = {180: ("penalties_decayed", "R-PEN-06")}
    made = []
    for half_life in (90, 180, 365):
        name, code = kept.get(half_life, (f"penalties_decayed_{half_life}", f"R-PEN-DEC-{half_life}"))
        made.append(Feature(
            name, code, f"行政处罚折算次数（半衰期{half_life}天）", f"penalties, half-life {half_life} days", "次", 1,
            _EVENTS.window("decayed", half_life=half_life), f"行政处罚按{half_life}天半衰期折算为{{value}}次",
            f"penalties with a half-life of {half_life} days: {{value}}", _REPEATED,
        ))  # fmt: skip
    return made


def _rhythm() -> list[Feature]:
    """Recency, gaps, pace and acceleration."""
    first = _EVENTS.window("days_since_first", days=1825)
    return [
        Feature("days_since_penalty", "R-PEN-08", "距最近一次处罚天数", "days since the last penalty", "天", -1, _EVENTS.window("days_since"), "距最近一次处罚仅{value}天", "days since the last penalty: only {value}", _REPEATED),
        Feature("days_since_serious_penalty", "R-PEN-DSS", "距最近一次严重违法处罚天数", "days since the last serious penalty", "天", -1, _EVENTS.window("days_since", days=1825, where={"severity": ("serious",)}), "距最近一次严重违法处罚仅{value}天", "days since the last serious penalty: only {value}", "6.1"),
        Feature("days_since_first_penalty", "R-PEN-DSF", "距近五年首次处罚天数", "days since the first penalty of 5 years", "天", 0, first, "近五年首次处罚在{value}天以前", "days since the first penalty of 5 years: {value}", _LIFE),
        Feature("penalty_gap_days", "R-PEN-GAP", "近五年处罚平均间隔", "mean gap between penalties of 5 years", "天", -1, Ratio("days_since_first_penalty", "penalties_1825d", 1, "days_since_penalty"), "近五年平均每{value}天受到一次处罚", "mean gap between penalties of 5 years: {value} days", _REPEATED),
        Feature("penalty_silence", "R-PEN-SIL", "距最近一次处罚天数与平均间隔之比", "days since the last penalty over the mean gap", "倍", -1, Ratio("days_since_penalty", "penalty_gap_days"), "距最近一次处罚的天数为平均间隔的{value}倍", "days since the last penalty over the mean gap: {value}", _REPEATED),
        Feature("penalty_pace_365d", "R-PEN-PAC-365", "近90天处罚次数折算全年与近一年之差", "yearly pace of 90 days less penalties of 1 year", "次", 1, Difference("penalties_90d", "penalties_365d", 4), "近90天处罚次数折算全年后比近一年多{value}次", "yearly pace of 90 days less penalties of 1 year: {value}", _REPEATED),
        Feature("penalty_trend_365d", "R-PEN-TRD-365", "近半年与此前半年处罚次数之差", "penalties of this half-year less the half-year before", "次", 1, Difference("penalties_180d", "penalties_365d", 2), "近半年处罚比此前半年多{value}次", "penalties of this half-year less the half-year before: {value}", _REPEATED),
        Feature("penalty_trend_730d", "R-PEN-TRD-730", "近一年与此前一年处罚次数之差", "penalties of this year less the year before", "次", 1, Difference("penalties_365d", "penalties_730d", 2), "近一年处罚比此前一年多{value}次", "penalties of this year less the year before: {value}", _REPEATED),
        Feature("penalty_acceleration_730d", "R-PEN-ACC-730", "处罚次数半年变化折算全年与全年变化之差", "yearly pace of the half-year change less the change of the year", "次", 0, Difference("penalty_trend_365d", "penalty_trend_730d", 2), "处罚次数的半年变化折算全年后比全年变化多{value}次", "yearly pace of the half-year change less the change of the year: {value}", _REPEATED),
    ]  # fmt: skip


def _levels() -> list[Feature]:
    """Severity: 1 minor, 2 general, 3 serious, 0 without penalties."""
    rows: tuple[tuple[Aggregate, str, str, str], ...] = (
        ("level_max", "max", "最重", "highest"), ("level_last", "last", "最近一次", "newest"),
        ("level_first", "first", "最早一次", "oldest"),
    )  # fmt: skip
    made = [
        Feature(
            f"severity_{which}_1825d", f"R-PEN-S{which[0].upper()}-1825", f"近五年{zh}处罚的违法程度（1轻微，2一般，3严重）",
            f"{en} severity of penalties in 5 years (1 minor, 2 general, 3 serious)", "级", 0 if which == "first" else 1,
            _EVENTS.window(aggregate, "severity", 1825), f"近五年{zh}处罚的违法程度为{{value}}级（1轻微，2一般，3严重）",
            f"{en} severity of penalties in 5 years: level {{value}} of 3", _GRADED,
        )
        for aggregate, which, zh, en in rows
    ]  # fmt: skip
    change = Difference("severity_last_1825d", "severity_first_1825d")
    return [*made, Feature(
        "severity_escalation_1825d", "R-PEN-ESC-1825", "近五年最近一次与最早一次处罚违法程度之差",
        "severity of the newest less the oldest penalty of 5 years", "级", 1, change, "近五年最近一次处罚的违法程度比最早一次高{value}级",
        "severity of the newest less the oldest penalty of 5 years: {value}", _REPEATED,
    )]  # fmt: skip


PENALTIES: tuple[Feature, ...] = (*_EVENTS.counts(_COUNTED), *_amounts(), *_decayed(), *_rhythm(), *_levels())
