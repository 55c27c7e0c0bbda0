"""What stands in the cells of a column: codes, days, amounts, document numbers, names, words of a list.

Each is a share of the cells that are not empty; from these shares come the odds that a column holds what a column of
ours holds, against any other column of an export.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pandas as pd
import pyarrow as pa

from riskmodel.records import cells as read
from riskmodel.records.headers import fold
from riskmodel.records.identity import read_codes
from riskmodel.records.words import code_words
from riskmodel.tables import Column, OneOf

# So many different cells of a column tell enough.
_CELLS = 200
_PATTERNS: Mapping[str, str] = {
    "company": r".*(?:公司|[厂店社行部场院馆坊吧]|中心|商行|企业|超市|酒楼|宾馆|合作社|经营部|工作室)(?:\(.*\))?$",
    "authority": r".*(?:[局委办院厅署站]|委员会|政府|大队|支队|总队|机关|中队|海关)$",
    "person": r"[\u4e00-\u9fff·]{2,4}|[\u4e00-\u9fff]\*+",
    "document": r".*(?:[〔\[【(（]\d{4}[〕\]】)）]|\d{4}年?第?).*\d+号?.*",
    "law": r".*(?:《.+》|第[\d一二三四五六七八九十百]+条).*",
    "town": r".*(?:镇|街道|乡|办事处|开发区|街道办)$",
    "industry": r"[A-Ta-t]?\d{2,4}|[A-Ta-t]",
    "registration": r"\d{13}(?:\d{2})?",
    "organisation": r"[0-9A-Z]{8}-?[0-9X]",
    "outcomes": r"(?:\d{1,2}|[A-G])(?:[,，;；、](?:\d{1,2}|[A-G]))*",
    "channel": r".*(?:12315|12345|热线|电话|平台|来访|来函|网|APP|信箱|现场|小程序|公众号).*",
    "several": r".+[,，;；、].+",
    "number": r"[\d\s.,-]+",
    "share": r"0?\.\d+|[01](?:\.0*)?",
    "mark": r"[0-9A-Za-z〔〕()（）\[\]【】_\u4e00-\u9fff-]*\d[0-9A-Za-z〔〕()（）\[\]【】_\u4e00-\u9fff-]*",
}
# Words that stand in many columns and tell nothing of a list.
_COMMON = frozenset(("", "无", "是", "否", "其他", "0", "1", "y", "n", "正常", "一般"))


def looks(texts: pd.Series) -> Mapping[str, float]:
    """Share of the cells that read as each kind of content; ``empty`` is the share of empty ones."""
    values = pa.array(texts.fillna("").astype("str"), pa.string())
    given = texts[~read.blank(values)] if len(texts) else texts
    if not len(given):
        return {"empty": 1.0}
    cells = given.drop_duplicates().head(_CELLS).str.strip()
    distinct = pa.array(cells, pa.string())
    days, _ = read.days(distinct)
    _, no_amount = read.amounts(distinct)
    codes = read_codes(distinct)["code"]
    shares = {name: float(cells.str.fullmatch(pattern).mean()) for name, pattern in _PATTERNS.items()}
    numbers = pd.to_numeric(cells, errors="coerce")
    return {
        **shares,
        "empty": 1 - len(given) / len(texts),
        "code": float(codes.str.startswith("9").mean()),
        "office": float(codes.str.startswith("1").mean()),
        "date": float((~pd.isna(days)).mean()) if numbers.lt(10_000_000).mean() < 0.5 else 0.0,
        "amount": float((~no_amount).mean()),
        "large": float(numbers.gt(1e9).mean()),
        "counted": float(len(numbers) > 2 and numbers.diff().iloc[1:].eq(1).mean() > 0.9),
        "unique": given.nunique() / len(given),
        "few": float(given.nunique() <= max(12, len(given) // 20)),
    }


def words_of(texts: pd.Series) -> list[str]:
    """The first cells that are not empty, folded as words of lists are."""
    return [fold(text) for text in texts.dropna().head(_CELLS)]


def odds(table: str, column: Column, seen: Mapping[str, float], given: Sequence[str]) -> float:
    """Odds that cells which look like this, with these words, belong to a column of ours, against any other column."""
    if seen["empty"] >= 1.0:
        return 1.0
    typed = max(seen["code"], seen["office"], seen["date"])
    if column.kind == "date":
        return 3.0 if seen["date"] > 0.9 else 1.0 if seen["date"] > 0.6 else 0.02
    if column.kind in ("code", "flag"):
        return 0.02 if typed > 0.5 else _words(table, column, given)
    if column.name == "entity_id":
        return _by_share(seen["code"], 40.0, 0.05)
    if typed > 0.5:
        return 0.04
    if column.kind == "yuan":
        fine = seen["amount"] > 0.9 and seen["large"] < 0.3 and not seen["counted"]
        return 3.0 if fine else 0.5 if seen["amount"] > 0.6 and seen["large"] < 0.3 else 0.02
    return _text(column, seen)


def _text(column: Column, seen: Mapping[str, float]) -> float:
    """Odds of columns of text."""
    if column.name in ("record_id", "penalty_record_id"):
        return _record(seen)
    if column.name == "outcome_codes":
        return 4.0 if seen["outcomes"] > 0.8 and seen["few"] else 1.0 if seen["few"] else 0.3
    if column.name == "inspector_ids":
        return 4.0 if seen["several"] > 0.6 else 1.0
    kinds = {
        "name": ("company", 10.0, 0.1), "party_name": ("company", 10.0, 0.1), "authority": ("authority", 6.0, 0.1),
        "legal_basis": ("law", 12.0, 0.15), "town": ("town", 15.0, 0.2), "industry": ("industry", 4.0, 0.7),
        "registration_no": ("registration", 20.0, 0.05), "party_registration_no": ("registration", 20.0, 0.05),
        "party_organisation_code": ("organisation", 20.0, 0.05), "channel": ("channel", 10.0, 0.5),
        "pi": ("share", 4.0, 0.03),
    }  # fmt: skip
    if column.name in kinds:
        kind, high, low = kinds[column.name]
        return _by_share(seen[kind], high, low)
    return 0.05 if max(seen["company"], seen["authority"], seen["law"]) > 0.6 or seen["number"] > 0.8 else 1.0


def _record(seen: Mapping[str, float]) -> float:
    """Numbers of records: each stands once or nearly so, and is more than a count."""
    if seen["unique"] < 0.6 or seen["counted"] or max(seen["law"], seen["company"]) > 0.5:
        return 0.05
    if seen["document"] > 0.7:
        return 8.0
    if seen["mark"] <= 0.9:
        return 0.1
    return 1.5 if seen["unique"] > 0.95 and seen["number"] < 0.9 else 0.7


def _words(table: str, column: Column, given: Sequence[str]) -> float:
    """Odds by the share of cells that are words of the list of a coded column."""
    flag = column.kind == "flag"
    own = ("yes", "no") if flag else column.constraint.values if isinstance(column.constraint, OneOf) else ()
    words = code_words(table, "flag" if flag else column.name) | {fold(code): code for code in own}
    telling = [text for text in given if text not in _COMMON]
    if flag or not telling:
        common = [text for text in given if text]
        return 1.5 if common and all(text in words for text in common) else 0.05
    known = [all(part in words for part in re.split("[;,、]", text)) or text in words for text in telling]
    return _by_share(sum(known) / len(known), 20.0, 0.04)


def _by_share(share: float, high: float, low: float) -> float:
    """Odds for a share of fitting cells: high if most fit, low if hardly any."""
    return high if share >= 0.6 else 1.5 if share >= 0.25 else low if share < 0.1 else 0.5
