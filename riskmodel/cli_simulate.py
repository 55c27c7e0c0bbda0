"""The verb `riskmodel simulate`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

out, err = Console(), Console(stderr=True)


def simulate(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="数据文件夹、文件或 .duckdb / folder, file or store")],
    policy: Annotated[
        list[str] | None,
        typer.Option("--policy", help="政策名称或文件,可多次给出;第一个为比较基准 / compared, first is base"),
    ] = None,
    strategy: Annotated[
        list[str] | None, typer.Option("--strategy", help="其他策略:equal、greedy… / other ways to choose")
    ] = None,
    years: Annotated[int, typer.Option("--years", min=1, max=20, help="模拟年数 / years")] = 5,
    replicates: Annotated[int, typer.Option("--replicates", min=1, help="重复次数 / replicates")] = 4,
    capacity: Annotated[int | None, typer.Option("--capacity", min=4, help="每年可检查户次 / visits a year")] = None,
    seed: Annotated[int, typer.Option("--seed", help="模拟种子(整数) / seed of the simulation")] = 0,
    assumptions: Annotated[
        Path | None, typer.Option("--assumptions", help="改动的假设 / assumptions that differ")
    ] = None,
    part: Annotated[str, typer.Option("--part", help="只做第 K/N 份,供多进程 / part K/N of the replicates")] = "1/1",
    folder: Annotated[Path, typer.Option("--out", help="输出目录 / folder of reports")] = Path("reports"),
    source_map: Annotated[Path | None, typer.Option("--source-map", help="列名对应文件 / column names")] = None,
    lang: Annotated[str, typer.Option("--lang", help="zh 或 en / language")] = "zh",
) -> None:
    """政策模拟:采纳之前先看效果,生成一页比较 / what policies would do, before anyone adopts one."""
    from riskmodel import studies

    with _bar() as tick:
        done = studies.simulate_source(
            source, policies=policy or ["zhoucun-2020"], strategies=strategy or [], out=folder, years=years,
            replicates=replicates, capacity=capacity, seed=seed, assumptions=assumptions, part=_part(part),
            source_map=source_map, lang="en" if lang == "en" else "zh", progress=tick,
        )  # fmt: skip
    if _part(part) == (0, 1):
        out.print(str(done.page), markup=False, soft_wrap=True)


def _part(text: str) -> tuple[int, int]:
    from riskmodel.errors import InputError

    first, _, of = text.partition("/")
    if not (first.isdigit() and of.isdigit() and 1 <= int(first) <= int(of)):
        raise InputError("RM-SIM-003", where="--part", found=text, expected="K/N, 1 ≤ K ≤ N")
    return int(first) - 1, int(of)


@contextmanager
def _bar() -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each step; nothing is shown where nobody looks."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def tick(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=total)
            bar.update(tasks[step], completed=done)

        yield tick
