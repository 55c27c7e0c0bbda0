"""What another ratio table would have found, from visits that were really drawn: weighting, no model, no simulation.

A drawn visit had the probability π, and under the other table would have had π'. Each finding counts π' / π: the sum is
unbiased for the findings of that table's draws in the same state of the world, whatever made the findings, as long as
nobody whom the other table visits had π = 0. It says nothing about what the other table would change later
(deterrence); that is what simulation is for.

References
----------
Horvitz & Thompson (1952), JASA 47; Precup, Sutton & Singh (2000), "Eligibility traces for off-policy policy
evaluation"; Cochran (1977), section 5.3, for the variance within strata.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from riskmodel.errors import InputError

_Z = 1.959963984540054


@dataclass(frozen=True)
class Value:
    """Findings of another table: estimate, standard error, 95 % interval, and how far it is supported.

    Attributes
    ----------
    findings, standard_error, low, high : float
    effective : float
        Visits that would be as informative under the other table itself (Kish).
    heaviest : float
        Largest weight; above some 20 a single visit can decide.
    """

    findings: float
    standard_error: float
    low: float
    high: float
    effective: float
    heaviest: float


def value(found: np.ndarray, pi: np.ndarray, new_pi: np.ndarray, stratum: np.ndarray) -> Value:
    """Findings that other probabilities would have given, from drawn visits.

    Parameters
    ----------
    found : ndarray of bool
        Whether each drawn visit found something.
    pi, new_pi : ndarray of float
        Probability of each visit in the draw, and under the other table.
    stratum : ndarray
        Stratum of the draw: simple random within, with the same π.

    Raises
    ------
    InputError
        If a visit has no π above 0 (RM-EVA-004).
    """
    if not (pi > 0).all():
        raise InputError("RM-EVA-004", where="pi", found=float(np.min(pi)), expected="> 0")
    ratio = new_pi / pi
    z = found * ratio
    rows = pd.DataFrame({"h": stratum, "z": z, "pi": pi})
    by = rows.groupby("h").agg(n=("z", "size"), variance=("z", "var"), pi=("pi", "first"))
    # of a total estimated from n visits among n/π enterprises, each z already weighted by 1/π: n (1 − π) s²
    alone = float(rows["z"].var()) if len(rows) > 1 else 0.0
    variance = float((by["n"] * (1 - by["pi"]) * by["variance"].fillna(alone)).sum())
    total, error = float(z.sum()), float(np.sqrt(variance))
    effective = float(ratio.sum() ** 2 / max((ratio**2).sum(), 1e-12))
    return Value(
        total, error, max(total - _Z * error, 0.0), total + _Z * error, effective, float(ratio.max(initial=0.0))
    )


def of_table(visits: pd.DataFrame, table: Mapping[str, float]) -> Value:
    """The value of a ratio table by tier.

    Parameters
    ----------
    visits : DataFrame
        Drawn visits of a year: problem (yes or no), pi, risk_tier (of the draw); stratum if it is known, else tiers
        with the same π are taken for one.
    table : mapping
        Tier → yearly ratio.
    """
    pi = visits["pi"].to_numpy(float)
    stratum = (
        visits["stratum"] if "stratum" in visits else visits["risk_tier"] + " " + visits["pi"].round(9).astype("str")
    )
    new = visits["risk_tier"].map(dict(table)).to_numpy(float)
    return value(visits["problem"].eq("yes").to_numpy(), pi, new, stratum.to_numpy())
