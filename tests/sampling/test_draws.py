"""What holds for every design, whatever the frame: certainties, sizes, tickets, threads, insertion, bad input."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmodel.errors import DrawError
from riskmodel.sampling.designs import BY_WORD, Cube, Design, LocalPivotal, Stratified
from riskmodel.sampling.inclusion import proportional
from riskmodel.sampling.joint import hajek, matrix
from riskmodel.sampling.numbers import from_tickets, numbers
from riskmodel.sampling.pivotal import OrderedPivotal
from riskmodel.sampling.systematic import Systematic
from riskmodel.sampling.tickets import tickets, uniform

_PLACE = Path(__file__).parents[1] / "reference/slow_designs.py"
_SPEC = importlib.util.spec_from_file_location("slow_designs", _PLACE)
slow = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(slow)


def made(word: str, size: int) -> Design:
    spots = np.random.default_rng(size).random((size, 2))
    others = {
        "local-pivotal": LocalPivotal(spots), "cube": Cube(spots), "systematic in ticket order": Systematic("ticket"),
        "ordered-pivotal in frame order": OrderedPivotal("frame"),
    }  # fmt: skip
    return BY_WORD[word] if word in BY_WORD else others[word]


UNEQUAL = [word for word in BY_WORD if word != "simple-random"]
WORDS = [*UNEQUAL, "local-pivotal", "cube", "systematic in ticket order", "ordered-pivotal in frame order"]


@st.composite
def frames(draw: st.DrawFn) -> np.ndarray:
    """Probabilities of up to 80 units that sum to a whole number, some 0 or 1."""
    sizes = draw(st.lists(st.sampled_from([0.0, 0.01, 0.3, 1.0, 1.0, 2.5, 7.0, 60.0]), min_size=2, max_size=80))
    positive = sum(size > 0 for size in sizes)
    return proportional(sizes, draw(st.integers(0, positive)))


@pytest.mark.parametrize("word", WORDS)
@settings(max_examples=25, deadline=None)
@given(pi=frames(), seed=st.integers(0, 10**6))
def test_certainties_are_drawn_and_the_size_is_fixed(word: str, pi: np.ndarray, seed: int) -> None:
    design = made(word, len(pi))
    drawn = design.draw(pi, tickets=np.random.default_rng(seed).random((len(pi), 4)))
    assert drawn[pi == 1].all() and not drawn[pi == 0].any()
    if design.fixed_size:
        assert drawn.sum() == round(pi.sum())


@pytest.mark.parametrize("word", WORDS)
def test_texts_and_their_numbers_draw_the_same(word: str) -> None:
    ids = [f"E{k}" for k in range(200)]
    fitted = made(word, 200).fit(slow.frame(200, 20))
    by_text = fitted.draw(tickets("seed", ids))
    assert (by_text == fitted.draw(numbers("seed", ids, groups=4))).all()
    assert by_text.sum() == 20 or word == "poisson"


def test_numbers_are_those_of_the_tickets() -> None:
    ids = ["91370306MA3C000014", "甲", "x" * 200, ""]
    texts = tickets("第2025075期", ids)
    assert (numbers("第2025075期", ids, groups=4) == from_tickets(texts, groups=4)).all()
    assert (numbers("第2025075期", ids)[:, 0] == uniform(texts)).all()
    third = (int(texts[1][32:45], 16) + 0.5) / 2**52
    assert from_tickets(texts, groups=4)[1, 2] == third
    assert numbers("s", ids, purpose="team")[0, 0] == uniform(tickets("s", ids[:1], "team"))[0]


@pytest.mark.parametrize("word", WORDS)
def test_probabilities_hold_in_large_frames(word: str) -> None:
    # No group of 2,000 units with neighbouring pi is off by more than 4.5 standard errors of independent draws; the mean
    # over units of (times drawn - expected)^2 / variance is near 1, unless one start decides for all of them.
    pi, draws = slow.frame(40_000, 1500), 60
    fitted, rng = made(word, len(pi)).fit(pi), np.random.default_rng(11)
    often = sum(fitted.draw(rng.random((len(pi), 3))).astype(int) for _ in range(draws))
    groups = np.array_split(np.argsort(pi), 20)
    found = np.array([often[group].sum() for group in groups])
    expected = np.array([draws * pi[group].sum() for group in groups])
    error = np.sqrt([draws * (pi[group] * (1 - pi[group])).sum() for group in groups])
    assert np.abs((found - expected) / error).max() < 4.5
    scatter = (often - draws * pi) ** 2 / (draws * pi * (1 - pi))
    assert scatter.mean() == pytest.approx(1, abs=0.2 if "systematic" in word else 0.05)


@pytest.mark.parametrize("word", ["conditional-poisson", "sampford", "brewer", "pareto", "ordered-pivotal"])
def test_large_frames_come_near_the_approximation_of_hajek(word: str) -> None:
    pi = slow.frame(60, 20) if word not in ("brewer", "ordered-pivotal") else slow.frame(14, 6)
    fitted, d = made(word, len(pi)).fit(pi), (pi * (1 - pi)).sum()
    i, j = np.triu_indices(len(pi), 1)
    assert np.abs(fitted.joint(i, j) / hajek(pi, i, j) - 1).max() < 4 / d**2 + 0.5 / d


@pytest.mark.parametrize("word", ["poisson", "sequential-poisson", "pareto", "simple-random"])
def test_another_unit_in_the_place_of_one_moves_no_more_than_declared(word: str) -> None:
    design, size = made(word, 300), 300
    pi = slow.frame(size, 30) if word != "simple-random" else np.full(size, 0.1)
    rng, most = np.random.default_rng(2), {"nobody": 0, "one": 1}[design.moves]
    moved, fitted = [], design.fit(pi)
    for _ in range(300):
        unit = rng.random((size, 1))
        before = fitted.draw(unit)
        unit[7] = rng.random()
        moved.append(int((np.delete(before, 7) != np.delete(fitted.draw(unit), 7)).sum()))
    assert max(moved) == most


def test_strata_are_drawn_by_themselves() -> None:
    strata = np.array(["a", "b"] * 30)
    pi = np.where(strata == "a", slow.frame(30, 4).repeat(2), 0.5)
    design = Stratified(strata, BY_WORD["conditional-poisson"])
    unit = np.random.default_rng(5).random((60, 2))
    drawn, fitted = design.draw(pi, tickets=unit), design.fit(pi)
    assert drawn[strata == "a"].sum() == 4 and drawn[strata == "b"].sum() == 15
    alone = BY_WORD["conditional-poisson"].draw(pi[strata == "a"], tickets=unit[strata == "a"])
    assert (drawn[strata == "a"] == alone).all()
    joint = matrix(fitted)
    assert joint[0, 1] == pytest.approx(pi[0] * pi[1], abs=1e-12)
    assert np.abs(fitted.inclusion() - pi).max() < 1e-12


@pytest.mark.parametrize(
    ("pi", "code", "where"),
    [
        ([], "RM-DRW-021", "pi"),
        ([0.5, 1.5], "RM-DRW-021", "pi[1]"),
        ([0.5, -0.5], "RM-DRW-021", "pi[1]"),
        ([0.5, float("nan")], "RM-DRW-021", "pi[1]"),
        ([[0.5, 0.5]], "RM-DRW-021", "pi"),
        ([0.5, 0.6], "RM-DRW-022", "pi"),
    ],
)
@pytest.mark.parametrize("word", UNEQUAL)
def test_wrong_probabilities_are_refused(word: str, pi: list, code: str, where: str) -> None:
    if code == "RM-DRW-022" and not made(word, 2).fixed_size:
        return
    with pytest.raises(DrawError) as fault:
        made(word, 2).fit(pi)
    assert (fault.value.code, fault.value.where) == (code, where)


@pytest.mark.parametrize(
    "wrong", [[0.5], [0.5, 1.0], [0.5, float("nan")], [0.0, 0.5], ["ab", "cd"], ["g" * 64, "0" * 64], [[0.5], [0.5]]]
)
def test_wrong_tickets_are_refused(wrong: list) -> None:
    with pytest.raises(DrawError, match="RM-DRW-023"):
        BY_WORD["conditional-poisson"].draw([0.5, 0.5], tickets=wrong)


def test_wrong_strata_places_and_seeds_are_refused() -> None:
    for design in (Stratified(["a"]), LocalPivotal([[0.0]]), LocalPivotal([[0.0], [np.nan]]), Cube([[1.0]])):
        with pytest.raises(DrawError, match="RM-DRW-024"):
            design.fit([0.5, 0.5])
    with pytest.raises(DrawError, match="RM-DRW-024"):
        BY_WORD["simple-random"].fit([0.3, 0.7])
    with pytest.raises(DrawError) as fault:
        Stratified(["a", "a", "b", "b"], BY_WORD["pareto"]).fit([0.5, 0.5, 0.5, 0.6])
    assert (fault.value.code, fault.value.where) == ("RM-DRW-022", "stratum b: pi")
    with pytest.raises(DrawError, match="RM-DRW-010"):
        numbers(" ", ["a"])
    with pytest.raises(DrawError) as fault:
        numbers("seed", ["a", "b", "c", "b"])
    assert (fault.value.code, fault.value.where, fault.value.found) == ("RM-DRW-001", "ids", "'b'")


def test_working_probabilities_are_found_for_extreme_targets() -> None:
    for pi in ([1e-9, 1 - 1e-9], [1e-6, 0.5, 0.5 - 1e-6], [0.999999] * 5 + [5e-6], [0.98] * 50 + [0.1] * 10):
        fitted = BY_WORD["conditional-poisson"].fit(pi)
        assert np.abs(fitted.inclusion() - pi).max() < 1e-12


def test_shares_of_sizes_sum_to_the_number_drawn() -> None:
    assert proportional([1, 1, 8, 0], 3).tolist() == [1, 1, 1, 0]
    with pytest.raises(ValueError, match="n = 3"):
        proportional([1, 1, 0], 3)
