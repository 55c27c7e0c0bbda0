"""The draw: enterprises by ticket, teams for them, and the proof of both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import pandas as pd

from riskmodel.errors import DrawError
from riskmodel.inspections.commitment import Commitment
from riskmodel.inspections.inspectors import assign_visits, available
from riskmodel.inspections.proof_file import FORMAT, Proof, Stratum, sealed
from riskmodel.sampling.designs import StratifiedRandom
from riskmodel.sampling.tickets import normal_seed, tickets
from riskmodel.values import Provenance

DESIGN = StratifiedRandom()
_SHOWN = ["entity_id", "name", "town", "industry", "special_field", "stratum", "pi", "because", "ticket"]


class Planned(Protocol):
    """What a draw needs to know of a plan."""

    @property
    def frame(self) -> pd.DataFrame:
        """Enterprises with stratum, probability and reason."""

    @property
    def strata(self) -> pd.DataFrame:
        """Strata with size and number drawn."""

    @property
    def about(self) -> pd.DataFrame:
        """Name, town, industry and special field."""

    @property
    def provenance(self) -> Provenance:
        """Where the plan comes from."""

    @property
    def team_size(self) -> int:
        """Inspectors per visit."""

    def commit(self) -> Commitment:
        """Digest of the plan."""


@dataclass(frozen=True, eq=False)
class Draw:
    """Who was drawn with a seed, and who visits them.

    Attributes
    ----------
    table : DataFrame
        Drawn enterprises in the order of their tickets: ``entity_id``, ``name``, ``town``, ``industry``,
        ``special_field``, ``stratum``, ``pi``, ``because``, ``clause``, ``ticket``, ``rank`` (place of the
        ticket in its stratum, from 1).
    visits : DataFrame
        ``visit_no``, ``entity_id``, ``name``, ``town``, ``industry``, ``special_field``, ``stratum``, ``pi``,
        ``because``, ``ticket``, ``team``, ``inspector_ids``, ``inspector_names`` (comma-separated). The last
        three are empty until `assign` sends inspectors.
    seed : str
        Public seed in Unicode normalisation form C.
    plan : Plan
        What was drawn from.
    inspectors : tuple of str
        Inspectors available for the visits, sorted.
    recusals : tuple of (inspector_id, entity_id)
        Recusals among these inspectors and the drawn enterprises, sorted.
    """

    table: pd.DataFrame
    visits: pd.DataFrame
    seed: str
    plan: Planned
    inspectors: tuple[str, ...] = ()
    recusals: tuple[tuple[str, str], ...] = ()

    @property
    def provenance(self) -> Provenance:
        """Provenance of the plan with the seed."""
        return replace(self.plan.provenance, seed=self.seed)

    def assign(self, inspectors: pd.DataFrame | None, recusals: pd.DataFrame | None = None) -> Draw:
        """The same draw with a team for each visit.

        Parameters
        ----------
        inspectors : DataFrame or None
            ``inspector_id``, ``name``, ``available``. None or an empty table leaves teams empty.
        recusals : DataFrame, optional
            ``inspector_id``, ``entity_id`` of those who must not meet.

        Raises
        ------
        DrawError
            If too few inspectors need not be recused for an enterprise (RM-DRW-004), or ids repeat
            (RM-DRW-001).
        """
        names = available(inspectors)
        pairs = _relevant(recusals, set(names), set(self.table["entity_id"]))
        visits = _visits(self.table, self.seed, names=names, recusals=pairs, team_size=self.plan.team_size)
        return replace(self, visits=visits, inspectors=tuple(names), recusals=pairs)

    @property
    def proof(self) -> Proof:
        """All that an auditor needs to repeat draw and assignment; for auditors only, see `Proof`."""
        source, plan, visits = self.plan.provenance, self.plan, self.visits
        numbers = zip(plan.strata["stratum"], plan.strata["size"], plan.strata["n"], strict=True)
        members = [tuple(ids.split(",")) if ids else () for ids in visits["inspector_ids"]]
        sent = zip(visits["visit_no"].tolist(), visits["entity_id"], visits["team"], members, strict=True)
        return sealed(
            Proof(
                format=FORMAT,
                as_of=str(source.as_of),
                policy=source.policy,
                data=source.data,
                design=DESIGN.name,
                seed=self.seed,
                commitment=plan.commit().digest,
                strata={name: Stratum(size=int(size), n=int(n)) for name, size, n in numbers},
                frame=_pairs(plan.frame, "stratum"),
                drawn=_pairs(self.table, "ticket"),
                team_size=plan.team_size,
                inspectors=self.inspectors,
                recusals=self.recusals,
                visits=tuple(sent),
                digest="",
            )
        )

    def _repr_html_(self) -> str:
        return self.visits.to_html(index=False)


def draw_plan(plan: Planned, seed: str, *, commitment: Commitment | str | None = None) -> Draw:
    """Draw a plan with a public seed; see `Plan.draw`.

    Raises
    ------
    DrawError
        If the plan is not the one committed (RM-DRW-003) or the seed is blank (RM-DRW-001).
    """
    published = commitment.digest if isinstance(commitment, Commitment) else commitment
    if published is not None and published != (own := plan.commit().digest):
        raise DrawError("RM-DRW-003", where="commitment", found=own, expected=published)
    seed, frame = normal_seed(seed), plan.frame
    numbered = frame.assign(ticket=tickets(seed, frame["entity_id"].tolist()))
    n = dict(zip(plan.strata["stratum"], plan.strata["n"].tolist(), strict=True))
    mask = DESIGN.draw(numbered["stratum"].tolist(), n, tickets=numbered["ticket"].to_numpy(dtype=str))
    drawn = numbered[mask].sort_values(["ticket", "entity_id"])
    drawn["rank"] = drawn.groupby("stratum").cumcount() + 1
    table = drawn.merge(plan.about, on="entity_id", how="left", validate="one_to_one")
    table = table[[*_SHOWN[:-1], "clause", "ticket", "rank"]]
    visits = _visits(table, seed, names={}, recusals=(), team_size=plan.team_size)
    return Draw(table, visits, seed, plan)


def _visits(
    table: pd.DataFrame,
    seed: str,
    *,
    names: dict[str, str],
    recusals: tuple[tuple[str, str], ...],
    team_size: int,
) -> pd.DataFrame:
    sent = assign_visits(seed, table["entity_id"].tolist(), inspector_ids=names, recusals=recusals, team_size=team_size)
    visits = table[_SHOWN].copy()
    visits.insert(0, "visit_no", pd.Series([v.visit_no for v in sent], dtype="int64"))
    visits["team"] = pd.Series([v.team for v in sent], dtype="str")
    visits["inspector_ids"] = pd.Series([",".join(v.inspector_ids) for v in sent], dtype="str")
    named = [",".join(names[who] for who in v.inspector_ids) for v in sent]
    visits["inspector_names"] = pd.Series(named, dtype="str")
    return visits


def _relevant(recusals: pd.DataFrame | None, inspectors: set[str], drawn: set[str]) -> tuple[tuple[str, str], ...]:
    """Recusals that concern somebody available and somebody drawn, sorted, each once."""
    if recusals is None or recusals.empty:
        return ()
    pairs = zip(recusals["inspector_id"].astype("str"), recusals["entity_id"].astype("str"), strict=True)
    return tuple(sorted({(who, where) for who, where in pairs if who in inspectors and where in drawn}))


def _pairs(table: pd.DataFrame, column: str) -> tuple[tuple[str, str], ...]:
    return tuple(zip(table["entity_id"].tolist(), table[column].tolist(), strict=True))
