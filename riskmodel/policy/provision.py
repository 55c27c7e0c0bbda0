"""What every part of a policy file is made of: values that cite a clause, that the office set, that hold from a day."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from riskmodel.fault_words import Both

T = TypeVar("T")
Tier = Literal["A", "B", "C", "D", "E"]
Grade = Literal["trustworthy", "minor", "general", "serious"]
SeverityName = Literal["minor", "general", "serious"]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]


class Strict(BaseModel):
    """A part that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Provision(Strict):
    """Something that the policy says (clause and quote) or that the office decided (`source: local`)."""

    clause: str | None = None
    quote: str | None = None
    source: Literal["local"] | None = None

    @model_validator(mode="after")
    def _cited(self) -> Provision:
        if self.source is None and (self.clause is None or self.quote is None):
            raise ValueError(
                Both("需要 clause 和 quote，或 source: local", "needs `clause` and `quote`, or `source: local`")
            )
        return self


class Local(Strict, Generic[T]):
    """A number that the policy leaves open and that the office has set."""

    value: T
    source: Literal["local"]
    at_least: T | None = None
    at_most: T | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Local[T]:
        value: Any = self.value
        if (self.at_least is not None and value < self.at_least) or (self.at_most is not None and value > self.at_most):
            low, high = self.at_least, self.at_most
            raise ValueError(Both(f"{value} 不在 {low} 至 {high} 之间", f"value {value} lies outside {low} to {high}"))
        return self


class Dated(Provision, Generic[T]):
    """Values with the day from which each holds."""

    values: dict[date, T] = Field(min_length=1)


class Switch(Provision):
    """A yes or no of the policy."""

    holds: bool
