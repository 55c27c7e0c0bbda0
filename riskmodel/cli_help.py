"""Help in one language, with examples; the words stand where the verbs are declared, in both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    "Show this message and exit.": "显示帮助 / show this help",
    "Install completion for the current shell.": "为当前命令行环境安装自动补全 / complete commands in this shell",
    "Show completion for the current shell, to copy it or customize the installation.": (
        "显示自动补全脚本 / show what completes commands"
    ),
}


def in_language(command: Any, lang: Lang) -> Any:
    """A command and all below it with help in one language and examples at the end.

    Newer Typer brings its own Click and older uses the one installed, so that commands have no type of ours here.
    """
    side = 0 if lang == "zh" else 1
    for name, both in _TITLES.items():
        setattr(rich_utils, name, both[side])
    for path, verb in verbs(command):
        verb.help = half(verb.help or "", lang)
        for parameter in (*verb.params, verb.get_help_option(typer.Context(verb))):
            text = getattr(parameter, "help", None)
            if text:
                parameter.help = half(_CLICK.get(text, text), lang)
        if path in EXAMPLES:
            verb.epilog = "\n\n".join((("示例：", "Examples:")[side], *EXAMPLES[path]))
    return command


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
