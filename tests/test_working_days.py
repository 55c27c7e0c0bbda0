"""Terms in Chinese working days against the announced calendar, and what is assumed where none is announced."""

from datetime import date, timedelta

import chinese_calendar
import pytest

from riskmodel.working_days import working_days_after, working_days_from


@pytest.mark.parametrize(
    ("day", "count", "end"),
    [
        (date(2025, 6, 30), 7, date(2025, 7, 9)),
        (date(2025, 1, 24), 7, date(2025, 2, 10)),  # spring festival; Sunday 26 January and Saturday 8 February worked
        (date(2025, 7, 4), 0, date(2025, 7, 4)),
    ],
)
def test_holidays_and_moved_days_count_as_announced(day: date, count: int, end: date) -> None:
    assert working_days_after(day, count) == (end, "official")


def test_years_not_announced_are_said_to_be_assumed() -> None:
    assert working_days_after(date(2050, 9, 30), 1) == (date(2050, 10, 3), "weekdays")


def test_both_ways_count_the_days_that_the_calendar_works():
    first = date(2024, 12, 25)
    year = [first + timedelta(days=k) for k in range(300)]
    worked = [day for day in year if chinese_calendar.is_workday(day)]
    assert working_days_from(first, len(worked)) == worked
    assert [working_days_after(first - timedelta(days=1), k + 1)[0] for k in range(len(worked))] == worked
