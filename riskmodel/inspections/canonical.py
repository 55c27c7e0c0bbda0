"""The one way to write a value as JSON, so that equal contents have equal bytes and equal digests."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any


def canonical(value: Any) -> str:
    """JSON with sorted keys, no spaces, no escapes beyond those that JSON demands, and no final newline.

    >>> canonical({"b": ["周", 1], "a": ""})
    '{"a":"","b":["周",1]}'
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest_of(value: Any) -> str:
    """SHA-256 of the canonical JSON in UTF-8, as 64 lowercase hexadecimal digits."""
    return hashlib.sha256(canonical(value).encode("utf-8")).hexdigest()


def write_whole(path: Path, text: str) -> None:
    """Write a file aside and put it in place in one step, so that nobody ever reads half of it."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        aside.write_bytes(text.encode("utf-8"))
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)
