"""A policy as a file says it (`PolicyFile`), and the rules that hold on one day (`Rules`).

The file model refuses unknown keys. Every provision cites a clause with a `quote` that must stand verbatim in
the source text, or says `source: local` where the office decided. Values that change over time carry the day from
which they hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, TypeVar

import pandas as pd
from pydantic import BaseModel, Field, model_validator

from riskmodel.errors import PolicyError
from riskmodel.fault_words import Both
from riskmodel.policy.early_warning import WarningFile, WarningRules, warning_rules
from riskmodel.policy.outlook import OutlookFile, OutlookRules, outlook_rules
from riskmodel.policy.promotion import PromotionFile, PromotionRules, promotion_rules
from riskmodel.policy.provision import (
    Count,
    Dated,
    Grade,
    Local,
    Provision,
    SeverityName,
    Share,
    Strict,
    Switch,
    Tier,
)  # fmt: skip
from riskmodel.policy.visits import (
    Aim,
    AimRule,
    DesignRule,
    DesignWord,
    Joint,
    JointRule,
    PurposesRule,
    Teams,
    TeamsRule,
    joint_of,
    pairs,
)
from riskmodel.values import AsOf

T = TypeVar("T")


class RuleEntry(Provision):
    """One rule: where `when` fits, `then` follows. Bare pairs, no expressions."""

    id: str
    name: dict[Literal["zh", "en"], str]
    when: dict[str, str | list[str]]
    then: dict[str, Any]
    since: date | None = None


class Document(Strict):
    """The source text."""

    number: str
    issued: date
    text: str


class GradeScale(Provision):
    """The public credit grade, and how grades of other bodies are read."""

    words: dict[Grade, list[str]]
    when_missing: Local[Grade]


class StatuteFloor(Strict):
    """Penalties under one of these statutes are at least this severe."""

    statutes: list[str] = Field(min_length=1)
    at_least: SeverityName
    reason: str


class SeverityRule(Provision):
    """Severity from the kind of penalty, the fine and the statute, where the source names none."""

    minor_categories: list[str]
    serious_categories: list[str]
    fine_minor_at_most_yuan: dict[date, float]
    fine_serious_from_yuan: dict[date, float]
    by_statute: list[StatuteFloor] = []


class GraceRule(Provision):
    """Grace period of new-economy enterprises."""

    years: Local[int]
    forgives: list[SeverityName]


class Counting(Strict):
    """Which records count."""

    complaints_verified_only: Switch
    repaired_penalties_stop: Switch
    no_penalty_decisions_excluded: Switch
    grace: GraceRule
    record_life_days: Local[int]


class PointsEntry(Strict):
    """Expert points of one feature: lower bound → points from there on."""

    feature: str
    at_least: dict[float, int] = Field(min_length=1)


class ScoringFile(Provision):
    """The scorecard: expert points, fitted to outcomes, or between the two."""

    mode: Literal["expert", "fitted", "blended"]
    fitted_share: Local[float]
    reasons: Count
    outcome_horizon_days: Count
    fewest_problems: Local[int]
    calibrated_after_days: Local[int]
    free_map_from_problems: Local[int]
    level_of_newest: Local[float]
    points: list[PointsEntry] = Field(min_length=1)


class StabilityRule(Provision):
    """How fast a tier by score may move from month to month; rules and decisions of people act at once."""

    steps_up_a_month: Local[int]
    steps_down_a_month: Local[int]
    stay_at_least_months: Local[int]
    look_back_months: Local[int]


class ManualRule(Provision):
    """Tiers that people set: how long one may hold, and whether it may lower what a rule demands."""

    longest_days: Local[int]
    may_lower_rules: Switch


class TiersFile(Strict):
    """How scores are cut (target shares, or intervals of points), how fast tiers move, what overrides them."""

    scale: Provision
    cut_by: Literal["shares", "intervals"] = "shares"
    shares: Dated[dict[Tier, Share]]
    intervals: Dated[dict[Tier, int]] | None = None
    stability: StabilityRule
    overrides: list[RuleEntry]
    manual: ManualRule
    outlook: OutlookFile

    @model_validator(mode="after")
    def _whole(self) -> TiersFile:
        for day, shares in self.shares.values.items():
            if set(shares) != set("ABCDE") or abs(sum(shares.values()) - 1) > 1e-9:
                raise ValueError(
                    Both(
                        f"{day} 起的 shares 应写明 A 至 E，合计为 1",
                        f"shares of {day} must name A to E and add up to 1",
                    )
                )
        if self.cut_by == "intervals" and self.intervals is None:
            raise ValueError(
                Both(
                    "cut_by: intervals 需要 intervals：B 至 E 的最低分",
                    "cut_by: intervals needs `intervals`: the lowest points of B to E",
                )
            )
        for day, lows in self.intervals.values.items() if self.intervals else ():
            points = [lows.get(tier) for tier in ("B", "C", "D", "E")]
            if set(lows) != set("BCDE") or any(a >= b for a, b in zip(points, points[1:], strict=False)):  # type: ignore[operator]
                raise ValueError(
                    Both(
                        f"{day} 起的 intervals 应写明 B 至 E，分值递增",
                        f"intervals of {day} must name B to E with ascending points",
                    )
                )
        return self


class Publish(Provision):
    """What is published, and what never."""

    what: list[Literal["items", "plan", "results"]]
    never: list[str]


class InspectionsFile(Strict):
    """Ratios per risk tier, rules per credit grade and special field."""

    ratio_by_tier: Dated[dict[Tier, Share]]
    frequency_by_tier: Dated[dict[Tier, Count]]
    rounds_a_year: Local[int]
    rest_days: Local[int]
    rules: list[RuleEntry]
    aim: AimRule
    design: DesignRule
    purposes: PurposesRule
    joint: JointRule
    team_size: Local[int]
    teams: TeamsRule
    publish: Publish


class Deadline(Provision):
    """A deadline in working days."""

    working_days: Count


# Words of the policy's authors: one text for everybody, or one in each language.
Words = str | dict[Literal["zh", "en"], str]


def in_words(words: Words, lang: Literal["zh", "en"]) -> str:
    """Words in a language; where there is one text alone, that one.

    >>> in_words({"zh": "甲", "en": "a"}, "en"), in_words("甲", "en")
    ('a', '甲')
    """
    return words if isinstance(words, str) else words.get(lang) or next(iter(words.values()), "")


class Case(Strict):
    """A test that the policy carries: what is given, what must follow; `covers` names rules that change nothing."""

    name: Words
    covers: list[str] = []
    given: dict[str, Any]
    expect: dict[str, Any]


class CreditReportFile(Provision):
    """What the unified credit report of an enterprise leaves out."""

    hidden_categories: Local[list[str]]
    shows_repaired: Switch


class TaskBooksFile(Strict):
    """How the visits of a draw are laid out for the teams."""

    visits_a_day: Local[int]


class PolicyFile(Strict):
    """The whole policy file."""

    id: str
    title: dict[Literal["zh", "en"], str]
    extends: str | None = None
    document: Document
    credit_grade: GradeScale
    severity: SeverityRule
    counting: Counting
    scoring: ScoringFile
    tiers: TiersFile
    promotion: PromotionFile
    inspections: InspectionsFile
    warning: WarningFile
    publicity: Deadline
    credit_report: CreditReportFile
    task_books: TaskBooksFile
    not_covered: dict[str, Words]
    cases: list[Case]


@dataclass(frozen=True)
class Rule:
    """A rule in force: `when` maps a column to the values that fit; `then` says what follows."""

    id: str
    name_zh: str
    name_en: str
    clause: str
    when: Mapping[str, tuple[str, ...]]
    then: Mapping[str, Any]


@dataclass(frozen=True)
class SeverityRules:
    """Which penalties are minor, general and serious where the source does not say."""

    minor_categories: tuple[str, ...]
    serious_categories: tuple[str, ...]
    fine_minor_at_most_yuan: float
    fine_serious_from_yuan: float
    by_statute: tuple[tuple[tuple[str, ...], str], ...]


@dataclass(frozen=True)
class CountingRules:
    """Which records count for the risk score."""

    complaints_verified_only: bool
    repaired_penalties_stop: bool
    no_penalty_decisions_excluded: bool
    grace_years: int
    grace_forgives: tuple[str, ...]
    record_life_days: int


@dataclass(frozen=True)
class ScoringRules:
    """The scorecard of the day: feature → ascending (lower bound, points).

    With fewer problems found than `fewest_problems` nothing is learnt. Probabilities come from days on which records
    reached back `calibrated_after_days`, if those hold as many; of all points but fitted ones, with
    `free_map_from_problems`, by any rising map; of all but the experts' the level goes `level_of_newest` of the way to
    what the newest year found. `fitted_share` is the part of fitted points in blended ones.
    """

    mode: Literal["expert", "fitted", "blended"]
    fitted_share: float
    reasons: int
    outcome_horizon_days: int
    fewest_problems: int
    calibrated_after_days: int
    free_map_from_problems: int
    level_of_newest: float
    points: Mapping[str, tuple[tuple[float, int], ...]]


@dataclass(frozen=True)
class Stability:
    """How fast a tier by score moves: steps a month towards risk and away from it, months before it may go down.

    `look_back_months` is how many months are replayed to know where an enterprise stood.
    """

    steps_up_a_month: int
    steps_down_a_month: int
    stay_at_least_months: int
    look_back_months: int


@dataclass(frozen=True)
class TierRules:
    """Cuts of the score, stability, and overrides in the policy's order (first match wins).

    `shares` are target shares A to E; `lows` the lowest points of B to E, None where shares decide.
    """

    clause: str
    shares: Mapping[str, float]
    lows: Mapping[str, int] | None
    stability: Stability
    overrides: tuple[Rule, ...]
    manual_longest_days: int
    manual_may_lower_rules: bool
    outlook: OutlookRules


@dataclass(frozen=True)
class InspectionRules:
    """Yearly ratios per tier and the rules that change them, in the policy's order.

    `then` of a rule may hold ``probability`` (exact), ``probability_at_least``, ``ratio_times``,
    ``visits_at_most`` (a calendar year) and the words ``visits`` and ``joint`` for the lists.
    """

    clause: str
    ratio_by_tier: Mapping[str, float]
    rules: tuple[Rule, ...]
    capped_purposes: tuple[str, ...]
    team_size: int
    never_published: tuple[str, ...]
    frequency_by_tier: Mapping[str, int] = field(default_factory=dict)
    rounds_a_year: int = 1
    rest_days: int = 0
    aim: Aim = Aim()
    joint: tuple[Joint, ...] = ()
    teams: Teams = Teams()
    design: DesignWord = "stratified"


@dataclass(frozen=True)
class CreditReportRules:
    """What the unified credit report leaves out: kinds of penalty, repaired penalties, records past their life."""

    clause: str
    hidden_categories: tuple[str, ...]
    shows_repaired: bool


@dataclass(frozen=True)
class Rules:
    """All rules in force on one day; no function below `assessment` sees a date or a whole policy."""

    policy_id: str
    digest: str
    title_zh: str
    title_en: str
    document: str
    grade_words: Mapping[str, str]
    grade_when_missing: str
    severity: SeverityRules
    counting: CountingRules
    scoring: ScoringRules
    tiers: TierRules
    promotion: PromotionRules
    inspections: InspectionRules
    warning: WarningRules
    publicity_working_days: int
    visits_a_day: int
    credit_report: CreditReportRules


@dataclass(frozen=True)
class Policy:
    """A policy file, its digest and the text that it quotes."""

    file: PolicyFile
    digest: str
    text: str

    @property
    def id(self) -> str:
        """Id of the policy."""
        return self.file.id

    def _repr_html_(self) -> str:
        from riskmodel.display.html import table
        from riskmodel.display.text import say

        f = self.file
        facts = {
            "name": f.title["zh"], "document": f.document.number, "issued": str(f.document.issued), "id": f.id,
            "extends": f.extends or "", "digest": self.digest,
        }  # fmt: skip
        rows = [(say(f"policy.{name}"), fact) for name, fact in facts.items() if fact]
        return table(pd.DataFrame(rows, columns=["fact", "value"]))

    def at(self, as_of: AsOf) -> Rules:
        """The rules in force on a day.

        Raises
        ------
        PolicyError
            If a dated value does not reach back to the day (RM-POL-004).
        """
        f, day = self.file, as_of.day
        return Rules(
            policy_id=f.id, digest=self.digest, title_zh=f.title["zh"], title_en=f.title["en"],
            document=f.document.number,
            grade_words={word: grade for grade, words in f.credit_grade.words.items() for word in words},
            grade_when_missing=f.credit_grade.when_missing.value,
            severity=SeverityRules(
                tuple(f.severity.minor_categories), tuple(f.severity.serious_categories),
                in_force(f.severity.fine_minor_at_most_yuan, day, "severity.fine_minor_at_most_yuan"),
                in_force(f.severity.fine_serious_from_yuan, day, "severity.fine_serious_from_yuan"),
                tuple((tuple(floor.statutes), floor.at_least) for floor in f.severity.by_statute),
            ),
            counting=_counting(f.counting),
            scoring=_scoring(f.scoring),
            tiers=_tiers(f.tiers, day),
            promotion=promotion_rules(f.promotion),
            inspections=_inspections(f.inspections, day),
            warning=warning_rules(f.warning),
            publicity_working_days=f.publicity.working_days,
            visits_a_day=f.task_books.visits_a_day.value,
            credit_report=CreditReportRules(
                f.credit_report.clause or "local", tuple(f.credit_report.hidden_categories.value),
                f.credit_report.shows_repaired.holds,
            ),
        )  # fmt: skip


def provisions(node: BaseModel, path: str = "") -> Iterator[tuple[str, Provision]]:
    """Every provision of a policy with its path, e.g. ``tiers.overrides.red-line``."""
    if isinstance(node, Provision):
        yield path, node
    for name in type(node).model_fields:
        value = getattr(node, name)
        children: list[tuple[str, Any]] = [(name, value)]
        if isinstance(value, list):
            children = [(f"{name}.{getattr(v, 'id', i)}", v) for i, v in enumerate(value)]
        for label, child in children:
            if isinstance(child, BaseModel):
                yield from provisions(child, f"{path}.{label}".lstrip("."))


def in_force(values: Mapping[date, T], day: date, where: str) -> T:
    """The newest value whose day has come."""
    reached = [d for d in values if d <= day]
    if not reached:
        raise PolicyError("RM-POL-004", where=where, found=day, expected=f"≥ {min(values)}")
    return values[max(reached)]


def _by_name(values: Mapping[Tier, float]) -> dict[str, float]:
    return {str(tier): value for tier, value in values.items()}


def _rule(entry: RuleEntry) -> Rule:
    return Rule(entry.id, entry.name["zh"], entry.name["en"], entry.clause or "local", pairs(entry.when), entry.then)


def _counting(c: Counting) -> CountingRules:
    return CountingRules(
        c.complaints_verified_only.holds, c.repaired_penalties_stop.holds, c.no_penalty_decisions_excluded.holds,
        c.grace.years.value, tuple(c.grace.forgives), c.record_life_days.value,
    )  # fmt: skip


def _scoring(s: ScoringFile) -> ScoringRules:
    points = {entry.feature: tuple(sorted(entry.at_least.items())) for entry in s.points}
    return ScoringRules(
        s.mode, s.fitted_share.value, s.reasons, s.outcome_horizon_days, s.fewest_problems.value,
        s.calibrated_after_days.value, s.free_map_from_problems.value, s.level_of_newest.value, points,
    )  # fmt: skip


def _tiers(t: TiersFile, day: date) -> TierRules:
    lows = in_force(t.intervals.values, day, "tiers.intervals") if t.cut_by == "intervals" and t.intervals else None
    steady = t.stability
    return TierRules(
        t.scale.clause or "local", _by_name(in_force(t.shares.values, day, "tiers.shares")),
        {str(tier): low for tier, low in lows.items()} if lows else None,
        Stability(
            steady.steps_up_a_month.value, steady.steps_down_a_month.value, steady.stay_at_least_months.value,
            steady.look_back_months.value,
        ),
        tuple(_rule(r) for r in t.overrides), t.manual.longest_days.value, t.manual.may_lower_rules.holds,
        outlook_rules(t.outlook),
    )  # fmt: skip


def _inspections(i: InspectionsFile, day: date) -> InspectionRules:
    aim = i.aim
    teams = i.teams
    return InspectionRules(
        i.ratio_by_tier.clause or "local",
        _by_name(in_force(i.ratio_by_tier.values, day, "inspections.ratio_by_tier")),
        tuple(_rule(r) for r in i.rules if r.since is None or r.since <= day),
        tuple(i.purposes.counted), i.team_size.value, tuple(i.publish.never),
        {str(k): v for k, v in in_force(i.frequency_by_tier.values, day, "inspections.frequency_by_tier").items()},
        i.rounds_a_year.value, i.rest_days.value,
        Aim(aim.serve, aim.precision_weight.value, (aim.ratio_times_at_least.value, aim.ratio_times_at_most.value)),
        joint_of(i.joint),
        Teams(teams.one_senior.holds, teams.pair_visits_at_most.value, teams.recent_visit_days.value),
        i.design.use,
    )  # fmt: skip
