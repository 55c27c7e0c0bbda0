"""Guess which table a sheet holds and what its columns are, by their headers and by what stands in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import yaml
from rapidfuzz import fuzz
from scipy.optimize import linear_sum_assignment

from riskmodel.records import cells as read
from riskmodel.records.headers import aliases, code_words, fold, match
from riskmodel.records.identity import read_codes
from riskmodel.tables import TABLES, Column, OneOf

# A guess below this is only a hint: it is written into the proposal as a comment.
LIKELY = 0.6
# Least total of likeness and content for a guess at all.
_LEAST = 0.35
# Words of headers that mean one kind of column, whatever the table: they make up for wordings that no list has.
_HINTS: Mapping[str, str] = {
    "entity_id": r"信用代?码|uscc|credit.?code|社会.*代码|统一.*码|机构代码",
    "name": r"(企业|公司|单位|主体|商户).*名|^名称$|company|enterprise.?name",
    "party_name": r"当事|相对人|被.*(人|单位|对象)|(企业|公司|单位|主体).*名|company|party|respondent",
    "record_id": r"文号|案号|(编|单|流水)号|案件.*号|number|case.?(no|id)|record",
    "decided_on": r"(处罚|决定|裁定).*(日期|时间)|deci.*(date|on)",
    "occurred_on": r"(违法|发生|案发).*(日期|时间)|(violation|occur).*(date|on)",
    "known_on": r"归集|入库|上报|采集|load|import|known|update",
    "established_on": r"成立|设立|注册(日期|时间)|establish|found|open.*(date|on)",
    "listed_on": r"列入.*(日期|时间)|(list|enter).*(date|on)",
    "removed_on": r"移出.*(日期|时间)|remov.*(date|on)",
    "received_on": r"(登记|受理|接收|来电|投诉|举报).*(日期|时间)|receiv|complain.*(date|on)",
    "inspected_on": r"(检查|巡查|抽查).*(日期|时间)|inspect.*(date|on)",
    "authority": r"(处罚|执法|决定|作出|实施).*(机关|单位|部门|机构)|authority|agency|department",
    "category": r"(处罚|决定).*(类别|种类|类型|方式)|penalty.*(type|kind)",
    "fine_yuan": r"罚(款|金)|fine|penalty.*(amount|sum)",
    "confiscated_yuan": r"没收|confiscat",
    "violation": r"违法.*(行为|情形|类型|事实)|案由|事由|violation",
    "legal_basis": r"依据|法条|法律|basis|statute",
    "town": r"镇|街道|辖区|区域|town|district",
    "industry": r"行业|产业|industry|sector",
    "status": r"(登记|经营|企业|主体)?状态|status",
    "registered_capital_yuan": r"注册资(本|金)|capital",
    "verified": r"属实|核实.*(情况|结果)|核查结果|verified|substantiat",
    "outcome_codes": r"(检查|抽查).*(结果|结论|情况)|outcome|result",
    "kind": r"类型|类别|kind|type",
    "channel": r"渠道|来源|方式|channel",
    "reason": r"原因|事由|reason",
}


@dataclass(frozen=True)
class Guess:
    """What a header seems to be.

    Attributes
    ----------
    column : str
        Our column.
    header : str
        Header in the file.
    confidence : float
        0 to 1.
    why : str
        ``alias`` (known wording), ``name``, ``content`` or ``name and content``.
    """

    column: str
    header: str
    confidence: float
    why: str


@dataclass(frozen=True)
class Proposal:
    """What a sheet seems to be; `unknown` are headers without a guess."""

    file: str
    table: str
    confidence: float
    guesses: tuple[Guess, ...]
    unknown: tuple[str, ...]


def propose(file: str, headers: Sequence[str], sample: pd.DataFrame) -> Proposal:
    """The table that fits best, and its columns.

    Parameters
    ----------
    file : str
        Name for people.
    headers : sequence of str
        Headers as printed.
    sample : DataFrame of str
        Some rows, columns by header.
    """
    looks = {header: _looks(sample[header] if header in sample else pd.Series(dtype="str")) for header in headers}
    fits = [_fit(file, table, headers, looks, sample) for table in TABLES]
    return max(fits, key=lambda proposal: proposal.confidence)


def source_yaml(proposals: Sequence[Proposal], *, absent: Sequence[str] = ()) -> str:
    """A `source.yaml` with these guesses; unlikely ones stand as comments."""
    lines = ["# Proposed by `riskmodel check --propose`: look at every line before use.", "id_scheme: uscc"]
    if absent:
        lines.append(f"absent: [{', '.join(absent)}]")
    lines.append("tables:")
    for table in sorted({p.table for p in proposals}):
        lines.append(f"  {table}:")
        for proposal in (p for p in proposals if p.table == table):
            name, _, sheet = proposal.file.partition("#")
            lines.append(f"    - file: {_quoted(name.removeprefix('db:'))}")
            lines += [f"      sheet: {_quoted(sheet)}"] if sheet else []
            likely = [g for g in proposal.guesses if g.confidence >= LIKELY]
            lines.append("      columns:" if likely else "      columns: {}")
            for guess in sorted(proposal.guesses, key=lambda g: -g.confidence):
                mark = "" if guess.confidence >= LIKELY else "# "
                note = f"# {guess.confidence:.2f} {guess.why}"
                lines.append(f"        {mark}{guess.column}: {_quoted(guess.header)}  {note}")
            lines += [f"      # not used: {_quoted(header)}" for header in proposal.unknown]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return yaml.safe_dump(text, allow_unicode=True, default_style='"', width=10_000).strip()


def _fit(
    file: str, table: str, headers: Sequence[str], looks: Mapping[str, Mapping[str, float]], sample: pd.DataFrame
) -> Proposal:
    """One table laid over the headers: known wordings first, the rest by best assignment."""
    known = match(table, headers)
    guesses = [Guess(column, header, 1.0, "alias") for header, (column, _) in known.items()]
    taken = {guess.column for guess in guesses}
    columns = [c for c in TABLES[table].inputs if c.name not in taken]
    rest = [header for header in headers if header not in known]
    if columns and rest:
        parts = [[_likeness(table, c, h, looks[h], sample) for h in rest] for c in columns]
        rows, places = linear_sum_assignment([[-max(part) if sum(part) else 0.0 for part in row] for row in parts])
        for row, place in zip(rows, places, strict=True):
            by_name, by_content, together = parts[row][place]
            confidence = max(by_name, by_content, together)
            if confidence >= _LEAST:
                why = (
                    "name and content"
                    if together >= max(by_name, by_content)
                    else "name"
                    if by_name >= by_content
                    else "content"
                )
                guesses.append(Guess(columns[row].name, rest[place], round(confidence, 2), why))
    needed = [c.name for c in TABLES[table].columns if c.required] + list(TABLES[table].key)
    found = {guess.column: guess.confidence for guess in guesses}
    weight = sum(found.values()) + 2 * sum(found.get(name, -0.5) for name in dict.fromkeys(needed))
    unknown = tuple(h for h in headers if h not in {g.header for g in guesses})
    return Proposal(file, table, weight / (len(headers) + 2 * len(needed)), tuple(guesses), unknown)


def _likeness(
    table: str, column: Column, header: str, looks: Mapping[str, float], sample: pd.DataFrame
) -> tuple[float, float, float]:
    """Confidence by the header alone, by the content alone (never high), and by both."""
    name = _by_name(table, column, header)
    content = looks.get(_kind(column), 0.0)
    if column.kind in ("code", "flag") and header in sample:
        content = _by_words(table, column, sample[header])
    if looks.get("empty", 0.0) > 0.95:
        return min(name, 0.7), 0.0, 0.0
    if content < 0.5 and column.kind not in ("text", "codes"):
        return min(name, 0.5) * 0.6, 0.0, 0.0  # a good name over the wrong kind of content is a wrong guess
    alone = {"entity_id": 0.85, "record_id": 0.55}.get(column.name, 0.75 if column.kind in ("code", "flag") else 0.3)
    both = 0.0 if name < 0.4 else min(0.98, 0.55 * name + 0.45 * content)
    return name * 0.8, alone * content if content >= 0.8 else 0.0, both


def _by_name(table: str, column: Column, header: str) -> float:
    plain = fold(header)
    likes = [fuzz.ratio(plain, alias) / 100 for alias, (name, _) in aliases(table).items() if name == column.name]
    hint = _HINTS.get(column.name)
    hinted = 0.9 if hint and re.search(hint, plain) else 0.0
    return max([*likes, hinted], default=0.0)


def _by_words(table: str, column: Column, texts: pd.Series) -> float:
    """Share of cells that are words of a coded column."""
    words = code_words(table, "flag" if column.kind == "flag" else column.name)
    own = column.constraint.values if isinstance(column.constraint, OneOf) else ("yes", "no")
    words |= {fold(code): code for code in own}
    given = [fold(text) for text in texts if fold(text)]
    return float(np.mean([any(part in words for part in re.split("[;,、]", text)) for text in given])) if given else 0.0


def _kind(column: Column) -> str:
    special = {"entity_id": "code18", "name": "company", "party_name": "company", "record_id": "document"}
    by_kind = {"date": "date", "yuan": "amount", "number": "amount", "text": "text", "codes": "text", "id": "document"}
    return special.get(column.name, by_kind.get(column.kind, "text"))


def _looks(texts: pd.Series) -> Mapping[str, float]:
    """Share of the cells that look like a code, a day, an amount, a document number, a name."""
    given = [text for text in texts if text.strip()]
    if not given:
        return {"empty": 1.0}
    values = pa.array(given, pa.string())
    dates, not_dates = read.days(values)
    _, not_amounts = read.amounts(values)
    distinct = len(set(given)) / len(given)
    numbers = float(np.mean([bool(re.search(r"\d", text)) for text in given]))
    return {
        "empty": 1 - len(given) / max(len(texts), 1),
        "code18": float(read_codes(values)["code"].ne("").mean()),
        "date": float(np.mean(~not_dates & ~np.isnat(dates))),
        "amount": float(np.mean(~not_amounts)),
        "document": min(distinct, numbers),
        "company": float(
            np.mean([bool(re.search(r"公司|厂|店|社|行|部|中心|商|坊|院|馆|场", text)) for text in given])
        ),
        "text": 0.5,
    }
