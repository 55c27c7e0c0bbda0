"""The inspection plan: who may be drawn with which probability and why, fixed before any seed exists."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from riskmodel.display.html import table as table_html
from riskmodel.display.text import say
from riskmodel.errors import Lang
from riskmodel.inspections import plan_file
from riskmodel.inspections.capacity import Capacity, targets
from riskmodel.inspections.commitment import Commitment, commit_to, committed, numbers
from riskmodel.inspections.draw import Draw, draw_plan
from riskmodel.inspections.joint import items_of, needs, shares
from riskmodel.inspections.people import People
from riskmodel.inspections.rounds import Round
from riskmodel.inspections.wanted import wanted
from riskmodel.named import Names, reason_of_visit, visit_names
from riskmodel.policy.model import InspectionRules
from riskmodel.policy.visits import Teams
from riskmodel.sampling.by_stratum import PLANNED, STRATIFIED
from riskmodel.sampling.inclusion import allocate
from riskmodel.sampling.rounding import UNIT
from riskmodel.values import Provenance

ABOUT = ["entity_id", "name", "town", "industry", "special_field"]
_WISH = ["wanted", "because", "clause", "floor", "floor_because", "floor_clause", "certain"]
_KEY = ["wanted", "because", "target"]


@dataclass(frozen=True, eq=False)
class Plan:
    """Who may be drawn, and with which probability; internal, because strata follow the risk tiers.

    Attributes
    ----------
    frame : DataFrame
        ``entity_id`` (sorted), ``stratum``, ``pi`` (exact), ``because``, ``clause``.
    strata : DataFrame
        In the order of rounding: ``stratum``, ``because``, ``clause``, ``risk_tier`` (tiers in it, as text), ``town``
        (where capacities of towns bind), ``wanted`` (probability by the policy), ``target`` (after capacity and aim),
        ``size`` (N_h), ``millionths`` (expected number drawn), ``n`` (the same as a number), ``pi``.
    about : DataFrame
        What lists of visits show: ``entity_id``, ``name``, ``town``, ``industry``, ``special_field``, ``needs``
        (qualifications), ``takes:<department>`` (its share of such visits), ``items:<department>`` (what it checks).
    provenance : Provenance
        Day, data, policy and code.
    team_size : int
        Inspectors per visit.
    capacity : Capacity
        Largest numbers of visits.
    part : str
        Round of the year, ``1/1`` for a yearly plan.
    people : People
        Inspectors and recusals that the commitment covers.
    teams : Teams
        How teams are made up.
    design : str
        Name of the sampling design, see `riskmodel.sampling.by_stratum`.
    names : mapping
        What the rules of ``because`` are called, in Chinese and English.
    """

    frame: pd.DataFrame
    strata: pd.DataFrame
    about: pd.DataFrame
    provenance: Provenance
    team_size: int
    capacity: Capacity = Capacity()
    part: str = "1/1"
    people: People = People()
    teams: Teams = Teams()
    design: str = STRATIFIED
    names: Names = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Most enterprises that a draw takes; at times one less, where the expectation is not whole."""
        return -(-int(self.strata["millionths"].sum()) // UNIT)

    def commit(self, *, lang: Lang = "zh") -> Commitment:
        """The digest to publish before the seed exists, with a sentence around it."""
        content = committed(
            source=self.source,
            design=self.design,
            frame=zip(self.frame["entity_id"].tolist(), self.frame["stratum"].tolist(), strict=True),
            strata=self.strata.set_index("stratum")[["size", "millionths"]].to_dict("index"),  # type: ignore[arg-type]
            people=self.people.digest,
        )
        return commit_to(content, lang=lang)

    @property
    def source(self) -> dict[str, Any]:
        """Where the plan comes from, as commitments and proofs write it."""
        source, teams = self.provenance, self.teams
        return {
            "as_of": str(source.as_of),
            "round": self.part,
            "policy": source.policy,
            "data": source.data,
            "teams": {
                "size": self.team_size,
                "one_senior": teams.one_senior,
                "pair_visits_at_most": teams.pair_visits_at_most,
            },
        }

    def draw(self, seed: str, commitment: Commitment | str | None = None) -> Draw:
        """Draw with a public seed.

        Parameters
        ----------
        seed : str
            Public text that nobody could know when the commitment was published.
        commitment : Commitment or str, optional
            What was published; a plan with another digest is refused.

        Raises
        ------
        DrawError
            If the plan is not the one committed (RM-DRW-003) or the seed is blank (RM-DRW-010).
        """
        return draw_plan(self, seed, commitment=commitment)

    def save(self, path: Path | str) -> None:
        """Write ``plan.json``; the file appears whole or not at all."""
        plan_file.save(self.__dict__, self.commit().digest, path=Path(path))

    @classmethod
    def load(cls, path: Path | str) -> Plan:
        """Read ``plan.json`` and check all of it.

        Raises
        ------
        DrawError
            If the file cannot be read (RM-DRW-013), its frame and strata contradict each other (RM-DRW-001),
            or its content is not what it commits to (RM-DRW-003).
        """
        fields, digest = plan_file.load(Path(path))
        plan = cls(**fields)
        plan_file.check(plan.frame, plan.strata, where=str(path))
        plan_file.check_commitment(plan.commit().digest, digest, where=str(path))
        return plan

    def _repr_html_(self) -> str:
        because = self.strata["because"].map(lambda rule: reason_of_visit(rule, self.names, "zh"))
        towns = ["town"] if self.strata["town"].ne("").any() else []
        shown = self.strata.assign(because=because)[["stratum", "risk_tier", *towns, "because", "size", "n", "pi"]]
        drawn = numbers(int(self.strata["millionths"].sum()))
        day, size = self.provenance.as_of, f"{len(self.frame):,}"
        return table_html(shown, caption=say("caption.plan", day=day, part=self.part, size=size, drawn=drawn), limit=50)


def plan_inspections(
    decided: pd.DataFrame,
    rules: InspectionRules,
    provenance: Provenance,
    *,
    capacity: Capacity | int | None = None,
    part: Round | None = None,
    people: People | None = None,
    items: pd.DataFrame | None = None,
) -> Plan:
    """Plan the inspections of a year or of a round: probabilities by the policy, strata, expected numbers.

    Enterprises with the same probability for the same reason form a stratum (by town, where towns have capacities).
    Where a capacity binds, certainty stays and all others are scaled, never below a ``probability_at_least`` of the
    policy, or chosen for the aim of the policy; see `targets`. Expected numbers need not be whole: the draw rounds
    them, and their total, down or up by a ticket (`riskmodel.sampling.rounding`), so that each probability is exact
    and no capacity is exceeded. Enterprises with probability 0 stay in the frame. Which design draws is the policy's
    choice (`riskmodel.sampling.by_stratum`); all but the stratified one draw the strata of a town together.

    Parameters
    ----------
    decided : DataFrame
        One row an enterprise, see `wanted`; ``name``, ``town``, ``industry``, ``special_field`` go to the
        lists; ``probability`` of a finding is what the aims need.
    rules : InspectionRules
        Ratios and rules of the day.
    provenance : Provenance
        Where `decided` comes from.
    capacity : Capacity or int, optional
        Largest numbers of visits.
    part : Round, optional
        Round of the year; default: the round of the day, by the policy's number of rounds.
    people : People, optional
        Inspectors and recusals, which the commitment then covers.
    items : DataFrame, optional
        The item list, from which visits get the items of the departments that join them.

    Raises
    ------
    PlanError
        If certainty and floors need more than a capacity (RM-PLN-001, naming the clauses that collide), or the aim
        needs probabilities that are not known (RM-PLN-003).
    DrawError, PolicyError
        See `wanted`.
    """
    limit, day = Capacity.of(capacity), provenance.as_of.day
    turn = part or Round.of_day(day, rules.rounds_a_year)
    wishes = wanted(decided, rules, turn)
    table = decided.assign(entity_id=decided["entity_id"].astype("str")).sort_values("entity_id", ignore_index=True)
    if "industry" in table.columns and rules.joint:
        wishes = wishes.join(shares(table, rules.joint))
    wishes["town"] = table["town"].astype("str").fillna("") if limit.by_town and "town" in table.columns else ""
    wishes["rate"] = table["probability"] if "probability" in table.columns else np.nan
    wishes["target"] = _targets(wishes, limit, rules, month=day.month)
    strata = _strata(wishes, together=rules.design != "stratified")
    parts = _millionths(strata)
    strata = strata.assign(millionths=parts, n=parts / UNIT, pi=parts / UNIT / strata["size"])
    placed = wishes.merge(strata[[*_KEY, "town", "stratum", "pi"]], on=[*_KEY, "town"], how="left", validate="m:1")
    frame = placed[["entity_id", "stratum", "pi", "because", "clause"]]
    about = _about(table, rules, items)
    return Plan(
        frame, strata, about, provenance, rules.team_size, limit, str(turn), people or People(), rules.teams,
        PLANNED[rules.design], visit_names(rules),
    )  # fmt: skip


def _targets(wishes: pd.DataFrame, limit: Capacity, rules: InspectionRules, *, month: int) -> np.ndarray:
    """Probabilities that fit the capacities and serve the aim."""
    takes = [c for c in wishes.columns if c.startswith("takes:") and limit.by_department]
    key = [*_WISH, "town", *takes]
    if not limit.binds and rules.aim.serve == "ratios":
        return wishes["wanted"].to_numpy(copy=True)
    grouped = wishes.groupby(key, as_index=False, sort=True)
    groups = grouped.agg(size=("entity_id", "size"), rate=("rate", "mean"))
    groups["target"] = targets(groups, limit, rules.aim, month=month)
    return wishes[key].merge(groups, on=key, how="left", validate="m:1")["target"].to_numpy()


def _strata(wishes: pd.DataFrame, *, together: bool) -> pd.DataFrame:
    """Strata by town, then by falling probability, then by reason; towns in the names of strata drawn together."""
    key = ["town", *_KEY]
    grouped = wishes.groupby(key, as_index=False)
    strata = grouped.agg(clause=("clause", "first"), risk_tier=("risk_tier", _listed), size=("entity_id", "size"))
    strata = strata.sort_values(key, ascending=[True, False, True, False], ignore_index=True)
    width = max(2, len(str(len(strata))))
    towns = strata["town"].factorize()[0]
    fronts = [f"{town + 1:0{width}d}." if together and towns.max() > 0 else "" for town in towns]
    strata["stratum"] = [f"{front}S{number:0{width}d}" for number, front in enumerate(fronts, start=1)]
    return strata[["stratum", "because", "clause", "risk_tier", "town", "wanted", "target", "size"]]


def _listed(tiers: pd.Series) -> str:
    return ",".join(sorted(tiers.unique()))


def _millionths(strata: pd.DataFrame) -> np.ndarray:
    """Expected numbers in millionths; those of a town add up to no more than its capacity."""
    parts = np.zeros(len(strata), dtype=np.int64)
    for _, rows in strata.groupby("town", sort=False).indices.items():
        size = strata["size"].to_numpy()[rows]
        expected = size * strata["target"].to_numpy()[rows]
        parts[rows] = allocate(size * UNIT, expected * UNIT, total=round(float(expected.sum()) * UNIT))
    return parts


def _about(table: pd.DataFrame, rules: InspectionRules, items: pd.DataFrame | None) -> pd.DataFrame:
    """Columns for the lists, as text; empty where a column is missing."""
    about = table.reindex(columns=ABOUT).astype("str").fillna("")
    if rules.joint and "industry" in table.columns:
        about = about.assign(needs=needs(table, rules.joint)).join(shares(table, rules.joint))
        about = about if items is None else about.join(items_of(table, rules.joint, items))
    return about
