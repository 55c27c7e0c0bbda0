"""Events for early warning: violations, listings and verified complaints, with the day they stopped counting."""

from __future__ import annotations

import pandas as pd

from riskmodel.records import Known
from riskmodel.standing.counting import repaired_on

_COLUMNS = (
    "event_id", "entity_id", "name", "town", "kind", "severity", "occurred_on", "known_on", "stopped_known_on",
    "authority", "special_field", "industry", "item", "leniency",
)  # fmt: skip


def warning_events(known: Known) -> pd.DataFrame:
    """One row an event; severity must be filled (`graded`).

    No-penalty decisions are events with leniency ``yes`` (they show the second time). A complaint is an event once it
    was verified, and is known from that day. Listings and complaints have severity ``minor``. The item is the kind of
    violation, the reason of a listing, or the kind of complaint.
    """
    complaints = known["complaints"]
    verified = complaints[complaints["verified"].eq("yes").to_numpy()]
    listings = known["abnormal_listings"]
    parts = [
        known["penalties"].assign(
            kind="penalties", stopped_known_on=repaired_on(known).to_numpy(), item=lambda t: t["violation"],
            leniency=lambda t: t["category"].eq("no_penalty").map({True: "yes", False: "no"}),
        ),
        listings.assign(
            kind="abnormal_listings", severity="minor", occurred_on=listings["listed_on"], item=listings["reason"],
            leniency="no",
        ),
        verified.assign(
            item=verified["kind"], leniency="no", kind="complaints", severity="minor",
            occurred_on=lambda t: t["received_on"],
            known_on=lambda t: t["verified_on"].where(t["verified_on"] > t["known_on"], t["known_on"]),
        ),
    ]  # fmt: skip
    wanted = [p.rename(columns={"record_id": "event_id"}) for p in parts if len(p)]
    if not wanted:
        return pd.DataFrame(columns=list(_COLUMNS))
    events = pd.concat(wanted, ignore_index=True)
    registry = known["enterprises"][["entity_id", "name", "town", "industry", "special_field"]]
    events = events.drop(columns=["special_field"], errors="ignore").merge(registry, on="entity_id", how="left")
    if "stopped_known_on" not in events:
        events["stopped_known_on"] = pd.NaT
    events = events.assign(authority=lambda t: t.get("authority", pd.Series("", index=t.index)).fillna(""))
    events["stopped_known_on"] = events["stopped_known_on"].astype("datetime64[s]")
    return events[list(_COLUMNS)].sort_values(["known_on", "entity_id", "event_id"], kind="stable", ignore_index=True)
