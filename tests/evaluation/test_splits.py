"""Splits: a training label had matured and was known before anything that is judged with it."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmodel.display import canvas
from riskmodel.errors import InputError
from riskmodel.evaluation.splits import RollingOrigins, Split, plot_splits, windows
from riskmodel.values import Period

ORIGINS = RollingOrigins(date(2024, 6, 30), date(2025, 6, 30), 6, horizon_days=180, gap_days=3, train_years=3)


def panel(days) -> pd.DataFrame:
    return pd.DataFrame({"as_of": pd.to_datetime(np.repeat(days, 2)), "entity_id": ["a", "b"] * len(days)})


def test_the_example_on_a_calendar():
    # 180 + 3 days before 2024-06-30 is 2023-12-30, so labels of 2023-12-31 come a day too late? No: 2023-12-31 + 183
    # days is 2024-07-01, after the test day; 2023-06-30 is the latest day whose labels were known
    first = RollingOrigins(
        date(2024, 6, 30), date(2024, 6, 30), 6, horizon_days=180, gap_days=3, train_years=3
    ).splits()[0]
    assert date(2023, 12, 31) + timedelta(183) == date(2024, 7, 1)
    assert first.calibrate_on == date(2023, 6, 30)
    assert first.train_days[-1] == date(2022, 12, 31) - timedelta(184)  # 2022-06-30
    assert first.label_until == date(2024, 12, 27)


@settings(max_examples=60, deadline=None)
@given(
    st.dates(date(2015, 1, 1), date(2025, 1, 1)), st.integers(1, 12), st.integers(1, 400), st.integers(0, 120),
    st.integers(1, 6), st.booleans(),
)  # fmt: skip
def test_no_label_is_used_before_it_was_known(first, every, horizon, gap, years, calibrate):
    origins = RollingOrigins(first, first + timedelta(400), every, horizon, gap, years, calibrate)
    try:
        splits = origins.splits()
    except InputError as fault:
        assert fault.code == "RM-EVA-002"
        return
    mature = timedelta(horizon + gap)
    assert len(splits) == origins.get_n_splits()
    for split in splits:
        judged = split.calibrate_on or split.test_day
        assert all(day + mature <= split.fit_until <= judged for day in split.train_days)
        assert split.calibrate_on is None or split.calibrate_on + mature <= split.test_day
        assert (split.calibrate_on is not None) == calibrate
        assert split.label_until == split.test_day + timedelta(horizon)
        assert split.train_days[0] >= (pd.Timestamp(split.test_day) - pd.DateOffset(years=years)).date()
    # nothing matured is left aside: the newest training day is the last of its grid that could be known
    assert all(a.test_day < b.test_day for a, b in zip(splits, splits[1:], strict=False))


def test_month_ends_stay_month_ends_and_training_days_lie_on_one_grid():
    days = sorted(
        {day for split in ORIGINS.splits() for day in (*split.train_days, split.calibrate_on, split.test_day)}
    )
    assert all(pd.Timestamp(day).is_month_end for day in days)
    odd = RollingOrigins(date(2024, 1, 30), date(2024, 5, 1), 1, horizon_days=20, gap_days=0, train_years=1).splits()
    assert {split.test_day.day for split in odd} == {30, 29}  # 2024-02-29, then 30 again
    assert {day for day in odd[3].train_days if day.month == 1} == {date(2024, 1, 30)}


def test_rows_of_a_panel_fall_into_their_parts():
    split = ORIGINS.splits()[0]
    frame = panel([*split.train_days, split.calibrate_on, split.test_day, date(2024, 12, 31)])
    parts = split.parts(frame)
    n = 2 * len(split.train_days)
    assert parts.train.tolist() == list(range(n))
    assert parts.calibrate.tolist() == [n, n + 1]
    assert parts.test.tolist() == [n + 2, n + 3]


def test_a_label_that_came_late_is_not_fitted_on():
    split = ORIGINS.splits()[0]
    frame = panel([*split.train_days, split.calibrate_on, split.test_day])
    known = pd.Series(frame["as_of"] + pd.Timedelta(days=183))
    known[0] = pd.Timestamp(split.fit_until) + pd.Timedelta(days=1)
    known[2 * len(split.train_days)] = pd.Timestamp(split.test_day) + pd.Timedelta(days=1)
    parts, plain = split.parts(frame.assign(label_known_on=known)), split.parts(frame)
    assert set(plain.train) - set(parts.train) == {0}
    assert set(plain.calibrate) - set(parts.calibrate) == {2 * len(split.train_days)}


def test_scikit_learn_takes_it_as_cv():
    from sklearn.dummy import DummyClassifier
    from sklearn.model_selection import cross_val_score

    splits = ORIGINS.splits()
    days = sorted({day for s in splits for day in (*s.train_days, s.test_day)})
    frame = panel(days).assign(x=1.0, y=[0, 1] * len(days))
    scores = cross_val_score(DummyClassifier(), frame[["x"]], frame["y"], cv=ORIGINS, groups=frame["as_of"])
    assert len(scores) == ORIGINS.get_n_splits() == 3
    assert [len(test) for _, test in ORIGINS.split(frame)] == [2, 2, 2]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"last": date(2024, 1, 1)}, "RM-EVA-001"), ({"every_months": 0}, "RM-EVA-001"), ({"horizon_days": 0}, "RM-EVA-001"),
        ({"gap_days": -1}, "RM-EVA-001"), ({"train_years": 0}, "RM-EVA-001"), ({"horizon_days": 900}, "RM-EVA-002"),
        ({"gap_days": 3000}, "RM-EVA-002"),
    ],
)  # fmt: skip
def test_windows_that_cannot_be_are_refused(change, code):
    with pytest.raises(InputError) as fault:
        RollingOrigins(**(vars(ORIGINS) | change)).splits()
    assert fault.value.code == code
    assert fault.value.message("zh").startswith(code)


def test_records_limit_what_may_be_learnt_and_judged():
    with pytest.raises(InputError, match="labels until 2025-12-27"):
        ORIGINS.splits(Period(date(2020, 1, 1), date(2025, 6, 30)))
    with pytest.raises(InputError, match="none matured"):
        ORIGINS.splits(Period(date(2023, 9, 1), date(2026, 1, 1)))
    splits = ORIGINS.splits(Period(date(2022, 1, 1), date(2026, 1, 1)))
    assert splits[0].train_days == (date(2022, 6, 30),)


@pytest.mark.parametrize(
    "changed",
    [
        {"train_days": ()}, {"train_days": (date(2023, 1, 1), date(2022, 1, 1))}, {"fit_until": date(2022, 2, 1)},
        {"calibrate_on": date(2022, 6, 1)}, {"calibrate_on": date(2023, 12, 1)}, {"label_until": date(2024, 1, 1)},
    ],
)  # fmt: skip
def test_a_split_by_hand_whose_windows_overlap_is_refused(changed):
    right = {
        "train_days": (date(2022, 1, 1),), "fit_until": date(2022, 7, 1), "calibrate_on": date(2022, 7, 1),
        "test_day": date(2024, 1, 1), "label_until": date(2024, 6, 1),
    }  # fmt: skip
    Split(**right)
    with pytest.raises(InputError) as fault:
        Split(**(right | changed))
    assert fault.value.code == "RM-EVA-001"


def test_a_panel_without_the_days_is_refused():
    split = ORIGINS.splits()[0]
    for frame in (panel([split.test_day]), panel(list(split.train_days)), pd.DataFrame({"day": [1]})):
        with pytest.raises(InputError) as fault:
            split.parts(frame)
        assert fault.value.code == "RM-EVA-003"


def test_the_picture_shows_every_window():
    table = windows(ORIGINS.splits())
    assert set(table["part"]) == {"train", "mature", "calibrate", "test", "label"}
    assert canvas.to_png(plot_splits(ORIGINS.splits()), dpi=40)[:4] == b"\x89PNG"
