import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from riskmodel import learning
from riskmodel.assessment import Kept, assess
from riskmodel.display.citations import DATED, citations
from riskmodel.errors import InputError
from riskmodel.features import FEATURES
from riskmodel.features.catalog import DECLARED
from riskmodel.policy import load_policy
from riskmodel.records.windows import Window, needed
from riskmodel.standing import graded, warning_events
from riskmodel.tables import TIERS

pytestmark = pytest.mark.slow


def test_contributions_add_up_to_the_score(sample_assessment):
    a = sample_assessment
    contributions = a.models.scorecard.contributions(a.features[list(FEATURES)])
    np.testing.assert_array_equal(contributions.sum(axis=1), a.decided["risk_score"])


def test_every_open_enterprise_stands_there_once(sample_records, sample_assessment):
    decided = sample_assessment.decided
    registry = sample_records["enterprises"]
    day = pd.Timestamp("2025-06-30")
    alive = registry[~(registry["closed_on"] <= day) & ~(registry["established_on"] > day)]
    assert sorted(decided["entity_id"]) == sorted(alive["entity_id"])
    assert decided["entity_id"].is_unique
    assert set(decided["risk_tier"]) <= set(TIERS)


def test_a_reason_stands_above_the_typical_enterprise_and_cites_known_records(sample_records, sample_assessment):
    reasons = sample_assessment.reasons
    assert reasons.groupby("entity_id")["rank"].max().le(3).all()
    assert reasons["points"].gt(0).all()
    assert reasons["records"].ne("").all()
    known = sample_records.known(sample_assessment.provenance.as_of)
    for name, feature in FEATURES.items():
        mine = reasons[reasons["feature"].eq(name)]
        if isinstance(feature.how, Window) and len(mine):
            table = known[feature.how.table]
            own = set(zip(table["entity_id"], table["record_id"], strict=True))
            first = mine["records"].str.split("（").str[0]
            assert all(pair in own for pair in zip(mine["entity_id"], first, strict=True)), name


def test_reasons_are_sorted_by_points_and_said_in_both_languages(sample_assessment):
    reasons = sample_assessment.reasons
    ordered = reasons.sort_values(["entity_id", "rank"])
    assert ordered.groupby("entity_id")["points"].apply(lambda p: p.is_monotonic_decreasing).all()
    assert reasons["zh"].str.contains(r"[\u4e00-\u9fff]").all()
    assert reasons["en"].str.isascii().all()


def test_an_explanation_names_tier_points_and_records(sample_assessment):
    top = sample_assessment.decided.sort_values("risk_score").iloc[-1]
    text = str(sample_assessment.explain(top["entity_id"]))
    assert f"风险等级 {top['risk_tier']}" in text
    assert "近" in text and "（20" in text


def test_an_unknown_enterprise_is_one_clear_error(sample_assessment):
    with pytest.raises(InputError, match="RM-INP-009"):
        sample_assessment.explain("nobody")


def test_riskier_tiers_hold_enterprises_that_truly_violate_more(sample, sample_assessment):
    """Against the hidden truth, which no score has seen; probabilities would rise with the points by construction."""
    truth = pd.read_parquet(sample.parent / "sample-truth/enterprises.parquet")[["entity_id", "yearly_violations"]]
    rate = sample_assessment.decided.merge(truth, on="entity_id").groupby("model_tier")["yearly_violations"]
    mean, error = rate.mean(), rate.std() / np.sqrt(rate.size())
    for low, high in (("A", "C"), ("A", "D"), ("B", "E")):
        assert mean[high] - mean[low] > 2 * np.hypot(error[high], error[low]), (low, high)


def test_a_day_after_all_data_is_one_clear_error_that_names_the_last_day(sample_records):
    with pytest.raises(InputError, match="RM-INP-006") as fault:
        assess(sample_records, load_policy("zhoucun-2020"), as_of="2031-01-01")
    assert fault.value.expected == f"≤ {sample_records.newest}"


@pytest.mark.parametrize("mode", ["fitted", "blended"])
def test_a_policy_that_learns_without_enough_outcomes_is_one_clear_error(sample_records, mode):
    with pytest.raises(InputError, match="RM-REC-007"):
        assess(sample_records, load_policy(f"zhoucun-2020-{mode}"), as_of="2020-09-30")


def test_blended_points_lie_between_those_of_experts_and_fitted_ones(sample_records):
    """Each feature's points are the mixture that the policy says; reasons, table and probability are of these points."""
    names = {"expert": "zhoucun-2020", "fitted": "zhoucun-2020-fitted", "blended": "zhoucun-2020-blended"}
    found = {mode: assess(sample_records, load_policy(name), as_of="2025-06-30") for mode, name in names.items()}
    features = found["blended"].features
    share = found["blended"].rules.scoring.fitted_share
    values = features[list(learning.scored(found["blended"].rules))]
    one, two, mixed = (found[mode].models.scorecard.contributions(values) for mode in names)
    assert np.abs(mixed - ((1 - share) * one + share * two)).to_numpy().max() <= 0.5
    decided = found["blended"].decided
    score = pd.Series(mixed.sum(axis=1).to_numpy(), features["entity_id"])
    assert decided["risk_score"].tolist() == score[decided["entity_id"]].tolist()
    rank = decided[["risk_score", "probability"]].rank()
    assert rank["risk_score"].corr(rank["probability"], method="spearman") > 0.99
    for each in found.values():
        assert each.models.metrics["model"].tolist() == list(names)
    pd.testing.assert_frame_equal(found["expert"].models.metrics, found["blended"].models.metrics)


def test_an_expert_policy_without_outcomes_gives_scores_and_says_no_probability(sample_records):
    early = assess(sample_records, load_policy("zhoucun-2020"), as_of="2020-09-30")
    assert early.models.metrics.empty
    assert early.decided["probability"].isna().all()
    assert early.decided["risk_score"].notna().all()


def test_what_a_replay_keeps_changes_nothing_and_no_day_is_built_twice(sample_records, monkeypatch):
    """A year later every earlier day is known already: those of the assessment before, and its own."""
    policy, built, kept, build = load_policy("zhoucun-2020-fitted"), [], Kept(), learning.build
    monkeypatch.setattr(learning, "build", lambda shown, **how: built.extend(shown.days) or build(shown, **how))
    for day in ("2024-06-30", "2025-06-30"):
        mine = assess(sample_records, policy, as_of=day, bare=True, kept=kept)
        days = len(built)
        assert (days > 0) == (day == "2024-06-30")
        again = assess(sample_records, policy, as_of=day, bare=True)
        assert len(built) > days
        pd.testing.assert_frame_equal(mine.decided, again.decided)
        built.clear()
    scoring = policy.file.scoring  # other features: nothing that was kept fits
    scoring = scoring.model_copy(update={"points": scoring.points[:12]})
    other = replace(policy, file=policy.file.model_copy(update={"scoring": scoring}))
    mine, again = (assess(sample_records, other, as_of="2025-06-30", bare=True, kept=k) for k in (kept, None))
    pd.testing.assert_frame_equal(mine.decided, again.decided)


def test_an_outlook_cites_a_record_by_the_day_and_in_the_words_of_its_reasons(sample_assessment):
    """What would lower a tier names the same decisions and listings, decided and listed on the same days."""
    top = sample_assessment.decided.nlargest(5, "risk_score")["entity_id"]
    seen = set()
    for entity in top:
        explained = sample_assessment.explain(entity)
        told = " ".join(deed.name("zh") for way in explained.outlook.ways for deed in way.deeds)
        for cited in re.findall(r"[^；等]+（\d{4}-\d\d-\d\d [^）]+）", "；".join(explained.reasons["records"])):
            number = cited.split("（")[0]
            if number in told:
                assert cited in told
                seen.add(cited.split(" ")[1][:2])
    assert {"决定", "列入"} <= seen


def test_a_day_beside_a_record_says_what_happened_on_it(sample_records, sample_assessment):
    """The day of a decision in a reason and the day of the violation in a warning are told apart, in both languages."""
    clocks = {w.clock for name in FEATURES for w in needed(DECLARED, [name]).values() if isinstance(w, Window)}
    assert clocks <= set(DATED)
    for column, word in (("records", r"\d 决定[，）]"), ("records_en", r"\(decided \d")):
        told = sample_assessment.reasons[column]
        by_number = told[told.str.contains("处罚字")].str.split("；|; ").explode()
        assert len(by_number) and by_number[by_number.str.contains("处罚字")].str.contains(word).all()
    events = warning_events(
        graded(sample_records.known(sample_assessment.provenance.as_of), sample_assessment.rules.severity)
    )
    penalty = events[events["kind"].eq("penalties")].iloc[0]
    cited = f"{penalty.event_id}({penalty.occurred_on:%Y-%m-%d}, {penalty.authority})"
    assert citations(cited) == f"{penalty.event_id}（{penalty.occurred_on:%Y-%m-%d} 发生，{penalty.authority}）"
    assert (
        citations(cited, "en") == f"{penalty.event_id} (happened {penalty.occurred_on:%Y-%m-%d}, {penalty.authority})"
    )
