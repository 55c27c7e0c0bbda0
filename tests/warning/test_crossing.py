"""First crossings are exact: on random rows they are those of looking at every window on every day."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmodel.warning import crossing
from riskmodel.warning.crossing import NEVER, Events, Repeat, first_crossings, next_crossing


@st.composite
def rows(draw):
    """Rows (firm, group, known, occurred, stopped, weight) in order."""
    made = draw(
        st.lists(
            st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 25), st.integers(0, 12), st.integers(0, 12),
                      st.integers(1, 3)),
            max_size=14,
        )
    )  # fmt: skip
    # the lag from the event to the day known; a fifth or so of the rows stop
    return sorted((f, g, k, k - lag, k + stop if stop < 4 else NEVER, w) for f, g, k, lag, stop, w in made)


def events(made) -> Events:
    firm, group, known, occurred, stopped, weight = (np.array([r[i] for r in made], dtype=np.int64) for i in range(6))
    return Events(firm, occurred, known, stopped, weight, group)


def slow(made, firm, rule, after=-NEVER, since=-NEVER) -> int:
    """Every day, every group, every window."""
    mine = [r for r in made if r[0] == firm and r[2] > after]
    for day in sorted({r[2] for r in mine}):
        alive = [r for r in mine if r[2] <= day < r[4]]
        for new in (r for r in alive if r[2] == day and day > since):
            for first in range(new[3] - rule.within_days + 1, new[3] + 1):
                inside = [r for r in alive if r[1] == new[1] and first <= r[3] < first + rule.within_days]
                if sum(r[5] for r in inside) >= rule.at_least:
                    return day
    return NEVER


@settings(max_examples=300, deadline=None)
@given(rows(), st.integers(1, 6), st.integers(1, 12), st.integers(0, 15), st.integers(0, 15))
def test_first_crossings_are_those_of_looking_at_every_window(made, at_least, within, after, since):
    rule, arrays = Repeat(at_least, within), events(made)
    assert first_crossings(arrays, rule, enterprises=3).tolist() == [slow(made, f, rule) for f in range(3)]
    starts = np.searchsorted(arrays.firm, np.arange(4)).tolist()
    for firm in range(3):
        found = next_crossing(arrays, (starts[firm], starts[firm + 1]), rule, after=after, since=since)
        assert found == slow(made, firm, rule, after, since)


def test_threads_and_parts_change_nothing(monkeypatch):
    rng = np.random.default_rng(5)
    firm = np.sort(rng.integers(0, 60, 4000))
    known = np.concatenate([np.sort(rng.integers(0, 3000, n)) for n in np.bincount(firm, minlength=60)])
    arrays = Events(firm, known - rng.integers(0, 40, 4000), known)
    alone = first_crossings(arrays, Repeat(4, 30), enterprises=60)
    monkeypatch.setattr(crossing, "_WORTH_THREADS", 0)
    np.testing.assert_array_equal(first_crossings(arrays, Repeat(4, 30), enterprises=60), alone)
    assert 0 < (alone < NEVER).sum() < 60
