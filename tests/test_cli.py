"""Bad input: one clear error, exit code 2, nothing written."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from riskmodel.errors import WORDS


def riskmodel(*arguments: str):
    return subprocess.run(
        [sys.executable, "-m", "riskmodel.cli", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture
def copy(sample, tmp_path):
    return shutil.copytree(sample, tmp_path / "source")


def spoil_table(folder):
    for file in folder.glob("*经营异常*"):
        file.unlink()


def spoil_file(folder):
    (folder / "坏.xlsx").write_bytes(b"PK\x03\x04 broken")


def spoil_headers(folder):
    (folder / "其他.csv").write_text("甲,乙,丙,丁\n1,2,3,4\n", "utf-8")


def spoil_rows(folder):
    file = next(folder.glob("*经营异常*"))
    file.write_bytes(file.read_bytes().split(b"\n")[0] + b"\n")


def nothing(folder):
    pass


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "options", "code"),
    [
        (spoil_table, (), "RM-REC-001"),
        (spoil_file, (), "RM-REC-023"),
        (spoil_headers, (), "RM-REC-003"),
        (spoil_rows, (), "RM-REC-005"),
        (nothing, ("--as-of", "2001-01-01"), "RM-INP-003"),
        (nothing, ("--as-of", "2031-01-01"), "RM-INP-006"),
        (nothing, ("--as-of", "30.06.2025"), "RM-INP-001"),
        (nothing, ("--policy", "nowhere"), "RM-POL-003"),
        (nothing, ("--capacity", "1"), "RM-PLN-001"),
    ],
)
def test_bad_input_is_one_clear_error_with_exit_code_2(copy, tmp_path, spoil, options, code):
    spoil(copy)
    done = riskmodel("run", str(copy), "--out", str(tmp_path / "reports"), "--no-track", *options)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.count("RM-") == 1
    assert code in done.stderr
    assert all(label in done.stderr for label in ("位置", "发现", "应为", "如何处理"))
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "reports").exists() or not list((tmp_path / "reports").iterdir())


def test_a_policy_with_a_wrong_key_is_named_with_its_place(tmp_path):
    (tmp_path / "p.yaml").write_text("extends: zhoucun-2020\nid: x\ninspektions: {}\n", "utf-8")
    done = riskmodel("policy", "check", str(tmp_path / "p.yaml"))
    assert done.returncode == 2
    assert "inspektions" in done.stderr


@pytest.mark.slow
def test_check_says_what_was_refused_and_exits_with_1(sample):
    done = riskmodel("check", str(sample))
    assert done.returncode == 1
    assert "校验" in done.stdout or "统一社会信用代码" in done.stdout


@pytest.mark.slow
def test_plan_draw_and_verify_are_three_commands_and_a_plan_is_drawn_once(sample, tmp_path):
    plan, proof = str(tmp_path / "plan.json"), str(tmp_path / "proof.json")
    assert riskmodel("plan", str(sample), "--out", plan).returncode == 0
    assert riskmodel("draw", plan, "--seed", "lottery 1 2 3", "--out", proof).returncode == 0
    assert riskmodel("verify", proof).returncode == 0
    again = riskmodel("draw", plan, "--seed", "lottery 4 5 6", "--out", proof)
    assert again.returncode == 2
    assert "RM-DRW-005" in again.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("policy", "coverage"),
        ("policy", "show"),
        ("policy", "show", "zhoucun-2020"),
        ("features",),
        ("version",),
        ("--help",),
    ],
)
def test_commands_that_only_show_succeed(arguments):
    done = riskmodel(*arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_every_error_has_its_words_in_both_languages():
    for zh, en in WORDS.values():
        assert all((zh.title, zh.expected, zh.mend, en.title, en.expected, en.mend))
        assert en.title.isascii() or "≥" in en.title
