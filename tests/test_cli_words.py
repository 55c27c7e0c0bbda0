"""What the command line says: one language at a time, examples that parse, JSON for programs, plain in a pipe."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import subprocess
import sys

import pandas as pd
import pytest
import typer
from rich.cells import cell_len
from rich.console import Console
from typer.testing import CliRunner

from riskmodel import cli_records, cli_screen
from riskmodel.cli import app
from riskmodel.cli_help import EXAMPLES, in_language, verbs
from riskmodel.cli_options import Language
from riskmodel.cli_screen import default_language, heading, spoken
from riskmodel.policy import coverage, load_policy

CHINESE = re.compile(r"[\u3400-\u9fff]")


def command(lang="zh"):
    return in_language(typer.main.get_command(app), lang)


def texts(verb):
    return [verb.help, *(getattr(p, "help", "") for p in verb.params), verb.epilog]


def test_english_help_has_no_chinese_and_chinese_help_is_chinese():
    for path, verb in verbs(command("en")):
        assert not CHINESE.search(" ".join(filter(None, texts(verb)))), path
    for path, verb in verbs(command("zh")):
        assert CHINESE.search(verb.help), path
        assert not any(" / " in text for text in texts(verb) if text), path


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_help_begins_and_ends_the_same_way_everywhere(lang):
    for path, verb in verbs(command(lang)):
        parameters = [*verb.params, verb.get_help_option(typer.Context(verb))]
        for text in [verb.help, *(p.help for p in parameters)]:
            assert text, f"{path}: nothing says what this is"
            assert text[-1] not in ".,;:。，；：", (path, text)
            assert lang == "zh" or text[0].isupper(), (path, text)
            assert lang == "en" or CHINESE.search(text), (path, text)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_help_as_it_is_shown_names_types_in_one_language_and_fits_the_screen(capsys, lang, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    main = command(lang)
    paths = [path for path, _ in verbs(main)]
    for path in paths:
        with pytest.raises(SystemExit):
            main([*path.split(), "--help"], prog_name="riskmodel")
        shown = capsys.readouterr().out
        assert not re.search("<(bool|str|int|float|list)", shown), shown
        assert lang == "zh" or not CHINESE.search(shown), shown
        assert "<path>" not in shown.lower() or lang == "en", shown
        assert all(cell_len(line) <= 80 for line in shown.splitlines())


def test_chinese_help_has_chinese_marks():
    for path, verb in verbs(command("zh")):
        for text in filter(None, texts(verb)):
            assert not re.search(r"[\u3400-\u9fff] ?[(),;:!?]|[(),;:!?] ?[\u3400-\u9fff]", text.replace("主机:", "")), (
                path,
                text,
            )


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("run", "缺少参数 'SOURCE'"), ("run x --capcity 3", "没有选项 --capcity"), ("run x --capacity 0", "应不小于 1"),
        ("run x --capacity a", "应为整数"), ("run x --lang fr", "'fr' 不在可选值之中"), ("chek", "没有命令 'chek'。是否为"),
        ("run a b", "多余的参数：b"), ("run x --out", "选项 '--out' 后面要有一个值"),
        ("run x --track=1", "选项 '--track' 后面没有值"),
    ],
)  # fmt: skip
def test_faults_of_a_command_line_are_told_in_one_language(capsys, line, says):
    for lang in ("zh", "en"):
        with pytest.raises(SystemExit):
            command(lang)(line.split(), prog_name="riskmodel")
        shown = capsys.readouterr().err.replace("\n", "")
        if lang == "zh":
            assert says in shown
            assert not re.search("Usage|Error|Try|OPTIONS|Invalid|Missing|should|Did", shown), shown
        else:
            assert "Error" in shown and not CHINESE.search(shown)


def test_every_example_is_a_command_line_that_parses():
    verbs_by_path = dict(verbs(command()))
    assert set(EXAMPLES) <= set(verbs_by_path)
    for path, lines in EXAMPLES.items():
        for line in lines:
            program, *arguments = shlex.split(line.partition(" > ")[0])
            assert program == "riskmodel"
            assert arguments[: len(path.split())] == path.split()
            verbs_by_path[path].make_context(path, arguments[len(path.split()) :])


def test_every_verb_but_the_plainest_has_an_example():
    plain = {"version"}
    assert {path for path, verb in verbs(command()) if not hasattr(verb, "commands")} - plain == set(EXAMPLES)


@pytest.mark.parametrize(
    ("arguments", "environment", "lang"),
    [
        (["run"], {}, "zh"),
        (["run"], {"LANG": "en_US.UTF-8"}, "en"),
        (["run"], {"LANG": "zh_CN.UTF-8"}, "zh"),
        (["run"], {"LC_ALL": "C.UTF-8", "LANG": "en_US"}, "zh"),
        (["run", "--lang", "en"], {"LANG": "zh_CN"}, "en"),
        (["run", "--lang=zh"], {"LANG": "en_US"}, "zh"),
    ],
)
def test_the_language_is_what_the_option_says_else_the_machines(monkeypatch, arguments, environment, lang):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert spoken(arguments) == lang
    assert default_language({}) == "zh"


def run(*arguments):
    done = CliRunner().invoke(app, [str(a) for a in arguments])
    assert done.exit_code in (0, 1), done.output
    return done


def test_verbs_that_print_results_print_json(tmp_path, sample_assessment):
    from riskmodel.workflow import plan_inspections

    plan = plan_inspections(sample_assessment)
    plan.save(tmp_path / "plan.json")
    proof = tmp_path / "proof.json"
    drawn = json.loads(run("draw", tmp_path / "plan.json", "--seed", "s", "--out", proof, "--json").stdout)
    assert drawn["drawn"] == plan.n and drawn["out"] == str(proof)
    for lang, says in (
        ("zh", f"抽取 {plan.n} 家，抽取凭证已写入"),
        ("en", f"{plan.n} enterprises drawn; the proof is in"),
    ):
        again = tmp_path / f"{lang}.json"
        told = run("draw", tmp_path / "plan.json", "--seed", "s", "--out", again, "--lang", lang).stdout
        assert told == f"{says} {again}\n"
    verdict = json.loads(run("verify", proof, "--json").stdout)
    assert verdict["holds"] is True
    checked = json.loads(run("policy", "check", "--json").stdout)
    assert checked["faults"] == 0 and len(checked["cases"]) > 10
    covered = json.loads(run("policy", "coverage", "--json").stdout)
    assert {"clause", "rules"} <= set(covered[0])
    assert len(json.loads(run("features", "--json").stdout)) > 0


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_plans_estimates_and_notices_show_is_in_one_language(sample_assessment, lang):
    from riskmodel.workflow import plan_inspections
    from riskmodel.workflow_inspect import rates_in_words, strata_in_words, terms_in_words

    rates = pd.DataFrame({"group": ["", "drug", ""], "value": [0.1, 0.2, 0.3], "n": [3, 2, 1]})
    terms = pd.DataFrame({"calendar": ["official", "weekdays"], "overdue": ["yes", "no"]})
    for shown in (
        strata_in_words(plan_inspections(sample_assessment), "zhoucun-2020", lang),
        rates_in_words(rates, "special_field", lang),
        terms_in_words(terms, lang),
    ):
        said = " ".join([*(heading(c, lang) for c in shown), *shown.astype("str").to_numpy().ravel()])
        assert not re.search("[a-z]{2}" if lang == "zh" else CHINESE, said), said
    assert rates_in_words(rates, None, lang)["group"].tolist() == [["全部", "all"][lang == "en"], "drug", "—"]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("terminal", [True, False])
def test_names_of_files_are_whole_at_80_columns_and_a_row_is_a_line_in_a_pipe(
    monkeypatch, sample_records, lang, terminal
):
    stream = io.StringIO()
    monkeypatch.setattr(cli_screen, "out", Console(file=stream, width=80, force_terminal=terminal, no_color=True))
    monkeypatch.setattr(cli_screen, "endless", Console(file=stream, width=cli_screen.endless.width))
    intake = sample_records.intake
    cli_records._intake(intake, Language(lang))
    lines = re.sub("\x1b\\[[0-9;]*m", "", stream.getvalue()).splitlines()
    for file, row in zip(intake["file"], intake.itertuples(), strict=True):
        [at] = [number for number, line in enumerate(lines) if line.split()[:1] == [file]]
        assert str(row.accepted) in lines[at + terminal].split()
    table = lines[: 1 + (1 + terminal) * len(intake)]
    assert all(cell_len(line) <= 80 for line in table) or not terminal


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("policy", ["zhoucun-2020", "zhoucun-2020-fitted"])
def test_cases_and_reasons_of_a_policy_are_in_one_language(policy, lang):
    checked = run("policy", "check", policy, "--lang", lang).stdout
    table = coverage(load_policy(policy), lang)
    for text in [*checked.splitlines(), *table["reason"]]:
        if lang == "zh":
            assert not re.search(r"\b[a-z]{2,} [a-z]{2,}\b", text), text
        else:
            assert not CHINESE.search(text), text
    assert len(checked.splitlines()) > 30 and table["reason"].ne("").any()
    title = next(line for line in run("policy", "show", "--lang", lang).stdout.splitlines() if line.startswith(policy))
    assert bool(CHINESE.search(title)) == (lang == "zh") and not re.search(r"[\u3400-\u9fff][(:]", title), title


@pytest.mark.slow
def test_in_a_pipe_nothing_turns_blinks_or_is_coloured(sample):
    command_line = [sys.executable, "-m", "riskmodel.cli", "check", str(sample)]
    done = subprocess.run(command_line, capture_output=True, check=False)
    assert done.returncode == 1  # rows were refused
    assert b"\x1b" not in done.stdout + done.stderr
    assert done.stderr == b""


@pytest.mark.slow
def test_colours_are_off_when_asked_and_the_shell_completes():
    line = [sys.executable, "-c", "from riskmodel.cli import main; main()"]
    forced = {**os.environ, "FORCE_COLOR": "1", "TERM": "xterm-256color"}
    coloured = subprocess.run([*line, "policy", "coverage"], capture_output=True, env=forced, check=True)
    plain = subprocess.run(
        [*line, "policy", "coverage"], capture_output=True, env={**forced, "NO_COLOR": "1"}, check=True
    )
    colour = re.compile(rb"\x1b\[[0-9;]*3[0-7]m")
    assert b"\x1b[" in coloured.stdout and not colour.search(plain.stdout)
    asked = {**os.environ, "_RISKMODEL_COMPLETE": "complete_bash", "COMP_WORDS": "riskmodel ver", "COMP_CWORD": "1"}
    completed = subprocess.run(line, capture_output=True, text=True, env=asked, check=False)
    assert completed.stdout.split() == ["verify", "version"]
