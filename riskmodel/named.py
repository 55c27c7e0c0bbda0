"""Names of the policy's rules, for everything that shows why something was decided."""

from __future__ import annotations

from collections.abc import Mapping

from riskmodel.display.text import Lang, rule_label, word
from riskmodel.policy.early_warning import Named, Reminder
from riskmodel.policy.model import InspectionRules, Rule, Rules

# Rule id → its name with the clause, in Chinese and in English.
Names = Mapping[str, tuple[str, str]]


def rule_names(rules: Rules, lang: Lang = "zh") -> dict[str, str]:
    """Rule id → its name with the clause, for all rules in force; ``ratio`` is the drawing by tier."""
    named: list[Rule | Reminder | Named] = [*rules.tiers.overrides]
    named += [*rules.warning.reminders, *rules.warning.signals, *rules.warning.steps.values()]
    found = {r.id: rule_label(r.name_zh if lang == "zh" else r.name_en, r.clause, lang) for r in named}
    side = 0 if lang == "zh" else 1
    found |= {rule: names[side] for rule, names in visit_names(rules.inspections).items()}
    return found | {code: rule_label(word("because", code, lang), "local", lang) for code in ("manual", "stability")}


def visit_names(rules: InspectionRules) -> dict[str, tuple[str, str]]:
    """Rule id → its name with the clause, in both languages, for the rules that decide about visits."""
    found = {r.id: (rule_label(r.name_zh, r.clause, "zh"), rule_label(r.name_en, r.clause, "en")) for r in rules.rules}
    return found | {"ratio": (_ratio(rules, "zh"), _ratio(rules, "en"))}


def _ratio(rules: InspectionRules, lang: Lang) -> str:
    return rule_label(word("because", "ratio", lang), rules.clause, lang)


def reason_of_visit(rule: str, names: Names, lang: Lang) -> str:
    """Why an enterprise may be drawn, in words; a rule without a name shows its id.

    >>> reason_of_visit("just-visited", {}, "en")
    'just visited: rests'
    """
    side = 0 if lang == "zh" else 1
    return names[rule][side] if rule in names else word("because", rule, lang)
