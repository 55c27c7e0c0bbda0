"""A rolling evaluation on the food inspections of Chicago: seconds, and what is found; beside a run of triage 6.0.

Usage::

    python experiments/benchmarks/backtest.py CHICAGO-FOLDER --repeat 3

The same as the run of triage that is cited: 3 kinds of model at 4 test days are 12 models, 49 features, as-of days a
month apart (40; 32 there), 1,200 to 1,850 labelled establishments a day (the 60 days after it; about 1,492 there). Which
models triage fitted is not told; here they are the rule "last result", the scorecard and the challenger. triage had its
events in PostgreSQL and needed 29.4 s with two processes: the time begins when the records have been read, there and
here, and holds cohort, features, labels, learning, calibration, figures and their intervals. Reading is shown apart.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from functools import partial
from pathlib import Path

import riskmodel as rm
from riskmodel.evaluation.backtest import backtest
from riskmodel.evaluation.experiment import ExperimentFile, make_panel, measured, splits_of
from riskmodel.evaluation.models import model_of
from riskmodel.features import FEATURES
from riskmodel.records import Records

PEER_SECONDS = 29.4
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
    panel = make_panel(file, records, rules, splits, names)
    middle = time.perf_counter()
    models = [model_of(name, rules, FEATURES) for name in file.models]
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


def main() -> None:
    """Print what the run is made of, its seconds, and the ratio to triage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--replicates", type=int, default=400)
    options = parser.parse_args()
    start = time.perf_counter()
    records = rm.load(options.folder, MAP if not (options.folder / "source.yaml").is_file() else None)
    reading = time.perf_counter() - start
    file, names = ExperimentFile.model_validate(RECIPE), chosen()
    runs = [run(records, file, names, options.replicates) for _ in range(options.repeat + 1)]
    print(
        ", ".join(
            f"{key} {value:,.0f}" for key, value in runs[0].items() if key not in ("panel", "backtest", "seconds")
        )
    )
    for part in ("seconds", "panel", "backtest"):
        print(
            f"{part}: first {runs[0][part]:.2f} s, median of {options.repeat} {statistics.median(r[part] for r in runs[1:]):.2f} s"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    median = statistics.median(r["seconds"] for r in runs[1:])
    print(
        f"reading: {reading:.2f} s; peak {peak:.2f} GiB; triage 6.0: {PEER_SECONDS} s, ratio {PEER_SECONDS / median:.1f}"
    )


if __name__ == "__main__":
    main()
