"""The plan: strata, whole numbers, capacity, commitment, file."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmodel.errors import DrawError, PlanError
from riskmodel.inspections.capacity import Capacity
from riskmodel.inspections.people import Inspector, People
from riskmodel.inspections.plan import Plan, plan_inspections
from riskmodel.policy import load_policy
from riskmodel.policy.model import InspectionRules, Rule
from riskmodel.policy.visits import Aim, Joint, Teams
from riskmodel.values import AsOf, Provenance

Enterprises = Callable[..., pd.DataFrame]


def test_strata_are_named_by_falling_probability_and_keep_it_exactly(plan: Plan) -> None:
    # Ten of each kind: drug, D, C serious, C minor, A, and D with its visit of the year behind it.
    strata = plan.strata.set_index("stratum")
    assert strata["because"].tolist() == [
        "special-fields-always", "ratio", "more-for-serious", "ratio", "ratio", "one-joint-inspection-a-year",
    ]  # fmt: skip
    assert strata["risk_tier"].tolist() == ["B", "D", "C", "C", "A", "D"]
    assert strata["wanted"].tolist() == strata["pi"].tolist() == [1, 0.3, 0.2, 0.1, 0.01, 0]
    assert strata["size"].tolist() == [10] * 6
    assert strata["millionths"].tolist() == [10_000_000, 3_000_000, 2_000_000, 1_000_000, 100_000, 0]


def test_every_enterprise_stays_in_the_frame_with_probability_reason_and_clause(
    plan: Plan, decided: pd.DataFrame
) -> None:
    assert plan.frame.columns.tolist() == ["entity_id", "stratum", "pi", "because", "clause"]
    assert plan.frame["entity_id"].tolist() == sorted(decided["entity_id"])
    closed = plan.frame[plan.frame["because"] == "one-joint-inspection-a-year"]
    assert closed["entity_id"].tolist() == [f"E{k:03d}" for k in range(30, 40)]
    assert (closed["pi"] == 0).all()
    assert plan.frame["pi"].sum() == pytest.approx(16.1)
    assert plan.n == 17


def test_the_order_of_the_rows_does_not_matter(
    plan: Plan, decided: pd.DataFrame, rules: InspectionRules, provenance: Provenance
) -> None:
    again = plan_inspections(decided.sample(frac=1, random_state=3), rules, provenance)
    pd.testing.assert_frame_equal(again.frame, plan.frame)
    assert again.commit() == plan.commit()


def test_a_tight_capacity_scales_all_but_certainty(
    decided: pd.DataFrame, rules: InspectionRules, provenance: Provenance
) -> None:
    plan = plan_inspections(decided, rules, provenance, capacity=14)
    # Room 4 for 6.1 wanted elsewhere: everybody's target is 4 / 6.1 of the wish, the total exactly 14.
    expected = [1, *(4 / 6.1 * np.array([0.3, 0.2, 0.1, 0.01])), 0]
    assert plan.strata["target"].tolist() == pytest.approx(expected)
    assert plan.strata["pi"].tolist() == pytest.approx(expected, abs=1e-7)
    assert plan.strata["wanted"].tolist() == [1, 0.3, 0.2, 0.1, 0.01, 0]
    assert plan.strata["millionths"].sum() == 14_000_000
    assert (plan.capacity, plan.n) == (Capacity(14), 14)


def test_floors_of_the_policy_survive_the_capacity(
    enterprises: Enterprises, make_rules: Callable[..., InspectionRules], provenance: Provenance
) -> None:
    floor = Rule("floor", "", "", "2.2", {"credit_grade": ("trustworthy",)}, {"probability_at_least": 0.2})
    table = enterprises(("D", "trustworthy", "none", 0), ("D", "minor", "none", 0), times=100)
    plan = plan_inspections(table, make_rules(floor), provenance, capacity=25)
    with pytest.raises(PlanError) as fault:
        plan_inspections(table, make_rules(floor), provenance, capacity=19)
    assert (fault.value.where, fault.value.found) == ("floor (2.2)", "capacity 19 < 20")
    # 60 wanted; the floor holds 20 of the trustworthy, 5 remain for the others.
    assert plan.strata[["because", "target", "n"]].to_numpy().tolist() == [["ratio", 0.2, 20], ["ratio", 0.05, 5]]


@pytest.mark.parametrize(
    ("capacity", "where", "least"),
    [
        (9, "special-fields-always (5.1)", 11),
        (0, "special-fields-always (5.1)", 11),
        # Certainty fits, but not with the floor of the trustworthy (20 of 0.002): both are needed to collide.
        (10, "do-not-disturb (2.2); special-fields-always (5.1)", 11),
    ],
)
def test_a_capacity_that_the_clauses_do_not_allow_is_refused_by_name(
    capacity: int, where: str, least: int, decided: pd.DataFrame, rules: InspectionRules, provenance: Provenance
) -> None:
    with pytest.raises(PlanError) as fault:
        plan_inspections(decided, rules, provenance, capacity=capacity)
    assert (fault.value.code, fault.value.where) == ("RM-PLN-001", where)
    assert (fault.value.found, fault.value.expected) == (f"capacity {capacity} < {least}", f"capacity ≥ {least}")
    assert plan_inspections(decided, rules, provenance, capacity=least).n == least


def test_the_named_clauses_are_irreducible(
    enterprises: Enterprises, make_rules: Callable[..., InspectionRules], provenance: Provenance
) -> None:
    vaccine = Rule("vaccine", "", "", "5.1", {"special_field": ("vaccine",)}, {"probability": 1})
    drug = Rule("drug", "", "", "5.1", {"special_field": ("drug",)}, {"probability": 1})
    table = enterprises(("A", "minor", "vaccine", 0), ("A", "minor", "drug", 0), times=6).assign(
        town=["南郊镇"] * 6 + ["北郊镇"] * 6
    )
    with pytest.raises(PlanError) as fault:
        plan_inspections(table, make_rules(vaccine, drug), provenance, capacity=Capacity(11))
    assert fault.value.where == "drug (5.1); vaccine (5.1)"
    # One town alone cannot hold its vaccines; the drugs of the other town have nothing to do with it.
    with pytest.raises(PlanError) as fault:
        plan_inspections(
            table, make_rules(vaccine, drug), provenance, capacity=Capacity(100, by_town={"南郊镇": 5, "北郊镇": 9})
        )
    assert (fault.value.where, fault.value.found) == ("vaccine (5.1)", "capacity.by_town.南郊镇 5 < 6")


def test_capacities_of_towns_and_months_hold_in_every_draw(
    enterprises: Enterprises, make_rules: Callable[..., InspectionRules], provenance: Provenance
) -> None:
    towns = ["南郊镇", "北郊镇", "王村镇"]
    table = enterprises(("C", "minor", "none", 0), ("D", "minor", "none", 0), times=60)
    table["town"] = [towns[k % 3] for k in range(len(table))]
    limit = Capacity(by_town={"南郊镇": 3}, by_month={6: 14, 7: 1})
    plan = plan_inspections(table, make_rules(), provenance, capacity=limit)
    by_town = plan.strata.groupby("town")["n"].sum()
    # 24 wanted, 8 a town; the tightest first: 3 for one town, and the month leaves 11 for the two others.
    assert by_town.round(6).to_dict() == {"南郊镇": 3.0, "北郊镇": 5.5, "王村镇": 5.5}
    for k in range(30):
        drawn = plan.draw(f"seed {k}").table
        counts = drawn["town"].value_counts()
        assert len(drawn) == 14
        assert counts["南郊镇"] == 3
        assert set(counts.reindex(towns[1:])) <= {5, 6}


def test_a_department_joins_no_more_visits_than_it_can(
    enterprises: Enterprises, make_rules: Callable[..., InspectionRules], provenance: Provenance
) -> None:
    joint = (Joint("市场监管局", {}, 1.0, ""), Joint("交通运输局", {"section": ("G",)}, 0.5, ""))
    table = enterprises(("D", "minor", "none", 0), times=200).assign(industry=["G54", "F52"] * 100)
    rules = replace(make_rules(), joint=joint)
    plan = plan_inspections(table, rules, provenance, capacity=Capacity(by_department={"交通运输局": 6}))
    # 30 of the 100 in transport wanted, half of them joined: 15; room for 6 leaves 12 visits there.
    assert plan.strata["n"].round(6).tolist() == [30.0, 12.0]
    with pytest.raises(PlanError, match="RM-PLN-002"):
        plan_inspections(table, rules, provenance, capacity=Capacity(by_department={"消防": 6}))


@pytest.mark.parametrize(
    "content", [7, {"totl": 1}, {"total": -1}, {"total": 1.5}, {"by_town": 3}, {"by_town": {"A": True}}]
)
def test_a_wrong_file_of_capacities_is_one_clear_error(content: object) -> None:
    with pytest.raises(PlanError, match="RM-PLN-002"):
        Capacity.read(content, where="capacity.yaml")
    assert Capacity.read({"total": 5, "by_month": {6: 2}}, where="c") == Capacity(5, by_month={6: 2})


def test_an_aim_moves_visits_to_where_they_find_most_within_the_factors_of_the_policy(
    enterprises: Enterprises, make_rules: Callable[..., InspectionRules], provenance: Provenance
) -> None:
    table = enterprises(("C", "minor", "none", 0), ("D", "minor", "none", 0), times=100)
    table["probability"] = np.where(table["risk_tier"].eq("D"), 0.5, 0.1)
    for serve, weight, expected in (
        ("findings", 0.5, [35.0, 5.0]),  # C down to its half, all else to D
        ("precision", 0.5, [25.0, 15.0]),  # Neyman: as 0.5 to 0.3
    ):
        rules = replace(make_rules(), aim=Aim(serve, weight, (0.5, 2.0)))
        plan = plan_inspections(table, rules, provenance)
        assert plan.strata["n"].round(1).tolist() == expected
    with pytest.raises(PlanError, match="RM-PLN-003"):
        plan_inspections(table.drop(columns="probability"), rules, provenance)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("ABCDE"),
            st.sampled_from(["trustworthy", "minor", "serious"]),
            st.sampled_from(["none", "none", "none", "drug"]),
            st.integers(0, 1),
            st.integers(1, 30),
        ),
        min_size=1,
        max_size=12,
    ),
    st.floats(0, 1),
)
def test_plans_keep_capacity_certainty_and_caps(kinds: list[tuple[str, str, str, int, int]], share: float) -> None:
    rules = load_policy("zhoucun-2020").at(AsOf.of("2025-06-30")).inspections
    source = Provenance(AsOf.of("2025-06-30"), "d", "p", "c")
    rows = [kind[:4] for kind in kinds for _ in range(kind[4])]
    columns = ["risk_tier", "credit_grade", "special_field", "visits_this_year"]
    table = pd.DataFrame(rows, columns=columns).assign(entity_id=[f"E{k}" for k in range(len(rows))])
    free = plan_inspections(table, rules, source).strata
    least = int(free.loc[free["wanted"] == 1, "size"].sum()) + 1
    capacity = least + round(share * max(free["n"].sum() - least, 0))
    plan = plan_inspections(table, rules, source, capacity=capacity)
    strata = plan.strata
    assert plan.n <= capacity
    assert len(plan.draw("seed").table) <= capacity
    assert (strata.loc[strata["wanted"] == 1, "pi"] == 1).all()
    assert (strata.loc[strata["wanted"] == 0, "n"] == 0).all()
    assert (strata.loc[strata["wanted"] > 0, "n"] > 0).all()
    assert plan.frame["stratum"].value_counts().to_dict() == dict(zip(strata["stratum"], strata["size"], strict=True))


def test_the_commitment_is_the_digest_of_the_canonical_content(plan: Plan) -> None:
    pairs = zip(plan.frame["entity_id"], plan.frame["stratum"], strict=True)
    content = {
        "as_of": "2025-06-30",
        "round": "1/1",
        "teams": {"size": 2, "one_senior": False, "pair_visits_at_most": 0},
        "people": "",
        "policy": "zhoucun-2020@abc",
        "data": "d" * 64,
        "design": "stratified-random-by-ticket/2",
        "frame": sorted([entity, stratum] for entity, stratum in pairs),
        "strata": {
            row["stratum"]: {"size": row["size"], "millionths": row["millionths"]}
            for row in plan.strata.to_dict("records")
        },
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert plan.commit().digest == hashlib.sha256(text.encode()).hexdigest()


def test_the_sentence_to_publish_names_the_digest_but_no_enterprise_and_no_stratum(plan: Plan) -> None:
    for commitment, word in ((plan.commit(), "承诺"), (plan.commit(lang="en"), "Commitment")):
        assert commitment.digest in commitment.text
        assert word in commitment.text
        assert "共 60 户" in commitment.text or "of 60" in commitment.text
        assert not any(entity in commitment.text for entity in plan.frame["entity_id"])
        assert not any(stratum in commitment.text for stratum in plan.strata["stratum"])


def test_any_change_of_frame_numbers_or_source_changes_the_commitment(plan: Plan) -> None:
    other_n = plan.strata.assign(millionths=[10_000_000, 3_000_000, 2_000_000, 1_000_000, 100_001, 0])
    other_frame = plan.frame.assign(stratum=["S02", *plan.frame["stratum"][1:]])
    changed = [
        replace(plan, strata=other_n),
        replace(plan, frame=other_frame),
        replace(plan, frame=plan.frame[1:]),
        replace(plan, provenance=replace(plan.provenance, policy="zhoucun-2020@abd")),
        replace(plan, provenance=replace(plan.provenance, data="e" * 64)),
        replace(plan, provenance=replace(plan.provenance, as_of=AsOf.of("2025-07-01"))),
        replace(plan, part="6/12"),
        replace(plan, team_size=3),
        replace(plan, teams=Teams(one_senior=True)),
        replace(plan, people=People((Inspector("ZF1"),))),
        replace(plan, people=People((Inspector("ZF1"),), (("ZF1", "E001"),))),
        replace(plan, people=People((Inspector("ZF1"),), (), (("ZF1", "E001"),))),
    ]
    digests = {plan.commit().digest, *(other.commit().digest for other in changed)}
    assert len(digests) == 13


def test_a_plan_comes_back_from_its_file_as_it_was(plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    people = People((Inspector("ZF1", "张三", "市场监管局", True, ("drug",), "南郊镇"),), (("ZF1", "E001"),))
    rich = replace(plan, people=people, part="6/12", capacity=Capacity(5, by_month={6: 3}), teams=Teams(True, 3, 90))
    rich.save(path)
    again = Plan.load(path)
    assert (again.people, again.part, again.capacity, again.teams) == (people, "6/12", rich.capacity, rich.teams)
    plan.save(path)
    first = path.read_bytes()
    loaded = Plan.load(path)
    for name in ("frame", "strata", "about"):
        pd.testing.assert_frame_equal(getattr(loaded, name), getattr(plan, name))
    assert (loaded.provenance, loaded.team_size, loaded.capacity) == (plan.provenance, 2, Capacity())
    assert loaded.commit() == plan.commit()
    loaded.save(path)
    assert path.read_bytes() == first
    assert [p.name for p in tmp_path.iterdir()] == ["plan.json"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"digest":"x"}', "\ud800", '{"digest":"x","format":"riskmodel-plan/3"}']
)
def test_a_file_that_is_no_plan_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(DrawError) as fault:
        Plan.load(path)
    assert (fault.value.code, fault.value.where) == ("RM-DRW-013", str(path))
    with pytest.raises(DrawError, match="RM-DRW-013"):
        Plan.load(tmp_path / "absent.json")


def resealed(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a plan file and make its outer digest fit again."""
    content = json.loads(path.read_text("utf-8"))
    del content["digest"]
    change(content)
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    content["digest"] = hashlib.sha256(text.encode()).hexdigest()
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")


def _stratum(content: dict[str, Any], name: str, *, size: int) -> list[Any]:
    """The first stratum of a plan file again, under another name and of another size, with nothing expected."""
    facts = dict(zip(content["strata"]["columns"], content["strata"]["data"][0], strict=True))
    return list((facts | {"stratum": name, "size": size, "millionths": 0}).values())


def test_a_changed_plan_file_is_refused_even_where_its_digest_was_mended(plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    plan.save(path)
    path.write_text(path.read_text("utf-8").replace("企业7", "企业8"), "utf-8")
    with pytest.raises(DrawError, match="RM-DRW-013"):
        Plan.load(path)

    def swap(content: dict[str, Any]) -> None:
        rows = content["frame"]
        rows[0][1], rows[50][1] = rows[50][1], rows[0][1]

    changes: list[tuple[str, Callable[[dict[str, Any]], object]]] = [
        ("RM-DRW-001", lambda c: c["frame"].append(c["frame"][0])),
        ("RM-DRW-001", lambda c: c["frame"].pop()),
        # An empty stratum: of size 0, or with nobody of those it says to have.
        ("RM-DRW-001", lambda c: c["strata"]["data"].append(_stratum(c, "S99", size=0))),
        ("RM-DRW-001", lambda c: c["strata"]["data"].append(_stratum(c, "S99", size=3))),
        (
            "RM-DRW-001",
            lambda c: c["strata"]["data"][1].__setitem__(c["strata"]["columns"].index("millionths"), 10_000_001),
        ),
        ("RM-DRW-001", lambda c: c["strata"]["data"][1].__setitem__(c["strata"]["columns"].index("millionths"), -1)),
        ("RM-DRW-003", swap),
        ("RM-DRW-003", lambda c: c["strata"]["data"][1].__setitem__(c["strata"]["columns"].index("millionths"), 5)),
        ("RM-DRW-003", lambda c: c["provenance"].__setitem__("policy", "other@x")),
        ("RM-DRW-013", lambda c: c["provenance"].__setitem__("as_of", "yesterday")),
    ]
    for code, change in changes:
        plan.save(path)
        resealed(path, change)
        with pytest.raises(DrawError) as fault:
            Plan.load(path)
        assert fault.value.code == code


def test_items_of_the_departments_that_join_are_merged_into_one_visit(
    enterprises: Enterprises, make_rules: Callable[..., InspectionRules], provenance: Provenance
) -> None:
    items = pd.DataFrame(
        [
            ("市场监管局", "登记", "登记事项"),
            ("市场监管局", "质量", "产品质量"),
            ("交通运输局", "运输", "道路运输"),
            ("交通运输局", "运输", "车辆"),
        ],
        columns=["department", "category", "item"],
    )
    joint = (
        Joint("市场监管局", {}, 1.0, "", ("登记",)),
        Joint("市场监管局", {"section": ("F",)}, 1.0, "", ("产品质量",)),
        Joint("交通运输局", {"section": ("G",)}, 0.5, ""),
    )
    table = enterprises(("E", "minor", "none", 0), times=40).assign(industry=["G54", "F52"] * 20)
    rules = replace(make_rules(ratios={"E": 1.0}), joint=joint)
    plan = plan_inspections(table, rules, provenance, items=items)
    visits = plan.draw("seed").visits
    found = visits.groupby(["joint", visits["industry"].str[:1], "items"]).size().to_dict()
    assert found == {
        ("市场监管局", "F", "登记事项、产品质量"): 20,
        ("市场监管局", "G", "登记事项"): 10,
        ("市场监管局,交通运输局", "G", "登记事项、道路运输、车辆"): 10,
    }
    # Without an item list visits name departments alone; the digest of the plan is the same.
    bare = plan_inspections(table, rules, provenance)
    assert (bare.draw("seed").visits["items"] == "").all() and bare.commit().digest == plan.commit().digest
