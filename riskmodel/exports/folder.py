"""A run folder that appears whole or not at all.

The folder is filled aside, flushed to disk, and renamed into place. An earlier run folder is first renamed aside, so
between two renames the target is missing for a moment; a process killed just then leaves the earlier folder complete
beside it, and the next call of `write_whole` or `recover` puts it back. (One atomic exchange exists on Linux only;
renames work everywhere.)

Names beside a target ``2025-06-30``: ``.2025-06-30.partial-<pid>`` is being filled, ``.2025-06-30.former-<pid>`` is the
earlier folder on its way out, ``.2025-06-30.discarded-<pid>`` is being deleted, ``2025-06-30.kept-1`` is an earlier
folder in which somebody had changed or added files: what people wrote is never deleted.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from riskmodel.errors import RunError

MARKER = "run.json"
MANIFEST = "files.sha256"
# What file managers leave behind is nobody's work.
_TRACES = (".DS_Store", "Thumbs.db", "desktop.ini")


def write_whole(folder: Path, fill: Callable[[Path], None]) -> Path | None:
    """Fill a folder aside and put it into place whole.

    Parameters
    ----------
    folder : Path
        The run folder. It may be missing, empty, or the folder of an earlier run.
    fill : callable
        Writes everything, ``run.json`` included, into the folder that it is given.

    Returns
    -------
    Path or None
        Where an earlier folder was kept because it differs from what was written then.

    Raises
    ------
    RunError
        If something else stands at the target (RM-RUN-001). Whatever `fill` raises; the target is untouched then.
    """
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    recover(folder)
    _check_target(folder)
    partial = _beside(folder, "partial")
    partial.mkdir()
    try:
        fill(partial)
        if not (partial / MARKER).is_file():
            raise ValueError(f"fill must write {MARKER}")
        (partial / MANIFEST).write_text(_manifest(partial), encoding="utf-8", newline="\n")
        _flush(partial)
        return _swap(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def recover(folder: Path) -> None:
    """Put back a folder that a killed process had moved aside, and remove what dead processes left behind."""
    folder = folder.resolve()
    if not folder.parent.is_dir():
        return
    for former in _left_by_the_dead(folder, "former"):
        if folder.exists():
            _retire(former, folder)
        else:
            former.rename(folder)
    for state in ("partial", "discarded"):
        for left in _left_by_the_dead(folder, state):
            shutil.rmtree(left, ignore_errors=True)


def is_run_folder(folder: Path) -> bool:
    """Whether a folder was written by a run."""
    return (folder / MARKER).is_file()


def _check_target(folder: Path) -> None:
    if not folder.exists() or is_run_folder(folder):
        return
    if folder.is_dir() and not any(folder.iterdir()):
        return
    raise RunError("RM-RUN-001", where="--out", found=folder)


def _swap(partial: Path, folder: Path) -> Path | None:
    if not folder.exists():
        partial.rename(folder)
        _flush_entry(folder.parent)
        return None
    former = _beside(folder, "former")
    folder.rename(former)
    try:
        partial.rename(folder)
    except BaseException:
        former.rename(folder)
        raise
    _flush_entry(folder.parent)
    return _retire(former, folder)


def _retire(former: Path, folder: Path) -> Path | None:
    """Delete an earlier folder, or keep it where it holds something that the run did not write."""
    if _as_written(former):
        # renamed first: a folder deleted by half must not pass for one that somebody changed
        discarded = _beside(folder, "discarded")
        former.rename(discarded)
        shutil.rmtree(discarded, ignore_errors=True)
        return None
    number = 1
    while (kept := folder.with_name(f"{folder.name}.kept-{number}")).exists():
        number += 1
    former.rename(kept)
    return kept


def _as_written(folder: Path) -> bool:
    manifest = folder / MANIFEST
    if not any(folder.iterdir()):
        return True
    return manifest.is_file() and manifest.read_text(encoding="utf-8") == _manifest(folder)


def _manifest(folder: Path) -> str:
    """Digest and name of every file, in the format of ``sha256sum``, which can check it."""
    lines = [f"{_digest(path)}  {path.relative_to(folder).as_posix()}" for path in _files(folder)]
    return "".join(f"{line}\n" for line in lines)


def _files(folder: Path) -> list[Path]:
    found = [p for p in folder.rglob("*") if p.is_file() and p != folder / MANIFEST and p.name not in _TRACES]
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _beside(folder: Path, state: str) -> Path:
    return folder.with_name(f".{folder.name}.{state}-{os.getpid()}")


def _left_by_the_dead(folder: Path, state: str) -> Iterator[Path]:
    """Folders of a state whose process is gone, oldest first."""
    start = f".{folder.name}.{state}-"
    left = [path for path in folder.parent.iterdir() if path.name.startswith(start)]
    for path in sorted(left, key=lambda path: (path.stat().st_mtime_ns, path.name)):
        number = path.name.removeprefix(start)
        if number.isdigit() and not _alive(int(number)):
            yield path


def _alive(process: int) -> bool:
    if process == os.getpid():
        return False  # a process writes one folder at a time: what bears our number is from an earlier process
    if os.name != "posix":
        return True  # no harmless way to ask: leave it
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _flush(folder: Path) -> None:
    """Everything in a folder reaches the disk before the folder takes its name."""
    for path in sorted(folder.rglob("*"), reverse=True):
        _flush_entry(path)
    _flush_entry(folder)


def _flush_entry(path: Path) -> None:
    if os.name != "posix":
        return  # folders cannot be opened there
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
