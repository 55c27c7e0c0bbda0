"""Words: every key in both languages, every code of every room has its word."""

import re

import pytest

from riskmodel.display import text
from riskmodel.display.text import heading, say, word, words
from riskmodel.records.quarantine import REASONS
from riskmodel.tables import CREDIT_GRADES, SEVERITIES, SPECIAL_FIELDS, TABLES, TIERS
from riskmodel.warning.stages import STAGES

CJK = re.compile(r"[\u4e00-\u9fff]")
SAYINGS = sorted(text._SAYINGS)


@pytest.mark.parametrize("key", SAYINGS)
def test_every_key_speaks_both_languages_with_the_same_facts(key):
    zh, en = text._SAYINGS[key]
    names = [set(re.findall(r"\{(\w+)", side)) for side in (zh, en)]
    assert zh.strip() or key == "reason.records"
    assert en.strip()
    assert names[0] == names[1]
    assert not CJK.search(en)


@pytest.mark.parametrize("kind", sorted(text._CODES))
def test_every_code_speaks_both_languages(kind):
    zh, en = words(kind, "zh"), words(kind, "en")
    assert list(zh) == list(en)
    assert all(zh.values()) and all(en.values())
    assert not any(CJK.search(value) for value in en.values())


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("tier", TIERS), ("grade", CREDIT_GRADES), ("severity", SEVERITIES), ("field", SPECIAL_FIELDS),
        ("quarantine", REASONS), ("stage", STAGES),
        ("kind", TABLES["enterprises"]["kind"].constraint.values),
        ("item_weight", TABLES["items"]["weight"].constraint.values),
    ],
)  # fmt: skip
def test_every_code_that_the_rooms_know_has_a_word(kind, codes):
    assert set(codes) <= set(words(kind))


def test_chinese_tables_and_headings_come_from_the_tables_where_they_are_defined():
    assert word("table", "complaints") == "投诉举报"
    assert heading("fine_yuan") == TABLES["penalties"]["fine_yuan"].zh
    assert heading("fine_yuan", "en") == "Fine yuan" and word("table", "list_entries", "en") == "list entries"


def test_an_unknown_code_or_heading_is_shown_as_it_stands_but_an_unknown_key_is_a_fault():
    assert word("tier", "F") == "F"
    assert heading("nothing_of_ours") == "nothing_of_ours"
    with pytest.raises(KeyError):
        say("no.such.key")


def test_the_tiers_and_grades_are_called_as_the_office_calls_them():
    assert [word("tier", t) for t in "AE"] == ["A 低风险", "E 高风险"]
    assert [word("grade", g) for g in CREDIT_GRADES] == ["诚信守法", "轻微失信", "一般失信", "严重失信"]


def test_chinese_words_use_chinese_punctuation_beside_chinese_characters():
    zh = [pair[0] for pair in text._SAYINGS.values()] + [pair[0] for pair in text._HEADINGS.values()]
    assert [t for t in zh if re.search(r"[\u4e00-\u9fff][,;:(]|[,;)][\u4e00-\u9fff]", t)] == []


def test_every_section_of_industries_has_a_name_of_its_own_in_both_languages():
    from riskmodel.display.industries import SECTIONS, industry

    assert "".join(SECTIONS) == "ABCDEFGHIJKLMNOPQRST"
    assert len(set(SECTIONS.values())) == 20 and industry("U9999") == "U9999" and industry("") == ""
    assert not [english for _, english in SECTIONS.values() if re.search("[\u4e00-\u9fff]", english)]
