"""Probabilities come from days on which the records were deep, and hold in every tier of the year after."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from riskmodel.learning import begun, calibrated, scored
from riskmodel.policy import load_policy
from riskmodel.records.panel import Known
from riskmodel.scoring.expert import ExpertScorecard
from riskmodel.values import AsOf

SINCE = pd.Timestamp("2020-01-01")
DAYS = pd.to_datetime(["2019-12-31", "2020-12-31", "2021-12-31", "2022-12-31", "2023-12-31", "2024-12-31"])


@pytest.fixture(scope="module")
def rules():
    return load_policy("zhoucun-2020").at(AsOf.of("2024-12-31"))


def years(rules, seed: int, size: int = 1500) -> pd.DataFrame:
    """Six years of an office whose records begin in 2020: penalties of two years gather, chances stay as they are."""
    rng, parts = np.random.default_rng(seed), []
    for day in DAYS:
        depth = np.clip((day - SINCE).days / 730, 0, 1)
        risk = rng.gamma(0.6, 1.0, size)
        table = pd.DataFrame(0.0, index=range(size), columns=list(scored(rules)))
        table["penalties_general_730d"] = rng.poisson(risk * depth)
        table["complaints_verified_365d"] = rng.poisson(risk * min(2 * depth, 1))
        y = rng.random(size) < 1 - np.exp(-0.05 - 0.35 * risk)
        parts.append(table.assign(as_of=day, y=y.astype("int64"), weight=rng.choice([2.0, 10.0], size)))
    return pd.concat(parts, ignore_index=True)


def gaps(rules, seed: int) -> list[float]:
    """Predicted less found in the newest year, by thirds of the points."""
    panel, card = years(rules, seed), ExpertScorecard(rules.scoring.points)
    past, now = panel[panel["as_of"] < DAYS[-1]], panel[panel["as_of"] == DAYS[-1]]
    points = card.fit(past[list(scored(rules))]).points(now[list(scored(rules))])
    chance = calibrated(card, past, rules, SINCE).predict(points)
    tier = np.digitize(points, np.quantile(points, [0.5, 0.85]))
    off, weight = chance - now["y"].to_numpy(), now["weight"].to_numpy()
    return [float(np.average(off[tier == t], weights=weight[tier == t])) for t in np.unique(tier)]


def test_calibration_holds_in_every_part_of_the_points_when_young_years_are_left_out(rules):
    deep = np.array([gaps(rules, seed) for seed in range(25)])
    error = deep.std(axis=0, ddof=1) / 5
    assert (np.abs(deep.mean(axis=0)) < 3.5 * error).all()
    every = replace(rules, scoring=replace(rules.scoring, calibrated_after_days=-10_000))
    young = np.array([gaps(every, seed) for seed in range(25)])
    assert (np.abs(young.mean(axis=0)) > 3.5 * young.std(axis=0, ddof=1) / 5).any()  # what the rule is for


def test_the_map_is_free_with_many_problems_and_all_years_serve_where_deep_ones_hold_few(rules):
    panel, card = years(rules, seed=1), ExpertScorecard(rules.scoring.points)
    card.fit(panel[list(scored(rules))])
    assert calibrated(card, panel, rules, SINCE).method == "isotonic"
    few = panel.groupby("as_of").head(60)
    assert calibrated(card, few, rules, SINCE).method == "beta"
    late = SINCE + pd.Timedelta(days=5000)  # no day is deep
    np.testing.assert_array_equal(
        calibrated(card, panel, rules, late).predict(np.arange(50)),
        calibrated(card, panel, rules, SINCE - pd.Timedelta(days=5000)).predict(np.arange(50)),
    )


def test_records_begin_where_they_become_many(sample_records):
    known = sample_records.known(sample_records.newest)
    first = begun(known)
    stray = known["penalties"].iloc[[0]].assign(known_on=pd.Timestamp("1999-01-01"))
    more = known.with_table("penalties", pd.concat([known["penalties"], stray]).astype(known["penalties"].dtypes))
    assert begun(more) == first
    empty = Known(known.as_of, {name: rows.iloc[:0] for name, rows in known.tables.items()}, (), known.id_scheme)
    assert begun(empty) == pd.Timestamp(known.as_of.day)
