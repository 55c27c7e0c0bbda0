"""The local executor: the kernel over every part of a stream, part by part, on all cores."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np

from riskmodel.records.windows.declared import Window
from riskmodel.records.windows.program import Program, compile_program
from riskmodel.records.windows.streams import FIRM, FROM, ON, UNTIL, Store, Stream

Progress = Callable[[int, int], None]
# Values in a line of the cache.
_LINE = 8


@dataclass(frozen=True)
class Targets:
    """The days on which each enterprise is wanted.

    Attributes
    ----------
    at : ndarray of int64
        First target of each enterprise, and the number of targets.
    places : ndarray of int32
        For each target the place of its day among the days, ascending for each enterprise.
    """

    at: np.ndarray
    places: np.ndarray

    @classmethod
    def every(cls, firms: int, days: int) -> Targets:
        """All days for every enterprise."""
        return cls(np.arange(firms + 1, dtype="int64") * days, np.tile(np.arange(days, dtype="int32"), firms))

    @classmethod
    def of(cls, firms: np.ndarray, places: np.ndarray, size: int) -> tuple[Targets, np.ndarray]:
        """Some pairs of enterprise and day, and the order in which they were sorted."""
        order = np.lexsort((places, firms))
        at = np.searchsorted(firms[order], np.arange(size + 1)).astype("int64")
        return cls(at, places[order].astype("int32")), order

    def part(self, first: int, last: int) -> Targets:
        """Those of some enterprises, one after the other."""
        return Targets(self.at[first : last + 1] - self.at[first], self.places[self.at[first] : self.at[last]])


@dataclass(frozen=True)
class Into:
    """Where values are put: the windows of a stream into some rows, each part's targets from a place on.

    Attributes
    ----------
    out : ndarray of float64, shape (windows, stride)
        Values of all windows, in rows of `_stride`.
    rows : ndarray of int64
        Row of each window of the stream.
    at : ndarray of int64
        First target of each enterprise.
    """

    out: np.ndarray
    rows: np.ndarray
    at: np.ndarray


def blocks(
    stream: Stream,
    windows: Mapping[str, Window],
    days: np.ndarray,
    *,
    targets: Targets | None = None,
    expected: np.ndarray | None = None,
    threads: int | None = None,
) -> Iterator[tuple[int, int, np.ndarray]]:
    """The windows over one stream, part by part, as they are finished.

    Parameters
    ----------
    stream : Stream
        Events.
    windows : mapping
        Declarations over this stream.
    days : ndarray of int32
        As-of days, ascending, counted from 1970-01-01.
    targets : Targets, optional
        Which enterprise is wanted on which day; default: each on all days.
    expected : ndarray of int64, shape (days, teams), optional
        Expected share of problems of every team, in millionths (`strictness.expected_shares`).
    threads : int, optional
        Default: all cores. The results are the same for any number.

    Yields
    ------
    first, last : int
        The enterprises from the first to before the last.
    values : ndarray of float64, shape (windows, targets)
        Targets of one enterprise after those of the other. No more than two a thread are held at a time.
    """
    yield from _blocks(stream, windows, days, targets, expected, threads)


def _blocks(
    stream: Stream,
    windows: Mapping[str, Window],
    days: np.ndarray,
    targets: Targets | None,
    expected: np.ndarray | None,
    threads: int | None,
    into: Into | None = None,
) -> Iterator[tuple[int, int, np.ndarray]]:
    program = compile_program(stream, windows)
    shares = np.zeros((len(days), 1), np.int64) if expected is None else expected
    threads = threads or os.cpu_count() or 1
    with ThreadPoolExecutor(threads) as pool:
        running: set[Future[tuple[int, int, np.ndarray]]] = set()
        for part in _parts(stream, threads):
            running.add(pool.submit(_block, stream, program, days, shares, part, targets, into))
            if len(running) > threads:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)


def execute(
    store: Store,
    windows: Mapping[str, Window],
    days: np.ndarray,
    *,
    targets: Targets | None = None,
    expected: np.ndarray | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> np.ndarray:
    """All windows for all targets: float64 of shape (windows, targets), targets in the order of `Targets`."""
    names, size = list(windows), len(store.entity_ids)
    at = targets.at if targets is not None else np.arange(size + 1, dtype="int64") * len(days)
    out = np.empty((len(windows), _stride(int(at[-1]))))
    done, total = 0, len({(w.table, w.clock) for w in windows.values()}) * size
    for key, stream in store.streams.items():
        mine = {name: w for name, w in windows.items() if (w.table, w.clock) == key}
        if not mine:
            continue
        rows = np.array([names.index(name) for name in mine])
        for first, last, _ in _blocks(stream, mine, days, targets, expected, threads, Into(out, rows, at)):
            done += last - first
            if progress:
                progress(done, total)
    return out[:, : int(at[-1])]


def _stride(size: int) -> int:
    """Length of a row of results: an odd number of lines of the cache, since rows are written side by side.

    Rows that begin a multiple of 4 kB apart would push each other out of the cache.
    """
    return _LINE * (-(-size // _LINE) | 1)


def _parts(stream: Stream, threads: int) -> list[tuple[int, int, int]]:
    """Parts to work on; a stream in memory is split into as many as there are threads, of about equal rows."""
    if stream.file is not None:
        return stream.blocks()
    enough = np.linspace(0, stream.starts[-1], threads + 1)[1:-1]
    cuts = [0, *np.searchsorted(stream.starts, enough).tolist(), len(stream.starts) - 1]
    return [(0, first, last) for first, last in zip(cuts[:-1], cuts[1:], strict=True) if last > first]


def _block(
    stream: Stream,
    program: Program,
    days: np.ndarray,
    expected: np.ndarray,
    part: tuple[int, int, int],
    targets: Targets | None,
    into: Into | None,
) -> tuple[int, int, np.ndarray]:
    from riskmodel.records.windows.kernel import Events, Steps, run

    group, first, last = part
    wanted = targets.part(first, last) if targets is not None else Targets.every(last - first, len(days))
    starts = stream.starts[first : last + 1]
    arrays = stream.read(group, _columns(stream, program))
    if stream.file is None:
        arrays = {name: values[starts[0] : starts[-1]] for name, values in arrays.items()}
    begin, rows = (int(into.at[first]), into.rows) if into else (0, np.arange(len(program.names)))
    out = into.out if into else np.empty((len(program.names), _stride(len(wanted.places))))
    size = int(starts[-1] - starts[0])
    ages = _ages(arrays[ON], days, program.stop_age)
    events = Events(
        arrays[ON], arrays.get(FROM, _none()), arrays.get(UNTIL, _none()), _classes(arrays, program, size),
        _stack(arrays, program.sums, "int64", size), _stack(arrays, program.ends, "int32", size),
        _stack(arrays, program.distinct, "int32", size),
        arrays["team"].astype("int32") if program.uses_teams else _none(),
    )  # fmt: skip
    steps = Steps(
        program.steps, program.slots, program.levels, program.spanning.at, program.spanning.entries, program.chains,
        program.units, program.buckets, program.weights(ages), expected, len(program.widths) + 1,
        program.stop_age, program.n_slots,
    )  # fmt: skip
    at = rows * out.shape[1]
    run(starts - starts[0], events, steps, days, wanted.at, wanted.places, out.reshape(-1), at, begin)
    return first, last, out[:, begin : begin + len(wanted.places)]


def _columns(stream: Stream, program: Program) -> list[str]:
    """What must be read; which enterprise a row belongs to is known from the index."""
    teams = ["team"] if program.uses_teams else []
    versions = [FROM, UNTIL] if stream.has_versions else []
    named = (ON, *versions, *program.where, *program.sums, *program.ends, *program.distinct, *teams)
    return [name for name in dict.fromkeys(named) if name != FIRM]


def _classes(arrays: Mapping[str, np.ndarray], program: Program, size: int) -> np.ndarray:
    from riskmodel.records.windows.kernel import look_up

    if not program.where:
        return np.zeros(size, dtype="int16")
    first, *others = zip(program.where, program.signatures, strict=True)
    classes: np.ndarray
    if not others:  # usual, and one look
        classes = look_up(program.class_of[first[1]], arrays[first[0]])
        return classes
    told = look_up(first[1], arrays[first[0]])
    for name, signature in others:
        told += look_up(signature, arrays[name])
    classes = program.class_of[told]
    return classes


def _stack(arrays: Mapping[str, np.ndarray], names: tuple[str, ...], dtype: str, size: int) -> np.ndarray:
    if len(names) == 1:  # usual, and no copy
        return np.ascontiguousarray(arrays[names[0]], dtype=dtype).reshape(1, size)
    stacked = np.empty((len(names), size), dtype=dtype)
    for place, name in enumerate(names):
        stacked[place] = arrays[name]
    return stacked


def _ages(on: np.ndarray, days: np.ndarray, stop_age: int) -> int:
    oldest = int(days.max()) - int(on.min()) + 1 if len(on) else 1
    return max(min(oldest, stop_age), 1)


def _none() -> np.ndarray:
    return np.empty(0, dtype="int32")
