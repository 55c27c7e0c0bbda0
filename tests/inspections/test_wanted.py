"""What the policy wants for one enterprise, and why."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskmodel.errors import DrawError, PolicyError
from riskmodel.inspections.wanted import wanted
from riskmodel.policy import load_policy
from riskmodel.policy.model import InspectionRules, Rule
from riskmodel.values import AsOf

Enterprises = Callable[..., pd.DataFrame]
MakeRules = Callable[..., InspectionRules]


def rule(name: str, when: dict[str, tuple[str, ...]], **then: Any) -> Rule:
    return Rule(name, name, name, f"clause of {name}", when, then)


@pytest.mark.parametrize(
    ("enterprise", "pi", "because"),
    [
        (("A", "trustworthy", "none", 0), 0.01, "ratio"),  # the floor 0.002 lies below the ratio
        (("B", "minor", "none", 0), 0.03, "ratio"),
        (("E", "general", "none", 0), 1.0, "ratio"),
        (("C", "serious", "none", 9), 0.2, "more-for-serious"),  # twice 0.1, no cap for serious
        (("D", "serious", "none", 0), 0.6, "more-for-serious"),
        (("E", "serious", "none", 0), 1.0, "ratio"),  # twice 1 is 1: nothing changed
        (("D", "minor", "none", 1), 0.0, "one-joint-inspection-a-year"),
        (("E", "general", "none", 2), 0.0, "one-joint-inspection-a-year"),
        (("B", "general", "drug", 5), 1.0, "special-fields-always"),
        (("A", "trustworthy", "vaccine", 0), 1.0, "special-fields-always"),
        (("E", "minor", "drug", 0), 1.0, "special-fields-always"),
    ],
)
def test_probability_and_reason_follow_the_rules(
    enterprise: tuple[str, str, str, int],
    pi: float,
    because: str,
    enterprises: Enterprises,
    rules: InspectionRules,
) -> None:
    row = wanted(enterprises(enterprise), rules).iloc[0]
    assert (row["wanted"], row["because"]) == (pi, because)
    assert row["clause"] == ("5.1" if because == "special-fields-always" else "2.2")
    assert row["certain"] == (pi == 1)


def test_the_built_in_policy_gives_what_its_cases_say(enterprises: Enterprises) -> None:
    rules = load_policy("zhoucun-2020").at(AsOf.of("2025-06-30")).inspections
    table = enterprises(
        ("A", "trustworthy", "none", 0),
        ("A", "trustworthy", "vaccine", 0),
        ("C", "serious", "none", 0),
        ("D", "minor", "none", 1),
        ("B", "general", "drug", 1),
    )
    assert wanted(table, rules)["wanted"].tolist() == [0.01, 1, 0.2, 0, 1]


def test_special_fields_win_over_every_rule_in_whatever_order(enterprises: Enterprises, make_rules: MakeRules) -> None:
    always = rule("always", {"special_field": ("drug",)}, probability=1)
    never = rule("never", {"special_field": ("drug",)}, probability=0)
    once = rule("once", {"risk_tier": ("C",)}, visits_at_most=1)
    half = rule("half", {"risk_tier": ("C",)}, ratio_times=0.5)
    table = enterprises(("C", "minor", "drug", 4))
    for order in ([always, never, once, half], [half, once, never, always], [once, always, half, never]):
        row = wanted(table, make_rules(*order)).iloc[0]
        assert (row["wanted"], row["because"], row["clause"]) == (1, "always", "clause of always")


def test_no_later_rule_lifts_whom_the_yearly_cap_has_closed(enterprises: Enterprises, make_rules: MakeRules) -> None:
    once = rule("once", {"risk_tier": ("C",)}, visits_at_most=2)
    lift = rule("lift", {"risk_tier": ("C",)}, probability_at_least=0.5)
    result = wanted(enterprises(("C", "minor", "none", 1), ("C", "minor", "none", 2)), make_rules(once, lift))
    assert result["wanted"].tolist() == [0.5, 0.0]
    assert result["because"].tolist() == ["lift", "once"]
    assert result["floor"].tolist() == [0.5, 0.0]


def test_rules_apply_in_the_order_of_the_policy(enterprises: Enterprises, make_rules: MakeRules) -> None:
    lift = rule("lift", {"risk_tier": ("A",)}, probability_at_least=0.2)
    double = rule("double", {"risk_tier": ("A",)}, ratio_times=2)
    exact = rule("exact", {"risk_tier": ("A",)}, probability=0.05)
    table = enterprises(("A", "minor", "none", 0))

    def outcome(*order: Rule) -> tuple[float, str]:
        row = wanted(table, make_rules(*order)).iloc[0]
        return row["wanted"], row["because"]

    assert outcome(lift, double) == (0.4, "double")
    assert outcome(double, lift) == (0.2, "lift")  # 0.02, then at least 0.2
    assert outcome(lift, exact) == (0.05, "exact")
    assert outcome(exact, double, exact) == (0.05, "exact")
    # Setting a probability does away with the floor of an earlier rule.
    assert wanted(table, make_rules(lift, exact))["floor"].tolist() == [0]
    assert wanted(table, make_rules(exact, lift))["floor"].tolist() == [0.2]


def test_whoever_has_no_chance_anyway_is_not_named_after_the_cap(
    enterprises: Enterprises, make_rules: MakeRules
) -> None:
    never = rule("never", {"risk_tier": ("C",)}, probability=0)
    once = rule("once", {"risk_tier": ("C",)}, visits_at_most=1)
    row = wanted(enterprises(("C", "minor", "none", 1)), make_rules(never, once)).iloc[0]
    assert (row["wanted"], row["because"]) == (0, "never")


def test_float_dust_makes_no_stratum_of_its_own(enterprises: Enterprises, make_rules: MakeRules) -> None:
    triple = rule("triple", {"risk_tier": ("C",)}, ratio_times=3)
    assert 0.1 * 3 != 0.3
    assert wanted(enterprises(("C", "minor", "none", 0)), make_rules(triple))["wanted"].tolist() == [0.3]


def test_a_rule_needs_all_its_pairs_and_a_missing_value_fits_nothing(
    enterprises: Enterprises, make_rules: MakeRules
) -> None:
    both = rule("both", {"risk_tier": ("A",), "red_list": ("yes",)}, probability=0.5)
    table = enterprises(*[("A", "minor", "none", 0)] * 3, ("B", "minor", "none", 0))
    as_text = table.assign(red_list=["yes", "no", np.nan, "yes"])
    assert wanted(as_text, make_rules(both))["wanted"].tolist() == [0.5, 0.01, 0.01, 0.03]
    as_flags = table.assign(red_list=[True, False, False, True])
    assert wanted(as_flags, make_rules(both))["wanted"].tolist() == [0.5, 0.01, 0.01, 0.03]


def test_the_argument_stays_as_it_was_and_the_answer_is_sorted_by_id(
    decided: pd.DataFrame, rules: InspectionRules
) -> None:
    shuffled = decided.sample(frac=1, random_state=1)
    before = shuffled.copy()
    result = wanted(shuffled, rules)
    pd.testing.assert_frame_equal(shuffled, before)
    pd.testing.assert_frame_equal(result, wanted(decided, rules))
    assert result["entity_id"].is_monotonic_increasing


@pytest.mark.parametrize(
    ("then", "when", "where", "found"),
    [
        ({"probability": 1.5}, {"risk_tier": ("A",)}, "inspections.rules.odd.then.probability", "1.5"),
        ({"ratio_times": -1}, {"risk_tier": ("A",)}, "inspections.rules.odd.then.ratio_times", "-1"),
        (
            {"visits_at_most": "one"},
            {"risk_tier": ("A",)},
            "inspections.rules.odd.then.visits_at_most",
            "one",
        ),
        ({"probabilty": 1}, {"risk_tier": ("A",)}, "inspections.rules.odd.then", "probabilty"),
        ({"probability": 1}, {"colour": ("red",)}, "rules.odd.when", "colour"),
    ],
)
def test_a_rule_that_cannot_be_applied_is_named(
    then: dict[str, Any],
    when: dict[str, tuple[str, ...]],
    where: str,
    found: str,
    enterprises: Enterprises,
    make_rules: MakeRules,
) -> None:
    with pytest.raises(PolicyError) as fault:
        wanted(enterprises(("A", "minor", "none", 0)), make_rules(rule("odd", when, **then)))
    assert (fault.value.code, fault.value.where, fault.value.found) == ("RM-POL-001", where, found)


def test_a_frame_with_faults_is_refused(decided: pd.DataFrame, rules: InspectionRules) -> None:
    twice = decided.assign(entity_id="E000")
    blank = decided.assign(entity_id=["", *decided["entity_id"][1:]])
    no_tier = decided.assign(risk_tier="F")
    short = decided.drop(columns="visits_this_year")
    wrong = {
        "decided.entity_id": [twice, blank],
        "decided.risk_tier": [no_tier],
        "decided": [short, decided[:0]],
    }
    for where, tables in wrong.items():
        for table in tables:
            with pytest.raises(DrawError) as fault:
                wanted(table, rules)
            assert (fault.value.code, fault.value.where) == ("RM-DRW-001", where)
