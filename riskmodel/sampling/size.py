"""The size of a Poisson sample through its characteristic function: nodes at which a sum of cosines gives P(S = n).

P(S = n) = 1/pi Re ∫_0^pi prod_k (1 - p_k + p_k e^{it}) e^{-int} dt. The modulus of the product is at most
exp(-2 v sin^2(t / 2)), v the variance of S, and so below e^-40 beyond t_end = 2 asin sqrt(min(1, 20 / v)). Midpoint
nodes with step h add P(S = n + 2 pi k / h), k = ±1, ±2 …; the step is taken so that these lie 20 standard deviations
away, and at least 64 units. Wherever t_end = pi and twice the nodes exceed the units, the sum is exact.

References
----------
Fourier series method for distributions: Abate & Whitt (1992), Queueing Systems 10; bound: Bentkus (2007).
"""

from __future__ import annotations

import numpy as np

_LEAST = 32


def nodes(variance: float, most: float | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Nodes t and their equal weights, for sums whose variance is `variance`, or lies from there to `most`.

    Returns
    -------
    t, weight : ndarray of float
        So that P(S = n) = sum of weight * Re(product * e^{-int}).

    Examples
    --------
    >>> t, weight = nodes(4 * 0.25)  # four fair coins: P(S = 2) = 6 / 16
    >>> bool(abs((weight * ((1 + np.exp(1j * t)) / 2) ** 4 * np.exp(-2j * t)).real.sum() - 0.375) < 1e-15)
    True
    """
    largest = variance if most is None else most
    end = 2 * np.arcsin(np.sqrt(min(1.0, 20 / max(variance, 1e-300))))
    count = max(_LEAST, int(np.ceil(3.5 * end * np.sqrt(largest))))
    t = (np.arange(count) + 0.5) * (end / count)
    return t, np.full(count, end / count / np.pi)
