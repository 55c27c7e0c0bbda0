"""Words of errors about plans, draws, results and runs, in Chinese and English."""

from __future__ import annotations

from riskmodel.error_words.words import Family, Words

DRAWS: Family = {
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
    "RM-RUN-001": (
        Words("输出目录已存在且不是本软件写成的", "新目录或以前的运行目录", "换一个 --out，或移走该目录"),
        Words("output folder exists and is not ours", "a new folder or one of an earlier run", "give another --out"),
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
}
