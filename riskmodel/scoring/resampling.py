"""Bootstrap samples of rows as counts, in blocks that fit into memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

# Counts that are held at once.
_BLOCK = 4_000_000


def counts_of(n: int, replicates: int, seed: int) -> Iterator[np.ndarray]:
    """How often each of n rows is drawn, with replacement, in each sample: blocks of samples × rows.

    The counts of a sample are multinomial: n draws with equal chances.

    >>> [block.sum(axis=1).tolist() for block in counts_of(5, 2, seed=1)]
    [[5.0, 5.0]]

    References
    ----------
    Efron & Tibshirani (1993), An Introduction to the Bootstrap, sec. 6.2.
    """
    rng = np.random.default_rng(seed)
    block = max(1, _BLOCK // max(n, 1))
    for start in range(0, replicates, block):
        size = min(block, replicates - start)
        drawn = rng.integers(0, n, (size, n)) + n * np.arange(size)[:, None]
        yield np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n).astype(float)


def interval_of(drawn: np.ndarray) -> tuple[float, float]:
    """95 % percentile interval of what could be computed; NaN where nothing could."""
    fine = drawn[~np.isnan(drawn)]
    if not len(fine):
        return np.nan, np.nan
    low, high = np.quantile(fine, [0.025, 0.975])
    return float(low), float(high)
