"""The proof: it holds as it was written, and no change of it holds; both verifiers agree on all of it."""

import ast
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from riskmodel.errors import DrawError
from riskmodel.inspections import proof as proof_module
from riskmodel.inspections import verify_designs, verify_standalone
from riskmodel.inspections.draw import Draw
from riskmodel.inspections.log import DrawLog
from riskmodel.inspections.people import people_of
from riskmodel.inspections.plan import Plan, plan_inspections
from riskmodel.inspections.proof import Proof, verify
from riskmodel.policy.model import InspectionRules
from riskmodel.policy.visits import Teams
from riskmodel.sampling.by_stratum import PLANNED
from riskmodel.values import Provenance

UNREADABLE = "unreadable"


def dumped(content: dict[str, Any]) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sealed(content: dict[str, Any]) -> dict[str, Any]:
    """The content with a final digest that fits: what a careful forger would hand in."""
    rest = {key: value for key, value in content.items() if key != "digest"}
    return rest | {"digest": hashlib.sha256(dumped(rest).encode()).hexdigest()}


def recommitted(content: dict[str, Any]) -> dict[str, Any]:
    """The content with a commitment that fits: what a forger could hand in where none was published."""
    keys = ("as_of", "round", "policy", "data", "teams", "design", "frame", "strata")
    people = {key: content[key] for key in ("inspectors", "recusals", "met")}
    digest = hashlib.sha256(dumped(people).encode()).hexdigest() if content["people"] else ""
    plan = {key: content[key] for key in keys} | {"people": digest}
    content = content | {"people": digest}
    return sealed(content | {"commitment": hashlib.sha256(dumped(plan).encode()).hexdigest()})


def moved(content: dict[str, Any]) -> dict[str, Any]:
    """The last of one stratum gives its visit to the next ticket of another one, all tickets being true."""
    stratum, drawn = dict(content["frame"]), dict(content["drawn"])
    open_ = [k for k, s in content["strata"].items() if 0 < s["millionths"] < s["size"] * 1_000_000]
    out = next(entity for entity, _ in reversed(content["drawn"]) if stratum[entity] in open_)
    tickets = {e: verify_standalone.ticket(content["seed"], "draw", e) for e in stratum}
    others = [e for e in stratum if e not in drawn and stratum[e] in open_ and stratum[e] != stratum[out]]
    into = min(others, key=lambda entity: tickets[entity])
    return {
        "drawn": sorted([*([e, t] for e, t in content["drawn"] if e != out), [into, tickets[into]]], key=lambda p: p[1])
    }


@pytest.fixture
def content(draw: Draw) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(draw.proof.to_json())
    return parsed


@pytest.fixture
def judge(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., str | None]:
    """The first difference that both verifiers name, after checking that they agree."""
    path = tmp_path / "proof.json"

    def judged(raw: bytes | str | dict[str, Any], commitment: str | None = None) -> str | None:
        text = dumped(raw) if isinstance(raw, dict) else raw
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        status = verify_standalone.main([str(path), *([commitment] if commitment else [])])
        zh, en, rest = capfdbinary.readouterr().out.decode().split("\n")
        assert rest == ""
        try:
            verdict = verify(path, commitment=commitment, lang="en")
        except DrawError as fault:
            assert fault.code == "RM-DRW-002"
            assert status > 0
            return UNREADABLE
        if verdict.holds:
            assert status == 0
            assert en.removesuffix(" No published commitment was compared.") == verdict.message.split(" Note: ")[0]
            assert verdict.published == (commitment is not None) == ("Note: " not in verdict.message)
        elif verdict.first_difference != "assignment":  # the lottery itself is repeated by `verify` alone
            assert status > 0
            assert status == 2 or en == f"The proof does not hold: {verdict.first_difference}."
        return verdict.first_difference

    return judged


@pytest.mark.parametrize("design", PLANNED, indirect=True)
def test_a_true_proof_holds_for_both_verifiers(draw: Draw, judge: Callable[..., str | None]) -> None:
    proof = draw.proof
    assert verify(proof).holds
    assert judge(proof.to_json(), draw.plan.commit().digest) is None
    message = verify(proof, lang="en").message
    assert proof.seed in message
    assert proof.commitment in message
    assert f"{len(draw.table)} of 60" in message


def test_a_proof_comes_back_from_its_file_as_it_was(draw: Draw, tmp_path: Path) -> None:
    path, proof = tmp_path / "proof.json", draw.proof
    proof.save(path)
    assert path.read_bytes() == proof.to_json().encode()
    assert Proof.load(path) == Proof.from_json(proof.to_json()) == proof
    assert [p.name for p in tmp_path.iterdir()] == ["proof.json"]
    assert verify(path).holds
    assert verify(str(path)).holds


def test_the_same_plan_seed_and_directory_give_the_same_bytes(
    draw: Draw,
    decided: pd.DataFrame,
    rules: InspectionRules,
    provenance: Provenance,
    inspectors: pd.DataFrame,
) -> None:
    recusals = pd.DataFrame(list(draw.people.recusals)[::-1], columns=["inspector_id", "entity_id"])
    people = people_of(inspectors.sample(frac=1, random_state=5), recusals, frame=decided["entity_id"])
    again = plan_inspections(decided.sample(frac=1, random_state=5), rules, provenance, people=people)
    again = again.draw(draw.seed).assign()
    assert again.proof.to_json() == draw.proof.to_json()


def test_draws_without_teams_with_seniors_with_absentees_and_of_nobody_hold(
    plan: Plan, inspectors: pd.DataFrame, judge: Callable[..., str | None]
) -> None:
    plain = plan.draw("seed")
    assert judge(plain.proof.to_json()) is None
    recusals = pd.DataFrame([("ZF1", e) for e in plain.table["entity_id"][:4]], columns=["inspector_id", "entity_id"])
    seniors = inspectors.assign(senior=["yes"] * 3 + ["no"] * 4, town=["城北路街道", *[""] * 6])
    people = people_of(seniors, recusals, frame=plan.frame["entity_id"])
    led = replace(plan, people=people, teams=Teams(one_senior=True, pair_visits_at_most=6))
    sent = led.draw("seed").assign(withdrawn={"ZF4": "病假"})
    assert "ZF4" not in ",".join(sent.visits["inspector_ids"])
    assert "ZF1" not in ",".join(sent.visits["inspector_ids"])  # posted in the only town
    assert judge(sent.proof.to_json(), led.commit().digest) is None
    nobody = replace(plan, strata=plan.strata.assign(millionths=0)).draw("seed")
    assert judge(nobody.proof.to_json()) is None
    with pytest.raises(DrawError, match="RM-DRW-012"):
        led.draw("seed").assign(withdrawn={"ZF9": "病假"})


def test_no_proof_holds_after_one_changed_byte(draw: Draw, judge: Callable[..., str | None]) -> None:
    raw = draw.proof.to_json().encode()
    seen = set()
    for place in range(0, len(raw), 13):
        for flip in (0x01, 0x20):
            changed = bytearray(raw)
            changed[place] ^= flip
            found = judge(bytes(changed))
            assert found is not None, (place, flip)
            seen.add(found)
    assert {UNREADABLE, "commitment", "ticket", "assignment"} <= seen


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + "\n",
        lambda text: " " + text,
        lambda text: text.replace(",", ", ", 1),
        lambda text: text.replace('":', '": ', 1),
        lambda text: json.dumps(json.loads(text), sort_keys=True, separators=(",", ":")),  # \u escapes
        lambda text: json.dumps(json.loads(text), indent=1, ensure_ascii=False),
        lambda text: text.replace('"as_of"', '"as_of":"2025-06-30","as_of"', 1),  # a key twice
    ],
)
def test_white_space_escapes_and_repeated_keys_are_refused(
    change: Callable[[str], str], draw: Draw, judge: Callable[..., str | None]
) -> None:
    text = change(draw.proof.to_json())
    assert json.loads(text) == json.loads(draw.proof.to_json())
    assert judge(text) == "form"
    with pytest.raises(DrawError, match="RM-DRW-002"):
        Proof.from_json(text)


@pytest.mark.parametrize("design", PLANNED, indirect=True)
def test_every_field_matters(content: dict[str, Any], judge: Callable[..., str | None]) -> None:
    def altered(value: Any) -> Any:
        if isinstance(value, str):
            return value + "x"
        return value + 1 if isinstance(value, int) else value[1:]

    expected = {
        "format": "form", "design": "form", "as_of": "commitment", "round": "commitment", "policy": "commitment",
        "data": "commitment", "teams": "commitment", "seed": "seed", "commitment": "commitment", "people": "commitment",
        "frame": "commitment", "strata": "commitment", "details": "form",
        "drawn": "form", "inspectors": "commitment", "recusals": "commitment", "met": "commitment",
        "withdrawn": "assignment", "attempt": "assignment", "chances": "assignment", "chance_of": "assignment",
        "visits": "assignment", "digest": "digest",
    }  # fmt: skip
    assert expected.keys() == content.keys()
    replaced = {
        "strata": content["strata"] | {"S01": {"size": 11, "millionths": 10_000_000}},
        "teams": content["teams"] | {"size": 3},
        "met": [["ZF1", "E001"]],
        "withdrawn": [["ZF1", "病假"]],
    }
    for key, part in expected.items():
        other = content | {key: replaced.get(key, altered(content[key]) if key not in replaced else None)}
        assert judge(other) == part, key
        if key != "digest":
            assert judge(sealed(other)) == part, key
        assert judge({k: v for k, v in content.items() if k != key}) == UNREADABLE, key
    assert judge(content | {"extra": 1}) == UNREADABLE
    assert judge(sealed(content)) is None


@pytest.mark.parametrize("design", PLANNED, indirect=True)
@pytest.mark.parametrize("seal", [dict, sealed])
def test_every_tampering_is_named(
    seal: Callable[[dict[str, Any]], dict[str, Any]],
    content: dict[str, Any],
    judge: Callable[..., str | None],
) -> None:
    frame, drawn, visits, people = (content[key] for key in ("frame", "drawn", "visits", "inspectors"))
    undrawn = next(entity for entity, _ in frame if entity not in dict(drawn))
    swapped = [drawn[1], drawn[0], *drawn[2:]]
    stranger = [["ZF9", *people[0][1:]], *people[1:]]
    other_team = [visits[0][:3] + [visits[1][3]], *visits[1:]]
    details = content["details"]
    cases: list[tuple[str, dict[str, Any], str]] = [
        ("id added to the frame", {"frame": [*frame, ["E999", "S01"]]}, "commitment"),
        ("id removed from the frame", {"frame": frame[:-1]}, "commitment"),
        ("id altered in the frame", {"frame": [["E00X", frame[0][1]], *frame[1:]]}, "commitment"),
        ("another stratum", {"frame": [[frame[0][0], "S01"], *frame[1:]]}, "commitment"),
        ("another seed", {"seed": "第2025076期"}, "seed"),
        ("another policy", {"policy": "zhoucun-2020@abd"}, "commitment"),
        ("another design", {"design": next(d for d in PLANNED.values() if d != content["design"])}, "commitment"),
        ("a visit moved to another stratum", moved(content), "selection"),
        (
            "id added to the drawn",
            {"drawn": [*drawn, [undrawn, "f" * 64]], "details": [*details, details[0]]},
            "ticket",
        ),
        ("id removed from the drawn", {"drawn": drawn[:-1], "details": details[:-1]}, "selection"),
        ("id altered in the drawn", {"drawn": [[undrawn, drawn[0][1]], *drawn[1:]]}, "ticket"),
        ("ticket altered", {"drawn": [[drawn[0][0], "0" * 64], *drawn[1:]]}, "ticket"),
        ("drawn list reordered", {"drawn": swapped}, "selection"),
        ("another inspector in the directory", {"inspectors": stranger}, "commitment"),
        ("an inspector twice", {"inspectors": [people[0], *people]}, "commitment"),
        ("a recusal dropped", {"recusals": []}, "commitment"),
        ("a recusal added", {"recusals": [["ZF1", undrawn], *content["recusals"]]}, "commitment"),
        ("another inspector at a visit", {"visits": other_team}, "assignment"),
        ("visits reordered", {"visits": [visits[1], visits[0], *visits[2:]]}, "assignment"),
        ("another attempt of the lottery", {"attempt": 1}, "assignment"),
        (
            "a chance of somebody raised",
            {"chances": [[c + 9 for c in content["chances"][0]], *content["chances"][1:]]},
            "assignment",
        ),
        ("an inspector withdrawn afterwards", {"withdrawn": [[people[0][0], "病假"]]}, "assignment"),
    ]
    for name, change, part in cases:
        assert judge(seal(content | change)) == part, name


@pytest.mark.parametrize("design", PLANNED, indirect=True)
def test_a_forger_who_mends_every_digest_is_caught_by_the_published_commitment(
    draw: Draw, content: dict[str, Any], judge: Callable[..., str | None]
) -> None:
    published = draw.plan.commit().digest
    forged = recommitted(content | {"policy": "zhoucun-2020@abd"})
    assert judge(forged) is None  # it agrees with itself
    assert judge(forged, published) == "commitment"


def test_a_frame_that_contradicts_itself_is_refused_whatever_the_digests_say(
    content: dict[str, Any], judge: Callable[..., str | None]
) -> None:
    frame, strata = content["frame"], content["strata"]
    for change in (
        {"frame": [frame[1], frame[0], *frame[2:]]},
        {"frame": [frame[0], *frame]},
        {"frame": [*frame, ["E999", "S99"]]},
        {"frame": [frame[0], *frame], "strata": strata | {frame[0][1]: {"size": 11, "millionths": 1}}},
        {"strata": strata | {"S01": {"size": 10, "millionths": 10_000_001}}},
        {"strata": strata | {"S06": {"size": 10, "millionths": -1}}},
        {"strata": strata | {"S99": {"size": 1, "millionths": 0}}},
    ):
        assert judge(recommitted(content | change)) == "frame"


def test_a_log_tells_a_rebuilt_proof_and_a_reordered_or_shortened_log(
    draw: Draw, plan: Plan, tmp_path: Path, judge: Callable[..., str | None]
) -> None:
    day, proof = draw.provenance.as_of.day, draw.proof
    first = DrawLog().commit("a" * 64, as_of=day, part="1/2", recorded_on=day)
    log = first.commit(proof.commitment, as_of=day, part="1/1", recorded_on=day).draw(proof, recorded_on=day)
    assert verify(proof, log=log).published
    other = replace(plan, part="2/2").draw("another seed").proof
    path = tmp_path / "proof.json"
    for entries, whole, part in (
        (log.entries, proof, None),
        (log.entries, other, "log"),  # a rebuilt proof
        ((log.entries[1], log.entries[0], log.entries[2]), proof, "log"),
        (log.entries[1:], proof, "log"),
        (log.entries[:2], proof, "log"),
        ((log.entries[0], {**log.entries[1], "round": "2/2"}, log.entries[2]), proof, "log"),
    ):
        verdict = verify(whole, log=DrawLog(tuple(entries)))
        assert (verdict.first_difference, verdict.holds) == (part, part is None)
        lines = tmp_path / "draws.jsonl"
        lines.write_text("".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries), "utf-8")
        whole.save(path)
        assert verify_standalone.main([str(path), str(lines)]) == (0 if part is None else 1)


def test_a_decomposed_seed_is_kept_composed_and_only_so(plan: Plan, judge: Callable[..., str | None]) -> None:
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    proof = plan.draw(decomposed).proof
    assert proof == plan.draw(composed).proof
    assert proof.seed == composed
    assert judge(sealed(json.loads(proof.to_json()) | {"seed": decomposed})) == "seed"


@pytest.mark.parametrize("seed", ["", " ", "cafe\u0301"])
def test_a_seed_that_no_draw_would_have_kept_is_refused(
    seed: str, content: dict[str, Any], judge: Callable[..., str | None]
) -> None:
    assert judge(sealed(content | {"seed": seed})) == "seed"


def test_too_few_inspectors_are_a_difference_not_a_crash(
    content: dict[str, Any], judge: Callable[..., str | None]
) -> None:
    assert judge(recommitted(content | {"teams": content["teams"] | {"size": 7}})) == "assignment"
    assert judge(recommitted(content | {"teams": content["teams"] | {"size": 0}})) == "assignment"
    assert judge(recommitted(content | {"teams": {"sizes": 2}})) == "assignment"


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", "{", "[" * 100_000, '{"format":"\\ud800"}', "\ufeff{}", '{"seed":NaN}']
)
def test_what_is_no_proof_cannot_be_read(text: str, judge: Callable[..., str | None]) -> None:
    assert judge(text) == UNREADABLE


@pytest.mark.parametrize(
    "change",
    [
        {"teams": {"size": 2.0}},
        {"attempt": "0"},
        {"frame": [["E000"]]},
        {"frame": [["E000", "S01", "S01"]]},
        {"strata": {"S01": {"size": 1, "millionths": 1, "pi": 1}}},
        {"strata": []},
        {"seed": None},
        {"seed": "\ud800"},
        {"visits": [["1", "E000", "T01", []]]},
        {"visits": [[1, "E000", "T01", "ZF1"]]},
        {"inspectors": "ZF1"},
    ],
)
def test_wrong_types_cannot_be_read(
    change: dict[str, Any], content: dict[str, Any], judge: Callable[..., str | None]
) -> None:
    text = dumped(content | change)
    assert judge(text.encode("utf-8", "surrogatepass")) == UNREADABLE


def test_a_missing_file_cannot_be_read(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with pytest.raises(DrawError) as fault:
        verify(tmp_path / "absent.json")
    assert (fault.value.code, fault.value.where) == ("RM-DRW-002", str(tmp_path / "absent.json"))
    assert verify_standalone.main([str(tmp_path / "absent.json")]) == 2
    assert verify_standalone.main([]) == 2
    assert "无法读取" in capfdbinary.readouterr().out.decode()


def test_the_message_says_where_the_first_difference_is(draw: Draw) -> None:
    proof = draw.proof
    entity = proof.drawn[2][0]
    drawn = (*proof.drawn[:2], (entity, "0" * 64), *proof.drawn[3:])
    wrong = replace(proof, drawn=drawn)
    assert verify(wrong).message == f"抽取凭证不成立，第一处不符在抽签号：{entity}。"
    expected = f"The proof does not hold; the first difference is in the ticket: {entity}."
    assert verify(wrong, lang="en").message == expected
    assert not verify(wrong).holds
    last = len(proof.drawn)
    shorter = replace(proof, drawn=proof.drawn[:-1], details=proof.details[:-1])
    assert f"抽取结果：{last}: – ≠ " in verify(shorter).message
    visits = ((*proof.visits[0][:2], "T99", proof.visits[0][3]), *proof.visits[1:])
    assert "分派：1: 1 " in verify(replace(proof, visits=visits)).message


@pytest.mark.parametrize("design", PLANNED, indirect=True)
def test_the_standalone_verifier_runs_without_the_package(draw: Draw, design: str, tmp_path: Path) -> None:
    script, path = tmp_path / "verify_standalone.py", tmp_path / "proof.json"
    script.write_bytes(Path(verify_standalone.__file__).read_bytes())
    draw.proof.save(path)

    def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        # -I and -S: no site packages, no environment, nothing but the standard library.
        command = [sys.executable, "-I", "-S", str(script), *arguments]
        return subprocess.run(command, capture_output=True, check=False)

    if design != "stratified":
        alone = run(str(path))
        assert alone.returncode == 2
        assert f"无法读取文件 {tmp_path / 'verify_designs.py'}。" in alone.stdout.decode()
        (tmp_path / "verify_designs.py").write_bytes(Path(verify_designs.__file__).read_bytes())
    proof = draw.proof
    good = run(str(path), draw.plan.commit().digest)
    assert (good.returncode, good.stderr) == (0, b"")
    assert good.stdout.decode().split("\n")[:-1] == [
        verify(path, commitment=proof.commitment).message,
        verify(path, commitment=proof.commitment, lang="en").message,
    ]
    assert run(str(path), "0" * 64).returncode == 1
    path.write_bytes(path.read_bytes().replace(b"2025-06-30", b"2025-06-29"))
    bad = run(str(path))
    assert (bad.returncode, bad.stdout.decode().split("\n")[1]) == (1, "The proof does not hold: commitment.")
    assert run(str(script)).returncode == run(str(tmp_path)).returncode == run().returncode == 2


def imported(path: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(Path(path).read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(f"{'.' * node.level}{node.module}")
    return found


def test_the_two_verifiers_do_not_know_each_other() -> None:
    standalone = imported(verify_standalone.__file__) | imported(verify_designs.__file__)
    assert {name.split(".")[0] for name in standalone} <= set(sys.stdlib_module_names) | {"__future__"}
    folder = Path(proof_module.__file__).parent
    for module in folder.glob("*.py"):
        assert not any("inspections.verify_" in name for name in imported(str(module))), module.name
