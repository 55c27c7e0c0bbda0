"""The words of every error code, in Chinese and English, by family; `riskmodel.errors` raises the codes."""

from riskmodel.error_words.draws import DRAWS
from riskmodel.error_words.rules import RULES
from riskmodel.error_words.sources import SOURCES
from riskmodel.error_words.words import Family, Words

__all__ = ["WORDS", "Words"]

WORDS: Family = {**SOURCES, **RULES, **DRAWS}
