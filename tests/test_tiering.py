import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmodel.policy import load_policy
from riskmodel.tiering import cut, override
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
