"""What codes are called in real exports."""

from __future__ import annotations

from collections.abc import Mapping

from riskmodel.records.headers import fold

# table.column → code → words used for it in exports (matched after `fold`); the first is the one that we write.
CODE_WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "enterprises.kind": {
        "enterprise": (
            "企业", "有限责任公司", "法人企业", "有限责任公司(自然人投资或控股)", "有限责任公司(自然人独资)", "有限责任公司(法人独资)",
            "有限责任公司(自然人投资或控股的法人独资)", "有限责任公司(非自然人投资或控股的法人独资)", "有限责任公司(国有独资)", "有限责任公司(国有控股)",
            "一人有限责任公司", "其他有限责任公司", "股份有限公司", "股份有限公司(非上市)", "股份有限公司(上市)", "股份有限公司(非上市、自然人投资或控股)",
            "股份有限公司(上市、自然人投资或控股)", "其他股份有限公司(非上市)", "个人独资企业", "合伙企业", "普通合伙企业", "有限合伙企业",
            "全民所有制", "集体所有制", "国有企业", "集体企业", "股份合作制", "私营企业", "公司",
        ),
        "individual": ("个体工商户", "个体", "个体户"),
        "cooperative": ("农民专业合作社", "合作社", "农民专业合作社联合社", "农民专业合作经济组织"),
        "branch": (
            "分支机构", "分公司", "有限责任公司分公司", "有限责任公司分公司(自然人投资或控股)", "有限责任公司分公司(自然人独资)", "其他有限责任公司分公司",
            "股份有限公司分公司", "农民专业合作社分支机构", "个人独资企业分支机构", "合伙企业分支机构",
        ),
        "other": ("其他",),
    },
    "enterprises.status": {
        "active": ("在营", "存续", "开业", "存续(在营、开业、在册)", "正常", "在营(开业)企业", "在营(开业)", "在业", "在册", "登记成立"),
        "dormant": ("歇业",), "deregistered": ("注销", "已注销", "注销企业"),
        "revoked": ("吊销", "吊销未注销", "吊销,未注销", "已吊销", "吊销企业"),
    },
    "*.special_field": {
        "none": ("无", "否", "非特殊领域"), "vaccine": ("疫苗",), "drug": ("药品",),
        "special_equipment": ("特种设备",), "hazardous_chemical": ("危险化学品", "危化品"),
    },
    # The numbers are those of the provincial feedback layout; the one-digit numbers of the layout of 2015 mean other
    # kinds, so a number without its zero is not read.
    "penalties.category": {
        "no_penalty": ("不予行政处罚", "不予处罚", "免予处罚", "免于处罚", "其他-不予行政处罚", "其他-不予处罚", "其他-免于处罚"),
        "warning": ("警告", "01", "其他-警告"), "criticism": ("通报批评", "08"), "fine": ("罚款", "02"),
        "confiscation": ("没收违法所得", "没收非法财物", "没收违法所得、没收非法财物", "没收", "03", "09"),
        "suspension": ("暂扣许可证件", "暂扣许可证", "暂扣执照", "暂扣许可证或者执照", "11"), "downgrade": ("降低资质等级", "10"),
        "revocation": ("吊销许可证件", "吊销许可证", "吊销营业执照", "吊销执照", "吊销许可证或者执照", "05"),
        "restriction": ("限制开展生产经营活动", "12"), "stop": ("责令停产停业", "停产停业", "04"), "close": ("责令关闭", "14"),
        "ban": ("限制从业", "13"), "detention": ("行政拘留", "拘留", "06"),
        "other": ("其他", "法律、行政法规规定的其他行政处罚", "其他行政处罚", "其他-其他", "07"),
    },
    "penalties.severity": {
        "minor": ("轻微", "轻微违法", "轻微失信"), "general": ("一般", "一般违法", "一般失信"), "serious": ("严重", "严重违法", "严重失信"),
    },
    "abnormal_listings.reason": {
        "annual_report": (
            "未按规定期限公示年度报告", "未按期公示年报", "未按规定期限公示年度报告的", "未依照《企业信息公示暂行条例》第八条规定的期限公示年度报告的",
            "未依照《企业信息公示暂行条例》第八条规定的期限公示年度报告", "未按照《企业信息公示暂行条例》第八条规定的期限公示年度报告的",
            "未按照《农民专业合作社年度报告公示办法》规定报送年度报告并公示的", "未按规定报送年度报告", "未按规定公示年度报告",
        ),
        "information": (
            "未按规定期限公示有关企业信息", "未按责令的期限公示有关企业信息",
            "未在工商行政管理部门依照《企业信息公示暂行条例》第十条规定责令的期限内公示有关企业信息的",
            "未在登记机关依照《企业信息公示暂行条例》第十条规定责令的期限内公示有关企业信息的",
        ),
        "false_information": (
            "公示企业信息隐瞒真实情况、弄虚作假", "公示信息隐瞒真实情况弄虚作假", "公示企业信息隐瞒真实情况、弄虚作假的",
            "农民专业合作社年度报告公示信息隐瞒真实情况、弄虚作假的",
        ),
        "unreachable": (
            "通过登记的住所或者经营场所无法联系", "通过登记的住所或者经营场所无法联系的", "通过登记的住所(经营场所)无法联系", "通过登记的住所无法联系",
            "通过登记的住所无法与农民专业合作社取得联系的", "通过登记的住所或经营场所无法联系", "通过登记的住所或者经营场所无法取得联系的",
        ),
        "other": ("其他",),
    },
    "complaints.kind": {
        "complaint": ("投诉", "投诉类", "消费投诉"), "report": ("举报", "举报类"),
        "other": ("咨询", "建议", "求助", "其他", "咨询类", "建议类", "求助类", "表扬", "感谢", "表扬类", "意见建议"),
    },
    "complaints.verified": {
        "yes": ("属实", "是", "部分属实", "基本属实", "查实"), "no": ("不属实", "否", "查无实据", "不实", "未查实"),
        "pending": ("核查中", "待核实", "办理中", "待核查", "核实中", "调查中", "处理中"),
    },
    "inspections.purpose": {
        "random": ("双随机抽查", "双随机", "随机抽查", "双随机检查", "抽查", "部门联合双随机抽查", "跨部门双随机抽查", "双随机、一公开"),
        "routine": ("日常检查", "日常", "日常监管", "日常巡查"), "special": ("专项检查", "专项", "专项整治"),
        "case": ("个案检查", "投诉核查", "举报核查", "投诉举报核查", "有因检查"), "recheck": ("复查", "整改复查"),
    },
    "ratings.source": {
        "public": ("公共信用综合评价", "公共信用评价"), "industry": ("行业信用评价",), "market": ("市场信用评价",),
    },
    "list_entries.list": {
        "serious_dishonesty": ("严重违法失信名单", "严重违法失信企业名单", "严重违法失信名单(黑名单)", "严重违法企业名单"),
        "judgment_debtor": ("失信被执行人", "失信被执行人名单"), "red_line": ("监管红线",),
        "red_list": ("红名单", "守信激励名单", "纳税信用A级纳税人", "A级纳税人", "守信激励对象"), "other": ("其他",),
    },
    "commitments.kind": {
        "approval": ("审批替代型",), "voluntary": ("主动型", "主动公示型"), "industry": ("行业自律型",), "repair": ("信用修复型",),
    },
    "commitments.status": {
        "kept": ("全部履行", "已履行"), "partly": ("部分履行",), "broken": ("未履行", "违背承诺", "全部未履行"),
        "pending": ("履行中", "——", "— —", "尚未到期"),
    },
    "items.weight": {"key": ("重点检查事项", "重点"), "general": ("一般检查事项", "一般")},
    "*.flag": {"yes": ("是", "true", "1", "y", "在岗", "可派"), "no": ("否", "false", "0", "n", "不在岗", "不可派")},
}  # fmt: skip

# The same for columns of several codes: outcomes in words → codes of the joint list. 2 and A stand in older exports.
LIST_WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "inspections.outcome_codes": {
        "1": ("未发现问题", "正常", "符合信息公示相关规定", "合格", "检查合格", "无问题", "未发现违法行为", "未发现违法违规行为", "未见异常", "无异常", "符合", "符合要求"),
        "2": (), "A": ("发现问题待后续处理", "发现问题", "存在问题", "不合格", "责令改正", "责令整改", "责令限期改正", "立案查处"),
        "3": ("违反食品药品管理相关规定",), "4": ("违反质量技术监督相关规定",),
        "5": ("违反其他部门相关规定",), "6": ("通过登记的住所(经营场所)无法联系", "通过登记的住所无法联系", "通过登记的住所或者经营场所无法联系"),
        "7": ("已关闭停业或正在组织清算",), "8": ("不配合检查情节严重", "不予配合情节严重"), "9": ("注销",), "10": ("被吊销",), "11": ("被撤销",),
        "12": ("迁出",), "B": ("未按规定公示应当公示的信息", "未按规定公示年报"), "C": ("公示信息隐瞒真实情况弄虚作假", "公示信息隐瞒真实情况、弄虚作假"),
        "D": ("违反其他工商行政管理规定行为",), "E": ("发现问题经责令已改正", "已改正", "已整改", "责令改正已改正"), "F": ("未发现开展本次抽查涉及的经营活动",), "G": ("违反公安部门相关规定",),
    },
}  # fmt: skip


def code_words(table: str, column: str) -> dict[str, str]:
    """Folded word → code, for a column of codes (own codes included by the caller, but for columns of several codes)."""
    words = {fold(code): code for code in LIST_WORDS.get(f"{table}.{column}", ())}
    for key in (f"{table}.{column}", f"*.{column}"):
        for code, names in {**CODE_WORDS.get(key, {}), **LIST_WORDS.get(key, {})}.items():
            words |= {fold(name): code for name in names}
    return words
