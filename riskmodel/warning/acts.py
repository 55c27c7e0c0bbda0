"""What people did about cases: an append-only log of interviews, warnings, answers, releases and notes, each signed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from riskmodel.chain import FIRST, first_break, sealed
from riskmodel.errors import Fields, InputError, refuse_fields
from riskmodel.fault_words import Both, nth
from riskmodel.warning.stages import ACTS

_CASE = re.compile(r"W-(?P<entity_id>.+)-(?P<opened>\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True)
class ActLog:
    """The log of what people did.

    Attributes
    ----------
    entries : tuple of dict
        Each ``seq`` (from 1), ``act`` (`riskmodel.warning.stages.ACTS`), ``case_id``, ``held_on`` (day on which it was
        done), ``recorded_on`` (day from which it is known), ``signed_by``, ``text`` (what was said, answered or why),
        ``departments`` (list; whom a warning went to, who answered), ``previous`` and ``digest``
        (`riskmodel.chain`). Days are ISO texts.

    Raises
    ------
    InputError
        If the chain is broken (RM-WRN-002) or an entry is none (RM-WRN-001).
    """

    entries: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        for number, entry in enumerate(self.entries, start=1):
            if entry.get("act") not in ACTS or not _CASE.fullmatch(str(entry.get("case_id"))):
                raise InputError("RM-WRN-001", where=nth(number), found=str(entry)[:80])
        broken = first_break(self.entries)
        if broken is not None:
            raise InputError("RM-WRN-002", where=nth(broken), found=self.entries[broken - 1].get("digest", "-"))

    def add(
        self, act: str, case_id: str, *, signed_by: str, recorded_on: date, held_on: date | None = None, text: str = "",
        departments: Iterable[str] = (),
    ) -> ActLog:  # fmt: skip
        """The log with one act more; whether the stage allows it is asked of the casebook (`Casebook.refuse`).

        Raises
        ------
        InputError
            An unknown act, no case number, no signature, a release or an answer without words, or days in the wrong
            order: held ≤ recorded, recorded not before the last entry (RM-WRN-001).
        """
        held = held_on or recorded_on
        last = self.entries[-1]["recorded_on"] if self.entries else ""
        faults: Fields = {
            "act": (act, act in ACTS, ", ".join(ACTS)),
            "CASE": (case_id, bool(_CASE.fullmatch(case_id)), "W-…-2025-06-30"),
            "--by": (signed_by, bool(signed_by.strip()), Both("签字人姓名", "the name of who signs")),
            "--text": (text, bool(text.strip()) or act in ("remind", "warn"), Both("说明", "words")),
            "--held-on": (str(held), held <= recorded_on, f"≤ {recorded_on}"),
            "--on": (str(recorded_on), recorded_on.isoformat() >= last, f"≥ {last}"),
        }
        refuse_fields("RM-WRN-001", faults)
        entry = {
            "seq": len(self.entries) + 1, "act": act, "case_id": case_id, "held_on": held.isoformat(),
            "recorded_on": recorded_on.isoformat(), "signed_by": signed_by, "text": text,
            "departments": sorted(departments),
        }  # fmt: skip
        return ActLog((*self.entries, sealed(entry, self.entries[-1]["digest"] if self.entries else FIRST)))


def case_parts(case_id: str) -> tuple[str, date]:
    """Enterprise and day of opening of a case number.

    >>> case_parts("W-9137-2025-06-30")
    ('9137', datetime.date(2025, 6, 30))
    """
    found = _CASE.fullmatch(case_id)
    if found is None:
        raise InputError("RM-WRN-001", where="CASE", found=case_id, expected="W-…-2025-06-30")
    return found["entity_id"], date.fromisoformat(found["opened"])


def by_enterprise(entries: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Entries of each enterprise, in the order of the log."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for entry in entries:
        found.setdefault(case_parts(str(entry["case_id"]))[0], []).append(entry)
    return found
