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
from riskmodel.inspections.plan import Plan, plan_inspections
from riskmodel.policy import load_policy
from riskmodel.policy.model import InspectionRules, Rule
from riskmodel.values import AsOf, Provenance

Enterprises = Callable[..., pd.DataFrame]


def test_strata_are_named_by_falling_probability_and_realise_n_over_size(plan: Plan) -> None:
    # Ten of each kind: drug 10; D 3; C serious 2; C minor 1; A 0.1, lifted to 1; had their visit this year 0.
    # The sum 16.1 rounds to 16; of the strata with equal remainders and more than one visit the last yields.
    strata = plan.strata.set_index("stratum")
    assert strata["because"].tolist() == [
        "special-fields-always", "ratio", "more-for-serious", "ratio", "ratio", "one-joint-inspection-a-year",
    ]  # fmt: skip
    assert strata["risk_tier"].tolist() == ["B", "D", "C", "C", "A", "D"]
    assert strata["wanted"].tolist() == [1, 0.3, 0.2, 0.1, 0.01, 0]
    assert strata["size"].tolist() == [10] * 6
    assert strata["n"].tolist() == [10, 3, 1, 1, 1, 0]
    assert strata["pi"].tolist() == [1, 0.3, 0.1, 0.1, 0.1, 0]


def test_every_enterprise_stays_in_the_frame_with_probability_reason_and_clause(
    plan: Plan, decided: pd.DataFrame
) -> None:
    assert plan.frame.columns.tolist() == ["entity_id", "stratum", "pi", "because", "clause"]
    assert plan.frame["entity_id"].tolist() == sorted(decided["entity_id"])
    closed = plan.frame[plan.frame["because"] == "one-joint-inspection-a-year"]
    assert closed["entity_id"].tolist() == [f"E{k:03d}" for k in range(30, 40)]
    assert (closed["pi"] == 0).all()
    assert plan.frame["pi"].sum() == pytest.approx(plan.n)


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
    strata = plan.strata
    assert strata["n"].tolist() == [10, 1, 1, 1, 1, 0]
    # Room 4 for 6.1 wanted elsewhere: everybody's target is 4 / 6.1 of the wish.
    assert strata["target"].tolist() == pytest.approx([1, *(4 / 6.1 * np.array([0.3, 0.2, 0.1, 0.01])), 0])
    assert strata["wanted"].tolist() == [1, 0.3, 0.2, 0.1, 0.01, 0]
    assert plan.capacity == 14


def test_floors_of_the_policy_survive_the_capacity(
    enterprises: Enterprises, make_rules: Callable[..., InspectionRules], provenance: Provenance
) -> None:
    floor = Rule("floor", "", "", "2.2", {"credit_grade": ("trustworthy",)}, {"probability_at_least": 0.2})
    table = enterprises(("D", "trustworthy", "none", 0), ("D", "minor", "none", 0), times=100)
    plan = plan_inspections(table, make_rules(floor), provenance, capacity=25)
    with pytest.raises(PlanError) as fault:
        plan_inspections(table, make_rules(floor), provenance, capacity=19)
    assert (fault.value.found, fault.value.expected) == ("19 < 20", "capacity ≥ 20")
    # 60 wanted; the floor holds 20 of the trustworthy, 5 remain for the others.
    assert plan.strata[["because", "target", "n"]].to_numpy().tolist() == [
        ["ratio", 0.2, 20],
        ["ratio", 0.05, 5],
    ]


@pytest.mark.parametrize(
    ("capacity", "where", "least"),
    [
        (9, "special-fields-always (5.1)", 10),
        (0, "special-fields-always (5.1)", 10),
        # Certainty fits, but the floor of the trustworthy (20 of 0.002, rounded up) does not.
        (10, "ratio (2.2); special-fields-always (5.1)", 11),
        # Certainty and floor fit, but not one visit in each of the four other strata.
        (13, "more-for-serious (2.2); ratio (2.2); special-fields-always (5.1)", 14),
    ],
)
def test_a_capacity_that_the_clauses_do_not_allow_is_refused_by_name(
    capacity: int,
    where: str,
    least: int,
    decided: pd.DataFrame,
    rules: InspectionRules,
    provenance: Provenance,
) -> None:
    with pytest.raises(PlanError) as fault:
        plan_inspections(decided, rules, provenance, capacity=capacity)
    assert (fault.value.code, fault.value.where) == ("RM-PLN-001", where)
    assert (fault.value.found, fault.value.expected) == (f"{capacity} < {least}", "capacity ≥ 14")
    assert plan_inspections(decided, rules, provenance, capacity=14).n == 14


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
    least = int(np.where(free["wanted"] == 1, free["size"], free["wanted"] > 0).sum())
    # Five more: where the floor binds, it splits the stratum of a tier, and there are five tiers.
    capacity = least + 5 + round(share * max(free["n"].sum() - least, 0))
    plan = plan_inspections(table, rules, source, capacity=capacity)
    strata = plan.strata
    assert plan.n <= capacity
    assert (strata.loc[strata["wanted"] == 1, "pi"] == 1).all()
    assert (strata.loc[strata["wanted"] == 0, "n"] == 0).all()
    assert (strata.loc[strata["wanted"] > 0, "n"] >= 1).all()
    assert plan.frame["stratum"].value_counts().to_dict() == dict(zip(strata["stratum"], strata["size"], strict=True))


def test_the_commitment_is_the_digest_of_the_canonical_content(plan: Plan) -> None:
    pairs = zip(plan.frame["entity_id"], plan.frame["stratum"], strict=True)
    content = {
        "as_of": "2025-06-30",
        "policy": "zhoucun-2020@abc",
        "data": "d" * 64,
        "design": "stratified-random-by-ticket/1",
        "frame": sorted([entity, stratum] for entity, stratum in pairs),
        "strata": {row["stratum"]: {"size": row["size"], "n": row["n"]} for row in plan.strata.to_dict("records")},
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
    other_n = plan.strata.assign(n=[10, 2, 2, 1, 1, 0])
    other_frame = plan.frame.assign(stratum=["S02", *plan.frame["stratum"][1:]])
    changed = [
        replace(plan, strata=other_n),
        replace(plan, frame=other_frame),
        replace(plan, frame=plan.frame[1:]),
        replace(plan, provenance=replace(plan.provenance, policy="zhoucun-2020@abd")),
        replace(plan, provenance=replace(plan.provenance, data="e" * 64)),
        replace(plan, provenance=replace(plan.provenance, as_of=AsOf.of("2025-07-01"))),
    ]
    digests = {plan.commit().digest, *(other.commit().digest for other in changed)}
    assert len(digests) == 7


def test_a_plan_comes_back_from_its_file_as_it_was(plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    plan.save(path)
    first = path.read_bytes()
    loaded = Plan.load(path)
    for name in ("frame", "strata", "about"):
        pd.testing.assert_frame_equal(getattr(loaded, name), getattr(plan, name))
    assert (loaded.provenance, loaded.team_size, loaded.capacity) == (plan.provenance, 2, None)
    assert loaded.commit() == plan.commit()
    loaded.save(path)
    assert path.read_bytes() == first
    assert [p.name for p in tmp_path.iterdir()] == ["plan.json"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"digest":"x"}', "\ud800", '{"digest":"x","format":"riskmodel-plan/1"}']
)
def test_a_file_that_is_no_plan_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(DrawError) as fault:
        Plan.load(path)
    assert (fault.value.code, fault.value.where) == ("RM-DRW-002", str(path))
    with pytest.raises(DrawError, match="RM-DRW-002"):
        Plan.load(tmp_path / "absent.json")


def resealed(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a plan file and make its outer digest fit again."""
    content = json.loads(path.read_text("utf-8"))
    del content["digest"]
    change(content)
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    content["digest"] = hashlib.sha256(text.encode()).hexdigest()
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")


def test_a_changed_plan_file_is_refused_even_where_its_digest_was_mended(plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    plan.save(path)
    path.write_text(path.read_text("utf-8").replace("企业7", "企业8"), "utf-8")
    with pytest.raises(DrawError, match="RM-DRW-002"):
        Plan.load(path)

    def swap(content: dict[str, Any]) -> None:
        rows = content["frame"]
        rows[0][1], rows[50][1] = rows[50][1], rows[0][1]

    changes: list[tuple[str, Callable[[dict[str, Any]], object]]] = [
        ("RM-DRW-001", lambda c: c["frame"].append(c["frame"][0])),
        ("RM-DRW-001", lambda c: c["frame"].pop()),
        ("RM-DRW-001", lambda c: c["strata"]["data"][1].__setitem__(c["strata"]["columns"].index("n"), 11)),
        ("RM-DRW-001", lambda c: c["strata"]["data"][1].__setitem__(c["strata"]["columns"].index("n"), -1)),
        ("RM-DRW-003", swap),
        ("RM-DRW-003", lambda c: c["strata"]["data"][1].__setitem__(c["strata"]["columns"].index("n"), 5)),
        ("RM-DRW-003", lambda c: c["provenance"].__setitem__("policy", "other@x")),
        ("RM-DRW-002", lambda c: c["provenance"].__setitem__("as_of", "yesterday")),
    ]
    for code, change in changes:
        plan.save(path)
        resealed(path, change)
        with pytest.raises(DrawError) as fault:
            Plan.load(path)
        assert fault.value.code == code
