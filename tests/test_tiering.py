import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmodel.policy import load_policy
from riskmodel.policy.model import Stability
from riskmodel.tiering import cut, cut_at, override, steadied
from riskmodel.values import AsOf

SHARES = {"A": 0.58, "B": 0.26, "C": 0.09, "D": 0.05, "E": 0.02}
RULES = load_policy("zhoucun-2020").at(AsOf.of("2025-06-30")).tiers


def slow_cut(scores: list[int]) -> list[str]:
    """The twin: an enterprise is in the highest tier whose cumulated share holds everybody at or above its score."""
    tiers = []
    for score in scores:
        at_or_above = sum(s >= score for s in scores)
        limits = {"E": 0.02, "D": 0.07, "C": 0.16, "B": 0.42}
        fitting = [t for t, limit in limits.items() if at_or_above <= limit * len(scores) + 1e-9]
        tiers.append(fitting[0] if fitting else "A")
    return tiers


@given(st.lists(st.integers(0, 30), min_size=1, max_size=120))
def test_tiers_agree_with_the_slow_twin(scores):
    assert cut(pd.Series(scores), SHARES).tolist() == slow_cut(scores)


def test_distinct_scores_fill_the_shares_exactly():
    counts = cut(pd.Series(np.arange(1000)), SHARES).value_counts()
    assert counts.to_dict() == {"A": 580, "B": 260, "C": 90, "D": 50, "E": 20}


def test_equal_scores_are_never_split():
    tiers = cut(pd.Series([0] * 98 + [5, 5]), SHARES)
    assert tiers.iloc[-2:].tolist() == ["E", "E"]
    assert set(tiers.iloc[:98]) == {"A"}
    assert set(cut(pd.Series([0] * 97 + [5] * 3), SHARES).iloc[97:]) == {"D"}  # three do not fit into two places


def facts(**values: str) -> pd.DataFrame:
    base = {
        "model_tier": "A",
        "serious_dishonesty": "no",
        "red_line": "no",
        "broken_commitment": "no",
        "judgment_debtor": "no",
        "worst_other_rating": "none",
        "grace": "no",
        "special_field": "none",
    }
    return pd.DataFrame([base | values])


@pytest.mark.parametrize(
    ("values", "tier", "rule"),
    [
        ({}, "A", ""),
        ({"serious_dishonesty": "yes", "broken_commitment": "yes"}, "E", "serious-dishonesty"),
        ({"broken_commitment": "yes"}, "D", "broken-commitment"),
        ({"model_tier": "E", "broken_commitment": "yes"}, "E", "broken-commitment"),
        ({"model_tier": "B", "grace": "yes"}, "B", ""),
        ({"model_tier": "E", "grace": "yes"}, "C", "grace-period"),
        ({"model_tier": "E", "grace": "yes", "special_field": "drug"}, "E", ""),
    ],
)
def test_the_first_rule_that_fits_decides(values, tier, rule):
    decided = override(facts(**values), RULES).iloc[0]
    assert (decided["risk_tier"], decided["rule_id"]) == (tier, rule)


@pytest.mark.parametrize(
    ("months", "now"),
    [
        ("AAAE", "E"),  # a bad month acts at once
        ("EEEA", "D"),  # a good one in steps
        ("AEAAAA", "D"),  # and only after three months: E in month 2, kept until month 5
        ("AEAAAAAAAA", "C"),  # each tier is kept as long
        (".AD", "D"),  # not known in the first month
        ("E..D", "D"),
    ],
)
def test_tiers_fall_at_once_and_rise_in_steps(months, now):
    frame = pd.DataFrame([[None if m == "." else m for m in months]])
    assert steadied(frame, Stability(4, 1, 3, 6)).tolist() == [now]


def slow_steadied(months: str, rules: Stability) -> str:
    state, kept = None, rules.stay_at_least_months
    for tier in months:
        before = state
        if tier != ".":
            new = "ABCDE".index(tier)
            if state is None:
                state = new
            elif new > state:
                state = min(new, state + rules.steps_up_a_month)
            elif new < state and kept >= rules.stay_at_least_months:
                state = max(new, state - rules.steps_down_a_month)
        if before is not None or state is not None:
            kept = kept + 1 if state == before else (0 if before is not None else kept)
    return "ABCDE"[state]


@given(st.text("ABCDE", min_size=1, max_size=12), st.integers(1, 4), st.integers(1, 4), st.integers(0, 4))
def test_steadied_tiers_agree_with_the_slow_twin(months, up, down, stay):
    rules = Stability(up, down, stay, 12)
    assert steadied(pd.DataFrame([list(months)]), rules).tolist() == [slow_steadied(months, rules)]


def test_intervals_cut_by_points_alone():
    lows = {"B": 10, "C": 30, "D": 60, "E": 90}
    assert cut_at(pd.Series([9, 10, 59, 60, 90]), lows).tolist() == ["A", "B", "C", "D", "E"]


@pytest.mark.parametrize(
    ("values", "tier", "rule"),
    [
        ({"manual_tier": "D"}, "D", "manual"),
        ({"manual_tier": "A", "model_tier": "C"}, "A", "manual"),
        ({"manual_tier": "A", "red_line": "yes"}, "E", "red-line"),  # people may not lower what a rule demands
        ({"manual_tier": "E", "broken_commitment": "yes"}, "E", "manual"),
        ({"manual_tier": ""}, "A", ""),
    ],
)
def test_people_decide_last_but_not_against_a_rule(values, tier, rule):
    decided = override(facts(**values), RULES).iloc[0]
    assert (decided["risk_tier"], decided["rule_id"]) == (tier, rule)
