"""The verb `riskmodel credit-report`: 一企一报告, for one enterprise or many."""

from __future__ import annotations

from datetime import date
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from riskmodel.cli_options import SPOKEN, Day, Json, PolicyName, Source, Tongue
from riskmodel.cli_screen import complain, err, print_json, say, tell
from riskmodel.errors import InputError


def credit_report(
    source: Source,
    entity_ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID…", help="统一社会信用代码，可多个 / Unified social credit codes")
    ] = None,
    listed: Annotated[Path | None, typer.Option("--ids", help="每行一个代码的文件 / File with one code a line")] = None,
    folder: Annotated[
        Path | None, typer.Option("--out", help="输出目录；默认 信用报告 / Folder to write to; default: credit-reports")
    ] = None,
    internal: Annotated[
        bool, typer.Option("--internal", help="内部版：含风险等级、原因和时间线 / With tier, reasons and timeline")
    ] = False,
    pdf: Annotated[
        bool, typer.Option("--pdf/--no-pdf", help="同时生成 PDF（需要 Chromium） / PDF as well (needs Chromium)")
    ] = True,
    policy: PolicyName = "zhoucun-2020",
    as_of: Day = None,
    lang: Tongue = SPOKEN,
    as_json: Json = False,
) -> None:
    """一企一报告：统一格式的企业信用报告，不含风险等级 / Unified credit reports, without risk tiers"""
    from riskmodel.exports.credit_folder import credit_desk, write_reports
    from riskmodel.exports.credit_report import credit_reports
    from riskmodel.exports.pdf import browser

    folder = folder or Path(say("file.credit", lang.code))
    ids = [*(entity_ids or []), *(listed.read_text("utf-8-sig", errors="replace").split() if listed else [])]
    ids = list(dict.fromkeys(ids))
    if not ids:
        raise InputError("RM-INP-011", where="ID…, --ids", found="-")
    with err.status("…") as status:
        desk = credit_desk(
            source, policy=policy, as_of=as_of, internal=internal, issued_on=date.today(), lang=lang.code
        )
        printed = pdf and browser() is not None
        reports = iter(credit_reports(desk, ids))
        reports = chain([next(reports)], reports)  # an unknown enterprise is refused before a folder is made
        files = write_reports(reports, folder, pdf=printed, lang=lang.code, progress=status.update)
    if as_json:
        print_json({"enterprises": len(ids), "folder": str(folder), "files": [file.name for file in files]})
    else:
        tell(say("credit.done", lang.code, n=len(ids), folder=folder))
    if pdf and not printed:
        complain(say("credit.no_pdf", lang.code))
        raise typer.Exit(1)
