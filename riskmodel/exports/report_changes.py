"""What changed since last month: counts, flows between tiers, who rose, and whether the scores are the same thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from markupsafe import Markup

from riskmodel.display import flow
from riskmodel.display.text import say, word
from riskmodel.evaluation.stability import ENTERED, LEFT, TOTAL, churn, overlap, rank_correlation, shift, transitions
from riskmodel.exports.lists import WATCHED
from riskmodel.exports.report_data import Grid, ReportData, grid, more_rows
from riskmodel.tables import TIERS

# Stages in which a reminder waits.
DUE = ("reminder_due", "reminder_overdue")
_RISEN = 15
# The list whose steadiness is told: a tenth of all enterprises.
_LIST = 0.1


@dataclass(frozen=True)
class Changes:
    """The part of the page on last month.

    Attributes
    ----------
    sentences : tuple of str
        What moved, in words; the first says what is compared.
    picture : Markup
        Flows between tiers, '' where nobody moved.
    matrix, risen, steady : Grid
        Tiers then and now; who rose most; figures of stability.
    """

    sentences: tuple[str, ...]
    picture: Markup
    matrix: Grid
    risen: Grid
    steady: Grid


def changes(data: ReportData) -> Changes | None:
    """Compare with last month; None where nothing was known then."""
    if data.before is None or data.before.decided.empty or data.decided.empty:
        return None
    then = data.before.decided.set_index("entity_id")["risk_tier"]
    now = data.decided.set_index("entity_id")["risk_tier"]
    table = transitions(then, now, TIERS)
    names = {t: word("tier", t, data.lang) for t in TIERS} | {
        m: word("margin", m, data.lang) for m in (ENTERED, LEFT, TOTAL)
    }
    picture = flow.flows(table, names, say("alt.flows", data.lang))
    return Changes(_sentences(data, table), Markup(picture), _matrix(data, table, names), _risen(data), _steady(data))


def difference(data: ReportData, key: str, now: int) -> str:
    """The change of a figure since last month with its sign, '' where it is not known."""
    if data.before is None:
        return ""
    facts, decided = data.before.facts, data.before.decided
    then: Mapping[str, int | None] = {
        "report.enterprises": len(decided),
        "report.high": int(decided["risk_tier"].isin(("D", "E")).sum()),
        "report.visits": facts.get("visits"),
        "report.reminders": _stage(facts, *DUE),
        "report.watched": _stage(facts, *WATCHED),
        "report.quarantined": facts.get("quarantined"),
    }
    was = then.get(key)
    return "" if was is None else f"{now - int(was):+,}" if now != int(was) else "±0"


def _stage(facts: Mapping[str, object], *stages: str) -> int | None:
    counts = facts.get("stages")
    return sum(int(counts.get(stage, 0)) for stage in stages) if isinstance(counts, Mapping) else None


def _sentences(data: ReportData, table: pd.DataFrame) -> tuple[str, ...]:
    assert data.before is not None
    lang, moved = data.lang, churn(table)
    n = moved["n"]
    counts = {name: f"{moved[name] * n if n else 0:,.0f}" for name in ("moved", "up", "down", "far")}
    came, went = int(table[TOTAL].to_dict()[ENTERED]), int(table[LEFT].to_dict()[TOTAL])
    how = "report.changes.again" if data.before.recomputed else "report.changes.run"
    said = [
        say(how, lang, day=data.before.as_of),
        say("report.changes.moved", lang, **counts, n=f"{n:,.0f}"),
        say("report.changes.register", lang, came=f"{came:,}", went=f"{went:,}"),
    ]
    if data.before.policy.rpartition("@")[2].partition("+")[0] not in ("", data.policy_digest):
        said.append(say("report.changes.policy", lang))
    return tuple(said)


def _matrix(data: ReportData, table: pd.DataFrame, names: Mapping[str, str]) -> Grid:
    """Tiers then (rows) and now (columns); the ground shows the share of the row."""
    shares = table.div(table[TOTAL].where(table[TOTAL] > 0, 1), axis=0)
    rows = table.reset_index(names="tier_before").astype({"tier_before": "object"})
    rows["tier_before"] = [names[str(name)] for name in table.index]
    columns = ["tier_before", *table.columns.astype("str")]
    heat = {str(c): np.where(table.index.isin([TOTAL]), 0.0, shares[c]).tolist() for c in table.columns if c != TOTAL}
    heads = {c: names.get(c, c) for c in columns}
    made = grid("caption.matrix", columns, rows, data.lang, heat=heat)
    return Grid(made.caption, made.columns, (made.heads[0], *(heads[c] for c in columns[1:])), made.rows, made.numeric)


def _risen(data: ReportData) -> Grid:
    """Who rose into a higher tier, most steps first, with the main reason of today."""
    assert data.before is not None
    then = data.before.decided.set_index("entity_id")
    rows = data.decided.assign(tier_before=data.decided["entity_id"].map(then["risk_tier"]).astype("object"))
    rows = rows[rows["tier_before"].notna().to_numpy()]
    place = {tier: i for i, tier in enumerate(TIERS)}
    steps = rows["risk_tier"].map(place).astype("int64") - rows["tier_before"].map(place).astype("int64")
    rows = rows.assign(steps=steps)[(steps > 0).to_numpy()]
    rows = rows.sort_values(
        ["steps", "risk_score", "entity_id"], ascending=[False, False, True], kind="stable", ignore_index=True
    )
    more = more_rows(len(rows), min(len(rows), _RISEN), data.lang)
    rows = rows.head(_RISEN)
    first = data.reasons[data.reasons["rank"].eq(1)].set_index("entity_id")[data.lang]
    reason = rows["entity_id"].map(first).astype("object").fillna(say("report.no_reasons", data.lang))
    rule = rows["rule_id"].map(lambda i: data.names.get(i, i))
    rows["main_reason"] = rule.where(rows["rule_id"].ne(""), reason)
    rows["risk_tier"] = rows["risk_tier"].map(lambda tier: word("tier", tier, data.lang))
    columns = ["risk_tier", "tier_before", "name", "town", "risk_score", "main_reason"]
    return grid("caption.risen", columns, rows, data.lang, more=more)


def _steady(data: ReportData) -> Grid:
    """Whether this month's scores mean what last month's did, each figure beside what chance alone would give."""
    assert data.before is not None
    then = data.before.decided.set_index("entity_id")["risk_score"]
    now = data.decided.set_index("entity_id")["risk_score"]
    moved, ranks = shift(then, now), rank_correlation(then, now)
    common = overlap(then, now, max(1, round(_LIST * min(len(then), len(now)))))
    rows = [
        (say("report.psi", data.lang), f"{moved.psi:.4f}", f"{moved.chance:.4f}"),
        (say("report.ranks", data.lang), _number(ranks["spearman"]), "0"),
        (say("report.kept", data.lang), f"{common['kept']:.1%}", f"{common['by_chance']:.1%}"),
    ]
    columns = ["figure", "observed", "by_chance"]
    return grid("caption.steady", columns, pd.DataFrame(rows, columns=columns), data.lang)


def _number(value: float) -> str:
    return "—" if np.isnan(value) else f"{value:.3f}"
