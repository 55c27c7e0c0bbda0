"""Every verb that prints a result prints it as one JSON document, and nothing else, where it is asked to."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import pytest
import typer
import yaml
from typer.testing import CliRunner

from riskmodel import logbook
from riskmodel.cli import app
from riskmodel.cli_help import verbs
from riskmodel.policy import load_policy
from riskmodel.values import AsOf, Provenance
from riskmodel.warning.casebook import review
from riskmodel.warning.routing import digests
from riskmodel.workflow_inspect import draw_of

ROOT = Path(__file__).parents[1]

# They open another program, and print nothing of their own.
OPENERS = {"ui", "lab"}
SIGNED = ["--by", "王主任", "--on", "2025-07-01"]
LATER = ["--by", "王主任", "--on", "2025-08-01"]
CASE = "W-e1-2025-06-03"
WARNING = load_policy("zhoucun-2020").at(AsOf.of("2025-06-30")).warning
RANDOM = ["--seed", "公开种子", "--on", "2025-07-01"]


def parameters() -> dict[str, set[str]]:
    found = verbs(typer.main.get_command(app))
    return {path: {o for p in verb.params for o in p.opts} for path, verb in found if not hasattr(verb, "commands")}


def test_every_verb_that_prints_a_result_has_json_and_speaks_both_languages():
    options = parameters()
    assert {path for path, named in options.items() if "--json" not in named} == OPENERS
    # a version and a dictionary have no words of ours
    assert {path for path, named in options.items() if "--lang" not in named} == {"lab", "version", "dictionary"}


def invoke(arguments: list[object]):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def events() -> pd.DataFrame:
    """Three violations of one enterprise: two call for a reminder, the third for a warning."""
    days = [pd.Timestamp(day) for day in ("2025-05-06", "2025-06-03", "2025-07-15")]
    same = {
        "entity_id": "e1", "name": "企业", "town": "王村镇", "kind": "penalties", "severity": "minor", "item": "价格",
        "authority": "周村区应急管理局", "special_field": "none", "industry": "F", "leniency": "no", "stopped_known_on": pd.NaT,
    }  # fmt: skip
    rows = [{**same, "event_id": f"n{day:%m%d}", "occurred_on": day, "known_on": day} for day in days]
    return pd.DataFrame(rows).astype({"stopped_known_on": "datetime64[s]"})


class Office:
    """A small office: its exports, a run of the month with its casebook, and a draw on record."""

    def __init__(self, place: Path) -> None:
        self.place, self.source, self.book = place, place / "exports", place / "book"
        self.run("district", self.source, "--enterprises", 400, "--years", 3, "--seed", 1)
        self.run("run", self.source, "--out", place / "reports", "--cases", self.book, "--no-track")
        self.month = place / "reports" / "2025-06-30"
        self.plan, self.proof, self.log = place / "plan.json", place / "proof.json", place / "draws.jsonl"
        self.run("plan", self.source, "--out", self.plan, "--log", self.log, "--on", "2025-07-01")
        self.run("draw", self.plan, "--out", self.proof, "--log", self.log, *RANDOM)
        table = draw_of(self.plan, self.proof).table
        self.drawn = table["entity_id"].tolist()
        self.results = place / "results.csv"
        rows = table[["entity_id"]].assign(inspected_on="2025-07-10", outcome_codes="1")
        rows.to_csv(self.results, index=False)

    def run(self, *arguments: object) -> None:
        done = invoke(list(arguments))
        assert isinstance(done.exception, SystemExit | None), done.exception

    def new(self, name: str) -> Path:
        """A path that nothing stands at."""
        return self.place / f"{len(list(self.place.iterdir()))}-{name}"

    def worked(self, until: str) -> tuple[Path, Path]:
        """A book of one case that was worked up to a stage, and the folder of the run that found it."""
        book, month = self.new("book"), self.new("month")
        month.joinpath("tables").mkdir(parents=True)
        stages = {"reminder_due": "2025-06-10", "watched": "2025-07-20", "warned": "2025-07-20"}
        for stage, day in stages.items():
            as_of = AsOf.of(day)
            found = review(events(), WARNING, as_of, Provenance(as_of, "", "", ""), logbook.read_acts(book).entries)
            logbook.continuing(book, found)()
            digests(found.cases, WARNING, as_of.day, found.told).table.to_parquet(month / "tables" / "digest.parquet")
            if stage == until:
                break
            if stage == "reminder_due":
                self.run("case", "remind", book, CASE, "--by", "王主任", "--on", "2025-06-12")
            else:
                self.run("case", "digest", book, "--run", month, "--by", "王主任", "--on", "2025-07-20")
        return book, month

    def overridden(self) -> Path:
        log = self.new("o.jsonl")
        self.run("override", "set", log, self.drawn[0], "--tier", "D", "--reason", "舆情", *SIGNED)
        return log

    def copied_log(self) -> Path:
        return shutil.copy(self.log, self.new("draws.jsonl"))

    def trial(self) -> Path:
        file = self.new("e.yaml")
        raw = yaml.safe_load((ROOT / "experiments/baseline.yaml").read_text("utf-8"))
        few = {"models": ["last_result", "expert"], "replicates": 50, "source": str(ROOT / "data/sample")}
        file.write_text(yaml.safe_dump(raw | few), "utf-8")
        return file


@pytest.fixture(scope="session")
def office(tmp_path_factory) -> Office:
    return Office(tmp_path_factory.mktemp("office"))


# Verb → its arguments, and keys that stand in its document (of its first row where it is a list).
LINES: Mapping[str, tuple[Callable[[Office], list[object]], set[str]]] = {
    "run": (
        lambda o: [o.source, "--out", o.new("reports"), "--no-track"],
        {"as_of", "enterprises", "tiers", "visits", "folder", "proof", "commitment"},
    ),
    "check": (lambda o: [o.source], {"intake", "quarantine"}),
    "assess": (lambda o: [o.source], {"risk_tier", "enterprises"}),
    "plan": (lambda o: [o.source, "--out", o.new("plan.json")], {"out", "commitment", "strata"}),
    "draw": (lambda o: [o.plan, "--seed", "s", "--out", o.new("proof.json")], {"drawn", "out", "digest"}),
    "replace": (
        lambda o: [o.plan, o.proof, o.drawn[0], "--log", o.copied_log(), "--reason", "注销", *SIGNED],
        {"gone", "into", "log"},
    ),
    "verify": (lambda o: [o.proof], {"holds", "message"}),
    "recheck": (lambda o: [o.proof, o.drawn[0], "--out", o.new("r.xlsx")], {"out"}),
    "estimate": (
        lambda o: [o.plan, o.proof, o.results, "--by", "town", "--known-on", "2025-07-20"],
        {"group", "value", "low", "high"},
    ),
    "publish": (
        lambda o: [o.plan, o.proof, o.results, "--out", o.new("n.csv"), "--on", "2025-07-20"], {"out", "terms", "refused"},
    ),
    "explain": (lambda o: [o.source, o.drawn[0]], {"risk_tier", "reasons", "lines"}),
    "simulate": (
        lambda o: [ROOT / "data/sample", "--years", 1, "--replicates", 2, "--out", o.new("reports")],
        {"part", "page", "summary", "checkpoints"},
    ),
    "experiment": (
        lambda o: [o.trial(), "--out", o.new("reports"), "--no-track"],
        {"experiment", "champion", "metrics", "suspects", "leaks", "folder", "run"},
    ),
    "append": (lambda o: [o.new("s.duckdb"), o.source, "--delivered-on", "2025-06-30"], {"table", "accepted", "status"}),
    "quarantine": (lambda o: [o.source, "--out", o.new("q.xlsx")], {"rows", "out"}),
    "features": (lambda o: [], {"name", "zh", "en"}),
    "dictionary": (lambda o: [], {"table", "columns", "key"}),
    "district": (lambda o: [o.new("d"), "--enterprises", 100, "--years", 1], {"out", "enterprises", "rows", "planted"}),
    "credit-report": (
        lambda o: [o.source, o.drawn[0], "--no-pdf", "--out", o.new("credit")], {"enterprises", "folder", "files"},
    ),
    "version": (lambda o: [], {"version"}),
    "policy check": (lambda o: [], {"faults", "cases", "uncovered"}),
    "policy show": (lambda o: [], {"name", "title"}),
    "policy coverage": (lambda o: [], {"clause", "rules"}),
    "override set": (
        lambda o: [o.new("o.jsonl"), o.drawn[0], "--tier", "D", "--reason", "舆情", *SIGNED],
        {"seq", "act", "entity_id", "tier", "valid_from", "valid_until"},
    ),
    "override withdraw": (lambda o: [o.overridden(), 1, "--reason", "误填", *SIGNED], {"seq", "act", "withdraws"}),
    "override list": (lambda o: [o.overridden(), "--as-of", "2025-07-05"], {"tiers", "entries", "head"}),
    "results read": (
        lambda o: [next((o.month / "检查任务书").iterdir()).parent, "--draw", o.month, "--out", o.new("r.csv"), "--on", "2025-07-20"],
        {"new", "corrected", "known", "waiting", "file"},
    ),
    "case remind": (lambda o: [o.worked("reminder_due")[0], CASE, *SIGNED], {"seq", "act", "case_id", "held_on"}),
    "case warn": (lambda o: [o.worked("watched")[0], CASE, *LATER, "--department", "应急管理局"], {"seq", "departments"}),
    "case answer": (lambda o: [o.worked("warned")[0], CASE, *LATER, "--text", "已改正"], {"seq", "act", "text"}),
    "case release": (lambda o: [o.worked("watched")[0], CASE, *LATER, "--text", "误报"], {"seq", "act", "text"}),
    "case note": (lambda o: [o.worked("watched")[0], CASE, *LATER, "--text", "搬迁"], {"seq", "act", "text"}),
    "case digest": (lambda o: [(at := o.worked("watched"))[0], "--run", at[1], *LATER], {"sent"}),
    "case list": (lambda o: [o.book], {"case_id", "stage", "deadline", "rule_id"}),
    "case verify": (lambda o: [o.book], {"holds", "entries", "acts", "head"}),
}  # fmt: skip


def test_no_verb_is_left_out():
    assert set(LINES) == set(parameters()) - OPENERS


@pytest.mark.slow
@pytest.mark.parametrize("verb", LINES)
def test_json_is_one_document_and_nothing_else(office, verb):
    arguments, keys = LINES[verb]
    done = invoke([*verb.split(), *arguments(office), "--json"])
    assert isinstance(done.exception, SystemExit | None), done.exception
    found = json.loads(done.stdout)  # fails where anything stands before or behind
    assert found != [], "a list without rows shows no keys"
    first = found[0] if isinstance(found, list) else found
    assert keys <= set(first), sorted(first)
    assert done.stderr == ""
