"""What an enterprise can do itself to stand better, as a policy file says it: acts on records, how far to look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import Field, model_validator

from riskmodel.fault_words import Both
from riskmodel.policy.provision import Local, Provision
from riskmodel.tables import TABLES

# What a cell may be set to besides a fixed value: the day itself, or a cell of the record that is acted on.
TODAY, CELL = "today", "@"


class ActEntry(Provision):
    """One act: `set` cells of each record `of` a table that fits `where`, or of a new row `to` a table."""

    id: str
    name: dict[Literal["zh", "en"], str]
    of: str | None = None
    where: dict[str, str | list[str]] = {}
    to: str | None = None
    set: dict[str, str] = Field(min_length=1)

    @model_validator(mode="after")
    def _exists(self) -> ActEntry:
        if self.of is None and self.to is None:
            raise ValueError(
                Both(
                    "需要 of（所改的记录）或 to（增加一行的表）",
                    "needs `of`, the records that are acted on, or `to`, the table that gets a row",
                )
            )
        changed, read = self.to or self.of, [value[1:] for value in self.set.values() if value.startswith(CELL)]
        for table, columns in ((self.of, [*self.where, *read]), (changed, list(self.set))):
            if table is None and columns:
                raise ValueError(
                    Both(
                        f"写了列 {columns} 而没有写表：缺少 of", f"names columns {columns} of no table: `of` is missing"
                    )
                )
            if table is not None and table not in TABLES:
                raise ValueError(Both(f"没有数据表 {table!r}", f"there is no table {table!r}"))
            unknown = sorted(set(columns) - set(TABLES[table].names)) if table else []
            if unknown:
                raise ValueError(
                    Both(f"数据表 {table} 没有列 {unknown}", f"the table {table} has no columns {unknown}")
                )
        return self


class OutlookFile(Provision):
    """How far ahead and with how many acts at once it is tried what would lower a tier."""

    months_ahead: Local[int]
    most_together: Local[int]
    acts: list[ActEntry]


@dataclass(frozen=True)
class Act:
    """An act in force, as `ActEntry` says it; `of` and `to` are '' where there is none."""

    id: str
    name_zh: str
    name_en: str
    clause: str
    of: str
    where: Mapping[str, tuple[str, ...]]
    to: str
    set: Mapping[str, str]


@dataclass(frozen=True)
class OutlookRules:
    """What is tried: months from today, acts at once, acts."""

    months_ahead: int
    most_together: int
    acts: tuple[Act, ...]


def outlook_rules(file: OutlookFile) -> OutlookRules:
    """The rules of a file."""
    return OutlookRules(file.months_ahead.value, file.most_together.value, tuple(_act(entry) for entry in file.acts))


def _act(entry: ActEntry) -> Act:
    where = {key: (value,) if isinstance(value, str) else tuple(value) for key, value in entry.where.items()}
    clause = entry.clause or "local"
    return Act(entry.id, entry.name["zh"], entry.name["en"], clause, entry.of or "", where, entry.to or "", entry.set)
