"""The designs of plans: how many of each stratum a seed draws; drawn are that many of its smallest tickets.

Specification
-------------
Strata stand in the order of their names. Stratum h has N_h units, which expect m_h millionths together: each is to be
drawn with pi_h = m_h / (10^6 N_h). Strata whose names agree up to the last dot (all, where there is no dot) are a
group; the design "stratified" makes each a group of its own. `rounding` gives each group a whole number, from the
sums of m_h and the shift of the seed. Strata of pi 0 get none of it and those of 1 all that they have; the rest, n,
goes to the other strata of the group, called open:

* stratified: a stratum has its number already;
* conditional Poisson: the numbers n_h have chances proportional to the product of C(N_h, n_h) o_h^n_h, so that samples
  are those of `conditional`. Each stratum in turn takes the smallest a for which v sum_b w_b <= sum_{b <= a} w_b; w_b
  is the chance of b units here (binomial, N_h and p_h = o_h / (1 + o_h)) times that of what is left in the open
  strata after it, and v the number of its ticket "riskmodel/round/v1|" + name (`numbers`). The odds o_h are those with
  which the expected numbers come out: if they sum to a whole number, given that as n; if not, one more unit, which
  expects the part that is missing, is thought to be drawn with them from a stratum of its own. Whether it is drawn
  decides between the two n that rounding gives, with the same chance, so that every probability is exact;
* Pareto and sequential Poisson: the n smallest keys of the open units of the group, (u (1 - pi)) / ((1 - u) pi) or
  u / pi in double arithmetic, operations as bracketed, u the number of the unit's ticket; of equal keys the smaller
  ticket. In a stratum keys have the order of tickets.

A stratum's sample is simple random, given its number, whatever the design. So the next ticket of a stratum may come in
for one that was drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from riskmodel.sampling.conditional import Conditional, Turned, centred, working
from riskmodel.sampling.numbers import as_numbers
from riskmodel.sampling.order_theory import Threshold, pareto_threshold, sequential_threshold
from riskmodel.sampling.ordered import Key, Ordered, pareto_key, sequential_key
from riskmodel.sampling.protocol import Fitted, Frame
from riskmodel.sampling.rounding import UNIT, rounded, shift_of
from riskmodel.sampling.tickets import ticket, uniform

STRATIFIED, CONDITIONAL = "stratified-random-by-ticket/2", "conditional-poisson-by-stratum/1"
_PARETO, _SEQUENTIAL = "pareto-by-stratum/1", "sequential-poisson-by-stratum/1"
# Words of policies → names in commitments and proofs.
PLANNED: Mapping[str, str] = {
    "stratified": STRATIFIED,
    "conditional_poisson": CONDITIONAL,
    "pareto": _PARETO,
    "sequential_poisson": _SEQUENTIAL,
}
_KEYS: Mapping[str, tuple[Key, Callable[[np.ndarray, int], Threshold | None]]] = {
    _PARETO: (pareto_key, pareto_threshold),
    _SEQUENTIAL: (sequential_key, sequential_threshold),
}
_LEFT_OUT, _REACH = 1e-25, 12


@dataclass(frozen=True, eq=False)
class Strata:
    """Strata in the order of their names.

    Attributes
    ----------
    names : sequence of str
        Ascending.
    sizes, parts : ndarray of int
        Units of each, and expected number drawn in millionths.
    """

    names: Sequence[str]
    sizes: np.ndarray
    parts: np.ndarray

    def groups(self, design: str) -> np.ndarray:
        """Number of the group of each stratum, from 0 in the order of the strata."""
        if design == STRATIFIED:
            return np.arange(len(self.names))
        fronts = [name.rpartition(".")[0] for name in self.names]
        place = {front: at for at, front in enumerate(dict.fromkeys(fronts))}
        return np.array([place[front] for front in fronts], dtype=np.int64)

    @property
    def whole(self) -> np.ndarray:
        """Whether all of a stratum are drawn."""
        certain: np.ndarray = self.parts == self.sizes * UNIT
        return certain

    @property
    def pi(self) -> np.ndarray:
        """Probability of a unit of each stratum."""
        chance: np.ndarray = self.parts / np.maximum(UNIT * self.sizes, 1)
        return chance

    def open(self, group: np.ndarray) -> np.ndarray:
        """Places of the open strata among some."""
        some: np.ndarray = group[(self.parts[group] > 0) & ~self.whole[group]]
        return some


def numbers_drawn(design: str, seed: str, strata: Strata, *, codes: np.ndarray, tickets: np.ndarray) -> np.ndarray:
    """How many of each stratum a seed draws.

    Parameters
    ----------
    design : str
        One of the names of `PLANNED`.
    seed : str
        Public text.
    strata : Strata
        All strata.
    codes : ndarray of int, shape (units,)
        Stratum of each unit.
    tickets : ndarray of uint64, shape (units, 4)
        Tickets as `tickets.words` gives them; only designs with keys look at them.
    """
    shift = shift_of(ticket(seed, "numbers", purpose="round"))
    group_of = strata.groups(design)
    totals = rounded(np.bincount(group_of, weights=strata.parts).astype(np.int64), shift)
    if design == STRATIFIED:
        return totals
    drawn = np.where(strata.whole, strata.sizes, 0)
    for group, total in enumerate(totals):
        mine = np.flatnonzero(group_of == group)
        open_ = strata.open(mine)
        n = int(total - drawn[mine].sum())
        if not open_.size:
            continue
        if design == CONDITIONAL:
            turns = uniform([ticket(seed, strata.names[at], purpose="round") for at in open_])
            drawn[open_] = _by_law(_working(strata, open_), strata.sizes[open_], n, turns)
        else:
            units = np.flatnonzero(np.isin(codes, open_))
            u = as_numbers(tickets[units], size=units.size)[0]
            keys = _KEYS[design][0](u, strata.pi[codes[units]])
            first = np.lexsort((tickets[units, 0], keys))[:n]
            drawn += np.bincount(codes[units[first]], minlength=drawn.size)
    return drawn


def orders(design: str, strata: Strata, drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of a design with one stratum at least that is not alone, given how many each group drew.

    Parameters
    ----------
    design : str
        One of the names of `PLANNED` but the stratified one.
    strata : Strata
        All strata.
    drawn : ndarray of int
        Units drawn of each stratum.

    Returns
    -------
    single : ndarray of float, shape (strata,)
        Probability of a unit.
    joint : ndarray of float, shape (strata, strata)
        Probability of a pair of different units; of two groups the product.
    """
    single = strata.pi
    joint = np.outer(single, single)
    group_of = strata.groups(design)
    for group in range(int(group_of.max(initial=-1)) + 1):
        mine = np.flatnonzero(group_of == group)
        open_ = strata.open(mine)
        n, size = int(drawn[open_].sum()), int(strata.sizes[open_].sum())
        if not 0 < n < size:
            continue  # nobody, so that nobody is asked for; or all
        fitted = _fitted(design, strata, open_, n)
        last = np.cumsum(strata.sizes[open_]) - 1
        first = last - strata.sizes[open_] + 1
        single[open_] = fitted.inclusion()[first]
        joint[open_], joint[:, open_] = np.outer(single[open_], single), np.outer(single, single[open_])
        joint[np.ix_(open_, open_)] = fitted.joint(first[:, None], last[None, :])
    return single, joint


def _fitted(design: str, strata: Strata, open_: np.ndarray, n: int) -> Fitted:
    """The design on the open units of a group, stratum by stratum, for the number that was drawn."""
    sizes, everybody = strata.sizes[open_], np.arange(int(strata.sizes[open_].sum()))
    if design in _KEYS:
        return Ordered(Frame(np.repeat(strata.pi[open_], sizes), everybody, n), *_KEYS[design])
    p = np.repeat(_working(strata, open_), sizes)
    p = centred(np.log(p) - np.log1p(-p), n)
    turned = Turned.of(p, n)
    return Conditional(Frame(turned.inclusion(p), everybody, n), p, turned, ())


def _working(strata: Strata, open_: np.ndarray) -> np.ndarray:
    """Working probabilities of open strata."""
    sizes, total = strata.sizes[open_], int(strata.parts[open_].sum())
    missing = -total % UNIT
    pi = np.repeat(strata.pi[open_], sizes)
    if missing:
        pi = np.append(pi, missing / UNIT)
    p, _ = working(pi, (total + missing) // UNIT)
    of_strata: np.ndarray = p[np.cumsum(sizes) - sizes]
    return of_strata


def _by_law(p: np.ndarray, sizes: np.ndarray, n: int, turns: np.ndarray) -> np.ndarray:
    """Numbers of open strata of conditional Poisson sampling, one stratum after the other."""
    own = [_binomial(int(size), float(chance)) for size, chance in zip(sizes, p, strict=True)]
    later = [(0, np.ones(1))]
    for low, chances in own[:0:-1]:
        after, rest = later[-1]
        later.append(_trimmed(low + after, np.convolve(chances, rest)))
    found = np.zeros(sizes.size, dtype=np.int64)
    for at, ((low, chances), (after, rest)) in enumerate(zip(own, later[::-1], strict=True)):
        left = n - np.arange(low, low + chances.size) - after
        inside = (left >= 0) & (left < rest.size)
        reached = np.cumsum(np.where(inside, chances * rest[np.clip(left, 0, rest.size - 1)], 0.0))
        found[at] = low + int(np.searchsorted(reached, turns[at] * reached[-1]))
        n -= int(found[at])
    return found


def _binomial(size: int, p: float) -> tuple[int, np.ndarray]:
    """First number and chances of a binomial distribution, without what cannot matter."""
    reach = _REACH * np.sqrt(size * p * (1 - p)) + 4 * _REACH
    low, high = max(0, int(size * p - reach)), min(size, int(size * p + reach) + 1)
    return _trimmed(low, stats.binom.pmf(np.arange(low, high + 1), size, p))


def _trimmed(low: int, chances: np.ndarray) -> tuple[int, np.ndarray]:
    inside = np.flatnonzero(chances >= chances.max() * _LEFT_OUT)
    return low + int(inside[0]), chances[inside[0] : inside[-1] + 1]
