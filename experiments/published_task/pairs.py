"""Earlier records of the same key, and earlier records nearby: what both cities' features are made of."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

KM_PER_DEGREE = (111.2, 82.6)  # latitude; longitude at 42° north (Toronto, at 43.7°, is stretched by 3 % east to west)
_FORMS = r"\b(INC|LLC|CORP|THE|CO|LTD|STORE|RESTAURANT|NO)\b"


def brand(name: str) -> str:
    """Trading name without digits, punctuation and legal forms: branches of a chain get the same key."""
    return re.sub(r"\s+", " ", re.sub(_FORMS, "", re.sub(r"[^A-Z& ]", "", name.upper()))).strip()


def earlier(row_key, row_day, event_key, event_day):
    """Pairs of a row and an event that have the same key, the event strictly before the row's day.

    Parameters
    ----------
    row_key, row_day : arrays of n
        Key (missing: no pairs) and as-of day number of each row.
    event_key, event_day : arrays of m
        The same of the events.

    Returns
    -------
    row, event : int arrays
        Positions among the rows and among the events, one entry a pair, rows ascending.
    elapsed : float array
        Days from the event to the row's day, 1 or more.
    """
    rows = pd.DataFrame({"k": np.asarray(row_key), "i": np.arange(len(row_key)), "d": row_day})
    events = pd.DataFrame({"k": np.asarray(event_key), "j": np.arange(len(event_key)), "e": event_day})
    pairs = rows.dropna(subset=["k"]).merge(events.dropna(subset=["k"]), on="k")
    pairs = pairs[pairs["e"] < pairs["d"]]
    return pairs["i"].to_numpy(), pairs["j"].to_numpy(), (pairs["d"] - pairs["e"]).to_numpy(float)


def nearby(rows, events, values, scales, block=400):
    """Kernel sums over other establishments' earlier events: Gaussian in space, exponential in time.

    An event weighs exp(−r²/2h²) · 2^(−t/half-life), r the distance in km, t > 0 the days before the row's as-of day.
    (Space-time kernel smoothing; the published model has the like as "heat maps" of burglaries and complaints.)

    Parameters
    ----------
    rows, events : four arrays each
        Latitude, longitude, day, establishment; rows by their as-of day. Without a place: weight 0.
    values : array of events × v
        What is summed.
    scales : list of (h in km, half-life in days)
    block : int
        Rows at a time (single precision; the size of blocks can move the last digits).

    Returns
    -------
    list
        A pair (sums: rows × v, weight: rows) for each scale.
    """
    x, day, own = _plane(rows), np.asarray(rows[2]), np.asarray(rows[3])
    ex, eday, eown, ev = _by_day(events, values)
    out = [(np.zeros((len(x), values.shape[1])), np.zeros(len(x))) for _ in scales]
    turn = np.argsort(day, kind="stable")
    for s in range(0, len(x), block):
        t = turn[s : s + block]
        m = np.searchsorted(eday, day[t].max())
        if not m:
            continue
        d2 = (x[t, 0, None] - ex[None, :m, 0]) ** 2 + (x[t, 1, None] - ex[None, :m, 1]) ** 2
        dt = (day[t, None] - eday[None, :m]).astype(np.float32)
        ok = (dt > 0) & (own[t, None] != eown[None, :m]) & np.isfinite(d2)
        d2 = np.nan_to_num(d2, nan=1e6)
        for (sums, weight), (km, hl) in zip(out, scales, strict=True):
            w = np.exp(-d2 / np.float32(2 * km * km) - np.maximum(dt, 0) * np.float32(np.log(2) / hl)) * ok
            sums[t], weight[t] = w @ ev[:m], w.sum(1)
    return out


def _plane(points):
    """Kilometres north and east: n × 2."""
    return np.c_[points[0] * KM_PER_DEGREE[0], points[1] * KM_PER_DEGREE[1]].astype(np.float32)


def _by_day(events, values):
    """Place, day, establishment and values of the events that have a place, in order of days."""
    place = _plane(events)
    ok = np.isfinite(place).all(1)
    order = np.flatnonzero(ok)[np.argsort(np.asarray(events[2])[ok], kind="stable")]
    return place[order], np.asarray(events[2])[order], np.asarray(events[3])[order], values[order].astype(np.float32)
