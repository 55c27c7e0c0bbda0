"""Replacements by the next ticket, the worksheet of one enterprise, and both by the command line."""

import hashlib
import hmac
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from riskmodel import logbook
from riskmodel.errors import DrawError, InputError, PlanError
from riskmodel.exports.recheck import write_worksheet
from riskmodel.inspections.capacity import Capacity
from riskmodel.inspections.draw import Draw
from riskmodel.inspections.estimate import estimate
from riskmodel.inspections.proof import verify
from riskmodel.inspections.replace import next_ticket, stratum_of
from riskmodel.sampling.by_stratum import PLANNED
from riskmodel.workflow_inspect import (
    Signature,
    draw_from,
    draw_of,
    pairs_of,
    read_capacity,
    replace_in,
    results_of,
    seed_of,
    write_recheck,
)  # fmt: skip

DAY = date(2025, 7, 1)
SIGNED = Signature("已注销", "王", DAY)


@pytest.mark.parametrize("design", PLANNED, indirect=True)
def test_the_next_ticket_of_the_same_stratum_comes_in(draw: Draw) -> None:
    proof = draw.proof
    first = draw.table[draw.table["because"] == "ratio"].iloc[0]
    stratum = stratum_of(proof, first["entity_id"])
    assert stratum.number == (draw.table["stratum"] == first["stratum"]).sum()
    left = [entity for _, entity in stratum.tickets[stratum.number :]]
    assert next_ticket(proof, first["entity_id"], []) == left[0]
    gone = [(first["entity_id"], left[0])]
    assert next_ticket(proof, left[0], gone) == left[1]
    with pytest.raises(DrawError, match="RM-DRW-009"):
        next_ticket(proof, first["entity_id"], gone)  # gone already
    with pytest.raises(DrawError, match="RM-DRW-009"):
        next_ticket(proof, left[3], gone)  # not visited
    with pytest.raises(DrawError, match="RM-DRW-009"):
        stratum_of(proof, "E999")


def test_where_everybody_of_a_stratum_is_drawn_nobody_comes_in(draw: Draw) -> None:
    certain = draw.table[draw.table["pi"] == 1]["entity_id"].iloc[0]
    assert next_ticket(draw.proof, certain, []) == ""


def test_plan_draw_and_replacement_are_logged_and_verified(draw: Draw, tmp_path: Path) -> None:
    plan, proof, log = tmp_path / "plan.json", tmp_path / "proof.json", tmp_path / "draws.jsonl"
    draw.plan.save(plan)
    with pytest.raises(DrawError, match="RM-DRW-008"):
        draw_from(plan, "seed", commitment=None, out=proof, log=log)
    assert not proof.exists()
    committed = logbook.read_draws(log, new=True).commit(
        draw.plan.commit().digest, as_of=DAY, part="1/1", recorded_on=DAY
    )
    logbook.write(log, committed)
    drawn, _ = draw_from(plan, "seed", commitment=None, out=proof, log=log, withdrawn={"ZF2": "病假"}, signature=SIGNED)
    assert "ZF2" not in ",".join(drawn.visits["inspector_ids"])
    out = drawn.table[drawn.table["pi"] < 1]["entity_id"].iloc[0]
    into = replace_in(plan, proof, out, log=log, signature=SIGNED)
    assert into == next_ticket(drawn.proof, out, [])
    assert logbook.read_draws(log).replacements(drawn.proof.digest) == [(out, into)]
    assert verify(proof, log=logbook.read_draws(log)).published
    with pytest.raises(InputError, match="RM-DRW-014"):
        replace_in(plan, proof, into, log=log, signature=Signature("", "王", DAY))
    with pytest.raises(DrawError, match="RM-DRW-005"):
        draw_from(plan, "other", commitment=None, out=proof, log=log)
    with pytest.raises(DrawError, match="RM-DRW-006"):
        draw_from(plan, "seed", commitment=None, out=tmp_path / "again.json", log=log, signature=SIGNED)


@pytest.mark.parametrize("design", PLANNED, indirect=True)
def test_the_worksheet_agrees_with_the_draw_and_with_any_calculator(draw: Draw, tmp_path: Path) -> None:
    draw.proof.save(tmp_path / "proof.json")
    for entity in (draw.table["entity_id"].iloc[-1], "E030"):
        book = openpyxl.load_workbook(
            write_recheck(tmp_path / "proof.json", entity, tmp_path / "sheet.xlsx", lang="en"), data_only=True
        )
        cells = {row[0].value: row[1].value for row in book["Re-check"].iter_rows(min_row=2)}
        key, message = cells["Key (public seed)"], cells["Message"]
        assert cells["Ticket"] == hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest()
        assert (cells["Drawn"] == "drawn") == (entity in set(draw.table["entity_id"]))
        assert len(list(book["Tickets"].iter_rows(min_row=2))) == 10
    write_worksheet(tmp_path / "zh.xlsx", stratum_of(draw.proof, "E030"))
    formulas = [row[1].value for row in openpyxl.load_workbook(tmp_path / "zh.xlsx")["复核"].iter_rows(min_row=2)]
    alone = ["=INT(("] if draw.plan.design == PLANNED["stratified"] else []
    assert [str(f)[:6] for f in formulas if str(f).startswith("=")] == ["=INDEX", "=SUMPR", *alone, "=IF($B"]
    assert formulas[-1].startswith(f"=IF($B$6<=$B${len(formulas)}")  # the row above it, heading counted


def test_seeds_and_capacities_from_the_command_line(tmp_path: Path) -> None:
    assert seed_of(None, ["甲=1", "乙=2"]) == "乙=2;甲=1"
    assert seed_of("dice 3", []) == "dice 3"
    for code, seed, parts in (
        ("RM-DRW-010", None, []),
        ("RM-DRW-010", "x", ["a=1", "b=2"]),
        ("RM-DRW-010", None, ["a=1"]),
        ("RM-DRW-011", None, ["a"]),
        ("RM-DRW-011", None, ["a=1", "a=2"]),
    ):
        with pytest.raises(DrawError, match=code):
            seed_of(seed, parts)
    assert pairs_of(["ZF1=病假"], "--without") == {"ZF1": "病假"}
    path = tmp_path / "capacity.yaml"
    path.write_text("by_month: {6: 20}\nby_town: {南郊镇: 3}\n", "utf-8")
    assert read_capacity(path, 30) == Capacity(30, {"南郊镇": 3}, {}, {6: 20})
    path.write_text("by_month: [", "utf-8")
    with pytest.raises(PlanError, match="RM-PLN-002"):
        read_capacity(path, None)


def test_results_of_a_file_come_with_their_draw(draw: Draw, tmp_path: Path) -> None:
    draw.plan.save(tmp_path / "plan.json")
    draw.proof.save(tmp_path / "proof.json")
    sheet = draw.table[["entity_id"]].rename(columns={"entity_id": "统一社会信用代码"})
    sheet.assign(检查日期="2025-07-10", 检查结果="未发现问题").to_csv(
        tmp_path / "r.csv", index=False, encoding="utf-8-sig"
    )
    again, taken = results_of(
        tmp_path / "plan.json", tmp_path / "proof.json", tmp_path / "r.csv", log=None, known_on=date(2025, 7, 31)
    )
    assert again.proof == draw.proof
    assert taken.table["outcome_codes"].tolist() == ["1"] * len(draw.table)
    assert estimate(again, taken).table["value"].tolist() == [0.0]
    other = draw.plan.draw("another").proof
    other.save(tmp_path / "other.json")
    with pytest.raises(DrawError, match="RM-DRW-003"):
        draw_of(tmp_path / "plan.json", tmp_path / "other.json")
    with pytest.raises(InputError, match="RM-REC-002"):
        results_of(tmp_path / "plan.json", tmp_path / "proof.json", tmp_path / "no.csv", log=None, known_on=DAY)
