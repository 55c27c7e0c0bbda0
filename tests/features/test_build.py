import importlib.util
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskmodel.features import FEATURES, build
from riskmodel.features.build import with_problems
from riskmodel.features.outcomes import Outcome
from riskmodel.records import Known, Records
from riskmodel.records.source import SourceMap
from riskmodel.records.windows import Window, matching
from riskmodel.tables import TABLES, dtype_of, empty
from riskmodel.values import AsOf

_spec = importlib.util.spec_from_file_location(
    "slow_features", Path(__file__).parents[1] / "reference/slow_features.py"
)
_twin = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_twin)

DAY = AsOf.of("2025-06-30")
IDS = ("e1", "e2", "e3")
days = st.integers(0, 2400).map(lambda ago: pd.Timestamp("2025-09-30") - pd.Timedelta(days=ago))
lags = st.integers(0, 120).map(lambda n: pd.Timedelta(days=n))


def frame(table: str, rows: list[dict]) -> pd.DataFrame:
    """Typed rows of a table; columns that a row lacks take their default."""
    columns = TABLES[table].columns
    filled = [{c.name: row.get(c.name, c.default) for c in columns} for row in rows]
    if not filled:
        return empty(table)
    made = pd.DataFrame(filled)
    return made.assign(**{c.name: made[c.name].astype(dtype_of(c)) for c in columns})


@st.composite
def histories(draw) -> dict[str, list[dict]]:
    """Random events of three enterprises, some of them known long after they happened."""
    rows: dict[str, list[dict]] = {"penalties": [], "abnormal_listings": [], "complaints": [], "inspections": []}
    for number in range(draw(st.integers(0, 12))):
        day, table = draw(days), draw(st.sampled_from(sorted(rows)))
        known = day + draw(lags)
        event = {"record_id": f"r{number}", "entity_id": draw(st.sampled_from(IDS)), "known_on": known}
        if table == "penalties":
            event |= {
                "occurred_on": day,
                "decided_on": day,
                "severity": draw(st.sampled_from(["minor", "general", "serious"])),
                "fine_yuan": draw(st.integers(0, 10**7)) / 100,
                "violation": draw(st.sampled_from(["", "甲", "乙"])),
            }
        elif table == "abnormal_listings":
            event |= {
                "listed_on": day,
                "reason": draw(st.sampled_from(["unreachable", "annual_report"])),
                "removed_on": draw(st.one_of(st.none(), lags.map(day.__add__))),
            }
            event["removal_known_on"] = event["removed_on"]
        elif table == "complaints":
            event |= {
                "received_on": day,
                "kind": draw(st.sampled_from(["complaint", "report"])),
                "verified": "yes",
                "verified_on": known,
            }
        else:
            event |= {
                "inspected_on": day,
                "purpose": "random",
                "outcome_codes": draw(st.sampled_from(["1", "5", "E,1", ""])),
            }
        rows[table].append(event)
    return rows


def records(rows: dict[str, list[dict]]) -> Records:
    registry = [
        {
            "entity_id": i,
            "name": i,
            "town": "t" + i[-1],
            "industry": "F",
            "established_on": "2010-01-01",
            "known_on": "2010-01-01",
        }
        for i in IDS
    ]
    tables = {name: frame(name, rows.get(name, [])) for name in TABLES} | {
        "enterprises": frame("enterprises", registry)
    }
    return Records.of(tables, SourceMap(id_scheme="opaque"))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_every_window_agrees_with_its_slow_twin(rows):
    known = with_problems(records(rows).known(DAY))
    built = build(known).set_index("entity_id")
    for name, feature in FEATURES.items():
        if isinstance(feature.how, Window):
            slow = [_twin.slow_window(known[feature.how.table], feature.how, i, pd.Timestamp(DAY.day)) for i in IDS]
            np.testing.assert_array_equal(built.loc[list(IDS), name].to_numpy(), slow, err_msg=name)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories(), histories())
def test_no_feature_moves_when_everything_known_later_changes(rows, other):
    """Rows known after the day are exchanged for others; those that happened before but became known later too."""
    cutoff = pd.Timestamp(DAY.day)
    past = {t: [r for r in rs if r["known_on"] <= cutoff] for t, rs in rows.items()}
    future = {
        t: [{**r, "record_id": "x" + r["record_id"]} for r in rs if r["known_on"] > cutoff] for t, rs in other.items()
    }
    changed = {t: past[t] + future[t] for t in rows}
    pd.testing.assert_frame_equal(build(records(rows).known(DAY)), build(records(changed).known(DAY)))


def test_corrections_that_came_later_are_undone():
    listing = {
        "record_id": "a",
        "entity_id": "e1",
        "listed_on": "2025-01-10",
        "known_on": "2025-01-12",
        "reason": "other",
    }
    later = [{**listing, "removed_on": "2025-07-15", "removal_known_on": "2025-07-15"}]
    assert build(records({"abnormal_listings": later}).known(DAY))["abnormal_now"].tolist() == [1, 0, 0]
    before = [{**listing, "removed_on": "2025-06-15", "removal_known_on": "2025-07-02"}]
    assert build(records({"abnormal_listings": before}).known(DAY))["abnormal_now"].tolist() == [1, 0, 0]


def test_the_group_share_is_shrunk_to_the_share_of_all():
    visits = [
        {
            "record_id": f"v{n}",
            "entity_id": "e1" if n < 4 else "e2",
            "inspected_on": "2025-03-01",
            "known_on": "2025-03-02",
            "purpose": "random",
            "outcome_codes": "5" if n < 2 else "1",
        }
        for n in range(10)
    ]
    built = build(records({"inspections": visits}).known(DAY))["town_problem_share"]
    overall = 2 / 10
    expected = [(2 + 20 * overall) / (4 + 20), (0 + 20 * overall) / (6 + 20), overall]
    np.testing.assert_allclose(built, expected, atol=1e-6)


def test_a_window_cites_its_own_events_newest_first():
    rows = [
        {
            "record_id": f"p{n}",
            "entity_id": "e1",
            "decided_on": f"2025-0{n}-01",
            "occurred_on": f"2025-0{n}-01",
            "known_on": f"2025-0{n}-05",
            "severity": "minor",
            "authority": "某局",
        }
        for n in (2, 5)
    ]
    rows += [{**rows[0], "record_id": "old", "decided_on": "2020-01-01", "known_on": "2020-01-01"}]
    known = with_problems(records({"penalties": rows}).known(DAY))
    cited = matching(known, FEATURES["penalties_minor_365d"].how, ["e1", "e2"])
    assert cited["record_id"].tolist() == ["p5", "p2"]
    assert cited["authority"].tolist() == ["某局", "某局"]


def test_labels_exist_only_where_someone_looked_and_carry_the_weight_of_the_draw():
    visits = [
        {
            "record_id": "a",
            "entity_id": "e1",
            "inspected_on": "2024-09-01",
            "known_on": "2024-09-02",
            "purpose": "random",
            "outcome_codes": "5",
            "pi": 0.1,
        },
        {
            "record_id": "b",
            "entity_id": "e1",
            "inspected_on": "2024-12-01",
            "known_on": "2024-12-02",
            "purpose": "random",
            "outcome_codes": "1",
            "pi": 0.1,
        },
        {
            "record_id": "c",
            "entity_id": "e2",
            "inspected_on": "2024-09-01",
            "known_on": "2024-09-02",
            "purpose": "case",
            "outcome_codes": "5",
        },
        {
            "record_id": "d",
            "entity_id": "e3",
            "inspected_on": "2025-05-01",
            "known_on": "2025-07-02",
            "purpose": "random",
            "outcome_codes": "5",
            "pi": 0.5,
        },
    ]
    labels = Outcome(365).label(records({"inspections": visits}).known(DAY), AsOf(date(2024, 6, 30)))
    assert labels["entity_id"].tolist() == ["e1"]  # e2 was no draw, e3 became known too late
    assert labels["y"].tolist() == [1]
    assert labels["weight"].tolist() == [10.0]


def test_names_and_reason_codes_are_unique_and_every_feature_has_its_words():
    assert len({f.code for f in FEATURES.values()}) == len(FEATURES) >= 20
    for feature in FEATURES.values():
        assert feature.zh and feature.en and feature.unit
        if isinstance(feature.how, Window):
            assert feature.how.table in TABLES


@pytest.mark.parametrize("threads", [1, 2])
def test_features_do_not_depend_on_the_order_of_rows(threads):
    rng = np.random.default_rng(threads)
    rows = [
        {
            "record_id": f"p{n}",
            "entity_id": IDS[n % 3],
            "decided_on": f"202{n % 5}-03-01",
            "occurred_on": f"202{n % 5}-03-01",
            "known_on": f"202{n % 5}-03-05",
            "severity": "minor",
            "fine_yuan": 0.1 * n,
        }
        for n in range(60)
    ]
    one = records({"penalties": rows}).known(DAY)
    two = replace(
        one, tables={**one.tables, "penalties": one["penalties"].sample(frac=1, random_state=rng.integers(9))}
    )
    pd.testing.assert_frame_equal(build(one), build(two))
    assert isinstance(one, Known)
