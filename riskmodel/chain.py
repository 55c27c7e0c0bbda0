"""A chain of entries: each carries the digest of the one before it, so that none can be changed, moved or taken out.

Entries that were cut off at the end are not missed: compare the last digest with one that was kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

# What the first entry names as its predecessor.
FIRST = "0" * 64
PREVIOUS, DIGEST = "previous", "digest"
_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest_of(entry: Mapping[str, Any]) -> str:
    """SHA-256 of an entry as JSON with sorted keys, no spaces, in UTF-8; the digest itself is left out.

    >>> digest_of({"b": "周", "a": 1})[:12]
    'a9b91b8e8334'
    """
    content = {key: value for key, value in entry.items() if key != DIGEST}
    return hashlib.sha256(_JSON.encode(content).encode("utf-8")).hexdigest()


def sealed(entry: Mapping[str, Any], previous: str) -> dict[str, Any]:
    """An entry with the digest of the one before it and its own."""
    linked = {**entry, PREVIOUS: previous}
    return {**linked, DIGEST: digest_of(linked)}


def first_break(entries: Iterable[Mapping[str, Any]]) -> int | None:
    """Number (from 1) of the first entry that does not follow from the one before it; None if all do.

    >>> one = sealed({"seq": 1}, FIRST)
    >>> first_break([one, sealed({"seq": 2}, one["digest"])]), first_break([{**one, "seq": 7}])
    (None, 1)
    """
    previous = FIRST
    for number, entry in enumerate(entries, start=1):
        if entry.get(PREVIOUS) != previous or entry.get(DIGEST) != digest_of(entry):
            return number
        previous = entry[DIGEST]
    return None
