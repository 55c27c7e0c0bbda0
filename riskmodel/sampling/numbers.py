"""Tickets as numbers: what designs compare, made for many units at once.

Specification
-------------
The 64 digits of a ticket fall into four groups of 16. The number of a group is

    u = (whole number of the first 13 digits of the group + 1/2) / 2^52,

strictly between 0 and 1 and exact as a double. One ticket so gives four independent numbers: a design that needs
one number a unit takes that of the first group (the same as `tickets.uniform`); one that needs a second takes that of
the second group, and so on. No design needs a generator.

Ties: two numbers of a million units are equal with probability 1.1e-4. The unit that is named first in the frame
then comes first. Designs that compare numbers say so; whoever compares whole tickets never meets a tie.

Examples
--------
>>> from riskmodel.sampling.tickets import tickets
>>> made = numbers("第2025075期", ["91370306MA3C000014", "91370306MA3C000022"], groups=2)
>>> (made == from_tickets(tickets("第2025075期", ["91370306MA3C000014", "91370306MA3C000022"]), groups=2)).all()
np.True_
>>> made[0].round(6).tolist()
[0.976708, 0.619887]
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from riskmodel.errors import DrawError
from riskmodel.sampling.tickets import Purpose, words

GROUPS = 4
_DIGITS = 64


def numbers(seed: str, ids: Sequence[str], *, purpose: Purpose = "draw", groups: int = 1) -> np.ndarray:
    """Numbers of many identifiers, without their tickets as texts.

    Parameters
    ----------
    seed : str
        Public text.
    ids : sequence of str
        Identifiers, taken as written, each once.
    purpose : str, default="draw"
        Lottery for which the tickets are made.
    groups : int, default=1
        How many of the four numbers of each ticket.

    Returns
    -------
    numpy.ndarray
        Numbers in (0, 1), shape (units, groups).

    Raises
    ------
    DrawError
        If the seed is blank or no Unicode text (RM-DRW-010), or an identifier is repeated (RM-DRW-001).
    """
    if len(set(ids)) < len(ids):
        seen: set[str] = set()
        twice = next(name for name in ids if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise DrawError("RM-DRW-001", where="ids", found=repr(twice), expected="each identifier once")
    return _unit(words(seed, ids, purpose)[:, :groups])


def from_tickets(tickets: ArrayLike, *, groups: int = 1) -> np.ndarray:
    """Numbers of tickets that are given as texts of 64 hexadecimal digits, shape (units, groups).

    Raises
    ------
    DrawError
        If a ticket is not such a text (RM-DRW-023).
    """
    texts = np.asarray(tickets, dtype=str)
    if not texts.size:
        return np.zeros((0, groups))
    wrong = np.char.str_len(texts) != _DIGITS
    if wrong.any():
        raise _wrong(str(texts[np.argmax(wrong)]))
    points = np.ascontiguousarray(texts).view(np.uint32).reshape(len(texts), _DIGITS)
    digits = points[:, : 16 * groups].reshape(len(texts), groups, 16)
    is_digit, is_letter = (digits >= 48) & (digits <= 57), (digits >= 97) & (digits <= 102)
    known = is_digit | is_letter
    if not known.all():
        raise _wrong(str(texts[np.argmin(known.all(axis=(1, 2)))]))
    values = np.where(is_digit, digits - 48, digits - 87).astype(np.uint64)
    whole = np.zeros((len(texts), groups), dtype=np.uint64)
    for place in range(16):
        whole = (whole << np.uint64(4)) | values[:, :, place]
    return _unit(whole)


def as_numbers(tickets: ArrayLike, *, size: int, groups: int = 1) -> np.ndarray:
    """Numbers of a draw, however its tickets are given, as (groups, units): one contiguous row a group.

    Parameters
    ----------
    tickets : array of str, shape (units,), or of float, shape (units,) or (units, groups)
        Tickets as texts, or their numbers as `numbers` gives them; or whole tickets as four words (uint64).
    size : int
        Units of the frame.
    groups : int, default=1
        Numbers that the design needs of each unit.

    Raises
    ------
    DrawError
        If there is not one ticket a unit, too few numbers, or a number is not strictly between 0 and 1 (RM-DRW-023).
    """
    given = np.asarray(tickets)
    if given.shape[:1] != (size,):
        raise DrawError("RM-DRW-023", where="tickets", found=given.shape, expected=f"({size},)")
    if given.dtype.kind in "UO":
        made = from_tickets(given, groups=groups)
    elif given.dtype == np.uint64 and given.ndim == 2:
        made = _unit(given[:, :groups])
    else:
        made = given.reshape(size, -1).astype(float, copy=False)
        if made.shape[1] < groups:
            raise DrawError("RM-DRW-023", where="tickets", found=given.shape, expected=f"({size}, {groups})")
        made = made[:, :groups]
        inside = (made > 0) & (made < 1)
        if not inside.all():
            at = int(np.argmin(inside.all(axis=1)))
            raise _wrong(str(made[at].tolist()), where=f"tickets[{at}]")
    return np.ascontiguousarray(made.T)


def _unit(whole: np.ndarray) -> np.ndarray:
    unit: np.ndarray = ((whole >> np.uint64(12)).astype(float) + 0.5) / 2.0**52
    return unit


def _wrong(found: str, where: str = "tickets") -> DrawError:
    return DrawError("RM-DRW-023", where=where, found=found)
