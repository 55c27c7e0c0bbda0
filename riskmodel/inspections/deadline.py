"""The clock of publication: so many Chinese working days after a visit, by the calendar of holidays and moved days."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import pandas as pd

OFFICIAL, WEEKDAYS = "official", "weekdays"


def working_days_after(day: date, count: int) -> tuple[date, str]:
    """The day that many working days after a day, which itself does not count.

    Parameters
    ----------
    day : date
        Day of the visit.
    count : int
        Working days.

    Returns
    -------
    date, str
        The last day of the term, and ``official``, or ``weekdays`` where the term reaches into a year whose holidays
        are not announced yet: then Saturdays and Sundays alone are free, and the true term can only be later.

    Examples
    --------
    >>> working_days_after(date(2025, 9, 30), 1)  # after the national holiday and the Mid-Autumn Festival
    (datetime.date(2025, 10, 9), 'official')
    """
    calendar, left = OFFICIAL, count
    while left:
        day += timedelta(days=1)
        try:
            works = chinese_calendar.is_workday(day)
        except NotImplementedError:
            works, calendar = day.weekday() < 5, WEEKDAYS
        left -= works
    return day, calendar


def clock(inspected_on: pd.Series, working_days: int, today: date) -> pd.DataFrame:
    """Term of each visit: ``publish_by``, ``calendar``, ``overdue`` (yes or no on a day); rows as given."""
    ends = {day: working_days_after(day.date(), working_days) for day in inspected_on.unique()}
    by = pd.to_datetime(inspected_on.map({day: end for day, (end, _) in ends.items()}))
    late = by < pd.Timestamp(today)
    return pd.DataFrame(
        {
            "publish_by": by,
            "calendar": inspected_on.map({day: which for day, (_, which) in ends.items()}),
            "overdue": late.map({True: "yes", False: "no"}),
        }
    )
