"""Credit reports of many enterprises as files: HTML and, where a browser is there, PDF; each file whole or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from riskmodel.assessment import assess
from riskmodel.display.text import Lang, say
from riskmodel.exports.credit_report import CreditReport, Desk
from riskmodel.exports.pdf import Printer
from riskmodel.named import rule_names
from riskmodel.policy import load_policy
from riskmodel.records import load
from riskmodel.values import AsOf


def credit_desk(
    source: str | Path,
    *,
    policy: str | Path,
    as_of: AsOf | str | date | None,
    internal: bool,
    issued_on: date,
    lang: Lang = "zh",
) -> Desk:
    """What the credit reports of a day share; the internal ones need the assessment."""
    rulebook, asked = load_policy(policy), AsOf.asked(as_of)
    records = load(source)
    day = asked or records.newest
    assessment = assess(records, rulebook, as_of=day) if internal else None
    rules = rulebook.at(day)
    return Desk(records.known(day), rules, issued_on, rule_names(rules, lang), assessment, lang)


def write_reports(
    reports: Iterable[CreditReport],
    out: Path,
    *,
    pdf: bool,
    lang: Lang = "zh",
    progress: Callable[[str], None] | None = None,
) -> list[Path]:
    """Write each report under its credit code.

    Parameters
    ----------
    reports : iterable of CreditReport
        From `credit_report.credit_reports`.
    out : Path
        Folder, made if missing; earlier reports of the same enterprises are replaced.
    pdf : bool
        Whether a PDF stands beside each page.
    lang : {"zh", "en"}
        Language of page numbers.
    progress : callable, optional
        Called with the code of each enterprise.

    Raises
    ------
    RunError
        If the browser makes no PDF (RM-RUN-005).
    """
    out.mkdir(parents=True, exist_ok=True)
    written = []
    with TemporaryDirectory(dir=out, prefix=".partial-") as place, Printer(lang) if pdf else nullcontext() as printer:
        for report in reports:
            suffix = f"-{say('credit.internal', lang)}" if report.internal else ""
            page = Path(place) / f"{report.entity_id}{suffix}.html"
            page.write_bytes(report.html().encode())
            files = [page]
            if printer is not None:
                files.append(page.with_suffix(".pdf"))
                files[-1].write_bytes(printer.pdf(page))
            written += [file.replace(out / file.name) for file in files]
            if progress:
                progress(report.entity_id)
    return written
