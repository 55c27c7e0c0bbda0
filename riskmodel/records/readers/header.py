"""Which row of a sheet is its header, and what the columns are called."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from riskmodel.fault_words import Both
from riskmodel.records.readers.guard import MAX_COLUMNS, at_most, too_large

# Title, date of the table, unit, notes: more rows than this stand above no header.
HEAD_ROWS = 30

# How well a row fits as the header of any known table: the number of headers recognised.
Score = Callable[[Sequence[str]], float]


def find(rows: Sequence[Sequence[str]], score: Score) -> tuple[int, float]:
    """Position and score of the header: the first of the best rows; the first that is not empty if none is known.

    Parameters
    ----------
    rows : sequence of rows of text
        The first rows of the sheet; only 30 that are not empty are looked at.
    score : callable
        Texts of a row → number of headers recognised.

    Returns
    -------
    tuple of int and float
        Position of the row, -1 if all are empty; and its score.

    Examples
    --------
    >>> known = {"name", "day"}
    >>> find([["Table 1", ""], [], ["name", "day"], ["x", "y"]], lambda row: len(known & set(row)))
    (2, 2.0)
    """
    filled = [i for i, row in enumerate(rows) if any(cell.strip() for cell in row)][:HEAD_ROWS]
    if not filled:
        return -1, 0.0
    scores = {i: float(score([cell.strip() for cell in rows[i]])) for i in filled}
    best = max(filled, key=lambda i: scores[i])
    return best, scores[best]


def named(cells: Sequence[str], where: str) -> tuple[str, ...]:
    """Names of all columns: stripped, numbered where a header is empty or repeated.

    Raises
    ------
    InputError
        More columns than a sheet can have (RM-REC-026).

    Examples
    --------
    >>> named([" name ", "", "day", "day"], "a.csv")
    ('name', 'column_2', 'day', 'day_2')
    """
    if len(cells) > MAX_COLUMNS:
        raise too_large(where, Both(f"{len(cells)} 列", f"{len(cells)} columns"), at_most(MAX_COLUMNS))
    counts: dict[str, int] = {}
    names: dict[str, None] = {}
    for i, cell in enumerate(cells, start=1):
        name = first = cell.strip().strip("\ufeff").strip() or f"column_{i}"
        while name in names:
            counts[first] = counts.get(first, 1) + 1
            name = f"{first}_{counts[first]}"
        names[name] = None
    return tuple(names)
