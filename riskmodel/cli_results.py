"""The verb `riskmodel results read`: what inspectors wrote into their task books becomes records."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from riskmodel.cli_options import SPOKEN, Tongue
from riskmodel.values import AsOf

app = typer.Typer(no_args_is_help=True, help="回收检查任务书 / take results from task books.")
out, err = Console(), Console(stderr=True)


@app.command()
def read(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", help="填好的任务书 .xlsx,或其所在目录 / filled task books, or their folder"),
    ],
    draw: Annotated[Path, typer.Option("--draw", help="抽取所在的运行目录 / run folder of the draw")],
    target: Annotated[Path, typer.Option("--out", help="检查结果文件,逐次累积 / results so far")] = Path(
        "检查结果.csv"
    ),
    store: Annotated[Path | None, typer.Option("--store", help="同时并入数据库 .duckdb / append to a store")] = None,
    read_on: Annotated[str | None, typer.Option("--on", help="回收日期;默认今天 / day of reading")] = None,
    lang: Tongue = SPOKEN,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出 / print JSON")] = False,
) -> None:
    """读回任务书,逐行核对后并入检查结果;有一处错误则全部不收 / check every row; all are taken or none."""
    from riskmodel.display.text import say
    from riskmodel.exports.results_file import sent_by, take_books

    today = AsOf.of(read_on).day if read_on else date.today()
    taken = take_books(files, sent_by(draw), today=today, out=target, store=store)
    for fault in taken.filled.faults:
        err.print(fault.message(lang.code), style="red", markup=False, soft_wrap=True)
    if taken.filled.faults:
        err.print(say("results.none", lang.code, n=len(taken.filled.faults)), markup=False, soft_wrap=True)
        raise typer.Exit(2)
    counts = {"new": taken.new, "corrected": taken.corrected, "known": taken.known, "waiting": taken.filled.waiting}
    refused = int(taken.receipt["quarantined"].sum()) if taken.receipt is not None else 0
    if as_json:
        typer.echo(json.dumps({**counts, "quarantined": refused, "file": str(taken.file)}, ensure_ascii=False))
    else:
        out.print(say("results.taken", lang.code, **counts, file=taken.file), markup=False, soft_wrap=True)
    raise typer.Exit(1 if refused else 0)
