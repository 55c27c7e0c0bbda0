"""What must not survive in a cell: hidden characters, persons; and what must."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmodel.records.hygiene import LONGEST, clean, kept, masked, overlong, person, spotless


def cleaned(text: str) -> str:
    return clean(pa.array([text])).to_pylist()[0]


def hidden(text: str) -> str:
    return masked(pa.array([text])).to_pylist()[0]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("甲\x00公司\x07", "甲公司"), ("甲\u202e司公\u202c乙", "甲司公乙"), ("甲\u2066乙\u2069", "甲乙"), ("甲\u200b乙\ufeff", "甲乙"),
        ("第一行\r\n第二行", "第一行 第二行"), ("a\tb\u2028c", "a b c"), ("  甲   乙 ", "甲 乙"), ("甲\xad乙\x85", "甲乙"),
        ("＝全角（保留）", "＝全角（保留）"), ("=1+1", "=1+1"), ("<b>&amp;", "<b>&amp;"), ("鑫淼燚犇骉囍堃喆昇𠮷", "鑫淼燚犇骉囍堃喆昇𠮷"),
    ],
)  # fmt: skip
def test_hidden_characters_go_and_the_text_stays(text, left):
    assert cleaned(text) == left


@given(st.text(max_size=60))
def test_cleaning_twice_changes_nothing_and_leaves_nothing_hidden(text):
    once = cleaned(text)
    assert cleaned(once) == once
    assert not any(ord(c) < 32 or 0x202A <= ord(c) <= 0x202E or 0x2066 <= ord(c) <= 0x2069 for c in once)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("当事人张三，身份证号11010519491231002X。", "当事人张三，身份证号1101**********002X。"),
        ("11010519491231002x", "1101**********002x"), ("电话：13812345678", "电话：138****5678"), ("138-1234-5678", "138****5678"),
        ("0533-6412345", "0533-64****45"), ("zhang.san@example.com", "***@***"), ("6222021234567890128", "6222***********0128"),
    ],
)  # fmt: skip
def test_persons_are_made_unrecognisable(text, left):
    assert hidden(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "11370306004220465W", "914403001922038216", "440301103097413", "周市监处罚〔2023〕12号", "20200731130559",
        "110105194912310021", "2023-07-31", "6222021234567890120",
    ],
)  # fmt: skip
def test_codes_numbers_and_days_stay(text):
    assert hidden(text) == text


@given(st.lists(st.text(st.characters(codec="utf-8") | st.sampled_from(" 138@-1\n\t\u3000"), max_size=14), max_size=8))
def test_texts_are_spotless_only_if_nothing_would_change(texts):
    column = pa.array(["", *texts, "甲"]).slice(1, len(texts))
    if spotless(column):
        assert masked(clean(column)).to_pylist() == texts
    assert spotless(pa.array(["甲公司", "乙商行"]))


def test_a_resident_id_is_known_by_its_check_digit():
    assert person(pa.array(["11010519491231002X", "110105194912310021", "x", ""])).tolist() == [
        True,
        False,
        False,
        False,
    ]


def test_a_refused_row_is_kept_without_persons():
    row = {
        "法定代表人": "张三",
        "法定代表人证件号码": "11010519491231002X",
        "违法事实": "联系13812345678\u202e",
        "空": "",
        "联系电话": "",
    }
    assert kept(row) == {
        "法定代表人": "***",
        "法定代表人证件号码": "***",
        "违法事实": "联系138****5678",
        "空": "",
        "联系电话": "",
    }


def test_a_cell_longer_than_a_spreadsheet_holds_is_noticed():
    assert overlong(pa.array(["长" * LONGEST, "长" * (LONGEST + 1)])).tolist() == [False, True]
    assert len(kept({"a": "x" * 40_000})["a"]) == LONGEST


def test_columns_of_persons_are_hidden_under_any_wording_but_not_what_is_read():
    cells = {"诉求人": "张三", "CALLER_NAME": "张三", "被投诉人": "甲公司", "举报人数": "3", "姓名": "李四"}
    assert kept(cells, used=["姓名"]) == {**cells, "诉求人": "***", "CALLER_NAME": "***"}
