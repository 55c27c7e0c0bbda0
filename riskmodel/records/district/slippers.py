"""Enterprises that slip: from a known day on small violations come faster, and a serious one follows after a while.

They are planted beside the hidden process, with random numbers of their own, so that a district without them is the
same to the byte. How fast they come to light is drawn for each: some show twice in half a year, most do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

# Days from the slip to the serious violation; small violations and complaints that come to light a year, median and
# spread (log) over slippers; part of the complaints that the office verifies.
_UNTIL_SERIOUS = (150, 540)
_A_YEAR, _SPREAD = 2.0, 0.5
_COMPLAINTS_A_YEAR, _VERIFIED = 3.0, 0.4


@dataclass(frozen=True)
class Slipped:
    """What slippers add: penalties and complaints (``who`` is the row of the registry), and the day of each slip."""

    penalties: pd.DataFrame
    complaints: pd.DataFrame
    slipped_on: np.ndarray


def plant_slippers(
    registry: pd.DataFrame, days: tuple[np.datetime64, np.datetime64], share: float, seed: Sequence[int]
) -> Slipped:
    """Choose slippers and make their events.

    Parameters
    ----------
    registry : DataFrame
        established_on and closed_on of the enterprises.
    days : pair of datetime64
        First and last day of records; slips begin a year after the first.
    share : float
        Part of the enterprises that slip.
    seed : sequence of int
        Of the chunk.
    """
    rng = np.random.default_rng([*seed, 11])
    n, (first, last) = len(registry), (day.astype("datetime64[D]") for day in days)
    born = registry["established_on"].to_numpy().astype("datetime64[D]")
    start = np.maximum(first, born) + 365
    slip = start + (rng.random(n) * np.maximum((last - start).astype(int), 0)).astype("timedelta64[D]")
    chosen = (rng.random(n) < share) & (start < last)
    who = np.flatnonzero(chosen)
    ends = slip[who] + rng.integers(*_UNTIL_SERIOUS, len(who)).astype("timedelta64[D]")
    years = (ends - slip[who]).astype(float) / 365.25
    speed = np.exp(rng.normal(0, _SPREAD, len(who)))
    small = _spread(rng, who, slip[who], ends, rng.poisson(_A_YEAR * speed * years))
    serious = pd.DataFrame({"who": who, "on": ends, "severity": 2})
    small["severity"] = (rng.random(len(small)) < 0.25).astype(int)
    found = pd.concat([small, serious], ignore_index=True)
    decided = found["on"].to_numpy() + rng.integers(20, 60, len(found)).astype("timedelta64[D]")
    penalties = pd.DataFrame(
        {"who": found["who"], "occurred_on": found["on"], "decided_on": decided, "severity": found["severity"]}
    )
    heard = _spread(rng, who, slip[who], ends, rng.poisson(_COMPLAINTS_A_YEAR * speed * years))
    complaints = _complaints(rng, heard, last)
    return Slipped(penalties, complaints, np.where(chosen, slip, np.datetime64("NaT")))


def _spread(
    rng: np.random.Generator, who: np.ndarray, start: np.ndarray, end: np.ndarray, times: np.ndarray
) -> pd.DataFrame:
    """So many days of each, anywhere between the slip and the serious violation."""
    span = np.repeat((end - start).astype(int), times)
    day = np.repeat(start, times) + (rng.random(len(span)) * span).astype("timedelta64[D]")
    return pd.DataFrame({"who": np.repeat(who, times), "on": day})


def _complaints(rng: np.random.Generator, heard: pd.DataFrame, last: np.datetime64) -> pd.DataFrame:
    n, day = len(heard), heard["on"].to_numpy().astype("datetime64[D]")
    closed = day + rng.integers(10, 60, n).astype("timedelta64[D]")
    pending, true = closed > last, rng.random(n) < _VERIFIED
    return pd.DataFrame(
        {
            "who": heard["who"], "received_on": day, "known_on": day + 1,
            "channel": rng.choice(["12315平台", "12345热线"], n), "kind": "complaint",
            "verified": np.where(pending, "pending", np.where(true, "yes", "no")),
            "verified_on": np.where(pending, np.datetime64("NaT"), closed),
        }
    )  # fmt: skip
