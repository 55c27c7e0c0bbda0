"""One table of everything that was declared, for every enterprise and day, by the engine that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

import narwhals as nw
import numpy as np
import pandas as pd

from riskmodel.records.panel import Panel
from riskmodel.records.windows import local
from riskmodel.records.windows.combine import AS_OF, ENTITY, FIRM, combine, registry_of, windows_of
from riskmodel.records.windows.declared import Declaration, GroupShare, Window, check, needed, parts
from riskmodel.records.windows.streams import Store, encode
from riskmodel.records.windows.strictness import expected_shares, team_counts

Engine = Literal["local", "duckdb", "spark"]
Progress = Callable[[int, int], None]


def compute(
    panel: Panel,
    declared: Mapping[str, Declaration],
    *,
    engine: Engine = "local",
    threads: int | None = None,
    progress: Progress | None = None,
    only: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Compute declarations for every enterprise that the registry had, on every day of a panel.

    Parameters
    ----------
    panel : Panel
        What was known on each day; derived columns that windows read must be there.
    declared : mapping of str to declaration
        What to compute, by name.
    engine : {"local", "duckdb", "spark"}
        The compiled kernel, or SQL on DuckDB or Spark; all give the same table.
    threads : int, optional
        Threads of the kernel; default: all cores. The table is the same for any number.
    progress : callable, optional
        Called with enterprises done and enterprises in all.
    only : DataFrame, optional
        ``as_of`` and ``entity_id`` of the rows to put into the table, where not all are needed; what is made from
        everybody still is. Not on Spark.

    Returns
    -------
    DataFrame
        ``as_of`` (datetime64[s]), ``entity_id`` and one float64 column a declaration; sorted by day and enterprise.

    Raises
    ------
    InputError
        Declarations that cannot be computed (RM-FEA-001).
    """
    check(declared)
    windows = windows_of(declared)
    store = encode(panel, windows)
    if engine == "spark":
        from riskmodel.records.windows import spark

        return spark.collect(store, panel.day_numbers, declared)
    rows = registry_of(store.registry, panel.day_numbers, declared)
    values = window_values(store, windows, panel.day_numbers, engine=engine, threads=threads, progress=progress)
    return finish(rows, values, store, panel.day_numbers, declared, only)


def window_values(
    store: Store,
    windows: Mapping[str, Window],
    days: np.ndarray,
    *,
    engine: Engine = "local",
    threads: int | None = None,
    progress: Progress | None = None,
) -> np.ndarray:
    """The windows alone: float64 of shape (windows, days, enterprises)."""
    expected = expectation(store, windows, days)
    if engine == "local":
        values = local.execute(store, windows, days, expected=expected, threads=threads, progress=progress)
        return values.reshape(len(windows), len(store.entity_ids), len(days)).transpose(0, 2, 1)
    from riskmodel.records.windows import portable

    return portable.execute(store, windows, days, expected=expected, progress=progress)


def expectation(store: Store, windows: Mapping[str, Window], days: np.ndarray) -> np.ndarray | None:
    """Expected share of problems of every team on every day, if a window asks for it."""
    asking = [w for w in windows.values() if w.aggregate == "expected"]
    if not asking:
        return None
    stream = store.streams[asking[0].table, asking[0].clock]
    visits, found = team_counts(stream, asking[0], days)
    return expected_shares(visits, found, stream.codes["team"])


def finish(
    rows: pd.DataFrame,
    values: np.ndarray,
    store: Store,
    days: np.ndarray,
    declared: Mapping[str, Declaration],
    only: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The table: windows beside the registry's columns, what is made of them, in the order of the declarations."""
    place, firm = np.searchsorted(days, rows[AS_OF].to_numpy()), rows[FIRM].to_numpy()
    kept = np.arange(len(rows)) if only is None else _places(place, firm, store, days, only)
    windows = {name: number for number, name in enumerate(windows_of(declared))}
    cell = firm.astype("int64") * len(days) + place

    def read(names: Iterable[str], at: np.ndarray) -> dict[str, np.ndarray]:
        cells = cell[at]
        found = {name: values[windows[name]].T.reshape(-1).take(cells) for name in names if name in windows}
        return found | {name: rows[name].to_numpy()[at] for name in names if name in rows}

    features = read(declared, kept)
    # shares of groups need everybody; what is made of single rows is made for those that were asked for
    shares = needed(declared, [name for name, how in declared.items() if isinstance(how, GroupShare)])
    if shares:
        everybody = _made(rows, read(_asked(shares), np.arange(len(rows))), shares)
        features |= {name: column[kept] for name, column in everybody.items()}
    rest = {name: how for name, how in declared.items() if name not in shares}
    asked = _asked(rest)
    features |= _made(rows.iloc[kept], read(asked, kept) | {n: features[n] for n in asked & set(shares)}, rest)
    ids = pd.Series(store.entity_ids[firm[kept]], dtype="str")
    day = pd.Series(rows[AS_OF].to_numpy()[kept].astype("datetime64[D]").astype("datetime64[s]"))
    return pd.DataFrame({AS_OF: day, ENTITY: ids, **{name: features[name] for name in declared}})


def _asked(declared: Mapping[str, Declaration]) -> set[str]:
    """What some declarations are made from."""
    return {name for how in declared.values() for name in parts(how)}


def _made(
    rows: pd.DataFrame, columns: Mapping[str, np.ndarray], declared: Mapping[str, Declaration]
) -> dict[str, np.ndarray]:
    """What is made from other columns, of the rows given."""
    made = [name for name, how in declared.items() if parts(how)]
    if not made:
        return {}
    every = {str(name): rows[name].to_numpy() for name in rows if name not in declared} | dict(columns)
    frame = nw.to_native(combine(nw.from_native(pd.DataFrame(every)), declared))
    return {name: frame[name].astype("float64").to_numpy() for name in made}


def _places(place: np.ndarray, firm: np.ndarray, store: Store, days: np.ndarray, only: pd.DataFrame) -> np.ndarray:
    """Rows that were asked for, in their order in the table; those that the registry did not have are left out."""
    asked = pd.Index(store.entity_ids).get_indexer(only[ENTITY])
    on = np.searchsorted(days, only[AS_OF].to_numpy("datetime64[D]").astype("int64"))
    size = len(store.entity_ids)
    return np.flatnonzero(np.isin(place * size + firm, (on * size + asked)[asked >= 0]))
