"""What can go wrong, said once: a stable code, where, what was found, what was expected, how to mend it.

Every code has its words in Chinese and English in `WORDS`; raise sites give only the code and the facts.
"""

from __future__ import annotations

from typing import Literal

from riskmodel.error_words import WORDS
from riskmodel.fault_words import Both

__all__ = [
    "WORDS", "DrawError", "Fields", "InputError", "Lang", "PlanError", "PolicyError", "RiskModelError", "RunError",
    "refuse_fields",
]  # fmt: skip

Lang = Literal["zh", "en"]
# What was typed: option → value, whether it is right, and what it should be.
Fields = dict[str, tuple[str, bool, str | Both]]

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
    where : str or Both
        File, row and field, or the option as it is typed.
    found : object
        The offending value, or words about it in both languages.
    expected : str or Both, optional
        Replaces the general expectation of the code where the case says more.
    """

    def __init__(self, code: str, *, where: str | Both, found: object, expected: str | Both | None = None) -> None:
        self.code, self.where, self.found = code, str(where), str(found)
        self.expected = None if expected is None else str(expected)
        self._said = (where, found, expected)
        super().__init__(code, self.where, self.found, self.expected)

    def message(self, lang: Lang = "zh") -> str:
        """The whole message, one part a line."""
        words = WORDS[self.code][0 if lang == "zh" else 1]
        labels = _LABELS[lang]
        where, found, expected = (part.of(lang) if isinstance(part, Both) else part for part in self._said)
        parts = (where, str(found), expected or words.expected, words.mend)
        colon = "：" if lang == "zh" else ": "
        lines = [f"  {label}{colon}{part}" for label, part in zip(labels, parts, strict=True)]
        return "\n".join([f"{self.code} {words.title}", *lines])

    def __str__(self) -> str:
        return self.message("en")


class InputError(RiskModelError):
    """An argument, a file or its content cannot be used."""


def refuse_fields(code: str, fields: Fields) -> None:
    """Refuse what was typed where fields are wrong, and name them all at once.

    Parameters
    ----------
    code : str
        Code of the error.
    fields : dict
        Option as it is typed → value, whether it is right, and what it should be.
    """
    wrong = {name: (found or "-", expected) for name, (found, right, expected) in fields.items() if not right}
    if not wrong:
        return
    alone = len(wrong) == 1

    def said(part: int, lang: Lang) -> str:
        texts = {name: both[part] for name, both in wrong.items()}
        plain = {name: text.of(lang) if isinstance(text, Both) else text for name, text in texts.items()}
        joint = "；" if lang == "zh" else "; "
        return joint.join(text if alone else f"{name} {text}" for name, text in plain.items())

    found, expected = (Both(said(part, "zh"), said(part, "en")) for part in (0, 1))
    raise InputError(code, where=", ".join(wrong), found=found, expected=expected)


class PolicyError(RiskModelError):
    """The policy file is wrong or contradicts itself."""


class PlanError(RiskModelError):
    """No inspection plan satisfies all rules."""


class DrawError(RiskModelError):
    """A draw or its proof cannot be made or read."""


class RunError(RiskModelError):
    """A run cannot write what it should."""
