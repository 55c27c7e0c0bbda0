"""Scorecards are exact sums of whole points, move in the given direction, and keep scikit-learn's contract."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest
import skops.io
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.model_selection import cross_validate
from sklearn.utils.estimator_checks import parametrize_with_checks
from threadpoolctl import threadpool_limits

from riskmodel.scoring.binning import Limits, monotone_bins
from riskmodel.scoring.metrics import weighted_auc
from riskmodel.scoring.points import DOUBLE_ODDS, PointsModel
from riskmodel.scoring.scorecard import EVEN_ODDS, ExpertScorecard, Scorecard

SIGNS = {"penalties": 1, "tenure": -1, "noise": 0}
POINTS = {"penalties": ((1, 8), (2, 18)), "tenure": ((0, 4), (3.5, 1), (10, 0)), "clean": ((1, -2),)}


def district(n: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Penalties raise the log odds by 1 each, tenure lowers them by 0.1 a year; 30 % have no known tenure."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"penalties": rng.poisson(0.4, n), "tenure": rng.uniform(0, 20, n), "noise": rng.normal(size=n)})
    logit = -1.5 + X["penalties"] - 0.1 * X["tenure"]
    y = (rng.random(n) < 1 / (1 + np.exp(-logit))).astype(int).to_numpy()
    X["tenure"] = X["tenure"].where(rng.random(n) > 0.3)
    return X, y


@st.composite
def samples(draw):
    """Small tables with ties, missing values, both classes and whole weights."""
    n = draw(st.integers(4, 60))
    value = st.one_of(st.just(np.nan), st.integers(-2, 3).map(float), st.floats(-5, 5).map(lambda v: round(v, 3)))
    columns = {name: draw(st.lists(value, min_size=n, max_size=n)) for name in ("a", "b", "c")}
    y = np.array([0, 1, *draw(st.lists(st.integers(0, 1), min_size=n - 2, max_size=n - 2))])
    weight = np.array(draw(st.lists(st.integers(1, 4), min_size=n, max_size=n)))
    return pd.DataFrame(columns), y, weight


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks([Scorecard(), Scorecard(max_bins=3, smoothing=1.0)])
def test_the_scorecard_keeps_the_contract_of_scikit_learn(estimator, check):
    check(estimator)


@settings(max_examples=60, deadline=None)
@given(samples(), st.sampled_from([None, {"a": 1, "b": -1}, (1, 0, -1)]))
def test_points_add_up_exactly(sample, signs):
    X, y, weight = sample
    card = Scorecard(signs).fit(X, y, weight)
    given_points, parts = card.points(X), card.contributions(X)
    assert given_points.dtype == np.int64
    assert (parts.dtypes == "int32").all()
    np.testing.assert_array_equal(given_points, card.base_points_ + parts.sum(axis=1))
    above = (parts - card.typical_).sum(axis=1)
    np.testing.assert_array_equal(given_points, card.base_points_ + card.typical_.sum() + above)
    assert (parts >= 0).all(axis=None)


@settings(max_examples=60, deadline=None)
@given(samples())
def test_points_move_only_in_the_direction_of_the_sign(sample):
    X, y, weight = sample
    card = Scorecard({"a": 1, "b": -1}).fit(X, y, weight)
    bins = card.table_[card.table_["low"].notna()]
    assert (bins.loc[bins["feature"].eq("a"), "points"].diff().dropna() >= 0).all()
    assert (bins.loc[bins["feature"].eq("b"), "points"].diff().dropna() <= 0).all()
    steps = bins.loc[bins["feature"].eq("c"), "points"].diff().dropna()
    assert (steps >= 0).all() or (steps <= 0).all()


@settings(max_examples=60, deadline=None)
@given(samples(), st.randoms(use_true_random=False))
def test_whole_weights_equal_repetition_and_the_order_of_rows_does_not_matter(sample, random):
    X, y, weight = sample
    rows = np.repeat(np.arange(len(y)), weight).tolist()
    random.shuffle(rows)
    weighted, repeated = Scorecard().fit(X, y, weight), Scorecard().fit(X.iloc[rows], y[rows])
    pd.testing.assert_frame_equal(weighted.table_, repeated.table_, check_exact=True)
    pd.testing.assert_series_equal(weighted.typical_, repeated.typical_)


def test_fractional_weights_in_any_order_and_any_number_of_threads_give_the_same_table():
    X, y = district(3000, seed=1)
    weight = np.random.default_rng(2).choice([0.1, 1 / 3, 7.7], len(y))
    order = np.random.default_rng(3).permutation(len(y))
    table = Scorecard(SIGNS).fit(X, y, weight).table_
    for threads in (1, 2):
        with threadpool_limits(threads):
            other = Scorecard(SIGNS).fit(X.iloc[order], y[order], weight[order]).table_
        pd.testing.assert_frame_equal(table, other, check_exact=True)


def test_bins_hold_every_value_and_missing_values_stand_apart():
    X, y = district(2000, seed=4)
    card = Scorecard(SIGNS, max_bins=4, min_bin_share=0.05).fit(X, y)
    for name, rows in card.table_.groupby("feature"):
        if name in (EVEN_ODDS, DOUBLE_ODDS):
            continue
        real, missing = rows[rows["low"].notna()], rows[rows["low"].isna()]
        assert len(real) <= 4
        assert (real["n"] >= 0.05 * 2000).all()
        assert real["n"].sum() == X[name].notna().sum()
        assert missing["n"].tolist() == [X[name].isna().sum()]
        assert rows["events"].sum() == y.sum()
        for row in real.itertuples():
            assert ((X[name] >= row.low) & (X[name] < row.high)).sum() == row.n


def test_binning_finds_a_step_where_it_was_put():
    # 0..9, one hundred each; 10 events a value below 6, 50 from 6 on: the only monotone step is at 6
    x = np.repeat(np.arange(10.0), 100)
    y = np.concatenate([np.r_[np.ones(10 if v < 6 else 50), np.zeros(90 if v < 6 else 50)] for v in range(10)])
    bins = monotone_bins(x, y, np.ones(1000), sign=1, limits=Limits(5, 0.02, 1e-9))
    assert bins.lows.tolist() == [6.0]
    assert bins.events.tolist() == [60, 200, 0]
    # shares 0.1 and 0.5 against 0.26 of all
    odds = np.array([0.1 / 0.9, 1.0]) / (0.26 / 0.74)
    np.testing.assert_allclose(bins.woe, [*np.log(odds), 0.0])


def test_a_direction_that_the_data_contradict_gives_no_points():
    X, y = district(3000, seed=5)
    card = Scorecard({"penalties": -1}).fit(X, y)
    assert card.table_.loc[card.table_["feature"].eq("penalties"), "points"].eq(0).all()


def test_a_feature_with_a_negative_coefficient_gets_no_points():
    # b rises with y alone, but at the same a it falls: its coefficient beside a would be negative
    cells = [(0, 0, 10, 90), (0, 1, 0, 10), (1, 0, 9, 1), (1, 1, 80, 20)]
    X = np.concatenate([np.tile([a, b], (events + others, 1)) for a, b, events, others in cells]).astype(float)
    y = np.concatenate([np.r_[np.ones(events), np.zeros(others)] for _, _, events, others in cells])
    card = Scorecard(smoothing=0.1).fit(X, y)
    points = card.table_.groupby("feature")["points"].max()
    assert points["x0"] > 0
    assert points["x1"] == 0
    assert Scorecard(smoothing=0.1).fit(X[:, 1:], y).table_["points"].max() > 0


def test_points_double_the_odds_as_declared():
    X, y = district(2000, seed=6)
    card = Scorecard(points_to_double_odds=25).fit(X, y)
    p = card.probability_of_points(np.array([card.even_odds_points_ + d for d in (0, 25, 50, -25)]))
    np.testing.assert_allclose(p / (1 - p), [1, 2, 4, 0.5])
    np.testing.assert_array_equal(card.predict_proba(X)[:, 1], card.probability_of_points(card.points(X)))


def test_probabilities_are_calibrated_and_order_as_well_as_the_truth_allows():
    X, y = district(20_000, seed=7)
    new, z = district(20_000, seed=8)
    card = Scorecard(SIGNS).fit(X, y)
    p = card.predict_proba(new)[:, 1]
    # expected and observed share differ by sampling (fit and test: sqrt 2) and by half a whole point of odds
    assert abs(p.mean() - z.mean()) < 4 * np.sqrt(2 * z.mean() * (1 - z.mean()) / 20_000) + 0.005
    truth = -1.5 + new["penalties"] - 0.1 * new["tenure"].fillna(10)
    assert weighted_auc(z, p) > weighted_auc(z, truth.to_numpy()) - 0.01
    assert set(card.table_.loc[card.table_["feature"].eq("noise"), "points"]) <= set(range(8))


def test_the_whole_points_of_even_odds_meet_the_observed_events_best():
    X, y = district(1500, seed=9)
    card = Scorecard().fit(X, y)
    points = card.points(X)
    gaps = {}
    for even in range(card.even_odds_points_ - 2, card.even_odds_points_ + 3):
        gaps[even] = abs((1 / (1 + np.exp(-(points - even) * np.log(2) / 20))).sum() - y.sum())
    assert min(gaps, key=gaps.get) == card.even_odds_points_


def test_a_table_read_back_gives_the_same_predictions(tmp_path):
    X, y = district(2000, seed=10)
    card = Scorecard(SIGNS, points_to_double_odds=30).fit(X, y)
    card.table_.to_csv(tmp_path / "card.csv", index=False)
    back = Scorecard.from_table(pd.read_csv(tmp_path / "card.csv"))  # the table says what doubles the odds
    np.testing.assert_array_equal(back.predict_proba(X), card.predict_proba(X))
    pd.testing.assert_frame_equal(back.contributions(X), card.contributions(X))
    pd.testing.assert_series_equal(back.typical_, card.typical_)
    array = Scorecard().fit(X.to_numpy(), y)
    np.testing.assert_array_equal(Scorecard.from_table(array.table_).points(X.to_numpy()), array.points(X.to_numpy()))
    older = card.table_[card.table_["feature"].ne(DOUBLE_ODDS)]  # a table of before
    again = Scorecard.from_table(older, points_to_double_odds=30)
    np.testing.assert_array_equal(again.predict_proba(X), card.predict_proba(X))
    with pytest.raises(ValueError, match="doubles the odds"):
        Scorecard.from_table(card.table_, points_to_double_odds=20)


def test_a_table_that_is_none_of_a_scorecard_is_refused():
    table = Scorecard().fit(*district(500, seed=11)).table_
    with pytest.raises(ValueError, match="lacks the columns"):
        Scorecard.from_table(table.drop(columns="low"))
    with pytest.raises(ValueError, match="one row"):
        Scorecard.from_table(table[table["feature"].ne(EVEN_ODDS)])
    with pytest.raises(ValueError, match="do not ascend"):
        Scorecard.from_table(table.iloc[::-1])


def test_the_query_gives_the_same_points():
    X, y = district(3000, seed=12)
    X["null"] = X["penalties"].astype("Int64").where(X["penalties"] > 0)
    fitted = Scorecard(SIGNS).fit(X[["penalties", "tenure", "noise"]], y)
    expert = ExpertScorecard({"penalties": ((1, 8),), "tenure": ((0, 4), (1 / 3, 1)), "null": ((2, 5),)})
    with duckdb.connect() as connection:
        connection.register("the firms", X)
        for card in (fitted, expert):
            columns = list(dict.fromkeys(card.table_["feature"]))
            rows = connection.execute(card.to_sql("the firms")).df()
            known = X[[c for c in columns if c not in (EVEN_ODDS, DOUBLE_ODDS)]]
            np.testing.assert_array_equal(rows["risk_score"].to_numpy(), card.points(known))


def test_the_query_reads_flags_decimals_and_infinite_values_as_the_card_does():
    X, y = district(3000, seed=12)
    X = X[["penalties", "tenure"]].assign(flag=(X["noise"] > 0).astype(float))
    card = Scorecard().fit(X, y)
    ends = pd.DataFrame({"penalties": [np.inf, -np.inf, 1.25, np.nan], "tenure": [-np.inf, np.inf, np.nan, 0.5]})
    ends["flag"] = [1.0, 0.0, 1.0, np.nan]
    with duckdb.connect() as connection:
        connection.register("rows", ends)
        given = connection.execute(card.to_sql("rows")).df()["risk_score"]
        np.testing.assert_array_equal(given, card.points(ends))
        flags = connection.execute("SELECT 1.25::DECIMAL(9, 4) penalties, NULL::DOUBLE tenure, true flag").df()
        connection.execute("CREATE TABLE flags AS SELECT 1.25::DECIMAL(9, 4) penalties, NULL::DOUBLE tenure, true flag")
        np.testing.assert_array_equal(
            connection.execute(card.to_sql("flags")).df()["risk_score"], card.points(flags.astype(float))
        )


def test_weights_are_routed_by_metadata():
    X, y = district(600, seed=13)
    weight = np.where(y == 1, 5.0, 1.0)
    with config_context(enable_metadata_routing=True):
        card = Scorecard().set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        done = cross_validate(card, X, y, params={"sample_weight": weight}, cv=2, return_estimator=True)
    # the share of events that the first fold learnt is the weighted one
    even = done["estimator"][0].table_.iloc[-1]
    assert even["feature"] == EVEN_ODDS
    assert even["events"] / even["n"] == pytest.approx((weight * y).sum() / weight.sum(), rel=0.02)


def test_a_card_is_saved_and_loaded_without_executing():
    X, y = district(600, seed=16)
    card = Scorecard(SIGNS).fit(X, y, nuisance=np.array(["甲", "乙", "丙"])[np.arange(600) % 3])
    kept = skops.io.dumps(card)
    assert skops.io.get_untrusted_types(data=kept) == ["riskmodel.scoring.scorecard.Scorecard"]
    back = skops.io.loads(kept, trusted=["riskmodel.scoring.scorecard.Scorecard"])
    np.testing.assert_array_equal(back.predict_proba(X), card.predict_proba(X))
    pd.testing.assert_frame_equal(back.table_, card.table_)
    pd.testing.assert_frame_equal(back.nuisance_, card.nuisance_)
    pd.testing.assert_series_equal(back.typical_, card.typical_)


@pytest.mark.parametrize(
    ("signs", "y", "message"),
    [
        ({"a": 2}, [0, 1], "signs must be"),
        ((1, 1, 1), [0, 1], "one for each of 2"),
        (None, [1, 1], "one class"),
        (None, [0, 1, 2], "Only binary"),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_words(signs, y, message):
    with pytest.raises(ValueError, match=message):
        Scorecard(signs).fit(pd.DataFrame({"a": range(len(y)), "b": 1.0}), y)


def test_smoothing_must_be_positive():
    with pytest.raises(ValueError, match="above 0"):
        Scorecard(smoothing=0.0).fit([[0.0], [1.0]], [0, 1])


def test_expert_points_are_those_of_the_highest_bound_reached():
    X = pd.DataFrame({
        "other": ["text"] * 5, "penalties": [0, 1, 2, 7, None], "tenure": [-1.0, 0.0, 3.5, 9.99, 10.0],
        "clean": [0, 1, 0, 0, np.nan],
    })  # fmt: skip
    card = ExpertScorecard(POINTS)
    assert card.contributions(X).to_numpy().tolist() == [
        [0, 0, 0], [8, 4, -2], [18, 1, 0], [18, 1, 0], [0, 0, 0],
    ]  # fmt: skip
    assert card.points(X).tolist() == [0, 10, 19, 19, 0]


def test_expert_fit_learns_only_what_is_typical():
    X = pd.DataFrame({"penalties": [0, 1, 2, 2], "tenure": [0.0, 1.0, 5.0, np.nan], "clean": [1, 1, 0, 0]})
    card = ExpertScorecard(POINTS)
    before = card.points(X)
    assert card.fit(X) is card
    np.testing.assert_array_equal(card.points(X), before)
    # lower medians of (0, 8, 18, 18), (4, 4, 1, 0), (-2, -2, 0, 0)
    assert card.typical_.to_dict() == {"penalties": 8, "tenure": 1, "clean": -2}
    rows = card.table_[card.table_["feature"].eq("tenure")]
    assert rows["low"].tolist()[:4] == [-np.inf, 0, 3.5, 10]
    assert rows["n"].tolist() == [0, 2, 1, 0, 1]
    assert rows["points"].tolist() == [0, 4, 1, 0, 0]


def test_expert_points_need_ascending_bounds_and_their_features():
    with pytest.raises(ValueError, match="do not ascend"):
        ExpertScorecard({"a": ((2, 5), (1, 3))})
    with pytest.raises(ValueError, match=r"lacks: \['a'\]"):
        ExpertScorecard({"a": ((1, 3),)}).points(pd.DataFrame({"b": [1]}))


def test_both_scorecards_speak_one_language():
    X, y = district(500, seed=14)
    cards: list[PointsModel] = [
        Scorecard().fit(X, y),
        ExpertScorecard({"penalties": ((1, 3),)}).fit(X),
    ]
    for card in cards:
        assert list(card.table_) == ["feature", "low", "high", "n", "events", "woe", "points"]
        assert list(card.contributions(X)) == list(card.typical_.index)
        assert card.contributions(X.set_axis(range(5, 505))).index.tolist() == list(range(5, 505))
