"""The enterprise itself: registry, ratings and lists of other bodies, commitments, repairs, and what is not known."""

from __future__ import annotations

from riskmodel.features.feature import Counted, Events, Feature, flag
from riskmodel.records.windows import Attribute, Difference, Unknown, Window
from riskmodel.records.windows.declared import Aggregate

_RATED = Events("ratings", "valid_from")
_LISTED = Events("list_entries", "entered_on")
_MADE, _JUDGED = (
    Events("commitments", "committed_on"),
    Events("commitments", "status_on", {"commitments_broken_1095d": "R-COM-01"}),
)
_REPAIRED = Events("repairs", "repaired_on")
_SPECIAL = ("vaccine", "drug", "special_equipment", "hazardous_chemical")
_SIZE = "规模与经营年限是各地风险分类的基础指标 / size and age are basic indicators everywhere"
_GAP = "缺失本身是信号，且不应当作零 / a gap is a signal, and no zero"

BASICS: tuple[Feature, ...] = (
    Feature("tenure_years", "R-BAS-01", "成立年限", "years since establishment", "年", -1, Attribute("established_on"), "成立仅{value}年", "years since establishment: only {value}", _SIZE),
    Feature("capital_yuan", "R-BAS-CAP", "注册资本", "registered capital", "元", 0, Attribute("registered_capital_yuan", "value"), "注册资本{value}元", "registered capital: {value} yuan", _SIZE),
    flag("is_individual", "R-BAS-IND", ("个体工商户", "individual business"), 0, Attribute("kind", "is_one_of", ("individual",)), _SIZE),
    flag("is_branch", "R-BAS-BRA", ("分支机构", "branch"), 0, Attribute("kind", "is_one_of", ("branch",)), _SIZE),
    flag("is_dormant", "R-BAS-DOR", ("处于歇业状态", "dormant"), 0, Attribute("status", "is_one_of", ("dormant",)), "歇业主体另作标注 / dormant entities are marked apart"),
    flag("is_special_field", "R-BAS-SPF", ("属于重点特殊领域", "in a special field"), 1, Attribute("special_field", "is_one_of", _SPECIAL), "5.1"),
    flag("is_new_economy", "R-BAS-NEW", ("属于四新经济", "of the new economy"), 0, Attribute("new_economy", "is_one_of", ("True",)), "4.1"),
)  # fmt: skip


def _rated(*grades: str) -> Window:
    return _RATED.window("open", "ended_on", where={"read_grade": grades})


def _listed(name: str) -> Window:
    return _LISTED.window("open", "exited_on", where={"list": (name,)})


def _ratings() -> list[Feature]:
    """Ratings in force; levels are 1 trustworthy, 2 minor, 3 general, 4 serious, 0 without a rating that can be read."""
    scale = "（1诚信守法，2轻微失信，3一般失信，4严重失信）"
    rows: tuple[tuple[Aggregate, str, str, str], ...] = (
        ("level_max", "max", "最差", "worst"), ("level_last", "last", "最近一次", "newest"),
        ("level_first", "first", "最早一次", "oldest"),
    )  # fmt: skip
    levels = [
        Feature(
            f"rating_{which}_1095d", f"R-RAT-{which[0].upper()}-1095", f"近三年{zh}信用评价等级{scale}",
            f"{en} rating of 3 years (1 trustworthy to 4 serious)", "级", 0 if which == "first" else 1,
            _RATED.window(aggregate, "read_grade", 1095), f"近三年{zh}信用评价为{{value}}级{scale}",
            f"{en} rating of 3 years: level {{value}} of 4", "1.3",
        )
        for aggregate, which, zh, en in rows
    ]  # fmt: skip
    return [
        flag("rated_serious_now", "R-RAT-SER", ("当前有严重失信的信用评价", "a rating in force says serious dishonesty"), 1, _rated("serious"), "1.3"),
        flag("rated_general_now", "R-RAT-GEN", ("当前有一般失信及以下的信用评价", "a rating in force says general dishonesty or worse"), 1, _rated("general", "serious"), "1.3"),
        flag("rated_trustworthy_now", "R-RAT-TRU", ("当前有诚信守法的信用评价", "a rating in force says trustworthy"), -1, _rated("trustworthy"), "1.3", ("当前没有诚信守法的信用评价", "no rating in force says trustworthy")),
        *levels,
        Feature("rating_change_1095d", "R-RAT-CHG-1095", "近三年最近一次与最早一次信用评价之差", "newest less oldest rating of 3 years", "级", 1, Difference("rating_last_1095d", "rating_first_1095d"), "近三年最近一次信用评价比最早一次差{value}级", "newest less oldest rating of 3 years: {value} levels", "1.3"),
        Feature("rating_bodies_1095d", "R-RAT-BOD-1095", "近三年作出评价的来源种类数", "kinds of bodies that rated in 3 years", "种", 0, _RATED.window("distinct", "source", 1095), "近三年有{value}种来源作出信用评价", "kinds of bodies that rated in 3 years: {value}", "1.3"),
    ]  # fmt: skip


_LISTS = (
    Counted("adverse_entries", "LST-ADV", "列入严重违法失信、失信被执行人或监管红线名单", "entries in adverse lists", {"list": ("serious_dishonesty", "judgment_debtor", "red_line")}, (1825,), "6.2"),
)  # fmt: skip


def _entries() -> list[Feature]:
    return [
        flag("serious_dishonesty_now", "R-LST-SER", ("当前列入严重违法失信名单", "on the list of the seriously dishonest now"), 1, _listed("serious_dishonesty"), "6.2"),
        flag("judgment_debtor_now", "R-LST-JDB", ("当前为失信被执行人", "a dishonest judgment debtor now"), 1, _listed("judgment_debtor"), "6.2"),
        flag("red_list_now", "R-LST-RED", ("当前列入守信红名单", "on a red list now"), -1, _listed("red_list"), "9.4", ("当前未列入守信红名单", "on no red list now")),
        *_LISTED.counts(_LISTS),
    ]  # fmt: skip


_PROMISES = (
    Counted("commitments_broken", "COM-BRK", "未履行的信用承诺", "broken commitments", {"status": ("broken",)}, (1095,), "3.1", unit="项"),
    Counted("commitments_partly", "COM-PRT", "部分履行的信用承诺", "partly kept commitments", {"status": ("partly",)}, (1095,), "3.1", unit="项"),
    Counted("commitments_kept", "COM-KPT", "全部履行的信用承诺", "kept commitments", {"status": ("kept",)}, (1095,), "3.2", -1, "项"),
)  # fmt: skip
_PENDING = (
    Counted("commitments_pending", "COM-PND", "尚未认定履行情况的信用承诺", "commitments not judged yet", {"status": ("pending",)}, (1095,), "3.1", 0, "项"),
)  # fmt: skip
_REPAIRS = (Counted("repairs", "REP-ALL", "信用修复", "credit repairs", {}, (1095,), "3.4", 0),)


def _missing() -> list[Feature]:
    rows = (
        ("industry_missing", "R-MIS-IND", "企业登记缺行业代码", "industry is missing", Attribute("industry", "missing")),
        ("town_missing", "R-MIS-TWN", "企业登记缺所在镇街", "town is missing", Attribute("town", "missing")),
        ("capital_missing", "R-MIS-CAP", "企业登记缺注册资本", "registered capital is missing", Attribute("registered_capital_yuan", "missing")),
        ("established_missing", "R-MIS-EST", "企业登记缺成立日期", "day of establishment is missing", Attribute("established_on", "missing")),
        ("never_inspected", "R-MIS-INS", "从未有过有结果的检查", "never inspected with an outcome", Unknown("days_since_inspection")),
    )  # fmt: skip
    return [flag(name, code, (zh, en), 0, how, _GAP) for name, code, zh, en, how in rows]


STANDING: tuple[Feature, ...] = (*_ratings(), *_entries())
COMMITMENTS: tuple[Feature, ...] = (
    *_JUDGED.counts(_PROMISES),
    *_MADE.counts(_PENDING),
    *_REPAIRED.counts(_REPAIRS),
    Feature("days_since_repair", "R-REP-DSR", "距最近一次信用修复天数", "days since the last credit repair", "天", 0, _REPAIRED.window("days_since", days=1825), "距最近一次信用修复{value}天", "days since the last credit repair: {value}", "3.4"),
)  # fmt: skip
MISSING: tuple[Feature, ...] = tuple(_missing())
