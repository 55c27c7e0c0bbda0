"""As-of features for the graded canvasses of Chicago: establishment, neighbourhood, inspector's colour.

A value of a row uses records dated strictly before the row's as-of day, with these exceptions: its profile (risk class,
facility, licence, place) is as stored with the canvass itself; an account number that is missing comes from the
snapshot of establishments, as the addresses of abnormal visits do; the city's rate starts from the first 500 canvasses
(January 2011; evaluated rows are of September 2012 and later); and the visits nearby (``near_visit_…``) are those of
licences that have a canvass anywhere in the table given, since the place of a visit is that of the licence's first
canvass there, be it after the as-of day.

A finding counts as *surprise*: what was found minus the rate to be expected of the colour of inspector who looked
(divided by its standard deviation for ``…_z``), so that a finding by a lenient inspector weighs more than the same
finding by a strict one. Colours are groups of inspectors by strictness, made by the city (Schenk et al. 2015).

Local vocabulary: c canvasses, n of them; y critical, s serious, m minor findings, f failed, c passed with conditions;
asof day number of the as-of day of each canvass; hl half-life in days. Day numbers count from 2011-01-01.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from pairs import brand, earlier, nearby

EPOCH = pd.Timestamp("2011-01-01")
COLOURS = ("brown", "yellow", "green", "orange", "blue", "purple")
NEAR = ((0.3, 700.0), (0.7, 120.0), (0.7, 365.0), (1.5, 365.0), (3.0, 365.0), (1.2, 60.0))  # km, half-life in days
SAME = ((0.5, 60.0), (1.0, 180.0), (2.0, 365.0), (5.0, 120.0))
STORED = ("consumption_on_premises_incidental_activity", "tobacco")
VISITS = ("canvass", "complaint", "licence", "canvass_reinspection", "complaint_reinspection", "licence_reinspection")
VISITS_NEARBY = ("canvass_reinspection", "complaint", "licence_reinspection", "complaint_reinspection")
FINDINGS = {"critical_found": "y", "serious_found": "s", "minor": "m", "failed": "f", "conditional": "c"}
KEYS = (
    ("licence", "own", 900.0),
    ("address_key", "addr", 700.0),
    ("account", "acct", 700.0),
    ("brand", "brand", 700.0),
)


class Records(NamedTuple):
    """Graded canvasses in order of dates, the visit log, and visits without a grade."""

    canvasses: pd.DataFrame
    visits: pd.DataFrame
    abnormal: pd.DataFrame


def day_number(x):
    """Days since 2011-01-01 of a date or of a column of dates."""
    return (x - EPOCH).dt.days.to_numpy() if hasattr(x, "dt") else (pd.Timestamp(x) - EPOCH).days


def log_odds(p):
    """Log-odds of rates, kept within .003 and .95."""
    p = np.clip(p, 0.003, 0.95)
    return np.log(p / (1 - p))


def load(data, before=None) -> Records:
    """Read the tables of the folder `data`; no record from the day `before` on is kept (canvass, visit, abnormal)."""
    data = Path(data)
    c = pd.read_parquet(data / "clean/inspections_canvass.parquet").sort_values(["date", "inspection_id"])
    p = pd.read_parquet(data / "clean/model_table_paper.parquet", columns=["inspection_id"])
    e = pd.read_parquet(data / "enterprises.parquet").set_index("enterprise_id")
    v = pd.read_parquet(data / "inspections.parquet")
    v = v[v["source"] == "visit_log"].rename(columns={"enterprise_id": "licence"})
    b = pd.read_parquet(data / "abnormal_listings.parquet")
    b = b.rename(columns={"enterprise_id": "licence", "listed_date": "date"})
    if before is not None:
        c, v, b = (x[x["date"] < before] for x in (c, v, b))
    c, v, b = c.reset_index(drop=True), v.copy(), b.copy()
    c["critical_found"] = (c["critical"] > 0) * 1.0
    c["serious_found"] = (c["serious"] > 0) * 1.0
    c["failed"] = (c["result"] == "Fail") * 1.0
    c["conditional"] = (c["result"] == "Pass w/ Conditions") * 1.0
    c["address_key"] = c["address"].map(_address)
    c["brand"] = c["aka_name"].map(brand)
    c["account"] = c["account_number"].fillna(c["licence"].map(e["group_id"])).astype("Float64")
    c["paper"] = c["inspection_id"].isin(p["inspection_id"])
    b["address_key"] = b["licence"].map(e["address"]).map(_address)
    for x in (c, v, b):
        x["day"] = day_number(x["date"])
    return Records(c, v, b)


def _address(a: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"\bBLDG\b.*|#.*", "", a.upper())).strip()


def features(records: Records, asof, gap=None) -> pd.DataFrame:
    """Feature frame of the canvasses (n rows in their order), each judged as of its day in `asof` (int array of n).

    `gap` = (from, to): day numbers in which visits, abnormal visits and colours are blanked, to rehearse the gap
    in the city's log before the published test window.
    """
    c, v, b = records if gap is None else _blanked(records, gap)
    day = c["day"].to_numpy()
    raw = {q: c[column].to_numpy(float) for column, q in FINDINGS.items()}
    usual = {q: expected(c, column, day) for column, q in FINDINGS.items()}
    surprise = {q: raw[q] - usual[q] for q in raw}
    surprise["z"] = surprise["y"] / np.sqrt(usual["y"] * (1 - usual["y"]) + 0.02)
    columns = {
        **_own_record(c, asof, surprise),
        **_past_visits(c, v, b, asof),
        **_profile(c, asof),
        **_neighbourhood(c, asof, surprise["y"]),
        **_visits_nearby(c, v, asof),
        **_same_colour(c, asof, raw),
    }
    table = pd.DataFrame({k: np.asarray(x, float) for k, x in columns.items()})
    for k in [k for k in table if k.startswith(("ins_y", "same_y"))]:
        table["lo_" + k] = log_odds(table[k])
    table["inspector"] = pd.Categorical(c["inspector"], COLOURS)
    return table


def _blanked(records: Records, gap) -> Records:
    c, v, b = records
    c = c.copy()
    c.loc[(c["day"] >= gap[0]) & (c["day"] < gap[1]), "inspector"] = None
    v, b = (x[(x["day"] < gap[0]) | (x["day"] >= gap[1])] for x in (v, b))
    return Records(c, v, b)


def expected(c, column, at, half_life=180.0, prior=30.0):
    """Rate of `column` that is usual for the colour of each canvass's inspector, as known before its day in `at`.

    Counts of each colour decay with `half_life` days and are shrunk to the city's rate with the weight of `prior`
    canvasses (empirical Bayes with a fixed weight); canvasses without a colour get the city's rate. Array of n.
    """
    x, day = c[column].to_numpy(float), c["day"].to_numpy()
    who = pd.Categorical(c["inspector"], COLOURS).codes
    days = np.arange(min(day.min(), at.min()), max(day.max(), at.max()) + 1)
    total, city = np.zeros((len(COLOURS), 2)), np.array([x[:500].mean() * 100, 100.0])
    table, last = [], day[0]
    for t in days:
        decay = 0.5 ** ((t - last) / half_life)
        total, city, last = total * decay, city * decay, t
        mean = city[0] / city[1]
        table.append(np.append((total[:, 0] + prior * mean) / (total[:, 1] + prior), mean))
        rows = np.flatnonzero(day == t)
        city = city + (x[rows].sum(), len(rows))
        known = rows[who[rows] >= 0]
        np.add.at(total, who[known], np.c_[x[known], np.ones(len(known))])
    return np.array(table)[at - days[0], who]


def _own_record(c, asof, surprise):
    """Decayed mean surprise (shrunk by one canvass) at the licence, and at others of its address, account, brand."""
    out, n, licence = {}, len(c), c["licence"].to_numpy()
    for key, k, hl in KEYS:
        i, j, dt = earlier(c[key], asof, c[key], c["day"].to_numpy())
        if k != "own":
            other = licence[i] != licence[j]
            i, j, dt = i[other], j[other], dt[other]
        w = 0.5 ** (dt / hl)
        size = np.bincount(i, w, n)
        out[k + "_n"] = np.log1p(size)
        for q in "zysmf":
            out[f"{k}_{q}"] = np.bincount(i, w * surprise[q][j], n) / (size + 1)
        if k == "own":
            order = np.lexsort((dt, i))
            first = order[np.r_[True, np.diff(i[order]) > 0]] if len(order) else order
            out["last_y"] = np.zeros(n)
            out["last_y"][i[first]] = surprise["y"][j[first]]
            since = np.full(n, 1500.0)
            since[i[first]] = dt[first].clip(0, 1100)
            out["own_since"] = np.log1p(since)
    return out


def _past_visits(c, v, b, asof):
    """Decayed counts of logged visits by purpose, and of abnormal visits here and to others at the address."""
    out, n, licence = {}, len(c), c["licence"].to_numpy()
    for purpose in VISITS:
        q = v[v["purpose_class"] == purpose]
        i, _, dt = earlier(licence, asof, q["licence"], q["day"].to_numpy())
        out["visit_" + purpose] = np.log1p(np.bincount(i, 0.5 ** (dt / 365), n))
    i, _, dt = earlier(licence, asof, b["licence"], b["day"].to_numpy())
    out["abnormal"] = np.bincount(i, 0.5 ** (dt / 365), n)
    i, j, dt = earlier(c["address_key"], asof, b["address_key"], b["day"].to_numpy())
    k = licence[i] != b["licence"].to_numpy()[j]
    out["addr_abnormal"] = np.log1p(np.bincount(i[k], 0.5 ** (dt[k] / 700), n))
    return out


def _profile(c, asof):
    """Age on the as-of day; risk class, facility, licence and place as stored with the canvass."""
    years = c["age_years"].fillna(0).to_numpy() + (asof - c["day"].to_numpy()) / 365.25
    return {
        "age": np.sqrt(years.clip(0, 20)),
        "age_missing": c["age_years"].isna(),
        "risk1": c["risk_class"].str.contains("1"),
        "risk3": c["risk_class"].str.contains("3"),
        "restaurant": c["facility_group"] == "Restaurant",
        "grocery": c["facility_type"].str.contains("Grocery", case=False),
        "school": c["facility_type"].str.contains("school|daycare|child", case=False),
        "retail": c["licence_description"] == "Retail Food Establishment",
        "renew": c["application_type"] == "RENEW",
        "issue": c["application_type"] == "ISSUE",
        **{k: c[k] for k in STORED},
        "lat": c["lat"].fillna(41.85),
        "lon": c["lon"].fillna(-87.67),
    }


def _places(c, asof):
    """Rows (by as-of day) and events (by real day) for `nearby`."""
    lat, lon, licence = (c[k].to_numpy() for k in ("lat", "lon", "licence"))
    return (lat, lon, asof, licence), (lat, lon, c["day"].to_numpy(), licence)


def _neighbourhood(c, asof, surprise):
    """Mean surprise (critical) at establishments nearby, and at those of the same risk class; shrunk by weight 5."""
    here, there = _places(c, asof)
    value, n, out = surprise[:, None], len(c), {}
    for (km, hl), (s, w) in zip(NEAR, nearby(here, there, value, NEAR), strict=True):
        out[f"near_y_{km}_{hl:.0f}"] = s[:, 0] / (w + 5)
    for km, hl in NEAR:
        out[f"peer_y_{km}_{hl:.0f}"] = np.zeros(n)
    risk = c["risk_class"].to_numpy()
    for g in np.unique(risk):
        m = np.flatnonzero(risk == g)
        sums = nearby([x[m] for x in here], [x[m] for x in there], value[m], NEAR)
        for (km, hl), (s, w) in zip(NEAR, sums, strict=True):
            out[f"peer_y_{km}_{hl:.0f}"][m] = s[:, 0] / (w + 5)
    return out


def _visits_nearby(c, v, asof):
    """Decayed number of logged visits within about 500 m, by purpose; place and choice of licences: see the module."""
    here, _ = _places(c, asof)
    place, out = c.drop_duplicates("licence").set_index("licence"), {}
    for purpose in VISITS_NEARBY:
        q = v[(v["purpose_class"] == purpose) & v["licence"].isin(place.index)]
        xy = place.loc[q["licence"], ["lat", "lon"]].to_numpy()
        there = (xy[:, 0], xy[:, 1], q["day"].to_numpy(), q["licence"].to_numpy())
        _, w = nearby(here, there, np.ones((len(q), 1)), ((0.5, 365.0),))[0]
        out["near_visit_" + purpose] = np.log1p(w)
    return out


def _same_colour(c, asof, raw):
    """Usual rates of the inspector's colour, in the city and nearby (shrunk to the city's by weight 6).

    A finer identity than six colours, since inspectors have territories: only for the ranking with the inspector.
    """
    here, there = _places(c, asof)
    usual = {q: expected(c, column, asof) for column, q in FINDINGS.items()}
    out = {f"ins_{q}": usual[q] for q in "ysmc"}
    out |= {f"same_{q}_{km}_{hl:.0f}": usual[q].copy() for km, hl in SAME for q in "ysmc"}
    values = np.c_[raw["y"], raw["s"], raw["m"], raw["c"]]
    for colour in COLOURS:
        m = np.flatnonzero(c["inspector"].to_numpy() == colour)
        if not len(m):
            continue
        sums = nearby([x[m] for x in here], [x[m] for x in there], values[m], SAME)
        for (km, hl), (s, w) in zip(SAME, sums, strict=True):
            for k, q in enumerate("ysmc"):
                out[f"same_{q}_{km}_{hl:.0f}"][m] = (s[:, k] + 6 * usual[q][m]) / (w + 6)
    return out
