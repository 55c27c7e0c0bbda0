"""The verbs of the records: check, append, correct what was refused, describe, invent a district."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskmodel.cli_options import SPOKEN, Json, Language, Map, Source, Tongue, day_of
from riskmodel.cli_screen import bars, out, print_json, records_of, say, show, steps, tell, word

if TYPE_CHECKING:
    import pandas as pd


def check(
    source: Source,
    source_map: Map = None,
    propose: Annotated[
        Path | None, typer.Option("--propose", help="只写出建议的 source.yaml / Only write a proposed map")
    ] = None,
    lang: Tongue = SPOKEN,
    as_json: Json = False,
) -> None:
    """检查数据：逐文件计数，说明隔离原因 / Count rows by file and say why any is refused; exit code 1 if any is"""
    from riskmodel.records import load
    from riskmodel.workflow import propose_map

    proposals = propose_map(source, source_map, to=propose)
    if not as_json:
        _proposals(proposals, propose, lang)
    elif propose is not None:
        print_json({"out": str(propose)})
    if propose is not None:
        return
    with bars() as tick:
        records = load(source, source_map, progress=tick)
    if as_json:
        content = {"intake": records_of(records.intake), "quarantine": records_of(records.quarantine)}
        print_json(content)
    else:
        _intake(records.intake, lang)
        counts = records.quarantine.groupby(["table", "reason"]).size().rename("count").reset_index()
        counts["table"] = [word("table", t, lang.code) for t in counts["table"]]
        counts["reason"] = [word("quarantine", r, lang.code) for r in counts["reason"]]
        show(counts, lang.code)
    raise typer.Exit(1 if len(records.quarantine) else 0)


def append(
    store: Annotated[
        Path, typer.Argument(metavar="STORE", help="数据库文件 .duckdb，没有则新建 / Store, made if missing")
    ],
    source: Source,
    delivered_on: Annotated[
        str | None, typer.Option("--delivered-on", help="交付日期；默认取 source.yaml 的 exported_on / Day of delivery")
    ] = None,
    source_map: Map = None,
    lang: Tongue = SPOKEN,
    as_json: Json = False,
) -> None:
    """把新一期数据或改正后的隔离记录并入数据库 / Take a delivery into a store; exit code 1 if rows were refused"""
    from riskmodel.records import Store

    day = day_of(delivered_on, "--delivered-on") if delivered_on is not None else None
    with _kept_if_filled(store), Store.open(store) as place, bars() as tick:
        receipt = place.append(source, delivered_on=day, source_map=source_map, progress=tick)
    if as_json:
        print_json(records_of(receipt))
    else:
        shown = receipt.assign(
            table=[word("table", t, lang.code) for t in receipt["table"]],
            status=[word("status", s, lang.code) for s in receipt["status"]],
        )
        show(shown.drop(columns=["delivered_on", "known_on_assumed"]), lang.code, below=("file", "table"))
    raise typer.Exit(1 if receipt["quarantined"].any() else 0)


def quarantine(
    source: Source,
    target: Annotated[
        Path | None,
        typer.Option("--out", help="更正表；默认 隔离记录更正表.xlsx / Workbook; default: corrections.xlsx"),
    ] = None,
    source_map: Map = None,
    lang: Tongue = SPOKEN,
    as_json: Json = False,
) -> None:
    """写出隔离记录更正表，改正后用 append 载入 / Write the correction workbook; load it back with append"""
    from riskmodel.workflow import write_quarantine

    target = target or Path(say("file.corrections", lang.code))
    with bars() as tick:
        rows = write_quarantine(source, target, source_map=source_map, lang=lang.code, progress=tick)
    if as_json:
        print_json({"rows": rows, "out": str(target)})
    else:
        tell(say("quarantine.done", lang.code, n=rows, file=target))


def district(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="新文件夹 / New folder")],
    enterprises: Annotated[int, typer.Option(min=100, help="企业数 / Number of enterprises")] = 3000,
    years: Annotated[int, typer.Option(min=1, max=20, help="年数 / Years of records")] = 5,
    seed: Annotated[int, typer.Option(min=0, help="种子 / Seed")] = 20250630,
    truth: Annotated[Path | None, typer.Option("--truth", help="真值另存处 / Where the hidden truth goes")] = None,
    lang: Tongue = SPOKEN,
    as_json: Json = False,
) -> None:
    """生成模拟区县的原始导出数据 / Write the exports of a synthetic district"""
    from riskmodel.workflow import write_district

    with steps(lang.code):
        made = write_district(folder, enterprises=enterprises, years=years, seed=seed, truth=truth)
    if as_json:
        print_json({"out": str(folder), "enterprises": made.enterprises, "rows": made.rows, "planted": made.planted})
        return
    rows = say("list.separator", lang.code).join(
        say("district.rows", lang.code, file=file, n=n) for file, n in made.rows.items()
    )
    planted = sum(made.planted.values())
    tell(say("district.done", lang.code, folder=folder, enterprises=made.enterprises, rows=rows, planted=planted))


def features(lang: Tongue = SPOKEN, as_json: Json = False) -> None:
    """列出全部特征：含义、单位、方向、窗口、依据 / The catalogue of features by family"""
    import pandas as pd

    from riskmodel.features import page

    if as_json:
        print_json(page.as_json())
        return
    for family, rows in page.rows(lang.code).items():
        out.print(f"\n{family} ({len(rows)})", style="bold", markup=False)
        show(pd.DataFrame(rows), lang.code)


def dictionary(as_json: Json = False) -> None:
    """打印数据字典 data/README.md / Print the data dictionary"""
    from riskmodel.features.page import catalogue
    from riskmodel.records.dictionary import dictionary as page
    from riskmodel.records.dictionary import tables_as_json

    if as_json:
        print_json(tables_as_json())
        return
    typer.echo(page() + catalogue(), nl=False)


@contextmanager
def _kept_if_filled(store: Path) -> Iterator[None]:
    """A store that is new does not stay, empty, where its first delivery fails."""
    new = not store.exists()
    try:
        yield
    except BaseException:
        for file in (store, store.with_name(store.name + ".wal")) if new else ():
            file.unlink(missing_ok=True)
        raise


def _intake(intake: pd.DataFrame, lang: Language) -> None:
    """Rows of each file; then of how many rows the day is missing on which they became known."""
    named = intake.assign(table=[word("table", t, lang.code) for t in intake["table"]])
    shown = named[["file", "table", "rows", "accepted", "quarantined", "superseded"]]
    show(shown, lang.code, below=("file", "table"))
    assumed = named[named["known_on_assumed"].gt(0)].groupby("table", sort=False)["known_on_assumed"].sum()
    for table, n in assumed.items():
        tell(say("check.assumed", lang.code, table=table, n=n))


def _proposals(proposals: list[Any], target: Path | None, lang: Language) -> None:
    """Columns that no table of ours knows, with the guess of what they are."""
    import pandas as pd

    from riskmodel.tables import TABLES

    rows = []
    for p in proposals:
        for g in (g for g in p.guesses if g.why != "alias"):
            column = TABLES[p.table][g.column].zh if lang is Language.zh else g.column
            rows.append(
                (f"{p.file} {p.sheet}", word("table", p.table, lang.code), g.header, column, f"{g.confidence:.2f}")
            )
    if rows:
        show(pd.DataFrame(rows, columns=["file", "table", "header", "column", "confidence"]), lang.code)
    if target:
        tell(say("check.proposed", lang.code, file=target))
