"""What would lower a tier: against the whole path run again on records to which the acts were really applied."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from riskmodel.assessment import assess
from riskmodel.cli import app
from riskmodel.errors import PolicyError
from riskmodel.policy import load_policy
from riskmodel.policy.model import Local
from riskmodel.records import Records
from riskmodel.standing import ManualTiers
from riskmodel.tables import TABLES, TIERS, dtype_of, empty
from riskmodel.values import AsOf

DAY = pd.Timestamp("2025-06-15")
SMALL_CARD = {
    "penalties_general_730d": {1: 20, 2: 35},
    "penalties_180d": {1: 6, 2: 14},
    "abnormal_now": {1: 14},
    "complaints_verified_365d": {1: 9},
    "clean_inspections_730d": {1: -4},
    "tenure_years": {0: 3, 2: 0},
}


def small_policy(months_ahead=4, **steady):
    """A small card cut at points, so that no other enterprise has a say, and few months."""
    policy = load_policy("zhoucun-2020")
    tiers, scoring = policy.file.tiers, policy.file.scoring
    number = lambda value: Local(value=value, source="local")  # noqa: E731
    steady = {"look_back_months": 2, "stay_at_least_months": 1} | steady
    points = [
        scoring.points[0].model_copy(update={"feature": name, "at_least": at_least})
        for name, at_least in SMALL_CARD.items()
    ]
    lows = {DAY.date().replace(year=2000): {"B": 8, "C": 18, "D": 30, "E": 44}}
    changed = tiers.model_copy(
        update={
            "cut_by": "intervals",
            "intervals": tiers.shares.model_copy(update={"values": lows}),
            "stability": tiers.stability.model_copy(update={k: number(v) for k, v in steady.items()}),
            "outlook": tiers.outlook.model_copy(update={"months_ahead": number(months_ahead)}),
        }
    )
    file = policy.file.model_copy(update={"tiers": changed, "scoring": scoring.model_copy(update={"points": points})})
    return replace(policy, file=file)


def rows(table, *given):
    """Accepted rows with defaults."""
    if not given:
        return empty(table)
    filled = [{c.name: c.default for c in TABLES[table].columns} | row for row in given]
    return pd.DataFrame(filled).astype({c.name: dtype_of(c) for c in TABLES[table].columns})


def small_records(seed):
    """Two enterprises with a few records each, and none of anybody else."""
    rng = np.random.default_rng(seed)
    before = lambda most: DAY - pd.Timedelta(days=int(rng.integers(1, most)))  # noqa: E731
    enterprises, penalties, complaints, listings, entries = [], [], [], [], []
    for firm in ("one", "two"):
        born = DAY - pd.Timedelta(days=int(rng.integers(500, 1500)))
        enterprises.append(
            {"entity_id": firm, "name": firm, "established_on": born, "known_on": born, "new_economy": False}
        )
        for number in range(int(rng.integers(1, 3))):
            day = before(700)
            penalties.append(
                {"entity_id": firm, "record_id": f"p{number}", "occurred_on": day, "decided_on": day, "known_on": day,
                 "category": "fine", "fine_yuan": 5000.0, "confiscated_yuan": 0.0}
            )  # fmt: skip
        day = before(360)
        complaints.append(
            {
                "entity_id": firm,
                "record_id": "c",
                "received_on": day,
                "known_on": day,
                "verified": "yes",
                "verified_on": day,
            }
        )
        if rng.random() < 0.7:
            day = before(400)
            listings.append({"entity_id": firm, "record_id": "a", "listed_on": day, "known_on": day})
        if firm == "two":
            day = before(200)
            entries.append({"entity_id": firm, "list": "judgment_debtor", "entered_on": day, "known_on": day})
    tables = {name: empty(name) for name in TABLES} | {
        "enterprises": rows("enterprises", *enterprises),
        "penalties": rows("penalties", *penalties),
        "complaints": rows("complaints", *complaints),
        "abnormal_listings": rows("abnormal_listings", *listings),
        "list_entries": rows("list_entries", *entries),
        # so that days after the decision are not after all data
        "inspectors": rows("inspectors", {"inspector_id": "i", "name": "i", "available": True}),
        "ratings": rows(
            "ratings",
            {
                "entity_id": "nobody",
                "source": "public",
                "grade": "A",
                "valid_from": DAY,
                "known_on": DAY + pd.DateOffset(years=1),
            },
        ),
    }
    return Records.of(tables)


def done(records, firm, sets):
    """The records of one enterprise, entered anew under a number for each set of deeds, with these as clerks enter them."""
    one, worlds = records.of_enterprise(firm).tables, []
    for place, deeds in enumerate(sets):
        tables = {name: frame.copy() for name, frame in one.items()}
        for deed in deeds:
            kind = deed.act.id
            if kind == "repair":
                number = one["penalties"]["record_id"][deed.record]
                new = {"penalty_record_id": number, "repaired_on": DAY, "known_on": DAY}
                tables["repairs"] = pd.concat([tables["repairs"], rows("repairs", new)], ignore_index=True)
            elif kind == "clean-inspection":
                new = {"record_id": "new", "inspected_on": DAY, "known_on": DAY, "outcome_codes": "1"}
                tables["inspections"] = pd.concat([tables["inspections"], rows("inspections", new)], ignore_index=True)
            elif kind == "removal":
                tables["abnormal_listings"][["removed_on", "removal_known_on"]] = DAY
            else:
                tables["list_entries"]["exited_on"] = DAY
        worlds.append({n: t.assign(entity_id=f"{place:03d}") if "entity_id" in t else t for n, t in tables.items()})
    whole = {name: pd.concat([world[name] for world in worlds], ignore_index=True) for name in one}
    return Records.of({**whole, "ratings": records.tables["ratings"]})


def decided_at(records, policy, month):
    day = AsOf((DAY + pd.DateOffset(months=month)).date())
    decided = assess(records, policy, as_of=day).decided.sort_values("entity_id")
    return list(zip(decided["risk_tier"].map(TIERS.index), decided["risk_score"], strict=True))


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "firm"), [(1, "one"), (2, "one"), (3, "two")])
def test_the_outlook_is_what_the_whole_path_decides_when_the_deeds_are_done(seed, firm):
    """Brute force: every set of up to two deeds, and all, is entered and assessed on every month."""
    policy, records = small_policy(), small_records(seed)
    found = assess(records, policy, as_of=DAY.date()).explain(firm).outlook
    today, brute = TIERS.index(found.tier), []
    for size in sorted({size for size in (0, 1, 2, len(found.deeds)) if size <= len(found.deeds)}):
        sets = list(combinations(found.deeds, size))
        changed = done(records, firm, sets)
        for month in range(brute[-1][0] if brute else 5):
            lower = [(*row, place) for place, row in enumerate(decided_at(changed, policy, month)) if row[0] < today]
            if lower:
                tier, score, place = min(lower)
                brute.append((month, TIERS[tier], score, sets[place]))
                break
    assert len(brute) == 2  # time or one act, and sooner with one act more
    assert [(w.months, w.tier, w.risk_score, w.deeds) for w in found.ways] == brute


def test_the_first_trial_is_the_assessment_itself(sample_records, sample_assessment):
    """Without deeds and without time every enterprise stands where it stands."""
    from riskmodel.outlook import _tried

    decided = sample_assessment.decided
    some = pd.concat(
        [decided.groupby("risk_tier").head(2), decided[decided["rule_id"].ne("")].groupby("rule_id").head(1)]
    )
    for _, row in some.drop_duplicates("entity_id").iterrows():
        scene = sample_assessment._scene(row)
        rules = replace(scene.rules.tiers, outlook=replace(scene.rules.tiers.outlook, months_ahead=0))
        now = _tried(replace(scene, rules=replace(scene.rules, tiers=rules)), [()]).iloc[0]
        assert (now["risk_tier"], now["risk_score"], now["score_tier"]) == (
            row["risk_tier"],
            row["risk_score"],
            row["score_tier"],
        )


def test_a_rule_that_decides_is_named_with_its_end(sample_assessment):
    decided = sample_assessment.decided
    by_rule = decided[decided["rule_id"].ne("")].groupby("rule_id")["entity_id"].first()
    ends = sample_assessment.explain(by_rule["bad-rating-elsewhere"]).outlook
    assert ends.rule == "bad-rating-elsewhere" and ends.rule_ends is not None
    assert "行业或市场评价为严重失信" in "\n".join(ends.lines())
    stays = sample_assessment.explain(by_rule["red-line"]).outlook
    assert stays.rule == "red-line" and stays.rule_ends is None and not stays.ways
    assert "does not end by itself" in "\n".join(stays.lines("en"))


def test_a_tier_that_people_set_ends_with_its_last_day():
    people = ManualTiers().set(
        "one", "E", valid=(DAY.date(), (DAY + pd.Timedelta(days=40)).date()), reason="r", signed_by="s",
        recorded_on=DAY.date(), longest_days=180,
    )  # fmt: skip
    found = assess(small_records(2), small_policy(), as_of=DAY.date(), manual=people).explain("one").outlook
    assert (found.tier, found.rule, str(found.rule_ends)) == ("E", "manual", "2025-08-15")


def test_the_lowest_tier_has_nothing_to_lower(sample_assessment):
    decided = sample_assessment.decided
    calm = decided[decided["risk_tier"].eq("A") & decided["rule_id"].eq("")].iloc[0]
    assert sample_assessment.explain(calm["entity_id"]).outlook.lines() == ["已在最低风险等级。"]


def test_an_act_on_what_does_not_exist_is_refused(tmp_path):
    for change, fault in (("of: penalties", "no table"), ("set: {luck: today}", "no columns"), ("to: repairs", "`of`")):
        entry = {"of: penalties": "of: luck", "set: {luck: today}": "of: penalties", "to: repairs": "to: repairs"}[
            change
        ]
        cells = "set: {luck: today}" if "luck" in change else 'set: {penalty_record_id: "@record_id"}'
        text = "\n".join(
            ["extends: zhoucun-2020", "tiers:", "  outlook:", "    acts:", "      - id: x", "        name: {zh: x, en: x}",
             "        source: local", f"        {entry}", f"        {cells}"]
        )  # fmt: skip
        (tmp_path / "p.yaml").write_text(text, "utf-8")
        with pytest.raises(PolicyError, match="RM-POL-001") as caught:
            load_policy(tmp_path / "p.yaml")
        assert fault in str(caught.value)


def test_the_command_says_it_in_both_languages(sample, sample_assessment):
    decided = sample_assessment.decided
    firm = decided.loc[decided["risk_tier"].eq("B") & decided["rule_id"].eq(""), "entity_id"].iloc[0]
    shown = CliRunner().invoke(app, ["explain", str(sample), firm, "--as-of", "2025-06-30", "--lang", "en"])
    assert shown.exit_code == 0
    assert "What would lower the tier" in shown.stdout and "risk tier B" in shown.stdout
