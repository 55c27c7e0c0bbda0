"""What changes from one date to the next: distributions, lists, ranks and tiers of the same enterprises.

Bins are fixed on the earlier date. Every figure that chance moves comes with what chance alone would give.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm, spearmanr

from riskmodel.errors import InputError
from riskmodel.evaluation.inputs import columns, some

# Margins of a transition matrix: in the register at one of the dates only.
ENTERED, LEFT, TOTAL = "entered", "left", "total"


@dataclass(frozen=True)
class Shift:
    """Population stability index of one column between two dates.

    Attributes
    ----------
    psi : float
        Σ (later share − earlier share) · ln(later share / earlier share) over bins.
    chance : float
        95 % point where nothing changed: (1/n + 1/m) times that of chi-square with one degree of freedom less than
        bins. Rules of thumb (0.1, 0.25) ignore the size of the office; this does not.
    bins : int
        Bins that one of the dates fills, missing values and levels never seen before included.
    missing_earlier, missing_later : float
        Shares without a value.
    """

    psi: float
    chance: float
    bins: int
    missing_earlier: float
    missing_later: float


def shift(earlier: Any, later: Any, *, bins: int = 10) -> Shift:
    """Population stability index, with bins of equal size on the earlier date; texts are their own bins.

    Half a row is added to every bin, so that an empty bin gives a finite figure.

    References
    ----------
    Siddiqi (2006), Credit Risk Scorecards, ch. 10. Yurdakul & Naranjo (2020), Statistical properties of the
    population stability index, J. Risk Model Validation 14(4), sec. 3.

    Examples
    --------
    >>> shift([1, 2, 3, 4] * 25, [1, 2, 3, 4] * 25).psi
    0.0
    """
    then, now = pd.Series(earlier).reset_index(drop=True), pd.Series(later).reset_index(drop=True)
    if then.empty or now.empty:
        raise InputError("RM-EVA-003", where="population stability index", found=f"{len(then)} and {len(now)} rows")
    both = pd.concat([then, now], ignore_index=True)
    codes = _numeric_bins(then, both, bins) if _is_numeric(both) else pd.factorize(both)[0]
    _, filled = np.unique(codes, return_inverse=True)
    number = int(filled.max()) + 1
    n, m = np.bincount(filled[: len(then)], minlength=number), np.bincount(filled[len(then) :], minlength=number)
    p, q = (n + 0.5) / (len(then) + 0.5 * number), (m + 0.5) / (len(now) + 0.5 * number)
    psi = float(((q - p) * np.log(q / p)).sum())
    chance = (1 / len(then) + 1 / len(now)) * chi2.ppf(0.95, number - 1) if number > 1 else 0.0
    return Shift(psi, float(chance), number, float(then.isna().mean()), float(now.isna().mean()))


def shifts(earlier: pd.DataFrame, later: pd.DataFrame, features: Sequence[str], *, bins: int = 10) -> pd.DataFrame:
    """`shift` of each feature: feature, psi, chance, bins, missing_earlier, missing_later; largest first."""
    for name, frame in (("earlier", earlier), ("later", later)):
        columns(frame, list(features), name)
    rows = [{"feature": name, **vars(shift(earlier[name], later[name], bins=bins))} for name in features]
    table = pd.DataFrame(rows, columns=["feature", *Shift.__dataclass_fields__])
    return table.sort_values("psi", ascending=False, kind="stable", ignore_index=True)


def overlap(earlier: pd.Series, later: pd.Series, k: int) -> dict[str, float]:
    """How far the lists of the k highest scores at two dates agree; Series by enterprise.

    Equal scores at the border take their places evenly, and independently at the two dates: an expectation.

    Returns
    -------
    dict
        ``k``, ``kept`` (share of the earlier list that is on the later), ``jaccard`` (common ÷ together),
        ``by_chance`` (kept, for two lists drawn blindly), ``left`` (share of the earlier list gone from the register).

    Examples
    --------
    >>> overlap(pd.Series({"a": 3, "b": 2, "c": 1}), pd.Series({"a": 3, "c": 2, "b": 1}), 2)["kept"]
    0.5
    """
    _unique(earlier, later)
    if not 1 <= k <= min(len(earlier), len(later)):
        raise InputError("RM-EVA-004", where="k", found=k, expected=f"1 to {min(len(earlier), len(later))}")
    then, now = _listed(earlier, k), _listed(later, k)
    common = float((then * now.reindex(then.index, fill_value=0.0)).sum())
    left = float(then[~then.index.isin(now.index)].sum())
    stayed = int(then.index.isin(now.index).sum())
    chance = stayed * k / (len(then) * len(now))
    return {"k": k, "kept": common / k, "jaccard": common / (2 * k - common), "by_chance": chance, "left": left / k}


def rank_correlation(earlier: pd.Series, later: pd.Series, *, level: float = 0.95) -> dict[str, float]:
    """Spearman's correlation of two dates' scores over the enterprises of both, with an interval.

    References
    ----------
    Bonett & Wright (2000), Sample size requirements for correlations, Psychometrika 65, eq. 3: the standard error of
    Fisher's z is √((1 + r²/2) / (n − 3)).
    """
    _unique(earlier, later)
    both = pd.concat([earlier, later], axis=1, keys=["then", "now"], join="inner").dropna()
    n = len(both)
    if n < 4 or both["then"].nunique() < 2 or both["now"].nunique() < 2:
        return {"n": n, "spearman": np.nan, "low": np.nan, "high": np.nan}
    r = float(np.clip(spearmanr(both["then"], both["now"]).statistic, -1, 1))
    inner = np.clip(r, -1 + 1e-12, 1 - 1e-12)
    reach = norm.ppf(0.5 + level / 2) * np.sqrt((1 + r**2 / 2) / (n - 3))
    low, high = np.tanh(np.arctanh(inner) + np.array([-reach, reach]))
    return {"n": n, "spearman": r, "low": float(low), "high": float(high)}


def transitions(earlier: pd.Series, later: pd.Series, tiers: Sequence[str]) -> pd.DataFrame:
    """Enterprises by tier at two dates, with margins; who entered or left the register has a line of its own.

    Parameters
    ----------
    earlier, later : Series
        Tier by enterprise.
    tiers : sequence of str
        All tiers, lowest risk first.

    Returns
    -------
    DataFrame
        Rows: tiers before, ``entered``, ``total``. Columns: tiers now, ``left``, ``total``.

    Raises
    ------
    InputError
        If an enterprise stands twice, or a tier is not among `tiers` (RM-EVA-004).
    """
    _unique(earlier, later)
    for name, tier in (("earlier", earlier), ("later", later)):
        if not tier.isin(list(tiers)).all():
            odd = tier[~tier.isin(list(tiers))].iloc[0]
            raise InputError("RM-EVA-004", where=f"tiers {name}", found=odd, expected=", ".join(tiers))
    both = pd.concat([earlier, later], axis=1, keys=["then", "now"], join="outer").astype(object)
    table = pd.crosstab(both["then"].fillna(ENTERED), both["now"].fillna(LEFT))
    table = table.reindex(index=[*tiers, ENTERED], columns=[*tiers, LEFT], fill_value=0)
    table[TOTAL] = table.sum(axis=1)
    table.loc[TOTAL] = table.sum()
    return table.rename_axis(index="earlier", columns="later")


def churn(table: pd.DataFrame) -> dict[str, float]:
    """Shares of a transition matrix: who moved, up, down, by two steps or more, of those in the register twice."""
    tiers = [name for name in table.index if name not in (ENTERED, TOTAL)]
    counts = table.loc[tiers, tiers].to_numpy(dtype=float)
    step = np.arange(len(tiers))[None, :] - np.arange(len(tiers))[:, None]
    n = counts.sum()
    parts = {"moved": step != 0, "up": step > 0, "down": step < 0, "far": np.abs(step) > 1}
    return {"n": float(n), **{name: float(counts[which].sum() / n) if n else np.nan for name, which in parts.items()}}


def stability(scores: Mapping[date, pd.Series], k: int) -> pd.DataFrame:
    """Each date against the one before: as_of, before, psi, chance, kept, jaccard, by_chance, spearman, low, high."""
    some(scores, "scores")
    order = sorted(scores)
    rows = []
    for before, now in zip(order, order[1:], strict=False):
        then, here = scores[before], scores[now]
        moved, common = shift(then, here), overlap(then, here, k)
        rows.append(
            {"as_of": now, "before": before, "psi": moved.psi, "chance": moved.chance, **common}
            | rank_correlation(then, here)
        )
    return pd.DataFrame(rows)


def _numeric_bins(then: pd.Series, both: pd.Series, bins: int) -> np.ndarray:
    """Bin of each value by quantiles of the earlier date; missing values are a bin of their own."""
    values = both.to_numpy(dtype=float, na_value=np.nan)
    seen = values[: len(then)][~np.isnan(values[: len(then)])]
    edges = np.unique(np.quantile(seen, np.linspace(0, 1, bins + 1)[1:-1])) if len(seen) else np.empty(0)
    codes: np.ndarray = np.searchsorted(edges, values, side="right")
    codes[np.isnan(values)] = bins + 1
    return codes


def _is_numeric(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values.dtype)


def _listed(score: pd.Series, k: int) -> pd.Series:
    """Chance of each enterprise to be among the k highest; 1 or 0 but for equal scores at the border."""
    border = score.nlargest(k).iloc[-1]
    above, at = score > border, score == border
    chance: pd.Series = above.astype(float) + at * (k - above.sum()) / at.sum()
    return chance


def _unique(*series: pd.Series) -> None:
    for one in series:
        if not one.index.is_unique:
            twice = one.index[one.index.duplicated()][0]
            raise InputError("RM-EVA-004", where="enterprises", found=f"{twice} stands twice", expected="once each")
