"""What can go wrong, said once: a stable code, where, what was found, what was expected, how to mend it.

Every code has its words in Chinese and English in `WORDS`; raise sites give only the code and the facts.
"""

from __future__ import annotations

from typing import Literal

from riskmodel.error_words import WORDS
from riskmodel.fault_words import Both

__all__ = ["WORDS", "DrawError", "InputError", "Lang", "PlanError", "PolicyError", "RiskModelError", "RunError"]

Lang = Literal["zh", "en"]

_LABELS: dict[str, tuple[str, str, str, str]] = {
    "zh": ("位置", "发现", "应为", "如何处理"),
    "en": ("where", "found", "expected", "how to mend"),
}


class RiskModelError(Exception):
    """Base of all errors that riskmodel raises on purpose.

    Parameters
    ----------
    code : str
        Stable code, a key of `WORDS`.
    where : str
        File, row and field, or option.
    found : object
        The offending value, or words about it in both languages.
    expected : str or Both, optional
        Replaces the general expectation of the code where the case says more.
    """

    def __init__(self, code: str, *, where: str, found: object, expected: str | Both | None = None) -> None:
        self.code, self.where, self.found = code, where, str(found)
        self.expected = None if expected is None else str(expected)
        self._said = (found, expected)
        super().__init__(code, where, self.found, self.expected)

    def message(self, lang: Lang = "zh") -> str:
        """The whole message, one part a line."""
        words = WORDS[self.code][0 if lang == "zh" else 1]
        labels = _LABELS[lang]
        found, expected = (part.of(lang) if isinstance(part, Both) else part for part in self._said)
        parts = (self.where, str(found), expected or words.expected, words.mend)
        lines = [f"  {label}: {part}" for label, part in zip(labels, parts, strict=True)]
        return "\n".join([f"{self.code} {words.title}", *lines])

    def __str__(self) -> str:
        return self.message("en")


class InputError(RiskModelError):
    """An argument, a file or its content cannot be used."""


class PolicyError(RiskModelError):
    """The policy file is wrong or contradicts itself."""


class PlanError(RiskModelError):
    """No inspection plan satisfies all rules."""


class DrawError(RiskModelError):
    """A draw or its proof cannot be made or read."""


class RunError(RiskModelError):
    """A run cannot write what it should."""
