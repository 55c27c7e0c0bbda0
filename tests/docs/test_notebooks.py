import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from traitlets.config import Config

ROOT = Path(__file__).parents[2]
CHINESE = re.compile(r"[\u3400-\u9fff]")
HEADING = re.compile(r"<th\b[^>]*>\s*(?:<[^>]*>\s*)*([^<\s][^<]*)")
CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebooks_are_stored_without_outputs_and_with_small_cells(path):
    cells = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    assert not any(c.outputs or c.execution_count for c in cells)
    assert max(len(c.source.splitlines()) for c in cells) <= 15


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_the_text_for_review_says_what_the_notebook_says(path):
    jupytext = pytest.importorskip("jupytext")
    text = jupytext.read(path.parent / "review" / f"{path.stem}.py")
    kept = nbformat.read(path, as_version=4)
    assert [(c.cell_type, c.source) for c in text.cells] == [(c.cell_type, c.source) for c in kept.cells], (
        "jupytext --sync notebooks/*.ipynb"
    )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebooks_are_stories_in_chinese_with_english_summaries(path):
    cells = nbformat.read(path, as_version=4).cells
    assert cells[0].cell_type == "markdown" and cells[0].source.startswith(f"# {path.stem[:2]} ")
    assert "*English:" in cells[0].source
    assert not any("class " in c.source.split("#")[0] and c.source.startswith("class ") for c in cells)
    told = [c for c in cells if c.cell_type == "markdown"]
    assert sum(bool(CHINESE.search(c.source)) for c in told) == len(told)


@pytest.mark.slow
@pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebooks_run_from_top_to_bottom(path, tmp_path):
    """Run a copy beside a copy of the data's place, so that nothing is written into the tree."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        for folder in ("data", "experiments"):
            cell.source = cell.source.replace(f'"../{folder}/', f'"{(ROOT / folder).as_posix()}/')
        cell.source = cell.source.replace('"../reports"', f'"{tmp_path.as_posix()}"')
    # kernels of several workers may choose the same free port, and then wait for each other's messages for ever
    first = 10_000 + os.getpid() % 4_000 * len(CHANNELS)
    ports = {f"{name}_port": first + n for n, name in enumerate(CHANNELS)}
    config = Config({"KernelManager": {"cache_ports": False, **ports}})
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}, config=config).execute()
    code = [c for c in notebook.cells if c.cell_type == "code"]
    assert all(c.execution_count for c in code)
    shown = [output.data for c in code for output in c.outputs if "data" in output]
    assert not [data["text/plain"] for data in shown if data.get("text/plain", "").startswith("<") and len(data) == 1]
    pages = [data.get("text/html", "").encode("ascii", "backslashreplace").decode("unicode_escape") for data in shown]
    headings = {text for page in pages for text in HEADING.findall(page)}  # tables that search stand in a script
    assert headings and not {text for text in headings if re.search("[a-z]", text) and not CHINESE.search(text)}
