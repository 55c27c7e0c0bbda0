"""The timeline holds every event of an enterprise once, newest first, and nothing that was not known."""

import pandas as pd

from riskmodel.standing.timeline import COLUMNS, timeline
from riskmodel.values import AsOf


def test_every_known_event_of_an_enterprise_stands_once_newest_first(sample_records):
    busy = sample_records["penalties"]["entity_id"].value_counts().index[0]
    known = sample_records.of_enterprise(busy).known(AsOf.of("2025-06-30"))
    events = timeline(known)
    assert tuple(events.columns) == COLUMNS
    assert events["on"].is_monotonic_decreasing
    for table in ("penalties", "complaints", "inspections", "abnormal_listings"):
        assert sorted(events.loc[events["kind"].eq(table), "record_id"]) == sorted(known[table]["record_id"])


def test_what_became_known_later_is_not_there(sample_records):
    busy = sample_records["penalties"]["entity_id"].value_counts().index[0]
    early = timeline(sample_records.of_enterprise(busy).known(AsOf.of("2022-06-30")))
    assert len(early) == 0 or early["on"].max() <= pd.Timestamp("2022-06-30")


def test_an_enterprise_without_records_has_an_empty_timeline(sample_records):
    seen = set().union(
        *(
            sample_records[t]["entity_id"]
            for t in (
                "penalties",
                "abnormal_listings",
                "complaints",
                "inspections",
                "list_entries",
                "commitments",
                "repairs",
            )
        )
    )
    quiet = next(i for i in sample_records["enterprises"]["entity_id"] if i not in seen)
    assert timeline(sample_records.of_enterprise(quiet).known(AsOf.of("2025-06-30"))).empty
