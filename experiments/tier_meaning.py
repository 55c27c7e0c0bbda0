"""What do the tiers mean on real records? The share with a critical violation at the next canvass, by tier.

Usage: python experiments/tier_meaning.py FOLDER --as-of 2014-09-01 [--policy zhoucun-2020]

FOLDER holds the public food-inspection records of Chicago (not part of this project). Tiers use what was known on the
day; the outcome is looked up afterwards: the first graded canvass after the day, and whether it found a critical
violation (severity `serious`). Only establishments that were canvassed again have an outcome.
"""

from __future__ import annotations

import argparse
import json

import numpy as np
import pandas as pd

import riskmodel as rm
from riskmodel.tables import TIERS


def outcomes(records: rm.Records, as_of: rm.AsOf) -> pd.DataFrame:
    """entity_id and whether the first graded canvass after the day found a critical violation."""
    visits = records["inspections"]
    later = visits[visits["purpose"].eq("routine") & visits["outcome_codes"].ne("")]
    later = later[later["inspected_on"] > pd.Timestamp(as_of.day)]
    first = later.sort_values(["entity_id", "inspected_on", "record_id"]).drop_duplicates("entity_id")
    critical = records["penalties"].loc[lambda t: t["severity"].eq("serious"), ["entity_id", "decided_on"]]
    found = first.merge(
        critical.drop_duplicates(),
        left_on=["entity_id", "inspected_on"],
        right_on=["entity_id", "decided_on"],
        how="left",
    )
    return pd.DataFrame({"entity_id": found["entity_id"], "critical": found["decided_on"].notna()})


def wilson(k: int, n: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927)."""
    z, p = 1.959964, k / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return float(middle - half), float(middle + half)


def main() -> None:
    """Print one row a tier as JSON lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--as-of", default="2014-09-01")
    parser.add_argument("--policy", default="zhoucun-2020")
    options = parser.parse_args()
    day = rm.AsOf.of(options.as_of)
    records = rm.load(options.folder)
    decided = rm.assess(records, rm.load_policy(options.policy), as_of=day).decided
    seen = decided.merge(outcomes(records, day), on="entity_id")
    for tier in TIERS:
        rows = seen[seen["risk_tier"].eq(tier)]
        n, k = len(rows), int(rows["critical"].sum())
        low, high = wilson(k, n) if n else (np.nan, np.nan)
        row = {"tier": tier, "establishments": int(decided["risk_tier"].eq(tier).sum()), "seen_again": n, "critical": k}
        print(json.dumps({**row, "share": round(k / n, 4) if n else None, "interval": [round(low, 4), round(high, 4)]}))
    print(json.dumps({"seen_again": len(seen), "share": round(float(seen["critical"].mean()), 4)}))


if __name__ == "__main__":
    main()
