"""Which encoding a text file is in, found by looking at all of it."""

from __future__ import annotations

import codecs
import hashlib
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedIOBase, RawIOBase
from pathlib import Path
from typing import cast

import numpy as np
import pyarrow as pa

_CHUNK = 1 << 20
_WINDOW = 2 << 20
_BOMS = {
    codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF32_LE: "utf-32-le", codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be", "\ufeff".encode("gb18030"): "gb18030",
}  # fmt: skip
# In UTF-16 these have a zero byte beside them, always on the same side.
_MARKS = b"\r\n,\t;|"
# In these encodings no byte of a letter looks like a comma, tab, semicolon, quote or line end, so that their bytes can
# be cut into cells as they are. The others are rewritten first.
SAFE = ("utf-8", "gb18030")


@dataclass(frozen=True)
class Text:
    """A text file.

    Attributes
    ----------
    seal : callable
        SHA-256 of its bytes, once another thread has read them all.
    encoding : str
        Name of the codec.
    mark : int
        Length of the byte order mark.
    """

    seal: Callable[[], str]
    encoding: str
    mark: int


def examine(path: Path) -> Text:
    """Seal and encoding of a file. While its digest is made in another thread, it may be read already.

    UTF-8 where every byte fits; else GB18030 (which contains GBK), unless most lines with Chinese are UTF-8, in which
    case some bytes are damaged.
    """
    worker = ThreadPoolExecutor(1)
    digest = worker.submit(_digest, path)
    worker.shutdown(wait=False)
    with path.open("rb", buffering=0) as handle:
        encoding, mark = marked(handle.read(_CHUNK))
        if not encoding:
            failed = _failing(handle)
            encoding = "utf-8" if failed < 0 else _likely(handle, failed)
    return Text(digest.result, encoding, mark)


def _digest(path: Path) -> str:
    with path.open("rb", buffering=0) as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _failing(handle: RawIOBase) -> int:
    """Where about UTF-8 fails first, -1 if nowhere."""
    room, carry, offset = memoryview(bytearray(_CHUNK)), b"", 0
    handle.seek(0)
    while size := handle.readinto(room):
        carry, valid = _utf8(carry + room[:size])
        if not valid:
            return offset
        offset += size
    return -1 if _whole(carry) else max(0, offset - _CHUNK)


def marked(head: bytes) -> tuple[str, int]:
    """Encoding and length of a byte order mark; without one UTF-16 if zero bytes give it away, else ('', 0)."""
    for mark, encoding in _BOMS.items():
        if head.startswith(mark):
            return encoding, len(mark)
    sample = np.frombuffer(head[: min(len(head), 1 << 16) & ~1], np.uint8).reshape(-1, 2)
    marks = np.isin(sample, np.frombuffer(_MARKS, np.uint8))
    for encoding, letter, zero in (("utf-16-le", 0, 1), ("utf-16-be", 1, 0)):
        wide = marks[:, letter] & (sample[:, zero] == 0)
        if wide.any() and 2 * wide.sum() > marks.sum() and not (sample == 0).all(axis=1).any():
            return encoding, 0
    return "", 0


def _utf8(chunk: bytes) -> tuple[bytes, bool]:
    """The last letter, which may be cut, and whether all before it is UTF-8."""
    end = len(chunk)
    while end and len(chunk) - end < 4 and chunk[end - 1] & 0xC0 == 0x80:
        end -= 1
    end -= 1 if end and chunk[end - 1] >= 0xC0 else 0
    return chunk[end:], _whole(chunk[:end])


def _whole(data: bytes) -> bool:
    try:
        pa.array([data], pa.binary()).cast(pa.string())
    except pa.ArrowInvalid:
        return False
    return True


def _likely(handle: RawIOBase, failed: int) -> str:
    """The encoding in which more lines with Chinese can be read, around the place where UTF-8 fails first."""
    utf8 = total = 0
    handle.seek(failed)
    for line in handle.read(_WINDOW).splitlines():
        if not line.isascii():
            total += 1
            utf8 += line.decode("utf-8", "ignore").encode() == line
    return "utf-8" if 2 * utf8 > total else "gb18030"


@contextmanager
def rewritten(path: Path, text: Text) -> Iterator[BufferedIOBase]:
    """The file in UTF-8, in a temporary file without a name; what cannot be decoded becomes an invalid byte sequence.

    So the lines that hold it are found later, like those of any other file.
    """
    codecs.register_error("riskmodel.lost", _lost)
    decoder = codecs.getincrementaldecoder(text.encoding)("riskmodel.lost")
    with tempfile.TemporaryFile() as copy, path.open("rb") as handle:
        handle.seek(text.mark)
        while chunk := handle.read(_CHUNK):
            copy.write(decoder.decode(chunk).encode("utf-8", "surrogatepass"))
        copy.write(decoder.decode(b"", True).encode("utf-8", "surrogatepass"))
        copy.seek(0)
        yield cast(BufferedIOBase, copy)


def _lost(fault: UnicodeError) -> tuple[str, int]:
    if not isinstance(fault, UnicodeDecodeError):
        raise fault
    return "\udcff", fault.end
