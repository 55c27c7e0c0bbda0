"""The event store of some features, written once where other machines can read it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from riskmodel.errors import InputError
from riskmodel.features.catalog import DECLARED
from riskmodel.features.derive import derived, read_by
from riskmodel.records import Panel
from riskmodel.records.windows import Declaration, needed
from riskmodel.records.windows.combine import windows_of
from riskmodel.records.windows.streams import Store, encode, write


def write_store(panel: Panel, names: Iterable[str], folder: Path) -> tuple[Store, dict[str, Declaration]]:
    """Write what some features of the catalogue read.

    Parameters
    ----------
    panel : Panel
        Records that count, as of some days.
    names : iterable of str
        Features of the catalogue.
    folder : Path
        A new folder.

    Returns
    -------
    Store
        As it lies there.
    dict
        The declarations of the features and of all that they are made from.

    Raises
    ------
    InputError
        Features that do not exist (RM-FEA-001).
    """
    names = list(names)
    if unknown := [name for name in names if name not in DECLARED]:
        raise InputError("RM-FEA-001", where="features", found=", ".join(unknown), expected=", ".join(DECLARED))
    declared = needed(DECLARED, names)
    ready = derived(panel, read_by(declared.values()))
    return write(encode(ready, windows_of(declared)), folder), declared
