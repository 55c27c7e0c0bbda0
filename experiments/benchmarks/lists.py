"""How fast is a list of inspectors, and how much memory does it take? The fast writer beside XlsxWriter, and deflate alone.

Usage::

    python experiments/benchmarks/lists.py --rows 50000 500000 --repeat 5

The list is the sample's risk list, its enterprises repeated under other codes: 12 columns, Chinese headings, formats,
tier colours, filters, print titles. Each writer has a process of its own, which holds the finished list before it is
timed; memory is the peak of the process above that. `deflate` packs the text of the written sheet once (level 6), the
least that any writer must do. `words` is the time from the tables of the assessment to the sheets.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd

import riskmodel as rm
from riskmodel.exports.lists import risk_list, rule_names
from riskmodel.exports.workbook import write_workbook

DAY = "2025-06-30"


def assessed(folder: Path) -> None:
    """The sample's tiers and reasons as Parquet."""
    assessment = rm.assess(rm.load("data/sample"), rm.load_policy("zhoucun-2020"), as_of=DAY)
    assessment.decided.to_parquet(folder / "decided.parquet")
    assessment.reasons.to_parquet(folder / "reasons.parquet")


def enlarged(folder: Path, rows: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """So many enterprises: those of the sample under further codes, with their reasons."""
    decided, reasons = pd.read_parquet(folder / "decided.parquet"), pd.read_parquet(folder / "reasons.parquet")
    copies = range(-(-rows // len(decided)))

    def copied(frame: pd.DataFrame) -> pd.DataFrame:
        return pd.concat([frame.assign(entity_id=frame["entity_id"].str[:-3] + f"{k:03d}") for k in copies])

    many = copied(decided).drop_duplicates("entity_id").head(rows).reset_index(drop=True)
    whole = copied(reasons)
    return many, whole[whole["entity_id"].isin(many["entity_id"])].drop_duplicates(["entity_id", "rank"])


def resident() -> int:
    """Megabytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20


def watched(work: Callable[[], object]) -> tuple[float, int]:
    """Seconds, and megabytes above what the process held before."""
    before, peak, done = resident(), [resident()], threading.Event()

    def look() -> None:
        while not done.wait(0.01):
            peak[0] = max(peak[0], resident())

    watcher = threading.Thread(target=look)
    watcher.start()
    begin = time.perf_counter()
    work()
    seconds = time.perf_counter() - begin
    done.set()
    watcher.join()
    return seconds, peak[0] - before


def one(folder: Path, rows: int, what: str) -> None:
    """Print seconds and megabytes of one task."""
    decided, reasons = enlarged(folder, rows)
    names = rule_names(rm.load_policy("zhoucun-2020").at(rm.AsOf.of(DAY)))
    if what == "words":
        print(*watched(lambda: risk_list(decided, reasons, names=names)))
        return
    target = folder / "list.xlsx"
    sheets = risk_list(decided, reasons, names=names)
    if what == "deflate":
        write_workbook(target, sheets, created=date(2025, 6, 30))
        text = zipfile.ZipFile(target).read("xl/worksheets/sheet1.xml")
        print(*watched(lambda: zlib.compress(text, 6)))
        return
    print(*watched(lambda: write_workbook(target, sheets, created=date(2025, 6, 30), fast=what == "fast")))


def main() -> None:
    """Every task in turn, medians over the repetitions."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, nargs="+", default=[50_000])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--slow-up-to", type=int, default=50_000, help="most rows that XlsxWriter is asked for")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        one(Path(options.one[0]), int(options.one[1]), options.one[2])
        return
    with tempfile.TemporaryDirectory() as place:
        assessed(Path(place))
        print("| rows | what | seconds | MB above the list itself |\n| --- | --- | --- | --- |")
        for rows in options.rows:
            for what in ("words", "fast", "xlsxwriter", "deflate"):
                if what == "xlsxwriter" and rows > options.slow_up_to:
                    continue
                command = [sys.executable, __file__, "--one", place, str(rows), what]
                runs = [
                    [float(number) for number in subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()]
                    for _ in range(options.repeat)
                ]  # fmt: skip
                seconds, memory = (statistics.median(column) for column in zip(*runs, strict=True))
                print(f"| {rows:,} | {what} | {seconds:.2f} | {memory:.0f} |", flush=True)


if __name__ == "__main__":
    main()
