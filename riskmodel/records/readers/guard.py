"""Limits that keep a hostile or broken file from exhausting the machine, and the errors of libraries in our words."""

from __future__ import annotations

import copy
import lzma
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO
from zipfile import BadZipFile, ZipFile, ZipInfo

import pyarrow as pa

from riskmodel.errors import InputError
from riskmodel.fault_words import Both

# A delivery has some tens of files; a thousand is a mistake or an attack on the file system.
MAX_MEMBERS = 1_000
# Ten million penalty rows are 4 GB of text. Twice that is the most that one delivery may unpack to.
MAX_BYTES = 8 << 30
# Sheets of repeated words shrink 10 to 50 times, a bomb a thousand times. Small files may shrink as they like.
MAX_RATIO = 200
RATIO_FROM = 100 << 20
# Columns of the widest Excel sheet.
MAX_COLUMNS = 16_384
# Cells between the first and the last used one: workbook libraries keep a place for each, at 24 bytes or more.
MAX_CELLS = 100_000_000
_CHUNK = 1 << 20

# What zipfile and the decompressors raise for damaged bytes.
ZIP_FAULTS = (
    BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, NotImplementedError, RuntimeError, OSError,
    ValueError, OverflowError,
)  # fmt: skip
# What pyarrow raises; some of its errors are the usual ones of Python.
ARROW_FAULTS = (pa.lib.ArrowException, OSError, ValueError, OverflowError, TypeError)


@contextmanager
def damaged(where: str, *faults: type[Exception]) -> Iterator[None]:
    """Turn the errors of a library into RM-REC-023 (damaged file); our own pass.

    Raises
    ------
    InputError
        Damaged file (RM-REC-023), or memory exhausted (RM-REC-026).
    """
    try:
        yield
    except InputError:
        raise
    except MemoryError:
        raise too_large(where, "more than the memory of this machine") from None
    except faults as fault:
        raise InputError("RM-REC-023", where=where, found=one_line(fault)) from None


def one_line(fault: object) -> str:
    """The message of an error, on one line and not too long."""
    return " ".join(str(fault).split())[:200] or type(fault).__name__


def too_large(where: str, found: str, expected: str | None = None) -> InputError:
    """The error of a file beyond the limits (RM-REC-026)."""
    return InputError("RM-REC-026", where=where, found=found, expected=expected)


def check_directory(archive: ZipFile, where: str) -> None:
    """Refuse an archive whose directory already says that it is too large.

    Raises
    ------
    InputError
        Too many members, too many bytes or too high a ratio (RM-REC-026), or members under a password (RM-REC-024).
    """
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise too_large(where, f"{len(members)} members", f"at most {MAX_MEMBERS}")
    check_size(sum(m.file_size for m in members), sum(m.compress_size for m in members), where)
    if locked := next((m for m in members if m.flag_bits & 1), None):
        raise InputError(
            "RM-REC-024", where=f"{where}/{locked.filename}", found=Both("压缩包内有加密文件", "encrypted member")
        )


def check_size(unpacked: int, packed: int, where: str) -> None:
    """Refuse what unpacks to too much.

    Raises
    ------
    InputError
        Too many bytes, or too many for the packed size (RM-REC-026).
    """
    if unpacked > MAX_BYTES:
        raise too_large(where, f"{unpacked} bytes unpacked", f"at most {MAX_BYTES}")
    if unpacked > RATIO_FROM and unpacked > MAX_RATIO * max(packed, 1):
        raise too_large(where, f"{unpacked} bytes out of {packed}", f"at most {MAX_RATIO} times")


def unpacked(archive: ZipFile, member: ZipInfo, where: str) -> Iterator[bytes]:
    """The bytes of a member, counted as they come, since the sizes in an archive may lie.

    Raises
    ------
    InputError
        More bytes than stated or allowed (RM-REC-026).
    """
    honest = copy.copy(member)
    honest.file_size = MAX_BYTES + _CHUNK  # zipfile would stop at the stated size; other readers of the file would not
    count = 0
    handle: IO[bytes]
    with archive.open(honest) as handle:
        while chunk := handle.read(_CHUNK):
            count += len(chunk)
            if count > member.file_size:
                raise too_large(where, f"more than the {member.file_size} bytes stated", "sizes as stated")
            check_size(count, member.compress_size, where)
            yield chunk
    if count < member.file_size:
        raise InputError("RM-REC-023", where=where, found=f"{count} of {member.file_size} bytes")
