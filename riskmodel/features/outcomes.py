"""Outcomes: what was found after a day, for those who were looked at, with the weights of the draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import numpy as np
import pandas as pd

from riskmodel.features.build import with_problems
from riskmodel.records import Known
from riskmodel.values import AsOf

Event = Literal["problem", "penalty", "serious_penalty"]
_DRAWN = ("random", "routine")
_COLUMNS = ("entity_id", "y", "weight", "observed_on", "known_on")


@dataclass(frozen=True)
class Outcome:
    """What counts as a bad outcome after a day, over which horizon, and for whom it can be known.

    Attributes
    ----------
    horizon_days : int
        Days after the as-of day that count.
    event : str
        ``problem`` found at the first random or routine inspection; ``penalty`` or ``serious_penalty`` decided.
    observed_if : str
        Who has a label. ``inspected``: whoever was inspected in the horizon, and where the source records inclusion
        probabilities only those who were drawn; ``drawn``: only those; ``registered``: everybody (penalties are
        decided on whoever comes to notice, so that no event may mean that nobody looked).
    weight : str
        ``inverse_pi``: 1/pi, added up over the draws of the horizon in which the enterprise was drawn, so that the
        drawn stand for all; ``none``: 1.

    Notes
    -----
    Where a year is drawn in rounds that leave in peace whoever was drawn, pi is that of a round among those still
    open. The weights then stand for open rounds, of which enterprises with a high ratio have fewer: with twelve rounds
    a certain enterprise weighs 6.5 where one with a ratio near 0 weighs 12. One draw a year has no such bias.
    """

    horizon_days: int
    event: Event = "problem"
    observed_if: Literal["inspected", "drawn", "registered"] = "inspected"
    weight: Literal["inverse_pi", "none"] = "inverse_pi"

    def label(self, known: Known, as_of: AsOf) -> pd.DataFrame:
        """Labels of the enterprises that were observed in the horizon.

        Parameters
        ----------
        known : Known
            Records as of a later day: only what it knows gives labels; severity must be filled for
            ``serious_penalty``.
        as_of : AsOf
            The day after which the horizon begins.

        Returns
        -------
        DataFrame
            ``entity_id``, ``y`` (0 or 1), ``weight``, ``observed_on`` (first visit), ``known_on`` (of the label).
        """
        return self.labels(known, [as_of])[0]

    def labels(self, known: Known, as_ofs: Sequence[AsOf]) -> list[pd.DataFrame]:
        """The same for several days, of which each looks once at visits that were read once."""
        told = _told(known)
        return [self._label(known, told, as_of) for as_of in as_ofs]

    def _label(self, known: Known, told: pd.DataFrame, as_of: AsOf) -> pd.DataFrame:
        visits = self._first(told, as_of)
        if self.event == "problem":
            return self._labels(visits, visits["problem"].eq("yes").to_numpy(dtype="int64"))
        if self.observed_if == "registered":
            everybody = known["enterprises"][["entity_id"]]
            no_day = pd.Series(pd.NaT, everybody.index, dtype="datetime64[s]")
            visits = everybody.assign(inspected_on=no_day, known_on=no_day, weight=1.0)
        heard = self._penalised(known, as_of).reindex(visits["entity_id"])
        bad = pd.Series(heard.to_numpy("datetime64[s]"), visits.index)
        # that nothing was decided is known at the end of the horizon, and a decision when the office heard of it
        told_on = bad.fillna(self._period(as_of)[1])
        return self._labels(
            visits.assign(known_on=visits["known_on"].where(visits["known_on"] > told_on, told_on)),
            bad.notna().to_numpy(dtype="int64"),
        )

    def _first(self, told: pd.DataFrame, as_of: AsOf) -> pd.DataFrame:
        """First visit of each enterprise in the horizon, with the weight of all its visits there.

        A horizon may reach into two draws, and who is drawn often is then drawn in both. The first visit alone would
        stand for too few; 1/pi added up over visits stands for one in each draw, whatever pi is. The label is known
        when all of them are.
        """
        first, last = self._period(as_of)
        begin, end = np.searchsorted(told["inspected_on"].to_numpy(), np.array([first, last], "M8[s]"), side="right")
        rows = told.iloc[begin:end]
        drawn = rows["pi"].gt(0)
        if self.observed_if == "drawn" or drawn.any():
            rows = rows[drawn.to_numpy()]
        weight = (1 / rows["pi"].where(rows["pi"] > 0)).fillna(1.0) if self.weight == "inverse_pi" else 1.0
        rows = rows.assign(weight=weight)
        sums = rows.groupby("entity_id", sort=True)
        firsts = rows.drop_duplicates("entity_id").sort_values("entity_id", kind="stable")
        if self.weight == "inverse_pi" and drawn.any():
            firsts["weight"] = sums["weight"].sum().to_numpy()
            firsts["known_on"] = sums["known_on"].max().to_numpy()
        return firsts

    def _penalised(self, known: Known, as_of: AsOf) -> pd.Series:
        """Day on which the office first knew of a decision of the horizon, by enterprise."""
        rows = known["penalties"]
        first, last = self._period(as_of)
        fits = (rows["decided_on"] > first) & (rows["decided_on"] <= last) & rows["category"].ne("no_penalty")
        if self.event == "serious_penalty":
            fits &= rows["severity"].eq("serious")
        found: pd.Series = rows[fits.to_numpy()].groupby("entity_id")["known_on"].min()
        return found

    def _labels(self, rows: pd.DataFrame, y: np.ndarray) -> pd.DataFrame:
        values = (rows["entity_id"], y, rows["weight"], rows["inspected_on"], rows["known_on"])
        made = {name: getattr(v, "to_numpy", lambda v=v: v)() for name, v in zip(_COLUMNS, values, strict=True)}
        return pd.DataFrame(made).astype({"observed_on": "datetime64[s]", "known_on": "datetime64[s]"})

    def _period(self, as_of: AsOf) -> tuple[pd.Timestamp, pd.Timestamp]:
        return pd.Timestamp(as_of.day), pd.Timestamp(as_of.day + timedelta(days=self.horizon_days))


def _told(known: Known) -> pd.DataFrame:
    """Random and routine visits that say whether there was a problem, in order of their days."""
    rows = known["inspections"] if "problem" in known["inspections"] else with_problems(known)["inspections"]
    rows = rows[(rows["purpose"].isin(_DRAWN) & (rows["problem"] != "")).to_numpy()]
    return rows.sort_values(["inspected_on", "record_id"], kind="stable")
