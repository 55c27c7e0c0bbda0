"""What the tests of the readers share: a score for header rows, and all rows of a sheet by number."""

from __future__ import annotations

import numpy as np
import pytest

from riskmodel.records.readers import sheets

HEADERS = ("名称", "代码", "日期", "金额")


def _score(cells):
    return sum(cell in HEADERS for cell in cells)


def _read(sheet):
    rows, broken = {}, {}
    for batch in sheet.open(sheet.headers):
        cells = [batch.columns[header].texts() for header in sheet.headers]
        rows |= dict(zip(batch.rows.tolist(), zip(*cells, strict=True), strict=True))
        broken |= batch.broken
        positions = np.arange(len(batch.rows))[::-1]
        assert [tuple(row.values()) for row in batch.whole(positions)] == list(zip(*cells, strict=True))[::-1]
    return rows, broken


@pytest.fixture(scope="session")
def score():
    """Number of the four headers that the tests know."""
    return _score


@pytest.fixture(scope="session")
def read():
    """Sheet → number and cells of its rows, number and text of its broken rows."""
    return _read


@pytest.fixture
def found(tmp_path):
    """Name and content of a file → its sheets."""

    def of(name, content, **options):
        path = tmp_path / name
        path.write_bytes(content)
        return list(sheets(path, score=_score, **options))

    return of
