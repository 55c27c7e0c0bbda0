"""The verb `riskmodel results read`: what inspectors wrote into their task books becomes records."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from riskmodel.cli_options import SPOKEN, DrawLog, Json, Tongue, day_of
from riskmodel.cli_screen import complain, print_json, say, tell

app = typer.Typer(no_args_is_help=True, help="回收检查任务书 / Take results from task books")


@app.command()
def read(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", help="填好的任务书 .xlsx，或其所在目录 / Filled task books, or their folder"),
    ],
    draw: Annotated[
        Path,
        typer.Option(
            "--draw",
            help="该次抽取的运行目录，内有 plan.json 和 proof.json / Folder with plan.json and proof.json of the draw",
        ),
    ],
    target: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="检查结果文件，逐次累积；默认 检查结果.csv / File of all results, which grows; default: results.csv",
        ),
    ] = None,
    store: Annotated[
        Path | None, typer.Option("--store", help="同时并入数据库 .duckdb / Append to this store as well")
    ] = None,
    log: DrawLog = None,
    read_on: Annotated[str | None, typer.Option("--on", help="回收日期；默认今天 / Day of reading")] = None,
    lang: Tongue = SPOKEN,
    as_json: Json = False,
) -> None:
    """读回任务书，逐行核对后并入检查结果；有一处错误则全部不收 / Check every row; all are taken or none"""
    from riskmodel.workflow_inspect import take_books

    today, target = day_of(read_on, "--on"), target or Path(say("file.results", lang.code))
    taken = take_books(files, draw, log=log, today=today, out=target, store=store, lang=lang.code)
    if taken.kept is None:
        for fault in taken.faults:
            complain(fault.message(lang.code))
        complain(say("results.none", lang.code, n=len(taken.faults)))
        raise typer.Exit(2)
    kept, blank = taken.kept, taken.results.blank
    counts = {"new": kept.new, "corrected": kept.corrected, "known": kept.known, "waiting": blank}
    refused = int(kept.receipt["quarantined"].sum()) if kept.receipt is not None else 0
    if as_json:
        print_json({**counts, "quarantined": refused, "file": str(kept.file)})
    else:
        tell(say("results.taken", lang.code, **counts, file=kept.file))
    raise typer.Exit(1 if refused else 0)
