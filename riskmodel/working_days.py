"""Working days of China: public holidays are free, and the weekends that stand in for them are worked."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import chinese_calendar

OFFICIAL, WEEKDAYS = "official", "weekdays"


@cache
def works(day: date) -> tuple[bool, str]:
    """Whether offices work on a day, and by which calendar: ``official``, or ``weekdays`` for years not announced.

    >>> works(date(2025, 10, 1))[0], works(date(2025, 9, 28))[0], works(date(2025, 9, 27)), works(date(2099, 1, 1))
    (False, True, (False, 'official'), (True, 'weekdays'))
    """
    try:
        return bool(chinese_calendar.is_workday(day)), OFFICIAL
    except NotImplementedError:
        return day.weekday() < 5, WEEKDAYS


@cache
def working_days_after(day: date, count: int) -> tuple[date, str]:
    """The day that many working days after a day, which itself does not count.

    Parameters
    ----------
    day : date
        Day from which the term runs.
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
    calendar = OFFICIAL
    while count > 0:
        day += timedelta(days=1)
        is_worked, by = works(day)
        calendar = WEEKDAYS if by == WEEKDAYS else calendar
        count -= is_worked
    return day, calendar


def working_days_from(first: date, count: int) -> list[date]:
    """The first working days from a day on.

    >>> [d.isoformat() for d in working_days_from(date(2025, 9, 30), 2)]  # National Day; the 11th is a Saturday
    ['2025-09-30', '2025-10-09']
    """
    days: list[date] = []
    while len(days) < count:
        first, _ = working_days_after(days[-1] if days else first - timedelta(days=1), 1)
        days.append(first)
    return days
