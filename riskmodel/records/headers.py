"""What columns are called in real exports: aliases in Chinese, English and the national pinyin codes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache

from riskmodel.tables import TABLES

# Names of an enterprise's code in any table.
_ENTITY = (
    "统一社会信用代码", "社会信用代码", "信用代码", "行政相对人代码_1(统一社会信用代码)", "行政相对人代码_1",
    "行政相对人代码", "cf_xdr_shxym", "xdr_shxym", "socialcode", "uscc", "credit_code", "enterprise_id", "市场主体代码",
    "行政相对人代码-1(统一社会信用代码)", "行政相对人代码-统一社会信用代码", "统一社会信用代码/注册号", "企业统一社会信用代码",
    "社会统一信用代码", "统一信用代码", "uniscid", "uni_scid", "tyshxydm", "shxydm", "social_credit_code", "unified_social_credit_code",
)  # fmt: skip
_KNOWN = (
    "归集日期", "数据归集日期", "入库日期", "归集时间", "known_date", "first_seen_on", "数据上报日期", "数据归集时间", "入库时间", "数据入库日期",
    "数据入库时间", "数据上报时间", "数据报送日期", "数据报送时间", "rkrq",
)  # fmt: skip
_INSPECTOR = ("执法证号", "执法证件号", "人员编号", "执法证编号", "执法证件编号", "执法证件号码", "行政执法证号")

# table → column → aliases beyond the column's own name and its Chinese heading, the best first: where a file has several
# of them, the first holds. A trailing ":10k" marks 万元, ":100m" 亿元. Only wordings that mean one thing stand here:
# 行政相对人代码_2 is not among them (registration number since 2018, organisation code before), nor 处罚金额 (no unit).
ALIASES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "enterprises": {
        "entity_id": _ENTITY, "known_on": _KNOWN,
        "name": ("企业名称", "市场主体名称", "主体名称", "名称", "entname", "enterprise_name", "ent_name", "企业(机构)名称", "经营主体名称",
                 "单位名称", "机构名称", "qymc", "dwmc", "company_name"),
        "kind": ("市场主体类型", "企业类型", "enttype", "经营主体类型", "企业(机构)类型", "企业(机构)类型名称", "企业类型(经济性质)", "enttype_cn",
                 "ent_type", "qylx"),
        "industry": ("行业代码", "国民经济行业代码", "industryco", "行业细类", "行业门类代码", "行业门类", "industryphy", "所属行业", "行业",
                     "行业名称", "行业分类"),
        "town": ("镇街", "所属镇街", "镇(街道)", "所属辖区", "area", "所在镇街", "镇街道", "乡镇街道", "所属街道", "所在街道", "所属镇(街道)"),
        "established_on": ("成立日期", "注册日期", "成立时间", "estdate", "established_date", "est_date", "设立日期", "clrq", "establishment_date"),
        "status": ("登记状态", "经营状态", "企业状态", "regstate", "市场主体状态", "经营主体状态", "存续状态", "regstate_cn", "djzt"),
        "closed_on": ("注销日期", "吊销日期", "注销吊销日期", "注销/吊销日期", "吊销/注销日期", "candate", "revdate"),
        "registered_capital_yuan": ("注册资本", "注册资本(元)", "注册资本(万元):10k", "regcap:10k", "注册资金(万元):10k", "认缴注册资本(万元):10k",
                                    "注册资本(金)(万元):10k"),
        "special_field": ("重点特殊领域", "特殊领域"),
        "registration_no": ("注册号", "工商登记注册号", "工商注册号", "regno", "企业注册号", "营业执照注册号", "reg_no", "zch"),
        "new_economy": ("四新经济", "是否四新经济"),
    },
    "penalties": {
        "entity_id": _ENTITY, "known_on": (*_KNOWN, "处罚入库时间"),
        "record_id": ("行政处罚决定书文号", "决定书文号", "处罚决定书文号", "cf_wsh", "文号", "penalty_id", "案件编号", "行政处罚决定文书号",
                      "处罚决定文书号", "行政处罚决定书号", "处罚决定书号", "行政处罚文号", "处罚文号", "文书号", "pendecno", "penalty_decision_no"),
        "occurred_on": ("违法行为发生日期", "违法日期", "违法发生日期", "违法行为发生时间", "违法时间", "violation_date"),
        "decided_on": ("处罚决定日期", "决定日期", "cf_jdrq", "decided_date", "作出行政处罚决定日期", "作出处罚决定日期", "作出处罚决定的日期",
                       "行政处罚决定日期", "作出行政处罚的日期", "处罚决定时间", "处罚日期", "pendecissdate", "jdrq", "penalty_date"),
        "authority": ("处罚机关", "作出处罚机关", "cf_cfjg", "cf_xzjg", "作出行政处罚决定机关名称", "作出处罚决定的机关名称", "作出行政处罚决定机关",
                      "作出处罚决定机关", "处罚决定机关", "决定机关名称", "处罚机关名称", "penauth_cn", "penauth"),
        "category": ("处罚类别", "处罚种类", "cf_cflb", "行政处罚种类", "行政处罚类别", "处罚类别1", "cf_cflb1", "处罚类别2", "cf_cflb2", "pentype_cn"),
        "severity": ("违法程度", "失信程度", "严重程度", "失信严重程度", "违法行为严重程度"),
        "fine_yuan": ("罚款金额(元)", "罚款金额(万元):10k", "处罚金额(万元):10k", "cf_nr_fk:10k", "罚款金额", "罚款数额(万元):10k", "罚款(万元):10k",
                      "行政处罚金额(万元):10k"),
        "confiscated_yuan": ("没收违法所得、没收非法财物的金额(万元):10k", "没收金额(元)", "没收金额(万元):10k", "cf_nr_wfff:10k",
                             "没收违法所得、没收非法财物金额(万元):10k", "没收违法所得(万元):10k", "没收违法所得金额(万元):10k",
                             "没收违法所得或非法财物金额(万元):10k"),
        "violation": ("违法行为类型", "违法事实类型", "处罚事由", "cf_wfxw", "illegacttype", "违法行为", "案由", "cf_sy", "违法事实", "主要违法事实",
                      "主要违法违规事实"),
        "legal_basis": ("处罚依据", "处罚法律依据", "cf_yj", "行政处罚依据", "处罚依据的法律法规"),
        "special_field": ("重点特殊领域", "特殊领域"),
    },
    "abnormal_listings": {
        "entity_id": _ENTITY, "known_on": _KNOWN,
        "record_id": ("列入决定文号", "列入文号", "listing_id", "列入决定书文号", "busexclist"),
        "reason": ("列入经营异常名录原因", "列入原因", "specause_cn", "列入经营异常名录原因类型名称", "列入经营异常名录原因类型", "列入异常名录原因",
                   "标记经营异常状态原因", "specause"),
        "listed_on": ("列入日期", "abntime", "listed_date", "列入经营异常名录日期", "列入异常名录日期", "列入时间", "标记日期", "标记经营异常状态日期"),
        "removed_on": ("移出日期", "remdate", "removed_date", "移出经营异常名录日期", "移出异常名录日期", "移出时间", "恢复日期", "恢复正常记载状态日期"),
        "removal_known_on": ("移出归集日期",),
        "authority": ("作出决定机关(列入)", "列入机关", "decorg_cn", "列入决定机关名称", "列入决定机关", "作出决定机关", "标记决定机关"),
    },
    "complaints": {
        "entity_id": _ENTITY, "known_on": _KNOWN,
        "record_id": ("登记编号", "工单编号", "caseid", "complaint_id", "投诉举报编号", "投诉编号", "举报编号", "诉求编号", "工单号", "受理编号"),
        "received_on": ("登记日期", "登记时间", "受理日期", "recorddate", "接收日期", "接收时间", "投诉日期", "投诉时间", "举报日期", "举报时间",
                        "诉求时间", "来电时间", "受理时间"),
        "channel": ("接收方式", "来源渠道", "渠道", "receivemode", "工单来源", "诉求来源", "诉求渠道", "受理渠道", "投诉举报来源"),
        "kind": ("记录类型", "诉求类型", "formtype", "工单类型"),
        "verified": ("核实情况", "是否属实", "核查结果", "核实结果", "核查情况", "是否查实", "查实情况", "诉求是否属实"),
        "verified_on": ("核实日期", "办结日期", "核查日期", "核实时间", "核查时间", "办结时间"),
    },
    "inspections": {
        "entity_id": _ENTITY, "known_on": _KNOWN,
        "record_id": ("检查记录编号", "检查编号", "任务编号", "inspection_id", "检查任务编号", "抽查任务编号", "检查单号"),
        "inspected_on": ("检查日期", "insdate", "检查时间", "抽查日期", "抽查时间", "检查完成日期"),
        "purpose": ("检查类型", "检查类别", "instype", "instype_cn", "抽查检查类型"),
        "item": ("抽查事项", "检查事项", "检查事项名称", "抽查事项名称"),
        "outcome_codes": ("检查结果", "检查结果代码", "insres_cn", "抽查结果", "抽查检查结果", "insres"),
        "inspector_ids": ("检查人员", "执法人员", "检查人员证号", "检查人员执法证号", "执法人员证件编号", "执法证号", "检查人员姓名", "执法人员姓名"),
        "pi": ("被抽查概率", "抽查概率"),
    },
    "ratings": {
        "entity_id": _ENTITY, "known_on": _KNOWN,
        "source": ("评价类别", "评价来源", "评价类型"), "grade": ("评价等级", "信用等级", "评价结果", "信用评价等级", "评级结果", "rank_level"),
        "valid_from": ("评价日期", "有效期自", "评价时间", "评定日期", "评定时间", "评价结果有效期始"),
        "valid_to": ("有效期至", "评价有效期至", "评价结果有效期止"),
    },
    "list_entries": {
        "entity_id": _ENTITY, "known_on": _KNOWN,
        "list": ("名单类别", "名单名称", "名单类型"), "entered_on": ("列入日期", "列入名单日期", "列入名单时间", "列入时间", "认定日期"),
        "exited_on": ("退出日期", "移出日期", "退出时间", "移出时间", "移出名单日期", "退出名单日期"),
        "reason": ("列入原因", "列入事由", "列入名单原因", "列入名单事由", "serillrea_cn", "列入严重违法失信名单原因", "列入严重违法失信企业名单原因",
                   "列入严重违法失信名单(黑名单)原因", "列入严重违法企业名单原因"),
        "authority": ("认定机关", "列入机关", "认定单位", "列入决定机关", "作出决定机关(列入)", "decorg_cn"),
    },
    "commitments": {
        "entity_id": (*_ENTITY, "承诺人代码"), "known_on": _KNOWN,
        "record_id": ("承诺编号", "承诺书编号", "承诺编码", "信用承诺编号"), "kind": ("承诺类型", "承诺类别", "信用承诺类型"),
        "committed_on": ("承诺日期", "作出承诺日期", "承诺作出日期", "承诺时间"),
        "status": ("履行状态", "承诺履行状态", "履诺状态", "践诺状态"),
        "status_on": ("认定日期", "履行认定日期", "承诺履行状态认定日期", "履行状态认定日期"),
    },
    "repairs": {
        "entity_id": _ENTITY, "known_on": _KNOWN,
        "penalty_record_id": ("修复的处罚文号", "被修复处罚决定书文号", "原行政处罚决定书文号", "原处罚决定书文号", "行政处罚决定书文号",
                              "处罚决定书文号", "决定书文号"),
        "repaired_on": ("修复日期", "修复决定日期", "信用修复日期", "修复时间", "信用修复时间", "修复完成日期"),
    },
    "inspectors": {
        "inspector_id": _INSPECTOR, "name": ("姓名", "检查人员姓名", "执法人员姓名"),
        "department": ("所属部门", "工作单位", "执法单位", "所属单位", "所在单位", "所在部门"), "available": ("是否可派", "是否在岗"),
        "senior": ("是否组长", "组长", "是否检查组长"), "qualifications": ("执法资质", "业务资质", "执法领域"), "town": ("派驻镇街", "派驻地", "所在镇街"),
    },
    "recusals": {
        "entity_id": _ENTITY, "inspector_id": _INSPECTOR, "reason": ("回避事由", "回避原因", "回避理由"),
    },
    "items": {
        "item_id": ("事项编号", "抽查事项编号", "检查事项编号"), "category": ("抽查类别", "抽查领域"), "item": ("抽查事项", "检查事项", "抽查事项名称"),
        "subject": ("检查对象", "抽查对象"), "weight": ("事项类别",), "method": ("检查方式", "抽查方式"), "department": ("检查主体", "检查实施主体"),
        "legal_basis": ("检查依据", "抽查依据", "法律依据"),
    },
}  # fmt: skip

# What identifies an enterprise where its code is missing, in any table.
CLAIMS: Mapping[str, tuple[str, ...]] = {
    "party_name": (
        "行政相对人名称", "当事人", "当事人名称", "被处罚人", "被处罚单位", "被处罚当事人", "cf_xdr_mc", "xdr_mc", "subjectname",
        "被举报对象名称", "被投诉对象名称", "被投诉举报对象名称", "被投诉人", "被投诉单位", "检查对象", "检查对象名称", "企业名称",
        "市场主体名称", "主体名称", "承诺主体", "名单主体", "entname", "行政相对人", "相对人名称", "当事人姓名或名称", "被处罚人名称", "被处罚单位名称",
        "被处罚企业名称", "被投诉企业", "被投诉企业名称", "被举报单位", "被投诉举报单位", "被检查单位", "被检查单位名称", "被检查对象",
        "被检查对象名称", "受检单位", "承诺人名称", "企业(机构)名称", "经营主体名称", "单位名称", "qymc", "ent_name", "enterprise_name", "company_name",
    ),
    "party_registration_no": (
        "行政相对人代码_2(工商注册号)", "行政相对人代码-2(工商注册号)", "行政相对人代码-工商注册号", "工商注册号", "注册号", "cf_xdr_gszc", "regno",
        "行政相对人代码_3(工商登记码)", "工商登记码", "cf_xdr_gsdj", "企业注册号", "营业执照注册号", "reg_no", "zch",
    ),
    "party_organisation_code": (
        "行政相对人代码_3(组织机构代码)", "行政相对人代码-3(组织机构代码)", "行政相对人代码-组织机构代码", "组织机构代码", "cf_xdr_zzjg",
        "行政相对人代码_2(组织机构代码)", "cf_xdr_zdm", "zzjgdm",
    ),
}  # fmt: skip
# Headers of a quarantine workbook by its language: the docket of a row, why it was refused, the column, what could be
# meant. A workbook of any language is read back.
OURS: Mapping[str, tuple[str, str, str, str]] = {
    "zh": ("隔离编号", "隔离原因", "问题列", "建议"),
    "en": ("Quarantine docket", "Refused because", "Column at fault", "Possible readings"),
}
# Kinds of files that offices have and that are not used, by headers that tell.
NOT_OURS: Mapping[str, frozenset[str]] = {
    "行政许可公示 / licences": frozenset(
        ("行政许可决定书文号", "行政许可决定文书号", "行政许可决定文书名称", "许可决定文书号", "许可类别", "审批类别", "许可证书名称", "许可编号",
         "许可内容", "许可机关", "许可机关统一社会信用代码", "许可决定日期", "许可截止期", "许可有效期自", "许可有效期至", "审核类型", "项目名称",
         "许可文件编号", "许可文件名称", "xk_wsh", "xk_xmmc", "xk_splb", "xk_nr", "xk_jdrq", "xk_xkjg", "xk_xzjg", "xk_xkws", "xk_xklb",
         "xk_xkzs", "xk_xkbh", "xk_xdr", "xk_xdr_mc", "xk_jzq", "licno", "licname_cn", "licanth", "licitem")
    ),
    "企业年报 / annual reports": frozenset(
        ("年报年度", "报送年度", "年报日期", "年度报告年份", "资产总额", "负债总额", "所有者权益合计", "纳税总额", "营业总收入", "利润总额", "净利润",
         "从业人数", "ancheyear", "anchedate", "ancheid", "assgro", "liagro", "totequ", "vendinc", "progro", "netinc", "ratgro")
    ),
    "信用报告 / credit reports": frozenset(
        ("报告编号", "报告生成日期", "行政管理", "诚实守信", "严重失信", "经营异常", "信用承诺", "信用评价", "司法判决")
    ),
}  # fmt: skip
_TELLING = 3
# Columns that say who is meant or when it was known, in any file: they tell nothing about its kind.
_ANYWHERE = frozenset(("entity_id", "known_on", "name", "registration_no", *CLAIMS))
_UNITS = {"": 1.0, "10k": 10_000.0, "100m": 100_000_000.0}
_YUAN = {"元": 1.0, "千元": 1_000.0, "万元": 10_000.0, "百万元": 1_000_000.0, "亿元": 100_000_000.0}
_UNIT = re.compile(r"[-_/,:]?[(\[【]?(?:单位:?)?(?:人民币)?(千元|百万元|万元|亿元|元)(?:人民币)?[)\]】]?$")
# White space, and characters that nobody sees: soft hyphens, zero widths, directions, byte order marks.
_UNSEEN = re.compile(r"[\s\x00-\x1f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
# What forms put around a header: marks of obligatory cells, numbering, a colon behind.
_MARKS = re.compile(r"^(?:\*+|\d{1,2}[.、])|\*+$|\((?:必填|选填|非必填|必填项|选填项)\)|:+$")
# A Chinese header with its English translation behind it.
_DOUBLET = re.compile(r"^(.*[\u4e00-\u9fff)])[a-z][\x20-\x7e]*$")


def fold(text: str) -> str:
    """A header or code as it is compared: full width to half width, no spaces or hidden characters, lower case.

    >>> fold(" 罚款金额（万元） ")
    '罚款金额(万元)'
    """
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text)).lower()


@lru_cache(maxsize=20_000)
def wordings(header: str) -> tuple[str, ...]:
    """What a header may be looked up as: folded without the marks of forms, and without an English translation.

    >>> wordings("*处罚类别（必填）：")
    ('处罚类别',)
    >>> wordings("处罚类别 Penalty Type")
    ('处罚类别penaltytype', '处罚类别')
    """
    plain = _MARKS.sub("", fold(header))
    doublet = _DOUBLET.match(plain)
    return (plain, _MARKS.sub("", doublet[1])) if doublet else (plain,)


@cache
def aliases(table: str) -> Mapping[str, tuple[str, float]]:
    """Folded header → (column, yuan of one unit of its amounts), for one table; the best wording of a column first."""
    found: dict[str, tuple[str, float]] = {}
    for column in TABLES[table].inputs:
        for alias in (column.name, column.zh, *ALIASES[table].get(column.name, CLAIMS.get(column.name, ()))):
            name, _, unit = alias.partition(":")
            found.setdefault(fold(name), (column.name, _UNITS[unit]))
    return found


def unit(header: str) -> float | None:
    """Yuan of one unit of the amounts below a header; none if it names no unit.

    >>> unit("罚没款（万元）"), unit("罚没款")
    (10000.0, None)
    """
    found = _UNIT.search(wordings(header)[-1])
    return _YUAN[found[1]] if found else None


@cache
def _ranks(table: str) -> Mapping[str, int]:
    return {alias: rank for rank, alias in enumerate(aliases(table))}


@cache
def _amounts(table: str) -> Mapping[str, str]:
    """Wording of an amount without its unit → column."""
    known = aliases(table).items()
    return {_UNIT.sub("", alias): column for alias, (column, _) in known if TABLES[table][column].kind == "yuan"}


@lru_cache(maxsize=20_000)
def _found(table: str, header: str) -> tuple[int, str, float] | None:
    """Rank of the wording, column and yuan of one unit."""
    known = aliases(table)
    for plain in wordings(header):
        if plain in known:
            return _ranks(table)[plain], *known[plain]
        behind = _UNIT.search(plain)
        if behind and plain[: behind.start()] in _amounts(table):
            return len(known), _amounts(table)[plain[: behind.start()]], _YUAN[behind[1]]
    return None


def match(table: str, headers: Iterable[str]) -> dict[str, tuple[str, float]]:
    """Header as printed → (column, yuan of one unit), for the headers that the table knows.

    Where several headers name a column, the one whose wording stands first among the aliases holds. A unit behind a
    known amount counts, however it is written.

    >>> match("penalties", ["案件编号", "处罚决定书文号", "罚款金额（单位：亿元）"])
    {'处罚决定书文号': ('record_id', 1.0), '罚款金额（单位：亿元）': ('fine_yuan', 100000000.0)}
    """
    found = {header: hit for header in headers if (hit := _found(table, header))}
    best: dict[str, str] = {}
    for header, (rank, column, _) in found.items():
        if column not in best or rank < found[best[column]][0]:
            best[column] = header
    return {header: hit[1:] for header, hit in found.items() if best[hit[1]] == header}


def score(headers: Sequence[str]) -> float:
    """Number of headers that the table that fits best recognises; finds the header row below titles."""
    texts = {header for header in headers if header}
    ours = len({fold(text) for text in texts} & {fold(name) for names in OURS.values() for name in names})
    known = [text for text in texts if any(_UNIT.sub("", plain) in _anywhere() for plain in wordings(text))]
    return float(max(sum(_found(table, text) is not None for text in known) for table in TABLES)) + ours


def docket_header(headers: Iterable[str]) -> str | None:
    """The header above the dockets of a quarantine workbook; None in any other sheet."""
    ours = {names[0] for names in OURS.values()}
    return next((header for header in headers if header in ours), None)


@cache
def _anywhere() -> frozenset[str]:
    return frozenset(_UNIT.sub("", alias) for table in TABLES for alias in aliases(table))


def not_ours(headers: Iterable[str]) -> str:
    """Kind of a file that is known but not used, '' for any other; a file that fits a table better is not named."""
    given = list(headers)
    folded = {plain for header in given for plain in wordings(header)}
    hits, kind = max((len(folded & telling), kind) for kind, telling in NOT_OURS.items())
    own = max(len({column for column, _ in match(table, given).values()} - _ANYWHERE) for table in TABLES)
    return kind if hits >= _TELLING and hits > own else ""
