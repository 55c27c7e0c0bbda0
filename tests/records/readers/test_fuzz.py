"""Whatever the bytes, a file is either read or refused with a clear error; and no row comes twice."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskmodel.errors import InputError
from riskmodel.records.readers import sheets

TEXT = '名称,代码\n甲,1\n"乙\n丙",2\n'


def seeds():
    """A small good file of each format."""
    book, table, archive = io.BytesIO(), io.BytesIO(), io.BytesIO()
    with xlsxwriter.Workbook(book) as made:
        sheet = made.add_worksheet("处罚")
        sheet.merge_range("A1:B1", "标题")
        sheet.write_row(1, 0, ["名称", "代码"])
        sheet.write_row(2, 0, ["甲", 913703061234567890])
    pq.write_table(pa.table({"名称": ["甲", None], "代码": [1, 2], "列": [[1], None]}), table)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a.csv", TEXT)
        made.writestr("b.jsonl", '{"名称": "甲"}')
    return {
        ".csv": TEXT.encode("gb18030"),
        ".tsv": TEXT.replace(",", "\t").encode("utf-16"),
        ".txt": TEXT.replace(",", "|").encode("gb18030"),
        ".jsonl": '{"名称": "甲", "代码": [1]}\n{"名称": "乙"}\n'.encode(),
        ".json": '[{"名称": "甲"}]'.encode(),
        ".xlsx": book.getvalue(),
        ".parquet": table.getvalue(),
        ".zip": archive.getvalue(),
        ".xls": (Path(__file__).parent / "merged.xls").read_bytes(),
        ".ods": (Path(__file__).parent / "merged.ods").read_bytes(),
    }


SEEDS = seeds()


def changed(content, changes, cut):
    data = bytearray(content)
    for at, byte in changes:
        data[at % len(data)] = byte
    return bytes(data[: len(data) - cut % len(data)])


def survives(folder, name, content, score):
    path = folder / name
    path.write_bytes(content)
    try:
        for sheet in sheets(path, score=score):
            seen = set()
            for batch in sheet.open(sheet.headers[:3]):
                numbers = [*batch.rows.tolist(), *batch.broken]
                assert not seen & set(numbers)
                assert len(numbers) == len(set(numbers))
                seen |= set(numbers)
                assert all(len(batch.rows) == len(column) for column in batch.columns.values())
                assert len(batch.whole(batch.rows[:2] * 0)) == len(batch.rows[:2])
            assert seen == set(range(1, len(seen) + 1))
    except InputError as fault:
        assert fault.message("zh")


CHANGES = st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), max_size=8)
CHILDREN = (".xls", ".ods")  # take a process each
EASY = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}


@settings(max_examples=300, **EASY)
@given(suffix=st.sampled_from([s for s in SEEDS if s not in CHILDREN]), changes=CHANGES, cut=st.integers(0, 200))
def test_damaged_files_are_read_or_refused(tmp_path, score, suffix, changes, cut):
    survives(tmp_path, f"a{suffix}", changed(SEEDS[suffix], changes, cut), score)


@settings(max_examples=12, **EASY)
@given(suffix=st.sampled_from(CHILDREN), changes=CHANGES, cut=st.integers(0, 200))
def test_damaged_old_workbooks_are_read_or_refused(tmp_path, score, suffix, changes, cut):
    survives(tmp_path, f"a{suffix}", changed(SEEDS[suffix], changes, cut), score)


@settings(max_examples=120, **EASY)
@given(suffix=st.sampled_from(list(SEEDS)), content=st.binary(max_size=300))
def test_random_bytes_are_read_or_refused(tmp_path, score, suffix, content):
    survives(tmp_path, f"a{suffix}", content, score)


@settings(max_examples=60, **EASY)
@given(
    head=st.sampled_from(list(SEEDS)), suffix=st.sampled_from([".csv", ".xlsx", ".zip", ".parquet", ".json"]),
    content=st.binary(max_size=100),
)  # fmt: skip
def test_a_good_beginning_with_a_random_end_is_read_or_refused(tmp_path, score, head, suffix, content):
    survives(tmp_path, f"a{suffix}", SEEDS[head][:300] + content, score)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet", ".zip", ".jsonl"])
def test_every_beginning_of_a_file_is_read_or_refused(tmp_path, score, suffix):
    for end in range(0, len(SEEDS[suffix]), max(1, len(SEEDS[suffix]) // 60)):
        survives(tmp_path, f"a{suffix}", SEEDS[suffix][:end], score)
