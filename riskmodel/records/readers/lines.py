"""JSON: one object a line, or a document with a list of objects. Keys become columns in the order of appearance."""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from riskmodel.errors import InputError
from riskmodel.fault_words import Both, one_line
from riskmodel.records.raw import Cells, RawBatch
from riskmodel.records.readers import header
from riskmodel.records.readers.encodings import SAFE, Text, examine, rewritten
from riskmodel.records.readers.found import BATCH_ROWS, LONGEST_TEXT, Found
from riskmodel.records.readers.guard import MAX_COLUMNS, at_most, too_large
from riskmodel.records.readers.texts import text as as_text

# A line or document is held in memory as objects, at some ten times its size.
_LONGEST_LINE = 16 << 20
_LONGEST_DOCUMENT = 512 << 20
# Wrappers around the list of records: {"code": 0, "data": {"records": [...]}}.
_DEEPEST_LIST = 3

# Number (of rows that are not blank), cells (None if broken), and the line or object as text.
_Row = tuple[int, dict[str, str] | None, str]


def find(path: Path, where: str) -> Iterator[Found]:
    """The table of a JSON file.

    Raises
    ------
    InputError
        No object in it (RM-REC-020, RM-REC-023), or a line or document that is too long (RM-REC-026).
    """
    source = examine(path)
    keys: dict[str, None] = {}
    count, broken = 0, ""
    for _, row, shown in _rows(path, source, where):
        count += 1
        keys |= dict.fromkeys(row or ())
        broken = broken or (shown if row is None else "")
        if len(keys) > MAX_COLUMNS:
            raise too_large(where, Both(f"{len(keys)} 个键", f"{len(keys)} keys"), at_most(MAX_COLUMNS))
    if not keys:
        raise InputError("RM-REC-023" if broken else "RM-REC-020", where=where, found=one_line(broken or "{}"))
    headers = dict(zip(keys, header.named(list(keys), where), strict=True))
    yield Found("", tuple(headers.values()), source.seal, count, partial(_read, source, headers, where))


def _read(
    source: Text, headers: Mapping[str, str], where: str, path: Path, wanted: Collection[str]
) -> Iterator[RawBatch]:
    rows = _rows(path, source, where)
    while part := list(islice(rows, BATCH_ROWS)):
        yield _batch(part, headers, wanted)


def _batch(part: list[_Row], headers: Mapping[str, str], wanted: Collection[str]) -> RawBatch:
    good = [row for _, row, _ in part if row is not None]

    def whole(positions: np.ndarray) -> list[dict[str, str]]:
        return [{name: good[i].get(key, "") for key, name in headers.items()} for i in positions]

    return RawBatch(
        rows=np.array([number for number, row, _ in part if row is not None], dtype=np.int64),
        columns={
            name: Cells.of(pa.array([row.get(key, "") for row in good], pa.string()))
            for key, name in headers.items()
            if name in wanted
        },
        broken={number: shown[:LONGEST_TEXT] for number, row, shown in part if row is None},
        whole=whole,
    )


def _rows(path: Path, source: Text, where: str) -> Iterator[_Row]:
    """Every line that is not blank, or every object of the document."""
    document = _document(path, source, where)
    if document is not None:
        for number, found in enumerate(document, start=1):
            yield number, _cells(found), str(found)[:LONGEST_TEXT]
        return
    number = 0
    for line in _lines(path, source, where):
        if line.strip(b" \t\r\n"):
            number += 1
            encoding = source.encoding if source.encoding in SAFE else "utf-8"
            yield number, _parsed(line, encoding), line.decode(encoding, "replace").strip()


def _lines(path: Path, source: Text, where: str) -> Iterator[bytes]:
    if source.encoding not in SAFE:
        with rewritten(path, source) as copy:
            yield from _limited(copy, where)
        return
    with path.open("rb") as handle:
        handle.seek(source.mark)
        yield from _limited(handle, where)


def _limited(handle: io.BufferedIOBase, where: str) -> Iterator[bytes]:
    while line := handle.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise too_large(
                where, Both(f"有超过 {_LONGEST_LINE} 字节的行", f"a line of more than {_LONGEST_LINE} bytes")
            )
        yield line


class _Number(str):
    """A number as it is written: 0.10 stays 0.10, and a code of many digits keeps them all."""


class _Repeated(tuple[tuple[str, object], ...]):
    """An object that has a key twice: which of the values is meant, nobody knows."""

    __slots__ = ()


def _object(pairs: list[tuple[str, object]]) -> dict[str, object] | _Repeated:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Repeated(pairs)


def _loaded(letters: str) -> object:
    return json.loads(
        letters, parse_int=_Number, parse_float=_Number, parse_constant=_Number, object_pairs_hook=_object
    )


def _parsed(line: bytes, encoding: str) -> dict[str, str] | None:
    try:
        return _cells(_loaded(line.decode(encoding)))
    except (ValueError, RecursionError):
        return None


def _cells(found: object) -> dict[str, str] | None:
    """Key → text; None if it is no object, has a key twice, or holds half a letter (a lone surrogate)."""
    if not isinstance(found, dict):
        return None
    try:
        cells = {key: _text(value) for key, value in found.items()}
        "".join((*cells, *cells.values())).encode()
    except (ValueError, RecursionError):
        return None
    return cells


def _text(value: object) -> str:
    if isinstance(value, _Number):
        return value.removesuffix(".0")  # which other programs append to codes
    if isinstance(value, (dict, list, _Repeated)):
        return json.dumps(_restored(value), ensure_ascii=False)
    return value if isinstance(value, str) else as_text(value)


def _restored(value: object) -> object:
    """Nested values with numbers as numbers, as they are written out again."""
    if isinstance(value, _Repeated):
        raise ValueError(value)
    if isinstance(value, dict):
        return {key: _restored(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_restored(inner) for inner in value]
    return json.loads(value) if isinstance(value, _Number) else value


def _document(path: Path, source: Text, where: str) -> list[Any] | None:
    """The records of a file that is one JSON document; None if it has an object a line."""
    start = next((line.lstrip()[:1] for line in _lines(path, source, where) if line.strip()), b"")
    large = path.stat().st_size > _LONGEST_DOCUMENT
    if start != b"[" and (large or path.suffix.lower() != ".json"):
        return None
    if large:
        raise too_large(
            where,
            Both(f"{path.stat().st_size} 字节的 JSON 文件", f"a JSON document of {path.stat().st_size} bytes"),
            Both("JSON 行文件（.jsonl）", "JSON lines (.jsonl)"),
        )
    encoding = source.encoding if source.encoding in SAFE else "utf-8"
    try:
        found = _loaded(b"".join(_lines(path, source, where)).decode(encoding))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) else _listed(found, _DEEPEST_LIST) or [found]


def _listed(found: object, depth: int) -> list[Any]:
    """The one list of objects in a document."""
    if isinstance(found, list):
        return found
    if not isinstance(found, dict) or not depth:
        return []
    inner = [rows for value in found.values() if (rows := _listed(value, depth - 1)) and isinstance(rows[0], dict)]
    return inner[0] if len(inner) == 1 else []
