"""The verbs of `riskmodel override`: tiers that people set, in an append-only log."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from riskmodel.cli_options import SPOKEN, Tongue
from riskmodel.values import AsOf

app = typer.Typer(no_args_is_help=True, help="人工调整风险等级（留痕、签字、到期失效） / tiers that people set.")
out = Console()

Log = Annotated[Path, typer.Argument(metavar="LOG", help="记录文件，没有则新建 / log file, made if missing")]
Reason = Annotated[str, typer.Option("--reason", help="理由 / why")]
Signed = Annotated[str, typer.Option("--by", help="签字人 / who signs")]
Recorded = Annotated[str | None, typer.Option("--on", help="登记日期；默认今天 / day of the entry")]


@app.command("set")
def set_tier(
    log: Log,
    entity_id: Annotated[str, typer.Argument(metavar="ID", help="统一社会信用代码 / enterprise")],
    tier: Annotated[str, typer.Option("--tier", help="A 至 E / A to E")],
    reason: Reason,
    signed_by: Signed,
    since: Annotated[str | None, typer.Option("--from", help="起始日期；默认登记日期 / first day")] = None,
    until: Annotated[str | None, typer.Option("--until", help="截止日期；默认政策最长期限 / last day")] = None,
    recorded: Recorded = None,
    policy: Annotated[str, typer.Option("--policy", help="内置政策名称或 YAML 文件 / name or file")] = "zhoucun-2020",
) -> None:
    """登记一项人工调整 / set a tier: `riskmodel override set log.jsonl 91370306… --tier D --reason … --by …`."""
    from riskmodel import logbook
    from riskmodel.policy import load_policy

    day = _day(recorded)
    first = AsOf.of(since).day if since else day
    longest = load_policy(policy).at(AsOf(day)).tiers.manual_longest_days
    last = AsOf.of(until).day if until else first + timedelta(days=longest - 1)
    made = logbook.read(log).set(
        entity_id, tier, valid=(first, last), reason=reason, signed_by=signed_by, recorded_on=day, longest_days=longest
    )
    logbook.write(log, made)
    out.print(f"{made.entries[-1]['seq']}: {entity_id} → {tier}, {first} … {last}", markup=False)


@app.command()
def withdraw(
    log: Log,
    seq: Annotated[int, typer.Argument(metavar="SEQ", help="编号 / number of the entry")],
    reason: Reason,
    signed_by: Signed,
    recorded: Recorded = None,
) -> None:
    """撤销一项人工调整 / withdraw an entry; it stays in the log."""
    from riskmodel import logbook

    made = logbook.read(log).withdraw(seq, reason=reason, signed_by=signed_by, recorded_on=_day(recorded))
    logbook.write(log, made)
    out.print(f"{made.entries[-1]['seq']}: {seq} ✗", markup=False)


@app.command("list")
def list_tiers(
    log: Log,
    as_of: Annotated[str | None, typer.Option("--as-of", help="日期；默认今天 / day")] = None,
    head: Annotated[
        str | None, typer.Option("--head", help="另处留存的末尾摘要 / head that was kept elsewhere")
    ] = None,
    lang: Tongue = SPOKEN,
) -> None:
    """列出某日有效的人工调整，核对记录未被改动，给出末尾摘要 / what holds on a day; verifies and prints the head."""
    from riskmodel import logbook
    from riskmodel.display.text import heading

    made = logbook.read(log, head=head)
    rows = made.at(AsOf(_day(as_of)))
    table = Table(box=None, header_style="bold")
    for column in rows:
        table.add_column(heading(str(column), lang.code), overflow="fold")
    for row in rows.itertuples(index=False):
        table.add_row(*(str(cell) for cell in row))
    out.print(table)
    # entries cut off at the end break no chain: the head kept elsewhere shows that they are gone
    out.print(f"✓ {len(made.entries)} · {made.entries[-1]['digest'] if made.entries else '-'}", soft_wrap=True)


def _day(text: str | None) -> date:
    return AsOf.of(text).day if text else date.today()
