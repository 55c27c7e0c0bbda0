"""Rounds of a year: a yearly ratio divided so that the rounds together give it, and nobody comes twice by chance.

Method
------
A year has K rounds; an enterprise that is to be visited f times a year has f cycles of c = K / f rounds. Its ratio p
holds for one cycle. In round j of a cycle, whoever was not yet visited in the cycle is drawn with

    h = (p / c) / (1 - (j - 1) p / c),

and whoever was visited is left in peace until the next cycle. The probability to be drawn first in round j is then
p / c for every j, and p for the cycle, exactly, with a fresh seed in every round (negative coordination). With p = 1
the last round is certain: nobody is left out.

References
----------
Rotation of samples by conditional probabilities: Nedyalkova, Qualité & Tillé (2009), "General framework for the
rotation of units in repeated survey sampling", Statistica Neerlandica 63, 269–293.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from riskmodel.errors import InputError
from riskmodel.fault_words import Both

_OF = (1, 2, 3, 4, 6, 12)
_MANY = ", ".join(map(str, _OF))
_EXPECTED = Both(
    f"第几批/全年批数，如 6/12；全年批数：{_MANY}", f"round/rounds a year, such as 6/12; rounds a year: {_MANY}"
)


@dataclass(frozen=True)
class Round:
    """One of the rounds of a year.

    Attributes
    ----------
    number, of : int
        Round `number` (from 1) of `of` rounds, which divide the months evenly.
    day : date
        Day of the plan; its year is the year that is divided.

    Examples
    --------
    >>> half = Round(6, 12, date(2025, 6, 30))
    >>> starts, share = half.cycle(np.array([1.0, 2.0]))
    >>> [str(start.date()) for start in starts], share(np.array([0.6, 0.6])).round(6).tolist()
    (['2025-01-01', '2025-01-01'], [0.066667, 0.2])
    """

    number: int
    of: int
    day: date

    def __post_init__(self) -> None:
        if self.of not in _OF or not 1 <= self.number <= self.of:
            raise InputError("RM-INP-004", where="--round", found=str(self), expected=_EXPECTED)

    @classmethod
    def of_day(cls, day: date, of: int) -> Round:
        """The round in which a day lies.

        >>> str(Round.of_day(date(2025, 5, 31), 4))
        '2/4'
        """
        whole = of if of in _OF else 1
        return cls(1 + (day.month - 1) * whole // 12, of, day)

    @classmethod
    def read(cls, text: str, day: date) -> Round:
        """Read a round written as ``6/12``.

        Raises
        ------
        InputError
            If there is no such round (RM-INP-004).
        """
        number, _, of = text.partition("/")
        try:
            return cls(int(number), int(of), day)
        except ValueError as fault:
            raise InputError("RM-INP-004", where="--round", found=text, expected=_EXPECTED) from fault

    def cycle(self, frequency: np.ndarray) -> tuple[pd.DatetimeIndex, Callable[[np.ndarray], np.ndarray]]:
        """First days of the cycles now running, and the function that divides a ratio; both by enterprise.

        Parameters
        ----------
        frequency : array of float, shape (enterprises,)
            Visits wanted a year; more than the rounds count as one a round.
        """
        length = np.maximum(self.of // np.maximum(frequency.astype(int), 1), 1)
        place = (self.number - 1) % length
        months = (self.number - 1 - place) * 12 // self.of
        starts = pd.DatetimeIndex(np.datetime64(f"{self.day.year}-01", "M") + months.astype("timedelta64[M]"))

        def share(ratio: np.ndarray) -> np.ndarray:
            part: np.ndarray = (ratio / length) / (1 - place * ratio / length)
            return np.where(ratio >= 1, 1 / (length - place), part)

        return starts, share

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def with_drawn(decided: pd.DataFrame, drawn: pd.DataFrame) -> pd.DataFrame:
    """Enterprises with the visits for which they were drawn but whose results are not in the records yet.

    Parameters
    ----------
    decided : DataFrame
        ``entity_id``, ``visits_this_year``, ``last_visit_on``.
    drawn : DataFrame
        ``entity_id``, ``drawn_on``: earlier draws of the year, as the log has them. One whose enterprise was visited
        on or after the day of its plan counts no second time.

    Returns
    -------
    DataFrame
        A copy with both columns brought up to date.
    """
    last = pd.to_datetime(decided["last_visit_on"])
    on = drawn.drop_duplicates().merge(decided[["entity_id"]].assign(last=last), on="entity_id")
    open_ = on[~(on["last"] >= on["drawn_on"]).to_numpy(dtype=bool)].groupby("entity_id")["drawn_on"]
    more = open_.size().reindex(decided["entity_id"], fill_value=0).to_numpy(dtype="int64")
    newest = pd.Series(open_.max().reindex(decided["entity_id"]).to_numpy(), index=decided.index)
    known = last.where(~(newest > last) & (last.notna() | newest.isna()), newest)
    return decided.assign(
        visits_this_year=decided["visits_this_year"] + more, last_visit_on=known.astype("datetime64[s]")
    )
