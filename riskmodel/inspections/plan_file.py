"""The file of a plan: ``plan.json``, kept between commitment and draw, checked when it comes back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from riskmodel.errors import DrawError, InputError
from riskmodel.fault_words import Both, exception_words
from riskmodel.inspections.canonical import canonical, digest_of, write_whole
from riskmodel.inspections.capacity import Capacity
from riskmodel.inspections.joint import TAKES
from riskmodel.inspections.people import Inspector, People
from riskmodel.policy.visits import Teams
from riskmodel.sampling.by_stratum import PLANNED
from riskmodel.sampling.rounding import UNIT
from riskmodel.values import AsOf, Provenance

FORMAT = "riskmodel-plan/3"


def save(fields: Mapping[str, Any], commitment: str, *, path: Path) -> None:
    """Write the fields of a plan; `commitment` is its digest."""
    frame = fields["frame"]
    source = asdict(fields["provenance"]) | {"as_of": str(fields["provenance"].as_of)}
    content = {
        "format": FORMAT,
        "commitment": commitment,
        "provenance": source,
        "team_size": fields["team_size"],
        "part": fields["part"],
        "design": fields["design"],
        "capacity": asdict(fields["capacity"]),
        "people": asdict(fields["people"]),
        "teams": asdict(fields["teams"]),
        "frame": frame[["entity_id", "stratum"]].to_numpy(dtype=object).tolist(),
        "strata": fields["strata"].to_dict("split", index=False),
        "names": {rule: list(pair) for rule, pair in fields["names"].items()},
        "about": fields["about"].to_dict("split", index=False),
    }
    write_whole(path, canonical(content | {"digest": digest_of(content)}))


def load(path: Path) -> tuple[dict[str, Any], str]:
    """Fields of a plan and the digest of its commitment, as the file has them.

    Raises
    ------
    DrawError
        If the file cannot be read or was changed (RM-DRW-013).
    """
    try:
        content = json.loads(path.read_bytes().decode("utf-8"))
        digest = content.pop("digest")
        if content["format"] != FORMAT or digest != digest_of(content):
            raise DrawError(
                "RM-DRW-013",
                where=str(path),
                found=Both(f"摘要 {digest} 与内容不符", f"digest {digest} does not fit the content"),
            )
        return _fields(content), str(content["commitment"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, InputError) as fault:
        raise DrawError("RM-DRW-013", where=str(path), found=exception_words(fault)) from fault


def check(frame: pd.DataFrame, strata: pd.DataFrame, *, where: str) -> None:
    """Refuse a frame that contradicts its strata.

    Raises
    ------
    DrawError
        If ids repeat, sizes differ from the frame, or a stratum draws more than it has (RM-DRW-001).
    """
    repeated = frame.loc[frame["entity_id"].duplicated(), "entity_id"]
    if len(repeated):
        raise DrawError("RM-DRW-001", where=f"{where}: frame.entity_id", found=str(repeated.iloc[0]))
    counted = frame["stratum"].value_counts().to_dict()
    names = [*strata["stratum"], *(name for name in counted if name not in set(strata["stratum"]))]
    sizes = [*strata["size"].tolist(), *[0] * (len(names) - len(strata))]
    for at, (name, size) in enumerate(zip(names, sizes, strict=True)):
        if not size or counted.get(name) != size or name in names[:at]:
            place, expected = f"{where}: strata.{name}.size", str(counted.get(name, "≥ 1"))
            raise DrawError("RM-DRW-001", where=place, found=size, expected=expected)
    wrong = strata[(strata["millionths"] < 0) | (strata["millionths"] > strata["size"] * UNIT)]
    if len(wrong):
        row = wrong.iloc[0]
        place, expected = f"{where}: strata.{row['stratum']}.millionths", f"0 … {row['size'] * UNIT}"
        raise DrawError("RM-DRW-001", where=place, found=row["millionths"], expected=expected)


def check_commitment(found: str, expected: str, *, where: str) -> None:
    """Refuse a plan whose digest is not the committed one (RM-DRW-003)."""
    if found != expected:
        raise DrawError("RM-DRW-003", where=where, found=found, expected=expected)


def _fields(content: Mapping[str, Any]) -> dict[str, Any]:
    strata = pd.DataFrame(**content["strata"])
    strata["n"] = strata["millionths"] / UNIT
    strata["pi"] = strata["n"] / strata["size"]
    frame = pd.DataFrame(content["frame"], columns=["entity_id", "stratum"])
    reasons = strata[["stratum", "pi", "because", "clause"]]
    source = dict(content["provenance"])
    provenance = Provenance(**source | {"as_of": AsOf.of(source["as_of"]), "absent": tuple(source["absent"])})
    return {
        "frame": frame.merge(reasons, on="stratum", how="left"),
        "strata": strata,
        "about": _about(content["about"]),
        "provenance": provenance,
        "team_size": int(content["team_size"]),
        "part": str(content["part"]),
        "capacity": _capacity(content["capacity"]),
        "people": _people(content["people"]),
        "teams": Teams(**content["teams"]),
        "design": _design(content["design"]),
        # plans of before the names were kept have none
        "names": {rule: (str(zh), str(en)) for rule, (zh, en) in content.get("names", {}).items()},
    }


def _design(name: str) -> str:
    if name not in PLANNED.values():
        raise ValueError(name)
    return name


def _about(content: Mapping[str, Any]) -> pd.DataFrame:
    table = pd.DataFrame(**content)
    texts = [c for c in table.columns if not c.startswith(TAKES)]
    return table.astype(dict.fromkeys(texts, "str") | {c: "float64" for c in table.columns if c not in texts})


def _capacity(content: Mapping[str, Any]) -> Capacity:
    months = {int(month): number for month, number in content["by_month"].items()}
    return Capacity(**{**content, "by_month": months})


def _people(content: Mapping[str, Any]) -> People:
    going = (Inspector(**{**i, "qualifications": tuple(i["qualifications"])}) for i in content["inspectors"])
    pairs = (tuple((who, entity) for who, entity in content[key]) for key in ("recusals", "met"))
    return People(tuple(going), *pairs)
