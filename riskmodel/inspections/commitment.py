"""The commitment: a digest of the whole plan, published before the seed exists.

Whoever has published the digest can no longer change the frame, the strata or the numbers drawn; whoever has
not yet seen the seed cannot know what they lead to. The digest tells nothing about any enterprise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from riskmodel.errors import Lang
from riskmodel.inspections.canonical import digest_of

_TEXTS: Mapping[str, str] = {
    "zh": "抽查计划承诺:名录基准日 {as_of},共 {size} 户,抽取 {n} 户;政策 {policy};抽样方法 {design};"
    "计划摘要(SHA-256){digest}。随机种子在本承诺公布之后产生。",
    "en": "Commitment to an inspection plan: as of {as_of}, {n} of {size} enterprises; policy {policy}; "
    "design {design}; digest of the plan (SHA-256) {digest}. The seed comes after this publication.",
}


@dataclass(frozen=True)
class Commitment:
    """What is published before the draw.

    Attributes
    ----------
    digest : str
        SHA-256 of the canonical JSON of the plan.
    text : str
        Sentence to publish. It names no enterprise, tier or stratum.
    """

    digest: str
    text: str


def committed(
    *,
    source: Mapping[str, str],
    design: str,
    frame: Iterable[tuple[str, str]],
    strata: Mapping[str, Mapping[str, int]],
) -> dict[str, Any]:
    """The content that the digest covers.

    Parameters
    ----------
    source : mapping
        ``as_of``, ``policy`` and ``data``.
    design : str
        Name and version of the sampling design.
    frame : iterable of (entity_id, stratum)
        Every enterprise that could be drawn, and those that could not.
    strata : mapping of stratum to ``{"size": N_h, "n": n_h}``
        Size of each stratum and number drawn.
    """
    return {
        "as_of": source["as_of"],
        "policy": source["policy"],
        "data": source["data"],
        "design": design,
        "frame": sorted([list(pair) for pair in frame]),
        "strata": {name: {"size": int(s["size"]), "n": int(s["n"])} for name, s in strata.items()},
    }


def commit_to(content: Mapping[str, Any], *, lang: Lang = "zh") -> Commitment:
    """Digest and sentence for the content of a plan."""
    digest = digest_of(content)
    text = _TEXTS[lang].format(
        as_of=content["as_of"],
        policy=content["policy"],
        design=content["design"],
        size=len(content["frame"]),
        n=sum(s["n"] for s in content["strata"].values()),
        digest=digest,
    )
    return Commitment(digest, text)
