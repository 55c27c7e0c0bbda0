"""What columns and codes are called in real exports: aliases in Chinese, English and the national pinyin codes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from riskmodel.tables import TABLES

# Names of an enterprise's code in any table.
_ENTITY = (
    "统一社会信用代码", "社会信用代码", "信用代码", "行政相对人代码_1(统一社会信用代码)", "行政相对人代码_1",
    "行政相对人代码", "cf_xdr_shxym", "xdr_shxym", "socialcode", "uscc", "credit_code", "enterprise_id", "市场主体代码",
)  # fmt: skip
_KNOWN = ("归集日期", "数据归集日期", "入库日期", "归集时间", "known_date", "first_seen_on", "数据上报日期")

# table → column → aliases beyond the column's own name and its Chinese heading. A trailing ":10k" marks 万元.
ALIASES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "enterprises": {
        "entity_id": _ENTITY, "known_on": _KNOWN,
        "name": ("企业名称", "市场主体名称", "主体名称", "名称", "entname", "enterprise_name"),
        "kind": ("市场主体类型", "企业类型", "enttype"),
        "industry": ("行业代码", "国民经济行业代码", "行业门类", "行业", "industryco"),
        "town": ("镇街", "所属镇街", "镇(街道)", "所属辖区", "area"),
        "established_on": ("成立日期", "注册日期", "成立时间", "estdate", "established_date"),
        "status": ("登记状态", "经营状态", "企业状态", "regstate"),
        "closed_on": ("注销日期", "吊销日期", "注销吊销日期", "注销/吊销日期"),
        "registered_capital_yuan": ("注册资本", "注册资本(元)", "注册资本(万元):10k", "regcap"),
        "special_field": ("重点特殊领域", "特殊领域"),
        "registration_no": ("注册号", "工商登记注册号", "工商注册号", "regno"),
        "new_economy": ("四新经济", "是否四新经济"),
    },
    "penalties": {
        "entity_id": _ENTITY, "known_on": _KNOWN,
        "record_id": ("行政处罚决定书文号", "决定书文号", "处罚决定书文号", "cf_wsh", "文号", "penalty_id", "案件编号"),
        "occurred_on": ("违法行为发生日期", "违法日期", "违法发生日期"),
        "decided_on": ("处罚决定日期", "决定日期", "cf_jdrq", "decided_date"),
        "authority": ("处罚机关", "作出处罚机关", "cf_cfjg"),
        "category": ("处罚类别", "处罚种类", "cf_cflb"),
        "severity": ("违法程度", "失信程度", "严重程度"),
        "fine_yuan": ("罚款金额(元)", "罚款金额(万元):10k", "处罚金额(万元):10k", "cf_nr_fk:10k", "罚款金额"),
        "confiscated_yuan": ("没收违法所得、没收非法财物的金额(万元):10k", "没收金额(元)", "没收金额(万元):10k", "cf_nr_wfff:10k"),
        "violation": ("违法行为类型", "违法事实类型", "处罚事由", "cf_wfxw"),
        "legal_basis": ("处罚依据", "处罚法律依据", "cf_yj"),
        "special_field": ("重点特殊领域", "特殊领域"),
    },
    "abnormal_listings": {
        "entity_id": _ENTITY, "known_on": _KNOWN,
        "record_id": ("列入决定文号", "列入文号", "listing_id"),
        "reason": ("列入经营异常名录原因", "列入原因", "specause_cn"),
        "listed_on": ("列入日期", "abntime", "listed_date"),
        "removed_on": ("移出日期", "remdate", "removed_date"),
        "removal_known_on": ("移出归集日期",),
        "authority": ("作出决定机关(列入)", "列入机关", "decorg_cn"),
    },
    "complaints": {
        "entity_id": _ENTITY, "known_on": _KNOWN,
        "record_id": ("登记编号", "工单编号", "caseid", "complaint_id"),
        "received_on": ("登记日期", "登记时间", "受理日期", "recorddate"),
        "channel": ("接收方式", "来源渠道", "渠道", "receivemode"),
        "kind": ("记录类型", "诉求类型", "formtype"),
        "verified": ("核实情况", "是否属实", "核查结果"),
        "verified_on": ("核实日期", "办结日期", "核查日期"),
    },
    "inspections": {
        "entity_id": _ENTITY, "known_on": _KNOWN,
        "record_id": ("检查记录编号", "检查编号", "任务编号", "inspection_id"),
        "inspected_on": ("检查日期", "insdate"),
        "purpose": ("检查类型", "检查类别", "instype"),
        "item": ("抽查事项", "检查事项"),
        "outcome_codes": ("检查结果", "检查结果代码", "insres_cn"),
        "inspector_ids": ("检查人员", "执法人员", "检查人员证号"),
        "pi": ("被抽查概率", "抽查概率"),
    },
    "ratings": {
        "entity_id": _ENTITY, "known_on": _KNOWN,
        "source": ("评价类别", "评价来源"), "grade": ("评价等级", "信用等级", "评价结果"),
        "valid_from": ("评价日期", "有效期自"), "valid_to": ("有效期至", "评价有效期至"),
    },
    "list_entries": {
        "entity_id": _ENTITY, "known_on": _KNOWN,
        "list": ("名单类别", "名单名称"), "entered_on": ("列入日期", "列入名单日期"),
        "exited_on": ("退出日期", "移出日期"), "reason": ("列入原因", "列入事由"), "authority": ("认定机关", "列入机关"),
    },
    "commitments": {
        "entity_id": _ENTITY, "known_on": _KNOWN,
        "record_id": ("承诺编号", "承诺书编号"), "kind": ("承诺类型",), "committed_on": ("承诺日期", "作出承诺日期"),
        "status": ("履行状态", "承诺履行状态"), "status_on": ("认定日期", "履行认定日期"),
    },
    "repairs": {
        "entity_id": _ENTITY, "known_on": _KNOWN,
        "penalty_record_id": ("修复的处罚文号", "被修复处罚决定书文号", "原行政处罚决定书文号"),
        "repaired_on": ("修复日期", "修复决定日期"),
    },
    "inspectors": {
        "inspector_id": ("执法证号", "执法证件号", "人员编号"), "name": ("姓名", "检查人员姓名"),
        "department": ("所属部门", "工作单位", "执法单位"), "available": ("是否可派", "是否在岗"),
    },
    "recusals": {
        "entity_id": _ENTITY, "inspector_id": ("执法证号", "执法证件号", "人员编号"), "reason": ("回避事由", "回避原因"),
    },
    "items": {
        "item_id": ("事项编号", "抽查事项编号"), "category": ("抽查类别",), "item": ("抽查事项", "检查事项"),
        "subject": ("检查对象",), "weight": ("事项类别",), "method": ("检查方式",), "department": ("检查主体",),
        "legal_basis": ("检查依据",),
    },
}  # fmt: skip

# What identifies an enterprise where its code is missing, in any table.
CLAIMS: Mapping[str, tuple[str, ...]] = {
    "party_name": (
        "行政相对人名称", "当事人", "当事人名称", "被处罚人", "被处罚单位", "被处罚当事人", "cf_xdr_mc", "xdr_mc", "subjectname",
        "被举报对象名称", "被投诉对象名称", "被投诉举报对象名称", "被投诉人", "被投诉单位", "检查对象", "检查对象名称", "企业名称",
        "市场主体名称", "主体名称", "承诺主体", "名单主体", "entname",
    ),
    "party_registration_no": (
        "行政相对人代码_2(工商注册号)", "行政相对人代码_2", "工商注册号", "注册号", "cf_xdr_gszc", "regno",
    ),
    "party_organisation_code": (
        "行政相对人代码_3(组织机构代码)", "行政相对人代码_3", "组织机构代码", "cf_xdr_zzjg",
    ),
}  # fmt: skip
# Headers of a quarantine workbook: the docket of a row, why it was refused, the column, what could be meant.
OURS = ("隔离编号", "隔离原因", "问题列", "建议")
# Kinds of files that offices have and that are not used, by headers that tell.
NOT_OURS: Mapping[str, frozenset[str]] = {
    "行政许可公示 / licences": frozenset(
        ("行政许可决定书文号", "行政许可决定文书号", "行政许可决定文书名称", "许可类别", "许可证书名称", "许可编号", "许可内容",
         "许可机关", "许可决定日期", "审核类型", "项目名称", "xk_wsh", "xk_xmmc", "xk_splb", "xk_nr", "xk_jdrq", "xk_xkjg")
    ),
    "企业年报 / annual reports": frozenset(("年报年度", "报送年度", "年报日期", "资产总额", "负债总额", "纳税总额", "营业总收入")),
}  # fmt: skip
_TELLING = 3
_UNITS = {"": 1.0, "10k": 10_000.0, "100m": 100_000_000.0}
_YUAN = {"元": 1.0, "千元": 1_000.0, "万元": 10_000.0, "百万元": 1_000_000.0, "亿元": 100_000_000.0}
_UNIT = re.compile(r"\((?:单位[::]?)?(?:人民币)?(元|千元|万元|百万元|亿元)\)$")

# table.column → code → words used for it in exports (matched after `fold`).
CODE_WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "enterprises.kind": {
        "enterprise": ("企业", "有限责任公司", "法人企业"), "individual": ("个体工商户", "个体"),
        "cooperative": ("农民专业合作社", "合作社"), "branch": ("分支机构", "分公司"), "other": ("其他",),
    },
    "enterprises.status": {
        "active": ("在营", "存续", "开业", "存续(在营、开业、在册)", "正常"), "dormant": ("歇业",),
        "deregistered": ("注销",), "revoked": ("吊销", "吊销未注销"),
    },
    "*.special_field": {
        "none": ("无", "否", "非特殊领域"), "vaccine": ("疫苗",), "drug": ("药品",),
        "special_equipment": ("特种设备",), "hazardous_chemical": ("危险化学品", "危化品"),
    },
    "penalties.category": {
        "no_penalty": ("不予行政处罚", "不予处罚"), "warning": ("警告",), "criticism": ("通报批评",),
        "fine": ("罚款",), "confiscation": ("没收违法所得", "没收非法财物", "没收违法所得、没收非法财物"),
        "suspension": ("暂扣许可证件", "暂扣许可证"), "downgrade": ("降低资质等级",),
        "revocation": ("吊销许可证件", "吊销许可证", "吊销营业执照"), "restriction": ("限制开展生产经营活动",),
        "stop": ("责令停产停业",), "close": ("责令关闭",), "ban": ("限制从业",), "detention": ("行政拘留",), "other": ("其他",),
    },
    "penalties.severity": {"minor": ("轻微",), "general": ("一般",), "serious": ("严重",)},
    "abnormal_listings.reason": {
        "annual_report": ("未按规定期限公示年度报告", "未按期公示年报"),
        "information": ("未按规定期限公示有关企业信息", "未按责令的期限公示有关企业信息"),
        "false_information": ("公示企业信息隐瞒真实情况、弄虚作假", "公示信息隐瞒真实情况弄虚作假"),
        "unreachable": ("通过登记的住所或者经营场所无法联系", "通过登记的住所或者经营场所无法联系的"), "other": ("其他",),
    },
    "complaints.kind": {"complaint": ("投诉",), "report": ("举报",), "other": ("咨询", "建议", "求助", "其他")},
    "complaints.verified": {
        "yes": ("属实", "是", "部分属实"), "no": ("不属实", "否", "查无实据"), "pending": ("核查中", "待核实", "办理中"),
    },
    "inspections.purpose": {
        "random": ("双随机抽查", "双随机", "随机抽查"), "routine": ("日常检查", "日常"), "special": ("专项检查", "专项"),
        "case": ("个案检查", "投诉核查", "举报核查"), "recheck": ("复查", "整改复查"),
    },
    "ratings.source": {
        "public": ("公共信用综合评价", "公共信用评价"), "industry": ("行业信用评价",), "market": ("市场信用评价",),
    },
    "list_entries.list": {
        "serious_dishonesty": ("严重违法失信名单", "严重违法失信企业名单"), "judgment_debtor": ("失信被执行人", "失信被执行人名单"),
        "red_line": ("监管红线",), "red_list": ("红名单", "守信激励名单", "纳税信用A级纳税人"), "other": ("其他",),
    },
    "commitments.kind": {
        "approval": ("审批替代型",), "voluntary": ("主动型", "主动公示型"), "industry": ("行业自律型",), "repair": ("信用修复型",),
    },
    "commitments.status": {
        "kept": ("全部履行", "已履行"), "partly": ("部分履行",), "broken": ("未履行", "违背承诺"), "pending": ("履行中", "——", "— —"),
    },
    "items.weight": {"key": ("重点检查事项", "重点"), "general": ("一般检查事项", "一般")},
    "*.flag": {"yes": ("是", "true", "1", "y", "在岗", "可派"), "no": ("否", "false", "0", "n", "不在岗", "不可派")},
}  # fmt: skip


def fold(text: str) -> str:
    """A header or code as it is compared: full width to half width, no spaces, lower case.

    >>> fold(" 罚款金额（万元） ")
    '罚款金额(万元)'
    """
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()


@cache
def aliases(table: str) -> Mapping[str, tuple[str, float]]:
    """Folded header → (column, yuan of one unit of its amounts), for one table."""
    found: dict[str, tuple[str, float]] = {}
    for column in TABLES[table].inputs:
        for alias in (column.name, column.zh, *ALIASES[table].get(column.name, CLAIMS.get(column.name, ()))):
            name, _, unit = alias.partition(":")
            found.setdefault(fold(name), (column.name, _UNITS[unit]))
    return found


def match(table: str, headers: Iterable[str]) -> dict[str, tuple[str, float]]:
    """Header as printed → (column, yuan of one unit), for the headers that the table knows; first header wins a column.

    A unit in brackets behind a known header counts: 罚款金额(单位:万元).
    """
    known, used, matched = aliases(table), set[str](), dict[str, tuple[str, float]]()
    for header in headers:
        plain = fold(header)
        hit = known.get(plain)
        unit = _UNIT.search(plain)
        if hit is None and unit:
            bare = known.get(plain[: unit.start()]) or known.get(plain[: unit.start()] + "(元)")
            hit = (bare[0], _YUAN[unit.group(1)]) if bare and TABLES[table][bare[0]].kind == "yuan" else None
        if hit and hit[0] not in used:
            matched[header] = hit
            used.add(hit[0])
    return matched


def score(headers: Sequence[str]) -> float:
    """Number of headers that the table that fits best recognises; finds the header row below titles."""
    folded = {fold(header) for header in headers if header}
    ours = len(folded & {fold(name) for name in OURS})
    return float(max(len(folded & aliases(table).keys()) for table in TABLES)) + ours


def not_ours(headers: Iterable[str]) -> str:
    """Kind of a file that is known but not used, '' for any other."""
    folded = {fold(header) for header in headers}
    return next((kind for kind, telling in NOT_OURS.items() if len(folded & telling) >= _TELLING), "")


def code_words(table: str, column: str) -> dict[str, str]:
    """Folded word → code, for a column of codes (own codes included by the caller)."""
    words: dict[str, str] = {}
    for key in (f"{table}.{column}", f"*.{column}"):
        for code, names in CODE_WORDS.get(key, {}).items():
            words |= {fold(name): code for name in names}
    return words
