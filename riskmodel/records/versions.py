"""The digest of a row's content: SipHash-2-4 of each distinct text under two fixed keys, combined to 128 bits.

A digest depends on the content alone, not on the file, the row or the clock; the same content has the same digest in
every version of the software, since stores keep it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

# SipHash takes keys of 16 bytes; any two will do, but they may never change.
_KEYS = ("riskmodel-high-1", "riskmodel-low--2")
_MULTIPLIERS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))
_MISSING = np.uint64(0x5851F42D4C957F2D)


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
    Aumasson, Bernstein: SipHash, a fast short-input PRF (2012). Two rows of a store of 10^9 differ in content and agree
    in 128 bits with a probability below 10^-20.
    """
    halves = []
    for key, multiplier in zip(_KEYS, _MULTIPLIERS, strict=True):
        state = np.zeros(len(rows), dtype=np.uint64)
        for name in columns:
            state = state * multiplier + _column(rows.column(name).combine_chunks(), key)
        halves.append(state)
    return halves[0], halves[1]


def _column(values: pa.Array, key: str) -> np.ndarray:
    """64 bits of every value of a column."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, pa.DictionaryArray):
        texts = values.dictionary.to_numpy(zero_copy_only=False)
        hashed = np.append(pd.util.hash_array(texts, hash_key=key, categorize=False), _MISSING)
        found: np.ndarray = hashed[values.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)]
        return found
    plain = values.cast(pa.int32()).cast(pa.int64()) if pa.types.is_date32(values.type) else values
    numbers = plain.to_numpy(zero_copy_only=False)
    bits = np.ascontiguousarray(numbers.astype(np.float64) + 0.0).view(np.uint64)
    salt = np.uint64(int.from_bytes(key[-8:].encode(), "little"))
    return np.asarray(pd.util.hash_array(bits ^ salt), dtype=np.uint64)
