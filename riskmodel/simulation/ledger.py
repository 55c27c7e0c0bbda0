"""The simulated office's records: the real ones, and what each simulated quarter adds to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from riskmodel.records import Records
from riskmodel.simulation.world import World

_GROWING = ("inspections", "penalties", "complaints", "abnormal_listings")


class Ledger:
    """What the office has on file; rows are added, nothing else changes.

    Public ratings of the last day stay in force: no later ones are made up.
    """

    def __init__(self, records: Records, world: World, years: list[date]) -> None:
        self.records, self.years = records, years
        self.tables: dict[str, pd.DataFrame] = {name: records[name] for name in _GROWING}
        ratings = records["ratings"]
        public = ratings["source"].eq("public").to_numpy()
        self.ratings = ratings.assign(valid_to=ratings["valid_to"].mask(public))
        self.enterprises = _registry(records["enterprises"], world, years)
        self.newest = records.newest.day

    def add(self, rows: Mapping[str, pd.DataFrame], newest: date) -> None:
        """File the rows of a quarter that ended on a day."""
        self.tables = {
            name: pd.concat(
                [self.tables[name], rows[name].astype(self.tables[name].dtypes.to_dict())], ignore_index=True
            )
            for name in _GROWING
        }
        self.newest = newest

    def close(self, places: np.ndarray, day: date) -> None:
        """Deregister enterprises by their place in the world."""
        gone = self.enterprises["place"].isin(places).to_numpy()
        closed = self.enterprises["closed_on"].mask(gone, pd.Timestamp(day))
        status = self.enterprises["status"].mask(gone, "deregistered")
        self.enterprises = self.enterprises.assign(closed_on=closed, status=status)

    def now(self) -> Records:
        """The records as they lie there."""
        there = self.enterprises["known_on"].isna() | (self.enterprises["known_on"] <= pd.Timestamp(self.newest))
        registry = self.enterprises[there.to_numpy()].drop(columns="place")
        how = self.records.map.model_copy(update={"exported_on": self.newest})
        tables = {**self.tables, "enterprises": registry, "ratings": self.ratings}
        return Records.of({**self.records.tables, **tables}, how)

    def seen(self, ids: pd.Series) -> pd.DataFrame:
        """Visits and findings on file, for enterprises in their order."""
        rows = self.tables["inspections"]
        visits = rows["entity_id"].value_counts()
        findings = rows.loc[rows["outcome_codes"].fillna("1").ne("1").to_numpy(), "entity_id"].value_counts()
        of = {"visits": visits, "findings": findings}
        return pd.DataFrame({name: ids.map(count).fillna(0).to_numpy() for name, count in of.items()})


def _registry(known: pd.DataFrame, world: World, years: list[date]) -> pd.DataFrame:
    """Registry rows of today and of those who will enter; `place` in the world, −1 for those outside of it."""
    entrants = world.registry[world.enters > 0]
    entry = pd.to_datetime([years[year] for year in world.enters[world.enters > 0]]).as_unit("s")
    new = entrants.reindex(columns=known.columns).assign(
        established_on=entry, known_on=entry, status="active", closed_on=pd.Timestamp("NaT"), registration_no=""
    )
    table = pd.concat([known, new.astype(known.dtypes.to_dict())], ignore_index=True)
    place = pd.Series(np.arange(world.size), index=world.registry["entity_id"].to_numpy())
    return table.assign(place=table["entity_id"].map(place).fillna(-1).astype("int64"))
