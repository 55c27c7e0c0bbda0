"""The verb `riskmodel experiment`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskmodel.cli_options import SPOKEN, Json, Tongue
from riskmodel.cli_screen import print_json, records_of, say, show, steps, tell, word
from riskmodel.errors import Lang

if TYPE_CHECKING:
    import pandas as pd

    from riskmodel.experiments import Done


def experiment(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="实验文件 / Experiment file, experiments/*.yaml")],
    data: Annotated[str | None, typer.Option("--data", help="数据源，代替文件中所写 / Records to use instead")] = None,
    folder: Annotated[Path, typer.Option("--out", help="输出目录 / Folder of reports")] = Path("reports"),
    audit: Annotated[bool, typer.Option("--audit", help="检查特征是否偷看未来 / Search features for leaks")] = False,
    track: Annotated[bool, typer.Option("--track/--no-track", help="记入 MLflow / Log in MLflow")] = True,
    lang: Tongue = SPOKEN,
    as_json: Json = False,
) -> None:
    """按实验文件做滚动检验 / Rolling evaluation by an experiment file; exit code 1 if an audit finds a leak"""
    from riskmodel import experiments

    with steps(lang.code) as tick:
        done = experiments.experiment(
            file, source=data, out=folder, audit=audit, track=track, lang=lang.code, progress=tick,
        )  # fmt: skip
    means = done.findings.backtest.metrics.groupby(["metric", "model"], sort=False)["value"].mean().reset_index()
    wrong = done.suspects[done.suspects["is_suspect"]] if len(done.suspects) else done.suspects
    if as_json:
        print_json({
            "experiment": done.findings.file.id, "champion": done.findings.promoted, "folder": str(done.folder),
            "run": done.run_id or None, "metrics": records_of(means), "suspects": records_of(wrong),
            "leaks": records_of(done.leaks),
        })  # fmt: skip
    else:
        _tell(done, means, wrong, lang.code)
    raise typer.Exit(1 if len(wrong) or len(done.leaks) else 0)


def _tell(done: Done, means: pd.DataFrame, wrong: pd.DataFrame, lang: Lang) -> None:
    """Means of the figures by model, who is champion, and what the audit found."""
    shown = means.pivot(index="metric", columns="model", values="value").reindex(means["metric"].unique()).reset_index()
    shown["metric"] = [word("figure", name, lang) for name in shown["metric"]]
    show(shown.rename(columns={name: word("model", str(name), lang) for name in shown.columns}), lang)
    champion = word("model", done.findings.promoted, lang)
    tell(say("experiment.champion", lang, model=champion, folder=done.folder))
    for bad in wrong.itertuples():
        tell(say("experiment.suspect", lang, feature=bad.feature, auc=bad.auc, low=bad.low, high=bad.high))
    for row in records_of(done.leaks):
        tell(say("experiment.leak", lang, **row | {"future": word("future", row["future"], lang)}))
