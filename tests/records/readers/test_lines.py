"""JSON: objects a line, or a document with a list of them; what is no object is a broken row."""

from __future__ import annotations

import codecs
import hashlib
import json

import pytest

from riskmodel.errors import InputError
from riskmodel.records.readers import lines


def test_keys_become_columns_in_the_order_of_appearance(found, read):
    content = '{"代码": "1"}\n\n{"名称": "甲", "代码": "2"}\n{"金额": 5}\n'.encode()
    [sheet] = found("a.jsonl", content)
    assert (sheet.headers, sheet.rows) == (("代码", "名称", "金额"), 3)
    assert sheet.digest == hashlib.sha256(content).hexdigest()
    assert read(sheet) == ({1: ("1", "", ""), 2: ("2", "甲", ""), 3: ("", "", "5")}, {})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.json", "a.csv"])
def test_encodings_and_suffixes_do_not_matter(found, read, encoding, name):
    text = '{"名称": "甲", "代码": 1}\n{"名称": "乙", "代码": 2}\n'
    assert read(found(name, text.encode(encoding))[0]) == ({1: ("甲", "1"), 2: ("乙", "2")}, {})


@pytest.mark.parametrize(
    "document",
    [
        [{"名称": "甲"}, {"名称": "乙"}],
        {"code": 0, "data": {"total": 2, "records": [{"名称": "甲"}, {"名称": "乙"}]}},
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_a_document_with_one_list_of_objects_is_read(found, read, document, indent):
    content = json.dumps(document, ensure_ascii=False, indent=indent).encode("gb18030")
    assert read(found("a.json", content)[0])[0] == {1: ("甲",), 2: ("乙",)}


def test_an_array_with_an_object_a_line_is_a_document(found, read):
    assert read(found("a.json", b'[\n{"a": 1},\n{"a": 2}\n]')[0])[0] == {1: ("1",), 2: ("2",)}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('"甲"', "甲"),
        ("null", ""),
        ("true", "true"),
        ("0.10", "0.10"),
        ("5.0", "5"),
        ("9.137E+17", "9.137E+17"),
        ("913703061234567890", "913703061234567890"),
        ("1" * 5000, "1" * 5000),
        ("NaN", "NaN"),
        ("-Infinity", "-Infinity"),
        ('{"b": [1, 2.5, null, "甲"]}', '{"b": [1, 2.5, null, "甲"]}'),
        ('"\\u0000"', "\0"),
    ],
)
def test_values_are_what_is_written(found, read, written, expected):
    [sheet] = found("a.jsonl", f'{{"x": {written}}}\n{{"x": 1}}\n'.encode())
    assert read(sheet)[0][1] == (expected,)


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[1]",
        b"5",
        b'"a"',
        b"{'a': 1}",
        b'{"a": "\xff\xfe"}',
        b'{"a": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a": {"b": ' + b"1" * 5000 + b"}}",
        b'{"a": 1} {"a": 2}',
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b'{"a": [{"b": {"c": 1, "c": 2}}]}',
    ],
    ids=lambda line: repr(line[:12]),
)
def test_a_line_that_is_no_object_is_a_broken_row(found, read, line):
    content = '{"a": "甲"}\n'.encode() * 3 + line + b'\n{"a": 3}\n'
    rows, broken = read(found("a.jsonl", content)[0])
    assert (rows[5], list(broken)) == (("3",), [4])
    assert broken[4].startswith(line[:5].decode())
    assert len(broken[4]) <= 200


def test_an_entry_of_a_document_that_is_no_object_is_a_broken_row(found, read):
    assert read(found("a.json", b'[{"a": 1}, 5, {"a": 2}]')[0]) == ({1: ("1",), 3: ("2",)}, {2: "5"})


def test_an_entry_of_a_document_with_a_key_twice_is_a_broken_row_that_shows_both(found, read):
    rows, broken = read(found("a.json", b'{"data": [{"a": 1}, {"a": 7, "a": 8}, {"a": 2}]}')[0])
    assert rows == {1: ("1",), 3: ("2",)}
    assert "7" in broken[2]
    assert "8" in broken[2]


def test_a_batch_ends_where_it_should(found, read, monkeypatch):
    monkeypatch.setattr(lines, "BATCH_ROWS", 2)
    content = b'{"a": 1}\n{\n{"a": 2}\n{"a": 3}\n'
    assert read(found("a.jsonl", content)[0]) == ({1: ("1",), 3: ("2",), 4: ("3",)}, {2: "{"})


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.jsonl", b"{1\n2\n", "RM-REC-023"),
        ("a.json", b"[1, 2", "RM-REC-023"),
        ("a.json", b'[{"a": 1}', "RM-REC-023"),
        ("a.json", b"[" * 100_000, "RM-REC-023"),
        ("a.json", b"[]", "RM-REC-020"),
        ("a.jsonl", b"{}\n{}\n", "RM-REC-020"),
    ],
)
def test_a_file_without_any_object_is_refused(found, name, content, code):
    with pytest.raises(InputError) as fault:
        found(name, content)
    assert fault.value.code == code


def test_limits_hold(found, monkeypatch):
    monkeypatch.setattr(lines, "_LONGEST_LINE", 20)
    monkeypatch.setattr(lines, "_LONGEST_DOCUMENT", 40)
    monkeypatch.setattr(lines, "MAX_COLUMNS", 3)
    for name, content in (
        ("a.jsonl", b'{"a": "' + b"x" * 20 + b'"}'),
        ("a.json", b"[\n" + b'{"a": 1},\n' * 9 + b"{}]"),
        ("a.jsonl", b"".join(b'{"k%d": 1}\n' % i for i in range(4))),
    ):
        with pytest.raises(InputError) as fault:
            found(name, content)
        assert fault.value.code == "RM-REC-026"


def test_a_byte_order_mark_is_no_part_of_the_first_key(found):
    assert found("a.jsonl", codecs.BOM_UTF8 + b'{"a": 1}\n')[0].headers == ("a",)
