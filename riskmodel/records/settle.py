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

Where every version stands in one row, as after a first delivery, most of this is there already: then the large tables
are views, and only the versions that do not hold are looked for.
"""

from __future__ import annotations

import duckdb

from riskmodel.records.ledger import UNDATED
from riskmodel.records.resolve import CLAIMS, resolved
from riskmodel.tables import TABLES, Table

# A sighting's place in the order of all: rank of its file times this, plus its row.
ROWS = 1 << 40
# What is asked of a table that nobody delivered: relation → whether a view, and its columns. Most tables of most
# stores are empty, and to derive nothing from nothing takes as long as to derive a hundred thousand rows.
_NOTHING = {
    "a": (True, "NULL::UHUGEINT AS version, NULL::DATE AS known_on"),
    "h": (True, "NULL::UHUGEINT AS version, '' AS entity_id, NULL::DATE AS since_on, NULL::DATE AS first_known, "
                "NULL::DATE AS until_on"),
    "now": (True, "0::BIGINT AS last, NULL::UHUGEINT AS version, NULL::DATE AS known_on"),
    "t": (False, "0 AS file_id, 0::BIGINT AS row, NULL::UHUGEINT AS version, NULL::DATE AS known_on, '' AS fate"),
    "r": (False, "NULL::UHUGEINT AS version, '' AS found, '' AS how, '' AS entity_id, 0::DOUBLE AS score, "
                 "'' AS reason, '' AS candidates"),
}  # fmt: skip


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
        self.single = False

    def run(self) -> None:
        if not self.connection.execute(f"SELECT 1 FROM s_{self.name} LIMIT 1").fetchone():
            for relation, (view, columns) in _NOTHING.items():
                self._make(f"{relation}_{self.name}", f"SELECT {columns} LIMIT 0", view=view)
            if self.name == "enterprises":
                self._make("registered", "SELECT '' AS entity_id LIMIT 0")
            return
        self._seen()
        self._meant()
        self._several()
        self._holds()
        self._fates()

    def _make(self, name: str, sql: str, *, view: bool = False) -> None:
        self.connection.execute(f"CREATE OR REPLACE TEMP {'VIEW' if view else 'TABLE'} {name} AS {sql}")

    def _either(self, name: str, sql: str) -> None:
        """A view where every version stands once, else a table behind a view: a name is never both."""
        if not self.single:
            self._make(f"_{name}", sql)
            sql = f"FROM _{name}"
        self._make(name, sql, view=True)

    def _stands_once(self) -> bool:
        """Whether every version stands in exactly one row, and none was corrected.

        Every row has its version, so as many rows as versions means one each; only a table of a database that was
        taken out again leaves versions without rows, and such a table has no digest.
        """
        name = self.name
        found = self.connection.execute(
            f"SELECT (SELECT count(*) FROM s_{name}) = (SELECT count(*) FROM v_{name}) AND NOT EXISTS "
            f"(FROM files WHERE \"table\" = '{name}' AND (digest = '' OR file_id IN (SELECT file_id FROM corrected)))"
        ).fetchone()
        return bool(found and found[0])

    def _seen(self) -> None:
        """``a_``: every version with its last sighting, when it was first seen and known."""
        self.single = self._stands_once()
        sql = (
            "SELECT version, rank + s.row AS last, rank + s.row AS first, delivered_on AS first_on, known_on "
            f"FROM s_{self.name} s JOIN ranked USING (file_id)"
        )
        if not self.single:
            sql = (
                "SELECT version, max(last) AS last, min(first) AS first, min(first_on) AS first_on, "
                f"min(known_on) AS known_on FROM ({sql} ANTI JOIN corrected c "
                "ON (c.file_id = s.file_id AND c.row = s.row)) GROUP BY version"
            )
        self._either(f"a_{self.name}", sql)

    def _meant(self) -> None:
        """``m_``: version, enterprise, hash of the key and basis of the clock, if the registry has the enterprise."""
        table, name = self.table, self.name
        basis = {"penalties": "decided_on"}.get(name, table.occurred) or "NULL::DATE"
        rest = "".join(f', "{column}"' for column in table.key if column != "entity_id")
        if not table.claims:
            entity = "entity_id" if "entity_id" in table.key else "NULL::VARCHAR"
            sql = f"SELECT version, {entity} AS entity_id, hash({_listed(table.key)}) AS key, {basis} AS basis"
            self._make(f"m_{name}", f"{sql} FROM {self._mine()}")
            return
        self._resolve()
        mine = self._mine()
        self._make(
            f"e_{name}",
            f"SELECT version, entity_id FROM {mine} WHERE entity_id <> '' "
            f"UNION ALL SELECT version, entity_id FROM r_{name} WHERE entity_id IS NOT NULL",
            view=True,
        )
        said = f"SELECT version, e.entity_id, hash(e.entity_id{rest}) AS key, {basis} AS basis FROM"
        self._make(
            f"m_{name}",
            f"{said} {mine} e SEMI JOIN registered USING (entity_id) WHERE entity_id <> '' UNION ALL "
            f"{said} r_{name} e SEMI JOIN registered USING (entity_id) JOIN v_{name} USING (version)",
        )

    def _mine(self) -> str:
        """Versions that stand somewhere."""
        return f"v_{self.name}" if self.single else f"(FROM v_{self.name} SEMI JOIN a_{self.name} USING (version))"

    def _resolve(self) -> None:
        """``r_``: versions without a code, and the enterprise that their claims mean."""
        mine = f"(SELECT * FROM {self._mine()} WHERE entity_id = '')"
        claims = self.connection.sql(f"SELECT DISTINCT {_listed(CLAIMS)} FROM {mine}").to_arrow_table()
        self.connection.register("resolved", resolved(self.connection, claims))
        self._make(
            f"r_{self.name}",
            f"SELECT v.version, r.* EXCLUDE ({_listed(CLAIMS)}) FROM {mine} v "
            f"JOIN resolved r USING ({_listed(CLAIMS)})",
        )
        self.connection.unregister("resolved")

    def _several(self) -> None:
        """``k_``: keys with several versions; ``occurrences``: which stood there on which day; ``l_``: the losers."""
        name, keys = self.name, _listed(self.table.key)
        entity = " REPLACE (m.entity_id AS entity_id)" if "entity_id" in self.table.key else ""
        self._make(f"k_{name}", f"SELECT key FROM m_{name} GROUP BY key HAVING count(*) > 1")
        self._make(
            "candidates",
            f"SELECT v.*{entity}, m.basis FROM m_{name} m SEMI JOIN k_{name} USING (key) "
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
        """``h_``: from when until when each version holds; ``c_``: versions that hold now, and their enterprises."""
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
            f"p_{name}",
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
            SELECT * FROM spans WHERE until_on IS NULL OR until_on > since_on""",
        )
        self._make(
            f"h_{name}",
            f"FROM p_{name} UNION ALL SELECT version, entity_id, {alone} AS since_on, {alone} AS first_known, NULL "
            f"FROM m_{name} ANTI JOIN k_{name} USING (key) JOIN a_{name} USING (version)",
            view=True,
        )
        self._make(
            f"c_{name}",
            f"SELECT version, entity_id FROM p_{name} WHERE until_on IS NULL "
            f"UNION ALL SELECT version, entity_id FROM m_{name} ANTI JOIN k_{name} USING (key)",
            view=True,
        )
        if name == "enterprises":
            self._make("registered", "SELECT entity_id FROM c_enterprises")

    def _gone(self) -> str:
        """Which sightings are not accepted, as a condition in SQL; makes ``now_``, the accepted ones."""
        name = self.name
        if not self.single:
            self._either(
                f"now_{name}", f"SELECT last, version, known_on FROM a_{name} SEMI JOIN c_{name} USING (version)"
            )
            return f"ANTI JOIN now_{name} now ON now.last = s.place"
        strangers = self.connection.execute(
            f"SELECT (SELECT count(*) FROM m_{name}) < (SELECT count(*) FROM v_{name})"
        ).fetchone()
        sql = f"SELECT version FROM m_{name} SEMI JOIN k_{name} USING (key) ANTI JOIN p_{name} p "
        sql += f"ON (p.version = m_{name}.version AND p.until_on IS NULL)"
        if strangers and strangers[0]:
            sql += f" UNION ALL SELECT version FROM v_{name} ANTI JOIN m_{name} USING (version)"
        self._make(f"g_{name}", sql)
        self._either(f"now_{name}", f"SELECT last, version, known_on FROM a_{name} ANTI JOIN g_{name} USING (version)")
        return f"SEMI JOIN g_{name} g ON g.version = s.version"

    def _fates(self) -> None:
        """``t_``: what became of all sightings that are not accepted: superseded, or why in quarantine."""
        name, gone = self.name, self._gone()
        clash = "duplicate_enterprise" if name == "enterprises" else "conflicting_duplicate"
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
            {gone}
            LEFT JOIN corrected c ON (c.file_id = s.file_id AND c.row = s.row) {extra}
            LEFT JOIN l_{name} l ON (l.version = s.version AND l.day = s.delivered_on
              AND l.known_on IS NOT DISTINCT FROM s.known_on)""",
        )


def _listed(columns: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
