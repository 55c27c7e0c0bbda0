"""Reordering: against a slow twin, over all orders of ties, and against the published figures of Chicago."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmodel.errors import InputError
from riskmodel.evaluation.reorder import FIGURES, SHARES, reference_rankings, reorder
from riskmodel.scoring.metrics import weighted_auc
from riskmodel.scoring.resampling import Bootstrap

NONE = Bootstrap(replicates=0)


@st.composite
def inspections(draw, most=30, scores=(0.0, 0.2, 0.2, 0.5, 0.9)):
    n = draw(st.integers(2, most))
    day = np.array(draw(st.lists(st.integers(0, 12), min_size=n, max_size=n)))
    y = np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    score = np.array(draw(st.lists(st.sampled_from(scores), min_size=n, max_size=n)))
    return day, y, score


def dates(day):
    return np.datetime64("2025-01-01") + np.asarray(day)


def slow(day, y, order) -> dict[str, float]:
    """Row by row: deal the sorted days in the order given."""
    n, positives = len(y), y.sum()
    if not positives:
        return dict.fromkeys(("days_earlier", "first_half"), np.nan)
    dealt, half = sorted(day), sum(d < np.median(day) for d in day)
    earlier = [day[row] - dealt[place] for place, row in enumerate(order) if y[row]]
    figures = {"days_earlier": np.mean(earlier), "first_half": sum(y[row] for row in order[:half]) / positives}
    for share in SHARES:
        top = max(1, int(share * n + 0.5))
        figures[f"precision_{share:g}"] = sum(y[row] for row in order[:top]) / top
    return figures


def values(study, ranking="model"):
    table = study.figures
    return table[table["ranking"] == ranking].set_index("figure")["value"]


@settings(max_examples=80, deadline=None)
@given(inspections())
def test_stable_order_is_that_of_the_slow_twin(rows):
    day, y, score = rows
    order = sorted(range(len(y)), key=lambda row: -score[row])  # Python's sort is stable
    found = values(reorder(dates(day), y, {"model": score}, ties="stable", bootstrap=NONE))
    for name, value in slow(day, y, order).items():
        np.testing.assert_allclose(found[name], value, atol=1e-9, err_msg=name)


@settings(max_examples=25, deadline=None)
@given(inspections(most=6))
def test_equal_scores_give_the_mean_over_all_their_orders(rows):
    day, y, score = rows
    orders = [o for o in itertools.permutations(range(len(y))) if (np.diff(score[list(o)]) <= 0).all()]
    mean = pd.DataFrame([slow(day, y, order) for order in orders]).mean()
    found = values(reorder(dates(day), y, {"model": score}, bootstrap=NONE))
    for name, value in mean.items():
        np.testing.assert_allclose(found[name], value, atol=1e-9, err_msg=name)
    np.testing.assert_allclose(found["auc"], weighted_auc(y, score))


@settings(max_examples=40, deadline=None)
@given(inspections())
def test_the_order_of_the_rows_does_not_matter_and_as_usual_is_zero_days(rows):
    day, y, score = rows
    back = np.arange(len(y))[::-1]
    first = reorder(dates(day), y, {"model": score, **reference_rankings(dates(day), y)}, bootstrap=NONE)
    second = reorder(dates(day[back]), y[back], {"model": score[back]}, bootstrap=NONE)
    np.testing.assert_allclose(values(first), values(second), atol=1e-9)
    if y.any():
        assert values(first, "as_usual")["days_earlier"] == pytest.approx(0)
        assert values(first, "perfect")["days_earlier"] >= values(first)["days_earlier"] - 1e-9


@settings(max_examples=20, deadline=None)
@given(inspections(most=15))
def test_a_bootstrap_sample_is_the_study_of_the_rows_drawn(rows):
    day, y, score = rows
    how = Bootstrap(seed=1, replicates=1, level=0.0)
    low = reorder(dates(day), y, {"model": score}, bootstrap=how).figures.set_index("figure")["low"]
    counts = next(Bootstrap(seed=(1, 0), replicates=1).counts(np.ones(len(y), dtype=int)))[0].astype(int)
    again = np.repeat(np.arange(len(y)), counts)
    names = ["days_earlier", "auc", *(f"precision_{s:g}" for s in SHARES)]  # the half is that of the data, not the draw
    twin = values(reorder(dates(day[again]), y[again], {"model": score[again]}, bootstrap=NONE))
    np.testing.assert_allclose(low[names], twin[names], atol=1e-9)


def test_windows_exchange_days_among_themselves_only():
    # window a: the positive comes last of 3 days (0, 1, 9) and is moved to day 0: 9 earlier; window b: nothing to gain
    day, y, window = [0, 1, 9, 20, 30], [0, 0, 1, 1, 0], list("aaabb")
    study = reorder(dates(day), y, {"model": [0, 0, 1, 1, 0]}, window=window, bootstrap=NONE)
    assert values(study)["days_earlier"] == pytest.approx((9 + 0) / 2)
    assert study.rows == 5 and study.positives == 2


def test_differences_are_paired_and_of_no_width_where_rankings_agree():
    rng = np.random.default_rng(0)
    score, y = rng.random(200), (rng.random(200) < 0.3).astype(int)
    rankings = {"one": score, "same": 2 * score, "other": rng.random(200)}
    study = reorder(dates(rng.integers(0, 60, 200)), y, rankings, against="one", bootstrap=Bootstrap(replicates=200))
    same = study.differences[study.differences["ranking"] == "same"]
    assert (same[["value", "low", "high"]].abs().to_numpy() < 1e-12).all()
    other = study.differences[study.differences["ranking"] == "other"]
    assert (other["low"] < other["high"]).all() and list(other["figure"]) == list(FIGURES)


def test_the_same_seed_gives_the_same_study():
    day, y, score = np.arange(50), np.arange(50) % 2, np.arange(50) % 7
    studies = [
        reorder(dates(day), y, {"m": score}, bootstrap=Bootstrap(seed=5, replicates=50)).figures for _ in range(2)
    ]
    pd.testing.assert_frame_equal(*studies)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"outcome": [0, 1, 2]}, "RM-EVA-004"), ({"outcome": [0, np.nan, 1]}, "RM-EVA-004"),
        ({"rankings": {"m": [1, 2]}}, "RM-EVA-004"), ({"rankings": {"m": [1, np.nan, 2]}}, "RM-EVA-004"),
        ({"rankings": {}}, "RM-EVA-003"), ({"against": "nobody"}, "RM-EVA-003"),
        ({"days": ["2025-01-01", None, "2025-01-02"]}, "RM-EVA-004"), ({"window": ["a", None, "b"]}, "RM-EVA-004"),
    ],
)  # fmt: skip
def test_bad_columns_are_refused(change, code):
    given_ = {"days": dates([0, 1, 2]), "outcome": [0, 1, 0], "rankings": {"m": [1, 2, 3]}} | change
    with pytest.raises(InputError) as fault:
        reorder(given_.pop("days"), given_.pop("outcome"), given_.pop("rankings"), **given_)
    assert fault.value.code == code


def test_the_published_figures_of_chicago_come_out(chicago):
    table = pd.read_parquet(chicago / "clean/model_table_paper.parquet")
    test = table[table["split"] == "test"]
    day, y = test["date"], test["criticalFound"]
    rankings = {"stored": test["xgb_score_published"], **reference_rankings(day, y)}
    stable = reorder(day, y, rankings, ties="stable", bootstrap=NONE)
    assert stable.rows == 1637 and stable.positives == 258
    assert values(stable, "as_usual")[["days_earlier", "first_half"]].round(3).tolist() == [0.0, 0.547]
    assert values(stable, "perfect")["days_earlier"] == pytest.approx(24.1, abs=0.05)
    stored = values(stable, "stored")
    assert stored[["days_earlier", "first_half", "auc"]].round(3).tolist() == [7.787, 0.682, 0.679]
    assert stored[["precision_0.05", "precision_0.1", "precision_0.2"]].round(2).tolist() == [0.41, 0.38, 0.31]
    assert values(reorder(day, y, rankings, bootstrap=NONE), "random")["days_earlier"] == pytest.approx(-1.5, abs=0.05)


@pytest.mark.slow
def test_intervals_of_days_earlier_cover_the_truth():
    # the truth: the same law with very many rows in the same window of days
    def law(rng, n):
        risk = rng.normal(size=n)
        return rng.integers(0, 60, n), (rng.random(n) < 1 / (1 + np.exp(2 - risk))).astype(int), risk

    day, y, risk = law(np.random.default_rng(99), 200_000)
    truth = values(reorder(dates(day), y, {"model": risk}, bootstrap=NONE))
    names, hits = ["days_earlier", "auc", "precision_0.2"], np.zeros(3)
    for trial in range(200):
        day, y, risk = law(np.random.default_rng(trial), 600)
        found = reorder(dates(day), y, {"model": risk}, bootstrap=Bootstrap(seed=trial, replicates=300)).figures
        inside = found.set_index("figure").loc[names]
        hits += (inside["low"] <= truth[names]) & (truth[names] <= inside["high"])
    # percentile intervals of some 90 positives cover about 0.925 in long runs (1,200 trials), not quite 0.95
    assert (hits / 200 > 0.925 - 3 * np.sqrt(0.925 * 0.075 / 200)).all(), hits
