"""What a policy says about visits beyond ratios: what they serve, who joins them, who goes together, what counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, model_validator

from riskmodel.fault_words import Both
from riskmodel.policy.provision import Local, Provision, Strict, Switch

Share = Annotated[float, Field(ge=0, le=1)]
DesignWord = Literal["stratified", "conditional_poisson", "pareto", "sequential_poisson"]


class AimRule(Provision):
    """What the visits serve where the rules leave freedom, and how far a ratio may move for it."""

    serve: Literal["ratios", "findings", "precision", "both"] = "ratios"
    precision_weight: Local[Share]
    ratio_times_at_least: Local[float]
    ratio_times_at_most: Local[float]


class DesignRule(Provision):
    """Which sampling design draws; see `riskmodel.sampling.by_stratum`."""

    use: DesignWord = "stratified"


class PurposesRule(Provision):
    """Which kinds of checks count to yearly caps, and which do not."""

    counted: list[str] = Field(min_length=1)
    not_counted: list[str]

    @model_validator(mode="after")
    def _apart(self) -> PurposesRule:
        both = set(self.counted) & set(self.not_counted)
        if both:
            raise ValueError(
                Both(f"{sorted(both)} 不能既计入又不计入", f"{sorted(both)} cannot both count and not count")
            )
        return self


class JointItem(Strict):
    """Items of a department that join a visit: whom they concern, and which share of the visits drawn there.

    `items` are names or categories of the item list; without them all of the department's are meant.
    """

    department: str
    when: dict[str, str | list[str]] = {}
    share: Share = 1.0
    needs: str = ""
    items: list[str] = []


class JointRule(Provision):
    """One visit, many checks: departments whose items are merged into the visits of one draw."""

    departments: list[JointItem]


class TeamsRule(Strict):
    """Who goes together: a senior, rotation."""

    one_senior: Switch
    pair_visits_at_most: Local[int]
    recent_visit_days: Local[int]


@dataclass(frozen=True)
class Aim:
    """What the visits serve: the policy's ratios, findings, precision of the estimated rate, or both by a weight.

    `times` are the least and the largest factor by which a ratio may move for it.
    """

    serve: Literal["ratios", "findings", "precision", "both"] = "ratios"
    precision_weight: float = 0.5
    times: tuple[float, float] = (1.0, 1.0)


@dataclass(frozen=True)
class Joint:
    """A department that joins visits: `when` maps a column to values, `needs` is the qualification asked for.

    `items` are names or categories of the items that it checks there, all of them if there are none.
    """

    department: str
    when: Mapping[str, tuple[str, ...]]
    share: float
    needs: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class Teams:
    """Who goes together: one senior a team, visits of one pair in a round, days of recusal after a visit."""

    one_senior: bool = False
    pair_visits_at_most: int = 0
    recent_visit_days: int = 0


def joint_of(rule: JointRule) -> tuple[Joint, ...]:
    """The departments in force."""
    return tuple(Joint(j.department, pairs(j.when), j.share, j.needs, tuple(j.items)) for j in rule.departments)


def pairs(when: Mapping[str, str | list[str]]) -> dict[str, tuple[str, ...]]:
    """The `when` of a rule: column to the values that fit."""
    return {key: (value,) if isinstance(value, str) else tuple(value) for key, value in when.items()}
