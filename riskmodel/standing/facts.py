"""Facts about an enterprise that rules ask for: credit grade, lists, commitments, grace, visits of the year."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from riskmodel.policy.model import Rule, Rules
from riskmodel.records import Known
from riskmodel.standing.counting import in_grace

GRADES = ("trustworthy", "minor", "general", "serious")
# First word of a fact → the column that a rule asks for, where the two differ.
_ASKED = {"industry_rating": "worst_other_rating", "market_rating": "worst_other_rating", "new_economy": "grace"}
_LISTS = ("serious_dishonesty", "judgment_debtor", "red_line", "red_list")


def standing(known: Known, rules: Rules) -> pd.DataFrame:
    """One row for each enterprise in the sampling frame: registered, and not closed.

    Returns
    -------
    DataFrame
        Registry columns; ``credit_grade`` and ``credit_grade_origin`` (imported or fallback);
        ``worst_other_rating`` (worst of industry and market ratings in force, or none); flags ``yes``/``no``;
        ``visits_this_year`` that count to the cap, ``last_visit_on`` (day of the newest that counts); ``facts`` (text
        that cites what is behind the flags).
    """
    enterprises = known["enterprises"]
    table = enterprises.loc[in_frame(known), ["entity_id", "name", "kind", "industry", "town", "special_field"]]
    table = table.sort_values("entity_id", ignore_index=True)
    ids = table["entity_id"]
    imported = ids.map(_worst_rating(known, rules, ("public",), newest=True)).astype("object")
    table["credit_grade"] = imported.fillna(rules.grade_when_missing).astype("str")
    table["credit_grade_origin"] = np.where(imported.isna(), "fallback", "imported")
    others = ids.map(_worst_rating(known, rules, ("industry", "market"), newest=False)).astype("object")
    table["worst_other_rating"] = others.fillna("none").astype("str")
    entries = _current_entries(known)
    for name in _LISTS:
        table[name] = _flag(ids.isin(entries.loc[entries["list"].eq(name).to_numpy(), "entity_id"]))
    broken = _broken(known, rules)
    table["broken_commitment"] = _flag(ids.isin(broken["entity_id"]))
    table["grace"] = _flag(ids.isin(in_grace(known, rules.counting.grace_years)))
    listings = known["abnormal_listings"]
    table["abnormal_now"] = _flag(ids.isin(listings.loc[listings["removed_on"].isna().to_numpy(), "entity_id"]))
    visits = _visits(known, rules)
    this_year = visits[visits["inspected_on"].dt.year.eq(_day(known).year).to_numpy()]
    table["visits_this_year"] = ids.map(this_year.groupby("entity_id").size()).fillna(0).astype("int64")
    newest = visits.groupby("entity_id")["inspected_on"].max().reindex(ids)
    table["last_visit_on"] = newest.astype("datetime64[s]").to_numpy()
    texts = _facts(entries, broken, _bad_ratings(known, rules), _young(known, table))
    table["facts"] = ids.map(texts).astype("object").fillna("").astype("str")
    return table


def evidence(facts: pd.Series, rule_id: pd.Series, overrides: Sequence[Rule]) -> pd.Series:
    """Of the facts of each enterprise those that the rule asks for which decides its tier; '' without a rule."""
    asked = {rule.id: set(rule.when) for rule in overrides}
    decided = rule_id.isin(list(asked)).to_numpy()
    kept = [
        "; ".join(
            fact for fact in text.split("; ") if _ASKED.get(fact.split(" ")[0], fact.split(" ")[0]) in asked[rule]
        )
        for text, rule in zip(facts[decided], rule_id[decided], strict=True)
    ]
    return pd.Series(kept, facts.index[decided], dtype="str").reindex(facts.index, fill_value="")


def in_frame(known: Known) -> np.ndarray:
    """Which enterprises of the registry are in the sampling frame: registered, established and not closed."""
    enterprises = known["enterprises"]
    alive = enterprises["status"].isin(("active", "dormant")) & ~(enterprises["established_on"] > _day(known))
    return alive.to_numpy(dtype=bool)


def _day(known: Known) -> pd.Timestamp:
    return pd.Timestamp(known.as_of.day)


def _flag(values: pd.Series) -> pd.Series:
    return values.map({True: "yes", False: "no"}).astype("str")


def _worst_rating(known: Known, rules: Rules, sources: tuple[str, ...], *, newest: bool) -> pd.Series:
    """Credit grade by enterprise from the ratings in force; the newest, or the worst of several."""
    rows = _in_force(known, rules, sources).assign(rank=lambda t: t["read"].map(GRADES.index))
    order = ["valid_from", "rank"] if newest else ["rank", "valid_from"]
    last = rows.sort_values(order, kind="stable").drop_duplicates("entity_id", keep="last")
    return last.set_index("entity_id")["read"]


def _in_force(known: Known, rules: Rules, sources: tuple[str, ...]) -> pd.DataFrame:
    """Ratings of these sources in force, as the policy reads them (`read`)."""
    ratings, day = known["ratings"], _day(known)
    valid = ratings["source"].isin(sources) & (ratings["valid_from"] <= day)
    valid &= ratings["valid_to"].isna() | (ratings["valid_to"] >= day)
    rows = ratings[valid.to_numpy()].assign(read=lambda t: t["grade"].map(dict(rules.grade_words)))
    return rows[rows["read"].notna().to_numpy()]


def _current_entries(known: Known) -> pd.DataFrame:
    entries = known["list_entries"]
    return entries[(entries["exited_on"].isna() & (entries["entered_on"] <= _day(known))).to_numpy()]


def _visits(known: Known, rules: Rules) -> pd.DataFrame:
    """Visits that count to the cap: entity_id and inspected_on; several of one day, of any department, are one."""
    visits = known["inspections"]
    past = visits["purpose"].isin(rules.inspections.capped_purposes) & (visits["inspected_on"] <= _day(known))
    return visits.loc[past.to_numpy(), ["entity_id", "inspected_on"]].drop_duplicates()


def _broken(known: Known, rules: Rules) -> pd.DataFrame:
    """Commitments found broken within the life of a record."""
    commitments = known["commitments"]
    young = commitments["status_on"] > _day(known) - pd.Timedelta(days=rules.counting.record_life_days)
    return commitments[(commitments["status"].eq("broken") & young).to_numpy()]


def _bad_ratings(known: Known, rules: Rules) -> pd.DataFrame:
    """Ratings in force by industry and market that read as the worst grade: entity_id, fact."""
    rows = _in_force(known, rules, ("industry", "market"))
    rows = rows[rows["read"].eq(GRADES[-1]).to_numpy()]
    fact = rows["source"] + "_rating " + rows["grade"] + " " + rows["valid_from"].dt.strftime("%Y-%m-%d")
    return pd.DataFrame({"entity_id": rows["entity_id"], "fact": fact})


def _young(known: Known, table: pd.DataFrame) -> pd.DataFrame:
    """Enterprises in their grace period: entity_id, fact."""
    rows = known["enterprises"]
    rows = rows[rows["entity_id"].isin(table.loc[table["grace"].eq("yes"), "entity_id"]).to_numpy()]
    fact = "new_economy " + rows["established_on"].dt.strftime("%Y-%m-%d")
    return pd.DataFrame({"entity_id": rows["entity_id"], "fact": fact})


def _facts(entries: pd.DataFrame, broken: pd.DataFrame, *others: pd.DataFrame) -> pd.Series:
    """Text by enterprise: list entries, broken commitments, bad ratings, grace, with their days."""
    listed = entries["list"] + " " + entries["entered_on"].dt.strftime("%Y-%m-%d") + " " + entries["authority"]
    kept = "broken_commitment " + broken["record_id"] + " " + broken["status_on"].dt.strftime("%Y-%m-%d").fillna("")
    ids = pd.concat([entries["entity_id"], broken["entity_id"]])
    rows = pd.concat([pd.DataFrame({"entity_id": ids, "fact": pd.concat([listed, kept])}), *others])
    texts: pd.Series = rows.sort_values(["entity_id", "fact"]).groupby("entity_id")["fact"].agg("; ".join)
    return texts
