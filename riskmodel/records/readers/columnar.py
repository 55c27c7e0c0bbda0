"""Parquet files: typed columns, read a group of rows at a time and given as text."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from riskmodel.records.raw import Cells, RawBatch
from riskmodel.records.readers import header, texts
from riskmodel.records.readers.found import BATCH_ROWS, Found, batch
from riskmodel.records.readers.guard import ARROW_FAULTS, damaged


def find(path: Path, where: str) -> Iterator[Found]:
    """The table of a Parquet file.

    Raises
    ------
    InputError
        Damaged file (RM-REC-023).
    """
    with path.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    with damaged(where, *ARROW_FAULTS), pq.ParquetFile(path) as file:
        headers = header.named(file.schema_arrow.names, where)
        rows = file.metadata.num_rows
    yield Found("", headers, partial(str, digest), rows, partial(_read, headers, where))


def _read(headers: tuple[str, ...], where: str, path: Path, wanted: Collection[str]) -> Iterator[RawBatch]:
    before = 0
    with damaged(where, *ARROW_FAULTS), pq.ParquetFile(path) as file:
        for part in file.iter_batches(BATCH_ROWS):
            columns = dict(zip(headers, part.columns, strict=True))
            rows = np.arange(before + 1, before + 1 + len(part), dtype=np.int64)
            before += len(part)
            yield batch(rows, columns, wanted=wanted, read=_cells)


def _cells(column: pa.Array) -> Cells:
    return Cells.of(texts.column(column))
