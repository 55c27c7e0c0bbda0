"""What would lower an enterprise's tier: its own acts and time, tried on the path that decides in earnest.

Every trial is a copy of the enterprise's records with acts of the policy (`tiers.outlook`) put in. The copies go
through the same functions as any assessment, as of today and of the months after it: which records count, features,
points, cut, stability, rules, people. Other enterprises, the card and the policy stay as they are today.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import pandas as pd

from riskmodel.display.citations import citations
from riskmodel.display.text import Lang, say
from riskmodel.features import FEATURES, build
from riskmodel.features.catalog import DECLARED
from riskmodel.learning import Models, scored
from riskmodel.policy.model import Rules
from riskmodel.policy.outlook import CELL, TODAY, Act
from riskmodel.records import Known
from riskmodel.records.panel import Shown
from riskmodel.records.windows import GroupShare, Window, needed
from riskmodel.standing import ManualTiers, counted, graded, read_grades, standing, with_manual
from riskmodel.tables import TABLES, TIERS, dtype_of, empty
from riskmodel.tiering import MANUAL, among, override, steadied
from riskmodel.values import AsOf

# Copies of an enterprise's records that are tried at once; more acts together are then left out, and said to be.
_MOST_COPIES = 4_000
# Features that a sentence names: those whose points fall most.
_SHOWN = 3


@dataclass(frozen=True)
class Scene:
    """One enterprise, and what stays as it is while its acts and time are tried.

    Attributes
    ----------
    known : Known
        Records of the enterprise alone, as of today.
    values : Series
        Its features today.
    decided : Series
        Its row of the assessment.
    before : DataFrame
        Its tiers by score of the months before, oldest first: one row.
    others : ndarray of int
        Scores of all other enterprises.
    manual : ManualTiers
        Decisions of people that were recorded by today.
    models : Models
        Scorecard in force.
    rules : Rules
        Rules of today.
    """

    known: Known
    values: pd.Series
    decided: pd.Series
    before: pd.DataFrame
    others: np.ndarray
    manual: ManualTiers
    models: Models
    rules: Rules


@dataclass(frozen=True)
class Deed:
    """An act on one record; `record` is its place in its table (-1 without one), `cited` how people know it.

    The day of the citation is that of the column `clock`.
    """

    act: Act
    record: int
    cited: str
    clock: str = "occurred_on"

    def name(self, lang: Lang) -> str:
        """What is done, in words."""
        cited = citations(self.cited, lang, self.clock)
        return (self.act.name_zh if lang == "zh" else self.act.name_en).format(record=cited)


@dataclass(frozen=True)
class Way:
    """A way into a lower tier: what is done today, and when the tier falls if nothing new happens.

    Attributes
    ----------
    deeds : tuple of Deed
        Empty if time alone is enough.
    months : int
        Months until the tier falls; 0 is at once.
    day : date
        The day of that month.
    tier : str
        Tier on that day.
    risk_score : int
        Score on that day.
    changed : tuple
        Features whose points differ from today's, most first: (feature, value today, value then, points).
    """

    deeds: tuple[Deed, ...]
    months: int
    day: date
    tier: str
    risk_score: int
    changed: tuple[tuple[str, float, float, int], ...]


@dataclass(frozen=True)
class Outlook:
    """What would lower a tier.

    Attributes
    ----------
    tier : str
        Tier of today.
    risk_score : int
        Score of today.
    ways : tuple of Way
        Time alone if that is enough, then fewest acts first: each next way is sooner than the one before.
    rule : str
        Id of the rule, or ``manual``, that decides the tier today; '' if none.
    rule_names : tuple of str
        Its name in Chinese and English.
    rule_ends : date or None
        First day on which it decides no more if nothing new happens; None: not within the months that were tried.
    months, together : int
        How far, and with how many acts at once, it was tried.
    deeds : tuple of Deed
        All that the enterprise can do.
    """

    tier: str
    risk_score: int
    ways: tuple[Way, ...]
    rule: str
    rule_names: tuple[str, str]
    rule_ends: date | None
    months: int
    together: int
    deeds: tuple[Deed, ...]

    def lines(self, lang: Lang = "zh") -> list[str]:
        """The outlook in words, one sentence a line."""
        if self.tier == TIERS[0] and not self.rule:
            return [say("outlook.lowest", lang)]
        lines = [say("outlook.head", lang, months=self.months, together=self.together)]
        if self.rule:
            name = self.rule_names[0 if lang == "zh" else 1]
            key = "outlook.rule_ends" if self.rule_ends else "outlook.rule_stays"
            lines.append(say(key, lang, name=name, day=self.rule_ends, months=self.months))
        lines += [self._sentence(way, lang) for way in self.ways]
        return lines if self.ways else [*lines, say("outlook.none", lang, months=self.months)]

    def _sentence(self, way: Way, lang: Lang) -> str:
        acts = (" + " if lang == "en" else "，并").join(deed.name(lang) for deed in way.deeds)
        key = "outlook.wait" if not way.deeds else "outlook.later" if way.months else "outlook.now"
        moved = ("；" if lang == "zh" else "; ").join(
            f"{FEATURES[name].zh if lang == 'zh' else FEATURES[name].en} {points:+d}".replace("-", "−")
            for name, _, _, points in way.changed[:_SHOWN]
        )
        facts = {"acts": acts, "day": way.day, "tier": way.tier, "before": self.risk_score, "after": way.risk_score}
        return say(key, lang, **facts) + (say("outlook.moved", lang, moved=moved) if moved else "")


def outlook(scene: Scene) -> Outlook:
    """Find the fewest acts, and the soonest month, with which an enterprise stands in a lower tier than today.

    All sets of up to `most_together` acts are tried, then all acts at once, on every month: what is found is exact
    for these. Sets that would be too many to try at once are left out; `Outlook.together` says how many were not.
    """
    rules, tier = scene.rules.tiers.outlook, str(scene.decided["risk_tier"])
    deeds = _deeds(scene)
    most = next((k for k in range(rules.most_together, 0, -1) if comb(len(deeds), k) <= _MOST_COPIES), 0)
    sizes = dict.fromkeys(size for size in (*range(most + 1), len(deeds)) if size <= len(deeds))
    tried = [chosen for size in sizes for chosen in combinations(deeds, size)]
    trials = _tried(scene, tried)
    trials["size"] = trials["place"].map(len_of := {place: len(chosen) for place, chosen in enumerate(tried)})
    ways: list[Way] = []
    for size in dict.fromkeys(len_of.values()):
        way = _soonest(scene, trials[trials["size"].eq(size).to_numpy()], tried, tier)
        if way is not None and (not ways or way.months < ways[-1].months):
            ways.append(way)
    rule, names = _rule(scene)
    over = trials[(trials["size"].eq(0) & trials["rule_id"].ne(rule)).to_numpy()]
    ends = over["day"].iloc[0] if rule and len(over) else None
    score, months = int(scene.decided["risk_score"]), rules.months_ahead
    return Outlook(tier, score, tuple(ways), rule, names, ends, months, most, deeds)


def _rule(scene: Scene) -> tuple[str, tuple[str, str]]:
    """Rule that decides the tier today, with its names; nothing where the score decides."""
    found = str(scene.decided["rule_id"])
    names = {rule.id: (rule.name_zh, rule.name_en) for rule in scene.rules.tiers.overrides}
    names[MANUAL] = (say("outlook.manual", "zh"), say("outlook.manual", "en"))
    return (found, names[found]) if found in names else ("", ("", ""))


def _deeds(scene: Scene) -> tuple[Deed, ...]:
    """Every act on every record that it fits and that counts, newest records first."""
    days = _days(scene)
    counts = counted(_graded(replace(scene.known.panel, days=tuple(days)), scene.rules), scene.rules.counting)
    deeds: list[Deed] = []
    for act in scene.rules.tiers.outlook.acts:
        if not act.of:
            deeds.append(Deed(act, -1, ""))
            continue
        rows, clock = scene.known[act.of], str(TABLES[act.of].occurred)
        fits = np.ones(len(rows), dtype=bool)
        for column, values in act.where.items():
            cells = rows[column].astype("object").where(rows[column].notna(), "").astype("str")
            fits &= cells.isin(values).to_numpy(dtype=bool)
        if "record_id" in rows:
            fits &= rows["record_id"].isin(counts[act.of]["record_id"]).to_numpy(dtype=bool)
        rows = rows[fits].sort_values(clock, ascending=False, kind="stable")
        # a penalty is known by the day of its decision, as reasons cite it
        dated = "decided_on" if "decided_on" in rows else clock
        cited = [_cited(row, dated) for row in rows.to_dict("records")]
        deeds += [
            Deed(act, int(place), words, dated) for place, words in zip(rows.index.to_numpy(), cited, strict=True)
        ]
    return tuple(deeds)


def _cited(row: Mapping[Hashable, Any], clock: str) -> str:
    day = "" if pd.isna(row[clock]) else f"{row[clock]:%Y-%m-%d}"
    parts = [part for part in (day, str(row.get("authority", ""))) if part]
    return str(row.get("record_id", "")) + (f"({', '.join(parts)})" if parts else "")


def _graded(shown: Shown, rules: Rules) -> Shown:
    return read_grades(graded(shown, rules.severity), rules.grade_words)


def _days(scene: Scene) -> list[AsOf]:
    """Today and the same day of the months after it."""
    today = pd.Timestamp(scene.known.as_of.day)
    ahead = range(scene.rules.tiers.outlook.months_ahead + 1)
    return [AsOf((today + pd.DateOffset(months=month)).date()) for month in ahead]


def _copies(known: Known, tried: Sequence[tuple[Deed, ...]]) -> Known:
    """The records of one enterprise, once for each set of deeds, with those put in; ids are the places of the sets."""
    names, tables = np.array([f"{place:06d}" for place in range(len(tried))]), {}
    for table, rows in known.tables.items():
        if "entity_id" in rows:
            repeated = rows.iloc[np.tile(np.arange(len(rows)), len(tried))].reset_index(drop=True)
            tables[table] = repeated.assign(entity_id=pd.Series(np.repeat(names, len(rows)), dtype="str"))
        else:
            tables[table] = rows
    new: dict[str, list[dict[str, Any]]] = {}
    for place, deeds in enumerate(tried):
        for deed in deeds:
            cells = _cells(known, deed)
            if deed.act.to:
                new.setdefault(deed.act.to, []).append({**_blank(known, deed), **cells, "entity_id": names[place]})
            else:
                at = place * len(known[deed.act.of]) + deed.record
                for column, value in cells.items():
                    tables[deed.act.of].loc[at, column] = value
    for table, added in new.items():
        tables[table] = pd.concat([tables[table], _rows(table, added)], ignore_index=True)
    return replace(known, tables=tables)


def _cells(known: Known, deed: Deed) -> dict[str, Any]:
    """What the act sets: days for `today`, cells of the record for `@column`, else the value as it stands."""
    day = pd.Timestamp(known.as_of.day)
    return {
        column: day if value == TODAY
        else known[deed.act.of][value[len(CELL):]].iloc[deed.record] if value.startswith(CELL) else value
        for column, value in deed.act.set.items()
    }  # fmt: skip


def _blank(known: Known, deed: Deed) -> dict[str, Any]:
    """A new row as accepted rows are without a value: known today, under a number of its own."""
    table = TABLES[deed.act.to]
    row: dict[str, Any] = {column.name: column.default for column in table.columns}
    made = {"known_on": pd.Timestamp(known.as_of.day), "record_id": f"{deed.act.id}-{deed.record}"}
    return row | {name: value for name, value in made.items() if name in table.names}


def _rows(table: str, added: Sequence[dict[str, Any]]) -> pd.DataFrame:
    rows = pd.DataFrame(list(added))[TABLES[table].names]
    return pd.concat([empty(table), rows.astype({c.name: dtype_of(c) for c in TABLES[table].columns})])


def _elsewhere(name: str) -> bool:
    """Whether a feature depends on records of other enterprises: shares of groups, and how strict inspectors are."""
    hows = needed(DECLARED, [name]).values()
    return any(isinstance(h, GroupShare) or (isinstance(h, Window) and h.aggregate == "expected") for h in hows)


def _tried(scene: Scene, tried: Sequence[tuple[Deed, ...]]) -> pd.DataFrame:
    """Score, tier, rule and features of every set of deeds on every day: place, month, day, …; sorted by month.

    It ends with the month in which time alone has lowered the tier and ended the rule: nothing later is asked for.
    """
    rules, days = scene.rules, _days(scene)
    copies = _copies(scene.known, tried)
    names = list(scored(rules))
    shown = counted(_graded(replace(copies.panel, days=tuple(days)), rules), rules.counting)
    table = build(shown, names=names, absent="empty")
    for name in filter(_elsewhere, names):
        table[name] = scene.values[name]
    table["risk_score"] = np.asarray(scene.models.scorecard.points(table[names]), dtype="int64")
    table["score_tier"] = among(table["risk_score"].to_numpy(), scene.others, rules.tiers)
    paths = table.pivot(index="entity_id", columns="as_of", values="score_tier")
    before = pd.DataFrame({c: [scene.before[c].iloc[0]] * len(tried) for c in scene.before}, index=paths.index)
    path = pd.concat([before, paths], axis=1).set_axis(range(before.shape[1] + len(days)), axis=1)
    rule, today = _rule(scene)[0], TIERS.index(str(scene.decided["risk_tier"]))
    parts: list[pd.DataFrame] = []
    for month, day in enumerate(days):
        now = table[table["as_of"].eq(pd.Timestamp(day.day)).to_numpy()].reset_index(drop=True)
        last = before.shape[1] + month
        window = path.loc[:, max(0, last - rules.tiers.stability.look_back_months) : last]
        parts.append(_decided(scene, replace(copies, as_of=day), now, window).assign(month=month, day=day.day))
        alone = parts[-1].iloc[0]  # the first set is empty
        if TIERS.index(alone["risk_tier"]) < today and (not rule or alone["rule_id"] != rule):
            break
    return pd.concat(parts, ignore_index=True)


def _decided(scene: Scene, known: Known, now: pd.DataFrame, window: pd.DataFrame) -> pd.DataFrame:
    """Tiers of all copies on one day, as `assessment` decides them."""
    rules = scene.rules
    people = scene.manual.at(known.as_of)
    mine = people[people["entity_id"].eq(str(scene.decided["entity_id"]))]
    table = standing(known, rules)
    everywhere = mine.drop(columns="entity_id").merge(table[["entity_id"]], how="cross")
    table = with_manual(table, everywhere).assign(
        risk_score=now["risk_score"],
        score_tier=now["score_tier"],
        model_tier=steadied(window, rules.tiers.stability).to_numpy(),
    )
    chance = scene.models.probability
    table["probability"] = chance(now["risk_score"].to_numpy()) if chance else np.nan
    decided = override(table, rules.tiers)
    return now.assign(risk_tier=decided["risk_tier"], rule_id=decided["rule_id"], place=np.arange(len(now)))


def _soonest(scene: Scene, trials: pd.DataFrame, tried: Sequence[tuple[Deed, ...]], tier: str) -> Way | None:
    """The first month in which any set of deeds lowers the tier; of several the lowest tier, then score, then order."""
    rank = trials["risk_tier"].map(TIERS.index)
    lower = trials.assign(rank=rank)[(rank < TIERS.index(tier)).to_numpy()]
    if lower.empty:
        return None
    row = lower.sort_values(["month", "rank", "risk_score", "place"], kind="stable").iloc[0]
    names, card = list(scored(scene.rules)), scene.models.scorecard
    both = pd.DataFrame([scene.values[names], row[names]]).astype("float64")
    moved = card.contributions(both).diff().iloc[1].astype("int64")
    moved = moved[moved.ne(0)].sort_values(kind="stable")
    names = [str(name) for name in moved.index]
    pairs = tuple((n, float(scene.values[n]), float(row[n]), int(p)) for n, p in zip(names, moved, strict=True))
    return Way(
        tried[int(row["place"])], int(row["month"]), row["day"], str(row["risk_tier"]), int(row["risk_score"]), pairs
    )
