"""Cut text into rows one by one, saying which rows are broken: Python's own reader, for blocks that are not plain.

A row is broken if it has too few cells, or more than the header that are not empty. A row over several lines is what a
quoted line end makes, but also what a forgotten quote makes of the rows below it; where such a row does not fit and its
quotes are not in order, only its first line is broken and reading goes on with the next.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

# Python's csv wants text; in this encoding every byte is a letter, and comes back as it was.
BYTES = "latin-1"
# Stands alone on a line behind the last row, where no open quote swallows it.
_STOP = "\x1e\x1e\n"


@dataclass(frozen=True)
class Shape:
    """How the rows of a file are cut.

    Attributes
    ----------
    delimiter : str
        Between cells.
    named : int
        Cells that a row must have: up to the last column with a name.
    columns : int
        Cells that a row may have; further ones must be empty.
    width : int
        Cells that most rows have.
    """

    delimiter: str
    named: int
    columns: int
    width: int

    def fits(self, cells: Sequence[str]) -> bool:
        """Whether a row has all cells and none too many."""
        return len(cells) >= self.named and not any(cells[self.columns :])


@dataclass
class Cut:
    """Rows of a block.

    Attributes
    ----------
    rows : list of list of str
        Cells of the rows that fit, all of them as long as the header.
    numbers : list of int
        Their numbers, from 1.
    broken : dict of int to str
        Number and text of the others.
    used : int
        Bytes that these rows take; the rest is the beginning of a row.
    count : int
        Number of rows, empty ones not counted.
    """

    rows: list[list[str]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    broken: dict[int, str] = field(default_factory=dict)
    used: int = 0
    count: int = 0


def cut(data: bytes, shape: Shape, *, last: bool) -> Cut:
    """Cut a block into rows.

    Parameters
    ----------
    data : bytes
        Whole rows, and perhaps the beginning of one more.
    shape : Shape
        Delimiter and number of cells.
    last : bool
        Whether the file ends here; otherwise the last row is left for the next block, also if it is the only one.
    """
    lines = list(io.StringIO(data.decode(BYTES), newline=""))
    found = Cut(used=len(data))
    if last:
        lines[-1:] = [lines[-1].rstrip("\r\n") + "\n", _STOP]
    for cells, start, end in _records(lines, shape, last=last):
        if end == len(lines):
            found.used = len(data) if last else len("".join(lines[:start]))
            break
        if cells is not None and not any(cells):
            continue
        found.count += 1
        if cells is not None and shape.fits(cells):
            found.rows.append((cells + [""] * (shape.columns - len(cells)))[: shape.columns])
            found.numbers.append(found.count)
        else:
            found.broken[found.count] = "".join(lines[start:end])
    return found


def _records(lines: list[str], shape: Shape, *, last: bool) -> Iterator[tuple[list[str] | None, int, int]]:
    """Cells (None if they cannot be told apart), first line and the line behind the last one, of each row."""
    start = 0
    while start < len(lines):
        first = start
        reader = csv.reader((lines[i] for i in range(first, len(lines))), delimiter=shape.delimiter)
        try:
            for cells in reader:
                end = first + reader.line_num
                if not last and end == len(lines):
                    yield cells, start, end  # there may be more of it
                    return
                if end - start > 1 and _doubtful(cells, shape) and not _in_order(lines[start:end], shape.delimiter):
                    break
                yield cells, start, end
                start = end
            else:
                return
        except csv.Error:
            pass
        yield None, start, start + 1
        start += 1


def _doubtful(cells: Sequence[str], shape: Shape) -> bool:
    return not shape.fits(cells) or any('"' in cell or _STOP in cell for cell in cells)


def _in_order(lines: Sequence[str], delimiter: str) -> bool:
    """Whether every quote that opens is closed right before a delimiter or line end."""
    try:
        return len(list(csv.reader(lines, delimiter=delimiter, strict=True))) == 1
    except csv.Error:
        return False
