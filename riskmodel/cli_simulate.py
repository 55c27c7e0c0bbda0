"""The verb `riskmodel simulate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from riskmodel.cli_options import SPOKEN, Json, Map, Out, Source, Tongue
from riskmodel.cli_screen import bars, print_json, records_of, say, tell


def simulate(
    source: Source,
    policy: Annotated[
        list[str] | None,
        typer.Option(
            "--policy",
            help="政策名称或文件，可多次给出；第一个为比较基准 / Policies to compare, repeated; the first is the base",
        ),
    ] = None,
    strategy: Annotated[
        list[str] | None,
        typer.Option(
            "--strategy",
            help="其他策略，如 equal、greedy，可多次给出 / Other ways to choose, such as equal or greedy, repeated",
        ),
    ] = None,
    years: Annotated[int, typer.Option("--years", min=1, max=20, help="模拟年数 / Years to simulate")] = 5,
    replicates: Annotated[
        int, typer.Option("--replicates", min=1, help="重复次数 / How often everything is repeated")
    ] = 4,
    capacity: Annotated[int | None, typer.Option("--capacity", min=4, help="每年可检查户次 / Visits a year")] = None,
    seed: Annotated[int, typer.Option("--seed", help="模拟种子（整数） / Seed of the simulation")] = 0,
    assumptions: Annotated[
        Path | None, typer.Option("--assumptions", help="与默认不同的假设 YAML / YAML of assumptions that differ")
    ] = None,
    part: Annotated[
        str,
        typer.Option(
            "--part", help="只做 N 份中的第 K 份（K/N），供多进程 / Only part K of N (K/N), for several processes"
        ),
    ] = "1/1",
    folder: Out = Path("reports"),
    source_map: Map = None,
    lang: Tongue = SPOKEN,
    as_json: Json = False,
) -> None:
    """政策模拟：采纳之前先看效果，生成一页比较 / What policies would do, before anyone adopts one"""
    from riskmodel import studies

    chosen = _part(part)
    with bars() as tick:
        done = studies.simulate_source(
            source, policies=policy or ["zhoucun-2020"], strategies=strategy or [], out=folder, years=years,
            replicates=replicates, capacity=capacity, seed=seed, assumptions=assumptions, part=chosen,
            source_map=source_map, lang=lang.code, progress=tick,
        )  # fmt: skip
    whole = chosen == (0, 1)
    if as_json:
        page, summary = (str(done.page), records_of(done.study.summary())) if whole else (None, None)
        print_json({"part": part, "page": page, "checkpoints": str(done.checkpoints), "summary": summary})
    elif whole:
        tell(say("simulate.done", lang.code, page=done.page))
    else:
        tell(say("simulate.part", lang.code, part=part, folder=done.checkpoints))


def _part(text: str) -> tuple[int, int]:
    from riskmodel.errors import InputError

    first, _, of = text.partition("/")
    if not (first.isdigit() and of.isdigit() and 1 <= int(first) <= int(of)):
        raise InputError("RM-SIM-003", where="--part", found=text, expected="K/N, 1 ≤ K ≤ N")
    return int(first) - 1, int(of)
