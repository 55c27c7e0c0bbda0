"""Identity: unified social credit codes (GB 32100-2015), cleaned, checked, and repaired where one reading is right.

Older identifiers are recognised and checked too: 15-digit registration numbers (GS 15-2006) and 9-character
organisation codes (GB 11714-1997). Right codes are found by arithmetic on whole columns; only the rest is looked at
one by one.
"""

from __future__ import annotations

import itertools
import re
import unicodedata

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from riskmodel.records.cells import blank
from riskmodel.records.hygiene import person

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = np.array([pow(3, i, 31) for i in range(17)])
_VALUE = np.full(256, -1, dtype=np.int8)
_VALUE[[ord(c) for c in ALPHABET]] = np.arange(31)
_CHECK = np.array(list(ALPHABET))
_SHAPE = f"^[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}$"
# What surrounds a code in exports: its own name in front, a page mark behind, quotes, hyphens, hidden characters.
_AROUND = re.compile(
    r"^.*?(?:信用)?代码\)?[::]?|^(?:USCC|CODE)[::]|\(\d+/\d+\)$|[\s\-'\"`_.,;\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]"
)
# Letters that no code has, and what they are mistaken for; digits that stand where only digits may.
_LOOKS = {"I": "1L", "O": "0", "S": "5", "V": "UY", "Z": "2"}
_DIGIT_LOOKS = {**_LOOKS, "O": "0", "I": "1", "L": "1", "B": "8", "D": "0", "Q": "0", "G": "6", "U": "0", "Y": "4"}
# Allowed characters that are taken for each other: only to offer what could be meant, never to repair.
_ALIKE = ("0DQ", "8B", "6G", "1L7", "UY", "2Z")
_MOST_READINGS, _MOST_OFFERED = 4096, 5
_OLD_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_OLD_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_NUMBER = re.compile(r"\d(?:\.\d+)?E\+?\d{1,2}")
COLUMNS = ("code", "reason", "how", "candidates", "claim", "claim_kind")


def read_codes(texts: pa.Array) -> pd.DataFrame:
    """Read codes as they stand in exports.

    A code that is right as written stays. Letters that no code has (I, O, S, V, Z), and letters where only digits
    may stand, are read as the characters that they resemble; the code is taken if exactly one reading is right.
    A code of allowed characters with a wrong check digit is never changed, since any of its characters may be wrong;
    right codes one look-alike or one swap away are offered as candidates.

    Parameters
    ----------
    texts : pyarrow.Array of string
        Distinct texts.

    Returns
    -------
    DataFrame
        One row a text: ``code`` ('' if none is right); ``reason`` of refusal ('', ``missing_id``,
        ``scientific_code``, ``too_long_code``, ``malformed_code``, ``bad_check_digit``, ``ambiguous_code``,
        ``natural_person``); ``how`` ('' or ``repaired``); ``candidates`` ('; '-joined right readings); ``claim`` and
        ``claim_kind`` (``registration_no``, ``organisation_code``) of older identifiers.

    Examples
    --------
    >>> read_codes(pa.array(["统一社会信用代码:11370306004220465w", "1137O306004220465W"]))[
    ...     ["code", "how"]
    ... ].values.tolist()
    [['11370306004220465W', ''], ['11370306004220465W', 'repaired']]
    """
    codes = texts.to_numpy(zero_copy_only=False).astype(object).copy()
    fine = right(texts)
    columns = {name: np.full(len(texts), "", dtype=object) for name in COLUMNS}
    columns["code"][fine] = codes[fine]
    rest = np.flatnonzero(~fine)
    if len(rest):
        others = texts.take(pa.array(rest))
        empty = blank(others)
        residents = person(pa.array([_plain(t) for t in others.to_pylist()], pa.string()))
        for at, text, nothing, resident in zip(rest, others.to_pylist(), empty, residents, strict=True):
            found = ("", "missing_id", "", "", "", "") if nothing else _read(_plain(text), resident=bool(resident))
            for name, value in zip(COLUMNS, found, strict=True):
                columns[name][at] = value
    return pd.DataFrame(columns)


def _plain(text: str) -> str:
    """A code without what exports put around it; numbers as spreadsheets print them stay."""
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    return plain if _NUMBER.fullmatch(plain) else _AROUND.sub("", plain)


def _read(code: str, *, resident: bool) -> tuple[str, str, str, str, str, str]:
    """One text that is not right as written: code, reason, how, candidates, claim, kind of claim."""
    if _is_right(code):
        return code, "", "", "", "", ""
    if not code:
        return "", "missing_id", "", "", "", ""
    if resident:
        return "", "natural_person", "", "", "", ""
    if kind := _old_kind(code):
        return "", "malformed_code", "", "", code, kind
    if _NUMBER.fullmatch(code) or re.fullmatch(r"\d{15}000", code):
        return "", "scientific_code", "", "", "", ""
    if len(code) > 18:
        return "", "too_long_code", "", "", "", ""
    readings = _readings(code) if len(code) == 18 else []
    if len(readings) == 1:
        return readings[0], "", "repaired", "", "", ""
    if readings:
        return "", "ambiguous_code", "", "; ".join(readings), "", ""
    shaped = re.match(_SHAPE, code) is not None
    if shaped:
        return "", "bad_check_digit", "", "; ".join(_near(code)), "", ""
    return "", "malformed_code", "", "", "", ""


def _readings(code: str) -> list[str]:
    """All right codes that differ from a text in look-alike characters only; none if all characters are allowed."""
    if re.match(_SHAPE, code):
        return []
    options = []
    for place, character in enumerate(code):
        looks = _DIGIT_LOOKS if 2 <= place < 8 else _LOOKS
        allowed = character in ("0123456789" if 2 <= place < 8 else ALPHABET)
        options.append(character if allowed else looks.get(character, ""))
    if np.prod([float(len(option)) for option in options]) > _MOST_READINGS:
        return []
    return [reading for reading in map("".join, itertools.product(*options)) if _is_right(reading)]


def _near(code: str) -> list[str]:
    """Right codes one look-alike or one swap of neighbours away from a code with a wrong check digit."""
    swapped = [code[:i] + code[i + 1] + code[i] + code[i + 2 :] for i in range(17)]
    alike = [
        code[:i] + other + code[i + 1 :]
        for i, character in enumerate(code)
        for group in _ALIKE
        if character in group
        for other in group
        if other != character
    ]
    return [near for near in dict.fromkeys((*alike, *swapped)) if near != code and _is_right(near)][:_MOST_OFFERED]


def _is_right(code: str) -> bool:
    return re.match(_SHAPE, code) is not None and check_characters([code[:17]])[0] == code[17]


def _old_kind(code: str) -> str:
    """Kind of an older identifier with a right check digit, ''."""
    if re.fullmatch(r"\d{15}", code):
        rest = 10
        for figure in code[:14]:
            rest = ((int(figure) + rest) % 10 or 10) * 2 % 11
        return "registration_no" if str((11 - rest) % 10) == code[14] else ""
    if re.fullmatch(r"[0-9A-Z]{8}[0-9X]", code):
        total = sum(_OLD_ALPHABET.index(c) * w for c, w in zip(code, _OLD_WEIGHTS, strict=False))
        check = 11 - total % 11
        return "organisation_code" if {10: "X", 11: "0"}.get(check, str(check)) == code[8] else ""
    return ""


def right(texts: pa.Array) -> np.ndarray:
    """Texts that are right codes as they stand."""
    found: np.ndarray = pc.equal(pc.binary_length(texts), 18).to_numpy(zero_copy_only=False).copy()
    if found.any():
        digits = _digits(texts if found.all() else texts.filter(pa.array(found)))
        shaped = (digits.min(axis=0) >= 0) & (digits[2:8].max(axis=0) < 10)
        found[found] = shaped & (_check_values(digits) == digits[17])
    return found


def _digits(codes: pa.Array) -> np.ndarray:
    """Values of the bytes of codes that all have the same number of them, a row for each place; -1: not allowed."""
    if not len(codes):
        return np.zeros((18, 0), dtype=np.int8)
    ends = np.frombuffer(codes.buffers()[1], dtype=np.int32)[codes.offset :]
    letters = np.frombuffer(codes.buffers()[2], dtype=np.uint8)[ends[0] : ends[len(codes)]]
    return _VALUE[np.ascontiguousarray(letters.reshape(len(codes), -1).T)]


def _check_values(digits: np.ndarray) -> np.ndarray:
    sums = np.zeros(digits.shape[1], dtype=np.int16)  # at most 17 * 30 * 30
    for place, weight in enumerate(WEIGHTS.astype(np.int16)):
        sums += weight * digits[place]
    values: np.ndarray = (31 - sums % 31) % 31
    return values


def check_characters(codes: list[str]) -> list[str]:
    """Check character of each code's first 17 characters, by GB 32100-2015.

    >>> check_characters(["11370306004220465"])
    ['W']
    """
    characters: list[str] = _CHECK[_check_values(_digits(pa.array(codes, pa.string())))].tolist()
    return characters
