from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from riskmodel import logbook
from riskmodel.assessment import assess
from riskmodel.cli import app
from riskmodel.errors import InputError
from riskmodel.policy import load_policy
from riskmodel.values import AsOf

RUNNER = CliRunner()
SET = ["--reason", "舆情集中", "--by", "王主任", "--on", "2025-06-01"]


def test_a_tier_is_set_listed_and_withdrawn_on_the_command_line(tmp_path: Path):
    log = str(tmp_path / "log.jsonl")
    assert RUNNER.invoke(app, ["override", "set", log, "E1", "--tier", "D", *SET]).exit_code == 0
    assert "王主任" in RUNNER.invoke(app, ["override", "list", log, "--as-of", "2025-06-30"]).stdout
    assert RUNNER.invoke(app, ["override", "withdraw", log, "1", *SET[:4], "--on", "2025-06-20"]).exit_code == 0
    assert logbook.read(log).at(AsOf.of("2025-06-19"))["tier"].tolist() == ["D"]
    assert logbook.read(log).at(AsOf.of("2025-06-30")).empty


def test_a_log_that_was_edited_by_hand_is_refused(tmp_path: Path):
    log = tmp_path / "log.jsonl"
    RUNNER.invoke(app, ["override", "set", str(log), "E1", "--tier", "D", *SET])
    log.write_text(log.read_text("utf-8").replace('"D"', '"A"'), "utf-8")
    with pytest.raises(InputError) as caught:
        logbook.read(log)
    assert caught.value.code == "RM-OVR-002"


def test_what_people_set_decides_is_cited_and_stands_in_the_provenance(sample_records, sample_assessment, tmp_path):
    calm = sample_assessment.decided
    entity = calm.loc[calm["risk_tier"].eq("A") & calm["rule_id"].eq(""), "entity_id"].iloc[0]
    log = str(tmp_path / "log.jsonl")
    RUNNER.invoke(app, ["override", "set", log, entity, "--tier", "D", *SET])
    day = sample_assessment.provenance.as_of
    changed = assess(sample_records, load_policy("zhoucun-2020"), as_of=day, manual=logbook.read(log))
    row = changed.decided.set_index("entity_id").loc[entity]
    assert (row["risk_tier"], row["rule_id"]) == ("D", "manual")
    assert "王主任" in row["evidence"]
    assert changed.provenance.policy != sample_assessment.provenance.policy
    others = changed.decided[changed.decided["entity_id"].ne(entity)].reset_index(drop=True)
    pd.testing.assert_frame_equal(others, calm[calm["entity_id"].ne(entity)].reset_index(drop=True))


def test_tiers_that_do_not_follow_the_score_at_once_say_so(sample_assessment):
    decided = sample_assessment.decided
    kept = decided[decided["rule_id"].eq("stability")]
    assert len(kept)
    assert (kept["model_tier"] > kept["score_tier"]).all()  # only a better score waits
    text = str(sample_assessment.explain(kept["entity_id"].iloc[0]))
    assert "按等级稳定规则" in text


def test_tiers_by_score_never_overlap_so_that_the_picture_of_cuts_is_true(sample_assessment):
    scores = sample_assessment.decided.groupby("score_tier")["risk_score"].agg(["min", "max"]).sort_index()
    assert (scores["min"].to_numpy()[1:] > scores["max"].to_numpy()[:-1]).all()
