"""What a reader finds in a file, before it is given a name and a place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from riskmodel.records.raw import Cells, RawBatch

# Rows of a batch where the reader may choose.
BATCH_ROWS = 1 << 16
# Characters of a broken row that are shown.
LONGEST_TEXT = 200


@dataclass(frozen=True)
class Found:
    """A table in a file.

    Attributes
    ----------
    part : str
        What to append to the name of the file: '' where it holds one table, ``#Sheet1``, ``/a.csv``.
    headers : tuple of str
        Column headers.
    seal : callable
        SHA-256 of the file, with the sheet; waits until it is known.
    rows : int or None
        Number of data rows if known.
    read : callable
        File and wanted headers → batches. The file is given anew, since a member of an archive is unpacked for each
        reading.
    """

    part: str
    headers: tuple[str, ...]
    seal: Callable[[], str]
    rows: int | None
    read: Callable[[Path, Collection[str]], Iterator[RawBatch]]


def batch(
    rows: np.ndarray,
    columns: Mapping[str, pa.Array],
    *,
    wanted: Collection[str],
    read: Callable[[pa.Array], Cells],
) -> RawBatch:
    """A batch from all columns.

    Parameters
    ----------
    rows : ndarray of int64
        Numbers of the rows.
    columns : mapping of str to pyarrow.Array
        All columns by header.
    wanted : collection of str
        Headers to read.
    read : callable
        Column → texts; called for the wanted columns, and for all when rows are asked for.
    """

    def whole(positions: np.ndarray) -> list[dict[str, str]]:
        at = pa.array(positions, pa.int64())
        cells = [read(column.take(at)).texts() for column in columns.values()]
        return [dict(zip(columns, row, strict=True)) for row in zip(*cells, strict=True)]

    return RawBatch(rows, {h: read(column) for h, column in columns.items() if h in wanted}, {}, whole)
