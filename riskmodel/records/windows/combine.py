"""Features made from windows and from the registry: one Narwhals expression each, on pandas, DuckDB and Spark alike."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw
import numpy as np
import pandas as pd

from riskmodel.records.panel import SHOWN_FROM, SHOWN_UNTIL, day_numbers
from riskmodel.records.windows.declared import (
    Attribute,
    Declaration,
    Difference,
    GroupShare,
    Ratio,
    Unknown,
    Window,
    parts,
)

# Columns that say which row it is.
AS_OF, ENTITY, FIRM = "as_of", "entity_id", "firm"
_DAYS_A_YEAR = 365.25
_PREFIX = "registry_"


def registry_of(registry: pd.DataFrame, days: np.ndarray, declared: Mapping[str, Declaration]) -> pd.DataFrame:
    """One row an enterprise and day on which the registry had it: ``as_of``, ``firm`` and what declarations ask for.

    Parameters
    ----------
    registry : DataFrame
        Versions of registry rows, as in `Store.registry`.
    days : ndarray of int32
        As-of days, counted from 1970-01-01.
    declared : mapping
        Declarations; only `Attribute` and `GroupShare` read the registry.

    Returns
    -------
    DataFrame
        Sorted by day and enterprise. Attributes are float64 (missing: NaN), groups are codes (int32).
    """
    columns = {FIRM: registry[FIRM].to_numpy()}
    for how in declared.values():
        if isinstance(how, GroupShare):
            columns |= {
                _PREFIX + name: pd.factorize(group_texts(registry, name), sort=True)[0].astype("int32")
                for name in how.groups
            }
    parts = []
    for day in days:
        shown = ((registry[SHOWN_FROM] <= day) & (registry[SHOWN_UNTIL] > day)).to_numpy()
        part = {AS_OF: np.full(int(shown.sum()), day, dtype="int32")} | {n: v[shown] for n, v in columns.items()}
        for name, how in declared.items():
            if isinstance(how, Attribute):
                part[name] = _attribute(registry.loc[shown, how.column], how, int(day))
        parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True)


def combine(frame: nw.typing.FrameT, declared: Mapping[str, Declaration]) -> nw.typing.FrameT:
    """Add everything that is made from other columns.

    Parameters
    ----------
    frame : narwhals frame, eager or lazy
        ``as_of``, the windows, and the columns of `registry_of`.
    declared : mapping
        Declarations.
    """
    waiting = {name: how for name, how in declared.items() if parts(how)}
    while waiting:
        ready = {name: how for name, how in waiting.items() if not waiting.keys() & set(parts(how))}
        simple = [_expression(how).alias(name) for name, how in ready.items() if not isinstance(how, GroupShare)]
        frame = frame.with_columns(*simple) if simple else frame
        for name, how in ready.items():
            frame = _group_share(frame, name, how) if isinstance(how, GroupShare) else frame
        waiting = {name: how for name, how in waiting.items() if name not in ready}
    return frame


def _expression(how: Declaration) -> nw.Expr:
    if isinstance(how, Difference):
        return how.times * nw.col(how.plus) - nw.col(how.minus)
    if isinstance(how, Unknown):
        return nw.when(nw.col(how.of).is_null()).then(1.0).otherwise(0.0)
    assert isinstance(how, Ratio)
    return _ratio(how)


def _ratio(how: Ratio) -> nw.Expr:
    over = nw.col(how.over) - nw.col(how.minus) if how.minus else nw.col(how.over)
    under = nw.col(how.under) - how.less_under
    return nw.when(under > 0).then(over / under)


def _group_share(frame: nw.typing.FrameT, name: str, how: GroupShare) -> nw.typing.FrameT:
    """From the share of all down to the narrowest group; sums of whole numbers do not depend on their order."""
    keys = [AS_OF, *(_PREFIX + group for group in how.groups)]
    found, seen, wider = (f"{name}_{part}" for part in ("found", "seen", "wider"))
    total = frame.group_by(keys).agg(nw.col(how.found).sum().alias(found), nw.col(how.seen).sum().alias(seen))
    everybody = total.group_by(AS_OF).agg(nw.col(found).sum(), nw.col(seen).sum())
    share = nw.when(nw.col(seen) > 0).then(nw.col(found) / nw.col(seen)).otherwise(0.0)
    shares = everybody.select(AS_OF, share.alias(name))
    for known in range(1, len(keys)):
        group = total.group_by(keys[: known + 1]).agg(nw.col(found).sum(), nw.col(seen).sum())
        inside = group.join(shares.rename({name: wider}), on=keys[:known], how="left")
        share = (nw.col(found) + how.prior * nw.col(wider)) / (nw.col(seen) + how.prior)
        shares = inside.select(*keys[: known + 1], share.alias(name))
    return frame.join(shares, on=keys, how="left")


def group_texts(registry: pd.DataFrame, name: str) -> pd.Series:
    """Text of a group: a column, or the section, division or class of a GB/T 4754 code (or any text as it stands)."""
    if name not in _INDUSTRY:
        return registry[name].fillna("").astype("object")
    industry = registry["industry"].fillna("").astype("object")
    coded = industry.astype("str").str.fullmatch(r"[A-T]\d{0,4}")
    return industry.mask(coded, industry.astype("str").str[: _INDUSTRY[name]])


_INDUSTRY = {"industry_section": 1, "industry_division": 3, "industry_class": 5}


def _attribute(values: pd.Series, how: Attribute, day: int | np.ndarray) -> np.ndarray:
    if how.as_what == "years":
        since = np.where(values.isna(), day + 1, day_numbers(values, 0))
        return np.where(since > day, np.nan, (day - since) / _DAYS_A_YEAR)
    if how.as_what == "value":
        return np.asarray(values.to_numpy(dtype="float64", na_value=np.nan))
    if how.as_what == "is_one_of":
        return np.asarray(values.astype("str").isin(how.values), dtype="float64")
    empty = values.isna() | values.astype("str").eq("")
    return np.asarray(empty, dtype="float64")


def windows_of(declared: Mapping[str, Declaration]) -> dict[str, Window]:
    """The windows among some declarations."""
    return {name: how for name, how in declared.items() if isinstance(how, Window)}
