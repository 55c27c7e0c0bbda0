"""What was decided a month ago, to compare with: the newest earlier run folder beside this one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from riskmodel.exports.folder import is_run_folder

_COLUMNS = ["entity_id", "name", "town", "risk_score", "risk_tier"]
# Below this share of enterprises in common, a folder holds another office's run.
_SAME_OFFICE = 0.5


@dataclass(frozen=True)
class Before:
    """An earlier decision about the same office.

    Attributes
    ----------
    as_of : date
        Its day.
    decided : DataFrame
        entity_id, name, town, risk_score, risk_tier.
    policy : str
        Id and digest of its policy, as in `Provenance`.
    recomputed : bool
        Whether it was computed again from the records of today as known then, for want of a run folder.
    facts : mapping
        Counts of the run (`run.json`); empty where it was computed again.
    """

    as_of: date
    decided: pd.DataFrame
    policy: str
    recomputed: bool
    facts: Mapping[str, Any] = field(default_factory=dict)


def recomputed(as_of: date, decided: pd.DataFrame, policy: str) -> Before:
    """An assessment of an earlier day, computed again from the records of today."""
    return Before(as_of, decided[_COLUMNS].reset_index(drop=True), policy, True)


def previous_run(out: Path, as_of: date, decided: pd.DataFrame) -> Before | None:
    """The newest run folder under `out` before a day; None if there is none, or it is of another office.

    Parameters
    ----------
    out : Path
        Folder of all reports.
    as_of : date
        Day of this run.
    decided : DataFrame
        What this run decided: most of its enterprises must stand in the earlier folder.
    """
    if not out.is_dir():
        return None
    days = {day: path for path in out.iterdir() if (day := _day(path.name)) and day < as_of and is_run_folder(path)}
    for day in sorted(days, reverse=True):
        found = _read(days[day], day)
        if found and found.decided["entity_id"].isin(decided["entity_id"]).mean() >= _SAME_OFFICE:
            return found
    return None


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None


def _read(folder: Path, day: date) -> Before | None:
    """A run folder, or None where people took its tables away or an older version wrote others."""
    try:
        facts = json.loads((folder / "run.json").read_text("utf-8"))
        decided = pd.read_parquet(folder / "tables" / "decided.parquet", columns=_COLUMNS)
    except (OSError, ValueError):
        return None
    return Before(day, decided, str(facts.get("policy", "")), False, facts)
