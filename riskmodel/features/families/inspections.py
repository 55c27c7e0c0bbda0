"""Inspections: what visits found, apart from how strict the visitors are; and how often others' visits find problems."""

from __future__ import annotations

from riskmodel.features.feature import Counted, Events, Feature
from riskmodel.records.windows import Difference, GroupShare, Ratio

# Purposes of visits that were not caused by a suspicion.
DRAWN = ("random", "routine")
_VISITS = Events("inspections", "inspected_on", {
    "problem_inspections_730d": "R-INS-01", "clean_inspections_730d": "R-INS-02",
})  # fmt: skip
_CHECKED, _FOUND = {"problem": ("no", "yes")}, {"problem": ("yes",)}
_RESULTS = "2.3"  # results of inspections are recognised across departments
_CLOSED_LOOP = "6.1"
_CONTEXT = "同地区、同行业的抽查结果用于信息少的企业 / results nearby stand in where little is known"
_FAIR = "扣除检查人员宽严差异 / the strictness of inspectors is taken away"

_COUNTED = (
    Counted("inspections", "INS-ALL", "有结果的检查", "inspections with an outcome", _CHECKED, (1825,), _RESULTS, 0),
    Counted("problem_inspections", "INS-PRB", "发现问题的检查", "inspections that found a problem", _FOUND, (365, 730, 1825), _RESULTS),
    Counted("clean_inspections", "INS-CLN", "未发现问题的检查", "inspections that found no problem", {"problem": ("no",)}, (730,), _RESULTS, -1),
    Counted("drawn_inspections", "INS-DRW", "双随机或日常检查", "random and routine inspections", {**_CHECKED, "purpose": DRAWN}, (730,), "2.1", 0),
    Counted("drawn_problems", "INS-DRP", "双随机或日常检查发现问题", "random and routine inspections that found a problem", {**_FOUND, "purpose": DRAWN}, (730,), "2.1"),
    Counted("case_inspections", "INS-CAS", "因投诉举报、移送等开展的个案检查", "inspections for a cause", {"purpose": ("case",)}, (730,), _RESULTS),
    Counted("rechecks", "INS-RCK", "复查", "re-checks", {"purpose": ("recheck",)}, (730,), _CLOSED_LOOP, 0),
    Counted("recheck_problems", "INS-RCP", "复查仍发现问题", "re-checks that still found a problem", {**_FOUND, "purpose": ("recheck",)}, (730,), "4.3"),
    Counted("not_carried_on", "INS-NCO", "未发现开展所查经营活动的检查", "inspections where the activity was not carried on", {"outcome_group": ("not_carried_on",)}, (730,), _RESULTS, 0),
    Counted("corrected_inspections", "INS-COR", "发现问题经责令已改正的检查", "inspections with a problem corrected after an order", {"outcome_group": ("corrected",)}, (730,), "4.2"),
    Counted("unreachable_inspections", "INS-UNR", "检查时无法联系", "inspections where nobody could be contacted", {"outcome_group": ("unreachable",)}, (1095,), _RESULTS),
    Counted("refused_inspections", "INS-REF", "不配合检查且情节严重", "inspections refused", {"outcome_group": ("refused",)}, (1095,), _RESULTS),
)  # fmt: skip


def _history() -> list[Feature]:
    expected = _VISITS.window("expected", days=730, where={**_CHECKED, "purpose": DRAWN})
    return [
        *_VISITS.counts(_COUNTED),
        Feature("days_since_inspection", "R-INS-03", "距最近一次检查天数", "days since the last inspection", "天", 0, _VISITS.window("days_since", where=_CHECKED), "已有{value}天未检查", "days since the last inspection: {value}", "2.1"),
        Feature("days_since_problem", "R-INS-DSP", "距最近一次检查发现问题天数", "days since an inspection last found a problem", "天", -1, _VISITS.window("days_since", days=1825, where=_FOUND), "距最近一次检查发现问题仅{value}天", "days since an inspection last found a problem: only {value}", _RESULTS),
        Feature("problems_decayed", "R-INS-DEC-365", "检查发现问题折算次数（半衰期365天）", "inspections that found a problem, half-life 365 days", "次", 1, _VISITS.window("decayed", days=1825, where=_FOUND, half_life=365), "检查发现问题按365天半衰期折算为{value}次", "inspections that found a problem with a half-life of 365 days: {value}", _RESULTS),
        Feature("problem_share_1825d", "R-INS-SHR-1825", "近五年检查问题发现率", "share of inspections of 5 years that found a problem", "比例", 1, Ratio("problem_inspections_1825d", "inspections_1825d"), "近五年检查问题发现率为{value}", "share of inspections of 5 years that found a problem: {value}", _RESULTS),
        Feature("problem_trend_730d", "R-INS-TRD-730", "近一年与此前一年检查发现问题次数之差", "problem inspections of this year less the year before", "次", 1, Difference("problem_inspections_365d", "problem_inspections_730d", 2), "近一年检查发现问题比此前一年多{value}次", "problem inspections of this year less the year before: {value}", _CLOSED_LOOP),
        Feature("expected_problems_730d", "R-INS-EXP-730", "近两年双随机或日常检查按检查人员宽严应发现问题次数", "problems that the inspectors of 2 years would have found anywhere", "次", 0, expected, "近两年双随机或日常检查按检查人员宽严应发现问题{value}次", "problems that the inspectors of 2 years would have found anywhere: {value}", _FAIR),
        Feature("problem_excess_730d", "R-INS-EXC-730", "近两年双随机或日常检查发现问题超出应发现次数", "problems of 2 years above what the inspectors would have found anywhere", "次", 1, Difference("drawn_problems_730d", "expected_problems_730d"), "近两年双随机或日常检查发现问题比按检查人员宽严应发现的多{value}次", "problems of 2 years above what the inspectors would have found anywhere: {value}", _FAIR),
    ]  # fmt: skip


def _context() -> list[Feature]:
    """Shares of drawn visits with a problem: own visits are part of the group, as of any other member."""
    rows = (
        ("town_problem_share", "R-CTX-01", "所在镇街", "town", ("town",)),
        ("industry_problem_share", "R-CTX-02", "所属行业门类", "industry section", ("industry_section",)),
        ("class_problem_share", "R-CTX-CLS", "所属行业小类", "industry class", ("industry_section", "industry_division", "industry_class")),
    )  # fmt: skip
    return [
        Feature(
            name, code, f"{zh}近两年抽查问题率", f"problem share of the {en} in 2 years", "比例", 1,
            GroupShare(groups, "drawn_problems_730d", "drawn_inspections_730d", 20), f"{zh}近两年抽查问题率{{value}}",
            f"problem share of the {en} in 2 years: {{value}}", _CONTEXT,
        )
        for name, code, zh, en, groups in rows
    ]  # fmt: skip


INSPECTIONS: tuple[Feature, ...] = tuple(_history())
CONTEXT: tuple[Feature, ...] = tuple(_context())
