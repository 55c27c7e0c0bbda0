"""On which day a team makes which visit: towns together, so many a working day, from the Monday after the draw."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import pandas as pd


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
    days = working_days(after + timedelta(days=7 - after.weekday()), int(place.max()) + 1 if len(place) else 0)
    ordered["planned_on"] = pd.to_datetime([days[k] for k in place]).astype("datetime64[s]")
    return ordered


def working_days(first: date, count: int) -> list[date]:
    """The first working days from a day on, by China's calendar of holidays and shifted weekends.

    >>> [d.isoformat() for d in working_days(date(2025, 9, 30), 2)]  # National Day; the 11th of October is a Saturday
    ['2025-09-30', '2025-10-09']
    """
    days: list[date] = []
    day = first
    while len(days) < count:
        if _works(day):
            days.append(day)
        day += timedelta(days=1)
    return days


def _works(day: date) -> bool:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:  # the holidays of that year are not announced yet
        return day.weekday() < 5
