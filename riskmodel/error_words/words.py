"""What the words of an error are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """Title, expectation and remedy of one error code in one language."""

    title: str
    expected: str
    mend: str


# code → (Chinese, English). `expected` may be replaced at the raise site where it depends on the case.
Family = Mapping[str, tuple[Words, Words]]
