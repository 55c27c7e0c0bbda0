"""Files that are broken in every way a transfer breaks them: what is wrong is told in one language."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from riskmodel.errors import InputError

HERE = Path(__file__).parent
CHINESE = re.compile(r"[\u3400-\u9fff]")
# Words side by side make a phrase; codes, names of parts and bytes in hexadecimal stand alone.
PHRASE = re.compile(r"\b[A-Za-z]{2,} [A-Za-z]{2,}\b|Error|Exception")


def workbook() -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet("处罚")
        for row in range(30):
            sheet.write_row(row, 0, [f"文{row}{column}" for column in range(5)])
    return stream.getvalue()


def parquet() -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table({"列": ["a"] * 200, "b": list(range(200))}), stream)
    return stream.getvalue()


def archive() -> bytes:
    stream = io.BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as packed:
        packed.writestr("a.csv", "列,b\n" + "1,2\n" * 500)
    return stream.getvalue()


def changed(content: bytes, part: str, change: Callable[[bytes], bytes | None]) -> bytes:
    stream = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as old, ZipFile(stream, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            inside = change(old.read(name)) if name == part else old.read(name)
            if inside is not None:
                new.writestr(name, inside)
    return stream.getvalue()


def broken(content: bytes, parts: tuple[str, ...]) -> Iterator[bytes]:
    rng = random.Random(0)
    for share in (0.05, 0.5, 0.97):
        yield content[: int(len(content) * share)]
    for _ in range(12):
        flipped = bytearray(content)
        for _ in range(rng.choice((1, 5, 50))):
            flipped[rng.randrange(len(flipped))] = rng.randrange(256)
        yield bytes(flipped)
    for part in parts:
        yield changed(content, part, lambda inside: None)
        yield changed(content, part, lambda inside: b"")
        yield changed(content, part, lambda inside: inside[: len(inside) // 2])


SHEET = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml")
FILES: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "a.xlsx": (workbook(), SHEET), "a.parquet": (parquet(), ()), "a.zip": (archive(), ()),
    "a.xls": ((HERE / "merged.xls").read_bytes(), ()),
    "a.ods": ((HERE / "merged.ods").read_bytes(), ("content.xml", "META-INF/manifest.xml")),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_broken_file_is_told_in_one_language(found, name):
    content, parts = FILES[name]
    told = set()
    for number, bad in enumerate(broken(content, parts)):
        try:
            found(name, bad)
        except InputError as fault:
            line = re.sub(r"\b[0-9a-f]{2}\b", "", fault.message("zh").splitlines()[2])
            assert not PHRASE.search(line), (number, line)
            assert not CHINESE.search(fault.message("en").replace("处罚", "")), (number, fault.message("en"))
            told.add(line)
    assert len(told) > 1  # not one sentence for everything
