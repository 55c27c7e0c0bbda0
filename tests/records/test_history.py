"""Truth over time: deliveries in any order, corrections with history, clocks, and what a clerk corrects."""

import itertools
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from riskmodel.errors import InputError, RunError
from riskmodel.records import Store, load, store
from riskmodel.values import AsOf

A, B = "91370306MA3ABCDE1H", "92370306MA3ABCDFX6"
MAY, JUNE, JULY = date(2024, 5, 31), date(2024, 6, 30), date(2024, 7, 31)
REGISTRY = f"统一社会信用代码,企业名称,成立日期\n{A},甲纺织有限公司,2020-01-05\n{B},乙商行,2021-03-01\n"
HEAD = "行政处罚决定书文号,统一社会信用代码,处罚决定日期,处罚类别,罚款金额(元),归集日期\n"


def delivery(folder: Path, rows: str, *, head: str = HEAD, **files: str) -> Path:
    """A folder with the registry and a penalty file with these rows."""
    folder.mkdir()
    (folder / "企业.csv").write_text(REGISTRY, "utf-8")
    (folder / "处罚.csv").write_text(head + rows.format(A=A, B=B), "utf-8")
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    (folder / "source.yaml").write_text("absent: [abnormal_listings, complaints]\n", "utf-8")
    return folder


def fines(records, day: str | None = None) -> list[float]:
    table = records["penalties"] if day is None else records.known(AsOf.of(day))["penalties"]
    return table["fine_yuan"].tolist()


def test_the_same_delivery_again_changes_nothing(tmp_path):
    folder = delivery(tmp_path / "may", "文1,{A},2024-05-02,罚款,500,\n")
    with Store.open(tmp_path / "s.duckdb") as place:
        first = place.append(folder, delivered_on=MAY)
        before = place.fingerprint
        again = place.append(folder, delivered_on=MAY)
        assert place.fingerprint == before
    assert first["status"].tolist() == ["loaded", "loaded"]
    assert again["status"].tolist() == ["already there", "already there"]


def test_the_same_rows_next_month_are_known_from_the_first_month(tmp_path):
    """A record's clock is its first sighting; in the next month it is accepted there and superseded here."""
    row = "文1,{A},2024-05-02,罚款,500,\n"
    with Store.open() as place:
        place.append(delivery(tmp_path / "may", row), delivered_on=MAY)
        receipt = place.append(delivery(tmp_path / "june", row + "文2,{B},2024-06-03,警告,0,\n"), delivered_on=JUNE)
        records = place.records()
    assert receipt.set_index("table").loc["penalties", ["rows", "accepted", "superseded"]].tolist() == [2, 2, 0]
    intake = records.intake[records.intake["table"] == "penalties"]
    assert intake[["accepted", "superseded"]].to_numpy().tolist() == [[0, 1], [2, 0]]
    known = records["penalties"].set_index("record_id")["known_on"]
    assert known["文1"] == pd.Timestamp("2024-05-02")  # nothing was recorded before the first delivery
    assert known["文2"] == pd.Timestamp(JUNE)  # the office first saw it then, whenever it happened
    assert fines(records, "2024-06-29") == [500] and len(fines(records, "2024-06-30")) == 2


def test_a_corrected_row_supersedes_and_its_past_stays(tmp_path):
    with Store.open() as place:
        place.append(delivery(tmp_path / "may", "文1,{A},2024-05-02,罚款,500,2024-05-10\n"), delivered_on=MAY)
        place.append(delivery(tmp_path / "june", "文1,{A},2024-05-02,罚款,5000,2024-05-10\n"), delivered_on=JUNE)
        records = place.records()
    assert fines(records) == [5000]
    assert fines(records, "2024-05-09") == []
    assert fines(records, "2024-06-29") == [500]  # what the office believed then
    assert fines(records, "2024-06-30") == [5000]
    assert records["penalties"]["known_on"].tolist() == [pd.Timestamp("2024-05-10")]  # the record itself is older


def test_a_correction_that_is_taken_back_holds_for_its_time_only(tmp_path):
    with Store.open() as place:
        for name, fine, day in (("may", 500, MAY), ("june", 5000, JUNE), ("july", 500, JULY)):
            place.append(delivery(tmp_path / name, f"文1,{{A}},2024-05-02,罚款,{fine},2024-05-10\n"), delivered_on=day)
        records = place.records()
    assert [fines(records, d) for d in ("2024-06-01", "2024-07-01", "2024-08-01")] == [[500], [5000], [500]]


def test_within_a_delivery_the_row_known_last_holds(tmp_path):
    rows = "文1,{A},2024-03-07,罚款,500,2024-03-10\n文1,{A},2024-03-07,罚款,5000,2024-04-20\n"
    records = load(delivery(tmp_path / "d", rows))
    assert fines(records) == [5000] and not len(records.quarantine)
    assert fines(records, "2024-04-19") == [500] and fines(records, "2024-04-20") == [5000]
    intake = records.intake.set_index("table").loc["penalties"]
    assert (intake["accepted"], intake["superseded"]) == (1, 1)


def test_every_order_of_deliveries_ends_in_the_same_truth(tmp_path):
    folders = [
        (delivery(tmp_path / "may", "文1,{A},2024-05-02,罚款,500,\n文2,{B},2024-05-03,警告,0,2024-05-20\n"), MAY),
        (delivery(tmp_path / "june", "文1,{A},2024-05-02,罚款,5000,\n文3,{A},2024-06-02,罚款,70,\n"), JUNE),
        (delivery(tmp_path / "july", "文3,{A},2024-06-02,罚款,80,\n文2,{B},2024-05-03,警告,0,2024-05-20\n"), JULY),
    ]
    prints = set()
    for order in itertools.permutations(folders):
        with Store.open() as place:
            for folder, day in (*order, order[0]):
                place.append(folder, delivered_on=day)
            prints.add(place.fingerprint)
            assert fines(place.records(), "2024-06-15") == [500, 0]
    assert len(prints) == 1


def test_events_may_arrive_before_their_enterprise(tmp_path):
    early = delivery(tmp_path / "may", "文1,91230500MA1B3N1N2M,2024-05-02,罚款,500,\n")
    late = delivery(tmp_path / "june", "文9,{A},2024-06-02,罚款,70,\n")
    (late / "企业.csv").write_text(REGISTRY + "91230500MA1B3N1N2M,丙有限公司,2019-01-01\n", "utf-8")
    with Store.open() as place:
        place.append(early, delivered_on=MAY)
        place.append(delivery(tmp_path / "other", "文8,{A},2024-05-02,警告,0,\n"), delivered_on=MAY)
        assert place.records().quarantine["reason"].tolist() == ["unknown_enterprise"]
        place.append(late, delivered_on=JUNE)
        records = place.records()
    assert not len(records.quarantine) and len(records["penalties"]) == 3


def test_records_without_a_number_get_one_from_their_content(tmp_path):
    head = "统一社会信用代码,处罚决定日期,处罚类别,罚款金额(元)\n"
    rows = ["{A},2024-05-02,罚款,500\n", "{B},2024-05-03,警告,0\n"]
    one = load(delivery(tmp_path / "one", "".join(rows), head=head))["penalties"]
    two = load(delivery(tmp_path / "two", "".join(rows[::-1]), head=head))["penalties"]
    pd.testing.assert_frame_equal(one, two)
    assert one["record_id"].str.fullmatch("auto-[0-9a-f]{16}").all()


HEAD_NAMED = "行政处罚决定书文号,行政相对人名称,统一社会信用代码,处罚决定日期,处罚类别,罚款金额(元)\n"


def test_a_name_that_the_registry_has_once_says_who_is_meant_and_is_listed_for_review(tmp_path):
    rows = "文1,甲纺织有限公司,,2024-05-02,罚款,500\n文2,甲纺只有限公司,,2024-05-02,罚款,500\n文3,,,2024-05-02,罚款,5\n"
    records = load(delivery(tmp_path / "d", rows, head=HEAD_NAMED))
    assert records["penalties"]["entity_id"].tolist() == [A]
    review = records.resolutions.iloc[0]
    assert (review["row"], review["how"], review["entity_id"], review["found"]) == (1, "name", A, "甲纺织有限公司")
    waiting = records.quarantine.set_index("row")
    assert waiting["reason"].to_dict() == {2: "name_only", 3: "missing_id"}
    assert waiting.loc[2, "candidates"].startswith(A)  # offered, not taken


def test_old_numbers_are_resolved_through_the_registry(tmp_path):
    registry = f"统一社会信用代码,企业名称,成立日期,工商注册号\n{A},甲纺织有限公司,2020-01-05,440301103097413\n"
    rows = "文1,,440301103097413,2024-05-02,罚款,500\n文2,,MA3ABCDE1,2024-05-02,警告,0\n文3,,110108000000016,2024-05-02,警告,0\n"
    folder = delivery(tmp_path / "d", rows, head=HEAD_NAMED)
    (folder / "企业.csv").write_text(registry, "utf-8")
    records = load(folder)
    assert records["penalties"]["entity_id"].tolist() == [A, A]
    assert records.resolutions["how"].tolist() == ["registration_no", "organisation_code"]
    assert records.quarantine[["row", "reason"]].to_numpy().tolist() == [[3, "unknown_enterprise"]]


def test_what_a_clerk_corrects_leaves_the_quarantine_and_every_row_is_still_counted(tmp_path):
    rows = "文1,{A},2024-05-32,罚款,500,\n文2,{A},2024-05-02,罚款,约五百,\n文3,{B},2024-05-02,罚款,700,\n"
    with Store.open() as place:
        place.append(delivery(tmp_path / "may", rows), delivered_on=MAY)
        waiting = place.records().quarantine
        assert waiting["reason"].tolist() == ["impossible_date", "unreadable_amount"]
        cells = pd.json_normalize(waiting["cells"].map(__import__("json").loads).tolist())
        book = pd.concat([waiting["docket"].rename("隔离编号"), cells], axis=1).astype("str")
        book.loc[0, "处罚决定日期"] = "2024-05-31"  # the second row stays as it is
        book.to_csv(tmp_path / "更正.csv", index=False)
        receipt = place.append(tmp_path / "更正.csv", delivered_on=JUNE).iloc[0]
        records = place.records()
    assert receipt[["rows", "accepted", "quarantined"]].tolist() == [2, 1, 1]
    assert records["penalties"]["record_id"].tolist() == ["文1", "文3"]
    assert records.quarantine[["file", "reason"]].to_numpy().tolist() == [["更正.csv", "unreadable_amount"]]
    counts = records.intake.set_index("file").loc["处罚.csv", ["rows", "accepted", "quarantined", "superseded"]]
    assert counts.tolist() == [3, 1, 0, 2]


def test_a_correction_of_another_store_is_refused(tmp_path):
    (tmp_path / "更正.csv").write_text("隔离编号,统一社会信用代码\n0123456789-1,x\n", "utf-8")
    with Store.open() as place, pytest.raises(InputError, match="RM-REC-041"):
        place.append(tmp_path / "更正.csv", delivered_on=JUNE)


def test_rows_that_do_not_add_up_stop_the_load_and_nothing_is_kept(tmp_path, monkeypatch):
    real = store.accept
    with Store.open() as place:
        place.append(delivery(tmp_path / "may", "文1,{A},2024-05-02,罚款,500,\n"), delivered_on=MAY)
        before = place.fingerprint

        def loses_a_row(batch, how, memory):
            taken = real(batch, how, memory)
            monkeypatch.setattr(store, "accept", real)
            object.__setattr__(taken, "rows", taken.rows.slice(1))
            return taken

        monkeypatch.setattr(store, "accept", loses_a_row)
        with pytest.raises(RunError, match="RM-RUN-003"):
            place.append(delivery(tmp_path / "june", "文2,{A},2024-06-02,罚款,5,\n"), delivered_on=JUNE)
        assert place.fingerprint == before


def test_stores_speak_clearly_about_what_they_are(tmp_path):
    (tmp_path / "x.duckdb").write_bytes(b"no store at all" * 300)
    with pytest.raises(InputError, match="RM-REC-043"):
        Store.open(tmp_path / "x.duckdb")
    with Store.open(tmp_path / "s.duckdb") as place:
        place.append(delivery(tmp_path / "may", "文1,{A},2024-05-02,罚款,500,\n"), delivered_on=MAY)
        (tmp_path / "may/source.yaml").write_text("id_scheme: opaque\n", "utf-8")
        with pytest.raises(InputError, match="RM-REC-046"):
            place.append(tmp_path / "may", delivered_on=JUNE)
    assert len(load(tmp_path / "s.duckdb")["penalties"]) == 1
    with pytest.raises(InputError, match="RM-INP-002"):
        load(tmp_path / "none.duckdb")


def test_a_database_is_a_source_like_any_other_and_its_tables_are_known_again(tmp_path):
    import sqlite3

    folder = delivery(tmp_path / "may", "文1,{A},2024-05-02,罚款,500,\n")
    with sqlite3.connect(tmp_path / "office.db") as base:
        for name in ("企业", "处罚"):
            pd.read_csv(folder / f"{name}.csv", dtype="str", keep_default_na=False).to_sql(name, base, index=False)
    base.close()
    address = f"sqlite:///{tmp_path / 'office.db'}"
    with Store.open() as place:
        first = place.append(address, source_map=folder / "source.yaml", delivered_on=MAY)
        before = place.fingerprint
        again = place.append(address, source_map=folder / "source.yaml", delivered_on=MAY)
        assert place.fingerprint == before
        assert fines(place.records()) == [500]
    assert first["status"].tolist() == ["loaded", "loaded"]
    assert again["status"].tolist() == ["already there", "already there"]
