"""What other libraries find wrong with a file, in the words of its reader: Chinese or English, never a mixture.

Pydantic, PyYAML, the readers of workbooks, Parquet and databases, and Python itself speak English only; a fault of
theirs becomes a `Both` here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import ValidationError

_SHOWN = 60
# How pydantic names the branch of a union or the key of a mapping at the end of a place.
_BRANCH = re.compile(r"\[key\]|(?:str|int|float|bool|date|(?:list|tuple|dict)\[.*\])$")


@dataclass(frozen=True)
class Both:
    """A text in both languages; as text it is the English one.

    >>> str(Both("没有这个文件", "no such file")), Both("没有这个文件", "no such file").of("zh")
    ('no such file', '没有这个文件')
    """

    zh: str
    en: str

    def of(self, lang: str) -> str:
        """The text in one language."""
        return self.zh if lang == "zh" else self.en

    def __str__(self) -> str:
        return self.en


def nth(number: int) -> Both:
    """An entry of a log by its number."""
    return Both(f"第 {number} 条", f"entry {number}")


# Why a row is refused (`riskmodel.records.quarantine`) → (Chinese, English).
REFUSALS: Mapping[str, tuple[str, str]] = {
    "broken_row": ("行结构损坏", "broken row"),
    "natural_person": ("自然人记录", "natural person"),
    "missing_id": ("缺少统一社会信用代码", "code missing"),
    "too_long_code": ("代码超长", "code too long"),
    "malformed_code": ("代码格式错误", "malformed code"),
    "bad_check_digit": ("代码校验位错误", "wrong check digit"),
    "missing_value": ("缺少必填值", "required value missing"),
    "missing_date": ("缺少日期", "date missing"),
    "impossible_date": ("日期不存在", "impossible date"),
    "future_date": ("日期在未来", "date in the future"),
    "unreadable_amount": ("金额无法识别", "unreadable amount"),
    "negative_amount": ("金额为负", "negative amount"),
    "out_of_range": ("数值超出范围", "out of range"),
    "unknown_code": ("代码值无法识别", "unknown code"),
    "known_before_occurred": ("归集日期早于发生日期", "known before it occurred"),
    "removed_before_listed": ("移出日期早于列入日期", "removed before listed"),
    "unknown_enterprise": ("企业名录中没有该主体", "not in the registry"),
    "duplicate_enterprise": ("企业重复登记", "enterprise twice in the registry"),
    "scientific_code": ("代码被电子表格改成科学计数", "code turned into a number by a spreadsheet"),
    "ambiguous_code": ("代码有多种可能读法", "several readings of the code are right"),
    "too_long_cell": ("单元格过长", "cell too long"),
    "name_only": ("只有名称，需人工核对", "name only, to be reviewed"),
    "conflicting_duplicate": ("编号相同内容不同", "same number, other content"),
}


# Type of pydantic's fault → Chinese, with the facts of its context in braces.
_CHINESE: Mapping[str, str] = {
    "missing": "缺少此键", "extra_forbidden": "没有这个键，请核对拼写",
    "greater_than": "应大于 {gt}", "greater_than_equal": "应不小于 {ge}",
    "less_than": "应小于 {lt}", "less_than_equal": "应不大于 {le}",
    "multiple_of": "应为 {multiple_of} 的倍数", "finite_number": "应为有限的数",
    "literal_error": "应为以下之一：{expected}", "enum": "应为以下之一：{expected}",
    "string_too_short": "至少 {min_length} 个字", "string_too_long": "至多 {max_length} 个字",
    "string_pattern_mismatch": "应符合格式 {pattern}",
    "too_short": "至少 {min_length} 项", "too_long": "至多 {max_length} 项",
}  # fmt: skip
# The same for families of types: `int_type`, `int_parsing` and `int_from_float` all mean a whole number.
_FAMILIES: Mapping[str, str] = {
    "int": "应为整数", "float": "应为数字", "decimal": "应为数字", "bool": "应为 true 或 false", "string": "应为文字",
    "date": "应为形如 2025-06-30 的日期", "datetime": "应为形如 2025-06-30T12:00 的时间", "dict": "应为若干“键: 值”",
    "mapping": "应为若干“键: 值”", "model": "应为若干“键: 值”", "list": "应为列表", "tuple": "应为列表",
    "set": "应为列表", "frozen": "应为列表", "none": "应为空",
}  # fmt: skip
# Where pydantic speaks of its own classes, English is ours as well.
_ENGLISH: Mapping[str, str] = {
    "extra_forbidden": "no such key, check its spelling", "model_type": "should be a mapping of keys",
}  # fmt: skip
_DAY_KEY = re.compile(r"datetime\.date\((\d+), (\d+), (\d+)\)")


def validation_words(file: str, faults: ValidationError) -> tuple[str, Both]:
    """A file with the places of all its faults, and for each what stands there and what is wrong with it."""
    told = [(_place(fault["loc"]), _stands(fault), _wrong(fault)) for fault in faults.errors()]
    chinese = "；".join(f"{place}{value}（{wrong.zh}）" for place, value, wrong in told)
    english = "; ".join(f"{place}{value} ({wrong.en})" for place, value, wrong in told)
    places = ", ".join(dict.fromkeys(place for place, _, _ in told if place))
    return f"{file}: {places}" if places else file, Both(chinese, english)


def _place(parts: tuple[int | str, ...]) -> str:
    while len(parts) > 1 and _BRANCH.match(str(parts[-1])):
        parts = parts[:-1]
    said = ".".join(str(part) for part in parts)
    return _DAY_KEY.sub(lambda day: f"{day[1]}-{day[2]:0>2}-{day[3]:0>2}", said)


def _stands(fault: Any) -> str:
    """What stands at the place; of a key that is missing there is nothing to show, of a mapping too much."""
    if fault["type"] in ("missing", "value_error") and isinstance(fault["input"], Mapping):
        return ""
    return f" = {str(fault['input'])[:_SHOWN]}"


def _wrong(fault: Any) -> Both:
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "value_error":  # raised by our own models, which may say it in both languages
        said = context["error"].args[0] if context["error"].args else ""
        return said if isinstance(said, Both) else Both("取值不合规定", str(said))
    pattern = _CHINESE.get(kind) or _FAMILIES.get(kind.partition("_")[0], "取值不合规定")
    facts = {name: _fact(value) for name, value in context.items()}
    return Both(pattern.format_map(facts), _ENGLISH.get(kind, fault["msg"]))


def _fact(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else re.sub(r" or |, ", "、", str(value))


def exception_words(fault: BaseException) -> Both:
    """What a fault of Python or of a library means, without its name.

    >>> exception_words(FileNotFoundError(2, "No such file or directory", "plan.json")).zh
    '没有这个文件'
    >>> exception_words(KeyError("digest")).en
    'digest is missing'
    """
    if fault.args and isinstance(fault.args[0], Both):
        return fault.args[0]
    for kind, both in _EXCEPTIONS.items():
        if isinstance(fault, kind):
            return both
    return _where_it_is(fault) or _what_it_is(fault)


def _where_it_is(fault: BaseException) -> Both | None:
    """Words about a fault that knows its place in a text."""
    if isinstance(fault, UnicodeDecodeError):
        return Both(f"第 {fault.start + 1} 个字节起不是 UTF-8 文字", f"byte {fault.start + 1} is not UTF-8 text")
    if isinstance(fault, json.JSONDecodeError):
        return Both(f"第 {fault.lineno} 行第 {fault.colno} 列不符合 JSON 格式", f"no JSON: {fault}")
    if (mark := getattr(fault, "problem_mark", None)) is not None:  # of PyYAML, which need not be loaded here
        return Both(f"第 {mark.line + 1} 行第 {mark.column + 1} 列不符合 YAML 格式", one_line(fault))
    return None


def _what_it_is(fault: BaseException) -> Both:
    if isinstance(fault, KeyError):
        return Both(f"缺少 {fault.args[0]}", f"{fault.args[0]} is missing")
    if isinstance(fault, OSError):
        reason = fault.strerror or type(fault).__name__
        return Both(f"无法读写（系统代码 {fault.errno or '-'}）", f"cannot be read or written: {reason}")
    if isinstance(fault, ValueError) and _NO_DAY.search(str(fault)):  # PyYAML lets it through
        return Both("有不存在的日期，如 2 月 30 日", "a date that does not exist, such as 30 February")
    # A `TypeError` speaks of code that met content it did not await, which says nothing to users.
    said = "" if isinstance(fault, (TypeError, AttributeError)) or not str(fault) else one_line(fault)
    return Both("内容不符合格式", said or "the content has another form")


_NO_DAY = re.compile("^(month must be in|day is out of range|year .* is out of range)")
_EXCEPTIONS: Mapping[type[BaseException], Both] = {
    FileNotFoundError: Both("没有这个文件", "no such file"),
    FileExistsError: Both("已有同名文件", "a file of this name exists"),
    IsADirectoryError: Both("这是文件夹，不是文件", "this is a folder, not a file"),
    NotADirectoryError: Both("这是文件，不是文件夹", "this is a file, not a folder"),
    PermissionError: Both("没有权限，或文件正被其他程序打开", "not permitted, or the file is open in another program"),
    RecursionError: Both("嵌套过深", "nested too deeply"),
    MemoryError: Both("内存不足", "too little memory"),
}


# What other libraries write of a file, a store or a database → Chinese, with groups of the pattern put in.
_LIBRARIES: Mapping[str, str] = {
    # packed files: XLSX, ODS, ZIP
    "not a zip file|magic number|central directory|Truncated file|zip64": "压缩结构不完整，可能没有传完",
    "Bad CRC-32 for file '(.+?)'": r"内容与校验码不符：\1",
    "File name in directory|extra field|Overlapped entries": "压缩包的目录与内容不一致",
    "decompress|Corrupt (?:snappy|zlib|gzip|lz4|zstd)|snappy": "压缩的内容无法解开",
    "of \\d+ bytes|EOFError|[Ee]nd of (?:file|stream)|ended before": "文件提前结束，可能没有传完",
    # workbooks
    "password.protected|EncryptedPackage": "打开需要密码",
    "Cannot detect file format|could not load excel": "不是完整的工作簿",
    "Worksheet '(.+?)' not found": r"缺少工作表“\1”的内容",
    "shared strings": "缺少单元格的文字",
    "Xml error|end of xml|unclosed token|not well-formed|no element found|mismatched tag": "内部的 XML 不完整或有误",
    "PanicException": "内部结构损坏，读取中断",
    "codec can't decode": "文字编码有误",
    # Parquet
    "Parquet magic bytes": "结尾没有 Parquet 标记，可能没有传完",
    "thrift|data page|number of bytes|base64|[Pp]arquet": "Parquet 内部结构损坏",
    # databases and stores
    "translate host name|service not known|nodename nor servname|getaddrinfo|server host|resolve host": (
        "找不到这台服务器：主机名有误，或没有联网"
    ),
    "[Cc]onnection refused|Can't connect": "服务器没有应答：端口有误，或服务没有启动",
    "timed? ?out|timeout": "连接超时",
    "authentication failed|Access denied|no password": "用户名或密码不对",
    "database \"(.+?)\" does not exist|Unknown database '(.+?)'": r"服务器上没有数据库 \1\2",
    "unable to open database file": "没有这个数据库文件，或没有权限",
    "file is not a database|not a valid DuckDB": "不是数据库文件",
    "set lock|Conflicting lock|being used by another process": "另一个程序正打开着它",
    "no such table|relation .+ does not exist|Table .+ doesn't exist": "没有这个数据表",
    "[Pp]ermission denied": "没有权限",
    "No such file or directory|cannot find the path": "没有这个文件夹",
    "[Ii]s a directory": "这是文件夹，不是文件",
    "No module named '(.+?)'": r"没有安装 \1",
    "load plugin: sqlalchemy.dialects:(\\S+)": r"不支持的数据库类型：\1",
}  # fmt: skip
# Names of libraries and classes at the beginning, places in their code at the end, which say nothing to users.
_NOISE = re.compile(r"^(?:\w+(?:Error|Exception): )?(?:calamine error: )?| Context: .*$")


def library_words(said: object, otherwise: str = "内容不符合格式") -> Both:
    """What a library wrote, in Chinese where its words are known, else what `otherwise` says.

    >>> library_words("CalamineError: calamine error: Cannot detect file format Context: 0: from bytes")
    Both(zh='不是完整的工作簿', en='Cannot detect file format')
    >>> library_words("odd one", otherwise="数据库返回错误").zh
    '数据库返回错误'
    """
    text = one_line(said)
    for pattern, chinese in _LIBRARIES.items():
        if found := re.search(pattern, text):
            return Both(found.expand(chinese) if "\\" in chinese else chinese, _NOISE.sub("", text) or text)
    return Both(otherwise, _NOISE.sub("", text) or text)


def one_line(said: object) -> str:
    """A text or the message of an error, on one line and not too long."""
    return " ".join(str(said).split())[:200] or type(said).__name__
