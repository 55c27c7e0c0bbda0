"""What the aims of a plan are worth: findings and precision over many draws, beside what theory expects."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from riskmodel.inspections.estimate import estimate
from riskmodel.inspections.plan import plan_inspections
from riskmodel.policy.model import InspectionRules
from riskmodel.policy.visits import Aim
from riskmodel.values import AsOf, Provenance

RATIOS = {"A": 0.03, "B": 0.1, "C": 0.2, "D": 0.4, "E": 0.8}
CHANCES = {"A": 0.02, "B": 0.1, "C": 0.2, "D": 0.4, "E": 0.6}
DRAWS = 150


@pytest.mark.slow
def test_each_aim_is_best_at_what_it_serves_with_the_same_number_of_visits() -> None:
    rng = np.random.default_rng(21)
    tiers = rng.choice(list("ABCDE"), p=[0.5, 0.3, 0.12, 0.06, 0.02], size=2000)
    table = pd.DataFrame({"entity_id": [f"E{k:04d}" for k in range(2000)], "risk_tier": tiers, "industry": "F52"})
    table = table.assign(credit_grade="minor", special_field="none", visits_this_year=0, name="", town="甲")
    table["probability"] = table["risk_tier"].map(CHANCES)
    bad = pd.Series(rng.random(2000) < table["probability"].to_numpy(), index=table["entity_id"])
    rules = InspectionRules("2.2", RATIOS, (), ("random",), 2, ())
    findings, errors, visits = {}, {}, {}
    for serve in ("ratios", "findings", "precision", "both"):
        plan = plan_inspections(
            table, replace(rules, aim=Aim(serve, 0.5, (0.5, 2.0))), Provenance(AsOf.of("2025-06-30"), "d", "p", "c")
        )
        draws = [plan.draw(f"seed {k}") for k in range(DRAWS)]
        found = [bad[draw.table["entity_id"]].to_numpy() for draw in draws]
        rates = [
            estimate(draw, draw.table[["entity_id"]].assign(outcome_codes=np.where(wrong, "5", "1")))
            for draw, wrong in zip(draws, found, strict=True)
        ]
        findings[serve] = np.array([wrong.sum() for wrong in found])
        errors[serve] = np.array([one.table["value"].iloc[0] for one in rates]) - bad.mean()
        visits[serve] = np.mean([len(wrong) for wrong in found])
        # Findings are those that probabilities and hidden truth promise, within four errors of the mean.
        theory = float((plan.frame["pi"] * bad[plan.frame["entity_id"]].to_numpy()).sum())
        assert abs(findings[serve].mean() - theory) < 4 * findings[serve].std() / np.sqrt(DRAWS)
    mean, spread = (
        {serve: of(rows) for serve, rows in some.items()} for of, some in ((np.mean, findings), (np.std, errors))
    )
    assert max(visits.values()) - min(visits.values()) < 1, (visits, mean, spread)
    assert mean["findings"] > max(mean["ratios"], mean["both"]) and mean["both"] > mean["precision"], (mean, spread)
    # A standard deviation of 150 repetitions is known within 6 %; the differences are larger.
    assert spread["precision"] < 0.9 * spread["ratios"], (visits, mean, spread)
    assert spread["precision"] < spread["both"] < spread["findings"], (visits, mean, spread)
