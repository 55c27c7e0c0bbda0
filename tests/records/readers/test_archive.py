"""ZIP archives: names shown right, members read without being unpacked under them, hostile archives refused."""

from __future__ import annotations

import hashlib
import io
import stat
import struct
import tempfile
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from riskmodel.errors import InputError
from riskmodel.records.readers import guard

CSV = "名称,代码\n甲,1\n".encode()


def zipped(*members, method=zipfile.ZIP_DEFLATED):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return content.getvalue()


def workbook(*sheets):
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        for name in sheets:
            book.add_worksheet(name).write_column(0, 0, ["名称", name])
    return content.getvalue()


def code_of(found, content, **options):
    with pytest.raises(InputError) as fault:
        found("c.zip", content, **options)
    return fault.value.code


@pytest.fixture(autouse=True)
def temporary(tmp_path_factory, monkeypatch):
    """A folder for temporary files, which must be empty after each test."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def test_all_formats_are_read_from_an_archive(found, read):
    content = zipped(("folder/a.csv", CSV), ("b.xlsx", workbook("一", "二")), ("c.jsonl", b'{"a": 1}\n'))
    sheets = found("c.zip", content)
    assert [s.file for s in sheets] == ["c.zip/folder/a.csv", "c.zip/b.xlsx#一", "c.zip/b.xlsx#二", "c.zip/c.jsonl"]
    assert sheets[0].digest == hashlib.sha256(CSV).hexdigest()
    assert [list(read(s)[0].values()) for s in sheets] == [[("甲", "1")], [("一",)], [("二",)], [("1",)]]
    assert read(sheets[0]) == read(sheets[0])


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_chinese_names_without_the_flag_for_utf8_are_shown_right(found, read, encoding):
    name = "处罚信息.csv"
    content = zipped(("x" * len(name.encode(encoding)), CSV)).replace(
        b"x" * len(name.encode(encoding)), name.encode(encoding)
    )
    [sheet] = found("c.zip", content)
    assert (sheet.file, read(sheet)[0]) == (f"c.zip/{name}", {1: ("甲", "1")})
    assert found("c.zip", zipped((name, CSV)))[0].file == f"c.zip/{name}"


def test_one_member_or_one_sheet_of_it_can_be_asked_for(found):
    content = zipped(("a.csv", CSV), ("b.xlsx", workbook("一", "二")))
    assert [s.file for s in found("c.zip", content, sheet="a.csv")] == ["c.zip/a.csv"]
    assert [s.file for s in found("c.zip", content, sheet="b.xlsx#二")] == ["c.zip/b.xlsx#二"]
    assert code_of(found, content, sheet="z.csv") == "RM-REC-027"
    assert code_of(found, content, sheet="b.xlsx#三") == "RM-REC-027"


def test_what_systems_leave_behind_and_other_kinds_of_files_are_passed_over(found):
    others = ("__MACOSX/._a.csv", ".DS_Store", "~$b.xlsx", "Thumbs.db", "公函.pdf", "folder/.hidden.csv")
    sheets = found("c.zip", zipped(("a.csv", CSV), *((name, b"\0") for name in others), ("folder/", b"")))
    assert [s.file for s in sheets] == ["c.zip/a.csv"]
    assert code_of(found, zipped(("公函.pdf", b"%PDF"))) == "RM-REC-020"
    assert code_of(found, zipped()) == "RM-REC-020"


@pytest.mark.parametrize(
    "name",
    ["/etc/a.csv", "\\a.csv", "C:/a.csv", "c:a.csv", "../a.csv", "x/../../a.csv", "x\\..\\a.csv", "..", "a\n.csv"],
)
def test_unsafe_names_are_refused(found, name):
    assert code_of(found, zipped(("good.csv", CSV), (name, CSV))) == "RM-REC-025"


def test_links_are_refused(found):
    link = zipfile.ZipInfo("a.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert code_of(found, zipped((link, "/etc/passwd"))) == "RM-REC-025"


def test_an_archive_within_the_archive_is_refused_by_name_and_by_content(found):
    inner = zipped(("a.csv", CSV))
    assert code_of(found, zipped(("inner.zip", inner))) == "RM-REC-025"
    assert code_of(found, zipped(("a.rar", b"Rar!"))) == "RM-REC-025"
    assert code_of(found, zipped(("inner.csv", inner))) == "RM-REC-025"


def test_an_encrypted_member_is_refused(found):
    content = bytearray(zipped(("a.csv", CSV)))
    for head, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(head) + flags] |= 1
    assert code_of(found, bytes(content)) == "RM-REC-024"


def test_too_many_members_are_refused(found, monkeypatch):
    monkeypatch.setattr(guard, "MAX_MEMBERS", 3)
    assert len(found("c.zip", zipped(*((f"{i}.csv", CSV) for i in range(3))))) == 3
    assert code_of(found, zipped(*((f"{i}.csv", CSV) for i in range(4)))) == "RM-REC-026"


def test_too_many_bytes_are_refused(found, monkeypatch):
    monkeypatch.setattr(guard, "MAX_BYTES", 1000)
    half = CSV + b"x,1\n" * 100
    assert len(found("c.zip", zipped(("a.csv", half), ("b.csv", half)))) == 2
    assert code_of(found, zipped(*((f"{i}.csv", half) for i in range(3)))) == "RM-REC-026"


def test_a_bomb_is_refused(found):
    bomb = zipped(("a.csv", CSV + b"x,1\n" * (30 << 20)))  # 120 MB of equal lines
    assert len(bomb) < 1 << 20
    assert code_of(found, bomb) == "RM-REC-026"


def test_a_member_that_is_longer_than_it_says_is_refused(found):
    content = zipped(("a.csv", CSV * 100))
    length = struct.pack("<I", len(CSV) * 100)
    assert content.count(length) == 2  # before the member and in the directory
    assert code_of(found, content.replace(length, struct.pack("<I", 30))) == "RM-REC-026"
    assert code_of(found, content.replace(length, struct.pack("<I", 10**6))) == "RM-REC-023"


def test_damaged_archives_are_called_damaged(found):
    content = zipped(("a.csv", CSV * 100))
    assert code_of(found, content[:-30]) == "RM-REC-023"
    assert code_of(found, content[:40] + b"\xff" * 8 + content[48:]) == "RM-REC-023"
    assert code_of(found, content.replace(b"\x08\x00", b"\x63\x00")) == "RM-REC-023"  # an unknown compression


def test_temporary_files_vanish_if_reading_stops_early(tmp_path, score, temporary):
    from riskmodel.records.readers import sheets

    path = tmp_path / "c.zip"
    path.write_bytes(zipped(("a.csv", CSV), ("b.csv", CSV)))
    opened = sheets(path, score=score)
    first = next(opened)
    assert len(list(temporary.iterdir())) == 1
    opened.close()
    assert list(temporary.iterdir()) == []
    batches = first.open(["名称"])
    batch = next(batches)
    assert len(list(temporary.iterdir())) == 1
    batches.close()
    assert list(temporary.iterdir()) == []
    assert [Path(str(name)).name for name in batch.columns] == ["名称"]
