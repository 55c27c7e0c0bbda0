"""How the policy reads the grades of other bodies."""

from __future__ import annotations

from collections.abc import Mapping

from riskmodel.records.panel import Shown


def read_grades(shown: Shown, words: Mapping[str, str]) -> Shown:
    """The same records; ratings have ``read_grade``: the credit grade that their words mean, '' for other words."""
    ratings = shown["ratings"]
    read = ratings["grade"].map(dict(words)).astype("object").fillna("").astype("str")
    return shown.with_table("ratings", ratings.assign(read_grade=read))
