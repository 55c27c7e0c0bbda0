"""Audit: a planted leak is named, by cells where features can be made again and by worth where they cannot."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from riskmodel.errors import InputError
from riskmodel.evaluation.audit import ROWS, audit, suspects
from riskmodel.features import build
from riskmodel.scoring.metrics import weighted_auc
from riskmodel.scoring.resampling import Bootstrap, replicate_auc
from riskmodel.values import AsOf

RIGHT = ["penalties", "fines_yuan", "days_since"]


def test_right_features_pass(events, office):
    assert audit(office.make_features, events, office.DAYS[:3]).empty


def test_a_feature_that_peeks_is_named_and_no_other(events, office):
    found = audit(lambda rows, day: office.make_features(rows, day, peek=True), events, office.DAYS[:2])
    assert set(found["feature"]) == {"peeking"}
    assert set(found["future"]) == {"removed", "shuffled"} and set(found["day"]) == set(office.DAYS[:2])
    assert (found["changed"] > 0).all() and (found["largest"] >= 1).all()


def test_a_record_that_was_not_known_yet_counts_as_future(events, office):
    def by_occurrence(rows, day):
        past = rows[rows["occurred_on"] <= pd.Timestamp(day)]
        return office.make_features(rows, day).assign(
            since=lambda t: t["entity_id"].map(past.groupby("entity_id").size())
        )

    found = audit(by_occurrence, events, office.DAYS)
    assert set(found["feature"]) == {"since"}  # three days of delay are enough


def test_enterprises_that_exist_only_later_are_a_leak_of_rows(events, office):
    def only_seen(rows, day):
        return office.make_features(rows, day).merge(rows[["entity_id"]].drop_duplicates())

    found = audit(only_seen, events, office.DAYS[:1])
    assert ROWS in set(found["feature"])


def test_texts_and_columns_that_come_or_go_are_compared_too(events, office):
    def odd(rows, day):
        table = office.make_features(rows, day).assign(name="x", extra=1.0)
        ahead = (rows["known_on"] > pd.Timestamp(day)).any()
        return table.assign(name="y") if ahead else table.drop(columns="extra")

    found = audit(odd, events, office.DAYS[:1])
    assert set(found["feature"]) == {"name", "extra"} and found["largest"].isna().all()


def test_flags_and_gaps_are_compared_as_numbers(events, office):
    def odd(rows, day):
        ahead = (rows["known_on"] > pd.Timestamp(day)).any()
        table = office.make_features(rows, day)
        whole = pd.array([None if ahead else 1] + [2] * (len(table) - 1), dtype="Int64")
        return table.assign(flag=table["penalties"] > (3 if ahead else 2), whole=whole)

    found = audit(odd, events, office.DAYS[:1]).set_index(["feature", "future"])
    assert found.loc[("flag", "removed"), "largest"] == 1.0
    assert found.loc[("whole", "removed"), ["changed", "example"]].tolist() == [1, 0]


@pytest.mark.parametrize(
    "attempt",
    [
        lambda e, o: audit(o.make_features, e, [date(2030, 1, 1)]), lambda e, o: audit(o.make_features, e, []),
        lambda e, o: audit(o.make_features, e.drop(columns="known_on"), o.DAYS),
        lambda e, o: audit(lambda rows, day: pd.DataFrame({"x": [1]}), e, o.DAYS),
        lambda e, o: audit(lambda rows, day: pd.DataFrame({"entity_id": [1, 1]}), e, o.DAYS),
    ],
)  # fmt: skip
def test_what_cannot_be_audited_is_refused(events, office, attempt):
    with pytest.raises(InputError, match="RM-EVA-00[34]"):
        attempt(events, office)


def test_a_ready_panel_gives_the_peeking_feature_away(events, office):
    found = suspects(office.make_panel(events, peek=True), [*RIGHT, "peeking"])
    assert found.loc[found["is_suspect"], "feature"].tolist() == ["peeking"]
    assert (found["low"] <= found["auc"]).all() and (found["auc"] <= found["high"]).all()
    assert (found.set_index("feature").loc[["penalties", "fines_yuan", "days_since"], "auc"] < 0.5).all()


def test_before_and_after_by_hand():
    # a: good then bad, the feature rose by 2 before; b: bad then good, it rose by 1; c never switched
    rows = [("a", 0, 0.0, 1), ("a", 1, 1.0, 3), ("b", 0, 1.0, 1), ("b", 1, 0.0, 2), ("c", 0, 1.0, 9), ("c", 1, 1.0, 9)]
    panel = pd.DataFrame(rows, columns=["entity_id", "as_of", "y", "x"])
    panel = panel.assign(as_of=pd.Timestamp("2024-06-30") + pd.to_timedelta(184 * panel["as_of"], unit="D"), observed=1)
    found = suspects(panel, ["x"], bootstrap=Bootstrap(replicates=0)).iloc[0]
    assert (found["switched"], found["auc"]) == (2, 1.0) and not found["is_suspect"]
    assert suspects(panel.assign(x=-panel["x"]), ["x"])["auc"][0] == 1.0
    with pytest.raises(InputError, match="switched"):
        suspects(panel[panel["entity_id"] == "c"], ["x"])


def test_a_panel_of_which_nobody_was_seen_twice_is_refused(panel):
    for frame in (panel[panel["as_of"] == panel["as_of"].min()], panel.drop(columns="y")):
        with pytest.raises(InputError, match="RM-EVA-003"):
            suspects(frame, RIGHT)


def test_replicates_of_the_area_are_those_of_repeated_rows():
    rng = np.random.default_rng(0)
    score, y = rng.integers(0, 5, 40).astype(float), rng.integers(0, 2, 40)
    counts = rng.integers(0, 4, (6, 40))
    found = replicate_auc(counts, score, y)
    for row, value in zip(counts, found, strict=True):
        again = np.repeat(np.arange(40), row)
        assert value == pytest.approx(weighted_auc(y[again], score[again]))


@pytest.mark.slow
def test_right_features_are_seldom_suspected_and_one_that_peeks_mostly_is(office):
    wrong = caught = 0
    for seed in range(15):
        panel = office.make_panel(office.make_events(seed=seed), peek=True, seed=seed)
        panel = panel.assign(noise=np.random.default_rng(seed).random(len(panel)), still=panel["entity_id"] % 7)
        right = [*RIGHT, "noise", "still"]
        found = suspects(panel, [*right, "peeking"], bootstrap=Bootstrap(replicates=200)).set_index("feature")
        wrong += int(found.loc[right, "is_suspect"].any())
        caught += bool(found.loc["peeking", "is_suspect"])
    assert wrong <= 1 and caught >= 12


def test_records_whose_corrections_are_seen_too_early_are_caught(sample_records):
    """Honest features pass; one that reads the day of a later removal is found as such."""
    from riskmodel.evaluation.audit import audit_records

    days = [AsOf.of("2023-06-30"), AsOf.of("2024-06-30")]

    def honest(records):
        return build(records.panel(days), names=["abnormal_now", "penalties_365d"])

    def peeking(records):
        listings = records.history["abnormal_listings"]
        early = listings[(listings["known_on"] <= pd.Timestamp(days[0].day)).to_numpy()]
        removed = early.loc[early["removed_on"].notna(), "entity_id"]  # whenever: that was not known on the days
        table = honest(records)
        return table.assign(abnormal_now=table["abnormal_now"].mask(table["entity_id"].isin(removed), 0.0))

    assert audit_records(sample_records, honest, [day.day for day in days]).empty
    found = audit_records(sample_records, peeking, [day.day for day in days])
    assert set(found["feature"]) == {"abnormal_now"}
    assert set(found["future"]) == {"corrected"}
