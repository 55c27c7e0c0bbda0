"""Who is meant by a row that has no code: an old number or a name, looked up in the registry; never a guess."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pandas as pd
import pyarrow as pa

from riskmodel.records.names import candidates, exact

CLAIMS = ("party_registration_no", "party_organisation_code", "party_name")
_KINDS = ("registration_no", "organisation_code", "name")
# Names that no registry entry equals get candidates; beyond this many distinct names the rest get none.
_MOST_NAMES = 2000


def resolved(connection: duckdb.DuckDBPyConnection, claims: pa.Table) -> pa.Table:
    """The claims, and for each the enterprise that it means: ``found, how, entity_id, score, reason, candidates``."""
    rows = claims.to_pandas().rename(columns=dict(zip(CLAIMS, _KINDS, strict=True)))
    result = pd.DataFrame(
        {"found": "", "how": "", "entity_id": None, "score": 0.0, "reason": "missing_id", "candidates": ""},
        index=rows.index,
    )
    if len(rows):
        registry = connection.sql(
            "SELECT v.entity_id, name, registration_no FROM h_enterprises h JOIN v_enterprises v USING (version) "
            "WHERE until_on IS NULL ORDER BY v.entity_id"
        ).to_arrow_table()
        result = _matched(rows, result, registry)
    texts = ("found", "how", "entity_id", "reason", "candidates")
    arrays = {name: pa.array(result[name].to_numpy(dtype=object), pa.string(), from_pandas=True) for name in texts}
    keys = {name: claims.column(name) for name in CLAIMS}
    return pa.table({**keys, **arrays, "score": pa.array(result["score"].to_numpy(dtype=float))})


def _matched(rows: pd.DataFrame, result: pd.DataFrame, registry: pa.Table) -> pd.DataFrame:
    """Old numbers first, then the exact name; what nothing fits gets candidates by likeness of names."""
    owners = _owners(registry)
    for kind in ("registration_no", "organisation_code"):
        at = result["entity_id"].isna() & rows[kind].ne("")
        found = rows.loc[at, kind].map(owners[kind])
        result.loc[at, "found"], result.loc[at, "how"] = rows.loc[at, kind], kind
        result.loc[at, "reason"], result.loc[at, "score"] = "unknown_enterprise", found.notna() * 100.0
        result.loc[at, "entity_id"] = found
    at = result["entity_id"].isna() & rows["name"].ne("")
    if at.any():
        distinct = pa.array(sorted(set(rows.loc[at, "name"])), pa.string())
        owners_by_name = exact(distinct, registry.select(["entity_id", "name"])).set_index("name")["entity_id"]
        found = rows.loc[at, "name"].map(owners_by_name[owners_by_name != ""])
        result.loc[at, "found"], result.loc[at, "how"], result.loc[at, "reason"] = (
            rows.loc[at, "name"],
            "name",
            "name_only",
        )
        result.loc[at, "entity_id"], result.loc[at, "score"] = found, found.notna() * 100.0
        open_names = sorted(set(rows.loc[at, "name"][found.isna()]))[:_MOST_NAMES]
        like = candidates(open_names, registry.select(["entity_id", "name"])) if open_names else None
        if like is not None and len(like):
            text = like["entity_id"] + " " + like["registry_name"] + like["score"].map(" ({:.0f})".format)
            joined = text.groupby(like["name"], sort=False).agg("; ".join)
            result.loc[at, "candidates"] = rows.loc[at, "name"].map(joined).fillna("")
    return result


def _owners(registry: pa.Table) -> Mapping[str, pd.Series]:
    """Old number → enterprise, for numbers that exactly one enterprise has."""
    frame = registry.to_pandas()
    uscc = frame["entity_id"].str.len() == 18
    tables = {
        "registration_no": frame[frame["registration_no"].ne("")].set_index("registration_no")["entity_id"],
        "organisation_code": frame[uscc].set_index(frame.loc[uscc, "entity_id"].str[8:17])["entity_id"],
    }
    return {kind: owner[~owner.index.duplicated(keep=False)] for kind, owner in tables.items()}
