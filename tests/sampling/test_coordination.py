"""Coordination: overlap of draws with the same and with shifted numbers, against theory."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from riskmodel.errors import DrawError
from riskmodel.sampling.coordination import expected_overlap, shifted
from riskmodel.sampling.designs import BY_WORD
from riskmodel.sampling.numbers import numbers

_PLACE = Path(__file__).parents[1] / "reference/slow_designs.py"
_SPEC = importlib.util.spec_from_file_location("slow_designs", _PLACE)
slow = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(slow)

IDS = [f"E{k}" for k in range(5000)]
share = st.floats(0, 1)


@given(first=share, second=share, by=st.floats(0, 3))
def test_overlap_is_what_a_fine_grid_of_numbers_counts(first: float, second: float, by: float) -> None:
    u = (np.arange(20_000) + 0.5) / 20_000
    both = ((u < first) & (shifted(u, by) < second)).mean()
    assert expected_overlap([first], [second], by=by)[0] == pytest.approx(both, abs=3e-4)
    assert (shifted(u, by) < second).mean() == pytest.approx(second, abs=2e-4)


@given(first=share, second=share)
def test_same_numbers_overlap_most_and_shifted_ones_least(first: float, second: float) -> None:
    assert expected_overlap([first], [second])[0] == pytest.approx(min(first, second), abs=1e-12)
    assert expected_overlap([first], [second], by=[first])[0] == pytest.approx(max(0, first + second - 1), abs=1e-12)


@pytest.mark.parametrize("word", ["poisson", "sequential-poisson", "pareto"])
def test_draws_overlap_as_theory_says(word: str) -> None:
    # 5,000 units, expected 400 and 700 drawn; fixed sizes come near the overlap of Poisson samples.
    first, second = slow.frame(5000, 400), slow.frame(5000, 700, seed=2)
    design = BY_WORD[word]
    together, apart = [], []
    for k in range(20):
        u = numbers(f"seed {k}", IDS)
        one = design.draw(first, tickets=u)
        together.append((one & design.draw(second, tickets=u)).sum())
        apart.append((one & design.draw(second, tickets=shifted(u, first))).sum())
    most = expected_overlap(first, second)
    error = np.sqrt((most * (1 - most)).sum() / 20)
    assert abs(np.mean(together) - most.sum()) < 4 * error
    if word == "poisson":
        # Nobody is in both unless both probabilities sum to more than 1.
        least = expected_overlap(first, second, by=first)
        assert abs(np.mean(apart) - least.sum()) <= 4 * np.sqrt((least * (1 - least)).sum() / 20)
    else:
        assert np.mean(apart) < 0.05 * np.mean(together)


def test_shifted_numbers_keep_the_probabilities_and_stay_uniform() -> None:
    pi = slow.frame(5000, 400)
    u = numbers("uniform", IDS, groups=2)
    moved = shifted(u, pi)
    assert stats.kstest(moved[:, 0], "uniform").pvalue > 0.001
    assert (moved[:, 1] == u[:, 1]).all() and u[0, 0] == numbers("uniform", IDS)[0, 0]


def test_nobody_is_drawn_again_before_the_turn_of_all_is_over() -> None:
    # pi = 0.2 each time: shifted by the sum of past probabilities, five draws part the frame.
    u, pi = numbers("rotation", IDS)[:, 0], np.full(5000, 0.2)
    times = sum(BY_WORD["poisson"].draw(pi, tickets=shifted(u, 0.2 * k)).astype(int) for k in range(5))
    assert (times == 1).all()


@pytest.mark.parametrize("wrong", [-0.1, np.nan, [0.1, 0.2, 0.3]])
def test_wrong_shifts_are_refused(wrong: object) -> None:
    with pytest.raises(DrawError, match="RM-DRW-021"):
        shifted([0.5, 0.6], wrong)
