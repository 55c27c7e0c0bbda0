"""Probabilities come from days on which the records were deep, and hold in every tier of the year after."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from riskmodel.features import FEATURES
from riskmodel.learning import Today, begun, calibrated, scored
from riskmodel.policy import load_policy
from riskmodel.records.panel import Known
from riskmodel.scoring.expert import ExpertScorecard
from riskmodel.scoring.scorecard import Scorecard
from riskmodel.values import AsOf

SINCE = pd.Timestamp("2020-01-01")
DAYS = pd.to_datetime(["2019-12-31", "2020-12-31", "2021-12-31", "2022-12-31", "2023-12-31", "2024-12-31"])


@pytest.fixture(scope="module")
def rules():
    return load_policy("zhoucun-2020").at(AsOf.of("2024-12-31"))


def years(rules, seed: int, size: int = 1500, gather: int = 730) -> pd.DataFrame:
    """Six years of an office whose records begin in 2020: penalties gather, chances stay as they are."""
    rng, parts = np.random.default_rng(seed), []
    for day in DAYS:
        depth = np.clip((day - SINCE).days / gather, 0, 1)
        risk = rng.gamma(0.6, 1.0, size)
        table = pd.DataFrame(0.0, index=range(size), columns=list(scored(rules)))
        table["penalties_general_730d"] = rng.poisson(risk * depth)
        table["complaints_verified_365d"] = rng.poisson(risk * min(2 * depth, 1))
        y = rng.random(size) < 1 - np.exp(-0.05 - 0.35 * risk)
        parts.append(table.assign(as_of=day, y=y.astype("int64"), weight=rng.choice([2.0, 10.0], size)))
    return pd.concat(parts, ignore_index=True)


def fitted(panel: pd.DataFrame, names: list[str]) -> Scorecard:
    """Points learnt from what was found."""
    weight = (panel["weight"] / panel["weight"].mean()).to_numpy()
    card = Scorecard(signs={name: FEATURES[name].sign for name in names})
    return card.fit(panel[names], panel["y"].to_numpy(), sample_weight=weight)


def gaps(rules, seed: int, gather: int = 730, mode: str = "expert") -> list[float]:
    """Predicted less found in the newest year: of all, and by parts of the points."""
    panel, names = years(rules, seed, gather=gather), list(scored(rules))
    past, now = panel[panel["as_of"] < DAYS[-1]], panel[panel["as_of"] == DAYS[-1]]
    by_experts = ExpertScorecard(rules.scoring.points).fit(past[names])
    card = by_experts if mode == "expert" else fitted(past, names)
    points = card.points(now[names])
    today = Today(now[names], now["weight"].to_numpy())
    chance = calibrated(card, past, rules, SINCE, today).predict(points)
    part = np.digitize(points - points.min(), [1, 25])
    off, weight = chance - now["y"].to_numpy(), now["weight"].to_numpy()
    parts = [np.average(off[part == p], weights=weight[part == p]) for p in range(3)]
    return [float(np.average(off, weights=weight)), *map(float, parts)]


def scoring(rules, **values: float):
    """The rules with other values of the scorecard."""
    return replace(rules, scoring=replace(rules.scoring, **values))


def errors(rules, gather: int = 730, mode: str = "expert") -> np.ndarray:
    """Mean gaps of 25 offices in standard errors."""
    found = np.array([gaps(rules, seed, gather, mode) for seed in range(25)])
    return found.mean(axis=0) / (found.std(axis=0, ddof=1) / 5)


def test_calibration_holds_in_every_part_of_the_points_when_young_years_are_left_out(rules):
    assert (np.abs(errors(rules)) < 3.5).all()
    assert (np.abs(errors(scoring(rules, calibrated_after_days=-10_000))) > 3.5).any()  # what the rule is for


def test_chances_of_everybody_follow_what_was_found_where_points_rise_and_risk_does_not(rules):
    assert abs(errors(scoring(rules, level_of_newest=1.0), 2200, "fitted")[0]) < 3.5
    assert errors(scoring(rules, level_of_newest=0.0), 2200, "fitted")[0] > 3.5  # by the points alone


def test_the_level_leaves_points_of_experts_where_they_are(rules):
    moved, still = (gaps(scoring(rules, level_of_newest=level), seed=4, gather=2200) for level in (1.0, 0.0))
    assert moved == still


def test_the_level_goes_its_way_to_the_newest_year_and_stays_without_enough_problems(rules):
    panel, names = years(rules, seed=3), list(scored(rules))
    card = fitted(panel, names)
    points = card.points(panel[names])
    newest = panel[panel["as_of"] == DAYS[-1]]
    found = np.average(newest["y"], weights=newest["weight"])
    alone, half, last = (
        calibrated(card, panel, scoring(rules, level_of_newest=share), SINCE, Today(panel[names]))
        .predict(points)
        .mean()
        for share in (0.0, 0.5, 1.0)
    )
    assert last == pytest.approx(found)
    assert half == pytest.approx((alone + found) / 2)
    few = panel.assign(y=panel["y"].where(panel["as_of"] < DAYS[-1], 0))
    moved, still = (
        calibrated(card, few, scoring(rules, level_of_newest=share), SINCE, Today(panel[names])).predict(points)
        for share in (1.0, 0.0)
    )
    np.testing.assert_array_equal(moved, still)


def test_the_map_is_free_with_many_problems_and_all_years_serve_where_deep_ones_hold_few(rules):
    panel, card = years(rules, seed=1), ExpertScorecard(rules.scoring.points)
    card.fit(panel[list(scored(rules))])
    today = Today(panel[list(scored(rules))])
    assert calibrated(card, panel, rules, SINCE, today).method == "isotonic"
    few = panel.groupby("as_of").head(60)
    assert calibrated(card, few, rules, SINCE, today).method == "beta"
    late = SINCE + pd.Timedelta(days=5000)  # no day is deep
    np.testing.assert_array_equal(
        calibrated(card, panel, rules, late, today).predict(np.arange(50)),
        calibrated(card, panel, rules, SINCE - pd.Timedelta(days=5000), today).predict(np.arange(50)),
    )


def test_records_begin_where_they_become_many(sample_records):
    known = sample_records.known(sample_records.newest)
    first = begun(known)
    stray = known["penalties"].iloc[[0]].assign(known_on=pd.Timestamp("1999-01-01"))
    more = known.with_table("penalties", pd.concat([known["penalties"], stray]).astype(known["penalties"].dtypes))
    assert begun(more) == first
    empty = Known(known.as_of, {name: rows.iloc[:0] for name, rows in known.tables.items()}, (), known.id_scheme)
    assert begun(empty) == pd.Timestamp(known.as_of.day)
