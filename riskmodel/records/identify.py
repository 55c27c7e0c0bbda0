"""Identity: unified social credit codes cleaned and checked (GB 32100-2015), a whole column at a time."""

from __future__ import annotations

import numpy as np
import pandas as pd

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = np.array([pow(3, i, 31) for i in range(17)])
_VALUE = np.full(128, -1, dtype=np.int64)
_VALUE[[ord(c) for c in ALPHABET]] = np.arange(31)
_VALUE_OF_CHECK = np.array(list(ALPHABET))
# What surrounds a code in exports: its own name in front, a page mark behind.
_AROUND = r"^统一社会信用代码[::]?|\(\d+/\d+\)$|[\s\-]"


def clean_codes(values: pd.Series) -> pd.Series:
    """Codes without what exports put around them: label, page mark, spaces, full width, lower case.

    >>> clean_codes(pd.Series(["统一社会信用代码:11370306004220465w "])).tolist()
    ['11370306004220465W']
    """
    return values.str.normalize("NFKC").str.strip().str.replace(_AROUND, "", regex=True).str.upper()


def check_characters(codes: list[str]) -> list[str]:
    """Check character of each code's first 17 characters, by GB 32100-2015.

    >>> check_characters(["11370306004220465"])
    ['W']
    """
    characters: list[str] = _VALUE_OF_CHECK[_check_values(_digits(codes))].tolist()
    return characters


def faults(codes: pd.Series) -> np.ndarray:
    """Reason for which each code is refused, '' where it is right.

    Returns
    -------
    ndarray of str
        ``missing_id``, ``too_long_code``, ``malformed_code`` (length or alphabet), ``bad_check_digit`` or ''.
    """
    reasons = np.full(len(codes), "", dtype=object)
    text = codes.fillna("")
    lengths = text.str.len().to_numpy()
    reasons[lengths == 0] = "missing_id"
    reasons[lengths > 18] = "too_long_code"
    reasons[(lengths > 0) & (lengths < 18)] = "malformed_code"
    whole = lengths == 18
    shaped = whole & text.str.fullmatch(f"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}").to_numpy(dtype=bool)
    reasons[whole & ~shaped] = "malformed_code"
    if shaped.any():
        candidates = text[shaped].tolist()
        last = _digits([c[17] for c in candidates])[:, 0]
        wrong = np.zeros(len(codes), dtype=bool)
        wrong[shaped] = _check_values(_digits([c[:17] for c in candidates])) != last
        reasons[wrong] = "bad_check_digit"
    return reasons


def _digits(codes: list[str]) -> np.ndarray:
    width = len(codes[0]) if codes else 0
    letters = np.frombuffer("".join(codes).encode("ascii"), dtype=np.uint8).reshape(len(codes), width)
    return _VALUE[letters]


def _check_values(digits: np.ndarray) -> np.ndarray:
    values: np.ndarray = (31 - digits @ WEIGHTS % 31) % 31
    return values
