"""The records behind a reason, by number: what a score relies on, to be looked up."""

from __future__ import annotations

import pandas as pd

from riskmodel.display.citations import DATED
from riskmodel.display.industries import industry
from riskmodel.display.text import Lang
from riskmodel.features import Feature
from riskmodel.features.catalog import DECLARED
from riskmodel.records import Known
from riskmodel.records.windows import Attribute, GroupShare, Window, matching, needed
from riskmodel.tables import TABLES

# Column → marks around a citation in its language, and how the rest is counted.
_MARKS = {
    "records": ("（", "，", "）", "；", "等{n}条"),
    "records_en": (" (", ", ", ")", "; ", "{n} in all"),
}
# How many records a reason cites by number; the rest is counted.
_CITED = 3


def cited(known: Known, feature: Feature, entities: pd.Series) -> pd.DataFrame:
    """Texts by enterprise: the newest records behind a feature, or the registry entry.

    Returns
    -------
    DataFrame
        Index: enterprise; ``records`` with words in Chinese, ``records_en`` with words in English. What the records
        themselves say (numbers, bodies) is the same in both.
    """
    windows = [how for how in needed(DECLARED, [feature.name]).values() if isinstance(how, Window)]
    if not windows or isinstance(feature.how, GroupShare):
        return _registry(known, feature, entities)
    wanted = entities.tolist()
    found = [matching(known, window, wanted).assign(clock=window.clock) for window in windows]
    rows = pd.concat(found).drop_duplicates(["entity_id", "record_id"])
    if rows.empty:  # that nothing is there is the reason
        return pd.DataFrame(columns=["records", "records_en"], dtype="str")
    rows = rows.sort_values(["entity_id", "on", "record_id"], ascending=[True, False, True], ignore_index=True)
    newest_only = isinstance(feature.how, Window) and feature.how.aggregate == "days_since"
    limit = 1 if newest_only else _CITED
    total = rows.groupby("entity_id").size()
    many = total.where(total > limit, 0) if limit > 1 else total * 0
    shown = rows[rows.groupby("entity_id").cumcount() < limit]
    texts = {}
    for side, (column, (opening, comma, closing, semicolon, in_all)) in enumerate(_MARKS.items()):
        day, what = shown["on"].dt.strftime("%Y-%m-%d"), shown["clock"].map(lambda clock, at=side: DATED[clock][at])
        when = day + " " + what if side == 0 else what + " " + day
        source = when + (comma + shown["authority"]).where(shown["authority"].ne(""), "")
        each = shown["record_id"] + opening + source + closing
        text = each.groupby(shown["entity_id"]).agg(semicolon.join)
        texts[column] = text + many.map(lambda n, said=semicolon + in_all: said.format(n=n) if n else "")
    return pd.DataFrame(texts)


def _named(values: pd.Series, column: str, lang: Lang) -> pd.Series:
    """Industries with the names of their sections; other columns as they stand."""
    if column != "industry":
        return values
    return values.map({code: industry(code, lang) for code in values.dropna().unique()})


def _registry(known: Known, feature: Feature, entities: pd.Series) -> pd.DataFrame:
    """What the registry says in the columns that a feature reads, with their headings."""
    registry = known["enterprises"].set_index("entity_id").loc[entities.unique()]
    columns = [feature.how.column] if isinstance(feature.how, Attribute) else ["industry"]
    if isinstance(feature.how, GroupShare) and feature.how.groups[0] in registry:
        columns = list(feature.how.groups)
    texts = pd.DataFrame({"records": "企业登记：", "records_en": "registry: "}, index=registry.index)
    for column in columns:
        values = registry[column]
        shown = values.dt.strftime("%Y-%m-%d") if values.dtype.kind == "M" else values.astype("str")
        texts["records"] += TABLES["enterprises"][column].zh + " " + _named(shown, column, "zh").fillna("无")
        texts["records_en"] += column.replace("_", " ") + " " + _named(shown, column, "en").fillna("none")
    return texts
