"""Lotteries of inspectors over many seeds: how far marginals lie from the declared chances, and whether a recusal breaks.

    python experiments/benchmarks/inspectors.py [SEEDS]
    python experiments/benchmarks/inspectors.py SEEDS SOURCE [DAY]

The first form sends 12 inspectors to 30 visits. The second draws the plan of a folder of records anew with every seed and
sends its directory with seniors, qualifications and postings; what must not happen is looked up in the records themselves.
Prints the largest and the spread of z over all pairs of visit (or enterprise, or town) and inspector, broken recusals, and
milliseconds a draw.
"""

import sys
import time
from collections import Counter, defaultdict

import numpy as np
import pandas as pd

from riskmodel.inspections.people import Inspector
from riskmodel.inspections.places import Apart, Visit
from riskmodel.inspections.teams import TeamRules, assign

POLICY, DAY = "zhoucun-2020", "2025-06-30"
# Sums with a smaller variance are not nearly normal.
LEAST_VARIANCE = 25.0


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


class Records:
    """What the records themselves say of who must not go, without the code that derives it for draws."""

    def __init__(self, source: str, day: str) -> None:
        import riskmodel as rm

        records = rm.load(source)
        assessment = rm.assess(records, rm.load_policy(POLICY), as_of=day)
        self.plan = rm.plan_inspections(assessment, records=records)
        staff = records["inspectors"].set_index("inspector_id")
        self.posted = {who: town for who, town in staff["town"].items() if town}
        self.senior = set(staff.index[staff["senior"].astype("str").isin(["True", "yes"])])
        self.skills = {who: str(text) for who, text in staff["qualifications"].items()}
        pairs = records["recusals"][["inspector_id", "entity_id"]].itertuples(index=False)
        self.declared = {(str(who), str(entity)) for who, entity in pairs}
        past = records.known(assessment.provenance.as_of)["inspections"]
        on, last = pd.to_datetime(past["inspected_on"]), pd.Timestamp(day)
        past = past[(on > last - pd.Timedelta(days=self.plan.teams.recent_visit_days)) & (on <= last)]
        self.met = {
            (who.strip(), entity)
            for entity, ids in zip(past["entity_id"], past["inspector_ids"].astype("str"), strict=True)
            for who in ids.split(",")
        }

    def faults(self, visit: tuple[str, str, str], team: list[str]) -> list[str]:
        """What is wrong with the team of a visit (enterprise, town, qualifications)."""
        entity, town, needs = visit
        wrong = ["recused" for who in team if (who, entity) in self.declared]
        wrong += ["posted in the town" for who in team if self.posted.get(who) == town]
        wrong += [] if team[0] in self.senior else ["no senior leads"]
        wrong += ["team too small"] if len(set(team)) < self.plan.team_size or len(set(team)) < len(team) else []
        lacks = [need for need in needs.split(",") if need and not any(need in self.skills[who] for who in team)]
        return wrong + ["nobody is qualified" for _ in lacks]

    def idle(self, places: list[tuple[int, tuple[str, ...]]], entity: str) -> int:
        """Places whose pool has somebody who was there recently although others would do."""
        fresh = [(many, pool, [who for who in pool if (who, entity) not in self.met]) for many, pool in places]
        return sum(len(new) < len(pool) and len(new) >= many for many, pool, new in fresh)


def of_records(seeds: int, source: str, day: str = DAY) -> None:
    """Draw and send with every seed and print what was found."""
    known = Records(source, day)
    people = known.plan.people
    print(f"{len(people.inspectors)} inspectors, {len(known.senior)} seniors, {len(known.posted)} posted in a town, "
          f"{len(people.recusals)} declared recusals and {len(people.met)} recent meetings of the frame")  # fmt: skip
    sums: dict[tuple[str, str], np.ndarray] = defaultdict(lambda: np.zeros(3))
    faults: Counter[str] = Counter()
    visits, met, idle, attempts, start = 0, 0, 0, 0, time.perf_counter()
    for seed in range(seeds):
        sent = known.plan.draw(f"lottery {seed}").assign()
        attempts += sent.assigned.attempt > 0
        rows = list(zip(sent.visits["entity_id"], sent.visits["town"], sent.table["needs"], strict=True))
        teams = [ids.split(",") for ids in sent.visits["inspector_ids"]]
        pools: list[list[tuple[int, tuple[str, ...]]]] = [[] for _ in rows]
        once: dict[tuple[str, str], np.ndarray] = defaultdict(lambda: np.zeros(2))
        for place, chances in zip(sent.assigned.places, sent.assigned.chances, strict=True):
            pools[place.visit_no - 1].append((place.many, place.pool))
            for who, chance in zip(place.pool, chances, strict=True):
                for where in rows[place.visit_no - 1][:2]:
                    once[where, who] += (0, chance / 1e6)
        for row, team, own in zip(rows, teams, pools, strict=True):
            visits += 1
            faults.update(known.faults(row, team))
            met += sum((who, row[0]) in known.met for who in team)
            idle += known.idle(own, row[0])
            for who in team:
                once[row[0], who] += (1, 0)
                once[row[1], who] += (1, 0)
        for pair, (went, declared) in once.items():
            sums[pair] += (went, declared, (went - declared) ** 2)
    spent = time.perf_counter() - start
    enterprises = set(known.plan.frame["entity_id"])
    for name, own in (("enterprise", True), ("town", False)):
        report(name, np.array([v for (where, _), v in sums.items() if (where in enterprises) == own]))
    print(
        f"{seeds} draws, {visits} visits; faults: {dict(faults) or 'none'}; repeated for the cap on pairs: {attempts}"
    )
    print(f"went where they had been recently: {met}; places where they might although others would do: {idle}")
    print(f"{spent / seeds * 1000:.1f} ms a draw")


def report(name: str, sums: np.ndarray) -> None:
    """How far the times that somebody went lie from the sum of his declared chances, over draws."""
    went, declared, variance = sums.T
    enough = variance >= LEAST_VARIANCE
    z = (went - declared)[enough] / np.sqrt(variance[enough])
    print(f"{enough.sum()} pairs of {name} and inspector: largest |z| {np.abs(z).max(initial=0):.2f}, sd of z {z.std():.3f}; "
          f"impossible pairs that went {int(went[declared == 0].sum())}")  # fmt: skip


if __name__ == "__main__":
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    if len(sys.argv) > 2:
        of_records(many, *sys.argv[2:4])
    else:
        main(many)
