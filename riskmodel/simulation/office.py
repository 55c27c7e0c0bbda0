"""What the simulated office comes to know: from a quarter of the world to rows of the real tables.

A visit leaves a row of `inspections`; a finding may bring a penalty; some open violations come to a penalty without a
visit; complaints arrive about anybody and oftener about violators, and some are verified; in the third quarter some are
listed. Each row has its day and the later day on which it is known, so that an office which asks on a day sees what a
real one would. Chance is counted (`counters`): a stream for each question.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from riskmodel.simulation import counters
from riskmodel.simulation.traces import Traces
from riskmodel.simulation.world import Quarter, World
from riskmodel.tables import TABLES

_DAYS = 90
_OUTCOMES = np.array(["5", "4", "3"])  # of the joint list, by severity; a problem is a problem
_AUTHORITY = "模拟机关"
# Fine of a penalty that is no warning, by severity: the middle of what the policy's bounds call so.
_FINES = (1000.0, 20_000.0, 200_000.0)
_DECIDED_AFTER, _VERIFIED_AFTER, _LATEST = 30, 30, 1080
_MOST_COMPLAINTS, _GOLDEN = 8, 0.6180339887
_LISTING_MONTHS = (7, 8, 9)


@dataclass(frozen=True)
class Moment:
    """Where in the simulation something happens: the seed, the replicate, the quarter and its first day."""

    seed: int
    replicate: int
    quarter: int
    first: date

    def key(self, stream: int) -> int:
        """Key of a stream."""
        return counters.key(self.seed, self.replicate, self.quarter, stream)

    def uniform(self, lane: np.ndarray, stream: int) -> np.ndarray:
        """A number for each lane."""
        return counters.uniform(lane, self.key(stream))


def teams(world: World, lane: np.ndarray, moment: Moment) -> tuple[np.ndarray, np.ndarray]:
    """The team that would visit each enterprise this quarter: places of its inspectors, and its strictness."""
    n = len(world.strictness)
    first = (moment.uniform(lane, counters.TEAM) * n).astype(np.int64)
    step = 1 + (moment.uniform(lane, counters.KIND) * max(n - 1, 1)).astype(np.int64)
    pair = np.column_stack([first, (first + step) % n])
    return pair, np.sqrt(world.strictness[pair].prod(axis=1))


def detection(world: World, strictness: np.ndarray) -> np.ndarray:
    """Chance to find a violation of each severity, by the strictness of the team: 1 − (1 − q) ^ strictness."""
    missed = 1 - np.array(world.dynamics.detects)
    return np.asarray(1 - missed[None, :] ** strictness[:, None])


def rows_of(
    world: World, traces: Traces, lane: np.ndarray, now: Quarter, moment: Moment, *, pi: np.ndarray, pair: np.ndarray
) -> dict[str, pd.DataFrame]:
    """The rows that a quarter leaves, by table.

    Parameters
    ----------
    world, traces : World, Traces
    lane : ndarray of uint32
        Lanes of the replicate.
    now : Quarter
        What happened.
    moment : Moment
        When.
    pi : ndarray of float
        Inclusion probability of each visit; NaN for visits that no draw decided.
    pair : ndarray of int
        Teams, from `teams`.
    """
    clerk = _Clerk(world, traces, lane, now, moment)
    complaints, complained = clerk.complaints()
    return {
        "inspections": clerk.inspections(pi, pair), "complaints": complaints,
        "penalties": clerk.penalties(complained), "abnormal_listings": clerk.listings(),
    }  # fmt: skip


class _Clerk:
    """Writes down what came to light in one quarter."""

    def __init__(self, world: World, traces: Traces, lane: np.ndarray, now: Quarter, moment: Moment) -> None:
        self.world, self.traces, self.lane, self.now, self.moment = world, traces, lane, now, moment
        self.ids = world.registry["entity_id"].to_numpy()
        self.day = np.datetime64(moment.first, "D") + self._days(self._uniform(counters.DAY) * _DAYS)
        self.lag = -np.log1p(-self._uniform(counters.LAG).astype(float))  # exponential, mean 1

    def inspections(self, pi: np.ndarray, pair: np.ndarray) -> pd.DataFrame:
        """One row a visit."""
        who, now = np.flatnonzero(self.now.visited), self.now
        return self._table(
            "inspections", who, "inspected_on", self.day[who], item="模拟检查", pi=pi[who],
            purpose=np.where(np.isnan(pi[who]), "special", "random"),
            outcome_codes=np.where(now.found[who], _OUTCOMES[np.maximum(now.open[who], 1) - 1], "1"),
            inspector_ids=np.array([f"SIM{a:02d},SIM{b:02d}" for a, b in pair[who].tolist()], dtype=object),
        )  # fmt: skip

    def complaints(self) -> tuple[pd.DataFrame, np.ndarray]:
        """One row a complaint, few at most about the same enterprise; and about whom one was verified."""
        times = np.where(self.now.open > 0, self.traces.complaints_times, 1.0) * self.now.live
        rate, u = self.world.complaint_rate * times, self._uniform(counters.COMPLAINT)
        number, term = np.zeros(len(rate), np.int64), np.exp(-rate)
        reached = term.copy()
        for k in range(1, _MOST_COMPLAINTS + 1):
            number += u >= reached
            term = term * rate / k
            reached += term
        who = np.repeat(np.arange(len(rate)), number)
        turn = np.arange(len(who)) - np.repeat(np.cumsum(number) - number, number)
        part = (self._uniform(counters.DAY)[who] + turn * _GOLDEN) % 1.0
        day = np.datetime64(self.moment.first, "D") + self._days(part * _DAYS)
        chance = np.where(self.now.open[who] > 0, self.traces.verified[1], self.traces.verified[0])
        true = (self._uniform(counters.TRUE)[who] + turn * _GOLDEN) % 1.0 < chance
        table = self._table(
            "complaints", who, "received_on", day, channel="12345热线", kind="complaint",
            verified=np.where(true, "yes", "no"), verified_on=day + np.timedelta64(_VERIFIED_AFTER, "D"),
        )  # fmt: skip
        complained = np.zeros(len(rate), bool)
        complained[who[true]] = True
        return table, complained

    def penalties(self, complained: np.ndarray) -> pd.DataFrame:
        """After findings, after verified complaints, and without either."""
        now, traces, u = self.now, self.traces, self._uniform(counters.CASE)
        punished = now.found & (self._uniform(counters.PUNISHED) < traces.punished)
        case = (now.open > 0) & ~now.found & (u < traces.case)
        who = np.flatnonzero(punished | case | (complained & (1 - u < traces.followed)))
        grave = np.maximum(now.open[who], 1) - 1
        lenient = (grave == 0) & (self._uniform(counters.KIND)[who] < traces.lenient)
        category = np.where(lenient, "warning", np.array(["fine", "fine", "stop"])[grave])
        return self._table(
            "penalties", who, "decided_on", self.day[who] + np.timedelta64(_DECIDED_AFTER, "D"),
            occurred_on=self.day[who], authority=_AUTHORITY, category=category,
            severity=np.array(["minor", "general", "serious"])[grave],
            fine_yuan=np.where(lenient, 0.0, np.array(_FINES)[grave]), confiscated_yuan=0.0, violation="模拟违法",
            legal_basis="", special_field="none",
        )  # fmt: skip

    def listings(self) -> pd.DataFrame:
        """Late annual reports, in the third quarter."""
        listed = self._uniform(counters.LISTED) < self.traces.listed_a_year * self.now.live
        who = np.flatnonzero(listed & (self.moment.first.month in _LISTING_MONTHS))
        never = np.full(len(who), np.datetime64("NaT", "D"))
        return self._table(
            "abnormal_listings", who, "listed_on", self.day[who], reason="annual_report", removed_on=never,
            removal_known_on=never, authority=_AUTHORITY,
        )  # fmt: skip

    def _uniform(self, stream: int) -> np.ndarray:
        return self.moment.uniform(self.lane, stream)

    @staticmethod
    def _days(number: np.ndarray) -> np.ndarray:
        return number.astype("int64").astype("timedelta64[D]")

    def _table(self, name: str, who: np.ndarray, on: str, day: np.ndarray, **columns: object) -> pd.DataFrame:
        """Rows in the columns and types of a table, known after the delay of their table, numbered by quarter."""
        after = np.minimum(np.round(self.traces.known_after_days[name] * self.lag[who]), _LATEST)
        number = [f"模拟{_MARKS[name]}{self.moment.quarter:03d}{n:07d}" for n in range(len(who))]
        rows = pd.DataFrame(
            {"record_id": number, "entity_id": self.ids[who], on: day, "known_on": day + self._days(after), **columns},
            index=range(len(who)),
        )
        kinds = {c.name: _KINDS[c.kind] for c in TABLES[name].columns}
        typed: pd.DataFrame = rows[list(kinds)].astype(kinds)
        return typed


_MARKS = {"inspections": "JC", "penalties": "CF", "complaints": "TS", "abnormal_listings": "LY"}
_KINDS = {"id": "str", "text": "str", "date": "datetime64[s]", "yuan": "float64", "number": "float64", "code": "str",
          "codes": "str", "flag": "bool"}  # fmt: skip
