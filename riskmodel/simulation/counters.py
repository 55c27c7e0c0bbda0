"""Random numbers of a simulation that are counted, not drawn: a hash of seed, replicate, enterprise, quarter, stream.

Nothing is carried from one number to the next, so that results do not depend on the number of workers, and two
strategies meet the same world number by number (common random numbers). They never decide about a real draw: tickets
do that.

Specification
-------------
All arithmetic is on unsigned 32-bit integers unless said otherwise. `key(seed, replicate, quarter, stream)` is the
upper half of the SplitMix64 finaliser applied word by word (64-bit). An enterprise's *lane* in a replicate is
``h = mix(i * GOLDEN + key(…, LANE))``. In a quarter, with keys k0, k1, k2 of the streams CELL, VISIT and LATER::

    x = (h ^ k0) * M1;  x ^= x >> 16
    a = x * M2                         its upper 24 bits decide whether there is a violation
    b = (x ^ k1) * M3                  its upper 24 bits decide whether there is a visit
    c = (x ^ k2) * M4;  c ^= c >> 15   upper 16 bits: how grave, or whether it lasts; lower 16 bits: whether it is seen

Everything else takes `uniform` with a stream of its own.

References
----------
Steele, Lea & Flood (2014), "Fast splittable pseudorandom number generators", OOPSLA (finaliser of 64 bits); Salmon et
al. (2011), "Parallel random numbers: as easy as 1, 2, 3", SC '11 (counter-based generators and why).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Streams: a number for each question that chance answers.
(
    LANE, LIFE, DRIFT, CELL, VISIT, LATER, TEAM, CASE, COMPLAINT, TRUE, DAY, LAG, KIND, PUNISHED, EXPLORE, UNSCHEDULED,
    LISTED,
) = range(17)  # fmt: skip
GOLDEN, M1, M2, M3, M4 = 0x9E3779B1, 0x21F0AAAD, 0x735A2D97, 0xD35A2D97, 0x97A2D39B
UNIT24, UNIT16 = float(2**24), float(2**16)
_U64 = (1 << 64) - 1


def key(seed: int, replicate: int, quarter: int, stream: int) -> int:
    """The 32-bit key of a stream.

    >>> key(2025, 0, 0, LANE), key(2025, 0, 0, LIFE)
    (2671980611, 512773455)
    """
    return int(keys(seed, np.array([replicate]), np.array([quarter]), (stream,))[0, 0])


def keys(seed: int, replicate: np.ndarray, quarter: np.ndarray, streams: Sequence[int]) -> np.ndarray:
    """Keys of several streams (last axis) for replicates and quarters of shapes that broadcast; uint32."""
    r, q = np.broadcast_arrays(np.asarray(replicate, np.uint64), np.asarray(quarter, np.uint64))
    state = np.zeros((*r.shape, len(streams)), np.uint64)
    for word in (np.uint64(seed & _U64), np.uint64((seed >> 64) & _U64), r[..., None], q[..., None]):
        state = _splitmix(state ^ word)
    return (_splitmix(state ^ np.array(streams, np.uint64)) >> np.uint64(32)).astype(np.uint32)


def lanes(first: int, size: int, seed: int, replicate: int) -> np.ndarray:
    """The lane of each enterprise in a replicate (uint32), from its place in the world."""
    place = np.arange(first, first + size, dtype=np.uint32)
    return mix(place * np.uint32(GOLDEN) + np.uint32(key(seed, replicate, 0, LANE)))


def mix(x: np.ndarray) -> np.ndarray:
    """A bijection of 32 bits in which every bit of the result depends on every bit given."""
    x = x ^ (x >> np.uint32(16))
    x = x * np.uint32(M1)
    x = x ^ (x >> np.uint32(15))
    x = x * np.uint32(M2)
    mixed: np.ndarray = x ^ (x >> np.uint32(15))
    return mixed


def uniform(lane: np.ndarray, key: int) -> np.ndarray:
    """Numbers in [0, 1) for lanes under a key: multiples of 2^-24, exact in single precision (float32)."""
    bits = mix(lane ^ np.uint32(key)) >> np.uint32(8)
    numbers: np.ndarray = bits.astype(np.float32) / np.float32(UNIT24)
    return numbers


def cells(lane: np.ndarray, k0: int, k1: int, k2: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The numbers of a quarter as `kernel` makes them: two of 24 bits and two of 16, as whole float32."""
    x = (lane ^ np.uint32(k0)) * np.uint32(M1)
    x = x ^ (x >> np.uint32(16))
    a = x * np.uint32(M2)
    b = (x ^ np.uint32(k1)) * np.uint32(M3)
    c = (x ^ np.uint32(k2)) * np.uint32(M4)
    c = c ^ (c >> np.uint32(15))
    eight, half, low = np.uint32(8), np.uint32(16), np.uint32(0xFFFF)
    parts = (a >> eight, b >> eight, c >> half, c & low)
    happens, visited, grave, seen = (part.astype(np.float32) for part in parts)
    return happens, visited, grave, seen


def _splitmix(state: np.ndarray) -> np.ndarray:
    state = state + np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: np.ndarray = state ^ (state >> np.uint64(31))
    return mixed
