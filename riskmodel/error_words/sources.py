"""Words of errors about input, sources and features, in Chinese and English."""

from __future__ import annotations

from riskmodel.error_words.words import Family, Words

SOURCES: Family = {
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
    "RM-INP-004": (
        Words("名称无法识别", "列出的名称之一", "从列出的名称中选用"),
        Words("unknown name", "one of the names listed", "use one of the names listed"),
    ),
    "RM-INP-005": (
        Words("目标文件夹不是空的", "新文件夹或空文件夹", "换一个文件夹"),
        Words("folder is not empty", "a new or empty folder", "give another folder"),
    ),
    "RM-INP-006": (
        Words("评估日期晚于全部数据", "不晚于数据导出日的日期", "换一个更早的 --as-of 日期，或载入更新的数据"),
        Words("as-of date after all data", "a date that the data reach", "give an earlier --as-of date, or newer data"),
    ),
    "RM-INP-007": (
        Words("模型含有不受信任的类型", "由 riskmodel experiment 记入的模型", "核对模型的来源；不要载入来历不明的模型"),
        Words(
            "the model holds types that are not trusted",
            "a model that `riskmodel experiment` logged",
            "check where it comes from; load no model of unknown origin",
        ),
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
    "RM-INP-010": (
        Words("没有这个文件", "一个已有的文件", "检查路径和文件名"),
        Words("no such file", "a file that is there", "check the path and the name"),
    ),
    "RM-INP-011": (
        Words("没有给出企业", "至少一个统一社会信用代码", "在数据源之后给出代码，或用 --ids 给出每行一个代码的文件"),
        Words("no enterprise is named", "at least one code", "give codes behind the source, or a file with --ids"),
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
}
