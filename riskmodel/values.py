"""Small frozen values that every room shares: dates, tiers, grades, severities, provenance."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from riskmodel.errors import InputError

# Version of the code, part of every provenance; `pyproject.toml` holds the same.
VERSION = "0.1.0"


class RiskTier(StrEnum):
    """The office's own risk tier, A (lowest risk) to E (highest); internal, never published."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"


class CreditGrade(StrEnum):
    """The public credit grade, imported from the credit evaluation; never derived from a risk tier."""

    TRUSTWORTHY = "trustworthy"
    MINOR = "minor"
    GENERAL = "general"
    SERIOUS = "serious"


class Severity(StrEnum):
    """How grave a violation is (轻微 / 一般 / 严重)."""

    MINOR = "minor"
    GENERAL = "general"
    SERIOUS = "serious"


@dataclass(frozen=True, order=True)
class Period:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """Number of days in the period.

        >>> Period(date(2025, 1, 1), date(2025, 1, 31)).days
        31
        """
        return (self.last - self.first).days + 1


@dataclass(frozen=True, order=True)
class AsOf:
    """The day on which a decision is taken: only what was known by its end exists.

    >>> AsOf.of("2025-06-30").window(days=30)
    Period(first=datetime.date(2025, 6, 1), last=datetime.date(2025, 6, 30))
    """

    day: date

    @classmethod
    def of(cls, value: str | date | AsOf, where: str = "--as-of") -> AsOf:
        """Read a date written as YYYY-MM-DD; `where` says in a fault what holds it.

        Raises
        ------
        InputError
            If the text is not a calendar date (RM-INP-001).
        """
        if isinstance(value, AsOf):
            return value
        if isinstance(value, date):
            return cls(date(value.year, value.month, value.day))
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            raise InputError("RM-INP-001", where=where, found=value or "-")
        try:
            return cls(date.fromisoformat(value))
        except ValueError as fault:
            raise InputError("RM-INP-001", where=where, found=value or "-") from fault

    def window(self, *, days: int) -> Period:
        """The last `days` days, the as-of day included."""
        return Period(self.day - timedelta(days=days - 1), self.day)

    @classmethod
    def asked(cls, value: str | date | AsOf | None) -> AsOf | None:
        """The day that was asked for, None where none was: looked at before much is read."""
        return None if value is None else cls.of(value)

    def __str__(self) -> str:
        return self.day.isoformat()


@dataclass(frozen=True)
class Provenance:
    """Where a result comes from: enough to make it again.

    Attributes
    ----------
    as_of : AsOf
        Day of the decision.
    data : str
        SHA-256 of the records known on that day.
    policy : str
        Policy id and SHA-256 of its content, written ``id@digest``.
    code : str
        Version of riskmodel.
    seed : str or None
        Public seed text of a draw.
    absent : tuple of str
        Kinds of records that the source does not have; every output names them.
    """

    as_of: AsOf
    data: str
    policy: str
    code: str
    seed: str | None = None
    absent: tuple[str, ...] = field(default=())
