"""Cells of bytes as text: each distinct cell once, all of a column in one call."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskmodel.records.raw import Cells

_END = b"\0"


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
    coded = column.dictionary_encode()
    texts, lost = _texts(coded.dictionary, encoding)
    cells = Cells(texts, coded.indices.to_numpy())
    return cells, np.isin(cells.index, lost) if lost else np.zeros(len(cells), dtype=bool)


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
