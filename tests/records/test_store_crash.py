"""A load that is killed leaves the store as it was, or as it should become; two writers do not mix."""

import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from riskmodel.records import Store
from riskmodel.records.identity import check_characters
from riskmodel.records.versions import digests

MAY, JUNE = date(2024, 5, 31), date(2024, 6, 30)
KILLS = 8
CHILD = """
import sys
from datetime import date
from riskmodel.records import Store
import riskmodel.records.names
with Store.open(sys.argv[1]) as store:
    print("begin", flush=True)
    store.append(sys.argv[2], delivered_on=date(2024, 6, 30))
print("end", flush=True)
"""


def month(folder, first: int, rows: int):
    """A registry and penalties numbered from `first`."""
    folder.mkdir()
    bodies = [f"91370306MA3{i:06d}" for i in range(2000)]
    ids = [body + check for body, check in zip(bodies, check_characters(bodies), strict=True)]
    registry = "".join(f"{i},周村第{n}号公司\n" for n, i in enumerate(ids))
    (folder / "企业.csv").write_text("统一社会信用代码,企业名称\n" + registry, "utf-8")
    lines = "".join(f"文{n},{ids[n % 2000]},2024-0{1 + n % 5}-03,罚款,{n % 900}\n" for n in range(first, first + rows))
    (folder / "处罚.csv").write_text(
        "决定书文号,统一社会信用代码,处罚决定日期,处罚类别,罚款金额(元)\n" + lines, "utf-8"
    )
    (folder / "source.yaml").write_text("absent: [abnormal_listings, complaints]\n", "utf-8")
    return folder


@pytest.mark.slow
def test_a_killed_load_loses_nothing_and_doubles_nothing(tmp_path):
    may, june = month(tmp_path / "may", 0, 5_000), month(tmp_path / "june", 3_000, 120_000)
    with Store.open(tmp_path / "may.duckdb") as store:
        store.append(may, delivered_on=MAY)
        before = store.fingerprint
    shutil.copy(tmp_path / "may.duckdb", tmp_path / "whole.duckdb")
    started = time.monotonic()
    with Store.open(tmp_path / "whole.duckdb") as store:
        store.append(june, delivered_on=JUNE)
        lasts = time.monotonic() - started
        after = store.fingerprint
    assert before != after
    seen = set()
    for kill in range(KILLS):
        target = tmp_path / f"{kill}.duckdb"
        shutil.copy(tmp_path / "may.duckdb", target)
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(target), str(june)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout.readline() == "begin\n"
        time.sleep(lasts * 1.2 * kill / (KILLS - 1))
        if child.poll() is None:
            os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
        with Store.open(target) as store:
            found = store.fingerprint
            assert found in (before, after)
            seen.add(found == after)
            store.append(june, delivered_on=JUNE)
            assert store.fingerprint == after
        target.unlink()
    assert False in seen  # at least one load was really cut off


def test_a_store_in_use_is_one_clear_error(tmp_path):
    with Store.open(tmp_path / "s.duckdb"):
        code = "from riskmodel.records import Store; import sys; Store.open(sys.argv[1])"
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "s.duckdb")], capture_output=True, text=True, check=False
        )
    assert "RM-REC-045" in done.stderr


def test_the_digest_of_a_content_never_changes():
    """Stores keep these: another digest would take every known row for a new version."""
    rows = pa.table(
        {
            "text": pa.array(["甲", None, ""]).dictionary_encode(), "day": pa.array(np.array(["2024-05-01", "NaT", "1970-01-01"], "M8[D]")),
            "yuan": [1.5, None, 0.0], "flag": [True, False, True],
        }
    )  # fmt: skip
    high, low = digests(rows, ["text", "day", "yuan", "flag"])
    found = [f"{h:016x}{w:016x}" for h, w in zip(high.tolist(), low.tolist(), strict=True)]
    assert found == [
        "b5a056b69c514a94da9b35741a31b9be",
        "c6ecb1b96d69e8a3b00b75b2ec880293",
        "be2e5d0eb37c196b9a0658a38a67df1d",
    ]
