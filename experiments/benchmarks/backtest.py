r"""A rolling evaluation on the food inspections of Chicago: seconds, and what is found; in turn with triage 6.0.0.

Usage::

    python experiments/benchmarks/backtest.py CHICAGO-FOLDER --repeat 3 \
        --triage TRIAGE-PYTHON --postgres postgresql://USER@127.0.0.1:PORT/DATABASE [options of triage_run.py]

3 kinds of model at 4 test days are 12 models: the rule "last result", the scorecard and the challenger; 49 features,
as-of days a month apart, 34 with a label, 460 to 1,850 labelled establishments a day (the 60 days after it). The time
begins when the records have been read, there and here, and holds cohort, features, labels, learning, calibration,
figures and their intervals (triage knows neither of the last two); reading is shown apart. `triage_run.py` tells how
the peer's environment is made and how its evaluation is set up.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import time
from functools import partial
from pathlib import Path

import riskmodel as rm
from riskmodel.evaluation.backtest import backtest, reads
from riskmodel.evaluation.experiment import ExperimentFile, make_panel, measured, splits_of
from riskmodel.evaluation.models import model_of
from riskmodel.features import FEATURES
from riskmodel.records import Records

MAP = Path(__file__).parents[2] / "riskmodel/records/maps/chicago.yaml"
# What the records can fill, most telling first: visits, complaints, findings, closed doors, age.
FAMILIES = (
    "problem", "clean_insp", "inspections", "drawn", "days_since", "complaint", "report", "penalties_serious",
    "penalties_general", "penalties_minor", "penalties_decayed", "penalty", "abnormal", "penalties", "tenure",
)  # fmt: skip
RECIPE = {
    "id": "rolling", "question": {"en": "How fast?"}, "source": "-", "champion": "scorecard",
    "outcome": {"event": "problem", "horizon_days": 60, "observed_if": "inspected", "weight": "none"},
    "origins": {
        "first": "2014-01-31", "last": "2014-04-30", "every_months": 1, "gap_days": 0, "train_years": 3,
        "calibrate": True,
    },
    "models": ["last_result", "scorecard", "challenger"],
}  # fmt: skip


def chosen(count: int = 49) -> list[str]:
    """Features of the catalogue that these records can fill, in the order of the families."""
    ordered = dict.fromkeys(name for family in FAMILIES for name in FEATURES if name.startswith(family))
    return list(ordered)[:count]


def run(records: Records, file: ExperimentFile, names: list[str], replicates: int) -> dict[str, float]:
    """One rolling evaluation; seconds by part and what it was made of."""
    start = time.perf_counter()
    splits = splits_of(file)
    rules = rm.load_policy(file.policy).at(rm.AsOf(splits[-1].test_day))
    models = [model_of(name, rules, FEATURES) for name in file.models]
    read = dict.fromkeys([*names, *(column for model in models for column in reads(model, names))])
    panel = make_panel(file, records, rules, splits, [name for name in FEATURES if name in read])
    middle = time.perf_counter()
    measures = partial(measured, lists=file.lists, replicates=replicates)
    found = backtest(panel, models, splits, features=names, measures=measures, seed=0)
    end = time.perf_counter()
    return {
        "seconds": end - start, "panel": middle - start, "backtest": end - middle,
        "days": float(panel["as_of"].nunique()), "rows": float(len(panel)), "splits": float(len(splits)),
        "models": float(len(models) * len(splits)), "features": float(len(names)),
        "figures": float(found.metrics["metric"].nunique()),
        "with interval": float(found.metrics.loc[found.metrics["low"].notna(), "metric"].nunique()),
    }  # fmt: skip


def triage(options: argparse.Namespace, repeat: int, *also: str) -> dict[str, float]:
    """One turn of the peer, one thread in each of its two processes as in ours; with no turn its records are loaded."""
    script = Path(__file__).with_name("triage_run.py")
    told = subprocess.run(
        [options.triage, script, options.folder, options.postgres, "--repeat", str(repeat), *also],
        env=os.environ | {"OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, text=True, check=True,
    ).stdout  # fmt: skip
    found: dict[str, float] = json.loads(told.splitlines()[-1]) if repeat else {}
    return found


def shown(name: str, runs: list[dict[str, float]], parts: tuple[str, ...]) -> float:
    """Print what a run is made of and its seconds; the median of all."""
    made = {key: value for key, value in runs[0].items() if key not in parts}
    print(f"{name}:", ", ".join(f"{key} {value:,.2f}".removesuffix(".00") for key, value in made.items()))
    for part in parts:
        seconds = [found[part] for found in runs]
        print(f"  {part}: median {statistics.median(seconds):.2f} s of {', '.join(f'{one:.2f}' for one in seconds)}")
    return statistics.median(found["seconds"] for found in runs)


def main() -> None:
    """Print what the runs are made of, their seconds, and the ratio to triage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--replicates", type=int, default=400)
    parser.add_argument("--triage", help="Python of an environment that has it")
    parser.add_argument("--postgres", help="address of a database that it may empty")
    options, also = parser.parse_known_args()
    start = time.perf_counter()
    records = rm.load(options.folder, MAP if not (options.folder / "source.yaml").is_file() else None)
    reading = time.perf_counter() - start
    file, names = ExperimentFile.model_validate(RECIPE), chosen()
    run(records, file, names, options.replicates)  # compiles what later turns find compiled
    ours: list[dict[str, float]] = []
    theirs: list[dict[str, float]] = []
    if options.triage and "--loaded" not in also:
        triage(options, 0)
    for _ in range(options.repeat):
        ours.append(run(records, file, names, options.replicates))
        if options.triage:
            theirs.append(triage(options, 1, "--loaded", *also))
        print(", ".join(f"{turns[-1]['seconds']:.2f}" for turns in (ours, theirs) if turns), "s", flush=True)
    median = shown("riskmodel", ours, ("seconds", "panel", "backtest"))
    print(f"  reading {reading:.2f} s; peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")
    if theirs:
        peer = shown("triage 6.0.0", theirs, ("seconds", "matrices", "models"))
        print(f"triage ÷ riskmodel: {peer / median:.2f}")


if __name__ == "__main__":
    main()
