"""Check the proof of a double-random draw. Needs Python 3.11 or later and nothing else.

    python verify_standalone.py proof.json [COMMITMENT | draws.jsonl]

COMMITMENT is the digest that was published before the draw; draws.jsonl is the log of draws. Give one of them, for only
then is the list fixed. Exit 0: the proof holds; 1: it does not; 2: it cannot be read. A proof tells risk tiers: it is
for auditors only. Checked in this order (canonical JSON: sorted keys, no spaces, UTF-8, no final newline):

form        the file is canonical JSON byte for byte, of the format and the sampling design known here
log         each entry has the digest of the one before it; the commitment stands before the draw of this proof
seed        the seed is not blank and in Unicode normalisation form C
commitment  SHA-256 of the canonical JSON of {as_of, round, policy, data, teams, design, frame, strata, people}, where
            people is empty or the SHA-256 of {inspectors, recusals, met}
frame       ids ascend without repetition; strata have the sizes stated and expect 0 .. size
ticket      HMAC-SHA256(key: seed, message: "riskmodel/draw/v1|" + entity id), as lowercase hexadecimal text
            (where no ticket at all fits, the seed is named)
selection   s = first 13 digits of ticket "riskmodel/round/v1|numbers" * 10^6 / 2^52, rounded down. Add up the expected
            millionths of the strata in the order of their names, starting from s: the number of a stratum is how many
            whole millions it passes. Other designs than "stratified" do so by group and part the number of a group as
            `verify_designs.py` says, which must lie beside this file. Drawn are the smallest tickets of each stratum
assignment  every visit has a team of different inspectors of the directory, as many as the rules ask for or more, none
            withdrawn, recused, or posted in the town; the lottery itself is repeated by `riskmodel verify`
digest      SHA-256 of the canonical JSON of everything else in the file
"""

from __future__ import annotations

import hashlib
import hmac
import importlib.util
import json
import sys
import unicodedata
from pathlib import Path
from typing import Any

FORMAT, UNIT = "riskmodel-proof/2", 10**6
STRATIFIED = "stratified-random-by-ticket/2"
OTHERS = ("conditional-poisson-by-stratum/1", "pareto-by-stratum/1", "sequential-poisson-by-stratum/1")
PARTS = {
    "form": "文件格式", "log": "抽取日志", "seed": "随机种子", "commitment": "计划承诺", "frame": "抽查名录",
    "ticket": "抽签号", "selection": "抽取结果", "assignment": "检查人员分派", "digest": "凭证摘要",
}  # fmt: skip


def canonical(value: Any) -> bytes:
    """The bytes that digests are taken of."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def sha256(value: Any) -> str:
    """Digest of a value in canonical form."""
    return hashlib.sha256(canonical(value)).hexdigest()


def ticket(seed: str, purpose: str, name: str) -> str:
    """The ticket of a name in one of the lotteries of a seed."""
    return hmac.digest(seed.encode(), f"riskmodel/{purpose}/v1|{name}".encode(), "sha256").hex()


def without(value: dict[str, Any], *keys: str) -> dict[str, Any]:
    """All but some keys."""
    return {key: v for key, v in value.items() if key not in keys}


def log_holds(proof: dict[str, Any], lines: list[str]) -> bool:
    """Whether the chain is whole and tells of the commitment before the draw of this proof."""
    previous, committed, drawn = "0" * 64, False, False
    for entry in map(json.loads, lines):
        if entry["previous"] != previous or entry["digest"] != sha256(without(entry, "digest")):
            return False
        previous = entry["digest"]
        committed |= entry["kind"] == "committed" and entry["commitment"] == proof["commitment"]
        drawn |= committed and entry["kind"] == "drawn" and entry["proof"] == proof["digest"]
    return drawn


def committed(proof: dict[str, Any], published: str | None) -> bool:
    """Whether the plan is the one committed to, and that is the one published."""
    plan = {k: proof[k] for k in ("as_of", "round", "policy", "data", "teams", "design", "frame", "strata", "people")}
    people = sha256({key: proof[key] for key in ("inspectors", "recusals", "met")})
    known = published is None or published.endswith(".jsonl") or published == proof["commitment"]
    return known and sha256(plan) == proof["commitment"] and proof["people"] in ("", people)


def frame_fits(frame: list[list[str]], strata: dict[str, dict[str, int]]) -> bool:
    """Whether ids ascend and strata are as large as they say, and expect no more than that."""
    sizes = dict.fromkeys(strata, 0)
    for _, stratum in frame:
        sizes[stratum] = sizes.get(stratum, 0) + 1
    ascending = all(one[0] < other[0] for one, other in zip(frame, frame[1:], strict=False))
    expected = all(0 <= s["millionths"] <= s["size"] * UNIT for s in strata.values())
    return ascending and expected and sizes == {name: s["size"] for name, s in strata.items()}


def drawn_by(proof: dict[str, Any]) -> list[list[str]]:
    """Who is drawn: enterprise and ticket, by ticket."""
    seed, strata, alone = proof["seed"], proof["strata"], proof["design"] == STRATIFIED
    members: dict[str, list[tuple[str, str]]] = {name: [] for name in strata}
    groups: dict[str, list[str]] = {}
    for entity, stratum in proof["frame"]:
        members[stratum].append((ticket(seed, "draw", entity), entity))
    for name in sorted(strata):
        groups.setdefault(name if alone else name.rpartition(".")[0], []).append(name)
    passed, drawn = int(ticket(seed, "round", "numbers")[:13], 16) * UNIT >> 52, []
    for names in groups.values():
        before, passed = passed, passed + sum(strata[name]["millionths"] for name in names)
        n = {names[0]: passed // UNIT - before // UNIT}
        if not alone:
            tickets = {name: [own for own, _ in members[name]] for name in names}
            n = beside("verify_designs.py").parted(proof, tickets, n[names[0]], ticket)
        drawn += [pair for name in names for pair in sorted(members[name])[: n[name]]]
    return [[entity, own] for own, entity in sorted(drawn)]


def beside(name: str) -> Any:
    """The program of that name in the folder of this one."""
    spec: Any = importlib.util.spec_from_file_location(Path(name).stem, Path(__file__).with_name(name))
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    return program


def visits_fit(proof: dict[str, Any]) -> bool:
    """Whether nobody goes who must not."""
    absent = {who for who, _ in proof["withdrawn"]}
    town_of = {who: town for who, _, _, _, town in proof["inspectors"] if who not in absent}
    barred, least = {tuple(pair) for pair in proof["recusals"]}, proof["teams"]["size"] if town_of else 0
    if [visit[:2] for visit in proof["visits"]] != [[k, e] for k, (e, _) in enumerate(proof["drawn"], start=1)]:
        return False
    for (_, entity, _, team), (town, _, _) in zip(proof["visits"], proof["details"], strict=True):
        right = all(who in town_of and town_of[who] != (town or "-") and (who, entity) not in barred for who in team)
        if team and (len(team) < least or len(set(team)) < len(team) or not right):
            return False
    return True


def first_difference(proof: dict[str, Any], raw: bytes, published: str | None = None) -> str | None:
    """Name of the first part that does not fit, or None."""
    seed, strata, frame = proof["seed"], proof["strata"], proof["frame"]
    known = proof["format"] == FORMAT and proof["design"] in (STRATIFIED, *OTHERS)
    if not known or len(proof["details"]) != len(proof["drawn"]) or canonical(proof) != raw:
        return "form"
    if (published or "").endswith(".jsonl") and not log_holds(
        proof, Path(str(published)).read_text("utf-8").split("\n")[:-1]
    ):
        return "log"
    if not seed.strip() or unicodedata.normalize("NFC", seed) != seed:
        return "seed"
    if not committed(proof, published):
        return "commitment"
    if not frame_fits(frame, strata):
        return "frame"
    right = [ticket(seed, "draw", entity) == own for entity, own in proof["drawn"]]
    if not all(right):
        return "ticket" if any(right) or len(right) == 1 else "seed"
    if proof["drawn"] != drawn_by(proof):
        return "selection"
    if not visits_fit(proof):
        return "assignment"
    return None if proof["digest"] == sha256(without(proof, "digest")) else "digest"


def main(arguments: list[str]) -> int:
    """Check one file; write one line in Chinese and one in English."""
    try:
        raw = Path(arguments[0]).read_bytes()
        proof = json.loads(raw)
        part = first_difference(proof, raw, arguments[1] if len(arguments) > 1 else None)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        sys.stdout.buffer.write("无法读取抽取凭证。\nThe proof cannot be read.\n".encode())
        return 2
    seed, commitment, n, size = proof["seed"], proof["commitment"], len(proof["drawn"]), len(proof["frame"])
    zh = f"抽取凭证成立：种子「{seed}」，计划摘要 {commitment}，名录 {size} 户，抽取 {n} 户。"
    en = f"The proof holds: seed “{seed}”, commitment {commitment}, {n} of {size} enterprises drawn."
    if part:
        zh, en = f"抽取凭证不成立，第一处不符在{PARTS[part]}。", f"The proof does not hold: {part}."
    elif len(arguments) < 2:
        zh, en = zh + "未与公布的承诺核对。", en + " No published commitment was compared."
    sys.stdout.buffer.write(f"{zh}\n{en}\n".encode())
    return 1 if part else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
