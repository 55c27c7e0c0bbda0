"""Delimited text: CSV, TSV and the like, in any encoding in use, with or without title rows."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from io import BufferedIOBase
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa

from riskmodel.errors import InputError
from riskmodel.fault_words import Both
from riskmodel.records.raw import Cells, RawBatch, ahead
from riskmodel.records.readers import header
from riskmodel.records.readers.blocks import Block, blocks, cells
from riskmodel.records.readers.careful import BYTES, Shape
from riskmodel.records.readers.decoding import decoded
from riskmodel.records.readers.encodings import SAFE, Text, examine, rewritten
from riskmodel.records.readers.found import LONGEST_TEXT, Found

_DELIMITERS = ",\t;|"
# In GB18030 the second byte of a letter may look like this one; such a file is rewritten in UTF-8 first.
_UNSAFE = "|"
_HEAD = 1 << 20
# Rows below the header whose length is looked at.
_SAMPLE_ROWS = 200


@dataclass(frozen=True)
class Layout:
    """How a text file is read.

    Attributes
    ----------
    where : str
        Name of the file for people.
    text : Text
        Seal and encoding.
    rewrite : bool
        Whether it must be rewritten in UTF-8 before it can be cut.
    headers : tuple of str
        Column headers.
    shape : Shape
        How rows are cut.
    start : int
        Offset of the first data row, in the rewritten file if it is rewritten.
    """

    where: str
    text: Text
    rewrite: bool
    headers: tuple[str, ...]
    shape: Shape
    start: int


def find(path: Path, where: str, *, score: header.Score) -> Iterator[Found]:
    """The table of a text file.

    Raises
    ------
    InputError
        No rows (RM-REC-020).
    """
    layout = _layout(path, where, score)
    yield Found("", layout.headers, layout.text.seal, None, partial(_read, layout))


def _layout(path: Path, where: str, score: header.Score) -> Layout:
    text = examine(path)
    rewrite = text.encoding not in SAFE
    head, delimiter, rows, at = _headed(path, text, score, rewrite=rewrite)
    if at >= 0 and delimiter == _UNSAFE and not rewrite and text.encoding != "utf-8":
        rewrite = True
        head, delimiter, rows, at = _headed(path, text, score, rewrite=rewrite)
    if at < 0:
        raise InputError("RM-REC-020", where=where, found=Both("没有含文字的行", "no row with text"))
    titles, end = rows[at]
    start = len("".join(islice(io.StringIO(head.decode(BYTES), newline=""), end))) + (0 if rewrite else text.mark)
    shape = _shape(titles, [row for row, _ in rows[at + 1 :]], delimiter)
    return Layout(where, text, rewrite, header.named(titles, where), shape, start)


def _headed(
    path: Path, text: Text, score: header.Score, *, rewrite: bool
) -> tuple[bytes, str, list[tuple[list[str], int]], int]:
    """First bytes, delimiter, first rows each with its last line, and position of the header among them."""
    with _opened(path, text, rewrite=rewrite) as handle:
        head = handle.read(_HEAD)
    letters = head.decode("utf-8" if rewrite else text.encoding, "replace")
    best: tuple[float, int] = (-1.0, 0)
    found: tuple[str, list[tuple[list[str], int]], int] = (",", [], -1)
    for delimiter in sorted(_DELIMITERS, key=lambda d: d != "\t" or path.suffix.lower() != ".tsv"):
        rows = _rows(letters, delimiter)
        at, points = header.find([row for row, _ in rows], score)
        if (points, size := sum(len(row) for row, _ in rows)) > best:
            best, found = (points, size), (delimiter, rows, at)
    return head, *found


def _rows(letters: str, delimiter: str) -> list[tuple[list[str], int]]:
    reader, rows = csv.reader(io.StringIO(letters, newline=""), delimiter=delimiter), []
    try:
        for row in islice(reader, _SAMPLE_ROWS):
            rows.append((row, reader.line_num))
    except csv.Error:
        pass
    return rows


def _shape(titles: Sequence[str], rows: Sequence[Sequence[str]], delimiter: str) -> Shape:
    """Cells that rows must have, may have and mostly have; many exports end every row with a delimiter too many."""
    named = max(i for i, title in enumerate(titles, start=1) if title.strip())
    shape = Shape(delimiter, named, len(titles), len(titles))
    lengths = Counter(len(row) for row in rows if any(row) and shape.fits(row))
    return replace(shape, width=max(lengths, key=lambda n: lengths[n])) if lengths else shape


@contextmanager
def _opened(path: Path, text: Text, *, rewrite: bool) -> Iterator[BufferedIOBase]:
    """The file behind its byte order mark, in an encoding that can be cut."""
    if rewrite:
        with rewritten(path, text) as copy:
            yield copy
        return
    with path.open("rb") as handle:
        handle.seek(text.mark)
        yield handle


def _read(layout: Layout, path: Path, wanted: Collection[str]) -> Iterator[RawBatch]:
    positions = [i for i, name in enumerate(layout.headers) if name in wanted]
    before = 0
    with _opened(path, layout.text, rewrite=layout.rewrite) as handle, ThreadPoolExecutor(2) as workers:
        found = blocks(handle, layout.start, shape=layout.shape, wanted=positions, where=layout.where)
        for block in ahead(found, workers):
            if block.count:
                yield _batch(block, layout, before, workers)
            before += block.count


def _batch(block: Block, layout: Layout, before: int, workers: ThreadPoolExecutor) -> RawBatch:
    encoding = "utf-8" if layout.rewrite else layout.text.encoding
    texts = list(workers.map(partial(decoded, encoding=encoding), block.columns.values()))
    columns = dict(zip(block.columns, (column for column, _ in texts), strict=True))
    lost = np.zeros(len(block.numbers), dtype=bool)
    for _, undecoded in texts:
        lost |= undecoded
    kept = np.flatnonzero(~lost)
    if len(kept) < len(lost):
        columns = {i: Cells(column.values, column.index[kept]) for i, column in columns.items()}
    broken = {before + number: row.decode(encoding, "replace").strip() for number, row in block.broken.items()}
    for number, row in zip(block.numbers[lost], _whole(block, layout, encoding, np.flatnonzero(lost)), strict=True):
        broken[before + int(number)] = layout.shape.delimiter.join(row.values())
    return RawBatch(
        rows=block.numbers[kept] + before,
        columns={layout.headers[i]: column for i, column in columns.items()},
        broken={number: text[:LONGEST_TEXT] for number, text in sorted(broken.items())},
        whole=lambda at: _whole(block, layout, encoding, kept[at]),
    )


def _whole(block: Block, layout: Layout, encoding: str, positions: np.ndarray) -> list[dict[str, str]]:
    """All cells of some rows, cut anew, since most columns and nearly all rows are never asked for."""
    if not len(positions):
        return []
    every = cells(block, range(layout.shape.columns), shape=layout.shape)
    taken = [column.take(pa.array(positions, pa.int64())).to_pylist() for column in every.columns.values()]
    rows = [[cell.decode(encoding, "replace") for cell in row] for row in zip(*taken, strict=True)]
    return [dict(zip(layout.headers, row, strict=True)) for row in rows]
