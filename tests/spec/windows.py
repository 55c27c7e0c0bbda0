"""What every declaration means, by example: rows in, values out. `python tests/spec/windows.py` prints README.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from riskmodel.features.page import described
from riskmodel.records.windows import Attribute, Declaration, Difference, GroupShare, Ratio, Unknown, Window

DAY = "2025-06-30"


@dataclass(frozen=True)
class Spec:
    """One example.

    Attributes
    ----------
    title, says : str
        What is shown, and the rule.
    declared : mapping
        What is computed.
    tables : mapping
        Table → rows; ``known_from`` and ``known_until`` say on which days a version is shown.
    expected : str
        Values of every enterprise, and of every day where there are several; — is a missing value.
    registry : str
        The enterprises; by default those of `expected`.
    """

    title: str
    says: str
    declared: Mapping[str, Declaration]
    tables: Mapping[str, str]
    expected: str
    registry: str = ""
    days: tuple[str, ...] = field(default=(DAY,))


def penalties(aggregate, column="", **options) -> Window:
    return Window("penalties", "decided_on", aggregate, column, **options)


_FEW = """
    entity_id | decided_on | severity | fine_yuan | violation
    a         | 2025-06-30 | minor    |   1000.10 | 无照经营
    a         | 2025-06-01 | serious  |      0.20 | 虚假广告
    a         | 2025-05-31 | minor    |    500    | 无照经营
    a         | 2025-07-01 | serious  |   9999    | 虚假广告
    b         | 2023-06-30 | general  |           |
"""
_VISITS = """
    entity_id | inspected_on | team | problem
    a         | 2025-01-10   | i1   | yes
    a         | 2025-02-10   | i1   | yes
    a         | 2025-03-10   | i1   | yes
    a         | 2025-04-10   | i1   | no
    b         | 2025-01-20   | i2   | no
    b         | 2025-02-20   | i2   | no
    b         | 2025-03-20   | i2   | no
    b         | 2025-04-20   | i2   | yes
    c         | 2020-01-01   |      | yes
"""
_LISTINGS = """
    entity_id | listed_on  | removed_on
    a         | 2025-06-21 |
    a         | 2024-01-01 | 2024-01-31
    b         | 2025-06-01 | 2025-06-30
    c         | 2025-06-29 | 2025-07-01
    c         | 2025-06-29 |
"""

SPECS = (
    Spec(
        "Count", "A window of 30 days holds the as-of day and the 29 days before it. What has not happened yet does not count.",
        {"in_30_days": penalties("count", days=30), "ever": penalties("count")},
        {"penalties": _FEW},
        """
        entity_id | in_30_days | ever
        a         | 2          | 3
        b         | 0          | 1
        c         | 0          | 0
        """,
    ),
    Spec(
        "Conditions", "Only rows whose columns have one of the codes count; several columns must all fit.",
        {"minor": penalties("count", where={"severity": ("minor",)}),
         "grave": penalties("count", where={"severity": ("general", "serious"), "violation": ("虚假广告",)})},
        {"penalties": _FEW},
        """
        entity_id | minor | grave
        a         | 2     | 1
        b         | 0     | 0
        """,
    ),
    Spec(
        "Sums", "Money is added in whole fen, so that the order of rows does not matter; an unknown amount adds nothing.",
        {"fines": penalties("sum_yuan", "fine_yuan", days=365)},
        {"penalties": _FEW},
        """
        entity_id | fines
        a         | 1500.3
        b         | 0
        """,
    ),
    Spec(
        "Distinct values", "An empty text is no value.",
        {"kinds": penalties("distinct", "violation"), "kinds_of_30_days": penalties("distinct", "violation", days=30)},
        {"penalties": _FEW},
        """
        entity_id | kinds | kinds_of_30_days
        a         | 2     | 2
        b         | 0     | 0
        """,
    ),
    Spec(
        "Days since", "Since the newest and since the oldest event of the window; without an event the value is missing, not 0.",
        {"last": penalties("days_since"), "first": penalties("days_since_first"), "first_of_30_days": penalties("days_since_first", days=30)},
        {"penalties": _FEW},
        """
        entity_id | last | first | first_of_30_days
        a         | 0    | 30    | 29
        b         | 731  | 731   | —
        c         | —    | —     | —
        """,
    ),
    Spec(
        "Decayed count", "An event counts 1 on its day, half after the half-life, a quarter after two.",
        {"decayed": penalties("decayed", half_life_days=30)},
        {"penalties": """
            entity_id | decided_on
            a         | 2025-06-30
            a         | 2025-05-31
            a         | 2025-05-01
            b         | 2025-06-20
         """},
        """
        entity_id | decayed
        a         | 1.75
        b         | 0.793701
        """,
    ),
    Spec(
        "Open events", "An event is open before the first day on which it is over; one that is over on the as-of day is not open.",
        {"open": Window("abnormal_listings", "listed_on", "open", "removed_on")},
        {"abnormal_listings": _LISTINGS},
        """
        entity_id | open
        a         | 1
        b         | 0
        c         | 1
        d         | 0
        """,
    ),
    Spec(
        "Days open", "Days of the window on which events were open, the as-of day included; two events open on one day count twice.",
        {"in_30_days": Window("abnormal_listings", "listed_on", "days_open", "removed_on", 30),
         "ever": Window("abnormal_listings", "listed_on", "days_open", "removed_on")},
        {"abnormal_listings": _LISTINGS},
        """
        entity_id | in_30_days | ever
        a         | 10         | 40
        b         | 29         | 29
        c         | 4          | 4
        d         | 0          | 0
        """,
    ),
    Spec(
        "Levels", "minor 1, general 2, serious 3; the highest, the newest and the oldest; of several on one day the highest counts; 0 without.",
        {"highest": penalties("level_max", "severity"), "newest": penalties("level_last", "severity"), "oldest": penalties("level_first", "severity")},
        {"penalties": """
            entity_id | decided_on | severity
            a         | 2025-06-01 | minor
            a         | 2025-05-01 | serious
            a         | 2025-04-01 | general
            b         | 2025-06-01 | minor
            b         | 2025-06-01 | general
            c         | 2025-06-01 |
         """},
        """
        entity_id | highest | newest | oldest
        a         | 3       | 1      | 2
        b         | 2       | 2      | 2
        c         | 0       | 0      | 0
        """,
    ),
    Spec(
        "Expected problems",
        "What the inspectors would have found anywhere. i1 found 3 in 4 visits, i2 1 in 4, all 1 in 2; the spread between them gives the share of "
        "all the weight of 2 visits: (3 + 1) / 6 and (1 + 1) / 6. Visits of all ages tell how strict somebody is, those of the window are added up.",
        {"expected": Window("inspections", "inspected_on", "expected", where={"problem": ("no", "yes")}),
         "expected_90": Window("inspections", "inspected_on", "expected", days=90, where={"problem": ("no", "yes")})},
        {"inspections": _VISITS},
        """
        entity_id | expected | expected_90
        a         | 2.666668 | 0.666667
        b         | 1.333332 | 0.333333
        c         | 0        | 0
        """,
    ),
    Spec(
        "Registry", "Years since a day, a number, one of some codes, or that nothing is written; a day that has not come gives no years.",
        {"years": Attribute("established_on"), "capital": Attribute("registered_capital_yuan", "value"),
         "branch": Attribute("kind", "is_one_of", ("branch",)), "new": Attribute("new_economy", "is_one_of", ("True",)),
         "no_town": Attribute("town", "missing")},
        {},
        """
        entity_id | years | capital | branch | new | no_town
        a         | 8     | 500000  | 0      | 1   | 0
        b         | —     | —       | 1      | 0   | 1
        """,
        """
        entity_id | established_on | registered_capital_yuan | kind       | new_economy | town
        a         | 2017-06-30     | 500000                  | enterprise | yes         | 南郊镇
        b         | 2025-07-01     |                         | branch     | no          |
        """,
    ),
    Spec(
        "Differences", "The pace of a short window against that of a long one.",
        {"q": penalties("count", days=90), "y": penalties("count", days=365), "pace": Difference("q", "y", 4)},
        {"penalties": _FEW},
        """
        entity_id | q | y | pace
        a         | 3 | 3 | 9
        b         | 0 | 0 | 0
        """,
    ),
    Spec(
        "Ratios", "Missing where the denominator is not above 0 or a part is missing. The mean gap of n events has n - 1 gaps.",
        {"n": penalties("count"), "last": penalties("days_since"), "first": penalties("days_since_first"),
         "gap": Ratio("first", "n", 1, "last"), "silence": Ratio("last", "gap")},
        {"penalties": _FEW},
        """
        entity_id | n | last | first | gap | silence
        a         | 3 | 0    | 30    | 15  | 0
        b         | 1 | 731  | 731   | —   | —
        c         | 0 | —    | —     | —   | —
        """,
    ),
    Spec(
        "Unknown", "1 where another feature has no value.",
        {"last": penalties("days_since"), "never": Unknown("last")},
        {"penalties": _FEW},
        """
        entity_id | last | never
        a         | 0    | 0
        c         | —    | 1
        """,
    ),
    Spec(
        "Shares of groups",
        "Found over seen of the group, with the share of the wider group added as so many visits. All: 4 in 8; section F: (3 + 2 × 0.5) / (4 + 2); "
        "class F5211: (3 + 2 × 0.666667) / (4 + 2); a group without visits has the share of the wider one. Text that is no code is a group of its own.",
        {"found": Window("inspections", "inspected_on", "count", days=730, where={"problem": ("yes",)}),
         "seen": Window("inspections", "inspected_on", "count", days=730, where={"problem": ("no", "yes")}),
         "section": GroupShare(("industry_section",), "found", "seen", 2), "class": GroupShare(("industry_section", "industry_class"), "found", "seen", 2)},
        {"inspections": _VISITS},
        """
        entity_id | found | seen | section  | class
        a         | 3     | 4    | 0.666667 | 0.722222
        b         | 1     | 4    | 0.333333 | 0.277778
        c         | 0     | 0    | 0.666667 | 0.666667
        d         | 0     | 0    | 0.5      | 0.5
        """,
        """
        entity_id | industry
        a         | F5211
        b         | C1310
        c         | F5300
        d         | 餐饮
        """,
    ),
    Spec(
        "What was known",
        "A row counts on a day if it was known then. p1 became known in May; in June its severity was corrected, and the first version is shown no more. "
        "The enterprise b was known late: it has no row on the first day.",
        {"minor": penalties("count", where={"severity": ("minor",)}), "serious": penalties("count", where={"severity": ("serious",)})},
        {"penalties": """
            entity_id | decided_on | severity | known_from | known_until
            a         | 2025-03-01 | minor    | 2025-05-10 | 2025-06-10
            a         | 2025-03-01 | serious  | 2025-06-10 |
            b         | 2025-03-01 | minor    | 2025-03-05 |
         """},
        """
        as_of      | entity_id | minor | serious
        2025-04-30 | a         | 0     | 0
        2025-05-31 | a         | 1     | 0
        2025-05-31 | b         | 1     | 0
        2025-06-30 | a         | 0     | 1
        2025-06-30 | b         | 1     | 0
        """,
        """
        entity_id | known_from
        a         | 2020-01-01
        b         | 2025-05-01
        """,
        ("2025-04-30", "2025-05-31", "2025-06-30"),
    ),
)  # fmt: skip


def page() -> str:
    """All examples as Markdown."""
    head = (
        "# Windows by example\n\nGenerated by `python tests/spec/windows.py`; `tests/spec/test_windows.py` computes every example with\n"
        "every executor. The as-of day is 2025-06-30 where none is given; values are rounded to 6 digits.\n"
    )
    return head + "".join(_section(spec) for spec in SPECS)


def _section(spec: Spec) -> str:
    rules = "".join(f"- `{name}` = {described(how)}\n" for name, how in spec.declared.items())
    tables = {"enterprises": spec.registry, **spec.tables, "→": spec.expected}
    shown = "".join(f"\n{name}\n\n{_markdown(text)}" for name, text in tables.items() if text)
    return f"\n## {spec.title}\n\n{spec.says}\n\n{rules}{shown}"


def _markdown(text: str) -> str:
    head, *rows = [line.strip() for line in text.strip().splitlines()]
    return "".join(f"| {line} |\n" for line in (head, "|".join([" --- "] * (head.count("|") + 1)).strip(), *rows))


if __name__ == "__main__":
    print(page(), end="")
