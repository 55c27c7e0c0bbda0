"""Every example of the specification holds on every executor, and its page is the generated one."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskmodel.records import Panel
from riskmodel.records.panel import ALWAYS, NEVER, SHOWN_FROM, SHOWN_UNTIL, day_numbers
from riskmodel.records.windows import compute
from riskmodel.records.windows.declared import Aggregate, Declaration, Window
from riskmodel.tables import TABLES, dtype_of, empty
from riskmodel.values import AsOf

HERE = Path(__file__).parent
_spec = importlib.util.spec_from_file_location("spec_windows", HERE / "windows.py")
_module = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = _module  # dataclasses look their module up
_spec.loader.exec_module(_module)
SPECS = _module.SPECS


def cells(text: str) -> pd.DataFrame:
    head, *rows = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    return pd.DataFrame(rows, columns=head)


def versions(name: str, text: str) -> pd.DataFrame:
    """Typed rows; columns that are not written take their default."""
    given = cells(text) if text else empty(name).assign(known_from="", known_until="")
    made = {}
    for column in TABLES[name].columns:
        values = given.get(column.name, pd.Series([column.default or ""] * len(given), dtype="str"))
        if column.kind == "flag":
            made[column.name] = values.eq("yes")
        else:
            made[column.name] = values.mask(values.eq(""), None if dtype_of(column) != "str" else "").astype(
                dtype_of(column)
            )
    derived = {c: given[c].astype("str") for c in given if c not in made and not c.startswith("known_")}
    shown = {SHOWN_FROM: ("known_from", ALWAYS), SHOWN_UNTIL: ("known_until", NEVER)}
    clocks = {
        to: day_numbers(pd.to_datetime(given.get(of, pd.Series([""] * len(given))).replace("", None)), missing)
        for to, (of, missing) in shown.items()
    }
    return pd.DataFrame({**made, **derived, **clocks})


def panel(spec) -> Panel:
    registry = spec.registry or "entity_id\n" + "\n".join(dict.fromkeys(cells(spec.expected)["entity_id"]))
    tables = {name: versions(name, spec.tables.get(name, "")) for name in TABLES}
    tables["enterprises"] = versions("enterprises", registry)
    return Panel(tuple(AsOf.of(day) for day in spec.days), tables, (), "opaque")


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.title)
def test_the_example_holds(spec, engine):
    expected = cells(spec.expected)
    built = compute(panel(spec), spec.declared, engine=engine)
    days = pd.to_datetime(expected.get("as_of", pd.Series([_module.DAY] * len(expected))))
    assert built["as_of"].tolist() == days.tolist()
    assert built["entity_id"].tolist() == expected["entity_id"].tolist()
    for name in spec.declared:
        values = [float(text.replace("—", "nan")) for text in expected[name]]
        np.testing.assert_array_equal(built[name].round(6), values, err_msg=name)


def test_every_aggregate_and_every_kind_of_declaration_has_an_example():
    shown = [how for spec in SPECS for how in spec.declared.values()]
    assert {how.aggregate for how in shown if isinstance(how, Window)} == set(Aggregate.__args__)
    assert {type(how) for how in shown} == set(Declaration.__args__)


def test_the_page_is_the_generated_one():
    assert (HERE / "README.md").read_text("utf-8") == _module.page()
