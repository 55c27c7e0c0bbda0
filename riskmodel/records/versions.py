"""The digest of a row's content: SipHash-2-4 of each text under a fixed key, mixed, combined twice to 128 bits.

A digest depends on the content alone, not on the file, the row or the clock; the same content has the same digest in
every version of the software, since stores keep it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pandas as pd
import pyarrow as pa

from riskmodel.records.siphash import siphash

# SipHash takes a key of 16 bytes; any will do, but it may never change. Odd multipliers lose nothing.
_KEY = b"riskmodel-content"[:16]
_MULTIPLIERS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))
_MISSING = np.uint64(0x5851F42D4C957F2D)
# Columns of at most so many texts are hashed once.
_FEW = 16


def digests(rows: pa.Table, columns: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """High and low 64 bits of each row's digest, over some columns in their order.

    Parameters
    ----------
    rows : pyarrow.Table
        Texts as dictionaries, days, numbers and flags.
    columns : sequence of str
        Columns that are content.

    Returns
    -------
    high, low : ndarray of uint64
        One a row.

    References
    ----------
    Aumasson, Bernstein: SipHash, a fast short-input PRF (2012). Two rows that differ in one column agree with a
    probability of 2^-64, two that differ in several with 2^-128.
    """
    high, low = np.zeros(len(rows), dtype=np.uint64), np.zeros(len(rows), dtype=np.uint64)
    for name in columns:
        values = _column(rows.column(name).combine_chunks())
        for half, multiplier in zip((high, low), _MULTIPLIERS, strict=True):
            half *= multiplier
            half += values
    return high, low


class Seen:
    """Which versions a load has put already: sorted runs of mixed halves, each at least twice as long as the next."""

    def __init__(self) -> None:
        self._runs: list[np.ndarray] = []

    def add(self, high: np.ndarray, low: np.ndarray) -> tuple[bool, bool]:
        """Whether some of these versions are equal, and whether some were added before; at worst a wrong yes."""
        mixed = np.sort(high ^ (low << np.uint64(1)))
        twice = bool((mixed[1:] == mixed[:-1]).any())
        before = any(_common(run, mixed) for run in self._runs)
        while self._runs and len(self._runs[-1]) < 2 * len(mixed):
            # stable: two runs are merged, which is many times faster than sorting them anew
            mixed = np.sort(np.concatenate((self._runs.pop(), mixed)), kind="stable")
        self._runs.append(mixed)
        return twice, before


def _common(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two sorted arrays that are not empty share a value."""
    places = np.minimum(np.searchsorted(one, other), len(one) - 1)
    return bool((one[places] == other).any())


def _column(values: pa.Array) -> np.ndarray:
    """64 bits of every value of a column; a single one where all are the same text."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, pa.DictionaryArray):
        texts = values.dictionary
        hashed = _few(tuple(texts.to_pylist())) if len(texts) <= _FEW else _hashed(texts)
        if len(texts) == 1 and not values.indices.null_count:
            return hashed[:1]
        found: np.ndarray = np.take(hashed, values.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False))
        return found
    plain = values.cast(pa.int32()).cast(pa.int64()) if pa.types.is_date32(values.type) else values
    numbers = plain.to_numpy(zero_copy_only=False)
    bits = np.ascontiguousarray(numbers.astype(np.float64) + 0.0).view(np.uint64)
    return np.asarray(pd.util.hash_array(bits), dtype=np.uint64)


@lru_cache(1_000)
def _few(texts: tuple[str, ...]) -> np.ndarray:
    """As `_hashed`: a column of few texts has the same ones in every batch of a file."""
    return _hashed(pa.array(texts, pa.string()))


def _hashed(texts: pa.Array) -> np.ndarray:
    """64 bits of every text, and those of the missing one."""
    found: np.ndarray = np.append(pd.util.hash_array(siphash(texts, _KEY)), _MISSING)
    return found
