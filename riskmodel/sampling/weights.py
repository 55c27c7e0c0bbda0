"""Weights mended after the visits: for units that did not respond, and to totals that are known.

Non-response, by weighting classes: within a class everybody responds with the same probability, estimated by the
weighted share phi of respondents; their weights are divided by it. To first order the total of z is then that of
m + (z - m) / phi for respondents and m for the others, m being the class mean; its sampling variance is estimated as of
any value, and the chance of responding adds sum of w (1 - phi) / phi (z - m)^2, w with 1 / pi alone.

Calibration: weights w = d g as near to the design weights d as totals of x allow, g = 1 + x' b (linear) or
exp(x' b) (raking). To first order z is then g (z - x' B), B from the regression of z on x with weights d.

References
----------
Särndal & Lundström (2005), Estimation in Surveys with Nonresponse, chapters 6 and 11; Kim & Kim (2007), "Nonresponse
weighting adjustment using estimated response probability", Canadian Journal of Statistics 35; Deville & Särndal
(1992), "Calibration estimators in survey sampling", JASA 87.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from riskmodel.errors import DrawError
from riskmodel.sampling.sampled import Sample

_ROUNDS = 100


def adjusted(sample: Sample, responded: ArrayLike, *, classes: ArrayLike) -> Sample:
    """The respondents, with weights that stand for all drawn units of their class.

    Parameters
    ----------
    sample : Sample
        All drawn units.
    responded : array of bool, shape (n,)
        Whether each drawn unit gave a result.
    classes : array, shape (n,)
        Class of each drawn unit, known for those too that did not respond.

    Returns
    -------
    Sample
        The respondents only; values given to estimators have their length.

    Raises
    ------
    DrawError
        If lengths differ, or nobody of a class responded (RM-DRW-025): merge it with another.
    """
    answers, labels = np.asarray(responded), np.asarray(classes)
    expected = f"{sample.units.shape}"
    for name, given in (("responded", answers), ("classes", labels)):
        if given.shape != sample.units.shape or (name == "responded" and given.dtype != bool):
            raise DrawError("RM-DRW-025", where=name, found=given.shape, expected=expected)
    names, codes = np.unique(labels, return_inverse=True)
    asked = np.bincount(codes, weights=sample.weights)
    heard = np.bincount(codes[answers], weights=sample.weights[answers], minlength=names.size)
    if (heard == 0).any():
        where = f"classes: {names[np.argmin(heard)]}"
        raise DrawError("RM-DRW-025", where=where, found="0", expected="≥ 1 respondent in each class")
    phi = heard / asked
    own, base = codes[answers], sample.weights[answers]

    def step(z: np.ndarray) -> tuple[np.ndarray, float]:
        centre = np.bincount(own, weights=base * z, minlength=names.size) / heard
        off = z - centre[own]
        spread = centre[codes]
        spread[answers] += off / phi[own]
        # base times (1 - phi) / phi^2 over respondents estimates sum over all of (1 - phi) / phi.
        return spread, float((base * (1 - phi[own]) / phi[own] ** 2 * off**2).sum())

    return replace(sample, units=sample.units[answers], weights=base / phi[own], steps=(*sample.steps, step))


def calibrated(
    sample: Sample, x: ArrayLike, totals: ArrayLike, *, distance: Literal["linear", "raking"] = "linear"
) -> Sample:
    """The sample with weights that meet known totals.

    Parameters
    ----------
    sample : Sample
        Observed units.
    x : array of float, shape (n, variables)
        Variables of the observed units. For marginal counts, columns of 0 and 1.
    totals : array of float, shape (variables,)
        Their totals over the whole frame. Where part of the frame could never be drawn: over the rest.
    distance : {"linear", "raking"}, default="linear"
        Linear weights have a closed form and may be negative; raking keeps them positive.

    Raises
    ------
    DrawError
        If shapes differ (RM-DRW-025) or no weights meet the totals (RM-DRW-026).
    """
    known, wanted = np.asarray(x, dtype=float), np.asarray(totals, dtype=float)
    known = known[:, None] if known.ndim == 1 else known
    if len(known) != sample.units.size or wanted.shape != known.shape[1:] or not np.isfinite(known).all():
        raise DrawError("RM-DRW-025", where="x", found=known.shape, expected=f"({sample.units.size}, {wanted.size})")
    base = sample.weights
    g = _factors(known, base, wanted, distance)
    weighted = known * base[:, None]
    inverse = np.linalg.pinv(weighted.T @ known)

    def step(z: np.ndarray) -> tuple[np.ndarray, float]:
        return g * (z - known @ (inverse @ (weighted.T @ z))), 0.0

    return replace(sample, weights=base * g, steps=(*sample.steps, step))


def _factors(x: np.ndarray, base: np.ndarray, totals: np.ndarray, distance: str) -> np.ndarray:
    """Factors of the weights, by Newton's method; linear ones in one step."""
    b, scale = np.zeros(x.shape[1]), np.maximum(np.abs(totals), 1.0)
    for _ in range(_ROUNDS):
        g = 1 + x @ b if distance == "linear" else np.exp(np.clip(x @ b, -50, 50))
        gap = totals - (base * g) @ x
        if (np.abs(gap) <= 1e-10 * scale).all():
            return np.asarray(g)
        slope = base if distance == "linear" else base * g
        step = np.linalg.lstsq((x * slope[:, None]).T @ x, gap, rcond=None)[0]
        b = b + step / max(1.0, float(np.abs(x @ step).max()) / 4) if distance == "raking" else b + step
    at = int(np.argmax(np.abs(gap) / scale))
    raise DrawError("RM-DRW-026", where=f"totals[{at}]", found=float(totals[at] - gap[at]), expected=f"{totals[at]}")
