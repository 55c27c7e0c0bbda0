"""Everything that happened to one enterprise as one list of dated events, newest first."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from riskmodel.records import Known

COLUMNS = ("on", "until", "kind", "severity", "record_id", "authority", "detail", "fine_yuan")
# Table → day of the event, day on which it ended, what else it says.
_KINDS: Mapping[str, tuple[str, str, str]] = {
    "penalties": ("occurred_on", "", "violation"),
    "abnormal_listings": ("listed_on", "removed_on", "reason"),
    "complaints": ("received_on", "", "verified"),
    "inspections": ("inspected_on", "", "outcome_codes"),
    "list_entries": ("entered_on", "exited_on", "list"),
    "commitments": ("committed_on", "", "status"),
    "repairs": ("repaired_on", "", "penalty_record_id"),
}


def timeline(known: Known) -> pd.DataFrame:
    """Events of the enterprises of `known`, newest first.

    Returns
    -------
    DataFrame
        ``on``, ``until`` (missing: goes on, or has no end), ``kind`` (table), ``severity`` ('' but for penalties),
        ``record_id``, ``authority``, ``detail`` (a code or text of the kind: violation, reason, whether verified,
        outcome codes, list, status, penalty that was repaired), ``fine_yuan`` (missing but for penalties).
    """
    parts = []
    for table, (on, until, detail) in _KINDS.items():
        rows = known[table]
        if not len(rows):
            continue
        part = pd.DataFrame({"on": rows[on], "until": rows[until] if until else pd.NaT, "kind": table})
        for column in ("severity", "record_id", "authority"):
            part[column] = rows[column].fillna("") if column in rows else ""
        part["detail"] = rows[detail].fillna("").astype("str")
        part["fine_yuan"] = rows["fine_yuan"].astype("float64") if "fine_yuan" in rows else float("nan")
        parts.append(part.astype({"on": "datetime64[s]", "until": "datetime64[s]"}))
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    events = pd.concat(parts, ignore_index=True)
    return events.sort_values(["on", "kind", "record_id"], ascending=[False, True, True], ignore_index=True)
