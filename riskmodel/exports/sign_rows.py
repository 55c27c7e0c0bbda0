"""Early signs and waves in words: rows for the report, the lists and the digests of departments."""

from __future__ import annotations

import pandas as pd

from riskmodel.display.industries import industry
from riskmodel.display.text import Lang, say
from riskmodel.warning.signs import Signs


def sign_rows(found: Signs, lang: Lang) -> pd.DataFrame:
    """Early signs with why (events against the industry) and the wave that they belong to."""
    table = found.table
    why = [
        say("sign.why", lang, n=n, usual=usual) for n, usual in zip(table["events"], table["usual"], strict=True)
    ]  # fmt: skip
    return table.assign(why=why, wave=[_wave(text, lang) for text in table["wave"]])


def wave_rows(found: Signs, lang: Lang) -> pd.DataFrame:
    """Waves: group, since, until, enterprises with events, usual number."""
    table = found.waves
    groups = [_group(f"{area}:{group}", lang) for area, group in zip(table["area"], table["group"], strict=True)]
    return table.assign(group=groups, usual=[f"{expected:.1f}" for expected in table["expected"]])


def waves_of(case_ids: pd.Series, found: Signs | None, lang: Lang) -> list[str]:
    """What each case is part of, '' if of nothing."""
    marks = {} if found is None else dict(zip(found.cases["case_id"], found.cases["wave"], strict=True))
    return [_wave(marks.get(case_id, ""), lang) for case_id in case_ids]


def _wave(groups: str, lang: Lang) -> str:
    if not groups:
        return ""
    joined = say("list.separator", lang).join(_group(group, lang) for group in groups.split("; "))
    return say("wave.mark", lang, groups=joined)


def _group(code: str, lang: Lang) -> str:
    area, _, name = code.partition(":")
    return say("wave.industry", lang, name=industry(name, lang)) if area == "industry" else name
