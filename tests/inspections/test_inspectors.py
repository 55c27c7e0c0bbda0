"""Random teams: sizes, even loads, recusals, ad-hoc teams."""

from collections import Counter

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmodel.errors import DrawError
from riskmodel.inspections.inspectors import Visit, assign_visits, available, by_ticket, form_teams
from riskmodel.sampling.tickets import ticket

PEOPLE = [f"ZF{k:02d}" for k in range(1, 13)]
VISITS = [f"E{k:03d}" for k in range(50)]


def assign(people: list[str], *recusals: tuple[str, str], visits: list[str] = VISITS, size: int = 2) -> list[Visit]:
    return assign_visits("seed", visits, inspector_ids=people, recusals=recusals, team_size=size)


def test_teams_are_consecutive_groups_in_the_order_of_tickets() -> None:
    ordered = sorted(PEOPLE, key=lambda who: ticket("seed", who, purpose="team"))
    teams = form_teams("seed", PEOPLE, team_size=2)
    assert list(teams) == ["T01", "T02", "T03", "T04", "T05", "T06"]
    assert [who for members in teams.values() for who in members] == ordered
    assert form_teams("seed", reversed(PEOPLE), team_size=2) == teams


@pytest.mark.parametrize(
    ("people", "size", "sizes"),
    [(7, 2, [2, 2, 3]), (8, 3, [4, 4]), (11, 4, [5, 6]), (3, 2, [3]), (1, 2, []), (5, 1, [1, 1, 1, 1, 1])],
)
def test_those_left_over_join_the_last_teams_one_each(people: int, size: int, sizes: list[int]) -> None:
    # 11 = 2 * 4 + 3: the three go to the last, the last but one, and the last again.
    assert [len(members) for members in form_teams("s", PEOPLE[:people], team_size=size).values()] == sizes


@settings(max_examples=60)
@given(st.integers(2, 12), st.integers(0, 60), st.integers(0, 10**6))
def test_loads_differ_by_at_most_one_visit(people: int, visits: int, seed: int) -> None:
    ids = [f"E{k}" for k in range(visits)]
    sent = assign_visits(str(seed), ids, inspector_ids=PEOPLE[:people], recusals=(), team_size=2)
    loads = Counter(dict.fromkeys(PEOPLE[:people], 0))
    loads.update(who for visit in sent for who in visit.inspector_ids)
    assert max(loads.values()) - min(loads.values()) <= 1
    assert [visit.entity_id for visit in sent] == ids
    assert [visit.visit_no for visit in sent] == list(range(1, visits + 1))


def test_equal_teams_are_told_apart_by_the_ticket_of_the_visit() -> None:
    first = assign(PEOPLE)[0]
    teams = form_teams("seed", PEOPLE, team_size=2)
    expected = min(teams, key=lambda team: ticket("seed", f"E000|{team}", purpose="visit"))
    assert (first.team, first.inspector_ids) == (expected, teams[expected])


def test_teams_meet_every_enterprise_about_equally_often_over_many_seeds() -> None:
    counts: Counter[str] = Counter()
    for k in range(1200):
        (visit,) = assign_visits(f"seed {k}", ["E1"], inspector_ids=PEOPLE[:4], recusals=(), team_size=2)
        counts[visit.inspector_ids[0]] += 1
    # Each of four inspectors is the first of the team sent with probability 1/4: 300, standard error 15.
    assert max(abs(counts[who] - 300) for who in PEOPLE[:4]) < 4 * 15


def test_nobody_visits_where_recused() -> None:
    recusals = tuple((PEOPLE[k % 12], entity) for k, entity in enumerate(VISITS))
    sent = assign(PEOPLE, *recusals)
    for visit in sent:
        assert not {(who, visit.entity_id) for who in visit.inspector_ids} & set(recusals)
        assert visit.team.startswith("T")
    # Each team can go to five of six visits, so loads can still be made even.
    loads = Counter(visit.team for visit in sent)
    assert max(loads.values()) - min(loads.values()) <= 1


def test_where_every_team_has_somebody_recused_the_least_loaded_others_go() -> None:
    people = PEOPLE[:6]
    teams = list(form_teams("seed", people, team_size=2).values())
    barred = [(members[0], "E002") for members in teams]
    sent = assign(people, *barred, visits=["E000", "E001", "E002", "E003"])
    assert [visit.team[0] for visit in sent] == ["T", "T", "X", "T"]
    assert sent[2].team == "X01"
    # E000 and E001 went to two teams; of the three free inspectors that of the third team has had no visit.
    before = Counter(who for visit in sent[:2] for who in visit.inspector_ids)
    free = [who for who in by_ticket("seed", people) if (who, "E002") not in barred]
    assert list(sent[2].inspector_ids) == sorted(free, key=lambda who: before[who])[:2]
    assert before[sent[2].inspector_ids[0]] == 0


def test_ad_hoc_teams_are_numbered_in_order_of_need() -> None:
    people = PEOPLE[:4]
    barred = [(m[0], e) for m in form_teams("seed", people, team_size=2).values() for e in ("E000", "E002")]
    assert [v.team[0] for v in assign(people, *barred, visits=VISITS[:3])] == ["X", "T", "X"]
    assert [v.team for v in assign(people, *barred, visits=VISITS[:3])][::2] == ["X01", "X02"]


def test_only_too_few_inspectors_stop_the_assignment() -> None:
    people = PEOPLE[:4]
    with pytest.raises(DrawError) as fault:
        assign(people, *[(who, "E001") for who in people[:3]], visits=VISITS[:3])
    assert (fault.value.code, fault.value.where) == ("RM-DRW-004", "visits: E001")
    assert (fault.value.found, fault.value.expected) == ("1", "≥ 2")
    with pytest.raises(DrawError, match="RM-DRW-004"):
        assign(PEOPLE[:1])
    assert assign(PEOPLE[:1], visits=[]) == []


def test_without_a_directory_teams_stay_empty() -> None:
    assert assign([], visits=["E1", "E2"]) == [Visit(1, "E1", "", ()), Visit(2, "E2", "", ())]


def test_only_available_inspectors_are_sent(inspectors: pd.DataFrame) -> None:
    assert available(inspectors) == {f"ZF{k}": f"检查员{k}" for k in range(1, 7)}
    flags = inspectors.assign(available=[False, *[True] * 6])
    assert list(available(flags)) == [f"ZF{k}" for k in range(2, 8)]
    assert list(available(inspectors.drop(columns="available"))) == [f"ZF{k}" for k in range(1, 8)]
    assert available(None) == available(inspectors[:0]) == {}


def test_a_directory_with_faults_is_refused(inspectors: pd.DataFrame) -> None:
    for wrong in ("ZF1", "a,b", ""):
        ids = [*inspectors["inspector_id"][:6], wrong]
        with pytest.raises(DrawError) as fault:
            available(inspectors.assign(inspector_id=ids))
        assert (fault.value.code, fault.value.found) == ("RM-DRW-001", repr(wrong))
    with pytest.raises(DrawError) as fault:
        available(inspectors.assign(available="no"))
    assert (fault.value.code, fault.value.found) == ("RM-DRW-004", "0 / 7")
