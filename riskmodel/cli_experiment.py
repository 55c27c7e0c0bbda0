"""The verb `riskmodel experiment`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from riskmodel.cli_options import SPOKEN, Tongue
from riskmodel.cli_screen import out, steps


def experiment(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="实验文件 / experiments/*.yaml")],
    data: Annotated[str | None, typer.Option("--data", help="数据源，代替文件中所写 / records to use instead")] = None,
    folder: Annotated[Path, typer.Option("--out", help="输出目录 / folder of reports")] = Path("reports"),
    audit: Annotated[bool, typer.Option("--audit", help="检查特征是否偷看未来 / search features for leaks")] = False,
    track: Annotated[bool, typer.Option("--track/--no-track", help="记入 MLflow / log in MLflow")] = True,
    lang: Tongue = SPOKEN,
) -> None:
    """按实验文件做滚动检验 / rolling evaluation by an experiment file; exit code 1 if an audit finds a leak."""
    from riskmodel import experiments

    with steps(lang.code) as tick:
        done = experiments.experiment(
            file, source=data, out=folder, audit=audit, track=track, lang=lang.code, progress=tick,
        )  # fmt: skip
    metrics = done.findings.backtest.metrics
    means = metrics.groupby(["metric", "model"], sort=False)["value"].mean().unstack("model")
    table = Table(box=None, header_style="bold")
    for column in ("metric", *means.columns):
        table.add_column(str(column), overflow="fold")
    for name, row in means.iterrows():
        table.add_row(str(name), *(f"{value:.4f}" for value in row))
    out.print(table)
    out.print(f"champion: {done.findings.promoted} → {done.folder}", markup=False)
    wrong = done.suspects[done.suspects["is_suspect"]] if len(done.suspects) else done.suspects
    for bad in wrong.itertuples():
        out.print(f"✗ {bad.feature}: AUC {bad.auc:.3f} ({bad.low:.3f} … {bad.high:.3f})", markup=False)
    for bad in done.leaks.itertuples():
        out.print(f"✗ {bad.feature}: {bad.future}, {bad.day}, {bad.changed}/{bad.rows} ({bad.example})", markup=False)
    raise typer.Exit(1 if len(wrong) or len(done.leaks) else 0)
