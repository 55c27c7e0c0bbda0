"""A public seed from the contributions of several offices: nobody who adds to it can choose the whole.

Each office writes a text that the others cannot know; it is best that each first publishes the digest of its text, and
the text only when all digests are there. The seed is all of them in the order of the offices' names.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping

from riskmodel.errors import DrawError


def joined_seed(contributions: Mapping[str, str]) -> str:
    """One seed text from contributions by office.

    Parameters
    ----------
    contributions : mapping of office to text
        At least two; neither names nor texts hold ``=`` or ``;`` or are blank.

    Raises
    ------
    DrawError
        If there are fewer than two (RM-DRW-010), or a text cannot be taken apart again (RM-DRW-011).

    Examples
    --------
    >>> joined_seed({"纪委监委": "3 1 4", "市场监管局": "2718"})
    '市场监管局=2718;纪委监委=3 1 4'
    """
    if len(contributions) < 2:
        raise DrawError("RM-DRW-010", where="--contribution", found=", ".join(contributions) or "–")
    for office, text in contributions.items():
        if not office.strip() or not text.strip() or set("=;") & set(office + text):
            raise DrawError("RM-DRW-011", where="--contribution", found=f"{office}={text}")
    return ";".join(f"{normal(office)}={normal(text)}" for office, text in sorted(contributions.items()))


def sealed_contribution(office: str, text: str) -> str:
    """Digest that an office publishes before its text: SHA-256 of ``office=text``.

    >>> sealed_contribution("市场监管局", "2718")[:12]
    '508c5eb8244f'
    """
    return hashlib.sha256(f"{normal(office)}={normal(text)}".encode()).hexdigest()


def normal(text: str) -> str:
    """Trimmed text in normalisation form C."""
    return unicodedata.normalize("NFC", text.strip())
