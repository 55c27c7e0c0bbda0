"""Cells of bytes as text: each distinct cell once, all of a column in one call."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskmodel.records.raw import Cells

_END = b"\0"
# Cells at the beginning and the end of a column that say whether nearly all are distinct, and the share that must be.
_SAMPLE, _DISTINCT = 1024, 0.9


def decoded(column: pa.Array, encoding: str) -> tuple[Cells, np.ndarray]:
    """A column as text.

    Parameters
    ----------
    column : pyarrow.Array of binary
        The cells, without nulls.
    encoding : {"utf-8", "gb18030"}
        How they are encoded.

    Returns
    -------
    cells : Cells
        Where a cell cannot be decoded, its text with U+FFFD for what is lost.
    lost : ndarray of bool
        Rows with such a cell.
    """
    if _differ(column):
        values, index = column, np.arange(len(column), dtype=np.int32)
    else:
        coded = column.dictionary_encode()
        values, index = coded.dictionary, coded.indices.to_numpy()
    texts, lost = _texts(values, encoding)
    cells = Cells(texts, index)
    return cells, np.isin(cells.index, lost) if lost else np.zeros(len(cells), dtype=bool)


def _differ(column: pa.Array) -> bool:
    """Whether so few cells are equal that to look for them costs more than to read them twice."""
    if len(column) < 4 * _SAMPLE:
        return False
    sample = pa.concat_arrays([column.slice(0, _SAMPLE), column.slice(len(column) - _SAMPLE)])
    return len(sample.dictionary_encode().dictionary) > 2 * _SAMPLE * _DISTINCT


def _texts(cells: pa.Array, encoding: str) -> tuple[pa.Array, list[int]]:
    """Texts of distinct cells, and positions of those that cannot be decoded."""
    if encoding == "utf-8" or _ascii(cells):
        try:
            return cells.cast(pa.string()), []
        except pa.ArrowInvalid:
            return _one_by_one(cells, encoding)
    # A zero byte is never part of a letter, so that one call can decode all cells with zeros between them.
    joined = pc.binary_join(pa.ListArray.from_arrays(pa.array([0, len(cells)], pa.int32()), cells), _END)[0]
    try:
        text = str(joined.as_buffer(), encoding)
    except UnicodeDecodeError:
        return _one_by_one(cells, encoding)
    texts = pc.split_pattern(pa.array([text], pa.string()), _END.decode()).flatten()
    return (texts, []) if len(texts) == len(cells) else _one_by_one(cells, encoding)


def _ascii(cells: pa.Array) -> bool:
    data = cells.buffers()[2]
    return data is None or not len(cells) or bool((np.frombuffer(data, dtype=np.int8) >= 0).all())


def _one_by_one(cells: pa.Array, encoding: str) -> tuple[pa.Array, list[int]]:
    texts, lost = [], []
    for i, cell in enumerate(cells.to_pylist()):
        try:
            texts.append(cell.decode(encoding))
        except UnicodeDecodeError:
            texts.append(cell.decode(encoding, "replace"))
            lost.append(i)
    return pa.array(texts, pa.string()), lost
