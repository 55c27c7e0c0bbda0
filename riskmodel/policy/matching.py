"""Where a rule fits: the bare `when` pairs of a rule against the columns of a table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from riskmodel.errors import PolicyError
from riskmodel.policy.model import Rule


def fits(table: pd.DataFrame, rule: Rule) -> np.ndarray:
    """Where all pairs of `when` fit; a missing value fits nothing.

    Parameters
    ----------
    table : DataFrame
        Columns are compared as text; yes/no columns may hold booleans.
    rule : Rule
        `when` maps a column to the values that fit.

    Returns
    -------
    ndarray of bool
        One element a row.

    Raises
    ------
    PolicyError
        If the rule names a column that the table lacks (RM-POL-001).
    """
    hit = np.ones(len(table), dtype=bool)
    for column, values in rule.when.items():
        if column not in table.columns:
            expected = ", ".join(map(str, table.columns))
            raise PolicyError("RM-POL-001", where=f"rules.{rule.id}.when", found=column, expected=expected)
        cells = table[column]
        if pd.api.types.is_bool_dtype(cells):
            cells = cells.map({True: "yes", False: "no"})
        hit &= cells.astype("str").isin(values).to_numpy(dtype=bool)
    return hit
