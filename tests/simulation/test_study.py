"""The study from end to end: page, tables, checkpoints, command."""

from __future__ import annotations

import json
import re
import shutil
import sys
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1] / "exports"))
from page_faults import built, faults

import riskmodel as rm
from riskmodel.cli import app
from riskmodel.display.study_charts import lines_by_quarter
from riskmodel.display.study_words import MEASURES, NUMBERS
from riskmodel.errors import InputError
from riskmodel.exports.study_page import study_html
from riskmodel.simulation.loop import Setting
from riskmodel.simulation.measures import COLUMNS
from riskmodel.simulation.strategies import named
from riskmodel.simulation.study import all_replicates, interval, yearly

OPTIONS = ["--policy", "zhoucun-2020", "--strategy", "greedy", "--years", "1", "--replicates", "2"]


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("study")


@pytest.fixture(scope="module")
def study(sample_records, out):
    policy, kept = rm.load_policy("zhoucun-2020"), out / "simulation/checkpoints"
    return rm.simulate(sample_records, policy, alternatives=["greedy"], years=1, replicates=2, checkpoints=kept)


def test_every_quarter_is_counted_whole(study):
    run = study.figures
    assert list(run.columns) == ["strategy", "replicate", "quarter", *COLUMNS] and len(run) == 16
    assert (run["found"] + run["missed"] == run["open"]).all()
    assert (run[["found_minor", "found_general", "found_serious"]].sum(axis=1) == run["found"]).all()
    assert (run["found"] + run["compliant_visits"] <= run["visits"]).all() and (run["drawn"] <= run["visits"]).all()
    assert run["visits"].gt(0).all() and run["auc"].between(0.4, 0.9).all()


def test_sums_of_a_year_and_paired_differences(study):
    table = study.summary().set_index(["strategy", "measure"])
    of = study.figures.groupby(["strategy", "replicate"])["found"].sum().unstack("strategy")
    more = (of["greedy"] - of["zhoucun-2020"]).to_numpy()
    row = table.loc[("greedy", "found")]
    assert row["difference"] == pytest.approx(more.mean()) and row["difference_low"] <= more.mean()
    assert table.loc[("zhoucun-2020", "found"), "difference"] == 0
    assert set(yearly(study.figures)["measure"]) == set(COLUMNS)
    assert study.over_time("found").shape == (8, 5)


def test_one_replicate_has_no_interval():
    assert interval(np.array([2.0]))[0] == 2.0 and np.isnan(interval(np.array([2.0]))[1])
    assert np.isnan(interval(np.array([np.nan]))[0])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_stands_alone_and_says_what_was_found(study, lang):
    page = study_html(study, lang=lang)
    assert page == study_html(study, lang=lang)
    assert not re.search(r"(?:src|href)=\"(?!#)", page) and "script" not in page
    assert page.count("<svg") == 6 and ("结论" if lang == "zh" else "In short") in page
    for name in study.calibrated.estimates["name"]:
        assert NUMBERS[name][0 if lang == "zh" else 1] in unescape(page)
    assert all(measure in MEASURES for measure in COLUMNS)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium")
@pytest.mark.parametrize(("lang", "width"), [("zh", 1300), ("en", 500)])
def test_a_browser_finds_no_fault_of_access_on_the_page(study, tmp_path, lang, width):
    soup, probed = built(study_html(study, lang=lang), tmp_path, width)
    assert faults(soup) == []
    assert (probed["light"], probed["dark"], probed["wide"], probed["stuck"]) == ([], [], False, [])


def test_no_name_under_a_picture_is_cut(study):
    """Names of plans as long as an office may give them stay inside the picture."""
    over_time, long = study.over_time("found"), "Plan for differentiated supervision (fitted scorecard)"
    over_time["strategy"] = over_time["strategy"].map({"zhoucun-2020": long, "greedy": long + " of next year"})
    figure = lines_by_quarter(over_time, "found", lang="en")
    figure.draw_without_rendering()
    box = figure.legends[0].get_window_extent()
    assert box.x0 >= 0 and box.x1 <= figure.bbox.width


def test_policies_of_one_title_are_told_apart_by_their_ids(study):
    """An office copies its policy, changes ratios and id, and leaves the title."""
    titles = study.about["titles"]
    page = study_html(replace(study, about={**study.about, "titles": {**titles, "greedy": titles["zhoucun-2020"]}}))
    assert all(f"{name}（{titles['zhoucun-2020']['zh']}）" in unescape(page) for name in ("zhoucun-2020", "greedy"))


def test_the_command_goes_on_where_it_was_interrupted_and_writes_a_page_whole(study, sample, out):
    """One replicate is lost; the command makes it again, to the byte, and touches no other."""
    files = sorted((out / "simulation/checkpoints").rglob("*.parquet"))
    before = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in files}
    files[1].unlink()
    done = CliRunner().invoke(app, ["simulate", str(sample), *OPTIONS, "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert len(files) == 4 and sorted((out / "simulation/checkpoints").rglob("*")) == sorted(
        {*files, *(f.parent for f in files)}
    )
    assert all(file.read_bytes() == text for file, (text, _) in before.items())
    assert [file for file, (_, stamp) in before.items() if file.stat().st_mtime_ns != stamp] == [files[1]]
    folder = out / "simulation/2025-06-30"
    assert {"study.html", "summary.csv", "frontier.csv", "fit.csv", "run.json"} <= {p.name for p in folder.iterdir()}
    marker = json.loads((folder / "run.json").read_text("utf-8"))
    assert set(marker["policies"]) == {"zhoucun-2020", "greedy"} and marker["proposal"]["table"]
    assert "study.html" in done.output.replace("\n", "")


@pytest.mark.parametrize(
    "option", [["--part", "3/2"], ["--strategy", "best"], ["--policy", "zhoucun-2020", "--policy", "zhoucun-2020"]]
)
def test_what_cannot_be_simulated_is_refused(option, sample, tmp_path):
    done = CliRunner().invoke(app, ["simulate", str(sample), "--years", "1", "--out", str(tmp_path), *option])
    assert isinstance(done.exception, InputError)
    assert not (tmp_path / "simulation/2025-06-30").exists()


class Shelf:
    """Holds every replicate already, and counts who asks."""

    def __init__(self):
        self.asked = []

    def read(self, strategy, number):
        self.asked.append(number)
        return pd.DataFrame({"strategy": [strategy], "replicate": [number]})

    def write(self, strategy, number, rows):
        raise AssertionError("nothing was to be made")


def test_parts_divide_the_replicates(study, sample_records):
    setting = Setting(sample_records, study.calibrated, 1, seed=0, effort=1)
    strategy, shelves = named("equal", rm.load_policy("zhoucun-2020")), [Shelf(), Shelf()]
    for k, shelf in enumerate(shelves):
        all_replicates(setting, [strategy], 5, kept=shelf, part=(k, 2))
    assert [shelf.asked for shelf in shelves] == [[0, 2, 4], [1, 3]]


def test_nothing_to_do_is_said(sample_records):
    with pytest.raises(InputError) as caught:
        all_replicates(None, [], 1)
    assert caught.value.code == "RM-SIM-003"


def test_a_study_calls_policies_by_their_titles(study):
    shown = re.sub(r"<[^>]*>", " ", study._repr_html_())
    assert "差异化监管流程再造实施方案" in shown and "zhoucun" not in shown.replace("（zhoucun-2020", "")
    assert "重复" in shown and not re.search(r"\b[a-z]{3,}\b", shown.replace("zhoucun", ""))
    assert set(study.titled(study.summary(), "en")["strategy"]) & {"Plan for differentiated supervision"}
