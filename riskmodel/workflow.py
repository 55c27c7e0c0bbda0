"""The whole month with its input and output: read, assess, plan, draw, prove, review, write, track."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from riskmodel import logbook
from riskmodel.assessment import Assessment, assess
from riskmodel.display.html import table as table_html
from riskmodel.display.text import say
from riskmodel.errors import InputError, Lang
from riskmodel.exports.contents import Month, facts, fill
from riskmodel.exports.folder import write_whole
from riskmodel.exports.listing import listed
from riskmodel.fault_words import Both
from riskmodel.inspections.capacity import Capacity
from riskmodel.inspections.log import DrawLog
from riskmodel.inspections.people import people_of
from riskmodel.inspections.plan import Plan
from riskmodel.inspections.plan import plan_inspections as plan_frame
from riskmodel.inspections.proof import Verdict, verify
from riskmodel.inspections.rounds import Round, with_drawn
from riskmodel.last_month import last_month
from riskmodel.policy import Policy, load_policy
from riskmodel.records import Records, load
from riskmodel.records.guess import Proposal, source_yaml
from riskmodel.records.proposal import proposed
from riskmodel.standing import ManualTiers
from riskmodel.values import AsOf
from riskmodel.warning.acts import ActLog
from riskmodel.warning.casebook import Casebook
from riskmodel.warning.casebook import review as review_events
from riskmodel.warning.signs import Signs, signs

Progress = Callable[[str], None]
# A seed that anybody can guess proves nothing: a run without a public seed is a rehearsal and says so.
_REHEARSAL = "演练 rehearsal {as_of}"


@dataclass(frozen=True)
class Finished:
    """A finished run.

    Attributes
    ----------
    month : Month
        Everything that was decided.
    folder : Path
        Where it was written.
    verdict : Verdict
        What verifying the written proof says.
    kept : Path or None
        Where an earlier run folder that somebody had changed was put.
    tracked : str
        Id of the MLflow run, '' if not tracked.
    """

    month: Month
    folder: Path
    verdict: Verdict
    kept: Path | None
    tracked: str

    def _repr_html_(self) -> str:
        title = say("caption.run", day=self.month.assessment.provenance.as_of, folder=self.folder)
        return table_html(listed(self.folder), caption=title)

    @property
    def facts(self) -> dict[str, object]:
        """The run in figures."""
        return facts(self.month)


def plan_inspections(
    assessment: Assessment,
    *,
    capacity: Capacity | int | None = None,
    part: str | None = None,
    records: Records | None = None,
    log: DrawLog | None = None,
) -> Plan:
    """Inclusion probabilities for every enterprise of an assessment, under the rules of its day.

    Parameters
    ----------
    assessment : Assessment
        Tiers, grades and facts.
    capacity : Capacity or int, optional
        Visits that can be made; certainty stays, the rest is scaled down.
    part : str, optional
        Round of the year, such as ``6/12``; default: by the policy's number of rounds.
    records : Records, optional
        The records; their inspectors and recusals then come under the commitment, and visits get their items.
    log : DrawLog, optional
        Log of draws; whoever was drawn this year counts as visited.

    Raises
    ------
    PlanError
        If the enterprises taken with certainty exceed a capacity (RM-PLN-001).
    """
    rules, day = assessment.rules.inspections, assessment.provenance.as_of.day
    decided = assessment.decided if log is None else with_drawn(assessment.decided, log.drawn_before(day.year))
    people, items = None, None
    if records is not None:
        items = records["items"]
        visits = records.known(assessment.provenance.as_of)["inspections"]
        people = people_of(
            records["inspectors"], records["recusals"], visits=visits, frame=decided["entity_id"],
            teams=rules.teams, today=pd.Timestamp(day),
        )  # fmt: skip
    turn = Round.read(part, day) if part else None
    return plan_frame(decided, rules, assessment.provenance, capacity=capacity, part=turn, people=people, items=items)


def review(assessment: Assessment, acts: ActLog | None = None) -> Casebook:
    """Early warning of repeat minor and general offenders, as known on the day of the assessment.

    Parameters
    ----------
    assessment : Assessment
        Its events and rules.
    acts : ActLog, optional
        What people did about cases (`riskmodel case`).
    """
    return review_events(
        assessment.events, assessment.rules.warning, assessment.provenance.as_of, assessment.provenance,
        (acts or ActLog()).entries,
    )  # fmt: skip


def early_signs(assessment: Assessment, casebook: Casebook) -> Signs:
    """What the policy's detector sees beside the rules, and waves of areas and industries, as known on the day."""
    provenance = assessment.provenance
    registry = assessment.origin.records.known(provenance.as_of)["enterprises"]
    return signs(assessment.events, registry, casebook.cases, assessment.rules.warning, provenance.as_of)


def run(  # noqa: PLR0913  one keyword an option of the command line
    source: str | Path,
    *,
    policy: str | Path = "zhoucun-2020",
    as_of: AsOf | str | date | None = None,
    seed: str | None = None,
    out: str | Path = "reports",
    capacity: Capacity | int | None = None,
    part: str | None = None,
    source_map: str | Path | None = None,
    overrides: str | Path | None = None,
    cases: str | Path | None = None,
    log: str | Path | None = None,
    lang: Lang = "zh",
    track: bool = True,
    progress: Progress | None = None,
) -> Finished:
    """The whole month: from raw exports to the folder of lists, notices, report and proof.

    Parameters
    ----------
    source : str or Path
        Folder or file of exports.
    policy : str or Path
        Built-in policy or policy file.
    as_of : AsOf, str or date, optional
        Day of the decision; default: the day of the export.
    seed : str, optional
        Public seed text, known only after the commitment; without it the draw is a rehearsal.
    out : str or Path
        Folder of reports; this run is written to ``out/<as-of>/``, whole or not at all.
    capacity : Capacity or int, optional
        Visits that can be made.
    part : str, optional
        Round of the year, such as ``6/12``; default: by the policy's number of rounds.
    source_map : str or Path, optional
        A `source.yaml` that does not lie beside the data.
    overrides : str or Path, optional
        Log of tiers that people set (`riskmodel override`).
    cases : str or Path, optional
        Folder of the casebook (`riskmodel case`): its acts are read, its ledger is continued.
    log : str or Path, optional
        Log of earlier draws (`riskmodel plan`, `draw`): whoever was drawn this year counts as visited, and a seed that
        was used before is refused. Nothing is entered, since a commitment must be published before its seed exists.
    lang : {"zh", "en"}
        Language of everything that is written.
    track : bool
        Log the run in MLflow.
    progress : callable, optional
        Called with the name of each step.

    Raises
    ------
    RiskModelError
        One clear error; nothing is written then.
    """
    tick = progress or (lambda step: None)
    rulebook, people, asked = load_policy(policy), logbook.read(overrides), AsOf.asked(as_of)
    acts, draws = logbook.read_acts(cases), logbook.read_draws(log) if log else None
    tick("read")
    records = load(source, source_map, progress=lambda file, rows, total: tick(f"{file} {rows:,}"))
    day = asked or records.newest
    month = decide(
        records, rulebook, day, seed=seed, capacity=capacity, part=part, manual=people, acts=acts,
        log=draws, progress=tick,
    )  # fmt: skip
    month = replace(month, before=last_month(month, rulebook, people, Path(out)))
    tick("write")
    folder = Path(out) / str(day)
    keep_ledger = logbook.continuing(cases, month.casebook)
    kept = write_whole(folder, lambda place: fill(place, month, lang=lang))
    keep_ledger()
    verdict = verify(folder / "proof.json", commitment=month.plan.commit().digest, lang=lang)
    tracked = ""
    if track:
        from riskmodel.month_tracked import track_month

        tick("track")
        tracked = track_month(month, folder, Path(out), lang)
    return Finished(month, folder, verdict, kept, tracked)


def decide(  # noqa: PLR0913  as `run`
    records: Records,
    policy: Policy,
    as_of: AsOf,
    *,
    seed: str | None = None,
    capacity: Capacity | int | None = None,
    part: str | None = None,
    manual: ManualTiers | None = None,
    acts: ActLog | None = None,
    log: DrawLog | None = None,
    progress: Progress | None = None,
) -> Month:
    """Assess, plan, draw, assign and review, without any file."""
    if log is not None and seed is not None:
        log.unused(seed)
    tick = progress or (lambda step: None)
    assessment = assess(records, policy, as_of=as_of, manual=manual, progress=tick)
    tick("draw")
    plan = plan_inspections(assessment, capacity=capacity, part=part, records=records, log=log)
    draw = plan.draw(seed or _REHEARSAL.format(as_of=as_of)).assign()
    tick("review")
    book = review(assessment, acts)
    return Month(records, assessment, plan, draw, book, early_signs(assessment, book), rehearsal=seed is None)


def assess_source(
    source: str | Path,
    out: str | Path | None = None,
    *,
    policy: str | Path = "zhoucun-2020",
    as_of: AsOf | str | date | None = None,
    source_map: str | Path | None = None,
    progress: Progress | None = None,
) -> Assessment:
    """Score and tier every enterprise of a source, and write the table if asked.

    Parameters
    ----------
    source, policy, as_of, source_map, progress
        As for `run`.
    out : str or Path, optional
        Where the table `Assessment.decided` goes: ``.csv``, else Parquet; an earlier file is replaced.
    """
    tick = progress or (lambda step: None)
    rulebook, asked = load_policy(policy), AsOf.asked(as_of)
    records = load(source, source_map, progress=lambda file, rows, total: tick(f"{file} {rows:,}"))
    assessment = assess(records, rulebook, as_of=asked or records.newest, progress=tick)
    if out is not None:
        tick("write")
        target, decided = Path(out), assessment.decided
        csv = target.suffix.lower() == ".csv"
        target.parent.mkdir(parents=True, exist_ok=True)
        # a mark at the beginning, so that spreadsheets read the Chinese
        written = decided.to_csv(index=False).encode("utf-8-sig") if csv else decided.to_parquet(None, index=False)
        _write_aside(target, bytes(written or b""))
    return assessment


def score_source(  # noqa: PLR0913  one keyword an option of the command line
    source: str | Path,
    out: str | Path,
    *,
    policy: str | Path = "zhoucun-2020",
    as_of: AsOf | str | date | None = None,
    master: str = "local[*]",
    model: str | None = None,
    source_map: str | Path | None = None,
    progress: Progress | None = None,
) -> int:
    """Score every enterprise of a source on Spark; returns how many.

    Parameters
    ----------
    source, policy, as_of, source_map, progress
        As for `run`.
    out, master, model
        As for `riskmodel.cluster.score`.
    """
    from riskmodel.cluster import score

    tick = progress or (lambda step: None)
    rulebook, asked = load_policy(policy), AsOf.asked(as_of)
    records = load(source, source_map, progress=lambda file, rows, total: tick(f"{file} {rows:,}"))
    return score(records, rulebook, asked or records.newest, Path(out), master=master, model=model, progress=tick)


def propose_map(
    source: str | Path, source_map: str | Path | None = None, *, to: str | Path | None = None
) -> list[Proposal]:
    """What the sheets of a source seem to be, for sheets with columns that no table knows.

    Parameters
    ----------
    source, source_map
        As for `load`.
    to : str or Path, optional
        Where a proposed `source.yaml` is written; it must not exist.

    Raises
    ------
    InputError
        An unreadable file, or a map that exists already (RM-INP-005).
    """
    if to is not None and Path(to).exists():
        raise InputError("RM-INP-008", where="--propose", found=to)
    proposals = proposed(source, source_map)
    if to is not None:
        _write_aside(Path(to), source_yaml(proposals).encode())
    return proposals


def write_quarantine(
    source: str | Path,
    target: str | Path,
    *,
    source_map: str | Path | None = None,
    lang: Lang = "zh",
    progress: Callable[[str, int, int], None] | None = None,
) -> int:
    """Write the workbook in which a clerk corrects what waits in quarantine; returns the number of rows."""
    from riskmodel.exports.quarantine_book import quarantine_book
    from riskmodel.exports.workbook import write_workbook

    place = Path(target)
    if place.is_dir():
        raise InputError("RM-INP-008", where="--out", found=target, expected=Both("一个文件", "a file"))
    records = load(source, source_map, progress=progress)
    place.parent.mkdir(parents=True, exist_ok=True)
    aside = place.with_suffix(".part.xlsx")
    write_workbook(aside, quarantine_book(records.quarantine, lang=lang), created=records.newest.day, lang=lang)
    aside.replace(place)
    return len(records.quarantine)


def _write_aside(target: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    aside = target.with_name(f".{target.name}.part")
    try:
        aside.write_bytes(content)
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


def write_district(folder: str | Path, *, enterprises: int, years: int, seed: int, truth: str | Path | None) -> Any:
    """Write the exports of a synthetic district, and its hidden truth elsewhere if asked."""
    from riskmodel.exports.raw_workbook import write_raw
    from riskmodel.records.district import generate

    target = Path(folder)
    if target.exists() and any(target.iterdir()):
        raise InputError("RM-INP-005", where="DIR", found=folder)
    return generate(
        target,
        enterprises=enterprises,
        years=years,
        seed=seed,
        write_workbook=write_raw,
        truth=Path(truth) if truth is not None else None,
    )
