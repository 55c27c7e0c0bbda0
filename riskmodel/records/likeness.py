"""How alike a header is to the wordings of a column: words that mean the same count as the same.

Chinese headers are short, so that two that share half of their characters may mean different things; they are compared
after synonyms are made one (单位, 部门, 机构 → 机关), and against wordings of columns that no table of ours takes (the
code of the authority, the end of publicity), which compete for the header. English headers are compared word by word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from rapidfuzz import fuzz, process

from riskmodel.records.headers import NOT_OURS, aliases, wordings
from riskmodel.tables import TABLES

# In this order; what is made one stands in front.
_SAME = tuple(
    (re.compile(pattern), word)
    for word, pattern in (
        ("信用代码", r"信用(?:编码|号码?|码)"),
        ("企业", r"行政相对人|相对人|当事人|被(?:处罚|投诉举报|投诉|举报|检查|反映|列入|承诺)(?:企业|单位|人|对象|主体|方|者)?"
                r"|处罚对象|受检(?:单位|对象|企业)|检查对象|监管对象|市场主体|经营主体|承诺人|纳税人|公司|商户|商家|业户|法人机构|涉事"),
        ("企业", r"(?:单位|主体|机构|组织)(?=名|代码|类|状态|性质)|企业企业"),
        ("名称", r"姓名或名称|全称|名字|姓名|名(?=$|\()"),
        ("日期", r"年月日|时间|日期日期|日(?=$|\()"),
        ("机关", r"执法主体|机关单位|单位|部门|机构|机关名称|机关机关|机关(?=名称)"),
        ("文号", r"案号|(?:决定)?文书(?:文号|编号|号)|决定书(?:文号|编号|号)|决定文号|文件号|字号"),
        ("编号", r"流水号|序列号|单号|编码|号码|案件号|记录号"),
        ("类别", r"种类|类型|分类|性质"),
        ("金额", r"数额|额度|款额|总额|金额金额"),
        ("违法行为", r"违法违规行为|违法违规事实|违法(?:情形|情况|事实|事项|内容|案由)|违规行为|主要违法行为"),
        ("依据", r"法律依据|法规依据|适用法律|法条|条款|法律法规"),
        ("镇街", r"乡镇街道|镇街道|街镇|乡镇|街道|镇(?!街)|辖区"),
        ("原因", r"事由|理由|缘由|起因"),
        ("结果", r"结论|结果情况"),
        ("渠道", r"来源|途径"),
        ("登记", r"受理|接收|接诉|收到|来电"),
        ("投诉", r"投诉举报|举报|诉求|工单|来信|信访"),
        ("核实", r"核查|查实|调查|查证"),
        ("办结", r"完结|结案|办理完成"),
        ("列入", r"标记|纳入|载入|录入名单"),
        ("移出", r"移除|恢复|解除|退出"),
        ("检查", r"抽查|巡查|督查"),
        ("等级", r"级别|评级|登记等级"),
        ("成立", r"设立|创办|创立|注册(?=日期)|开业(?=日期)"),
        ("归集", r"入库|采集|上报|报送|汇聚|接入"),
        ("", r"行政(?=处罚|检查)|作出|做出|实施|有关|相关|的|信息|[(),、/_-]"),
    )
)  # fmt: skip
_WORDS: Mapping[str, tuple[str, ...]] = {
    "penalty": ("punish", "punishment", "penalties", "penal", "pen", "sanction"), "date": ("dt", "day", "on", "time", "tm", "at"),
    "decide": ("decision", "decided", "dec", "iss", "issue", "issued"),
    "authority": ("auth", "agency", "organ", "org", "department", "dept", "bureau", "institution", "unit", "office"),
    "number": ("no", "num", "nbr", "doc", "document", "id", "wh", "ref", "reference"), "code": ("usci", "uscc", "uscid", "codes"),
    "company": ("enterprise", "firm", "entity", "business", "corp", "ent", "entp", "party", "respondent", "comp", "cp", "subject", "merchant"),
    "name": ("nm", "title"), "amount": ("amt", "sum", "money", "value"), "kind": ("type", "category", "class", "cat", "tp"),
    "reason": ("cause", "ground", "grounds", "rea"), "law": ("basis", "statute", "legal", "legislation", "provision", "article"),
    "violation": ("illegal", "offence", "offense", "breach", "infraction", "act", "violated", "violations", "illegality"),
    "remove": ("removed", "removal", "rem", "exit", "exited", "delisted", "out", "end"), "list": ("listed", "listing", "entry", "entered", "abn", "in", "inclu"),
    "complaint": ("complaints", "complain", "ticket", "order", "case", "report"), "receive": ("received", "receipt", "accept", "accepted", "filed", "record", "recorded"),
    "inspect": ("inspection", "inspected", "check", "checked", "visit", "ins", "audit"), "result": ("res", "outcome", "finding", "findings", "conclusion"),
    "channel": ("source", "way", "via", "origin"), "verify": ("verified", "verification", "substantiated", "confirmed"),
    "establish": ("established", "establishment", "est", "estab", "founded", "incorporated", "registration"), "status": ("state", "stat"),
    "close": ("closed", "cancel", "cancelled", "deregistered", "revoked"), "town": ("street", "district", "township", "area", "region"),
    "industry": ("sector", "indv"), "confiscate": ("confiscated", "confiscation", "forfeited", "forfeiture", "income"), "know": ("known", "load", "loaded", "import", "imported", "collected", "ingested"),
    "grade": ("level", "rating", "rank"), "credit": ("social", "unified"), "capital": ("capt", "cap"), "register": ("reg", "registered"),
}  # fmt: skip
_TOKEN = {token: word for word, tokens in _WORDS.items() for token in (word, *tokens)}
# Column → what it is called in English, in the words above; several for one column.
_ENGLISH: Mapping[str, tuple[str, ...]] = {
    "entity_id": ("credit code", "company code", "company number", "company credit code", "code"),
    "name": ("company name", "name", "company"), "party_name": ("company name", "company", "name"),
    "record_id": ("number", "penalty decide number", "penalty number", "decide number", "complaint number", "inspect number", "list number"),
    "penalty_record_id": ("penalty number", "penalty decide number"),
    "decided_on": ("decide date", "penalty date", "penalty decide date"), "occurred_on": ("violation date", "occurred date"),
    "known_on": ("know date",), "authority": ("authority", "penalty authority", "decide authority", "list authority"),
    "category": ("penalty kind", "penalty"), "fine_yuan": ("fine", "fine amount", "penalty amount"),
    "confiscated_yuan": ("confiscate amount", "confiscate", "violation confiscate"), "violation": ("violation", "violation kind", "penalty reason"),
    "legal_basis": ("law", "penalty law"), "severity": ("severity", "violation severity"),
    "established_on": ("establish date",), "status": ("status", "register status"), "closed_on": ("close date",), "town": ("town",),
    "industry": ("industry", "industry code"), "registered_capital_yuan": ("register capital", "capital"),
    "registration_no": ("register number",), "party_registration_no": ("register number", "company register number"),
    "listed_on": ("list date",), "removed_on": ("remove date",), "reason": ("reason", "list reason"),
    "received_on": ("receive date", "complaint date", "complaint receive date"), "channel": ("channel", "complaint channel"),
    "kind": ("kind", "complaint kind", "company kind"), "verified": ("verify", "verify result"), "verified_on": ("verify date",),
    "inspected_on": ("inspect date",), "purpose": ("inspect kind",), "item": ("inspect item", "item"), "outcome_codes": ("inspect result", "result"),
    "inspector_ids": ("inspector", "inspectors"), "grade": ("grade", "credit grade"), "valid_from": ("grade date", "valid from"),
    "valid_to": ("valid to",), "repaired_on": ("repair date", "repaired date"), "committed_on": ("committed date", "commitment date"),
}  # fmt: skip
# Headers that exports have beside ours and that no table takes.
UNUSED = (
    "序号", "主键", "编号id", "处罚机关统一社会信用代码", "处罚机关代码", "机关统一社会信用代码", "执法主体统一社会信用代码", "数据来源单位", "数据来源",
    "数据来源单位统一社会信用代码", "数据来源单位代码", "法定代表人", "法定代表人姓名", "法人代表", "法人姓名", "法定代表人证件类型",
    "法定代表人证件号码", "法定代表人身份证号", "身份证号", "证件号码", "证件类型", "处罚有效期", "处罚生效日期", "处罚截止日期", "公示截止期", "公示截止日期",
    "公示日期", "公开日期", "发布日期", "处罚内容", "处罚结果", "处罚决定内容", "行政处罚决定", "案件名称", "案件项目名称", "处罚名称", "标题",
    "税务登记号", "税务登记证号", "事业单位证书号", "社会组织登记证号", "暂扣或吊销证照名称及编号", "备注", "说明", "地方编码", "区划代码", "行政区划",
    "当前状态", "数据状态", "处罚状态", "更新时间", "最新更新日期", "创建时间", "创建日期", "创建人", "时间戳", "经营范围", "住所", "地址", "注册地址",
    "经营地址", "登记机关", "核准日期", "营业期限自", "营业期限至", "经营期限起始日期", "经营期限截止日期", "联系电话", "联系人", "电话", "邮箱", "移出原因",
    "移出经营异常名录原因", "恢复正常记载状态原因", "作出决定机关(移出)", "移出决定机关", "恢复决定机关", "是否恢复", "主体身份代码", "行政相对人类别", "当事人类型",
    "投诉内容", "举报内容", "诉求内容", "问题描述", "办理结果", "处理结果", "处理意见", "答复内容", "投诉人", "举报人", "来电人", "来电号码", "满意度",
    "承办单位", "办理单位", "办理时限", "办结期限", "检查机关", "检查实施机关", "检查单位", "检查方式", "检查内容", "处理措施", "整改情况", "企业地址",
    "承诺内容", "承诺事由", "承诺受理单位", "承诺有效期", "承诺履行状态认定单位", "评价单位", "评价分数", "信用分", "评分", "附件", "链接", "币种",
    "实缴资本", "从业人数", "邮政编码", "是否公示", "撤销原因", "主管部门", "立案日期", "立案时间", "案件来源", "抓取时间", "录入时间", "申请日期",
)  # fmt: skip
_UNUSED_ENGLISH = (
    "penalty authority code", "authority code", "penalty authority credit code", "legal representative", "company legal name", "person name", "number card",
    "phone", "address", "remark", "note", "update date", "create date", "penalty result", "penalty content", "penalty valid date", "public date",
    "public deadline", "source", "content", "url", "row number", "flag", "complaint name", "complaint content", "satisfaction", "answer date", "finish date",
    "license name number", "tax register", "score", "inspect authority", "remove reason", "remove authority", "currency", "company scope",
)  # fmt: skip
# Latin letters are compared word by word; only what is nearly the same may differ by a slip.
_TYPO = 90
_CODED = re.compile(r"(?:f|c|v|x|col|column|field|var|unnamed|字段|列|数据项|栏)[:_.\s-]*\d+|[a-z]?\d+|[a-z]")


def alike(table: str, header: str) -> Mapping[str, float]:
    """Likeness of a header to every column of a table, 0 to 1; '' stands for columns that no table takes."""
    return _alike(table, wordings(header)[-1], header)


@cache
def _alike(table: str, plain: str, header: str) -> Mapping[str, float]:
    mine, words = made_one(plain), frozenset(tokens(header))
    found: dict[str, float] = {}
    for column in ("", *(c.name for c in TABLES[table].inputs)):
        _, chinese, _ = process.extractOne(mine, _chinese(table, column), scorer=fuzz.ratio)
        english = max((_dice(words, phrase) for phrase in _phrases(column)), default=0.0)
        spelt = chinese / 100 if chinese >= _TYPO or not mine.isascii() else 0.0
        found[column] = max(spelt, english)
    return found


def says_nothing(header: str) -> bool:
    """Whether a header is a mere number of a column: F1, 字段3, column_7."""
    return _CODED.fullmatch(wordings(header)[-1]) is not None


@cache
def _chinese(table: str, column: str) -> tuple[str, ...]:
    """Wordings of a column with synonyms made one."""
    if not column:
        return tuple({made_one(text) for text in (*UNUSED, *(h for telling in NOT_OURS.values() for h in telling))})
    return tuple({made_one(alias) for alias, (name, _) in aliases(table).items() if name == column})


@cache
def _phrases(column: str) -> tuple[frozenset[str], ...]:
    texts = _ENGLISH.get(column, ()) if column else _UNUSED_ENGLISH
    return tuple(frozenset(tokens(text)) for text in (*texts, *([column] if column else [])))


@cache
def made_one(plain: str) -> str:
    """A folded header with one word for each meaning.

    >>> made_one("作出处罚决定的单位"), made_one("违法情形")
    ('处罚决定机关', '违法行为')
    """
    for pattern, word in _SAME:
        plain = pattern.sub(word, plain)
    return plain


def tokens(header: str) -> list[str]:
    """English words of a header, one for each meaning.

    >>> tokens("PUNISHMENT_DEC_DATE"), tokens("complaintNum")
    (['penalty', 'decide', 'date'], ['complaint', 'number'])
    """
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", header)
    return [_TOKEN.get(part.lower(), part.lower()) for part in parts]


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0
