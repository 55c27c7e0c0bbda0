"""What a file really is, whatever its suffix says."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import Literal
from zipfile import ZipFile

from riskmodel.errors import InputError
from riskmodel.fault_words import Both
from riskmodel.records.readers.encodings import marked
from riskmodel.records.readers.guard import ZIP_FAULTS, damaged

Kind = Literal["delimited", "lines", "workbook", "parquet", "archive"]

_BY_SUFFIX: dict[str, Kind] = {
    ".csv": "delimited", ".tsv": "delimited", ".txt": "delimited",
    ".xlsx": "workbook", ".xlsm": "workbook", ".xls": "workbook", ".xlsb": "workbook", ".ods": "workbook",
    ".parquet": "parquet", ".jsonl": "lines", ".ndjson": "lines", ".json": "lines", ".zip": "archive",
}  # fmt: skip
SUFFIXES: tuple[str, ...] = tuple(_BY_SUFFIX)

_HEAD = 8192
_OTHERS = {
    b"%PDF": "PDF", b"\x1f\x8b": "gzip", b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!": "RAR", b"BZh": "bzip2",
    b"\xfd7zXZ": "xz", b"SQLite format 3": "SQLite (sqlite:///…)",
    b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"{\\rtf": "RTF",
}  # fmt: skip
# Web pages, mail archives of them, and the XML spreadsheets of Excel 2003 are what many systems call .xls.
_MARKUP = re.compile(r"<(!doctype|html|head|meta|table|style|body|script|div|\?xml|!--)|mime-version:", re.IGNORECASE)
# A text has line ends and tabs, but hardly other control characters; random bytes have one in nine.
_CONTROLS = bytes(c for c in range(32) if c not in b"\0\t\n\r\x0b\x0c\x1a\x1b")
_MOST_CONTROLS = 0.03


def has_reader(name: str) -> bool:
    """Whether files of this name are read."""
    return Path(name).suffix.lower() in _BY_SUFFIX


def kind(path: Path, where: str) -> Kind:
    """What the file is, by its first bytes; the suffix decides between kinds of text.

    Parameters
    ----------
    path : Path
        The file.
    where : str
        Its name for people.

    Raises
    ------
    InputError
        No such file (RM-INP-002), an empty one (RM-REC-020), a format that is not read (RM-REC-021), a web page saved
        as a workbook (RM-REC-022) or a damaged file (RM-REC-023).
    """
    if not path.exists():
        raise InputError("RM-INP-002", where=where, found=path)
    if not path.is_file():
        raise InputError(
            "RM-REC-021",
            where=where,
            found=Both("文件夹", "a folder") if path.is_dir() else Both("不是文件", "not a file"),
        )
    if not has_reader(path.name):
        raise InputError("RM-REC-021", where=where, found=path.suffix or path.name, expected=", ".join(SUFFIXES))
    with path.open("rb") as handle:
        head = handle.read(_HEAD)
    if not head.strip(codecs.BOM_UTF8 + b" \t\r\n\0"):
        raise InputError(
            "RM-REC-020", where=where, found=Both(f"{path.stat().st_size} 字节", f"{path.stat().st_size} bytes")
        )
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(path, where)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "workbook"
    if head.startswith(b"PAR1"):
        return "parquet"
    return _text(head, _BY_SUFFIX[path.suffix.lower()], where)


def _zipped(path: Path, where: str) -> Kind:
    with damaged(where, *ZIP_FAULTS), ZipFile(path) as archive:
        names = {name.replace("\\", "/") for name in archive.namelist()}
        office = "[Content_Types].xml" in names
        if office and any(name.endswith(("workbook.xml", "workbook.bin")) for name in names):
            return "workbook"
        if {"content.xml", "META-INF/manifest.xml"} <= names:
            return "workbook"
    if office:
        raise InputError(
            "RM-REC-021", where=where, found=Both("是办公文档，但不是工作簿", "an office document that is no workbook")
        )
    return "archive"


def _text(head: bytes, stated: Kind, where: str) -> Kind:
    if name := next((name for magic, name in _OTHERS.items() if head.startswith(magic)), ""):
        raise InputError("RM-REC-021", where=where, found=name)
    encoding, mark = marked(head)
    start = head[mark:].replace(b"\0", b"").decode("latin-1").lstrip()
    if _MARKUP.match(start):
        raise InputError("RM-REC-022", where=where, found=start[:60])
    if encoding.startswith("utf-"):
        head = b""  # the bytes of letters are no control characters
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls > _MOST_CONTROLS * len(head) + 2:
        raise InputError("RM-REC-023", where=where, found=f"{head[:16].hex(' ')} …")
    if re.match(r'\{\s*"|\{\s*\}|\[\s*[\[{]', start):
        return "lines"
    return "lines" if stated == "lines" and re.search(r"^\s*[{\[]", start, re.MULTILINE) else "delimited"
