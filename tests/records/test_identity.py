"""Codes: right ones stay, one right reading is taken, everything else is refused with its reason."""

import itertools

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from riskmodel.records.identity import ALPHABET, check_characters, read_codes

RIGHT = [
    "11370306004220465W", "11370300587186982E", "11371525004442025C", "914403001922038216", "9144030071526726XG",
    "9152000071430580XT", "91330100799655058B", "12100000400000624D", "12100000400002259P", "91230500MA1B3N1N2M",
    "91370306MA3ABCDE1H", "92370306MA3ABCDFX6",
]  # fmt: skip


def read(text: str):
    return read_codes(pa.array([text])).iloc[0]


@pytest.mark.parametrize("code", RIGHT)
def test_published_codes_are_right_and_the_library_agrees(code):
    found = read(code)
    assert (found["code"], found["reason"], found["how"]) == (code, "", "")
    assert uscc.is_valid(code)


def test_every_single_substitution_and_adjacent_swap_is_detected():
    code = RIGHT[0]
    changed = [code[:i] + c + code[i + 1 :] for i in range(18) for c in ALPHABET if c != code[i]]
    swapped = [code[:i] + code[i + 1] + code[i] + code[i + 2 :] for i in range(17) if code[i] != code[i + 1]]
    assert read_codes(pa.array(changed + swapped))["code"].isin(["", *RIGHT]).all()
    allowed = [c for c in changed + swapped if c[2:8].isdigit()]
    found = read_codes(pa.array(allowed))
    assert found["reason"].eq("bad_check_digit").all()  # never repaired: any place may be wrong
    assert all(code in text.split("; ") for text in read_codes(pa.array(swapped[8:]))["candidates"])  # but offered


@given(st.lists(st.text(ALPHABET, min_size=17, max_size=17), min_size=1, max_size=20))
def test_check_characters_agree_with_the_library(bodies):
    assert check_characters(bodies) == [uscc.calc_check_digit(body) for body in bodies]


@pytest.mark.parametrize(
    "cell",
    [
        "统一社会信用代码:11370306004220465W", "社会信用代码：11370306004220465W", " 11370306004220465w ", "11370306004220465W(1/1)",
        "1137030600422046 5W", "'11370306004220465W", "１１３７０３０６００４２２０４６５Ｗ", "11370306-00422046-5W", "\u200b11370306004220465W\ufeff",
    ],
)  # fmt: skip
def test_what_exports_put_around_a_code_is_taken_off(cell):
    found = read(cell)
    assert (found["code"], found["how"]) == ("11370306004220465W", "")


@pytest.mark.parametrize(
    "cell", ["1137O306004220465W", "I1370306004220465W", "11370306OO422O465W", "1137030600422046SW"]
)
def test_a_letter_that_no_code_has_is_read_as_what_it_looks_like_if_one_reading_is_right(cell):
    found = read(cell)
    assert (found["code"], found["how"]) == ("11370306004220465W", "repaired")


def test_several_right_readings_are_offered_and_none_is_taken():
    """Letters with two readings each, at places where two of the eight readings have the same check character."""
    base = "91370306MA3000000"
    for places in itertools.combinations(range(10, 17), 3):
        options = []
        for readings in itertools.product("1L", "1L", "UY"):
            body = list(base)
            for place, character in zip(places, readings, strict=True):
                body[place] = character
            options.append("".join(body))
        checks = check_characters(options)
        twice = next((c for c in checks if checks.count(c) > 1), None)
        if twice:
            text = list(base + twice)
            for place, letter in zip(places, "IIV", strict=True):
                text[place] = letter
            found = read("".join(text))
            assert (found["code"], found["reason"]) == ("", "ambiguous_code")
            right = sorted(o + twice for o, c in zip(options, checks, strict=True) if c == twice)
            assert sorted(found["candidates"].split("; ")) == right
            return
    pytest.fail("no ambiguous text found")


@given(st.sampled_from(RIGHT), st.integers(0, 17), st.sampled_from("IOSVZ"))
def test_a_repair_is_the_only_right_reading(code, place, letter):
    text = code[:place] + letter + code[place + 1 :]
    found = read(text)
    if found["how"] == "repaired":
        right = [text[:place] + c + text[place + 1 :] for c in ALPHABET]
        right = [c for c in right if uscc.is_valid(c)]
        assert found["code"] in right and uscc.is_valid(found["code"])


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("", "missing_id"), ("无", "missing_id"), ("11370306004220465W1", "too_long_code"), ("1137030600422046", "malformed_code"),
        ("11370306004220465X", "bad_check_digit"), ("9.137E+17", "scientific_code"), ("9.13703E+17", "scientific_code"),
        ("913703060042204000", "scientific_code"), ("11010519491231002X", "natural_person"), ("91330203674737245A", "bad_check_digit"),
        ("某公司", "malformed_code"),
    ],
)  # fmt: skip
def test_wrong_codes_have_their_reason(cell, reason):
    found = read(cell)
    assert (found["code"], found["reason"]) == ("", reason)


@pytest.mark.parametrize(
    ("cell", "kind", "claim"),
    [
        ("440301103097413", "registration_no", "440301103097413"), ("330100400013364", "registration_no", "330100400013364"),
        ("00422046-5", "organisation_code", "004220465"), ("71526726X", "organisation_code", "71526726X"),
    ],
)  # fmt: skip
def test_older_identifiers_with_a_right_check_digit_are_claims(cell, kind, claim):
    found = read(cell)
    assert (found["claim_kind"], found["claim"], found["code"]) == (kind, claim, "")


@pytest.mark.parametrize("cell", ["440301103097414", "00422046-6"])
def test_older_identifiers_with_a_wrong_check_digit_are_nothing(cell):
    assert (read(cell)["claim_kind"], read(cell)["reason"]) == ("", "malformed_code")


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(text):
    assert len(read_codes(pa.array([text]))) == 1
