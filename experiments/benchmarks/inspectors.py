"""Lotteries of inspectors over many seeds: how far marginals lie from the declared chances, and whether a recusal breaks.

    python experiments/benchmarks/inspectors.py [SEEDS]

Prints the largest and the spread of z over all pairs of visit and inspector, broken recusals, and milliseconds a draw.
"""

import sys
import time

import numpy as np

from riskmodel.inspections.people import Inspector
from riskmodel.inspections.places import Apart, Visit
from riskmodel.inspections.teams import TeamRules, assign


def main(seeds: int) -> None:
    """Draw teams with every seed and print what was found."""
    people = [Inspector(f"I{k:02d}", department="甲" if k < 8 else "乙") for k in range(12)]
    visits = [Visit(k, f"E{k:02d}", ("甲", "乙") if k % 4 == 0 else ("甲",)) for k in range(1, 31)]
    rng = np.random.default_rng(7)
    barred = {f"E{k:02d}": {f"I{who:02d}" for who in rng.choice(8, size=2, replace=False)} for k in range(1, 31, 3)}
    found, declared, broken = np.zeros((30, 12)), np.zeros((30, 12)), 0
    start = time.perf_counter()
    for seed in range(seeds):
        sent = assign(f"seed {seed}", visits, people, apart=Apart(barred), rules=TeamRules(2))
        for visit, team in zip(visits, sent.members, strict=True):
            broken += len(set(team) & barred.get(visit.entity_id, set()))
            for who in team:
                found[visit.visit_no - 1, int(who[1:])] += 1
    spent = time.perf_counter() - start
    for place, pool in zip(sent.places, sent.chances, strict=True):  # without seniors they are the same for all seeds
        for who, chance in zip(place.pool, pool, strict=True):
            declared[place.visit_no - 1, int(who[1:])] += chance / 1e6
    error = np.sqrt(declared * (1 - declared) / seeds)
    z = ((found / seeds - declared) / np.where(error > 0, error, np.inf))[error > 0]
    print(f"{seeds} draws, {z.size} pairs: largest |z| {np.abs(z).max():.2f}, sd of z {z.std():.3f}")
    print(f"recusals broken {broken}; impossible pairs that went {int(found[declared == 0].sum())}")
    print(f"{spent / seeds * 1000:.1f} ms a draw")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
