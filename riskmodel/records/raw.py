"""Exports as they lie there: sheets of text, cut into batches, each column as its distinct texts and an index."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pyarrow as pa

Item = TypeVar("Item")


@dataclass(frozen=True)
class Cells:
    """One column of a batch. A text that stands in many rows is kept, and later read, once.

    Attributes
    ----------
    values : pyarrow.Array of string
        The texts as they stand in the file, distinct unless nearly all are; an empty cell is ''.
    index : ndarray of int32
        For each row the position of its text in `values`.
    """

    values: pa.Array
    index: np.ndarray

    def __len__(self) -> int:
        return len(self.index)

    def texts(self) -> list[str]:
        """The text of every row."""
        texts: list[str] = self.values.take(pa.array(self.index)).to_pylist()
        return texts

    @classmethod
    def of(cls, column: pa.Array | pa.ChunkedArray) -> Cells:
        """A column of strings; missing cells become ''."""
        whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        coded = whole.fill_null("").dictionary_encode()
        return cls(coded.dictionary, coded.indices.to_numpy(zero_copy_only=False).astype(np.int32))

    @classmethod
    def constant(cls, text: str, rows: int) -> Cells:
        """The same text in every row."""
        return cls(pa.array([text], pa.string()), np.zeros(rows, dtype=np.int32))


@dataclass(frozen=True)
class RawBatch:
    """Some rows of a sheet.

    Attributes
    ----------
    rows : ndarray of int64
        Number of each row in the file; the first row below the header is 1.
    columns : mapping of str to Cells
        The wanted columns, by header.
    broken : mapping of int to str
        Number and text of rows that cannot be cut into cells; they are not among `rows`.
    whole : callable
        Positions in the batch → all cells of these rows, by header.
    """

    rows: np.ndarray
    columns: Mapping[str, Cells]
    broken: Mapping[int, str]
    whole: Callable[[np.ndarray], list[dict[str, str]]]


@dataclass(frozen=True)
class RawSheet:
    """A file, a sheet of a workbook or a table of a database.

    Attributes
    ----------
    file : str
        Name for people: ``a.csv``, ``b.xlsx#Sheet1``, ``c.zip/a.csv``, ``db:public.penalties``.
    headers : tuple of str
        Column headers as printed.
    seal : callable
        SHA-256 of the content, '' where it is not known before reading; waits until it is.
    rows : int or None
        Number of data rows, where it is known before reading.
    open : callable
        Wanted headers → batches.
    """

    file: str
    headers: tuple[str, ...]
    seal: Callable[[], str]
    rows: int | None
    open: Callable[[Collection[str]], Iterator[RawBatch]]

    @property
    def digest(self) -> str:
        """SHA-256 of the content, '' where it is not known before reading."""
        return self.seal()


def ahead(found: Iterator[Item], workers: Executor) -> Iterator[Item]:
    """The same items, each made by a worker while the one before it is in use."""
    coming: Future[Item | None] = workers.submit(next, found, None)
    while (item := coming.result()) is not None:
        coming = workers.submit(next, found, None)
        yield item
