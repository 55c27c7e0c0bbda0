from datetime import date
from pathlib import Path

import pytest
import yaml

from riskmodel.errors import PolicyError
from riskmodel.policy import builtin_policies, clauses, coverage, load_policy
from riskmodel.policy.model import in_force, provisions
from riskmodel.sampling.by_stratum import PLANNED
from riskmodel.values import AsOf

ROOM = Path(load_policy.__code__.co_filename).parent
DAY = AsOf.of("2025-06-30")


def changed(tmp_path: Path, *path: str, value: object, name: str = "zhoucun-2020") -> Path:
    """A copy of a built-in policy with one key set."""
    content = yaml.safe_load((ROOM / f"{name}.yaml").read_text("utf-8"))
    node = content
    for key in path[:-1]:
        node = node[int(key)] if isinstance(node, list) else node[key]
    node[int(path[-1]) if isinstance(node, list) else path[-1]] = value
    file = tmp_path / "policy.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    return file


@pytest.mark.parametrize("name", builtin_policies())
def test_every_clause_of_the_plan_has_a_rule_or_a_reason(name):
    table = coverage(load_policy(name))
    assert len(table) == 41
    gaps = table[table["rules"].eq("") & table["reason"].eq("")]
    assert gaps["clause"].tolist() == []


@pytest.mark.parametrize("name", builtin_policies())
def test_every_provision_is_quoted_or_local(name):
    policy = load_policy(name)
    text = clauses(policy.text)
    for path, provision in provisions(policy.file):
        assert provision.source == "local" or provision.quote in text[provision.clause], path


def test_clauses_follow_the_numbers_of_the_plan():
    text = clauses(load_policy("zhoucun-2020").text)
    assert text["2.2"].startswith("开展信用分级分类监管")
    assert "非请勿扰" in text["2.2"]
    assert "末位约谈" in text["7.4"]
    assert "7个工作日" in text["9.1"]


@pytest.mark.parametrize(
    ("path", "value", "code", "named"),
    [
        (("tier",), {}, "RM-POL-001", "tier"),
        (("inspections", "ratio_by_tier", "values"), {"2000-01-01": {"A": 2}}, "RM-POL-001", "ratio_by_tier"),
        (("tiers", "shares", "values"), {"2000-01-01": dict.fromkeys("ABCDE", 0.3)}, "RM-POL-001", "tiers"),
        (("scoring", "mode"), "magic", "RM-POL-001", "scoring.mode"),
        (("warning", "watch", "quote"), "莫须有", "RM-POL-002", "warning.watch"),
        (("tiers", "overrides", "1", "clause"), "4.4", "RM-POL-002", "red-line"),
        (("warning", "reminders", "0", "clause"), None, "RM-POL-001", "reminders"),
        (("counting", "grace", "years"), {"value": 9, "source": "local", "at_most": 3}, "RM-POL-001", "grace"),
    ],
)
def test_a_wrong_policy_is_one_clear_error_that_names_the_place(tmp_path, path, value, code, named):
    with pytest.raises(PolicyError) as caught:
        load_policy(changed(tmp_path, *path, value=value))
    assert caught.value.code == code
    assert named in caught.value.where


def test_an_unknown_policy_names_the_built_in_ones():
    with pytest.raises(PolicyError, match="zhoucun-2020"):
        load_policy("nowhere-1999")


def test_broken_yaml_is_one_clear_error(tmp_path):
    (tmp_path / "p.yaml").write_text("id: [", "utf-8")
    with pytest.raises(PolicyError, match="RM-POL-001"):
        load_policy(tmp_path / "p.yaml")


def test_the_policy_names_the_design_that_draws(tmp_path):
    for word in PLANNED:
        policy = load_policy(changed(tmp_path, "inspections", "design", "use", value=word))
        assert policy.at(DAY).inspections.design == word
    assert load_policy("zhoucun-2020").at(DAY).inspections.design == "stratified"
    with pytest.raises(PolicyError):
        load_policy(changed(tmp_path, "inspections", "design", "use", value="lottery"))


def test_an_overlay_changes_only_what_it_names(tmp_path):
    file = tmp_path / "stricter.yaml"
    file.write_text(
        "extends: zhoucun-2020\nid: stricter\ninspections: {team_size: {value: 3, source: local}}\n", "utf-8"
    )
    base, overlay = load_policy("zhoucun-2020").at(DAY), load_policy(file).at(DAY)
    assert overlay.inspections.team_size == 3
    assert overlay.inspections.ratio_by_tier == base.inspections.ratio_by_tier
    assert overlay.digest != base.digest


def test_the_value_in_force_is_the_newest_that_has_come():
    values = {date(2020, 1, 1): "old", date(2021, 1, 1): "new"}
    assert in_force(values, date(2020, 12, 31), "x") == "old"
    assert in_force(values, date(2021, 1, 1), "x") == "new"
    with pytest.raises(PolicyError, match="RM-POL-004"):
        in_force(values, date(2019, 12, 31), "x")


def test_the_fine_that_is_still_minor_follows_the_law_of_the_day():
    policy = load_policy("zhoucun-2020")
    assert policy.at(AsOf.of("2021-07-14")).severity.fine_minor_at_most_yuan == 1000
    assert policy.at(AsOf.of("2021-07-15")).severity.fine_minor_at_most_yuan == 3000
