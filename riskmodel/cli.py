"""The command line: one verb a function, no logic; heavy parts are loaded when a verb needs them."""

from __future__ import annotations

import re
import sys

import typer

from riskmodel import cli_inspect, cli_month, cli_open, cli_records
from riskmodel.cli_case import app as case_app
from riskmodel.cli_credit import credit_report
from riskmodel.cli_experiment import experiment
from riskmodel.cli_help import in_language
from riskmodel.cli_options import Json
from riskmodel.cli_override import app as override_app
from riskmodel.cli_policy import app as policy_app
from riskmodel.cli_results import app as results_app
from riskmodel.cli_screen import complain, print_json, say, spoken
from riskmodel.cli_simulate import simulate
from riskmodel.errors import RiskModelError, RunError
from riskmodel.fault_words import exception_words
from riskmodel.values import VERSION

# What shells say of a program that was stopped with Ctrl-C.
_STOPPED = 130

app = typer.Typer(
    name="riskmodel",
    help="差异化监管工具：评估、分级、双随机抽查、预警 / Risk-based inspection, verifiable draws, early warning",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for verb in (
    cli_month.run, cli_records.check, cli_month.assess, *cli_inspect.VERBS,
    cli_month.explain, simulate, experiment, cli_records.append, cli_records.quarantine, cli_records.features,
    cli_records.dictionary, cli_records.district, cli_open.ui, cli_open.lab,
):  # fmt: skip
    app.command()(verb)
app.add_typer(policy_app, name="policy")
app.add_typer(override_app, name="override")
app.add_typer(results_app, name="results")
app.add_typer(case_app, name="case")
app.command("credit-report")(credit_report)


@app.command()
def version(as_json: Json = False) -> None:
    """显示版本 / Print the version"""
    print_json({"version": VERSION}) if as_json else typer.echo(VERSION)


def main() -> None:
    """Entry point: one clear message and exit code 2 where riskmodel cannot run."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # consoles that are not UTF-8 would break on Chinese
            stream.reconfigure(encoding="utf-8", errors="replace")
    lang = spoken(sys.argv)
    try:
        in_language(typer.main.get_command(app), lang)(prog_name="riskmodel")
    except RiskModelError as fault:
        complain(fault.message(lang))
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(_STOPPED)
    except Exception as fault:
        # some libraries wrap what the system says of a file in an error of their own
        system = fault if isinstance(fault, OSError) else fault.__context__
        if not isinstance(system, OSError):
            raise
        complain(_unusable(system).message(lang))
        sys.exit(2)
    except SystemExit as end:
        if end.code == _STOPPED:
            complain(say("stopped", lang))
        raise


def _unusable(fault: OSError) -> RunError:
    """A file that cannot be read or written; one that is written aside is named as the one that it becomes."""
    name = re.sub(r"(^|[/\\])\.([^/\\]+?)(?:\.\d+)?\.part$", r"\1\2", str(fault.filename or "-"))
    return RunError("RM-RUN-006", where=name, found=exception_words(fault))


if __name__ == "__main__":
    main()
