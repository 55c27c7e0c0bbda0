"""Cut delimited text into rows, a block of bytes at a time, at the speed of pyarrow.

Blocks end at a line end. Behind each block stands a row of marks: if pyarrow gives it back as a row of its own, the
block did not end within a quoted cell. A block in which anything is unusual is cut anew by `careful`.
"""

from __future__ import annotations

import weakref
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BufferedIOBase

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from riskmodel.fault_words import Both
from riskmodel.records.readers import careful
from riskmodel.records.readers.careful import BYTES, Shape
from riskmodel.records.readers.guard import too_large

# Some 40,000 penalty rows. Smaller blocks repeat the distinct texts more often; for larger ones the allocator maps
# fresh memory each time, which takes longer than parsing.
BLOCK = 16 << 20
# A file of one endless line is no table.
_LONGEST_ROW = 256 << 20
# Bytes that are looked at together: what this makes stays in the cache.
_PIECE = 1 << 18
_MARK = b"\x1e\x1e"
# Quoted line ends at the end of a block that are passed over in search of an unquoted one.
_MOST_STEPS = 1_000


@dataclass(frozen=True)
class Block:
    """Rows of a block.

    Attributes
    ----------
    data : bytearray
        The bytes; a block may use them only in part.
    size : int
        How many of them make up these rows.
    numbers : ndarray of int64
        Numbers of the rows, from 1.
    columns : mapping of int to pyarrow.Array of binary
        The wanted cells by position of their column.
    broken : mapping of int to bytes
        Number and text of rows that do not fit.
    count : int
        Number of rows, with the broken ones.
    """

    data: bytearray
    size: int
    numbers: np.ndarray
    columns: Mapping[int, pa.Array]
    broken: Mapping[int, bytes]
    count: int


def blocks(handle: BufferedIOBase, start: int, *, shape: Shape, wanted: Sequence[int], where: str) -> Iterator[Block]:
    """All rows of a file.

    Parameters
    ----------
    handle : file
        Open for reading bytes.
    start : int
        Where the first row begins.
    shape : Shape
        How rows are cut.
    wanted : sequence of int
        Positions of the columns to read.
    where : str
        Name of the file for people.

    Raises
    ------
    InputError
        A row that never ends (RM-REC-026).
    """
    position, room, end = start, BLOCK, handle.seek(0, 2)
    # The bytes of a block that nobody holds any more are used again: fresh memory costs more than reading into it.
    free: list[bytearray] = []
    while True:
        handle.seek(position)
        room = min(room, end - position + 1)  # one more than there is, to see that it is the last block
        needed = room + len(_marks(shape))
        data = free.pop() if free and len(free[-1]) >= needed else bytearray(needed)
        size = _fill(handle, memoryview(data)[:room])
        if not size:
            return
        block = _first(data, size, shape, wanted, last=size < room)
        position += block.size
        room = BLOCK if block.size else 2 * room  # no row ends in the block
        if room > _LONGEST_ROW:
            raise too_large(where, Both(f"有超过 {_LONGEST_ROW} 字节的行", f"a row of more than {_LONGEST_ROW} bytes"))
        weakref.finalize(block, free.append, data)
        if block.size:
            yield block
        del block, data


def cells(block: Block, wanted: Sequence[int], *, shape: Shape) -> Block:
    """The same rows, other columns."""
    return _plain(block.data, block.size, shape, wanted) or _careful(block.data, block.size, shape, wanted, last=True)


def _fill(handle: BufferedIOBase, room: memoryview) -> int:
    size = 0
    while more := handle.readinto(room[size:]):
        size += more
    return size


def _first(data: bytearray, size: int, shape: Shape, wanted: Sequence[int], *, last: bool) -> Block:
    for end in [size] if last else _ends(data, size):
        if block := _plain(data, end, shape, wanted):
            return block
    return _careful(data, size, shape, wanted, last=last)


def _ends(data: bytearray, size: int) -> Iterator[int]:
    """Where the block may end: behind its last line; or, should that be quoted, behind the last line that is not."""
    guess = end = _line_end(data, size)
    if not end:
        return
    yield guess
    quotes = data.count(b'"', 0, end)
    for _ in range(_MOST_STEPS):
        if quotes % 2 == 0 or not end:
            break
        before = _line_end(data, end - 1)
        quotes -= data.count(b'"', before, end)
        end = before
    if end and end != guess and quotes % 2 == 0:
        yield end


def _line_end(data: bytearray, before: int) -> int:
    return max(data.rfind(b"\n", 0, before), data.rfind(b"\r", 0, before)) + 1


def _plain(data: bytearray, size: int, shape: Shape, wanted: Sequence[int]) -> Block | None:
    """The rows of a block in which every row has as many cells as usual; else None."""
    table = _parsed(data, size, shape, {*wanted, *range(shape.columns, shape.width)})
    if table is None or any(pc.any(_filled(table[str(i)])).as_py() for i in range(shape.columns, shape.width)):
        return None
    if _lines(data, size) != len(table) and _doubtful(_parsed(data, size, shape, range(shape.width))):
        return None
    if _empty(table).any():
        table = table.filter(pa.array(~_empty(_parsed(data, size, shape, range(shape.width)))))
    absent = pa.repeat(pa.scalar(b"", pa.binary()), len(table))
    columns = {i: table[str(i)].combine_chunks() if i < shape.width else absent for i in wanted}
    return Block(data, size, np.arange(1, len(table) + 1, dtype=np.int64), columns, {}, len(table))


def _parsed(data: bytearray, size: int, shape: Shape, wanted: Collection[int]) -> pa.Table | None:
    """Columns of bytes, named by their position; None if rows differ in length or the block ends within a cell."""
    names = [str(i) for i in range(shape.width)]
    read = [str(i) for i in sorted(wanted) if i < shape.width] or names[:1]
    marks = _marks(shape)
    behind, data[size : size + len(marks)] = data[size : size + len(marks)], marks
    try:
        table = pacsv.read_csv(
            pa.py_buffer(memoryview(data)[: size + len(marks)]),
            pacsv.ReadOptions(column_names=names, block_size=size + len(marks) + 1, use_threads=False),
            # Quoted line ends are allowed all the same: the option is about blocks, and this is a single one.
            pacsv.ParseOptions(delimiter=shape.delimiter, newlines_in_values=False),
            pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.binary()), include_columns=read, check_utf8=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    finally:
        data[size : size + len(marks)] = behind
    rows = len(table) - 1
    return table.slice(0, rows) if rows >= 0 and table[0][rows].as_py() == _MARK else None


def _marks(shape: Shape) -> bytes:
    """A row of marks, with a line end before it in case the last row of the file has none."""
    return b"\n" + shape.delimiter.encode().join([_MARK] * shape.width) + b"\n"


def _lines(data: bytearray, size: int) -> int:
    letters = np.frombuffer(data, np.uint8, size)
    ends = sum(int(np.count_nonzero(letters[i : i + _PIECE] == ord("\n"))) for i in range(0, size, _PIECE))
    ends += data[size - 1] not in b"\r\n"
    if data.find(b"\r", 0, size) >= 0:
        ends += data.count(b"\r", 0, size) - data.count(b"\r\n", 0, size)
    return ends


def _filled(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.greater(pc.binary_length(column), 0)


def _empty(table: pa.Table) -> np.ndarray:
    """Rows without any text."""
    empty = np.ones(len(table), dtype=bool)
    for column in table.columns:
        if empty.any():
            empty &= ~_filled(column).to_numpy()
    return empty


def _doubtful(table: pa.Table) -> bool:
    """Whether a row has both a line end and a quote in its cells: a forgotten quote may have swallowed rows."""
    broken, quoted = np.zeros((2, len(table)), dtype=bool)
    for column in table.columns:
        for end in ("\n", "\r"):
            broken |= pc.match_substring(column, end).to_numpy()
        quoted |= pc.match_substring(column, '"').to_numpy()
    return bool((broken & quoted).any())


def _careful(data: bytearray, size: int, shape: Shape, wanted: Sequence[int], *, last: bool) -> Block:
    found = careful.cut(bytes(data[:size]), shape, last=last)
    columns = {i: pa.array([row[i].encode(BYTES) for row in found.rows], pa.binary()) for i in wanted}
    broken = {number: text.encode(BYTES) for number, text in found.broken.items()}
    return Block(data, found.used, np.array(found.numbers, dtype=np.int64), columns, broken, found.count)
