"""Options that several verbs share; each help text holds both languages, of which one is shown."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from riskmodel.cli_screen import default_language
from riskmodel.errors import Lang
from riskmodel.values import AsOf


class Language(StrEnum):
    """Language of what is written and said."""

    zh = "zh"
    en = "en"

    @property
    def code(self) -> Lang:
        """As the other rooms take it."""
        return "en" if self is Language.en else "zh"


class Executor(StrEnum):
    """Where an assessment is computed."""

    local = "local"
    spark = "spark"


# Without --lang: English where the machine speaks English, else Chinese.
SPOKEN = Language(default_language())

Source = Annotated[
    str,
    typer.Argument(
        help="数据文件夹、文件、数据库地址或 .duckdb / Folder, file, database address or store", metavar="SOURCE"
    ),
]
PolicyName = Annotated[str, typer.Option("--policy", help="内置政策名称或 YAML 文件 / Built-in policy or YAML file")]
Day = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        help="评估日期，如 2025-06-30；默认取导出日期 / Day of the decision; default: that of the export",
    ),
]
Out = Annotated[Path, typer.Option("--out", help="输出目录 / Folder of reports")]
Tongue = Annotated[Language, typer.Option("--lang", help="输出语言 / Language of output")]
Map = Annotated[
    Path | None,
    typer.Option("--source-map", help="列名对应文件 source.yaml / What columns are called, source.yaml"),
]
Json = Annotated[bool, typer.Option("--json", help="以 JSON 输出 / Print JSON")]
Capacity = Annotated[int | None, typer.Option("--capacity", min=1, help="本期可检查户数 / Visits that can be made")]
Overrides = Annotated[
    Path | None,
    typer.Option(
        "--overrides", help="人工调整记录，见 riskmodel override / Log of tiers that people set, see riskmodel override"
    ),
]
Part = Annotated[str | None, typer.Option("--round", help="第几批/全年批数，如 6/12 / Round of the year, such as 6/12")]
Cases = Annotated[
    Path | None,
    typer.Option("--cases", help="预警台账文件夹，见 riskmodel case / Folder of the casebook, see riskmodel case"),
]
Seed = Annotated[
    str | None,
    typer.Option(
        "--seed",
        help="公开种子，如开奖结果；不给则为演练 / Public seed, such as a lottery result; without it a rehearsal",
    ),
]
PastLog = Annotated[
    Path | None,
    typer.Option("--log", help="以往抽取日志，已抽中的算作已检查 / Log of earlier draws, which count as visits"),
]
NewLog = Annotated[Path | None, typer.Option("--log", help="抽取日志，没有则新建 / Log of draws, made if missing")]
DrawLog = Annotated[
    Path | None,
    typer.Option("--log", help="该次抽取的日志，有递补时必给 / Log of the draw, needed where any was replaced"),
]


def day_of(text: str | None, option: str) -> date:
    """The day that an option names, today without one."""
    return AsOf.of(text, option).day if text is not None else date.today()
