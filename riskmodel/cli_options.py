"""Options that several verbs share; each help text holds both languages, of which one is shown."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from riskmodel.cli_screen import default_language
from riskmodel.errors import Lang


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
        help="数据文件夹、文件、数据库地址或 .duckdb / folder, file, database address or store", metavar="SOURCE"
    ),
]
PolicyName = Annotated[str, typer.Option("--policy", help="内置政策名称或 YAML 文件 / built-in policy or YAML file")]
Day = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        help="评估日期，如 2025-06-30；默认取导出日期 / day of the decision; default: that of the export",
    ),
]
Out = Annotated[Path, typer.Option("--out", help="输出目录 / folder of reports")]
Tongue = Annotated[Language, typer.Option("--lang", help="输出语言 / language of output")]
Map = Annotated[
    Path | None, typer.Option("--source-map", help="列名对应文件 source.yaml / source.yaml: what columns are called")
]
Json = Annotated[bool, typer.Option("--json", help="以 JSON 输出 / print JSON")]
Capacity = Annotated[int | None, typer.Option("--capacity", min=1, help="本期可检查户数 / visits that can be made")]
Overrides = Annotated[
    Path | None,
    typer.Option(
        "--overrides", help="人工调整记录，见 riskmodel override / log of tiers that people set, see riskmodel override"
    ),
]
Part = Annotated[str | None, typer.Option("--round", help="第几批/全年批数，如 6/12 / round of the year, such as 6/12")]
Cases = Annotated[
    Path | None,
    typer.Option("--cases", help="预警台账文件夹，见 riskmodel case / folder of the casebook, see riskmodel case"),
]
Seed = Annotated[
    str | None,
    typer.Option(
        "--seed",
        help="公开种子，如开奖结果；不给则为演练 / public seed, such as a lottery result; without it a rehearsal",
    ),
]
PastLog = Annotated[
    Path | None,
    typer.Option("--log", help="以往抽取日志，已抽中的算作已检查 / log of earlier draws, which count as visits"),
]
NewLog = Annotated[Path | None, typer.Option("--log", help="抽取日志，没有则新建 / log of draws, made if missing")]
DrawLog = Annotated[
    Path | None,
    typer.Option("--log", help="该次抽取的日志，有递补时必给 / log of the draw, needed where any was replaced"),
]
