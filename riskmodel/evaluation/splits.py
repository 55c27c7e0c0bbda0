"""Rolling origins: on each test day a model may learn only from labels that had matured and were known by then.

A label given on day d looks at the `horizon_days` after d, and records arrive up to `gap_days` late: it is *known* on
d + horizon + gap. Three steps stand in time order, each learning only from what was known when the next one starts:

    train days … + horizon + gap ≤ calibrate_on,   calibrate_on + horizon + gap ≤ test_day,   test_day + horizon

so that the model meets its calibration slice as strange as it meets the test day, and no inspection is label twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from riskmodel.display import charts
from riskmodel.display.text import Lang
from riskmodel.errors import InputError
from riskmodel.values import Period


class Parts(NamedTuple):
    """Row numbers of a frame: what a model is fitted on, calibrated on, and tested on."""

    train: np.ndarray
    calibrate: np.ndarray
    test: np.ndarray


@dataclass(frozen=True)
class Split:
    """One test day with all that was known before it.

    Attributes
    ----------
    train_days : tuple of date
        As-of days of the rows to fit on, in order.
    fit_until : date
        Day by whose end every training label was known; nothing later may enter the fit.
    calibrate_on : date or None
        As-of day of the rows to calibrate on; their labels were known by the test day. None: no calibration.
    test_day : date
        As-of day of the ranking that is judged.
    label_until : date
        Last day that the labels of the test day look at.

    Raises
    ------
    InputError
        If windows overlap (RM-EVA-001).
    """

    train_days: tuple[date, ...]
    fit_until: date
    calibrate_on: date | None
    test_day: date
    label_until: date

    def __post_init__(self) -> None:
        horizon = self.label_until - self.test_day
        limit = self.calibrate_on or self.test_day
        holds = (
            self.train_days
            and list(self.train_days) == sorted(set(self.train_days))
            and horizon > timedelta(0)
            and self.train_days[-1] + horizon <= self.fit_until <= limit
            and (self.calibrate_on is None or self.calibrate_on + horizon <= self.test_day)
        )
        if not holds:
            raise InputError("RM-EVA-001", where=f"split {self.test_day}", found=self)

    def parts(self, frame: pd.DataFrame) -> Parts:
        """Row numbers of a panel with `as_of`, and `label_known_on` where single labels may come later than the gap.

        Training rows are those from the first to the last train day, also between them.

        Raises
        ------
        InputError
            If the frame has no row to fit on or to test on (RM-EVA-003).
        """
        if "as_of" not in frame:
            raise InputError("RM-EVA-003", where="panel", found=list(frame.columns)[:8], expected="as_of")
        known = frame.get("label_known_on")
        return self.parts_of(frame["as_of"], known)

    def parts_of(self, as_of: pd.Series, label_known_on: pd.Series | None = None) -> Parts:
        """The same from the columns themselves."""
        day = pd.to_datetime(as_of).to_numpy()
        train = (day >= np.datetime64(self.train_days[0])) & (day <= np.datetime64(self.train_days[-1]))
        calibrate = np.zeros(len(day), dtype=bool)
        if self.calibrate_on is not None:
            calibrate = day == np.datetime64(self.calibrate_on)
        if label_known_on is not None:
            known = pd.to_datetime(label_known_on).to_numpy()
            train &= known <= np.datetime64(self.fit_until)
            calibrate &= known <= np.datetime64(self.test_day)
        test = day == np.datetime64(self.test_day)
        for name, rows in (("train_days", train), ("test_day", test)):
            if not rows.any():
                raise InputError("RM-EVA-003", where=f"split {self.test_day}, {name}", found=0)
        return Parts(np.flatnonzero(train), np.flatnonzero(calibrate), np.flatnonzero(test))


@dataclass(frozen=True)
class RollingOrigins:
    """Test days at even steps, each with the training days whose labels were known in time.

    Attributes
    ----------
    first, last : date
        First and latest possible test day. Where the first is the last day of a month, all are.
    every_months : int
        Step between test days, and between training days.
    horizon_days, gap_days : int
        How long a label looks ahead, and how late records may come.
    train_years : int
        How far before the test day training days may lie.
    calibrate : bool
        Whether a later matured day is kept apart for calibration.

    Raises
    ------
    InputError
        If the windows make no sense (RM-EVA-001).

    References
    ----------
    Tashman, L. (2000), Out-of-sample tests of forecasting accuracy, Int. J. Forecasting 16, 437–450, sec. 3.

    Examples
    --------
    >>> origins = RollingOrigins(date(2024, 6, 30), date(2024, 12, 31), 6, horizon_days=180, gap_days=3, train_years=3)
    >>> split = origins.splits()[0]
    >>> str(split.train_days[-1]), str(split.fit_until), str(split.calibrate_on), str(split.label_until)
    ('2022-06-30', '2022-12-30', '2023-06-30', '2024-12-27')
    """

    first: date
    last: date
    every_months: int
    horizon_days: int
    gap_days: int
    train_years: int
    calibrate: bool = True

    def __post_init__(self) -> None:
        steps = min(self.every_months, self.horizon_days, self.train_years)
        if self.first > self.last or steps < 1 or self.gap_days < 0:
            raise InputError("RM-EVA-001", where="rolling origins", found=self)

    def splits(self, within: Period | None = None) -> tuple[Split, ...]:
        """All splits in order; `within` is the period of which records exist.

        Raises
        ------
        InputError
            If for a test day no training label can have been known in time, or its own labels have not matured
            (RM-EVA-002).
        """
        return tuple(self._split(step, within) for step in range(self.get_n_splits()))

    def split(
        self, X: pd.DataFrame, y: object = None, groups: pd.Series | None = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Rows to fit and to test on for scikit-learn's `cv`; as-of days are the column `as_of`, or `groups`."""
        for split in self.splits():
            parts = split.parts(X) if groups is None else split.parts_of(groups)
            yield parts.train, parts.test

    def get_n_splits(self, X: object = None, y: object = None, groups: object = None) -> int:
        """Number of test days."""
        steps = 0
        while self._day(steps) <= self.last:
            steps += 1
        return steps

    def _split(self, step: int, within: Period | None) -> Split:
        test_day = self._day(step)
        mature = timedelta(days=self.horizon_days + self.gap_days)
        oldest = (pd.Timestamp(test_day) - pd.DateOffset(years=self.train_years)).date()
        oldest = max(oldest, within.first) if within else oldest
        label_until = test_day + timedelta(days=self.horizon_days)
        earlier: list[date] = []
        while (day := self._day(step - 1 - len(earlier))) >= oldest:
            earlier.append(day)
        limit, calibrate_on = test_day, None
        if self.calibrate:
            calibrate_on = next((day for day in earlier if day + mature <= test_day), None)
            limit = calibrate_on or oldest
        train = tuple(day for day in reversed(earlier) if day + mature <= limit)
        late = within is not None and label_until > within.last
        if not train or late:
            found = f"labels until {label_until}" if train else f"training days from {oldest}: none matured by {limit}"
            raise InputError("RM-EVA-002", where=f"test day {test_day}", found=found)
        return Split(train, train[-1] + mature, calibrate_on, test_day, label_until)

    def _day(self, steps: int) -> date:
        """So many steps from the first day; month ends stay month ends."""
        moved = pd.Timestamp(self.first) + pd.DateOffset(months=self.every_months * steps)
        at_end = pd.Timestamp(self.first).is_month_end
        return (moved + pd.offsets.MonthEnd(0) if at_end else moved).date()


def windows(splits: Sequence[Split]) -> pd.DataFrame:
    """The windows of splits as a table: test_day, part (train, mature, calibrate, test, label), first_on, last_on."""
    rows: list[tuple[date, str, date, date]] = []
    for split in splits:
        rows += [(split.test_day, "train", day, day) for day in split.train_days]
        rows.append((split.test_day, "mature", split.train_days[0], split.fit_until))
        if split.calibrate_on is not None:
            rows.append((split.test_day, "calibrate", split.calibrate_on, split.test_day))
        rows.append((split.test_day, "test", split.test_day, split.test_day))
        rows.append((split.test_day, "label", split.test_day, split.label_until))
    return pd.DataFrame(rows, columns=["test_day", "part", "first_on", "last_on"])


def plot_splits(splits: Sequence[Split], *, lang: Lang = "zh") -> Figure:
    """The picture to look at before anything is fitted: what each test day may know, and when its labels are in."""
    return charts.split_windows(windows(splits), lang=lang)
