"""The draw: who is taken, the list of visits, and the theory of whole plans over many seeds."""

import numpy as np
import pandas as pd
import pytest

from riskmodel.errors import DrawError
from riskmodel.inspections.commitment import Commitment
from riskmodel.inspections.draw import Draw
from riskmodel.inspections.plan import Plan
from riskmodel.sampling.by_stratum import PLANNED
from riskmodel.sampling.rounding import UNIT, rounded, shift_of
from riskmodel.sampling.tickets import ticket

VISITS = [
    "visit_no", "entity_id", "name", "town", "industry", "special_field", "stratum", "pi", "because",
    "joint", "items", "ticket", "team", "inspector_ids", "inspector_names",
]  # fmt: skip


@pytest.mark.parametrize("design", PLANNED, indirect=True)
def test_the_smallest_tickets_of_each_stratum_are_drawn(plan: Plan, design: str) -> None:
    drawn = plan.draw("seed").table
    assert plan.design == PLANNED[design]
    numbers = drawn["stratum"].value_counts().reindex(plan.strata["stratum"], fill_value=0)
    shift = shift_of(ticket("seed", "numbers", purpose="round"))
    assert sum(numbers) in (16, 17)
    if design == "stratified":
        assert numbers.tolist() == rounded(plan.strata["millionths"], shift).tolist()
    else:
        assert sum(numbers) == (plan.strata["millionths"].sum() + shift) // UNIT
    for stratum, n in zip(plan.strata["stratum"], numbers, strict=True):
        members = plan.frame.loc[plan.frame["stratum"] == stratum, "entity_id"]
        expected = sorted(members, key=lambda entity: ticket("seed", entity))[:n]
        own = drawn[drawn["stratum"] == stratum]
        assert own["entity_id"].tolist() == expected
        assert own["rank"].tolist() == list(range(1, n + 1))


def test_the_table_is_in_the_order_of_tickets_with_what_lists_show(plan: Plan, decided: pd.DataFrame) -> None:
    table = plan.draw("seed").table
    assert table["ticket"].is_monotonic_increasing
    assert table["ticket"].tolist() == [ticket("seed", entity) for entity in table["entity_id"]]
    names = decided.set_index("entity_id")["name"]
    assert table["name"].tolist() == names[table["entity_id"]].tolist()
    assert table.columns.tolist() == [
        "entity_id", "name", "town", "industry", "special_field", "stratum", "pi", "because", "joint", "items",
        "clause", "needs", "ticket", "rank",
    ]  # fmt: skip


def test_an_enterprise_that_must_not_be_visited_is_never_drawn(plan: Plan) -> None:
    closed = set(plan.frame.loc[plan.frame["pi"] == 0, "entity_id"])
    assert len(closed) == 10
    assert not any(closed & set(plan.draw(f"seed {k}").table["entity_id"]) for k in range(20))


@pytest.mark.parametrize("design", ["stratified", "conditional_poisson"], indirect=True)
def test_realised_probabilities_agree_with_draws_over_many_seeds(plan: Plan) -> None:
    seeds = 200
    drawn = pd.concat([plan.draw(f"seed {k}").table["entity_id"] for k in range(seeds)])
    found = drawn.value_counts().reindex(plan.frame["entity_id"], fill_value=0).to_numpy() / seeds
    pi = plan.frame["pi"].to_numpy()
    open_ = (pi > 0) & (pi < 1)
    assert (found[~open_] == pi[~open_]).all()
    z = (found - pi)[open_] / np.sqrt(pi * (1 - pi) / seeds)[open_]
    assert np.abs(z).max() < 4


def test_the_commitment_must_be_that_of_the_plan(plan: Plan) -> None:
    commitment = plan.commit()
    for fitting in (commitment, commitment.digest, None):
        assert len(plan.draw("seed", fitting).table) in (16, 17)
    for other in (Commitment("0" * 64, ""), "0" * 64):
        with pytest.raises(DrawError) as fault:
            plan.draw("seed", other)
        assert fault.value.code == "RM-DRW-003"
        assert (fault.value.found, fault.value.expected) == (commitment.digest, "0" * 64)


def test_a_blank_seed_is_refused(plan: Plan) -> None:
    with pytest.raises(DrawError, match="RM-DRW-010"):
        plan.draw(" ")


def test_visits_have_teams_inspectors_and_names(draw: Draw) -> None:
    visits = draw.visits
    assert visits.columns.tolist() == VISITS
    assert visits["visit_no"].tolist() == list(range(1, len(visits) + 1))
    assert visits["entity_id"].tolist() == draw.table["entity_id"].tolist()
    for ids, names in zip(visits["inspector_ids"], visits["inspector_names"], strict=True):
        assert [f"检查员{who[2:]}" for who in ids.split(",")] == names.split(",")
    assert "ZF7" not in ",".join(visits["inspector_ids"])  # not available
    (barred, entity), _ = draw.people.recusals  # ZF7 is not available; E030 is never drawn, but in the frame
    assert (barred != "ZF7", entity) == (True, visits["entity_id"][0])
    assert barred not in visits["inspector_ids"][0].split(",")
    assert draw.provenance.seed == draw.seed


def test_without_inspectors_visits_have_empty_teams(plan: Plan, inspectors: pd.DataFrame) -> None:
    drawn = plan.draw("seed")
    for visits in (drawn.visits, drawn.assign(None).visits, drawn.assign(inspectors[:0]).visits):
        assert visits.columns.tolist() == VISITS
        assert set(visits["team"]) == set(visits["inspector_ids"]) == set(visits["inspector_names"]) == {""}


def test_assigning_leaves_the_first_draw_as_it_was(plan: Plan, inspectors: pd.DataFrame) -> None:
    drawn = plan.draw("seed")
    drawn.assign(inspectors)
    assert set(drawn.visits["team"]) == {""}


def test_a_draw_of_nobody_is_a_draw(plan: Plan, inspectors: pd.DataFrame) -> None:
    none = Plan(
        plan.frame.assign(pi=0.0),
        plan.strata.assign(n=0.0, millionths=0, pi=0.0),
        plan.about,
        plan.provenance,
        plan.team_size,
    )
    drawn = none.draw("seed").assign(inspectors)
    assert (len(drawn.table), len(drawn.visits)) == (0, 0)
    assert drawn.visits.columns.tolist() == VISITS
    assert drawn.visits.dtypes.astype("str").to_dict() == plan.draw("s").visits.dtypes.astype("str").to_dict()
