"""Random streams of every kind, and windows of every aggregate over them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from riskmodel.records.panel import ALWAYS, NEVER, SHOWN_FROM, SHOWN_UNTIL
from riskmodel.records.windows.declared import Window
from riskmodel.records.windows.streams import Store, Stream

FIRST_DAY, SPAN = 19_000, 900
SEVERITY = ("general", "minor", "serious")  # sorted, as codes are; levels have another order


def a_store(seed: int, *, firms: int = 30, events: int = 400, versions: bool = True, kinds: int = 40) -> Store:
    rng = np.random.default_rng(seed)

    def stream(codes: Mapping[str, Sequence[str]], numbers: Mapping[str, Callable[[np.ndarray], np.ndarray]]) -> Stream:
        firm = np.sort(rng.integers(0, firms, events)).astype("int32")
        day = rng.integers(FIRST_DAY, FIRST_DAY + SPAN, events).astype("int32")
        day = day[np.lexsort((day, firm))]
        columns = {"firm": firm, "event_day": day}
        if versions:
            known = day + rng.integers(0, 200, events)
            corrected = np.where(rng.random(events) < 0.5, NEVER, known + rng.integers(0, 300, events))
            columns |= {"shown_from": known.astype("int32"), "shown_until": corrected.astype("int32")}
        columns |= {name: rng.integers(-1, len(words), events).astype("int16") for name, words in codes.items()}
        columns |= {name: made(day) for name, made in numbers.items()}
        starts = np.searchsorted(firm, np.arange(firms + 1)).astype("int64")
        return Stream(pa.table(columns), {name: tuple(words) for name, words in codes.items()}, starts)

    def ends(day: np.ndarray) -> np.ndarray:
        return np.where(rng.random(events) < 0.3, NEVER, day + rng.integers(-5, 400, events)).astype("int32")

    violations = [f"v{number:03d}" for number in range(kinds)]
    penalties = {"severity": SEVERITY, "violation": violations, "authority": ("a", "b")}
    streams = {
        ("penalties", "decided_on"): stream(penalties, {"fine_yuan": lambda _: rng.integers(0, 10**10, events)}),
        ("abnormal_listings", "listed_on"): stream({"reason": ("x", "y")}, {"removed_on": ends}),
        ("inspections", "inspected_on"): stream({"team": ("p,q", "q", "r"), "problem": ("no", "yes")}, {}),
    }
    return Store(np.array([f"E{firm:04d}" for firm in range(firms)], dtype=object), a_registry(rng, firms), streams)


def a_registry(rng: np.random.Generator, firms: int) -> pd.DataFrame:
    """Every enterprise moves once; the first is registered late and the last was struck off."""
    moves = rng.integers(FIRST_DAY, FIRST_DAY + SPAN, firms).astype("int32")
    since, until = np.full(firms, ALWAYS, dtype="int32"), np.full(firms, NEVER, dtype="int32")
    since[0], moves[0], until[-1] = FIRST_DAY + 300, FIRST_DAY + 600, moves[-1] + 10
    before, after = (
        pd.DataFrame({
            "firm": np.arange(firms, dtype="int32"),
            "established_on": pd.to_datetime(rng.integers(16_000, 20_500, firms), unit="D").astype("datetime64[s]"),
            "town": rng.choice(["east", "west", ""], firms),
            "industry": rng.choice(["C1781", "C1782", "F5212", "F52", "other"], firms),
            "registered_capital_yuan": np.where(rng.random(firms) < 0.3, np.nan, rng.random(firms)),
        })
        for _ in range(2)
    )  # fmt: skip
    parts = [
        before.assign(**{SHOWN_FROM: since, SHOWN_UNTIL: moves}),
        after.assign(**{SHOWN_FROM: moves, SHOWN_UNTIL: until}),
    ]
    return pd.concat(parts).sort_values(["firm", SHOWN_FROM], ignore_index=True)


def all_windows(lengths: Sequence[int | None] = (1, 30, 365, None)) -> dict[str, Window]:
    """Every aggregate over every length, with conditions that fit some, none or only missing texts."""
    windows: dict[str, Window] = {}

    def add(*arguments: object, where: Mapping[str, tuple[str, ...]], **options: object) -> None:
        windows[f"f{len(windows)}"] = Window(*arguments, where=where, **options)  # type: ignore[arg-type]

    for days in lengths:
        for where in (
            {},
            {"severity": ("serious", "general"), "authority": ("a", "zz")},
            {"authority": ("zz",)},
            {"severity": ("",)},
        ):
            for aggregate, column in (
                ("count", ""), ("sum_yuan", "fine_yuan"), ("distinct", "violation"), ("days_since", ""), ("days_since_first", ""),
                ("decayed", ""), ("level_max", "severity"), ("level_last", "severity"), ("level_first", "severity"),
            ):  # fmt: skip
                add("penalties", "decided_on", aggregate, column, days, where=where)
            add("penalties", "decided_on", "decayed", "", days, where=where, half_life_days=30)
        for where in ({}, {"reason": ("x",)}):
            add("abnormal_listings", "listed_on", "open", "removed_on", days, where=where)
            add("abnormal_listings", "listed_on", "days_open", "removed_on", days, where=where)
        add("inspections", "inspected_on", "expected", "", days, where={"problem": ("no", "yes")})
    return windows


@pytest.fixture(scope="session")
def make_store():
    return a_store


@pytest.fixture(scope="session")
def make_windows():
    return all_windows


@pytest.fixture(scope="session")
def some_days():
    """Before most events, among them, and after all."""
    return np.array([FIRST_DAY + 100, FIRST_DAY + 500, FIRST_DAY + 1100], dtype="int32")
