"""From the table of events and the rules in force to the arrays that `course` walks through."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from riskmodel.errors import InputError
from riskmodel.policy.early_warning import Reminder, WarningRules
from riskmodel.tables import SEVERITIES
from riskmodel.values import AsOf
from riskmodel.warning.course import Histories, Rule, Spans
from riskmodel.warning.crossing import NEVER, Events, Repeat

# Events that a refusal names; the rest is counted.
_NAMED = 5


@dataclass(frozen=True)
class Prepared:
    """Events that any rule is about, in order, as a table and as arrays.

    Attributes
    ----------
    table : DataFrame
        Rows sorted by enterprise, day known, day occurred, record.
    entity_ids : list of str
        Enterprise of each number.
    histories : Histories
        The same rows as arrays.
    rules : list of Rule
        Reminders and then signals, each in the policy's order.
    """

    table: pd.DataFrame
    entity_ids: list[str]
    histories: Histories
    rules: list[Rule]


def prepared(events: pd.DataFrame, rules: WarningRules, as_of: AsOf) -> Prepared:
    """The rows known by a day that some rule is about.

    Raises
    ------
    InputError
        An event without a day or dated after the day on which it was known (RM-WRN-003), or of an enterprise that
        the registry does not know (RM-WRN-004).
    """
    _refuse(events)
    named = (*rules.reminders, *rules.signals)
    rows = events[events["known_on"].le(pd.Timestamp(as_of.day)).to_numpy(dtype=bool)]
    about = [_about(rows, rule) for rule in named]
    counts = _counted(rows, rules.reminders)
    kept = np.logical_or.reduce([counts, *about])
    keys = ["entity_id", "known_on", "occurred_on", "event_id"]
    order = rows[kept].reset_index(drop=True).sort_values(keys).index.to_numpy()
    table = rows[kept].iloc[order].reset_index(drop=True)
    firms, entity_ids = pd.factorize(table["entity_id"])
    occurred, known = _days(table["occurred_on"]), _days(table["known_on"])
    stopped = np.where(table["stopped_known_on"].isna(), NEVER, _days(table["stopped_known_on"])).astype(np.int32)
    starts = _starts(firms, len(entity_ids))
    histories = Histories(occurred, known, stopped, counts[kept][order], starts)
    made = [
        _rule(table, firms, histories, mask[kept][order], rule, signal=place >= len(rules.reminders))
        for place, (rule, mask) in enumerate(zip(named, about, strict=True))
    ]
    return Prepared(table, entity_ids.tolist(), histories, made)


def spans(rules: WarningRules) -> Spans:
    """How long stages last, as numbers of days."""
    first = int(np.datetime64(rules.recorded_from, "D").astype(np.int64))
    return Spans(
        rules.lapses_after_days, rules.interview_working_days, rules.improvement_days, rules.reopen_within_days,
        rules.watch_longest_days, rules.notice_working_days, rules.answer_working_days, rules.clean_days, first,
    )  # fmt: skip


def _rule(
    table: pd.DataFrame, firms: np.ndarray, h: Histories, mask: np.ndarray, rule: Reminder, *, signal: bool
) -> Rule:
    rows = np.flatnonzero(mask)
    group = np.empty(0, dtype=np.int32)
    if rule.same is not None:
        codes = pd.factorize(table[rule.same], sort=True)[0]
        rows = rows[np.lexsort((rows, codes[rows], firms[rows]))]
        group = codes[rows].astype(np.int32)
    weight = np.empty(0, dtype=np.int32)
    if set(rule.weights.values()) != {1}:
        weight = table["kind"].map(dict(rule.weights)).to_numpy()[rows].astype(np.int32)
    stopped = h.stopped[rows] if (h.stopped[rows] < NEVER).any() else np.empty(0, dtype=np.int32)
    events = Events(firms[rows], h.occurred[rows], h.known[rows], stopped, weight, group)
    return Rule(events, Repeat(rule.at_least, rule.within_days), rows, _starts(firms[rows], len(h.starts) - 1), signal)


def _about(rows: pd.DataFrame, rule: Reminder) -> np.ndarray:
    """Rows that a rule is about."""
    fits = (rows["kind"].isin(rule.events) & rows["severity"].isin(rule.severity)).to_numpy(dtype=bool)
    if "leniency" in rule.exclude:
        fits = fits & rows["leniency"].ne("yes").to_numpy(dtype=bool)
    for column, words in (("item", rule.items), ("authority", rule.authorities)):
        if words:
            found = rows[column].str.contains("|".join(map(re.escape, words)), na=False)
            fits = fits & found.to_numpy(dtype=bool)
    if rule.same is not None:
        fits = fits & rows[rule.same].fillna("").ne("").to_numpy(dtype=bool)
    return fits


def _counted(rows: pd.DataFrame, reminders: Sequence[Reminder]) -> np.ndarray:
    """Rows that bar improvement and release: of a kind that a reminder is about, and no milder than its mildest."""
    kinds = {kind for r in reminders for kind in r.events}
    mildest = min(SEVERITIES.index(s) for r in reminders for s in r.severity)
    fits = (rows["kind"].isin(kinds) & rows["severity"].isin(SEVERITIES[mildest:])).to_numpy(dtype=bool)
    if all("leniency" in r.exclude for r in reminders):
        fits = fits & rows["leniency"].ne("yes").to_numpy(dtype=bool)
    return fits


def _refuse(events: pd.DataFrame) -> None:
    wrong = events[~events["occurred_on"].le(events["known_on"]).to_numpy(dtype=bool)]
    if len(wrong):
        days = zip(wrong["event_id"], _iso(wrong, "occurred_on"), _iso(wrong, "known_on"), strict=True)
        raise InputError(
            "RM-WRN-003", where="occurred_on, known_on", found=_some([f"{i}: {o} > {k}" for i, o, k in days])
        )
    strange = events[events["name"].isna().to_numpy(dtype=bool)]
    if len(strange):
        found = [f"{i}: {e}" for i, e in zip(strange["event_id"], strange["entity_id"], strict=True)]
        raise InputError("RM-WRN-004", where="entity_id", found=_some(found))


def _iso(rows: pd.DataFrame, column: str) -> list[str]:
    return [str(day) for day in rows[column].dt.strftime("%Y-%m-%d").fillna("-")]


def _some(found: Sequence[str]) -> str:
    more = f" … ({len(found)})" if len(found) > _NAMED else ""
    return "; ".join(found[:_NAMED]) + more


def _starts(firms: np.ndarray, enterprises: int) -> np.ndarray:
    starts: np.ndarray = np.searchsorted(firms, np.arange(enterprises + 1))
    return starts


def _days(dates: pd.Series) -> np.ndarray:
    """Days since 1970 (a missing date gives a number without meaning)."""
    days = dates.to_numpy(dtype="datetime64[D]").astype(np.int64)
    return np.clip(days, -NEVER, NEVER).astype(np.int32)
