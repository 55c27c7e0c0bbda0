"""Places in a team and who may fill them: departments, a senior, qualifications, recusals."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from riskmodel.errors import DrawError
from riskmodel.inspections.people import Inspector
from riskmodel.sampling.tickets import ticket


@dataclass(frozen=True)
class Visit:
    """What a team is made for: number, enterprise, departments that join, qualifications needed."""

    visit_no: int
    entity_id: str
    departments: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Apart:
    """By enterprise: inspectors who must not go, and inspectors who go only where a place would stay empty."""

    must_not: Mapping[str, Collection[str]] = field(default_factory=dict)
    should_not: Mapping[str, Collection[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """So many places of one visit, to be filled by different inspectors of a pool."""

    visit_no: int
    many: int
    pool: tuple[str, ...]


def places(
    visits: Sequence[Visit],
    inspectors: Sequence[Inspector],
    apart: Apart,
    *,
    seed: str,
    size: int,
    one_senior: bool,
) -> list[Place]:
    """The places of every visit, those of the leader first.

    Each department that joins and that the directory knows sends one, the first of them enough to make `size`; where
    no department is known, anybody goes. Where one senior is asked for and the directory marks seniors, the first
    place is one of a leader, the others of the first department are not: leaders are, of each department's seniors in
    the order of their tickets (purpose "team"), as many as there are teams' worth of people. A qualification that
    anybody in the directory has restricts the first place whose pool has it. Pools of one visit do not overlap.

    Parameters
    ----------
    visits : sequence of Visit
        In the order of the draw.
    inspectors : sequence of Inspector
        Available inspectors, sorted by id.
    apart : Apart
        Recusals, and who was there recently.
    seed, size, one_senior
        Public seed; inspectors a visit; whether a senior must lead.

    Raises
    ------
    DrawError
        If a pool is smaller than its places (RM-DRW-004), naming visit and reason.
    """
    staff = _Staff(inspectors, seed, size, one_senior)
    return [place for visit in visits for place in staff.of(visit, apart)]


class _Staff:
    """The directory by department and role."""

    def __init__(self, inspectors: Sequence[Inspector], seed: str, size: int, one_senior: bool) -> None:
        self.size = size
        self.by_id = {i.inspector_id: i for i in inspectors}
        self.departments = {i.department for i in inspectors if i.department}
        self.skills = {skill for i in inspectors for skill in i.qualifications}
        self.lead = one_senior and any(i.senior for i in inspectors)
        self.leaders = self._leaders(seed) if self.lead else frozenset()
        self.cache: dict[tuple[tuple[str, ...], tuple[str, ...]], list[tuple[int, tuple[str, ...]]]] = {}

    def _leaders(self, seed: str) -> frozenset[str]:
        found: list[str] = []
        for department in {i.department for i in self.by_id.values()}:
            staff = [i for i in self.by_id.values() if i.department == department]
            seniors = sorted((ticket(seed, i.inspector_id, purpose="team"), i.inspector_id) for i in staff if i.senior)
            found += [who for _, who in seniors[: max(1, len(staff) // self.size)]]
        return frozenset(found)

    def of(self, visit: Visit, apart: Apart) -> list[Place]:
        key = (visit.departments, visit.needs)
        if key not in self.cache:
            self.cache[key] = self._asked(visit)
        made = []
        barred = frozenset(apart.must_not.get(visit.entity_id, ()))
        recent = frozenset(apart.should_not.get(visit.entity_id, ()))
        for many, pool in self.cache[key]:
            left = tuple(who for who in pool if who not in barred) if barred else pool
            fresh = tuple(who for who in left if who not in recent) if recent else left
            if len(left) < many:
                where = f"visits: {visit.entity_id} ({self._reason(visit, barred)})"
                raise DrawError("RM-DRW-004", where=where, found=len(left), expected=f"≥ {many}")
            made.append(Place(visit.visit_no, many, fresh if len(fresh) >= many else left))
        return made

    def _asked(self, visit: Visit) -> list[tuple[int, tuple[str, ...]]]:
        """Places before recusals."""
        known = [d for d in visit.departments if d in self.departments]
        first = [i for i, one in self.by_id.items() if not known or one.department == known[0]]
        rest = max(self.size - max(len(known), 1), 0)
        asked: list[tuple[int, list[str]]] = []
        if self.lead:
            asked.append((1, [who for who in first if who in self.leaders]))
            asked += [(rest, [who for who in first if who not in self.leaders])] if rest else []
        else:
            asked.append((1 + rest, first))
        for department in known[1:]:
            asked.append((1, [who for who, one in self.by_id.items() if one.department == department]))
        for need in visit.needs:
            if need in self.skills:
                asked = self._restricted(asked, need)
        return [(many, tuple(pool)) for many, pool in asked]

    def _restricted(self, asked: list[tuple[int, list[str]]], need: str) -> list[tuple[int, list[str]]]:
        """One place for somebody with a qualification."""
        for at, (many, pool) in enumerate(asked):
            able = [who for who in pool if need in self.by_id[who].qualifications]
            if able:
                others = [who for who in pool if who not in able]
                more = [(many - 1, others)] if many > 1 else []
                return [*asked[:at], (1, able), *more, *asked[at + 1 :]]
        many, _ = asked[0]
        return [(many, []), *asked[1:]]

    def _reason(self, visit: Visit, barred: frozenset[str]) -> str:
        parts = ["/".join(visit.departments), "senior" if self.lead else "", *visit.needs]
        return ", ".join([*(p for p in parts if p), *([f"{len(barred)} recused"] if barred else [])])
