"""What comes to light without a draw, and when: penalties, complaints, listings and their delays, as records show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from riskmodel.simulation.assumptions import Assumptions
from riskmodel.simulation.evidence import Evidence
from riskmodel.simulation.world import QUARTERS


@dataclass(frozen=True)
class Traces:
    """What comes to light besides drawn visits, and when it is known.

    Attributes
    ----------
    case : float
        Chance that an open violation of a quarter comes to a penalty without a visit or a complaint.
    followed : float
        Share of verified complaints that come to a penalty.
    punished : float
        Share of findings that come to a penalty.
    lenient : float
        Share of minor penalties that are a warning or none.
    complaints_times : float
        Complaints about a violator for one about the same enterprise in order.
    verified : tuple of float
        Chance that a complaint is verified, about an enterprise in order and about a violator.
    listed_a_year : float
        Chance to be listed in the third quarter (annual reports).
    known_after_days : mapping
        Table → mean days from the event to the day on which it is known.
    """

    case: float
    followed: float
    punished: float
    lenient: float
    complaints_times: float
    verified: tuple[float, float]
    listed_a_year: float
    known_after_days: Mapping[str, float]


def traces_of(seen: Evidence, given: Assumptions, prevalence: float) -> Traces:
    """Shares and means of the records; `prevalence` is the share of quarters with a violation."""
    quarters = seen.years.sum() * QUARTERS
    complaints, listings = seen.known["complaints"], seen.known["abnormal_listings"]
    closed = complaints[complaints["verified"].isin(("yes", "no")).to_numpy()]
    verified = float(closed["verified"].eq("yes").mean()) if len(closed) else 0.0
    times, likelier = given.complaints_times.value, max(given.verified_times.value, 1.0)
    from_violators = prevalence * times / (prevalence * times + 1 - prevalence)
    in_order = verified / (from_violators * likelier + 1 - from_violators)
    found = seen.visits["problem"].eq("yes")
    follows = float(seen.penalties["follows_visit"].sum())
    by_complaint = float(seen.others["follows_complaint"].sum())
    return Traces(
        case=float(np.clip((len(seen.others) - by_complaint) / quarters / max(prevalence, 1e-9), 0, 1)),
        followed=float(np.clip(by_complaint / max(closed["verified"].eq("yes").sum(), 1), 0, 1)),
        punished=float(np.clip(follows / max(found.sum(), 1), 0, 1)),
        lenient=given.lenient_share.value,
        complaints_times=times,
        verified=(min(in_order, 1.0), min(in_order * likelier, 1.0)),
        listed_a_year=float(np.clip(len(listings) / max(seen.years.sum(), 1), 0, 1)),
        known_after_days={
            name: _delay(seen.known[name], on)
            for name, on in (("inspections", "inspected_on"), ("penalties", "decided_on"),
                             ("complaints", "received_on"), ("abnormal_listings", "listed_on"))
        },
    )  # fmt: skip


def _delay(rows: pd.DataFrame, on: str) -> float:
    days = (rows["known_on"] - rows[on]).dt.days
    return float(days.mean()) if days.notna().any() else 0.0
