"""Every table that crosses a door: its columns, each defined once, with type, unit, meaning and constraint.

A column name means one thing in all tables. `data/README.md` is generated from this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import pandas as pd

Kind = Literal["id", "text", "date", "yuan", "number", "code", "codes", "flag"]

# Kinds of penalty from light to heavy, the order of the annual statistics (several in one case: the heaviest counts).
PENALTY_CATEGORIES = (
    "no_penalty", "warning", "criticism", "fine", "confiscation", "suspension", "downgrade", "revocation",
    "restriction", "stop", "close", "ban", "detention", "other",
)  # fmt: skip
SEVERITIES = ("minor", "general", "serious")
SPECIAL_FIELDS = ("none", "vaccine", "drug", "special_equipment", "hazardous_chemical")
# Why an enterprise was visited; the last nine are the exceptions that published yearly caps name.
PURPOSES = (
    "random", "routine", "special", "case", "recheck", "complaint", "transfer", "joint_action", "audit", "clue",
    "media", "request", "licence", "urgent",
)  # fmt: skip
CREDIT_GRADES = ("trustworthy", "minor", "general", "serious")
TIERS = ("A", "B", "C", "D", "E")


class Constraint(Protocol):
    """A condition on a column that can be checked and that says what it is."""

    def holds(self, values: pd.Series) -> np.ndarray:
        """One boolean a row; missing values hold."""

    def sentence(self) -> str:
        """The condition in English, for the data dictionary."""


@dataclass(frozen=True)
class OneOf:
    """The value is one of a few codes."""

    values: tuple[str, ...]

    def holds(self, values: pd.Series) -> np.ndarray:
        """Whether each value is one of the codes."""
        return np.asarray(values.isna() | values.isin(self.values), dtype=bool)

    def sentence(self) -> str:
        """The codes."""
        return "one of " + ", ".join(f"`{v}`" for v in self.values)


@dataclass(frozen=True)
class Within:
    """A number between two bounds, both included; a missing bound does not bind."""

    low: float | None = None
    high: float | None = None

    def holds(self, values: pd.Series) -> np.ndarray:
        """Whether each number lies within the bounds."""
        fine = np.ones(len(values), dtype=bool)
        if self.low is not None:
            fine &= np.asarray(values.isna() | (values >= self.low), dtype=bool)
        if self.high is not None:
            fine &= np.asarray(values.isna() | (values <= self.high), dtype=bool)
        return fine

    def sentence(self) -> str:
        """The bounds."""
        parts = []
        if self.low is not None:
            parts.append(f"at least {self.low:g}")
        if self.high is not None:
            parts.append(f"at most {self.high:g}")
        return " and ".join(parts)


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name : str
        Name in code; the unit is part of it (`fine_yuan`, `_on` for days).
    kind : str
        `id`, `text`, `date`, `yuan`, `number`, `code` (one of a few), `codes` (several, comma-separated), `flag`.
    zh, en : str
        Chinese heading that users see; meaning in English.
    required : bool
        A row without it is quarantined.
    constraint : Constraint or None
        What a value must satisfy; a row that breaks it is quarantined.
    default : str or None
        Value of a cell that is empty, or of a column that the source lacks.
    """

    name: str
    kind: Kind
    zh: str
    en: str
    required: bool = False
    constraint: Constraint | None = None
    default: str | None = None


@dataclass(frozen=True)
class Table:
    """A table: its name, meaning, key and columns; `known_on` says when the office could know a row."""

    name: str
    zh: str
    en: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    occurred: str | None = None
    must_exist: bool = False
    claims: tuple[Column, ...] = ()

    def __getitem__(self, name: str) -> Column:
        return next(c for c in self.inputs if c.name == name)

    @property
    def inputs(self) -> tuple[Column, ...]:
        """What is read: the columns, and the claims by which an enterprise is found where its code is missing."""
        return self.columns + self.claims

    @property
    def names(self) -> list[str]:
        """Names of the columns, in order."""
        return [c.name for c in self.columns]


_ENTITY = Column(
    "entity_id", "id", "统一社会信用代码", "the enterprise: unified social credit code, or an opaque id", True
)
_KNOWN = Column(
    "known_on", "date", "归集日期", "day from which the office could know the row; default: the day it happened"
)
# Read, resolved through the registry, and not kept.
_CLAIMS = (
    Column("party_name", "text", "行政相对人名称", "name of the enterprise, to find it where its code is missing"),
    Column("party_registration_no", "text", "工商注册号", "old 15-digit registration number, to find the enterprise"),
    Column("party_organisation_code", "text", "组织机构代码", "old 9-digit organisation code, to find the enterprise"),
)
_RECORD = Column("record_id", "text", "记录编号", "number of the record in its source; made from the row where missing")
_AUTHORITY = Column("authority", "text", "机关", "body that decided", default="")


def _codes(*values: str) -> OneOf:
    return OneOf(values)


def _table(name: str, zh: str, en: str, key: str, occurred: str | None, *columns: Column, must: bool = False) -> Table:
    claims = _CLAIMS if name != "enterprises" and _ENTITY in columns else ()
    return Table(name, zh, en, tuple(key.split()), columns, occurred, must, claims)


TABLES: Mapping[str, Table] = {
    t.name: t
    for t in (
        _table(
            "enterprises", "企业名录", "the registry: one row an enterprise", "entity_id", "established_on",
            _ENTITY,
            Column("name", "text", "企业名称", "registered name", True),
            Column("kind", "code", "主体类型", "kind of entity", constraint=_codes("enterprise", "individual", "cooperative", "branch", "other"), default="enterprise"),
            Column("industry", "text", "行业代码", "GB/T 4754 code (section letter first), or any text", default=""),
            Column("town", "text", "镇街", "town or sub-district", default=""),
            Column("established_on", "date", "成立日期", "day of establishment"),
            Column("status", "code", "登记状态", "registration status", constraint=_codes("active", "dormant", "deregistered", "revoked"), default="active"),
            Column("closed_on", "date", "注销吊销日期", "day of deregistration or revocation"),
            Column("registered_capital_yuan", "yuan", "注册资本(元)", "registered capital, yuan", constraint=Within(0)),
            Column("special_field", "code", "重点特殊领域", "special field that is always covered", constraint=OneOf(SPECIAL_FIELDS), default="none"),
            Column("new_economy", "flag", "四新经济", "whether new technology, industry, format or model", default="no"),
            Column("registration_no", "text", "工商注册号", "old 15-digit registration number", default=""),
            _KNOWN,
            must=True,
        ),
        _table(
            "penalties", "行政处罚", "penalty decisions and recorded violations", "entity_id record_id", "occurred_on",
            _RECORD, _ENTITY,
            Column("occurred_on", "date", "违法行为发生日期", "day of the violation; default: day of the decision"),
            Column("decided_on", "date", "处罚决定日期", "day of the decision; default: day of the violation"),
            _KNOWN, _AUTHORITY,
            Column("category", "code", "处罚类别", "heaviest kind of penalty", constraint=OneOf(PENALTY_CATEGORIES), default="other"),
            Column("severity", "code", "违法程度", "severity; where missing, the policy derives it", constraint=OneOf(SEVERITIES)),
            Column("fine_yuan", "yuan", "罚款金额(元)", "fine, yuan", constraint=Within(0), default="0"),
            Column("confiscated_yuan", "yuan", "没收金额(元)", "confiscated income and goods, yuan", constraint=Within(0), default="0"),
            Column("violation", "text", "违法行为类型", "kind of violation", default=""),
            Column("legal_basis", "text", "处罚依据", "statute and article of the penalty, as printed", default=""),
            Column("special_field", "code", "重点特殊领域", "special field of the violation", constraint=OneOf(SPECIAL_FIELDS), default="none"),
        ),
        _table(
            "abnormal_listings", "经营异常名录", "entries in the abnormal-operation list", "entity_id record_id", "listed_on",
            _RECORD, _ENTITY,
            Column("reason", "code", "列入原因", "legal reason", constraint=_codes("annual_report", "information", "false_information", "unreachable", "other"), default="other"),
            Column("listed_on", "date", "列入日期", "day of entry", True),
            Column("removed_on", "date", "移出日期", "day of removal"),
            Column("removal_known_on", "date", "移出归集日期", "day from which the removal was known; default: day of removal"),
            _KNOWN, _AUTHORITY,
        ),
        _table(
            "complaints", "投诉举报", "complaints (投诉) and reports (举报) about an enterprise", "entity_id record_id", "received_on",
            _RECORD, _ENTITY,
            Column("received_on", "date", "登记日期", "day of receipt", True),
            _KNOWN,
            Column("channel", "text", "来源渠道", "where it came in (12315, 12345, …)", default=""),
            Column("kind", "code", "记录类型", "complaint, report or other", constraint=_codes("complaint", "report", "other"), default="complaint"),
            Column("verified", "code", "核实情况", "whether the department verified it", constraint=_codes("yes", "no", "pending"), default="pending"),
            Column("verified_on", "date", "核实日期", "day of verification"),
        ),
        _table(
            "inspections", "检查结果", "inspections and what they found", "entity_id record_id", "inspected_on",
            _RECORD, _ENTITY,
            Column("inspected_on", "date", "检查日期", "day of the visit", True),
            _KNOWN,
            Column("purpose", "code", "检查类型", "why the visit took place", constraint=OneOf(PURPOSES), default="routine"),
            Column("item", "text", "抽查事项", "item inspected", default=""),
            Column("outcome_codes", "codes", "检查结果", "outcome codes of the joint list, comma-separated; 1 = no problem found"),
            Column("inspector_ids", "codes", "检查人员", "inspectors, comma-separated", default=""),
            Column("pi", "number", "被抽查概率", "inclusion probability of the draw, if drawn", constraint=Within(0, 1)),
        ),
        _table(
            "ratings", "信用评价", "ratings by other bodies", "entity_id source valid_from", "valid_from",
            _ENTITY,
            Column("source", "code", "评价类别", "which rating", True, constraint=_codes("public", "industry", "market")),
            Column("grade", "text", "评价等级", "grade as printed", True),
            Column("valid_from", "date", "评价日期", "first day of validity", True),
            Column("valid_to", "date", "有效期至", "last day of validity"),
            _KNOWN,
        ),
        _table(
            "list_entries", "名单", "entries in red, black and other lists", "entity_id list entered_on", "entered_on",
            _ENTITY,
            Column("list", "code", "名单类别", "which list", True, constraint=_codes("serious_dishonesty", "judgment_debtor", "red_line", "red_list", "other")),
            Column("entered_on", "date", "列入日期", "day of entry", True),
            Column("exited_on", "date", "退出日期", "day of exit"),
            Column("reason", "text", "列入原因", "reason as printed", default=""),
            _KNOWN, _AUTHORITY,
        ),
        _table(
            "commitments", "信用承诺", "credit commitments", "entity_id record_id", "committed_on",
            _RECORD, _ENTITY,
            Column("kind", "code", "承诺类型", "kind of commitment", constraint=_codes("approval", "voluntary", "industry", "repair"), default="voluntary"),
            Column("committed_on", "date", "承诺日期", "day of the commitment", True),
            Column("status", "code", "履行状态", "whether it was kept", constraint=_codes("kept", "partly", "broken", "pending"), default="pending"),
            Column("status_on", "date", "认定日期", "day on which the status was found"),
            _KNOWN,
        ),
        _table(
            "repairs", "信用修复", "credit repairs of penalties", "entity_id penalty_record_id", "repaired_on",
            _ENTITY,
            Column("penalty_record_id", "text", "修复的处罚文号", "record_id of the penalty that was repaired", True),
            Column("repaired_on", "date", "修复日期", "day of the repair", True),
            _KNOWN,
        ),
        _table(
            "inspectors", "执法检查人员名录", "the inspector directory", "inspector_id", None,
            Column("inspector_id", "id", "执法证号", "the inspector", True),
            Column("name", "text", "姓名", "name", True),
            Column("department", "text", "所属部门", "department", default=""),
            Column("available", "flag", "是否可派", "whether available for visits", default="yes"),
            Column("senior", "flag", "是否组长", "whether he may lead a team", default="no"),
            Column("qualifications", "codes", "执法资质", "fields or items that he is qualified for, comma-separated", default=""),
            Column("town", "text", "派驻镇街", "town or sub-district where he is posted; he does not inspect there", default=""),
        ),
        _table(
            "recusals", "回避登记", "pairs of inspector and enterprise that must not meet", "inspector_id entity_id", None,
            Column("inspector_id", "id", "执法证号", "the inspector", True),
            _ENTITY,
            Column("reason", "text", "回避事由", "reason", default=""),
        ),
        _table(
            "items", "抽查事项清单", "inspection items", "item_id", None,
            Column("item_id", "id", "事项编号", "the item", True),
            Column("category", "text", "抽查类别", "category", default=""),
            Column("item", "text", "抽查事项", "item", True),
            Column("subject", "text", "检查对象", "what is inspected", default=""),
            Column("weight", "code", "事项类别", "key or general item", constraint=_codes("key", "general"), default="general"),
            Column("method", "text", "检查方式", "method", default=""),
            Column("department", "text", "检查主体", "department", default=""),
            Column("legal_basis", "text", "检查依据", "legal basis", default=""),
        ),
    )
}  # fmt: skip


def empty(name: str) -> pd.DataFrame:
    """A table without rows, with the column types of accepted rows."""
    return pd.DataFrame({c.name: pd.Series(dtype=dtype_of(c)) for c in TABLES[name].columns})


def dtype_of(column: Column) -> str:
    """The pandas dtype of an accepted column."""
    if column.kind == "date":
        return "datetime64[s]"
    if column.kind in ("yuan", "number"):
        return "float64"
    return "bool" if column.kind == "flag" else "str"
