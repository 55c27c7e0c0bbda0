"""Teams: the rules always hold, loads are even, chances are those declared, and what is impossible is named."""

import math
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmodel.errors import DrawError
from riskmodel.inspections.chances import chances
from riskmodel.inspections.people import Inspector, people_of, posted
from riskmodel.inspections.places import Apart, Place, Visit, places
from riskmodel.inspections.teams import Assigned, TeamRules, assign, too_often
from riskmodel.policy.visits import Teams
from riskmodel.sampling.lottery import settle
from riskmodel.sampling.rounding import UNIT
from riskmodel.sampling.tickets import ticket

MARKET = [
    Inspector(f"M{k}", department="市场", senior=k < 3, qualifications=("drug",) if k == 7 else ()) for k in range(8)
]
FIRE = [Inspector(f"F{k}", department="消防", senior=k == 0) for k in range(3)]
PEOPLE = sorted([*MARKET, *FIRE], key=lambda i: i.inspector_id)


def visits(count: int, *departments: str, needs: tuple[str, ...] = ()) -> list[Visit]:
    return [Visit(k, f"E{k:03d}", departments, needs) for k in range(1, count + 1)]


def loads(assigned: Assigned) -> Counter[str]:
    return Counter(who for team in assigned.members for who in team)


def test_each_department_sends_one_and_the_first_fills_the_team_up() -> None:
    sent = assign("s", visits(20, "市场", "消防"), PEOPLE, apart=Apart(), rules=TeamRules(3))
    for team in sent.members:
        assert sorted(who[0] for who in team) == ["F", "M", "M"]
        assert len(set(team)) == 3
    counts = loads(sent)
    assert {counts[i.inspector_id] for i in MARKET} == {5}  # 40 places over 8
    assert {counts[i.inspector_id] for i in FIRE} <= {6, 7}


def test_a_senior_leads_every_team_and_seniors_left_over_go_as_members() -> None:
    sent = assign("s", visits(24, "市场"), PEOPLE, apart=Apart(), rules=TeamRules(2, one_senior=True))
    assert {team[0] for team in sent.members} == {"M0", "M1", "M2"}
    assert all(team[1] not in ("M0", "M1", "M2") for team in sent.members)
    many = [Inspector(f"M{k}", senior=True) for k in range(6)]
    sent = assign("s", visits(24), many, apart=Apart(), rules=TeamRules(2, one_senior=True))
    by_ticket = sorted((i.inspector_id for i in many), key=lambda who: ticket("s", who, purpose="team"))
    assert {team[0] for team in sent.members} == set(by_ticket[:3])
    assert set(loads(sent).values()) == {8}


def test_a_needed_qualification_is_always_in_the_team() -> None:
    sent = assign("s", visits(9, "市场", needs=("drug",)), PEOPLE, apart=Apart(), rules=TeamRules(2, one_senior=True))
    assert all("M7" in team for team in sent.members)
    # Nobody in the directory has it: it cannot be asked for.
    free = assign("s", visits(9, "市场", needs=("boats",)), PEOPLE, apart=Apart(), rules=TeamRules(2))
    assert len(loads(free)) == 8


@pytest.mark.parametrize(
    ("departments", "needs", "barred", "reason"),
    [
        (("消防",), (), {"F0"}, "senior, 1 recused"),
        (("市场", "消防"), (), {"F0", "F1", "F2"}, "市场/消防, senior, 3 recused"),
        (("消防",), ("drug",), set(), "消防, senior, drug"),
    ],
)
def test_what_cannot_be_filled_is_named(
    departments: tuple[str, ...], needs: tuple[str, ...], barred: set[str], reason: str
) -> None:
    with pytest.raises(DrawError) as fault:
        assign(
            "s", visits(3, *departments, needs=needs), PEOPLE,
            apart=Apart({"E002": barred} if barred else {}), rules=TeamRules(2, one_senior=True),
        )  # fmt: skip
    assert fault.value.code == "RM-DRW-004"
    assert reason in fault.value.where
    assert ("E002" if barred else "E001") in fault.value.where


def test_two_who_may_not_go_together_so_often_are_kept_apart_or_named() -> None:
    rules = TeamRules(2, pair_visits_at_most=2)
    people = [Inspector(f"I{k}") for k in range(6)]
    sent = assign("s", visits(12), people, apart=Apart(), rules=rules)
    assert sent.attempt > 0  # the first attempt broke the cap
    assert too_often(sent.members, 2) is None
    with pytest.raises(DrawError) as fault:
        assign("s", visits(31), people, apart=Apart(), rules=rules)  # 15 pairs, 30 visits at most
    assert fault.value.code == "RM-DRW-007"
    assert "pair_visits_at_most" in fault.value.where


def test_who_was_there_recently_goes_only_where_nobody_else_is_left() -> None:
    people = [Inspector(f"I{k}") for k in range(4)]
    apart = Apart({"E001": {"I0"}}, {"E001": {"I1"}, "E002": {"I0", "I1", "I2"}})
    for seed in "abcdefgh":
        first, second, _ = assign(seed, visits(3), people, apart=apart, rules=TeamRules(2)).members
        assert set(first) == {"I2", "I3"}
        assert len(second) == 2
    assert len({assign(s, visits(3), people, apart=apart, rules=TeamRules(2)).members[1] for s in "abcdefghij"}) > 2


@settings(max_examples=60, deadline=None)
@given(
    st.integers(2, 9), st.integers(1, 25), st.lists(st.tuples(st.integers(0, 8), st.integers(1, 25)), max_size=30),
    st.integers(0, 10**6),
)  # fmt: skip
def test_rules_hold_and_loads_stay_within_one_visit_of_the_declared(
    people: int, count: int, pairs: list[tuple[int, int]], number: int
) -> None:
    staff = [Inspector(f"I{k}") for k in range(people)]
    barred: dict[str, set[str]] = {}
    for who, where in pairs:
        if len(barred.get(f"E{where:03d}", set()) | {f"I{who}"}) <= people - 2:
            barred.setdefault(f"E{where:03d}", set()).add(f"I{who}")
    sent = assign(str(number), visits(count), staff, apart=Apart(barred), rules=TeamRules(2))
    expected: Counter[str] = Counter()
    for place, pool in zip(sent.places, sent.chances, strict=True):
        assert sum(pool) == 2 * UNIT
        expected.update(dict(zip(place.pool, pool, strict=True)))
    for visit, team in zip(visits(count), sent.members, strict=True):
        assert len(set(team)) == 2
        assert not set(team) & barred.get(visit.entity_id, set())
    for inspector in staff:
        load, mean = loads(sent)[inspector.inspector_id], expected[inspector.inspector_id] / UNIT
        assert math.floor(mean + 1e-9) <= load <= math.ceil(mean - 1e-9)


def test_chances_are_even_by_symmetry_and_loads_are_as_even_as_recusals_allow() -> None:
    people = ["a", "b", "c", "d"]
    # d may go to one of three visits only, and surely does: even so he has less than the others, who share the rest.
    asked = [Place(1, 2, ("a", "b", "c", "d")), Place(2, 2, ("a", "b", "c")), Place(3, 2, ("a", "b", "c"))]
    grid = np.array(chances(asked, people)) / UNIT
    assert grid[0] == pytest.approx([1 / 3, 1 / 3, 1 / 3, 1], abs=1e-5)
    assert grid.sum(axis=0) == pytest.approx([5 / 3, 5 / 3, 5 / 3, 1], abs=1e-5)
    assert grid[1] == pytest.approx([2 / 3, 2 / 3, 2 / 3, 0], abs=1e-5)


def test_the_lottery_equals_its_slow_twin() -> None:
    rng = np.random.default_rng(5)
    for case in range(40):
        rows, columns = rng.integers(1, 6), rng.integers(2, 6)
        grid = np.zeros((rows, columns), dtype=np.int64)
        for row in range(rows):
            many = rng.integers(1, columns)
            share = rng.dirichlet(np.ones(columns)) * many
            whole = np.minimum(np.floor(share * UNIT), UNIT).astype(np.int64)
            for column in range(columns):
                whole[column] += min(UNIT - whole[column], many * UNIT - whole.sum())
            grid[row] = whole
        at = np.argwhere(grid > 0)
        edges = {(int(r), int(c)): int(grid[r, c]) for r, c in at}
        taken = settle(at[:, 0], at[:, 1], grid[at[:, 0], at[:, 1]], seed=f"case {case}", attempt=case % 3)
        assert dict(zip(edges, taken.tolist(), strict=True)) == slow_lottery(edges, f"case {case}", case % 3)


def slow_lottery(x: dict[tuple[int, int], int], seed: str, attempt: int) -> dict[tuple[int, int], bool]:
    """The lottery word for word as its specification says it."""
    x, step = dict(x), 0
    while open_ := [edge for edge in sorted(x) if 0 < x[edge] < UNIT]:
        counts = Counter(column for _, column in open_)
        alone = [column for column in sorted(counts) if counts[column] == 1]
        node: tuple[str, int] = ("column", alone[0]) if alone else ("row", open_[0][0])
        met, path, came = {node: 0}, [], None
        first = 0
        while True:
            side = 0 if node[0] == "row" else 1
            onward = [edge for edge in open_ if edge[side] == node[1] and edge != came]
            if not onward:
                break
            came = onward[0]
            path.append(came)
            node = ("column", came[1]) if side == 0 else ("row", came[0])
            if node in met:
                first = met[node]
                break
            met[node] = len(path)
        odd, even = path[first::2], path[first + 1 :: 2]
        up = min([UNIT - x[e] for e in odd] + [x[e] for e in even])
        down = min([x[e] for e in odd] + [UNIT - x[e] for e in even])
        roll = int(ticket(seed, f"{attempt}|{step}", purpose="visit")[:8], 16)
        change = up if roll * (up + down) < down * 2**32 else -down
        for edge in odd:
            x[edge] += change
        for edge in even:
            x[edge] -= change
        step += 1
    return {edge: value == UNIT for edge, value in x.items()}


def test_the_directory_gives_people_recusals_and_recent_meetings() -> None:
    table = pd.DataFrame(
        {"inspector_id": ["B", "A", "C"], "name": ["乙", "甲", ""], "available": ["yes", "yes", "no"],
         "qualifications": ["x, y", "", ""], "town": ["南郊镇", "", ""]}
    )  # fmt: skip
    recusals = pd.DataFrame({"inspector_id": ["A", "C"], "entity_id": ["E1", "E1"]})
    past = pd.DataFrame(
        {"entity_id": ["E1", "E2", "E3", "E9"], "inspected_on": pd.to_datetime(["2025-01-01", "2025-06-01", "2024-06-30", "2025-06-01"]),
         "inspector_ids": ["A,B", "B", "A", "A"]}
    )  # fmt: skip
    people = people_of(
        table, recusals, visits=past, frame=["E1", "E2", "E3"], teams=Teams(recent_visit_days=365),
        today=pd.Timestamp("2025-06-30"),
    )  # fmt: skip
    assert [i.inspector_id for i in people.inspectors] == ["A", "B"]
    assert people.inspectors[1] == Inspector("B", "乙", "", False, ("x", "y"), "南郊镇")
    assert people.recusals == (("A", "E1"),)
    assert people.met == (("B", "E1"), ("B", "E2"))  # A is recused already; 2024-06-30 is 365 days ago
    assert posted(people, {"E1": "南郊镇", "E2": ""}) == {("B", "E1")}
    assert people.without(["A"]).recusals == ()


@pytest.mark.parametrize(
    ("inspectors", "recusals", "code"),
    [
        ({"inspector_id": ["A", "A"]}, {}, "RM-DRW-012"),
        ({"inspector_id": ["A,B"]}, {}, "RM-DRW-012"),
        ({"inspector_id": ["A"]}, {"inspector_id": ["Z"], "entity_id": ["E1"]}, "RM-DRW-012"),
        ({"inspector_id": ["A"], "available": ["no"]}, {}, "RM-DRW-004"),
    ],
)
def test_a_wrong_directory_is_one_clear_error(
    inspectors: dict[str, list[str]], recusals: dict[str, list[str]], code: str
) -> None:
    with pytest.raises(DrawError) as fault:
        people_of(pd.DataFrame(inspectors), pd.DataFrame(recusals))
    assert fault.value.code == code


def test_without_a_directory_teams_stay_empty() -> None:
    assert assign("s", visits(2), [], apart=Apart(), rules=TeamRules(2)).members == ((), ())
    assert assign("s", [], PEOPLE, apart=Apart(), rules=TeamRules(2)).members == ()
    assert places([], PEOPLE, Apart(), seed="s", size=2, one_senior=True) == []
