"""Joint inclusion probabilities for large frames, and all pairs at once.

The approximation holds for designs of high entropy (conditional Poisson, Sampford, Brewer, Pareto, ordered designs in
random order); its error falls as 1/d, where d = sum pi (1 - pi). Measured against exact values, it is within 2/d^2
relative to pi_i pi_j (`tests/sampling`). It says nothing about designs that spread on purpose (systematic, local
pivotal): neighbours there are drawn together far more seldom.

References
----------
Hájek (1964), "Asymptotic theory of rejective sampling with varying probabilities from a finite population", Annals of
Mathematical Statistics 35; Deville & Tillé (2005), "Variance approximation under balanced sampling", JSPI 128.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from riskmodel.sampling.protocol import Fitted


def hajek(pi: ArrayLike, i: ArrayLike, j: ArrayLike) -> np.ndarray:
    """Approximate joint probabilities of a design of fixed size and high entropy.

    pi_ij = pi_i pi_j (1 - (1 - pi_i) (1 - pi_j) / d), d = sum pi (1 - pi); pi_i where a unit is paired with itself.

    Parameters
    ----------
    pi : array of float, shape (units,)
        Inclusion probabilities of the whole frame.
    i, j : array of int
        Places in the frame, of shapes that broadcast.

    Examples
    --------
    >>> hajek([0.5] * 100, [0, 0], [0, 1]).round(4).tolist()  # exactly: 0.5, 0.2475
    [0.5, 0.2475]
    """
    own = np.asarray(pi, dtype=float)
    first, second = np.broadcast_arrays(np.asarray(i), np.asarray(j))
    d = float((own * (1 - own)).sum())
    a, b = own[first], own[second]
    shrink = (1 - a) * (1 - b) / d if d > 0 else 0.0
    pairs: np.ndarray = np.where(first == second, a, np.maximum(a * b * (1 - shrink), 0.0))
    return pairs


def matrix(fitted: Fitted) -> np.ndarray:
    """Joint probabilities of all pairs, shape (units, units); the diagonal holds the realised pi."""
    units = np.arange(fitted.frame.pi.size)
    i, j = np.triu_indices(units.size)
    full = np.empty((units.size, units.size))
    full[i, j] = full[j, i] = fitted.joint(i, j)
    return full
