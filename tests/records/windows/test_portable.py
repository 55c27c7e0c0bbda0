"""The SQL on DuckDB gives the kernel's numbers, bit for bit."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmodel.records.windows import portable
from riskmodel.records.windows.combine import combine, registry_of, windows_of
from riskmodel.records.windows.compute import expectation, finish, window_values
from riskmodel.records.windows.declared import Attribute, Difference, GroupShare, Ratio, Unknown, Window
from riskmodel.records.windows.local import Targets, execute
from riskmodel.records.windows.statements import calendar, event_days, select_teams
from riskmodel.records.windows.streams import read_store, write
from riskmodel.records.windows.strictness import of_frame, team_counts


def both(store, windows, days):
    return [window_values(store, windows, days, engine=engine) for engine in ("local", "duckdb")]


def same(a: np.ndarray, b: np.ndarray) -> bool:
    """Bit for bit, any NaN being the same missing value."""
    return np.array_equal(np.nan_to_num(a, nan=-1).view("int64"), np.nan_to_num(b, nan=-1).view("int64"))


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 2**32), versions=st.booleans(), kinds=st.sampled_from([1, 62, 63, 64, 65, 200]),
    events=st.sampled_from([0, 1, 300]), dates=st.integers(1, 3),
)  # fmt: skip
def test_every_aggregate_is_the_kernels(make_store, make_windows, some_days, seed, versions, kinds, events, dates):
    store = make_store(seed, events=events, versions=versions, kinds=kinds)
    windows = make_windows()
    kernel, sql = both(store, windows, some_days[-dates:])
    assert [name for name, a, b in zip(windows, kernel, sql, strict=True) if not same(a, b)] == []


def test_windows_that_end_are_the_kernels(make_store, make_windows, some_days):
    store, windows = make_store(1), make_windows((1, 365))
    assert same(*both(store, windows, some_days))


def test_a_store_in_parquet_gives_the_same(make_store, make_windows, some_days, tmp_path):
    store, windows = make_store(2), make_windows((30, None))
    write(store, tmp_path / "store")
    lying = read_store(tmp_path / "store")
    memory, disk = (window_values(s, windows, some_days, engine="duckdb") for s in (store, lying))
    assert same(memory, disk)


def test_days_one_after_the_other_give_the_same(make_store, make_windows, some_days, monkeypatch):
    store, windows = make_store(3), make_windows((30, None))
    seen: list[tuple[int, int]] = []
    together = window_values(store, windows, some_days, engine="duckdb")
    monkeypatch.setattr(portable, "_CELLS", 1)
    apart = window_values(
        store, windows, some_days, engine="duckdb", progress=lambda done, total: seen.append((done, total))
    )
    assert same(together, apart)
    assert seen[-1] == (270, 270) and len(seen) == 9  # 30 enterprises, 3 streams, 3 days


def test_pairs_of_enterprise_and_day_are_those_of_the_table(make_store, make_windows, some_days):
    store, windows, rng = make_store(5), make_windows((30, None)), np.random.default_rng(5)
    shares = expectation(store, windows, some_days)
    whole = window_values(store, windows, some_days)
    firms, places = rng.integers(0, 30, 40), rng.integers(0, len(some_days), 40)
    targets, order = Targets.of(firms, places, 30)
    found = execute(store, windows, some_days, targets=targets, expected=shares)
    assert same(found, whole[:, places[order], firms[order]])


def test_an_ancient_record_does_not_make_the_calendar_long(make_store):
    stream = make_store(4, versions=False).streams["penalties", "decided_on"]
    days = stream.rows["event_day"].to_numpy().copy()
    days[0] = -719_162  # 1 January 1
    ancient = type(stream)(stream.rows.set_column(1, "event_day", [days]), stream.codes, stream.starts)
    assert len(event_days(ancient)) <= 400
    whole = calendar(ancient, [Window("penalties", "decided_on", "count")], np.array([21_000], dtype="int32"))
    assert whole.num_rows == len(event_days(ancient))


def test_a_calendar_is_no_longer_than_its_windows(make_store):
    stream = make_store(4).streams["penalties", "decided_on"]
    table = calendar(stream, [Window("penalties", "decided_on", "decayed", days=30)], np.array([19_500], dtype="int32"))
    assert table["age"].to_pylist() == list(range(30))[::-1]
    assert table["weight_180"].to_pylist()[-1] == 1_000_000


def test_teams_are_counted_the_same(make_store, some_days):
    store = make_store(5)
    stream = store.streams["inspections", "inspected_on"]
    window = Window("inspections", "inspected_on", "expected", where={"problem": ("no", "yes")})
    connection = duckdb.connect()
    connection.register("events", stream.rows)
    connection.register("calendar", calendar(stream, (), some_days))
    counts = connection.execute(select_teams(stream, window, {"events": "events", "calendar": "calendar"})).df()
    for counted, expected in zip(of_frame(counts, some_days, 3), team_counts(stream, window, some_days), strict=True):
        assert (counted == expected).all()


DECLARED = {
    "visits": Window("inspections", "inspected_on", "count", days=730, where={"problem": ("no", "yes")}),
    "found": Window("inspections", "inspected_on", "count", days=730, where={"problem": ("yes",)}),
    "recent": Window("inspections", "inspected_on", "count", days=90),
    "since": Window("penalties", "decided_on", "days_since"),
    "first": Window("penalties", "decided_on", "days_since_first"),
    "penalties": Window("penalties", "decided_on", "count"),
    "years": Attribute("established_on", "years"),
    "capital": Attribute("registered_capital_yuan", "value"),
    "trend": Difference("recent", "visits", 8),
    "gap": Ratio("first", "penalties", less_under=1, minus="since"),
    "share": Ratio("found", "visits"),
    "pace": Ratio("trend", "capital"),
    "never": Unknown("since"),
    "town_share": GroupShare(("town",), "found", "visits", 20),
    "industry_share": GroupShare(("industry_section", "industry_division", "industry_class"), "found", "visits", 20),
}


@pytest.fixture
def made(make_store, some_days):
    """The same declarations from the kernel, as pandas, and the rows that they are made from."""
    store = make_store(6)
    read = {(w.table, w.clock) for w in windows_of(DECLARED).values()}
    store = replace(store, streams={key: stream for key, stream in store.streams.items() if key in read})
    values = window_values(store, windows_of(DECLARED), some_days)
    rows = registry_of(store.registry, some_days, DECLARED)
    return finish(rows, values, store, some_days, DECLARED), rows, values


def test_what_is_made_of_windows_is_the_same_on_a_lazy_engine(made, some_days):
    table, rows, values = made
    place, firm = np.searchsorted(some_days, rows["as_of"]), rows["firm"].to_numpy()
    windows = {name: values[number][place, firm] for number, name in enumerate(windows_of(DECLARED))}
    flat = pd.concat([rows, pd.DataFrame(windows)], axis=1)  # noqa: F841  DuckDB reads it by name
    missing = ", ".join(f"nullif({name}, 'NaN') AS {name}" for name in ("since", "first", "capital"))
    relation = duckdb.connect().sql(f"SELECT * REPLACE ({missing}) FROM flat")
    lazy = nw.to_native(combine(nw.from_native(relation), DECLARED)).df().sort_values(["as_of", "firm"])
    for name in DECLARED:
        assert same(table[name].to_numpy(), lazy[name].to_numpy(dtype=float, na_value=np.nan)), name


def test_shares_of_groups_follow_the_formula(made):
    table, rows, _ = made
    town = rows["registry_town"].to_numpy()
    for _, day in table.assign(town=town).groupby("as_of"):
        everybody = day["found"].sum() / day["visits"].sum()
        for _, group in day.groupby("town"):
            expected = (group["found"].sum() + 20 * everybody) / (group["visits"].sum() + 20)
            assert group["town_share"].tolist() == pytest.approx([expected] * len(group), rel=1e-15)
