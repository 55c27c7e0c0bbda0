"""Parquet files of any types come as the texts that a workbook would show."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from riskmodel.errors import InputError
from riskmodel.records.readers import columnar


def parquet(columns, **options):
    content = io.BytesIO()
    pq.write_table(pa.table(columns), content, **options)
    return content.getvalue()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array(["甲", None, ""]), ["甲", "", ""]),
        (pa.array(["甲", None], pa.large_string()), ["甲", ""]),
        (pa.array(["甲", "甲"]).dictionary_encode(), ["甲", "甲"]),
        (pa.array([5, None, -7]), ["5", "", "-7"]),
        (pa.array([2**63], pa.uint64()), ["9223372036854775808"]),
        (
            pa.array([5.0, 0.1, 1e-7, 9.137e17, float("nan"), None]),
            ["5", "0.1", "0.0000001", "9137" + "0" * 14, "", ""],
        ),
        (pa.array([Decimal("12.50"), None]), ["12.50", ""]),
        (pa.array([Decimal("1e20")], pa.decimal128(30, 0)), ["1" + "0" * 20]),
        (pa.array([date(2020, 7, 31), None]), ["2020-07-31", ""]),
        (pa.array([datetime(2020, 7, 31), datetime(2020, 7, 31, 8, 30)]), ["2020-07-31", "2020-07-31 08:30:00"]),
        (pa.array([np.datetime64("2020-07-31T08:30:00.000000001")]), ["2020-07-31 08:30:00"]),
        (
            pa.array([datetime(2020, 7, 30, 16, tzinfo=UTC)], pa.timestamp("us", "Asia/Shanghai")),
            ["2020-07-31 00:00:00+08:00"],
        ),
        (pa.array([time(8, 30)]), ["08:30:00"]),
        (pa.array([timedelta(days=1)]), ["1 day, 0:00:00"]),
        (pa.array([True, False, None]), ["true", "false", ""]),
        (pa.array([b"\xff\x00", "甲".encode()]), ["ff00", "甲"]),
        (pa.array([["甲", None], []]), ['["甲", null]', "[]"]),
        (pa.array([{"a": 1, "日": date(2020, 7, 31)}]), ['{"a": 1, "日": "2020-07-31"}']),
        (pa.nulls(2), ["", ""]),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
def test_every_type_has_its_text(found, read, values, expected):
    [sheet] = found("a.parquet", parquet({"名称": values}))
    assert sheet.rows == len(expected)
    assert list(read(sheet)[0].values()) == [(text,) for text in expected]


def test_all_groups_of_rows_are_read_and_numbered(found, read, monkeypatch):
    monkeypatch.setattr(columnar, "BATCH_ROWS", 3)
    [sheet] = found("a.parquet", parquet({"名称": [str(i) for i in range(10)], " ": range(10)}, row_group_size=4))
    assert sheet.headers == ("名称", "column_2")
    assert read(sheet)[0] == {i + 1: (str(i), str(i)) for i in range(10)}


def test_a_table_without_rows_has_headers(found, read):
    [sheet] = found("a.parquet", parquet({"名称": pa.array([], pa.string())}))
    assert (sheet.headers, sheet.rows, read(sheet)) == (("名称",), 0, ({}, {}))


@pytest.mark.parametrize("cut", [8, 100, -4, -30])
def test_a_damaged_file_is_called_damaged(found, cut):
    with pytest.raises(InputError) as fault:
        found("a.parquet", parquet({"名称": ["甲"] * 100})[:cut])
    assert fault.value.code == "RM-REC-023"


def test_damage_that_shows_only_while_reading_is_called_so_too(found, read):
    content = bytearray(parquet({"名称": [str(i) for i in range(1000)]}, compression="none", use_dictionary=False))
    content[4:400] = b"\xff" * 396
    [sheet] = found("a.parquet", bytes(content))
    with pytest.raises(InputError) as fault:
        read(sheet)
    assert fault.value.code == "RM-REC-023"


def test_letters_that_are_not_utf8_are_damage(found, read):
    text = pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"\xff\xfe")])
    [sheet] = found("a.parquet", parquet({"名称": text}))
    with pytest.raises(InputError) as fault:
        read(sheet)
    assert fault.value.code == "RM-REC-023"


def test_times_in_zones_keep_the_zone():
    from riskmodel.records.readers.texts import text

    assert text(datetime(2020, 7, 31, tzinfo=timezone(timedelta(hours=8)))) == "2020-07-31 00:00:00+08:00"
