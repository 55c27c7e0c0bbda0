"""Which records count for the risk score: repaired, forgiven, unverified and outlived ones do not."""

from __future__ import annotations

from dataclasses import replace
from typing import overload

import numpy as np
import pandas as pd

from riskmodel.policy.model import CountingRules
from riskmodel.records import Known, Panel
from riskmodel.records.panel import ALWAYS, NEVER, SHOWN_FROM, SHOWN_UNTIL, day_numbers, hide


@overload
def counted(shown: Known, rules: CountingRules) -> Known: ...
@overload
def counted(shown: Panel, rules: CountingRules) -> Panel: ...
def counted(shown: Known | Panel, rules: CountingRules) -> Known | Panel:
    """The records that count under the policy; severity must be filled (`graded`).

    A repaired penalty counts until its repair was known, a forgiven one from the end of the grace period, any until
    the end of its life.
    """
    if isinstance(shown, Known):
        made = counted(shown.panel, rules)
        changed = replace(made, tables={name: made[name] for name in ("penalties", "complaints")}).at(shown.as_of)
        return replace(shown, tables={**shown.tables, **changed.tables})
    penalties, complaints = shown["penalties"], shown["complaints"]
    if rules.no_penalty_decisions_excluded:
        penalties = penalties[penalties["category"].ne("no_penalty").to_numpy()]
    if rules.complaints_verified_only:
        complaints = complaints[complaints["verified"].eq("yes").to_numpy()].reset_index(drop=True)
    ends = day_numbers(penalties["decided_on"], NEVER).astype("int64") + rules.record_life_days
    penalties = hide(penalties, np.minimum(ends, NEVER).astype("int32"), _all(penalties, NEVER))
    if rules.repaired_penalties_stop:
        penalties = hide(penalties, *_repaired(shown, penalties))
    penalties = hide(penalties, *_graced(shown, penalties, rules))
    return shown.with_table("penalties", penalties).with_table("complaints", complaints)


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
    young = _grace_ends(enterprises, years) > day_numbers(pd.Series([pd.Timestamp(known.as_of.day)]), ALWAYS)[0]
    graced = enterprises["new_economy"].to_numpy(dtype=bool) & young
    return np.asarray(enterprises.loc[graced, "entity_id"])


def _grace_ends(enterprises: pd.DataFrame, years: int) -> np.ndarray:
    return day_numbers(enterprises["established_on"] + pd.DateOffset(years=years), ALWAYS)


def _repaired(panel: Panel, penalties: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Days from and before which each penalty's repair is shown."""
    repairs = panel["repairs"].rename(columns={"penalty_record_id": "record_id"})
    return _covering(penalties, repairs, ["entity_id", "record_id"])


def _graced(panel: Panel, penalties: pd.DataFrame, rules: CountingRules) -> tuple[np.ndarray, np.ndarray]:
    """Days between which each penalty is forgiven, as its enterprise is within the grace period."""
    enterprises = panel["enterprises"]
    ends = np.minimum(enterprises[SHOWN_UNTIL].to_numpy(), _grace_ends(enterprises, rules.grace_years))
    graced = enterprises.assign(**{SHOWN_UNTIL: ends})[enterprises["new_economy"].to_numpy()]
    since, until = _covering(penalties, graced, ["entity_id"])
    forgiven = penalties["severity"].isin(rules.grace_forgives) & penalties["special_field"].eq("none")
    return np.where(forgiven, since, NEVER), np.where(forgiven, until, NEVER)


def _covering(rows: pd.DataFrame, others: pd.DataFrame, keys: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """From the first to the last day on which one of the others with the same keys is shown; never where none is."""
    span = others.groupby(keys, as_index=False).agg({SHOWN_FROM: "min", SHOWN_UNTIL: "max"})
    found = rows[keys].merge(span, on=keys, how="left")
    since, until = found[SHOWN_FROM].fillna(NEVER), found[SHOWN_UNTIL].fillna(NEVER)
    return since.to_numpy("int64"), until.to_numpy("int64")


def _all(rows: pd.DataFrame, day: int) -> np.ndarray:
    return np.full(len(rows), day, dtype="int64")
