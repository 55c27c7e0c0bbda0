"""The clock of publication: so many working days after a visit."""

from __future__ import annotations

from datetime import date

import pandas as pd

from riskmodel.working_days import working_days_after


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
