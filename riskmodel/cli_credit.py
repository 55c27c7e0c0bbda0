"""The verb `riskmodel credit-report`: 一企一报告, for one enterprise or many."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

out, err = Console(), Console(stderr=True)


def credit_report(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="数据文件夹、文件或数据库 / folder, file or store")],
    entity_ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID…", help="统一社会信用代码 / enterprises")
    ] = None,
    listed: Annotated[Path | None, typer.Option("--ids", help="每行一个代码的文件 / file with a code a line")] = None,
    folder: Annotated[Path, typer.Option("--out", help="输出目录 / folder")] = Path("信用报告"),
    internal: Annotated[
        bool, typer.Option("--internal", help="内部版:含风险等级、原因和时间线 / with tier, reasons and timeline")
    ] = False,
    pdf: Annotated[bool, typer.Option("--pdf/--no-pdf", help="同时生成 PDF / PDF as well")] = True,
    policy: Annotated[str, typer.Option("--policy", help="内置政策名称或 YAML 文件 / name or file")] = "zhoucun-2020",
    as_of: Annotated[str | None, typer.Option("--as-of", help="数据截止日期;默认取导出日期 / day of the data")] = None,
    lang: Annotated[Literal["zh", "en"], typer.Option("--lang", help="输出语言 / language")] = "zh",
) -> None:
    """一企一报告:统一格式的企业信用报告,不含风险等级 / unified credit reports, without risk tiers."""
    from riskmodel.display.text import say
    from riskmodel.exports.credit_folder import credit_desk, write_reports
    from riskmodel.exports.credit_report import credit_reports
    from riskmodel.exports.pdf import browser

    ids = [*(entity_ids or []), *(listed.read_text("utf-8-sig").split() if listed else [])]
    ids = list(dict.fromkeys(ids))
    if not ids:
        raise typer.BadParameter("ID…, --ids")
    with err.status("…") as status:
        desk = credit_desk(source, policy=policy, as_of=as_of, internal=internal, issued_on=date.today(), lang=lang)
        printed = pdf and browser() is not None
        reports = credit_reports(desk, ids)
        write_reports(reports, folder, pdf=printed, lang=lang, progress=status.update)
    out.print(say("credit.done", lang, n=len(ids), folder=folder), markup=False, soft_wrap=True)
    if pdf and not printed:
        err.print(say("credit.no_pdf", lang), markup=False)
        raise typer.Exit(1)
