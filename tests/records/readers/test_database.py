"""Tables of real databases: PostgreSQL on a server of the tests' own, SQLite in a file; MySQL as far as without one."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from riskmodel.errors import InputError
from riskmodel.records.readers import database, is_database, tables

sa = pytest.importorskip("sqlalchemy", reason="riskmodel[database] is not installed")

PASSWORD = "s3cret@:/%x"


def program(name):
    """A program of the newest PostgreSQL on this machine, '' without one."""
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda p: int(p.parts[-3]))
    return str(installed[-1]) if installed else shutil.which(name) or ""


def owner():
    """Somebody who is not root, as whom the server must run; None to run as ourselves."""
    if not hasattr(os, "getuid") or os.getuid() != 0:
        return None
    import pwd

    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


@pytest.fixture(scope="session")
def postgres():
    """Address of a server that runs while the tests do."""
    pytest.importorskip("psycopg", reason="riskmodel[database] is not installed")
    if not program("initdb") or not program("pg_ctl"):
        pytest.skip("no PostgreSQL server on this machine (initdb, pg_ctl)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="riskmodel-postgres-") as folder:
        if user := owner():
            shutil.chown(folder, user)
        (Path(folder) / "password").write_text(PASSWORD)
        options = {"user": user, "cwd": folder, "check": True, "capture_output": True}
        data = f"{folder}/data"
        login = ["--auth=scram-sha-256", "--username=office", f"--pwfile={folder}/password"]
        subprocess.run([program("initdb"), "-D", data, "-E", "UTF8", "--no-sync", *login], **options)
        settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        command = [program("pg_ctl"), "-D", data, "-l", f"{folder}/log", "-w"]
        subprocess.run([*command, "-o", settings, "start"], **options)
        try:
            yield sa.URL.create("postgresql+psycopg", "office", PASSWORD, "127.0.0.1", port, "postgres")
        finally:
            subprocess.run([*command, "-m", "immediate", "stop"], **options)


@pytest.fixture(params=["postgresql", "sqlite"])
def place(request, tmp_path):
    """Address of an empty database that may be written."""
    if request.param == "sqlite":
        yield sa.URL.create("sqlite", database=str(tmp_path / "数据 库#1.db"))
        return
    server = request.getfixturevalue("postgres")
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql('DROP DATABASE IF EXISTS "信用"')
        connection.exec_driver_sql('CREATE DATABASE "信用"')
    yield server.set(database="信用")


def address(url):
    return url.render_as_string(hide_password=False)


def fill(url, *statements):
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(statement) if not isinstance(statement, str) else connection.exec_driver_sql(statement)
    engine.dispose()


def penalties(rows):
    """Statements that make and fill a table with a column of every usual type."""
    table = sa.Table(
        "处罚 \"信息\"", sa.MetaData(),
        sa.Column("文号", sa.String, primary_key=True), sa.Column("名称", sa.Text), sa.Column("日期", sa.Date),
        sa.Column("登记时间", sa.DateTime), sa.Column("金额", sa.Numeric(20, 6)), sa.Column("次数", sa.BigInteger),
        sa.Column("比例", sa.Float), sa.Column("公示", sa.Boolean), sa.Column("附件", sa.LargeBinary),
    )  # fmt: skip
    return [sa.schema.CreateTable(table), sa.insert(table).values(rows)]


ROWS = [
    {
        "文号": "2", "名称": "乙'\"\\%", "日期": date(2020, 7, 31), "登记时间": datetime(2020, 7, 31, 8, 30),
        "金额": Decimal("0.500000"), "次数": 2**60, "比例": 0.1, "公示": True, "附件": b"\xff\x00",
    },
    dict.fromkeys(["名称", "日期", "登记时间", "金额", "次数", "比例", "公示", "附件"]) | {"文号": "1"},
]  # fmt: skip


def test_every_type_has_its_text_and_rows_come_by_primary_key(place, read):
    fill(place, *penalties(ROWS))
    [sheet] = tables(address(place))
    assert (sheet.file, sheet.rows, sheet.digest) == ('db:处罚 "信息"', None, "")
    assert sheet.headers == ("文号", "名称", "日期", "登记时间", "金额", "次数", "比例", "公示", "附件")
    rows, broken = read(sheet)
    lite = place.get_backend_name() == "sqlite"  # stores no dates, decimals or truth values
    assert rows[1] == ("1", *[""] * 8)
    assert rows[2] == (
        "2", "乙'\"\\%", "2020-07-31", "2020-07-31 08:30:00.000000" if lite else "2020-07-31 08:30:00",
        "0.5" if lite else "0.500000", str(2**60), "0.1", "1" if lite else "true", "ff00",
    )  # fmt: skip
    assert broken == {}


def test_views_are_read_and_tables_can_be_named(place, read):
    fill(place, "CREATE TABLE a (x TEXT)", "INSERT INTO a VALUES ('1'), ('2')", "CREATE VIEW b AS SELECT x AS y FROM a")
    assert [sheet.file for sheet in tables(address(place))] == ["db:a", "db:b"]
    [view] = tables(address(place), names=["b"])
    assert (view.headers, sorted(read(view)[0].values())) == (("y",), [("1",), ("2",)])
    with pytest.raises(InputError) as fault:
        list(tables(address(place), names=["c"]))
    assert (fault.value.code, fault.value.found, fault.value.expected) == ("RM-REC-027", "c", "a, b")


def test_other_schemas_and_materialized_views_are_read(postgres, read):
    fill(
        postgres, "DROP SCHEMA IF EXISTS 办公 CASCADE", "CREATE SCHEMA 办公", "CREATE TABLE 办公.a (x TEXT)",
        "INSERT INTO 办公.a VALUES ('1')", "CREATE MATERIALIZED VIEW m AS SELECT * FROM 办公.a",
    )  # fmt: skip
    [inside] = tables(address(postgres), names=["办公.a"])
    assert (inside.file, read(inside)[0]) == ("db:办公.a", {1: ("1",)})
    assert "db:m" in [sheet.file for sheet in tables(address(postgres))]  # other tests leave tables there


def test_types_of_postgres_have_texts(postgres, read):
    columns = "ARRAY[1, 2] AS a, '{\"x\": 1.5}'::jsonb AS b, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid AS c, "
    columns += "'2020-07-31 00:00+08'::timestamptz AT TIME ZONE 'UTC' AS d, 1e20::numeric AS e, 'NaN'::float8 AS f"
    fill(postgres, "DROP VIEW IF EXISTS t", f"CREATE VIEW t AS SELECT {columns}")
    [sheet] = tables(address(postgres), names=["t"])
    assert read(sheet)[0][1] == (
        "[1, 2]", '{"x": 1.5}', "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "2020-07-30 16:00:00", "1" + "0" * 20, ""
    )  # fmt: skip


def test_many_rows_come_in_parts_and_reading_may_stop_early(place, monkeypatch):
    monkeypatch.setattr(database, "BATCH_ROWS", 1000)
    numbers = sa.insert(sa.table("a", sa.column("x"))).values([{"x": i} for i in range(2500, 0, -1)])
    fill(place, "CREATE TABLE a (x INTEGER PRIMARY KEY)", numbers)
    [sheet] = tables(address(place))
    batches = list(sheet.open(["x"]))
    assert [len(batch.rows) for batch in batches] == [1000, 1000, 500]
    assert batches[2].rows[-1] == 2500
    assert batches[2].columns["x"].texts()[-1] == "2500"
    early = sheet.open(["x"])
    next(early)
    early.close()
    fill(place, "DROP TABLE a")  # no reader holds it


def test_nothing_can_be_written_and_no_file_is_made(place, tmp_path):
    fill(place, "CREATE TABLE a (x TEXT)")
    with (
        database._engine(database._address(address(place))) as engine,
        database._connection(engine) as connection,
        pytest.raises(sa.exc.DBAPIError) as fault,
    ):
        connection.exec_driver_sql("INSERT INTO a VALUES ('1')")
    assert "read" in str(fault.value).lower()
    with pytest.raises(InputError) as missing:
        list(tables(f"sqlite:///{tmp_path}/missing.db"))
    assert missing.value.code == "RM-REC-028"
    assert not (tmp_path / "missing.db").exists()


def test_a_wrong_password_is_never_shown(postgres):
    wrong = postgres.set(password="wr0ng@:/%y")
    with pytest.raises(InputError) as fault:
        list(tables(address(wrong)))
    assert fault.value.code == "RM-REC-028"
    for shown in (str(fault.value), fault.value.message("zh"), repr(fault.value)):
        assert "wr0ng" not in shown
    assert f"{postgres.host}/postgres" in fault.value.where


def test_a_password_in_a_message_is_hidden():
    url = database._address("postgresql://u:s3cret%40@h/d?sslpassword=s4cret")
    shown = database._shown("login s3cret@ or s3cret%40 with s4cret failed", url)
    assert shown.en == "login *** or *** with *** failed"
    assert shown.zh == "数据库返回的原文：login *** or *** with *** failed"


@pytest.mark.parametrize(
    "scheme", ["postgresql", "postgres", "mysql", "mariadb", "mysql+pymysql", "postgresql+psycopg"]
)
def test_a_server_that_does_not_answer_is_a_clear_error(scheme):
    pytest.importorskip("psycopg" if "postgres" in scheme else "pymysql", reason="riskmodel[database] is not installed")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens on it
        with pytest.raises(InputError) as fault:
            list(tables(f"{scheme}://u:s3cret@127.0.0.1:{taken.getsockname()[1]}/d"))
    assert fault.value.code == "RM-REC-028"
    assert "s3cret" not in str(fault.value)


def test_a_missing_driver_is_a_clear_error(monkeypatch):
    monkeypatch.setitem(sys.modules, "pymysql", None)
    for scheme in ("mysql", "mysql+nosuch"):
        with pytest.raises(InputError) as fault:
            list(tables(f"{scheme}://u:s3cret@127.0.0.1/d"))
        assert fault.value.code == "RM-REC-029"
        assert "riskmodel[database]" in str(fault.value)
        assert "s3cret" not in str(fault.value)


def test_without_sqlalchemy_the_error_is_the_same(monkeypatch):
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(InputError) as fault:
        list(tables("sqlite:///a.db"))
    assert fault.value.code == "RM-REC-029"


@pytest.mark.parametrize("url", ["postgresql://u:s3cret@h:port/d", "postgresql://[::/d"])
def test_an_address_that_makes_no_sense_is_a_clear_error(url):
    with pytest.raises(InputError) as fault:
        list(tables(url))
    assert fault.value.code == "RM-REC-028"
    assert "s3cret" not in str(fault.value)


def test_an_empty_database_and_a_file_that_is_none_are_clear_errors(tmp_path):
    sqlite3.connect(tmp_path / "empty.db").close()
    (tmp_path / "text.db").write_text("no database " * 100)
    for name, code in (("empty.db", "RM-REC-020"), ("text.db", "RM-REC-028")):
        with pytest.raises(InputError) as fault:
            list(tables(f"sqlite:///{tmp_path / name}"))
        assert fault.value.code == code


def test_damage_that_shows_only_while_reading_is_a_clear_error(tmp_path, read):
    path = tmp_path / "a.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE a (x TEXT)")
    connection.execute("INSERT INTO a VALUES (CAST(x'fffe' AS TEXT))")  # no UTF-8
    connection.commit()
    connection.close()
    [sheet] = tables(f"sqlite:///{path}")
    with pytest.raises(InputError) as fault:
        read(sheet)
    assert fault.value.code == "RM-REC-028"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://h/d", True), ("postgresql+psycopg://h/d", True), ("mysql+pymysql://h/d", True),
        ("sqlite:///a.db", True), ("SQLITE:///a.db", True), ("mariadb://h/d", True), ("data/sample", False),
        ("C:\\data", False), ("http://h/d", False), ("sqlite", False), ("mysql.csv", False), ("/mysql://", False),
    ],
)  # fmt: skip
def test_addresses_of_databases_are_told_from_paths(text, expected):
    assert is_database(text) is expected
