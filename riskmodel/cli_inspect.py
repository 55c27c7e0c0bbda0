"""The verbs of an inspection: plan, draw, replace, verify, recheck; the work is done in `workflow_inspect`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from riskmodel.cli_options import (
    SPOKEN,
    Capacity,
    Day,
    DrawLog,
    Json,
    Map,
    NewLog,
    Overrides,
    Part,
    PolicyName,
    Source,
    Tongue,
    day_of,
)  # fmt: skip
from riskmodel.cli_screen import complain, print_json, records_of, say, show, tell

Published = Annotated[str | None, typer.Option("--commitment", help="已公布的承诺摘要 / Published digest")]
ProofFile = Annotated[Path, typer.Argument(metavar="PROOF", help="抽取凭证 proof.json / Proof, proof.json")]
PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="抽查计划 plan.json / Plan, plan.json")]
Reason = Annotated[str, typer.Option("--reason", help="理由 / Why")]
Signed = Annotated[str, typer.Option("--by", help="签字人 / Who signs")]
Recorded = Annotated[str | None, typer.Option("--on", help="登记日期；默认今天 / Day of the entry")]


def plan(
    source: Source,
    target: Annotated[Path, typer.Option("--out", help="计划文件 / Plan file")] = Path("plan.json"),
    policy: PolicyName = "zhoucun-2020",
    as_of: Day = None,
    capacity: Capacity = None,
    capacities: Annotated[
        Path | None, typer.Option("--capacities", help="按镇街、部门、月份的能力 YAML / By town, department, month")
    ] = None,
    part: Part = None,
    log: NewLog = None,
    source_map: Map = None,
    overrides: Overrides = None,
    recorded: Recorded = None,
    lang: Tongue = SPOKEN,
    as_json: Json = False,
) -> None:
    """生成抽查计划和承诺摘要，先公布摘要再产生种子 / Plan and commit before the seed exists"""
    from riskmodel import workflow_inspect as work

    planned = work.plan_source(
        source, target, policy=policy, as_of=as_of, part=part, source_map=source_map, overrides=overrides,
        capacity=work.read_capacity(capacities, capacity), log=log, recorded_on=day_of(recorded, "--on"),
    )  # fmt: skip
    commitment = planned.commit(lang=lang.code)
    if as_json:
        print_json({"out": str(target), "commitment": commitment.digest, "strata": records_of(planned.strata)})
        return
    show(work.strata_in_words(planned, policy, lang.code), lang.code)
    tell(commitment.text)


def draw(
    plan_file: PlanFile,
    seed: Annotated[str | None, typer.Option("--seed", help="公开种子 / Public seed text")] = None,
    contributions: Annotated[
        list[str] | None, typer.Option("--contribution", help="多家单位的种子：单位=文本，可多次 / Office=text, often")
    ] = None,
    commitment: Published = None,
    target: Annotated[Path, typer.Option("--out", help="凭证文件 / Proof file")] = Path("proof.json"),
    log: NewLog = None,
    withdrawn: Annotated[
        list[str] | None, typer.Option("--without", help="不能到岗的检查人员：证号=原因 / Inspector=reason")
    ] = None,
    reason: Reason = "",
    signed_by: Signed = "",
    recorded: Recorded = None,
    lang: Tongue = SPOKEN,
    as_json: Json = False,
) -> None:
    """按公开种子抽取，写出凭证 / Draw by a public seed and write the proof"""
    from riskmodel import workflow_inspect as work

    drawn, written = work.draw_from(
        plan_file, work.seed_of(seed, contributions or []), commitment=commitment, out=target, log=log,
        withdrawn=work.pairs_of(withdrawn or [], "--without"),
        signature=work.Signature(reason, signed_by, day_of(recorded, "--on")),
    )  # fmt: skip
    if as_json:
        print_json({"drawn": len(drawn.table), "out": str(written), "digest": drawn.proof.digest})
    else:
        tell(say("draw.done", lang.code, n=len(drawn.table), file=written))


def replace(
    plan_file: PlanFile,
    proof: ProofFile,
    entity_id: Annotated[str, typer.Argument(metavar="ID", help="被替换企业 / Enterprise to be replaced")],
    log: Annotated[Path, typer.Option("--log", help="抽取日志 / Log of draws")],
    reason: Reason,
    signed_by: Signed,
    recorded: Recorded = None,
    lang: Tongue = SPOKEN,
    as_json: Json = False,
) -> None:
    """已注销或迁出的企业由同层下一个抽签号递补，记入日志 / The next ticket of the stratum comes in, logged"""
    from riskmodel import workflow_inspect as work

    signature = work.Signature(reason, signed_by, day_of(recorded, "--on"))
    into = work.replace_in(plan_file, proof, entity_id, log=log, signature=signature)
    if as_json:
        print_json({"gone": entity_id, "into": into or None, "log": str(log)})
        return
    tell(say("replace.done" if into else "replace.none", lang.code, gone=entity_id, into=into))


def verify(
    proof: ProofFile, commitment: Published = None, log: DrawLog = None, lang: Tongue = SPOKEN, as_json: Json = False
) -> None:
    """复核抽取凭证 / Re-compute a draw; exit code 1 if it does not hold"""
    from riskmodel import logbook
    from riskmodel.inspections.proof import verify as verify_proof

    entries = logbook.read_draws(log) if log else None
    verdict = verify_proof(proof, commitment=commitment, log=entries, lang=lang.code)
    print_json(vars(verdict)) if as_json else tell(verdict.message)
    raise typer.Exit(0 if verdict.holds else 1)


def recheck(
    proof: ProofFile,
    entity_id: Annotated[str, typer.Argument(metavar="ID", help="统一社会信用代码 / Enterprise")],
    target: Annotated[
        Path | None, typer.Option("--out", help="复核表；默认 复核表.xlsx / Worksheet; default: recheck.xlsx")
    ] = None,
    lang: Tongue = SPOKEN,
    as_json: Json = False,
) -> None:
    """写出一户企业的复核表，用电子表格公式核对 / A worksheet to re-check one enterprise in a spreadsheet"""
    from riskmodel import workflow_inspect as work

    place = target or Path(say("file.recheck", lang.code))
    written = work.write_recheck(proof, entity_id, place, lang=lang.code)
    print_json({"out": str(written)}) if as_json else tell(say("recheck.done", lang.code, file=written))


def estimate(
    plan_file: PlanFile,
    proof: ProofFile,
    results: Annotated[Path, typer.Argument(metavar="RESULTS", help="检查结果 CSV / Results as CSV")],
    what: Annotated[
        str, typer.Option("--what", help="violation 即有问题，或检查结果代码 / Problems at all, or one outcome code")
    ] = "violation",
    by: Annotated[
        str | None,
        typer.Option("--by", help="分组，如 town、section / Groups, such as town or section"),
    ] = None,
    log: DrawLog = None,
    known_on: Annotated[str | None, typer.Option("--known-on", help="归集日期；默认今天 / Day they came in")] = None,
    lang: Tongue = SPOKEN,
    as_json: Json = False,
) -> None:
    """由抽查结果估计全部企业的问题率及区间 / Rates among all enterprises; exit code 1 if results were refused"""
    from riskmodel import workflow_inspect as work
    from riskmodel.exports.results_file import faults_of
    from riskmodel.inspections.estimate import estimate as estimated

    drawn, taken = work.results_of(plan_file, proof, results, log=log, known_on=day_of(known_on, "--known-on"))
    found = estimated(drawn, taken, what, by=by)
    if as_json:
        print_json(records_of(found.table))
    else:
        show(work.rates_in_words(found.table, by, lang.code), lang.code)
        counts = {"drawn": found.drawn, "observed": found.observed, "missing": found.missing, "gone": found.gone}
        tell(say("estimate.counts", lang.code, **counts))
    for fault in faults_of(taken, lang.code):
        complain(fault.message(lang.code))
    raise typer.Exit(1 if len(taken.refused) else 0)


def publish(
    plan_file: PlanFile,
    proof: ProofFile,
    results: Annotated[Path, typer.Argument(metavar="RESULTS", help="检查结果 CSV / Results as CSV")],
    target: Annotated[
        Path | None, typer.Option("--out", help="公示文件；默认 抽查结果公示.csv / Notice; default: results-notice.csv")
    ] = None,
    policy: PolicyName = "zhoucun-2020",
    log: DrawLog = None,
    today: Annotated[str | None, typer.Option("--on", help="公示日期；默认今天 / Day of publication")] = None,
    lang: Tongue = SPOKEN,
    as_json: Json = False,
) -> None:
    """写出抽查结果公示，并列出公示时限；有超期则退出码为 1 / Notice of results and its deadlines"""
    from riskmodel import workflow_inspect as work
    from riskmodel.exports.results_file import faults_of

    day, target = day_of(today, "--on"), target or Path(say("file.results_notice", lang.code))
    drawn, taken = work.results_of(plan_file, proof, results, log=log, known_on=day)
    terms = work.publish_results(drawn, taken, target, policy=policy, today=day, lang=lang.code)
    if as_json:
        print_json({"out": str(target), "refused": len(taken.refused), "terms": records_of(terms)})
    else:
        show(work.terms_in_words(terms, lang.code), lang.code)
        tell(say("publish.done", lang.code, n=len(terms), file=target))
    for fault in faults_of(taken, lang.code):
        complain(fault.message(lang.code))
    raise typer.Exit(1 if terms["overdue"].eq("yes").any() or len(taken.refused) else 0)


VERBS = (plan, draw, replace, verify, recheck, estimate, publish)
