"""The verbs of a month: run it whole, or assess and explain alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskmodel.cli_options import (
    SPOKEN,
    Capacity,
    Cases,
    Day,
    Executor,
    Json,
    Language,
    Map,
    Out,
    Overrides,
    Part,
    PastLog,
    PolicyName,
    Seed,
    Source,
    Tongue,
)  # fmt: skip
from riskmodel.cli_screen import print_json, records_of, say, show, steps, tell, word
from riskmodel.errors import Lang

if TYPE_CHECKING:
    from riskmodel.assessment import Assessment


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
    log: PastLog = None,
    lang: Tongue = SPOKEN,
    track: Annotated[bool, typer.Option("--track/--no-track", help="记入 MLflow / Log in MLflow")] = True,
    as_json: Json = False,
) -> None:
    """整月流程：读数、评估、分级、抽取、预警、成册 / The whole month: read, assess, tier, draw, warn, write"""
    from riskmodel import workflow

    with steps(lang.code) as tick:
        done = workflow.run(
            source, policy=policy, as_of=as_of, seed=seed, out=folder, capacity=capacity, part=part,
            source_map=source_map, overrides=overrides, cases=cases, log=log, lang=lang.code, track=track,
            progress=tick,
        )  # fmt: skip
    facts = done.facts
    if as_json:
        print_json({**facts, "folder": str(done.folder)})
    else:
        _summary(facts, done.folder, lang.code)
        if done.kept:
            tell(say("run.kept", lang.code, folder=done.kept))
    raise typer.Exit(0 if done.verdict.holds else 1)


def assess(
    source: Source,
    target: Annotated[
        Path | None, typer.Option("--out", help="结果文件 .parquet 或 .csv；spark 时为文件夹 / File, folder on Spark")
    ] = None,
    policy: PolicyName = "zhoucun-2020",
    as_of: Day = None,
    engine: Annotated[Executor, typer.Option("--engine", help="本机或集群 / This machine or Spark")] = Executor.local,
    master: Annotated[str, typer.Option("--master", help="集群地址 spark://主机:7077 / Cluster")] = "local[*]",
    model: Annotated[
        str | None, typer.Option("--model", help="已记入 MLflow 的模型，仅用于 spark / Logged model, Spark only")
    ] = None,
    source_map: Map = None,
    lang: Tongue = SPOKEN,
    as_json: Json = False,
) -> None:
    """评估和分级；数据超出一台机器时在 Spark 上评分 / Scores and tiers; on Spark: scores by the logged model"""
    from riskmodel.workflow import assess_source, score_source

    with steps(lang.code) as tick:
        common: dict[str, Any] = {"policy": policy, "as_of": as_of, "source_map": source_map, "progress": tick}
        if engine is Executor.spark:
            place = target or Path("scores.parquet")
            found: Any = score_source(source, place, master=master, model=model, **common)
        else:
            found = assess_source(source, target, **common).tiers
    if engine is Executor.spark:
        said = say("assess.done", lang.code, n=found, file=place)
        print_json({"enterprises": found, "out": str(place)}) if as_json else tell(said)
    elif as_json:
        print_json(records_of(found))
    else:
        show(found, lang.code)


def explain(
    source: Source,
    entity_id: Annotated[str, typer.Argument(metavar="ID", help="统一社会信用代码 / Enterprise")],
    policy: PolicyName = "zhoucun-2020",
    as_of: Day = None,
    source_map: Map = None,
    overrides: Overrides = None,
    lang: Tongue = SPOKEN,
    as_json: Json = False,
) -> None:
    """说明一户企业的等级、原因和怎样降级 / Why an enterprise stands where it does, and what would lower its tier"""
    found = _assessed(source, policy, as_of, source_map, overrides, lang).explain(entity_id)
    if as_json:
        print_json({**found.decided, "reasons": records_of(found.reasons), "lines": found.lines(lang.code)})
    else:
        tell("\n".join(found.lines(lang.code)))


def _assessed(
    source: str, policy: str, as_of: str | None, source_map: Path | None, overrides: Path | None, lang: Language
) -> Assessment:
    from riskmodel import logbook
    from riskmodel.assessment import assess
    from riskmodel.policy import load_policy
    from riskmodel.records import load
    from riskmodel.values import AsOf

    rulebook, manual, asked = load_policy(policy), logbook.read(overrides), AsOf.asked(as_of)
    with steps(lang.code) as tick:
        records = load(source, source_map, progress=lambda file, rows, total: tick(f"{file} {rows:,}"))
        return assess(records, rulebook, as_of=asked or records.newest, manual=manual, progress=tick)


def _summary(facts: dict[str, object], folder: Path, lang: Lang) -> None:
    tell(say("run.done", lang, folder=folder))
    for key in ("as_of", "enterprises", "tiers", "visits", "stages", "rows", "quarantined"):
        value = facts[key]
        if isinstance(value, dict):
            kind = "tier" if key == "tiers" else "stage"
            value = "  ".join(f"{word(kind, code, lang)} {count}" for code, count in value.items())
        tell("  " + say("run.fact", lang, name=say("run." + key, lang), value=value))
    if facts["rehearsal"]:
        tell("  " + say("run.rehearsal", lang))
