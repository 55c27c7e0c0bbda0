"""The pure path: records, a policy and a day give a risk score, a tier and reasons for every enterprise.

No file is read or written here, so that evaluation and simulation replay exactly what the office does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from riskmodel.cited import cited
from riskmodel.display.card import card
from riskmodel.display.html import table as table_html
from riskmodel.display.lookup import Lookup
from riskmodel.display.pictures import Picture, assessed
from riskmodel.display.text import fact_words, rule_label, say
from riskmodel.errors import InputError, Lang
from riskmodel.features import FEATURES, build
from riskmodel.features.derive import derived
from riskmodel.learning import Earlier, Models, learn, scored
from riskmodel.outlook import Outlook, Scene, outlook
from riskmodel.policy.model import Policy, Rules
from riskmodel.records import Known, Records
from riskmodel.scoring.reasons import top_reasons
from riskmodel.standing import (
    ManualTiers,
    counted,
    evidence,
    graded,
    in_frame,
    read_grades,
    standing,
    warning_events,
    with_manual,
)  # fmt: skip
from riskmodel.standing.timeline import timeline
from riskmodel.tables import TIERS
from riskmodel.tiering import MANUAL, STABILITY, by_score, override, steadied
from riskmodel.values import VERSION, AsOf, Provenance


@dataclass(frozen=True)
class Origin:
    """What an assessment was made from: records, decisions of people, tiers by score of the months before."""

    records: Records = field(repr=False)
    manual: ManualTiers = field(repr=False)
    before: Sequence[pd.Series] = field(repr=False)


@dataclass
class Kept:
    """What a replay keeps from one assessment to the next, so that it need not be found again.

    Attributes
    ----------
    tiers : sequence of Series or None
        Tiers by score of the months before, oldest first (enterprise → tier); None: found again from what was known.
    earlier : Earlier
        Features as earlier days knew them.
    """

    tiers: Sequence[pd.Series] | None = None
    earlier: Earlier = field(default_factory=Earlier)


@dataclass(frozen=True)
class Assessment:
    """What was decided about every enterprise on a day.

    Attributes
    ----------
    decided : DataFrame
        One row an enterprise of the sampling frame: registry columns, ``risk_score``, ``probability``,
        ``score_tier`` (by the score of the day), ``model_tier`` (steadied), ``risk_tier``, ``rule_id``, ``clause``,
        ``evidence``, ``credit_grade``, ``credit_grade_origin``, ``visits_this_year`` and the flags of `standing`.
    reasons : DataFrame
        Up to three rows an enterprise: entity_id, rank, feature, code, points above the typical enterprise, value,
        zh, en, records (by number, with words in Chinese), records_en.
    features : DataFrame
        Features of the same enterprises.
    events : DataFrame
        Events for early warning.
    models : Models
        Scorecard in force and how well it did.
    rules : Rules
        Rules of the day.
    provenance : Provenance
        Data, policy, code.
    origin : Origin
        What it was made from.
    """

    decided: pd.DataFrame
    reasons: pd.DataFrame
    features: pd.DataFrame
    events: pd.DataFrame
    models: Models
    rules: Rules
    provenance: Provenance
    origin: Origin

    @property
    def tiers(self) -> pd.DataFrame:
        """Number of enterprises by tier: risk_tier, enterprises, share, count by score, mean probability."""
        by = self.decided.groupby("risk_tier")
        table = pd.DataFrame({"risk_tier": TIERS})
        table["enterprises"] = table["risk_tier"].map(by.size()).fillna(0).astype("int64")
        table["share"] = table["enterprises"] / max(len(self.decided), 1)
        scored = self.decided["score_tier"].value_counts()
        table["by_score"] = table["risk_tier"].map(scored).fillna(0).astype("int64")
        table["probability"] = table["risk_tier"].map(by["probability"].mean())
        return table

    def explain(self, entity_id: str) -> Explanation:
        """Why an enterprise stands where it does.

        Raises
        ------
        InputError
            If the enterprise is not in the frame (RM-INP-009).
        """
        row = self.decided[self.decided["entity_id"].eq(entity_id)]
        if row.empty:
            raise InputError("RM-INP-009", where="ID", found=entity_id)
        reasons = self.reasons[self.reasons["entity_id"].eq(entity_id)]
        decided = {str(k): v for k, v in row.iloc[0].items()}
        scene = self._scene(row.iloc[0])
        events = timeline(graded(scene.known, self.rules.severity))
        typical = self.models.scorecard.base_points_ + int(self.models.scorecard.typical_.sum())
        reasons = reasons.reset_index(drop=True)
        return Explanation(decided, reasons, outlook(scene), events, self.provenance.as_of, typical)

    def lookup(self, lang: Lang = "zh") -> Lookup:
        """Every enterprise, highest risk first, as a table that can be searched in a notebook."""
        columns = ["risk_tier", "name", "entity_id", "town", "risk_score", "probability", "credit_grade"]
        first = self.reasons[self.reasons["rank"].eq(1)].set_index("entity_id")[lang]
        order = ["risk_tier", "risk_score", "entity_id"]
        rows = self.decided.sort_values(order, ascending=[False, False, True], kind="stable", ignore_index=True)
        rows = rows[columns].assign(main_reason=rows["entity_id"].map(first).astype("object").fillna("—"))
        return Lookup(rows, say("caption.lookup", lang, n=f"{len(rows):,}", day=self.provenance.as_of), lang)

    def plot(self, what: str = "tiers", lang: Lang = "zh") -> Picture:
        """A picture: ``tiers``, ``scores``, ``towns`` or ``calibration``."""
        return assessed(what, self.decided, self.models.reliability, lang=lang)

    def _scene(self, decided: pd.Series) -> Scene:
        """The enterprise of a row with what stays as it is."""
        entity_id, as_of = str(decided["entity_id"]), self.provenance.as_of
        others = self.decided["entity_id"].ne(entity_id).to_numpy()
        return Scene(
            self.origin.records.of_enterprise(entity_id).known(as_of),
            self.features.loc[self.features["entity_id"].eq(entity_id)].iloc[0], decided,
            pd.DataFrame({str(place): [tiers.get(entity_id)] for place, tiers in enumerate(self.origin.before)}),
            self.decided.loc[others, "risk_score"].to_numpy(), self.origin.manual.recorded_by(as_of), self.models,
            self.rules,
        )  # fmt: skip

    def _repr_html_(self) -> str:
        title = f"{self.rules.title_zh} · {self.provenance.as_of}"
        return table_html(self.tiers, caption=title)


@dataclass(frozen=True)
class Explanation:
    """One enterprise: its row of the assessment, its reasons, what would lower its tier, its events, typical points."""

    decided: dict[str, object]
    reasons: pd.DataFrame
    outlook: Outlook
    events: pd.DataFrame
    as_of: AsOf
    typical: int = 0

    def lines(self, lang: Lang = "zh") -> list[str]:
        """The explanation in words, one sentence a line."""
        d = self.decided
        head = say(
            "explain.head", lang, name=d["name"], entity_id=d["entity_id"], tier=d["risk_tier"], score=d["risk_score"]
        )
        chance = float(str(d["probability"]))
        head += say("explain.chance", lang, chance=chance) if np.isfinite(chance) else ""
        body = [
            say(
                "explain.reason",
                lang,
                rank=r.rank,
                text=r.zh if lang == "zh" else r.en,
                points=r.points,
                records=r.records if lang == "zh" else r.records_en,
            )
            for r in self.reasons.itertuples()
        ]
        said = [*body, self._sum(lang)] if body else [say("report.no_reasons", lang)]
        return [head, self._rule(lang), *said, *self.outlook.lines(lang)]

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def card(self, lang: Lang = "zh") -> str:
        """The card of the enterprise in HTML: tier, reasons with records, what would lower the tier, timeline."""
        rule = self._rule(lang)
        # the sum speaks of the reasons above it
        more = [*([self._sum(lang)] if len(self.reasons) else []), *self.outlook.lines(lang)]
        return card(self.decided, self.reasons, self.events, self.as_of.day, sentences=more, rule=rule, lang=lang)

    def _rule(self, lang: Lang) -> str:
        d = self.decided
        key = "by_score" if not d["rule_id"] else "steady" if d["rule_id"] == STABILITY else "rule"
        name = self.outlook.rule_names[0 if lang == "zh" else 1] or str(d["rule_id"])
        facts = d | {"rule": name if d["rule_id"] == MANUAL else rule_label(name, str(d["clause"]), lang)}
        text = say(f"explain.{key}", lang, **{str(k): v for k, v in facts.items()})
        evidence = fact_words(str(d["evidence"]), lang)
        return text + (say("explain.evidence", lang, evidence=evidence) if evidence and key == "rule" else "")

    def _sum(self, lang: Lang) -> str:
        """The score as a sum: what is typical, the reasons shown, and the rest."""
        score, shown = int(str(self.decided["risk_score"])), int(self.reasons["points"].sum())
        rest = score - self.typical - shown
        return say("explain.sum", lang, typical=self.typical, shown=shown, rest=rest, score=score)

    def _repr_html_(self) -> str:
        return self.card()


def assess(  # noqa: PLR0913  three of them serve comparisons and replays alone
    records: Records,
    policy: Policy,
    *,
    as_of: AsOf | str | date,
    manual: ManualTiers | None = None,
    models: Models | None = None,
    progress: Callable[[str], None] | None = None,
    kept: Kept | None = None,
    bare: bool = False,
) -> Assessment:
    """Score, tier and explain every enterprise that was registered and not closed on a day.

    Parameters
    ----------
    records : Records
        All accepted rows; only those known by the day are used.
    policy : Policy
        The policy; its rules of the day hold.
    as_of : AsOf, str or date
        The day.
    manual : ManualTiers, optional
        Tiers that people set.
    models : Models, optional
        Points and probabilities learnt elsewhere, to compare days by the same points; default: learnt here.
    progress : callable, optional
        Called with the name of each step.
    kept : Kept, optional
        What the assessment before this one of a replay has left; this one adds to it.
    bare : bool
        For replays by the thousand: only features that score, no reasons, models not judged, data not digested.

    Raises
    ------
    InputError
        If nothing was known on the day (RM-INP-003), the day lies after all data (RM-INP-006), or the policy wants a
        fitted scorecard without outcomes.
    PolicyError
        If the policy does not reach back to the day (RM-POL-004).
    """
    tick = progress or (lambda step: None)
    as_of = AsOf.of(as_of)
    rules = policy.at(as_of)
    if as_of > records.newest:
        raise InputError("RM-INP-006", where="--as-of", found=as_of, expected=f"≤ {records.newest}")
    known = records.known(as_of)
    gravest = read_grades(graded(known, rules.severity), rules.grade_words)
    counting = counted(gravest, rules.counting)
    people = manual or ManualTiers()
    table = with_manual(standing(known, rules), people.at(as_of))
    tick("features")
    built = build(counting, names=scored(rules) if bare else None, absent="empty")
    features = table[["entity_id"]].merge(built, on="entity_id", how="left")
    tick("learn")
    kept = kept or Kept()
    models = models or learn(records, known, rules, features, tick=tick, judge=not bare, earlier=kept.earlier)
    kept.earlier.keep(as_of, rules, built)
    tick("tiers")
    before = _tiers_before(records, as_of, models, rules) if kept.tiers is None else kept.tiers
    decided = _decide(table, features, models, rules, before)
    tick("reasons")
    reasons = pd.DataFrame() if bare else _reasons(counting, features, models, rules)
    source = f"{policy.id}@{policy.digest}" + (f"+{people.entries[-1]['digest']}" if people.entries else "")
    digest = "" if bare else known.fingerprint
    provenance = Provenance(as_of, digest, source, VERSION, None, known.absent)
    origin = Origin(records, people, list(before))
    return Assessment(decided, reasons, features, warning_events(gravest), models, rules, provenance, origin)


def _decide(
    table: pd.DataFrame, features: pd.DataFrame, models: Models, rules: Rules, before: Sequence[pd.Series]
) -> pd.DataFrame:
    points = models.scorecard.points(features[list(scored(rules))])
    decided = table.assign(risk_score=np.asarray(points, dtype="int64"))
    decided["probability"] = models.probability(points) if models.probability else np.nan
    decided["score_tier"] = by_score(decided["risk_score"], rules.tiers)
    months = {str(place): decided["entity_id"].map(tiers) for place, tiers in enumerate(before)}
    decided["model_tier"] = steadied(pd.DataFrame({**months, "now": decided["score_tier"]}), rules.tiers.stability)
    decided[["risk_tier", "rule_id", "clause"]] = override(decided, rules.tiers)
    steady = (decided["rule_id"].eq("") & decided["model_tier"].ne(decided["score_tier"])).to_numpy()
    decided.loc[steady, ["rule_id", "clause"]] = [STABILITY, "local"]
    cited = evidence(decided["facts"], decided["rule_id"], rules.tiers.overrides)
    decided["evidence"] = cited.where(decided["rule_id"].ne(MANUAL), decided["manual_note"])
    return decided.drop(columns=["facts", "manual_tier", "manual_note"])


def _tiers_before(records: Records, as_of: AsOf, models: Models, rules: Rules) -> list[pd.Series]:
    """Tiers by score of the months before, oldest first: enterprise → tier, of whom was in the frame then."""
    first = records["enterprises"]["known_on"].min()
    months = range(rules.tiers.stability.look_back_months, 0, -1)
    days = [AsOf((pd.Timestamp(as_of.day) - pd.DateOffset(months=back)).date()) for back in months]
    days = [day for day in days if pd.isna(first) or pd.Timestamp(day.day) >= first]
    if not days:
        return []
    panel = records.panel(days)
    then = counted(read_grades(graded(panel, rules.severity), rules.grade_words), rules.counting)
    names = list(scored(rules))
    features = build(then, names=names, absent="empty")
    found = []
    for day in days:
        known = panel.at(day)
        frame = known["enterprises"].loc[in_frame(known), "entity_id"]
        rows = features[(features["as_of"].eq(pd.Timestamp(day.day)) & features["entity_id"].isin(frame)).to_numpy()]
        points = pd.Series(models.scorecard.points(rows[names]), index=rows["entity_id"].to_numpy())
        found.append(by_score(points, rules.tiers))
    return found


def _reasons(known: Known, features: pd.DataFrame, models: Models, rules: Rules) -> pd.DataFrame:
    """The highest points above the typical enterprise, each in words and with the records behind it."""
    card = models.scorecard
    values = features[list(scored(rules))]
    top = top_reasons(card.contributions(values), card.typical_, rules.scoring.reasons)
    top["entity_id"] = features["entity_id"].to_numpy()[top["row"]]
    known, parts = derived(known), []
    for name in scored(rules):
        feature = FEATURES[name]
        mine = top[top["feature"].eq(name)].reset_index(drop=True)
        if mine.empty:
            continue
        mine["value"] = values[name].to_numpy()[mine["row"]]
        mine["code"] = feature.code
        mine["zh"] = [feature.reason(value) for value in mine["value"]]
        mine["en"] = [feature.reason(value, "en") for value in mine["value"]]
        texts = cited(known, feature, mine["entity_id"])
        for column in ("records", "records_en"):
            mine[column] = mine["entity_id"].map(texts[column]).astype("object").fillna("")
        parts.append(mine)
    columns = ["entity_id", "rank", "feature", "code", "points", "value", "zh", "en", "records", "records_en"]
    if not parts:
        return pd.DataFrame(columns=columns)
    chosen: pd.DataFrame = pd.concat(parts)[columns]
    return chosen.sort_values(["entity_id", "rank"], kind="stable", ignore_index=True)
