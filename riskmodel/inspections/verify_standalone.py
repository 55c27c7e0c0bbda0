"""Check the proof of a double-random draw. Needs Python 3.11 or later and nothing else. Start reading at `checks`.

    python verify_standalone.py proof.json [COMMITMENT | draws.jsonl]

Give the digest that was published before the draw, or the log of draws: only then is the list fixed. Exit 0: the proof
holds; 1: it does not; 2: it cannot be read. A proof tells risk tiers: it is for auditors only. Other designs than the
stratified one need `verify_designs.py` beside this file. `riskmodel verify` repeats the lottery of inspectors as well.
"""

import hashlib
import hmac
import json
import runpy
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FORMAT, STRATIFIED, MILLION = "riskmodel-proof/2", "stratified-random-by-ticket/2", 10**6
OTHERS = ("conditional-poisson-by-stratum/1", "pareto-by-stratum/1", "sequential-poisson-by-stratum/1")
PLAN = ("as_of", "round", "policy", "data", "teams", "design", "frame", "strata", "people")
PARTS = {
    "form": "文件格式", "log": "抽取日志", "seed": "随机种子", "commitment": "计划承诺", "frame": "抽查名录",
    "ticket": "抽签号", "selection": "抽取结果", "assignment": "检查人员分派", "digest": "凭证摘要",
}  # fmt: skip
CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(entries: dict[str, Any], *, without: str = "") -> str:
    """SHA-256 of all but one entry in canonical JSON: sorted keys, no spaces, UTF-8, no final newline."""
    return hashlib.sha256(CANONICAL.encode({k: v for k, v in entries.items() if k != without}).encode()).hexdigest()


def ticket(seed: str, lottery: str, name: str) -> str:
    """The ticket of a name in one of the lotteries of a seed: HMAC-SHA256, the seed is the key."""
    return hmac.digest(seed.encode(), f"riskmodel/{lottery}/v1|{name}".encode(), "sha256").hex()


def checks(proof: dict[str, Any], raw: bytes, published: str) -> Iterator[tuple[str, bool]]:
    """Every part of the proof and whether it is right. Only the first that is wrong counts: later ones rest on it."""
    seed, frame, strata, drawn = (proof[key] for key in ("seed", "frame", "strata", "drawn"))
    yield "form", proof["format"] == FORMAT and proof["design"] in (STRATIFIED, *OTHERS)
    yield "form", len(proof["details"]) == len(drawn) and CANONICAL.encode(proof).encode() == raw
    if published.endswith(".jsonl"):
        yield "log", log_holds(proof, Path(published).read_text("utf-8").split("\n")[:-1])
    yield "seed", seed.strip() != "" and unicodedata.normalize("NFC", seed) == seed
    yield "commitment", proof["people"] in ("", digest({key: proof[key] for key in ("inspectors", "recusals", "met")}))
    yield "commitment", proof["commitment"] == digest({key: proof[key] for key in PLAN})
    yield "commitment", published in ("", proof["commitment"]) or published.endswith(".jsonl")
    yield "frame", all(one[0] < other[0] for one, other in zip(frame, frame[1:], strict=False))
    yield "frame", Counter(stratum for _, stratum in frame) == Counter({k: s["size"] for k, s in strata.items()})
    yield "frame", all(0 <= stratum["millionths"] <= stratum["size"] * MILLION for stratum in strata.values())
    right = [ticket(seed, "draw", entity) == own for entity, own in drawn]
    yield "seed", any(right) or len(right) < 2  # where no ticket at all fits, it was the seed that changed
    yield "ticket", all(right)
    yield "selection", drawn == drawn_again(proof)
    yield "assignment", may_be_sent(proof)
    yield "digest", proof["digest"] == digest(proof, without="digest")


def log_holds(proof: dict[str, Any], lines: list[str]) -> bool:
    """Whether entries name the digest of the one before, and the commitment stands before the draw of this proof."""
    previous, committed, held = "0" * 64, False, False
    for entry in map(json.loads, lines):
        if entry["previous"] != previous or entry["digest"] != digest(entry, without="digest"):
            return False
        previous = entry["digest"]
        committed |= entry["kind"] == "committed" and entry["commitment"] == proof["commitment"]
        held |= committed and entry["kind"] == "drawn" and entry["proof"] == proof["digest"]
    return held


def drawn_again(proof: dict[str, Any]) -> list[list[str]]:
    """Who is drawn: of each stratum the smallest tickets, as many as its number. Enterprise and ticket, by ticket."""
    seed, strata = proof["seed"], proof["strata"]
    members: dict[str, list[tuple[str, str]]] = {name: [] for name in sorted(strata)}
    for entity, stratum in proof["frame"]:
        members[stratum].append((ticket(seed, "draw", entity), entity))
    # Expected millionths add up, from a start that the seed tells: a stratum has as many as it passes whole millions.
    passed, numbers = int(ticket(seed, "round", "numbers")[:13], 16) * MILLION >> 52, {}
    for name in members:
        before, passed = passed, passed + strata[name]["millionths"]
        numbers[name] = passed // MILLION - before // MILLION
    if proof["design"] != STRATIFIED:
        numbers = runpy.run_path(str(Path(__file__).with_name("verify_designs.py")))["numbers"](proof, members, ticket)
    return [[who, own] for own, who in sorted(pair for k in members for pair in sorted(members[k])[: numbers[k]])]


def may_be_sent(proof: dict[str, Any]) -> bool:
    """Whether each team has enough different inspectors, none of them withdrawn, recused, or posted in the town."""
    town_of = {who: town for who, _, _, _, town in proof["inspectors"] if who not in dict(proof["withdrawn"])}
    barred, least = {tuple(pair) for pair in proof["recusals"]}, proof["teams"]["size"] if town_of else 0
    fits = [visit[:2] for visit in proof["visits"]] == [[k, e] for k, (e, _) in enumerate(proof["drawn"], start=1)]
    for (_, entity, _, team), (town, _, _) in zip(proof["visits"], proof["details"], strict=False):
        may = all(who in town_of and town_of[who] != (town or "-") and (who, entity) not in barred for who in team)
        fits &= not team or (may and len(team) >= least and len(set(team)) == len(team))
    return fits


def main(arguments: list[str]) -> int:
    """Check one file; write one line in Chinese and one in English."""
    try:
        raw, published = Path(arguments[0]).read_bytes(), "".join(arguments[1:2])
        proof = json.loads(raw)
        wrong = next((part for part, right in checks(proof, raw, published) if not right), None)
        seed, plan, size, n = proof["seed"], proof["commitment"], len(proof["frame"]), len(proof["drawn"])
        zh = f"抽取凭证成立：种子「{seed}」，计划摘要 {plan}，名录 {size} 户，抽取 {n} 户。"
        en = f"The proof holds: seed “{seed}”, commitment {plan}, {n} of {size} enterprises drawn."
        if wrong:
            zh, en = f"抽取凭证不成立，第一处不符在{PARTS[wrong]}。", f"The proof does not hold: {wrong}."
        elif not published:
            zh, en = zh + "未与公布的承诺核对。", en + " No published commitment was compared."
        status = 1 if wrong else 0
    except OSError as fault:
        zh, en, status = f"无法读取文件 {fault.filename}。", f"The file {fault.filename} cannot be read.", 2
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        zh, en, status = "无法读取抽取凭证。", "The proof cannot be read.", 2
    sys.stdout.buffer.write(f"{zh}\n{en}\n".encode(errors="replace"))
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
