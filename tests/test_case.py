"""The casebook on the command line: acts are recorded, the ledger is continued, what was changed is refused."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from riskmodel import logbook
from riskmodel.cli import app
from riskmodel.errors import InputError, RunError
from riskmodel.policy import load_policy
from riskmodel.values import AsOf, Provenance
from riskmodel.warning.acts import ActLog
from riskmodel.warning.casebook import review
from riskmodel.warning.routing import digests

RUNNER = CliRunner()
RULES = load_policy("zhoucun-2020").at(AsOf.of("2025-06-30")).warning
SIGNED = ["--by", "王主任", "--text", "面谈"]


def events(*days: str) -> pd.DataFrame:
    rows = [
        {
            "event_id": f"n{day}", "entity_id": "e1", "name": "企业", "town": "王村镇", "kind": "penalties", "severity": "minor",
            "occurred_on": pd.Timestamp(day), "known_on": pd.Timestamp(day), "stopped_known_on": pd.NaT, "item": "价格",
            "authority": "周村区应急管理局", "special_field": "none", "industry": "F", "leniency": "no",
        }
        for day in days
    ]  # fmt: skip
    return pd.DataFrame(rows).astype({"stopped_known_on": "datetime64[s]"})


DAYS = ("2025-05-06", "2025-06-03", "2025-07-15")


def book(day: str, log: ActLog, days: tuple[str, ...] = DAYS):
    as_of = AsOf.of(day)
    return review(events(*days), RULES, as_of, Provenance(as_of, "", "", ""), log.entries)


def run(place: Path, day: str, days: tuple[str, ...] = DAYS):
    """What `riskmodel run --cases` does with the folder."""
    made = book(day, logbook.read_acts(place), days)
    logbook.continuing(place, made)()
    return made


def invoke(*words: object):
    return RUNNER.invoke(app, ["case", *map(str, words)])


def test_a_case_is_worked_from_the_reminder_to_the_answer(tmp_path: Path):
    case = "W-e1-2025-06-03"
    run(tmp_path, "2025-06-10")
    assert "待提醒约谈" in invoke("list", tmp_path).stdout
    assert invoke("remind", tmp_path, case, *SIGNED, "--held-on", "2025-06-11", "--on", "2025-06-12").exit_code == 0
    again = invoke("remind", tmp_path, case, *SIGNED, "--on", "2025-06-12")
    assert isinstance(again.exception, InputError) and again.exception.code == "RM-WRN-007"
    found = run(tmp_path, "2025-07-20")
    assert found.cases["stage"].tolist() == ["watched"]
    folder = tmp_path / "2025-07-20" / "tables"
    folder.mkdir(parents=True)
    digests(found.cases, RULES, date(2025, 7, 20), found.told).table.to_parquet(folder / "digest.parquet")
    sent = invoke("digest", tmp_path, "--run", folder.parent, "--by", "王主任", "--on", "2025-07-21")
    assert "周村区应急管理局：1" in sent.stdout
    assert "周村区市场监督管理局：1" in sent.stdout  # routed by the item
    assert invoke("answer", tmp_path, case, *SIGNED, "--on", "2025-07-30").exit_code == 0
    found = run(tmp_path, "2025-08-01")
    assert found.cases["stage"].tolist() == ["answered"]
    assert (found.cases["talk_on"].iloc[0], found.cases["talk_by"].iloc[0]) == (pd.Timestamp("2025-06-11"), "王主任")
    assert len(found.told) == 2
    assert found.head in invoke("verify", tmp_path, "--head", found.head).stdout.replace("\n", "")
    assert found.refused.empty


def test_a_digest_that_was_sent_is_not_sent_again(tmp_path: Path):
    run(tmp_path, "2025-06-10")
    invoke("remind", tmp_path, "W-e1-2025-06-03", *SIGNED, "--on", "2025-06-12")
    found = run(tmp_path, "2025-07-20")
    folder = tmp_path / "r" / "tables"
    folder.mkdir(parents=True)
    digests(found.cases, RULES, date(2025, 7, 20)).table.to_parquet(folder / "digest.parquet")
    for _ in range(2):
        assert invoke("digest", tmp_path, "--run", folder.parent, "--by", "王", "--on", "2025-07-21").exit_code == 0
    assert [e["act"] for e in logbook.read_acts(tmp_path).entries] == ["remind", "warn"]


def test_a_ledger_that_was_edited_or_cut_is_refused(tmp_path: Path):
    head = run(tmp_path, "2025-06-30").head
    path = tmp_path / logbook.LEDGER
    text = path.read_text("utf-8")
    path.write_text(text.replace("reminder_due", "released", 1), "utf-8")
    for refused in (lambda: logbook.read_ledger(tmp_path), lambda: run(tmp_path, "2025-07-01")):
        with pytest.raises(InputError) as caught:
            refused()
        assert caught.value.code == "RM-WRN-005"
    path.write_text("".join(text.splitlines(keepends=True)[:-1]), "utf-8")
    assert len(logbook.read_ledger(tmp_path)) == 2  # the chain alone does not miss the end
    with pytest.raises(InputError) as caught:
        logbook.read_ledger(tmp_path, head=head)
    assert caught.value.code == "RM-WRN-005"
    path.write_text('{"seq": 1}\n', "utf-8")
    with pytest.raises(InputError) as caught:
        logbook.read_ledger(tmp_path)
    assert caught.value.code == "RM-WRN-006"


def test_a_replay_that_says_something_else_is_refused_and_nothing_is_overwritten(tmp_path: Path):
    run(tmp_path, "2025-06-30")
    before = (tmp_path / logbook.LEDGER).read_bytes()
    with pytest.raises(RunError) as caught:
        run(tmp_path, "2025-07-30", ("2025-05-06", "2025-06-04"))
    assert caught.value.code == "RM-WRN-008"
    assert (tmp_path / logbook.LEDGER).read_bytes() == before


def test_a_run_of_an_earlier_day_leaves_the_ledger_as_it_is(tmp_path: Path):
    run(tmp_path, "2025-08-30")
    before = (tmp_path / logbook.LEDGER).read_bytes()
    run(tmp_path, "2025-06-10")
    assert (tmp_path / logbook.LEDGER).read_bytes() == before


def test_a_log_of_acts_that_was_edited_is_refused(tmp_path: Path):
    run(tmp_path, "2025-06-10")
    invoke("note", tmp_path, "W-e1-2025-06-03", *SIGNED, "--on", "2025-06-12")
    path = tmp_path / logbook.ACTS
    entry = json.loads(path.read_text("utf-8")) | {"text": "别的"}
    path.write_text(json.dumps(entry), "utf-8")
    with pytest.raises(InputError) as caught:
        logbook.read_acts(tmp_path)
    assert caught.value.code == "RM-WRN-002"
