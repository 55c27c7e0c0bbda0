"""Load a policy: YAML safely read, overlays merged, keys validated, every quote looked up in the source text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from riskmodel.errors import PolicyError
from riskmodel.fault_words import Both, exception_words, validation_words
from riskmodel.policy.coverage import clauses
from riskmodel.policy.model import Policy, PolicyFile, provisions

_ROOM = files("riskmodel.policy")


def builtin_policies() -> list[str]:
    """Names of the policies that come with riskmodel.

    >>> "zhoucun-2020" in builtin_policies()
    True
    """
    return sorted(f.name.removesuffix(".yaml") for f in _ROOM.iterdir() if f.name.endswith(".yaml"))


def load_policy(source: str | Path) -> Policy:
    """Load a built-in policy by name, or a policy file by path.

    A file with ``extends: other`` holds only what differs: mappings are merged, everything else is replaced.

    Raises
    ------
    PolicyError
        Unknown name (RM-POL-003), wrong key or value (RM-POL-001), quote not in its clause (RM-POL-002).
    """
    place = _find(source)
    raw = _merged(place)
    try:
        parsed = PolicyFile.model_validate(raw)
    except ValidationError as faults:
        raise _wrong_keys(place, faults) from None
    text = _text_of(place, parsed)
    _check_quotes(place, parsed, text)
    canonical = json.dumps(parsed.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)
    return Policy(parsed, hashlib.sha256(canonical.encode()).hexdigest(), text)


def _find(source: str | Path) -> Traversable:
    if str(source) in builtin_policies():
        return _ROOM / f"{source}.yaml"
    path = Path(source)
    if path.is_file():
        return path
    raise PolicyError("RM-POL-003", where="--policy", found=source, expected=", ".join(builtin_policies()))


def _merged(place: Traversable) -> dict[str, Any]:
    try:
        raw = yaml.safe_load(place.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError, RecursionError) as fault:
        raise PolicyError("RM-POL-001", where=place.name, found=exception_words(fault)) from fault
    if not isinstance(raw, dict):
        raise PolicyError(
            "RM-POL-001", where=place.name, found=str(raw)[:60], expected=Both("若干“键: 值”", "a mapping of keys")
        )
    if base := raw.get("extends"):
        return _overlay(_merged(_find(str(base))), raw)
    return raw


def _overlay(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in change.items():
        old = result.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        result[key] = _overlay(old, value) if both else value  # type: ignore[arg-type]
    return result


def _wrong_keys(place: Traversable, faults: ValidationError) -> PolicyError:
    """All faults of the file at once: the paths in `where`, what stands there in `found`."""
    where, found = validation_words(place.name, faults)
    return PolicyError("RM-POL-001", where=where, found=found)


def _text_of(place: Traversable, parsed: PolicyFile) -> str:
    beside = Path(str(place)).parent / parsed.document.text
    source: Traversable = beside if beside.is_file() else _ROOM / parsed.document.text
    if not source.is_file():
        raise PolicyError("RM-POL-001", where=f"{place.name}: document.text", found=parsed.document.text)
    return source.read_text(encoding="utf-8")


def _check_quotes(place: Traversable, parsed: PolicyFile, text: str) -> None:
    known = clauses(text)
    for path, provision in provisions(parsed):
        if provision.quote is None:
            continue
        clause = known.get(provision.clause or "", "")
        if provision.quote not in clause:
            raise PolicyError("RM-POL-002", where=f"{place.name}: {path} · {provision.clause}", found=provision.quote)
