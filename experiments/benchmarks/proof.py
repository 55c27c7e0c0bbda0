"""How long does it take to verify the proof of a draw from a large frame?

    python experiments/benchmarks/proof.py make FOLDER [UNITS]     # plans, draws, one proof a design
    python experiments/benchmarks/proof.py verify FOLDER [DESIGN]  # seconds on the clock, by `riskmodel verify` and alone

Verification is a process of its own each time, start of Python included; nothing is drawn there.
"""

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from riskmodel.inspections import verify_standalone
from riskmodel.inspections.plan import plan_inspections
from riskmodel.policy.load import load_policy
from riskmodel.sampling.by_stratum import PLANNED
from riskmodel.values import AsOf, Provenance

DAY = AsOf.of("2025-06-30")


def frame(units: int) -> pd.DataFrame:
    """Enterprises of a province: tiers, grades and fields by chance, ids like unified codes."""
    rng = np.random.default_rng(10)
    return pd.DataFrame(
        {
            "entity_id": [f"91370306MA{k:08d}" for k in range(units)],
            "name": "某企业",
            "risk_tier": rng.choice(list("ABCDE"), units, p=[0.55, 0.28, 0.12, 0.04, 0.01]),
            "credit_grade": rng.choice(
                ["trustworthy", "minor", "general", "serious"], units, p=[0.9, 0.05, 0.04, 0.01]
            ),
            "special_field": rng.choice(["none", "drug"], units, p=[0.995, 0.005]),
            "visits_this_year": 0,
            "town": "城北路街道",
        }
    )


def make(folder: Path, units: int) -> None:
    """One proof a design, all from the same frame."""
    rules, decided = load_policy("zhoucun-2020").at(DAY).inspections, frame(units)
    source = Provenance(DAY, "d" * 64, "zhoucun-2020@benchmark", "0")
    folder.mkdir(parents=True, exist_ok=True)
    for design in PLANNED:
        plan = plan_inspections(decided, replace(rules, design=design), source)
        start = time.perf_counter()
        draw = plan.draw("lottery 2025-075")
        spent = time.perf_counter() - start
        draw.proof.save(folder / f"{design}.json")
        print(
            f"{design}: {len(draw.table):,} of {units:,} drawn in {spent:.1f} s, {len(plan.strata)} strata", flush=True
        )


def check(folder: Path, design: str) -> None:
    """Both verifiers on the proof of a design."""
    proof = str(folder / f"{design}.json")
    verifiers = {
        "riskmodel verify": [sys.executable, "-m", "riskmodel.cli", "verify", proof],
        "verify_standalone.py": [sys.executable, "-I", "-S", verify_standalone.__file__, proof],
    }
    for name, command in verifiers.items():
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, check=False)
        spent = time.perf_counter() - start
        print(f"{design}, {name}: {spent:.1f} s on the clock, exit {done.returncode}", flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000)
    else:
        for one in sys.argv[3:] or PLANNED:
            check(Path(sys.argv[2]), one)
