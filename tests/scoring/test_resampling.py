"""The bootstrap draws rows as a multinomial does, alike rows or not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmodel.scoring.resampling import Bootstrap, ratio


def drawn(times, **how):
    return np.concatenate(list(Bootstrap(**how).counts(np.array(times))))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=20), st.integers(0, 5))
def test_every_sample_has_as_many_rows_as_the_data(times, seed):
    counts = drawn(times, seed=seed, replicates=7)
    assert counts.shape == (7, len(times))
    assert (counts.sum(axis=1) == sum(times)).all() and (counts >= 0).all()


def test_counts_have_the_mean_and_the_covariance_of_a_multinomial():
    times = np.array([1, 1, 3, 20, 15])
    counts, n = drawn(times, replicates=40_000), times.sum()
    p = times / n
    np.testing.assert_allclose(counts.mean(axis=0), times, atol=5 * np.sqrt(n / 40_000))
    np.testing.assert_allclose(np.cov(counts.T), n * (np.diag(p) - np.outer(p, p)), atol=0.35)


def test_the_same_seed_gives_the_same_samples_and_blocks_change_nothing(monkeypatch):
    whole = drawn([1] * 50, seed=3, replicates=20)
    assert (whole == drawn([1] * 50, seed=3, replicates=20)).all()
    assert (whole != drawn([1] * 50, seed=4, replicates=20)).any()
    assert len(list(Bootstrap(replicates=20).counts(np.ones(1_000_000, dtype=int)))) == 5


def test_no_rows_or_no_replicates_give_no_interval():
    for how, times in ((Bootstrap(replicates=0), [1, 2]), (Bootstrap(), [])):
        assert list(how.counts(np.array(times, dtype=int))) == []
    low, high = Bootstrap().interval(np.empty((0, 2)))
    assert np.isnan(low).all() and np.isnan(high).all()


def test_undefined_replicates_do_not_count():
    draws = np.array([[0.0, np.nan], [1.0, np.nan], [np.nan, np.nan]])
    low, high = Bootstrap(level=0.5).interval(draws)
    assert low[0] == pytest.approx(0.25) and high[0] == pytest.approx(0.75)
    assert np.isnan(low[1]) and np.isnan(high[1])
    assert np.isnan(ratio(np.array([1.0]), np.array([0.0])))[0]


@pytest.mark.slow
def test_intervals_of_a_mean_cover_as_often_as_they_say():
    rng, hits = np.random.default_rng(0), 0
    for trial in range(400):
        x = rng.exponential(size=80)
        counts = drawn([1] * 80, seed=trial, replicates=400)
        low, high = Bootstrap(level=0.9).interval(counts @ x / 80)
        hits += bool(low <= 1 <= high)
    assert 0.84 <= hits / 400 <= 0.93  # 0.9 ± 3 Monte-Carlo errors, less what skewness costs
