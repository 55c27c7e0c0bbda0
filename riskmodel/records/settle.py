"""What is true, derived from versions and sightings alone: who is meant, which version holds when, what became of rows.

The rules, none of which depends on the order of loading:

- Who is meant: the code; else an old number or the exact name, where the registry has exactly one such enterprise.
- Of the versions of a record the one in the newest delivery holds; within a delivery the one that the source knew
  last. Where both are equal and the versions differ, the one seen first stays and the others are quarantined.
- A version holds from the day on which the source knew it; where the source does not say, from the day of the first
  delivery that holds it. Only records of a table's very first delivery count as known when they happened, since
  nothing was recorded before.
- Of several rows with the same version the last is accepted; the others, and all versions that no longer hold, are
  superseded.
"""

from __future__ import annotations

import duckdb

from riskmodel.records.ledger import UNDATED
from riskmodel.records.resolve import CLAIMS, resolved
from riskmodel.tables import TABLES, Table

# A sighting's place in the order of all: rank of its file times this, plus its row.
ROWS = 1 << 40


def settle(connection: duckdb.DuckDBPyConnection) -> None:
    """Derive temporary tables: for each table ``h_`` (version, entity_id, since_on, until_on) and ``t_`` (rows)."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE ranked AS SELECT *, (row_number() OVER (ORDER BY delivered_on, name, digest, "
        f"content, docket)) * {ROWS} AS rank FROM files"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE corrected AS SELECT DISTINCT f.file_id, c.corrected AS row "
        "FROM corrections c JOIN files f ON f.docket = c.docket"
    )
    for name in sorted(TABLES, key=lambda name: name != "enterprises"):
        _Settler(connection, TABLES[name]).run()


class _Settler:
    """One table while it is settled."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: Table) -> None:
        self.connection, self.table, self.name = connection, table, table.name
        self.stranger = "FALSE"

    def run(self) -> None:
        self._seen()
        self._meant()
        self._several()
        self._holds()
        self._fates()

    def _make(self, name: str, sql: str) -> None:
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")

    def _seen(self) -> None:
        """``a_``: every version with its last sighting, when it was first seen and known."""
        self._make(
            f"a_{self.name}",
            "SELECT version, max(rank + s.row) AS last, min(rank + s.row) AS first, min(delivered_on) AS first_on, "
            "min(known_on) AS known_on "
            f"FROM s_{self.name} s JOIN ranked USING (file_id) ANTI JOIN corrected c "
            "ON (c.file_id = s.file_id AND c.row = s.row) GROUP BY version",
        )

    def _meant(self) -> None:
        """``m_``: version, enterprise, hash of the key and basis of the clock, if the registry has the enterprise."""
        table, name = self.table, self.name
        basis = {"penalties": "decided_on"}.get(name, table.occurred) or "NULL::DATE"
        rest = "".join(f', "{column}"' for column in table.key if column != "entity_id")
        if not table.claims:
            entity = "entity_id" if "entity_id" in table.key else "NULL::VARCHAR"
            sql = f"SELECT version, {entity} AS entity_id, hash({_listed(table.key)}) AS key, {basis} AS basis"
            self._make(f"m_{name}", f"{sql} FROM v_{name} SEMI JOIN a_{name} USING (version)")
            return
        self._resolve()
        known = f"SELECT version, entity_id FROM v_{name} SEMI JOIN a_{name} USING (version) WHERE entity_id <> ''"
        self._make(
            f"e_{name}", f"{known} UNION ALL SELECT version, entity_id FROM r_{name} WHERE entity_id IS NOT NULL"
        )
        self._make(
            f"m_{name}",
            f"SELECT version, e.entity_id, hash(e.entity_id{rest}) AS key, {basis} AS basis FROM e_{name} e "
            f"SEMI JOIN registered USING (entity_id) JOIN v_{name} USING (version)",
        )

    def _resolve(self) -> None:
        """``r_``: versions without a code, and the enterprise that their claims mean."""
        mine = f"(SELECT * FROM v_{self.name} SEMI JOIN a_{self.name} USING (version) WHERE entity_id = '')"
        claims = self.connection.sql(f"SELECT DISTINCT {_listed(CLAIMS)} FROM {mine}").to_arrow_table()
        self.connection.register("resolved", resolved(self.connection, claims))
        self._make(
            f"r_{self.name}",
            f"SELECT v.version, r.* EXCLUDE ({_listed(CLAIMS)}) FROM {mine} v "
            f"JOIN resolved r USING ({_listed(CLAIMS)})",
        )
        self.connection.unregister("resolved")

    def _several(self) -> None:
        """``occurrences``: of keys with several versions, which stood there on which day; ``l_``: the losers."""
        name, keys = self.name, _listed(self.table.key)
        entity = " REPLACE (m.entity_id AS entity_id)" if "entity_id" in self.table.key else ""
        self._make("several", f"SELECT key FROM m_{name} GROUP BY key HAVING count(*) > 1")
        self._make(
            "candidates",
            f"SELECT v.*{entity}, m.basis FROM m_{name} m SEMI JOIN several USING (key) "
            f"JOIN v_{name} v USING (version)",
        )
        self._make(
            "occurrences",
            f"SELECT {keys}, version, delivered_on AS day, s.known_on, a.first_on, a.known_on AS first_known, basis, "
            f"row_number() OVER (PARTITION BY {keys}, delivered_on, s.known_on ORDER BY a.first) AS place "
            f"FROM candidates JOIN a_{name} a USING (version) JOIN (SELECT DISTINCT version, delivered_on, known_on "
            f"FROM s_{name} t SEMI JOIN candidates USING (version) JOIN files USING (file_id) ANTI JOIN corrected c "
            "ON (c.file_id = t.file_id AND c.row = t.row)) s USING (version)",
        )
        self._make(f"l_{name}", "SELECT version, day, known_on FROM occurrences WHERE place > 1")

    def _holds(self) -> None:
        """``h_``: from when until when each version holds."""
        keys, name = _listed(self.table.key), self.name
        entity = "entity_id" if "entity_id" in self.table.key else "NULL::VARCHAR AS entity_id"
        first = self.connection.execute(
            'SELECT coalesce(min(delivered_on), ?) FROM files WHERE "table" = ?', [UNDATED, name]
        ).fetchone()
        assert first is not None
        since = (
            "coalesce({known}, CASE WHEN first_on = DATE '" + str(first[0]) + "' "
            f"THEN coalesce(basis, DATE '{UNDATED}') ELSE first_on END)"
        )
        alone, earliest = since.format(known="known_on"), since.format(known="first_known")
        order = f"PARTITION BY {keys} ORDER BY day, known_on NULLS FIRST"
        self._make(
            f"h_{name}",
            f"""
            WITH winners AS (
              SELECT *, lag(version) OVER ({order}) AS before FROM occurrences WHERE place = 1),
            changes AS (
              SELECT *, row_number() OVER ({order}) AS n, lag(known_on) OVER ({order}) AS known_before FROM winners
              WHERE before IS DISTINCT FROM version),
            starts AS (
              SELECT {keys}, version, n, CASE WHEN n = 1 THEN {earliest}
                WHEN known_on > known_before THEN known_on ELSE day END AS start FROM changes),
            running AS (
              SELECT *, max(start) OVER (PARTITION BY {keys} ORDER BY n) AS since,
                min(start) OVER (PARTITION BY {keys}) AS first_known FROM starts),
            spans AS (
              SELECT version, {entity}, since AS since_on, first_known,
                lead(since) OVER (PARTITION BY {keys} ORDER BY n) AS until_on FROM running)
            SELECT * FROM spans WHERE until_on IS NULL OR until_on > since_on
            UNION ALL
            SELECT version, entity_id, {alone} AS since_on, {alone} AS first_known, NULL
            FROM m_{name} ANTI JOIN several USING (key) JOIN a_{name} USING (version)""",
        )
        if name == "enterprises":
            self._make("registered", "SELECT DISTINCT entity_id FROM h_enterprises WHERE until_on IS NULL")

    def _fates(self) -> None:
        """``now_``: the accepted sightings; ``t_``: what became of all others: superseded, or why in quarantine."""
        name = self.name
        clash = "duplicate_enterprise" if name == "enterprises" else "conflicting_duplicate"
        self._make(
            f"now_{name}",
            f"SELECT last, version, known_on FROM a_{name} "
            f"SEMI JOIN (SELECT version FROM h_{name} WHERE until_on IS NULL) USING (version)",
        )
        stranger, extra = "", ""
        if self.table.claims:
            stranger = (
                "WHEN e.version IS NULL THEN coalesce(r.reason, 'superseded') "
                "WHEN m.version IS NULL THEN 'unknown_enterprise'"
            )
            extra = " ".join(f"LEFT JOIN {x}_{name} {x} ON {x}.version = s.version" for x in ("e", "r", "m"))
        self._make(
            f"t_{name}",
            f"""
            SELECT s.file_id, s.row, s.version, s.known_on, CASE WHEN c.row IS NOT NULL THEN 'superseded' {stranger}
              WHEN l.version IS NOT NULL THEN '{clash}' ELSE 'superseded' END AS fate
            FROM (SELECT s.*, rank + row AS place, delivered_on FROM s_{name} s JOIN ranked USING (file_id)) s
            ANTI JOIN now_{name} now ON now.last = s.place
            LEFT JOIN corrected c ON (c.file_id = s.file_id AND c.row = s.row) {extra}
            LEFT JOIN l_{name} l ON (l.version = s.version AND l.day = s.delivered_on
              AND l.known_on IS NOT DISTINCT FROM s.known_on)""",
        )


def _listed(columns: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
