"""First crossing beside DuckDB's bare scan, and a day's work beside a replay of everything.

Usage: python experiments/benchmarks/warning.py [--events 20000000] [--enterprises 1000000] [--repeat 5]

Events stand in the order of the store (enterprise, day known), three int32 columns, in a DuckDB file and in an Arrow file;
46 % of the enterprises have none. *Bare scan* is DuckDB reading its three columns and adding them up; *with load* is opening
the Arrow file and finding every first crossing (three within 90 days, by the day known). Both take turns. The day: `--new` events become known on the last
day; the casebook's machine goes on from the states of the day before, for the enterprises concerned alone, and is compared
move by move with a replay of everything.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from riskmodel.warning.course import Desk, Histories, Rule, Spans, State
from riskmodel.warning.crossing import NEVER, Events, Repeat, first_crossings

_PART = 50_000  # enterprises replayed at a time
SPANS = Spans(365, 10, 180, 365, 1095, 10, 20, 365, 10**6)


def made(events: int, enterprises: int, days: int = 3650) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Enterprise, day, day known; sorted by enterprise and day known."""
    rng = np.random.default_rng(0)
    weight = rng.gamma(0.5, 1, enterprises) * (rng.random(enterprises) < 0.54)
    firm = np.repeat(np.arange(enterprises, dtype=np.int32), rng.multinomial(events, weight / weight.sum()))
    occurred = rng.integers(0, days, len(firm)).astype(np.int32)
    known = (occurred + rng.geometric(1 / 12, len(firm))).astype(np.int32)
    order = np.lexsort((occurred, known, firm))
    return firm, occurred[order], known[order]


def scan(path: Path, columns: tuple[np.ndarray, ...], enterprises: int, repeat: int) -> None:
    """Time the bare scan and the first crossings, in turns."""
    firm, occurred, known = columns
    with duckdb.connect(str(path)) as store:
        written = pa.table({"firm": firm, "occurred": occurred, "known": known})
        store.execute("CREATE TABLE events AS SELECT * FROM written")
    with pa.ipc.new_file(str(path.with_suffix(".arrow")), written.schema) as file:
        file.write_batch(written.to_batches()[0])
    del written
    bare, whole, inside = [], [], []
    with duckdb.connect(str(path), read_only=True) as store:
        for turn in range(repeat + 1):
            begin = time.perf_counter()
            store.execute("SELECT sum(firm), sum(occurred), sum(known) FROM events").fetchall()
            middle = time.perf_counter()
            with pa.memory_map(str(path.with_suffix(".arrow"))) as file:
                got = pa.ipc.open_file(file).get_batch(0)
                loaded = time.perf_counter()
                events = Events(*(column.to_numpy() for column in got.columns))
            crossed = first_crossings(events, Repeat(3, 90), enterprises=enterprises)
            end = time.perf_counter()
            if turn:  # the first one compiles
                bare.append(middle - begin)
                whole.append(end - middle)
                inside.append(end - loaded)
    print(f"{len(firm):,} events, {enterprises:,} enterprises, {(crossed < NEVER).sum():,} crossed")
    print(
        f"bare scan {statistics.median(bare):.3f} s; first crossing with load {statistics.median(whole):.3f} s, in memory {statistics.median(inside):.3f} s"
    )
    print(f"ratio with load {statistics.median([w / b for w, b in zip(whole, bare, strict=True)]):.2f} (limit 6)")
    print(
        f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB (limit 2, with the made data)"
    )


def desk(columns: tuple[np.ndarray, ...], firms: np.ndarray, today: int) -> Desk:
    """The casebook's machine over some enterprises (numbered anew), with what was known by a day."""
    firm, occurred, known = columns
    kept = known <= today
    number = np.searchsorted(firms, firm[kept]).astype(np.int32)
    o, k = occurred[kept], known[kept]
    starts = np.searchsorted(number, np.arange(len(firms) + 1))
    histories = Histories(o, k, np.full(len(o), NEVER, np.int32), np.ones(len(o), bool), starts)
    rule = Rule(Events(number, o, k), Repeat(2, 180), np.arange(len(o)), starts, signal=False)
    return Desk(histories, [rule], SPANS, today)


def replayed(columns: tuple[np.ndarray, ...], firms: np.ndarray, today: int) -> tuple[Desk, dict, dict]:
    """Moves and states of everybody from the beginning."""
    at = desk(columns, firms, today)
    rule = at.rules[0]
    crossed = np.flatnonzero(first_crossings(rule.events, rule.repeat, enterprises=len(firms)) < NEVER)
    found = {int(firms[i]): at.moves(int(i), State()) for i in crossed}
    return at, {f: moves for f, (moves, _) in found.items()}, {f: state for f, (_, state) in found.items()}


def cited(at: Desk, moves: list) -> list:
    """Moves with the days of the events that they cite in place of their rows, which every desk numbers anew."""
    return [m._replace(rows=tuple(at.rows.occurred[list(m.rows)].tolist())) for m in moves]


def last_day(events: int, enterprises: int, new: int) -> tuple[tuple[np.ndarray, ...], np.ndarray, int]:
    """Events known by the end of a day, on which `new` become known; the enterprises of these; the day before."""
    firm, occurred, known = made(events, enterprises)
    last = int(np.quantile(known, 0.98))
    # the events of the last day: so many of those that follow it become known on it
    chosen = np.random.default_rng(1).choice(np.flatnonzero(known > last), new, replace=False)
    kept = known <= last
    kept[chosen] = True
    known = np.where(known > last, last + 1, known)
    occurred = np.minimum(occurred, known)
    columns = tuple(c[kept] for c in (firm, occurred, known))
    order = np.lexsort((columns[1], columns[2], columns[0]))
    return tuple(c[order] for c in columns), np.unique(firm[chosen]), last


def day(events: int, enterprises: int, new: int) -> None:
    """Time a day that goes on from the day before against a replay; the replay part by part, to spare memory."""
    columns, fresh, last = last_day(events, enterprises, new)
    firms = np.unique(columns[0])
    starts = np.searchsorted(columns[0], np.r_[firms, firms[-1] + 1])
    states, kept, other, cases, moves, seconds, cpu = {}, {}, 0, 0, 0, 0.0, 0.0
    for first in range(0, len(firms), _PART):
        mine = firms[first : first + _PART]
        rows = slice(starts[first], starts[min(first + _PART, len(firms))])
        part = tuple(c[rows] for c in columns)
        at, before, stand = replayed(part, mine, last)
        begin, used = time.perf_counter(), time.process_time()
        then, whole, _ = replayed(part, mine, last + 1)
        seconds, cpu = seconds + time.perf_counter() - begin, cpu + time.process_time() - used
        moving = {*np.intersect1d(mine, fresh).tolist(), *(f for f, s in stand.items() if s.next_on <= last + 1)}
        kept |= {f: (cited(at, before.get(f, [])), cited(then, whole.get(f, []))) for f in moving}
        still = {*before, *whole} - moving
        other += sum(cited(at, before.get(f, [])) != cited(then, whole.get(f, [])) for f in still)
        states |= stand
        cases, moves = cases + len(whole), moves + sum(map(len, whole.values()))
    begin, used = time.perf_counter(), time.process_time()
    due = [f for f, s in states.items() if s.next_on <= last + 1]
    who = np.union1d(fresh, due).astype(np.int32)
    place = np.searchsorted(firms, who)
    rows = np.concatenate([np.arange(starts[p], starts[p + 1]) for p in place])
    at = desk(tuple(c[rows] for c in columns), who, last + 1)
    going_on = {int(f): at.moves(i, states.get(int(f), State()))[0] for i, f in enumerate(who)}
    more, more_cpu = time.perf_counter() - begin, time.process_time() - used
    same = not other and all(kept[f][0] + cited(at, going_on[f]) == kept[f][1] for f in going_on)
    print(f"day: {len(columns[0]):,} events, {cases:,} enterprises with cases, {moves:,} moves")
    print(
        f"replay {seconds:.1f} s ({cpu:.1f} CPU); going on for {len(who):,} enterprises {more:.3f} s ({more_cpu:.3f} CPU)"
    )
    print(f"{seconds / more:.0f} times faster ({cpu / more_cpu:.0f} by CPU; limit 50); identical: {same}")


def main() -> None:
    """Both parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--enterprises", type=int, default=1_000_000)
    parser.add_argument("--new", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--part", choices=["scan", "day"], default=None)
    options = parser.parse_args()
    if options.part != "day":
        with tempfile.TemporaryDirectory() as place:
            scan(
                Path(place) / "events.duckdb",
                made(options.events, options.enterprises),
                options.enterprises,
                options.repeat,
            )
    if options.part != "scan":
        day(options.events, options.enterprises, options.new)


if __name__ == "__main__":
    main()
