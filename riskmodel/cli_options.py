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
PolicyName = Annotated[str, typer.Option("--policy", help="内置政策名称或 YAML 文件 / name or file")]
Day = Annotated[str | None, typer.Option("--as-of", help="评估日期 2025-06-30;默认取导出日期 / day of the decision")]
Out = Annotated[Path, typer.Option("--out", help="输出目录 / folder of reports")]
Tongue = Annotated[Language, typer.Option("--lang", help="输出语言 / language")]
Map = Annotated[Path | None, typer.Option("--source-map", help="列名对应文件 source.yaml / column names")]
Json = Annotated[bool, typer.Option("--json", help="以 JSON 输出 / print JSON")]
Capacity = Annotated[int | None, typer.Option("--capacity", min=1, help="本期可检查户数 / visits that can be made")]
Overrides = Annotated[
    Path | None, typer.Option("--overrides", help="人工调整记录,见 riskmodel override / tiers that people set")
]
Part = Annotated[str | None, typer.Option("--round", help="第几批/全年批数,如 6/12 / round of the year")]
Cases = Annotated[
    Path | None, typer.Option("--cases", help="预警台账文件夹,见 riskmodel case / folder of the casebook")
]
Seed = Annotated[str | None, typer.Option("--seed", help="公开种子,如开奖结果;不给则为演练 / public seed text")]
DrawLog = Annotated[Path | None, typer.Option("--log", help="抽取日志,没有则新建 / log of draws, made if missing")]
