"""Does the calibrated world leave records such as the office's own? The past again, visited as it was, side by side.

Each replicate goes through the quarters of the records; whoever was visited in a quarter is visited. What the simulated
office wrote down is then counted as the real records are: penalties and complaints for an enterprise, days between
penalties, repeats, severities, findings at visits. Counts that the calibration used directly (levels) are there to see
that it worked; gaps, repeats and tails of counts are where a wrong world would show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import numpy as np
import pandas as pd

from riskmodel.features.build import with_problems
from riskmodel.policy.model import Rules
from riskmodel.records import Records
from riskmodel.simulation.calibrate import Calibrated
from riskmodel.simulation.office import Moment, detection, rows_of, teams
from riskmodel.simulation.world import QUARTERS, World, begin, quarter_keys, step, turn_year
from riskmodel.standing import graded

# What is counted: edges of the bins, in the order of the picture.
_PENALTIES, _COMPLAINTS, _GAPS = (0, 1, 2, 3), (0, 1, 3, 10), (0, 91, 181, 366, 731)
_TABLES = ("inspections", "penalties", "complaints")


def fit(
    records: Records,
    rules: Rules,
    calibrated: Calibrated,
    *,
    replicates: int = 20,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Shares in the records and in simulated records of the same past.

    Parameters
    ----------
    records : Records
    rules : Rules
        For severity.
    calibrated : Calibrated
        From `calibrate`.
    replicates, seed : int
    progress : callable, optional
        Called with replicates done and replicates in all.

    Returns
    -------
    DataFrame
        what, bin, records (share), simulated (mean share), low, high (95 % of the replicates).
    """
    known = with_problems(graded(records.known(records.newest), rules.severity))
    world = calibrated.world
    there = world.enters == 0
    born = world.registry["established_on"].to_numpy()[there]
    ids = pd.Series(np.arange(int(there.sum())), index=world.registry["entity_id"].to_numpy()[there])
    real = {name: _mine(known[name], ids) for name in _TABLES}
    last = records.newest.day
    first = max(real["inspections"]["inspected_on"].min(), real["penalties"]["occurred_on"].min())
    quarters = max(int((pd.Timestamp(last) - first).days / 365.25 * QUARTERS), QUARTERS)
    days = [(pd.Timestamp(last) - pd.DateOffset(months=3 * back)).date() for back in range(quarters, 0, -1)]
    since = pd.Timestamp(days[0])
    visits = real["inspections"]
    drawn = visits["pi"].gt(0).to_numpy() & (visits["inspected_on"] >= since).to_numpy()
    visited = _by_quarter(visits[drawn], days, len(ids))
    found = []
    for replicate in range(replicates):
        tables = _again(world, calibrated, born, visited, days, seed=seed, replicate=replicate)
        found.append(_shares(tables, len(ids)))
        if progress:
            progress(replicate + 1, replicates)
    recent = {name: rows[(rows[_ON[name]] >= since).to_numpy()] for name, rows in real.items()}
    recent["inspections"] = visits[drawn]
    table = _shares(recent, len(ids)).rename(columns={"share": "records"})
    many = np.stack([one["share"].to_numpy() for one in found])
    low, high = np.quantile(many, [0.025, 0.975], axis=0)
    return table.assign(simulated=many.mean(axis=0), low=low, high=high)


_ON: Mapping[str, str] = {"inspections": "inspected_on", "penalties": "occurred_on", "complaints": "received_on"}


def _mine(rows: pd.DataFrame, ids: pd.Series) -> pd.DataFrame:
    place = rows["entity_id"].map(ids)
    kept = place.notna().to_numpy()
    mine: pd.DataFrame = rows[kept].assign(place=place[kept].astype("int64"))
    return mine


def _by_quarter(visits: pd.DataFrame, days: list[date], size: int) -> np.ndarray:
    """Who was visited in each quarter."""
    edges = np.array(days, dtype="datetime64[D]")
    quarter = np.searchsorted(edges, visits["inspected_on"].to_numpy().astype("datetime64[D]"), side="right") - 1
    seen = np.zeros((len(days), size), dtype=bool)
    seen[quarter[quarter >= 0], visits["place"].to_numpy()[quarter >= 0]] = True
    return seen


def _again(
    world: World,
    how: Calibrated,
    born: np.ndarray,
    visited: np.ndarray,
    days: list[date],
    *,
    seed: int,
    replicate: int,
) -> dict[str, pd.DataFrame]:
    """Records of one simulated past of those who are there today."""
    state = begin(world, seed, replicate, 1)
    turn_year(world, state, seed, replicate, 0)
    at_rest = state.rate
    size, parts = len(born), []
    everybody = np.append(born, np.full(world.size - size, np.datetime64(days[-1], "s")))
    for q, day in enumerate(days):
        moment = Moment(seed, replicate, q, day)
        state.live = ~(everybody > np.datetime64(day, "s"))
        state.rate = np.where(state.live, at_rest, np.float32(0))
        pair, strictness = teams(world, state.lane, moment)
        looked = np.zeros(world.size, bool)
        looked[:size] = visited[q]
        season = world.dynamics.season[(day.month - 1) // 3]
        now = step(world, state, quarter_keys(seed, replicate, q), season, visited=looked,
                   detects=detection(world, strictness))  # fmt: skip
        pi = np.ones(world.size)
        parts.append(rows_of(world, how.traces, state.lane, now, moment, pi=pi, pair=pair))
    ids = pd.Series(np.arange(size), index=world.registry["entity_id"].to_numpy()[:size])
    tables = {name: _mine(pd.concat([part[name] for part in parts], ignore_index=True), ids) for name in _TABLES}
    codes = tables["inspections"]["outcome_codes"]
    tables["inspections"]["problem"] = np.where(codes.eq("1"), "no", "yes")
    return tables


def _shares(tables: Mapping[str, pd.DataFrame], size: int) -> pd.DataFrame:
    """Every figure as a share: what, bin, share."""
    penalties, complaints, visits = tables["penalties"], tables["complaints"], tables["inspections"]
    rows: list[tuple[str, str, float]] = []
    rows += _binned("penalties_each", np.bincount(penalties["place"], minlength=size), _PENALTIES)
    rows += _binned("complaints_each", np.bincount(complaints["place"], minlength=size), _COMPLAINTS)
    ordered = penalties.sort_values(["place", "occurred_on"])
    same = ordered["place"].to_numpy()[1:] == ordered["place"].to_numpy()[:-1]
    gaps = np.diff(ordered["occurred_on"].to_numpy().astype("datetime64[D]").astype(int))[same]
    rows += _binned("gap_days", gaps, _GAPS)
    repeaters = len(np.unique(ordered["place"].to_numpy()[1:][same]))
    rows.append(("repeats", "2+", repeaters / max(penalties["place"].nunique(), 1)))
    severity = penalties["severity"].value_counts(normalize=True)
    rows += [("severity", name, float(severity.get(name, 0.0))) for name in ("minor", "general", "serious")]
    seen = visits["problem"].ne("")
    rows.append(("problems", "1", float(visits.loc[seen, "problem"].eq("yes").mean())))
    return pd.DataFrame(rows, columns=["what", "bin", "share"])


def _binned(what: str, values: np.ndarray, edges: tuple[int, ...]) -> list[tuple[str, str, float]]:
    place = np.searchsorted(np.array(edges), values, side="right") - 1
    share = np.bincount(place, minlength=len(edges)) / max(len(values), 1)
    names = [
        f"{low}+" if last else (f"{low}" if high == low + 1 else f"{low}–{high - 1}")
        for low, high, last in zip(edges, (*edges[1:], edges[-1]), [*[False] * (len(edges) - 1), True], strict=True)
    ]
    return [(what, name, float(part)) for name, part in zip(names, share, strict=True)]
