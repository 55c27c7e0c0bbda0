"""As-of features for the DineSafe inspections of Toronto: records before the inspection's own day only.

Industry, name, address and place are a snapshot of about 2020, and only premises that still existed then are in it.
A row is judged on the day of its inspection, so the time since the last visit (and thereby whether this is a
follow-up) is known.

Local vocabulary: i inspections, n of them; y critical found (minus the city's rate where a mean is taken), s serious
and m minor findings (at most 4), c corrected on the spot, h hazard words, p penalised; hl half-life in days.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from pairs import brand, earlier, nearby

EPOCH = pd.Timestamp("2001-01-01")
HAZARD = "temp|hazardous|refriger|cold|hot|contamin|pest|rodent|cockroach|insect|vermin"
RANK = {"clean": 0, "minor": 1, "serious": 2, "critical": 3, "penalised": 4}
NEAR = (  # km, half-life in days
    *((0.5, 700.0), (1.5, 365.0), (4.0, 180.0), (0.3, 1500.0), (1.0, 60.0)),
    *((2.5, 60.0), (2.5, 21.0), (8.0, 60.0), (1.5, 1500.0)),
)
PEER = ((1.5, 700.0), (6.0, 365.0))  # same industry
KEYS = (("enterprise_id", "own", (180.0, 540.0, 1500.0)), ("brand", "brand", (900.0,)), ("street", "addr", (1500.0,)))
NOT_INPUTS = ("y", "date", "enterprise", "earlier_visits", "rule_last", "rule_minor180")


def load(data, before=None) -> pd.DataFrame:
    """Inspections of the folder `data` in order of dates, with what the findings' texts say, and names and places.

    No inspection or finding from the day `before` on is kept.
    """
    data = Path(data)
    i = pd.read_parquet(data / "inspections.parquet").sort_values(["date", "inspection_id"])
    p = pd.read_parquet(data / "penalties.parquet")
    e = pd.read_parquet(data / "enterprises.parquet").set_index("enterprise_id")
    if before is not None:
        i, p = i[i["date"] < before], p[p["decided_date"] < before]
    i = i.reset_index(drop=True)
    i["day"] = (i["date"] - EPOCH).dt.days
    i["y"] = (i["critical"] > 0) * 1.0
    says = {
        "corrected": p["action"].str.contains("Corrected"),
        "hazard": p["description"].str.contains(HAZARD, case=False),
    }
    for name, flag in says.items():
        i[name] = i["inspection_id"].map(flag.astype(float).groupby(p["inspection_id"]).max()).fillna(0.0)
    for k in ("name", "industry", "address", "lat", "lon"):
        i[k] = i["enterprise_id"].map(e[k])
    i["brand"] = i["name"].map(brand)
    i["street"] = i["address"].str.upper().str.split(",").str[0]
    return i


def features(i: pd.DataFrame, train_before) -> pd.DataFrame:
    """Feature frame of the inspections (n rows in their order), with label, date and premises as the last columns.

    `train_before` only fixes which industries get a column (more than 400 inspections before that day).
    """
    day, place = i["day"].to_numpy(), i[["lat", "lon"]].to_numpy()
    premises = pd.factorize(i["enterprise_id"])[0]
    y = i["y"].to_numpy()
    s, m = np.minimum(i["serious"], 4).to_numpy(float), np.minimum(i["minor"], 4).to_numpy(float)
    value = {
        "y": y - _city_rate(i),
        "s": s,
        "m": m,
        "c": i["corrected"].to_numpy(float),
        "h": i["hazard"].to_numpy(float),
        "clean": (i["result"] == "clean").to_numpy(float),
        "p": i["penalised"].to_numpy(float),
        "crit": np.minimum(i["critical"], 3).to_numpy(float),
    }
    columns = _records(i, premises, value)
    columns |= _follow_ups(columns)
    here = (place[:, 0], place[:, 1], day, premises)
    columns |= _neighbourhood(i["industry"], here, np.c_[value["y"], s, m])
    common = i["industry"][i["date"] < train_before].value_counts()
    columns |= {"industry_" + k: i["industry"] == k for k in sorted(common.index[common > 400])}
    season = i["date"].dt.day_of_year.to_numpy() * 2 * np.pi / 365.25
    columns |= {"sin": np.sin(season), "cos": np.cos(season)}
    table = pd.DataFrame({k: np.asarray(x, float) for k, x in columns.items()})
    table["y"], table["date"], table["enterprise"] = y, i["date"], premises
    return table


def _city_rate(i):
    """Critical rate of the city over the inspections before each inspection's day (half-life 3,000 inspections)."""
    day = i["day"].to_numpy()
    rate = i["y"].ewm(halflife=3000).mean().shift(1).fillna(0.06).to_numpy()
    return rate[np.searchsorted(day, day, "left")]


def _records(i, premises, value):
    """Decayed means (shrunk by one inspection) and sums at the premises, and at others of its brand and street."""
    out, n, day = {}, len(i), i["day"].to_numpy()
    sums = {"y": i["y"].to_numpy(), "s": value["s"], "m": value["m"]}
    for key, k, half_lives in KEYS:
        a, b, dt = earlier(i[key], day, i[key], day)
        if k != "own":
            other = premises[a] != premises[b]
            a, b, dt = a[other], b[other], dt[other]
        for hl in half_lives:
            w = 0.5 ** (dt / hl)
            size = np.bincount(a, w, n)
            out[f"{k}_n{hl:.0f}"] = np.log1p(size)
            for q, x in value.items():
                out[f"{k}_{q}{hl:.0f}"] = np.bincount(a, w * x[b], n) / (size + 1)
            for q, x in sums.items():
                out[f"{k}_{q}sum{hl:.0f}"] = np.log1p(np.bincount(a, w * x[b], n))
        if k == "own":
            out |= _last_two(n, (a, b, dt), value)
            out |= _rules(i, (a, b, dt), value["m"])
    return out


def _recent(pairs, rank):
    """Row, event and elapsed days of the last (`rank` 0) or last but one (1) earlier visit."""
    a, b, dt = pairs
    order = np.lexsort((dt, a))
    new, position = np.r_[True, np.diff(a[order]) > 0], np.arange(len(order))
    chosen = order[position - np.maximum.accumulate(np.where(new, position, 0)) == rank]
    return a[chosen], b[chosen], dt[chosen]


def _last_two(n, pairs, value):
    """What the last two visits found, and the time between; `pairs`: see `earlier`."""
    out = {}
    last, second = _recent(pairs, 0), _recent(pairs, 1)
    for q, x in value.items():
        for name, (row, event, _) in (("last", last), ("last2", second)):
            out[f"{name}_{q}"] = np.zeros(n)
            out[f"{name}_{q}"][row] = x[event]
    since, before = np.full(n, 1500.0), np.full(n, 1500.0)
    since[last[0]] = last[2]
    before[second[0]] = second[2] - since[second[0]]
    out["since"], out["gap_before"] = np.log1p(since), np.log1p(before)
    out["follow"], out["long"] = (since < 45) * 1.0, since > 300
    out["follow_bad"] = out["follow"] * (out["last_s"] > 0)
    out["earlier_visits"] = np.bincount(pairs[0], minlength=n)
    out["tenure"] = np.zeros(n)
    np.maximum.at(out["tenure"], pairs[0], pairs[2])
    return out


def _rules(i, pairs, minor):
    """The two rules to compare with: visits with a minor finding in 180 days, and rank of the last result."""
    a, b, dt = pairs
    n, near = len(i), dt <= 180
    row, event, _ = _recent(pairs, 0)
    last = np.zeros(n)
    last[row] = i["result"].map(RANK).to_numpy()[event]
    return {"rule_minor180": np.bincount(a[near], (minor > 0)[b[near]], n), "rule_last": last}


def _follow_ups(columns):
    """Products that let what was found count differently at a follow-up and at a routine visit."""
    follow = columns["follow"]
    out = {"routine_" + q: columns["last_" + q] * (1 - follow) for q in "smy"}
    out |= {f"follow_{q}2": columns["last2_" + q] * follow for q in "sy"}
    return out | {"follow_y": columns["own_y540"] * follow}


def _neighbourhood(industry, here, sums):
    """Kernel means nearby (shrunk by weight 20 or 5), and of critical findings in the same industry."""
    n, out = len(industry), {}
    for (km, hl), (z, w) in zip(NEAR, nearby(here, here, sums, NEAR), strict=True):
        for k, q in enumerate("ysm"):
            out[f"near_{q}_{km}_{hl:.0f}"] = z[:, k] / (w + (20 if q == "y" else 5))
    out |= {f"peer_{km}": np.zeros(n) for km, _ in PEER}
    for g in industry.unique():
        r = np.flatnonzero(industry == g)
        mine = [x[r] for x in here]
        for (km, _), (z, w) in zip(PEER, nearby(mine, mine, sums[r, :1], PEER), strict=True):
            out[f"peer_{km}"][r] = z[:, 0] / (w + 20)
    return out
