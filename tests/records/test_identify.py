import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from riskmodel.records.identify import ALPHABET, check_characters, clean_codes, faults

RIGHT = [
    "11370306004220465W", "11370300587186982E", "11371525004442025C", "914403001922038216", "9144030071526726XG",
    "9152000071430580XT", "91330100799655058B", "12100000400000624D", "12100000400002259P", "91230500MA1B3N1N2M",
    "91370306MA3ABCDE1H", "92370306MA3ABCDFX6",
]  # fmt: skip


@pytest.mark.parametrize("code", RIGHT)
def test_published_codes_are_right_and_the_library_agrees(code):
    assert faults(pd.Series([code])).tolist() == [""]
    assert uscc.is_valid(code)


def test_the_fabricated_sample_code_is_refused():
    assert faults(pd.Series(["91330203674737245A"])).tolist() == ["bad_check_digit"]


def test_every_single_substitution_and_adjacent_swap_is_detected():
    code = RIGHT[0]
    changed = [code[:i] + c + code[i + 1 :] for i in range(18) for c in ALPHABET if c != code[i]]
    swapped = [code[:i] + code[i + 1] + code[i] + code[i + 2 :] for i in range(17) if code[i] != code[i + 1]]
    assert all(reason for reason in faults(pd.Series(changed + swapped)))


@given(st.lists(st.text(ALPHABET, min_size=17, max_size=17), min_size=1, max_size=20))
def test_check_characters_agree_with_the_library(bodies):
    assert check_characters(bodies) == [uscc.calc_check_digit(body) for body in bodies]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("", "missing_id"),
        ("11370306004220465W1", "too_long_code"),
        ("1137030600422046", "malformed_code"),
        ("1137030600422046IW", "malformed_code"),
        ("11370306004220465X", "bad_check_digit"),
    ],
)
def test_wrong_codes_have_their_reason(cell, reason):
    assert faults(pd.Series([cell])).tolist() == [reason]


@pytest.mark.parametrize(
    "cell",
    [
        "统一社会信用代码:11370306004220465W",
        " 11370306004220465w ",
        "11370306004220465W(1/1)",
        "1137030600422046 5W",
        "11370306004220465W",
    ],
)
def test_what_exports_put_around_a_code_is_taken_off(cell):
    assert clean_codes(pd.Series([cell])).tolist() == ["11370306004220465W"]
