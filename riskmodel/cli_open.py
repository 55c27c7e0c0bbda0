"""The verbs that open something: the MLflow dashboards, JupyterLab."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from riskmodel.cli_options import SPOKEN, Out, Tongue
from riskmodel.cli_screen import say, tell


def ui(
    folder: Out = Path("reports"),
    port: Annotated[int, typer.Option(min=1024, max=65535, help="端口，仅本机可访问 / Port on this machine")] = 5000,
    lang: Tongue = SPOKEN,
) -> None:
    """打开 MLflow 看板：列出各页地址，仅本机可访问 / Open the MLflow dashboards on this machine alone"""
    from riskmodel.dashboards import dashboard, pages

    for name, address in pages(folder, port).items():
        tell(say("ui.page", lang.code, name=name, address=address))
    command, environment = dashboard(folder, port)
    raise typer.Exit(subprocess.run(command, env=environment, check=False).returncode)


def lab() -> None:
    """打开 JupyterLab / Open JupyterLab on the notebooks"""
    place = "notebooks" if Path("notebooks").is_dir() else "."
    raise typer.Exit(subprocess.run([sys.executable, "-m", "jupyterlab", place], check=False).returncode)
