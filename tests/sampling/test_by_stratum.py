"""Designs of plans: numbers of strata against all samples of small frames, with whole and broken expectations."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from riskmodel.sampling.by_stratum import CONDITIONAL, PLANNED, Strata, numbers_drawn, orders
from riskmodel.sampling.rounding import ranks
from riskmodel.sampling.tickets import words

_PLACE = Path(__file__).parents[1] / "reference/slow_designs.py"
_SPEC = importlib.util.spec_from_file_location("slow_designs", _PLACE)
slow = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(slow)

TWINS = {"conditional_poisson": slow.conditional, "pareto": slow.pareto, "sequential_poisson": slow.sequential}
UNEQUAL = sorted(TWINS)


def strata(*pairs: tuple[int, int], front: str = "") -> Strata:
    sizes, parts = (np.array(side) for side in zip(*pairs, strict=True))
    return Strata([f"{front}S{k:02d}" for k in range(len(pairs))], sizes, parts)


# Twelve open units that expect five, beside two that are certain and two that are never drawn.
WHOLE = strata((3, 400_000), (4, 1_100_000), (2, 1_000_000), (2, 2_000_000), (3, 2_500_000), (2, 0))
BROKEN = strata((3, 400_000), (4, 900_000), (2, 1_000_000), (2, 2_000_000), (3, 2_400_000), (2, 0))
OPEN = [0, 1, 2, 4]


def number_of(frame: Strata) -> np.ndarray:
    return np.repeat(np.arange(len(frame.names)), frame.sizes)


@pytest.mark.parametrize("word", UNEQUAL)
def test_both_orders_of_probability_are_those_of_all_samples(word: str) -> None:
    drawn = np.array([0, 1, 1, 2, 3, 0])
    single, joint = orders(PLANNED[word], WHOLE, drawn)
    codes = np.repeat(OPEN, WHOLE.sizes[OPEN])
    expected, pairs = slow.orders(TWINS[word](WHOLE.pi[codes]))
    off = ~np.eye(codes.size, dtype=bool)
    assert np.abs(single[codes] - expected).max() < 1e-11
    assert np.abs(joint[np.ix_(codes, codes)] - pairs)[off].max() < 1e-11
    assert (single[[3, 5]] == [1, 0]).all()
    assert np.abs(joint[3] - single).max() < 1e-15


def test_conditional_poisson_keeps_every_probability_where_numbers_are_not_whole() -> None:
    # Open strata expect 4.7: 4 with chance 0.3, 5 with chance 0.7.
    fewer, more = (orders(CONDITIONAL, BROKEN, np.array([0, 1, 1, 2, n, 0]))[0] for n in (2, 3))
    assert (fewer <= more).all()
    assert np.abs(0.3 * fewer + 0.7 * more - BROKEN.pi).max() < 1e-12


@pytest.mark.parametrize("word", UNEQUAL)
@pytest.mark.parametrize("frame", [WHOLE, BROKEN], ids=["whole", "broken"])
def test_draws_have_the_probabilities_that_are_told(word: str, frame: Strata) -> None:
    design, codes, seeds = PLANNED[word], number_of(frame), 500
    ids = [f"E{k:02d}" for k in range(codes.size)]
    mean = [np.zeros(codes.size), np.zeros((codes.size, codes.size))]
    told = [np.zeros(len(frame.names)), np.zeros((len(frame.names), len(frame.names)))]
    known: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    for seed in range(seeds):
        tickets = words(f"seed {seed}", ids)
        n = numbers_drawn(design, f"seed {seed}", frame, codes=codes, tickets=tickets)
        sample = (ranks(codes, tickets) < n[codes]).astype(float)
        mean = [mean[0] + sample / seeds, mean[1] + np.outer(sample, sample) / seeds]
        total = int(n.sum())
        known.setdefault(total, orders(design, frame, n))
        told = [told[k] + known[total][k] / seeds for k in (0, 1)]
    assert len(known) == (1 if frame is WHOLE else 2)
    off = np.triu_indices(codes.size, 1)
    for found, chance in ((mean[0], told[0][codes]), (mean[1][off], told[1][np.ix_(codes, codes)][off])):
        error = np.sqrt(np.maximum(chance * (1 - chance), 0) / seeds)
        sure = error < 1e-9
        assert np.abs(found - chance)[sure].max(initial=0) < 1e-9
        # The largest of so many normal values, once in a thousand.
        limit = stats.norm.isf(0.001 / 2 / (~sure).sum())
        assert (np.abs(found - chance)[~sure] / error[~sure]).max() < limit
    if word == "conditional_poisson":
        share = frame.pi[codes]
        assert np.abs(mean[0] - share).max() < 4.5 * 0.5 / np.sqrt(seeds)


def test_numbers_of_conditional_poisson_have_the_chances_of_all_samples() -> None:
    samples, chance = slow.conditional(WHOLE.pi[np.repeat(OPEN, WHOLE.sizes[OPEN])])
    ends = np.cumsum(WHOLE.sizes[OPEN])[:-1]
    kinds = np.array([[part.sum() for part in np.split(row, ends)] for row in samples]).astype(int)
    likely: dict[tuple[int, ...], float] = {}
    for kind, share in zip(map(tuple, kinds.tolist()), chance, strict=True):
        likely[kind] = likely.get(kind, 0.0) + share
    seeds, seen = 800, dict.fromkeys(likely, 0)
    none = np.zeros((0, 4), dtype=np.uint64)
    for seed in range(seeds):
        n = numbers_drawn(CONDITIONAL, f"{seed}", WHOLE, codes=np.zeros(0, dtype=np.int64), tickets=none)
        seen[tuple(n[OPEN].tolist())] += 1
    often = [kind for kind in likely if likely[kind] * seeds > 5]
    observed = [seen[kind] for kind in often]
    expected = [likely[kind] * seeds for kind in often]
    rest = seeds - sum(observed), seeds - sum(expected)
    assert stats.chisquare([*observed, rest[0]], [*expected, rest[1]], sum_check=False).pvalue > 0.001


def test_groups_are_named_by_what_stands_before_the_last_dot() -> None:
    both = Strata(["01.S1", "01.S2", "02.S3", "02.S4"], np.array([5, 5, 4, 8]), np.array([1, 2, 1, 3]) * 500_000)
    assert both.groups(CONDITIONAL).tolist() == [0, 0, 1, 1]
    assert both.groups(PLANNED["stratified"]).tolist() == [0, 1, 2, 3]
    assert strata((1, 1), (2, 1)).groups(CONDITIONAL).tolist() == [0, 0]
    codes = number_of(both)
    ids = [f"E{k:02d}" for k in range(codes.size)]
    for word in UNEQUAL:
        for seed in "abcdefgh":
            n = numbers_drawn(PLANNED[word], seed, both, codes=codes, tickets=words(seed, ids))
            assert (n[:2].sum() in (1, 2), n[2:].sum()) == (True, 2)
            assert (n <= both.sizes).all() and (n >= 0).all()


@pytest.mark.parametrize("word", UNEQUAL)
def test_nobody_and_everybody_can_be_drawn(word: str) -> None:
    for pairs, expected in (
        (((3, 0), (2, 2_000_000)), [0, 2]),
        (((3, 3_000_000),), [3]),
        (((2, 0),), [0]),
    ):
        frame = strata(*pairs)
        codes = number_of(frame)
        tickets = words("s", [f"E{k}" for k in range(codes.size)])
        n = numbers_drawn(PLANNED[word], "s", frame, codes=codes, tickets=tickets)
        assert n.tolist() == expected
        single, _ = orders(PLANNED[word], frame, n)
        assert single.tolist() == frame.pi.tolist()
