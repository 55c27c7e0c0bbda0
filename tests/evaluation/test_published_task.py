"""The published task: no feature knows what came on or after its as-of day, and the measures are the package's."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskmodel.evaluation.reorder import reorder
from riskmodel.scoring.resampling import Bootstrap

ROOT = Path(__file__).parents[2]
STUDY, SHARED = ROOT / "experiments/published_task", ROOT.parent / "shared/data"
SINGLE = {"rtol": 0, "atol": 2e-5, "check_exact": False}  # kernel sums are in single precision, by blocks of rows


@pytest.fixture
def module(monkeypatch):
    monkeypatch.syspath_prepend(str(STUDY))
    return importlib.import_module


@pytest.fixture
def toronto():
    folder = SHARED / "toronto"
    if not folder.is_dir():
        pytest.skip("the public records of Toronto are not beside the project (shared/data/toronto)")
    return folder


def flipped(rows, columns, late):
    """The findings of late rows turned round."""
    rows = rows.copy()
    for column in columns:
        rows.loc[late, column] = (rows.loc[late, column] == 0).astype(rows[column].dtype)
    return rows


@pytest.fixture
def north(chicago, module):
    """Canvasses in the north of the city up to 2012-07, about 1,900."""
    chi = module("chicago_features")
    c, v, b = chi.load(chicago, before="2012-08-01")
    c = c[c["lat"] > 41.93].reset_index(drop=True)
    return chi, chi.Records(c, v.reset_index(drop=True), b.reset_index(drop=True))


def chicago_table(chi, records, start, frozen):
    day = records.canvasses["day"].to_numpy()
    table = chi.features(records, np.minimum(day, start) if frozen else day)
    return table.set_index(pd.Index(records.canvasses["inspection_id"])).drop(columns="inspector")


def another_future(chi, records, start):
    """All findings from the day on turned round, visits and abnormal visits moved to other licences."""
    c, v, b = records
    v, b = v.copy(), b.copy()
    for x in (v, b):
        late = (x["day"] >= start).to_numpy()
        x.loc[late, "licence"] = np.roll(x.loc[late, "licence"].to_numpy(), 7)
    return chi.Records(flipped(c, chi.FINDINGS, c["day"] >= start), v, b)


def no_future(chi, records, start, rows):
    """The same, and everything from the day on removed but the judged rows themselves."""
    c, v, b = another_future(chi, records, start)
    c = c[(c["day"] < start) | c["inspection_id"].isin(rows)].reset_index(drop=True)
    return chi.Records(c, v[v["day"] < start], b[b["day"] < start])


@pytest.mark.parametrize(("since", "frozen"), [("2012-06-01", True), ("2012-06-27", False)])
def test_no_feature_of_chicago_knows_the_future(north, since, frozen):
    chi, records = north
    start, c = chi.day_number(since), records.canvasses
    judged = c["day"] >= start if frozen else c["day"] <= start
    rows = c["inspection_id"][judged].iloc[::2].to_numpy()  # frozen: the other half is future
    assert len(rows) >= 150
    real = chicago_table(chi, records, start, frozen).loc[rows]
    altered = chicago_table(chi, another_future(chi, records, start), start, frozen).loc[rows]
    pd.testing.assert_frame_equal(altered, real, **SINGLE)
    removed = chicago_table(chi, no_future(chi, records, start, rows), start, frozen).loc[rows]
    # a known weakness of the fixed recipe (its docstring, experiments/README.md): whose visits nearby are counted
    # depends on which licences are canvassed anywhere in the table, though not on what is found there
    known = [name for name in real if name.startswith("near_visit_")]
    assert len(known) == 4
    pd.testing.assert_frame_equal(removed.drop(columns=known), real.drop(columns=known), **SINGLE)


def test_no_feature_of_toronto_knows_the_future(toronto, module):
    tor = module("toronto_features")
    i = tor.load(toronto, before="2001-10-01")
    i = i[i["enterprise_id"].isin(i["enterprise_id"].unique()[::2])].reset_index(drop=True)
    start, since = i["day"].iloc[-200], "2001-06-01"
    rows = (i["day"] <= start).to_numpy()
    assert rows.sum() >= 300
    labels = ["y", "date", "enterprise"]
    real = tor.features(i, since).drop(columns=labels)[rows]
    fields = ["y", "critical", "serious", "minor", "corrected", "hazard", "penalised"]
    other = flipped(i, fields, i["day"] >= start)
    other.loc[other["day"] >= start, "result"] = "serious"
    for table in (other, other[rows]):  # altered from the day on; besides, removed after it
        now = tor.features(table, since).drop(columns=labels).loc[real.index]
        pd.testing.assert_frame_equal(now, real, **SINGLE)


@pytest.mark.parametrize("n", [40, 41])
def test_days_and_shares_are_the_package_s_where_nothing_is_tied(module, n):
    rng = np.random.default_rng(n)
    day, y, score = rng.permutation(n), rng.integers(0, 2, n), rng.permutation(n) / n
    dates, none = np.datetime64("2025-01-01") + day, Bootstrap(replicates=0)
    figures = reorder(dates, y, {"score": score}, bootstrap=none).figures.set_index("figure")["value"]
    ours = module("measures").reorder(day.astype(float), y, score)
    np.testing.assert_allclose(ours, figures[["auc", "days_earlier", "first_half"]], rtol=1e-12)


def test_years_of_toronto_count_a_repeat_only_after_its_day_and_places_by_other_premises(module):
    """An earlier finding counts from the next day on; hindsight of a place leaves the premises judged out."""
    years = module("toronto_years")
    i = pd.DataFrame({"enterprise_id": list("aaaabb"), "day": [1, 5, 5, 9, 1, 9], "y": [0.0, 1, 0, 0, 0, 1]})
    i = i.assign(date=pd.Timestamp("2005-01-01"), lat=43.7, lon=-79.4)
    table = years.rows(i)
    assert table["repeat"].tolist() == [False, False, True, False]
    here = pd.DataFrame({"premises": np.repeat(range(40), 4), "cell": np.repeat(["n", "s"], 80), "y": 0.0})
    gathered = here.assign(y=np.r_[np.tile([1.0, 0, 0, 0], 20), np.zeros(80)])
    alone = here.assign(y=np.r_[np.ones(4), np.zeros(76), np.ones(4), np.zeros(76)])
    assert years.places(gathered, gathered)["dispersion"] > 5 > years.places(alone, alone)["dispersion"]
    assert years.places(gathered, gathered)["cell, hindsight"] > 0.7
    assert years.places(alone, alone)["cell, hindsight"] < 0.5
