"""Words of errors about policies, manual tiers, warnings, evaluation and simulation, in Chinese and English."""

from __future__ import annotations

from riskmodel.error_words.words import Family, Words

RULES: Family = {
    "RM-POL-001": (
        Words("政策文件有误", "政策格式允许的键和值", "改正所指的键；示例见 riskmodel/policy/zhoucun-2020.yaml"),
        Words("policy file is wrong", "the keys and values of the policy format", "mend the key that is named"),
    ),
    "RM-POL-002": (
        Words("引文与原文不符", "原文中逐字存在的引文", "改正引文或条款编号"),
        Words(
            "quote not in the source text", "words that stand verbatim in the clause", "mend the quote or the clause"
        ),
    ),
    "RM-POL-003": (
        Words("政策文件不存在", "内置政策名称或 YAML 文件路径", "用 riskmodel policy show 查看内置政策"),
        Words("no such policy", "the name of a built-in policy or a YAML file", "see `riskmodel policy show`"),
    ),
    "RM-POL-004": (
        Words("该日期没有生效的政策值", "政策生效日之后的日期", "换一个更晚的日期，或补充更早的取值"),
        Words("no value in force on this date", "a date on which the policy holds", "give a later date or add a value"),
    ),
    "RM-POL-005": (
        Words("政策用例未通过", "用例写明的结果", "改正规则或用例"),
        Words("policy case fails", "the outcome that the case names", "mend the rule or the case"),
    ),
    "RM-EVA-001": (
        Words(
            "评估的时间窗口重叠或有误",
            "训练标签在校准日前已知、校准标签在检验日前已知的窗口",
            "检查日期、步长、结果期限和报送滞后",
        ),
        Words(
            "windows of the evaluation overlap or make no sense",
            "training labels known by the day of calibration, its labels known by the test day",
            "check days, step, horizon and gap",
        ),
    ),
    "RM-EVA-002": (
        Words(
            "检验日没有成熟的标签",
            "检验日之前已知的训练标签，且检验日的结果期限已满",
            "推迟首个检验日、提前末个检验日，或延长 train_years",
        ),
        Words(
            "labels have not matured",
            "training labels known before the test day, and a test day whose horizon has passed",
            "begin later, end earlier, or lengthen train_years",
        ),
    ),
    "RM-EVA-003": (
        Words("评估所需的行或列缺失", "含该日数据和所需列的面板", "补充该日的面板，或调整检验日"),
        Words("rows or columns for the evaluation are missing", "a panel with these", "make the panel of that day"),
    ),
    "RM-EVA-004": (
        Words("评估的数值有误", "长度一致的数列，结果为 0 或 1，权重和概率不为负", "检查所指的列"),
        Words(
            "values for the evaluation are wrong",
            "arrays of one length, outcomes 0 or 1, weights and probabilities not negative",
            "check the column named",
        ),
    ),
    "RM-EVA-005": (
        Words("实验文件有误", "实验格式允许的键、值和模型名称", "改正所指的键；示例见 experiments/baseline.yaml"),
        Words(
            "experiment file is wrong",
            "its keys, values and models",
            "mend the key named; see experiments/baseline.yaml",
        ),
    ),
    "RM-OVR-001": (
        Words("人工调整记录有误", "完整的调整：等级、起止日期、理由、签字人", "按所列字段改正后重新登记"),
        Words("manual tier is wrong", "tier, first and last day, reason and signature", "mend the fields named"),
    ),
    "RM-OVR-002": (
        Words("人工调整记录被改动过", "与前一条衔接的摘要", "使用未改动的原文件；更正请用 withdraw 后重新登记"),
        Words("log of manual tiers was changed", "an unbroken chain of digests", "use the file as it was written"),
    ),
    "RM-OVR-003": (
        Words("人工调整记录无法读取", "riskmodel override 写成的 JSON 行", "使用 riskmodel override 生成的文件"),
        Words("log of manual tiers cannot be read", "JSON lines written by `riskmodel override`", "use that file"),
    ),
    "RM-WRN-001": (
        Words("办理记录有误", "完整的办理记录：案件、事项、日期、签字人、说明", "按所列字段改正后重新登记"),
        Words("act about a case is wrong", "case, act, days, signature and words", "mend the fields named"),
    ),
    "RM-WRN-002": (
        Words("办理记录被改动过", "与前一条衔接的摘要", "使用未改动的原文件；更正请另记一条"),
        Words("log of acts was changed", "an unbroken chain of digests", "use the file as it was written"),
    ),
    "RM-WRN-003": (
        Words("事件没有日期，或发生日期晚于归集日期", "发生日期不晚于归集日期", "请数据来源单位核对所列记录的日期"),
        Words(
            "event without a day, or dated after it was known", "occurred_on ≤ known_on", "have the dates named mended"
        ),
    ),
    "RM-WRN-004": (
        Words("事件的企业不在企业名录中", "企业名录中的统一社会信用代码", "补充企业登记信息，或改正所列记录的代码"),
        Words("event of an enterprise unknown to the registry", "an entity_id of the registry", "mend the code"),
    ),
    "RM-WRN-005": (
        Words("预警台账被改动或截断", "前后衔接、包含所留存末尾摘要的台账", "使用未改动的台账，并查明是谁改动的"),
        Words("ledger was changed or cut off", "an unbroken chain that holds the head", "use the ledger as written"),
    ),
    "RM-WRN-006": (
        Words("预警台账无法读取", "riskmodel run --cases 写成的 ledger.jsonl", "使用该文件"),
        Words("ledger cannot be read", "ledger.jsonl written by `riskmodel run --cases`", "use that file"),
    ),
    "RM-WRN-007": (
        Words("案件的当前阶段不允许此项办理", "所列事项之一", "核对案件编号和阶段；阶段已变化时先运行 riskmodel run"),
        Words("the stage of the case does not allow this", "one of the acts named", "check case and stage"),
    ),
    "RM-WRN-008": (
        Words("重算的台账与已保存的不一致", "已保存台账的延续", "核对数据、政策和办理记录是否与上次相同；未覆盖原台账"),
        Words(
            "replay does not continue the ledger that was kept", "the same beginning", "compare data, policy and acts"
        ),
    ),
    "RM-WRN-009": (
        Words("台账中没有这个案件", "台账中的案件编号", "用 riskmodel case list 查看未结案件的编号"),
        Words("no such case in the casebook", "the number of a case", "see the numbers with `riskmodel case list`"),
    ),
    "RM-SIM-001": (
        Words("模拟假设有误", "assumptions.yaml 中的键和允许的值", "对照 riskmodel/simulation/assumptions.yaml 改正"),
        Words(
            "assumptions of a simulation are wrong",
            "the keys of assumptions.yaml, with values that are allowed",
            "mend them as riskmodel/simulation/assumptions.yaml shows",
        ),
    ),
    "RM-SIM-002": (
        Words(
            "检查结果不足，无法校准模拟世界",
            "至少 30 次带抽查概率且发现问题的检查",
            "补充双随机检查结果（含被抽查概率）",
        ),
        Words(
            "too few outcomes to fit a simulated world",
            "at least 30 drawn visits that found a problem, with inclusion probabilities",
            "add results of drawn inspections with their inclusion probabilities",
        ),
    ),
    "RM-SIM-003": (
        Words("模拟无法按要求进行", "年数、次数均为正数，策略各不相同", "调整 simulate 的选项"),
        Words(
            "the simulation cannot be made as asked",
            "positive numbers, strategies of different names",
            "change the options of simulate",
        ),
    ),
}
