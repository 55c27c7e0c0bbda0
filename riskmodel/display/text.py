"""All words that users see, in Chinese and English, one key each; codes elsewhere, words here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from riskmodel.display.citations import citations
from riskmodel.display.command_words import COMMANDS
from riskmodel.display.report_words import REPORT
from riskmodel.display.shown_words import SHOWN
from riskmodel.fault_words import REFUSALS
from riskmodel.tables import TABLES

Lang = Literal["zh", "en"]

# kind → code → (Chinese, English). A code without words is shown as it stands.
_CODES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "tier": {
        "A": ("A 低风险", "A low risk"), "B": ("B 较低风险", "B lower risk"), "C": ("C 中风险", "C medium risk"),
        "D": ("D 较高风险", "D higher risk"), "E": ("E 高风险", "E high risk"),
    },
    "grade": {
        "trustworthy": ("诚信守法", "trustworthy"), "minor": ("轻微失信", "minor dishonesty"),
        "general": ("一般失信", "general dishonesty"), "serious": ("严重失信", "serious dishonesty"),
    },
    "origin": {"imported": ("公共信用评价", "imported rating"), "fallback": ("按政策默认", "policy default")},
    "severity": {"minor": ("轻微", "minor"), "general": ("一般", "general"), "serious": ("严重", "serious")},
    "field": {
        "none": ("—", "—"), "vaccine": ("疫苗", "vaccines"), "drug": ("药品", "drugs"),
        "special_equipment": ("特种设备", "special equipment"), "hazardous_chemical": ("危险化学品", "hazardous chemicals"),
    },
    "how": {
        "repaired": ("代码订正（唯一可能的读法）", "repaired: the only right reading"),
        "registration_no": ("工商注册号对应", "registration number"),
        "organisation_code": ("组织机构代码对应", "organisation code"), "name": ("名称完全一致", "same name"),
    },
    "status": {
        "now": ("本周发送", "this week"), "queued": ("排队", "queued"), "loaded": ("已载入", "loaded"), "already there": ("此前已载入", "already there"),
    },
    "stage": {
        "observed": ("积累关注", "observed"), "reminder_due": ("待提醒约谈", "reminder due"),
        "reminder_overdue": ("提醒约谈逾期督办", "reminder overdue"), "reminded": ("已提醒约谈", "reminded"),
        "improving": ("整改期", "improvement period"), "improved": ("已有改观", "improved"),
        "not_improved": ("仍无改观", "not improved"), "watched": ("重点关注", "watched"),
        "warning_overdue": ("预警逾期督办", "warning overdue"), "warned": ("已预警", "departments warned"),
        "answer_overdue": ("反馈逾期督办", "answer overdue"), "answered": ("部门已反馈", "answered"),
        "released": ("已解除", "released"), "expired": ("已到期", "expired"),
    },
    "kind": {
        "enterprise": ("企业", "enterprise"), "individual": ("个体工商户", "individual business"),
        "cooperative": ("农民专业合作社", "farmers' cooperative"), "branch": ("分支机构", "branch"), "other": ("其他", "other"),
    },
    "event": {
        "penalties": ("行政处罚", "penalties"), "abnormal_listings": ("列入异常名录", "abnormal listings"),
        "complaints": ("查实投诉举报", "verified complaints"), "inspections": ("检查", "inspections"),
    },
    "listing_reason": {
        "annual_report": ("未按期公示年报", "annual report not published"), "information": ("未按规定公示信息", "information not published"),
        "false_information": ("公示信息弄虚作假", "false information"), "unreachable": ("住所无法联系", "cannot be contacted"),
        "other": ("其他原因", "other reason"),
    },
    "verified": {"yes": ("已查实", "verified"), "no": ("未查实", "not verified"), "pending": ("核实中", "pending")},
    "list": {
        "serious_dishonesty": ("严重违法失信名单", "list of the seriously dishonest"),
        "judgment_debtor": ("失信被执行人", "dishonest judgment debtor"), "red_line": ("监管红线", "red line"),
        "red_list": ("红名单", "red list"), "broken_commitment": ("未履行信用承诺", "broken commitment"), "other": ("其他名单", "another list"),
    },
    "fact": {
        "industry_rating": ("行业信用评价", "rating by the industry:"), "market_rating": ("市场信用评价", "rating by the market:"),
        "new_economy": ("四新经济企业，成立于", "new economy, established on"),
    },
    "act": {
        "remind": ("提醒约谈", "reminder interview"), "warn": ("向部门预警", "warning to departments"),
        "answer": ("部门反馈", "answer of a department"), "release": ("提前解除", "release by hand"), "note": ("情况记录", "note"),
    },
    "future": {
        "removed": ("去掉未来记录后", "without later records"), "shuffled": ("打乱未来记录后", "later records dealt anew"),
        "corrected": ("去掉未来更正后", "without later corrections"),
    },
    "item_weight": {"key": ("重点检查事项", "key item"), "general": ("一般检查事项", "general item")},
    "calendar": {"official": ("国务院公布的工作日", "as announced"), "weekdays": ("尚未公布，按周一至周五", "not announced yet: Monday to Friday")},
    "overdue": {"yes": ("是", "yes"), "no": ("否", "no")},
    "because": {"ratio": ("按风险等级比例抽取", "drawn at the ratio of the risk tier"),
        "just-visited": ("刚检查过，暂不抽取", "just visited: rests"), "visited-this-cycle": ("本周期已检查", "visited in this cycle"),
        "manual": ("人工调整", "set by people"), "stability": ("等级稳定规则", "stability of tiers"),
    },
    # outcome codes of the joint list (2 is not used there)
    "outcome": {
        "1": ("未发现问题", "no problem found"), "3": ("违反食品药品管理相关规定", "breach of food or drug rules"),
        "4": ("违反质量技术监督相关规定", "breach of quality rules"), "5": ("违反其他部门相关规定", "breach of other departments' rules"),
        "6": ("通过登记的住所（经营场所）无法联系", "cannot be contacted at the registered address"),
        "7": ("已关闭停业或正在组织清算", "closed or in liquidation"), "8": ("不配合检查情节严重", "does not cooperate, serious"),
        "9": ("注销", "deregistered"), "10": ("被吊销", "licence revoked"), "11": ("被撤销", "registration annulled"),
        "12": ("迁出", "moved away"), "B": ("未按规定公示应当公示的信息", "information due not published"),
        "C": ("公示信息隐瞒真实情况弄虚作假", "published information hidden or false"),
        "D": ("违反其他工商行政管理规定行为", "breach of other market rules"),
        "E": ("发现问题经责令已改正", "problem found, corrected after an order"),
        "F": ("未发现开展本次抽查涉及的经营活动", "the activity inspected is not carried on"),
        "G": ("违反公安部门相关规定", "breach of police rules"),
    },
    "quarantine": {
        **REFUSALS,
        # of results that come back
        "not_drawn": ("不在抽查名单上", "was not drawn"), "before_plan": ("早于计划日期", "before the plan"),
        "before_visit": ("早于检查日期", "before the visit"), "contradiction": ("检查结果互相矛盾", "outcomes contradict each other"),
        "not_a_tick": ("无法识别的勾选", "not a tick"), "unknown_inspector": ("不是派出的检查人员", "no inspector who was sent"),
        "not_signed": ("签字不全", "not signed by all"),
    },
    "category": {
        "no_penalty": ("不予处罚", "no penalty"), "warning": ("警告", "warning"), "criticism": ("通报批评", "criticism"),
        "fine": ("罚款", "fine"), "confiscation": ("没收违法所得或非法财物", "confiscation"), "suspension": ("暂扣许可证件", "licence suspended"),
        "downgrade": ("降低资质等级", "downgrade"), "revocation": ("吊销许可证件", "licence revoked"), "restriction": ("限制开展生产经营活动", "restriction of business"),
        "stop": ("责令停产停业", "order to stop"), "close": ("责令关闭", "order to close"), "ban": ("限制从业", "ban from the trade"),
        "detention": ("行政拘留", "detention"), "other": ("其他", "other"),
    },
    "listing": {
        "annual_report": ("未按规定期限公示年度报告", "annual report not published in time"),
        "information": ("未按责令期限公示企业信息", "information not published when ordered"),
        "false_information": ("公示信息隐瞒真实情况、弄虚作假", "published information hidden or false"),
        "unreachable": ("通过登记的住所或者经营场所无法联系", "cannot be contacted at the registered address"), "other": ("其他", "other"),
    },
    "complaint": {"complaint": ("投诉", "complaint"), "report": ("举报", "report"), "other": ("其他", "other")},
    "purpose": {
        "random": ("双随机抽查", "double-random inspection"), "routine": ("日常检查", "routine"), "special": ("专项检查", "special"),
        "case": ("个案检查", "case"), "recheck": ("复查", "recheck"),
    },
    "commitment": {
        "approval": ("审批替代型", "instead of approval"), "voluntary": ("主动型", "voluntary"),
        "industry": ("行业自律型", "of an industry"), "repair": ("信用修复型", "for repair"),
    },
    "kept": {
        "kept": ("全部履行", "kept"), "partly": ("部分履行", "kept in part"), "broken": ("未履行", "broken"), "pending": ("履行中", "pending"),
    },
    "rating": {
        "public": ("公共信用综合评价", "public credit evaluation"), "industry": ("行业信用评价", "industry"), "market": ("市场信用评价", "market"),
    },
    "registered": {
        "active": ("存续", "active"), "dormant": ("歇业", "dormant"), "deregistered": ("注销", "deregistered"), "revoked": ("吊销", "revoked"),
    },
    "weekday": {
        "1": ("周一", "Mon"), "2": ("周二", "Tue"), "3": ("周三", "Wed"), "4": ("周四", "Thu"), "5": ("周五", "Fri"),
        "6": ("周六", "Sat"), "7": ("周日", "Sun"),
    },
    "figure": {
        "average_precision": ("平均精确率", "average precision"), "ndcg": ("排序折损增益", "NDCG"),
        "auc": ("AUC", "AUC"), "brier": ("Brier 分", "Brier score"), "ece": ("校准误差", "calibration error"),
        "capture": ("前列名单覆盖问题的比例", "share of problems on the list"), "precision": ("名单命中率", "precision"),
        "share_inspected": ("平均被抽查概率", "mean inclusion probability"), "label_coverage": ("已检查比例", "label coverage"),
        "selection_rate": ("列入名单比例", "share on the list"), "event_rate": ("发现问题比例", "share with a problem"),
        "true_positive_rate": ("有问题且在名单上的比例", "true positive rate"),
        "false_negative_rate": ("有问题而未列入的比例", "false negative rate"),
        "false_positive_rate": ("无问题而列入的比例", "false positive rate"),
        "calibration": ("预测 ÷ 实际", "predicted ÷ observed"), "days_earlier": ("平均提前天数", "days earlier"),
        "first_half": ("前半段发现比例", "share found in the first half"),
    },
    "attribute": {
        "town": ("镇街", "town"), "area": ("片区", "area"), "industry": ("行业", "industry"), "size": ("规模", "size"),
        "age": ("成立年限", "age"), "ownership": ("所有制", "ownership"),
    },
    "group": {"(missing)": ("（未填）", "(not given)"), "(others)": ("（其余合并）", "(others together)")},
    "margin": {"entered": ("新增", "entered"), "left": ("退出", "left"), "total": ("合计", "total")},
    "model": {
        "fitted": ("拟合评分卡", "fitted scorecard"), "blended": ("综合评分卡", "blended scorecard"),
        "last_result": ("上次检查结果", "last result"), "most_penalties": ("两年内处罚次数", "most penalties"),
        "inspector": ("只看检查人员宽严", "inspector only"),
        "expert": ("专家打分卡", "expert scorecard"), "scorecard": ("拟合评分卡", "fitted scorecard"),
        "challenger": ("挑战者模型", "challenger"),
        "rule": ("计数规则", "counting rule"), "exceedance": ("泊松超出", "exceedance"), "change": ("变化几率", "odds of a change"), "ewma": ("指数加权移动平均", "EWMA"),
        "cusum": ("累积和", "CUSUM"), "hawkes": ("自激强度", "self-exciting"), "risk": ("评分模型", "risk model"),
        "trend": ("评分上升", "trend of the score"),
        "random": ("随机", "random"), "as_usual": ("实际顺序", "as it was"), "perfect": ("完全预知", "perfect"),
    },
    "condition": {
        "better": ("优于现用模型", "better than the champion"), "calibrated": ("概率已校准", "calibrated"),
        "fair": ("各组公平", "fair"),
    },
    "part": {
        "train": ("训练日", "training days"), "mature": ("训练标签成熟", "training labels mature"),
        "calibrate": ("校准日及其标签", "calibration day, its labels"), "test": ("检验日", "test day"),
        "label": ("检验标签成熟", "test labels mature"),
    },
}  # fmt: skip

# column → (Chinese, English) heading, beyond the input columns of `tables`.
_HEADINGS: Mapping[str, tuple[str, str]] = {
    "number": ("序号", "No."), "name": ("企业名称", "Enterprise"), "entity_id": ("统一社会信用代码", "Credit code"),
    "kind": ("主体类型", "Kind"), "industry": ("行业", "Industry"), "town": ("镇街", "Town"),
    "special_field": ("重点特殊领域", "Special field"),
    "seq": ("编号", "No."), "tier": ("调整后等级", "Tier set"), "valid_from": ("起始日期", "First day"),
    "valid_until": ("截止日期", "Last day"), "signed_by": ("签字人", "Signed by"),
    "recorded_on": ("登记日期", "Recorded on"), "score_tier": ("本月按分等级", "Tier by this month's score"),
    "risk_tier": ("风险等级", "Risk tier"), "model_tier": ("按分等级", "Tier by score"), "risk_score": ("风险分", "Risk score"),
    "probability": ("发现问题概率", "Probability of a problem"), "credit_grade": ("信用等级", "Credit grade"),
    "credit_grade_origin": ("信用等级来源", "Origin of the grade"), "rule": ("定级依据", "Deciding rule"),
    "rule_id": ("规则", "Rule"), "trigger": ("触发规则", "Rule"), "clause": ("条款", "Clause"), "evidence": ("事实依据", "Evidence"),
    "reasons": ("主要风险原因（分值；依据记录）", "Main reasons (points; records)"), "points": ("分值", "Points"),
    "records": ("依据记录", "Records"), "visits_this_year": ("本年已检查次数", "Visits this year"),
    "visit_no": ("任务编号", "Visit no."), "team": ("检查组", "Team"), "because": ("抽中原因", "Why chosen"),
    "attention": ("关注要点", "Points of attention"), "inspected_on": ("检查日期", "Inspected on"),
    "outcome_codes": ("检查结果", "Outcome"), "problems": ("发现问题", "Problems found"),
    "measures": ("处理措施", "Measures taken"), "signature": ("检查人员签字", "Signatures"),
    "state": ("公示状态", "Publication"), "document_no": ("决定书文号", "Document no."), "decided_on": ("决定日期", "Decided on"),
    "authority": ("机关", "Authority"), "violation": ("违法行为", "Violation"), "category_of": ("处罚种类", "Kind of penalty"),
    "severity": ("违法程度", "Severity"), "money_yuan": ("罚没金额（元）", "Fine and confiscation, yuan"),
    "listed_on": ("列入日期", "Listed on"), "removed_on": ("移出日期", "Removed on"), "list": ("名单", "List"),
    "entered_on": ("列入日期", "Entered on"), "exited_on": ("退出日期", "Left on"), "received_on": ("登记日期", "Received on"),
    "kind_of": ("类别", "Kind"), "channel": ("来源渠道", "Channel"), "verified_on": ("核实日期", "Verified on"),
    "purpose_of": ("检查类型", "Purpose"), "committed_on": ("承诺日期", "Committed on"), "kept": ("履行状态", "Kept"),
    "status_on": ("认定日期", "Found on"), "rating": ("评价类别", "Rating"), "grade": ("评价等级", "Grade"), "valid_to": ("有效期至", "Valid until"),
    "day": ("日期", "Day"), "event": ("事件", "Event"),
    "planned_on": ("计划日期", "Planned on"), "object": ("检查对象", "Object"), "look_at": ("抽中原因与关注要点", "Why chosen, points of attention"),
    "certificates_shown": ("已亮证", "Certificates shown"), "recheck_due": ("需复查", "Recheck due"), "due_on": ("整改期限", "Mend by"),
    "fact": ("项目", "Item"), "value": ("内容", "Content"), "week": ("周次", "Week"), "days": ("日期", "Days"),
    "inspector_names": ("检查人员", "Inspectors"), "inspectors": ("检查人员", "Inspectors"), "visits": ("任务数", "Visits"), "towns": ("涉及镇街", "Towns"),
    "special_visits": ("重点特殊领域", "Special fields"),
    "case_id": ("案件编号", "Case"), "stage": ("阶段", "Stage"), "opened_on": ("触发日期", "Opened on"),
    "stage_on": ("进入本阶段日期", "In this stage since"), "deadline": ("办理期限", "Due on"),
    "addressee": ("接收部门", "Addressee"), "place": ("次序", "Place"), "gravest": ("最重程度", "Gravest"),
    "act": ("办理事项", "Act"), "to_stage": ("阶段", "Stage"), "on": ("日期", "Day"), "events": ("违法失信次数", "Events"),
    "joint": ("联合检查部门", "Departments that join"), "departments": ("推送部门", "Departments"), "talk_on": ("约谈日期", "Talk held on"), "talk_by": ("约谈人", "Talk held by"),
    "estimate": ("估计值", "Estimate"), "answered": ("有结果户数", "With a result"),
    "publish_by": ("公示截止日", "Publish by"), "overdue": ("是否超期", "Overdue"), "calendar": ("工作日历", "Calendar"),
    "text": ("原文", "Text"), "rules": ("规则", "Rules"), "group": ("分组", "Group"), "low": ("区间下限", "From"), "high": ("区间上限", "To"), "standard_error": ("标准误", "Standard error"), "not_estimable": ("不可估计户数", "Not estimable"),
    "table": ("数据表", "Table"), "file": ("文件", "File"), "row": ("行号", "Row"), "field": ("字段", "Field"),
    "found": ("原始内容", "Found"), "reason": ("原因", "Reason"), "rows": ("总行数", "Rows"),
    "superseded": ("重复或被更正", "Superseded"), "delivered_on": ("交付日期", "Delivered on"),
    "how": ("核对方式", "How"), "score": ("相似度", "Likeness"), "candidates": ("可能的读法", "Candidates"),
    "status": ("状态", "Status"), "docket": ("隔离编号", "Docket"),
    "accepted": ("采用", "Accepted"), "quarantined": ("隔离", "Quarantined"), "share_quarantined": ("隔离比例", "Share quarantined"),
    "count": ("数量", "Count"), "enterprises": ("企业数", "Enterprises"), "share": ("占比", "Share"),
    "by_score": ("按分企业数", "By score"), "stratum": ("抽样层", "Stratum"), "size": ("企业数", "Enterprises"),
    "n": ("计划抽取", "To draw"), "pi": ("抽取概率", "Inclusion probability"), "model": ("模型", "Model"),
    "feature": ("特征", "Feature"), "unit": ("单位", "Unit"), "sign": ("风险方向", "Sign"),
    "window": ("计算方法", "Made from"), "basis": ("依据", "Basis"),
    "code": ("代码", "Code"), "meaning": ("含义", "Meaning"), "month": ("月份", "Month"), "note": ("说明", "Note"),
    "auc": ("AUC", "AUC"), "brier": ("Brier 分", "Brier score"), "ece": ("校准误差", "Calibration error"),
    "capture": ("前 10% 覆盖问题", "Problems in the top tenth"), "tested": ("检验样本", "Tested"),
    "plan_name": ("计划名称", "Plan"), "document": ("依据文件", "Document"), "as_of": ("名录截止日期", "Directory as of"),
    "frame_size": ("检查对象总数", "Objects in the directory"), "to_draw": ("计划抽查数", "Number to be drawn"),
    "weight": ("事项类别", "Kind of item"), "item": ("抽查事项", "Item"), "item_id": ("事项编号", "Item no."),
    "category": ("抽查类别", "Category"), "subject": ("检查对象", "Object"), "method": ("检查方式", "Method"),
    "share_high": ("D、E 占比", "Share in D and E"), "change_high": ("D、E 较上期", "D and E since last time"),
    "tier_before": ("上期等级", "Tier before"), "main_reason": ("主要原因", "Main reason"), "figure": ("指标", "Figure"), "observed": ("实际", "Observed"),
    "wave": ("区域行业波动", "Wave"), "why": ("苗头依据", "Why"), "since": ("起", "From"), "until": ("止", "To"),
    "usual": ("往年同期", "Expected"),
    "by_chance": ("仅因偶然", "By chance alone"), "inspected": ("已检查", "Inspected"), "number_of_towns": ("涉及镇街数", "Towns"),
    "known_on_assumed": ("归集日期缺失", "Known day assumed"), "header": ("原列名", "Header"),
    "column": ("对应字段", "Column"), "confidence": ("把握", "Confidence"),
    "event_on": ("发生日期", "Occurred on"), "detail": ("内容", "Detail"), "record_id": ("编号（文号）", "Record"),
    "rate": ("问题率", "Rate of problems"), "from_stage": ("原阶段", "Stage before"), "condition": ("条件", "Condition"), "holds": ("满足", "Holds"), "measured": ("数值", "Value"), "measure": ("指标", "Measure"), "strategy": ("做法", "Strategy"), "difference": ("与现行之差", "Difference"), "difference_low": ("差的下限", "Difference, from"), "difference_high": ("差的上限", "Difference, to"), "origin": ("来源", "Origin"),
    "findings": ("发现违法", "Findings"), "effective": ("有效样本量", "Effective sample"), "heaviest": ("最大权重", "Heaviest weight"), "expected": ("应为", "Expected"),
    "average_precision": ("平均精确率", "Average precision"), "precision_0.1": ("前 10% 精确率", "Precision at 10 %"),
    "coverage": ("标签覆盖率", "Label coverage"), "ndcg": ("NDCG", "NDCG"), "mean_ratio": ("预测÷实际", "Predicted ÷ found"),
    "auc_low": ("AUC 下限", "AUC, from"), "auc_high": ("AUC 上限", "AUC, to"), "days_earlier": ("提前天数", "Days earlier"),
    "days_low": ("天数下限", "Days, from"), "days_high": ("天数上限", "Days, to"), "typical": ("平均", "Mean"),
    "lowest": ("最低", "Lowest"), "highest": ("最高", "Highest"),
    "department": ("检查主体", "Inspecting body"), "legal_basis": ("检查依据", "Legal basis"),
}  # fmt: skip

# key → (Chinese, English) sentence or title; facts stand in braces.
_SAYINGS: Mapping[str, tuple[str, str]] = {
    "internal": ("内部资料 · 风险分类结果仅供监管工作使用，不得公开", "Internal · risk tiers serve supervision only and are not public"),
    "internal.task": ("内部资料 · 检查前不得泄露抽查对象", "Internal · keep secret who is visited until the visit"),
    "page": ("第 {page} 页 共 {pages} 页", "page {page} of {pages}"),
    "sign": ("检查组长签字：____________  日期：____________", "Head of the team: ____________  Date: ____________"),
    "list.separator": ("、", ", "), "reason.line": ("{rank}. {sentence}（+{points}分）", "{rank}. {sentence} (+{points})"),
    "reason.records": ("[{records}]", " [{records}]"), "grade.fallback": ("{grade}（按政策默认）", "{grade} (policy default)"),
    "model_card.answer": ("**采用：{model}。**", "**Champion: {model}.**"),
    "model_card.model": ("{said}（{name}）", "{said} ({name})"),
    "model_card.condition": ("- {model}：{said}", "- {model}: {said}"),
    "model_card.holds": ("{condition} ✓（{found}）", "{condition} ✓ ({found})"),
    "model_card.fails": ("{condition} ✗（{found}）", "{condition} ✗ ({found})"),
    "model_card.means": ("各次检验平均", "Means over all test days"), "model_card.made_of": ("数据与政策", "Data and policy"),
    "model_card.facts": (
        "- 数据摘要：`{data}`\n- 政策：`{policy}`；riskmodel {version}\n- 检验日期：{first} 至 {last}；标签期 {days} 天；标签覆盖率 {coverage:.1%}",
        "- data digest: `{data}`\n- policy: `{policy}`; riskmodel {version}\n"
        "- test days: {first} to {last}; horizon {days} days; label coverage {coverage:.1%}",
    ),
    "model_card.use": (
        "用于安排检查先后，不用于评价信用、实施惩戒或对外公布。标签只存在于被检查过的企业。",
        "For the order of inspections; not to rate credit, punish or publish. Labels exist only where somebody looked.",
    ),
    "group.all": ("全部", "all"), "rule.score": ("按风险分", "by the risk score"), "team": ("第{number}组", "Team {number}"),
    "sheet.risk": ("风险分类名单", "Risk list"), "sheet.tiers": ("等级汇总", "Tiers"), "sheet.teams": ("任务汇总", "Teams"),
    "sheet.outcomes": ("检查结果代码", "Outcome codes"), "sheet.reminders": ("提醒约谈名单", "Reminders"),
    "sheet.watched": ("重点关注名单", "Watch list"), "sheet.released": ("已结案", "Closed"),
    "sheet.digest": ("部门预警摘要", "Digests"),
    "note.digest": (
        "每个部门每周一份；超过政策规定数量的排队，不丢弃。发送后用 riskmodel case digest 登记。",
        "One digest a department and week; beyond the policy's load warnings wait and are never dropped. Record it with riskmodel case digest.",
    ),
    "sheet.observed": ("积累关注名单", "Observed"),
    "sheet.intake": ("数据质量汇总", "Intake"), "sheet.reasons": ("隔离原因", "Reasons"),
    "sheet.correct": ("隔离记录汇总", "Quarantine by reason"), "title.correct": ("隔离记录更正表", "Rows to be corrected"),
    "correct.file": ("文件", "File"), "correct.table": ("数据表", "Table"), "correct.reason": ("隔离原因", "Reason"),
    "correct.count": ("行数", "Rows"), "correct.line": ("原文", "Line"),
    "note.correct": (
        "逐行改正黄色单元格（“问题列”所指的列，“建议”列出可能的读法），不要改动“隔离编号”；保存后执行 riskmodel append 数据库 本文件 --delivered-on 日期，"
        "改正的行即被采用，原行记为“重复或被更正”。未改的行仍留在隔离中。",
        "Correct the yellow cells (the column that “Column at fault” names; “Possible readings” stand beside it) and leave the "
        "“Quarantine docket” as it is; then run "
        "riskmodel append STORE FILE --delivered-on DAY. Corrected rows are accepted, the original rows count as superseded.",
    ),
    "note.correct.persons": (
        "自然人的记录不属于企业记录，只列编号；个人信息已隐去。", "Records of natural persons are listed without content; personal data are masked.",
    ),
    "sheet.resolutions": ("身份核对清单", "Identities"),
    "sheet.quarantine": ("隔离记录", "Quarantine"), "sheet.notes": ("说明", "Notes"),
    "title.risk": ("企业信用风险分类名单", "Risk list of enterprises"), "title.task": ("检查任务书", "Task book"), "title.teams": ("检查任务汇总", "Visits by team and week"),
    "book.day": ("{day} {weekday}", "{weekday} {day}"), "sheet.book": ("核对信息", "Draw"), "book.items": ("抽查事项：{items}\n", "Items: {items}\n"), "book.object": ("{name}\n{town}{field}", "{name}\n{town}{field}"),
    "book.title": ("{title} · {team} · {day}", "{title} · {team} · {day}"), "book.week": ("{year}年第{week:02d}周", "week {week:02d} of {year}"),
    "book.file": ("{team}_{year}年第{week:02d}周", "{team}-{year}-W{week:02d}"), "book.field": (" · {field}", " · {field}"),
    "book.days": ("{first} 至 {last}", "{first} to {last}"),
    "book.format": ("任务书格式", "Format of the book"), "book.draw": ("抽取凭证摘要", "Digest of the proof"), "book.as_of": ("评估日期", "As of"),
    "title.quality": ("数据质量清单", "Data quality"),
    "note.risk": (
        "风险等级 A 至 E 由低到高，为本单位内部监管等级，与公共信用等级是两套尺度，不相互换算。",
        "Risk tiers A to E rise in risk; they are internal and not the public credit grade.",
    ),
    "note.fallback": (
        "标注“按政策默认”的信用等级：未归集到公共信用评价结果，按政策文件的默认值处理。",
        "“Policy default”: no public credit grade was imported, so the policy's declared default applies.",
    ),
    "note.points": (
        "原因后的分值是高于典型企业的分数；方括号内为所依据的记录（文号、日期、机关；处罚为决定日期）。",
        "Points are counted above the typical enterprise; brackets hold the records relied on (penalties by the day of the decision).",
    ),
    "note.task": (
        "只填黄色单元格。检查结果从下拉列表选择；有多项时填代码并用逗号分隔，如 4,E。检查日期填实际到场日期。检查人员签字处由全体检查人员填写姓名。"
        "未完成的行留空，以后再收。填好后保存，执行 riskmodel results read 本文件 --draw 运行目录。",
        "Fill in the yellow cells only. Choose the outcome from the list; several codes go with commas, e.g. 4,E. Give the day of "
        "the visit; all inspectors of the visit sign with their names. Leave visits blank that are still to come. Then save the file "
        "and run riskmodel results read FILE --draw RUN-FOLDER.",
    ),
    "note.paper": (
        "也可打印后手工填写：方框打勾，结果填代码（见“检查结果代码”），再由内勤录入本文件。",
        "It may be printed and filled in by hand: tick the boxes, write the code of the outcome (see the sheet of codes); the office types it in.",
    ),
    "note.locked": (
        "其余单元格已锁定，防止误改；“核对信息”用于回收时核对是否为同一次抽取。",
        "All other cells are locked against slips; the sheet “Draw” tells on reading whether the book belongs to the draw.",
    ),
    "note.officers": ("每组检查人员不少于两人，检查时应主动出示执法证件。", "At least two officers a team, who show their certificates."),
    "note.warning": (
        "名单按“轻微或一般违法失信积累关注机制”生成：短期内反复出现的提醒约谈，经提醒仍无改观的移入重点关注名单。事实依据中的日期是违法行为发生"
        "（列入名录、登记投诉）的日期，不是处罚决定日期。",
        "Repeated minor or general events call for a reminder; no improvement leads to the watch list. Days in the evidence are those on "
        "which the violation happened (the listing, the receipt of the complaint), not those of the decisions.",
    ),
    "note.quality": (
        "总行数 = 采用 + 隔离 + 重复或被更正。隔离的记录未参与评估，在隔离记录更正表中改正后载入，或由来源单位改正后重新导出。",
        "Every row is accepted, quarantined, or superseded by another row of the same record. Quarantined rows were not used; "
        "correct them in the correction workbook and load it back, or export them again.",
    ), "figure.share": ("{count}（{share:.1%}）", "{count} ({share:.1%})"),
    "figure.part": ("{part} / {whole}（{share:.2%}）", "{part} / {whole} ({share:.2%})"),
    "figure.score": ("风险分", "risk score"), "figure.events": ("件数", "events"),
    "figure.predicted": ("模型预测的发现问题概率", "predicted probability of a problem"),
    "figure.observed": ("实际发现问题比例", "observed share with a problem"), "figure.perfect": ("完全一致", "perfect"),
    "figure.interval": ("竖线为区间；数字为检查数", "bars: interval; numbers: inspections"), "figure.empty": ("暂无数据", "no data"),
    "figure.cut": ("{tier} ≥ {score}", "{tier} ≥ {score}"), "figure.other": ("其余 {n} 个", "{n} others"),
    "figure.unnamed": ("（未填）", "(not given)"), "figure.log": ("企业数（对数轴）", "enterprises (log scale)"),
    "alt.tiers": ("各风险等级企业数柱状图", "bar chart of enterprises by risk tier"),
    "alt.scores": ("风险分分布直方图", "histogram of risk scores"), "alt.towns": ("各镇街风险等级构成图", "risk tiers by town"),
    "alt.plan": ("各抽样层企业数与计划抽取数", "size and number to be drawn by stratum"),
    "alt.quality": ("各数据表采用与隔离行数", "rows accepted and quarantined by table"),
    "alt.calibration": ("预测概率与实际比例对照图", "calibration picture"), "alt.monthly": ("按月违法失信事件数", "events by month"),
    "team.none": ("未分组", "no team"), "rule.label": ("{name}（条款{clause}）", "{name} (clause {clause})"),
    "rule.local": ("{name}（本地设定）", "{name} (local)"),
    "step.read": ("读取数据", "reading"), "step.features": ("计算特征", "features"), "step.learn": ("学习", "learning"),
    "step.evaluate": ("检验评分", "evaluating"), "step.tiers": ("分级", "tiers"), "step.reasons": ("说明原因", "reasons"),
    "step.draw": ("计划与抽取", "planning and drawing"), "step.review": ("预警", "early warning"),
    "step.write": ("写出名单和报告", "writing"), "step.track": ("记入 MLflow", "tracking"),
    "recheck.sheet": ("复核", "Re-check"), "recheck.tickets": ("本层抽签码", "Tickets"),
    "recheck.what": ("项目", "What"), "recheck.value": ("数值", "Value"), "recheck.how": ("如何核对", "How to check"),
    "recheck.key": ("密钥（公开种子）", "Key (public seed)"), "recheck.how_key": ("与公布的种子逐字核对", "compare with the published seed, letter by letter"),
    "recheck.message": ("消息", "Message"),
    "recheck.how_message": ("用任意 HMAC-SHA256 计算器，以密钥和消息（UTF-8）计算，结果应等于抽签码", "any HMAC-SHA256 calculator, with key and message in UTF-8, gives the ticket"),
    "recheck.entity_id": ("统一社会信用代码", "Enterprise"), "recheck.how_entity_id": ("要核对的企业；可改为本层其他企业", "the enterprise; another one of the stratum may be typed here"),
    "recheck.ticket": ("抽签码", "Ticket"), "recheck.how_ticket": ("公式：在本层抽签码中查得", "formula: looked up among the tickets of the stratum"),
    "recheck.rank": ("本层名次", "Rank in the stratum"), "recheck.how_rank": ("公式：比它小的抽签码个数加一", "formula: one more than the tickets that are smaller"),
    "recheck.shift": ("取整位移（百万分之一）", "Shift, millionths"),
    "recheck.how_shift": ("消息 riskmodel/round/v1|numbers 的抽签码前 13 位（十六进制）× 1000000 ÷ 2^52，舍去小数", "ticket of the message riskmodel/round/v1|numbers: its first 13 hexadecimal digits x 1000000 / 2^52, rounded down"),
    "recheck.before": ("此前各层期望抽取数之和（百万分之一）", "Expected numbers of the strata before, millionths"), "recheck.how_before": ("由凭证中 strata 按名称顺序相加", "the strata of the proof added up in the order of their names"),
    "recheck.own": ("本层期望抽取数（百万分之一）", "Expected number of this stratum, millionths"), "recheck.how_own": ("凭证中 strata 的 millionths", "millionths in the strata of the proof"),
    "recheck.number": ("本层抽取数", "Number drawn of the stratum"), "recheck.how_number": ("公式：两端加位移后各除以 1000000 取整，再相减", "formula: both ends with the shift, divided by 1000000, rounded down, and subtracted"),
    "recheck.number_together": ("本层抽取数", "Number drawn of the stratum"), "recheck.how_number_together": ("各层抽取数一并抽定，由 verify_standalone.py 或 riskmodel verify 复算", "numbers of strata are drawn together: verify_standalone.py or riskmodel verify computes them again"),
    "recheck.drawn": ("是否抽中", "Drawn"), "recheck.how_drawn": ("公式：名次不大于抽取数即抽中", "formula: drawn if the rank is no larger than the number"),
    "recheck.yes": ("抽中", "drawn"), "recheck.no": ("未抽中", "not drawn"),
    "credit.title": ("企业信用报告", "Credit report of an enterprise"), "credit.internal": ("内部版", "Internal"), "credit.inside": ("{title}（内部版）", "{title} (internal)"), "credit.table": ("表：{part}", "Table: {part}"),
    "credit.banner": ("内部资料 · 含风险等级，仅供监管工作使用，不得公开", "Internal · holds the risk tier, for supervision only, not public"),
    "credit.number": ("报告编号", "Report no."), "credit.issued": ("出具日期", "Issued on"), "credit.as_of": ("数据截止", "Data as of"),
    "credit.data": ("数据指纹", "Data fingerprint"), "credit.policy": ("依据", "Basis"), "credit.none": ("无记录。", "No records."),
    "credit.absent": ("本单位未归集此类数据。", "The office does not hold data of this kind."),
    "credit.basic": ("基本信息", "Identity"), "credit.grade": ("公共信用评价", "Public credit grade"), "credit.penalties": ("行政处罚", "Penalties"),
    "credit.abnormal": ("经营异常名录", "Abnormal-operation list"), "credit.lists": ("严重失信与守信名单", "Lists of the seriously dishonest and of the trustworthy"),
    "credit.complaints": ("经查实的投诉举报", "Verified complaints and reports"), "credit.inspections": ("监督检查", "Inspections"),
    "credit.commitments": ("信用承诺", "Credit commitments"), "credit.ratings": ("信用评价", "Ratings"),
    "credit.outlook": ("如何降低风险等级（内部）", "What would lower the tier (internal)"),
    "credit.tier": ("风险分类（内部）", "Risk tier (internal)"), "credit.timeline": ("事件时间线（内部）", "Timeline (internal)"),
    "credit.help": ("信用修复与异议", "Repair and objection"),
    "credit.help.repair": (
        "信用修复：履行义务、纠正行为并满足最短公示期后，可通过“信用中国”网站向认定单位申请修复；修复后停止公示。",
        "Repair: once duties are met, the conduct is mended and the least term of publication has passed, apply through the website "
        "Credit China to the body that decided; publication then ends.",
    ),
    "credit.help.object": (
        "异议：认为本报告内容有误的，可向作出记录的机关或本单位书面提出异议并附证明；经核实有误的予以更正。",
        "Objection: if something here is wrong, tell the body that recorded it, or this office, in writing and with evidence; what proves "
        "wrong is corrected.",
    ),
    "credit.help.facts": (
        "本报告只列事实，不作评分；不含自然人信息；已过公示期限、已修复或依法不公开的记录不在其中。",
        "This report lists facts and gives no score; it holds nothing on natural persons, and no record that is repaired, past its term, or not "
        "public by law.",
    ),
    "credit.help.inside": (
        "内部版列出全部记录，含已修复和不公开的；风险等级为本单位内部监管等级，与公共信用等级不相互换算。",
        "The internal version lists all records, repaired and unpublished ones included; the risk tier is internal and is not the public grade.",
    ),
    "credit.in_force": ("公示中", "published"), "credit.repaired": ("{day} 已修复", "repaired {day}"), "credit.unpublished": ("不公开", "not published"),
    "credit.expired": ("已过期限", "past its term"), "credit.still": ("尚未移出", "still listed"),
    "credit.imported": ("{grade}（原评价：{printed}）", "{grade} (printed: {printed})"),
    "credit.no_grade": ("未归集到有效的公共信用评价结果", "no valid public evaluation was imported"),
    "credit.done": ("{n} 户：{folder}", "{n} enterprises: {folder}"),
    "credit.no_pdf": ("未找到 Chromium 或 Chrome，只写出 HTML", "no Chromium or Chrome was found: HTML only"),
    "credit.page": ("第 {page} 页 共 {pages} 页", "page {page} of {pages}"),
    "draw.done": ("抽取 {n} 家，抽取凭证已写入 {file}", "{n} enterprises drawn; the proof is in {file}"),
    "replace.done": ("{gone} 由同层下一号 {into} 递补，已记入日志", "{gone} is replaced by {into}, the next of its stratum; logged"),
    "replace.none": ("{gone} 无可递补：同层已无未抽中的企业，已记入日志", "nobody is left in the stratum of {gone} to replace it; logged"),
    "recheck.done": ("复核表已写入 {file}", "the worksheet is in {file}"),
    "publish.done": ("公示 {n} 户的抽查结果，已写入 {file}", "results of {n} enterprises; the notice is in {file}"),
    "quarantine.done": ("隔离记录 {n} 行，更正表已写入 {file}", "{n} rows are quarantined; the correction workbook is {file}"),
    "assess.done": ("评分 {n} 户，已写入 {file}", "{n} enterprises scored; the scores are in {file}"),
    "results.taken": (
        "新收 {new} 户，更正 {corrected} 户，已收过 {known} 户，未完成 {waiting} 户：{file}",
        "new {new}, corrected {corrected}, known already {known}, still blank {waiting}: {file}",
    ),
    "results.none": ("共 {n} 处错误，全部未收，请改正后重新读取", "{n} faults; nothing was taken; mend them and read again"),
    "run.done": ("完成：{folder}", "done: {folder}"), "run.as_of": ("评估日期", "as of"),
    "run.enterprises": ("在册企业", "enterprises"), "run.tiers": ("风险等级", "tiers"), "run.visits": ("抽中检查", "visits drawn"),
    "run.stages": ("预警", "warnings"), "run.rows": ("数据行数", "rows"), "run.quarantined": ("其中隔离", "of these quarantined"),
    "run.rehearsal": (
        "演练：没有给出公开种子（--seed），本次抽取不得用于派发检查。",
        "Rehearsal: no public seed (--seed), so this draw must not be used to send inspectors.",
    ),
    "check.proposed": ("建议的列名对应已写入 {file}，请逐行核对：# 后面的列没有采用", "a proposed map was written to {file}: look at every line; columns behind a # are not used"),
    "run.kept": ("原目录被人改动过，已另存：{folder}", "the earlier folder had been changed by somebody; kept at {folder}"),
    "file.risk_list": ("风险分类名单", "risk-list"), "file.task_books": ("检查任务书", "task-books"), "file.task_summary": ("检查任务汇总", "visits-by-week"),
    "file.watch_lists": ("提醒预警名单", "watch-lists"), "file.quality": ("数据质量清单", "data-quality"),
    "file.notices": ("公示", "notices"), "file.plan_notice": ("抽查计划", "inspection-plan"),
    "file.items_notice": ("随机抽查事项清单", "inspection-items"),
    "chart.k": ("名单长度（占全部企业的比例）", "length of the list (share of all enterprises)"),
    "chart.precision": ("命中率 · 线：已检查企业；带：未检查企业全无或全有问题", "precision · line: seen; band: were none or all of the unseen problems"),
    "chart.timeline": ("圆点：违法失信事件（红：一般或严重）；竖线：进入各阶段", "dots: events (red: general or serious); bars: stages"),
    "chart.budget": ("预警数量（与计数规则之比）", "alerts, as a multiple of the counting rule's"),
    "chart.warning_days": ("每户严重违法企业平均提前预警天数（未预警计 0）", "days of warning per serious offender (none counts 0)"),
    "chart.ratio": ("与其他企业之比 · {figure}", "ratio to all others · {figure}"), "chart.interval": ("横线为区间", "bars: intervals"),
    "chart.few_rows": ("企业太少，并入其余", "too few enterprises, counted with others"),
    "chart.few_events": ("问题太少，并入其余", "too few problems, counted with others"),
    "chart.earlier": ("此前等级", "tier before"), "chart.later": ("现在等级", "tier now"),
    "chart.cell": ("户数；颜色为占此前该等级的比例", "enterprises; shade: share of the tier before"),
    "chart.splits": ("每行一个检验日：只用当时已知的标签", "one test day a row: only labels known by then"),
    "explain.by_score": ("等级依据：按风险分", "decided by the score"),
    "explain.rule": ("等级依据：{rule}", "decided by the rule: {rule}"), "explain.evidence": ("，{evidence}", ", {evidence}"),
    "explain.sum": (
        "合计：典型企业{typical}分，以上原因{shown:+d}分，其余各项{rest:+d}分，风险分{score}",
        "in all: typical enterprise {typical}, reasons above {shown:+d}, all else {rest:+d}; risk score {score}",
    ),
    "explain.steady": (
        "等级依据：本月按风险分为 {score_tier}，按等级稳定规则暂定 {model_tier}",
        "decided by the stability of tiers: {score_tier} by this month's score, {model_tier} for now",
    ),
    "explain.reason": ("{rank}. {text}（+{points}分）{records}", "{rank}. {text} (+{points} points) {records}"),
    "outlook.lowest": ("已在最低风险等级。", "Already in the lowest tier."),
    "outlook.head": (
        "怎样降低等级（逐月试算{months}个月、措施至多{together}项同时；其他企业、评分卡和政策按今日；措施须符合法定条件）：",
        "What would lower the tier ({months} months tried month by month, at most {together} acts at once; other "
        "enterprises, card and policy as today; where the law allows the act):",
    ),
    "outlook.rule_ends": (
        "- 等级由规则“{name}”决定；如无新增记录，至迟 {day} 起不再适用",
        "- the rule '{name}' decides; it holds no more by {day} if nothing new happens",
    ),
    "outlook.rule_stays": (
        "- 等级由规则“{name}”决定；{months}个月内不会自行到期",
        "- the rule '{name}' decides; it does not end by itself within {months} months",
    ),
    "outlook.manual": ("人工调整", "set by people"),
    "outlook.wait": (
        "- 无新增记录：{day} 降至 {tier}（风险分 {before} → {after}）",
        "- nothing new happens: {tier} on {day} (score {before} → {after})",
    ),
    "outlook.now": (
        "- {acts}：随即降至 {tier}（风险分 {before} → {after}）", "- {acts}: {tier} at once (score {before} → {after})",
    ),
    "outlook.later": (
        "- {acts}，此后无新增记录：{day} 降至 {tier}（风险分 {before} → {after}）",
        "- {acts}, then nothing new: {tier} on {day} (score {before} → {after})",
    ),
    "outlook.moved": ("：{moved}", ": {moved}"),
    "outlook.none": (
        "- {months}个月内等级不会降低，即使采取上述措施", "- no lower tier within {months} months, whatever of this is done",
    ),
}  # fmt: skip


def say(key: str, lang: Lang = "zh", **facts: object) -> str:
    """A sentence or title in one language, with facts put in.

    Raises
    ------
    KeyError
        If no such key exists: a fault of the caller, not of the data.

    Examples
    --------
    >>> say("figure.cut", "en", tier="E", score=40)
    'E ≥ 40'
    """
    pair = _SAYINGS.get(key) or REPORT.get(key) or COMMANDS.get(key) or SHOWN[key]
    return pair[_side(lang)].format(**facts)


def heading(column: str, lang: Lang = "zh") -> str:
    """Heading of an output column; columns of the input tables keep their own; others stand as they are.

    >>> heading("risk_tier"), heading("fine_yuan")
    ('风险等级', '罚款金额(元)')
    """
    if column in _HEADINGS:
        return _HEADINGS[column][_side(lang)]
    for table in TABLES.values():
        for known in table.columns:
            if known.name == column:
                return known.zh if lang == "zh" else column.replace("_", " ").capitalize()
    return column


def word(kind: str, code: str, lang: Lang = "zh") -> str:
    """Words of a code of one kind; a code without words is shown as it stands.

    >>> word("tier", "E"), word("team", "T01"), word("stage", "watched", "en")
    ('E 高风险', '第1组', 'watched')
    """
    if kind == "team" and code[:1] == "T" and code[1:].isdigit():
        return say("team", lang, number=int(code[1:]))
    if kind == "table" and code in TABLES:
        return TABLES[code].zh if lang == "zh" else code.replace("_", " ")
    pair = _CODES.get(kind, {}).get(code)
    return pair[_side(lang)] if pair else code


def words(kind: str, lang: Lang = "zh") -> dict[str, str]:
    """All codes of one kind with their words, in order."""
    if kind == "table":
        return {name: word(kind, name, lang) for name in TABLES}
    return {code: pair[_side(lang)] for code, pair in _CODES[kind].items()}


def fact_words(text: str, lang: Lang = "zh") -> str:
    """Evidence with the words of list codes in place of the codes, and with the marks of the language.

    >>> fact_words("judgment_debtor 2024-06-15 法院")
    '失信被执行人 2024-06-15 法院'
    """
    named = words("list", lang) | words("fact", lang)
    return citations(re.sub(r"\b(" + "|".join(named) + r")\b", lambda match: named[match[1]], text), lang)


def rule_label(name: str, clause: str, lang: Lang = "zh") -> str:
    """A rule by its name, with its clause, or said to be the office's own."""
    if not clause or clause == "local":
        return say("rule.local", lang, name=name)
    return say("rule.label", lang, name=name, clause=clause)


def _side(lang: Lang) -> int:
    return 0 if lang == "zh" else 1
