"""Tickets: permanent random numbers that anybody can compute again from a public seed and an identifier.

Specification
-------------
Let *seed* be a public text and *name* an identifier, taken exactly as written. Bring the seed to Unicode
normalisation form C. The ticket of *name* for a *purpose* is

    HMAC-SHA256(key     = UTF-8 of the seed,
                message = UTF-8 of "riskmodel/" + purpose + "/v1|" + name)

written as 64 lowercase hexadecimal digits. Tickets are compared as texts, digit by digit from the left; the
smaller ticket comes first. Purposes are "draw" (which enterprises), "round" (how numbers are rounded), "team" (who
leads) and "visit" (who goes where), so that the lotteries of one seed have nothing to do with each other. For display
only, u = (whole number of the first 13 digits + 1/2) / 2^52 lies strictly between 0 and 1.

One ticket can be checked alone, with any HMAC-SHA256 calculator.

Test vectors
------------
>>> ticket("lottery 2025-075: 03 08 11 19 25 30 + 07", "91370306MA3C000014")
'86a9fdc4a943fcd45a8c451822a9d95bbb4fafa326117b5b0c98357e9e4901fe'
>>> ticket("第2025075期", "91370306MA3C000014")
'fa098231cb426ed69eb0e55be5334935e2018bb6b9e9b40a79914ce7bcba122a'
>>> ticket("第2025075期", "ZF-001", purpose="team")
'bf4946b35abd0eed5add8b128ce11230138472b4cbc506f1abdaba1ae87387c3'
>>> ticket("第2025075期", "91370306MA3C000014|T01", purpose="visit")
'9b64cda978ba76e63a1622f6b16b16f84bea1756f261cc2826242f57dca9eded'
>>> uniform(["0" * 64, "8" + "0" * 63, "f" * 64]).tolist()
[1.1102230246251565e-16, 0.5000000000000001, 0.9999999999999999]

References
----------
HMAC: RFC 2104; SHA-256: FIPS 180-4. Permanent random numbers: Ohlsson (1995), "Coordination of samples using
permanent random numbers", in Business Survey Methods.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Literal

import numpy as np

from riskmodel.errors import DrawError

Purpose = Literal["draw", "team", "visit", "round"]
_CHUNK = 1 << 16


def ticket(seed: str, name: str, *, purpose: Purpose = "draw") -> str:
    """The ticket of one identifier: 64 lowercase hexadecimal digits.

    Raises
    ------
    DrawError
        If the seed is blank or no Unicode text (RM-DRW-010).
    """
    return _ticket(_key(seed), f"riskmodel/{purpose}/v1|{name}")


def tickets(seed: str, ids: Iterable[str], purpose: Purpose = "draw") -> np.ndarray:
    """Tickets of many identifiers, in their order.

    Parameters
    ----------
    seed : str
        Public text; another seed gives tickets that are independent of these.
    ids : iterable of str
        Identifiers, taken as written.
    purpose : str, default="draw"
        Lottery for which the tickets are made.

    Returns
    -------
    numpy.ndarray
        Texts of 64 hexadecimal digits (dtype ``<U64``).

    Raises
    ------
    DrawError
        If the seed is blank or no Unicode text (RM-DRW-010).
    """
    key, prefix = _key(seed), f"riskmodel/{purpose}/v1|"
    return np.array([_ticket(key, prefix + name) for name in ids], dtype="<U64")


def words(seed: str, ids: Iterable[str], purpose: Purpose = "draw") -> np.ndarray:
    """Tickets as four whole numbers each, first digits first: the same order as the texts, and quick to sort.

    Returns
    -------
    numpy.ndarray
        Shape (units, 4), dtype uint64.

    Examples
    --------
    >>> [int(word) for word in words("seed", ["a"])[0]] == [
    ...     int(ticket("seed", "a")[k : k + 16], 16) for k in (0, 16, 32, 48)
    ... ]
    True
    """
    key = _key(seed)
    key = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    # HMAC begins both of its hashes with the key: these two beginnings are hashed once for all.
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key) + f"riskmodel/{purpose}/v1|".encode())
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in key))
    names, made = iter(ids), []
    while chunk := list(islice(names, _CHUNK)):
        digests = []
        for name in chunk:
            first, second = inner.copy(), outer.copy()
            first.update(name.encode("utf-8"))
            second.update(first.digest())
            digests.append(second.digest())
        made.append(np.frombuffer(b"".join(digests), dtype=">u8").reshape(-1, 4).astype(np.uint64))
    return np.concatenate(made) if made else np.zeros((0, 4), dtype=np.uint64)


def texts(made: np.ndarray) -> list[str]:
    """Tickets in their usual form, from `words`."""
    return [row.tobytes().hex() for row in made.astype(">u8")]


def uniform(tickets: Sequence[str] | np.ndarray) -> np.ndarray:
    """Tickets as numbers in (0, 1), for display and tests; comparisons use the whole text."""
    return np.array([(int(text[:13], 16) + 0.5) / 2.0**52 for text in tickets], dtype=float)


def normal_seed(seed: str) -> str:
    """The seed in normalisation form C, the form that is used and kept.

    Raises
    ------
    DrawError
        If the seed is blank or no Unicode text (RM-DRW-010).
    """
    _key(seed)
    return unicodedata.normalize("NFC", seed)


def _key(seed: str) -> bytes:
    if not isinstance(seed, str) or not seed.strip():
        raise DrawError("RM-DRW-010", where="seed", found=repr(seed))
    try:
        return unicodedata.normalize("NFC", seed).encode("utf-8")
    except UnicodeEncodeError as fault:
        raise DrawError("RM-DRW-010", where="seed", found=ascii(seed)) from fault


def _ticket(key: bytes, message: str) -> str:
    return hmac.digest(key, message.encode("utf-8"), "sha256").hex()
