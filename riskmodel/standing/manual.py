"""Tiers that people set: an append-only log of dated, signed, expiring decisions, and what holds on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from riskmodel.chain import DIGEST, FIRST, first_break, sealed
from riskmodel.errors import Fields, InputError, refuse_fields
from riskmodel.fault_words import Both, nth
from riskmodel.tables import TIERS
from riskmodel.values import AsOf

COLUMNS = ("seq", "entity_id", "tier", "valid_from", "valid_until", "reason", "signed_by", "recorded_on")


@dataclass(frozen=True)
class ManualTiers:
    """The log of tiers that people set.

    Attributes
    ----------
    entries : tuple of dict
        Each ``seq`` (from 1), ``act`` (``set`` or ``withdraw``), ``recorded_on``, ``signed_by``, ``reason``; of a
        tier set ``entity_id``, ``tier``, ``valid_from``, ``valid_until``; of a withdrawal ``withdraws`` (a seq);
        ``previous`` and ``digest`` (see `riskmodel.chain`). Days are ISO texts.

    Raises
    ------
    InputError
        If the chain is broken (RM-OVR-002).
    """

    entries: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        broken = first_break(self.entries)
        if broken is not None:
            raise InputError("RM-OVR-002", where=nth(broken), found=self.entries[broken - 1].get("digest", "-"))

    def set(
        self, entity_id: str, tier: str, *, valid: tuple[date, date], reason: str, signed_by: str, recorded_on: date,
        longest_days: int,
    ) -> ManualTiers:  # fmt: skip
        """The log with one decision more.

        Parameters
        ----------
        entity_id, tier : str
            Whom and what.
        valid : pair of date
            First and last day on which it holds.
        reason, signed_by : str
            Why, and who answers for it.
        recorded_on : date
            Day from which it is known; not before the last entry's.
        longest_days : int
            Of the policy (`tiers.manual.longest_days`).

        Raises
        ------
        InputError
            A tier that does not exist, days in the wrong order, too long a span, or no reason or name (RM-OVR-001).
        """
        first, last = valid
        faults: Fields = {
            "--tier": (tier, tier in TIERS, ", ".join(TIERS)),
            "--until": (str(last), first <= last, f"≥ {first}"),
            "--from, --until": (
                f"{first} … {last}", (last - first).days < longest_days,
                Both(f"至多 {longest_days} 天", f"at most {longest_days} days"),
            ),
            "ID": (entity_id, bool(entity_id.strip()), Both("统一社会信用代码", "the code of an enterprise")),
        }  # fmt: skip
        self._refuse(faults, reason, signed_by, recorded_on)
        return self._with({
            "act": "set", "entity_id": entity_id, "tier": tier, "valid_from": first.isoformat(),
            "valid_until": last.isoformat(), "reason": reason, "signed_by": signed_by,
            "recorded_on": recorded_on.isoformat(),
        })  # fmt: skip

    def withdraw(self, seq: int, *, reason: str, signed_by: str, recorded_on: date) -> ManualTiers:
        """The log with a decision withdrawn from a day on.

        Raises
        ------
        InputError
            If there is no such decision, or it was withdrawn before (RM-OVR-001).
        """
        gone = {e["withdraws"] for e in self.entries if e["act"] == "withdraw"}
        there = [e["seq"] for e in self.entries if e["act"] == "set" and e["seq"] not in gone]
        faults: Fields = {"SEQ": (str(seq), seq in there, ", ".join(map(str, there)) or "-")}
        self._refuse(faults, reason, signed_by, recorded_on)
        return self._with({
            "act": "withdraw", "withdraws": seq, "reason": reason, "signed_by": signed_by,
            "recorded_on": recorded_on.isoformat(),
        })  # fmt: skip

    def recorded_by(self, as_of: AsOf) -> ManualTiers:
        """The log as it stood at the end of a day."""
        return ManualTiers(tuple(e for e in self.entries if e["recorded_on"] <= as_of.day.isoformat()))

    def at(self, as_of: AsOf) -> pd.DataFrame:
        """What holds on a day, as it was recorded by then; of several for one enterprise the newest.

        Returns
        -------
        DataFrame
            One row an enterprise, columns `COLUMNS`.
        """
        day = as_of.day.isoformat()
        known = [e for e in self.entries if e["recorded_on"] <= day]
        gone = {e["withdraws"] for e in known if e["act"] == "withdraw"}
        holding = [
            e for e in known
            if e["act"] == "set" and e["seq"] not in gone and e["valid_from"] <= day <= e["valid_until"]
        ]  # fmt: skip
        rows = pd.DataFrame([{c: e[c] for c in COLUMNS} for e in holding], columns=list(COLUMNS))
        return rows.drop_duplicates("entity_id", keep="last").astype("str").reset_index(drop=True)

    def _with(self, entry: dict[str, Any]) -> ManualTiers:
        previous = self.entries[-1]["digest"] if self.entries else FIRST
        return ManualTiers((*self.entries, sealed({"seq": len(self.entries) + 1, **entry}, previous)))

    def _refuse(self, faults: Fields, reason: str, signed_by: str, recorded_on: date) -> None:
        last = self.entries[-1]["recorded_on"] if self.entries else ""
        checks = faults | {
            "--reason": (reason, bool(reason.strip()), Both("理由", "a reason")),
            "--by": (signed_by, bool(signed_by.strip()), Both("签字人姓名", "the name of who signs")),
            "--on": (str(recorded_on), recorded_on.isoformat() >= last, f"≥ {last}"),
        }
        refuse_fields("RM-OVR-001", checks)


def with_manual(table: pd.DataFrame, manual: pd.DataFrame) -> pd.DataFrame:
    """Add ``manual_tier`` and ``manual_note`` (who, why, until when), '' where people decided nothing."""
    if manual.empty:
        return table.assign(**dict.fromkeys(("manual_tier", "manual_note"), pd.Series("", table.index, dtype="str")))
    by_entity = manual.set_index("entity_id")
    # signs that every language reads; the reason is in the words of whoever signed
    note = by_entity["reason"] + " (" + by_entity["signed_by"] + ", ≤ " + by_entity["valid_until"] + ")"
    ids = table["entity_id"]
    columns = {"manual_tier": by_entity["tier"], "manual_note": note}
    return table.assign(**{name: _at(ids, values) for name, values in columns.items()})


def _at(ids: pd.Series, values: pd.Series) -> pd.Series:
    found: pd.Series = ids.map(values).astype("object").fillna("").astype("str")
    return found


def read_entries(lines: Sequence[str], where: str, *, head: str | None = None) -> ManualTiers:
    """The log from its JSON lines.

    Raises
    ------
    InputError
        A line that is no entry (RM-OVR-003), a broken chain, or a log without the entry of a head that was kept
        elsewhere: entries were cut off (RM-OVR-002).
    """
    import json

    entries = []
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line)
        except json.JSONDecodeError as fault:
            raise InputError("RM-OVR-003", where=f"{where}:{number}", found=line[:80]) from fault
        if not _is_entry(entry, number):
            raise InputError("RM-OVR-003", where=f"{where}:{number}", found=line[:80])
        entries.append(entry)
    if (broken := first_break(entries)) is not None:
        raise InputError("RM-OVR-002", where=f"{where}:{broken}", found=entries[broken - 1].get(DIGEST, "-"))
    log = ManualTiers(tuple(entries))
    if head is not None and head not in {FIRST, *(entry[DIGEST] for entry in entries)}:
        raise InputError("RM-OVR-002", where=f"{where}:{len(entries) + 1}", found="-", expected=head)
    return log


def _is_entry(entry: object, number: int) -> bool:
    """Whether a line has all fields of its act, whoever sealed it."""
    acts = {"set": ("entity_id", "tier", "valid_from", "valid_until"), "withdraw": ("withdraws",)}
    if not isinstance(entry, dict) or entry.get("act") not in acts or entry.get("seq") != number:
        return False
    texts = ("recorded_on", "signed_by", "reason", *(name for name in acts[entry["act"]] if name != "withdraws"))
    whole = all(isinstance(entry.get(name), str) and entry[name].strip() for name in texts)
    return whole and (entry.get("tier", TIERS[0]) in TIERS) and isinstance(entry.get("withdraws", 0), int)
