"""The models that an experiment may name."""

import numpy as np
import pandas as pd
import pytest

from riskmodel.errors import InputError
from riskmodel.evaluation.backtest import reads
from riskmodel.evaluation.models import model_of
from riskmodel.features import FEATURES
from riskmodel.learning import scored
from riskmodel.policy import load_policy
from riskmodel.values import AsOf


@pytest.fixture(scope="module")
def rules():
    return load_policy("zhoucun-2020").at(AsOf.of("2025-06-30"))


def test_the_blended_model_scores_between_the_experts_points_and_fitted_ones(rules):
    names, rng = list(scored(rules)), np.random.default_rng(1)
    X = pd.DataFrame(rng.poisson(0.4, (3000, len(names))).astype(float), columns=names)
    y = (rng.random(3000) < 1 / (1 + np.exp(2 - X[names[0]] + 0.3 * X[names[1]]))).astype("int64")
    scores = {
        name: model_of(name, rules, FEATURES).fit(X, y.to_numpy(), np.ones(3000))
        for name in ("expert", "scorecard", "blended")
    }
    share, fitted = rules.scoring.fitted_share, scores["scorecard"].fitted_.points(X)
    meant = (1 - share) * scores["expert"].score(X) + share * fitted
    assert np.abs(scores["blended"].score(X) - meant).max() <= len(names) / 2  # each feature is rounded by itself
    assert np.corrcoef(scores["blended"].score(X), meant)[0, 1] > 0.99


def test_the_blended_model_reads_the_features_of_the_policy_whatever_an_experiment_names(rules):
    assert reads(model_of("blended", rules, FEATURES), ["tenure_days"]) == list(rules.scoring.points)


def test_a_model_that_nobody_knows_is_one_clear_error(rules):
    with pytest.raises(InputError, match="RM-EVA-005") as fault:
        model_of("oracle", rules, FEATURES)
    assert "blended" in str(fault.value.expected)
