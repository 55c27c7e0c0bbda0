"""Dirty rows for a synthetic district: a known number of each kind, made from clean rows, listed in a manifest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from riskmodel.records.headers import fold, match

Spoil = Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]
# Share of ids that carry what exports put around them: these rows are clean and must be accepted.
CLEANABLE = 0.02


@dataclass(frozen=True)
class Dirt:
    """One kind of fault: how many rows for 3,000 enterprises, and the cells that it changes."""

    kind: str
    rows: int
    cells: dict[str, str | Callable[[str], str]]
    keep_key: bool = False


def _later(days: int) -> Callable[[str], str]:
    return lambda cell: str(np.datetime64(_iso(cell)) + days)


def _iso(cell: str) -> str:
    """A written date as 2024-03-07."""
    numbers = [int(n) for n in pd.Series([cell]).str.findall(r"\d+").iloc[0]]
    if len(numbers) == 1:
        return f"{cell[:4]}-{cell[4:6]}-{cell[6:8]}"
    return f"{numbers[0]:04d}-{numbers[1]:02d}-{numbers[2]:02d}"


def _wrong_check(code: str) -> str:
    return code[:-1] + ("1" if code[-1] != "1" else "2")


def _with_letter(code: str) -> str:
    """One zero typed as the letter O, which no code has: exactly one reading is right."""
    place = code.find("0", 8)
    return code if place < 0 else f"{code[:place]}O{code[place + 1 :]}"


# file key → faults. Cells are named by canonical column; `stranger` and `person` are filled by `plant`.
DIRT: dict[str, tuple[Dirt, ...]] = {
    "registry": (Dirt("duplicate_enterprise", 7, {"town": "(迁出)"}, keep_key=True), Dirt("bad_check_digit", 6, {"entity_id": _wrong_check})),
    "penalties": (
        Dirt("bad_check_digit", 9, {"entity_id": _wrong_check}),
        Dirt("too_long_code", 6, {"entity_id": lambda code: code + "0"}),
        Dirt("unknown_enterprise", 8, {"entity_id": "stranger"}),
        Dirt("missing_id", 8, {"entity_id": "", "party_name": ""}),
        Dirt("name_only", 6, {"entity_id": "", "party_name": lambda name: name[:-6] + "某" + name[-6:]}),
        Dirt("scientific_code", 6, {"entity_id": lambda code: f"{code[0]}.{code[1:6]}E+17"}),
        Dirt("natural_person", 10, {"entity_id": "", "party_kind": "自然人"}),
        Dirt("impossible_date", 9, {"decided_on": "2024-02-31"}),
        Dirt("missing_date", 6, {"decided_on": "", "occurred_on": ""}),
        Dirt("unreadable_amount", 8, {"fine_yuan": "约三千"}),
        Dirt("negative_amount", 6, {"fine_yuan": "-0.5"}),
        Dirt("unknown_code", 7, {"category": "口头教育"}),
        Dirt("known_before_occurred", 8, {"known_on": "before"}),
        Dirt("duplicate_row", 10, {}, keep_key=True),
        Dirt("conflicting_duplicate", 7, {"fine_yuan": "8.8888"}, keep_key=True),
    ),
    "listings": (
        Dirt("removed_before_listed", 8, {"removed_on": "1999-01-01"}),
        Dirt("impossible_date", 6, {"listed_on": "2023-13-05"}),
        Dirt("missing_date", 6, {"listed_on": ""}),
    ),
    "complaints": (
        Dirt("future_date", 8, {"received_on": "21250701"}),
        Dirt("unknown_code", 9, {"verified": "大概"}),
        Dirt("unknown_enterprise", 6, {"entity_id": "stranger"}),
        Dirt("duplicate_row", 8, {}, keep_key=True),
    ),
    "inspections": (
        Dirt("out_of_range", 6, {"pi": "1.7"}),
        Dirt("bad_check_digit", 6, {"entity_id": _wrong_check}),
    ),
}  # fmt: skip


def plant(
    cells: pd.DataFrame, key: str, table: str, *, scale: float, strangers: list[str], rng: np.random.Generator
) -> tuple[pd.DataFrame, list[tuple[int, str]]]:
    """Put dirty rows between clean ones.

    Returns
    -------
    cells : DataFrame
        All rows in file order.
    planted : list of (position, kind)
        Positions from 0 in the returned rows.
    """
    columns = {column: header for header, (column, _) in match(table, cells.columns).items()}
    columns["party_kind"] = next((h for h in cells.columns if fold(h) == "行政相对人类别"), "")
    parts, kinds, orders = [cells], [""] * len(cells), [np.arange(len(cells), dtype=float)]
    free = rng.permutation(len(cells))
    for fault in DIRT.get(key, ()) if scale else ():
        count = min(max(1, round(fault.rows * scale)), len(free))
        source, free = np.sort(free[:count]), free[count:]
        rows = cells.iloc[source].copy()
        if not fault.keep_key and "record_id" in columns:
            rows[columns["record_id"]] = rows[columns["record_id"]] + "之" + fault.kind[:3]
        for column, change in fault.cells.items():
            rows[columns[column]] = _changed(rows, columns, column, change, strangers, rng)
        parts.append(rows)
        kinds += [fault.kind] * count
        orders.append(source + 0.25 + rng.random(count) * (len(cells) - source))
    order = np.argsort(np.concatenate(orders), kind="stable")
    mixed = pd.concat(parts, ignore_index=True).iloc[order].reset_index(drop=True)
    return mixed, [(place, kinds[row]) for place, row in enumerate(order) if kinds[row]]


def _changed(
    rows: pd.DataFrame, columns: dict[str, str], column: str, change: str | Callable[[str], str],
    strangers: list[str], rng: np.random.Generator,
) -> list[str]:  # fmt: skip
    if change == "stranger":
        return [strangers[i] for i in rng.integers(0, len(strangers), len(rows))]
    if change == "before":
        return [_later(-5)(cell) for cell in rows[columns["decided_on"]]]
    if callable(change):
        return [change(cell) for cell in rows[columns[column]]]
    return [change] * len(rows)


def untidy_codes(codes: pd.Series, rng: np.random.Generator) -> tuple[pd.Series, int]:
    """Some codes in lower case, in full width, with spaces, with their label or with O for 0; how many."""
    chosen = np.flatnonzero(rng.random(len(codes)) < CLEANABLE)
    style = rng.integers(0, 5, len(chosen))
    values = codes.to_numpy(dtype=object).copy()
    wide = str.maketrans({c: chr(ord(c) + 0xFEE0) for c in "0123456789ABCDEFGHJKLMNPQRTUWXY"})
    for place, how in zip(chosen, style, strict=True):
        code = values[place]
        values[place] = (
            code.lower(),
            code.translate(wide),
            f" {code} ",
            f"统一社会信用代码:{code}",
            _with_letter(code),
        )[how]
    return pd.Series(values, index=codes.index, dtype="str"), len(chosen)
