"""The inspector directory as a plan commits to it: who may be sent, and who must not meet whom."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import pandas as pd

from riskmodel.errors import DrawError
from riskmodel.inspections.canonical import digest_of
from riskmodel.policy.visits import Teams

Pair = tuple[str, str]
Sealed = tuple[str, str, bool, tuple[str, ...], str]


@dataclass(frozen=True)
class Inspector:
    """One inspector who is available; the name is for lists and stands in no commitment and no proof."""

    inspector_id: str
    name: str = ""
    department: str = ""
    senior: bool = False
    qualifications: tuple[str, ...] = ()
    town: str = ""

    def sealed(self) -> Sealed:
        """What commitments and proofs hold of an inspector."""
        return (self.inspector_id, self.department, self.senior, self.qualifications, self.town)


@dataclass(frozen=True)
class People:
    """Available inspectors sorted by id, and pairs of inspector and enterprise, sorted.

    `recusals` were declared and must not meet; that nobody inspects where he is posted follows from the towns and is
    added when visits are handed out. `met` met within the days of the policy, and meet again only where nobody else is
    left for a place.
    """

    inspectors: tuple[Inspector, ...] = ()
    recusals: tuple[Pair, ...] = ()
    met: tuple[Pair, ...] = ()

    @property
    def digest(self) -> str:
        """Digest of directory and recusals; empty where there is no directory."""
        if not self.inspectors:
            return ""
        sealed = [i.sealed() for i in self.inspectors]
        return digest_of({"inspectors": sealed, "recusals": self.recusals, "met": self.met})

    @property
    def names(self) -> dict[str, str]:
        """Names by id."""
        return {i.inspector_id: i.name for i in self.inspectors}

    def without(self, absent: Collection[str]) -> People:
        """The same people without some who cannot go."""
        left = tuple(i for i in self.inspectors if i.inspector_id not in absent)
        pairs = (tuple(pair for pair in some if pair[0] not in absent) for some in (self.recusals, self.met))
        return People(left, *pairs)


def people_of(
    inspectors: pd.DataFrame | None,
    recusals: pd.DataFrame | None = None,
    *,
    visits: pd.DataFrame | None = None,
    frame: Collection[str] | None = None,
    teams: Teams | None = None,
    today: pd.Timestamp | None = None,
) -> People:
    """Directory and recusals from the tables of the records.

    Parameters
    ----------
    inspectors : DataFrame or None
        ``inspector_id``, ``name``, ``available``, ``department``, ``senior``, ``qualifications``, ``town``; all but the
        first may be missing. None or an empty table gives nobody.
    recusals : DataFrame, optional
        Declared pairs ``inspector_id``, ``entity_id``.
    visits : DataFrame, optional
        Past inspections: ``entity_id``, ``inspected_on``, ``inspector_ids``.
    frame : collection of str, optional
        Enterprises of the plan; recusals for others are left out.
    teams : Teams, optional
        The policy; its `recent_visit_days` tell which past visits count as met.
    today : Timestamp, optional
        Day of the plan.

    Raises
    ------
    DrawError
        If ids repeat or hold a comma, or a recusal names an inspector whom the directory does not know (RM-DRW-012),
        or nobody is available (RM-DRW-004).
    """
    if inspectors is None or inspectors.empty:
        return People()
    ids = inspectors["inspector_id"].astype("str")
    wrong = ids.duplicated() | ids.eq("") | ids.str.contains(",", regex=False)
    if wrong.any():
        raise DrawError("RM-DRW-012", where="inspectors.inspector_id", found=repr(ids[wrong].iloc[0]))
    going = tuple(sorted(_available(inspectors), key=lambda i: i.inspector_id))
    if not going:
        raise DrawError("RM-DRW-004", where="inspectors.available", found=f"0 / {len(inspectors)}")
    declared, met = set(_declared(recusals, set(ids))), set()
    if visits is not None and teams is not None and teams.recent_visit_days and today is not None:
        met = set(_met(visits, today, teams.recent_visit_days)) - declared
    free = {i.inspector_id for i in going}
    places = None if frame is None else set(frame)

    def kept(pairs: set[Pair]) -> tuple[Pair, ...]:
        return tuple(sorted(p for p in pairs if p[0] in free and (places is None or p[1] in places)))

    return People(going, kept(declared), kept(met))


def posted(people: People, towns: dict[str, str]) -> set[Pair]:
    """Pairs of inspectors and enterprises of the town where the inspector is posted."""
    where: dict[str, list[str]] = {}
    for entity, town in towns.items():
        where.setdefault(town, []).append(entity)
    return {(i.inspector_id, entity) for i in people.inspectors if i.town for entity in where.get(i.town, [])}


def _available(table: pd.DataFrame) -> Iterator[Inspector]:
    def flag(name: str, default: bool) -> pd.Series:
        if name not in table.columns:
            return pd.Series(default, index=table.index)
        return table[name].astype("str").isin(["yes", "True"])

    def text(name: str) -> pd.Series:
        values = table[name] if name in table.columns else pd.Series("", index=table.index)
        return values.astype("str").fillna("")

    free = flag("available", True)
    names = text("name").where(text("name").ne(""), text("inspector_id"))
    columns = (
        text("inspector_id"),
        names,
        text("department"),
        flag("senior", False),
        text("qualifications"),
        text("town"),
    )
    rows = zip(*(column[free] for column in columns), strict=True)
    for inspector_id, name, department, senior, qualifications, town in rows:
        skills = tuple(sorted({q.strip() for q in qualifications.split(",") if q.strip()}))
        yield Inspector(inspector_id, name, department, bool(senior), skills, town)


def _declared(recusals: pd.DataFrame | None, known: set[str]) -> list[Pair]:
    if recusals is None or recusals.empty:
        return []
    who = recusals["inspector_id"].astype("str")
    strange = ~who.isin(known)
    if strange.any():
        raise DrawError("RM-DRW-012", where="recusals.inspector_id", found=who[strange].iloc[0])
    return list(zip(who, recusals["entity_id"].astype("str"), strict=True))


def _met(visits: pd.DataFrame, today: pd.Timestamp, days: int) -> list[Pair]:
    """Who inspected which enterprise within so many days."""
    on = visits["inspected_on"]
    recent = visits[((on > today - pd.Timedelta(days=days)) & (on <= today)).to_numpy()]
    apart = recent.assign(who=recent["inspector_ids"].astype("str").str.split(",")).explode("who")
    named = apart[apart["who"].fillna("").ne("").to_numpy()]
    return list(zip(named["who"].str.strip(), named["entity_id"].astype("str"), strict=True))
