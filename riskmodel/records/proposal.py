"""Propose a `source.yaml` for a source with columns that no table knows: read a sample of every sheet and guess."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from riskmodel.records.guess import Proposal, propose
from riskmodel.records.headers import score
from riskmodel.records.raw import RawSheet
from riskmodel.records.readers import sheets, tables
from riskmodel.records.source import open_source
from riskmodel.records.store import SUFFIX

_SAMPLE = 1000


def proposed(source: str | Path, source_map: str | Path | None = None) -> list[Proposal]:
    """What every sheet of a source seems to be; nothing where the map already says it.

    Raises
    ------
    InputError
        A file that cannot be read.
    """
    if Path(source).suffix == SUFFIX:
        return []
    place = open_source(source, source_map)
    if place.map.tables:
        return []
    if place.url:
        return [propose(t.file.removeprefix("db:"), t.headers, _sample(t)) for t in tables(place.url)]
    found = ((path.name, sheet) for path in place.files() for sheet in sheets(path, score=score))
    return [propose(f, s.headers, _sample(s), sheet=s.file.removeprefix(f)[1:]) for f, s in found]


def _sample(sheet: RawSheet) -> pd.DataFrame:
    """The first rows of a sheet as text."""
    for batch in sheet.open(sheet.headers):
        rows = np.arange(min(len(batch.rows), _SAMPLE))
        return pd.DataFrame(batch.whole(rows), columns=list(sheet.headers), dtype="str")
    return pd.DataFrame(columns=list(sheet.headers), dtype="str")
