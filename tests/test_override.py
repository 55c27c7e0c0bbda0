import json
import re
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from riskmodel import logbook
from riskmodel.assessment import assess
from riskmodel.chain import FIRST, sealed
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


def test_a_log_that_was_cut_off_is_seen_by_a_head_that_was_kept_elsewhere(tmp_path: Path):
    log = tmp_path / "log.jsonl"
    for entity in ("E1", "E2"):
        RUNNER.invoke(app, ["override", "set", str(log), entity, "--tier", "D", *SET])
    listed = ["override", "list", str(log), "--as-of", "2025-06-30"]
    head = RUNNER.invoke(app, listed).stdout.strip().splitlines()[-1].split()[-1]
    assert head == logbook.read(log).entries[-1]["digest"]
    assert RUNNER.invoke(app, [*listed, "--head", head]).exit_code == 0
    log.write_text(log.read_text("utf-8").splitlines()[0] + "\n", "utf-8")
    assert logbook.read(log).entries  # by itself the rest is whole
    with pytest.raises(InputError) as caught:
        logbook.read(log, head=head)
    assert caught.value.code == "RM-OVR-002"


@pytest.mark.parametrize(
    "field", ["recorded_on", "signed_by", "reason", "entity_id", "tier", "valid_from", "valid_until", "seq"]
)
def test_an_entry_without_a_field_is_refused_even_if_it_is_sealed(tmp_path: Path, field):
    log = tmp_path / "log.jsonl"
    RUNNER.invoke(app, ["override", "set", str(log), "E1", "--tier", "D", *SET])
    entry = {k: v for k, v in json.loads(log.read_text("utf-8")).items() if k not in (field, "digest", "previous")}
    log.write_text(json.dumps(sealed(entry, FIRST)) + "\n", "utf-8")
    with pytest.raises(InputError) as caught:
        logbook.read(log)
    assert caught.value.code == "RM-OVR-003"


def test_the_rule_is_named_in_words_and_the_points_add_up_to_the_score(sample_assessment):
    decided = sample_assessment.decided
    for rule in ("judgment-debtor", "red-line", "broken-commitment", "bad-rating-elsewhere", "grace-period"):
        for lang in ("zh", "en"):
            row = decided[decided["rule_id"].eq(rule)].iloc[0]
            why = sample_assessment.explain(row["entity_id"])
            line = why.lines(lang)[1]
            assert re.search(r"\d{4}-\d\d-\d\d", line), "a decision cites what is behind it, with its day"
            assert rule not in line and "_" not in line and "clause local" not in line and "条款 local" not in line
    worst = decided.sort_values("risk_score").iloc[-1]
    why = sample_assessment.explain(worst["entity_id"])
    card = sample_assessment.models.scorecard
    (total,) = (line for line in why.lines("en") if line.startswith("in all"))
    typical, shown, rest, score = map(int, re.findall(r"[+-]?\d+", total))
    assert typical == card.typical_.sum() and shown == why.reasons["points"].sum()
    assert typical + shown + rest == score == worst["risk_score"]


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


def test_a_log_that_is_not_there_does_not_pass_for_an_empty_one(sample, tmp_path):
    missing = str(tmp_path / "lgo.jsonl")
    for line in (
        ["override", "list", missing], ["override", "withdraw", missing, "1", *SET],
        ["run", str(sample), "--overrides", missing, "--out", str(tmp_path / "reports")],
        ["run", str(sample), "--log", missing, "--out", str(tmp_path / "reports")],
        ["case", "list", missing], ["case", "verify", missing],
    ):  # fmt: skip
        refused = RUNNER.invoke(app, line).exception
        assert isinstance(refused, InputError), (line, refused)
        assert refused.code in ("RM-OVR-003", "RM-DRW-016", "RM-WRN-006")
        assert "没有这个文件" in refused.message("zh")
    assert not (tmp_path / "reports").exists()
