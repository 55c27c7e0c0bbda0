"""Tables of a run as Parquet files, the same bytes for the same table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd


def write_frame(path: Path, frame: pd.DataFrame) -> None:
    """Write a table without its index; the row order is kept.

    The bytes depend on the table and on the versions of pandas and pyarrow, which the lock file pins; neither the
    day nor the machine is in them.
    """
    frame.to_parquet(path, engine="pyarrow", compression="zstd", index=False, row_group_size=1 << 20)
