"""Random teams: a declared chance for everybody, a lottery that keeps it, and caps on how often two go together.

The chances are declared before any ticket of the lottery is looked at (`chances`); the lottery gives exactly these
(`riskmodel.sampling.lottery`), each inspector ends within one visit of his expected load, nobody meets whom he must
not meet, and every place is filled by somebody of its pool. Should two inspectors go together more often than the
policy allows, the lottery is repeated with the next attempt, whose tickets are independent; chances then hold given
the cap. Everything follows from the seed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from riskmodel.errors import DrawError
from riskmodel.inspections.chances import chances
from riskmodel.inspections.people import Inspector
from riskmodel.inspections.places import Apart, Place, Visit, places
from riskmodel.sampling.lottery import settle
from riskmodel.sampling.tickets import ticket

_ATTEMPTS = 100


@dataclass(frozen=True)
class TeamRules:
    """How teams are made up: inspectors a visit, a senior who leads, visits that two may make together (0: any)."""

    size: int
    one_senior: bool = False
    pair_visits_at_most: int = 0


@dataclass(frozen=True)
class Assigned:
    """Who goes where.

    Attributes
    ----------
    members : tuple of tuples
        Inspectors of each visit, the leader first.
    places : tuple of Place
        What was to be filled.
    chances : tuple of tuples
        Millionths of each inspector of a place's pool, in the order of the pool.
    attempt : int
        Attempt of the lottery that kept the caps.
    """

    members: tuple[tuple[str, ...], ...] = ()
    places: tuple[Place, ...] = ()
    chances: tuple[tuple[int, ...], ...] = ()
    attempt: int = 0


def assign(
    seed: str,
    visits: Sequence[Visit],
    inspectors: Sequence[Inspector],
    *,
    apart: Apart,
    rules: TeamRules,
) -> Assigned:
    """Send inspectors to visits.

    Parameters
    ----------
    seed : str
        Public seed of the draw.
    visits : sequence of Visit
        In the order of the draw tickets.
    inspectors : sequence of Inspector
        Available inspectors, sorted by id; none at all leaves every team empty.
    apart : Apart
        Who must not visit an enterprise, and who should not.
    rules : TeamRules
        How teams are made up.

    Raises
    ------
    DrawError
        If too few may go to a visit (RM-DRW-004), or two would go together too often in every attempt (RM-DRW-007).
    """
    if not inspectors or not visits:
        return Assigned(tuple(() for _ in visits))
    asked = places(visits, inspectors, apart, seed=seed, size=rules.size, one_senior=rules.one_senior)
    people = [i.inspector_id for i in inspectors]
    declared = chances(asked, people)
    number = {who: at for at, who in enumerate(people)}
    pools = tuple(
        tuple(int(row[number[who]]) for who in place.pool) for place, row in zip(asked, declared, strict=True)
    )
    worst: tuple[tuple[str, str], int] = (("", ""), 0)
    for attempt in range(_ATTEMPTS):
        members = drawn_members(seed, visits, asked, pools, people, attempt=attempt)
        if (found := too_often(members, rules.pair_visits_at_most)) is None:
            return Assigned(members, tuple(asked), pools, attempt)
        worst = found
    where = f"teams.pair_visits_at_most: {', '.join(worst[0])}"
    raise DrawError("RM-DRW-007", where=where, found=worst[1], expected=f"≤ {rules.pair_visits_at_most}")


def drawn_members(
    seed: str,
    visits: Sequence[Visit],
    asked: Sequence[Place],
    pools: Sequence[Sequence[int]],
    people: Sequence[str],
    *,
    attempt: int,
) -> tuple[tuple[str, ...], ...]:
    """The members of each visit that an attempt of the lottery gives, those of the first place first.

    Members of places that are filled by several stand in the order of their tickets (purpose "team").
    """
    number = {who: at for at, who in enumerate(people)}
    rows = np.repeat(np.arange(len(asked)), [len(place.pool) for place in asked])
    columns = np.array([number[who] for place in asked for who in place.pool], dtype=np.int64)
    taken = settle(
        rows, columns, np.array([c for pool in pools for c in pool], dtype=np.int64), seed=seed, attempt=attempt
    )
    by_ticket = {who: ticket(seed, who, purpose="team") for who in people}
    found: dict[int, list[str]] = {visit.visit_no: [] for visit in visits}
    mine: list[list[str]] = [[] for _ in asked]
    for row, column in zip(rows[taken].tolist(), columns[taken].tolist(), strict=True):
        mine[row].append(people[column])
    for place, going in zip(asked, mine, strict=True):
        found[place.visit_no] += sorted(going, key=by_ticket.__getitem__)
    return tuple(tuple(found[visit.visit_no]) for visit in visits)


def too_often(members: Sequence[Sequence[str]], most: int) -> tuple[tuple[str, str], int] | None:
    """The two who go together most often, and how often, if that is more than allowed."""
    pairs = Counter(pair for team in members for pair in combinations(sorted(team), 2))
    if not most or not pairs:
        return None
    pair, times = max(pairs.items(), key=lambda item: (item[1], item[0]))
    return (pair, times) if times > most else None
