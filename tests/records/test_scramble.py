"""A clean district, scrambled in every way in which exports differ, ends in the same truth."""

import csv
import io
import json
import random
import zipfile
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskmodel.records import Store
from riskmodel.records.headers import ALIASES
from riskmodel.records.identity import check_characters
from riskmodel.tables import TABLES

IDS = [body + check_characters([body])[0] for body in (f"91370306MA3{i:06d}" for i in range(12))]
DAY = date(2024, 6, 30)


def clean() -> dict[str, pd.DataFrame]:
    """Twelve enterprises and sixty events in canonical columns, as text."""
    pick = random.Random(5)
    day = lambda: f"20{pick.randint(20, 23)}-{pick.randint(1, 12):02d}-{pick.randint(1, 28):02d}"  # noqa: E731
    firms = [{"entity_id": i, "name": f"周村第{n}号公司", "established_on": "2015-03-04"} for n, i in enumerate(IDS)]
    penalties, listings, complaints = [], [], []
    for n in range(20):
        decided = day()
        penalties.append(
            {"record_id": f"罚〔2023〕{n}号", "entity_id": pick.choice(IDS), "decided_on": decided, "category": pick.choice(["fine", "warning"]),
             "fine_yuan": f"{pick.randint(0, 500) * 100}", "authority": "区市场监管局", "known_on": "2024-01-15"}
        )  # fmt: skip
        listings.append(
            {
                "record_id": f"列{n}",
                "entity_id": pick.choice(IDS),
                "listed_on": day(),
                "reason": "annual_report",
                "known_on": "2024-02-01",
            }
        )
        complaints.append(
            {
                "record_id": f"诉{n}",
                "entity_id": pick.choice(IDS),
                "received_on": day(),
                "kind": "complaint",
                "verified": "yes",
                "verified_on": "2024-03-01",
                "known_on": "2024-01-20",
            }
        )
    frames = {"enterprises": firms, "penalties": penalties, "abnormal_listings": listings, "complaints": complaints}
    return {name: pd.DataFrame(rows, dtype="str") for name, rows in frames.items()}


CLEAN = clean()


def dressed(table: str, frame: pd.DataFrame, pick: random.Random) -> pd.DataFrame:
    """Other headers, other forms of days and amounts, untidy codes, other order of rows and columns, doubles."""
    rows = frame.sample(frac=1, random_state=pick.randint(0, 10**6))
    rows = pd.concat([rows, rows.sample(n=pick.randint(0, 4), replace=True, random_state=pick.randint(0, 10**6))])
    changed = {}
    for column in pick.sample(list(frame.columns), len(frame.columns)):
        cells, kind = rows[column], TABLES[table][column].kind
        header = pick.choice([column, TABLES[table][column].zh])
        names = [a for a in ALIASES[table].get(column, ()) if ":" not in a]
        if names and pick.random() < 0.5:
            header = pick.choice(names)
        if kind == "date":
            form = pick.choice(
                [
                    "{y}-{m:02d}-{d:02d}",
                    "{y}/{m}/{d}",
                    "{y}年{m}月{d}日",
                    "{y}{m:02d}{d:02d}",
                    "{y}.{m}.{d}",
                    "{y}-{m:02d}-{d:02d} 08:00:00",
                ]
            )
            cells = cells.map(lambda t, f=form: f.format(y=t[:4], m=int(t[5:7]), d=int(t[8:])))
        elif column == "fine_yuan" and pick.random() < 0.6:
            header, cells = pick.choice(
                [
                    ("罚款金额(万元)", cells.map(lambda t: f"{int(t) / 10_000:.4f}")),
                    ("罚款金额(元)", cells.map(lambda t: f"{int(t):,}元")),
                ]
            )
        elif column == "record_id":
            cells = cells.map(lambda t: t.translate(str.maketrans("〔〕", pick.choice(["〔〕", "[]", "（）", "【】"]))))
        elif column == "entity_id":
            cells = cells.map(
                lambda t: pick.choice([t, t.lower(), f" {t} ", f"统一社会信用代码:{t}", t.replace("0", "O", 1)])
            )
        changed[header] = cells
    changed["备注列"] = pd.Series("x", index=rows.index)
    return pd.DataFrame({h: c.to_numpy() for h, c in changed.items()}, dtype="str")


def written(folder: Path, name: str, frame: pd.DataFrame, pick: random.Random) -> None:
    """One file in some format."""
    form = pick.choice(["csv", "csv", "tsv", "xlsx", "parquet", "jsonl", "zip"])
    delimiter = "\t" if form == "tsv" else pick.choice([",", ";"])
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=pick.choice(["\n", "\r\n"]))
    writer.writerows([list(frame.columns), *frame.to_numpy().tolist()])
    content = stream.getvalue().encode(pick.choice(["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"]))
    if form in ("csv", "tsv"):
        (folder / f"{name}.{form}").write_bytes(content)
    elif form == "zip":
        with zipfile.ZipFile(folder / f"{name}.zip", "w") as file:
            file.writestr(f"{name}.csv", content)
    elif form == "xlsx":
        frame.to_excel(folder / f"{name}.xlsx", index=False, engine="xlsxwriter", startrow=pick.choice([0, 2]))
    elif form == "parquet":
        frame.to_parquet(folder / f"{name}.parquet")
    else:
        lines = [json.dumps(row, ensure_ascii=False) for row in frame.to_dict("records")]
        (folder / f"{name}.jsonl").write_text("\n".join(lines), "utf-8")


def scrambled(folder: Path, pick: random.Random) -> list[Path]:
    """The district in one to three deliveries of the same day, each table in one to three files."""
    deliveries = [folder / str(n) for n in range(pick.randint(1, 3))]
    for place in deliveries:
        place.mkdir(parents=True)
    for table, frame in CLEAN.items():
        parts = pick.randint(1, 3)
        for part in range(parts):
            rows = frame.iloc[part::parts]
            if len(rows):
                written(pick.choice(deliveries), f"{table}{part}", dressed(table, rows, pick), pick)
    pick.shuffle(deliveries)
    return [place for place in deliveries if any(place.iterdir())]


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clean")
    for table, frame in CLEAN.items():
        frame.to_csv(folder / f"{table}.csv", index=False)
    with Store.open() as store:
        store.append(folder, delivered_on=DAY)
        records = store.records()
        return store.fingerprint, records.tables


def test_the_clean_district_is_accepted_whole(truth):
    assert {name: len(truth[1][name]) for name in CLEAN} == {name: len(frame) for name, frame in CLEAN.items()}


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9))
def test_however_it_is_scrambled_the_truth_is_the_same(truth, tmp_path_factory, seed):
    pick = random.Random(seed)
    with Store.open() as store:
        for place in scrambled(tmp_path_factory.mktemp("scrambled"), pick):
            store.append(place, delivered_on=DAY)
        records = store.records()
        for name in CLEAN:
            pd.testing.assert_frame_equal(records.tables[name], truth[1][name])
        assert not len(records.quarantine)
        assert (records.intake["rows"] == records.intake["accepted"] + records.intake["superseded"]).all()
        assert store.fingerprint == truth[0]
