"""The draw: enterprises by ticket, teams for them, and the proof of both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd

from riskmodel.display.html import table as table_html
from riskmodel.display.text import say
from riskmodel.errors import DrawError
from riskmodel.inspections.commitment import Commitment
from riskmodel.inspections.joint import joined, merged
from riskmodel.inspections.people import People, people_of, posted
from riskmodel.inspections.places import Apart, Visit
from riskmodel.inspections.proof_file import FORMAT, Proof, Stratum, sealed
from riskmodel.inspections.teams import Assigned, TeamRules, assign
from riskmodel.named import Names, reason_of_visit
from riskmodel.sampling.by_stratum import Strata, numbers_drawn
from riskmodel.sampling.rounding import ranks
from riskmodel.sampling.tickets import normal_seed, texts, words
from riskmodel.values import Provenance

_SHOWN = ["entity_id", "name", "town", "industry", "special_field", "stratum", "pi", "because", "joint", "items"]
# What a draw shows of itself in a notebook.
_GLANCE = ("visit_no", "name", "town", "special_field", "because", "team", "inspector_names")


class Planned(Protocol):
    """What a draw needs to know of a plan."""

    @property
    def frame(self) -> pd.DataFrame:
        """Enterprises with stratum, probability and reason."""

    @property
    def strata(self) -> pd.DataFrame:
        """Strata with size and expected millionths."""

    @property
    def about(self) -> pd.DataFrame:
        """Name, town, industry, special field, and departments that join."""

    @property
    def provenance(self) -> Provenance:
        """Where the plan comes from."""

    @property
    def source(self) -> dict[str, Any]:
        """The same as commitments and proofs write it."""

    @property
    def design(self) -> str:
        """Name of the sampling design."""

    @property
    def team_size(self) -> int:
        """Inspectors per visit."""

    @property
    def people(self) -> People:
        """Inspectors and recusals that were committed."""

    @property
    def part(self) -> str:
        """Round of the year."""

    @property
    def names(self) -> Names:
        """What rules are called."""

    def commit(self) -> Commitment:
        """Digest of the plan."""


@dataclass(frozen=True, eq=False)
class Draw:
    """Who was drawn with a seed, and who visits them.

    Attributes
    ----------
    table : DataFrame
        Drawn enterprises in the order of their tickets: ``entity_id``, ``name``, ``town``, ``industry``,
        ``special_field``, ``stratum``, ``pi``, ``because``, ``joint`` (departments that join the visit), ``items``
        (what they check), ``clause``, ``needs`` (qualifications), ``ticket``, ``rank`` (place of the ticket in its
        stratum, from 1).
    visits : DataFrame
        ``visit_no``, ``entity_id``, ``name``, ``town``, ``industry``, ``special_field``, ``stratum``, ``pi``,
        ``because``, ``joint``, ``items``, ``ticket``, ``team``, ``inspector_ids``, ``inspector_names``
        (comma-separated).
        The last three are empty until `assign` sends inspectors.
    seed : str
        Public seed in Unicode normalisation form C.
    plan : Plan
        What was drawn from.
    people : People
        Inspectors sent and all recusals among them and the frame.
    withdrawn : mapping of str to str
        Inspectors who were committed and could not go, with the reason.
    assigned : Assigned
        The lottery of inspectors: places, declared chances, members.
    """

    table: pd.DataFrame
    visits: pd.DataFrame
    seed: str
    plan: Planned
    people: People = People()
    withdrawn: Mapping[str, str] = field(default_factory=dict)
    assigned: Assigned = Assigned()

    @property
    def provenance(self) -> Provenance:
        """Provenance of the plan with the seed."""
        return replace(self.plan.provenance, seed=self.seed)

    def assign(
        self,
        inspectors: pd.DataFrame | None = None,
        recusals: pd.DataFrame | None = None,
        *,
        withdrawn: Mapping[str, str] | None = None,
    ) -> Draw:
        """The same draw with a team for each visit.

        Parameters
        ----------
        inspectors : DataFrame or None
            Directory, see `people_of`; where the plan committed to one, that is used and this may be left out. None,
            and none committed, leaves teams empty.
        recusals : DataFrame, optional
            ``inspector_id``, ``entity_id`` of those who must not meet; used with `inspectors`.
        withdrawn : mapping of str to str, optional
            Committed inspectors who cannot go after all, with the reason; the proof says so.

        Raises
        ------
        DrawError
            If too few may go to a visit (RM-DRW-004), two would go together too often (RM-DRW-007), or ids repeat or
            are not known (RM-DRW-012).
        """
        people = self.plan.people
        if inspectors is not None and not people.inspectors:
            people = people_of(inspectors, recusals, frame=self.plan.frame["entity_id"])
        absent = dict(withdrawn or {})
        unknown = set(absent) - {i.inspector_id for i in people.inspectors}
        if unknown:
            raise DrawError("RM-DRW-012", where="--without", found=sorted(unknown)[0])
        left = people.without(absent)
        if people.inspectors and not left.inspectors:
            raise DrawError("RM-DRW-004", where="--without", found=f"0 / {len(people.inspectors)}")
        rules = TeamRules(**self.plan.source["teams"])
        planned = visits_of(_details(self.table), self.table["entity_id"].tolist())
        apart = apart_of(left, planned, self.table["town"].tolist())
        assigned = assign(self.seed, planned, left.inspectors, apart=apart, rules=rules)
        sent = replace(self, people=people, withdrawn=absent, assigned=assigned)
        return replace(sent, visits=_visits(sent))

    @property
    def proof(self) -> Proof:
        """All that an auditor needs to repeat draw and assignment; for auditors only, see `Proof`."""
        plan, visits = self.plan, self.visits
        numbers = zip(plan.strata["stratum"], plan.strata["size"], plan.strata["millionths"], strict=True)
        members = [tuple(ids.split(",")) if ids else () for ids in visits["inspector_ids"]]
        sent = zip(visits["visit_no"].tolist(), visits["entity_id"], visits["team"], members, strict=True)
        kinds = tuple(dict.fromkeys(self.assigned.chances))
        place = {pool: at for at, pool in enumerate(kinds)}
        return sealed(
            Proof(
                format=FORMAT,
                **plan.source,
                design=plan.design,
                seed=self.seed,
                commitment=plan.commit().digest,
                people=plan.people.digest,
                strata={name: Stratum(size=int(size), millionths=int(parts)) for name, size, parts in numbers},
                frame=_pairs(plan.frame, "stratum"),
                drawn=_pairs(self.table, "ticket"),
                details=_details(self.table),
                inspectors=tuple(i.sealed() for i in self.people.inspectors),
                recusals=self.people.recusals,
                met=self.people.met,
                withdrawn=tuple(sorted(self.withdrawn.items())),
                attempt=self.assigned.attempt,
                chances=kinds,
                chance_of=tuple(place[pool] for pool in self.assigned.chances),
                visits=tuple(sent),
                digest="",
            )
        )

    def _repr_html_(self) -> str:
        shown = self.visits[[c for c in _GLANCE if c in self.visits]]
        shown = shown.assign(because=[reason_of_visit(rule, self.plan.names, "zh") for rule in shown["because"]])
        title = say("caption.draw", day=self.plan.provenance.as_of, part=self.plan.part, n=f"{len(self.table):,}")
        return table_html(shown, caption=title)


def draw_plan(plan: Planned, seed: str, *, commitment: Commitment | str | None = None) -> Draw:
    """Draw a plan with a public seed; see `Plan.draw`.

    Raises
    ------
    DrawError
        If the plan is not the one committed (RM-DRW-003) or the seed is blank (RM-DRW-010).
    """
    published = commitment.digest if isinstance(commitment, Commitment) else commitment
    if published is not None and published != (own := plan.commit().digest):
        raise DrawError("RM-DRW-003", where="--commitment", found=own, expected=published)
    seed, frame = normal_seed(seed), plan.frame
    places = {name: place for place, name in enumerate(plan.strata["stratum"])}
    codes = frame["stratum"].map(places).to_numpy(dtype=np.int64)
    own_words = words(seed, frame["entity_id"].tolist())
    n = numbers_drawn(plan.design, seed, strata_of(plan), codes=codes, tickets=own_words)
    rank = ranks(codes, own_words)
    mask = rank < n[codes]
    drawn = frame[mask].assign(rank=rank[mask] + 1)
    drawn["ticket"] = pd.Series(texts(own_words[mask]), index=drawn.index, dtype="str")
    drawn = drawn.sort_values(["ticket", "entity_id"])
    table = drawn.merge(plan.about, on="entity_id", how="left", validate="one_to_one")
    table["joint"] = joined(table)
    table["items"] = merged(table)
    table["needs"] = table["needs"] if "needs" in table.columns else pd.Series("", index=table.index, dtype="str")
    table = table[[*_SHOWN, "clause", "needs", "ticket", "rank"]]
    made = Draw(table, pd.DataFrame(), seed, plan)
    return replace(made, visits=_visits(made))


def strata_of(plan: Planned) -> Strata:
    """Strata of a plan as designs know them."""
    sizes, parts = (plan.strata[name].to_numpy(dtype=np.int64) for name in ("size", "millionths"))
    return Strata(plan.strata["stratum"].tolist(), sizes, parts)


Details = tuple[str, tuple[str, ...], tuple[str, ...]]


def visits_of(details: Sequence[Details], entity_ids: Sequence[str]) -> list[Visit]:
    """What teams are made for, in the order of the draw."""
    rows = zip(entity_ids, details, strict=True)
    return [Visit(number, entity, joins, needs) for number, (entity, (_, joins, needs)) in enumerate(rows, start=1)]


def apart_of(people: People, visits: Sequence[Visit], towns: Sequence[str]) -> Apart:
    """Who must not visit an enterprise (recused, or posted in its town), and who should not (was there recently)."""
    where = {visit.entity_id: town for visit, town in zip(visits, towns, strict=True)}
    must_not: dict[str, set[str]] = {}
    should_not: dict[str, set[str]] = {}
    for pairs, found in (([*people.recusals, *posted(people, where)], must_not), (people.met, should_not)):
        for who, entity in pairs:
            if entity in where:
                found.setdefault(entity, set()).add(who)
    return Apart(must_not, should_not)


def team_names(members: Sequence[Sequence[str]]) -> list[str]:
    """Team of each visit, named after its leader: T01, T02, … by the leaders' ids."""
    leaders = sorted({team[0] for team in members if team})
    number = {who: f"T{place:02d}" for place, who in enumerate(leaders, start=1)}
    return [number[team[0]] if team else "" for team in members]


def _details(table: pd.DataFrame) -> tuple[Details, ...]:
    split = ((town, _parts(joins), _parts(needs)) for town, joins, needs in _rows(table, "town", "joint", "needs"))
    return tuple(split)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()


def _rows(table: pd.DataFrame, *columns: str) -> Iterator[tuple[str, ...]]:
    return zip(*(table[c].tolist() for c in columns), strict=True)


def _visits(draw: Draw) -> pd.DataFrame:
    table, names = draw.table, draw.people.names
    members = draw.assigned.members or tuple(() for _ in range(len(table)))
    visits = table[[*_SHOWN, "ticket"]].copy()
    visits.insert(0, "visit_no", pd.Series(range(1, len(table) + 1), index=table.index, dtype="int64"))
    visits["team"] = pd.Series(team_names(members), index=table.index, dtype="str")
    visits["inspector_ids"] = pd.Series([",".join(team) for team in members], index=table.index, dtype="str")
    named = [",".join(names[who] for who in team) for team in members]
    visits["inspector_names"] = pd.Series(named, index=table.index, dtype="str")
    return visits


def _pairs(table: pd.DataFrame, column: str) -> tuple[tuple[str, str], ...]:
    return tuple(zip(table["entity_id"].tolist(), table[column].tolist(), strict=True))
