"""One visit, many checks: which departments join the visit to an enterprise, by the tickets of the same draw.

Method
------
A department concerns the enterprises that its ``when`` fits, and wants a share of the visits drawn among them. Within
each stratum the enterprises drawn are ordered by ticket; of the m concerned, the department joins those with the
smallest tickets, round(share * m) of them. Departments thus choose by the same permanent random numbers: a smaller
share lies within a larger one, so that as few visits as possible serve as many checks as possible (positive
coordination), and nobody is visited twice. What the departments check there is merged too: the items of the item list
that the policy names for the enterprises of their kind, each once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from riskmodel.policy.matching import fits
from riskmodel.policy.model import Rule
from riskmodel.policy.visits import Joint

TAKES, ITEMS, SEPARATOR = "takes:", "items:", "、"


def shares(decided: pd.DataFrame, joint: Sequence[Joint]) -> pd.DataFrame:
    """Share of visits that each department joins: one column ``takes:<department>``, rows as in `decided`.

    Where several entries of a department fit an enterprise, the largest share holds.
    """
    found: dict[str, np.ndarray] = {}
    for entry, hit in _concerned(decided, joint):
        column = TAKES + entry.department
        found[column] = np.maximum(found.get(column, np.zeros(len(decided))), np.where(hit, entry.share, 0.0))
    return pd.DataFrame(found, index=decided.index)


def needs(decided: pd.DataFrame, joint: Sequence[Joint]) -> pd.Series:
    """Qualifications that a visit needs, comma-separated, sorted."""
    asked = [(entry.needs, hit) for entry, hit in _concerned(decided, joint) if entry.needs]
    if not asked:
        return pd.Series("", index=decided.index, dtype="str")
    kinds, place = np.unique(np.column_stack([hit for _, hit in asked]), axis=0, return_inverse=True)
    texts = [",".join(sorted({need for (need, _), hit in zip(asked, kind, strict=True) if hit})) for kind in kinds]
    return pd.Series(np.array(texts, dtype=object)[place.ravel()], index=decided.index, dtype="str")


def items_of(decided: pd.DataFrame, joint: Sequence[Joint], items: pd.DataFrame) -> pd.DataFrame:
    """Items that each department would check: one column ``items:<department>``, names in the order of the list.

    Parameters
    ----------
    decided : DataFrame
        Enterprises.
    joint : sequence of Joint
        The departments of the policy.
    items : DataFrame
        The item list: ``item``, ``category``, ``department``.
    """
    found: dict[str, np.ndarray] = {}
    listed = list(zip(*(items[c].astype("str") for c in ("department", "category", "item")), strict=True))
    for entry, hit in _concerned(decided, joint):
        mine = [(category, item) for department, category, item in listed if department == entry.department]
        masks = found.setdefault(ITEMS + entry.department, np.zeros((len(decided), len(mine)), dtype=bool))
        for place, named in enumerate(mine):
            if not entry.items or set(named) & set(entry.items):
                masks[:, place] |= hit
    texts = {}
    for column, masks in found.items():
        names = np.array([item for department, _, item in listed if column == ITEMS + department], dtype=object)
        kinds, kind = np.unique(masks, axis=0, return_inverse=True)
        words = np.array([*(SEPARATOR.join(names[row]) for row in kinds), ""], dtype=object)
        texts[column] = pd.Series(words[kind.ravel()], index=decided.index, dtype="str")
    return pd.DataFrame(texts, index=decided.index)


def merged(drawn: pd.DataFrame) -> pd.Series:
    """Items of each visit, those of all departments that join it.

    Parameters
    ----------
    drawn : DataFrame
        ``joint`` as `joined` gives it, and the columns ``items:<department>``.
    """
    of = {c.removeprefix(ITEMS): drawn[c].tolist() for c in drawn.columns if c.startswith(ITEMS)}
    rows = [
        SEPARATOR.join(text for name in names.split(",") if name in of and (text := of[name][place]))
        for place, names in enumerate(drawn["joint"])
    ]
    return pd.Series(rows, index=drawn.index, dtype="str")


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


def _concerned(decided: pd.DataFrame, joint: Sequence[Joint]) -> Iterator[tuple[Joint, np.ndarray]]:
    """Each entry of the policy, and whom it concerns."""
    table = decided
    if "section" not in table.columns and "industry" in table.columns:
        table = decided.assign(section=decided["industry"].astype("str").str[:1])
    for entry in joint:
        yield entry, fits(table, Rule(entry.department, "", "", "", entry.when, {}))
