"""Write a synthetic district as an office gets it: Chinese headers, two encodings, mixed dates, yuan and 万元, dirt."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from riskmodel.records.district.dirt import plant, untidy_codes
from riskmodel.records.district.office import recusals
from riskmodel.records.district.process import (
    CHUNK,
    INSPECTORS,
    ITEMS,
    Chunk,
    Span,
    codes,
    directory,
    inspectors,
    make_chunk,
)
from riskmodel.records.words import CODE_WORDS

WriteWorkbook = Callable[[Path, dict[str, list[list[object]]]], None]


@dataclass(frozen=True)
class Layout:
    """How one file looks: its table, name, encoding, way of writing dates, and its columns in order.

    `columns` maps a header to a canonical column; headers with a value in `constants` are filled with it.
    """

    key: str
    table: str
    file: str
    encoding: str
    day: str
    columns: dict[str, str]
    constants: dict[str, str] = field(default_factory=dict)


_MARKET = "周村区市场监督管理局"
LAYOUTS = (
    Layout("registry", "enterprises", "企业登记信息.csv", "utf-8-sig", "%Y-%m-%d", {
        "统一社会信用代码": "entity_id", "企业名称": "name", "市场主体类型": "kind", "行业代码": "industry", "所属镇街": "town",
        "成立日期": "established_on", "登记状态": "status", "注销吊销日期": "closed_on", "注册资本(万元)": "registered_capital_yuan",
        "重点特殊领域": "special_field", "四新经济": "new_economy"}),
    Layout("penalties", "penalties", "行政处罚信息_市场监管.csv", "gb18030", "%Y/%-m/%-d", {
        "行政相对人名称": "name", "行政相对人类别": "", "行政相对人代码_1(统一社会信用代码)": "entity_id",
        "行政处罚决定书文号": "record_id", "违法行为类型": "violation", "违法行为发生日期": "occurred_on", "处罚类别": "category",
        "罚款金额(万元)": "fine_yuan", "没收违法所得、没收非法财物的金额(万元)": "confiscated_yuan", "处罚决定日期": "decided_on",
        "处罚机关": "authority", "重点特殊领域": "special_field", "数据来源单位": "", "归集日期": "known_on"},
        {"行政相对人类别": "法人及非法人组织", "数据来源单位": "周村区大数据局"}),
    Layout("other_penalties", "penalties", "行政处罚信息_其他部门.csv", "utf-8", "%Y年%-m月%-d日", {
        "处罚决定书文号": "record_id", "社会信用代码": "entity_id", "违法日期": "occurred_on", "决定日期": "decided_on", "处罚种类": "category",
        "违法行为类型": "violation", "罚款金额(元)": "fine_yuan", "没收金额(元)": "confiscated_yuan", "作出处罚机关": "authority",
        "特殊领域": "special_field", "入库日期": "known_on"}),
    Layout("listings", "abnormal_listings", "经营异常名录.csv", "gb18030", "%Y-%m-%d", {
        "列入决定文号": "record_id", "统一社会信用代码": "entity_id", "列入经营异常名录原因": "reason", "列入日期": "listed_on",
        "作出决定机关(列入)": "authority", "移出日期": "removed_on", "移出归集日期": "removal_known_on", "归集日期": "known_on"}),
    Layout("complaints", "complaints", "12315投诉举报.csv", "utf-8", "%Y%m%d", {
        "登记编号": "record_id", "社会信用代码": "entity_id", "登记日期": "received_on", "接收方式": "channel", "记录类型": "kind",
        "核实情况": "verified", "核实日期": "verified_on", "归集日期": "known_on"}),
    Layout("inspections", "inspections", "双随机检查结果.csv", "utf-8-sig", "%Y-%m-%d", {
        "检查记录编号": "record_id", "统一社会信用代码": "entity_id", "检查日期": "inspected_on", "检查类型": "purpose", "抽查事项": "item",
        "检查结果": "outcome_codes", "检查人员": "inspector_ids", "被抽查概率": "pi", "归集日期": "known_on"}),
    Layout("ratings", "ratings", "信用评价.csv", "utf-8-sig", "%Y-%m-%d", {
        "统一社会信用代码": "entity_id", "评价类别": "source", "评价等级": "grade", "评价日期": "valid_from", "有效期至": "valid_to",
        "归集日期": "known_on"}),
    Layout("commitments", "commitments", "信用承诺.csv", "gb18030", "%Y-%m-%d", {
        "承诺编号": "record_id", "统一社会信用代码": "entity_id", "承诺类型": "kind", "承诺日期": "committed_on", "履行状态": "status",
        "认定日期": "status_on", "归集日期": "known_on"}),
    Layout("repairs", "repairs", "信用修复.csv", "utf-8-sig", "%Y-%m-%d", {
        "统一社会信用代码": "entity_id", "原行政处罚决定书文号": "penalty_record_id", "修复日期": "repaired_on", "归集日期": "known_on"}),
)  # fmt: skip
WORKBOOK = "其他信息.xlsx"
_DIRTY_CHUNKS = 10


@dataclass(frozen=True)
class DistrictSummary:
    """What was written."""

    folder: Path
    enterprises: int
    rows: dict[str, int]
    planted: dict[str, int]
    cleanable: int

    def __str__(self) -> str:
        rows = ", ".join(f"{name} {count}" for name, count in self.rows.items())
        return f"{self.folder}: {self.enterprises} enterprises; {rows}; planted {sum(self.planted.values())}"


def generate(  # noqa: PLR0913  what a district is made of, each a keyword
    folder: Path,
    *,
    enterprises: int,
    years: int,
    seed: int,
    write_workbook: WriteWorkbook,
    end: date = date(2025, 6, 30),
    truth: Path | None = None,
    slippers: float = 0.0,
    census: bool = False,
) -> DistrictSummary:
    """Write the exports of a district into a folder, chunk by chunk; the same arguments give the same bytes.

    Parameters
    ----------
    folder : Path
        Where the exports go.
    enterprises, years, seed : int
        Size, years of records before `end`, and seed.
    write_workbook : callable
        Writes sheets of rows to an XLSX file.
    end : date
        Last day of records; the day of the export.
    truth : Path, optional
        Where the hidden truth goes: latent risk (Parquet) and the manifest of planted rows (JSON).
    slippers : float
        Share of enterprises that slip at a known day (`riskmodel.records.district.slippers`); 0 changes nothing.
    census : bool
        Inspect everybody in the last calendar year, instead of drawing; earlier years stay as they are.
    """
    folder.mkdir(parents=True, exist_ok=True)
    writer = _Writer(folder, enterprises, seed)
    span, entries, first = Span(end, years, slippers, census), [], None
    if truth is not None:
        truth.mkdir(parents=True, exist_ok=True)
    chunks = -(-enterprises // CHUNK)
    for number in range(chunks):
        chunk = make_chunk(number, min(CHUNK, enterprises - number * CHUNK), span, seed=seed)
        writer.write(chunk, number)
        entries.append(chunk.tables["list_entries"])
        if truth is not None:
            writer.tell(chunk.truth, truth / "enterprises.parquet")
        first = chunk.tables["enterprises"] if first is None else first
    assert first is not None
    write_workbook(folder / WORKBOOK, _sheets(pd.concat(entries), first, directory(INSPECTORS * chunks), seed))
    (folder / "source.yaml").write_bytes(f"id_scheme: uscc\nexported_on: {end}\n".encode())
    if truth is not None:
        writer.close()
        _write_manifest(truth / "manifest.json", writer, seed)
    kinds = pd.Series([entry["kind"] for entry in writer.planted]).value_counts().sort_index()
    return DistrictSummary(
        folder, enterprises, writer.rows, {str(k): int(v) for k, v in kinds.items()}, writer.cleanable
    )


class _Writer:
    """Appends chunks to the files and keeps the manifest."""

    def __init__(self, folder: Path, enterprises: int, seed: int) -> None:
        self.folder, self.enterprises, self.seed = folder, enterprises, seed
        self.rows = {layout.file: 0 for layout in LAYOUTS}
        self.planted: list[dict[str, object]] = []
        self.cleanable = 0
        self._truth: pq.ParquetWriter | None = None

    def tell(self, truth: pd.DataFrame, path: Path) -> None:
        """Append the hidden truth of one chunk."""
        table = pa.Table.from_pandas(truth, preserve_index=False)
        if self._truth is None:
            self._truth = pq.ParquetWriter(path, table.schema, compression="zstd")
        self._truth.write_table(table)

    def close(self) -> None:
        """Finish the file of the hidden truth."""
        if self._truth is not None:
            self._truth.close()

    def write(self, chunk: Chunk, number: int) -> None:
        """Append one chunk to every file."""
        rng = np.random.default_rng([self.seed, number, 7])
        # a district of any size has a known, small number of dirty rows: all of them lie in its first chunks
        scale = len(chunk.truth) / 3000 if number < _DIRTY_CHUNKS else 0.0
        outside = np.arange(50) + 10_000_000 + self.enterprises + 50 * number
        strangers = codes(outside, np.full(50, "enterprise"), seed=self.seed).tolist()
        for layout in LAYOUTS:
            table = chunk.tables[layout.table]
            if layout.table == "penalties":
                market = table["authority"].eq(_MARKET).to_numpy()
                names = chunk.tables["enterprises"].set_index("entity_id")["name"]
                table = table[market if layout.key == "penalties" else ~market]
                table = table.assign(name=table["entity_id"].map(names))
            cells = _cells(table, layout)
            cells, planted = plant(cells, layout.key, layout.table, scale=scale, strangers=strangers, rng=rng)
            self._note(cells, layout, planted)
            self._tidy(cells, layout, planted, rng)
            self._append(cells, layout)

    def _note(self, cells: pd.DataFrame, layout: Layout, planted: list[tuple[int, str]]) -> None:
        identity = next(h for h, column in layout.columns.items() if column == "entity_id")
        for place, kind in planted:
            row = self.rows[layout.file] + place + 1
            entity = cells[identity].iloc[place]
            self.planted.append({"kind": kind, "file": layout.file, "sheet": "", "row": row, "entity_id": entity})

    def _tidy(
        self, cells: pd.DataFrame, layout: Layout, planted: list[tuple[int, str]], rng: np.random.Generator
    ) -> None:
        """Make some clean codes untidy; codes of planted rows stay as they are."""
        identity = next(h for h, column in layout.columns.items() if column == "entity_id")
        untidy, count = untidy_codes(cells[identity], rng)
        dirty = np.zeros(len(cells), dtype=bool)
        dirty[[place for place, _ in planted]] = True
        self.cleanable += count - int((untidy.ne(cells[identity]).to_numpy() & dirty).sum())
        cells[identity] = untidy.mask(dirty, cells[identity])

    def _append(self, cells: pd.DataFrame, layout: Layout) -> None:
        fresh = self.rows[layout.file] == 0
        encoding = layout.encoding if fresh else layout.encoding.removesuffix("-sig")
        text = cells.to_csv(index=False, header=fresh, lineterminator="\r\n" if layout.encoding == "gb18030" else "\n")
        with (self.folder / layout.file).open("wb" if fresh else "ab") as stream:
            stream.write(text.encode(encoding))
        self.rows[layout.file] += len(cells)


def _cells(table: pd.DataFrame, layout: Layout) -> pd.DataFrame:
    """The rows of a file as text."""
    cells = {}
    for header, column in layout.columns.items():
        if header in layout.constants:
            cells[header] = pd.Series(layout.constants[header], index=table.index, dtype="str")
        else:
            cells[header] = _written(table[column], layout, header, column)
    return pd.DataFrame(cells).reset_index(drop=True)


def _written(values: pd.Series, layout: Layout, header: str, column: str) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(values):
        return _dates(values, layout.day)
    if column in ("fine_yuan", "confiscated_yuan", "registered_capital_yuan"):
        factor = 10_000 if "万元" in header else 1
        text = (values / factor).map(lambda v: f"{v:.6f}".rstrip("0").rstrip("."))
        return text.mask(values.eq(0) & (layout.key == "penalties"), "— —").astype("str")
    if column == "pi":
        return values.map(lambda v: "" if np.isnan(v) else f"{v:g}").astype("str")
    words = _word_of(layout.table, column)
    return values.map(lambda v: words.get(v, v)).fillna("").astype("str")


def _dates(values: pd.Series, form: str) -> pd.Series:
    year, month, day = (values.dt.year.astype("Int64"), values.dt.month.astype("Int64"), values.dt.day.astype("Int64"))
    parts = {"%Y": year.astype("str"), "%m": month.astype("str").str.zfill(2), "%d": day.astype("str").str.zfill(2),
             "%-m": month.astype("str"), "%-d": day.astype("str")}  # fmt: skip
    text = pd.Series("", index=values.index, dtype="str")
    while form:
        mark = next((m for m in ("%-m", "%-d", "%Y", "%m", "%d") if form.startswith(m)), form[0])
        text, form = text + parts.get(mark, mark), form[len(mark) :]
    return text.mask(values.isna(), "").astype("str")


def _word_of(table: str, column: str) -> dict[str, str]:
    """Code → the first word that exports use for it."""
    if column == "category":
        words = {code: names[0] for code, names in CODE_WORDS["penalties.category"].items()}
        return words | {"warning_fine": "警告;罚款"}
    if column in ("new_economy", "available"):
        return {"yes": "是", "no": "否"}
    found = CODE_WORDS.get(f"{table}.{column}") or CODE_WORDS.get(f"*.{column}") or {}
    return {code: names[0] for code, names in found.items()}


def _sheets(
    entries: pd.DataFrame, registry: pd.DataFrame, staff: pd.DataFrame, seed: int
) -> dict[str, list[list[object]]]:
    """The small tables, one sheet each, header in the first row."""
    words = _word_of("list_entries", "list")
    day = entries.assign(
        list=entries["list"].map(words),
        **{c: _dates(entries[c], "%Y-%m-%d") for c in ("entered_on", "exited_on", "known_on")},
    )
    flags = {flag: staff[flag].map({"yes": "是", "no": "否"}) for flag in ("available", "senior")}
    available = staff.assign(**flags)
    pairs = recusals(registry, staff["inspector_id"].tolist()[:INSPECTORS], seed=seed)
    weights = _word_of("items", "weight")
    items: list[list[object]] = [[*i[:1], i[2], i[1], i[3], weights[i[4]], i[5], i[6], i[7]] for i in ITEMS]
    return {
        "名单": _sheet(day, {"统一社会信用代码": "entity_id", "名单类别": "list", "列入日期": "entered_on", "退出日期": "exited_on",
                          "列入事由": "reason", "认定机关": "authority", "归集日期": "known_on"}),
        "执法检查人员名录": _sheet(available, {"执法证号": "inspector_id", "姓名": "name", "所属部门": "department", "是否可派": "available",
                              "是否组长": "senior", "执法资质": "qualifications", "派驻镇街": "town"}),
        "回避登记": _sheet(pairs, {"执法证号": "inspector_id", "统一社会信用代码": "entity_id", "回避事由": "reason"}),
        "抽查事项清单": [["事项编号", "抽查类别", "抽查事项", "检查对象", "事项类别", "检查方式", "检查主体", "检查依据"], *items],
    }  # fmt: skip


def _sheet(frame: pd.DataFrame, columns: dict[str, str]) -> list[list[object]]:
    return [list(columns), *frame[list(columns.values())].to_numpy(dtype=object).tolist()]


def _write_manifest(path: Path, writer: _Writer, seed: int) -> None:
    names, strictness = inspectors(seed)[0]["inspector_id"], inspectors(seed)[1].round(4).tolist()
    manifest = {
        "seed": seed,
        "rows": writer.rows,
        "cleanable_ids": writer.cleanable,
        "strictness": dict(zip(names, strictness, strict=True)),
        "planted": writer.planted,
    }
    path.write_bytes((json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode())
