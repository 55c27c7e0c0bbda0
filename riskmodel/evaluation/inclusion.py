"""With what probability each enterprise would be inspected if a model's scores made the tiers of a day."""

from __future__ import annotations

import pandas as pd

from riskmodel.inspections.wanted import wanted
from riskmodel.policy.model import Rules
from riskmodel.records import Known
from riskmodel.standing import standing, with_manual
from riskmodel.standing.manual import ManualTiers
from riskmodel.tiering import cut, override


def inclusion(known: Known, rules: Rules, score: pd.Series) -> pd.Series | None:
    """Probabilities of the plan of a year, before any capacity: scores cut by the policy's shares, then its rules.

    Tiers are not steadied over months, and what people set is left out: both belong to the model in force.

    Parameters
    ----------
    known : Known
        Records as of the day.
    rules : Rules
        Rules of the day.
    score : Series
        Any score, the higher the riskier, by ``entity_id``.

    Returns
    -------
    Series or None
        Probability by ``entity_id``; None where the policy cuts by points, which other scores do not have.
    """
    if rules.tiers.lows is not None:
        return None
    table = with_manual(standing(known, rules), ManualTiers().at(known.as_of))
    table = table[table["entity_id"].isin(score.index).to_numpy()].reset_index(drop=True)
    table["model_tier"] = cut(score.reindex(table["entity_id"]).reset_index(drop=True), rules.tiers.shares)
    table["risk_tier"] = override(table, rules.tiers)["risk_tier"]
    found: pd.Series = wanted(table, rules.inspections).set_index("entity_id")["wanted"]
    return found
