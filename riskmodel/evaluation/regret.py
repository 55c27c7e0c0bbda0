"""Which rule of choosing a model does best in the period after? Regret = the best model's figure − that of the choice.

A rule sees only figures that were known when it chose: with labels that mature late, the figure of a period is known
some periods afterwards (`known_after`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from riskmodel.errors import InputError
from riskmodel.evaluation.inputs import columns
from riskmodel.scoring.resampling import Bootstrap

# A rule gives each model (column) a mark from the periods known so far (rows, oldest first); the highest is chosen.
Rule = Callable[[np.ndarray], np.ndarray]


def best_last(known: np.ndarray) -> np.ndarray:
    """The figure of the newest period."""
    newest: np.ndarray = known[-1]
    return newest


def best_mean(known: np.ndarray) -> np.ndarray:
    """The mean of all periods."""
    return _moments(known, np.ones(len(known)))[0]


def most_stable(known: np.ndarray) -> np.ndarray:
    """The mean less one standard deviation: steadiness counts as much as height."""
    mean, deviation = _moments(known, np.ones(len(known)))
    return np.asarray(mean - deviation)


def exponentially_weighted(known: np.ndarray, half_life: float = 2.0) -> np.ndarray:
    """The mean with weights that halve every `half_life` periods back."""
    age = np.arange(len(known))[::-1]
    return _moments(known, 0.5 ** (age / half_life))[0]


RULES: Mapping[str, Rule] = {
    "best_last": best_last,
    "best_mean": best_mean,
    "most_stable": most_stable,
    "exponentially_weighted": exponentially_weighted,
}


def regrets(
    metrics: pd.DataFrame,
    *,
    rules: Mapping[str, Rule] = RULES,
    higher_is_better: bool = True,
    known_after: int = 1,
) -> pd.DataFrame:
    """Each rule's choice for each period, from earlier periods, judged in that period.

    Parameters
    ----------
    metrics : DataFrame
        as_of, model, value: one row a period and model; a missing figure makes a model unavailable.
    rules : mapping
        Name → rule. A model drawn blindly ("random", its expected figure) is always added.
    higher_is_better : bool
        False for losses such as the Brier score.
    known_after : int
        Periods until a figure is known: 1 where labels mature within one step, more where they take longer.

    Returns
    -------
    DataFrame
        as_of, rule, model (the choice; equal marks: the first by name), value, best, regret (never negative).

    Raises
    ------
    InputError
        If columns lack, a model stands twice in a period (RM-EVA-003, RM-EVA-004), or periods are too few
        (RM-EVA-002).

    References
    ----------
    Ackermann et al. (2018), Deploying machine learning models for public policy (KDD), sec. 4: audition.
    """
    columns(metrics, ["as_of", "model", "value"], "metrics")
    if metrics.duplicated(["as_of", "model"]).any():
        raise InputError("RM-EVA-004", where="metrics", found="a model twice in a period", expected="one row each")
    table = metrics.pivot(index="as_of", columns="model", values="value").sort_index().sort_index(axis=1)
    values = table.to_numpy(dtype=float) * (1 if higher_is_better else -1)
    if known_after < 1 or len(values) <= known_after:
        raise InputError("RM-EVA-002", where="metrics", found=f"{len(values)} periods", expected=f"over {known_after}")
    rows: list[tuple[object, str, str | None, float, float]] = []
    for period in range(known_after, len(values)):
        known, now = values[: period - known_after + 1], values[period]
        if np.isnan(now).all():
            continue
        for name, rule in rules.items():
            marks = np.where(np.isnan(now), np.nan, rule(known))
            if not np.isnan(marks).all():
                chosen = int(np.nanargmax(marks))
                rows.append((table.index[period], name, table.columns[chosen], now[chosen], np.nanmax(now)))
        rows.append((table.index[period], "random", None, np.nanmean(now), np.nanmax(now)))
    result = pd.DataFrame(rows, columns=["as_of", "rule", "model", "value", "best"])
    result["regret"] = result["best"] - result["value"]
    return result if higher_is_better else result.assign(value=-result["value"], best=-result["best"])


def compare_rules(regret: pd.DataFrame, *, bootstrap: Bootstrap | None = None) -> pd.DataFrame:
    """Rules by mean regret: rule, periods, regret, low, high, worst, best_chosen (share of periods); least first.

    Intervals come from a bootstrap over periods; with few periods they are too narrow.
    """
    how = bootstrap or Bootstrap()
    rows = []
    for name, part in regret.groupby("rule", sort=False):
        lost = part["regret"].to_numpy()
        counts = np.concatenate([np.empty((0, len(lost))), *how.counts(np.ones(len(lost), dtype=int))])
        low, high = how.interval(counts @ lost / len(lost))
        rows.append((name, len(lost), lost.mean(), float(low), float(high), lost.max(), float((lost <= 0).mean())))
    named = ["rule", "periods", "regret", "low", "high", "worst", "best_chosen"]
    return pd.DataFrame(rows, columns=named).sort_values("regret", kind="stable", ignore_index=True)


def _moments(known: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighted mean and standard deviation of each model over the periods in which it has a figure."""
    there = ~np.isnan(known)
    mass = (there * weight[:, None]).sum(axis=0)
    safe = np.where(mass > 0, mass, np.nan)
    mean = np.where(there, known, 0).T @ weight / safe
    spread = np.where(there, known - mean, 0) ** 2
    return mean, np.sqrt(spread.T @ weight / safe)
