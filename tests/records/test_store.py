from pathlib import Path

import pandas as pd
import pytest

from riskmodel.errors import InputError
from riskmodel.records import load
from riskmodel.records.source import open_source
from riskmodel.values import AsOf

A, B = "91370306MA3ABCDE1H", "92370306MA3ABCDFX6"
REGISTRY = f"统一社会信用代码,企业名称,成立日期,登记状态,注册资本(万元)\n{A},甲公司,2020-01-05,存续,100\n{B},乙商行,2021年3月1日,在营,\n"
PENALTIES = "行政处罚决定书文号,统一社会信用代码,处罚决定日期,处罚类别,罚款金额(万元),处罚机关,归集日期\n"
LISTINGS = f"统一社会信用代码,列入日期,列入原因,移出日期\n{A},2022-07-05,未按规定期限公示年度报告,2023-02-01\n"
COMPLAINTS = f"登记编号,统一社会信用代码,登记日期,记录类型,核实情况,核实日期\nC1,{A},20240301,投诉,属实,2024-04-15\n"


def source(folder: Path, penalties: str = "文1,{A},2024/3/7,警告;罚款,0.2,某局,2024-03-20\n", **files: str) -> Path:
    """A small source; `penalties` are the data rows of the penalty file."""
    contents = {
        "企业.csv": REGISTRY,
        "处罚.csv": PENALTIES + penalties.format(A=A, B=B),
        "异常.csv": LISTINGS,
        "投诉.csv": COMPLAINTS,
    }
    for name, text in {**contents, **files}.items():
        (folder / name).write_bytes(text.encode("gb18030" if name == "处罚.csv" else "utf-8-sig"))
    return folder


def reasons(folder: Path) -> list[tuple[int, str, str]]:
    quarantine = load(folder).quarantine
    return list(zip(quarantine["row"], quarantine["field"], quarantine["reason"], strict=True))


def test_a_clean_source_is_read_whole(tmp_path):
    records = load(source(tmp_path))
    assert records.intake["quarantined"].sum() == 0
    penalty = records["penalties"].iloc[0]
    assert penalty["fine_yuan"] == 2000  # 0.2 万元
    assert penalty["category"] == "fine"  # the heavier of warning and fine
    assert penalty["decided_on"] == penalty["occurred_on"] == pd.Timestamp("2024-03-07")
    assert penalty["known_on"] == pd.Timestamp("2024-03-20")
    assert records["enterprises"]["registered_capital_yuan"].tolist()[0] == 1_000_000
    assert records["complaints"]["received_on"].tolist() == [pd.Timestamp("2024-03-01")]


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ("文1,91370306MA3ABCDE1X,2024-03-07,警告,0,某局,", "entity_id", "bad_check_digit"),
        ("文1,91230500MA1B3N1N2M,2024-03-07,警告,0,某局,", "entity_id", "unknown_enterprise"),
        ("文1,,2024-03-07,警告,0,某局,", "entity_id", "missing_id"),
        ("文1,{A},2024-02-31,警告,0,某局,", "decided_on", "impossible_date"),
        ("文1,{A},,警告,0,某局,", "decided_on", "missing_date"),
        ("文1,{A},2024-03-07,罚款,约三千,某局,", "fine_yuan", "unreadable_amount"),
        ("文1,{A},2024-03-07,罚款,-1,某局,", "fine_yuan", "negative_amount"),
        ("文1,{A},2024-03-07,口头教育,0,某局,", "category", "unknown_code"),
        ("文1,{A},2024-03-07,警告,0,某局,2024-03-01", "known_on", "known_before_occurred"),
        ("文1,{A},2024-03-07,警告,0,某局,2024-03-09,多余", "", "broken_row"),
    ],
)
def test_a_wrong_cell_sends_its_row_to_quarantine_with_the_reason(tmp_path, row, field, reason):
    folder = source(tmp_path, "好,{B},2024-03-07,警告,0,某局,\n" + row + "\n")
    assert reasons(folder) == [(2, field, reason)]
    intake = load(folder).intake
    assert (intake["rows"] == intake["accepted"] + intake["quarantined"] + intake["superseded"]).all()


def test_of_two_rows_with_one_key_one_is_superseded_if_it_says_the_same_and_refused_if_not(tmp_path):
    first = "文1,{A},2024-03-07,警告,0,某局,\n"
    assert reasons(source(tmp_path, first + first)) == []
    assert load(tmp_path).intake.set_index("table").loc["penalties", ["accepted", "superseded"]].tolist() == [1, 1]
    other = "文1,{A},2024-03-08,警告,0,某局,\n"
    assert reasons(source(tmp_path, first + other)) == [(2, "entity_id", "conflicting_duplicate")]


def test_dates_after_the_export_are_refused(tmp_path):
    (tmp_path / "source.yaml").write_text("exported_on: 2024-06-30\n", "utf-8")
    rows = "文0,{A},2024-03-07,警告,0,某局,\n文1,{A},2125-03-07,警告,0,某局,\n"
    assert reasons(source(tmp_path, rows)) == [(2, "decided_on", "future_date")]


@pytest.mark.parametrize(
    "written", ["2024-03-07", "2024/3/7", "20240307", "2024年3月7日", "45358", "2024-03-07 10:30:00", "2024.3.7"]
)
def test_every_written_form_of_a_date_is_the_same_day(tmp_path, written):
    records = load(source(tmp_path, f"文1,{A},{written},警告,0,某局,\n"))
    assert records["penalties"]["decided_on"].tolist() == [pd.Timestamp("2024-03-07")]


def test_what_became_known_later_does_not_exist(tmp_path):
    records = load(source(tmp_path))
    early = records.known(AsOf.of("2024-03-10"))
    assert early["penalties"].empty  # decided on the 7th, known on the 20th
    assert early["complaints"]["verified"].tolist() == ["pending"]
    before_removal = records.known(AsOf.of("2023-01-31"))["abnormal_listings"]
    assert before_removal["removed_on"].isna().all()
    late = records.known(AsOf.of("2024-05-01"))
    assert late["complaints"]["verified"].tolist() == ["yes"]
    assert len(late["penalties"]) == 1


def test_the_fingerprint_forgets_the_order_of_rows_but_not_their_content(tmp_path):
    two = ["文1,{A},2024-03-07,警告,0,某局,\n", "文2,{B},2024-03-07,警告,0,某局,\n"]
    prints = []
    for name, rows in (("x", two), ("y", two[::-1]), ("z", [two[0], two[1].replace("警告", "罚款")])):
        (tmp_path / name).mkdir()
        prints.append(load(source(tmp_path / name, "".join(rows))).known(AsOf.of("2024-12-31")).fingerprint)
    assert prints[0] == prints[1] != prints[2]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda f: (f / "投诉.csv").unlink(), "RM-REC-001"),
        (lambda f: (f / "投诉.csv").write_bytes(b""), "RM-REC-020"),
        (lambda f: (f / "投诉.csv").write_bytes(b"\xff\x00\x81"), "RM-REC-003"),
        (lambda f: (f / "坏.xlsx").write_bytes(b"PK\x03\x04 not a workbook"), "RM-REC-023"),
        (lambda f: (f / "坏.parquet").write_bytes(b"PAR1"), "RM-REC-023"),
        (lambda f: (f / "别的.csv").write_text("甲,乙,丙\n1,2,3\n", "utf-8"), "RM-REC-003"),
        (lambda f: (f / "投诉.csv").write_text(COMPLAINTS.splitlines()[0] + "\n", "utf-8"), "RM-REC-005"),
        (lambda f: (f / "source.yaml").write_text("abscent: [complaints]\n"), "RM-REC-006"),
        (lambda f: (f / "source.yaml").write_text("absent: [complaint]\n"), "RM-REC-006"),
    ],
)
def test_faults_of_a_whole_file_are_one_clear_error(tmp_path, change, code):
    folder = source(tmp_path)
    change(folder)
    with pytest.raises(InputError) as caught:
        load(folder)
    assert caught.value.code == code
    assert all(label in caught.value.message("zh") for label in ("位置", "发现", "应为", "如何处理"))


def test_a_source_may_say_that_it_has_no_complaints(tmp_path):
    folder = source(tmp_path)
    (folder / "投诉.csv").unlink()
    (folder / "source.yaml").write_text("absent: [complaints]\n")
    assert "complaints" in load(folder).absent


def test_no_such_place_is_one_clear_error(tmp_path):
    with pytest.raises(InputError, match="RM-INP-002"):
        open_source(tmp_path / "nowhere")


def test_a_day_before_all_data_is_one_clear_error(tmp_path):
    with pytest.raises(InputError, match="RM-INP-003"):
        load(source(tmp_path)).known(AsOf.of("1999-12-31"))


def test_workbooks_and_parquet_read_like_csv(tmp_path):
    folder = source(tmp_path)
    rows = pd.read_csv(folder / "投诉.csv", dtype="str", encoding="utf-8-sig")
    plain = load(folder)["complaints"]
    (folder / "投诉.csv").unlink()
    rows.to_excel(folder / "投诉.xlsx", index=False, engine="xlsxwriter")
    pd.testing.assert_frame_equal(load(folder)["complaints"], plain)
    (folder / "投诉.xlsx").unlink()
    rows.to_parquet(folder / "投诉.parquet")
    pd.testing.assert_frame_equal(load(folder)["complaints"], plain)


def test_a_link_is_followed_within_the_folder_but_not_out_of_it(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    source(folder)
    (folder / "处罚.csv").rename(folder / "处罚.old")
    (folder / "处罚.csv").symlink_to(folder / "处罚.old")
    assert len(load(folder)["penalties"]) == 1
    (folder / "处罚.old").rename(tmp_path / "elsewhere.csv")
    (folder / "处罚.csv").unlink()
    (folder / "处罚.csv").symlink_to(tmp_path / "elsewhere.csv")
    with pytest.raises(InputError) as fault:
        load(folder)
    assert (fault.value.code, fault.value.found) == ("RM-REC-042", "处罚.csv")
