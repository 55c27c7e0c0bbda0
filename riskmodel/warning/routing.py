"""Whom a warning goes to, and when: departments by item, industry and area, and one digest a department and week.

A department gets at most so many warnings a week, the gravest first; the rest waits and is never dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from riskmodel.policy.early_warning import Route, WarningRules
from riskmodel.tables import SEVERITIES

# Stages in which departments wait to be warned.
WAITING = ("watched", "warning_overdue")
_COLUMNS = (
    "addressee", "week", "place", "status", "case_id", "entity_id", "name", "town", "gravest", "events", "stage_on",
    "due_on", "evidence",
)  # fmt: skip


def departments(events: pd.DataFrame, routing: Sequence[Route]) -> list[str]:
    """Departments that should know of some events: the authorities of the records, and those that a route names.

    Parameters
    ----------
    events : DataFrame
        authority, item, industry, town, special_field.
    routing : sequence of Route
        Every condition that a route names must fit one event; words are looked for within items.

    Examples
    --------
    >>> route = Route("应急管理局", ("安全生产",), (), (), ())
    >>> row = {"authority": "", "item": "未履行安全生产责任", "industry": "C", "town": "", "special_field": "none"}
    >>> departments(pd.DataFrame([row]), [route])
    ['应急管理局']
    """
    columns = ("authority", "item", "industry", "town", "special_field")
    rows = set(zip(*(events[column].fillna("") for column in columns), strict=True))
    found = {authority for authority, *_ in rows} - {""}
    for _, *facts in rows:
        found |= {route.department for route in routing if _fits(route, *facts)}
    return sorted(found)


def _fits(route: Route, item: str, industry: str, town: str, special_field: str) -> bool:
    # a special field is a reason of its own, whatever the item
    about = any(word in item for word in route.items) or special_field in route.special_fields
    asked = (
        (route.items or route.special_fields, about),
        (route.industries, industry.startswith(route.industries)),
        (route.towns, town in route.towns),
    )
    return all(fits for named, fits in asked if named)


@dataclass(frozen=True)
class Digests:
    """Warnings by department: those of this week's digest, and those that wait.

    Attributes
    ----------
    table : DataFrame
        addressee (department), week (day of the digest), place (order within the department), status (``now`` or
        ``queued``), case_id, entity_id, name, town, gravest, events, stage_on, due_on, evidence.
    """

    table: pd.DataFrame

    @property
    def now(self) -> pd.DataFrame:
        """Warnings that go out this week."""
        return self.table[self.table["status"].eq("now")].reset_index(drop=True)

    def complete(self) -> list[str]:
        """Cases of which every department is told by this digest, or was by an earlier one."""
        waits = set(self.table.loc[self.table["status"].eq("queued"), "case_id"])
        return sorted(set(self.now["case_id"]) - waits)


def digests(
    cases: pd.DataFrame, rules: WarningRules, day: date, told: Iterable[tuple[str, str]] = ()
) -> Digests:  # fmt: skip
    """The digest of the week in which a day lies, for every department.

    Priority: longest overdue first among the overdue, then special fields, then the gravest violation, then the
    number of events, then who has waited longest.

    Parameters
    ----------
    cases : DataFrame
        `Casebook.cases`.
    rules : WarningRules
        Load and weekday of digests.
    day : date
        Any day of the week.
    told : iterable of (case_id, department)
        Who was told in an earlier digest already.
    """
    week = day - timedelta(days=(day.isoweekday() - rules.digest_weekday) % 7)
    waiting = cases[cases["stage"].isin(WAITING).to_numpy(dtype=bool)]
    rows = waiting.assign(addressee=waiting["departments"].str.split("; ")).explode("addressee")
    rows = rows[rows["addressee"].fillna("").ne("").to_numpy(dtype=bool)]
    known = set(told)
    fresh = np.array([pair not in known for pair in zip(rows["case_id"], rows["addressee"], strict=True)], dtype=bool)
    rows = rows[fresh].assign(
        overdue=lambda t: t["stage"].eq("warning_overdue"), special=lambda t: t["special_field"].ne("none"),
        grave=lambda t: t["gravest"].map(SEVERITIES.index).astype("int64"),
    )  # fmt: skip
    rows = rows.sort_values(
        ["addressee", "overdue", "special", "grave", "events", "stage_on", "case_id"],
        ascending=[True, False, False, False, False, True, True], kind="stable", ignore_index=True,
    )  # fmt: skip
    rows["place"] = rows.groupby("addressee").cumcount() + 1
    rows["status"] = rows["place"].le(rules.a_week_at_most).map({True: "now", False: "queued"})
    rows["week"] = pd.Timestamp(week)
    return Digests(rows[list(_COLUMNS)])
