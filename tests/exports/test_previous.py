"""The run before this one: newest earlier folder of the same office; what is broken or foreign is passed over."""

import json
from datetime import date

import pytest

from riskmodel.exports.previous import previous_run, recomputed

JUNE = date(2025, 6, 30)


@pytest.fixture
def run_on(tmp_path, decided):
    def write(day, table=None):
        folder = tmp_path / day
        (folder / "tables").mkdir(parents=True)
        (folder / "run.json").write_text(json.dumps({"visits": 7, "policy": "p@1"}), "utf-8")
        (decided if table is None else table).to_parquet(folder / "tables" / "decided.parquet")
        return folder

    return write


def test_the_newest_earlier_run_is_taken(run_on, tmp_path, decided):
    for day in ("2025-04-30", "2025-05-31", "2025-06-30", "2025-07-31", "notes"):
        run_on(day)
    found = previous_run(tmp_path, JUNE, decided)
    assert (found.as_of, found.policy, found.recomputed, found.facts["visits"]) == (date(2025, 5, 31), "p@1", False, 7)
    assert found.decided["entity_id"].tolist() == decided["entity_id"].tolist()


def test_a_broken_run_and_one_of_another_office_are_passed_over(run_on, tmp_path, decided):
    run_on("2025-03-31")
    run_on("2025-04-30", decided.assign(entity_id=decided["entity_id"] + "-elsewhere"))
    (run_on("2025-05-31") / "tables" / "decided.parquet").unlink()
    assert previous_run(tmp_path, JUNE, decided).as_of == date(2025, 3, 31)


def test_without_earlier_runs_there_is_nothing(tmp_path, decided):
    assert previous_run(tmp_path / "nowhere", JUNE, decided) is None
    assert previous_run(tmp_path, JUNE, decided) is None


def test_what_was_computed_again_says_so(decided):
    found = recomputed(JUNE, decided, "p@1")
    assert found.recomputed and found.facts == {} and len(found.decided) == len(decided)
