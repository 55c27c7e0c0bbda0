"""What a quarter was worth: findings, harm, burden, coverage, the estimated rate, ranking, exposure, hours."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from riskmodel.sampling.estimators import rate
from riskmodel.sampling.sampled import Sample
from riskmodel.scoring.metrics import weighted_auc
from riskmodel.simulation.calibrate import Calibrated
from riskmodel.simulation.strategies import Choice
from riskmodel.simulation.world import Quarter

# Column → whether more is better (None: neither).
COLUMNS: Mapping[str, bool | None] = {
    "enterprises": None, "visits": None, "drawn": None, "open": False, "found": True, "missed": False,
    "found_minor": True, "found_general": True, "found_serious": True, "harm": False, "compliant_visits": False,
    "burden": False, "hit_rate": True, "covered": True, "towns_covered": True, "towns_visited": None,
    "true_rate": None, "estimate": None, "standard_error": False, "error": None, "inside": None, "auc": True,
    "exposure_ratio": None, "hours": False, "reminded": None,
}  # fmt: skip
_SMALL_TOWN = 20


def measured(
    how: Calibrated, now: Quarter, decided: pd.DataFrame, places: np.ndarray, choice: Choice
) -> dict[str, float]:
    """The figures of a quarter.

    Parameters
    ----------
    how : Calibrated
        For weights and hours.
    now : Quarter
        What happened, by place in the world.
    decided : DataFrame
        The office's assessment.
    places : ndarray of int
        Place of each of its rows in the world.
    choice : Choice
        Who was chosen among them.

    Returns
    -------
    dict
        ``true_rate`` is the share of the frame where a visit of this quarter finds something, whoever is visited;
        ``estimate`` is what the office makes of its drawn visits (weighted by 1/π), ``standard_error`` what it
        believes of that, ``error`` the difference, ``inside`` whether the truth lies in the 95 % interval.
    """
    open_at, live = now.open, int(now.live.sum())
    found, visits = now.found, int(now.visited.sum())
    by_severity = np.array([(open_at == s).sum() for s in (1, 2, 3)])
    caught = np.array([(found & (open_at == s)).sum() for s in (1, 2, 3)])
    compliant = int((now.live & (open_at == 0)).sum())
    idle = int((now.visited & (open_at == 0)).sum())
    town = decided["town"].to_numpy(str)
    return {
        "enterprises": live, "visits": visits, "drawn": int(choice.visited.sum()), "open": int(by_severity.sum()),
        "found": int(caught.sum()), "missed": int(by_severity.sum() - caught.sum()),
        "found_minor": int(caught[0]), "found_general": int(caught[1]), "found_serious": int(caught[2]),
        "harm": float((by_severity - caught) @ np.array(how.assumptions.harm.value)),
        "compliant_visits": idle, "burden": idle / max(compliant, 1), "hit_rate": caught.sum() / max(visits, 1),
        "covered": float((choice.pi > 0).mean()),
        "towns_covered": _share_of_towns(town, choice.pi > 0), "towns_visited": _share_of_towns(town, choice.visited),
        **estimated(now.findable[places], choice),
        "auc": weighted_auc(open_at[places] > 0, decided["risk_score"].to_numpy(float)),
        "exposure_ratio": _exposure(town, choice.pi, now.findable[places]),
        "hours": visits * how.assumptions.hours_per_visit.value,
    }  # fmt: skip


def _share_of_towns(town: np.ndarray, hit: np.ndarray) -> float:
    return len(np.unique(town[hit])) / max(len(np.unique(town)), 1)


def estimated(truth: np.ndarray, choice: Choice) -> dict[str, float]:
    """The rate that the office estimates from its drawn visits (weighted by 1/π), beside the truth.

    Whoever could not be drawn is not estimable; an office that looks at the highest scores only learns their rate.
    """
    frame = truth.size
    units = np.flatnonzero(choice.visited & (choice.pi > 0))
    rate_of_all = float(truth.mean())
    if not units.size:
        return {"true_rate": rate_of_all} | dict.fromkeys(("estimate", "standard_error", "error", "inside"), np.nan)
    _, strata = np.unique(choice.stratum, return_inverse=True)
    sample = Sample("stratified", choice.pi, strata, units, 1 / choice.pi[units], units, _not_asked, False, 0)
    found = rate(sample, truth[units].astype(float), within=np.ones(frame, bool))
    return {
        "true_rate": rate_of_all, "estimate": found.value, "standard_error": found.standard_error,
        "error": found.value - rate_of_all, "inside": float(found.low <= rate_of_all <= found.high),
    }  # fmt: skip


def _not_asked(i: ArrayLike, j: ArrayLike) -> np.ndarray:
    """Joint probabilities are not asked for: within a stratum all are alike, so that the variance is exact without."""
    raise NotImplementedError


def _exposure(town: np.ndarray, pi: np.ndarray, truth: np.ndarray) -> float:
    """Visits expected for an enterprise in order: of the town with most, over those of all towns."""
    rows = pd.DataFrame({"pi": pi, "n": 1})[~truth].groupby(town[~truth]).agg({"pi": "mean", "n": "sum"})
    mean, of_all = rows.loc[rows["n"] >= _SMALL_TOWN, "pi"], float(pi[~truth].mean()) if (~truth).any() else 0.0
    return float(mean.max() / of_all) if len(mean) > 1 and of_all > 0 else np.nan
