"""What a settled store says: the history of a table, the count of every file, the identities to review."""

from __future__ import annotations

import duckdb
import pandas as pd

from riskmodel.records.ledger import UNDATED
from riskmodel.records.settle import ROWS
from riskmodel.tables import TABLES


def frame(connection: duckdb.DuckDBPyConnection, name: str) -> pd.DataFrame:
    """A table's history after `settle`: its columns, ``_valid_from``, ``_valid_until``; sorted by key and day."""
    table = TABLES[name]
    columns = []
    for column in table.names:
        if column == "known_on":
            undated = f"nullif(first_known, DATE '{UNDATED}')"
            columns.append(f"coalesce(a.known_on, {undated}) AS known_on")
        elif column == "entity_id" and "entity_id" in table.key:
            columns.append("h.entity_id")
        elif column == "removal_known_on":
            columns.append("coalesce(removal_known_on, removed_on) AS removal_known_on")
        else:
            columns.append(f'v."{column}"')
    order = ", ".join(f'"{key}"' for key in table.key)
    sql = (
        f"SELECT {', '.join(columns)}, nullif(since_on, DATE '{UNDATED}') AS _valid_from, until_on AS _valid_until "
        f"FROM h_{name} h JOIN v_{name} v USING (version) JOIN a_{name} a USING (version) ORDER BY {order}, since_on"
    )
    return connection.execute(sql).df()


def intake(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """For every file: rows in, accepted, quarantined, superseded, and accepted rows whose clock was assumed."""
    accepted = " UNION ALL ".join(
        f"SELECT last - last % {ROWS} AS rank, 'accepted' AS fate, count(*) AS n, "
        f"count(*) FILTER (WHERE {'known_on IS NULL' if 'known_on' in t.names else 'FALSE'}) AS assumed "
        f"FROM now_{t.name} GROUP BY ALL"
        for t in TABLES.values()
    )
    others = " UNION ALL ".join(
        f"SELECT file_id, fate, count(*) AS n FROM t_{t.name} GROUP BY ALL" for t in TABLES.values()
    )
    sql = f"""
        WITH others AS ({others} UNION ALL
            SELECT r.file_id, CASE WHEN c.row IS NULL THEN r.reason ELSE 'superseded' END, count(*) FROM refused r
            LEFT JOIN corrected c ON (c.file_id = r.file_id AND c.row = r.row) GROUP BY ALL),
          fates AS (SELECT rank, fate, n, 0 AS assumed FROM others JOIN ranked USING (file_id)
            UNION ALL {accepted})
        SELECT "table", name AS file, delivered_on, any_value(rows) AS rows, file_id,
          coalesce(sum(n) FILTER (WHERE fate = 'accepted'), 0)::BIGINT AS accepted,
          coalesce(sum(n) FILTER (WHERE fate NOT IN ('accepted', 'superseded')), 0)::BIGINT AS quarantined,
          coalesce(sum(n) FILTER (WHERE fate = 'superseded'), 0)::BIGINT AS superseded,
          coalesce(sum(assumed), 0)::BIGINT AS known_on_assumed
        FROM ranked LEFT JOIN fates USING (rank) GROUP BY file_id, "table", name, delivered_on, rank ORDER BY rank"""
    return connection.execute(sql).df()


def resolutions(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Rows whose enterprise was not written as a right code: ``table, file, row, found, how, entity_id, score``."""
    parts = [
        f"SELECT '{t.name}' AS tbl, f.name AS file, s.row, r.found, r.how, r.entity_id, r.score FROM r_{t.name} r "
        f"JOIN s_{t.name} s USING (version) JOIN files f USING (file_id) ANTI JOIN corrected c "
        "ON (c.file_id = s.file_id AND c.row = s.row) WHERE r.entity_id IS NOT NULL"
        for t in TABLES.values()
        if t.claims
    ]
    parts.append(
        "SELECT \"table\", name, row, found, 'repaired', entity_id, 100.0 FROM repaired JOIN files USING (file_id) "
        "ANTI JOIN corrected c ON (c.file_id = repaired.file_id AND c.row = repaired.row)"
    )
    sql = " UNION ALL ".join(parts) + " ORDER BY 1, 2, 3"
    return connection.execute(sql).df().rename(columns={"tbl": "table"})
