"""Planning, drawing, replacing and re-checking with their files: plan, proof and log of draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import yaml

from riskmodel import logbook
from riskmodel.assessment import assess
from riskmodel.errors import DrawError, InputError, Lang, PlanError
from riskmodel.exports.results_file import Kept, faults_of, keep_results
from riskmodel.fault_words import Both, exception_words
from riskmodel.inspections.capacity import Capacity
from riskmodel.inspections.draw import Draw
from riskmodel.inspections.log import DrawLog
from riskmodel.inspections.plan import Plan
from riskmodel.inspections.proof import Proof
from riskmodel.inspections.replace import next_ticket
from riskmodel.inspections.results import Results, number_prefix, take_results
from riskmodel.inspections.seed import joined_seed
from riskmodel.policy import load_policy
from riskmodel.records import Store, load
from riskmodel.tables import TABLES
from riskmodel.values import AsOf
from riskmodel.workflow import plan_inspections


@dataclass(frozen=True)
class Signature:
    """Why something departs from the rule, who signs, and on which day."""

    reason: str
    signed_by: str
    on: date


def plan_source(  # noqa: PLR0913  one keyword an option of the command line
    source: str | Path,
    target: str | Path,
    *,
    policy: str | Path = "zhoucun-2020",
    as_of: AsOf | str | date | None = None,
    capacity: Capacity | None = None,
    part: str | None = None,
    log: str | Path | None = None,
    recorded_on: date,
    source_map: str | Path | None = None,
    overrides: str | Path | None = None,
) -> Plan:
    """Plan from a source, write ``plan.json``, and enter the commitment in the log."""
    rulebook, manual, asked = load_policy(policy), logbook.read(overrides), AsOf.asked(as_of)
    draws = logbook.read_draws(log, new=True) if log else None
    records = load(source, source_map)
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    assessment = assess(records, rulebook, as_of=asked or records.newest, manual=manual)
    planned = plan_inspections(assessment, capacity=capacity, part=part, records=records, log=draws)
    if draws is not None and log is not None:
        day = planned.provenance.as_of.day
        entered = draws.commit(planned.commit().digest, as_of=day, part=planned.part, recorded_on=recorded_on)
        planned.save(target)
        logbook.write(log, entered)
    else:
        planned.save(target)
    return planned


def strata_in_words(planned: Plan, policy: str | Path, lang: Lang = "zh") -> pd.DataFrame:
    """Strata of a plan as people read them: reasons in words with their clauses, no columns for machines."""
    from riskmodel.display.text import word
    from riskmodel.named import rule_names

    names, strata = rule_names(load_policy(policy).at(planned.provenance.as_of), lang), planned.strata
    because = strata["because"].map(lambda rule: names.get(rule) or word("because", rule, lang))
    towns = ["town"] if strata["town"].ne("").any() else []
    return strata.assign(because=because)[["stratum", "risk_tier", *towns, "because", "size", "n", "pi"]]


def rates_in_words(table: pd.DataFrame, by: str | None, lang: Lang = "zh") -> pd.DataFrame:
    """Estimates as people read them; the first row stands for all."""
    from riskmodel.display.text import say, word

    kind = "field" if by == "special_field" else ""
    group = [say("group.all", lang), *(word(kind, code, lang) or "—" for code in table["group"].iloc[1:])]
    return table.assign(group=group).rename(columns={"value": "estimate", "n": "answered"})


def terms_in_words(terms: pd.DataFrame, lang: Lang = "zh") -> pd.DataFrame:
    """Deadlines as people read them."""
    from riskmodel.display.text import word

    kinds = ("calendar", "overdue")
    return terms.assign(**{kind: [word(kind, code, lang) for code in terms[kind]] for kind in kinds})


def draw_from(
    plan_file: str | Path,
    seed: str,
    *,
    commitment: str | None,
    out: str | Path,
    log: str | Path | None = None,
    withdrawn: Mapping[str, str] | None = None,
    signature: Signature | None = None,
) -> tuple[Draw, Path]:
    """Draw from a plan that was committed earlier, send inspectors, and write `proof.json`.

    Raises
    ------
    DrawError
        If the plan was changed since its commitment (RM-DRW-003), a proof already stands there (RM-DRW-005), or the
        log forbids the draw (RM-DRW-005, 006, 008); nothing is drawn then.
    """
    target, plan = Path(out), Plan.load(plan_file)
    if target.exists():
        raise DrawError("RM-DRW-005", where="--out", found=target)
    draws = logbook.read_draws(log, new=True) if log else None
    sign = signature or Signature("", "", date.today())
    if draws is not None:
        draws.allows(plan.commit().digest, seed, reason=sign.reason, signed_by=sign.signed_by)
    draw = plan.draw(seed, commitment).assign(withdrawn=withdrawn)
    target.parent.mkdir(parents=True, exist_ok=True)
    proof = draw.proof
    proof.save(target)
    if draws is not None and log is not None:
        entered = draws.draw(proof, recorded_on=sign.on, reason=sign.reason, signed_by=sign.signed_by)
        logbook.write(log, entered)
    return draw, target


def replace_in(
    plan_file: str | Path, proof_file: str | Path, entity_id: str, *, log: str | Path, signature: Signature
) -> str:
    """Replace an enterprise of a draw by the next ticket of its stratum, in the log; returns who comes in, or ''.

    Raises
    ------
    DrawError
        If plan and proof do not belong together (RM-DRW-003), the log does not know the draw (RM-DRW-008), or the
        enterprise is not visited (RM-DRW-009).
    """
    plan, proof = Plan.load(plan_file), Proof.load(proof_file)
    if (own := plan.commit().digest) != proof.commitment:
        raise DrawError("RM-DRW-003", where=str(plan_file), found=own, expected=proof.commitment)
    draws = _logged(log, proof)
    into = next_ticket(proof, entity_id, draws.replacements(proof.digest))
    entered = draws.replace(
        proof.digest, entity_id, into, reason=signature.reason, signed_by=signature.signed_by, recorded_on=signature.on
    )
    logbook.write(log, entered)
    return into


def draw_of(plan_file: str | Path, proof_file: str | Path) -> Draw:
    """The draw of a plan and its proof, made again.

    Raises
    ------
    DrawError
        If they do not belong together (RM-DRW-003).
    """
    plan, proof = Plan.load(plan_file), Proof.load(proof_file)
    draw = plan.draw(proof.seed, proof.commitment)
    if plan.people.inspectors:
        draw = draw.assign(withdrawn=dict(proof.withdrawn))
        if (own := draw.proof.digest) != proof.digest:
            raise DrawError("RM-DRW-003", where=str(proof_file), found=own, expected=proof.digest)
    return draw


def results_of(
    plan_file: str | Path, proof_file: str | Path, results: str | Path, *, log: str | Path | None, known_on: date
) -> tuple[Draw, Results]:
    """A draw and what came back of it, from a CSV file with canonical or Chinese headings, such as `take_books` keeps.

    Raises
    ------
    InputError
        If the file cannot be read or lacks a column (RM-REC-002, RM-REC-004).
    DrawError
        If plan, proof and log do not belong together (RM-DRW-003, RM-DRW-008).
    """
    draw, proof = draw_of(plan_file, proof_file), Proof.load(proof_file)
    headings = {column.zh: column.name for column in TABLES["inspections"].columns}
    try:
        frame = pd.read_csv(results, dtype=str, keep_default_na=False, encoding="utf-8-sig").rename(columns=headings)
    except (OSError, ValueError) as fault:
        raise InputError(
            "RM-REC-002", where=str(results), found=exception_words(fault), expected=_RESULTS_FILE
        ) from fault
    if "record_id" in frame.columns:  # the file of all results holds those of other draws, too
        frame = frame[frame["record_id"].eq("") | frame["record_id"].str.startswith(number_prefix(proof.digest))]
    return draw, take_results(draw, frame, known_on=known_on, replaced=_replaced(log, proof), proof=proof.digest)


_RESULTS_FILE = Both(
    "检查结果 CSV，如 riskmodel results read 所写", "results as CSV, such as `riskmodel results read` keeps"
)


@dataclass(frozen=True)
class Taken:
    """What came of filled books: all faults, or the results and the file in which they were kept."""

    faults: tuple[InputError, ...]
    results: Results
    kept: Kept | None


def take_books(
    books: Sequence[Path],
    folder: Path,
    *,
    log: str | Path | None,
    today: date,
    out: Path,
    store: Path | None = None,
    lang: Lang = "zh",
) -> Taken:
    """Read filled task books of the draw of a run folder, and keep their results: all of them, or with a fault none.

    Raises
    ------
    DrawError
        If the folder holds no draw, or not as it was made (RM-DRW-002, RM-DRW-003, RM-DRW-013).
    InputError
        If the file of results holds something else (RM-RES-011).
    """
    from riskmodel.exports.filled_books import read_books

    plan_file, proof_file = folder / "plan.json", folder / "proof.json"
    draw, proof = draw_of(plan_file, proof_file), Proof.load(proof_file)
    read = read_books(books, proof.digest)
    results = take_results(draw, read.rows, known_on=today, replaced=_replaced(log, proof), proof=proof.digest)
    faults = (*read.faults, *faults_of(results, lang))
    if faults:
        return Taken(faults, results, None)
    if store is None:
        return Taken((), results, keep_results(results, out))
    with Store.open(store) as records:
        return Taken((), results, keep_results(results, out, store=records))


def _replaced(log: str | Path | None, proof: Proof) -> list[tuple[str, str]]:
    """Replacements of a draw by its log (RM-DRW-008 if the log does not know the draw)."""
    return _logged(log, proof).replacements(proof.digest) if log else []


def _logged(log: str | Path, proof: Proof) -> DrawLog:
    draws = logbook.read_draws(log)
    if fault := draws.differs(proof):
        raise DrawError("RM-DRW-008", where=f"{log}: {fault}", found=proof.digest)
    return draws


def publish_results(
    draw: Draw, taken: Results, target: str | Path, *, policy: str | Path, today: date, lang: Lang = "zh"
) -> pd.DataFrame:
    """Write the notice of results, and say by when each visit was to be published.

    Returns
    -------
    DataFrame
        entity_id, inspected_on, publish_by, calendar, overdue.
    """
    from riskmodel.exports.notices import results_notice, write_notice
    from riskmodel.inspections.deadline import clock

    rules = load_policy(policy).at(draw.plan.provenance.as_of)
    never = rules.inspections.never_published
    rows = taken.table.merge(draw.table[["entity_id", "joint"]], on="entity_id", how="left")
    notice = results_notice(rows, draw.plan.about, never=never, lang=lang)
    write_notice(Path(target), notice, never=never, visited=True)
    terms = clock(taken.table["inspected_on"], rules.publicity_working_days, today)
    return taken.table[["entity_id", "inspected_on"]].join(terms)


def write_recheck(proof_file: str | Path, entity_id: str, target: str | Path, *, lang: Lang = "zh") -> Path:
    """Write the worksheet with which one enterprise is re-checked."""
    from riskmodel.exports.recheck import write_worksheet
    from riskmodel.inspections.replace import stratum_of

    proof, place = Proof.load(proof_file), Path(target)
    write_worksheet(place, stratum_of(proof, entity_id), lang=lang)
    return place


def read_capacity(path: str | Path | None, total: int | None) -> Capacity:
    """Capacities from a YAML file, with a total from the command line.

    Raises
    ------
    PlanError
        If the file cannot be read as capacities (RM-PLN-002).
    """
    if path is None:
        return Capacity(total)
    try:
        content = yaml.safe_load(Path(path).read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as fault:
        raise PlanError("RM-PLN-002", where=str(path), found=exception_words(fault)) from fault
    read = Capacity.read(content, where=str(path))
    return read if total is None else Capacity(total, read.by_town, read.by_department, read.by_month)


def seed_of(seed: str | None, contributions: Sequence[str]) -> str:
    """The seed as it was given, or made of several offices' contributions.

    Raises
    ------
    DrawError
        If there is neither or both (RM-DRW-010).
    """
    if (seed is None) == (not contributions):
        where = "--seed, --contribution"
        raise DrawError("RM-DRW-010", where=where, found="–" if seed is None else f"{seed}, {', '.join(contributions)}")
    return joined_seed(pairs_of(contributions, "--contribution")) if seed is None else seed


def pairs_of(texts: Sequence[str], option: str) -> dict[str, str]:
    """Names and texts from ``name=text``.

    Raises
    ------
    DrawError
        If a text has no ``=``, or a name stands twice (RM-DRW-011).
    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or name in found:
            raise DrawError("RM-DRW-011", where=option, found=text)
        found[name] = value
    return found
