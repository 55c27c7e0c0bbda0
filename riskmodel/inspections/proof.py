"""Verifying a proof: the draw is repeated from the proof alone, and the first difference is named in words.

Every part is computed again with the functions that made it; `verify_standalone` does the same with the
standard library alone and shares no line with this module.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import zip_longest
from operator import itemgetter, lt
from pathlib import Path
from typing import Literal

import numpy as np

from riskmodel.display.text import say
from riskmodel.errors import DrawError, Lang
from riskmodel.inspections.chances import chances
from riskmodel.inspections.commitment import commit_to, committed
from riskmodel.inspections.draw import apart_of, team_names, visits_of
from riskmodel.inspections.log import DrawLog
from riskmodel.inspections.people import Inspector, People
from riskmodel.inspections.places import Place, Visit, places
from riskmodel.inspections.proof_file import FORMAT, Proof, read, sealed, strata_of
from riskmodel.inspections.teams import TeamRules, drawn_members, too_often
from riskmodel.sampling.by_stratum import PLANNED, numbers_drawn
from riskmodel.sampling.rounding import UNIT, ranks
from riskmodel.sampling.tickets import texts, words

__all__ = ["Proof", "Verdict", "verify"]

Part = Literal["form", "log", "seed", "commitment", "frame", "ticket", "selection", "assignment", "digest"]

_HOLDS = {
    "zh": "抽取凭证成立：种子「{seed}」，计划摘要 {commitment}，名录 {size} 户，抽取 {n} 户。",
    "en": "The proof holds: seed “{seed}”, commitment {commitment}, {n} of {size} enterprises drawn.",
}
_ALONE = {
    "zh": "注意：未与公布的承诺核对，只能说明凭证自身一致；事后重做的凭证同样自身一致。"
    "请用 --commitment 或 --log 核对。",
    "en": " Note: no published commitment was compared, so this only says that the proof agrees with itself, as one "
    "made anew afterwards would; compare with --commitment or --log.",
}
_DIFFERS = {
    "zh": "抽取凭证不成立，第一处不符在{part}：{where}。",
    "en": "The proof does not hold; the first difference is in the {part}: {where}.",
}
_PARTS: dict[Part, tuple[str, str]] = {
    "form": ("文件格式", "form of the file"),
    "log": ("抽取日志", "log of draws"),
    "seed": ("随机种子", "seed"),
    "commitment": ("计划承诺", "commitment"),
    "frame": ("抽查名录", "frame"),
    "ticket": ("抽签号", "ticket"),
    "selection": ("抽取结果", "selection"),
    "assignment": ("检查人员分派", "assignment"),
    "digest": ("凭证摘要", "digest"),
}
# Chances are computed in doubles; on another machine they may differ by dust.
_DUST = 50


@dataclass(frozen=True)
class Verdict:
    """Whether a proof holds.

    Attributes
    ----------
    holds : bool
        Every part was computed again and agrees.
    message : str
        One sentence for people. If the proof holds: seed and commitment, and whether a published commitment was
        compared. If not: the place of the first difference.
    first_difference : str or None
        Part that differs first: form, log, seed, commitment, frame, ticket, selection, assignment, digest.
    published : bool
        Whether a published commitment was compared, by itself or in a log. Only then is the list fixed: a proof that
        was made anew from other data agrees with itself.
    """

    holds: bool
    message: str
    first_difference: Part | None = None
    published: bool = False

    def _repr_html_(self) -> str:
        title = say("verdict.holds" if self.holds else "verdict.fails")
        return f"<p><strong>{escape(title)}</strong></p><p>{escape(self.message)}</p>"


def verify(
    proof: Proof | Path | str, *, commitment: str | None = None, log: DrawLog | None = None, lang: Lang = "zh"
) -> Verdict:
    """Repeat a draw from its proof and name the first difference.

    Parameters
    ----------
    proof : Proof, Path or str
        A proof, or the path of ``proof.json``. Of a file every byte counts, white space included.
    commitment : str, optional
        Digest that was published before the draw. Without it and without a log a proof made anew from other data
        cannot be told apart from the true one; the verdict says so.
    log : DrawLog, optional
        Log of draws: its chain must hold, the commitment must stand in it before the seed, and the draw must be the
        one of this proof.
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
    at, known = (0 if lang == "zh" else 1), commitment is not None or log is not None
    for part, where in _differences(proof, exact, commitment, log):
        return Verdict(False, _DIFFERS[lang].format(part=_PARTS[part][at], where=where), part, known)
    size, n = len(proof.frame), len(proof.drawn)
    sentence = _HOLDS[lang].format(seed=proof.seed, commitment=proof.commitment, size=size, n=n)
    return Verdict(True, sentence if known else f"{sentence}{_ALONE[lang]}", None, known)


def _differences(proof: Proof, exact: bool, published: str | None, log: DrawLog | None) -> Iterator[tuple[Part, str]]:
    """Differences in the order of the checks; only the first is meaningful, since later ones build on it."""
    if not exact:
        yield "form", "JSON"
    for name, own, known in (("format", proof.format, [FORMAT]), ("design", proof.design, PLANNED.values())):
        if own not in known:
            yield "form", f"{name} {own} ≠ {' | '.join(known)}"
    if len(proof.details) != len(proof.drawn):
        yield "form", f"details {len(proof.details)} ≠ {len(proof.drawn)}"
    if log is not None and (fault := log.differs(proof)):
        yield "log", fault
    if not proof.seed.strip() or unicodedata.normalize("NFC", proof.seed) != proof.seed:
        yield "seed", repr(proof.seed)
    yield from _commitment(proof, published)
    yield from _frame(proof)
    yield from _draw(proof)
    yield from _assignment(proof)
    if (digest := sealed(proof).digest) != proof.digest:
        yield "digest", f"{proof.digest} ≠ {digest}"


def _right_rules(proof: Proof) -> bool:
    try:
        rules = TeamRules(**proof.teams)  # type: ignore[arg-type]
    except TypeError:
        return False
    return rules.size >= 1


def _people(proof: Proof) -> People:
    return People(tuple(Inspector(i[0], "", *i[1:]) for i in proof.inspectors), proof.recusals, proof.met)


def _commitment(proof: Proof, published: str | None) -> Iterator[tuple[Part, str]]:
    if proof.people not in ("", own := _people(proof).digest):
        yield "commitment", f"people {proof.people} ≠ {own}"
    content = committed(
        source={key: getattr(proof, key) for key in ("as_of", "round", "policy", "data", "teams")},
        design=proof.design,
        frame=proof.frame,
        strata={name: {"size": s.size, "millionths": s.millionths} for name, s in proof.strata.items()},
        people=proof.people,
    )
    own = commit_to(content).digest
    for other in (proof.commitment, published):
        if other is not None and other != own:
            yield "commitment", f"{other} ≠ {own}"


def _frame(proof: Proof) -> Iterator[tuple[Part, str]]:
    ids = [entity for entity, _ in proof.frame]
    if not all(map(lt, ids, ids[1:])):
        before, after = next(pair for pair in zip(ids, ids[1:], strict=False) if pair[0] >= pair[1])
        yield "frame", f"{before} ≥ {after}"
    counted = Counter(map(itemgetter(1), proof.frame))
    for name in sorted(counted.keys() | proof.strata.keys()):
        stratum, size = proof.strata.get(name), counted.get(name, 0)
        if stratum is None or stratum.size != size or not 0 <= stratum.millionths <= size * UNIT:
            yield "frame", f"{name}: {stratum} ≠ {size}"


def _draw(proof: Proof) -> Iterator[tuple[Part, str]]:
    mine = texts(words(proof.seed, [entity for entity, _ in proof.drawn]))
    wrong = [entity for (entity, own), true in zip(proof.drawn, mine, strict=True) if true != own]
    if len(wrong) > 1 and len(wrong) == len(proof.drawn):
        yield "seed", repr(proof.seed)
    if wrong:
        yield "ticket", wrong[0]
    strata, own = strata_of(proof), words(proof.seed, [entity for entity, _ in proof.frame])
    place = {name: at for at, name in enumerate(strata.names)}
    codes = np.array([place[label] for _, label in proof.frame], dtype=np.int64)
    n = numbers_drawn(proof.design, proof.seed, strata, codes=codes, tickets=own)
    places = np.flatnonzero(ranks(codes, own) < n[codes]) if len(codes) else np.zeros(0, dtype=np.int64)
    drawn = [(proof.frame[at][0], text) for at, text in zip(places, texts(own[places]), strict=True)]
    yield from _compared("selection", proof.drawn, sorted(drawn, key=lambda pair: (pair[1], pair[0])))


def _assignment(proof: Proof) -> Iterator[tuple[Part, str]]:
    people, absent = _people(proof), dict(proof.withdrawn)
    if not _right_rules(proof):
        yield "assignment", f"teams {proof.teams}"
    ids = [i.inspector_id for i in people.inspectors]
    if ids != sorted(set(ids)):
        yield "assignment", "inspectors"
    for name, pairs in (("recusals", people.recusals), ("met", people.met)):
        if list(pairs) != sorted({pair for pair in pairs if pair[0] in set(ids)}):
            yield "assignment", name
    if list(proof.withdrawn) != sorted(absent.items()) or not set(absent) <= set(ids):
        yield "assignment", "withdrawn"
    left = people.without(absent)
    visits = visits_of(proof.details, [entity for entity, _ in proof.drawn])
    members: Sequence[Sequence[str]] = [()] * len(visits)
    if left.inspectors and visits:
        try:
            members = _lottery(proof, left, visits)
        except DrawError as fault:
            yield "assignment", fault.where
    sent = zip(visits, team_names(members), members, strict=True)
    own = [(visit.visit_no, visit.entity_id, team, tuple(who)) for visit, team, who in sent]
    yield from _compared("assignment", proof.visits, own)


def _lottery(proof: Proof, people: People, visits: Sequence[Visit]) -> tuple[tuple[str, ...], ...]:
    """Who goes where, by the chances of the proof.

    Raises
    ------
    DrawError
        If the chances are not those that the rules declare, or another attempt should have decided.
    """
    rules = TeamRules(**proof.teams)  # type: ignore[arg-type]
    apart = apart_of(people, visits, [town for town, _, _ in proof.details])
    asked = places(visits, people.inspectors, apart, seed=proof.seed, size=rules.size, one_senior=rules.one_senior)
    ids = [i.inspector_id for i in people.inspectors]
    _declared(proof, asked, ids)
    pools = [proof.chances[at] for at in proof.chance_of]
    for attempt in range(proof.attempt + 1):
        members = drawn_members(proof.seed, visits, asked, pools, ids, attempt=attempt)
        fits = too_often(members, rules.pair_visits_at_most) is None
        if fits != (attempt == proof.attempt):
            raise DrawError("RM-DRW-002", where=f"attempt {attempt}", found=proof.attempt)
    return members


def _declared(proof: Proof, asked: Sequence[Place], ids: Sequence[str]) -> None:
    """Refuse chances that the rules do not declare."""
    number = {who: at for at, who in enumerate(ids)}
    wrong = len(asked) != len(proof.chance_of) or not all(0 <= at < len(proof.chances) for at in proof.chance_of)
    if wrong or proof.attempt < 0:
        raise DrawError("RM-DRW-002", where="chances", found=len(proof.chance_of), expected=str(len(asked)))
    for place, row, at in zip(asked, chances(asked, ids), proof.chance_of, strict=True):
        own, declared = [int(row[number[who]]) for who in place.pool], proof.chances[at]
        close = len(own) == len(declared) and all(abs(a - b) <= _DUST for a, b in zip(own, declared, strict=True))
        if not close or sum(declared) != place.many * UNIT or not all(0 <= c <= UNIT for c in declared):
            raise DrawError("RM-DRW-002", where=f"chances: visit {place.visit_no}", found=declared, expected=str(own))


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
