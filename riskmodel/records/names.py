"""Names of enterprises: normalised for comparing, matched exactly, and likened where nothing matches.

Likeness is measured by rapidfuzz on the core of a name, without the words that many names of the registry share
(place, legal form), so that two names are not alike because of their frame. With one field to compare, a probabilistic
linkage model has nothing to weigh; a score and a person's decision do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz import fuzz, process

# Characters that say nothing: spaces, punctuation, brackets.
_NOISE = r"[\s\p{P}\p{S}]+"
# A beginning or an end of a name that at least this share of the registry has is frame, not core.
_COMMON = 0.02
_LONGEST_FRAME = 8
# Registry names compared at once; the table of scores of a chunk stays below 100 MB.
_CHUNK = 10_000
_SHORTEST = 3


def normalised(names: pa.Array) -> pa.Array:
    """Names as they are compared: one width, no spaces and punctuation, lower case, one word for the legal form.

    >>> normalised(pa.array(["周村 Ａbc（集团）有限责任公司"])).to_pylist()
    ['周村abc集团有限公司']
    """
    plain = pc.utf8_lower(pc.replace_substring_regex(pc.utf8_normalize(names, "NFKC"), _NOISE, ""))
    return pc.replace_substring(plain, "有限责任公司", "有限公司")


def usable(names: pa.Array) -> np.ndarray:
    """Whether a name can be matched: more than three characters, nothing hidden by stars."""
    hidden = pc.match_substring_regex(names, r"[*＊]").to_numpy(zero_copy_only=False)
    short = pc.less_equal(pc.utf8_length(normalised(names)), _SHORTEST).to_numpy(zero_copy_only=False)
    return np.asarray(~(hidden | short), dtype=bool)


def exact(names: pa.Array, registry: pa.Table) -> pd.DataFrame:
    """The enterprise that alone has a name.

    Parameters
    ----------
    names : pyarrow.Array of string
        Distinct names.
    registry : pyarrow.Table
        ``entity_id, name`` of all enterprises.

    Returns
    -------
    DataFrame
        ``name, entity_id`` ('' unless exactly one enterprise has the normalised name), in the order of `names`.
    """
    owners = pd.Series(registry.column("entity_id").to_pylist(), index=_keys(registry.column("name")), dtype="str")
    owners = owners[~owners.index.duplicated(keep=False)]
    found = owners.reindex(_keys(names)).fillna("").to_numpy(dtype=object)
    return pd.DataFrame({"name": names.to_pylist(), "entity_id": np.where(usable(names), found, "")}, dtype="str")


def candidates(names: Sequence[str], registry: pa.Table, *, limit: int = 3, cutoff: float = 70.0) -> pd.DataFrame:
    """The enterprises whose names are most like some names.

    Parameters
    ----------
    names : sequence of str
        Names that match none exactly.
    registry : pyarrow.Table
        ``entity_id, name`` of all enterprises.
    limit : int
        Candidates for each name.
    cutoff : float
        Least likeness, 0 to 100.

    Returns
    -------
    DataFrame
        ``name, rank, entity_id, registry_name, score``, best first; equal scores by entity_id.
    """
    asked = [name for name, fine in zip(names, usable(pa.array(names, pa.string())), strict=True) if fine]
    plain = _keys(registry.column("name"))
    if not asked or not plain:
        return pd.DataFrame(columns=["name", "rank", "entity_id", "registry_name", "score"])
    strip = _frames(plain)
    cores, wholes = [strip(name) for name in plain], plain
    asked_plain = _keys(pa.array(asked, pa.string()))
    asked_cores = [strip(name) for name in asked_plain]
    best: list[pd.DataFrame] = []
    for start in range(0, len(plain), _CHUNK):
        part = slice(start, start + _CHUNK)
        by_core = process.cdist(asked_cores, cores[part], scorer=fuzz.ratio, dtype=np.float32)
        by_whole = process.cdist(asked_plain, wholes[part], scorer=fuzz.ratio, dtype=np.float32)
        score = (2 * by_core + by_whole) / 3
        row, column = np.nonzero(score >= cutoff)
        best.append(pd.DataFrame({"row": row, "place": column + start, "score": score[row, column].astype(float)}))
    found = pd.concat(best, ignore_index=True)
    found["entity_id"] = np.array(registry.column("entity_id").to_pylist(), dtype=object)[found["place"]]
    found = found.sort_values(["row", "score", "entity_id"], ascending=[True, False, True], kind="stable")
    found["rank"] = found.groupby("row").cumcount() + 1
    found = found[found["rank"] <= limit]
    found["name"] = np.array(asked, dtype=object)[found["row"]]
    found["registry_name"] = np.array(registry.column("name").to_pylist(), dtype=object)[found["place"]]
    return found[["name", "rank", "entity_id", "registry_name", "score"]].reset_index(drop=True)


def _keys(names: pa.Array | pa.ChunkedArray) -> list[str]:
    whole = names.combine_chunks() if isinstance(names, pa.ChunkedArray) else names
    keys: list[str] = normalised(whole).to_pylist()
    return keys


def _frames(names: Sequence[str]) -> Callable[[str], str]:
    """A function that strips the beginning and the end that many of these names share."""
    least = max(3, _COMMON * len(names))
    lengths = range(2, _LONGEST_FRAME)
    heads = _common((name[:n] for name in names for n in lengths), least)
    tails = _common((name[-n:] for name in names for n in lengths), least)

    def core(name: str) -> str:
        head = next((h for h in heads if name.startswith(h)), "")
        rest = name[len(head) :]
        tail = next((t for t in tails if rest.endswith(t)), "")
        return rest[: len(rest) - len(tail)] or name

    return core


def _common(parts: Iterable[str], least: float) -> list[str]:
    counts = Counter(parts)
    return sorted((part for part, count in counts.items() if count >= least), key=len, reverse=True)
