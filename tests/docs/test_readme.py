import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from riskmodel.cli import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
CHINESE = (ROOT / "README.zh.md").read_text("utf-8")


def block(name: str) -> str:
    return re.search(rf"<!-- command: {name} -->\n```[a-z]*\n(.*?)```", README, re.S).group(1)


@pytest.mark.parametrize("text", [README, CHINESE])
def test_a_reader_who_set_up_with_uv_is_told_how_to_reach_the_command(text):
    told = text.index("uv run --no-dev riskmodel`")
    assert told < text.index("riskmodel check office")
    assert "`source .venv/bin/activate`" in text and "`.venv\\Scripts\\activate`" in text


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


def commands(text: str, heading: str) -> list[str]:
    """Command lines of the fenced blocks below a heading, in order."""
    part = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, re.M | re.S)[1]
    blocks = re.findall(r"^ *```(\w*)\n(.*?)^ *```$", part, re.M | re.S)
    lines = [line for language, block in blocks if not language for line in block.splitlines()]
    return [line.strip() for line in lines if line.strip()]


def carry_out(line: str, known: set[int] = frozenset({0})) -> str:
    """Run a command line of the README here; `python FILE` runs apart, as it says."""
    program, *arguments = shlex.split(line)
    if program == "python":
        path = ROOT / arguments[0]
        done = subprocess.run([sys.executable, str(path), *arguments[1:]], capture_output=True, text=True, check=False)
        assert done.returncode in known, done.stderr
        return done.stdout
    assert program == "riskmodel", line
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code in known, (line, result.output, result.exception)
    return result.output


@pytest.fixture
def office(tmp_path, monkeypatch):
    """A new user's desk: own exports with names of their own, the sample, nothing else."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    shutil.copytree(ROOT / "data/sample", tmp_path / "data/sample")
    (tmp_path / "office").mkdir()
    files = {"企业登记信息.csv": "在册主体导出.csv", "行政处罚信息_市场监管.csv": "处罚台账.csv", "经营异常名录.csv": "异常.csv",
             "12315投诉举报.csv": "12315.csv", "双随机检查结果.csv": "检查台账.csv"}  # fmt: skip
    heads = {
        "统一社会信用代码": "信用代码（18位）",
        "企业名称": "市场主体全称",
        "成立日期": "设立时间",
        "列入日期": "纳入异常日期",
        "登记日期": "诉求登记时间",
    }
    for name, other in files.items():
        content = (ROOT / "data/sample" / name).read_bytes()
        try:
            encoding, text = "utf-8-sig", content.decode("utf-8-sig")
        except UnicodeDecodeError:
            encoding, text = "gb18030", content.decode("gb18030")
        head, rest = text.split("\n", 1)
        for ours, theirs in heads.items():
            head = head.replace(ours, theirs) if "代码_1" not in head else head
        (tmp_path / "office" / other).write_bytes((head + "\n" + rest).encode(encoding))
    return tmp_path


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_the_ten_minute_path_leads_from_renamed_exports_to_the_first_list(office):
    lines = commands(README, "Ten minutes from your own exports to the first list")
    assert lines == commands(CHINESE, "十分钟：从本单位导出到第一份名单")
    assert len(lines) == 5
    carry_out(lines[0], {0, 1})
    written = (office / "office/source.yaml").read_text("utf-8")
    (office / "office/source.yaml").write_text("exported_on: 2025-06-30\n" + written, "utf-8")
    carry_out(lines[1], {0, 1})
    carry_out(lines[2] + " --no-track")
    first = office / "reports/2025-06-30"
    assert {"report.html", "风险分类名单.xlsx"} <= {p.name for p in first.iterdir()}
    assert "检查" in (first / "report.html").read_text("utf-8")
    carry_out(lines[3], {0, 1})
    carry_out(lines[4] + " --no-track")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_policy_of_ones_own_is_written_checked_and_used(office):
    text = re.search(r"<!-- file: our-district.yaml -->\n```yaml\n(.*?)```", README, re.S)[1]
    assert text in CHINESE
    (office / "our-district.yaml").write_text(text, "utf-8")
    lines = commands(README, "Write a policy")
    assert lines == commands(CHINESE, "写一份政策")
    assert "0 处问题" in carry_out(lines[0])
    carry_out(lines[1])
    carry_out(lines[2] + " --no-track")
    run = json.loads((office / "reports/2025-06-30/run.json").read_text("utf-8"))
    assert run["policy"].startswith("our-district@")


@pytest.mark.slow
def test_a_draw_is_verified_as_it_says(office):
    lines = commands(README, "Verify a draw")
    digest = json.loads(carry_out(lines[0] + " --json"))["commitment"]
    carry_out(lines[1])
    assert "成立" in carry_out(lines[2] + f" --commitment {digest}")
    assert carry_out(lines[3])
    chinese = commands(CHINESE, "复核一次抽取")
    assert [line.split()[:2] for line in chinese] == [line.split()[:2] for line in lines]


@pytest.mark.slow
def test_the_five_lines_of_python_run(monkeypatch, capsys):
    code = re.search(r"## Five lines of Python\n\n```python\n(.*?)```", README, re.S).group(1)
    assert len([line for line in code.splitlines() if line.strip()]) <= 7
    monkeypatch.chdir(ROOT)
    exec(compile(code, "README.md", "exec"), {})
    assert "成立" in capsys.readouterr().out


def test_chinese_sentences_of_the_readme_have_chinese_marks():
    prose = re.sub(r"^ *```.*?^ *```", "", CHINESE, flags=re.S | re.M)
    prose = re.sub(r"`[^`\n]*`|\]\([^)\n]*\)", "", prose)
    assert [line for line in prose.splitlines() if re.search(r"[,;:?!()]", line.replace("![", ""))] == []
