"""What the kernel reads instead of declarations: classes of events, buckets of age, chains of windows.

Events that count for the same windows are of one class. Windows that differ in length alone are a chain: an event is
put into the shortest one of its chain that is long enough, by class and bucket of age, and the others follow from it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from riskmodel.records.windows.declared import LEVELS, UNIT, Window
from riskmodel.records.windows.streams import Stream

# What an event does to a window: it is added (once, its amount, its faded weight, the share expected of inspectors),
# is the newest, oldest or highest, or brings its value into a set.
ONCE, AMOUNT, FADED, EXPECTED, SINCE_LAST, SINCE_FIRST, LEVEL_MAX, LEVEL_LAST, LEVEL_FIRST, VALUE = range(10)
OPEN, DAYS_OPEN = range(2)
# Larger than any age or level: the newest of nothing.
NOTHING = 2**62
_OPERATIONS: Mapping[str, int] = {
    "count": ONCE, "sum_yuan": AMOUNT, "decayed": FADED, "expected": EXPECTED,
    "days_since": SINCE_LAST, "days_since_first": SINCE_FIRST,
    "level_max": LEVEL_MAX, "level_last": LEVEL_LAST, "level_first": LEVEL_FIRST, "distinct": VALUE,
}  # fmt: skip
# How much of what is added up makes one of the window's unit: fen, millionths.
_UNITS: Mapping[str, int] = {"sum_yuan": 100, "decayed": UNIT, "expected": UNIT}
_SPANNING: Mapping[str, int] = {"open": OPEN, "days_open": DAYS_OPEN}
_ENDLESS = 2**31 - 1
# Values in one whole number of a set.
_BITS = 64


@dataclass(frozen=True)
class Lists:
    """For every class ``c`` the entries ``at[c]`` to ``at[c + 1]`` of some parallel arrays."""

    at: np.ndarray
    entries: np.ndarray

    @classmethod
    def of(cls, by_class: Sequence[Sequence[Sequence[int]]], width: int) -> Lists:
        """From a list of entries a class; an entry is a row of `width` integers."""
        at = np.cumsum([0, *(len(entries) for entries in by_class)]).astype("int64")
        flat = [entry for entries in by_class for entry in entries]
        return cls(at, np.array(flat, dtype="int64").reshape(len(flat), width))


@dataclass(frozen=True)
class Program:
    """The windows over one stream, compiled.

    Attributes
    ----------
    names : tuple of str
        Windows, in the order of the result.
    where : tuple of str
        Columns of codes that tell the classes.
    signatures : tuple of ndarray
        For each of `where`: code + 1 → what windows can tell of it, already times its stride.
    class_of : ndarray of int16
        Sum of signatures → class.
    sums, ends, distinct : tuple of str
        Columns that are summed (fen), that end events, and whose values are counted distinct.
    half_lives : tuple of int
        Half-lives of decayed counts, days.
    uses_teams : bool
        Whether expectations of inspectors are added up.
    widths : ndarray of int32
        Lengths of the finite windows, ascending.
    stop_age : int
        No window reads events of this age or older.
    steps : ndarray of int64
        Rows (operation, place of what it reads) that every event goes through, as many for all, since a loop of one
        length costs the processor least.
    slots : ndarray of int64, shape (steps, classes × buckets)
        Row of the kernel's table that the event goes into; the last ones, which nobody reads, where there is none.
    levels : ndarray of int64, shape (steps, classes × buckets)
        Level of the event, for operations that rank levels.
    spanning : Lists
        By class: (operation, row of the window, column, length).
    chains : ndarray of int64
        Rows (window, operation, its row in the kernel's table, that of the next shorter one of its chain or -1, number
        of rows), shorter ones first. Sets of values have a row for every 64 values, a bit for each.
    n_slots : int
        Rows of the kernel's table.
    units : ndarray of float64
        By window: what its whole number is divided by.
    """

    names: tuple[str, ...]
    where: tuple[str, ...]
    signatures: tuple[np.ndarray, ...]
    class_of: np.ndarray
    sums: tuple[str, ...]
    ends: tuple[str, ...]
    distinct: tuple[str, ...]
    half_lives: tuple[int, ...]
    uses_teams: bool
    widths: np.ndarray
    stop_age: int
    steps: np.ndarray
    slots: np.ndarray
    levels: np.ndarray
    spanning: Lists
    chains: np.ndarray
    n_slots: int
    units: np.ndarray

    @property
    def buckets(self) -> np.ndarray:
        """Age → number of windows that are too short for it (int64)."""
        longest = int(self.widths[-1]) if len(self.widths) else 0
        return np.searchsorted(self.widths, np.arange(longest), side="right").astype("int64")

    def weights(self, ages: int) -> np.ndarray:
        """Half-life and age → weight in millionths (int64)."""
        return np.array([decay_weights(h, ages) for h in self.half_lives], dtype="int64").reshape(-1, max(ages, 1))


def decay_weights(half_life_days: int, ages: int) -> np.ndarray:
    """Weight of every age in millionths, 1,000,000 at age 0; the one table that all executors read."""
    ages = max(ages, 1)
    weights: np.ndarray = np.rint(UNIT * np.exp2(-np.arange(ages) / half_life_days)).astype("int64")
    return weights


def compile_program(stream: Stream, windows: Mapping[str, Window]) -> Program:
    """The program of all windows over a stream."""
    names, declared = tuple(windows), tuple(windows.values())
    where = tuple(sorted({column for w in declared for column in _tells(w)}))
    told = [_signature(stream.codes[column], column, declared) for column in where]
    widths = np.array(sorted({w.days for w in declared if w.days is not None}), dtype="int32")
    chains = _chains(declared)
    parts = _Parts(
        tuple(sorted({w.column for w in declared if w.aggregate == "sum_yuan"})),
        tuple(sorted({w.column for w in declared if w.aggregate in _SPANNING})),
        tuple(sorted({w.column for w in declared if w.aggregate == "distinct"})),
        tuple(sorted({w.half_life_days for w in declared if w.aggregate == "decayed"})),
    )
    sizes = [-(-len(stream.codes[w.column]) // _BITS) or 1 if w.aggregate == "distinct" else 1 for w in declared]
    at = np.cumsum([0, *sizes])
    class_of, classes = _classes(where, told, declared)
    bounds = (*widths.tolist(), _ENDLESS)
    found = [(values, places) for values in classes for places in _long_enough(values, declared, chains, bounds)]
    steps, slots, levels = _steps(found, declared, parts, at)
    endless = any(w.days is None or w.aggregate in _SPANNING for w in declared)
    strides: list[int] = np.cumprod([1, *(len(values) for _, values in told[:-1])]).tolist()[: len(told)]
    return Program(
        names, where, tuple(lut * int(stride) for (lut, _), stride in zip(told, strides, strict=True)), class_of,
        parts.sums, parts.ends, parts.distinct, parts.half_lives, any(w.aggregate == "expected" for w in declared),
        widths, _ENDLESS if endless else int(widths[-1]),
        steps, slots, levels, Lists.of([_spanning(values, declared, parts, at) for values in classes], 4),
        _linked(declared, chains, at), int(at[-1]) + max(sizes, default=1),
        np.array([_UNITS.get(w.aggregate, 1) for w in declared], dtype="float64"),
    )  # fmt: skip


_Key = tuple[str, str, tuple[tuple[str, tuple[str, ...]], ...], int]


@dataclass(frozen=True)
class _Parts:
    """Places of columns and half-lives."""

    sums: tuple[str, ...]
    ends: tuple[str, ...]
    distinct: tuple[str, ...]
    half_lives: tuple[int, ...]

    def step(self, window: Window) -> tuple[int, int]:
        """Operation of a window and the place of what it reads."""
        operation = _OPERATIONS[window.aggregate]
        if operation == AMOUNT:
            return operation, self.sums.index(window.column)
        if operation == FADED:
            return operation, self.half_lives.index(window.half_life_days)
        return operation, self.distinct.index(window.column) if operation == VALUE else 0


def _chains(windows: Sequence[Window]) -> dict[_Key, list[int]]:
    """Places of windows that differ in length alone, shorter ones first; those of lasting events are no chain."""
    chains: dict[_Key, list[int]] = {}
    for place in sorted(range(len(windows)), key=lambda place: _length(windows[place])):
        if windows[place].aggregate not in _SPANNING:
            chains.setdefault(_key(windows[place]), []).append(place)
    return chains


def _key(window: Window) -> _Key:
    where = tuple((column, tuple(sorted(values))) for column, values in sorted(window.where.items()))
    return window.aggregate, window.column, where, window.half_life_days


def _length(window: Window) -> int:
    return window.days if window.days is not None else _ENDLESS


def _linked(windows: Sequence[Window], chains: Mapping[_Key, list[int]], at: np.ndarray) -> np.ndarray:
    """Rows (window, operation, its row, that of the one before it in its chain, number of rows)."""
    links = [
        (place, _OPERATIONS[windows[place].aggregate], at[place], at[before] if before >= 0 else -1)
        for chain in chains.values()
        for before, place in zip([-1, *chain], chain, strict=False)
    ]
    links += [(place, ONCE, at[place], -1) for place, window in enumerate(windows) if window.aggregate in _SPANNING]
    return np.array([(*link, at[link[0] + 1] - at[link[0]]) for link in links], dtype="int64").reshape(-1, 5)


def _long_enough(
    values: Mapping[str, str], windows: Sequence[Window], chains: Mapping[_Key, list[int]], bounds: Sequence[int]
) -> list[list[int]]:
    """For each bound the shortest window of each chain that is as long, if it counts an event with these texts."""
    fitting = [
        [(_length(windows[place]), place) for place in chain]
        for chain in chains.values()
        if fits(windows[chain[0]], values)
    ]
    shortest = ((next((p for length, p in chain if length >= bound), -1) for chain in fitting) for bound in bounds)
    return [[place for place in places if place >= 0] for places in shortest]


def _tells(window: Window) -> set[str]:
    return {*window.where, *({window.column} if _ranks(window) else ())}


def _signature(words: Sequence[str], column: str, windows: Sequence[Window]) -> tuple[np.ndarray, list[str]]:
    """Code + 1 → signature, and one text for each signature: texts that no window tells apart have the same."""
    asked = [set(w.where[column]) for w in windows if column in w.where]
    asked += [{level} for level in LEVELS.get(column, ()) if any(w.column == column for w in windows)]
    marks: dict[tuple[bool, ...], int] = {}
    found, texts = [], []
    for word in ("", *words):
        mark = tuple(word in values for values in asked)
        if mark not in marks:
            marks[mark] = len(marks)
            texts.append(word)
        found.append(marks[mark])
    return np.array(found, dtype="int64"), texts


def _classes(
    where: Sequence[str], told: Sequence[tuple[np.ndarray, list[str]]], windows: Sequence[Window]
) -> tuple[np.ndarray, list[Mapping[str, str]]]:
    """Sum of signatures → class, and the texts of one event of each class."""
    classes: dict[tuple[object, ...], int] = {}
    examples: list[Mapping[str, str]] = []
    class_of = []
    for texts in product(*(values for _, values in reversed(told))):
        values = dict(zip(where, reversed(texts), strict=True))
        kind = tuple((fits(w, values), _level(w, values)) for w in windows)
        if kind not in classes:
            classes[kind] = len(classes)
            examples.append(values)
        class_of.append(classes[kind])
    return np.array(class_of, dtype="int16"), examples


def fits(window: Window, values: Mapping[str, str]) -> bool:
    """Whether an event with these texts counts."""
    return all(values[column] in allowed for column, allowed in window.where.items())


def _ranks(window: Window) -> bool:
    return window.aggregate.startswith("level_")


def _level(window: Window, values: Mapping[str, str]) -> int:
    if not _ranks(window):
        return 0
    order = LEVELS[window.column]
    return order.index(values[window.column]) + 1 if values[window.column] in order else 0


def _steps(
    found: Sequence[tuple[Mapping[str, str], Sequence[int]]], windows: Sequence[Window], parts: _Parts, at: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`Program.steps`, `Program.slots` and `Program.levels`."""
    step = {place: parts.step(w) for place, w in enumerate(windows) if w.aggregate in _OPERATIONS}
    # an event without a level is no news for windows of levels
    kept = [
        (values, [p for p in places if p in step and not (_ranks(windows[p]) and not _level(windows[p], values))])
        for values, places in found
    ]
    counts = [Counter(step[place] for place in places) for _, places in kept]
    most = {s: max(count[s] for count in counts) for s in sorted({s for count in counts for s in count})}
    slots, levels = [], []
    for values, places in kept:
        laid_by = {s: [place for place in places if step[place] == s] for s in most}
        laid = [place for s, n in most.items() for place in (laid_by[s] + [-1] * n)[:n]]
        slots.append([at[place] for place in laid])
        levels.append([_level(windows[place], values) if place >= 0 else 0 for place in laid])
    columns = [s for s, n in most.items() for _ in range(n)]

    def by_column(table: list[list[int]]) -> np.ndarray:
        return np.array(table, dtype="int64").reshape(len(found), len(columns)).T.copy()

    return np.array(columns, dtype="int64").reshape(-1, 2), by_column(slots), by_column(levels)


def _spanning(
    values: Mapping[str, str], windows: Sequence[Window], parts: _Parts, at: np.ndarray
) -> list[tuple[int, ...]]:
    return [
        (_SPANNING[w.aggregate], int(at[place]), parts.ends.index(w.column), _length(w))
        for place, w in enumerate(windows)
        if w.aggregate in _SPANNING and fits(w, values)
    ]
