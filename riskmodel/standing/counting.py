"""Which records count for the risk score: repaired, forgiven, unverified and outlived ones do not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from riskmodel.policy.model import CountingRules
from riskmodel.records import Known


def counted(known: Known, rules: CountingRules) -> Known:
    """The records that count under the policy; severity must be filled (`graded`)."""
    penalties, complaints = known["penalties"], known["complaints"]
    keep = (penalties["decided_on"] > _day(known) - pd.Timedelta(days=rules.record_life_days)).to_numpy()
    if rules.no_penalty_decisions_excluded:
        keep = keep & penalties["category"].ne("no_penalty").to_numpy()
    if rules.repaired_penalties_stop:
        keep = keep & repaired_on(known).isna().to_numpy()
    forgiven = penalties["severity"].isin(rules.grace_forgives) & penalties["special_field"].eq("none")
    graced = penalties["entity_id"].isin(in_grace(known, rules.grace_years))
    keep = keep & ~(forgiven & graced).to_numpy()
    if rules.complaints_verified_only:
        complaints = complaints[complaints["verified"].eq("yes").to_numpy()].reset_index(drop=True)
    kept = penalties[keep].reset_index(drop=True)
    return known.with_table("penalties", kept).with_table("complaints", complaints)


def repaired_on(known: Known) -> pd.Series:
    """Day from which each penalty was known to be repaired, missing where it is not."""
    repairs = known["repairs"].rename(columns={"penalty_record_id": "record_id", "known_on": "repair_known_on"})
    first = repairs.sort_values("repair_known_on").drop_duplicates(["entity_id", "record_id"])
    rows = known["penalties"][["entity_id", "record_id"]]
    merged = rows.merge(first[["entity_id", "record_id", "repair_known_on"]], on=["entity_id", "record_id"], how="left")
    return merged["repair_known_on"].astype("datetime64[s]")


def in_grace(known: Known, years: int) -> np.ndarray:
    """Ids of the new-economy enterprises that are within their grace period."""
    enterprises = known["enterprises"]
    young = enterprises["established_on"] + pd.DateOffset(years=years) > _day(known)
    return enterprises.loc[(enterprises["new_economy"] & young).to_numpy(), "entity_id"].to_numpy()


def _day(known: Known) -> pd.Timestamp:
    return pd.Timestamp(known.as_of.day)
