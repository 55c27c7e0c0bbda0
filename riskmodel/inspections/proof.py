"""Verifying a proof: the draw is repeated from the proof alone, and the first difference is named in words.

Every part is computed again with the functions that made it; `verify_standalone` does the same with the
standard library alone and shares no line with this module.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Literal

import numpy as np

from riskmodel.errors import DrawError, Lang
from riskmodel.inspections.commitment import commit_to, committed
from riskmodel.inspections.inspectors import assign_visits
from riskmodel.inspections.proof_file import FORMAT, Proof, read, sealed
from riskmodel.sampling.designs import StratifiedRandom
from riskmodel.sampling.tickets import ticket, tickets

__all__ = ["Proof", "Verdict", "verify"]

Part = Literal["form", "seed", "commitment", "frame", "ticket", "selection", "assignment", "digest"]

_DESIGN = StratifiedRandom()
_HOLDS = {
    "zh": "抽取凭证成立:种子「{seed}」,计划摘要 {commitment},名录 {size} 户,抽取 {n} 户。",
    "en": "The proof holds: seed “{seed}”, commitment {commitment}, {n} of {size} enterprises drawn.",
}
_DIFFERS = {
    "zh": "抽取凭证不成立,第一处不符在{part}:{where}。",
    "en": "The proof does not hold; the first difference is in the {part}: {where}.",
}
_PARTS: dict[Part, tuple[str, str]] = {
    "form": ("文件格式", "form of the file"),
    "seed": ("随机种子", "seed"),
    "commitment": ("计划承诺", "commitment"),
    "frame": ("抽查名录", "frame"),
    "ticket": ("抽签号", "ticket"),
    "selection": ("抽取结果", "selection"),
    "assignment": ("检查人员分派", "assignment"),
    "digest": ("凭证摘要", "digest"),
}


@dataclass(frozen=True)
class Verdict:
    """Whether a proof holds.

    Attributes
    ----------
    holds : bool
        Every part was computed again and agrees.
    message : str
        One sentence for people. If the proof holds: seed and commitment, to be compared with those published.
        If not: the place of the first difference.
    first_difference : str or None
        Part that differs first: form, seed, commitment, frame, ticket, selection, assignment, digest.
    """

    holds: bool
    message: str
    first_difference: Part | None = None


def verify(proof: Proof | Path | str, *, commitment: str | None = None, lang: Lang = "zh") -> Verdict:
    """Repeat a draw from its proof and name the first difference.

    Parameters
    ----------
    proof : Proof, Path or str
        A proof, or the path of ``proof.json``. Of a file every byte counts, white space included.
    commitment : str, optional
        Digest that was published before the draw. Without it a proof made anew from other data cannot be told
        apart from the true one.
    lang : {"zh", "en"}
        Language of the message.

    Raises
    ------
    DrawError
        If the file cannot be read as a proof at all (RM-DRW-002).
    """
    exact = True
    if not isinstance(proof, Proof):
        proof, exact = read(Path(proof))
    at = 0 if lang == "zh" else 1
    for part, where in _differences(proof, exact, commitment):
        return Verdict(False, _DIFFERS[lang].format(part=_PARTS[part][at], where=where), part)
    size, n = len(proof.frame), len(proof.drawn)
    words = _HOLDS[lang].format(seed=proof.seed, commitment=proof.commitment, size=size, n=n)
    return Verdict(True, words)


def _differences(proof: Proof, exact: bool, published: str | None) -> Iterator[tuple[Part, str]]:
    """Differences in the order of the checks; only the first is meaningful, since later ones build on it."""
    if not exact:
        yield "form", "JSON"
    for name, own, known in (("format", proof.format, FORMAT), ("design", proof.design, _DESIGN.name)):
        if own != known:
            yield "form", f"{name} {own} ≠ {known}"
    if proof.team_size < 1:
        yield "form", f"team_size {proof.team_size}"
    if not proof.seed.strip() or unicodedata.normalize("NFC", proof.seed) != proof.seed:
        yield "seed", repr(proof.seed)
    yield from _commitment(proof, published)
    yield from _frame(proof)
    yield from _tickets(proof)
    yield from _selection(proof)
    yield from _assignment(proof)
    if (digest := sealed(proof).digest) != proof.digest:
        yield "digest", f"{proof.digest} ≠ {digest}"


def _commitment(proof: Proof, published: str | None) -> Iterator[tuple[Part, str]]:
    content = committed(
        source={"as_of": proof.as_of, "policy": proof.policy, "data": proof.data},
        design=proof.design,
        frame=proof.frame,
        strata={name: {"size": s.size, "n": s.n} for name, s in proof.strata.items()},
    )
    own = commit_to(content).digest
    for other in (proof.commitment, published):
        if other is not None and other != own:
            yield "commitment", f"{other} ≠ {own}"


def _frame(proof: Proof) -> Iterator[tuple[Part, str]]:
    ids = [entity for entity, _ in proof.frame]
    for before, after in zip(ids, ids[1:], strict=False):
        if before >= after:
            yield "frame", f"{before} ≥ {after}"
            break
    labels, sizes = np.unique(np.array([label for _, label in proof.frame], dtype=str), return_counts=True)
    counted = dict(zip(labels.tolist(), sizes.tolist(), strict=True))
    for name in sorted(counted.keys() | proof.strata.keys()):
        stratum, size = proof.strata.get(name), counted.get(name, 0)
        if stratum is None or stratum.size != size or not 0 <= stratum.n <= size:
            yield "frame", f"{name}: {stratum} ≠ {size}"


def _tickets(proof: Proof) -> Iterator[tuple[Part, str]]:
    wrong = [entity for entity, own in proof.drawn if ticket(proof.seed, entity) != own]
    if len(wrong) > 1 and len(wrong) == len(proof.drawn):
        yield "seed", repr(proof.seed)
    if wrong:
        yield "ticket", wrong[0]


def _selection(proof: Proof) -> Iterator[tuple[Part, str]]:
    own = tickets(proof.seed, (entity for entity, _ in proof.frame))
    n = {name: stratum.n for name, stratum in proof.strata.items()}
    mask = _DESIGN.draw([label for _, label in proof.frame], n, tickets=own)
    drawn = [(proof.frame[at][0], str(own[at])) for at in np.flatnonzero(mask)]
    yield from _compared("selection", proof.drawn, sorted(drawn, key=lambda pair: (pair[1], pair[0])))


def _assignment(proof: Proof) -> Iterator[tuple[Part, str]]:
    drawn, people = [entity for entity, _ in proof.drawn], set(proof.inspectors)
    if list(proof.inspectors) != sorted(people):
        yield "assignment", "inspectors"
    places = set(drawn)
    if list(proof.recusals) != sorted({(w, at) for w, at in proof.recusals if w in people and at in places}):
        yield "assignment", "recusals"
    try:
        visits = assign_visits(
            proof.seed,
            drawn,
            inspector_ids=proof.inspectors,
            recusals=proof.recusals,
            team_size=proof.team_size,
        )
    except DrawError as fault:
        yield "assignment", fault.where
    else:
        own = [(v.visit_no, v.entity_id, v.team, v.inspector_ids) for v in visits]
        yield from _compared("assignment", proof.visits, own)


def _compared(
    part: Part, found: Sequence[tuple[object, ...]], expected: Sequence[tuple[object, ...]]
) -> Iterator[tuple[Part, str]]:
    for place, (one, other) in enumerate(zip_longest(found, expected), start=1):
        if one != other:
            yield part, f"{place}: {_written(one)} ≠ {_written(other)}"
            return


def _written(row: tuple[object, ...] | None) -> str:
    cells = [] if row is None else [",".join(c) if isinstance(c, tuple) else str(c) for c in row]
    return " ".join(cells) or "–"
