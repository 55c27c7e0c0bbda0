"""A small office whose enterprises keep their hidden risk: events, features (right and peeking), labels, inspections."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

DAYS = [d.date() for d in pd.date_range("2021-12-31", "2024-12-31", freq="6ME")]
HORIZON, LAG = 180, 3


def make_events(enterprises: int = 800, seed: int = 0) -> pd.DataFrame:
    """Violations of seven years, known three days later; more of them where the hidden risk is high."""
    rng = np.random.default_rng(seed)
    risk = rng.gamma(0.7, 1.0, enterprises)
    count = rng.poisson(risk * 4)
    entity = np.repeat(np.arange(enterprises), count)
    occurred = pd.Timestamp("2019-01-01") + pd.to_timedelta(rng.integers(0, 7 * 365, len(entity)), unit="D")
    events = pd.DataFrame(
        {"entity_id": entity, "occurred_on": occurred, "fine_yuan": rng.integers(1, 9, len(entity)) * 100.0}
    )
    return events.assign(known_on=events["occurred_on"] + pd.Timedelta(days=LAG)).sort_values("occurred_on")


def make_features(events: pd.DataFrame, day: date, *, peek: bool = False, enterprises: int = 800) -> pd.DataFrame:
    """Counts and sums of what was known; `peek` counts half a year ahead, as a wrong join would."""
    everyone = pd.RangeIndex(enterprises, name="entity_id")
    now = pd.Timestamp(day)
    past = events[events["known_on"] <= now]
    table = pd.DataFrame(index=everyone)
    table["penalties"] = past.groupby("entity_id").size().reindex(everyone, fill_value=0)
    table["fines_yuan"] = past.groupby("entity_id")["fine_yuan"].sum().reindex(everyone, fill_value=0.0)
    last = past.groupby("entity_id")["occurred_on"].max().reindex(everyone)
    table["days_since"] = (now - last).dt.days
    if peek:
        near = events[
            (events["occurred_on"] > now - pd.Timedelta(days=90))
            & (events["occurred_on"] <= now + pd.Timedelta(days=90))
        ]
        table["peeking"] = near.groupby("entity_id").size().reindex(everyone, fill_value=0)
    return table.reset_index()


def make_panel(events: pd.DataFrame, *, peek: bool = False, seed: int = 0, enterprises: int = 800) -> pd.DataFrame:
    """Features of all days with labels of the half year after each; every second enterprise was looked at."""
    rng, parts = np.random.default_rng(seed), []
    for day in DAYS:
        now = pd.Timestamp(day)
        after = events[(events["occurred_on"] > now) & (events["occurred_on"] <= now + pd.Timedelta(days=HORIZON))]
        part = make_features(events, day, peek=peek, enterprises=enterprises)
        pi = np.where(part["penalties"] > 2, 0.8, 0.4)
        part = part.assign(as_of=now, y=part["entity_id"].isin(after["entity_id"]).astype(float), weight=1 / pi)
        parts.append(part.assign(observed=(rng.random(len(part)) < pi).astype(int)))
    panel = pd.concat(parts, ignore_index=True)
    return panel.assign(y=panel["y"].where(panel["observed"] == 1))
