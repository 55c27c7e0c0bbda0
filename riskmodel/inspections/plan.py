"""The inspection plan: who may be drawn with which probability and why, fixed before any seed exists."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from riskmodel.errors import Lang, PlanError
from riskmodel.inspections import plan_file
from riskmodel.inspections.commitment import Commitment, commit_to, committed
from riskmodel.inspections.draw import DESIGN, Draw, draw_plan
from riskmodel.inspections.wanted import wanted
from riskmodel.policy.model import InspectionRules
from riskmodel.sampling.inclusion import allocate, capped_to
from riskmodel.values import Provenance

ABOUT = ["entity_id", "name", "town", "industry", "special_field"]
_KEY = ["wanted", "because", "target"]


@dataclass(frozen=True, eq=False)
class Plan:
    """Who may be drawn, and with which probability; internal, because strata follow the risk tiers.

    Attributes
    ----------
    frame : DataFrame
        ``entity_id`` (sorted), ``stratum``, ``pi`` (realised, n_h / N_h), ``because``, ``clause``.
    strata : DataFrame
        ``stratum``, ``because``, ``clause``, ``risk_tier`` (tiers in it, as text), ``wanted`` (probability by
        the policy), ``target`` (after the capacity), ``size`` (N_h), ``n`` (n_h), ``pi``.
    about : DataFrame
        What lists of visits show: ``entity_id``, ``name``, ``town``, ``industry``, ``special_field``.
    provenance : Provenance
        Day, data, policy and code.
    team_size : int
        Inspectors per visit.
    capacity : int or None
        Largest number of visits, if one was given.
    """

    frame: pd.DataFrame
    strata: pd.DataFrame
    about: pd.DataFrame
    provenance: Provenance
    team_size: int
    capacity: int | None = None

    @property
    def n(self) -> int:
        """Number of enterprises that a draw takes."""
        return int(self.strata["n"].sum())

    def commit(self, *, lang: Lang = "zh") -> Commitment:
        """The digest to publish before the seed exists, with a sentence around it."""
        source = self.provenance
        content = committed(
            source={"as_of": str(source.as_of), "policy": source.policy, "data": source.data},
            design=DESIGN.name,
            frame=zip(self.frame["entity_id"].tolist(), self.frame["stratum"].tolist(), strict=True),
            strata=self.strata.set_index("stratum")[["size", "n"]].to_dict("index"),  # type: ignore[arg-type]
        )
        return commit_to(content, lang=lang)

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
            If the plan is not the one committed (RM-DRW-003) or the seed is blank (RM-DRW-001).
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
            If the file cannot be read (RM-DRW-002), its frame and strata contradict each other (RM-DRW-001),
            or its content is not what it commits to (RM-DRW-003).
        """
        fields, digest = plan_file.load(Path(path))
        plan = cls(**fields)
        plan_file.check(plan.frame, plan.strata, where=str(path))
        plan_file.check_commitment(plan.commit().digest, digest, where=str(path))
        return plan

    def _repr_html_(self) -> str:
        return self.strata.to_html(index=False)


def plan_inspections(
    decided: pd.DataFrame, rules: InspectionRules, provenance: Provenance, *, capacity: int | None = None
) -> Plan:
    """Plan the inspections of a cycle: probabilities by the policy, strata, whole numbers.

    Enterprises with the same wanted probability for the same reason form a stratum. Where a capacity binds,
    certainty stays and all others are scaled by one factor, never below a ``probability_at_least`` of the
    policy (before rounding). Numbers per stratum are whole, at least 1 where the probability is positive, so
    the realised probability is n_h / N_h. Enterprises with probability 0 stay in the frame.

    Parameters
    ----------
    decided : DataFrame
        One row an enterprise, see `wanted`; ``name``, ``town``, ``industry``, ``special_field`` go to the
        lists.
    rules : InspectionRules
        Ratios and rules of the day.
    provenance : Provenance
        Where `decided` comes from.
    capacity : int, optional
        Largest number of visits.

    Raises
    ------
    PlanError
        If certainty, floors and one visit a stratum need more than the capacity (RM-PLN-001).
    DrawError, PolicyError
        See `wanted`.
    """
    wishes = wanted(decided, rules)
    wishes["target"] = _targets(wishes, capacity)
    strata = _strata(wishes)
    strata["n"] = _numbers(strata, capacity=capacity, enough=_enough(wishes))
    strata["pi"] = strata["n"] / strata["size"]
    placed = wishes.merge(strata[[*_KEY, "stratum", "pi"]], on=_KEY, how="left", validate="many_to_one")
    frame = placed[["entity_id", "stratum", "pi", "because", "clause"]]
    return Plan(frame, strata, _about(decided), provenance, rules.team_size, capacity)


def _targets(wishes: pd.DataFrame, capacity: int | None) -> np.ndarray:
    """Probabilities that fit the capacity, before rounding to whole numbers."""
    pi, certain = wishes["wanted"].to_numpy(), wishes["certain"].to_numpy()
    if capacity is None:
        return pi.copy()
    if certain.sum() > capacity:
        raise _too_small(wishes[certain], capacity, least=int(certain.sum()), enough=_enough(wishes))
    floors = wishes["floor"].to_numpy()
    least = int(certain.sum()) + _ceiling(floors[~certain].sum())
    if least > capacity:
        raise _too_small(wishes[certain | (floors > 0)], capacity, least=least, enough=_enough(wishes))
    return np.round(capped_to(pi, capacity, certain=certain, floor=floors), 12)


def _enough(wishes: pd.DataFrame) -> int:
    """A capacity with which certainty, floors and one visit a stratum are possible."""
    others = wishes[~wishes["certain"] & (wishes["wanted"] > 0)]
    groups = len(others[["wanted", "because", "floor"]].drop_duplicates())
    return int(wishes["certain"].sum()) + max(groups, _ceiling(others["floor"].sum()))


def _ceiling(expected: float) -> int:
    return math.ceil(round(float(expected), 6))


def _strata(wishes: pd.DataFrame) -> pd.DataFrame:
    """Strata in the order of falling probability, then by reason."""
    grouped = wishes.groupby(_KEY, as_index=False)
    strata = grouped.agg(clause=("clause", "first"), risk_tier=("risk_tier", _listed), size=("entity_id", "size"))
    strata = strata.sort_values(_KEY, ascending=[False, True, False], ignore_index=True)
    strata["stratum"] = [f"S{number:02d}" for number in range(1, len(strata) + 1)]
    return strata[["stratum", "because", "clause", "risk_tier", "wanted", "target", "size"]]


def _listed(tiers: pd.Series) -> str:
    return ",".join(sorted(tiers.unique()))


def _numbers(strata: pd.DataFrame, *, capacity: int | None, enough: int) -> np.ndarray:
    """Whole numbers per stratum; the total is the rounded expectation, at least one visit a stratum."""
    size, target = strata["size"].to_numpy(), strata["target"].to_numpy()
    expected = size * target
    least = int(np.where(target >= 1, size, target > 0).sum())
    if capacity is not None and least > capacity:
        raise _too_small(strata[target > 0], capacity, least=least, enough=enough)
    total = max(math.floor(round(float(expected.sum()), 6) + 0.5), least)
    return allocate(size, expected, total=total)


def _too_small(binding: pd.DataFrame, capacity: int, *, least: int, enough: int) -> PlanError:
    rules = binding[["because", "clause"]].drop_duplicates().sort_values("because")
    where = "; ".join(f"{because} ({clause})" for because, clause in rules.itertuples(index=False))
    found, expected = f"{capacity} < {least}", f"capacity ≥ {enough}"
    return PlanError("RM-PLN-001", where=where, found=found, expected=expected)


def _about(decided: pd.DataFrame) -> pd.DataFrame:
    """Columns for the lists, as text; empty where a column is missing."""
    about = decided.reindex(columns=ABOUT).astype("str").fillna("")
    return about.sort_values("entity_id", ignore_index=True)
