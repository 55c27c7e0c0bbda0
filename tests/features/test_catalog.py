"""The catalogue: names and codes that do not change, words in both languages, clauses that exist, a page held to it."""

import json
import re

import pandas as pd
import pytest

from riskmodel.cli import app
from riskmodel.features import FAMILIES, FEATURES, derived
from riskmodel.features.catalog import DECLARED
from riskmodel.features.feature import UNITS
from riskmodel.features.page import as_json, catalogue, described, rows
from riskmodel.policy import coverage, load_policy
from riskmodel.records import Known
from riskmodel.records.windows import Window, check
from riskmodel.tables import TABLES, empty
from riskmodel.values import AsOf

# Policies and reports refer to these.
KEPT = {
    "penalties_serious_1825d": "R-PEN-01", "penalties_general_730d": "R-PEN-02", "penalties_minor_365d": "R-PEN-03",
    "penalties_180d": "R-PEN-04", "fine_yuan_730d": "R-PEN-05", "penalties_decayed": "R-PEN-06",
    "penalty_kinds_730d": "R-PEN-07", "days_since_penalty": "R-PEN-08", "abnormal_now": "R-ABN-01",
    "abnormal_unreachable_1095d": "R-ABN-02", "abnormal_listings_1095d": "R-ABN-03",
    "complaints_verified_365d": "R-CMP-01", "reports_verified_365d": "R-CMP-02",
    "problem_inspections_730d": "R-INS-01", "clean_inspections_730d": "R-INS-02", "days_since_inspection": "R-INS-03",
    "commitments_broken_1095d": "R-COM-01", "tenure_years": "R-BAS-01", "town_problem_share": "R-CTX-01",
    "industry_problem_share": "R-CTX-02",
}  # fmt: skip
CJK = re.compile(r"[\u4e00-\u9fff]")


def test_there_are_enough_features_and_each_has_a_name_and_a_code_of_its_own():
    assert len(FEATURES) == sum(map(len, FAMILIES.values())) >= 80
    assert len({f.code for f in FEATURES.values()}) == len(FEATURES)
    assert len({f.zh for f in FEATURES.values()}) == len({f.en for f in FEATURES.values()}) == len(FEATURES)
    assert {name: FEATURES[name].code for name in KEPT} == KEPT


def test_every_feature_can_be_computed():
    check(DECLARED)


@pytest.mark.parametrize("feature", FEATURES.values(), ids=lambda f: f.name)
def test_every_feature_speaks_both_languages(feature):
    assert feature.unit in UNITS
    assert feature.sign in (-1, 0, 1)
    assert CJK.search(feature.zh) and CJK.search(feature.zh_reason)
    assert not CJK.search(feature.en + feature.en_reason)
    assert not re.search(r"[\u4e00-\u9fff][,;:(]|[,;)][\u4e00-\u9fff]", feature.zh + feature.zh_reason)
    for sentence in (feature.zh_reason, feature.en_reason):
        assert "{value}" in sentence or (feature.unit == "是否" and feature.sign != 0)
    said = feature.reason(3.0, "zh"), feature.reason(3.0, "en")
    assert not any("{" in sentence for sentence in said)
    assert feature.reason(float("nan")) == f"{feature.zh}：无记录"


@pytest.mark.parametrize("feature", [f for f in FEATURES.values() if isinstance(f.how, Window)], ids=lambda f: f.name)
def test_a_window_is_named_after_its_length_and_no_record_counts_longer_than_it_may_live(feature):
    counted = feature.how.aggregate in ("count", "sum_yuan", "distinct", "expected", "days_open")
    if counted or re.search(r"_\d+d$", feature.name):
        assert feature.name.endswith(f"_{feature.how.days}d")
        assert feature.how.days <= 1825
        assert str(feature.how.days) in feature.code or feature.name in KEPT


def test_every_basis_is_a_clause_of_the_plan_or_a_reason_in_both_languages():
    clauses = set(coverage(load_policy("zhoucun-2020"))["clause"])
    for feature in FEATURES.values():
        zh, slash, en = feature.basis.partition(" / ")
        assert feature.basis in clauses or (slash and CJK.search(zh) and not CJK.search(en)), feature.name


def test_the_issue_s_windows_and_kinds_are_there():
    windows = [f.how for f in FEATURES.values() if isinstance(f.how, Window)]
    assert {30, 90, 180, 365, 730} <= {w.days for w in windows}
    assert len({w.half_life_days for w in windows if w.aggregate == "decayed"}) >= 3
    assert {w.table for w in windows} == set(TABLES) - {"enterprises", "inspectors", "recusals", "items"}


def test_what_is_said_of_a_flag_holds_where_the_risk_is_higher():
    assert FEATURES["red_list_now"].reason(0.0) == "当前未列入守信红名单"
    assert FEATURES["abnormal_now"].reason(1.0, "en") == "on the abnormal-operation list now"
    assert FEATURES["is_branch"].reason(1.0) == "分支机构：1（1为是）"


def test_values_stand_in_sentences_as_people_write_them():
    assert FEATURES["penalties_general_730d"].reason(2.0) == "近两年有2次一般违法处罚"
    assert FEATURES["complaints_verified_365d"].reason(4.0) == "近一年有4件查实投诉"
    assert FEATURES["town_problem_share"].reason(0.1731) == "所在镇街近两年抽查问题率17.3%"


def test_the_command_prints_every_feature_in_both_languages_and_as_json(capsys):
    for lang, family in (("zh", "行政处罚"), ("en", "penalties")):
        with pytest.raises(SystemExit):
            app(["features", "--lang", lang])
        shown = capsys.readouterr().out
        assert f"{family} ({len(FAMILIES['行政处罚', 'penalties'])})" in shown
    with pytest.raises(SystemExit):
        app(["features", "--json"])
    listed = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in listed] == list(FEATURES)
    assert {"family", "zh", "en", "unit", "sign", "window", "days", "basis"} <= set(listed[0])
    assert as_json() == listed


def test_page_and_rows_name_every_feature_once():
    page = catalogue()
    assert all(page.count(f"\n| `{name}` |") == 1 for name in FEATURES)
    for lang in ("zh", "en"):
        assert [row["feature"] for family in rows(lang).values() for row in family] == list(FEATURES)
    assert described(FEATURES["penalty_gap_days"].how) == (
        "(days_since_first_penalty − days_since_penalty) / (penalties_1825d − 1)"
    )


# Derived columns


def of(table: str, **columns: list) -> pd.DataFrame:
    made = Known(AsOf.of("2025-06-30"), {name: empty(name) for name in TABLES}, (), "opaque")
    given = pd.DataFrame(
        {c.name: columns.get(c.name, [""] * len(next(iter(columns.values())))) for c in TABLES[table].columns}
    )
    return derived(made.with_table(table, given), {table: columns.pop("wanted", _ALL[table])})[table]


_ALL = {
    "penalties": ("authority_field", "category_group"), "complaints": ("channel_kind",),
    "inspections": ("problem", "team", "outcome_group"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("authority", "field"),
    [
        ("周村区市场监督管理局", "market"), ("淄博市药品监督管理局", "market"), ("周村工商分局", "market"),
        ("淄博市生态环境局周村分局", "environment"), ("生态环境保护综合行政执法支队", "environment"),
        ("周村区应急管理局", "safety"), ("周村区消防救援大队", "safety"), ("国家税务总局淄博市周村区税务局", "tax"),
        ("周村区卫生健康局", "health"), ("周村区综合行政执法局", "urban"), ("周村区住房和城乡建设局", "urban"),
        ("周村区交通运输局", "other"), ("交通运输综合行政执法大队", "other"), ("文化市场综合执法大队", "other"),
        ("Department of Buildings", "other"), ("", ""),
    ],
)  # fmt: skip
def test_the_field_of_an_authority_is_read_from_its_name(authority, field):
    assert of("penalties", authority=[authority])["authority_field"].tolist() == [field]


def test_kinds_of_penalty_form_groups():
    kinds = list(TABLES["penalties"]["category"].constraint.values)
    groups = of("penalties", category=kinds)["category_group"].tolist()
    assert dict(zip(kinds, groups, strict=True)) == {
        "no_penalty": "no_penalty", "warning": "light", "criticism": "light", "fine": "fine",
        "confiscation": "confiscation", "suspension": "qualification", "downgrade": "qualification",
        "revocation": "qualification", "restriction": "ban", "stop": "ban", "close": "ban", "ban": "ban",
        "detention": "ban", "other": "other",
    }  # fmt: skip


def test_channels_teams_and_outcomes():
    assert of("complaints", channel=["全国12315平台", "12345政务热线", "来访", ""])["channel_kind"].tolist() == [
        "12315", "12345", "other", "",
    ]  # fmt: skip
    codes = ["1", "F", "1,F", "E", "1,E", "5,E", "6", "6,8", "12", ""]
    visits = of("inspections", outcome_codes=codes, inspector_ids=["b,a", " b , a", "a,a", "", *["c"] * 6])
    assert visits["problem"].tolist() == ["no", "no", "no", "yes", "yes", "yes", "yes", "yes", "yes", ""]
    assert visits["outcome_group"].tolist() == [
        "clean", "not_carried_on", "not_carried_on", "corrected", "corrected", "problem", "unreachable", "refused",
        "problem", "",
    ]  # fmt: skip
    assert visits["team"].tolist() == ["a,b", "a,b", "a", "-", *["c"] * 6]
