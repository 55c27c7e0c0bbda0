"""SipHash-2-4 of many short texts at once, by arithmetic on whole columns.

The library hashes Python strings one by one; a column of a million numbers of documents would first become a million
objects, in the one thread that may make them.

References
----------
Aumasson, Bernstein: SipHash, a fast short-input PRF (2012), section 2.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

# Texts that go through the rounds together: their state stays in the cache.
_TOGETHER = 1 << 14
_START = [int.from_bytes(word, "big") for word in (b"somepseu", b"dorandom", b"lygenera", b"tedbytes")]
_KEPT = np.array([(1 << 8 * count) - 1 for count in range(8)], dtype=np.uint64)
_END = np.uint64(0xFF)


def siphash(texts: pa.Array, key: bytes) -> np.ndarray:
    """64 bits of every text, of its bytes in UTF-8.

    Parameters
    ----------
    texts : pyarrow.Array of string
        Texts without nulls.
    key : bytes
        Sixteen of them.

    Returns
    -------
    ndarray of uint64
        One a text.

    Examples
    --------
    >>> hex(siphash(pa.array(["".join(map(chr, range(15)))]), bytes(range(16)))[0])
    '0xa129ca6149be45e5'
    """
    ends = np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    data = np.frombuffer(texts.buffers()[2] or b"", dtype=np.uint8)[ends[0] : ends[-1]]
    padded = np.concatenate((data, np.zeros(8, dtype=np.uint8)))
    words = np.ndarray(len(data) + 1, dtype="<u8", buffer=padded, strides=(1,))  # eight bytes from every place on
    starts, lengths = (ends[:-1] - ends[0]).astype(np.int64), np.diff(ends).astype(np.int64)
    halves = np.frombuffer(key, dtype="<u8")
    found = np.empty(len(texts), dtype=np.uint64)
    order = np.argsort(lengths >> 3, kind="stable")
    cuts = np.flatnonzero(np.diff((lengths >> 3)[order])) + 1
    for alike in np.split(order, cuts):
        for i in range(0, len(alike), _TOGETHER):
            at = alike[i : i + _TOGETHER]
            found[at] = _hashed(words, starts[at], lengths[at], halves)
    return found


def _hashed(words: np.ndarray, starts: np.ndarray, lengths: np.ndarray, key: np.ndarray) -> np.ndarray:
    """Hashes of texts that all have the same number of words."""
    state = [np.full(len(starts), key[i % 2] ^ np.uint64(start)) for i, start in enumerate(_START)]
    whole = int(lengths[0]) >> 3 if len(lengths) else 0
    for k in range(whole + 1):
        word = words[starts + 8 * k]
        if k == whole:
            word = (word & _KEPT[lengths & 7]) | (lengths.astype(np.uint64) << np.uint64(56))
        state[3] ^= word
        _rounds(state, 2)
        state[0] ^= word
    state[2] ^= _END
    _rounds(state, 4)
    mixed: np.ndarray = state[0] ^ state[1] ^ state[2] ^ state[3]
    return mixed


def _rounds(state: list[np.ndarray], count: int) -> None:
    a, b, c, d = state
    spare = np.empty_like(a)
    for _ in range(count):
        a += b
        _turned(b, 13, spare)
        b ^= a
        _turned(a, 32, spare)
        c += d
        _turned(d, 16, spare)
        d ^= c
        a += d
        _turned(d, 21, spare)
        d ^= a
        c += b
        _turned(b, 17, spare)
        b ^= c
        _turned(c, 32, spare)


def _turned(words: np.ndarray, by: int, spare: np.ndarray) -> None:
    """Rotate to the left, in place."""
    np.right_shift(words, np.uint64(64 - by), out=spare)
    np.left_shift(words, np.uint64(by), out=words)
    np.bitwise_or(words, spare, out=words)
