"""The quarantine as users get it: rows refused on reading, and rows that clash with others or with the registry."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pandas as pd

from riskmodel.records.ledger import reading_of
from riskmodel.records.quarantine import COLUMNS
from riskmodel.records.words import CODE_WORDS
from riskmodel.tables import TABLES, Table


def quarantine(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """All rows that wait for a person, columns `quarantine.COLUMNS`; after `settle`.

    ``cells`` of a row that was accepted by itself is written in the headers and units of its file, so that the row
    can be corrected and loaded back.
    """
    refused = connection.execute(
        "SELECT f.docket || '-' || r.row AS docket, f.\"table\", f.name AS file, r.row, entity_id, field, found, "
        "reason, candidates, cells FROM refused r JOIN files f USING (file_id) "
        "ANTI JOIN corrected c ON (c.file_id = r.file_id AND c.row = r.row)"
    ).df()
    parts = [refused, *(clashes for t in TABLES.values() if len(clashes := _clashes(connection, t)))]
    joined = pd.concat([part[list(COLUMNS)] for part in parts], ignore_index=True)
    ordered = joined.sort_values(["table", "file", "row", "docket"], kind="stable", ignore_index=True)
    texts = {name: "str" for name in COLUMNS if name != "row"}
    return ordered.astype({**texts, "row": "int64"})


def _clashes(connection: duckdb.DuckDBPyConnection, table: Table) -> pd.DataFrame:
    name = table.name
    claims = ", r.found AS claim, r.candidates" if table.claims else ", '' AS claim, '' AS candidates"
    join = f"LEFT JOIN r_{name} r USING (version)" if table.claims else ""
    rows = connection.execute(
        f"SELECT f.docket || '-' || t.row AS docket, f.name AS file, t.row, fate AS reason, f.reading, f.delivered_on, "
        f"t.known_on, v.* EXCLUDE (version){claims} FROM t_{name} t JOIN files f USING (file_id) "
        f"JOIN v_{name} v USING (version) {join} WHERE fate NOT IN ('', 'superseded')"
    ).df()
    if not len(rows):
        return rows
    key = [k for k in table.key if k in rows]
    found = rows[key].astype("str").agg(" | ".join, axis=1)
    claimed = rows["claim"].fillna("")
    cells = [_cells(table, row) for row in rows.to_dict("records")]
    entity = rows["entity_id"] if "entity_id" in rows else rows[key[0]]
    return rows.assign(
        table=name, field=key[0], found=claimed.where(claimed != "", found), cells=cells, entity_id=entity,
        candidates=rows["candidates"].fillna(""),
    )  # fmt: skip


def _cells(table: Table, row: dict[Any, Any]) -> str:
    """A typed row as its file would write it."""
    how = reading_of(table.name, row["reading"], None)
    cells = {}
    for header, (column, factor) in how.columns.items():
        value = row.get(column)
        kind = table[column].kind
        if kind in ("code", "flag"):
            value = _word(table.name, "flag" if kind == "flag" else column, value)
        cells[header] = _written(value, factor, money=kind == "yuan")
    return json.dumps(cells, ensure_ascii=False)


def _word(table: str, column: str, value: Any) -> Any:
    """A code in the word that exports use for it."""
    code = ("yes" if value else "no") if isinstance(value, bool) else value
    words = {**CODE_WORDS.get(f"*.{column}", {}), **CODE_WORDS.get(f"{table}.{column}", {})}
    return next(iter(words.get(code, ())), code)


def _written(value: Any, factor: float, *, money: bool) -> str:
    if value is None or value is pd.NaT or (isinstance(value, float) and pd.isna(value)):
        return ""
    if isinstance(value, pd.Timestamp):
        return str(value.date())
    if isinstance(value, float):
        return repr(round(value / factor, 8) if money else value)
    return str(value)
