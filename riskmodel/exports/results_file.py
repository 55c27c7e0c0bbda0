"""Results of inspections on their way into the records: a file that a source folder takes, and a delivery to a store.

The file grows with every reading: a visit that was read before keeps the day on which it became known, a corrected one
takes the new day. The same books give the same file.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from riskmodel.display.text import heading
from riskmodel.errors import InputError
from riskmodel.exports.filled_books import RESULT, Filled, Sent, read_books
from riskmodel.exports.folder import MANIFEST
from riskmodel.records import Store
from riskmodel.tables import TABLES

_VISITS, _PROOF = "tables/visits.parquet", "proof.json"
_COLUMNS = (*RESULT[:4], "known_on", *RESULT[4:])
# A spreadsheet would run a cell that starts like this.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Taken:
    """What was taken over.

    Attributes
    ----------
    filled : Filled
        What the books say.
    new, corrected, known : int
        Visits that were not in the file before, that were and have changed, that were the same.
    file : Path
        Where all results stand.
    receipt : DataFrame or None
        What the store says of the delivery.
    """

    filled: Filled
    new: int
    corrected: int
    known: int
    file: Path
    receipt: pd.DataFrame | None


def sent_by(folder: Path) -> Sent:
    """The draw of a run folder.

    Raises
    ------
    InputError
        If the folder holds no draw, or its proof or visits were changed since (RM-RES-010).
    """
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise InputError("RM-RES-010", where="--draw", found=folder)
    written = manifest.read_text("utf-8").splitlines()
    proof = json.loads(_unchanged(folder / _PROOF, _PROOF, written))
    visits = pd.read_parquet(io.BytesIO(_unchanged(folder / _VISITS, _VISITS, written)))
    return Sent(str(proof["digest"]), date.fromisoformat(proof["as_of"]), visits)


def _unchanged(file: Path, name: str, written: Sequence[str]) -> bytes:
    content = file.read_bytes() if file.is_file() else b""
    digest = hashlib.sha256(content).hexdigest()
    if f"{digest}  {name}" not in written:
        raise InputError("RM-RES-010", where=str(file), found=digest[:12])
    return content


def take_books(books: Sequence[Path], sent: Sent, *, today: date, out: Path, store: Path | None = None) -> Taken:
    """Read books and take their results over, all or nothing.

    Parameters
    ----------
    books : sequence of Path
        Filled task books, or folders of them.
    sent : Sent
        The draw.
    today : date
        Day on which the results become known.
    out : Path
        CSV with all results of inspections so far; made if missing.
    store : Path, optional
        Store that the file is appended to.

    Returns
    -------
    Taken
        With faults nothing was written, and `filled` tells them.
    """
    filled = read_books(_files(books), sent, today=today)
    if filled.faults:
        return Taken(filled, 0, 0, 0, out, None)
    earlier = _earlier(out)
    merged, counts = _merged(earlier, filled.results, today)
    receipt = None
    with TemporaryDirectory(dir=out.resolve().parent, prefix=".results-") as place:
        written = Path(place) / out.name
        written.write_bytes(_csv(merged))
        if store is not None:
            with Store.open(store) as kept:
                receipt = kept.append(written, delivered_on=today)
        written.replace(out)
    return Taken(filled, *counts, out, receipt)


def _files(books: Sequence[Path]) -> list[Path]:
    """Books, also those of folders; ``~$…`` is what a spreadsheet program leaves beside an open file."""
    found = [sorted(p for p in b.glob("*.xlsx") if p.name[0] not in "~.") if b.is_dir() else [b] for b in books]
    return [path for paths in found for path in paths]


def _headings() -> dict[str, str]:
    known = {c.name: c.zh for c in TABLES["inspections"].columns}
    return {name: known.get(name, heading(name, "zh")) for name in _COLUMNS}


def _earlier(out: Path) -> pd.DataFrame:
    if not out.exists():
        return pd.DataFrame(columns=list(_COLUMNS), dtype="str")
    try:
        frame = pd.read_csv(out, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    except ValueError:  # not UTF-8, or not the form of a table
        frame = pd.DataFrame()
    if list(frame.columns) != list(_headings().values()):
        raise InputError("RM-RES-011", where="--out", found=out)
    return frame.set_axis(list(_COLUMNS), axis=1)


def _merged(earlier: pd.DataFrame, results: pd.DataFrame, today: date) -> tuple[pd.DataFrame, tuple[int, int, int]]:
    """All results, and how many of the new ones were not there, were different, were the same."""
    texts = results.assign(pi=[repr(p) for p in results["pi"]], known_on=today.isoformat()).astype("str")
    texts = texts[list(_COLUMNS)].map(_tamed)
    before, now = earlier.set_index("record_id"), texts.set_index("record_id")
    both = now.index.intersection(before.index)
    differs = before.loc[both].drop(columns="known_on").ne(now.loc[both].drop(columns="known_on")).any(axis=1)
    same, changed = both[~differs.to_numpy()], both[differs.to_numpy()]
    kept = pd.concat([before.drop(index=changed), now.drop(index=same)])
    merged = kept.reset_index().sort_values("record_id", ignore_index=True)[list(_COLUMNS)]
    return merged, (len(now) - len(both), len(changed), len(same))


def _tamed(text: str) -> str:
    return "'" + text if text.startswith(_FORMULA) else text


def _csv(merged: pd.DataFrame) -> bytes:
    stream = io.StringIO()
    merged.rename(columns=_headings()).to_csv(stream, index=False, lineterminator="\r\n")
    return stream.getvalue().encode("utf-8-sig")
