"""What a clerk reads who typed something wrong: which option, what stood there, what should, how to mend it."""

from __future__ import annotations

import re
import shlex

import pytest
from typer.testing import CliRunner

from riskmodel.cli import app
from riskmodel.errors import RiskModelError

CHINESE = re.compile(r"[\u3400-\u9fff]")


def refused(line: str, folder) -> RiskModelError:
    done = CliRunner().invoke(app, shlex.split(line.replace("@", f"{folder}/")))
    assert isinstance(done.exception, RiskModelError), (done.exception, done.output)
    assert done.stdout == ""
    return done.exception


@pytest.mark.parametrize(
    ("line", "option", "expected"),
    [
        ("run @ --as-of 2025-6-30", "--as-of", "形如 2025-06-30 的日期"),
        ("explain @ X --as-of 30.06.2025", "--as-of", "形如 2025-06-30 的日期"),
        ("credit-report @ X --as-of ' '", "--as-of", "形如 2025-06-30 的日期"),
        ("policy check --as-of soon", "--as-of", "形如 2025-06-30 的日期"),
        ("append @s.duckdb @ --delivered-on 2025/06/30", "--delivered-on", "形如 2025-06-30 的日期"),
        ("plan @ --on 2025-02-30", "--on", "形如 2025-06-30 的日期"),
        ("publish @p @q @r --on today", "--on", "形如 2025-06-30 的日期"),
        ("estimate @p @q @r --known-on today", "--known-on", "形如 2025-06-30 的日期"),
        ("results read @a --draw @b --on x", "--on", "形如 2025-06-30 的日期"),
        ("case remind @b W-1-2025-06-30 --by A --held-on x", "--held-on", "形如 2025-06-30 的日期"),
        ("override set @o E1 --tier D --reason r --by A --from x", "--from", "形如 2025-06-30 的日期"),
        ("override set @o E1 --tier D --reason r --by A --until x", "--until", "形如 2025-06-30 的日期"),
        ("override set @o E1 --tier F --reason r --by A", "--tier", "A, B, C, D, E"),
        ("override set @o E1 --tier D --reason ' ' --by A", "--reason", "理由"),
        ("override set @o E1 --tier F --reason r --by ' '", "--tier, --by", "--tier A, B, C, D, E；--by 签字人姓名"),
        ("override set @o E1 --tier D --reason r --by A --on 2025-06-01 --until 2025-05-01", "--until", "≥ 2025-06-01"),
        ("run @ --policy nowhere", "--policy", "zhoucun-2020, zhoucun-2020-fitted"),
        ("run @nowhere", "SOURCE", "一个文件夹或数据文件"),
        ("run @ --source-map @nowhere.yaml", "--source-map", "一个已有的文件"),
        ("check @ --propose @there.yaml", "--propose", "还没有的文件或文件夹"),
        ("draw @p --contribution A=1", "--contribution", "至少两家单位"),
        ("draw @p", "--seed, --contribution", "公开文本"),
        ("draw @p --seed s --without A", "--without", "名称=文本"),
        ("simulate @ --part 3/2", "--part", "K/N"),
    ],
)  # fmt: skip
def test_the_place_of_a_fault_is_the_option_as_it_was_typed(tmp_path, line, option, expected):
    (tmp_path / "there.yaml").write_text("{}", "utf-8")
    message = refused(line, tmp_path).message("zh").splitlines()
    assert message[1] == f"  位置: {option}", message
    assert expected in message[3], message
    english = refused(line, tmp_path).message("en")
    assert f"where: {option}\n" in english and not CHINESE.search(english), english


def test_groups_outcomes_and_rounds_that_do_not_exist_are_told_with_those_that_do(sample_assessment, tmp_path):
    from riskmodel.inspections.estimate import estimate
    from riskmodel.workflow import plan_inspections

    plan = plan_inspections(sample_assessment)
    draw = plan.draw("s")
    results = draw.table[["entity_id"]].assign(outcome_codes="1")
    for how, option, value in (
        ({"by": "colour"}, "--by", "town"), ({"what": "Z"}, "--what", "violation"),
    ):  # fmt: skip
        with pytest.raises(RiskModelError) as caught:
            estimate(draw, results, **how)
        lines = caught.value.message("zh").splitlines()
        assert lines[1] == f"  位置: {option}" and value in lines[3], lines
    with pytest.raises(RiskModelError) as caught:
        plan_inspections(sample_assessment, part="7/5")
    assert "--round" in caught.value.message("zh") and "全年批数" in caught.value.message("zh")
    with pytest.raises(RiskModelError) as caught:
        sample_assessment.explain("nobody")
    assert caught.value.message("zh").splitlines()[:2] == ["RM-INP-009 没有这家企业", "  位置: ID"]
