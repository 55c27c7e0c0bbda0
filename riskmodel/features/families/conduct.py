"""Abnormal listings, complaints and reports: what the registry office and the public say."""

from __future__ import annotations

from riskmodel.features.feature import Counted, Events, Feature, flag
from riskmodel.records.windows import Difference

_LISTED = Events("abnormal_listings", "listed_on", {
    "abnormal_listings_1095d": "R-ABN-03", "abnormal_unreachable_1095d": "R-ABN-02",
})  # fmt: skip
_ABNORMAL = "6.1"  # records of abnormal operation are gathered
_SERIOUS_AFTER = "连续三年未改正可列入严重违法失信名单 / three years uncorrected may lead to the serious list"
_COMPLAINED = Events("complaints", "received_on", {
    "complaints_verified_365d": "R-CMP-01", "reports_verified_365d": "R-CMP-02",
})  # fmt: skip
_VERIFIED = "9.2"  # only what was verified enters the record
_SIGNAL = "未查实的仅作监测，不作失信记录（9.2） / unverified: a signal only, never a record (9.2)"

_LISTINGS = (
    Counted("abnormal_listings", "ABN-ALL", "列入经营异常名录", "abnormal listings", {}, (1095,), _ABNORMAL),
    Counted("abnormal_report", "ABN-REP", "因未按期公示年报列入经营异常名录", "listings for no annual report", {"reason": ("annual_report",)}, (1095,), _ABNORMAL),
    Counted("abnormal_false", "ABN-FAL", "因公示信息隐瞒或弄虚作假列入经营异常名录", "listings for false or hidden information", {"reason": ("false_information",)}, (1095,), _ABNORMAL),
    Counted("abnormal_unreachable", "ABN-UNR", "因通过登记的住所无法联系列入经营异常名录", "listings as unreachable", {"reason": ("unreachable",)}, (1095,), _ABNORMAL),
)  # fmt: skip


def _listings() -> list[Feature]:
    now, days = (
        _LISTED.window("open", "removed_on"),
        [_LISTED.window("days_open", "removed_on", d) for d in (365, 1095)],
    )
    unreachable = _LISTED.window("open", "removed_on", where={"reason": ("unreachable",)})
    return [
        flag("abnormal_now", "R-ABN-01", ("当前列入经营异常名录", "on the abnormal-operation list now"), 1, now, _ABNORMAL),
        flag("abnormal_unreachable_now", "R-ABN-UNN", ("当前因无法联系列入经营异常名录", "on the abnormal-operation list now as unreachable"), 1, unreachable, _ABNORMAL),
        *_LISTED.counts(_LISTINGS),
        Feature("abnormal_days_365d", "R-ABN-DAY-365", "近一年处于经营异常名录的天数合计（几项原因分别计算）", "days on the abnormal list in 1 year, added up by reason", "天", 1, days[0], "近一年处于经营异常名录合计{value}天（几项原因分别计算）", "days on the abnormal list in 1 year, added up by reason: {value}", _ABNORMAL),
        Feature("abnormal_days_1095d", "R-ABN-DAY-1095", "近三年处于经营异常名录的天数合计（几项原因分别计算）", "days on the abnormal list in 3 years, added up by reason", "天", 1, days[1], "近三年处于经营异常名录合计{value}天（几项原因分别计算）", "days on the abnormal list in 3 years, added up by reason: {value}", _SERIOUS_AFTER),
        Feature("abnormal_reasons_1095d", "R-ABN-RSN-1095", "近三年列入经营异常名录的原因种类数", "reasons of abnormal listings in 3 years", "种", 1, _LISTED.window("distinct", "reason", 1095), "近三年因{value}种原因列入经营异常名录", "reasons of abnormal listings in 3 years: {value}", _ABNORMAL),
        Feature("abnormal_relisted_1095d", "R-ABN-REL-1095", "近三年因同一原因再次列入经营异常名录次数", "abnormal listings again for the same reason in 3 years", "次", 1, Difference("abnormal_listings_1095d", "abnormal_reasons_1095d"), "近三年有{value}次因同一原因再次列入经营异常名录", "abnormal listings again for the same reason in 3 years: {value}", "4.3"),
        Feature("days_since_listing", "R-ABN-DSL", "距最近一次列入经营异常名录天数", "days since the last abnormal listing", "天", -1, _LISTED.window("days_since", days=1825), "距最近一次列入经营异常名录仅{value}天", "days since the last abnormal listing: only {value}", _ABNORMAL),
    ]  # fmt: skip


def _verified(kind: str, **more: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {"verified": ("yes",), "kind": (kind,), **more}


_COUNTED = (
    Counted("complaints_verified", "CMP-VER", "查实投诉", "verified complaints", _verified("complaint"), (90, 365, 730), _VERIFIED, unit="件"),
    Counted("reports_verified", "CMP-RPT", "查实举报", "verified reports", _verified("report"), (365, 730), _VERIFIED, unit="件"),
    Counted("complaints_pending", "CMP-PND", "待核实投诉举报", "complaints and reports not verified yet", {"verified": ("pending",)}, (180,), _SIGNAL, 0, "件"),
    Counted("complaints_refuted", "CMP-REF", "不属实投诉举报", "complaints and reports found untrue", {"verified": ("no",)}, (365,), _SIGNAL, 0, "件"),
    Counted("complaints_12315", "CMP-315", "12315平台查实投诉举报", "verified complaints and reports from 12315", {"verified": ("yes",), "channel_kind": ("12315",)}, (365,), _VERIFIED, unit="件"),
    Counted("complaints_12345", "CMP-345", "12345热线查实投诉举报", "verified complaints and reports from 12345", {"verified": ("yes",), "channel_kind": ("12345",)}, (365,), _VERIFIED, unit="件"),
    Counted("complaints_elsewhere", "CMP-ELS", "其他渠道查实投诉举报", "verified complaints and reports from elsewhere", {"verified": ("yes",), "channel_kind": ("other",)}, (365,), _VERIFIED, unit="件"),
)  # fmt: skip


def _complaints() -> list[Feature]:
    yes = {"verified": ("yes",)}
    return [
        *_COMPLAINED.counts(_COUNTED),
        Feature("complaints_decayed", "R-CMP-DEC-180", "查实投诉举报折算件数（半衰期180天）", "verified complaints and reports, half-life 180 days", "件", 1, _COMPLAINED.window("decayed", days=1825, where=yes), "查实投诉举报按180天半衰期折算为{value}件", "verified complaints and reports with a half-life of 180 days: {value}", _VERIFIED),
        Feature("days_since_complaint", "R-CMP-DSC", "距最近一件查实投诉举报天数", "days since the last verified complaint or report", "天", -1, _COMPLAINED.window("days_since", days=1825, where=yes), "距最近一件查实投诉举报仅{value}天", "days since the last verified complaint or report: only {value}", _VERIFIED),
        Feature("complaint_pace_365d", "R-CMP-PAC-365", "近90天查实投诉件数折算全年与近一年之差", "yearly pace of 90 days less verified complaints of 1 year", "件", 1, Difference("complaints_verified_90d", "complaints_verified_365d", 4), "近90天查实投诉折算全年后比近一年多{value}件", "yearly pace of 90 days less verified complaints of 1 year: {value}", "4.3"),
    ]  # fmt: skip


LISTINGS: tuple[Feature, ...] = tuple(_listings())
COMPLAINTS: tuple[Feature, ...] = tuple(_complaints())
