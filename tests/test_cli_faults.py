"""What a clerk reads who typed something wrong: which option, what stood there, what should, how to mend it."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest
from typer.testing import CliRunner

from riskmodel.cli import app
from riskmodel.errors import RiskModelError

CHINESE = re.compile(r"[\u3400-\u9fff]")


def refused(line: str, folder) -> RiskModelError:
    done = CliRunner().invoke(app, shlex.split(line.replace("@", f"{folder}/")))
    assert isinstance(done.exception, RiskModelError), (done.exception, done.output)
    assert done.stdout == ""
    return done.exception


@pytest.mark.parametrize(
    ("line", "option", "expected"),
    [
        ("run @ --as-of 2025-6-30", "--as-of", "形如 2025-06-30 的日期"),
        ("explain @ X --as-of 30.06.2025", "--as-of", "形如 2025-06-30 的日期"),
        ("credit-report @ X --as-of ' '", "--as-of", "形如 2025-06-30 的日期"),
        ("policy check --as-of soon", "--as-of", "形如 2025-06-30 的日期"),
        ("append @s.duckdb @ --delivered-on 2025/06/30", "--delivered-on", "形如 2025-06-30 的日期"),
        ("plan @ --on 2025-02-30", "--on", "形如 2025-06-30 的日期"),
        ("publish @p @q @r --on today", "--on", "形如 2025-06-30 的日期"),
        ("estimate @p @q @r --known-on today", "--known-on", "形如 2025-06-30 的日期"),
        ("results read @a --draw @b --on x", "--on", "形如 2025-06-30 的日期"),
        ("case remind @b W-1-2025-06-30 --by A --held-on x", "--held-on", "形如 2025-06-30 的日期"),
        ("override set @o E1 --tier D --reason r --by A --from x", "--from", "形如 2025-06-30 的日期"),
        ("override set @o E1 --tier D --reason r --by A --until x", "--until", "形如 2025-06-30 的日期"),
        ("override set @o E1 --tier F --reason r --by A", "--tier", "A, B, C, D, E"),
        ("override set @o E1 --tier D --reason ' ' --by A", "--reason", "理由"),
        ("override set @o E1 --tier F --reason r --by ' '", "--tier, --by", "--tier A, B, C, D, E；--by 签字人姓名"),
        ("override set @o E1 --tier D --reason r --by A --on 2025-06-01 --until 2025-05-01", "--until", "≥ 2025-06-01"),
        ("run @ --policy nowhere", "--policy", "zhoucun-2020-fitted"),
        ("run @nowhere", "SOURCE", "一个文件夹或数据文件"),
        ("run @ --source-map @nowhere.yaml", "--source-map", "一个已有的文件"),
        ("check @ --propose @there.yaml", "--propose", "还没有的文件或文件夹"),
        ("draw @p --contribution A=1", "--contribution", "至少两家单位"),
        ("draw @p", "--seed, --contribution", "公开文本"),
        ("draw @p --seed s --without A", "--without", "名称=文本"),
        ("simulate @ --part 3/2", "--part", "K/N"),
    ],
)  # fmt: skip
def test_the_place_of_a_fault_is_the_option_as_it_was_typed(tmp_path, line, option, expected):
    (tmp_path / "there.yaml").write_text("{}", "utf-8")
    message = refused(line, tmp_path).message("zh").splitlines()
    assert message[1] == f"  位置：{option}", message
    assert expected in message[3], message
    english = refused(line, tmp_path).message("en")
    assert f"where: {option}\n" in english and not CHINESE.search(english), english


def test_groups_outcomes_and_rounds_that_do_not_exist_are_told_with_those_that_do(sample_assessment, tmp_path):
    from riskmodel.inspections.estimate import estimate
    from riskmodel.workflow import plan_inspections

    plan = plan_inspections(sample_assessment)
    draw = plan.draw("s")
    results = draw.table[["entity_id"]].assign(outcome_codes="1")
    for how, option, value in (
        ({"by": "colour"}, "--by", "town"), ({"what": "Z"}, "--what", "violation"),
    ):  # fmt: skip
        with pytest.raises(RiskModelError) as caught:
            estimate(draw, results, **how)
        lines = caught.value.message("zh").splitlines()
        assert lines[1] == f"  位置：{option}" and value in lines[3], lines
    with pytest.raises(RiskModelError) as caught:
        plan_inspections(sample_assessment, part="7/5")
    assert "--round" in caught.value.message("zh") and "全年批数" in caught.value.message("zh")
    with pytest.raises(RiskModelError) as caught:
        sample_assessment.explain("nobody")
    assert caught.value.message("zh").splitlines()[:2] == ["RM-INP-009 没有这家企业", "  位置：ID"]


def told(*line: object, lang: str = "zh", **environment: str) -> subprocess.CompletedProcess[str]:
    """What a clerk sees of a command, as it is run in a terminal or a pipe."""
    env = {**os.environ, "LC_ALL": "C.UTF-8" if lang == "zh" else "en_US.UTF-8", **environment}
    command = [sys.executable, "-m", "riskmodel.cli", *map(str, line)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=env, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_cannot_be_read_or_written_is_one_message_without_a_traceback(tmp_path, lang):
    exports, file, folder = tmp_path / "exports", tmp_path / "file", tmp_path / "folder"
    assert CliRunner().invoke(app, ["district", str(exports), "--enterprises", "100", "--years", "1"]).exit_code == 0
    file.write_bytes("中文".encode("gb18030"))
    folder.mkdir()
    code = next(iter(pd.read_csv(exports / "企业登记信息.csv", dtype=str).iloc[:, 0]))
    before = sorted(tmp_path.rglob("*"))
    for line, says in {
        ("credit-report", exports): "RM-INP-011",
        ("credit-report", exports, "--ids", tmp_path / "no.txt"): "RM-RUN-006",
        ("credit-report", exports, "--ids", file, "--no-pdf", "--out", tmp_path / "credit"): "RM-INP-009",
        ("credit-report", exports, code, "--no-pdf", "--out", file / "credit"): "RM-",
        ("quarantine", exports, "--out", folder): "RM-INP-008",
        ("quarantine", exports, "--out", file / "x.xlsx"): "RM-RUN-006",
        ("plan", exports, "--out", file / "plan.json"): "RM-RUN-006",
        ("run", exports, "--no-track", "--out", file / "reports"): "RM-RUN-006",
        ("assess", exports, "--out", folder): "RM-RUN-006",
        ("append", tmp_path / "s.duckdb", tmp_path / "nowhere"): "RM-INP-002",
        ("append", tmp_path / "s.duckdb", folder): "RM-REC-047",
        ("check", folder): "RM-REC-001",
        ("verify", file): "RM-DRW-002",
        ("plan", exports, "--capacity", 0): "--capacity",
    }.items():
        done = told(*line, lang=lang)
        assert done.returncode == 2 and says in done.stderr, (line, done.stderr)
        assert "Traceback" not in done.stderr and ".part" not in done.stderr, done.stderr
        assert done.stdout == ""
        if lang == "en":
            assert not CHINESE.search(done.stderr), done.stderr
        else:
            assert not re.search(r"\b[a-z]{3,} [a-z]{3,} [a-z]{2,}\b", done.stderr), done.stderr
    assert sorted(tmp_path.rglob("*")) == before  # nothing was begun: no empty store, no empty folder


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals of this kind are not there")
def test_who_stops_a_command_is_told_so_and_finds_nothing_half_done(tmp_path, sample):
    command = [
        sys.executable,
        "-m",
        "riskmodel.cli",
        "run",
        str(sample),
        "--no-track",
        "--out",
        str(tmp_path / "reports"),
    ]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8")
    time.sleep(4)  # in the middle of it
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode in (130, -signal.SIGINT), (out, err)  # shells say 130 of both
    assert err.strip() == "已中止" and out == ""
    assert not (tmp_path / "reports").exists() or not any((tmp_path / "reports").iterdir())


@pytest.mark.slow
@pytest.mark.parametrize(
    "environment", [{"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}, {"LC_ALL": "POSIX", "PYTHONUTF8": "0"}]
)
def test_a_console_that_is_not_utf_8_shows_chinese_all_the_same(environment):
    done = told("policy", "coverage", **environment)
    assert done.returncode == 0 and "条款" in done.stdout and done.stderr == ""
