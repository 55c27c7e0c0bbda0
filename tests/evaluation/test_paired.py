"""Paired differences of two models over several days."""

import numpy as np
import pandas as pd
import pytest

from riskmodel.evaluation.paired import differences
from riskmodel.scoring.metrics import weighted_auc
from riskmodel.scoring.ranking import at_k, average_precision, ndcg
from riskmodel.scoring.resampling import Bootstrap

NONE = Bootstrap(replicates=0)


def day(rng, when="2024-01-01", n=300, gain=1.0):
    """Rows of one test day with an old score and a new one that knows `gain` times as much."""
    risk = rng.normal(size=n)
    y = (rng.random(n) < 1 / (1 + np.exp(1.5 - risk))).astype(float)
    observed = (rng.random(n) < 0.6).astype(int)
    base = pd.DataFrame({
        "as_of": pd.Timestamp(when), "entity_id": np.arange(n), "observed": observed,
        "y": np.where(observed == 1, y, np.nan), "weight": rng.uniform(1, 3, n),
    })  # fmt: skip
    noise = rng.normal(size=n)
    return {"old": base.assign(score=risk + 2 * noise), "new": base.assign(score=gain * risk + 2 * noise)}


@pytest.mark.parametrize(
    ("metric", "slow"),
    [
        ("auc", lambda y, p, w: weighted_auc(y[~np.isnan(y)], p[~np.isnan(y)], w[~np.isnan(y)])),
        ("average_precision", average_precision),
        ("ndcg", ndcg),
        ("precision_0.1", lambda y, p, w: at_k(y, p, 0.1, w)["precision"]),
        ("lift_0.2", lambda y, p, w: at_k(y, p, 0.2, w)["lift"]),
    ],
)
def test_the_difference_is_that_of_the_figures(metric, slow):
    rows = day(np.random.default_rng(0), gain=3)
    values = [slow(*(part[c].to_numpy(float) for c in ("y", "score", "weight"))) for part in (rows["new"], rows["old"])]
    found = differences(rows, "old", metric, bootstrap=NONE)
    assert found["model"].tolist() == ["new"]
    assert found["difference"].iloc[0] == pytest.approx(values[0] - values[1])


def test_a_day_that_is_told_twice_says_no_more():
    """An enterprise is drawn with all its days: repeating a day must not narrow the interval."""
    rows = day(np.random.default_rng(1), gain=2)
    twice = {
        name: pd.concat([part, part.assign(as_of=pd.Timestamp("2024-07-01"))], ignore_index=True)
        for name, part in rows.items()
    }
    one, two = (differences(r, "old", "auc", bootstrap=Bootstrap(3, 200)) for r in (rows, twice))
    pd.testing.assert_frame_equal(one, two)


def test_a_model_is_no_better_than_itself_and_one_that_knows_more_is():
    rng = np.random.default_rng(2)
    same = differences(day(rng), "old", "average_precision", bootstrap=Bootstrap(replicates=50)).iloc[0]
    assert (same["difference"], same["low"], same["high"]) == (0, 0, 0)
    assert differences(day(rng, n=2000, gain=3), "old", "average_precision").iloc[0]["low"] > 0


def test_the_paired_interval_is_narrower_than_those_of_the_models():
    rows = day(np.random.default_rng(3), n=1000, gain=1.2)
    paired = differences(rows, "old", "auc", bootstrap=Bootstrap(replicates=300)).iloc[0]
    chance = {name: part.assign(score=0.0) for name, part in rows.items()}
    alone = differences(
        {"old": chance["old"], "new": rows["new"]}, "old", "auc", bootstrap=Bootstrap(replicates=300)
    ).iloc[0]
    assert paired["high"] - paired["low"] < 0.6 * (alone["high"] - alone["low"])
