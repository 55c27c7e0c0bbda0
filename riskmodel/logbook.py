"""Logs as files: one JSON line an entry, replaced whole at every entry."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from riskmodel.errors import InputError
from riskmodel.inspections.log import DrawLog, read_log
from riskmodel.standing.manual import ManualTiers, read_entries


class Entries(Protocol):
    """A log."""

    @property
    def entries(self) -> Sequence[Mapping[str, Any]]:
        """Its entries in order."""


def read(path: str | Path | None) -> ManualTiers:
    """The tiers that people set, of a file; without a path, or with a new one, an empty log.

    Raises
    ------
    InputError
        A file that is no log (RM-OVR-003), or one that was changed (RM-OVR-002).
    """
    return read_entries(_lines(path), str(path)) if path is not None and Path(path).exists() else ManualTiers()


def read_draws(path: str | Path) -> DrawLog:
    """The log of draws of a file; with a new path an empty log.

    Raises
    ------
    InputError
        A file that is no log (RM-OVR-003), or one that was changed (RM-OVR-002).
    """
    return read_log(_lines(path), str(path)) if Path(path).exists() else DrawLog()


def write(path: str | Path, log: Entries) -> None:
    """Write the log aside and put it in place in one step."""
    target = Path(path)
    aside = target.with_name(f".{target.name}.{os.getpid()}.part")
    lines = [json.dumps(entry, ensure_ascii=False, sort_keys=True) for entry in log.entries]
    try:
        aside.write_text("\n".join(lines) + "\n", encoding="utf-8")
        os.replace(aside, target)
    finally:
        aside.unlink(missing_ok=True)


def _lines(path: str | Path) -> list[str]:
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except UnicodeDecodeError as fault:
        raise InputError("RM-OVR-003", where=str(path), found=str(fault)) from fault
    return [line for line in lines if line.strip()]
