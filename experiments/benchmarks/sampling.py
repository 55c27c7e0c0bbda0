"""How right and how fast are the sampling designs? Probabilities, speed, memory and coverage, in one run.

Usage::

    python experiments/benchmarks/sampling.py
    python experiments/benchmarks/sampling.py --draws 200000 --surveys 5000 --rscript Rscript --repeat 3
    python experiments/benchmarks/sampling.py --only speed

Four parts, each also alone by ``--only``:

* ``enumeration``: on frames of 12 units, the largest distance of both orders of probability from the sum over all
  samples (``tests/reference/slow_designs.py``);
* ``probabilities``: 20 units, 6 drawn, largest target 0.744; for each design the largest |z| over units and over pairs,
  beside the range in which the largest of so many normal values lies 99 times of 100, and on the same frame R `sampling`,
  and svy and samplics where ``--svy`` and ``--samplics`` name a Python that has them;
* ``speed``: N = 50,000, n = 2,000 and N = 1,000,000, n = 50,000; seconds of the processor (one thread, so that other work
  on the machine disturbs little) to fit and to draw, beside hashing the tickets alone, and R `sampling` where ``--rscript`` is found; the peak of memory that a fit and draw add, per unit;
* ``coverage``: how often 95 % intervals hold the truth of a district of 50,000 enterprises.

The generator only makes frames and repetitions; draws of a project are decided by tickets.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import platform
import shutil
import statistics
import subprocess
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
from scipy import stats

from riskmodel.sampling.designs import BY_WORD, Cube, Design, LocalPivotal, Stratified
from riskmodel.sampling.estimators import mean, rate, total
from riskmodel.sampling.inclusion import proportional
from riskmodel.sampling.joint import matrix
from riskmodel.sampling.numbers import numbers
from riskmodel.sampling.pivotal import OrderedPivotal
from riskmodel.sampling.sampled import Sample
from riskmodel.sampling.systematic import Systematic

_TWINS = Path(__file__).parents[2] / "tests/reference/slow_designs.py"

# As found earlier on another frame of 20 units with n = 6 and the same largest target, 0.744; not measured in this run.
EARLIER = "cps-sampling 0.1.0 ConditionalPoisson, 20,000 draws of another such frame: 2.0"
R_SPEED = """
suppressMessages(library(sampling)); size <- scan("{file}", quiet = TRUE); pi <- inclusionprobabilities(size, {n})
for (f in c({functions})) {{
  t <- system.time(s <- try(suppressWarnings(do.call(f, list(pi))), silent = TRUE))[["user.self"]]
  cat(f, if (inherits(s, "try-error") || anyNA(s)) "fails" else t, "\\n")
}}
"""
# UPmaxentropy computes its matrix anew for every draw; here once. UPopips of 2.9 takes n random numbers, not one a unit.
R_FREQUENCIES = """
suppressMessages(library(sampling)); pi <- scan("{file}", quiet = TRUE); set.seed(6)
p <- UPMEpiktildefrompik(pi); q <- UPMEqfromw(p / (1 - p), round(sum(pi)))
opips <- function(pi) replace(numeric(length(pi)), UPopips(pi, "pareto"), 1)
all <- list(UPpoisson = UPpoisson, UPsystematic = UPsystematic, UPpivotal = UPpivotal, UPrandompivotal = UPrandompivotal,
  UPmaxentropy = function(pi) UPMEsfromq(q), UPbrewer = UPbrewer, UPsampford = UPsampford, UPtille = UPtille, UPopips = opips)
for (name in names(all)) {{
  often <- numeric(length(pi)); for (k in 1:{draws}) often <- often + suppressWarnings(all[[name]](pi))
  cat(name, round(max(abs(often / {draws} - pi) / sqrt(pi * (1 - pi) / {draws})), 2), "\\n")
}}
"""


def twins() -> object:
    """The slow twins of the tests."""
    spec = importlib.util.spec_from_file_location("slow_designs", _TWINS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def designs(size: int, seed: int = 4) -> dict[str, Design]:
    """Every design, those that need a map or variables with random ones."""
    rng = np.random.default_rng(seed)
    spots, area = rng.random((size, 2)), rng.integers(0, 6, size)
    return {
        **{word: design for word, design in BY_WORD.items() if word != "simple-random"},
        "systematic, ticket order": Systematic("ticket"),
        "ordered-pivotal, frame order": OrderedPivotal("frame"),
        "local-pivotal": LocalPivotal(spots),
        "cube (5 areas)": Cube(np.eye(6)[area][:, 1:]),
    }


def enumeration() -> None:
    """Both orders of probability against sums over all samples."""
    slow = twins()
    spots = np.random.default_rng(3).random((12, 2))
    cases = {
        "poisson": (BY_WORD["poisson"], slow.poisson), "sequential-poisson": (BY_WORD["sequential-poisson"], slow.sequential),
        "pareto": (BY_WORD["pareto"], slow.pareto), "systematic": (BY_WORD["systematic"], slow.systematic),
        "ordered-pivotal, frame order": (OrderedPivotal("frame"), slow.pivotal),
        "conditional-poisson": (BY_WORD["conditional-poisson"], slow.conditional),
        "sampford": (BY_WORD["sampford"], slow.sampford), "brewer": (BY_WORD["brewer"], slow.brewer),
        "local-pivotal": (LocalPivotal(spots), lambda pi: slow.local_pivotal(pi, spots)),
        "cube": (Cube(spots), lambda pi: slow.cube(pi, spots)),
    }  # fmt: skip
    print("\nDistance from the sum over all samples, N = 12, n = 5: pi, joint pi; realised - target")
    for word, (design, twin) in cases.items():
        report_twin(word, design, twin, slow.frame(12, 5))
    for word, twin in (("systematic", slow.systematic), ("ordered-pivotal", slow.pivotal)):
        design = {"systematic": Systematic("ticket"), "ordered-pivotal": OrderedPivotal("ticket")}[word]
        report_twin(
            f"{word}, ticket order, N = 6", design, lambda pi, twin=twin: slow.over_orders(pi, twin), slow.frame(6, 3)
        )


def report_twin(word: str, design: Design, twin: Callable, pi: np.ndarray) -> None:
    """One row of `enumeration`."""
    single, joint = twins().orders(twin(pi))
    fitted = design.fit(pi)
    off = np.abs(fitted.inclusion() - single).max(), np.abs(matrix(fitted) - joint).max()
    print(f"  {word:36s} {off[0]:8.1e} {off[1]:8.1e}   {np.abs(single - pi).max():8.1e}")


def frame_of_twenty() -> np.ndarray:
    """20 probabilities that sum to 6, the largest 0.744."""
    size = np.sort(np.random.default_rng(20).gamma(1.2, 1.0, 20) + 0.25)
    low, high = 0.0, 10.0
    for _ in range(80):
        power = (low + high) / 2
        largest = proportional(size**power, 6).max()
        low, high = (power, high) if largest < 0.744 else (low, power)
    return proportional(size**low, 6)


def probabilities(asked: argparse.Namespace) -> None:
    """Monte Carlo of both orders on 20 units."""
    pi, draws, words = frame_of_twenty(), asked.draws, asked.designs
    pairs = np.triu_indices(20, 1)
    ranges = [stats.norm.ppf((q ** (1 / count) + 1) / 2) for count in (20, 190) for q in (0.005, 0.995)]
    print(f"\n{draws:,} draws of 20 units, n = 6, pi from {pi.min():.3f} to {pi.max():.3f}; largest |z|")
    print(
        f"  99 of 100 times: {ranges[0]:.2f} … {ranges[1]:.2f} over units, {ranges[2]:.2f} … {ranges[3]:.2f} over pairs"
    )
    for word, design in designs(20).items():
        if words and not any(word.startswith(start) for start in words):
            continue
        fitted, rng = design.fit(pi), np.random.default_rng(6)
        drawn = np.empty((draws, 20), dtype=np.float32)
        for start in range(0, draws, 1000):
            # All units are open: this is `draw` without its checks, which would take most of the time.
            for k, unit in enumerate(rng.random((min(1000, draws - start), 3, 20)), start):
                drawn[k] = fitted._draw(unit)
        theory = fitted.inclusion()
        single = largest(drawn.mean(axis=0, dtype=float), theory, draws)
        if fitted.frame.open.size > design.exact_joint_up_to:
            print(f"  {word:36s} {single:5.2f}    pairs: approximate above 14 units")
            continue
        both = (drawn.T.astype(float) @ drawn)[pairs] / draws
        print(f"  {word:36s} {single:5.2f} {largest(both, fitted.joint(*pairs), draws):5.2f}")
    for line in from_r(asked.rscript, R_FREQUENCIES, pi, draws=draws, wait=1500):
        print(f"  R sampling {line}")
    for package, python in (("svy", asked.svy), ("samplics", asked.samplics)):
        for line in from_peer(package, python, pi, draws) if python else []:
            print(f"  {line}")
    print(f"  {EARLIER}")


def largest(found: np.ndarray, theory: np.ndarray, draws: int) -> float:
    """Largest distance in Monte-Carlo errors; impossible events must not have happened."""
    error = np.sqrt(np.maximum(theory * (1 - theory), 0) / draws)
    possible = error > 1e-9
    assert (np.abs(found - theory)[~possible] < 1e-9).all()
    return float((np.abs(found - theory)[possible] / error[possible]).max())


def seconds(action: Callable[[], object], repeat: int) -> float:
    """Median of so many repetitions, in seconds of the processor: everything here uses one thread."""
    times = []
    for _ in range(repeat):
        start = time.process_time()
        action()
        times.append(time.process_time() - start)
    return statistics.median(times)


def speed(asked: argparse.Namespace, sizes: list[tuple[int, int]]) -> None:
    """Seconds and bytes of every design, beside hashing."""
    repeat, warm = asked.repeat, frame_of_twenty()
    for design in designs(20).values():
        design.draw(warm, tickets=np.full((20, 3), 0.5))
    for size, n in sizes:
        sizes_of_units = np.random.default_rng(9).gamma(2.0, 1.0, size) + 0.1
        pi = proportional(sizes_of_units, n)
        ids = [f"91370306MA{k:08d}" for k in range(size)]
        hashing = seconds(partial(numbers, "lottery 2025-075", ids, groups=3), repeat)
        unit = numbers("lottery 2025-075", ids, groups=3)
        print(f"\nN = {size:,}, n = {n:,}: hashing the tickets {hashing:.3f} s")
        print(f"  {'':36s} {'fit s':>8s} {'draw s':>8s} {'tickets and all':>16s} {'bytes/unit':>11s}")
        for word, design in designs(size).items():
            if asked.designs and not any(word.startswith(start) for start in asked.designs):
                continue
            fitted = design.fit(pi)
            fit, draw = seconds(partial(design.fit, pi), repeat), seconds(partial(fitted.draw, unit), repeat)
            whole = (hashing + fit + draw) / hashing
            tracemalloc.start()
            design.fit(pi).draw(unit)
            peak = tracemalloc.get_traced_memory()[1] / size
            tracemalloc.stop()
            print(f"  {word:36s} {fit:8.3f} {draw:8.3f} {whole:12.2f} times {peak:11.0f}")
        beside_r(asked.rscript, sizes_of_units, n)


def beside_r(rscript: str, size: np.ndarray, n: int) -> None:
    """R `sampling` on the same frame, where it is installed and finishes."""
    functions = ["UPsystematic", "UPpivotal", "UPrandompivotal", "UPpoisson"]
    functions += ["UPbrewer", "UPsampford"] if len(size) <= 100_000 else []
    for line in from_r(rscript, R_SPEED, size, n=n, functions=", ".join(f'"{name}"' for name in functions)):
        print(f"  R sampling: {line}")


def from_peer(package: str, python: str, pi: np.ndarray, draws: int) -> list[str]:
    """Lines that `sampling_peers.py` prints in an environment that has the package."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "numbers.txt"
        np.savetxt(file, pi, fmt="%.17g")
        command = [python, str(Path(__file__).with_name("sampling_peers.py")), package, str(file), str(draws)]
        done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.splitlines() or [done.stderr[-200:]]


def from_r(rscript: str, code: str, numbers: np.ndarray, *, wait: int = 240, **values: object) -> list[str]:
    """Lines that a script in R prints about some numbers."""
    if shutil.which(rscript) is None:
        return ["is not installed here"]
    file = Path(tempfile.mkdtemp()) / "numbers.txt"
    np.savetxt(file, numbers, fmt="%.17g")
    try:
        done = subprocess.run(
            [rscript, "-e", code.format(file=file, **values)], capture_output=True, text=True, timeout=wait
        )
        return done.stdout.splitlines() or [done.stderr[-200:]]
    except subprocess.TimeoutExpired:
        return [f"was not done after {wait} s"]
    finally:
        shutil.rmtree(file.parent)


def district(
    size: int = 50_000, apart: float = 0.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Tier, town, probabilities and what inspections would find, in a district: riskier tiers are drawn more often.

    With `apart`, chances are multiplied by exp(apart * normal) for each town, and again for each town and tier.
    """
    rng, other = np.random.default_rng(2025), np.random.default_rng(2026)
    tier = rng.choice(5, size, p=[0.55, 0.28, 0.12, 0.04, 0.01])
    town = rng.choice(8, size, p=np.array([5, 4, 3, 3, 2, 2, 1, 1]) / 21)
    wanted = np.array([0.01, 0.03, 0.1, 0.3, 1.0])[tier] * rng.uniform(0.8, 1.25, size)
    times = np.exp(apart * (other.normal(size=(8, 1)) + other.normal(size=(8, 5))))[town, tier]
    violates = rng.random(size) < np.minimum(np.array([0.05, 0.1, 0.18, 0.3, 0.5])[tier] * times, 0.9)
    rare = rng.random(size) < np.minimum(np.array([0.005, 0.01, 0.03, 0.08, 0.15])[tier] * times, 0.9)
    outcomes = {
        "rate of violations": violates.astype(float),
        "rate of a rare violation": rare.astype(float),
        "items found": np.where(violates, 1 + rng.poisson(1.5, size), 0).astype(float),
        "staff": np.exp(other.normal(2, 1, size)) + tier,
        "fines": np.where(violates, np.exp(other.normal(8, 1.2, size)), 0.0),
    }
    return tier, town, proportional(np.minimum(wanted, 1.0), round(float(np.minimum(wanted, 1.0).sum()))), outcomes


def coverage(asked: argparse.Namespace) -> None:
    """How often intervals hold the truth."""
    tier, town, pi, outcomes = district(apart=asked.apart)
    size, surveys = len(tier), asked.surveys
    whole = np.array([round(pi[tier == k].sum()) / (tier == k).sum() for k in range(5)])[tier]
    cases = {
        "conditional-poisson": (BY_WORD["conditional-poisson"], pi),
        "stratified random": (Stratified(tier), whole),
        "pareto": (BY_WORD["pareto"], pi),
        "sequential-poisson": (BY_WORD["sequential-poisson"], pi),
        "poisson": (BY_WORD["poisson"], pi),
    }
    margin = 100 * math.sqrt(0.05 * 0.95 / surveys)
    print(f"\nShare of 95 % intervals that hold the truth: {surveys:,} surveys, {pi.sum():.0f} of {size:,}, pi from "
          f"{pi.min():.3f} to {pi.max():.2f}; Monte-Carlo error of a share ± {margin:.1f}")  # fmt: skip
    print(f"  {'':52s} {'held':>6s} {'too high':>9s} {'too low':>8s} {'width':>10s} {'± t SE':>7s}")
    for word, (design, own) in cases.items():
        if asked.designs and not any(word.startswith(start) for start in asked.designs):
            continue
        print(f"  {word}")
        fitted, rng = design.fit(own), np.random.default_rng(asked.generator)
        found: dict[str, list[list[float]]] = {}
        for _ in range(surveys):
            sample = Sample.of(design, fitted, fitted.draw(rng.random((size, 2))))
            for what, within in product(outcomes, (None, 0, 4, 7)):
                add_intervals(found, sample, (what, outcomes[what]), None if within is None else town == within)
        for what, rows in found.items():
            held, above, below, width, plain = np.mean(rows, axis=0)
            shares = f"{100 * held:6.1f} {100 * above:9.1f} {100 * below:8.1f}"
            print(f"    {what:50s} {shares} {width:10.4g} {100 * plain:7.1f}")


def add_intervals(
    found: dict[str, list[list[float]]], sample: Sample, outcome: tuple[str, np.ndarray], within: np.ndarray | None
) -> None:
    """Whether the intervals of one survey hold the truth, lie above or below it, how wide they are, and the plain ones."""
    (what, y), inside = outcome, np.ones(sample.pi.size, dtype=bool) if within is None else within
    n = int(inside[sample.units].sum())
    kinds = {"rate": rate} if "rate" in what else {"mean": mean, "total": total}
    for kind, estimator in kinds.items():
        truth = y[inside].sum() if kind == "total" else y[inside].mean()
        given = estimator(sample, y[sample.units], within=within, variance="approximate")
        plain = abs(given.value - truth) <= stats.t.isf(0.025, max(n - 1, 1)) * given.standard_error
        name = f"{what if kind == 'rate' else f'{kind} of {what}'}, {inside.sum():,} enterprises"
        above, below = given.low > truth, given.high < truth
        found.setdefault(name, []).append([not (above or below), above, below, given.high - given.low, plain])


def main() -> None:
    """All parts, or one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=["enumeration", "probabilities", "speed", "coverage"])
    parser.add_argument("--draws", type=int, default=200_000)
    parser.add_argument("--designs", nargs="*", default=[], help="beginnings of names, for all but the enumeration")
    parser.add_argument("--surveys", type=int, default=5000)
    parser.add_argument("--generator", type=int, default=8, help="of the surveys; methods were chosen on 99")
    parser.add_argument("--apart", type=float, default=0.0, help="how much towns of the surveyed district differ")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--units", type=int, nargs="*", default=[50_000, 1_000_000], help="frames of the part on speed")
    parser.add_argument("--rscript", default="Rscript")
    parser.add_argument("--svy", default="", help="Python of an environment with svy")
    parser.add_argument("--samplics", default="", help="Python of an environment with samplics")
    asked = parser.parse_args()
    print(f"Python {platform.python_version()}, numpy {np.__version__}")
    sizes = [(size, size // 25 if size < 100_000 else size // 20) for size in asked.units]
    parts: dict[str, Callable[[], None]] = {
        "enumeration": enumeration,
        "probabilities": partial(probabilities, asked),
        "speed": lambda: speed(asked, sizes),
        "coverage": partial(coverage, asked),
    }
    for name, part in parts.items():
        if asked.only in (None, name):
            part()


if __name__ == "__main__":
    main()
