"""Exports under headers that the project does not know, with the column that each header means.

The wordings were written down without looking at `headers.py` or `likeness.py`, from the layouts of offices' systems;
those that turn out to be known aliases drop out when guesses are judged. '' marks columns that no table takes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from riskmodel.records.identity import ALPHABET, WEIGHTS

Maker = Callable[[random.Random], str]
TOWNS = ("青年路街道", "大街街道", "王村镇", "南郊镇", "北郊镇", "萌水镇")
TRADES = ("纺织", "食品", "机械", "化工", "餐饮", "商贸", "建材")
OFFICES = ("周村区市场监督管理局", "周村区应急管理局", "淄博市生态环境局周村分局", "周村区综合行政执法局")


def a_code(pick: random.Random, start: str = "9") -> str:
    """A right unified social credit code."""
    body = f"{start}1370306" + "".join(pick.choice(ALPHABET) for _ in range(9))
    total = sum(ALPHABET.index(c) * int(w) for c, w in zip(body, WEIGHTS, strict=True))
    return body + ALPHABET[(31 - total % 31) % 31]


def a_name(pick: random.Random) -> str:
    ending = pick.choice(("有限公司", "有限责任公司", "经营部", "商行", "厂"))
    return f"淄博{pick.choice('鑫恒瑞泰盛')}{pick.choice('源达丰华通')}{pick.choice(TRADES)}{ending}"


def a_document(pick: random.Random) -> str:
    return f"周{pick.choice(('市监', '应急', '环'))}处罚〔{pick.randint(2021, 2024)}〕{pick.randint(1, 999)}号"


def some(*texts: str) -> Maker:
    return lambda pick: pick.choice(texts)


def money(pick: random.Random) -> str:
    return str(pick.choice((200, 500, 1000, 3000, 5000, 12500, 50000)))


def ten_thousands(pick: random.Random) -> str:
    return pick.choice(("0.02", "0.1", "0.5", "1.25", "5", ""))


def numbered(prefix: str, digits: int) -> Maker:
    return lambda pick: f"{prefix}{pick.randrange(10**digits):0{digits}d}"


def person(pick: random.Random) -> str:
    return pick.choice("王李张刘陈") + pick.choice(("伟", "芳", "建国", "秀英", "强"))


@dataclass(frozen=True)
class Day:
    """A day so many days after the first of its row; empty in some rows."""

    after: int
    empty: float = 0.0


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# table → (column, wordings, content)
EXPORTS: Mapping[str, Sequence[tuple[str, tuple[str, ...], Maker | Day]]] = {
    "enterprises": (
        ("entity_id", words("信用代码证号 企业信用代码 社会信用码 统一代码 法人统一社会信用代码 CREDITCODE UNISC_CODE company_uscc 三证合一代码"), a_code),
        ("name", words("公司名称 商户名称 市场主体全称 企业名 字号名称 单位全称 CORP_NAME COMPANYNAME ent_nm 法人名称"), a_name),
        ("kind", words("主体类别 企业性质 主体性质 公司类型 市场主体分类 ENT_KIND"), some("有限责任公司", "个体工商户", "股份有限公司", "个人独资企业")),
        ("industry", words("所属行业代码 行业大类 所属产业 行业类别 INDUSTRY_CODE 国标行业"), some("C13", "F52", "H62", "C17", "F51")),
        ("town", words("所在乡镇 属地镇办 辖区镇办 街道(镇) 属地街道 TOWN_NAME 管辖镇街"), some(*TOWNS)),
        ("established_on", words("登记成立日期 设立时间 注册时间 企业成立时间 创办日期 FOUND_DATE est_dt 开业日期"), Day(0)),
        ("status", words("企业登记状态 主体状态 当前登记状态 存续情况 ENT_STATUS 营业状态"), some("存续", "在营", "注销", "吊销")),
        ("closed_on", words("注销时间 注(吊)销日期 吊销时间 CANCEL_DATE 退出市场日期"), Day(900, empty=0.8)),
        ("registered_capital_yuan", words("注册资本(金) 注册资金 认缴出资额 REG_CAPITAL 注册资本金"), money),
        ("registration_no", words("旧注册号 原工商注册号 工商登记号 营业执照号 REG_NO_OLD"), numbered("370306", 9)),
        ("", words("核准时间 变更日期 APPROVE_DATE 年报日期"), Day(300)),
        ("", words("主要股东 母公司 上级单位"), a_name),
        ("", words("实缴资金 PAID_CAPITAL 实收资本"), money),
        ("", words("法人 负责人 法定代表 LEGAL_REP 经营者姓名"), person),
        ("", words("注册地 企业住所 经营场所 ADDRESS 详细地址"), lambda pick: f"山东省淄博市周村区{pick.choice(TOWNS)}{pick.randint(1, 200)}号"),
        ("", words("登记部门 发照机关 REG_ORG 所属市场监管所"), some("周村区市场监督管理局", "周村区行政审批服务局")),
        ("", words("手机号 联系方式 TEL 企业电话"), numbered("13", 9)),
    ),
    "penalties": (
        ("entity_id", words("当事人信用代码 企业信用代码 被处罚人社会信用代码 相对人统一社会信用代码 社会信用代码证 PARTY_USCC CREDITCODE xzxdr_tyshxydm"), a_code),
        ("party_name", words("处罚对象 违法企业名称 被处罚者名称 涉案企业 当事人(单位) 涉事主体 PUNISHED_ENT offender_name 违法主体"), a_name),
        ("record_id", words("处罚决定文号 决定书编号 处罚书文号 案件文号 行政处罚决定文号 处罚文书编号 DECISION_NO case_doc_no PUN_WH 案号"), a_document),
        ("occurred_on", words("违法事实发生时间 案发日期 案发时间 行为发生日 违规日期 OFFENCE_DATE 违法行为日期"), Day(0)),
        ("decided_on", words("处罚决定书日期 作出决定日期 决定书日期 处罚作出时间 裁决日期 PUNISH_DATE decision_dt 下达日期 决定作出日期"), Day(40)),
        ("known_on", words("上报时间 数据入库日 数据归集日 采集时间 报送时间 IMPORT_DATE 数据汇聚时间"), Day(50)),
        ("authority", words("执法单位 实施处罚机关 办案单位 处罚单位 执法部门 执法机关 ENFORCE_AGENCY PUNISH_ORG 作出处罚的部门"), some(*OFFICES)),
        ("category", words("处罚方式 处罚种类名称 罚种 处罚措施类别 PUNISH_TYPE penalty_kind 行政处罚方式"), some("罚款", "警告", "罚款;没收违法所得", "责令停产停业")),
        ("severity", words("严重等级 情节 违法情节程度 失信等级 违法严重性 SEVERITY_LEVEL"), some("轻微", "一般", "严重")),
        ("fine_yuan", words("罚款额 罚款数 罚没款(元) 罚款总额 FINE_AMOUNT fine_amt 罚金 缴纳罚款 处以罚款(元)"), money),
        ("confiscated_yuan", words("没收款 没收数额 没收违法所得数额 没收所得 CONFISCATED_AMT 没收财物价值"), ten_thousands),
        ("violation", words("违法违规行为 违法内容 违法情形 案件性质 违法案由 ILLEGAL_ACT 违规事由 违法类别"), some("销售不合格产品", "虚假宣传", "无证经营", "未明码标价")),
        ("legal_basis", words("适用法律 法律条款 依据条文 适用条款 处罚法条 LEGAL_BASIS law_article 处罚所依据法律"), some("《食品安全法》第一百二十六条", "《广告法》第五十五条", "《安全生产法》第九十七条")),
        ("", words("执法单位信用代码 处罚部门代码 ORG_CODE 作出机关信用代码"), lambda pick: a_code(pick, "1")),
        ("", words("法人 企业负责人 LEGAL_PERSON"), person),
        ("", words("公示截止 公示期限 公示终止日期 PUBLICITY_END 下网日期"), Day(400)),
        ("", words("处罚详情 决定内容 处罚情况描述 PUNISH_CONTENT"), some("罚款人民币伍仟元整", "警告,责令改正", "没收违法所得并处罚款")),
        ("", words("行号 XH ROWNO 序"), lambda pick: ""),
        ("", words("立案日 案件受理日期 FILING_DATE 调查开始日期"), Day(10)),
        ("", words("送达日期 送达时间 SERVE_DATE 缴款期限 结案日期"), Day(60)),
        ("", words("最近更新时间 UPDATE_TIME 修改日期 数据更新日"), Day(420)),
        ("", words("案件标题 项目名称 CASE_NAME 案件名"), lambda pick: f"{a_name(pick)}{pick.choice(('虚假宣传', '无证经营'))}案"),
        ("", words("来源单位 报送单位 DATA_SOURCE 归集部门"), some("周村区大数据局", "周村区市场监督管理局")),
        ("", words("加处罚款 滞纳金 LATE_FEE 案值"), money),
    ),
    "abnormal_listings": (
        ("entity_id", words("企业信用代码 社会信用码 被列入企业信用代码 CREDITCODE ent_uscc"), a_code),
        ("party_name", words("异常企业 被列入企业名称 列入企业 ABN_ENT_NAME 异常主体名称"), a_name),
        ("reason", words("异常原因 列异原因 列入异常事由 列入情形 ABN_REASON put_reason"), some("未按规定期限公示年度报告", "通过登记的住所或者经营场所无法联系", "公示企业信息隐瞒真实情况、弄虚作假")),
        ("listed_on", words("列异日期 列异时间 列入异常时间 PUT_DATE 载入日期 ABN_IN_DATE 纳入日期"), Day(0)),
        ("removed_on", words("移异日期 解除日期 移出异常时间 REMOVE_DATE ABN_OUT_DATE 解除异常时间"), Day(200, empty=0.4)),
        ("authority", words("列异机关 列入单位 作出列入决定的机关 PUT_ORG 列入部门"), some("周村区市场监督管理局", "淄博市市场监督管理局")),
        ("record_id", words("列异文号 决定文书号 PUT_DOC_NO 列入决定书编号"), lambda pick: f"周市监异列字〔{pick.randint(2020, 2024)}〕{pick.randint(1, 9999)}号"),
        ("", words("移异原因 解除原因 REMOVE_REASON"), some("已补报年报", "重新取得联系", "")),
        ("", words("移异机关 移出单位 REMOVE_ORG"), some("周村区市场监督管理局", "")),
        ("", words("法人 LEGAL_PERSON"), person),
    ),
    "complaints": (
        ("entity_id", words("企业信用代码 涉事企业信用代码 被诉企业信用代码 CREDITCODE 主体代码"), a_code),
        ("party_name", words("涉事企业 涉诉主体 被诉方 被投诉商家 被反映单位 TARGET_ENT respondent"), a_name),
        ("record_id", words("工单流水号 案件流水号 诉件编号 热线编号 TICKET_NO order_id 投诉单号"), numbered("ZB2024", 8)),
        ("received_on", words("来件时间 接诉时间 投诉登记时间 受理登记日期 RECEIVE_TIME accept_dt 反映时间 收件日期"), Day(0)),
        ("channel", words("受理途径 来电渠道 反映渠道 投诉渠道 SOURCE_CHANNEL 诉求途径"), some("12315平台", "12345热线", "来函", "现场", "网站")),
        ("kind", words("诉件类型 事件类型 诉求性质 信息类别 CASE_TYPE 投诉类型"), some("投诉", "举报", "咨询")),
        ("verified", words("调查结论 是否查证属实 属实情况 核查结论 IS_TRUE verify_result 查证结果"), some("属实", "不属实", "部分属实", "核查中")),
        ("verified_on", words("查证时间 核实完成时间 核查日 VERIFY_DATE 核实完成日期"), Day(20, empty=0.1)),
        ("", words("诉求描述 反映内容 来件内容 CONTENT 主要内容"), some("购买的食品过期", "商家拒绝退款", "噪音扰民,请处理", "价格欺诈,要求赔偿")),
        ("", words("诉求人 反映人 消费者姓名 CALLER"), person),
        ("", words("回访情况 满意情况 SATISFY 群众评价"), some("满意", "不满意", "基本满意")),
        ("", words("诉求时限 应办结日期 DEADLINE 回访时间"), Day(15)),
        ("", words("涉及金额 争议金额 AMOUNT"), money),
        ("", words("承办部门 转办单位 HANDLE_ORG 处理部门"), some(*OFFICES)),
    ),
    "inspections": (
        ("entity_id", words("企业信用代码 受检企业信用代码 被查单位信用代码 CREDITCODE 主体代码"), a_code),
        ("party_name", words("受检企业 被查单位 被查主体 检查企业名称 INSPECTED_ENT 现场检查单位"), a_name),
        ("record_id", words("检查单编号 检查文书号 任务单号 巡查编号 INSP_NO task_id 检查流水号"), numbered("RW2024", 6)),
        ("inspected_on", words("巡查日期 现场检查时间 检查实施日期 INSP_DATE visit_date 检查完成时间 执法检查日期"), Day(0)),
        ("purpose", words("检查性质 检查分类 检查形式 INSP_TYPE 任务类型 检查任务类型"), some("双随机抽查", "日常检查", "专项检查", "复查")),
        ("item", words("检查内容项 检查项目 抽查项目 INSP_ITEM 检查事项内容"), some("登记事项检查", "食品销售检查", "广告行为检查", "特种设备使用检查")),
        ("outcome_codes", words("检查结论 抽查结论 结果代码 INSP_RESULT 检查情况 结果情况"), some("1", "B", "1", "6", "3")),
        ("inspector_ids", words("执法人 检查员 检查人 执法人员编号 INSPECTOR 带队人员"), lambda pick: f"{person(pick)},{person(pick)}"),
        ("", words("公示时间 结果公示日期 PUBLISH_DATE 整改期限"), Day(15)),
        ("", words("检查实施部门 组织单位 INSP_ORG 牵头部门"), some(*OFFICES)),
        ("", words("整改要求 处置措施 RECTIFY 后续处理"), some("责令整改", "无", "立案查处")),
    ),
    "ratings": (
        ("entity_id", words("企业信用代码 CREDITCODE 主体代码"), a_code),
        ("party_name", words("企业名 评价对象 被评企业"), a_name),
        ("source", words("评价体系 评价种类 评级类别"), some("公共信用综合评价", "行业信用评价", "市场信用评价")),
        ("grade", words("信用评级 评定等级 等级 评价级别 CREDIT_LEVEL"), some("A", "B", "C", "D")),
        ("valid_from", words("评价生效日期 生效日 评定日 EVAL_DATE 有效期起"), Day(0)),
        ("valid_to", words("有效期止 失效日期 评价截止日期 EXPIRE_DATE"), Day(365)),
    ),
    "repairs": (
        ("entity_id", words("企业信用代码 修复主体信用代码 CREDITCODE"), a_code),
        ("party_name", words("修复主体 申请修复企业 企业名"), a_name),
        ("penalty_record_id", words("原处罚文号 修复处罚文号 所修复处罚决定书 对应处罚文号"), a_document),
        ("repaired_on", words("修复完成时间 准予修复日期 修复生效日期 REPAIR_DATE 信用修复完成日期"), Day(0)),
        ("", words("修复理由 申请材料 REPAIR_NOTE"), some("已缴清罚款", "已整改到位")),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Export:
    """A file: the table that it holds, the cells by header, and the column that each header means."""

    table: str
    cells: pd.DataFrame
    meaning: Mapping[str, str]


def export(
    pick: random.Random, *, table: str | None = None, silent: float = 0.0, rows: int = 120, whole: bool = False
) -> Export:
    """An export with random wordings; `silent` is the share of headers that are mere numbers, `whole` lacks no column."""
    name = table or pick.choice(sorted(EXPORTS))
    meaning: dict[str, str] = {}
    cells: dict[str, list[str]] = {}
    starts = [pd.Timestamp("2021-01-04") + pd.Timedelta(days=pick.randrange(900)) for _ in range(rows)]
    form = pick.choice(("%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d", "%Y-%m-%d %H:%M:%S"))
    parts = list(EXPORTS[name])
    pick.shuffle(parts)
    for place, (column, wordings, content) in enumerate(parts, start=1):
        header = f"字段{place}" if pick.random() < silent else pick.choice([w for w in wordings if w not in cells])
        if not whole and column not in _NEEDED and pick.random() < 0.25:
            continue
        meaning[header] = column
        if isinstance(content, Day):
            cells[header] = [_day(start, content, pick, form) for start in starts]
        else:
            cells[header] = [content(pick) for _ in range(rows)]
    return Export(name, pd.DataFrame(cells, dtype="str"), meaning)


_NEEDED = frozenset(("entity_id", "name", "record_id", "decided_on", "listed_on", "received_on", "inspected_on",
                     "source", "grade", "valid_from", "penalty_record_id", "repaired_on"))  # fmt: skip


def _day(start: pd.Timestamp, day: Day, pick: random.Random, form: str) -> str:
    if pick.random() < day.empty:
        return ""
    return (start + pd.Timedelta(days=day.after + pick.randrange(10))).strftime(form)
