"""The verbs of `riskmodel case`: what people do about cases of early warning, in an append-only log."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from riskmodel.cli_options import SPOKEN, Tongue
from riskmodel.values import AsOf

app = typer.Typer(no_args_is_help=True, help="预警案件办理：约谈、预警、反馈、解除，留痕 / acts about cases, logged.")
out = Console()

Book = Annotated[Path, typer.Argument(metavar="BOOK", help="台账文件夹，由 run --cases 写成 / folder of the casebook")]
CaseId = Annotated[str, typer.Argument(metavar="CASE", help="案件编号 W-… / case")]
Signed = Annotated[str, typer.Option("--by", help="签字人 / who signs")]
Words = Annotated[str, typer.Option("--text", help="内容、结果或理由 / what was said, found, or why")]
Held = Annotated[str | None, typer.Option("--held-on", help="办理日期；默认登记日期 / day on which it was done")]
Recorded = Annotated[str | None, typer.Option("--on", help="登记日期；默认今天 / day of the entry")]
Departments = Annotated[list[str] | None, typer.Option("--department", help="部门，可多次 / department")]


@app.command()
def remind(
    book: Book, case: CaseId, signed_by: Signed, text: Words = "", held_on: Held = None, recorded: Recorded = None
) -> None:
    """登记提醒约谈 / record the reminder interview: who held it, and when."""
    _add(book, "remind", case, signed_by, text, held_on, recorded, [])


@app.command()
def warn(
    book: Book, case: CaseId, signed_by: Signed, department: Departments = None, text: Words = "",
    held_on: Held = None, recorded: Recorded = None,
) -> None:  # fmt: skip
    """登记已向部门发出预警 / record that departments were warned of one case."""
    _add(book, "warn", case, signed_by, text, held_on, recorded, department or [])


@app.command()
def answer(
    book: Book, case: CaseId, signed_by: Signed, text: Words, department: Departments = None, held_on: Held = None,
    recorded: Recorded = None,
) -> None:  # fmt: skip
    """登记部门反馈 / record what a department answered."""
    _add(book, "answer", case, signed_by, text, held_on, recorded, department or [])


@app.command()
def release(book: Book, case: CaseId, signed_by: Signed, text: Words, recorded: Recorded = None) -> None:
    """经核实提前解除 / release a case by hand, with the reason."""
    _add(book, "release", case, signed_by, text, None, recorded, [])


@app.command()
def note(book: Book, case: CaseId, signed_by: Signed, text: Words, recorded: Recorded = None) -> None:
    """记录情况，不改变阶段 / a note that moves nothing."""
    _add(book, "note", case, signed_by, text, None, recorded, [])


@app.command()
def digest(
    book: Book,
    run: Annotated[Path, typer.Option("--run", help="运行目录，如 reports/2025-06-30 / folder of a run")],
    signed_by: Signed,
    recorded: Recorded = None,
) -> None:
    """登记本周部门预警摘要已发送 / record that the digests of a run were sent; what is queued stays queued."""
    from riskmodel import logbook

    sent = logbook.send_digest(book, run, signed_by=signed_by, recorded_on=_day(recorded))
    for department, count in sent.items():
        out.print(f"{department}: {count}", markup=False)


@app.command("list")
def list_cases(book: Book, lang: Tongue = SPOKEN) -> None:
    """列出未结案件的阶段和期限，并核对台账未被改动 / open cases by deadline; the chain is verified."""
    from riskmodel import logbook
    from riskmodel.display.text import heading, word
    from riskmodel.warning.stages import OPEN

    rows = logbook.read_ledger(book).drop_duplicates("case_id", keep="last")
    rows = rows[rows["to_stage"].isin(OPEN).to_numpy()].sort_values(["due_on", "case_id"])
    rows = rows.assign(
        deadline=rows["due_on"],
        to_stage=[word("stage", s, lang.code) for s in rows["to_stage"]],
        on=rows["on"].dt.strftime("%Y-%m-%d"),
    )
    shown = ["case_id", "to_stage", "on", "deadline", "rule_id", "signed_by"]
    table = Table(box=None, header_style="bold")
    for column in shown:
        table.add_column(heading(column, lang.code), overflow="fold")
    for row in rows[shown].itertuples(index=False):
        table.add_row(*map(str, row))
    out.print(table)


@app.command()
def verify(
    book: Book,
    head: Annotated[
        str | None, typer.Option("--head", help="另处留存的末尾摘要 / head that was kept elsewhere")
    ] = None,
) -> None:
    """核对台账和办理记录，给出末尾摘要 / verify ledger and log; prints the head to be kept elsewhere."""
    from riskmodel import logbook

    ledger, log = logbook.read_ledger(book, head=head), logbook.read_acts(book)
    last = str(ledger["digest"].iloc[-1]) if len(ledger) else "-"
    out.print(f"✓ {len(ledger)} · {len(log.entries)} · {last}", markup=False, soft_wrap=True)


def _add(
    book: Path, act: str, case: str, signed_by: str, text: str, held_on: str | None, recorded: str | None,
    departments: list[str],
) -> None:  # fmt: skip
    from riskmodel import logbook

    held = AsOf.of(held_on).day if held_on else None
    entry = logbook.record_act(
        book, act, case, signed_by=signed_by, text=text, held_on=held, recorded_on=_day(recorded),
        departments=departments,
    )  # fmt: skip
    out.print(f"{entry['seq']}: {case} {act} {entry['held_on']}", markup=False, soft_wrap=True)


def _day(text: str | None) -> date:
    return AsOf.of(text).day if text else date.today()
