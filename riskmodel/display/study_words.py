"""Words of simulation studies, in Chinese and English; codes elsewhere, words here."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from riskmodel.display.text import Lang

# code → (Chinese, English)
MEASURES: Mapping[str, tuple[str, str]] = {
    "enterprises": ("企业数", "enterprises"), "visits": ("检查户次", "visits"),
    "drawn": ("抽取户次", "drawn visits"), "open": ("每季存在的违法", "open violations a quarter"),
    "found": ("检查发现违法", "violations found"),
    "missed": ("未被发现的违法·季", "violation-quarters missed"),
    "found_minor": ("发现轻微违法", "minor found"),
    "found_general": ("发现一般违法", "general found"),
    "found_serious": ("发现严重违法", "serious found"),
    "harm": ("遗留危害（加权）", "harm left, weighted"),
    "compliant_visits": ("打扰守法企业户次", "visits to enterprises in order"),
    "burden": ("守法企业户均受检次数", "visits for an enterprise in order"),
    "hit_rate": ("检查发现率", "share of visits that find something"),
    "covered": ("有可能被抽到的企业占比", "share that may be drawn"),
    "towns_covered": ("覆盖镇街占比", "share of towns covered"), "towns_visited": ("当季到访镇街占比", "share of towns visited"),
    "true_rate": ("真实可查违法率", "true rate"), "estimate": ("估计违法率", "estimated rate"),
    "standard_error": ("估计的标准误", "standard error of the estimate"),
    "error": ("违法率估计偏差", "bias of the estimated rate"), "inside": ("区间覆盖率", "coverage of the interval"),
    "auc": ("排序能力（AUC）", "ranking (AUC)"), "exposure_ratio": ("受检机会最高镇街为平均的倍数", "exposure of the highest town over the mean"),
    "hours": ("检查人员工时", "inspector hours"), "reminded": ("提醒约谈", "reminders"),
}  # fmt: skip
STRATEGIES: Mapping[str, tuple[str, str]] = {
    "equal": ("人人机会均等", "equal probability"), "neyman": ("按方差分配（Neyman）", "Neyman allocation"),
    "greedy": ("只查高分", "highest scores only"), "greedy-floor-20": ("高分为主,20% 随机", "highest scores, 20 % at random"),
    "thompson-4": ("探索（Thompson）", "exploring (Thompson)"), "ucb-4": ("探索（置信上限）", "exploring (UCB)"),
    "no-do-not-disturb": ("取消非请勿扰", "without do-not-disturb"),
}  # fmt: skip
FITS: Mapping[str, tuple[str, str]] = {
    "penalties_each": ("每户处罚次数", "penalties for an enterprise"), "complaints_each": ("每户投诉次数", "complaints for an enterprise"),
    "gap_days": ("两次处罚间隔（天）", "days between penalties"), "repeats": ("受罚企业中再犯", "repeaters among the penalised"),
    "severity": ("违法程度", "severity"), "problems": ("检查发现问题占比", "visits that found a problem"),
}  # fmt: skip
NUMBERS: Mapping[str, tuple[str, str]] = {
    "problem_share": ("抽查发现问题占比（加权）", "weighted share of problems at drawn visits"),
    "prevalence": ("同一时刻存在违法的企业占比", "share of enterprises with a violation at a time"),
    "frailty_shape": ("企业间差异（越小差异越大）", "likeness of enterprises (small: unlike)"),
    "repeat_excess": ("半年内再犯的聚集倍数", "clustering of repeats within half a year"),
    "rate": ("每季新违法概率", "chance of a new violation in a quarter"),
    "grave": ("违法至少一般、严重的概率", "chance that a violation is at least general, serious"),
    "season": ("四个季度的倍数", "factor of each quarter"), "exits_a_year": ("每年退出占比", "share that leaves in a year"),
    "case": ("每季违法不经检查被处罚的概率", "chance of a penalty without a visit, in a quarter"),
    "followed": ("查实投诉引起处罚的占比", "verified complaints that come to a penalty"),
    "punished": ("检查发现后被处罚的占比", "findings that come to a penalty"),
    "verified": ("投诉查实概率（无违法、有违法）", "chance that a complaint is verified (in order, violator)"),
    "listed_a_year": ("每年列入异常名录概率", "chance to be listed in a year"),
    "known_after_days": ("各类记录的归集滞后（天）", "delay until records are known, days"),
    "lasts": ("违法未被发现时延续到下季的概率", "chance that an undetected violation lasts"),
    "detects": ("轻微、一般、严重违法被查出的概率", "chance to find a minor, general, serious violation"),
    "deterred_by_visit": ("受检（无问题）后违法减少", "deterrence of a visit"),
    "deterred_by_finding": ("被查出后违法减少", "deterrence of a finding"),
    "deterred_by_leniency": ("轻微从宽处理后违法减少", "deterrence of a lenient finding"),
    "deterred_by_reminder": ("提醒约谈后违法减少", "deterrence of a reminder"),
    "deterrence_fades": ("威慑每季剩余", "deterrence left after a quarter"),
    "excitement_fades": ("再犯倾向每季剩余", "excitement left after a quarter"),
    "excitable_share": ("有再犯倾向的企业占比", "share of the excitable"),
    "drift_keeps": ("风险偏离每年剩余", "drift left after a year"), "drift_step": ("风险每年变动幅度", "yearly step of a rate"),
    "complaints_times": ("违法企业被投诉的倍数", "complaints about violators, times"),
    "verified_times": ("违法企业投诉查实的倍数", "verification about violators, times"),
    "lenient_share": ("轻微违法从宽的占比", "minor findings settled leniently"),
    "unscheduled_a_year": ("每户每年计划外检查次数", "unscheduled visits for an enterprise and year"),
    "hours_per_visit": ("每户次检查工时", "inspector hours of a visit"),
    "harm": ("轻微、一般、严重违法的危害权重", "weight of a minor, general, serious violation"),
}  # fmt: skip
SAYINGS: Mapping[str, tuple[str, str]] = {
    "records": ("实际档案", "records"), "simulated": ("模拟档案", "simulated"), "quarter": ("季度", "quarter"),
    "visits": ("每年检查户次", "visits a year"), "findings": ("每年发现违法", "violations found a year"),
    "a_year": ("{what}（每年）", "{what} a year"),
    "policy": ("现行比例", "the policy's ratios"), "best": ("最优比例（下限 {floor:.1%}）", "best ratios (floor {floor:.1%})"),
    "title": ("政策模拟比较", "What the policies would do"),
    "lead": (
        "在一个按本区档案校准的模拟世界里，让各方案各运行 {years} 年、重复 {replicates} 次；每次重复中，各方案面对同一个世界。",
        "In a simulated world fitted to the district's own records, every plan runs for {years} years, {replicates} times;"
        " in each replicate all plans meet the same world.",
    ),
    "internal": ("内部参考，不对外公布", "internal, not for publication"),
    "short": ("结论", "In short"), "strategies": ("各方案一览", "The plans side by side"),
    "time": ("逐季变化", "Quarter by quarter"), "rate": ("违法率估计可信吗", "Can the estimated rate be trusted"),
    "frontier": ("发现、打扰与抽查比例", "Findings, burden and ratios"), "proposal": ("建议的抽查比例（200% 即每年两次）", "Proposed ratios (200 % is twice a year)"),
    "fit": ("模拟世界像不像真实档案", "Is the world like the records"), "numbers": ("数字从哪里来", "Where the numbers come from"),
    "strategy": ("方案", "plan"), "measure": ("指标（± 为 95% 区间）", "measure (± is 95 %)"), "tier": ("风险等级", "risk tier"), "ratio_now": ("现行比例", "ratio now"),
    "ratio_new": ("建议比例", "proposed ratio"), "name": ("参数", "number"), "value": ("取值", "value"),
    "origin": ("来源", "origin"), "from_records": ("由档案估计", "from records"), "assumed": ("假设", "assumed"),
    "difference": ("{value}（比 {base} {sign}{difference}，95% 区间 {low} 至 {high}）",
                   "{value} ({sign}{difference} against {base}, 95 % {low} to {high})"),
    "sentence": (
        "{name}：每年检查 {visits} 户次，发现违法 {found} 起，守法企业每户每年受检 {burden} 次",
        "{name}: {visits} visits a year find {found} violations; an enterprise in order is visited {burden} times a year",
    ),
    "found_more": ("，比“{base}”多发现 {n} 起", "; {n} more than “{base}”"),
    "found_less": ("，比“{base}”少发现 {n} 起", "; {n} fewer than “{base}”"),
    "found_same": ("，发现数与“{base}”看不出差别", "; no clear difference from “{base}” in violations found"),
    "table": ("表：{what}", "Table: {what}"),
    "biased": ("{name}的违法率估计偏差 {error}，不能当作全区情况引用。",
               "The rate estimated under “{name}” is off by {error}; do not quote it for the district."),
    "promise": (
        "检查力量不变（{visits} 户次）、每级不低于 {floor:.1%} 时，建议比例预计每年多发现 {gain} 起（一次 {years} 年运行的 95% 区间 {low} 至 {high}）；违法率估计的标准误由 {error} 变为 {new_error}。",
        "With the same visits ({visits}) and no tier below {floor:.1%}, the proposed ratios find {gain} more a year"
        " (95 % of runs of {years} years: {low} to {high}); the standard error of the estimated rate goes from {error} to"
        " {new_error}.",
    ),
    "assumption_note": (
        "标为“假设”的数字无法从档案得知；结论若随它们改变，应先调查再采纳。改动方法：--assumptions 文件。",
        "Numbers marked as assumed cannot be known from records; where a conclusion hangs on them, find out first"
        " (--assumptions FILE).",
    ),
    "fit_note": (
        "左柱为实际档案，右柱为同样被检查的模拟档案，细线为 95% 区间。差得多的地方，对应的结论也要打折扣。",
        "Left bars: the records. Right bars: simulated records of the same past, with 95 %. Where they differ, so may the conclusions.",
    ),
    "caption": ("模拟 {years} 年，重复 {replicates} 次；每年的数值", "{years} years simulated, {replicates} replicates; values of a year"),
    "twin": ("{name}（{title}）", "{name} ({title})"),
    "made": ("本页由 riskmodel {code} 生成；数据 {data}；种子 {seed}；档案截至 {as_of}。",
             "Made by riskmodel {code}; data {data}; seed {seed}; records up to {as_of}."),
}  # fmt: skip


def study_say(key: str, lang: Lang = "zh", **facts: object) -> str:
    """A sentence of a study.

    >>> study_say("best", "en", floor=0.005)
    'best ratios (floor 0.5%)'
    """
    return SAYINGS[key][0 if lang == "zh" else 1].format(**facts)


def study_word(kind: str, code: str, lang: Lang = "zh") -> str:
    """The word of a measure, a strategy, a figure of the fit or a number; a code without words stands as it is."""
    found = {"measure": MEASURES, "strategy": STRATEGIES, "fit": FITS, "number": NUMBERS}[kind].get(code)
    return found[0 if lang == "zh" else 1] if found else code


def measure_label(measure: str, lang: Lang, *, yearly: Collection[str] = ()) -> str:
    """The word of a measure; those that are sums of a year say so."""
    text = study_word("measure", measure, lang)
    return study_say("a_year", lang, what=text) if measure in yearly else text
