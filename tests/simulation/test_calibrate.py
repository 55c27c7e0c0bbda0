"""Calibration on the sample district, whose hidden truth is known, and the fit of what it simulates."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

import riskmodel as rm
from riskmodel.errors import InputError
from riskmodel.records.district.process import Span, make_chunk
from riskmodel.simulation.assumptions import read_assumptions
from riskmodel.simulation.calibrate import calibrate
from riskmodel.simulation.fit import fit
from riskmodel.simulation.kernel import MEASURES, run_fixed


@pytest.fixture(scope="module")
def rules(sample_records):
    return rm.load_policy("zhoucun-2020").at(sample_records.newest)


@pytest.fixture(scope="module")
def calibrated(sample_records, rules):
    return calibrate(sample_records, rules)


@pytest.fixture(scope="module")
def truth():
    """What the generator of the sample hides."""
    chunk = make_chunk(0, 3000, Span(date(2025, 6, 30), 5), seed=20250630)
    return chunk.truth.set_index("entity_id")


def test_rates_follow_the_hidden_truth(calibrated, truth):
    world = calibrated.world
    mine = pd.Series(world.rate, index=world.registry["entity_id"].to_numpy())[world.enters == 0]
    both = pd.DataFrame({"mine": mine, "truth": truth["yearly_violations"]}).dropna()
    assert len(both) > 2400
    by_fifth = both.groupby(pd.qcut(both["mine"], 5, labels=False))["truth"].mean()
    assert by_fifth.is_monotonic_increasing and by_fifth.iloc[4] > 1.7 * by_fifth.iloc[0]


def test_the_world_shows_the_share_of_problems_that_drawn_visits_saw(calibrated):
    world, share = calibrated.world, calibrated.estimates.set_index("name")["value"]["problem_share"]
    visits = np.full(world.size, 0.03, np.float32)
    sums = run_fixed(world, visits, quarters=8, replicates=20, seed=1)[:, 0, 4:].sum(axis=(0, 1))
    seen = sums[MEASURES.index("findable")] / sums[MEASURES.index("enterprises")]
    assert abs(seen / share - 1) < 0.15


def test_severe_violations_are_as_rare_as_in_the_records(calibrated, sample_records, rules):
    table = fit(sample_records, rules, calibrated, replicates=4, seed=2).set_index(["what", "bin"])
    assert (abs(table["simulated"] - table["records"]) < 0.16).all()
    assert (
        table.groupby("what")[["records", "simulated"]].sum().drop(["repeats", "problems"]).sub(1).abs().max().max()
        < 1e-9
    )
    severity = table.loc["severity"]
    assert severity["simulated"].is_monotonic_decreasing and severity.loc["serious", "simulated"] < 0.1
    assert abs(table.loc[("problems", "1"), "simulated"] - table.loc[("problems", "1"), "records"]) < 0.05


def test_every_number_says_where_it_comes_from(calibrated):
    table = calibrated.estimates
    assert set(table["origin"]) == {"records", "assumed"} and not table["name"].duplicated().any()
    assert (table.loc[table["origin"].eq("records"), "n"] > 0).all()


def test_the_same_seed_gives_the_same_world(sample_records, rules, calibrated):
    again = calibrate(sample_records, rules)
    assert again.world.rate.tobytes() == calibrated.world.rate.tobytes()
    assert calibrate(sample_records, rules, seed=1).world.rate.tobytes() != again.world.rate.tobytes()


def test_entrants_are_like_others_and_have_names_of_their_own(calibrated):
    world = calibrated.world
    new = world.enters > 0
    assert 0 < new.mean() < 0.5 and world.registry["entity_id"].is_unique
    assert world.registry["entity_id"][new].str.startswith("SIM").all()


def test_records_without_visits_cannot_make_a_world(sample_records, rules):
    bare = sample_records.with_tables({"inspections": sample_records["inspections"].iloc[:40]})
    with pytest.raises(InputError) as caught:
        calibrate(bare, rules)
    assert caught.value.code == "RM-SIM-002"


@pytest.mark.parametrize(
    "text", ["lasts: {value: 2, source: x, why: x}", "unknown: 1", "[", "drift_step: {value: 0.5, source: x, why: x}"]
)
def test_wrong_assumptions_are_refused(text, tmp_path):
    (tmp_path / "a.yaml").write_text(text, "utf-8")
    with pytest.raises(InputError) as caught:
        read_assumptions(tmp_path / "a.yaml")
    assert caught.value.code == "RM-SIM-001"


def test_a_file_changes_what_it_names(tmp_path):
    (tmp_path / "a.yaml").write_text("lasts: {value: 0.2, source: our own study, why: followed up}", "utf-8")
    made = read_assumptions(tmp_path / "a.yaml")
    assert made.lasts.value == 0.2 and made.detects == read_assumptions().detects
