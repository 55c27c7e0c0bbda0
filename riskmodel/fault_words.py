"""What other libraries find wrong with a file, in the words of its reader: Chinese or English, never a mixture.

Pydantic, PyYAML and Python itself speak English only; a fault of theirs becomes a `Both` here.
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
        return Both(f"第 {mark.line + 1} 行第 {mark.column + 1} 列不符合 YAML 格式", _one_line(fault))
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
    said = "" if isinstance(fault, (TypeError, AttributeError)) else _one_line(fault)
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


def _one_line(fault: BaseException) -> str:
    return " ".join(str(fault).split())[:200]
