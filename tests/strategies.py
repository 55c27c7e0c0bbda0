"""Random histories of a few enterprises, in every table, with late news, corrections and superseded versions.

A row is a dict: columns of its table, ``known_on``, and ``_until``: the day on which another version took its place.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
from hypothesis import strategies as st

from riskmodel.records import Records
from riskmodel.records.known import VALID_FROM, VALID_UNTIL
from riskmodel.records.source import SourceMap
from riskmodel.tables import TABLES, dtype_of, empty

IDS = ("e1", "e2", "e3", "e4")
# Words of ratings and what they are read as; the last one no policy reads.
GRADES = {"甲": "trustworthy", "乙": "minor", "丙": "general", "丁": "serious"}
_LAST = pd.Timestamp("2025-09-30")
# Most are recent: short windows have something to count.
days = st.one_of(st.integers(0, 500), st.integers(0, 2400)).map(lambda ago: _LAST - pd.Timedelta(days=ago))
lags = st.integers(0, 200).map(lambda n: pd.Timedelta(days=n))
# Column that corrects a row later → the day that correction was known, what the row said before, and one that it says then.
CORRECTIONS = {
    "enterprises": ("closed_on", "closed_on", {"status": "active"}, {"status": "deregistered"}),
    "abnormal_listings": ("removed_on", "removal_known_on", {}, {}),
    "complaints": ("verified_on", "verified_on", {"verified": "pending"}, {"verified": "yes"}),
    "list_entries": ("exited_on", "exited_on", {}, {}),
    "commitments": ("status_on", "status_on", {"status": "pending"}, {"status": "broken"}),
}


@st.composite
def histories(draw, most: int = 14) -> dict[str, list[dict]]:
    """Rows by table; every enterprise has a registry entry, some with a second version."""
    rows: dict[str, list[dict]] = {name: [] for name in _EVENTS}
    rows["enterprises"] = [row for entity in IDS for row in _versions(draw, "enterprises", entity, 0)]
    for number in range(draw(st.integers(0, most))):
        table = draw(st.sampled_from(sorted(_EVENTS)))
        rows[table] += _versions(draw, table, draw(st.sampled_from(IDS)), number)
    return rows


def records(rows: dict[str, list[dict]]) -> Records:
    """The records that these rows are the history of."""
    made = Records.of({name: frame(name, rows.get(name, [])) for name in TABLES}, SourceMap(id_scheme="opaque"))
    history = {}
    for name, table in made.history.items():
        mine = rows.get(name, [])
        until = pd.Series([row.get("_until") for row in mine], dtype="datetime64[s]")
        since = pd.Series([row.get("known_on") for row in mine], dtype="datetime64[s]")
        history[name] = table.assign(**{VALID_FROM: since, VALID_UNTIL: until})
    return replace(made, history=history)


def frame(table: str, rows: list[dict]) -> pd.DataFrame:
    """Typed rows of a table; columns that a row lacks take their default."""
    columns = TABLES[table].columns
    filled = [{c.name: row.get(c.name, _default(c)) for c in columns} for row in rows]
    if not filled:
        return empty(table)
    made = pd.DataFrame(filled)
    return made.assign(**{c.name: made[c.name].astype(dtype_of(c)) for c in columns})


def _default(column):
    return column.default == "yes" if column.kind == "flag" else column.default


def _versions(draw, table: str, entity: str, number: int) -> list[dict]:
    """One row, or two of which the second takes the place of the first."""
    day = draw(days)
    known = day + draw(lags)
    one = {"record_id": f"r{number}", "entity_id": entity, "known_on": known, **_content(draw, table, day)}
    if not draw(st.integers(0, 4).map(lambda n: n == 0)):
        return [one]
    later = known + draw(lags) + pd.Timedelta(days=1)
    two = {**one, **_content(draw, table, draw(days)), "known_on": later}
    return [{**one, "_until": later}, two]


def _content(draw, table: str, day: pd.Timestamp) -> dict:
    return _REGISTRY(draw, day) if table == "enterprises" else _EVENTS[table](draw, day)


def _pick(draw, *values):
    return draw(st.sampled_from(values))


def _later(draw, day: pd.Timestamp) -> pd.Timestamp | None:
    return draw(st.one_of(st.none(), lags.map(day.__add__)))


def _registry(draw, day: pd.Timestamp) -> dict:
    closed = _later(draw, day) if _pick(draw, True, False) else None
    return {
        "name": "x",
        "town": _pick(draw, "", "t1", "t2"),
        "industry": _pick(draw, "", "F5211", "F5212", "F5300", "C1310", "餐饮"),
        "established_on": draw(st.one_of(st.none(), days)),
        "registered_capital_yuan": _pick(draw, None, 0.0, 5e5),
        "kind": _pick(draw, "enterprise", "individual", "branch"),
        "status": "deregistered" if closed is not None else _pick(draw, "active", "dormant"),
        "closed_on": closed,
        "special_field": _pick(draw, "none", "drug"),
        "new_economy": _pick(draw, True, False),
    }


def _penalty(draw, day: pd.Timestamp) -> dict:
    return {
        "occurred_on": day,
        "decided_on": day,
        "authority": _pick(
            draw, "", "某区市场监督管理局", "某区综合行政执法局", "生态环境综合行政执法支队", "某区税务局"
        ),
        "category": _pick(draw, "no_penalty", "warning", "fine", "confiscation", "revocation", "stop", "other"),
        "severity": _pick(draw, None, "minor", "general", "serious"),
        "fine_yuan": draw(st.integers(0, 10**7)) / 100,
        "confiscated_yuan": _pick(draw, 0.0, 0.29, 1000.1),
        "violation": _pick(draw, "", "甲", "乙"),
        "special_field": _pick(draw, "none", "drug"),
    }


def _listing(draw, day: pd.Timestamp) -> dict:
    removed = _later(draw, day)
    return {
        "listed_on": day,
        "reason": _pick(draw, "unreachable", "annual_report", "false_information"),
        "removed_on": removed,
        "removal_known_on": None if removed is None else removed + draw(lags),
    }


def _complaint(draw, day: pd.Timestamp) -> dict:
    verified = _pick(draw, "yes", "no", "pending")
    return {
        "received_on": day,
        "channel": _pick(draw, "", "12315平台", "12345热线", "来信来访"),
        "kind": _pick(draw, "complaint", "report"),
        "verified": verified,
        "verified_on": None if verified == "pending" else day + draw(lags),
    }


def _inspection(draw, day: pd.Timestamp) -> dict:
    return {
        "inspected_on": day,
        "purpose": _pick(draw, "random", "routine", "case", "recheck"),
        "outcome_codes": _pick(draw, "1", "5", "E,1", "F", "1,F", "6", "8,6", ""),
        "inspector_ids": _pick(draw, "", "i1", "i2,i1", "i1,i2", "i3", "i3,i2,i1"),
    }


def _rating(draw, day: pd.Timestamp) -> dict:
    grade, source = _pick(draw, *GRADES, "戊"), _pick(draw, "public", "industry", "market")
    return {"source": source, "grade": grade, "valid_from": day, "valid_to": _later(draw, day)}


def _entry(draw, day: pd.Timestamp) -> dict:
    kind = _pick(draw, "serious_dishonesty", "judgment_debtor", "red_line", "red_list", "other")
    return {"list": kind, "entered_on": day, "exited_on": _later(draw, day)}


def _commitment(draw, day: pd.Timestamp) -> dict:
    status = _pick(draw, "kept", "partly", "broken", "pending")
    judged = None if status == "pending" else day + draw(lags)
    return {"kind": "voluntary", "committed_on": day, "status": status, "status_on": judged}


def _repair(draw, day: pd.Timestamp) -> dict:
    return {"penalty_record_id": _pick(draw, "r0", "r1"), "repaired_on": day}


_REGISTRY = _registry
_EVENTS = {
    "penalties": _penalty,
    "abnormal_listings": _listing,
    "complaints": _complaint,
    "inspections": _inspection,
    "ratings": _rating,
    "list_entries": _entry,
    "commitments": _commitment,
    "repairs": _repair,
}


def past(rows: dict[str, list[dict]], day: pd.Timestamp) -> dict[str, list[dict]]:
    """What these rows were by the end of a day: later rows, versions and corrections are taken out."""
    kept = {table: [dict(row) for row in mine if row["known_on"] <= day] for table, mine in rows.items()}
    for table, mine in kept.items():
        for row in mine:
            if row.get("_until") is not None and row["_until"] > day:
                row["_until"] = None
            happened, known, before, _ = CORRECTIONS.get(table, ("", "", {}, {}))
            if happened and any(row[c] is not None and row[c] > day for c in (happened, known)):
                row.update({happened: None, known: None, **before})
    return kept


def future(rows: dict[str, list[dict]], day: pd.Timestamp) -> dict[str, list[dict]]:
    """The rows that were known after a day, under other numbers; a row that was there before is new."""
    return {
        table: [{**row, "record_id": "x" + row["record_id"]} for row in mine if row["known_on"] > day]
        for table, mine in rows.items()
    }
