r"""How fast is scoring, and is it as good? Binning and reasons beside their peers, in one run on one machine.

Usage::

    python experiments/benchmarks/scoring.py --repeat 5 \
        --optbinning VENV/bin/python --scorecardpy VENV/bin/python --toad VENV/bin/python --shap VENV/bin/python

Peers live in environments of their own (`pip install optbinning`; `scorecardpy "pandas<3" "setuptools<81"`; `toad numpy
pandas scipy scikit-learn joblib seaborn`; `shap` with the scikit-learn of this project); one that is not named is left
out. Medians of the repetitions; processor seconds beside wall time, because a shared machine stretches the latter.
Information values are computed by one function from the bounds that each returns: on the rows that were binned, where
cuts that follow the noise look good, and on as many fresh rows, where they do not.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from riskmodel.scoring.binning import Limits, monotone_bins
from riskmodel.scoring.challenger import Challenger
from riskmodel.scoring.metrics import evaluation
from riskmodel.scoring.ranking import ranking
from riskmodel.scoring.reasons import top_reasons
from riskmodel.scoring.scorecard import Scorecard

MOST, LEAST = 5, 0.05
TIMER = """
import json, statistics, sys, time
import numpy as np
kept = np.load(sys.argv[1]); X, y = kept["X"], kept["y"]
def timed(action, repeat):
    walls, works = [], []
    for _ in range(repeat):
        wall, work = time.perf_counter(), time.process_time()
        result = action()
        walls.append(time.perf_counter() - wall); works.append(time.process_time() - work)
    return statistics.median(walls), statistics.median(works), result
"""
PEERS = {
    "optbinning": f"""
from optbinning import OptimalBinning
def act():
    return [OptimalBinning(dtype="numerical", monotonic_trend="auto_asc_desc", max_n_bins={MOST}, min_bin_size={LEAST})
            .fit(X[:, j], y).splits.tolist() for j in range(X.shape[1])]
""",
    "scorecardpy": f"""
import io, contextlib, pandas as pd, scorecardpy as sc
frame = pd.DataFrame(X, columns=[f"x{{j}}" for j in range(X.shape[1])]).assign(y=y)
def act():
    with contextlib.redirect_stdout(io.StringIO()):
        found = sc.woebin(frame.rename(columns={{"y": "bad"}}).astype({{"bad": int}}), y="bad", bin_num_limit={MOST}, count_distr_limit={LEAST}, no_cores=1, print_info=False)
    return [[float(b) for b in found[f"x{{j}}"]["breaks"] if b not in ("inf", "missing")] for j in range(X.shape[1])]
""",
    "toad": f"""
import pandas as pd, toad
frame = pd.DataFrame(X, columns=[f"x{{j}}" for j in range(X.shape[1])]).assign(y=y)
def act():
    rules = toad.transform.Combiner().fit(frame, y="y", method="chi", n_bins={MOST}, min_samples={LEAST}).export()
    return [[float(b) for b in rules[f"x{{j}}"] if b == b] for j in range(X.shape[1])]
""",
    "shap": """
import shap
from sklearn.ensemble import HistGradientBoostingClassifier
model = HistGradientBoostingClassifier(**json.loads(str(kept["settings"]))).fit(X, y)
def act():
    found = shap.TreeExplainer(model).shap_values(X)
    np.save(sys.argv[1] + ".shap.npy", found)
    return list(np.shape(found))
""",
}


def timed(action: Callable[[], object], repeat: int) -> tuple[float, float]:
    """Median wall and processor seconds; the first run, which compiles, is not counted."""
    action()
    walls, works = [], []
    for _ in range(repeat):
        wall, work = time.perf_counter(), time.process_time()
        action()
        walls.append(time.perf_counter() - wall)
        works.append(time.process_time() - work)
    return statistics.median(walls), statistics.median(works)


def peer(name: str, python: str, data: Path, repeat: int) -> tuple[float, float, list]:
    """The same of a peer, in its own environment; and what it returned."""
    code = TIMER + PEERS[name] + f"\nprint('RESULT', json.dumps(timed(act, {repeat})))"
    done = subprocess.run([python, "-W", "ignore", "-c", code, str(data)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr[-400:]}")
    return tuple(json.loads(done.stdout.split("RESULT", 1)[1]))


def information(x: np.ndarray, y: np.ndarray, cuts: list[float]) -> tuple[float, bool]:
    """Information value of raw counts between cuts, and whether shares move one way only."""
    part = np.searchsorted(np.sort(cuts), x, side="right")
    n, events = np.bincount(part), np.bincount(part, y)
    n, events = n[n > 0], events[n > 0]
    good, bad = (n - events) / (n - events).sum(), events / events.sum()
    moves = np.diff(events / n)
    real = (good > 0) & (bad > 0)
    value = ((bad - good)[real] * np.log(bad[real] / good[real])).sum()
    return float(value), bool((moves >= 0).all() or (moves <= 0).all())


def columns(rows: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Bell-shaped, skewed, counted and idle features of growing strength; one in eight is an event."""
    rng = np.random.default_rng(1)
    z = rng.normal(size=(rows, count))
    strength = np.linspace(0, 0.5, count)
    y = (rng.random(rows) < 1 / (1 + np.exp(2.4 - z @ strength))).astype(float)
    z[:, 1::4] = np.exp(z[:, 1::4])
    z[:, 2::4] = np.floor(np.abs(z[:, 2::4]) * 3) * np.sign(z[:, 2::4])
    return z, y


def binning(arguments: argparse.Namespace, folder: Path) -> None:
    """Bounds of peers and ours on the same columns: time and information value, there and on fresh rows."""
    whole = columns(2 * arguments.rows, arguments.columns)
    (X, y), fresh = (part for part in zip(*(np.split(a, 2) for a in whole), strict=True))
    np.savez(folder / "binning.npz", X=X, y=y)
    weight, limits = np.ones(len(y)), Limits(MOST, LEAST, 1.0)

    def ours() -> list[list[float]]:
        return [monotone_bins(x, y, weight, sign=0, limits=limits).lows.tolist() for x in X.T]

    found = {"riskmodel": (*timed(ours, arguments.repeat), ours())}
    for name in ("optbinning", "scorecardpy", "toad"):
        python = getattr(arguments, name)
        if python:
            # toad takes minutes: once
            found[name] = peer(name, python, folder / "binning.npz", 1 if name == "toad" else arguments.repeat)
    print(f"\nBinning of {len(X):,} rows by {X.shape[1]} columns, at most {MOST} bins of at least {LEAST:.0%}")
    for name, (wall, work, cuts) in found.items():
        values = [information(x, y, c) for x, c in zip(X.T, cuts, strict=True)]
        later = sum(information(x, fresh[1], c)[0] for x, c in zip(fresh[0].T, cuts, strict=True))
        total, kept = sum(v for v, _ in values), sum(m for _, m in values)
        speed = f"{wall:8.3f} s wall {work:8.3f} s processor"
        print(f"  {name:12} {speed}   IV {total:.4f}, on fresh rows {later:.4f}   monotone {kept}/{len(values)}")


def reasons(arguments: argparse.Namespace, folder: Path) -> None:
    """Reasons by points and by Shapley values, beside SHAP on the same trees."""
    X, y = columns(arguments.units, 25)
    model, frame = Challenger().fit(X, y), pd.DataFrame(X)
    card = Scorecard().fit(X, y)
    settings = model.model_.get_params() | {"monotonic_cst": None}
    np.savez(folder / "reasons.npz", X=X, y=y, settings=json.dumps(settings))
    parts = model.contributions(X)

    def points() -> pd.DataFrame:
        return top_reasons(card.contributions(X), card.typical_, 3)

    def values() -> pd.DataFrame:
        found = model.contributions(X)
        return top_reasons(found, found.median(), 3)

    print(f"\nReasons of {len(frame):,} units, 25 features; {model.n_iter_} trees of {model.max_leaf_nodes} leaves")
    rows = {"points, three reasons": points, "challenger, contributions": lambda: model.contributions(X),
            "challenger, three reasons": values}  # fmt: skip
    for name, action in rows.items():
        print("  {:26} {:8.3f} s wall {:8.3f} s processor".format(name, *timed(action, arguments.repeat)))
    if arguments.shap:
        wall, work, _ = peer("shap", arguments.shap, folder / "reasons.npz", arguments.repeat)
        off = np.abs(np.load(folder / "reasons.npz.shap.npy") - parts.to_numpy()).max()
        print(f"  {'SHAP, contributions':26} {wall:8.3f} s wall {work:8.3f} s processor   largest difference {off:.1e}")


def others(arguments: argparse.Namespace) -> None:
    """Fits, and figures with intervals."""
    X, y = columns(arguments.units, 25)
    card = Scorecard().fit(X, y)
    p = card.predict_proba(X)[:, 1]
    noisy = p + np.random.default_rng(2).uniform(0, 1e-6, len(p))
    print(f"\n{len(X):,} units, 25 features")
    rows = {
        "fit a scorecard": lambda: Scorecard().fit(X, y), "fit a challenger": lambda: Challenger().fit(X, y),
        "evaluation, 1,000 replicates": lambda: evaluation(y, p, seed=1),
        "ranking, 1,000 replicates, no ties": lambda: ranking(y, noisy, seed=1),
    }  # fmt: skip
    for name, action in rows.items():
        print("  {:36} {:8.3f} s wall {:8.3f} s processor".format(name, *timed(action, arguments.repeat)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--columns", type=int, default=20)
    parser.add_argument("--units", type=int, default=18_712)
    parser.add_argument("--repeat", type=int, default=5)
    for peer_name in PEERS:
        parser.add_argument(f"--{peer_name}", help="interpreter that has it")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        binning(given, Path(place))
        reasons(given, Path(place))
    others(given)
