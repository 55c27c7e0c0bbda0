"""Which detector finds later serious offenders better than counting, at the counting rule's alert budget?

Usage: python experiments/warning_detectors.py district|tuning|TORONTO [--out reports]

`district`: six generated districts (seeds 201 to 206, 15,000 enterprises each), 3 % of whose enterprises slip at a known
day; intervals over districts; figures of a district that stand in the folder already are not made again. `tuning`: the four districts (seeds 101 to 104) on which every parameter was chosen. TORONTO:
folder of the public inspections (see the README of experiments): trained before 2006, judged on 2006 to 2009; intervals over
enterprises. Prints the table, logs the run in MLflow beside `--out`, and writes the picture of warning time against budget.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import t as student

from riskmodel.display import charts
from riskmodel.display.canvas import to_png
from riskmodel.evaluation.warning import Risk, Watch, compare, rule_alerts
from riskmodel.policy import load_policy
from riskmodel.records.district.process import INDUSTRIES, Chunk, Span, make_chunk
from riskmodel.scoring.resampling import Bootstrap
from riskmodel.tracked_run import TrackedRun
from riskmodel.tracking import track
from riskmodel.values import AsOf
from riskmodel.warning.detectors import Counts, Detector, by_period
from riskmodel.warning.signs import detectors as named

END, YEARS, SIZE, CHUNKS, SHARE, PERIOD = date(2025, 12, 31), 7, 5000, 3, 0.03, 30
# a late annual report, and what is serious already, are no early sign: only `Change` looks at the latter
WEIGHTS = {"minor": 1.0, "general": 1.0, "complaint": 1.0}
RULES = load_policy("zhoucun-2020").at(AsOf(END))


def detectors(watch: Watch) -> list[Detector]:
    """Parameters of the policy, which were chosen on the seeds 101 to 104."""
    return [*named(RULES.warning.signs.parameters).values(), Risk(watch), Risk(watch, "trend", back=3)]


def chunks(seed: int) -> list[Chunk]:
    """A district."""
    return [make_chunk(number, SIZE, Span(END, YEARS, SHARE), seed=seed) for number in range(CHUNKS)]


def district(made: list[Chunk]) -> tuple[Watch, np.ndarray]:
    """Counts of a district as known day by day, and the alerts of the counting rule (two within 180 days)."""
    registry = pd.concat([chunk.tables["enterprises"] for chunk in made], ignore_index=True)
    events = pd.concat([known_events(chunk) for chunk in made], ignore_index=True)
    number = pd.Series(np.arange(len(registry)), index=registry["entity_id"])
    events["firm"] = events["id"].map(number)
    starts = np.arange(_number("2019-01-01"), _number(str(END)) + 1, PERIOD)
    kinds = {
        kind: by_period(part["firm"].to_numpy(), _day(part["on"]), enterprises=len(registry), starts=starts)
        for kind, part in events.groupby("kind")
    }
    born, closed = _day(registry["established_on"]), _day(registry["closed_on"].fillna(pd.Timestamp("2100-01-01")))
    e = ((born[:, None] <= starts[None, :-1]) & (closed[:, None] >= starts[None, 1:])).astype(float)
    peers = registry["industry"].str[0].map(list(INDUSTRIES).index).to_numpy()
    serious = events[events["kind"].eq("serious")].sort_values("occurred_on", kind="stable")
    first = int(np.searchsorted(starts, _number("2022-01-01")))
    judged = serious["firm"].to_numpy(), _day(serious["occurred_on"]), first, 12
    rule = Watch(Counts(kinds, WEIGHTS | {"listing": 1.0}, e, peers), starts, *judged)
    return Watch(Counts(kinds, WEIGHTS, e, peers), starts, *judged), rule_alerts(rule, at_least=2, periods=6)


def known_events(chunk: Chunk) -> pd.DataFrame:
    """Events with the day known: id, kind (minor, general, serious, complaint, listing), on, occurred_on."""
    p, c, a = (chunk.tables[name] for name in ("penalties", "complaints", "abnormal_listings"))
    c = c[c["verified"].eq("yes")]
    s = RULES.severity
    serious = p["category"].isin(s.serious_categories) | p["fine_yuan"].ge(s.fine_serious_from_yuan)
    minor = p["category"].isin(s.minor_categories) | p["fine_yuan"].le(s.fine_minor_at_most_yuan)
    severity = np.where(serious, "serious", np.where(minor & ~p["category"].eq("confiscation"), "minor", "general"))
    known = c[["known_on", "verified_on"]].max(axis=1)
    parts = [
        pd.DataFrame({"id": p["entity_id"], "kind": severity, "on": p["known_on"], "occurred_on": p["occurred_on"]}),
        pd.DataFrame({"id": c["entity_id"], "kind": "complaint", "on": known, "occurred_on": c["received_on"]}),
        pd.DataFrame({"id": a["entity_id"], "kind": "listing", "on": a["known_on"], "occurred_on": a["listed_on"]}),
    ]
    return pd.concat(parts, ignore_index=True)


def toronto(folder: Path) -> tuple[Watch, np.ndarray]:
    """Visits by their worst finding. The rule: two visits with minor findings only in 180 days."""
    i = pd.read_parquet(folder / "inspections.parquet").sort_values("date")
    ids = np.sort(i["enterprise_id"].unique())
    firm = i["enterprise_id"].map(pd.Series(np.arange(len(ids)), index=ids)).to_numpy()
    day, starts = _day(i["date"]), np.arange(_number("2001-01-01"), _number("2010-01-01") + 1, PERIOD)
    worst = np.select([i["critical"].gt(0), i["serious"].gt(0), i["result"].ne("clean")], [*"cs", "minor"], "")
    masks = {
        "minor": i["result"].eq("minor"),
        "graver": worst == "s",
        "serious": worst == "c",
        "other": worst == "minor",
    }
    masks["other"] = masks["other"] & ~masks["minor"]
    kinds = {
        kind: by_period(firm[mask], day[mask], enterprises=len(ids), starts=starts)
        for kind, mask in ((k, np.asarray(m)) for k, m in masks.items())
    }
    seen = pd.Series(day).groupby(firm).agg(["min", "max"]).to_numpy()
    e = ((seen[:, :1] <= starts[None, :-1]) & (seen[:, 1:] >= -1)).astype(float)
    industry = (
        pd.read_parquet(folder / "enterprises.parquet").set_index("enterprise_id")["industry"].reindex(ids).fillna("")
    )
    large = industry.value_counts()
    peers = pd.factorize(industry.where(industry.map(large).ge(100), "other"))[0]
    critical = i["critical"].gt(0).to_numpy()
    first = int(np.searchsorted(starts, _number("2006-01-01")))
    # one fit, before 2006: the refitting span reaches over all that is judged
    judged = firm[critical], day[critical], first, 999
    weights = {"minor": 1.0, "other": 1.0, "graver": 2.0, "serious": 3.0}
    rule = Watch(Counts(kinds, {"minor": 1.0}, e, peers), starts, *judged)
    return Watch(Counts(kinds, weights, e, peers), starts, *judged), rule_alerts(rule, at_least=2, periods=6)


def repeat_minor(folder: Path) -> pd.DataFrame:
    """Share of visits followed by a critical finding within a year: after a second minor-only visit in 180 days, a clean one."""
    i = pd.read_parquet(folder / "inspections.parquet").sort_values(["enterprise_id", "date", "inspection_id"])
    day, minor = _day(i["date"]), i["result"].eq("minor").to_numpy()
    firm = pd.factorize(i["enterprise_id"])[0]
    critical = {
        f: day[(firm == f) & i["critical"].gt(0).to_numpy()] for f in np.unique(firm[i["critical"].gt(0).to_numpy()])
    }
    followed = np.array(
        [
            bool(((c := critical.get(f, np.empty(0))) > d).any() and ((c > d) & (c <= d + 365)).any())
            for f, d in zip(firm, day, strict=True)
        ]
    )
    second = np.zeros(len(i), dtype=bool)
    for f, d, place in zip(firm[minor], day[minor], np.flatnonzero(minor), strict=True):
        before = place - 1
        while before >= 0 and firm[before] == f and d - day[before] < 180:
            second[place] |= bool(minor[before]) and day[before] < d
            before -= 1
    mature = day <= day.max() - 365
    groups = {"second minor within 180 days": second & mature, "clean": i["result"].eq("clean").to_numpy() & mature}
    rng, rows = np.random.default_rng(0), []
    for name, part in groups.items():
        by = (
            pd.DataFrame({"firm": firm[part], "y": followed[part]})
            .groupby("firm")["y"]
            .agg(["sum", "size"])
            .reindex(range(firm.max() + 1), fill_value=0)
        )
        rows.append((name, int(by["size"].sum()), by["sum"].sum() / by["size"].sum(), by.to_numpy()))
    picks = rng.integers(0, firm.max() + 1, (1000, firm.max() + 1))
    ratios = [
        np.divide(*[(m := part[pick].sum(axis=0))[0] / m[1] for part in (rows[0][3], rows[1][3])]) for pick in picks
    ]
    table = pd.DataFrame([row[:3] for row in rows], columns=["visit", "visits", "critical within a year"])
    table.attrs["ratio"] = (rows[0][2] / rows[1][2], *np.quantile(ratios, [0.025, 0.975]))
    return table


def _day(days: pd.Series) -> np.ndarray:
    return days.to_numpy().astype("datetime64[D]").astype("int64")


def _number(day: str) -> int:
    return int(np.datetime64(day, "D").astype("int64"))


def compared(seed: int) -> pd.DataFrame:
    """Figures of every detector on a district."""
    watch, rule = district(chunks(seed))
    return compare(detectors(watch), watch, rule, bootstrap=Bootstrap(replicates=0))


def over_districts(seeds: range, folder: Path, one: Callable[[int], pd.DataFrame]) -> pd.DataFrame:
    """Figures by detector: means over districts, with Student's intervals."""
    parts = []
    for seed in seeds:
        kept = folder / f"district-{seed}.csv"
        if not kept.exists():
            one(seed).to_csv(kept, index=False)
        parts.append(pd.read_csv(kept))
    by = pd.concat(parts).groupby(["detector", "budget", "figure"], sort=False)["value"]
    table = by.agg(["mean", "std", "count"]).reset_index()
    half = student.ppf(0.975, table["count"] - 1) * table["std"] / np.sqrt(table["count"])
    table = table.assign(value=table["mean"], low=table["mean"] - half, high=table["mean"] + half)
    return table.drop(columns=["mean", "std", "count"])


def printed(found: pd.DataFrame) -> None:
    """A column for each detector, at the rule's budget."""
    text = [
        f"{v:.3f} ({a:.3f} to {b:.3f})" for v, a, b in zip(found["value"], found["low"], found["high"], strict=True)
    ]
    rows = found.assign(text=text)[found["budget"].eq(1)].pivot(index="detector", columns="figure", values="text")
    print(rows.loc[list(dict.fromkeys(found["detector"]))].T.to_string())


def main() -> None:
    """Read the task, compare, print, log."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task")
    parser.add_argument("--out", type=Path, default=Path("reports"))
    parser.add_argument("--replicates", type=int, default=400)
    options = parser.parse_args()
    seeds = {"district": range(201, 207), "tuning": range(101, 105)}
    name = options.task if options.task in seeds else "toronto"
    folder = options.out / "experiments" / f"warning-{name}"
    folder.mkdir(parents=True, exist_ok=True)
    if options.task in seeds:
        found = over_districts(seeds[options.task], folder, compared)
    else:
        table = repeat_minor(Path(options.task))
        print(table.round(4).to_string(index=False))
        print("ratio {:.2f} ({:.2f} to {:.2f})".format(*table.attrs["ratio"]))
        watch, rule = toronto(Path(options.task))
        found = compare(detectors(watch), watch, rule, bootstrap=Bootstrap(replicates=options.replicates))
    printed(found)
    found.to_csv(folder / "figures.csv", index=False)
    lines = found[found["figure"].eq("warning_days")].rename(columns={"detector": "model"})
    (folder / "lead-by-budget.png").write_bytes(to_png(charts.lead_by_budget(lines)))
    metrics = {
        f"{r.detector}_{r.budget:g}_{r.figure}": float(r.value) for r in found.itertuples() if np.isfinite(r.value)
    }
    track(TrackedRun(f"warning {name}", {"task": name}, metrics, {"room": "warning"}, folder), options.out)


if __name__ == "__main__":
    main()
