"""The log of draws: what was committed, drawn, drawn again, replaced or overridden, in the order in which it happened.

Each entry carries the digest of the one before it (`riskmodel.chain`), so none can be changed, moved or taken out. The
log refuses what must not happen: a draw without a commitment that stands before it, a seed that was used before, a
second draw of a plan without a reason and a signature.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import pandas as pd

from riskmodel.chain import DIGEST, FIRST, first_break, sealed
from riskmodel.errors import DrawError, InputError
from riskmodel.fault_words import Both

COMMITTED, DRAWN, REPLACED, OVERRIDDEN = "committed", "drawn", "replaced", "overridden"
_KEYS: Mapping[str, tuple[str, ...]] = {
    COMMITTED: ("commitment", "as_of", "round"),
    DRAWN: ("commitment", "seed", "proof", "entity_ids", "reason", "signed_by"),
    REPLACED: ("proof", "entity_id", "by", "reason", "signed_by"),
    OVERRIDDEN: ("proof", "what", "reason", "signed_by"),
}


class Proven(Protocol):
    """What the log needs to know of a proof."""

    @property
    def commitment(self) -> str:
        """Digest of the plan."""

    @property
    def seed(self) -> str:
        """Public seed."""

    @property
    def digest(self) -> str:
        """Digest of the proof."""

    @property
    def drawn(self) -> tuple[tuple[str, str], ...]:
        """Enterprises drawn, with tickets."""


@dataclass(frozen=True)
class DrawLog:
    """Entries in order; methods give a log with one entry more and leave this one as it is."""

    entries: tuple[Mapping[str, Any], ...] = ()

    def commit(self, commitment: str, *, as_of: date, part: str, recorded_on: date) -> DrawLog:
        """Log that a commitment was published.

        Raises
        ------
        DrawError
            If the same plan was committed before (RM-DRW-017).
        """
        if self._of(COMMITTED, "commitment", commitment):
            raise DrawError("RM-DRW-017", where="--log", found=commitment)
        return self._with(COMMITTED, recorded_on, commitment=commitment, as_of=as_of.isoformat(), round=part)

    def draw(self, proof: Proven, *, recorded_on: date, reason: str = "", signed_by: str = "") -> DrawLog:
        """Log a draw; a second one of the same plan needs a reason and a signature.

        Raises
        ------
        DrawError
            If the plan was not committed before (RM-DRW-008), the seed was used before (RM-DRW-006), or the plan was
            drawn before without reason and signature (RM-DRW-005).
        """
        self.allows(proof.commitment, proof.seed, reason=reason, signed_by=signed_by)
        return self._with(
            DRAWN,
            recorded_on,
            commitment=proof.commitment,
            seed=proof.seed,
            proof=proof.digest,
            entity_ids=[entity for entity, _ in proof.drawn],
            reason=reason,
            signed_by=signed_by,
        )

    def allows(self, commitment: str, seed: str, *, reason: str = "", signed_by: str = "") -> None:
        """Refuse a draw that must not happen; see `draw`. To be asked before anything is drawn."""
        if not self._of(COMMITTED, "commitment", commitment):
            raise DrawError("RM-DRW-008", where="--log", found=commitment)
        self.unused(seed)
        if (earlier := self._of(DRAWN, "commitment", commitment)) and not (reason.strip() and signed_by.strip()):
            raise DrawError("RM-DRW-005", where=_entry(earlier[0]), found=commitment)

    def unused(self, seed: str) -> None:
        """Refuse a seed that an earlier draw used (RM-DRW-006)."""
        if used := self._of(DRAWN, "seed", unicodedata.normalize("NFC", seed)):
            raise DrawError("RM-DRW-006", where=_entry(used[0]), found=seed)

    def replace(
        self, proof: str, entity_id: str, by: str, *, reason: str, signed_by: str, recorded_on: date
    ) -> DrawLog:
        """Log that an enterprise was replaced by another one; `by` is empty where its stratum has nobody left.

        Raises
        ------
        InputError
            If reason or signature is missing (RM-DRW-014).
        """
        _signed(reason, signed_by)
        facts = {"proof": proof, "entity_id": entity_id, "by": by, "reason": reason, "signed_by": signed_by}
        return self._with(REPLACED, recorded_on, **facts)

    def override(self, proof: str, what: str, *, reason: str, signed_by: str, recorded_on: date) -> DrawLog:
        """Log anything else that departs from the draw, in words.

        Raises
        ------
        InputError
            If reason or signature is missing (RM-DRW-014).
        """
        _signed(reason, signed_by)
        return self._with(OVERRIDDEN, recorded_on, proof=proof, what=what, reason=reason, signed_by=signed_by)

    def replacements(self, proof: str) -> list[tuple[str, str]]:
        """Enterprises of a draw that were replaced, with those that came for them, in order."""
        return [(e["entity_id"], e["by"]) for e in self.entries if e["kind"] == REPLACED and e["proof"] == proof]

    def drawn_before(self, year: int) -> pd.DataFrame:
        """Who was drawn in a year by the latest draw of each plan: entity_id, drawn_on (day of the plan)."""
        days = {e["commitment"]: date.fromisoformat(e["as_of"]) for e in self.entries if e["kind"] == COMMITTED}
        newest = {e["commitment"]: e for e in self.entries if e["kind"] == DRAWN}
        rows = [
            (entity, days[plan])
            for plan, entry in newest.items()
            if days[plan].year == year
            for entity in self.visited(entry["proof"], entry["entity_ids"])
        ]
        table = pd.DataFrame(rows, columns=["entity_id", "drawn_on"])
        return table.astype({"entity_id": "str"}).assign(drawn_on=pd.to_datetime(table["drawn_on"]))

    def visited(self, proof: str, entity_ids: Sequence[str]) -> list[str]:
        """Who is visited after all replacements."""
        going = dict.fromkeys(entity_ids)
        for out, into in self.replacements(proof):
            going.pop(out, None)
            if into:
                going[into] = None
        return list(going)

    def differs(self, proof: Proven) -> str:
        """What in the log speaks against a proof, in words; empty if nothing does."""
        if (place := first_break(self.entries)) is not None:
            return f"entry {place}"
        mine = self._of(DRAWN, "proof", proof.digest)
        if not mine:
            return f"no draw {proof.digest}"
        before = [e for e in self._of(COMMITTED, "commitment", proof.commitment) if e["seq"] < mine[0]["seq"]]
        if not before:
            return f"no commitment {proof.commitment} before entry {mine[0]['seq']}"
        if (mine[0]["seed"], mine[0]["commitment"]) != (proof.seed, proof.commitment):
            return f"entry {mine[0]['seq']}"
        return ""

    def _of(self, kind: str, key: str, value: str) -> list[Mapping[str, Any]]:
        return [e for e in self.entries if e["kind"] == kind and e[key] == value]

    def _with(self, kind: str, recorded_on: date, **facts: object) -> DrawLog:
        previous = self.entries[-1][DIGEST] if self.entries else FIRST
        entry = {"seq": len(self.entries) + 1, "kind": kind, "recorded_on": recorded_on.isoformat(), **facts}
        return DrawLog((*self.entries, sealed(entry, previous)))


def read_log(lines: Iterable[str], where: str) -> DrawLog:
    """A log from JSON lines.

    Raises
    ------
    InputError
        Lines that are no entries (RM-DRW-016), or a log that was changed or reordered (RM-DRW-015).
    """
    entries = []
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line)
            known = isinstance(entry, dict) and all(key in entry for key in ("seq", *_KEYS[entry["kind"]]))
        except (ValueError, KeyError, TypeError):
            known = False
        if not known:
            raise InputError("RM-DRW-016", where=f"{where}:{number}", found=line[:80])
        entries.append(entry)
    if (place := first_break(entries)) is not None:
        raise InputError("RM-DRW-015", where=f"{where}:{place}", found=entries[place - 1].get(DIGEST))
    return DrawLog(tuple(entries))


def _signed(reason: str, signed_by: str) -> None:
    absent = [name for name, text in (("--reason", reason), ("--by", signed_by)) if not text.strip()]
    if absent:
        raise InputError("RM-DRW-014", where=", ".join(absent), found="-")


def _entry(entry: Mapping[str, Any]) -> Both:
    return Both(f"--log 第 {entry['seq']} 条", f"--log entry {entry['seq']}")
