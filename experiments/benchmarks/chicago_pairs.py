"""Features as of every establishment and day of a graded canvass in Chicago: ours beside featuretools.

Each graded canvass is a pair; of the canvasses of the same establishment within the 365 days up to its day there are
counted: their number, findings by severity (sum and largest), failures. featuretools runs in an environment of its own.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from riskmodel.records.windows import local
from riskmodel.records.windows.declared import Window
from riskmodel.records.windows.streams import Store, Stream

SEVERITIES = ("critical", "serious", "minor")
_PEER = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import featuretools as ft, pandas as pd
frame = pd.read_parquet(sys.argv[1])
start = time.perf_counter()
es = ft.EntitySet("chicago")
es = es.add_dataframe(dataframe_name="visits", dataframe=frame, index="visit", time_index="day")
es = es.normalize_dataframe("visits", "firms", "firm", make_time_index=False)
cutoffs = frame[["firm", "day"]].rename(columns={"day": "time"})
table, _ = ft.dfs(entityset=es, target_dataframe_name="firms", cutoff_time=cutoffs, training_window="365 days",
    agg_primitives=["count", "sum", "max"], trans_primitives=[], max_depth=1, cutoff_time_in_index=True, include_cutoff_time=True)
seconds = time.perf_counter() - start
columns = sorted(c for c in table if c.startswith(("COUNT", "SUM")))
print(json.dumps({"seconds": seconds, "sums": {c: float(table[c].sum()) for c in columns}, "features": table.shape[1]}))
"""


def compare(folder: Path, featuretools: str | None, repeat: int) -> None:
    """Time both and compare their sums."""
    frame = _frame(folder)
    ours, sums = [], {}
    for _ in range(repeat + 1):
        start = time.perf_counter()
        sums = _ours(frame)
        ours.append(time.perf_counter() - start)
    mine = statistics.median(ours[1:])
    print(f"ours: {len(frame):,} pairs, {mine:.4f} s, {sums}")
    if featuretools is None:
        print("featuretools: not measured, name its Python with --featuretools")
        return
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "visits.parquet"
        frame.to_parquet(file)
        done = subprocess.run([featuretools, "-c", _PEER, str(file)], stdout=subprocess.PIPE, text=True, check=True)
    peer = json.loads(done.stdout.strip().splitlines()[-1])
    print(f"featuretools: {peer['seconds']:.2f} s, {peer['features']} features, {peer['sums']}")
    print(f"featuretools / ours: {peer['seconds'] / mine:.0f} (at least 100)")


def _frame(folder: Path) -> pd.DataFrame:
    """Graded canvasses: visit, firm (int), day, findings by severity, whether it failed; by firm and day."""
    rows = pd.read_parquet(folder / "clean" / "inspections_canvass.parquet")
    firm = pd.factorize(rows["licence"], sort=True)[0]
    frame = rows[list(SEVERITIES)].assign(
        firm=firm, day=rows["date"], failed=(rows["result"] == "Fail").astype("int64")
    )
    frame = frame.sort_values(["firm", "day"], kind="stable", ignore_index=True)
    frame = frame.drop_duplicates(["firm", "day"], ignore_index=True)  # the peer refuses equal pairs
    return frame.assign(visit=frame.index)


def _ours(frame: pd.DataFrame) -> dict[str, float]:
    """The windows from the frame, encoding included."""
    days, place = np.unique(frame["day"].to_numpy("datetime64[D]").astype("int32"), return_inverse=True)
    firm = frame["firm"].to_numpy("int32")
    size = int(firm.max()) + 1
    rows = {"firm": firm, "event_day": days[place]} | {n: frame[n].to_numpy("int64") for n in (*SEVERITIES, "failed")}
    stream = Stream(pa.table(rows), {}, np.searchsorted(firm, np.arange(size + 1)).astype("int64"))
    store = Store(np.arange(size).astype(str), pd.DataFrame(), {("visits", "day"): stream})
    windows = {
        "count": Window("visits", "day", "count", days=365),
        "since": Window("visits", "day", "days_since_first", days=365),
    }
    windows |= {f"sum_{n}": Window("visits", "day", "sum_yuan", n, 365) for n in (*SEVERITIES, "failed")}
    targets, _ = local.Targets.of(firm, place, size)
    values = local.execute(store, windows, days, targets=targets)
    # amounts are kept in hundredths
    return {
        name: float(np.nansum(line)) * (100 if name.startswith("sum") else 1)
        for name, line in zip(windows, values, strict=True)
    }
