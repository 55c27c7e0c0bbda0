"""The synthetic district looks like the real figures, and tells the truth about itself."""

from __future__ import annotations

import filecmp
import json
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score

from riskmodel.exports.raw_workbook import write_raw
from riskmodel.records import load
from riskmodel.records.district import generate
from riskmodel.records.district.process import Span, codes, inspectors, make_chunk
from riskmodel.records.identity import read_codes

N = 5000


@pytest.fixture(scope="module")
def chunk():
    return make_chunk(0, N, Span(date(2025, 6, 30), 5), seed=11)


@pytest.fixture(scope="module")
def penalties(chunk):
    return chunk.tables["penalties"]


def test_codes_are_valid_and_different():
    made = codes(np.arange(20_000), np.full(20_000, "enterprise"), seed=3)
    assert len(set(made)) == 20_000
    assert read_codes(pa.array(made, pa.string()))["reason"].eq("").all()


def test_a_census_inspects_everybody_in_the_last_year_and_changes_nothing_before():
    end = date(2025, 12, 31)
    drawn, census = (make_chunk(0, N, Span(end, 3, census=told), seed=11).tables for told in (False, True))
    visits = {}
    for name, tables in (("drawn", drawn), ("census", census)):
        rows = tables["inspections"]
        visits[name] = rows[rows["purpose"].eq("random")]
    earlier = [
        v.loc[v["inspected_on"] < "2025", ["entity_id", "inspected_on"]].reset_index(drop=True) for v in visits.values()
    ]
    pd.testing.assert_frame_equal(*earlier)
    last = visits["census"][visits["census"]["inspected_on"] >= "2025"]
    assert last["pi"].eq(1).all()
    firms = census["enterprises"]
    stayed = firms.loc[(firms["established_on"] < "2024-12-01") & firms["closed_on"].isna(), "entity_id"]
    assert stayed.isin(last["entity_id"]).all()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    for name, seed in (("one", 5), ("two", 5), ("three", 6)):
        generate(tmp_path / name, enterprises=600, years=3, seed=seed, write_workbook=write_raw)
    files = sorted(p.name for p in (tmp_path / "one").iterdir())
    assert filecmp.cmpfiles(tmp_path / "one", tmp_path / "two", files, shallow=False)[0] == files
    assert "企业登记信息.csv" in filecmp.cmpfiles(tmp_path / "one", tmp_path / "three", files, shallow=False)[1]


@pytest.mark.slow
def test_several_chunks_are_read_back_whole_and_every_planted_row_is_found(tmp_path):
    generate(tmp_path / "d", enterprises=6000, years=2, seed=8, write_workbook=write_raw, truth=tmp_path / "truth")
    manifest = json.loads((tmp_path / "truth/manifest.json").read_text("utf-8"))
    planted = {(row["file"], row["row"]): row["kind"] for row in manifest["planted"]}
    records = load(tmp_path / "d")
    wrong = {place: kind for place, kind in planted.items() if kind != "duplicate_row"}
    assert {(r.file, r.row): r.reason for r in records.quarantine.itertuples()} == wrong
    assert len(records["enterprises"]) == 6000
    assert len(records["inspectors"]) == 48  # 24 for every 5,000 enterprises


def test_few_enterprises_are_penalised_in_a_year_and_repeaters_make_the_tail(penalties):
    share = penalties.groupby(penalties["decided_on"].dt.year)["entity_id"].nunique().loc[2021:2024] / N
    assert share.between(0.01, 0.03).all()  # 97 to 99 % of enterprises have none in a year
    counts = np.bincount(penalties["entity_id"].value_counts().to_numpy(), minlength=1)
    per_firm = np.concatenate([np.zeros(N - counts.sum()), np.repeat(np.arange(len(counts)), counts)])
    # a Poisson variable has variance / mean 1; its estimate from N firms has a standard error of about sqrt(2/N)
    assert per_firm.var() / per_firm.mean() > 1 + 5 * np.sqrt(2 / N)


def test_minor_violations_of_some_cluster_in_time(chunk, penalties):
    """Gaps of excitable repeaters are shorter than those of the others with the same number of violations."""
    rows = penalties.merge(chunk.truth[["entity_id", "excitable"]], on="entity_id").sort_values(
        ["entity_id", "occurred_on"]
    )
    gap = rows.groupby("entity_id")["occurred_on"].diff().dt.days
    short = (gap <= 180).groupby(rows["excitable"]).sum() / gap.notna().groupby(rows["excitable"]).sum()
    assert short[True] > short[False]


def test_severity_and_money_look_like_the_figures(penalties):
    without = penalties["fine_yuan"].eq(0).mean()
    assert 0.35 < without < 0.70
    assert 4000 < penalties["fine_yuan"].mean() < 16_000
    assert penalties["category"].eq("no_penalty").mean() < 0.15


def test_everything_is_known_after_it_happened_and_by_the_end(chunk):
    for name, clock in (
        ("penalties", "decided_on"),
        ("complaints", "received_on"),
        ("abnormal_listings", "listed_on"),
        ("inspections", "inspected_on"),
    ):
        table = chunk.tables[name]
        assert (table["known_on"] >= table[clock]).all()
        assert table["known_on"].max() <= pd.Timestamp("2025-06-30")
        assert not table.duplicated(["entity_id", "record_id"]).any()
    lag = (chunk.tables["penalties"]["known_on"] - chunk.tables["penalties"]["occurred_on"]).dt.days
    assert lag.median() > 30


def test_part_of_the_complaints_is_verified_later(chunk):
    complaints = chunk.tables["complaints"]
    assert 0.10 < complaints["verified"].eq("yes").mean() < 0.30
    assert (complaints["verified_on"] > complaints["received_on"])[complaints["verified_on"].notna()].all()


def test_abnormal_listings_peak_in_july_and_some_are_still_open(chunk):
    listings = chunk.tables["abnormal_listings"]
    assert listings["listed_on"].dt.month.eq(7).mean() > 0.7
    alive = chunk.tables["enterprises"]["closed_on"].isna().sum()
    assert 0.03 < listings["removed_on"].isna().sum() / alive < 0.10
    assert listings["reason"].eq("annual_report").mean() > 0.6


def test_labels_are_selective_and_draws_record_their_probability(chunk):
    drawn = chunk.tables["inspections"].loc[lambda t: t["purpose"].eq("random")]
    assert drawn["pi"].gt(0).all()
    assert chunk.tables["inspections"].loc[lambda t: t["purpose"].eq("case"), "pi"].isna().all()
    # more drawn than independent draws with these probabilities explain? z of the yearly number, 4 standard errors
    first_years = drawn[drawn["inspected_on"].dt.year.eq(2023)]
    special = chunk.tables["enterprises"].set_index("entity_id")["special_field"].ne("none")
    usual = first_years[~first_years["entity_id"].map(special).to_numpy() & first_years["pi"].eq(0.10).to_numpy()]
    alive = (chunk.tables["enterprises"]["established_on"] < pd.Timestamp("2023-01-01")).sum()
    assert abs(len(usual) / alive - 0.10) < 0.03


def test_inspectors_differ_and_the_hidden_risk_shows_at_inspections(chunk):
    drawn = chunk.tables["inspections"].loc[lambda t: t["purpose"].eq("random")]
    found = ~drawn["outcome_codes"].isin(["1", "6"])
    rate = chunk.truth.set_index("entity_id")["yearly_violations"]
    assert roc_auc_score(found, drawn["entity_id"].map(rate)) > 0.65
    strictness = dict(zip(*(inspectors(11)[0]["inspector_id"], np.log(inspectors(11)[1])), strict=True))
    eye = drawn["inspector_ids"].map(lambda pair: sum(strictness[i] for i in pair.split(",")))
    found_n, clean_n = int(found.sum()), int((~found).sum())
    # without any effect of the inspector the area has mean 1/2 and this standard error (Mann and Whitney)
    error = np.sqrt((found_n + clean_n + 1) / (12 * found_n * clean_n))
    assert roc_auc_score(found, eye) > 0.5 + 3 * error


def test_the_committed_sample_is_what_the_generator_makes(sample, tmp_path):
    generate(
        tmp_path / "d", enterprises=3000, years=5, seed=20250630, write_workbook=write_raw, truth=tmp_path / "truth"
    )
    files = sorted(p.name for p in sample.iterdir())
    same, differ, missing = filecmp.cmpfiles(sample, tmp_path / "d", files, shallow=False)
    assert (sorted(same), differ, missing) == (files, [], [])
    assert sum(p.stat().st_size for p in sample.parent.rglob("*") if p.is_file()) < 5_000_000
