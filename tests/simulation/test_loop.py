"""The closed loop on the sample: real tables, real path, nothing known too early."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import riskmodel as rm
from riskmodel.simulation.calibrate import calibrate
from riskmodel.simulation.loop import Setting, _Office
from riskmodel.simulation.strategies import named
from riskmodel.tables import TABLES
from riskmodel.warning.casebook import review


@pytest.fixture(scope="module")
def policy():
    return rm.load_policy("zhoucun-2020")


@pytest.fixture(scope="module")
def setting(sample_records, policy):
    made = calibrate(sample_records, policy.at(sample_records.newest), years=2)
    return Setting(sample_records, made, 1, seed=4, effort=80)


def test_strategies_meet_the_same_world_and_replicates_another(setting, policy):
    """Before any visit of the simulation could deter, the violations are the same."""
    mine, other = (_Office(setting, named(name, policy), 0).quarter(0) for name in ("greedy", "equal"))
    assert mine["open"] == other["open"] and mine["found"] != other["found"]
    assert _Office(setting, named("equal", policy), 1).quarter(0)["open"] != mine["open"]


def test_what_is_filed_satisfies_the_tables_and_is_known_late(setting, policy):
    office = _Office(setting, named("greedy", policy), 0)
    before = {name: len(rows) for name, rows in office.ledger.tables.items()}
    office.quarter(0)
    for name, rows in office.ledger.tables.items():
        new = rows.iloc[before[name] :]
        for column in TABLES[name].columns:
            if column.constraint is not None:
                assert column.constraint.holds(new[column.name]).all(), (name, column.name)
        on = {"inspections": "inspected_on", "penalties": "decided_on", "complaints": "received_on",
              "abnormal_listings": "listed_on"}[name]  # fmt: skip
        assert (new["known_on"] >= new[on]).all() and new["record_id"].is_unique
        assert new[on].min() > pd.Timestamp(setting.records.newest.day) if len(new) else True
    known = office.ledger.now().known(office.ledger.now().newest)
    assert (known["inspections"]["known_on"] <= pd.Timestamp(office.ledger.newest)).all()
    assert len(known["inspections"]) < len(office.ledger.tables["inspections"])
    visits = office.ledger.tables["inspections"].iloc[before["inspections"] :]
    assert visits.loc[visits["purpose"].eq("random"), "pi"].eq(1).all()
    later = office._assess(1)
    given = office.reminders.given(later.events, later.rules.warning, later.provenance.as_of)
    acts = [written(entity_id, act) for entity_id, done in office.reminders.acts.items() for act in done]
    book = review(
        later.events,
        later.rules.warning,
        later.provenance.as_of,
        later.provenance,
        sorted(acts, key=lambda a: a["seq"]),
    )
    assert book.refused.empty and len(acts) > 0
    assert {name: office.reminders.states[name] for name in book.states} == dict(book.states)
    reminded = book.ledger[book.ledger["to_stage"].eq("reminded") & (book.ledger["on"] > pd.Timestamp("2025-06-30"))]
    assert set(given) == set(reminded["entity_id"]) and given


def written(entity_id, act):
    """An act as the log of a real office holds it."""
    held, opened = (np.datetime64(day, "D").astype(str) for day in (act.held, act.opened))
    return {"seq": act.seq, "case_id": f"W-{entity_id}-{opened}", "act": act.act, "recorded_on": held, "held_on": held,
            "signed_by": "模拟", "departments": []}  # fmt: skip


def test_those_who_leave_are_deregistered_and_entrants_come_to_the_registry(setting, policy):
    ledger = _Office(setting, named("equal", policy), 0).ledger
    first = ledger.now()["enterprises"]
    entering = (setting.calibrated.world.enters == 1).sum()
    ledger.close(np.array([0, 3]), setting.first_day(4))
    ledger.add({name: rows.iloc[:0] for name, rows in ledger.tables.items()}, setting.first_day(5))
    later = ledger.now()["enterprises"]
    entered = later[~later["entity_id"].isin(first["entity_id"])]
    assert len(entered) == entering > 0
    assert (entered["established_on"] == pd.Timestamp(setting.first_day(4))).all()
    gone = later[later["closed_on"].eq(pd.Timestamp(setting.first_day(4))).to_numpy()]
    ids = setting.calibrated.world.registry["entity_id"]
    assert sorted(gone["entity_id"]) == sorted([ids.iloc[0], ids.iloc[3]]) and gone["status"].eq("deregistered").all()
