"""Words with which results show themselves in a notebook, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

# key → (Chinese, English)
SHOWN: Mapping[str, tuple[str, str]] = {
    "content.report.html": ("月度报告，请先看", "the monthly report: open it first"),
    "content.risk_list": ("每户企业的等级、分数、定级依据和主要原因", "every enterprise with tier, score, deciding rule and reasons"),
    "content.task_books": ("每组每周一册，打印、填写、送回", "one book a team and week, to be printed, filled in and sent back"),
    "content.task_summary": ("各组各周任务一览", "visits by team and week"),
    "content.watch_lists": ("提醒约谈、重点关注和部门预警", "reminders, key watch list, departments to warn"),
    "content.quality": ("收到多少行、拒收了哪些、为什么", "rows received and refused, and why"),
    "content.notices": ("可以公示的文件，不含风险等级", "what may be published, without tiers"),
    "content.commitment.txt": ("抽取前公布的承诺", "the commitment, to be published before the draw"),
    "content.plan.json": ("抽查计划", "the plan of inspections"),
    "content.proof.json": ("抽取凭证，任何人可复核", "the proof of the draw, for anybody to verify"),
    "content.run.json": ("本次运行的数据、政策和版本", "data, policy and version of this run"),
    "content.files.sha256": ("各文件的摘要，可查改动", "digests of the files, to find changes"),
    "content.tables": ("全部结果表，供程序读取", "all tables, for programs"), "content.pictures": ("报告中的图", "the pictures of the report"),
    "caption.run": ("{day} 运行结果：{folder}", "run of {day}: {folder}"),
    "caption.records": ("数据截至 {day}：有效记录 {n} 条，隔离 {refused} 行", "records up to {day}: {n} in force, {refused} rows quarantined"),
    "caption.absent": ("；没有提供：{tables}", "; not supplied: {tables}"),
    "caption.casebook": ("{day} 预警案件 {n} 件", "{n} cases of early warning on {day}"),
    "caption.results": ("收回 {n} 户，尚缺 {missing} 户，空白 {blank} 行，重复 {repeated} 行，拒收 {refused} 处", "{n} taken, {missing} missing, {blank} rows blank, {repeated} repeated, {refused} faults refused"),
    "policy.name": ("名称", "Title"), "policy.document": ("文号", "Document no."), "policy.issued": ("印发日期", "Issued on"),
    "policy.id": ("编号", "Id"), "policy.extends": ("在此政策上修改", "Changes the policy"), "policy.digest": ("摘要", "Digest"),
    "verdict.holds": ("复核通过", "holds"), "verdict.fails": ("复核不通过", "does not hold"),
    "caption.plan": ("{day} 抽查计划，第 {part} 批：名录 {size} 户，抽取 {drawn} 户", "plan of {day}, round {part}: {size} enterprises, {drawn} to be drawn"),
    "caption.draw": ("{day} 抽查计划第 {part} 批，抽中 {n} 户", "plan of {day}, round {part}: {n} enterprises drawn"),
    "estimate.counts": ("抽取 {drawn} 户，有结果 {observed} 户，未报结果 {missing} 户，已不存在 {gone} 户", "{drawn} drawn, {observed} with a result, {missing} without, {gone} gone"),
    "alt.lifeline": ("近五年记录时间线，明细见下表", "timeline of the last five years; the table below holds the records"),
    "card.fine": ("罚款 {yuan} 元", "fine {yuan} yuan"), "card.records": ("全部记录 {n} 条", "all records: {n}"),
    "caption.lookup": ("{day} 全部企业 {n} 户，风险由高到低", "all {n} enterprises on {day}, highest risk first"),
    "explain.chance": ("，检查发现问题概率 {chance:.1%}", ", chance that an inspection finds a problem {chance:.1%}"),
    "explain.head": (
        "{name}（{entity_id}）：风险等级 {tier}，风险分 {score}", "{name} ({entity_id}): risk tier {tier}, risk score {score}",
    ),
}  # fmt: skip
