"""Early warning as a policy file says it (`WarningFile`), and as it is in force (`WarningRules`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from riskmodel.fault_words import Both
from riskmodel.policy.provision import Count, Local, Provision, SeverityName, Share, Strict

EventKind = Literal["penalties", "abnormal_listings", "complaints"]
Names = dict[Literal["zh", "en"], str]
DetectorName = Literal["exceedance", "cusum", "ewma", "hawkes", "change"]
Part = Annotated[float, Field(gt=0, lt=1)]
Jump = Annotated[float, Field(gt=1)]
Rate = Annotated[float, Field(gt=0)]


class RepeatRule(Provision):
    """Events whose weights add up to `at_least` within so many days.

    `items` and `authorities` keep to events whose item or authority holds one of the words; `same` asks that the
    events of a window are alike in it. `exclude: [leniency]` leaves out decisions not to punish.
    """

    id: str
    name: Names
    severity: list[SeverityName] = Field(min_length=1)
    events: list[EventKind] = Field(min_length=1)
    at_least: Local[Count]
    within_days: Local[Count]
    weights: dict[EventKind, Count] = {}
    items: list[str] = []
    authorities: list[str] = []
    same: Literal["item", "authority"] | None = None
    exclude: list[Literal["leniency"]] = []

    @model_validator(mode="after")
    def _about_its_events(self) -> RepeatRule:
        if other := set(self.weights) - set(self.events):
            kinds = ", ".join(sorted(other))
            raise ValueError(
                Both(f"weights 含规则不涉及的类别：{kinds}", f"weights of kinds that the rule is not about: {kinds}")
            )
        return self


class Step(Provision):
    """A step of a case: its id and name in the ledger."""

    id: str
    name: Names


class ObserveStep(Step):
    """Signals are observed; without a further event the case lapses."""

    lapses_after_days: Local[Count]


class InterviewStep(Step):
    """The reminder interview, due within so many working days."""

    working_days: Local[Count]


class ImprovementStep(Step):
    """The period in which no further event may happen; how long after it a late record opens the case again."""

    days: Local[Count]
    reopen_within_days: Local[Count]


class WatchStep(Step):
    """The key watch list, on which nobody stays longer than so many days."""

    longest_days: Local[Count]


class NoticeStep(Step):
    """The risk warning to departments: when it is due, when their answer, how many warnings a week each may get."""

    working_days: Local[Count]
    answer_working_days: Local[Count]
    digest_weekday: Local[Count]
    a_week_at_most: Local[Count]


class ReleaseStep(Step):
    """Release after so many days without an event."""

    clean_days: Local[Count]


class DetectorStep(Strict):
    """What the detectors go by; months are periods, and each detector looks at its own.

    `counted_months` are the newest ones that exceedance judges; `jump` is the rate, in times that of like enterprises,
    for which CUSUM is best; `forgotten` the part of its memory that EWMA forgets in a month; `false_alarms` the share
    of months in which CUSUM and EWMA may alarm without a change. Of the odds of a change: `slipping_months` before a
    serious event count as slipping, `recovered` is the chance that slipping ends in a month, and `newest_months` do
    not enter an enterprise's own rate.
    """

    counted_months: Local[Count]
    jump: Local[Jump]
    forgotten: Local[Part]
    false_alarms: Local[Part]
    slipping_months: Local[Count]
    recovered: Local[Part]
    newest_months: Local[Count]


class SignStep(Step):
    """The detector that looks beside the rules, its events, and how many enterprises it may name.

    `a_thousand` is the number of signs a month for a thousand enterprises on the register, rounded up; who is named
    had at least `events_at_least` events within twelve months.
    """

    detector: Local[DetectorName]
    parameters: DetectorStep
    a_thousand: Local[Rate]
    events_at_least: Local[Count]
    severity: list[SeverityName] = Field(min_length=1)
    weights: dict[EventKind, Count] = Field(min_length=1)
    years: Local[Count]


class WaveStep(Step):
    """Waves of areas and industries: share of false ones among those told, and years looked back."""

    severity: list[SeverityName] = Field(min_length=1)
    false_discovery: Local[Share]
    years: Local[Count]


class RouteRule(Provision):
    """Which department is warned of what: all conditions that are named must fit; words are looked for in items."""

    department: str
    items: list[str] = []
    industries: list[str] = []
    towns: list[str] = []
    special_fields: list[str] = []


class WarningFile(Strict):
    """Early warning of repeat minor and general offenders."""

    signals: list[RepeatRule] = []
    reminders: list[RepeatRule] = Field(min_length=1)
    observe: ObserveStep
    interview: InterviewStep
    improvement: ImprovementStep
    watch: WatchStep
    notice: NoticeStep
    release: ReleaseStep
    silence: Step
    no_ground: Step
    by_hand: Step
    signs: SignStep | None = None
    waves: WaveStep | None = None
    recorded_from: Local[date]
    routing: list[RouteRule] = []


@dataclass(frozen=True)
class Reminder:
    """A rule of repetition in force; see `RepeatRule`."""

    id: str
    name_zh: str
    name_en: str
    clause: str
    severity: tuple[str, ...]
    events: tuple[str, ...]
    at_least: int
    within_days: int
    weights: Mapping[str, int]
    items: tuple[str, ...] = ()
    authorities: tuple[str, ...] = ()
    same: str | None = None
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True)
class Named:
    """Id, names and clause of a step."""

    id: str
    name_zh: str
    name_en: str
    clause: str


@dataclass(frozen=True)
class Route:
    """A department and what it is warned of."""

    department: str
    items: tuple[str, ...]
    industries: tuple[str, ...]
    towns: tuple[str, ...]
    special_fields: tuple[str, ...]


@dataclass(frozen=True)
class DetectorRule:
    """Parameters of the detectors in force; see `DetectorStep`."""

    counted_months: int
    jump: float
    forgotten: float
    false_alarms: float
    slipping_months: int
    recovered: float
    newest_months: int


@dataclass(frozen=True)
class SignRule:
    """Early signs in force; see `SignStep`."""

    detector: str
    parameters: DetectorRule
    a_thousand: float
    events_at_least: int
    severity: tuple[str, ...]
    weights: Mapping[str, float]
    years: int


@dataclass(frozen=True)
class WaveRule:
    """Waves in force; see `WaveStep`."""

    severity: tuple[str, ...]
    false_discovery: float
    years: int


@dataclass(frozen=True)
class WarningRules:
    """Early warning in force; days are calendar days unless the name says working days.

    Attributes
    ----------
    steps : mapping of str to Named
        By key of the policy file: observe, interview, improvement, watch, notice, release, silence, no_ground, by_hand;
        signs and waves where the policy has them.
    recorded_from : date
        Day from which interviews and warnings are recorded; what fell due before is deemed done on its last day.
    signs, waves : SignRule, WaveRule or None
        What is looked for beside the rules; None where the policy asks for nothing.
    """

    signals: tuple[Reminder, ...]
    reminders: tuple[Reminder, ...]
    steps: Mapping[str, Named]
    lapses_after_days: int
    interview_working_days: int
    improvement_days: int
    reopen_within_days: int
    watch_longest_days: int
    notice_working_days: int
    answer_working_days: int
    digest_weekday: int
    a_week_at_most: int
    clean_days: int
    recorded_from: date
    routing: tuple[Route, ...]
    signs: SignRule | None = None
    waves: WaveRule | None = None


def warning_rules(w: WarningFile) -> WarningRules:
    """The rules in force; early warning has no dated values yet."""
    steps = {
        "observe": w.observe, "interview": w.interview, "improvement": w.improvement, "watch": w.watch,
        "notice": w.notice, "release": w.release, "silence": w.silence, "no_ground": w.no_ground,
        "by_hand": w.by_hand,
    } | ({"signs": w.signs} if w.signs else {}) | ({"waves": w.waves} if w.waves else {})  # fmt: skip
    return WarningRules(
        signals=tuple(_repeat(r) for r in w.signals), reminders=tuple(_repeat(r) for r in w.reminders),
        steps={k: Named(s.id, s.name["zh"], s.name["en"], s.clause or "local") for k, s in steps.items()},
        lapses_after_days=w.observe.lapses_after_days.value, interview_working_days=w.interview.working_days.value,
        improvement_days=w.improvement.days.value, reopen_within_days=w.improvement.reopen_within_days.value,
        watch_longest_days=w.watch.longest_days.value, notice_working_days=w.notice.working_days.value,
        answer_working_days=w.notice.answer_working_days.value, digest_weekday=w.notice.digest_weekday.value,
        a_week_at_most=w.notice.a_week_at_most.value, clean_days=w.release.clean_days.value,
        recorded_from=w.recorded_from.value,
        routing=tuple(
            Route(r.department, *map(tuple, (r.items, r.industries, r.towns, r.special_fields))) for r in w.routing
        ),
        signs=None if w.signs is None else _signs(w.signs), waves=None if w.waves is None else _waves(w.waves),
    )  # fmt: skip


def _signs(s: SignStep) -> SignRule:
    weights = {str(kind): float(weight) for kind, weight in s.weights.items()}
    how = DetectorRule(**{name: getattr(s.parameters, name).value for name in DetectorStep.model_fields})
    return SignRule(
        s.detector.value, how, s.a_thousand.value, s.events_at_least.value, tuple(s.severity), weights, s.years.value
    )  # fmt: skip


def _waves(w: WaveStep) -> WaveRule:
    return WaveRule(tuple(w.severity), w.false_discovery.value, w.years.value)


def _repeat(r: RepeatRule) -> Reminder:
    weights = {kind: r.weights.get(kind, 1) for kind in r.events}
    return Reminder(
        r.id, r.name["zh"], r.name["en"], r.clause or "local", tuple(r.severity), tuple(r.events), r.at_least.value,
        r.within_days.value, {str(k): v for k, v in weights.items()}, tuple(r.items), tuple(r.authorities), r.same,
        tuple(r.exclude),
    )  # fmt: skip
