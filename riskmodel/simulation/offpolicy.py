"""What another ratio table would have found, from visits that were really drawn: weighting, no model, no simulation.

A drawn visit had the probability π, and under the other table would have had π'. Each finding counts π' / π: the sum is
unbiased for the findings of that table's draws in the same state of the world, whatever made the findings, as long as
nobody whom the other table visits had π = 0. It says nothing about what the other table would change later
(deterrence); that is what simulation is for.

The interval allows for few findings with large weights: it is the even mixture of two gamma distributions, the
estimate with its variance, and both with one finding more, of the weight that a finding has on average (mid-p). What
visits of π = 1 found is certain and only moves it.

References
----------
Horvitz & Thompson (1952), JASA 47; Precup, Sutton & Singh (2000), "Eligibility traces for off-policy policy
evaluation"; Cochran (1977), section 5.3, for the variance within strata; Fay & Feuer (1997), Statistics in Medicine 16,
791–801 (gamma intervals of weighted counts).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import gammainc, gammaincinv

from riskmodel.errors import InputError

_TAIL = 0.025


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
    by = pd.DataFrame({"z": z, "pi": pi}).groupby(stratum).agg(n=("z", "size"), s2=("z", "var"), pi=("pi", "first"))
    # of a total estimated from n visits among n/π enterprises, each z already weighted by 1/π: n (1 − π) s²
    alone = float(z.var(ddof=1)) if len(z) > 1 else 0.0
    variance = float((by["n"] * (1 - by["pi"]) * by["s2"].fillna(alone)).sum())
    total, error = float(z.sum()), float(np.sqrt(variance))
    effective = float(ratio.sum() ** 2 / max((ratio**2).sum(), 1e-12))
    low, high = _interval(z, ratio, pi < 1, variance)
    return Value(total, error, low, high, effective, float(ratio.max(initial=0.0)))


def _interval(z: np.ndarray, ratio: np.ndarray, open_: np.ndarray, variance: float) -> tuple[float, float]:
    """Both ends; see the text above."""
    certain, found = float(z[~open_].sum()), float(z[open_].sum())
    weight = float((ratio[open_] ** 2).sum() / max(ratio[open_].sum(), 1e-12))
    if weight <= 0:
        return certain, certain
    more = (found + weight, variance + weight**2)
    return certain + _end(_TAIL, (found, variance), more), certain + _end(1 - _TAIL, (found, variance), more)


def _end(at: float, less: tuple[float, float], more: tuple[float, float]) -> float:
    """Quantile of the even mixture of two gamma distributions, each by mean and variance."""
    if less[0] <= 0 or less[1] <= 0:  # nothing found: half of the mixture lies in one point
        here = 2 * at - 1
        return _quantile(here, more) if here > 0 else less[0]
    ends = _quantile(at, less), _quantile(at, more)
    return (
        float(brentq(lambda x: (_below(x, less) + _below(x, more)) / 2 - at, *ends)) if ends[0] < ends[1] else ends[0]
    )


def _quantile(at: float, shape: tuple[float, float]) -> float:
    mean, variance = shape
    return float(gammaincinv(mean**2 / variance, at)) * variance / mean


def _below(x: float, shape: tuple[float, float]) -> float:
    mean, variance = shape
    return float(gammainc(mean**2 / variance, x * mean / variance))


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
