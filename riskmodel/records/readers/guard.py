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
from riskmodel.fault_words import Both, library_words

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
        raise too_large(where, Both("超出本机内存", "more than the memory of this machine")) from None
    except faults as fault:
        raise InputError("RM-REC-023", where=where, found=library_words(fault)) from None


def too_large(where: str, found: str | Both, expected: str | Both | None = None) -> InputError:
    """The error of a file beyond the limits (RM-REC-026)."""
    return InputError("RM-REC-026", where=where, found=found, expected=expected)


def at_most(limit: int) -> Both:
    """The expectation of a limit."""
    return Both(f"至多 {limit}", f"at most {limit}")


def check_directory(archive: ZipFile, where: str) -> None:
    """Refuse an archive whose directory already says that it is too large.

    Raises
    ------
    InputError
        Too many members, too many bytes or too high a ratio (RM-REC-026), or members under a password (RM-REC-024).
    """
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise too_large(where, Both(f"{len(members)} 个文件", f"{len(members)} members"), at_most(MAX_MEMBERS))
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
        raise too_large(where, Both(f"解开后 {unpacked} 字节", f"{unpacked} bytes unpacked"), at_most(MAX_BYTES))
    if unpacked > RATIO_FROM and unpacked > MAX_RATIO * max(packed, 1):
        raise too_large(
            where,
            Both(f"由 {packed} 字节解开为 {unpacked} 字节", f"{unpacked} bytes out of {packed}"),
            Both(f"至多 {MAX_RATIO} 倍", f"at most {MAX_RATIO} times"),
        )


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
                raise too_large(
                    where,
                    Both(f"多于所记的 {member.file_size} 字节", f"more than the {member.file_size} bytes stated"),
                    Both("与所记大小一致", "sizes as stated"),
                )
            check_size(count, member.compress_size, where)
            yield chunk
    if count < member.file_size:
        raise InputError(
            "RM-REC-023",
            where=where,
            found=Both(f"应有 {member.file_size} 字节，只有 {count} 字节", f"{count} of {member.file_size} bytes"),
        )
