"""What the records hold of the enterprises of today: drawn visits, findings, penalties and where they came from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from riskmodel.errors import InputError
from riskmodel.features.build import with_problems
from riskmodel.policy.model import Rules
from riskmodel.records import Known, Records
from riskmodel.standing import graded, in_frame

_DRAWN = ("random", "routine")
# A penalty so many days from a finding or a verified complaint is taken for its consequence.
_CONSEQUENCE_DAYS = 90
_FEWEST = 30


@dataclass(frozen=True)
class Evidence:
    """Visits, findings and other penalties of the enterprises of a frame, by their place in it."""

    known: Known
    frame: pd.DataFrame
    visits: pd.DataFrame
    penalties: pd.DataFrame
    years: np.ndarray

    @property
    def others(self) -> pd.DataFrame:
        """Penalties that are no consequence of a visit."""
        return self.penalties[~self.penalties["follows_visit"].to_numpy()]


def evidence(records: Records, rules: Rules) -> Evidence:
    """The evidence of the newest day.

    Raises
    ------
    InputError
        If drawn visits found too few problems to learn from (RM-SIM-002).
    """
    known = with_problems(graded(records.known(records.newest), rules.severity))
    frame = known["enterprises"].loc[in_frame(known)].sort_values("entity_id", ignore_index=True)
    place = pd.Series(np.arange(len(frame)), index=frame["entity_id"])
    visits, penalties = (placed(known[name], place) for name in ("inspections", "penalties"))
    visits = visits[(visits["problem"].ne("") & visits["inspected_on"].notna()).to_numpy()]
    drawn = visits[(visits["purpose"].isin(_DRAWN) & (visits["pi"] > 0)).to_numpy()]
    problems = int(drawn["problem"].eq("yes").sum())
    if problems < _FEWEST:
        raise InputError("RM-SIM-002", where="inspections", found=f"{problems} ({len(drawn)})")
    last = pd.Timestamp(known.as_of.day)
    first = min(visits["inspected_on"].min(), penalties["decided_on"].min())
    born = frame["established_on"].fillna(first).clip(lower=first)
    years = np.maximum((last - born).dt.days.to_numpy() / 365.25, 0.1)
    found = visits.loc[visits["problem"].eq("yes").to_numpy(), ["place", "inspected_on"]].sort_values("inspected_on")
    penalties = penalties.sort_values("occurred_on", ignore_index=True)
    complaints = placed(known["complaints"], place)
    true = complaints.loc[complaints["verified"].eq("yes").to_numpy(), ["place", "received_on"]]
    penalties = penalties.assign(
        follows_visit=_near(penalties, found, "inspected_on"),
        follows_complaint=_near(penalties, true.sort_values("received_on"), "received_on"),
    )
    return Evidence(known, frame, drawn.reset_index(drop=True), penalties, years)


def _near(penalties: pd.DataFrame, events: pd.DataFrame, on: str) -> np.ndarray:
    """Which penalties happened near such an event of the same enterprise; both in the order of days."""
    beside = pd.merge_asof(
        penalties[["place", "occurred_on"]], events, left_on="occurred_on", right_on=on, by="place",
        direction="nearest", tolerance=pd.Timedelta(days=_CONSEQUENCE_DAYS),
    )  # fmt: skip
    return beside[on].notna().to_numpy()


def placed(rows: pd.DataFrame, place: pd.Series) -> pd.DataFrame:
    """Rows of the enterprises of a frame, with ``place``."""
    found = rows["entity_id"].map(place)
    kept = found.notna().to_numpy()
    placed: pd.DataFrame = rows[kept].assign(place=found[kept].astype("int64"))
    return placed


def counts(rows: pd.DataFrame, size: int) -> np.ndarray:
    """Rows of each place."""
    return np.bincount(rows["place"].to_numpy(), minlength=size).astype(float)
