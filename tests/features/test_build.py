"""Every feature equals its slow twin; nothing that was known later moves one; many days equal one day each."""

import importlib.util
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskmodel.errors import InputError
from riskmodel.features import FEATURES, build, derived
from riskmodel.features.catalog import DECLARED
from riskmodel.records import Panel
from riskmodel.records.windows import Window, matching
from riskmodel.records.windows.compute import compute
from riskmodel.standing import read_grades
from riskmodel.values import AsOf

TESTS = Path(__file__).parents[1]


def load(place: str):
    spec = importlib.util.spec_from_file_location(Path(place).stem, TESTS / place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


drawn = load("strategies.py")
Twin = load("reference/slow_features.py").Twin

DAY = AsOf.of("2025-06-30")
CUTOFF = pd.Timestamp(DAY.day)
DAYS = [AsOf.of(day) for day in ("2023-02-28", "2024-08-15", "2025-06-30")]
random_histories = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=30)


def known(rows, day=DAY):
    return read_grades(drawn.records(rows).known(day), drawn.GRADES)


def somebody_is_known(rows, day=DAY):
    return any(row["known_on"] <= pd.Timestamp(day.day) for row in rows["enterprises"])


@random_histories
@given(drawn.histories())
def test_every_feature_agrees_with_its_slow_twin(rows):
    if not somebody_is_known(rows):
        return
    then = known(rows)
    built = build(then).set_index("entity_id")
    twin = Twin(then, DECLARED, drawn.GRADES)
    assert built.index.tolist() == sorted(twin.registry)
    for name in FEATURES:
        slow = [twin.value(name, entity) for entity in built.index]
        # strictness is computed with rational numbers there: a share may round to the next millionth
        close = 1e-5 if name in ("expected_problems_730d", "problem_excess_730d") else 0
        np.testing.assert_allclose(built[name], slow, rtol=0, atol=close, err_msg=name)


@random_histories
@given(drawn.histories(), drawn.histories())
def test_no_feature_moves_when_everything_known_later_changes(rows, other):
    """Later rows are exchanged; earlier ones lose their later corrections, or get new ones, or go."""
    before = drawn.past(rows, CUTOFF)
    for table, mine in before.items():
        happened, known_on, _, said = drawn.CORRECTIONS.get(table, ("", "", {}, {}))
        for place, row in enumerate(mine):
            later = CUTOFF + pd.Timedelta(days=1 + place)
            if place % 2 and row.get("_until") is None:
                row["_until"] = later
            elif happened and row[happened] is None and row.get("status") != "dormant":
                # a removal may have happened before and become known after
                row |= {happened: row["known_on"]} | {known_on: later, **said}
    later = drawn.future(other, CUTOFF)
    changed = {table: before[table] + later[table] for table in rows}
    if somebody_is_known(rows):
        pd.testing.assert_frame_equal(build(known(rows)), build(known(changed)))


@random_histories
@given(drawn.histories(), drawn.histories(), st.integers(1, 400))
def test_no_feature_moves_when_what_happened_before_becomes_known_after(rows, other, lag):
    late = {"known_on": CUTOFF + pd.Timedelta(days=lag), "_until": None}
    added = {
        table: [{**row, **late, "record_id": "x" + row["record_id"]} for row in mine]
        for table, mine in other.items()
        if table != "enterprises"
    }
    changed = {table: rows[table] + added.get(table, []) for table in rows}
    if somebody_is_known(rows):
        pd.testing.assert_frame_equal(build(known(rows)), build(known(changed)))


@random_histories
@given(drawn.histories(20))
def test_a_panel_equals_its_days_one_by_one(rows):
    days = [day for day in DAYS if somebody_is_known(rows, day)]
    if not days:
        return
    panel = read_grades(drawn.records(rows).panel(days), drawn.GRADES)
    built = build(panel)
    assert list(built)[:2] == ["as_of", "entity_id"]
    for day in days:
        of_day = built[built["as_of"] == pd.Timestamp(day.day)].drop(columns="as_of").reset_index(drop=True)
        pd.testing.assert_frame_equal(of_day, build(known(rows, day)), check_exact=True)


@random_histories
@given(drawn.histories(20), st.randoms(use_true_random=False))
def test_threads_and_the_order_of_rows_change_nothing(rows, random):
    if not somebody_is_known(rows):
        return
    then = known(rows)
    shuffled = {name: random.sample(range(len(table)), len(table)) for name, table in then.tables.items()}
    mixed = replace(then, tables={name: table.iloc[shuffled[name]] for name, table in then.tables.items()})
    one = build(then, threads=1)
    pd.testing.assert_frame_equal(one, build(then, threads=2), check_exact=True)
    pd.testing.assert_frame_equal(one, build(mixed, threads=2), check_exact=True)


@settings(random_histories, max_examples=6)
@given(drawn.histories(20))
def test_sql_gives_the_same_table(rows):
    days = [day for day in DAYS if somebody_is_known(rows, day)]
    if days:
        panel = read_grades(drawn.records(rows).panel(days), drawn.GRADES)
        pd.testing.assert_frame_equal(build(panel), build(panel, engine="duckdb"), check_exact=True)


@random_histories
@given(drawn.histories(20))
def test_the_records_that_a_reason_cites_make_its_value_alone(rows):
    if not somebody_is_known(rows):
        return
    then = derived(known(rows))
    built = build(then).set_index("entity_id")
    for name, feature in FEATURES.items():
        table = then[feature.how.table] if isinstance(feature.how, Window) else pd.DataFrame()
        # how strict somebody is depends on other visits too
        if not len(table) or "record_id" not in table or feature.how.aggregate == "expected":
            continue
        cited = matching(then, feature.how, built.index.tolist())
        keys = pd.MultiIndex.from_frame(cited[["entity_id", "record_id"]])
        kept = table[pd.MultiIndex.from_frame(table[["entity_id", "record_id"]]).isin(keys)].reset_index(drop=True)
        alone = compute(then.with_table(feature.how.table, kept).panel, {name: feature.how})
        np.testing.assert_array_equal(alone[name], built[name], err_msg=name)
        nothing = built.index[built[name].isna() | built[name].eq(0)]
        if not feature.how.aggregate.startswith("days_since"):
            assert not set(cited["entity_id"]) & set(nothing), name


def test_what_has_faded_to_nothing_is_not_cited():
    long_ago = pd.Timestamp("2019-06-01")
    penalty = {
        "record_id": "r", "entity_id": "e1", "known_on": long_ago, "occurred_on": long_ago, "decided_on": long_ago,
        "authority": "x", "category": "fine", "severity": "minor", "fine_yuan": 1.0, "confiscated_yuan": 0.0,
        "violation": "x", "special_field": "none",
    }  # fmt: skip
    enterprise = {"entity_id": "e1", "name": "x", "known_on": long_ago}
    then = derived(known({"enterprises": [enterprise], "penalties": [penalty]}))
    built = build(then).iloc[0]
    for name, count in (("penalties_decayed_90", 0), ("penalties_decayed", 1)):
        assert (built[name] > 0) == bool(count) and len(matching(then, FEATURES[name].how, ["e1"])) == count


@pytest.mark.parametrize("day", DAYS)
def test_visits_at_enterprises_that_were_not_known_yet_say_nothing_about_inspectors(day):
    """Of a panel as of a single day: who is strict must not hang on days that come later."""
    at = pd.Timestamp("2023-01-10")
    rows = {
        "enterprises": [
            {"entity_id": "e1", "name": "x", "known_on": at},
            {"entity_id": "e2", "name": "x", "known_on": pd.Timestamp("2024-01-01")},
        ],
        "inspections": [
            {
                "entity_id": entity, "record_id": f"{entity}{number}", "inspected_on": at, "known_on": at,
                "purpose": "random", "outcome_codes": codes, "inspector_ids": who,
            }
            for number, (entity, codes, who) in enumerate([("e1", "1", "i1"), ("e1", "5", "i2"), ("e2", "5", "i1"), ("e2", "5", "i1")])
        ],
    }  # fmt: skip
    made = drawn.records(rows)
    of_panel = build(made.panel(DAYS), names=["expected_problems_730d"], absent="empty")
    of_day = of_panel[of_panel["as_of"] == pd.Timestamp(day.day)].drop(columns="as_of").reset_index(drop=True)
    pd.testing.assert_frame_equal(of_day, build(made.known(day), names=["expected_problems_730d"], absent="empty"))


def test_chosen_features_come_with_what_they_are_made_from_but_without_showing_it():
    rows = {"enterprises": [{"entity_id": "e1", "name": "x", "known_on": pd.Timestamp("2020-01-01")}]}
    built = build(
        drawn.records(rows).known(DAY), names=["severity_escalation_1825d", "town_problem_share"], absent="empty"
    )
    assert list(built) == ["entity_id", "severity_escalation_1825d", "town_problem_share"]
    assert built.iloc[0].tolist() == ["e1", 0.0, 0.0]


def test_years_are_missing_where_the_day_is_unknown_or_has_not_come():
    days = [("e1", "2015-06-30"), ("e2", None), ("e3", "2026-01-01")]
    rows = [{"entity_id": e, "name": e, "established_on": on, "known_on": pd.Timestamp("2020-01-01")} for e, on in days]
    years = build(drawn.records({"enterprises": rows}).known(DAY), names=["tenure_years"])["tenure_years"]
    assert years[0] == 3653 / 365.25
    assert years[1:].isna().all()


def test_progress_counts_to_the_end():
    rows = {"enterprises": [{"entity_id": "e1", "name": "x", "known_on": pd.Timestamp("2020-01-01")}]}
    seen = []
    build(drawn.records(rows).known(DAY), progress=lambda done, total: seen.append((done, total)))
    assert seen and seen[-1][0] == seen[-1][1]


# Bad input


def sole(*missing: str):
    """One enterprise with a penalty; nothing else is known."""
    at = pd.Timestamp("2025-01-01")
    rows = {
        "enterprises": [{"entity_id": "e1", "name": "x", "known_on": at}],
        "penalties": [{"entity_id": "e1", "record_id": "p", "decided_on": at, "occurred_on": at, "known_on": at}],
    }
    return drawn.records({table: mine for table, mine in rows.items() if table not in missing})


def test_an_unknown_feature_is_refused_and_those_that_look_alike_come_first():
    with pytest.raises(InputError, match="RM-FEA-001") as fault:
        build(sole().known(DAY), names=["penalties_365", "tenure_years", "nonsense"])
    assert fault.value.found == "penalties_365, nonsense"
    assert fault.value.expected.split(", ")[0].startswith("penalties_")
    assert set(fault.value.expected.split(", ")) == set(FEATURES)


def test_a_feature_whose_records_the_source_lacks_is_refused_where_it_was_named():
    then = sole().known(DAY)
    with pytest.raises(InputError, match="RM-FEA-002") as fault:
        build(then, names=["complaints_verified_365d", "problem_excess_730d", "penalties_180d"])
    assert fault.value.found == "complaints, inspections"
    assert "penalties" in fault.value.expected
    assert build(then)["complaints_verified_365d"].tolist() == [0]
    assert build(then, names=["complaints_verified_365d"], absent="empty")["complaints_verified_365d"].tolist() == [0]


def test_a_day_before_all_data_is_refused():
    with pytest.raises(InputError, match="RM-INP-003"):
        sole().known(AsOf.of("2001-01-01"))
    with pytest.raises(InputError, match="RM-INP-003"):
        sole().panel([DAY, AsOf.of("2001-01-01")])


@pytest.mark.parametrize(
    ("window", "where", "found"),
    [
        (Window("penalties", "decided_on", "count", days=0), "x.days", "0"),
        (Window("penalties", "decided_on", "count", days=-3), "x.days", "-3"),
        (Window("fines", "decided_on", "count"), "x.table", "fines"),
        (Window("penalties", "decided", "count"), "x.clock", "decided"),
        (Window("penalties", "decided_on", "sum_yuan", "fine"), "x.column", "fine"),
        (Window("penalties", "decided_on", "distinct"), "x.column", "-"),
        (Window("penalties", "decided_on", "level_max", "category"), "x.column", "category"),
        (Window("penalties", "decided_on", "count", where={"severity": ("grave",)}), "x.where.severity", "grave"),
        (
            Window("penalties", "decided_on", "count", where={"authority_field": ("police",)}),
            "x.where.authority_field",
            "police",
        ),
    ],
)
def test_a_window_that_cannot_be_computed_is_refused_with_its_place(window, where, found):
    panel = Panel((DAY,), sole().known(DAY).panel.tables, (), "opaque")
    with pytest.raises(InputError, match="RM-FEA-001") as fault:
        compute(panel, {"x": window})
    assert (fault.value.where, fault.value.found) == (where, found)
    assert fault.value.expected


def test_values_are_numbers_of_64_bits_and_enterprises_come_in_order():
    rows = [{"entity_id": e, "name": e, "known_on": pd.Timestamp("2020-01-01")} for e in ("b", "a", "c")]
    built = build(drawn.records({"enterprises": rows}).known(DAY))
    assert built["entity_id"].tolist() == ["a", "b", "c"]
    assert set(built.dtypes[1:].astype(str)) == {"float64"}
    assert math.isnan(built["days_since_penalty"][0])


def test_some_rows_are_the_same_as_they_are_in_the_whole_table(sample_records):
    panel = read_grades(sample_records.panel(DAYS), {})
    whole = build(panel, absent="empty", names=list(FEATURES))
    asked = whole.sample(200, random_state=1)[["as_of", "entity_id"]]
    nobody = pd.DataFrame({"as_of": whole["as_of"].iloc[:1], "entity_id": ["nobody"]})
    some = build(panel, absent="empty", names=list(FEATURES), only=pd.concat([asked, nobody]))
    expected = whole.loc[sorted(asked.index)].reset_index(drop=True)
    pd.testing.assert_frame_equal(some, expected, check_exact=True)
