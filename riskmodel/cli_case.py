"""The verbs of `riskmodel case`: what people do about cases of early warning, in an append-only log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from riskmodel.cli_options import SPOKEN, Json, Language, PolicyName, Tongue, day_of
from riskmodel.cli_screen import print_json, records_of, say, show, tell, word

app = typer.Typer(no_args_is_help=True, help="预警案件办理：约谈、预警、反馈、解除，留痕 / Acts about cases, logged")

Book = Annotated[Path, typer.Argument(metavar="BOOK", help="台账文件夹，由 run --cases 写成 / Folder of the casebook")]
CaseId = Annotated[str, typer.Argument(metavar="CASE", help="案件编号 W-… / Case, W-…")]
Signed = Annotated[str, typer.Option("--by", help="签字人 / Who signs")]
Words = Annotated[str, typer.Option("--text", help="内容、结果或理由 / What was said, found, or why")]
Held = Annotated[str | None, typer.Option("--held-on", help="办理日期；默认登记日期 / Day on which it was done")]
Recorded = Annotated[str | None, typer.Option("--on", help="登记日期；默认今天 / Day of the entry")]
Departments = Annotated[list[str] | None, typer.Option("--department", help="部门，可多次 / Department, repeated")]


@app.command()
def remind(
    book: Book, case: CaseId, signed_by: Signed, text: Words = "", held_on: Held = None, recorded: Recorded = None,
    lang: Tongue = SPOKEN, as_json: Json = False,
) -> None:  # fmt: skip
    """登记提醒约谈 / Record the reminder interview: who held it, and when"""
    _add(book, "remind", case, signed_by, text, held_on, recorded, None, lang, as_json)


@app.command()
def warn(
    book: Book, case: CaseId, signed_by: Signed, department: Departments = None, text: Words = "",
    held_on: Held = None, recorded: Recorded = None, lang: Tongue = SPOKEN, as_json: Json = False,
) -> None:  # fmt: skip
    """登记已向部门发出预警 / Record that departments were warned of one case"""
    _add(book, "warn", case, signed_by, text, held_on, recorded, department, lang, as_json)


@app.command()
def answer(
    book: Book, case: CaseId, signed_by: Signed, text: Words, department: Departments = None, held_on: Held = None,
    recorded: Recorded = None, lang: Tongue = SPOKEN, as_json: Json = False,
) -> None:  # fmt: skip
    """登记部门反馈 / Record what a department answered"""
    _add(book, "answer", case, signed_by, text, held_on, recorded, department, lang, as_json)


@app.command()
def release(
    book: Book, case: CaseId, signed_by: Signed, text: Words, recorded: Recorded = None, lang: Tongue = SPOKEN,
    as_json: Json = False,
) -> None:  # fmt: skip
    """经核实提前解除 / Release a case by hand, with the reason"""
    _add(book, "release", case, signed_by, text, None, recorded, None, lang, as_json)


@app.command()
def note(
    book: Book, case: CaseId, signed_by: Signed, text: Words, recorded: Recorded = None, lang: Tongue = SPOKEN,
    as_json: Json = False,
) -> None:  # fmt: skip
    """记录情况，不改变阶段 / Write a note that moves nothing"""
    _add(book, "note", case, signed_by, text, None, recorded, None, lang, as_json)


@app.command()
def digest(
    book: Book,
    run: Annotated[Path, typer.Option("--run", help="运行目录，如 reports/2025-06-30 / Folder of a run")],
    signed_by: Signed,
    recorded: Recorded = None,
    lang: Tongue = SPOKEN,
    as_json: Json = False,
) -> None:
    """登记本周部门预警摘要已发送 / Record that the digests of a run were sent; what is queued stays queued"""
    from riskmodel import logbook

    sent = logbook.send_digest(book, run, signed_by=signed_by, recorded_on=day_of(recorded, "--on"))
    if as_json:
        print_json({"sent": sent})
        return
    for department, count in sent.items():
        tell(say("case.sent", lang.code, department=department, n=count))
    if not sent:
        tell(say("case.none_sent", lang.code))


@app.command("list")
def list_cases(book: Book, policy: PolicyName = "zhoucun-2020", lang: Tongue = SPOKEN, as_json: Json = False) -> None:
    """列出未结案件的阶段和期限，并核对台账未被改动 / Open cases by deadline; the chain is verified"""
    from riskmodel import logbook
    from riskmodel.warning.stages import OPEN

    rows = logbook.read_ledger(book).drop_duplicates("case_id", keep="last")
    rows = rows[rows["to_stage"].isin(OPEN).to_numpy()].sort_values(["due_on", "case_id"])
    shown = rows[["case_id", "to_stage", "on", "due_on", "rule_id", "signed_by"]].rename(
        columns={"to_stage": "stage", "on": "stage_on", "due_on": "deadline"}
    )
    if as_json:
        print_json(records_of(shown))
    elif shown.empty:
        tell(say("case.none_open", lang.code))
    else:
        names = _rule_names(policy, lang)
        show(
            shown.assign(
                stage=[word("stage", s, lang.code) for s in shown["stage"]],
                rule_id=[names.get(rule, rule) for rule in shown["rule_id"]],
            ),
            lang.code,
        )


@app.command()
def verify(
    book: Book,
    head: Annotated[
        str | None, typer.Option("--head", help="另处留存的末尾摘要 / Head that was kept elsewhere")
    ] = None,
    lang: Tongue = SPOKEN,
    as_json: Json = False,
) -> None:
    """核对台账和办理记录，给出末尾摘要 / Verify ledger and log; prints the head to be kept elsewhere"""
    from riskmodel import logbook

    ledger, log = logbook.read_ledger(book, head=head), logbook.read_acts(book)
    last = str(ledger["digest"].iloc[-1]) if len(ledger) else None
    counts = {"entries": len(ledger), "acts": len(log.entries)}
    if as_json:
        print_json({"holds": True, **counts, "head": last})
    else:
        tell(say("case.verified", lang.code, **counts, head=last or "-"))


def _add(
    book: Path, act: str, case: str, signed_by: str, text: str, held_on: str | None, recorded: str | None,
    departments: list[str] | None, lang: Language, as_json: bool,
) -> None:  # fmt: skip
    from riskmodel import logbook

    held = day_of(held_on, "--held-on") if held_on is not None else None
    entry = logbook.record_act(
        book, act, case, signed_by=signed_by, text=text, held_on=held, recorded_on=day_of(recorded, "--on"),
        departments=departments or (),
    )  # fmt: skip
    if as_json:
        print_json(dict(entry))
    else:
        done = word("act", act, lang.code)
        tell(say("case.done", lang.code, seq=entry["seq"], case=case, act=done, day=entry["held_on"]))


def _rule_names(policy: str, lang: Language) -> dict[str, str]:
    """Names of the rules that hold today, with their clauses."""
    from riskmodel.named import rule_names
    from riskmodel.policy import load_policy
    from riskmodel.values import AsOf

    return rule_names(load_policy(policy).at(AsOf(day_of(None, ""))), lang.code)
