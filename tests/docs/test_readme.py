import re
from pathlib import Path

import pytest
from typer.main import get_command

from riskmodel.cli import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
CHINESE = (ROOT / "README.zh.md").read_text("utf-8")


def block(name: str) -> str:
    return re.search(rf"<!-- command: {name} -->\n```[a-z]*\n(.*?)```", README, re.S).group(1)


def test_both_commands_use_words_that_bash_and_powershell_share():
    for name in ("run", "test"):
        assert not re.search(r"&&|\|\||\$|\\$|export |source ", block(name), re.M)


def test_the_chinese_readme_has_the_same_commands():
    for name in ("run", "test"):
        assert block(name) in CHINESE


def test_every_command_that_the_readme_names_exists():
    known = set(get_command(app).commands)
    assert (
        set(
            re.findall(
                r"riskmodel (run|plan|draw|verify|check|policy|ui|lab|override|features|experiment|assess|append|quarantine|results|case|simulate|credit-report)\b",
                README,
            )
        )
        <= known
    )


def test_every_link_leads_somewhere():
    for text in (README, CHINESE):
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            assert (ROOT / target).exists(), target


@pytest.mark.slow
def test_the_five_lines_of_python_run(monkeypatch, capsys):
    code = re.search(r"## Five lines of Python\n\n```python\n(.*?)```", README, re.S).group(1)
    assert len([line for line in code.splitlines() if line.strip()]) <= 7
    monkeypatch.chdir(ROOT)
    exec(compile(code, "README.md", "exec"), {})
    assert "成立" in capsys.readouterr().out
