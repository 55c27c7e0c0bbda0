"""How fast and how large are features? Ratios to one DuckDB group-by sum, to the best SQL and to named peers, in one run.

Usage::

    python experiments/benchmarks/features.py --enterprises 1000000 --events 20000000 --repeat 5
    python experiments/benchmarks/features.py --enterprises 5000000 --events 100000000 --repeat 1 --many
    python experiments/benchmarks/features.py --growth
    python experiments/benchmarks/features.py --chicago SHARED/data/chicago --featuretools PYTHON

Every action runs in a process of its own, so that its peak memory is its own; the first repetition, which compiles and
warms the file cache, is not counted; medians are shown. Events are written as the event store of this project; its
peers read the same Parquet file. ``--featuretools`` names the Python of an environment with featuretools 1.31, pandas 2.
"""

from __future__ import annotations

import argparse
import json
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
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parent))

from portable_sql import CASES, WINDOWS, duckdb_generated, duckdb_hand, duckdb_per_date, spark_hand

from riskmodel.features import FEATURES
from riskmodel.records.windows import local, portable
from riskmodel.records.windows.combine import windows_of
from riskmodel.records.windows.compute import window_values
from riskmodel.records.windows.declared import DERIVED, LEVELS, Window
from riskmodel.records.windows.streams import Store, Stream, open_stream, read_store, write_stream
from riskmodel.tables import TABLES, OneOf

LAST = int(np.datetime64("2025-12-31", "D").astype("int64"))
YEARS = 10
KINDS = tuple(f"k{number:02d}" for number in range(12))


def days(count: int) -> np.ndarray:
    """So many quarterly as-of days up to the last day of the events."""
    return np.array([LAST - 91 * back for back in range(count - 1, -1, -1)], dtype="int32")


def firms_of(enterprises: int, events: int, rng: np.random.Generator) -> np.ndarray:
    """Number of events of each enterprise: 46 % have none, a few have very many."""
    active = np.sort(rng.permutation(enterprises)[: int(enterprises * 0.54)])
    share = rng.gamma(0.5, 1.0, len(active))
    counts = np.zeros(enterprises, dtype="int64")
    counts[active] = rng.multinomial(events, share / share.sum())
    return counts


def make_store(folder: Path, enterprises: int, events: int, seed: int = 1) -> Path:
    """One stream of penalties with kind and fine, as the event store of the project."""
    rng = np.random.default_rng(seed)
    counts = firms_of(enterprises, events, rng)
    firm = np.repeat(np.arange(enterprises, dtype="int32"), counts)
    on = (LAST - rng.integers(0, YEARS * 365, events)).astype("int32")
    on = on[np.lexsort((on, firm))]
    rows = pa.table({
        "firm": firm, "event_day": on, "violation": rng.integers(0, len(KINDS), events).astype("int8"),
        "fine_yuan": rng.integers(0, 500_000, events),
    })  # fmt: skip
    starts = np.concatenate([[0], np.cumsum(counts)])
    file = folder / "penalties.decided_on.parquet"
    write_stream(Stream(rows, {"violation": KINDS}, starts), file)
    ids = pa.array(np.char.add("E", np.arange(enterprises).astype("U9")))
    pa.parquet.write_table(pa.table({"entity_id": ids}), folder / "enterprises.parquet")
    pd.DataFrame({"firm": np.arange(0)}).to_parquet(folder / "registry.parquet")
    return file


def make_catalogue(folder: Path, enterprises: int, events: int, seed: int = 2) -> None:
    """All streams that the catalogue reads, with events shared among them as offices have them."""
    rng = np.random.default_rng(seed)
    windows = list(windows_of({name: f.how for name, f in FEATURES.items()}).values())
    keys = sorted({(w.table, w.clock) for w in windows})
    parts = rng.multinomial(events, np.full(len(keys), 1 / len(keys)))
    for (table, clock), size in zip(keys, parts, strict=True):
        mine = [w for w in windows if (w.table, w.clock) == (table, clock)]
        counts = firms_of(enterprises, int(size), rng)
        firm = np.repeat(np.arange(enterprises, dtype="int32"), counts)
        on = (LAST - rng.integers(0, YEARS * 365, size)).astype("int32")
        on = on[np.lexsort((on, firm))]
        columns, codes = {"firm": firm, "event_day": on}, {}
        for column in sorted({w.column for w in mine if w.column} | {c for w in mine for c in w.where}):
            codes |= _random_column(columns, column, mine, on, rng)
        if any(w.aggregate == "expected" for w in mine):
            codes["team"] = tuple(f"i{n:03d},i{n + 1:03d}" for n in range(200))
            columns["team"] = rng.integers(0, 200, size).astype("int16")
        starts = np.concatenate([[0], np.cumsum(counts)])
        write_stream(Stream(pa.table(columns), codes, starts), folder / f"{table}.{clock}.parquet")
    ids = pa.array(np.char.add("E", np.arange(enterprises).astype("U9")))
    pa.parquet.write_table(pa.table({"entity_id": ids}), folder / "enterprises.parquet")
    pd.DataFrame({"firm": np.arange(0)}).to_parquet(folder / "registry.parquet")


def _random_column(
    columns: dict[str, np.ndarray], column: str, mine: list[Window], on: np.ndarray, rng: np.random.Generator
) -> dict[str, tuple[str, ...]]:
    """Add a column of the kind that the windows read; returns its texts if it is coded."""
    used = {w.aggregate for w in mine if w.column == column}
    if "sum_yuan" in used:
        columns[column] = rng.integers(0, 500_000, len(on))
        return {}
    if used & {"open", "days_open"}:
        columns[column] = (on + rng.geometric(1 / 200, len(on))).astype("int32")
        return {}
    table = mine[0].table
    constraint = TABLES[table][column].constraint if column in TABLES[table].names else None
    words = constraint.values if isinstance(constraint, OneOf) else DERIVED.get(table, {}).get(column, ())
    words = tuple(sorted(words or LEVELS.get(column) or KINDS))
    columns[column] = rng.integers(0, len(words), len(on)).astype("int8")
    return {column: words}


def group_by(folder: Path, count: int) -> float:
    """The yardstick: one DuckDB sum by enterprise over the same file."""
    import duckdb

    file = folder / "penalties.decided_on.parquet"
    table = duckdb.sql(f"SELECT firm, sum(fine_yuan) AS total FROM '{file}' GROUP BY firm").to_arrow_table()
    return float(len(table))


def bare_scan(folder: Path, count: int) -> float:
    """DuckDB reading the columns once."""
    import duckdb

    file = folder / "penalties.decided_on.parquet"
    query = f"SELECT sum(firm), sum(event_day), sum(violation), sum(fine_yuan) FROM '{file}'"
    return float(duckdb.sql(query).fetchall()[0][1])


def events(folder: Path) -> Store:
    """The events with their index; names of enterprises are read by none of the peers."""
    stream = open_stream(folder / "penalties.decided_on.parquet")
    return Store(np.empty(len(stream.starts) - 1), pd.DataFrame(), {("penalties", "decided_on"): stream})


def kernel(folder: Path, count: int) -> float:
    """The local executor, result in memory."""
    values = window_values(events(folder), WINDOWS, days(count))
    return float(np.nansum(values[0]))


def kernel_streaming(folder: Path, count: int) -> float:
    """The local executor, parts handed on as they are finished."""
    stream = events(folder).streams["penalties", "decided_on"]
    return sum(float(np.nansum(values[0])) for _, _, values in local.blocks(stream, WINDOWS, days(count)))


def catalogue(folder: Path, count: int) -> float:
    """Every window of the catalogue at once."""
    windows = windows_of({name: f.how for name, f in FEATURES.items()})
    return float(np.nansum(window_values(read_store(folder), windows, days(count))[0]))


def sql_generated(folder: Path, count: int) -> float:
    """The portable executor on DuckDB."""
    return float(np.nansum(portable.execute(events(folder), WINDOWS, days(count))[0]))


def by_pandas(folder: Path, count: int) -> float:
    """pandas, vectorised group-bys, one day after the other."""
    frame = pd.read_parquet(folder / "penalties.decided_on.parquet")
    total = 0.0
    for day in days(count):
        age = day - frame["event_day"]
        rows = frame.assign(age=age)[(age >= 0) & (age < 730)]
        rows["weight"] = np.exp2(-rows["age"] / 180.0)
        made = [rows[rows["age"] < width].groupby("firm").size() for width in (30, 90, 180, 365, 730)]
        serious = rows[rows["violation"].isin(CASES["serious"])]
        general = rows[rows["violation"].isin(CASES["general"])]
        made += [serious[serious["age"] < width].groupby("firm").size() for width in (365, 730)]
        made += [rows[rows["age"] < 365].groupby("firm")["fine_yuan"].sum(), general.groupby("firm")["fine_yuan"].sum()]
        made += [rows.groupby("firm")["weight"].sum(), rows.groupby("firm")["age"].min()]
        made += [rows.groupby("firm")["violation"].nunique()]
        total += float(pd.concat(made, axis=1).iloc[:, 0].sum())
    return total


def by_pandas_agg(folder: Path, count: int) -> float:
    """pandas, one group-by a day over a column for each window, with a row for every enterprise as the others have."""
    frame = pd.read_parquet(folder / "penalties.decided_on.parquet")
    firms, total = np.arange(len(events(folder).entity_ids)), 0.0
    for day in days(count):
        age = day - frame["event_day"]
        rows = frame.assign(age=age)[(age >= 0) & (age < 730)]
        serious, general = (rows["violation"].isin(CASES[kinds]) for kinds in ("serious", "general"))
        made = {f"n{width}": rows["age"] < width for width in (30, 90, 180, 365, 730)}
        made |= {f"s{width}": serious & (rows["age"] < width) for width in (365, 730)}
        made |= {"f365": rows["fine_yuan"].where(rows["age"] < 365, 0), "g730": rows["fine_yuan"].where(general, 0)}
        made |= {"decayed": np.exp2(-rows["age"] / 180.0), "since": rows["age"], "kinds": rows["violation"]}
        how = dict.fromkeys(made, "sum") | {"since": "min", "kinds": "nunique"}
        found = pd.DataFrame({"firm": rows["firm"], **made}).groupby("firm").agg(how)
        total += float(found.reindex(firms)["n30"].sum())
    return total


def by_polars(folder: Path, count: int) -> float:
    """polars, lazy and streaming, one scan a day."""
    import polars as pl

    total = 0.0
    for day in days(count):
        age, kind, fine = pl.lit(int(day)) - pl.col("event_day"), pl.col("violation"), pl.col("fine_yuan")
        rows = pl.scan_parquet(folder / "penalties.decided_on.parquet").with_columns(age=age)
        rows = rows.filter((pl.col("age") >= 0) & (pl.col("age") < 730))
        near = pl.col("age")
        serious, general = kind.is_in(list(CASES["serious"])), kind.is_in(list(CASES["general"]))
        made = [(near < width).sum().alias(f"n{width}") for width in (30, 90, 180, 365, 730)]
        made += [(serious & (near < width)).sum().alias(f"s{width}") for width in (365, 730)]
        made += [fine.filter(near < 365).sum().alias("f365"), fine.filter(general).sum().alias("g730")]
        made += [
            (2.0 ** (-near / 180.0)).sum().alias("decayed"),
            near.min().alias("since"),
            kind.n_unique().alias("kinds"),
        ]
        total += float(rows.group_by("firm").agg(made).collect(engine="streaming")["n30"].sum())
    return total


ACTIONS: dict[str, Callable[[Path, int], float]] = {
    "group_by": group_by, "bare_scan": bare_scan, "kernel": kernel, "kernel_streaming": kernel_streaming,
    "catalogue": catalogue, "sql_generated": sql_generated, "sql_rows": duckdb_generated, "sql_hand": duckdb_hand,
    "sql_per_date": duckdb_per_date,
    "spark_hand": spark_hand, "pandas": by_pandas, "pandas_agg": by_pandas_agg, "polars": by_polars,
}  # fmt: skip


def child(name: str, folder: Path, count: int, repeat: int) -> None:
    """Run one action and print seconds, result and peak memory."""
    if name == "spark_generated":
        from portable_sql import spark_generated as action
    else:
        action = ACTIONS[name]
    seconds = []
    for _ in range(repeat + 1):
        start = time.perf_counter()
        found = action(folder, count)
        seconds.append(time.perf_counter() - start)
    # VmHWM, since the peak of getrusage may be that of the process that started this one
    status = Path("/proc/self/status").read_text("utf-8").splitlines()
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
    print(json.dumps({"seconds": statistics.median(seconds[1:]), "found": found, "mib": peak}))


def measure(name: str, folder: Path, count: int, repeat: int) -> dict[str, float]:
    """Run one action in a process of its own; OpenBLAS is not used, its pinned kernels are left as they are."""
    command = [
        sys.executable,
        __file__,
        "--child",
        name,
        "--folder",
        str(folder),
        "--days",
        str(count),
        "--repeat",
        str(repeat),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{name:18} {count} days: failed: {(done.stderr.strip().splitlines() or ['?'])[-1][:200]}")
        return {"seconds": float("nan"), "found": float("nan"), "mib": float("nan")}
    result: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    print(f"{name:18} {count} days: {result['seconds']:8.3f} s  {result['mib']:8.0f} MiB  found {result['found']:,.0f}")
    return result


def compare(options: argparse.Namespace) -> None:
    """All ratios of the issue in one run."""
    only = set(options.only.split(",")) if options.only else None

    def go(name: str, folder: Path, count: int) -> float:
        wanted = only is None or name in only
        return measure(name, folder, count, options.repeat)["seconds"] if wanted else float("nan")

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "windows"
        folder.mkdir()
        file = make_store(folder, options.enterprises, options.events)
        print(
            f"{options.enterprises:,} enterprises, {options.events:,} events, {file.stat().st_size / 1e6:.0f} MB Parquet"
        )
        yardstick = go("group_by", folder, 1)
        go("bare_scan", folder, 1)
        one, eight = go("kernel", folder, 1), go("kernel", folder, 8)
        streaming = go("kernel_streaming", folder, 8)
        best = np.nanmin([go("sql_hand", folder, 8), go("sql_per_date", folder, 8)])
        rows, hand, whole = (go(name, folder, 8) for name in ("sql_rows", "sql_hand", "sql_generated"))
        pandas, agg, polars = (go(name, folder, 8) for name in ("pandas", "pandas_agg", "polars"))
        spark, spark_by_hand = go("spark_generated", folder, 8), go("spark_hand", folder, 8)
        print(f"one date / group-by sum: {one / yardstick:.2f} (at most 2.6)")
        print(f"best SQL / eight dates: {best / eight:.2f} (at least 2.5); streaming: {best / streaming:.2f}")
        print(
            f"pandas / eight dates: {pandas / eight:.1f}, by one group-by {agg / eight:.1f} (at least 15); "
            f"polars / eight dates: {polars / eight:.1f}"
        )
        print(
            f"generated / hand-written SQL on DuckDB, rows from both: {rows / hand:.2f} (at most 1.15); "
            f"with a place for every enterprise: {whole / hand:.2f}"
        )
        print(
            f"generated / hand-written SQL on Spark: {spark / spark_by_hand:.2f} (at most 1.25); Spark / ours {spark / eight:.1f}"
        )
        if only is None or "catalogue" in only:
            all_of_it = Path(place) / "catalogue"
            all_of_it.mkdir()
            make_catalogue(all_of_it, options.enterprises, options.events)
            catalogued = go("catalogue", all_of_it, 1)
            print(
                f"whole catalogue ({len(FEATURES)} features) / group-by sum: {catalogued / yardstick:.1f} (at most 15)"
            )


def many(options: argparse.Namespace) -> None:
    """Eight dates over very many events: parts are handed on, so that memory does not grow with the result."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        make_store(folder, options.enterprises, options.events)
        ours = measure("kernel_streaming", folder, 8, options.repeat)
        hand = measure("sql_hand", folder, 8, 1)
        print(f"calendar join / ours: {hand['seconds'] / ours['seconds']:.1f} (at least 2.8); at most 7 s, 2,048 MiB")


def growth(options: argparse.Namespace) -> None:
    """Exponent of the seconds in the number of enterprises, 20 events each."""
    sizes, seconds = [100_000, 500_000, 1_000_000, 5_000_000], []
    for size in sizes:
        with tempfile.TemporaryDirectory() as place:
            make_store(Path(place), size, 20 * size)
            seconds.append(measure("kernel_streaming", Path(place), 8, options.repeat)["seconds"])
    slope = np.polyfit(np.log(sizes), np.log(seconds), 1)[0]
    print(f"growth exponent from {sizes[0]:,} to {sizes[-1]:,} enterprises: {slope:.2f}")


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--enterprises", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--only", default="", help="names of actions, separated by commas")
    parser.add_argument("--many", action="store_true", help="eight dates, streaming, against the calendar join")
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--chicago", type=Path, help="folder of the Chicago records")
    parser.add_argument("--featuretools", help="Python of an environment with featuretools")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--days", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.folder, options.days, options.repeat)
        return
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    if options.chicago:
        from chicago_pairs import compare as compare_pairs

        compare_pairs(options.chicago, options.featuretools, options.repeat)
    elif options.growth:
        growth(options)
    elif options.many:
        many(options)
    else:
        compare(options)


if __name__ == "__main__":
    main()
