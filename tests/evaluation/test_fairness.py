"""Fairness: figures of a slow twin, nobody dropped, intervals that cover, verdicts that wait where they are unsure."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmodel.errors import InputError
from riskmodel.evaluation.fairness import FIGURES, MISSING, OTHERS, Bound, Minimum, fairness
from riskmodel.scoring.resampling import Bootstrap

NONE, ANY = Bootstrap(replicates=0), Minimum(0, 0)


@st.composite
def offices(draw):
    n = draw(st.integers(3, 40))

    def column(*values):
        return draw(st.lists(st.sampled_from(values), min_size=n, max_size=n))

    frame = pd.DataFrame(
        {"town": column("a", "b", "c", None), "size": column(1, 2), "risk_score": column(0.0, 1.0, 1.0, 2.0),
         "pi": column(0.1, 0.5, 1.0), "observed": column(0, 1), "y": column(0.0, 1.0), "probability": column(0.2, 0.7)}
    )  # fmt: skip
    frame["y"] = frame["y"].where(frame["observed"] == 1)
    return frame, draw(st.integers(1, n))


def slow(frame, k) -> dict[str, float]:
    """Figures of some rows, one by one; `listed` is already there."""
    s = dict.fromkeys(("n", "seen", "pi", "listed", "hit", "miss", "false", "clear", "predicted"), 0.0)
    for row in frame.itertuples():
        s["n"] += 1
        s["pi"] += row.pi
        s["listed"] += row.listed
        if row.observed:
            s["seen"] += 1
            s["predicted"] += row.probability / row.pi
            s["hit" if row.y else "false"] += row.listed / row.pi
            s["miss" if row.y else "clear"] += (1 - row.listed) / row.pi

    def ratio(a, b):
        return a / b if b > 0 else np.nan

    events, none = s["hit"] + s["miss"], s["false"] + s["clear"]
    return {
        "share_inspected": ratio(s["pi"], s["n"]), "label_coverage": ratio(s["seen"], s["n"]),
        "selection_rate": ratio(s["listed"], s["n"]), "event_rate": ratio(events, events + none),
        "true_positive_rate": ratio(s["hit"], events), "false_negative_rate": ratio(s["miss"], events),
        "false_positive_rate": ratio(s["false"], none), "precision": ratio(s["hit"], s["hit"] + s["false"]),
        "calibration": ratio(s["predicted"], events),
    }  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(offices())
def test_figures_and_ratios_are_those_of_the_slow_twin(office):
    frame, k = office
    border = frame["risk_score"].nlargest(k).iloc[-1]
    at, above = frame["risk_score"] == border, frame["risk_score"] > border
    twin = frame.assign(listed=above + at * (k - above.sum()) / at.sum(), town=frame["town"].fillna(MISSING))
    found = fairness(frame, ["town", "size"], k=k, minimum=ANY, bootstrap=NONE).figures
    assert found["figure"].unique().tolist() == list(FIGURES)
    for (attribute, group), part in found.groupby(["attribute", "group"]):
        own = twin[attribute].astype(str) == group
        here, rest = slow(twin[own], k), slow(twin[~own], k)
        for row in part.itertuples():
            np.testing.assert_allclose(row.value, here[row.figure], err_msg=row.figure)
            expected = here[row.figure] / rest[row.figure] if rest[row.figure] > 0 else np.nan
            np.testing.assert_allclose(row.ratio, expected, err_msg=row.figure)


@settings(max_examples=40, deadline=None)
@given(offices(), st.integers(0, 30), st.integers(0, 10))
def test_nobody_is_dropped_and_small_groups_show_nothing_of_their_own(office, rows, events):
    frame, k = office
    found = fairness(frame, ["town"], k=k, minimum=Minimum(rows, events), bootstrap=NONE)
    groups = found.groups.set_index("group")
    single, status = groups.drop(index=OTHERS, errors="ignore"), groups["status"]
    assert single["n"].sum() == len(frame) and single["labelled"].sum() == frame["observed"].sum()
    small = single[single["status"] != "reported"]
    assert (OTHERS in groups.index) == bool(len(small))
    if len(small):
        assert groups.loc[OTHERS, "n"] == small["n"].sum()
    hidden = found.figures[found.figures["group"].map(status) == "few_rows"]
    assert hidden[["value", "ratio"]].isna().all().all()
    assert len(found.figures) == len(groups) * len(FIGURES)


def office(n=4000, towns=4, seed=0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"town": rng.integers(0, towns, n).astype(str), "risk_score": rng.normal(size=n)})
    frame["probability"] = 1 / (1 + np.exp(1.5 - frame["risk_score"]))
    frame["pi"] = np.where(frame["risk_score"] > 0, 0.6, 0.2)
    frame["observed"] = (rng.random(n) < frame["pi"]).astype(int)
    return frame.assign(y=(rng.random(n) < frame["probability"]).astype(float))


def test_a_group_with_few_problems_still_shows_who_is_inspected():
    frame = office()
    frame.loc[frame["town"] == "3", "y"] = 0.0
    found = fairness(frame, ["town"], k=400, bootstrap=Bootstrap(replicates=50))
    part = found.figures[found.figures["group"] == "3"].set_index("figure")
    assert (part["status"] == "few_events").all()
    shown = part["value"].notna()
    assert set(part.index[shown]) == {"share_inspected", "label_coverage", "selection_rate"}
    assert part.loc[shown, ["low", "high", "ratio_low", "ratio_high"]].notna().all().all()


def test_weights_of_inspections_undo_selective_labels():
    frame = office(60_000)
    whole = frame["y"].mean()
    by_pi = fairness(frame.assign(one="x"), ["one"], k=400, bootstrap=NONE).figures.set_index("figure")["value"]
    plain = fairness(frame.assign(one="x", weight=1.0), ["one"], k=400, bootstrap=NONE).figures.set_index("figure")[
        "value"
    ]
    assert by_pi["event_rate"] == pytest.approx(whole, abs=0.01)
    assert plain["event_rate"] > whole + 0.04
    assert by_pi["calibration"] == pytest.approx(1, abs=0.05)


def test_a_group_alone_has_no_rest_and_columns_that_lack_are_not_invented():
    frame = office().assign(one="x").drop(columns=["pi", "probability"]).assign(selected=0.1)
    found = fairness(frame, ["one"], bootstrap=Bootstrap(replicates=20)).figures
    assert found["ratio"].isna().all() and found["ratio_low"].isna().all() and found["low"].notna().all()
    assert set(FIGURES) - set(found["figure"]) == {"share_inspected", "calibration"}


def test_the_same_seed_gives_the_same_intervals_and_alike_rows_are_drawn_alike():
    how = Bootstrap(seed=2, replicates=100)
    first, second = (fairness(office(), ["town"], k=300, bootstrap=how).figures for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert (first["low"] <= first["value"]).all() and (first["value"] <= first["high"]).all()


def test_verdicts_are_sure_only_where_the_interval_is():
    frame = office(20_000)
    frame.loc[frame["town"] == "0", "risk_score"] += 1.5
    tiny = office(30, seed=9).assign(town="tiny")
    found = fairness(pd.concat([frame, tiny], ignore_index=True), ["town"], k=2000, bootstrap=Bootstrap(replicates=200))
    verdicts = found.verdicts([Bound("selection_rate", 0.8, 1.25), Bound("share_inspected", 0.8, 1.25)])
    by = verdicts.set_index(["figure", "group"])["verdict"]
    assert by["selection_rate", "0"] == "outside"
    assert by["share_inspected", "1"] == "within"
    assert by["selection_rate", "tiny"] == "not_shown"
    edge = found.figures[(found.figures["group"] == "1") & (found.figures["figure"] == "selection_rate")].iloc[0]
    near = found.verdicts([Bound("selection_rate", float(edge["ratio"]), 9.0)])
    assert near.set_index("group")["verdict"]["1"] == "unsure"


@pytest.mark.parametrize(
    ("change", "arguments", "code"),
    [
        ({"drop": "y"}, {}, "RM-EVA-003"), ({"drop": "risk_score"}, {}, "RM-EVA-003"), ({"y": 2.0}, {}, "RM-EVA-004"),
        ({"y": np.nan}, {}, "RM-EVA-004"), ({"pi": 1.5}, {}, "RM-EVA-004"), ({"pi": 0.0}, {}, "RM-EVA-004"),
        ({"weight": -1.0}, {}, "RM-EVA-004"), ({"selected": 1.5}, {"k": None}, "RM-EVA-004"),
        ({"town": OTHERS}, {}, "RM-EVA-004"), ({}, {"k": 0}, "RM-EVA-004"), ({}, {"by": []}, "RM-EVA-003"),
        ({}, {"by": ["nothing"]}, "RM-EVA-003"), ({"probability": np.nan}, {}, "RM-EVA-004"),
    ],
)  # fmt: skip
def test_what_cannot_be_audited_is_refused(change, arguments, code):
    frame = office(200)
    frame = frame.drop(columns=change["drop"]) if "drop" in change else frame.assign(**change)
    arguments = {"by": ["town"], "k": 20} | arguments
    with pytest.raises(InputError) as fault:
        fairness(frame, arguments.pop("by"), **arguments)
    assert fault.value.code == code


def test_a_bound_of_nothing_is_refused():
    found = fairness(office(500), ["town"], k=50, bootstrap=NONE)
    for bounds in ([], [Bound("beauty", 0, 1)], [Bound("precision", 2, 1)]):
        with pytest.raises(InputError, match="RM-EVA-00[34]"):
            found.verdicts(bounds)
    blind = fairness(office(500).drop(columns="pi"), ["town"], k=50, bootstrap=NONE)
    with pytest.raises(InputError, match="no share_inspected"):
        blind.verdicts([Bound("share_inspected", 0, 1)])


@pytest.mark.slow
def test_intervals_cover_the_figures_of_the_law():
    frame = office(400_000, seed=123)
    border = 1.0  # the list: whoever scores above 1
    truth = fairness(frame.assign(selected=(frame["risk_score"] > border) * 1.0), ["town"], bootstrap=NONE).figures
    truth = truth[truth["group"] == "0"].set_index("figure")["value"]
    hits = pd.Series(0.0, index=truth.index)
    for trial in range(200):
        one = office(3000, seed=1000 + trial)
        one = one.assign(selected=(one["risk_score"] > border) * 1.0)
        found = fairness(one, ["town"], bootstrap=Bootstrap(seed=trial, replicates=300)).figures
        found = found[found["group"] == "0"].set_index("figure")
        hits += (found["low"] <= truth) & (truth <= found["high"])
    assert (hits / 200 > 0.925 - 3 * np.sqrt(0.925 * 0.075 / 200)).all(), hits
