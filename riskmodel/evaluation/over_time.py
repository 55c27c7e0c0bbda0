"""An experiment from test day to test day: how steady lists and tiers are, and which choice of models regrets least."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import numpy as np
import pandas as pd

from riskmodel.evaluation.backtest import Backtest
from riskmodel.evaluation.models import RULES
from riskmodel.evaluation.regret import compare_rules, regrets
from riskmodel.evaluation.stability import churn, stability, transitions
from riskmodel.scoring.resampling import Bootstrap
from riskmodel.tables import TIERS
from riskmodel.tiering import cut


def steadiness(found: Backtest, shares: Mapping[str, float], listed: float) -> pd.DataFrame:
    """Each test day against the one before, for every model.

    Parameters
    ----------
    found : Backtest
        Scores of everybody on every test day.
    shares : mapping
        Tier → share, by which scores are cut.
    listed : float
        Share of the enterprises on the list.

    Returns
    -------
    DataFrame
        model, then as of `stability.stability`, and moved, up, down, far (shares of enterprises whose tier by score
        changed, rose, fell, changed by two steps or more). The index of stability of a rule of thumb is missing:
        whoever has no value stands at an average that every day learns anew.
    """
    parts = []
    for model, rows in found.scores.groupby("model", sort=False):
        days = {
            pd.Timestamp(str(day)).date(): part.set_index("entity_id")["score"] for day, part in rows.groupby("as_of")
        }
        if len(days) < 2:
            continue
        table = stability(days, max(int(listed * min(map(len, days.values()))), 1))
        tiers = {day: cut(score, shares) for day, score in days.items()}
        moves = [
            churn(transitions(tiers[then], tiers[now], TIERS))
            for then, now in zip(table["before"], table["as_of"], strict=True)
        ]
        if model in RULES:
            table[["psi", "chance"]] = np.nan
        parts.append(pd.concat([table, pd.DataFrame(moves).drop(columns="n")], axis=1).assign(model=model))
    if not parts:
        return pd.DataFrame()
    made = pd.concat(parts, ignore_index=True)
    return made[["model", *made.columns.drop("model")]]


def choices(found: Backtest, metric: str, *, gap_days: int, bootstrap: Bootstrap) -> pd.DataFrame:
    """Rules of choosing a model by their mean regret in the periods after (`regret.compare_rules`).

    A rule sees only test days whose labels were in, `gap_days` after their horizon, when it chooses; empty where no
    test day is that late.
    """
    days = [split.test_day for split in found.splits]
    ready = [split.label_until + timedelta(days=gap_days) for split in found.splits]
    for back in range(1, len(days)):
        if all(told <= day for told, day in zip(ready, days[back:], strict=False)):
            return compare_rules(regrets(found.of(metric), known_after=back), bootstrap=bootstrap)
    return pd.DataFrame()
