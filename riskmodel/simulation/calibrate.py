"""From an office's records to a world that leaves such records: rates, repeats, severities, complaints, turnover.

Methods, in order. *Rate*: the weighted share of problems at drawn visits (Hájek), divided by the chance to find. *Who*:
evidence is what was found at visits and what came to a penalty otherwise; its expectation for an average enterprise is
known from its visits and years, so that industry and town are ratios shrunk towards one, and the rest is gamma frailty
(shape by moments); each enterprise's frailty is one draw from its posterior. *Repeats*: the excess of pairs of
penalties within half a year over pairs at even places gives the jump of excitement. *Severity, season, delays,
complaints, entries, exits, strictness*: shares and means. Last, the level of all rates is set so that the world,
visited as the records say, shows the share of problems that was seen (simulated moments). What records cannot tell
comes from `assumptions`; every value is listed with its origin.

References
----------
Hájek (1971) for the weighted mean; Bühlmann (1967) for shrinkage of ratios; Gelman et al. (2013), Bayesian Data
Analysis, 3rd ed., section 2.6 (gamma and Poisson); McFadden (1989) for simulated moments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from riskmodel.policy.model import Rules
from riskmodel.records import Records
from riskmodel.simulation.assumptions import Assumptions, read_assumptions
from riskmodel.simulation.evidence import Evidence, counts, evidence, placed
from riskmodel.simulation.kernel import MEASURES, run_fixed
from riskmodel.simulation.traces import Traces, traces_of
from riskmodel.simulation.world import QUARTERS, Dynamics, World

# Penalties so near each other are a repeat.
_REPEAT_DAYS = 180
# Strength of shrinkage, in units of expected evidence; bounds of what moments of few records may give.
_SHRINK, _SHAPE, _MOST_JUMP = 10.0, (0.15, 5.0), 6.0
_HIGHEST_RATE = 0.9


@dataclass(frozen=True)
class Calibrated:
    """A world fitted to records.

    Attributes
    ----------
    world : World
    traces : Traces
    assumptions : Assumptions
    estimates : DataFrame
        name, value, origin (records or assumed), n (rows behind it; 0 for what is assumed).
    """

    world: World
    traces: Traces
    assumptions: Assumptions
    estimates: pd.DataFrame


def calibrate(
    records: Records, rules: Rules, *, years: int = 5, assumptions: Assumptions | None = None, seed: int = 0
) -> Calibrated:
    """A world that leaves records such as these.

    Parameters
    ----------
    records : Records
        Visits with inclusion probabilities and penalties; more sharpens it.
    rules : Rules
        Rules of the day, for severity.
    years : int
        How long it is to be simulated: so many years of entries are prepared.
    assumptions : Assumptions, optional
        Default: those that come with riskmodel.
    seed : int
        For the draws from posteriors and the simulated moments.

    Raises
    ------
    InputError
        If there are too few visits or problems to learn from (RM-SIM-002).
    """
    given, rng = assumptions or read_assumptions(), np.random.default_rng([seed, 8])
    seen = evidence(records, rules)
    share, risk = _problem_share(seen), _risk(seen, given, rng)
    dynamics = _dynamics(seen, given)
    prevalence = min(share / float(np.dot(_mix(dynamics.grave), dynamics.detects)), _HIGHEST_RATE)
    registry, like = _with_entrants(seen.frame, _entries_a_year(seen), years, rng)
    excitable = rng.random(len(registry)) < given.excitable_share.value
    world = World(
        registry=registry.drop(columns="enters"),
        rate=_rates(risk, like, registry["enters"].to_numpy() > 0, prevalence, dynamics.lasts, rng=rng),
        jump=np.where(excitable, risk.jump, 0.0).astype(np.float32),
        enters=registry["enters"].to_numpy(np.int32),
        dynamics=dynamics,
        group=np.zeros(len(registry), np.int32),
        complaint_rate=_complaint_rate(seen, rng)[like],
        strictness=_strictness(seen),
    )
    world = _calmed(_levelled(world, seen, share, like, seed), given)
    traces = traces_of(seen, given, prevalence)
    found = {
        "problem_share": (share, len(seen.visits)), "prevalence": (prevalence, len(seen.visits)),
        "frailty_shape": (risk.shape, len(seen.penalties)), "repeat_excess": (risk.excess, len(seen.others)),
        "rate": (float(world.rate[world.enters == 0].mean()), len(seen.visits)),
    }  # fmt: skip
    return Calibrated(world, traces, given, _listed(found, dynamics, traces, given, len(seen.penalties)))


@dataclass(frozen=True)
class _Risk:
    """Shape of the frailty, relative rates (mean about 1), jump of the excitable, excess of near pairs."""

    shape: float
    relative: np.ndarray
    jump: float
    excess: float


def _rates(
    risk: _Risk, like: np.ndarray, new: np.ndarray, prevalence: float, lasts: float, *, rng: np.random.Generator
) -> np.ndarray:
    """Rate at rest: of those of today after their evidence, of entrants as of anybody."""
    per_quarter = prevalence * (1 - lasts) / (1 - prevalence * lasts)
    relative = np.where(new, rng.gamma(risk.shape, 1 / risk.shape, len(like)), risk.relative[like])
    rate: np.ndarray = np.minimum(per_quarter * relative / risk.relative.mean(), _HIGHEST_RATE).astype(np.float32)
    return rate


def _calmed(world: World, given: Assumptions) -> World:
    """Complaint rates of quarters without a violation: the records hold both kinds of quarters."""
    lasting = world.rate / (1 - (1 - world.rate) * np.float32(world.dynamics.lasts))  # share of quarters with one
    busier = 1 + (given.complaints_times.value - 1) * lasting
    return replace(world, complaint_rate=(world.complaint_rate / busier).astype(np.float32))


def _problem_share(seen: Evidence) -> float:
    weight = 1 / seen.visits["pi"].to_numpy()
    return float(np.average(seen.visits["problem"].eq("yes"), weights=weight))


def _risk(seen: Evidence, given: Assumptions, rng: np.random.Generator) -> _Risk:
    """Evidence over what an average enterprise would have, as shrunk ratios and one draw of each frailty."""
    rate, size = _problem_share(seen), len(seen.frame)
    found = counts(seen.visits[seen.visits["problem"].eq("yes").to_numpy()], size)
    other = counts(seen.others, size)
    seen_of = found + other
    expected = rate * counts(seen.visits, size) + other.sum() / seen.years.sum() * seen.years
    factor = np.ones(size)
    for column in ("industry", "town"):
        groups = seen.frame[column].astype("str").str.slice(0, 1 if column == "industry" else None)
        mine = pd.DataFrame({"n": seen_of, "m": expected * factor}).groupby(groups.to_numpy()).sum()
        ratio = (mine["n"] + _SHRINK) / (mine["m"] + _SHRINK)
        factor *= groups.map(ratio).to_numpy()
    mean = expected * factor
    over = float(((seen_of - mean) ** 2 - mean).sum())
    shape = float(np.clip((mean**2).sum() / over, *_SHAPE)) if over > 0 else _SHAPE[1]
    frailty = rng.gamma(shape + seen_of, 1 / (shape + mean))
    return _Risk(shape, factor * frailty, *_jump(seen, given))


def _jump(seen: Evidence, given: Assumptions) -> tuple[float, float]:
    """Jump of the excitable, and pairs of penalties within half a year for one that even places would give.

    What visits found is left out: a plan spreads visits over the years.
    """
    days = seen.others[["place", "occurred_on"]].sort_values(["place", "occurred_on"], ignore_index=True)
    near = expected = 0.0
    span = seen.years * 365.25
    number = days["occurred_on"].to_numpy().astype("datetime64[D]").astype(float)
    for place, rows in days.groupby("place").indices.items():
        if len(rows) < 2:
            continue
        gaps = np.abs(number[rows][:, None] - number[rows])[np.triu_indices(len(rows), 1)]
        part = min(_REPEAT_DAYS / max(span[int(str(place))], _REPEAT_DAYS), 1.0)
        near += float((gaps <= _REPEAT_DAYS).sum())
        expected += len(gaps) * (2 * part - part**2)
    excess = near / expected if expected > 0 else 1.0
    mean_left = (1 + given.excitement_fades.value) / 2  # over the two quarters of half a year
    share = max(given.excitable_share.value, 1e-9)
    return float(np.clip((excess - 1) / mean_left / share, 0.0, _MOST_JUMP)), excess


def _grave(seen: Evidence) -> tuple[float, float]:
    """Chance that a violation is at least general, and that it is serious: of penalties that no visit brought."""
    severity = seen.others["severity"]
    n = max(len(severity), 1)
    return float(severity.isin(("general", "serious")).sum() / n), float(severity.eq("serious").sum() / n)


def _mix(grave: tuple[float, float]) -> np.ndarray:
    return np.array([1 - grave[0], grave[0] - grave[1], grave[1]])


def _dynamics(seen: Evidence, given: Assumptions) -> Dynamics:
    quarter = seen.others["occurred_on"].dt.quarter.to_numpy()
    by_quarter = np.bincount(quarter - 1, minlength=4)[:4] + _SHRINK
    season = by_quarter / by_quarter.mean()
    return Dynamics(
        lasts=given.lasts.value, grave=_grave(seen), season=(season[0], season[1], season[2], season[3]),
        excitement_fades=given.excitement_fades.value, deterrence_fades=given.deterrence_fades.value,
        deterred_by_visit=given.deterred_by_visit.value, deterred_by_finding=given.deterred_by_finding.value,
        deterred_by_leniency=given.deterred_by_leniency.value, deterred_by_reminder=given.deterred_by_reminder.value,
        drift_keeps=given.drift_keeps.value, drift_step=given.drift_step.value, exits_a_year=_exits(seen),
        detects=given.detects.value,
    )  # fmt: skip


def _exits(seen: Evidence) -> float:
    closed = seen.known["enterprises"]["closed_on"]
    first = pd.Timestamp(seen.known.as_of.day) - pd.Timedelta(days=int(seen.years.max() * 365.25))
    left = int((closed >= first).sum())
    return float(np.clip(left / (seen.years.sum() + 1), 0.0, 0.5))


def _entries_a_year(seen: Evidence) -> float:
    """New enterprises of a year as a share of those there."""
    last = pd.Timestamp(seen.known.as_of.day)
    age = (last - seen.frame["established_on"]).dt.days
    return float(np.clip((age < 2 * 365).sum() / 2 / max(len(seen.frame), 1), 0.0, 0.5))


def _with_entrants(
    frame: pd.DataFrame, a_year: float, years: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, np.ndarray]:
    """The frame with those who enter in later years, made like enterprises of today; and whom each is like."""
    each = round(a_year * len(frame))
    like = [np.arange(len(frame)), *(rng.integers(0, len(frame), each) for _ in range(1, years))]
    enters = np.repeat(np.arange(years), [len(part) for part in like])
    source = np.concatenate(like)
    registry = frame.iloc[source].reset_index(drop=True).assign(enters=enters)
    new = enters > 0
    names = [f"SIM{number:015d}" for number in range(int(new.sum()))]
    registry.loc[new, "entity_id"] = names
    registry.loc[new, "name"] = [f"模拟新设企业{number + 1}" for number in range(int(new.sum()))]
    return registry, source


def _complaint_rate(seen: Evidence, rng: np.random.Generator) -> np.ndarray:
    """Complaints in a quarter: one draw from each enterprise's posterior under a gamma prior by moments."""
    rows = seen.known["complaints"]
    place = pd.Series(np.arange(len(seen.frame)), index=seen.frame["entity_id"])
    number = counts(placed(rows, place), len(seen.frame))
    mean = number.sum() / (seen.years.sum() * QUARTERS) * seen.years * QUARTERS
    over = float(((number - mean) ** 2 - mean).sum())
    shape = float(np.clip((mean**2).sum() / over, 0.05, 5.0)) if over > 0 else 5.0
    level = number.sum() / (seen.years.sum() * QUARTERS)
    rate: np.ndarray = (level * rng.gamma(shape + number, 1 / (shape + np.maximum(mean, 1e-9)))).astype(np.float32)
    return rate


def _strictness(seen: Evidence) -> np.ndarray:
    """Each inspector's findings for those of an average one on the same number of visits, shrunk; mean 1."""
    rows = seen.visits[seen.visits["inspector_ids"].fillna("").ne("").to_numpy()]
    if rows.empty:
        return np.ones(1)
    each = rows.assign(who=rows["inspector_ids"].str.split(",")).explode("who")
    found = each["problem"].eq("yes").astype(float)
    rate = float(found.mean())
    by = pd.DataFrame({"n": found, "m": rate}).groupby(each["who"].to_numpy()).sum()
    ratio = ((by["n"] + _SHRINK) / (by["m"] + _SHRINK)).to_numpy()
    strictness: np.ndarray = ratio / ratio.mean()
    return strictness


def _levelled(world: World, seen: Evidence, share: float, source: np.ndarray, seed: int) -> World:
    """The same world at the level at which its findable share, visited as the records say, is the one seen."""
    a_quarter = len(seen.visits) / seen.years.sum() / QUARTERS
    visits = counts(seen.visits, len(seen.frame)) / seen.years / QUARTERS
    chance = np.clip(0.5 * a_quarter + 0.5 * visits, 0, 1)[source]
    still = replace(world, enters=np.zeros_like(world.enters))
    there = world.enters == 0
    still = replace(
        still, rate=world.rate[there], jump=world.jump[there], enters=still.enters[there], group=still.group[there],
        registry=world.registry[there],
    )  # fmt: skip
    factor = 1.0
    for _ in range(6):
        now = replace(still, rate=np.minimum(still.rate * np.float32(factor), np.float32(_HIGHEST_RATE)))
        sums = run_fixed(now, chance[there], quarters=12, replicates=8, seed=seed)[:, :, 4:]
        part = sums[..., MEASURES.index("findable")].sum() / max(sums[..., MEASURES.index("enterprises")].sum(), 1)
        factor *= float(np.clip(share / max(part, 1e-9), 0.5, 2.0))
    return replace(world, rate=np.minimum(world.rate * np.float32(factor), np.float32(_HIGHEST_RATE)))


def _listed(
    found: Mapping[str, tuple[float, int]], dynamics: Dynamics, traces: Traces, given: Assumptions, n: int
) -> pd.DataFrame:
    assumed = {name: value["value"] for name, value in given.model_dump().items()}
    rows: list[dict[str, Any]] = [
        {"name": name, "value": value, "origin": "records", "n": size} for name, (value, size) in found.items()
    ]
    for part in (dynamics, traces):
        for name, value in vars(part).items():
            if name not in assumed and name != "lenient":
                rows.append({"name": name, "value": value, "origin": "records", "n": n})
    rows += [{"name": name, "value": value, "origin": "assumed", "n": 0} for name, value in assumed.items()]
    return pd.DataFrame(rows)
