"""How many of each stratum are drawn, for the designs of `verify_standalone.py` other than the stratified one.

Keep both files in one folder. Strata whose names agree up to the last dot are drawn together, as a group: millionths
add up by group as they do there by stratum, n is how many whole millions the group passes. Those certain are taken off
first. The rest is parted by the design:

pareto, sequential-poisson  the n smallest keys, see `by_key`
conditional-poisson         chances of all samples as `by_law` says
"""

from __future__ import annotations

import cmath
from bisect import bisect_left
from collections.abc import Callable
from itertools import accumulate
from math import asin, ceil, exp, log, sqrt
from typing import Any

UNIT = 10**6
CONDITIONAL, PARETO, SEQUENTIAL = (
    "conditional-poisson-by-stratum/1", "pareto-by-stratum/1", "sequential-poisson-by-stratum/1",
)  # fmt: skip
Ticket = Callable[[str, str, str], str]


def numbers(proof: dict[str, Any], members: dict[str, list[tuple[str, str]]], ticket: Ticket) -> dict[str, int]:
    """Numbers of all strata; `members` has tickets and ids of each, `ticket` makes one of seed, purpose and name."""
    groups: dict[str, list[str]] = {}
    for name in sorted(members):
        groups.setdefault(name.rpartition(".")[0], []).append(name)
    passed, found = int(ticket(proof["seed"], "round", "numbers")[:13], 16) * UNIT >> 52, {}
    for names in groups.values():
        before, passed = passed, passed + sum(proof["strata"][name]["millionths"] for name in names)
        tickets = {name: [own for own, _ in members[name]] for name in names}
        found.update(parted(proof, tickets, passed // UNIT - before // UNIT, ticket))
    return found


def parted(proof: dict[str, Any], tickets: dict[str, list[str]], n: int, ticket: Ticket) -> dict[str, int]:
    """Numbers of the strata of a group that are drawn together."""
    known = {name: [proof["strata"][name]["size"], proof["strata"][name]["millionths"]] for name in tickets}
    found = {name: size if parts == size * UNIT else 0 for name, (size, parts) in known.items()}
    open_ = {name: both for name, both in known.items() if 0 < both[1] < both[0] * UNIT}
    n -= sum(found.values())
    if open_ and proof["design"] == CONDITIONAL:
        return found | by_law({name: ticket(proof["seed"], "round", name) for name in open_}, open_, n)
    return found | by_key(proof["design"], tickets, {name: m / (UNIT * s) for name, (s, m) in open_.items()}, n)


def number(own: str) -> float:
    """The number between 0 and 1 of a ticket."""
    return (int(own[:13], 16) + 0.5) / 2**52


def by_key(design: str, tickets: dict[str, list[str]], pi: dict[str, float], n: int) -> dict[str, int]:
    """Numbers of the open strata where the n smallest keys are drawn; of equal keys the smaller ticket."""
    keys = []
    for name, chance in pi.items():
        for own in tickets[name]:
            u = number(own)
            keys.append(((u * (1 - chance)) / ((1 - u) * chance) if design == PARETO else u / chance, own, name))
    taken = [name for _, _, name in sorted(keys)[:n]]
    return {name: taken.count(name) for name in pi}


def by_law(turns: dict[str, str], strata: dict[str, list[int]], n: int) -> dict[str, int]:
    """Numbers of the open strata {name: [size, millionths]} of conditional Poisson sampling, one after the other.

    A sample has a chance proportional to the product of the odds p / (1 - p) of its units. A stratum gets the smallest
    a at which the chances of 0 .. a, given what is left, reach the number of its ticket (`turns`).
    """
    own = [binomial(size, p) for (size, _), p in zip(strata.values(), working(list(strata.values())), strict=False)]
    later, found = [(0, [1.0])], {}
    for low, chances in own[:0:-1]:
        after, rest = later[-1]
        both = [0.0] * (len(chances) + len(rest) - 1)
        for at, chance in enumerate(chances):
            for k, other in enumerate(rest, at):
                both[k] += chance * other
        later.append((low + after, both))
    for name, (low, chances), (after, rest) in zip(strata, own, later[::-1], strict=True):
        left = [n - low - after - k for k in range(len(chances))]
        here = (c * rest[k] if 0 <= k < len(rest) else 0.0 for c, k in zip(chances, left, strict=True))
        reached = list(accumulate(here))
        found[name] = low + bisect_left(reached, number(turns[name]) * reached[-1])
        n -= found[name]
    return found


def binomial(size: int, p: float) -> tuple[int, list[float]]:
    """First number and relative chances of a binomial distribution, from its middle down and up to 10^-25 of that."""
    low = high = int(size * p)
    chances = [1.0]
    while low > 0 and chances[-1] > 1e-25:
        chances.append(chances[-1] * low / (size - low + 1) * (1 - p) / p)
        low -= 1
    chances.reverse()
    while high < size and chances[-1] > 1e-25:
        chances.append(chances[-1] * (size - high) / (high + 1) * p / (1 - p))
        high += 1
    return low, chances


def working(strata: list[list[int]]) -> list[float]:
    """Working probabilities p of strata [size, millionths], and of one unit more that makes their sum whole."""
    missing = -sum(parts for _, parts in strata) % UNIT
    whole = [*strata, *([[1, missing]] if missing else [])]
    n, sizes = sum(parts for _, parts in whole) // UNIT, [size for size, _ in whole]
    aim = [log(parts / (size * UNIT - parts)) for size, parts in whole]
    logit = aim
    for _ in range(200):
        for _ in range(50):  # all moved alike, so that p sums to n
            p = [1 / (1 + exp(-x)) for x in logit]
            spread = sum(size * q * (1 - q) for size, q in zip(sizes, p, strict=True))
            off = sum(size * q for size, q in zip(sizes, p, strict=True)) - n
            logit = [x - max(-2.0, min(2.0, off / spread)) for x in logit]
            if abs(off) < 1e-9:
                break
        true = [log(q / (1 - q)) for q in inclusion(sizes, p, n, spread)]
        if max(abs(x - y) for x, y in zip(aim, true, strict=True)) < 1e-12:
            break
        logit = [x + (y - z) * 2 / 3 for x, y, z in zip(logit, aim, true, strict=True)]
    return p


def inclusion(sizes: list[int], p: list[float], n: int, spread: float) -> list[float]:
    """Probabilities of units, given that n are drawn: from the characteristic function of the number, on an arc."""
    arc, total, found = 2 * asin(sqrt(min(1.0, 20 / spread))), 0.0, [0.0] * len(p)
    count = max(32, ceil(3.5 * arc * sqrt(spread)))
    for at in range(count):
        turn = cmath.exp(1j * (at + 0.5) * arc / count)
        z = [1 - q + q * turn for q in p]
        weight = cmath.exp(
            -1j * n * (at + 0.5) * arc / count + sum(s * cmath.log(y) for s, y in zip(sizes, z, strict=True))
        )
        total += weight.real
        found = [f + (weight * q * turn / y).real for f, q, y in zip(found, p, z, strict=True)]
    return [f / total for f in found]
