"""Bootstrap over rows: how often each row is drawn, replicate by replicate, and the interval of what is computed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

# Numbers that a block of replicates × rows holds in memory at once.
_BLOCK = 4_000_000
# A row that stands so often in the data has its count drawn at once; of the others, each drawn row is drawn singly.
_REPEATED = 8


@dataclass(frozen=True)
class Bootstrap:
    """How intervals are made: seed, number of replicates, and the part of the replicates that an interval holds.

    Attributes
    ----------
    seed : int or tuple of int
        The same seed and the same rows in the same order give the same intervals.
    replicates : int
        Samples of n rows with replacement. 0 gives no intervals (NaN).
    level : float
        Coverage aimed at, between 0 and 1; raise it where many intervals are read together.

    References
    ----------
    Efron & Tibshirani (1993), An Introduction to the Bootstrap, ch. 13 (percentile interval).

    Examples
    --------
    >>> counts = np.concatenate(list(Bootstrap(replicates=3).counts(np.ones(5, dtype=int))))
    >>> counts.sum(axis=1).tolist()
    [5.0, 5.0, 5.0]
    """

    seed: int | tuple[int, ...] = 0
    replicates: int = 1000
    level: float = 0.95

    def counts(self, times: np.ndarray) -> Iterator[np.ndarray]:
        """How often each distinct row is drawn, in blocks of replicates × distinct rows (single precision, whole).

        Parameters
        ----------
        times : ndarray of int
            How many rows of the data are alike: a bootstrap over rows is a multinomial draw over distinct rows.
        """
        rng, n = np.random.default_rng(self.seed), int(times.sum())
        often = times >= _REPEATED
        rare = np.flatnonzero(~often)
        alike = np.repeat(np.arange(len(rare)), times[rare])
        share = np.r_[times[often], len(alike)] / max(n, 1)
        size = max(1, _BLOCK // max(len(times), 1))
        for start in range(0, self.replicates if n else 0, size):
            block = np.empty((min(size, self.replicates - start), len(times)), dtype=np.float32)
            kinds = rng.multinomial(n, share, size=len(block))
            block[:, often] = kinds[:, :-1]
            for line, left in zip(block, kinds[:, -1], strict=True):
                drawn = rng.integers(0, max(len(alike), 1), size=left, dtype=np.uint32)
                drawn = drawn if len(alike) == len(rare) else alike[drawn]
                line[rare] = np.bincount(drawn, minlength=len(rare))
            yield block

    def interval(self, draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper end along the first axis; replicates where a figure is not defined (NaN) do not count."""
        tail = (1 - self.level) / 2
        shape = draws.shape[1:]
        low, high = np.full(shape, np.nan), np.full(shape, np.nan)
        some = ~np.isnan(draws).all(axis=0)
        if len(draws) and some.any():
            low[some], high[some] = np.nanquantile(draws[:, some], [tail, 1 - tail], axis=0)
        return low, high


def ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Element by element, NaN where the lower number is not positive."""
    above, below = np.broadcast_arrays(np.asarray(above, dtype=float), np.asarray(below, dtype=float))
    out: np.ndarray = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    return out


def replicate_auc(counts: np.ndarray, score: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Area under the curve for each row of counts (replicates × rows), ties counting half; NaN with one class.

    References
    ----------
    Hanley & McNeil (1982), Radiology 143, 29–36.

    Examples
    --------
    >>> replicate_auc(np.ones((1, 3)), np.array([0.2, 0.2, 0.9]), np.array([0, 1, 1])).tolist()
    [0.75]
    """
    order = np.argsort(score, kind="stable")
    first = np.flatnonzero(np.diff(score[order], prepend=np.nan) != 0)
    ordered = counts[:, order].astype(float)
    events = np.add.reduceat(ordered * y[order], first, axis=1)
    others = np.add.reduceat(ordered, first, axis=1) - events
    below = np.cumsum(others, axis=1) - others / 2
    return ratio((events * below).sum(axis=1), events.sum(axis=1) * others.sum(axis=1))
