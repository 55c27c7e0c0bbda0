"""A slow, obvious twin of the features: plain loops over plain rows, nothing of the executors, nothing of NumPy."""

from __future__ import annotations

import math
from fractions import Fraction

import pandas as pd

from riskmodel.records.windows import Attribute, Difference, GroupShare, Ratio, Unknown, Window

MILLION = 1_000_000
LEVELS = {
    "severity": ["minor", "general", "serious"],
    "read_grade": ["trustworthy", "minor", "general", "serious"],
}
# Words of the tests' histories → the codes that they should get; written by hand.
AUTHORITY_FIELDS = {
    "": "", "某区市场监督管理局": "market", "某区综合行政执法局": "urban", "生态环境综合行政执法支队": "environment",
    "某区税务局": "tax",
}  # fmt: skip
CATEGORY_GROUPS = {
    "no_penalty": "no_penalty", "warning": "light", "fine": "fine", "confiscation": "confiscation",
    "revocation": "qualification", "stop": "ban", "other": "other",
}  # fmt: skip
CHANNELS = {"": "", "12315平台": "12315", "12345热线": "12345", "来信来访": "other"}
OUTCOMES = {  # outcome codes → (problem, group)
    "": ("", ""), "1": ("no", "clean"), "5": ("yes", "problem"), "E,1": ("yes", "corrected"), "F": ("no", "not_carried_on"),
    "1,F": ("no", "not_carried_on"), "6": ("yes", "unreachable"), "8,6": ("yes", "refused"),
}  # fmt: skip
TEAMS = {"": "-", "i1": "i1", "i2,i1": "i1,i2", "i1,i2": "i1,i2", "i3": "i3", "i3,i2,i1": "i1,i2,i3"}
INDUSTRY = {"industry_section": 1, "industry_division": 3, "industry_class": 5}


class Twin:
    """Features of one day from the rows that were known on it."""

    def __init__(self, known, declared, grades):
        self.day = pd.Timestamp(known.as_of.day)
        self.declared = declared
        self.tables = {name: table.to_dict("records") for name, table in known.tables.items()}
        for row in self.tables["penalties"]:
            row["authority_field"] = AUTHORITY_FIELDS[row["authority"]]
            row["category_group"] = CATEGORY_GROUPS[row["category"]]
        for row in self.tables["complaints"]:
            row["channel_kind"] = CHANNELS[row["channel"]]
        for row in self.tables["inspections"]:
            row["problem"], row["outcome_group"] = OUTCOMES[row["outcome_codes"]]
            row["team"] = TEAMS[row["inspector_ids"]]
        for row in self.tables["ratings"]:
            row["read_grade"] = grades.get(row["grade"], "")
            row["ended_on"] = None if pd.isna(row["valid_to"]) else row["valid_to"] + pd.Timedelta(days=1)
        self.registry = {row["entity_id"]: row for row in self.tables["enterprises"]}
        self.computed = {}

    def value(self, name: str, entity: str) -> float:
        if (name, entity) not in self.computed:
            self.computed[name, entity] = self._value(self.declared[name], entity)
        return self.computed[name, entity]

    def _value(self, how, entity):
        if isinstance(how, Window):
            return self.window(how, entity)
        if isinstance(how, Attribute):
            return self.attribute(how, entity)
        if isinstance(how, Difference):
            return how.times * self.value(how.plus, entity) - self.value(how.minus, entity)
        if isinstance(how, Unknown):
            return 1.0 if math.isnan(self.value(how.of, entity)) else 0.0
        if isinstance(how, Ratio):
            over = self.value(how.over, entity) - (self.value(how.minus, entity) if how.minus else 0)
            under = self.value(how.under, entity) - how.less_under
            return over / under if under > 0 else math.nan
        assert isinstance(how, GroupShare)
        return self.group_share(how, entity)

    def window(self, how, entity):
        events = [row for row in self.tables[how.table] if row["entity_id"] == entity and self.counts(how, row)]
        if how.aggregate == "days_open":
            return float(sum(self.days_open(how, row) for row in events))
        events = [row for row in events if how.days is None or self.age(how, row) < how.days]
        ages = [self.age(how, row) for row in events]
        if how.aggregate == "count":
            return float(len(events))
        if how.aggregate == "sum_yuan":
            return sum(round(row[how.column] * 100) for row in events) / 100
        if how.aggregate == "distinct":
            return float(len({row[how.column] for row in events if row[how.column]}))
        if how.aggregate == "days_since":
            return float(min(ages)) if ages else math.nan
        if how.aggregate == "days_since_first":
            return float(max(ages)) if ages else math.nan
        if how.aggregate == "decayed":
            return sum(round(MILLION * 0.5 ** (age / how.half_life_days)) for age in ages) / MILLION
        if how.aggregate == "open":
            return float(any(pd.isna(row[how.column]) or row[how.column] > self.day for row in events))
        if how.aggregate == "expected":
            return sum(self.team_share(how, row["team"]) for row in events) / MILLION
        return self.level(how, events)

    def counts(self, how, row):
        """Whether it happened by the day, and is one of those that are asked for."""
        happened = not pd.isna(row[how.clock]) and row[how.clock] <= self.day
        return happened and all(row[column] in values for column, values in how.where.items())

    def age(self, how, row):
        return (self.day - row[how.clock]).days

    def days_open(self, how, row):
        total = 0
        day = max(row[how.clock], self.day - pd.Timedelta(days=how.days - 1) if how.days else row[how.clock])
        while day <= self.day:
            if pd.isna(row[how.column]) or day < row[how.column]:
                total += 1
            day += pd.Timedelta(days=1)
        return total

    def level(self, how, events):
        order = LEVELS[how.column]
        ranked = [(row[how.clock], order.index(row[how.column]) + 1) for row in events if row[how.column] in order]
        if not ranked:
            return 0.0
        if how.aggregate == "level_max":
            return float(max(level for _, level in ranked))
        chosen = (max if how.aggregate == "level_last" else min)(on for on, _ in ranked)
        return float(max(level for on, level in ranked if on == chosen))

    def attribute(self, how, entity):
        value = self.registry[entity][how.column]
        if how.as_what == "years":
            return math.nan if pd.isna(value) or value > self.day else (self.day - value).days / 365.25
        if how.as_what == "value":
            return math.nan if pd.isna(value) else float(value)
        if how.as_what == "is_one_of":
            return float(str(value) in how.values)
        return float(pd.isna(value) or value == "")

    def group_share(self, how, entity):
        """From the share of all down to the narrowest group of the enterprise."""
        share = 0.0
        for depth in range(len(how.groups) + 1):
            mine = [self.group(name, entity) for name in how.groups[:depth]]
            members = [e for e in self.registry if [self.group(name, e) for name in how.groups[:depth]] == mine]
            found = sum(self.value(how.found, member) for member in members)
            seen = sum(self.value(how.seen, member) for member in members)
            of_all = found / seen if seen else 0.0
            share = (found + how.prior * share) / (seen + how.prior) if depth else of_all
        return share

    def group(self, name, entity):
        if name not in INDUSTRY:
            return self.registry[entity][name]
        industry = self.registry[entity]["industry"]
        coded = industry[:1] in list("ABCDEFGHIJKLMNOPQRST") and industry[1:].isdigit()
        return industry[: INDUSTRY[name]] if coded else industry

    def team_share(self, how, team):
        """Mean of the members' shares, in millionths; visits of any age tell how strict somebody is."""
        shares = self.inspector_shares(how)
        members = team.split(",")
        return round(MILLION * sum(shares[member] for member in members) / len(members))

    def inspector_shares(self, how):
        """Kleinman 1973: (found + m p) / (visits + m), m by moments, infinite where there is no spread beyond chance."""
        visits, found = {}, {}
        for row in self.tables[how.table]:
            if self.counts(how, row) and row["entity_id"] in self.registry:
                for member in row["team"].split(","):
                    visits[member] = visits.get(member, 0) + 1
                    found[member] = found.get(member, 0) + (row["problem"] == "yes")
        total, k = sum(visits.values()), len(visits)
        p = Fraction(sum(found.values()), max(total, 1))
        chance = p * (1 - p)
        spread = sum(n * (Fraction(found[i], n) - p) ** 2 for i, n in visits.items())
        freedom = total - Fraction(sum(n * n for n in visits.values()), max(total, 1)) - (k - 1)
        if chance == 0 or freedom <= 0 or spread <= chance * (k - 1):
            return dict.fromkeys(visits, p)
        rho = (spread - chance * (k - 1)) / (chance * freedom)
        m = max(1 / rho - 1, 0)
        return {i: (found[i] + m * p) / (n + m) for i, n in visits.items()}
