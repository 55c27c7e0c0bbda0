"""Whom each strategy visits, with which probability, and what that does to an estimated rate."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

import riskmodel as rm
from riskmodel.errors import InputError
from riskmodel.inspections.rounds import Round
from riskmodel.simulation.measures import estimated
from riskmodel.simulation.strategies import (
    NAMED,
    View,
    by_policy,
    left_alone,
    named,
    without_do_not_disturb,
)  # fmt: skip
from riskmodel.values import AsOf, Provenance

N, EFFORT = 900, 60


@pytest.fixture(scope="module")
def policy():
    return rm.load_policy("zhoucun-2020")


def view(policy, seed="s", *, capacity=None, n=N):
    rng = np.random.default_rng(2)
    p = np.round(rng.beta(1, 6, n), 4)
    tier = np.array(list("ABCDE"))[np.searchsorted(np.quantile(p, [0.58, 0.84, 0.93, 0.98]), p)]
    decided = pd.DataFrame({
        "entity_id": [f"E{i:05d}" for i in range(n)], "name": "n", "town": rng.choice(["北", "南"], n), "industry": "F",
        "special_field": "none", "credit_grade": rng.choice(["trustworthy", "minor"], n), "visits_this_year": 0, "last_visit_on": pd.NaT,
        "probability": p, "risk_score": (p * 100).astype(int), "risk_tier": tier,
    })  # fmt: skip
    seen = pd.DataFrame({"visits": np.zeros(n), "findings": np.zeros(n)})
    source = Provenance(AsOf(date(2025, 6, 30)), "", "", "")
    rules, part = policy.at(AsOf(date(2025, 6, 30))).inspections, Round(1, 4, date(2025, 1, 1))
    return View(decided, rules, part, source, capacity, EFFORT, seed, rng.random(n), seen)


@pytest.mark.parametrize("name", list(NAMED))
def test_every_strategy_makes_its_visits_and_says_how_probable_they_were(name, policy):
    given = view(policy)
    made = NAMED[name](given)
    assert made.visited.sum() == EFFORT
    assert (made.pi[made.visited] > 0).all() and (made.pi <= 1).all()
    assert abs(made.pi.sum() - EFFORT) < 1e-9
    again = NAMED[name](view(policy))
    assert again.visited.tolist() == made.visited.tolist()


def test_greedy_takes_the_highest_and_the_floor_reaches_everybody(policy):
    given = view(policy)
    top = NAMED["greedy"](given)
    assert given.score[top.visited].min() >= given.score[~top.visited].max() - 1e-12
    floor = NAMED["greedy-floor-20"](given)
    assert (floor.pi > 0).all() and (floor.pi == 1).sum() == 48 and (floor.visited & (floor.pi < 1)).sum() == 12


def test_neyman_gives_strata_that_vary_more_a_larger_share(policy):
    given = view(policy)
    made = NAMED["neyman"](given)
    ratio = pd.Series(made.pi).groupby(given.decided["risk_tier"].to_numpy()).mean()
    assert ratio["A"] < ratio["C"] and ratio["A"] < ratio["E"]


def test_exploring_looks_beyond_the_highest_scores(policy):
    given = view(policy)
    top, thompson, ucb = (NAMED[name](given).visited for name in ("greedy", "thompson-4", "ucb-4"))
    assert 0 < (thompson & top).sum() < EFFORT and (ucb & top).sum() > 0


def test_a_policy_draws_by_its_own_plan(policy):
    made = by_policy(view(policy))
    ratio = pd.Series(made.pi).groupby(view(policy).decided["risk_tier"].to_numpy()).mean()
    assert ratio.is_monotonic_increasing and ratio["A"] == pytest.approx(0.0025) and ratio["E"] == pytest.approx(0.5)
    assert by_policy(view(policy, capacity=40)).visited.sum() <= 40


def test_do_not_disturb_can_be_switched_off(policy):
    given = view(policy)
    alone = left_alone(given.decided, given.rules)
    assert alone.tolist() == given.decided["credit_grade"].eq("trustworthy").tolist()
    off = without_do_not_disturb(policy).at(AsOf(date(2025, 6, 30))).inspections
    assert not left_alone(given.decided, off).any()
    assert named("no-do-not-disturb", policy).choose is by_policy


def test_an_unknown_strategy_is_named_with_those_that_exist(policy):
    with pytest.raises(InputError) as caught:
        named("best", policy)
    assert caught.value.code == "RM-INP-004" and "greedy" in caught.value.message()


@pytest.mark.parametrize(
    "name, biased", [("equal", False), ("greedy-floor-20", False), ("neyman", False), ("greedy", True)]
)
def test_theestimated_rate_is_biased_only_where_nobody_was_drawn(name, biased, policy):
    """Many draws of one quarter, each enterprise's outcome fixed: errors average out, or they do not."""
    truth = np.random.default_rng(5).random(N) < view(policy).decided["probability"].to_numpy() * 1.5
    errors, inside, given = [], [], view(policy)
    for seed in range(80):
        got = estimated(truth, NAMED[name](replace(given, seed=f"seed {seed}")))
        errors.append(got["error"])
        inside.append(got["inside"])
    mean, spread = np.mean(errors), max(np.std(errors, ddof=1), 1e-3) / np.sqrt(len(errors))
    if biased:
        assert mean > 0.1
    else:
        assert abs(mean) < 3.5 * spread and np.mean(inside) > 0.8
