"""How strict inspectors are: the share of visits on which each finds a problem, shrunk towards that of all.

What a visit found says something about the enterprise and something about the inspector. The share of an inspector,
estimated by empirical Bayes from all his visits, is what could be expected anywhere; a history is adjusted by taking it
away. It never touches the rank of an enterprise by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from riskmodel.records.windows.declared import UNIT, Window
from riskmodel.records.windows.streams import FROM, ON, UNTIL, Stream

# Column and code of a visit that found a problem.
FOUND = ("problem", "yes")


def expected_shares(visits: np.ndarray, found: np.ndarray, teams: Sequence[str]) -> np.ndarray:
    """Expected share of problems of every team, in millionths.

    Parameters
    ----------
    visits, found : ndarray of int64, shape (days, teams)
        Visits of each team known by each day, and those that found a problem.
    teams : sequence of str
        Inspectors of each team, separated by commas. Every member counts the visit; a team's share is the mean of its
        members'.

    Returns
    -------
    ndarray of int64, shape (days, teams)

    References
    ----------
    Beta-binomial shrinkage, prior from the moments of the shares: Kleinman, Proportions with extraneous variance,
    JASA 68 (1973), with weights n.
    """
    pairs = [(place, member) for place, team in enumerate(teams) for member in team.split(",")]
    names = sorted({member for _, member in pairs})
    belongs = np.zeros((len(names), len(teams)), dtype="int64")
    for place, member in pairs:
        belongs[names.index(member), place] = 1
    size = np.maximum(belongs.sum(axis=0), 1)
    shares = np.zeros((len(visits), max(len(teams), 1)), dtype="int64")
    for day in range(len(visits) if len(teams) else 0):
        own = _shrunk(belongs @ visits[day], belongs @ found[day])
        shares[day] = np.rint(UNIT * (own @ belongs) / size)
    return shares


def _shrunk(visits: np.ndarray, found: np.ndarray) -> np.ndarray:
    """(found + m p) / (visits + m): p is the share of all, m the prior's weight in visits."""
    total = int(visits.sum())
    if total == 0:
        return np.zeros(len(visits))
    share = float(found.sum()) / total
    weight = _prior_weight(visits, found, share)
    if np.isinf(weight):
        return np.full(len(visits), share)
    with_any: np.ndarray = visits + weight > 0
    shrunk: np.ndarray = np.divide(
        found + weight * share, visits + weight, out=np.full(len(visits), share), where=with_any
    )
    return shrunk


def _prior_weight(visits: np.ndarray, found: np.ndarray, share: float) -> float:
    """Weight of the prior by moments, infinite where inspectors differ no more than by chance."""
    seen = visits > 0
    n, x, total = visits[seen].astype(float), found[seen].astype(float), float(visits.sum())
    chance = share * (1 - share)
    spread = float((n * (x / n - share) ** 2).sum())
    freedom = total - float((n**2).sum()) / total
    if chance == 0 or freedom <= len(n) - 1:
        return float("inf")
    rho = (spread - chance * (len(n) - 1)) / (chance * (freedom - (len(n) - 1)))
    return float("inf") if rho <= 0 else max(1 / rho - 1, 0.0)


def team_counts(stream: Stream, window: Window, days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Visits of every team known by each day, and those that found a problem: two arrays (days, teams)."""
    teams = len(stream.codes["team"])
    counts = np.zeros((2, len(days), teams), dtype="int64")
    columns = [ON, "team", FOUND[0], *window.where, *([FROM, UNTIL] if stream.has_versions else [])]
    for group, _, _ in stream.blocks():
        rows = stream.read(group, list(dict.fromkeys(columns)))
        fine = _fitting(rows, window, stream.codes) & (rows["team"] >= 0)
        problem = rows[FOUND[0]] == _code(stream.codes, *FOUND)
        for place, day in enumerate(days):
            shown = fine & (rows[ON] <= day)
            if stream.has_versions:
                shown &= (rows[FROM] <= day) & (rows[UNTIL] > day)
            for row, mask in enumerate((shown, shown & problem)):
                counts[row, place] += np.bincount(rows["team"][mask], minlength=teams)
    return counts[0], counts[1]


def _fitting(rows: Mapping[str, np.ndarray], window: Window, codes: Mapping[str, Sequence[str]]) -> np.ndarray:
    fine = np.ones(len(rows[ON]), dtype=bool)
    for column, values in window.where.items():
        fine &= np.isin(rows[column], [_code(codes, column, value) for value in values if value in codes[column]])
    return fine


def _code(codes: Mapping[str, Sequence[str]], column: str, value: str) -> int:
    return list(codes[column]).index(value) if value in codes[column] else -2


def of_frame(counts: pd.DataFrame, days: np.ndarray, teams: int) -> tuple[np.ndarray, np.ndarray]:
    """The same two arrays from rows ``as_of, team, visits, found`` that an engine counted."""
    visits, found = (np.zeros((len(days), teams), dtype="int64") for _ in range(2))
    place = np.searchsorted(days, counts["as_of"].to_numpy())
    visits[place, counts["team"].to_numpy()] = counts["visits"].to_numpy()
    found[place, counts["team"].to_numpy()] = counts["found"].to_numpy()
    return visits, found
