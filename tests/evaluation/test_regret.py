"""Regret: rules choose from what was known, and are judged on the period after."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmodel.errors import InputError
from riskmodel.evaluation.regret import RULES, compare_rules, exponentially_weighted, most_stable, regrets


def table(values) -> pd.DataFrame:
    rows = [(t, model, v) for t, period in enumerate(values) for model, v in zip("abc", period, strict=False)]
    return pd.DataFrame(rows, columns=["as_of", "model", "value"])


def test_by_hand():
    # period 1: best of period 0 is a (0.9 > 0.5), which gets 0.2 where b gets 0.6: regret 0.4
    # period 2: last best is b; means 0.55, 0.55 → a by name; b gets 0.7, a 0.1
    found = regrets(table([(0.9, 0.5), (0.2, 0.6), (0.1, 0.7)])).set_index(["as_of", "rule"])
    assert found.loc[(1, "best_last"), ["model", "regret"]].tolist() == ["a", pytest.approx(0.4)]
    assert found.loc[(2, "best_last"), ["model", "regret"]].tolist() == ["b", 0.0]
    assert found.loc[(2, "best_mean"), "model"] == "a"
    assert found.loc[(2, "random"), "regret"] == pytest.approx(0.7 - 0.4)


def test_steady_beats_high_where_steadiness_is_asked_for():
    known = np.array([[0.9, 0.6], [0.4, 0.6]])  # means 0.65 and 0.6, deviations 0.25 and 0
    assert most_stable(known).tolist() == pytest.approx([0.4, 0.6])
    # weights 1/2 and 1 at a half-life of one period: (0.45 + 0.4) / 1.5
    assert exponentially_weighted(known, half_life=1.0)[0] == pytest.approx(0.85 / 1.5)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.floats(0, 1)] * 3), min_size=4, max_size=8), st.integers(1, 3), st.data())
def test_no_regret_is_negative_and_no_choice_sees_its_own_period(values, lag, data):
    found = regrets(table(values), known_after=lag)
    assert (found["regret"] >= -1e-12).all()
    assert found["as_of"].min() == lag
    period = data.draw(st.integers(lag, len(values) - 1))
    changed = [v if t <= period - lag else (1 - v[0], v[1] / 2, v[2] / 3) for t, v in enumerate(values)]
    again = regrets(table(changed), known_after=lag)
    chosen = [f[(f["as_of"] == period) & (f["rule"] != "random")]["model"].tolist() for f in (found, again)]
    assert chosen[0] == chosen[1]


def test_losses_are_turned_round():
    losses = table([(0.1, 0.2), (0.3, 0.2)])
    found = regrets(losses, higher_is_better=False).set_index("rule")
    assert found.loc["best_last", ["model", "value", "best"]].tolist() == ["a", 0.3, 0.2]
    assert found.loc["best_last", "regret"] == pytest.approx(0.1)


def test_a_model_without_a_figure_is_not_available():
    found = regrets(table([(0.9, 0.5), (np.nan, 0.6), (0.5, 0.4)]))
    assert set(found.loc[(found["as_of"] == 1) & (found["rule"] != "random"), "model"]) == {"b"}
    # period 2: the last figure of a is missing, so "best last" cannot take it
    assert found.loc[(found["as_of"] == 2) & (found["rule"] == "best_last"), "model"].tolist() == ["b"]


def test_rules_are_listed_by_what_they_lose():
    rng = np.random.default_rng(0)
    values = rng.normal([0.60, 0.64, 0.68], 0.03, (40, 3))
    found = compare_rules(regrets(table(values)))
    assert set(found["rule"]) == {*RULES, "random"}
    assert found["regret"].is_monotonic_increasing
    by = found.set_index("rule")
    assert by.loc["best_mean", "regret"] < by.loc["random", "regret"]
    assert (found["low"] <= found["regret"]).all() and (found["regret"] <= found["high"]).all()
    assert (found["periods"] == 39).all()


@pytest.mark.parametrize(
    ("metrics", "code"),
    [
        (table([(1, 2)]), "RM-EVA-002"), (table([(1, 2)] * 2).drop(columns="value"), "RM-EVA-003"),
        (pd.concat([table([(1, 2)] * 2)] * 2), "RM-EVA-004"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_refused(metrics, code):
    with pytest.raises(InputError) as fault:
        regrets(metrics)
    assert fault.value.code == code
