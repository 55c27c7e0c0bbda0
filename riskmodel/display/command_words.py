"""What the command line says, in Chinese and English; `display.text.say` looks here too."""

from __future__ import annotations

from collections.abc import Mapping

# key → (Chinese, English)
COMMANDS: Mapping[str, tuple[str, str]] = {
    "run.fact": ("{name}：{value}", "{name}: {value}"), "stopped": ("已中止", "stopped"),
    "case.done": ("已登记第 {seq} 条：案件 {case}，{act}，{day}", "entry {seq}: case {case}, {act}, {day}"),
    "case.sent": ("{department}：{n} 件", "{department}: {n}"),
    "case.none_sent": ("没有待登记的部门预警摘要，未登记", "no digest is left to be recorded; nothing was entered"),
    "case.none_open": ("没有未结案件", "no case is open"),
    "case.verified": (
        "✓ 台账 {entries} 条、办理记录 {acts} 条，均未改动；末尾摘要 {head}",
        "✓ ledger of {entries} entries, log of {acts} acts, both unchanged; head {head}",
    ),
    "override.set": (
        "已登记第 {seq} 条：{entity} 调整为 {tier}，{first} 至 {last}",
        "entry {seq}: {entity} is {tier} from {first} to {last}",
    ),
    "override.withdrawn": ("已登记第 {seq} 条：撤销第 {gone} 条", "entry {seq}: entry {gone} is withdrawn"),
    "override.verified": (
        "✓ 记录 {entries} 条，未改动；末尾摘要 {head}", "✓ log of {entries} entries, unchanged; head {head}",
    ),
    "override.none": ("{day} 没有有效的人工调整", "no tier set by people holds on {day}"),
    "experiment.champion": ("采用：{model}；结果已写入 {folder}", "champion: {model}; the results are in {folder}"),
    "experiment.suspect": (
        "✗ {feature} 单独的区分度过高，疑似偷看未来：AUC {auc:.3f}（{low:.3f} 至 {high:.3f}）",
        "✗ {feature} tells too much alone, it may see the future: AUC {auc:.3f} ({low:.3f} to {high:.3f})",
    ),
    "experiment.leak": (
        "✗ {feature} 随未来记录变动：{future}，{day}，{rows} 行中变动 {changed} 行（如 {example}）",
        "✗ {feature} moves with later records: {future}, {day}, {changed} of {rows} rows (such as {example})",
    ),
    "simulate.done": ("政策比较已写入 {page}", "the comparison is in {page}"),
    "simulate.part": (
        "第 {part} 份已完成，存于 {folder}；各份都完成后不带 --part 再运行一次",
        "part {part} is done and kept in {folder}; once all parts are, run again without --part",
    ),
    "policy.expected": ("  应为 {expected}\n  实为 {found}", "  expected {expected}\n  found {found}"),
    "policy.gap": ("✗ {gap}：没有规则或用例", "✗ {gap}: nothing covers it"),
    "policy.done": ("{cases} 个用例，{faults} 处问题", "{cases} cases, {faults} faults"),
    "policy.named": ("{name}：{title}", "{name}: {title}"),
    "check.assumed": (
        "{table}：{n} 行没有归集日期，首次交付的按发生日期、以后的按交付日期处理",
        "{table}: {n} rows without the day on which they became known; that of the event holds in a first delivery, "
        "that of the delivery later",
    ),
    "file.credit": ("信用报告", "credit-reports"), "file.corrections": ("隔离记录更正表.xlsx", "corrections.xlsx"),
    "file.recheck": ("复核表.xlsx", "recheck.xlsx"), "file.results": ("检查结果.csv", "results.csv"),
    "file.results_notice": ("抽查结果公示.csv", "results-notice.csv"),
    "district.done": (
        "{folder}：{enterprises} 户企业；{rows}；其中预设问题行 {planted} 行",
        "{folder}: {enterprises} enterprises; {rows}; {planted} faulty rows planted",
    ),
    "district.rows": ("{file} {n} 行", "{n} rows in {file}"),
    "ui.page": ("{name}：{address}", "{name}: {address}"),
}  # fmt: skip
