"""Whose risk is it, the establishment's or the inspector's? The published task of Chicago, and Toronto.

Usage: python experiments/published_task/study.py DATA [--final]

DATA holds chicago/ and toronto/, public records that are not part of this project. Without `--final` the recipes are
compared on rolling origins before the test windows (Chicago: seven windows of 60 days up to 2014-04; Toronto: 2005 to
2007), and nothing later is read. With `--final` the fixed recipes are evaluated on the published test rows of Chicago
(2014-09-02 to 2014-10-31) and on Toronto 2008 and 2009: that was done once, and is there to be reproduced.

Source of the task: Schenk et al. (2015), Food inspection forecasting, City of Chicago.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import chicago_features as chi
import numpy as np
import pandas as pd
import recipes
import toronto_features as tor
from measures import bootstrap, reorder, top_share
from sklearn.metrics import roc_auc_score

ORIGINS = ("2012-09-01", "2012-12-01", "2013-03-01", "2013-06-01", "2013-09-01", "2013-12-01", "2014-02-15")
TEST, TORONTO_TEST = "2014-09-02", "2008-01-01"
ONCE = "# The recipe was fixed, and first run on these test windows, on 2026-11-27. This run reproduces it."
PAIRS = (
    ("establishment", "published without inspector"),
    ("with_inspector", "city trees"),
    ("with_inspector", "published with inspector"),
    ("with_inspector", "colour_only"),
    ("establishment", "record"),
)


def rolling_chicago(data: Path) -> None:
    """Print the recipes' measures on windows from each origin, and their means."""
    rows = []
    records = chi.load(data / "chicago", before="2014-05-01")
    for origin in ORIGINS:
        start = chi.day_number(origin)
        gap = (start - recipes.GAP, start)
        train, frozen, running = recipes.chicago_frames(records, start, start + recipes.WINDOW, gap)
        y, d = frozen["y"].to_numpy(), frozen["day"].to_numpy(float)
        for name, (z, p) in recipes.chicago_scores(train, frozen, running).items():
            brier = ((p - y) ** 2).mean() / y.mean() / (1 - y.mean())
            rows.append((name, origin, *reorder(d, y, z), brier, p.mean() / y.mean()))
    columns = ["auc", "days", "first", "brier ratio", "mean ratio"]
    table = pd.DataFrame(rows, columns=["recipe", "origin", *columns])
    print(table.pivot(index="origin", columns="recipe", values="auc").round(3).to_string())
    print(table.groupby("recipe")[columns].mean().round(4).to_string())


def rolling_toronto(data: Path) -> None:
    """Print the model's and the rules' measures for each year, trained on the years before it."""
    inspections = tor.load(data / "toronto", before=TORONTO_TEST)
    for year in (2005, 2006, 2007):
        f = tor.features(inspections, f"{year}-01-01")
        use = (f["date"].dt.year == year) & (f["earlier_visits"] > 0)
        y = f["y"][use].to_numpy()
        for name, z in recipes.toronto_scores(f[f["date"] < f"{year}-01-01"], f[use]).items():
            figures = f"AUC {roc_auc_score(y, z):.3f}  precision at 10 % {top_share(y, z):.3f}"
            print(f"Toronto {year} {name:28s} {figures}")


def final_chicago(data: Path) -> None:
    """Print every ranking of the published test rows, paired differences and calibration, all with 95 % intervals."""
    records = chi.load(data / "chicago")
    p = pd.read_parquet(data / "chicago/clean/model_table_paper.parquet")
    t = p[p["split"] == "test"]
    start = chi.day_number(TEST)
    train, frozen, running = recipes.chicago_frames(records, start, start + recipes.WINDOW)
    out = recipes.chicago_scores(train, frozen, running)
    row = pd.Series(np.arange(len(frozen)), index=frozen["inspection_id"]).loc[t["inspection_id"]].to_numpy()
    y, d = t["criticalFound"].to_numpy(), chi.day_number(t["date"]).astype(float)
    if not (frozen["y"].to_numpy()[row] == y).all():
        raise ValueError("the canvasses and the city's table disagree on what was found")
    scores = {name: z[row] for name, (z, _) in out.items()}
    scores["published without inspector"] = recipes.published_inputs(p, False)
    scores["published with inspector"] = recipes.published_inputs(p, True)
    scores["city trees"] = t["xgb_score_published"].to_numpy()
    for name, s in scores.items():
        print_ranking(name, d, y, s)
    for name, against in PAIRS:
        print_gain((name, against), d, y, (scores[name], scores[against]))
    for name in ("establishment", "with_inspector"):
        print_calibration(name, y, out[name][1][row])


def print_ranking(name, d, y, s) -> None:
    """One line: AUC, days earlier and first half with intervals, precision at 5, 10 and 20 %."""
    low, high = bootstrap(lambda r: reorder(d[r], y[r], s[r]), np.arange(len(y)))
    figures = zip(("AUC", "days", "first half"), reorder(d, y, s), low, high, strict=True)
    cells = "  ".join(f"{a} {m:.3f} [{u:.3f}, {w:.3f}]" for a, m, u, w in figures)
    tops = [round(float(top_share(y, s, q)), 2) for q in (0.05, 0.1, 0.2)]
    print(f"{name:28s} {cells}  p@5/10/20 {tops}")


def print_gain(names, d, y, scores) -> None:
    """One line: differences of the two rankings on the same samples (AUC, days, first half)."""
    s, against = scores

    def gain(r):
        return np.subtract(reorder(d[r], y[r], s[r]), reorder(d[r], y[r], against[r]))

    rows = np.arange(len(y))
    interval = np.round(bootstrap(gain, rows), 3).T.tolist()
    print(f"paired {names[0]} - {names[1]}: {np.round(gain(rows), 3)} {interval}")


def print_calibration(name, y, q) -> None:
    """Brier score, mean probability against the rate found, and both by tenths of the probability."""
    interval = bootstrap(lambda r: (((q[r] - y[r]) ** 2).mean(), q[r].mean() / y[r].mean()), np.arange(len(y)))
    (brier_low, ratio_low), (brier_high, ratio_high) = interval
    brier = f"Brier {((q - y) ** 2).mean():.4f} [{brier_low:.4f}, {brier_high:.4f}]"
    ratio = f"ratio {q.mean() / y.mean():.3f} [{ratio_low:.3f}, {ratio_high:.3f}]"
    print(f"calibration {name}: {brier}  mean {q.mean():.4f} vs {y.mean():.4f}, {ratio}")
    cut = pd.qcut(q, 10, labels=False)
    predicted, observed = (np.round([x[cut == g].mean() for g in range(10)], 3) for x in (q, y))
    print("  deciles predicted", predicted, "observed", observed)


def final_toronto(data: Path) -> None:
    """Print the model and the two rules on 2008 and 2009, trained on the years before; premises are drawn."""
    f = tor.features(tor.load(data / "toronto"), TORONTO_TEST)
    for year in (2008, 2009):
        test = f[(f["date"].dt.year == year) & (f["earlier_visits"] > 0)]
        y, premises = test["y"].to_numpy(), pd.factorize(test["enterprise"])[0]
        for name, s in recipes.toronto_scores(f[f["date"] < TORONTO_TEST], test).items():
            print(f"Toronto {year} n {len(y)} ({y.mean():.4f}) {name:28s} {_toronto_figures(y, s, premises)}")


def _toronto_figures(y, s, premises) -> str:
    low, high = bootstrap(lambda r: (roc_auc_score(y[r], s[r]), top_share(y[r], s[r])), premises, 1000)
    auc, top = roc_auc_score(y, s), top_share(y, s)
    return f"AUC {auc:.3f} [{low[0]:.3f}, {high[0]:.3f}]  precision at 10 % {top:.3f} [{low[1]:.3f}, {high[1]:.3f}]"


def main() -> None:
    """Compare on rolling origins, or reproduce the one run on the test windows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with chicago/ and toronto/")
    parser.add_argument("--final", action="store_true", help="reproduce the run on the test windows")
    options = parser.parse_args()
    if options.final:
        print(ONCE)
        final_chicago(options.data)
        final_toronto(options.data)
    else:
        rolling_chicago(options.data)
        rolling_toronto(options.data)


if __name__ == "__main__":
    main()
