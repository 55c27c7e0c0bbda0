"""Random inspectors: teams and visits by the tickets of the draw's seed, with recusals and even loads.

Specification
-------------
1. *Teams.* Order the available inspectors by ticket (purpose "team", name = inspector id). Consecutive
   groups of `size` form the teams T01, T02, …. Inspectors who are left over join the last team, the last but
   one, and so on, one each.
2. *Visits.* In the order of the draw tickets, each enterprise goes to the team with the fewest visits so far
   among the teams of which nobody is recused for it; equal teams: the smallest ticket (purpose "visit",
   name = entity id + "|" + team).
3. *Ad-hoc teams.* Where every team has somebody recused, the `size` inspectors with the fewest visits so far
   among those not recused go, equal inspectors in the order of step 1, as team X01, X02, … in order of need.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from riskmodel.errors import DrawError
from riskmodel.sampling.tickets import ticket


@dataclass(frozen=True)
class Visit:
    """Who visits one enterprise; team and inspectors are empty where no directory was given."""

    visit_no: int
    entity_id: str
    team: str
    inspector_ids: tuple[str, ...]


def form_teams(seed: str, inspector_ids: Iterable[str], *, team_size: int) -> dict[str, tuple[str, ...]]:
    """Random teams by name, members in the order of their tickets.

    Fewer inspectors than `team_size` form no team.
    """
    ordered = by_ticket(seed, inspector_ids)
    count = len(ordered) // team_size
    teams = [ordered[k * team_size : (k + 1) * team_size] for k in range(count)]
    if teams:
        for extra, inspector in enumerate(ordered[count * team_size :]):
            teams[count - 1 - extra % count].append(inspector)
    return {f"T{number:02d}": tuple(members) for number, members in enumerate(teams, start=1)}


def by_ticket(seed: str, inspector_ids: Iterable[str]) -> list[str]:
    """Inspectors in the order of their tickets."""
    return sorted(inspector_ids, key=lambda name: ticket(seed, name, purpose="team"))


def assign_visits(
    seed: str,
    entity_ids: Sequence[str],
    *,
    inspector_ids: Collection[str],
    recusals: Collection[tuple[str, str]],
    team_size: int,
) -> list[Visit]:
    """Send a team to each enterprise.

    Parameters
    ----------
    seed : str
        Public seed of the draw.
    entity_ids : sequence of str
        Enterprises drawn, in the order of their draw tickets.
    inspector_ids : collection of str
        Available inspectors; none at all leaves the teams empty.
    recusals : collection of (inspector_id, entity_id)
        Pairs that must not meet.
    team_size : int
        Inspectors per visit; a team may have more where the directory does not divide evenly.

    Raises
    ------
    DrawError
        If fewer than `team_size` inspectors need not be recused for an enterprise (RM-DRW-004).
    """
    if not inspector_ids:
        return [Visit(number, name, "", ()) for number, name in enumerate(entity_ids, start=1)]
    rota = _Rota(seed, inspector_ids, team_size)
    barred: dict[str, set[str]] = {}
    for inspector, entity in recusals:
        barred.setdefault(entity, set()).add(inspector)
    numbered = enumerate(entity_ids, start=1)
    return [rota.send(number, name, barred.get(name, set())) for number, name in numbered]


def available(inspectors: pd.DataFrame | None) -> dict[str, str]:
    """Inspectors who may be sent, id to name, sorted by id; empty where no directory was given.

    Raises
    ------
    DrawError
        If ids repeat or hold a comma (RM-DRW-001), or a directory was given in which nobody is available
        (RM-DRW-004).
    """
    if inspectors is None or inspectors.empty:
        return {}
    ids = inspectors["inspector_id"].astype("str")
    wrong = ids.duplicated() | ids.eq("") | ids.str.contains(",", regex=False)
    if wrong.any():
        expected = "unique inspector ids without commas"
        found = repr(ids[wrong].iloc[0])
        raise DrawError("RM-DRW-001", where="inspectors.inspector_id", found=found, expected=expected)
    names = inspectors["name"].astype("str").fillna("") if "name" in inspectors.columns else ids
    free = pd.Series(True, index=inspectors.index)
    if "available" in inspectors.columns:
        free = inspectors["available"].astype("str").isin(["yes", "True"])
    if not free.any():
        raise DrawError("RM-DRW-004", where="inspectors.available", found=f"0 / {len(inspectors)}")
    return dict(sorted(zip(ids[free], names[free], strict=True)))


class _Rota:
    """Loads of teams and inspectors while visits are handed out."""

    def __init__(self, seed: str, inspector_ids: Collection[str], team_size: int) -> None:
        self.seed, self.size = seed, team_size
        self.order = by_ticket(seed, inspector_ids)
        self.teams = form_teams(seed, inspector_ids, team_size=team_size)
        self.team_visits = dict.fromkeys(self.teams, 0)
        self.visits = dict.fromkeys(self.order, 0)
        self.extra_teams = 0

    def send(self, number: int, entity_id: str, barred: set[str]) -> Visit:
        fit = [team for team, members in self.teams.items() if barred.isdisjoint(members)]
        if fit:
            fewest = min(self.team_visits[team] for team in fit)
            equal = [team for team in fit if self.team_visits[team] == fewest]
            team = min(equal, key=lambda name: ticket(self.seed, f"{entity_id}|{name}", purpose="visit"))
            self.team_visits[team] += 1
            members = self.teams[team]
        else:
            members = self._ad_hoc(entity_id, barred)
            self.extra_teams += 1
            team = f"X{self.extra_teams:02d}"
        for inspector in members:
            self.visits[inspector] += 1
        return Visit(number, entity_id, team, members)

    def _ad_hoc(self, entity_id: str, barred: set[str]) -> tuple[str, ...]:
        free = [inspector for inspector in self.order if inspector not in barred]
        if len(free) < self.size:
            where, expected = f"visits: {entity_id}", f"≥ {self.size}"
            raise DrawError("RM-DRW-004", where=where, found=len(free), expected=expected)
        # The order of tickets is kept among equals, because sorting is stable.
        return tuple(sorted(free, key=self.visits.__getitem__)[: self.size])
