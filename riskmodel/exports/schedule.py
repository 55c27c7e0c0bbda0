"""On which day a team makes which visit: towns together, so many a working day, from the Monday after the draw."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from riskmodel.working_days import working_days_from


def scheduled(visits: pd.DataFrame, *, after: date, visits_a_day: int) -> pd.DataFrame:
    """Visits with ``planned_on``, by team and day.

    Visits that have a day already keep it.

    Parameters
    ----------
    visits : DataFrame
        ``visit_no``, ``team``, ``town``.
    after : date
        Day of the draw; the first visits are made on the first working day of the next week.
    visits_a_day : int
        Of one team.
    """
    if "planned_on" in visits and visits["planned_on"].notna().all():
        return visits.sort_values(["team", "planned_on", "visit_no"], ignore_index=True)
    ordered = visits.sort_values(["team", "town", "visit_no"], ignore_index=True)
    place = ordered.groupby("team", sort=False).cumcount() // visits_a_day
    days = working_days_from(after + timedelta(days=7 - after.weekday()), int(place.max()) + 1 if len(place) else 0)
    ordered["planned_on"] = pd.to_datetime([days[k] for k in place]).astype("datetime64[s]")
    return ordered
