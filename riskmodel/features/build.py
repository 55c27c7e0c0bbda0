"""Build the declared features of every enterprise from what was known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from riskmodel.features.catalog import CLEAN_OUTCOMES, FEATURES, Attribute, GroupShare
from riskmodel.records import Known
from riskmodel.records.windows import Window, execute

_DRAWN = ("random", "routine")


def build(known: Known) -> pd.DataFrame:
    """All features of the catalogue: ``entity_id`` and one float column a feature.

    Parameters
    ----------
    known : Known
        Records that count, as of a day.
    """
    known = with_problems(known)
    windows = {name: f.how for name, f in FEATURES.items() if isinstance(f.how, Window)}
    table = execute(known, windows)
    for name, feature in FEATURES.items():
        if isinstance(feature.how, Attribute):
            table[name] = _years_since(known, feature.how)
        if isinstance(feature.how, GroupShare):
            table[name] = _group_share(known, feature.how)
    return table[["entity_id", *FEATURES]]


def with_problems(known: Known) -> Known:
    """Inspections with a column ``problem``: yes, no, or '' where no outcome was recorded."""
    inspections = known["inspections"]
    distinct = {text: _problem(text) for text in inspections["outcome_codes"].unique()}
    problem = inspections["outcome_codes"].map(distinct).astype("str")
    return known.with_table("inspections", inspections.assign(problem=problem))


def _problem(codes: str) -> str:
    if not codes:
        return ""
    return "no" if set(codes.split(",")) <= set(CLEAN_OUTCOMES) else "yes"


def _years_since(known: Known, how: Attribute) -> pd.Series:
    age = pd.Timestamp(known.as_of.day) - known["enterprises"][how.column]
    years: pd.Series = (age.dt.days / 365.25).round(2).clip(lower=0)
    return years


def _group_share(known: Known, how: GroupShare) -> pd.Series:
    """Empirical share shrunk to the share of all: (problems + prior × share) / (inspections + prior)."""
    enterprises, inspections = known["enterprises"], known["inspections"]
    groups = group_of(enterprises, how.column)
    start = pd.Timestamp(known.as_of.day) - pd.Timedelta(days=how.days)
    wanted = (
        inspections["purpose"].isin(_DRAWN) & (inspections["inspected_on"] > start) & (inspections["problem"] != "")
    )
    seen = inspections.loc[wanted, ["entity_id", "problem"]]
    group = seen["entity_id"].map(pd.Series(groups.to_numpy(), index=enterprises["entity_id"].to_numpy()))
    found = seen["problem"].eq("yes").groupby(group.to_numpy()).agg(["sum", "size"])
    overall = float(found["sum"].sum() / max(found["size"].sum(), 1))
    share = (found["sum"] + how.prior * overall) / (found["size"] + how.prior)
    return groups.map(share).astype("float64").fillna(overall).round(6).set_axis(np.arange(len(enterprises)))


def group_of(enterprises: pd.DataFrame, column: str) -> pd.Series:
    """Group of each enterprise; ``industry_section`` is the section letter of a GB/T 4754 code, or the text itself."""
    if column != "industry_section":
        return enterprises[column]
    industry = enterprises["industry"]
    return industry.mask(industry.str.fullmatch(r"[A-T]\d{0,4}"), industry.str[:1])
