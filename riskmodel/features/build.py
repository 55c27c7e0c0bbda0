"""Build the declared features of every enterprise from what was known, as of one day or of many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Literal

import pandas as pd

from riskmodel.errors import InputError
from riskmodel.features.catalog import DECLARED
from riskmodel.features.derive import derived, read_by, with_problems
from riskmodel.records import Known, Panel
from riskmodel.records.windows import check, compute, needed
from riskmodel.records.windows.compute import Engine

__all__ = ["build", "with_problems"]


def build(
    shown: Known | Panel,
    *,
    names: Iterable[str] | None = None,
    absent: Literal["refuse", "empty"] = "refuse",
    engine: Engine = "local",
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    only: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Features of the catalogue for every enterprise that was known.

    Parameters
    ----------
    shown : Known or Panel
        Records that count, as of a day or of several.
    names : iterable of str, optional
        Features; default: all of the catalogue.
    absent : {"refuse", "empty"}
        What to do about features that were named and whose records the source does not have: refuse, or take it that
        there are none. Without `names` there are none.
    engine : str
        Executor, as in `riskmodel.records.windows.compute`; all give the same table.
    threads : int, optional
        Threads of the local engine; default: all cores.
    progress : callable, optional
        Called with enterprises done and enterprises in all.
    only : DataFrame, optional
        ``as_of`` and ``entity_id`` of the rows to give back, where not all are needed.

    Returns
    -------
    DataFrame
        ``entity_id`` and one float64 column a feature, sorted by enterprise; of a panel ``as_of`` before, and sorted
        by day first.

    Raises
    ------
    InputError
        Features that do not exist (RM-FEA-001), or whose records the source does not have (RM-FEA-002).
    """
    wanted = list(DECLARED) if names is None else _existing(names)
    declared = needed(DECLARED, wanted)
    if names is not None and absent == "refuse":
        check(declared, lacking=shown.absent)
    panel = shown if isinstance(shown, Panel) else shown.panel
    panel = derived(panel, read_by(declared.values()))
    table = compute(panel, declared, engine=engine, threads=threads, progress=progress, only=only)
    first = ["as_of"] if isinstance(shown, Panel) else []
    return table[[*first, "entity_id", *wanted]]


def _existing(names: Iterable[str]) -> list[str]:
    """The names once each; unknown ones are refused, with those that look alike first."""
    wanted = list(dict.fromkeys(names))
    unknown = [name for name in wanted if name not in DECLARED]
    if unknown:
        close = [match for name in unknown for match in get_close_matches(name, DECLARED, n=3)]
        expected = ", ".join(dict.fromkeys([*close, *DECLARED]))
        raise InputError("RM-FEA-001", where="features", found=", ".join(unknown), expected=expected)
    return wanted
