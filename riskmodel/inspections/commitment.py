"""The commitment: a digest of the whole plan, published before the seed exists.

Whoever has published the digest can no longer change the frame, the strata, the numbers drawn, the inspector
directory or the recusals; whoever has not yet seen the seed cannot know what they lead to. The digest tells nothing
about any enterprise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from riskmodel.errors import Lang
from riskmodel.inspections.canonical import digest_of
from riskmodel.sampling.rounding import UNIT

_TEXTS: Mapping[str, str] = {
    "zh": "抽查计划承诺：名录基准日 {as_of}，第 {round} 批，共 {size} 户，抽取 {n} 户；政策 {policy}；"
    "抽样方法 {design}；检查人员名录和回避名单摘要 {people}；计划摘要（SHA-256）{digest}。"
    "随机种子在本承诺公布之后产生。",
    "en": "Commitment to an inspection plan: as of {as_of}, round {round}, {n} of {size} enterprises; policy {policy}; "
    "design {design}; digest of inspectors and recusals {people}; digest of the plan (SHA-256) {digest}. "
    "The seed comes after this publication.",
}
_NOBODY = {"zh": "未列入", "en": "not included"}


@dataclass(frozen=True)
class Commitment:
    """What is published before the draw.

    Attributes
    ----------
    digest : str
        SHA-256 of the canonical JSON of the plan.
    text : str
        Sentence to publish. It names no enterprise, tier, stratum or inspector.
    """

    digest: str
    text: str

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.text)}</p>"


def committed(
    *,
    source: Mapping[str, Any],
    design: str,
    frame: Iterable[tuple[str, str]],
    strata: Mapping[str, Mapping[str, int]],
    people: str = "",
) -> dict[str, Any]:
    """The content that the digest covers.

    Parameters
    ----------
    source : mapping
        ``as_of``, ``round``, ``policy``, ``data`` and ``teams`` (how teams are made up).
    design : str
        Name and version of the sampling design.
    frame : iterable of (entity_id, stratum)
        Every enterprise that could be drawn, and those that could not, sorted by id.
    strata : mapping of stratum to ``{"size": N_h, "millionths": m_h}``
        Size of each stratum and expected number drawn, in millionths.
    people : str
        Digest of inspector directory and recusals; empty where the plan has none.
    """
    return {
        **{key: source[key] for key in ("as_of", "round", "policy", "data", "teams")},
        "design": design,
        "frame": list(frame),
        "strata": {k: {"size": int(s["size"]), "millionths": int(s["millionths"])} for k, s in strata.items()},
        "people": people,
    }


def numbers(parts: int, lang: Lang = "zh") -> str:
    """How many are drawn, from the sum of millionths: a whole number, or two neighbours.

    >>> numbers(16_000_000), numbers(16_100_000, "en")
    ('16', '16 to 17')
    """
    least, rest = divmod(parts, UNIT)
    if not rest:
        return str(least)
    return f"{least} 至 {least + 1}" if lang == "zh" else f"{least} to {least + 1}"


def commit_to(content: Mapping[str, Any], *, lang: Lang = "zh") -> Commitment:
    """Digest and sentence for the content of a plan."""
    digest = digest_of(content)
    text = _TEXTS[lang].format(
        as_of=content["as_of"],
        round=content["round"],
        policy=content["policy"],
        design=content["design"],
        size=len(content["frame"]),
        n=numbers(sum(s["millionths"] for s in content["strata"].values()), lang),
        people=content["people"] or _NOBODY[lang],
        digest=digest,
    )
    return Commitment(digest, text)
