"""Conditional Poisson sampling: of all designs of fixed size with the given probabilities, the one of most entropy.

Specification
-------------
A sample s of n units has a probability proportional to the product of p_k / (1 - p_k) over its units. The working
probabilities p are those that give the targets, and sum to n.

Drawing. Open units stand in the order of the frame, in blocks of 64. Blocks are paired (first with second, third with
fourth …; one left over stays alone), then pairs of blocks, and so on until one node holds all, m = n of them to be
drawn. A node gives its left part the smallest a for which v sum_b w_b <= sum_{b <= a} w_b, its right part m - a. Here
w_b is the chance that Poisson sampling with p takes b units of the left part times that it takes m - b of the right one
(parts beyond 1e-25 of the largest are left out), and v the number of the second group of a unit: at the height h of the
parts (0: blocks) and for the j-th part of that height, counted from 0, j odd since it is the right one, the open unit
at place 64 * 2^h * j. In a block that is to give m units, each unit in turn, with its number u of the first group, is
drawn if

    u P(m of this and the later units) < p P(m - 1 of the later units),

and m is then one less.

Probabilities. With z_k = 1 - p_k + p_k e^{it} and r_k = p_k e^{it} / z_k, means over t of the characteristic function
of the size (`size`) give pi_k from r_k and pi_kl from r_k r_l: exact, errors of both below 1e-12 (measured against
summation over all samples and against recursion without the unit; see `tests/sampling`). The p are found by repeating
logit p += logit(target) - logit(realised), whose error falls by a factor of about 1 / sum p (1 - p) each time; small
frames, where that is slow, by Newton's method with the whole matrix.

Everything is linear in the number of units, in memory and, but for a logarithm, in time.

References
----------
Hájek (1964); Chen, Dempster & Liu (1994), "Weighted finite population sampling to maximize entropy", Biometrika 81;
Tillé (2006), Sampling Algorithms, chapter 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from riskmodel.errors import DrawError
from riskmodel.sampling.conditional_tree import Level, descend, plant
from riskmodel.sampling.protocol import Certain, Design, Fitted, Frame, Moves, OpenUnits
from riskmodel.sampling.size import characteristic, nodes, real_product

_DENSE = 64
_ROUNDS = 300
_BATCH = 1 << 13
# Error at which to stop; below which no progress means rounding; above which the targets are missed.
_CLOSE, _SETTLED, _WRONG = 1e-14, 1e-11, 1e-10


@dataclass(frozen=True)
class ConditionalPoisson(Design):
    """Maximum entropy for fixed size and given probabilities: exact in both orders, for any frame.

    Examples
    --------
    >>> design = ConditionalPoisson()
    >>> design.draw([0.2, 0.5, 0.6, 0.7], tickets=[[0.9, 0.5], [0.3, 0.5], [0.8, 0.5], [0.2, 0.5]]).tolist()
    [False, True, False, True]
    >>> design.joint([0.2, 0.5, 0.6, 0.7], [0, 2, 2], [0, 3, 1]).round(6).tolist()
    [0.2, 0.348002, 0.188582]
    """

    name: str = "conditional-poisson-by-ticket/1"
    fixed_size: ClassVar[bool] = True
    exact_pi: ClassVar[bool] = True
    exact_joint_up_to: ClassVar[float] = np.inf
    moves: ClassVar[Moves] = "many"

    def fit(self, pi: ArrayLike) -> Fitted:
        """Find the working probabilities; see `Design.fit`.

        Raises
        ------
        DrawError
            Also where no working probabilities within doubles give the targets to 1e-10 (RM-DRW-021).
        """
        frame = Frame.of(pi, fixed_size=True)
        if not frame.open.size:
            return Certain(frame)
        p, turned = working(frame.free, frame.n)
        return Conditional(frame, p, turned, plant(p))


@dataclass(frozen=True, eq=False)
class Turned:
    """Weights W at nodes t, so that the sum of Re(W) is 1, for the size n.

    Attributes
    ----------
    weight, step : ndarray of complex
        W and e^{it}.
    """

    weight: np.ndarray
    step: np.ndarray

    @classmethod
    def of(cls, p: np.ndarray, n: int) -> Turned:
        """Weights for Poisson sampling with p, given that n units are drawn."""
        t, share = nodes(float((p * (1 - p)).sum()))
        weight = characteristic(p, t) * np.exp(-1j * n * t) * share
        return cls(weight / weight.real.sum(), np.exp(1j * t))

    def inclusion(self, p: np.ndarray) -> np.ndarray:
        """Probability of each unit, given the size."""
        turned = (self.weight * self.step).real
        pi: np.ndarray = _inclusion(p, self.weight.real, turned, 2 * (1 - self.step.real))
        return pi

    def ratio(self, p: np.ndarray) -> np.ndarray:
        """P e^{it} / z of some units, shape (units, nodes)."""
        turned: np.ndarray = p[:, None] * self.step / (1 + p[:, None] * (self.step - 1))
        return turned


@dataclass(frozen=True, eq=False)
class Conditional(OpenUnits):
    """Conditional Poisson sampling with working probabilities p."""

    groups: ClassVar[int] = 2
    p: np.ndarray
    turned: Turned
    tree: tuple[Level, ...]

    def _draw(self, numbers: np.ndarray) -> np.ndarray:
        return descend(self.tree, self.p, numbers, self.frame.n)

    def _inclusion(self) -> np.ndarray:
        return self.turned.inclusion(self.p)

    def _joint(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        pairs = np.empty(i.size)
        for start in range(0, i.size, _BATCH):
            part = slice(start, start + _BATCH)
            both = self.turned.ratio(self.p[i[part]]) * self.turned.ratio(self.p[j[part]])
            pairs[part] = (both @ self.turned.weight).real
        return pairs

    def _each(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        rows = self.turned.ratio(self.p[i]) * self.turned.weight
        table: np.ndarray = real_product(rows, self.turned.ratio(self.p[j]))
        return table


def working(pi: np.ndarray, n: int) -> tuple[np.ndarray, Turned]:
    """Working probabilities of conditional Poisson sampling that give the targets and sum to n, with their weights.

    Raises
    ------
    DrawError
        If none are found that give the targets to 1e-10 (RM-DRW-021).
    """
    logit = np.log(pi) - np.log1p(-pi)
    target, best, error = logit, None, np.inf
    for _ in range(_ROUNDS):
        p = centred(logit, n)
        turned = Turned.of(p, n)
        found = turned.inclusion(p)
        far = float(np.abs(found - pi).max())
        settled = far < _CLOSE or (far >= error and error < _SETTLED)
        if far < error:
            best, error = (p, turned), far
        if settled:
            break
        logit = np.log(p) - np.log1p(-p)
        if pi.size <= _DENSE:
            logit = logit + _newton(turned, p, pi - found)
        else:
            found = np.clip(found, 1e-300, 1 - 1e-16)
            logit = logit + target - (np.log(found) - np.log1p(-found))
    if best is None or error > _WRONG:
        raise DrawError("RM-DRW-021", where="pi", found=f"± {error}", expected="probabilities that doubles can tell")
    return best


def centred(logit: np.ndarray, n: int) -> np.ndarray:
    """Probabilities with these logits, all moved by one number, that sum to n."""
    move = 0.0
    for _ in range(50):
        p: np.ndarray = 1 / (1 + np.exp(-(logit + move)))
        off = float(p.sum()) - n
        if abs(off) < 1e-8:
            break
        move -= float(np.clip(off / (p * (1 - p)).sum(), -2.0, 2.0))
    return p


def _newton(turned: Turned, p: np.ndarray, gap: np.ndarray) -> np.ndarray:
    """Step of Newton's method: the derivative of probabilities by logits is the covariance of who is drawn."""
    ratio = turned.ratio(p)
    single = (ratio @ turned.weight).real
    covariance = ((ratio * turned.weight) @ ratio.T).real - np.outer(single, single)
    np.fill_diagonal(covariance, single * (1 - single))
    # All logits moved together change nothing: the matrix of ones fixes that direction.
    step = np.linalg.solve(covariance + np.ones_like(covariance) * single.mean(), gap)
    return step / max(1.0, float(np.abs(step).max()))


@njit(cache=True, nogil=True)
def _inclusion(p: np.ndarray, own: np.ndarray, turned: np.ndarray, gap: np.ndarray) -> np.ndarray:
    """Sum over nodes of Re(W p e^{it} / z), in real numbers: |z|^2 = 1 - 2 p (1 - p) (1 - cos t)."""
    pi = np.empty(p.size)
    for k in range(p.size):
        mine, rest = p[k], 1.0 - p[k]
        both, total = mine * rest, 0.0
        for t in range(own.size):
            total += (mine * own[t] + rest * turned[t]) / (1.0 - both * gap[t])
        pi[k] = mine * total
    return pi
