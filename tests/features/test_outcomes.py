"""Labels: the first visit after a day, for several days at once as for each alone."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from riskmodel.features.outcomes import Outcome
from riskmodel.policy import load_policy
from riskmodel.standing import graded
from riskmodel.values import AsOf


@pytest.mark.parametrize("event", ["problem", "penalty", "serious_penalty"])
@pytest.mark.parametrize("observed_if", ["inspected", "drawn", "registered"])
def test_labels_of_many_days_are_those_of_each_day_and_of_the_first_visit(sample_records, event, observed_if):
    rules = load_policy("zhoucun-2020").at(sample_records.newest)
    known = graded(sample_records.known(sample_records.newest), rules.severity)
    outcome, days = Outcome(180, event, observed_if), [AsOf.of(f"202{y}-0{y}-15") for y in (1, 2, 3, 4)]
    for day, together in zip(days, outcome.labels(known, days), strict=True):
        pd.testing.assert_frame_equal(together, outcome.label(known, day))
        if observed_if == "drawn":
            rows = known["inspections"]
            fits = rows["purpose"].isin(("random", "routine")) & rows["pi"].gt(0)
            fits &= (rows["inspected_on"] > str(day)) & (
                rows["inspected_on"] <= pd.Timestamp(day.day) + pd.Timedelta("180D")
            )
            first = rows[fits.to_numpy()].groupby("entity_id")["inspected_on"].min()
            seen = together.set_index("entity_id")["observed_on"]
            assert set(seen.index) <= set(first.index)
            assert (seen == first.loc[seen.index]).mean() > 0.99  # a first visit without a result gives no label


@pytest.mark.parametrize("event", ["penalty", "serious_penalty"])
@pytest.mark.parametrize("observed_if", ["inspected", "registered"])
def test_a_label_of_penalties_is_known_when_the_office_knew_of_it_and_not_before(sample_records, event, observed_if):
    rules = load_policy("zhoucun-2020").at(sample_records.newest)
    known = graded(sample_records.known(sample_records.newest), rules.severity)
    late = known["penalties"].assign(known_on=lambda t: t["decided_on"] + pd.Timedelta("40D"))
    known, day = replace(known, tables={**known.tables, "penalties": late}), AsOf.of("2023-03-15")
    first, last = pd.Timestamp(day.day), pd.Timestamp(day.day) + pd.Timedelta("180D")
    labels = Outcome(180, event, observed_if).label(known, day).set_index("entity_id")
    seen = {1: 0, 0: 0}
    for entity_id, label in labels.iterrows():
        mine = late[late["entity_id"].eq(entity_id) & late["category"].ne("no_penalty")]
        mine = mine[(mine["decided_on"] > first) & (mine["decided_on"] <= last)]
        mine = mine if event == "penalty" else mine[mine["severity"].eq("serious")]
        assert label["y"] == (len(mine) > 0)
        assert label["known_on"] >= (mine["known_on"].min() if len(mine) else last)
        assert label["known_on"] <= max(mine["known_on"].min() if len(mine) else last, last + pd.Timedelta("40D"))
        seen[label["y"]] += 1
    assert seen[0]
    assert seen[1] or observed_if == "inspected"


def test_who_is_drawn_in_two_draws_of_a_horizon_stands_for_one_in_each(sample_records):
    """A yearly draw, and a horizon from July to June: each draw is half in it. 300 offices of 60 enterprises."""
    rng, day = np.random.default_rng(3), AsOf.of("2023-06-30")
    known = sample_records.known(sample_records.newest)
    ids, pi = np.array([f"{i:018d}" for i in range(60)]), np.repeat([0.1, 0.9], 30)
    totals, firsts = [], []
    for _ in range(300):
        years = [(year, who) for year in (2023, 2024) for who in np.flatnonzero(rng.random(60) < pi)]
        rows = pd.DataFrame({
            "record_id": [f"{i}" for i in range(len(years))], "entity_id": ids[[who for _, who in years]],
            "inspected_on": [pd.Timestamp(f"{year}-01-01") + pd.Timedelta(days=int(rng.integers(365))) for year, _ in years],
            "purpose": "random", "pi": pi[[who for _, who in years]], "problem": "no",
        }).assign(known_on=lambda t: t["inspected_on"])  # fmt: skip
        there = {**known.tables, "inspections": rows.astype({"inspected_on": "datetime64[s]"})}
        labels = Outcome(365).label(replace(known, tables=there), day)
        assert labels["entity_id"].is_unique
        high = labels["entity_id"].isin(ids[30:])
        totals.append(labels.loc[high, "weight"].sum())
        firsts.append(high.sum() / 0.9)
    error = np.std(totals) / np.sqrt(300)
    assert abs(np.mean(totals) - 30) < 4 * error  # the thirty that are often drawn, neither more nor fewer
    assert np.mean(firsts) < 30 - 10 * error  # the first visits alone stand for too few
