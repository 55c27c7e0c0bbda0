"""How fast is a fairness audit with intervals? Beside fairlearn's MetricFrame, in one run on the same rows.

Usage::

    python -m venv PEER && PEER/bin/pip install fairlearn pyarrow
    python experiments/benchmarks/evaluation.py --peer PEER/bin/python --repeat 5

The office: 100,000 enterprises, 12 groups, a list of 5,000, labels where inspected with known probability. Ours gives
nine figures with 1,000 replicates and their ratios to all others; fairlearn three rates. Both take turns. fairlearn's
time grows in proportion to its replicates; `--peer-replicates` says how many are run, and the table how many that is.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from riskmodel.evaluation.fairness import fairness
from riskmodel.scoring.resampling import Bootstrap

# What the peer runs, in an interpreter of its own; prints seconds.
PEER = """
import sys, time, warnings
import pandas as pd
from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate
warnings.simplefilter("ignore")
rows = pd.read_csv(sys.argv[1])
rates = {"selection": selection_rate, "tpr": true_positive_rate, "fpr": false_positive_rate}
begin = time.perf_counter()
frame = MetricFrame(metrics=rates, y_true=rows["y"], y_pred=rows["selected"], sensitive_features=rows["town"],
                    n_boot=int(sys.argv[2]), ci_quantiles=[0.025, 0.975], random_state=0)
frame.by_group_ci
print(time.perf_counter() - begin)
"""


def office(rows: int, groups: int, attributes: int) -> pd.DataFrame:
    """Enterprises with a score, the probability that follows from it, and labels of those inspected."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: rng.integers(0, groups, rows).astype(str) for name in ATTRIBUTES[:attributes]})
    frame["risk_score"] = rng.normal(size=rows)
    frame["probability"] = 1 / (1 + np.exp(2 - frame["risk_score"]))
    frame["pi"] = rng.choice([0.05, 0.1, 0.3, 1.0], rows)
    frame["observed"] = (rng.random(rows) < frame["pi"]).astype(int)
    return frame.assign(y=(rng.random(rows) < frame["probability"]).astype(int))


ATTRIBUTES = ["town", "industry", "size", "age", "ownership"]


def timed(action: Callable[[], object]) -> float:
    """Seconds of one call."""
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def study(options: argparse.Namespace, folder: Path) -> dict[str, list[float]]:
    """Seconds of every action at every turn."""
    frame = office(options.rows, options.groups, len(ATTRIBUTES))
    how, k = Bootstrap(replicates=options.replicates), options.rows // 20
    points = frame.assign(probability=frame["probability"].round(2))  # as whole points of a scorecard give
    actions: dict[str, Callable[[], object]] = {
        "one attribute": lambda: fairness(frame, ["town"], k=k, bootstrap=how),
        "one attribute, whole points": lambda: fairness(points, ["town"], k=k, bootstrap=how),
        "five attributes": lambda: fairness(frame, ATTRIBUTES, k=k, bootstrap=how),
    }
    path = folder / "rows.csv"
    listed = (frame["risk_score"] >= frame["risk_score"].nlargest(k).min()).astype(int)
    frame.assign(selected=listed)[["town", "y", "selected"]].to_csv(path, index=False)
    found: dict[str, list[float]] = {}
    for turn in range(options.repeat):
        for name, action in actions.items():
            found.setdefault(name, []).append(timed(action))
        if options.peer:
            command = [options.peer, "-c", PEER, str(path), str(options.peer_replicates)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found.setdefault("fairlearn", []).append(float(done.stdout.split()[-1]))
        print(f"\r  {turn + 1}/{options.repeat}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return found


def main() -> None:
    """Run the study."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--groups", type=int, default=12)
    parser.add_argument("--replicates", type=int, default=1000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--peer", help="a Python that has fairlearn; without it only ours is timed")
    parser.add_argument("--peer-replicates", type=int, default=100)
    options = parser.parse_args()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    )
    with tempfile.TemporaryDirectory() as place:
        found = study(options, Path(place))
    base = statistics.median(found["one attribute"])
    print(
        f"{options.rows:,} rows, {options.groups} groups, {options.repeat} turns\n{'action':30}{'replicates':>11}{'median s':>10}{'ratio':>9}"
    )
    for name, seconds in found.items():
        number = options.peer_replicates if name == "fairlearn" else options.replicates
        middle = statistics.median(seconds)
        print(f"{name:30}{number:11,}{middle:10.2f}{middle / base:9.1f}   ({min(seconds):.2f} to {max(seconds):.2f})")


if __name__ == "__main__":
    main()
