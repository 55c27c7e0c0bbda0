"""The size of a Poisson sample through its characteristic function: nodes at which a sum of cosines gives P(S = n).

P(S = n) = 1/pi Re ∫_0^pi prod_k (1 - p_k + p_k e^{it}) e^{-int} dt. The modulus of the product is at most
exp(-2 v sin^2(t / 2)), v the variance of S, and so below e^-40 beyond t_end = 2 asin sqrt(min(1, 20 / v)). Midpoint
nodes with step h add P(S = n + 2 pi k / h), k = ±1, ±2 …; the step is taken so that these lie 20 standard deviations
away, and at least 64 units. Wherever t_end = pi and twice the nodes exceed the units, the sum is exact.

References
----------
Fourier series method for distributions: Abate & Whitt (1992), Queueing Systems 10; for the Poisson-binomial: Hong
(2013), Computational Statistics & Data Analysis 59.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_LEAST = 32
_BLOCK = 1024


def nodes(variance: float, most: float | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Nodes t and their equal weights, for sums whose variance is `variance`, or lies from there to `most`.

    Returns
    -------
    t, weight : ndarray of float
        So that P(S = n) = sum of weight * Re(product * e^{-int}).

    Examples
    --------
    >>> t, weight = nodes(4 * 0.25)  # four fair coins: P(S = 2) = 6 / 16
    >>> bool(abs((weight * (characteristic(np.full(4, 0.5), t) * np.exp(-2j * t)).real).sum() - 0.375) < 1e-15)
    True
    """
    largest = variance if most is None else most
    end = 2 * np.arcsin(np.sqrt(min(1.0, 20 / max(variance, 1e-300))))
    count = max(_LEAST, int(np.ceil(3.5 * end * np.sqrt(largest))))
    t = (np.arange(count) + 0.5) * (end / count)
    return t, np.full(count, end / count / np.pi)


def characteristic(p: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Characteristic function of the number drawn by Poisson sampling, at nodes."""
    real, imaginary = _product(p, np.cos(t), np.sin(t))
    at_nodes: np.ndarray = real + 1j * imaginary
    return at_nodes


def real_product(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Real part of the sums over nodes of the products of each row and column."""
    table: np.ndarray = np.hstack((rows.real, -rows.imag)) @ np.hstack((columns.real, columns.imag)).T
    return table


@njit(cache=True, nogil=True)
def _product(p: np.ndarray, cosine: np.ndarray, sine: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Product of 1 - p + p e^{it} over all units, block by block, so that rounding errors stay small."""
    nodes = cosine.size
    real, imaginary = np.ones(nodes), np.zeros(nodes)
    for start in range(0, p.size, _BLOCK):
        inner_real, inner_imaginary = np.ones(nodes), np.zeros(nodes)
        for k in range(start, min(start + _BLOCK, p.size)):
            mine, rest = p[k], 1.0 - p[k]
            for at in range(nodes):
                a, b = rest + mine * cosine[at], mine * sine[at]
                c, d = inner_real[at], inner_imaginary[at]
                inner_real[at], inner_imaginary[at] = a * c - b * d, a * d + b * c
        for at in range(nodes):
            a, b = inner_real[at], inner_imaginary[at]
            c, d = real[at], imaginary[at]
            real[at], imaginary[at] = a * c - b * d, a * d + b * c
    return real, imaginary
