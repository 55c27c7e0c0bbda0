"""Every written form of a day and an amount, and nothing that could be read in two ways."""

import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmodel.records.cells import NOTHING, amounts, blank, codes, days, lists


def day(text: str) -> str:
    value, wrong = days(pa.array([text]))
    return "?" if wrong[0] else str(value[0])


@pytest.mark.parametrize(
    "text",
    [
        "2020-07-31", "2020/7/31", "2020.7.31", "20200731", "2020年7月31日", "2020年07月31日", "2020 年 7 月 31 日",
        "二〇二〇年七月三十一日", "二○二○年七月三十一日", "二零二零年七月卅一日", "２０２０-０７-３１", "44043", "44043.75",
        "2020-07-31 13:05", "2020-07-31 13:05:59", "2020-07-31T13:05:59.123", "2020年7月31日13时05分", "2020/7/31 下午3:05",
        "20200731130559", "2020-07-31T13:05:59+08:00", "2020-07-31 10:00:00Z", "2020-07-31 13:05:59 GMT+8", "'2020-07-31",
        "1596160000", "1596160000000", "31/07/2020", "07/31/2020", "Jul 31, 2020", "31-Jul-2020",
        "贰零贰零年柒月叁拾壹日", "2020-7-31 上午 8:30", "2020-07-31 12:00:00 AM", "Fri Jul 31 00:00:00 CST 2020",
        "Jul 31, 2020 8:30:00 PM", "July 31 2020",
    ],
)  # fmt: skip
def test_every_form_is_the_same_day(text):
    assert day(text) == "2020-07-31"


def test_an_instant_with_a_zone_is_the_day_in_china():
    assert day("2020-07-31T20:00:00Z") == "2020-08-01"
    assert day("2020-07-31 02:00:00+10:00") == "2020-07-31"  # midnight in China, not the evening before
    assert day("2020-07-31 01:00:00+10:00") == "2020-07-30"


@pytest.mark.parametrize(
    "text",
    ["2024-02-30", "2024-13-01", "2020-07", "07/08/2020", "2020-7/31", "约2020年", "1899-12-31", "2300-01-01", "60", "七月三十一日",
     "20201331", "99999999", "2020", "1905", "2020073112", "202007311200", "2020-07-31至2020-08-01", "十年"],
)  # fmt: skip
def test_what_is_no_day_or_may_be_two_is_not_read(text):
    assert day(text) == "?"


@pytest.mark.parametrize(
    "text", ["", " ", "无", "/", "——", "— —", "--", "-", "NULL", "None", "nan", "undefined", "NaT"]
)
def test_nothing_words_are_empty_and_not_wrong(text):
    texts = pa.array([text])
    assert blank(texts).tolist() == [True]
    assert np.isnat(days(texts)[0][0]) and not days(texts)[1][0]
    assert np.isnan(amounts(texts)[0][0]) and not amounts(texts)[1][0]


@given(st.dates(min_value=__import__("datetime").date(1901, 1, 1), max_value=__import__("datetime").date(2199, 12, 31)))
def test_any_day_is_read_back_from_every_form(date):
    forms = [
        date.isoformat(), f"{date.year}/{date.month}/{date.day}", f"{date.year}年{date.month}月{date.day}日",
        date.strftime("%Y%m%d"), f"{date:%Y-%m-%d} 23:59:59", f"{date:%Y-%m-%d}T12:00:00+08:00",
    ]  # fmt: skip
    found, wrong = days(pa.array(forms))
    assert not wrong.any() and set(found.astype(str)) == {date.isoformat()}


def yuan(text: str, factor: float = 1.0) -> float | str:
    value, wrong = amounts(pa.array([text]), factor=factor)
    return "?" if wrong[0] else float(value[0])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5000", 5000), ("5,000.50", 5000.5), ("１，２３４，５６７", 1234567), ("¥5000", 5000), ("￥5000元", 5000), ("人民币5000元整", 5000),
        ("0.5万元", 5000), ("0.5万", 5000), ("1.2亿元", 120_000_000), ("3千元", 3000), ("1.2E+4", 12000), ("-0.5", -0.5),
        ("(500)", -500), ("罚款人民币伍仟元整", 5000), ("伍仟元整", 5000), ("壹万贰仟叁佰肆拾伍元陆角柒分", 12345.67),
        ("三千元", 3000), ("2万5千元", 25000), ("贰万元整", 20000), ("处以罚款人民币5000元整", 5000), ("罚款3000元", 3000),
        ("0.1", 0.1), ("1234567.89", 1234567.89), ("十万元", 100_000), ("罚款人民币伍仟元整(￥5000.00)", 5000), ("5000元（伍仟元整）", 5000), ("￥5,000.00（伍仟元整）", 5000), ("人民币 壹拾万 元", 100_000), ("2000 元", 2000),
    ],
)  # fmt: skip
def test_every_form_of_an_amount_is_yuan(text, value):
    assert yuan(text) == value


@pytest.mark.parametrize(
    "text",
    ["约三千", "3000-5000", "3000左右", "没收违法所得200元，罚款3000元", "5000美元", "$5000", "12%", "1e999999999", "9" * 400, "inf",
     "1,23", "12,34,567", "五千以上", "罚款人民币伍仟元整(￥500.00)", "500元/人", "每人200元", "罚款", "元", "伍仟元整至壹万元整", "0.3.4"],
)  # fmt: skip
def test_what_is_no_amount_or_may_be_several_is_not_read(text):
    assert yuan(text) == "?"


def test_the_unit_of_the_header_holds_unless_the_cell_names_one():
    assert yuan("0.2", 10_000) == 2000
    assert yuan("2000元", 10_000) == 2000
    assert yuan("0.2万元", 10_000) == 2000
    assert yuan("伍仟元整", 10_000) == 5000


@given(st.integers(0, 10**11))
def test_fen_survive_exactly(fen):
    text = f"{fen // 100:,}.{fen % 100:02d}"
    assert yuan(text) == fen / 100
    assert round(yuan(text) * 100) == fen


@given(st.text(max_size=40))
def test_no_text_breaks_a_reader(text):
    texts = pa.array([text])
    for read in (
        days, amounts, lambda t: amounts(t, money=False), lambda t: codes(t, {"a": "b"}), lists, lambda t: lists(t, {"a": "b"})
    ):  # fmt: skip
        read(texts)


def test_plain_numbers_know_no_money():
    values, wrong = amounts(pa.array(["0.25", "1e-3", "5元"]), money=False)
    assert values[:2].tolist() == [0.25, 0.001] and wrong.tolist() == [False, False, True]


def test_of_several_words_in_a_cell_the_heaviest_counts_and_one_unknown_spoils_it():
    words = {"警告": "warning", "罚款": "fine"}
    found, wrong = codes(
        pa.array(["警告;罚款", "警告、口头教育", " 警 告 ", "1.警告", "", "罚款和警告"]),
        words,
        heaviest=("warning", "fine"),
    )
    assert found.tolist() == ["fine", None, "warning", "warning", None, "fine"]
    assert wrong.tolist() == [False, True, False, False, False, False]


def test_lists_are_joined_by_single_commas():
    assert lists(pa.array(["4，E", " 4 ; E、5 ", ""]))[0].tolist() == ["4,E", "4,E,5", ""]


def test_outcomes_in_words_become_codes_and_a_strange_one_is_wrong():
    words = {"未发现问题": "1", "b": "B", "未按规定公示,已改正": "E"}
    found, wrong = lists(pa.array(["未发现问题；B", "未按规定公示，已改正", "良好", "", "b"]), words)
    assert found.tolist() == ["1,B", "E", "", "", "B"]
    assert wrong.tolist() == [False, False, True, False, False]


@given(
    st.lists(
        st.text(st.sampled_from(" \t\u3000无/-—－nulNULaé1甲"), max_size=8) | st.sampled_from(NOTHING.to_pylist()),
        max_size=9,
    )
)
def test_nothing_words_are_told_from_texts_as_the_slow_twin_does(texts):
    column = pa.array(["甲", *texts, ""]).slice(1, len(texts))
    plain = [re.sub(r"[\s\u3000]+", "", text, flags=re.ASCII).lower() for text in texts]
    inner = [
        re.fullmatch(r"\S.*[^\sA-Za-z－—-].*\S", text, flags=re.ASCII) and text not in NOTHING.to_pylist()
        for text in texts
    ]
    assert blank(column).tolist() == [
        word in NOTHING.to_pylist() and not inside for word, inside in zip(plain, inner, strict=True)
    ]
