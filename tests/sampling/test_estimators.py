"""Estimates against R survey, against all samples of small frames, and what cannot be estimated."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from riskmodel.errors import DrawError
from riskmodel.sampling.designs import BY_WORD, Design, Stratified
from riskmodel.sampling.estimators import Estimate, by, mean, rate, ratio, total
from riskmodel.sampling.inclusion import proportional
from riskmodel.sampling.sampled import Sample
from riskmodel.sampling.weights import adjusted, calibrated

_PLACE = Path(__file__).parents[1] / "reference/slow_designs.py"
_SPEC = importlib.util.spec_from_file_location("slow_designs", _PLACE)
slow = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(slow)

FOLDER = Path(__file__).parent / "survey"
FRAME = pd.read_csv(FOLDER / "frame.csv")
# Made by survey.R beside it, with the packages survey and sampling.
SURVEY = pd.read_csv(FOLDER / "survey.csv").set_index(["design", "what"])


def sample_of(name: str) -> tuple[Sample, pd.DataFrame]:
    designs: dict[str, tuple[Design, np.ndarray]] = {
        "stratified": (Stratified(FRAME["stratum"]), FRAME["stratum"].map({"S1": 8 / 30, "S2": 9 / 20, "S3": 0.6}).to_numpy()),
        "conditional": (BY_WORD["conditional-poisson"], proportional(FRAME["size"], 20)),
        "poisson": (BY_WORD["poisson"], FRAME["poisson_pi"].to_numpy()),
    }  # fmt: skip
    origin = name if name in designs else "stratified"
    design, pi = designs[origin]
    drawn = FRAME[origin].to_numpy() == 1
    sample, seen = Sample.of(design, design.fit(pi), drawn), FRAME[drawn]
    if name == "calibrated":
        return calibrated(sample, np.column_stack((np.ones(len(seen)), seen["x"])), [60, FRAME["x"].sum()]), seen
    if name == "raked":
        x = np.column_stack((np.ones(len(seen)), seen["town"] == "west", seen["x"]))
        return calibrated(sample, x, [60, (FRAME["town"] == "west").sum(), FRAME["x"].sum()], distance="raking"), seen
    return sample, seen


@pytest.mark.parametrize("name", ["stratified", "conditional", "poisson", "calibrated", "raked"])
def test_estimates_and_errors_are_those_of_r_survey(name: str) -> None:
    sample, seen = sample_of(name)
    y, x, east = seen["y"], seen["x"], (FRAME["town"] == "east").to_numpy()
    found = {
        "total": total(sample, y),
        "mean": mean(sample, y),
        "ratio": ratio(sample, y, x),
        "mean in the east": mean(sample, y, within=east),
        "total in the east": total(sample, y, within=east),
    }
    for what, estimate in found.items():
        expected = SURVEY.loc[(name, what)]
        assert estimate.value == pytest.approx(expected["value"], rel=1e-8), what
        assert estimate.standard_error == pytest.approx(expected["standard_error"], rel=1e-7), what


@pytest.mark.parametrize("word", ["conditional-poisson", "sampford", "brewer", "pareto", "poisson", "ordered-pivotal"])
def test_total_and_its_variance_are_unbiased_over_all_samples(word: str) -> None:
    pi = slow.frame(7, 3) if word != "ordered-pivotal" else slow.frame(6, 3)
    twins = {
        "conditional-poisson": slow.conditional, "sampford": slow.sampford, "brewer": slow.brewer,
        "pareto": slow.pareto, "poisson": slow.poisson,
        "ordered-pivotal": lambda pi: slow.over_orders(pi, slow.pivotal),
    }  # fmt: skip
    samples, chance = twins[word](pi)
    y = np.arange(1.0, len(pi) + 1) ** 1.5
    design = BY_WORD[word]
    fitted = design.fit(pi)
    kinds, first, back = np.unique(samples, axis=0, return_index=True, return_inverse=True)
    chance = np.bincount(back.ravel(), weights=chance)
    estimates = [Sample.of(design, fitted, kind == 1) for kind in kinds]
    totals = np.array([total(sample, y[sample.units]).value if sample.units.size else 0.0 for sample in estimates])
    variances = np.array([s.variance(y[s.units], "exact") if s.units.size else 0.0 for s in estimates])
    assert (chance * totals).sum() == pytest.approx(y.sum(), rel=1e-10)
    truth = (chance * (totals - y.sum()) ** 2).sum()
    assert (chance * variances).sum() == pytest.approx(truth, rel=1e-9)


def test_the_approximation_is_exact_for_simple_random_sampling() -> None:
    sample, seen = sample_of("stratified")
    exact, near = (sample.variance(seen["y"].to_numpy(), method) for method in ("exact", "approximate"))
    assert near == pytest.approx(exact, rel=1e-12)


def test_the_approximation_is_near_for_high_entropy() -> None:
    pi = slow.frame(400, 80)
    design = BY_WORD["conditional-poisson"]
    fitted = design.fit(pi)
    sample = Sample.of(design, fitted, fitted.draw(np.random.default_rng(1).random((400, 2))))
    y = np.random.default_rng(2).gamma(2, 1, 80)
    exact, near = (sample.variance(y, method) for method in ("exact", "approximate"))
    assert near == pytest.approx(exact, rel=0.05)


def test_exempt_units_are_said_not_to_be_estimable() -> None:
    towns = np.array(["east"] * 4 + ["west"] * 4 + ["north"] * 2)
    pi = np.array([0.5] * 4 + [0.5] * 2 + [0.0] * 4)
    design = BY_WORD["conditional-poisson"]
    fitted = design.fit(pi)
    drawn = np.array([1, 1, 0, 0, 1, 0, 0, 0, 0, 0]) == 1
    found = by(Sample.of(design, fitted, drawn), towns, rate, [1, 0, 1])
    assert list(found) == ["east", "north", "west"]
    assert (found["east"].not_estimable, found["east"].size, found["east"].n, found["east"].value) == (0, 4, 2, 0.5)
    assert (found["west"].not_estimable, found["west"].size, found["west"].value) == (2, 4, 1.0)
    assert found["north"].not_estimable == 2 and np.isnan(found["north"].value) and np.isnan(found["north"].low)


def census(y: list[float]) -> Estimate:
    design, pi = BY_WORD["pareto"], np.ones(len(y))
    return rate(Sample.of(design, design.fit(pi), pi == 1), y)


def test_a_census_leaves_no_doubt() -> None:
    assert census([1, 0, 0, 1]).standard_error == 0
    for y in ([1.0, 0.0, 0.0, 1.0], [0.0] * 4, [1.0] * 4):
        estimate = census(y)
        assert estimate.low == estimate.value == estimate.high == np.mean(y)


def test_a_rate_of_none_has_an_upper_end_above_zero() -> None:
    design, pi = BY_WORD["simple-random"], np.full(5000, 0.01)
    fitted = design.fit(pi)
    drawn = np.arange(5000) < 50
    estimate = rate(Sample.of(design, fitted, drawn), np.zeros(50))
    assert (estimate.value, estimate.standard_error, estimate.low) == (0, 0, 0)
    # The exact end, half of the chance of what was seen on either side: 1 - 0.05^(1 / n*), n* = 50 / 0.99.
    assert estimate.high == pytest.approx(1 - 0.05 ** (0.99 / 50), rel=0.06)
    other = rate(Sample.of(design, fitted, drawn), np.ones(50))
    assert (other.low, other.high) == (pytest.approx(1 - estimate.high, rel=1e-6), 1)


@pytest.mark.parametrize("found", [0, 1, 2, 3, 5, 10, 25, 40])
def test_an_interval_of_a_rate_is_near_the_exact_one_with_half_weight_for_what_was_seen(found: int) -> None:
    # Of 50 of so many that none is missed: the two ends of the mid-p interval, solved from binomial tails.
    design, pi = BY_WORD["simple-random"], np.full(500_000, 0.0001)
    estimate = rate(Sample.of(design, design.fit(pi), np.arange(500_000) < 50), np.arange(50) < found)

    def beyond(p: float, side: int) -> float:
        chances = stats.binom.pmf(np.arange(51), 50, p)
        return float(chances[found + 1 :].sum() if side > 0 else chances[:found].sum()) + chances[found] / 2 - 0.025

    rate_found = found / 50
    low = optimize.brentq(lambda p: beyond(p, 1), 1e-9, rate_found) if found else 0.0
    high = optimize.brentq(lambda p: beyond(p, -1), rate_found + 1e-9, 1 - 1e-9)
    assert (estimate.low, estimate.high) == (pytest.approx(low, abs=0.004), pytest.approx(high, abs=0.004))


def test_a_domain_allows_for_findings_that_it_missed_by_chance() -> None:
    # 100 drawn of 10,000, 100 of 200; the town has 5 of the first, without a finding, and 5 of the second, one with.
    pi = np.repeat([0.01, 0.5], [10_000, 200])
    design = Stratified(pi)
    drawn = np.r_[np.arange(10_000) < 100, np.arange(200) < 100]
    town = np.zeros(10_200, dtype=bool)
    town[95:100], town[100:600], town[10_000:10_005], town[10_190:] = True, True, True, True
    y = np.zeros(200)
    y[[10, 20, 30, 40, 101, 120, 140]] = [3.0, 3.0, 3.0, 3.0, 2.0, 1.0, 1.0]
    sample = Sample.of(design, design.fit(pi), drawn)
    for estimator in (mean, total):
        found = estimator(sample, y, within=town)
        assert 0 <= found.low < found.value
        assert found.high > 3 * (found.value + 2.4 * found.standard_error)
        scaled, turned = estimator(sample, 7 * y, within=town), estimator(sample, -y, within=town)
        assert (scaled.low, scaled.high) == (pytest.approx(7 * found.low), pytest.approx(7 * found.high))
        assert (turned.low, turned.high) == (pytest.approx(-found.high), pytest.approx(-found.low))


def test_figures_without_a_tail_keep_the_interval_of_student() -> None:
    rng = np.random.default_rng(4)
    design, pi = BY_WORD["simple-random"], np.full(40_000, 0.001)
    sample = Sample.of(design, design.fit(pi), np.arange(40_000) < 40)
    found = mean(sample, rng.normal(50, 5, 40))
    reach = stats.t.isf(0.025, 39) * found.standard_error
    assert found.low == pytest.approx(found.value - reach, abs=0.25)
    assert found.high == pytest.approx(found.value + reach, abs=0.25)


def test_what_was_drawn_for_certain_leaves_the_interval_no_doubt() -> None:
    # 10 of 20 drawn always, all found; of the other ten 5, none found: at least half are found.
    pi = np.repeat([1.0, 0.5], 10)
    design = Stratified(pi)
    sample = Sample.of(design, design.fit(pi), np.arange(20) < 15)
    estimate = rate(sample, np.repeat([1.0, 0.0], [10, 5]))
    assert (estimate.value, estimate.low) == (0.5, 0.5)
    assert 0.5 < estimate.high < 0.8


def test_an_interval_of_a_rate_stays_between_0_and_1() -> None:
    sample, seen = sample_of("stratified")
    for y in ((seen["y"] > 90).astype(int), (seen["y"] > 20).astype(int)):
        estimate = rate(sample, y)
        assert 0 <= estimate.low < estimate.value < estimate.high <= 1


def test_a_single_open_unit_gives_no_standard_error() -> None:
    design = BY_WORD["pareto"]
    sample = Sample.of(design, design.fit([0.5, 0.5]), np.array([True, False]))
    estimate = mean(sample, [3.0])
    assert estimate.value == 3 and total(sample, [3.0]).value == pytest.approx(6)
    assert np.isnan(total(sample, [3.0]).standard_error)


def test_missing_answers_are_made_up_by_those_of_their_class() -> None:
    sample, seen = sample_of("stratified")
    answered = np.arange(len(seen)) % 4 != 1
    heard = adjusted(sample, answered, classes=seen["stratum"])
    for name in ("S1", "S2", "S3"):
        inside = (seen["stratum"] == name).to_numpy()
        assert heard.weights[inside[answered]].sum() == pytest.approx(sample.weights[inside].sum())
    # Within a class of equal weights the adjusted mean is that of its respondents.
    inside = (FRAME["stratum"] == "S1").to_numpy()
    own = mean(heard, seen["y"][answered], within=inside).value
    assert own == pytest.approx(seen["y"][answered & (seen["stratum"] == "S1").to_numpy()].mean())
    assert adjusted(sample, np.ones(len(seen), bool), classes=seen["stratum"]).variance(
        seen["y"].to_numpy()
    ) == pytest.approx(sample.variance(seen["y"].to_numpy()))


def test_error_with_missing_answers_is_that_of_repetition() -> None:
    rng, size = np.random.default_rng(3), 600
    pi = slow.frame(size, 90)
    classes = np.arange(size) % 3
    y = rng.gamma(2, 5, size) + 10 * classes
    design = BY_WORD["conditional-poisson"]
    fitted = design.fit(pi)
    values, variances = [], []
    for _ in range(600):
        drawn = fitted.draw(rng.random((size, 2)))
        units = np.flatnonzero(drawn)
        answered = rng.random(len(units)) < np.array([0.9, 0.6, 0.7])[classes[units]]
        heard = adjusted(Sample.of(design, fitted, drawn), answered, classes=classes[units])
        estimate = total(heard, y[heard.units], variance="approximate")
        values.append(estimate.value)
        variances.append(estimate.standard_error**2)
    # The mean of 600 is within 4 of its errors; the ratio of variances has an error of about sqrt(2 / 600) = 6 %.
    assert abs(np.mean(values) - y.sum()) < 4 * np.std(values) / np.sqrt(600)
    assert np.mean(variances) / np.var(values) == pytest.approx(1, abs=0.2)


def test_calibrated_weights_meet_the_totals() -> None:
    for name in ("calibrated", "raked"):
        sample, seen = sample_of(name)
        assert (sample.weights * seen["x"]).sum() == pytest.approx(FRAME["x"].sum(), rel=1e-9)
        assert sample.weights.sum() == pytest.approx(60, rel=1e-9)
        assert total(sample, seen["x"]).standard_error == pytest.approx(0, abs=1e-6)
    assert sample_of("raked")[0].weights.min() > 0


def test_input_that_cannot_be_estimated_is_refused() -> None:
    sample, seen = sample_of("stratified")
    y = seen["y"].to_numpy()
    east = np.ones(60, bool)
    design = BY_WORD["pareto"]
    cases = [
        lambda: total(sample, y[:-1]),
        lambda: total(sample, np.where(np.arange(len(y)) == 3, np.nan, y)),
        lambda: rate(sample, y),
        lambda: total(sample, y, within=east[:-1]),
        lambda: Sample.of(design, design.fit([0.0, 1.0]), np.array([True, True])),
        lambda: Sample.of(design, design.fit([0.5, 0.5]), [1, 0]),
        lambda: adjusted(sample, np.zeros(len(y), bool), classes=seen["stratum"]),
        lambda: adjusted(sample, np.ones(3, bool), classes=seen["stratum"]),
        lambda: calibrated(sample, y[:-1], [1.0]),
    ]
    for case in cases:
        with pytest.raises(DrawError, match="RM-DRW-025"):
            case()
    with pytest.raises(DrawError, match="RM-DRW-026"):
        calibrated(sample, np.column_stack((np.ones(len(y)), np.ones(len(y)))), [60, 70])
    with pytest.raises(DrawError, match="RM-DRW-026"):
        calibrated(sample, np.ones(len(y)), [-5], distance="raking")
    # A value that is not needed may be missing.
    assert (
        total(sample, np.where(seen["town"] == "west", np.nan, y), within=(FRAME["town"] == "east").to_numpy()).value
        > 0
    )


@pytest.mark.parametrize("rare", [False, True])
def test_intervals_hold_the_truth_as_often_as_they_say(rare: bool) -> None:
    # 600 surveys of 500 of 6,000 in three tiers; the error of a share of 95 % is 0.9 points: four of them.
    rng, size, surveys = np.random.default_rng(12), 6000, 600
    tier = rng.choice(3, size, p=[0.6, 0.3, 0.1])
    pi = proportional(np.array([0.04, 0.1, 0.3])[tier] * rng.uniform(0.8, 1.25, size), 500)
    chance = np.array([0.006, 0.02, 0.05] if rare else [0.08, 0.15, 0.3])[tier]
    y = (rng.random(size) < chance).astype(float)
    items, town = y * (1 + rng.poisson(1.5, size)), np.arange(size) % 8 == 0
    design = BY_WORD["conditional-poisson"]
    fitted, held, plain = design.fit(pi), np.zeros(4), np.zeros(4)
    for _ in range(surveys):
        sample = Sample.of(design, fitted, fitted.draw(rng.random((size, 2))))
        drawn = sample.units
        figures = (
            (rate(sample, y[drawn], variance="approximate"), y.mean()),
            (mean(sample, items[drawn], variance="approximate"), items.mean()),
            (total(sample, items[drawn], within=town, variance="approximate"), items[town].sum()),
            (rate(sample, y[drawn], within=town, variance="approximate"), y[town].mean()),
        )
        for k, (found, truth) in enumerate(figures):
            held[k] += found.low <= truth <= found.high
            plain[k] += abs(found.value - truth) <= 1.96 * found.standard_error
    assert (held[:2] / surveys > 0.95 - 0.036).all() and (held[:2] / surveys < 0.95 + 0.036).all()
    # In a town single findings decide, so that shares between two steps cannot be hit; too seldom is worse than too often.
    assert (held[2:] / surveys > 0.95 - 0.036).all()
    # What the care is for: the plain interval holds the truth less often where findings are few.
    assert (held[2:] > plain[2:]).all() and (not rare or (held > plain).all())
