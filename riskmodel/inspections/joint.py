"""One visit, many checks: which departments join the visit to an enterprise, by the tickets of the same draw.

Method
------
A department concerns the enterprises that its ``when`` fits, and wants a share of the visits drawn among them. Within
each stratum the enterprises drawn are ordered by ticket; of the m concerned, the department joins those with the
smallest tickets, round(share * m) of them. Departments thus choose by the same permanent random numbers: a smaller
share lies within a larger one, so that as few visits as possible serve as many checks as possible (positive
coordination), and nobody is visited twice.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from riskmodel.policy.matching import fits
from riskmodel.policy.model import Rule
from riskmodel.policy.visits import Joint

TAKES = "takes:"


def shares(decided: pd.DataFrame, joint: Sequence[Joint]) -> pd.DataFrame:
    """Share of visits that each department joins: one column ``takes:<department>``, rows as in `decided`.

    Where several entries of a department fit an enterprise, the largest share holds.
    """
    table = decided
    if "section" not in table.columns and "industry" in table.columns:
        table = decided.assign(section=decided["industry"].astype("str").str[:1])
    found: dict[str, np.ndarray] = {}
    for entry in joint:
        hit = fits(table, Rule(entry.department, "", "", "", entry.when, {}))
        column = TAKES + entry.department
        found[column] = np.maximum(found.get(column, np.zeros(len(table))), np.where(hit, entry.share, 0.0))
    return pd.DataFrame(found, index=decided.index)


def needs(decided: pd.DataFrame, joint: Sequence[Joint]) -> pd.Series:
    """Qualifications that a visit needs, comma-separated, sorted."""
    table = decided.assign(section=decided["industry"].astype("str").str[:1])
    asked = [
        (entry.needs, fits(table, Rule(entry.department, "", "", "", entry.when, {}))) for entry in joint if entry.needs
    ]
    if not asked:
        return pd.Series("", index=decided.index, dtype="str")
    kinds, place = np.unique(np.column_stack([hit for _, hit in asked]), axis=0, return_inverse=True)
    texts = [",".join(sorted({need for (need, _), hit in zip(asked, kind, strict=True) if hit})) for kind in kinds]
    return pd.Series(np.array(texts, dtype=object)[place.ravel()], index=decided.index, dtype="str")


def joined(drawn: pd.DataFrame) -> pd.Series:
    """Departments that join each visit, comma-separated in the order of the policy.

    Parameters
    ----------
    drawn : DataFrame
        Drawn enterprises in the order of their tickets: ``stratum`` and the columns ``takes:<department>``.
    """
    columns = [c for c in drawn.columns if c.startswith(TAKES)]
    names = np.full(len(drawn), "", dtype=object)
    for column in columns:
        share = drawn[column].to_numpy(dtype=float)
        concerned = share > 0
        place = pd.Series(concerned.astype(int)).groupby(drawn["stratum"].to_numpy()).cumsum().to_numpy()
        total = pd.Series(concerned.astype(int)).groupby(drawn["stratum"].to_numpy()).transform("sum").to_numpy()
        joins = concerned & (place <= np.floor(share * total + 0.5))
        comma = np.where(names == "", "", ",")
        names = np.where(joins, names + comma + column.removeprefix(TAKES), names)
    return pd.Series(names.astype(str), index=drawn.index, dtype="str")
