"""What verbs print: tables, words, progress and examples, in one language, plain where nobody looks."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from riskmodel.errors import Lang

if TYPE_CHECKING:
    import pandas as pd

# Both are plain text without colour where the output is a file or a pipe, or where NO_COLOR is set.
out = Console()
err = Console(stderr=True)
# In a file or a pipe no line of a table is broken.
endless = Console(width=10_000)
# Steps that have words; other progress is a file name or a day.
_STEPS = ("read", "features", "learn", "evaluate", "tiers", "reasons", "draw", "review", "write", "track")
_PLACES = ("LC_ALL", "LC_MESSAGES", "LANG")


def default_language(environment: Mapping[str, str] | None = None) -> Lang:
    """The language without ``--lang``: English where the first locale that is set is English, else Chinese.

    >>> (
    ...     default_language({"LANG": "en_GB.UTF-8"}),
    ...     default_language({"LC_ALL": "C", "LANG": "en_GB"}),
    ...     default_language({}),
    ... )
    ('en', 'zh', 'zh')
    """
    known = os.environ if environment is None else environment
    first = next((known[name] for name in _PLACES if known.get(name)), "")
    return "en" if first.lower().startswith("en") else "zh"


def spoken(arguments: list[str]) -> Lang:
    """The language of a command line: what ``--lang`` says, else the machine's.

    >>> spoken(["run", "--lang", "en"]), spoken(["run", "--lang=en"]), spoken(["run", "--lang=zh", "en"])
    ('en', 'en', 'zh')
    """
    for at, argument in enumerate(arguments):
        if argument == "--lang" and at + 1 < len(arguments):
            return "en" if arguments[at + 1] == "en" else "zh"
        if argument.startswith("--lang="):
            return "en" if argument == "--lang=en" else "zh"
    return default_language()


def say(key: str, lang: Lang, **facts: object) -> str:
    """Words for users; the dictionary of words is loaded when the first one is said."""
    from riskmodel.display import text

    return text.say(key, lang, **facts)


def word(kind: str, code: str, lang: Lang) -> str:
    """The word for a code."""
    from riskmodel.display import text

    return text.word(kind, code, lang)


def heading(column: str, lang: Lang) -> str:
    """The heading of a column."""
    from riskmodel.display import text

    return text.heading(column, lang)


def tell(text: str) -> None:
    """A line as it stands."""
    out.print(text, markup=False, soft_wrap=True, highlight=False)


def complain(text: str) -> None:
    """Something that went wrong, on the error stream."""
    err.print(text, style="red", markup=False, soft_wrap=True)


def show(frame: pd.DataFrame, lang: Lang, *, below: tuple[str, str] | None = None) -> None:
    """A frame as a table with headings of the language; in a pipe every row is one line, however long.

    Parameters
    ----------
    frame : DataFrame
        What is shown.
    lang : {"zh", "en"}
        Language of the headings.
    below : (str, str), optional
        A column of long texts, and one whose cells may stand below them where the screen is too narrow for both.
    """
    screen = out if out.is_terminal else endless
    table = _table({str(name): cells for name, cells in frame.items()}, lang)
    if below is not None and Measurement.get(endless, endless.options, table).maximum > screen.width:
        upper, lower = below
        both = [f"{a}\n  {b}" for a, b in zip(frame[upper], frame[lower], strict=True)]
        rest = {str(name): cells for name, cells in frame.items() if name not in below}
        table = _table({upper: both, **rest}, lang, stacked=True)
    screen.print(table)


def _table(columns: Mapping[str, Iterable[Any]], lang: Lang, *, stacked: bool = False) -> Table:
    """Numbers to the right and, like days, never broken; texts are folded where nothing else helps."""
    table, cells = Table(box=None, header_style="bold"), []
    for name, values in columns.items():
        kind = getattr(getattr(values, "dtype", None), "kind", "")
        table.add_column(
            heading(name, lang), overflow="fold", vertical="bottom" if stacked else "top",
            no_wrap=kind in ("i", "u", "f", "M"), justify="right" if kind in ("i", "u", "f") else "left",
        )  # fmt: skip
        cells.append([escape(_shown(value)) for value in values])
    for row in zip(*cells, strict=True):
        table.add_row(*row)
    return table


def _shown(cell: Any) -> str:
    if cell is None or cell != cell:  # missing numbers and days differ from themselves
        return "—"
    if isinstance(cell, datetime) and cell.time() == time.min:
        return f"{cell:%Y-%m-%d}"
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)


def print_json(content: object) -> None:
    """A result for programs: one JSON value, nothing else on the standard output."""
    typer.echo(json.dumps(content, ensure_ascii=False, default=_plain))


def records_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON has them: days as ISO texts, missing values as null."""
    rows: list[dict[str, Any]] = json.loads(frame.to_json(orient="records", force_ascii=False, date_format="iso"))
    return rows


def _plain(value: Any) -> Any:
    """Numbers of NumPy as numbers, all else as text."""
    return value.item() if hasattr(value, "item") else str(value)


@contextmanager
def steps(lang: Lang) -> Iterator[Callable[[str], None]]:
    """A turning sign with the step at work; nothing is shown where nobody looks."""
    with err.status("…") as status:
        yield lambda step: status.update(escape(say("step." + step, lang) if step in _STEPS else step))


@contextmanager
def bars() -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each file or step; nothing is shown where nobody looks."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        tasks: dict[str, Any] = {}

        def tick(file: str, done: int, total: int) -> None:
            if file not in tasks:
                tasks[file] = bar.add_task(file, total=total or None)
            bar.update(tasks[file], completed=done)

        yield tick
