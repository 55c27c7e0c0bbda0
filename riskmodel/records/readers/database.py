"""Tables and views of a database, through SQLAlchemy: read only, a part of the rows at a time."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import numpy as np

from riskmodel.errors import InputError
from riskmodel.fault_words import Both, library_words, one_line
from riskmodel.records.raw import Cells, RawBatch, RawSheet
from riskmodel.records.readers import header
from riskmodel.records.readers.found import BATCH_ROWS
from riskmodel.records.readers.texts import text, texts

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine, Select, TableClause

_ADDRESS = re.compile(r"(postgresql|postgres|mysql|mariadb|sqlite)(\+\w+)?:(//|$)", re.IGNORECASE)
# The drivers that `riskmodel[database]` installs, for addresses that name none.
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg", "mysql": "mysql+pymysql",
            "mariadb": "mariadb+pymysql"}  # fmt: skip
# Seconds until an address that does not answer counts as unreachable.
_PATIENCE = 10


def is_database(address: str) -> bool:
    """Whether an address is one of a database.

    >>> is_database("postgresql+psycopg://reader@localhost/credit"), is_database("data/sample"), is_database("C:/data")
    (True, False, False)
    """
    return _ADDRESS.match(address) is not None


def tables(url: str, *, names: Sequence[str] | None = None) -> Iterator[RawSheet]:
    """Tables and views of a database.

    Parameters
    ----------
    url : str
        Address as SQLAlchemy takes it: ``postgresql://user:password@host/database``, ``mysql://…``, ``sqlite:///file``.
    names : sequence of str, optional
        Tables and views to read, with their schema (``office.penalties``) where it is not the default one. Without it
        all tables and views of the default schema.

    Raises
    ------
    InputError
        No such table (RM-REC-027), no connection or no right to read (RM-REC-028), no driver (RM-REC-029).
    """
    address = _address(url)
    with _clear_errors(address), _engine(address) as engine, _connection(engine) as connection:
        found = [
            RawSheet(f"db:{table.fullname}", headers, str, None, partial(_read, address, table, headers))
            for table in _tables(connection, names, _place(address))
            for headers in [header.named(list(connection.execute(_statement(table).limit(0)).keys()), table.fullname)]
        ]
    yield from found


def _read(address: URL, table: TableClause, headers: Sequence[str], wanted: Collection[str]) -> Iterator[RawBatch]:
    before = 0
    with _clear_errors(address), _engine(address) as engine, _connection(engine) as connection:
        statement = _ordered(connection, table).execution_options(yield_per=BATCH_ROWS)
        with connection.execute(statement) as result:
            for part in result.partitions():
                yield _batch(part, headers, wanted, before)
                before += len(part)


def _batch(part: Sequence[Sequence[Any]], headers: Sequence[str], wanted: Collection[str], before: int) -> RawBatch:
    return RawBatch(
        rows=np.arange(before + 1, before + 1 + len(part), dtype=np.int64),
        columns={name: Cells.of(texts(row[i] for row in part)) for i, name in enumerate(headers) if name in wanted},
        broken={},
        whole=lambda at: [dict(zip(headers, map(text, part[i]), strict=True)) for i in at],
    )


def _tables(connection: Connection, names: Sequence[str] | None, place: str) -> list[TableClause]:
    """Tables and views, named or all, without column types: what SQLite calls a date may be any text."""
    import sqlalchemy as sa

    inspector = sa.inspect(connection)
    stored = inspector.get_materialized_view_names() if connection.dialect.name == "postgresql" else []
    every = sorted({*inspector.get_table_names(), *inspector.get_view_names(), *stored})
    found = []
    for name in every if names is None else names:
        schema, _, rest = name.rpartition(".")
        if name not in every and not (schema and inspector.has_table(rest, schema)):
            raise InputError("RM-REC-027", where=place, found=name, expected=", ".join(every) or "-")
        found.append(sa.table(name) if name in every else sa.table(rest, schema=schema))
    if not found:
        raise InputError("RM-REC-020", where=place, found=Both("没有数据表", "no tables"))
    return found


def _statement(table: TableClause) -> Select[Any]:
    import sqlalchemy as sa

    return sa.select(sa.literal_column("*")).select_from(table)


def _ordered(connection: Connection, table: TableClause) -> Select[Any]:
    """All rows, by primary key where there is one, so that row numbers mean the same at every reading."""
    import sqlalchemy as sa

    try:
        key = sa.inspect(connection).get_pk_constraint(table.name, schema=table.schema)["constrained_columns"]
    except sa.exc.NoSuchTableError:  # a view
        key = []
    return _statement(table).order_by(*(sa.column(name) for name in key))


@contextmanager
def _engine(address: URL) -> Iterator[Engine]:
    import sqlalchemy as sa

    if address.get_backend_name() == "sqlite":
        engine = sa.create_engine("sqlite://", creator=partial(_sqlite, address.database or ""), poolclass=sa.NullPool)
    else:
        patience = {"connect_timeout": _PATIENCE} if address.drivername in _DRIVERS.values() else {}
        engine = sa.create_engine(address, poolclass=sa.NullPool, connect_args=patience)
    try:
        yield engine
    finally:
        engine.dispose()


def _sqlite(file: str) -> sqlite3.Connection:
    """A connection that neither writes nor makes a file that is not there."""
    return sqlite3.connect(f"{Path(file).resolve().as_uri()}?mode=ro", uri=True)


@contextmanager
def _connection(engine: Engine) -> Iterator[Connection]:
    """A connection in which only reading is possible."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(postgresql_readonly=True)
        elif engine.dialect.name in ("mysql", "mariadb"):
            connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
            connection.rollback()
        yield connection


def _address(url: str) -> URL:
    try:
        from sqlalchemy import make_url
        from sqlalchemy.exc import ArgumentError
    except ImportError as fault:
        raise InputError("RM-REC-029", where=url.partition(":")[0], found=library_words(fault)) from None
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        expected = "postgresql://user:password@host:5432/database"
        raise InputError("RM-REC-028", where=url.partition(":")[0], found="(…)", expected=expected) from None
    return address.set(drivername=_DRIVERS.get(address.drivername.lower(), address.drivername))


@contextmanager
def _clear_errors(address: URL) -> Iterator[None]:
    """Errors of SQLAlchemy and the drivers in our words, without the password."""
    from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError

    try:
        yield
    except InputError:
        raise
    except (NoSuchModuleError, ImportError) as fault:
        raise InputError("RM-REC-029", where=_place(address), found=_shown(fault, address)) from None
    except (SQLAlchemyError, OSError, ValueError, TypeError) as fault:
        cause = fault.orig if isinstance(fault, DBAPIError) else fault
        raise InputError("RM-REC-028", where=_place(address), found=_shown(cause, address)) from None


def _place(address: URL) -> str:
    return f"{address.get_backend_name()}://{address.host or ''}/{address.database or ''}"


def _shown(fault: object, address: URL) -> Both:
    """The message without the password, wherever the address has it; the original where it is not known."""
    message = one_line(fault)
    values = [str(address.password or ""), *map(str, address.query.values())]
    for secret in filter(None, values):
        for written in (secret, quote(secret), quote_plus(secret)):
            message = message.replace(written, "***")
    return library_words(message, otherwise=f"数据库返回的原文：{message}")
