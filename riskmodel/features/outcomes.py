"""Outcomes: what an inspection found after a day, for those who were inspected, with the weights of the draw."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pandas as pd

from riskmodel.features.build import with_problems
from riskmodel.records import Known
from riskmodel.values import AsOf


@dataclass(frozen=True)
class Outcome:
    """A problem found at the first inspection within a horizon after a day.

    A label exists only where someone looked (selective labels). Where the source records inclusion probabilities,
    only drawn inspections count, weighted by 1/pi, so that the inspected stand for all.

    Attributes
    ----------
    horizon_days : int
        Days after the as-of day in which an inspection gives the label.
    """

    horizon_days: int

    def label(self, known: Known, as_of: AsOf) -> pd.DataFrame:
        """Labels of the enterprises inspected in the horizon.

        Parameters
        ----------
        known : Known
            Records as of a later day: only what it knows gives labels.
        as_of : AsOf
            The day after which the horizon begins.

        Returns
        -------
        DataFrame
            ``entity_id``, ``y`` (0 or 1), ``weight`` (1/pi, or 1), ``inspected_on``.
        """
        rows = with_problems(known)["inspections"]
        first, last = pd.Timestamp(as_of.day), pd.Timestamp(as_of.day + timedelta(days=self.horizon_days))
        rows = rows[rows["purpose"].isin(("random", "routine")) & (rows["problem"] != "")]
        rows = rows[(rows["inspected_on"] > first) & (rows["inspected_on"] <= last)]
        if rows["pi"].gt(0).any():
            rows = rows[rows["pi"].gt(0)]
        rows = rows.sort_values(["entity_id", "inspected_on", "record_id"], kind="stable").drop_duplicates("entity_id")
        return pd.DataFrame(
            {
                "entity_id": rows["entity_id"].to_numpy(),
                "y": rows["problem"].eq("yes").astype("int64").to_numpy(),
                "weight": (1 / rows["pi"].where(rows["pi"] > 0)).fillna(1.0).to_numpy(),
                "inspected_on": rows["inspected_on"].to_numpy(),
            }
        )
