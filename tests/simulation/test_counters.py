"""The counted random numbers: even, independent across streams, quarters, neighbours and replicates."""

from __future__ import annotations

import numpy as np
import pytest

from riskmodel.simulation import counters
from riskmodel.simulation.world import quarter_keys

N = 400_000


def pairs():
    lane, other = counters.lanes(0, N, 7, 0), counters.lanes(0, N, 7, 1)
    now, later = (counters.cells(lane, *quarter_keys(7, 0, q)) for q in (3, 4))
    elsewhere = counters.cells(other, *quarter_keys(7, 1, 3))
    names = ("happens", "visited", "grave", "seen")
    scale = (2.0**24, 2.0**24, 2.0**16, 2.0**16)
    of = {name: part / s for name, part, s in zip(names, now, scale, strict=True)}
    yield from ((f"{a} and {b}", of[a], of[b]) for i, a in enumerate(names) for b in names[i + 1 :])
    for place, name in enumerate(names):
        yield f"{name}, a quarter later", of[name], later[place] / scale[place]
        yield f"{name}, a replicate later", of[name], elsewhere[place] / scale[place]
        yield f"{name} of neighbours", of[name][:-1], of[name][1:]
    for stream in (counters.TEAM, counters.COMPLAINT):
        yield f"stream {stream}", counters.uniform(lane, counters.key(7, 0, 3, stream)), of["happens"]


@pytest.mark.parametrize("what, x, y", list(pairs()), ids=lambda v: v if isinstance(v, str) else "")
def test_two_numbers_are_even_together(what, x, y):
    """Chi square over a grid of 32 × 32: within 5 standard deviations of its mean."""
    counts = np.bincount((x * 32).astype(int) * 32 + (y * 32).astype(int), minlength=1024)
    expected = len(x) / 1024
    chi2 = ((counts - expected) ** 2 / expected).sum()
    assert abs(chi2 - 1023) < 5 * np.sqrt(2 * 1023), (what, chi2)


def test_rare_events_together_are_as_rare_as_they_should_be():
    """A violation (3 %) that is visited (1 %) and seen (30 %), over many quarters."""
    lane, hits, quarters = counters.lanes(0, N, 1, 0), 0, 60
    for quarter in range(quarters):
        happens, visited, _, seen = counters.cells(lane, *quarter_keys(1, 0, quarter))
        hits += ((happens < 0.03 * 2**24) & (visited < 0.01 * 2**24) & (seen < 0.3 * 2**16)).sum()
    expected = N * quarters * 0.03 * 0.01 * 0.3
    assert abs(hits - expected) < 4 * np.sqrt(expected)


def test_every_word_of_a_key_counts():
    base = (5, 1, 2, 3)
    seen = {counters.key(*base)}
    for place in range(4):
        for more in (1, 2, 1000):
            changed = list(base)
            changed[place] += more
            seen.add(counters.key(*changed))
    assert len(seen) == 13
