"""What the simulation must show: agreement with theory, bias of greed, a promise that is kept, one seed one result.

Usage: python experiments/simulation_study.py [SOURCE] [--part theory|greed|promise|identity|offpolicy] [--years 3]
[--replicates 20] [--out reports]

SOURCE (default `data/sample`) gives world, assessment and tiers. *theory*: real draws of two strategies whose
probabilities never change, in a world without memory, against what can be computed with a pencil. *greed*: the closed
loop with models learnt anew every quarter; error of the office's estimate of the violation rate. *promise*: what the
proposed ratio table gains, as stated and in fresh runs. *identity*: digests of the same study, made in several ways.
*offpolicy*: findings of another table, from logged draws, against what every enterprise would have shown. Intervals are
of 95 %, by Student's distribution over replicates.
"""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numba
import numpy as np
import pandas as pd

import riskmodel as rm
from riskmodel.assessment import assess
from riskmodel.inspections.rounds import Round
from riskmodel.policy import Policy, Rules
from riskmodel.records import Records
from riskmodel.sampling.designs import Stratified
from riskmodel.sampling.tickets import tickets
from riskmodel.simulation.calibrate import Calibrated, calibrate
from riskmodel.simulation.frontier import curves, propose, ratios
from riskmodel.simulation.kernel import MEASURES, run_fixed
from riskmodel.simulation.loop import Setting
from riskmodel.simulation.offpolicy import value
from riskmodel.simulation.strategies import NAMED, Choice, Choose, Strategy, View, by_policy, named
from riskmodel.simulation.study import all_replicates, effort_of, interval, tiered
from riskmodel.simulation.world import QUARTERS, World, begin, quarter_keys, step, turn_year
from riskmodel.tables import TIERS

FLOOR = 0.005


@dataclass(frozen=True)
class Scene:
    """Records, policy and world of a source, and how long and how often."""

    records: Records
    policy: Policy
    rules: Rules
    world: Calibrated
    years: int
    replicates: int

    @classmethod
    def of(cls, source: str, years: int, replicates: int) -> Scene:
        """By the policy whose points are fitted, so that there is something to learn."""
        records, policy = rm.load(source), rm.load_policy("zhoucun-2020-fitted")
        rules = policy.at(records.newest)
        return cls(records, policy, rules, calibrate(records, rules, years=years), years, replicates)

    @property
    def setting(self) -> Setting:
        """Of the closed loop."""
        effort = effort_of(self.records, self.policy)
        return Setting(self.records, self.world, self.years, 7, effort)


def shown(values: np.ndarray) -> str:
    """A mean with its interval."""
    mean, low, high = interval(values)
    return f"{mean:.4g} ({low:.4g} to {high:.4g})"


# theory


def theory(scene: Scene, quarters: int = 8, replicates: int = 200) -> pd.DataFrame:
    """Equal probability and the policy's table, drawn as an office draws, against the closed form."""
    world, view = without_memory(tiered(scene.world, scene.records, scene.policy).world), everybody(scene)
    place = pd.Series(np.arange(world.size), index=world.registry["entity_id"].to_numpy())
    at = place.reindex(view.decided["entity_id"]).to_numpy(np.int64)
    rows = []
    for name, choose in (("equal probability", NAMED["equal"]), ("tier-weighted (policy)", by_policy)):
        pi = np.zeros(world.size)
        pi[at] = choose(view).pi
        expected = closed_form(world, pi, quarters)
        runs = pd.DataFrame([drawn_run(world, view, choose, at, number, quarters) for number in range(replicates)])
        for measure, exact in expected.items():
            got = runs[measure]
            error = got.std(ddof=1) / np.sqrt(replicates)
            same = error < 1e-12  # a number of visits that chance does not touch
            z = 0.0 if same and abs(got.mean() - exact) < 1e-6 else (got.mean() - exact) / error
            rows.append((name, measure, got.mean(), exact, error, z))
    return pd.DataFrame(rows, columns=["strategy", "measure", "simulated", "closed form", "standard error", "z"])


def without_memory(world: World) -> World:
    """The same enterprises without drift, deterrence, excitement, seasons, exits and entries."""
    how = replace(
        world.dynamics, season=(1.0, 1.0, 1.0, 1.0), deterred_by_visit=0.0, deterred_by_finding=0.0,
        deterred_by_leniency=0.0, deterred_by_reminder=0.0, drift_step=0.0, exits_a_year=0.0,
    )  # fmt: skip
    nobody = np.zeros(world.size, np.int32)
    return replace(world, dynamics=how, jump=np.zeros(world.size, np.float32), enters=nobody)


def everybody(scene: Scene) -> View:
    """Today's assessment, where nobody was visited yet: the same at every draw."""
    made = assess(scene.records, scene.policy, as_of=scene.records.newest, bare=True)
    decided = made.decided.assign(visits_this_year=0, last_visit_on=pd.Timestamp("NaT"))
    part, none = Round(1, QUARTERS, scene.records.newest.day), np.zeros(len(decided))
    seen = pd.DataFrame({"visits": none, "findings": none})
    return View(
        decided, made.rules.inspections, part, made.provenance, None, scene.setting.effort, "theory", none, seen
    )  # fmt: skip


def drawn_run(world: World, view: View, choose: Choose, at: np.ndarray, number: int, quarters: int) -> dict[str, float]:
    """Sums over the quarters of one run, a fresh public seed every quarter."""
    state, total = begin(world, 3, number, 1), dict[str, float]()
    turn_year(world, state, 3, number, 0)
    for quarter in range(quarters):
        choice: Choice = choose(replace(view, seed=f"theory {number}/{quarter}"))
        visited, weight = np.zeros(world.size, bool), np.zeros(world.size)
        visited[at], weight[at] = choice.visited, np.where(choice.visited, 1 / np.maximum(choice.pi, 1e-12), 0)
        now = step(world, state, quarter_keys(3, number, quarter), 1.0, visited=visited)
        counts = {"visits": visited.sum(), "estimated findable": (weight * now.findable)[at].sum()}
        counts["findable"] = now.findable[at].sum()
        for severity, word in enumerate(("minor", "general", "serious"), start=1):
            counts[f"open {word}"] = (now.open == severity).sum()
            counts[f"found {word}"] = (now.found & (now.open == severity)).sum()
        total = {name: total.get(name, 0.0) + float(count) for name, count in counts.items()}
    return total


def closed_form(world: World, pi: np.ndarray, quarters: int) -> dict[str, float]:
    """Expected sums: an open violation is new, or lasts and was not found: p m + (1 − p) l (1 − π d) × the quarter before."""
    how, p = world.dynamics, world.rate.astype(float)
    general, serious = how.grave
    mix, detects = np.array([1 - general, general - serious, serious]), np.array(how.detects)
    there, opened, found, findable = np.zeros((world.size, 3)), np.zeros(3), np.zeros(3), 0.0
    framed = pi > 0
    for _ in range(quarters):
        there = p[:, None] * mix + (1 - p)[:, None] * there * how.lasts
        opened, found = opened + there.sum(axis=0), found + (there * pi[:, None] * detects).sum(axis=0)
        findable += float((there * detects)[framed].sum())
        there = there * (1 - pi[:, None] * detects)
    words = ("minor", "general", "serious")
    return {
        "visits": quarters * float(pi.sum()),
        **{f"open {w}": float(x) for w, x in zip(words, opened, strict=True)},
        **{f"found {w}": float(x) for w, x in zip(words, found, strict=True)},
        "findable": findable, "estimated findable": findable,
    }  # fmt: skip


# greed


def greed(scene: Scene) -> pd.DataFrame:
    """Error of the estimated violation rate, in the closed loop."""
    strategies = [Strategy("policy", scene.policy, by_policy)]
    strategies += [named(name, scene.policy) for name in ("equal", "greedy-floor-20", "greedy")]
    figures = all_replicates(scene.setting, strategies, scene.replicates)
    rows = []
    for name, part in figures.groupby("strategy", sort=False):
        by = part.groupby("replicate")
        share = by[["true_rate", "estimate", "error", "inside", "auc"]].mean()
        found = by["found"].sum() / scene.years
        last = part[part["quarter"].ge(QUARTERS * (scene.years - 1))].groupby("replicate")["error"].mean()
        columns = {f"mean {column}": shown(share[column].to_numpy()) for column in share}
        rows.append({"strategy": name, **columns, "error, last year": shown(last.to_numpy()),
                     "found a year": shown(found.to_numpy())})  # fmt: skip
    return pd.DataFrame(rows)


# promise


def promise(scene: Scene, stated: int = 40, fresh: int = 200) -> pd.DataFrame:
    """The proposed table against the policy's: gain as stated, and in runs that nobody has seen."""
    made = tiered(scene.world, scene.records, scene.policy)
    table = ratios(scene.rules.inspections)
    curve = curves(made.world, years=scene.years, replicates=stated, seed=7, harm=made.assumptions.harm.value)
    offer = propose(curve, table, floor=FLOOR)
    gains = found_a_year(made.world, offer.table, scene, fresh) - found_a_year(made.world, table, scene, fresh)
    visits = [offer.expected["visits"], offer.instead["visits"]]
    rows = {
        "policy's table": ", ".join(f"{tier} {table[tier]:.3g}" for tier in TIERS),
        "proposed table": ", ".join(f"{tier} {offer.table[tier]:.3g}" for tier in TIERS),
        "visits a year, proposed and policy": f"{visits[0]:.0f}, {visits[1]:.0f}",
        "findings a year, policy": f"{offer.instead['findings']:.1f}",
        "stated gain a year, interval for one run": f"{offer.gain:.1f} ({offer.low:.1f} to {offer.high:.1f})",
        f"gain in {fresh} fresh runs, interval of the mean": shown(gains),
        "z of the difference": f"{(gains.mean() - offer.gain) / (gains.std(ddof=1) * np.sqrt(1 / fresh + 1 / stated)):.2f}",
        "fresh runs within the stated interval": f"{((gains >= offer.low) & (gains <= offer.high)).mean():.3f}",
    }
    return pd.DataFrame({"what": list(rows), "figure": list(rows.values())})


def found_a_year(world: World, table: dict[str, float], scene: Scene, replicates: int) -> np.ndarray:
    """Findings a year under a table, by replicate, with a seed of their own."""
    chance = np.array([table[tier] for tier in TIERS])[world.group] / QUARTERS
    counts = run_fixed(world, chance, quarters=scene.years * QUARTERS, replicates=replicates, seed=991)
    found = slice(MEASURES.index("found_minor"), MEASURES.index("found_serious") + 1)
    return np.asarray(counts[..., found].sum(axis=(1, 2, 3)) / scene.years)


# identity


def identity(scene: Scene) -> pd.DataFrame:
    """Digests of the same seed: again, with one thread, and put together from the parts of two workers."""
    strategies = [Strategy("policy", scene.policy, by_policy), named("greedy", scene.policy)]
    setting = replace(scene.setting, years=min(scene.years, 2))

    def made(part: tuple[int, int] = (0, 1)) -> pd.DataFrame:
        return all_replicates(setting, strategies, 2, part=part)

    whole, again = made(), made()
    parts = pd.concat([made((0, 2)), made((1, 2))]).sort_values(["replicate"], kind="stable", ignore_index=True)
    numba.set_num_threads(1)
    alone = made()
    numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    other = all_replicates(replace(setting, seed=8), strategies, 2)
    ways = {"once": whole, "again": again, "one thread": alone, "two parts": parts, "another seed": other}
    digests = {way: hashlib.sha256(table.to_csv(index=False).encode()).hexdigest()[:16] for way, table in ways.items()}
    return pd.DataFrame({"way": list(digests), "SHA-256 of all figures": list(digests.values())})


# offpolicy


def offpolicy(scene: Scene, surveys: int = 2000) -> pd.DataFrame:
    """Findings of other tables estimated from draws of the policy's: bias, and how often the interval holds the truth."""
    world = tiered(scene.world, scene.records, scene.policy).world
    size = np.bincount(world.group, minlength=len(TIERS))
    table = np.array(list(ratios(scene.rules.inspections).values()))
    n = np.minimum(np.maximum(np.rint(size * table), np.minimum(2, size)), size)
    pi, stratum = (n / np.maximum(size, 1))[world.group], np.array(TIERS)[world.group]
    others = {"everybody alike": np.full(len(TIERS), 0.05), "half as steep": np.sqrt(table * (n.sum() / size.sum()))}
    others["steeper"] = np.minimum(table**1.25, 1.0)
    rows: dict[str, list[tuple[float, float, bool, float]]] = {name: [] for name in others}
    ids = [str(i) for i in range(world.size)]
    for number in range(surveys):
        state = begin(world, 5, number, 1)
        turn_year(world, state, 5, number, 0)
        state.live[:] = True
        drawn = Stratified(stratum).draw(pi, tickets=tickets(f"survey {number}", ids))
        now = step(world, state, quarter_keys(5, number, 0), 1.0, visited=drawn)
        for name, other in others.items():
            new = other[world.group]
            got = value(now.found[drawn], pi[drawn], new[drawn], stratum[drawn])
            truth = float((now.findable * new).sum())
            rows[name].append((got.findings - truth, truth, got.low <= truth <= got.high, got.standard_error))
    found = []
    for name, each in rows.items():
        error, truth, inside, told = (np.array(column, float) for column in zip(*each, strict=True))
        found.append({
            "table": name, "findings": f"{truth.mean():.1f}", "error": shown(error),
            "error / standard deviation": f"{error.mean() / error.std():.3f}",
            "told standard error / true": f"{np.sqrt((told**2).mean()) / error.std():.3f}", "inside": shown(inside),
        })  # fmt: skip
    return pd.DataFrame(found)


PARTS = {"theory": theory, "greed": greed, "promise": promise, "identity": identity, "offpolicy": offpolicy}


def main() -> None:
    """The parts that are asked for, each as a table on the screen and in the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", nargs="?", default="data/sample")
    parser.add_argument("--part", choices=list(PARTS), action="append")
    parser.add_argument("--years", type=int, default=3)
    parser.add_argument("--replicates", type=int, default=20)
    parser.add_argument("--out", type=Path, default=Path("reports"))
    asked = parser.parse_args()
    scene = Scene.of(asked.source, asked.years, asked.replicates)
    folder = asked.out / "experiments" / "simulation"
    folder.mkdir(parents=True, exist_ok=True)
    for name in asked.part or PARTS:
        table = PARTS[name](scene)
        table.to_csv(folder / f"{name}.csv", index=False)
        print(f"{name}\n{table.round(3).to_string(index=False)}\n", flush=True)


if __name__ == "__main__":
    main()
