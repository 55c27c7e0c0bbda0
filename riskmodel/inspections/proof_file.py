"""The file of a proof: all that is needed to repeat a draw, written in exactly one way.

For auditors only, never for publication: strata follow the risk tiers, so a frame with its strata would let
everybody read the tier of every enterprise, and tickets would tell who narrowly escaped. What the public gets
is the commitment before the seed, the seed, and afterwards plan and results without strata, probabilities and
tickets.

Specification of ``proof.json``
-------------------------------
One JSON object in UTF-8, in canonical form byte for byte (see `canonical`):

* ``format``, ``as_of``, ``round``, ``policy``, ``data``, ``teams`` ``{size, one_senior, pair_visits_at_most}``,
  ``design``, ``seed`` (normalisation form C), ``commitment``, ``people`` (digest of directory and recusals that the
  commitment covers, or empty);
* ``strata`` ``{S01: {millionths, size}}``, ``frame`` ``[[entity_id, stratum]]`` sorted by id;
* ``drawn`` ``[[entity_id, ticket]]`` sorted by ticket, ``details`` ``[[town, [department], [qualification]]]`` of them;
* ``inspectors`` ``[[id, department, senior, [qualification], town]]`` sorted by id, ``recusals``
  and ``met`` ``[[inspector_id, entity_id]]`` sorted, ``withdrawn`` ``[[inspector_id, reason]]`` sorted;
* ``attempt``, ``chances`` (lists of millionths, each once), ``chance_of`` (which list, for each place), ``visits``
  ``[[visit_no, entity_id, team, [inspector_id]]]``;
* ``digest``: SHA-256 of the canonical JSON of all the rest.

A proof that was made anew from other data agrees with itself. Only the published commitment tells it apart,
so auditors give that digest to `riskmodel.inspections.proof.verify`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from pydantic import ConfigDict, TypeAdapter, ValidationError

from riskmodel.errors import DrawError
from riskmodel.fault_words import Both, exception_words
from riskmodel.inspections.canonical import canonical, digest_of, write_whole
from riskmodel.sampling.by_stratum import Strata

FORMAT = "riskmodel-proof/2"


@dataclass(frozen=True)
class Stratum:
    """Size of a stratum and expected number drawn, in millionths."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(strict=True, extra="forbid")

    size: int
    millionths: int


@dataclass(frozen=True)
class Proof:
    """All that an auditor needs to repeat a draw; see the specification above. For auditors only."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(strict=True, extra="forbid")

    format: str
    as_of: str
    round: str
    policy: str
    data: str
    teams: dict[str, bool | int]
    design: str
    seed: str
    commitment: str
    people: str
    strata: dict[str, Stratum]
    frame: tuple[tuple[str, str], ...]
    drawn: tuple[tuple[str, str], ...]
    details: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]
    inspectors: tuple[tuple[str, str, bool, tuple[str, ...], str], ...]
    recusals: tuple[tuple[str, str], ...]
    met: tuple[tuple[str, str], ...]
    withdrawn: tuple[tuple[str, str], ...]
    attempt: int
    chances: tuple[tuple[int, ...], ...]
    chance_of: tuple[int, ...]
    visits: tuple[tuple[int, str, str, tuple[str, ...]], ...]
    digest: str

    def to_json(self) -> str:
        """Canonical JSON, the content of ``proof.json``."""
        return canonical(_content(self))

    @classmethod
    def from_json(cls, text: str) -> Proof:
        """Read a proof in canonical form.

        Raises
        ------
        DrawError
            If the text is no proof or not in canonical form (RM-DRW-002).
        """
        proof = _parsed(text.encode("utf-8", "surrogatepass"), "proof")
        if proof.to_json() != text:
            raise _not_canonical("proof")
        return proof

    def save(self, path: Path | str) -> None:
        """Write ``proof.json``; the file appears whole or not at all."""
        write_whole(Path(path), self.to_json())

    @classmethod
    def load(cls, path: Path | str) -> Proof:
        """Read ``proof.json``; see `from_json`."""
        proof, exact = read(Path(path))
        if not exact:
            raise _not_canonical(str(path))
        return proof


def strata_of(proof: Proof) -> Strata:
    """Strata of a proof as designs know them."""
    names = sorted(proof.strata)
    numbers = np.array([(proof.strata[k].size, proof.strata[k].millionths) for k in names], dtype=np.int64)
    return Strata(names, *numbers.reshape(-1, 2).T)


def sealed(proof: Proof) -> Proof:
    """The proof with the digest over all its other parts."""
    content = _content(proof)
    del content["digest"]
    return replace(proof, digest=digest_of(content))


def read(path: Path) -> tuple[Proof, bool]:
    """A proof from a file, and whether the file is in canonical form.

    Raises
    ------
    DrawError
        If the file cannot be read or is no proof (RM-DRW-002).
    """
    try:
        raw = path.read_bytes()
    except OSError as fault:
        raise DrawError("RM-DRW-002", where=str(path), found=exception_words(fault)) from fault
    proof = _parsed(raw, str(path))
    return proof, proof.to_json().encode("utf-8") == raw


def _content(proof: Proof) -> dict[str, Any]:
    content: dict[str, Any] = {field.name: getattr(proof, field.name) for field in fields(proof)}
    strata: Mapping[str, Stratum] = proof.strata
    return content | {"strata": {name: {"size": s.size, "millionths": s.millionths} for name, s in strata.items()}}


def _not_canonical(where: str) -> DrawError:
    found = Both("内容或写法与 riskmodel 写出时不同", "content or form differs from what riskmodel wrote")
    return DrawError("RM-DRW-002", where=where, found=found)


def _parsed(raw: bytes, where: str) -> Proof:
    try:
        return _ADAPTER.validate_json(raw)
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        stands = "–" if first["type"] == "missing" else ascii(first["input"])[:40]
        found = stands if place else Both("不符合 JSON 格式", "no JSON")
        raise DrawError("RM-DRW-002", where=f"{where}: {place}" if place else where, found=found) from fault


_ADAPTER: TypeAdapter[Proof] = TypeAdapter(Proof)
