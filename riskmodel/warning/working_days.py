"""Deadlines in Chinese working days: public holidays and the weekends that are worked instead."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from chinese_calendar import is_workday

_EPOCH = date(1970, 1, 1)


@cache
def works(day: date) -> bool:
    """Whether offices work; outside of the years that were announced, Monday to Friday.

    >>> works(date(2025, 10, 1)), works(date(2025, 9, 28)), works(date(2025, 9, 27))
    (False, True, False)
    """
    try:
        return bool(is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


@cache
def deadline(day: int, working_days: int) -> int:
    """Last of so many working days after a day; days are counted from 1970.

    >>> start = (date(2025, 9, 30) - _EPOCH).days
    >>> (_EPOCH + timedelta(days=deadline(start, 2))).isoformat()
    '2025-10-10'
    """
    current, left = _EPOCH + timedelta(days=day), working_days
    while left > 0:
        current += timedelta(days=1)
        left -= works(current)
    return (current - _EPOCH).days
