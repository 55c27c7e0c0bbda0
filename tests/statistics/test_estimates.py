"""Estimates of whole draws: unbiased over seeds, intervals that cover, replacements and silence made good."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from riskmodel.errors import DrawError, InputError
from riskmodel.inspections.capacity import Capacity
from riskmodel.inspections.estimate import estimate
from riskmodel.inspections.plan import Plan, plan_inspections
from riskmodel.policy.model import InspectionRules
from riskmodel.policy.visits import DesignWord
from riskmodel.sampling.by_stratum import PLANNED
from riskmodel.values import AsOf, Provenance

RATIOS = {"A": 0.03, "B": 0.1, "C": 0.2, "D": 0.5, "E": 1.0}


@pytest.fixture(scope="module")
def district() -> tuple[Plan, pd.Series]:
    """1,500 enterprises in five tiers and three towns; problems are commoner in higher tiers."""
    rng = np.random.default_rng(11)
    tiers = rng.choice(list("ABCDE"), p=[0.5, 0.3, 0.12, 0.06, 0.02], size=1500)
    table = pd.DataFrame({"risk_tier": tiers, "credit_grade": "minor", "special_field": "none", "visits_this_year": 0})
    table["entity_id"] = [f"E{k:04d}" for k in range(len(table))]
    table["town"] = rng.choice(["甲", "乙", "丙"], size=len(table))
    table = table.assign(name="", industry="F52")
    rates = pd.Series({"A": 0.05, "B": 0.1, "C": 0.2, "D": 0.4, "E": 0.6})
    bad = pd.Series(rng.random(len(table)) < table["risk_tier"].map(rates).to_numpy(), index=table["entity_id"])
    return planned(table), bad


def planned(table: pd.DataFrame, capacity: Capacity | None = None, design: DesignWord = "stratified") -> Plan:
    rules = InspectionRules("2.2", RATIOS, (), ("random",), 2, (), design=design)
    return plan_inspections(table, rules, Provenance(AsOf.of("2025-06-30"), "d", "p", "c"), capacity=capacity)


def results(ids: pd.Series, bad: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"entity_id": ids, "outcome_codes": np.where(bad[ids], "5", "1")})


@pytest.mark.slow
def test_rates_are_unbiased_and_intervals_cover(district: tuple[Plan, pd.Series]) -> None:
    plan, bad = district
    truth, seeds = bad.mean(), 250
    town = plan.about.set_index("entity_id")["town"]
    found = []
    for k in range(seeds):
        draw = plan.draw(f"seed {k}")
        table = estimate(draw, results(draw.table["entity_id"], bad), by="town").table.set_index("group")
        found.append(table.loc[["", "甲"], ["value", "standard_error", "low", "high"]].to_numpy())
    values = np.array(found)
    for place, true in ((0, truth), (1, bad[town[town == "甲"].index].mean())):
        value, error, low, high = values[:, place].T
        assert abs(value.mean() - true) < 4 * value.std() / np.sqrt(seeds) + 0.004  # a ratio has a small bias
        assert 0.85 < np.sqrt((error**2).mean()) / value.std() < 1.15
        covered = ((low <= true) & (true <= high)).mean()
        # A town rests on some seven visits of the lowest tier, each counting for 33: intervals there are wide.
        assert 0.95 - 4 * np.sqrt(0.05 * 0.95 / seeds) < covered <= 1


@pytest.mark.slow
@pytest.mark.parametrize("design", ["conditional_poisson", "pareto"])
def test_other_designs_are_estimated_by_their_own_joint_probabilities(
    design: DesignWord, district: tuple[Plan, pd.Series]
) -> None:
    # Towns have capacities, so that each is a group of strata drawn together.
    bad, seeds = district[1], 60
    table = district[0].about.assign(credit_grade="minor", visits_this_year=0)
    table["risk_tier"] = district[0].frame["stratum"].map(district[0].strata.set_index("stratum")["risk_tier"])
    plan = planned(table, Capacity(by_town={"甲": 40, "乙": 45}), design)
    expected = plan.strata.groupby("town")["millionths"].sum() / 1_000_000
    assert (expected[["甲", "乙"]] == [40, 45]).all()
    values, errors = np.zeros(seeds), np.zeros(seeds)
    for k in range(seeds):
        draw = plan.draw(f"seed {k}")
        assert (draw.table["town"].value_counts()[["甲", "乙"]] == [40, 45]).all()
        found = estimate(draw, results(draw.table["entity_id"], bad)).table.iloc[0]
        values[k], errors[k] = found["value"], found["standard_error"]
    assert abs(values.mean() - bad.mean()) < 4 * values.std() / np.sqrt(seeds) + 0.004  # a ratio has a small bias
    # The standard deviation of 60 repetitions is within about 9 % of the true one; four of these.
    assert 0.64 < np.sqrt((errors**2).mean()) / values.std() < 1.36


def test_who_came_in_stands_in_the_place_of_who_went_out(district: tuple[Plan, pd.Series]) -> None:
    plan, bad = district
    for design in PLANNED:
        draw = replace(plan, design=PLANNED[design]).draw("seed")
        ids = draw.table["entity_id"]
        full = estimate(draw, results(ids, bad)).table.iloc[0]
        row = draw.table[draw.table["pi"] < 1].iloc[-1]
        same = plan.frame[(plan.frame["stratum"] == row["stratum"]) & ~plan.frame["entity_id"].isin(ids)]["entity_id"]
        into = same[bad[same].to_numpy() == bad[row["entity_id"]]].iloc[0]
        swapped = estimate(draw, results(ids.where(ids != row["entity_id"], into), bad)).table.iloc[0]
        assert swapped["value"] == pytest.approx(full["value"], rel=1e-12)
        assert swapped["standard_error"] == pytest.approx(full["standard_error"], rel=1e-9)


def test_a_census_is_certain_and_what_could_not_be_drawn_is_said(district: tuple[Plan, pd.Series]) -> None:
    plan, bad = district
    draw = plan.draw("seed")
    only = draw.table[draw.table["pi"] == 1]["entity_id"]
    frame = plan.frame[plan.frame["entity_id"].isin(only) | (plan.frame.index % 100 == 0)]
    part = Plan(frame, plan.strata, plan.about, plan.provenance, 2)
    closed = part.frame["entity_id"].isin(only)
    strata = pd.DataFrame({"stratum": ["S1", "S2"], "size": [closed.sum(), (~closed).sum()]})
    strata["millionths"] = [int(closed.sum()) * 1_000_000, 0]
    part = Plan(frame.assign(stratum=np.where(closed, "S1", "S2")), strata, plan.about, plan.provenance, 2)
    table = estimate(part.draw("x"), results(only, bad)).table.iloc[0]
    assert table["value"] == pytest.approx(bad[only].mean())
    assert table["low"] == pytest.approx(table["high"])
    assert table["not_estimable"] == (~closed).sum() > 0


def test_silence_the_departed_and_replacements(district: tuple[Plan, pd.Series]) -> None:
    plan, bad = district
    draw = plan.draw("seed")
    ids = draw.table["entity_id"]
    full = estimate(draw, results(ids, bad))
    assert (full.drawn, full.observed, full.missing, full.gone) == (len(ids), len(ids), 0, 0)
    some = results(ids[ids.index % 10 != 0], bad)
    partly = estimate(draw, some)
    assert partly.missing == len(ids) - len(some)
    assert partly.table["value"][0] == pytest.approx(full.table["value"][0], abs=0.05)
    assert partly.table["standard_error"][0] > 0.9 * full.table["standard_error"][0]
    left = results(ids, bad)
    left.loc[0, "outcome_codes"] = "9"
    gone = estimate(draw, left)
    assert (gone.gone, gone.table["n"][0]) == (1, len(ids) - 1)
    # One code alone; and a town without anybody observed has no value.
    assert estimate(draw, left, "9").table["value"][0] == 0
    nobody = results(ids[draw.table["town"] != "乙"], bad)
    assert np.isnan(estimate(draw, nobody, by="town").table.set_index("group").loc["乙", "value"])


@pytest.mark.parametrize(("what", "by"), [("Z", None), ("violation", "street")])
def test_unknown_outcomes_and_groups_are_refused(what: str, by: str | None, district: tuple[Plan, pd.Series]) -> None:
    plan, bad = district
    draw = plan.draw("seed")
    with pytest.raises(InputError, match="RM-INP-004"):
        estimate(draw, results(draw.table["entity_id"], bad), what, by=by)
    with pytest.raises(DrawError, match="RM-DRW-025"):
        estimate(draw, pd.DataFrame({"entity_id": ["X"], "outcome_codes": ["1"]}))
    with pytest.raises(DrawError, match="RM-DRW-025"):
        estimate(draw, results(draw.table["entity_id"][:0], bad))
