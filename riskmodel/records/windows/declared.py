"""Declarations of what is computed about an enterprise; the executors of this room all read the same ones.

A `Window` aggregates the events of one enterprise. The other declarations build on windows and on the registry:
`Attribute`, `Difference`, `Ratio`, `Unknown` and `GroupShare`.

Money is summed in integer fen, decay and expectation weights are integers (millionths), so that no result depends on
the order of rows, the number of threads or the engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from riskmodel.errors import InputError
from riskmodel.tables import CREDIT_GRADES, SEVERITIES, TABLES, OneOf

Aggregate = Literal[
    "count", "sum_yuan", "distinct", "days_since", "days_since_first", "decayed", "open", "days_open",
    "level_max", "level_last", "level_first", "expected",
]  # fmt: skip
# Millionths: the unit of decay and expectation weights.
UNIT = 1_000_000
# Aggregates that are missing, not zero, where there is no event.
MISSING = frozenset(("days_since", "days_since_first"))
# Columns whose codes have an order, from light to heavy: a level is the place of a code, from 1.
LEVELS: Mapping[str, tuple[str, ...]] = {"severity": SEVERITIES, "read_grade": CREDIT_GRADES}
# Columns that are made from others before windows read them (`riskmodel.features.derive`), with the codes that they
# have; none named: any text or day.
DERIVED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "penalties": {
        "authority_field": ("market", "environment", "safety", "tax", "health", "urban", "other"),
        "category_group": ("no_penalty", "light", "fine", "confiscation", "qualification", "ban", "other"),
    },
    "complaints": {"channel_kind": ("12315", "12345", "other")},
    "inspections": {
        "problem": ("no", "yes"), "team": (),
        "outcome_group": ("clean", "not_carried_on", "corrected", "unreachable", "refused", "problem"),
    },
    "ratings": {"read_grade": CREDIT_GRADES, "ended_on": ()},
}  # fmt: skip


@dataclass(frozen=True)
class Window:
    """What is aggregated over the events of one enterprise.

    Attributes
    ----------
    table : str
        Table of events.
    clock : str
        Column of the day that places an event in the window.
    aggregate : str
        ``count`` of events; ``sum_yuan`` and ``distinct`` values of `column`; ``days_since`` the newest and
        ``days_since_first`` the oldest event; ``decayed`` count with half-life `half_life_days`; ``open`` = 1 if an
        event has not ended (`column` is the first day on which it was over, missing or after the as-of day);
        ``days_open`` days of the window on which events were open (the same `column`), added up;
        ``level_max``, ``level_last`` and ``level_first``: the highest, the newest and the oldest place of `column` in
        `LEVELS`, 0 without events (of several events on one day the highest counts); ``expected`` number of problems
        that the inspectors of the window's visits would have found anywhere (see `strictness`).
    column : str, optional
        What is summed, counted distinct, ranked, or the end of an open event.
    days : int, optional
        Length of the window, the as-of day included; without it all events count.
    where : mapping, optional
        Column → values of the events that count.
    half_life_days : int, optional
        Age at which an event counts half.
    """

    table: str
    clock: str
    aggregate: Aggregate
    column: str = ""
    days: int | None = None
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    half_life_days: int = 180


@dataclass(frozen=True)
class Attribute:
    """Something of the registry entry that was valid on the as-of day.

    Attributes
    ----------
    column : str
        Column of the registry.
    as_what : str
        ``years`` since a day; ``value`` of a number; ``is_one_of`` `values` (1 or 0); ``missing`` (1 or 0).
    values : tuple of str
        For ``is_one_of``.
    """

    column: str
    as_what: Literal["years", "value", "is_one_of", "missing"] = "years"
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """``times`` × one feature minus another: the pace of a short window against that of a long one."""

    plus: str
    minus: str
    times: int = 1


@dataclass(frozen=True)
class Ratio:
    """One feature over another, missing where the other is 0 or missing.

    Attributes
    ----------
    over, under : str
        Names of features.
    less, less_under : int
        Taken from numerator and denominator first (the mean gap of n events has n - 1 gaps).
    minus : str, optional
        A feature that is taken from the numerator.
    """

    over: str
    under: str
    less_under: int = 0
    minus: str = ""


@dataclass(frozen=True)
class GroupShare:
    """Share of inspected enterprises' visits that found a problem in a group, shrunk to the share of the wider group.

    With groups g1 ⊃ g2 ⊃ …: share(g) = (found + prior × share(parent)) / (seen + prior); the parent of the widest is
    everybody.

    Attributes
    ----------
    groups : tuple of str
        Columns of the registry from wide to narrow: ``town``; ``industry_section``, ``industry_division``, ….
    found, seen : str
        Windows of one enterprise: visits with a problem, and all visits with an outcome.
    prior : int
        Weight of the wider group, in visits.
    """

    groups: tuple[str, ...]
    found: str
    seen: str
    prior: int


@dataclass(frozen=True)
class Unknown:
    """1 where another feature has no value, else 0: that nothing is known may itself say something."""

    of: str


Declaration = Window | Attribute | Difference | Ratio | GroupShare | Unknown


def parts(how: Declaration) -> tuple[str, ...]:
    """Names of the features that a declaration is made from."""
    if isinstance(how, Difference):
        return (how.plus, how.minus)
    if isinstance(how, Ratio):
        return tuple(name for name in (how.over, how.under, how.minus) if name)
    if isinstance(how, GroupShare):
        return (how.found, how.seen)
    return (how.of,) if isinstance(how, Unknown) else ()


def needed(declared: Mapping[str, Declaration], names: Iterable[str]) -> dict[str, Declaration]:
    """Some declarations with all that they are made from, each after its parts.

    Parameters
    ----------
    declared : mapping of str to Declaration
        By name.
    names : iterable of str
        Names of some of them.

    Raises
    ------
    InputError
        A declaration that is made from itself (RM-FEA-001).
    """
    ordered: dict[str, Declaration] = {}

    def add(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise InputError("RM-FEA-001", where=path[-1], found=name)
        if name not in ordered:
            for part in parts(declared[name]):
                add(part, (*path, name))
            ordered[name] = declared[name]

    for name in names:
        add(name, ())
    return ordered


def check(declared: Mapping[str, Declaration], *, lacking: Sequence[str] = ()) -> None:
    """Refuse declarations that cannot be computed, all faults at once.

    Parameters
    ----------
    declared : mapping of str to Declaration
        By name.
    lacking : sequence of str
        Tables that are asked for and that the source does not have.

    Raises
    ------
    InputError
        An unknown table, column, value or name, a window of no days, or a declaration that is made from itself
        (RM-FEA-001); a table that the source lacks (RM-FEA-002).
    """
    faults = [fault for name, how in declared.items() for fault in _faults(name, how, declared)]
    if faults:
        where, found, expected = (list(part) for part in zip(*faults, strict=True))
        raise InputError(
            "RM-FEA-001", where="; ".join(where), found="; ".join(found), expected="; ".join(dict.fromkeys(expected))
        )
    needed(declared, declared)
    absent = sorted({how.table for how in declared.values() if isinstance(how, Window)} & set(lacking))
    if absent:
        there = ", ".join(name for name in TABLES if name not in lacking)
        raise InputError("RM-FEA-002", where="tables", found=", ".join(absent), expected=there)


def _faults(name: str, how: Declaration, declared: Mapping[str, Declaration]) -> list[tuple[str, str, str]]:
    """(where, found, expected) of everything that is wrong with one declaration."""
    if isinstance(how, Window):
        return _window_faults(name, how)
    if isinstance(how, Attribute):
        known = TABLES["enterprises"].names
        return [] if how.column in known else [(f"{name}.column", how.column, ", ".join(known))]
    return [(name, used, ", ".join(declared)) for used in parts(how) if used not in declared]


def _window_faults(name: str, how: Window) -> list[tuple[str, str, str]]:
    if how.table not in TABLES:
        return [(f"{name}.table", how.table, ", ".join(TABLES))]
    table = TABLES[how.table]
    columns = [*table.names, *DERIVED.get(how.table, ())]
    faults = [
        (f"{name}.{part}", used, ", ".join(columns))
        for part, used in (("clock", how.clock), ("column", how.column), *(("where", w) for w in how.where))
        if used and used not in columns
    ]
    if how.days is not None and how.days < 1:
        faults.append((f"{name}.days", str(how.days), "≥ 1"))
    if how.aggregate in ("sum_yuan", "distinct", "open", "days_open"):
        faults += [] if how.column else [(f"{name}.column", "-", ", ".join(columns))]
    if how.aggregate.startswith("level_") and how.column not in LEVELS:
        faults.append((f"{name}.column", how.column or "-", ", ".join(LEVELS)))
    for column, values in how.where.items():
        allowed = _codes_of(how.table, column) or values
        wrong = [value for value in values if value not in allowed]
        faults += [(f"{name}.where.{column}", ", ".join(wrong), ", ".join(allowed))] if wrong else []
    return faults


def _codes_of(table: str, column: str) -> tuple[str, ...]:
    """Codes that a column can have; none where it can have any text."""
    if column not in TABLES[table].names:
        return DERIVED.get(table, {}).get(column, ())
    constraint = TABLES[table][column].constraint
    return constraint.values if isinstance(constraint, OneOf) else ()
