"""Rounds of a year: who was visited rests, and the rounds together give the yearly ratio."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from riskmodel.errors import InputError
from riskmodel.inspections.plan import plan_inspections
from riskmodel.inspections.rounds import Round, with_drawn
from riskmodel.inspections.wanted import wanted
from riskmodel.policy.model import InspectionRules, Rule
from riskmodel.values import AsOf, Provenance

DAY = date(2025, 6, 30)


@pytest.mark.parametrize("text", ["0/12", "13/12", "1/5", "6", "a/b", "", "1/0"])
def test_a_round_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="RM-INP-004"):
        Round.read(text, DAY)


def test_the_shares_of_a_cycle_give_the_ratio_in_every_round() -> None:
    ratio = np.array([0.01, 0.3, 1.0])
    for of, often in ((12, 1), (12, 2), (4, 1), (4, 4), (1, 1), (2, 9)):
        length, left, drawn = max(of // often, 1), np.ones(3), []
        for number in range(1, length + 1):
            hazard = Round(number, of, DAY).cycle(np.full(3, float(often)))[1](ratio)
            drawn.append(left * hazard)
            left = left * (1 - hazard)
        assert np.allclose(drawn, ratio / length)
        assert np.allclose(1 - left, ratio)


def test_cycles_begin_with_their_first_round() -> None:
    starts, _ = Round(9, 12, DAY).cycle(np.array([1.0, 2.0, 3.0, 12.0]))
    assert [str(day.date()) for day in starts] == ["2025-01-01", "2025-07-01", "2025-09-01", "2025-09-01"]
    assert str(Round.of_day(date(2025, 12, 1), 12)) == "12/12"


def test_twelve_draws_with_fresh_seeds_visit_the_yearly_share_once_each(
    make_rules: Callable[..., InspectionRules], enterprises: Callable[..., pd.DataFrame]
) -> None:
    special = Rule("special", "", "", "5.1", {"special_field": ("drug",)}, {"probability": 1})
    rules = make_rules(special, ratios={"A": 0.2, "B": 0.5, "C": 0.1, "D": 0.3, "E": 1.0})
    rules = replace(rules, frequency_by_tier={"E": 2})
    kinds = [("A", "minor", "none", 0), ("B", "minor", "none", 0), ("E", "minor", "none", 0), ("A", "minor", "drug", 0)]
    table = enterprises(*kinds, times=120).assign(last_visit_on=pd.NaT)
    table["last_visit_on"] = table["last_visit_on"].astype("datetime64[s]")
    visits = np.zeros(len(table))
    for month in range(1, 13):
        source = Provenance(AsOf(date(2025, month, 15)), "d", "p", "c")
        plan = plan_inspections(table, rules, source, part=Round(month, 12, source.as_of.day))
        hit = table["entity_id"].isin(plan.draw(f"lottery {month}").table["entity_id"]).to_numpy()
        visits += hit
        table.loc[hit, "last_visit_on"] = pd.Timestamp(2025, month, 20)
        table["visits_this_year"] = visits.astype(int)
    a, b, e, drug = (visits[k * 120 : (k + 1) * 120] for k in range(4))
    assert set(a) <= {0, 1}
    assert set(b) <= {0, 1}
    assert set(e) == {2}  # two cycles, certain in each
    assert set(drug) == {1}  # certain over the year, in a month that tickets choose
    # A sum over rounds of rounded expectations: about the ratio, its variance no more than binomial.
    assert abs(a.mean() - 0.2) < 4 * np.sqrt(0.2 * 0.8 / 120)
    assert abs(b.mean() - 0.5) < 4 * np.sqrt(0.5 * 0.5 / 120)


def test_who_was_just_visited_rests_unless_certain(
    make_rules: Callable[..., InspectionRules], enterprises: Callable[..., pd.DataFrame]
) -> None:
    rules = replace(make_rules(), rest_days=90)
    table = enterprises(("D", "minor", "none", 0), ("D", "minor", "none", 0), ("E", "minor", "none", 0))
    table["last_visit_on"] = pd.to_datetime(["2025-04-02", "2025-04-01", "2025-06-01"])
    wishes = wanted(table, rules, Round(1, 1, DAY))
    assert wishes["wanted"].tolist() == [0, 0.3, 1]
    assert wishes["because"].tolist() == ["just-visited", "ratio", "ratio"]


def test_draws_without_results_count_as_visits_and_those_with_results_once() -> None:
    days = pd.to_datetime(["2025-02-01", None, "2025-05-05", None])
    table = pd.DataFrame({"entity_id": list("ABCD"), "visits_this_year": [1, 0, 1, 0], "last_visit_on": days})
    drawn = pd.DataFrame(
        {
            "entity_id": ["A", "B", "C", "B"],
            "drawn_on": pd.to_datetime(["2025-03-01", "2025-03-01", "2025-05-01", "2025-04-01"]),
        }
    )
    found = with_drawn(table, drawn)
    assert found["visits_this_year"].tolist() == [2, 2, 1, 0]
    assert found["last_visit_on"].dt.strftime("%m-%d").tolist()[:3] == ["03-01", "04-01", "05-05"]
    assert pd.isna(found["last_visit_on"][3])
    nobody = pd.DataFrame({"entity_id": pd.Series(dtype="str"), "drawn_on": pd.Series(dtype="datetime64[s]")})
    assert with_drawn(table, nobody)["visits_this_year"].tolist() == [1, 0, 1, 0]
