"""Parquet files: same bytes, same table back."""

import pandas as pd

from riskmodel.exports.frames import write_frame


def test_the_same_table_gives_the_same_bytes_and_comes_back(decided, cases, tmp_path):
    for frame in (decided, cases):
        for name in ("a.parquet", "b.parquet"):
            write_frame(tmp_path / name, frame)
        assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
        back = pd.read_parquet(tmp_path / "a.parquet")
        pd.testing.assert_frame_equal(back, frame, check_dtype=False)


def test_an_index_left_by_a_filter_is_not_written(decided, tmp_path):
    write_frame(tmp_path / "a.parquet", decided.iloc[[3, 1]])
    assert pd.read_parquet(tmp_path / "a.parquet").columns.tolist() == decided.columns.tolist()
