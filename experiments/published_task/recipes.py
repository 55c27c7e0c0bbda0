"""The recipes, fixed on rolling origins before the test windows were looked at.

Chicago (the colour is the group of inspectors, by strictness):

record
    Own record, sisters, visits, profile; nothing of the neighbourhood; colour as nuisance; frozen.
establishment
    The same and the surprise in the neighbourhood, and the place; colour as nuisance; frozen. The figure to quote.
running
    As establishment, each row as of its own date.
colour_only
    The usual rate of the inspector's colour; frozen.
with_inspector
    Half logistic regression, half boosted trees (mean of log-odds), both of which see the colour; frozen.

*Frozen*: the rows of a window are judged as of its first day, what a planner knew the evening before. *Nuisance*: the
colour is fitted, so that it does not hide in the other inputs, and then set to the mean colour for ranking or
integrated out for probabilities.

Local vocabulary: z log-odds, p probability, y critical violation found, C inverse strength of the ridge penalty.
"""

from __future__ import annotations

import chicago_features as chi
import numpy as np
import toronto_features as tor
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

WINDOW, GAP = 60, 138  # days in a window; days of visit log and colours blanked before it, as in 2014
OWN = ["own_z", "own_y", "own_s", "own_m", "own_f", "own_n", "own_since", "last_y"]
SISTERS = [f"{k}_{q}" for k in ("acct", "brand", "addr") for q in ("z", "y", "s", "m", "n")] + ["addr_f"]
VISITS = ["visit_" + k for k in chi.VISITS] + ["abnormal", "addr_abnormal"]
PROFILE = ["age", "age_missing", "risk1", "risk3", "restaurant", "grocery", "school", "retail", "renew", "issue"]
PROFILE += chi.STORED
AREA = [f"{k}_y_{km}_{hl:.0f}" for k in ("near", "peer") for km, hl in chi.NEAR] + ["lat", "lon"]
AREA += ["near_visit_" + k for k in chi.VISITS_NEARBY]
RECORD = OWN + SISTERS + VISITS + PROFILE
SAME = [f"same_{q}_{km}_{hl:.0f}" for km, hl in chi.SAME for q in "ysmc"] + ["ins_y", "ins_s", "ins_m", "ins_c"]
SAME_LOG_ODDS = ["lo_ins_y"] + [f"lo_same_y_{km}_{hl:.0f}" for km, hl in chi.SAME]
TREES = {
    "learning_rate": 0.04,
    "max_iter": 120,
    "max_leaf_nodes": 8,
    "min_samples_leaf": 60,
    "l2_regularization": 20,
    "max_features": 0.5,
}
SEEDS = (0, 1, 2)
STRICTNESS = ("brown", "yellow", "green", None, "orange", "blue", "purple")  # None: unknown, in the middle


def sigmoid(z):
    """Probability from log-odds."""
    return 1 / (1 + np.exp(-z))


def colours(frame, known=True):
    """Indicators of the colour (rows × 6); with `known=False` 1/6 each, the mean colour."""
    if not known:
        return np.full((len(frame), 6), 1 / 6)
    return (frame["inspector"].astype(object).to_numpy()[:, None] == np.array(chi.COLOURS, object)) * 1.0


def logistic(train, test, cols, inspector=True):
    """Ridge logistic regression on standardised `cols` and the colour, C = .02.

    Returns
    -------
    z : array
        Log-odds of the test rows, with their own colour or (`inspector=False`) at the mean colour.
    p : array
        Probability, with their own colour or averaged over the colours in the shares of the last year with colours.
    """
    scale = StandardScaler().fit(train[cols])
    x = np.c_[scale.transform(train[cols]), colours(train)]
    model = LogisticRegression(C=0.02, max_iter=1000).fit(x, train["y"])
    z = model.decision_function(np.c_[scale.transform(test[cols]), colours(test, inspector)])
    if inspector:
        return z, sigmoid(z)
    effect = model.coef_[0, -6:]
    recent = train[train["inspector"].notna() & (train["day"] > train["day"].max() - 365 - GAP)]
    share = colours(recent).mean(0)
    return z, sum(s * sigmoid(z - effect.mean() + e) for s, e in zip(share, effect, strict=True))


def trees(train, test, cols):
    """Mean log-odds of histogram-boosted trees (three seeds) that see `cols` and the colour in order of strictness."""
    code = {k: i for i, k in enumerate(STRICTNESS)}
    a, b = (
        np.c_[f[cols].to_numpy(float), [code[k if isinstance(k, str) else None] for k in f["inspector"]]]
        for f in (train, test)
    )
    models = [HistGradientBoostingClassifier(random_state=s, **TREES).fit(a, train["y"]) for s in SEEDS]
    return np.mean([model.decision_function(b) for model in models], 0)


def chicago_frames(records, start, end, gap=None):
    """Training frame (all canvasses before day `start`) and the published rows in [start, end), frozen and running."""
    c = records.canvasses
    c = c[c["day"] < end].reset_index(drop=True)
    day, frames = c["day"].to_numpy(), []
    for asof in (np.minimum(day, start), day):
        f = chi.features(records._replace(canvasses=c), asof, gap)
        f[["y", "day", "date", "inspection_id"]] = c[["critical_found", "day", "date", "inspection_id"]]
        frames.append(f)
    test = (c["day"] >= start) & c["paper"]
    return frames[1][c["day"] < start], frames[0][test], frames[1][test]


def chicago_scores(train, frozen, running):
    """Ranking (log-odds) and probabilities of the test rows by every recipe: {name: (z, p)}."""
    out = {
        "record": logistic(train, frozen, RECORD, inspector=False),
        "establishment": logistic(train, frozen, RECORD + AREA, inspector=False),
        "running": logistic(train, running, RECORD + AREA, inspector=False),
    }
    known = train[train["inspector"].notna()]
    out["colour_only"] = logistic(known, frozen, ["lo_ins_y"])
    line, _ = logistic(known, frozen, RECORD + AREA + SAME_LOG_ODDS)
    z = 0.5 * line + 0.5 * trees(known, frozen, RECORD + AREA + SAME)
    out["with_inspector"] = z, sigmoid(z)
    return out


def published_inputs(p, inspector):
    """Log-odds of the test rows of the city's table `p` by its ten inputs, refitted, with or without the colour.

    Inputs and caps as in the city's code (Schenk et al. 2015), which fits them by a cross-validated ridge; here with
    C = 1, nearly without penalty.
    """
    x = np.c_[
        p["pastSerious"] > 0,
        p["pastCritical"] > 0,
        p["timeSinceLast"].clip(upper=2),
        p["ageAtInspection"] > 4,
        p["consumption_on_premises_incidental_activity"],
        p["tobacco_retail_over_counter"],
        p["temperatureMax"],
        p["heat_burglary"].clip(upper=70),
        p["heat_sanitation"].clip(upper=70),
        p["heat_garbage"].clip(upper=50),
    ]
    x = StandardScaler().fit_transform(x.astype(float))
    if inspector:
        x = np.c_[x, colours(p)]
    tr = (p["split"] == "train").to_numpy()
    return LogisticRegression(C=1.0, max_iter=1000).fit(x[tr], p["criticalFound"][tr]).decision_function(x[~tr])


def toronto_scores(train, test):
    """Scores of the test rows: half ridge logistic regression and half boosted trees (log-odds), and the two rules."""
    cols = [k for k in train if k not in tor.NOT_INPUTS]
    scale = StandardScaler().fit(train[cols])
    line = LogisticRegression(C=0.0005, max_iter=1000).fit(scale.transform(train[cols]), train["y"])
    settings = {**TREES, "max_features": 0.2}
    models = [HistGradientBoostingClassifier(random_state=s, **settings).fit(train[cols], train["y"]) for s in SEEDS]
    z = np.mean([model.decision_function(test[cols]) for model in models], 0)
    return {
        "model": 0.5 * line.decision_function(scale.transform(test[cols]).clip(-8, 8)) + 0.5 * z,
        "last result": test["rule_last"].to_numpy(),
        "minor findings in 180 days": test["rule_minor180"].to_numpy(),
    }
