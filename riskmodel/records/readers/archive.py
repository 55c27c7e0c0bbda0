"""ZIP archives of exports: members are unpacked one by one into a temporary file, never under their own names."""

from __future__ import annotations

import re
import stat
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from zipfile import ZipFile, ZipInfo

from riskmodel.errors import InputError
from riskmodel.fault_words import Both
from riskmodel.records.raw import RawBatch
from riskmodel.records.readers.found import Found
from riskmodel.records.readers.guard import ZIP_FAULTS, check_directory, damaged, unpacked
from riskmodel.records.readers.kinds import has_reader

_UNSAFE = re.compile(r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)|[\x00-\x1f]")
_ARCHIVES = (".zip", ".rar", ".7z", ".gz", ".tar", ".tgz", ".bz2", ".xz")
# What operating systems and office programs leave in folders.
_LEFT_OVERS = re.compile(r"(^|/)(\.|~\$|__MACOSX/|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
_UTF8_FLAG = 0x800

# File, its name for people and the wanted sheet → the tables in it.
Find = Callable[[Path, str, "str | None"], Iterator[Found]]


def find(path: Path, where: str, *, inside: Find, only: str | None = None) -> Iterator[Found]:
    """The tables in an archive.

    Parameters
    ----------
    path : Path
        The archive.
    where : str
        Its name for people.
    inside : callable
        Finds the tables in a member.
    only : str, optional
        The one member, or sheet of one (``b.xlsx#Sheet1``), to read.

    Raises
    ------
    InputError
        No data file in it (RM-REC-020), a damaged one (RM-REC-023), one under a password (RM-REC-024), an unsafe name
        or an archive within the archive (RM-REC-025), too much in it (RM-REC-026), no such member (RM-REC-027).
    """
    members = _members(path, where)
    wanted = {name: sheet for name in members for sheet in _sheet(name, only)}
    if not members:
        raise InputError("RM-REC-020", where=where, found=Both("压缩包内没有数据文件", "no data file in the archive"))
    if not wanted:
        raise InputError("RM-REC-027", where=where, found=only, expected=", ".join(members))
    for name, sheet in wanted.items():
        place = f"{where}/{name}"
        with _file(path, members[name], place) as file:
            for found in inside(file, place, sheet):
                read = partial(_read, found, members[name], place)
                seal = partial(str, found.seal())  # the member is gone afterwards
                yield replace(found, part=f"/{name}{found.part}", seal=seal, read=read)


def _read(found: Found, member: int, place: str, path: Path, wanted: Collection[str]) -> Iterator[RawBatch]:
    with _file(path, member, place) as file:
        yield from found.read(file, wanted)


def _sheet(name: str, only: str | None) -> list[str | None]:
    """The sheet to read of a member (None for all) in a list; an empty list if the member is not wanted."""
    if only is None or only == name:
        return [None]
    return [only.removeprefix(f"{name}#")] if only.startswith(f"{name}#") else []


def _members(path: Path, where: str) -> dict[str, int]:
    """Name → position in the directory, of the data files."""
    found: dict[str, int] = {}
    with damaged(where, *ZIP_FAULTS), ZipFile(path) as archive:
        check_directory(archive, where)
        for i, member in enumerate(archive.infolist()):
            name = _name(member)
            if _UNSAFE.search(name) or stat.S_ISLNK(member.external_attr >> 16):
                raise InputError(
                    "RM-REC-025",
                    where=where,
                    found=Both(f"{name[:60]!r}：名称不安全或是链接", f"{name[:60]!r}: unsafe name or link"),
                )
            if member.is_dir() or name.endswith("/") or _LEFT_OVERS.search(name):
                continue
            if PurePosixPath(name).suffix.lower() in _ARCHIVES:
                raise InputError(
                    "RM-REC-025",
                    where=where,
                    found=Both(f"{name}：压缩包内还有压缩包", f"{name}: an archive within the archive"),
                )
            if name in found:
                raise InputError(
                    "RM-REC-025",
                    where=where,
                    found=Both(f"{name}：有两个同名文件", f"{name}: two members of this name"),
                )
            if has_reader(name):
                found[name] = i
    return found


def _name(member: ZipInfo) -> str:
    """The name as its author saw it. Without the flag for UTF-8 it may be in UTF-8 (macOS) or GBK (Chinese Windows)."""
    if member.flag_bits & _UTF8_FLAG:
        return member.orig_filename
    letters = member.orig_filename.encode("cp437")  # which zipfile took them for
    for encoding in ("utf-8", "gb18030"):
        try:
            return letters.decode(encoding)
        except UnicodeDecodeError:
            continue
    return member.orig_filename


@contextmanager
def _file(path: Path, member: int, place: str) -> Iterator[Path]:
    """A member as a file that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="riskmodel-") as folder:
        with damaged(place, *ZIP_FAULTS), ZipFile(path) as archive:
            info = archive.infolist()[member]
            file = Path(folder) / f"member{PurePosixPath(_name(info)).suffix.lower()}"
            with file.open("wb") as handle:
                for chunk in unpacked(archive, info, place):
                    handle.write(chunk)
        yield file
