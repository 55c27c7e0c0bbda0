"""What stands in a run folder, for those who open one."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from riskmodel.display.text import Lang, say

# What most readers open, in the order in which they do; the name is the file's, or the key of a name by language.
_FILES = (
    "report.html", "file.risk_list", "file.task_books", "file.task_summary", "file.watch_lists", "file.quality",
    "file.notices", "commitment.txt", "plan.json", "proof.json", "run.json", "files.sha256", "tables", "pictures",
)  # fmt: skip


def listed(folder: Path, lang: Lang = "zh") -> pd.DataFrame:
    """Files of a run folder with what they are for: file, content."""
    rows = []
    for key in _FILES:
        names = {say(key, side) for side in ("zh", "en")} if key.startswith("file.") else {key}
        found = sorted(p.name for p in folder.iterdir() if p.name in names or p.stem in names)
        content = say(f"content.{key.removeprefix('file.')}", lang)
        rows += [(name, content) for name in found]
    return pd.DataFrame(rows, columns=["file", "value"])
