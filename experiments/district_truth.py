"""Do scores and tiers find the risk that a generated district hides? Rank, weights, calibration and tiers by its truth.

Usage: python experiments/district_truth.py [--enterprises 15000] [--seeds 1 2 3 …] [--census]

Every seed is a district of its own with six calendar years of records. Everybody is assessed at the end of the fifth
with what was known that day; the hidden truth (`log_risk`, `yearly_violations`) is only looked at afterwards, and so
are the draws of the sixth year, whose inclusion probabilities are recorded. A figure is the mean over districts, its
interval the 95 % interval of Student's t over districts: it holds the luck of records, draws, inspectors and fit. With
`--census` everybody is inspected in the sixth year: what is learnt from stays as scarce, what judges it is not drawn.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm, spearmanr, t

import riskmodel as rm
from riskmodel.evaluation.experiment import ExperimentFile, make_panel, splits_of
from riskmodel.exports.raw_workbook import write_raw
from riskmodel.features import FEATURES
from riskmodel.features.outcomes import Outcome
from riskmodel.learning import scored
from riskmodel.records.district import generate
from riskmodel.scoring.expert import ExpertScorecard
from riskmodel.scoring.scorecard import Scorecard
from riskmodel.tables import TIERS

END, AS_OF, YEARS = date(2025, 12, 31), date(2024, 12, 31), 6
POLICIES = {"expert": "zhoucun-2020", "fitted": "zhoucun-2020-fitted", "blended": "zhoucun-2020-blended"}
PAIRS = (("fitted", "expert"), ("blended", "expert"), ("blended", "fitted"))
EVENTS = ("penalties", "complaints", "abnormal_listings", "inspections")
# Chance that a drawn label is kept in the harder designs: linear in a rank.
KEPT = (0.1, 1.0)
RECIPE = {
    "id": "district-truth", "question": {"en": "Do weights help?"}, "source": "-", "champion": "scorecard",
    "outcome": {"event": "problem", "horizon_days": 365, "observed_if": "drawn", "weight": "inverse_pi"},
    "origins": {
        "first": AS_OF, "last": AS_OF, "every_months": 12, "gap_days": 0, "train_years": 4, "calibrate": False,
    },
    "models": ["scorecard"],
}  # fmt: skip
Figures = dict[str, float]


@dataclass(frozen=True)
class District:
    """Records of a generated district, its hidden truth, and the draws of the year after the assessment."""

    seed: int
    records: rm.Records
    truth: pd.DataFrame
    drawn: pd.DataFrame


def made(size: int, seed: int, census: bool = False) -> District:
    """Generate a district into a folder that is gone afterwards, and read it as an office would."""
    with tempfile.TemporaryDirectory() as place:
        folder, hidden = Path(place) / "exports", Path(place) / "truth"
        generate(
            folder, enterprises=size, years=YEARS, seed=seed, write_workbook=write_raw, end=END, truth=hidden,
            census=census,
        )  # fmt: skip
        records = rm.load(folder)
        truth = pd.read_parquet(hidden / "enterprises.parquet")
    outcome = Outcome(365, "problem", "drawn", "inverse_pi")
    drawn = outcome.label(records.known(records.newest), rm.AsOf(AS_OF))
    return District(seed, records, truth, drawn[["entity_id", "y", "weight"]])


def rank(score: pd.Series, risk: pd.Series) -> float:
    """Spearman's correlation, ties with their mean rank."""
    return float(spearmanr(score, risk).statistic)


def recorded(district: District) -> set[str]:
    """Enterprises with a penalty, complaint, abnormal listing or inspection known on the day."""
    known = district.records.known(rm.AsOf(AS_OF))
    return set().union(*(known[name]["entity_id"] for name in EVENTS))


def ranks(name: str, rows: pd.DataFrame, district: District) -> Figures:
    """Rank correlation of the score and latent risk: of everybody, and of those with any record."""
    some = rows[rows["entity_id"].isin(recorded(district))]
    return {
        f"rank/{name}/all": rank(rows["risk_score"], rows["log_risk"]),
        f"rank/{name}/with records": rank(some["risk_score"], some["log_risk"]),
        "share with records": len(some) / len(rows),
        "rank/hidden violations of six years/all": rank(rows["violations"], rows["log_risk"]),
        "enterprises": float(len(rows)),
    }


def by_tier(name: str, rows: pd.DataFrame, drawn: pd.DataFrame) -> Figures:
    """Hidden violations a year by tier with the steps between tiers, and predicted beside found problems.

    `within`: whether the district's own interval of the difference, from its draws of the year alone, contains 0.
    """
    found: Figures = {}
    for column in ("risk_tier", "score_tier"):
        rate = rows.groupby(column)["yearly_violations"].mean().reindex(TIERS)
        found |= {f"violations/{name}/{column}/{tier}": rate[tier] for tier in TIERS}
        found |= {f"step/{name}/{column}/{a}→{b}": rate[b] - rate[a] for a, b in zip(TIERS, TIERS[1:], strict=False)}
    seen = rows.merge(drawn, on="entity_id")
    for tier in ("all", *TIERS):
        part = seen if tier == "all" else seen[seen["risk_tier"].eq(tier)]
        says, is_so = (np.average(part[c], weights=part["weight"]) for c in ("probability", "y"))
        key = f"calibration/{name}/{tier}"
        found |= {f"{key}/n": float(len(part)), f"{key}/predicted": says, f"{key}/found": is_so}
        found[f"{key}/difference"] = says - is_so
        off, weight = (part["probability"] - part["y"]).to_numpy(), part["weight"].to_numpy()
        error = np.sqrt((weight**2 * (off - (says - is_so)) ** 2).sum()) / weight.sum()
        found[f"{key}/within"] = float(abs(says - is_so) <= norm.ppf(0.975) * error)
    return found


def selective(district: District) -> Figures:
    """A scorecard learnt with and without 1/pi, on the labels of the draws and on labels thinned on purpose.

    *thinned*: by the rank of the expert score of the day, which the features say anyway. *known better*: by the rank
    of the latent risk, as where whoever chooses knows more than the records; the chance is told all the same.
    """
    file, rules = ExperimentFile.model_validate(RECIPE), rm.load_policy(POLICIES["expert"]).at(rm.AsOf(AS_OF))
    splits, names = splits_of(file), list(scored(rules))
    panel = make_panel(file, district.records, rules, splits, names)
    parts = splits[0].parts(panel)
    expert = ExpertScorecard(rules.scoring.points).fit(panel[names])
    latent = panel["entity_id"].map(district.truth.set_index("entity_id")["log_risk"])
    train = np.zeros(len(panel), dtype=bool)
    train[parts.train] = panel["observed"].to_numpy()[parts.train] == 1
    test, luck = panel.iloc[parts.test].drop(columns=["y", "weight"]), np.random.default_rng([district.seed, 99])
    found = compared("as drawn", panel[train], test, names, district)
    for design, by in (("thinned", pd.Series(expert.points(panel[names]))), ("known better", latent)):
        place = by.groupby(panel["as_of"]).rank(pct=True).to_numpy()
        keep = KEPT[0] + (KEPT[1] - KEPT[0]) * place
        chosen = train & (luck.random(len(panel)) < keep)
        found |= compared(design, panel.assign(weight=panel["weight"] / keep)[chosen], test, names, district)
    return found


def compared(design: str, train: pd.DataFrame, test: pd.DataFrame, names: list[str], district: District) -> Figures:
    """Weighted and unweighted fit to the same labels: rank by latent risk, and mean prediction to problems found."""
    signs = {name: feature.sign for name, feature in FEATURES.items() if name in names}
    rows = test.merge(district.truth, on="entity_id").merge(district.drawn, on="entity_id", how="left")
    seen = rows["y"].notna().to_numpy()
    found: Figures = {f"labels/{design}": float(len(train))}
    for how, weight in (("weighted", train["weight"] / train["weight"].mean()), ("unweighted", None)):
        card = Scorecard(signs=signs).fit(train[names], train["y"].astype(int), sample_weight=weight)
        chance = card.predict_proba(rows[names])[:, 1]
        rate = np.average(rows["y"][seen], weights=rows["weight"][seen])
        found[f"learnt/{design}/rank/{how}"] = rank(pd.Series(card.points(rows[names])), rows["log_risk"])
        found[f"learnt/{design}/predicted to found/{how}"] = (
            np.average(chance[seen], weights=rows["weight"][seen]) / rate
        )
    for what in ("rank", "predicted to found"):
        key = f"learnt/{design}/{what}"
        found[f"{key}/weighted - unweighted"] = found[f"{key}/weighted"] - found[f"{key}/unweighted"]
    return found


def figures(district: District) -> Figures:
    """Everything that one district says."""
    found: Figures = {}
    for name, policy in POLICIES.items():
        decided = rm.assess(district.records, rm.load_policy(policy), as_of=AS_OF).decided
        rows = decided.merge(district.truth, on="entity_id", validate="1:1")
        found |= ranks(name, rows, district) | by_tier(name, rows, district.drawn)
    paired = {
        f"rank/{one} - {other}/{who}": found[f"rank/{one}/{who}"] - found[f"rank/{other}/{who}"]
        for one, other in PAIRS
        for who in ("all", "with records")
    }
    return found | paired | selective(district)


def interval(values: np.ndarray) -> tuple[float, float]:
    """95 % interval of the mean by Student's t; nothing with one value."""
    n = len(values)
    half = t.ppf(0.975, n - 1) * values.std(ddof=1) / np.sqrt(n) if n > 1 else np.nan
    return float(values.mean() - half), float(values.mean() + half)


def main() -> None:
    """Print one JSON line a figure: mean over districts, interval, number of districts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--enterprises", type=int, default=15_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(1, 21)))
    parser.add_argument("--census", action="store_true")
    options = parser.parse_args()
    rows = []
    for seed in options.seeds:
        print(f"district {seed}", file=sys.stderr, flush=True)
        rows.append(figures(made(options.enterprises, seed, options.census)))
    for name, values in pd.DataFrame(rows).items():
        known = values.dropna().to_numpy()
        low, high = interval(known)
        line = {"figure": name, "mean": known.mean(), "low": low, "high": high}
        rounded = {k: v if isinstance(v, str) else round(float(v), 4) for k, v in line.items()}
        print(json.dumps({**rounded, "districts": len(known)}, ensure_ascii=False))


if __name__ == "__main__":
    main()
