"""What the kernel reads instead of declarations: classes of events, buckets of age, and what each class adds to.

Events that count for the same windows are of one class, so that each event is counted once, by class and age; windows
are then sums over classes and ages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from riskmodel.records.windows.declared import LEVELS, UNIT, Window
from riskmodel.records.windows.streams import Stream

ADDED, SINCE_LAST, SINCE_FIRST, LEVEL_MAX, LEVEL_LAST, LEVEL_FIRST = range(6)
OPEN, DAYS_OPEN = range(2)
# Larger than any age or level: the newest of nothing.
NOTHING = 2**62
# What is added up, and how many of it make one of the window's unit: events, fen, millionths.
_ADDED: Mapping[str, int] = {"count": 1, "sum_yuan": 100, "decayed": UNIT, "expected": UNIT}
_RANKED: Mapping[str, int] = {
    "days_since": SINCE_LAST, "days_since_first": SINCE_FIRST,
    "level_max": LEVEL_MAX, "level_last": LEVEL_LAST, "level_first": LEVEL_FIRST,
}  # fmt: skip
_SPANNING: Mapping[str, int] = {"open": OPEN, "days_open": DAYS_OPEN}
_ENDLESS = 2**31 - 1


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
    added : Lists
        By class and bucket: (window, place among what an event adds: itself, the sums, the decayed weights, the share
        expected of its inspectors).
    ranked : Lists
        By class: (operation, window, bucket, level).
    told_apart : Lists
        By class: (query of distinct values, column).
    spanning : Lists
        By class: (operation, window, column, length).
    distinct_of : ndarray of int64
        Rows (window, query, bucket).
    operations, units : ndarray of int64, ndarray of float64
        By window: operation, and what its whole number is divided by.
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
    added: Lists
    ranked: Lists
    told_apart: Lists
    spanning: Lists
    distinct_of: np.ndarray
    operations: np.ndarray
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
    queries = list(
        dict.fromkeys((w.column, tuple(sorted(w.where.items()))) for w in declared if w.aggregate == "distinct")
    )
    widths = np.array(sorted({w.days for w in declared if w.days is not None}), dtype="int32")
    parts = _Parts(
        tuple(sorted({w.column for w in declared if w.aggregate == "sum_yuan"})),
        tuple(sorted({w.column for w in declared if w.aggregate in _SPANNING})),
        tuple(sorted({w.column for w in declared if w.aggregate == "distinct"})),
        tuple(sorted({w.half_life_days for w in declared if w.aggregate == "decayed"})),
        {int(width): place for place, width in enumerate(widths)},
        [column + str(conditions) for column, conditions in queries],
    )
    class_of, classes = _classes(where, told, declared)
    endless = any(w.days is None or w.aggregate in _SPANNING for w in declared)
    strides: list[int] = np.cumprod([1, *(len(values) for _, values in told[:-1])]).tolist()[: len(told)]
    return Program(
        names, where, tuple(lut * int(stride) for (lut, _), stride in zip(told, strides, strict=True)), class_of,
        parts.sums, parts.ends, parts.distinct, parts.half_lives, any(w.aggregate == "expected" for w in declared),
        widths, _ENDLESS if endless else int(widths[-1]),
        Lists.of([_added(values, declared, parts, at) for values in classes for at in range(len(widths) + 1)], 2),
        Lists.of([_ranked(values, declared, parts) for values in classes], 4),
        Lists.of([_told_apart(values, declared, parts) for values in classes], 2),
        Lists.of([_spanning(values, declared, parts) for values in classes], 4),
        np.array(
            [(f, parts.query(w), parts.bucket(w)) for f, w in enumerate(declared) if w.aggregate == "distinct"],
            dtype="int64",
        ).reshape(-1, 3),
        np.array([_RANKED.get(w.aggregate, ADDED) for w in declared], dtype="int64"),
        np.array([_ADDED.get(w.aggregate, 1) for w in declared], dtype="float64"),
    )  # fmt: skip


@dataclass(frozen=True)
class _Parts:
    """Places of columns, half-lives and window lengths."""

    sums: tuple[str, ...]
    ends: tuple[str, ...]
    distinct: tuple[str, ...]
    half_lives: tuple[int, ...]
    place: Mapping[int, int]
    queries: list[str]

    def bucket(self, window: Window) -> int:
        return len(self.place) if window.days is None else self.place[window.days]

    def added(self, window: Window) -> int:
        if window.aggregate == "sum_yuan":
            return 1 + self.sums.index(window.column)
        if window.aggregate == "decayed":
            return 1 + len(self.sums) + self.half_lives.index(window.half_life_days)
        return 0 if window.aggregate == "count" else 1 + len(self.sums) + len(self.half_lives)

    def query(self, window: Window) -> int:
        return self.queries.index(window.column + str(tuple(sorted(window.where.items()))))


def _tells(window: Window) -> set[str]:
    return {*window.where, *({window.column} if window.aggregate.startswith("level_") else ())}


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


def _level(window: Window, values: Mapping[str, str]) -> int:
    if not window.aggregate.startswith("level_"):
        return 0
    order = LEVELS[window.column]
    return order.index(values[window.column]) + 1 if values[window.column] in order else 0


def _added(values: Mapping[str, str], windows: Sequence[Window], parts: _Parts, bucket: int) -> list[tuple[int, ...]]:
    return [
        (place, parts.added(window))
        for place, window in enumerate(windows)
        if window.aggregate in _ADDED and parts.bucket(window) == bucket and fits(window, values)
    ]


def _ranked(values: Mapping[str, str], windows: Sequence[Window], parts: _Parts) -> list[tuple[int, ...]]:
    """Days since, and levels where the event has one."""
    return [
        (_RANKED[window.aggregate], place, parts.bucket(window), level)
        for place, window in enumerate(windows)
        if window.aggregate in _RANKED and fits(window, values)
        for level in [_level(window, values)]
        if level or not window.aggregate.startswith("level_")
    ]


def _told_apart(values: Mapping[str, str], windows: Sequence[Window], parts: _Parts) -> list[tuple[int, ...]]:
    wanted = [w for w in windows if w.aggregate == "distinct" and fits(w, values)]
    return sorted({(parts.query(w), parts.distinct.index(w.column)) for w in wanted})


def _spanning(values: Mapping[str, str], windows: Sequence[Window], parts: _Parts) -> list[tuple[int, ...]]:
    return [
        (_SPANNING[w.aggregate], place, parts.ends.index(w.column), w.days if w.days is not None else _ENDLESS)
        for place, w in enumerate(windows)
        if w.aggregate in _SPANNING and fits(w, values)
    ]
