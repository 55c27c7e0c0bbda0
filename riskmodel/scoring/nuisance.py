"""Nuisance terms: what moves an outcome without being the unit's doing, such as a strict inspector or the season.

They are fitted as ridge effects beside the features and then taken out by weighting. With η the log odds that belong
to the features, o those of the nuisance, p = logit⁻¹(η + o) and q = logit⁻¹(η), an event counts (1 − p)/(1 − q) times
and a non-event p/q times. In the weighted sample the odds of every unit are exp(η), whatever its o: any learner of
log odds may follow, none needs offsets, and its prediction cannot depend on who came to look. The two factors are
those that make the score equations of a logistic regression equal to those with o as an offset.

Probabilities are averaged over the distribution of o in the training sample.

References
----------
McCullagh & Nelder (1989), Generalized Linear Models, sec. 4.3 (score equations) and 10.2 (offsets). Lane & Nelder
(1982), Analysis of covariance and standardization as instances of prediction, Biometrics 38, 613–621 (averaging).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

# Steps of a feature while effects are estimated: enough to adjust for it, whatever its shape.
_STEPS = 8
# Effects are rounded, so that the order of the rows does not show.
_DECIMALS = 4


@dataclass(frozen=True)
class Nuisance:
    """Effects of nuisance terms, and what they do to each row.

    Attributes
    ----------
    offsets : ndarray
        Log odds that nuisance adds to each row; their weighted mean is 0.
    rest : ndarray
        Log odds of each row without nuisance, from the additive model in which the effects were estimated.
    effects : DataFrame
        One row a level: term, level, n (weight), log_odds.
    """

    offsets: np.ndarray
    rest: np.ndarray
    effects: pd.DataFrame

    def neutral(self, event: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Weights of the same sum under which nuisance no longer moves the odds."""
        p, q = expit(self.rest + self.offsets), expit(self.rest)
        factor = np.where(event > 0, (1 - p) / (1 - q), p / q)
        total: np.ndarray = weight * factor * (weight.sum() / (weight * factor).sum())
        return total

    def shifts(self, factor: float) -> np.ndarray:
        """Offsets of each row in whole points."""
        return np.asarray(np.rint(self.offsets * factor), dtype="int64")


def nuisance_effects(X: np.ndarray, event: np.ndarray, weight: np.ndarray, nuisance: Any, *, spread: float) -> Nuisance:
    """Estimate the effects of nuisance terms beside the features.

    Parameters
    ----------
    X : ndarray of shape (n, features)
        Features; NaN is a level of its own.
    event, weight : ndarray
        1 for an event, 0 otherwise; positive weights.
    nuisance : DataFrame or array of shape (n, terms)
        Levels of any kind, missing ones included; a single term may have one dimension.
    spread : float
        Standard deviation, in log odds, that effects of levels are expected to have: the strength of their ridge.
    """
    terms = _terms(nuisance, len(X))
    blocks = [_steps(column) for column in X.T]
    levels = [pd.factorize(terms[name], sort=False, use_na_sentinel=False) for name in terms]
    dummies = [_dummies(codes, len(names)) * spread for codes, names in levels]
    design = sparse.hstack([*blocks, *dummies], format="csr")
    model = LogisticRegression(C=1.0, solver="newton-cg", tol=1e-6, max_iter=200)
    model.fit(design, event, sample_weight=weight)
    start, parts, offsets = sum(b.shape[1] for b in blocks), [], np.zeros(len(X))
    for name, (codes, labels) in zip(terms, levels, strict=True):
        n = np.bincount(codes, weight, minlength=len(labels))
        found = model.coef_[0, start : start + len(labels)] * spread
        found = np.round(found - (n * found).sum() / n.sum(), _DECIMALS)
        parts.append(pd.DataFrame({"term": name, "level": labels, "n": n, "log_odds": found}))
        offsets, start = offsets + found[codes], start + len(labels)
    rest = np.round(model.decision_function(design) - offsets, _DECIMALS)
    return Nuisance(offsets, rest, pd.concat(parts, ignore_index=True))


def _terms(nuisance: Any, rows: int) -> pd.DataFrame:
    """A frame of terms, its columns named by text."""
    terms = nuisance if isinstance(nuisance, pd.DataFrame) else pd.DataFrame(np.asarray(nuisance))
    if len(terms) != rows or terms.shape[1] == 0:
        raise ValueError(f"nuisance must have a row for each of {rows} units and a column; found {terms.shape}")
    return terms.set_axis([str(c) for c in terms.columns], axis=1)


def _steps(column: np.ndarray) -> sparse.csr_matrix:
    """Indicators of quantile steps of a feature, missing values apart."""
    known = column[~np.isnan(column)]
    cuts = np.unique(np.quantile(known, np.arange(1, _STEPS) / _STEPS)) if len(known) else np.empty(0)
    codes = np.where(np.isnan(column), len(cuts) + 1, np.searchsorted(cuts, column, side="right"))
    return _dummies(codes, len(cuts) + 2)


def _dummies(codes: np.ndarray, count: int) -> sparse.csr_matrix:
    rows = np.arange(len(codes))
    return sparse.csr_matrix((np.ones(len(codes)), (rows, codes)), shape=(len(codes), count))
