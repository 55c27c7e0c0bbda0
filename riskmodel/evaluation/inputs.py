"""What every study checks of the columns it is given, with the column named where something is wrong."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from riskmodel.errors import InputError


def numbers(values: Any, name: str, *, length: int | None = None, lowest: float = -np.inf) -> np.ndarray:
    """The values as floats, without gaps and none below `lowest`.

    Raises
    ------
    InputError
        If that is not so, or there are more or fewer values than `length` (RM-EVA-004).
    """
    found = np.asarray(values, dtype=float)
    if found.ndim != 1 or (length is not None and len(found) != length):
        raise InputError("RM-EVA-004", where=name, found=f"{found.shape} values", expected=f"{length} values")
    wrong = np.isnan(found) | (found < lowest)
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise InputError("RM-EVA-004", where=f"{name}, row {first}", found=f"{found[first]} ({wrong.sum()} such)")
    return found


def outcomes(values: Any, name: str = "y", *, length: int | None = None) -> np.ndarray:
    """The values as floats, each 0 or 1."""
    found = numbers(values, name, length=length)
    if not np.isin(found, (0, 1)).all():
        odd = found[~np.isin(found, (0, 1))][0]
        raise InputError("RM-EVA-004", where=name, found=odd, expected="0 or 1")
    return found


def days(values: Any, name: str = "days", *, length: int | None = None) -> np.ndarray:
    """Dates as whole days since 1970, without gaps."""
    found = pd.Series(pd.to_datetime(values)).reset_index(drop=True)
    if found.isna().any() or (length is not None and len(found) != length):
        raise InputError("RM-EVA-004", where=name, found=f"{len(found)} dates, {found.isna().sum()} missing")
    whole: np.ndarray = found.to_numpy().astype("datetime64[D]").astype(float)
    return whole


def columns(frame: pd.DataFrame, names: list[str], where: str) -> None:
    """Refuse a frame that lacks a column (RM-EVA-003)."""
    missing = [name for name in names if name not in frame]
    if missing:
        raise InputError("RM-EVA-003", where=where, found=", ".join(missing), expected=", ".join(names))


def some(values: Collection[object], where: str) -> None:
    """Refuse a study of nothing (RM-EVA-003)."""
    if not values:
        raise InputError("RM-EVA-003", where=where, found=0)
