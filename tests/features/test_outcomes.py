"""Labels: the first visit after a day, for several days at once as for each alone."""

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
