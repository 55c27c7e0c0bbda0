"""Help in one language, with examples; the words stand where the verbs are declared, in both."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import typer
from typer import rich_utils

from riskmodel.errors import Lang

# Verb → command lines that work as they stand in a checkout.
EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "run": (
        "riskmodel run data/sample",
        "riskmodel run data/sample --as-of 2025-05-31 --capacity 300 --json",
    ),
    "check": ("riskmodel check data/sample", "riskmodel check data/sample --propose source.yaml"),
    "assess": ("riskmodel assess data/sample --out scores.csv",),
    "append": ("riskmodel append office.duckdb data/sample --delivered-on 2025-06-30",),
    "quarantine": ("riskmodel quarantine data/sample --out corrections.xlsx",),
    "plan": ("riskmodel plan data/sample --capacity 300 --out plan.json",),
    "draw": ('riskmodel draw plan.json --seed "lottery 2025-075: 03 08 11 19 25 30 + 07"',),
    "replace": ("riskmodel replace plan.json proof.json 91370306MA0N1ERE8Q --log d.jsonl --reason closed --by NAME",),
    "credit-report": ("riskmodel credit-report data/sample 91370306MA0N1ERE8Q --out credit",),
    "simulate": ("riskmodel simulate data/sample --policy zhoucun-2020 --years 3",),
    "estimate": ("riskmodel estimate plan.json proof.json results.csv --by town",),
    "recheck": ("riskmodel recheck proof.json 91370306MA0N1ERE8Q --out worksheet.xlsx",),
    "results read": ("riskmodel results read books --draw reports/2025-06-30 --store office.duckdb",),
    "verify": ("riskmodel verify proof.json", "riskmodel verify proof.json --commitment DIGEST"),
    "explain": ("riskmodel explain data/sample 91370306MA0N1ERE8Q",),
    "features": ("riskmodel features --lang en",),
    "dictionary": ("riskmodel dictionary > dictionary.md",),
    "district": ("riskmodel district invented --enterprises 2000",),
    "experiment": ("riskmodel experiment experiments/baseline.yaml --audit",),
    "publish": ("riskmodel publish plan.json proof.json results.csv --out notice.csv",),
    "override set": ("riskmodel override set o.jsonl 91370306MA0N1ERE8Q --tier D --reason risk --by NAME",),
    "override withdraw": ("riskmodel override withdraw o.jsonl 1 --reason mistaken --by NAME",),
    "override list": ("riskmodel override list o.jsonl",),
    "case remind": ("riskmodel case remind casebook W-1 --by NAME --held-on 2025-07-03",),
    "case warn": ("riskmodel case warn casebook W-1 --by NAME --department OFFICE",),
    "case answer": ("riskmodel case answer casebook W-1 --by NAME --text corrected",),
    "case release": ("riskmodel case release casebook W-1 --by NAME --text mistaken",),
    "case note": ("riskmodel case note casebook W-1 --by NAME --text moved",),
    "case digest": ("riskmodel case digest casebook --run reports/2025-06-30 --by NAME",),
    "case list": ("riskmodel case list casebook",),
    "case verify": ("riskmodel case verify casebook --head DIGEST",),
    "lab": ("riskmodel lab",),
    "ui": ("riskmodel ui --out reports --port 5000",),
    "policy check": ("riskmodel policy check zhoucun-2020",),
    "policy show": ("riskmodel policy show", "riskmodel policy show zhoucun-2020"),
    "policy coverage": ("riskmodel policy coverage",),
}
_TITLES: Mapping[str, tuple[str, str]] = {
    "ARGUMENTS_PANEL_TITLE": ("参数", "Arguments"), "OPTIONS_PANEL_TITLE": ("选项", "Options"),
    "COMMANDS_PANEL_TITLE": ("命令", "Commands"), "ERRORS_PANEL_TITLE": ("错误", "Error"),
    "DEFAULT_STRING": ("[默认：{}]", "[default: {}]"), "REQUIRED_LONG_STRING": ("[必填]", "[required]"),
    "RICH_HELP": ("用 [blue]\'{command_path} {help_option}\'[/] 查看帮助。", rich_utils.RICH_HELP),
}  # fmt: skip
_CLICK: Mapping[str, str] = {
    "Show this message and exit.": "显示帮助 / Show this help",
    "Install completion for the current shell.": "为当前命令行环境安装自动补全 / Complete commands in this shell",
    "Show completion for the current shell, to copy it or customize the installation.": (
        "显示自动补全脚本 / Show what completes commands"
    ),
}
# What newer Typer says of the type of a value; a switch takes none.
_TYPES: Mapping[str, tuple[str, str]] = {
    "str": ("文字", "text"), "path": ("路径", "path"), "int": ("整数", "whole number"), "float": ("数", "number"),
    "int range": ("整数", "whole number"), "float range": ("数", "number"),
    "list[str]": ("文字，可多次", "text, often"), "list[path]": ("路径，可多个", "paths"),
}  # fmt: skip
# What the line of usage says, and what Click says of a command line that it does not understand.
_USAGE: Mapping[str, str] = {
    "Usage: ": "用法：", "[OPTIONS]": "[选项]", "COMMAND [ARGS]...": "命令 [参数]...",
}  # fmt: skip
_FAULTS: Mapping[str, str] = {
    r"No such option: (\S+)": r"没有选项 \1",
    r"No such command (.+?)\.": r"没有命令 \1。",
    r" ?\(Possible options: (.+)\)": r"（是否为：\1）",
    r" Did you mean (.+)\?": r"是否为：\1？",
    r"Missing argument (.+?)\.": r"缺少参数 \1。",
    r"Missing option (.+?)\.": r"缺少选项 \1。",
    r"Missing command\.": "缺少命令。",
    r"Got unexpected extra arguments?(?:\(s\))? \((.+)\)": r"多余的参数：\1",
    r"Option (.+) requires an argument\.": r"选项 \1 后面要有一个值。",
    r"Option (.+) does not take a value\.": r"选项 \1 后面没有值。",
    r"Invalid value for (.+?): ": r"\1 的值不对：",
    r"(?:Value error, )?(\S+) is not one of (.+)\.": r"\1 不在可选值之中：\2。",
    r"Input should be greater than or equal to (\S+)": r"应不小于 \1",
    r"Input should be less than or equal to (\S+)": r"应不大于 \1",
    r"(\S+) is not in the range (.+)\.": r"\1 不在范围 \2 之内。",
    r"(?:Input should be a valid integer.*|(\S+) is not a valid int.*)": r"应为整数",
}


def in_language(command: Any, lang: Lang) -> Any:
    """A command and all below it with help in one language and examples at the end.

    Newer Typer brings its own Click and older uses the one installed, so that commands have no type of ours here.
    """
    side = 0 if lang == "zh" else 1
    for name, both in _TITLES.items():
        setattr(rich_utils, name, both[side])
    rich_utils.rich_format_error = lambda fault: _SHOW(_Said(fault, lang))  # type: ignore[arg-type, assignment]
    for path, verb in verbs(command):
        verb.get_usage = _usage(verb.get_usage, lang)
        verb.help = half(verb.help or "", lang)
        for parameter in (*verb.params, verb.get_help_option(typer.Context(verb))):
            text = getattr(parameter, "help", None)
            if text:
                parameter.help = half(_CLICK.get(text, text), lang)
            if hasattr(parameter, "display_type_rich"):
                parameter.display_type_rich = _type(parameter.display_type_rich, side)
        if path in EXAMPLES:
            verb.epilog = "\n\n".join((("示例：", "Examples:")[side], *EXAMPLES[path]))
    return command


class _Said:
    """A fault of the command line whose message is in one language."""

    def __init__(self, fault: Any, lang: Lang) -> None:
        self._fault, self._lang = fault, lang

    def __getattr__(self, name: str) -> Any:
        return getattr(self._fault, name)

    def format_message(self) -> str:
        return fault_in_language(self._fault.format_message(), self._lang)


_SHOW = rich_utils.rich_format_error


def fault_in_language(text: str, lang: Lang) -> str:
    """What Click says of a command line, in Chinese where we know the words.

    >>> fault_in_language("No such command 'ver'. Did you mean 'verify', 'version'?", "zh")
    "没有命令 'ver'。是否为：'verify', 'version'？"
    """
    for said, meant in _FAULTS.items() if lang == "zh" else ():
        text = re.sub(said, meant, text)
    return text


def _type(display: Callable[..., str | None], side: int) -> Callable[..., str | None]:
    def named(kind: re.Match[str]) -> str:
        return f"<{_TYPES.get(kind[1].lower(), (kind[1], kind[1]))[side]}>"

    def said(ctx: Any) -> str | None:
        text = display(ctx=ctx)
        if text is None or "<bool>" in text:
            return None
        return re.sub(r"<([A-Za-z\[\] ]+)>", named, text)

    return said


def _usage(usage: Callable[[Any], str], lang: Lang) -> Callable[[Any], str]:
    def said(context: Any) -> str:
        text = usage(context)
        for english, chinese in _USAGE.items() if lang == "zh" else ():
            text = text.replace(english, chinese)
        return text

    return said


def verbs(command: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every command with its words, the top one with ''."""
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from verbs(below, f"{path} {name}".strip())


def half(text: str, lang: Lang) -> str:
    """The Chinese or the English half of ``中文 / English``; a text of one language as it is.

    >>> half("输出目录 / folder", "en"), half("输出目录 / folder", "zh"), half("plan.json", "zh")
    ('folder', '输出目录', 'plan.json')
    """
    chinese, slash, english = text.partition(" / ")
    return text if not slash else chinese if lang == "zh" else english
