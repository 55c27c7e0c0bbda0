"""Every dirty file gets its verdict, and no row is lost."""

import importlib.util
from collections import Counter
from pathlib import Path

import pytest

from riskmodel.errors import RiskModelError
from riskmodel.records import load

_spec = importlib.util.spec_from_file_location("corpus", Path(__file__).with_name("corpus.py"))
corpus = importlib.util.module_from_spec(_spec)
__import__("sys").modules["corpus"] = corpus
_spec.loader.exec_module(corpus)


def test_there_are_at_least_sixty_cases_and_each_has_its_own_name():
    assert len(corpus.CASES) >= 60
    assert len({case.name for case in corpus.CASES}) == len(corpus.CASES)


@pytest.mark.parametrize("case", corpus.CASES, ids=lambda case: case.name)
def test_a_dirty_file_gets_its_verdict(case, tmp_path):
    folder = corpus.prepare(tmp_path / "source", case)
    if case.error:
        with pytest.raises(RiskModelError) as caught:
            load(folder)
        assert caught.value.code == case.error
        assert not case.absent or case.absent not in str(caught.value)
        return
    records = load(folder)
    mine = records.intake[records.intake["table"] == "penalties"]
    assert dict(Counter(records.quarantine["reason"])) == dict(case.reasons)
    assert (mine["accepted"].sum(), mine["superseded"].sum()) == (case.accepted, case.superseded)
    assert mine["rows"].sum() == case.accepted + case.superseded + sum(case.reasons.values())
    assert len(records["penalties"]) == case.accepted
    if case.fines is not None:
        assert records["penalties"].sort_values("record_id")["fine_yuan"].tolist() == case.fines
    if case.absent:
        everything = records.quarantine.to_csv() + "".join(frame.to_csv() for frame in records.tables.values())
        assert case.absent not in everything
