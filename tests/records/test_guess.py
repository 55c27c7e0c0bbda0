"""Guesses of what an unknown export holds: right as often as they say, and written as a map that can be used."""

import random
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent))
from odd_headers import EXPORTS, Export, export

from riskmodel.records import load
from riskmodel.records.guess import LIKELY, Proposal, propose, source_yaml
from riskmodel.records.headers import match
from riskmodel.records.likeness import UNUSED
from riskmodel.records.proposal import proposed
from riskmodel.records.source import open_source
from riskmodel.workflow import propose_map


def guessed(count: int, silent: float) -> Iterator[tuple[Export, Proposal]]:
    for seed in range(count):
        made = export(random.Random(f"{seed} {silent}"), silent=silent)
        yield made, propose("x.csv", list(made.cells), made.cells)


def judged(pairs: list[tuple[Export, Proposal]]) -> pd.DataFrame:
    """Guesses in files whose table was found: what was said, what is true, how sure."""
    rows = [
        (made.table, g.header, g.column, made.meaning[g.header], g.confidence)
        for made, proposal in pairs
        if proposal.table == made.table
        for g in proposal.guesses
        if g.why != "alias"
    ]
    return pd.DataFrame(rows, columns=["table", "header", "said", "true", "confidence"])


def test_the_wordings_of_this_test_are_strange_to_the_project():
    strange = [(t, w) for t, parts in EXPORTS.items() for _, wordings, _ in parts for w in wordings]
    assert len(strange) > 400
    assert sum(bool(match(table, [wording])) for table, wording in strange) <= 1
    assert not {w for _, w in strange} & set(UNUSED)


@pytest.mark.slow
@pytest.mark.parametrize(("silent", "found", "recalled"), [(0.0, 0.9, 0.8), (0.4, 0.7, 0.7)])
def test_guesses_are_right_as_often_as_they_say(silent, found, recalled):
    pairs = list(guessed(75, silent))
    guesses = judged(pairs)
    right = guesses["said"] == guesses["true"]
    for _, group in guesses.groupby(np.floor(guesses["confidence"] * 10).clip(upper=9)):
        stated, share = group["confidence"].mean(), right[group.index].mean()
        assert share >= stated - 2.5 * np.sqrt(stated * (1 - stated) / len(group)) - 0.02, (stated, share, len(group))
    sure = guesses["confidence"] >= LIKELY
    assert right[sure].mean() >= 0.97
    tables = pd.DataFrame([(p.confidence, p.table == made.table) for made, p in pairs], columns=["confidence", "right"])
    assert tables["right"].mean() >= found
    assert tables.loc[tables["confidence"] >= LIKELY, "right"].mean() >= 0.9
    meant = sum(bool(c) for made, p in pairs if p.table == made.table for c in made.meaning.values())
    assert (sure & right).sum() >= recalled * meant


def test_a_file_of_another_kind_gets_no_table():
    sample = pd.DataFrame({"甲": ["1", "2"], "乙": ["x", "y"], "丙": ["红", "蓝"]})
    assert propose("x.csv", list(sample), sample).confidence < 0.2
    licences = ["行政许可决定书文号", "许可类别", "许可编号", "许可内容"]
    assert propose("x.csv", licences, pd.DataFrame(columns=licences)).table == ""


def test_the_office_that_decides_is_not_the_enterprise():
    pick = random.Random(7)
    made = export(pick, table="penalties", rows=80)
    said = {g.header: g.column for g in propose("x.csv", list(made.cells), made.cells).guesses if g.confidence > LIKELY}
    codes = [h for h, column in made.meaning.items() if column == "entity_id"]
    assert all(said.get(header) == "entity_id" for header in codes)


def codes_of(made: Export) -> pd.Series:
    return made.cells[next(header for header, column in made.meaning.items() if column == "entity_id")]


def folder_of(folder: Path) -> dict[str, Export]:
    """A district in strange words: GB18030, a workbook with an odd sheet name, a ZIP, and files of no use."""
    exports = {}
    for seed, table in enumerate(("enterprises", "penalties", "abnormal_listings", "complaints", "inspections")):
        exports[table] = export(random.Random(seed), table=table, rows=60, whole=True)
    registry = codes_of(exports["enterprises"])
    for made in exports.values():
        made.cells[codes_of(made).name] = registry
    exports["penalties"].cells.to_excel(folder / "一.xlsx", index=False, sheet_name='处罚# "2024"')
    exports["abnormal_listings"].cells.to_csv(
        folder / "二.zip", index=False, compression={"method": "zip", "archive_name": "内/异常: 1.csv"}
    )
    for table in ("enterprises", "complaints", "inspections"):
        exports[table].cells.to_csv(folder / f"{table} {{}}#.csv", index=False, encoding="gb18030")
    (folder / "许可.csv").write_text("行政许可决定书文号,许可类别,许可编号,许可内容,许可机关\n1,普通,2,3,4\n", "utf-8")
    (folder / "杂.csv").write_text("甲,乙,丙\n1,2,3\n", "utf-8")
    return exports


def test_a_proposed_map_is_used_as_it_stands(tmp_path):
    exports = folder_of(tmp_path)
    propose_map(tmp_path, to=tmp_path / "source.yaml")
    text = (tmp_path / "source.yaml").read_text("utf-8")
    assert set(yaml.safe_load(text)["tables"]) == set(exports)
    assert "/ not used: " in text and '"许可.csv": 未采用' in text and '"杂.csv": 未采用' in text
    assert max(len(line) for line in text.splitlines()) < 120
    records = load(tmp_path)
    intake = records.intake.set_index("table")
    assert (intake["rows"] == intake["accepted"] + intake["quarantined"] + intake["superseded"]).all()
    assert intake["rows"].to_dict() == dict.fromkeys(exports, 60)
    assert intake["accepted"].sum() > 250


def test_an_amount_without_a_unit_is_pointed_out_and_one_with_a_unit_is_read_in_it(tmp_path):
    made = export(random.Random(3), table="penalties", rows=40, whole=True)
    other = next(header for header, column in made.meaning.items() if column == "fine_yuan")
    cells = made.cells.rename(columns={other: "罚没款额（万元）"}).assign(
        **{"罚没款额（万元）": "0.5", "没收所得": "3"}
    )
    text = source_yaml([propose("x.csv", list(cells), cells)])
    lines = [line for line in text.splitlines() if "_yuan" in line]
    assert any("罚没款额" in line and "万元?" not in line for line in lines)
    (tmp_path / "source.yaml").write_text(
        "tables: {penalties: [{file: x.csv, columns: {fine_yuan: 罚没款额（万元）}}]}", "utf-8"
    )
    cells.to_csv(tmp_path / "x.csv", index=False)
    from riskmodel.records.read import read_source

    how = next(iter(read_source(open_source(tmp_path)))).how
    assert how.columns["罚没款额（万元）"] == ("fine_yuan", 10_000.0)


def test_a_source_with_a_map_needs_no_proposal(sample, tmp_path):
    (tmp_path / "source.yaml").write_text("tables: {penalties: [{file: x.csv}]}", "utf-8")
    assert proposed(tmp_path) == []
    assert all(g.why == "alias" or g.confidence > 0 for p in proposed(sample) for g in p.guesses)
