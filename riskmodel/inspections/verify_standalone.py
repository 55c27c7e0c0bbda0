"""Check the proof of a double-random draw. Needs Python 3.11 or later and nothing else.

    python verify_standalone.py proof.json [COMMITMENT]

COMMITMENT is the digest that was published before the draw; give it, for only then is the list fixed. Exit 0:
the proof holds; 1: it does not; 2: it cannot be read. A proof tells risk tiers: it is for auditors only.

Checked in this order (canonical JSON: sorted keys, no spaces, no needless escapes, UTF-8, no final newline):

form        the file is canonical JSON byte for byte, of the format and the sampling design known here
seed        the seed is not blank and in Unicode normalisation form C
commitment  SHA-256 of the canonical JSON of {as_of, policy, data, design, frame sorted, strata}
frame       ids ascend without repetition; strata have the sizes stated; each n lies in 0 .. size
ticket      HMAC-SHA256(key: seed, message: "riskmodel/draw/v1|" + entity id), as lowercase hexadecimal text
            (where no ticket at all fits, the seed is named)
selection   drawn are the n enterprises of each stratum with the smallest tickets, listed by ticket
assignment  teams: inspectors by ticket "riskmodel/team/v1|" + id, in consecutive groups T01, T02, ...; those
            left over join the last team, the last but one, ... one each. Visits, in the order of the draw:
            the team with the fewest visits of which nobody is recused, ties by ticket "riskmodel/visit/v1|" +
            entity id + "|" + team. Where no team fits: the inspectors not recused with the fewest visits, in
            case of ties by their tickets, as team X01, X02, ... Without inspectors, teams are empty.
digest      SHA-256 of the canonical JSON of everything else in the file
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
import unicodedata
from pathlib import Path
from typing import Any

FORMAT, DESIGN = "riskmodel-proof/1", "stratified-random-by-ticket/1"
SHAPE: Any = {
    **dict.fromkeys(["format", "as_of", "policy", "data", "design", "seed", "commitment", "digest"], str),
    "strata": {...: {"n": int, "size": int}}, "frame": [(str, str)], "drawn": [(str, str)], "team_size": int,
    "inspectors": [str], "recusals": [(str, str)], "visits": [(int, str, str, [str])],
}  # fmt: skip
PARTS = {
    "form": "文件格式", "seed": "随机种子", "commitment": "计划承诺", "frame": "抽查名录", "ticket": "抽签号",
    "selection": "抽取结果", "assignment": "检查人员分派", "digest": "凭证摘要",
}  # fmt: skip


def fits(value: Any, shape: Any) -> bool:
    """Whether a JSON value has a shape: [s] list of s, (s, t) list of two, {...: s} any keys, else a type."""
    if isinstance(shape, list):
        return type(value) is list and all(fits(item, shape[0]) for item in value)
    if isinstance(shape, tuple):
        return type(value) is list and len(value) == len(shape) and all(map(fits, value, shape))
    if isinstance(shape, dict):
        if type(value) is not dict or (... not in shape and value.keys() != shape.keys()):
            return False
        return all(fits(item, shape[... if ... in shape else key]) for key, item in value.items())
    return type(value) is shape


def canonical(value: Any) -> bytes:
    """The bytes that digests are taken of."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def sha256(value: Any) -> str:
    """Digest of a value in canonical form."""
    return hashlib.sha256(canonical(value)).hexdigest()


def ticket(seed: str, purpose: str, name: str) -> str:
    """The ticket of a name in one of the three lotteries of a seed."""
    return hmac.new(seed.encode(), f"riskmodel/{purpose}/v1|{name}".encode(), "sha256").hexdigest()


def first_difference(proof: dict[str, Any], raw: bytes, published: str | None = None) -> str | None:
    """Name of the first part that does not fit, or None."""
    seed, strata, frame, drawn = proof["seed"], proof["strata"], proof["frame"], proof["drawn"]
    known = proof["format"] == FORMAT and proof["design"] == DESIGN and proof["team_size"] >= 1
    if not known or canonical(proof) != raw:
        return "form"
    if not seed.strip() or unicodedata.normalize("NFC", seed) != seed:
        return "seed"
    plan = {key: proof[key] for key in ("as_of", "policy", "data", "design", "strata")}
    commitment = sha256({**plan, "frame": sorted(frame)})
    if proof["commitment"] != commitment or published not in (None, commitment):
        return "commitment"
    members: dict[str, list[str]] = {name: [] for name in strata}
    for entity, stratum in frame:
        members.setdefault(stratum, []).append(entity)
    ascending = all(one[0] < other[0] for one, other in zip(frame, frame[1:], strict=False))
    sized = {name: len(group) for name, group in members.items()} == {k: s["size"] for k, s in strata.items()}
    if not ascending or not sized or not all(0 <= s["n"] <= s["size"] for s in strata.values()):
        return "frame"
    right = [ticket(seed, "draw", entity) == own for entity, own in drawn]
    if not all(right):
        return "ticket" if any(right) or len(right) == 1 else "seed"
    smallest = []
    for name, group in members.items():
        smallest += sorted((ticket(seed, "draw", entity), entity) for entity in group)[: strata[name]["n"]]
    if drawn != [[entity, own] for own, entity in sorted(smallest)]:
        return "selection"
    if not recusals_fit(proof) or proof["visits"] != visits_of(proof):
        return "assignment"
    return None if proof["digest"] == sha256({k: v for k, v in proof.items() if k != "digest"}) else "digest"


def recusals_fit(proof: dict[str, Any]) -> bool:
    """Whether inspectors and recusals are sorted, each named once, and all recusals concern this draw."""
    people, drawn, pairs = proof["inspectors"], {entity for entity, _ in proof["drawn"]}, proof["recusals"]
    ascending = all(one < other for one, other in zip(pairs, pairs[1:], strict=False))
    known = all(who in people and entity in drawn for who, entity in pairs)
    return ascending and known and people == sorted(set(people))


def visits_of(proof: dict[str, Any]) -> list[Any] | None:
    """The visits as they should be, or None where there are too few inspectors."""
    visits: list[Any] = []
    seed, size = proof["seed"], proof["team_size"]
    people = sorted(proof["inspectors"], key=lambda who: ticket(seed, "team", who))
    count = len(people) // size
    teams = {f"T{k + 1:02d}": people[k * size : (k + 1) * size] for k in range(count)}
    for extra, who in enumerate(people[count * size :] if count else []):
        teams[f"T{count - extra % count:02d}"].append(who)
    team_load, load = dict.fromkeys(teams, 0), dict.fromkeys(people, 0)
    for number, (entity, _) in enumerate(proof["drawn"], start=1):
        barred = {who for who, where in proof["recusals"] if where == entity}
        choice = [team for team, members in teams.items() if not barred & set(members)]
        team, members = "", []
        if choice:
            fewest = min(team_load[team] for team in choice)
            level = [team for team in choice if team_load[team] == fewest]
            team = min(level, key=lambda name: ticket(seed, "visit", f"{entity}|{name}"))
            team_load[team], members = team_load[team] + 1, teams[team]
        elif people:
            members = sorted((who for who in people if who not in barred), key=lambda who: load[who])[:size]
            team = f"X{sum(visit[2][0] == 'X' for visit in visits) + 1:02d}"
            if len(members) < size:
                return None
        for who in members:
            load[who] += 1
        visits.append([number, entity, team, members])
    return visits


def main(arguments: list[str]) -> int:
    """Check one file; write one line in Chinese and one in English."""
    try:
        raw = Path(arguments[0]).read_bytes()
        proof = json.loads(raw.decode("utf-8"))
        if not fits(proof, SHAPE):
            raise ValueError
        canonical(proof)
    except (OSError, ValueError, IndexError, RecursionError):
        sys.stdout.buffer.write("无法读取抽取凭证。\nThe proof cannot be read.\n".encode())
        return 2
    part = first_difference(proof, raw, arguments[1] if len(arguments) > 1 else None)
    seed, commitment, n, size = proof["seed"], proof["commitment"], len(proof["drawn"]), len(proof["frame"])
    zh = f"抽取凭证成立:种子「{seed}」,计划摘要 {commitment},名录 {size} 户,抽取 {n} 户。"
    en = f"The proof holds: seed “{seed}”, commitment {commitment}, {n} of {size} enterprises drawn."
    if part:
        zh, en = f"抽取凭证不成立,第一处不符在{PARTS[part]}。", f"The proof does not hold: {part}."
    sys.stdout.buffer.write(f"{zh}\n{en}\n".encode())
    return 1 if part else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
