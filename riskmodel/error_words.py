"""The words of every error code, in Chinese and English; `errors` raises the codes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """Title, expectation and remedy of one error code in one language."""

    title: str
    expected: str
    mend: str


# code → (Chinese, English). `expected` may be replaced at the raise site where it depends on the case.
WORDS: dict[str, tuple[Words, Words]] = {
    "RM-INP-001": (
        Words("日期无法识别", "形如 2025-06-30 的日期", "按 年-月-日 重写日期"),
        Words("not a date", "a date such as 2025-06-30", "write the date as YYYY-MM-DD"),
    ),
    "RM-INP-002": (
        Words("数据源不存在", "一个文件夹或数据文件", "检查路径；示例数据在 data/sample"),
        Words("no such source", "a folder or a data file", "check the path; a sample lies in data/sample"),
    ),
    "RM-INP-003": (
        Words("评估日期早于全部数据", "不早于数据起始日的日期", "换一个更晚的 --as-of 日期"),
        Words("as-of date before all data", "a date on which something is known", "give a later --as-of date"),
    ),
    "RM-INP-006": (
        Words("评估日期晚于全部数据", "不晚于数据导出日的日期", "换一个更早的 --as-of 日期，或载入更新的数据"),
        Words("as-of date after all data", "a date that the data reach", "give an earlier --as-of date, or newer data"),
    ),
    "RM-INP-004": (
        Words("名称无法识别", "列出的名称之一", "从列出的名称中选用"),
        Words("unknown name", "one of the names listed", "use one of the names listed"),
    ),
    "RM-INP-005": (
        Words("目标文件夹不是空的", "新文件夹或空文件夹", "换一个文件夹"),
        Words("folder is not empty", "a new or empty folder", "give another folder"),
    ),
    "RM-INP-008": (
        Words("目标已经存在，没有覆盖", "还没有的文件或文件夹", "换一个名称，或先移走原有的"),
        Words("the target exists and was left as it is", "a new file or folder", "give another name, or move it away"),
    ),
    "RM-INP-009": (
        Words("没有这家企业", "评估日期时企业名录中的统一社会信用代码", "核对代码；核对企业在评估日期是否已登记"),
        Words(
            "no such enterprise",
            "a code that stands in the registry on the as-of day",
            "check the code, and whether the enterprise was registered by that day",
        ),
    ),
    "RM-INP-011": (
        Words("没有给出企业", "至少一个统一社会信用代码", "在数据源之后给出代码，或用 --ids 给出每行一个代码的文件"),
        Words("no enterprise is named", "at least one code", "give codes behind the source, or a file with --ids"),
    ),
    "RM-INP-010": (
        Words("没有这个文件", "一个已有的文件", "检查路径和文件名"),
        Words("no such file", "a file that is there", "check the path and the name"),
    ),
    "RM-INP-007": (
        Words("模型含有不受信任的类型", "由 riskmodel experiment 记入的模型", "核对模型的来源；不要载入来历不明的模型"),
        Words(
            "the model holds types that are not trusted",
            "a model that `riskmodel experiment` logged",
            "check where it comes from; load no model of unknown origin",
        ),
    ),
    "RM-REC-001": (
        Words("缺少数据表", "该表的数据文件，或在 source.yaml 中声明 absent", "补充文件，或写明 absent: [表名]"),
        Words(
            "table missing",
            "a file with this table, or `absent` in source.yaml",
            "add the file, or declare `absent: [table]` in source.yaml",
        ),
    ),
    "RM-REC-002": (
        Words("文件无法读取", "CSV、XLSX 或 Parquet 文件", "用原系统重新导出该文件"),
        Words("file cannot be read", "a CSV, XLSX or Parquet file", "export the file again"),
    ),
    "RM-REC-003": (
        Words("表头无法识别", "某一数据表的列名", "用 riskmodel check --propose source.yaml 生成列名对应，核对后使用"),
        Words(
            "headers fit no table",
            "the column names of one of the tables",
            "let `riskmodel check --propose source.yaml` write a map, and look at it",
        ),
    ),
    "RM-REC-004": (
        Words("缺少必需的列", "该列存在", "补充该列，或在 source.yaml 中写明它的列名"),
        Words("required column missing", "the column", "add it, or name it in source.yaml"),
    ),
    "RM-REC-005": (
        Words("数据表是空的", "至少一行可用的记录", "检查导出条件；确无记录时声明 absent"),
        Words("table is empty", "at least one accepted row", "check the export; declare `absent` if there are none"),
    ),
    "RM-REC-006": (
        Words("source.yaml 有误", "允许的键和值", "按 data/README.md 的说明改正"),
        Words("source.yaml is wrong", "the allowed keys and values", "mend it as data/README.md describes"),
    ),
    "RM-REC-007": (
        Words("检查结果不足，无法拟合评分卡", "至少 30 次发现问题的检查", "改用专家打分政策（scoring.mode: expert）"),
        Words(
            "too few outcomes to fit a scorecard",
            "at least 30 inspections that found a problem",
            "use a policy with expert points (scoring.mode: expert)",
        ),
    ),
    "RM-REC-040": (
        Words("该文件不是本软件使用的数据", "企业名录、处罚、异常名录、投诉举报、检查等数据", "把该文件移出数据文件夹"),
        Words("a file of a kind that is not used", "registry, penalties, listings, complaints, …", "move it elsewhere"),
    ),
    "RM-REC-041": (
        Words("隔离编号不属于本数据库", "由该数据库导出的隔离记录表", "用 riskmodel append 载入导出它的数据库"),
        Words("dockets are not of this store", "a quarantine workbook of this store", "append it to its own store"),
    ),
    "RM-REC-042": (
        Words("文件在数据文件夹之外", "数据文件夹内的文件", "把文件放进数据文件夹，或改正 source.yaml"),
        Words("file outside of the source", "a file within the source", "move the file, or mend source.yaml"),
    ),
    "RM-REC-043": (
        Words("不是 riskmodel 数据库", "riskmodel append 生成的 .duckdb 文件", "检查路径，或换一个新文件名"),
        Words(
            "not a store of riskmodel", "a .duckdb file made by `riskmodel append`", "check the path or use a new one"
        ),
    ),
    "RM-REC-044": (
        Words("数据库格式版本不同", "本版本的格式", "用原始数据重新生成数据库"),
        Words("store of another format", "the format of this version", "append the deliveries to a new store"),
    ),
    "RM-REC-045": (
        Words("数据库正被另一个程序使用", "没有其他程序打开的数据库", "等它结束，或关闭打开它的笔记本"),
        Words("store is in use", "a store that no other program has open", "wait, or close the notebook that has it"),
    ),
    "RM-REC-046": (
        Words("标识方式与数据库不同", "与此前各次相同的 id_scheme", "改正 source.yaml，或另建数据库"),
        Words(
            "id_scheme differs from the store", "the id_scheme of earlier deliveries", "mend it, or use another store"
        ),
    ),
    "RM-REC-047": (
        Words("没有交付日期", "source.yaml 中的 exported_on，或 --delivered-on", "写明数据是哪一天导出或收到的"),
        Words(
            "no day of delivery", "`exported_on` in source.yaml, or --delivered-on", "say when the data were exported"
        ),
    ),
    "RM-REC-020": (
        Words("文件中没有数据", "有表头和数据的文件", "检查导出条件后重新导出，或移走该文件"),
        Words("nothing in the file", "a file with a header row", "export the file again, or move it elsewhere"),
    ),
    "RM-REC-021": (
        Words("文件格式不支持", "CSV、Excel、Parquet、JSON 行文件或 ZIP 压缩包", "另存为其中一种格式"),
        Words("format is not supported", "CSV, workbook, Parquet, JSON lines or ZIP", "save it as one of these"),
    ),
    "RM-REC-022": (
        Words("网页或 XML 被存成了 Excel 文件", "真正的 Excel 工作簿", "用 Excel 或 WPS 打开，另存为 .xlsx 后再导入"),
        Words("a web page or XML saved as a workbook", "a real workbook", "open it and save it as .xlsx"),
    ),
    "RM-REC-023": (
        Words("文件已损坏或不完整", "完整的文件", "用原系统重新导出该文件，再次传输并核对大小"),
        Words("file is damaged or incomplete", "a whole file", "export it again, and compare sizes after sending it"),
    ),
    "RM-REC-024": (
        Words(
            "文件加了打开密码，无法读取",
            "不用密码就能打开的文件",
            "在 Excel 或 WPS 中输入密码打开，在“文件—信息—保护工作簿”中清空密码后保存；压缩包请先解压；再重新运行",
        ),
        Words(
            "the file opens with a password only, so it cannot be read",
            "a file that opens without a password",
            "open it with the password in Excel or WPS, clear the password (File, Info, Protect Workbook) and save; "
            "unpack an archive; then run again",
        ),
    ),
    "RM-REC-025": (
        Words("压缩包中的内容不能读取", "直接放在压缩包里、名称安全的数据文件", "解压检查后，放进数据文件夹"),
        Words("a member of the archive is refused", "data files under plain names", "unpack it and give the files"),
    ),
    "RM-REC-026": (
        Words("文件超出允许的大小", "限度之内的文件", "把文件拆分后再导入；来源不明的文件不要打开"),
        Words("file exceeds the limits", "a file within the limits", "split it; do not open files of unknown origin"),
    ),
    "RM-REC-027": (
        Words("找不到该工作表或数据表", "列出的名称之一", "改正 source.yaml 中的名称"),
        Words("no such sheet or table", "one of the names listed", "mend the name in source.yaml"),
    ),
    "RM-REC-028": (
        Words("数据库无法连接或读取", "可以连接且有读取权限的数据库", "检查地址、用户、密码和网络"),
        Words("database cannot be reached or read", "one that may be read", "check address, user and password"),
    ),
    "RM-REC-029": (
        Words("缺少连接数据库的组件", "已安装的数据库驱动", "运行 pip install 'riskmodel[database]'"),
        Words("no driver for the database", "an installed driver", "run: pip install 'riskmodel[database]'"),
    ),
    "RM-FEA-001": (
        Words("特征定义有误", "列出的表、列、取值或特征名称；天数至少为 1", "按列出的名称改正特征定义"),
        Words(
            "feature cannot be computed",
            "the tables, columns, values or names listed; at least one day",
            "mend the declaration with one of the names listed",
        ),
    ),
    "RM-FEA-002": (
        Words("特征所需的数据表不存在", "列出的数据表之一", "补充该表的数据，或去掉用到它的特征"),
        Words(
            "table of a feature is missing",
            "one of the tables listed",
            "add the data, or leave out the features that need it",
        ),
    ),
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
    "RM-WRN-009": (
        Words("台账中没有这个案件", "台账中的案件编号", "用 riskmodel case list 查看未结案件的编号"),
        Words("no such case in the casebook", "the number of a case", "see the numbers with `riskmodel case list`"),
    ),
    "RM-WRN-008": (
        Words("重算的台账与已保存的不一致", "已保存台账的延续", "核对数据、政策和办理记录是否与上次相同；未覆盖原台账"),
        Words(
            "replay does not continue the ledger that was kept", "the same beginning", "compare data, policy and acts"
        ),
    ),
    "RM-PLN-001": (
        Words("检查能力不足", "不少于必查企业数的检查能力", "提高 --capacity，或修改所列条款"),
        Words(
            "capacity too small",
            "at least the enterprises taken with certainty",
            "raise --capacity or mend the clauses",
        ),
    ),
    "RM-PLN-002": (
        Words("检查能力有误", "total、by_town、by_department、by_month 下的非负整数", "改正检查能力文件"),
        Words(
            "capacities are wrong",
            "whole numbers under total, by_town, by_department, by_month",
            "mend the file of capacities",
        ),
    ),
    "RM-PLN-003": (
        Words("抽查目标需要发现问题的概率", "能给出概率的评分卡", "改用拟合政策 scoring.mode: fitted，或 aim: ratios"),
        Words(
            "the aim needs probabilities of findings",
            "a scorecard that gives them",
            "use a policy with scoring.mode: fitted, or aim: ratios",
        ),
    ),
    "RM-DRW-001": (
        Words("抽查名录有误", "唯一的标识和 (0,1] 内的概率", "重新生成抽查计划"),
        Words("frame is wrong", "unique ids and probabilities in (0, 1]", "make the plan again"),
    ),
    "RM-DRW-002": (
        Words("抽取凭证无法读取", "riskmodel 生成的 proof.json", "使用未改动的原文件"),
        Words("proof cannot be read", "a proof.json made by riskmodel", "use the file as it was written"),
    ),
    "RM-DRW-003": (
        Words("承诺与计划不符", "与公布的承诺相同的摘要", "使用公布承诺时的计划文件"),
        Words("commitment does not fit the plan", "the digest that was published", "use the plan that was committed"),
    ),
    "RM-DRW-004": (
        Words("没有可用的检查人员", "至少一组无需回避的检查人员", "补充检查人员名录或回避登记"),
        Words("no inspectors left", "at least one team that need not be recused", "add inspectors"),
    ),
    "RM-DRW-005": (
        Words("凭证已经存在", "尚未抽取的计划", "每个计划只抽取一次；如需重抽请另立计划并说明原因"),
        Words("a proof already stands there", "a plan that was not drawn yet", "a plan is drawn once; make a new plan"),
    ),
    "RM-DRW-017": (
        Words("这个计划已在日志中承诺过", "尚未承诺的计划", "按已承诺的计划抽取；另立计划须改变日期、批次或能力"),
        Words(
            "this plan is committed in the log already",
            "a plan that was not committed yet",
            "draw from the plan that was committed; for another plan change day, round or capacity",
        ),
    ),
    "RM-DRW-021": (
        Words("入样概率有误", "每个对象一个 0 到 1 之间的数", "重新计算入样概率"),
        Words("inclusion probabilities are wrong", "one number from 0 to 1 for each unit", "compute them again"),
    ),
    "RM-DRW-022": (
        Words("入样概率之和不是整数", "定量抽样的概率之和为整数", "用 sampling.inclusion.proportional 计算概率"),
        Words(
            "probabilities do not sum to a whole number",
            "a whole sum, since the design draws a fixed number",
            "compute them with sampling.inclusion.proportional",
        ),
    ),
    "RM-DRW-023": (
        Words("抽签码有误", "每个对象一个 64 位十六进制抽签码，或 0 与 1 之间的数", "用种子重新计算抽签码"),
        Words(
            "tickets are wrong",
            "for each unit 64 hexadecimal digits, or numbers between 0 and 1",
            "compute the tickets again from the seed",
        ),
    ),
    "RM-DRW-024": (
        Words("抽样层有误", "每层至少一个对象，层内概率符合抽样方法", "检查分层和各层概率"),
        Words(
            "strata are wrong", "at least one unit in each, with probabilities that fit the design", "mend the strata"
        ),
    ),
    "RM-DRW-025": (
        Words("无法估计", "每个受检对象的结果和大于 0 的入样概率", "检查结果、概率和分组"),
        Words("cannot be estimated", "an outcome and a probability above 0 for each unit drawn", "mend the input"),
    ),
    "RM-DRW-026": (
        Words("校准无法完成", "样本能够达到的总数", "减少校准变量，或检查总数"),
        Words("calibration has no solution", "totals that weights of this sample can reach", "drop or mend totals"),
    ),
    "RM-DRW-006": (
        Words("随机种子已经用过", "每批一个新的公开种子", "等待承诺公布之后产生的新种子"),
        Words(
            "seed was used before", "a fresh public seed for every draw", "take a seed that came after the commitment"
        ),
    ),
    "RM-DRW-007": (
        Words(
            "同组次数上限无法满足", "任意两人同组次数不超过政策上限", "增加检查人员，或提高 teams.pair_visits_at_most"
        ),
        Words(
            "two inspectors would go together too often",
            "no more visits of a pair than the policy allows",
            "add inspectors, or raise teams.pair_visits_at_most",
        ),
    ),
    "RM-DRW-008": (
        Words("计划尚未承诺", "抽取之前已在日志中登记的承诺", "先用 riskmodel plan --log 登记并公布承诺"),
        Words("plan was not committed", "a commitment logged before the draw", "log it first: `riskmodel plan --log`"),
    ),
    "RM-DRW-009": (
        Words("不在抽取结果中", "本次抽中且尚未替换的企业", "检查统一社会信用代码"),
        Words("not among the drawn", "an enterprise of this draw that was not replaced yet", "check the code"),
    ),
    "RM-DRW-010": (
        Words(
            "随机种子无法使用",
            "一段非空的公开文本，或至少两家单位各自的文本",
            "用 --seed 文本，或多个 --contribution 单位=文本，给出承诺公布之后产生的种子；尚未抽取",
        ),
        Words(
            "there is no seed that can be used",
            "a public text that is not blank, or texts of two or more offices",
            "give one that came after the commitment by --seed or several --contribution; nothing is drawn",
        ),
    ),
    "RM-DRW-011": (
        Words(
            "名称与文本的写法有误",
            "名称=文本，每个名称一次，文本非空，不再含 = 或 ;",
            "按 名称=文本 重写该选项；尚未抽取",
        ),
        Words(
            "not a name and a text",
            "NAME=TEXT, each name once, the text not blank and without further = or ;",
            "write the option as NAME=TEXT; nothing is drawn",
        ),
    ),
    "RM-DRW-012": (
        Words(
            "检查人员有误",
            "检查人员名录中的执法证号，每人一个，不含逗号",
            "核对检查人员名录、回避登记和 --without 中的执法证号；尚未抽取",
        ),
        Words(
            "an inspector is wrong",
            "an id of the inspector directory, each once and without commas",
            "mend the directory, the recusals or --without; nothing is drawn",
        ),
    ),
    "RM-DRW-013": (
        Words(
            "抽查计划无法读取",
            "riskmodel plan 写出的 plan.json",
            "使用未改动的原文件，或重新生成计划并重新公布承诺",
        ),
        Words(
            "plan cannot be read",
            "a plan.json as `riskmodel plan` wrote it",
            "use the file as it was written, or make and commit a new plan",
        ),
    ),
    "RM-DRW-014": (
        Words("缺少理由或签字人", "理由和签字人都不为空", "用 --reason 和 --by 补齐后重新登记"),
        Words("reason or signature is missing", "both of them", "give --reason and --by, then enter it again"),
    ),
    "RM-DRW-015": (
        Words("抽取日志被改动过", "与前一条衔接的摘要", "使用未改动的原文件；改动过的日志不能作为依据"),
        Words("log of draws was changed", "an unbroken chain of digests", "use the file as it was written"),
    ),
    "RM-DRW-016": (
        Words("抽取日志无法读取", "riskmodel plan --log 写成的 JSON 行", "使用 riskmodel 写成的抽取日志"),
        Words("log of draws cannot be read", "JSON lines written by `riskmodel plan --log`", "use that file"),
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
    "RM-RES-001": (
        Words(
            "不是检查任务书，或任务书的表头、信息被改动",
            "riskmodel run 生成的任务书",
            "使用原任务书填写，不要删改表头和核对信息",
        ),
        Words(
            "not a task book, or its headings were changed", "a book of riskmodel run", "fill in the book as it came"
        ),
    ),
    "RM-RES-002": (
        Words("任务书属于另一次抽取", "与抽取凭证相同的摘要", "用 --draw 指定该任务书所属的运行目录"),
        Words("book of another draw", "the digest of this proof", "give the run folder of the book with --draw"),
    ),
    "RM-RES-003": (
        Words(
            "任务不在本次抽取中",
            "任务书原有的任务编号和企业代码",
            "恢复原来的任务编号和代码；已递补的企业用 --log 给出抽取日志；临时检查不填入任务书",
        ),
        Words(
            "visit is not in the draw",
            "the visits as the book came",
            "put number and code back; give the log of a replacement with --log",
        ),
    ),
    "RM-RES-004": (
        Words("检查结果缺失或不在标准清单中", "检查结果代码表中的代码", "从下拉列表选择；多项用逗号分隔，如 4,E"),
        Words(
            "outcome missing or not in the list", "codes of the list", "choose from the list; several with commas: 4,E"
        ),
    ),
    "RM-RES-005": (
        Words("日期缺失或有误", "抽取日之后、今天以前的检查日期，不早于检查日期的整改期限", "按 年-月-日 填写实际日期"),
        Words(
            "date missing or wrong", "from the draw to today; no term before the visit", "write the day as YYYY-MM-DD"
        ),
    ),
    "RM-RES-006": (
        Words("检查人员签字不全或与派出人员不符", "全体派出检查人员的姓名", "补齐签字；人员更换须先重新指派"),
        Words(
            "signatures missing or of others",
            "the names of all who were sent",
            "let all sign; assign anew if others went",
        ),
    ),
    "RM-RES-007": (
        Words("勾选框内容有误", "☐ 或 ☑（也可填 √、是、否）", "从下拉列表选择"),
        Words("not a tick", "☐ or ☑ (√ will do)", "choose from the list"),
    ),
    "RM-RES-008": (
        Words("同一任务在两处填写不一致", "另一处相同的内容", "核对后只保留正确的一份"),
        Words("one visit, two results", "the same as at the other place", "find out which is right and keep that"),
    ),
    "RM-RES-009": (
        Words("“未发现问题”不能与其他结果并列", "单独的 1，或其他代码", "核对检查结果"),
        Words("nothing found, beside something", "1 alone, or other codes", "correct the outcome"),
    ),
    "RM-RES-011": (
        Words("文件已存在且不是检查结果文件", "新文件名或以前的检查结果文件", "换一个 --out"),
        Words("file exists and holds no results", "a new name, or the file of earlier results", "give another --out"),
    ),
    "RM-RUN-005": (
        Words("浏览器未能生成 PDF", "可用的 Chromium 或 Chrome", "安装或更新 Chromium，或用 --no-pdf 只写 HTML"),
        Words(
            "the browser made no PDF", "a working Chromium or Chrome", "install or update Chromium, or give --no-pdf"
        ),
    ),
    "RM-RUN-006": (
        Words("文件无法读写", "可以读写的文件或位置", "检查路径、权限和磁盘空间；关闭正打开该文件的程序"),
        Words(
            "a file cannot be read or written",
            "a place that can be read and written",
            "check path, permission and space; close the program that has the file open",
        ),
    ),
    "RM-RUN-001": (
        Words("输出目录已存在且不是本软件写成的", "新目录或以前的运行目录", "换一个 --out，或移走该目录"),
        Words("output folder exists and is not ours", "a new folder or one of an earlier run", "give another --out"),
    ),
    "RM-RUN-003": (
        Words("行数不守恒，未保存任何数据", "行数 = 采用 + 隔离 + 已被取代", "请把该文件报告给开发者"),
        Words(
            "rows do not add up; nothing was kept",
            "rows = accepted + quarantined + superseded",
            "report the file to the developers",
        ),
    ),
    "RM-RUN-004": (
        Words("Spark 无法启动", "Python 包 pyspark 和 Java 17 以上", "装 riskmodel[spark] 和 Java，或 --engine local"),
        Words(
            "Spark cannot start",
            "the Python package pyspark, and Java 17 or later",
            "install riskmodel[spark] and Java, or use --engine local",
        ),
    ),
    "RM-RUN-002": (
        Words(
            "公示内容含不得公开的列",
            "只含可公开的列的表",
            "去掉所列的列；政策 inspections.publish.never 列明不得公开的内容",
        ),
        Words(
            "notice holds a column that must not be published",
            "a table of publishable columns only",
            "drop the columns named; see inspections.publish.never in the policy",
        ),
    ),
}
