"""The whole path on the sample: same bytes, proof, point-in-time truth, nothing half-written."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskmodel.errors import DrawError
from riskmodel.exports.contents import fill
from riskmodel.inspections.log import DrawLog
from riskmodel.policy import load_policy
from riskmodel.policy_check import check_policy
from riskmodel.records import load
from riskmodel.tables import TABLES
from riskmodel.values import AsOf
from riskmodel.workflow import decide, run

pytestmark = pytest.mark.slow
POLICY = load_policy("zhoucun-2020")
EARLY = AsOf.of("2025-03-31")


def digests(folder: Path) -> dict[str, str]:
    files = (p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def finished(sample, tmp_path_factory):
    return run(sample, as_of="2025-06-30", out=tmp_path_factory.mktemp("reports"), track=False)


def test_the_same_run_twice_gives_the_same_bytes(finished, sample, tmp_path):
    again = run(sample, as_of="2025-06-30", out=tmp_path, track=False)
    assert digests(again.folder) == digests(finished.folder)


def test_every_row_is_accepted_quarantined_or_superseded(sample_records):
    intake = sample_records.intake
    assert (intake["rows"] == intake["accepted"] + intake["quarantined"] + intake["superseded"]).all()
    accepted = intake.groupby("table")["accepted"].sum()
    assert {name: len(sample_records[name]) for name in accepted.index} == accepted.to_dict()
    assert len(sample_records.quarantine) == intake["quarantined"].sum()
    assert not sample_records.quarantine.duplicated(["file", "row"]).any()


def test_the_quarantine_finds_exactly_what_was_planted(sample, sample_records):
    import json

    manifest = json.loads((sample.parent / "sample-truth/manifest.json").read_text("utf-8"))
    planted = {
        (row["file"] + (f"#{row['sheet']}" if row["sheet"] else ""), row["row"]): row["kind"]
        for row in manifest["planted"]
    }
    found = {(r.file, r.row): r.reason for r in sample_records.quarantine.itertuples()}
    assert found == {place: kind for place, kind in planted.items() if kind != "duplicate_row"}
    assert sample_records.intake["superseded"].sum() == list(planted.values()).count("duplicate_row")
    assert len(set(planted.values())) >= 12


def test_one_changed_byte_of_the_proof_is_refused(finished, tmp_path):
    command = [sys.executable, "-m", "riskmodel.cli", "verify"]
    proof = finished.folder / "proof.json"
    assert subprocess.run([*command, str(proof)], capture_output=True, check=False).returncode == 0
    content = bytearray(proof.read_bytes())
    place = len(content) // 2
    content[place] = content[place] ^ 1
    (tmp_path / "changed.json").write_bytes(content)
    assert subprocess.run([*command, str(tmp_path / "changed.json")], capture_output=True, check=False).returncode in (
        1,
        2,
    )


def test_the_stand_alone_verifier_accepts_the_proof(finished):
    from riskmodel.inspections import verify_standalone

    command = [sys.executable, "-I", verify_standalone.__file__, str(finished.folder / "proof.json")]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_senior_leads_every_team_of_the_sample_and_rules_of_the_directory_hold(finished, sample_records):
    visits = pd.read_parquet(finished.folder / "tables/visits.parquet").set_index("entity_id")
    staff = sample_records["inspectors"].set_index("inspector_id")
    teams, town = visits["inspector_ids"].str.split(","), visits["town"]
    assert (teams.map(len) >= 2).all() and staff["senior"].sum() < len(staff)
    assert all(staff["senior"][team[0]] for team in teams)
    assert not any(staff["town"][who] == town[entity] for entity, team in teams.items() for who in team)
    recused = set(zip(sample_records["recusals"]["entity_id"], sample_records["recusals"]["inspector_id"], strict=True))
    assert not recused & {(entity, who) for entity, team in teams.items() for who in team}
    chemicals = teams[visits["special_field"] == "hazardous_chemical"]
    assert len(chemicals) > 0
    assert all(any("危险化学品" in staff["qualifications"][who] for who in team) for team in chemicals)


def test_earlier_draws_of_the_log_count_as_visits_and_their_seed_is_refused(sample_records):
    day = AsOf.of("2025-06-30")
    before = decide(sample_records, POLICY, day, seed="first lottery", part="6/12")
    log = DrawLog().commit(before.plan.commit().digest, as_of=day.day, part="6/12", recorded_on=day.day)
    log = log.draw(before.draw.proof, recorded_on=day.day)
    with pytest.raises(DrawError, match="RM-DRW-006"):
        decide(sample_records, POLICY, day, seed="first lottery", part="6/12", log=log)
    again = decide(sample_records, POLICY, day, seed="second lottery", part="6/12", log=log)
    certain = set(before.draw.table.loc[before.draw.table["pi"] == 1, "entity_id"])
    twice = set(before.draw.table["entity_id"]) & set(again.draw.table["entity_id"])
    assert twice <= certain and len(again.draw.table) > 0


def with_another_future(records, as_of: AsOf, rng: np.random.Generator, *, drop: bool):
    """Records whose rows known after a day are changed beyond recognition, or gone."""
    day, tables = pd.Timestamp(as_of.day), {}
    for name, frame in records.tables.items():
        if "known_on" not in frame:
            tables[name] = frame
            continue
        future = (frame["known_on"] > day).to_numpy()
        if drop:
            tables[name] = frame[~future].reset_index(drop=True)
            continue
        changed = frame.copy()
        for column in TABLES[name].columns:
            if column.kind in ("yuan", "text", "code", "codes") and column.name not in TABLES[name].key:
                values = changed.loc[future, column.name].to_numpy()
                changed.loc[future, column.name] = rng.permutation(values)
        if name != "enterprises" and future.any():
            changed.loc[future, "entity_id"] = rng.permutation(changed.loc[future, "entity_id"].to_numpy())
        tables[name] = changed
    # corrections that came after the day belong to the future too
    corrections = {
        "abnormal_listings": ("removed_on", {}),
        "list_entries": ("exited_on", {}),
        "complaints": ("verified_on", {"verified": "pending"}),
        "commitments": ("status_on", {"status": "pending"}),
    }
    for name, (column, undone) in corrections.items():
        table = tables[name]
        late = (table[column] > day).to_numpy()
        values = {column: table[column].mask(late, pd.NaT if drop else day + pd.Timedelta(days=1))}
        if drop:
            values |= {other: table[other].mask(late, value) for other, value in undone.items()}
        tables[name] = table.assign(**values)
    return records.with_tables(tables)


@pytest.mark.parametrize("drop", [False, True], ids=["changed", "deleted"])
def test_changing_what_became_known_later_changes_no_output(sample_records, tmp_path, drop):
    other = with_another_future(sample_records, EARLY, np.random.default_rng(7), drop=drop)
    assert any(len(other[t]) != len(sample_records[t]) or not other[t].equals(sample_records[t]) for t in other.tables)
    for name, records in (("one", sample_records), ("two", other)):
        (tmp_path / name).mkdir()
        fill(tmp_path / name, decide(records, POLICY, EARLY))
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_an_earlier_run_folder_is_replaced_whole(finished, sample):
    before = digests(finished.folder)
    again = run(sample, as_of="2025-06-30", out=finished.folder.parent, track=False)
    assert again.kept is None
    assert digests(again.folder) == before


@pytest.mark.parametrize("after", [1.0, 4.0, 7.0, 9.0])
def test_a_killed_run_leaves_no_partial_folder_and_the_next_succeeds(sample, tmp_path, after):
    command = [sys.executable, "-m", "riskmodel.cli", "run", str(sample), "--out", str(tmp_path), "--no-track"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(after)
    if process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)
    process.wait()
    visible = [p for p in tmp_path.iterdir() if not p.name.startswith(".")]
    assert all((p / "run.json").is_file() and (p / "report.html").is_file() for p in visible)
    if after == 7.0:
        done = run(sample, out=tmp_path, track=False)
        assert done.verdict.holds
        assert [p.name for p in tmp_path.iterdir()] == [done.folder.name]


def test_the_run_is_tracked_with_figures_lists_and_pictures(sample, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "riskmodel.cli", "run", str(sample), "--out", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    import sqlite3

    with sqlite3.connect(tmp_path / "mlflow.db") as store:
        metrics = dict(store.execute("select key, value from metrics").fetchall())
        parameters = dict(store.execute("select key, value from params").fetchall())
    store.close()
    assert metrics["enterprises"] > 2000
    names = ("auc", "auc_low", "brier", "ece")
    assert {
        f"{card}/{name}" for card in ("in_force", "other/fitted", "other/blended") for name in names
    } <= metrics.keys()
    assert "other/expert/auc" not in metrics  # it is in force
    assert parameters["policy"].startswith("zhoucun-2020@")
    artifacts = {p.name for p in (tmp_path / "mlartifacts").rglob("*") if p.is_file()}
    assert {"report.html", "proof.json", "tiers.png", "run.json"} <= artifacts


@pytest.mark.parametrize("name", ["zhoucun-2020", "zhoucun-2020-fitted", "zhoucun-2020-blended"])
def test_the_policy_passes_its_own_cases(name):
    results, gaps = check_policy(load_policy(name), AsOf.of("2025-06-30"))
    assert [r for r in results if not r.holds] == []
    assert gaps == []


def test_the_fitted_policy_runs_the_same_path(sample_records):
    month = decide(sample_records, load_policy("zhoucun-2020-fitted"), AsOf.of("2025-06-30"))
    assert month.assessment.decided["probability"].between(0, 1).all()
    rank = month.assessment.decided[["risk_score", "probability"]].rank()
    assert rank["risk_score"].corr(rank["probability"]) > 0.999  # the points are the model


def test_real_records_run_through_the_same_path(chicago, tmp_path):
    done = run(chicago, as_of="2014-09-01", out=tmp_path, track=False)
    assert done.verdict.holds
    assert len(done.month.assessment.decided) > 12_000
    assert (load(chicago).intake.eval("rows == accepted + quarantined + superseded")).all()
