"""The verbs of `riskmodel override`: tiers that people set, in an append-only log."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from riskmodel.cli_options import SPOKEN, Json, PolicyName, Tongue, day_of
from riskmodel.cli_screen import print_json, records_of, say, show, tell, word
from riskmodel.values import AsOf

app = typer.Typer(no_args_is_help=True, help="人工调整风险等级（留痕、签字、到期失效） / Tiers that people set")

Log = Annotated[Path, typer.Argument(metavar="LOG", help="记录文件，没有则新建 / Log file, made if missing")]
Kept = Annotated[Path, typer.Argument(metavar="LOG", help="记录文件 / Log file")]
Reason = Annotated[str, typer.Option("--reason", help="理由 / Why")]
Signed = Annotated[str, typer.Option("--by", help="签字人 / Who signs")]
Recorded = Annotated[str | None, typer.Option("--on", help="登记日期；默认今天 / Day of the entry")]


@app.command("set")
def set_tier(
    log: Log,
    entity_id: Annotated[str, typer.Argument(metavar="ID", help="统一社会信用代码 / Enterprise")],
    tier: Annotated[str, typer.Option("--tier", help="A 至 E / A to E")],
    reason: Reason,
    signed_by: Signed,
    since: Annotated[str | None, typer.Option("--from", help="起始日期；默认登记日期 / First day")] = None,
    until: Annotated[str | None, typer.Option("--until", help="截止日期；默认政策最长期限 / Last day")] = None,
    recorded: Recorded = None,
    policy: PolicyName = "zhoucun-2020",
    lang: Tongue = SPOKEN,
    as_json: Json = False,
) -> None:
    """登记一项人工调整，到期自动失效 / Set a tier by hand; it ends by itself"""
    from riskmodel import logbook
    from riskmodel.policy import load_policy

    day = day_of(recorded, "--on")
    first = day_of(since, "--from") if since is not None else day
    longest = load_policy(policy).at(AsOf(day)).tiers.manual_longest_days
    last = day_of(until, "--until") if until is not None else first + timedelta(days=longest - 1)
    made = logbook.read(log, new=True).set(
        entity_id, tier, valid=(first, last), reason=reason, signed_by=signed_by, recorded_on=day, longest_days=longest
    )
    logbook.write(log, made)
    entry = made.entries[-1]
    if as_json:
        print_json(dict(entry))
        return
    named = word("tier", tier, lang.code)
    tell(say("override.set", lang.code, seq=entry["seq"], entity=entity_id, tier=named, first=first, last=last))


@app.command()
def withdraw(
    log: Kept,
    seq: Annotated[int, typer.Argument(metavar="SEQ", help="编号 / Number of the entry")],
    reason: Reason,
    signed_by: Signed,
    recorded: Recorded = None,
    lang: Tongue = SPOKEN,
    as_json: Json = False,
) -> None:
    """撤销一项人工调整 / Withdraw an entry; it stays in the log"""
    from riskmodel import logbook

    day = day_of(recorded, "--on")
    made = logbook.read(log).withdraw(seq, reason=reason, signed_by=signed_by, recorded_on=day)
    logbook.write(log, made)
    entry = made.entries[-1]
    if as_json:
        print_json(dict(entry))
    else:
        tell(say("override.withdrawn", lang.code, seq=entry["seq"], gone=seq))


@app.command("list")
def list_tiers(
    log: Kept,
    as_of: Annotated[str | None, typer.Option("--as-of", help="日期；默认今天 / Day")] = None,
    head: Annotated[
        str | None, typer.Option("--head", help="另处留存的末尾摘要 / Head that was kept elsewhere")
    ] = None,
    lang: Tongue = SPOKEN,
    as_json: Json = False,
) -> None:
    """列出某日有效的人工调整，核对记录未被改动，给出末尾摘要 / What holds on a day; verifies and prints the head"""
    from riskmodel import logbook

    day, made = AsOf(day_of(as_of, "--as-of")), logbook.read(log, head=head)
    rows = made.at(day)
    entries, last = len(made.entries), made.entries[-1]["digest"] if made.entries else None
    if as_json:
        tiers = records_of(rows.assign(seq=rows["seq"].astype("int64")))
        print_json({"tiers": tiers, "entries": entries, "head": last})
        return
    if rows.empty:
        tell(say("override.none", lang.code, day=day))
    else:
        show(rows, lang.code)
    # entries cut off at the end break no chain: the head kept elsewhere shows that they are gone
    tell(say("override.verified", lang.code, entries=entries, head=last or "-"))
