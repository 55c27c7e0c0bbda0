"""Which detector finds later serious offenders better than counting, at the counting rule's alert budget?

Usage: python experiments/warning_detectors.py district|tuning|TORONTO [--out reports]

`district`: six generated districts (seeds 1 to 6), 3 % of whose enterprises slip at a known day. `tuning`: the two
districts (seeds 101, 102) on which every parameter was chosen. TORONTO: folder of the public inspections (see the
README of experiments): trained before 2006, judged on 2006 to 2009. Prints the table, logs the run in MLflow beside
`--out`, and writes the picture of warning time against budget.
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from riskmodel.display import charts
from riskmodel.display.canvas import to_png
from riskmodel.evaluation.warning import Risk, Watch, compare, rule_alerts
from riskmodel.policy import load_policy
from riskmodel.records.district.process import INDUSTRIES, Span, make_chunk
from riskmodel.scoring.resampling import Bootstrap
from riskmodel.tracking import TrackedRun, track
from riskmodel.values import AsOf
from riskmodel.warning.detectors import Counts, Cusum, Exceedance, Hawkes, Rate, by_period

END, YEARS, SIZE, SHARE, PERIOD, LISTING = date(2025, 12, 31), 7, 5000, 0.03, 30, 0.25
WEIGHTS = {"minor": 1, "general": 2, "serious": 2, "complaint": 1}
RULES = load_policy("zhoucun-2020").at(AsOf(END))


def detectors(watch: Watch) -> list:
    """Parameters as chosen on the seeds 101 and 102."""
    return [
        Exceedance(periods=6), Rate(decay=0.9), Cusum(ratio=3.0, reset=6.0), Hawkes(), Risk(watch),
        Risk(watch, "trend", back=3),
    ]  # fmt: skip


def district(seed: int) -> tuple[Watch, np.ndarray]:
    """Counts of a district as known day by day, and the alerts of the counting rule (two within 180 days)."""
    chunk = make_chunk(0, SIZE, Span(END, YEARS, SHARE), seed=seed)
    registry, tables = chunk.tables["enterprises"], chunk.tables
    p, c, a = tables["penalties"], tables["complaints"], tables["abnormal_listings"]
    c = c[c["verified"].eq("yes")]
    serious = p["category"].isin(RULES.severity.serious_categories) | p["fine_yuan"].ge(
        RULES.severity.fine_serious_from_yuan
    )
    minor = p["category"].isin(RULES.severity.minor_categories) | p["fine_yuan"].le(
        RULES.severity.fine_minor_at_most_yuan
    )
    severity = np.where(serious, "serious", np.where(minor & ~p["category"].eq("confiscation"), "minor", "general"))
    events = pd.concat([
        pd.DataFrame({"id": p["entity_id"], "on": p["known_on"], "weight": [WEIGHTS[s] for s in severity], "light": severity != "serious"}),
        pd.DataFrame({"id": c["entity_id"], "on": c[["known_on", "verified_on"]].max(axis=1), "weight": 1, "light": True}),
        pd.DataFrame({"id": a["entity_id"], "on": a["known_on"], "weight": LISTING, "light": True}),
    ])  # fmt: skip
    number = pd.Series(np.arange(len(registry)), index=registry["entity_id"])
    starts = np.arange(
        _day(pd.Series([pd.Timestamp("2019-01-01")]))[0], _day(pd.Series([pd.Timestamp(END)]))[0] + 1, PERIOD
    )
    firm, day = events["id"].map(number).to_numpy(), _day(events["on"])
    # a late annual report says little: detectors give it a small weight and no news of its own
    news = events["weight"].gt(LISTING).to_numpy()
    _, w = by_period(firm, day, events["weight"].to_numpy(), enterprises=len(registry), starts=starts)
    n, _ = by_period(firm[news], day[news], np.ones(news.sum()), enterprises=len(registry), starts=starts)
    born, closed = _day(registry["established_on"]), _day(registry["closed_on"].fillna(pd.Timestamp("2100-01-01")))
    e = ((born[:, None] <= starts[None, :-1]) & (closed[:, None] >= starts[None, 1:])).astype(float)
    peers = registry["industry"].str[0].map(list(INDUSTRIES).index).to_numpy()
    s = p[serious].sort_values("occurred_on")
    first = int(np.searchsorted(starts, _day(pd.Series([pd.Timestamp("2022-01-01")]))[0]))
    watch = Watch(
        Counts(n, w, e, peers), starts, s["entity_id"].map(number).to_numpy(), _day(s["occurred_on"]), first, 12
    )
    light = events["light"].to_numpy()
    count, _ = by_period(firm[light], day[light], np.ones(light.sum()), enterprises=len(registry), starts=starts)
    rule = rule_alerts(Watch(Counts(count, count, e, peers), *_rest(watch)), at_least=2, periods=6)
    return watch, rule


def toronto(folder: Path) -> tuple[Watch, np.ndarray]:
    """Findings by inspection day; serious: a critical finding. The rule: two visits with minor findings only in 180 days."""
    i = pd.read_parquet(folder / "inspections.parquet").sort_values("date")
    ids = np.sort(i["enterprise_id"].unique())
    number = pd.Series(np.arange(len(ids)), index=ids)
    firm, day = i["enterprise_id"].map(number).to_numpy(), _day(i["date"])
    starts = np.arange(
        _day(pd.Series([pd.Timestamp("2001-01-01")]))[0], _day(pd.Series([pd.Timestamp("2010-01-01")]))[0] + 1, PERIOD
    )
    minor = i["result"].eq("minor").to_numpy()
    faulty = (i["result"].ne("clean")).to_numpy()
    weight = (i["minor"] + 2 * i["serious"] + 3 * i["critical"]).clip(upper=6).to_numpy()
    n, w = by_period(firm[faulty], day[faulty], weight[faulty], enterprises=len(ids), starts=starts)
    first_seen, last_seen = (
        np.asarray(g) for g in (pd.Series(day).groupby(firm).min(), pd.Series(day).groupby(firm).max())
    )
    e = ((first_seen[:, None] <= starts[None, :-1]) & (last_seen[:, None] >= -1)).astype(float)
    industry = (
        pd.read_parquet(folder / "enterprises.parquet").set_index("enterprise_id")["industry"].reindex(ids).fillna("")
    )
    large = industry.value_counts()
    peers = pd.factorize(industry.where(industry.map(large).ge(100), "other"))[0]
    critical = i["critical"].gt(0).to_numpy()
    first = int(np.searchsorted(starts, _day(pd.Series([pd.Timestamp("2006-01-01")]))[0]))
    # one fit, before 2006: the refitting span reaches over all that is judged
    watch = Watch(Counts(n, w, e, peers), starts, firm[critical], day[critical], first, refit_every=999)
    count, _ = by_period(firm[minor], day[minor], np.ones(minor.sum()), enterprises=len(ids), starts=starts)
    rule = rule_alerts(Watch(Counts(count, count, e, peers), *_rest(watch)), at_least=2, periods=6)
    return watch, rule


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


def _rest(watch: Watch) -> tuple:
    return (
        watch.starts,
        watch.serious_firm,
        watch.serious_day,
        watch.first,
        watch.refit_every,
        watch.horizon_days,
        watch.quiet,
    )


def _day(days: pd.Series) -> np.ndarray:
    return days.to_numpy().astype("datetime64[D]").astype("int64")


def together(watches: list[Watch]) -> Watch:
    """Several districts side by side, peers kept apart."""
    sizes = np.cumsum([0, *(len(w.counts.n) for w in watches)])
    parts = [np.concatenate([getattr(w.counts, k) for w in watches]) for k in ("n", "w", "e")]
    peers = np.concatenate([w.counts.peers + len(INDUSTRIES) * i for i, w in enumerate(watches)])
    firm = np.concatenate([w.serious_firm + at for w, at in zip(watches, sizes, strict=False)])
    day = np.concatenate([w.serious_day for w in watches])
    order = np.argsort(day, kind="stable")
    return Watch(Counts(*parts, peers), watches[0].starts, firm[order], day[order], *_rest(watches[0])[3:])


def main() -> None:
    """Read the task, compare, print, log."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task")
    parser.add_argument("--out", type=Path, default=Path("reports"))
    parser.add_argument("--replicates", type=int, default=400)
    options = parser.parse_args()
    if options.task in ("district", "tuning"):
        made = [district(seed) for seed in (range(1, 7) if options.task == "district" else (101, 102))]
        watch, rule = together([w for w, _ in made]), np.concatenate([r for _, r in made])
    else:
        watch, rule = toronto(Path(options.task))
        table = repeat_minor(Path(options.task))
        print(table.round(4).to_string(index=False))
        print("ratio {:.2f} ({:.2f} to {:.2f})".format(*table.attrs["ratio"]))
    found = compare(
        detectors(watch), watch, rule, times=(0.5, 1.0, 2.0), bootstrap=Bootstrap(replicates=options.replicates)
    )
    text = found.assign(
        text=[
            f"{v:.3f} ({a:.3f} to {b:.3f})" for v, a, b in zip(found["value"], found["low"], found["high"], strict=True)
        ]
    )
    print(
        text[text["budget"].eq(1)]
        .pivot(index="detector", columns="figure", values="text")
        .loc[lambda t: list(dict.fromkeys(found["detector"]))]
        .T.to_string()
    )
    name = options.task if options.task in ("district", "tuning") else "toronto"
    folder = options.out / "experiments" / f"warning-{name}"
    folder.mkdir(parents=True, exist_ok=True)
    found.to_csv(folder / "figures.csv", index=False)
    lines = found[found["figure"].eq("warning_days")].rename(columns={"detector": "model"})
    (folder / "lead-by-budget.png").write_bytes(to_png(charts.lead_by_budget(lines)))
    metrics = {
        f"{r.detector}_{r.budget:g}_{r.figure}": float(r.value) for r in found.itertuples() if np.isfinite(r.value)
    }
    track(TrackedRun(f"warning {name}", {"task": name}, metrics, {"room": "warning"}, folder), options.out)


if __name__ == "__main__":
    main()
