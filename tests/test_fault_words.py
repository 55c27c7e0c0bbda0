"""Faults that pydantic, PyYAML and Python find, told in Chinese without an English word and in English as before."""

from __future__ import annotations

import json
import re

import pytest

from riskmodel.errors import WORDS, RiskModelError
from riskmodel.evaluation.experiment import read_experiment
from riskmodel.fault_words import Both, exception_words, library_words
from riskmodel.inspections.plan import Plan
from riskmodel.inspections.proof import Proof
from riskmodel.policy import load_policy
from riskmodel.records.source import open_source
from riskmodel.simulation.assumptions import read_assumptions
from riskmodel.workflow_inspect import read_capacity

CHINESE = re.compile(r"[\u3400-\u9fff]")
# Two English words side by side make a phrase; keys, codes, values and file names stand alone.
PHRASE = re.compile(r"\b[A-Za-z]{2,} [A-Za-z]{2,}\b")
CLASS = re.compile(r"\b\w*(?:Error|Exception|Warning)\b|\b(?:datetime|Input|should|Field|valid|not|is|be)\b")

SHARES = "tiers: {shares: {source: local, values: {2000-01-01: {A: 0.58, B: %s, C: 0.09, D: 0.05, E: 0.02}}}}"
# What stands in the file of a policy that extends another → what the Chinese message says of it.
POLICIES = {
    SHARES % "1.5": "tiers.shares.values.2000-01-01.B = 1.5（应不大于 1）",
    SHARES % "-0.1": "应不小于 0",
    SHARES % "0.2": "2000-01-01 起的 shares 应写明 A 至 E，合计为 1",
    SHARES % "much": "B = much（应为数字）",
    "tiers: {shares: {source: local, values: {soon: {}}}}": "tiers.shares.values.soon = soon（应为形如 2025-06-30 的日期）",
    "tiers: {shares: {source: local, values: {2025-02-30: {}}}}": "有不存在的日期",
    "tiers: {shares: {source: office}}": "tiers.shares.source = office（应为以下之一：'local'）",
    "tiers: {cut_by: intervals}": "cut_by: intervals 需要 intervals",
    "inspektions: {}": "inspektions = {}（没有这个键，请核对拼写）",
    "scoring: 3": "scoring = 3（应为若干“键: 值”）",
    "scoring: {mode: magic}": "scoring.mode = magic（应为以下之一：'expert'、'fitted'、'blended'）",
    "inspections: {rules: [{name: {zh: 甲}}]}": "inspections.rules.0.id（缺少此键）",
    "inspections: {rules: [{id: [a], when: {a: 1}}]}": "inspections.rules.0.when.a = 1（应为文字）",
    "inspections: {rules: {}}": "应为列表",
    "inspections: {random: yes": "不符合 YAML 格式",
}  # fmt: skip


def one_language(error: RiskModelError) -> tuple[str, str]:
    """The Chinese and the English message, of which neither speaks the other language."""
    chinese, english = error.message("zh"), error.message("en")
    assert not CHINESE.search(english.replace("“", "")), english
    for line in re.sub(r"riskmodel \w+", "", chinese).splitlines()[1:4]:  # commands keep their names
        assert not PHRASE.search(line) and not CLASS.search(line), line
    return chinese, english


@pytest.mark.parametrize("text", POLICIES)
def test_a_fault_of_a_policy_is_told_in_one_language(tmp_path, text):
    file = tmp_path / "p.yaml"
    file.write_text(f"extends: zhoucun-2020\nid: x\n{text}\n", "utf-8")
    with pytest.raises(RiskModelError) as caught:
        load_policy(file)
    chinese = caught.value.message("zh")
    assert caught.value.code == "RM-POL-001" and POLICIES[text] in chinese, chinese
    if "甲" not in text:
        one_language(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("exported_on: 2025-13-01", "有不存在的日期"), ("exported_on: [3]", "exported_on = [3]（应为形如"),
        ("absent: [complaint]", "没有数据表 complaint"), ("tables: {complaint: []}", "没有数据表 complaint"),
        ("id_scheme: ours", "应为以下之一：'uscc'、'opaque'"), ("column: 3", "没有这个键"), ("- a: *b", "不允许用别名"),
        ("tables: {complaints: [{file: a.csv, columns: {colour: x}}]}", "数据表 complaints 没有列 colour"),
    ],
)  # fmt: skip
def test_a_fault_of_a_source_map_is_told_in_one_language(tmp_path, text, says):
    (tmp_path / "source.yaml").write_text(text, "utf-8")
    with pytest.raises(RiskModelError) as caught:
        open_source(tmp_path)
    chinese, _ = one_language(caught.value)
    assert caught.value.code == "RM-REC-006" and says in chinese, chinese


@pytest.mark.parametrize("read", [Plan.load, Proof.load, read_experiment, read_assumptions, read_capacity])
@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"{", b"[]", b"{}", b"a: 2025-02-30", b"3"])
def test_a_file_that_cannot_be_read_is_told_in_one_language(tmp_path, read, content):
    file = tmp_path / "f.json"
    if content is not None:
        file.write_bytes(content)
    try:
        read(file) if read is not read_capacity else read(file, None)
    except RiskModelError as error:
        one_language(error)
        assert error.code in WORDS
    else:
        assert read in (read_assumptions, read_capacity) and content in (b"", b"{}", b"[]")  # nothing is changed


def test_words_of_our_own_pass_through_exceptions():
    both = Both("甲", "a")
    assert exception_words(ValueError(both)) is both
    for fault in (FileNotFoundError(2, "x"), OSError(5, "Input/output error"), RecursionError(), ValueError("odd one")):
        said = exception_words(fault)
        assert CHINESE.search(said.zh) and not PHRASE.search(said.zh) and not CHINESE.search(said.en)
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads("{\n x")
    assert exception_words(caught.value).zh == "第 2 行第 2 列不符合 JSON 格式"


@pytest.mark.parametrize(
    ("said", "chinese"),
    [
        ("CalamineError: calamine error: Cannot detect file format Context: 0: Could not open workbook", "不是完整的工作簿"),
        ("calamine error: Xlsx error: Worksheet '处罚' not found Context: 0: x", "缺少工作表“处罚”的内容"),
        ("calamine error: Xlsx error: Unexpected end of xml, expecting '</c>'", "内部的 XML 不完整或有误"),
        ("PanicException: range end index 3 out of range for slice of length 2", "内部结构损坏，读取中断"),
        ("CalamineError: Workbook is password protected", "打开需要密码"),
        ("File is not a zip file", "压缩结构不完整，可能没有传完"),
        ("Bad CRC-32 for file 'xl/workbook.xml'", "内容与校验码不符：xl/workbook.xml"),
        ("Error -3 while decompressing data: invalid distance too far back", "压缩的内容无法解开"),
        ("Parquet magic bytes not found in footer.", "结尾没有 Parquet 标记，可能没有传完"),
        ("IO Error: Could not set lock on file \"s.duckdb\": Conflicting lock is held", "另一个程序正打开着它"),
        ("could not translate host name \"x\" to address", "找不到这台服务器：主机名有误，或没有联网"),
        ("(1045, \"Access denied for user 'a'@'b' (using password: YES)\")", "用户名或密码不对"),
        ("(1049, \"Unknown database 'x'\")", "服务器上没有数据库 x"),
        ("something that nobody has seen", "内容不符合格式"),
    ],
)  # fmt: skip
def test_what_libraries_write_is_told_in_chinese_and_kept_in_english(said, chinese):
    both = library_words(said)
    assert both.zh == chinese
    assert both.en in said and "Context" not in both.en and "calamine" not in both.en and both.en
