"""Results of inspections on their way into the records: a file that a source folder takes, and a delivery to a store.

The file grows with every reading: a visit that was read before keeps the day on which it became known, a corrected one
takes the new day. The same results give the same file.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from riskmodel.display.text import Lang, heading
from riskmodel.errors import InputError
from riskmodel.inspections.results import COLUMNS, Results
from riskmodel.records import Store
from riskmodel.tables import TABLES

# A spreadsheet would run a cell that starts like this.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_REASONS: Mapping[str, str] = {"contradiction": "RM-RES-009", "conflicting_duplicate": "RM-RES-008"}
_CODES: Mapping[str, str] = {
    "visit_no": "RM-RES-003", "entity_id": "RM-RES-003", "outcome_codes": "RM-RES-004", "inspected_on": "RM-RES-005",
    "due_on": "RM-RES-005", "inspector_ids": "RM-RES-006", "signature": "RM-RES-006",
    "certificates_shown": "RM-RES-007", "recheck_due": "RM-RES-007",
}  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """What was written.

    Attributes
    ----------
    new, corrected, known : int
        Visits that were not in the file before, that were and have changed, that were the same.
    file : Path
        Where all results stand.
    receipt : DataFrame or None
        What the store says of the delivery.
    """

    new: int
    corrected: int
    known: int
    file: Path
    receipt: pd.DataFrame | None


def faults_of(results: Results, lang: Lang) -> list[InputError]:
    """What is wrong with refused rows, as people are told it."""
    found = results.refused.astype("str").to_dict("records")
    return [
        InputError(
            _REASONS.get(line["reason"], _CODES[line["column"]]),
            where=f"{line['row']}: {heading(line['column'], lang)}",
            found=line["found"] or "-",
            expected=line["expected"] or None,
        )
        for line in found
    ]


def keep_results(
    results: Results, out: str | Path, *, store: Store | None = None, source_map: str | Path | None = None
) -> Kept:
    """Add accepted results to the file of all results, and deliver that file to a store.

    Parameters
    ----------
    results : Results
        What `take_results` accepted.
    out : str or Path
        CSV with all results of inspections so far; made if missing.
    store : Store, optional
        Store that the file is appended to; if it refuses, the file stays as it was.
    source_map : str or Path, optional
        A `source.yaml` for the store.

    Raises
    ------
    InputError
        If the file holds something else (RM-RES-011).
    """
    target = Path(out)
    merged, counts = _merged(_earlier(target), results.table)
    receipt = None
    with TemporaryDirectory(dir=target.resolve().parent, prefix=".results-") as place:
        written = Path(place) / target.name
        written.write_bytes(_csv(merged))
        if store is not None:
            day = results.table["known_on"].max().date() if len(results.table) else None
            receipt = store.append(written, delivered_on=day, source_map=source_map)
        written.replace(target)
    return Kept(*counts, target, receipt)


def _headings() -> dict[str, str]:
    known = {c.name: c.zh for c in TABLES["inspections"].columns}
    return {name: known.get(name, heading(name, "zh")) for name in COLUMNS}


def _earlier(out: Path) -> pd.DataFrame:
    if not out.exists():
        return pd.DataFrame(columns=list(COLUMNS), dtype="str")
    try:
        frame = pd.read_csv(out, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    except ValueError:  # not UTF-8, or not the form of a table
        frame = pd.DataFrame()
    if list(frame.columns) != list(_headings().values()):
        raise InputError("RM-RES-011", where="--out", found=out)
    return frame.set_axis(list(COLUMNS), axis=1)


def _merged(earlier: pd.DataFrame, table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[int, int, int]]:
    """All results, and how many of the new ones were not there, were different, were the same."""
    plain = {c: table[c].dt.strftime("%Y-%m-%d").fillna("") for c in ("inspected_on", "known_on", "due_on")}
    texts = table.assign(pi=[repr(p) for p in table["pi"]], **plain).astype("str").map(_tamed)
    before, now = earlier.set_index("record_id"), texts.set_index("record_id")
    both = now.index.intersection(before.index)
    differs = before.loc[both].drop(columns="known_on").ne(now.loc[both].drop(columns="known_on")).any(axis=1)
    same, changed = both[~differs.to_numpy()], both[differs.to_numpy()]
    kept = pd.concat([before.drop(index=changed), now.drop(index=same)])
    merged = kept.reset_index().sort_values("record_id", ignore_index=True)[list(COLUMNS)]
    return merged, (len(now) - len(both), len(changed), len(same))


def _tamed(text: str) -> str:
    return "'" + text if text.startswith(_FORMULA) else text


def _csv(merged: pd.DataFrame) -> bytes:
    stream = io.StringIO()
    merged.rename(columns=_headings()).to_csv(stream, index=False, lineterminator="\r\n")
    return stream.getvalue().encode("utf-8-sig")
