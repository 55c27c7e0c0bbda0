"""What differs between Toronto's years: repeat offenders, and places where critical findings gather.

Usage: python experiments/published_task/toronto_years.py DATA [--model]

DATA holds toronto/. Nothing from 2008 on is read: this is about why the rolling origins differ.

Printed for the inspections of a year at premises that were inspected before: how many are critical, with and without
an earlier critical finding there, and what share of the critical ones had one. Then by cells of about 2 km: the
dispersion of the counts (Pearson's chi-square over the cells of more than 20 inspections, divided by their number:
about 1 if places do not differ), and the AUC of two rates of the cell, both shrunk to the city's by 10 inspections:
that of the year before, and that of the other premises in the same year. The latter is hindsight and no forecast.

With `--model` (minutes): AUC of the recipe's logistic regression trained on the years before; on those without the last
one or two (the features still go on, as for 2009); and, in hindsight, also on other premises' labels of the same year
(five folds of premises, fourfold weight): what these inputs could give if the year had been known.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
import toronto_features as tor
from pairs import earlier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

BEFORE, YEARS = "2008-01-01", range(2003, 2008)
CELL = (0.018, 0.025)  # degrees of latitude and longitude, about 2 km each way
PRIOR, MANY = 10, 20  # inspections


def rows(inspections) -> pd.DataFrame:
    """Inspections at premises with an earlier visit, and (`repeat`) whether an earlier one was critical."""
    i, day = inspections, inspections["day"].to_numpy()
    row, event, _ = earlier(i["enterprise_id"], day, i["enterprise_id"], day)
    found = np.bincount(row, i["y"].to_numpy()[event], len(i)) > 0
    north, east = (np.floor(i[k] / size).astype(int) for k, size in zip(("lat", "lon"), CELL, strict=True))
    table = pd.DataFrame({"year": i["date"].dt.year, "premises": i["enterprise_id"], "y": i["y"], "repeat": found})
    table["cell"] = north.astype(str) + " " + east.astype(str)
    return table[np.bincount(row, minlength=len(i)) > 0]


def places(now, before) -> dict[str, float]:
    """Dispersion over cells, and the AUC of the cell's rate: year before, same year's other premises."""
    rate = now["y"].mean()
    cell = now.groupby("cell")["y"].agg(["sum", "size"])
    expected = cell["size"] * rate
    square = ((cell["sum"] - expected) ** 2 / (expected * (1 - rate)))[cell["size"] > MANY]
    past = before.groupby("cell")["y"].agg(["sum", "size"]).reindex(now["cell"]).fillna(0).to_numpy()
    own = (
        now.groupby(["cell", "premises"])["y"].transform("sum"),
        now.groupby(["cell", "premises"])["y"].transform("size"),
    )
    others = [now["cell"].map(cell[k]) - x for k, x in zip(("sum", "size"), own, strict=True)]
    scores = {
        "cell, year before": (past[:, 0] + PRIOR * before["y"].mean()) / (past[:, 1] + PRIOR),
        "cell, hindsight": (others[0] + PRIOR * rate) / (others[1] + PRIOR),
    }
    return {"dispersion": square.mean(), **{k: roc_auc_score(now["y"], s) for k, s in scores.items()}}


def years(table) -> pd.DataFrame:
    """One line a year, see the module."""
    out = {}
    for year in YEARS:
        now, before = table[table["year"] == year], table[table["year"] == year - 1]
        rates = now.groupby("repeat")["y"].mean()
        out[year] = {
            "critical": now["y"].sum(),
            "rate, first": rates[False],
            "rate, repeat": rates[True],
            "share of repeats": now.loc[now["y"] == 1, "repeat"].mean(),
            **places(now, before),
        }
    return pd.DataFrame(out).T


def line(f, fit, judged, weight=None):
    """Log-odds of the rows `judged` by the logistic half of the recipe, trained on the rows `fit` (positions)."""
    x = f[[k for k in f if k not in tor.NOT_INPUTS]].to_numpy()
    scale = StandardScaler().fit(x[fit])
    model = LogisticRegression(C=0.0005, max_iter=1000).fit(scale.transform(x[fit]), f["y"].to_numpy()[fit], weight)
    return model.decision_function(scale.transform(x[judged]).clip(-8, 8))


def hindsight(f, past, judged):
    """Log-odds of the rows `judged`, each trained also on other premises' rows of the same year."""
    z, premises = np.empty(len(judged)), f["enterprise"].to_numpy()[judged]
    for seen, held in GroupKFold(5).split(judged, groups=premises):
        weight = np.r_[np.ones(len(past)), np.full(len(seen), 4.0)]
        z[held] = line(f, np.r_[past, judged[seen]], judged[held], weight)
    return z


def reach(f) -> pd.DataFrame:
    """AUC by year: as is, without the labels of the last one and two years, and in hindsight."""
    year, y, out = f["date"].dt.year.to_numpy(), f["y"].to_numpy(), {}
    for now in (2005, 2006, 2007):
        judged = np.flatnonzero((year == now) & (f["earlier_visits"] > 0).to_numpy())
        scores = {f"labels end {k} years before": line(f, np.flatnonzero(year < now - k), judged) for k in (0, 1, 2)}
        scores["hindsight"] = hindsight(f, np.flatnonzero(year < now), judged)
        out[now] = {k: roc_auc_score(y[judged], z) for k, z in scores.items()}
    return pd.DataFrame(out).T


def main() -> None:
    """Print the table, and with `--model` what the inputs could give."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with toronto/")
    parser.add_argument("--model", action="store_true", help="also fit the logistic regression")
    options = parser.parse_args()
    inspections = tor.load(options.data / "toronto", before=BEFORE)
    print(years(rows(inspections)).round(3).to_string())
    if options.model:
        print(reach(tor.features(inspections, "2007-01-01")).round(3).to_string())


if __name__ == "__main__":
    main()
