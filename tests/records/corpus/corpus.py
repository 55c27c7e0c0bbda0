"""Dirty files as they come in, each with the verdict that it must get: the one place where bad input is collected.

A case is a source with one odd file among clean ones. Its verdict is an error code, or for the odd file the number of
rows accepted, quarantined (by reason) and superseded. `write` makes the folder; nothing here calls the reader.
"""

from __future__ import annotations

import csv
import io
import json
import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
import pandas as pd
import xlsxwriter

A, B = "91370306MA3ABCDE1H", "92370306MA3ABCDFX6"
REGISTRY = [
    ["统一社会信用代码", "企业名称", "成立日期", "工商注册号"],
    [A, "淄博周村甲纺织有限公司", "2020-01-05", "440301103097413"],
    [B, "周村乙商行经营部", "2021-03-01", ""],
]
HEAD = ["行政处罚决定书文号", "统一社会信用代码", "处罚决定日期", "处罚类别", "罚款金额(元)", "违法行为类型"]
ROWS = [
    ["文1", A, "2024-03-07", "罚款", "3000", "食品经营"],
    ["文2", B, "2024-04-08", "警告", "", "虚假宣传"],
    ["文3", A, "2024-05-09", "罚款", "500", "计量违法"],
]
Write = Callable[[Path], None]


@dataclass(frozen=True)
class Case:
    """One odd source.

    Attributes
    ----------
    name : str
        What is odd.
    write : callable
        Writes the odd file into a folder that has a registry.
    error : str
        Code of the error that stops the load; '' if it loads.
    accepted, superseded : int
        Rows of the penalty table.
    reasons : mapping
        Reason → rows in quarantine.
    fines : list of float, optional
        Fines of the accepted rows in the order of their numbers.
    absent : str
        Text that must stand nowhere in the records.
    yaml : str
        `source.yaml` beside the default.
    """

    name: str
    write: Write
    error: str = ""
    accepted: int = 0
    superseded: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    fines: list[float] | None = None
    absent: str = ""
    yaml: str = "absent: [abnormal_listings, complaints]\n"


def prepare(folder: Path, case: Case) -> Path:
    """A folder with the registry, the map and the odd file."""
    folder.mkdir(parents=True)
    (folder / "企业.csv").write_text(text(REGISTRY), "utf-8")
    (folder / "source.yaml").write_text(case.yaml, "utf-8")
    case.write(folder)
    return folder


def text(rows: list[list[str]], delimiter: str = ",", quote: int = csv.QUOTE_MINIMAL, end: str = "\n") -> str:
    """Delimited text."""
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, quoting=quote, lineterminator=end).writerows(rows)
    return stream.getvalue()


def raw(content: bytes, name: str = "处罚.csv") -> Write:
    return lambda folder: (folder / name).write_bytes(content) and None


def lines(rows: list[list[str]] = ROWS, encoding: str = "utf-8", name: str = "处罚.csv", **how: object) -> Write:
    return raw(text([HEAD, *rows], **how).encode(encoding), name)  # type: ignore[arg-type]


def row(**cells: str) -> list[str]:
    """The first row with some cells changed."""
    places = {"number": 0, "code": 1, "day": 2, "kind": 3, "fine": 4, "what": 5}
    changed = list(ROWS[0])
    for name, value in cells.items():
        changed[places[name]] = value
    return changed


def one(**cells: str) -> Write:
    """The odd row first, then the two other clean rows."""
    return lines([row(**cells), *ROWS[1:]])


def book(fill: Callable[[openpyxl.Workbook], None], name: str = "处罚.xlsx") -> Write:
    def write(folder: Path) -> None:
        workbook = openpyxl.Workbook()
        fill(workbook)
        workbook.save(folder / name)

    return write


def sheet_of(rows: list[list[object]]) -> Write:
    def fill(workbook: openpyxl.Workbook) -> None:
        for cells in rows:
            workbook.active.append(cells)

    return book(fill)


def merged(workbook: openpyxl.Workbook) -> None:
    """A title over all columns, and one code for two rows."""
    tab = workbook.active
    tab.append(["周村区行政处罚信息表"])
    tab.merge_cells("A1:F1")
    tab.append(["制表日期:2024-06-01"])
    for cells in (HEAD, ROWS[0], [ROWS[2][0], None, *ROWS[2][2:]], ROWS[1]):
        tab.append(cells)
    tab.merge_cells("B4:B5")


def with_notes(workbook: openpyxl.Workbook) -> None:
    for cells in [HEAD, *ROWS]:
        workbook.active.append(cells)
    notes = workbook.create_sheet("说明")
    notes.append(["填报说明"])
    notes.append(["一、请按月报送。"])


def several(workbook: openpyxl.Workbook) -> None:
    for number, cells in enumerate(ROWS):
        tab = workbook.create_sheet(f"第{number}页")
        tab.append(HEAD)
        tab.append(cells)
        tab.sheet_state = "hidden" if number == 2 else "visible"
    del workbook["Sheet"]


def failed(shown: str, *, formula: bool) -> Write:
    """The first fine is an error of a formula, or a formula that no program computed."""

    def fill(workbook: openpyxl.Workbook) -> None:
        for cells in [HEAD, *ROWS]:
            workbook.active.append(cells)
        workbook.active["E2"] = shown
        workbook.active["E2"].data_type = "f" if formula else "e"

    return book(fill)


def twice(folder: Path) -> None:
    """Two members of one name, of which an unpacker keeps the last."""
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(folder / "处罚.zip", "w") as file:
        file.writestr("a.csv", text([HEAD, ROWS[0]]))
        file.writestr("a.csv", text([HEAD, *ROWS[1:]]))


def archive(members: Mapping[str, bytes], **how: object) -> Write:
    def write(folder: Path) -> None:
        with zipfile.ZipFile(folder / "处罚.zip", "w", zipfile.ZIP_DEFLATED) as file:
            for name, content in members.items():
                file.writestr(name, content)

    return write


def gbk_names(folder: Path) -> None:
    """A member whose Chinese name is GBK without the flag, as old packers write it."""
    plain = "x" * len("处罚.csv".encode("gbk"))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr(plain, text([HEAD, *ROWS]))
    (folder / "处罚.zip").write_bytes(stream.getvalue().replace(plain.encode(), "处罚.csv".encode("gbk")))


def encrypted(folder: Path) -> None:
    """The flag of encryption is set on a member."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("a.csv", text([HEAD, *ROWS]))
    content = bytearray(stream.getvalue())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (folder / "处罚.zip").write_bytes(bytes(content))


def linked(folder: Path) -> None:
    with zipfile.ZipFile(folder / "处罚.zip", "w") as file:
        entry = zipfile.ZipInfo("a.csv")
        entry.external_attr = 0o120777 << 16
        file.writestr(entry, "/etc/passwd")


def entities(external: bool) -> Write:
    """A workbook whose sheet declares XML entities."""

    def write(folder: Path) -> None:
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream) as workbook:
            tab = workbook.add_worksheet()
            for place, cells in enumerate([HEAD, *ROWS]):
                tab.write_row(place, 0, cells)
        names = '<!ENTITY a SYSTEM "file:///etc/passwd">' if external else "".join(
            f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9)
        ).replace("&a;", "boom")  # fmt: skip
        with zipfile.ZipFile(stream) as old, zipfile.ZipFile(folder / "处罚.xlsx", "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                content = old.read(name)
                if name.endswith("sharedStrings.xml"):
                    content = content.replace(b"?>", f"?><!DOCTYPE sst [{names}]>".encode(), 1)
                    content = content.replace("食品经营".encode(), b"&a;" if external else b"&j;")
                new.writestr(name, content)

    return write


def records(rows: list[list[str]] = ROWS) -> list[dict[str, str]]:
    return [dict(zip(HEAD, cells, strict=True)) for cells in rows]


def parquet(folder: Path) -> None:
    frame = pd.DataFrame(ROWS, columns=HEAD)
    frame["处罚决定日期"] = pd.to_datetime(frame["处罚决定日期"])
    frame["罚款金额(元)"] = pd.to_numeric(frame["罚款金额(元)"])
    frame.to_parquet(folder / "处罚.parquet")


def late_gbk(folder: Path) -> None:
    """Three megabytes of ASCII before the first character that tells GBK from UTF-8."""
    rows = "".join(f"n{i},{A},2024-03-07,1,{'x' * 60}\n" for i in range(30_000))
    head = "penalty_id,uscc,decided_date,fine_yuan,violation\n"
    (folder / "penalties.csv").write_bytes((head + rows + f"n,{A},2024-03-07,1,食品\n").encode("gbk"))


HTML = "<html><table><tr><td>行政处罚决定书文号</td></tr></table></html>"
JSON_LINES = "\n".join(json.dumps(r, ensure_ascii=False) for r in records())
BOMB = b"0" * 300_000_000
LICENCES = "行政许可决定书文号,许可类别,许可编号,许可内容,许可机关\n1,普通,2,3,4\n"
NAMED = ["行政处罚决定书文号", "行政相对人名称", "统一社会信用代码", "处罚决定日期", "处罚类别", "罚款金额(元)"]


def named(*rows: tuple[str, str, str]) -> Write:
    """Rows of (number, name, code)."""
    return raw(text([NAMED, *([n, name, code, "2024-03-07", "罚款", "100"] for n, name, code in rows)]).encode())


ALL, FINES = {"accepted": 3}, [3000.0, 0.0, 500.0]
CASES: tuple[Case, ...] = (
    # encodings
    Case("UTF-8", lines(), **ALL, fines=FINES),
    Case("UTF-8 with mark", lines(encoding="utf-8-sig"), **ALL, fines=FINES),
    Case("GBK", lines(encoding="gbk"), **ALL, fines=FINES),
    Case("GB18030 with a four-byte character", lines([row(what="𠮷氏食品㐀"), *ROWS[1:]], "gb18030"), **ALL, fines=FINES),
    Case("UTF-16 with mark", lines(encoding="utf-16"), **ALL, fines=FINES),
    Case("UTF-16 big-endian", raw(b"\xfe\xff" + text([HEAD, *ROWS]).encode("utf-16-be")), **ALL, fines=FINES),
    Case("first Chinese character after a megabyte", late_gbk, accepted=30_001),
    Case("bytes of no encoding in one row", raw(text([HEAD, *ROWS]).encode() + f"文4,{A},2024-03-07,罚款,1,".encode() + b"\xff\xff\xfe\n"), accepted=3, reasons={"broken_row": 1}),
    # delimiters and lines
    Case("zero-width characters in headers and cells", raw(text([["\u200b" + HEAD[0], HEAD[1] + "\ufeff", *HEAD[2:]], ["文1\u200b", "\u200e" + A, *ROWS[0][2:]], *ROWS[1:]]).encode()), **ALL, fines=FINES, absent="auto-"),
    Case("tab", lines(delimiter="\t", name="处罚.tsv"), **ALL, fines=FINES),
    Case("semicolon", lines(delimiter=";"), **ALL, fines=FINES),
    Case("pipe in GB18030", lines(delimiter="|", encoding="gb18030"), **ALL, fines=FINES),
    Case("text file", lines(delimiter="\t", name="处罚.txt"), **ALL, fines=FINES),
    Case("everything quoted", lines(quote=csv.QUOTE_ALL), **ALL, fines=FINES),
    Case("Windows line ends", lines(end="\r\n"), **ALL, fines=FINES),
    Case("newline within quotes", one(what="食品\n经营"), **ALL, fines=FINES),
    Case("delimiter and quote within quotes", one(what='食品,"经营"'), **ALL, fines=FINES),
    Case("blank lines", raw(text([HEAD, *ROWS]).replace("\n文2", "\n\n\n文2").encode()), **ALL, fines=FINES),
    Case("every line ends with a delimiter", raw("\n".join(line + "," for line in text([HEAD, *ROWS]).splitlines()).encode()), **ALL, fines=FINES),
    Case("title rows above the header", raw(("周村区处罚信息,,,,,\n制表日期:2024-06-01,,,,,\n" + text([HEAD, *ROWS])).encode()), **ALL, fines=FINES),
    Case("too many cells", raw((text([HEAD, *ROWS]) + f"文4,{A},2024-03-07,罚款,1,x,y,z\n").encode()), accepted=3, reasons={"broken_row": 1}),
    Case("too few cells", raw((text([HEAD, *ROWS]) + f"文4,{A}\n").encode()), accepted=3, reasons={"broken_row": 1}),
    Case("a sum below the rows", raw((text([HEAD, *ROWS]) + "合计,,,,3500,\n").encode()), accepted=3, reasons={"missing_id": 1}),
    # broken files
    Case("empty file", raw(b""), error="RM-REC-020"),
    Case("header only", lines([]), error="RM-REC-005"),
    Case("unknown headers", raw("甲,乙,丙\n1,2,3\n".encode()), error="RM-REC-003"),
    Case("licence file", raw(LICENCES.encode()), error="RM-REC-040"),
    Case("no penalty file", lambda folder: None, error="RM-REC-001"),
    Case("web page called xls", raw(HTML.encode(), "处罚.xls"), error="RM-REC-022"),
    Case("half a workbook", raw(b"PK\x03\x04" + b"x" * 100, "处罚.xlsx"), error="RM-REC-023"),
    Case("half a Parquet file", raw(b"PAR1" + b"x" * 50, "处罚.parquet"), error="RM-REC-023"),
    Case("CSV called xlsx", lines(name="处罚.xlsx"), **ALL, fines=FINES),
    # workbooks
    Case("workbook", sheet_of([HEAD, *ROWS]), **ALL, fines=FINES),
    Case("numbers and days in their own types", sheet_of([HEAD, ["文1", A, pd.Timestamp("2024-03-07").to_pydatetime(), "罚款", 3000, "x"], *ROWS[1:]]), **ALL, fines=FINES),
    Case("serial days", sheet_of([HEAD, ["文1", A, 45358, "罚款", 3000.0, "x"], *ROWS[1:]]), **ALL, fines=FINES),
    Case("title and merged cells", book(merged), **ALL, fines=FINES),
    Case("a sheet of notes beside the data", book(with_notes), **ALL, fines=FINES),
    Case("several sheets, one hidden", book(several), **ALL, fines=FINES),
    Case("code turned into a number", sheet_of([HEAD, ["文1", 913703060042204658, "2024-03-07", "罚款", 1, "x"], *ROWS[1:]]), accepted=2, reasons={"scientific_code": 1}),
    Case("code as 9.137E+17", one(code="9.137E+17"), accepted=2, reasons={"scientific_code": 1}),
    Case("cell that shows an error", failed("#N/A", formula=False), accepted=2, reasons={"unreadable_amount": 1}),
    Case("formula that was never computed", failed("=1000+2000", formula=True), accepted=2, reasons={"unreadable_amount": 1}),
    # other formats
    Case("Parquet with types", parquet, **ALL, fines=FINES),
    Case("JSON lines", raw(JSON_LINES.encode(), "处罚.jsonl"), **ALL, fines=FINES),
    Case("JSON lines, one broken", raw((JSON_LINES + '\n{"文号": \n').encode(), "处罚.jsonl"), accepted=3, reasons={"broken_row": 1}),
    Case("JSON array", raw(json.dumps(records()).encode(), "处罚.json"), **ALL, fines=FINES),
    Case("ZIP", archive({"a.csv": text([HEAD, *ROWS]).encode("gbk")}), **ALL, fines=FINES),
    Case("ZIP with names in GBK", gbk_names, **ALL, fines=FINES),
    Case("ZIP in a ZIP", archive({"a.zip": b"PK\x05\x06" + bytes(18)}), error="RM-REC-025"),
    Case("ZIP with two members of one name", twice, error="RM-REC-025"),
    Case("ZIP that climbs", archive({"../evil.csv": text([HEAD, *ROWS]).encode()}), error="RM-REC-025"),
    Case("ZIP with an absolute name", archive({"/evil.csv": text([HEAD, *ROWS]).encode()}), error="RM-REC-025"),
    Case("ZIP bomb", archive({"a.csv": BOMB}), error="RM-REC-026"),
    Case("encrypted ZIP", encrypted, error="RM-REC-024"),
    Case("symbolic link in a ZIP", linked, error="RM-REC-025"),
    Case("XML entities in a workbook", entities(external=False), error="RM-REC-023", absent="boom" * 11),
    Case("external entity in a workbook", entities(external=True), error="RM-REC-023", absent="root:"),
    # maps
    Case("map with unknown keys", lines(), error="RM-REC-006", yaml="abscent: [complaints]\n"),
    Case("map with aliases", lines(), error="RM-REC-006", yaml="a: &a [x]\nb: [*a, *a]\n"),
    Case("map with a Python object", lines(), error="RM-REC-006", yaml='absent: !!python/object/apply:os.system ["true"]\n'),
    Case("map that climbs", lines(), error="RM-REC-042", yaml="tables: {penalties: [{file: ../../etc/passwd}]}\n"),
    Case("map with a column that is missing", lines(), error="RM-REC-004", yaml="tables: {enterprises: [{file: 企业.csv}], penalties: [{file: 处罚.csv, columns: {record_id: 案号}}]}\nabsent: [abnormal_listings, complaints]\n"),
    # cells
    Case("formula", one(what='=HYPERLINK("http://x","y")'), **ALL, fines=FINES),
    Case("markup", one(what="<script>alert(1)</script>"), **ALL, fines=FINES),
    Case("control characters", one(what="食品\x07经营\x00"), **ALL, fines=FINES, absent="\x07"),
    Case("reversed reading order", one(what="食品\u202e经营"), **ALL, fines=FINES, absent="\u202e"),
    Case("over-long cell", one(what="长" * 40_000), accepted=2, reasons={"too_long_cell": 1}),
    Case("day in Chinese numerals", one(day="二〇二四年三月七日"), **ALL, fines=FINES),
    Case("day with a zone", one(day="2024-03-06T20:00:00Z"), **ALL, fines=FINES),
    Case("day that does not exist", one(day="2024-02-30"), accepted=2, reasons={"impossible_date": 1}),
    Case("a year for a day", one(day="2024"), accepted=2, reasons={"impossible_date": 1}),
    Case("no day", one(day="无"), accepted=2, reasons={"missing_date": 1}),
    Case("day after the export", one(day="2124-03-07"), accepted=2, reasons={"future_date": 1}, yaml="absent: [abnormal_listings, complaints]\nexported_on: 2024-12-31\n"),
    Case("amount in words", one(fine="罚款人民币叁仟元整"), **ALL, fines=FINES),
    Case("amount in words and figures", one(fine="罚款人民币叁仟元整（￥3000.00）"), **ALL, fines=FINES),
    Case("words and figures that differ", one(fine="罚款人民币叁仟元整（￥300.00）"), accepted=2, reasons={"unreadable_amount": 1}),
    Case("amount in 万元", one(fine="0.3万元"), **ALL, fines=FINES),
    Case("two amounts in a cell", one(fine="没收200元，罚款3000元"), accepted=2, reasons={"unreadable_amount": 1}),
    Case("negative amount", one(fine="-3000"), accepted=2, reasons={"negative_amount": 1}),
    Case("unknown kind of penalty", one(kind="口头教育"), accepted=2, reasons={"unknown_code": 1}),
    # identity
    Case("wrong check digit", one(code=A[:-1] + "X"), accepted=2, reasons={"bad_check_digit": 1}),
    Case("O for 0 in a code", one(code=A.replace("0", "O", 1)), **ALL, fines=FINES),
    Case("I for 1 in a code", one(code="I".join(A.rsplit("1", 1))), **ALL, fines=FINES),
    Case("full-width code with a label", one(code="统一社会信用代码：" + "".join(chr(ord(c) + 0xFEE0) for c in A)), **ALL, fines=FINES),
    Case("old registration number", one(code="440301103097413"), **ALL, fines=FINES),
    Case("organisation code", one(code="MA3ABCDE1"), **ALL, fines=FINES),
    Case("not in the registry", one(code="91230500MA1B3N1N2M"), accepted=2, reasons={"unknown_enterprise": 1}),
    Case("resident id for a code", one(code="11010519491231002X"), accepted=2, reasons={"natural_person": 1}, absent="19491231"),
    Case("resident id in a text", one(what="张三11010519491231002X"), **ALL, fines=FINES, absent="19491231"),
    Case("resident id in a refused row", one(what="张三11010519491231002X", day="x"), accepted=2, reasons={"impossible_date": 1}, absent="19491231"),
    Case("resident id in a broken row", raw((text([HEAD, *ROWS]) + "文4,张三11010519491231002X\x00\n").encode()), accepted=3, reasons={"broken_row": 1}, absent="19491231"),
    Case("exact name", named(("文1", "淄博周村甲纺织有限公司", "")), accepted=1, fines=[100.0]),
    Case("name alike", named(("文1", "淄博周村甲纺只有限公司", ""), ("文2", "", A)), accepted=1, reasons={"name_only": 1}),
    Case("neither code nor name", named(("文1", "", ""), ("文2", "", A)), accepted=1, reasons={"missing_id": 1}),
    # several rows
    Case("identical rows", lines([*ROWS, ROWS[0], ROWS[0]]), accepted=3, superseded=2, fines=FINES),
    Case("one number in two brackets", lines([row(number="罚〔2024〕1号"), *ROWS[1:], row(number="罚[2024] 1号")]), accepted=3, superseded=1),
    Case("same number, other content", lines([*ROWS, row(fine="4000")]), accepted=3, reasons={"conflicting_duplicate": 1}, fines=FINES),
)  # fmt: skip
