"""The log of tiers that people set, as a file: one JSON line an entry, replaced whole at every entry."""

from __future__ import annotations

import json
import os
from pathlib import Path

from riskmodel.errors import InputError
from riskmodel.standing.manual import ManualTiers, read_entries


def read(path: str | Path | None) -> ManualTiers:
    """The log of a file; without a path, or with a new one, an empty log.

    Raises
    ------
    InputError
        A file that is no log (RM-OVR-003), or one that was changed (RM-OVR-002).
    """
    if path is None or not Path(path).exists():
        return ManualTiers()
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except UnicodeDecodeError as fault:
        raise InputError("RM-OVR-003", where=str(path), found=str(fault)) from fault
    return read_entries([line for line in lines if line.strip()], str(path))


def write(path: str | Path, log: ManualTiers) -> None:
    """Write the log aside and put it in place in one step."""
    target = Path(path)
    aside = target.with_name(f".{target.name}.{os.getpid()}.part")
    lines = [json.dumps(entry, ensure_ascii=False, sort_keys=True) for entry in log.entries]
    try:
        aside.write_text("\n".join(lines) + "\n", encoding="utf-8")
        os.replace(aside, target)
    finally:
        aside.unlink(missing_ok=True)
