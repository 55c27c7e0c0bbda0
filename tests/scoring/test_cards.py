"""Blends and cards read back are exact: what the parts say, mixed and rounded, on every value."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmodel.scoring.cards import StepCard, blend
from riskmodel.scoring.expert import ExpertScorecard
from riskmodel.scoring.points import Steps
from riskmodel.scoring.scorecard import Scorecard


@st.composite
def cards(draw, names=("a", "b", "c")):
    steps = []
    for name in draw(st.lists(st.sampled_from(names), min_size=1, unique=True)):
        lows = sorted(draw(st.sets(st.integers(-4, 4).map(float), max_size=4)))
        points = draw(st.lists(st.integers(-20, 40), min_size=len(lows) + 1, max_size=len(lows) + 1))
        steps.append(Steps(name, np.array(lows), np.array(points, dtype="int64"), draw(st.integers(-5, 9))))
    return StepCard(steps)


VALUES = pd.DataFrame({n: [-9.0, *np.arange(-4, 4.5, 0.5), 9.0, np.nan] for n in "abc"})


@settings(max_examples=100, deadline=None)
@given(cards(), cards(), st.sampled_from([0.0, 0.25, 0.5, 1.0]))
def test_a_blend_is_the_rounded_mixture_on_every_value(one, two, share):
    mixed = blend(one, two, share).contributions(VALUES)
    for name in mixed:
        parts = [c.contributions(VALUES).get(name, pd.Series(0, VALUES.index)) for c in (one, two)]
        np.testing.assert_array_equal(mixed[name], np.rint((1 - share) * parts[0] + share * parts[1]))
    assert set(mixed) == {s.feature for c in (one, two) for s in c._steps}


@settings(max_examples=50, deadline=None)
@given(cards())
def test_a_card_reads_back_from_its_table_and_from_its_query(card):
    back = StepCard.from_table(card.table_)
    pd.testing.assert_frame_equal(back.contributions(VALUES), card.contributions(VALUES))
    pd.testing.assert_frame_equal(back.table_, card.table_)
    with duckdb.connect() as connection:
        connection.register("units", VALUES)
        found = connection.execute(card.to_sql("units")).df()["risk_score"]
    np.testing.assert_array_equal(found, card.points(VALUES))


def test_experts_and_outcomes_are_blended():
    rng = np.random.default_rng(1)
    X = pd.DataFrame({"penalties": rng.poisson(0.5, 2000), "tenure": rng.uniform(0, 20, 2000)})
    y = (rng.random(2000) < 1 / (1 + np.exp(2 - X["penalties"]))).astype(int)
    expert = ExpertScorecard({"penalties": ((1, 8), (3, 30)), "fines": ((1000, 5),)}).fit(X.assign(fines=0.0))
    fitted = Scorecard({"penalties": 1, "tenure": -1}).fit(X, y)
    card = blend(expert, fitted, 0.4)
    X = X.assign(fines=1000.0)
    assert list(card.contributions(X)) == ["penalties", "fines", "tenure"]
    assert (card.contributions(X)["fines"] == 3).all()
    # each of two features that both know is within half a point of the mixture
    exact = 0.6 * expert.points(X) + 0.4 * fitted.points(X[["penalties", "tenure"]])
    assert np.abs(card.points(X) - exact).max() <= 1.5
    assert card.typical_.index.tolist() == ["penalties", "fines", "tenure"]
    assert (np.diff(card.points(X.assign(tenure=1.0).sort_values("penalties"))) >= 0).all()
    learnt = blend(expert, fitted, 0.4).fit(X, np.r_[np.zeros(1999), 1.0])
    assert learnt.typical_.to_dict() == card.contributions(X).iloc[-1].to_dict()
    assert learnt.table_["n"].sum() == 3


def test_a_share_outside_is_refused():
    with pytest.raises(ValueError, match="from 0 to 1; found 1.5"):
        blend(ExpertScorecard({}), ExpertScorecard({}), 1.5)
    assert blend(ExpertScorecard({}), ExpertScorecard({}), 0.5).points(VALUES).tolist() == [0] * len(VALUES)
