"""The simulated world: enterprises with a latent risk that moves, and what happens to them in a quarter.

Violations are hidden. In a quarter an enterprise that has none begins one with the chance

    rate × season × (1 + excitement) × (1 − deterrence),

and one that has one ends it by itself with the chance 1 − `lasts`. Its rate drifts from year to year around its own
level (a bounded autoregression with mean one); excitement jumps after a violation of enterprises that are excitable and
fades; deterrence is set by a visit, a finding, a lenient finding or a reminder, and fades. At the turn of a year some
enterprises leave and others enter. An inspection finds a violation that is there with a chance by severity and team;
what is found ends. Nothing of this is known to an office: see `office`.

`step` is written with arrays and serves the closed loop, where everybody's quarter is decided outside; `kernel` runs
the same arithmetic for a fixed strategy compiled, and gives the same numbers bit by bit.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from riskmodel.simulation import counters

QUARTERS = 4
SEVERITY_COUNT = 3


@dataclass(frozen=True)
class Dynamics:
    """How the hidden process moves; all rates by quarter.

    Attributes
    ----------
    lasts : float
        Chance that an open violation lasts into the next quarter.
    grave : tuple of float
        Chance that a new violation is general or serious, and that it is serious.
    season : tuple of float
        Factor on the rate in each quarter of a year; mean 1.
    excitement_fades : float
        What is left of the excitement after a quarter.
    deterrence_fades : float
        What is left of the deterrence after a quarter.
    deterred_by_visit, deterred_by_finding, deterred_by_leniency, deterred_by_reminder : float
        Part of the rate that each takes away at once.
    drift_keeps, drift_step : float
        The yearly drift z ← keeps·z ± step; its bound, step / (1 − keeps), must stay below 1.
    exits_a_year : float
        Share of the enterprises that leave at the turn of a year.
    detects : tuple of float
        Chance that an average team finds a minor, general or serious violation that is there.
    """

    lasts: float
    grave: tuple[float, float]
    season: tuple[float, float, float, float]
    excitement_fades: float
    deterrence_fades: float
    deterred_by_visit: float
    deterred_by_finding: float
    deterred_by_leniency: float
    deterred_by_reminder: float
    drift_keeps: float
    drift_step: float
    exits_a_year: float
    detects: tuple[float, float, float]

    def survival(self, years: int) -> np.ndarray:
        """Share of the enterprises of year 0 that are still there in each year (float32)."""
        share: np.ndarray = ((1 - self.exits_a_year) ** np.arange(years)).astype(np.float32)
        return share


@dataclass(frozen=True)
class World:
    """Enterprises and the dynamics that they live under.

    Attributes
    ----------
    registry : DataFrame
        entity_id, name, kind, industry, town, special_field, new_economy, established_on, …: what an office knows.
    rate : ndarray of float32
        Chance of a new violation in a quarter, at rest.
    jump : ndarray of float32
        Excitement after a violation; 0 for most.
    enters : ndarray of int32
        Year in which each enterprise is there first; 0 for those of today.
    dynamics : Dynamics
    group : ndarray of int32
        Group of each enterprise for what is counted (a tier, a stratum), ascending.
    complaint_rate : ndarray of float32
        Complaints in a quarter, when all is well.
    strictness : ndarray of float
        Each inspector's strictness; 1 is average.
    """

    registry: pd.DataFrame
    rate: np.ndarray
    jump: np.ndarray
    enters: np.ndarray
    dynamics: Dynamics
    group: np.ndarray
    complaint_rate: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    strictness: np.ndarray = field(default_factory=lambda: np.ones(1))

    @property
    def size(self) -> int:
        """Enterprises, those to come included."""
        return len(self.rate)

    def grouped(self, group: np.ndarray) -> World:
        """The same enterprises in the order of groups; `registry` keeps its index as the former place."""
        order = np.argsort(group, kind="stable")
        moved = {
            name: getattr(self, name)[order] for name in ("rate", "jump", "enters", "complaint_rate")
            if len(getattr(self, name))
        }  # fmt: skip
        return replace(self, registry=self.registry.iloc[order], group=group[order].astype(np.int32), **moved)


@dataclass
class State:
    """Where every enterprise stands; changed in place by `turn_year` and `step`.

    Attributes
    ----------
    lane : ndarray of uint32
        Lane of the replicate.
    leaves : ndarray of float32
        An enterprise is there while this lies below the survival of the year.
    drift, excitement, deterrence, rate : ndarray of float32
    open : ndarray of uint8
        0, or 1 + severity of the violation that goes on.
    live : ndarray of bool
        Who is there this year.
    """

    lane: np.ndarray
    leaves: np.ndarray
    drift: np.ndarray
    excitement: np.ndarray
    deterrence: np.ndarray
    rate: np.ndarray
    open: np.ndarray
    live: np.ndarray


@dataclass(frozen=True)
class Quarter:
    """What happened in a quarter; one element an enterprise.

    Attributes
    ----------
    open : ndarray of uint8
        0, or 1 + severity of the violation that was there to find.
    new : ndarray of bool
        Whether it began in this quarter.
    findable : ndarray of bool
        Whether a visit of this quarter finds it, made or not: the truth behind an estimated rate.
    visited, found : ndarray of bool
        Who was visited, and where something was found.
    live : ndarray of bool
        Who was there.
    """

    open: np.ndarray
    new: np.ndarray
    findable: np.ndarray
    visited: np.ndarray
    found: np.ndarray
    live: np.ndarray


def begin(world: World, seed: int, replicate: int, years: int) -> State:
    """The world on the first day of a replicate: nobody violates, nobody is deterred."""
    n = world.size
    lane = counters.lanes(0, n, seed, replicate)
    survival = world.dynamics.survival(years)
    born = survival[np.minimum(world.enters, years - 1)]
    leaves = counters.uniform(lane, counters.key(seed, replicate, 0, counters.LIFE)) * born
    drift, excitement, deterrence, rate = np.zeros((4, n), np.float32)
    return State(lane, leaves, drift, excitement, deterrence, rate, np.zeros(n, np.uint8), np.zeros(n, bool))


def turn_year(world: World, state: State, seed: int, replicate: int, year: int) -> None:
    """The turn of a year: who is there, and how the rates have drifted."""
    how = world.dynamics
    survival = how.survival(year + 1)[year]
    state.live = (state.leaves < survival) & (world.enters <= year)
    up = counters.mix(state.lane ^ np.uint32(counters.key(seed, replicate, year, counters.DRIFT))) >> np.uint32(31)
    step = np.float32(how.drift_step)
    state.drift = np.float32(how.drift_keeps) * state.drift + np.where(up == 1, step, -step)
    scaled = world.rate * np.float32(counters.UNIT24)
    state.rate = np.where(state.live, scaled * (np.float32(1) + state.drift), np.float32(0))
    state.open = np.where(state.live, state.open, 0).astype(np.uint8)


def step(
    world: World,
    state: State,
    keys: tuple[int, int, int],
    season: float,
    *,
    visited: np.ndarray | None = None,
    chance: np.ndarray | None = None,
    detects: np.ndarray | None = None,
) -> Quarter:
    """One quarter.

    Parameters
    ----------
    world, state : World, State
        The state is moved on.
    keys : tuple of int
        Keys of the streams CELL, VISIT and LATER for this quarter.
    season : float
        Factor on all rates.
    visited : ndarray of bool, optional
        Who is visited, decided outside.
    chance : ndarray of float32, optional
        Instead: chance of a visit for each enterprise.
    detects : ndarray of float, shape (enterprises, 3), optional
        Chance that the team that would come finds a violation of each severity; default: an average team.
    """
    how, one = world.dynamics, np.float32(1)
    happens, drawn, later, seen = counters.cells(state.lane, *keys)
    new = happens < state.rate * np.float32(season) * (one + state.excitement) * (one - state.deterrence)
    grave = np.array(how.grave, np.float32) * np.float32(counters.UNIT16)
    severity = 1 + (later < grave[0]).astype(np.uint8) + (later < grave[1])
    lasting = np.where(later < np.float32(how.lasts) * np.float32(counters.UNIT16), state.open, 0)
    there = np.where(new, severity, lasting).astype(np.uint8)
    if visited is None:
        given = np.zeros(world.size, np.float32) if chance is None else chance.astype(np.float32)
        visited = drawn < given * np.float32(counters.UNIT24)
    visited = visited & state.live
    if detects is None:
        found_at = np.array((0, *how.detects), np.float32)[there]
    else:
        padded = np.column_stack([np.zeros(world.size), detects]).astype(np.float32)
        found_at = padded[np.arange(world.size), there]
    findable = seen < found_at * np.float32(counters.UNIT16)
    found = findable & visited
    set_to = np.where(visited, np.float32(how.deterred_by_visit), np.float32(0))
    set_to = np.where(found, np.float32(how.deterred_by_finding), set_to)
    set_to = np.where(found & (there == 1), np.float32(how.deterred_by_leniency), set_to)
    state.deterrence = np.maximum(state.deterrence * np.float32(how.deterrence_fades), set_to)
    state.excitement = state.excitement * np.float32(how.excitement_fades) + np.where(new, world.jump, np.float32(0))
    state.open = np.where(found, 0, there).astype(np.uint8)
    return Quarter(there, new, findable, visited, found, state.live)


def deter(state: State, who: np.ndarray, part: float) -> None:
    """Deterrence of those who were reminded."""
    state.deterrence[who] = np.maximum(state.deterrence[who], np.float32(part))


def quarter_keys(seed: int, replicate: int, quarter: int) -> tuple[int, int, int]:
    """Keys of the three streams of a quarter."""
    return (
        counters.key(seed, replicate, quarter, counters.CELL),
        counters.key(seed, replicate, quarter, counters.VISIT),
        counters.key(seed, replicate, quarter, counters.LATER),
    )
