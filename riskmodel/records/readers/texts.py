"""Values as text: what a date, number, truth value or nested value of a typed source looks like in a cell."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal

import pyarrow as pa


def text(value: object) -> str:
    """A value as text.

    Dates are ISO (with the time of day only where it is not midnight), numbers plain digits without exponent, missing
    values '', bytes UTF-8 or else hexadecimal digits, lists and mappings JSON.

    Examples
    --------
    >>> text(datetime(2020, 7, 31)), text(2e20), text(True), text(None), text([1, {"a": date(2020, 7, 31)}])
    ('2020-07-31', '200000000000000000000', 'true', '', '[1, {"a": "2020-07-31"}]')
    """
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if value.bit_length() < _LONGEST_BITS else hex(value)
    if isinstance(value, float):
        return _number(value)
    return _other(value)


# Python refuses to write out integers of more than 4,300 digits.
_LONGEST_BITS = 12_000


def _other(value: object) -> str:
    if isinstance(value, Decimal):
        return "" if value.is_nan() else f"{value:f}"
    if isinstance(value, datetime):
        if value.time() == time() and value.tzinfo is None:
            return value.date().isoformat()
        return value.isoformat(" ", "microseconds" if value.microsecond else "seconds")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _bytes(bytes(value))
    if isinstance(value, (dict, list, tuple)):
        return text(json.dumps(value, ensure_ascii=False, default=text))
    return text(str(value))


def _number(value: float) -> str:
    """As a workbook shows it: no exponent, no '.0'.

    >>> [_number(x) for x in (5.0, 0.1, 1e-7, -0.0, float("nan"), 9.137e17)]
    ['5', '0.1', '0.0000001', '0', '', '913700000000000000']
    """
    if not math.isfinite(value):
        return "" if math.isnan(value) else str(value)
    return f"{Decimal(repr(value)):f}".removesuffix(".0").removeprefix("-" if value == 0 else "")


def _bytes(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.hex()


def texts(values: Iterable[object]) -> pa.Array:
    """Values as a column of texts."""
    return pa.array([text(value) for value in values], pa.string())


def column(values: pa.Array) -> pa.Array:
    """A column of any type as texts, each distinct value once where the type allows.

    Examples
    --------
    >>> column(pa.array([date(2020, 7, 31), None, date(2020, 7, 31)])).to_pylist()
    ['2020-07-31', '', '2020-07-31']
    """
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if any(is_text(values.type) for is_text in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)):
        plain = values.cast(pa.string()).fill_null("")
        plain.validate(full=True)
        return plain
    if pa.types.is_integer(values.type):
        return values.cast(pa.string()).fill_null("")
    if pa.types.is_nested(values.type) or pa.types.is_null(values.type) or pa.types.is_binary_view(values.type):
        return texts(values.to_pylist())
    coded = values.dictionary_encode()
    return texts(coded.dictionary.to_pylist()).take(coded.indices).fill_null("")
