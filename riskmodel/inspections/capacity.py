"""Capacities, and what to do where they bind: scale alike, serve an aim, or name the clauses that collide."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from riskmodel.errors import PlanError
from riskmodel.fault_words import Both
from riskmodel.policy.visits import Aim
from riskmodel.sampling.allocation import Groups, allocate_for
from riskmodel.sampling.inclusion import capped_to

# An expected number that a group with any probability keeps under an aim, so that its rate stays estimable.
_LEAST = 1e-3


@dataclass(frozen=True)
class Capacity:
    """Largest numbers of visits; what is not given does not bind.

    Attributes
    ----------
    total : int or None
        All visits of the plan.
    by_town, by_department : mapping of str to int
        Visits in a town; visits that a department joins.
    by_month : mapping of int to int
        Visits of a round, by the month (1 to 12) of the plan.
    """

    total: int | None = None
    by_town: Mapping[str, int] = field(default_factory=dict)
    by_department: Mapping[str, int] = field(default_factory=dict)
    by_month: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, value: Capacity | int | None) -> Capacity:
        """A capacity from a number of visits, or as it is."""
        return value if isinstance(value, Capacity) else cls(total=value)

    @classmethod
    def read(cls, content: Any, *, where: str) -> Capacity:
        """Read ``{total, by_town, by_department, by_month}``.

        Raises
        ------
        PlanError
            If keys are unknown or a number is no whole number (RM-PLN-002).
        """
        keys = ("total", "by_town", "by_department", "by_month")
        if not isinstance(content, Mapping) or not set(content) <= set(keys):
            shown = ", ".join(map(str, content)) if isinstance(content, Mapping) else content
            raise PlanError("RM-PLN-002", where=where, found=shown, expected=", ".join(keys))
        tables = {key: content.get(key) or {} for key in keys[1:]}
        numbers = [*([content["total"]] if content.get("total") is not None else [])]
        for key, table in tables.items():
            if not isinstance(table, Mapping):
                raise PlanError("RM-PLN-002", where=f"{where}: {key}", found=table)
            numbers += table.values()
        wrong = [n for n in numbers if isinstance(n, bool) or not isinstance(n, int) or n < 0]
        if wrong:
            raise PlanError("RM-PLN-002", where=where, found=wrong[0])
        return cls(content.get("total"), tables["by_town"], tables["by_department"], tables["by_month"])

    @property
    def binds(self) -> bool:
        """Whether anything is limited."""
        return self.total is not None or bool(self.by_town or self.by_department or self.by_month)


@dataclass(frozen=True)
class _Limit:
    """One capacity: its name, its number, and how much of it a visit to each group takes."""

    name: str
    number: float
    takes: np.ndarray


def targets(groups: pd.DataFrame, capacity: Capacity, aim: Aim, *, month: int) -> np.ndarray:
    """Probabilities that respect every capacity.

    By `ratios`: certainty stays and all others are scaled alike, never below their floors. Where several capacities
    bind, the tightest sets the factor of those whom it concerns, then the next (max-min fairness by progressive
    filling). By any other aim: `allocate_for` within the factors of the policy, with as many visits as the ratios
    would give, or as the capacity allows.

    Parameters
    ----------
    groups : DataFrame
        ``wanted``, ``floor``, ``certain``, ``size``, ``because``, ``clause``, ``floor_because``, ``floor_clause``,
        ``rate`` (probability of a finding), ``town``, and ``takes:<department>`` for each department.
    capacity : Capacity
        What binds.
    aim : Aim
        What the visits serve.
    month : int
        Month of the plan.

    Returns
    -------
    ndarray
        Probability of each group.

    Raises
    ------
    PlanError
        If clauses and capacities contradict each other (RM-PLN-001, naming an irreducible set of them), or the aim
        needs rates that are not known (RM-PLN-003).
    """
    limits = _limits(groups, capacity, month)
    _agree(groups, limits)
    if aim.serve == "ratios":
        return _alike(groups, limits)
    return _served(groups, limits, aim)


def _limits(groups: pd.DataFrame, capacity: Capacity, month: int) -> list[_Limit]:
    everybody = np.ones(len(groups))
    limits = [] if capacity.total is None else [_Limit("capacity", capacity.total, everybody)]
    if month in capacity.by_month:
        limits.append(_Limit(f"capacity.by_month.{month}", capacity.by_month[month], everybody))
    for town, number in sorted(capacity.by_town.items()):
        limits.append(_Limit(f"capacity.by_town.{town}", number, groups["town"].eq(town).to_numpy(dtype=float)))
    for name, number in sorted(capacity.by_department.items()):
        column = f"takes:{name}"
        if column not in groups.columns:
            known = ", ".join(c.removeprefix("takes:") for c in groups.columns if c.startswith("takes:"))
            raise PlanError("RM-PLN-002", where="capacity.by_department", found=name, expected=known)
        limits.append(_Limit(f"capacity.by_department.{name}", number, groups[column].to_numpy(dtype=float)))
    return limits


def _least(groups: pd.DataFrame) -> np.ndarray:
    """Least expected number of each group: all of a certainty, else the floor."""
    least: np.ndarray = (groups["size"] * np.where(groups["certain"], 1.0, groups["floor"])).to_numpy(dtype=float)
    return least


def _alike(groups: pd.DataFrame, limits: Sequence[_Limit]) -> np.ndarray:
    size, pi = groups["size"].to_numpy(dtype=float), groups["wanted"].to_numpy(dtype=float).copy()
    open_ = ~groups["certain"].to_numpy(dtype=bool)
    floor = groups["floor"].to_numpy(dtype=float)
    left = list(limits)
    while left:
        scaled = [_scaled(pi, size, floor, open_, limit) for limit in left]
        tightest = int(np.argmin([factor for factor, _ in scaled]))
        factor, values = scaled[tightest]
        if factor >= 1:
            break
        pi = values
        open_ &= left[tightest].takes == 0
        del left[tightest]
    return np.round(pi, 12)


def _scaled(
    pi: np.ndarray, size: np.ndarray, floor: np.ndarray, open_: np.ndarray, limit: _Limit
) -> tuple[float, np.ndarray]:
    """The factor that fits the open groups into a limit, and their probabilities."""
    load = size * limit.takes
    free = open_ & (load > 0)
    if load @ pi <= limit.number + 1e-9 or not free.any():
        return 1.0, pi
    room = limit.number - float(load[~free] @ pi[~free])
    scaled = pi.copy()
    expected = pi[free] * load[free]
    fit = capped_to(expected, max(room, 0.0), certain=np.zeros(len(expected), bool), floor=(floor * load)[free])
    scaled[free] = fit / load[free]
    moved = (fit < expected) & (fit > (floor * load)[free] * (1 + 1e-12))
    return (float((fit[moved] / expected[moved]).max()) if moved.any() else 0.0), scaled


def _served(groups: pd.DataFrame, limits: Sequence[_Limit], aim: Aim) -> np.ndarray:
    rate = groups["rate"].to_numpy(dtype=float)
    wanted, size = groups["wanted"].to_numpy(dtype=float), groups["size"].to_numpy(dtype=float)
    if not np.isfinite(rate[wanted > 0]).all():
        raise PlanError("RM-PLN-003", where="inspections.aim", found=aim.serve)
    less, more = aim.times
    least = np.maximum(_least(groups), np.minimum(size * wanted * less, size))
    least = np.where(groups["certain"], size, np.where(wanted > 0, np.maximum(least, np.minimum(_LEAST, size)), 0.0))
    most = np.maximum(np.minimum(size * wanted * more, size), least)
    rows = [limit.takes for limit in limits] + [np.ones(len(groups))]
    ends = [limit.number for limit in limits] + [float(size @ wanted)]
    problem = Groups(size, least, most, np.nan_to_num(rate), np.array(rows), np.array(ends, dtype=float))
    weight = {"findings": 0.0, "precision": 1.0}.get(aim.serve, aim.precision_weight)
    try:
        x = allocate_for(problem, precision_weight=weight)
    except ValueError:
        lower = [(f"inspections.aim: ratio_times_at_least {less}", least)]
        raise _collision(groups, limits, lower) from None
    pi: np.ndarray = np.round(np.clip(x / np.maximum(size, 1), 0.0, 1.0), 12)
    return pi


def _agree(groups: pd.DataFrame, limits: Sequence[_Limit]) -> None:
    least = _least(groups)
    if any(limit.takes @ least > limit.number + 1e-6 for limit in limits):
        raise _collision(groups, limits, [])


def _collision(groups: pd.DataFrame, limits: Sequence[_Limit], lower: Sequence[tuple[str, np.ndarray]]) -> PlanError:
    """The error that names an irreducible set of clauses and capacities, found by the deletion filter."""
    demands = [*_demands(groups), *lower]
    items: list[tuple[str, _Limit | np.ndarray]] = [(d, low) for d, low in demands]
    items += [(limit.name, limit) for limit in limits]
    kept = list(items)
    for item in items:
        fewer = [other for other in kept if other is not item]
        if not _feasible(groups, fewer):
            kept = fewer
    clauses = [name for name, part in kept if not isinstance(part, _Limit)]
    binding = [part for _, part in kept if isinstance(part, _Limit)]
    needs = [(limit, _needed(groups, demands, limit)) for limit in binding]
    found = _said(f"{limit.name} {limit.number:g} < {need}" for limit, need in needs)
    enough = _said(f"{limit.name} ≥ {need}" for limit, need in needs)
    return PlanError("RM-PLN-001", where="; ".join(sorted(clauses)), found=found, expected=enough)


def _said(parts: Iterable[str]) -> Both:
    """Capacities with a number each, as people read them."""
    english = "; ".join(parts)
    return Both(re.sub(r"\bcapacity(?=\.| )\.?", "检查能力 ", english).replace("  ", " ").replace("; ", "；"), english)


def _demands(groups: pd.DataFrame) -> list[tuple[str, np.ndarray]]:
    """What each rule demands at least, by rule: expected numbers of all groups."""
    size = groups["size"].to_numpy(dtype=float)
    certain = groups["certain"].to_numpy(dtype=bool)
    found: dict[str, np.ndarray] = {}
    for place in np.flatnonzero(certain | (groups["floor"].to_numpy() > 0)):
        row = groups.iloc[place]
        because, clause = ("because", "clause") if certain[place] else ("floor_because", "floor_clause")
        name = f"{row[because]} ({row[clause]})"
        least = found.setdefault(name, np.zeros(len(groups)))
        least[place] = size[place] * (1.0 if certain[place] else float(row["floor"]))
    return sorted(found.items())


def _feasible(groups: pd.DataFrame, items: Sequence[tuple[str, _Limit | np.ndarray]]) -> bool:
    """Whether demands and capacities can hold together: more visits only fill capacities, so the least decides."""
    low = np.max([np.zeros(len(groups)), *(part for _, part in items if not isinstance(part, _Limit))], axis=0)
    return all(part.takes @ low <= part.number + 1e-6 for _, part in items if isinstance(part, _Limit))


def _needed(groups: pd.DataFrame, demands: Sequence[tuple[str, np.ndarray]], limit: _Limit) -> int:
    """The least whole number with which a capacity meets every demand."""
    low = np.max([np.zeros(len(groups)), *(least for _, least in demands)], axis=0)
    return math.ceil(round(float(limit.takes @ low), 6))
