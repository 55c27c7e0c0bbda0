"""How fast and how large is taking in records? Ratios to what reading alone costs, and to pandas, in one run.

Usage::

    python experiments/benchmarks/records.py --rows 1000000 --repeat 5 --excel-rows 500000 --big 10000000

Every action runs in a process of its own, so that its peak memory is its own; medians of the repetitions are shown.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from riskmodel.records.identity import ALPHABET, WEIGHTS

CHUNK = 250_000
DAY = date(2025, 6, 30)
# Headers of the 2018/2019 penalty publicity layout.
FILLERS = {
    "行政相对人类别": "法人及非法人组织", "行政相对人代码_2(工商注册号)": "", "行政相对人代码_3(组织机构代码)": "", "行政相对人代码_4(税务登记号)": "",
    "行政相对人代码_5(事业单位证书号)": "", "行政相对人代码_6(社会组织登记证号)": "", "法定代表人": "张三", "法定代表人证件类型": "身份证",
    "法定代表人证件号码": "", "违法事实": "当事人未按规定建立并遵守进货查验记录制度，违反了有关规定", "处罚内容": "罚款人民币伍仟元整",
    "处罚有效期": "2099/12/31", "处罚机关统一社会信用代码": "11370306004220465W", "数据来源单位": "周村区大数据局",
}  # fmt: skip


def codes(count: int) -> np.ndarray:
    """Right codes of invented enterprises."""
    rng = np.random.default_rng(1)
    digits = rng.integers(0, 31, (count, 17))
    digits[:, :8] = [9, 1, 3, 7, 0, 3, 0, 6]
    whole = np.c_[digits, (31 - digits @ WEIGHTS % 31) % 31]
    return np.array(list(ALPHABET))[whole].view("U18").ravel() if whole.size else np.array([], dtype="U18")


def penalties(start: int, rows: int, ids: np.ndarray) -> pa.Table:
    """Some rows of the penalty file, 26 columns."""
    rng = np.random.default_rng([2, start])
    enterprise = rng.integers(0, len(ids), rows)
    day = np.datetime64("2019-01-01") + rng.integers(0, 2300, rows)

    def pick(*texts: str) -> pa.Array:
        return pa.DictionaryArray.from_arrays(rng.integers(0, len(texts), rows), list(texts)).cast(pa.string())

    columns = {
        "行政处罚决定书文号": pa.array([f"周市监处罚〔2023〕{i}号" for i in range(start, start + rows)]),
        "行政相对人名称": pa.array([f"周村区第{i}号纺织有限公司" for i in enterprise]),
        "行政相对人代码_1(统一社会信用代码)": pa.array(ids[enterprise]),
        "违法行为类型": pick("食品经营", "虚假宣传", "无证经营", "未明码标价"),
        "处罚依据": pick("《中华人民共和国食品安全法》第一百二十六条", "《中华人民共和国广告法》第五十五条"),
        "处罚类别": pick("罚款", "警告", "罚款;没收违法所得", "警告;罚款"),
        "罚款金额(万元)": pick("0.5", "0.3", "", "1.25"),
        "没收违法所得、没收非法财物的金额(万元)": pick("", "0.02"),
        "处罚决定日期": pa.array(np.char.replace(day.astype(str), "-", "/")),
        "公示截止期": pa.array((day + 365).astype(str)),
        "处罚机关": pick("周村区市场监督管理局", "周村区应急管理局", "周村区综合行政执法局"),
        "归集日期": pa.array((day + 5).astype(str)),
    }
    return pa.table({**columns, **{name: pa.array([text] * rows) for name, text in FILLERS.items()}})


def write(folder: Path, rows: int) -> None:
    """The registry and a penalty file in GB18030, chunk by chunk."""
    ids = codes(300_000)
    (folder / "registry").mkdir()
    (folder / "penalties").mkdir()
    names = [f"周村区第{i}号纺织有限公司" for i in range(len(ids))]
    table = pa.table({"统一社会信用代码": ids, "企业名称": names, "成立日期": ["2015-01-01"] * len(ids)})
    pa.csv.write_csv(table, folder / "registry/企业.csv")
    with (folder / "penalties/处罚.csv").open("wb") as file:
        for start in range(0, rows, CHUNK):
            sink = pa.BufferOutputStream()
            part = penalties(start, min(CHUNK, rows - start), ids)
            pa.csv.write_csv(part, sink, pa.csv.WriteOptions(include_header=start == 0))
            file.write(sink.getvalue().to_pybytes().decode().encode("gb18030"))


def write_excel(folder: Path, rows: int) -> None:
    """A workbook of 16 columns."""
    import xlsxwriter

    (folder / "excel").mkdir()
    ids = codes(300_000)
    with xlsxwriter.Workbook(str(folder / "excel/处罚.xlsx"), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for start in range(0, rows, CHUNK):
            part = penalties(start, min(CHUNK, rows - start), ids).select(range(16))
            if not start:
                sheet.write_row(0, 0, part.column_names)
            columns = [column.to_pylist() for column in part.columns]
            for place, cells in enumerate(zip(*columns, strict=True), start=start + 1):
                sheet.write_row(place, 0, cells)


# What is measured; `folder` holds the files, a store with the registry lies in registry.duckdb.
ACTIONS = {
    "pyarrow reads the CSV": """
        import pyarrow as pa, pyarrow.csv as c
        names = c.open_csv(folder + "/penalties/处罚.csv", read_options=c.ReadOptions(encoding="gb18030")).schema.names
        text = c.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
        begin()
        c.read_csv(folder + "/penalties/处罚.csv", c.ReadOptions(encoding="gb18030"), convert_options=text)""",
    "pandas read_csv + to_parquet": """
        import pandas as pd
        begin()
        pd.read_csv(folder + "/penalties/处罚.csv", encoding="gb18030").to_parquet(folder + "/pandas.parquet")""",
    "Store.append, first time": """
        store = copy()
        begin()
        store.append(folder + "/penalties", delivered_on=day)
        store.close()""",
    "Store.append, again": """
        store = copy()
        store.append(folder + "/penalties", delivered_on=day)
        begin()
        store.append(folder + "/penalties", delivered_on=day)
        store.close()""",
    "fastexcel reads the workbook": """
        import fastexcel
        begin()
        fastexcel.read_excel(folder + "/excel/处罚.xlsx").load_sheet(0, dtypes="string").to_arrow()""",
    "Store.append of the workbook": """
        store = copy()
        begin()
        store.append(folder + "/excel", delivered_on=day)
        store.close()""",
}
HARNESS = """
import json, os, shutil, sys, time
from datetime import date
folder, day, clock = sys.argv[1], date(2025, 6, 30), [0.0]
def begin():
    clock[0] = time.perf_counter()
def copy():
    from riskmodel.records import Store
    import riskmodel.records.names
    target = f"{folder}/run-{os.getpid()}.duckdb"
    shutil.copy(folder + "/registry.duckdb", target)
    return Store.open(target)
"""


def measure(action: str, folder: Path) -> tuple[float, float]:
    """Seconds and peak memory in MiB of one action in a process of its own."""
    body = "\n".join(line.strip() for line in ACTIONS[action].splitlines())
    end = "seconds = time.perf_counter() - clock[0]\n"
    # VmHWM, since the peak of getrusage may be that of the process that started this one
    end += "peak = next(int(line.split()[1]) for line in open('/proc/self/status') if line.startswith('VmHWM'))\n"
    end += "print(json.dumps([seconds, peak / 1024]))"
    done = subprocess.run(
        [sys.executable, "-c", HARNESS + body + "\n" + end, str(folder)], capture_output=True, text=True, check=True
    )
    for leftover in folder.glob("run-*.duckdb*"):
        leftover.unlink()
    seconds, memory = json.loads(done.stdout.splitlines()[-1])
    return float(seconds), float(memory)


def study(folder: Path, actions: list[str], repeat: int) -> dict[str, tuple[float, float]]:
    """Median seconds and largest memory of each action; actions take turns, so that noise hits all alike."""
    found: dict[str, list[tuple[float, float]]] = {action: [] for action in actions}
    for turn in range(repeat):
        for action in actions:
            found[action].append(measure(action, folder))
            print(f"\r  {turn + 1}/{repeat} {action}          ", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return {a: (statistics.median(s for s, _ in runs), max(m for _, m in runs)) for a, runs in found.items()}


def prepare(folder: Path, rows: int, excel_rows: int) -> None:
    """The files, and a store that holds the registry."""
    from riskmodel.records import Store

    write(folder, rows)
    if excel_rows:
        write_excel(folder, excel_rows)
    with Store.open(folder / "registry.duckdb") as store:
        store.append(folder / "registry", delivered_on=DAY)


def show(title: str, found: dict[str, tuple[float, float]], base: str, size: float) -> None:
    """One table."""
    print(f"\n{title} ({size:.0f} MB)\n{'action':34}{'seconds':>9}{'ratio':>8}{'peak MiB':>10}")
    for action, (seconds, memory) in found.items():
        print(f"{action:34}{seconds:9.2f}{seconds / found[base][0]:8.2f}{memory:10.0f}")


def main() -> None:
    """Run the study."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--excel-rows", type=int, default=500_000)
    parser.add_argument("--big", type=int, default=0, help="rows of one large load, for its memory; 0 for none")
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    names = list(ACTIONS)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        prepare(folder, options.rows, options.excel_rows)
        csv = study(folder, names[:4], options.repeat)
        show(f"{options.rows:,} penalties, 26 columns, GB18030", csv, names[0], _size(folder / "penalties/处罚.csv"))
        if options.excel_rows:
            excel = study(folder, names[4:], options.repeat)
            show(f"{options.excel_rows:,} penalties, workbook", excel, names[4], _size(folder / "excel/处罚.xlsx"))
    if options.big:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            prepare(folder, options.big, 0)
            large = study(folder, [names[2]], 1)
            show(f"{options.big:,} penalties", large, names[2], _size(folder / "penalties/处罚.csv"))


def _size(path: Path) -> float:
    return path.stat().st_size / 1e6


if __name__ == "__main__":
    main()
