"""The command line: one verb a function, no logic; heavy parts are loaded when a verb needs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from riskmodel import cli_inspect
from riskmodel.cli_case import app as case_app
from riskmodel.cli_credit import credit_report
from riskmodel.cli_experiment import experiment
from riskmodel.cli_inspect import show as show_table
from riskmodel.cli_override import app as override_app
from riskmodel.cli_results import app as results_app
from riskmodel.cli_simulate import simulate
from riskmodel.errors import Lang, RiskModelError
from riskmodel.values import VERSION

if TYPE_CHECKING:
    pass

app = typer.Typer(
    name="riskmodel",
    help="差异化监管工具:评估、分级、双随机抽查、预警 / risk-based inspection, verifiable draws.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
policy_app = typer.Typer(no_args_is_help=True, help="查看和检验政策文件 / look at and check a policy.")
app.add_typer(policy_app, name="policy")
app.add_typer(override_app, name="override")
app.add_typer(results_app, name="results")
app.add_typer(case_app, name="case")
app.command()(experiment)
app.command("credit-report")(credit_report)
for verb in cli_inspect.VERBS:
    app.command()(verb)
app.command()(simulate)
out = Console()
# Steps that have words; other progress is a file name or a day.
_STEPS = ("read", "features", "learn", "evaluate", "tiers", "reasons", "draw", "review", "write", "track")
err = Console(stderr=True)


def say(key: str, lang: Lang, **facts: object) -> str:
    """Words for users; the dictionary of words is loaded when the first one is said."""
    from riskmodel.display import text

    return text.say(key, lang, **facts)


def word(kind: str, code: str, lang: Lang) -> str:
    """The word for a code."""
    from riskmodel.display import text

    return text.word(kind, code, lang)


def heading(column: str, lang: Lang) -> str:
    """The heading of a column."""
    from riskmodel.display import text

    return text.heading(column, lang)


class Language(StrEnum):
    """Language of what is written and said."""

    zh = "zh"
    en = "en"


class Executor(StrEnum):
    """Where an assessment is computed."""

    local = "local"
    spark = "spark"


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


@app.command()
def run(
    source: Source,
    policy: PolicyName = "zhoucun-2020",
    as_of: Day = None,
    seed: Seed = None,
    folder: Out = Path("reports"),
    capacity: Capacity = None,
    part: Part = None,
    source_map: Map = None,
    overrides: Overrides = None,
    cases: Cases = None,
    lang: Tongue = Language.zh,
    track: Annotated[bool, typer.Option("--track/--no-track", help="记入 MLflow / log in MLflow")] = True,
    as_json: Json = False,
) -> None:
    """整月流程:读数、评估、分级、抽取、预警、成册 / the whole month."""
    from riskmodel import workflow

    def show(step: str) -> None:
        status.update(escape(say("step." + step, _lang(lang)) if step in _STEPS else step))

    with err.status("…") as status:
        done = workflow.run(
            source, policy=policy, as_of=as_of, seed=seed, out=folder, capacity=capacity, part=part,
            source_map=source_map, overrides=overrides, cases=cases, lang=_lang(lang), track=track, progress=show,
        )  # fmt: skip
    facts = done.facts
    if as_json:
        typer.echo(json.dumps({**facts, "folder": str(done.folder)}, ensure_ascii=False, sort_keys=True))
    else:
        _summary(facts, done.folder, _lang(lang))
        if done.kept:
            out.print(escape(say("run.kept", _lang(lang), folder=done.kept)))
    raise typer.Exit(0 if done.verdict.holds else 1)


@app.command()
def check(
    source: Source,
    source_map: Map = None,
    propose: Annotated[
        Path | None, typer.Option("--propose", help="写出建议的 source.yaml / write a proposed map")
    ] = None,
    lang: Tongue = Language.zh,
    as_json: Json = False,
) -> None:
    """检查数据:逐文件计数,说明拒收原因 / what would be refused, and why; exit code 1 if anything was."""
    from riskmodel.records import load
    from riskmodel.workflow import propose_map

    proposals = propose_map(source, source_map, to=propose)
    if not as_json:
        _proposals(proposals, propose, lang)
    with _progress() as tick:
        records = load(source, source_map, progress=tick)
    if as_json:
        content = {"intake": records.intake.to_dict("records"), "quarantine": records.quarantine.to_dict("records")}
        typer.echo(json.dumps(content, ensure_ascii=False))
    else:
        show_table(records.intake.assign(table=[word("table", t, _lang(lang)) for t in records.intake["table"]]), lang)
        counts = records.quarantine.groupby(["table", "reason"]).size().rename("rows").reset_index()
        counts["table"] = [word("table", t, _lang(lang)) for t in counts["table"]]
        counts["reason"] = [word("quarantine", r, _lang(lang)) for r in counts["reason"]]
        show_table(counts, lang)
    raise typer.Exit(1 if len(records.quarantine) else 0)


@app.command()
def assess(
    source: Source,
    target: Annotated[
        Path | None, typer.Option("--out", help="结果文件 .parquet 或 .csv;spark 时为文件夹 / file, folder on Spark")
    ] = None,
    policy: PolicyName = "zhoucun-2020",
    as_of: Day = None,
    engine: Annotated[Executor, typer.Option("--engine", help="本机或集群 / this machine or Spark")] = Executor.local,
    master: Annotated[str, typer.Option("--master", help="集群地址 spark://主机:7077 / cluster")] = "local[*]",
    model: Annotated[
        str | None, typer.Option("--model", help="已记入 MLflow 的模型,仅用于 spark / logged model, Spark only")
    ] = None,
    source_map: Map = None,
    lang: Tongue = Language.zh,
    as_json: Json = False,
) -> None:
    """评估和分级;数据超出一台机器时在 Spark 上评分 / scores and tiers; on Spark: scores by the logged model."""
    from riskmodel.workflow import assess_source, score_source

    def show(step: str) -> None:
        status.update(escape(say("step." + step, _lang(lang)) if step in _STEPS else step))

    common: dict[str, Any] = {"policy": policy, "as_of": as_of, "source_map": source_map, "progress": show}
    with err.status("…") as status:
        if engine is Executor.spark:
            place = target or Path("scores.parquet")
            found: Any = score_source(source, place, master=master, model=model, **common)
        else:
            found = assess_source(source, target, **common).tiers
    if engine is Executor.spark:
        typer.echo(json.dumps({"enterprises": found, "out": str(place)}) if as_json else f"{found} → {place}")
    elif as_json:
        typer.echo(found.to_json(orient="records"))
    else:
        show_table(found, lang)


@app.command()
def append(
    store: Annotated[
        Path, typer.Argument(metavar="STORE", help="数据库文件 .duckdb,没有则新建 / store, made if missing")
    ],
    source: Source,
    delivered_on: Annotated[
        str | None, typer.Option("--delivered-on", help="交付日期;默认取 source.yaml 的 exported_on / day of delivery")
    ] = None,
    source_map: Map = None,
    lang: Tongue = Language.zh,
    as_json: Json = False,
) -> None:
    """把新一期数据或改正后的隔离记录并入数据库 / take a delivery into a store; exit code 1 if rows were refused."""
    from riskmodel.records import Store
    from riskmodel.values import AsOf

    day = AsOf.of(delivered_on).day if delivered_on else None
    with Store.open(store) as place, _progress() as tick:
        receipt = place.append(source, delivered_on=day, source_map=source_map, progress=tick)
    if as_json:
        typer.echo(receipt.to_json(orient="records", force_ascii=False, date_format="iso"))
    else:
        shown = receipt.assign(
            table=[word("table", t, _lang(lang)) for t in receipt["table"]],
            status=[word("status", s, _lang(lang)) for s in receipt["status"]],
        )
        show_table(shown.drop(columns=["delivered_on", "known_on_assumed"]), lang)
    raise typer.Exit(1 if receipt["quarantined"].any() else 0)


@app.command()
def quarantine(
    source: Source,
    target: Annotated[Path, typer.Option("--out", help="更正表 / correction workbook")] = Path("隔离记录更正表.xlsx"),
    source_map: Map = None,
    lang: Tongue = Language.zh,
) -> None:
    """写出隔离记录更正表,改正后用 append 载入 / write the correction workbook; load it back with append."""
    from riskmodel.workflow import write_quarantine

    with _progress() as tick:
        rows = write_quarantine(source, target, source_map=source_map, lang=_lang(lang), progress=tick)
    out.print(f"{rows} → {target}", markup=False, soft_wrap=True)


@app.command()
def explain(
    source: Source,
    entity_id: Annotated[str, typer.Argument(metavar="ID", help="统一社会信用代码 / enterprise")],
    policy: PolicyName = "zhoucun-2020",
    as_of: Day = None,
    source_map: Map = None,
    overrides: Overrides = None,
    lang: Tongue = Language.zh,
) -> None:
    """说明一户企业的等级、原因和怎样降级 / why an enterprise stands where it does, and what would lower its tier."""
    from riskmodel import logbook
    from riskmodel.assessment import assess
    from riskmodel.policy import load_policy
    from riskmodel.records import load

    records = load(source, source_map)
    assessment = assess(records, load_policy(policy), as_of=as_of or records.newest, manual=logbook.read(overrides))
    out.print(escape("\n".join(assessment.explain(entity_id).lines(_lang(lang)))), soft_wrap=True)


@app.command()
def features(lang: Tongue = Language.zh, as_json: Json = False) -> None:
    """列出全部特征:含义、单位、方向、窗口、依据 / the catalogue of features by family."""
    import pandas as pd

    from riskmodel.features import page

    if as_json:
        typer.echo(json.dumps(page.as_json(), ensure_ascii=False, indent=1))
        return
    for family, rows in page.rows(_lang(lang)).items():
        out.print(f"\n{family} ({len(rows)})", style="bold", markup=False)
        show_table(pd.DataFrame(rows), lang)


@app.command()
def dictionary() -> None:
    """打印数据字典 data/README.md / print the data dictionary."""
    from riskmodel.features.page import catalogue
    from riskmodel.records.dictionary import dictionary as page

    typer.echo(page() + catalogue(), nl=False)


@app.command()
def district(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="新文件夹 / new folder")],
    enterprises: Annotated[int, typer.Option(min=100, help="企业数 / number of enterprises")] = 3000,
    years: Annotated[int, typer.Option(min=1, max=20, help="年数 / years of records")] = 5,
    seed: Annotated[int, typer.Option(min=0, help="种子 / seed")] = 20250630,
    truth: Annotated[Path | None, typer.Option(help="真值另存处 / where the hidden truth goes")] = None,
) -> None:
    """生成模拟区县的原始导出数据 / write the exports of a synthetic district."""
    from riskmodel.workflow import write_district

    with err.status("…"):
        summary = write_district(folder, enterprises=enterprises, years=years, seed=seed, truth=truth)
    out.print(str(summary), markup=False, soft_wrap=True)


@policy_app.command("check")
def policy_check(
    policy: Annotated[str, typer.Argument(metavar="POLICY")] = "zhoucun-2020",
    as_of: Annotated[str, typer.Option("--as-of", help="规则日期 / day of the rules")] = "2025-06-30",
) -> None:
    """检验政策:键、引文、条款、用例 / keys, quotes, clauses and the policy's own cases."""
    from riskmodel.policy import load_policy
    from riskmodel.values import AsOf
    from riskmodel.workflow import check_policy

    results, gaps = check_policy(load_policy(policy), AsOf.of(as_of))
    for result in results:
        out.print(("✓ " if result.holds else "✗ ") + result.name, markup=False)
        if not result.holds:
            out.print(f"  应为 {result.expected}\n  实为 {result.found}", markup=False)
    for gap in gaps:
        out.print(f"✗ {gap}: 没有规则或用例 / nothing covers it", markup=False)
    failed = sum(not r.holds for r in results) + len(gaps)
    out.print(f"{len(results)} 个用例,{failed} 处问题 / {len(results)} cases, {failed} faults")
    raise typer.Exit(1 if failed else 0)


@policy_app.command("show")
def policy_show(policy: Annotated[str | None, typer.Argument(metavar="POLICY")] = None) -> None:
    """显示政策;不给名称则列出内置政策 / print a policy, or list the built-in ones."""
    from riskmodel.policy import builtin_policies, load_policy

    if policy is None:
        for name in builtin_policies():
            out.print(f"{name}: {load_policy(name).file.title['zh']}", markup=False)
        return
    typer.echo(load_policy(policy).file.model_dump_json(indent=2, exclude_none=True))


@policy_app.command("coverage")
def policy_coverage(policy: Annotated[str, typer.Argument(metavar="POLICY")] = "zhoucun-2020") -> None:
    """逐条说明政策条款由哪些规则落实 / which rules cover which clause."""
    from riskmodel.policy import coverage, load_policy

    show_table(coverage(load_policy(policy)), Language.zh)


@app.command()
def ui(folder: Out = Path("reports"), port: Annotated[int, typer.Option()] = 5000) -> None:
    """打开 MLflow 看板 / open the MLflow dashboard."""
    from riskmodel.tracking import store_uri

    # without the job executor the server needs two processes instead of eight
    quiet = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", store_uri(folder), "--port", str(port)]
    raise typer.Exit(subprocess.run(command, env=quiet, check=False).returncode)


@app.command()
def lab() -> None:
    """打开 JupyterLab / open JupyterLab on the notebooks."""
    place = "notebooks" if Path("notebooks").is_dir() else "."
    raise typer.Exit(subprocess.run([sys.executable, "-m", "jupyterlab", place], check=False).returncode)


@app.command()
def version() -> None:
    """显示版本 / print the version."""
    typer.echo(VERSION)


def main() -> None:
    """Entry point: one clear message and exit code 2 where riskmodel cannot run."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # consoles that are not UTF-8 would break on Chinese
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except RiskModelError as fault:
        english = any(a == "en" or a == "--lang=en" for a in sys.argv)
        err.print(fault.message("en" if english else "zh"), style="red", markup=False, soft_wrap=True)
        sys.exit(2)
    except OSError as fault:
        err.print(f"{type(fault).__name__}: {fault}", style="red", markup=False, soft_wrap=True)
        sys.exit(2)


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar by rows for reading; nothing is shown where nobody looks."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def tick(file: str, done: int, total: int) -> None:
            if file not in tasks:
                tasks[file] = bar.add_task(file, total=total or None)
            bar.update(tasks[file], completed=done)

        yield tick


def _proposals(proposals: list[Any], target: Path | None, lang: Language) -> None:
    """Columns that no table of ours knows, with the guess of what they are."""
    import pandas as pd

    from riskmodel.tables import TABLES

    rows = []
    for p in proposals:
        for g in (g for g in p.guesses if g.why != "alias"):
            column = TABLES[p.table][g.column].zh if lang is Language.zh else g.column
            rows.append(
                (f"{p.file} {p.sheet}", word("table", p.table, _lang(lang)), g.header, column, f"{g.confidence:.2f}")
            )
    if rows:
        show_table(pd.DataFrame(rows, columns=["file", "table", "header", "column", "confidence"]), lang)
    if target:
        out.print(escape(say("check.proposed", _lang(lang), file=target)), soft_wrap=True)


def _lang(lang: Language) -> Lang:
    return "en" if lang is Language.en else "zh"


def _summary(facts: dict[str, object], folder: Path, lang: Lang) -> None:
    out.print(escape(say("run.done", lang, folder=folder)), soft_wrap=True)
    for key in ("as_of", "enterprises", "tiers", "visits", "stages", "rows", "quarantined"):
        value = facts[key]
        if isinstance(value, dict):
            kind = "tier" if key == "tiers" else "stage"
            value = "  ".join(f"{word(kind, code, lang)} {count}" for code, count in value.items())
        out.print(f"  {say('run.' + key, lang)}: {value}", markup=False, soft_wrap=True)
    if facts["rehearsal"]:
        out.print("  " + escape(say("run.rehearsal", lang)), soft_wrap=True)


if __name__ == "__main__":
    main()
