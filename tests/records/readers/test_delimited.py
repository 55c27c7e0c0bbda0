"""Delimited text is read right in every encoding in use, and broken rows are named by their number."""

from __future__ import annotations

import codecs
import csv
import io

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from riskmodel.errors import InputError
from riskmodel.records.readers import blocks, sheets

HEADERS = ("名称", "代码", "日期", "金额")


def score(cells):
    return sum(cell in HEADERS for cell in cells)


def opened(folder, content, name="a.csv"):
    path = folder / name
    path.write_bytes(content)
    [sheet] = sheets(path, score=score)
    return sheet


def read(sheet, wanted=None):
    """Number → cells, and number → text of broken rows."""
    wanted = sheet.headers if wanted is None else wanted
    rows, broken = {}, {}
    for batch in sheet.open(wanted):
        columns = [batch.columns[h].texts() for h in sheet.headers if h in wanted]
        cells = list(zip(*columns, strict=True)) if columns else [()] * len(batch.rows)
        assert not set(batch.rows.tolist()) & set(batch.broken)
        rows |= dict(zip(batch.rows.tolist(), cells, strict=True))
        broken |= batch.broken
        every = [tuple(row.values()) for row in batch.whole(np.arange(len(batch.rows)))]
        if wanted == sheet.headers:
            assert every == cells
    return rows, broken


def rows_of(folder, content, name="a.csv"):
    return read(opened(folder, content, name))


TABLE = "名称,代码,日期\n甲公司,91370306ABC,2020-07-31\n乙公司,,2020/8/1\n"
CELLS = {1: ("甲公司", "91370306ABC", "2020-07-31"), 2: ("乙公司", "", "2020/8/1")}


@pytest.mark.parametrize(
    "content",
    [
        TABLE.encode(),
        codecs.BOM_UTF8 + TABLE.encode(),
        TABLE.encode("gb18030"),
        TABLE.encode("gbk"),
        codecs.BOM_UTF16_LE + TABLE.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TABLE.encode("utf-16-be"),
        TABLE.encode("utf-16-le"),
        TABLE.encode("utf-16-be"),
        codecs.BOM_UTF32_LE + TABLE.encode("utf-32-le"),
        TABLE.replace(",", "\t").encode("gb18030"),
        TABLE.replace(",", ";").encode("gb18030"),
        TABLE.replace(",", "|").encode("gb18030"),
        TABLE.replace(",", "|").encode(),
        TABLE.replace("\n", "\r\n").encode(),
        TABLE.replace("\n", "\r").encode("gb18030"),
        TABLE.replace("\n", "\n\n  \r\n").replace("  ", "").encode(),
        TABLE.rstrip().encode(),
        TABLE.replace("甲公司", '"甲公司"').encode(),
    ],
    ids=lambda content: repr(content[:12]),
)
def test_encodings_delimiters_and_line_ends_do_not_matter(tmp_path, content):
    sheet = opened(tmp_path, content)
    assert sheet.headers == ("名称", "代码", "日期")
    assert read(sheet) == (CELLS, {})


def test_a_letter_whose_second_byte_looks_like_a_pipe_is_not_cut(tmp_path):
    letter = b"\x95|".decode("gb18030")  # 晐 or the like: 0x7C is the byte of "|"
    content = f"名称|代码\n{letter}{letter}|1\n".encode("gb18030")
    assert content.count(b"|") == 4
    assert rows_of(tmp_path, content) == ({1: (letter * 2, "1")}, {})


def test_an_encoding_that_shows_only_at_the_end_is_found(tmp_path):
    plain = "code,amount\n" + f"{'1' * 200},2\n" * 15_000  # 3 MB in which every encoding looks the same ...
    for encoding in ("utf-8", "gb18030"):
        rows, broken = rows_of(tmp_path, (plain + "甲,乙\n").encode(encoding))
        assert (rows[15_001], broken) == (("甲", "乙"), {})  # ... but the last line


def test_rows_that_cannot_be_decoded_are_broken_and_the_others_are_read(tmp_path):
    lines = [f"名称{i},代码" for i in range(20)]
    content = ["名称,代码", *lines[:10], "LOST,1", *lines[10:]]
    for encoding, lost in (("utf-8", b"\xe4\xb8\xff"), ("gb18030", b"\xff\xff")):
        rows, broken = rows_of(tmp_path, "\n".join(content).encode(encoding).replace(b"LOST", lost))
        assert list(broken) == [11]
        assert broken[11].endswith(",1")
        assert "\ufffd" in broken[11]
        assert rows[12] == ("名称10", "代码")
        assert len(rows) == 20


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_column_of_which_all_cells_differ_is_read_like_any_other(tmp_path, encoding):
    cells = [(f"公司{i}", str(i), "2020-07-31") for i in range(5000)]
    lines = [
        "名称,代码,日期",
        *(",".join(row) for row in cells[:4000]),
        "LOST,x,y",
        *(",".join(row) for row in cells[4000:]),
    ]
    content = "\n".join(lines).encode(encoding).replace(b"LOST", b"\xff\xff")
    rows, broken = rows_of(tmp_path, content)
    assert broken == {4001: "\ufffd\ufffd,x,y" if encoding == "utf-8" else broken[4001]}
    assert [rows[number] for number in sorted(rows)] == cells


def test_a_letter_cut_off_at_the_very_end_does_not_change_the_encoding(tmp_path):
    cut = "名称,代码\n甲,1\n乙,丙".encode()[:-1]
    assert rows_of(tmp_path, cut) == ({1: ("甲", "1")}, {2: "乙,\ufffd"})
    whole = "name,code\n1,涓".encode("gb18030")  # E4 B8, the beginning of a letter in UTF-8
    assert rows_of(tmp_path, whole) == ({1: ("1", "涓")}, {})


def test_bytes_lost_in_a_column_that_nobody_wants_break_no_row(tmp_path):
    sheet = opened(tmp_path, "名称,代码\n甲,1\n乙,2\n".encode("gb18030").replace("乙".encode("gb18030"), b"\xff"))
    assert read(sheet, ("代码",)) == ({1: ("1",), 2: ("2",)}, {})
    [batch] = sheet.open(["代码"])
    assert batch.whole(np.array([1])) == [{"名称": "\ufffd", "代码": "2"}]


def test_half_a_letter_in_utf16_breaks_only_its_row(tmp_path):
    content = "名称,代码\n甲,1\n乙,2\n丙,3\n".encode("utf-16-le").replace("乙".encode("utf-16-le"), b"\x00\xd8")
    rows, broken = rows_of(tmp_path, codecs.BOM_UTF16_LE + content)
    assert (rows, list(broken)) == ({1: ("甲", "1"), 3: ("丙", "3")}, [2])


def test_titles_above_the_header_are_passed_over(tmp_path):
    content = "周村区行政处罚信息表,,,\n制表日期:2024-01-01,,,\n\n名称,代码,日期,金额\n甲,1,2,3\n"
    for encoding in ("utf-8", "gb18030", "utf-16"):
        sheet = opened(tmp_path, content.encode(encoding))
        assert (sheet.headers, read(sheet)[0]) == (HEADERS, {1: ("甲", "1", "2", "3")})


def test_the_best_row_is_the_header_and_of_equals_the_first(tmp_path):
    sheet = opened(tmp_path, "名称,x,y\n名称,代码,y\n名称,代码,z\n".encode())
    assert sheet.headers == ("名称", "代码", "y")
    assert read(sheet)[0] == {1: ("名称", "代码", "z")}


def test_without_any_known_header_the_first_row_with_text_is_it(tmp_path):
    assert opened(tmp_path, b"\n,\na,b\n1,2\n").headers == ("a", "b")


def test_a_header_below_thirty_rows_is_not_found(tmp_path):
    titles = "".join(f"第{i}行,\n" for i in range(30))
    assert opened(tmp_path, f"{titles}名称,代码\n".encode()).headers == ("第0行", "column_2")


def test_unnamed_and_repeated_headers_get_names_of_their_own(tmp_path):
    sheet = opened(tmp_path, " 名称 ,,名称,名称\n1,2,3,4\n".encode())
    assert sheet.headers == ("名称", "column_2", "名称_2", "名称_3")


def test_a_line_end_within_a_quoted_header_or_cell_is_text(tmp_path):
    sheet = opened(tmp_path, '"名称","罚款\n金额"\n甲,"一\r\n二"\n"乙""丙",3\n'.encode())
    assert sheet.headers == ("名称", "罚款\n金额")
    assert read(sheet)[0] == {1: ("甲", "一\r\n二"), 2: ('乙"丙', "3")}


def test_rows_too_long_or_too_short_are_broken_with_their_number(tmp_path):
    content = '名称,代码\n甲,1\n\n乙\n丙,3\n"丁\n戊",5,6\n己,7\n'
    rows, broken = rows_of(tmp_path, content.encode("gb18030"))
    assert rows == {1: ("甲", "1"), 3: ("丙", "3"), 5: ("己", "7")}
    assert broken == {2: "乙", 4: '"丁\n戊",5,6'}


def test_a_delimiter_too_many_at_the_end_is_no_fault(tmp_path):
    every = "名称,代码\n甲,1,\n乙,2,\n"
    some = "名称,代码\n甲,1,,\n乙,2\n"
    for content in (every, some):
        assert rows_of(tmp_path, content.encode()) == ({1: ("甲", "1"), 2: ("乙", "2")}, {})
    assert rows_of(tmp_path, "名称,代码\n甲,1,\n乙,2,x\n".encode()) == ({1: ("甲", "1")}, {2: "乙,2,x"})


def test_a_header_with_a_delimiter_too_many_names_no_column_that_rows_must_have(tmp_path):
    sheet = opened(tmp_path, "名称,代码,\n甲,1\n乙,2,x\n".encode())
    assert sheet.headers == ("名称", "代码", "column_3")
    assert read(sheet) == ({1: ("甲", "1", ""), 2: ("乙", "2", "x")}, {})


def test_rows_without_text_do_not_count(tmp_path):
    assert rows_of(tmp_path, '名称,代码\n,\n甲,1\n\n"",\n乙,2\n'.encode())[0] == {1: ("甲", "1"), 2: ("乙", "2")}


def test_a_quote_that_is_never_closed_breaks_one_row(tmp_path):
    content = '名称,代码\n甲,1\n乙,"2\n丙,3\n丁,4\n'
    rows, broken = rows_of(tmp_path, content.encode())
    assert rows == {1: ("甲", "1"), 3: ("丙", "3"), 4: ("丁", "4")}
    assert broken == {2: '乙,"2'}


def test_a_forgotten_quote_does_not_swallow_rows_up_to_the_next_quote(tmp_path):
    content = '名称,代码,日期\n甲,"一,2\n乙,"二",3\n丙,三,4\n'  # pyarrow: one row, 甲 | 一,2⏎乙,二" | 3
    rows, broken = rows_of(tmp_path, content.encode())
    assert rows == {2: ("乙", "二", "3"), 3: ("丙", "三", "4")}
    assert broken == {1: '甲,"一,2'}


def test_a_quote_within_a_cell_is_text(tmp_path):
    assert rows_of(tmp_path, '名称,代码\n管径3"的管,1\n"他说""好""\n了",2\n'.encode())[0] == {
        1: ('管径3"的管', "1"),
        2: ('他说"好"\n了', "2"),
    }


def test_zero_bytes_stay_in_their_cell(tmp_path):
    content = "名称,代码\n甲\0乙,1\n丙,2\n"
    for encoding in ("utf-8", "gb18030"):
        assert rows_of(tmp_path, content.encode(encoding))[0] == {1: ("甲\0乙", "1"), 2: ("丙", "2")}


def test_a_header_alone_is_a_table_without_rows(tmp_path):
    sheet = opened(tmp_path, "名称,代码\n".encode())
    assert (sheet.headers, read(sheet)) == (("名称", "代码"), ({}, {}))


@pytest.mark.parametrize("content", [b"", b"\n\n", codecs.BOM_UTF8, b" \r\n \t\n", b",,,\n,,\n"])
def test_a_file_without_text_is_refused(tmp_path, content):
    with pytest.raises(InputError) as fault:
        opened(tmp_path, content)
    assert fault.value.code == "RM-REC-020"


def test_the_same_sheet_can_be_read_twice_and_left_early(tmp_path):
    sheet = opened(tmp_path, TABLE.encode("utf-16"))
    assert list(next(sheet.open(["名称"])).columns) == ["名称"]
    assert read(sheet) == read(sheet) == (CELLS, {})


def test_the_digest_is_of_the_bytes(tmp_path):
    import hashlib

    assert opened(tmp_path, TABLE.encode()).digest == hashlib.sha256(TABLE.encode()).hexdigest()


def test_a_wrong_guess_where_a_block_ends_is_mended(tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 64)
    rows = [f'行{i},"一\n二\n三\n四{i}"' for i in range(100)]  # most line ends are quoted
    assert rows_of(tmp_path, ("名称,代码\n" + "\n".join(rows)).encode())[0] == {
        i + 1: (f"行{i}", f"一\n二\n三\n四{i}") for i in range(100)
    }


# --- The slow obvious twin: Python's csv module on the whole text at once.


def twin(text, delimiter):
    """Rows and broken rows below the header, by number."""
    lines = list(io.StringIO(text, newline=""))
    header = next(csv.reader(lines, delimiter=delimiter))
    rows, broken, number, at = {}, {}, 0, below_first_row(lines, 0, delimiter)
    while at < len(lines):
        reader = csv.reader(lines[at:], delimiter=delimiter)
        cells = next(reader)
        end = at + reader.line_num
        closed = in_order(lines[at:end], delimiter)
        fits = len(cells) >= len(header) and not any(cells[len(header) :])
        unclosed = end == len(lines) and not closed and is_open(lines[at:end], delimiter)
        doubtful = end - at > 1 and (not fits or any('"' in cell for cell in cells))
        if (doubtful and not closed) or unclosed:
            end, cells, fits = at + 1, ["broken"], False
        if any(cells):
            number += 1
            if fits:
                rows[number] = tuple(cells[: len(header)])
            else:
                broken[number] = "".join(lines[at:end]).strip()[:200]
        at = end
    return rows, broken


def below_first_row(lines, at, delimiter):
    reader = csv.reader(lines[at:], delimiter=delimiter)
    next(reader)
    return at + reader.line_num


def in_order(lines, delimiter):
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return False
    return True


def is_open(lines, delimiter):
    """Whether the last cell is still open: another line would become part of it."""
    ended = [*lines[:-1], lines[-1].rstrip("\r\n") + "\n", "END\n"]
    return list(csv.reader(ended, delimiter=delimiter))[-1] != ["END"]


LETTERS = st.sampled_from(list('甲乙丙丁ab1 ."\n,;\t|') + ["\r\n", "晐", "㐀", "𠮷"])
CELL = st.lists(LETTERS, max_size=5).map("".join)
ROW = st.lists(CELL, min_size=1, max_size=5)


@settings(max_examples=120, deadline=None)
@given(
    table=st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=12),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    size=st.sampled_from([16 << 20, 40, 97]),
)
def test_a_table_comes_back_as_it_was_written(tmp_path_factory, table, encoding, delimiter, end, quoting, size):
    text = io.StringIO()
    if end == "\r":
        quoting = csv.QUOTE_ALL  # Python's writer leaves a line feed bare where rows end with a carriage return
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows([HEADERS[:3], *table])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK", size)
        rows, broken = rows_of(tmp_path_factory.mktemp("t"), text.getvalue().encode(encoding))
    assert list(rows.values()) == [tuple(row) for row in table if any(row)]
    assert broken == {}


@settings(max_examples=250, deadline=None)
@given(
    lines=st.lists(
        st.lists(st.sampled_from(list('甲1,"') + ['""', '"甲"', ',"']), max_size=7).map("".join), max_size=12
    ),
    encoding=st.sampled_from(["utf-8", "gb18030", "utf-16"]),
    end=st.sampled_from(["\n", "\r\n"]),
    size=st.sampled_from([16 << 20, 23]),
)
@example(lines=['甲,"1', "甲,1"], encoding="utf-8", end="\n", size=23)
def test_rows_are_cut_and_numbered_like_the_slow_twin_does(tmp_path_factory, lines, encoding, end, size):
    text = end.join(["名称,代码", *lines])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK", size)
        found = rows_of(tmp_path_factory.mktemp("t"), text.encode(encoding))
    assert found == twin(text, ",")
