"""The habits of the house: style, types, floors, pins, names; each by the tool that knows it."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import riskmodel
from riskmodel.features.page import catalogue
from riskmodel.records.dictionary import dictionary

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
HIDDEN = {"reports", "__pycache__", "node_modules"}
TRACKED = [
    p
    for p in ROOT.rglob("*")
    if p.is_file()
    and not any((part.startswith(".") and part != ".ci") or part in HIDDEN for part in p.relative_to(ROOT).parts[:-1])
]


def pins() -> list[str]:
    return [line for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if line.strip()]


def bounds() -> list[str]:
    extras = PROJECT["project"]["optional-dependencies"].values()
    groups = PROJECT["dependency-groups"].values()
    return [*PROJECT["project"]["dependencies"], *(d for e in extras for d in e), *(d for g in groups for d in g)]


def plain(name: str) -> str:
    return re.split(r"[<>=!~\[; ]", name)[0].lower().replace("_", "-")


@pytest.mark.slow
@pytest.mark.parametrize("command", ["ruff check .", "ruff format --check .", "mypy", "lint_imports"])
def test_linters_types_and_floors_pass(command):
    if command == "lint_imports":
        arguments = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as m; m()"]
    else:
        arguments = [sys.executable, "-m", *command.split()]
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_pins_for_pip_and_for_uv_are_the_same():
    assert PROJECT["tool"]["uv"]["constraint-dependencies"] == pins()


def test_every_dependency_is_pinned_within_its_bounds():
    from packaging.requirements import Requirement

    pinned: dict[str, list[Requirement]] = {}
    for line in pins():
        requirement = Requirement(line)
        pinned.setdefault(plain(requirement.name), []).append(requirement)
    for line in bounds():
        wanted = Requirement(line)
        versions = [next(iter(p.specifier)).version for p in pinned[plain(wanted.name)]]
        assert versions and all(wanted.specifier.contains(v) for v in versions), line


def test_conda_users_get_the_same_set():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    python = next(d for d in environment["dependencies"] if isinstance(d, str) and d.startswith("python"))
    assert python.removeprefix("python") == PROJECT["project"]["requires-python"]
    pip = next(d for d in environment["dependencies"] if isinstance(d, dict))["pip"]
    assert pip == ["-c constraints.txt", "-e .[notebooks]"]


def test_the_version_stands_in_one_place_and_in_the_project_file():
    assert riskmodel.__version__ == PROJECT["project"]["version"]


def test_the_data_dictionary_is_the_generated_one():
    assert (ROOT / "data/README.md").read_text("utf-8") == dictionary() + catalogue()


def test_no_file_names_a_download_address_or_a_place_of_a_machine():
    wrong = re.compile(
        r"files\.pythonhosted|pypi\.org|/simple\b|registry\.npmjs|deb\.debian|(?<![\w.])/(?:work|root|home/\w+)/"
    )
    texts = [
        p
        for p in TRACKED
        if p.suffix in (".py", ".md", ".toml", ".txt", ".yml", ".yaml", ".ipynb", ".j2", "")
        and p.name not in ("uv.lock", "test_habits.py")
    ]
    found = [str(p.relative_to(ROOT)) for p in texts if wrong.search(p.read_text("utf-8", errors="ignore"))]
    assert found == []


def test_no_module_is_called_by_a_word_that_says_nothing():
    assert not {"utils", "helpers", "common", "misc", "base"} & {p.stem for p in (ROOT / "riskmodel").rglob("*.py")}


def test_modules_stay_readable():
    long = {
        str(p.relative_to(ROOT)): n
        for p in (ROOT / "riskmodel").rglob("*.py")
        if (n := len(p.read_text("utf-8").splitlines())) > 600
    }
    assert long == {}


def test_importing_riskmodel_loads_nothing_heavy():
    code = "import riskmodel, sys; print([m for m in ('pandas', 'mlflow', 'matplotlib', 'duckdb') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_can_be_had():
    assert len(riskmodel.__all__) <= 25
    assert all(getattr(riskmodel, name) is not None for name in riskmodel.__all__)
